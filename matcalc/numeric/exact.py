"""Evaluation in exact arithmetic: modulo a prime, or in the rationals.

A polynomial or rational expression is a matter of +, * and 1/, so it has a value over any field.
Two that agree at a random point modulo a large prime are equal but for a tiny probability, the
degree over the prime (Schwartz, J. ACM 27 (1980); Zippel, EUROSAM 1979). One evaluation serves all
fields: arrays are NumPy arrays of Python objects with two axes, 1×1 expressions plain numbers.

What is no rational function (exp, a root, a norm) raises `Inexact`; but norm2, sqrt and abs are
kept as roots of something, since their even powers are rational again.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce as fold_left
from typing import Any, Protocol

import numpy as np

from matcalc.errors import DomainError, MatcalcError
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
    SizeNumber,
    Sum,
    Symbol,
    Transpose,
    Zeros,
    fold,
)
from matcalc.expr.sizes import Shape, size_value
from matcalc.functions.record import AbstractDerivative, AbstractFunction
from matcalc.numeric.records import compiled
from matcalc.numeric.tensors import SCALAR, numeric_shape

MAX_RATIONAL_POWER = 64  # exponents beyond which numbers over the rationals grow too long


class Pole(Exception):
    """No value at this point: a division by zero, a logarithm of a negative number."""


class Inexact(Exception):
    """The expression is not rational: says by what."""


class Field(Protocol):
    """Numbers to compute in. `ordered`: whether positive means something."""

    ordered: bool
    unit: Any  # a square root of -1, or None

    def number(self, value: Fraction | float) -> Any:
        """A number of the language."""

    def draw(self, shape: tuple[int, int]) -> np.ndarray:
        """A random array."""

    def positive(self, shape: tuple[int, int]) -> np.ndarray:
        """A random array of positive entries (of any, where there is no order)."""

    def reduce(self, value: Any) -> Any:
        """The value in normal form after sums and products."""

    def reciprocal(self, x: Any) -> Any:
        """1/x of a number; Pole for zero."""

    def power(self, x: Any, k: int) -> Any:
        """x^k of a number for k >= 0."""

    def pivot(self, column: np.ndarray) -> int:
        """The best pivot in a column; Pole where all entries are zero."""

    def function(self, name: str, e: Apply, arguments: list[Any]) -> Any:
        """The value of a function that is not rational; Inexact where there is none."""


def array(entries: Iterable[Any], shape: tuple[int, int]) -> np.ndarray:
    """An array of Python objects."""
    out = np.empty(shape[0] * shape[1], dtype=object)
    out[:] = list(entries)
    return out.reshape(shape)


def entrywise(f: Callable[[Any], Any], value: Any) -> Any:
    """f of a number, or of each entry of an array."""
    if isinstance(value, np.ndarray):
        return array(map(f, value.flat), value.shape)  # type: ignore[arg-type]
    return f(value)


class Modular:
    """Integers modulo a prime."""

    ordered = False

    def __init__(self, prime: int, rng: random.Random):
        self.prime = prime
        self.rng = rng
        self.unit = _root_of_minus_one(prime) if prime % 4 == 1 else None

    def number(self, value: Fraction | float) -> int:
        value = Fraction(value)
        return value.numerator * self.reciprocal(value.denominator) % self.prime

    def draw(self, shape: tuple[int, int]) -> np.ndarray:
        return array((self.rng.randrange(self.prime) for _ in range(shape[0] * shape[1])), shape)

    positive = draw

    def reduce(self, value: Any) -> Any:
        return value % self.prime

    def reciprocal(self, x: int) -> int:
        if x % self.prime == 0:
            raise Pole
        return pow(x, -1, self.prime)

    def power(self, x: int, k: int) -> int:
        return pow(x, k, self.prime)

    def pivot(self, column: np.ndarray) -> int:
        return _first_nonzero(column)

    def function(self, name: str, e: Apply, arguments: list[Any]) -> Any:
        raise Inexact(name)


def _root_of_minus_one(prime: int) -> int:
    """A square root of -1 modulo a prime of the form 4k + 1."""
    base = 2
    while pow(base, (prime - 1) // 2, prime) == 1:
        base += 1
    return pow(base, (prime - 1) // 4, prime)


class Rationals:
    """Exact fractions, drawn as small integers between -`reach` and `reach`."""

    ordered = True
    unit = None

    def __init__(self, rng: random.Random, reach: int = 2):
        self.rng = rng
        self.reach = reach

    def number(self, value: Fraction | float) -> Fraction:
        return Fraction(value)

    def draw(self, shape: tuple[int, int]) -> np.ndarray:
        low = 0 if self.reach < 3 else -self.reach
        return self._draw(low, shape)

    def positive(self, shape: tuple[int, int]) -> np.ndarray:
        return self._draw(1, shape)

    def _draw(self, low: int, shape: tuple[int, int]) -> np.ndarray:
        count = shape[0] * shape[1]
        return array((Fraction(self.rng.randint(low, self.reach)) for _ in range(count)), shape)

    def reduce(self, value: Any) -> Any:
        return value

    def reciprocal(self, x: Any) -> Fraction:
        if x == 0:
            raise Pole
        return 1 / Fraction(x)

    def power(self, x: Any, k: int) -> Any:
        if k > MAX_RATIONAL_POWER:
            raise Pole
        return x**k

    def pivot(self, column: np.ndarray) -> int:
        return _first_nonzero(column)

    def function(self, name: str, e: Apply, arguments: list[Any]) -> Any:
        raise Inexact(name)


def _first_nonzero(column: np.ndarray) -> int:
    for i, x in enumerate(column):
        if x != 0:
            return i
    raise Pole


@dataclass(frozen=True)
class Root:
    """The nonnegative square root of a value, known only through its square."""

    square: Any


class Jets:
    """Abstract functions with independent random values and derivatives at each point.

    There is a polynomial with any values, gradients and symmetric Hessians at finitely many points
    (Hermite interpolation), so an identity for all functions is one for all such tables.
    """

    def __init__(self, numbers: Field):
        self.numbers = numbers
        self.table: dict[tuple, Any] = {}

    def __call__(self, e: Apply, arguments: list[Any], sizes: Mapping[str, int]) -> Any:
        f = e.function
        base, by = (f.base, f.by) if isinstance(f, AbstractDerivative) else (f, ())
        flip = len(by) == 2 and by[0] > by[1]
        place = (base.name, tuple(sorted(by)), tuple(map(_key, arguments)))
        if place not in self.table:
            shape = numeric_shape(e.shape, sizes)
            value = self.numbers.draw(shape[::-1] if flip else shape)
            if len(by) == 2 and by[0] == by[1]:
                value = np.tril(value) + np.tril(value, -1).T
            self.table[place] = value
        value = self.table[place]
        return value[0, 0] if e.shape == SCALAR else value.T if flip else value


def _key(value: Any) -> Any:
    return tuple(value.flat) if isinstance(value, np.ndarray) else value


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
                raise Inexact(_name(c))
    return _STEPS[kind](e, memo, point)


def _name(e: Expr) -> str:
    return e.function.name if isinstance(e, Apply) else type(e).__name__


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
    chain = fold_left(lambda x, y: numbers.reduce(x @ y), [memo[c] for c in _rooted(e.chain, memo)])
    return numbers.reduce(value * (chain[0, 0] if e.shape == SCALAR else chain))


def _rooted(chain: tuple[Expr, ...], memo) -> tuple[Expr, ...]:
    for c in chain:
        if type(memo[c]) is Root:
            raise Inexact(_name(c))
    return chain


def _without_roots(values: list[Any], e: Expr) -> list[Any]:
    """The factors with pairs of one root multiplied out; Inexact for a root left alone."""
    plain = [v for v in values if type(v) is not Root]
    roots = [v for v in values if type(v) is Root]
    while roots:
        first = roots.pop()
        partner = next((r for r in roots if r is first), None)
        if partner is None:
            raise Inexact(next(_name(c) for c in e.children if type(c) is Apply))
        roots = [r for i, r in enumerate(roots) if i != roots.index(partner)]
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


def whole_exponent(e: Expr, sizes: Mapping[str, int]) -> int:
    """An integer exponent; Inexact for any other."""
    k = exponent_value(e, sizes)
    if k is None or k.denominator != 1:
        raise Inexact("a power that is not an integer")
    return int(k)


def _raised(base: Any, k: int, numbers: Field) -> Any:
    """base^k of a number, or of every entry."""
    if type(base) is Root:
        if k % 2:
            raise Inexact("a root")
        base, k = base.square, k // 2
    if k < 0:
        return entrywise(lambda x: numbers.power(numbers.reciprocal(x), -k), base)
    return entrywise(lambda x: numbers.power(x, k), base)


def _power(e: Power, memo, point: Point) -> Any:
    base, numbers = memo[e.base], point.numbers
    if e.shape == SCALAR:
        if hasattr(numbers, "raised"):
            return numbers.raised(base, e.exponent, memo[e.exponent], point.sizes)
        return _raised(base, whole_exponent(e.exponent, point.sizes), numbers)
    k = whole_exponent(e.exponent, point.sizes)
    if k < 0:
        base, k = inverse(base, numbers), -k
    if k > MAX_RATIONAL_POWER and isinstance(numbers, Rationals):
        raise Pole
    result = np.eye(len(base), dtype=object)
    while k:
        if k & 1:
            result = numbers.reduce(result @ base)
        base, k = numbers.reduce(base @ base), k >> 1
    return result


def _element_power(e: ElementPower, memo, point: Point) -> Any:
    numbers = point.numbers
    if hasattr(numbers, "raised"):
        return numbers.raised(memo[e.base], e.exponent, memo[e.exponent], point.sizes)
    if e.exponent.shape != SCALAR:
        raise Inexact("an array of exponents")
    return _raised(memo[e.base], whole_exponent(e.exponent, point.sizes), numbers)


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


def _apply(e: Apply, memo, point: Point) -> Any:
    arguments = [memo[a] for a in e.arguments]
    if isinstance(e.function, AbstractFunction | AbstractDerivative):
        return point.functions(e, arguments, point.sizes)
    name = e.function.name
    step = FUNCTIONS.get((name, len(arguments)))
    if step is not None:
        return step(*map(_matrix, arguments), point.numbers)
    if (name, len(arguments)) in _ROOTS and not point.numbers.ordered or not e.function.linear:
        found = _ROOTS.get((name, len(arguments)))
        if found is not None and not hasattr(point.numbers, "raised"):
            return Root(found(*arguments, point.numbers))
        return point.numbers.function(name, e, arguments)
    return _structural(e, arguments, point)


def _matrix(value: Any) -> np.ndarray:
    return value if isinstance(value, np.ndarray) else array([value], SCALAR)


def _structural(e: Apply, arguments: list[Any], point: Point) -> Any:
    """A linear record by its own NumPy text, where that only moves and adds entries."""
    name = e.function.name
    try:
        value = np.asarray(compiled(e.function)[0](*map(_matrix, arguments)))
    except MatcalcError:
        raise
    except Exception:
        return point.numbers.function(name, e, arguments)
    entries = value.reshape(-1).tolist()
    if any(isinstance(x, float | complex) for x in entries):
        return point.numbers.function(name, e, arguments)
    if e.shape == SCALAR:
        return point.numbers.reduce(entries[0])
    return point.numbers.reduce(array(entries, value.shape))  # type: ignore[arg-type]


def _adjugate(a: np.ndarray, numbers: Field) -> np.ndarray:
    inverted, det = eliminate(a, numbers)
    return numbers.reduce(inverted * det)


def _mean(a: np.ndarray, numbers: Field) -> Any:
    return numbers.reduce(np.sum(a) * numbers.number(Fraction(1, a.size)))


def _square_norm(a: Any, numbers: Field) -> Any:
    a = _matrix(a)
    return numbers.reduce(np.sum(a * a))


# Rational functions by name and number of arguments: arrays and the field -> value
FUNCTIONS: dict[tuple[str, int], Callable[..., Any]] = {
    ("tr", 1): lambda a, numbers: numbers.reduce(np.trace(a)),
    ("sum", 1): lambda a, numbers: numbers.reduce(np.sum(a)),
    ("mean", 1): _mean,
    ("det", 1): determinant,
    ("adj", 1): _adjugate,
}

# Functions whose squares are rational
_ROOTS: dict[tuple[str, int], Callable[..., Any]] = {
    ("norm2", 1): _square_norm,
    ("sqrt", 1): lambda a, numbers: a,
    ("abs", 1): lambda a, numbers: numbers.reduce(a * a),
}


def shape_of(e: Expr, sizes: Mapping[str, int]) -> Shape:
    """The shape as numbers."""
    return numeric_shape(e.shape, sizes)


_STEPS: dict[type, Callable[[Any, dict[Expr, Any], Point], Any]] = {
    Symbol: lambda e, memo, point: point.values[e.name],
    Number: lambda e, memo, point: point.numbers.number(e.value),
    SizeNumber: lambda e, memo, point: point.numbers.number(
        Fraction(size_value(e.size, point.sizes))
    ),
    Identity: lambda e, memo, point: np.eye(size_value(e.shape[0], point.sizes), dtype=object),
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
