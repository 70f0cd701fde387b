"""`str(e)` parses back to the identical expression, with and without named parts."""

from __future__ import annotations

import expressions as made
import pytest
from hypothesis import HealthCheck, example, given, settings

from matcalc.api import Workspace
from matcalc.expr import arithmetic, build
from matcalc.printing.text import Text

WORKSPACE = Workspace(made.DECLARATIONS)
SHORT = Text()
SHORT.limit = 40  # so that parts get names
a, x, A, B = (made.SYMBOLS[k] for k in "axAB")

often = settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@often
@given(made.expressions())
@example(build.hadamard(a, A * B))
@example(build.hadamard(2, A * B))
@example(build.kronecker(a, A * B))
@example(build.multiply(x.T, build.zeros(x.shape), a))
@example(build.hadamard(build.element_power(A, -1), B**-2))
@example(build.number(0.1) * x)
@example(build.number(2**16000))
def test_text_parses_back_to_the_same_node(e):
    assert WORKSPACE.parse(str(e)) is e


@often
@given(made.expressions())
def test_definitions_parse_back_to_the_same_node(e):
    assert WORKSPACE.parse(SHORT(e)) is e


@pytest.mark.parametrize("widest", [2, 3])
def test_wide_parts_of_sums_and_products_parse_back(monkeypatch, widest):
    """(a*b*c)*d*e, where so many factors are one part: the parentheses mean something."""
    monkeypatch.setattr(arithmetic, "WIDEST", widest)

    @often
    @given(made.expressions())
    def check(e):
        assert WORKSPACE.parse(str(e)) is e

    check()


@pytest.mark.parametrize(
    "text", ["0", "1/3", "-2", "1e-7", "0.05", "1234567890123/10", "2^300", "x'*(A*x*x')"]
)
def test_text_that_stays_as_it_is(text):
    assert str(WORKSPACE.parse(text)) == text


def test_a_large_repetitive_expression():
    e = x
    for _ in range(60):
        e = build.hadamard(A * e + e, 1 + e)
        e = e / (1 + e.T * e)
    assert WORKSPACE.parse(str(e)) is e
