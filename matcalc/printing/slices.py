"""Products with selection matrices, written as slices: eye(m)[:,a:b]'*X is X[a:b,:]. And blocks.

A slice that would be 1×1 within a longer chain is not put together, for the text of the chain is
read from left to right, and a scalar would scale what follows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from matcalc.expr.nodes import Apply, Expr, Selection, Transpose
from matcalc.expr.sizes import AnySize, add_sizes


class Slice(NamedTuple):
    """base[rows, columns]; None stands for all of them."""

    base: Expr
    rows: Selection | None = None
    columns: Selection | None = None

    def indices(self) -> list[str]:
        """The texts between the brackets: one for a column vector, else two."""
        rows = span(self.rows)
        return [rows] if self.base.shape[1] == 1 else [rows, span(self.columns)]


def span(s: Selection | None) -> str:
    """What a selection selects: i, a:b, or : for all."""
    if s is None:
        return ":"
    start, count = s.start, s.shape[1]
    if count == 1:
        return str(start)
    end: AnySize = add_sizes(add_sizes(start, count), 1, -1)
    return f"{start}:{end}"


def sliced(chain: Iterable[Expr], sees: Callable[[Expr, type], bool]) -> list[Expr | Slice]:
    """The factors of a chain, selections put together with their neighbours."""
    factors = list(chain)

    def selects_rows(k: int) -> bool:
        """Whether factor k selects rows of the next one."""
        f = factors[k]
        if sees(f, Selection) or not _selects(f, sees) or k + 1 == len(factors):
            return False
        base = factors[k + 1]
        if _selects(base, sees):
            return False
        scalar = f.shape[0] == 1 and base.shape[1] == 1
        return len(factors) == 2 or not scalar

    found: list[Expr | Slice] = []
    k = 0
    while k < len(factors):
        item = Slice(factors[k])
        whole = k == 0
        if selects_rows(k):
            item = Slice(factors[k + 1], rows=factors[k].argument)  # type: ignore[attr-defined]
            k += 1
        base = item.base
        if k + 1 < len(factors) and sees(factors[k + 1], Selection) and not _selects(base, sees):
            columns: Selection = factors[k + 1]  # type: ignore[assignment]
            rows = item.rows.shape[1] if item.rows else base.shape[0]
            if (rows, columns.shape[1]) != (1, 1) or (whole and k + 2 == len(factors)):
                item = item._replace(columns=columns)
                k += 1
        found.append(item if item.rows or item.columns else base)
        k += 1
    return found


def _selects(f: Expr, sees: Callable[[Expr, type], bool]) -> bool:
    """Whether f is a selection matrix or the transpose of one."""
    return sees(f, Selection) or (sees(f, Transpose) and sees(f.argument, Selection))  # type: ignore[attr-defined]


def block_rows(e: Apply, sees: Callable[[Expr, type], bool]) -> list[tuple[Expr, ...]] | None:
    """The arrays in vcat(hcat(A,B),hcat(C,D)), row by row; None of anything else."""
    if e.function.name != "vcat":
        return None
    rows = [a.arguments for a in e.arguments if sees(a, Apply) and a.function.name == "hcat"]  # type: ignore[attr-defined]
    return rows if len(rows) == len(e.arguments) else None
