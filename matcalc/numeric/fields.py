"""Number systems to evaluate expressions in: integers modulo a prime, and the rationals.

An array is a NumPy array of Python objects with two axes, a 1×1 expression a plain number.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

import numpy as np

from matcalc.expr.nodes import Apply

MAX_RATIONAL_POWER = 64  # exponents beyond which numbers over the rationals grow too long


class Pole(Exception):
    """No value at this point: a division by zero, a logarithm of a negative number."""


class TooFar(Pole):
    """There is a value, but it takes too long, or too many digits to tell it from others."""


class Inexact(Exception):
    """The expression is not rational: says by what."""


class Field(Protocol):
    """Numbers to compute in.

    `ordered` says whether positive means something, `exact` that only rational functions exist,
    `ranks` that what is not of full rank is known for certain.
    """

    ordered: bool
    exact: bool
    ranks: bool
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

    def pivot(self, column: np.ndarray, beside: Any = None) -> int:
        """The best pivot in a column; Pole where all entries are zero (beside a number)."""

    def raised(self, base: Any, k: Fraction | None, exponent: Any) -> Any:
        """base^exponent entry by entry; k is the exponent where it is made of numbers and sizes."""

    def function(self, e: Apply, arguments: list[Any]) -> Any:
        """The value of a function that is not rational; Inexact where there is none."""


def array(entries: Iterable[Any], shape: Any) -> np.ndarray:
    """An array of Python objects."""
    out = np.empty(shape[0] * shape[1], dtype=object)
    out[:] = list(entries)
    return out.reshape(shape)


def entrywise(f: Callable[[Any], Any], value: Any) -> Any:
    """f of a number, or of each entry of an array."""
    if isinstance(value, np.ndarray):
        return array(map(f, value.flat), value.shape)
    return f(value)


class Modular:
    """Integers modulo a prime."""

    ordered = False
    exact = True
    ranks = True

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

    def pivot(self, column: np.ndarray, beside: Any = None) -> int:
        return _first_nonzero(column)

    def raised(self, base: Any, k: Fraction | None, exponent: Any) -> Any:
        return raised(base, whole(k), self)

    def function(self, e: Apply, arguments: list[Any]) -> Any:
        raise Inexact(e.function.name)


def _root_of_minus_one(prime: int) -> int:
    """A square root of -1 modulo a prime of the form 4k + 1."""
    base = 2
    while pow(base, (prime - 1) // 2, prime) == 1:
        base += 1
    return pow(base, (prime - 1) // 4, prime)


def lowest(reach: int) -> int:
    """The least of small integers up to `reach`: simple counterexamples need no negative ones."""
    return (0, 0, -1)[reach] if reach < 3 else -reach


class Rationals:
    """Exact fractions, drawn as small integers between -`reach` and `reach`."""

    ordered = True
    exact = True
    ranks = True
    unit = None

    def __init__(self, rng: random.Random, reach: int = 2):
        self.rng = rng
        self.reach = reach

    def number(self, value: Fraction | float) -> Fraction:
        return Fraction(value)

    def draw(self, shape: tuple[int, int]) -> np.ndarray:
        return self._draw(lowest(self.reach), shape)

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

    def pivot(self, column: np.ndarray, beside: Any = None) -> int:
        return _first_nonzero(column)

    def raised(self, base: Any, k: Fraction | None, exponent: Any) -> Any:
        return raised(base, whole(k), self)

    def function(self, e: Apply, arguments: list[Any]) -> Any:
        raise Inexact(e.function.name)


def _first_nonzero(column: np.ndarray) -> int:
    for i, x in enumerate(column):
        if x != 0:
            return i
    raise Pole


@dataclass(frozen=True)
class Root:
    """The nonnegative square root of a value, known only through its square."""

    square: Any


def whole(k: Fraction | None) -> int:
    """An integer exponent; Inexact for any other."""
    if k is None or k.denominator != 1:
        raise Inexact("a power that is not an integer")
    return int(k)


def raised(base: Any, k: int, numbers: Field) -> Any:
    """base^k of a number, or of every entry."""
    if type(base) is Root:
        if k % 2:
            raise Inexact("a root")
        base, k = base.square, k // 2
    if k < 0:
        return entrywise(lambda x: numbers.power(numbers.reciprocal(x), -k), base)
    return entrywise(lambda x: numbers.power(x, k), base)
