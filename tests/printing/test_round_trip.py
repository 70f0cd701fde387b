"""`str(e)` parses back to the identical expression, with and without named parts."""

from __future__ import annotations

import expressions as made
import pytest
from hypothesis import HealthCheck, given, settings

from matcalc.api import Workspace
from matcalc.printing.text import Text

WORKSPACE = Workspace(made.DECLARATIONS)
SHORT = Text()
SHORT.limit = 40  # so that parts get names

slow_to_draw = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


@slow_to_draw
@given(made.expressions())
def test_text_parses_back_to_the_same_node(e):
    assert WORKSPACE.parse(str(e)) is e


@slow_to_draw
@given(made.expressions())
def test_definitions_parse_back_to_the_same_node(e):
    assert WORKSPACE.parse(SHORT(e)) is e


@slow_to_draw
@given(made.expressions())
def test_every_expression_has_unicode_and_balanced_latex(e):
    assert e.unicode()
    latex = e.latex()
    assert latex.count("{") == latex.count("}")
    assert latex.count(r"\left") == latex.count(r"\right")
    assert "^{" not in latex.replace("}^{", "") or "}^{\\top}^{" not in latex


@pytest.mark.parametrize("text", ["0", "1/3", "-2", "1e-7", "0.05", "1234567890123/10", "2^300"])
def test_numbers_alone(text):
    assert str(WORKSPACE.parse(text)) == text
