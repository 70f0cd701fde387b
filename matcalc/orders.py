"""Derivatives of higher order: each stage is the derivative of the one before.

By a variable on a manifold the second derivative of a scalar function is that of the manifold
(`covariant.py`). Where the convention is Euclidean, the variable of a manifold is free to leave it:
X'*X = I holds of the point, and not of its neighbours, so that nothing may be simplified by it
before the last derivative is taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from matcalc.calculus.conjugates import variable_of
from matcalc.calculus.manifolds import manifold_of
from matcalc.covariant import Covariant
from matcalc.errors import NotSupportedError
from matcalc.expr import build
from matcalc.expr.nodes import Expr, Symbol
from matcalc.expr.rewrite import substitute
from matcalc.expr.sets import VariableSet, make_set, real_set
from matcalc.hessians import hessian
from matcalc.simplify.symmetric import shows_symmetry, visibly_symmetric
from matcalc.stages import Stage

RIGID = {"stiefel", "unitary", "simplex"}  # what members satisfy, and their neighbours do not


def derivatives_in_turn(
    f: Expr, gradient: Expr, chain: Sequence[Expr], convention: str, whole: Iterable[Expr]
) -> list[Expr]:
    """The derivatives of f by chain[0], by chain[1] of that, ...; `gradient` is the first."""
    variables = [variable_of(b) for b in chain]
    _require_known(f, variables, convention)
    back: dict[Expr, Expr] = {
        _free(v): v for v in dict.fromkeys(variables) if is_rigid(v, convention)
    }
    if not back or len(chain) == 1:
        return _in_turn(f, gradient, chain, convention, whole)
    away = {v: u for u, v in back.items()}
    freed = [substitute(b, away) for b in chain]
    function = substitute(f, away)
    first = Stage(function, convention).derivatives((freed[0],))[freed[0]]
    found = [substitute(e, back) for e in _in_turn(function, first, freed, convention, ())]
    stage = Stage(f, convention, whole)
    last = stage.simplifier(found[-1])
    if shows_symmetry(found[-1]):
        last = visibly_symmetric(last, stage.simplifier)
    return [*found[:-1], stage.polished(last)]


def is_rigid(v: Symbol, convention: str) -> bool:
    """Whether derivatives leave the set of a variable, and its facts with it."""
    return bool(RIGID & v.facts) and manifold_of(v, convention) is None


def _in_turn(
    f: Expr, gradient: Expr, chain: Sequence[Expr], convention: str, whole: Iterable[Expr]
) -> list[Expr]:
    found = [gradient]
    for k, v in enumerate(chain[1:]):
        if k == 0 and f.is_scalar and v is chain[0]:
            found.append(_twice(f, gradient, v, convention, whole))
        else:
            found.append(Stage(found[-1], convention, whole).derivatives((v,))[v])
    return found


def _twice(f: Expr, gradient: Expr, by: Expr, convention: str, whole: Iterable[Expr]) -> Expr:
    if isinstance(by, Symbol) and "complex" not in by.facts and manifold_of(by, convention):
        return Covariant(f, by, convention, whole).matrix
    return hessian(f, gradient, by, convention, whole)


def _require_known(f: Expr, variables: Sequence[Symbol], convention: str) -> None:
    """NotSupportedError of what takes more than the Hessian of a scalar function on a manifold."""
    for k, v in enumerate(variables):
        again = v in variables[:k] and manifold_of(v, convention) is not None
        if again and not (k == 1 and f.is_scalar):
            raise NotSupportedError(
                f"on the manifold of {v.name}, derivatives by {v.name} twice that are not the"
                " Hessian of a scalar function"
            )


def _free(v: Symbol) -> Symbol:
    return build.symbol(v.name, _free_set(v))


def _free_set(v: Symbol) -> VariableSet:
    if "complex" in v.facts:
        return make_set("C", () if v.is_scalar else v.shape)
    return real_set(v.shape)
