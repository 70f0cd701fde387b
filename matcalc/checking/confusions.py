"""Edits of answers in which one thing was taken for another.

2*A*B for A*B + B*A takes matrices for numbers, and 2*A*x for (A + A')*x takes A for symmetric;
diag(exp(X*w))*X is the Jacobian of exp(X*w), and the gradient of its sum is its rows, added up.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from matcalc.checking.edits import Change, Kit
from matcalc.checking.places import Place
from matcalc.checking.structure import spelt_out
from matcalc.expr import build
from matcalc.expr.nodes import ONE, Expr, Product, Sum, Symbol, symbols
from matcalc.expr.rewrite import substitute
from matcalc.simplify.normal_form import simplify
from matcalc.simplify.polish import polish


def commuted(place: Place, kit: Kit) -> Iterator[Change]:
    """2*A*B as A*B + B*A, and 3*A^2*B as A^2*B + A*B*A + B*A^2."""
    e = place.node
    if not isinstance(e, Product) or e.is_scalar or place.role == "inside":
        return
    chain = spelt_out(e.chain)
    if len(chain) < 2 or any(f.shape[0] != f.shape[1] for f in chain):
        return
    turns = dict.fromkeys((*chain[k:], *chain[:k]) for k in range(len(chain)))
    if len(turns) != e.coefficient:
        return
    total = build.add(*(build.product(ONE, e.scalars, t) for t in map(_powers, turns)))
    words = "adds up products of matrices that do not commute"
    yield Change(total, "order", words, 1.2, (e, total))


def taken_symmetric(place: Place, kit: Kit) -> Iterator[Change]:
    """2*A*x as A*x + A'*x: what is right for a symmetric A only."""
    e = place.node
    if not isinstance(e, Product) or place.role == "inside" or Fraction(e.coefficient) % 2:
        return
    matrices = [x for x in symbols(e) if _is_plain_square(x) and x not in kit.variables]
    for some in dict.fromkeys((*((x,) for x in matrices), tuple(matrices))):
        turned = substitute(e, {x: build.transpose(x) for x in some})
        if some and turned is not e:
            halves = (build.multiply(Fraction(1, 2), t) for t in (e, turned))
            total = polish(simplify(build.add(*halves)))
            names = " and ".join(sorted(x.name for x in some))
            words = f"treats {names} as if {'it' if len(some) == 1 else 'they'} were symmetric"
            yield Change(total, "symmetric part", words, 1.32, (e, total))


def _is_plain_square(x: Symbol) -> bool:
    return x.shape[0] == x.shape[1] and not x.is_scalar and "symmetric" not in x.facts


def undifferentiated(place: Place, kit: Kit) -> Iterator[Change]:
    """The variable itself, where its derivative belongs: X for I, x for 1."""
    e = place.node
    in_a_product = all(isinstance(above, Product | Sum) for above, _ in place.way)
    if e in kit.variables and not e.is_scalar and place.way and in_a_product:
        words = f"has {e} where its derivative belongs"
        yield Change(build.ones(e.shape), "undifferentiated", words, 1.2)
        if e.shape[0] == e.shape[1]:
            yield Change(build.identity(e.shape[0]), "undifferentiated", words, 1.2)


def _powers(chain: tuple[Expr, ...]) -> tuple[Expr, ...]:
    whole = simplify(build.multiply(*chain))
    return whole.chain if isinstance(whole, Product) else (whole,)


def added_up(place: Place, kit: Kit) -> Iterator[Change]:
    """The Jacobian of a vector, whose rows or columns have to be added up."""
    e, x = place.node, kit.variables[0] if kit.variables else None
    if place.way or x is None or e.shape == x.shape or e.is_scalar:
        return
    ones = build.ones
    if x.is_scalar:
        total = build.multiply(ones((1, e.shape[0])), e, ones((e.shape[1], 1)))
        yield _sum(e, total, "entries")
    for turned, word in ((build.transpose(e), "rows"), (e, "columns")):
        if 1 not in turned.shape and x.shape == (turned.shape[0], 1):
            yield _sum(e, build.multiply(turned, ones((turned.shape[1], 1))), word)


def _sum(e: Expr, total: Expr, word: str) -> Change:
    new = polish(simplify(total))
    words = f"is not summed: its {word} are to be added up"
    return Change(new, "missing sum", words, 1.0, (e, new))
