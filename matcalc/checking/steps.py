"""A hand derivation, line by line: the first line that does not follow, and what would mend it.

Each claim is an equality of two expressions at random points, differentials taken along random
directions; names stand for their definitions. A gradient is compared with slopes of the function.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from matcalc.answer import Derivation
from matcalc.checking.lines import Item, read_lines
from matcalc.checking.reading import read
from matcalc.checking.verdict import SECONDS, Check, Given, Undecided, check_answer
from matcalc.errors import (
    DomainError,
    LimitError,
    MatcalcError,
    NotSupportedError,
    ParseError,
    ShapeError,
    UnknownNameError,
)
from matcalc.expr import build
from matcalc.expr.nodes import Differential, Expr, Symbol, postorder, symbols
from matcalc.expr.sizes import shape_text
from matcalc.syntax.parser import parse_expression, parse_program
from matcalc.workspace import Workspace


@dataclass(frozen=True)
class Side:
    """An expression of a chain: what it says and where; None as expression if nobody can know."""

    given: Given | None
    line: int
    gradient_of: tuple[Expr | None, Symbol] | None = None


@dataclass
class Derived:
    """What is known so far of a derivation that is read from the top."""

    w: Workspace
    wrt: tuple[Symbol | str, ...]
    convention: str
    seed: int
    budget: float
    items: list[Item]
    functions: dict[str, Given] = field(default_factory=dict)
    first: Given | None = None  # the function, if its name is not given
    slope: Side | None = None  # the last differential of a scalar
    moving: dict[str, Symbol] = field(default_factory=dict)
    checked: int = 0
    right: Expr | None = None


class Wrong(Exception):
    """The first line that does not follow has been found."""

    def __init__(self, check: Check):
        super().__init__(check.message)
        self.check = check


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


def _fault(item: Item, error: MatcalcError) -> Wrong:
    """A line that cannot be read is its own error."""
    message = f"line {item.line}: {error.kind}: {error.message}"
    if error.hint:
        message += f" ({error.hint})"
    return Wrong(Check(False, "wrong", None, message, None, item.line))


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
            raise _fault(item, error) from None
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
        given = _read(state, item.text)
    except MatcalcError:
        return  # said when its turn comes
    for e in postorder(given.full):
        if type(e) is Differential and isinstance(e.argument, Symbol):
            state.moving.setdefault(e.argument.name, e.argument)


def _read(state: Derived, text: str) -> Given:
    """A side of an equality; sizes that it fixes hold from here on."""
    from matcalc.elaborate import elaborate

    root = parse_expression(text)
    found = elaborate(root, text, state.w.scope)
    for name, of in found.inferred.items():
        state.w.scope.declare(name, of)
    return Given(found.expression, found.outline, found.names)


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
            raise _fault(item, error) from None
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
        return Side(None, item.line, _claimed(state, item))
    return _equal(state, item, last) if item.kind == "equal" else None


def _definition(state: Derived, item: Item) -> Side:
    """A name's first definition is no claim; a second is one."""
    assert item.name is not None
    given = _read(state, item.text)
    if item.name in state.functions:
        return _claim(state, Side(state.functions[item.name], item.line), given, item)
    state.functions[item.name] = given
    if state.first is None and given.full.is_scalar:
        state.first = given
    return Side(given, item.line)


def _start(state: Derived, item: Item) -> Side:
    """The left-hand side of a chain; d(phi) of an unknown phi is what follows."""
    label = re.fullmatch(r"d\s*\(?\s*(\w+)\s*\)?", item.text)
    if label and label[1] in state.w.scope.functions:
        return Side(None, item.line)
    given = _read(state, item.text)
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
        f, x = last.gradient_of
        if f is None:
            return _read_off(state, item, x)
        return _gradient(state, item, f, x)
    try:
        given = _read(state, item.text)
    except (ShapeError, DomainError) as error:
        if last.given is not None:
            raise _misfit(state, last, item, error) from None
        raise
    if last.given is None:
        return Side(given, item.line)
    return _claim(state, last, given, item)


def _claim(
    state: Derived, last: Side, given: Given, item: Item, moving: tuple[Symbol, ...] = ()
) -> Side:
    """Whether a side equals the one before it."""
    from matcalc.checking.closely import differs_closely
    from matcalc.numeric.verify import verify_equal

    assert last.given is not None
    state.checked += 1
    moving = moving or tuple(state.moving.values())
    found = verify_equal(last.given.full, given.full, moving, seed=state.seed)
    if given.full.shape != last.given.full.shape:
        shapes = shape_text(given.full.shape), shape_text(last.given.full.shape)
        raise _does_not_follow(state, last, given, item, "it is {}, not {}".format(*shapes))
    if found.method == "not verified":
        raise Undecided(f"this cannot be checked: {found.message}")
    if not found.ok:
        raise _does_not_follow(state, last, given, item, found.message)
    apart = differs_closely(last.given.full, given.full, [v.name for v in moving], state.seed)
    if apart:
        raise _does_not_follow(state, last, given, item, apart)
    return Side(given, item.line, last.gradient_of)


