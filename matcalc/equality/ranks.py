"""Where pseudoinverses jump: points at which the rank of what they are taken of falls.

Points at random have full rank. Here variables are 0 or of rank one, or one of them is chosen such
that an argument of pinv takes a vector to 0: A - B for A with A v = B v. Points are of rational
numbers, so what differs there does so for real matrices, semidefinite ones, too.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from matcalc.equality.pair import Candidate, Outcome, Pair, distance, same
from matcalc.equality.points import (
    FULL_RANK,
    LOW_RANK,
    RANK_ONE,
    ZERO,
    Setting,
    draw_pair,
    draw_point,
)
from matcalc.equality.sizes import Sizes
from matcalc.expr.nodes import Expr, Symbol, is_call, postorder, symbols
from matcalc.numeric.exact import Point, as_matrix, rank, run
from matcalc.numeric.fields import Inexact, Pole, Rationals
from matcalc.numeric.jets import Jets
from matcalc.numeric.precise import HighPrecision, Ridges
from matcalc.numeric.precise_functions import DIGITS
from matcalc.numeric.tensors import SCALAR, numeric_shape

FEW_SIZES = 4
MOST = 5  # arguments of pinv that are looked at
REACH = 5  # entries are whole numbers up to this
SPACES = frozenset(("R", "Sym", "Skew", "Diag", "Tril", "Triu", "Toep", "SymToep"))
CONFIRMED = 40  # digits more, with which a difference of rounded numbers has to stay


def at_low_rank(pair: Pair, setting: Setting) -> Outcome | None:
    """How both sides differ where the argument of a pseudoinverse has less than full rank."""
    taken = [e.children[0] for e in pair.nodes if is_call(e, "pinv")][:MOST]
    if not taken or pair.complex:
        return None
    for number, sizes in enumerate(pair.schedule[:FEW_SIZES]):
        for at in _points(pair, taken, sizes, setting, number):
            found = _difference(pair, at)
            if found is not None:
                return Outcome(False, "exact", (sizes,), exact=not pair.inexact, seen=found)
    return None


def _difference(pair: Pair, at) -> Candidate | None:
    """A difference at a point; of rounded numbers, one that stays with more digits."""
    found = None
    for digits in (DIGITS, DIGITS + CONFIRMED) if pair.inexact else (DIGITS,):
        try:
            left, right, point = pair.values_at(at(digits))
        except (Pole, Inexact):
            return None
        numbers = point.numbers
        if numbers.exact:
            equal = same(left, right, numbers)
        else:
            equal = distance(left, right) <= 10**-20 * max(1, numbers.largest)
        if equal:
            return None
        found = Candidate(point, left, right)
    return found


def _points(pair: Pair, taken: list[Expr], sizes: Sizes, setting: Setting, number: int) -> Iterator:
    """Points at which ranks may fall, as functions of the number of digits."""
    low = [s for s in pair.wanted.symbols if s.set.name in LOW_RANK and s.name not in setting.sets]
    settings = [{s.name: RANK_ONE + s.set.name for s in low}, *({s.name: ZERO} for s in low)]
    for k, sets in enumerate(settings):
        changed = Setting({**setting.sets, **sets}, setting.signs)
        yield _drawn(pair, sizes, changed, f"{number} {k}")
    for e in taken:
        if "nonsingular" in e.facts:
            continue
        for s in symbols(e):
            kept = setting.sets.get(s.name, s.set.name)
            if kept.removeprefix(FULL_RANK) in SPACES:
                yield _solved(pair, e, s, sizes, setting, f"{number} {s.name}")


def _drawn(pair: Pair, sizes: Sizes, setting: Setting, seed: str):
    def at(digits: int) -> Point:
        seeded = f"{pair.seed} rank {seed}"
        if pair.inexact:
            numbers: Any = HighPrecision(seeded, digits, integers=REACH, ranks=True)
        else:
            numbers = Rationals(random.Random(seeded), REACH)
        functions: Any = Jets(numbers) if numbers.exact else Ridges(numbers)
        point = draw_point(pair.nodes, numbers, sizes, setting, functions)
        _require_full_rank(point, setting)
        return point

    return at


def _solved(pair: Pair, e: Expr, s: Symbol, sizes: Sizes, setting: Setting, seed: str):
    """A point with e*v = 0 for some v, or v'*e = 0 for a wide e, by the choice of s."""
    drawn, order = _drawn(pair, sizes, setting, seed), tuple(postorder(e))

    def at(digits: int) -> Point:
        point = drawn(digits)
        numbers = point.numbers
        shape = numeric_shape(s.shape, sizes)
        v: Any = None

        def image(value: Any) -> np.ndarray:
            nonlocal v
            values = {**point.values, s.name: value[0, 0] if s.shape == SCALAR else value}
            found = run(order, replace(point, values=values, memo={}))[e]
            m = as_matrix(found)
            m = m if m.shape[0] >= m.shape[1] else m.T
            v = numbers.draw((m.shape[1], 1)) if v is None else v
            return (m @ v)[:, 0]

        space = setting.sets.get(s.name, s.set.name).removeprefix(FULL_RANK)
        directions = [draw_pair(space, numbers, shape, 1)[0] for _ in range(shape[0] * shape[1])]
        start = image(0 * directions[0])
        columns = np.array([image(d) - start for d in directions], dtype=object).T
        steps = _any_solution(columns, -start, numbers)
        value = sum((d * c for c, d in zip(steps, directions, strict=True)), 0 * directions[0])
        residue = max(abs(x) for x in image(value))
        if residue > (0 if numbers.exact else 10**-20 * max(1, numbers.largest)):
            raise Pole  # e is not affine in s
        point.values[s.name] = value[0, 0] if s.shape == SCALAR else value
        _require_full_rank(point, setting)
        return point

    return at


def _require_full_rank(point: Point, setting: Setting) -> None:
    for name, kind in setting.sets.items():
        if kind.startswith(FULL_RANK) and name in point.values:
            value = as_matrix(point.values[name])
            if rank(value, point.numbers) < min(value.shape):
                raise Pole


def _any_solution(a: np.ndarray, b: np.ndarray, numbers: Any) -> list[Any]:
    """An x with a x = b, and what b leaves open drawn; any x where there is none."""
    work = np.concatenate([a, b[:, None]], axis=1)
    pivots: list[int] = []
    for j in range(a.shape[1]):
        k = len(pivots)
        if k == len(work):
            break
        try:
            i = k + numbers.pivot(work[k:, j])
        except Pole:
            continue
        work[[k, i]] = work[[i, k]]
        work[k] = work[k] * numbers.reciprocal(work[k, j])
        factors = work[:, j].copy()
        factors[k] = 0
        work = work - factors[:, None] * work[k]
        pivots.append(j)
    free = [j for j in range(a.shape[1]) if j not in pivots]
    x = [numbers.number(0) for _ in range(a.shape[1])]
    for j, value in zip(free, numbers.draw((len(free), 1)).flat if free else (), strict=True):
        x[j] = value
    for k, j in enumerate(pivots):
        x[j] = work[k, -1] - sum((work[k, i] * x[i] for i in free), 0 * work[k, -1])
    return x
