"""The definitions that an expression needs, in order."""

from __future__ import annotations

from matcalc.elaborate.scope import Defined, Scope
from matcalc.syntax import tree


def definitions_used(root: tree.Expression, scope: Scope) -> list[Defined]:
    """The definitions that an expression needs, each after those that it needs itself."""
    order: dict[str, Defined] = {}
    stack: list[tuple[str | None, tree.Expression, bool]] = [(None, root, False)]
    while stack:
        name, body, ready = stack.pop()
        if ready:
            assert name is not None
            order.setdefault(name, scope.definitions[name])
            continue
        if name is not None:
            if name in order:
                continue
            stack.append((name, body, True))
        if scope.definitions:
            for n in reversed(_defined_names(body, scope)):
                if n not in order:
                    stack.append((n, scope.definitions[n].body, False))
    return list(order.values())


def _defined_names(body: tree.Expression, scope: Scope) -> list[str]:
    """The definitions named in a tree, dD included, in order of appearance."""
    found: dict[str, None] = {}
    for node in tree.postorder(body):
        if isinstance(node, tree.Name):
            for name in (node.name, node.name[1:] if node.name[:1] == "d" else ""):
                if name in scope.definitions:
                    found[name] = None
                    break
    return list(found)
