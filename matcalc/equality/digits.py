"""Equality by digits: both sides at random points, near breakpoints too, to 50 digits or more.

A difference that is rounding shrinks with more digits, any other stays. Where the value of a
function hides what it lacks to its limit, as tanh(200) does, digits are taken until it shows;
points that would take too many of them say nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from matcalc.equality.kinks import beside_kinks, breaking_sizes, sizes_beyond
from matcalc.equality.pair import Candidate, Outcome, Pair, distance
from matcalc.equality.points import MOST_SIGNS, Setting, signed_variables
from matcalc.equality.sizes import Sizes
from matcalc.errors import DomainError, LimitError
from matcalc.numeric.exact import Point
from matcalc.numeric.fields import Pole, TooFar
from matcalc.numeric.precise import MODES, HighPrecision
from matcalc.numeric.precise_functions import DIGITS

FAR = 25  # digits to which sides have to agree for their difference to be looked at again
MORE_DIGITS = 90  # with which an unclear difference is looked at again
SEEN = MORE_DIGITS - 30  # digits beyond the first to which a difference is real if it stays
MARGIN = 45  # digits by which the smallest thing may lie below the largest at the first look
MOST_DIGITS = 6000
POINTS = 12
PATIENCE = 0.35  # seconds after which fewer points have to do
FEWEST = 4
ATTEMPTS = 28  # draws at the sizes of one point until both sides are defined
FLOAT_DIGITS = 12  # agreement asked for where a number of the input is a float

Values = tuple[Any, Any, Point]
At = Callable[[int], Values]  # both sides at one point, to so many digits


def decide_by_digits(pair: Pair, setting: Setting, quick: bool) -> Outcome:
    """Both sides to many digits at random points of several sizes, and beside breakpoints."""
    started = time.perf_counter()
    sizes_list = _small_sizes(pair)
    tried: list[Sizes] = []
    failed: list[Sizes] = []
    lost: list[bool] = []
    wanted = 3 if quick else max(POINTS, len(mixed_modes(pair)))
    for number in range(wanted):
        late = time.perf_counter() - started > PATIENCE
        if late and len(tried) >= FEWEST:
            break
        sizes = sizes_list[number % len(sizes_list)]
        if failed.count(sizes) > 1:
            continue
        found = try_digits(pair, sizes, setting, number, lost)
        if isinstance(found, Candidate):
            return _different(pair, found)
        (tried if found else failed).append(sizes)
    if not quick:
        breaking = breaking_sizes(pair)
        beyond = sizes_beyond(pair, breaking)
        for sizes in beyond:
            found = try_digits(pair, sizes, setting, 0, lost)
            if isinstance(found, Candidate):
                return _different(pair, found)
        for at in beside_kinks(pair, (tried or sizes_list)[0], setting):
            beside = _judged_if_defined(pair, at, False, lost)
            if isinstance(beside, Candidate):
                return _different(pair, beside)
        most = max((k for sizes in beyond for k in sizes.values()), default=0)
        if breaking and breaking[-1] > most:
            raise LimitError(
                f"this cannot be decided: for sizes near {breaking[-1]} the sides may differ, and"
                " arrays of these are too large to compare"
            )
    if not tried:
        if lost:
            raise LimitError(
                f"this cannot be decided: it takes more than {MOST_DIGITS} digits to tell values"
                " from their limits at the points tried"
            )
        raise DomainError("one side is undefined at all points tried")
    method = _method(pair, len(tried))
    undefined = tuple(s for s in failed if s not in tried)
    return Outcome(True, method, tuple(tried), undefined, exact=False)


def _different(pair: Pair, found: Candidate) -> Outcome:
    sizes = dict(found.point.sizes)
    return Outcome(False, _method(pair, 1), (sizes,), exact=False, seen=found)


def _method(pair: Pair, count: int) -> str:
    digits = FLOAT_DIGITS if pair.floats else DIGITS
    return f"{digits}-digit evaluation at {count} point{'s' * (count != 1)}"


def _small_sizes(pair: Pair) -> list[Sizes]:
    return [s for s in pair.schedule if all(v <= 4 for v in s.values())] or pair.schedule[:1]


def try_digits(
    pair: Pair, sizes: Sizes, setting: Setting, number: int, lost: list[bool]
) -> Candidate | bool:
    """Where both sides differ at a random point, or true if they agree there.

    False where no point with values was found; `lost` is appended to where they took too long.
    """
    signs = number % min(2 ** signed_variables(pair.nodes, setting), MOST_SIGNS)
    setting = Setting(setting.sets, signs)
    for source in sources(pair, number):

        def at(digits: int, source=source) -> Values:
            return pair.values(HighPrecision(**source, digits=digits), sizes, setting)

        found = _judged_if_defined(pair, at, number < 2, lost)
        if found is not None:
            return found
    return False


def mixed_modes(pair: Pair) -> list[tuple[float, bool]]:
    """Ranges of entries, and whether negative ones are among them."""
    mixed = [m for m in MODES if m[1]]
    return mixed + [(s, sign) for sign in (False, True) for s in pair.extremes for _ in (0, 1)]


def sources(pair: Pair, number: int) -> Iterator[dict[str, Any]]:
    """Seeds and ranges of entries: mixed signs first, positive entries where those fail."""
    mixed = mixed_modes(pair)
    positive = [m for m in MODES if not m[1]]
    for attempt in range(ATTEMPTS):
        modes = mixed if attempt < ATTEMPTS * 2 // 3 else positive
        scale, sign = modes[(number + number // len(modes) + attempt) % len(modes)]
        yield {"seed": f"{pair.seed} {number} {attempt}", "scale": scale, "mixed": sign}


def _judged_if_defined(
    pair: Pair, at: At, closely: bool, lost: list[bool]
) -> Candidate | bool | None:
    try:
        return judged(pair, at, closely)
    except TooFar:
        lost.append(True)
    except Pole:
        pass  # no value here
    return None


def judged(pair: Pair, at: At, closely: bool) -> Candidate | bool | None:
    """Where both sides differ, or true if they agree at a point; None if it does not tell.

    `closely` has sides that are equal to all digits looked at with more.
    """
    values = at(DIGITS)
    gap, floor = _gap(values, FLOAT_DIGITS if pair.floats else DIGITS - FAR)
    if gap > floor:
        return _candidate(values)
    if pair.floats:
        return True
    digits, needed = DIGITS, values[2].numbers.digits_needed
    if needed > MOST_DIGITS:
        raise TooFar
    if needed > DIGITS + MARGIN:
        digits, closely = needed, False
        values = at(digits)
        gap, floor = _gap(values, digits - FAR)
        if gap > floor:
            return _candidate(values)
    if gap == 0 and not closely:
        return True
    values = at(digits + MORE_DIGITS)
    finer, floor = _gap(values, digits + SEEN)
    if gap == 0:
        return True if finer <= floor else _candidate(values)
    if finer < gap * values[2].numbers.ctx.mpf(10) ** -30:
        return True
    return _candidate(values) if gap > floor else None  # 1 - (1 - tiny) shows nothing


def _gap(values: Values, digits: int) -> tuple[Any, Any]:
    """The difference of both sides, and what is nothing to so many digits."""
    left, right, point = values
    numbers = point.numbers
    return distance(left, right), max(1, numbers.largest) * numbers.ctx.mpf(10) ** -digits


def _candidate(values: Values) -> Candidate:
    return Candidate(values[2], values[0], values[1])
