"""The last touch on an answer: the order of commuting parts, as a person writes them.

Data stand before functions of it in Hadamard products (y ⊙ σ(z)), constants and letters before
other scalars; of a pair of transposes the plain one comes first (A + A'); no minus stands before a
parenthesis. What the user wrote is left as it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from matcalc.expr import build
from matcalc.expr.mirrors import mirrored
from matcalc.expr.nodes import (
    Apply,
    Expr,
    Hadamard,
    Identity,
    Inverse,
    Number,
    Ones,
    Power,
    Product,
    SizeNumber,
    Sum,
    Symbol,
    Transpose,
    fold,
    node,
    number_value,
)
from matcalc.simplify.terms import parts_of, positive_first, turned_difference

FEW = 8  # distinct parts of a constant
_PLAIN = (Symbol, Transpose, Ones, Identity, SizeNumber)

MANY = 4  # transposes in a row


def polish(root: Expr, memo: dict[Expr, Expr] | None = None) -> Expr:
    """The expression with its commuting parts in a natural order.

    `memo` maps what is to stay as it is to itself; it keeps results between calls.
    """

    def step(e: Expr, children: list[Expr]) -> Expr:
        e = build.rebuild(e, children)
        if isinstance(e, Hadamard):
            return _data_first(e)
        if isinstance(e, Product):
            return _product(e)
        return _plain_first(e) if isinstance(e, Sum) else e

    return _signs(fold(root, step, memo))


def _signs(e: Expr) -> Expr:
    """-(A + B) as -A - B, at the top."""
    if isinstance(e, Product) and e.coefficient == -1 and len(e.children) == 1:
        inner = e.children[0]
        if isinstance(inner, Sum):
            return build.add(*(build.negate(t) for t in inner.terms))
    return e


def _data_first(e: Hadamard) -> Expr:
    plain = [f for f in e.factors if isinstance(f, _PLAIN)]
    other = [f for f in e.factors if not isinstance(f, _PLAIN)]
    return build.hadamard(*plain, *other) if plain and other else e


def _product(e: Product) -> Expr:
    """Constants worked out, a minus put into a difference, many transposes put outside."""
    found = _worked_out(e)
    if isinstance(found, Product) and len(found.scalars) > 1:
        found = _letters_first(found)
    if isinstance(found, Product):
        found = turned_difference(found) or found
    return _transposed(found) if isinstance(found, Product) else found


def _worked_out(e: Product) -> Expr:
    """1.4142*A/sqrt(pi) as 0.7979*A: beside an approximate number, constants are numbers."""
    if not isinstance(e.coefficient, float):
        return e
    values = {x: value for x in e.scalars if (value := _constant_value(x)) is not None}
    if not values:
        return e
    rest = [x for x in e.scalars if x not in values]
    return build.product(e.coefficient * math.prod(values.values()), rest, e.chain)


def _constant_value(x: Expr) -> float | None:
    """The value of a constant such as pi or sqrt(2*pi); None of anything else."""

    def step(e: Expr, below: list[float | None]) -> float | None:
        known = [v for v in below if v is not None]
        if isinstance(e, Number):
            return float(e.value)
        if len(known) < len(below):
            return None
        if isinstance(e, Power) and known[0] > 0:
            return float(known[0] ** known[1])
        if isinstance(e, Product) and not e.chain:
            return float(e.coefficient) * math.prod(known)
        if isinstance(e, Apply) and e.function.name == "pi":
            return math.pi
        if isinstance(e, Apply) and e.function.name == "sqrt" and known[0] >= 0:
            return math.sqrt(known[0])
        return None

    return fold(x, step) if _is_constant(x) else None


def _transposed(e: Product) -> Expr:
    """C'*B'*A'*D' as (D*A*B*C)': four transposes are too many, and one will do."""
    if len(e.chain) < MANY or not all(isinstance(f, Transpose) for f in e.chain):
        return e
    inner = build.multiply(*(build.transpose(f) for f in reversed(e.chain)))
    return build.product(e.coefficient, e.scalars, (build.transpose(inner),))


def _letters_first(e: Product) -> Expr:
    """Constants, letters and their powers before other scalars: √π σ tr(A), not tr(A) σ √π."""
    ordered = sorted(e.scalars, key=_place)
    return e if ordered == list(e.scalars) else build.product(e.coefficient, ordered, e.chain)


def _place(x: Expr) -> int:
    if isinstance(x, Power) and number_value(x.exponent) is not None:
        x = x.base
    if isinstance(x, Symbol | SizeNumber):
        return 1
    return 0 if _is_constant(x) else 2


def _is_constant(x: Expr) -> bool:
    """π, √2, √(2π): a few numbers and nothing else."""
    seen: set[Expr] = set()
    stack = [x]
    while stack:
        e = stack.pop()
        if e in seen:
            continue
        if isinstance(e, Symbol | SizeNumber) or len(seen) == FEW:
            return False
        seen.add(e)
        stack.extend(e.children)
    return True


def _plain_first(e: Sum) -> Expr:
    """A + A', B'*C*D + D'*C'*B, x*y' + y*x': the one first that has fewer transposes, or x."""
    terms = list(e.terms)
    alike: dict[tuple, list[int]] = {}
    for i, t in enumerate(terms):
        alike.setdefault(_alike(t), []).append(i)
    for places in alike.values():
        for i, j in _twins(terms, places):
            if _reading(terms[j]) < _reading(terms[i]):
                terms[i], terms[j] = terms[j], terms[i]
    terms = positive_first(terms)
    return e if tuple(terms) == e.terms else node(Sum, e.shape, tuple(terms))


def _twins(terms: list[Expr], places: list[int]) -> Iterator[tuple[int, int]]:
    """Each term with the next of these places that is its transpose."""
    for k, i in enumerate(places):
        j = next((j for j in places[k + 1 :] if mirrored(terms[i], terms[j])), None)
        if j is not None:
            yield i, j


def _alike(t: Expr) -> tuple:
    """What a term shares with its transpose, so that few have to be compared."""
    number, scalars, factors = parts_of(t)
    return number, scalars, frozenset(x for f in factors for x in _shared(f))


def _shared(f: Expr) -> Iterator[Expr]:
    """Parts of a factor that its transpose has, too."""
    while isinstance(f, Transpose | Inverse):
        f = f.argument
    for e in f.factors if isinstance(f, Hadamard) else (f,):
        if isinstance(e, Transpose):
            e = e.argument
        if _has_one_transpose(e):
            yield e


def _has_one_transpose(e: Expr) -> bool:
    """Whether no other node than e' is the transpose of e, as there is none but x' for a letter x.

    There is for products, for what goes entry by entry (X'.^2, exp(X')), and for second
    derivatives by two arguments in turn.
    """
    if isinstance(e, Apply):
        return not e.function.elementwise and not hasattr(e.function, "kind")
    return isinstance(e, Symbol | Sum | Power)


def _reading(t: Expr) -> tuple[int, tuple[str, ...]]:
    """How many factors are transposed, and the letters as they stand."""
    factors = parts_of(t)[2]
    letters = [f.argument if isinstance(f, Transpose) else f for f in factors]
    names = tuple(x.name if isinstance(x, Symbol) else "" for x in letters)
    return sum(isinstance(f, Transpose) for f in factors), names
