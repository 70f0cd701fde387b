"""Slices, functions by rows and columns, sums over an index: their values and gradients.

Values are compared with loops in NumPy, gradients with slopes (mc.derive verifies them), and some
with the form that a person would write.
"""

import pickle

import numpy as np
import pytest
from scipy.special import logsumexp, softmax

import matcalc as mc

WHERE = (
    "A in R[m,n]; B in R[m,k]; S in R[n,n]; x in R[n]; y in R[m]; w in R[m]; c in R; V in R[n,k]"
)


def values(m=4, n=5, k=3, seed=0):
    rng = np.random.default_rng(seed)
    shapes = {"A": (m, n), "B": (m, k), "S": (n, n), "x": n, "y": m, "w": m, "c": (), "V": (n, k)}
    return {name: rng.standard_normal(shape) for name, shape in shapes.items()}


VALUES = [
    # Slices: indices start at 1, ranges include both ends
    ("x[2]", "x[1]"),
    ("x[2:4]", "x[1:4]"),
    ("x[:2]", "x[:2]"),
    ("x[3:]", "x[2:]"),
    ("x[:]", "x"),
    ("A[2,3]", "A[1,2]"),
    ("A[2,:]", "A[1:2]"),
    ("A[:,3]", "A[:,2]"),
    ("A[2:3,:]", "A[1:3]"),
    ("A[2:3,1:2]", "A[1:3,:2]"),
    ("A[m,n]", "A[-1,-1]"),
    ("A[m,2:n]", "A[-1:,1:]"),
    ("A[2]", "A[1]"),
    ("(A*V)[2,:]", "(A@V)[1:2]"),
    ("A'[2,:]", "A.T[1:2]"),
    ("(A*x)[2]*x", "(A@x)[1]*x"),
    ("(A*x)[2:3]'*y[2:3]", "(A@x)[1:3]@y[1:3]"),
    ("y*x[2:3]'", "np.outer(y, x[1:3])"),
    ("eye(n)[:,2]", "np.eye(5)[:,1]"),
    ("eye(n)[2:3,:]", "np.eye(5)[1:3]"),
    # By rows and by columns
    ("rows(softmax)(A)", "softmax(A, 1)"),
    ("columns(softmax)(A)", "softmax(A, 0)"),
    ("rows(logsumexp)(A)", "logsumexp(A, 1)"),
    ("columns(logsumexp)(A)", "logsumexp(A, 0)[None]"),
    ("rows(norm2)(A)", "np.linalg.norm(A, axis=1)"),
    ("columns(norm1)(A)", "np.abs(A).sum(0)[None]"),
    ("rows(exp)(A)", "np.exp(A)"),
    ("rows(softmax)(y')", "softmax(y)[None]"),
    ("sum(A,1)", "A.sum(0)[None]"),
    ("sum(A,2)", "A.sum(1)"),
    ("mean(A,1)", "A.mean(0)[None]"),
    ("mean(A,2)", "A.mean(1)"),
    ("var(A,1)", "A.var(0)[None]"),
    ("var(A,2)", "A.var(1)"),
    ("var(A)", "A.var()"),
    ("var(x)", "x.var()"),
    # Sums over an index
    ("sum(i in 1..m, y[i]*w[i])", "sum(y[i]*w[i] for i in range(4))"),
    ("sum(i in 1..m, (A[i]'*x - y[i])^2)", "sum((A[i]@x - y[i])**2 for i in range(4))"),
    ("sum(i in 1..m, (A[i,:]*x - y[i])^2)", "sum((A[i]@x - y[i])**2 for i in range(4))"),
    ("sum(j in 1..n, A[:,j]*x[j])", "A@x"),
    ("sum(i in 2..m, y[i])", "y[1:].sum()"),
    ("sum(i in 1..n-1, (x[i+1] - x[i])^2)", "np.sum(np.diff(x)**2)"),
    ("sum(i in 1..m, A[i]*A[i]')", "A.T@A"),
    ("sum(i in 1..m, w[i]*(A[i] - x)*(A[i] - x)')", "(A - x).T@np.diag(w)@(A - x)"),
    ("sum(i in 1..n, S[i,i])", "np.trace(S)"),
    ("sum(i in 1..m, sum(j in 1..n, A[i,j]*y[i]*x[j]))", "y@A@x"),
    ("sum(i in 1..m, sum(j in 1..n, (A[i,j] - y[i]*x[j])^2))", "np.sum((A - np.outer(y,x))**2)"),
    (
        "sum(i in 1..m, sum(j in 1..m, exp(-norm2(B[i] - B[j])^2)))",
        "np.sum(np.exp(-((B[:,None] - B[None])**2).sum(-1)))",
    ),
    ("sum(i in 1..m, x'*S*A[i] + c)", "sum(x@S@A[i] + c for i in range(4))"),
    ("sum(i in 1..m, (A[i] - x)'*S*(A[i] - x))", "sum((a - x)@S@(a - x) for a in A)"),
    ("sum(i in 1..m, norm2(A[i] - x))", "sum(np.linalg.norm(a - x) for a in A)"),
    ("sum(i in 1..m, logsumexp(S*A[i]))", "sum(logsumexp(S@a) for a in A)"),
    ("sum(i in 1..m, softmax(A[i] + x))", "sum(softmax(a + x) for a in A)"),
    ("sum(i in 1..m, tr(S*A[i]*A[i]'))", "sum(a@S@a for a in A)"),
    ("sum(i in 1..m, c)", "4*c"),
    ("sum(i in 1..m, S)", "4*S"),
    ("sum(i in 1..m, exp(c*y[i])^2/(1 + y[i]^2))", "np.sum(np.exp(c*y)**2/(1 + y**2))"),
    ("sum(i in 1..n-2, sum(x[i:i+2])^2)", "sum(x[i:i+3].sum()**2 for i in range(3))"),
    ("sum(i in 1..m, sum(A[i].^2.*x))", "np.sum(A**2*x)"),
    ("sum(i in 1..m, mean(A[i]))", "sum(a.mean() for a in A)"),
    ("sum(i in 1..m, dot(A[i],x)*A[i])", "A.T@(A@x)"),
]


