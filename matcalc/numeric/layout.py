"""From users' arrays to values and back: sizes are bound, shapes checked, by name.

Users give and get tensor layout: scalars are numbers, vectors have one axis, everything else two.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np

from matcalc.errors import DomainError, LimitError, MatcalcError, ShapeError, UnknownNameError
from matcalc.expr.meanings import require_one_meaning
from matcalc.expr.nodes import (
    Apply,
    Expr,
    Identity,
    Ones,
    Selection,
    SizeNumber,
    Symbol,
    Zeros,
    postorder,
    size_names,
)
from matcalc.expr.sizes import AnySize, Shape, names_of, shape_text, size_value
from matcalc.functions.abstract import AbstractDerivative, AbstractFunction
from matcalc.numeric.evaluate import NAN, Point, Undefined, run
from matcalc.numeric.members import require_member
from matcalc.numeric.tensors import from_tensor, tensor_shape, to_tensor

MAX_SIZE = 2**40  # no size is sought beyond


def evaluate_expression(
    expr: Expr, values: Mapping[str, Any], variables: Iterable[Symbol] = ()
) -> Any:
    """The value of an expression in tensor layout: a number, or an array of one or two axes.

    `values` maps names of variables to numbers and arrays, names of abstract functions to tuples of
    callables. Size names are bound by the arrays, those of `variables` too, which need not occur in
    the expression (the gradient ones(m,n) of sum(X)); a size name may also be given a value.
    """
    value = to_tensor(_evaluated(expr, values, variables)[0], expr.shape)
    return value.item() if np.ndim(value) == 0 else np.array(value)


def evaluate_tensor(
    matrix: Expr, values: Mapping[str, Any], variables: Iterable[Symbol], shapes: Iterable[Shape]
) -> Any:
    """A derivative in tensor layout: the axes of all `shapes` in turn, from its matrix.

    The matrix has columns stacked: its rows and columns run through the axes, the first fastest.
    """
    shapes = tuple(shapes)
    named = {n for shape in shapes for size in shape for n in names_of(size)}
    value, sizes = _evaluated(matrix, values, variables, named)
    axes = [n for shape in shapes for n in tensor_shape(shape)]
    # The size of one axis may be what a declared function returned.
    open_ones = [n for n in axes if not set(names_of(n)) <= set(sizes)]
    if len(open_ones) > 1:
        raise undetermined(min(names_of(open_ones[0])))
    numbers = [-1 if n in open_ones else size_value(n, sizes) for n in axes]
    tensor = np.reshape(value, numbers, order="F")
    return tensor.item() if tensor.ndim == 0 else np.array(tensor)


def _evaluated(
    expr: Expr,
    values: Mapping[str, Any],
    variables: Iterable[Symbol],
    known: Collection[str] = (),
) -> tuple[Any, dict[str, int]]:
    """The value of an expression, and the sizes of the arrays; those `known` may be given."""
    order = tuple(postorder(expr))
    point = bind(order, values, variables, known)
    memo: dict[Expr, Any] = {}
    try:
        run(order, memo, point)
    except MemoryError as error:
        raise LimitError("a value on the way does not fit into memory") from error
    except Undefined as error:
        raise DomainError(str(error)) from error
    return memo[expr], point.sizes


def bind(
    nodes: Iterable[Expr],
    values: Mapping[str, Any],
    variables: Iterable[Symbol],
    known: Collection[str] = (),
) -> Point:
    """The point that a user's values describe; errors name the variable that does not fit.

    known: size names that may be given beside those of the nodes.
    """
    nodes, variables = tuple(nodes), tuple(variables)
    require_one_meaning((*nodes, *variables))
    needed, functions, size_needs = _needs(nodes)
    missing = [s.name for s in needed if s.name not in values]
    missing += [name for name in functions if name not in values]
    if missing:
        raise UnknownNameError(
            f"no value is given for {', '.join(dict.fromkeys(missing))}",
            hint=_wanted(needed, missing),
        )
    for name in functions:
        _check_function(name, values[name])
    used = dict.fromkeys([*needed, *(v for v in variables if v.name in values)])
    arrays = {s: _array(s, values[s.name]) for s in used}
    sizes = bind_sizes(arrays, _given_sizes(values, used, functions, size_needs | set(known)))
    unknown = sorted(size_needs - set(sizes))
    if unknown:
        raise undetermined(unknown[0])
    for s, a in arrays.items():
        require_member(s, a, _precision(values[s.name]))
    return Point(
        {s.name: from_tensor(a, s.shape) for s, a in arrays.items()},
        sizes,
        {name: values[name] for name in functions},
        NAN,
    )


def undetermined(size: str) -> ShapeError:
    """The error for a size that is needed and not known."""
    return ShapeError(
        f"no given array determines the size {size}", hint=f"give it as a number: {size}=..."
    )


def _needs(nodes: Iterable[Expr]) -> tuple[list[Symbol], list[str], set[str]]:
    """The variables, abstract functions and size names that evaluation will look up."""
    variables: list[Symbol] = []
    functions: dict[str, None] = {}
    sizes: set[str] = set()
    for e in nodes:
        if isinstance(e, Symbol):
            variables.append(e)
        elif isinstance(e, Identity | Selection | Zeros | Ones | SizeNumber):
            sizes |= size_names(e)
        elif isinstance(e, Apply):
            if isinstance(e.function, AbstractFunction):
                functions[e.function.name] = None
            elif isinstance(e.function, AbstractDerivative):
                functions[e.function.base.name] = None
    return variables, list(functions), sizes


def _check_function(name: str, given: Any) -> None:
    """MatcalcError unless an abstract function is given as a callable or several."""
    if callable(given) or (isinstance(given, list | tuple) and all(map(callable, given))):
        return
    raise MatcalcError(
        f"the value of {name} is not a tuple of functions",
        hint=f"give {name} as a tuple of functions: (value, derivative, second derivative)",
    )


def _wanted(needed: list[Symbol], missing: list[str]) -> str | None:
    shapes = [f"{s.name} is {shape_text(s.shape)}" for s in needed if s.name in missing]
    return ", ".join(shapes) or None


def _given_sizes(values, variables, functions, size_needs) -> dict[str, int]:
    """Size names that are given as numbers."""
    taken = {s.name for s in variables} | set(functions)
    found = {}
    for name, value in values.items():
        if name in taken or name not in size_needs | _names_in_shapes(variables):
            continue
        if isinstance(value, int | np.integer) and not isinstance(value, bool) and value > 0:
            found[name] = int(value)
        elif np.ndim(value) == 0:
            raise ShapeError(f"the size {name} is a positive integer, not {value}")
    return found


def _names_in_shapes(variables: Iterable[Symbol]) -> set[str]:
    return {name for s in variables for size in s.shape for name in names_of(size)}


def _array(s: Symbol, value: Any) -> np.ndarray:
    """A user's value as a float or complex array with the axes that the declaration asks for."""
    try:
        array = np.asarray(value)
    except (ValueError, TypeError) as error:
        raise ShapeError(f"the value of {s.name} is not an array: {error}") from error
    if array.dtype.kind not in "biufc":
        raise MatcalcError(f"the value of {s.name} is not a number or an array of numbers")
    if array.dtype.kind == "c":
        if not s.set.kind.complex:
            raise DomainError(
                f"{s.name} is declared real ({s.name} in {s.set}); its value is complex"
            )
        array = array.astype(np.complex128, copy=False)
    else:
        array = array.astype(np.float64, copy=False)
    axes = len(tensor_shape(s.shape))
    if array.ndim != axes:
        wanted = ("a number", "an array of one axis", "an array of two axes")[axes]
        given = f"an array of shape {array.shape}" if array.ndim else "a number"
        raise ShapeError(f"{s.name} is {shape_text(s.shape)}: give {wanted}, not {given}")
    return array


