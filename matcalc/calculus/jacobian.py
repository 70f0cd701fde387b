"""Jacobians: the matrix of d(F) in vec coordinates, vec(d(F)) = J*vec(d(X)).

One sweep from the value down to the variable, as for gradients; columns and scalars on the way are
where matrices are multiplied, and what lies between is one linear expression.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from matcalc.calculus.adjoint import moves
from matcalc.calculus.differential import from_the_top, local_differential, moving_nodes
from matcalc.calculus.linear_faces import spread
from matcalc.calculus.structured import structured_direction, toeplitz_projection
from matcalc.calculus.zones import plug, total_differential
from matcalc.expr import build
from matcalc.expr.nodes import Apply, Expr, Symbol
from matcalc.expr.rewrite import substitute
from matcalc.expr.sets import real_set
from matcalc.functions.stacked import entries


def jacobian(
    f: Expr, variable: Symbol, tidy: Callable[[Expr], Expr], convention: str = "projected"
) -> Expr:
    """∂vec(f)/∂vec(X)', simplified by `tidy`; of a structured X, in directions of its hull.

    Source: Magnus & Neudecker, ch. 5, sec. 12 (identification of Jacobians).
    """
    size = entries(variable)
    moving = moving_nodes(f, (variable,))
    if f not in moving:
        return build.zeros((entries(f), size))
    gathered: dict[Expr, list[Expr]] = {f: [build.identity(entries(f))]}

    def into(u: Expr, m: Expr) -> None:
        gathered.setdefault(u, []).append(m)

    zones = _zones(f, variable, moving)
    for e in from_the_top(f, moving):
        terms = gathered.pop(e, None)
        if terms is None:
            continue
        m = tidy(build.add(*terms))
        if e is variable:
            return on_hull(m, variable, tidy, convention)
        spread(m, tidy(zones[e]), into, tidy)
    return build.zeros((entries(f), size))


def _zones(f: Expr, variable: Symbol, moving: Mapping[Expr, None]) -> dict[Expr, Expr]:
    """The differential of each column, scalar and of f itself, in those below it."""
    found: dict[Expr, Expr] = {}
    zones: dict[Expr, Expr] = {}
    for e in moving:
        if e is variable:
            found[e] = build.differential(e)
            continue
        whole = plug(local_differential(e, moving), found)
        stop = e.shape[1] == 1
        found[e] = build.differential(e) if stop else whole
        if stop or e is f:
            zones[e] = whole
    return zones


def on_hull(matrix: Expr, variable: Symbol, tidy: Callable[[Expr], Expr], convention: str) -> Expr:
    """The Jacobian for directions in the linear hull of a structured variable, or tangent ones.

    Hermitian directions span all matrices, so that nothing is to be projected.
    """
    if variable.set.kind.complex:
        return matrix
    means = toeplitz_projection(variable, convention)
    if means is not None:
        return tidy(build.multiply(matrix, means))
    free = build.symbol(variable.name, real_set(variable.shape))  # d(X) would know its structure
    direction = build.differential(free)
    projected = structured_direction(direction, variable, convention)
    if projected is direction:
        return matrix
    terms: list[Expr] = []
    spread(matrix, _opened(projected), lambda u, m: terms.append(m), tidy)
    return tidy(build.add(*terms))


def _opened(linear: Expr) -> Expr:
    """A call that is linear in several arguments at once, as a sum of terms in one each.

    This is what its differential says: toeplitz(c,r) is lowertoeplitz(c) + lowertoeplitz(r)' - ...
    """
    if not isinstance(linear, Apply) or sum(map(moves, linear.arguments)) < 2:
        return linear
    f = linear.function
    names = [
        build.symbol(p, real_set(a.shape))
        for p, a in zip(f.parameters, linear.arguments, strict=True)
    ]
    terms = total_differential(build.apply(f, *names), names)
    moved = zip(map(build.differential, names), linear.arguments, strict=True)
    return substitute(terms, dict(moved))
