"""Edits of how an answer is put together: transposes, order, signs, numbers, terms, products.

Each family is a generator of changes for one place. None of them looks at the right answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from itertools import permutations

from matcalc.checking.edits import Change, Kit, offer
from matcalc.checking.places import Place, ordinal
from matcalc.expr import build
from matcalc.expr.nodes import (
    Apply,
    Differential,
    Expr,
    Frobenius,
    Hadamard,
    Identity,
    Inverse,
    Kronecker,
    Number,
    Ones,
    Power,
    Product,
    Sum,
    Transpose,
    Value,
    number_value,
)
from matcalc.functions import lookup

WHOLE = ("root", "term")
SIMPLE, NEARLY, LARGEST_SIMPLE = 12, Fraction(1, 50), 1000  # simple numbers, and near to them
NUMBERS = tuple(Fraction(p, q) for p, q in ((2, 1), (1, 2), (3, 1), (1, 3), (4, 1), (1, 4)))
PERMUTED = 4  # chains up to this length are tried in every order


def transposes(place: Place, kit: Kit) -> Iterator[Change]:
    """A missing or extra transpose of a factor, of part of a product, of the whole."""
    e = place.node
    if e.is_scalar or "symmetric" in e.facts:
        return
    if isinstance(place.parent, Transpose | Inverse | Power):  # the same as one outside
        return
    extra = isinstance(e, Transpose)
    inner = e.fields[0] if extra else e
    words = "has a transpose too many" if extra else "lacks a transpose"
    penalty = 1.0 if not e.children or extra else 1.05
    if isinstance(inner, Differential):
        penalty = 1.3
    yield Change(build.transpose(e), "transpose", words, penalty)
    if isinstance(e, Product):
        for before, inner, after in _runs(e.chain):
            chain = (*before, build.transpose(inner), *after)
            yield from offer("transpose", "lacks a transpose", 1.1, _rechained, e, chain)


def _runs(chain: tuple[Expr, ...]) -> Iterator[tuple[tuple[Expr, ...], Expr, tuple[Expr, ...]]]:
    """The proper parts of two or more neighbours of a chain, with what stands on either side."""
    n = len(chain)
    for length in range(2, min(n, 5)):
        for i in range(n - length + 1):
            yield chain[:i], build.multiply(*chain[i : i + length]), chain[i + length :]


def _rechained(e: Product, chain: tuple[Expr, ...]) -> Expr:
    return build.multiply(build.number(e.coefficient), *e.scalars, *chain)


def order(place: Place, kit: Kit) -> Iterator[Change]:
    """Factors of a product in another order."""
    e = place.node
    words = "has its factors in the wrong order"
    if isinstance(e, Product) and len(e.chain) > 1:
        for penalty, chain in _reordered(spelt_out(e.chain)):
            yield from offer("order", words, penalty, _rechained, e, chain)
        yield from _inner_and_outer(e)
    if isinstance(e, Product) and e.chain and isinstance(e.chain[0], Ones):
        yield from _spread(e, words)
    if isinstance(e, Kronecker) and len(e.factors) == 2:
        yield Change(build.kronecker(*reversed(e.factors)), "order", words)


def _inner_and_outer(e: Product) -> Iterator[Change]:
    """x*y' for x'*y, and the reverse."""
    a, b = build.transpose(e.chain[0]), build.transpose(e.chain[-1])
    if len(e.chain) == 2 and a.shape[1] == b.shape[0] and 1 in (a.shape[0], a.shape[1]):
        kinds = ("inner", "outer") if e.is_scalar else ("outer", "inner")
        words = "has an {} product where an {} product belongs".format(*kinds)
        yield Change(_rechained(e, (a, b)), "order", words, 1.2)


def _spread(e: Product, words: str) -> Iterator[Change]:
    """x*y' for x'*y, where the scalar was taken to be added to every entry."""
    for i, s in enumerate(e.scalars):
        if isinstance(s, Product) and len(s.chain) == 2:
            a, b = s.chain
            for chain in ((b, a), (build.transpose(a), build.transpose(b))):
                rest = (*e.scalars[:i], *e.scalars[i + 1 :])
                front = build.number(e.coefficient * s.coefficient)
                parts = (front, *rest, *chain)
                yield from offer("order", words, 1.3, build.multiply, *parts, shown=s)


def spelt_out(chain: tuple[Expr, ...]) -> tuple[Expr, ...]:
    """A*A for A^2, inv(A)*inv(A) for A^-2."""
    return tuple(f for e in chain for f in _repeated(e))


def _repeated(e: Expr) -> tuple[Expr, ...]:
    p = number_value(e.exponent) if isinstance(e, Power) else None
    if not isinstance(e, Power) or p not in (-3, -2, 2, 3):
        return (e,)
    return (build.power(e.base, 1 if p > 0 else -1),) * abs(int(p))


def _reordered(chain: tuple[Expr, ...]) -> Iterator[tuple[float, tuple[Expr, ...]]]:
    n = len(chain)
    seen = {chain}
    for i in range(n - 1):
        new = (*chain[:i], chain[i + 1], chain[i], *chain[i + 2 :])
        if new not in seen:
            seen.add(new)
            yield 1.1, new
    if chain[::-1] not in seen:
        seen.add(chain[::-1])
        yield 1.15, chain[::-1]
    if n > PERMUTED:
        return
    for new in permutations(chain):
        if new not in seen:
            yield 1.5, new


def signs(place: Place, kit: Kit) -> Iterator[Change]:
    """The other sign of a term, of the whole, of an argument."""
    e, role = place.node, place.role
    if role == "term":
        total = place.parent
        assert isinstance(total, Sum)
        penalty = 0.9 if place.index else 0.95  # x - m rather than -x + m
        new = build.negate(e)
        yield Change(new, "sign", "has the wrong sign", penalty, _flipped(total, place))
    elif role == "root":
        yield Change(build.negate(e), "sign", "has the wrong sign", 0.9, (e, build.negate(e)))
    elif role == "argument" and not isinstance(e, Sum):
        yield Change(build.negate(e), "sign", "has the wrong sign in an argument", 1.0)


def _flipped(total: Sum, place: Place) -> tuple[Expr, Expr]:
    terms = list(total.terms)
    terms[place.index] = build.negate(place.node)
    return total, build.add(*terms)


def scaling(place: Place, kit: Kit) -> Iterator[Change]:
    """A factor such as 2 or 1/2 that is missing or too many."""
    e, role = place.node, place.role
    if role == "scalar" or isinstance(e, Number):
        return
    for c in NUMBERS:
        small = c in (2, Fraction(1, 2))
        penalty = (0.95 if small else 1.1) + (0 if role in WHOLE else 0.4)
        if role in WHOLE or (small and role == "argument"):
            yield scaled(e, c, penalty)


def rounded(place: Place, kit: Kit) -> Iterator[Change]:
    """A number that is nearly a simple one: 0.33 for 1/3."""
    e = place.node
    if not isinstance(e, Number | Product):
        return
    c: Value = e.value if isinstance(e, Number) else e.coefficient
    exact = Fraction(c)
    if abs(exact) > LARGEST_SIMPLE:
        return
    simple = exact.limit_denominator(SIMPLE)
    if simple in (0, exact) or abs(simple - exact) > NEARLY * abs(exact):
        return
    front = build.number(simple)
    new = front if isinstance(e, Number) else build.multiply(front, *e.children)
    words = f"has the number {build.number(c)} where {front} belongs"
    yield Change(new, "factor", words, 0.9, (e, new))


def scaled(e: Expr, c: Value, penalty: float) -> Change:
    """The change from e to c·e, in words that say what is missing or too many."""
    new = build.multiply(build.number(c), e)
    kind = "sign" if c == -1 else "factor"
    return Change(new, kind, _factor_words(e, c), penalty, (e, new))


def _factor_words(e: Expr, c: Value) -> str:
    """A half is a factor 2 too many where there is one to be seen."""
    if c == -1:
        return "has the wrong sign"
    sign = " and has the wrong sign" if c < 0 else ""
    size = Fraction(-c if c < 0 else c)
    present = Fraction(e.coefficient if isinstance(e, Product) else 1)
    if size.numerator == 1 < size.denominator and present % size.denominator == 0:
        return f"has a factor {size.denominator} too many{sign}"
    return f"lacks a factor {build.number(size)}{sign}"


def extra_terms(place: Place, kit: Kit) -> Iterator[Change]:
    """A term that does not belong."""
    e = place.node
    if isinstance(e, Sum):
        for i, t in enumerate(e.terms):
            rest = build.add(*e.terms[:i], *e.terms[i + 1 :])
            what = f"has a {ordinal(i)} term too many, {t}"
            yield Change(rest, "extra term", what, 1.1, (e, rest))


def parentheses(place: Place, kit: Kit) -> Iterator[Change]:
    """A'*A*x - b for A'*(A*x - b): a factor of a sum that went to one of its terms only."""
    e = place.node
    if not isinstance(e, Sum):
        return
    words = "lacks parentheses: a factor of the sum stands with one term only"
    for i, t in enumerate(e.terms):
        rest = build.add(*e.terms[:i], *e.terms[i + 1 :])
        chain = t.chain if isinstance(t, Product) else (t,)
        front = (build.number(t.coefficient), *t.scalars) if isinstance(t, Product) else ()
        for k in range(len(chain) + 1):
            before, after = chain[:k], chain[k:]
            if after and (before or front):
                make = partial(_put_out, (*front, *before), after, rest, ())
                yield from offer("parentheses", words, 1.2, make)
            if after and before:
                make = partial(_put_out, front, before, rest, after)
                yield from offer("parentheses", words, 1.2, make)


def _put_out(
    before: tuple[Expr, ...], inside: tuple[Expr, ...], rest: Expr, after: tuple[Expr, ...]
) -> Expr:
    return build.multiply(*before, build.add(build.multiply(*inside), rest), *after)


def symmetrised(place: Place, kit: Kit) -> Iterator[Change]:
    """The transposed half that a quadratic form gives: A for A + A'."""
    e = place.node
    square = e.shape[0] == e.shape[1] and not e.is_scalar
    if not square or "symmetric" in e.facts or place.role == "inside":
        return
    both = build.add(e, build.transpose(e))
    yield Change(both, "missing term", f"lacks the term {build.transpose(e)}", 1.2)
    half = build.multiply(Fraction(1, 2), both)
    words = f"treats {e} as if it were symmetric"
    yield Change(half, "symmetric part", words, 1.3)


