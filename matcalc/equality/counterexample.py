"""The smallest point found at which two expressions differ: small integers in small matrices."""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from matcalc.equality.degree import magnitude
from matcalc.equality.digits import FLOAT_DIGITS, sources
from matcalc.equality.pair import Candidate, Pair, distance, same
from matcalc.equality.points import Setting, signed_variables
from matcalc.equality.sizes import Sizes, small_first
from matcalc.errors import NotSupportedError
from matcalc.expr.nodes import SizeNumber, Symbol
from matcalc.expr.sizes import Shape, names_of
from matcalc.numeric.exact import Point, run
from matcalc.numeric.fields import Inexact, Pole, Rationals
from matcalc.numeric.jets import Jets
from matcalc.numeric.precise import HighPrecision
from matcalc.numeric.tensors import to_tensor

TRIES = 48  # points at each size
FEWER = 18  # where each takes many digits
SHRINKS = 120  # evaluations to simplify a point
CLEAR, FAINT = 25, 40  # decimal places in which a difference shows
ENOUGH = 10  # differing points to choose from

Found = tuple[dict[str, Any], tuple[Any, Any], Sizes]


def _size(c: Candidate, pair: Pair) -> tuple:
    """What makes a point simpler than another: small entries, few of them negative."""
    values = list(_shown_point(pair, c.point).values())
    return magnitude(values), str(values).count("-"), str(values)


def smallest(pair: Pair) -> Found | None:
    """Values of the variables, both sides there and the sizes; None where none was found."""
    for sizes in small_first(pair.wanted):
        found = list(_at(pair, sizes))
        if found:
            best = min(found, key=lambda c: _size(c, pair))
            return reported(pair, best)
    return None


def reported(pair: Pair, c: Candidate) -> Found:
    """A differing point for a reader, made simpler."""
    return _report(pair, _shrunk(pair, c))


def _report(pair: Pair, c: Candidate) -> Found:
    shape = pair.left.shape
    sides = shown(c.left, shape), shown(c.right, shape)
    return _shown_point(pair, c.point), sides, dict(c.point.sizes)


def _at(pair: Pair, sizes: Sizes) -> Iterator[Candidate]:
    """Differing points of these sizes, with entries of growing range."""
    signs = 2 ** min(signed_variables(pair.nodes, Setting()), 3)
    count = TRIES if not pair.inexact and not pair.complex else FEWER
    hits = 0
    for k in range(count):
        numbers = _numbers(pair, k, 1 + (3 * k) // count)
        try:
            found = _difference(pair, numbers, sizes, Setting({}, k % signs))
        except Pole:
            continue
        except Inexact:
            return
        if found is not None:
            yield found
            hits += 1
        if hits >= ENOUGH:
            return


def _shrunk(pair: Pair, best: Candidate) -> Candidate:
    """The same with entries made 0, or else 1, one by one, as long as both sides differ."""
    if pair.wanted.functions or pair.complex:
        return best
    budget = SHRINKS if not pair.inexact else SHRINKS // 4
    for s in pair.wanted.symbols:
        if s.set.name not in ("R", "R+"):
            continue
        value = best.point.values[s.name]
        count = value.size if isinstance(value, np.ndarray) else 1
        for i in range(count):
            for new in (0, 1):
                budget -= 1
                if budget < 0:
                    return best
                smaller = _with_entry(pair, best, s, i, new)
                if smaller is not None:
                    best = smaller
                    break
    return best


def _with_entry(pair: Pair, c: Candidate, s: Symbol, i: int, new: int) -> Candidate | None:
    """The candidate with one entry replaced, if that is a simpler point at which both differ."""
    value = c.point.values[s.name]
    old = value.flat[i] if isinstance(value, np.ndarray) else value
    if old == new or abs(old) < new or (s.set.name == "R+" and new == 0):
        return None
    replaced: Any = c.point.numbers.number(Fraction(new))
    if isinstance(value, np.ndarray):
        entry, replaced = replaced, value.copy()
        replaced.flat[i] = entry
    values = {**c.point.values, s.name: replaced}
    point = Point(c.point.numbers, values, c.point.sizes, c.point.directions)
    try:
        memo = run(pair.nodes, point)
    except Pole:
        return None
    return _differing(pair, memo[pair.left], memo[pair.right], point)


def _numbers(pair: Pair, k: int, reach: int) -> Any:
    if pair.inexact or pair.complex:
        return HighPrecision(f"{pair.seed} small {k}", mixed=k % 3 != 2, integers=reach)
    return Rationals(random.Random(pair.seed + k), reach)


def _difference(
    pair: Pair, numbers: Any, sizes: Sizes, setting: Setting, digits: int = CLEAR
) -> Candidate | None:
    left, right, point = pair.values(numbers, sizes, setting)
    return _differing(pair, left, right, point, digits)


def _differing(
    pair: Pair, left: Any, right: Any, point: Point, digits: int = CLEAR
) -> Candidate | None:
    numbers = point.numbers
    if numbers.exact:
        equal = same(left, right, numbers)
    else:
        floor = numbers.ctx.mpf(10) ** (-FLOAT_DIGITS if pair.floats else -digits)
        equal = distance(left, right) <= floor * max(1, numbers.largest)
    return None if equal else Candidate(point, left, right)


def at_sizes(pair: Pair, sizes: Sizes, number: int) -> Found | None:
    """A differing point of any entries at sizes known to have one."""
    for source in sources(pair, number):
        for signs in range(2 ** min(signed_variables(pair.nodes, Setting()), 3)):
            try:
                numbers = HighPrecision(**source)
                found = _difference(pair, numbers, sizes, Setting({}, signs), FAINT)
            except (Pole, NotSupportedError):
                continue
            if found is not None:
                return reported(pair, found)
    return None


def _shown_point(pair: Pair, point: Point) -> dict[str, Any]:
    """The values of variables as lists, of differentials and of abstract functions as met."""
    found: dict[str, Any] = {}
    for e in pair.nodes:
        if type(e) is Symbol:
            found[e.name] = shown(point.values[e.name], e.shape)
    found.update({n: point.sizes[n] for n in _undetermined(pair)})
    for name, value in point.directions.items():
        found[f"d({name})"] = _listed(
            _without_axes(value) if isinstance(value, np.ndarray) else value
        )
    if isinstance(point.functions, Jets):
        for (name, by, arguments), value in point.functions.table.items():
            word = ("", "grad of ", "hess of ")[len(by)] if len(by) < 3 else f"d^{len(by)} of "
            at = ", ".join(_argument(a) for a in arguments)
            found[f"{word}{name}({at})"] = _listed(_without_axes(value))
    return found


def _undetermined(pair: Pair) -> list[str]:
    """The size names that no variable shows, or that stand for numbers."""
    shown = {
        n
        for s in pair.wanted.symbols
        for d in s.shape
        if not isinstance(d, int)
        for n in names_of(d)
    }
    numbers = {n for e in pair.nodes if type(e) is SizeNumber for n in names_of(e.size)}
    return [n for n in pair.wanted.names if n in numbers or n not in shown]


def _without_axes(value: np.ndarray) -> Any:
    """A value of an abstract function as a user sees it: without axes of length one."""
    squeezed = np.squeeze(value)
    return squeezed if squeezed.ndim else squeezed.item()


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
    return int(value) if abs(value) < 2**53 and value == int(value) else value
