"""What to do about an error: a set that would fit, what a convention made of a name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from matcalc.elaborate.names import kind_of, latin_scalar
from matcalc.expr.nodes import Expr, Symbol, symbols
from matcalc.expr.sets import VariableSet, real_set
from matcalc.expr.sizes import Shape
from matcalc.syntax import tree

# Functions by the names that other languages and papers have for them.
FOREIGN = {
    "transpose": "write X' for the transpose of X",
    "ln": "did you mean log?",
    "norm": "did you mean norm2?",
    "inverse": "did you mean inv?",
    "determinant": "did you mean det?",
    "Tr": "did you mean tr?",
    "Trace": "did you mean tr?",
    "hadamard": "write A.*B for the entrywise product",
    "frobenius": "write A : B for the Frobenius product",
    "matmul": "write A*B for the product",
    "power": "write a^b, of arrays entry by entry A.^b",
    "argmax": "it is not differentiable",
    "identity": "write eye(n), or I",
    "logistic": "did you mean sigmoid?",
    "heaviside": "did you mean step?",
}


def misfit(
    node: tree.Expression,
    below: list[Expr],
    declared: Mapping[str, VariableSet],
    inferred: Mapping[str, VariableSet],
) -> str | None:
    """The sets of the variables in the operands of a misfit, and one that would fit."""
    sets: dict[str, VariableSet] = {}
    for n in tree.postorder(node):
        if isinstance(n, tree.Name):
            of = declared.get(n.name) or inferred.get(n.name)
            if of is not None:
                sets.setdefault(n.name, of)
    if not sets or len(sets) > 8:
        return None
    hint = ", ".join(f"{name} in {of}" for name, of in sets.items())
    greek = [n for n in sets if n in inferred and kind_of(n) == "scalar" and not latin_scalar(n)]
    if greek:
        return f"{hint}; {_scalar_words(greek[0])}"
    if isinstance(node, tree.Binary) and len(below) == 2:
        for operand, mine, other in (
            (node.right, below[1], below[0]),
            (node.left, below[0], below[1]),
        ):
            suggestion = _suggestion(node, operand, mine, other)
            if suggestion is not None:
                return f"{hint}: did you mean {suggestion}?"
    return hint


def _scalar_words(name: str) -> str:
    return f"{name} is a scalar by convention: if it is a vector, declare {name} in R[n]"


def convention(inferred: Mapping[str, VariableSet], operands: Iterable[Expr]) -> str | None:
    """That an undeclared operand is a vector by convention, where a number may be meant."""
    vectors = [
        e.name
        for e in operands
        if isinstance(e, Symbol) and e.name in inferred and kind_of(e.name) == "vector"
    ]
    return vector_words(vectors[:1]) if vectors else None


def unwanted_vectors(inferred: Mapping[str, VariableSet], shape: Shape) -> list[str]:
    """The undeclared vectors that may have made a vector of what should be a scalar."""
    return [
        name
        for name, of in inferred.items()
        if kind_of(name) == "vector" and of.shape in (shape, shape[::-1])
    ]


def vector_words(names: list[str]) -> str:
    if len(names) == 1:
        return (
            f"{names[0]} is a column vector by convention (h to z):"
            f" if it is a number, declare {names[0]} in R"
        )
    return (
        f"{' and '.join(names)} are column vectors by convention (h to z):"
        f" declare those that are numbers, as in {names[0]} in R"
    )


def _suggestion(node: tree.Binary, operand, mine: Expr, other: Expr) -> str | None:
    """A set for a lone variable that would fit beside the other operand."""
    if not isinstance(operand, tree.Name) or not isinstance(mine, Symbol):
        return None
    if mine in symbols(other):
        return None
    if node.op in ("+", "-", ".*", "./", ":"):
        return f"{operand.name} in {real_set(other.shape)}"
    if node.op in ("*", "@"):
        if mine.shape[1] == 1 and other.shape[1] == 1 and mine.shape == other.shape:
            return f"{_text(node.left)}'*{_text(node.right)} or {_text(node.left)}.*" + _text(
                node.right
            )
        if operand is node.right:
            wanted = (other.shape[1], mine.shape[1])
        else:
            wanted = (mine.shape[0], other.shape[0])
        return f"{operand.name} in {real_set(wanted)}"
    return None


def _text(node: tree.Expression) -> str:
    return node.name if isinstance(node, tree.Name) else "(...)"
