"""Cutting a function at the quantities that a person would name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from matcalc.calculus.differential import moving_nodes
from matcalc.expr import build
from matcalc.expr.cost import cost
from matcalc.expr.nodes import (
    Apply,
    Conjugate,
    ElementPower,
    Expr,
    Inverse,
    Power,
    Product,
    Sum,
    Symbol,
    Transpose,
    postorder,
    symbols,
)
from matcalc.expr.rewrite import substitute
from matcalc.functions.abstract import AbstractFunction
from matcalc.functions.record import Function


@dataclass(frozen=True)
class Plan:
    """A function cut at its named quantities.

    root is over variables and names; `names` maps each name to its value, in earlier names and
    variables, so that an outer quantity stands after what it is made of.
    """

    root: Expr
    names: Mapping[Symbol, Expr] = field(default_factory=dict)

    def moving(self, variables: Collection[Symbol]) -> dict[Symbol, Expr]:
        """The names that depend on any of the variables, directly or by way of others."""
        symbols_that_move = set(variables)
        found: dict[Symbol, Expr] = {}
        for n, value in self.names.items():
            if not symbols_that_move.isdisjoint(symbols(value)):
                symbols_that_move.add(n)
                found[n] = value
        return found


def plan(
    root: Expr,
    variables: Collection[Symbol],
    definitions: Mapping[Symbol, Expr],
    taken: Collection[str],
) -> Plan:
    """The function with names for what a person would name.

    `definitions` are the user's own, already opaque symbols in `root`; without any that move, the
    arguments of nonlinear functions get names that are not in `taken`.
    """
    if any(set(variables) & set(postorder(v)) for v in definitions.values()):
        return Plan(root, definitions)
    moving = moving_nodes(root, variables)
    names: dict[Symbol, Expr] = {}
    replaced: dict[Expr, Expr] = {}
    used = set(taken)
    for e in _worth_naming(moving):
        value = substitute(e, dict(replaced)) if replaced else e
        s = build.stand_in(_letter(e, moving, used), e)
        used.add(s.name)
        names[s] = value
        replaced[e] = s
    if not names:
        return Plan(root, definitions)
    return Plan(substitute(root, replaced), {**definitions, **names})


def _worth_naming(moving: Mapping[Expr, None]) -> list[Expr]:
    """Arguments of nonlinear functions, and shared quantities; inner ones first."""
    uses: dict[Expr, int] = {}
    wanted: set[Expr] = set()
    for e in moving:
        for c in e.children:
            if c in moving:
                uses[c] = uses.get(c, 0) + 1
        if _nonlinear(e) and not (_elementwise(e) and _inside(e, moving)):
            wanted.update(a for a in _arguments(e) if a in moving)
    costs: dict[Expr, int] = {}
    for e, count in uses.items():
        if count > 1 and cost(e, costs) > 4:
            wanted.add(e)
    return [
        e
        for e in moving
        if e in wanted and not isinstance(e, Symbol | Transpose | Conjugate) and not _elementwise(e)
    ]


def _nonlinear(e: Expr) -> bool:
    if isinstance(e, Apply):
        f = e.function
        return not (isinstance(f, Function) and (f.linear or f.exact))
    return isinstance(e, Inverse | ElementPower) or (isinstance(e, Power) and not e.is_scalar)


def _elementwise(e: Expr) -> bool:
    """Whether e belongs to an elementwise composition: f(z), z.^2, 1 + exp(z)."""
    if isinstance(e, Apply):
        return isinstance(e.function, Function) and e.function.elementwise
    return isinstance(e, ElementPower)


def _inside(e: Expr, moving: Mapping[Expr, None]) -> bool:
    """Whether an elementwise function's argument is again an elementwise composition."""
    return all(a not in moving or _composed(a, moving) for a in _arguments(e))


def _composed(a: Expr, moving: Mapping[Expr, None]) -> bool:
    """f(...) or a sum like 1 + f(...) with one moving elementwise term."""
    if _elementwise(a):
        return True
    if isinstance(a, Sum):
        terms = [t for t in a.terms if t in moving]
        return len(terms) == 1 and _composed(terms[0], moving)
    if isinstance(a, Product) and len(a.chain) + len(a.scalars) == 1:
        return _composed(a.children[0], moving)
    return False


def _arguments(e: Expr) -> tuple[Expr, ...]:
    return e.children


def _letter(e: Expr, moving: Mapping[Expr, None], taken: set[str]) -> str:
    """A name as a person would choose it: R or r for a residual, M for a square matrix, z, t."""
    residual = isinstance(e, Sum) and any(
        isinstance(t, Product) and t.coefficient < 0 for t in e.terms
    )
    if e.is_scalar:
        choices = "t s u v"
    elif e.shape[1] == 1:
        choices = "r z u v" if residual else "z u v r"
    elif residual:
        choices = "R E D Z"
    elif any(
        isinstance(p.function, AbstractFunction)
        for p in moving
        if isinstance(p, Apply) and e in p.arguments
    ):
        choices = "D E Z"
    else:
        choices = "M N P Q" if e.shape[0] == e.shape[1] else "Z Y P Q"
    return fresh_name(choices.split(), taken)


def fresh_name(choices: Iterable[str], taken: Collection[str]) -> str:
    """The first choice that is not taken, else with a number behind it."""
    options = list(choices)
    for name in options:
        if name not in taken:
            return name
    k = 1
    while f"{options[0]}_{k}" in taken:
        k += 1
    return f"{options[0]}_{k}"
