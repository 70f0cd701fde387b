"""Norms: of vectors and entries, of singular values, of columns.

Where a norm has a kink the conditions say so, and the text of the record gives a subgradient there.
"""

from __future__ import annotations

from matcalc.expr.nodes import number_value
from matcalc.functions.numbers import Numbers
from matcalc.functions.record import Condition, Function, is_wide

_WATSON = "Watson, Linear Algebra Appl. 170 (1992) 33-45"


def _nonnegative(arguments):
    return {"nonnegative"}


def _may_have_kinks(arguments):
    """Whether the power p of normp(x,p) may be 1 or less, so that there are kinks where x_i = 0."""
    p = number_value(arguments[1])
    return p is None or p <= 1


def _smooth(arguments):
    return not _may_have_kinks(arguments)


_FULL_RANK = Condition("the rank of □ does not change nearby", "A", frozenset({"nonsingular"}))
_POWER = Condition("□ > 0", "p", frozenset({"positive"}))
_ABOVE_ZERO = {"p": Numbers(0, whole=False)}


def _largest(name, latex, unicode, doc):
    """Two names for the largest singular value, of a function and of a norm."""
    return Function(
        f"{name}(A)",
        "R[m,n] -> R",
        differential=f"(A*eigvec_max(A'*A)*eigvec_max(A'*A)')/{name}(A) : dA",
        wirtinger="(conj(polar(A,1)) : dA + polar(A,1) : conj(dA))/2",
        numpy="np.linalg.norm(A, 2)",
        latex=latex,
        unicode=unicode,
        facts=_nonnegative,
        norm=True,
        conditions=(Condition("the largest singular value of □ is simple and not 0", "A"),),
        analytic=False,
        statement="dσ = u v' : dX, σ u = X v, v the unit eigenvector of X'X",
        doc=doc + " Where it is multiple, u*v' of any leading pair is a subgradient.",
        source=_WATSON,
    )


_BY_POWER = "normp(A,p)/p*(sum(abs(A).^p.*log(abs(A)))/normp(A,p)^p - log(normp(A,p)))*dp"
_BY_SCHATTEN = _BY_POWER.replace("normp", "schatten").replace("abs", "svals")

