"""The slope of the logistic function by one exponential: sigmoid(a).*sigmoid(-a).

It is e./(1 + e).^2 with e = exp(-|a|), which neither overflows nor cancels. Where one of the two is
needed otherwise, its exponential is at hand, and the product stays as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

from matcalc.expr import build
from matcalc.expr.nodes import Expr, Hadamard, Product, fold, is_call, postorder
from matcalc.functions import lookup


def by_one_exponential(roots: Sequence[Expr]) -> list[Expr]:
    """The expressions with such products so written."""
    nodes = tuple(postorder(*roots))
    if not any(is_call(e, "sigmoid") for e in nodes):
        return list(roots)
    uses = Counter(c for e in nodes for c in e.children)
    uses.update(roots)
    memo: dict[Expr, Expr] = {}

    def step(e: Expr, children: list[Expr]) -> Expr:
        if isinstance(e, Hadamard | Product) and "complex" not in e.facts:
            chained = isinstance(e, Product) and len(e.chain) > 1
            found = _pair([None if chained or uses[c] > 1 else c for c in e.children])
            if found is not None:
                i, j = found
                children = [*children]
                children[i] = _slope(children[i].children[0])
                children[j] = build.number(1) if e.is_scalar else build.ones(e.shape)
        return build.rebuild(e, children)

    return [fold(r, step, memo) for r in roots]


def _pair(factors: Sequence[Expr | None]) -> tuple[int, int] | None:
    """The places of sigmoid(a) and sigmoid(-a)."""
    places = {f.children[0]: k for k, f in enumerate(factors) if f and is_call(f, "sigmoid")}
    for a, k in places.items():
        other = places.get(build.multiply(-1, a))
        if other is not None and other != k:
            return k, other
    return None


def _slope(a: Expr) -> Expr:
    one = build.number(1) if a.is_scalar else build.ones(a.shape)
    if isinstance(a, Product) and isinstance(a.coefficient, Fraction) and a.coefficient < 0:
        a = build.multiply(-1, a)
    size = build.apply(lookup("abs", 1), a)
    e = build.apply(lookup("exp", 1), build.multiply(-1, size))
    below = build.add(one, e)
    if a.is_scalar:
        return build.multiply(e, build.power(below, build.number(-2)))
    return build.hadamard(e, build.element_power(below, build.number(-2)))
