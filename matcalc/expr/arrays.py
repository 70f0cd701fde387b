"""Transposes, entrywise, Frobenius and Kronecker products, differentials, functions."""

from __future__ import annotations

from fractions import Fraction
from operator import mul as times
from typing import Any

from matcalc.errors import ShapeError
from matcalc.expr.arithmetic import (
    brief,
    denominators_last,
    multiply,
    product,
    pure_chain,
)
from matcalc.expr.leaves import SCALAR, combine, expression, number, ones, zeros
from matcalc.expr.nodes import (
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
    if isinstance(a, Transpose):
        return transpose(conjugate(a.argument))
    return node(Conjugate, a.shape, a)


# Entrywise, Frobenius and Kronecker products


def hadamard(*factors: Any) -> Expr:
    """The entrywise product; a scalar scales."""
    coefficient: Value = Fraction(1)
    scalars: list[Expr] = []
    arrays: list[Expr] = []
    items = [expression(f) for f in factors]
    shape = next((f.shape for f in items if not f.is_scalar), SCALAR)
    if shape == SCALAR:
        return multiply(*items)
    for f in items:
        if f.is_scalar:
            c, s, rest = scalar_parts(f)
            coefficient = combine(times, coefficient, c)
            scalars += s if rest is None else [*s, rest]
            continue
        if f.shape != shape:
            first = next(i for i in items if i.shape == shape)
            raise ShapeError(
                f"cannot multiply {brief(first)} ({shape_text(shape)})"
                f" and {brief(f)} ({shape_text(f.shape)}) entrywise"
            )
        c, s, rest = scalar_parts(f)
        coefficient = combine(times, coefficient, c)
        scalars += s
        if isinstance(rest, Zeros):
            return rest
        if rest is not None and not isinstance(rest, Ones):
            arrays.extend(rest.factors if isinstance(rest, Hadamard) else (rest,))
    if not arrays:
        return product(coefficient, scalars, (ones(shape),))
    arrays = denominators_last(arrays)
    if len(arrays) == 1:
        return multiply(number(coefficient), *scalars, arrays[0])
    return product(coefficient, scalars, (node(Hadamard, shape, tuple(arrays)),))


def scalar_parts(e: Expr) -> tuple[Value, list[Expr], Expr | None]:
    """e as number · scalars · rest, where rest is an array (or a 1×1 chain, or None)."""
    if isinstance(e, Product):
        rest = pure_chain(e.chain) if e.chain else None
        return e.coefficient, list(e.scalars), rest
    if isinstance(e, Number):
        return e.value, [], None
    if e.is_scalar:
        return Fraction(1), [e], None
    return Fraction(1), [], e


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
    return product(combine(times, c, d), [*s, *t, node(Frobenius, SCALAR, left, right)], ())


def kronecker(*factors: Any) -> Expr:
    """The Kronecker product; numbers and scalars stand in front."""
    coefficient: Value = Fraction(1)
    scalars: list[Expr] = []
    arrays: list[Expr] = []
    for item in factors:
        c, s, rest = scalar_parts(expression(item))
        coefficient = combine(times, coefficient, c)
        if rest is not None and rest.is_scalar:
            s, rest = [*s, rest], None
        scalars += s
        if rest is not None:
            arrays.extend(rest.factors if isinstance(rest, Kronecker) else (rest,))
    shape: Shape = SCALAR
    for a in arrays:
        shape = multiply_sizes(shape[0], a.shape[0]), multiply_sizes(shape[1], a.shape[1])
    if any(isinstance(a, Zeros) for a in arrays) or coefficient == 0:
        return zeros(shape)
    if len(arrays) > 1:
        arrays = [node(Kronecker, shape, tuple(arrays))]
    return multiply(number(coefficient), *scalars, *arrays)


# Differentials and functions


def differential(a: Any) -> Expr:
    """d(a), as a node; numbers have none."""
    a = expression(a)
    if isinstance(a, Number | Identity | Ones | Zeros | SizeNumber):
        return zeros(a.shape)
    return node(Differential, a.shape, a)


def apply(function: Any, *arguments: Any) -> Expr:
    """function(arguments), after the function's own checks of number, shape and domain."""
    items = tuple(expression(a) for a in arguments)
    return function.build(items)


def apply_node(function: Any, arguments: tuple[Expr, ...], shape: Shape) -> Apply:
    """The bare node: for `build` methods of functions, which have checked."""
    return node(Apply, shape, function, arguments)
