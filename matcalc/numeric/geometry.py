"""Derivatives on manifolds, tried along random tangent directions and geodesics.

Each record is written from the definition of the manifold and its metric, independently of how the
derivatives are made: R is the gradient at x if it is tangent and <R, H> is the slope along every
tangent H; M is the Hessian if it is self-adjoint, <M H, H> is the second derivative of the function
along the geodesic that starts along H, and M is zero on all that is orthogonal to tangents.
Geodesics: Edelman, Arias & Smith, "The geometry of algorithms with orthogonality constraints",
1998, (2.7) for orthonormal columns; Bhatia, "Positive definite matrices", 2007, ch. 6.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from matcalc.expr.nodes import Expr, postorder
from matcalc.numeric.difference import extrapolate
from matcalc.numeric.evaluate import Undefined, run
from matcalc.numeric.trials import Residual
from matcalc.numeric.verify import GradientCheck, JacobianCheck
from matcalc.numeric.wirtinger import By

Array = Any
Motion = tuple[Array, Array]  # a point of a curve, and the velocity there


@dataclass(frozen=True)
class Geometry:
    """A manifold with a metric.

    `tangent(x, z)` is a tangent vector at x made from any array z, in coordinates; `outside(x, r)`
    is zero where r is tangent; `inner(x, r, h)` is the inner product of two tangent vectors;
    `motion(x, h, t)` is the geodesic from x along h at time t; `moved(x, h)` how the variable
    moves along h, which is h itself but for coordinates of a factor.
    """

    tangent: Callable[[Array, Array], Array]
    outside: Callable[[Array, Array], Array]
    inner: Callable[[Array, Array, Array], Any]
    words: str
    motion: Callable[[Array, Array, float], Motion] | None = None
    moved: Callable[[Array, Array], Array] = lambda x, h: h


def _plain(x: Array, r: Array, h: Array) -> Any:
    """The metric of the surrounding space."""
    return np.sum(r * h)


def _frame(x: Array, z: Array) -> Array:
    """A direction that keeps x'x: x times a skew matrix, and anything orthogonal to x."""
    k = x.T @ z
    return x @ (k - k.T) + z - x @ (x.T @ z)


def _frames_move(x: Array, h: Array, t: float) -> Motion:
    """Y(t) = [Y H] exp(t [[A, -H'H], [I, A]]) [I; 0] exp(-t A) with A = Y'H."""
    from scipy.linalg import expm  # type: ignore[import-untyped]

    p = x.shape[1]
    a, one = x.T @ h, np.eye(p)
    big = np.block([[a, -h.T @ h], [one, a]])
    wide, flow, back = np.hstack([x, h]), expm(t * big), expm(-t * a)
    start = np.vstack([one, 0 * one])
    return wide @ flow @ start @ back, wide @ flow @ (big @ start - start @ a) @ back


def _unitary(u: Array, z: Array) -> Array:
    """A direction that keeps u^H u: u times a matrix whose conjugate transpose is its negative."""
    k = u.conj().T @ z
    return u @ (k - k.conj().T)


def _on_sphere(x: Array, z: Array) -> Array:
    return z * np.sum(x * x) - x * np.sum(x * z)


def _great_circle(x: Array, h: Array, t: float) -> Motion:
    speed = np.sqrt(np.sum(h * h))
    if speed == 0:
        return x, h
    turn = t * speed
    there = np.cos(turn) * x + np.sin(turn) * h / speed
    return there, np.cos(turn) * h - np.sin(turn) * speed * x


def _within_simplex(x: Array, z: Array) -> Array:
    return z * len(z) - np.sum(z)


def _straight(x: Array, h: Array, t: float) -> Motion:
    return x + t * h, h


def _along_factor(s: Array, l: Array) -> Array:
    """The direction in which s = c c' moves as c moves along l."""
    move = l @ np.linalg.cholesky(s).T
    return move + move.T


def _factor_moves(s: Array, l: Array, t: float) -> Motion:
    c = np.linalg.cholesky(s) + t * l
    return c @ c.T, l


def _affine_metric(s: Array, r: Array, h: Array) -> Any:
    return np.trace(np.linalg.solve(s, r) @ np.linalg.solve(s, h))


