"""exp(0) is 1: a value that is a fraction is written as one, of numbers and of arrays alike."""

import math

import numpy as np
import pytest

import matcalc as mc
from matcalc.simplify.functions import AT_ONE, AT_ZERO
from matcalc.simplify.normal_form import simplify

CASES = [(name, at, v) for at, t in ((0, AT_ZERO), (1, AT_ONE)) for name, v in t.items()]


@pytest.mark.parametrize(("name", "at", "value"), CASES)
def test_the_value_is_the_functions(name, at, value):
    e = mc.parse(f"{name}({at})")
    assert math.isclose(e.evaluate({}), value, abs_tol=1e-15)
    assert simplify(e) is mc.parse(str(value))
    of_array = simplify(mc.parse(f"{name}({'zeros' if at == 0 else 'ones'}(n,m))", "X in R[n,m]"))
    assert np.allclose(of_array.evaluate({"n": 2, "m": 3}), np.full((2, 3), float(value)))
    assert name not in str(of_array)


@pytest.mark.parametrize(
    ("text", "shorter"),
    [
        ("exp(a)*exp(-a)", "1"),
        ("exp(x).*exp(-x).*y", "y"),
        ("cos(0*a) + a", "1 + a"),
        ("exp(a)*exp(-a)*log(a/a)", "0"),
    ],
)
def test_exponents_that_cancel(text, shorter):
    where = "a in R+; x, y in R[n]"
    assert str(simplify(mc.parse(text, where))) == shorter


def test_a_two_class_softmax():
    """No exp(0) in a gradient, and one fraction."""
    d = mc.derive("-log(exp(a'*x)/(exp(a'*x) + exp(b'*x)))", "x", "a, b, x in R[n]")
    assert "exp(0)" not in str(d.result)
    assert d.verification.ok
