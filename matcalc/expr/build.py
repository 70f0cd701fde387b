"""The constructors of expressions.

They check shapes and fold what a reader would not call a step: numbers, units, zeros, nested sums
and products, scalar factors taken out of products, a double transpose. So the same mathematics
typed twice is the same node, and what is printed parses back to it.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from matcalc.errors import DomainError, LimitError, MatcalcError, ShapeError
from matcalc.expr.nodes import (
    Apply,
    Conjugate,
    Differential,
    ElementPower,
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
    SizeNumber,
    Sum,
    Symbol,
    Transpose,
    Value,
    Zeros,
    node,
    number_value,
)
from matcalc.expr.sets import VariableSet, make_set
from matcalc.expr.sizes import AnySize, Shape, Size, multiply_sizes, shape_text

SCALAR: Shape = (1, 1)
EXACT_DIGITS = 12  # a decimal literal of more significant digits is an approximation: a float
MAX_EXPONENT = 300  # a literal of a larger exponent is a float, too
FOLD_BITS = 256  # powers of numbers up to this size are worked out


# Leaves


def symbol(name: str, of: VariableSet) -> Symbol:
    """A variable."""
    return node(Symbol, of.shape, name, of)


def stand_in(name: str, e: Expr) -> Symbol:
    """A variable that stands for e: what is known of e stays known where a set says it."""
    if e.shape[0] == e.shape[1] and e.shape != SCALAR:
        for fact, kind in (("pd", "SPD"), ("psd", "PSD"), ("symmetric", "Sym"), ("skew", "Skew")):
            if fact in e.facts:
                return symbol(name, make_set(kind, (e.shape[0],)))
    dims = () if e.is_scalar else e.shape
    return symbol(name, make_set("R+" if "positive" in e.facts else "R", dims))


def number(value: int | Fraction | float) -> Number:
    """A real number; a float of few digits is the exact decimal that it is written as."""
    if isinstance(value, float):
        if not math.isfinite(value):
            raise DomainError(f"{value} is not a number of the language")
        mantissa, _, exponent = repr(value).partition("e")
        digits = mantissa.strip("-").replace(".", "").strip("0")
        if len(digits) <= EXACT_DIGITS and abs(int(exponent or 0)) <= MAX_EXPONENT:
            value = Fraction(repr(value))
    else:
        value = Fraction(value)
        if max(abs(value.numerator), value.denominator).bit_length() > 64 * FOLD_BITS:
            raise LimitError("a number of more than 16384 bits")
    return node(Number, SCALAR, value)


def literal(text: str) -> Number:
    """The number that a decimal literal means: exact, or a float of more than 12 digits."""
    mantissa, _, exponent = text.lower().partition("e")
    digits = mantissa.replace(".", "").lstrip("0")
    if len(exponent) > 5:
        raise LimitError(f"the exponent of the number {text[:40]}... is too large")
    many = "." in mantissa and len(digits.rstrip("0")) > EXACT_DIGITS
    if many or abs(int(exponent or 0)) > MAX_EXPONENT:
        value = float(text)
        if not math.isfinite(value):
            raise LimitError(f"the number {text} is too large")
        return number(value)
    if len(digits) > 4000:
        raise LimitError("a number of more than 4000 digits")
    return number(Fraction(text))


def size_number(size: AnySize) -> Expr:
    """A size as a number: a polynomial becomes sums and products of size names."""
    if isinstance(size, int):
        return number(size)
    terms = []
    for monomial, c in size.terms:
        factors: list[Any] = [number(c)]
        for name, p in monomial:
            base = node(SizeNumber, SCALAR, _named(name))
            factors.append(power(base, p))
        terms.append(multiply(*factors))
    return add(*terms)


def _named(name: str) -> Size:
    from matcalc.expr.sizes import size_name

    return size_name(name)


def identity(n: AnySize) -> Expr:
    return number(1) if n == 1 else node(Identity, (n, n))


def zeros(shape: Shape) -> Expr:
    return number(0) if shape == SCALAR else node(Zeros, shape)


def ones(shape: Shape) -> Expr:
    return number(1) if shape == SCALAR else node(Ones, shape)


def expression(value: Any) -> Expr:
    """An expression as it is; a Python number as a Number; anything else is refused."""
    if isinstance(value, Expr):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float | Fraction):
        if hasattr(value, "item") and getattr(value, "shape", None) == ():
            return expression(value.item())
        raise MatcalcError(
            f"cannot use a {type(value).__name__} in an expression",
            hint="declare a variable and give its value when evaluating",
        )
    return number(value)


# Sums


def add(*terms: Any) -> Expr:
    """The sum. A scalar added to an array is added to every entry, as in NumPy."""
    items = [expression(t) for t in terms]
    shape = next((t.shape for t in items if t.shape != SCALAR), SCALAR)
    if shape != SCALAR:
        items = [multiply(t, ones(shape)) if t.shape == SCALAR else t for t in items]
    flat: list[Expr] = []
    for t in items:
        if t.shape != shape:
            first = next(i for i in items if i.shape == shape)
            raise ShapeError(
                f"cannot add {_brief(first)} ({shape_text(shape)})"
                f" and {_brief(t)} ({shape_text(t.shape)})"
            )
        flat.extend(t.terms if isinstance(t, Sum) else (t,))
    return _sum(flat, shape)


def _sum(terms: list[Expr], shape: Shape) -> Expr:
    kept: list[Expr] = []
    total: Value = Fraction(0)
    place = None
    for t in terms:
        if isinstance(t, Zeros):
            continue
        value = number_value(t)
        if value is None:
            kept.append(t)
        else:
            if place is None:
                place = len(kept)
            total = total + value
    if place is not None and total != 0:
        kept.insert(place, number(total))
    if not kept:
        return zeros(shape)
    return kept[0] if len(kept) == 1 else node(Sum, shape, tuple(kept))


def negate(a: Any) -> Expr:
    return multiply(-1, a)


def subtract(a: Any, b: Any) -> Expr:
    return add(a, negate(b))


# Products


def multiply(*factors: Any) -> Expr:
    """The product: scalars scale, matrices are multiplied from left to right."""
    coefficient: Value = Fraction(1)
    scalars: list[Expr] = []
    chain: list[Expr] = []

    def scale(e: Expr) -> None:
        nonlocal coefficient
        if isinstance(e, Number):
            coefficient = coefficient * e.value
        else:
            scalars.append(e)

    for item in factors:
        f = expression(item)
        if isinstance(f, Number):
            scale(f)
            continue
        parts: tuple[Expr, ...]
        if isinstance(f, Product):
            coefficient = coefficient * f.coefficient
            scalars.extend(f.scalars)
            parts = f.chain
            if f.is_scalar:
                if parts:
                    scale(_pure_chain(parts))
                continue
        elif f.is_scalar:
            scalars.append(f)
            continue
        else:
            parts = (f,)
        if chain and chain[-1].shape[1] != parts[0].shape[0]:
            # The chain so far may be a scalar, which scales what follows.
            if _chain_shape(chain) == SCALAR:
                scale(_pure_chain(tuple(chain)))
                chain = []
            else:
                left = _pure_chain(tuple(chain))
                raise ShapeError(
                    f"cannot multiply {_brief(left)} ({shape_text(left.shape)})"
                    f" and {_brief(f)} ({shape_text(f.shape)})"
                )
        chain.extend(parts)
        if len(chain) > 1 and _chain_shape(chain) == SCALAR:
            scale(_pure_chain(tuple(chain)))
            chain = []
    return product(coefficient, scalars, chain)


def product(coefficient: Value, scalars: list[Expr] | tuple, chain: list[Expr] | tuple) -> Expr:
    """A product of parts that fit: a number, scalars without numbers, a chain without products."""
    shape = _chain_shape(chain) if chain else SCALAR
    if coefficient == 0 or any(isinstance(c, Zeros) for c in chain):
        return zeros(shape)
    if len(chain) > 1:
        kept = [c for c in chain if not isinstance(c, Identity)]
        chain = kept or [chain[0]]
    parts = _denominators_last(scalars)
    if chain and shape == SCALAR and parts:
        parts = _denominators_last([*parts, _pure_chain(tuple(chain))])
        chain = ()
    if coefficient == 1 and len(parts) + len(chain) == 1:
        return (*parts, *chain)[0]
    if not parts and not chain:
        return number(coefficient)
    if len(parts) == 1 and not chain and isinstance(parts[0], Product):
        return node(Product, SCALAR, coefficient, (), parts[0].chain)  # a 1×1 chain
    return node(Product, shape, coefficient, tuple(parts), tuple(chain))


def _denominators_last(scalars) -> list[Expr]:
    return [s for s in scalars if not is_denominator(s)] + [s for s in scalars if is_denominator(s)]


def is_denominator(e: Expr) -> bool:
    """Whether a factor is printed below the fraction bar: a negative number as exponent."""
    if isinstance(e, Power | ElementPower):
        value = number_value(e.exponent)
        return value is not None and value < 0
    return False


def _chain_shape(chain) -> Shape:
    return chain[0].shape[0], chain[-1].shape[1]


def _pure_chain(chain: tuple[Expr, ...]) -> Expr:
    return chain[0] if len(chain) == 1 else product(Fraction(1), (), chain)


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
    """base^exponent: an integer power of a square matrix, any power of a scalar."""
    base, exponent = expression(base), expression(exponent)
    if not exponent.is_scalar:
        raise ShapeError(
            f"the exponent {_brief(exponent)} is {shape_text(exponent.shape)}, not a scalar",
            hint="write .^ for entrywise powers",
        )
    p = number_value(exponent)
    if not base.is_scalar:
        require_square(base, "raise to a power")
        if p is None or p != int(p):
            raise DomainError(
                f"the exponent {_brief(exponent)} of a matrix is not an integer",
                hint="write .^ for entrywise powers, sqrtm(X) for the square root of a matrix",
            )
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
    if p == int(p):
        bits = max(abs(value.numerator), value.denominator).bit_length()
        if bits * abs(int(p)) <= FOLD_BITS:
            return number(value ** int(p))
    return None


def _float_power(value: float, p: float) -> Expr | None:
    """An approximate number to a power, where that is a number."""
    if value < 0 and p != int(p):
        return None
    try:
        result = value**p
    except OverflowError:
        return None
    return number(result) if math.isfinite(result) and result else None


def _reciprocal(a: Product) -> Expr:
    """1/a of a product of scalars: each factor's own."""
    if a.chain:  # a number times a 1×1 chain
        one = node(Power, SCALAR, _pure_chain(a.chain), number(-1))
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
            f"cannot raise {_brief(base)} ({shape_text(base.shape)}) entrywise"
            f" to {_brief(exponent)} ({shape_text(shape)})"
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


