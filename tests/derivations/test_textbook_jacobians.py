"""Jacobians, Hessians and higher derivatives of textbooks and papers.

Each is judged by differences of a NumPy function that is written beside it, with the reference of
the corpus (`check.py`), which knows nothing of matcalc; and, where the source states a form, by the
value of that form. Three-way tensors are judged by their components, with `einsum`.

MN: J. Magnus & H. Neudecker, Matrix Differential Calculus, 3rd ed. (2019), ch. 9 (Jacobians) and
10 (Hessians). BV: S. Boyd & L. Vandenberghe, Convex Optimization (2004). PP: The Matrix
Cookbook (2012). AM: K. Abadir & J. Magnus, Matrix Algebra (2005). PRML: C. Bishop, Pattern
Recognition and Machine Learning (2006). GB: I. Goodfellow, Y. Bengio & A. Courville, Deep
Learning (2016). NW: J. Nocedal & S. Wright, Numerical Optimization, 2nd ed. (2006). MN79:
J. Magnus & H. Neudecker, The commutation matrix, Ann. Statist. 7 (1979).
"""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

import matcalc as mc

_spec = importlib.util.spec_from_file_location(
    "reference_of_the_corpus", Path(__file__).parent.parent / "corpus" / "check.py"
)
check = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(check)

TOLERANCE = 1e-6
CASES = {}


def one_by_one(where):
    """x, y in R[n] as x in R[n]; y in R[n], which the reference reads."""
    parts = [part.split(" in ") for part in where.split("; ")]
    return "; ".join(f"{name} in {of}" for names, of in parts for name in names.split(", "))


def case(name, source, where, expr, wrt, f, expect=None, dims=None, **options):
    """A function, what it is derived by, the same function in NumPy, and the source's form."""
    assert name not in CASES
    CASES[name] = {
        "id": name,
        "source": source,
        "where": one_by_one(where),
        "expr": expr,
        "wrt": wrt if isinstance(wrt, str) else wrt[0],
        "by": wrt,
        "f": f,
        "expect": expect,
        "dims": dims or {},
        "options": options,
        "convention": options.get("convention", "projected"),
    }


MATRICES = "A in R[m,n]; X in R[n,p]; B in R[p,q]"
SQUARE = "A, B, X in R[n,n]"
XMN = "X in R[m,n]"
SMALL = {"m": 3, "n": 2, "p": 2, "q": 3}

# Vectors by vectors

VECTOR = "A in R[m,n]; B in R[n,n]; x, y in R[n]; b in R[m]; a, c in R"
case("affine", "MN 9.9", VECTOR, "A*x + b", "x", "A @ x + b", "A")
case(
    "a product with a scalar",
    "MN 9.9",
    VECTOR,
    "(x'*y)*x",
    "x",
    "(x @ y)*x",
    "(x'*y)*eye(n) + x*y'",
)
case("a quadratic map", "MN 9.9", VECTOR, "(x'*B*x)*y", "x", "(x @ B @ x)*y", "y*x'*(B + B')")
case(
    "a layer",
    "GB 6.5",
    VECTOR,
    "tanh(A*x + b)",
    "x",
    "np.tanh(A @ x + b)",
    "diag(1 - tanh(A*x + b).^2)*A",
)
case(
    "softmax",
    "GB 6.2",
    VECTOR,
    "softmax(x)",
    "x",
    "np.exp(x)/np.sum(np.exp(x))",
    "diag(softmax(x)) - softmax(x)*softmax(x)'",
)
case(
    "softmax of logits",
    "PRML 4.3.4",
    VECTOR,
    "softmax(A*x)",
    "x",
    "np.exp(A @ x)/np.sum(np.exp(A @ x))",
    "(diag(softmax(A*x)) - softmax(A*x)*softmax(A*x)')*A",
)
case(
    "the unit vector",
    "NW app. A",
    VECTOR,
    "x/norm2(x)",
    "x",
    "x/np.sqrt(x @ x)",
    "(eye(n) - x*x'/norm2(x)^2)/norm2(x)",
)
case("a gate", "GB 10.10", VECTOR, "x.*sigmoid(B*x)", "x", "x/(1 + np.exp(-B @ x))")
case(
    "a residual layer",
    "GB 8.7",
    VECTOR,
    "x + B'*tanh(B*x)",
    "x",
    "x + B.T @ np.tanh(B @ x)",
    "eye(n) + B'*diag(1 - tanh(B*x).^2)*B",
)
case("centering", "MN 9.9", VECTOR, "x - mean(x)", "x", "x - np.mean(x)", "eye(n) - ones(n,n)/n")
case(
    "standardised",
    "GB 8.7",
    VECTOR,
    "(x - mean(x))/norm2(x - mean(x))",
    "x",
    "(x - np.mean(x))/np.sqrt(np.sum((x - np.mean(x))**2))",
)
case("Householder", "NW app. A", VECTOR, "y - 2*(x'*y)/(x'*x)*x", "x", "y - 2*(x @ y)/(x @ x)*x")
case("a row by a column", "MN 9.9", VECTOR, "x'", "x", "x[None, :]", "eye(n)", dims={"n": 3})
case("a row of a product", "MN 9.9", VECTOR, "x'*A'", "x", "(A @ x)[None, :]", "A")
case(
    "Newton's map", "NW 3.3", VECTOR, "x - B\\(B'*B*x)", "x", "x - np.linalg.solve(B, B.T @ B @ x)"
)
case("cumulative sums", "GB 9.1", VECTOR, "cumsum(x.^2)", "x", "np.cumsum(x**2)")
case("entrywise powers", "MN 9.14", VECTOR, "x.^3.*y", "x", "x**3*y", "3*diag(x.^2.*y)")
case(
    "log-odds",
    "PRML 4.2",
    "x in R+[n]",
    "log(x/sum(x))",
    "x",
    "np.log(x/np.sum(x))",
    "diag(1./x) - ones(n)*ones(n)'/sum(x)",
)

