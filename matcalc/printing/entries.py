"""Entries that are written as what they say: δ where places agree, masks, maps of unit matrices.

The arrays are constant matrices of the library and matrices of Fréchet derivatives. How sides,
sizes and places are spelt is up to a notation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from matcalc.derivation.index import Entry, IndexForm, Place
from matcalc.expr.nodes import Apply, Expr, Ones, Selection, is_call, symbols
from matcalc.expr.sizes import AnySize, add_sizes

Spelt = Callable[[str], str]
Sized = Callable[[AnySize], str]

# Constant matrices of zeros and ones, by what their ones have in common. tril(ones(n,n))[i,j] is 1
# where i >= j: it is written [i >= j], which is 1 where that holds and else 0.
_TRIANGLES = {"tril": ">=", "triu": "<="}


def relation(e: Entry, size: Sized, name: Spelt) -> tuple[str, str, str] | None:
    """The sides and the sign of the relation that an entry states; None of other entries."""
    a = e.array
    names = [name(x.name) for x in e.indices]
    if isinstance(a, Selection) and len(e.rows) == 1 and len(e.columns) < 2:
        start: AnySize = a.start  # the columns start, start + 1, ... of the identity
        before = add_sizes(start, -1)
        right = size(start) if not e.columns else names[1]
        return names[0], "=", right if not e.columns or before == 0 else f"{right} + {size(before)}"
    if not isinstance(a, Apply):
        return None
    if a.function.name == "toeplitzbasis" and len(e.rows) == 2 and len(e.columns) == 1:
        return f"{_difference(*names[:2]) or '0'} + 1", "=", names[2]
    sign = _TRIANGLES.get(a.function.name)
    if sign and isinstance(a.arguments[0], Ones) and len(names) == 2:
        return names[0], sign, names[1]
    return None


@dataclass(frozen=True)
class Mean:
    """δ[i - j,k - l]/(n - abs(k - l)): of an entry and the mean along its diagonal."""

    left: str
    right: str
    size: str
    off: str  # the diagonal, by its distance k - l from the main one; empty of that itself

    def count(self, minus: str, bars: str) -> str:
        """How many entries the diagonal has, in parentheses where it is no one name."""
        if self.off:
            return f"({self.size} {minus} {bars.format(self.off)})"
        return self.size if self.size.isalnum() else f"({self.size})"


def mean(e: Entry, size: Sized, name: Spelt) -> Mean | None:
    """What an entry of the matrix of means along diagonals says; None of other entries."""
    a = e.array
    if a is None or not is_call(a, "toeplitzprojection") or len(e.rows) != 2 or len(e.columns) != 2:
        return None
    i, j, k, l = (name(x.name) for x in e.indices)
    left, right = _difference(i, j), _difference(k, l)
    off = right if left else ""
    return Mean(left or "0", right or "0", size(e.rows[0].size), off)


def _difference(a: str, b: str) -> str:
    return f"{a} - {b}" if a != b else ""


@dataclass(frozen=True)
class OfUnits:
    """frechet(f)(X,E[k,l],...)[i,j]: an entry of the map's value at matrices with a single 1."""

    function: str
    arguments: tuple[Expr, ...]
    units: tuple[Place, ...]
    at: Place

    @property
    def order(self) -> int:
        return len(self.arguments) - 1 + len(self.units)


_MATRIX = re.compile(r"frechetmatrix\((\w+)(?:,(\d+))?\)")


def of_units(e: Entry) -> OfUnits | None:
    """What an entry of the matrix of a Fréchet derivative is of; None of other entries."""
    found = _MATRIX.fullmatch(e.array.function.name) if isinstance(e.array, Apply) else None
    if found is None or not isinstance(e.array, Apply):
        return None
    depth = int(found[2] or 1)
    if len(e.rows) != 2 * depth or len(e.columns) != 2 or len(e.indices) != 2 * depth + 2:
        return None
    units = [e.rows[k : k + 2] for k in range(2, 2 * depth, 2)]
    return OfUnits(found[1], e.array.arguments, (*units, e.columns), e.rows[:2])


def unit_name(forms: Iterable[IndexForm]) -> str:
    """A name for the matrices with a single 1, that the forms do not use otherwise."""
    taken: set[str] = set()
    for form in forms:
        arrays = [e.array for t in form.terms for e in t.entries if e.array is not None]
        scalars = [s for t in form.terms for s in t.scalars]
        taken |= {s.name for s in symbols(*arrays, *scalars)}
        taken |= {form.subject, *(name for name, _ in form.by)}
    choices = ("E", "U", *(f"E_{k}" for k in range(1, len(taken) + 2)))
    return next(n for n in choices if n not in taken)


def has_units(form: IndexForm) -> bool:
    return any(of_units(e) is not None for t in form.terms for e in t.entries)
