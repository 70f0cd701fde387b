"""Constructors of operations: axes are worked out, and what is nothing to do is not done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from matcalc.codegen.program import Axes, Op, Program
from matcalc.expr.nodes import ONE, Value
from matcalc.expr.sizes import AnySize, add_sizes, multiply_sizes


class Builder:
    """Makes operations of a program.

    by_rows: whether sums of rows or columns times the same numbers are multiplied once.
    """

    def __init__(self, program: Program, by_rows: bool = True):
        self.program, self.by_rows = program, by_rows

    def op(self, kind: str, args: Iterable[Op] = (), data: Any = None, axes: Axes = ()) -> Op:
        return self.program.op(kind, args, data, axes)

    # Constants

    def number(self, value: Value) -> Op:
        return self.op("number", (), value)

    def size(self, size: AnySize) -> Op:
        return self.number(Fraction(size)) if isinstance(size, int) else self.op("size", (), size)

    def eye(self, n: AnySize) -> Op:
        return self.op("eye", (), n, (n, n))

    def filled(self, kind: str, axes: Axes) -> Op:
        """ones or zeros"""
        if not axes:
            return self.number(Fraction(kind == "ones"))
        return self.op(kind, (), None, axes)

    # The same entries in another arrangement

    def T(self, a: Op) -> Op:
        """The transpose; a vector is its own."""
        if len(a.axes) < 2:
            return a
        if a.kind == "T":
            return a.args[0]
        if a.kind in ("eye", "diag"):
            return a
        return self.op("T", (a,), None, a.axes[::-1])

    def reshape(self, a: Op, axes: Axes) -> Op:
        """Entries in the order of rows, along other axes."""
        while a.kind == "reshape":
            a = a.args[0]
        return a if a.axes == axes else self.op("reshape", (a,), None, axes)

    def vec(self, a: Op) -> Op:
        """The columns, one after the other."""
        if len(a.axes) < 2:
            return a
        return self.reshape(self.T(a), (multiply_sizes(*a.axes),))

    def unvec(self, x: Op, m: AnySize, n: AnySize) -> Op:
        """The m×n matrix with these columns."""
        if 1 in (m, n):
            return x
        return self.T(self.reshape(x, (n, m)))

    def permute(self, a: Op, order: tuple[int, ...]) -> Op:
        if order == tuple(range(len(order))):
            return a
        if a.kind == "tensor_product":
            return self._permuted_product(a, order)
        return self.op("permute", (a,), order, tuple(a.axes[k] for k in order))

    def _permuted_product(self, a: Op, order: tuple[int, ...]) -> Op:
        """The parts along other axes, so that the result is written in its own order."""
        parts, places = [], []
        for part, own in zip(a.args, a.data, strict=True):
            moved = [order.index(k) for k in own]
            turn = tuple(sorted(range(len(moved)), key=moved.__getitem__))
            parts.append(self.T(part) if turn == (1, 0) else self.permute(part, turn))
            places.append(tuple(sorted(moved)))
        axes = tuple(a.axes[k] for k in order)
        return self.op("tensor_product", parts, tuple(places), axes)

    def two_axes(self, a: Op, shape: tuple[AnySize, AnySize]) -> Op:
        """A value with both axes of its shape."""
        return a if len(a.axes) == 2 else self.op("reshape", (a,), None, tuple(shape))

    def column(self, x: Op) -> Op:
        """x[:, None], beside matrices."""
        return self.op("column", (x,), None, (*x.axes, 1))

    def padded(self, a: Op, start: AnySize, n: AnySize) -> Op:
        """n rows: those of the array from row `start` on, and zeros: eye(n)[:,start:...]*A."""
        return self.op("padded", (a,), add_sizes(start, 1, -1), (n, *a.axes[1:]))

    # Entry by entry

    def scale(self, factors: Sequence[Op], a: Op | None) -> Op:
        """Scalars times an array; numbers are gathered in front."""
        value: Value = ONE
        rest: list[Op] = []
        for f in factors:
            if f.kind == "mul" and f.args[0].kind == "number":
                value, f = value * f.args[0].data, f.args[1]
            if f.kind == "number":
                value = value * f.data
            else:
                rest.append(f)
        if a is not None and a.kind == "mul" and a.args[0].kind == "number":
            value, a = value * a.args[0].data, a.args[1]
        if a is not None and a.kind == "number":
            value, a = value * a.data, None
        if a is not None and a.is_scalar:
            rest.append(a)
            a = None
        if value != 1 or not (rest or a):
            rest.insert(0, self.number(value))
        scalar = self.mul(rest) if rest else None
        if a is None:
            assert scalar is not None
            return scalar
        if scalar is None:
            return a
        if a.kind == "reshape":  # so that it is next to other rearrangements
            inner = a.args[0]
            return self.reshape(self.op("mul", (scalar, inner), None, inner.axes), a.axes)
        return self.op("mul", (scalar, a), None, a.axes)

    def mul(self, factors: Sequence[Op]) -> Op:
        """The product, entry by entry; reciprocals are divided by."""
        if len(factors) == 1:
            return factors[0]
        above = [f for f in factors if f.kind != "reciprocal"]
        below = [f.args[0] for f in factors if f.kind == "reciprocal"]
        top = above[0] if above else self.number(ONE)
        for f in above[1:]:
            top = self.op("mul", (top, f), None, wider(top, f))
        if below:
            bottom = below[0]
            for f in below[1:]:
                bottom = self.op("mul", (bottom, f), None, wider(bottom, f))
            top = self.op("div", (top, bottom), None, wider(top, bottom))
        return top

    def reciprocal(self, a: Op) -> Op:
        return self.op("reciprocal", (a,), None, a.axes)

    def add(self, terms: Sequence[Op], axes: Axes) -> Op:
        """The sum; a negated term is subtracted."""
        if len(terms) == 1:
            return terms[0]
        parts, signs = [], []
        for t in terms:
            negated = self.negated(t)
            parts.append(t if negated is None else negated)
            signs.append(1 if negated is None else -1)
        if -1 in signs and signs[0] == -1 and 1 in signs:  # b - a, not -a + b
            k = signs.index(1)
            parts.insert(0, parts.pop(k))
            signs.insert(0, signs.pop(k))
        return self.op("add", parts, tuple(signs), axes)

    def total(self, terms: Sequence[Op], axes: Axes) -> Op:
        """The sum; Diag(d)*A + d*y' as Diag(d)*(A + 1*y'), likewise by columns: one pass less."""
        for side in (0, 1) if self.by_rows and len(terms) > 1 else ():
            found = [self._scaled_by(t, side) for t in terms]
            parts = [f for f in found if f is not None]
            same = len(parts) == len(terms) and len({d for d, _, _ in parts}) == 1
            if same and {whole for _, _, whole in parts} == {True, False}:
                d, inner = parts[0][0], self.add([x for _, x, _ in parts], axes)
                return self.scale_rows(d, inner) if side == 0 else self.scale_columns(inner, d)
        return self.add(terms, axes)

    def _scaled_by(self, t: Op, side: int) -> tuple[Op, Op, bool] | None:
        """Of Diag(d)*A or d*y' (by columns: A*Diag(d) or y*d'), d, and A or y: whether it is A."""
        front: list[Op] = []
        if t.kind == "mul" and t.args[0].kind == "number":
            front, t = [t.args[0]], t.args[1]
        if t.kind == "outer":
            d, y = t.args if side == 0 else t.args[::-1]
            y = self.scale(front, y)
            return d, y if side == 0 else self.column(y), False
        if t.kind == "mul" and len(t.axes) == 2:
            a, b = t.args
            if side == 0 and a.kind == "column" and len(b.axes) == 2:
                return a.args[0], self.scale(front, b), True
            if side == 1 and len(a.axes) == 2 and len(b.axes) == 1:
                return b, self.scale(front, a), True
        return None

    def negated(self, a: Op) -> Op | None:
        """-a where a is a negative number, or one times something."""
        if a.kind == "number":
            return self.number(-a.data) if a.data < 0 else None
        if a.kind in ("mul", "div"):
            first = self.negated(a.args[0])
            if first is None:
                return None
            if first.kind == "number" and first.data == 1 and a.kind == "mul":
                return a.args[1] if a.args[1].axes == a.axes else None
            return self.op(a.kind, (first, *a.args[1:]), None, a.axes)
        return None

    def add_diagonal(self, a: Op, d: Op) -> Op:
        """A + Diag(d), or A + d*I."""
        return self.op("add_diagonal", (a, d), None, a.axes)

    # Linear algebra

    def matmul(self, a: Op, b: Op) -> Op:
        return self.op("matmul", (a, b), None, (*a.axes[:-1], *b.axes[1:]))

    def outer(self, a: Op, b: Op) -> Op:
        return self.op("outer", (a, b), None, (*a.axes, *b.axes))

    def inner(self, a: Op, b: Op) -> Op:
        """The sum of a.*b."""
        if len(a.axes) == 1:
            return self.matmul(a, b)
        if a.kind == "T" and b.kind == "T":
            a, b = a.args[0], b.args[0]
        return self.op("inner", (a, b))

    def conjugate(self, a: Op) -> Op:
        return self.op("conjugate", (a,), None, a.axes)

    def norm_squared(self, a: Op, is_complex: bool) -> Op:
        """The sum of the squares of absolute values."""
        return self.inner(self.conjugate(a) if is_complex else a, a)

    def sum(self, a: Op, axis: int | None = None) -> Op:
        axes = () if axis is None else tuple(s for k, s in enumerate(a.axes) if k != axis)
        return self.op("sum", (a,), axis, axes)

    def diagonal(self, a: Op) -> Op:
        return a.args[0] if a.kind == "diag" else self.op("diagonal", (a,), None, a.axes[:1])

    def diag(self, x: Op) -> Op:
        return self.op("diag", (x,), None, (*x.axes, *x.axes))

    def scale_rows(self, d: Op, a: Op) -> Op:
        """Diag(d)*A"""
        if len(a.axes) == 1:
            return self.op("mul", (d, a), None, a.axes)
        return self.op("mul", (self.column(d), a), None, a.axes)

    def scale_columns(self, a: Op, d: Op) -> Op:
        """A*Diag(d)"""
        return self.op("mul", (a, d), None, a.axes)

    def kron(self, parts: Sequence[tuple[Op, tuple[AnySize, AnySize]]], axes: Axes) -> Op:
        """The Kronecker product of arrays of these shapes, as one array."""
        one_column = all(shape[1] == 1 for _, shape in parts)
        one_row = all(shape[0] == 1 for _, shape in parts)
        found, rows, columns = parts[0][0], *parts[0][1]
        if not (one_column or one_row):
            found = self.two_axes(*parts[0])
        for a, shape in parts[1:]:
            rows, columns = multiply_sizes(rows, shape[0]), multiply_sizes(columns, shape[1])
            if one_column or one_row:
                found = self.op("kron", (found, a), None, (rows if one_column else columns,))
            else:
                found = self.op("kron", (found, self.two_axes(a, shape)), None, (rows, columns))
        return self.reshape(found, axes)


def wider(a: Op, b: Op) -> Axes:
    """The axes of a value made entry by entry from two, one of which may be smaller."""
    if len(a.axes) != len(b.axes):
        return max(a.axes, b.axes, key=len)
    return tuple(t if s == 1 else s for s, t in zip(a.axes, b.axes, strict=True))
