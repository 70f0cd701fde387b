"""Whether two expressions are each other's transposes, seen without building anything.

So e + e' and B'SB are recognised as symmetric when they are made, as are B ⊗ A' + B' ⊗ A and, with
the commutation matrix K, (A ⊗ B + B' ⊗ A')*K: K exchanges the factors that it passes.
Source: Magnus & Neudecker, ch. 3, sec. 7: K_pm (A ⊗ B) = (B ⊗ A) K_qn, K_mn' = K_nm.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from matcalc.expr.sizes import Shape, multiply_sizes

if TYPE_CHECKING:
    from matcalc.expr.nodes import Expr

MAX_COMPARED = 64  # pairs of parts that are looked at
MAX_SUMS = 2  # of those that are sums: layers of a deep function are sums within sums


def mirror(e: Expr) -> Expr | None:
    """What the transpose of a factor is, as a node that exists already; None if none does."""
    if type(e).__name__ == "Transpose":
        return e.fields[0]
    return e if "symmetric" in e.facts or e.shape == (1, 1) else None


def mirrored(a: Expr, b: Expr) -> bool:
    """Whether b is the transpose of a, part by part."""
    return turned(a, b) == 1


def turned(a: Expr, b: Expr) -> int:
    """1 if b is the transpose of a, part by part, -1 if it is that times -1; else 0."""
    todo = [(a, b, True)]
    compared = sums = 0
    sign = 1
    while todo:
        p, q, may_flip = todo.pop()
        compared += 1
        if _are_same(mirror(p), q) or _are_same(mirror(q), p):
            continue
        if may_flip and p is q and "skew" in p.facts:
            sign = -sign
            continue
        is_sum = type(p).__name__ == "Sum"
        sums += is_sum
        if compared >= MAX_COMPARED or sums > MAX_SUMS:
            return 0
        below = _opposite_parts(p, q) if may_flip else None
        if below is not None:
            sign = -sign
        else:
            below = _parts(p, q)
        if below is None:
            return 0
        todo += [(x, y, may_flip and not is_sum) for x, y in below]
    return sign


def _opposite_parts(p: Expr, q: Expr) -> list[tuple[Expr, Expr]] | None:
    """The pairs of parts that make q the transpose of -p if each pair is one of transposes."""
    (c, s, x), (d, t, y) = factors(p), factors(q)
    if not x or c != -d or Counter(s) != Counter(t) or len(x) != len(y):
        return None
    return list(zip(x, reversed(y), strict=True))


def _are_same(a: Expr | None, b: Expr) -> bool:
    """Whether these are one array; entrywise products may have their factors in another order."""
    if a is None or a is b or not type(a).__name__ == type(b).__name__ == "Hadamard":
        return a is b
    return Counter(a.fields[0]) == Counter(b.fields[0])


def _parts(p: Expr, q: Expr) -> list[tuple[Expr, Expr]] | None:
    """The pairs of parts that make q the transpose of p if each pair is; None where none do."""
    kind = type(p).__name__
    if p is q or kind != type(q).__name__ or p.shape != q.shape[::-1]:
        return None
    if kind == "Product":
        (c, s, x), (d, t, y) = p.fields, q.fields
        if c == d and Counter(s) == Counter(t):
            if len(x) == len(y):
                return list(zip(x, reversed(y), strict=True))
            return [] if _is_turned(x, y) or _is_turned(y, x) else None
    elif kind in ("Kronecker", "Sum"):
        x, y = p.fields[0], q.fields[0]
        if len(x) == len(y):
            return list(zip(x, y, strict=True))
    elif kind == "Hadamard":
        return _in_any_order(p.fields[0], list(q.fields[0]))
    elif kind in ("Transpose", "Inverse") or (kind == "ElementPower" and _same_power(p, q)):
        return [(p.fields[0], q.fields[0])]
    elif kind in ("Ones", "Zeros"):
        return []
    elif kind == "Apply" and p.fields[0] == q.fields[0] and p.fields[0].elementwise:
        return list(zip(p.fields[1], q.fields[1], strict=True))
    elif kind == "Apply" and p.fields[1] == q.fields[1]:
        return [] if _second_derivatives(p.fields[0], q.fields[0]) else None
    return None


def _same_power(p: Expr, q: Expr) -> bool:
    """Whether each entry is raised to one and the same power."""
    return p.fields[1] is q.fields[1] and p.fields[1].shape == (1, 1)


def _is_turned(x: tuple[Expr, ...], y: tuple[Expr, ...]) -> bool:
    """Whether one factor y is (A*B)' of a chain x that is A*B."""
    if len(y) != 1 or type(y[0]).__name__ != "Transpose":
        return False
    return factors(y[0].fields[0]) == (1, (), x)


