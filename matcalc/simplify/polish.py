"""The last touch on an answer: the order of commuting parts, as a person writes them.

Data stand before functions of it in Hadamard products (y ⊙ σ(z)); of a pair of transposes the
plain one comes first (A + A'); no minus stands before a parenthesis. What the user wrote is left
as it is.
"""

from __future__ import annotations

from matcalc.expr import build
from matcalc.expr.facts import mirrored
from matcalc.expr.nodes import (
    Expr,
    Hadamard,
    Identity,
    Ones,
    Product,
    SizeNumber,
    Sum,
    Symbol,
    Transpose,
    fold,
    node,
)

_PLAIN = (Symbol, Transpose, Ones, Identity, SizeNumber)


def polish(root: Expr, memo: dict[Expr, Expr] | None = None) -> Expr:
    """The expression with its commuting parts in a natural order.

    `memo` maps what is to stay as it is to itself; it keeps results between calls.
    """

    def step(e: Expr, children: list[Expr]) -> Expr:
        e = build.rebuild(e, children)
        if isinstance(e, Hadamard):
            return _data_first(e)
        return _plain_first(e) if isinstance(e, Sum) else e

    return _signs(fold(root, step, memo))


def _signs(e: Expr) -> Expr:
    """-(A + B) as -A - B, at the top."""
    if isinstance(e, Product) and e.coefficient == -1 and len(e.children) == 1:
        inner = e.children[0]
        if isinstance(inner, Sum):
            return build.add(*(build.negate(t) for t in inner.terms))
    return e


def _data_first(e: Hadamard) -> Expr:
    plain = [f for f in e.factors if isinstance(f, _PLAIN)]
    other = [f for f in e.factors if not isinstance(f, _PLAIN)]
    return build.hadamard(*plain, *other) if plain and other else e


def _plain_first(e: Sum) -> Expr:
    terms = list(e.terms)
    for i, a in enumerate(terms):
        if not isinstance(a, Transpose):
            continue
        for j in range(i + 1, len(terms)):
            if mirrored(a, terms[j]) and not isinstance(terms[j], Transpose):
                terms[i], terms[j] = terms[j], terms[i]
                break
    return e if tuple(terms) == e.terms else node(Sum, e.shape, tuple(terms))
