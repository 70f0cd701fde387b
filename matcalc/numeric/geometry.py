"""Gradients on manifolds, tried along random tangent directions.

Each record is written from the definition of the manifold and its metric, independently of how the
gradients are made: R is the gradient at x if it is tangent and <R, H> is the slope along every
tangent H.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from matcalc.expr.nodes import Expr
from matcalc.numeric.trials import Residual
from matcalc.numeric.verify import GradientCheck
from matcalc.numeric.wirtinger import By

Array = Any


@dataclass(frozen=True)
class Geometry:
    """A manifold with a metric.

    `direction(x, z)` is a tangent direction at x made from any array z; `outside(x, r)` is zero
    where r is tangent; `metric(x, r, z)` is the inner product of r with `direction(x, z)`.
    """

    direction: Callable[[Array, Array], Array]
    outside: Callable[[Array, Array], Array]
    metric: Callable[[Array, Array, Array], Any]
    words: str


def _plain(direction: Callable[[Array, Array], Array]) -> Callable[[Array, Array, Array], Any]:
    """The metric of the surrounding space."""
    return lambda x, r, z: np.sum(r * direction(x, z))


def _frame(x: Array, z: Array) -> Array:
    """A direction that keeps x'x: x times a skew matrix, and anything orthogonal to x."""
    k = x.T @ z
    return x @ (k - k.T) + z - x @ (x.T @ z)


def _unitary(u: Array, z: Array) -> Array:
    """A direction that keeps u^H u: u times a matrix whose conjugate transpose is its negative."""
    k = u.conj().T @ z
    return u @ (k - k.conj().T)


def _on_sphere(x: Array, z: Array) -> Array:
    return z * np.sum(x * x) - x * np.sum(x * z)


def _within_simplex(x: Array, z: Array) -> Array:
    return z * len(z) - np.sum(z)


def _by_factor(s: Array, z: Array) -> Array:
    """The direction in which s = l l' moves as l moves along tril(z)."""
    l = np.linalg.cholesky(s)
    move = np.tril(z) @ l.T
    return move + move.T


def _affine_metric(s: Array, r: Array, z: Array) -> Any:
    return np.trace(np.linalg.solve(s, r) @ np.linalg.solve(s, z + z.T))


GEOMETRIES: dict[tuple[str, str], Geometry] = {
    ("Stiefel", "riemannian"): Geometry(
        _frame, lambda x, r: x.T @ r + r.T @ x, _plain(_frame), "X'X = I"
    ),
    ("Orth", "riemannian"): Geometry(
        _frame, lambda x, r: x.T @ r + r.T @ x, _plain(_frame), "X'X = I"
    ),
    ("Unitary", "riemannian"): Geometry(  # of R = the gradient by conj(U), df = 2 Re tr(R^H H)
        _unitary,
        lambda u, r: u.conj().T @ r + r.conj().T @ u,
        lambda u, r, z: 2 * np.sum(r.conj() * _unitary(u, z)).real,
        "U^H U = I",
    ),
    ("Sphere", "riemannian"): Geometry(
        _on_sphere, lambda x, r: np.sum(x * r), _plain(_on_sphere), "x'x = 1"
    ),
    ("Simplex", "riemannian"): Geometry(
        _within_simplex, lambda x, r: np.sum(r), _plain(_within_simplex), "sum(x) = 1"
    ),
    ("SPD", "affine"): Geometry(
        lambda s, z: z + z.T, lambda s, r: r - r.T, _affine_metric, "symmetric matrices"
    ),
    ("SPD", "cholesky"): Geometry(
        _by_factor,
        lambda s, r: np.triu(r, 1),
        lambda s, r, z: np.sum(r * np.tril(z)),
        "lower triangular factors",
    ),
}


class GeometricCheck(GradientCheck):
    """The claim that `gradient` is the one on a manifold."""

    def __init__(self, function: Expr, by: By, gradient: Expr, convention: str):
        super().__init__(function, by.whole, gradient, "projected")
        self.geometry = GEOMETRIES[by.variable.set.name, convention]
        self.hull = None

    def residuals(self, point, memo, lines, step) -> list[Residual]:
        name = self.variable.name
        x = np.atleast_2d(point.values[name])
        r = np.atleast_2d(memo[self.gradient])
        found = []
        for line in lines:
            z = np.atleast_2d(line[name])
            h = self.geometry.direction(x, z)
            along = {name: h if np.ndim(line[name]) else h[0, 0]}
            inner = self.geometry.metric(x, r, z)
            found.append(self.compared(inner, r, h, point, memo, along, step))
        found.append(self._tangent(x, r))
        return found

    def _tangent(self, x: Array, r: Array) -> Residual:
        off = float(np.max(np.abs(self.geometry.outside(x, r))))
        words = f"the gradient is not tangent to {self.geometry.words}"
        scale = max(float(np.max(np.abs(r))), off)
        return Residual(off, scale, 0.0, lambda: words)