def _second_derivatives(f, g) -> bool:
    """hess(f,1,2) and hess(f,2,1) of a scalar f, by the same arguments in turn."""
    both = getattr(f, "kind", "") == getattr(g, "kind", "") == "hess"
    twice = both and f.base == g.base and len(f.by) == 2 and f.base.codomain == (1, 1)
    return twice and f.by == g.by[::-1]


def _in_any_order(some: tuple[Expr, ...], others: list[Expr]) -> list[tuple[Expr, Expr]] | None:
    """Each of some beside one of the others that plainly is its transpose."""
    found = []
    for e in some:
        partner = next((f for f in others if mirror(e) is f or mirror(f) is e), None)
        if partner is None:
            return None
        others.remove(partner)
        found.append((e, partner))
    return found if not others else None


def are_paired(factors: Iterable[Expr]) -> bool:
    """Whether each of some has its transpose among the others."""
    left = list(factors)
    while left:
        first = left.pop()
        partner = next((f for f in left if mirrored(first, f)), None)
        if partner is None:
            return False
        left.remove(partner)
    return True


def is_palindrome(chain: tuple[Expr, ...]) -> bool:
    """Whether a chain of factors equals its own transpose, read factor by factor."""
    return all(mirrored(chain[i], chain[-1 - i]) for i in range((len(chain) + 1) // 2))


def turned_chain(chain: tuple[Expr, ...]) -> tuple[int, int]:
    """The signs c and d of a chain that is c*R'*M*R with M' = d*M; (0, 0) of any other.

    Without a middle factor M, it is c*R'*R.
    """
    outer, middle = 1, 1
    for i in range(len(chain) // 2):
        outer *= turned(chain[i], chain[-1 - i])
        if not outer:
            return 0, 0
    if len(chain) % 2:
        middle = turned(chain[len(chain) // 2], chain[len(chain) // 2])
    return (outer, middle) if middle else (0, 0)


def has_weighted_hessian(chain: tuple[Expr, ...]) -> bool:
    """Whether a chain is Y'*S*Y with a sum S of Hessians in it: of w_i times that of entry i of g.

    That is (I ⊗ w')*hess(g)(x), and X'*S is (X' ⊗ w')*hess(g)(x).
    Source: Magnus & Neudecker, ch. 6, sec. 11 (the Hessian of a composite function).
    """
    for k in range(len(chain) - 1):
        outer = _beside_weights(chain[k], chain[k + 1])
        if outer is None:
            continue
        left, right = chain[:k], chain[k + 2 :]
        if any(type(x).__name__ != "Identity" for x in outer):
            if not right:
                return False
            first = right[0]
            others = first.fields[0] if type(first).__name__ == "Kronecker" else (first,)
            if len(others) != len(outer) or not all(map(mirrored, outer, others)):
                return False
            right = right[1:]
        return len(left) == len(right) and is_palindrome((*left, *right))
    return False


def _beside_weights(weights: Expr, second: Expr) -> tuple[Expr, ...] | None:
    """The factors of X' where these are (X' ⊗ w') and hess(g)(x); None of anything else."""
    f: Any = second.fields[0] if type(second).__name__ == "Apply" else None
    if getattr(f, "kind", "") != "hess" or len(f.by) != 2 or f.by[0] != f.by[1]:
        return None
    *outer, row = weights.fields[0] if type(weights).__name__ == "Kronecker" else (weights,)
    fits = row.shape == (1, multiply_sizes(*f.base.codomain))
    return tuple(outer) if fits and outer else None


def are_mirrored_chains(x: tuple[Expr, ...], y: tuple[Expr, ...]) -> bool:
    """Whether one chain of factors is the transpose of the other, also by way of M*K in them."""
    if len(x) != len(y):
        return False
    pairs = list(zip(x, reversed(y), strict=True))
    while pairs and mirrored(*pairs[0]):
        pairs.pop(0)
    while pairs and mirrored(*pairs[-1]):
        pairs.pop()
    if len(pairs) < 2:
        return not pairs
    x, y = tuple(p for p, _ in pairs), tuple(q for _, q in reversed(pairs))
    if x[-1] is y[-1] and any(map(_is_scaled_commutation, _terms(x[-1]))):
        return all(_are_exchanged_by(x[:-1], y[:-1], t) for t in _terms(x[-1]))
    # K*M of a symmetric K is symmetric if M*K is.
    return x[0] is y[0] and is_commutation(x[0]) and are_exchanged(x[1:], y[1:], x[0])


def are_mirrored_terms(a: Expr, b: Expr, sign: int = 1) -> bool:
    """Whether two terms of a sum are each other's transposes, or their opposites for a sign -1."""
    found = turned(a, b)
    if found or sign < 0:
        return found == sign
    (c, s, x), (d, t, y) = factors(a), factors(b)
    return c == d and Counter(s) == Counter(t) and are_mirrored_chains(x, y)


def factors(e: Expr) -> tuple:
    """Number, scalars and chain."""
    return e.fields if type(e).__name__ == "Product" else (1, (), (e,))


# Where a commutation matrix stands: K passes A ⊗ B and exchanges the two


def is_commutation(e: Expr) -> bool:
    return type(e).__name__ == "Apply" and e.fields[0].name == "commutation"


def _is_scaled_commutation(e: Expr) -> bool:
    return all(map(is_commutation, factors(e)[2]))


def _are_exchanged_by(x: tuple[Expr, ...], y: tuple[Expr, ...], term: Expr) -> bool:
    """Whether (x*K)' = y*K of chains and a term of a sum of commutation matrices and identities."""
    chain = factors(term)[2]
    if len(chain) != 1:
        return False
    if type(chain[0]).__name__ == "Identity":
        return all(map(mirrored, x, reversed(y)))
    return is_commutation(chain[0]) and are_exchanged(x, y, chain[0])


def are_exchanged(x: tuple[Expr, ...], y: tuple[Expr, ...], k: Expr) -> bool:
    """Whether (x*K)' = y*K of chains and a commutation matrix K.

    In K'*x' the K' passes factor by factor to the end: K_nm*(A' ⊗ B') is (B' ⊗ A')*K_qp of A of
    p×m and B of q×n. What is left of it there has to be K.
    """
    m, n = sizes = tuple(map(_size, k.fields[1]))
    for p, q in zip(reversed(x), y, strict=True):
        passed = _passed(p, q, (m, n))
        if passed is None:
            return False
        m, n = passed
    return (n, m) == sizes


def _passed(p: Expr, q: Expr, sizes: Shape) -> Shape | None:
    """Of K_nm*p' = q*K_qp the sizes p and q; None where that is not seen to hold."""
    left = list(_terms(q))
    found: Shape | None = None
    for t in _terms(p):
        for u in left:
            passed = _term_passed(t, u, sizes)
            if passed is not None and found in (None, passed):
                found = passed
                left.remove(u)
                break
        else:
            return None
    return None if left else found


def _terms(e: Expr) -> tuple[Expr, ...]:
    return e.fields[0] if type(e).__name__ == "Sum" else (e,)


def _term_passed(a: Expr, b: Expr, sizes: Shape) -> Shape | None:
    (c, s, x), (d, t, y) = factors(a), factors(b)
    if c != d or Counter(s) != Counter(t) or len(x) != 1 or len(y) != 1:
        return None
    (p,), (q,) = x, y
    kind = type(p).__name__
    if kind != type(q).__name__:
        return None
    if kind == "Kronecker" and len(p.fields[0]) == len(q.fields[0]) == 2:
        (f, g), (h, i) = p.fields[0], q.fields[0]
        fits = (f.shape[1], g.shape[1]) == sizes and mirrored(f, i) and mirrored(g, h)
        return (f.shape[0], g.shape[0]) if fits else None
    if kind == "Inverse":
        return sizes if _passed(p.fields[0], q.fields[0], sizes) == sizes else None
    if kind == "Identity" or (_is_frechet_matrix(p) and sizes[0] == sizes[1]):
        return sizes if p is q else None
    u, v = _diagonal_of_vec(p), _diagonal_of_vec(q)
    fits = u is not None and v is not None and u.shape == sizes[::-1] and mirrored(u, v)
    return sizes if fits else None


def _is_frechet_matrix(e: Expr) -> bool:
    """The matrix M of dX ↦ d f(X) in stacked columns: tr(B'*f(X)) has the Hessian K*M."""
    return type(e).__name__ == "Apply" and e.fields[0].name.startswith("frechetmatrix(")


def _size(e: Expr) -> Any:
    """The size that an argument of commutation stands for."""
    value = e.fields[0]
    return int(value) if type(e).__name__ == "Number" else value


def _diagonal_of_vec(e: Expr) -> Expr | None:
    """X of diag(vec(X))."""
    for name in ("diag", "vec"):
        if type(e).__name__ != "Apply" or e.fields[0].name != name:
            return None
        e = e.fields[1][0]
    return e
