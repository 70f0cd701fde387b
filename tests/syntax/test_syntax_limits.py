"""The limits are settings, and the errors name them."""

import pytest

from matcalc.errors import LimitError, MatcalcError
from matcalc.syntax import LIMITS, parse_expression, parse_program


def test_a_text_that_is_too_long(monkeypatch):
    monkeypatch.setattr(LIMITS, "text_length", 10)
    assert parse_program("x" * 10)
    with pytest.raises(LimitError) as caught:
        parse_program("x" * 11)
    assert "LIMITS.text_length = 10" in caught.value.message


def test_brackets_that_are_nested_too_deep(monkeypatch):
    monkeypatch.setattr(LIMITS, "nesting", 3)
    assert parse_expression("((f[x])) + ((f[x])) # ((((")
    with pytest.raises(LimitError) as caught:
        parse_expression("((f[(x)]))")
    assert "LIMITS.nesting = 3" in caught.value.message
    assert caught.value.position == (1, 5)


@pytest.mark.parametrize("text", ["(" * 10_000, "(" * 100_000, "[" * 9_000, ")" * 100_000])
def test_many_brackets_without_partners_are_refused(text):
    with pytest.raises(MatcalcError):
        parse_program(text)


@pytest.mark.parametrize("text", ["x " * 50_000, "f(x " * 9_000, "x^" * 50_000, "' " * 50_000])
def test_long_texts_with_an_error_are_refused(text):
    with pytest.raises(MatcalcError) as caught:
        parse_program(text)
    assert len(str(caught.value)) < 1000
