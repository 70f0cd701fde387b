"""Pieces of text that are not put together yet, and the numbers among them."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Context, Decimal, Inexact
from fractions import Fraction
from typing import Any, NamedTuple

from matcalc.expr import build
from matcalc.expr.nodes import Value

# Levels of precedence, loosest first. FRACTION is a factor, but no base of a power.
SUM, FROBENIUS, KRONECKER, ENTRYWISE, PRODUCT, FRACTION, POWER, TRANSPOSED, ATOM = range(9)

Rope = Any  # a string, or a tuple of ropes
LARGE = 10**21  # from here on a whole number of few digits is written 1e21
LONGEST = 10**15  # lengths stop here: a tree can be exponentially larger than its nodes


class Piece(NamedTuple):
    """Text in the making. If `negative`, a minus sign belongs in front."""

    rope: Rope
    length: int
    level: int
    negative: bool = False


def piece(level: int, *parts: str | Piece) -> Piece:
    """The parts, one after the other."""
    ropes = tuple(p if isinstance(p, str) else p.rope for p in parts)
    length = sum(len(p) if isinstance(p, str) else p.length for p in parts)
    return Piece(ropes, min(length, LONGEST), level)


def chained(level: int, items: Iterable[str | Piece], between: str) -> Piece:
    """The items with a separator between them."""
    return piece(level, *[part for item in items for part in (between, item)][1:])


def flatten(rope: Rope) -> str:
    """The text of a rope."""
    written: list[str] = []
    stack = [rope]
    while stack:
        top = stack.pop()
        if isinstance(top, str):
            written.append(top)
        else:
            stack.extend(reversed(top))
    return "".join(written)


# Numbers


def decimal(value: Fraction) -> str | None:
    """A number ≥ 0 as a decimal that means exactly the same, if there is one of few digits."""
    context = Context(prec=build.EXACT_DIGITS, traps=[Inexact])
    try:
        quotient = context.divide(Decimal(value.numerator), Decimal(value.denominator))
    except Inexact:
        return None
    if abs(quotient.adjusted()) > build.MAX_EXPONENT:
        return None
    text = str(quotient.normalize(context)).lower()
    return text if build.literal(text).value == value else None


def split(value: Value) -> tuple[Value, int]:
    """A number ≥ 0 as a number that is written above and one below the fraction bar."""
    if isinstance(value, float) or value.denominator == 1:
        return value, 1
    if value.denominator > 9 and decimal(value) is not None:
        return value, 1
    return Fraction(value.numerator), value.denominator


def whole(n: int) -> Piece:
    """A whole number ≥ 0; more digits than Python or the language write, in portions."""
    if n.bit_length() < 13_000:
        text = str(n)
        return Piece(text, len(text), ATOM)
    shift = "*1e300" * 10
    portions: list[str] = []
    while n.bit_length() >= 13_000:
        n, low = divmod(n, 10**3000)
        portions.append(f"{shift} + {low})")
    return piece(ATOM, "(" * len(portions), str(n), *reversed(portions))
