"""Evaluation of an expression at a point: each distinct node once, children first, no recursion.

Arrays have two axes inside (see `tensors.py`); numbers are NumPy scalars, so that 1/0 is inf and
not an exception. Everything passes complex arrays through: that is what complex steps need.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import numpy as np

from matcalc.errors import DomainError
from matcalc.expr.nodes import (
    Apply,
    Conjugate,
    Differential,
    ElementPower,
    Expr,
    Frobenius,
    Hadamard,
    Identity,
    Inverse,
    Kronecker,
    Number,
    Ones,
    Power,
    Product,
    Selection,
    SizeNumber,
    Sum,
    Symbol,
    Transpose,
    Value,
    Zeros,
    in_words,
    postorder,
)
from matcalc.expr.sizes import size_total, size_value
from matcalc.functions.abstract import AbstractDerivative, AbstractFunction
from matcalc.functions.forms import logdet_of
from matcalc.numeric.records import (
    call_abstract,
    compiled,
    compiled_complex,
    record_arguments,
    record_value,
)
from matcalc.numeric.tensors import SCALAR, numeric_shape

MAX_CONDITION = 1e10  # of a matrix that is inverted, in strict mode
MAX_AMPLIFIED = 1e15  # rounding errors of an inverse that leave none of its digits
LARGE = 32  # from this number of rows or columns on, the order of multiplication is optimised
LONG = 40  # chains up to this length: optimising costs the cube of it
MAX_MULTIPLIED = 2.0**53  # whole exponents are exact up to here

# How much is checked on the way.
STRICT = "strict"  # verification: Undefined where anything is undefined or badly conditioned
NAN = "nan"  # users: nan and inf as NumPy gives them, nan where a function is undefined
OFF = "off"  # complex steps from a point that has been checked

Memo = dict[Expr, Any]


class Undefined(Exception):
    """The expression has no (trustworthy) value at this point. Never leaves this package's room."""


@dataclass(slots=True)
class Point:
    """Where to evaluate.

    `values` are arrays by the names of variables, `sizes` numbers by size names, `functions` tuples
    of callables (the function, its derivative, ...) by the names of abstract functions;
    `analytic` says that those may be given complex arguments. `directions` are the differentials
    of variables; numerical slopes taken on the way are noted in `slopes` by their differentials,
    `movers` keeps what is known of an expression between evaluations, and `moved` the values a
    complex step along the directions away (see `difference.py`).
    """

    values: dict[str, Any]
    sizes: dict[str, int] = field(default_factory=dict)
    functions: dict[str, Any] = field(default_factory=dict)
    check: str = STRICT
    analytic: bool = False
    directions: dict[str, Any] | None = None
    slopes: dict[Expr, Any] = field(default_factory=dict)
    movers: dict = field(default_factory=dict)
    moved: Memo = field(default_factory=dict, init=False)  # each point's own


def evaluate(root: Expr, point: Point, memo: Memo | None = None) -> Any:
    """The value of an expression. `memo` keeps the values of nodes between calls."""
    memo = {} if memo is None else memo
    if root not in memo:
        run(postorder(root), memo, point)
    return memo[root]


def run(order: Iterable[Expr], memo: Memo, point: Point) -> None:
    """Adds the values of nodes, given children first, to the memo."""
    strict = point.check is STRICT
    e = None
    with np.errstate(all="ignore"):
        try:
            for e in order:
                if e in memo:
                    continue
                kind = type(e)
                value = _STEPS[kind](e, memo, point)
                if value.dtype.kind == "c" and "complex" not in e.facts and point.check is not OFF:
                    value = _real(value, e)
                if strict and kind not in _SAFE and not finite(value):
                    raise Undefined(f"the {in_words(e)} is not finite")
                memo[e] = value
        except np.linalg.LinAlgError as error:
            raise _no_value(e, point, error) from error


def _real(value: Any, e: Expr) -> Any:
    """What is real, such as x^H*x, without the imaginary part that rounding leaves."""
    return value.real if any("complex" in c.facts for c in e.children) else value


def finite(value: Any) -> bool:
    """Whether all entries are numbers."""
    if type(value) is np.float64:
        return math.isfinite(value)
    return bool(np.isfinite(value).all())


