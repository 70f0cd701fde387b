"""Functions made callable: the NumPy texts of the library, and a user's abstract functions."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from matcalc.errors import MatcalcError, NotSupportedError, ShapeError
from matcalc.expr.nodes import Apply
from matcalc.expr.sizes import AnySize, names_of, size_value
from matcalc.functions.abstract import AbstractDerivative, acts_by_entries
from matcalc.functions.record import Function
from matcalc.numeric.tensors import SCALAR, tensor_shape, to_tensor


@cache
def compiled(record: Function) -> tuple[Callable, Callable | None]:
    """The value of a record and where it is defined (None: everywhere), as Python functions."""
    if record.numpy is None:
        raise NotSupportedError(f"the value of {record.name}")
    defined = None if record.defined is None else _compile(record, record.defined)
    return _compile(record, record.numpy), defined


@cache
def compiled_complex(record: Function) -> tuple[Callable, Callable | None]:
    """The same at complex arguments: principal values, nan or inf where undefined."""
    value, defined = compiled(record)
    if record.numpy_complex is not None:
        value = _compile(record, record.numpy_complex)
    return value, defined if record.real_of_hermitian else None


def _compile(record: Function, text: str) -> Callable:
    """The texts are the library's own. SciPy is imported only for those that need it."""
    scope: dict[str, Any] = {"np": np}
    if re.search(r"\bspecial\b", text):
        import scipy.special  # type: ignore[import-untyped]

        scope["special"] = scipy.special
    if re.search(r"(?<!np\.)\blinalg\b", text):
        from matcalc.numeric import decompositions

        scope["linalg"] = decompositions
    return eval(f"lambda {', '.join(record.parameters)}: ({text})", scope)


def record_arguments(e: Apply, arguments: list[Any]) -> list[Any]:
    """Arguments as the NumPy text wants them: a 1×1 stands as a matrix where it takes matrices."""
    if e.function.elementwise or all(np.ndim(a) for a in arguments):
        return arguments
    number, _ = e.function.select(e.arguments)
    domains = e.function.signatures[number].domains
    return [
        np.reshape(a, (1, 1)) if dims and not np.ndim(a) else a
        for a, dims in zip(arguments, domains, strict=True)
    ]


def record_value(e: Apply, value: Any) -> Any:
    """What a NumPy text gave, as a float or complex value of the layout inside."""
    value = np.asarray(value)
    if value.dtype.kind in "biu":
        value = value.astype(float)
    if e.shape == SCALAR:
        return value.reshape(())[()]
    if value.ndim != 2:
        raise MatcalcError(f"the value of {e.function.name} has {value.ndim} axes, not 2")
    return value


def call_abstract(e: Apply, arguments: list[Any], functions: dict[str, Any], sizes) -> Any:
    """The value of an abstract function, or of a derivative of one."""
    f = e.function
    base, by = (f.base, f.by) if isinstance(f, AbstractDerivative) else (f, ())
    called = _part(functions, base.name, len(by))
    if acts_by_entries(f, e.arguments):
        return by_entries(lambda x: _checked_value(f, called, [x], sizes)[()], arguments[0])
    tensors = [to_tensor(x, a.shape) for x, a in zip(arguments, e.arguments, strict=True)]
    value = _checked_value(f, called, tensors, sizes)
    if e.shape == SCALAR:
        return value[()]
    if by and f.stacked:
        columns = math.prod(value.shape[value.ndim - len(tensor_shape(f.axes[-1])) :])
        return value.reshape(-1, columns, order="F")
    if value.ndim == 2:
        return value
    return value.reshape(-1, 1) if e.shape[1] == 1 else value.reshape(1, -1)


def by_entries(f: Callable[[Any], Any], x: np.ndarray) -> np.ndarray:
    """A function of a number, entry by entry."""
    return np.array([f(t) for t in x.flat]).reshape(x.shape)


def _checked_value(f: Any, called: Callable, tensors: list[Any], sizes) -> np.ndarray:
    """What a given function returns, which must be numbers in the declared shape."""
    base, by = (f.base, f.by) if isinstance(f, AbstractDerivative) else (f, ())
    try:
        value = called(*tensors)
        for k in by if len(base.domains) > 1 else ():
            value = value[k]
        value = np.asarray(value)
    except MatcalcError:
        raise
    except Exception as error:
        raise MatcalcError(f"the given {f.name} failed: {error}") from error
    if value.dtype.kind not in "biufc":
        raise MatcalcError(f"the given {f.name} did not return numbers")
    wanted = f.axes if by else (base.codomain,)
    axes = [_known(size, sizes) for shape in wanted for size in tensor_shape(shape)]
    fits = len(axes) == value.ndim and all(
        known in (None, actual) for known, actual in zip(axes, value.shape, strict=True)
    )
    if not fits:
        text = ", ".join("?" if known is None else str(known) for known in axes)
        raise ShapeError(f"the given {f.name} returned shape {value.shape}, not ({text})")
    return value


def _known(size: AnySize, sizes: dict[str, int]) -> int | None:
    """A size as a number; None where no array determines it, so that only the function knows."""
    return size_value(size, sizes) if set(names_of(size)) <= set(sizes) else None


def _part(functions: dict[str, Any], name: str, order: int) -> Callable:
    """The function itself (order 0) or its derivative among the callables that were given."""
    given = functions[name]
    parts = (given,) if callable(given) else tuple(given)
    require_part(parts, name, order)
    return parts[order]


def require_part(given: Sequence[Any], name: str, order: int) -> None:
    """MatcalcError where an abstract function comes without a derivative of this order."""
    if len(given) <= order:
        which = ("a value", "its derivative", "its second derivative")
        what = which[order] if order < len(which) else f"its derivative of order {order}"
        raise MatcalcError(
            f"{name} needs {what}",
            hint=f"give {name} as a tuple of functions: (value, derivative, second derivative)",
        )
