"""Whether a term of a sum over pairs is the same for (i,j) and (j,i).

Then the sum over i < j is half of the one over all pairs of different indices, whose terms make
symmetric matrices. What is seen is an exchange within even functions, as in abs(x[i] - x[j]).
"""

from __future__ import annotations

from matcalc.expr import build
from matcalc.expr.nodes import (
    Apply,
    ElementPower,
    Expr,
    Power,
    Product,
    Sum,
    Transpose,
    fold,
    number_value,
)
from matcalc.expr.rewrite import resize
from matcalc.expr.sizes import size_name

EVEN = ("abs", "norm1", "norm2", "norminf", "normp", "cos", "cosh")


def is_symmetric(body: Expr, i: str, j: str) -> bool:
    """Whether the exchange of two indices is seen to leave a term as it is."""
    return _canonical(body) is _canonical(_exchanged(body, i, j))


def is_antisymmetric(e: Expr, i: str, j: str) -> bool:
    """Whether the exchange changes the sign, so that e is 0 where the indices are equal."""
    return _canonical(_negated(e)) is _canonical(_exchanged(e, i, j))


def _exchanged(e: Expr, i: str, j: str) -> Expr:
    swap = {i: size_name(j), j: size_name(i)}
    return fold(e, lambda x, below: build.rebuild(x, below) if x.children else resize(x, swap))


def _canonical(e: Expr) -> Expr:
    """The same value, commuting parts in an order of their own, and of ±x in even functions one."""

    def step(x: Expr, below: list[Expr]) -> Expr:
        if not x.children:
            return x
        if isinstance(x, Sum):
            return _sorted(below)
        if _is_even(x):
            below = [min(below[0], _canonical_sign(below[0]), key=str), *below[1:]]
        x = build.rebuild(x, below)
        if not isinstance(x, Product):
            return x
        x = _in_order(x)
        return min(x, _in_order(_turned(x)), key=_factors) if x.is_scalar else x

    return fold(e, step)


def _turned(e: Expr) -> Expr:
    """A number written as its transpose, y'*A'*x for x'*A*y."""
    if not isinstance(e, Product):
        return e
    turned = tuple(build.transpose(f) for f in reversed(e.chain))
    return build.product(e.coefficient, e.scalars, turned)


def _factors(e: Expr) -> list[str]:
    """The factors as text: D[i,j] and D[j,i] of a symmetric D are written alike as a whole."""
    return [str(f) for f in (e.chain if isinstance(e, Product) else (e,))]


def _in_order(e: Expr) -> Expr:
    """A product with its scalars in order, S for S' of symmetric S."""
    if not isinstance(e, Product):
        return e
    plain = (
        f.argument if isinstance(f, Transpose) and "symmetric" in f.facts else f for f in e.chain
    )
    return build.product(e.coefficient, sorted(e.scalars, key=str), tuple(plain))


def _is_even(e: Expr) -> bool:
    if isinstance(e, Power | ElementPower):
        p = number_value(e.exponent)
        return p is not None and p % 2 == 0
    return isinstance(e, Apply) and e.function.name in EVEN


def _canonical_sign(e: Expr) -> Expr:
    """-e, its terms in order."""
    n = _negated(e)
    return _sorted(list(n.terms)) if isinstance(n, Sum) else n


def _negated(e: Expr) -> Expr:
    terms = e.terms if isinstance(e, Sum) else (e,)
    return build.add(*(build.multiply(-1, t) for t in terms))


def _sorted(terms: list[Expr]) -> Expr:
    return build.add(*sorted(terms, key=str))
