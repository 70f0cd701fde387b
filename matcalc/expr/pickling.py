"""Expressions as flat lists, so that deep ones can be pickled; unpickling interns them again."""

from __future__ import annotations

from typing import Any

from matcalc.expr.nodes import Expr, node, postorder


class _Ref(int):
    """The number of a node in the list."""


def flatten(root: Expr) -> list[tuple]:
    """The distinct nodes, children first, each with numbers in place of its children."""
    index: dict[Expr, _Ref] = {}
    rows = []
    for e in postorder(root):
        rows.append((type(e), e.shape, tuple(_encode(f, index) for f in e.fields)))
        index[e] = _Ref(len(index))
    return rows


def unflatten(rows: list[tuple]) -> Expr:
    """The expression of a list."""
    nodes: list[Expr] = []
    for cls, shape, fields in rows:
        nodes.append(node(cls, shape, *(_decode(f, nodes) for f in fields)))
    return nodes[-1]


def _encode(value: Any, index: dict[Expr, _Ref]) -> Any:
    if isinstance(value, Expr):
        return index[value]
    return tuple(_encode(v, index) for v in value) if isinstance(value, tuple) else value


def _decode(value: Any, nodes: list[Expr]) -> Any:
    if isinstance(value, _Ref):
        return nodes[value]
    return tuple(_decode(v, nodes) for v in value) if isinstance(value, tuple) else value