@pytest.mark.parametrize(("text", "numpy"), VALUES, ids=[t for t, _ in VALUES])
def test_values(text, numpy):
    e = mc.parse(text, WHERE)
    for seed in range(2):
        given = values(seed=seed)
        wanted = eval(numpy, {"np": np, "softmax": softmax, "logsumexp": logsumexp, **given})
        used = {s: v for s, v in given.items() if s in {x.name for x in mc_symbols(e)}}
        sizes = {"m": 4, "n": 5, "k": 3}
        found = e.evaluate({**used, **sizes})
        assert np.shape(found) == np.shape(wanted)
        assert np.allclose(found, wanted, rtol=1e-12)


def mc_symbols(e):
    from matcalc.expr.nodes import symbols

    return symbols(e)


@pytest.mark.parametrize("text", [t for t, _ in VALUES])
def test_what_is_printed_parses_back(text):
    e = mc.parse(text, WHERE)
    assert mc.parse(str(e), WHERE) is e
    assert e.unicode() and e.latex().count("{") == e.latex().count("}")
    assert pickle.loads(pickle.dumps(e)) is e


@pytest.mark.parametrize("text", [t for t, _ in VALUES])
def test_gradients(text):
    """Of every value, squared or weighted, by all its variables."""
    e = mc.parse(text, WHERE)
    for v in mc_symbols(e):
        d = mc.derive(mc.sum(mc.sin(e)), v)
        assert d.verification.ok and d.verification.method != "not verified", (text, v)
        assert d.verification.error < 1e-7


FORMS = [
    ("sum(i in 1..m, (A[i]'*x - y[i])^2)", "x", "2*A'*(A*x - y)"),
    ("sum(i in 1..m, sum(j in 1..n, A[i,j]*y[i]*x[j]))", "x", "A'*y"),
    ("sum(rows(logsumexp)(A))", "A", "rows(softmax)(A)"),
    ("sum(columns(logsumexp)(A))", "A", "columns(softmax)(A)"),
    ("rows(softmax)(A) : B", "A", "rows(softmax)(A).*(B - (B.*rows(softmax)(A))*ones(n,n))"),
    (
        "sum(i in 1..m, w[i]*log(sum(j in 1..n, exp(A[i,j] + x[j]))))",
        "x",
        "rows(softmax)(A + ones(m)*x')'*w",
    ),
    ("sum(rows(norm2)(A))", "A", "diag(1./rows(norm2)(A))*A"),
    ("sum(columns(logsumexp)(A).*x')", "A", "columns(softmax)(A)*diag(x)"),
    ("sum(sum(A,2).*y)", "A", "y*ones(n)'"),
    ("x[3]", "x", "eye(n)[:,3]"),
    ("A[2,3]", "A", "eye(m)[:,2]*eye(n)[:,3]'"),
    ("A[i,j]", "A", "eye(m)[:,i]*eye(n)[:,j]'"),
    ("norm2(x[2:4])^2/2", "x", "eye(n)[:,2:4]*x[2:4]"),
    ("sum(i in 1..m, w[i]*log(1 + exp(-A[i]'*x)))", "x", "-A'*(w.*sigmoid(-A*x))"),
]


