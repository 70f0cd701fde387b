"""The derivation of the derivative of an array by a scalar, line by line.

    F      = inv(M)
    M      = A + t*B
    d(M)   = d(t)*B
    d(F)   = -inv(M)*d(M)*inv(M)
           = -d(t)*inv(M)*B*inv(M)

It is read off the differential, which is a multiple of d(t).
"""

from __future__ import annotations

from collections.abc import Collection

from matcalc.calculus import identities
from matcalc.calculus.cut import Plan
from matcalc.calculus.steps import Lines
from matcalc.calculus.zones import LineSimplifier, Zones
from matcalc.derivation.step import Check, Step
from matcalc.expr import build
from matcalc.expr.nodes import Expr, Symbol, postorder
from matcalc.expr.rewrite import substitute
from matcalc.simplify.matrix_functions import is_frechet
from matcalc.simplify.normal_form import Simplifier


def slope_lines(
    cut: Plan, variables: Collection[Symbol], subject: str
) -> tuple[list[Step], dict[Symbol, Expr]]:
    """The lines up to dF = ... dt, and the factor of each d(t), in names."""
    lines, s = Lines(subject), LineSimplifier()
    zones = Zones(cut, variables, s)
    lines.definition(subject, cut.root)
    lines.named(cut)
    lines.differentials(zones)
    if cut.root not in zones.moving(cut.root):
        return lines.steps, {v: build.zeros(cut.root.shape) for v in variables}
    d, rules = zones.root()
    lines.line(d, rules or (identities.CONSTANT_FACTOR,), Check(build.differential(cut.root), d))
    for n in reversed(list(zones.names)):
        dn = build.differential(n)
        if dn not in postorder(d):
            continue
        inner, _ = zones.differential(n)
        s.used.clear()
        before, d = d, s(substitute(d, {dn: inner}))
        lines.line(d, (identities.SUBSTITUTE, *s.used), Check(before, d))
    simplified = Simplifier()
    nothing: dict[Expr, Expr] = {build.differential(v): build.number(0) for v in variables}
    factors = {
        v: simplified(substitute(d, {**nothing, build.differential(v): build.number(1)}))
        for v in variables
    }
    if len(factors) == 1:
        ((t, factor),) = factors.items()
        dt = build.differential(t)
        total = build.multiply(factor, dt)
        lines.line(total, tuple(simplified.used), Check(d, total))
        full = _in_full(factor, cut)
        simplified.used.clear()
        found = simplified(full)
        if found is not full and any(is_frechet(e) for e in postorder(factor)):
            factors[t] = found  # A commutes with t*A, which was called M
            lines.line(build.multiply(found, dt), simplified.used, Check(factor, found))
    return lines.steps, factors


def _in_full(e: Expr, cut: Plan) -> Expr:
    """e without names."""
    values: dict[Expr, Expr] = {}
    for n, value in cut.names.items():
        values[n] = substitute(value, dict(values))
    return substitute(e, values)
