"""Hessians of scalar functions, written so that their symmetry shows.

A Hessian is the Jacobian of a gradient, like any other. Where that does not look symmetric, it is
put together from parts that do: of f(g(x)) it is J'*H*J, with the Jacobian J of g and the Hessian H
of f, and the Hessian of w : g(x) with weights w = ∂f/∂g; by a Toeplitz matrix it is P*H*P, with the
projection P and the Hessian H by a matrix of no structure. The last resort is (H + H')/2.
Source: Magnus & Neudecker, ch. 6, sec. 11 (the Hessian of a composite function).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from matcalc.calculus.adjoint import is_zero
from matcalc.calculus.cut import fresh_name
from matcalc.calculus.differential import from_the_top, moving_nodes
from matcalc.calculus.structured import toeplitz_projection
from matcalc.expr import build
from matcalc.expr.cost import cost
from matcalc.expr.nodes import ONE, Apply, Expr, Sum, Symbol, Transpose, symbols
from matcalc.expr.rewrite import substitute
from matcalc.expr.sets import real_set
from matcalc.functions.stacked import vec
from matcalc.simplify.normal_form import Simplifier
from matcalc.simplify.symmetric import shows_symmetry, visibly_symmetric
from matcalc.simplify.terms import parts_of
from matcalc.stages import Stage

HALF = Fraction(1, 2)
SURVEYED = 600  # symbols and operations of a Hessian that is put together once more
CLEARLY = 0.85  # as long, a form put together is preferred to one multiplied out
MAX_CUTS = 8  # places at which a function is tried to be cut


def hessian(f: Expr, gradient: Expr, by: Expr, convention: str, whole: Iterable[Expr] = ()) -> Expr:
    """The derivative of the gradient of f by its own variable.

    Of the forms that show its symmetry it is the shortest; by free entries, of all.
    """
    plain, found = _direct(gradient, by, convention, whole)
    short = cost(found) <= cost(plain)
    if convention != "projected" and "complex" not in by.facts:
        return found if short else plain
    if "complex" in by.facts or (short and shows_symmetry(found)):
        return found
    assert isinstance(by, Symbol)
    composed = _composed(f, by, convention) if cost(plain) <= SURVEYED else ()
    shown = filter(shows_symmetry, (*composed, halved(plain)))
    best = min(shown, key=cost, default=found)
    keeps = shows_symmetry(found) and cost(best) > CLEARLY * cost(found)
    return found if keeps else best


def _direct(gradient: Expr, by: Expr, convention: str, whole: Iterable[Expr]) -> tuple[Expr, Expr]:
    """The Jacobian of the gradient, and the same so that its symmetry shows, if that is found."""
    stage = Stage(gradient, convention, whole)
    found = stage.derivatives((by,))[by]
    if "complex" in by.facts:
        return found, found
    return found, stage.polished(visibly_symmetric(found, stage.simplifier))


def _of(f: Expr, x: Symbol, convention: str) -> tuple[Expr, Expr]:
    """Gradient and Hessian of a function."""
    first = Stage(f, convention)
    gradient = first.derivatives((x,))[x]
    return gradient, _direct(gradient, x, convention, first.whole)[1]


def _composed(f: Expr, x: Symbol, convention: str) -> Iterator[Expr]:
    """The Hessian of f, put together in each way of reading f as a function of g(x)."""
    projection = toeplitz_projection(x, convention)
    if projection is not None:
        yield _projected(f, x, projection)
    if isinstance(f, Apply) and getattr(f.function, "norm", None):
        yield _by_square(f, x, convention)
    cuts = list(_cuts(f, x))
    for inner in cuts if len(cuts) <= MAX_CUTS else ():
        yield _through(f, inner, x, convention)


def _cuts(f: Expr, x: Symbol) -> Iterator[Expr]:
    """The parts of f through which all of its dependence on x goes, but for f and x."""
    moving = moving_nodes(f, (x,))
    reached = {f}
    for e in from_the_top(f, moving):
        inner = e is not f and e is not x and not isinstance(e, Transpose)
        if inner and len(reached) == 1 and "complex" not in e.facts:
            yield e
        reached.discard(e)
        reached.update(c for c in e.children if c in moving)


def _through(f: Expr, inner: Expr, x: Symbol, convention: str) -> Expr:
    """J'*H*J + the Hessian of w : inner, of f as a function of an inner one."""
    names = {s.name for s in symbols(f)}
    u = build.stand_in(fresh_name(("u",), names), inner)
    w = build.symbol(fresh_name(("w",), {*names, u.name}), real_set(inner.shape))
    gradient, outer = _of(substitute(f, {inner: u}), u, convention)
    _, bent = _of(build.frobenius(w, inner), x, convention)
    stage = Stage(inner, convention)
    number, scalars, weights = build.scalar_parts(substitute(gradient, {u: inner}))
    back: dict[Expr, Expr] = {u: inner, w: weights or build.number(1)}
    parts = []
    if not is_zero(bent):  # linear in w
        parts.append(build.multiply(number, *scalars, substitute(bent, back)))
    if not is_zero(outer):
        j = _jacobian(stage, inner, x)
        parts.append(build.multiply(build.transpose(j), substitute(outer, back), j))
    s = stage.simplifier
    apart = build.add(*(_shown(p, s) for p in parts))
    plain = s(apart)
    tries = (plain, visibly_symmetric(plain, s), apart)
    return stage.polished(min(filter(shows_symmetry, tries), key=cost, default=plain))