def _precision(given: Any) -> float:
    """The spacing of the floating point numbers that a value was given in."""
    kind = getattr(given, "dtype", None)
    return float(np.finfo(kind).eps) if getattr(kind, "kind", "") in "fc" and kind else 0.0


def require_known(values: Mapping[str, Any], known: Iterable[str]) -> None:
    """UnknownNameError for a value whose name means nothing; a size may be given anyway."""
    known = set(known)
    for name, value in values.items():
        if name not in known and not isinstance(value, int | np.integer):
            near = difflib.get_close_matches(str(name), known, 1)
            raise UnknownNameError(
                f"a value is given for {name}, which does not occur",
                hint=f"did you mean {near[0]}?" if near else f"names: {', '.join(sorted(known))}",
            )


def bind_sizes(
    arrays: Mapping[Symbol, np.ndarray], given: Mapping[str, int] | None = None
) -> dict[str, int]:
    """Numbers for the size names such that every declared shape is the shape of its array.

    Plain names are bound first, then those in polynomials (m*n, n + 1) that can be solved for;
    every shape is checked.
    """
    sizes = dict(given or {})
    source = dict.fromkeys(sizes, "the given size")
    pending = [
        (s, declared, actual)
        for s, array in arrays.items()
        for declared, actual in zip(tensor_shape(s.shape), array.shape, strict=True)
    ]
    pending.sort(key=lambda item: not (isinstance(item[1], int) or _plain(item[1])))
    progress = True
    while progress:
        progress, later = False, []
        for s, declared, actual in pending:
            unknown = set(names_of(declared)) - set(sizes)
            if len(unknown) > 1:
                later.append((s, declared, actual))
                continue
            progress = True
            if unknown:
                name = unknown.pop()
                sizes[name] = _solve(declared, name, sizes, actual) or 0
                source[name] = s.name
            if not all(sizes.values()) or _value(declared, sizes) != actual:
                raise _misfit(s, declared, arrays[s], sizes, source)
        pending = later
    return sizes


