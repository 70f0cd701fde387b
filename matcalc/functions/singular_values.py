"""Singular values, singular vectors, and the polar factor.

Singular values descend. A matrix with n columns has n of them, of which the last are zero if there
are fewer rows; then U has columns of zeros, and only the first m columns of V are determined (the
next one, too, if it is the only other). The entry of largest modulus of a column of V is positive.
"""

from __future__ import annotations

from matcalc.expr.sizes import add_sizes
from matcalc.functions.numbers import Numbers
from matcalc.functions.record import Condition, Function, is_wide
from matcalc.functions.spectral import ONE_OF, in_phase

_SVD = "Giles, Collected matrix derivative results (2008), sec. 3.3"
DISTINCT = "the singular values of □ are simple and not 0"
_DISTINCT = (Condition(DISTINCT, "A"),)

_DV = in_phase(
    "svd_v(A)",
    "svd_v(A)*(invgaps(svals(A).^2).*(svd_v(A)^H*(A^H*dA + conj(dA)'*A)*svd_v(A)))",
)

# Of a wide matrix: U, V and the singular values without those that are always zero
_FIRST = "eye(n)[:,1:m]"
_U, _V, _S = f"svd_u(A)*{_FIRST}", f"svd_v(A)*{_FIRST}", "svals(A')"


def _wide_u() -> tuple[str, str]:
    """The differential of U of a wide matrix, real and complex, by the eigenvectors of A*A^H.

    Their phases are those that keep the entries of largest modulus of V = A^H*U*inv(S) real.
    """
    gaps = f"invgaps({_S}.^2)"
    real = f"{_U}*({gaps}.*(({_U})'*(dA*A' + A*dA')*{_U}))"
    turned = f"{_U}*({gaps}.*(({_U})^H*(dA*A^H + A*conj(dA)')*{_U}))"
    slopes = f"diag(({_U})^H*dA*{_V} + ({_V})^H*conj(dA)'*{_U})/2"
    v = f"(conj(dA)'*{_U} + A^H*({turned}) - {_V}*diag({slopes}))*diag({_S}.^(-1))"
    top = f"columns(hardmax)(abs({_V}))'"
    z = f"diag({top}*({v}))"
    phases = f"{_U}*diag(({z} - conj({z}))./columns(max)(abs({_V}))')/2"
    return f"({real})*{_FIRST}'", f"({turned} - {phases})*{_FIRST}'"


_WIDE_U, _WIDE_U_COMPLEX = _wide_u()


def _no_unique_vectors(arguments):
    """Why V has no derivative: two right singular vectors of the singular value 0 may be turned."""
    lacking = add_sizes(arguments[0].shape[1], arguments[0].shape[0], -1)
    if isinstance(lacking, int) and lacking > 1:
        return (
            f"{lacking} right singular vectors belong to the singular value 0, and are not unique"
        )
    return None


