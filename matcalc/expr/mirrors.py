"""Whether two expressions are each other's transposes, seen without building anything.

So e + e' and B'SB are recognised as symmetric when they are made, as are B ⊗ A' + B' ⊗ A and, with
the commutation matrix K, (A ⊗ B + B' ⊗ A')*K: K exchanges the factors that it passes.
Source: Magnus & Neudecker, ch. 3, sec. 7: K_pm (A ⊗ B) = (B ⊗ A) K_qn, K_mn' = K_nm.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from matcalc.expr.sizes import multiply_sizes

if TYPE_CHECKING:
    from matcalc.expr.nodes import Expr

MAX_COMPARED = 64  # pairs of parts that are looked at


def mirror(e: Expr) -> Expr | None:
    """What the transpose of a factor is, as a node that exists already; None if none does."""
    if type(e).__name__ == "Transpose":
        return e.fields[0]
    return e if "symmetric" in e.facts or e.shape == (1, 1) else None


def mirrored(a: Expr, b: Expr) -> bool:
    """Whether b is the transpose of a, part by part."""
    todo = [(a, b)]
    compared = 0
    while todo:
        p, q = todo.pop()
        compared += 1
        if _are_same(mirror(p), q) or _are_same(mirror(q), p):
            continue
        below = _parts(p, q) if compared < MAX_COMPARED else None
        if below is None:
            return False
        todo += below
    return True


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
        if c == d and Counter(s) == Counter(t) and len(x) == len(y):
            return list(zip(x, reversed(y), strict=True))
    elif kind == "Kronecker":
        x, y = p.fields[0], q.fields[0]
        if len(x) == len(y):
            return list(zip(x, y, strict=True))
    elif kind == "Hadamard":
        return _in_any_order(p.fields[0], list(q.fields[0]))
    elif kind in ("Transpose", "Inverse"):
        return [(p.fields[0], q.fields[0])]
    elif kind in ("Ones", "Zeros"):
        return []
    elif kind == "Apply" and p.fields[1] == q.fields[1]:
        return [] if _second_derivatives(p.fields[0], q.fields[0]) else None
    return None


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


def is_palindrome(chain: tuple[Expr, ...]) -> bool:
    """Whether a chain of factors equals its own transpose, read factor by factor."""
    return all(mirrored(chain[i], chain[-1 - i]) for i in range((len(chain) + 1) // 2))


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
    if len(pairs) != 2:
        return not pairs
    (m, again), (k, n) = pairs
    if k is again and _are_exchanged(m, n, k):
        return True
    return m is n and _are_exchanged(k, again, m)  # K*M of a square K


def are_mirrored_terms(a: Expr, b: Expr) -> bool:
    """Whether two terms of a sum are each other's transposes."""
    if mirrored(a, b):
        return True
    (c, s, x), (d, t, y) = _factors(a), _factors(b)
    return c == d and Counter(s) == Counter(t) and are_mirrored_chains(x, y)


def _factors(e: Expr) -> tuple:
    return e.fields if type(e).__name__ == "Product" else (1, (), (e,))


def _are_exchanged(m: Expr, n: Expr, k: Expr) -> bool:
    """Whether (M*K)' = N*K of a commutation matrix K: each A ⊗ B of M is a B' ⊗ A' of N."""
    if type(k).__name__ != "Apply" or k.fields[0].name != "commutation":
        return False
    left = list(_terms(n))
    for t in _terms(m):
        partner = next((u for u in left if _exchanged_terms(t, u, k.fields[1])), None)
        if partner is None:
            return False
        left.remove(partner)
    return not left


def _terms(e: Expr) -> tuple[Expr, ...]:
    return e.fields[0] if type(e).__name__ == "Sum" else (e,)


def _exchanged_terms(a: Expr, b: Expr, sizes: tuple[Expr, ...]) -> bool:
    (c, s, x), (d, t, y) = _factors(a), _factors(b)
    if c != d or s != t or len(x) != 1 or len(y) != 1:
        return False
    p, q = x[0], y[0]
    if type(p).__name__ == "Kronecker" and type(q).__name__ == "Kronecker":
        f, g = p.fields[0], q.fields[0]
        # In K_mn the factors A of n×m and B of m×n are exchanged, not others of the same product.
        fits = len(f) == len(g) == 2 and f[0].shape == f[1].shape[::-1] == g[1].shape[::-1]
        return fits and _of_sizes(f[1], sizes) and mirrored(f[0], g[1]) and mirrored(f[1], g[0])
    if type(p).__name__ == "Identity" or _is_frechet_matrix(p):
        return p is q and sizes[0] is sizes[1]
    u, v = _diagonal_of_vec(p), _diagonal_of_vec(q)
    if u is None or v is None or sizes[0] is not sizes[1]:
        return False
    return _of_sizes(u, sizes) and mirrored(u, v)


def _is_frechet_matrix(e: Expr) -> bool:
    """The matrix M of dX ↦ d f(X) in stacked columns: tr(B'*f(X)) has the Hessian K*M."""
    return type(e).__name__ == "Apply" and e.fields[0].name.startswith("frechetmatrix(")


def _of_sizes(e: Expr, sizes: tuple[Expr, ...]) -> bool:
    """Whether e has the shape m×n of commutation(m,n)."""
    return tuple(_size(n) for n in sizes) == e.shape


def _size(e: Expr):
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
