"""The value of a derivative in index notation: what its terms say, entry by entry, summed."""

from __future__ import annotations

from dataclasses import replace
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

Factor = tuple[np.ndarray, Place]  # an array, and an index for each of its axes


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
    factors: list[Factor] = [(_array(e, point), _written(e.indices)) for e in t.entries]
    # A term may not depend on an index at all.
    factors += [(np.ones(n), (x,)) for x, n in zip(free, shape, strict=True)]
    factor = float_of(t.coefficient)
    for s in t.scalars:
        factor = factor * evaluate(s, point)
    return factor * _summed(factors, free)


def _summed(factors: list[Factor], free: Place) -> np.ndarray:
    """The product of arrays, summed over the indices that are not free: one after the other.

    All at once would be a loop over every index, exponential in their number, and einsum has
    letters for 52 of them, where the Hessian of a deep net has hundreds. The next to go is always
    the one that leaves the smallest array.
    """
    left = dict(enumerate(factors))
    having: dict[Index, dict[int, None]] = {}  # which of them have an index
    counts: dict[Index, int] = {}
    for k, (array, indices) in left.items():
        for x, n in zip(indices, array.shape, strict=True):
            having.setdefault(x, {})[k] = None
            counts[x] = n

    def beside(x: Index) -> Place:
        return tuple(dict.fromkeys(y for k in having[x] for y in left[k][1] if y != x))

    def size_without(x: Index) -> int:
        return prod(counts[y] for y in beside(x))

    sizes = {x: size_without(x) for x in having if x not in free}
    for made in range(len(factors), len(factors) + len(sizes)):
        x = min(sizes, key=sizes.__getitem__)
        del sizes[x]
        rest = beside(x)
        gone = having.pop(x)
        left[made] = _product([left.pop(k) for k in gone], rest), rest
        for y in rest:
            having[y] = {k: None for k in having[y] if k not in gone} | {made: None}
        sizes |= {y: size_without(y) for y in rest if y in sizes}
    return _product(list(left.values()), free)


def _product(factors: list[Factor], free: Place) -> np.ndarray:
    """The product of arrays, summed over the indices that are not free, which are few."""
    numbers: dict[Index, int] = {}
    operands: list[Any] = []
    for array, indices in factors:
        operands += [array, [numbers.setdefault(x, len(numbers)) for x in indices]]
    if not operands:
        return np.asarray(1.0)
    return np.einsum(*operands, [numbers[x] for x in free], optimize="greedy")


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
