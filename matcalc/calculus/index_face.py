"""Derivatives in index notation: ∂F[i,j]/∂X[k,l] = A[i,k]*B[l,j].

The entry of a linear expression is written out, factor by factor: (A*dX*B)[i,j] is the sum over p
and q of A[i,p]*dX[p,q]*B[q,j]. As ∂X[p,q]/∂X[k,l] = δ[p,k]*δ[q,l], all but one term of such a sum
vanish; `contracted` leaves that one. What has no entries to be written out (the differential of a
Kronecker product, say) is read off the derivative's matrix instead.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import zip_longest

from matcalc.calculus.adjoint import moves
from matcalc.derivation.index import Entry, Index, IndexForm, IndexStep, Term
from matcalc.errors import LimitError
from matcalc.expr import build
from matcalc.expr.nodes import (
    ONE,
    Apply,
    Differential,
    Expr,
    Frobenius,
    Hadamard,
    Identity,
    Number,
    Ones,
    Product,
    Sum,
    Symbol,
    Transpose,
    Zeros,
)
from matcalc.expr.rewrite import substitute
from matcalc.expr.sizes import AnySize, Shape
from matcalc.simplify.normal_form import Simplifier

MAX_TERMS = 400  # of an entry that is written out
FREE = "i j k l".split()
DUMMIES = "p r s t u v q w".split()


Pending = tuple[Expr, Index | None, Index | None]


@dataclass(frozen=True)
class _Open:
    """A term some of whose factors are still to be written out."""

    term: Term
    pending: tuple[Pending, ...]


class NoEntries(Exception):
    """A linear expression whose entries are not written out. Never leaves this module."""


class Names:
    """Fresh indices whose names are not in use."""

    def __init__(self, taken: Collection[str]):
        self.taken = set(taken)

    def free(self, size: AnySize) -> Index:
        return self._first(FREE, size)

    def dummy(self, size: AnySize) -> Index:
        return self._first(DUMMIES, size)

    def _first(self, choices: list[str], size: AnySize) -> Index:
        name = next(self._candidates(choices))
        self.taken.add(name)
        return Index(name, size)

    def _candidates(self, choices: list[str]) -> Iterator[str]:
        rounds = 0
        while True:
            for name in choices:
                found = f"{name}_{rounds}" if rounds else name
                if found not in self.taken:
                    yield found
            rounds += 1

    def of_shape(self, shape: Shape) -> tuple[Index | None, Index | None]:
        """Free indices for the axes that are not of size one."""
        rows, columns = (None if n == 1 else self.free(n) for n in shape)
        return rows, columns


class Place:
    """The indices of f[i,j] and X[k,l], and what their derivative is called.

    Operators are in d(H) for the matrix H = `free` of X's shape and no structure.
    """

    def __init__(
        self, subject: str, f: Expr, v: Symbol, free: Symbol, taken: Collection[str], before: str
    ):
        self.names = Names(taken)
        self.f, self.v, self.free = f, v, free
        self.of = self.names.of_shape(f.shape)
        self.at = self.names.of_shape(v.shape)
        own, by = _present(*self.of), (v.name, _present(*self.at))
        self.subject = subject
        self.head: tuple = ((), ((before, own), by)) if before else (own, (by,))

    def form(self, terms: Iterable[Term], derived: bool = True) -> IndexForm:
        """The derivative, or with `derived` false the function's own entry, as these terms."""
        of, by = self.head
        return IndexForm(self.subject, of, by if derived else by[:-1], tuple(terms))

    def entry(self, e: Expr, opened: bool = False) -> list[Term]:
        """e[i,j] with d(H) differentiated by X[k,l]."""
        return entries_of(e, *self.of, {self.free: self.at}, self.names, opened)

    def own(self) -> list[Term]:
        """f[i,j] itself, opened down to the entries of X where that can be."""
        spread = substitute(self.f, {self.v: build.differential(self.v)})
        try:
            return entries_of(spread, *self.of, {}, self.names, True)
        except NoEntries:
            return entries_of(self.f, *self.of, {}, self.names, True)

    def stacked(self, matrix: Expr) -> Term:
        """The entry of the matrix of vecs."""
        return Term(entries=(Entry(matrix, _present(*self.of), _present(*self.at)),))

    def gradient(self, g: Expr, opened: bool = True) -> list[Term]:
        """g[k,l] of a gradient g."""
        return entries_of(g, *self.at, {}, self.names, opened)


def index_form(place: Place, operator: Expr, matrix: Expr) -> IndexForm:
    """The derivative of f by v in index notation.

    `operator` is d(f) as a linear expression in d(v), `matrix` the same in vec coordinates, or the
    gradient if f is a scalar.
    """
    if place.f.is_scalar:
        return place.form(map(contracted, place.gradient(matrix)))
    try:
        return place.form(map(contracted, place.entry(operator)))
    except NoEntries:
        return place.form([place.stacked(matrix)])


