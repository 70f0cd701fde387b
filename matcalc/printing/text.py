"""Expressions in the language itself: what this writes parses back to the identical expression."""

from __future__ import annotations

from typing import Any

from matcalc.expr.nodes import (
    Apply,
    Conjugate,
    Differential,
    Expr,
    Identity,
    Inverse,
    Kronecker,
    Ones,
    Selection,
    SizeNumber,
    Symbol,
    Transpose,
    Zeros,
    number_value,
)
from matcalc.printing.engine import BASE_TABLE, Notation, Page
from matcalc.printing.pieces import ATOM, POWER, SUM, TRANSPOSED, Piece, chained, decimal, piece
from matcalc.printing.powers import real_power
from matcalc.printing.slices import block_rows, span


class Text(Notation):
    """The language, in ASCII where the names are."""

    def identity(self, e: Expr, page: Page) -> Piece:
        return piece(ATOM, f"eye({e.shape[0]})")

    def selection(self, e: Any, page: Page) -> Piece:
        return piece(ATOM, f"eye({e.shape[0]})[:,{span(e)}]")

    def zeros(self, e: Expr, page: Page) -> Piece:
        return piece(ATOM, f"zeros({_sizes(e)})")

    def ones(self, e: Expr, page: Page) -> Piece:
        if e.shape[0] == 1:
            return piece(TRANSPOSED, f"ones({e.shape[1]})'")
        return piece(ATOM, f"ones({_sizes(e)})")

    def superscripted(self, page: Page, base: Expr, exponent: Expr, entrywise: bool) -> Piece:
        operator = ".^" if entrywise else "^"
        under = self.at(TRANSPOSED, page[base])
        return piece(POWER, under, operator, self.exponent(page, exponent, operator))

    def exponent(self, page: Page, e: Expr, operator: str) -> str | Piece:
        """A signed number, a name, a call; anything else in parentheses."""
        value = number_value(e)
        if value is not None and value == int(value):
            return self.signed(page[e])
        if value is not None and not isinstance(value, float) and value > 0 and decimal(value):
            return decimal(value) or ""
        p = self.at(ATOM, page[e])
        transpose = operator == "^" and p.rope in ("T", "H")  # c^T would be the transpose
        return self.parenthesised(p) if transpose else p

    def transpose(self, e: Any, page: Page) -> Piece:
        if page.sees(e.argument, Conjugate):
            return piece(TRANSPOSED, self.at(TRANSPOSED, page[e.argument.argument]), "^H")
        return piece(TRANSPOSED, self.at(TRANSPOSED, page[e.argument]), "'")

    def kronecker(self, e: Any, page: Page) -> Piece:
        *front, last = (self.signed(page[f]) for f in e.factors)
        parts: list[str | Piece] = []
        for f in front:
            parts += ("kron(", f, ",")
        return piece(ATOM, *parts, last, ")" * len(front))

    def function(self, e: Any, page: Page) -> Piece:
        if not e.arguments:
            return piece(ATOM, e.function.name)  # a constant: pi
        power = real_power(e, page)
        if power is not None:
            return self.superscripted(page, *power, entrywise=False)
        rows = block_rows(e, page.sees)
        if rows is not None:
            lines = [chained(SUM, [self.signed(page[a]) for a in row], ",") for row in rows]
            return piece(ATOM, "block(", chained(SUM, lines, ";"), ")")
        return self.call(e.function.name, (page[a] for a in e.arguments))


def _sizes(e: Expr) -> str:
    rows, columns = e.shape
    return str(rows) if columns == 1 else f"{rows},{columns}"


def _call_of(name: str):
    """name(argument)."""
    return lambda self, e, page: self.call(name, (page[e.fields[0]],))


Text.table = BASE_TABLE | {
    Symbol: Text.symbol,
    SizeNumber: Text.size_number,
    Identity: Text.identity,
    Selection: Text.selection,
    Zeros: Text.zeros,
    Ones: Text.ones,
    Transpose: Text.transpose,
    Conjugate: _call_of("conj"),
    Inverse: _call_of("inv"),
    Differential: _call_of("d"),
    Kronecker: Text.kronecker,
    Apply: Text.function,
}

to_text = Text()
