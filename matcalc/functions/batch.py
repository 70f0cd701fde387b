"""Expressions by rows: the values of an expression for many vectors at once, as one matrix.

`Batch` turns an expression in a vector x into the one whose rows are its values at the rows of X:
A*x becomes X*A', u'*x becomes X*u, exp(x) becomes exp(X), a function f becomes rows(f). So it is
that rows(f) is differentiated as f is, and that a sum over an index is written with matrices.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from matcalc.errors import NotSupportedError
from matcalc.expr import build
from matcalc.expr.nodes import (
    Apply,
    Conjugate,
    ElementPower,
    Expr,
    Frobenius,
    Hadamard,
    Power,
    Product,
    Sum,
    Transpose,
    fold,
    in_words,
    number_value,
)
from matcalc.expr.sizes import AnySize
from matcalc.functions.forms import applied, flip, function, scaled_by, sum_of, sums_of_rows, times

SCALAR, COLUMN, ROW = "scalar", "column", "row"


class Many(NamedTuple):
    """Values that differ: row k of `array` is the k-th one, a scalar, a column or a row."""

    array: Expr
    kind: str


class Outer(NamedTuple):
    """Matrices that differ: the sum of outer products u*v' for each u, v in `pairs` (rows of
    arrays), and a matrix that is the same for all."""

    pairs: tuple[tuple[Expr, Expr], ...]
    same: Expr | None


class Terms(NamedTuple):
    """Vectors as a sum of some that differ and some that are the same for all, kept apart."""

    values: tuple[Expr | Many, ...]


Value = Expr | Many | Outer | Terms  # an expression is the same for all


@dataclass
class Batch:
    """Evaluates expressions by rows.

    `count` is the number of rows; `leaf` gives the values of what differs, None of what does not.
    With `apart`, products of sums are multiplied out: (x - a_i)'(x - a_i) with x'x by itself, so
    that what is the same for all rows may differ in another way (sums within sums).
    """

    count: AnySize
    leaf: Callable[[Expr], Value | None]
    apart: bool = False

    memo: dict[Expr, Value] = field(default_factory=dict)

    def __call__(self, e: Expr) -> Value:
        return fold(e, self._step, self.memo)

    def _step(self, e: Expr, parts: list[Value]) -> Value:
        found = self.leaf(e)
        if found is not None:
            return found
        if all(isinstance(p, Expr) for p in parts):
            return build.rebuild(e, parts)  # type: ignore[arg-type]
        rule = _RULES.get(type(e))
        if rule is None:
            raise NotSupportedError(f"{in_words(e)} of what differs from row to row")
        return rule(self, e, parts)

    # Values

    def array(self, v: Value) -> Expr:
        """The values as rows; what is the same for all is repeated."""
        if isinstance(v, Many):
            return v.array
        if isinstance(v, Terms):
            return build.add(*map(self.array, v.values))
        if isinstance(v, Outer):
            raise NotSupportedError("matrices that differ from row to row, in this place")
        one = build.ones((self.count, 1))
        row = v if v.shape[0] == 1 else build.transpose(v)
        if row.shape[0] != 1:
            raise NotSupportedError("a matrix beside vectors that differ from row to row")
        return build.multiply(row, one) if v.is_scalar else build.multiply(one, row)

    def outer(self, v: Value) -> Outer:
        """The value as a matrix."""
        if isinstance(v, Outer):
            return v
        if isinstance(v, Expr):
            return Outer((), v)
        one = build.ones((self.count, 1))
        if isinstance(v, Terms):
            v = Many(self.array(v), COLUMN if is_column(v) else ROW)
        pair = (v.array, one) if v.kind == COLUMN else (one, v.array)
        return Outer((pair,), None)

    def scaled(self, scalar: Value, v: Value) -> Value:
        """scalar·v"""
        if isinstance(v, Terms):
            return self.added([self.scaled(scalar, t) for t in v.values])
        if isinstance(scalar, Expr):
            if isinstance(v, Expr):
                return build.multiply(scalar, v)
            if isinstance(v, Many):
                return Many(build.multiply(scalar, v.array), v.kind)
            pairs = tuple((build.multiply(scalar, a), b) for a, b in v.pairs)
            return Outer(pairs, None if v.same is None else build.multiply(scalar, v.same))
        assert isinstance(scalar, Many)
        s = scalar.array
        if isinstance(v, Outer):
            if v.same is not None:
                raise NotSupportedError("a multiple, from row to row, of one matrix")
            return Outer(tuple((scaled_by(s, a), b) for a, b in v.pairs), None)
        if isinstance(v, Expr) and 1 not in v.shape:
            raise NotSupportedError("a multiple, from row to row, of one matrix")
        if isinstance(v, Expr):
            kind = SCALAR if v.is_scalar else COLUMN if v.shape[1] == 1 else ROW
            row = v if v.shape[0] == 1 else build.transpose(v)
            return Many(build.multiply(s, row), kind)
        if v.kind != SCALAR:
            s = build.multiply(s, build.ones((1, v.array.shape[1])))
        return Many(build.hadamard(s, v.array), v.kind)

    def multiplied(self, a: Value, b: Value) -> Value:
        """The product of two arrays, each the same or not."""
        if isinstance(a, Terms):
            return self.added([self.multiplied(t, b) for t in a.values])
        if isinstance(b, Terms):
            return self.added([self.multiplied(a, t) for t in b.values])
        if isinstance(a, Expr) and isinstance(b, Expr):
            return build.multiply(a, b)
        for scalar, other in ((a, b), (b, a)):
            if is_scalar(scalar):
                return self.scaled(scalar, other)
        if isinstance(a, Expr) and isinstance(b, Many) and b.kind == COLUMN:
            product = times(b.array, build.transpose(a))
            return Many(product, SCALAR if a.shape[0] == 1 else COLUMN)
        if isinstance(b, Expr) and isinstance(a, Many) and a.kind == ROW:
            return Many(times(a.array, b), SCALAR if b.shape[1] == 1 else ROW)
        if isinstance(a, Many) and isinstance(b, Many) and (a.kind, b.kind) == (ROW, COLUMN):
            return self._inner(a.array, b.array)
        if isinstance(b, Many) and b.kind == COLUMN and isinstance(a, Outer):
            terms = [self.scaled(self._inner(v, b.array), Many(u, COLUMN)) for u, v in a.pairs]
            same = [self.multiplied(a.same, b)] if a.same is not None else []
            return self.added([*terms, *same])
        if isinstance(a, Many) and a.kind == ROW and isinstance(b, Outer):
            terms = [self.scaled(self._inner(u, a.array), Many(v, ROW)) for u, v in b.pairs]
            same = [self.multiplied(a, b.same)] if b.same is not None else []
            return self.added([*terms, *same])
        if is_column(a) and is_row(b):
            return Outer(((self.array(a), self.array(b)),), None)
        if isinstance(a, Expr) and isinstance(b, Outer):
            pairs = tuple((build.multiply(u, build.transpose(a)), v) for u, v in b.pairs)
            return Outer(pairs, None if b.same is None else build.multiply(a, b.same))
        if isinstance(b, Expr) and isinstance(a, Outer):
            if is_column(b):
                return self.multiplied(a, Many(self.array(b), COLUMN))
            pairs = tuple((u, build.multiply(v, b)) for u, v in a.pairs)
            return Outer(pairs, None if a.same is None else build.multiply(a.same, b))
        raise NotSupportedError("a product of matrices that differ from row to row")

    def _inner(self, a: Expr, b: Expr) -> Many:
        both = build.element_power(a, 2) if a is b else build.hadamard(a, b)
        return Many(sums_of_rows(both), SCALAR)

    def added(self, values: list[Value]) -> Value:
        """The sum."""
        if any(isinstance(v, Outer) for v in values):
            found = [self.outer(v) for v in values]
            same = [o.same for o in found if o.same is not None]
            pairs = tuple(p for o in found for p in o.pairs)
            return Outer(pairs, build.add(*same) if same else None)
        flat = [t for v in values for t in (v.values if isinstance(v, Terms) else (v,))]
        kinds = [v.kind for v in flat if isinstance(v, Many)]
        if not kinds:
            return build.add(*flat)
        if self.apart and kinds[0] != SCALAR and len(kinds) < len(flat):
            return Terms(tuple(t for t in flat if not isinstance(t, Outer)))
        return Many(build.add(*map(self.array, values)), kinds[0])

    def total(self, v: Value) -> Expr:
        """The sum over all rows."""
        one = build.ones((self.count, 1))
        if isinstance(v, Terms):
            return build.add(*map(self.total, v.values))
        if isinstance(v, Expr):
            return build.multiply(build.size_number(self.count), v)
        if isinstance(v, Many):
            if v.kind == SCALAR:
                return sum_of(v.array)
            rows = build.multiply(build.transpose(one), v.array)
            return rows if v.kind == ROW else build.transpose(rows)
        terms = [build.multiply(flip(a), b) for a, b in v.pairs]
        same = [self.total(v.same)] if v.same is not None else []
        return build.add(*terms, *same)

    # Rules by class of node, for parts of which some differ

    def _product(self, e: Product, parts: list[Value]) -> Value:
        k = len(e.scalars)
        scalars, chain = parts[:k], parts[k:]
        value: Value | None = None
        if chain:
            value = self._chain(e.chain, chain)
        for s in (*scalars, build.number(e.coefficient)):
            value = s if value is None else self.scaled(s, value)
        assert value is not None
        return value

    def _chain(self, factors: tuple[Expr, ...], parts: list[Value]) -> Value:
        """The product from that end at which vectors stay vectors."""
        if factors[0].shape[0] == 1 or factors[-1].shape[1] != 1:
            value = parts[0]
            for p in parts[1:]:
                value = self.multiplied(value, p)
            return value
        value = parts[-1]
        for p in reversed(parts[:-1]):
            value = self.multiplied(p, value)
        return value

    def transposed(self, v: Value) -> Value:
        """The transpose."""
        if isinstance(v, Expr):
            return build.transpose(v)
        if isinstance(v, Terms):
            return self.added([self.transposed(t) for t in v.values])
        if isinstance(v, Outer):
            pairs = tuple((b, a) for a, b in v.pairs)
            return Outer(pairs, None if v.same is None else build.transpose(v.same))
        return Many(v.array, {COLUMN: ROW, ROW: COLUMN}.get(v.kind, SCALAR))

    def conjugated(self, v: Value) -> Value:
        """The conjugate."""
        if isinstance(v, Expr):
            return build.conjugate(v)
        if isinstance(v, Terms):
            return self.added([self.conjugated(t) for t in v.values])
        if isinstance(v, Outer):
            pairs = tuple((build.conjugate(a), build.conjugate(b)) for a, b in v.pairs)
            return Outer(pairs, None if v.same is None else build.conjugate(v.same))
        return Many(build.conjugate(v.array), v.kind)

    def _entrywise(self, e: Expr, parts: list[Value], make: Callable[..., Expr]) -> Value:
        """An operation entry by entry; scalars go with every entry."""
        arrays = [(v, x) for v, x in zip(parts, e.children, strict=True) if not x.is_scalar]
        if not arrays:
            numbers = (p if isinstance(p, Expr) else self.array(p) for p in parts)
            return Many(make(*numbers), SCALAR)
        shape = arrays[0][1].shape
        kind = ROW if shape[0] == 1 else COLUMN
        if 1 not in shape:
            raise NotSupportedError("an entrywise function of matrices that differ from row to row")
        return Many(make(*(self._spread(v, shape) for v in parts)), kind)

    def _spread(self, v: Value, shape) -> Expr:
        """A value as an operand beside arrays of vectors of a shape."""
        if isinstance(v, Expr) and v.is_scalar:
            return v
        if isinstance(v, Many) and v.kind == SCALAR:
            row = build.ones(shape if shape[0] == 1 else shape[::-1])
            return build.multiply(v.array, row)
        return self.array(v)

    def _power(self, e: Power, parts: list[Value]) -> Value:
        base = e.base
        squared = number_value(e.exponent) == 2
        if squared and isinstance(base, Apply) and base.function.name == "norm2":
            v = self(base.arguments[0])  # smooth, as the norm is not
            if isinstance(v, Terms | Many):
                return self._square(v)
        return self._entrywise(e, parts, build.element_power)

    def _square(self, v: Terms | Many) -> Value:
        """|v|²"""
        if isinstance(v, Many):
            return self._inner(v.array, v.array)
        pair = (v, self.transposed(v)) if is_row(v) else (self.transposed(v), v)
        return self.multiplied(*pair)

    def _hadamard(self, e: Hadamard, parts: list[Value]) -> Value:
        if any(isinstance(p, Outer) for p in parts) or 1 not in e.shape:
            return self._hadamard_of_matrices([self.outer(p) for p in parts])
        return self._entrywise(e, parts, build.hadamard)

    def _hadamard_of_matrices(self, parts: list[Outer]) -> Outer:
        """(u v').*(w z') = (u.*w)(v.*z)'"""
        if any(p.same is not None for p in parts):
            raise NotSupportedError("an entrywise product of a matrix and outer products")
        pairs = parts[0].pairs
        for p in parts[1:]:
            pairs = tuple(
                (build.hadamard(a, c), build.hadamard(b, d)) for a, b in pairs for c, d in p.pairs
            )
        return Outer(pairs, None)

    def _frobenius(self, e: Frobenius, parts: list[Value]) -> Value:
        a, b = parts
        if 1 in e.left.shape:
            return self._inner(self.array(a), self.array(b))
        left, right = self.outer(a), self.outer(b)
        terms: list[Value] = []
        for one, other in ((left, right), (right, left)):
            if other.same is not None:
                for u, v in one.pairs:
                    terms.append(self._inner(build.multiply(u, other.same), v))
        for u, v in left.pairs:
            for w, z in right.pairs:
                both = build.hadamard(*(self._inner(x, y).array for x, y in ((u, w), (v, z))))
                terms.append(Many(both, SCALAR))
        if left.same is not None and right.same is not None:
            terms.append(build.frobenius(left.same, right.same))
        return self.added(terms)

    def _apply(self, e: Apply, parts: list[Value]) -> Value:
        f = e.function
        if f.elementwise or getattr(f, "of_number", False):
            return self._entrywise(e, parts, lambda *a: applied(f, a))
        (v,) = parts[:1]
        if isinstance(v, Terms) and f.name == "norm2":
            return Many(build.element_power(self.array(self._square(v)), Fraction(1, 2)), SCALAR)
        if isinstance(v, Terms):
            v = Many(self.array(v), COLUMN if is_column(v) else ROW)
        if len(parts) != 1:
            raise NotSupportedError(f"{f.name} of what differs from row to row")
        if isinstance(v, Outer):
            return self._of_matrices(f.name, v)
        assert isinstance(v, Many)
        if v.kind == SCALAR or f.name in ("sum", "mean"):
            return self._linear(f, v)
        from matcalc.functions.by_rows import rows_of

        value = build.apply(rows_of(f), v.array)
        return Many(value, SCALAR if e.is_scalar else v.kind)

    def _linear(self, f, v: Many) -> Value:
        if v.kind == SCALAR:  # a function of numbers
            raise NotSupportedError(f"{f.name} of numbers that differ from row to row")
        n = v.array.shape[1]
        total = sums_of_rows(v.array)
        mean = build.multiply(build.power(build.size_number(n), -1), total)
        return Many(total if f.name == "sum" else mean, SCALAR)

    def _of_matrices(self, name: str, v: Outer) -> Value:
        """Traces, sums and diagonals of outer products."""
        if name not in ("tr", "sum", "diag"):
            raise NotSupportedError(f"{name} of matrices that differ from row to row")
        terms: list[Value] = []
        for a, b in v.pairs:
            if name == "tr":
                terms.append(self._inner(a, b))
            elif name == "sum":
                terms.append(Many(build.hadamard(sums_of_rows(a), sums_of_rows(b)), SCALAR))
            else:
                terms.append(Many(build.hadamard(a, b), COLUMN))
        if v.same is not None:
            terms.append(build.apply(function(name), v.same))
        return self.added(terms)


