"""Compiled functions of many values at once, along one more axis in front.

On JAX and PyTorch the library maps the program over the axis (vmap). On NumPy the program, planned
once, is run for each value in turn: what is the same for all of them is best fixed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from matcalc.codegen.compiled import Compiled
from matcalc.codegen.plan import Plan
from matcalc.codegen.runtime import is_function
from matcalc.errors import DomainError, NotSupportedError, ShapeError, UnknownNameError

Function = Callable[[Mapping[str, Any]], Any]


class Batched:
    """A compiled function with one more axis in front of some of its values, and of all results.

    It is called as `Compiled` is; `source` and `plan` are those of one value.
    """

    def __init__(self, compiled: Compiled, names: Iterable[str]):
        self.compiled, self.names = compiled, tuple(dict.fromkeys(names))
        request = compiled.request
        directions = {d.keyword: [s.name for s in d.symbols] for d in request.directions}
        variables = {s.name for s in compiled.inputs} | {v.name for v in request.positional}
        for name in self.names:
            if name in request.fixed:
                raise DomainError(f"{name} is fixed: a batch is of values that are given")
            if name not in variables and name not in directions:
                raise UnknownNameError(f"a batch of {name}, which is no variable of the function")
        self._along = [s for name in self.names for s in directions.get(name, [name])]
        if request.backend not in _MAPS:
            raise NotSupportedError(f"batches in code for {request.backend}")
        self._map = _MAPS[request.backend]

    def __call__(self, /, *positional: Any, **named: Any) -> Any:
        given = self.compiled.gathered(positional, named)
        many = {n: given[n] for n in self._along if n in given}
        rest = {n: v for n, v in given.items() if n not in many}
        if not many:
            return self.compiled(**given)  # which says what is missing
        for name, value in many.items():
            if is_function(value) or not np.shape(value):
                raise ShapeError(f"the values of {name} have no axis of a batch")
        counts = {n: np.shape(v)[0] for n, v in many.items()}
        if len(set(counts.values())) > 1:
            text = ", ".join(f"{c} of {n}" for n, c in counts.items())
            raise ShapeError(f"a batch has as many values of each: {text}")
        if 0 in counts.values():
            raise ShapeError("a batch of no values")

        def one(values: Mapping[str, Any]) -> Any:
            return self.compiled(**rest, **values)

        return self._map(one, many)

    def __reduce__(self):
        return Batched, (self.compiled, self.names)

    @property
    def source(self) -> str:
        return self.compiled.source

    @property
    def plan(self) -> Plan:
        return self.compiled.plan

    @property
    def parameters(self) -> tuple[str, ...]:
        return self.compiled.parameters


def _in_turn(one: Function, many: Mapping[str, Any]) -> Any:
    """One value after the other."""
    count = len(next(iter(many.values())))
    found = [one({n: v[k] for n, v in many.items()}) for k in range(count)]
    return _stacked(found)


def _stacked(found: list[Any]) -> Any:
    """Results of equal structure as one: tuples of tuples of arrays at most."""
    if not isinstance(found[0], tuple):
        return np.stack(found)
    return tuple(map(_stacked, map(list, zip(*found, strict=True))))


def _by_jax(one: Function, many: Mapping[str, Any]) -> Any:
    import jax

    return jax.vmap(one)(dict(many))


def _by_torch(one: Function, many: Mapping[str, Any]) -> Any:
    import torch

    return torch.func.vmap(one)(dict(many))


_MAPS: dict[str, Callable[[Function, Mapping[str, Any]], Any]] = {
    "numpy": _in_turn,
    "jax": _by_jax,
    "torch": _by_torch,
}
