"""From the rules of the grammar to the nodes of the tree: one method per rule or alias.

Lark calls these while it parses (`transformer=`), so that the tree grows from its leaves and no
depth of nesting can exhaust the stack. The children of a rule are tokens, nodes, tuples of nodes
and `Wide` nodes.
"""

from __future__ import annotations

from typing import NamedTuple

from ..errors import ParseError
from .tree import (
    Binary,
    Call,
    Declaration,
    Definition,
    Expression,
    Index,
    Name,
    Number,
    Range,
    Request,
    SetExpr,
    Show,
    Signature,
    Span,
    SumOver,
    Transpose,
    Unary,
)

_CANONICAL = {"⊙": ".*", "·": "*", "⋅": "*", "−": "-"}
_SUPERSCRIPTS = str.maketrans("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "+-0123456789")


class Wide(NamedTuple):
    """A node whose text has more around it, parentheses or a plus: what contains the node has to
    reach as far, but the node itself does not."""

    node: Expression
    span: Span


def _bare(child):
    return child.node if type(child) is Wide else child


def _span(first, last) -> Span:
    """From the start of one token or node to the end of another."""
    return first.span[0] if hasattr(first, "span") else first.start_pos, _end(last)


def _end(last) -> int:
    if type(last) is tuple:
        last = last[-1]
    return last.span[1] if hasattr(last, "span") else last.end_pos


def _token_span(token) -> Span:
    return token.start_pos, token.end_pos


class TreeBuilder:
    """The callbacks of Lark's parser, named after rules and aliases of the grammar."""

    # Statements

    def program(self, children):
        return tuple(children)

    def declaration(self, children):
        names, set_ = children
        return Declaration(names, set_, _span(names[0], set_))

    def names(self, children):
        return tuple(self.name([token]) for token in children)

    def set(self, children):
        tokens, sizes = children[:1], children[1:]
        if sizes and _type(sizes[0]) == "PLUS":
            tokens, sizes = children[:2], children[2:]
        return SetExpr(
            "".join(tokens),
            tuple(_bare(size) for size in sizes[1:-1]),
            _span(children[0], children[-1]),
        )

    def signature(self, children):
        name, _, domains, codomain = children
        return Signature(self.name([name]), domains, codomain, _span(name, codomain))

    def sets(self, children):
        return tuple(children)

    def definition(self, children):
        name, *parameters, body = children
        return Definition(
            self.name([name]),
            parameters[1] if parameters else None,
            _bare(body),
            _span(name, body),
        )

    def request(self, children):
        first, second, third = children
        if first.type == "DERIVATIVE":
            kind, wrt, expression = "d", (self.name([second]),), third
        else:
            kind, expression, wrt = str(first), second, third
        return Request(kind, _bare(expression), wrt, (first.start_pos, _end(third)))

    def show(self, children):
        (expression,) = children
        return Show(_bare(expression), _span(expression, expression))

    # Expressions

    def number(self, children):
        (token,) = children
        return Number(str(token), _token_span(token))

    def name(self, children):
        (token,) = children
        return Name(str(token), _token_span(token))

    def binary(self, children):
        left, op, right = children
        return Binary(
            _CANONICAL.get(op, str(op)),
            _bare(left),
            _bare(right),
            _token_span(op),
            _span(left, right),
        )

    def negative(self, children):
        minus, operand = children
        return Unary("-", _bare(operand), _span(minus, operand))

    def positive(self, children):
        plus, operand = children
        return Wide(_bare(operand), _span(plus, operand))

    def group(self, children):
        left, inner, right = children
        return Wide(_bare(inner), _span(left, right))

    def superscript(self, children):
        base, token = children
        written = token.translate(_SUPERSCRIPTS)
        digits = written.lstrip("+-")
        start, end = _token_span(token)
        exponent: Expression = Number(digits, (end - len(digits), end))
        if written[0] == "-":
            exponent = Unary("-", exponent, (start, end))
        return Binary("^", _bare(base), exponent, (start, start), _span(base, token))

    def transpose(self, children):
        operand, token = children
        return Transpose(_bare(operand), token[-1] in "Hᴴ", _span(operand, token))

    def call(self, children):
        function, _, rows, right = children
        return Call(
            function,
            tuple(argument for row in rows for argument in row),
            rows if len(rows) > 1 else None,
            _span(function, right),
        )

    def arguments(self, children):
        return tuple(children)

    def row(self, children):
        return tuple(_bare(argument) for argument in children)

    def sum_over(self, children):
        function, _, index, low, high, body, right = children
        if not isinstance(function, Name) or function.name != "sum":
            message = "only sum runs over an index: write sum(i in 1..n, body)"
            raise ParseError(message, span=function.span)
        return SumOver(
            self.name([index]), _bare(low), _bare(high), _bare(body), _span(function, right)
        )

    def index(self, children):
        base, _, *items, right = children
        return Index(_bare(base), tuple(_bare(item) for item in items), _span(base, right))

    def range(self, children):
        place = next(i for i, child in enumerate(children) if _type(child) == "RANGE")
        low, high = children[:place], children[place + 1 :]
        return Range(
            _bare(low[0]) if low else None,
            _bare(high[0]) if high else None,
            _span(children[0], children[-1]),
        )


def _type(child) -> str | None:
    return getattr(child, "type", None)
