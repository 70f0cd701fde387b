"""Eigenvalues and singular values, and the vectors that belong to them.

Eigenvalues ascend, singular values descend. Of a matrix that is not known to be symmetric the
eigenvalues have to be real, and their differentials need left eigenvectors: those of the transpose.
An eigenvector is a unit vector whose entry of largest modulus is positive; so its sign is no matter
of chance, and its differential is the same for both signs. A matrix with n columns has n singular
values, of which the last are zero if there are fewer rows.
"""

from __future__ import annotations

from matcalc.functions.numbers import Numbers
from matcalc.functions.record import Condition, Function, is_wide

_MN = "Magnus & Neudecker, Matrix Differential Calculus"
_SIMPLE = "Magnus, Econometric Theory 1 (1985) 179-191, thm. 1; Matrix Cookbook (67)"
_VECTOR = (
    "Magnus, Econometric Theory 1 (1985) 179-191, thm. 1; Matrix Cookbook (68);"
    " of any matrix Nelson, AIAA J. 14 (1976) 1201-1205"
)
_EXAMPLES = ("A in Sym[n]", "A in R[n,n]")
_SVD = "Giles, Collected matrix derivative results (2008), sec. 3.3"


def _definite(strict, weak):
    """Signs of eigenvalues of positive (semi)definite matrices."""

    def facts(arguments):
        known = arguments[0].facts
        return {strict} if known & {"pd", "hpd"} else {weak} if known & {"psd", "hpsd"} else set()

    return facts


_signs = _definite("positive", "nonnegative")


# Which of n eigenvalues.
_ONE_OF = {"k": Numbers(1, ("n",))}


def _real(arguments):
    return not arguments[0].facts & {"symmetric", "hermitian"}


def _eigenvalue(name, vector, arguments, latex, unicode, which, doc):
    """A record for one eigenvalue: dλ = w' dA v/(w' v) with the left and right eigenvectors."""
    v, w = f"{vector}(A{arguments})", f"{vector}(A'{arguments})"
    head = f"{name}(A{arguments})"
    return Function(
        head,
        f"R[n,n]{', R' * bool(arguments)} -> R",
        differential=f"({w}'*dA*{v})/({w}'*{v})",
        symmetric=f"{v}'*dA*{v}",
        wirtinger=f"{v}^H*dA*{v}",
        of_hermitian=True,
        numpy=f"linalg.{head}",
        latex=latex,
        unicode=unicode,
        facts=_signs,
        conditions=(
            Condition(f"{which} is simple", "A"),
            Condition(f"{which} is real", "A", when=_real),
        ),
        analytic=False,
        numbers=_ONE_OF if arguments else {},
        examples=tuple(f"{a}{'; k = 2' if arguments else ''}" for a in _EXAMPLES),
        statement="dλ = v' dA v, v the unit eigenvector; of any matrix w' dA v/(w' v), w' A = λ w'",
        doc=doc,
        source=_SIMPLE,
    )


def _in_phase(vectors, turned):
    """The differential of unit vectors, given but for imaginary multiples of them.

    The entries of largest modulus stay real: of each, what would be imaginary is taken off.
    """
    top = f"columns(hardmax)(abs({vectors}))'"
    z = f"diag({top}*({turned}))"
    largest = f"columns(max)(abs({vectors}))'"
    return f"{turned} - {vectors}*diag(({z} - conj({z}))./{largest})/2"


def _eigenvector(name, value, arguments, latex, unicode, which, doc):
    """A record for one unit eigenvector: dv = pinv(λI - A) dA v of a symmetric matrix.

    Of any other, d(A v) = d(λ v) gives (λI - A) dv = dA v - v dλ, of which a solution is
    inv(λI - A + v v') dA v; it is unique but for a multiple of v, and v' dv = 0. The multiple of a
    complex one is such that the entry of largest modulus stays real.
    """
    head = f"{name}(A{arguments})"
    gap = f"{value}(A{arguments})*eye(n) - A"
    top, along = f"hardmax(abs({head}))'", f"pinv({gap})*dA*{head}"
    return Function(
        head,
        f"R[n,n]{', R' * bool(arguments)} -> R[n]",
        differential=f"(eye(n) - {head}*{head}')*inv({gap} + {head}*{head}')*dA*{head}",
        symmetric=along,
        wirtinger=f"{along} - ({top}*{along} - conj({top}*{along}))/(2*max(abs({head})))*{head}",
        complex_valued=True,
        of_hermitian=True,
        numpy=f"linalg.{head}",
        latex=latex,
        unicode=unicode,
        conditions=(
            Condition(f"{which} is simple", "A"),
            Condition(f"{which} is real", "A", when=_real),
        ),
        analytic=False,
        numbers=_ONE_OF if arguments else {},
        examples=tuple(f"{a}{'; k = 2' if arguments else ''}" for a in _EXAMPLES),
        statement="dv = (λI - A)⁺ dA v; of any matrix (I - v v') inv(λI - A + v v') dA v",
        doc=doc,
        source=_VECTOR,
    )


