"""Derivatives in index notation, as data: sums of products of entries and of δ."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from matcalc.expr.nodes import Expr, Value, hooks
from matcalc.expr.sizes import AnySize


@dataclass(frozen=True)
class Index:
    """An index that runs from 1 to a size."""

    name: str
    size: AnySize


@dataclass(frozen=True)
class Entry:
    """The entry of an array, or δ where `array` is None.

    `rows` and `columns` are one index each, or none along an axis of size one; several are stacked,
    the first running fastest, as vec does.
    """

    array: Expr | None
    rows: tuple[Index, ...]
    columns: tuple[Index, ...]

    @property
    def indices(self) -> tuple[Index, ...]:
        return self.rows + self.columns


@dataclass(frozen=True)
class Term:
    """number · scalars · entries, summed over some of the indices."""

    coefficient: Value = Fraction(1)
    scalars: tuple[Expr, ...] = ()
    entries: tuple[Entry, ...] = ()
    summed: tuple[Index, ...] = ()


@dataclass(frozen=True)
class IndexForm:
    """∂F[i,j]/∂X[k,l] as a sum of terms.

    subject: the name of the function; of: its indices; by: for each variable its name and indices.
    """

    subject: str
    of: tuple[Index, ...]
    by: tuple[tuple[str, tuple[Index, ...]], ...]
    terms: tuple[Term, ...]

    @property
    def free(self) -> tuple[Index, ...]:
        """The indices of the tensor, in the order of its axes."""
        return (*self.of, *(x for _, indices in self.by for x in indices))

    def __str__(self) -> str:
        return hooks["index text"](self)

    def unicode(self) -> str:
        """∂F_ij/∂X_kl = A_ik B_lj, sums written out."""
        return hooks["index unicode"](self)

    def latex(self, einstein: bool = False) -> str:
        """In LaTeX; `einstein` leaves out the signs of sums over repeated indices."""
        return hooks["index latex"](self, einstein)

    def _repr_latex_(self) -> str:
        return f"${self.latex()}$"


@dataclass(frozen=True)
class IndexStep:
    """One line of a derivation entry by entry, and why it follows from the line above."""

    form: IndexForm
    remark: str