FUNCTIONS = (
    Function(
        "topgaps(x,k)",
        "R[n], R -> R[n,n]",
        differential="-topgaps(x,k).*topgaps(x,k).*(dx*ones(n)' - ones(n)*dx')",
        numpy="linalg.topgaps(x, k)",
        numbers=ONE_OF,
        latex=r"E_{□2}\left(□1\right)",
        unicode="E(□1, □2)",
        conditions=(Condition("none of the first □2 entries of □1 equals a later one", "x"),),
        examples=("k = 1",),
        statement="E_ij = 1/(x_i - x_j) for i ≤ k < j: dE_ij = -(dx_i - dx_j)/(x_i - x_j)²",
        doc="The matrix of 1/(x[i] - x[j]) for i <= k < j, and zeros elsewhere.",
        source="Kato, Perturbation Theory for Linear Operators, ch. II, (2.14)",
    ),
    Function(
        "topsums(x,k)",
        "R[n], R -> R[n,n]",
        differential="-topsums(x,k).*topsums(x,k).*(dx*ones(n)' + ones(n)*dx')",
        numpy="linalg.topsums(x, k)",
        numbers=ONE_OF,
        latex=r"H_{□2}\left(□1\right)",
        unicode="H(□1, □2)",
        conditions=(
            Condition(
                "none of the first □2 entries of □1 is the negative of any",
                "x",
                frozenset({"positive"}),
            ),
        ),
        examples=("k = 1",),
        statement="H_ij = 1/(x_i + x_j) for i ≤ k: dH_ij = -(dx_i + dx_j)/(x_i + x_j)²",
        doc="The matrix of 1/(x[i] + x[j]) for i <= k, and zeros elsewhere.",
        source="Kato, Perturbation Theory for Linear Operators, ch. II, (2.14)",
    ),
    Function(
        "svals(A)",
        "R[m,n] -> R[n]",
        differential="diag(svd_u(A)'*dA*svd_v(A))",
        wirtinger="diag(svd_u(A)^H*dA*svd_v(A) + svd_v(A)^H*conj(dA)'*svd_u(A))/2",
        wide=f"{_FIRST}*diag(svd_u(A')'*dA'*svd_v(A'))",
        numpy="linalg.svals(A)",
        latex=r"\sigma\left(□\right)",
        unicode="σ(□)",
        facts=lambda a: {"nonnegative"},
        conditions=_DISTINCT,
        analytic=False,
        statement="dσ = diag(U' dX V)",
        doc="The singular values in descending order, as many as there are columns; of a matrix"
        " with fewer rows the last are 0.",
        source=_SVD,
    ),
    Function(
        "svd_u(A)",
        "R[m,n] -> R[m,n]",
        wirtinger=f"(A*({_DV}) + dA*svd_v(A) - svd_u(A)*diag(diag(svd_u(A)^H*dA*svd_v(A)"
        " + svd_v(A)^H*conj(dA)'*svd_u(A)))/2)*diag(svals(A).^(-1))",
        wide=_WIDE_U,
        wide_wirtinger=_WIDE_U_COMPLEX,
        differential="(A*svd_v(A)*(invgaps(svals(A).^2).*(svd_v(A)'*(A'*dA + dA'*A)*svd_v(A)))"
        " + dA*svd_v(A)"
        " - svd_u(A)*diag(diag(svd_u(A)'*dA*svd_v(A))))*diag(svals(A).^(-1))",
        complex_valued=True,
        numpy="linalg.svd_u(A)",
        latex=r"U\left(□\right)",
        unicode="U(□)",
        conditions=_DISTINCT,
        analytic=False,
        statement="U = X V inv(S), with the differentials of V and S",
        doc="The left singular vectors U as columns: A = U*diag(svals(A))*svd_v(A)^H.",
        source=_SVD,
    ),
    Function(
        "svd_v(A)",
        "R[m,n] -> R[n,n]",
        differential="svd_v(A)*(invgaps(svals(A).^2).*(svd_v(A)'*(A'*dA + dA'*A)*svd_v(A)))",
        wirtinger=_DV,
        no_derivative=_no_unique_vectors,
        complex_valued=True,
        numpy="linalg.svd_v(A)",
        latex=r"V\left(□\right)",
        unicode="V(□)",
        facts=lambda a: {"orthogonal"},
        conditions=_DISTINCT,
        analytic=False,
        statement="dV = V (F ⊙ V' d(X'X) V), F_ij = 1/(σ_j² - σ_i²) off the diagonal",
        doc="The right singular vectors V as columns, their entries of largest modulus positive.",
        source=_SVD,
    ),
    Function(
        "polar(A)",
        "R[m,n] -> R[m,n]",
        differential="polar(A)*lyap(polar(A)'*A, polar(A)'*dA - dA'*polar(A))"
        " + (dA - polar(A)*polar(A)'*dA)*inv(polar(A)'*A)",
        wirtinger="polar(A)*sylv(polar(A)^H*A, polar(A)^H*A, polar(A)^H*dA - conj(dA)'*polar(A))"
        " + (dA - polar(A)*polar(A)^H*dA)*inv(polar(A)^H*A)",
        complex_valued=True,
        numpy="linalg.polar(A)",
        latex=r"\operatorname{polar}\left(□\right)",
        conditions=(
            Condition(
                "□ has full column rank",
                "A",
                frozenset({"nonsingular"}),
                when=lambda a: not is_wide(a[0]),
            ),
            Condition("□ has full row rank", "A", when=lambda a: is_wide(a[0])),
        ),
        tall=True,
        analytic=False,
        statement="X = W P: dW = W Ω + (I - W W') dX inv(P), P Ω + Ω P = W' dX - dX' W",
        doc="The factor W = U*V' of the polar decomposition A = W*P, with U and V of the SVD.",
        source="Higham, Functions of Matrices, ch. 8; Kenney & Laub, SIAM J. Matrix Anal. Appl. 12"
        " (1991) 488-504",
    ),
    Function(
        "polar(A,k)",
        "R[m,n], R -> R[m,n]",
        differential="svd_u(A)*((topgaps(svals(A),k) + topgaps(svals(A),k)')"
        ".*(svd_u(A)'*dA*svd_v(A) + svd_v(A)'*dA'*svd_u(A))/2"
        " + (topsums(svals(A),k) + topsums(svals(A),k)')"
        ".*(svd_u(A)'*dA*svd_v(A) - svd_v(A)'*dA'*svd_u(A))/2)*svd_v(A)'"
        " + 2*(dA - svd_u(A)*svd_u(A)'*dA)*svd_v(A)*diag(diag(topsums(svals(A),k)))*svd_v(A)'",
        wirtinger="svd_u(A)*((topgaps(svals(A),k) + topgaps(svals(A),k)')"
        ".*(svd_u(A)^H*dA*svd_v(A) + svd_v(A)^H*conj(dA)'*svd_u(A))/2"
        " + (topsums(svals(A),k) + topsums(svals(A),k)')"
        ".*(svd_u(A)^H*dA*svd_v(A) - svd_v(A)^H*conj(dA)'*svd_u(A))/2)*svd_v(A)^H"
        " + 2*(dA - svd_u(A)*svd_u(A)^H*dA)*svd_v(A)*diag(diag(topsums(svals(A),k)))*svd_v(A)^H",
        complex_valued=True,
        numpy="linalg.polar(A, k)",
        latex=r"\operatorname{polar}_{□2}\left(□1\right)",
        unicode="polar(□1, □2)",
        conditions=(Condition("singular value number □2 of □1 is larger than the next", "A"),),
        tall=True,
        analytic=False,
        numbers={"k": Numbers(1, ("m", "n"))},
        examples=("k = 1", "k = 2", "A in R[3,2]; k = 1", "A in R[2,3]; k = 2"),
        statement="d(U_k V_k') = U (G ⊙ (M + M')/2 + H ⊙ (M - M')/2) V' + (I - U U') dX V_k"
        " inv(S_k) V_k', M = U' dX V, G_ij = 1/(σ_i - σ_j) and H_ij = 1/(σ_i + σ_j) for i <= k < j",
        doc="U*V' of the singular vectors of the k largest singular values.",
        source="Higham, Functions of Matrices, ch. 8; as the corner of a spectral projector of"
        " [0 A; A' 0], Kato, Perturbation Theory for Linear Operators, ch. II, (2.14)",
    ),
)
