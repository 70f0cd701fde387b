"""The code of least squares, logistic regression, Gaussian likelihoods, as by hand."""

import numpy as np
import pytest

import matcalc as mc

LSQ = ("norm2(X*w - y)^2", "w", "X in R[m,n]; y in R[m]; w in R[n]")
LOGREG = ("sum(softplus(-y .* (X*w)))", *LSQ[1:])
GP = ("y'*inv(K)*y/2 + logdet(K)/2", "K", "K in SPD[n]; y in R[n]")
ALL = ("value", "gradient", "hessian")
X, y = np.ones((5, 3)), np.ones(5)

LEAST_SQUARES = """\
def evaluate(w, X, y):
    # value = norm2(X*w - y)^2
    # gradient = 2*X'*(X*w - y)
    # hessian = 2*X'*X
    z = X @ w - y
    value = z @ z
    gradient = 2*(X.T @ z)
    hessian = 2*(X.T @ X)
    return value, gradient, hessian
"""

LOGISTIC_REGRESSION = """\
import numpy as np


def softplus(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def sigmoid(x):
    return 1/(1 + np.exp(-x))


def evaluate(w, y, X):
    # value = sum(softplus(-y.*(X*w)))
    # gradient = -X'*(y.*sigmoid(-y.*(X*w)))
    # hessian = X'*diag(y.^2.*sigmoid(-y.*(X*w)).*sigmoid(y.*(X*w)))*X
    z = y*(X @ w)
    z_2 = -z
    value = np.sum(softplus(z_2))
    s = sigmoid(z_2)
    gradient = -(X.T @ (y*s))
    M = np.sqrt(y**2*s*sigmoid(z))[:, None]*X
    hessian = M.T @ M
    return value, gradient, hessian
"""

GAUSSIAN_LIKELIHOOD = """\
import numpy as np
from scipy.linalg import lapack


def cholesky_inverse(L):
    U = lapack.dpotri(L.T)[0]
    return np.triu(U) + np.triu(U, 1).T


def evaluate(K, y):
    # value = y'*inv(K)*y/2 + logdet(K)/2
    # gradient = (inv(K) - inv(K)*y*y'*inv(K))/2
    L = np.linalg.cholesky(K)
    W = cholesky_inverse(L)
    z = W @ y
    value = (y @ z)/2 + np.sum(np.log(np.diagonal(L)))
    gradient = (W - np.outer(z, z))/2
    return value, gradient
"""

FIXED = """\
import numpy as np


def constants(y):
    # computed once, of what is fixed: known_1
    return y**2


def sigmoid(x):
    return 1/(1 + np.exp(-x))


def evaluate(w, X, y, known_1):
    # gradient = X'*(2*X*w - y.*sigmoid(-y.*(X*w)))
    # hessian = X'*(2*eye(m) + diag(y.^2.*sigmoid(-y.*(X*w)).*sigmoid(y.*(X*w))))*X
    z = X @ w
    z_2 = y*z
    s = sigmoid(-z_2)
    gradient = X.T @ (2*z - y*s)
    M = np.sqrt(2 + known_1*s*sigmoid(z_2))[:, None]*X
    hessian = M.T @ M
    return gradient, hessian
"""


@pytest.mark.parametrize(
    ("asked", "outputs", "source"),
    [
        (LSQ, ALL, LEAST_SQUARES),
        (LOGREG, ALL, LOGISTIC_REGRESSION),
        (GP, ("value", "gradient"), GAUSSIAN_LIKELIHOOD),
    ],
)
def test_the_source_reads_as_by_hand(asked, outputs, source):
    assert mc.compile(*asked, outputs).source == source


def test_what_is_fixed_comes_first_in_one_text():
    """Each import and each definition stands once, and the text runs by itself."""
    asked = ("sum(softplus(-y .* (X*w))) + norm2(X*w)^2", *LSQ[1:])
    f = mc.compile(*asked, ("gradient", "hessian"), fixed={"X": X, "y": y})
    assert f.source == FIXED
    scope = {}
    exec(f.source, scope)
    w = np.arange(3.0)
    found = scope["evaluate"](w, X, y, scope["constants"](y))
    for a, b in zip(found, f(w), strict=True):
        assert np.allclose(a, b)


@pytest.mark.parametrize("backend", ["jax", "torch", "numba", "array-api"])
def test_other_libraries_are_imported_once(backend):
    asked = ("sum(softplus(-y .* (X*w)))*logdet(X'*X)", *LSQ[1:])
    lines = mc.compile(*asked, fixed={"X": X, "y": y}, backend=backend).source.split("\n")
    imports = [line for line in lines if line.startswith(("import ", "from "))]
    assert len(set(imports)) == len(imports) > 0
    assert lines[: len(imports)] == imports
    definitions = [line for line in lines if line.startswith("def ")]
    assert len(set(definitions)) == len(definitions) > 2


def test_jax_has_no_transpose_beside_a_vector():
    """XLA takes up to twenty times as long for A.T @ x as for x @ A."""
    f = mc.compile("x'*A*x", "x", "A in R[n,n]; x in R[n]", "gradient", backend="jax")
    assert "return A @ x + x @ A" in f.source
    g = mc.compile("tr(A*B*y*x')", "B", "A,B in R[n,n]; x,y in R[n]", "gradient", backend="jax")
    assert "return jnp.outer(x @ A, y)" in g.source
