"""The inner derivative that was forgotten: cos(a^2) for 2*a*cos(a^2).

An answer that stops at an inner function u is the C of C : du; carried on through u it is the
gradient. The same in a differential is d(x) where d(u) belongs.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from matcalc.calculus.adjoint import cotangents
from matcalc.checking.edits import Change, Kit, offer
from matcalc.checking.places import Place
from matcalc.expr import build
from matcalc.expr.nodes import Differential, Expr, Sum, Symbol, symbols
from matcalc.expr.rewrite import substitute
from matcalc.expr.sets import real_set
from matcalc.simplify.normal_form import simplify
from matcalc.simplify.polish import polish
from matcalc.workspace import differential

KEPT = "matcalc's answer so far"  # no name that a user can write
SHORT = 40


def inner_derivatives(place: Place, kit: Kit) -> Iterator[Change]:
    """The whole or a term, carried on through an inner function of its shape."""
    return _carried_on(place, kit, linear=False)


def linear_derivatives(place: Place, kit: Kit) -> Iterator[Change]:
    """The same through a linear function, whose derivative is a plain factor."""
    return _carried_on(place, kit, linear=True)


def _carried_on(place: Place, kit: Kit, linear: bool) -> Iterator[Change]:
    e = place.node
    if place.role not in ("root", "term") or not symbols(e) or len(kit.variables) != 1:
        return
    (x,) = kit.variables
    penalty = (1.3 if linear else 1.05) + (0.4 if isinstance(e, Sum) else 0)
    for u in kit.inner:
        if u.shape == e.shape and _bends(u, x) != linear:
            yield from offer("chain rule", _words(u), penalty, _carried, e, u, x, shown=e)


def inner_differentials(place: Place, kit: Kit) -> Iterator[Change]:
    """d(u) for d(x)."""
    e = place.node
    if not isinstance(e, Differential) or not isinstance(e.argument, Symbol):
        return
    for u in kit.inner:
        if u.shape == e.shape and e.argument in symbols(u):
            words = f"has {e} where the differential of {u} belongs (chain rule)"
            yield from offer("chain rule", words, 1.1, differential, u, kit.variables)


def _words(u: Expr) -> str:
    text = str(u)
    of = f" of {text}" if len(text) <= SHORT else ""
    return f"lacks the inner derivative{of} (chain rule)"


def _carried(c: Expr, u: Expr, x: Symbol) -> Expr:
    """The G of G : dx = c : du."""
    kept, gradient = _through(u, x)
    return polish(simplify(substitute(gradient, {kept: c})))


@lru_cache(maxsize=256)
def _through(u: Expr, x: Symbol) -> tuple[Symbol, Expr]:
    kept = build.symbol(KEPT, real_set(u.shape))
    found = cotangents(build.frobenius(kept, u), (x,))
    return kept, found.get(x, build.zeros(x.shape))


def _bends(u: Expr, x: Symbol) -> bool:
    """Whether a function is not linear."""
    return x in symbols(_through(u, x)[1])
