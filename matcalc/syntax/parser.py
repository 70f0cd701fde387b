"""From text to syntax tree.

The text is data: it is cut into tokens and never evaluated. What is wrong with it becomes one
ParseError with a place; what is too large for the limits a LimitError that names the setting.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from ..errors import LimitError, ParseError
from .tree import Expression, Program, Show


@dataclass(slots=True)
class Limits:
    """How large a text may be. Both are settings: assign to `matcalc.syntax.LIMITS`."""

    text_length: int = 1_000_000
    nesting: int = 10_000


LIMITS = Limits()

_BRACKETS = re.compile(r"#[^\r\n]*|[(\[\])]")


def parse_program(text: str) -> Program:
    """The statements of a text. A text of blanks and comments is a program of no statements."""
    _check_limits(text)
    return Program(_statements(text), text, (0, len(text)))


def parse_expression(text: str) -> Expression:
    """The one expression that a text is; anything else is a ParseError that says so."""
    statements = parse_program(text).statements
    if not statements:
        raise ParseError("an expression is expected, but the text is empty", text=text, span=(0, 0))
    if len(statements) > 1:
        raise ParseError(
            f"one expression is expected, but there are {len(statements)} statements",
            text=text,
            span=statements[1].span,
        )
    (statement,) = statements
    if not isinstance(statement, Show):
        kind = type(statement).__name__.lower()
        raise ParseError(
            f"an expression is expected, but this is a {kind}", text=text, span=statement.span
        )
    return statement.expression


def _statements(text: str):
    parser = _parser()
    from lark import UnexpectedToken

    try:
        return parser.parse(text)
    except UnexpectedToken as error:
        from .messages import explain

        raise explain(text, list(parser.lex(text)), error.token) from None
    except ParseError as error:  # of the builder, which does not have the text
        raise error.located(text, error.span or (0, 0)) from None


@cache
def _parser():
    """Lark's parser. It is imported late so that `import matcalc` stays light."""
    from .tables import load_parser

    return load_parser()


def _check_limits(text: str) -> None:
    if len(text) > LIMITS.text_length:
        raise LimitError(
            f"the text has {len(text)} characters, more than LIMITS.text_length = "
            f"{LIMITS.text_length}"
        )
    if text.count("(") + text.count("[") <= LIMITS.nesting:
        return
    depth = 0
    for found in _BRACKETS.finditer(text):
        depth = max(0, depth + (found[0] in "([") - (found[0] in ")]"))
        if depth > LIMITS.nesting:
            raise LimitError(
                f"brackets are nested deeper than LIMITS.nesting = {LIMITS.nesting}",
                text=text,
                span=found.span(),
            )
