"""Differentials of a function and of its named quantities, in those of names and variables."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from matcalc.calculus import identities
from matcalc.calculus.adjoint import moves
from matcalc.calculus.conjugates import Formal, Independent, is_complex
from matcalc.calculus.cut import Plan
from matcalc.calculus.differential import local_differential, moving_nodes
from matcalc.derivation.rule import Rule
from matcalc.expr import build
from matcalc.expr.nodes import (
    Apply,
    Differential,
    ElementPower,
    Expr,
    Hadamard,
    Inverse,
    Power,
    Product,
    Sum,
    Symbol,
    Transpose,
    fold,
    number_value,
)
from matcalc.functions.abstract import AbstractDerivative, AbstractFunction, acts_by_entries
from matcalc.functions.record import Function
from matcalc.simplify.normal_form import Simplifier


class LineSimplifier(Simplifier):
    """Simplification inside a line: products only; a line's sums and Frobenius products stand."""

    def add(self, terms: Iterable[Expr]) -> Expr:
        items = list(terms)
        if any(moves(t) for t in items):
            return build.add(*items)
        return super().add(items)

    def frobenius(self, a: Expr, b: Expr) -> Expr:
        if moves(a) or moves(b):
            return build.frobenius(a, b)
        return super().frobenius(a, b)

    def apply(self, function, arguments) -> Expr:
        items = tuple(arguments)
        (first, *_) = items or (None,)
        if function.name == "sum" and first is not None and moves(first):
            found = self._frobenius_of_sum(first)
            if found is not None:
                return found
        if function.name == "tr" and first is not None and moves(first):
            return build.apply(function, *items)
        return super().apply(function, items)

    def _frobenius_of_sum(self, a: Expr) -> Expr | None:
        """sum(A.*dZ) as A : dZ."""
        number, scalars, rest = build.scalar_parts(a)
        if not isinstance(rest, Hadamard):
            return None
        moving = [f for f in rest.factors if moves(f)]
        if len(moving) != 1:
            return None
        still = build.hadamard(*(f for f in rest.factors if not moves(f)))
        self.note(identities.FROBENIUS_SUM)
        return build.multiply(number, *scalars, build.frobenius(still, moving[0]))


class Zones:
    """Differentials of the root and of the named quantities, in d of names and variables."""

    def __init__(self, cut: Plan, variables: Collection[Symbol], s: LineSimplifier):
        self.cut = cut
        self.simplifier = s
        self.names = cut.moving(variables)
        self._moving_symbols = {*variables, *self.names}

    def moving(self, e: Expr) -> dict[Expr, None]:
        return moving_nodes(e, self._moving_symbols)

    def root(self) -> tuple[Expr, tuple[Rule, ...]]:
        return self._differential(self.cut.root)

    def differential(self, n: Symbol) -> tuple[Expr, tuple[Rule, ...]]:
        return self._differential(self.cut.names[n])

    def _differential(self, e: Expr) -> tuple[Expr, tuple[Rule, ...]]:
        """d(e), expanded down to the stops, and the rules used."""
        moving = self.moving(e)
        found: dict[Expr, Expr] = {}
        rules: dict[Rule, None] = {}
        skipped = _squares(moving)
        for x in moving:
            if x in skipped:
                continue
            if isinstance(x, Symbol):
                found[x] = build.differential(x)
                continue
            local = local_differential(x, moving)
            found[x] = plug(local, found)
        for x in reversed(moving):
            if x not in skipped:
                rule = rule_of(x, moving)
                if rule is not None:
                    rules.setdefault(rule)
        self.simplifier.used.clear()
        total = found[e]
        terms = total.terms if isinstance(total, Sum) else (total,)
        simplified = build.add(*(self.simplifier(t) for t in terms))
        return simplified, (*rules, *self.simplifier.used)


