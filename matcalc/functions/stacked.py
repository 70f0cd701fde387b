"""Arrays with their columns stacked, as expressions: vec, its inverse, and vec(X) to vec(X').

The records of these functions stand in `stacking`; here is how the other rooms write them, with
nothing to be stacked where a column or a row is.
"""

from __future__ import annotations

from matcalc.expr import build
from matcalc.expr.nodes import Expr
from matcalc.expr.sizes import AnySize, Shape, multiply_sizes
from matcalc.functions import lookup


def entries(e: Expr) -> AnySize:
    """The number of entries."""
    return multiply_sizes(*e.shape)


def vec(e: Expr) -> Expr:
    """The columns of e below one another; a column is its own."""
    return e if e.shape[1] == 1 else build.apply(lookup("vec"), e)


def unvec(x: Expr, shape: Shape) -> Expr:
    """The array of a shape whose columns, below one another, are x."""
    if shape[1] == 1:
        return x
    if shape[0] == 1:
        return build.transpose(x)
    return build.apply(lookup("unvec"), x, *map(build.size_number, shape))


def commutation(m: AnySize, n: AnySize) -> Expr:
    """K with K*vec(X) = vec(X') for X of size m×n; the identity for vectors."""
    if m == 1 or n == 1:
        return build.identity(multiply_sizes(m, n))
    return build.apply(lookup("commutation"), build.size_number(m), build.size_number(n))
