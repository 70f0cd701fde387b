"""Whether a function uses a vector as if the order of its entries did not matter.

A function of eigenvalues that is symmetric in them, such as tr f(S) = sum(f(eigvals(S))), is
differentiable where it is as a function of the vector, also where eigenvalues are equal.
Source: Lewis, "Derivatives of spectral functions", Math. Oper. Res. 21 (1996), thm. 1.1.
"""

from __future__ import annotations

from collections.abc import Iterable

from matcalc.expr.nodes import (
    Apply,
    ElementPower,
    Expr,
    Frobenius,
    Hadamard,
    Ones,
    Product,
    Sum,
    Transpose,
    is_call,
    number_value,
    postorder,
)

STILL, ENTRIES, ROW, WHOLE, OTHER = "still", "entries", "row", "whole", "other"

# Of a vector, the same whatever the order of its entries; entry by entry, in their order.
TOTALS = ("sum", "mean", "var", "norm1", "norm2", "normp", "norminf", "logsumexp", "max", "min")
WITH_THEM = ("softmax",)


def used_symmetrically(vector: Expr, roots: Iterable[Expr]) -> bool:
    """Whether all roots are numbers that permuting the entries of the vector does not change."""
    roots = tuple(roots)
    use: dict[Expr, str] = {}
    for e in postorder(*roots):
        use[e] = ENTRIES if e is vector else _use(e, [use[c] for c in e.children], vector)
    return all(use[r] in (STILL, WHOLE) for r in roots)


def used_in_even_powers(vector: Expr, roots: Iterable[Expr]) -> bool:
    """Whether the vector stands nowhere but in even powers of its entries."""
    users = [e for e in postorder(*roots) if vector in e.children]
    return all(isinstance(e, ElementPower) and _is_even(e.children[1]) for e in users)


def _is_even(exponent: Expr) -> bool:
    p = number_value(exponent)
    return p is not None and p > 0 and p % 2 == 0


def _use(e: Expr, below: list[str], vector: Expr) -> str:
    """How a node depends on the vector, given how its children do."""
    found = set(below) - {STILL}
    if not found:
        return STILL
    if OTHER in found:
        return OTHER
    if found == {WHOLE}:
        return WHOLE if e.is_scalar else OTHER
    if isinstance(e, Transpose):
        return {ENTRIES: ROW, ROW: ENTRIES}.get(below[0], OTHER)
    if isinstance(e, Apply) and below[0] == ENTRIES and set(below[1:]) <= {STILL}:
        name = e.function.name
        if name in TOTALS:
            return WHOLE
        if name in WITH_THEM:
            return ENTRIES
    if isinstance(e, Frobenius):
        return WHOLE if below == [ENTRIES, ENTRIES] or _with_ones(e, below) else OTHER
    if isinstance(e, Product) and e.is_scalar and len(e.chain) == 2:
        row, column = below[-2:]
        fits = row in (ROW, STILL) and column in (ENTRIES, STILL)
        plain = all(u != STILL or _is_even_handed(c) for u, c in zip(below[-2:], e.chain))  # noqa: B905
        return WHOLE if fits and plain else OTHER
    entrywise = isinstance(e, Hadamard | ElementPower | Sum) or (
        isinstance(e, Apply) and e.function.elementwise
    )
    scaled = isinstance(e, Product) and len(e.chain) == 1
    if e.shape == vector.shape and (entrywise or scaled) and found <= {ENTRIES, WHOLE}:
        told = zip(e.children, below, strict=True)
        return ENTRIES if all(u == ENTRIES or _is_even_handed(c) for c, u in told) else OTHER
    return OTHER


def _is_even_handed(e: Expr) -> bool:
    """Whether e is a number, or as many times the same one."""
    e = e.argument if isinstance(e, Transpose) else e
    return e.is_scalar or isinstance(e, Ones)


def _with_ones(e: Frobenius, below: list[str]) -> bool:
    return set(below) == {ENTRIES, STILL} and any(map(_is_even_handed, e.children))


def is_of_symmetric(vector: Expr) -> bool:
    """Whether eigenvalues are those of a symmetric or Hermitian matrix; singular values always."""
    if is_call(vector, "svals"):
        return True
    facts = vector.children[0].facts
    return is_call(vector, "eigvals") and bool(facts & {"symmetric", "hermitian"})
