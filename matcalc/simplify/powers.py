"""Products of commuting factors, collected by base: c·c² = c³, eᶻ/(1 + eᶻ) = σ(z).

The same rules serve scalar factors and the factors of Hadamard products: a factor is a pair of
base and number exponent, and `Kind` says how the two are put together again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from matcalc.derivation.rule import Rule
from matcalc.expr import build
from matcalc.expr.hermitian import is_complex, is_gram
from matcalc.expr.mirrors import is_palindrome
from matcalc.expr.nodes import (
    ONE,
    Apply,
    ElementPower,
    Expr,
    Frobenius,
    Identity,
    Number,
    Ones,
    Power,
    Product,
    Sum,
    Transpose,
    Value,
    is_call,
    number_value,
)
from matcalc.functions import lookup
from matcalc.functions.stacked import vec
from matcalc.simplify import conjugates, rules
from matcalc.simplify.terms import scalar_key

Used = Callable[[Rule], None]
Exponents = dict[Expr, Value]
ZERO = Fraction(0)


@dataclass(frozen=True)
class Kind:
    """Scalar or entrywise powers: the node class, its constructor and the rule's name."""

    node: type
    power: Callable[[Expr, object], Expr]
    rule: Rule


def entry_power(base: Expr, exponent: object) -> Expr:
    """base.^exponent, of stacked columns below the stacking: vec(A.^2)."""
    if is_call(base, "vec"):
        return vec(build.element_power(base.arguments[0], exponent))
    return build.element_power(base, exponent)


SCALAR = Kind(Power, build.power, rules.SCALAR_POWERS)
ENTRYWISE = Kind(ElementPower, entry_power, rules.ENTRYWISE_POWERS)


def base_and_exponent(e: Expr, kind: Kind) -> tuple[Expr, Value]:
    """e as base^number."""
    if isinstance(e, Power | ElementPower) and isinstance(e, kind.node):
        value = number_value(e.exponent)
        if value is not None:
            return e.base, value
    return e, ONE


def collect(factors: list[Expr], kind: Kind, used: Used) -> list[Expr]:
    """The factors with equal bases put together and known quotients recognised."""
    exponents: Exponents = {}
    for f in _symbolic(factors, kind, used):
        base, p = base_and_exponent(f, kind) if type(f) is kind.node else (f, ONE)
        if _is_root(base) and p == int(p) and (p % 2 == 0 or base in exponents):
            total = exponents.pop(base, Fraction(0)) + p
            if total % 2 == 0:
                used(rules.SQRT_SQUARE)
                base, p = base.children[0], total / 2
            else:
                p = total
        if base in exponents:
            used(kind.rule)
            p = exponents[base] + p
        exponents[base] = p
    if len(exponents) > 1:
        _roots(exponents, used)
    _quotients(exponents, used)
    sign: Value = ONE
    if any("complex" in b.facts for b in exponents):
        conjugates.moduli(exponents, scalar_key, kind.power, used)
        sign = conjugates.units(exponents, used)
    return [*([build.number(sign)] if sign != 1 else [])] + [
        b if p == 1 or (p > 0 and is_mask(b)) else kind.power(b, p)
        for b, p in exponents.items()
        if p != 0
    ]


def is_mask(e: Expr) -> bool:
    """Whether all entries are 0 or 1, as those of a triangle of ones with its diagonal or without.

    Such a matrix is each of its entrywise powers.
    """
    if isinstance(e, Transpose):
        e = e.argument
    if isinstance(e, Sum) and build.multiply(-1, build.identity(e.shape[0])) in e.terms:
        others = [t for t in e.terms if isinstance(t, Apply)]
        return len(e.terms) == 2 and len(others) == 1 and is_mask(others[0])
    triangle = isinstance(e, Apply) and e.function.name in ("tril", "triu")
    return isinstance(e, Identity) or (triangle and isinstance(e.children[0], Ones))


def _symbolic(factors: list[Expr], kind: Kind, used: Used) -> list[Expr]:
    """c^p·c^-1 as c^(p - 1): factors whose exponents are no numbers, with others of their base."""
    if not any(type(f) is kind.node for f in factors):
        return factors
    bases = {
        f.base
        for f in factors
        if isinstance(f, Power | ElementPower)
        and isinstance(f, kind.node)
        and number_value(f.exponent) is None
        and f.exponent.is_scalar
    }
    if not bases:
        return factors
    found: dict[Expr, list[Expr]] = {}
    rest = []
    for f in factors:
        base, exponent = f, build.number(1)
        if isinstance(f, Power | ElementPower) and isinstance(f, kind.node):
            base, exponent = f.base, f.exponent
        if base in bases:
            found.setdefault(base, []).append(exponent)
        else:
            rest.append(f)
    for base, exponents in found.items():
        if len(exponents) > 1:
            used(kind.rule)
        total = _plus(exponents)
        if number_value(total) != 0:
            rest.append(kind.power(base, total))
    return rest


