"""Sums of Kronecker products and of diagonal matrices: A ⊗ B + C ⊗ B = (A + C) ⊗ B."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcalc.expr import build
from matcalc.expr.nodes import Expr, Identity, Kronecker
from matcalc.expr.sizes import multiply_sizes
from matcalc.simplify import identities_arrays
from matcalc.simplify import identities_kronecker as rules
from matcalc.simplify.terms import diagonal_column, parts_of, splits

if TYPE_CHECKING:
    from matcalc.simplify.normal_form import Simplifier

MAX_TERMS = 40  # of a sum that is searched for pairs


def merged(terms: list[Expr], s: Simplifier) -> list[Expr]:
    """The terms, with those put together that share a Kronecker factor or are diagonal."""
    if len(terms) > MAX_TERMS or not any(map(_concerned, terms)):
        return terms
    done: list[Expr] = []
    for t in terms:
        for k, other in enumerate(done):
            both = _together(other, t, s)
            if both is not None:
                done[k] = both
                break
        else:
            done.append(t)
    return done


def _concerned(t: Expr) -> bool:
    chain = parts_of(t)[2]
    return len(chain) == 1 and (
        isinstance(chain[0], Kronecker) or diagonal_column(chain[0]) is not None
    )


def _together(a: Expr, b: Expr, s: Simplifier) -> Expr | None:
    """a + b as one term, where that is shorter."""
    (c, scalars, x), (d, others, y) = parts_of(a), parts_of(b)
    if len(x) != 1 or len(y) != 1:
        return None
    u, v = diagonal_column(x[0]), diagonal_column(y[0])
    if u is not None and v is not None:
        s.note(identities_arrays.DIAG_SUM)
        return s.call("diag", s.add([s.product(c, scalars, (u,)), s.product(d, others, (v,))]))
    for left, right in zip(*_matched(x[0], y[0]), strict=True):
        for k in (0, 1):
            if left[1 - k] is not right[1 - k] or left[k].shape != right[k].shape:
                continue
            total = s.add([s.product(c, scalars, (left[k],)), s.product(d, others, (right[k],))])
            pair = [total, left[1]] if k == 0 else [left[0], total]
            whole = s.kronecker(pair)
            if s.cost(whole) < s.cost(build.add(a, b)):
                s.note(rules.KRONECKER_SUM_LEFT if k == 0 else rules.KRONECKER_SUM_RIGHT)
                return whole
    return None


def _matched(x: Expr, y: Expr) -> tuple[list[tuple[Expr, Expr]], list[tuple[Expr, Expr]]]:
    """All pairs of ways to read two arrays as Kronecker products of two factors."""
    left, right = _readings(x, y), _readings(y, x)
    return [a for a in left for _ in right], [b for _ in left for b in right]


def _readings(e: Expr, other: Expr) -> list[tuple[Expr, Expr]]:
    """e as A ⊗ B in every way; an identity as the other's identity factor asks for."""
    if isinstance(e, Kronecker):
        return list(splits(e))
    if isinstance(e, Identity) and isinstance(other, Kronecker) and len(other.factors) == 2:
        a, b = other.factors
        square = a.shape[0] == a.shape[1] and b.shape[0] == b.shape[1]
        if square and multiply_sizes(a.shape[0], b.shape[0]) == e.shape[0]:
            return [(build.identity(a.shape[0]), build.identity(b.shape[0]))]
    return []