def _no_value(e: Any, point: Point, error: Exception) -> Exception:
    """What a failure of linear algebra at a node means to the caller."""
    if point.check is not NAN:
        return Undefined(str(error))
    if isinstance(e, Inverse):
        return DomainError(f"{_brief(e.argument)} is singular here")
    if isinstance(e, Power):
        return DomainError(f"{_brief(e.base)} is singular here")
    return DomainError(f"{in_words(e)} has no value here: {error}")


def _brief(e: Expr) -> str:
    """The expression in a message, if it is short and can be written."""
    text = str(e)
    return text if len(text) <= 60 else "a matrix"


def float_of(value: Value) -> np.float64:
    """A number of the language in double precision; inf where it is too large."""
    try:
        return np.float64(value)
    except OverflowError:
        return np.float64(math.inf if value > 0 else -math.inf)


# One step for each kind of node: (node, values so far, point) -> value


def _symbol(e: Symbol, memo: Memo, point: Point) -> Any:
    return point.values[e.name]


def _sum(e: Sum, memo: Memo, point: Point) -> Any:
    terms = e.terms
    total = memo[terms[0]] + memo[terms[1]]
    for t in terms[2:]:
        total = total + memo[t]
    return total


def _product(e: Product, memo: Memo, point: Point) -> Any:
    coefficient, scalars, chain = e.fields
    value: Any = None if coefficient == 1 else float_of(coefficient)
    for s in scalars:
        value = memo[s] if value is None else value * memo[s]
    if chain:
        array = multiply_chain([memo[c] for c in chain])
        if e.shape == SCALAR:
            array = array[0, 0]
        value = array if value is None else value * array
    return value


def multiply_chain(arrays: list[np.ndarray]) -> np.ndarray:
    """The product of matrices, associated so that vectors at the ends stay vectors."""
    if len(arrays) <= 2:
        return reduce(np.matmul, arrays)
    rows, columns = arrays[0].shape[0], arrays[-1].shape[1]
    inner = rows > 1 and columns > 1
    if inner and len(arrays) <= LONG and max(max(a.shape) for a in arrays) >= LARGE:
        return np.linalg.multi_dot(arrays)
    if rows <= columns:
        return reduce(np.matmul, arrays)
    return reduce(lambda right, left: left @ right, reversed(arrays))


def _power(e: Power, memo: Memo, point: Point) -> Any:
    base, exponent = memo[e.base], memo[e.exponent]
    if e.shape == SCALAR:
        return raised(base, exponent)
    if exponent < 0:
        base, exponent = _inverted(base, point), -exponent
    return np.linalg.matrix_power(base, int(exponent))


def _element_power(e: ElementPower, memo: Memo, point: Point) -> Any:
    return raised(memo[e.base], memo[e.exponent])


def raised(base: Any, exponent: Any) -> Any:
    """base**exponent, entry by entry.

    NumPy takes complex powers from 100 on through logarithms, which are not exact enough for a
    complex step where the base is negative: whole ones are multiplied out here.
    """
    if not np.iscomplexobj(base) or np.ndim(exponent) or np.iscomplexobj(exponent):
        return base**exponent
    count = abs(exponent)
    if count < 100 or count != int(count) or count > MAX_MULTIPLIED:
        return base**exponent
    result: Any = None
    square, count = base, int(count)
    while count:
        if count & 1:
            result = square if result is None else result * square
        square, count = square * square, count >> 1
    return 1 / result if exponent < 0 else result


def _inverse(e: Inverse, memo: Memo, point: Point) -> Any:
    return _inverted(memo[e.argument], point)


def _inverted(a: np.ndarray, point: Point) -> np.ndarray:
    """The inverse, of which some digit is right.

    Rounding makes the inverse of a singular matrix out of nothing: det(K)*inv(K) of a skew K of
    odd size would be a number like any other. |A⁻¹| |A| has on its diagonal how far the errors are
    amplified, whatever the units of rows and columns are.
    """
    _require_regular(a, point)
    inverse = np.linalg.inv(a)
    if point.check is NAN and np.max(np.sum(abs(inverse) * abs(a.T), axis=1)) > MAX_AMPLIFIED:
        raise np.linalg.LinAlgError("singular to working precision")
    return inverse