# Vectors by matrices, matrices by vectors and scalars

case(
    "a matrix times a vector, by the matrix",
    "MN 9.10",
    VECTOR,
    "A*x",
    "A",
    "A @ x",
    "kron(x',eye(m))",
)
case("its transpose times a vector", "MN 9.10", VECTOR, "A'*b", "A", "A.T @ b", "kron(eye(n),b')")
case(
    "a layer by its weights",
    "GB 6.5",
    VECTOR,
    "tanh(A*x)",
    "A",
    "np.tanh(A @ x)",
    "kron(x',diag(1 - tanh(A*x).^2))",
)
case("the diagonal", "MN 9.10", SQUARE, "diag(X)", "X", "np.diag(X)", dims={"n": 3})
case("sums of rows", "MN 9.10", XMN, "sum(X,2)", "X", "np.sum(X, axis=1)", "kron(ones(n)',eye(m))")
case(
    "sums of columns, a row",
    "MN 9.10",
    XMN,
    "sum(X,1)",
    "X",
    "np.sum(X, axis=0)[None, :]",
    "kron(eye(n),ones(m)')",
    dims=SMALL,
)
case(
    "an inverse times a vector",
    "MN 9.10",
    "X in R[n,n]; b in R[n]",
    "X\\b",
    "X",
    "np.linalg.solve(X, b)",
    "-kron((inv(X)*b)',inv(X))",
    dims={"n": 3},
)
case(
    "an outer product",
    "MN 9.11",
    VECTOR,
    "x*x'",
    "x",
    "np.outer(x, x)",
    "kron(x,eye(n)) + kron(eye(n),x)",
    dims=SMALL,
)
case(
    "an outer product with another",
    "MN 9.11",
    VECTOR,
    "x*b'",
    "x",
    "np.outer(x, b)",
    "kron(b,eye(n))",
    dims=SMALL,
)
case("a diagonal matrix", "MN 9.11", VECTOR, "diag(x)", "x", "np.diag(x)", dims={"n": 3})
case("scaled rows", "MN 9.11", VECTOR, "diag(x)*B", "x", "np.diag(x) @ B", dims={"n": 3})
case(
    "a curve of inverses",
    "PP (59)",
    "A, B in R[n,n]; t in R",
    "inv(A + t*B)",
    "t",
    "np.linalg.inv(A + t*B)",
    "-inv(A + t*B)*B*inv(A + t*B)",
    dims={"n": 3},
)
case(
    "a curve of vectors",
    "MN 9.9",
    "x, y in R[n]; t in R",
    "exp(t*x).*y",
    "t",
    "np.exp(t*x)*y",
    "x.*exp(t*x).*y",
)
case(
    "a shift, twice",
    "MN 9.9",
    "x, y in R[n]; t in R",
    "sin(x + t*y)",
    "t",
    "np.sin(x + t*y)",
    "-y.^2.*sin(x + t*y)",
    order=2,
)

# Matrices by matrices

