"""Sums of products of entries, brought to their shortest form: terms with their δ carried out.

Of a sum over an index of a δ one term is left. What has a place in a stack that was divided is
written by the parts: (A ⊗ B)[(k,i),(l,j)] is A[i,j]*B[k,l].
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace

from matcalc.calculus.index_entries import Writer, delta, is_stacked, sides_of_mask
from matcalc.calculus.index_places import Indices
from matcalc.derivation.index import FIRST, Entry, Index, Place, Term, flat, renamed
from matcalc.expr import build
from matcalc.expr.nodes import Expr, Product, Sum, Transpose, Value, is_call
from matcalc.simplify.normal_form import Simplifier


def contracted(terms: Iterable[Term], indices: Indices) -> list[Term]:
    """The terms with what vanishes left out, and like ones together."""
    settled = [_settled(t, indices) for t in terms]
    # A later term may have divided an index of an earlier one.
    return collected(_shortened(_settled(t, indices)) for t in settled)


def without_lone_sums(
    terms: Iterable[Term], indices: Indices, kept: Collection[Expr]
) -> list[Term]:
    """The terms with (A + B)[i,j] as A[i,j] and B[i,j], where the entry stands by itself."""
    found: list[Term] = []
    for t in terms:
        arrays = [k for k, e in enumerate(t.entries) if e.array is not None]
        e = t.entries[arrays[0]] if len(arrays) == 1 and not t.summed else None
        opened = summands(e.array, kept) if e is not None and e.array is not None else ()
        if e is None or e.array is None or not any(isinstance(x, Sum) for x in opened):
            found.append(t)
            continue
        k, rows = arrays[0], tuple(x for x in e.rows if x != FIRST)
        inner = Writer(indices, {}, opened).terms(e.array, rows, e.columns)
        before, after = replace(t, entries=t.entries[:k]), t.entries[k + 1 :]
        found += [joined(before, x, after) for x in inner]
    return found


def summands(e: Expr, kept: Collection[Expr]) -> set[Expr]:
    """What an array is a sum of, also behind transposes and numbers, and the sums themselves.

    Sums that are kept, as residuals are, stay whole; so does a - x where x - a does.
    """
    found: set[Expr] = set()
    todo = [e]
    written = {frozenset(x.terms) for x in kept if isinstance(x, Sum)}
    while todo:
        x = todo.pop()
        terms = x.terms if isinstance(x, Sum) else ()
        if not written.isdisjoint((frozenset(terms), frozenset(map(build.negate, terms)))):
            continue
        found.add(x)
        if isinstance(x, Transpose):
            todo.append(x.argument)
        elif isinstance(x, Sum):
            todo.extend(x.terms)
        elif isinstance(x, Product) and len(x.chain) == 1:
            todo.append(x.chain[0])
    return found


def _settled(t: Term, indices: Indices) -> Term:
    """A term in indices that are not divided, with entries of stacks opened and no needless δ."""
    while True:
        before = t = resolved(t, indices)
        t = _opened(t, indices)
        if t == before:
            t = _without_deltas(t, indices)
        if t == before:
            t = _sorted_out(t, indices)
        if t == before:
            return t


def resolved(t: Term, indices: Indices) -> Term:
    """The term in indices that are not divided, each [i >= j] in front of what it is about."""

    def place(p: Place) -> Place:
        return indices.resolved(p)

    entries = [Entry(e.array, place(e.rows), place(e.columns)) for e in t.entries]
    entries.sort(key=lambda e: sides_of_mask(e) is None)
    return replace(t, entries=tuple(entries), summed=flat(place(t.summed)))


def _opened(t: Term, indices: Indices) -> Term:
    """With the entries of Kronecker products and the like at divided places by their parts."""
    for k, e in enumerate(t.entries):
        if e.array is None or not (is_stacked(e.rows) or is_stacked(e.columns)):
            continue
        found = _mean_of_main_diagonal(e) or Writer(indices, {}).terms(e.array, e.rows, e.columns)
        if len(found) == 1 and found[0].entries != (e,):
            return joined(replace(t, entries=t.entries[:k]), found[0], t.entries[k + 1 :])
    return t


def _mean_of_main_diagonal(e: Entry) -> list[Term]:
    """δ[p,q]/n, of the matrix that takes means along diagonals at (i,i),(p,q); none of others."""
    if e.array is None or not is_call(e.array, "toeplitzprojection"):
        return []
    for places, others in ((e.rows, e.columns), (e.columns, e.rows)):
        if len(places) == len(others) == 2 and places[0] == places[1]:
            count = build.size_number(places[0].size)
            agree = delta(others[:1], others[1:])
            return [Term(scalars=(build.power(count, build.number(-1)),), entries=(agree,))]
    return []


def joined(before: Term, inner: Term, after: tuple[Entry, ...] = ()) -> Term:
    """The product of two terms, with further entries behind it."""
    return Term(
        before.coefficient * inner.coefficient,
        (*before.scalars, *inner.scalars),
        (*before.entries, *inner.entries, *after),
        (*before.summed, *inner.summed),
    )


def _without_deltas(t: Term, indices: Indices) -> Term:
    """With sums over an index in a δ carried out: the one value that does not vanish."""
    entries, summed = list(t.entries), list(t.summed)
    k = 0
    while k < len(entries):
        e = entries[k]
        k += 1
        if e.array is not None:
            continue
        if len(e.rows) != 1 or len(e.columns) != 1:
            pairs = indices.pairs(e.rows, e.columns)
            if pairs is not None:
                entries[k - 1 : k] = [delta((a,), (b,)) for a, b in pairs]
                break  # an index may be divided now
            continue
        (a,), (b,) = e.rows, e.columns
        if a.pair or b.pair:
            found = indices.paired_alike(a, b)
            if found is not None:
                entries[k - 1 : k] = [delta((a,), (b,)) for a, b in found]
                break  # the other index is a pair now
        if a != b and a not in summed and b not in summed:
            continue
        entries.pop(k - 1)
        if a != b:
            gone, kept = (a, b) if a in summed else (b, a)
            summed.remove(gone)
            entries = [_renamed(x, gone, kept) for x in entries]
        k = 0
    return replace(t, entries=tuple(entries), summed=tuple(summed))


def _sorted_out(t: Term, indices: Indices) -> Term:
    """With each [i >= j] once and in front, and none where a pair on the left or δ[i,j] says so.

    Of a pair (i >= j) on the left [j >= i] is δ[i,j]. Indices that several δ make equal are written
    in one way: δ[i,j]*δ[i,k].
    """
    equal = _classes(t.entries)
    ordered = {
        (equal.get(row, row), equal.get(column, column))
        for row, column in indices.paired.values()
        if row not in t.summed
    }
    masks: dict[Entry, None] = {}
    deltas = [delta((i,), (j,)) for i, j in ordered if i != j and (j, i) in ordered]
    for e in t.entries:
        sides = sides_of_mask(e)
        if sides is None:
            continue
        row, column = (equal.get(x, x) for x in sides)
        if row == column or (row, column) in ordered:
            continue
        if (column, row) in ordered:
            deltas.append(delta((column,), (row,)))
        else:
            masks[e] = None
    others = [e for e in t.entries if sides_of_mask(e) is None]
    return replace(t, entries=_in_one_way((*masks, *deltas, *others)))


def _classes(entries: Iterable[Entry]) -> dict[Index, Index]:
    """Of each index in a δ, the first of those that it is equal to."""
    first: dict[Index, Index] = {}
    for a, b in filter(None, map(_sides_of_delta, entries)):
        one, other = sorted((first.get(a, a), first.get(b, b)), key=_age)
        first |= {x: one for x, y in first.items() if y == other} | {a: one, b: one}
    return first


def _in_one_way(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Each δ once; of three equal indices or more the first with each other: δ[i,j]*δ[i,k]."""
    equal = _classes(entries)
    classes: dict[Index, list[Index]] = {}
    for x in sorted(equal, key=_age):
        classes.setdefault(equal[x], []).append(x)
    found: list[Entry] = []
    for e in entries:
        sides = _sides_of_delta(e)
        if sides is None:
            found.append(e)
            continue
        alike = classes.pop(equal[sides[0]], [])  # none of those that are written already
        found += [e] if len(alike) == 2 else [delta((alike[0],), (x,)) for x in alike[1:]]
    return tuple(found)


