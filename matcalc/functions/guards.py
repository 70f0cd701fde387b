"""Terms that do not count are kept where functions are defined.

A sum over i < j is one over all i and j, in which terms have a factor of 1 or 0. But 1/(x_i - x_j)
times 0 is no number for i = j, and the derivative neither: so there the argument is made 1.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from matcalc.expr import build
from matcalc.expr.nodes import (
    Apply,
    ElementPower,
    Expr,
    Power,
    fold,
    is_call,
    number_value,
    size_names,
)
from matcalc.functions.pairs import is_antisymmetric

HALF = Fraction(1, 2)  # a number at which all functions of the library are smooth


class Part(NamedTuple):
    """A part of the body, the indices that it depends on, and whether it is 1 out of the range.

    `square` is that of a norm, which is smooth where the norm is not.
    """

    value: Expr
    indices: frozenset[str]
    is_one: bool = False
    square: Expr | None = None
    root: Expr | None = None  # what that is the norm of


def guarded(
    body: Expr,
    within: Expr,
    beyond: Expr,
    indices: frozenset[str],
    different: tuple[str, str] | None = None,
) -> Expr:
    """The body with the same value where within = 1 (and beyond = 0), and with some otherwise.

    What is replaced depends on both indices and is the argument of a function that is not defined,
    or not smooth, for all numbers. If the range is that of `different` indices, what is 0 where
    they are equal has 1 added there.
    """

    def kept(x: Expr, constant: Fraction = Fraction(1), root: Expr | None = None) -> Expr:
        else_ = build.multiply(build.number(constant), beyond)
        vanishes = different is not None and is_antisymmetric(
            x if root is None else root, *different
        )
        return build.add(x if vanishes else build.multiply(within, x), else_)

    def step(e: Expr, below: list[Part]) -> Part:
        if not e.children:
            return Part(e, indices & size_names(e))
        found = frozenset().union(*(p.indices for p in below))
        value = build.rebuild(e, [p.value for p in below])
        if found != indices:
            return Part(value, found)
        if is_call(e, "norm2"):
            square = build.power(value, 2)
            inside = e.children[0]
            return Part(build.power(kept(square, root=inside), HALF), found, True, square, inside)
        if _is_plain_power(e):
            return _power(e, below[0], value)
        k = _delicate(e)
        if k is None or below[k].indices != indices or below[k].is_one:
            return Part(value, found)
        parts = [p.value for p in below]
        modulus = is_call(e, "abs")
        parts[k] = kept(parts[k], Fraction(1) if modulus else HALF)
        return Part(build.rebuild(e, parts), found, modulus)

    def _power(e: Expr, base: Part, value: Expr) -> Part:
        p = number_value(e.exponent)  # type: ignore[attr-defined]
        everywhere = p is not None and p >= 0 and p == int(p)
        if base.square is not None and p is not None:
            if everywhere and p % 2 == 0:
                return Part(build.power(base.square, p / 2), base.indices)
            root = kept(base.square, root=base.root)
            return Part(build.power(root, p / 2), base.indices, True)
        if everywhere or "positive" in base.value.facts or base.is_one:
            return Part(value, base.indices, base.is_one)
        return Part(build.rebuild(e, [kept(base.value), *e.children[1:]]), base.indices, True)

    return fold(body, step).value


def _is_plain_power(e: Expr) -> bool:
    return isinstance(e, Power | ElementPower) and e.base.is_scalar and not e.exponent.children


def _delicate(e: Expr) -> int | None:
    """Which scalar argument must not be every number; None where it may be."""
    if not isinstance(e, Apply) or not e.function.elementwise or not e.is_scalar:
        return None
    return len(e.arguments) - 1 if e.function.defined or e.function.conditions else None
