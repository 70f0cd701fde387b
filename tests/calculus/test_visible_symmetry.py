"""Hessians are symmetric, and one sees it: known of the printed form, and true of its value."""

import numpy as np
import pytest

import matcalc as mc
from matcalc.simplify.symmetric import shows_symmetry

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


# Their Hessians do not look symmetric as Jacobians of gradients.
PUT_TOGETHER = [
    (
        "sum(i in 1..n, sum(j in 1..n, exp(x[i]*x[j])))",
        "x",
        "x in R[n]",
        "2*(exp(x*x') + diag(x)*exp(x*x')*diag(x) + diag(exp(x*x')*x.^2))",
    ),
    (
        "sum(exp(Y.*Y'))",
        "Y",
        "Y in R[n,n]",
        "diag(vec(2*exp(Y.*Y') + 2*Y.*Y'.*exp(Y.*Y')))*commutation(n,n)"
        " + 2*diag(vec(exp(Y.*Y').*Y'.^2))",
    ),
    ("tr(C*V)^3", "V", "V in Tril[n]; C in R[n,n]", "6*tr(C*V)*vec(tril(C'))*vec(tril(C'))'"),
    (
        "tr(C*V)^3",
        "V",
        "V in Diag[n]; C in R[n,n]",
        "6*tr(C*V)*vec(diag(diag(C)))*vec(diag(diag(C)))'",
    ),
    (
        "norm2(T*x - y)^2",
        "T",
        "T in Toep[n]; x, y in R[n]",
        "2*toeplitzprojection(n)*kron(x*x',eye(n))*toeplitzprojection(n)",
    ),
    (
        "tr(sqrtm(S))",
        "S",
        "S in SPD[n]",
        "(eye(n^2) + commutation(n,n))*frechetmatrix(sqrtm)(S,eye(n))"
        "*(eye(n^2) + commutation(n,n))/4",
    ),
    ("norm2(softmax(A*x) - b)^2", "x", "A in R[m,n]; x in R[n]; b in R[m]", None),
    ("norm2(A*x*x' - A*C)^2", "x", "A in R[m,n]; x in R[n]; C in R[n,n]", None),
    ("logdet(I + diag(x)*S*S*diag(x))", "x", "S in Sym[n]; x in R[n]", None),
    (
        "kron(x,x)'*A*kron(x,x)",
        "x",
        "x in R[n]; A in R[n^2,n^2]",
        "unvec((A + A')*kron(x,x),n,n) + unvec((A + A')*kron(x,x),n,n)'"
        " + (kron(x,eye(n)) + kron(eye(n),x))'*(A + A')*(kron(x,eye(n)) + kron(eye(n),x))",
    ),
    (
        "sum(exp(kron(x,x)))",
        "x",
        "x in R[n]",
        "unvec(exp(kron(x,x)),n,n) + unvec(exp(kron(x,x)),n,n)'"
        " + (kron(x,eye(n)) + kron(eye(n),x))'*diag(exp(kron(x,x)))"
        "*(kron(x,eye(n)) + kron(eye(n),x))",
    ),
    ("tr(T*A*T*B)", "T", "T in Toep[n]; A, B in R[n,n]", None),
    ("tr(T*A*T*B)", "T", "T in SymToep[n]; A, B in R[n,n]", None),
    ("logdet(T)", "T", "T in Toep[n]", None),
    ("logdet(T)", "T", "T in SymToep[n]", None),
    ("sum(exp(T))", "T", "T in Toep[n]", None),
    ("normnuc(X)", "X", "X in R[m,n]", None),
    ("normnuc(A*X)", "X", "X in R[m,n]; A in R[k,m]", None),
    ("sigma_max(X)", "X", "X in R[m,n]", None),
    ("tr(A*sqrtm(S))", "S", "S in SPD[n]; A in R[n,n]", None),
    ("tr(C*V)^3", "V", "V in Triu[n]; C in R[n,n]", None),
]


@pytest.mark.parametrize("function, variable, where, form", PUT_TOGETHER)
def test_a_hessian_is_put_together_so_that_its_symmetry_shows(function, variable, where, form):
    d = mc.derive(function, variable, where, order=2)
    assert d.verification.ok
    assert shows_symmetry(d.result), d.result
    assert form is None or d.result is mc.parse(form, where)
    assert mc.parse(str(d.result), where) is d.result


def test_the_hessian_of_a_norm_is_that_of_its_square():
    """∇²σ = (∇²(σ²)/2 - ∇σ ∇σ')/σ, where the Hessian of λ_max(X'X) shows its symmetry."""
    d = mc.derive("sigma_max(X)", "X", "X in R[m,n]", order=2)
    assert d.verification.ok and shows_symmetry(d.result)
    text = str(d.result)
    assert ")/2" not in text  # no sum with its own transpose
    assert text.endswith("'/sigma_max(X)^2)/sigma_max(X)")


