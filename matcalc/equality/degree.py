"""How large a polynomial the difference of two expressions can be: bounds found on the DAG.

They choose the prime (the chance of an accident is the degree over it) and the sizes (polynomial
identities of degree d can hold for all n×n matrices only if d >= 2n: Amitsur & Levitzki, Proc. AMS
1 (1950); with traces only if d > n: Razmyslov, Math. USSR Izv. 8 (1974)).
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from matcalc.expr.nodes import (
    Apply,
    Differential,
    ElementPower,
    Expr,
    Frobenius,
    Hadamard,
    Identity,
    Inverse,
    Kronecker,
    Ones,
    Power,
    Product,
    SizeNumber,
    Sum,
    Symbol,
    Transpose,
    fold,
    number_value,
)
from matcalc.numeric.exact import exponent_value
from matcalc.numeric.tensors import numeric_shape

Rational = tuple[int, int]  # degrees of numerator and denominator
ASSOCIATIVE = (Sum, Product, Power, Inverse, Symbol, Identity)


def rational_degree(root: Expr, sizes: Mapping[str, int]) -> Rational:
    """Bounds of the degrees of all entries, over one common denominator, in what is drawn."""

    def step(e: Expr, below: list[Rational]) -> Rational:
        return _rational(e, below, sizes)

    return fold(root, step)


def _rational(e: Expr, below: list[Rational], sizes: Mapping[str, int]) -> Rational:
    if isinstance(e, Symbol):
        n = max(numeric_shape(e.shape, sizes))
        curved = {"Orth": n, "Stiefel": n, "Unitary": n, "Simplex": 1, "Sphere": 2}
        k = curved.get(e.set.name)
        return (k, k) if k is not None else (n, 0)  # n: a polynomial of another matrix (commuting)
    if isinstance(e, Differential):
        return 1, 0
    if not below:
        return 0, 0
    if isinstance(e, Sum):
        den = sum(d for _, d in below)
        return max(n + den - d for n, d in below), den
    if isinstance(e, Product | Hadamard | Frobenius | Kronecker):
        return sum(n for n, _ in below), sum(d for _, d in below)
    (num, den) = below[0]
    if isinstance(e, Power | ElementPower):
        exponent = exponent_value(e.exponent, sizes)
        k = abs(int(exponent)) if exponent is not None else 1
        if exponent is not None and exponent < 0:
            num, den = _inverse(num, den, e, sizes)
        return num * k, den * k
    if isinstance(e, Inverse):
        return _inverse(num, den, e, sizes)
    if isinstance(e, Apply):
        n = 1
        if e.function.name in ("det", "adj", "logdet") and e.arguments:
            n = numeric_shape(e.arguments[0].shape, sizes)[0]
        return n * max(a for a, _ in below), n * sum(d for _, d in below)
    return num, den


def _inverse(num: int, den: int, e: Expr, sizes: Mapping[str, int]) -> Rational:
    """Of M/q: q adj(M)/det(M). Entrywise, over the product of all entries."""
    rows, columns = numeric_shape(e.shape, sizes)
    n = rows * columns if isinstance(e, ElementPower) else rows
    return den + (n - 1) * num, n * num


def word_degree(root: Expr) -> int:
    """The degree as a noncommutative expression: the inverse of a letter is a letter."""

    def step(e: Expr, below: list[int]) -> int:
        if isinstance(e, Symbol | Differential):
            return 1
        if not below:
            return 0
        if isinstance(e, Sum):
            return max(below)
        if isinstance(e, Power | ElementPower):
            value = number_value(e.exponent)
            return below[0] * min(abs(int(value)), 50) if value is not None else 2 * below[0]
        if isinstance(e, Product | Hadamard | Frobenius | Kronecker):
            return sum(below)
        return max(below)

    return fold(root, step)


def size_degree(root: Expr) -> int:
    """The degree as a polynomial in the size names; ones and identities count as one each."""

    def step(e: Expr, below: list[int]) -> int:
        if isinstance(e, SizeNumber | Ones | Identity):
            return 1
        if isinstance(e, Power) and below[1] and number_value(e.exponent) is None:
            return below[0] + 4  # c^n: no polynomial, but a few more sizes tell
        if isinstance(e, Apply) and e.function.name == "mean":
            return below[0] + 2
        if not below:
            return 0
        if isinstance(e, Power | ElementPower):
            value = number_value(e.exponent)
            return below[0] * min(abs(int(value)), 50) if value is not None else below[0]
        return max(below) if isinstance(e, Sum) else sum(below)

    return fold(root, step)


def associative(nodes: tuple[Expr, ...]) -> bool:
    """Whether only sums, products and inverses of general matrices occur."""
    return all(
        isinstance(e, ASSOCIATIVE) and (type(e) is not Symbol or e.set.name == "R")
        for e in nodes
        if e.shape != (1, 1) or not _plain_scalar(e)
    )


def _plain_scalar(e: Expr) -> bool:
    return not isinstance(e, Apply | Frobenius | Transpose)


def operations(nodes: tuple[Expr, ...], sizes: Mapping[str, int]) -> int:
    """About how many multiplications one evaluation takes."""
    total = 0
    for e in nodes:
        rows, columns = numeric_shape(e.shape, sizes)
        if isinstance(e, Product) and len(e.chain) > 1:
            for c in e.chain[1:]:
                r, s = numeric_shape(c.shape, sizes)
                total += rows * r * s
        elif isinstance(e, Inverse) or (isinstance(e, Power) and rows > 1):
            total += 4 * rows**3
        elif isinstance(e, Apply) and e.function.name in ("det", "adj", "logdet"):
            total += 2 * max(numeric_shape(e.arguments[0].shape, sizes)) ** 3
        total += rows * columns + 5
    return total


def magnitude(value: Any) -> Fraction:
    """The sum of the absolute values of all entries: how large a counterexample is."""
    if isinstance(value, list):
        return sum(map(magnitude, value), Fraction(0))
    return abs(Fraction(value)) if isinstance(value, int | float | Fraction) else Fraction(10**6)
