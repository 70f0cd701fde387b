"""Identities of the table about parts of a product or a sum, applied as they stand.

Neighbours in a chain, commuting factors, pairs of terms: each identity has an anchor, a part of its
left side by whose function it is found. What the anchor binds says what must stand beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING

from matcalc.derivation.rule import FORWARD, Rule
from matcalc.expr import build
from matcalc.expr.nodes import (
    ONE,
    Apply,
    ElementPower,
    Expr,
    Hadamard,
    Inverse,
    Number,
    Ones,
    Power,
    Product,
    Sum,
    Symbol,
    Transpose,
    Value,
    number_value,
    symbols,
)
from matcalc.expr.rewrite import substitute
from matcalc.simplify.patterns import Binding, matches
from matcalc.simplify.terms import key_of, parts_of, whole_of

if TYPE_CHECKING:
    from matcalc.simplify.normal_form import Simplifier

# What a statement has to hold to be found by a name that is no function's: a product without calls
# is found by the transposes in it or in its transpose.
SIGNS = {
    "+": re.compile(r".*[+-]"),
    "'": re.compile(r"(?!.*\w\().*\*"),
    "inv": re.compile(r".*(\binv\(|\^)"),
}


@dataclass(frozen=True)
class Window:
    """An identity about parts: the anchor's place among them, and what they become."""

    rule: Rule
    parts: tuple[Expr, ...]
    anchor: int
    right: Expr

    def instance(self, e: Expr, found: Binding, s: Simplifier) -> Expr:
        return s(substitute(e, dict(found.values), dict(found.sizes)))


def head(e: Expr) -> str:
    """What a part is found by: the function that it is a call of, with ' for a transpose."""
    if isinstance(e, Apply):
        return e.function.name
    if isinstance(e, Transpose):
        return head(e.argument) + "'"
    if isinstance(e, Power | ElementPower):
        return head(e.base)
    if isinstance(e, Inverse):
        return "inv"
    return "+" if isinstance(e, Sum) else ""


# Neighbours in a chain


def neighbours(chain: list[Expr], s: Simplifier) -> list[Expr] | None:
    """The chain with one run of neighbours replaced; None where no identity fits."""
    for k, f in enumerate(chain):
        for window in _chains(head(f)):
            if k < window.anchor or k - window.anchor + len(window.parts) > len(chain):
                continue
            for bound in matches(window.parts[window.anchor], f, Binding()):
                found = _run(window, chain, k, bound, s)
                if found is not None:
                    s.note(window.rule)
                    return found
    return None


def _run(
    window: Window, chain: list[Expr], k: int, bound: Binding, s: Simplifier
) -> list[Expr] | None:
    before = list(reversed(window.parts[: window.anchor]))
    after = window.parts[window.anchor + 1 :]
    left = _beside(before, chain[:k][::-1], bound, s, True)
    right = _beside(after, chain[k + 1 :], left[1], s, False) if left is not None else None
    if left is None or right is None:
        return None
    value = window.instance(window.right, right[1], s)
    return [*chain[: k - left[0]], value, *chain[k + 1 + right[0] :]]


def _beside(
    patterns: Sequence[Expr], chain: list[Expr], bound: Binding, s: Simplifier, backward: bool
) -> tuple[int, Binding] | None:
    """How many factors of the chain the patterns take, one after the other away from the anchor."""
    taken = 0
    for p in patterns:
        if all(v in bound.values for v in symbols(p)):
            wanted = substitute(p, dict(bound.values), dict(bound.sizes))
            if not isinstance(p, Symbol):
                wanted = s(wanted)
            factors = list(_chain_of(wanted))
            run = factors[::-1] if backward else factors
            if chain[taken : taken + len(run)] != run:
                return None
            taken += len(run)
            continue
        found = next(matches(p, chain[taken], bound), None) if taken < len(chain) else None
        if found is None:
            return None
        bound, taken = found, taken + 1
    return taken, bound


def _chain_of(e: Expr) -> tuple[Expr, ...]:
    return e.chain if isinstance(e, Product) and _is_pure(e) else (e,)


def _is_pure(e: Expr) -> bool:
    return isinstance(e, Product) and e.coefficient == 1 and not e.scalars


@cache
def _chains(name: str) -> tuple[Window, ...]:
    """The identities about neighbours whose anchor has a name."""
    found: list[Window] = []
    for rule, left, right in _about(name):
        if isinstance(left, Product) and _is_pure(left) and len(left.chain) > 1:
            flipped = tuple(build.transpose(f) for f in reversed(left.chain))
            found += _anchored(name, rule, left.chain, right)
            turned = isinstance(right, Product) and right.chain == flipped  # A*B is symmetric
            if not left.is_scalar and flipped != left.chain and not turned:
                found += _anchored(name, rule, flipped, build.transpose(right))
    return tuple(found)


