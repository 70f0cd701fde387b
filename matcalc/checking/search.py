"""The search for the one edit that makes an answer right, and then for two.

Candidates are made family by family at every place, tried at two random points, ranked, and the
best are confirmed. The time of the processor is bounded, so that nothing hangs; what is natural is
tried first, so that the bound seldom matters.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction

from matcalc.checking import calls, chain_rule, confusions, ingredients, structure
from matcalc.checking.edits import Candidate, Change, Edit, Kit, made
from matcalc.checking.oracle import Oracle
from matcalc.checking.places import Place, places
from matcalc.errors import MatcalcError
from matcalc.expr.nodes import Expr, Sum
from matcalc.expr.rewrite import substitute

BUDGET = 1.2  # seconds of the processor
REWRITTEN = {"missing term", "extra term"}  # together these write a term anew
SECOND_SHARE = 0.5  # of the budget that two edits have at least
NATURAL = 1.45  # the rank up to which a repair is taken before others are looked for
SMALL = 4  # numerators and denominators of a number that goes with an edit
CONFIRMED = 6  # of the best candidates, how many are put to verification

Family = Callable[[Place, Kit], Iterator[Change]]
Confirm = Callable[[Expr], bool]


@dataclass(frozen=True)
class Repair:
    """One edit or two, and the answer that they lead to."""

    edits: tuple[Edit, ...]
    answer: Expr

    @property
    def text(self) -> str:
        return "; ".join(e.text for e in self.edits)

    @property
    def kind(self) -> str:
        return " and ".join(dict.fromkeys(e.kind for e in self.edits))

    @property
    def sentence(self) -> str:
        return "; and ".join(e.sentence for e in self.edits)


class Clock:
    """Seconds of this thread: a busy machine does not change what is found."""

    def __init__(self, seconds: float):
        self.end = time.thread_time() + seconds

    def more(self, seconds: float) -> Clock:
        """The same with at least so many seconds from now."""
        self.end = max(self.end, time.thread_time() + seconds)
        return self

    @property
    def over(self) -> bool:
        return time.thread_time() > self.end


def find_repair(
    answer: Expr,
    kit: Kit,
    oracle: Oracle,
    confirm: Confirm,
    *,
    budget: float = BUDGET,
    own: Sequence[Change] = (),
) -> Repair | None:
    """The most natural repair of an answer; None if none was found in the time given.

    `own` are changes of the whole answer that the caller knows of.
    """
    clock = Clock(budget)
    ratios: dict[Expr, Fraction | None] = {answer: None}
    first: list[Candidate] = []
    hits: list[Candidate] = []
    multiples: list[tuple[Candidate, Fraction]] = []
    stages: tuple[Iterable[Candidate], ...] = (
        (*_of_root(answer, own), *_scaled(answer, oracle)),
        _candidates(answer, kit, FAMILIES, ROOT_FAMILIES),
        _candidates(answer, kit, LATER_FAMILIES, ()),
    )
    for number, stage in enumerate(stages):
        for candidate in stage:
            if clock.over:
                break
            if number == 1:
                first.append(candidate)
            if candidate.answer not in ratios:
                ratios[candidate.answer] = oracle.multiple(candidate.answer)
            c = ratios[candidate.answer]
            if c == 1:
                hits.append(candidate)
            elif c is not None:
                multiples.append((candidate, c))
        last = number == len(stages) - 1
        found = _confirmed(hits, confirm, float("inf") if last else NATURAL)
        if found is not None:
            return Repair((found.edit(),), found.answer)
    if oracle.nearly(answer):  # right at most points: two edits would be made up
        return None
    return _scaled_after(multiples, confirm) or _two_edits(
        answer, first, kit, oracle, confirm, clock.more(SECOND_SHARE * budget)
    )


def _confirmed(hits: list[Candidate], confirm: Confirm, limit: float) -> Candidate | None:
    """The most natural of the candidates, up to a limit, that stands verification."""
    tried: dict[Expr, None] = {}
    for c in sorted(hits, key=lambda c: c.rank):
        if c.rank > limit or len(tried) >= CONFIRMED:
            break
        if c.answer not in tried and confirm(c.answer):
            return c
        tried[c.answer] = None
    return None


def _scaled_after(multiples: list[tuple[Candidate, Fraction]], confirm: Confirm) -> Repair | None:
    """An edit and a small number in front of all, or a sign."""

    def rank(one: tuple[Candidate, Fraction]) -> float:
        return one[0].rank + (0 if abs(one[1]) == 1 else 0.1)

    small = [m for m in multiples if max(abs(m[1].numerator), m[1].denominator) <= SMALL]
    for candidate, c in sorted(small, key=rank)[:CONFIRMED]:
        two = made(Place(candidate.answer), structure.scaled(candidate.answer, c, 0.8))
        if confirm(two.answer):
            return Repair((candidate.edit(), two.edit()), two.answer)
    return None


FAMILIES: tuple[Family, ...] = (
    *structure.FAMILIES,
    *calls.FAMILIES,
    confusions.commuted,
    confusions.taken_symmetric,
    confusions.undifferentiated,
    chain_rule.inner_derivatives,
    chain_rule.inner_differentials,
)
LATER_FAMILIES: tuple[Family, ...] = (*ingredients.FAMILIES, chain_rule.linear_derivatives)
ROOT_FAMILIES: tuple[Family, ...] = (ingredients.lost_terms, confusions.added_up)


def _of_root(answer: Expr, changes: Iterable[Change]) -> Iterator[Candidate]:
    for change in changes:
        yield Candidate(change.new, Place(answer), change)


def _scaled(answer: Expr, oracle: Oracle) -> Iterator[Candidate]:
    """The whole answer, or one of its terms, times the number that makes it right."""
    c = oracle.ratio(answer)
    if c not in (None, 1):
        yield made(Place(answer), structure.scaled(answer, c, 0.8))
    if isinstance(answer, Sum):
        for i, t in enumerate(answer.terms):
            c = oracle.ratio(t, answer)
            if c not in (None, 1):
                place = Place(t, ((answer, i),))
                change = structure.scaled(t, c, 0.85)
                if c == -1:
                    change = next(structure.signs(place, Kit(())))
                yield made(place, change)


def _candidates(
    answer: Expr, kit: Kit, families: Sequence[Family], at_root: Sequence[Family]
) -> Iterator[Candidate]:
    """Candidates of one edit, place by place, those of the whole answer first."""
    found = list(places(answer))
    count: dict[Expr, int] = {}
    for p in found:
        count[p.node] = count.get(p.node, 0) + 1
    done: set[Expr] = set()
    for place in found:
        for family in (*families, *(() if place.way else at_root)):
            for change in _changes(family, place, kit):
                with suppress(MatcalcError, ArithmeticError):
                    yield made(place, change)
                if count[place.node] > 1 and place.node not in done:
                    yield from _everywhere(answer, place, change)
        done.add(place.node)


def _changes(family: Family, place: Place, kit: Kit) -> Iterator[Change]:
    """The changes of a family; one that does not fit itself ends it."""
    try:
        yield from family(place, kit)
    except (MatcalcError, ArithmeticError):
        return


def _everywhere(answer: Expr, place: Place, change: Change) -> Iterator[Candidate]:
    """The same change at every place that the node has."""
    try:
        new = substitute(answer, {place.node: change.new})
    except (MatcalcError, ArithmeticError):
        return
    everywhere = replace(
        change,
        words=f"{change.words} everywhere",
        penalty=change.penalty + 0.5,
        sides=(place.node, change.new),
    )
    yield Candidate(new, Place(answer), everywhere)


def _two_edits(
    answer: Expr, first: list[Candidate], kit: Kit, oracle: Oracle, confirm: Confirm, clock: Clock
) -> Repair | None:
    """A second edit after each of the first ones, the natural ones first."""
    unique = {c.answer: c for c in sorted(first, key=lambda c: -c.rank)}
    ranked = sorted(unique.values(), key=lambda c: c.rank)
    seen: set[Expr] = {answer, *unique}
    for one in ranked:
        for two in _seconds(one.answer, kit, oracle):
            if clock.over:
                return None
            if two.answer in seen:
                continue
            seen.add(two.answer)
            if {one.change.kind, two.change.kind} == REWRITTEN:
                continue
            if oracle.matches(two.answer) and confirm(two.answer):
                return Repair((one.edit(), two.edit()), two.answer)
    return None


def _seconds(answer: Expr, kit: Kit, oracle: Oracle) -> Iterator[Candidate]:
    if answer.shape == oracle.target.shape:
        yield from _scaled(answer, oracle)
    yield from _candidates(answer, kit, structure.SECOND, ROOT_FAMILIES)