def _require_regular(a: np.ndarray, point: Point) -> None:
    """In strict mode, a matrix close to singular counts as singular."""
    if point.check is STRICT and not np.linalg.cond(a) < MAX_CONDITION:
        raise Undefined("a matrix is singular or nearly so")


def _hadamard(e: Hadamard, memo: Memo, point: Point) -> Any:
    return reduce(np.multiply, [memo[f] for f in e.factors])


def _frobenius(e: Frobenius, memo: Memo, point: Point) -> Any:
    return np.sum(memo[e.left] * memo[e.right])


def _kronecker(e: Kronecker, memo: Memo, point: Point) -> Any:
    return reduce(np.kron, [memo[f] for f in e.factors])


def _identity(e: Identity, memo: Memo, point: Point) -> Any:
    return np.eye(size_value(e.shape[0], point.sizes))


def _selection(e: Selection, memo: Memo, point: Point) -> Any:
    """Columns of the identity; there are none outside of it."""
    n, count = numeric_shape(e.shape, point.sizes)
    start = size_total(e.start, point.sizes)
    if start < 1 or start + count - 1 > n or start.denominator != 1:
        text = f"the index {start}:{start + count - 1} is not within 1:{n}"
        raise DomainError(text) if point.check is NAN else Undefined(text)
    start = int(start)
    return np.eye(n)[:, start - 1 : start - 1 + count]


def _differential(e: Differential, memo: Memo, point: Point) -> Any:
    """The direction of a variable; of anything else, its numerical slope along the directions."""
    if point.directions is None:
        raise DomainError("a differential has no value by itself: it is linear in its variables'")
    a = e.argument
    if type(a) is Symbol:
        found = point.directions.get(a.name)
        return memo[a] * 0.0 if found is None else found
    from matcalc.numeric.difference import mover  # which evaluates in turn

    slope = mover(a, point.directions, point.movers).slope(
        point, memo, point.directions, moved=point.moved
    )
    point.slopes[e] = slope
    return slope.value


def _apply(e: Apply, memo: Memo, point: Point) -> Any:
    arguments = [memo[a] for a in e.arguments]
    if isinstance(e.function, AbstractFunction | AbstractDerivative):
        return call_abstract(e, arguments, point.functions, point.sizes)
    of_complex = any("complex" in a.facts for a in e.arguments)
    value_of, defined = (compiled_complex if of_complex else compiled)(e.function)
    if of_complex and "complex" in e.facts:
        defined = None
    arguments = record_arguments(e, arguments)
    if defined is None or point.check is OFF:
        return record_value(e, value_of(*arguments))
    if point.check is STRICT:
        if not np.all(defined(*arguments)):
            raise Undefined(f"{e.function.name} is undefined here")
        if (matrix := logdet_of(e)) is not None:
            _require_regular(memo[matrix], point)
        return record_value(e, value_of(*arguments))
    value = record_value(e, value_of(*arguments))
    if e.function.elementwise and np.ndim(value):
        return value  # NumPy has nan at the entries that have no value
    return value if np.all(defined(*arguments)) or not finite(value) else value * np.nan


_STEPS: dict[type, Callable[[Any, Memo, Point], Any]] = {
    Symbol: _symbol,
    Number: lambda e, memo, point: float_of(e.value),
    SizeNumber: lambda e, memo, point: np.float64(size_value(e.size, point.sizes)),
    Identity: _identity,
    Selection: _selection,
    Zeros: lambda e, memo, point: np.zeros(numeric_shape(e.shape, point.sizes)),
    Ones: lambda e, memo, point: np.ones(numeric_shape(e.shape, point.sizes)),
    Sum: _sum,
    Product: _product,
    Power: _power,
    ElementPower: _element_power,
    Transpose: lambda e, memo, point: memo[e.argument].T,
    Conjugate: lambda e, memo, point: np.conj(memo[e.argument]),
    Inverse: _inverse,
    Hadamard: _hadamard,
    Frobenius: _frobenius,
    Kronecker: _kronecker,
    Differential: _differential,
    Apply: _apply,
}

# Nodes that are finite if their children are.
_SAFE = frozenset({Symbol, SizeNumber, Identity, Selection, Zeros, Ones, Transpose, Conjugate})
