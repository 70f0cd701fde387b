"""The size of an expression as a reader sees it: symbols and operations, counted as in a tree."""

from __future__ import annotations

from matcalc.expr.nodes import (
    Conjugate,
    ElementPower,
    Expr,
    Frobenius,
    Hadamard,
    Identity,
    Kronecker,
    Number,
    Ones,
    Power,
    Product,
    Selection,
    SizeNumber,
    Sum,
    Symbol,
    Transpose,
    Zeros,
    fold,
    number_value,
)

_LEAVES = (Symbol, Number, SizeNumber, Identity, Selection, Zeros, Ones)


def cost(root: Expr, memo: dict[Expr, int] | None = None) -> int:
    """Symbols plus operations: `2*A'*R` has three symbols and numbers, two products, a transpose.

    Linear in the number of distinct nodes; `memo` keeps counts between calls.
    """
    return fold(root, _step, memo)


def _step(e: Expr, below: list[int]) -> int:
    if isinstance(e, _LEAVES):
        return 1
    total = sum(below)
    if isinstance(e, Product):
        # One operation between neighbours; a leading minus counts as one, a number as two.
        coefficient = 0 if e.coefficient == 1 else 1 if e.coefficient == -1 else 2
        return total + len(below) - 1 + coefficient - _divisions(e)
    if isinstance(e, Sum):
        minus = sum(1 for t in e.terms[1:] if isinstance(t, Product) and t.coefficient == -1)
        return total + len(below) - 1 - minus  # a - b is one operation
    if isinstance(e, Hadamard):
        return total + len(below) - 1 - _divisions(e)
    if isinstance(e, Transpose) and isinstance(e.argument, Conjugate):
        return total  # X^H is one operation
    return total + (len(below) - 1 if isinstance(e, Frobenius | Kronecker) else 1)


def _divisions(e: Expr) -> int:
    """What a/b is shorter than a·b^-1: the exponent and its operation, for each factor below."""
    below = [c for c in e.children if _is_reciprocal(c)]
    return 2 * len(below) - (2 if below and len(below) == len(e.children) else 0)


def _is_reciprocal(e: Expr) -> bool:
    if isinstance(e, ElementPower) or (isinstance(e, Power) and e.is_scalar):
        return number_value(e.exponent) == -1
    return False
