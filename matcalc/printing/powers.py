"""Real powers of positive definite matrices, which are exponentials: X^p is expm(p*logm(X))."""

from __future__ import annotations

from matcalc.expr import build
from matcalc.expr.nodes import Apply, Expr, Product, is_call, number_value
from matcalc.printing.engine import Page


def real_power(e: Expr, page: Page) -> tuple[Expr, Expr] | None:
    """X and p of expm(p*logm(X)) where that is how X^p is read, and its parts are written out."""
    inner = e.arguments[0] if is_call(e, "expm") else None
    if not isinstance(inner, Product) or not page.sees(inner, Product) or len(inner.chain) != 1:
        return None
    (log,) = inner.chain
    if not is_call(log, "logm") or not page.sees(log, Apply):
        return None
    (base,) = log.arguments
    exponent = build.multiply(build.number(inner.coefficient), *inner.scalars)
    if "pd" not in base.facts or build.power(base, exponent) is not e:
        return None
    if number_value(exponent) is None:
        page.write(exponent)
    return base, exponent
