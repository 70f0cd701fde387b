"""Fréchet derivatives of matrix functions that have a closed form: L(A,E) = f'(A)*E where AE = EA.

Two matrices commute, as far as can be seen here, if both are functions of one and the same matrix:
sums, products, powers, inverses and matrix functions of it, with scalar factors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matcalc.expr import build
from matcalc.expr.nodes import (
    ONE,
    Apply,
    Expr,
    Identity,
    Inverse,
    Power,
    Product,
    Sum,
    Transpose,
    fold,
    is_call,
    number_value,
)
from matcalc.functions.matrixfunctions import real_power
from matcalc.simplify import identities_spectra, rules

if TYPE_CHECKING:
    from matcalc.simplify.normal_form import Simplifier


def is_frechet(e: Any) -> bool:
    """Whether e is L(A,E), the first Fréchet derivative of a matrix function."""
    return isinstance(e, Apply) and getattr(e.function, "commuting", None) is not None


def is_of_matrices(function: Any) -> bool:
    """Whether it is a matrix function or a Fréchet derivative of one."""
    return getattr(function, "commuting", None) is not None or is_matrix_function(function)


def of_matrix(e: Any) -> Any:
    """What e = K(A) is the matrix of, as a function; None of what is no frechetmatrix.

    Of frechetmatrix(f)(A) it is frechet(f), of frechetmatrix(f,2)(A) it is frechetmatrix(f).
    """
    from matcalc.functions import lookup

    if not isinstance(e, Apply) or not e.function.name.startswith("frechetmatrix("):
        return None
    of, _, depth = e.function.name[len("frechetmatrix(") : -1].partition(",")
    below = {"": "frechet({})", "2": "frechetmatrix({})"}.get(depth, "frechetmatrix({},{})")
    return lookup(below.format(of, int(depth or 1) - 1), len(e.arguments) + 1)


def closed_form(s: Simplifier, function: Any, arguments: tuple[Expr, ...]) -> Expr | None:
    """L(A,E) as f'(A)*E, if A and E commute; f(A') as f(A)' and L(A',E') as L(A,E)'."""
    if len(arguments) == 2 and commute(s, *arguments):
        a, direction = arguments
        s.note(rules.FRECHET_COMMUTING)
        return s.product(ONE, (), (s(function.commuting(a)), direction))
    undone = _undone(s, function.name, arguments[0])
    if undone is not None:
        return undone
    with_transposes = sum(map(s.cost, arguments))
    turned = [s.transpose(a) for a in arguments]
    if sum(map(s.cost, turned)) < with_transposes:
        s.note(rules.MATRIX_FUNCTION_TRANSPOSE)
        return s.transpose(s.apply(function, turned))
    return None


def _undone(s: Simplifier, name: str, a: Expr) -> Expr | None:
    """expm(logm(A)) is A, and logm(expm(S)) is S of a symmetric S."""
    inner = a.function.name if isinstance(a, Apply) else ""
    if name == "expm" and inner == "logm":
        s.note(rules.EXPM_LOGM)
        return a.children[0]
    if name == "logm" and inner == "expm" and "symmetric" in a.children[0].facts:
        s.note(rules.LOGM_EXPM)
        return a.children[0]
    return None


def adjugate_along(s: Simplifier, a: Expr, *directions: Expr) -> Expr | None:
    """The derivative of adj(A) along E, of nonsingular A, by its inverse."""
    if len(directions) != 1 or "nonsingular" not in a.facts:
        return None
    s.note(rules.ADJUGATE_ALONG)
    inverse, value = s.inverse(a), s.call("adj", a)
    trace = s.call("tr", s.product(ONE, (), (inverse, *directions)))
    less = s.product(-ONE, (), (inverse, *directions, value))
    return s.add([s.product(ONE, (trace,), (value,)), less])


def adjugate_matrix(s: Simplifier, a: Expr, *directions: Expr) -> Expr | None:
    """The matrix of that derivative."""
    if directions or "nonsingular" not in a.facts:
        return None
    s.note(rules.ADJUGATE_MATRIX)
    inverse, value = s.inverse(a), s.call("adj", a)
    slopes = s.transpose(s.call("vec", s.transpose(inverse)))
    less = s.product(-ONE, (), (s.kronecker((s.transpose(value), inverse)),))
    return s.add([s.product(ONE, (), (s.call("vec", value), slopes)), less])


def power(s: Simplifier, base: Expr, p: int) -> Expr | None:
    """sqrtm(A)^p as A^(p/2) for even p."""
    if p % 2 or not isinstance(base, Apply) or base.function.name != "sqrtm":
        return None
    s.note(rules.SQRTM_SQUARE)
    return s.power(base.arguments[0], build.number(p // 2))


def trace(s: Simplifier, factors: tuple[Expr, ...]) -> Expr | None:
    """tr(L(A,E)*B) as tr(f'(A)*B*E), if B commutes with A."""
    for k, e in enumerate(factors):
        if not is_frechet(e):
            continue
        a, direction = e.arguments  # type: ignore[attr-defined]
        rest = s.product(ONE, (), (*factors[k + 1 :], *factors[:k]))
        if len(factors) == 1 or commute(s, a, rest):
            s.note(rules.FRECHET_TRACE)
            slope = s(e.function.commuting(a))  # type: ignore[attr-defined]
            others = () if len(factors) == 1 else (rest,)
            return s.call("tr", s.product(ONE, (), (slope, *others, direction)))
    return None


def frobenius(s: Simplifier, e: Expr, other: Expr) -> Expr | None:
    """L(A,E) : B as E : f'(A)'*B, if B commutes with A'."""
    if isinstance(e, Transpose):
        e, other = e.argument, s.transpose(other)
    if not is_frechet(e):
        return None
    a, direction = e.arguments  # type: ignore[attr-defined]
    turned = s.transpose(a)
    if not commute(s, turned, other):
        return None
    s.note(rules.FRECHET_FROBENIUS)
    slope = s(e.function.commuting(turned))  # type: ignore[attr-defined]
    return s.frobenius(direction, s.product(ONE, (), (slope, other)))


def commute(s: Simplifier, a: Expr, b: Expr) -> bool:
    """Whether two square matrices are seen to commute."""
    of = generator(s, a), generator(s, b)
    return None in of or of[0] is of[1]


def beside(s: Simplifier, left: Expr, right: Expr) -> tuple[Expr, ...] | None:
    """What two neighbours become, the last one first: X^p*X^q is one, X*expm(X) turns around."""
    joined = _one_power(s, left, right)
    if joined is not None:
        return (joined,)
    return (left, right) if out_of_order(s, left, right) else None


def _one_power(s: Simplifier, left: Expr, right: Expr) -> Expr | None:
    """X^p*X^q as X^(p + q), if one of them is the exponential of p*logm(X)."""
    if isinstance(left, Transpose) and isinstance(right, Transpose):
        joined = _one_power(s, left.argument, right.argument)  # powers commute
        return None if joined is None else s.transpose(joined)
    if not (_is_exponential(left) or _is_exponential(right)):
        return None
    (base, p), (other, q) = _as_power(left), _as_power(right)
    if base is not other:
        return None
    s.note(identities_spectra.REAL_POWERS)
    terms = [t for e in (p, q) for t in (e.terms if isinstance(e, Sum) else (e,))]
    total = s.add([s(t) for t in sorted(terms, key=_place_in_exponent)])
    value = number_value(total)
    if value is not None and 2 * value == int(2 * value):
        return s(real_power(base, total)) if value != int(value) else s.power(base, total)
    return s.call("expm", s.product(ONE, (total,), (s.call("logm", base),)))


def _place_in_exponent(e: Expr) -> tuple[bool, str]:
    """Names first: X^(p - 1); in one order, so that X^p*X^q is X^q*X^p."""
    return number_value(e) is not None, str(e)


def _is_exponential(e: Expr) -> bool:
    """Whether e is X^p as expm(p*logm(X)), or the inverse of that."""
    if isinstance(e, Inverse):
        e = e.argument
    inner = e.arguments[0] if is_call(e, "expm") else None
    return isinstance(inner, Product) and len(inner.chain) == 1 and is_call(inner.chain[0], "logm")


def _as_power(e: Any) -> tuple[Expr, Expr]:
    """e as a matrix and its exponent."""
    sign = 1
    if isinstance(e, Inverse):
        e, sign = e.argument, -1
    if _is_exponential(e):
        inner = e.arguments[0]
        exponent = build.multiply(build.number(sign * inner.coefficient), *inner.scalars)
        return inner.chain[0].arguments[0], exponent
    exponent = build.number(sign)
    if isinstance(e, Power):
        e, exponent = e.base, build.multiply(exponent, e.exponent)
    if is_call(e, "sqrtm"):
        e, exponent = e.arguments[0], build.multiply(build.divide(1, 2), exponent)
    return e, exponent


def out_of_order(s: Simplifier, left: Expr, right: Expr) -> bool:
    """Whether two neighbours commute and the right one should stand first: X*expm(X)."""
    before, after = _rank(left), _rank(right)
    if before <= after or not commute(s, left, right):
        return False
    s.note(rules.MATRIX_FUNCTIONS_COMMUTE)
    return True


def _rank(e: Expr) -> str:
    """The name of the matrix function that a factor is (a power or inverse of), or nothing."""
    while isinstance(e, Inverse | Power | Transpose):
        e = e.children[0]
    return e.function.name if isinstance(e, Apply) and is_matrix_function(e.function) else ""


def generator(s: Simplifier, e: Expr) -> Expr | None:
    """The matrix that e is seen to be a function of; None of multiples of the identity."""
    return fold(e, _generator, s.generators)


def _generator(e: Expr, below: list[Expr | None]) -> Expr | None:
    if e.is_scalar or isinstance(e, Identity):
        return None
    if isinstance(e, Product):
        found = {g for f, g in zip(e.chain, below[len(e.scalars) :], strict=True) if g is not None}
        return _only(found, build.product(ONE, (), e.chain))
    if isinstance(e, Sum):
        return _only({g for g in below if g is not None}, e)
    if isinstance(e, Inverse | Power):
        return below[0]
    if isinstance(e, Transpose):
        return build.transpose(below[0]) if below[0] is not None else None
    if isinstance(e, Apply) and len(below) == 1 and is_matrix_function(e.function):
        return below[0]
    return e


def _only(found: set[Expr], whole: Expr) -> Expr | None:
    """The one generator of all parts, None if there is none, the whole if there are several."""
    if len(found) > 1:
        return whole
    return next(iter(found), None)


def is_matrix_function(f: Any) -> bool:
    """Whether f has a Fréchet derivative in the library."""
    from matcalc.functions import lookup

    return lookup(f"frechet({f.name})", 2) is not None
