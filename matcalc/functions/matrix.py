"""Determinants and norms."""

from __future__ import annotations

from matcalc.expr import build
from matcalc.functions import lookup
from matcalc.functions.record import Condition, Function

_NOT_ZERO = frozenset({"positive", "nonsingular"})
_POSITIVE = frozenset({"positive-det"})

FUNCTIONS = (
    Function(
        "det(A)",
        "R[n,n] -> R",
        differential="det(A)*inv(A)' : dA",
        of_scalar=lambda a: a,
        numpy="np.linalg.det(A)",
        latex=r"\det\left(□\right)",
        facts=lambda a: {"positive"} if "positive-det" in a[0].facts else set(),
        conditions=(Condition("□ nonsingular", "A", frozenset({"nonsingular"})),),
        statement="Jacobi's formula: d det(X) = det(X) tr(inv(X) dX)",
        doc="The determinant. For singular X the gradient is adj(X)'.",
        source="Magnus & Neudecker, ch. 8, thm. 1; Matrix Cookbook (49)",
    ),
    Function(
        "logdet(A)",
        "R[n,n] -> R",
        differential="inv(A)' : dA",
        of_scalar=lambda a: build.apply(lookup("log"), a),
        numpy="np.log(np.linalg.det(A))",
        latex=r"\log\det\left(□\right)",
        conditions=(Condition("det(□) > 0", "A", _POSITIVE),),
        defined="np.linalg.det(A) > 0",
        statement="Jacobi's formula: d log det(X) = tr(inv(X) dX)",
        doc="log(det(A)), undefined where det(A) < 0.",
        source="Magnus & Neudecker, ch. 8, thm. 2; Matrix Cookbook (57)",
    ),
    Function(
        "norm2(A)",
        "R[m,n] -> R",
        differential="A/norm2(A) : dA",
        squared="2*A : dA",
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
        facts=lambda a: {"positive"},
        hint="by the rows of a matrix: rows(softmax)(X)",
        statement="d softmax(x) = (Diag(s) - s s') dx, s = softmax(x)",
        doc="exp(x)/sum(exp(x)) of a vector.",
        source="Bishop, Pattern Recognition and Machine Learning, (4.106)",
    ),
)
