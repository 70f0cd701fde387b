"""Cheap tests of candidates: their values at two random points, against the right one's.

What passes here is confirmed by verification afterwards; what fails here is out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from matcalc.errors import DomainError, MatcalcError
from matcalc.expr.nodes import Expr, Symbol
from matcalc.expr.rewrite import substitute
from matcalc.numeric.evaluate import Memo, Point, Undefined, run
from matcalc.numeric.sample import draw_direction, draw_point, draw_sizes, survey

POINTS = 2
ATTEMPTS = 40
CLOSE = 1e-6  # relative; slopes by differences are not better than that
LARGEST_RATIO = 10_000

Names = Mapping[Symbol, Expr]  # the person's own names for sub-expressions, each in earlier ones


def full_names(names: Names) -> dict[Expr, Expr]:
    """Each name's value in variables alone."""
    full: dict[Expr, Expr] = {}
    for name, value in names.items():
        full[name] = substitute(value, full)
    return full


class Oracle:
    """Values of expressions at random points, and what the right one's are.

    `target` is a right expression; `movers` are variables that have differentials; `names` are
    worked out at each point, so that expressions may use them; `also` are points that tell more
    than random ones.
    """

    def __init__(
        self,
        target: Expr,
        others: Iterable[Expr] = (),
        names: Names | None = None,
        movers: Iterable[Symbol] = (),
        seed: int = 0,
        also: Iterable[Point] = (),
    ):
        self.names = dict(names or {})
        full = full_names(self.names)
        self.target, self.movers = substitute(target, dict(full)), tuple(movers)
        parts = [substitute(e, dict(full)) for e in (*others, *full.values())]
        self.wanted = survey(self.target, *parts, *self.movers)
        self.points: list[tuple[Point, Memo]] = []
        for k in range(POINTS):
            self.points.append(self._draw([seed % 2**63, k]))
        self.points += filter(None, map(self._given, also))
        self.targets = [self.value(self.target, k) for k in range(len(self.points))]

    def _draw(self, seed: list[int]) -> tuple[Point, Memo]:
        for attempt in range(ATTEMPTS):
            rng = np.random.default_rng([*seed, attempt, 7])
            try:
                sizes = draw_sizes(self.wanted, rng, (-1, 1)[seed[-1]] if not attempt else 0)
                point = draw_point(self.wanted, rng, sizes)
                point.directions = {v.name: draw_direction(v, rng, sizes) for v in self.movers}
                memo: Memo = {}
                self._name(point, memo)
                run(unknown(self.target, memo), memo, point)
                return point, memo
            except Undefined:
                continue
        raise DomainError("no point was found at which the right answer is defined")

    def _given(self, point: Point) -> tuple[Point, Memo] | None:
        """A point that the caller has, unless the right answer has no value there."""
        memo: Memo = {}
        try:
            self._name(point, memo)
            run(unknown(self.target, memo), memo, point)
        except Undefined:
            return None
        return point, memo

    def _name(self, point: Point, memo: Memo) -> None:
        """The names' values, and their slopes as differentials."""
        from matcalc.numeric.difference import mover

        variables = frozenset(point.directions or {})
        for name, full in full_names(self.names).items():
            assert isinstance(name, Symbol)
            run(unknown(full, memo), memo, point)
            point.values[name.name] = memo[full]
            if variables and "differential" not in full.facts:
                assert point.directions is not None
                directions = {v: point.directions[v] for v in variables}
                slope = mover(full, directions, point.movers).slope(point, memo, directions)
                point.directions[name.name] = slope.value

    def value(self, e: Expr, k: int = 0) -> Any:
        """The value at a point; None where there is none."""
        point, memo = self.points[k]
        try:
            run(unknown(e, memo), memo, point)
        except (Undefined, MatcalcError, ArithmeticError, ValueError, KeyError):
            return None
        return memo[e]

    def matches(self, e: Expr) -> bool:
        """Whether an expression has the right value at every point."""
        if e.shape != self.target.shape:
            return False
        return all(close(self.value(e, k), t) for k, t in enumerate(self.targets))

    def nearly(self, e: Expr) -> bool:
        """Whether an expression has the right value at every random point."""
        return e.shape == self.target.shape and all(
            close(self.value(e, k), self.targets[k]) for k in range(POINTS)
        )

    def multiple(self, e: Expr) -> Fraction | None:
        """The number c such that c·e is right: 1 as it stands, None if there is none."""
        return Fraction(1) if self.matches(e) else self.ratio(e)

    def ratio(self, part: Expr, total: Expr | None = None) -> Fraction | None:
        """The number c such that c·part in place of part makes the total right; None if none."""
        found: Fraction | None = None
        for k, target in enumerate(self.targets):
            v = self.value(part, k)
            whole = self.value(total, k) if total is not None else v
            if v is None or whole is None or np.shape(whole) != np.shape(target):
                return None
            c = _number(v, target - (whole - v))
            if c is None or found not in (None, c):
                return None
            found = c
        return found

    def same(self, a: Expr, b: Expr) -> bool:
        """Whether two expressions agree at every point."""
        return a.shape == b.shape and all(
            close(self.value(a, k), self.value(b, k)) for k in range(len(self.points))
        )


def _number(v: Any, wanted: Any) -> Fraction | None:
    """The small rational c with c·v = wanted."""
    unit = max(float(np.max(np.abs(x), initial=0.0)) for x in (v, wanted))
    square = float(np.sum(np.abs(v / unit) ** 2)) if 0 < unit < np.inf else 0.0
    if not square:
        return None
    c = float(np.real(np.sum(np.conj(v / unit) * (wanted / unit)))) / square
    if not 1 / LARGEST_RATIO < abs(c) < LARGEST_RATIO or not close(c * v, wanted):
        return None
    rational = Fraction(c).limit_denominator(60)
    return rational if abs(float(rational) - c) <= CLOSE * abs(c) and rational else None


def close(a: Any, b: Any) -> bool:
    """Whether two values agree up to rounding."""
    if a is None or b is None or np.shape(a) != np.shape(b):
        return False
    scale = float(np.max(np.abs(b), initial=0.0))
    return bool(np.max(np.abs(a - b), initial=0.0) <= max(CLOSE * scale, 1e-12))


def unknown(root: Expr, memo: Memo) -> Iterator[Expr]:
    """The nodes below a root that have no value yet, children first."""
    stack = [(root, False)]
    seen: set[Expr] = set()
    while stack:
        e, ready = stack.pop()
        if ready:
            yield e
        elif e not in memo and e not in seen:
            seen.add(e)
            stack.append((e, True))
            stack.extend((c, False) for c in reversed(e.children))
