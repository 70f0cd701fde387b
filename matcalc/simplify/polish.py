"""The last touch on an answer: the order of commuting parts, as a person writes them.

Data stand before functions of it in Hadamard products (y ⊙ σ(z)), constants and letters before
other scalars; of a pair of transposes the plain one comes first (A + A'); no minus stands before a
parenthesis. What the user wrote is left as it is.
"""

from __future__ import annotations

from matcalc.expr import build
from matcalc.expr.facts import mirrored
from matcalc.expr.nodes import (
    Expr,
    Hadamard,
    Identity,
    Ones,
    Power,
    Product,
    SizeNumber,
    Sum,
    Symbol,
    Transpose,
    fold,
    node,
    number_value,
    postorder,
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
        if isinstance(e, Product) and len(e.scalars) > 1:
            return _letters_first(e)
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


def _letters_first(e: Product) -> Expr:
    """Constants, letters and their powers before other scalars: √π σ tr(A), not tr(A) σ √π."""
    ordered = sorted(e.scalars, key=_place)
    return e if ordered == list(e.scalars) else build.product(e.coefficient, ordered, e.chain)


def _place(x: Expr) -> int:
    if isinstance(x, Power) and number_value(x.exponent) is not None:
        x = x.base
    if isinstance(x, Symbol | SizeNumber):
        return 1
    return 0 if _is_constant(x) else 2


def _is_constant(x: Expr) -> bool:
    """π, √2, √(2π): a few numbers and nothing else."""
    for _, e in zip(range(8), postorder(x), strict=False):
        if isinstance(e, Symbol | SizeNumber):
            return False
        if e is x:
            return True
    return False


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
