"""The text of a syntax tree that was edited: what is unchanged stands as it was written."""

from __future__ import annotations

from matcalc.syntax import tree

# How tightly operators bind, loosest first.
LEVELS = {
    "+": 1, "-": 1, ":": 2, "⊗": 3,
    "*": 4, "@": 4, ".*": 4, "/": 4, "./": 4, "\\": 4, "^": 6, ".^": 6,
}  # fmt: skip
SPACED = (1, 2, 3)
SIGN, POSTFIX, ATOM = 5, 6, 7


def written(edited: tree.Expression, original: tree.Expression, text: str) -> str:
    """The text of an edited tree whose other parts are those of the original."""
    kept = set(tree.postorder(original))
    found: dict[tree.Node, str] = {}
    stack: list[tree.Node] = [edited]
    while stack:
        node = stack[-1]
        if node in kept:
            start, end = node.span
            found[node] = " ".join(text[start:end].split())
            stack.pop()
            continue
        missing = [c for c in tree.children(node) if c not in found]
        stack.extend(missing)
        if not missing:
            found[node] = _text(node, found)
            stack.pop()
    return found[edited]


def _text(node: tree.Node, found: dict[tree.Node, str]) -> str:
    def at(child: tree.Node, level: int) -> str:
        return f"({found[child]})" if _level(child) < level else found[child]

    if isinstance(node, tree.Binary):
        level = LEVELS[node.op]
        op = f" {node.op} " if level in SPACED else node.op
        return f"{at(node.left, level)}{op}{at(node.right, level + 1)}"
    if isinstance(node, tree.Unary):
        return f"-{at(node.operand, SIGN + 1)}"
    if isinstance(node, tree.Transpose):
        return f"{at(node.operand, POSTFIX)}{'^H' if node.conjugate else QUOTE}"
    if isinstance(node, tree.Call):
        return f"{found[node.function]}({','.join(found[a] for a in node.arguments)})"
    if isinstance(node, tree.Name):
        return node.name
    assert isinstance(node, tree.Number), node
    return node.text


QUOTE = "'"


def _level(node: tree.Node) -> int:
    if isinstance(node, tree.Binary):
        return LEVELS[node.op]
    if isinstance(node, tree.Unary):
        return SIGN
    return POSTFIX if isinstance(node, tree.Transpose) else ATOM