def _does_not_follow(state: Derived, last: Side, given: Given, item: Item, reason: str) -> Wrong:
    from matcalc.checking.oracle import Oracle
    from matcalc.checking.search import find_repair

    assert last.given is not None
    before = last.given
    names = {**before.names, **given.names}
    given = Given(given.full, given.outline, names)
    repair = None
    try:
        oracle = Oracle(before.full, (given.full,), names, tuple(state.moving.values()), state.seed)
        repair = find_repair(
            given.outline,
            _kit(state, before, given),
            oracle,
            lambda e: _confirmed(state, before, given.in_full(e)),
            budget=state.budget,
        )
    except MatcalcError:
        pass
    opening = f"line {item.line} does not hold"
    if last.line != item.line:
        opening = f"line {item.line} does not follow from line {last.line}"
    right = _plain(before)
    if repair is None:
        return Wrong(Check(False, "wrong", None, f"{opening}: {reason}", right, item.line))
    message = f"{opening}: {_it(repair.sentence)}"
    repaired = given.in_full(repair.answer)
    return Wrong(
        Check(False, "wrong", repair.text, message, right, item.line, repaired, repair.kind)
    )


def _plain(before: Given) -> Expr | None:
    """What a side should have been equal to; nothing new where that is d(phi) itself."""
    return before.full if type(before.full) is not Differential else None


def _it(sentence: str) -> str:
    return sentence.replace("the answer ", "it ")


def _kit(state: Derived, before: Given, given: Given):
    from matcalc.checking.edits import Kit

    sources = [before.outline, *given.names]
    if type(before.full) is Differential:
        sources += [before.full.argument, *(build.differential(v) for v in state.moving.values())]
        f = before.full.argument
        return Kit(tuple(sources), function=f, variables=tuple(state.moving.values()))
    return Kit(tuple(sources), before.outline)


def _confirmed(state: Derived, before: Given, e: Expr) -> bool:
    from matcalc.checking.closely import differs_closely
    from matcalc.numeric.verify import verify_equal

    try:
        found = verify_equal(before.full, e, tuple(state.moving.values()), seed=state.seed)
    except MatcalcError:
        return False
    return found.ok and not differs_closely(before.full, e, [*state.moving], state.seed)


def _misfit(state: Derived, last: Side, item: Item, error: MatcalcError) -> Wrong:
    """A line whose shapes do not fit, with the edit of its text that makes it follow, if any."""
    from matcalc.checking.misfits import mend
    from matcalc.checking.oracle import Oracle

    assert last.given is not None
    before = last.given
    wrong = _fault(item, error)
    try:
        oracle = Oracle(before.full, (), {}, tuple(state.moving.values()), state.seed)
        repair = mend(
            parse_expression(item.text),
            item.text,
            state.w.scope,
            oracle,
            lambda e: _confirmed(state, before, e),
            state.budget,
        )
    except MatcalcError:
        return wrong
    if repair is None:
        return wrong
    message = f"{wrong.check.message}: {_it(repair.sentence)}"
    return Wrong(
        Check(
            False,
            "wrong",
            repair.text,
            message,
            _plain(before),
            item.line,
            repair.answer,
            repair.kind,
        )
    )


# Gradients


def _claimed(state: Derived, item: Item) -> tuple[Expr | None, Symbol]:
    """The function, if it is known, and the variable that a gradient is of."""
    given = state.functions.get(item.name or "")
    if given is None and item.name and not _is_bare_label(state, item.name):
        given = _read(state, item.name)
    given = given or state.first
    if given is None and state.slope is None:
        raise Undecided("the function is not given: begin with phi = ...")
    f = given.full if given is not None else None
    name = item.variable or next(iter(state.wrt or state.moving), None)
    if isinstance(name, Symbol):
        return f, name
    found = state.moving if f is None else {s.name: s for s in symbols(f)} | state.moving
    if name is None:
        raise Undecided("the variable of the gradient is not known", hint="say it with wrt")
    if name not in found:
        raise UnknownNameError(f"{name} does not occur in the function")
    return f, found[name]


def _is_bare_label(state: Derived, name: str) -> bool:
    """Whether a name only labels the function: φ in ∂φ/∂X where phi = ... is what was written."""
    return name.isidentifier() and name not in state.w.scope.definitions


def _read_off(state: Derived, item: Item, x: Symbol) -> Side:
    """Whether a side is the gradient that the last differential says: dφ = G : dX."""
    assert state.slope is not None
    if "complex" in x.facts:
        raise NotSupportedError("a gradient by a complex variable of a function that is not given")
    given = _read(state, item.text)
    dx = build.differential(x)
    both = Given(build.frobenius(given.full, dx), build.frobenius(given.outline, dx), given.names)
    _claim(state, state.slope, both, item, (x,))
    return Side(given, item.line)


def _gradient(state: Derived, item: Item, f: Expr, x: Symbol) -> Side:
    """Whether a side is the gradient of the function."""
    state.checked += 1
    answer: Check
    try:
        d = state.w.derive(f, x, convention=state.convention, seed=state.seed)
    except MatcalcError as error:
        raise Undecided(f"the engine has no gradient to compare: {error.message}") from None
    assert isinstance(d, Derivation)
    state.right = d.result
    root = parse_expression(item.text)
    try:
        given = read(root, item.text, state.w.scope)
    except (ShapeError, DomainError) as error:
        from matcalc.checking.reading import mended

        found = mended(d, root, item.text, state.w.scope, error, state.seed, state.budget)
        if found is None:
            raise
        answer = found
    else:
        answer = check_answer(d, given, state.seed, state.budget)
        if answer:
            return Side(given, item.line)
    message = f"line {item.line}: {_it(answer.message.removeprefix('wrong: '))}"
    raise Wrong(
        Check(
            False,
            "wrong",
            answer.repair,
            message,
            answer.right,
            item.line,
            answer.repaired,
            answer.kind,
        )
    )
