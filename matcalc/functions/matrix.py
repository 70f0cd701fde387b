"""Determinants and norms."""

from __future__ import annotations

from matcalc.expr import build
from matcalc.functions import lookup
from matcalc.functions.record import Condition, Function

_NOT_ZERO = frozenset({"positive", "nonsingular"})
_POSITIVE = frozenset({"positive-det"})


def _sign_facts(arguments):
    return {f for f in ("positive", "nonnegative") if f in arguments[0].facts}


def _det_facts(arguments):
    known = arguments[0].facts
    if "positive-det" in known:
        return {"positive"}
    return {"nonnegative"} if known & {"psd", "hpsd"} else set()


FUNCTIONS = (
    Function(
        "det(A)",
        "R[n,n] -> R",
        differential="det(A)*inv(A)' : dA",
        of_scalar=lambda a: a,
        holomorphic=True,
        real_of_hermitian=True,
        numpy="np.linalg.det(A)",
        latex=r"\det\left(□\right)",
        facts=_det_facts,
        conditions=(Condition("□ nonsingular", "A", of_formula=True),),
        statement="Jacobi's formula: d det(X) = det(X) tr(inv(X) dX)",
        doc="The determinant. Its gradient is adj(A)', also for singular A.",
        source="Magnus & Neudecker, ch. 8, thm. 1; Matrix Cookbook (49)",
    ),
    Function(
        "logdet(A)",
        "R[n,n] -> R",
        differential="inv(A)' : dA",
        of_scalar=lambda a: build.apply(lookup("log"), a),
        holomorphic=True,
        real_of_hermitian=True,
        numpy="np.log(np.linalg.det(A))",
        latex=r"\log\det\left(□\right)",
        conditions=(Condition("det(□) > 0", "A", _POSITIVE),),
        defined="np.linalg.det(A).real > 0",
        statement="Jacobi's formula: d log det(X) = tr(inv(X) dX)",
        doc="log(det(A)), undefined where det(A) <= 0.",
        source="Magnus & Neudecker, ch. 8, thm. 2; Matrix Cookbook (57)",
    ),
    Function(
        "norm2(A)",
        "R[m,n] -> R",
        differential="A/norm2(A) : dA",
        squared="2*A : dA",
        wirtinger="(conj(A) : dA + A : conj(dA))/(2*norm2(A))",
        wirtinger_squared="conj(A) : dA + A : conj(dA)",
        numpy_complex="np.sqrt(np.sum(abs(A)**2))",
        numpy="np.sqrt(np.sum(A*A))",
        latex=r"\left\lVert □ \right\rVert",
        unicode="‖□‖",
        facts=lambda a: {"nonnegative"},
        norm=True,
        conditions=(Condition("□ ≠ 0", "A", _NOT_ZERO),),
        aliases=("normfro",),
        statement="the differential of a norm: d‖X‖ = X/‖X‖ : dX",
        doc="The Euclidean norm of a vector, the Frobenius norm of a matrix.",
        source="Matrix Cookbook (129), (132)",
    ),
    Function(
        "norm1(A)",
        "R[m,n] -> R",
        differential="sign(A) : dA",
        wirtinger="(conj(A)./abs(A) : dA + A./abs(A) : conj(dA))/2",
        numpy="np.sum(np.abs(A))",
        latex=r"\left\lVert □ \right\rVert_1",
        unicode="‖□‖₁",
        facts=lambda a: {"nonnegative"},
        norm=True,
        conditions=(Condition("no entry of □ is 0", "A", frozenset({"positive"})),),
        analytic=False,
        statement="d‖X‖₁ = sign(X) : dX",
        doc="The sum of the absolute values of all entries.",
        source="by definition, entry by entry",
    ),
    Function(
        "max(A)",
        "R[m,n] -> R",
        differential="hardmax(A) : dA",
        numpy="np.max(A)",
        facts=_sign_facts,
        conditions=(Condition("the largest entry of □ is the only one of its size", "A"),),
        analytic=False,
        of_scalar=lambda a: a,
        statement="d max(X) = dX[i,j], where X[i,j] is the largest entry",
        doc="The largest entry; where it is not unique, hardmax(A) is a subgradient.",
        source="Danskin's theorem",
    ),
    Function(
        "min(A)",
        "R[m,n] -> R",
        differential="hardmax(-A) : dA",
        numpy="np.min(A)",
        facts=_sign_facts,
        conditions=(Condition("the smallest entry of □ is the only one of its size", "A"),),
        analytic=False,
        of_scalar=lambda a: a,
        statement="d min(X) = dX[i,j], where X[i,j] is the smallest entry",
        doc="The smallest entry; where it is not unique, hardmax(-A) is a supergradient.",
        source="Danskin's theorem",
    ),
    Function(
        "hardmax(A)",
        "R[m,n] -> R[m,n]",
        differential="0*dA",
        numpy="np.equal(A, np.max(A))/np.sum(np.equal(A, np.max(A)))",
        facts=lambda a: {"nonnegative"},
        conditions=(Condition("the largest entry of □ is the only one of its size", "A"),),
        analytic=False,
        of_scalar=lambda a: build.number(1),
        statement="hardmax is constant where the largest entry is unique",
        doc="1 at the largest entry and 0 elsewhere; several share 1 evenly.",
        source="ONNX operators, Hardmax",
    ),
    Function(
        "var(A)",
        "R[m,n] -> R",
        differential="2/(m*n)*(A - mean(A)*ones(m,n)) : dA",
        numpy="np.mean((A - np.mean(A))**2)",
        facts=lambda a: {"nonnegative"},
        statement="d var(X) = 2/N (X - mean(X)) : dX, where X has N entries",
        doc="The variance of all entries: the mean squared distance from their mean.",
        source="by definition",
    ),
    Function(
        "logsumexp(x)",
        "R[n] -> R",
        differential="softmax(x) : dx",
        of_scalar=lambda x: x,
        numpy="np.max(x.real) + np.log(np.sum(np.exp(x - np.max(x.real))))",
        hint="by the rows of a matrix: rows(logsumexp)(X)",
        statement="d log 1'exp(x) = softmax(x) : dx",
        doc="log(sum(exp(x))) of a vector.",
        source="Boyd & Vandenberghe, Convex Optimization, sec. 3.1.5",
    ),
    Function(
        "softmax(x)",
        "R[n] -> R[n]",
        differential="softmax(x).*dx - softmax(x)*(softmax(x) : dx)",
        of_scalar=lambda x: build.number(1),
        numpy="np.exp(x - np.max(x.real))/np.sum(np.exp(x - np.max(x.real)))",
        facts=lambda a: {"simplex"},
        hint="by the rows of a matrix: rows(softmax)(X)",
        statement="d softmax(x) = (Diag(s) - s s') dx, s = softmax(x)",
        doc="exp(x)/sum(exp(x)) of a vector.",
        source="Bishop, Pattern Recognition and Machine Learning, (4.106)",
    ),
)
