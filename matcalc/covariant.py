"""Hessians on manifolds: the covariant derivative of the gradient, in a metric.

The Euclidean gradient and Hessian are found as ever. What makes the Hessian of the manifold of
them is said by its record in `calculus/manifolds.py`, as an operator on tangent vectors; here that
becomes a matrix in stacked columns, P'*(H + W)*P, zero on what is orthogonal to the tangent space.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from matcalc.calculus.adjoint import is_zero, moves
from matcalc.calculus.linear_faces import spread
from matcalc.calculus.manifolds import manifold_of
from matcalc.errors import DomainError
from matcalc.expr import build
from matcalc.expr.nodes import Expr, Symbol
from matcalc.expr.rewrite import substitute
from matcalc.expr.sets import real_set
from matcalc.functions import lookup
from matcalc.functions.stacked import entries, vec
from matcalc.hessians import hessian
from matcalc.simplify.normal_form import Simplifier
from matcalc.simplify.symmetric import shows_symmetry, visibly_symmetric
from matcalc.stages import Stage, operator

FLAT = "projected"


def adjoint_of(matrix: Expr, g: Expr, x: Symbol) -> Expr:
    """L*(G) of the operator with a matrix in stacked columns, G : L(V) = L*(G) : V."""
    flat = build.multiply(build.transpose(matrix), vec(g))
    if x.shape[1] == 1:
        return Simplifier()(flat)
    return Simplifier()(build.apply(lookup("unvec", 3), flat, *map(build.size_number, x.shape)))


class Covariant:
    """The second derivative of a scalar function by a variable on a manifold."""

    def __init__(self, f: Expr, x: Symbol, convention: str, whole: Iterable[Expr] = ()):
        found = manifold_of(x, convention)
        if found is None:
            raise DomainError(f"{x.name} in {x.set} is on no manifold in {convention}")
        self.manifold, self.x = found, x
        self.stage = Stage(f, FLAT, whole)
        self.f = f

    @cached_property
    def gradient(self) -> Expr:
        """The Euclidean gradient."""
        return self.stage.derivatives((self.x,))[self.x]

    @cached_property
    def flat(self) -> Expr:
        """The Euclidean Hessian."""
        return hessian(self.f, self.gradient, self.x, FLAT, self.stage.whole)

    @cached_property
    def matrix(self) -> Expr:
        """The Hessian as a matrix in stacked columns."""
        m, x, tidy = self.manifold, self.x, self.stage.simplifier
        d = build.differential(build.symbol(x.name, real_set(x.shape)))  # of no structure
        size = build.identity(entries(x))
        bent = build.multiply(self.flat, self._matrix(m.move(d, x)))
        if m.inner is not None:
            bent = build.add(bent, self._matrix(m.inner(self.gradient, d, x)))
        total = tidy(bent)
        outwards = self._matrix(m.gradient(d, x))
        if outwards is not size:
            total = build.multiply(outwards, self._shown(total))
        if m.outer is not None:
            total = build.add(total, self._matrix(m.outer(self.gradient, d, x)))
        whole = build.multiply(total, self._matrix(m.tangent(d, x)))
        return self.stage.polished(self._shown(whole))

    def _shown(self, e: Expr) -> Expr:
        """Simplified; as far as its symmetry shows, where it does."""
        plain = self.stage.simplifier(e)
        if self.manifold.outer is not None:  # self-adjoint in a metric of its own
            return plain
        tries = (plain, visibly_symmetric(plain, self.stage.simplifier), e)
        return next(filter(shows_symmetry, tries), plain)

    def _matrix(self, linear: Expr) -> Expr:
        """The matrix of a linear expression in one d(·)."""
        size = entries(self.x)
        if not moves(linear):
            return build.zeros((size, size))
        found: list[Expr] = []
        tidy = self.stage.simplifier
        spread(build.identity(size), linear, lambda u, m: found.append(m), tidy)
        return tidy(build.add(*found))

    def along(self, direction: Expr) -> Expr:
        """The Hessian as an operator, at an array that need not be tangent."""
        return self.along_tangent(self.manifold.tangent(direction, self.x))

    def along_tangent(self, t: Expr) -> Expr:
        """The Hessian as an operator, at a tangent vector."""
        m, x = self.manifold, self.x
        turned = operator(self.gradient, x)
        turned = substitute(turned, {build.differential(x): m.move(t, x)})
        if m.inner is not None:
            turned = build.add(turned, m.inner(self.gradient, t, x))
        found = build.zeros(x.shape) if is_zero(turned) else m.gradient(turned, x)
        if m.outer is not None:
            found = build.add(found, m.outer(self.gradient, t, x))
        return self.stage.polished(self.stage.simplifier(found))
