"""Terms of a sum: a number, scalar factors and a chain; like terms; the order of terms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from matcalc.expr import build
from matcalc.expr.arithmetic import joined, scalar_factor
from matcalc.expr.mirrors import mirror
from matcalc.expr.nodes import (
    ONE,
    Expr,
    Frobenius,
    Hadamard,
    Kronecker,
    Number,
    Power,
    Product,
    Sum,
    Value,
    is_call,
    number_value,
)
from matcalc.simplify import constants, rules
from matcalc.simplify.opposites import stands_again

if TYPE_CHECKING:
    from matcalc.simplify.normal_form import Simplifier

Parts = tuple[Value, tuple[Expr, ...], tuple[Expr, ...]]  # number, scalars, chain


def parts_of(term: Expr) -> Parts:
    """A term as number, scalar factors and chain."""
    if isinstance(term, Product):
        if term.is_scalar and term.chain:
            return term.coefficient, (build.product(ONE, (), term.chain),), ()
        return term.coefficient, term.scalars, term.chain
    value = number_value(term)
    if value is not None:
        return value, (), ()
    return (ONE, (term,), ()) if term.is_scalar else (ONE, (), (term,))


def whole_of(parts: Parts) -> Expr:
    return build.product(*parts)


def like_terms(terms: list[Expr], s: Simplifier) -> list[Expr]:
    totals: dict[Hashable, Value] = {}
    first: dict[Hashable, Parts] = {}
    for t in terms:
        c, scalars, chain = parts_of(t)
        size, roots, others = constants.split(scalars)
        key = roots, key_of(others, chain)
        if key in totals:
            s.note(rules.LIKE_TERMS)
            totals[key] = totals[key] + c * size
        else:
            totals[key] = c * size
            first[key] = (size, scalars, chain)
    return [whole_of((c / first[key][0], *first[key][1:])) for key, c in totals.items() if c != 0]


def key_of(scalars: tuple[Expr, ...], chain: tuple[Expr, ...], sums: bool = True) -> Hashable:
    """Equal for terms that differ by a number only: scalars commute, x'Ay is y'A'x.

    Keys hold the nodes themselves, so that no node in one dies while keys are compared.
    """
    return _multiset(scalar_key(x, sums) for x in scalars), tuple(map(_factor_key, chain))


def _multiset(keys: Iterable[Hashable]) -> Hashable:
    return frozenset(Counter(keys).items())


def _factor_key(f: Expr) -> Hashable:
    return _multiset(f.factors) if isinstance(f, Hadamard) else f


def scalar_key(x: Expr, sums: bool = True) -> Hashable:
    """One key for an inner product and its transpose, and for sums of such (one level deep)."""
    exponent: Value = ONE
    if isinstance(x, Power):
        value = number_value(x.exponent)
        if value is not None:
            exponent, x = value, x.base
    if isinstance(x, Product) and x.chain:
        backward = tuple(_turn(f) for f in reversed(x.chain))
        return frozenset((x.chain, backward)), x.coefficient, exponent
    if isinstance(x, Sum) and sums:
        return _multiset(
            (c, key_of(scalars, chain, False)) for c, scalars, chain in map(parts_of, x.terms)
        ), exponent
    if isinstance(x, Frobenius):
        return frozenset((x.left, x.right)), exponent
    return x, exponent


def diagonal_column(e: Expr) -> Expr | None:
    """x of diag(x) for a column x."""
    return e.arguments[0] if is_call(e, "diag") and e.arguments[0].shape[1] == 1 else None


def _turn(f: Expr) -> Expr:
    m = mirror(f)
    return m if m is not None else build.transpose(f)


def positive_first(terms: list[Expr]) -> list[Expr]:
    """The terms with a positive one in front, so that b - a is written, not -a + b."""
    if terms and _is_negative(terms[0]):
        k = next((i for i, t in enumerate(terms) if not _is_negative(t)), None)
        if k is not None:
            return [terms[k], *terms[:k], *terms[k + 1 :]]
    return terms


def _is_negative(t: Expr) -> bool:
    return parts_of(t)[0] < 0 and turned_difference(t) is None


def turned_difference(e: Expr) -> Expr | None:
    """-A*(x - y) as A*(y - x); -(x - y)*(x - y)' keeps what shows that it is symmetric."""
    if not isinstance(e, Product) or e.coefficient != -1:
        return None
    for k, f in enumerate(e.children):
        if isinstance(f, Sum) and len(f.terms) == 2 and not stands_again(e.children, k):
            first, second = map(build.negate, f.terms)
            if parts_of(second)[0] > 0 > parts_of(first)[0]:
                children = [*e.children]
                children[k] = build.add(second, first)
                count = len(e.scalars)
                return build.product(1, children[:count], children[count:])
    return None


def opened(coefficient: Value, scalars: Iterable[Expr]) -> tuple[Value, list[Expr]]:
    """The number and the scalar factors, products among them opened."""
    groups: list[Sequence[Expr]] = []
    for x in scalars:
        if isinstance(x, Product | Number):
            number, inner, rest = build.scalar_parts(x)
            coefficient = coefficient * number
            groups += [inner, [] if rest is None else [rest]]
        else:
            groups.append((x,))
    return constants.reduced(coefficient, joined(groups, scalar_factor))


def scaling(f: Product) -> list[Expr]:
    """The number and the scalars in front of a chain."""
    number: list[Expr] = [build.number(f.coefficient)] if f.coefficient != 1 else []
    return [*number, scalar_factor(f.scalars)] if f.scalars else number


def splits(e: Kronecker) -> Iterator[tuple[Expr, Expr]]:
    """e as A ⊗ B, in every way."""
    for k in range(1, len(e.factors)):
        yield build.kronecker(*e.factors[:k]), build.kronecker(*e.factors[k:])
