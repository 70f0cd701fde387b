"""Compiled functions of many values at once, along one more axis in front.

On JAX and PyTorch the library maps the program over the axis (vmap). On NumPy arrays with the axis
go through the program, as many values at a time as stay in a cache; where it has an operation
without code for that, it is run for each value in turn.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from matcalc.codegen.arguments import Arguments
from matcalc.codegen.compiled import Compiled, Run
from matcalc.codegen.emitter import Emitter, Parameter
from matcalc.codegen.plan import Plan
from matcalc.codegen.program import Program
from matcalc.codegen.request import Request
from matcalc.codegen.runtime import Getter, is_function, is_row
from matcalc.codegen.stacked import Stacked
from matcalc.errors import DomainError, NotSupportedError, ShapeError, UnknownNameError

Function = Callable[[Mapping[str, Any]], Any]

CACHED = 2**18  # entries of intermediate arrays, of all values that are taken at a time
LEAST = 4  # values at a time, below which nothing is won


class Batched:
    """A compiled function with one more axis in front of some of its values, and of all results.

    It is called as `Compiled` is. source: on NumPy for all values, if there is such code; else, as
    the plan, for one of them.
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
        self._stack = Stack(request, self._along) if request.backend == "numpy" else None

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

        if self._stack is not None:
            run = self._stack.run_for({**rest, **{n: v[0] for n, v in many.items()}})
            if run is not None:
                return run({**rest, **many})

        def one(values: Mapping[str, Any]) -> Any:
            return self.compiled(**rest, **values)

        return self._map(one, many)

    def __reduce__(self):
        return Batched, (self.compiled, self.names)

    @property
    def source(self) -> str:
        try:
            return (self._stack or self.compiled).source
        except NotSupportedError:
            return self.compiled.source

    @property
    def plan(self) -> Plan:
        return self.compiled.plan

    @property
    def parameters(self) -> tuple[str, ...]:
        return self.compiled.parameters


class Stack(Compiled):
    """A compiled function on NumPy of arrays that have one more axis in front, and of others.

    It is planned for one value of each; what it gives has the axis.
    """

    def __init__(self, request: Request, along: Collection[str]):
        super().__init__(request)
        self.along = frozenset(along)
        self._arguments = partial(StackedArguments, self.along)
        self._refused: set[tuple] = set()

    def run_for(self, one: dict[str, Any]) -> Run | None:
        """What takes many values of these shapes; None where each has to be taken in turn."""
        key = self._runtime.signature(one, self._array)
        if key in self._refused:
            return None
        try:
            return self._found(one)
        except NotSupportedError:
            self._refused.add(key)
            return None

    def _emitter(self, program: Program, function: str, comments: Sequence[str]) -> Emitter:
        inputs = {op.data for op in program.order() if op.kind == "input"}
        if inputs.isdisjoint(self.along) and function == "constants":
            return super()._emitter(program, function, comments)
        emitter = Stacked(program, function, comments)
        emitter.many = self.along
        return emitter

    def _tiling(self, program: Program) -> None:
        return None

    def _built(self, sizes: dict[str, int], dtype: str, like: Mapping[str, Any]) -> Run:
        run = super()._built(sizes, dtype, like)
        step = CACHED // max(1, Plan(self._parts(self.program(sizes))[1]).memory)
        if step < LEAST:
            raise NotSupportedError("stacks of large arrays")
        names = [n for n in like if n in self.along]

        def in_parts(given: dict[str, Any]) -> Any:
            count = len(given[names[0]])
            if count <= step:
                return run(given)
            starts = range(0, count, step)
            parts = [run({**given, **{n: given[n][k : k + step] for n in names}}) for k in starts]
            return _joined(np.concatenate, parts)

        return in_parts


class StackedArguments(Arguments):
    """Arguments of which some have an axis in front."""

    def __init__(self, along: Collection[str], *others: Any):
        super().__init__(*others)
        self.along = along

    def _getter(self, p: Parameter, fixed: Mapping[str, Any], known: Mapping[str, Any]) -> Getter:
        if p.kind != "array" or p.key not in self.along:
            return super()._getter(p, fixed, known)
        name, dtype, row = p.key, self.dtype, is_row(self.inputs[p.key])

        def get(given: Mapping[str, Any]) -> np.ndarray:
            a = given[name].astype(dtype, copy=False)
            return a.reshape(len(a), -1) if row else a

        return get


def _in_turn(one: Function, many: Mapping[str, Any]) -> Any:
    """One value after the other."""
    count = len(next(iter(many.values())))
    found = [one({n: v[k] for n, v in many.items()}) for k in range(count)]
    return _joined(np.stack, found)


def _joined(join: Callable[[list[Any]], Any], found: list[Any]) -> Any:
    """Results of equal structure as one: tuples of tuples of arrays at most."""
    if not isinstance(found[0], tuple):
        return join(found)
    return tuple(_joined(join, list(parts)) for parts in zip(*found, strict=True))


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
