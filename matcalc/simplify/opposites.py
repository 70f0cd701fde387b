"""Sums and their negatives: a - b beside b - a, and the one that a minus in front goes into."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from matcalc.expr import build
from matcalc.expr.arithmetic import is_wide
from matcalc.expr.nodes import Expr, Sum, Transpose, Value


def sign_between(a: Expr, b: Expr) -> int:
    """1 of two sums of the same terms, -1 of a sum and its negative, 0 of others."""
    if a is b:
        return int(isinstance(a, Sum))
    if not isinstance(a, Sum) or not isinstance(b, Sum) or len(a.terms) != len(b.terms):
        return 0
    if is_wide(a) or is_wide(b):
        return 0
    if a.terms[0] in b.terms:
        return int(frozenset(a.terms) == frozenset(b.terms))
    opposite = build.negate(a.terms[0]) in b.terms
    return -int(opposite and frozenset(map(build.negate, a.terms)) == frozenset(b.terms))


def stands_again(factors: Sequence[Expr], k: int) -> bool:
    """Whether a sum, its transpose or a negative is another factor: (x - y)*(x - y)'."""
    here = _straight(factors[k])
    return any(sign_between(_straight(f), here) for i, f in enumerate(factors) if i != k)


def _straight(f: Expr) -> Expr:
    return f.argument if isinstance(f, Transpose) else f


def aligned(
    coefficient: Value, factors: Sequence[Expr], rank: Mapping[Expr, int]
) -> tuple[Value, list[Expr]]:
    """(a - x)*(x - a)' as -(x - a)*(x - a)', with the one of the two that has the lower rank."""
    sums: list[Expr] = [f for f in map(_straight, factors) if isinstance(f, Sum)]
    if len(set(sums)) < 2:
        return coefficient, list(factors)
    chosen = likes(sorted(sums, key=lambda f: rank.get(f, len(rank))))
    found: list[Expr] = []
    for f in factors:
        like = chosen.get(_straight(f))
        if like is not None:
            coefficient = coefficient * sign_between(like, _straight(f))
            f = build.transpose(like) if isinstance(f, Transpose) else like
        found.append(f)
    return coefficient, found


def likes(sums: Iterable[Expr]) -> dict[Expr, Expr]:
    """For each sum, but for wide ones, the first that it equals up to the sign and the order."""
    found: dict[Expr, Expr] = {}
    for f in sums:
        if f not in found and isinstance(f, Sum) and not is_wide(f):
            found[f] = next((g for g in found.values() if sign_between(g, f)), f)
    return found
