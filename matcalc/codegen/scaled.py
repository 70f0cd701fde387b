"""Arrays as exp(t).*A, with A of moderate size: what is made of exponentials."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

from matcalc.expr import build
from matcalc.expr.nodes import (
    Expr,
    Ones,
    Product,
    Selection,
    Sum,
    Transpose,
    Value,
    Zeros,
    is_call,
    number_value,
)
from matcalc.expr.sizes import Shape
from matcalc.functions import lookup
from matcalc.functions.by_rows import rows_of


@dataclass(frozen=True)
class Scaled:
    """exp(exponent).*rest. The exponent is a number, or an array of the same shape.

    bounded: whether neither it nor its reciprocal is asked to cancel: a share, as sigmoid(x) is.
    collapsed: whether one number stands for exponents that differ.
    """

    exponent: Expr
    rest: Expr
    bounded: bool = False
    collapsed: bool = False

    @property
    def value(self) -> Expr:
        return times_exp(self.exponent, self.rest)

    def by_number(self) -> Scaled:
        """The same with one number for all entries: the largest exponent."""
        if self.exponent.is_scalar:
            return self
        t = self.exponent
        t = call("max", t.argument if isinstance(t, Transpose) else t)
        return Scaled(t, times_exp(minus(self.exponent, t), self.rest), self.bounded, True)

    def by_rows(self) -> tuple[Expr, Expr]:
        """A number for each row, as a column, and what is left."""
        n = self.exponent.shape[1]
        if n == 1:
            return self.exponent, self.rest
        t = build.apply(rows_of(lookup("logsumexp", 1)), self.exponent)
        wide = build.multiply(t, build.ones((1, n)))
        return t, times_exp(minus(self.exponent, wide), self.rest)

    @property
    def turned(self) -> Scaled:
        t = self.exponent if self.exponent.is_scalar else build.transpose(self.exponent)
        return Scaled(t, build.transpose(self.rest), self.bounded, self.coarse)

    @property
    def coarse(self) -> bool:
        """Whether entries may be zero that are only smaller than others."""
        return self.collapsed and not self.rest.is_scalar

    @property
    def fine(self) -> Scaled | None:
        return None if self.coarse else self


@dataclass(frozen=True)
class Found:
    """What is written for an expression, and what else it is; of diag(x), what x is."""

    plain: Expr
    scaled: Scaled | None = None
    diagonal: Scaled | None = None


# Exponents


def call(name: str, *arguments: Expr) -> Expr:
    return build.apply(lookup(name, len(arguments)), *arguments)


def is_zero(e: Expr) -> bool:
    return isinstance(e, Zeros) or number_value(e) == 0


def is_one(e: Expr) -> bool:
    return isinstance(e, Ones) or number_value(e) == 1


def unit(shape: Shape) -> Expr:
    return build.number(1) if shape == (1, 1) else build.ones(shape)


def wide(e: Expr, shape: Shape) -> Expr:
    """A number as an array of this shape; an array as it is."""
    return e if e.shape == shape else build.multiply(e, build.ones(shape))


def minus(t: Expr, other: Expr) -> Expr:
    return collected([t, build.multiply(-1, wide(other, t.shape))], t.shape)


def total(exponents: Sequence[Expr], shape: Shape) -> Expr:
    """The sum of exponents, a number if all are numbers."""
    if all(t.is_scalar for t in exponents):
        return collected(exponents, (1, 1))
    return collected([wide(t, shape) for t in exponents], shape)


def collected(terms: Iterable[Expr], shape: Shape) -> Expr:
    """The sum, in which t - t is nothing: that is what makes quotients moderate."""
    count: dict[Expr, Value] = {}
    for t in terms:
        for part in t.terms if isinstance(t, Sum) else (t,):
            c: Value = 1
            one = part
            if isinstance(part, Product):
                c, one = part.coefficient, build.multiply(*part.scalars, *part.chain)
            count[one] = count.get(one, 0) + c
    left = [build.multiply(c, one) for one, c in count.items() if c]
    return build.add(*left) if left else wide(build.number(0), shape)


def times_exp(exponent: Expr, rest: Expr) -> Expr:
    """exp(exponent).*rest"""
    if is_zero(exponent):
        return rest
    factor = call("exp", exponent)
    if exponent.is_scalar:
        return build.multiply(factor, rest)
    return factor if is_one(rest) else build.hadamard(factor, rest)


def largest(exponents: Sequence[Expr]) -> Expr:
    """The largest of exponents of one shape, entry by entry."""
    found = dict.fromkeys(part for t in exponents for part in _candidates(t))
    others = [t for t in found if not is_zero(t)]
    if not others:
        return exponents[0]
    t = reduce(lambda a, b: call("max", a, b), others)
    return t if len(others) == len(found) else call("relu", t)


def _candidates(t: Expr) -> list[Expr]:
    """What the largest was taken of, so that it is not taken of the same once more."""
    todo, found = [t], []
    while todo:
        t = todo.pop()
        if is_call(t, "max") and len(t.arguments) == 2:
            todo += reversed(t.arguments)
        elif is_call(t, "relu"):
            todo += [t.arguments[0], collected([], t.shape)]
        else:
            found.append(t)
    return found


# Chains of factors


def by_entries(chain: Sequence[Found]) -> list[Scaled | None] | None:
    """Exponents of the shape of the product for each factor, where its entries are products of
    entries: of a matrix beside diagonal ones, and of entries that are picked."""
    shape = (chain[0].plain.shape[0], chain[-1].plain.shape[1])
    places = [k for k, f in enumerate(chain) if not _is_diagonal(f.plain)]
    if len(places) == 1 and chain[places[0]].scaled and any(f.diagonal for f in chain):
        return [_beside(f, k - places[0], shape) for k, f in enumerate(chain)]
    if len(chain) != 2:
        return None
    first, last = chain
    if _picks(first.plain) and last.scaled and not last.scaled.exponent.is_scalar:
        return [None, _moved(last.scaled, build.multiply(first.plain, last.scaled.exponent))]
    if _picks(last.plain) and first.scaled and not first.scaled.exponent.is_scalar:
        return [_moved(first.scaled, build.multiply(first.scaled.exponent, last.plain)), None]
    return None


def _is_diagonal(e: Expr) -> bool:
    return is_call(e, "diag") and e.shape[1] != 1


def _picks(e: Expr) -> bool:
    return isinstance(e.argument if isinstance(e, Transpose) else e, Selection)


def _moved(s: Scaled, exponent: Expr) -> Scaled:
    return Scaled(exponent, s.rest, s.bounded, s.coarse)


def _beside(f: Found, place: int, shape: Shape) -> Scaled | None:
    """A factor to the left (place < 0) or to the right of the one that is not diagonal."""
    d = f.diagonal
    if place == 0 or d is None:
        return f.scaled
    rest = build.apply(lookup("diag", 1), d.rest)
    exponent = d.exponent if d.exponent.is_scalar else _repeated(d.exponent, place, shape)
    return Scaled(exponent, rest, d.bounded, d.coarse)


def _repeated(column: Expr, place: int, shape: Shape) -> Expr:
    """A column beside itself (place < 0), or a column as a row below itself, in this shape."""
    count = shape[1] if place < 0 else shape[0]
    many = column if count == 1 else build.multiply(column, build.ones((1, count)))
    return many if place < 0 else build.transpose(many)


def by_ends(chain: Sequence[Found]) -> list[Scaled | None] | None:
    """Exponents by rows where the first factor of a chain alone has any; by columns likewise."""
    found = [f.scaled for f in chain]
    if sum(s is not None for s in found) != 1:
        return None
    shape = (chain[0].plain.shape[0], chain[-1].plain.shape[1])
    first, last = found[0], found[-1]
    if first is not None and not first.exponent.is_scalar and shape[0] != 1:
        t, rest = first.by_rows()
        return [Scaled(_repeated(t, -1, shape), rest, first.bounded, first.coarse), *found[1:]]
    if last is not None and not last.exponent.is_scalar and shape[1] != 1:
        t, rest = last.turned.by_rows()
        exponent = _repeated(t, 1, shape)
        return [*found[:-1], Scaled(exponent, build.transpose(rest), last.bounded, last.coarse)]
    return None
