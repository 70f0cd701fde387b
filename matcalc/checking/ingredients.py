"""Edits that put in something from the problem: a lost term, a missing factor, another argument."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from matcalc.checking.calls import derivative
from matcalc.checking.edits import Change, Kit, offer
from matcalc.checking.places import Place
from matcalc.checking.structure import spelt_out
from matcalc.expr import build
from matcalc.expr.cost import cost
from matcalc.expr.nodes import (
    Apply,
    Expr,
    Identity,
    Number,
    Ones,
    Power,
    Product,
    SizeNumber,
    Sum,
    Symbol,
    Transpose,
    Zeros,
)
from matcalc.functions.record import Function

LEAVES = (Symbol, SizeNumber, Transpose)


def scalar_factors(place: Place, kit: Kit) -> Iterator[Change]:
    """A scalar of the problem that is missing as a factor, or below the bar."""
    e = place.node
    if place.role not in ("root", "term") or isinstance(e, Number):
        return
    present = e.scalars if isinstance(e, Product) else ()
    for s in kit.scalars:
        if isinstance(s, Number):
            continue
        penalty = 1.0 if isinstance(s, Symbol | SizeNumber) else 1.15
        for power in (1, 2):
            factor = build.power(s, power)
            times = build.multiply(factor, e)
            below = build.multiply(e, build.power(factor, -1))
            yield Change(
                times,
                "scalar factor",
                f"lacks the factor {factor}",
                penalty + 0.4 * (power - 1),
                (e, times),
            )
            words = f"has to be divided by {factor}"
            if factor in present:
                words = f"has a factor {factor} too many"
            yield Change(below, "scalar factor", words, penalty + 0.4 * (power - 1), (e, below))


def lost_terms(place: Place, kit: Kit) -> Iterator[Change]:
    """A term of the right answer that the whole answer lacks, as the product rule gives them."""
    if not isinstance(place.node, Number | Zeros):
        for t, late in kit.right_terms.items():
            if not late and t.shape == place.node.shape:
                yield _with_term(place.node, t, 0.85)


def missing_terms(place: Place, kit: Kit) -> Iterator[Change]:
    """A lost term: of the right answer multiplied out for the whole, of the problem for a part."""
    e, role = place.node, place.role
    if isinstance(e, Number | Zeros) and role == "root":
        return
    if role == "root":
        for t, late in kit.right_terms.items():
            if late and t.shape == e.shape:
                yield _with_term(e, t, 1.35)
        return
    if isinstance(e, Sum) or role in ("factor", "argument", "inside"):
        for t in kit.of_shape(e.shape):
            for new in (t, build.negate(t)):
                yield _with_term(e, new, 1.6)
        if e.shape[0] == e.shape[1] and not e.is_scalar:
            eye = build.identity(e.shape[0])
            for new in (eye, build.negate(eye)):
                yield _with_term(e, new, 1.5)


def _with_term(e: Expr, term: Expr, penalty: float) -> Change:
    both = build.add(e, term)
    return Change(both, "missing term", f"lacks the term {term}", penalty, (e, both))


def missing_factors(place: Place, kit: Kit) -> Iterator[Change]:
    """A factor of the problem that is missing: by the chain rule, or in a product."""
    e = place.node
    if e.is_scalar or isinstance(e, Number | Zeros | Identity):
        return
    for h in _chain_rule_factors(e, kit):
        new = build.hadamard(e, h)
        words = f"lacks the factor {h} of the chain rule"
        yield Change(new, "chain rule", words, 1.2 if place.role != "term" else 1.1, (e, new))
    if place.role == "inside" or isinstance(e, Ones):
        return
    inner = bare_chain(e)
    for m in kit.matrices:
        words = f"lacks the factor {m}"
        penalty = 1.2 if isinstance(m, LEAVES) else 1.4
        if m.shape[1] == inner.shape[0]:
            yield from offer("missing factor", words, penalty, build.multiply, m, e, shown=e)
        if inner.shape[1] == m.shape[0]:
            yield from offer("missing factor", words, penalty, build.multiply, e, m, shown=e)
        if m.shape == e.shape:
            yield from offer("missing factor", words, penalty, build.hadamard, e, m, shown=e)


def bare_chain(e: Expr) -> Expr:
    return e.chain[0] if isinstance(e, Product) and len(e.chain) == 1 else e


def _chain_rule_factors(e: Expr, kit: Kit) -> Iterator[Expr]:
    """f'(u) for the calls f(u) of the problem, of the shape of e."""
    seen = set()
    for call in kit.of_shape(e.shape):
        if not isinstance(call, Apply):
            continue
        f = call.function
        if isinstance(f, Function) and f.elementwise and len(f.parameters) == 1:
            slope = derivative(call)
            if slope.shape == e.shape and slope not in seen:
                seen.add(slope)
                yield slope


def replaced(place: Place, kit: Kit) -> Iterator[Change]:
    """Something of the problem in place of something else of the same shape: x for A*x."""
    e, role = place.node, place.role
    if role == "root" or (isinstance(e, Number) and not isinstance(place.parent, Power)):
        return
    if 2 * cost(e) > cost(place.way[0][0]) and not isinstance(e, Symbol):
        return  # that would be to write the answer anew
    argument = role == "argument"
    for h in kit.of_shape(e.shape):
        if h is e or isinstance(h, Number):
            continue
        if _same_factors(e, h):
            words, kind = "has its factors in the wrong order", "order"
        elif argument and isinstance(place.parent, Apply):
            name = place.parent.function.name
            words, kind = f"has {name} at {e} where {h} belongs", "argument"
        else:
            words, kind = f"has {e} where {h} belongs", "wrong part"
        leaf = isinstance(e, Symbol)
        penalty = (1.15 if argument else 1.5) + (0 if leaf else 0.2)
        if role == "term":
            penalty += 0.4
        yield Change(h, kind, words, penalty)


def _same_factors(a: Expr, b: Expr) -> bool:
    """Whether two products have the same factors in different orders."""
    if not isinstance(a, Product) or not isinstance(b, Product) or len(a.chain) < 2:
        return False
    same_front = (a.coefficient, a.scalars) == (b.coefficient, b.scalars)
    return same_front and Counter(spelt_out(a.chain)) == Counter(spelt_out(b.chain))


FAMILIES = (missing_terms, scalar_factors, missing_factors, replaced)