case("two sides", "MN 9.12", MATRICES, "A*X*B", "X", "A @ X @ B", "kron(B',A)", dims=SMALL)
case(
    "the transpose between",
    "MN 9.12",
    "A in R[m,n]; X in R[p,n]; B in R[p,q]",
    "A*X'*B",
    "X",
    "A @ X.T @ B",
    "kron(B',A)*commutation(p,n)",
    dims=SMALL,
)
case(
    "the Gram matrix",
    "MN 9.12",
    XMN,
    "X'*X",
    "X",
    "X.T @ X",
    "(eye(n^2) + commutation(n,n))*kron(eye(n),X')",
    dims=SMALL,
)
case(
    "the other Gram matrix",
    "MN 9.12",
    XMN,
    "X*X'",
    "X",
    "X @ X.T",
    "(eye(m^2) + commutation(m,m))*kron(X,eye(m))",
    dims=SMALL,
)
case(
    "a form with X at the right",
    "MN 9.12",
    "X in R[m,n]; B in R[m,m]",
    "X'*B*X",
    "X",
    "X.T @ B @ X",
    "kron(X'*B',eye(n))*commutation(m,n) + kron(eye(n),X'*B)",
    dims=SMALL,
)
case(
    "a form with X at the left",
    "MN 9.12",
    "X in R[m,n]; B in R[n,n]",
    "X*B*X'",
    "X",
    "X @ B @ X.T",
    "kron(X*B',eye(m)) + kron(eye(m),X*B)*commutation(m,n)",
    dims=SMALL,
)
case(
    "X twice",
    "MN 9.12",
    SQUARE,
    "X*B*X",
    "X",
    "X @ B @ X",
    "kron(X'*B',eye(n)) + kron(eye(n),X*B)",
    dims={"n": 3},
)
case(
    "the inverse",
    "MN 9.13",
    SQUARE,
    "inv(X)",
    "X",
    "np.linalg.inv(X)",
    "-kron(inv(X)',inv(X))",
    dims={"n": 3},
)
case(
    "the inverse between",
    "MN 9.13",
    SQUARE,
    "A*inv(X)*B",
    "X",
    "A @ np.linalg.inv(X) @ B",
    "-kron((inv(X)*B)',A*inv(X))",
    dims={"n": 3},
)
case(
    "a square",
    "MN 9.13",
    SQUARE,
    "X^2",
    "X",
    "X @ X",
    "kron(X',eye(n)) + kron(eye(n),X)",
    dims={"n": 3},
)
case(
    "a cube",
    "MN 9.13",
    SQUARE,
    "X^3",
    "X",
    "X @ X @ X",
    "kron(X'^2,eye(n)) + kron(X',X) + kron(eye(n),X^2)",
    dims={"n": 3},
)
case("entrywise squares", "MN 9.14", XMN, "X.*X", "X", "X*X", "2*diag(vec(X))", dims=SMALL)
case(
    "entrywise exponentials",
    "MN 9.14",
    "A, X in R[m,n]",
    "A.*exp(X)",
    "X",
    "A*np.exp(X)",
    "diag(vec(A.*exp(X)))",
    dims=SMALL,
)
case(
    "a Kronecker product",
    "MN 9.14",
    "X in R[m,n]; A in R[p,q]",
    "kron(X,A)",
    "X",
    "np.kron(X, A)",
    "kron(eye(n),kron(commutation(q,m),eye(p)))*kron(eye(m*n),vec(A))",
    dims={"m": 2, "n": 3, "p": 2, "q": 2},
)
case(
    "a Kronecker product, the second",
    "MN 9.14",
    "X in R[m,n]; A in R[p,q]",
    "kron(A,X)",
    "X",
    "np.kron(A, X)",
    dims={"m": 2, "n": 3, "p": 2, "q": 2},
)
case(
    "a trace times the matrix",
    "MN 9.12",
    SQUARE,
    "tr(X)*X",
    "X",
    "np.trace(X)*X",
    "tr(X)*eye(n^2) + vec(X)*vec(eye(n))'",
    dims={"n": 3},
)
case(
    "a determinant times the inverse",
    "MN 9.13",
    SQUARE,
    "det(X)*inv(X)",
    "X",
    "np.linalg.det(X)*np.linalg.inv(X)",
    "det(X)*(vec(inv(X))*vec(inv(X)')' - kron(inv(X)',inv(X)))",
    dims={"n": 3},
)
case(
    "a normalised matrix",
    "GB 8.7",
    XMN,
    "X/norm2(X)",
    "X",
    "X/np.sqrt(np.sum(X*X))",
    "(eye(m*n) - vec(X)*vec(X)'/norm2(X)^2)/norm2(X)",
    dims=SMALL,
)
case(
    "a projector",
    "MN 9.13",
    "X in R[m,n]",
    "X*inv(X'*X)*X'",
    "X",
    "X @ np.linalg.inv(X.T @ X) @ X.T",
    dims=SMALL,
)
case("a lower triangle", "MN79", SQUARE, "tril(X)*A", "X", "np.tril(X) @ A", dims={"n": 3})
case(
    "a network's layer by all its inputs",
    "GB 6.5",
    "W in R[p,m]; X in R[m,n]",
    "tanh(W*X)",
    "X",
    "np.tanh(W @ X)",
    "diag(vec(1 - tanh(W*X).^2))*kron(eye(n),W)",
    dims=SMALL,
)
case(
    "attention's scores",
    "GB 12.4",
    "Q in R[m,n]; K in R[p,n]",
    "rows(softmax)(Q*K')",
    "Q",
    "np.exp(Q @ K.T)/np.sum(np.exp(Q @ K.T), axis=1, keepdims=True)",
    dims=SMALL,
)
case(
    "a matrix of one row",
    "MN 9.11",
    "X in R[1,n]; B in R[n,m]",
    "X*B",
    "X",
    "X @ B",
    "B'",
    dims={"n": 3, "m": 2},
)
case(
    "a matrix of one row, its Gram matrix",
    "MN 9.12",
    "X in R[1,n]",
    "X'*X",
    "X",
    "X.T @ X",
    "kron(X',eye(n)) + kron(eye(n),X')",
    dims={"n": 3},
)
case(
    "sizes of one",
    "MN 9.12",
    "A in R[m,n]; X in R[n,p]; B in R[p,q]",
    "A*X*B",
    "X",
    "A @ X @ B",
    "kron(B',A)",
    dims={"m": 1, "n": 1, "p": 1, "q": 1},
)
case("a Gram matrix of size one", "MN 9.12", XMN, "X'*X", "X", "X.T @ X", dims={"m": 3, "n": 1})
case(
    "an inverse of size one",
    "MN 9.13",
    SQUARE,
    "inv(X)*A",
    "X",
    "np.linalg.inv(X) @ A",
    dims={"n": 1},
)

