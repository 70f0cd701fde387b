"""Is a person's own gradient right, and if not, what is wrong with it?

The verdict rests on slopes of the function, and then on whether the answer is equal to the engine's
own, which passed the same test: slopes do not see a digit in the ninth place, nor what happens far
away. Where the two disagree, slopes of many digits say which of both is right.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from matcalc.answer import Derivation
from matcalc.calculus.conjugates import is_complex
from matcalc.calculus.structured import CONVENTIONS, has_structure, structured_gradient
from matcalc.errors import DomainError, MatcalcError, ShapeError
from matcalc.expr import build
from matcalc.expr.nodes import Expr, Sum, Symbol, postorder
from matcalc.expr.rewrite import substitute
from matcalc.expr.sizes import shape_text
from matcalc.numeric.trials import VANISHED
from matcalc.simplify.closing import reopened
from matcalc.simplify.normal_form import simplify
from matcalc.simplify.polish import polish

if TYPE_CHECKING:
    from matcalc.checking.edits import Change, Kit
    from matcalc.checking.oracle import Oracle
    from matcalc.checking.search import Repair
    from matcalc.numeric.evaluate import Point

SECONDS = 1.2  # of the processor, for the search of a repair


@dataclass(frozen=True)
class Check:
    """The verdict on an answer or a derivation; true only if right.

    verdict: "right", "transposed", "other-convention" or "wrong". repair: the edit that makes it
    right as text, "A*X → A'*X", if one was found; `repaired` is the answer after it and `kind` the
    family that the edit belongs to. message: one sentence for a reader. right: the engine's own
    answer; of a derivation, what the line should have been equal to. line: of a derivation, the
    first line that does not follow, counted from 1.
    """

    ok: bool
    verdict: str
    repair: str | None
    message: str
    right: Expr | None
    line: int | None = None
    repaired: Expr | None = None
    kind: str | None = None

    def __bool__(self) -> bool:
        return self.ok


class Undecided(DomainError):
    """Nobody can tell whether an answer is right: it is not called wrong then."""


@dataclass(frozen=True)
class Given:
    """An answer as it was given: in full, and in the person's own names for sub-expressions."""

    full: Expr
    outline: Expr
    names: Mapping[Symbol, Expr] = field(default_factory=dict)

    def in_full(self, e: Expr) -> Expr:
        """An expression in these names, in variables alone."""
        full: dict[Expr, Expr] = {}
        for name, value in self.names.items():
            full[name] = substitute(value, dict(full))
        return substitute(e, full) if full else e


def check_answer(
    d: Derivation, answer: Expr | Given, seed: int = 0, budget: float = SECONDS
) -> Check:
    """The verdict on `answer` as the gradient, or the Jacobian, that d derived."""
    from matcalc.checking.layouts import of_array, of_complex

    require_verified(d)
    given = answer if isinstance(answer, Given) else Given(answer, answer)
    if d.kind != "gradient":
        return of_array(d, given.full, seed)
    x, convention = d.variable, d.problem.convention
    e = given.full
    doubt = None
    try:
        if e.shape == x.shape and holds(d, e, convention, seed):
            return Check(True, "right", None, f"right: {e} is the gradient", d.result)
    except Undecided as error:  # the answer has no value anywhere, but a repair may have
        doubt = error
    if is_complex(d.problem.function, x, e):
        if doubt is not None:
            raise doubt
        return of_complex(d, e, seed)
    flipped = _transposed(d, given, seed)
    if flipped is not None:
        return flipped
    for other in CONVENTIONS:
        if other != convention and has_structure(x) and not doubt and holds(d, e, other, seed):
            message = f"right in the convention {other}; in {convention} it is {d.result}"
            edit = f"{e} → {d.result}"
            return Check(
                False, "other-convention", edit, message, d.result, None, d.result, "convention"
            )
    found = _wrong(d, given, seed, budget)
    if doubt is not None and found.repair is None:
        raise doubt
    return found


def require_verified(d: Derivation) -> None:
    """Undecided unless the engine's own gradient was verified: else nobody is judged by it.

    Where both sides were 0 at all points that were drawn, the gradients are still compared, on
    both sides of their breakpoints, wherever those are.
    """
    v = d.verification
    if v is not None and not v.ok and not v.message.endswith(VANISHED):
        raise Undecided(f"the gradient could not be verified: {v.message}")


def _transposed(d: Derivation, given: Given, seed: int) -> Check | None:
    """The verdict on an answer that is right but for its layout."""
    x, e = d.variable, given.full
    if e.shape != x.shape[::-1] or e.is_scalar or "symmetric" in e.facts:
        return None
    flipped = polish(simplify(build.transpose(e)))
    if not _confirmed(d, flipped, seed):
        return None
    shown = polish(simplify(build.transpose(given.outline)))
    message = (
        f"right up to layout: the gradient has the shape of {x.name}, so transpose it: {shown}"
    )
    edit = f"{given.outline} → {shown}"
    return Check(False, "transposed", edit, message, d.result, None, flipped, "transpose")


