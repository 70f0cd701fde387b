"""Sums: opened, collected, multiplied out where that cancels, and put over common factors."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from matcalc.expr import build
from matcalc.expr.arithmetic import is_wide, joined
from matcalc.expr.nodes import ONE, Expr, Product, Sum, Transpose, Zeros
from matcalc.simplify import kronecker_sums, windows
from matcalc.simplify.conjugates import parts
from matcalc.simplify.factoring import factored
from matcalc.simplify.shorter import complement, expanded, linear_calls, over_one_bar, turned
from matcalc.simplify.terms import like_terms

if TYPE_CHECKING:
    from matcalc.simplify.normal_form import Simplifier


def add(terms: list[Expr], s: Simplifier, as_written: bool = False) -> Expr:
    """The sum of simplified terms, simplified; `as_written` only if terms cancel or merge."""
    shape = next((t.shape for t in terms if not t.is_scalar), (1, 1))
    groups = []
    for t in terms:
        if t.shape != shape:  # a scalar added to every entry
            t = s.product(ONE, (t,), (build.ones(shape),))
        if not isinstance(t, Zeros):
            groups.append(_opened(t, s))
    flat = joined(groups, lambda wide: build.add(*wide))
    collected = kronecker_sums.merged(like_terms(flat, s), s)
    if len(collected) < 2 or not s.searches(collected):
        return build.add(*collected) if collected else build.zeros(shape)
    collected = complement(expanded(like_terms(parts(collected, s), s), s), s)
    paired = windows.pairs(collected, s)
    if paired is not None:
        return s.add(paired)
    if as_written and len(collected) >= len(terms):
        return build.add(*terms)
    collected = linear_calls(over_one_bar(collected, s), s)
    if len(collected) < 2:
        return build.add(*collected) if collected else build.zeros(shape)
    return turned(factored(collected, s), s)


def _opened(t: Expr, s: Simplifier) -> Sequence[Expr]:
    """The terms of a sum inside a sum; -(a - b) opens too unless the user wrote a - b."""
    if isinstance(t, Sum):
        return t.terms
    sign, inner = ONE, t
    if isinstance(t, Product) and abs(t.coefficient) == 1 and len(t.children) == 1:
        sign, inner = Fraction(t.coefficient), t.children[0]
    if inner in s.whole or is_wide(inner):
        return (t,)
    if isinstance(inner, Sum):
        return [build.multiply(sign, u) for u in inner.terms]
    if isinstance(inner, Transpose) and isinstance(inner.argument, Sum):
        return [build.multiply(sign, s.transpose(u)) for u in inner.argument.terms]
    return (t,)
