"""Hessians are symmetric, and one sees it: known of the printed form, and true of its value."""

import numpy as np
import pytest

import matcalc as mc

HESSIANS = [
    ("tr(X'*A*X*B)", "X", "X in R[n,m]; A in R[n,n]; B in R[m,m]"),
    ("tr(X*A*X*B)", "X", "X in R[n,m]; A, B in R[m,n]"),
    ("tr(S*A*S*B)", "S", "S in Sym[n]; A, B in R[n,n]"),
    ("tr(K*A*K*B)", "K", "K in Skew[n]; A, B in R[n,n]"),
    ("tr(D*A*D*B)", "D", "D in Diag[n]; A, B in R[n,n]"),
    ("tr(L*A*L*B)", "L", "L in Tril[n]; A, B in R[n,n]"),
    ("logdet(X)", "X", "X in R[n,n]"),
    ("logdet(S)", "S", "S in SPD[n]"),
    ("logdet(X'*X)", "X", "X in R[n,m]"),
    ("det(X)", "X", "X in R[n,n]"),
    ("tr(inv(X)*A)", "X", "X, A in R[n,n]"),
    ("tr(X^3)", "X", "X in R[n,n]"),
    ("sum(S.^3)", "S", "S in Sym[n]"),
    ("sum(X*X'*X)", "X", "X in R[m,n]"),
    ("norm2(X*X' - A)^2", "X", "X in R[n,m]; A in R[n,n]"),
    ("norm2(S*x - y)^2", "S", "S in Sym[n]; x, y in R[n]"),
    ("lambda_max(S)", "S", "S in Sym[n]"),
    ("tr(expm(X))", "X", "X in R[n,n]"),
    ("tr(expm(S))", "S", "S in Sym[n]"),
    ("tr(A*expm(X))", "X", "A, X in R[n,n]"),
    ("phi(W*X)", "W", "phi : R[m,p] -> R; W in R[m,n]; X in R[n,p]"),
    ("tr(X'*A*X*B)^2", "X", "X in R[n,m]; A in R[n,n]; B in R[m,m]"),
    ("exp(tr(X'*A*X*S))", "X", "X in R[n,m]; A in R[n,n]; S in Sym[m]"),
    ("tr(X*A*X)*tr(X)", "X", "X, A in R[n,n]"),
    ("z'*softmax(A*x)", "x", "A in R[m,n]; x in R[n]; z in R[m]"),
    ("norm2(A*x)*norm2(x)", "x", "A in R[m,n]; x in R[n]"),
    ("f(x, A*x)", "x", "f : R[n], R[m] -> R; x in R[n]; A in R[m,n]"),
]


@pytest.mark.parametrize("function, variable, where", HESSIANS)
def test_the_symmetry_of_a_hessian_shows(function, variable, where):
    d = mc.derive(function, variable, where, order=2)
    assert d.verification.ok
    assert "symmetric" in d.result.facts, d.result
    assert mc.parse(str(d.result), where) is d.result


SQUARE = "A, B, C in R[n,n]; u, v, w in R[n]; S in Sym[n]; X in R[m,n]; Y in R[n,m]"
SYMMETRIC = [
    "(kron(A,B) + kron(B',A'))*commutation(n,n)",
    "kron(A,A')*commutation(n,n)",
    "kron(A*B,B'*A')*commutation(n,n)",
    "kron(Y',Y)*commutation(n,m)",
    "diag(vec(S))*commutation(n,n)",
    "kron(A,B) + kron(A',B')",
    "kron(inv(A),B) + kron(inv(A)',B')",
    "A'.*B + B'.*A",
    "u*(v.*w)' + (w.*v)*u'",
    "tr(A)*tr(B)*C + tr(B)*tr(A)*C'",
    "kron(C,B)*(kron(A,A')*commutation(n,n))*kron(C',B')",
    "commutation(n,n)*frechetmatrix(expm)(A)",
    "frechetmatrix(expm)(A)*commutation(n,n)",
]
NOT_SYMMETRIC = [
    "kron(A,A)*commutation(n,n)",
    "kron(A,B)*commutation(n,n)",
    "(kron(A,B) + kron(A',B'))*commutation(n,n)",
    "(kron(A,B) + 2*kron(B',A'))*commutation(n,n)",
    "diag(vec(A))*commutation(n,n)",
    "frechetmatrix(expm)(A)",
    "commutation(n,n)*kron(A,B)",
    "kron(A,B) + kron(B',A')",
    "A.*B + B'.*A",
    "u*(v.*w)' + (v.*v)*u'",
    "tr(A)*C + tr(B)*C'",
    "kron(A,B)*commutation(n,n)*kron(B',A')",
]


