"""Rules for functions of the library: traces, sums and diagonals of products.

Each takes the simplifier and arguments in normal form, and returns the simplified value or None.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING

from matcalc.expr import build
from matcalc.expr.nodes import Apply, Expr, Identity, Ones, Product, Transpose
from matcalc.expr.sizes import multiply_sizes
from matcalc.simplify import chains, rules

if TYPE_CHECKING:
    from matcalc.simplify.normal_form import Simplifier

ONE = Fraction(1)


def _trace(s: Simplifier, a: Expr) -> Expr | None:
    if a.is_scalar:
        return a
    if isinstance(a, Identity):
        return build.size_number(a.shape[0])
    if isinstance(a, Transpose):
        s.note(rules.TRACE_TRANSPOSE)
        return s.call("tr", a.argument)
    if isinstance(a, Product):
        split = chains.outer_parts(a)
        if split is not None:
            s.note(rules.TRACE_RANK_ONE)
            u, v = split
            return s.product(ONE, (), (s.transpose(v), u))
        rotated = chains.rotated(a.chain, s)
        if rotated is not None:
            s.note(rules.TRACE_CYCLIC)
            return s.call("tr", s.product(ONE, (), rotated))
        flipped = s.transpose(a)
        if s.cost(flipped) < s.cost(a):
            s.note(rules.TRACE_TRANSPOSE)
            return s.call("tr", flipped)
    return None


def _sum(s: Simplifier, a: Expr) -> Expr | None:
    if a.is_scalar:
        return a
    if isinstance(a, Ones):
        return build.size_number(multiply_sizes(*a.shape))
    if isinstance(a, Transpose):
        return s.call("sum", a.argument)
    return None


def _diag(s: Simplifier, a: Expr) -> Expr | None:
    if a.is_scalar:
        return a
    if a.shape[1] == 1:
        if isinstance(a, Ones):
            return build.identity(a.shape[0])
        return None
    if isinstance(a, Identity):
        return build.ones((a.shape[0], 1))
    if isinstance(a, Apply) and a.function.name == "diag":
        s.note(rules.DIAG_DIAG)
        return a.arguments[0]
    if isinstance(a, Transpose):
        return s.call("diag", a.argument)
    if isinstance(a, Product):
        split = chains.outer_parts(a)
        if split is not None:
            return s.hadamard(split)
    return None


def _log(s: Simplifier, a: Expr) -> Expr | None:
    if isinstance(a, Apply) and a.function.name == "exp":
        s.note(rules.LOG_EXP)
        return a.arguments[0]
    return None


FUNCTION_RULES: dict[str, Callable[..., Expr | None]] = {
    "tr": _trace,
    "sum": _sum,
    "diag": _diag,
    "log": _log,
}