def _plus(exponents: list[Expr]) -> Expr:
    """The sum of exponents, like terms merged."""
    totals: dict[Expr, Value] = {}
    for e in exponents:
        for t in e.terms if isinstance(e, Sum) else (e,):
            number, scalars, rest = build.scalar_parts(t)
            key = build.multiply(*scalars, *([rest] if rest is not None else []))
            totals[key] = totals.get(key, Fraction(0)) + number
    return build.add(*(build.multiply(build.number(c), e) for e, c in totals.items()))


def _is_root(e: Expr) -> bool:
    return type(e) is Apply and e.function.name == "sqrt"


def _roots(exponents: Exponents, used: Used) -> None:
    """c/sqrt(c) = sqrt(c) and x'x/norm2(x) = norm2(x), in place; x'x*norm2(x) = norm2(x)^3."""
    squares = {half: b for b in exponents if (half := _half(b))}
    for root in list(exponents):
        square = _square_of(root, squares)
        p, q = exponents.get(square, ZERO) if square else ZERO, exponents.get(root, ZERO)
        if square is None or p * q == 0 or p != int(p) or q != int(q):
            continue
        total = 2 * p + q  # the power of the root that is left
        if p * q > 0 and _is_root(root):
            continue
        odd = total % 2 * (1 if total > 0 else -1) if p * q < 0 else total
        _shift(exponents, {square: (total - odd) / 2 - p, root: odd - q})
        used(rules.ROOT_QUOTIENT if _is_root(root) else rules.NORM_QUOTIENT)


def _half(e: Expr) -> tuple[Expr, ...]:
    """The factors of x where e is its squared length: x'x, x^H*x; X:X, tr(X'*X), sum(x.^2)."""
    x = _squared_entries(e)
    if x is not None:
        return () if is_complex(x) else _factors_of(x)
    if not (e.is_scalar and isinstance(e, Product) and _is_pure(e)):
        return ()
    half = len(e.chain) // 2
    if len(e.chain) != 2 * half:
        return ()
    return e.chain[half:] if _is_square(e.chain) else ()


