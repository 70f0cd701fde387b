"""Conditions by themselves: in their simplest form, which implies which, and in words."""

from __future__ import annotations

from collections.abc import Collection

from matcalc.calculus.adjoint import is_zero
from matcalc.expr import build
from matcalc.expr.nodes import (
    ONE,
    Apply,
    Conjugate,
    ElementPower,
    Expr,
    Inverse,
    Kronecker,
    Power,
    Product,
    Transpose,
    is_call,
    number_value,
)
from matcalc.functions.record import Function, is_wide
from matcalc.functions.singular_values import DISTINCT

# Kinds: "nonsingular" (a square matrix), "positive", "negative" and "nonzero" (a scalar, or all
# entries), "not zero" (a norm's argument, as a whole), "whole" (an exponent), or a record's own
# text with □ for the expression.
Condition = tuple[str, Expr]
TEXTS = {
    "□ nonsingular": "nonsingular",
    "every entry of □ > 0": "positive",
    "no entry of □ is 0": "nonzero",
    "□ ≠ 0": "not zero",
}
NO_TIE = "□1 and □2 have no equal entries"
NONZERO = "the singular values of □ are not 0"
LONG = 100


def even_power(e: Expr) -> bool:
    p = number_value(e.exponent) if isinstance(e, Power | ElementPower) else None
    return p is not None and p > 0 and p % 2 == 0


# What becomes of a kind when its expression is divided by a negative number.
_SCALED = {"positive": "negative", "negative": "positive", "nonzero": "nonzero"}
_SCALED |= {"not zero": "not zero", "nonsingular": "nonsingular"}
_OF_ENTRIES = ("positive", "negative", "nonzero", "not zero")
_UNSCALED = {*_SCALED, "det(□) > 0"}  # these hold of c*A, c > 0, where they hold of A


def reduced(kind: str, e: Expr) -> Condition | None:
    """The same condition about something simpler; None where it is known to hold."""
    if kind == NO_TIE and isinstance(e, Apply):
        number = next((a for a in e.arguments if is_zero(a)), None)
        if number is not None:
            kind, e = "nonzero", next(a for a in e.arguments if a is not number)
    while True:
        if kind == "nonsingular" and (e.facts & _REGULAR or _is_orthonormal(e)):
            return None
        if kind == "not zero" and e.facts & _NOT_ZERO:
            return None
        if kind in _SCALED and isinstance(e, Product) and e.coefficient != 1:
            kind = _SCALED[kind] if e.coefficient < 0 else kind
            e = build.multiply(1 / e.coefficient, e)
            continue
        if kind in ("positive", "nonzero", "not zero") and "positive" in e.facts:
            return None
        if kind in _UNSCALED and isinstance(e, Product) and _is_scaled(e):
            e = build.product(ONE, [x for x in e.scalars if "positive" not in x.facts], e.chain)
            continue
        if kind in _OF_ENTRIES and isinstance(e, Transpose):
            e = e.argument
            continue
        if kind in _NONSINGULAR and isinstance(e, Transpose | Inverse):
            e = e.argument  # of the same eigenvalues, or their reciprocals
            continue
        if kind in _NONSINGULAR and e.facts & {"psd", "hpsd"}:
            kind = "nonsingular"
            continue
        if kind == "det(□) > 0" and even_power(e) and "complex" not in e.facts:
            kind = "nonsingular"
            continue
        if kind == "nonsingular":
            simpler = _factor_that_counts(e)
            if simpler is not None:
                kind, e = simpler
                continue
        if kind in ("positive", "nonzero") and is_call(e, "svals"):
            return NONZERO, e.children[0]
        if kind in _SCALED and isinstance(e, Power) and e.is_scalar and _is_reciprocal(e):
            e = e.base
            continue
        if kind == DISTINCT and is_wide(e):
            e = build.transpose(e)  # the others are always 0
            continue
        if kind in ("nonzero", "not zero", "nonsingular") and isinstance(e, Conjugate):
            e = e.argument
            continue
        if kind in ("not zero", "nonsingular") and e.is_scalar:
            kind = "nonzero"
        if kind in ("positive", "nonzero") and even_power(e) and "complex" not in e.facts:
            kind, e = "nonzero", e.children[0]
            continue
        inner = e.arguments[0] if isinstance(e, Apply) and e.arguments else None
        if inner is None or kind not in ("positive", "nonzero"):
            return kind, e
        name = e.function.name  # type: ignore[attr-defined]
        if isinstance(e.function, Function) and e.function.norm:  # type: ignore[attr-defined]
            kind, e = "not zero", inner
        elif name == "abs":
            kind, e = "nonzero", inner
        elif name == "sqrt":
            kind, e = "positive", inner
        elif name in ("rows(norm2)", "columns(norm2)"):
            kind, e = f"each {name[:-8]} of □ ≠ 0", inner
        elif name == "det" and kind == "nonzero":
            kind, e = "nonsingular", inner
        else:
            return kind, e


# Facts of nonsingular matrices, and of what is not zero as a whole.
_REGULAR = {"nonsingular"}
_NOT_ZERO = {"positive", "nonsingular", "sphere", "stiefel", "unitary"}


def _is_orthonormal(e: Expr) -> bool:
    return "stiefel" in e.facts and e.shape[0] == e.shape[1]


