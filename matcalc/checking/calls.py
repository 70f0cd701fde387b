"""Edits of the functions and exponents in an answer."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from matcalc.calculus.templates import elementwise_derivative
from matcalc.checking.edits import Change, Kit
from matcalc.checking.places import Place
from matcalc.expr import build
from matcalc.expr.nodes import (
    Apply,
    ElementPower,
    Expr,
    Power,
    Sum,
    Symbol,
    number_value,
)
from matcalc.functions import lookup
from matcalc.functions.record import Function

HALF = Fraction(1, 2)

# Functions that are mistaken for each other.
FRIENDS = (
    ("sin", "cos"),
    ("sinh", "cosh"),
    ("exp", "log"),
    ("exp", "softmax"),
    ("tanh", "sigmoid"),
    ("sigmoid", "softplus"),
    ("sigmoid", "softmax"),
    ("relu", "step"),
    ("abs", "sign"),
    ("norm1", "norm2"),
    ("det", "logdet"),
    ("tr", "det"),
    ("tr", "sum"),
    ("gamma", "lgamma"),
    ("lgamma", "digamma"),
    ("sum", "mean"),
    ("logsumexp", "softmax"),
)


def derivatives(place: Place, kit: Kit) -> Iterator[Change]:
    """f where f' belongs, and a function for another that it is mistaken for."""
    e = place.node
    if not isinstance(e, Apply) or not isinstance(e.function, Function):
        return
    f = e.function
    if f.elementwise and len(f.parameters) == 1:
        slope = derivative(e)
        yield Change(slope, "derivative", f"has {f.name} where its derivative belongs", 1.0)
        # A factor f(u) that should have come along with f'(u), and the reverse.
        if place.role not in ("root", "term"):
            both = build.hadamard(e, slope)
            yield Change(both, "derivative", f"lacks the derivative of {f.name}", 1.3)
    for name in _friends(f.name):
        other = lookup(name, len(e.arguments))
        if other is not None:
            words = f"has {f.name} where {name} belongs"
            yield Change(build.apply(other, *e.arguments), "function", words, 1.2)


def derivative(e: Apply) -> Expr:
    """f'(u) entry by entry, for f(u) with f elementwise."""
    (parameter,) = e.function.parameters
    return elementwise_derivative(e.function, parameter, e.arguments)


def _friends(name: str) -> list[str]:
    return [b if a == name else a for a, b in FRIENDS if name in (a, b)]


def exponents(place: Place, kit: Kit) -> Iterator[Change]:
    """A wrong exponent, a missing square or square root."""
    e = place.node
    words = "has a wrong exponent"
    if isinstance(e, Power | ElementPower):
        p = number_value(e.exponent)
        make = _power if isinstance(e, Power) else _entrywise_power
        if p is None:
            for q in (e.exponent - 1, e.exponent + 1):
                yield Change(make(e.base, q), "exponent", words, 1.0)
            yield Change(make(e.base, -e.exponent), "exponent", words, 1.2)
            return
        for q in dict.fromkeys((p - 1, p + 1, p / 2, 2 * p, -p, p - 2, p + 2)):
            if q != 0 and (e.is_scalar or isinstance(e, ElementPower) or q == int(q)):
                yield Change(make(e.base, q), "exponent", words, 1.0 if abs(q - p) == 1 else 1.1)
        return
    if isinstance(e, Apply | Symbol | Sum) and not isinstance(place.parent, Power | ElementPower):
        yield from _raised(e, place)


def _power(base: Expr, q: Any) -> Expr:
    return build.power(*_root(base, q)) if base.is_scalar else build.power(base, q)


def _entrywise_power(base: Expr, q: Any) -> Expr:
    return build.element_power(*_root(base, q))


def _root(base: Expr, q: Any) -> tuple[Expr, Any]:
    """c^(1/2) as sqrt(c)^1, for a number as the exponent."""
    if q not in (HALF, -HALF):
        return base, q
    return build.apply(lookup("sqrt"), base), 2 * q


def _raised(e: Expr, place: Place) -> Iterator[Change]:
    """The square, the cube and the root of what has no exponent."""
    plain = isinstance(e, Symbol | Sum)
    for q in (2, 3, Fraction(1, 2)):
        if e.is_scalar or not plain or place.role != "root":
            words = {2: "lacks a square", 3: "lacks a cube"}.get(int(q), "lacks a square root")
            yield Change(build.element_power(e, q), "exponent", words, 1.2 if q == 2 else 1.35)
    if not e.is_scalar and e.shape[0] == e.shape[1]:
        for q in (2, 3):
            yield Change(build.power(e, q), "exponent", "has a wrong exponent", 1.3)


def dropped_calls(place: Place, kit: Kit) -> Iterator[Change]:
    """A function that does not belong, or one of the problem's that is missing."""
    e = place.node
    if isinstance(e, Apply) and len(e.arguments) == 1 and e.function.name != "diag":
        words = f"has a {e.function.name} too many"
        yield Change(e.arguments[0], "function", words, 1.2)
    if isinstance(e, Apply | Symbol) or place.role in ("argument", "root", "term"):
        for f in kit.functions:
            if isinstance(f, Function) and f.elementwise and f.name not in ("exp", "log"):
                yield Change(build.apply(f, e), "function", f"lacks the function {f.name}", 1.5)


FAMILIES = (derivatives, exponents, dropped_calls)
