"""From tokens to statements: the stage between Lark's lexer and its parser.

The words `in`, `wrt`, `grad` ... are names wherever a name can stand, and the kind of a statement
is settled by a token that may come late (`f(x, y) = ...`). Both would make the grammar ambiguous
to a parser that looks one token ahead. So this stage reads a whole statement, says its kind with a
marker in front, and turns words into keywords where a name cannot stand.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from lark import Token

REQUEST_KINDS = ("grad", "jac", "hess", "diff")
OPENERS = frozenset(("LPAR", "LSQB"))
MARKERS = ("_DECLARE", "_SIGNATURE", "_DEFINE", "_REQUEST", "_SHOW")
BEGINS_OPERAND = frozenset(("NAME", "NUMBER", "LPAR"))
ENDS_OPERAND = frozenset(("NAME", "NUMBER", "RPAR", "RSQB", "QUOTE", "TRANSPOSE", "SUPERSCRIPT"))

_ENDS = frozenset(("_NEWLINE", "_SEMICOLON"))
_WORDS = frozenset(("in", "wrt"))
_WORD = re.compile(r"[^\W\d]\w*")


class StatementMarker:
    """Lark's `postlex`: marks every statement of the stream of tokens."""

    # Lark drops the terminals that no rule uses, except these.
    always_accept = ("_NEWLINE", "MISTAKE", "UNKNOWN")

    def process(self, stream: Iterable[Token]) -> Iterator[Token]:
        for statement in _statements(stream):
            yield from _marked(statement)


def _statements(stream: Iterable[Token]) -> Iterator[list[Token]]:
    """The tokens of each statement, its _END last. Inside brackets a newline ends nothing and is
    dropped, a semicolon is kept; what never closes runs to the end of the text."""
    statement: list[Token] = []
    brackets: list[str] = []
    for token in stream:
        kind = token.type
        if kind in OPENERS:
            brackets.append(kind)
        elif kind in ("RPAR", "RSQB"):
            if brackets:
                brackets.pop()
        elif kind == "COLON":
            if brackets and brackets[-1] == "LSQB":
                token = _retyped(token, "RANGE")
        elif kind == "NAME":
            token = _normalised(token)
            if token == "i" and statement and _touch(statement[-1], token):
                number = statement.pop()
                token = number.update(value=f"{number}i")
                token.end_pos = (number.end_pos or 0) + 1
        elif kind in _ENDS:
            if not brackets:
                if statement:
                    statement.append(_retyped(token, "_END"))
                    yield statement
                    statement = []
                continue
            if kind == "_NEWLINE":
                continue
        statement.append(token)
    if statement:
        end = statement[-1].end_pos
        statement.append(Token("_END", "", start_pos=end, end_pos=end))
        yield statement


def _touch(number: Token, unit: Token) -> bool:
    """Whether 2 and i are written as one, 2i."""
    return number.type == "NUMBER" and number.end_pos == unit.start_pos


def _marked(statement: list[Token]) -> Iterator[Token]:
    """A statement with its keywords and, in front, the marker of its kind."""
    statement, outer = _with_keywords(statement)
    first, last = statement[0], statement[-1]
    if "_IN" in outer:
        marker = "_DECLARE"
    elif "_ARROW" in outer:
        marker = "_SIGNATURE"
    elif "_EQUAL" in outer:
        marker = "_DEFINE"
    elif _is_derivative(statement):
        marker = "_REQUEST"
        statement[:3] = _derivative(statement[2], first)
    elif "_WRT" in outer:
        marker = "_REQUEST"
        if first in REQUEST_KINDS:
            statement[0] = _retyped(first, "KIND")
    else:
        marker = "_SHOW"
    yield Token(marker, "", start_pos=first.start_pos, end_pos=last.start_pos)
    yield from statement


def _with_keywords(statement: list[Token]) -> tuple[list[Token], set[str]]:
    """The statement with `in` and `wrt` made keywords where a name cannot stand, that is after an
    operand or before another name; and the types of its tokens outside all brackets."""
    result: list[Token] = []
    outer: set[str] = set()
    depth = 0
    for place, token in enumerate(statement):
        kind = token.type
        if kind in OPENERS:
            depth += 1
        elif kind in ("RPAR", "RSQB"):
            depth -= 1
        elif kind == "NAME" and token in _WORDS:
            after_operand = bool(result) and result[-1].type in ENDS_OPERAND
            following = statement[place + 1]
            if after_operand or (following.type == "NAME" and following not in _WORDS):
                kind = "_IN" if token == "in" else "_WRT"
                token = _retyped(token, kind)
        if depth <= 0:
            outer.add(kind)
        result.append(token)
    return result, outer


def _is_derivative(statement: list[Token]) -> bool:
    """Does it begin with d/dX and an operand, as `d/dX tr(A*X)`? Otherwise it is a quotient."""
    if len(statement) < 5 or statement[0] != "d" or statement[1] != "/":
        return False
    variable, operand = statement[2:4]
    return (
        variable.type == "NAME"
        and _WORD.fullmatch(variable[1:]) is not None
        and variable[0] == "d"
        and operand.type in BEGINS_OPERAND
    )


def _derivative(variable: Token, first: Token) -> list[Token]:
    """`d/dX` as two tokens: `d/d` and the name X."""
    split = (variable.start_pos or 0) + 1
    return [
        Token("DERIVATIVE", "d/d", start_pos=first.start_pos, end_pos=split),
        Token("NAME", variable[1:], start_pos=split, end_pos=variable.end_pos),
    ]


def _normalised(token: Token) -> Token:
    """The name in its NFKC form, or UNKNOWN if that is no name: NFKC makes `½` a fraction and
    leaves a hat that no letter takes up as a mark of its own."""
    if token.isascii():
        return token
    name = unicodedata.normalize("NFKC", token)
    if _WORD.fullmatch(name):
        return token.update(value=name)
    return _retyped(token, "UNKNOWN")


def _retyped(token: Token, kind: str) -> Token:
    return token.update(type=kind)