@pytest.mark.parametrize(("text", "wrt", "form"), FORMS, ids=[t for t, _, _ in FORMS])
def test_forms(text, wrt, form):
    where = WHERE.replace("B in R[m,k]", "B in R[m,n]")
    d = mc.derive(text, wrt, where)
    assert d.verification.ok
    if form is not None:
        assert str(d.result) == form


def test_attention():
    """Vaswani et al., NIPS 2017: rows(softmax)(Q*K'/sqrt(d))*V, with an upstream gradient G."""
    where = "Q in R[m,d]; K in R[n,d]; V in R[n,e]; G in R[m,e]"
    d = mc.derive("G : rows(softmax)(Q*K'/sqrt(d))*V", ["Q", "K", "V"], where)
    assert d.verification.ok
    assert str(d.results["V"].result) == "rows(softmax)(Q*K'/sqrt(d))'*G"
    rng = np.random.default_rng(1)
    q, k, v, g = (rng.standard_normal(s) for s in ((3, 4), (5, 4), (5, 2), (3, 2)))
    p = softmax(q @ k.T / 2, 1)
    dp = g @ v.T
    ds = p * (dp - (dp * p).sum(1, keepdims=True))
    given = {"Q": q, "K": k, "V": v, "G": g}
    assert np.allclose(d.results["Q"].tensor(given), ds @ k / 2)
    assert np.allclose(d.results["K"].tensor(given), ds.T @ q / 2)


def test_a_size_limits_an_index():
    d = mc.derive("norm2(x[1:4])^2", "x", "x in R[n]")
    assert "n >= 4" in d.conditions
    with pytest.raises(mc.MatcalcError, match="not within"):
        d.tensor({"x": [1.0, 2.0]})


def test_rows_of_a_matrix_are_said_to_be_columns():
    d = mc.derive("sum(i in 1..m, A[i]'*x)", "x", WHERE)
    assert any("i-th row of A, as a column" in note for note in d.notes)


def test_conditions_by_rows():
    d = mc.derive("sum(rows(norm2)(A))", "A", WHERE)
    assert d.conditions == ("each row of A ≠ 0",)
    squares = mc.derive("sum(i in 1..m, norm2(A[i] - x)^2)", "x", WHERE)
    assert squares.conditions == ()


def test_in_python():
    a = mc.matrices("A[m,n]")
    assert str(mc.sum(a, 2)) == "A*ones(n)" and str(mc.sum(a, 1)) == "ones(m)'*A"
    with pytest.raises(mc.MatcalcError, match="direction"):
        mc.sum(a, 3)


JACOBIANS = [
    ("x[2:4]", "x", 1, "eye(n)[:,2:4]'"),
    ("softmax(x)[1]", "x", 1, "softmax(x)[1]*(eye(n)[:,1] - softmax(x))"),
    ("sum(A,1)", "A", 1, "kron(eye(n),ones(m)')"),
    ("rows(softmax)(A)*x", "A", 1, None),
    ("rows(logsumexp)(A)", "A", 1, None),
    ("columns(softmax)(A)", "A", 1, None),
    ("sum(i in 1..m, A[i]*w[i])", "w", 1, "A'"),
    ("sum(i in 1..m, (A[i]'*x - y[i])^2)", "x", 2, "2*A'*A"),
    ("x[1]^2*x[2]", "x", 2, None),
    ("sum(i in 1..m, log(1 + exp(-y[i]*A[i]'*x)))", "x", 2, None),
]


@pytest.mark.parametrize(("text", "wrt", "order", "form"), JACOBIANS, ids=[j[0] for j in JACOBIANS])
def test_jacobians_and_hessians(text, wrt, order, form):
    d = mc.derive(text, wrt, WHERE, order=order)
    assert d.verification.ok and d.verification.method != "not verified"
    assert form is None or str(d.result) == form


