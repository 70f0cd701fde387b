"""Problems of textbooks and papers beyond the corpus, with the formulas as the sources have them.

Each problem: the function, its declarations, then for every variable asked for the gradient that
the source (or a short computation by hand from its formulas) gives, in the language. The engine's
answer has to be equal to it at random points; so has the formula's slope along random directions,
so that a formula copied with an error is found out as well.

MN: J. Magnus & H. Neudecker, Matrix Differential Calculus, 3rd ed. (2019). PP: K. Petersen & M.
Pedersen, The Matrix Cookbook (2012). BV: S. Boyd & L. Vandenberghe, Convex Optimization (2004).
PRML: C. Bishop, Pattern Recognition and Machine Learning (2006). AM: K. Abadir & J. Magnus, Matrix
Algebra (2005). DW: P. Dwyer, Some applications of matrix derivatives, JASA 62 (1967). HJ: R. Horn &
C. Johnson, Matrix Analysis, 2nd ed. (2013). MKB: K. Mardia, J. Kent & J. Bibby, Multivariate
Analysis (1979). GB: I. Goodfellow, Y. Bengio & A. Courville, Deep Learning (2016). ESL: T. Hastie,
R. Tibshirani & J. Friedman, The Elements of Statistical Learning, 2nd ed. (2009).
"""

from dataclasses import dataclass

import pytest

import matcalc as mc
from matcalc.expr.cost import cost
from matcalc.expr.nodes import postorder
from matcalc.numeric.verify import verify_equal, verify_gradient


@dataclass(frozen=True)
class Problem:
    name: str
    source: str
    where: str
    function: str
    gradients: dict[str, str]
    convention: str = "projected"


def problem(name, source, where, function, convention="projected", **gradients):
    return Problem(name, source, where, function, gradients, convention)


