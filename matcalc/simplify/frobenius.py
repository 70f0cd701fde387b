"""Frobenius products: as a trace, a sum or a quadratic form where that is shorter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcalc.expr import build
from matcalc.expr.nodes import ONE, Expr, Identity, Ones, Transpose
from matcalc.simplify import chains, identities_matrices, matrix_functions, rules

if TYPE_CHECKING:
    from matcalc.simplify.normal_form import Simplifier


def product(s: Simplifier, a: Expr, b: Expr) -> Expr:
    """a : b of matrices without numbers and scalars in front, in its shortest form."""
    for x, y in ((a, b), (b, a)):
        closed = matrix_functions.frobenius(s, x, y)
        if closed is not None:
            return closed
    if chains.inverse_pair(a, b):
        s.note(rules.CANCEL_INVERSE)
        return build.size_number(a.shape[0])
    for x, y in ((a, b), (b, a)):
        if isinstance(x, Identity):
            s.note(rules.FROBENIUS_IDENTITY)
            return s.call("tr", y)
        if isinstance(x, Ones):
            s.note(rules.FROBENIUS_ONES)
            return s.call("sum", y)
    if a.shape[1] == 1:
        return s.product(ONE, (), (s.transpose(a), b))
    if a.shape[0] == 1:
        return s.product(ONE, (), (a, s.transpose(b)))
    for x, y in ((a, b), (b, a)):
        split = chains.outer_parts(x)
        if split is not None:
            s.note(rules.FROBENIUS_RANK_ONE)
            u, v = split
            return s.product(ONE, (), (s.transpose(u), y, v))
    if isinstance(a, Transpose) and isinstance(b, Transpose):
        a, b = a.argument, b.argument
    less = chains.without_orthonormal(a, b)
    if less is not None:
        s.note(identities_matrices.ORTHOGONAL_FROBENIUS)
        return s.frobenius(*less)
    differential = "differential" in a.facts | b.facts  # G : dX is how gradients are read off
    for x, y in ((a, b), (b, a)):
        flipped = s.transpose(x)
        if s.cost(flipped) < s.cost(x) + (0 if differential else 1):
            s.note(rules.FROBENIUS_TRACE)
            return s.call("tr", s.product(ONE, (), (flipped, y)))
    return build.frobenius(a, b)