_RULES: dict[type, Callable[[Batch, Expr, list[Value]], Value]] = {
    Conjugate: lambda b, e, p: b.conjugated(p[0]),
    Sum: lambda b, e, p: b.added(p),
    Product: Batch._product,  # type: ignore[dict-item]
    Power: Batch._power,  # type: ignore[dict-item]
    ElementPower: lambda b, e, p: b._entrywise(e, p, build.element_power),
    Transpose: lambda b, e, p: b.transposed(p[0]),
    Hadamard: Batch._hadamard,  # type: ignore[dict-item]
    Frobenius: Batch._frobenius,  # type: ignore[dict-item]
    Apply: Batch._apply,  # type: ignore[dict-item]
}


def is_scalar(v: Value) -> bool:
    return v.is_scalar if isinstance(v, Expr) else isinstance(v, Many) and v.kind == SCALAR


def is_column(v: Value) -> bool:
    if isinstance(v, Terms):
        v = v.values[0]
    return v.shape[1] == 1 if isinstance(v, Expr) else isinstance(v, Many) and v.kind == COLUMN


def is_row(v: Value) -> bool:
    if isinstance(v, Terms):
        v = v.values[0]
    return v.shape[0] == 1 if isinstance(v, Expr) else isinstance(v, Many) and v.kind == ROW
