"""Two expressions of one shape, and what is known of them once for all trials."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from matcalc.equality.points import Setting, draw_point, nodes_of
from matcalc.equality.sizes import Sizes, schedule
from matcalc.errors import NotSupportedError
from matcalc.expr.nodes import Apply, Expr, Number, Product
from matcalc.numeric.exact import Point, run
from matcalc.numeric.fields import Field, Inexact, Root
from matcalc.numeric.jets import Jets
from matcalc.numeric.precise import Ridges
from matcalc.numeric.sample import Survey, survey

MODERATE = 10**12  # constants that are looked beyond


@dataclass(frozen=True)
class Candidate:
    """A point at which both sides differ, with their values."""

    point: Point
    left: Any
    right: Any

    @property
    def gap(self) -> str:
        """By how much, in a few digits; nothing where numbers are exact."""
        if self.point.numbers.exact:
            return ""
        return self.point.numbers.ctx.nstr(distance(self.left, self.right), 3)


@dataclass(frozen=True)
class Outcome:
    """What the points said. `undefined` are sizes at which a side had no value; `seen` is where
    the sides differed, if digits told."""

    equal: bool
    method: str
    sizes: tuple[Sizes, ...]
    undefined: tuple[Sizes, ...] = ()
    exact: bool = True
    seen: Candidate | None = None


class Pair:
    """Two expressions of one shape, with what is found out about them once."""

    def __init__(self, left: Expr, right: Expr, seed: int = 0):
        self.left = left
        self.right = right
        self.seed = seed
        for e in self.nodes:
            if type(e) is Apply and _is_unknown(e):
                raise NotSupportedError(f"comparing {e.function.name} of a complex argument")
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
        return any(isinstance(c, float) for e in self.nodes for c in constants(e))

    @cached_property
    def largest(self) -> float:
        """The largest constant of moderate size."""
        sizes = (abs(c) for e in self.nodes for c in constants(e))
        return max((float(c) for c in sizes if c <= MODERATE), default=0.0)

    @cached_property
    def extremes(self) -> tuple[float, ...]:
        """Scales that constants ask for: beyond the kinks that large ones put somewhere and where
        small ones tell, and as small as undoes them."""
        sizes = [abs(c) for e in self.nodes for c in constants(e) if c]
        sizes = [float(c) for c in sizes if 10**-300 < c < 10**300]
        beyond = [2 * self.largest] if self.largest > 1 else []
        least = min((c for c in sizes if c * MODERATE >= 1), default=1.0)
        if least < 1 / 8:
            beyond.append(4 / least)
        most = max((max(c, 1 / c) for c in sizes), default=0.0)
        return (*beyond, most**-0.5, 1 / most) if most >= 1000 else tuple(beyond)

    @cached_property
    def complex(self) -> bool:
        return any("complex" in e.facts for e in self.nodes)

    def values(self, numbers: Any, sizes: Sizes, setting: Setting) -> tuple[Any, Any, Point]:
        """Both sides at a random point, and the point."""
        functions: Any = Jets(numbers) if numbers.exact else Ridges(numbers)
        return self.values_at(draw_point(self.nodes, numbers, sizes, setting, functions))

    def values_at(self, point: Point) -> tuple[Any, Any, Point]:
        """Both sides at a point, and the point."""
        memo = run(self.nodes, point)
        left, right = memo[self.left], memo[self.right]
        if type(left) is Root or type(right) is Root:
            raise Inexact("a root")
        return left, right, point


def _is_unknown(e: Apply) -> bool:
    """Whether a function has a complex argument, and values there that are not compared."""
    linear = getattr(e.function, "linear", False) or e.function.name == "det"
    return not linear and (any("complex" in a.facts for a in e.arguments) or "complex" in e.facts)


def constants(e: Expr) -> tuple:
    """The numbers that a node has itself."""
    if isinstance(e, Number):
        return (e.value,)
    return (e.coefficient,) if isinstance(e, Product) else ()


def same(left: Any, right: Any, numbers: Field) -> bool:
    """Whether two exact values are equal."""
    difference = numbers.reduce(left - right)
    return all(x == 0 for x in np.asarray(difference, dtype=object).flat)


def distance(left: Any, right: Any) -> Any:
    """The largest difference of entries."""
    difference = np.asarray(left - right, dtype=object)
    return max((abs(x) for x in difference.flat), default=0)