def _squares(moving: Mapping[Expr, None]) -> set[Expr]:
    """Norms whose squares are differentiated as a whole."""
    return {
        e.base
        for e in moving
        if isinstance(e, Power | ElementPower)
        and number_value(e.exponent) == 2
        and isinstance(e.base, Apply)
        and isinstance(e.base.function, Function | Formal)
        and e.base.function.squared
        and not any(e.base in x.children for x in moving if x is not e)
    }


def plug(local: Expr, found: Mapping[Expr, Expr]) -> Expr:
    """A local differential with the differentials of its parts put in; the rest is not entered."""

    def step(e: Expr, children: list[Expr]) -> Expr:
        return build.rebuild(e, children)

    memo: dict[Expr, Expr] = {}
    for e in _still_parts(local):
        memo[e] = e
    for d in _differentials(local):
        memo[d] = found[d.argument]
    return fold(local, step, memo)


def _still_parts(root: Expr) -> list[Expr]:
    found, todo = [], [root]
    while todo:
        e = todo.pop()
        if not moves(e):
            found.append(e)
        elif not isinstance(e, Differential):
            todo.extend(e.children)
    return found


def _differentials(root: Expr) -> list[Differential]:
    found, todo = [], [root]
    while todo:
        e = todo.pop()
        if isinstance(e, Differential):
            found.append(e)
        elif moves(e):
            todo.extend(e.children)
    return found


def rule_of(e: Expr, moving: Mapping[Expr, None]) -> Rule | None:
    """The rule by which a node is differentiated."""
    if isinstance(e, Product):
        factors = [f for f in e.children if f in moving]
        return identities.PRODUCT if len(factors) > 1 else None
    if isinstance(e, Hadamard):
        return identities.HADAMARD if sum(f in moving for f in e.factors) > 1 else None
    if isinstance(e, Transpose):
        return identities.TRANSPOSE
    if isinstance(e, Inverse):
        return identities.INVERSE
    if isinstance(e, Power | ElementPower):
        if e.base in _squares(moving):
            f = e.base.function  # type: ignore[attr-defined]
            return identities.of_square(f.base if isinstance(f, Formal) else f)
        if isinstance(e, ElementPower):
            return identities.ELEMENTWISE
        return identities.POWER if e.is_scalar else identities.MATRIX_POWER
    if isinstance(e, Apply):
        return _rule_of_function(e)
    return None


def _rule_of_function(e: Apply) -> Rule | None:
    f = e.function
    if isinstance(f, Formal):
        f = f.base
    if isinstance(f, AbstractFunction | AbstractDerivative) and acts_by_entries(f, e.arguments):
        return identities.ELEMENTWISE
    if isinstance(f, AbstractFunction):
        scalar = f.codomain == (1, 1)
        return identities.DEFINITION_OF_GRADIENT if scalar else identities.DEFINITION_OF_JACOBIAN
    if isinstance(f, AbstractDerivative):
        known = identities.DEFINITION_OF_HESSIAN, identities.DEFINITION_OF_HIGHER
        return known[0] if f.kind == "grad" else known[1]
    if not isinstance(f, Function):
        return None
    if f.linear:
        return identities.LINEAR
    return identities.ELEMENTWISE if f.elementwise else identities.of_function(f)


def total_differential(f: Expr, variables: Collection[Symbol]) -> Expr:
    """d(f), expanded to the differentials of the variables; of complex ones also conj(d(Z))."""
    if is_complex(f, *variables):
        pairs = Independent(f, variables)
        both = (*variables, *pairs.twins.values())
        return pairs.restored(expanded_differential(pairs.function, both))
    return expanded_differential(f, variables)


def expanded_differential(f: Expr, variables: Collection[Symbol]) -> Expr:
    """d(f) of a function without conjugates of what moves."""
    zones = Zones(Plan(f), variables, LineSimplifier())
    if f not in zones.moving(f):
        return build.zeros(f.shape)
    return zones.root()[0]