def inverses(place: Place, kit: Kit) -> Iterator[Change]:
    """A missing or extra inverse."""
    e = place.node
    if isinstance(e, Number | Identity) or e.shape[0] != e.shape[1]:
        return
    if e.is_scalar:
        if place.role in ("scalar", "term", "argument"):
            yield Change(build.inverse(e), "inverse", "has a reciprocal wrong", 1.3)
        return
    inner = e.fields[0] if isinstance(e, Transpose) else e
    extra = isinstance(inner, Inverse)
    words = "has an inverse too many" if extra else "lacks an inverse"
    new = _inverted(e)
    yield Change(new, "inverse", words, 1.1)
    if not extra:
        yield Change(build.transpose(new), "inverse", "lacks an inverse and a transpose", 1.6)


def inner_inverses(place: Place, kit: Kit) -> Iterator[Change]:
    """A missing inverse of part of a product, as of the X'*C*X in normal equations."""
    e = place.node
    if isinstance(e, Product):
        for before, inner, after in _runs(e.chain):
            if inner.shape[0] == inner.shape[1] and not inner.is_scalar:
                chain = (*before, build.inverse(inner), *after)
                words = f"lacks the inverse of {inner}"
                yield from offer("inverse", words, 1.3, _rechained, e, chain)
    elif isinstance(e, Sum) and e.shape[0] == e.shape[1] and not e.is_scalar:
        for i in range(len(e.terms) - 1):
            inner = build.add(*e.terms[i : i + 2])
            new = build.add(*e.terms[:i], build.inverse(inner), *e.terms[i + 2 :])
            yield Change(new, "inverse", f"lacks the inverse of {inner}", 1.3, (e, new))


