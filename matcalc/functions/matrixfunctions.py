"""Functions of matrices: the exponential, the logarithm, roots, sine and cosine.

The Fréchet derivative L(A,E) of f at A along E is the linear part of f(A + E) - f(A). It is a
function of its own, frechet(f)(A,E), because it has no closed form in A and E unless they commute;
then it is f'(A)*E. See `frechet`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from matcalc.expr import build
from matcalc.expr.nodes import Expr, number_value
from matcalc.functions.record import Condition, Function

HIGHAM = "Higham, Functions of Matrices"
ADJUGATE = "Magnus & Neudecker, Matrix Differential Calculus, ch. 8, sec. 6"
_BRANCH = "every real eigenvalue of □ > 0"
_KEPT = frozenset({"symmetric", "diagonal", "lower", "upper", "hermitian"})


def _facts(
    *always: str,
    definite: bool = False,
    keeps: frozenset[str] = _KEPT,
    real: tuple[str, ...] = (),
):
    """Facts of f(A): some always, some of real A, those that f(A) has from A, and definite of
    symmetric A."""
    symmetric, hermitian = (("pd",), ("hpd",)) if definite else ((), ())

    def facts(arguments: tuple[Expr, ...]) -> set[str]:
        known = arguments[0].facts
        extra = symmetric if "symmetric" in known else hermitian if "hermitian" in known else ()
        return {*always, *extra, *(known & keeps), *(real if "complex" not in known else ())}

    return facts


def _expm_facts(arguments: tuple[Expr, ...]) -> set[str]:
    """det(expm(A)) = exp(tr(A)); of a skew A it is a rotation."""
    found = _facts("nonsingular", definite=True, real=("positive-det",))(arguments)
    return found | {"orthogonal"} if "skew" in arguments[0].facts else found


@dataclass(frozen=True)
class MatrixFunction:
    """What the Fréchet derivatives of a matrix function f need of it; `slope` is f'.

    The adjugate has no slope: its derivatives along what commutes with A depend on traces as well.
    Tests draw matrices of `size` for matrices of higher derivatives; those of adj vanish below 4.
    """

    name: str
    slope: Callable[[Expr], Expr] | None
    domain: str = "R[n,n]"
    conditions: tuple[Condition, ...] = ()
    analytic: bool = False
    size: str = "2"
    source: str = f"{HIGHAM}, sec. 3.1 and (3.16)"

    def examples(self, directions: str = "", size: str = "n") -> tuple[str, ...]:
        """Declarations of arguments, where not every square matrix is in the domain or a size
        is fixed: tests draw values from them."""
        if self.domain == "R[n,n]" and size == "n":
            return ()
        domain = re.sub(r"\bn\b", size, self.domain)
        declared = (f"A in {domain}", *(f"{e} in R[{size},{size}]" for e in directions))
        return ("; ".join(declared),)


def real_power(a: Expr, p: Expr) -> Expr:
    """A^p of a positive definite A: a power of its root, or exp(p log A)."""
    value = number_value(p)
    if value is not None and 2 * value == int(2 * value):
        return build.power(_named("sqrtm", a), build.number(2 * value))
    return _named("expm", build.multiply(p, _named("logm", a)))


def _named(name: str, *arguments: Expr) -> Expr:
    from matcalc.functions import lookup

    return build.apply(lookup(name, len(arguments)), *arguments)


def _half_inverse(a: Expr) -> Expr:
    return build.multiply(build.divide(1, 2), build.inverse(_named("sqrtm", a)))


_PRINCIPAL = (Condition(_BRANCH, "A", frozenset({"pd", "hpd"})),)

BASES = {
    f.name: f
    for f in (
        MatrixFunction("expm", lambda a: _named("expm", a), analytic=True),
        MatrixFunction("logm", build.inverse, "SPD[n]", _PRINCIPAL),
        MatrixFunction("sqrtm", _half_inverse, "SPD[n]", _PRINCIPAL),
        MatrixFunction("sinm", lambda a: _named("cosm", a), analytic=True),
        MatrixFunction("cosm", lambda a: build.negate(_named("sinm", a)), analytic=True),
        MatrixFunction("adj", None, size="4", source=f"{ADJUGATE}; Jacobi's formula"),
    )
}


def _function(name: str, facts: Callable, doc: str, source: str) -> Function:
    """The record of a matrix function."""
    f = BASES[name]
    return Function(
        f"{name}(A)",
        "R[n,n] -> R[n,n]",
        differential=f"frechet({name})(A,dA)",
        numpy=f"linalg.{name}(A)",
        latex=rf"\operatorname{{{name}}}\left(□\right)",
        holomorphic=True,
        facts=facts,
        conditions=f.conditions,
        analytic=f.analytic,
        examples=f.examples(),
        statement=f"d {name}(A) is the Fréchet derivative along dA",
        doc=doc,
        source=source,
    )


FUNCTIONS = (
    _function(
        "expm",
        _expm_facts,
        "The exponential of a matrix, the sum of all A^k/k!. exp(A) is entry by entry.",
        f"{HIGHAM}, sec. 10.2; Matrix Cookbook sec. 10.1",
    ),
    _function(
        "logm",
        _facts(),
        "The principal logarithm of a matrix without eigenvalues on the closed negative axis.",
        f"{HIGHAM}, sec. 11.2",
    ),
    _function(
        "sqrtm",
        _facts("nonsingular", definite=True),
        "The principal square root of a matrix: sqrtm(A)^2 = A.",
        f"{HIGHAM}, sec. 6.1",
    ),
    _function(
        "sinm",
        _facts(keeps=_KEPT | {"skew"}),
        "The sine of a matrix, by its power series.",
        f"{HIGHAM}, sec. 12.1; Matrix Cookbook (128)",
    ),
    _function(
        "cosm",
        _facts(),
        "The cosine of a matrix, by its power series.",
        f"{HIGHAM}, sec. 12.1; Matrix Cookbook (128)",
    ),
)
