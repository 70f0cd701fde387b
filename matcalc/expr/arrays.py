"""Transposes, entrywise, Frobenius and Kronecker products, differentials, functions."""

from __future__ import annotations

from collections.abc import Sequence
from operator import mul as times
from typing import Any

from matcalc.errors import ShapeError
from matcalc.expr.arithmetic import (
    denominators_last,
    joined,
    multiply,
    product,
    pure_chain,
    scalar_factor,
)
from matcalc.expr.leaves import SCALAR, combine, expression, number, ones, zeros
from matcalc.expr.nodes import (
    ONE,
    Apply,
    Conjugate,
    Differential,
    Expr,
    Frobenius,
    Hadamard,
    Identity,
    Kronecker,
    Number,
    Ones,
    Product,
    SizeNumber,
    Transpose,
    Value,
    Zeros,
    node,
)
from matcalc.expr.refusals import brief
from matcalc.expr.sizes import Shape, multiply_sizes, shape_text

# Transposes


def transpose(a: Any) -> Expr:
    """The transpose; of a scalar, the scalar."""
    a = expression(a)
    if a.is_scalar or isinstance(a, Identity):
        return a
    if isinstance(a, Transpose):
        return a.argument
    if isinstance(a, Ones):
        return ones(a.shape[::-1])
    if isinstance(a, Zeros):
        return zeros(a.shape[::-1])
    if isinstance(a, Product) and (a.coefficient != 1 or a.scalars):
        inner = transpose(pure_chain(a.chain))
        return multiply(number(a.coefficient), *a.scalars, inner)
    return node(Transpose, a.shape[::-1], a)


def conjugate(a: Any) -> Expr:
    """The complex conjugate; a real expression is its own."""
    a = expression(a)
    if "complex" not in a.facts:
        return a
    if isinstance(a, Conjugate):
        return a.argument
    if "imaginary" in a.facts:
        return multiply(-1, a)
    if isinstance(a, Transpose):
        return transpose(conjugate(a.argument))
    return node(Conjugate, a.shape, a)


# Entrywise, Frobenius and Kronecker products


def hadamard(*factors: Any) -> Expr:
    """The entrywise product; a scalar scales."""
    coefficient: Value = ONE
    scalars: list[list[Expr]] = []  # by the factor that they come from, and so the arrays
    arrays: list[tuple[Expr, ...]] = []
    items = [expression(f) for f in factors]
    shape = next((f.shape for f in items if not f.is_scalar), SCALAR)
    if shape == SCALAR:
        return multiply(*items)
    for f in items:
        if f.shape != shape and not f.is_scalar:
            first = next(i for i in items if i.shape == shape)
            raise ShapeError(
                f"cannot multiply {brief(first)} ({shape_text(shape)})"
                f" and {brief(f)} ({shape_text(f.shape)}) entrywise"
            )
        c, s, rest = scalar_parts(f)
        coefficient = combine(times, coefficient, c)
        if isinstance(rest, Zeros):
            return rest
        if f.is_scalar:
            scalars.append(s if rest is None else [*s, rest])
            continue
        scalars.append(s)
        if isinstance(rest, Hadamard):
            arrays.append(rest.factors)
        elif rest is not None and not isinstance(rest, Ones):
            arrays.append((rest,))
    front = joined(scalars, scalar_factor)
    if not arrays:
        return product(coefficient, front, (ones(shape),))
    return product(coefficient, front, (entrywise(joined(arrays, entrywise)),))


def entrywise(arrays: Sequence[Expr]) -> Expr:
    """The entrywise product of arrays without scalars in front, denominators last."""
    if len(arrays) == 1:
        return arrays[0]
    return node(Hadamard, arrays[0].shape, tuple(denominators_last(arrays)))


def scalar_parts(e: Expr) -> tuple[Value, list[Expr], Expr | None]:
    """e as number · scalars · rest, where rest is an array (or a 1×1 chain, or None)."""
    if isinstance(e, Product):
        rest = pure_chain(e.chain) if e.chain else None
        return e.coefficient, list(e.scalars), rest
    if isinstance(e, Number):
        return e.value, [], None
    if e.is_scalar:
        return ONE, [e], None
    return ONE, [], e


def frobenius(a: Any, b: Any) -> Expr:
    """a : b = tr(a' b) of two arrays of one shape; numbers and scalars stand in front."""
    a, b = expression(a), expression(b)
    if a.shape != b.shape:
        raise ShapeError(
            f"cannot take the Frobenius product of {brief(a)} ({shape_text(a.shape)})"
            f" and {brief(b)} ({shape_text(b.shape)})"
        )
    if a.is_scalar:
        return multiply(a, b)
    c, s, left = scalar_parts(a)
    d, t, right = scalar_parts(b)
    if isinstance(left, Zeros) or isinstance(right, Zeros) or c == 0 or d == 0:
        return number(0)
    front = joined((s, t), scalar_factor)
    return product(combine(times, c, d), [*front, node(Frobenius, SCALAR, left, right)], ())


def kronecker(*factors: Any) -> Expr:
    """The Kronecker product; numbers and scalars stand in front."""
    coefficient: Value = ONE
    scalars: list[list[Expr]] = []
    groups: list[tuple[Expr, ...]] = []
    for item in factors:
        c, s, rest = scalar_parts(expression(item))
        coefficient = combine(times, coefficient, c)
        if rest is not None and rest.is_scalar:
            s, rest = [*s, rest], None
        scalars.append(s)
        if rest is not None:
            groups.append(rest.factors if isinstance(rest, Kronecker) else (rest,))
    arrays = joined(groups, _kronecker)
    if any(isinstance(a, Zeros) for a in arrays) or coefficient == 0:
        return zeros(_kronecker_shape(arrays))
    if len(arrays) > 1:
        arrays = [_kronecker(arrays)]
    return multiply(number(coefficient), *joined(scalars, scalar_factor), *arrays)


def _kronecker(factors: Sequence[Expr]) -> Expr:
    return node(Kronecker, _kronecker_shape(factors), tuple(factors))


def _kronecker_shape(factors: Sequence[Expr]) -> Shape:
    shape: Shape = SCALAR
    for a in factors:
        shape = multiply_sizes(shape[0], a.shape[0]), multiply_sizes(shape[1], a.shape[1])
    return shape


# Differentials and functions


def differential(a: Any) -> Expr:
    """d(a), as a node; numbers have none."""
    a = expression(a)
    if isinstance(a, Number | Identity | Ones | Zeros | SizeNumber):
        return zeros(a.shape)
    if isinstance(a, Conjugate):
        return conjugate(differential(a.argument))
    return node(Differential, a.shape, a)


def apply(function: Any, *arguments: Any) -> Expr:
    """function(arguments), after the function's own checks of number, shape and domain."""
    items = tuple(expression(a) for a in arguments)
    return function.build(items)


def apply_node(function: Any, arguments: tuple[Expr, ...], shape: Shape) -> Apply:
    """The bare node: for `build` methods of functions, which have checked."""
    return node(Apply, shape, function, arguments)
