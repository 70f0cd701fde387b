"""Many equalities at one point: what the lines of a derivation share is worked out there once.

An equality that plainly holds at that point has passed the trial that it would have had by itself.
Of any other, nothing is said here: it is tried alone, with all that belongs to a second look.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from matcalc.errors import NotSupportedError
from matcalc.expr.nodes import Expr, Symbol, postorder
from matcalc.numeric.evaluate import Memo, Point, Undefined, run
from matcalc.numeric.sample import Survey, draw_point, draw_sizes, lines_of, survey
from matcalc.numeric.trials import ATTEMPTS, USUAL
from matcalc.numeric.verify import EqualityCheck


class Ground:
    """A point and a direction at which a function is defined, and all values found there so far."""

    def __init__(self, point: Point, variables: tuple[Symbol, ...]):
        self.point, self.variables = point, variables
        self.memo: Memo = {}

    def error(self, before: Expr, after: Expr, tolerance: float = 1e-8) -> float | None:
        """The relative error of an equality that holds here; None where that is not plain."""
        if before.shape != after.shape:
            return None
        try:
            check = EqualityCheck(before, after, self.variables)
            run((*check.order, *check.moving), self.memo, self.point)
        except (NotSupportedError, Undefined):
            return None
        found = check.compared(self.memo, self.point.slopes)
        return found.relative if found.holds(tolerance) else None


def ground(
    function: Expr, others: Iterable[Expr], variables: tuple[Symbol, ...], seed: int
) -> Ground | None:
    """A point for equalities between others, at which the function is defined; None without one."""
    order = tuple(postorder(function))
    wanted = survey(function, *others, *variables)
    for attempt in range(ATTEMPTS):
        try:
            point = _drawn(wanted, variables, [seed % 2**63, 0, attempt], attempt >= USUAL)
            found = Ground(point, variables)
            run(order, found.memo, point)
        except Undefined:
            continue
        return found
    return None


def _drawn(wanted: Survey, variables: tuple[Symbol, ...], seed: list[int], wide: bool) -> Point:
    rng = np.random.default_rng(seed)
    sizes = draw_sizes(wanted, rng, 0 if seed[-1] else -1)
    point = draw_point(wanted, rng, sizes, wide)
    (direction,) = lines_of(variables, rng, sizes, 1)
    return replace(point, directions=direction)
