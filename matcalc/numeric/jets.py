"""Values of declared functions in exact arithmetic: any, as long as they are consistent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np

from matcalc.expr.nodes import Apply
from matcalc.functions.abstract import AbstractDerivative, AbstractFunction, acts_by_entries
from matcalc.numeric.fields import Field, array
from matcalc.numeric.tensors import SCALAR, numeric_shape


class Jets:
    """Abstract functions with independent random values and derivatives at each point.

    There is a polynomial with any values, gradients, symmetric Hessians and so on at finitely many
    points (Hermite interpolation), so an identity for all functions is one for all such tables.
    """

    def __init__(self, numbers: Field):
        self.numbers = numbers
        self.table: dict[tuple, Any] = {}

    def __call__(self, e: Apply, arguments: list[Any], sizes: Mapping[str, int]) -> Any:
        f = e.function
        base, by = (f.base, f.by) if isinstance(f, AbstractDerivative) else (f, ())
        if acts_by_entries(f, e.arguments):
            entries = (self._of_number(base, by, x, sizes) for x in arguments[0].flat)
            return array(entries, arguments[0].shape)
        place = (base.name, tuple(sorted(by)), tuple(map(_key, arguments)))
        if place not in self.table:
            self.table[place] = self._drawn(base, sorted(by), sizes)
        tensor = self.table[place]
        order = sorted(range(len(by)), key=by.__getitem__)  # where sorted(by) is in by
        turn = [0, 1, *(2 * order.index(k) + half for k in range(len(by)) for half in (2, 3))]
        value = np.reshape(np.transpose(tensor, turn), numeric_shape(e.shape, sizes), order="F")
        return value[0, 0] if e.shape == SCALAR else value

    def _of_number(self, base: AbstractFunction, by: Sequence[int], x: Any, sizes) -> Any:
        """The value of a function of a number, as at scalar arguments."""
        place = (base.name, tuple(by), (_key(x),))
        if place not in self.table:
            self.table[place] = self._drawn(base, by, sizes)
        return self.table[place].flat[0]

    def _drawn(self, base: AbstractFunction, by: Sequence[int], sizes: Mapping[str, int]) -> Any:
        """A tensor with two axes for the value and for each argument in `by`.

        It does not change where those of one argument are exchanged.
        """
        shapes = [numeric_shape(s, sizes) for s in (base.codomain, *(base.domains[k] for k in by))]
        count, *axes = map(prod, shapes)
        drawn = self.numbers.draw((prod(axes), count)).reshape((*axes, count))
        groups = [[i for i, k in enumerate(by) if k == a] for a in dict.fromkeys(by)]
        for index in np.ndindex(*axes):
            first = list(index)
            for places in groups:
                for i, x in zip(places, sorted(index[i] for i in places), strict=True):
                    first[i] = x
            drawn[index] = drawn[tuple(first)]
        full = [n for shape in shapes for n in shape]
        return np.reshape(np.moveaxis(drawn, -1, 0), full, order="F")


def _key(value: Any) -> Any:
    return tuple(value.flat) if isinstance(value, np.ndarray) else value
