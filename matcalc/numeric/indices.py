"""The value of a derivative in index notation: what its terms say, entry by entry, summed."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from math import prod
from typing import Any

import numpy as np

from matcalc.derivation.index import FIRST, Entry, Index, IndexForm, Place, Term, flat
from matcalc.errors import NotSupportedError
from matcalc.expr.nodes import Expr, Symbol, postorder
from matcalc.expr.sizes import size_value
from matcalc.numeric.difference import still_and_moving
from matcalc.numeric.evaluate import Memo, Point, evaluate, float_of, run
from matcalc.numeric.sample import lines_of, survey
from matcalc.numeric.trials import Directions, Residual, Verification, not_verified, try_out


def index_tensor(form: IndexForm, point: Point) -> np.ndarray:
    """The tensor at a point, with an axis for each place on the left, in their order."""
    free = _written(form.free)
    shape = tuple(_count(x, point) for x in free)
    total = np.zeros(shape)
    for t in form.terms:
        total = total + _term(t, free, shape, point)
    axes = [_entries(flat(place), point) for place in form.places]
    total = total.reshape(axes, order="F")  # in a stack the first index runs fastest
    for k, place in enumerate(form.places):
        if any(x.pair for x in place):
            total = total.take(_in_triangles(place, point), axis=k)
    return total


def _in_triangles(place: Place, point: Point) -> np.ndarray:
    """Where a place has i >= j of each pair (i,j), counted as if it had all of them."""
    inside: np.ndarray = np.ones(1)
    for x in place:
        n = _count(x.pair[0] if x.pair else x, point)
        inside = np.kron(np.tri(n).ravel(order="F") if x.pair else np.ones(n), inside)
    return np.flatnonzero(inside)


def _written(indices: Place) -> Place:
    """Without the 1 of a row of which there is only one."""
    return tuple(x for x in indices if x != FIRST)


def _term(t: Term, free: Place, shape: tuple[int, ...], point: Point) -> np.ndarray:
    numbers: dict[Index, int] = {}
    counter = count()

    def axis(x: Index) -> int:
        if x not in numbers:
            numbers[x] = next(counter)
        return numbers[x]

    operands: list[Any] = []
    for e in t.entries:
        operands += [_array(e, point), [axis(x) for x in _written(e.indices)]]
    for x, n in zip(free, shape, strict=True):  # a term may not depend on an index at all
        operands += [np.ones(n), [axis(x)]]
    factor = float_of(t.coefficient)
    for s in t.scalars:
        factor = factor * evaluate(s, point)
    if not operands:
        return np.asarray(factor)
    # Two at a time: all at once would be a loop over every index, exponential in their number.
    return factor * np.einsum(*operands, [axis(x) for x in free], optimize="greedy")


def _array(e: Entry, point: Point) -> np.ndarray:
    """The values of an entry's array, with an axis for each of its indices."""
    sizes = [_count(x, point) for x in _written(e.indices)]
    values = np.eye(_entries(e.rows, point)) if e.array is None else evaluate(e.array, point)
    for axis, place in enumerate((e.rows, e.columns)):
        if any(x.pair for x in place):
            values = _spread(values, axis, place, point)
    return np.reshape(values, sizes, order="F")


def _spread(values: np.ndarray, axis: int, place: Place, point: Point) -> np.ndarray:
    """With zeros for the pairs (i,j) with i < j, which an axis does not have."""
    shape = list(values.shape)
    shape[axis] = _entries(flat(place), point)
    whole = np.zeros(shape, values.dtype)
    whole[(slice(None),) * axis + (_in_triangles(place, point),)] = values
    return whole


def _count(x: Index, point: Point) -> int:
    return size_value(x.size, point.sizes)


def _entries(place: Place, point: Point) -> int:
    """The number of entries along an axis."""
    return prod(_count(x, point) for x in place)


def verify_faces(
    matrix: Expr, operator: Expr, form: IndexForm | None, free: Symbol, *, seed: int = 0
) -> Verification:
    """Compares a derivative's matrix, operator in d(H) and index form; H is `free`."""
    try:
        return try_out(FacesCheck(matrix, operator, form, free), seed, 1, 2, 1e-8)
    except NotSupportedError as error:
        return not_verified(error.message, seed)


class FacesCheck:
    """The claim that operator, matrix and index form are one derivative."""

    may_vanish = True

    def __init__(self, matrix: Expr, operator: Expr, form: IndexForm | None, variable: Symbol):
        self.matrix, self.operator, self.form, self.variable = matrix, operator, form, variable
        self.wanted = survey(matrix, operator, variable)
        self.order, self.moving = still_and_moving(postorder(matrix, operator))
        self.methods: set[str] = set()

    def draw_lines(self, rng, sizes, count) -> list[Directions]:
        return lines_of((self.variable,), rng, sizes, count)

    def residuals(self, point, memo, lines, step) -> list[Residual]:
        matrix = memo[self.matrix]
        found = [self._along(matrix, memo, replace(point, directions=line)) for line in lines]
        if self.form is not None:
            tensor = index_tensor(self.form, point).reshape(matrix.shape, order="F")
            found.append(_residual(tensor, matrix, "the index form"))
        return found

    def _along(self, matrix: np.ndarray, memo: Memo, point: Point) -> Residual:
        here = dict(memo)
        run(self.moving, here, point)
        direction = point.directions[self.variable.name]  # type: ignore[index]
        by_matrix = matrix @ direction.reshape(-1, 1, order="F")
        by_operator = here[self.operator].reshape(-1, 1, order="F")
        return _residual(by_operator, by_matrix, "the operator")


def _residual(a: np.ndarray, b: np.ndarray, what: str) -> Residual:
    difference = float(np.max(abs(a - b)))
    scale = max(float(np.max(abs(a))), float(np.max(abs(b))))
    return Residual(
        difference, scale, 0.0, lambda: f"{what} is not the matrix: off by {difference:.3g}"
    )
