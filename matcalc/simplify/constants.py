"""Roots of numbers and of π: rational multiples of one another are like terms, √8 and √2.

A product of such roots is a rational number times the root of a whole number without square
factors, times a power of π. In a term 2/√2 is √2, and √2/2 is 1/√2.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from fractions import Fraction

from matcalc.expr import build
from matcalc.expr.nodes import ONE, Apply, Expr, Number, Power, Value, is_call, number_value

MAX_ROOT = 10**6  # of whole numbers whose square factors are looked for
MAX_EXPONENT = 40


def split(scalars: tuple[Expr, ...]) -> tuple[Fraction, Hashable, tuple[Expr, ...]]:
    """The roots among scalar factors as a rational number times what the key says; the others."""
    square = Fraction(1)
    power: Value = Fraction(0)
    rest: list[Expr] = []
    for x in scalars:
        found = _square(x)
        if found is None:
            rest.append(x)
        else:
            square, power = square * found[0], power + found[1]
    whole = square.numerator * square.denominator
    if len(rest) == len(scalars) or whole > MAX_ROOT:
        return Fraction(1), None, scalars
    factor, root = _without_squares(whole)
    return Fraction(factor, square.denominator), (root, power), tuple(rest)


def _without_squares(n: int) -> tuple[int, int]:
    """k and m with n = k²·m, and no square in m."""
    factor, root, p = 1, 1, 2
    while p * p <= n:
        while n % (p * p) == 0:
            factor, n = factor * p, n // (p * p)
        if n % p == 0:
            root, n = root * p, n // p
        p += 1
    return factor, root * n


def _square(x: Expr) -> tuple[Fraction, Value] | None:
    """The square of a root as a number and the exponent of π in it; None of anything else."""
    exponent: Value = ONE
    if isinstance(x, Power):
        value = number_value(x.exponent)
        if value is None:
            return None
        x, exponent = x.base, value
    if is_call(x, "sqrt"):
        x, exponent = x.arguments[0], exponent / 2
    number, scalars, rest = build.scalar_parts(x)
    power = 2 * exponent
    if rest is not None or power != int(power) or abs(power) > MAX_EXPONENT:
        return None
    if any(type(y) is not Apply or y.function.name != "pi" for y in scalars) or len(scalars) > 1:  # type: ignore[attr-defined]
        return None
    if not isinstance(number, Fraction) or number <= 0:
        return None
    return number ** int(power), power * len(scalars)


def reduced(coefficient: Value, scalars: Iterable[Expr]) -> tuple[Value, list[Expr]]:
    """A number and scalars with the root of a whole number on the side of the bar that is shorter.

    2/√2 is √2, and √2/2 is 1/√2.
    """
    found: list[Expr] = []
    for x in scalars:
        below = isinstance(x, Power) and number_value(x.exponent) == -1
        base, sign = (x.base, -1) if below else (x, 1)  # type: ignore[attr-defined]
        root = base.arguments[0] if is_call(base, "sqrt") else None
        if isinstance(root, Number) and isinstance(coefficient, Fraction):
            n = root.value
            side = coefficient.numerator if sign < 0 else coefficient.denominator
            if n > 1 and n == int(n) and side % int(n) == 0:
                coefficient = coefficient * n**sign
                x = build.power(base, -sign)
        found.append(x)
    return coefficient, found
