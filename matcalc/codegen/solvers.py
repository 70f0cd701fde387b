"""Inverses, determinants, systems: a matrix is factorised once, and inverted only if that pays.

A positive definite matrix is factorised by Cholesky, any other by LU. An inverse that is needed
entry by entry, or by which two or more matrices are multiplied, is computed; by any other the
program solves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from matcalc.codegen.builder import Builder
from matcalc.codegen.program import Op
from matcalc.expr.nodes import Apply, Expr, Inverse, Product, Transpose, postorder

Solver = Callable[[Op, bool], Op]  # of (B, whether the matrix is transposed)


class Solvers:
    """How the matrices that are inverted in some expressions are treated."""

    def __init__(self, builder: Builder, roots: Sequence[Expr], active: bool = True):
        self.b = builder
        self.active = active
        self._explicit, self._solved, self._determinants = _uses(roots)

    def solver(self, a: Expr, memo: Mapping[Expr, Op]) -> Solver | None:
        """What solves with a; None where its inverse is at hand, or is to be computed."""
        flipped = isinstance(a, Transpose)
        if isinstance(a, Transpose):
            a = a.argument
        if not self.active or a in self._explicit:
            return None
        matrix = memo[a]

        def solve(x: Op, turned: bool) -> Op:
            return self.solved(a, matrix, x, turned is not flipped)

        return solve

    def solved(self, a: Expr, matrix: Op, x: Op, turned: bool) -> Op:
        if "pd" in a.facts:
            factor = self.b.op("cholesky", (matrix,), None, matrix.axes)
            return self.b.op("cholesky_solve", (factor, x), None, x.axes)
        symmetric = "symmetric" in a.facts
        if "lower" in a.facts or "upper" in a.facts:
            data = ("lower" in a.facts, turned)
            return self.b.op("triangular_solve", (matrix, x), data, x.axes)
        factor = self.b.op("lu", (matrix,), None, matrix.axes)
        return self.b.op("lu_solve", (factor, x), turned and not symmetric, x.axes)

    def inverse(self, a: Expr, matrix: Op) -> Op:
        """The inverse as an array."""
        if "pd" in a.facts and self.active and self._shares(a):
            factor = self.b.op("cholesky", (matrix,), None, matrix.axes)
            return self.b.op("cholesky_inverse", (factor,), None, matrix.axes)
        return self.b.op("inverse", (matrix,), None, matrix.axes)

    def _shares(self, a: Expr) -> bool:
        return a in self._determinants

    def logdet(self, a: Expr, matrix: Op) -> Op:
        """log(det(A)), which is not a number where det(A) < 0."""
        if "complex" in a.facts:
            return self.b.op("logdet", (matrix,), "real_logdet" if "hermitian" in a.facts else None)
        if not self.active:
            return self.b.op("logdet", (matrix,))
        if "pd" in a.facts:
            factor = self.b.op("cholesky", (matrix,), None, matrix.axes)
            half = self.b.op("half_logdet", (factor,))
            return self.b.scale([self.b.number(Fraction(2))], half)
        solved = a in self._solved and a not in self._explicit
        if solved and not a.facts & {"lower", "upper"}:
            factor = self.b.op("lu", (matrix,), None, matrix.axes)
            return self.b.op("lu_logdet", (factor,))
        return self.b.op("logdet", (matrix,))


def _uses(roots: Sequence[Expr]) -> tuple[set[Expr], set[Expr], set[Expr]]:
    """Matrices whose inverses have to be arrays, those solved with, those with a determinant."""
    explicit: set[Expr] = set()
    solved: dict[Expr, int] = {}
    determinants: set[Expr] = set()
    nodes = tuple(postorder(*roots))
    turned = {e for e in nodes if isinstance(e, Transpose) and isinstance(e.argument, Inverse)}

    def base(e: Expr) -> Expr | None:
        if e in turned:
            e = e.children[0]
        if not isinstance(e, Inverse):
            return None
        return e.argument.argument if isinstance(e.argument, Transpose) else e.argument

    for r in roots:
        a = base(r)
        if a is not None:
            explicit.add(a)
    for e in nodes:
        if isinstance(e, Apply) and e.function.name == "logdet":
            determinants.add(e.arguments[0])
        if e in turned:
            continue
        chained = isinstance(e, Product) and len(e.chain) > 1
        thin = isinstance(e, Product) and 1 in (*(c.shape[0] for c in e.chain), e.shape[1])
        for c in e.children:
            a = base(c)
            if a is None:
                continue
            if not chained:
                explicit.add(a)
            else:
                solved[a] = solved.get(a, 0) + (0 if thin else 1)
    explicit |= {a for a, wide in solved.items() if wide > 1}
    return explicit, set(solved), determinants
