"""Runs of one operator, a + b - c + ..., a*b/c*..., built at once: linear time, however long.

A run in parentheses is an operand, as long as it stays one (see `expr.arithmetic.joined`). A misfit
is found at its own operator.
"""

from __future__ import annotations

from collections.abc import Callable

from matcalc.errors import ShapeError
from matcalc.expr import build
from matcalc.expr.nodes import Expr, Product
from matcalc.expr.refusals import brief
from matcalc.expr.sizes import shape_text
from matcalc.syntax import tree

KINDS = {
    "+": "sum",
    "-": "sum",
    "*": "product",
    "@": "product",
    "/": "product",
    ".*": "entrywise",
    "./": "entrywise",
}
_MAKE: dict[str, Callable[..., Expr]] = {
    "sum": build.add,
    "product": build.multiply,
    "entrywise": build.hadamard,
}

_UNDER: dict[str, Callable[[Expr], Expr]] = {
    "-": build.negate,
    "/": build.inverse,
    "./": lambda e: build.element_power(e, -1),
}


def spine(node: tree.Binary) -> list[tree.Binary]:
    """The operators of the run that ends in `node`, the first one first."""
    kind = KINDS.get(node.op)
    found = [node]
    while kind is not None:
        left = found[-1].left
        if not isinstance(left, tree.Binary) or KINDS.get(left.op) != kind:
            break
        if not _is_open(found[-1]):
            break
        found.append(left)
    return found[::-1]


def _is_open(node: tree.Binary) -> bool:
    """Whether the left operand stands without parentheses."""
    return node.left.span[0] == node.span[0]


class Run:
    """The operands so far, and the shape of what they make."""

    def __init__(self, operator: tree.Binary, first: Expr):
        self.kind = KINDS[operator.op]
        self.items = [first]
        self.shape = first.shape
        if self.kind != "sum" and isinstance(operator.left, tree.Binary) and _is_open(operator):
            number, scalars, rest = build.scalar_parts(first)  # a.*b of a.*b/c
            self.items = [build.number(number), *scalars, *([] if rest is None else [rest])]

    def take(self, op: str, operand: Expr) -> None:
        """One more operand; the constructor's own error if it does not fit."""
        shape = self._shape_with(operand)
        if shape is None and op == "-" and (1, 1) not in (self.shape, operand.shape):
            raise ShapeError(
                f"cannot subtract {brief(operand)} ({shape_text(operand.shape)})"
                f" from {brief(self.value())} ({shape_text(self.shape)})"
            )
        if shape is None and op == "./":
            raise ShapeError(
                f"cannot divide {brief(self.value())} ({shape_text(self.shape)})"
                f" by {brief(operand)} ({shape_text(operand.shape)}) entrywise"
            )
        item = _UNDER.get(op, build.expression)(operand)
        if shape is None:  # a misfit, or a scalar that meets an array in a sum
            if self.kind == "sum" and item.is_scalar:
                self.items.append(build.multiply(item, build.ones(self.shape)))
                return
            self.items = [_MAKE[self.kind](self.value(), item)]
            self.shape = self.items[0].shape
        elif op == "/" and isinstance(item, Product) and not item.chain:  # 1/(b*c) is 1/b/c
            self.items += [build.number(item.coefficient), *item.scalars]
        else:
            self.items.append(item)
            self.shape = shape

    def _shape_with(self, operand: Expr):
        mine, other = self.shape, operand.shape
        if self.kind == "product":
            if mine == (1, 1) or other == (1, 1):
                return other if mine == (1, 1) else mine
            return (mine[0], other[1]) if mine[1] == other[0] else None
        if mine == other:
            return mine
        if self.kind == "entrywise" and (1, 1) in (mine, other):
            return other if mine == (1, 1) else mine
        return None

    def value(self) -> Expr:
        """The expression of the operands so far."""
        if len(self.items) > 1:
            self.items = [_MAKE[self.kind](*self.items)]
        return self.items[0]