# Transposes


def transpose(a: Any) -> Expr:
    """The transpose; of a scalar, the scalar."""
    a = expression(a)
    if a.is_scalar or isinstance(a, Identity):
        return a
    if isinstance(a, Transpose):
        return a.argument
    if isinstance(a, Ones):
        return ones(a.shape[::-1])
    if isinstance(a, Zeros):
        return zeros(a.shape[::-1])
    if isinstance(a, Product) and (a.coefficient != 1 or a.scalars):
        inner = transpose(_pure_chain(a.chain))
        return multiply(number(a.coefficient), *a.scalars, inner)
    return node(Transpose, a.shape[::-1], a)


def conjugate(a: Any) -> Expr:
    """The complex conjugate; a real expression is its own."""
    a = expression(a)
    if "complex" not in a.facts:
        return a
    if isinstance(a, Conjugate):
        return a.argument
    if isinstance(a, Transpose):
        return transpose(conjugate(a.argument))
    return node(Conjugate, a.shape, a)


# Entrywise, Frobenius and Kronecker products


def hadamard(*factors: Any) -> Expr:
    """The entrywise product; a scalar scales."""
    coefficient: Value = Fraction(1)
    scalars: list[Expr] = []
    arrays: list[Expr] = []
    items = [expression(f) for f in factors]
    shape = next((f.shape for f in items if not f.is_scalar), SCALAR)
    if shape == SCALAR:
        return multiply(*items)
    for f in items:
        if f.is_scalar:
            c, s, rest = scalar_parts(f)
            coefficient = coefficient * c
            scalars += s if rest is None else [*s, rest]
            continue
        if f.shape != shape:
            first = next(i for i in items if i.shape == shape)
            raise ShapeError(
                f"cannot multiply {_brief(first)} ({shape_text(shape)})"
                f" and {_brief(f)} ({shape_text(f.shape)}) entrywise"
            )
        c, s, rest = scalar_parts(f)
        coefficient = coefficient * c
        scalars += s
        if isinstance(rest, Zeros):
            return rest
        if rest is not None and not isinstance(rest, Ones):
            arrays.extend(rest.factors if isinstance(rest, Hadamard) else (rest,))
    if not arrays:
        return product(coefficient, scalars, (ones(shape),))
    arrays = _denominators_last(arrays)
    if len(arrays) == 1:
        return multiply(number(coefficient), *scalars, arrays[0])
    return product(coefficient, scalars, (node(Hadamard, shape, tuple(arrays)),))


