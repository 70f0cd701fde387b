"""Sums, products, powers and inverses."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from operator import add as plus
from operator import mul as times
from typing import Any

from matcalc.errors import DomainError, ShapeError
from matcalc.expr.leaves import (
    FOLD_BITS,
    SCALAR,
    combine,
    expression,
    identity,
    number,
    ones,
    plain,
    zeros,
)
from matcalc.expr.nodes import (
    ONE,
    ElementPower,
    Expr,
    Identity,
    Inverse,
    Number,
    Ones,
    Power,
    Product,
    SizeNumber,
    Sum,
    Value,
    Zeros,
    hooks,
    node,
    number_value,
)
from matcalc.expr.refusals import brief, no_power
from matcalc.expr.sizes import AnySize, Shape, shape_text, size_name

WIDEST = 16  # parts of a sum or product that are opened inside another one

# Nested sums and products


def is_wide(e: Expr) -> bool:
    """Whether a sum or product has so many parts that it stays one part inside another.

    So a value that is used over and over, e -> e.*f(e), has no more parts at the end than it has
    distinct nodes; opened at every use it would have exponentially many.
    """
    return len(e.children) > WIDEST


def joined(
    groups: Sequence[Sequence[Expr]], close: Callable[[tuple[Expr, ...]], Expr]
) -> list[Expr]:
    """The parts of nested sums or products in one list; a wide one stays closed beside others."""
    filled = [g for g in groups if g]
    if len(filled) == 1:
        return list(filled[0])
    flat: list[Expr] = []
    for g in filled:
        if len(g) > WIDEST:
            flat.append(close(tuple(g)))
        else:
            flat.extend(g)
    return flat


def scalar_factor(scalars: Sequence[Expr]) -> Expr:
    """Scalar factors as one."""
    return product(ONE, scalars, ())


# Sums


def add(*terms: Any) -> Expr:
    """The sum. A scalar added to an array is added to every entry, as in NumPy."""
    items = [expression(t) for t in terms]
    shape = next((t.shape for t in items if t.shape != SCALAR), SCALAR)
    if shape != SCALAR:
        items = [multiply(t, ones(shape)) if t.shape == SCALAR else t for t in items]
    groups: list[tuple[Expr, ...]] = []
    for t in items:
        if t.shape != shape:
            first = next(i for i in items if i.shape == shape)
            raise ShapeError(
                f"cannot add {brief(first)} ({shape_text(shape)})"
                f" and {brief(t)} ({shape_text(t.shape)})"
            )
        if isinstance(t, Sum):
            groups.append(t.terms)
        elif not isinstance(t, Zeros) and number_value(t) != 0:
            groups.append((t,))
    return _sum(joined(groups, lambda terms: node(Sum, shape, terms)), shape)


def _sum(terms: list[Expr], shape: Shape) -> Expr:
    kept: list[Expr] = []
    total: Value = Fraction(0)
    place = None
    constants: dict[Expr, tuple[int, Value]] = {}  # multiples of ones and of the identity
    for t in terms:
        value = number_value(t)
        if value is not None:
            if place is None:
                place = len(kept)
            total = combine(plus, total, value)
            continue
        unit, count = _constant(t)
        if unit is None or unit not in constants:
            if unit is not None:
                constants[unit] = len(kept), count
            kept.append(t)
            continue
        k, before = constants[unit]
        constants[unit] = k, combine(plus, before, count)
        kept[k] = product(constants[unit][1], (), (unit,))
    if place is not None and total != 0:
        kept.insert(place, number(total))
    if constants:
        kept = [t for t in kept if not isinstance(t, Zeros)]
    if not kept:
        return zeros(shape)
    return kept[0] if len(kept) == 1 else node(Sum, shape, tuple(kept))


def _constant(t: Expr) -> tuple[Expr | None, Value]:
    """Ones or an identity, and how many of it; None of any other term."""
    if isinstance(t, Ones | Identity):
        return t, ONE
    if isinstance(t, Product) and not t.scalars and len(t.chain) == 1:
        unit = t.chain[0]
        if isinstance(unit, Ones | Identity):
            return unit, t.coefficient
    return None, Fraction(0)


def negate(a: Any) -> Expr:
    return multiply(-1, a)


def subtract(a: Any, b: Any) -> Expr:
    return add(a, negate(b))


# Products


def multiply(*factors: Any) -> Expr:
    """The product: scalars scale, matrices are multiplied from left to right."""
    coefficient: Value = ONE
    scalars: list[Sequence[Expr]] = []  # by the factor that they come from, and so the chain
    chain: list[tuple[Expr, ...]] = []

    def scale(parts: tuple[Expr, ...]) -> None:
        nonlocal coefficient
        e = pure_chain(parts)
        if isinstance(e, Number):
            coefficient = combine(times, coefficient, e.value)
        else:
            scalars.append((e,))

    for item in factors:
        f = expression(item)
        parts: tuple[Expr, ...] = (f,)
        if isinstance(f, Product):
            coefficient = combine(times, coefficient, f.coefficient)
            scalars.append(f.scalars)
            parts = f.chain
        if f.is_scalar:
            if parts:
                scale(parts)
            continue
        if chain and chain[-1][-1].shape[1] != parts[0].shape[0]:
            # The chain so far may be a scalar, which scales what follows.
            left = _chain(chain)
            if _chain_shape(left) != SCALAR:
                whole = pure_chain(left)
                raise ShapeError(
                    f"cannot multiply {brief(whole)} ({shape_text(whole.shape)})"
                    f" and {brief(f)} ({shape_text(f.shape)})"
                )
            scale(left)
            chain = []
        chain.append(parts)
        if (chain[0][0].shape[0], parts[-1].shape[1]) == SCALAR:
            scale(_chain(chain))
            chain = []
    return product(coefficient, joined(scalars, scalar_factor), _chain(chain))


def _chain(groups: list[tuple[Expr, ...]]) -> tuple[Expr, ...]:
    return tuple(joined(groups, pure_chain))


def product(coefficient: Value, scalars: Sequence[Expr], chain: Sequence[Expr]) -> Expr:
    """A product of parts that fit: a number, scalars without numbers, a chain.

    Only wide products may be among the parts, and 1×1 chains among the scalars; a lone wide one is
    opened.
    """
    inner = chain[0] if len(chain) == 1 else None
    if isinstance(inner, Product):
        coefficient = combine(times, coefficient, inner.coefficient)
        scalars = joined((scalars, inner.scalars), scalar_factor)
        chain = inner.chain
    if len(scalars) == 1 and isinstance(scalars[0], Product) and not scalars[0].chain:
        coefficient = combine(times, coefficient, scalars[0].coefficient)
        scalars = scalars[0].scalars
    shape = _chain_shape(chain) if chain else SCALAR
    if isinstance(coefficient, float) or coefficient.numerator.bit_length() > 64:
        coefficient = number(coefficient).value
    if coefficient == 0 or any(isinstance(c, Zeros) for c in chain):
        return zeros(shape)
    if len(chain) > 1:
        kept = [c for c in chain if not isinstance(c, Identity)]
        chain = kept or [chain[0]]
    if len(chain) > WIDEST + 1 and _has_scalar_beginning(chain):
        chain = (chain[0], pure_chain(tuple(chain[1:])))  # as it is written
    parts = denominators_last(scalars)
    if chain and shape == SCALAR and parts:
        parts = denominators_last([*parts, pure_chain(tuple(chain))])
        chain = ()
    if coefficient == 1 and len(parts) + len(chain) == 1:
        return (*parts, *chain)[0]
    if not parts and not chain:
        return number(coefficient)
    if len(parts) == 1 and not chain and isinstance(parts[0], Product):
        return node(Product, SCALAR, coefficient, (), parts[0].chain)  # a 1×1 chain
    return node(Product, shape, coefficient, tuple(parts), tuple(chain))


def _has_scalar_beginning(chain: Sequence[Expr]) -> bool:
    """Whether a chain is written x'*(A*y*...), as x'*A*y alone would be a scalar."""
    return chain[0].shape[0] == 1 and any(c.shape[1] == 1 for c in chain[1:-1])


def is_negative(value: Value) -> bool:
    return (value.numerator if isinstance(value, Fraction) else value) < 0


def denominators_last(scalars) -> list[Expr]:
    return sorted(scalars, key=is_denominator)


def is_denominator(e: Expr) -> bool:
    """Whether a factor is printed below the fraction bar: a negative number as exponent."""
    if type(e) is ElementPower or (type(e) is Power and e.shape == SCALAR):
        value = number_value(e.fields[1])
        return value is not None and is_negative(value)
    return False


def _chain_shape(chain) -> Shape:
    return chain[0].shape[0], chain[-1].shape[1]


def pure_chain(chain: tuple[Expr, ...]) -> Expr:
    return chain[0] if len(chain) == 1 else product(ONE, (), chain)


def divide(a: Any, b: Any) -> Expr:
    """a/b: times the reciprocal of a scalar, times the inverse of a matrix from the right."""
    return multiply(a, inverse(b))


def solve(a: Any, b: Any) -> Expr:
    r"""a\b: the inverse of a, times b."""
    return multiply(inverse(a), b)


# Powers and inverses


def inverse(a: Any) -> Expr:
    """The inverse of a square matrix; the reciprocal of a scalar."""
    a = expression(a)
    if a.is_scalar:
        return power(a, -1)
    require_square(a, "invert")
    if isinstance(a, Identity):
        return a
    if isinstance(a, Inverse):
        return a.argument
    if isinstance(a, Power) and number_value(a.exponent) is not None:
        return power(a.base, -a.exponent.value)
    return node(Inverse, a.shape, a)


def power(base: Any, exponent: Any) -> Expr:
    """base^exponent: an integer power of a square matrix, any of a scalar and of a definite one."""
    base, exponent = expression(base), expression(exponent)
    if not exponent.is_scalar:
        raise ShapeError(
            f"the exponent {brief(exponent)} is {shape_text(exponent.shape)}, not a scalar",
            hint="write .^ for entrywise powers, exp(X) or expm(X) for those of the number e",
        )
    p = number_value(exponent)
    if not base.is_scalar:
        if base.shape[0] != base.shape[1]:
            raise DomainError(
                f"cannot raise {brief(base)} to a power:"
                f" it is {shape_text(base.shape)}, not square",
                hint="write .^ for the powers of the entries",
            )
        if p is None or p != int(p):
            if "pd" in base.facts and "real power" in hooks:
                return hooks["real power"](base, exponent)
            raise no_power(exponent)
        if p == 0:
            return identity(base.shape[0])
        if p == -1:
            return inverse(base)
        if p == 1 or isinstance(base, Identity):
            return base
        if isinstance(base, Inverse):
            return power(base.argument, -p)
        return node(Power, base.shape, base, number(p))
    if p is not None:
        folded = _number_power(base, p)
        if folded is not None:
            return folded
        if p == -1 and isinstance(base, Product):
            return _reciprocal(base)
        if p == -1 and isinstance(base, Power) and number_value(base.exponent) is not None:
            return power(base.base, -base.exponent.value)
    return node(Power, SCALAR, base, exponent)


def _number_power(base: Expr, p: Value) -> Expr | None:
    """base^p where it is worked out at once."""
    if p == 0:
        return number(1)
    if p == 1:
        return base
    value = number_value(base)
    if value is None:
        return None
    if value == 0 and p < 0:
        raise DomainError("division by zero")
    if value in (0, 1):
        return base
    if isinstance(value, float):
        return _float_power(value, float(p))
    if isinstance(p, Fraction) and p.denominator in (2, 3) and value > 0:
        root = _exact_root(value, p.denominator)
        return None if root is None else power(number(root), p.numerator)
    if p == int(p):
        bits = max(abs(value.numerator), value.denominator).bit_length()
        if p == -1 or bits * abs(int(p)) <= FOLD_BITS:
            return number(value ** int(p))
    return None


def _exact_root(value: Fraction, k: int) -> Fraction | None:
    """The rational square or cube root of a positive rational, if it has one."""
    roots = []
    for n in (value.numerator, value.denominator):
        if n.bit_length() > FOLD_BITS:
            return None
        r = math.isqrt(n) if k == 2 else round(n ** (1 / k))
        if r**k != n:
            return None
        roots.append(r)
    return Fraction(*roots)


def _float_power(value: float, p: float) -> Expr | None:
    """An approximate number to a power, where that is a number."""
    if value < 0 and p != int(p):
        return None
    try:
        result = value**p
    except OverflowError:
        return None
    return number(plain(result)) if math.isfinite(result) and result else None


def _reciprocal(a: Product) -> Expr:
    """1/a of a product of scalars: each factor's own."""
    if a.chain:  # a number times a 1×1 chain
        one = node(Power, SCALAR, pure_chain(a.chain), number(-1))
        return product(_inverted(a.coefficient), [one], ())
    parts = [power(s, -1) for s in a.scalars]
    return multiply(number(_inverted(a.coefficient)), *parts)


