"""Identities of the table about a function, applied as they stand: f(pattern) = what is shorter.

A variable of the pattern stands for any expression of its shape that has the facts of its set; in
a product it stands for any run of neighbours. Sizes that are names are bound as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from matcalc.derivation.rule import FORWARD, Rule
from matcalc.expr import build
from matcalc.expr.nodes import (
    Apply,
    ElementPower,
    Expr,
    Identity,
    Inverse,
    Kronecker,
    Number,
    Ones,
    Power,
    Product,
    SizeNumber,
    Sum,
    Symbol,
    Transpose,
    Value,
)
from matcalc.expr.rewrite import substitute
from matcalc.expr.sizes import AnySize, Shape, Size
from matcalc.functions.record import Function

if TYPE_CHECKING:
    from matcalc.simplify.normal_form import Simplifier

CALL = re.compile(r"(\w+)\(.*\)")
PLAIN = (Apply, Inverse, Transpose, Power, ElementPower)  # whose children are matched in order


@dataclass(frozen=True)
class Binding:
    """What the variables and the size names of a pattern stand for."""

    values: dict[Expr, Expr] = field(default_factory=dict)
    sizes: dict[str, AnySize] = field(default_factory=dict)

    def with_value(self, v: Symbol, e: Expr) -> Binding | None:
        if self.values.get(v, e) is not e or not _is_member(v, e):
            return None
        sized = self.with_shape(v.shape, e.shape)
        return None if sized is None else Binding({**self.values, v: e}, sized.sizes)

    def with_shape(self, pattern: Shape, shape: Shape) -> Binding | None:
        sizes = dict(self.sizes)
        for p, d in zip(pattern, shape, strict=True):
            if isinstance(p, Size):
                if sizes.setdefault(str(p), d) != d:
                    return None
            elif p != d:
                return None
        return Binding(self.values, sizes)


def _is_member(v: Symbol, e: Expr) -> bool:
    """Whether an expression has the facts of a variable, and is real if that is."""
    return v.facts <= e.facts and ("complex" in v.facts or "complex" not in e.facts)


def applied(s: Simplifier, function: Function, items: tuple[Expr, ...]) -> Expr | None:
    """f(arguments) by the first identity whose left side it is; None without one."""
    for rule, left, right in _patterns(function.name):
        if len(left.children) != len(items):  # max(a,b) is another function than max(x)
            continue
        for found in _in_order(left.children, items, Binding()):
            s.note(rule)
            return s(substitute(right, dict(found.values), dict(found.sizes)))
    return None


def rules_applied(table: tuple[Rule, ...]) -> dict[str, list[Rule]]:
    """The identities of a table that are applied here, by the function on the left."""
    found: dict[str, list[Rule]] = {}
    for rule in table:
        call = CALL.fullmatch(rule.statement.split(" = ")[0])
        if call and rule.direction == FORWARD:
            found.setdefault(call[1], []).append(rule)
    return found


@cache
def _patterns(name: str) -> tuple[tuple[Rule, Expr, Expr], ...]:
    """Rules about a function with both sides; of numbers and, the same, of arrays by entries."""
    from matcalc.simplify.table import entrywise, sides

    found = []
    for rule in _by_function().get(name, ()):
        for variant in (rule, entrywise(rule)):
            if variant is None:
                continue
            left, right = sides(variant)
            if isinstance(left, Apply) and left.function.name == name:
                found.append((rule, left, right))
    return tuple(found)


@cache
def _by_function() -> dict[str, list[Rule]]:
    from matcalc.simplify.table import TABLE

    return rules_applied(TABLE)


def matches(pattern: Expr, e: Expr, bound: Binding) -> Iterator[Binding]:
    """Every way to read an expression as a pattern. Patterns are small: this recurses over them."""
    if isinstance(pattern, Symbol):
        found = bound.with_value(pattern, e)
        if found is not None:
            yield found
    elif (times := _multiple(pattern)) is not None:
        negative = isinstance(e, Product) and times == -1 and e.coefficient < 0
        if isinstance(e, Product) and (negative or e.coefficient == times):
            lone = build.multiply(build.number(1 / times), e)
            yield from matches(pattern.children[0], lone, bound)
    elif isinstance(pattern, Number):
        if pattern is e:
            yield bound
    elif isinstance(pattern, SizeNumber):
        found = bound.with_shape((pattern.size, 1), (e.size, 1)) if type(e) is SizeNumber else None
        if found is not None:
            yield found
    elif isinstance(pattern, Ones | Identity):
        same_kind = type(e) is type(pattern)
        found = bound.with_shape(pattern.shape, e.shape) if same_kind else None
        if found is not None:
            yield found
    elif isinstance(pattern, PLAIN):
        same = type(pattern) is type(e) and len(pattern.children) == len(e.children)
        if same and (not isinstance(pattern, Apply) or pattern.function is e.function):  # type: ignore[attr-defined]
            yield from _in_order(pattern.children, e.children, bound)
    elif isinstance(pattern, Kronecker):
        if isinstance(e, Kronecker) and len(pattern.factors) == 2:
            for k in range(1, len(e.factors)):
                halves = build.kronecker(*e.factors[:k]), build.kronecker(*e.factors[k:])
                yield from _in_order(pattern.factors, halves, bound)
    elif isinstance(pattern, Sum):
        if isinstance(e, Sum) and len(e.terms) == len(pattern.terms):
            yield from _in_order(pattern.terms, e.terms, bound)
            if len(e.terms) == 2:
                yield from _in_order(pattern.terms, e.terms[::-1], bound)
        elif isinstance(e, Sum) and len(pattern.terms) == 2:
            yield from _one_of_many(pattern, e, bound)
    elif isinstance(pattern, Product) and isinstance(e, Product):
        if not pattern.scalars and not e.scalars:
            if pattern.coefficient == e.coefficient:
                yield from _windows(pattern.chain, e.chain, bound)
        elif len(pattern.scalars) == 1 and pattern.chain:
            factor = build.product(e.coefficient / pattern.coefficient, e.scalars, ())
            for found in matches(pattern.scalars[0], factor, bound):
                yield from _windows(pattern.chain, e.chain, found)


def _one_of_many(pattern: Sum, e: Sum, bound: Binding) -> Iterator[Binding]:
    """x + (pattern) in a sum of several terms: x is all of the others."""
    for x, other in (pattern.terms, pattern.terms[::-1]):
        if isinstance(x, Symbol):
            for k, t in enumerate(e.terms):
                for found in matches(other, t, bound):
                    rest = build.add(*(u for j, u in enumerate(e.terms) if j != k))
                    yield from matches(x, rest, found)


def _multiple(pattern: Expr) -> Value | None:
    """The number in -c or 2*c; None of anything else."""
    if isinstance(pattern, Product) and pattern.coefficient != 1 and len(pattern.children) == 1:
        return pattern.coefficient if isinstance(pattern.children[0], Symbol) else None
    return None


def _in_order(
    patterns: tuple[Expr, ...], parts: tuple[Expr, ...], bound: Binding
) -> Iterator[Binding]:
    found = [bound]
    for p, e in zip(patterns, parts, strict=True):
        found = [later for b in found for later in matches(p, e, b)]
    yield from found


def _windows(
    patterns: tuple[Expr, ...], chain: tuple[Expr, ...], bound: Binding
) -> Iterator[Binding]:
    """The factors of a pattern against runs of neighbours: only variables take more than one."""
    if not patterns or len(chain) < len(patterns):
        if not patterns and not chain:
            yield bound
        return
    first, rest = patterns[0], patterns[1:]
    most = len(chain) - len(rest) if isinstance(first, Symbol) else 1
    for k in range(1, most + 1):
        for found in matches(first, build.multiply(*chain[:k]), bound):
            yield from _windows(rest, chain[k:], found)
