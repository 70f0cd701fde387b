"""Sums by rows, transposes and logarithms in a form that is read at a glance."""

from __future__ import annotations

from typing import Any

from matcalc.expr import build
from matcalc.expr.nodes import (
    Apply,
    ElementPower,
    Expr,
    Hadamard,
    Identity,
    Ones,
    Product,
    is_call,
    number_value,
)


def sums_of_rows(a: Expr) -> Expr:
    """A*1; of X.*(1*v'), X*v; of X.*I, diag(X)."""
    if isinstance(a, Hadamard):
        plain = [f for f in a.factors if not isinstance(f, Identity)]
        if len(plain) < len(a.factors):
            return build.apply(function("diag"), build.hadamard(*plain))
        for k, f in enumerate(a.factors):
            if isinstance(f, Product) and isinstance(f.chain[0], Ones) and f.chain[0].shape[1] == 1:
                row = build.product(f.coefficient, f.scalars, f.chain[1:])
                others = build.hadamard(*a.factors[:k], *a.factors[k + 1 :])
                return build.multiply(others, build.transpose(row))
    return build.multiply(a, build.ones((a.shape[1], 1)))


def applied(f, arguments: tuple[Expr, ...]) -> Expr:
    """An elementwise function; log(exp(Z)*ones(n)) is rows(logsumexp)(Z)."""
    first = arguments[0]
    if f.name == "log" and isinstance(first, Product) and isinstance(first.chain[-1], Ones):
        exponential = build.product(first.coefficient, first.scalars, first.chain[:-1])
        if isinstance(exponential, Apply) and exponential.function.name == "exp":
            from matcalc.functions.by_rows import rows_of

            return build.apply(rows_of(function("logsumexp")), *exponential.arguments)
    return build.apply(f, *arguments)


def scaled_by(s: Expr, a: Expr) -> Expr:
    """diag(s)*a"""
    if isinstance(a, Ones) and a.shape[1] == 1:
        return s
    return build.multiply(build.apply(function("diag"), s), a)


def flip(a: Expr) -> Expr:
    """The transpose, in a product factor by factor."""
    if isinstance(a, Product):
        factors = (f if "symmetric" in f.facts else build.transpose(f) for f in reversed(a.chain))
        return build.multiply(build.number(a.coefficient), *a.scalars, *factors)
    return build.transpose(a)


def sum_of(s: Expr) -> Expr:
    """The sum of a column, in a form that is read at a glance: x'*y, X : Y, norm2(X)^2."""
    number, scalars, rest = build.scalar_parts(s)
    if s.is_scalar or rest is None:
        return s
    if isinstance(rest, Product) and isinstance(rest.chain[-1], Ones):
        rest = build.product(rest.coefficient, rest.scalars, rest.chain[:-1])
    return build.multiply(build.number(number), *scalars, sum_of_entries(rest))


def sum_of_entries(a: Expr) -> Expr:
    if isinstance(a, ElementPower) and number_value(a.exponent) == 2:
        return square(a.base)
    if isinstance(a, Hadamard) and len(a.factors) == 2:
        x, y = a.factors
        if x is y:
            return square(x)
        both = x.shape[1] == 1
        return build.multiply(build.transpose(x), y) if both else build.frobenius(x, y)
    return build.apply(function("sum"), a)


def square(a: Expr) -> Expr:
    """norm2(a)^2; moduli need not be taken before, which would have kinks."""
    if is_call(a, "abs"):
        a = a.arguments[0]
    return build.power(build.apply(function("norm2"), a), 2)


def function(name: str) -> Any:
    from matcalc.functions import lookup

    return lookup(name, 1)


def flipped(rows: Expr) -> Expr:
    """The rows from the last to the first."""
    if rows.shape[1] == 1:
        return build.apply(function("reverse"), rows)
    from matcalc.functions.by_rows import columns_of

    return build.apply(columns_of(function("reverse")), rows)


def times(rows: Expr, e: Expr) -> Expr:
    """rows*e; of rows that were turned upside down, those of the product are."""
    if isinstance(rows, Apply) and rows.function.name == "columns(reverse)":
        return flipped(build.multiply(rows.arguments[0], e))
    return build.multiply(rows, e)


def logdet_of(e: Expr) -> Expr | None:
    """A of logdet(A) and of log(det(A)); None of anything else."""
    name, inner = _called(e)
    if name == "log":
        name, inner = _called(inner)
        return inner if name == "det" else None
    return inner if name == "logdet" else None


def _called(e: Expr | None) -> tuple[str, Expr | None]:
    """The name and the first argument of a call; nothing of anything else."""
    return (e.function.name, e.arguments[0]) if isinstance(e, Apply) and e.arguments else ("", None)