def _wrong(d: Derivation, given: Given, seed: int, budget: float) -> Check:
    from matcalc.checking.oracle import Oracle
    from matcalc.checking.search import find_repair

    x = d.variable
    apart = _far_point(d, given.full, seed)
    oracle = Oracle(
        plain_gradient(d), (d.problem.function, given.full, x), given.names, seed=seed, also=apart
    )
    kit = kit_for(d, given)
    own = _projected(d, given)
    repair = find_repair(
        given.outline,
        kit,
        oracle,
        lambda e: _confirmed(d, given.in_full(e), seed),
        budget=budget,
        own=own,
    )
    if repair is not None:
        return repaired_check(repair, given, d.result, f"; the gradient is {d.result}")
    if given.full.shape != x.shape:
        raise ShapeError(
            f"the answer is {shape_text(given.full.shape)};"
            f" the gradient by {d.wrt} is {shape_text(x.shape)}"
        )
    known = _known(given.full, d.result, oracle)
    if not known and oracle.nearly(given.full):
        known = _where(given.full, d.result, seed)
    message = f"wrong: {known}the gradient is {d.result}"
    return Check(False, "wrong", None, message, d.result)


def _where(answer: Expr, right: Expr, seed: int) -> str:
    """Where an answer differs that is right at most points, or nearly right."""
    from matcalc.equality import compare

    return compare(answer, right, seed=seed).place("it is {left}, not {right}; ")


def _far_point(d: Derivation, answer: Expr, seed: int) -> list[Point]:
    """Where an answer of the right shape differs from the gradient, if random points hide it."""
    from matcalc.checking.closely import contradicted, in_floats

    if answer.shape != d.variable.shape:
        return []
    try:
        outcome = contradicted(d, answer, d.problem.convention, seed)
    except MatcalcError:
        return []
    return in_floats(outcome)


def repaired_check(repair: Repair, given: Given, right: Expr | None, tail: str = "") -> Check:
    """The verdict "wrong", with what would make it right."""
    repaired = given.in_full(repair.answer)
    message = f"wrong: {repair.sentence}"
    if right is not None and repaired is not right and tail:
        message += tail
    return Check(False, "wrong", repair.text, message, right, None, repaired, repair.kind)


def kit_for(d: Derivation, given: Given) -> Kit:
    """The ingredients of repairs: what the function and the right answer are made of."""
    from matcalc.checking.edits import Kit

    f, x, gradient = d.problem.function, d.variable, plain_gradient(d)
    return Kit((f, gradient, x, *given.names), gradient, function=f, variables=(x,))


def plain_gradient(d: Derivation) -> Expr:
    """The gradient in the terms that a person derives it in: inverses for pseudoinverses."""
    function = [e for e in postorder(d.problem.function) if e.children]
    return reopened(d.result, function)


def _projected(d: Derivation, given: Given) -> list[Change]:
    """For a structured variable: the answer with the structure that it should have."""
    from matcalc.checking.edits import Change
    from matcalc.numeric.hulls import HULLS

    x = d.variable
    if not has_structure(x) or given.full.shape != x.shape:
        return []
    try:
        new = structured_gradient(given.outline, x, d.problem.convention)
    except MatcalcError:
        return []
    hull = HULLS.get(x.set.kind.hull or "R")
    word = hull.word if hull is not None else "of the right structure"
    words = f"is not {word}, as the gradient by {x.name} in {x.set} is"
    return [Change(new, "structure", words, 0.9, (given.outline, new))]


def _confirmed(d: Derivation, answer: Expr, seed: int) -> bool:
    try:
        return holds(d, answer, d.problem.convention, seed)
    except MatcalcError:
        return False


def _known(answer: Expr, right: Expr, oracle: Oracle) -> str:
    """What can be said of a wrong answer that no small edit mends: which terms are right."""
    from matcalc.checking.edits import terms_of
    from matcalc.checking.places import ordinal

    if not isinstance(answer, Sum):
        return ""
    wanted = terms_of(right) or [right]
    good = [i for i, t in enumerate(answer.terms) if any(oracle.same(t, right) for right in wanted)]
    if not good or len(good) == len(answer.terms):
        return ""
    words = " and the ".join(ordinal(i) for i in good)
    verb = "term is" if len(good) == 1 else "terms are"
    return f"the {words} {verb} right, the rest is not; "


def holds(d: Derivation, answer: Expr, convention: str, seed: int) -> bool:
    """Whether an answer agrees with slopes of the function, and with the engine's gradient."""
    from matcalc.checking.closely import contradicted
    from matcalc.numeric.verify import verify_gradient

    found = verify_gradient(d.problem.function, d.by[-1], answer, convention=convention, seed=seed)
    vanished = found.message.endswith(VANISHED)  # the gradients are compared near their breakpoints
    if found.method == "not verified" and not vanished:
        raise Undecided(f"the answer cannot be checked: {found.message}")
    if is_complex(d.problem.function, d.variable, answer):
        return found.ok  # far points are drawn for real variables
    return (found.ok or vanished) and contradicted(d, answer, convention, seed) is None