def _plain(size: AnySize) -> bool:
    """Whether a size is a name by itself."""
    return str(size) in names_of(size)


def _value(size: AnySize, sizes: Mapping[str, int]) -> Fraction:
    """The number that a size comes to, whole or not."""
    if isinstance(size, int):
        return Fraction(size)
    return sum((c * prod(sizes[n] ** p for n, p in powers) for powers, c in size.terms), Fraction())


def _solve(size: AnySize, name: str, sizes: Mapping[str, int], wanted: int) -> int | None:
    """The positive integer for a name that makes a size the wanted number; None if there is none.

    A line is solved; anything else (n*(n + 1)/2) is taken to grow, and searched by halving.
    """

    def at(n: int) -> Fraction:
        return _value(size, {**sizes, name: n})

    slope = at(2) - at(1)
    if at(3) - at(2) == slope:
        n = 1 + (wanted - at(1)) / slope if slope else Fraction(0)
    else:
        low, high = 1, 2
        while at(high) < wanted and high < MAX_SIZE:
            low, high = high, 2 * high
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if at(middle) < wanted else (low, middle)
        n = Fraction(low)
    return int(n) if n >= 1 and n.denominator == 1 and at(int(n)) == wanted else None


def _misfit(s: Symbol, declared: AnySize, array: np.ndarray, sizes, source) -> ShapeError:
    """The error for an array that does not have its variable's shape."""
    known = [n for n in dict.fromkeys(names_of(declared)) if sizes[n] and source[n] != s.name]
    where = ", ".join(f"{n} = {sizes[n]} from {source[n]}" for n in known)
    return ShapeError(
        f"{s.name} is {shape_text(s.shape)}; its value has shape {array.shape}"
        + (f", but {where}" if where else "")
    )
