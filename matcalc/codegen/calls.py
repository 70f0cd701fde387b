"""Functions of the library and of the user, as operations."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from matcalc.codegen.program import Op, axes_of
from matcalc.expr import build
from matcalc.expr.nodes import Apply, Expr, Number, Product, SizeNumber, Sum, fold, is_call
from matcalc.expr.sizes import AnySize, add_sizes, multiply_sizes
from matcalc.functions.abstract import AbstractDerivative, AbstractFunction, acts_by_entries
from matcalc.numeric.tensors import tensor_shape

if TYPE_CHECKING:
    from matcalc.codegen.lower import Lowering


class Calls:
    """Lowers Apply nodes: some by what they mean, all others by the records' own texts."""

    def __init__(self, lowering: Lowering):
        self.s = lowering
        self.b = lowering.b

    def __call__(self, e: Apply, below: list[Op]) -> Op:
        f = e.function
        if isinstance(f, AbstractFunction | AbstractDerivative):
            return self._abstract(e, below)
        rule = _MEANT.get((f.name, len(below)))
        found = rule(self, e, below) if rule is not None else None
        if found is not None:
            return found
        axes = axes_of(e.shape)
        if f.elementwise:
            return self.b.op("call", below, f, axes)
        shapes = tuple(a.shape for a in e.arguments)
        known = bool(e.arguments) and "symmetric" in e.arguments[0].facts
        data = (f, shapes, f.select(e.arguments)[0], e.shape, known)
        return self.b.op("record", below, data, axes)

    def _abstract(self, e: Apply, below: list[Op]) -> Op:
        f = e.function
        base, by = (f.base, f.by) if isinstance(f, AbstractDerivative) else (f, ())
        arguments = tuple(a.shape for a in e.arguments)
        if acts_by_entries(f, e.arguments):
            return self.b.op("abstract", below, (base, by, arguments), axes_of(e.shape))
        shapes = f.axes if isinstance(f, AbstractDerivative) else (f.codomain,)
        full = tuple(n for shape in shapes for n in tensor_shape(shape))
        value = self.b.op("abstract", below, (base, by, arguments), full)
        value = self.b.reshape(value, axes_of(full))
        if len(value.axes) > len(axes_of(e.shape)):  # the first axis runs fastest
            return self.b.op("fold", (value,), "rows", axes_of(e.shape))
        return value

    # Functions by what they mean

    def constant(self, e: Apply, below: list[Op]) -> Op:
        return self.b.op("constant", (), e.function.name)

    def trace(self, e: Apply, below: list[Op]) -> Op | None:
        a = e.arguments[0]
        if not self.s.structured:
            return self.b.op("trace", below)
        if isinstance(a, Product) and a.chain:
            numbers = [self.b.number(a.coefficient), *(self.s.memo[x] for x in a.scalars)]
            return self.s.scaled(numbers, self.s.trace_of(self.s.chain(a.chain)))
        return self.s.trace_of(self.s.factors(a)) if len(below[0].axes) == 2 else None

    def total(self, e: Apply, below: list[Op]) -> Op:
        """sum(A), of a product by the sums of its first and last factors."""
        a = e.arguments[0]
        if self.s.structured and isinstance(a, Product) and len(a.chain) > 1:
            m, n = a.shape
            factors = self.s.chain(a.chain)
            if m != 1:
                row = build.ones((1, m))
                self.s(row)
                factors = [*self.s.factors(row), *factors]
            if n != 1:
                column = build.ones((n, 1))
                self.s(column)
                factors = [*factors, *self.s.factors(column)]
            numbers = [self.b.number(a.coefficient), *(self.s.memo[x] for x in a.scalars)]
            return self.s.scaled(numbers, self.s.chains.product(factors))
        return self.b.sum(below[0])

    def mean(self, e: Apply, below: list[Op]) -> Op:
        count = self.b.size(multiply_sizes(*e.arguments[0].shape))
        return self.b.mul([self.total(e, below), self.b.reciprocal(count)])

    def diag(self, e: Apply, below: list[Op]) -> Op | None:
        if len(below[0].axes) == 1:
            return self.b.diag(below[0])
        return self.s.diagonal_of(e.arguments[0])

    def vec(self, e: Apply, below: list[Op]) -> Op:
        return self.b.vec(below[0])

    def unvec(self, e: Apply, below: list[Op]) -> Op | None:
        m, n = e.shape
        return self.b.unvec(below[0], m, n)

    def logdet(self, e: Apply, below: list[Op]) -> Op:
        return self.s.solvers.logdet(e.arguments[0], below[0])

    def log(self, e: Apply, below: list[Op]) -> Op | None:
        """log(abs(det(A))) without det(A), which may overflow."""
        size = e.arguments[0]
        if "relative" not in self.s.passes or not is_call(size, "abs"):
            return None
        det = size.children[0]
        if not is_call(det, "det") or "complex" in det.children[0].facts:
            return None
        return self.b.op("logdet", (self.s.memo[det.children[0]],), "log_abs_det")

    def norm(self, e: Apply, below: list[Op]) -> Op:
        return self.s.call("sqrt", self.s.norm_squared(e.arguments[0]))

    def norm_of_columns(self, e: Apply, below: list[Op]) -> Op:
        """The sum of the norms of the columns."""
        a, (m, n) = below[0], e.arguments[0].shape
        if n == 1:
            return self.norm(e, below)
        if m == 1:
            return self.b.sum(self.s.call("abs", a))
        other = self.b.conjugate(a) if "complex" in e.arguments[0].facts else a
        return self.b.sum(self.s.call("sqrt", self.b.sum(self.b.mul([other, a]), 0)))


def commutation_sizes(e: Apply) -> tuple[AnySize, ...]:
    """The m and n of commutation(m,n)."""
    return tuple(_size(a) for a in e.arguments)


def _size(e: Expr) -> AnySize:
    """A size that stands as a number: n, m*n, n + 1."""

    def step(e: Expr, below: list[Any]) -> AnySize:
        if isinstance(e, SizeNumber):
            return e.size
        if isinstance(e, Number):
            return int(e.value)
        if isinstance(e, Sum):
            total: AnySize = 0
            for s in below:
                total = add_sizes(total, s)
            return total
        if isinstance(e, Product) and e.coefficient == int(e.coefficient):
            product: AnySize = int(e.coefficient)
            for s in below:
                product = multiply_sizes(product, s)
            return product
        raise AssertionError(f"{e} is no size")

    return fold(e, step)


_MEANT: dict[tuple[str, int], Callable[[Calls, Apply, list[Op]], Op | None]] = {
    ("pi", 0): Calls.constant,
    ("1i", 0): Calls.constant,
    ("tr", 1): Calls.trace,
    ("sum", 1): Calls.total,
    ("mean", 1): Calls.mean,
    ("diag", 1): Calls.diag,
    ("vec", 1): Calls.vec,
    ("unvec", 3): Calls.unvec,
    ("logdet", 1): Calls.logdet,
    ("log", 1): Calls.log,
    ("norm2", 1): Calls.norm,
    ("norm21", 1): Calls.norm_of_columns,
    ("normfro", 1): Calls.norm,
}