def _age(x: Index) -> tuple[int, str]:
    return len(x.name), x.name


def _sides_of_delta(e: Entry) -> tuple[Index, Index] | None:
    """The i and j of δ[i,j]; None of any other entry."""
    if e.array is not None or len(e.rows) != 1 or len(e.columns) != 1:
        return None
    (a,), (b,) = e.rows, e.columns
    return None if a.pair or b.pair else (a, b)


def _renamed(e: Entry, old: Index, new: Index) -> Entry:
    def swap(x: Index) -> Index:
        return new if x == old else x

    return Entry(e.array, renamed(e.rows, swap), renamed(e.columns, swap))


def _shortened(t: Term) -> Term:
    """With sums of equal terms as multiples, and powers of one scalar together."""
    used = {x for e in t.entries for x in e.indices}
    scalars = [*t.scalars, *(build.size_number(x.size) for x in t.summed if x not in used)]
    number: Value = t.coefficient
    if len(scalars) > 1:
        number, found, rest = build.scalar_parts(Simplifier().product(number, scalars, ()))
        scalars = [*found, *([rest] if rest is not None else [])]
    return replace(
        t,
        coefficient=number,
        scalars=tuple(scalars),
        summed=tuple(x for x in t.summed if x in used),
    )


def collected(terms: Iterable[Term]) -> list[Term]:
    """Like terms together, in the order in which they first occur."""
    found: dict[tuple, Term] = {}
    for t in terms:
        key = _key(t)
        number = t.coefficient + (found[key].coefficient if key in found else 0)
        found[key] = replace(found.get(key, t), coefficient=number)
    return [t for t in found.values() if t.coefficient != 0]


