"""From what a caller gives to what generated code takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from matcalc.codegen.emitter import Parameter
from matcalc.codegen.request import Direction
from matcalc.codegen.runtime import Getter, Runtime
from matcalc.errors import ArityError, MatcalcError, ShapeError
from matcalc.expr.nodes import Symbol
from matcalc.expr.sizes import AnySize, names_of, size_value
from matcalc.functions.abstract import AbstractFunction
from matcalc.numeric.layout import undetermined
from matcalc.numeric.records import require_part
from matcalc.numeric.tensors import tensor_shape


def parts_of(direction: Direction, value: Any) -> dict[str, Any]:
    """A direction by the names of its symbols: a tuple where there are several variables."""
    if direction.single:
        return {direction.symbols[0].name: value}
    if not isinstance(value, tuple | list) or len(value) != len(direction.symbols):
        raise ArityError(f"{direction.keyword} is a tuple of {len(direction.symbols)} arrays")
    return {s.name: v for s, v in zip(direction.symbols, value, strict=True)}


class Arguments:
    """The arguments of generated functions, for values of known sizes and precision.

    like: values of the shapes and precisions of all that will be given.
    """

    def __init__(
        self,
        runtime: Runtime,
        inputs: Iterable[Symbol],
        sizes: Mapping[str, int],
        dtype: str,
        like: Mapping[str, Any],
    ):
        self.runtime = runtime
        self.inputs = {s.name: s for s in inputs}
        self.sizes = sizes
        self.dtype = dtype
        self.like = like

    def getter(
        self, parameters: Sequence[Parameter], fixed: Mapping[str, Any], known: Mapping[str, Any]
    ) -> Getter:
        """What takes the arguments from the given values: at once if all are taken as they are."""
        getters = [self._getter(p, fixed, known) for p in parameters]
        plain = [
            p.key for p, get in zip(parameters, getters, strict=True) if type(get) is itemgetter
        ]
        if len(plain) < len(getters):
            return lambda given: [get(given) for get in getters]
        if len(plain) == 1:
            (key,) = plain
            return lambda given: (given[key],)
        return itemgetter(*plain) if plain else lambda given: ()

    def _getter(self, p: Parameter, fixed: Mapping[str, Any], known: Mapping[str, Any]) -> Getter:
        if p.kind == "size":
            if p.key not in self.sizes:
                raise undetermined(p.key)
            return _constant(self.sizes[p.key])
        if p.kind == "function":
            return self._function(p, fixed)
        if p.key in known:
            return _constant(known[p.key])
        symbol = self.inputs[p.key]
        if p.key in fixed:
            value = self.runtime.asarray(fixed[p.key])
            convert = self.runtime.converter(symbol, self.dtype, value)
            return _constant(value if convert is None else convert(value))
        change = self.runtime.converter(symbol, self.dtype, self.like[p.key])
        if change is None:
            return itemgetter(p.key)
        return lambda given: change(given[p.key])

    def _function(self, p: Parameter, fixed: Mapping[str, Any]) -> Getter:
        _, base, by = p.key
        sizes, finish = self.sizes, self.runtime.finisher(self.dtype)

        def get(given: Mapping[str, Any]) -> Callable[..., Any]:
            value = given[base.name] if base.name in given else fixed[base.name]
            return checked(value, base, by, sizes, finish)

        return get


def _constant(value: Any) -> Getter:
    return lambda given: value


def checked(
    given: Any,
    base: AbstractFunction,
    by: tuple[int, ...],
    sizes: Mapping[str, int],
    finish: Callable[[Any], Any],
) -> Callable[..., Any]:
    """A given function, or a derivative of it, whose values must have the declared shape."""
    parts = (given,) if callable(given) else tuple(given)
    order = len(by)
    require_part(parts, base.name, order)
    shapes = [base.codomain, *(base.domains[k] for k in by)]
    axes = [_known(s, sizes) for shape in shapes for s in tensor_shape(shape)]

    def call(*arguments: Any) -> Any:
        try:
            value = parts[order](*arguments)
            for k in by if len(base.domains) > 1 else ():
                value = value[k]
            value = finish(value)
        except MatcalcError:
            raise
        except Exception as error:
            raise MatcalcError(f"the given {base.name} failed: {error}") from error
        shape = tuple(value.shape)
        fits = len(axes) == len(shape) and all(
            n is None or n == m for n, m in zip(axes, shape, strict=True)
        )
        if not fits:
            text = ", ".join("?" if n is None else str(n) for n in axes)
            raise ShapeError(f"the given {base.name} returned shape {shape}, not ({text})")
        return value

    return call


def _known(size: AnySize, sizes: Mapping[str, int]) -> int | None:
    return size_value(size, sizes) if set(names_of(size)) <= set(sizes) else None
