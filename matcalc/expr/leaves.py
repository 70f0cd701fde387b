"""Leaves of expressions: variables, numbers, sizes, and the constant arrays."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from operator import mul
from typing import Any

from matcalc.errors import DomainError, LimitError, MatcalcError
from matcalc.expr.nodes import (
    ONE,
    Expr,
    Identity,
    Number,
    Ones,
    Selection,
    Symbol,
    Value,
    Zeros,
    node,
)
from matcalc.expr.sets import VariableSet, make_set
from matcalc.expr.sizes import AnySize, Shape, add_sizes

SCALAR: Shape = (1, 1)
EXACT_DIGITS = 12  # a decimal literal of more significant digits is an approximation: a float
MAX_EXPONENT = 4000  # of a literal
FOLD_BITS = 256  # powers of numbers up to this size are worked out


def symbol(name: str, of: VariableSet) -> Symbol:
    """A variable."""
    return node(Symbol, of.shape, name, of)


def stand_in(name: str, e: Expr) -> Symbol:
    """A variable that stands for e: what is known of e stays known where a set says it."""
    if e.shape[0] == e.shape[1] and e.shape != SCALAR:
        for fact, kind in (("pd", "SPD"), ("psd", "PSD"), ("symmetric", "Sym"), ("skew", "Skew")):
            if fact in e.facts:
                return symbol(name, make_set(kind, (e.shape[0],)))
    dims = () if e.is_scalar else e.shape
    if "complex" in e.facts:
        of = "HPD" if "hpd" in e.facts else "Herm" if "hermitian" in e.facts else "C"
        return symbol(name, make_set(of, dims if of == "C" else dims[:1]))
    return symbol(name, make_set("R+" if "positive" in e.facts else "R", dims))


def number(value: int | Fraction | float) -> Number:
    """A real number; a float of few digits is the exact decimal that it is written as."""
    if isinstance(value, float):
        if not math.isfinite(value):
            raise DomainError(f"{value} is not a number of the language")
        digits = repr(value).partition("e")[0].strip("-").replace(".", "").strip("0")
        if len(digits) <= EXACT_DIGITS:
            value = Fraction(repr(value))
    else:
        value = Fraction(value)
        if max(abs(value.numerator), value.denominator).bit_length() > 64 * FOLD_BITS:
            raise LimitError("a number of more than 16384 bits")
    return node(Number, SCALAR, value)


def combine(operation: Callable[[Value, Value], Value], a: Value, b: Value) -> Value:
    """a + b or a*b of two numbers: exact, or a float that is neither lost nor infinite."""
    if operation is mul and (a is ONE or b is ONE):
        return b if a is ONE else a
    try:
        value = operation(a, b)
    except OverflowError:
        value = math.inf
    if isinstance(value, float):
        if not math.isfinite(value) or (value == 0 and a != 0 and b != 0 and operation is mul):
            raise LimitError("a number too large or too small for floating point")
        return number(value if 1 in (a, b) else plain(value)).value
    return value


def plain(value: float) -> float:
    """A result of rounded arithmetic: 0.5000000000000001 is 0.5 where it was rounded to that."""
    short = f"{value:.14g}"
    digits = short.partition("e")[0].strip("-").replace(".", "").strip("0")
    return float(short) if len(digits) <= EXACT_DIGITS else value


def literal(text: str) -> Number:
    """The number that a decimal literal means: exact, or a float of more than 12 digits."""
    mantissa, _, exponent = text.lower().partition("e")
    digits = mantissa.replace(".", "").lstrip("0")
    if len(exponent) > 6 or abs(int(exponent or 0)) > MAX_EXPONENT:
        shown = text if len(text) <= 40 else f"{text[:40]}..."
        raise LimitError(f"the exponent of the number {shown} is beyond {MAX_EXPONENT}")
    if "." in mantissa and len(digits.rstrip("0")) > EXACT_DIGITS:
        value = float(text)
        if not math.isfinite(value) or not value:
            size = "small" if not value else "large"
            raise LimitError(f"the number {text} is too {size} for floating point")
        return number(value)
    if len(digits) > 4000:
        raise LimitError("a number of more than 4000 digits")
    return number(Fraction(text))


def identity(n: AnySize) -> Expr:
    return number(1) if n == 1 else node(Identity, (n, n))


def selection(n: AnySize, start: AnySize, count: AnySize) -> Expr:
    """eye(n)[:,start:start + count - 1]; DomainError where numbers say that it is not inside."""
    if start == 1 and count == n:
        return identity(n)
    end = add_sizes(add_sizes(start, count), 1, -1)
    low = start if isinstance(start, int) else 1
    high = end if isinstance(end, int) else low
    if low < 1 or high < low or (isinstance(n, int) and high > n):
        shown = str(start) if count == 1 else f"{start}:{end}"
        raise DomainError(
            f"the index {shown} is not within 1:{n}", hint="indices start at 1 and end at the size"
        )
    if isinstance(count, int) and count < 1:
        raise DomainError(f"the range {start}:{end} is empty")
    return node(Selection, (n, count), start)


def zeros(shape: Shape) -> Expr:
    return number(0) if shape == SCALAR else node(Zeros, shape)


def ones(shape: Shape) -> Expr:
    return number(1) if shape == SCALAR else node(Ones, shape)


def expression(value: Any) -> Expr:
    """An expression as it is; a Python number as a Number; anything else is refused."""
    if isinstance(value, Expr):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float | Fraction):
        if hasattr(value, "item") and getattr(value, "shape", None) == ():
            return expression(value.item())
        raise MatcalcError(
            f"cannot use a {type(value).__name__} in an expression",
            hint="declare a variable and give its value when evaluating",
        )
    return number(value)
