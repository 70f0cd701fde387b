"""Functions that are declared and have no formula, and their derivatives: phi : R[m,n] -> R.

A function of a number, f : R -> R, acts on arrays entry by entry, and so do f', f'' and so on.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

from matcalc.errors import ArityError, NotSupportedError, ShapeError
from matcalc.expr import build
from matcalc.expr.nodes import Expr
from matcalc.expr.sizes import Shape, multiply_sizes, shape_text


@dataclass(frozen=True, eq=True)
class AbstractFunction:
    """A declared function with no formula: phi : R[m,n] -> R."""

    name: str
    domains: tuple[Shape, ...]
    codomain: Shape
    elementwise = False
    linear = False

    @property
    def text(self) -> str:
        return self.name

    @property
    def of_number(self) -> bool:
        """Whether it takes one number to another, and so arrays entry by entry."""
        return self.domains == ((1, 1),) and self.codomain == (1, 1)

    def build(self, arguments: tuple[Expr, ...]) -> Expr:
        return build.apply_node(self, arguments, check_abstract(self, arguments))

    def facts(self, arguments: tuple[Expr, ...]) -> set[str]:
        return _facts_by_entries(arguments) if acts_by_entries(self, arguments) else set()

    def __repr__(self) -> str:
        return self.name


@dataclass(frozen=True, eq=True)
class AbstractDerivative:
    """The derivative of an abstract function, itself a function of the same arguments.

    kind is "grad" (the value has the shape of the argument `by[0]`), "jac" (of an array: a row for
    each of its entries, a column for each of the argument's, columns stacked) or "hess": by two
    arguments or more, the Jacobian of the order before. `by` holds argument numbers from 0.
    """

    kind: str
    base: AbstractFunction
    by: tuple[int, ...]
    elementwise = False
    linear = False

    @property
    def name(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        """grad(phi), or grad(f,2) by the second of several arguments; jac(hess(phi)) of order 3."""
        several = len(self.base.domains) > 1
        told = 2 if self.kind == "hess" else 1
        numbers = [f",{k + 1}" if several else "" for k in self.by]
        text = f"{self.kind}({self.base.name}{''.join(numbers[:told])})"
        for number in numbers[told:]:
            text = f"jac({text}{number})"
        return text

    @property
    def of_number(self) -> bool:
        return self.base.of_number

    @property
    def axes(self) -> tuple[Shape, ...]:
        """The shapes whose axes the value has as a tensor, in turn."""
        return (self.base.codomain, *(self.base.domains[k] for k in self.by))

    @property
    def stacked(self) -> bool:
        """Whether its value is that tensor as a matrix: rows run through all but the last shape."""
        return self.kind != "grad"

    def result_shape(self) -> Shape:
        if not self.stacked:
            return self.axes[-1]
        *rows, columns = (multiply_sizes(*shape) for shape in self.axes)
        return reduce(multiply_sizes, rows), columns

    def derivative(self, k: int) -> AbstractDerivative:
        """Its own derivative by argument k, the Jacobian of its value."""
        return AbstractDerivative("hess", self.base, (*self.by, k))

    def build(self, arguments: tuple[Expr, ...]) -> Expr:
        shape = check_abstract(self.base, arguments)
        by_entries = acts_by_entries(self, arguments)
        return build.apply_node(self, arguments, shape if by_entries else self.result_shape())

    def facts(self, arguments: tuple[Expr, ...]) -> set[str]:
        if acts_by_entries(self, arguments):
            return _facts_by_entries(arguments)
        once_more = len(self.by) == 2 and self.by[0] == self.by[1]
        return {"symmetric"} if once_more and self.base.codomain == (1, 1) else set()

    def __repr__(self) -> str:
        return self.text


def acts_by_entries(f: AbstractFunction | AbstractDerivative, arguments: tuple[Expr, ...]) -> bool:
    """Whether a function of a number is put to an array."""
    return f.of_number and not arguments[0].is_scalar


def _facts_by_entries(arguments: tuple[Expr, ...]) -> set[str]:
    return {"symmetric"} & arguments[0].facts


def check_abstract(f: AbstractFunction, arguments: tuple[Expr, ...]) -> Shape:
    """The shape of the value; errors for a wrong number or shape of arguments."""
    n = len(f.domains)
    if len(arguments) != n:
        raise ArityError(f"{f.name} takes {n} argument{'s' * (n != 1)}, not {len(arguments)}")
    for wanted, a in zip(f.domains, arguments, strict=True):
        if "complex" in a.facts:
            raise NotSupportedError(f"the abstract function {f.name} of a complex argument")
        if a.shape != wanted and not f.of_number:
            raise ShapeError(
                f"{f.name} takes {shape_text(wanted)}; its argument is {shape_text(a.shape)}"
            )
    return arguments[0].shape if f.of_number else f.codomain
