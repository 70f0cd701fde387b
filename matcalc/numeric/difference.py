"""Slopes of expressions from their values: complex steps, or extrapolated central differences.

The imaginary part of f(x + ihd)/h is the slope along d to machine precision, for h as small as one
likes, where f is complex-analytic. Everywhere else differences of seven step sizes are
extrapolated to zero (Richardson), and Ridders' table says how far the result can be trusted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from matcalc.errors import NotSupportedError
from matcalc.expr.nodes import (
    Apply,
    Conjugate,
    Differential,
    ElementPower,
    Expr,
    Power,
    Symbol,
    number_value,
    postorder,
)
from matcalc.functions.record import Function
from matcalc.numeric.evaluate import OFF, Memo, Point, Undefined, finite, run
from matcalc.numeric.tensors import numeric_shape

COMPLEX_STEP = "complex step"
DIFFERENCES = "central differences"
TINY = 1e-30  # the complex step: its square is lost against any value, so the slope is exact
STEP = 0.05  # the first and largest step of differences
ROUNDS = 7  # each half of the one before


@dataclass(frozen=True, slots=True)
class Slope:
    """A directional derivative, an estimate of its error, and how it was found."""

    value: Any
    error: float
    method: str


def directional(root: Expr, point: Point, directions: Mapping[str, Any]) -> Slope:
    """The slope of an expression at a point along directions given by variables' names."""
    memo: Memo = {}
    run(postorder(root), memo, point)
    return Mover(root, directions).slope(point, memo, directions)


def mover(root: Expr, directions: Mapping[str, Any], cache: dict) -> Mover:
    """The mover of an expression, made once for each set of moving variables."""
    key = root, frozenset(directions)
    if key not in cache:
        cache[key] = Mover(root, directions)
    return cache[key]


def still_and_moving(nodes: Iterable[Expr]) -> tuple[tuple[Expr, ...], tuple[Expr, ...]]:
    """The nodes, given children first, without and with a differential in them."""
    moving: dict[Expr, None] = {}
    still: list[Expr] = []
    for e in nodes:
        if type(e) is Differential or any(c in moving for c in e.children):
            moving[e] = None
        else:
            still.append(e)
    return tuple(still), tuple(moving)


class Mover:
    """An expression and the variables that move: the nodes that move with them, children first."""

    def __init__(self, root: Expr, names: Iterable[str]):
        self.root = root
        names = frozenset(names)
        moving: dict[Expr, None] = {}
        for e in postorder(root):
            if type(e) is Differential:
                raise NotSupportedError("the slope of a differential")
            if e.name in names if type(e) is Symbol else any(c in moving for c in e.children):
                moving[e] = None
        self.moving = tuple(moving)
        self.fixed = tuple({c: None for e in moving for c in e.children if c not in moving})
        self.analytic = all(_is_analytic(e) for e in moving)
        self.real = not any("complex" in e.facts for e in (*self.moving, *self.fixed))
        self.abstract = any(
            type(e) is Apply and not isinstance(e.function, Function) for e in moving
        )
        self.powers = tuple(
            e for e in moving if isinstance(e, Power | ElementPower) and not _is_polynomial(e)
        )

    def slope(
        self,
        point: Point,
        memo: Memo,
        directions: Mapping[str, Any],
        step: float = STEP,
        moved: Memo | None = None,
    ) -> Slope:
        """The slope along directions at a point at which `memo` holds all values.

        `moved` keeps values a complex step along these directions away, for other expressions.
        """
        if not self.moving or self.moving[-1] is not self.root:
            return Slope(_zero(self.root, point), 0.0, COMPLEX_STEP)
        fixed = {e: memo[e] for e in self.fixed}
        if self.may_step(point, memo):
            beside = {} if moved is None else moved
            beside.update(fixed)
            away = self._moved(replace(point, check=OFF), beside, directions, TINY * 1j)
            value = np.imag(away) / TINY
            if not finite(value):
                raise Undefined("a slope is not finite")
            return Slope(value, 0.0, COMPLEX_STEP)

        def value_at(t: float) -> Any:
            return self._moved(point, dict(fixed), directions, t)

        return extrapolate(value_at, step)

    def may_step(self, point: Point, memo: Memo) -> bool:
        """Whether a complex step may be taken: all that moves is analytic and real here."""
        return (
            self.analytic
            and self.real
            and (point.analytic or not self.abstract)
            and all(np.all(memo[e.base] != 0) for e in self.powers)
            and not any(np.iscomplexobj(v) for v in point.values.values())
        )

    def _moved(self, point: Point, memo: Memo, directions: Mapping[str, Any], t: complex) -> Any:
        """The value of the root where the variables have moved by t times their directions.

        `memo` has the values of what stands still, and takes those of what moves.
        """
        values = dict(point.values)
        for name, direction in directions.items():
            values[name] = values[name] + t * direction
        run(self.moving, memo, replace(point, values=values))
        return memo[self.root]


def _is_analytic(e: Expr) -> bool:
    """Whether a node is a complex-analytic function of its children (powers: of base ≠ 0)."""
    if type(e) is Conjugate:
        return False
    if type(e) is Apply and isinstance(e.function, Function):
        real_valued = e.function.is_real_valued and any("complex" in a.facts for a in e.arguments)
        return e.function.analytic and not real_valued
    return True


def _is_polynomial(e: Expr) -> bool:
    """Whether a power is one at base 0 as well."""
    p = number_value(e.fields[1])
    return p is not None and p >= 0 and p == int(p)


def _zero(e: Expr, point: Point) -> Any:
    return np.zeros(numeric_shape(e.shape, point.sizes)) if not e.is_scalar else np.float64(0.0)


def extrapolate(f: Callable[[float], Any], step: float = STEP, rounds: int = ROUNDS) -> Slope:
    """f'(0) from central differences, for each entry the least uncertain of Ridders' table.

    Steps so large that they leave the domain are passed over.
    """
    row: list[Any] = []
    best: Any = None
    error: Any = np.inf
    for i in range(rounds):
        h = step / 2**i
        try:
            new = [(f(h) - f(-h)) / (2 * h)]
        except Undefined:
            if row:
                raise
            continue
        if best is None:
            best, error = new[0], np.full(np.shape(new[0]), np.inf)
        for j, old in enumerate(row):
            new.append(new[j] + (new[j] - old) / (4.0 ** (j + 1) - 1))
            estimate = np.maximum(abs(new[j + 1] - new[j]), abs(new[j + 1] - old))
            best = np.where(estimate < error, new[j + 1], best)[()]
            error = np.fmin(error, estimate)
        row = new
    uncertainty = float(np.max(error))
    if best is None or not np.isfinite(uncertainty):
        raise Undefined("no slope could be extrapolated")
    return Slope(best, uncertainty, DIFFERENCES)
