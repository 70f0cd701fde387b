"""Derivatives by the free entries of a symmetric variable, vech(X).

∂f/∂vech(X) = D'*vec(G), and D'*H*D of a Hessian, with the duplication matrix D.
Source: Magnus & Neudecker, ch. 3, sec. 8.
"""

from __future__ import annotations

from typing import Any

from matcalc.errors import DomainError
from matcalc.expr import build
from matcalc.expr.nodes import Expr, Sum
from matcalc.functions import lookup
from matcalc.functions.stacked import vec
from matcalc.simplify.normal_form import Simplifier


def by_free_entries(d: Any) -> Expr:
    """A derivative by vech(X) of a symmetric X, from its projected form."""
    v = d.variable
    if v.set.kind.hull != "Sym" or len(set(d.variables)) > 1:
        raise DomainError(
            f"derivatives by free entries are by a symmetric variable; {v.name} in {v.set}"
        )
    if d.problem.convention != "projected":
        raise DomainError("derivatives by free entries start from the projected convention")
    double = build.apply(lookup("duplication"), build.size_number(v.shape[0]))
    free = build.transpose(double)
    if not d.is_matrix:
        return Simplifier()(build.multiply(free, vec(d.matrix)))
    number, scalars, rest = build.scalar_parts(d.matrix)
    terms = rest.terms if isinstance(rest, Sum) else (rest,)
    opened = build.add(*(build.multiply(t, double) for t in terms))  # K*D = D in each
    by_columns = Simplifier()(build.multiply(build.number(number), *scalars, opened))
    twice = len(d.variables) == 2 and d.problem.function.is_scalar
    return Simplifier()(build.multiply(free, by_columns) if twice else by_columns)
