"""Inverses in a wider sense: pseudoinverse, adjugate, Cholesky factor, Sylvester equations."""

from __future__ import annotations

from matcalc.functions.record import Condition, Function

_MN = "Magnus & Neudecker, Matrix Differential Calculus"


def _pinv_facts(arguments):
    kept = """symmetric skew diagonal psd pd nonsingular hermitian hpsd hpd""".split()
    return set(arguments[0].facts) & set(kept)


def _adj_facts(arguments):
    known = set(arguments[0].facts)
    kept = "symmetric hermitian diagonal lower upper psd pd nonsingular".split()
    return known & set(kept)


def _lyap_facts(arguments):
    """The solution is unique, and its transpose solves the transposed equation.

    It is the integral of expm(-t*A)*Q*expm(-t*A)' where all eigenvalues of A have positive real
    parts.
    """
    known = set(arguments[1].facts) & {"symmetric", "skew"}
    definite = {"pd", "psd"} & arguments[1].facts if "pd" in arguments[0].facts else set()
    return known | definite


FUNCTIONS = (
    Function(
        "pinv(A)",
        "R[m,n] -> R[n,m]",
        differential="-pinv(A)*dA*pinv(A) + pinv(A)*pinv(A)'*dA'*(eye(m) - A*pinv(A))"
        " + (eye(n) - pinv(A)*A)*dA'*pinv(A)'*pinv(A)",
        wirtinger="-pinv(A)*dA*pinv(A) + pinv(A)*pinv(A)^H*conj(dA)'*(eye(m) - A*pinv(A))"
        " + (eye(n) - pinv(A)*A)*conj(dA)'*pinv(A)^H*pinv(A)",
        complex_valued=True,
        numpy="linalg.pinv(A)",
        latex=r"□^{+}",
        unicode="□⁺",
        facts=_pinv_facts,
        conditions=(
            Condition("the rank of □ does not change nearby", "A", frozenset({"pd", "hpd"})),
        ),
        analytic=False,
        statement="d X⁺ = -X⁺ dX X⁺ + X⁺X⁺' dX' (I - XX⁺) + (I - X⁺X) dX' X⁺'X⁺",
        doc="The pseudoinverse of Moore and Penrose.",
        source="Golub & Pereyra, SIAM J. Numer. Anal. 10 (1973) 413-432, (4.12);"
        f" {_MN}, ch. 8, thm. 5",
    ),
    Function(
        "adj(A)",
        "R[n,n] -> R[n,n]",
        differential="frechet(adj)(A,dA)",
        holomorphic=True,
        numpy="linalg.adj(A)",
        latex=r"\operatorname{adj}\left(□\right)",
        facts=_adj_facts,
        aliases=("adjugate",),
        statement="d adj(A) is the Fréchet derivative along dA",
        doc="The adjugate, the transposed matrix of cofactors: A*adj(A) = det(A)*I. It is a"
        " polynomial in the entries, which has derivatives at singular A, too. At nonsingular A,"
        " frechet(adj)(A,E) is tr(inv(A)*E)*adj(A) - inv(A)*E*adj(A).",
        source=f"{_MN}, ch. 8, sec. 6",
    ),
    Function(
        "chol(A)",
        "R[n,n] -> R[n,n]",
        differential="chol(A)*(tril(inv(chol(A))*dA*inv(chol(A))')"
        " - diag(diag(inv(chol(A))*dA*inv(chol(A))'))/2)",
        wirtinger="chol(A)*(tril(inv(chol(A))*dA*inv(chol(A))^H)"
        " - diag(diag(inv(chol(A))*dA*inv(chol(A))^H))/2)",
        complex_valued=True,
        of_hermitian="only positive definite matrices are L*L^H",
        numpy="linalg.chol(A)",
        latex=r"\operatorname{chol}\left(□\right)",
        facts=lambda a: {"lower", "positive-det"},
        conditions=(Condition("□ positive definite", "A", frozenset({"pd", "hpd"})),),
        needs={"A": "symmetric"},
        analytic=False,
        examples=("A in SPD[n]",),
        statement="d chol(S) = L Φ(inv(L) dS inv(L)'), Φ(M) = tril(M) - diag(diag(M))/2",
        doc="The lower triangular L with L*L' = A and a positive diagonal.",
        source="Murray, Differentiation of the Cholesky decomposition, arXiv:1602.07527, (8)",
    ),
    Function(
        "lyap(A,Q)",
        "R[n,n], R[n,n] -> R[n,n]",
        differential="lyap(A, dQ - dA*lyap(A,Q) - lyap(A,Q)*dA')",
        adjoint={"Q": "lyap(A',G)"},
        matrix={"Q": "inv(kron(eye(n),A) + kron(A,eye(n)))"},
        holomorphic=True,
        numpy="linalg.lyap(A, Q)",
        latex=r"\operatorname{lyap}\left(□1, □2\right)",
        facts=_lyap_facts,
        conditions=(Condition("no two eigenvalues of □ add up to 0", "A", frozenset({"pd"})),),
        examples=("A in SPD[n]; Q in R[n,n]", "A in R[n,n]; Q in R[n,n]"),
        statement="A dY + dY A' = dQ - dA Y - Y dA', Y = lyap(A,Q)",
        doc="The Y with A*Y + Y*A' = Q (the Lyapunov equation).",
        source="implicit differentiation; Higham, Functions of Matrices, app. B.14",
    ),
    Function(
        "sylv(A,B,C)",
        "R[m,m], R[n,n], R[m,n] -> R[m,n]",
        differential="sylv(A, B, dC - dA*sylv(A,B,C) - sylv(A,B,C)*dB)",
        adjoint={"C": "sylv(A',B',G)"},
        matrix={"C": "inv(kron(eye(n),A) + kron(B',eye(m)))"},
        holomorphic=True,
        numpy="linalg.sylv(A, B, C)",
        latex=r"\operatorname{sylv}\left(□1, □2, □3\right)",
        conditions=(
            Condition(
                "no eigenvalue of □1 is the negative of one of □2",
                "A",
                when=lambda a: not all("pd" in x.facts for x in a[:2]),
            ),
        ),
        statement="A dY + dY B = dC - dA Y - Y dB, Y = sylv(A,B,C)",
        doc="The Y with A*Y + Y*B = C (the Sylvester equation).",
        source="implicit differentiation; Higham, Functions of Matrices, app. B.14",
    ),
)
