"""What the sizes have to satisfy, found from draws: logdet(X'*X) needs m >= n.

A candidate is a relation of two sizes that every valid draw satisfies while some draw that violates
it is undefined. It is stated only after further draws on either side of it: every violating one
undefined, and so many that this is no accident, given how often draws on the good side are valid.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import permutations

Sizes = dict[str, int]
Probe = Callable[[Callable[[Sizes], bool]], "bool | None"]

PROBES = 12  # further draws on the good side of a candidate
BAD_PROBES = 40  # on the other side, where all have to be undefined
ACCIDENT = 1e-3  # accepted chance that they are so for another reason


def find_conditions(
    names: Iterable[str], constants: Iterable[int], history: list[tuple[Sizes, bool]], probe: Probe
) -> tuple[str, ...]:
    """Texts such as "m >= n" that have to hold.

    `history` are the draws so far, with whether the expressions were defined there. `probe(where)`
    draws sizes that satisfy a predicate and a point there, and says whether they are defined; None
    where there are no such sizes.
    """
    if all(valid for _, valid in history) or not any(valid for _, valid in history):
        return ()
    fixed = {str(c): c for c in constants}
    found = []
    for large, small in permutations([*names, *fixed], 2):
        if large in fixed and small in fixed:
            continue
        pair = _Pair(large, small, fixed)
        if pair.is_candidate(history) and pair.is_necessary(history, probe):
            found.append((large, small, pair.sign(probe)))
    links = {(a, b) for a, b, _ in found}
    middles = {c for link in links for c in link}
    return tuple(
        f"{a} {sign} {b}"
        for a, b, sign in found
        if not any((a, c) in links and (c, b) in links for c in middles)
    )


class _Pair:
    """The relation large >= small of two size names, or of a size name and a number."""

    def __init__(self, large: str, small: str, fixed: Sizes):
        self.large, self.small, self.fixed = large, small, fixed

    def gap(self, sizes: Sizes) -> int:
        known = {**self.fixed, **sizes}
        return known[self.large] - known[self.small]

    def is_candidate(self, history: list[tuple[Sizes, bool]]) -> bool:
        """No violating draw was valid, and there was one."""
        violating = [valid for sizes, valid in history if self.gap(sizes) < 0]
        return bool(violating) and not any(violating)

    def is_necessary(self, history: list[tuple[Sizes, bool]], probe: Probe) -> bool:
        """Whether further draws confirm that nothing is defined where it is violated."""
        good = [valid for sizes, valid in history if self.gap(sizes) > 0]
        for _ in range(PROBES):
            valid = probe(lambda sizes: self.gap(sizes) > 0)
            if valid is None:
                break
            good.append(valid)
        if not any(good):
            return False
        for _ in range(BAD_PROBES):
            if probe(lambda sizes: self.gap(sizes) < 0) is not False:
                return False
        return (1 - sum(good) / len(good)) ** BAD_PROBES < ACCIDENT

    def sign(self, probe: Probe) -> str:
        """>= where equal sizes are fine too, else >."""
        for _ in range(PROBES):
            if probe(lambda sizes: self.gap(sizes) == 0):
                return ">="
        return ">"