def _affine_geodesic(s: Array, h: Array, t: float) -> Motion:
    """S^(1/2) exp(t S^(-1/2) H S^(-1/2)) S^(1/2)"""
    values, vectors = np.linalg.eigh(s)
    root = (vectors * np.sqrt(values)) @ vectors.T
    within = np.linalg.solve(root, np.linalg.solve(root, h).T)
    rates, axes = np.linalg.eigh((within + within.T) / 2)
    frame = root @ axes
    grown = frame * np.exp(t * rates)
    return grown @ frame.T, (grown * rates) @ frame.T


def _turning(x: Array, r: Array) -> Array:
    return x.T @ r + r.T @ x


GEOMETRIES: dict[tuple[str, str], Geometry] = {
    ("Stiefel", "riemannian"): Geometry(_frame, _turning, _plain, "X'X = I", _frames_move),
    ("Orth", "riemannian"): Geometry(_frame, _turning, _plain, "X'X = I", _frames_move),
    ("Unitary", "riemannian"): Geometry(  # of R = the gradient by conj(U), df = 2 Re tr(R^H H)
        _unitary,
        lambda u, r: u.conj().T @ r + r.conj().T @ u,
        lambda u, r, h: 2 * np.sum(r.conj() * h).real,
        "U^H U = I",
    ),
    ("Sphere", "riemannian"): Geometry(
        _on_sphere, lambda x, r: np.sum(x * r), _plain, "x'x = 1", _great_circle
    ),
    ("Simplex", "riemannian"): Geometry(
        _within_simplex, lambda x, r: np.sum(r), _plain, "sum(x) = 1", _straight
    ),
    ("SPD", "affine"): Geometry(
        lambda s, z: z + z.T,
        lambda s, r: r - r.T,
        _affine_metric,
        "symmetric matrices",
        _affine_geodesic,
    ),
    ("SPD", "cholesky"): Geometry(
        lambda s, z: np.tril(z),
        lambda s, r: np.triu(r, 1),
        _plain,
        "lower triangular factors",
        _factor_moves,
        _along_factor,
    ),
}


def geometry_of(by: By, convention: str) -> Geometry | None:
    """The manifold that a variable moves on in a convention; None where it is a linear space."""
    return GEOMETRIES.get((by.variable.set.name, convention))


class GeometricCheck(GradientCheck):
    """The claim that `gradient` is the one on a manifold."""

    def __init__(self, function: Expr, by: By, gradient: Expr, convention: str):
        super().__init__(function, by.whole, gradient, "projected")
        self.geometry = GEOMETRIES[by.variable.set.name, convention]
        self.hull = None

    def residuals(self, point, memo, lines, step) -> list[Residual]:
        name, g = self.variable.name, self.geometry
        x = np.atleast_2d(point.values[name])
        r = np.atleast_2d(memo[self.gradient])
        found = []
        for line in lines:
            h = g.tangent(x, np.atleast_2d(line[name]))
            move = g.moved(x, h)
            along = {name: move if np.ndim(line[name]) else move[0, 0]}
            inner = g.inner(x, r, h)
            found.append(self.compared(inner, r, move, point, memo, along, step))
        found.append(_outside(g, x, r, "the gradient"))
        return found


def _outside(g: Geometry, x: Array, r: Array, what: str) -> Residual:
    off = float(np.max(np.abs(g.outside(x, r))))
    words = f"{what} is not tangent to {g.words}"
    scale = max(float(np.max(np.abs(r))), off)
    return Residual(off, scale, 0.0, lambda: words)


def _tangent_basis(g: Geometry, x: Array) -> Array:
    """Tangent vectors that span the tangent space, as columns of stacked columns."""
    units = np.eye(x.size)
    each = (g.tangent(x, u.reshape(x.shape, order="F")) for u in units)
    return np.array([h.reshape(-1, order="F") for h in each]).T


def _off_tangents(g: Geometry, x: Array, matrix: Array, what: str) -> Residual:
    """How far a matrix is from being zero on what is orthogonal to the tangent space."""
    basis = _tangent_basis(g, x)
    orthogonal = np.eye(len(basis)) - basis @ np.linalg.pinv(basis)
    off = float(np.max(np.abs(matrix @ orthogonal)))
    scale = max(float(np.max(np.abs(matrix))), off)
    return Residual(off, scale, 0.0, lambda: f"{what} is not zero across the tangent space")


