"""The constructors of expressions.

They check shapes and fold what a reader would not call a step: numbers, units, zeros, nested sums
and products, scalar factors taken out of products, a double transpose. So the same mathematics
typed twice is the same node, and what is printed parses back to it.

The constructors stand in `leaves`, `arithmetic` and `arrays`; this module is the door to them.
"""

from __future__ import annotations

from typing import Any

from matcalc.expr.arithmetic import (
    add,
    divide,
    element_power,
    inverse,
    is_denominator,
    multiply,
    negate,
    power,
    product,
    require_square,
    size_number,
    solve,
    subtract,
)
from matcalc.expr.arrays import (
    apply,
    apply_node,
    conjugate,
    differential,
    frobenius,
    hadamard,
    kronecker,
    scalar_parts,
    transpose,
)
from matcalc.expr.leaves import (
    EXACT_DIGITS,
    MAX_EXPONENT,
    SCALAR,
    expression,
    identity,
    literal,
    number,
    ones,
    selection,
    stand_in,
    symbol,
    zeros,
)
from matcalc.expr.nodes import (
    Apply,
    Conjugate,
    Differential,
    ElementPower,
    Expr,
    Frobenius,
    Hadamard,
    Inverse,
    Kronecker,
    Power,
    Product,
    Sum,
    Transpose,
    number_value,
)

__all__ = [
    "EXACT_DIGITS",
    "MAX_EXPONENT",
    "SCALAR",
    "add",
    "apply",
    "apply_node",
    "conjugate",
    "differential",
    "divide",
    "element_power",
    "expression",
    "frobenius",
    "hadamard",
    "identity",
    "inverse",
    "is_denominator",
    "kronecker",
    "literal",
    "multiply",
    "negate",
    "number",
    "number_value",
    "ones",
    "power",
    "product",
    "rebuild",
    "require_square",
    "scalar_parts",
    "selection",
    "size_number",
    "solve",
    "stand_in",
    "subtract",
    "symbol",
    "transpose",
    "zeros",
]


def rebuild(e: Expr, children: list[Expr] | tuple[Expr, ...]) -> Expr:
    """The node with other children, through the constructors; the node itself if none changed."""
    if tuple(children) == e.children:
        return e
    return _REBUILD[type(e)](e, children)


def _rebuild_product(e: Product, children) -> Expr:
    k = len(e.scalars)
    return multiply(number(e.coefficient), *children[:k], *children[k:])


_REBUILD: dict[type, Any] = {
    Sum: lambda e, c: add(*c),
    Product: _rebuild_product,
    Power: lambda e, c: power(*c),
    ElementPower: lambda e, c: element_power(*c),
    Transpose: lambda e, c: transpose(c[0]),
    Conjugate: lambda e, c: conjugate(c[0]),
    Inverse: lambda e, c: inverse(c[0]),
    Hadamard: lambda e, c: hadamard(*c),
    Frobenius: lambda e, c: frobenius(*c),
    Kronecker: lambda e, c: kronecker(*c),
    Differential: lambda e, c: differential(c[0]),
    Apply: lambda e, c: apply(e.function, *c),
}