def _anchored(name: str, rule: Rule, parts: tuple[Expr, ...], right: Expr) -> list[Window]:
    """Filed under the most telling part: a call before a sum before a transpose."""
    heads = [head(p) for p in parts]
    best = max(range(len(parts)), key=lambda k: (_telling(heads[k]), -k))
    return [Window(rule, parts, best, right)] if heads[best] == name else []


def _telling(name: str) -> int:
    return 0 if not name else 1 if name == "'" else 2 if name.startswith("+") else 3


def _about(name: str) -> tuple[tuple[Rule, Expr, Expr], ...]:
    """The directed identities that may be found by a name, read with both sides.

    Statements are read when a part of that name is first met, for reading all of them would take
    longer than most derivations.
    """
    from matcalc.simplify.table import TABLE, entrywise, sides

    sign = name.rstrip("'") or name[:1]
    rules = [r for r in TABLE if r.direction == FORWARD and sign and _mentions(r, sign)]
    return tuple((r, *sides(v)) for r in rules for v in (r, entrywise(r)) if v is not None)


@cache
def _mentions(rule: Rule, sign: str) -> bool:
    """Whether the left side of a statement names a function, or holds a sum or a transpose."""
    left = rule.statement.split(" = ")[0]
    sought = SIGNS.get(sign) or re.compile(rf".*\b{re.escape(sign)}\(")
    return sought.match(left) is not None


# Commuting factors: of a product of numbers, or entry by entry


@dataclass(frozen=True)
class Pair:
    """An identity about a power of a call and, beside it, one of something else, if anything."""

    rule: Rule
    base: Expr
    exponent: Fraction
    beside: tuple[Expr, Fraction] | None
    right: Expr

    @property
    def divides(self) -> bool:
        """Whether it is used below the bar as well: 1/(sqrt(c)*sqrt(t)) = 1/sqrt(c*t)."""
        return self.beside is not None and self.exponent > 0 and self.beside[1] > 0


class Factors:
    """Commuting factors as powers, found by their bases, or by kind of base and exponent."""

    def __init__(self, parts: Sequence[Expr]):
        self.powers = [_power(f) for f in parts]
        self.by_base: dict[Expr, list[int]] = {}
        self.by_kind: dict[tuple[object, Fraction], list[int]] = {}
        for k, (base, p) in enumerate(self.powers):
            self.by_base.setdefault(base, []).append(k)
            self.by_kind.setdefault((_kind(base), p), []).append(k)

    def may_hold(self, wanted: tuple[Expr, Fraction] | None, times: Fraction) -> bool:
        """Whether any factor may match a pattern to some power, if that is asked for."""
        if wanted is None or isinstance(wanted[0], Symbol):
            return True
        pattern, q = wanted
        return (_kind(pattern), q if times is ONE else q * times) in self.by_kind

    def candidates(self, pattern: Expr, exponent: Fraction, bound: Binding) -> Sequence[int]:
        """The places of factors that may match a pattern to some power."""
        if not isinstance(pattern, Symbol):
            return self.by_kind.get((_kind(pattern), exponent), ())
        value = bound.values.get(pattern)
        return range(len(self.powers)) if value is None else self.by_base.get(value, ())


def _kind(e: Expr) -> object:
    """What an expression and any pattern that it matches have in common, but for a variable."""
    return e.function if isinstance(e, Apply) else type(e)


def factors(parts: list[Expr], s: Simplifier) -> list[Expr] | None:
    """Commuting factors with one or two of them replaced; None where no identity fits."""
    among: Factors | None = None
    for k, f in enumerate(parts):
        for pair in _factors(head(f)):
            among = among or Factors(parts)
            base, p = among.powers[k]
            if f.is_scalar != pair.base.is_scalar:
                continue
            times = p if pair.exponent is ONE else p / pair.exponent
            if times.denominator != 1 or not (times > 0 or pair.divides):
                continue
            if not among.may_hold(pair.beside, times):
                continue
            for bound in matches(pair.base, base, Binding()):
                other = _other(pair, among, k, times, bound)
                if other is None:
                    continue
                j, found, left = other
                s.note(pair.rule)
                value = s(substitute(pair.right, dict(found.values), dict(found.sizes)))
                exponent = build.number(times)
                power = s.scalar_power if f.is_scalar else s.element_power
                rest = [x for i, x in enumerate(parts) if i not in (j, k)]
                return [power(value, exponent), *rest, *left]
    return None


