"""Trials of a claim: sizes and points are drawn at random, and drawn again where it is undefined.

A mismatch gets a second look before it counts: it may be rounding, or a kink nearby.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from matcalc.expr.nodes import Expr
from matcalc.numeric.conditions import find_conditions
from matcalc.numeric.difference import DIFFERENCES, ROUNDS, STEP
from matcalc.numeric.evaluate import Memo, Point, Undefined, run
from matcalc.numeric.sample import Survey, draw_point, draw_sizes, largest

ATTEMPTS = 40  # draws for a trial before it is given up
USUAL = 20  # of these from the sets' own draws
LOOSEST = 1e-5  # relative error that is never accepted, however uncertain the slopes are
ROUNDING = 1e-14  # relative perturbation of the point that shows how much of a mismatch is rounding
VANISHING = 1e-9  # times the largest value on the way: what is smaller may be all rounding
HEAVY_NODES, HEAVY_ENTRIES = 20_000, 40_000  # beyond these sizes one trial has to do
EPSILON = 2.2e-16
ROUNDING_FLOOR = 1.5e-14  # relative to the largest value on the way, below which nothing is judged
NOT_VERIFIED = "not verified"
VANISHED = "slopes and answer vanish, so that there is nothing to compare"

Directions = dict[str, Any]
History = list[tuple[dict[str, int], bool]]


@dataclass(frozen=True)
class Verification:
    """What verification found; true or false as a bool.

    `error` is the largest relative error seen (inf where nothing could be compared), `sizes` what
    was drawn for the size names in each trial, `conditions` what the sizes had to satisfy, and
    `message` why the answer is wrong, or why it could not be verified (then `method` is
    "not verified"), or what was left out.
    """

    ok: bool
    error: float
    method: str
    trials: int
    directions: int
    seed: int
    sizes: tuple[dict[str, int], ...] = ()
    message: str = ""
    conditions: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.ok


class Unreliable(Exception):
    """Slopes at this point are too uncertain to judge by (a kink nearby): draw another."""


@dataclass(frozen=True, slots=True)
class Residual:
    """A number that should be 0, what it is relative to, its estimated error, and its words.

    `claimed` is the size of what the claim says by itself, for one that is tried against slopes.
    """

    difference: float
    scale: float
    uncertainty: float
    words: Callable[[], str]
    claimed: float = 0.0

    @property
    def relative(self) -> float:
        return self.difference / self.scale if self.difference else 0.0

    def holds(self, tolerance: float) -> bool:
        """Whether it is 0 beyond doubt, with no second look."""
        return self.relative <= tolerance and self.uncertainty <= LOOSEST * self.scale


class Check(Protocol):
    """A claim that can be tried at a point."""

    methods: set[str]
    may_vanish: bool  # whether the claim may be tried where both of its sides are 0

    @property
    def order(self) -> tuple[Expr, ...]: ...  # what has to be defined there, children first

    @property
    def wanted(self) -> Survey: ...

    def draw_lines(
        self, rng: np.random.Generator, sizes: dict[str, int], count: int
    ) -> list[Directions]: ...

    def residuals(
        self, point: Point, memo: Memo, lines: list[Directions], step: float
    ) -> list[Residual]: ...


def refused(message: str, seed: int) -> Verification:
    """The claim is wrong without any trial."""
    return Verification(False, float("inf"), "shapes", 0, 0, seed, message=message)


def not_verified(message: str, seed: int) -> Verification:
    """Nothing is known of the claim."""
    return Verification(False, float("inf"), NOT_VERIFIED, 0, 0, seed, message=message)


@dataclass(frozen=True, slots=True)
class Trial:
    """One point: its sizes, the largest relative error there, and what is wrong, if anything."""

    sizes: dict[str, int]
    error: float
    failure: str


def try_out(
    check: Check, seed: int, trials: int, directions: int, tolerance: float
) -> Verification:
    """Tries a claim at several points of different sizes."""
    history: History = []
    done: list[Trial] = []
    reason = ""
    for number in range(trials):
        trial = _trial(check, [seed % 2**63, number], directions, tolerance, history)
        if isinstance(trial, str):
            reason = trial
            break
        done.append(trial)
        if _is_heavy(check.wanted, trial.sizes):
            trials, directions = 1, min(directions, 1)
        if trial.failure or len(done) >= trials:
            break
    if not done:
        return not_verified(reason, seed)
    failure = done[-1].failure
    return Verification(
        ok=not failure,
        error=max(t.error for t in done),
        method=" and ".join(sorted(check.methods, reverse=True)) or "values",
        trials=len(done),
        directions=directions,
        seed=seed,
        sizes=tuple(t.sizes for t in done),
        message=failure,
        conditions=() if failure else _conditions(check, seed, history),
    )


def _is_heavy(wanted: Survey, sizes: dict[str, int]) -> bool:
    return wanted.nodes > HEAVY_NODES or largest(wanted, sizes) > HEAVY_ENTRIES


def _trial(
    check: Check, seed: list[int], directions: int, tolerance: float, history: History
) -> Trial | str:
    """A claim at the first point that will do; in words why there is none."""
    reason = ""
    for attempt in range(ATTEMPTS):
        rng = np.random.default_rng([*seed, attempt])
        order = (-1, 1)[seed[-1]] if attempt == 0 and seed[-1] < 2 else 0
        try:
            sizes = draw_sizes(check.wanted, rng, order)
            point, memo = _draw(check, rng, sizes, history, attempt >= USUAL)
            return _judge(check, point, memo, rng, directions, tolerance)
        except Undefined as undefined:
            reason = f"no valid draw: {undefined}"
        except Unreliable as unreliable:
            reason = f"no valid draw: {unreliable}"
    return reason


def _draw(
    check: Check,
    rng: np.random.Generator,
    sizes: dict[str, int],
    history: History,
    wide: bool = False,
) -> tuple[Point, Memo]:
    """A point and all values there; Undefined is noted in the history."""
    point = draw_point(check.wanted, rng, sizes, wide)
    memo: Memo = {}
    try:
        run(check.order, memo, point)
    except Undefined:
        history.append((sizes, False))
        raise
    history.append((sizes, True))
    return point, memo


def _judge(
    check: Check,
    point: Point,
    memo: Memo,
    rng: np.random.Generator,
    directions: int,
    tolerance: float,
) -> Trial:
    """Whether the claim holds at a point, up to rounding and the uncertainty of differences."""
    if _is_heavy(check.wanted, point.sizes):
        directions = min(directions, 1)
    lines = check.draw_lines(rng, point.sizes, directions)
    found = check.residuals(point, memo, lines, STEP)
    if not check.may_vanish and not any(r.scale for r in found):
        raise Unreliable(VANISHED)
    if all(r.holds(tolerance) for r in found):
        return Trial(point.sizes, max(r.relative for r in found), "")
    return _second_look(check, point, memo, rng, lines, found, tolerance)


def _second_look(check, point, memo, rng, lines, found, tolerance) -> Trial:
    """Whether a mismatch is rounding, a kink nearby, or an error of the claim."""
    noises, spreads = _rounding(check, point, rng, lines, found)
    finer = found
    if DIFFERENCES in check.methods:
        finer = check.residuals(point, memo, lines, STEP / 8)
    magnitude = max(float(np.max(abs(v))) for v in memo.values())
    errors = [0.0]
    for r, noise, spread, f in zip(found, noises, spreads, finer, strict=True):
        if DIFFERENCES in check.methods:  # rounding of values over the smallest step
            noise = max(noise, 8 * EPSILON * magnitude / (STEP / 2**ROUNDS))
        tiny = r.difference <= noise and r.scale <= VANISHING * magnitude
        if tiny and r.claimed <= spread:
            continue  # both sides are 0, up to rounding
        doubt = max(r.uncertainty, abs(f.difference - r.difference))
        if doubt > LOOSEST * r.scale:
            raise Unreliable("slopes are too uncertain, as they are near a kink")
        errors.append(r.relative)
        allowed = max(tolerance, min(LOOSEST, max(10 * r.uncertainty, noise) / r.scale))
        if r.relative > allowed:
            if r.difference <= max(noise, ROUNDING_FLOOR * magnitude):
                raise Unreliable("rounding errors are too large to judge")
            where = ", ".join(f"{n} = {k}" for n, k in point.sizes.items())
            at = f" (at {where})" if where else ""
            return Trial(point.sizes, max(errors), r.words() + at)
    return Trial(point.sizes, max(errors), "")


def _rounding(check, point, rng, lines, found) -> tuple[list[float], list[float]]:
    """What rounding does to each residual, and to what the claim says by itself: seen from how
    they vary with the last digits."""
    noises, spreads = [0.0 for _ in found], [0.0 for _ in found]
    for _ in range(3):
        values = {
            name: v * (1 + ROUNDING * rng.uniform(-1.0, 1.0, np.shape(v)))
            for name, v in point.values.items()
        }
        near = replace(point, values=values)
        memo: Memo = {}
        run(check.order, memo, near)
        for k, r in enumerate(check.residuals(near, memo, lines, STEP)):
            noises[k] = max(noises[k], 50 * abs(r.difference - found[k].difference))
            spreads[k] = max(spreads[k], 50 * abs(r.claimed - found[k].claimed))
    return noises, spreads


def _conditions(check: Check, seed: int, history: History) -> tuple[str, ...]:
    """What the sizes had to satisfy for the claim to be defined."""
    count = 0

    def probe(where: Callable[[dict[str, int]], bool]) -> bool | None:
        nonlocal count
        for _ in range(ATTEMPTS):
            count += 1
            rng = np.random.default_rng([seed % 2**63, ATTEMPTS, count])
            try:
                sizes = draw_sizes(check.wanted, rng, distinct=False)
            except Undefined:
                return None
            if where(sizes):
                break
        else:
            return None
        try:
            _draw(check, rng, sizes, [])
        except Undefined:
            return False
        return True

    return find_conditions(check.wanted.names, check.wanted.constants, history, probe)