@pytest.mark.parametrize("text", SYMMETRIC + NOT_SYMMETRIC)
def test_what_is_known_to_be_symmetric_is(text):
    e = mc.parse(text, SQUARE)
    rng = np.random.default_rng(3)
    v = {name: rng.normal(size=(3, 3)) for name in "ABC"} | {"n": 3, "m": 2}
    v |= {name: rng.normal(size=3) for name in "uvw"}
    v |= {"S": v["A"] + v["A"].T, "X": rng.normal(size=(2, 3)), "Y": rng.normal(size=(3, 2))}
    used = {s.name for s in mc.expr.nodes.symbols(e)} | {"n", "m"}
    value = e.evaluate({k: x for k, x in v.items() if k in used})
    assert np.allclose(value, value.T) == (text in SYMMETRIC)
    assert ("symmetric" in e.facts) == (text in SYMMETRIC)
    assert "psd" not in e.facts


@pytest.mark.parametrize(
    "function", ["A*X*B", "X*X", "X*x", "X + X'", "x'*X*X", "tr(X*A)*X", "inv(X)*x"]
)
@pytest.mark.parametrize("space", ["Toep", "SymToep"])
def test_jacobians_by_toeplitz_matrices(function, space):
    where = f"A, B in R[n,n]; x in R[n]; X in {space}[n]"
    d = mc.derive(function, "X", where)
    assert d.verification.ok
    assert mc.parse(str(d.result), where) is d.result


def test_a_size_that_no_value_determines_is_asked_for():
    where = "g : R[n] -> R[m]; A in R[n,p]; x in R[p]"
    d = mc.derive("g(A*x)", "x", where)
    g = (lambda x: x[:2], lambda x: np.eye(2, 3))
    values = {"g": g, "A": np.arange(12.0).reshape(3, 4), "x": np.ones(4)}
    wanted = values["A"][:2].tolist()  # what g returns has the size m
    assert d.tensor(values).tolist() == d.tensor({**values, "m": 2}).tolist() == wanted
    d = mc.derive("F(x)", "x", "F : R[n] -> R[p,q]; x in R[n]")
    values = {"F": (lambda x: np.ones((2, 3)), lambda x: np.ones((2, 3, 4))), "x": np.ones(4)}
    with pytest.raises(mc.ShapeError, match="no given array determines the size p"):
        d.tensor(values)
    assert d.tensor({**values, "p": 2, "q": 3}).shape == (2, 3, 4)


@pytest.mark.parametrize("function", ["x'*A*x", "norm2(A*x)^2", "sum(exp(A*x))"])
def test_hessians_by_several_variables_are_each_verified(function):
    d = mc.derive(function, ["x", "A"], "x in R[n]; A in R[n,n]", order=2)
    assert d.verification.ok, d.verification.message
    for name in ("x", "A"):
        alone = mc.derive(function, name, "x in R[n]; A in R[n,n]", order=2)
        assert d.results[name].result is alone.result


def test_a_hessian_whose_terms_cancel_is_zero():
    """Of a skew X the entry X[1,1] is 0, and X[1,2] is linear."""
    d = mc.derive("X[2,1]^2*X[1,1] + X[1,2]", "X", "X in Skew[n]", order=2)
    assert str(d.result) == "zeros(n^2,n^2)" and d.verification.ok