def index_lines(place: Place, operator: Expr, matrix: Expr) -> list[IndexStep]:
    """The derivation entry by entry.

    The entry is written out and differentiated, the terms that vanish are left out, and what is
    left is recognised as the entry of a matrix. `operator` need not be simplified.
    """
    steps = [IndexStep(place.form(map(contracted, place.own()), derived=False), "")]
    try:
        raw = place.entry(operator)
        steps.append(IndexStep(place.form(raw), WRITE_OUT))
        steps.append(IndexStep(place.form(map(contracted, raw)), VANISH))
    except NoEntries:
        pass  # the matrix is all there is to say
    if place.f.is_scalar:
        whole = Entry(matrix, *((x,) if x is not None else () for x in place.at))
        closing = Term(entries=(whole,)) if whole.indices else Term(scalars=(matrix,))
        steps.append(IndexStep(place.form([closing]), RECOGNISE_GRADIENT))
    else:
        steps.append(IndexStep(place.form([place.stacked(matrix)]), RECOGNISE))
    return steps


WRITE_OUT = "the entries vary by themselves: δ is 1 where the indices agree, else 0"
VANISH = "in a sum over an index of δ one term is left"
RECOGNISE = "the entry of the matrix of vecs, columns stacked"
RECOGNISE_GRADIENT = "the entry of the gradient"


def _present(*indices: Index | None) -> tuple[Index, ...]:
    return tuple(x for x in indices if x is not None)


def entries_of(
    e: Expr,
    i: Index | None,
    j: Index | None,
    by: dict[Symbol, tuple[Index | None, Index | None]],
    names: Names,
    opened: bool = False,
) -> list[Term]:
    """e[i,j], written out; d(X) is differentiated by X[k,l] for the indices in `by`.

    A sum is opened where a differential is in it, or at the top with `opened`.
    """
    done: list[Term] = []
    first = e.terms if opened and isinstance(e, Sum) else (e,)
    todo = [_Open(Term(), ((t, i, j),)) for t in reversed(first)]
    while todo:
        if len(done) + len(todo) > MAX_TERMS:
            raise LimitError(f"an entry of more than {MAX_TERMS} terms (MAX_TERMS)")
        state = todo.pop()
        if not state.pending:
            done.append(state.term)
            continue
        x, rest = state.pending[0], state.pending[1:]
        found = _write_out(replace(state, pending=rest), x, by, names)
        todo.extend(reversed(found))
    return done


def _write_out(state: _Open, x: Pending, by, names: Names) -> list[_Open]:
    """One factor written out: none of a zero, several of a sum."""
    e, i, j = x
    t = state.term
    if isinstance(e, Zeros) or (isinstance(e, Number) and e.value == 0):
        return []
    if isinstance(e, Differential):
        return [_derived(state, e, i, j, by)]
    if e.is_scalar and not moves(e) and not isinstance(e, Product):
        if isinstance(e, Number):
            return [replace(state, term=replace(t, coefficient=t.coefficient * e.value))]
        return [replace(state, term=replace(t, scalars=(*t.scalars, e)))]
    rule = _RULES.get(type(e))
    if rule is not None:
        return rule(state, e, i, j, names)
    if moves(e):
        raise NoEntries
    return [_with_entry(state, Entry(e, _present(i), _present(j)))]


def _with_entry(state: _Open, *entries: Entry) -> _Open:
    return replace(state, term=replace(state.term, entries=(*state.term.entries, *entries)))


def _then(state: _Open, *pending: Pending, summed: tuple[Index, ...] = ()) -> _Open:
    """The factors put in front of what is to be written out next."""
    term = replace(state.term, summed=(*state.term.summed, *summed))
    return _Open(term, (*pending, *state.pending))


def _derived(state: _Open, e: Differential, i, j, by) -> _Open:
    """∂X[p,q]/∂X[k,l] = δ[p,k]*δ[q,l]; of another variable, d(Y)[p,q] stands for Y[p,q]."""
    if e.argument not in by:
        if by or not isinstance(e.argument, Symbol):
            raise NoEntries
        return _with_entry(state, Entry(e.argument, _present(i), _present(j)))
    k, l = by[e.argument]
    deltas = [_delta(a, b) for a, b in ((i, k), (j, l)) if a is not None and b is not None]
    return _with_entry(state, *deltas)


def _delta(a: Index, b: Index) -> Entry:
    return Entry(None, (a,), (b,))


def _sum(state: _Open, e: Sum, i, j, names) -> list[_Open]:
    if not moves(e):
        return [_with_entry(state, Entry(e, _present(i), _present(j)))]
    return [_then(state, (t, i if t.shape[0] != 1 else None, j if t.shape[1] != 1 else None))
            for t in e.terms]  # fmt: skip


