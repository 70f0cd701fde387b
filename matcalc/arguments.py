"""What a caller passed: text, expressions, names of variables; anything else is said by name."""

from __future__ import annotations

from collections.abc import Iterable
from operator import index
from typing import Any

from matcalc.errors import MatcalcError
from matcalc.expr.nodes import Expr, Symbol

Variable = str | Symbol


def text_of(value: Any, what: str) -> str:
    """The value, which must be text."""
    if isinstance(value, str):
        return value
    raise MatcalcError(f"{what} is text, not {_kind(value)}")


def whole_number(value: Any, what: str, least: int | None = None) -> int:
    """The value, which must be an integer, NumPy's among them."""
    try:
        number = index(value)
    except TypeError:
        raise MatcalcError(f"{what} is an integer, not {_kind(value)}") from None
    if least is not None and number < least:
        raise MatcalcError(f"{what} is at least {least}, not {number}")
    return number


def declarations_of(value: Any) -> str:
    """Declarations as text; None means none."""
    return "" if value is None else text_of(value, "where")


def expression_or_text(value: Any, what: str = "an expression") -> str | Expr:
    if isinstance(value, str | Expr):
        return value
    raise MatcalcError(f"{what} is text or an Expr, not {_kind(value)}")


def variables_of(wrt: Any) -> list[Variable]:
    """The names or symbols in wrt: one, or several."""
    if isinstance(wrt, str):
        return [part.strip() for part in wrt.split(",")]
    if isinstance(wrt, Symbol):
        return [wrt]
    if isinstance(wrt, Expr):
        raise MatcalcError(f"wrt is a variable or several, and {wrt} is none")
    if not isinstance(wrt, Iterable) or isinstance(wrt, bytes):
        raise MatcalcError(f"wrt is the name of a variable or several, not {_kind(wrt)}")
    return [v for w in wrt for v in variables_of(_single(w))]


def _single(w: Any) -> Any:
    if isinstance(w, str | Symbol | Expr):
        return w
    raise MatcalcError(f"wrt is the name of a variable or several, not {_kind(w)}")


def _kind(value: Any) -> str:
    if value is None:
        return "None"
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
