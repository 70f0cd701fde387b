"""From syntax trees to typed expressions: declarations, conventions, inference of sizes."""

from __future__ import annotations

from collections.abc import Mapping

from matcalc.elaborate.build import Elaborated, elaborate
from matcalc.elaborate.scope import Scope
from matcalc.expr.nodes import Expr
from matcalc.expr.sets import VariableSet
from matcalc.syntax.parser import parse_expression

__all__ = ["Elaborated", "Scope", "elaborate", "read_expression"]


def read_expression(text: str, sets: Mapping[str, VariableSet]) -> Expr:
    """The expression of a text whose variables are all declared: the texts of records."""
    scope = Scope()
    for name, of in sets.items():
        scope.declare(name, of)
    return elaborate(parse_expression(text), text, scope).expression
