"""Evaluation in floating point of many digits, for what is no rational function.

mpmath is imported on first use only. Real functions of the library have their mpmath counterpart
in a table by name; outside its domain a function raises `Pole`, as a singular matrix does.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from matcalc.errors import NotSupportedError
from matcalc.expr.nodes import Apply
from matcalc.functions.record import AbstractDerivative
from matcalc.numeric.exact import determinant
from matcalc.numeric.fields import Pole, array, entrywise
from matcalc.numeric.tensors import SCALAR, numeric_shape

DIGITS = 50
SINGULAR_DIGITS = 20  # a pivot smaller by so many digits counts as zero
HUGE = 10**6  # arguments that are refused, except where they do no harm
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


_contexts = threading.local()  # some functions of mpmath change the precision on the way


def context(digits: int) -> Any:
    """An mpmath context of this thread's own, so that the user's precision is left alone."""
    found = _contexts.__dict__.get(f"digits{digits}")
    if found is None:
        import mpmath  # type: ignore[import-untyped]

        found = mpmath.MPContext()
        found.dps = digits
        _contexts.__dict__[f"digits{digits}"] = found
    return found


class HighPrecision:
    """Floating-point numbers of many digits; `integers` draws small integers instead.

    The same seed gives the same numbers at any precision.
    """

    ordered = True
    exact = False

    def __init__(
        self, seed: Any, digits: int = DIGITS, scale: float = 1.0, mixed: bool = True, integers=0
    ):
        self.rng = random.Random(seed)
        self.ctx = context(digits)
        self.scale = scale
        self.mixed = mixed
        self.integers = integers
        self.unit = self.ctx.mpc(0, 1)
        self.tiny = self.ctx.mpf(10) ** (SINGULAR_DIGITS - digits)
        self.largest: Any = self.ctx.mpf(0)

    def number(self, value: Fraction | float) -> Any:
        if isinstance(value, float):
            return self.ctx.mpf(value)
        return self.ctx.mpf(value.numerator) / value.denominator

    def draw(self, shape: tuple[int, int]) -> np.ndarray:
        return array((self._entry(self.mixed) for _ in range(shape[0] * shape[1])), shape)

    def positive(self, shape: tuple[int, int]) -> np.ndarray:
        return array((self._entry(False) for _ in range(shape[0] * shape[1])), shape)

    def _entry(self, mixed: bool) -> Any:
        if self.integers:
            low = -self.integers if mixed else 1
            return self.ctx.mpf(self.rng.randint(low, self.integers))
        size = max(1, round(self.rng.uniform(0.3, 1.2) * self.scale * GRAIN))
        sign = self.rng.choice((1, -1))
        return self.ctx.mpf(sign * size if mixed else size) / GRAIN

    def reduce(self, value: Any) -> Any:
        """The value as it is; its size is remembered, as what rounding errors are relative to."""
        for x in value.flat if isinstance(value, np.ndarray) else (value,):
            self._note(x)
        return value

    def _note(self, x: Any) -> None:
        size = abs(x)
        if size > self.largest:
            self.largest = size

    def reciprocal(self, x: Any) -> Any:
        if x == 0:
            raise Pole
        value = self.ctx.mpf(1) / x
        self._note(value)
        return value

    def power(self, x: Any, k: int) -> Any:
        return x**k

    def raised(self, base: Any, k: Fraction | None, exponent: Any) -> Any:
        if k is not None and k.denominator == 1:
            whole = int(k)
            return self.reduce(entrywise(lambda x: self._whole_power(x, whole), base))
        if isinstance(base, np.ndarray) and isinstance(exponent, np.ndarray):
            entries = map(self._real_power, base.flat, exponent.flat)
            return self.reduce(array(entries, base.shape))
        if isinstance(exponent, np.ndarray):
            return self.reduce(entrywise(lambda y: self._real_power(base, y), exponent))
        return self.reduce(entrywise(lambda x: self._real_power(x, exponent), base))

    def _whole_power(self, x: Any, k: int) -> Any:
        return self.reciprocal(x) ** -k if k < 0 else x**k

    def _real_power(self, x: Any, y: Any) -> Any:
        if isinstance(x, self.ctx.mpc) or isinstance(y, self.ctx.mpc):
            raise NotSupportedError("a fractional power of a complex number")
        if (x < 0 and y != int(y)) or (x == 0 and y < 0):
            raise Pole
        if abs(y) > HUGE:
            raise Pole
        return self.ctx.mpf(x) ** y

    def pivot(self, column: np.ndarray) -> int:
        """The largest entry; so small a one that it may be rounding counts as zero."""
        sizes = [abs(x) for x in column]
        best = max(sizes)
        if best <= self.tiny * max(1, self.largest):
            raise Pole
        return sizes.index(best)

    def function(self, e: Apply, arguments: list[Any]) -> Any:
        """The value of a function of the library by its table of mpmath functions."""
        name, count = e.function.name, len(arguments)
        whole = WHOLE.get((name, count))
        if whole is not None:
            return self.reduce(whole(self, *(_flat(a) for a in arguments)))
        matrix = MATRIX.get((name, count))
        if matrix is not None:
            return self.reduce(matrix(self, *arguments))
        single = ENTRYWISE.get((name, count))
        if single is None:
            raise NotSupportedError(f"comparing expressions with the function {name}")
        ctx = self.ctx
        if any(isinstance(x, ctx.mpc) for a in arguments for x in _flat(a)):
            raise NotSupportedError(f"{name} of a complex argument")
        if name not in MODEST and any(abs(x) > HUGE for a in arguments for x in _flat(a)):
            raise Pole  # exp(exp(exp(30))) would take forever
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


# Elementwise functions: (context, numbers) -> number


def _where(condition: bool) -> None:
    if not condition:
        raise Pole


def _log(ctx, x):
    _where(x > 0)
    return ctx.log(x)


def _log1p(ctx, x):
    _where(x > -1)
    return ctx.log1p(x)


def _sqrt(ctx, x):
    _where(x >= 0)
    return ctx.sqrt(x)


def _inside(f: str) -> Callable:
    def inverse(ctx, x):
        _where(abs(x) <= 1)
        return getattr(ctx, f)(x)

    return inverse


def _smooth(f: str) -> Callable:
    return lambda ctx, x: getattr(ctx, f)(x)


def _no_pole(ctx, x):
    _where(x > 0 or x != ctx.floor(x))


def _gamma(ctx, x):
    _no_pole(ctx, x)
    return ctx.gamma(x)


def _lgamma(ctx, x):
    _no_pole(ctx, x)
    return ctx.log(abs(ctx.gamma(x)))


def _polygamma(ctx, k, x):
    _where(k >= 0 and k == ctx.floor(k))
    _no_pole(ctx, x)
    return ctx.psi(int(k), x)


def _sigmoid(ctx, x):
    return 1 / (1 + ctx.exp(-x))


def _sign(ctx, x):
    return ctx.mpf(x > 0) - ctx.mpf(x < 0)


def _step(ctx, x):
    return (1 + _sign(ctx, x)) / 2


ENTRYWISE: dict[tuple[str, int], Callable[..., Any]] = {
    **{
        (f, 1): _smooth(f)
        for f in ("exp", "sin", "cos", "tan", "atan", "sinh", "cosh", "tanh", "erf")
    },
    ("log", 1): _log,
    ("log1p", 1): _log1p,
    ("sqrt", 1): _sqrt,
    ("asin", 1): _inside("asin"),
    ("acos", 1): _inside("acos"),
    ("gamma", 1): _gamma,
    ("lgamma", 1): _lgamma,
    ("digamma", 1): lambda ctx, x: _polygamma(ctx, 0, x),
    ("polygamma", 2): _polygamma,
    ("abs", 1): lambda ctx, x: abs(x),
    ("sign", 1): _sign,
    ("step", 1): _step,
    ("max", 2): lambda ctx, a, b: max(a, b),
    ("min", 2): lambda ctx, a, b: min(a, b),
    ("sigmoid", 1): _sigmoid,
    ("softplus", 1): lambda ctx, x: ctx.log1p(ctx.exp(x)),
    ("relu", 1): lambda ctx, x: max(x, ctx.mpf(0)),
    ("leakyrelu", 1): lambda ctx, x: x if x > 0 else x / 100,
    ("elu", 1): lambda ctx, x: x if x > 0 else ctx.expm1(x),
    ("gelu", 1): lambda ctx, x: x * (1 + ctx.erf(x / ctx.sqrt(2))) / 2,
    ("silu", 1): lambda ctx, x: x * _sigmoid(ctx, x),
    ("hardtanh", 1): lambda ctx, x: max(min(x, ctx.mpf(1)), ctx.mpf(-1)),
}

# Functions that are no trouble for large arguments
MODEST = frozenset(
    "log log1p sqrt atan abs sign step max min relu leakyrelu hardtanh digamma".split()
)

# Functions of all entries: (numbers, list of entries) -> number


def _exponentials(numbers, entries):
    entries = list(entries)
    _where(all(abs(x) < HUGE for x in entries))
    return [numbers.ctx.exp(x) for x in entries]


def _normp(numbers, entries, p):
    _where(p[0] > 0)
    return sum(abs(x) ** p[0] for x in entries) ** (1 / p[0])


WHOLE: dict[tuple[str, int], Callable[..., Any]] = {
    ("pi", 0): lambda numbers: +numbers.ctx.pi,
    ("norm2", 1): lambda numbers, x: numbers.ctx.sqrt(sum(abs(v) ** 2 for v in x)),
    ("norm1", 1): lambda numbers, x: sum(abs(v) for v in x),
    ("norminf", 1): lambda numbers, x: max(abs(v) for v in x),
    ("normp", 2): _normp,
    ("max", 1): lambda numbers, x: max(x),
    ("min", 1): lambda numbers, x: min(x),
    ("logsumexp", 1): lambda numbers, x: numbers.ctx.log(sum(_exponentials(numbers, x))),
}

# Functions of arrays: (numbers, arrays) -> array or number


def _logdet(numbers, a):
    det = determinant(a if isinstance(a, np.ndarray) else array([a], SCALAR), numbers)
    return _log(numbers.ctx, det)


def _softmax(numbers, x):
    if not isinstance(x, np.ndarray):
        return numbers.ctx.mpf(1)
    powers = array(_exponentials(numbers, x.flat), x.shape)
    return powers / np.sum(powers)


def _by_mpmath(f: str) -> Callable:
    """A function of a square matrix that mpmath has."""

    def value(numbers, a):
        ctx = numbers.ctx
        if not isinstance(a, np.ndarray):
            return getattr(ctx, f.removesuffix("m"))(a)
        result = getattr(ctx, f)(ctx.matrix(a.tolist()))
        return array(list(result), a.shape)

    return value


MATRIX: dict[tuple[str, int], Callable[..., Any]] = {
    ("logdet", 1): _logdet,
    ("softmax", 1): _softmax,
    ("expm", 1): _by_mpmath("expm"),
}


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
        ctx = numbers.ctx
        xs = [np.array(_flat(a), dtype=object) for a in arguments]
        phases = [
            b[k] + sum((np.sum(w[k] * x) for w, x in zip(u, xs, strict=True)), ctx.mpf(0))
            for k in range(RIDGES)
        ]
        kind = (ctx.sin, ctx.cos, lambda t: -ctx.sin(t))[len(by)]
        weights = [kind(t) for t in phases]
        total: Any = 0
        for k in range(RIDGES):
            term = columns[:, k] * weights[k]
            for a in by:
                term = np.multiply.outer(term, u[a][k])
            total = total + term
        if e.shape == SCALAR:
            return numbers.reduce(total.reshape(-1)[0])
        return numbers.reduce(total.reshape(numeric_shape(e.shape, sizes)))

    def _parts(self, base, sizes) -> tuple:
        """The constants of a function, drawn when it is first met."""
        found = self.parts.get(base.name)
        if found is None:
            rows, columns = numeric_shape(base.codomain, sizes)
            numbers = self.numbers
            domains = [numeric_shape(d, sizes) for d in base.domains]
            c = numbers.draw((rows * columns, RIDGES))
            u = [numbers.draw((RIDGES, r * s)) for r, s in domains]
            found = c, u, numbers.draw((RIDGES, 1))[:, 0]
            self.parts[base.name] = found
        return found