# Structured variables

S3 = {"n": 3}
case(
    "an inverse, symmetric",
    "MN 9.14; PP 2.8",
    "S in SPD[n]",
    "inv(S)",
    "S",
    "np.linalg.inv(S)",
    dims=S3,
)
case(
    "a form, symmetric", "PP 2.8", "S in Sym[n]; B in R[n,n]", "B'*S*B", "S", "B.T @ S @ B", dims=S3
)
case(
    "a form, symmetric, by entries",
    "PP 2.8",
    "S in Sym[n]; B in R[n,n]",
    "B'*S*B",
    "S",
    "B.T @ S @ B",
    dims=S3,
    convention="entries",
)
case(
    "an inverse, symmetric, by entries",
    "PP 2.8",
    "S in SPD[n]",
    "inv(S)",
    "S",
    "np.linalg.inv(S)",
    dims=S3,
    convention="entries",
)
case("a product, skew", "PP 2.8", "K in Skew[n]; B in R[n,n]", "B*K*K", "K", "B @ K @ K", dims=S3)
case(
    "a product, skew, by entries",
    "PP 2.8",
    "K in Skew[n]; B in R[n,n]",
    "B*K*K",
    "K",
    "B @ K @ K",
    dims=S3,
    convention="entries",
)
case(
    "a product, diagonal",
    "PP 2.8",
    "D in Diag[n]; B in R[n,n]",
    "B*D*D*B'",
    "D",
    "B @ D @ D @ B.T",
    dims=S3,
)
case(
    "a product, diagonal, by entries",
    "PP 2.8",
    "D in Diag[n]; B in R[n,n]",
    "B*D*B'",
    "D",
    "B @ D @ B.T",
    dims=S3,
    convention="entries",
)
case("a factor, triangular", "MN79; PP 2.8", "L in Tril[n]", "L*L'", "L", "L @ L.T", dims=S3)
case(
    "a factor, triangular, by entries",
    "MN79; PP 2.8",
    "L in Tril[n]",
    "L*L'",
    "L",
    "L @ L.T",
    dims=S3,
    convention="entries",
)
case(
    "an upper factor",
    "MN79",
    "U in Triu[n]; x in R[n]",
    "U\\x",
    "U",
    "np.linalg.solve(U, x)",
    dims=S3,
)
case(
    "log-determinant, symmetric, twice",
    "MN 10.8",
    "S in SPD[n]",
    "logdet(S)",
    "S",
    "np.linalg.slogdet(S)[1]",
    dims=S3,
    order=2,
)
case(
    "log-determinant, symmetric, twice by entries",
    "MN 10.8",
    "S in SPD[n]",
    "logdet(S)",
    "S",
    "np.linalg.slogdet(S)[1]",
    dims=S3,
    order=2,
    convention="entries",
)
case(
    "a quadratic form, symmetric, twice",
    "MN 10.7",
    "S in Sym[n]; x in R[n]",
    "x'*S*S*x",
    "S",
    "x @ S @ S @ x",
    dims=S3,
    order=2,
)
case(
    "a quadratic form, skew, twice",
    "MN 10.7",
    "K in Skew[n]; x in R[n]",
    "norm2(K*x)^2",
    "K",
    "np.sum((K @ x)**2)",
    dims=S3,
    order=2,
)
case(
    "a log-determinant of a factor, twice",
    "MN 10.8",
    "L in Tril[n]; x in R[n]",
    "norm2(L\\x)^2",
    "L",
    "np.sum(np.linalg.solve(L, x)**2)",
    dims=S3,
    order=2,
)

