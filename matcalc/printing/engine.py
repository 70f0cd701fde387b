"""What all notations share: precedence, products and quotients, names for repeated parts.

A notation is a subclass of `Notation` with a method for each class of node (its `table`). A method
makes a `Piece` from the pieces of the node's children: text that is not put together yet, its
length and its level of precedence. So a piece costs as much as its own symbols, however often and
however deep its parts are used, and lengths are known before anything is written out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any, ClassVar

from matcalc.expr import build
from matcalc.expr.meanings import require_one_meaning
from matcalc.expr.nodes import (
    ElementPower,
    Expr,
    Frobenius,
    Hadamard,
    Identity,
    Number,
    Ones,
    Power,
    Product,
    Sum,
    Value,
    fold,
)
from matcalc.printing.pieces import (
    ATOM,
    ENTRYWISE,
    FROBENIUS,
    KRONECKER,
    LARGE,
    POWER,
    PRODUCT,
    SUM,
    TRANSPOSED,
    Piece,
    chained,
    decimal,
    flatten,
    piece,
    split,
    whole,
)
from matcalc.printing.repeats import Names, count_uses, is_below
from matcalc.printing.slices import Slice, sliced

GAINS = (400, 100, 25, 1)  # characters that a name must save, most demanding first


class Page:
    """The pieces of one expression; nodes in `names` are written by their names."""

    def __init__(self, notation: Notation, root: Expr, gain: int = 0, uses: Mapping | None = None):
        self.notation = notation
        self.root = root
        self.gain = gain
        self.uses = uses or {}
        self.names: dict[Expr, str] = {}
        self.definitions: list[tuple[Piece, Piece]] = []
        self.pieces: dict[Expr, Piece] = {}
        self._free = Names(root) if self.uses else None

    def compose(self) -> Piece:
        return fold(self.root, self._step, self.pieces)

    def write(self, e: Expr) -> None:
        """Make the piece of an expression that is put together from parts of this one."""
        fold(e, self._step, self.pieces)

    def __getitem__(self, e: Expr) -> Piece:
        if isinstance(e, Number):  # it may be a new one: the exponent of a denominator
            return self.notation.number(e, self)
        return self.pieces[e]

    def sees(self, e: Expr, cls: type | tuple[type, ...]) -> bool:
        """Whether e is of a class and written out, so that one may write its parts instead."""
        return isinstance(e, cls) and e not in self.names

    def _step(self, e: Expr, _: list[Piece]) -> Piece:
        made = self.notation.table[type(e)](self.notation, e, self)
        uses = self.uses.get(e, 1)
        saved = (uses - 1) * made.length - 2 * (uses + 1) - 5
        if uses < 2 or saved < self.gain or self._free is None:
            return made
        self.names[e] = self._free.take(e)
        shown = self.notation.name(self.names[e])
        self.definitions.append((shown, made))
        return shown


class Notation:
    """How to write each class of node. The defaults are those of the language."""

    limit = 2000  # characters, above which repeated parts get names
    minus = "-"
    plus_between = " + "
    minus_between = " - "
    times = "*"
    hadamard_times = ".*"
    hadamard_over = "./"
    frobenius_times = " : "
    comma = ","
    open, close = "(", ")"
    factor_level = POWER  # the loosest level that is a factor without parentheses
    numerator_level = ENTRYWISE  # the loosest that stands so before a slash
    table: ClassVar[dict[type, Callable[..., Piece]]] = {}

    def __call__(self, e: Expr) -> str:
        """The expression in this notation."""
        page = Page(self, e)
        best, result = page, page.compose()
        require_one_meaning(page.pieces)
        if result.length > self.limit:
            uses = count_uses(e)
            smallest = result.length
            gains = GAINS if len(page.pieces) < self.limit else GAINS[-1:]  # too long in any case
            for gain in gains if uses else ():
                page = Page(self, e, gain, uses)
                made = page.compose()
                total = made.length + sum(a.length + b.length + 5 for a, b in page.definitions)
                if total < smallest:
                    best, result, smallest = page, made, total
                if smallest <= self.limit:
                    break
        definitions = [(flatten(a.rope), flatten(self.signed(b).rope)) for a, b in best.definitions]
        return self.assemble(definitions, flatten(self.signed(result).rope))

    def assemble(self, definitions: list[tuple[str, str]], result: str) -> str:
        """Definitions and the result, as one text."""
        return "".join(f"{name} = {value}; " for name, value in definitions) + result

    # Signs and parentheses

    def signed(self, p: Piece) -> Piece:
        """The piece with its minus sign written."""
        return piece(p.level, self.minus, p) if p.negative else p

    def parenthesised(self, p: Piece) -> Piece:
        return piece(ATOM, self.open, self.signed(p), self.close)

    def at(self, level: int, p: Piece) -> Piece:
        """The piece, in parentheses if it is looser than the level or has a sign."""
        return self.parenthesised(p) if p.negative or p.level < level else p

    def factor(self, e: Expr, page: Page) -> Piece:
        return self.at(self.factor_level, page[e])

    # Leaves

    def name(self, name: str) -> Piece:
        return Piece(name, len(name), ATOM)

    def symbol(self, e: Any, page: Page) -> Piece:
        return self.name(e.name)

    def size_number(self, e: Any, page: Page) -> Piece:
        return self.name(str(e.size))

    def number(self, e: Any, page: Page) -> Piece:
        return self.quotient(page, e.value, (), ())

    def digits(self, value: Value) -> Piece:
        """A number ≥ 0 that `split` leaves above the fraction bar."""
        if isinstance(value, float):
            return self.numeral(repr(value))
        short = decimal(value) if value.denominator != 1 or value >= LARGE else None
        return self.numeral(short) if short is not None else whole(int(value))

    def numeral(self, text: str) -> Piece:
        """A decimal, which may have an exponent: 1.5e-07."""
        return piece(ATOM, text)

    # Sums

    def sum(self, e: Any, page: Page) -> Piece:
        alone = self.scalars_stand_alone(e)
        scalars = [self.added_scalar(t, page) if alone else None for t in e.terms]
        array_before = scalars[1] is None  # for the first term, the second does
        parts: list[str | Piece] = []
        for term, scalar in zip(e.terms, scalars, strict=True):
            p = scalar if scalar is not None and array_before else page[term]
            if parts:
                parts.append(self.minus_between if p.negative else self.plus_between)
                array_before = array_before or scalar is None
            else:
                parts.append(self.minus if p.negative else "")
                array_before = scalar is None
            parts.append(self.at(FROBENIUS, p._replace(negative=False)))
        return piece(SUM, *parts)

    def scalars_stand_alone(self, e: Any) -> bool:
        """Whether a sum writes scalar·ones(shape) as the scalar: I - 1/n would read as I - I/n."""
        return not any(_has_identity(t) for t in e.terms)

    def added_scalar(self, term: Any, page: Page) -> Piece | None:
        """The scalar of scalar·ones(shape), which a sum writes as the scalar alone."""
        if page.sees(term, Ones):
            return self.quotient(page, Fraction(1), (), ())
        if page.sees(term, Product) and len(term.chain) == 1 and page.sees(term.chain[0], Ones):
            return self.quotient(page, term.coefficient, term.scalars, ())
        return None

    # Products and quotients

    def product(self, e: Any, page: Page) -> Piece:
        return self.quotient(page, e.coefficient, e.scalars, e.chain)

    def hadamard(self, e: Any, page: Page) -> Piece:
        return self.quotient(page, Fraction(1), (), (e,))

    def quotient(self, page: Page, coefficient: Value, scalars: tuple, chain: tuple) -> Piece:
        """coefficient · scalars · chain, with what is below the fraction bar there."""
        p, q = split(-coefficient if coefficient < 0 else coefficient)
        above: list[Any] = [s for s in scalars if not is_below(s)]
        below: list[Any] = [s for s in scalars if is_below(s)]
        if not chain and len(above) == 1 and page.sees(above[0], Product) and above[0].chain:
            chain, above = above[0].chain, []  # a 1×1 chain
        if q == 1 and not below and not chain and above:
            *front, last = above
            if page.sees(last, Frobenius) and not any(map(_is_group, front)):
                made = self.scaled_frobenius(page, p, front, last)
                return made._replace(negative=coefficient < 0)
        denominators = [self.raised(page, s.base, -s.exponent.value) for s in below]
        made = self.over(page, p, q, above, chain, denominators)
        return made._replace(negative=coefficient < 0)

    def scaled_frobenius(self, page: Page, p: Value, front: list[Expr], e: Any) -> Piece:
        """2·R : B, with the numbers and scalars in front of the left side."""
        left = page[e.left]
        if p != 1 or front:
            inner = e.left.chain if page.sees(e.left, Product) else (e.left,)
            left = self.numerator(page, self.multiplier(p), front, inner)
        right = self.at(KRONECKER, page[e.right])
        return piece(FROBENIUS, self.at(KRONECKER, left), self.frobenius_times, right)

    def frobenius(self, e: Any, page: Page) -> Piece:
        return self.scaled_frobenius(page, Fraction(1), [], e)

    def over(
        self, page: Page, p: Value, q: int, above: list, chain: tuple, denominators: list[Piece]
    ) -> Piece:
        """The numerator over q and the denominators, on one line."""
        top = self.numerator(page, self.multiplier(p), above, chain)
        bottom = [self.at(POWER, d) for d in denominators]
        if q != 1:
            bottom.insert(0, whole(q))
        if not bottom:
            return top
        under = bottom[0] if len(bottom) == 1 else self.parenthesised(self.joined(bottom))
        return piece(PRODUCT, self.at(self.numerator_level, top), "/", under)

    def multiplier(self, p: Value) -> list[Piece]:
        """A number as a factor: the number 1 is none."""
        return [] if p == 1 else [self.digits(p)]

    def numerator(self, page: Page, number: list[Piece], above: list, chain: tuple) -> Piece:
        """number · scalars · chain."""
        factors = [*number, *(self.factor(s, page) for s in above)]
        one = chain[0] if len(chain) == 1 and not any(map(_is_group, above)) else None
        if one is not None and (page.sees(one, Hadamard) or is_below(one)):
            return self.entrywise(page, factors, chain[0])
        factors += self.chain(page, chain)
        return self.joined(factors) if factors else self.digits(Fraction(1))

    def chain(self, page: Page, chain: tuple[Expr, ...]) -> list[Piece]:
        """The factors of a chain, grouped so that no beginning of it is a scalar by itself."""
        if chain and chain[0].shape[0] == 1 and any(c.shape[1] == 1 for c in chain[1:-1]):
            rest = self.joined(self.chain(page, chain[1:]))
            return [self.factor(chain[0], page), self.parenthesised(rest)]
        return [
            self.slice(c, page) if isinstance(c, Slice) else self.factor(c, page)
            for c in sliced(chain, page.sees)
        ]

    def slice(self, s: Slice, page: Page) -> Piece:
        """base[rows, columns]"""
        base = self.at(TRANSPOSED, page[s.base])
        return piece(ATOM, base, f"[{self.comma.join(s.indices())}]")

    def joined(self, factors: list[Piece]) -> Piece:
        """The product of factors that are in parentheses where they must be."""
        return factors[0] if len(factors) == 1 else chained(PRODUCT, factors, self.times)

    def entrywise(self, page: Page, front: list[Piece], e: Any) -> Piece:
        """front·a.*b./c: the entrywise product, or 1./c alone, with scalar factors in front."""
        first, *rest = list[Any](e.factors) if isinstance(e, Hadamard) else [e]
        if is_below(first):
            rest.insert(0, first)
        else:
            front = [*front, self.factor(first, page)]
        parts: list[str | Piece] = [self.joined(front) if front else self.digits(Fraction(1))]
        for f in rest:
            if is_below(f):
                under = self.raised(page, f.base, -f.exponent.value, True)
                parts += (self.hadamard_over, self.at(self.factor_level, under))
            else:
                parts += (self.hadamard_times, self.factor(f, page))
        return piece(ENTRYWISE, *parts)

    # Powers

    def raised(self, page: Page, base: Expr, p: Value, entrywise: bool = False) -> Piece:
        """base^p for a number p > 0, which may be 1."""
        if p == 1:
            return page[base]
        return self.superscripted(page, base, build.number(p), entrywise)

    def power(self, e: Any, page: Page) -> Piece:
        if is_below(e):
            chain = (e,) if isinstance(e, ElementPower) else ()
            return self.quotient(page, Fraction(1), () if chain else (e,), chain)
        return self.superscripted(page, e.base, e.exponent, isinstance(e, ElementPower))

    def superscripted(self, page: Page, base: Expr, exponent: Expr, entrywise: bool) -> Piece:
        raise NotImplementedError

    # Functions

    def call(self, head: str | Piece, arguments: Iterable[Piece]) -> Piece:
        """head(arguments)."""
        inner = chained(SUM, [self.signed(a) for a in arguments], self.comma)
        return piece(ATOM, head, self.open, inner, self.close)


def _is_group(scalar: Expr) -> bool:
    """Whether a scalar is a product that what follows must not take apart, as in (b*c)*(A : B)."""
    return isinstance(scalar, Frobenius) or (isinstance(scalar, Product) and not scalar.chain)


def _has_identity(term: Expr) -> bool:
    """Whether a term is a multiple of the identity."""
    return isinstance(term, Identity) or (
        isinstance(term, Product) and any(isinstance(f, Identity) for f in term.chain)
    )


BASE_TABLE: dict[type, Callable[..., Piece]] = {
    Number: Notation.number,
    Sum: Notation.sum,
    Product: Notation.product,
    Hadamard: Notation.hadamard,
    Frobenius: Notation.frobenius,
    Power: Notation.power,
    ElementPower: Notation.power,
}
