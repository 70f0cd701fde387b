"""Are two expressions equal at random points? Modulo primes if rational, else to 50 digits.

An accident modulo a prime p has a probability of at most degree/p at each point (Schwartz, J. ACM
27 (1980); Zippel, EUROSAM 1979): the prime is chosen so that this is below 10^-12. Where it is not
rational, `digits` decides.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from matcalc.equality.degree import rational_degree
from matcalc.equality.digits import decide_by_digits
from matcalc.equality.pair import Outcome, Pair, same
from matcalc.equality.points import MOST_SIGNS, Setting, signed_variables
from matcalc.equality.ranks import at_low_rank
from matcalc.equality.sizes import Sizes, enough, sizes_text
from matcalc.errors import DomainError, LimitError
from matcalc.expr.nodes import Symbol
from matcalc.numeric.fields import Inexact, Modular, Pole

PRIMES = (2**61 - 1, 2**64 - 2**32 + 1, 2**127 - 1, 2**255 - 19, 2**521 - 1)
ACCIDENT = 1e-12  # accepted probability of an accident at one point
REDRAWS = 4  # at poles: modulo a prime they are rare, or everywhere


def decide(pair: Pair, setting: Setting = Setting(), quick: bool = False) -> Outcome:  # noqa: B008
    """Whether both sides are equal for all members of the sets. `quick` tries fewer sizes."""
    if not pair.inexact:
        try:
            found = decide_exactly(pair, setting, quick)
            return (at_low_rank(pair, setting) or found) if found.equal else found
        except Inexact:
            pair.inexact = True
    found = decide_by_digits(pair, setting, quick)
    return (at_low_rank(pair, setting) or found) if found.equal else found


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