PROBLEMS = [
    # Scalar functions of vectors
    problem(
        "quadratic form plus linear",
        "BV, app. A.4.2",
        "P in Sym[n]; q, x in R[n]; r in R",
        "x'*P*x/2 + q'*x + r",
        x="P*x + q",
        q="x",
        r="1",
    ),
    problem(
        "log-sum-exp of affine functions",
        "BV, app. A.4.2",
        "A in R[m,n]; b in R[m]; x in R[n]",
        "log(sum(exp(A*x + b)))",
        x="A'*(exp(A*x + b)/sum(exp(A*x + b)))",
        b="exp(A*x + b)/sum(exp(A*x + b))",
    ),
    problem(
        "log barrier of a linear inequality",
        "BV, sec. 11.2.1",
        "A in R[m,n]; b in R[m]; x in R[n]",
        "-sum(log(b - A*x))",
        x="A'*(1./(b - A*x))",
    ),
    problem(
        "centering with a linear objective",
        "BV, (11.5)",
        "A in R[m,n]; b in R[m]; c, x in R[n]; t in R+",
        "t*c'*x - sum(log(b - A*x))",
        x="t*c + A'*(1./(b - A*x))",
        t="c'*x",
    ),
    problem(
        "barrier of the second-order cone",
        "BV, example 11.8",
        "x in R[n]; t in R+",
        "-log(t^2 - x'*x)",
        x="2*x/(t^2 - x'*x)",
        t="-2*t/(t^2 - x'*x)",
    ),
    problem(
        "quadratic over linear",
        "BV, sec. 3.1.5",
        "A in R[m,n]; x in R[n]; y in R+",
        "norm2(A*x)^2/y",
        x="2*A'*A*x/y",
        y="-norm2(A*x)^2/y^2",
    ),
    problem(
        "geometric mean",
        "BV, sec. 3.1.5",
        "x in R+[n]",
        "exp(sum(log(x))/n)",
        x="exp(sum(log(x))/n)/n*(1./x)",
    ),
    problem(
        "p-norm by powers",
        "BV, sec. 3.1.5",
        "x in R+[n]; p in R+",
        "sum(x.^p)^(1/p)",
        x="sum(x.^p)^(1/p - 1)*x.^(p - 1)",
    ),
    problem(
        "entropy",
        "BV, sec. 3.1.5",
        "x in R+[n]",
        "-sum(x.*log(x))",
        x="-log(x) - 1",
    ),
    problem(
        "relative entropy",
        "BV, example 3.19",
        "u, v in R+[n]",
        "sum(u.*log(u./v) - u + v)",
        u="log(u) - log(v)",
        v="1 - u./v",
    ),
    problem(
        "analytic center residual",
        "BV, sec. 8.5.3",
        "A in R[m,n]; x in R[n]; b in R[m]",
        "sum(log(1 + (A*x - b).^2))",
        x="2*A'*((A*x - b)./(1 + (A*x - b).^2))",
    ),
    problem(
        "smoothed absolute values",
        "BV, sec. 6.1 (a smooth penalty)",
        "A in R[m,n]; x in R[n]; b in R[m]; c in R+",
        "sum(sqrt((A*x - b).^2 + c^2))",
        x="A'*((A*x - b)./sqrt((A*x - b).^2 + c^2))",
        c="c*sum(1./sqrt((A*x - b).^2 + c^2))",
    ),
    problem(
        "ratio of linear functions",
        "BV, example 3.32",
        "a, c, x in R[n]; b, d in R",
        "(a'*x + b)/(c'*x + d)",
        x="(a*(c'*x + d) - (a'*x + b)*c)/(c'*x + d)^2",
        d="-(a'*x + b)/(c'*x + d)^2",
    ),
    problem(
        "Rosenbrock in matrix form",
        "standard test function",
        "A in R[m,n]; x in R[n]; y in R[m]; a, b in R",
        "norm2(a - x)^2 + b*norm2(y - (A*x).^2)^2",
        x="2*(x - a) - 4*b*A'*((A*x).*(y - (A*x).^2))",
        a="2*sum(a - x)",
        b="norm2(y - (A*x).^2)^2",
    ),
    problem(
        "cube of a norm",
        "regularisation of Nesterov & Polyak (2006), (2.3)",
        "g, h in R[n]; H in Sym[n]; M in R+",
        "g'*h + h'*H*h/2 + M*norm2(h)^3/6",
        h="g + H*h + M*norm2(h)*h/2",
        M="norm2(h)^3/6",
    ),
    problem(
        "norm of a normalised vector's image",
        "chain of MN, ch. 5",
        "A in R[m,n]; x in R[n]",
        "norm2(A*(x/norm2(x)))^2",
        x="2*(A'*A*x - (x'*A'*A*x)/(x'*x)*x)/(x'*x)",
    ),
    problem(
        "cosine of two images",
        "quotient of norms",
        "A in R[m,n]; x in R[n]; y in R[m]",
        "y'*A*x/(norm2(y)*norm2(A*x))",
        y="(A*x/norm2(A*x) - (y'*A*x)/(norm2(y)^2*norm2(A*x))*y)/norm2(y)",
    ),
    problem(
        "Rayleigh quotient of a general matrix",
        "HJ, sec. 4.2",
        "A in R[n,n]; x in R[n]",
        "x'*A*x/(x'*x)",
        x="((A + A')*x - 2*(x'*A*x)/(x'*x)*x)/(x'*x)",
        A="x*x'/(x'*x)",
    ),
    problem(
        "product of quadratic forms",
        "MN, ch. 10 (exercise: products)",
        "A, B in Sym[n]; x in R[n]",
        "(x'*A*x)*(x'*B*x)",
        x="2*(x'*B*x)*A*x + 2*(x'*A*x)*B*x",
        A="(x'*B*x)*x*x'",
    ),
    problem(
        "power of a quadratic form",
        "chain rule",
        "A in SPD[n]; x in R[n]; p in R",
        "(x'*A*x)^p",
        x="2*p*(x'*A*x)^(p - 1)*A*x",
        p="(x'*A*x)^p*log(x'*A*x)",
        A="p*(x'*A*x)^(p - 1)*x*x'",
    ),
    problem(
        "generalised Gaussian kernel",
        "GPML-like, automatic relevance determination",
        "x, y in R[n]; l in R+[n]; s in R+",
        "s^2*exp(-sum(((x - y)./l).^2)/2)",
        x="-s^2*exp(-sum(((x - y)./l).^2)/2)*((x - y)./l.^2)",
        l="s^2*exp(-sum(((x - y)./l).^2)/2)*((x - y).^2./l.^3)",
        s="2*s*exp(-sum(((x - y)./l).^2)/2)",
    ),
    problem(
        "rational quadratic kernel",
        "GPML, (4.19)",
        "x, y in R[n]; a, l in R+",
        "(1 + norm2(x - y)^2/(2*a*l^2))^(-a)",
        x="-(1 + norm2(x - y)^2/(2*a*l^2))^(-a - 1)*(x - y)/l^2",
        l="(1 + norm2(x - y)^2/(2*a*l^2))^(-a - 1)*norm2(x - y)^2/l^3",
    ),
    problem(
        "polynomial kernel",
        "PRML, sec. 6.2",
        "x, y in R[n]; c in R+",
        "(x'*y + c)^4",
        x="4*(x'*y + c)^3*y",
        c="4*(x'*y + c)^3",
    ),
    # Traces
    problem(
        "trace of a product with two places",
        "MN, ch. 9, sec. 9 (table)",
        "A, X, B in R[n,n]",
        "tr(X*A*X*B)",
        X="B'*X'*A' + A'*X'*B'",
        A="X'*B'*X'",
    ),
    problem(
        "trace with a transpose between",
        "MN, ch. 9, sec. 9 (table)",
        "A in R[n,n]; X in R[m,n]; B in R[m,m]",
        "tr(X*A*X'*B)",
        X="B'*X*A' + B*X*A",
        B="X*A'*X'",
        A="X'*B'*X",
    ),
    problem(
        "trace of a power times a matrix",
        "MN, ch. 9, exercises",
        "A, X in R[n,n]",
        "tr(A*X^4)",
        X="A'*(X^3)' + X'*A'*(X^2)' + (X^2)'*A'*X' + (X^3)'*A'",
    ),
    problem(
        "trace of an inverse product",
        "DW, table 2",
        "A, B, X in R[n,n]",
        "tr(A*inv(X)*B)",
        X="-(inv(X)*B*A*inv(X))'",
    ),
    problem(
        "trace of a squared inverse",
        "DW, table 2",
        "A, X in R[n,n]",
        "tr(A*X^-2)",
        X="-(X^-2*A*inv(X) + inv(X)*A*X^-2)'",
    ),
    problem(
        "trace of an inverse Gram matrix",
        "MN, ch. 9, exercises",
        "X in R[m,n]",
        "tr(inv(X'*X))",
        X="-2*X*(X'*X)^-2",
    ),
    problem(
        "projection",
        "MN, ch. 9; AM, ex. 13.36",
        "X in R[m,n]; A in Sym[m]",
        "tr(X*inv(X'*X)*X'*A)",
        X="2*(eye(m) - X*inv(X'*X)*X')*A*X*inv(X'*X)",
    ),
    problem(
        "two matrices in a quotient of traces",
        "ESL, sec. 4.3.3",
        "A, B in SPD[n]; W in R[n,k]",
        "tr(W'*A*W)/tr(W'*B*W)",
        W="2*(A*W - tr(W'*A*W)/tr(W'*B*W)*B*W)/tr(W'*B*W)",
    ),
    problem(
        "squared distance to a product",
        "low-rank approximation",
        "A in R[m,n]; U in R[m,k]; D in Diag[k]; V in R[n,k]",
        "norm2(A - U*D*V')^2",
        U="-2*(A - U*D*V')*V*D",
        V="-2*(A - U*D*V')'*U*D",
        D="-2*diag(diag(U'*(A - U*D*V')*V))",
    ),
    problem(
        "commutator",
        "MN, ch. 9",
        "A, X in R[n,n]",
        "norm2(A*X - X*A)^2",
        X="2*(A'*(A*X - X*A) - (A*X - X*A)*A')",
        A="2*((A*X - X*A)*X' - X'*(A*X - X*A))",
    ),
    problem(
        "orthogonality defect",
        "penalty methods for Stiefel constraints",
        "X in R[m,n]",
        "norm2(X'*X - eye(n))^2/4",
        X="X*(X'*X - eye(n))",
    ),
    problem(
        "Procrustes",
        "AM, ex. 13.55",
        "A, B in R[m,n]; Q in R[n,n]",
        "norm2(A*Q - B)^2",
        Q="2*A'*(A*Q - B)",
        A="2*(A*Q - B)*Q'",
    ),
    problem(
        "Sylvester residual",
        "least squares for A X + X B = C",
        "A in R[m,m]; B in R[n,n]; C, X in R[m,n]",
        "norm2(A*X + X*B - C)^2/2",
        X="A'*(A*X + X*B - C) + (A*X + X*B - C)*B'",
        A="(A*X + X*B - C)*X'",
        B="X'*(A*X + X*B - C)",
    ),
    problem(
        "Riccati residual",
        "least squares for A'X + XA - XBX + Q = 0",
        "A in R[n,n]; B, Q in Sym[n]; X in R[n,n]",
        "norm2(A'*X + X*A - X*B*X + Q)^2/2",
        X=("R = A'*X + X*A - X*B*X + Q;A*R + R*A' - R*X'*B - B*X'*R"),
    ),
    # Determinants
    problem(
        "determinant of a Gram matrix",
        "MN, ch. 9, sec. 10 (table)",
        "X in R[m,n]",
        "det(X'*X)",
        X="2*det(X'*X)*X*inv(X'*X)",
    ),
    problem(
        "determinant of the other Gram matrix",
        "MN, ch. 9, sec. 10 (table)",
        "X in R[m,n]",
        "det(X*X')",
        X="2*det(X*X')*inv(X*X')*X",
    ),
    problem(
        "determinant of a square",
        "MN, ch. 9, sec. 10 (table)",
        "X in R[n,n]",
        "det(X^2)",
        X="2*det(X)^2*inv(X)'",
    ),
    problem(
        "power of a determinant",
        "MN, ch. 8, sec. 3",
        "X in SPD[n]; p in R",
        "det(X)^p",
        X="p*det(X)^p*inv(X)",
        p="det(X)^p*log(det(X))",
    ),
    problem(
        "determinant of a sandwich",
        "MN, ch. 9, sec. 10 (table)",
        "A in R[k,m]; B in R[n,k]; X in R[m,n]",
        "det(A*X*B)",
        X="det(A*X*B)*A'*inv(A*X*B)'*B'",
    ),
    problem(
        "log-determinant of a sum",
        "BV, app. A.4.1",
        "X, Y in SPD[n]",
        "logdet(X + Y) - logdet(X)",
        X="inv(X + Y) - inv(X)",
        Y="inv(X + Y)",
    ),
    problem(
        "log-determinant of a linear matrix inequality",
        "BV, sec. 11.2 (barrier of an LMI)",
        "A, B, C in SPD[n]; s, t in R+",
        "-logdet(A + s*B + t*C)",
        s="-tr(inv(A + s*B + t*C)*B)",
        t="-tr(inv(A + s*B + t*C)*C)",
        A="-inv(A + s*B + t*C)",
    ),
    problem(
        "Minkowski's n-th root of the determinant",
        "BV, sec. 3.1.5",
        "X in SPD[n]",
        "det(X)^(1/n)",
        X="det(X)^(1/n)/n*inv(X)",
    ),
    problem(
        "determinant times trace of the inverse",
        "the second elementary symmetric function: MN, ch. 8",
        "X in R[n,n]",
        "det(X)*tr(inv(X))",
        X="det(X)*(tr(inv(X))*inv(X)' - (X^-2)')",
    ),
    problem(
        "logdet of a quadratic form with weights",
        "optimal design: BV, sec. 7.5",
        "A in R[m,n]; w in R+[m]",
        "logdet(A'*diag(w)*A)",
        w="diag(A*inv(A'*diag(w)*A)*A')",
        A="2*diag(w)*A*inv(A'*diag(w)*A)",
    ),
    problem(
        "matrix determinant lemma",
        "PP (24), differentiated",
        "A in SPD[n]; u, v in R+[n]",
        "log(1 + v'*A*u)",
        u="A*v/(1 + v'*A*u)",
        v="A*u/(1 + v'*A*u)",
        A="(u*v' + v*u')/(2*(1 + v'*A*u))",
    ),
    # Statistics
    problem(
        "multivariate normal likelihood",
        "MKB, (4.1.2); MN, ch. 15",
        "X in R[n,p]; m in R[p]; S in SPD[p]",
        "-n/2*logdet(S) - tr(inv(S)*(X - ones(n)*m')'*(X - ones(n)*m'))/2",
        m="inv(S)*(X - ones(n)*m')'*ones(n)",
        S="-n/2*inv(S) + inv(S)*(X - ones(n)*m')'*(X - ones(n)*m')*inv(S)/2",
    ),
    problem(
        "multivariate regression likelihood",
        "MKB, (6.2.2)",
        "Y in R[n,p]; X in R[n,q]; B in R[q,p]; S in SPD[p]",
        "n/2*logdet(S) + tr(inv(S)*(Y - X*B)'*(Y - X*B))/2",
        B="-X'*(Y - X*B)*inv(S)",
        S="n/2*inv(S) - inv(S)*(Y - X*B)'*(Y - X*B)*inv(S)/2",
    ),
    problem(
        "concentrated likelihood",
        "MKB, sec. 6.2",
        "Y in R[n,p]; X in R[n,q]; B in R[q,p]",
        "logdet((Y - X*B)'*(Y - X*B))",
        B="-2*X'*(Y - X*B)*inv((Y - X*B)'*(Y - X*B))",
    ),
    problem(
        "Wishart log-density",
        "MKB, sec. 3.4",
        "W, S in SPD[p]; k in R+",
        "(k - p - 1)/2*logdet(W) - tr(inv(S)*W)/2 - k/2*logdet(S)",
        W="(k - p - 1)/2*inv(W) - inv(S)/2",
        S="inv(S)*W*inv(S)/2 - k/2*inv(S)",
    ),
    problem(
        "factor analysis",
        "MKB, (9.4.2)",
        "L in R[p,k]; D in Diag[p]; C in SPD[p]",
        "logdet(L*L' + D) + tr(inv(L*L' + D)*C)",
        L="2*(inv(L*L' + D) - inv(L*L' + D)*C*inv(L*L' + D))*L",
        D="diag(diag(inv(L*L' + D) - inv(L*L' + D)*C*inv(L*L' + D)))",
    ),
    problem(
        "Stein's loss",
        "James & Stein (1961)",
        "S, T in SPD[p]",
        "tr(T*inv(S)) - logdet(T*inv(S)) - p",
        T="inv(S) - inv(T)",
        S="inv(S) - inv(S)*T*inv(S)",
    ),
    problem(
        "symmetrised Kullback-Leibler divergence",
        "Moakher & Batchelor (2006)",
        "P, Q in SPD[n]",
        "(tr(inv(Q)*P + inv(P)*Q) - 2*n)/2",
        P="(inv(Q) - inv(P)*Q*inv(P))/2",
    ),
    problem(
        "Bhattacharyya distance of covariances",
        "Kailath (1967)",
        "P, Q in SPD[n]",
        "logdet((P + Q)/2)/2 - (logdet(P) + logdet(Q))/4",
        P="inv(P + Q)/2 - inv(P)/4",
    ),
    problem(
        "Student's t log-likelihood",
        "PRML, (2.162)",
        "x, m in R[p]; P in SPD[p]; v in R+",
        "logdet(P)/2 - (v + p)/2*log(1 + (x - m)'*P*(x - m)/v)",
        m="(v + p)*P*(x - m)/(v + (x - m)'*P*(x - m))",
        P="inv(P)/2 - (v + p)/2*(x - m)*(x - m)'/(v + (x - m)'*P*(x - m))",
    ),
    problem(
        "gamma log-likelihood",
        "PRML, (B.26)",
        "x in R+[n]; a, b in R+",
        "n*a*log(b) - n*lgamma(a) + (a - 1)*sum(log(x)) - b*sum(x)",
        a="n*log(b) - n*digamma(a) + sum(log(x))",
        b="n*a/b - sum(x)",
    ),
    problem(
        "beta log-likelihood",
        "PRML, (B.6)",
        "x in R+[n]; a, b in R+",
        "sum((a - 1)*log(x./(1 + x)) - (b - 1)*log(1 + x))"
        " - n*(lgamma(a) + lgamma(b) - lgamma(a + b))",
        a="sum(log(x./(1 + x))) - n*(digamma(a) - digamma(a + b))",
        b="-sum(log(1 + x)) - n*(digamma(b) - digamma(a + b))",
    ),
    problem(
        "negative binomial with a log link",
        "Hilbe, Negative Binomial Regression (2011), ch. 8",
        "X in R[n,k]; w in R[k]; y in R+[n]; r in R+",
        "sum((y + r).*log(r + exp(X*w)) - y.*(X*w))",
        w="X'*((y + r).*exp(X*w)./(r + exp(X*w)) - y)",
        r="sum(log(r + exp(X*w)) + (y + r)./(r + exp(X*w)))",
    ),
    problem(
        "probit likelihood",
        "PRML, sec. 4.3.5",
        "X in R[n,k]; w in R[k]",
        "-sum(log((1 + erf(X*w/sqrt(2)))/2))",
        w=("-X'*(2/sqrt(2*pi)*exp(-(X*w).^2/2)./(1 + erf(X*w/sqrt(2))))"),
    ),
    problem(
        "ridge with a general penalty",
        "ESL, (5.11), generalised",
        "X in R[n,k]; w, v in R[k]; y in R[n]; W in SPD[n]; L in SPD[k]; c in R+",
        "(y - X*w)'*W*(y - X*w) + c*(w - v)'*L*(w - v)",
        w="-2*X'*W*(y - X*w) + 2*c*L*(w - v)",
        W="(y - X*w)*(y - X*w)'",
        L="c*(w - v)*(w - v)'",
        X="-2*W*(y - X*w)*w'",
        v="-2*c*L*(w - v)",
    ),
    problem(
        "generalised least squares objective",
        "MN, ch. 13",
        "X in R[n,k]; y in R[n]; V in SPD[n]",
        "y'*(inv(V) - inv(V)*X*inv(X'*inv(V)*X)*X'*inv(V))*y",
        y="2*(inv(V) - inv(V)*X*inv(X'*inv(V)*X)*X'*inv(V))*y",
        X=("P = inv(V) - inv(V)*X*inv(X'*inv(V)*X)*X'*inv(V);-2*P*y*y'*inv(V)*X*inv(X'*inv(V)*X)"),
    ),
    problem(
        "Gaussian process evidence",
        "GPML, (5.9)",
        "K in SPD[n]; y in R[n]; s in R+",
        "-y'*inv(K + s^2*eye(n))*y/2 - logdet(K + s^2*eye(n))/2",
        K="C = K + s^2*eye(n); (inv(C)*y*y'*inv(C) - inv(C))/2",
        s="C = K + s^2*eye(n); s*(y'*inv(C)*inv(C)*y - tr(inv(C)))",
        y="-inv(K + s^2*eye(n))*y",
    ),
    # Learning
    problem(
        "softmax regression over classes",
        "PRML, (4.109)",
        "W in R[k,n]; x in R[n]; b, t in R[k]",
        "sum(t)*logsumexp(W*x + b) - t'*(W*x + b)",
        W="(sum(t)*softmax(W*x + b) - t)*x'",
        b="sum(t)*softmax(W*x + b) - t",
        x="W'*(sum(t)*softmax(W*x + b) - t)",
        t="logsumexp(W*x + b) - (W*x + b)",
    ),
    problem(
        "cross-entropy with two outcomes",
        "PRML, (4.91)",
        "X in R[n,k]; w in R[k]; t in R[n]",
        "-sum(t.*log(sigmoid(X*w)) + (1 - t).*log(1 - sigmoid(X*w)))",
        w="X'*(sigmoid(X*w) - t)",
    ),
    problem(
        "two-layer network with squared error",
        "PRML, sec. 5.3",
        "V in R[k,h]; W in R[h,n]; x in R[n]; t in R[k]; a in R[h]; b in R[k]",
        "norm2(V*tanh(W*x + a) + b - t)^2/2",
        V="(V*tanh(W*x + a) + b - t)*tanh(W*x + a)'",
        W="((V'*(V*tanh(W*x + a) + b - t)).*(1 - tanh(W*x + a).^2))*x'",
        a="(V'*(V*tanh(W*x + a) + b - t)).*(1 - tanh(W*x + a).^2)",
        b="V*tanh(W*x + a) + b - t",
        x="W'*((V'*(V*tanh(W*x + a) + b - t)).*(1 - tanh(W*x + a).^2))",
    ),
    problem(
        "two-layer network with a softmax output",
        "GB, sec. 6.5",
        "V in R[k,h]; W in R[h,n]; x in R[n]; t in R[k]",
        "logsumexp(V*sigmoid(W*x)) - t'*V*sigmoid(W*x)",
        V="(softmax(V*sigmoid(W*x)) - t)*sigmoid(W*x)'",
        W=("((V'*(softmax(V*sigmoid(W*x)) - t)).*sigmoid(W*x).*(1 - sigmoid(W*x)))*x'"),
    ),
    problem(
        "a recurrent step unrolled twice",
        "GB, sec. 10.2.2",
        "U in R[h,h]; W in R[h,n]; x, y in R[n]; v in R[h]",
        "v'*tanh(U*tanh(W*x) + W*y)",
        U="(v.*(1 - tanh(U*tanh(W*x) + W*y).^2))*tanh(W*x)'",
        W=("d2 = v.*(1 - tanh(U*tanh(W*x) + W*y).^2);(U'*d2.*(1 - tanh(W*x).^2))*x' + d2*y'"),
    ),
    problem(
        "residual block",
        "He et al. (2016)",
        "W in R[n,n]; x, g in R[n]",
        "g'*(x + relu(W*x))",
        x="g + W'*(g.*step(W*x))",
        W="(g.*step(W*x))*x'",
    ),
    problem(
        "gated linear unit",
        "Dauphin et al. (2017)",
        "A, B in R[m,n]; x in R[n]; g in R[m]",
        "g'*((A*x).*sigmoid(B*x))",
        A="(g.*sigmoid(B*x))*x'",
        B="(g.*(A*x).*sigmoid(B*x).*(1 - sigmoid(B*x)))*x'",
        x="A'*(g.*sigmoid(B*x)) + B'*(g.*(A*x).*sigmoid(B*x).*(1 - sigmoid(B*x)))",
    ),
    problem(
        "attention weights of one query",
        "Vaswani et al. (2017)",
        "Q in R[k,n]; K in R[m,k]; V in R[m,e]; x in R[n]; g in R[e]",
        "g'*V'*softmax(K*Q*x)",
        Q=("s = softmax(K*Q*x); K'*((V*g).*s - (s'*V*g)*s)*x'"),
        V="softmax(K*Q*x)*g'",
        K="s = softmax(K*Q*x); ((V*g).*s - (s'*V*g)*s)*(Q*x)'",
    ),
    problem(
        "contrastive loss with a temperature",
        "van den Oord et al. (2018)",
        "Z in R[m,n]; x in R[n]; y in R[n]; t in R+",
        "logsumexp(Z*x/t) - x'*y/t",
        x="(Z'*softmax(Z*x/t) - y)/t",
        t="(x'*y - (Z*x)'*softmax(Z*x/t))/t^2",
        Z="softmax(Z*x/t)*x'/t",
    ),
    problem(
        "squared hinge",
        "ESL, (12.25), squared",
        "X in R[n,k]; w in R[k]; y in R[n]; c in R+",
        "sum(relu(1 - y.*(X*w)).^2) + c*norm2(w)^2",
        w="-2*X'*(y.*relu(1 - y.*(X*w))) + 2*c*w",
    ),
    problem(
        "elastic net",
        "Zou & Hastie (2005)",
        "X in R[n,k]; w in R[k]; y in R[n]; a, c in R+",
        "norm2(y - X*w)^2/(2*n) + c*(a*norm1(w) + (1 - a)*norm2(w)^2/2)",
        w="-X'*(y - X*w)/n + c*(a*sign(w) + (1 - a)*w)",
        a="c*(norm1(w) - norm2(w)^2/2)",
        c="a*norm1(w) + (1 - a)*norm2(w)^2/2",
    ),
    problem(
        "graph Laplacian smoothing",
        "Belkin & Niyogi (2003)",
        "F in R[n,k]; W in Sym[n]",
        "tr(F'*(diag(W*ones(n)) - W)*F)",
        F="2*(diag(W*ones(n)) - W)*F",
        W="(diag(F*F')*ones(n)' + ones(n)*diag(F*F')')/2 - F*F'",
    ),
    problem(
        "non-negative matrix factorisation by the Kullback-Leibler divergence",
        "Lee & Seung (2001)",
        "V, E in R+[m,n]; W in R+[m,k]; H in R+[k,n]",
        "sum(V.*log(V./(W*H)) - V + W*H)",
        W="(1 - V./(W*H))*H'",
        H="W'*(1 - V./(W*H))",
        V="log(V./(W*H))",
    ),
    problem(
        "Mahalanobis metric of a linear map",
        "Weinberger & Saul (2009)",
        "L in R[k,n]; x, y, z in R[n]",
        "norm2(L*(x - y))^2 - norm2(L*(x - z))^2",
        L="2*L*((x - y)*(x - y)' - (x - z)*(x - z)')",
        x="2*L'*L*(z - y)",
    ),
    problem(
        "variational bound of two Gaussians with diagonal covariances",
        "Kingma & Welling (2014), app. B",
        "m, s in R[n]",
        "-sum(1 + s - m.^2 - exp(s))/2",
        m="m",
        s="(exp(s) - 1)/2",
    ),
    # Entry by entry
    problem(
        "Hadamard powers",
        "AM, ch. 11",
        "X, A in R+[m,n]; p in R",
        "sum(A.*X.^p)",
        X="p*A.*X.^(p - 1)",
        A="X.^p",
        p="sum(A.*X.^p.*log(X))",
    ),
    problem(
        "Hadamard quotient",
        "MN, ch. 3, sec. 6",
        "X, Y in R+[m,n]",
        "sum(X./Y)",
        X="1./Y",
        Y="-X./Y.^2",
    ),
    problem(
        "exponents entry by entry",
        "calculus",
        "x, y in R+[n]",
        "sum(x.^y)",
        x="y.*x.^(y - 1)",
        y="x.^y.*log(x)",
    ),
    problem(
        "a scalar to entrywise exponents",
        "calculus",
        "x in R[n]; c in R+",
        "sum(c.^x)",
        x="log(c)*c.^x",
        c="sum(x.*c.^(x - 1))",
    ),
    problem(
        "quadratic form in a Hadamard product",
        "HJ, Topics in Matrix Analysis, ch. 5",
        "A, B in R[n,n]; x, y in R[n]",
        "x'*(A.*B)*y",
        A="B.*(x*y')",
        x="(A.*B)*y",
    ),
    problem(
        "trace with diagonal matrices",
        "HJ, Topics, lemma 5.1.4",
        "A in R[m,n]; x in R[m]; y in R[n]; B in R[m,n]",
        "tr(diag(x)*A*diag(y)*B')",
        x="(A.*B)*y",
        y="(A.*B)'*x",
        A="diag(x)*B*diag(y)",
    ),
    problem(
        "the diagonal of a product",
        "AM, ch. 11",
        "A in R[n,m]; X in R[m,n]; c in R[n]",
        "c'*diag(A*X)",
        X="A'*diag(c)",
        A="diag(c)*X'",
    ),
    problem(
        "row sums",
        "AM, ch. 2",
        "X in R[m,n]; c in R[m]",
        "norm2(X*ones(n) - c)^2",
        X="2*(X*ones(n) - c)*ones(n)'",
    ),
    problem(
        "centred sum of squares",
        "MKB, (1.3.5)",
        "X in R[n,p]",
        "norm2((eye(n) - ones(n,n)/n)*X)^2",
        X="2*(eye(n) - ones(n,n)/n)*X",
    ),
    problem(
        "log-sum-exp of all entries of a product",
        "optimal transport duals",
        "A in R[m,k]; B in R[k,n]",
        "log(sum(exp(A*B)))",
        A="exp(A*B)*B'/sum(exp(A*B))",
        B="A'*exp(A*B)/sum(exp(A*B))",
    ),
    problem(
        "entropic optimal transport, dual",
        "Cuturi (2013)",
        "u, p in R[m]; v, q in R[n]; C in R[m,n]; e in R+",
        "u'*p + v'*q - e*sum(exp((u*ones(n)' + ones(m)*v' - C)/e))",
        u="p - exp((u*ones(n)' + ones(m)*v' - C)/e)*ones(n)",
        v="q - exp((u*ones(n)' + ones(m)*v' - C)/e)'*ones(m)",
        C="exp((u*ones(n)' + ones(m)*v' - C)/e)",
    ),
    # Structured variables
    problem(
        "symmetric variable in a linear form",
        "MN, ch. 10",
        "A in R[n,n]; S in Sym[n]; x in R[n]",
        "x'*S*A*S*x",
        S="(x*x'*S*A' + A'*S*x*x' + x*x'*S*A + A*S*x*x')/2",
    ),
    problem(
        "symmetric variable, each entry once",
        "PP, (138)",
        "A in R[n,n]; S in Sym[n]",
        "tr(A*S^2)",
        convention="entries",
        S="G = A'*S + S*A'; G + G' - diag(diag(G))",
    ),
    problem(
        "log-determinant, each entry once",
        "PP, (141)",
        "S, A in SPD[n]",
        "logdet(S) + tr(A*S)",
        convention="entries",
        S="2*inv(S) - diag(diag(inv(S))) + 2*A - diag(diag(A))",
    ),
    problem(
        "skew variable",
        "PP, sec. 2.8",
        "A in R[n,n]; K in Skew[n]",
        "tr(A*K) + norm2(K)^2",
        K="(A' - A)/2 + 2*K",
    ),
    problem(
        "diagonal variable in an inverse",
        "PP, (142)",
        "A in SPD[n]; D in Diag[n]; x in R[n]",
        "x'*inv(A + D)*x",
        D="-diag((inv(A + D)*x).^2)",
    ),
    problem(
        "Cholesky factor of a precision",
        "PRML-like; log-likelihood by a triangular factor",
        "L in Tril[n]; S in SPD[n]",
        "tr(L*L'*S)/2 - log(det(L))",
        L="tril(S*L - inv(L)')",
    ),
    problem(
        "upper triangular variable",
        "least squares with R of QR",
        "A in R[m,n]; Q in R[m,n]; R in Triu[n]",
        "norm2(A - Q*R)^2/2",
        R="-triu(Q'*(A - Q*R))",
    ),
    problem(
        "orthogonal constants",
        "HJ, sec. 2.1",
        "Q in Orth[n]; X in R[n,m]; B in R[n,m]",
        "norm2(Q*X - B)^2",
        X="2*(X - Q'*B)",
    ),
    # Abstract functions
    problem(
        "chain rule with a linear map",
        "MN, ch. 5",
        "phi : R[m] -> R; A in R[m,n]; x in R[n]; b in R[m]",
        "phi(A*x + b)",
        x="A'*grad(phi)(A*x + b)",
        A="grad(phi)(A*x + b)*x'",
        b="grad(phi)(A*x + b)",
    ),
    problem(
        "composition of abstract functions",
        "MN, ch. 5, chain rule",
        "phi : R[m] -> R; g : R[n] -> R[m]; A in R[n,k]; x in R[k]",
        "phi(g(A*x))",
        x="A'*jac(g)(A*x)'*grad(phi)(g(A*x))",
    ),
    problem(
        "total derivative of several arguments",
        "MN, ch. 5, exercises",
        "f : R[n], R[n], R -> R; A in R[n,n]; x in R[n]",
        "f(x, A*x, x'*x)",
        x=("grad(f,1)(x, A*x, x'*x) + A'*grad(f,2)(x, A*x, x'*x) + 2*grad(f,3)(x, A*x, x'*x)*x"),
    ),
    problem(
        "function of a Gram matrix and a trace",
        "PP, (137)",
        "phi : R[n,n], R -> R; X in R[m,n]",
        "phi(X'*X, tr(X'*X))",
        X=("G = grad(phi,1)(X'*X, tr(X'*X)); X*(G + G') + 2*grad(phi,2)(X'*X, tr(X'*X))*X"),
    ),
    problem(
        "scalar function of a quadratic form",
        "elliptical densities: Fang, Kotz & Ng (1990)",
        "g : R -> R; x, m in R[p]; S in SPD[p]",
        "g((x - m)'*inv(S)*(x - m)) - logdet(S)/2",
        x="2*grad(g)((x - m)'*inv(S)*(x - m))*inv(S)*(x - m)",
        S=("-grad(g)((x - m)'*inv(S)*(x - m))*inv(S)*(x - m)*(x - m)'*inv(S) - inv(S)/2"),
    ),
    problem(
        "product of abstract functions",
        "product rule",
        "f : R[n] -> R; g : R[n] -> R; x in R[n]",
        "f(x)*g(2*x)/(1 + f(x)^2)",
        x=("2*f(x)*grad(g)(2*x)/(1 + f(x)^2) + g(2*x)*(1 - f(x)^2)/(1 + f(x)^2)^2*grad(f)(x)"),
    ),
    problem(
        "Gauss-Newton objective",
        "Nocedal & Wright (2006), (10.3)",
        "r : R[n] -> R[m]; W in SPD[m]; x in R[n]",
        "r(x)'*W*r(x)/2",
        x="jac(r)(x)'*W*r(x)",
        W="r(x)*r(x)'/2",
    ),
    problem(
        "Lagrangian",
        "Nocedal & Wright (2006), (12.33)",
        "f : R[n] -> R; c : R[n] -> R[m]; x in R[n]; u in R[m]; s in R+",
        "f(x) - u'*c(x) + s*norm2(c(x))^2/2",
        x="grad(f)(x) - jac(c)(x)'*u + s*jac(c)(x)'*c(x)",
        u="-c(x)",
        s="norm2(c(x))^2/2",
    ),
    problem(
        "derivative of a gradient",
        "Hessian-vector products",
        "phi : R[n] -> R; x, v in R[n]",
        "v'*grad(phi)(x)",
        x="hess(phi)(x)*v",
        v="grad(phi)(x)",
    ),
    # Nested and shared
    problem(
        "nested inverses",
        "MN, ch. 8, exercises",
        "A, B in SPD[n]; X in SPD[n]",
        "tr(A*inv(B + inv(X)))",
        X="inv(X)*inv(B + inv(X))*A*inv(B + inv(X))*inv(X)/2"
        " + inv(X)*inv(B + inv(X))*A*inv(B + inv(X))*inv(X)/2",
    ),
    problem(
        "parallel sum",
        "Anderson & Duffin (1969)",
        "A, B in SPD[n]; x in R[n]",
        "x'*inv(inv(A) + inv(B))*x",
        A="inv(A)*inv(inv(A) + inv(B))*x*x'*inv(inv(A) + inv(B))*inv(A)",
        x="2*inv(inv(A) + inv(B))*x",
    ),
    problem(
        "Schur complement",
        "BV, app. A.5.5",
        "A in SPD[m]; B in R[m,n]; C in SPD[n]",
        "tr(C - B'*inv(A)*B)",
        A="inv(A)*B*B'*inv(A)",
        B="-2*inv(A)*B",
        C="eye(n)",
    ),
    problem(
        "matrix continued fraction",
        "shared sub-expressions",
        "X in R[n,n]; a in R[n]",
        "a'*inv(eye(n) + X*X')*X*X'*inv(eye(n) + X*X')*a",
        X=("M = inv(eye(n) + X*X'); N = M*X*X'*M;2*(M*a*a'*M - M*a*a'*N - N*a*a'*M)*X"),
    ),
    problem(
        "a function of a function of a norm",
        "chain rule",
        "x in R[n]; A in R[m,n]",
        "log(1 + sqrt(1 + norm2(A*x)^2))",
        x="A'*A*x/((1 + sqrt(1 + norm2(A*x)^2))*sqrt(1 + norm2(A*x)^2))",
    ),
    problem(
        "trigonometric nest",
        "chain rule",
        "x, y in R[n]",
        "sin(x'*y)*cos(norm2(x)^2)",
        x="cos(x'*y)*cos(norm2(x)^2)*y - 2*sin(x'*y)*sin(norm2(x)^2)*x",
    ),
    problem(
        "shared exponentials",
        "softmax written out",
        "x, y in R[n]",
        "y'*exp(x)/sum(exp(x))",
        x="y.*exp(x)/sum(exp(x)) - (y'*exp(x))/sum(exp(x))^2*exp(x)",
    ),
    problem(
        "power tower of a scalar",
        "calculus",
        "c in R+",
        "c^(c^c)",
        c="c^(c^c)*(c^c*(log(c) + 1)*log(c) + c^c/c)",
    ),
    problem(
        "scalar parameter in many places",
        "calculus",
        "t in R+; A, B in SPD[n]; x in R[n]",
        "exp(-t)*x'*inv(A + t*B)*x + logdet(t*A)",
        t=("-exp(-t)*x'*inv(A + t*B)*x - exp(-t)*x'*inv(A + t*B)*B*inv(A + t*B)*x + n/t"),
    ),
    problem(
        "the exponent of a sum of squares",
        "calculus",
        "x in R[n]; A in R[m,n]; c in R+",
        "c^(norm2(A*x)^2)",
        x="2*log(c)*c^(norm2(A*x)^2)*A'*A*x",
        c="norm2(A*x)^2*c^(norm2(A*x)^2 - 1)",
    ),
    problem(
        "the smaller of two",
        "calculus",
        "x, y in R[n]; a in R[n]",
        "a'*min(x, y) + a'*max(x, y)",
        x="a",
        y="a",
    ),
]


