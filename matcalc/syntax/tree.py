"""The syntax tree: what was written and where, and nothing of what it means.

Every node knows its `span`, the (start, end) offsets of its text; parentheses around a node are
not part of its span and leave no node of their own. Trees can be as deep as the text is long, so
nothing here recurses: nodes compare by identity, and `children` and `postorder` are the way to
walk them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import dataclass_transform

Span = tuple[int, int]


@dataclass_transform(frozen_default=True, eq_default=False)
def _node(cls: type) -> type:
    return dataclass(frozen=True, slots=True, eq=False, repr=False)(cls)


class Node:
    """The root of all nodes."""

    __slots__ = ()
    span: Span

    def __repr__(self) -> str:
        shown = [
            f"{field.name}={value!r}"
            for field in fields(self)  # type: ignore[arg-type]
            if isinstance(value := getattr(self, field.name), str | bool) and field.name != "text"
        ]
        return f"{type(self).__name__}({', '.join([*shown, f'span={self.span}'])})"


# Expressions


@_node
class Number(Node):
    """`2`, `0.5`, `1e-3`: the text, so that nothing is lost before its meaning is known."""

    text: str
    span: Span


@_node
class Name(Node):
    """`x_1`, `Σ`, `lambda`: the name after NFKC, which its text need not be."""

    name: str
    span: Span


@_node
class Unary(Node):
    """`-a`. The operator is '-'; a unary plus leaves no node."""

    op: str
    operand: Expression
    span: Span


@_node
class Binary(Node):
    """`a*b`. The operator is one of + - : ⊗ * @ / \\ .* ./ ^ .^ (`⊙` is '.*', `X²` is '^')."""

    op: str
    left: Expression
    right: Expression
    op_span: Span
    span: Span


@_node
class Transpose(Node):
    """`X'`, `X^T`, `X.T`, or, with conjugate, `X^H`."""

    operand: Expression
    conjugate: bool
    span: Span


@_node
class Call(Node):
    """`f(x, y)`; in `block(A,B;C,D)` the arguments are A, B, C, D and rows is ((A, B), (C, D))."""

    function: Expression
    arguments: tuple[Expression, ...]
    rows: tuple[tuple[Expression, ...], ...] | None
    span: Span


@_node
class Range(Node):
    """`2:n` in an index; an end that is not written is None, so `:` has none."""

    low: Expression | None
    high: Expression | None
    span: Span


@_node
class Index(Node):
    """`X[i, 2:n]`."""

    base: Expression
    items: tuple[Expression | Range, ...]
    span: Span


@_node
class SumOver(Node):
    """`sum(i in 1..n, a[i]*x)`."""

    index: Name
    low: Expression
    high: Expression
    body: Expression
    span: Span


Expression = Number | Name | Unary | Binary | Transpose | Call | Index | SumOver


# Statements


@_node
class SetExpr(Node):
    """`R`, `R+[m,n]`, `Sym[n+1]`. The name has the plus; the sizes are any expressions."""

    name: str
    sizes: tuple[Expression, ...]
    span: Span


@_node
class Declaration(Node):
    """`A, B in R[n,n]`."""

    names: tuple[Name, ...]
    set: SetExpr
    span: Span


@_node
class Signature(Node):
    """`f : R[n], R[n] -> R`."""

    name: Name
    domains: tuple[SetExpr, ...]
    codomain: SetExpr
    span: Span


@_node
class Definition(Node):
    """`D = W*X`, or, with parameters, `f(x) = x*tanh(x)`."""

    name: Name
    parameters: tuple[Name, ...] | None
    body: Expression
    span: Span


@_node
class Request(Node):
    """`grad E wrt X, Y`. The kind is grad, jac, hess, diff, or d for `d/dX E`, which says neither
    gradient nor Jacobian."""

    kind: str
    expression: Expression
    wrt: tuple[Name, ...]
    span: Span


@_node
class Show(Node):
    """An expression alone."""

    expression: Expression
    span: Span


Statement = Declaration | Signature | Definition | Request | Show


@_node
class Program(Node):
    """The statements of a text, in order."""

    statements: tuple[Statement, ...]
    text: str
    span: Span


# Walking


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below a node, in the order in which they were written."""
    found: list[Node] = []
    for attribute in _BELOW.get(type(node), ()):
        value = getattr(node, attribute)
        if isinstance(value, tuple):
            found.extend(value)
        elif value is not None:
            found.append(value)
    return tuple(found)


def postorder(node: Node) -> Iterator[Node]:
    """All nodes of a tree, each after its children."""
    stack: list[tuple[Node, bool]] = [(node, False)]
    while stack:
        current, ready = stack.pop()
        below = () if ready else children(current)
        if below:
            stack.append((current, True))
            stack.extend((child, False) for child in reversed(below))
        else:
            yield current


_BELOW: dict[type, tuple[str, ...]] = {
    Unary: ("operand",),
    Binary: ("left", "right"),
    Transpose: ("operand",),
    Call: ("function", "arguments"),
    Range: ("low", "high"),
    Index: ("base", "items"),
    SumOver: ("index", "low", "high", "body"),
    SetExpr: ("sizes",),
    Declaration: ("names", "set"),
    Signature: ("name", "domains", "codomain"),
    Definition: ("name", "parameters", "body"),
    Request: ("expression", "wrt"),
    Show: ("expression",),
    Program: ("statements",),
}