_DV = _in_phase(
    "svd_v(A)",
    "svd_v(A)*(invgaps(svals(A).^2).*(svd_v(A)^H*(A^H*dA + conj(dA)'*A)*svd_v(A)))",
)

FUNCTIONS = (
    Function(
        "invgaps(x)",
        "R[n] -> R[n,n]",
        differential="invgaps(x).*invgaps(x).*(dx*ones(n)' - ones(n)*dx')",
        numpy="linalg.invgaps(x)",
        latex=r"F\left(□\right)",
        unicode="F(□)",
        facts=lambda a: {"skew"},
        conditions=(Condition("no two entries of □ are equal", "x"),),
        statement="F_ij = 1/(x_j - x_i): dF_ij = -(dx_j - dx_i)/(x_j - x_i)²",
        doc="The matrix of 1/(x[j] - x[i]), with zeros on the diagonal.",
        source="Giles, Collected matrix derivative results (2008), sec. 3.1",
    ),
    Function(
        "topgaps(x,k)",
        "R[n], R -> R[n,n]",
        differential="-topgaps(x,k).*topgaps(x,k).*(dx*ones(n)' - ones(n)*dx')",
        numpy="linalg.topgaps(x, k)",
        numbers=_ONE_OF,
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
        numbers=_ONE_OF,
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
        "eigvals(A)",
        "R[n,n] -> R[n]",
        differential="diag(inv(eigvecs(A))*dA*eigvecs(A))",
        symmetric="diag(eigvecs(A)'*dA*eigvecs(A))",
        wirtinger="diag(eigvecs(A)^H*dA*eigvecs(A))",
        of_hermitian=True,
        numpy="linalg.eigvals(A)",
        latex=r"\lambda\left(□\right)",
        unicode="λ(□)",
        facts=_signs,
        conditions=(
            Condition("the eigenvalues of □ are simple", "A"),
            Condition("the eigenvalues of □ are real", "A", when=_real),
        ),
        analytic=False,
        examples=("A in Sym[n]", "A in R[n,n]"),
        statement="dλ = diag(V' dA V), V the eigenvectors; of any matrix diag(inv(V) dA V)",
        doc="The eigenvalues in ascending order.",
        source=_SIMPLE,
    ),
    Function(
        "eigvecs(A)",
        "R[n,n] -> R[n,n]",
        differential="eigvecs(A)*(invgaps(eigvals(A)).*(inv(eigvecs(A))*dA*eigvecs(A)))"
        " - eigvecs(A)*diag(diag(eigvecs(A)'*eigvecs(A)"
        "*(invgaps(eigvals(A)).*(inv(eigvecs(A))*dA*eigvecs(A)))))",
        symmetric="eigvecs(A)*(invgaps(eigvals(A)).*(eigvecs(A)'*dA*eigvecs(A)))",
        wirtinger=_in_phase(
            "eigvecs(A)", "eigvecs(A)*(invgaps(eigvals(A)).*(eigvecs(A)^H*dA*eigvecs(A)))"
        ),
        complex_valued=True,
        of_hermitian=True,
        numpy="linalg.eigvecs(A)",
        latex=r"V\left(□\right)",
        unicode="V(□)",
        facts=lambda a: {"orthogonal"} if "symmetric" in a[0].facts else {"nonsingular"},
        conditions=(
            Condition("the eigenvalues of □ are simple", "A"),
            Condition("the eigenvalues of □ are real", "A", when=_real),
        ),
        analytic=False,
        examples=_EXAMPLES,
        statement="dV = V (F ⊙ V' dA V), F_ij = 1/(λ_j - λ_i) off the diagonal; of any matrix"
        " V (C - diag(V'V C)), C = F ⊙ inv(V) dA V",
        doc="The unit eigenvectors as columns, in the order of the eigenvalues.",
        source="Giles, Collected matrix derivative results (2008), sec. 3.1",
    ),
    _eigenvalue(
        "eigval",
        "eigvec",
        ",k",
        r"\lambda_{□2}\left(□1\right)",
        "λ(□1, □2)",
        "the eigenvalue □2 of □1",
        "The k-th eigenvalue, counted from the smallest.",
    ),
    _eigenvalue(
        "lambda_max",
        "eigvec_max",
        "",
        r"\lambda_{\max}\left(□\right)",
        "λₘₐₓ(□)",
        "the largest eigenvalue of □",
        "The largest eigenvalue; where it is multiple, v*v' of any unit eigenvector is a"
        " subgradient.",
    ),
    _eigenvalue(
        "lambda_min",
        "eigvec_min",
        "",
        r"\lambda_{\min}\left(□\right)",
        "λₘᵢₙ(□)",
        "the smallest eigenvalue of □",
        "The smallest eigenvalue; where it is multiple, v*v' of any unit eigenvector is a"
        " supergradient.",
    ),
    _eigenvector(
        "eigvec",
        "eigval",
        ",k",
        r"v_{□2}\left(□1\right)",
        "v(□1, □2)",
        "the eigenvalue □2 of □1",
        "The unit eigenvector of the k-th eigenvalue; its entry of largest modulus is positive.",
    ),
    _eigenvector(
        "eigvec_max",
        "lambda_max",
        "",
        r"v_{\max}\left(□\right)",
        "vₘₐₓ(□)",
        "the largest eigenvalue of □",
        "The unit eigenvector of the largest eigenvalue; its entry of largest modulus is positive.",
    ),
    _eigenvector(
        "eigvec_min",
        "lambda_min",
        "",
        r"v_{\min}\left(□\right)",
        "vₘᵢₙ(□)",
        "the smallest eigenvalue of □",
        "The unit eigenvector of the smallest eigenvalue; its entry of largest modulus is"
        " positive.",
    ),
    Function(
        "svals(A)",
        "R[m,n] -> R[n]",
        differential="diag(svd_u(A)'*dA*svd_v(A))",
        wirtinger="diag(svd_u(A)^H*dA*svd_v(A) + svd_v(A)^H*conj(dA)'*svd_u(A))/2",
        numpy="linalg.svals(A)",
        latex=r"\sigma\left(□\right)",
        unicode="σ(□)",
        facts=lambda a: {"nonnegative"},
        conditions=(Condition("the singular values of □ are simple and not 0", "A"),),
        analytic=False,
        statement="dσ = diag(U' dX V)",
        doc="The singular values in descending order, as many as there are columns.",
        source=_SVD,
    ),
    Function(
        "svd_u(A)",
        "R[m,n] -> R[m,n]",
        wirtinger=f"(A*({_DV}) + dA*svd_v(A) - svd_u(A)*diag(diag(svd_u(A)^H*dA*svd_v(A)"
        " + svd_v(A)^H*conj(dA)'*svd_u(A)))/2)*diag(svals(A).^(-1))",
        differential="(A*svd_v(A)*(invgaps(svals(A).^2).*(svd_v(A)'*(A'*dA + dA'*A)*svd_v(A)))"
        " + dA*svd_v(A)"
        " - svd_u(A)*diag(diag(svd_u(A)'*dA*svd_v(A))))*diag(svals(A).^(-1))",
        complex_valued=True,
        numpy="linalg.svd_u(A)",
        latex=r"U\left(□\right)",
        unicode="U(□)",
        conditions=(Condition("the singular values of □ are simple and not 0", "A"),),
        analytic=False,
        statement="U = X V inv(S), with the differentials of V and S",
        doc="The left singular vectors U as columns: A = U*diag(svals(A))*V^H.",
        source=_SVD,
    ),
    Function(
        "svd_v(A)",
        "R[m,n] -> R[n,n]",
        differential="svd_v(A)*(invgaps(svals(A).^2).*(svd_v(A)'*(A'*dA + dA'*A)*svd_v(A)))",
        wirtinger=_DV,
        complex_valued=True,
        numpy="linalg.svd_v(A)",
        latex=r"V\left(□\right)",
        unicode="V(□)",
        facts=lambda a: {"orthogonal"},
        conditions=(Condition("the singular values of □ are simple and not 0", "A"),),
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