def ids(p):
    return p.name


def scope_of(p):
    return mc.Workspace(p.where)


CASES = [(p, v) for p in PROBLEMS for v in p.gradients]


@pytest.mark.parametrize(("p", "variable"), CASES, ids=lambda v: getattr(v, "name", v))
def test_the_answer_is_the_formula_of_the_source(p, variable):
    d = mc.derive(p.function, variable, p.where, convention=p.convention)
    assert d.verification.ok, d.verification.message
    wanted = scope_of(p).parse(p.gradients[variable])
    if wanted.shape != d.result.shape:  # vector + scalar in the source
        wanted = wanted * mc.parse("ones(n)", "x in R[n]")
    found = verify_equal(wanted, d.result, (), trials=3, seed=1)
    assert found.method != "not verified", found.message
    assert found.ok, f"{d.result} is not {wanted}: {found.message}"


@pytest.mark.parametrize(("p", "variable"), CASES, ids=lambda v: getattr(v, "name", v))
def test_the_formula_is_right(p, variable):
    """Slopes of the function along random directions, by values alone."""
    scope = scope_of(p)
    f, x = scope.parse(p.function), scope.parse(variable)
    wanted = scope.parse(p.gradients[variable])
    found = verify_gradient(f, x, wanted, convention=p.convention, trials=2)
    assert found.ok, f"the formula for {variable} is wrong: {found.message}"