def _inverted(e: Expr) -> Expr:
    """The inverse as it is written: -inv(S) for -S, inv(X)' for X'."""
    if isinstance(e, Transpose):
        return build.transpose(build.inverse(e.argument))
    if isinstance(e, Product) and e.chain:
        return _rechained(e, (build.inverse(build.multiply(*e.chain)),))
    return build.inverse(e)


def entrywise(place: Place, kit: Kit) -> Iterator[Change]:
    """⊙ where a matrix product belongs, and the reverse; products grouped wrongly."""
    e = place.node
    if isinstance(e, Hadamard):
        words = "has an entrywise product where a matrix product belongs"
        for i, a in enumerate(e.factors):
            for j, b in enumerate(e.factors):
                rest = [f for k, f in enumerate(e.factors) if k not in (i, j)]
                if i != j:
                    yield from _multiplied(a, b, rest, words)
    elif isinstance(e, Product):
        words = "has a matrix product where an entrywise product belongs"
        for i in range(len(e.chain) - 1):
            a, b = e.chain[i : i + 2]
            for x, y in ((a, b), (a, build.transpose(b)), (build.transpose(a), b)):
                if x.shape == y.shape:
                    chain = (*e.chain[:i], build.hadamard(x, y), *e.chain[i + 2 :])
                    penalty = 1.1 if (x, y) == (a, b) else 1.5
                    yield from offer("product", words, penalty, _rechained, e, chain)
        yield from _regrouped(e)


