"""Programs as Python source over the array API standard: CuPy, PyTorch, NumPy and others.

The library is that of the arrays that are given (array-api-compat tells which), and results are
its arrays, on the same device. What the standard lacks is refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from matcalc.codegen.array_api_helpers import HELPERS, OF_COMPLEX
from matcalc.codegen.emitter import TIMES, Text, double_star, summed_products
from matcalc.codegen.numpy import NumPy, folded_axes
from matcalc.codegen.on_device import OF_ONE_ARRAY, OnDevice, called
from matcalc.codegen.program import Op
from matcalc.codegen.runtime import NO_VALUE, Finish, Getter, ShapedRuntime, is_row, required
from matcalc.codegen.symmetric import symmetric
from matcalc.errors import DomainError, MatcalcError, NotSupportedError
from matcalc.expr.nodes import Symbol

_NAMES = frozenset("exp log log1p sqrt sin cos tan asin acos atan sinh cosh tanh abs sign".split())


def _with_library(text: str) -> str:
    """A definition that asks its first argument for the library."""
    head, _, rest = text.strip("\n").partition("\n")
    first = head.split("(", 1)[1].split(")")[0].split(",")[0]
    return f"\n{head}\n    xp = api.array_namespace({first})\n{rest}\n"


class ArrayApi(OnDevice):
    """Any library of the standard."""

    target = "array-api"
    modules: ClassVar[Mapping[str, str]] = {
        "math": "import math",
        "api": "import array_api_compat as api",
    }
    helpers: ClassVar[Mapping[str, str]] = {n: _with_library(t) for n, t in HELPERS.items()}
    of_complex: ClassVar[Mapping[str, str]] = {n: _with_library(t) for n, t in OF_COMPLEX.items()}
    symmetric: ClassVar[Mapping[str, str]] = {
        n: _with_library(t) for n, t in symmetric("xp").items()
    }
    as_array: ClassVar[str] = "xp.asarray"

    def __init__(self, *arguments: Any):
        super().__init__(*arguments)
        self.names.fresh("xp")

    def by_entries(self, function: str, array: str) -> str:
        raise NotSupportedError(f"{function} of each entry of an array in code for {self.target}")

    def kind_of_numbers(self) -> str:
        if self.like:
            return f", dtype={self.like}.dtype, device=api.device({self.like})"
        return f", dtype=xp.{self.dtype}"

    def layout(self, parameters: list[str], body: list[str]) -> list[str]:
        """The library is found first; without arrays it is NumPy."""
        if not any(re.search(r"\bxp\.", line) for line in body):
            return super().layout(parameters, body)
        if not self.like:
            return ["import array_api_compat.numpy as xp", *super().layout(parameters, body)]
        start = sum(line.startswith(self.mark) for line in body)
        found = f"xp = api.array_namespace({self.like})"
        return super().layout(parameters, [*body[:start], found, *body[start:]])

    def result(self, op: Op, name: str) -> str:
        given = super().result(op, name)
        own = self.text[op][0]
        return own if given == own else f"xp.asarray({own}, copy=True)"


Rule = Callable[..., Any]


def _helped(name: str) -> Rule:
    def rule(s: ArrayApi, op: Op, *args: Op) -> str:
        return f"{s.helper(name)}({', '.join(map(s.array, args))})"

    return rule


def _filled(name: str) -> Rule:
    def rule(s: ArrayApi, op: Op) -> str:
        return f"xp.{name}({s.axes(op.axes)}{s.kind_of_numbers()})"

    return rule


def _reshape(s: ArrayApi, op: Op, a: Op) -> str:
    return f"xp.reshape({s.array(a)}, {folded_axes(s, op)})"


def _fold(s: ArrayApi, op: Op, a: Op) -> str:
    """Along other axes, the first running fastest."""
    return _reversed(op, f"xp.reshape({_reversed(a, s.array(a))}, {folded_axes(s, op, True)})")


def _reversed(op: Op, text: str) -> str:
    """With the axes in reverse."""
    if len(op.axes) < 2:
        return text
    return f"xp.permute_dims({text}, {tuple(reversed(range(len(op.axes))))})"


def _outer(s: ArrayApi, op: Op, a: Op, b: Op) -> Text:
    return f"{s.part(a)}[:, None]*{s.part(b)}[None, :]", TIMES


def _sum(s: ArrayApi, op: Op, a: Op) -> str:
    return f"xp.sum({s.array(a)}{'' if op.data is None else f', axis={op.data}'})"


def _placed(s: ArrayApi, op: Op, a: Op) -> str:
    return f'{s.helper("placed")}({s.array(a)}, {s.axes(op.axes)}, "{op.data}")'


def _lu_solve(s: ArrayApi, op: Op, a: Op, b: Op) -> str:
    matrix = f"{s.part(a)}.T" if op.data else s.bare(a)
    return f"xp.linalg.solve({matrix}, {s.bare(b)})"


def _triangular(s: ArrayApi, op: Op, a: Op, b: Op) -> str:
    _, turned = op.data
    matrix = f"{s.part(a)}.T" if turned else s.bare(a)
    return f"xp.linalg.solve({matrix}, {s.bare(b)})"


def _elementwise(s: ArrayApi, op: Op, *args: Op) -> str:
    name = op.data.name
    given = [*map(s.array, args)]
    found = s.helper_call(name, given)
    if found is not None:
        return found
    if len(args) == 1 and name in _NAMES:
        return f"xp.{name}({given[0]})"
    if len(args) == 2 and name in ("max", "min"):
        return f"xp.{name}imum({', '.join(given)})"
    raise NotSupportedError(f"{op.data.head} in code for array-api")


def _record(s: ArrayApi, op: Op, *args: Op) -> str:
    f = op.data[0]
    given = [*map(s.array, args)]
    found = s.symmetric_call(op, given) or s.helper_call(OF_ONE_ARRAY.get(f.name, f.name), given)
    if found is None:
        raise NotSupportedError(f"{f.head} in code for array-api")
    return found


_RULES: dict[str, Rule] = {
    "eye": lambda s, op: f"xp.eye({s.size(op.data)}{s.kind_of_numbers()})",
    "ones": _filled("ones"),
    "zeros": _filled("zeros"),
    "reshape": _reshape,
    "fold": _fold,
    "permute": lambda s, op, a: f"xp.permute_dims({s.bare(a)}, {op.data})",
    "placed": _placed,
    "power": double_star,
    "conjugate": called("xp.conj"),
    "add_diagonal": _helped("add_diagonal"),
    "outer": _outer,
    "inner": summed_products("xp.sum"),
    "sum": _sum,
    "trace": called("xp.linalg.trace"),
    "diagonal": called("xp.linalg.diagonal"),
    "diag": _helped("diag"),
    "row_products": summed_products("xp.sum", ", axis=1"),
    "kron": _helped("kron"),
    "matrix_power": lambda s, op, a: f"xp.linalg.matrix_power({s.bare(a)}, {op.data})",
    "inverse": called("xp.linalg.inv"),
    "cholesky": called("xp.linalg.cholesky"),
    "half_logdet": lambda s, op, a: f"xp.sum(xp.log(xp.linalg.diagonal({s.bare(a)})))",
    "lu": lambda s, op, a: s.text[a],
    "lu_solve": _lu_solve,
    "lu_logdet": _helped("logdet"),
    "triangular_solve": _triangular,
    "call": _elementwise,
    "record": _record,
}
ArrayApi.rules = {**NumPy.rules, **_RULES}


def _library() -> Any:
    with required("array_api_compat", "array-api"):
        import array_api_compat
    return array_api_compat


class ArrayApiRuntime(ShapedRuntime):
    """Arrays of any library of the standard; lists and numbers go to that of the others."""

    def is_array(self, value: Any) -> bool:
        return _library().is_array_api_obj(value)

    def asarray(self, value: Any) -> Any:
        return value if self.is_array(value) else np.asarray(value)

    def converter(self, s: Symbol, dtype: str, like: Any = None) -> Callable[[Any], Any]:
        row, api = is_row(s), _library()

        def convert(a: Any) -> Any:
            xp = api.array_namespace(a)
            a = xp.astype(a, getattr(xp, dtype), copy=False)
            return xp.reshape(a, (-1,)) if row else a

        return convert

    def finisher(self, dtype: str) -> Callable[[Any], Any]:
        api = _library()

        def finish(x: Any) -> Any:
            if not api.is_array_api_obj(x):
                x = np.asarray(x)
            xp = api.array_namespace(x)
            return xp.astype(x, getattr(xp, dtype), copy=False)

        return finish

    def real(self, value: Any) -> Any:
        if not _library().is_array_api_obj(value):
            return value.real
        xp = _library().array_namespace(value)
        return xp.real(value) if xp.isdtype(value.dtype, "complex floating") else value

    def runner(
        self, code: Callable[..., Any], get: Getter, foreign: bool, finish: Finish
    ) -> Getter:
        """NumPy's arrays go to the library and device of the others, if there are any."""

        def run(given: Mapping[str, Any]) -> Any:
            arguments = get(given)
            other = _other_than_numpy([*arguments, *given.values()])
            try:
                with np.errstate(all="ignore"):
                    found = code(*(_moved(a, other) for a in arguments))
            except NO_VALUE as error:
                raise DomainError(f"the function has no value here: {error}") from error
            if type(found) is tuple:
                return finish(tuple(_moved(a, other) for a in found))
            return finish(_moved(found, other))

        return run


def _other_than_numpy(values: Sequence[Any]) -> Any:
    """An array that is not NumPy's; None if there is none."""
    api = _library()
    others = [a for a in values if api.is_array_api_obj(a) and not api.is_numpy_array(a)]
    libraries = {api.array_namespace(a) for a in others}
    if len(libraries) > 1:
        names = ", ".join(sorted(xp.__name__ for xp in libraries))
        raise MatcalcError(f"the arrays are of several libraries: {names}")
    return others[0] if others else None


def _moved(a: Any, other: Any) -> Any:
    api = _library()
    if other is None or not (api.is_numpy_array(a) or isinstance(a, float)):
        return a
    return api.array_namespace(other).asarray(a, device=api.device(other))


TARGET = ArrayApi
RUNTIME = ArrayApiRuntime()
