"""Evaluation in floating point of many digits, for what is no rational function.

A value that is 1 to all digits kept, as tanh(200) is, hides what it lacks: `digits_needed` says how
many digits would show it. mpmath is imported on first use only. Real functions of the library have
their mpmath counterpart in a table by name; outside its domain a function raises `Pole`, as a
singular matrix does.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from matcalc.errors import NotSupportedError
from matcalc.expr.nodes import Apply
from matcalc.expr.sizes import size_value
from matcalc.functions.abstract import AbstractDerivative, acts_by_entries
from matcalc.numeric.fields import Pole, TooFar, array, entrywise
from matcalc.numeric.precise_functions import (
    DIGITS,
    ENTRYWISE,
    HUGE,
    LACKS,
    LOG10_E,
    MATRIX,
    MODEST,
    WHOLE,
    context,
)
from matcalc.numeric.tensors import SCALAR, numeric_shape

LOG10_2 = math.log10(2)
SINGULAR_DIGITS = 20  # a pivot smaller by so many digits counts as zero
FAINT, ORDER = 1e-9, 4  # numbers of which digits are kept to an order
RIDGES = 8  # terms of a random smooth function
GRAIN = 64  # entries are drawn as fractions with this denominator, the same at any precision
MODES = (  # how entries are drawn: range and whether negative ones are among them
    (1.0, True),
    (4.0, True),
    (0.25, True),
    (30.0, True),
    (1.0, False),
    (0.25, False),
    (4.0, False),
)


class HighPrecision:
    """Floating-point numbers of many digits; `integers` draws small integers instead, and `ranks`
    takes what looks like rounding for zero in pseudoinverses.

    The same seed gives the same numbers at any precision. `largest` is the largest value on the
    way, `smallest` the decimal logarithm of the smallest that functions and powers gave, or of what
    a saturated one such as tanh(200) lacks to its limit.
    """

    ordered = True
    exact = False

    def __init__(
        self,
        seed: Any,
        digits: int = DIGITS,
        scale: float = 1.0,
        mixed: bool = True,
        integers=0,
        ranks=False,
    ):
        self.seed = seed
        self.rng = random.Random(seed)
        self.snap: Any = 0  # arguments of sign and step that are not larger count as 0
        self.ctx = context(digits)
        self.scale = scale
        self.mixed = mixed
        self.integers = integers
        self.ranks = ranks
        self.unit = self.ctx.mpc(0, 1)
        self.tiny = self.ctx.mpf(10) ** (SINGULAR_DIGITS - digits)
        self.largest: Any = self.ctx.mpf(0)
        self.smallest = 0.0
        fine = math.ceil(math.log2(0.25 / scale)) if scale < 0.25 else 0
        self.grain = GRAIN << fine

    def again(self, word: str) -> HighPrecision:
        """Numbers of the same kind, drawn independently."""
        digits, seed = self.ctx.dps, f"{self.seed} {word}"
        return HighPrecision(seed, digits, self.scale, self.mixed, self.integers, self.ranks)

    def number(self, value: Fraction | float) -> Any:
        if isinstance(value, float):
            return self.ctx.mpf(value)
        found = self.ctx.mpf(value.numerator) / value.denominator
        self._note_faint(found)
        return found

    def draw(self, shape: tuple[int, int]) -> np.ndarray:
        return array((self._entry(self.mixed) for _ in range(shape[0] * shape[1])), shape)

    def positive(self, shape: tuple[int, int]) -> np.ndarray:
        return array((self._entry(False) for _ in range(shape[0] * shape[1])), shape)

    def _entry(self, mixed: bool) -> Any:
        if self.integers:
            low = -self.integers if mixed else 1
            return self.ctx.mpf(self.rng.randint(low, self.integers))
        size = max(1, round(self.rng.uniform(0.3, 1.2) * self.scale * self.grain))
        sign = self.rng.choice((1, -1))
        return self.ctx.mpf(sign * size if mixed else size) / self.grain

    def reduce(self, value: Any) -> Any:
        """The value as it is; its size is remembered, as what rounding errors are relative to."""
        for x in value.flat if isinstance(value, np.ndarray) else (value,):
            self._note(x)
        return value

    def _note(self, x: Any) -> None:
        size = abs(x)
        if size > self.largest:
            self.largest = size

    def _note_small(self, value: Any) -> Any:
        """The value; small ones are remembered, as what absorption may hide."""
        for x in value.flat if isinstance(value, np.ndarray) else (value,):
            if x != 0:
                self.smallest = min(self.smallest, self.ctx.mag(x) * LOG10_2)
        return value

    def _note_faint(self, x: Any) -> None:
        """As what it may hide: 1 - cos(x) has x to the second order, other functions to higher."""
        if x != 0 and abs(x) < FAINT:
            self.smallest = min(self.smallest, ORDER * self.ctx.mag(x) * LOG10_2)

    @property
    def digits_needed(self) -> int:
        """The digits at which nothing that was met is lost beside the largest value."""
        above = self.ctx.mag(self.largest) * LOG10_2 if self.largest > 1 else 0.0
        return DIGITS + math.ceil(above - self.smallest)

    def reciprocal(self, x: Any) -> Any:
        if x == 0:
            raise Pole
        value = self.ctx.mpf(1) / x
        self._note(value)
        return self._note_small(value)

    def power(self, x: Any, k: int) -> Any:
        return x**k

    def raised(self, base: Any, k: Fraction | None, exponent: Any) -> Any:
        if k is not None and k.denominator == 1:
            whole = int(k)
            return self.reduce(
                self._note_small(entrywise(lambda x: self._whole_power(x, whole), base))
            )
        if isinstance(base, np.ndarray) and isinstance(exponent, np.ndarray):
            value = array(map(self._real_power, base.flat, exponent.flat), base.shape)
        elif isinstance(exponent, np.ndarray):
            value = entrywise(lambda y: self._real_power(base, y), exponent)
        else:
            value = entrywise(lambda x: self._real_power(x, exponent), base)
        return self.reduce(self._note_small(value))

    def _whole_power(self, x: Any, k: int) -> Any:
        return self.reciprocal(x) ** -k if k < 0 else x**k

    def _real_power(self, x: Any, y: Any) -> Any:
        if isinstance(x, self.ctx.mpc) or isinstance(y, self.ctx.mpc):
            raise NotSupportedError("a fractional power of a complex number")
        if (x < 0 and y != int(y)) or (x == 0 and y < 0):
            raise Pole
        if abs(y) > HUGE:
            raise TooFar
        return self.ctx.mpf(x) ** y

    def pivot(self, column: np.ndarray, beside: Any = None) -> int:
        """The largest entry; so small a one that it may be rounding counts as zero."""
        sizes = [abs(x) for x in column]
        best = max(sizes)
        if best <= self.tiny * (max(1, self.largest) if beside is None else beside):
            raise Pole
        return sizes.index(best)

    def function(self, e: Apply, arguments: list[Any]) -> Any:
        """The value of a function of the library by its table of mpmath functions."""
        name, count = e.function.name, len(arguments)
        whole = WHOLE.get((name, count))
        if whole is not None:
            return self.reduce(self._note_small(whole(self, *(_flat(a) for a in arguments))))
        matrix = MATRIX.get((name, count))
        if matrix is not None:
            return self.reduce(self._note_small(matrix(self, *arguments)))
        single = ENTRYWISE.get((name, count))
        if single is None:
            raise NotSupportedError(f"comparing expressions with the function {name}")
        ctx = self.ctx
        if any(isinstance(x, ctx.mpc) for a in arguments for x in _flat(a)):
            raise NotSupportedError(f"{name} of a complex argument")
        if name not in MODEST and any(abs(x) > HUGE for a in arguments for x in _flat(a)):
            raise TooFar  # exp(exp(exp(30))) would take forever
        if self.snap and name in ("sign", "step"):
            arguments = [entrywise(lambda x: x if abs(x) > self.snap else x * 0, *arguments)]
        for a in arguments:
            for x in _flat(a):
                self._note_faint(x)
        if name in LACKS:
            exponents = (LACKS[name](float(x)) for x in _flat(arguments[0]))
            self.smallest = min(self.smallest, LOG10_E * min(exponents))
        try:
            if count == 1:
                return self.reduce(entrywise(lambda x: single(ctx, ctx.mpf(x)), arguments[0]))
            return self.reduce(_broadcast(lambda *xs: single(ctx, *map(ctx.mpf, xs)), arguments))
        except (ZeroDivisionError, ValueError, OverflowError) as error:
            raise Pole from error


def _flat(value: Any) -> list[Any]:
    return list(value.flat) if isinstance(value, np.ndarray) else [value]


def _broadcast(f: Callable, arguments: list[Any]) -> Any:
    """f entry by entry; numbers go with every entry."""
    shapes = [a.shape for a in arguments if isinstance(a, np.ndarray)]
    if not shapes:
        return f(*arguments)
    count = shapes[0][0] * shapes[0][1]
    columns = [_flat(a) if isinstance(a, np.ndarray) else [a] * count for a in arguments]
    return array(map(f, *columns), shapes[0])


class Ridges:
    """Random smooth functions Σ_k c_k sin(Σ_a <U_ka, x_a> + b_k), with their derivatives.

    Any smooth function's values and first two derivatives at a few points are taken by such a sum.
    """

    def __init__(self, numbers: HighPrecision):
        self.numbers = numbers
        self.parts: dict[str, tuple] = {}

    def __call__(self, e: Apply, arguments: list[Any], sizes) -> Any:
        f, numbers = e.function, self.numbers
        base, by = (f.base, f.by) if isinstance(f, AbstractDerivative) else (f, ())
        columns, u, b = self._parts(base, sizes)
        if acts_by_entries(f, e.arguments):
            return numbers.reduce(entrywise(self._of_number(columns, u, b, len(by)), arguments[0]))
        ctx = numbers.ctx
        xs = [np.array(_flat(a), dtype=object) for a in arguments]
        phases = [
            b[k] + sum((np.sum(w[k] * x) for w, x in zip(u, xs, strict=True)), ctx.mpf(0))
            for k in range(RIDGES)
        ]
        kind = self._kind(len(by))
        weights = [kind(t) for t in phases]
        total: Any = 0
        for k in range(RIDGES):
            term = columns[:, k] * weights[k]
            for a in by:
                term = np.multiply.outer(term, u[a][k])
            total = total + term
        if e.shape == SCALAR:
            return numbers.reduce(total.reshape(-1)[0])
        stacked = isinstance(f, AbstractDerivative) and f.stacked
        if stacked:  # the arguments were flattened row by row, columns are stacked
            total = self._columns_stacked(total, base, by, sizes)
        shape = numeric_shape(e.shape, sizes)
        return numbers.reduce(total.reshape(shape, order="F" if stacked else "C"))

    def _kind(self, order: int) -> Callable:
        """The sine, or a derivative of it."""
        ctx = self.numbers.ctx
        return (ctx.sin, ctx.cos, lambda t: -ctx.sin(t), lambda t: -ctx.cos(t))[order % 4]

    def _of_number(self, columns, u, b, order: int) -> Callable:
        """A function of a number, or a derivative of it."""
        kind = self._kind(order)
        places = [(columns.flat[k], u[0][k].flat[0], b[k]) for k in range(RIDGES)]
        return lambda x: sum(c * w**order * kind(w * x + t) for c, w, t in places)

    @staticmethod
    def _columns_stacked(total, base, by, sizes):
        """The axes of the value and of the arguments that it is derived by, each a pair."""
        axes = [n for s in (base.codomain, *(base.domains[k] for k in by)) for n in s]
        return total.reshape([size_value(n, sizes) for n in axes])

    def _parts(self, base, sizes) -> tuple:
        """The constants of a function, drawn when it is first met."""
        found = self.parts.get(base.name)
        if found is None:
            rows, columns = numeric_shape(base.codomain, sizes)
            numbers = self.numbers
            domains = [numeric_shape(d, sizes) for d in base.domains]
            numbers = numbers.again(base.name)  # whichever function is met first
            c = numbers.draw((rows * columns, RIDGES))
            u = [numbers.draw((RIDGES, r * s)) for r, s in domains]
            found = c, u, numbers.draw((RIDGES, 1))[:, 0]
            self.parts[base.name] = found
        return found
