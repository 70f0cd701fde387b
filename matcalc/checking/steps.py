"""A hand derivation, line by line: the first line that does not follow, and what would mend it.

Each claim is an equality of two expressions at random points, differentials taken along random
directions; names stand for their definitions. A gradient is compared with slopes of the function.
"""

from __future__ import annotations

import re
from dataclasses import replace

from matcalc.checking.claims import Derived, Side, Wrong, claim, fault, misfit, read_side
from matcalc.checking.gradients import check_gradient, wanted
from matcalc.checking.lines import Item, read_lines
from matcalc.checking.verdict import SECONDS, Check, Given, Undecided
from matcalc.errors import (
    DomainError,
    LimitError,
    MatcalcError,
    NotSupportedError,
    ParseError,
    ShapeError,
)
from matcalc.expr import build
from matcalc.expr.nodes import Differential, Symbol, postorder
from matcalc.syntax.parser import parse_program
from matcalc.workspace import Workspace


def check_steps(
    text: str,
    wrt: str | Symbol | None,
    w: Workspace,
    *,
    convention: str = "projected",
    seed: int = 0,
    budget: float = SECONDS,
) -> Check:
    """The verdict on a derivation: see `matcalc.check_steps`."""
    known = frozenset({*w.scope.sets, *w.scope.functions})
    items = read_lines(text, known)
    if not items:
        raise ParseError("a derivation is expected, but there is no line", text=text, span=(0, 0))
    names = () if wrt is None else (wrt,) if isinstance(wrt, Symbol) else _split(wrt)
    state = Derived(w, names, convention, seed, budget, items)
    try:
        _prepare(state)
        _follow(state)
    except Wrong as wrong:
        return wrong.check
    if not state.checked:
        raise DomainError("the derivation has no line that claims an equality")
    lines = "every line follows" if state.checked > 1 else "the line follows"
    return Check(True, "right", None, f"right: {lines}", state.right)


def _split(wrt: str) -> tuple[str, ...]:
    return tuple(p.strip() for p in wrt.split(","))


# Reading


def _prepare(state: Derived) -> None:
    """Take in declarations and definitions, then the variables that move."""
    scope = state.w.scope
    defined: set[str] = set()
    for item in state.items:
        try:
            if item.kind == "declare":
                for s in parse_program(item.text).statements:
                    scope.add(s, item.text)
            elif item.kind == "define" and item.name not in defined:
                defined.add(item.name or "")
                if item.name not in scope.definitions:
                    line = f"{item.name} = {item.text}"
                    for s in parse_program(line).statements:
                        scope.add(s, line)
        except MatcalcError as error:
            raise fault(item, error) from None
    for item in state.items:
        if item.kind in ("define", "equal", "start") and item.text:
            _survey(state, item)
    for name in (*state.wrt, *(i.variable for i in state.items if i.variable)):
        if isinstance(name, Symbol):
            state.moving[name.name] = name
        elif name in scope.sets:
            state.moving[name] = build.symbol(name, scope.sets[name])


def _survey(state: Derived, item: Item) -> None:
    """The sizes of a line's variables, for all lines, and which variables it differentiates."""
    try:
        given = read_side(state, item.text)
    except MatcalcError:
        return  # said when its turn comes
    for e in postorder(given.full):
        if type(e) is Differential and isinstance(e.argument, Symbol):
            state.moving.setdefault(e.argument.name, e.argument)


# Following


def _follow(state: Derived) -> None:
    """Go through the claims from the top; Wrong at the first that does not hold."""
    main: Side | None = None
    aside: Side | None = None
    for item in state.items:
        try:
            found = _one(state, item, aside if item.aside else main)
        except (Undecided, NotSupportedError, LimitError) as error:  # nobody's mistake
            raise type(error)(f"line {item.line}: {error.message}", hint=error.hint) from None
        except MatcalcError as error:
            raise fault(item, error) from None
        if found is None:
            continue
        main, aside = (main, found) if item.aside else (found, None)
        given = found.given
        if given is not None and given.full.is_scalar and "differential" in given.full.facts:
            state.slope = found


def _one(state: Derived, item: Item, last: Side | None) -> Side | None:
    """What stands at the end of the chain after an item."""
    if item.kind == "define":
        return _definition(state, item)
    prime = re.fullmatch(r"(\w+)\s*['′]", item.text) if item.kind == "start" else None
    if prime and prime[1] in state.functions and state.functions[prime[1]].full.is_scalar:
        item = replace(item, kind="gradient", name=prime[1])  # f' = 2*x
    if item.kind == "start":
        return _start(state, item)
    if item.kind == "gradient":
        return Side(None, item.line, wanted(state, item))
    return _equal(state, item, last) if item.kind == "equal" else None


def _definition(state: Derived, item: Item) -> Side:
    """A name's first definition is no claim; a second is one."""
    assert item.name is not None
    if item.name in state.functions:
        return _equal(state, item, Side(state.functions[item.name], item.line))
    given = read_side(state, item.text)
    state.functions[item.name] = given
    if state.first is None and given.full.is_scalar:
        state.first = given
    return Side(given, item.line)


def _start(state: Derived, item: Item) -> Side:
    """The left-hand side of a chain; d(phi) of an unknown phi is what follows."""
    label = re.fullmatch(r"d\s*\(?\s*(\w+)\s*\)?", item.text)
    if label and label[1] in state.w.scope.functions:
        return Side(None, item.line)
    given = read_side(state, item.text)
    e = given.full
    if type(e) is Differential and isinstance(e.argument, Symbol):
        name = e.argument.name
        if name not in state.moving or (e.argument.is_scalar and _is_label(state, name)):
            return Side(None, item.line)
    if state.first is None and type(e) is Differential and e.is_scalar:
        state.first = Given(e.argument, e.argument)
    return Side(given, item.line)


def _is_label(state: Derived, name: str) -> bool:
    """Whether a name is used for nothing but its differential on the left: d(phi) = ..."""
    pattern = re.compile(rf"\b{re.escape(name)}\b|\bd{re.escape(name)}\b")
    uses = [i for i in state.items if i.text and pattern.search(i.text)]
    return all(i.kind == "start" for i in uses) and name not in state.wrt


def _equal(state: Derived, item: Item, last: Side | None) -> Side:
    if last is None:
        raise ParseError("the first line begins with =, and nothing stands before it")
    if last.given is None and last.gradient_of is not None:
        return check_gradient(state, item, last.gradient_of)
    try:
        shape = last.given.full.shape if last.given is not None else None
        given = read_side(state, item.text, shape)
    except (ShapeError, DomainError) as error:
        if last.given is not None:
            raise misfit(state, last, item, error) from None
        raise
    if last.given is None:
        return Side(given, item.line)
    return claim(state, last, given, item)
