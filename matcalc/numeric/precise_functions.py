"""The functions of the library to many digits, by name, in mpmath.

Outside its domain a function raises `Pole`.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from matcalc.numeric import precise_matrices
from matcalc.numeric.exact import determinant
from matcalc.numeric.fields import Pole, TooFar, array
from matcalc.numeric.tensors import SCALAR

DIGITS = 50
LOG10_E = math.log10(math.e)
HUGE = 10**6  # arguments that are refused, except where they do no harm

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


def _erf(ctx, x):
    """By what it lacks to its limit, which far out takes few digits."""
    if abs(x) < 3:
        return ctx.erf(x)
    fewer = context(max(DIGITS, ctx.dps - int(LOG10_E * float(x) ** 2)))
    return ctx.sign(x) * (1 - ctx.mpf(fewer.erfc(abs(x))))


def _sigmoid(ctx, x):
    return 1 / (1 + ctx.exp(-x))


def _sign(ctx, x):
    return ctx.mpf(x > 0) - ctx.mpf(x < 0)


def _step(ctx, x):
    return (1 + _sign(ctx, x)) / 2


ENTRYWISE: dict[tuple[str, int], Callable[..., Any]] = {
    **{(f, 1): _smooth(f) for f in ("exp", "sin", "cos", "tan", "atan", "sinh", "cosh", "tanh")},
    ("erf", 1): _erf,
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
    ("gelu", 1): lambda ctx, x: x * (1 + _erf(ctx, x / ctx.sqrt(2))) / 2,
    ("silu", 1): lambda ctx, x: x * _sigmoid(ctx, x),
    ("hardtanh", 1): lambda ctx, x: max(min(x, ctx.mpf(1)), ctx.mpf(-1)),
}

# Natural logarithms, up to constants, of the smallest thing in a function's value: of the value
# itself, or of its distance from the function's limit or asymptote.
LACKS: dict[str, Callable[[float], float]] = {
    "exp": lambda x: x,
    "sinh": lambda x: -abs(x),
    "cosh": lambda x: -abs(x),
    "tanh": lambda x: -2 * abs(x),
    "erf": lambda x: -(x**2),
    "sigmoid": lambda x: -abs(x),
    "softplus": lambda x: -abs(x),
    "elu": lambda x: min(x, 0.0),
    "gelu": lambda x: -(x**2) / 2,
    "silu": lambda x: -abs(x),
}

# Functions that are no trouble for large arguments
MODEST = frozenset(
    "log log1p sqrt atan abs sign step max min relu leakyrelu hardtanh digamma".split()
)

# Functions of all entries: (numbers, list of entries) -> number


def _exponentials(numbers, entries):
    entries = list(entries)
    if any(abs(x) > HUGE for x in entries):
        raise TooFar
    numbers.smallest = min(numbers.smallest, LOG10_E * float(min(entries) - max(entries)))
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


def _hardmax(numbers, x):
    if not isinstance(x, np.ndarray):
        return numbers.ctx.mpf(1)
    best = max(x.flat)
    ones = [numbers.ctx.mpf(v == best) for v in x.flat]
    return array(ones, x.shape) / sum(ones)


MATRIX: dict[tuple[str, int], Callable[..., Any]] = {
    ("hardmax", 1): _hardmax,
    ("logdet", 1): _logdet,
    ("softmax", 1): _softmax,
    **precise_matrices.VALUES,
}
