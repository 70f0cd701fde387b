"""Derivatives in index notation, as data: sums of products of entries and of δ."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from matcalc.expr.nodes import Expr, Value, hooks
from matcalc.expr.sizes import AnySize


@dataclass(frozen=True)
class Index:
    """An index that runs from 1 to a size.

    `pair`: of a place in vech(A), the row and the column of the lower triangle that it is for.
    """

    name: str
    size: AnySize
    pair: tuple[Index, Index] | None = None


FIRST = Index("1", 1)  # the only row of a 1×n array

# A place along an axis: one index, or several that are stacked, the first running fastest, as in
# vec; no index along an axis of size one that is not written.
Place = tuple[Index, ...]


def flat(place: Iterable[Index]) -> Place:
    """The indices of a place, those of pairs one by one."""
    return tuple(x for p in place for x in (p.pair or (p,)))


def renamed(place: Place, new: Callable[[Index], Index]) -> Place:
    """The place with other indices, also in pairs."""

    def whole(x: Index) -> Index:
        return replace(x, pair=(new(x.pair[0]), new(x.pair[1]))) if x.pair else new(x)

    return tuple(map(whole, place))


@dataclass(frozen=True)
class Entry:
    """The entry of an array, or δ of two places where `array` is None.

    `rows` is empty for a number, `columns` for a column as well.
    """

    array: Expr | None
    rows: Place
    columns: Place

    @property
    def indices(self) -> Place:
        return flat(self.rows + self.columns)


@dataclass(frozen=True)
class Term:
    """number · scalars · entries, summed over some of the indices."""

    coefficient: Value = Fraction(1)
    scalars: tuple[Expr, ...] = ()
    entries: tuple[Entry, ...] = ()
    summed: Place = ()


@dataclass(frozen=True)
class IndexForm:
    """∂F[i,j]/∂X[k,l] as a sum of terms.

    subject: the name of the function; of: its places, by axes; by: for each variable its name and
    places. F[(i,j),k] is the entry of a stack: its row is i + (j - 1)*m, with i from 1 to m. The
    stack of f[(i >= j)] is that of the columns of a lower triangle.
    """

    subject: str
    of: tuple[Place, ...]
    by: tuple[tuple[str, tuple[Place, ...]], ...]
    terms: tuple[Term, ...]

    @property
    def places(self) -> Iterator[Place]:
        """The places on the left, in the order of the tensor's axes."""
        yield from self.of
        for _, places in self.by:
            yield from places

    @property
    def free(self) -> Place:
        """Their indices, in turn."""
        return flat(x for place in self.places for x in place)

    def __str__(self) -> str:
        return hooks["index text"](self)

    def unicode(self) -> str:
        """∂F_ij/∂X_kl = A_ik B_lj, sums written out."""
        return hooks["index unicode"](self)

    def latex(self, einstein: bool = False) -> str:
        """In LaTeX; `einstein` leaves out the signs of sums over indices that are there twice."""
        return hooks["index latex"](self, einstein)

    def _repr_latex_(self) -> str:
        return f"${self.latex()}$"


@dataclass(frozen=True)
class IndexStep:
    """One line of a derivation entry by entry, and why it follows from the line above."""

    form: IndexForm
    remark: str

    def __str__(self) -> str:
        return str(self.form)
