"""Gradients of one function by many variables, tried along lines on which all of them move at once.

One slope then serves all: with H_i the direction of the i-th variable, the slope is Σ <G_i, H_i>.
So a network of L layers is verified by all of its weights in time that grows as L, not as L².
The lengths of the H_i make all <G_i, H_i> about equal, so that no gradient hides behind another.
A claim that plainly holds jointly has passed; of any other, nothing is said here: each gradient is
then tried alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from matcalc.errors import NotSupportedError
from matcalc.expr.nodes import Expr, postorder
from matcalc.numeric.difference import COMPLEX_STEP, Mover
from matcalc.numeric.sample import lines_of, survey
from matcalc.numeric.trials import Directions, Residual, Unreliable, Verification, try_out
from matcalc.numeric.verify import GradientCheck, check_of
from matcalc.numeric.wirtinger import By

BY_DIFFERENCES = "slopes by differences along a line of several variables"
SHORTEST = 1e-200  # of a gradient: complex steps of other variables are that small beside its own


def verify_gradients(
    function: Expr,
    claims: Sequence[tuple[Expr, Expr]],
    *,
    convention: str = "projected",
    seed: int = 0,
    trials: int = 3,
    directions: int = 3,
    tolerance: float = 1e-8,
) -> Verification | None:
    """Tries pairs (variable, gradient) of a scalar function together; None where nothing is said.

    That is where they do not plainly hold, and where slopes are not found by complex steps.
    """
    try:
        parts = [check_of(function, By.read(by), g, convention) for by, g in claims]
        if any(type(p) is not GradientCheck or p.by.free for p in parts):
            return None
        found = try_out(JointCheck(function, parts), seed, trials, directions, tolerance)
    except NotSupportedError:
        return None
    return found if found.ok else None


class JointCheck:
    """The claim that the gradients of a function by several variables are right, all of them."""

    may_vanish = False

    def __init__(self, function: Expr, parts: Sequence[GradientCheck]):
        self.parts = parts
        self.variables = tuple(p.variable for p in parts)
        gradients = [p.gradient for p in parts]
        self.mover = Mover(function, [v.name for v in self.variables])
        if not (self.mover.analytic and self.mover.real):
            raise NotSupportedError(BY_DIFFERENCES)
        self.wanted = survey(function, *gradients, *self.variables)
        self.order = tuple(postorder(function, *gradients))
        self.methods: set[str] = set()

    def draw_lines(self, rng, sizes, count) -> list[Directions]:
        return lines_of(self.variables, rng, sizes, count)

    def residuals(self, point, memo, lines, step) -> list[Residual]:
        found = [self._slope_residual(point, memo, line) for line in lines]
        return found + [r for p in self.parts for r in p.structure(memo)]

    def _slope_residual(self, point, memo, line: Directions) -> Residual:
        """The slope along a line against Σ <G, H>, relative to the least of these products."""
        gradients = [p.weighted(memo) for p in self.parts]
        lengths = [float(np.linalg.norm(g)) for g in gradients]
        if min(lengths) < SHORTEST:
            raise Unreliable("a gradient vanishes")
        scaled, products = {}, []
        for p, gradient, length in zip(self.parts, gradients, lengths, strict=True):
            random = line[p.variable.name]
            # At least half of <G, H> is left, whatever is drawn: of a scalar H may be -G.
            h = random / (2 * np.linalg.norm(random)) + gradient / length
            scaled[p.variable.name] = h = h * min(1.0, *lengths) / length
            products.append(float(p.by.product(gradient, h)))
        slope = self.mover.slope(point, memo, scaled)
        if slope.method != COMPLEX_STEP:
            raise NotSupportedError(BY_DIFFERENCES)
        self.methods.add(slope.method)
        product = sum(products)
        return Residual(
            float(abs(slope.value - product)),
            min(abs(p) for p in products),
            0.0,
            lambda: f"along a line of all variables a slope is off by {slope.value - product:.3g}",
            float(abs(product)),
        )