# Hessians by vectors

HESS = "A in R[m,n]; B in R[n,n]; x, y in R[n]; b in R[m]; z in R+[n]"
case("Hessian of a quadratic form", "MN 10.7", HESS, "x'*B*x", "x", "x @ B @ x", "B + B'", order=2)
case(
    "Hessian of a norm",
    "BV 3.1",
    HESS,
    "norm2(x)",
    "x",
    "np.sqrt(x @ x)",
    "(eye(n) - x*x'/norm2(x)^2)/norm2(x)",
    order=2,
)
case(
    "Hessian of a residual's norm",
    "BV 6.1",
    HESS,
    "norm2(A*x - b)",
    "x",
    "np.sqrt(np.sum((A @ x - b)**2))",
    "A'*(eye(m) - (A*x - b)*(A*x - b)'/norm2(A*x - b)^2)*A/norm2(A*x - b)",
    order=2,
)
case(
    "Hessian of log-sum-exp",
    "BV 3.1.5",
    HESS,
    "logsumexp(x)",
    "x",
    "np.log(np.sum(np.exp(x)))",
    "diag(softmax(x)) - softmax(x)*softmax(x)'",
    order=2,
)
case(
    "Hessian of log-sum-exp of affine functions",
    "BV app. A.4.4",
    HESS,
    "log(sum(exp(A*x + b)))",
    "x",
    "np.log(np.sum(np.exp(A @ x + b)))",
    order=2,
)
case(
    "Hessian of the logistic loss",
    "PRML 4.3.3",
    HESS,
    "sum(log(1 + exp(-b.*(A*x))))",
    "x",
    "np.sum(np.log(1 + np.exp(-b*(A @ x))))",
    "A'*diag(b.^2.*sigmoid(b.*(A*x)).*(1 - sigmoid(b.*(A*x))))*A",
    order=2,
)
case(
    "Hessian of the log barrier",
    "BV 11.2",
    "A in R[m,n]; x in R[n]; b in R[m]",
    "-sum(log(exp(b) + (A*x).^2))",
    "x",
    "-np.sum(np.log(np.exp(b) + (A @ x)**2))",
    order=2,
)
case(
    "Hessian of the entropy",
    "BV 3.1.5",
    HESS,
    "-sum(z.*log(z))",
    "z",
    "-np.sum(z*np.log(z))",
    "-diag(1./z)",
    order=2,
)
case(
    "Hessian of the geometric mean",
    "BV 3.1.5",
    HESS,
    "exp(mean(log(z)))",
    "z",
    "np.exp(np.mean(np.log(z)))",
    "exp(mean(log(z)))*((1./z)*(1./z)'/n^2 - diag(1./z.^2)/n)",
    order=2,
)
case(
    "Hessian of the Rayleigh quotient",
    "MN 10.7; AM 12",
    HESS,
    "x'*B*x/(x'*x)",
    "x",
    "x @ B @ x/(x @ x)",
    order=2,
)
case(
    "Hessian of a quadratic over a linear function",
    "BV 3.1.5",
    "x, y in R[n]; c in R+",
    "norm2(x)^2/(c + exp(y'*x))",
    "x",
    "x @ x/(c + np.exp(y @ x))",
    order=2,
)
case(
    "Hessian of a Gaussian",
    "PRML 2.3",
    "S in SPD[n]; x in R[n]",
    "exp(-x'*S*x/2)",
    "x",
    "np.exp(-x @ S @ x/2)",
    "exp(-x'*S*x/2)*(S*x*x'*S - S)",
    order=2,
)
case(
    "Hessian of a product of inner products",
    "MN 10.7",
    "u, v, x in R[n]",
    "(u'*x)*(v'*x)",
    "x",
    "(u @ x)*(v @ x)",
    "u*v' + v*u'",
    order=2,
)
case(
    "Hessian of Rosenbrock's function",
    "NW 2.1",
    "x in R[2]",
    "100*(x[2] - x[1]^2)^2 + (1 - x[1])^2",
    "x",
    "100*(x[1] - x[0]**2)**2 + (1 - x[0])**2",
    order=2,
)
case(
    "Hessian of a p-norm",
    "BV 3.1.5",
    HESS,
    "sum(abs(x).^3)^(1/3)",
    "x",
    "np.sum(abs(x)**3)**(1/3)",
    order=2,
)
case(
    "Hessian of a network",
    "GB 6.5",
    HESS,
    "y'*tanh(B*tanh(B*x))",
    "x",
    "y @ np.tanh(B @ np.tanh(B @ x))",
    order=2,
    dims={"n": 3},
)
case(
    "Hessian by one variable of size one",
    "BV 3.1",
    HESS,
    "norm2(x - y)^4",
    "x",
    "np.sum((x - y)**2)**2",
    order=2,
    dims={"n": 1},
)

