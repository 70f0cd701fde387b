"""Elementwise functions defined by a formula: f(x) = x*tanh(log(1 + exp(x))).

A call is the formula with the argument put in, entry by entry; f'(x) is its derivative, which is
found as any other is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from matcalc.elaborate.scope import Formula
from matcalc.errors import DomainError, NotSupportedError, ShapeError
from matcalc.expr import build
from matcalc.expr.nodes import Apply, Expr, Power, Product, Sum, Symbol, fold, hooks, postorder
from matcalc.expr.rewrite import lift, substitute
from matcalc.expr.sets import make_set
from matcalc.expr.sizes import shape_text


@dataclass(frozen=True)
class FormulaDerivative:
    """f' of a function of one number."""

    formula: Formula

    @property
    def head(self) -> str:
        return f"{self.formula.name}'({self.formula.parameters[0]})"


def parameter(name: str) -> Symbol:
    """The number that a parameter is."""
    return build.symbol(name, make_set("R"))


def check_body(f: Formula, body: Expr) -> None:
    """DomainError unless the formula is of numbers, and acts on arrays entry by entry."""
    if not body.is_scalar:
        raise DomainError(f"{f.head} is not a number where its arguments are")
    moving: set[Expr] = {parameter(p) for p in f.parameters}
    for e in postorder(body):
        if not any(c in moving for c in e.children):
            continue
        moving.add(e)
        entrywise = isinstance(e, Sum | Power) or (isinstance(e, Product) and not e.chain)
        if isinstance(e, Apply):
            entrywise = e.function.elementwise or getattr(e.function, "of_number", False)
        if not entrywise:
            raise DomainError(f"{f.head} is not elementwise: it has {e} in it")


def slope(f: Formula, body: Expr) -> Expr:
    """The formula of f'."""
    if len(f.parameters) != 1:
        raise NotSupportedError(f"{f.name}' of several arguments")
    return hooks["slope"](body, parameter(f.parameters[0]))


def applied(f: Formula, body: Expr, arguments: list[Expr]) -> Expr:
    """The formula with arguments put in, entry by entry where they are arrays."""
    values: Mapping[Expr, Expr] = dict(zip(map(parameter, f.parameters), arguments, strict=True))
    shapes = {a.shape for a in arguments if not a.is_scalar}
    if len(shapes) > 1:
        shown = ", ".join(shape_text(a.shape) for a in arguments)
        raise ShapeError(f"{f.name} is elementwise; its arguments are {shown}")
    if not shapes:
        return substitute(body, values)
    found = fold(body, lift, dict(values))
    return found if not found.is_scalar else build.multiply(found, build.ones(shapes.pop()))