def scalar_parts(e: Expr) -> tuple[Value, list[Expr], Expr | None]:
    """e as number · scalars · rest, where rest is an array (or a 1×1 chain, or None)."""
    if isinstance(e, Product):
        rest = _pure_chain(e.chain) if e.chain else None
        return e.coefficient, list(e.scalars), rest
    if isinstance(e, Number):
        return e.value, [], None
    if e.is_scalar:
        return Fraction(1), [e], None
    return Fraction(1), [], e


def frobenius(a: Any, b: Any) -> Expr:
    """a : b = tr(a' b) of two arrays of one shape; numbers and scalars stand in front."""
    a, b = expression(a), expression(b)
    if a.shape != b.shape:
        raise ShapeError(
            f"cannot take the Frobenius product of {_brief(a)} ({shape_text(a.shape)})"
            f" and {_brief(b)} ({shape_text(b.shape)})"
        )
    if a.is_scalar:
        return multiply(a, b)
    c, s, left = scalar_parts(a)
    d, t, right = scalar_parts(b)
    if isinstance(left, Zeros) or isinstance(right, Zeros) or c == 0 or d == 0:
        return number(0)
    return product(c * d, [*s, *t, node(Frobenius, SCALAR, left, right)], ())


def kronecker(*factors: Any) -> Expr:
    """The Kronecker product; numbers and scalars stand in front."""
    coefficient: Value = Fraction(1)
    scalars: list[Expr] = []
    arrays: list[Expr] = []
    for item in factors:
        c, s, rest = scalar_parts(expression(item))
        coefficient = coefficient * c
        if rest is not None and rest.is_scalar:
            s, rest = [*s, rest], None
        scalars += s
        if rest is not None:
            arrays.extend(rest.factors if isinstance(rest, Kronecker) else (rest,))
    shape: Shape = SCALAR
    for a in arrays:
        shape = multiply_sizes(shape[0], a.shape[0]), multiply_sizes(shape[1], a.shape[1])
    if any(isinstance(a, Zeros) for a in arrays) or coefficient == 0:
        return zeros(shape)
    if len(arrays) > 1:
        arrays = [node(Kronecker, shape, tuple(arrays))]
    return multiply(number(coefficient), *scalars, *arrays)


