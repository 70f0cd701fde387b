"""Are two expressions equal at random points? Modulo primes if rational, else to 50 digits.

An accident modulo a prime p has a probability of at most degree/p at each point (Schwartz, J. ACM
27 (1980); Zippel, EUROSAM 1979): the prime is chosen so that this is below 10^-12. Where it is not,
digits decide: a difference that is rounding shrinks with more of them, any other stays.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from matcalc.equality.degree import rational_degree
from matcalc.equality.points import Setting, draw_point, nodes_of, signed_variables
from matcalc.equality.sizes import Sizes, enough, schedule, sizes_text
from matcalc.errors import DomainError, LimitError
from matcalc.expr.nodes import Expr, Number, Symbol
from matcalc.numeric.exact import Jets, Point, run
from matcalc.numeric.fields import Field, Inexact, Modular, Pole, Root
from matcalc.numeric.precise import DIGITS, MODES, HighPrecision, Ridges
from matcalc.numeric.sample import Survey, survey

PRIMES = (2**61 - 1, 2**64 - 2**32 + 1, 2**127 - 1, 2**255 - 19, 2**521 - 1)
ACCIDENT = 1e-12  # accepted probability of an accident at one point
REDRAWS = 4  # at poles: modulo a prime they are rare, or everywhere
MOST_SIGNS = 8  # combinations of signs of orthogonal variables
FAR = 25  # digits to which sides have to agree for their difference to be looked at again
MORE_DIGITS = 90  # with which an unclear difference is looked at again
SEEN = DIGITS + MORE_DIGITS - 30  # to which a difference is real if it does not shrink
POINTS = 12  # for digits
PATIENCE = 0.35  # seconds after which fewer points have to do
FEWEST = 4
MODERATE = 10**12  # constants that are looked beyond
ATTEMPTS = 28  # draws at the sizes of one point until both sides are defined
FLOAT_DIGITS = 12  # agreement asked for where a number of the input is a float


@dataclass(frozen=True)
class Outcome:
    """What the points said. `undefined` are sizes at which a side had no value."""

    equal: bool
    method: str
    sizes: tuple[Sizes, ...]
    undefined: tuple[Sizes, ...] = ()
    exact: bool = True


class Pair:
    """Two expressions of one shape, with what is found out about them once."""

    def __init__(self, left: Expr, right: Expr, seed: int = 0):
        self.left = left
        self.right = right
        self.seed = seed
        self.inexact = self.floats  # whether a side is known not to be rational

    @cached_property
    def nodes(self) -> tuple[Expr, ...]:
        return nodes_of(self.left, self.right)

    @cached_property
    def wanted(self) -> Survey:
        return survey(self.left, self.right)

    @cached_property
    def schedule(self) -> list[Sizes]:
        return schedule(self.wanted, self.nodes, (self.left, self.right))

    @cached_property
    def floats(self) -> bool:
        """Whether some number is an approximation."""
        return any(isinstance(c, float) for e in self.nodes for c in _numbers(e))

    @cached_property
    def largest(self) -> float:
        """The largest constant of moderate size."""
        sizes = (abs(c) for e in self.nodes for c in _numbers(e))
        return max((float(c) for c in sizes if c <= MODERATE), default=0.0)

    @cached_property
    def complex(self) -> bool:
        return any("complex" in e.facts for e in self.nodes)

    def values(self, numbers: Any, sizes: Sizes, setting: Setting) -> tuple[Any, Any, Point]:
        """Both sides at a random point, and the point."""
        functions: Any = Jets(numbers) if numbers.exact else Ridges(numbers)
        point = draw_point(self.nodes, numbers, sizes, setting, functions)
        memo = run(self.nodes, point)
        left, right = memo[self.left], memo[self.right]
        if type(left) is Root or type(right) is Root:
            raise Inexact("a root")
        return left, right, point


def _numbers(e: Expr) -> tuple:
    if isinstance(e, Number):
        return (e.value,)
    return (e.fields[0],) if type(e).__name__ == "Product" else ()


def decide(pair: Pair, setting: Setting = Setting(), quick: bool = False) -> Outcome:  # noqa: B008
    """Whether both sides are equal for all members of the sets. `quick` tries fewer sizes."""
    if not pair.inexact:
        try:
            return decide_exactly(pair, setting, quick)
        except Inexact:
            pair.inexact = True
    return decide_by_digits(pair, setting, quick)


# Modulo primes


def decide_exactly(pair: Pair, setting: Setting, quick: bool) -> Outcome:
    """Both sides modulo primes at random points of several sizes."""
    tried: list[Sizes] = []
    undefined: list[Sizes] = []
    used: list[int] = []
    for number, sizes in enumerate(pair.schedule):
        numbers = Modular(_prime(pair, sizes, number), _rng(pair, number))
        valid = False
        for signs in _signs(pair, setting, number):
            equal = _try_modulo(pair, numbers, sizes, Setting(setting.sets, signs))
            if equal is False:
                return Outcome(False, "exact", (sizes,))
            valid = valid or equal is True
        (tried if valid else undefined).append(sizes)
        used.append(numbers.prime)
        if quick and len(tried) >= 2:
            break
    if not tried:
        raise DomainError("one side is undefined at all points tried")
    if len(tried) == 1 and not quick:  # one size only: a second prime for the coefficients
        last = Modular(_prime(pair, tried[0], 1), _rng(pair, 99))
        if _try_modulo(pair, last, tried[0], setting) is False:
            return Outcome(False, "exact", (tried[0],))
    return Outcome(True, _exact_method(pair, tried), tuple(tried), tuple(undefined))


def _signs(pair: Pair, setting: Setting, number: int) -> Sequence[int]:
    """Which orthogonal variables are reflections: all combinations at two sizes."""
    count = signed_variables(pair.nodes, setting)
    everything = min(2**count, MOST_SIGNS)
    return range(everything) if number < 4 else (number % everything,)


def _rng(pair: Pair, number: int) -> random.Random:
    return random.Random(pair.seed * 1000 + number)


def _prime(pair: Pair, sizes: Sizes, number: int) -> int:
    """A prime of the list that makes accidents improbable; neighbouring trials take different ones.

    Complex numbers need a square root of -1, which exists modulo primes 4k + 1.
    """
    degrees = [rational_degree(e, sizes) for e in (pair.left, pair.right)]
    degree = sum(n + d for n, d in degrees)
    fitting = [p for p in PRIMES if degree <= p * ACCIDENT and (not pair.complex or p % 4 == 1)]
    if not fitting:
        raise LimitError("the degree of the expressions is too large to compare them")
    return fitting[number % min(2, len(fitting))]


def _try_modulo(pair: Pair, numbers: Modular, sizes: Sizes, setting: Setting) -> bool | None:
    """Whether both sides agree at a random point; None where they are undefined."""
    for _ in range(REDRAWS):
        try:
            left, right, _ = pair.values(numbers, sizes, setting)
        except Pole:
            continue
        return same(left, right, numbers)
    return None


def same(left: Any, right: Any, numbers: Field) -> bool:
    """Whether two exact values are equal."""
    difference = numbers.reduce(left - right)
    return all(x == 0 for x in np.asarray(difference, dtype=object).flat)


def _exact_method(pair: Pair, tried: list[Sizes]) -> str:
    text = sizes_text(tuple(tried))
    if not text:
        return "exact, modulo primes"
    needed = enough((pair.left, pair.right), pair.nodes)
    most = max(max(s.values()) for s in tried)
    note = "" if most >= needed or not _matrices(pair) else ", below what the degree asks for"
    return f"exact, modulo primes, at sizes {text}{note}"


def _matrices(pair: Pair) -> bool:
    return any(type(e) is Symbol and e.shape[0] != 1 and e.shape[1] != 1 for e in pair.nodes)


# By digits


def decide_by_digits(pair: Pair, setting: Setting, quick: bool) -> Outcome:
    """Both sides to many digits at random points of several sizes."""
    started = time.perf_counter()
    sizes_list = _small_sizes(pair)
    tried: list[Sizes] = []
    failed: list[Sizes] = []
    wanted = 3 if quick else POINTS
    for number in range(wanted):
        late = time.perf_counter() - started > PATIENCE
        if late and len(tried) >= FEWEST:
            break
        sizes = sizes_list[number % len(sizes_list)]
        if failed.count(sizes) > 1:
            continue
        equal = try_digits(pair, sizes, setting, number)
        if equal is False:
            return Outcome(False, _digits_method(pair, 1), (sizes,), exact=False)
        (failed if equal is None else tried).append(sizes)
    if not tried:
        raise DomainError("one side is undefined at all points tried")
    method = _digits_method(pair, len(tried))
    undefined = tuple(s for s in failed if s not in tried)
    return Outcome(True, method, tuple(tried), undefined, exact=False)


def _digits_method(pair: Pair, count: int) -> str:
    digits = FLOAT_DIGITS if pair.floats else DIGITS
    return f"{digits}-digit evaluation at {count} point{'s' * (count != 1)}"


def _small_sizes(pair: Pair) -> list[Sizes]:
    return [s for s in pair.schedule if all(v <= 4 for v in s.values())] or pair.schedule[:1]


def try_digits(pair: Pair, sizes: Sizes, setting: Setting, number: int) -> bool | None:
    """Whether both sides agree at a random point; None where none was found with values."""
    signs = number % min(2 ** signed_variables(pair.nodes, setting), MOST_SIGNS)
    setting = Setting(setting.sets, signs)
    for source in sources(pair, number):
        try:
            left, right, point = pair.values(HighPrecision(**source), sizes, setting)
        except Pole:
            continue
        gap, scale = distance(left, right), max(1, point.numbers.largest)
        if pair.floats:
            return bool(gap <= scale * point.numbers.ctx.mpf(10) ** -FLOAT_DIGITS)
        if gap == 0:
            # 1 - exp(-200) is 1 to so few digits: look closer at the first points.
            return number > 1 or _agree_closely(pair, source, sizes, setting)
        if gap > scale * point.numbers.ctx.mpf(10) ** (FAR - DIGITS):
            return False
        shrinks = _shrinks(pair, source, sizes, setting, gap)
        if not shrinks and gap <= scale * point.numbers.ctx.mpf(10) ** -SEEN:
            continue  # 1 - (1 - tiny): nothing can be seen at such a point
        return shrinks
    return None


def sources(pair: Pair, number: int) -> Iterator[dict[str, Any]]:
    """Seeds and ranges of entries: mixed signs first, positive entries where those fail."""
    mixed = [m for m in MODES if m[1]]
    if pair.largest > 1:
        # Beyond the kinks that constants put somewhere, on either side.
        mixed += [(2 * pair.largest, sign) for sign in (False, True, False, True)]
    positive = [m for m in MODES if not m[1]]
    for attempt in range(ATTEMPTS):
        modes = mixed if attempt < ATTEMPTS * 2 // 3 else positive
        scale, sign = modes[(number + number // len(modes) + attempt) % len(modes)]
        yield {"seed": f"{pair.seed} {number} {attempt}", "scale": scale, "mixed": sign}


def _agree_closely(pair: Pair, source: dict, sizes: Sizes, setting: Setting) -> bool | None:
    """Whether sides that are equal to some digits are so to many."""
    try:
        more = HighPrecision(**source, digits=DIGITS + MORE_DIGITS)
        left, right, point = pair.values(more, sizes, setting)
    except Pole:
        return None
    scale = max(1, point.numbers.largest)
    return bool(distance(left, right) <= scale * more.ctx.mpf(10) ** -SEEN)


def _shrinks(pair: Pair, source: dict, sizes: Sizes, setting: Setting, gap: Any) -> bool | None:
    """Whether a small difference shrinks with more digits."""
    try:
        more = HighPrecision(**source, digits=DIGITS + MORE_DIGITS)
        left, right, _ = pair.values(more, sizes, setting)
    except Pole:
        return None
    return bool(distance(left, right) < more.ctx.mpf(10) ** -30 * more.ctx.mpf(gap))


def distance(left: Any, right: Any) -> Any:
    """The largest difference of entries."""
    difference = np.asarray(left - right, dtype=object)
    return max((abs(x) for x in difference.flat), default=0)
