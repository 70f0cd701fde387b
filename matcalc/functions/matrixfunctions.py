"""Functions of matrices: the exponential, the logarithm, roots, and their Fréchet derivatives.

The Fréchet derivative L(A,E) of f at A along E is the linear part of f(A + E) - f(A). It is a
function of its own here, frechet(f)(A,E), because it has no closed form in A and E unless they
commute; then it is f'(A)*E. Its adjoint is L(A',G): of a power series, G : A^i E A^j is
A'^i G A'^j : E. The second derivative along E and F is frechet(f)(A,E,F).
"""

from __future__ import annotations

from collections.abc import Callable

from matcalc.expr import build
from matcalc.expr.nodes import Expr, number_value
from matcalc.functions.record import Condition, Function

_HIGHAM = "Higham, Functions of Matrices"
_BRANCH = "every real eigenvalue of □ > 0"
_KEPT = frozenset({"symmetric", "diagonal", "lower", "upper"})


def _facts(*always: str, symmetric: tuple[str, ...] = (), keeps: frozenset[str] = _KEPT):
    """Facts of f(A): some always, some of symmetric A, and those that f(A) has from A."""

    def facts(arguments: tuple[Expr, ...]) -> set[str]:
        known = arguments[0].facts
        extra = symmetric if "symmetric" in known else ()
        return {*always, *extra, *(known & keeps)}

    return facts


def _frechet_facts(arguments: tuple[Expr, ...]) -> set[str]:
    """L(A,E) of symmetric A and E is symmetric, of triangular ones triangular."""
    return set.intersection(*(set(a.facts) for a in arguments)) & {"lower", "upper", "symmetric"}


def _matrix_facts(arguments: tuple[Expr, ...]) -> set[str]:
    """The adjoint of L(A,.) is L(A',.), so its matrix is symmetric if A (and E) is."""
    return {"symmetric"} if all("symmetric" in a.facts for a in arguments) else set()


def _family(
    name: str,
    slope: Callable[[Expr], Expr],
    *,
    facts: Callable,
    domain: str = "R[n,n]",
    conditions: tuple[Condition, ...] = (),
    analytic: bool = False,
    doc: str,
    statement: str,
    source: str,
) -> tuple[Function, ...]:
    """A function of a matrix with its first and second Fréchet derivatives; `slope` is f'."""
    example = f"A in {domain}" if domain != "R[n,n]" else ""

    def examples(*others: str) -> tuple[str, ...]:
        return ("; ".join([example, *others]),) if example else ()

    shown = rf"\operatorname{{{name}}}"
    return (
        Function(
            f"{name}(A)",
            "R[n,n] -> R[n,n]",
            differential=f"frechet({name})(A,dA)",
            numpy=f"linalg.{name}(A)",
            latex=shown + r"\left(□\right)",
            facts=facts,
            conditions=conditions,
            analytic=analytic,
            examples=examples(),
            statement=statement,
            doc=doc,
            source=source,
        ),
        Function(
            f"frechet({name})(A,E)",
            "R[n,n], R[n,n] -> R[n,n]",
            differential=f"frechet({name})(A,dE) + frechet({name})(A,dA,E)",
            adjoint={"E": f"frechet({name})(A',G)"},
            matrix={"E": f"frechetmatrix({name})(A)"},
            numpy=f"linalg.frechet(linalg.{name}, A, E)",
            latex=rf"L_{{{shown}}}\left(□1, □2\right)",
            unicode=f"L_{name}(□1, □2)",
            facts=_frechet_facts,
            conditions=conditions,
            analytic=analytic,
            commuting=slope,
            examples=examples("E in R[n,n]"),
            statement=f"the Fréchet derivative of {name}, linear in its direction",
            doc=f"The Fréchet derivative of {name} at A along E.",
            source=f"{_HIGHAM}, sec. 3.1 and (3.16)",
        ),
        Function(
            f"frechet({name})(A,E,F)",
            "R[n,n], R[n,n], R[n,n] -> R[n,n]",
            differential=f"frechet({name})(A,dE,F) + frechet({name})(A,E,dF)",
            adjoint={"E": f"frechet({name})(A',G,F')", "F": f"frechet({name})(A',E',G)"},
            matrix={"E": f"frechetmatrix({name})(A,F)", "F": f"frechetmatrix({name})(A,E)"},
            numpy=f"linalg.frechet(linalg.{name}, A, E, F)",
            latex=rf"L^{{(2)}}_{{{shown}}}\left(□1, □2, □3\right)",
            unicode=f"L²_{name}(□1, □2, □3)",
            facts=_frechet_facts,
            conditions=conditions,
            analytic=analytic,
            examples=examples("E in R[n,n]", "F in R[n,n]"),
            statement=f"the second Fréchet derivative of {name}, linear in both directions",
            doc=f"The second Fréchet derivative of {name} at A along E and F.",
            source="Higham & Relton, SIAM J. Matrix Anal. Appl. 35 (2014) 1019-1037",
        ),
        Function(
            f"frechetmatrix({name})(A)",
            "R[n,n] -> R[n*n,n*n]",
            numpy=f"linalg.frechet_matrix(linalg.{name}, A)",
            latex=rf"K_{{{shown}}}\left(□\right)",
            unicode=f"K_{name}(□)",
            facts=_matrix_facts,
            conditions=conditions,
            analytic=analytic,
            examples=examples(),
            statement="vec(L(A,E)) = K(A) vec(E)",
            doc=f"The matrix of the Fréchet derivative of {name} at A, acting on vec(E).",
            source=f"{_HIGHAM}, (3.17)",
        ),
        Function(
            f"frechetmatrix({name})(A,E)",
            "R[n,n], R[n,n] -> R[n*n,n*n]",
            numpy=f"linalg.frechet_matrix(linalg.{name}, A, E)",
            latex=rf"K_{{{shown}}}\left(□1, □2\right)",
            unicode=f"K_{name}(□1, □2)",
            facts=_matrix_facts,
            conditions=conditions,
            analytic=analytic,
            examples=examples("E in R[n,n]"),
            statement="vec(L(A,E,F)) = K(A,E) vec(F)",
            doc=f"The matrix of the second Fréchet derivative of {name} at A along E.",
            source="Higham & Relton, SIAM J. Matrix Anal. Appl. 35 (2014) 1019-1037",
        ),
    )


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