# Hessians by matrices

case(
    "Hessian of least squares by a matrix",
    "MN 10.8",
    "A in R[m,n]; X in R[n,p]; B in R[m,p]",
    "norm2(A*X - B)^2",
    "X",
    "np.sum((A @ X - B)**2)",
    "2*kron(eye(p),A'*A)",
    order=2,
    dims=SMALL,
)
case(
    "Hessian of a form by a matrix",
    "MN 10.8",
    "X in R[m,n]; u in R[m]",
    "u'*X*X'*u",
    "X",
    "u @ X @ X.T @ u",
    "2*kron(eye(n),u*u')",
    order=2,
    dims=SMALL,
)
case(
    "Hessian of a trace of two",
    "MN 10.8",
    "A in R[m,m]; B in R[n,n]; X in R[m,n]",
    "tr(A*X*B*X')",
    "X",
    "np.trace(A @ X @ B @ X.T)",
    "kron(B',A) + kron(B,A')",
    order=2,
    dims=SMALL,
)
case(
    "Hessian of a trace of a square",
    "MN 10.8",
    SQUARE,
    "tr(X^2)",
    "X",
    "np.trace(X @ X)",
    "2*commutation(n,n)",
    order=2,
    dims=S3,
)
case(
    "Hessian of a trace of an inverse",
    "MN 10.8",
    SQUARE,
    "tr(inv(X))",
    "X",
    "np.trace(np.linalg.inv(X))",
    "commutation(n,n)*(kron(inv(X)'^2,inv(X)) + kron(inv(X)',inv(X)^2))",
    order=2,
    dims=S3,
)
case(
    "Hessian of the log-determinant",
    "MN 10.8",
    SQUARE,
    "logdet(X)",
    "X",
    "np.log(np.linalg.det(X))",
    "-commutation(n,n)*kron(inv(X)',inv(X))",
    order=2,
    dims=S3,
)
case(
    "Hessian of the determinant",
    "MN 10.8",
    SQUARE,
    "det(X)",
    "X",
    "np.linalg.det(X)",
    "det(X)*(vec(inv(X)')*vec(inv(X)')' - commutation(n,n)*kron(inv(X)',inv(X)))",
    order=2,
    dims=S3,
)
case(
    "Hessian of the log-determinant of a Gram matrix",
    "MN 10.8",
    XMN,
    "logdet(X'*X)",
    "X",
    "np.log(np.linalg.det(X.T @ X))",
    order=2,
    dims=SMALL,
)
case(
    "Hessian of an inverse's form",
    "PP (61)",
    "X in R[n,n]; u, v in R[n]",
    "u'*inv(X)*v",
    "X",
    "u @ np.linalg.solve(X, v)",
    order=2,
    dims=S3,
)
case(
    "Hessian of a loss by the weights",
    "GB 6.5",
    "W in R[m,n]; x in R[n]; y in R[m]",
    "norm2(tanh(W*x) - y)^2",
    "W",
    "np.sum((np.tanh(W @ x) - y)**2)",
    order=2,
    dims=SMALL,
)
case(
    "Hessian of matrix factorisation",
    "MN 10.8",
    "U in R[m,q]; V in R[n,q]; M in R[m,n]",
    "norm2(U*V' - M)^2",
    "U",
    "np.sum((U @ V.T - M)**2)",
    "2*kron(V'*V,eye(m))",
    order=2,
    dims={"m": 3, "n": 2, "q": 2},
)
case(
    "Hessian of a matrix of one row",
    "MN 10.8",
    "X in R[1,n]; B in R[n,n]",
    "X*B*X'",
    "X",
    "(X @ B @ X.T)[0, 0]",
    "B + B'",
    order=2,
    dims=S3,
)

