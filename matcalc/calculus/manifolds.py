"""Derivatives by variables on curved sets: gradients and Hessians in a metric.

A record says of a manifold what makes a gradient of an array of partial derivatives, which of the
directions are tangent, and what curvature adds to the derivative of a gradient. With the Euclidean
gradient G, the Hessian along a tangent T is

    gradient(DG[T] + inner(G, T)) + outer(G, T),

of which `inner` is the Weingarten map of a set in the metric of the surrounding space, and `outer`
the connection of another metric. Sources: Absil, Mahony & Sepulchre, "Optimization algorithms on
matrix manifolds", 2008, ch. 5; Absil, Mahony & Trumpf, "An extrinsic look at the Riemannian
Hessian", 2013; Edelman, Arias & Smith, "The geometry of algorithms with orthogonality constraints",
1998; of positive definite matrices: Bhatia, "Positive definite matrices", 2007, ch. 6, and Sra &
Hosseini, SIAM J. Optim. 25, 2015.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from matcalc.expr import build
from matcalc.expr.nodes import Expr, Symbol
from matcalc.functions import lookup

HALF = Fraction(1, 2)

ByPoint = Callable[[Expr, Symbol], Expr]  # linear in the array, and depends on the point


def _itself(t: Expr, x: Symbol) -> Expr:
    return t


@dataclass(frozen=True)
class Manifold:
    """A curved set with a metric; of the factor of a matrix, its coordinates.

    gradient: of the array of partial derivatives. tangent: the tangent vector (or its coordinates)
    that an array of the shape of x stands for. move: how x moves along a tangent vector. inner,
    outer: as above. words: what the gradient is, for the reader; hessian: what the Hessian is;
    directions: which directions the derivatives of arrays are for.
    """

    gradient: ByPoint
    tangent: ByPoint
    words: str
    hessian: str
    directions: str = "the differential along tangent directions, which no metric enters"
    move: ByPoint = _itself
    inner: Callable[[Expr, Expr, Symbol], Expr] | None = None
    outer: Callable[[Expr, Expr, Symbol], Expr] | None = None


def symmetric(g: Expr) -> Expr:
    if g.is_scalar or "symmetric" in g.facts:
        return g
    return build.multiply(HALF, build.add(g, build.transpose(g)))


def lower(g: Expr) -> Expr:
    return g if g.is_scalar or "lower" in g.facts else build.apply(lookup("tril", 1), g)


def _stiefel(g: Expr, x: Symbol) -> Expr:
    """G - X sym(X'G)"""
    return build.subtract(g, build.multiply(x, symmetric(build.multiply(build.transpose(x), g))))


def _stiefel_bend(g: Expr, t: Expr, x: Symbol) -> Expr:
    """-T sym(X'G)"""
    return build.multiply(-1, t, symmetric(build.multiply(build.transpose(x), g)))


def _orthogonal(g: Expr, x: Symbol) -> Expr:
    """(G - X G'X)/2, which G - X sym(X'G) is where XX' = I."""
    turned = build.multiply(x, build.transpose(g), x)
    return build.multiply(HALF, build.subtract(g, turned))


def _unitary(g: Expr, u: Symbol) -> Expr:
    """(G - U G^H U)/2 of G = ∂f/∂U*"""
    turned = build.multiply(u, build.transpose(build.conjugate(g)), u)
    return build.multiply(HALF, build.subtract(g, turned))


def _sphere(g: Expr, x: Symbol) -> Expr:
    """G - (x'G) x"""
    return build.subtract(g, build.multiply(build.multiply(build.transpose(x), g), x))


def _sphere_bend(g: Expr, t: Expr, x: Symbol) -> Expr:
    """-(x'G) T"""
    return build.multiply(-1, build.multiply(build.transpose(x), g), t)


def _simplex(g: Expr, x: Symbol) -> Expr:
    """G - mean(G) 1"""
    mean = build.apply(lookup("mean", 1), g)
    return build.subtract(g, build.multiply(mean, build.ones(g.shape)))


def _affine(g: Expr, s: Symbol) -> Expr:
    """S sym(G) S"""
    return build.multiply(s, symmetric(g), s)


def _affine_bend(g: Expr, t: Expr, s: Symbol) -> Expr:
    """sym(T G S), for symmetric G"""
    across = build.multiply(t, symmetric(g), s)
    back = build.multiply(s, symmetric(g), t)
    return build.multiply(HALF, build.add(across, back))


def _factor(s: Symbol) -> Expr:
    return build.apply(lookup("chol", 1), s)


def _cholesky(g: Expr, s: Symbol) -> Expr:
    """tril((G + G') L) of S = L L'"""
    return lower(build.multiply(2, symmetric(g), _factor(s)))


def _cholesky_move(t: Expr, s: Symbol) -> Expr:
    """dS = dL L' + L dL'"""
    half = build.multiply(t, build.transpose(_factor(s)))
    return build.add(half, build.transpose(half))


def _cholesky_bend(g: Expr, t: Expr, s: Symbol) -> Expr:
    """tril((G + G') dL)"""
    return lower(build.multiply(2, symmetric(g), t))


_FRAME_HESSIAN = (
    "on tangent directions P(DG[V] - V sym(X'G)), with the projection P(Z) = Z - X sym(X'Z) and"
    " the Euclidean G (Absil, Mahony & Trumpf 2013)"
)

MANIFOLDS: dict[tuple[str, str], Manifold] = {
    ("Stiefel", "riemannian"): Manifold(
        _stiefel,
        _stiefel,
        "the projection G - X sym(X'G) on the tangent space, X'X = I",
        _FRAME_HESSIAN,
        inner=_stiefel_bend,
    ),
    ("Orth", "riemannian"): Manifold(
        _orthogonal,
        _orthogonal,
        "the projection (G - X G'X)/2 on the tangent space, X'X = I",
        _FRAME_HESSIAN,
        inner=_stiefel_bend,
    ),
    ("Unitary", "riemannian"): Manifold(
        _unitary,
        _unitary,
        "the projection (G - U G^H U)/2 of G = ∂f/∂U* on the tangent space, U^H U = I"
        " (Abrudan, Eriksson & Koivunen, IEEE Trans. Signal Process. 56, 2008)",
        "",
    ),
    ("Sphere", "riemannian"): Manifold(
        _sphere,
        _sphere,
        "the projection G - (x'G) x on the tangent space, x'x = 1",
        "P (H - (x'G) I) P with P = I - x x' and the Euclidean G and H: what the great circles see,"
        " as they bend (Absil, Mahony & Trumpf 2013)",
        inner=_sphere_bend,
    ),
    ("Simplex", "riemannian"): Manifold(
        _simplex,
        _simplex,
        "the projection G - mean(G) 1 on the tangent space, sum(x) = 1",
        "P H P with P = I - 1 1'/n and the Euclidean H, as the simplex is flat",
    ),
    ("SPD", "affine"): Manifold(
        _affine,
        lambda d, s: symmetric(d),
        "S sym(G) S, the gradient in the affine-invariant metric tr(inv(S) U inv(S) V)",
        "V -> S DG[V] S + sym(V G S) with the symmetric Euclidean G, self-adjoint in the"
        " affine-invariant metric tr(inv(S) U inv(S) V), so that the matrix need not be symmetric"
        " (Sra & Hosseini 2015)",
        outer=_affine_bend,
    ),
    ("SPD", "cholesky"): Manifold(
        _cholesky,
        lambda d, s: lower(d),
        "tril((G + G') L), the gradient by the Cholesky factor L of S = L L'",
        "of f(L L') by the lower triangular L = chol(S)",
        "by the entries of the lower triangular factor L = chol(S)",
        move=_cholesky_move,
        outer=_cholesky_bend,
    ),
}


def manifold_of(variable: Symbol, convention: str) -> Manifold | None:
    """The manifold that a variable moves on in a convention; None where it is a linear space."""
    return MANIFOLDS.get((variable.set.name, convention))
