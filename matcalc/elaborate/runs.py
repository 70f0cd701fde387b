"""Runs of one operator, a + b - c + ..., built at once, so that long ones take linear time.

The result is the same as from left to right; a misfit is found at its own operator.
"""

from __future__ import annotations

from collections.abc import Callable

from matcalc.errors import ShapeError
from matcalc.expr import build
from matcalc.expr.arithmetic import brief
from matcalc.expr.nodes import Expr
from matcalc.expr.sizes import shape_text
from matcalc.syntax import tree

KINDS = {"+": "sum", "-": "sum", "*": "product", "@": "product", ".*": "entrywise"}
_MAKE: dict[str, Callable[..., Expr]] = {
    "sum": build.add,
    "product": build.multiply,
    "entrywise": build.hadamard,
}


def spine(node: tree.Binary) -> list[tree.Binary]:
    """The operators of the run that ends in `node`, the first one first."""
    kind = KINDS.get(node.op)
    found = [node]
    while kind is not None:
        left = found[-1].left
        if not isinstance(left, tree.Binary) or KINDS.get(left.op) != kind:
            break
        found.append(left)
    return found[::-1]


class Run:
    """The operands so far, and the shape of what they make."""

    def __init__(self, kind: str, first: Expr):
        self.kind = kind
        self.items = [first]
        self.shape = first.shape

    def take(self, op: str, operand: Expr) -> None:
        """One more operand; the constructor's own error if it does not fit."""
        shape = self._shape_with(operand)
        if shape is None and op == "-" and (1, 1) not in (self.shape, operand.shape):
            raise ShapeError(
                f"cannot subtract {brief(operand)} ({shape_text(operand.shape)})"
                f" from {brief(self.value())} ({shape_text(self.shape)})"
            )
        item = build.negate(operand) if op == "-" else operand
        if shape is None:  # a misfit, or a scalar that meets an array in a sum
            self.items = [_MAKE[self.kind](self.value(), item)]
            self.shape = self.items[0].shape
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