@pytest.mark.parametrize("p", PROBLEMS, ids=ids)
def test_all_variables_in_one_sweep(p):
    d = mc.derive(p.function, list(p.gradients), p.where, convention=p.convention, verify=False)
    for name, found in d.results.items():
        alone = mc.derive(p.function, name, p.where, convention=p.convention, verify=False)
        assert verify_equal(alone.result, found.result, (), trials=1)
        assert mc.Workspace(d.where).parse(str(found.result)) is found.result
    assert d.verify(seed=3, trials=1)
    assert d.steps_unicode() and d.latex()


@pytest.mark.parametrize("p", PROBLEMS, ids=ids)
def test_the_answer_is_no_longer_than_twice_the_formula(p):
    """Closed forms that a person would write."""
    if p.name == "the smaller of two":  # step(z) + step(-z) is not known to be 1
        return
    for name, text in p.gradients.items():
        found = mc.derive(p.function, name, p.where, convention=p.convention, verify=False).result
        wanted = scope_of(p).parse(text)
        assert cost(found) <= 2 * cost(wanted) + 2, f"{found} for {wanted}"
        assert not any("differential" in e.facts for e in postorder(found))


def test_there_are_enough():
    assert len(PROBLEMS) >= 80 and len({p.name for p in PROBLEMS}) == len(PROBLEMS)
    assert all(p.source for p in PROBLEMS)