def _factor_that_counts(e: Expr) -> Condition | None:
    """What makes a power or a product of matrices nonsingular, where it is one matrix."""
    if isinstance(e, Power) and not e.is_scalar:
        return "nonsingular", e.base
    if not isinstance(e, Product) or e.scalars or e.coefficient != 1 or e.is_scalar:
        return None
    if all(f.shape[0] == f.shape[1] for f in e.chain):
        plain = (f.argument if isinstance(f, Transpose) else f for f in e.chain)
        open_ones = {f for f in plain if not f.facts & _REGULAR}
        return ("nonsingular", open_ones.pop()) if len(open_ones) == 1 else None
    first, *middle, last = e.chain  # A'*A, or A'*S*A with a definite S
    definite = len(middle) <= 1 and all(f.facts & {"pd", "hpd"} for f in middle)
    if not definite or first is not build.transpose(build.conjugate(last)):
        return None
    if isinstance(last, Transpose):
        return "□ has full row rank", last.argument
    return "□ has full column rank", last


def _is_reciprocal(e: Power) -> bool:
    """Whether e is 1/c, which has the sign of c, or an odd power of that."""
    p = number_value(e.exponent)
    return p is not None and p < 0 and p % 2 == 1


def _is_scaled(e: Product) -> bool:
    """Whether a positive number or scalar stands in front."""
    return e.coefficient > 0 and (
        e.coefficient != 1 or any("positive" in x.facts for x in e.scalars)
    )


# What a nonsingular matrix is besides.
_NONSINGULAR = (
    "det(□) > 0",
    "every real eigenvalue of □ > 0",
    "no two eigenvalues of □ add up to 0",
    "□ positive definite",
)

_FULL_RANK = ("□ has full column rank", "□ has full row rank")


def implied(c: Condition, found: Collection[Condition]) -> bool:
    kind, e = c
    if kind == "nonzero":
        return ("positive", e) in found or ("negative", e) in found
    if kind == "nonsingular":
        regular = [x for k, x in found if k in ("nonsingular", *_NONSINGULAR)]
        signed = (x for k, x in found if k in ("positive", "negative") and is_call(x, "det"))
        inside = [x.children[0] for x in signed]
        return (
            any((k, e) in found for k in _NONSINGULAR)
            or e in inside
            or any(_is_square_factor(e, x) for x in (*regular, *inside))
        )
    if kind == "the rank of □ does not change nearby":
        return any((k, e) in found for k in _FULL_RANK)
    if kind == "not zero":
        known = ("nonzero", "positive", "negative", *_FULL_RANK)
        products = (x for k, x in found if k in ("nonzero", "positive", "negative", "not zero"))
        return any((k, e) in found for k in known) or any(_is_factor(e, x) for x in products)
    if kind == NONZERO:
        return any((k, e) in found for k in (DISTINCT, *_FULL_RANK))
    return False


def _is_factor(e: Expr, of: Expr) -> bool:
    """Whether a product is zero where one of its factors is, as x'*A*x where x = 0."""
    return isinstance(of, Product) and (e in of.chain or build.transpose(e) in of.chain)


def _is_square_factor(e: Expr, of: Expr) -> bool:
    """Whether a matrix is one of the square factors of a product, nonsingular if that is."""
    factors = of.chain if isinstance(of, Product) else of.children
    if not isinstance(of, Product | Kronecker) or any(f.shape[0] != f.shape[1] for f in factors):
        return False
    return of is not e and (e in factors or build.transpose(e) in factors)


def _tie(e: Apply) -> str:
    """No entries of two arguments are equal; of an array and a number: no entry of it is that."""
    if e.is_scalar:
        return "□1 ≠ □2"
    a, b = e.arguments
    if a.is_scalar or b.is_scalar:
        return "no entry of □2 is □1" if a.is_scalar else "no entry of □1 is □2"
    return NO_TIE


def text_of(kind: str, e: Expr) -> str:
    """The condition in words."""
    shown = str(e)
    if len(shown) > LONG:
        shown = shown[: LONG - 3] + "..."
    if kind == "nonsingular":
        return f"{shown} nonsingular"
    if "complex" in e.facts and kind in ("positive", "negative"):
        sign = "<=" if kind == "positive" else ">="  # the cut of logarithms and roots
        some = "" if e.is_scalar else "no entry of "
        return f"{some}{shown} is {'not ' * e.is_scalar}a number {sign} 0"
    if "complex" in e.facts and kind == "det(□) > 0" and "hermitian" not in e.facts:
        return f"det({shown}) is not a number <= 0"
    if kind in ("positive", "negative"):
        sign = ">" if kind == "positive" else "<"
        return f"{shown} {sign} 0" if e.is_scalar else f"every entry of {shown} {sign} 0"
    if kind == "nonzero":
        return f"{shown} ≠ 0" if e.is_scalar else f"no entry of {shown} is 0"
    if kind == "not zero":
        return f"{shown} ≠ 0"
    if kind == "whole":
        return f"{'' if e.is_scalar else 'every entry of '}{shown} is a whole number"
    if "□1" in kind and isinstance(e, Apply):
        text = _tie(e) if kind == NO_TIE else kind
        for k, a in enumerate(e.arguments):
            text = text.replace(f"□{k + 1}", str(a))
        return text
    text = kind.replace("every entry of □", "□") if e.is_scalar else kind
    return text.replace("□", shown)