def _squared_entries(e: Expr) -> Expr | None:
    """x of X:X, of tr(X'*X) and tr(X*X'), and of sum(x.^2)."""
    if isinstance(e, Frobenius):
        return e.children[0] if e.children[0] is e.children[1] else None
    if is_call(e, "tr") and _is_symmetric_square(e.arguments[0]):
        return e.arguments[0].children[0]
    if is_call(e, "tr") and isinstance(e.arguments[0], Product) and _is_pure(e.arguments[0]):
        chain = e.arguments[0].chain
        half = build.product(ONE, (), chain[len(chain) // 2 :])
        is_half = len(chain) % 2 == 0 and is_palindrome(chain)
        return None if not is_half else half.argument if isinstance(half, Transpose) else half
    inner = e.arguments[0] if is_call(e, "sum") and len(e.arguments) == 1 else None
    if isinstance(inner, ElementPower) and number_value(inner.exponent) == 2:
        return inner.base
    return None


def _is_symmetric_square(e: Expr) -> bool:
    return isinstance(e, Power) and number_value(e.exponent) == 2 and "symmetric" in e.base.facts


def _factors_of(x: Expr) -> tuple[Expr, ...]:
    return x.chain if isinstance(x, Product) and _is_pure(x) else (x,)


def _is_square(chain: tuple[Expr, ...]) -> bool:
    return is_gram(chain) if any(map(is_complex, chain)) else is_palindrome(chain)


def _is_pure(e: Product) -> bool:
    """A chain and nothing before it."""
    return e.coefficient == 1 and not e.scalars


def _square_of(e: Expr, squares: dict[tuple[Expr, ...], Expr]) -> Expr | None:
    """c of sqrt(c), of norm2(x) the x'x that is there; None of anything else."""
    if not isinstance(e, Apply) or len(e.arguments) != 1:
        return None
    (a,) = e.arguments
    if e.function.name == "sqrt":
        return a
    if e.function.name == "norm2" and squares:
        return squares.get(_factors_of(a))
    return None


def _quotients(exponents: Exponents, used: Used) -> None:
    """Recognise σ, tanh, tan and sign/abs among the factors, in place."""
    _kinks(exponents, used)
    divided = any(p < 0 for p in exponents.values())
    if not divided and not any(_is_sigmoid(b) for b in exponents):
        return
    for base in list(exponents):
        if not isinstance(base, Apply):
            continue
        name = base.function.name
        p = exponents.get(base, 0)
        if name == "exp" and p > 0:
            _sigmoid(base, exponents, used)
        elif name == "sinh" and p > 0:
            _ratio(base, "cosh", "tanh", rules.TANH, exponents, used)
        elif name == "sin" and p > 0:
            _ratio(base, "cos", "tan", rules.TAN, exponents, used)
        elif name == "sign" and p == 1:
            modulus = build.apply(lookup("abs"), base.arguments[0])
            if exponents.get(modulus) == -1:
                del exponents[base], exponents[modulus]
                argument = base.arguments[0]
                exponents[argument] = exponents.get(argument, Fraction(0)) - 1
                used(rules.SIGN_OVER_ABS)
    for base in list(exponents):
        if isinstance(base, Sum) and exponents[base] < 0:
            _bare_sigmoid(base, exponents, used)


def _kinks(exponents: Exponents, used: Used) -> None:
    """|z| sign(z) = z and relu(z) step(z) = relu(z), in place."""
    for base in list(exponents):
        if not isinstance(base, Apply) or not base.children or exponents.get(base, 0) < 1:
            continue
        name, z = base.function.name, base.children[0]
        if name == "sign" and exponents.get(_of(z, "abs"), 0) >= 1:
            _shift(exponents, {base: -ONE, _of(z, "abs"): -ONE, z: ONE})
            used(rules.ABS_SIGN)
        elif name == "step" and exponents.get(_of(z, "relu"), 0) >= 1:
            del exponents[base]
            used(rules.RELU_STEP)


def _of(z: Expr, name: str) -> Expr:
    return build.apply(lookup(name), z)


def _is_sigmoid(e: Expr) -> bool:
    return type(e) is Apply and e.function.name == "sigmoid"


def _sigmoid(e: Apply, exponents: Exponents, used: Used) -> None:
    """exp(z)/(1 + exp(z)) = σ(z), also where 1/(1 + exp(z)) is σ(-z) already."""
    z = e.arguments[0]
    mirror = build.apply(lookup("sigmoid"), build.negate(z))
    if exponents.get(mirror, 0) > 0:
        k = min(exponents[e], exponents[mirror])
        _shift(exponents, {e: -k, mirror: -k, build.apply(lookup("sigmoid"), z): k})
        used(rules.SIGMOID)
        return
    for b in list(exponents):
        if exponents[b] < 0 and _one_plus(b) is e:
            k = min(exponents[e], -exponents[b])
            _shift(exponents, {e: -k, b: k, build.apply(lookup("sigmoid"), z): k})
            used(rules.SIGMOID)
            return


def _bare_sigmoid(b: Sum, exponents: Exponents, used: Used) -> None:
    """1/(1 + exp(-z)) = σ(z)."""
    e = _one_plus(b)
    if isinstance(e, Apply) and e.function is lookup("exp"):
        k = -exponents[b]
        z = e.arguments[0]
        if isinstance(z, Product) and z.coefficient < 0:
            _shift(exponents, {b: k, build.apply(lookup("sigmoid"), build.negate(z)): k})
            used(rules.SIGMOID)


def _one_plus(e: Expr) -> Expr | None:
    """x of a base 1 + x, with a scalar or entrywise one."""
    if isinstance(e, Sum) and len(e.terms) == 2:
        a, b = e.terms
        if isinstance(b, Ones) or number_value(b) == 1:
            a, b = b, a
        if isinstance(a, Ones) or (isinstance(a, Number) and a.value == 1):
            return b
    return None


def _ratio(
    top: Apply, bottom: str, quotient: str, rule: Rule, exponents: Exponents, used: Used
) -> None:
    """Whole powers of sin/cos as tan: sin(c)/cos(c)^(1/2) has values where sin(c) < 0, too."""
    below = build.apply(lookup(bottom), *top.arguments)
    k = Fraction(min(exponents[top], -exponents.get(below, Fraction(0))) // 1)
    if k > 0:
        _shift(
            exponents,
            {top: -k, below: k, build.apply(lookup(quotient), *top.arguments): k},
        )
        used(rule)


def _shift(exponents: Exponents, changes: Exponents) -> None:
    for base, change in changes.items():
        exponents[base] = exponents.get(base, Fraction(0)) + change
        if exponents[base] == 0:
            del exponents[base]