# Differentials and functions


def differential(a: Any) -> Expr:
    """d(a), as a node; numbers have none."""
    a = expression(a)
    if isinstance(a, Number | Identity | Ones | Zeros | SizeNumber):
        return zeros(a.shape)
    return node(Differential, a.shape, a)


def apply(function: Any, *arguments: Any) -> Expr:
    """function(arguments), after the function's own checks of number, shape and domain."""
    items = tuple(expression(a) for a in arguments)
    return function.build(items)


def apply_node(function: Any, arguments: tuple[Expr, ...], shape: Shape) -> Apply:
    """The bare node: for `build` methods of functions, which have checked."""
    return node(Apply, shape, function, arguments)


def require_square(a: Expr, verb: str) -> None:
    """DomainError unless a is square."""
    if a.shape[0] != a.shape[1]:
        raise DomainError(
            f"cannot {verb} {_brief(a)}: it is {shape_text(a.shape)}, not square"
        )


def _brief(e: Expr) -> str:
    """The expression in a message: whole if short."""
    text = str(e)
    return text if len(text) <= 40 else text[:37] + "..."


def rebuild(e: Expr, children: list[Expr] | tuple[Expr, ...]) -> Expr:
    """The node with other children, through the constructors; the node itself if none changed."""
    if tuple(children) == e.children:
        return e
    return _REBUILD[type(e)](e, children)


def _rebuild_product(e: Product, children) -> Expr:
    k = len(e.scalars)
    return multiply(number(e.coefficient), *children[:k], *children[k:])


_REBUILD: dict[type, Any] = {
    Sum: lambda e, c: add(*c),
    Product: _rebuild_product,
    Power: lambda e, c: power(*c),
    ElementPower: lambda e, c: element_power(*c),
    Transpose: lambda e, c: transpose(c[0]),
    Conjugate: lambda e, c: conjugate(c[0]),
    Inverse: lambda e, c: inverse(c[0]),
    Hadamard: lambda e, c: hadamard(*c),
    Frobenius: lambda e, c: frobenius(*c),
    Kronecker: lambda e, c: kronecker(*c),
    Differential: lambda e, c: differential(c[0]),
    Apply: lambda e, c: apply(e.function, *c),
}
