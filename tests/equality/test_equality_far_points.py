"""Differences far from the origin, and sizes that one text names and the other counts with."""

import pytest

import matcalc as mc


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("step(a - 1000)", "0"),
        ("relu(a - 10^6)", "0"),
        ("abs(a - 10^9)", "10^9 - a"),
        ("sigmoid(200 + a^2)", "1"),
        ("sin(a) + 1e-60", "sin(a)"),
    ],
)
def test_different(left, right):
    assert not mc.equivalent(left, right, "a in R")


@pytest.mark.parametrize(
    ("left", "right"),
    [("tr(eye(n))", "n"), ("n", "ones(n)'*ones(n)"), ("sigmoid(-c*t)", "1 - sigmoid(c*t)")],
)
def test_equal(left, right):
    assert mc.equivalent(left, right)
