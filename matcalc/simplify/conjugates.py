"""Conjugates: pushed into products, taken out of inverses and of functions; moduli and parts.

A conj(S) of a Hermitian S is S', so that S^H is S. The conjugate of a 1×1 chain is its conjugate
transpose: conj(x^H*A*y) is y^H*A^H*x.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING

from matcalc.derivation.rule import Rule
from matcalc.expr import build
from matcalc.expr.hermitian import conjugate_terms, is_complex
from matcalc.expr.nodes import (
    ONE,
    Apply,
    Conjugate,
    ElementPower,
    Expr,
    Frobenius,
    Hadamard,
    Kronecker,
    Power,
    Product,
    Sum,
    Transpose,
    Value,
    number_value,
)
from matcalc.functions import lookup
from matcalc.functions.record import Function
from matcalc.simplify import identities_complex as rules

if TYPE_CHECKING:
    from matcalc.simplify.normal_form import Simplifier


def conjugate(s: Simplifier, a: Expr) -> Expr:
    """The conjugate of an expression in normal form, in normal form."""
    if not is_complex(a):
        return a
    if isinstance(a, Conjugate):
        return a.argument
    if "hermitian" in a.facts:
        s.note(rules.HERMITIAN)
        return s.transpose(a)
    if isinstance(a, Transpose):
        return s.transpose(conjugate(s, a.argument))
    if isinstance(a, Product):
        return _of_product(s, a)
    if isinstance(a, Hadamard):
        return s.hadamard([conjugate(s, f) for f in a.factors])
    if isinstance(a, Kronecker):
        return s.kronecker([conjugate(s, f) for f in a.factors])
    if isinstance(a, Frobenius):
        return s.frobenius(conjugate(s, a.left), conjugate(s, a.right))
    if isinstance(a, Power | ElementPower) and _is_whole(a.exponent):
        power = s.power if isinstance(a, Power) else s.element_power
        return power(conjugate(s, a.base), a.exponent)
    if isinstance(a, Sum) and s.searches(a.children):
        pushed = s.trial(lambda: _pushed(s, a))
        if pushed is not None:
            return pushed
    if isinstance(a, Apply) and _is_linear(a) and not a.is_scalar:
        return s.apply(a.function, (conjugate(s, a.arguments[0]), *a.arguments[1:]))
    return build.conjugate(a)


def _of_product(s: Simplifier, a: Product) -> Expr:
    scalars = [conjugate(s, x) for x in a.scalars]
    if a.is_scalar and a.chain:
        s.note(rules.CONJUGATE_INNER)
        chain = [s.transpose(conjugate(s, f)) for f in reversed(a.chain)]
    else:
        if len(a.children) > 1:
            s.note(rules.CONJUGATE_PRODUCT)
        chain = [conjugate(s, f) for f in a.chain]
    return s.product(a.coefficient, scalars, chain)


def turned(piece: list[Expr], s: Simplifier) -> list[Expr]:
    """A 1×1 chain or its transpose, whichever has fewer transposes and conjugates."""
    if not any(map(is_complex, piece)):
        return piece
    flipped = [s.transpose(f) for f in reversed(piece)]
    return flipped if sum(map(s.cost, flipped)) < sum(map(s.cost, piece)) else piece


def _pushed(s: Simplifier, a: Sum) -> Expr | None:
    """Term by term, where that needs fewer conjugates than one outside."""
    pushed = s.add([conjugate(s, t) for t in a.terms])
    s.note(rules.CONJUGATE_SUM)
    return pushed if s.cost(pushed) < s.cost(a) + 1 else None


def _is_whole(exponent: Expr) -> bool:
    p = number_value(exponent)
    return p is not None and p == int(p)


def _is_linear(a: Apply) -> bool:
    return isinstance(a.function, Function) and a.function.linear


def inverse(s: Simplifier, a: Expr) -> Expr:
    """The inverse of a unitary matrix, and of a conjugate."""
    if "unitary" in a.facts:
        s.note(rules.UNITARY_INVERSE)
        return s.transpose(conjugate(s, a))
    s.note(rules.CONJUGATE_INVERSE)
    return conjugate(s, s.inverse(conjugate(s, a)))


def function(s: Simplifier, f: object, items: tuple[Expr, ...]) -> Expr | None:
    """f(conj(z)) as conj(f(z)), of numbers, and entry by entry."""
    if len(items) != 1 or not isinstance(f, Function) or not is_complex(items[0]):
        return None
    (a,) = items
    barred = isinstance(a, Conjugate) or (
        isinstance(a, Transpose) and isinstance(a.argument, Conjugate) and f.name in INVARIANT
    )
    if not barred:
        return None
    inner = conjugate(s, a.argument if isinstance(a, Transpose) else a)
    if f.is_real_valued and f.name in SYMMETRIC:
        s.note(rules.CONJUGATE_FUNCTION)
        return s.apply(f, (inner,))
    if f.elementwise or ((f.holomorphic or f.linear) and f.name in INVARIANT):
        s.note(rules.CONJUGATE_FUNCTION)
        return conjugate(s, s.apply(f, (inner,)))
    return None


INVARIANT = frozenset({"tr", "det", "logdet", "norm2", "norm1"})  # the same of the transpose
SYMMETRIC = frozenset({"abs", "norm2", "norm1"})  # the same of the conjugate


# Factors that commute, as in `powers`


def units(exponents: dict[Expr, Value], used: Callable[[Rule], None]) -> Value:
    """The powers of the imaginary unit but for the first, taken out as a sign, in place."""
    unit = next((b for b in exponents if "imaginary" in b.facts and isinstance(b, Apply)), None)
    if unit is None or exponents[unit] != int(exponents[unit]):
        return ONE
    p = int(exponents[unit]) % 4
    if p == 1 and exponents[unit] == 1:
        return ONE
    used(rules.IMAGINARY_UNIT)
    del exponents[unit]
    if p % 2:
        exponents[unit] = ONE
    return ONE if p in (0, 1) else -ONE


def moduli(
    exponents: dict[Expr, Value],
    key: Callable[[Expr], object],
    power: Callable[[Expr, object], Expr],
    used: Callable[[Rule], None],
) -> None:
    """conj(z)*z as abs(z)^2, and abs(z)^2/z as conj(z), in place."""
    keys = {key(b): b for b in exponents if is_complex(b)}
    for z in list(keys.values()):
        if z not in exponents:
            continue
        barred = keys.get(key(adjoint_of(z)))
        modulus = build.apply(lookup("abs"), build.conjugate(z) if isinstance(z, Conjugate) else z)
        if barred in exponents and barred is not z:
            k = _common(exponents[z], exponents[barred])
            if k:
                _shift(exponents, {z: -k, barred: -k, modulus: 2 * k})
                used(rules.MODULUS)
        elif modulus in exponents:
            k = _common(-exponents[z], exponents[modulus] / 2)
            if k:
                _shift(exponents, {modulus: -2 * k, z: k, adjoint_of(z): k})
                used(rules.MODULUS)


def _common(p: Value, q: Value) -> Value:
    """What two exponents have in common: the smaller one, if they have one sign; else 0."""
    k = min(p, q) if p > 0 else max(p, q)
    return k if p * q > 0 and k == int(k) else Fraction(0)


def adjoint_of(z: Expr) -> Expr:
    """The conjugate, of a 1×1 chain factor by factor."""
    if z.is_scalar and isinstance(z, Product) and z.chain and not z.scalars:
        turned = (build.transpose(build.conjugate(f)) for f in reversed(z.chain))
        return build.multiply(build.number(z.coefficient), *turned)
    return build.conjugate(z)


def _shift(exponents: dict[Expr, Value], changes: dict[Expr, Value]) -> None:
    for base, change in changes.items():
        exponents[base] = exponents.get(base, Fraction(0)) + change
        if exponents[base] == 0:
            del exponents[base]


# Terms of a sum


def parts(terms: list[Expr], s: Simplifier) -> list[Expr]:
    """z + conj(z) as 2*re(z) and z - conj(z) as 2i*im(z)."""
    if not any(map(is_complex, terms)):
        return terms
    rest, done = list(terms), []
    while rest:
        t = rest.pop(0)
        made = _paired(t, rest, s) if is_complex(t) else None
        done.append(t if made is None else made)
    return done


def _paired(t: Expr, rest: list[Expr], s: Simplifier) -> Expr | None:
    for k, u in enumerate(rest):
        for other, name, rule in (
            (u, "re", rules.REAL_PART),
            (build.negate(u), "im", rules.IMAGINARY_PART),
        ):
            if conjugate_terms(t, other):
                rest.pop(k)
                s.note(rule)
                number, scalars, inner = build.scalar_parts(t)
                real = [x for x in scalars if not is_complex(x)]
                z = build.multiply(
                    *(x for x in scalars if is_complex(x)), *([inner] if inner is not None else [])
                )
                if isinstance(z, Conjugate):
                    z, number = z.argument, number if name == "re" else -number
                unit = [build.apply(lookup("1i"))] if name == "im" else []
                return build.multiply(2 * number, *unit, *real, build.apply(lookup(name), z))
    return None
