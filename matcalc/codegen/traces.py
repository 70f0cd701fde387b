"""Traces, Frobenius products and diagonals of products, without the products."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence

from matcalc.codegen.builder import Builder
from matcalc.codegen.chains import Chains, Factor, dense, turned
from matcalc.codegen.program import Op, Program, axes_of
from matcalc.expr.nodes import Expr, Frobenius, Product


class Traces(ABC):
    """The part of lowering that makes numbers and vectors of products of matrices."""

    program: Program
    b: Builder
    chains: Chains
    memo: Mapping[Expr, Op]

    @property
    @abstractmethod
    def structured(self) -> bool: ...

    @abstractmethod
    def factors(self, e: Expr) -> list[Factor]: ...

    @abstractmethod
    def chain(self, factors: Iterable[Expr]) -> list[Factor]: ...

    @abstractmethod
    def scaled(self, scalars: Sequence[Op], a: Op) -> Op: ...

    def trace_of(self, factors: list[Factor]) -> Op:
        """tr(A*B*...): the entries of two halves multiplied, in the cheapest rotation."""
        if len(factors) == 1:
            f = factors[0]
            return self.b.sum(f.op) if f.kind == "diag" else self.b.op("trace", (f.op,))
        options = []
        for turn in range(len(factors)):
            rotated = [*factors[turn:], *factors[:turn]]
            for k in range(1, len(rotated)):
                left, right = rotated[:k], rotated[k:]
                size = self.program.number(left[0].rows) * self.program.number(left[-1].columns)
                spent = self.chains.cost(left) + self.chains.cost(right) + 2.0 * size
                options.append((spent, turn, k))
        _, turn, k = min(options)
        rotated = [*factors[turn:], *factors[:turn]]
        one, other = self.chains.combined(rotated[:k]), self.chains.combined(rotated[k:])
        return self.pairing(turned(one, self.b), other)

    def pairing(self, a: Factor, b: Factor) -> Op:
        """A : B of two factors."""
        for x, y in ((a, b), (b, a)):
            if x.kind == "diag":
                other = y.op if y.kind == "diag" else self.b.diagonal(y.op)
                return self.b.inner(x.op, other)
        if not a.op.axes:
            return self.b.mul([a.op, b.op])
        return self.b.inner(a.op, b.op)

    def frobenius(self, e: Frobenius, below: list[Op]) -> Op:
        if not self.structured:
            return self.pairing(*(dense(op, *e.left.shape) for op in below))
        numbers: list[Op] = []
        sides = []
        for x in (e.left, e.right):
            if isinstance(x, Product) and x.chain:
                numbers += [self.b.number(x.coefficient), *(self.memo[s] for s in x.scalars)]
                sides.append(self.chain(x.chain))
            else:
                sides.append(self.factors(x))
        left, right = sides
        if len(left) == len(right) == 1:
            return self.scaled(numbers, self.pairing(left[0], right[0]))
        turned_left = [turned(f, self.b) for f in reversed(left)]
        return self.scaled(numbers, self.trace_of([*turned_left, *right]))

    def diagonal_of(self, e: Expr) -> Op:
        """The diagonal of a matrix, of a product without the product."""
        factors = self.chain(e.chain) if isinstance(e, Product) else self.factors(e)
        scalars = (
            [self.b.number(e.coefficient), *(self.memo[s] for s in e.scalars)]
            if isinstance(e, Product)
            else []
        )
        if not self.structured or len(factors) == 1:
            return self.b.diagonal(self.memo[e])
        costs = [
            (self.chains.cost(factors[:k]) + self.chains.cost(factors[k:])
             + 2.0 * self.program.number(factors[0].rows) * self.program.number(factors[k].rows), k)
            for k in range(1, len(factors))
        ]  # fmt: skip
        k = min(costs)[1]
        left, right = self.chains.combined(factors[:k]), self.chains.combined(factors[k:])
        if "diag" in (left.kind, right.kind):
            parts = [f.op if f.kind == "diag" else self.b.diagonal(f.op) for f in (left, right)]
            return self.scaled(scalars, self.b.mul(parts))
        if left.columns == 1:
            return self.scaled(scalars, self.b.mul([left.op, right.op]))
        axes = axes_of((e.shape[0], 1))
        rows = self.b.op("row_products", (left.op, self.b.T(right.op)), None, axes)
        return self.scaled(scalars, rows)
