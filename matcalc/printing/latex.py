r"""Expressions in LaTeX, for amsmath and amssymb: 2 A^{\top} \left(A X - B\right)."""

from __future__ import annotations

import re
import unicodedata
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
    Value,
    Zeros,
    number_value,
)
from matcalc.expr.sizes import AnySize
from matcalc.printing.engine import BASE_TABLE, Notation, Page
from matcalc.printing.pieces import ATOM, FRACTION, POWER, PRODUCT, Piece, piece, split, whole
from matcalc.printing.slices import Slice, span
from matcalc.printing.unicode import GREEK, Paper, name_parts

# Capital letters that LaTeX has no command for: they look like Latin ones.
_LATIN = {"Omicron": "O", "Alpha": "A", "Beta": "B", "Epsilon": "E", "Zeta": "Z", "Eta": "H"}
_LATIN |= {"Iota": "I", "Kappa": "K", "Mu": "M", "Nu": "N", "Rho": "P", "Tau": "T", "Chi": "X"}
_COMMANDS = {
    name: rf"\mathrm{{{_LATIN[name]}}}" if name in _LATIN else rf"\{name}" for name in GREEK
}
_COMMANDS["omicron"] = "o"
_LETTERS = {letter: _COMMANDS[name] for name, letter in GREEK.items()} | {"ς": r"\varsigma"}
_D = r"\mathrm{d}"
_ACCENTS = {
    "\u0300": r"\grave",
    "\u0301": r"\acute",
    "\u0302": r"\hat",
    "\u0303": r"\tilde",
    "\u0304": r"\bar",
    "\u0306": r"\breve",
    "\u0307": r"\dot",
    "\u0308": r"\ddot",
    "\u030c": r"\check",
}


def latex_name(name: str) -> str:
    r"""A name: \sigma_{1}, x_{i,j}, \mathrm{lam}; Z^{*} of conj(Z)."""
    if name.startswith("conj("):
        return latex_name(name[len("conj(") : -1]) + "^{*}"
    base, indices = name_parts(name)
    low = ",".join(_word(i, 2) for i in indices)
    return _word(base, 1) + (f"_{{{low}}}" if low else "")


def _word(word: str, italic: int) -> str:
    """Part of a name, upright if it has more letters than `italic` and is no number."""
    if word in _COMMANDS:
        return _COMMANDS[word]
    text = _characters(word)
    return text if len(word) <= italic or word.isdecimal() else rf"\mathrm{{{text}}}"


def _characters(text: str) -> str:
    return "".join(_character(c) for c in text)


def _character(c: str) -> str:
    """A character of a name, with commands of plain LaTeX only."""
    if c.isascii() and c.isalnum():
        return c
    if c in "_#$%&{}":
        return f"\\{c}"
    if c in _LETTERS:
        return f"{{{_LETTERS[c]}}}"
    if c.isdecimal():
        return str(int(c))
    letter, *marks = list(unicodedata.normalize("NFD", c))
    if ((letter.isascii() and letter.isalpha()) or letter in _LETTERS) and all(
        m in _ACCENTS for m in marks
    ):
        text = _LETTERS.get(letter, letter)
        for mark in marks:
            text = f"{_ACCENTS[mark]}{{{text}}}"
        return text
    spelt = unicodedata.name(c, "").rsplit(" ", 1)[-1].lower() or f"U{ord(c):X}"
    return rf"\mathrm{{{re.sub(r'[^A-Za-z0-9]', '', spelt)}}}"


def _size(size: AnySize | str) -> str:
    def token(found: re.Match[str]) -> str:
        text = found[0]
        return {"*": " ", "^": f"^{{{text[1:]}}}"}.get(text[0]) or latex_name(text)

    return re.sub(r"[^\W\d]\w*|\^\d+|\*", token, str(size))


def _index(text: str) -> str:
    """An index or a range, as in a:b."""
    return ":".join(_size(part) for part in text.split(":"))


