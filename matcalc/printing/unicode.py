"""Expressions as on paper, in Unicode: 2 Aᵀ (A X − B), ‖x‖, dX, M⁻ᵀ.

A power of every entry is written x⊙² (x^⊙a with other exponents), a quotient of entries x ⊘ y, a
vector of ones 𝟏. Where a sum adds a scalar to every entry, the scalar stands alone, as in the
language, but not beside a square matrix, where a reader would take c + A for c I + A: there it is
c 𝟏 𝟏ᵀ + A, unless what it is added to is plainly by entries, as in 1 − tanh(A)⊙². An identity
shows its size where that has a subscript, and so do commutation matrices.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from matcalc.expr.nodes import (
    Apply,
    Conjugate,
    Differential,
    ElementPower,
    Expr,
    Hadamard,
    Identity,
    Inverse,
    Kronecker,
    Ones,
    Product,
    Selection,
    SizeNumber,
    Symbol,
    Transpose,
    Zeros,
    number_value,
)
from matcalc.functions.abstract import AbstractDerivative, AbstractFunction
from matcalc.printing.engine import BASE_TABLE, Notation, Page
from matcalc.printing.pieces import (
    ATOM,
    FRACTION,
    KRONECKER,
    POWER,
    PRODUCT,
    SUM,
    Piece,
    chained,
    piece,
)
from matcalc.printing.powers import real_power
from matcalc.printing.slices import Slice, block_rows, span

_NAMES = """alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho
    sigmaf sigma tau upsilon phi chi psi omega"""
_SMALL = _NAMES.split()
GREEK = {name: chr(0x3B1 + k) for k, name in enumerate(_SMALL)}
GREEK |= {name.capitalize(): chr(0x391 + k) for k, name in enumerate(_SMALL)}
for _name in ("sigmaf", "Sigmaf"):  # the final sigma, and the hole above it
    del GREEK[_name]
GREEK |= {"varepsilon": "ϵ", "vartheta": "ϑ", "varphi": "ϕ"}
PRIMES = ("", "′", "″", "‴")  # of the derivatives of a function of a number
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
SUBSCRIPTS = dict(zip("0123456789aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))


def name_parts(name: str) -> tuple[str, list[str]]:
    """A name and its indices: x_i_1 has i and 1, and x1 has 1."""
    base, *indices = name.split("_")
    stem = base.rstrip("0123456789")
    if not stem or not all(indices):
        return name, []
    return stem, [base[len(stem) :], *indices] if stem != base else indices


def pretty(name: str) -> str:
    """A name with Greek letters and subscripts: sigma_1 is σ₁; Z* of conj(Z)."""
    if name.startswith("conj("):
        return pretty(name[len("conj(") : -1]) + "*"
    base, indices = name_parts(name)
    base = GREEK.get(base, base)
    low = subscript("".join(indices)) if len(indices) < 2 else None
    return "_".join([base, *(GREEK.get(i, i) for i in indices)]) if low is None else base + low


def subscript(text: str) -> str | None:
    """The text in subscripts; None where a character has none."""
    return "".join(SUBSCRIPTS[c] for c in text) if set(text) <= set(SUBSCRIPTS) else None


def beginning(p: Piece) -> str:
    """The first string in a piece."""
    rope = p.rope
    while not isinstance(rope, str):
        rope = rope[0]
    return rope


def _is_by_entries(term: Any) -> bool:
    """Whether a term is seen to be made entry by entry: ones, powers, functions of the entries."""
    if isinstance(term, Product) and len(term.chain) == 1:
        term = term.chain[0]
    if isinstance(term, Apply):
        return getattr(term.function, "elementwise", False)
    return isinstance(term, Ones | ElementPower | Hadamard)


class Paper(Notation):
    """What Unicode and LaTeX have in common."""

    comma = ", "
    times = " "
    factor_level = FRACTION
    numerator_level = PRODUCT
    dot_between_digits = "·"
    kronecker_times = " ⊗ "
    block_open, cell_end, row_end, block_close = "[", ", ", "; ", "]"

    def scalars_stand_alone(self, e: Any) -> bool:
        rows, columns = e.shape
        plain = rows != columns or all(_is_by_entries(t) for t in e.terms)
        return plain and super().scalars_stand_alone(e)

    def joined(self, factors: list[Piece]) -> Piece:
        if len(factors) == 1:
            return factors[0]
        parts: list[str | Piece] = [factors[0]]
        for left, right in pairwise(factors):
            parts += (self.between(beginning(left), beginning(right)), right)
        return piece(PRODUCT, *parts)

    def between(self, left: str, right: str) -> str:
        """What stands between two factors that begin so."""
        digits = left[:1].isdigit() and right[:1].isdigit()
        return self.dot_between_digits if digits else self.times

    def kronecker(self, e: Any, page: Page) -> Piece:
        """Products bind tighter and stand without parentheses: I ⊗ AᵀA."""
        factors = (self.at(PRODUCT, page[f]) for f in e.factors)
        return chained(KRONECKER, factors, self.kronecker_times)

    def function(self, e: Any, page: Page) -> Piece:
        power = real_power(e, page)
        if power is not None:
            return self.superscripted(page, *power, entrywise=False)
        rows = block_rows(e, page.sees)
        if rows is not None:
            cells = ([self.signed(page[a]) for a in row] for row in rows)
            lines = [chained(SUM, row, self.cell_end) for row in cells]
            return piece(ATOM, self.block_open, chained(SUM, lines, self.row_end), self.block_close)
        arguments = [page[a] for a in e.arguments]
        if isinstance(e.function, AbstractDerivative):
            return self.derivative(e, page, arguments)
        if isinstance(e.function, AbstractFunction):
            return self.call(self.name(e.function.name), arguments)
        template = self.template(e.function, e.arguments)
        if "□" in template:
            return self.filled(template, arguments)
        return self.call(template, arguments) if arguments else piece(ATOM, template)

    def template(self, function: Any, arguments: tuple[Expr, ...]) -> str:
        raise NotImplementedError

    def derivative(self, e: Any, page: Page, arguments: list[Piece]) -> Piece:
        raise NotImplementedError

    def filled(self, template: str, arguments: list[Piece]) -> Piece:
        """A record's template with the arguments in place of □, or of □1, □2."""
        tight = template.startswith("□") or template.endswith("□")
        parts: list[str | Piece] = []
        for part in re.split(r"(□[1-9]?)", template):
            if not part.startswith("□"):
                parts.append(part)
            elif part == "□" and len(arguments) > 1:
                parts.append(chained(SUM, arguments, self.comma))
            else:
                p = arguments[int(part[1:] or 1) - 1]
                parts.append(self.at(ATOM, p) if tight else self.signed(p))
        raised = "^" in template.rsplit("□", 1)[-1]
        return piece(POWER if raised else ATOM, *parts)

    def plain(self, e: Expr, page: Page) -> bool:
        """Whether e is written as a name."""
        return isinstance(e, Symbol) or e in page.names

    def shown_index(self, e: Any) -> list[str]:
        """The numbers of the arguments by which a function of several is differentiated."""
        several = len(e.function.base.domains) > 1
        return [str(k + 1) for k in e.function.by] if several else []


