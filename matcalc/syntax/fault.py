"""The place where a text goes wrong, and what stands around it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from lark import Token

from ..errors import ParseError
from .lexing import ENDS_OPERAND, MARKERS, OPENERS
from .symbols import quoted
from .tree import Span

CLOSERS = {"RPAR": "LPAR", "RSQB": "LSQB"}
POSTFIX = frozenset(("QUOTE", "TRANSPOSE", "SUPERSCRIPT"))
NOTHING = Token("nothing", "")


def span_of(first: Token, last: Token | None = None) -> Span:
    """The span of one token, or from one to another."""
    return first.start_pos or 0, (first if last is None else last).end_pos or 0


@dataclass
class Fault:
    """The token that does not fit, and its surroundings."""

    text: str
    tokens: list[Token]
    place: int

    @property
    def token(self) -> Token:
        return self.tokens[self.place]

    @property
    def type(self) -> str:
        return self.token.type

    @cached_property
    def start(self) -> int:
        """The place of the marker of the statement."""
        return max(i for i in range(self.place + 1) if self.tokens[i].type in MARKERS)

    @cached_property
    def end(self) -> int:
        """The place of the _END of the statement."""
        places = range(self.place, len(self.tokens))
        return next(i for i in places if self.tokens[i].type == "_END")

    @property
    def marker(self) -> str:
        return self.tokens[self.start].type

    @property
    def first(self) -> Token:
        return self.tokens[self.start + 1]

    @property
    def before(self) -> Token:
        """The token before; NOTHING if it is not of the same statement."""
        return self.tokens[self.place - 1] if self.place > self.start + 1 else NOTHING

    @property
    def following(self) -> Token:
        """The token after, or the end of the statement."""
        return self.tokens[min(self.place + 1, self.end)]

    @property
    def before_type(self) -> str:
        return self.before.type

    @cached_property
    def partners(self) -> dict[int, int]:
        """The places of the brackets of the statement that belong together, both ways."""
        pairs: dict[int, int] = {}
        stack: list[int] = []
        for i in range(self.start, self.end):
            kind = self.tokens[i].type
            if kind in OPENERS:
                stack.append(i)
            elif kind in CLOSERS and stack and self.tokens[stack[-1]].type == CLOSERS[kind]:
                opener = stack.pop()
                pairs[opener], pairs[i] = i, opener
        return pairs

    @cached_property
    def open(self) -> list[int]:
        """The places of the brackets that are open before the token, the innermost last."""
        stack: list[int] = []
        for i in range(self.start, self.place):
            if self.tokens[i].type in OPENERS:
                stack.append(i)
            elif self.tokens[i].type in CLOSERS and stack:
                stack.pop()
        return stack

    @property
    def inside(self) -> str:
        """The type of the innermost bracket around the token."""
        return self.tokens[self.open[-1]].type if self.open else "nothing"

    def seen(self, kind: str) -> bool:
        """Is there such a token, outside all brackets, before this one?"""
        i = self.start + 1
        while i < self.place:
            if self.tokens[i].type == kind:
                return True
            i = self.partners.get(i, i) + 1
        return False

    @property
    def shown(self) -> str:
        return "the end of the statement" if self.type == "_END" else quoted(self.token)

    def error(
        self, message: str, at: Token | None = None, marks: tuple[Span, ...] = ()
    ) -> ParseError:
        span = span_of(self.token if at is None else at)
        return ParseError(message, text=self.text, span=span, marks=marks)

    def written(self, span: Span) -> str:
        """A part of the text, in one line."""
        return " ".join(self.text[slice(*span)].split())

    def operand_before(self) -> Span:
        """The operand that ends just before the token, as far back as it binds: `x'`, `f(x)`."""
        last = self.place - 1
        return span_of(self.tokens[self._operand_start(last)], self.tokens[last])

    def operand_here(self) -> Span:
        """The operand that begins with the token: `(a+b)`, `f(x)`, `2`."""
        last = self.place
        if self.type == "NAME" and self.tokens[last + 1].type == "LPAR":
            last += 1
        return span_of(self.token, self.tokens[self.partners.get(last, last)])

    def _operand_start(self, i: int) -> int:
        while i > self.start + 1:
            kind, previous = self.tokens[i].type, self.tokens[i - 1].type
            if kind in POSTFIX:
                i -= 1
            elif kind in CLOSERS and i in self.partners:
                i = self.partners[i]
            elif previous == "POWER":
                i -= 2
            elif previous in ("MINUS", "PLUS") and self.tokens[i - 2].type == "POWER":
                i -= 3
            elif kind in OPENERS and previous in ENDS_OPERAND:
                i -= 1
            else:
                return i
        return i
