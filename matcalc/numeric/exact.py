"""Evaluation in exact arithmetic: modulo a prime, or in the rationals.

A polynomial or rational expression is a matter of +, * and 1/, so it has a value over any field.
Two that agree at a random point modulo a large prime are equal but for a tiny probability, the
degree over the prime (Schwartz, J. ACM 27 (1980); Zippel, EUROSAM 1979). One evaluation serves all
fields: arrays are NumPy arrays of Python objects with two axes, 1×1 expressions plain numbers.

What is no rational function (exp, a root, a norm) raises `Inexact`; but norm2, sqrt and abs are
kept as roots of something, since their even powers are rational again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce as fold_left
from typing import Any

import numpy as np

from matcalc.errors import DomainError
from matcalc.expr import build
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
    Zeros,
    fold,
    in_words,
)
from matcalc.expr.sets import real_set
from matcalc.expr.sizes import size_total, size_value
from matcalc.functions.abstract import AbstractDerivative, AbstractFunction
from matcalc.functions.by_rows import Mapped
from matcalc.functions.signature import size_of
from matcalc.numeric.exact_adjugates import along, matrix
from matcalc.numeric.fields import (
    MAX_RATIONAL_POWER,
    Field,
    Inexact,
    Pole,
    Rationals,
    Root,
    array,
    whole,
)
from matcalc.numeric.records import compiled
from matcalc.numeric.tensors import SCALAR, numeric_shape


@dataclass
class Point:
    """Where to evaluate: a field, values by the names of variables, sizes by their names.

    `directions` are the differentials of variables; `functions` gives values of abstract functions;
    `twin` is the point with the conjugate values, where variables are complex.
    """

    numbers: Any
    values: dict[str, Any]
    sizes: Mapping[str, int]
    directions: dict[str, Any] = field(default_factory=dict)
    functions: Any = None
    twin: Point | None = None
    memo: dict[Expr, Any] = field(default_factory=dict)


def run(order: Iterable[Expr], point: Point) -> dict[Expr, Any]:
    """The values of nodes, given children first."""
    memo, twin = point.memo, point.twin
    for e in order:
        kind = type(e)
        if kind is Conjugate and twin is not None:
            memo[e], twin.memo[e] = twin.memo[e.children[0]], memo[e.children[0]]
            continue
        memo[e] = _value(e, kind, memo, point)
        if twin is not None:
            twin.memo[e] = _value(e, kind, twin.memo, twin)
    return memo


def _value(e: Expr, kind: type, memo: dict[Expr, Any], point: Point) -> Any:
    if kind not in _KNOW_ROOTS:
        for c in e.children:
            if type(memo[c]) is Root:
                raise Inexact(in_words(c))
    return _STEPS[kind](e, memo, point)


# One step for each kind of node: (node, values so far, point) -> value


def _sum(e: Sum, memo, point: Point) -> Any:
    return point.numbers.reduce(fold_left(lambda x, y: x + y, [memo[t] for t in e.terms]))


def _product(e: Product, memo, point: Point) -> Any:
    numbers = point.numbers
    value: Any = numbers.number(e.coefficient)
    for s in _without_roots([memo[s] for s in e.scalars], e):
        value = numbers.reduce(value * s)
    if not e.chain:
        return value
    if any(type(memo[c]) is Root for c in e.chain):
        raise Inexact("a root")
    chain = fold_left(lambda x, y: numbers.reduce(x @ y), [memo[c] for c in e.chain])
    return numbers.reduce((chain[0, 0] if e.shape == SCALAR else chain) * value)


def _without_roots(values: list[Any], e: Expr) -> list[Any]:
    """The factors with pairs of one root multiplied out; Inexact for a root left alone."""
    plain = [v for v in values if type(v) is not Root]
    roots = [v for v in values if type(v) is Root]
    while roots:
        first = roots.pop()
        if not any(r is first for r in roots):
            raise Inexact(next(in_words(c) for c in e.children if type(c) is Apply))
        del roots[next(i for i, r in enumerate(roots) if r is first)]
        plain.append(first.square)
    return plain


def exponent_value(e: Expr, sizes: Mapping[str, int]) -> Fraction | None:
    """An exponent as a number where it is made of numbers and sizes only."""

    def step(node: Expr, below: list[Any]) -> Fraction | None:
        if isinstance(node, Number):
            return Fraction(node.value) if isinstance(node.value, Fraction) else None
        if isinstance(node, SizeNumber):
            return Fraction(size_value(node.size, sizes))
        if any(b is None for b in below):
            return None
        if isinstance(node, Sum):
            return sum(below, Fraction(0))
        if isinstance(node, Product) and not node.chain and isinstance(node.coefficient, Fraction):
            return fold_left(lambda x, y: x * y, below, node.coefficient)
        if isinstance(node, Power) and below[1].denominator == 1 and abs(below[1]) <= 64:
            return below[0] ** int(below[1]) if below[0] or below[1] > 0 else None
        return None

    return fold(e, step)


def _power(e: Power, memo, point: Point) -> Any:
    base, numbers = memo[e.base], point.numbers
    k = exponent_value(e.exponent, point.sizes)
    if e.shape == SCALAR:
        return numbers.raised(base, k, memo[e.exponent])
    return matrix_power(base, whole(k), numbers)


def matrix_power(base: np.ndarray, k: int, numbers: Field) -> np.ndarray:
    """A power of a square matrix by repeated squaring."""
    if k < 0:
        base, k = inverse(base, numbers), -k
    if k > MAX_RATIONAL_POWER and isinstance(numbers, Rationals):
        raise Pole
    result = np.eye(len(base), dtype=object)
    while k:
        if k & 1:
            result = numbers.reduce(result @ base)
        base, k = numbers.reduce(base @ base) if k > 1 else base, k >> 1
    return result


def _element_power(e: ElementPower, memo, point: Point) -> Any:
    k = exponent_value(e.exponent, point.sizes)
    if k is None and point.numbers.exact:
        raise Inexact("an array of exponents")
    return point.numbers.raised(memo[e.base], k, memo[e.exponent])


def inverse(a: np.ndarray, numbers: Field) -> np.ndarray:
    """The inverse by Gauss-Jordan elimination; Pole for a singular matrix."""
    return eliminate(a, numbers)[0]


def determinant(a: np.ndarray, numbers: Field) -> Any:
    """The determinant, by the same elimination."""
    try:
        return eliminate(a, numbers)[1]
    except Pole:
        return numbers.number(Fraction(0))


def eliminate(a: np.ndarray, numbers: Field) -> tuple[np.ndarray, Any]:
    """The inverse and the determinant of a square matrix."""
    n = len(a)
    work = np.concatenate([a, np.eye(n, dtype=object)], axis=1)
    determinant: Any = numbers.number(Fraction(1))
    for k in range(n):
        i = k + numbers.pivot(work[k:, k])
        if i != k:
            work[[k, i]] = work[[i, k]]
            determinant = -determinant
        pivot = work[k, k]
        determinant = numbers.reduce(determinant * pivot)
        work[k] = numbers.reduce(work[k] * numbers.reciprocal(pivot))
        factors = work[:, k].copy()
        factors[k] = 0
        work = numbers.reduce(work - factors[:, None] * work[k])
    return work[:, n:], determinant


def _differential(e: Differential, memo, point: Point) -> Any:
    if type(e.argument) is not Symbol:
        raise DomainError("the differential of an expression has to be worked out first")
    return point.directions[e.argument.name]


def _hadamard(e: Hadamard, memo, point: Point) -> Any:
    values = _without_roots([memo[f] for f in e.factors], e)
    return fold_left(lambda x, y: point.numbers.reduce(x * y), values)


def _frobenius(e: Frobenius, memo, point: Point) -> Any:
    a, b = memo[e.left], memo[e.right]
    if type(a) is Root and a is b:
        return point.numbers.reduce(np.sum(a.square))
    if type(a) is Root or type(b) is Root:
        raise Inexact("a root")
    return point.numbers.reduce(np.sum(a * b))


def _constant(fill: int) -> Callable:
    def step(e: Expr, memo, point: Point) -> np.ndarray:
        out = np.empty(numeric_shape(e.shape, point.sizes), dtype=object)
        out[:] = fill
        return out

    return step


def _selection(e: Selection, memo, point: Point) -> np.ndarray:
    n, count = numeric_shape(e.shape, point.sizes)
    start = size_total(e.start, point.sizes)
    if start < 1 or start + count - 1 > n or start.denominator != 1:
        raise Pole
    start = int(start)
    return np.eye(n, dtype=object)[:, start - 1 : start - 1 + count]


def _apply(e: Apply, memo, point: Point) -> Any:
    arguments = [memo[a] for a in e.arguments]
    if isinstance(e.function, AbstractFunction | AbstractDerivative):
        return point.functions(e, arguments, point.sizes)
    if isinstance(e.function, Mapped):
        return _by_rows(e, e.function, as_matrix(arguments[0]), point)
    numbers = point.numbers
    place = (e.function.name, len(arguments))
    step = FUNCTIONS.get(place)
    if step is not None:
        found = step(*map(as_matrix, arguments), numbers)
        return found[0, 0] if e.shape == SCALAR and isinstance(found, np.ndarray) else found
    if numbers.exact and place in _ROOTS:
        return Root(_ROOTS[place](arguments[0], numbers))
    if e.function.linear or e.function.exact or any(e.function.sizes):
        return _structural(e, arguments, point)
    return numbers.function(e, arguments)


def _by_rows(e: Apply, f: Mapped, x: np.ndarray, point: Point) -> Any:
    """rows(f) and columns(f): f of each row or column."""
    assert f.base is not None
    size = e.arguments[0].shape[0 if f.by_columns else 1]
    one = build.symbol("x", real_set((size, 1)))
    scalar = 1 in f.result_shape((build.zeros((2, 3)),))
    each = build.apply_node(f.base, (one,), SCALAR if scalar else (size, 1))
    values = []
    for row in x.T if f.by_columns else x:
        vector = row[0] if one.is_scalar else array(row, (len(row), 1))
        value = _apply(each, {one: vector}, point)
        if type(value) is Root:
            raise Inexact("a root")
        values.append(as_matrix(value)[:, 0])
    stacked = array([v for r in values for v in r], (len(values), len(values[0])))
    if e.shape == SCALAR:
        return stacked[0, 0]
    return stacked.T if f.by_columns else stacked


def as_matrix(value: Any) -> np.ndarray:
    """A value with two axes, numbers too."""
    return value if isinstance(value, np.ndarray) else array([value], SCALAR)


def _structural(e: Apply, arguments: list[Any], point: Point) -> Any:
    """A linear or constant record by its own NumPy text, where that only moves and adds entries."""
    numbers = point.numbers
    given = [
        size_value(size_of(a), point.sizes) if size else as_matrix(value)  # type: ignore[arg-type]
        for a, value, size in zip(e.arguments, arguments, e.function.sizes, strict=True)
    ]
    try:
        value = np.asarray(compiled(e.function)[0](*given))
    except (TypeError, ValueError, AttributeError, np.linalg.LinAlgError):
        # the text needs floating-point arrays
        return numbers.function(e, arguments)
    entries = value.reshape(-1).tolist()
    if all(e.function.sizes):  # a constant matrix of whole numbers
        entries = [numbers.number(Fraction(int(x))) for x in entries]
    elif value.dtype != object or any(isinstance(x, float | complex) for x in entries):
        return numbers.function(e, arguments)
    if e.shape == SCALAR:
        return numbers.reduce(entries[0])
    return numbers.reduce(array(entries, value.shape))


def _khatrirao(a: np.ndarray, b: np.ndarray, numbers: Field) -> np.ndarray:
    return numbers.reduce((a[:, None, :] * b[None, :, :]).reshape(-1, a.shape[1]))


def _adjugate(a: np.ndarray, numbers: Field) -> np.ndarray:
    inverted, det = eliminate(a, numbers)
    return numbers.reduce(inverted * det)


def _sylvester(a: np.ndarray, b: np.ndarray, c: np.ndarray, numbers: Field) -> np.ndarray:
    """The Y with A Y + Y B = C, as one linear system."""
    m, n = c.shape
    left, right = np.kron(np.eye(n, dtype=object), a), np.kron(b.T, np.eye(m, dtype=object))
    solution = inverse(numbers.reduce(left + right), numbers) @ c.T.reshape(-1)
    return numbers.reduce(solution).reshape(n, m).T


def _pseudoinverse(a: np.ndarray, numbers: Field) -> np.ndarray:
    """The pseudoinverse; of a matrix of full rank only, where numbers do not tell ranks."""
    try:
        return _of_full_rank(a, numbers)
    except Pole:
        if not numbers.ranks:
            raise
    columns, rows = _rank_factors(a, numbers)
    if not len(rows):
        return a.T
    return numbers.reduce(_of_full_rank(rows, numbers) @ _of_full_rank(columns, numbers))


def rank(a: np.ndarray, numbers: Field) -> int:
    """The rank of a matrix."""
    return len(_rank_factors(a, numbers)[1])


def _rank_factors(a: np.ndarray, numbers: Field) -> tuple[np.ndarray, np.ndarray]:
    """F and G of full rank with a = F*G, by Gauss-Jordan elimination: F has columns of a."""
    work = a.copy()
    largest = None if numbers.exact else max(abs(x) for x in a.flat)
    chosen: list[int] = []
    for j in range(a.shape[1]):
        k = len(chosen)
        try:
            i = k + numbers.pivot(work[k:, j], largest)
        except (Pole, ValueError):  # no pivot in this column, or no row left
            continue
        work[[k, i]] = work[[i, k]]
        work[k] = numbers.reduce(work[k] * numbers.reciprocal(work[k, j]))
        factors = work[:, j].copy()
        factors[k] = 0
        work = numbers.reduce(work - factors[:, None] * work[k])
        chosen.append(j)
    return a[:, chosen], work[: len(chosen)]


def _of_full_rank(a: np.ndarray, numbers: Field) -> np.ndarray:
    if a.shape[0] >= a.shape[1]:
        return numbers.reduce(inverse(numbers.reduce(a.T @ a), numbers) @ a.T)
    return numbers.reduce(a.T @ inverse(numbers.reduce(a @ a.T), numbers))


def _mean(a: np.ndarray, numbers: Field) -> Any:
    return numbers.reduce(np.sum(a) * numbers.number(Fraction(1, a.size)))


def _square_norm(a: Any, numbers: Field) -> Any:
    a = as_matrix(a)
    return numbers.reduce(np.sum(a * a))


# Rational functions by name and number of arguments: arrays and the field -> value
FUNCTIONS: dict[tuple[str, int], Callable[..., Any]] = {
    ("tr", 1): lambda a, numbers: numbers.reduce(np.trace(a)),
    ("sum", 1): lambda a, numbers: numbers.reduce(np.sum(a)),
    ("mean", 1): _mean,
    ("det", 1): determinant,
    ("adj", 1): _adjugate,
    ("frechet(adj)", 2): lambda a, e, numbers: along(_adjugate, numbers, a, e),
    ("frechet(adj)", 3): lambda a, e, f, numbers: along(_adjugate, numbers, a, e, f),
    ("frechetmatrix(adj)", 1): lambda a, numbers: matrix(_adjugate, numbers, a),
    ("frechetmatrix(adj)", 2): lambda a, e, numbers: matrix(_adjugate, numbers, a, e),
    ("khatrirao", 2): _khatrirao,
    ("pinv", 1): _pseudoinverse,
    ("sylv", 3): _sylvester,
    ("lyap", 2): lambda a, q, numbers: _sylvester(a, a.T, q, numbers),
}

# Functions whose squares are rational
_ROOTS: dict[tuple[str, int], Callable[..., Any]] = {
    ("norm2", 1): _square_norm,
    ("sqrt", 1): lambda a, numbers: a,
    ("abs", 1): lambda a, numbers: numbers.reduce(a * a),
}


_STEPS: dict[type, Callable[[Any, dict[Expr, Any], Point], Any]] = {
    Symbol: lambda e, memo, point: point.values[e.name],
    Number: lambda e, memo, point: point.numbers.number(e.value),
    SizeNumber: lambda e, memo, point: point.numbers.number(
        Fraction(size_value(e.size, point.sizes))
    ),
    Identity: lambda e, memo, point: np.eye(size_value(e.shape[0], point.sizes), dtype=object),
    Selection: _selection,
    Zeros: _constant(0),
    Ones: _constant(1),
    Sum: _sum,
    Product: _product,
    Power: _power,
    ElementPower: _element_power,
    Transpose: lambda e, memo, point: memo[e.argument].T,
    Conjugate: lambda e, memo, point: memo[e.argument],
    Inverse: lambda e, memo, point: inverse(memo[e.argument], point.numbers),
    Hadamard: _hadamard,
    Frobenius: _frobenius,
    Kronecker: lambda e, memo, point: fold_left(
        lambda x, y: point.numbers.reduce(np.kron(x, y)), [memo[f] for f in e.factors]
    ),
    Differential: _differential,
    Apply: _apply,
}

_KNOW_ROOTS = frozenset({Product, Power, ElementPower, Hadamard, Frobenius})
