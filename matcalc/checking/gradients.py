"""Gradients that a derivation claims: of its function, or of what it has given a name."""

from __future__ import annotations

from dataclasses import replace

from matcalc.answer import Derivation
from matcalc.checking.claims import (
    Derived,
    Side,
    Wanted,
    Wrong,
    claim,
    follows,
    misfit,
    read_side,
    with_quotients,
    without_subject,
)
from matcalc.checking.lines import Item
from matcalc.checking.reading import read
from matcalc.checking.verdict import Check, Given, Undecided, check_answer
from matcalc.errors import (
    DomainError,
    MatcalcError,
    NotSupportedError,
    ShapeError,
    UnknownNameError,
)
from matcalc.expr import build
from matcalc.expr.nodes import Expr, Symbol, symbols
from matcalc.expr.rewrite import substitute
from matcalc.expr.sets import real_set
from matcalc.syntax.parser import parse_expression, parse_program


def wanted(state: Derived, item: Item) -> Wanted:
    """The function, if it is known, and the variable that a gradient is of."""
    given = state.functions.get(item.name or "")
    if given is None and item.name and not _is_bare_label(state, item.name):
        given = read_side(state, item.name)
    given = given or state.first
    if given is None and state.slope is None:
        raise Undecided("the function is not given: begin with phi = ...")
    name = item.variable or next(iter(state.wrt or state.moving), None)
    both = (item.name, item.variable) if item.name and item.variable else None
    if isinstance(name, Symbol):
        return Wanted(given, name)
    if given is None:
        found = state.moving
    else:
        inner = next((s for s in given.names if s.name == name), None)
        if inner is not None:
            return Wanted(given, build.symbol(inner.name, real_set(inner.shape)), inner, both)
        found = {s.name: s for s in symbols(given.full)} | state.moving
    if name is None:
        raise Undecided("the variable of the gradient is not known", hint="say it with wrt")
    if name not in found:
        raise UnknownNameError(f"{name} does not occur in the function")
    return Wanted(given, found[name], None, both)


def _is_bare_label(state: Derived, name: str) -> bool:
    """Whether a name only labels the function: φ in ∂φ/∂X where phi = ... is what was written."""
    return name.isidentifier() and name not in state.w.scope.definitions


def check_gradient(state: Derived, item: Item, asked: Wanted) -> Side:
    """Whether a side is the derivative that is wanted; it may be used as dL/dz from here on."""
    if asked.function is None:
        return _read_off(state, item, asked.variable)
    state.checked += 1
    f = _kept(asked.function, asked)
    try:
        d = state.w.derive(f, asked.variable, convention=state.convention, seed=state.seed)
    except MatcalcError as error:
        raise Undecided(f"the engine has no gradient to compare: {error.message}") from None
    assert isinstance(d, Derivation)
    state.right = d.result
    if f.is_scalar and asked.inner is None:
        side = _gradient(state, item, d)
    else:
        side = _derivative(state, item, asked, d)
    _remember(state, item, asked)
    return side


def _kept(given: Given, asked: Wanted) -> Expr:
    """An expression in variables, and in the name that takes the place of one."""
    if asked.inner is None:
        return given.full
    names = {s: v for s, v in given.names.items() if s is not asked.inner}
    return substitute(replace(given, names=names).in_full(given.outline), _as_variable(asked))


def _of_variable(given: Given, kept: Expr, asked: Wanted) -> Given:
    """An answer in the variable, with those of its names that are of that or of other variables."""
    outline = substitute(given.outline, _as_variable(asked))
    known = set(symbols(kept)) | {asked.variable}
    names: dict[Symbol, Expr] = {}
    for name, value in given.names.items():
        value = substitute(value, _as_variable(asked))
        if name is not asked.inner and set(symbols(value)) <= known | {*names}:
            names[name] = value
    return Given(kept, outline, names)


def _as_variable(asked: Wanted) -> dict[Expr, Expr]:
    return {asked.inner: asked.variable} if asked.inner is not None else {}


def _remember(state: Derived, item: Item, asked: Wanted) -> None:
    """A name for the gradient, so that lines below may have dL/dz in them."""
    if asked.names is None or asked.names in state.quotients:
        return
    name = "d{}_d{}".format(*asked.names)
    scope = state.w.scope
    if scope.declared(name) or name in scope.definitions:
        return
    line = f"{name} = {with_quotients(state, item.text)}"
    for s in parse_program(line).statements:
        scope.add(s, line)
    state.quotients[asked.names] = name


def _read_off(state: Derived, item: Item, x: Symbol) -> Side:
    """Whether a side is the gradient that the last differential says: dφ = G : dX."""
    assert state.slope is not None
    if "complex" in x.facts:
        raise NotSupportedError("a gradient by a complex variable of a function that is not given")
    given = read_side(state, item.text, x.shape)
    dx = build.differential(x)
    both = Given(build.frobenius(given.full, dx), build.frobenius(given.outline, dx), given.names)
    claim(state, state.slope, both, item, (x,))
    return Side(given, item.line)


def _gradient(state: Derived, item: Item, d: Derivation) -> Side:
    """Whether a side is the gradient of the function."""
    text = with_quotients(state, item.text)
    root = parse_expression(text)
    try:
        given = read(root, text, state.w.scope)
    except (ShapeError, DomainError) as error:
        from matcalc.checking.reading import mended

        found = mended(d, root, text, state.w.scope, error, state.seed, state.budget)
        if found is None:
            raise
        raise _wrong(item, found) from None
    answer = check_answer(d, given, state.seed, state.budget)
    if not answer:
        raise _wrong(item, answer)
    return Side(given, item.line)


def _wrong(item: Item, answer: Check) -> Wrong:
    message = f"line {item.line}: {without_subject(answer.message.removeprefix('wrong: '))}"
    return Wrong(replace(answer, verdict="wrong", message=message, line=item.line))


def _derivative(state: Derived, item: Item, asked: Wanted, d: Derivation) -> Side:
    """Whether a side is the Jacobian, or the gradient by a part of the function.

    What it says may be in terms of that part, or of what the part is made of.
    """
    assert asked.function is not None
    names = asked.function.names
    back: dict[Expr, Expr] = {b: a for a, b in _as_variable(asked).items()}
    outline = substitute(d.result, back)
    right = Given(asked.function.in_full(outline), outline, names)
    side = Side(right, item.line)
    try:
        given = read_side(state, item.text, right.full.shape)
    except (ShapeError, DomainError) as error:
        raise misfit(state, side, item, error) from None
    if given.full.shape == right.full.shape and follows(state, right, given.full):
        return Side(given, item.line)
    flipped = build.transpose(given.full)
    if flipped.shape == right.full.shape and follows(state, right, flipped):
        raise _transposed(item, given, d)
    kept = _kept(given, asked)
    if d.problem.function.is_scalar and set(symbols(kept)) <= set(symbols(d.problem.function)):
        answer = check_answer(d, _of_variable(given, kept, asked), state.seed, state.budget)
        if not answer:
            raise _wrong(item, answer)
    return claim(state, side, given, item)


def _transposed(item: Item, given: Given, d: Derivation) -> Wrong:
    """Right but for its layout."""
    flipped = build.transpose(given.outline)
    words = "has the shape of its variable"
    if d.kind == "jacobian":
        words = "has a row for an entry of the function, a column for an entry of the variable"
    message = f"line {item.line}: right up to layout: the {d.kind} {words}: {flipped}"
    edit = f"{given.outline} → {flipped}"
    return Wrong(Check(False, "wrong", edit, message, d.result, item.line, d.result, "transpose"))
