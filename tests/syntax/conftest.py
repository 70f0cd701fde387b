"""A small printer of trees, for tests that show what binds to what."""

import pytest

from matcalc.syntax.tree import (
    Binary,
    Call,
    Index,
    Name,
    Number,
    Range,
    SumOver,
    Transpose,
    Unary,
)


def as_text(node) -> str:
    """A small expression as an s-expression; f[x y] is a call, _ an end that is not written."""
    match node:
        case None:
            return "_"
        case Number():
            return node.text
        case Name():
            return node.name
        case Unary():
            return f"({node.op} {as_text(node.operand)})"
        case Binary():
            return f"({node.op} {as_text(node.left)} {as_text(node.right)})"
        case Transpose():
            return f"({'H' if node.conjugate else 'T'} {as_text(node.operand)})"
        case Call(rows=None):
            return f"{as_text(node.function)}[{all_as_text(node.arguments)}]"
        case Call():
            rows = "; ".join(all_as_text(row) for row in node.rows)
            return f"{as_text(node.function)}[{rows}]"
        case Range():
            return f"{as_text(node.low)}..{as_text(node.high)}"
        case Index():
            return f"(at {as_text(node.base)} {all_as_text(node.items)})"
        case SumOver():
            parts = (node.index, node.low, node.high, node.body)
            return f"(sum {all_as_text(parts)})"
    raise AssertionError(node)


def all_as_text(nodes) -> str:
    return " ".join(as_text(node) for node in nodes)


@pytest.fixture(scope="session")
def shown():
    """From an expression, or a tuple of expressions, to its s-expression."""
    return lambda node: all_as_text(node) if isinstance(node, tuple) else as_text(node)