_PRINCIPAL = (Condition(_BRANCH, "A", frozenset({"pd"})),)

FUNCTIONS = (
    *_family(
        "expm",
        lambda a: _named("expm", a),
        facts=_facts("nonsingular", symmetric=("pd",)),
        analytic=True,
        doc="The exponential of a matrix, the sum of all A^k/k!. exp(A) is entry by entry.",
        statement="d expm(A) is the Fréchet derivative along dA",
        source=f"{_HIGHAM}, sec. 10.2; Matrix Cookbook sec. 10.1",
    ),
    *_family(
        "logm",
        build.inverse,
        facts=_facts(),
        domain="SPD[n]",
        conditions=_PRINCIPAL,
        doc="The principal logarithm of a matrix without eigenvalues on the closed negative axis.",
        statement="d logm(A) is the Fréchet derivative along dA",
        source=f"{_HIGHAM}, sec. 11.2",
    ),
    *_family(
        "sqrtm",
        _half_inverse,
        facts=_facts("nonsingular", symmetric=("pd",)),
        domain="SPD[n]",
        conditions=_PRINCIPAL,
        doc="The principal square root of a matrix: sqrtm(A)^2 = A.",
        statement="d sqrtm(A) is the Fréchet derivative along dA",
        source=f"{_HIGHAM}, sec. 6.1",
    ),
    *_family(
        "sinm",
        lambda a: _named("cosm", a),
        facts=_facts(keeps=_KEPT | {"skew"}),
        analytic=True,
        doc="The sine of a matrix, by its power series.",
        statement="d sinm(A) is the Fréchet derivative along dA",
        source=f"{_HIGHAM}, sec. 12.1; Matrix Cookbook (128)",
    ),
    *_family(
        "cosm",
        lambda a: build.negate(_named("sinm", a)),
        facts=_facts(),
        analytic=True,
        doc="The cosine of a matrix, by its power series.",
        statement="d cosm(A) is the Fréchet derivative along dA",
        source=f"{_HIGHAM}, sec. 12.1; Matrix Cookbook (128)",
    ),
)