def test_large_hessians_show_their_symmetry_too():
    hidden = "x"
    for k in range(10):
        hidden = f"tanh(W_{k}*{hidden})"
    where = "x, y in R[n]; " + "; ".join(f"W_{k} in R[n,n]" for k in range(10))
    d = mc.derive(f"norm2({hidden} - y)^2", "x", where, order=2)
    assert d.verification.ok and shows_symmetry(d.result)


SYMMETRY = "symmetry of second derivatives, written so that it shows"


@pytest.mark.parametrize(
    "function, where, rewritten",
    [
        ("normnuc(X)", "X in R[m,n]", True),
        ("logdet(X)", "X in Toep[n]", True),
        ("logdet(X)", "X in SPD[n]", False),
        ("norm2(A*X - B)^2", "X in R[m,n]; A in R[k,m]; B in R[k,n]", False),
    ],
)
def test_a_line_says_when_a_hessian_is_rewritten_for_its_symmetry(function, where, rewritten):
    steps = mc.derive(function, "X", where, order=2, verify=False).steps
    (second,) = [s for s in steps if s.kind == "second"]
    assert (SYMMETRY in [r.name for r in second.identities]) == rewritten


@pytest.mark.parametrize(
    "function, variable, where, form",
    [
        # (A ⊗ Y)*vec(W) = vec(Y*W*A'). Source: Magnus & Neudecker, ch. 2, sec. 4
        (
            "kron(A,X)*y",
            "X",
            "A in R[m,n]; X in R[p,q]; y in R[n*q]",
            "kron(A*unvec(y,q,n)',eye(p))",
        ),
        (
            "kron(X,A)*y",
            "X",
            "A in R[m,n]; X in R[p,q]; y in R[n*q]",
            "kron(eye(p),A*unvec(y,n,q))*commutation(p,q)",
        ),
        ("kron(x',A)*y", "x", "A in R[m,n]; x in R[p]; y in R[n*p]", "A*unvec(y,n,p)"),
        (
            "kron(X,X)*y",
            "X",
            "X in R[p,q]; y in R[q^2]",
            "kron(eye(p),X*unvec(y,q,q))*commutation(p,q) + kron(X*unvec(y,q,q)',eye(p))",
        ),
        ("kron(A,kron(X,B))*y", "X", "A, B in R[k,k]; X in R[p,q]; y in R[k^2*q]", None),
        (
            "A*(kron(X,B) + 2*kron(B,X))*kron(y,y)",
            "X",
            "A in R[m,p^2]; B, X in R[p,q]; y in R[q]",
            None,
        ),
    ],
)
def test_kronecker_products_times_columns(function, variable, where, form):
    d = mc.derive(function, variable, where)
    assert d.verification.ok
    assert form is None or d.result is mc.parse(form, where)


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
    "A.*A'",
    "A.*B.*B'.*A'",
    "kron(eye(n),A)*inv(kron(eye(n),S) + kron(S,eye(n)))*kron(A',eye(n))*commutation(n,n)",
    "kron(eye(n),X)*kron(X',eye(n))*commutation(m,n)",
    "(A*B)' + A*B",
    "2*(A*B)' + 2*A*B",
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
    "A.*B'.*A",
    "kron(eye(n),A)*inv(kron(eye(n),S) + kron(S,eye(n)))*kron(B',eye(n))*commutation(n,n)",
    "kron(eye(n),A)*inv(kron(eye(n),S) + kron(2*S,eye(n)))*kron(A',eye(n))*commutation(n,n)",
    "diag(vec(A'))*commutation(n,n)*diag(vec(A))",
    "kron(eye(n),X)*kron(Y,eye(n))*commutation(m,n)",
    "polar(A)'*B",
    "(A*B)' + B*A",
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


def test_the_symmetric_factor_of_a_polar_decomposition_is_known():
    """A = W*P with P = W'*A = sqrtm(A'*A)."""
    e = mc.parse("polar(X)'*X", "X in R[m,n]")
    x = np.random.default_rng(5).normal(size=(4, 3))
    value = e.evaluate({"X": x})
    assert np.allclose(value, value.T) and np.linalg.eigvalsh(value).min() > 0
    assert "pd" in e.facts
    assert not mc.parse("polar(X)'*Y", "X, Y in R[m,n]").facts
    scaled = mc.parse("-2*polar(X)'*X", "X in R[m,n]").facts
    assert "symmetric" in scaled and "psd" not in scaled


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
