"""Eigenvalues, and the vectors that belong to them.

Eigenvalues ascend. Of a matrix that is not known to be symmetric the
eigenvalues have to be real, and their differentials need left eigenvectors: those of the transpose.
An eigenvector is a unit vector whose entry of largest modulus is positive; so its sign is no matter
of chance, and its differential is the same for both signs.
"""

from __future__ import annotations

from matcalc.functions.numbers import Numbers
from matcalc.functions.record import Condition, Function

_MN = "Magnus & Neudecker, Matrix Differential Calculus"
_SIMPLE = "Magnus, Econometric Theory 1 (1985) 179-191, thm. 1; Matrix Cookbook (67)"
_VECTOR = (
    "Magnus, Econometric Theory 1 (1985) 179-191, thm. 1; Matrix Cookbook (68);"
    " of any matrix Nelson, AIAA J. 14 (1976) 1201-1205"
)
_IN_ORDER = "the eigenvalues of others have no order"
_EXAMPLES = ("A in Sym[n]", "A in R[n,n]")


def _definite(strict, weak):
    """Signs of eigenvalues of positive (semi)definite matrices."""

    def facts(arguments):
        known = arguments[0].facts
        return {strict} if known & {"pd", "hpd"} else {weak} if known & {"psd", "hpsd"} else set()

    return facts


_signs = _definite("positive", "nonnegative")


# Which of n eigenvalues.
ONE_OF = {"k": Numbers(1, ("n",))}


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
        of_hermitian=_IN_ORDER,
        numpy=f"linalg.{head}",
        latex=latex,
        unicode=unicode,
        facts=_signs,
        conditions=(
            Condition(f"{which} is simple", "A"),
            Condition(f"{which} is real", "A", when=_real),
        ),
        analytic=False,
        numbers=ONE_OF if arguments else {},
        examples=tuple(f"{a}{'; k = 2' if arguments else ''}" for a in _EXAMPLES),
        statement="dλ = v' dA v, v the unit eigenvector; of any matrix w' dA v/(w' v), w' A = λ w'",
        doc=doc,
        source=_SIMPLE,
    )


def in_phase(vectors, turned):
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
        of_hermitian=_IN_ORDER,
        numpy=f"linalg.{head}",
        latex=latex,
        unicode=unicode,
        conditions=(
            Condition(f"{which} is simple", "A"),
            Condition(f"{which} is real", "A", when=_real),
        ),
        analytic=False,
        numbers=ONE_OF if arguments else {},
        examples=tuple(f"{a}{'; k = 2' if arguments else ''}" for a in _EXAMPLES),
        statement="dv = (λI - A)⁺ dA v; of any matrix (I - v v') inv(λI - A + v v') dA v",
        doc=doc,
        source=_VECTOR,
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
        "eigvals(A)",
        "R[n,n] -> R[n]",
        differential="diag(inv(eigvecs(A))*dA*eigvecs(A))",
        symmetric="diag(eigvecs(A)'*dA*eigvecs(A))",
        wirtinger="diag(eigvecs(A)^H*dA*eigvecs(A))",
        of_hermitian=_IN_ORDER,
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
        doc="The eigenvalues in ascending order. Of symmetric A, functions in which their order"
        " does not matter, as sum(exp(eigvals(A))), have gradients also where some are equal.",
        source=_SIMPLE,
    ),
    Function(
        "eigvecs(A)",
        "R[n,n] -> R[n,n]",
        differential="eigvecs(A)*(invgaps(eigvals(A)).*(inv(eigvecs(A))*dA*eigvecs(A)))"
        " - eigvecs(A)*diag(diag(eigvecs(A)'*eigvecs(A)"
        "*(invgaps(eigvals(A)).*(inv(eigvecs(A))*dA*eigvecs(A)))))",
        symmetric="eigvecs(A)*(invgaps(eigvals(A)).*(eigvecs(A)'*dA*eigvecs(A)))",
        wirtinger=in_phase(
            "eigvecs(A)", "eigvecs(A)*(invgaps(eigvals(A)).*(eigvecs(A)^H*dA*eigvecs(A)))"
        ),
        complex_valued=True,
        of_hermitian=_IN_ORDER,
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
)
