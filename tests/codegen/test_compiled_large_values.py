"""Inputs of ±1000: where the value is finite the code gives it, and overflows nowhere on the way.

The reference is the closed form evaluated with so many digits that nothing is lost.
"""

import numpy as np
import pytest
from test_compiled_corpus import CASES, SUPPORTED, answer, values_of

import matcalc as mc
from matcalc.expr.nodes import Symbol, postorder
from matcalc.numeric.exact import Point, run
from matcalc.numeric.fields import Pole, TooFar
from matcalc.numeric.precise import HighPrecision

DIGITS = 1200  # exp(1000) beside 1, twice over
SCALED = ("R", "R+", "Sym", "SPD", "PSD", "Tril", "Triu", "Diag", "Skew", "Toep")
LARGEST = 1e3


def is_function(value):
    return callable(value) or (isinstance(value, tuple) and any(map(callable, value)))


def is_compared(name):
    """Gradients, and Jacobians of vectors, whose matrix has the axes of the tensor."""
    case, d = CASES[name], answer(name)
    plain = "complex" not in case["tags"] and d.problem.order == 1
    vector = d.problem.function.shape[1] == 1 and d.variable.shape[1] == 1
    return (
        plain
        and (d.problem.function.is_scalar or vector)
        and not any(map(is_function, values_of(name).values()))
    )


COMPARED = [n for n in SUPPORTED if is_compared(n)]


def large_values(name):
    """A case's values, of which the largest entries are ±1000."""
    values = dict(values_of(name))
    for s in {e for e in postorder(answer(name).matrix) if isinstance(e, Symbol)}:
        if s.set.kind.name in SCALED and not isinstance(values[s.name], int):
            values[s.name] = values[s.name] * (LARGEST / np.max(np.abs(values[s.name])))
    return values


def reference(name, values):
    """The closed form with many digits, as floating point numbers."""
    d = answer(name)
    numbers = HighPrecision(0, DIGITS)
    symbols = {e for e in postorder(d.matrix) if isinstance(e, Symbol)}
    given = {}
    for s in symbols:
        a = np.asarray(values[s.name], float)
        entries = np.vectorize(numbers.ctx.mpf, otypes=[object])(a)
        m, n = s.shape
        if not s.is_scalar and 1 in (m, n):
            entries = entries.reshape((-1, 1) if n == 1 else (1, -1))
        given[s.name] = entries[()] if s.is_scalar else entries
    sizes = {n: v for n, v in values.items() if isinstance(v, int)}
    found = run(postorder(d.matrix), Point(numbers, given, sizes))[d.matrix]
    with np.errstate(over="ignore"):
        return np.vectorize(float, otypes=[float])(np.asarray(found, object))


@pytest.mark.parametrize("name", COMPARED)
def test_large_inputs_overflow_only_if_the_value_does(name):
    values = large_values(name)
    try:
        wanted = reference(name, values)
    except (Pole, TooFar, mc.NotSupportedError, OverflowError) as problem:
        pytest.skip(f"no reference: {type(problem).__name__}")
    f = answer(name).compile()
    code = f.source
    got = np.asarray(f(**values)).reshape(wanted.shape)
    finite = np.abs(wanted) < 1e300
    assert np.all(np.isfinite(got[finite])), f"{code}\n{got}\n{wanted}"
    least = max(1e-12, 1e-9 * np.max(np.abs(wanted[finite]), initial=0.0))
    assert np.allclose(got[finite], wanted[finite], rtol=1e-6, atol=least), code


MIXTURE = "log(r*exp(-norm2(x - y)^2/2) + q*exp(-c*norm2(x - z)^2/2)/c^2)"
MIXED = "x in R[n]; y in R[n]; z in R[n]; r in R+; q in R+; c in R+"


@pytest.mark.parametrize("backend", ["numpy", "jax", "torch", "array-api", "dask"])
@pytest.mark.parametrize("far", [1.0, 1e3])
def test_mixtures_of_densities_that_are_zero_in_floating_point(backend, far):
    """The gradient is that of each exponent, by its share in the sum."""
    pytest.importorskip({"array-api": "array_api_compat"}.get(backend, backend))
    x, y, z = far * np.random.default_rng(3).normal(size=(3, 4))
    r, q, c = 0.3, 0.7, 1.1
    f = mc.compile(MIXTURE, "x", MIXED, ("value", "gradient"), backend=backend)
    value, gradient = f(x=x, y=y, z=z, r=r, q=q, c=c)
    logs = np.log([r, q / c**2]) - np.array([1, c]) * np.sum((x - [y, z]) ** 2, 1) / 2
    total = np.logaddexp(*logs)
    shares = np.exp(logs - total)
    tolerance = 1e-5 if backend == "jax" else 1e-12  # of numbers of single precision
    assert np.isclose(value, total, rtol=tolerance)
    right = -(shares[0] * (x - y) + shares[1] * c * (x - z))
    assert np.allclose(gradient, right, rtol=tolerance * far, atol=tolerance * far), f.source


@pytest.mark.parametrize("a, b", [(-1000.0, -1001.0), (1001.0, 1000.0), (-1000.0, 1000.0), (1, 2)])
def test_powers_of_sums_of_exponentials(a, b):
    f = mc.compile("log(exp(a) + exp(b))", "a", "a in R; b in R", ("value", "gradient", "hessian"))
    share = np.exp(a - np.logaddexp(a, b))
    other = np.exp(b - np.logaddexp(a, b))
    assert np.allclose(f(a=a, b=b), (np.logaddexp(a, b), share, share * other), rtol=1e-12)