class Unicode(Paper):
    """Mathematics for a terminal."""

    minus = "−"
    minus_between = " − "
    hadamard_times = " ⊙ "
    hadamard_over = " ⊘ "

    def assemble(self, definitions: list[tuple[str, str]], result: str) -> str:
        where = "; ".join(f"{name} = {value}" for name, value in definitions)
        return f"{result}  where {where}" if where else result

    def name(self, name: str) -> Piece:
        text = pretty(name)
        return Piece(text, len(text), ATOM)

    def numeral(self, text: str) -> Piece:
        mantissa, _, exponent = text.partition("e")
        if not exponent:
            return piece(ATOM, text)
        front = "" if mantissa == "1" else f"{mantissa}·"
        return piece(FRACTION, f"{front}10{str(int(exponent)).translate(SUPERSCRIPTS)}")

    def identity(self, e: Expr, page: Page) -> Piece:
        """Iₙ, and Iₘₙ of the size m*n, Iₙₙ of n^2."""
        factors = [f.partition("^") for f in str(e.shape[0]).split("*")]
        short = all(f.isdigit() or len(f) == 1 for f, _, _ in factors)
        names = "".join(f * int(k or 1) for f, _, k in factors) if short else ""
        low = subscript(names)
        return piece(ATOM, f"I{low or ''}")

    def selection(self, e: Any, page: Page) -> Piece:
        """A column of the identity is e with its number."""
        low = subscript(span(e)) if e.shape[1] == 1 else None
        return piece(ATOM, f"e{low}" if low else f"I[:, {span(e)}]")

    def slice(self, s: Slice, page: Page) -> Piece:
        return piece(ATOM, self.at(ATOM, page[s.base]), f"[{', '.join(s.indices())}]")

    def zeros(self, e: Expr, page: Page) -> Piece:
        return piece(ATOM, "0")

    def ones(self, e: Expr, page: Page) -> Piece:
        rows, columns = e.shape
        if columns == 1:
            return piece(ATOM, "𝟏")
        return piece(POWER, "𝟏ᵀ") if rows == 1 else piece(PRODUCT, "𝟏 𝟏ᵀ")

    def superscripted(self, page: Page, base: Expr, exponent: Expr, entrywise: bool) -> Piece:
        under = self.at(ATOM, page[base])
        value = number_value(exponent)
        if value is not None and value == int(value):
            digits = str(int(value)).translate(SUPERSCRIPTS)
            return piece(POWER, under, "⊙" if entrywise else "", digits)
        above = self.at(ATOM, page[exponent])
        return piece(POWER, under, "^⊙" if entrywise else "^", above)

    def transpose(self, e: Any, page: Page) -> Piece:
        a = e.argument
        for inner, mark in ((Inverse, "⁻ᵀ"), (Conjugate, "ᴴ")):
            if page.sees(a, inner):
                return piece(POWER, self.at(ATOM, page[a.argument]), mark)
        if page.sees(a, Differential) and self.plain(a.argument, page):
            return piece(POWER, page[a], "ᵀ")
        return piece(POWER, self.at(ATOM, page[a]), "ᵀ")

    def inverse(self, e: Any, page: Page) -> Piece:
        return piece(POWER, self.at(ATOM, page[e.argument]), "⁻¹")

    def conjugate(self, e: Any, page: Page) -> Piece:
        return self.call("conj", [page[e.argument]])

    def differential(self, e: Any, page: Page) -> Piece:
        if self.plain(e.argument, page):
            return piece(POWER, "d", page[e.argument])
        return self.call("d", [page[e.argument]])

    def template(self, function: Any, arguments: tuple[Expr, ...]) -> str:
        shown = pretty(function.name) if "_" in function.name else function.name
        return function.notation(function.unicode, arguments) or shown

    def function(self, e: Any, page: Page) -> Piece:
        """A constant matrix has its sizes as subscripts where those fit: Kₘₙ."""
        sizes = getattr(e.function, "sizes", ())
        if sizes and all(sizes):
            texts = [str(a) for a in e.arguments]
            low = subscript("".join(texts)) if all(len(text) == 1 for text in texts) else None
            if low:
                return piece(ATOM, f"{self.template(e.function, e.arguments)}{low}")
        return super().function(e, page)

    def derivative(self, e: Any, page: Page, arguments: list[Piece]) -> Piece:
        """∂φ/∂D of a name, ∇φ(W X) otherwise; ∇²φ(x), J_g(x), ∂²g(x), and f′(c) of a scalar."""
        f = e.function
        base = pretty(f.base.name)
        index = subscript("".join(self.shown_index(e))) or ""
        order = len(f.by)
        if f.base.domains == ((1, 1),) and order < len(PRIMES):
            return self.call(f"{base}{PRIMES[order]}", arguments)
        if f.kind == "jac":
            low = subscript(base)
            head = f"∂{index}{base}" if index else f"J{low}" if low else f"J_{base}"
            return self.call(head, arguments)._replace(level=FRACTION)
        if f.kind == "grad" and not index and self.plain(e.arguments[0], page):
            return piece(PRODUCT, f"∂{base}/∂", arguments[0])
        head = "∇" if f.base.codomain == (1, 1) else "∂"
        power = str(order).translate(SUPERSCRIPTS) if order > 1 else ""
        return self.call(f"{head}{power}{index}{base}", arguments)._replace(level=FRACTION)


Unicode.table = BASE_TABLE | {
    Symbol: Unicode.symbol,
    SizeNumber: Unicode.size_number,
    Identity: Unicode.identity,
    Selection: Unicode.selection,
    Zeros: Unicode.zeros,
    Ones: Unicode.ones,
    Transpose: Unicode.transpose,
    Conjugate: Unicode.conjugate,
    Inverse: Unicode.inverse,
    Differential: Unicode.differential,
    Kronecker: Unicode.kronecker,
    Apply: Unicode.function,
}

to_unicode = Unicode()
