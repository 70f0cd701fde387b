"""Derivatives of the adjugate in a field, from values alone: it is a polynomial in the entries."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import prod

import numpy as np

from matcalc.numeric.fields import Field

Adjugate = Callable[[np.ndarray, Field], np.ndarray]


def along(adj: Adjugate, numbers: Field, a: np.ndarray, *directions: np.ndarray) -> np.ndarray:
    """The derivative along directions: a polynomial in a step of the first has its slope there."""
    if not directions:
        return adj(a, numbers)
    first, *others = directions
    total = a * 0
    for t, weight in _weights(len(a)):
        there = numbers.reduce(a + numbers.number(t) * first)
        total = total + numbers.number(weight) * along(adj, numbers, there, *others)
    return numbers.reduce(total)


def matrix(adj: Adjugate, numbers: Field, a: np.ndarray, *directions: np.ndarray) -> np.ndarray:
    """The matrix of the derivative in a last direction, columns stacked."""
    n = len(a)
    columns = []
    for k in range(n * n):
        unit = np.full((n, n), 0, dtype=object)
        unit[k % n, k // n] = 1
        columns.append(along(adj, numbers, a, *directions, unit).T.reshape(-1))
    return np.array(columns, dtype=object).T


def _weights(count: int) -> list[tuple[Fraction, Fraction]]:
    """Steps t, and by what values there add up to the slope at 0 of a polynomial of degree < count.

    The steps are no whole numbers, so that A + t*E is nonsingular also where E is a multiple of A.
    """
    steps = [k + Fraction(1, 3) for k in range(count)]
    found = []
    for t in steps:
        others = [x for x in steps if x != t]
        value = prod((-x / (t - x) for x in others), start=Fraction(1))
        found.append((t, value * sum((-1 / x for x in others), start=Fraction(0))))
    return found