def _other(
    pair: Pair, among: Factors, k: int, times: Fraction, bound: Binding
) -> tuple[int, Binding, list[Expr]] | None:
    """The place of the second factor, and what is left of it: z of z^2*sign(z) = abs(z)*z.

    The place is the first one's own where there is only one.
    """
    if pair.beside is None:
        return k, bound, []
    wanted, q = pair.beside
    needed = q * times
    for j in among.candidates(wanted, needed, bound):
        base, p = among.powers[j]
        more = isinstance(wanted, Symbol) and (p > needed > 0 or p < needed < 0)
        if j == k or not (more or p == needed) or base.is_scalar != wanted.is_scalar:
            continue
        found = next(matches(wanted, base, bound), None)
        if found is not None:
            power = build.power if base.is_scalar else build.element_power
            return j, found, [power(base, p - needed)] if more else []
    return None


def _power(f: Expr) -> tuple[Expr, Fraction]:
    if isinstance(f, Power | ElementPower):
        value = number_value(f.exponent)
        if isinstance(value, Fraction):
            return f.base, value
    return f, ONE


@cache
def _factors(name: str) -> tuple[Pair, ...]:
    """The identities about commuting factors of which one, an anchor, has a name."""
    found: list[Pair] = []
    for rule, left, right in _about(name):
        parts = _commuting(left)
        if parts is not None and 0 < len(parts) < 3:
            first, *others = sorted(parts, key=lambda p: not head(p))
            if head(first) == name:
                beside = _power(others[0]) if others else None
                found.append(Pair(rule, *_power(first), beside, right))
    return tuple(found)


def _commuting(left: Expr) -> tuple[Expr, ...] | None:
    if isinstance(left, Product) and left.is_scalar and not left.chain and left.coefficient == 1:
        return left.scalars
    if isinstance(left, Hadamard):
        return left.factors
    is_power = isinstance(left, ElementPower) or (isinstance(left, Power) and left.is_scalar)
    return (left,) if is_power and isinstance(left.children[0], Apply) else None


# Pairs of terms


def pairs(terms: list[Expr], s: Simplifier) -> list[Expr] | None:
    """The terms with two of them replaced by one: sin(z)^2 + cos(z)^2 by 1; None without such."""
    places: dict | None = None
    for i, t in enumerate(terms):
        number, scalars, chain = parts_of(t)
        for f, rest in _atoms(scalars, chain):
            for window in _pairs(head(f)):
                c, wanted = _scaled(window.parts[0])
                if wanted.is_scalar != f.is_scalar:
                    continue
                for bound in matches(wanted, f, Binding()):
                    if places is None:
                        places = {key_of(*parts_of(u)[1:]): j for j, u in enumerate(terms)}
                    d, other = _scaled(window.parts[1])
                    beside = rest(window.instance(other, bound, s))
                    e = parts_of(beside)[0]
                    j = places.get(key_of(*parts_of(beside)[1:]))
                    if j is None or j == i or parts_of(terms[j])[0] * c != e * d * number:
                        continue
                    s.note(window.rule)
                    value = rest(window.instance(window.right, bound, s))
                    merged = build.multiply(build.number(number / c), value)
                    return [merged, *(u for k, u in enumerate(terms) if k not in (i, j))]
    return None


def _atoms(scalars: tuple[Expr, ...], chain: tuple[Expr, ...]) -> Iterator:
    """Each factor that an identity may be about, and how to put another in its place."""
    for k, f in enumerate(scalars):
        around = (*scalars[:k], *scalars[k + 1 :])
        yield f, lambda e, around=around: build.multiply(*around, e, *chain)
    if len(chain) != 1:
        return
    arrays = chain[0].factors if isinstance(chain[0], Hadamard) else chain
    for k, f in enumerate(arrays):
        others = (*arrays[:k], *arrays[k + 1 :])
        yield f, lambda e, o=others: build.multiply(*scalars, build.hadamard(*o, e))


def _scaled(term: Expr) -> tuple[Value, Expr]:
    number, scalars, chain = parts_of(term)
    return number, whole_of((ONE, scalars, chain))


@cache
def _pairs(name: str) -> tuple[Window, ...]:
    """The identities about two terms of which the first is a call of a name."""
    found: list[Window] = []
    for rule, left, right in _about(name) if name.strip("+'") else ():
        if isinstance(left, Sum) and len(left.terms) == 2:
            first, second = left.terms
            lone = isinstance(second, Number | Ones) or head(_scaled(second)[1])
            bound = set(symbols(second)) <= set(symbols(first))
            if head(_scaled(first)[1]) == name and lone and bound:
                found.append(Window(rule, (first, second), 0, right))
    return tuple(found)