def _product(state: _Open, e: Product, i, j, names: Names) -> list[_Open]:
    t = state.term
    state = replace(state, term=replace(t, coefficient=t.coefficient * e.coefficient))
    scalars = [(s, None, None) for s in e.scalars]
    if not moves(e) and e.is_scalar and e.chain:  # an inner product is a number
        inner = build.product(ONE, (), e.chain)
        term = replace(state.term, scalars=(*state.term.scalars, inner))
        return [_then(replace(state, term=term), *scalars)]
    chain: list[Pending] = []
    summed: list[Index] = []
    left = i
    for f, following in zip_longest(e.chain, e.chain[1:]):
        right = j
        if following is not None:
            right = None if f.shape[1] == 1 else names.dummy(f.shape[1])
            summed += _present(right)
        chain.append((f, left, right))
        left = right
    return [_then(state, *scalars, *chain, summed=tuple(summed))]


def _transpose(state: _Open, e: Transpose, i, j, names) -> list[_Open]:
    return [_then(state, (e.argument, j, i))]


def _hadamard(state: _Open, e: Hadamard, i, j, names) -> list[_Open]:
    return [_then(state, *((f, i, j) for f in e.factors))]


def _frobenius(state: _Open, e: Frobenius, i, j, names: Names) -> list[_Open]:
    p, q = _dummies(e.left.shape, names)
    return [_then(state, (e.left, p, q), (e.right, p, q), summed=_present(p, q))]


def _dummies(shape: Shape, names: Names) -> tuple[Index | None, Index | None]:
    p, q = (None if n == 1 else names.dummy(n) for n in shape)
    return p, q


def _identity(state: _Open, e: Identity, i, j, names) -> list[_Open]:
    return [_with_entry(state, _delta(i, j))]


def _ones(state: _Open, e: Ones, i, j, names) -> list[_Open]:
    return [state]


def _apply(state: _Open, e: Apply, i, j, names: Names) -> list[_Open]:
    rule = _FUNCTIONS.get(e.function.name)
    if rule is not None and (moves(e) or e.function.name == "diag"):
        return rule(state, e.arguments[0], i, j, names)
    if moves(e):
        raise NoEntries
    return [_with_entry(state, Entry(e, _present(i), _present(j)))]


def _trace(state: _Open, a: Expr, i, j, names: Names) -> list[_Open]:
    p = names.dummy(a.shape[0])
    return [_then(state, (a, p, p), summed=(p,))]


def _total(state: _Open, a: Expr, i, j, names: Names) -> list[_Open]:
    p, q = _dummies(a.shape, names)
    return [_then(state, (a, p, q), summed=_present(p, q))]


def _mean(state: _Open, a: Expr, i, j, names: Names) -> list[_Open]:
    count = build.multiply(*(build.size_number(n) for n in a.shape))
    share = build.power(count, build.number(-1))
    return _total(_then(state, (share, None, None)), a, i, j, names)


def _diagonal(state: _Open, a: Expr, i, j, names: Names) -> list[_Open]:
    if a.shape[1] == 1:  # of a vector, the matrix x[i]*δ[i,j]
        return [_with_entry(_then(state, (a, i, None)), _delta(i, j))]
    return [_then(state, (a, i, i))]


_FUNCTIONS: dict[str, Callable[..., list[_Open]]] = {
    "tr": _trace,
    "sum": _total,
    "mean": _mean,
    "diag": _diagonal,
}

_RULES: dict[type, Callable[..., list[_Open]]] = {
    Sum: _sum,
    Product: _product,
    Transpose: _transpose,
    Hadamard: _hadamard,
    Frobenius: _frobenius,
    Identity: _identity,
    Ones: _ones,
    Apply: _apply,
}


def contracted(term: Term) -> Term:
    """The term with sums over an index in a δ carried out: the one value that does not vanish."""
    entries, summed = list(term.entries), list(term.summed)
    scalars = list(term.scalars)
    k = 0
    while k < len(entries):
        e = entries[k]
        if e.array is not None:
            k += 1
            continue
        (a,), (b,) = e.rows, e.columns
        if a == b:
            entries.pop(k)
        elif a in summed or b in summed:
            gone, kept = (a, b) if a in summed else (b, a)
            summed.remove(gone)
            entries.pop(k)
            entries = [_renamed(x, gone, kept) for x in entries]
            k = 0
        else:
            k += 1
    used = {x for e in entries for x in e.indices}
    for x in [x for x in summed if x not in used]:  # a sum of equal terms
        summed.remove(x)
        scalars.append(build.size_number(x.size))
    number = term.coefficient
    if len(scalars) > 1:  # powers of one scalar together
        number, scalars, rest = build.scalar_parts(Simplifier().product(number, scalars, ()))
        scalars = [*scalars, *([rest] if rest is not None else [])]
    return Term(number, tuple(scalars), tuple(entries), tuple(summed))


def _renamed(e: Entry, old: Index, new: Index) -> Entry:
    def swap(indices: tuple[Index, ...]) -> tuple[Index, ...]:
        return tuple(new if x == old else x for x in indices)

    return replace(e, rows=swap(e.rows), columns=swap(e.columns))
