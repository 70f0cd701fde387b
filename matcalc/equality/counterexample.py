"""The smallest point found at which two expressions differ: small integers in small matrices."""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from matcalc.equality.decide import Pair, distance, same
from matcalc.equality.degree import magnitude
from matcalc.equality.points import Setting, signed_variables
from matcalc.equality.sizes import Sizes, small_first
from matcalc.errors import NotSupportedError
from matcalc.expr.nodes import Expr, Symbol
from matcalc.expr.sizes import Shape
from matcalc.numeric.exact import Jets, Point
from matcalc.numeric.fields import Inexact, Pole, Rationals
from matcalc.numeric.precise import HighPrecision
from matcalc.numeric.tensors import to_tensor

TRIES = 24  # points at each size
FEWER = 8  # where each takes many digits
AFTER = 3  # further sizes are not looked at

Found = tuple[dict[str, Any], tuple[Any, Any], Sizes]


def smallest(pair: Pair) -> Found | None:
    """Values of the variables, both sides there and the sizes; None where none was found."""
    for sizes in small_first(pair.wanted):
        found = [f for f in _at(pair, sizes) if f is not None]
        if found:
            return min(found, key=lambda f: (magnitude(list(f[0].values())), str(f[0])))
    return None


def _at(pair: Pair, sizes: Sizes) -> Iterator[Found | None]:
    """Differing points of these sizes, with entries of growing range."""
    signs = 2 ** min(signed_variables(pair.nodes, Setting()), 3)
    count = TRIES if not pair.inexact and not pair.complex else FEWER
    hits = 0
    for k in range(count):
        reach = 1 + (3 * k) // count
        setting = Setting({}, k % signs)
        numbers = _numbers(pair, k, reach)
        try:
            found = _difference(pair, numbers, sizes, setting)
        except Pole:
            continue
        except Inexact:
            return
        yield found
        hits += found is not None
        if hits > 5:
            return


def _numbers(pair: Pair, k: int, reach: int) -> Any:
    if pair.inexact or pair.complex:
        return HighPrecision(f"{pair.seed} small {k}", integers=reach)
    return Rationals(random.Random(pair.seed + k), reach)


def _difference(pair: Pair, numbers: Any, sizes: Sizes, setting: Setting) -> Found | None:
    left, right, point = pair.values(numbers, sizes, setting)
    if numbers.exact:
        if same(left, right, numbers):
            return None
    else:
        floor = numbers.ctx.mpf(10) ** (-12 if pair.floats else -25)
        if distance(left, right) <= floor * max(1, numbers.largest):
            return None
    shape = pair.left.shape
    return _shown_point(pair, point), (shown(left, shape), shown(right, shape)), sizes


def at_sizes(pair: Pair, sizes: Sizes, number: int) -> Found | None:
    """A differing point of any entries at sizes known to have one."""
    for attempt in range(12):
        for signs in range(2 ** min(signed_variables(pair.nodes, Setting()), 3)):
            source = HighPrecision(f"{pair.seed} {number} {attempt}", scale=2.0)
            try:
                found = _difference(pair, source, sizes, Setting({}, signs))
            except (Pole, NotSupportedError):
                continue
            if found is not None:
                return found
    return None


def _shown_point(pair: Pair, point: Point) -> dict[str, Any]:
    """The values of variables as lists, of differentials and of abstract functions as met."""
    found: dict[str, Any] = {}
    for e in pair.nodes:
        if type(e) is Symbol:
            found[e.name] = shown(point.values[e.name], e.shape)
    for name, value in point.directions.items():
        found[f"d({name})"] = _listed(value)
    if isinstance(point.functions, Jets):
        for (name, by, arguments), value in point.functions.table.items():
            word = ("", "grad of ", "hess of ")[len(by)]
            at = ", ".join(_argument(a) for a in arguments)
            found[f"{word}{name}({at})"] = _listed(value)
    return found


def _argument(value: Any) -> str:
    return f"[{', '.join(map(str, value))}]" if isinstance(value, tuple) else str(value)


def shown(value: Any, shape: Shape) -> Any:
    """A value for a reader: numbers, lists for vectors, lists of rows for matrices."""
    return _listed(to_tensor(value, shape) if isinstance(value, np.ndarray) else value)


def _listed(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return [_listed(v) for v in value] if value.ndim > 1 else [_plain(v) for v in value]
    return _plain(value)


def _plain(x: Any) -> Any:
    """An integer where it is one, a fraction, a float, or a complex number."""
    if isinstance(x, int):
        return x
    if isinstance(x, Fraction):
        return x.numerator if x.denominator == 1 else x
    if hasattr(x, "imag") and x.imag != 0:
        return complex(x)
    value = float(x.real)
    return int(value) if value == int(value) and abs(value) < 2**53 else value


def variables(root: Expr) -> list[str]:
    """The names of the variables of an expression."""
    from matcalc.expr.nodes import symbols

    return [s.name for s in symbols(root)]