def _key(t: Term) -> tuple:
    """What two like terms have in common: all but the number, the order, and names in sums."""
    summed = set(t.summed)

    def shape(e: Entry) -> tuple:
        return tuple(None if x in summed else x.name for x in e.indices)

    def place(e: Entry) -> tuple:
        return (id(e.array), str(shape(e)))

    entries = sorted((_mirrored(e) for e in t.entries), key=place)
    names: dict[Index, int] = {}
    parts = []
    for e in entries:
        for x in e.indices:
            if x in summed:
                names.setdefault(x, len(names))
        parts.append(
            (
                e.array,
                tuple(names.get(x, x) for x in flat(e.rows)),
                tuple(names.get(x, x) for x in flat(e.columns)),
            )
        )
    return frozenset(t.scalars), len(t.scalars), tuple(parts)


def _mirrored(e: Entry) -> Entry:
    """The entry of a symmetric matrix, or δ, with its places in one order."""
    symmetric = e.array is None or "symmetric" in e.array.facts
    if symmetric and str(e.columns) < str(e.rows):
        return Entry(e.array, e.columns, e.rows)
    return e


Slope = Callable[[Expr], Expr]  # an operator: of an expression, its differential in d(H)


def differentiated(
    terms: Iterable[Term], slope: Slope, moving: Callable[[Expr], bool], w: Writer
) -> list[Term]:
    """The terms differentiated factor by factor: each entry is that of its array's differential."""
    found: list[Term] = []
    for t in terms:
        for k, s in enumerate(t.scalars):
            if moving(s):
                others = replace(t, scalars=(*t.scalars[:k], *t.scalars[k + 1 :]))
                found += [joined(others, inner) for inner in w.terms(slope(s), (), ())]
        for k, e in enumerate(t.entries):
            if e.array is None or not moving(e.array):
                continue
            before, after = replace(t, entries=t.entries[:k]), t.entries[k + 1 :]
            rows = tuple(x for x in e.rows if x != FIRST)
            found += [joined(before, x, after) for x in w.terms(slope(e.array), rows, e.columns)]
    return found
