"""Slopes from values: complex steps where all is analytic, differences elsewhere."""

from fractions import Fraction

import numpy as np
import pytest

from matcalc.expr import build as b
from matcalc.expr.sets import make_set
from matcalc.expr.sizes import size_name
from matcalc.functions import lookup
from matcalc.numeric.difference import COMPLEX_STEP, DIFFERENCES, directional, extrapolate
from matcalc.numeric.evaluate import Point, Undefined

n = size_name("n")


def var(name, kind="R", *dims):
    return b.symbol(name, make_set(kind, dims))


def call(name, *arguments):
    return b.apply(lookup(name, len(arguments)), *arguments)


c, x, S = var("c"), var("x", "R", n), var("S", "R", n, n)
SQUARE = np.array([[2.0, 0.3, -0.5], [0.1, 1.5, 0.2], [-0.4, 0.6, 1.0]])
STEP = np.array([[0.5, -1.0, 0.2], [0.3, 0.9, -0.7], [1.0, 0.1, 0.4]])


def slope(e, directions, **values):
    values = {k: np.asarray(v, float)[()] for k, v in values.items()}
    return directional(e, Point(values, {"n": 3}), directions)


def test_a_complex_step_is_exact():
    got = slope(call("logdet", S), {"S": STEP}, S=SQUARE)
    wanted = np.trace(np.linalg.inv(SQUARE) @ STEP)
    assert got.method == COMPLEX_STEP and got.error == 0
    assert got.value == pytest.approx(wanted, rel=1e-14)


def test_several_variables_move_at_once():
    got = slope(c * call("tr", S), {"S": STEP, "c": 2.0}, S=SQUARE, c=3.0)
    assert got.value == pytest.approx(2 * np.trace(SQUARE) + 3 * np.trace(STEP), rel=1e-14)


def test_what_does_not_move_has_no_slope():
    assert slope(x, {"c": 1.0}, x=np.ones((3, 1)), c=1.0).value.tolist() == [[0.0]] * 3
    assert slope(c * 2, {"x": 1.0}, x=np.ones((3, 1)), c=1.0).value == 0


def test_differences_where_a_function_is_not_analytic():
    e = call("tr", call("abs", S) * S)
    got = slope(e, {"S": STEP}, S=SQUARE)
    wanted = np.trace(np.sign(SQUARE) * STEP @ SQUARE + abs(SQUARE) @ STEP)
    assert got.method == DIFFERENCES
    assert abs(got.value - wanted) < 1e-11
    assert abs(got.value - wanted) <= 10 * got.error < 1e-9


def test_constants_may_be_anything():
    """Only what moves has to be analytic."""
    assert slope(call("abs", c) * x, {"x": np.ones((3, 1))}, x=np.ones((3, 1)), c=-2.0).method == (
        COMPLEX_STEP
    )


@pytest.mark.parametrize(
    ("exponent", "base", "method"),
    [
        (b.number(3), 0.0, COMPLEX_STEP),
        (b.number(3), -0.7, COMPLEX_STEP),
        (b.number(-2), -0.7, COMPLEX_STEP),
        (b.number(201), -0.9, COMPLEX_STEP),
        (b.number(Fraction(1, 2)), 0.7, COMPLEX_STEP),
    ],
)
def test_powers(exponent, base, method):
    got = slope(c**exponent, {"c": np.float64(1.0)}, c=base)
    p = float(exponent.value)
    assert got.method == method
    assert got.value == pytest.approx(p * base ** (p - 1), rel=1e-12)


def test_a_power_that_leaves_the_domain_has_no_slope():
    with pytest.raises(Undefined):
        slope(c ** Fraction(1, 2), {"c": np.float64(1.0)}, c=0.0)


def test_differences_take_smaller_steps_at_the_edge_of_the_domain():
    e = call("log", c) + call("abs", c)
    got = slope(e, {"c": np.float64(1.0)}, c=0.01)
    assert got.method == DIFFERENCES
    assert abs(got.value - 101) <= got.error < 0.1


def test_a_kink_shows_in_the_estimated_error():
    assert extrapolate(np.sin).error < 1e-11
    assert extrapolate(lambda t: abs(t + 1e-3)).error > 1e-3
    assert extrapolate(lambda t: abs(t + 10.0)).error < 1e-10


def test_each_entry_takes_its_own_best_estimate():
    got = extrapolate(lambda t: np.array([np.exp(t), np.sin(30 * t)]))
    assert np.allclose(got.value, [1, 30], rtol=1e-8)
