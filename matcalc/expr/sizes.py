"""Sizes of arrays: positive integers, names, and polynomials in names.

A size is a Python `int` where it is a number and a `Size` elsewhere. Sizes are interned in a normal
form, so that equal sizes are identical: `m*n + n` and `n*(m + 1)` are one object. Two different
names are different sizes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from threading import Lock
from weakref import WeakValueDictionary

from matcalc.errors import DeclarationError, LimitError, ShapeError

Monomial = tuple[tuple[str, int], ...]  # sorted (name, power) pairs; () is the number one
MAX_TERMS = 200  # of a size written as a polynomial
MAX_POWER = 64


class Size:
    """A polynomial in size names with rational coefficients, such as n*(n + 1)/2."""

    __slots__ = ("__weakref__", "terms", "text")
    terms: tuple[tuple[Monomial, Fraction], ...]
    text: str  # in the language

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        return self.text

    def __reduce__(self):
        return _intern, (self.terms,)

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self


AnySize = int | Size
Shape = tuple[AnySize, AnySize]

_table: WeakValueDictionary[tuple, Size] = WeakValueDictionary()
_lock = Lock()


def _intern(terms: tuple[tuple[Monomial, Fraction], ...]) -> Size:
    with _lock:
        found = _table.get(terms)
        if found is None:
            found = Size()
            found.terms, found.text = terms, _write(terms)
            _table[terms] = found
        return found


def size_name(name: str) -> Size:
    """The size called `name`."""
    return _intern(((((name, 1),), Fraction(1)),))


def _from_terms(terms: dict[Monomial, Fraction]) -> AnySize:
    kept = {m: c for m, c in terms.items() if c}
    if len(kept) > MAX_TERMS:
        raise LimitError(f"a size of more than {MAX_TERMS} terms (MAX_TERMS)")
    if not kept:
        return 0
    if set(kept) == {()} and kept[()].denominator == 1:
        return int(kept[()])
    ordered = sorted(kept.items(), key=lambda t: (-sum(p for _, p in t[0]), t[0]))
    return _intern(tuple(ordered))


def _terms(size: AnySize) -> Mapping[Monomial, Fraction]:
    return {(): Fraction(size)} if isinstance(size, int) else dict(size.terms)


def add_sizes(a: AnySize, b: AnySize, sign: int = 1) -> AnySize:
    """a + b, or a - b with sign = -1."""
    total = dict(_terms(a))
    for m, c in _terms(b).items():
        total[m] = total.get(m, Fraction(0)) + sign * c
    return _from_terms(total)


def inequality(large: AnySize, small: AnySize) -> tuple[AnySize, AnySize]:
    """large >= small with names on the side where they are added: n - 1 >= 2 as n >= 3."""
    gap = _terms(add_sizes(large, small, -1))
    left = {m: c for m, c in gap.items() if m and c > 0} or {m: c for m, c in gap.items() if not m}
    side = _from_terms(left)
    return side, add_sizes(side, _from_terms(dict(gap)), -1)


def multiply_sizes(a: AnySize, b: AnySize) -> AnySize:
    """a·b."""
    if a == 1:
        return b
    if b == 1:
        return a
    total: dict[Monomial, Fraction] = {}
    for m, c in _terms(a).items():
        for n, d in _terms(b).items():
            powers = dict(m)
            for name, p in n:
                powers[name] = powers.get(name, 0) + p
            key = tuple(sorted(powers.items()))
            total[key] = total.get(key, Fraction(0)) + c * d
    return _from_terms(total)


def divide_sizes(a: AnySize, b: AnySize) -> AnySize:
    """a/b for a number b, as in n*(n + 1)/2."""
    if not isinstance(b, int) or b == 0:
        raise DeclarationError(f"cannot divide the size {a} by {b}: only by a number")
    return _from_terms({m: c / b for m, c in _terms(a).items()})


def power_size(a: AnySize, exponent: AnySize) -> AnySize:
    """a^k for a small whole k."""
    if not isinstance(exponent, int) or exponent < 0:
        raise DeclarationError(f"the exponent {exponent} of a size is not a whole number")
    if exponent > MAX_POWER:
        raise LimitError(f"the exponent {exponent} of a size is over {MAX_POWER} (MAX_POWER)")
    result: AnySize = 1
    for _ in range(exponent):
        result = multiply_sizes(result, a)
    return result


def names_of(size: AnySize) -> Iterator[str]:
    """The names in a size."""
    if not isinstance(size, int):
        for monomial, _ in size.terms:
            for name, _ in monomial:
                yield name


def size_value(size: AnySize, values: Mapping[str, int]) -> int:
    """The number that a size is, with numbers for its names.

    ShapeError where that is no whole number.
    """
    total = size_total(size, values)
    if total.denominator != 1 or total < 0:
        raise ShapeError(f"the size {size} is {total} here")
    return int(total)


def size_total(size: AnySize, values: Mapping[str, int]) -> int | Fraction:
    """The number that a size comes out as, which may be no size: n - 5 where n is 3."""
    if isinstance(size, int):
        return size
    (powers, first), *others = size.terms
    if not others and first == 1 and len(powers) == 1 and powers[0][1] == 1:
        return values[powers[0][0]]  # a plain name, which most sizes are
    total = Fraction(0)
    for monomial, c in size.terms:
        for name, p in monomial:
            c *= values[name] ** p
        total += c
    return total


def substitute_size(size: AnySize, values: Mapping[str, AnySize]) -> AnySize:
    """The size with other sizes in place of its names."""
    if isinstance(size, int):
        return size
    if len(size.terms) == 1 and len(size.terms[0][0]) == 1 and size.terms[0][0][0][1] == 1:
        name = size.terms[0][0][0][0]  # the common case: c·n
        replaced = values.get(name, size_name(name))
        c = size.terms[0][1]
        return replaced if c == 1 else _scaled(replaced, c)
    total: AnySize = 0
    for monomial, c in size.terms:
        term: AnySize = 1
        for name, p in monomial:
            term = multiply_sizes(term, power_size(values.get(name, size_name(name)), p))
        total = add_sizes(total, _scaled(term, c))
    return total


def _scaled(size: AnySize, c: Fraction) -> AnySize:
    return _from_terms({m: c * d for m, d in _terms(size).items()})


def _write(terms: tuple[tuple[Monomial, Fraction], ...]) -> str:
    """The polynomial in the language; a common denominator is written once, at the end."""
    denominator = 1
    for _, c in terms:
        denominator = max(denominator, c.denominator)
    if denominator > 1:
        inner = _write(tuple((m, c * denominator) for m, c in terms))
        return f"({inner})/{denominator}" if len(terms) > 1 else f"{inner}/{denominator}"
    pieces = []
    for monomial, c in terms:
        factors = [name if p == 1 else f"{name}^{p}" for name, p in monomial]
        if abs(c) != 1 or not factors:
            factors.insert(0, str(abs(int(c))))
        sign = "-" if c < 0 else "+"
        pieces.append((sign, "*".join(factors)))
    first = ("-" if pieces[0][0] == "-" else "") + pieces[0][1]
    return first + "".join(f" {sign} {text}" for sign, text in pieces[1:])


def shape_text(shape: Shape) -> str:
    """m×n, as shapes appear in messages."""
    return "×".join(
        f"({s})" if not isinstance(s, int) and len(s.terms) > 1 else str(s) for s in shape
    )