# Mixed derivatives

case(
    "bilinear",
    "MN 10.7",
    "A in R[m,n]; x in R[m]; y in R[n]",
    "x'*A*y",
    ("x", "y"),
    "x @ A @ y",
    "A",
    order=2,
)
case(
    "the other way round",
    "MN 10.7",
    "A in R[m,n]; x in R[m]; y in R[n]",
    "x'*A*y",
    ("y", "x"),
    "x @ A @ y",
    "A'",
    order=2,
)
case(
    "a product of factors",
    "MN 10.8",
    "U in R[m,q]; V in R[n,q]; M in R[m,n]",
    "norm2(U*V' - M)^2",
    ("U", "V"),
    "np.sum((U @ V.T - M)**2)",
    order=2,
    dims={"m": 3, "n": 2, "q": 2},
)
case(
    "least squares, by x and b",
    "BV 1.2",
    "A in R[m,n]; x in R[n]; b in R[m]",
    "norm2(A*x - b)^2",
    ("x", "b"),
    "np.sum((A @ x - b)**2)",
    "-2*A'",
    order=2,
)
case(
    "least squares, by x and A",
    "BV 1.2",
    "A in R[m,n]; x in R[n]; b in R[m]",
    "norm2(A*x - b)^2",
    ("x", "A"),
    "np.sum((A @ x - b)**2)",
    order=2,
    dims=SMALL,
)
case(
    "Gaussian, by mean and precision",
    "PRML 2.3.6",
    "S in SPD[n]; x, y in R[n]",
    "(x - y)'*S*(x - y)",
    ("x", "S"),
    "(x - y) @ S @ (x - y)",
    order=2,
    dims=S3,
)
case(
    "a vector and a number",
    "MN 10.7",
    "x in R[n]; t in R",
    "exp(t*(x'*x))",
    ("x", "t"),
    "np.exp(t*(x @ x))",
    order=2,
)
case(
    "a number and a vector",
    "MN 10.7",
    "x in R[n]; t in R",
    "exp(t*(x'*x))",
    ("t", "x"),
    "np.exp(t*(x @ x))",
    order=2,
)
case(
    "a layer, by input and weights",
    "GB 6.5",
    "W in R[m,n]; x in R[n]",
    "sum(tanh(W*x))",
    ("x", "W"),
    "np.sum(np.tanh(W @ x))",
    order=2,
    dims=SMALL,
)
case(
    "a vector by two",
    "MN 9.9",
    "A in R[m,n]; x, y in R[n]",
    "A*(x.*y)",
    ("x", "y"),
    "A @ (x*y)",
    order=2,
    dims={"m": 2, "n": 3},
)

# Second derivatives of arrays

case(
    "a layer, twice",
    "GB 6.5",
    VECTOR,
    "tanh(A*x + b)",
    "x",
    "np.tanh(A @ x + b)",
    order=2,
    dims=SMALL,
)
case(
    "an inverse, twice",
    "PP (61)",
    "X in R[n,n]",
    "inv(X)",
    "X",
    "np.linalg.inv(X)",
    order=2,
    dims={"n": 2},
)
case("a Gram matrix, twice", "MN 9.12", XMN, "X'*X", "X", "X.T @ X", order=2, dims={"m": 3, "n": 2})
case(
    "softmax, twice",
    "PRML 4.3.4",
    "x in R[n]",
    "softmax(x)",
    "x",
    "np.exp(x)/np.sum(np.exp(x))",
    order=2,
    dims=S3,
)


def chain(c):
    """The variables that it is derived by, in turn."""
    by = c["by"]
    return list(by) if isinstance(by, tuple) else [by] * c["options"].get("order", 1)


def reference(c, values):
    """The derivative by each variable in turn, by differences of the NumPy function."""

    def derived(g, name):
        pairs = check.directions({**c, "wrt": name})
        return lambda v: check.derivative(lambda x: g({**v, name: x}), v[name], pairs)

    g = lambda v: check.evaluate(c, v)  # noqa: E731
    for name in chain(c):
        g = derived(g, name)
    return g(values)


