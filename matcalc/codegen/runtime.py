"""The arrays of a target: what a caller's values are made of, and how they are checked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import Context, copy_context
from typing import Any

import numpy as np

from matcalc.errors import DomainError, LimitError, MatcalcError, ShapeError, UnknownNameError
from matcalc.expr.nodes import Apply, Expr, Symbol
from matcalc.expr.sizes import shape_text
from matcalc.functions.abstract import AbstractDerivative, AbstractFunction
from matcalc.numeric.layout import bind, bind_sizes
from matcalc.numeric.tensors import tensor_shape

# What arrays and Python's own numbers raise where a function has no value.
NO_VALUE = (np.linalg.LinAlgError, ZeroDivisionError, OverflowError)

Getter = Callable[[Mapping[str, Any]], Any]  # from values by name
Finish = Callable[[Any], Any]  # from what code returned


def is_function(value: Any) -> bool:
    """Whether a value is a callable, or several."""
    if callable(value):
        return True
    return isinstance(value, tuple | list) and bool(value) and all(map(callable, value))


@contextmanager
def required(library: str, extra: str | None = None) -> Iterator[None]:
    """An import of a library that is installed on request, by the extra of that name."""
    try:
        yield
    except ImportError as error:
        extra = extra or library
        raise MatcalcError(
            f"code for {extra} needs {library}, which is not installed",
            hint=f'pip install "matcalc-engine[{extra}]"',
        ) from error


class Runtime:
    """NumPy's arrays. Values are members of the declared sets: looked at once for each shape."""

    gathers = False  # whether finished results are not yet what is returned
    direct: frozenset[type] = frozenset({np.ndarray, np.float64})  # looked at by shape alone

    def is_array(self, value: Any) -> bool:
        return type(value) is np.ndarray

    def asarray(self, value: Any) -> Any:
        return np.asarray(value)

    def sizes(
        self, nodes: Sequence[Expr], values: Mapping[str, Any], variables: Iterable[Symbol]
    ) -> dict[str, int]:
        """The sizes that values have, which are checked against the declarations."""
        return bind(nodes, values, variables).sizes

    def signature(self, given: dict[str, Any], array: Callable[[str, Any], Any]) -> tuple:
        """What the code for these values depends on: names, shapes, precisions; sizes themselves.

        array: makes an array of a value of a name; what is none yet is replaced in `given`.
        """
        parts: list[Any] = list(given)
        for name, v in given.items():
            if type(v) not in self.direct:
                v = given[name] = array(name, v)
                if type(v) not in self.direct:
                    parts += type(v), (v if isinstance(v, int | np.integer) else None)
                    continue
            parts += type(v), v.shape, v.dtype
        return tuple(parts)

    def precision(self, arrays: Sequence[Any], asked: str | None) -> str:
        """The precision for these arrays: theirs, double if in doubt."""
        names = [_dtype_name(a.dtype) for a in arrays]
        if any(k.startswith("complex") for k in names):
            return "complex128"
        if asked is not None:
            return asked
        floats = [k for k, a in zip(names, arrays, strict=True) if a.ndim and k.startswith("float")]
        single = bool(floats) and all(k == "float32" for k in floats)
        return "float32" if single else "float64"

    def converter(self, s: Symbol, dtype: str, like: Any = None) -> Callable[[Any], Any] | None:
        """What makes of a given array what the code takes: of a row, one axis.

        None where arrays as `like`, of its shape and precision, are taken as they are.
        """
        wanted, row = np.dtype(dtype), is_row(s)
        if s.shape == (1, 1):
            return None if type(like) is wanted.type else wanted.type
        if isinstance(like, np.ndarray) and like.dtype == wanted and like.ndim and not row:
            return None

        def convert(a: np.ndarray) -> Any:
            if a.dtype != wanted:
                a = a.astype(wanted)
            return a.reshape(-1) if row else a

        return convert

    def finisher(self, dtype: str) -> Callable[[Any], Any]:
        """Makes an array or number of the precision of what the code returned."""
        wanted = np.dtype(dtype)
        number = wanted.type

        def finish(x: Any) -> Any:
            kind = type(x)
            if kind is number or (kind is np.ndarray and x.dtype is wanted):
                return x
            a = np.asarray(x, dtype=wanted)
            return a if a.ndim else a[()]

        return finish

    def real(self, value: Any) -> Any:
        """The real part."""
        return value.real

    def runner(
        self, code: Callable[..., Any], get: Getter, foreign: bool, finish: Finish
    ) -> Getter:
        """What gives the results for given values, infinities as floating point has them.

        get: takes the arguments from the values. foreign: whether the code calls functions of the
        user's, which see their own context. finish: makes of the code's results what is returned.
        """
        quiet = None if foreign else _quiet()

        def run(given: Mapping[str, Any]) -> Any:
            try:
                if quiet is not None:
                    return finish(quiet.copy().run(code, *get(given)))
                with np.errstate(all="ignore"):
                    return finish(code(*get(given)))
            except NO_VALUE as error:
                raise DomainError(f"the function has no value here: {error}") from error
            except MemoryError as error:
                raise LimitError("a value on the way does not fit into memory") from error

        return run

    def keeping(self, fixed: Iterable[Any]) -> AbstractContextManager[Any]:
        """Where what is kept for later calls is made of fixed values."""
        return nullcontext()

    def constants(self, values: Sequence[Any]) -> Sequence[Any]:
        """What is kept of results that depend on fixed values alone."""
        return values

    def gathered(self, values: list[Any]) -> list[Any]:
        """What is returned, of finished results."""
        return values