AWKWARD = [
    ("sum(rows(softmax)(x').*y')", "x, y in R[n]", "x"),
    ("sum(columns(softmax)(x).*y)", "x, y in R[n]", "x"),
    ("sum(rows(softmax)(X).*Y)", "X, Y in R[1,n]", "X"),
    ("sum(rows(logsumexp)(X))", "X in R[1,1]", "X"),
    ("rows(norm2)(X)'*w", "X in R[m,1]; w in R[m]", "X"),
    ("sum(X,1)*c", "X in R[m,1]; c in R", "X"),
    ("max(X)^2", "X in R[1,1]", "X"),
    ("sum(i in 1..1, x[i]^2)", "x in R[n]", "x"),
    ("sum(i in 1..3, x[i]*i)", "x in R[3]", "x"),
    ("x[1]^2", "x in R[1]", "x"),
    ("norm2(conv(x,c))^2", "x in R[n]; c in R", "c"),
    ("tr(toeplitz(x)) + sum(cumsum(x))^2", "x in R[1]", "x"),
    ("X[1,:]*X[:,1]", "X in R[n,n]", "X"),
    ("tr(X[1:2,1:2])^2 + det(X[2:3,2:3])", "X in Sym[n]", "X"),
]


@pytest.mark.parametrize(("text", "where", "wrt"), AWKWARD, ids=[a[0] for a in AWKWARD])
def test_awkward_shapes(text, where, wrt):
    d = mc.derive(text, wrt, where)
    assert d.verification.ok and d.verification.method != "not verified"
    assert mc.parse(str(d.result), where) is d.result


def test_diagonals():
    d = mc.derive("sum(i in 1..n, S[i,i]^2)", "S", "S in R[n,n]")
    assert d.verification.ok and str(d.result) == "2*diag(diag(S))"


TRIANGLES = [  # sums over i and j within bounds that depend on i, and the loop
    ("sum(i in 1..n, sum(j in 1..i, x[i]*x[j]))", "x[i]*x[j]", "range(i + 1)"),
    ("sum(i in 1..n, sum(j in 1..i - 1, S[i,j]*x[i]*x[j]))", "S[i,j]*x[i]*x[j]", "range(i)"),
    ("sum(i in 1..n, sum(j in i..n, S[i,j]*x[j]))", "S[i,j]*x[j]", "range(i, n)"),
    ("sum(i in 1..n, sum(j in i+1..n, (x[i] - x[j])^2))", "(x[i] - x[j])**2", "range(i + 1, n)"),
    (
        "sum(i in 1..n-1, sum(j in i+1..n, log(1 + exp(x[i] - x[j]))))",
        "np.log(1 + np.exp(x[i] - x[j]))",
        "range(i + 1, n)",
    ),
    (
        "sum(i in 2..n, sum(j in 1..i-1, norm2(V[i] - V[j])^2*x[1]))",
        "np.sum((V[i] - V[j])**2)*x[0]",
        "range(i)",
    ),
    ("sum(i in 1..n, log(sum(j in 1..i, exp(x[j]))))", None, "range(i + 1)"),
]


@pytest.mark.parametrize(("text", "term", "inner"), TRIANGLES)
def test_sums_within_bounds_that_depend_on_another_index(text, term, inner):
    v = values()
    scope = {**v, "np": np, "n": 5}
    if term is None:
        wanted = np.sum(np.log(np.cumsum(np.exp(v["x"]))))
    else:
        wanted = sum(
            eval(term, {**scope, "i": i, "j": j})
            for i in range(5)
            for j in eval(inner, {**scope, "i": i})
        )
    assert mc.parse(text, WHERE).evaluate(v) == pytest.approx(wanted)
    d = mc.derive(text, "x", WHERE)
    assert d.verification.ok, d.verification.message
    assert mc.parse(str(d.result), WHERE) is d.result


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sum(i in 1..m, sum(j in i..n, A[i,j]))", "where i goes up to m"),
        ("sum(i in 1..n, sum(j in 1..i + 1, x[j]))", "only i or i - 1"),
        ("sum(i in 1..n, sum(j in i - 1..i, x[j]))", "only i or i"),
        ("sum(i in 1..n, sum(j in 1..2*i, x[j]))", "only i or i - 1"),
        ("sum(i in 1..n, sum(j in 1..i, sum(l in 1..j, x[l])))", "sizes depend on i"),
    ],
)
def test_bounds_that_are_refused_say_why(text, message):
    with pytest.raises(mc.NotSupportedError, match=message):
        mc.parse(text, WHERE)