@pytest.mark.parametrize("name", CASES)
def test_right_by_differences(name):
    c = CASES[name]
    d = mc.derive(c["expr"], c["by"], c["where"], **c["options"])
    assert d.verification.ok, d.verification.message
    values = check.sample(c, 0)
    everything = {**check.sizes(c), **values}
    everything = {k: v for k, v in everything.items() if k in d.problem.known}
    wanted = reference(c, values)
    got = d.tensor(everything)
    assert check.difference(got, wanted) < TOLERANCE, f"WRONG: {d.result}"
    if d.is_matrix:
        f = check.evaluate(c, values)
        columns = np.size(values[chain(c)[-1]])
        matrix = np.asarray(d.result.evaluate(everything))
        laid = np.reshape(wanted, (-1, columns), order="F")
        assert np.size(f) >= 1
        assert check.difference(matrix.reshape(laid.shape), laid) < TOLERANCE


@pytest.mark.parametrize("name", [n for n, c in CASES.items() if c["expect"]])
def test_the_form_of_the_source(name):
    """The engine's answer is the source's, for all sizes."""
    c = CASES[name]
    d = mc.derive(c["expr"], c["by"], c["where"], verify=False, **c["options"])
    assert mc.equivalent(d.result, mc.parse(c["expect"], c["where"])), d.result


# Third derivatives, by their components

THIRD = [
    ("sum(x.^4)", "x in R[n]", "24*np.einsum('i,ij,ik->ijk', x, I, I)"),
    ("sum(exp(x))", "x in R[n]", "np.einsum('i,ij,ik->ijk', np.exp(x), I, I)"),
    (
        "(u'*x)^3",
        "u, x in R[n]",
        "6*np.einsum('i,j,k->ijk', u, u, u)",
    ),
    (
        "(x'*x)^2",
        "x in R[n]",
        "8*(np.einsum('i,jk->ijk', x, I) + np.einsum('j,ik->ijk', x, I)"
        " + np.einsum('k,ij->ijk', x, I))",
    ),
    (
        "logsumexp(x)",
        "x in R[n]",
        "np.einsum('i,ij,ik->ijk', s, I, I) - np.einsum('ij,i,k->ijk', I, s, s)"
        " - np.einsum('ik,i,j->ijk', I, s, s) - np.einsum('jk,j,i->ijk', I, s, s)"
        " + 2*np.einsum('i,j,k->ijk', s, s, s)",
    ),
    (
        "exp(u'*x)",
        "u, x in R[n]",
        "np.exp(u @ x)*np.einsum('i,j,k->ijk', u, u, u)",
    ),
]


@pytest.mark.parametrize("text, where, components", THIRD)
def test_third_derivatives(text, where, components):
    d = mc.derive(text, "x", where, order=3)
    assert d.verification.ok and d.kind == "derivative of order 3"
    rng = np.random.default_rng(5)
    x, u = rng.normal(size=3), rng.normal(size=3)
    s = np.exp(x) / np.sum(np.exp(x))
    known = {"np": np, "x": x, "u": u, "s": s, "I": np.eye(3)}
    given = {"x": x, "u": u} if "u" in where else {"x": x}
    got = d.tensor(given)
    assert got.shape == (3, 3, 3)
    assert check.difference(got, eval(components, known)) < 1e-10
    for axes in ((0, 2, 1), (1, 0, 2), (2, 1, 0)):
        assert np.allclose(got, got.transpose(axes))


def test_third_derivatives_of_numbers():
    d = mc.derive("exp(2*a)*sin(b)", "a", order=3)
    assert mc.equivalent(d.result, "8*exp(2*a)*sin(b)", "a, b in R")
    d = mc.derive("inv(A + t*B)", "t", "A, B in R[n,n]; t in R", order=3)
    M = "inv(A + t*B)"
    assert mc.equivalent(d.result, f"-6*{M}*B*{M}*B*{M}*B*{M}", "A, B in R[n,n]; t in R")


def test_faces_of_free_entries():
    """By vech(S): duplication matrices on both sides. Source: MN 10.8."""
    d = mc.derive("logdet(S)", "S", "S in SPD[n]", order=2)
    D = "duplication(n)"
    wanted = f"-{D}'*kron(inv(S),inv(S))*{D}"
    assert mc.equivalent(d.vech(), mc.parse(wanted, "S in SPD[n]"))
    d = mc.derive("B'*S*B", "S", "S in Sym[n]; B in R[n,p]")
    wanted = mc.parse(f"kron(B',B')*{D}", "S in Sym[n]; B in R[n,p]")
    assert mc.equivalent(d.vech(), wanted)


def test_lines_of_several_variables_hold_others_fast():
    """By X the number t is held fast, and the other way round."""
    d = mc.derive("t*X", ["X", "t"], "X in R[m,n]; t in R")
    assert d.verification.ok, d.verification.message
    assert d["X"].result is mc.parse("t*eye(m*n)", "t in R; X in R[m,n]")
    assert d["t"].result is mc.parse("X", "X in R[m,n]")