def _multiplied(a: Expr, b: Expr, rest: list[Expr], words: str) -> Iterator[Change]:
    for x, y in ((a, b), (a, build.transpose(b)), (build.transpose(a), b)):
        if x.shape[1] == y.shape[0]:
            penalty = 1.1 if (x, y) == (a, b) else 1.4
            both = build.multiply(x, y)
            yield from offer("product", words, penalty, build.hadamard, both, *rest)


def _regrouped(e: Product) -> Iterator[Change]:
    """(A.*B)*C for A.*(B*C): both are read from left to right."""
    words = "is grouped wrongly: products are taken from left to right"
    for i, f in enumerate(e.chain):
        if not isinstance(f, Hadamard):
            continue
        left, right = e.chain[:i], e.chain[i + 1 :]
        if right:

            def to_the_right(f=f, left=left, right=right) -> Expr:
                inner = build.multiply(f.factors[-1], *right)
                return _rechained(e, (*left, build.hadamard(*f.factors[:-1], inner)))

            yield from offer("product", words, 1.3, to_the_right)
        if left:

            def to_the_left(f=f, left=left, right=right) -> Expr:
                inner = build.multiply(*left, f.factors[0])
                return _rechained(e, (build.hadamard(inner, *f.factors[1:]), *right))

            yield from offer("product", words, 1.3, to_the_left)


def diagonals(place: Place, kit: Kit) -> Iterator[Change]:
    """A missing or extra diag."""
    e, diag = place.node, lookup("diag")
    if e.is_scalar or isinstance(e, Identity | Ones):
        return
    if isinstance(e, Apply) and e.function is diag:
        inner = e.arguments[0]
        yield Change(inner, "diag", "has a diag too many", 1.1)
        if isinstance(inner, Apply) and inner.function is diag:
            yield Change(inner.arguments[0], "diag", "has diag(diag(.)) too many", 1.1)
        return
    if e.shape[1] == 1:
        yield Change(build.apply(diag, e), "diag", "lacks a diag", 1.1)
    elif e.shape[0] == e.shape[1]:
        inner = build.apply(diag, e)
        yield Change(inner, "diag", "lacks a diag", 1.1)
        yield Change(build.apply(diag, inner), "diag", "lacks a diag(diag(.))", 1.2)


def extra_factors(place: Place, kit: Kit) -> Iterator[Change]:
    """A factor that does not belong."""
    e = place.node
    if isinstance(e, Frobenius) or not isinstance(e, Product | Hadamard):
        return
    for i, f in enumerate(e.children):
        rest = (*e.children[:i], *e.children[i + 1 :])
        words = f"has a factor {f} too many"
        penalty = 1.25 if place.role != "inside" else 1.5
        if isinstance(e, Product):
            parts = (build.number(e.coefficient), *rest)
            yield from offer("extra factor", words, penalty, build.multiply, *parts, shown=e)
        else:
            yield from offer("extra factor", words, penalty, build.hadamard, *rest, shown=e)


FAMILIES = (
    transposes,
    order,
    signs,
    scaling,
    rounded,
    parentheses,
    extra_terms,
    symmetrised,
    inverses,
    inner_inverses,
    entrywise,
    diagonals,
    extra_factors,
)
SECOND = (transposes, signs, scaling, order, inverses, extra_terms)  # of two edits
