"""The code of least squares, logistic regression, Gaussian likelihoods, as by hand."""

import numpy as np
import pytest

import matcalc as mc
from matcalc.codegen.emitter import defined_name
from matcalc.codegen.numpy import VALUES
from matcalc.codegen.pasted import pasted, public_names
from matcalc.codegen.targets import emitter_of

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


# Functions whose algorithms take more than a line: their definitions are part of the source.
LONG = """eigvals(A); eigvecs(A); lambda_min(A); svals(X); svd_u(X); svd_v(X); polar(X); pinv(X)
expm(A); logm(A); sqrtm(A); sinm(A); adj(A); chol(S); sylv(A,S,B); lyap(A,B); kyfan(X,2)
schatten(X,3); eigvals(S); eigvecs(S); lambda_max(S); logm(S); sqrtm(S); frechet(expm)(A,B)
frechet(logm)(A,B); frechet(adj)(A,B); eigval(S,2); tr(frechetmatrix(expm)(A))"""


@pytest.mark.parametrize("text", LONG.replace("\n", "; ").split("; "))
def test_a_source_is_all_that_is_needed(text):
    where = "A in R[n,n]; B in R[n,n]; S in SPD[n]; X in R[m,n]"
    rng = np.random.default_rng(0)
    A = np.diag([1.0, 2, 3]) + 0.1 * rng.normal(size=(3, 3))
    values = {"A": A, "B": rng.normal(size=(3, 3)), "S": A @ A.T, "X": rng.normal(size=(5, 3))}
    e = mc.parse(text, where=where)
    variable = next(n for n in "AXS" if n in f"{text}".replace("SPD", ""))
    f = mc.compile(text, variable, where, ("value",))
    given = {n: values[n] for n in f.parameters}
    assert "matcalc" not in f.source and "Array" not in f.source
    scope = {}
    exec(f.source, scope)
    names = f.source.rpartition("\ndef ")[2].partition("(")[2].partition(")")[0].split(", ")
    found = scope["value"](*(given[n] for n in names))
    assert np.allclose(found, e.evaluate(given), rtol=1e-10)
    assert np.allclose(found, f(**given)[0], rtol=1e-10)


@pytest.mark.parametrize("target", ["numpy", "dask"])
def test_definitions_are_told_apart_by_their_names(target):
    """Those of helpers, and those that a source takes from matcalc's own modules."""
    emitter = emitter_of(target)
    found = {d for name in public_names(VALUES) for d in pasted(VALUES, name).definitions}
    assert len(found) > 50
    assert not found & {defined_name(text) for text in emitter.helpers.values()}


def test_a_variable_may_have_the_name_of_a_definition():
    f = mc.compile("tr(expm(A)*finite)", "A", "A, finite, expm_2 in R[n,n]", "value")
    A = np.diag([0.0, 1])
    assert np.isclose(f(A=A, finite=np.eye(2)), 1 + np.e)


def test_no_value_is_an_error_in_code_for_symmetric_matrices_too():
    f = mc.compile("logm(S)", "S", "S in Sym[n]", "value")
    with pytest.raises(mc.DomainError, match="eigenvalues that are zero or negative"):
        f(S=np.diag([1.0, -1]))