class Latex(Paper):
    """LaTeX for math mode."""

    limit = 6000
    minus = "-"
    minus_between = " - "
    hadamard_times = r" \odot "
    hadamard_over = r" \oslash "
    kronecker_times = r" \otimes "
    dot_between_digits = r" \cdot "
    block_open, cell_end = r"\begin{bmatrix}", " & "
    row_end, block_close = r" \\ ", r"\end{bmatrix}"
    open, close = r"\left(", r"\right)"

    def assemble(self, definitions: list[tuple[str, str]], result: str) -> str:
        where = r",\ ".join(f"{name} = {value}" for name, value in definitions)
        return rf"{result} \quad \text{{where }} {where}" if where else result

    def between(self, left: str, right: str) -> str:
        return r" \, " if _D in (left, right) else super().between(left, right)

    def name(self, name: str) -> Piece:
        return piece(ATOM, latex_name(name))

    def numeral(self, text: str) -> Piece:
        mantissa, _, exponent = text.partition("e")
        if not exponent:
            return piece(ATOM, text)
        front = "" if mantissa == "1" else rf"{mantissa} \cdot "
        return piece(FRACTION, f"{front}10^{{{int(exponent)}}}")

    def identity(self, e: Expr, page: Page) -> Piece:
        return piece(ATOM, f"I_{{{_size(e.shape[0])}}}")

    def selection(self, e: Any, page: Page) -> Piece:
        """A column of the identity is e with its number."""
        low = _index(span(e))
        if e.shape[1] == 1:
            return piece(ATOM, f"e_{{{low}}}")
        return piece(ATOM, rf"\left[I_{{{_size(e.shape[0])}}}\right]_{{:,{low}}}")

    def slice(self, s: Slice, page: Page) -> Piece:
        low = ",".join(map(_index, s.indices()))
        plain = isinstance(s.base, Symbol) and not name_parts(s.base.name)[1]
        inner = page[s.base]
        parts = [inner] if plain else [r"\left[", self.signed(inner), r"\right]"]
        return piece(ATOM, *parts, f"_{{{low}}}")

    def zeros(self, e: Expr, page: Page) -> Piece:
        return piece(ATOM, "0")

    def ones(self, e: Expr, page: Page) -> Piece:
        rows, columns = (rf"\mathbf{{1}}_{{{_size(s)}}}" for s in e.shape)
        if e.shape[1] == 1:
            return piece(ATOM, rows)
        row = rf"{columns}^{{\top}}"
        return piece(POWER, row) if e.shape[0] == 1 else piece(PRODUCT, f"{rows} {row}")

    def over(
        self, page: Page, p: Value, q: int, above: list, chain: tuple, denominators: list[Piece]
    ) -> Piece:
        number = self.multiplier(p)
        if denominators:
            top = self.top(page, number, above, chain)
            bottom = [self.at(FRACTION, d) for d in denominators]
            if q != 1:
                bottom.insert(0, whole(q))
            under = self.joined(bottom) if len(bottom) > 1 else self.signed(denominators[0])
            return self.fraction(top, under)
        if q != 1:
            number = [self.fraction(self.digits(p), whole(q))]
            if not above and not chain:
                return number[0]
        return self.numerator(page, number, above, chain)

    def top(self, page: Page, number: list[Piece], above: list, chain: tuple) -> Piece:
        """A numerator above a bar, where a sum alone needs no parentheses."""
        alone = [*above, *chain]
        if len(alone) == 1 and not number:
            return self.signed(page[alone[0]])
        return self.numerator(page, number, above, chain)

    def fraction(self, top: Piece, bottom: Piece) -> Piece:
        return piece(FRACTION, r"\frac{", top, "}{", bottom, "}")

    def superscripted(self, page: Page, base: Expr, exponent: Expr, entrywise: bool) -> Piece:
        value = number_value(exponent)
        if value is not None:  # on one line: 1/2
            p, q = split(-value if value < 0 else value)
            above = Notation.over(self, page, p, q, [], (), [])._replace(negative=value < 0)
        else:
            above = page[exponent]
        above = self.at(ATOM, above) if entrywise and value is None else self.signed(above)
        mark = r"\odot " if entrywise else ""
        return piece(POWER, self.at(ATOM, page[base]), f"^{{{mark}", above, "}")

    def transpose(self, e: Any, page: Page) -> Piece:
        a = e.argument
        for inner, mark in ((Inverse, r"^{-\top}"), (Conjugate, r"^{\mathrm{H}}")):
            if page.sees(a, inner):
                return piece(POWER, self.at(ATOM, page[a.argument]), mark)
        if page.sees(a, Differential) and self.plain(a.argument, page):
            return piece(POWER, page[a], r"^{\top}")
        return piece(POWER, self.at(ATOM, page[a]), r"^{\top}")

    def inverse(self, e: Any, page: Page) -> Piece:
        return piece(POWER, self.at(ATOM, page[e.argument]), "^{-1}")

    def conjugate(self, e: Any, page: Page) -> Piece:
        return piece(ATOM, r"\overline{", self.signed(page[e.argument]), "}")

    def differential(self, e: Any, page: Page) -> Piece:
        if self.plain(e.argument, page):
            return piece(POWER, _D, page[e.argument])
        return self.call(_D, [page[e.argument]])

    def template(self, function: Any, arguments: tuple[Expr, ...]) -> str:
        found = function.notation(function.latex, arguments)
        if found:
            return found
        base, _, index = function.name.partition("_")
        head = _COMMANDS.get(base) if index else None
        head = head or rf"\operatorname{{{_characters(base)}}}"
        return head + (f"_{{{_word(index.replace('_', ''), 1)}}}" if index else "")

    def derivative(self, e: Any, page: Page, arguments: list[Piece]) -> Piece:
        r"""\frac{\partial \phi}{\partial D} of a name, \nabla \phi(W X) otherwise."""
        f = e.function
        base = latex_name(f.base.name)
        index = self.shown_index(e)
        low = f"_{{{','.join(index)}}}" if index else ""
        order = len(f.by)
        if f.base.domains == ((1, 1),) and order < 4:
            return self.call(base + order * "'", arguments)
        if f.kind == "jac":
            head = rf"\partial{low} {base}" if index else f"J_{{{base}}}"
            return self.call(head, arguments)._replace(level=FRACTION)
        if f.kind == "grad" and not index and self.plain(e.arguments[0], page):
            return self.fraction(
                piece(ATOM, rf"\partial {base}"), piece(ATOM, r"\partial ", arguments[0])
            )
        head = r"\nabla" if f.base.codomain == (1, 1) else r"\partial"
        power = f"^{{{order}}}" if order > 1 else ""
        return self.call(f"{head}{power}{low} {base}", arguments)._replace(level=FRACTION)


Latex.table = BASE_TABLE | {
    Symbol: Latex.symbol,
    SizeNumber: Latex.size_number,
    Identity: Latex.identity,
    Selection: Latex.selection,
    Zeros: Latex.zeros,
    Ones: Latex.ones,
    Transpose: Latex.transpose,
    Conjugate: Latex.conjugate,
    Inverse: Latex.inverse,
    Differential: Latex.differential,
    Kronecker: Latex.kronecker,
    Apply: Latex.function,
}

to_latex = Latex()
