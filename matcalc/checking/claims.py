"""A claim of a derivation: one side equals the one before it, or else what would mend it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from matcalc.checking.lines import Item
from matcalc.checking.verdict import Check, Given, Undecided
from matcalc.errors import MatcalcError
from matcalc.expr import build
from matcalc.expr.nodes import Differential, Expr, Symbol, number_value
from matcalc.expr.sizes import Shape, shape_text
from matcalc.syntax.parser import parse_expression
from matcalc.workspace import Workspace


@dataclass(frozen=True)
class Wanted:
    """A derivative that a line is about: of a function, if that is known, by a variable.

    `inner` is the name that the variable has as a part of the function; `names` are those of both.
    """

    function: Given | None
    variable: Symbol
    inner: Symbol | None = None
    names: tuple[str, str] | None = None


@dataclass(frozen=True)
class Side:
    """An expression of a chain: what it says and where; None as expression if nobody can know."""

    given: Given | None
    line: int
    gradient_of: Wanted | None = None


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
    quotients: dict[tuple[str, str], str] = field(default_factory=dict)  # names of dL/dz
    checked: int = 0
    right: Expr | None = None


class Wrong(Exception):
    """The first line that does not follow has been found."""

    def __init__(self, check: Check):
        super().__init__(check.message)
        self.check = check


def fault(item: Item, error: MatcalcError) -> Wrong:
    """A line that cannot be read is its own error."""
    message = f"line {item.line}: {error.kind}: {error.message}"
    if error.hint:
        message += f" ({error.hint})"
    return Wrong(Check(False, "wrong", None, message, None, item.line))


def read_side(state: Derived, text: str, shape: Shape | None = None) -> Given:
    """A side of an equality; sizes that it fixes hold from here on. A 0 is of the shape."""
    from matcalc.elaborate import elaborate

    text = with_quotients(state, text)
    root = parse_expression(text)
    found = elaborate(root, text, state.w.scope)
    for name, of in found.inferred.items():
        state.w.scope.declare(name, of)
    if shape is not None and number_value(found.expression) == 0:
        zeros = build.zeros(shape)
        return Given(zeros, zeros)
    return Given(found.expression, found.outline, found.names)


def with_quotients(state: Derived, text: str) -> str:
    """A text with the names of gradients that lines before have found in place of dL/dz."""
    for (f, x), name in state.quotients.items():
        quotient = rf"(?<!\w)[d∂]{re.escape(f)}\s*/\s*[d∂]{re.escape(x)}(?!\w)"
        text = re.sub(quotient, name, text)
    return text


def claim(
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
            lambda e: follows(state, before, given.in_full(e)),
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
    message = f"{opening}: {without_subject(repair.sentence)}"
    repaired = given.in_full(repair.answer)
    return Wrong(
        Check(False, "wrong", repair.text, message, right, item.line, repaired, repair.kind)
    )


def _plain(before: Given) -> Expr | None:
    """What a side should have been equal to; nothing new where that is d(phi) itself."""
    return before.full if type(before.full) is not Differential else None


def without_subject(sentence: str) -> str:
    return sentence.replace("the answer ", "it ")


def _kit(state: Derived, before: Given, given: Given):
    from matcalc.checking.edits import Kit

    sources = [before.outline, *given.names]
    if type(before.full) is Differential:
        sources += [before.full.argument, *(build.differential(v) for v in state.moving.values())]
        f = before.full.argument
        return Kit(tuple(sources), function=f, variables=tuple(state.moving.values()))
    return Kit(tuple(sources), before.outline)


def follows(state: Derived, before: Given, e: Expr) -> bool:
    """Whether an expression equals a side."""
    from matcalc.checking.closely import differs_closely
    from matcalc.numeric.verify import verify_equal

    try:
        found = verify_equal(before.full, e, tuple(state.moving.values()), seed=state.seed)
    except MatcalcError:
        return False
    return found.ok and not differs_closely(before.full, e, [*state.moving], state.seed)


def misfit(state: Derived, last: Side, item: Item, error: MatcalcError) -> Wrong:
    """A line whose shapes do not fit, with the edit of its text that makes it follow, if any."""
    from matcalc.checking.misfits import mend
    from matcalc.checking.oracle import Oracle

    assert last.given is not None
    before = last.given
    wrong = fault(item, error)
    try:
        oracle = Oracle(before.full, (), {}, tuple(state.moving.values()), state.seed)
        text = with_quotients(state, item.text)
        repair = mend(
            parse_expression(text),
            text,
            state.w.scope,
            oracle,
            lambda e: follows(state, before, e),
            state.budget,
        )
    except MatcalcError:
        return wrong
    if repair is None:
        return wrong
    message = f"{wrong.check.message}: {without_subject(repair.sentence)}"
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