def _inverted(value: Value) -> Value:
    return 1 / value


def element_power(base: Any, exponent: Any) -> Expr:
    """base.^exponent, entry by entry; a scalar on either side goes with every entry."""
    base, exponent = expression(base), expression(exponent)
    if base.is_scalar and exponent.is_scalar:
        return power(base, exponent)
    shape = base.shape if exponent.is_scalar else exponent.shape
    if base.shape != shape and not base.is_scalar:
        raise ShapeError(
            f"cannot raise {brief(base)} ({shape_text(base.shape)}) entrywise"
            f" to {brief(exponent)} ({shape_text(shape)})"
        )
    p = number_value(exponent)
    if isinstance(base, Ones) or p == 0:
        return ones(shape)
    if p == 1:
        return base
    if p is not None and p < 0 and isinstance(base, Zeros):
        raise DomainError("division by zero")
    if p == -1 and isinstance(base, ElementPower) and number_value(base.exponent) is not None:
        return element_power(base.base, -base.exponent.value)
    return node(ElementPower, shape, base, exponent)


def size_number(size: AnySize) -> Expr:
    """A size as a number: a polynomial becomes sums and products of size names."""
    if isinstance(size, int):
        return number(size)
    terms = []
    for monomial, c in size.terms:
        factors: list[Any] = [number(c)]
        for name, p in monomial:
            base = node(SizeNumber, SCALAR, size_name(name))
            factors.append(power(base, p))
        terms.append(multiply(*factors))
    return add(*terms)


def require_square(a: Expr, verb: str) -> None:
    """DomainError unless a is square."""
    if a.shape[0] != a.shape[1]:
        raise DomainError(f"cannot {verb} {brief(a)}: it is {shape_text(a.shape)}, not square")
