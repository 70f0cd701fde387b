"""Chains of matrices: cancelling, scalar stretches taken out, powers put together."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from matcalc.expr import build
from matcalc.expr.arithmetic import is_wide
from matcalc.expr.nodes import (
    ONE,
    Apply,
    Conjugate,
    ElementPower,
    Expr,
    Hadamard,
    Identity,
    Inverse,
    Ones,
    Power,
    Product,
    Sum,
    Transpose,
    is_call,
    number_value,
)
from matcalc.functions import lookup
from matcalc.simplify import conjugates, kronecker, matrix_functions, rules, slices, windows
from matcalc.simplify.terms import diagonal_column

if TYPE_CHECKING:
    from matcalc.simplify.normal_form import Simplifier


def tidy(chain: list[Expr], s: Simplifier) -> tuple[list[Expr], list[Expr]]:
    """The chain in normal form, and the scalars taken out of it.

    A chain of scalars alone comes back empty.
    """
    if not chain:
        return [], []
    shape = chain[0].shape[0], chain[-1].shape[1]
    chain, loose = _cancel(chain, s)
    if not chain:
        return ([build.identity(shape[0])] if shape[0] != 1 else []), loose
    if len(chain) > 1:
        replaced = windows.neighbours(chain, s)
        if replaced is None and s.searches(chain):
            replaced = _distributed(chain, s)
        if replaced is not None:
            flat, more = tidy(replaced, s)
            return flat, [*loose, *more]
    chain, scalars = _scalar_stretches(chain, s)
    if len(chain) > 1:
        chain = _diagonals(chain, s)
    if len(chain) == 1 and isinstance(chain[0], Product):  # something made a scaled product
        c, inner, rest = build.scalar_parts(chain[0])
        scalars = [*scalars, *inner, *([build.number(c)] if c != 1 else [])]
        chain = [rest] if rest is not None else []
    return chain, [*loose, *scalars]


# Inverses and powers


def _core(f: Any) -> tuple[Expr, Fraction, bool]:
    """f as base^exponent, transposed or not: -1 of an inverse, 1/2 of a matrix root."""
    transposed = isinstance(f, Transpose)
    if transposed:
        f = f.argument
    exponent = ONE
    if isinstance(f, Conjugate):
        base, exponent, turned = _core(f.argument)
        return build.conjugate(base), exponent, transposed != turned
    if isinstance(f, Inverse):
        f, exponent = f.argument, Fraction(-1)
    elif isinstance(f, Power):
        f, exponent = f.base, f.exponent.value
    if isinstance(f, Apply) and f.function.name == "sqrtm":
        return f.arguments[0], exponent / 2, transposed
    return f, exponent, transposed


def _make(base: Expr, exponent: Fraction, transposed: bool, s: Simplifier) -> Expr:
    if isinstance(base, Conjugate):
        return build.conjugate(_make(base.argument, exponent, transposed, s))
    if exponent.denominator == 2:
        base, exponent = build.apply(lookup("sqrtm"), base), 2 * exponent
    plain = exponent > 1 and not isinstance(base, Product)  # diag(x)^2 = diag(x.^2)
    f = (s.power if plain else build.power)(base, build.number(exponent))
    return build.transpose(f) if transposed else f


def _cancel(chain: list[Expr], s: Simplifier) -> tuple[list[Expr], list[Expr]]:
    """Neighbours combined: powers of one matrix, inverses, Q'Q = I; identities dropped.

    Numbers and scalars that come loose (the sign of K' = -K) are returned apart.
    """
    done: list[Expr] = []
    loose: list[Expr] = []
    todo = list(reversed(chain))
    while todo:
        f = todo.pop()
        if isinstance(f, Identity):
            continue
        if isinstance(f, Product) and not is_wide(f):
            loose += [build.number(f.coefficient), *f.scalars]
            todo.extend(reversed(f.chain))
            continue
        if not done:
            done.append(f)
            continue
        left = done[-1]
        if _orthonormal_pair(left, f):
            s.note(rules.ORTHOGONAL)
            done.pop()
            continue
        if (beside := matrix_functions.beside(s, left, f)) is not None:
            done.pop()
            todo.extend(beside)
            continue
        if isinstance(left, Ones) and isinstance(f, Ones) and 1 not in (left.shape[0], f.shape[1]):
            done.pop()
            todo.append(build.ones((left.shape[0], f.shape[1])))
            loose.append(build.size_number(f.shape[0]))
            continue
        (a, p, s_left), (b, q, s_right) = _core(left), _core(f)
        if a is b and s_left == s_right and a.shape[0] == a.shape[1]:
            p += q
            s.note(rules.POWERS if p else rules.CANCEL_INVERSE)
            done.pop()
            while p and todo and (_core(todo[-1])[::2]) == (a, s_left):  # a run is made once
                p += _core(todo.pop())[1]
            if p:
                todo.append(_make(a, p, s_left, s))
            continue
        joined = kronecker.joined(left, f, s) or slices.joined(left, f, s)
        if joined is not None:
            done.pop()
            todo.append(joined)
            continue
        pushed = _pushed_through(left, f, s)
        if pushed is not None:
            done.pop()
            todo.append(pushed[0])
            loose.append(pushed[1])
            continue
        expanded = _expanded(left, f, s)
        if expanded is not None:
            done.pop()
            todo.extend(reversed(expanded))
            continue
        done.append(f)
    nearer = _beside_its_factors(done, s)
    if nearer is not None:
        done, more = _cancel(nearer, s)
        loose += more
    return done, [x for x in loose if number_value(x) != 1]


def _beside_its_factors(chain: list[Expr], s: Simplifier) -> list[Expr] | None:
    """inv(A*B)*A*B without all three, whatever the shapes of A and B; None if it is not there."""
    for k, f in enumerate(chain):
        base, exponent, transposed = _core(f)
        if exponent >= 0 or not isinstance(base, Product) or exponent.denominator != 1:
            continue
        straight = s.transpose(base) if transposed else base
        if not isinstance(straight, Product) or straight.coefficient != 1 or straight.scalars:
            continue
        factors = list(straight.chain)
        left = [] if exponent == -1 else [_make(base, exponent + 1, transposed, s)]
        after, before = k + 1 + len(factors), k - len(factors)
        if chain[k + 1 : after] == factors:
            s.note(rules.CANCEL_INVERSE)
            return [*chain[:k], *left, *chain[after:]]
        if before >= 0 and chain[before:k] == factors:
            s.note(rules.CANCEL_INVERSE)
            return [*chain[:before], *left, *chain[k + 1 :]]
    return None


def inverse_pair(a: Expr, b: Expr) -> bool:
    """Whether a'b is the identity because a' is the inverse of b."""
    (x, p, t), (y, q, u) = _core(a), _core(b)
    symmetric = "symmetric" in x.facts
    return x is y and p + q == 0 and (symmetric or t != u) and x.shape[0] == x.shape[1]


def _distributed(chain: list[Expr], s: Simplifier) -> list[Expr] | None:
    """(I - inv(A))*A as A - I: a sum multiplied out where a term of it cancels a neighbour."""
    for k, total in enumerate(chain):
        if not isinstance(total, Sum) or total in s.whole:
            continue
        for j in (k + 1, k - 1):
            if not 0 <= j < len(chain) or not _touches(total, chain[j], j > k, s):
                continue
            pair = [total, chain[j]] if j > k else [chain[j], total]
            terms = [
                s.product(ONE, (), (t, chain[j]) if j > k else (chain[j], t)) for t in total.terms
            ]
            merged = s.add(terms)
            if s.cost(merged) < s.cost(build.product(ONE, (), tuple(pair))):
                low = min(k, j)
                return [*chain[:low], merged, *chain[low + 2 :]]
    return None


def _touches(total: Sum, neighbour: Expr, on_right: bool, s: Simplifier) -> bool:
    """Whether the end of any term combines with the neighbour to nothing."""
    b, q, u = _core(neighbour)
    for t in total.terms:
        factors = t.chain if isinstance(t, Product) else (t,)
        if not factors:
            continue
        end = factors[-1 if on_right else 0]
        a, p, v = _core(end)
        if a is b and u == v and p + q == 0 and a.shape[0] == a.shape[1]:
            return True
        pair = (end, neighbour) if on_right else (neighbour, end)
        exchange = is_call(end, "commutation") and kronecker.joined(*pair, s) is neighbour
        opens = exchange or slices.beside_diagonal(*pair)
        if opens or _expanded(*pair, s) is not None or _orthonormal_pair(*pair):
            return True
    return False


def _orthonormal_pair(left: Expr, right: Expr) -> bool:
    """Q'Q with orthonormal columns, or QQ' of an orthogonal matrix."""
    if isinstance(left, Transpose) and left.argument is right and "stiefel" in right.facts:
        return True
    if isinstance(right, Transpose) and right.argument is left and "orthogonal" in left.facts:
        return True
    if {"unitary"} & (left.facts | right.facts):
        return right is build.transpose(build.conjugate(left))
    return left is right and {"symmetric", "orthogonal"} <= left.facts


def without_orthonormal(a: Expr, b: Expr) -> tuple[Expr, Expr] | None:
    """A, B of a = Q*A and b = Q*B with orthonormal columns, or of a = A*Q' and b = B*Q'."""
    if not (isinstance(a, Product) and isinstance(b, Product)):
        return None
    if a.chain[0] is b.chain[0] and "stiefel" in a.chain[0].facts:
        return tuple(build.product(ONE, (), x.chain[1:]) for x in (a, b))  # type: ignore
    last = a.chain[-1]
    if last is b.chain[-1] and "stiefel" in build.transpose(last).facts:
        return tuple(build.product(ONE, (), x.chain[:-1]) for x in (a, b))  # type: ignore
    return None


def _expanded(left: Expr, right: Expr, s: Simplifier) -> list[Expr] | None:
    """left·right with the inverse of a product of square factors spelt out, where that cancels."""
    for inverse, other, first in ((left, right, False), (right, left, True)):
        parts = _inverse_factors(inverse, s)
        if parts is None:
            continue
        a, p, t = _core(_bare(parts[0] if first else parts[-1]))
        b, q, u = _core(other)
        if a is b and t == u and p + q == 0:
            s.note(rules.INVERSE_PRODUCT)
            return [other, *parts] if first else [*parts, other]
    return None


def _bare(f: Expr) -> Expr:
    """The factor without a number in front of it."""
    return f.chain[0] if isinstance(f, Product) and len(f.chain) == 1 else f


def _inverse_factors(f: Expr, s: Simplifier) -> list[Expr] | None:
    """The factors of inv(A*B*C)(') of square A, B, C: they are nonsingular if the product is."""
    base, exponent, transposed = _core(f)
    if exponent != -1 or not isinstance(base, Product) or base.scalars or base.coefficient != 1:
        return None
    if any(c.shape[0] != c.shape[1] for c in base.chain):
        return None
    parts = [s.inverse(c) for c in reversed(base.chain)]
    if transposed:
        parts = [s.transpose(p) for p in reversed(parts)]
    return parts


# Scalars inside a chain


def _scalar_stretches(chain: list[Expr], s: Simplifier) -> tuple[list[Expr], list[Expr]]:
    """x (y'z) w' as (y'z) and x w': the stretches between boundaries of size one are scalars."""
    boundaries = [0]
    boundaries += [k for k in range(1, len(chain)) if chain[k].shape[0] == 1]
    boundaries.append(len(chain))
    rest: list[Expr] = []
    scalars: list[Expr] = []
    for i, j in pairwise(boundaries):
        piece = chain[i:j]
        if not piece:
            continue
        if piece[0].shape[0] == 1 and piece[-1].shape[1] == 1:
            scalars.append(_inner_product(piece, s))
        else:
            rest.extend(piece)
    if rest and scalars:
        s.note(rules.SCALAR_FIRST)
    return rest, scalars


def _inner_product(piece: list[Expr], s: Simplifier) -> Expr:
    """A 1×1 chain; with ones at an end it is a sum of entries."""
    if len(piece) == 1:
        return piece[0]
    start = 1 if isinstance(piece[0], Ones) else 0
    stop = len(piece) - (1 if isinstance(piece[-1], Ones) else 0)
    if (start, stop) == (0, len(piece)):
        piece = _diagonals(slices.entry_first(conjugates.turned(piece, s)), s)
        found = _entrywise_sum(piece, s) if len(piece) == 2 else None
        return found if found is not None else _shorter_way_round(piece, s)
    s.note(rules.SUM_ONES)
    if start == stop:
        return build.size_number(piece[0].shape[1])
    inner = s.product(ONE, (), piece[start:stop])
    return s.call("sum", s.transpose(inner) if inner.shape[0] == 1 else inner)


def _shorter_way_round(piece: list[Expr], s: Simplifier) -> Expr:
    """x'*inv(A)'*y as y'*inv(A)*x, which needs fewer transposes."""
    straight = build.product(ONE, (), piece)
    around = build.multiply(*(s.transpose(f) for f in reversed(piece)))  # K' = -K
    return around if s.cost(around) < s.cost(straight) else straight


def _entrywise_sum(piece: list[Expr], s: Simplifier) -> Expr | None:
    """x'y as sum(x.*y) where factors of x and y combine: (y./s)'*s = sum(y)."""
    row, column = piece
    x = row.argument if isinstance(row, Transpose) else row
    if x.shape != column.shape or (
        not isinstance(x, Hadamard | ElementPower)
        and not isinstance(column, Hadamard | ElementPower)
    ):
        return None

    def summed() -> Expr | None:
        total = s.call("sum", s.hadamard((x, column)))
        return total if s.cost(total) < s.cost(build.product(ONE, (), piece)) else None

    return s.trial(summed)


def _diagonals(chain: list[Expr], s: Simplifier) -> list[Expr]:
    """diag(x)·y of a column y is x.*y; y'·diag(x) is (x.*y)'."""
    if len(chain) < 2:
        return chain
    last = chain[-1]
    if last.shape[1] == 1:
        d = diagonal_vector(chain[-2])
        if d is not None:
            s.note(rules.DIAG_VECTOR)
            merged = s.hadamard((d, last))
            if isinstance(merged, Hadamard | Apply) or not isinstance(merged, Product):
                return _diagonals([*chain[:-2], merged], s)
    first = chain[0]
    if first.shape[0] == 1 and len(chain) > 2:
        d = diagonal_vector(chain[1])
        if d is not None:
            s.note(rules.DIAG_VECTOR)
            merged = s.hadamard((d, s.transpose(first)))
            if not isinstance(merged, Product):
                return _diagonals([s.transpose(merged), *chain[2:]], s)
    if chain[-2].shape[0] == 1 and len(chain) > 2:
        d = diagonal_vector(chain[-1])
        if d is not None:
            s.note(rules.DIAG_VECTOR)
            merged = s.hadamard((s.transpose(chain[-2]), d))
            if not isinstance(merged, Product):
                return [*chain[:-2], s.transpose(merged)]
    return chain


def diagonal_vector(f: Expr) -> Expr | None:
    """x of diag(x), and x.^p of its powers; None of anything else."""
    base, exponent, _ = _core(f)
    x = diagonal_column(base)
    return build.element_power(x, build.number(exponent)) if x is not None else None


# The identity plus an outer product


def identity_plus_outer(e: Expr) -> tuple[Expr, Expr, Expr] | None:
    """c, u, v of e = I + c u v'; None of anything else."""
    if not isinstance(e, Sum) or len(e.terms) != 2:
        return None
    for one, other in (e.terms, e.terms[::-1]):
        if isinstance(one, Identity) and isinstance(other, Product):
            pure = build.product(ONE, (), other.chain)
            split = outer_parts(pure)
            if split is not None:
                return build.product(other.coefficient, other.scalars, ()), *split
    return None


def one_plus_inner(c: Expr, u: Expr, v: Expr, s: Simplifier) -> Expr:
    """1 + c v'u."""
    inner = s.product(ONE, (), (s.transpose(v), u))
    return s.add([build.number(1), s.product(ONE, (c, inner), ())])


def _pushed_through(left: Expr, right: Expr, s: Simplifier) -> tuple[Expr, Expr] | None:
    """inv(I + c u v')*u as the vector u and its factor 1/(1 + c v'u), from either side."""
    for f, column, row in ((left, right, False), (right, left, True)):
        base, exponent, transposed = _core(f)
        found = identity_plus_outer(base) if exponent == -1 else None
        if found is None:
            continue
        c, u, v = found
        near = v if transposed != row else u
        if column is (s.transpose(near) if row else near):
            s.note(rules.INVERSE_RANK_ONE)
            return column, s.scalar_power(one_plus_inner(c, u, v, s), build.number(-1))
    return None


# Outer products and traces


def outer_parts(e: Expr) -> tuple[Expr, Expr] | None:
    """u, v of a chain e = u v' that passes through size one; None of anything else."""
    if not isinstance(e, Product) or e.coefficient != 1 or e.scalars:
        return None
    for k in range(1, len(e.chain)):
        if e.chain[k].shape[0] == 1:
            u = build.product(ONE, (), e.chain[:k])
            v = build.product(ONE, (), e.chain[k:])
            return u, _flip(v)
    return None


def _flip(row: Expr) -> Expr:
    """The transpose of a product of simplified factors, factor by factor."""
    if isinstance(row, Product):
        return build.multiply(*(_flip(f) for f in reversed(row.chain)))
    return row if "symmetric" in row.facts else build.transpose(row)


def rotated(chain: tuple[Expr, ...], s: Simplifier) -> list[Expr] | None:
    """The chain turned so that its ends combine, under a trace; None where they do not."""
    if len(chain) < 2 or chain[-1].shape[1] != chain[0].shape[0]:
        return None
    (a, _, t), (b, _, u) = _core(chain[-1]), _core(chain[0])
    if (a is b and t == u and a.shape[0] == a.shape[1]) or _orthonormal_pair(chain[-1], chain[0]):
        return [chain[-1], *chain[:-1]]
    return None