class TangentJacobianCheck(JacobianCheck):
    """The claim that `matrix` is the derivative of an array along tangents of a manifold."""

    def __init__(self, function: Expr, by: By, matrix: Expr, convention: str):
        super().__init__(function, by, matrix, "projected")
        self.geometry = GEOMETRIES[by.variable.set.name, convention]
        self.hull = None

    def residuals(self, point, memo, lines, step) -> list[Residual]:
        name, g = self.variable.name, self.geometry
        x, value = np.atleast_2d(point.values[name]), memo[self.function]
        matrix = memo[self.matrix]
        found = []
        for line in lines:
            h = g.tangent(x, np.atleast_2d(line[name]))
            move = g.moved(x, h)
            along = move if np.ndim(line[name]) else move[0, 0]
            slope = self.by.slope(self.mover, point, memo, along, step)
            self.methods.add(slope.method)
            flat = h.reshape(-1, 1, order="F")
            claimed = matrix * h[0, 0] if self.variable.is_scalar else matrix @ flat
            found.append(self.residual(matrix, value, slope, claimed, h))
        if not self.variable.is_scalar:
            found.append(_off_tangents(g, x, matrix, "the derivative"))
        return found


class GeodesicCheck(JacobianCheck):
    """The claim that `matrix` is the Hessian on a manifold of a function of this gradient.

    The gradient R itself is checked elsewhere, so that <R, velocity> is the slope of the function
    along a geodesic, and its derivative the second one.
    """

    def __init__(self, gradient: Expr, by: By, matrix: Expr, convention: str):
        super().__init__(gradient, by, matrix, "projected")
        self.geometry = GEOMETRIES[by.variable.set.name, convention]
        self.hull = None
        self.nodes = tuple(postorder(gradient))

    def residuals(self, point, memo, lines, step) -> list[Residual]:
        name, g = self.variable.name, self.geometry
        x = np.atleast_2d(point.values[name])
        matrix = np.atleast_2d(memo[self.matrix])
        if not np.any(_tangent_basis(g, x)):  # a point of a sphere in one dimension
            raise Undefined("there are no tangent directions")
        found, before = [], None
        for line in lines:
            h = g.tangent(x, np.atleast_2d(line[name]))
            turned = (matrix @ h.reshape(-1, order="F")).reshape(x.shape, order="F")
            found += [self._along_geodesic(point, x, turned, h, step), _outside(g, x, turned, "H")]
            if before is not None:
                found.append(self._self_adjoint(x, *before, h, turned))
            before = h, turned
        found.append(_off_tangents(g, x, matrix, "the Hessian"))
        return found

    def _along_geodesic(self, point, x: Array, turned: Array, h: Array, step: float) -> Residual:
        g = self.geometry
        shape = np.shape(point.values[self.variable.name])

        def slope(t: float) -> Any:
            there, velocity = g.motion(x, h, t)  # type: ignore[misc]
            values = {**point.values, self.variable.name: np.reshape(there, shape)[()]}
            memo: dict[Expr, Any] = {}
            run(self.nodes, memo, replace(point, values=values))
            return g.inner(there, np.atleast_2d(memo[self.function]), velocity)

        bend = extrapolate(slope, step)
        self.methods.add(bend.method)
        claimed = float(g.inner(x, turned, h))
        longest = abs(g.inner(x, turned, turned)) ** 0.5 * abs(g.inner(x, h, h)) ** 0.5
        return Residual(
            float(abs(bend.value - claimed)),
            float(max(abs(bend.value), abs(claimed), 1e-3 * longest)),
            bend.error,
            lambda: (
                f"along a geodesic the second derivative is {bend.value:.9g},"
                f" by the Hessian it is {claimed:.9g}"
            ),
            abs(claimed),
        )

    def _self_adjoint(self, x: Array, a: Array, to_a: Array, b: Array, to_b: Array) -> Residual:
        inner = self.geometry.inner
        one, other = inner(x, to_a, b), inner(x, a, to_b)
        scale = max(abs(one), abs(other), 1e-3 * float(np.linalg.norm(to_a) * np.linalg.norm(b)))
        words = "the Hessian is not self-adjoint in the metric"
        return Residual(float(abs(one - other)), float(scale), 0.0, lambda: words)
