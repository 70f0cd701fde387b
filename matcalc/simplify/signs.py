"""Piecewise functions of what has a known sign: abs(exp(x)) = exp(x), step(-exp(x)) = 0.

So a function that is constant has the derivative 0, and a branch that is never taken is not shown.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

from matcalc.derivation.rule import Rule
from matcalc.expr import build
from matcalc.expr.nodes import Expr, Number, Sum, Zeros
from matcalc.expr.sizes import Shape
from matcalc.simplify import identities_scalars as identities

if TYPE_CHECKING:
    from matcalc.simplify.normal_form import Simplifier

ONE = Fraction(1)
HALF = Fraction(1, 2)
Pair = tuple[Expr, Expr]


def _known(a: Expr, sign: str) -> bool:
    """Whether all entries have a sign: ">", ">=", "=", "<=" or "<" against 0."""
    if "complex" in a.facts:
        return False
    if sign == "=":
        return isinstance(a, Zeros) or (isinstance(a, Number) and a.value == 0)
    fact = "positive" if sign in "<>" else "nonnegative"
    if sign in (">", ">="):
        return fact in a.facts
    terms = a.terms if isinstance(a, Sum) else (a,)
    facts = [build.negate(t).facts for t in terms]
    return all("nonnegative" in f for f in facts) and any(fact in f for f in facts)


def _constant(s: Simplifier, value: Fraction, shape: Shape) -> Expr:
    if not value:
        return build.zeros(shape)
    ones = build.ones(shape) if shape != (1, 1) else None
    return build.number(value) if ones is None else s.product(value, (), (ones,))


_STEP = (
    (">", ONE, identities.STEP_POSITIVE),
    ("<", Fraction(0), identities.STEP_NEGATIVE),
    ("=", HALF, identities.STEP_ZERO),
)
_SIGN = (
    (">", ONE, identities.SIGN_POSITIVE),
    ("<", -ONE, identities.SIGN_NEGATIVE),
    ("=", Fraction(0), identities.SIGN_ZERO),
)


def _piece(pieces: tuple[tuple[str, Fraction, Rule], ...], s: Simplifier, a: Expr) -> Expr | None:
    """The value of a function that is constant on either side of 0."""
    for sign, value, rule in pieces:
        if _known(a, sign):
            s.note(rule)
            return _constant(s, value, a.shape)
    return None


def _modulus(s: Simplifier, a: Expr) -> Expr | None:
    return _branch(s, a, identities.ABS_OF_POSITIVE, identities.ABS_OF_NEGATIVE, s.scaled(-ONE, a))


def _rectifier(s: Simplifier, a: Expr) -> Expr | None:
    return _branch(s, a, identities.RELU_POSITIVE, identities.RELU_NEGATIVE, build.zeros(a.shape))


def _branch(s: Simplifier, a: Expr, above: Rule, below: Rule, negative: Expr) -> Expr | None:
    """What is a for a >= 0, and something else for a <= 0."""
    if _known(a, ">="):
        s.note(above)
        return a
    if _known(a, "<="):
        s.note(below)
        return negative
    return None


def _largest(s: Simplifier, a: Expr, b: Expr) -> Expr | None:
    return _known_gap(s, a, b, identities.LARGER, (a, b))


def _smallest(s: Simplifier, a: Expr, b: Expr) -> Expr | None:
    return _known_gap(s, a, b, identities.SMALLER, (b, a))


def _known_gap(s: Simplifier, a: Expr, b: Expr, rule: Rule, found: Pair) -> Expr | None:
    """The first of `found` where a - b >= 0, the second where a - b <= 0."""
    if "complex" in a.facts or "complex" in b.facts or a.shape != b.shape:
        return None
    if not s.searches((a, b)):
        return None
    gap = s.add([a, s.scaled(-ONE, b)])
    above, below = _known(gap, ">="), _known(gap, "<=")
    if not above and not below:
        return None
    s.note(rule)
    return found[0] if above else found[1]


SIGN_RULES: dict[str, Callable[..., Expr | None]] = {
    "step": partial(_piece, _STEP),
    "sign": partial(_piece, _SIGN),
    "abs": _modulus,
    "relu": _rectifier,
}
PAIR_RULES: dict[str, Callable[..., Expr | None]] = {"max": _largest, "min": _smallest}


def closed_form(s: Simplifier, name: str, items: tuple[Expr, ...]) -> Expr | None:
    """A call of a piecewise function whose branch is known; else None."""
    rule = (SIGN_RULES if len(items) == 1 else PAIR_RULES).get(name)
    return rule(s, *items) if rule is not None else None
