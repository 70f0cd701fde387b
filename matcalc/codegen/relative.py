"""Exponentials over sums of exponentials, relative to the largest of them.

exp(a)/(exp(a) + exp(b)) is a number also where all three are zero or infinite in floating point:
it is exp(a - t)/(exp(a - t) + exp(b - t)) with t = max(a,b). So is log(exp(a) + exp(b)), which is
t + log(exp(a - t) + exp(b - t)). Densities of mixtures are such sums.
Source: Higham, Accuracy and Stability, 2nd ed.; Blanchard, Higham & Higham, IMA J. Numer. Anal. 41
(2021) 2311-2330.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from matcalc.expr import build
from matcalc.expr.nodes import Expr, Power, Product, Sum, fold, is_call, number_value
from matcalc.functions import lookup


def relative(roots: Sequence[Expr]) -> list[Expr]:
    """The expressions with such quotients and logarithms so written."""
    memo: dict[Expr, Expr] = {}
    return [fold(r, _step, memo) for r in roots]


def _step(e: Expr, children: list[Expr]) -> Expr:
    same = all(a is b for a, b in zip(e.children, children, strict=True))
    e = e if same else build.rebuild(e, children)
    if "complex" in e.facts:
        return e
    if isinstance(e, Product):
        return _quotient(e)
    if is_call(e, "log") and e.is_scalar and isinstance(e.children[0], Sum):
        total = e.children[0]
        if _scales(total):
            t = _largest(total)
            return build.add(t, build.apply(lookup("log", 1), _scaled(total, t)))
    return e


def _quotient(e: Product) -> Expr:
    """A product with a sum of exponentials below, and as many above."""
    scalars, chain = list(e.scalars), list(e.chain)
    for k, factor in enumerate(scalars):
        power = _power_below(factor)
        above = [(part, j) for part in (scalars, chain) for j, x in enumerate(part) if _scales(x)]
        if not power or not above:
            continue
        assert isinstance(factor, Power)
        t = _largest(factor.base)
        scalars[k] = build.power(_scaled(factor.base, t), factor.exponent)
        for n, (part, j) in enumerate(above[:power]):
            times = 1 if n else power - min(power, len(above)) + 1
            part[j] = _scaled(part[j], build.multiply(times, t))
    if scalars == list(e.scalars):
        return e
    return build.multiply(build.number(e.coefficient), *scalars, *chain)


def _power_below(e: Expr) -> int:
    """k of (exp(a) + exp(b))^-k; 0 of all else."""
    if not isinstance(e, Power) or not isinstance(e.base, Sum) or not _scales(e.base):
        return 0
    k = number_value(e.exponent)
    return int(-k) if k is not None and k < 0 and k == int(k) else 0


def _exponents(e: Expr) -> list[Expr]:
    """The a of exp(a), or of scalar factors exp(a) of a product."""
    factors = e.scalars if isinstance(e, Product) else (e,)
    return [f.children[0] for f in factors if is_call(f, "exp") and f.is_scalar]


def _scales(e: Expr) -> bool:
    """Whether exponentials are in it once: exp(a), or a sum with one in every term."""
    if isinstance(e, Sum):
        return all(map(_exponents, e.terms))
    return is_call(e, "exp") and e.is_scalar


def _largest(total: Expr) -> Expr:
    """The largest exponent of a sum's terms."""
    assert isinstance(total, Sum)
    found = dict.fromkeys(build.add(*_exponents(t)) for t in total.terms)
    return reduce(lambda a, b: build.apply(lookup("max", 2), a, b), found)


def _scaled(e: Expr, t: Expr) -> Expr:
    """exp(-t)*e"""
    if isinstance(e, Sum):
        return build.add(*(_scaled_term(x, t) for x in e.terms))
    return _scaled_term(e, t)


def _scaled_term(e: Expr, t: Expr) -> Expr:
    below = build.multiply(-1, t)
    one = build.apply(lookup("exp", 1), build.add(*_exponents(e), below))
    if not isinstance(e, Product):
        return one
    rest = [f for f in e.scalars if not (is_call(f, "exp") and f.is_scalar)]
    return build.multiply(build.number(e.coefficient), one, *rest, *e.chain)
