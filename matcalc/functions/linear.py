"""Functions that are linear in their argument: each states its adjoint."""

from __future__ import annotations

from matcalc.expr import build
from matcalc.functions.record import Function


def _diagonal_facts(arguments):
    found = {"diagonal"}
    if "positive" in arguments[0].facts:
        found |= {"pd", "nonnegative"}
    elif "nonnegative" in arguments[0].facts:
        found |= {"psd", "nonnegative"}
    return found


def _entries_facts(arguments):
    """Of the diagonal of a matrix."""
    known = arguments[0].facts
    if known & {"pd", "hpd"}:
        return {"positive"}
    return {"nonnegative"} if known & {"psd", "hpsd"} else _sign_facts(arguments)


def _sign_facts(arguments):
    return {f for f in ("positive", "nonnegative") if f in arguments[0].facts}


def _trace_facts(arguments):
    a = arguments[0].facts
    if a & {"pd", "hpd"}:
        return {"positive"}
    return {"nonnegative"} if a & {"psd", "hpsd"} else set()


def _part_facts(arguments):
    """Of the real part of a matrix; a Hermitian one has a symmetric part."""
    known = set(arguments[0].facts)
    found = known & {"symmetric", "skew", "diagonal", "lower", "upper"}
    return found | ({"symmetric"} if "hermitian" in known else set())


FUNCTIONS = (
    Function(
        "tr(A)",
        "R[n,n] -> R",
        adjoint="G*eye(n)",
        matrix="vec(eye(n))'",
        numpy="np.trace(A)",
        latex=r"\operatorname{tr}\left(□\right)",
        real_of_hermitian=True,
        facts=_trace_facts,
        aliases=("trace",),
        doc="The trace: the sum of the diagonal entries.",
        source="Magnus & Neudecker, ch. 1, sec. 10",
    ),
    Function(
        "sum(A)",
        "R[m,n] -> R",
        adjoint="G*ones(m,n)",
        matrix="ones(1,m*n)",
        numpy="np.sum(A)",
        real_of_hermitian=True,
        facts=_sign_facts,
        doc="The sum of all entries, 1'A1.",
        source="Magnus & Neudecker, ch. 2",
    ),
    Function(
        "mean(A)",
        "R[m,n] -> R",
        adjoint="G/(m*n)*ones(m,n)",
        matrix="ones(1,m*n)/(m*n)",
        numpy="np.mean(A)",
        real_of_hermitian=True,
        facts=_sign_facts,
        doc="The mean of all entries, 1'A1/(mn).",
        source="by definition",
    ),
    Function(
        "diag(x)",
        ("R[n] -> R[n,n]", "R[n,n] -> R[n]"),
        adjoint=("diag(G)", "diag(G)"),
        matrix=("khatrirao(eye(n),eye(n))", "khatrirao(eye(n),eye(n))'"),
        numpy="np.diagflat(x) if x.shape[1] == 1 else np.diag(x)[:, None]",
        latex=(
            r"\operatorname{Diag}\left(□\right)",
            r"\operatorname{diag}\left(□\right)",
        ),
        unicode=("Diag(□)", "diag(□)"),
        real_of_hermitian=True,
        facts=lambda a: _diagonal_facts(a) if a[0].shape[1] == 1 else _entries_facts(a),
        aliases=("Diag",),
        doc="Of a vector, the diagonal matrix; of a square matrix, its diagonal.",
        source="Magnus & Neudecker, ch. 2",
    ),
    Function(
        "tril(A)",
        "R[n,n] -> R[n,n]",
        adjoint="tril(G)",
        matrix="diag(vec(tril(ones(n,n))))",
        numpy="np.tril(A)",
        facts=lambda a: {"lower"},
        doc="The lower triangle, diagonal included.",
        source="by definition",
    ),
    Function(
        "triu(A)",
        "R[n,n] -> R[n,n]",
        adjoint="triu(G)",
        matrix="diag(vec(triu(ones(n,n))))",
        numpy="np.triu(A)",
        facts=lambda a: {"upper"},
        doc="The upper triangle, diagonal included.",
        source="by definition",
    ),
    Function(
        "re(A)",
        "R[m,n] -> R[m,n]",
        wirtinger="(dA + conj(dA))/2",
        numpy="np.real(A)",
        latex=r"\operatorname{Re}\left(□\right)",
        facts=_part_facts,
        of_real=lambda a: a,
        analytic=False,
        statement="d re(Z) = (dZ + conj(dZ))/2",
        doc="The real part.",
        source="Hjørungnes, Complex-Valued Matrix Derivatives, (3.18)",
    ),
    Function(
        "im(A)",
        "R[m,n] -> R[m,n]",
        wirtinger="1i/2*(conj(dA) - dA)",
        numpy="np.imag(A)",
        latex=r"\operatorname{Im}\left(□\right)",
        facts=lambda a: {"skew"} if "hermitian" in a[0].facts else _part_facts(a),
        of_real=lambda a: build.zeros(a.shape),
        analytic=False,
        statement="d im(Z) = (dZ - conj(dZ))/(2i)",
        doc="The imaginary part.",
        source="Hjørungnes, Complex-Valued Matrix Derivatives, (3.19)",
    ),
    # Shorthand for core nodes.
    Function(
        "inv(A)",
        "R[n,n] -> R[n,n]",
        expand=build.inverse,
        doc="The inverse: d inv(X) = -inv(X) dX inv(X).",
        source="Magnus & Neudecker, ch. 8, thm. 3",
    ),
    Function(
        "dot(x,y)",
        "R[m,n], R[m,n] -> R",
        expand=lambda x, y: (
            build.multiply(build.transpose(x), y) if x.shape[1] == 1 else build.frobenius(x, y)
        ),
        doc="The inner product x'y; of matrices, the Frobenius product.",
        source="by definition",
    ),
    Function(
        "outer(x,y)",
        "R[m], R[n] -> R[m,n]",
        expand=lambda x, y: build.multiply(x, build.transpose(y)),
        doc="The outer product x y'.",
        source="by definition",
    ),
)
