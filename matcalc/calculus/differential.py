"""The differential of one node in terms of the differentials of its parts.

    d(A*B) = d(A)*B + A*d(B),   d log det(M) = inv(M)' : d(M),   d f(z) = f'(z).*d(z)

Multilinear nodes differentiate each slot; a function of the library states its differential once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable

from matcalc.calculus.templates import differential_of, elementwise_derivative, instantiate
from matcalc.errors import DomainError, LimitError, NotDifferentiableError, NotSupportedError
from matcalc.expr import build
from matcalc.expr.arithmetic import WIDEST
from matcalc.expr.nodes import (
    Apply,
    Conjugate,
    Differential,
    ElementPower,
    Expr,
    Frobenius,
    Hadamard,
    Inverse,
    Kronecker,
    Power,
    Product,
    Sum,
    Symbol,
    Transpose,
    number_value,
    postorder,
)
from matcalc.expr.sizes import Shape
from matcalc.functions import lookup
from matcalc.functions.abstract import AbstractDerivative, AbstractFunction, acts_by_entries
from matcalc.functions.by_rows import Mapped
from matcalc.functions.record import Function
from matcalc.functions.stacked import unvec, vec

MAX_POWER = 1000  # the differential of X^k has k terms, and that of X*X*...*X


def moving_nodes(root: Expr, variables: Collection[Symbol]) -> dict[Expr, None]:
    """The nodes that depend on any of the variables, children first."""
    moving: dict[Expr, None] = {}
    for e in postorder(root):
        if e in variables or any(c in moving for c in e.children):
            moving[e] = None
    return moving


def from_the_top(root: Expr, moving: Collection[Expr]) -> list[Expr]:
    """The moving nodes, each before those below it, and the first of several children first.

    In this order a sweep down collects the terms for each node as a person writes them: what comes
    of f before what comes of g in f + g.
    """
    done: list[Expr] = []
    seen: set[Expr] = set()
    stack = [(root, False)]
    while stack:  # from the right, children first; then all of it backward
        e, ready = stack.pop()
        if ready:
            done.append(e)
        elif e not in seen:
            seen.add(e)
            stack.append((e, True))
            stack.extend((c, False) for c in e.children if c in moving and c not in seen)
    return done[::-1]


def local_differential(e: Expr, moving: Collection[Expr]) -> Expr:
    """d(e) as an expression linear in d(c) of those children c that are in `moving`."""
    return _RULES[type(e)](e, moving)


def _sum(e, moving) -> Expr:
    return build.add(*(build.differential(t) for t in e.terms if t in moving))


Slot = tuple[Expr, Expr | None]  # a factor and its differential, if it moves


def _slots(factors: Iterable[Expr], moving) -> list[Slot]:
    return [(f, build.differential(f) if f in moving else None) for f in factors]


def _collected(factors: Iterable[Expr], moving, power: Callable[..., Expr]) -> list[Slot]:
    """The slots of factors that commute: c·c·c is one, with the differential 3c²·dc."""
    slots: list[Slot] = []
    for f, k in Counter(factors).items():
        if k == 1:
            slots += _slots((f,), moving)
        else:
            slope = build.hadamard(k, power(f, k - 1))
            d = build.hadamard(slope, build.differential(f)) if f in moving else None
            slots.append((power(f, k), d))
    return slots


def _product_rule(slots: list[Slot], make: Callable[..., Expr]) -> Expr:
    """One term for each factor that moves.

    Of many factors the two halves are differentiated as two factors: work is not quadratic.
    """
    if len(slots) > WIDEST:
        half = len(slots) // 2
        halves = (slots[:half], slots[half:])
        slots = [
            (
                make(*(f for f, _ in part)),
                _product_rule(part, make) if any(d is not None for _, d in part) else None,
            )
            for part in halves
        ]
    factors = [f for f, _ in slots]
    terms = []
    for i, (_, d) in enumerate(slots):
        if d is not None:
            terms.append(make(*factors[:i], d, *factors[i + 1 :]))
    return build.add(*terms)


def _product(e, moving) -> Expr:
    count = sum(f in moving for f in e.chain)
    if count > MAX_POWER:
        raise LimitError(
            f"the differential of a product has a term for each of {count} factors (MAX_POWER)"
        )
    slots = [*_collected(e.scalars, moving, build.power), *_slots(e.chain, moving)]
    return build.multiply(build.number(e.coefficient), _product_rule(slots, build.multiply))


def _power(e, moving) -> Expr:
    base, exponent = e.base, e.exponent
    if not e.is_scalar:
        return _matrix_power(base, int(exponent.value))
    terms = []
    if base in moving:
        squared = _squared(base, moving) if number_value(exponent) == 2 else None
        if squared is not None:
            return squared
        less = build.power(base, build.subtract(exponent, 1))
        terms.append(build.multiply(exponent, less, build.differential(base)))
    if exponent in moving:
        terms.append(
            build.multiply(e, build.apply(lookup("log"), base), build.differential(exponent))
        )
    return build.add(*terms)


def _squared(base: Expr, moving: Collection[Expr]) -> Expr | None:
    """The differential of the square of a norm, which is smooth where the norm is not."""
    if not isinstance(base, Apply) or not getattr(base.function, "squared", None):
        return None
    if hasattr(base.function, "differentiate_square"):
        return base.function.differentiate_square(base.arguments, moving)
    if isinstance(base.function, Function) and base.function.squared:
        return instantiate(base.function.squared, base.function, base.arguments)
    return None


def _matrix_power(base: Expr, k: int) -> Expr:
    """d(X^k) = Σ X^i dX X^(k-1-i); of a negative power, -Σ X^-i dX X^-(|k|+1-i)."""
    if abs(k) > MAX_POWER:
        raise LimitError(f"the differential of the power {k} has too many terms (MAX_POWER)")
    d = build.differential(base)
    if k > 0:
        pairs = [(i, k - 1 - i) for i in range(k)]
        sign = 1
    else:
        pairs = [(-i, k - 1 + i) for i in range(1, -k + 1)]
        sign = -1
    return build.add(
        *(build.multiply(sign, build.power(base, i), d, build.power(base, j)) for i, j in pairs)
    )


def _element_power(e, moving) -> Expr:
    base, exponent = e.base, e.exponent
    terms = []
    squared = _squared(base, moving) if base in moving and number_value(exponent) == 2 else None
    if squared is not None:
        terms.append(squared)
    elif base in moving:
        less = build.element_power(base, build.subtract(exponent, 1))
        terms.append(build.hadamard(exponent, less, build.differential(base)))
    if exponent in moving:
        log = build.apply(lookup("log"), base)
        terms.append(build.hadamard(e, log, build.differential(exponent)))
    return build.add(*terms)


def _transpose(e, moving) -> Expr:
    return build.transpose(build.differential(e.argument))


def _inverse(e, moving) -> Expr:
    return build.multiply(-1, e, build.differential(e.argument), e)


def _hadamard(e, moving) -> Expr:
    return _product_rule(_collected(e.factors, moving, build.element_power), build.hadamard)


def _frobenius(e, moving) -> Expr:
    return _product_rule(_slots(e.children, moving), build.frobenius)


def _kronecker(e, moving) -> Expr:
    return _product_rule(_slots(e.factors, moving), build.kronecker)


def _apply(e, moving) -> Expr:
    f = e.function
    if hasattr(f, "differentiate"):
        return f.differentiate(e.arguments, moving)
    if isinstance(f, AbstractFunction):
        return _abstract(f, e.arguments, moving)
    if isinstance(f, AbstractDerivative):
        return _abstract_derivative(f, e.arguments, moving)
    if f.linear:
        return build.apply(f, build.differential(e.arguments[0]), *e.arguments[1:])
    if f.elementwise:
        return _elementwise(e, moving)
    return _stated(e, moving)


def _stated(e, moving) -> Expr:
    """The differential that a record states; its arguments that stand still have none."""
    f = e.function
    record = f.base if isinstance(f, Mapped) and f.base else f
    record.require_derivative(e.arguments)
    text = record.differential_of(e.arguments) or ""
    for p, a in zip(record.parameters, e.arguments, strict=True):
        if a in moving and not re.search(rf"\bd{p}\b", text):
            raise NotSupportedError(f"the derivative of {f.name} by its argument {p}")
    still = [a for a in e.arguments if a not in moving]
    return differential_of(text, f, e.arguments, still)


def _elementwise(e, moving) -> Expr:
    terms = []
    for name, argument in zip(e.function.parameters, e.arguments, strict=True):
        if argument not in moving:
            continue
        if name not in e.function.derivatives:
            raise NotDifferentiableError(
                f"{e.function.name} is not differentiable by its argument {name}"
            )
        slope = elementwise_derivative(e.function, name, e.arguments)
        terms.append(build.hadamard(slope, build.differential(argument)))
    shape = e.shape
    total = build.add(*terms) if terms else build.zeros(shape)
    return total if total.shape == shape else build.multiply(total, build.ones(shape))


def _abstract(f: AbstractFunction, arguments: tuple[Expr, ...], moving) -> Expr:
    """dφ = ∂φ/∂D : dD; of an array, vec(dF) = J*vec(dD) with its Jacobian J."""
    terms = []
    for k, a in enumerate(arguments):
        if a not in moving:
            continue
        d = build.differential(a)
        if acts_by_entries(f, arguments):
            slope = build.apply(AbstractDerivative("grad", f, (k,)), *arguments)
            terms.append(build.hadamard(slope, d))
        elif f.codomain == (1, 1):
            gradient = build.apply(AbstractDerivative("grad", f, (k,)), *arguments)
            terms.append(build.frobenius(gradient, d))
        else:
            jacobian = build.apply(AbstractDerivative("jac", f, (k,)), *arguments)
            terms.append(_by_columns(jacobian, d, f.codomain))
    return build.add(*terms)


def _abstract_derivative(f: AbstractDerivative, arguments: tuple[Expr, ...], moving) -> Expr:
    """d ∂φ/∂x = Hess φ · dx, columns stacked; so of all orders."""
    terms = []
    for k, a in enumerate(arguments):
        if a not in moving:
            continue
        hessian = build.apply(f.derivative(k), *arguments)
        if acts_by_entries(f, arguments):
            terms.append(build.hadamard(hessian, build.differential(a)))
            continue
        terms.append(_by_columns(hessian, build.differential(a), f.result_shape()))
    return build.add(*terms)


def _by_columns(matrix: Expr, d: Expr, shape: Shape) -> Expr:
    """The array of a shape whose columns, stacked, are matrix*vec(d)."""
    return unvec(build.multiply(matrix, vec(d)), shape)


def _conjugate(e, moving) -> Expr:
    return build.conjugate(build.differential(e.argument))


def _nested(e, moving) -> Expr:
    raise DomainError("the function already contains a differential")


_RULES: dict[type, Callable[..., Expr]] = {
    Sum: _sum,
    Product: _product,
    Power: _power,
    ElementPower: _element_power,
    Transpose: _transpose,
    Conjugate: _conjugate,
    Inverse: _inverse,
    Hadamard: _hadamard,
    Frobenius: _frobenius,
    Kronecker: _kronecker,
    Differential: _nested,
    Apply: _apply,
}
