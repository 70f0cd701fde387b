"""Derivatives in index notation: ∂F[i,j]/∂X[k,l] = A[i,k]*B[l,j].

The entry of the differential is written out (`index_entries`), and terms that vanish are left out
(`index_terms`). The next order differentiates the terms of the last, factor by factor; so the
result owes nothing to the matrix of stacked columns, which stands in only where a function does not
say what its matrix is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

from matcalc.calculus.differential import moving_nodes
from matcalc.calculus.index_entries import Writer
from matcalc.calculus.index_places import Indices, named, shown_rows
from matcalc.calculus.index_terms import (
    contracted,
    differentiated,
    resolved,
    summands,
    without_lone_sums,
)
from matcalc.calculus.structured import has_structure
from matcalc.derivation.index import Entry, IndexForm, IndexStep, Place, Term
from matcalc.errors import NotSupportedError
from matcalc.expr import build
from matcalc.expr.nodes import Expr, Symbol, is_call, postorder, symbols
from matcalc.expr.sizes import Shape

Places = tuple[Place, Place]


@dataclass(frozen=True)
class Order:
    """One of the variables that a function is derived by, in turn.

    name: how it is written; free: a matrix of its shape and no structure; slope: of an expression,
    its differential in d(free); raw: the same, not simplified; derivative: what was derived so far,
    by this variable: a gradient, a slope, or a matrix of stacked columns; means: of a Toeplitz
    variable the matrix that takes means along diagonals, of d(free), which is then any matrix.
    """

    name: str
    variable: Symbol
    free: Symbol
    slope: Callable[[Expr], Expr]
    raw: Callable[[Expr], Expr]
    derivative: Expr
    means: Expr | None = None


class IndexFace:
    """The derivative of f by several variables in turn, as sums of products of entries."""

    def __init__(self, subject: str, f: Expr, orders: Sequence[Order], taken: Collection[str]):
        self.subject, self.f, self.orders, self.taken = subject, f, orders, taken
        self.whole = set(postorder(f))
        self.indices = Indices()
        self.of = self._places(f.shape)
        self.at = [self._places(o.variable.shape) for o in orders]

    def _places(self, shape: Shape) -> Places:
        rows, columns = map(self.indices.fresh, shape)
        return rows, columns

    def form(self) -> IndexForm:
        """The derivative, of all orders."""
        last = len(self.orders)
        return named([self._form(last, self._terms[-1])], self.taken)[0]

    def lines(self) -> list[IndexStep]:
        """The derivation entry by entry.

        The entry is written out and differentiated, the terms that vanish are left out, and what is
        left is recognised as the entry of a matrix; so for each order.
        """
        told: list[tuple[int, list[Term], str]] = [(0, self._own(), "")]
        for k in range(1, len(self.orders) + 1):
            try:
                raw = self._raw(k)
                told += [
                    (k, raw, WRITE_OUT + _directions(self.orders[k - 1].variable)),
                    (k, contracted(raw, self.indices), VANISH),
                ]
            except NotSupportedError:
                pass  # the matrix is all there is to say
            whole = self._whole(k)
            told.append((k, [whole], self._recognised(k, whole)))
        remarks = [remark for _, _, remark in told]
        forms = named([self._form(k, terms) for k, terms, _ in told], self.taken)
        steps = [IndexStep(*step) for step in zip(forms, remarks, strict=True)]
        return [s for k, s in enumerate(steps) if k == 0 or s.form != steps[k - 1].form]

    def _recognised(self, k: int, whole: Term) -> str:
        """What the entry of the derivative of order k is, in words."""
        resolve = self.indices.resolved
        places = [resolve(x) for e in whole.entries for x in (e.rows, e.columns)]
        gradient = k == 1 and self.f.is_scalar
        if any(x.pair for place in places for x in place):
            return RECOGNISE_GRADIENT_TRIANGLE if gradient else RECOGNISE_TRIANGLE
        if gradient:
            return RECOGNISE_GRADIENT
        return RECOGNISE_STACKED if any(len(x) > 1 for x in places) else RECOGNISE

    def _form(self, order: int, terms: Sequence[Term]) -> IndexForm:
        """The derivative of this order, as these terms."""
        resolve = self.indices.resolved

        def written(shape: Shape, places: Places) -> tuple[Place, ...]:
            rows, columns = map(resolve, places)
            return tuple(p for p in (shown_rows(shape, rows), columns) if p)

        by = [
            (o.name, written(o.variable.shape, at))
            for o, at in zip(self.orders[:order], self.at, strict=False)
        ]
        settled = tuple(resolved(t, self.indices) for t in terms)
        return IndexForm(self.subject, written(self.f.shape, self.of), tuple(by), settled)

    # Terms, order by order

    @cached_property
    def _terms(self) -> list[list[Term]]:
        """The terms of each order from the first on."""
        found: list[list[Term]] = []
        for k in range(1, len(self.orders) + 1):
            try:
                terms = self._next(k, found[-1] if found else [])
            except NotSupportedError:
                terms = [self._whole(k)]
            short = contracted(terms, self.indices)
            found.append(
                contracted(without_lone_sums(short, self.indices, self.whole), self.indices)
            )
        return found

    def _next(self, k: int, before: list[Term]) -> list[Term]:
        """The terms of order k, from those of the order before."""
        o = self.orders[k - 1]
        by_entries = o.means is not None or _is_restacked(self.orders[0].derivative)
        if self.f.is_scalar and k == 1 and not by_entries:
            return self._gradient()
        if k == 1:
            return self._writer(k).terms(o.slope(self.f), *self.of)
        if k == 2 and self.f.is_scalar and not by_entries:
            return self._writer(k).terms(o.slope(self.orders[0].derivative), *self.at[0])
        return self._by_entries(k, before)

    def _by_entries(self, k: int, before: list[Term]) -> list[Term]:
        o = self.orders[k - 1]

        def moving(e: Expr) -> bool:
            return o.variable in symbols(e)

        return differentiated(before, o.slope, moving, self._writer(k))

    def _gradient(self) -> list[Term]:
        """The entry of a gradient, a sum being opened."""
        g = self.orders[0].derivative
        return Writer(self.indices, {}, summands(g, self.whole)).terms(g, *self.at[0])

    def _raw(self, k: int) -> list[Term]:
        """The terms of order k before those that vanish are left out."""
        o = self.orders[k - 1]
        if k == 1:
            return self._writer(k).terms(o.raw(self.f), *self.of)
        return self._next(k, self._terms[k - 2])

    def _writer(self, k: int) -> Writer:
        o = self.orders[k - 1]
        return Writer(self.indices, {o.free: self.at[k - 1]}, means=o.means)

    def _own(self) -> list[Term]:
        """f[i,j] itself, opened down to the entries of X."""
        v = self.orders[0].variable
        opened = moving_nodes(self.f, (v,))
        return contracted(Writer(self.indices, {}, opened).terms(self.f, *self.of), self.indices)

    def _whole(self, k: int) -> Term:
        """The entry of the derivative of order k as the matrix or gradient that it is."""
        rows, columns = self.of
        value: Expr = self.f
        for o, at in zip(self.orders[:k], self.at, strict=False):
            if value.is_scalar:
                rows, columns = at
            elif not o.variable.is_scalar:
                rows, columns = (*rows, *columns), (*at[0], *at[1])
            value = o.derivative
        if value.is_scalar:
            number, scalars, rest = build.scalar_parts(value)
            return Term(number, (*scalars, *([rest] if rest is not None else [])))
        return Term(entries=(Entry(value, shown_rows(value.shape, rows), columns),))


def _is_restacked(gradient: Expr) -> bool:
    """Whether a gradient is written by stacked columns, which its entries need not know of."""
    return any(is_call(e, "unvec") for e in postorder(gradient))


def _directions(v: Symbol) -> str:
    """What is to be said of δ where entries of a variable depend on one another."""
    if not has_structure(v):
        return ": 1 where the indices agree, else 0"
    return f", in directions of {v.set.kind.hull}[{v.shape[0]}]"


WRITE_OUT = "an entry by an entry is δ"
VANISH = "in a sum over an index of δ one term is left"
RECOGNISE = "the entry of the matrix"
RECOGNISE_STACKED = "the entry of the matrix of vecs: (i,j) is a place in stacked columns"
RECOGNISE_GRADIENT = "the entry of the gradient"
TRIANGLE = ": (i >= j) is a place in the stacked columns of a lower triangle"
RECOGNISE_TRIANGLE = "the entry of the matrix of vecs" + TRIANGLE
RECOGNISE_GRADIENT_TRIANGLE = RECOGNISE_GRADIENT + TRIANGLE