class ShapedRuntime(Runtime):
    """Arrays of which only shapes are looked at, since values may be traced, or elsewhere."""

    direct = frozenset()

    def signature(self, given: dict[str, Any], array: Callable[[str, Any], Any]) -> tuple:
        for name, v in given.items():
            if not self.is_array(v):
                given[name] = array(name, v)
        return tuple([(name, *self._described(v)) for name, v in given.items()])

    def _described(self, value: Any) -> tuple:
        if self.is_array(value):
            return tuple(value.shape), str(value.dtype)
        return (value if isinstance(value, int | np.integer) else None,)

    def sizes(
        self, nodes: Sequence[Expr], values: Mapping[str, Any], variables: Iterable[Symbol]
    ) -> dict[str, int]:
        needed = [e for e in nodes if isinstance(e, Symbol)]
        names = [s.name for s in needed] + functions_of(nodes)
        missing = [n for n in dict.fromkeys(names) if n not in values]
        if missing:
            raise UnknownNameError(f"no value is given for {', '.join(missing)}")
        arrays = {}
        for s in dict.fromkeys([*needed, *(v for v in variables if v.name in values)]):
            shape = tuple(np.shape(values[s.name]))
            if len(shape) != len(tensor_shape(s.shape)):
                axes = len(tensor_shape(s.shape))
                raise ShapeError(
                    f"{s.name} is {shape_text(s.shape)}: give {axes} axes, not {len(shape)}"
                )
            require_real(s, values[s.name])
            arrays[s] = of_shape(shape)
        given = {n: int(v) for n, v in values.items() if isinstance(v, int | np.integer)}
        return bind_sizes(arrays, given)

    def runner(
        self, code: Callable[..., Any], get: Getter, foreign: bool, finish: Finish
    ) -> Getter:
        def run(given: Mapping[str, Any]) -> Any:
            try:
                return finish(self.run(code, get(given)))
            except NO_VALUE as error:
                raise DomainError(f"the function has no value here: {error}") from error

        return run

    def run(self, code: Callable[..., Any], arguments: Sequence[Any]) -> Any:
        return code(*arguments)


def require_real(s: Symbol, value: Any) -> None:
    """DomainError if a value is complex, and its variable is not."""
    if "complex" in str(getattr(value, "dtype", "")) and not s.set.kind.complex:
        raise DomainError(f"{s.name} is declared real ({s.name} in {s.set}); its value is complex")


def _dtype_name(dtype: Any) -> str:
    if isinstance(dtype, np.dtype):
        return dtype.newbyteorder("=").name
    return str(dtype).rpartition(".")[2]


def _quiet() -> Context | None:
    """A context in which NumPy does not warn; copies of it cost less than to enter one anew.

    None where NumPy does not keep its settings in contexts (before 2.0).
    """
    with np.errstate(all="ignore"):
        found = copy_context()
    return found if set(found.run(np.geterr).values()) == {"ignore"} else None


def of_shape(shape: tuple[int, ...]) -> np.ndarray:
    """An array of this shape that takes no memory."""
    return np.broadcast_to(np.zeros(()), shape)


def functions_of(nodes: Iterable[Expr]) -> list[str]:
    """The names of abstract functions."""
    found = []
    for e in nodes:
        f = e.function if isinstance(e, Apply) else None
        if isinstance(f, AbstractDerivative):
            f = f.base
        if isinstance(f, AbstractFunction):
            found.append(f.name)
    return found


def is_row(s: Symbol) -> bool:
    """Whether values have two axes, the first of length one by declaration."""
    return s.shape[0] == 1 and s.shape[1] != 1
