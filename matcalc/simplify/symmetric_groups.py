"""Terms of a symmetric sum that share a factor, put together as far as the symmetry still shows.

A ⊗ B + A ⊗ C = A ⊗ (B + C)      M*K + N*K = (M + N)*K      c*u*v' + c*v*u' = c*(u*v' + v*u')
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from matcalc.expr import build
from matcalc.expr.nodes import ONE, Expr, Identity, Kronecker, Sum, is_call
from matcalc.simplify.factoring import common_scalars
from matcalc.simplify.terms import parts_of

if TYPE_CHECKING:
    from matcalc.simplify.normal_form import Simplifier


class Shared(NamedTuple):
    """What a term shares with others of one key, what is left of it, and how to put it back."""

    key: Hashable
    rest: Expr
    around: Callable[[Expr], Expr]


Split = Callable[["Simplifier", Expr], Shared | None]


def grouped(e: Expr, s: Simplifier) -> Expr:
    """Scalars times a symmetric sum: its terms put together where that is shorter."""
    c, scalars, chain = parts_of(e)
    if len(chain) != 1 or not isinstance(chain[0], Sum):
        return e
    terms = list(chain[0].terms)
    halves = _merged(
        terms, _groups(terms, _before_exchange, s), partial(_plainly, _before_exchange, s)
    )
    exchanged = (_together(x, _exchange, s) for x in (halves, terms))
    terms = min(
        filter(_is_symmetric, exchanged), key=lambda x: s.cost(build.add(*x)), default=terms
    )
    for split in (_left_factor, _right_factor, _scalars):
        terms = _together(terms, split, s)
    return common_scalars([parts_of(s.product(c, scalars, (t,))) for t in terms], s)


def _is_symmetric(terms: list[Expr]) -> bool:
    return "symmetric" in build.add(*terms).facts


def _together(terms: list[Expr], split: Split, s: Simplifier) -> list[Expr]:
    """The terms of one key as one, of all keys or of those that alone keep the sum symmetric."""
    groups = _groups(terms, split, s)
    for some in (groups, *([g] for g in groups)):
        for merge in (s.add, partial(_plainly, split, s)):
            found = _merged(terms, some, merge)
            shorter = s.cost(build.add(*found)) < s.cost(build.add(*terms))
            if shorter and _is_symmetric(found):
                return found if some is groups else _together(found, split, s)
    return terms


def _groups(terms: list[Expr], split: Split, s: Simplifier) -> list[list[Expr]]:
    """Terms of one key, where there are several."""
    groups: dict[Hashable, list[Expr]] = {}
    for t in terms:
        shared = split(s, t)
        groups.setdefault(t if shared is None else shared.key, []).append(t)
    return [g for g in groups.values() if len(g) > 1]


def _merged(
    terms: list[Expr], groups: list[list[Expr]], merge: Callable[[list[Expr]], Expr]
) -> list[Expr]:
    """The terms with each group as one of them."""
    merged = {g[0]: merge(g) for g in groups}
    rest = {t for g in groups for t in g[1:]}
    return [merged.get(t, t) for t in terms if t not in rest]


def _plainly(split: Split, s: Simplifier, terms: list[Expr]) -> Expr:
    """The terms of one key, with what is left of each as it is."""
    found = [shared for t in terms if (shared := split(s, t)) is not None]
    rest = sorted(
        (parts_of(x.rest) for x in found), key=lambda x: not isinstance(x[2][0], Identity)
    )
    return found[0].around(common_scalars(rest, s))


def _left_factor(s: Simplifier, t: Expr) -> Shared | None:
    """A of A ⊗ B."""
    c, scalars, chain = parts_of(t)
    if len(chain) != 1 or not isinstance(chain[0], Kronecker):
        return None
    first, *others = chain[0].factors
    rest = build.product(c, scalars, (build.kronecker(*others),))
    return Shared(first, rest, lambda total: s.kronecker((first, total)))


def _right_factor(s: Simplifier, t: Expr) -> Shared | None:
    """B of A ⊗ B."""
    c, scalars, chain = parts_of(t)
    if len(chain) != 1 or not isinstance(chain[0], Kronecker):
        return None
    *others, last = chain[0].factors
    rest = build.product(c, scalars, (build.kronecker(*others),))
    return Shared(last, rest, lambda total: s.kronecker((total, last)))


def _before_exchange(s: Simplifier, t: Expr) -> Shared | None:
    """M of M*K and of M alone."""
    c, scalars, chain = parts_of(t)
    last = chain[-1] if len(chain) > 1 and is_call(chain[-1], "commutation") else None
    common = chain if last is None else chain[:-1]
    if not common:
        return None
    rest = build.product(c, scalars, (last or build.identity(t.shape[1]),))
    return Shared(common, rest, lambda total: s.product(ONE, (), (*common, total)))


def _exchange(s: Simplifier, t: Expr) -> Shared | None:
    """K of M*K, or a sum of such and identities."""
    c, scalars, chain = parts_of(t)
    parts = chain[-1].terms if chain and isinstance(chain[-1], Sum) else chain[-1:]
    if len(chain) < 2 or not any(is_call(x, "commutation") for x in parts):
        return None
    rest = build.product(c, scalars, chain[:-1])
    return Shared(chain[-1], rest, lambda total: s.product(ONE, (), (total, chain[-1])))


def _scalars(s: Simplifier, t: Expr) -> Shared | None:
    c, scalars, chain = parts_of(t)
    if not scalars:
        return None
    rest = build.product(c, (), chain)
    return Shared(frozenset(scalars), rest, lambda total: s.product(ONE, scalars, (total,)))