FUNCTIONS = (
    Function(
        "norminf(A)",
        "R[m,n] -> R",
        differential="2*sign(A).*step(abs(A) - norminf(A)) : dA",
        wirtinger="conj(A)./abs(A).*step(abs(A) - norminf(A)) : dA"
        " + A./abs(A).*step(abs(A) - norminf(A)) : conj(dA)",
        numpy="np.max(np.abs(A))",
        latex=r"\left\lVert □ \right\rVert_{\infty}",
        unicode="‖□‖∞",
        facts=_nonnegative,
        norm=True,
        conditions=(
            Condition("□ ≠ 0", "A", frozenset({"positive", "nonsingular"})),
            Condition("one entry of □ has the largest modulus", "A"),
        ),
        analytic=False,
        statement="d‖X‖∞ is the sign of the largest entry times its differential",
        doc="The largest modulus of an entry; where several share it, the sign of one is a"
        " subgradient.",
        source="by definition, entry by entry",
    ),
    Function(
        "normp(A,p)",
        "R[m,n], R -> R",
        differential=f"normp(A,p)^(1 - p)*(sign(A).*abs(A).^(p - 1) : dA) + {_BY_POWER}",
        wirtinger="normp(A,p)^(1 - p)/2*(conj(A).*abs(A).^(p - 2) : dA"
        f" + A.*abs(A).^(p - 2) : conj(dA)) + {_BY_POWER}",
        numpy="np.sum(np.abs(A)**p)**(1/p)",
        latex=r"\left\lVert □1 \right\rVert_{□2}",
        unicode="‖□1‖(□2)",
        facts=_nonnegative,
        norm=True,
        conditions=(
            _POWER,
            Condition("□ ≠ 0", "A", frozenset({"positive", "nonsingular"}), when=_smooth),
            Condition("no entry of □ is 0", "A", frozenset({"positive"}), when=_may_have_kinks),
        ),
        numbers=_ABOVE_ZERO,
        defined="p > 0",
        analytic=False,
        smooth=False,
        examples=("A in R[m,n]; p in R+", "A in R[m,n]; p = 3", "x in R[n]; p = 3/2"),
        statement="d‖X‖_p = ‖X‖_p^(1 - p) sign(X) ⊙ |X|^(p - 1) : dX",
        doc="The p-norm of all entries, (Σ|a_ij|^p)^(1/p); of p = 1 sign(A) is a subgradient where"
        " entries are 0, and of p >= 1 a zero matrix has the subgradient 0.",
        source="by definition, entry by entry",
    ),
    Function(
        "normnuc(A)",
        "R[m,n] -> R",
        differential="polar(A) : dA",
        wirtinger="(conj(polar(A)) : dA + polar(A) : conj(dA))/2",
        numpy="np.linalg.norm(A, 'nuc')",
        latex=r"\left\lVert □ \right\rVert_{*}",
        unicode="‖□‖⁎",
        facts=_nonnegative,
        norm=True,
        conditions=(_FULL_RANK,),
        analytic=False,
        smooth=False,
        statement="d‖X‖⁎ = U V' : dX, X = U S V'",
        doc="The nuclear norm, the sum of the singular values. Where the rank is not full, U*V' of"
        " the singular vectors of nonzero singular values is a subgradient.",
        source=_WATSON,
    ),
    _largest(
        "normspec",
        r"\left\lVert □ \right\rVert_{2}",
        "‖□‖₂",
        "The spectral norm, the largest singular value.",
    ),
    _largest(
        "sigma_max",
        r"\sigma_{\max}\left(□\right)",
        "σₘₐₓ(□)",
        "The largest singular value.",
    ),
    Function(
        "schatten(A,p)",
        "R[m,n], R -> R",
        differential="schatten(A,p)^(1 - p)*(svd_u(A)*diag(svals(A).^(p - 1))*svd_v(A)' : dA)"
        f" + {_BY_SCHATTEN}",
        wirtinger="schatten(A,p)^(1 - p)/2*(conj(svd_u(A))*diag(svals(A).^(p - 1))*svd_v(A)' : dA"
        f" + svd_u(A)*diag(svals(A).^(p - 1))*svd_v(A)^H : conj(dA)) + {_BY_SCHATTEN}",
        numpy="linalg.schatten(A, p)",
        latex=r"\left\lVert □1 \right\rVert_{S_{□2}}",
        unicode="‖□1‖(S□2)",
        facts=_nonnegative,
        norm=True,
        tall=True,
        conditions=(
            _POWER,
            Condition("□ ≠ 0", "A", frozenset({"positive", "nonsingular"}), when=_smooth),
            Condition(
                "□ has full column rank",
                "A",
                frozenset({"nonsingular"}),
                when=lambda a: _may_have_kinks(a) and not is_wide(a[0]),
            ),
            Condition(
                "□ has full row rank", "A", when=lambda a: _may_have_kinks(a) and is_wide(a[0])
            ),
        ),
        numbers=_ABOVE_ZERO,
        defined="p > 0",
        analytic=False,
        smooth=False,
        examples=("A in R[n,n]; p in R+", "A in R[m,n]; p = 3"),
        statement="d‖X‖_p = ‖X‖_p^(1 - p) U S^(p - 1) V' : dX",
        doc="The Schatten norm, the p-norm of the singular values. Of p = 1 it is the nuclear norm,"
        " with the subgradient U*V' of the nonzero singular values; at A = 0 and p >= 1 it has the"
        " subgradient 0.",
        source=f"{_WATSON}; Lewis, J. Convex Anal. 2 (1995) 173-183",
    ),
    Function(
        "kyfan(A,k)",
        "R[m,n], R -> R",
        differential="polar(A,k) : dA",
        wirtinger="(conj(polar(A,k)) : dA + polar(A,k) : conj(dA))/2",
        numpy="linalg.kyfan(A, k)",
        latex=r"\left\lVert □1 \right\rVert_{(□2)}",
        unicode="‖□1‖[□2]",
        facts=_nonnegative,
        norm=True,
        conditions=(Condition("singular value number □2 of □1 is larger than the next", "A"),),
        numbers={"k": Numbers(1, ("m", "n"))},
        analytic=False,
        smooth=False,
        examples=("A in R[m,n]; k = 1", "A in R[m,n]; k = 2"),
        statement="d‖X‖_(k) = U_k V_k' : dX",
        doc="The Ky Fan norm, the sum of the k largest singular values; where the k-th is tied with"
        " the next, U_k*V_k' of any leading ones is a subgradient.",
        source=f"{_WATSON}; Overton & Womersley, Math. Programming 62 (1993) 321-357",
    ),
    Function(
        "norm21(A)",
        "R[m,n] -> R",
        differential="A*diag(diag(A'*A).^(-1/2)) : dA",
        wirtinger="(conj(A)*diag(re(diag(A^H*A)).^(-1/2)) : dA"
        " + A*diag(re(diag(A^H*A)).^(-1/2)) : conj(dA))/2",
        numpy="np.sum(np.sqrt(np.sum(A*A, axis=0)))",
        numpy_complex="np.sum(np.sqrt(np.sum(abs(A)**2, axis=0)))",
        latex=r"\left\lVert □ \right\rVert_{2,1}",
        unicode="‖□‖₂,₁",
        facts=_nonnegative,
        norm=True,
        conditions=(Condition("no column of □ is 0", "A", frozenset({"positive", "nonsingular"})),),
        statement="d‖X‖_{2,1} = X diag(X'X)^(-1/2) : dX",
        doc="The sum of the Euclidean norms of the columns; of a zero column 0 is a subgradient.",
        source="Ding, Zhou, He & Zha, R1-PCA, ICML 2006",
    ),
)
