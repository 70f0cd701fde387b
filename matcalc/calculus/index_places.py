"""Indices of entries: fresh ones, and how a place in a stack is divided into several.

The row of A ⊗ B is a place in a stack, of a row of B (which runs fastest) and one of A; so it is
divided into two indices, once for a whole derivation. A place in vech(A) is for a pair, a row i and
a column j with i >= j. Names are given at the end, in the order in which the indices are read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from matcalc.derivation.index import FIRST, Entry, Index, IndexForm, Place, Term, renamed
from matcalc.expr.sizes import AnySize, Shape, multiply_sizes

FREE = "i j k l r s t u v w".split()
DUMMIES = "p r s t u v q w".split()


class Indices:
    """Indices without names, and what those that are places in stacks are divided into."""

    def __init__(self) -> None:
        self.count = 0
        self.divided: dict[Index, Place] = {}
        self.paired: dict[Index, tuple[Index, Index]] = {}

    def fresh(self, size: AnySize) -> Place:
        """A new index; none along an axis of size one."""
        if size == 1:
            return ()
        self.count += 1
        return (Index(f"#{self.count}", size),)

    def resolved(self, place: Place) -> Place:
        """The place in indices that are not divided."""
        found: list[Index] = []
        todo = list(reversed(place))
        while todo:
            x = todo.pop()
            parts = self.divided.get(x)
            if parts is None:
                found.append(replace(x, pair=self.paired.get(x)) if x.pair is None else x)
            else:
                todo.extend(reversed(parts))
        return tuple(found)

    def split(self, place: Place, sizes: Sequence[AnySize]) -> list[Place] | None:
        """The place as one of each of the sizes, the first running fastest; None where it is not.

        An index that stands for several of them is divided.
        """
        rest = list(self.resolved(place))
        found: list[Place] = []
        for k, size in enumerate(sizes):
            group: list[Index] = []
            product: AnySize = 1
            while product != size:
                if not rest:
                    return None
                if not group and rest[0].size != size:
                    parts = _leading(sizes[k:], rest[0].size)
                    if parts is not None and not self._is_of_pair(rest[0]):
                        rest[:1] = self._divide(rest[0], parts)
                x = rest.pop(0)
                group.append(x)
                product = multiply_sizes(product, x.size)
            found.append(tuple(group))
        return found if not rest else None

    def triangle(self, place: Place, n: AnySize) -> tuple[Index, Index] | None:
        """The row and column of a place in vech(A), A of n rows; None of one made of several."""
        place = self.resolved(place)
        if len(place) != 1:
            return None
        x = place[0]
        if x.pair is None and n != 1:
            (row,), (column,) = self.fresh(n), self.fresh(n)
            self.paired[x] = row, column
            return row, column
        return x.pair

    def paired_alike(self, a: Index, b: Index) -> list[tuple[Index, Index]] | None:
        """Rows and columns that agree where two places in vech do, of which one is a pair."""
        row = (a.pair or b.pair or (a,))[0]
        left, right = self.triangle((a,), row.size), self.triangle((b,), row.size)
        return None if left is None or right is None else list(zip(left, right, strict=True))

    def _divide(self, x: Index, sizes: Iterable[AnySize]) -> Place:
        parts = tuple(p for size in sizes for p in self.fresh(size))
        self.divided[x] = parts
        return parts

    def _is_of_pair(self, x: Index) -> bool:
        """Whether an index is one of a pair, or a pair: these are not divided."""
        return x.pair is not None or any(x in pair for pair in self.paired.values())

    def pairs(self, a: Place, b: Place) -> list[tuple[Index, Index]] | None:
        """Indices that agree where two places of one axis do; None where they are not alike."""
        a, b = self.resolved(a), self.resolved(b)
        groups = self.split(b, [x.size for x in a])
        if groups is None:
            turned = self.split(a, [x.size for x in b])
            return None if turned is None else self._flat(turned, b)
        return self._flat(groups, self.resolved(a))

    def _flat(self, groups: list[Place], others: Place) -> list[tuple[Index, Index]] | None:
        found: list[tuple[Index, Index]] = []
        for group, x in zip(groups, others, strict=True):
            if len(group) > 1 and x not in self.divided and not self._is_of_pair(x):
                self._divide(x, [g.size for g in group])
            parts = self.resolved((x,))
            if [p.size for p in parts] != [g.size for g in group]:
                return None
            found += zip(group, parts, strict=True)
        return found


def _leading(sizes: Sequence[AnySize], whole: AnySize) -> Sequence[AnySize] | None:
    """As many of the sizes, from the first on, as have `whole` for their product."""
    product: AnySize = 1
    for k, size in enumerate(sizes):
        product = multiply_sizes(product, size)
        if product == whole:
            return sizes[: k + 1]
    return None


def shown_rows(shape: Shape, rows: Place) -> Place:
    """The rows of an entry: of a 1×n array the first."""
    return (FIRST,) if shape[0] == 1 and shape[1] != 1 else rows


def named(forms: Sequence[IndexForm], taken: Collection[str]) -> list[IndexForm]:
    """The same forms with names for their indices: i, j, k, l on the left, p, r, ... in sums."""
    free = dict.fromkeys(x for form in forms[::-1] for x in form.free if x != FIRST)
    names = _names(FREE, taken)
    known = {x: replace(x, name=next(names)) for x in free}
    known[FIRST] = FIRST
    taken = {*taken, *(x.name for x in known.values())}
    return [
        replace(
            form,
            of=tuple(renamed(p, known.__getitem__) for p in form.of),
            by=tuple(
                (v, tuple(renamed(p, known.__getitem__) for p in places)) for v, places in form.by
            ),
            terms=tuple(_named_term(t, known, taken) for t in form.terms),
        )
        for form in forms
    ]


def _named_term(t: Term, known: dict[Index, Index], taken: Collection[str]) -> Term:
    names = _names(DUMMIES, taken)
    order = dict.fromkeys(x for e in t.entries for x in e.indices if x in t.summed)
    own = known | {x: replace(x, name=next(names)) for x in dict.fromkeys([*order, *t.summed])}
    summed = tuple(own[x] for x in dict.fromkeys([*order, *t.summed]))
    entries = tuple(
        Entry(e.array, renamed(e.rows, own.__getitem__), renamed(e.columns, own.__getitem__))
        for e in t.entries
    )
    return replace(t, entries=entries, summed=summed)


def _names(choices: list[str], taken: Collection[str]) -> Iterator[str]:
    rounds = 0
    while True:
        for name in choices:
            found = f"{name}_{rounds}" if rounds else name
            if found not in taken:
                yield found
        rounds += 1
