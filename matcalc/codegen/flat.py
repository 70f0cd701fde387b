"""Compiled functions of one flat array, as optimisers want them."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np

from matcalc.codegen.request import Output
from matcalc.codegen.runtime import of_shape
from matcalc.errors import NotSupportedError, ShapeError
from matcalc.expr.nodes import Symbol
from matcalc.expr.sizes import names_of
from matcalc.numeric.layout import bind_sizes
from matcalc.numeric.tensors import tensor_shape


class FlatCompiled:
    """A compiled function that takes and returns flat arrays.

    The variables stand one after the other, each with its entries in the order of rows, as
    `W.ravel()` gives them; so do gradients, and the directions v of products. Shapes come from
    the other arrays, and from those that `flat` was given.
    """

    def __init__(self, compiled: Any, like: Mapping[str, Any] | None = None):
        self.compiled = compiled
        self.like = {n: np.shape(a) for n, a in (like or {}).items()}
        several = len(self.variables) > 1
        if several and any(o.name == "hessian" for o in compiled.request.outputs):
            raise NotSupportedError(
                "flat Hessians by several variables", hint="ask for the product hvp"
            )

    @property
    def variables(self) -> list[Symbol]:
        fixed = self.compiled.request.fixed
        return [v for v in self.compiled.request.positional if v.name not in fixed]

    def __call__(self, x: Any, /, *direction: Any, **named: Any) -> Any:
        x = np.asarray(x)
        shapes = self._shapes(named, x.size)
        parts = split(x, shapes)
        for d in self.compiled.request.directions:
            given = direction[0] if direction else named.get(d.keyword)
            if d.keyword == "v" and given is not None:
                pieces = split(np.asarray(given), shapes)
                named[d.keyword] = pieces[0] if d.single else tuple(pieces)
                direction = ()
        found = self.compiled(*parts, *direction, **named)
        outputs = self.compiled.request.outputs
        if self.compiled.request.bare:
            return flattened(outputs[0], found, shapes)
        return tuple(flattened(o, a, shapes) for o, a in zip(outputs, found, strict=True))

    def _shapes(self, named: Mapping[str, Any], count: int) -> list[tuple[int, ...]]:
        """The shapes of the variables: of one size at most, the length decides."""
        request = self.compiled.request
        given = {**request.fixed, **named}
        flat = {s for d in request.directions if d.keyword == "v" for s in d.symbols}
        inputs = [s for s in self.compiled.inputs if s not in flat]
        arrays = {s: of_shape(np.shape(given[s.name])) for s in inputs if s.name in given}
        sizes = {n: int(v) for n, v in given.items() if isinstance(v, int | np.integer)}
        sizes = bind_sizes(arrays, sizes)
        unknown = {
            n
            for v in self.variables
            if v.name not in self.like
            for s in v.shape
            for n in names_of(s)
        } - set(sizes)
        options = [sizes]
        if len(unknown) == 1:
            (name,) = unknown
            options = [{**sizes, name: k} for k in range(1, count + 1)]
        elif unknown:
            raise ShapeError(
                f"no given array determines the sizes {', '.join(sorted(unknown))}",
                hint="give flat() arrays of the right shapes, as in g.flat(W=W0)",
            )
        for option in options:
            shapes = [
                self.like.get(v.name) or tensor_shape(v.shape, option) for v in self.variables
            ]
            if sum(map(prod, shapes)) == count:
                return shapes
        raise ShapeError(f"{count} entries do not fit the variables' shapes")

    def __reduce__(self):
        return _again, (self.compiled, self.like)


def _again(compiled: Any, shapes: dict[str, tuple[int, ...]]) -> FlatCompiled:
    made = FlatCompiled(compiled)
    made.like = shapes
    return made


def split(x: np.ndarray, shapes: list[tuple[int, ...]]) -> list[np.ndarray]:
    """A flat array as arrays of these shapes."""
    if x.ndim != 1:
        raise ShapeError(f"a flat array has one axis, not the shape {x.shape}")
    ends = np.cumsum([prod(s) for s in shapes])
    if x.size != ends[-1]:
        raise ShapeError(f"{x.size} entries do not fit the variables' shapes")
    return [part.reshape(s) for part, s in zip(np.split(x, ends[:-1]), shapes, strict=True)]


def flattened(output: Output, value: Any, shapes: list[tuple[int, ...]]) -> Any:
    """An output with the axes of the variables as one."""
    if output.name == "value":
        return value
    parts = [value] if output.single else list(value)
    if output.name == "jvp":
        return sum(parts)
    if output.name == "jacobian":
        flat = [np.reshape(p, (-1, prod(s))) for p, s in zip(parts, shapes, strict=True)]
        return np.concatenate(flat, axis=1)
    if output.name == "hessian":
        n = prod(shapes[0])
        return np.reshape(parts[0], (n, n))
    return np.concatenate([np.reshape(p, -1) for p in parts])