def _by_square(f: Expr, x: Symbol, convention: str) -> Expr:
    """(H/2 - g*g')/f, with the Hessian H of f^2 and the gradient g of f: of norms."""
    gradient, _ = _of(f, x, convention)
    _, bent = _of(build.power(f, build.number(2)), x, convention)
    stage = Stage(f, convention)
    g = vec(gradient)
    whole = build.subtract(build.multiply(HALF, bent), build.multiply(g, build.transpose(g)))
    return stage.polished(_shown(build.divide(whole, f), stage.simplifier))


def _projected(f: Expr, x: Symbol, projection: Expr) -> Expr:
    """P'*H*P, with the Hessian by a matrix of no structure."""
    free = build.symbol(x.name, real_set(x.shape))
    _, inner = _of(substitute(f, {x: free}), free, "projected")
    stage = Stage(f, "projected")
    h = _shown(substitute(inner, {free: x}), stage.simplifier)
    whole = build.multiply(build.transpose(projection), h, projection)
    return stage.polished(_shown(whole, stage.simplifier))


def _shown(e: Expr, s: Simplifier) -> Expr:
    """Simplified as far as the symmetry still shows."""
    plain = s(e)
    tries = (plain, visibly_symmetric(plain, s), e)
    found = next(filter(shows_symmetry, tries), None)
    return found if found is not None else halved(plain)


def halved(e: Expr) -> Expr:
    """The terms that show no symmetry as halves: (U + U')/2, which they equal in a Hessian."""
    c, scalars, chain = parts_of(e)
    terms = chain[0].terms if len(chain) == 1 and isinstance(chain[0], Sum) else (e,)
    if terms == (e,):
        c, scalars = ONE, ()
    plain = [t for t in terms if not shows_symmetry(t)]
    both = build.add(*(x for t in plain for x in (t, build.transpose(t))))
    shown = (t for t in terms if shows_symmetry(t))
    return build.multiply(build.number(c), *scalars, build.add(*shown, build.multiply(HALF, both)))


def _jacobian(stage: Stage, inner: Expr, x: Symbol) -> Expr:
    """The Jacobian of an array, or the row vec(G)' of a number."""
    found = stage.derivatives((x,))[x]
    return build.transpose(vec(found)) if inner.is_scalar else found
