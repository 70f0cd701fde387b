"""The entries of expressions, written out: (A*dX*B)[i,j] is a sum of A[i,p]*dX[p,q]*B[q,j].

As ∂X[p,q]/∂X[k,l] = δ[p,k]*δ[q,l], all but one term of such a sum vanish, which
`index_terms.contracted` leaves. Each kind of node says what its entry is. A linear function of the
library is known by its matrix in stacked columns, whose entry is written out in turn: so tril and
cumsum need not say more than they do.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, replace
from itertools import zip_longest

from matcalc.calculus.adjoint import moves
from matcalc.calculus.index_places import Indices, shown_rows
from matcalc.calculus.linear_faces import parts
from matcalc.derivation.index import Entry, Index, Place, Term, flat
from matcalc.errors import LimitError
from matcalc.expr import build
from matcalc.expr.nodes import (
    Apply,
    Differential,
    Expr,
    Frobenius,
    Hadamard,
    Identity,
    Kronecker,
    Number,
    Ones,
    Power,
    Product,
    Selection,
    Sum,
    Symbol,
    Transpose,
    Zeros,
    is_call,
    number_value,
    postorder,
)
from matcalc.functions import lookup
from matcalc.functions.signature import size_of

MAX_TERMS = 400  # of an entry that is written out


@dataclass(frozen=True)
class Pending:
    """A factor that is still to be written out: e[i,j].

    `spelt`: down to what it is made of, as the matrix of a linear function is; otherwise only what
    moves is opened, and other factors stay whole.
    """

    e: Expr
    i: Place
    j: Place
    spelt: bool = False


@dataclass(frozen=True)
class Open:
    """A term some of whose factors are still to be written out."""

    term: Term
    pending: tuple[Pending, ...]

    def then(self, *pending: Pending, summed: Place = ()) -> Open:
        """With factors in front of what is to be written out next."""
        term = replace(self.term, summed=(*self.term.summed, *summed))
        return Open(term, (*pending, *self.pending))

    def entry(self, *entries: Entry) -> Open:
        return replace(self, term=replace(self.term, entries=(*self.term.entries, *entries)))

    def negated(self) -> Open:
        return replace(self, term=replace(self.term, coefficient=-self.term.coefficient))

    def times(self, *scalars: Expr) -> Open:
        return replace(self, term=replace(self.term, scalars=(*self.term.scalars, *scalars)))


class Writer:
    """Writes entries out; d(X) is differentiated by X[k,l] for the places in `by`.

    `opened` are nodes that are written out though they do not move; `means` is the matrix that
    takes means along diagonals of d(X), where X is to be a Toeplitz matrix.
    """

    def __init__(
        self,
        indices: Indices,
        by: Mapping[Symbol, tuple[Place, Place]],
        opened: Container[Expr] = (),
        means: Expr | None = None,
    ):
        self.indices, self.by, self.opened, self.means = indices, by, opened, means

    def terms(self, e: Expr, i: Place, j: Place, spelt: bool = False) -> list[Term]:
        """e[i,j] as a sum of terms."""
        done: list[Term] = []
        todo = [Open(Term(), (Pending(e, i, j, spelt),))]
        while todo:
            if len(done) + len(todo) > MAX_TERMS:
                raise LimitError(f"an entry of more than {MAX_TERMS} terms (MAX_TERMS)")
            state = todo.pop()
            if not state.pending:
                done.append(state.term)
                continue
            first, rest = state.pending[0], state.pending[1:]
            todo.extend(reversed(self._written(replace(state, pending=rest), first)))
        return done

    def _written(self, state: Open, x: Pending) -> list[Open]:
        """One factor written out: none of a zero, several of a sum."""
        e = x.e
        if isinstance(e, Zeros) or (isinstance(e, Number) and e.value == 0):
            return []
        if isinstance(e, Differential):
            return [state.entry(*self._derived(e, x))]
        opens = x.spelt or moves(e) or e in self.opened
        if e.is_scalar and not opens and not isinstance(e, Product):
            return [_scaled(state, e)]
        rule = _RULES.get(type(e))
        if rule is not None:
            found = rule(self, state, x)
            if found is not None:
                return found
        if moves(e):
            return self._by_matrix(state, x)
        return [self._leaf(state, x)]

    def _leaf(self, state: Open, x: Pending) -> Open:
        e = x.e
        if e.is_scalar:
            return _scaled(state, e)
        return state.entry(Entry(e, shown_rows(e.shape, x.i), x.j))

    def _derived(self, e: Differential, x: Pending) -> list[Entry]:
        """∂X[p,q]/∂X[k,l] = δ[p,k]*δ[q,l]; of a Toeplitz X one in so many along a diagonal."""
        k, l = self.by[e.argument]
        if self.means is not None:
            return [Entry(self.means, (*x.i, *x.j), (*k, *l))]
        return [delta(a, b) for a, b in ((x.i, k), (x.j, l)) if a and b]

    def _by_matrix(self, state: Open, x: Pending) -> list[Open]:
        """vec(L(Y)) = M*vec(Y): L(Y)[i,j] is the sum of M[(i,j),(p,q)]*Y[p,q]."""
        found = []
        for part, matrix in parts(x.e, lambda rule: None):
            p, q = self.dummies(part)
            m = Pending(matrix, (*x.i, *x.j), (*p, *q), spelt=True)
            found.append(state.then(m, Pending(part, p, q), summed=(*p, *q)))
        return found

    def dummies(self, e: Expr) -> tuple[Place, Place]:
        """Places in e to sum over."""
        rows, columns = e.shape
        return self.indices.fresh(rows), self.indices.fresh(columns)

    def opens(self, x: Pending) -> bool:
        return x.spelt or moves(x.e) or x.e in self.opened


def delta(a: Place, b: Place) -> Entry:
    return Entry(None, a, b)


def mask(row: Index, column: Index) -> Entry:
    """[i >= j]: 1 in the lower triangle, and else 0."""
    triangle = build.apply(lookup("tril"), build.ones((row.size, row.size)))
    return Entry(triangle, (row,), (column,))


def sides_of_mask(e: Entry) -> tuple[Index, Index] | None:
    """The i and j of an entry [i >= j]; None of any other."""
    if not isinstance(e.array, Apply) or len(e.rows) != 1 or len(e.columns) != 1:
        return None
    if e.array.function.name not in ("tril", "triu") or not isinstance(e.array.arguments[0], Ones):
        return None
    row, column = e.indices
    return (row, column) if e.array.function.name == "tril" else (column, row)


def is_stacked(place: Place) -> bool:
    """Whether a place is made of several indices."""
    return len(flat(place)) > 1


def _scaled(state: Open, e: Expr) -> Open:
    """A term times a number or another scalar."""
    if isinstance(e, Number):
        t = state.term
        return replace(state, term=replace(t, coefficient=t.coefficient * e.value))
    return state.times(e)


Written = list[Open] | None  # None: there is no rule, or it does not fit


def _sum(w: Writer, state: Open, x: Pending) -> Written:
    if not w.opens(x) and not _has_slices(x.e):
        return None
    return [
        state.then(
            Pending(t, x.i if t.shape[0] != 1 else (), x.j if t.shape[1] != 1 else (), x.spelt)
        )
        for t in x.e.terms  # type: ignore[attr-defined]
    ]


def _has_slices(e: Expr) -> bool:
    """Whether an array is put together from parts of others, which are seen only one by one."""
    return any(isinstance(x, Selection) for x in postorder(e))


def _product(w: Writer, state: Open, x: Pending) -> Written:
    e = x.e
    assert isinstance(e, Product)
    t = state.term
    state = replace(state, term=replace(t, coefficient=t.coefficient * e.coefficient))
    if not w.opens(x) and e.is_scalar and e.chain:  # an inner product is a number
        inner = build.multiply(*e.chain)
        scalars = [Pending(s, (), ()) for s in e.scalars]
        return [state.times(inner).then(*scalars)]
    chain: list[Pending] = []
    summed: list[Index] = []
    left = x.i
    for f, following in zip_longest(e.chain, e.chain[1:]):
        right = x.j if following is None else w.indices.fresh(f.shape[1])
        if following is not None:
            summed += right
        chain.append(Pending(f, left, right, x.spelt))
        left = right
    scalars = [Pending(s, (), (), x.spelt) for s in e.scalars]
    return [state.then(*scalars, *chain, summed=tuple(summed))]


def _transpose(w: Writer, state: Open, x: Pending) -> Written:
    return [state.then(Pending(x.e.argument, x.j, x.i, x.spelt))]  # type: ignore[attr-defined]


def _hadamard(w: Writer, state: Open, x: Pending) -> Written:
    factors = x.e.factors  # type: ignore[attr-defined]
    return [state.then(*(Pending(f, x.i, x.j, x.spelt) for f in factors))]


def _frobenius(w: Writer, state: Open, x: Pending) -> Written:
    left, right = x.e.children
    p, q = w.dummies(left)
    factors = (Pending(left, p, q, x.spelt), Pending(right, p, q, x.spelt))
    return [state.then(*factors, summed=(*p, *q))]


def _power(w: Writer, state: Open, x: Pending) -> Written:
    """The square of a Euclidean norm is the sum of all squares."""
    base, exponent = x.e.children
    if x.e not in w.opened or number_value(exponent) != 2:
        return None
    if not (is_call(base, "norm2") or is_call(base, "normfro")):
        return None
    a = base.arguments[0]
    p, q = w.dummies(a)
    square = Entry(a, shown_rows(a.shape, p), q)
    return [state.entry(square, square).then(summed=(*p, *q))]


def _identity(w: Writer, state: Open, x: Pending) -> Written:
    return [state.entry(delta(x.i, x.j))]


def _ones(w: Writer, state: Open, x: Pending) -> Written:
    return [state]


def _kronecker(w: Writer, state: Open, x: Pending) -> Written:
    """(A ⊗ B)[(k,i),(l,j)] = A[i,j]*B[k,l]."""
    if not (w.opens(x) or is_stacked(x.i) or is_stacked(x.j)):
        return None
    factors = x.e.factors[::-1]  # type: ignore[attr-defined]
    i = w.indices.split(x.i, [f.shape[0] for f in factors])
    j = w.indices.split(x.j, [f.shape[1] for f in factors])
    if i is None or j is None:
        return None
    found = [Pending(f, a, b, x.spelt) for f, a, b in zip(factors, i, j, strict=True)]
    return [state.then(*reversed(found))]


def _apply(w: Writer, state: Open, x: Pending) -> Written:
    e = x.e
    assert isinstance(e, Apply)
    rule = _FUNCTIONS.get(e.function.name)
    opens = w.opens(x) or is_stacked(x.i) or is_stacked(x.j) or e.function.name in _PLAIN
    if rule is None or not opens:
        return None
    return rule(w, state, e, x)


def _trace(w: Writer, state: Open, e: Apply, x: Pending) -> Written:
    p = w.indices.fresh(e.arguments[0].shape[0])
    return [state.then(Pending(e.arguments[0], p, p, x.spelt), summed=p)]


def _total(w: Writer, state: Open, e: Apply, x: Pending) -> Written:
    p, q = w.dummies(e.arguments[0])
    return [state.then(Pending(e.arguments[0], p, q, x.spelt), summed=(*p, *q))]


def _mean(w: Writer, state: Open, e: Apply, x: Pending) -> Written:
    count = build.multiply(*(build.size_number(n) for n in e.arguments[0].shape))
    return _total(w, state.times(build.power(count, build.number(-1))), e, x)


def _diagonal(w: Writer, state: Open, e: Apply, x: Pending) -> Written:
    """diag(A)[i] = A[i,i]; of a vector, the matrix x[i]*δ[i,j]."""
    a = e.arguments[0]
    if a.shape[1] == 1:
        return [state.then(Pending(a, x.i, (), x.spelt)).entry(delta(x.i, x.j))]
    return [state.then(Pending(a, x.i, x.i, x.spelt))]


def _vec(w: Writer, state: Open, e: Apply, x: Pending) -> Written:
    """vec(A)[(i,j)] = A[i,j]."""
    found = w.indices.split(x.i, e.arguments[0].shape)
    if found is None:
        return None
    i, j = found
    return [state.then(Pending(e.arguments[0], i, j, x.spelt))]


def _unvec(w: Writer, state: Open, e: Apply, x: Pending) -> Written:
    """unvec(x,m,n)[i,j] = x[(i,j)]."""
    return [state.then(Pending(e.arguments[0], (*x.i, *x.j), (), x.spelt))]


def _commutation(w: Writer, state: Open, e: Apply, x: Pending) -> Written:
    """K[(j,i),(k,l)] = δ[i,k]*δ[j,l], since K*vec(X) = vec(X')."""
    m, n = (size_of(a) for a in e.arguments)
    if m is None or n is None:
        return None
    rows, columns = w.indices.split(x.i, (n, m)), w.indices.split(x.j, (m, n))
    if rows is None or columns is None:
        return None
    pairs = zip(rows[::-1], columns, strict=True)
    return [state.entry(*(delta(a, b) for a, b in pairs if a and b))]


def _vech(w: Writer, state: Open, e: Apply, x: Pending) -> Written:
    """vech(A)[(i >= j)] = A[i,j]."""
    n = e.arguments[0].shape[0]
    at = w.indices.triangle(x.i, n)
    if at is None:
        return None
    row, column = at
    return [
        state.then(Pending(e.arguments[0], (row,), (column,), x.spelt)).entry(mask(row, column))
    ]


def _elimination(w: Writer, state: Open, e: Apply, x: Pending) -> Written:
    """L[(i >= j),(k,l)] = δ[i,k]*δ[j,l], since L*vec(X) = vech(X)."""
    found = _triangle_and_stack(w, e, x.i, x.j)
    if found is None:
        return None
    i, j, k, l = found
    return [state.entry(mask(i, j), delta((i,), k), delta((j,), l))]


def _duplication(w: Writer, state: Open, e: Apply, x: Pending) -> Written:
    """D[(k,l),(i >= j)] = δ[k,i]*δ[l,j] + δ[k,j]*δ[l,i] - δ[k,i]*δ[l,j]*δ[i,j]."""
    found = _triangle_and_stack(w, e, x.j, x.i)
    if found is None:
        return None
    i, j, k, l = found
    below = state.entry(mask(i, j))
    one = below.entry(delta(k, (i,)), delta(l, (j,)))
    other = below.entry(delta(k, (j,)), delta(l, (i,)))
    twice = one.entry(delta((i,), (j,)))
    return [one, other, twice.negated()]


def _triangle_and_stack(
    w: Writer, e: Apply, lower: Place, whole: Place
) -> tuple[Index, Index, Place, Place] | None:
    """Of places in vech(A) and in vec(A): row and column of the one, and of the other."""
    n = size_of(e.arguments[0])
    stack = None if n is None else w.indices.split(whole, (n, n))
    triangle = None if n is None or stack is None else w.indices.triangle(lower, n)
    if stack is None or triangle is None:
        return None
    return *triangle, stack[0], stack[1]


def _khatrirao(w: Writer, state: Open, e: Apply, x: Pending) -> Written:
    """khatrirao(A,B)[(k,i),j] = A[i,j]*B[k,j]."""
    a, b = e.arguments
    rows = w.indices.split(x.i, (b.shape[0], a.shape[0]))
    if rows is None:
        return None
    return [state.then(Pending(a, rows[1], x.j, x.spelt), Pending(b, rows[0], x.j, x.spelt))]


_FUNCTIONS: dict[str, Callable[..., Written]] = {
    "tr": _trace,
    "sum": _total,
    "mean": _mean,
    "diag": _diagonal,
    "vec": _vec,
    "unvec": _unvec,
    "commutation": _commutation,
    "vech": _vech,
    "elimination": _elimination,
    "duplication": _duplication,
    "khatrirao": _khatrirao,
}

# Of what has these names entries are always written out.
_PLAIN = ("diag", "elimination", "duplication")

_RULES: dict[type, Callable[..., Written]] = {
    Sum: _sum,
    Product: _product,
    Transpose: _transpose,
    Hadamard: _hadamard,
    Frobenius: _frobenius,
    Identity: _identity,
    Ones: _ones,
    Power: _power,
    Kronecker: _kronecker,
    Apply: _apply,
}
