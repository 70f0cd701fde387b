"""Stacks and blocks, running sums, Toeplitz matrices, largest entries: values and gradients."""

import pickle

import numpy as np
import pytest
import scipy.linalg as sla

import matcalc as mc
from matcalc.expr.nodes import symbols

WHERE = "A in R[m,n]; B in R[m,p]; C in R[q,n]; D in R[q,p]; x, y in R[n]; S in R[n,n]; c in R"


def values(seed=0, m=3, n=4, p=2, q=5):
    rng = np.random.default_rng(seed)
    shapes = {"A": (m, n), "B": (m, p), "C": (q, n), "D": (q, p), "x": n, "y": n, "S": (n, n)}
    return {name: rng.standard_normal(s) for name, s in shapes.items()} | {"c": 0.7}


def lower(x):
    return np.tril(sla.toeplitz(x))


VALUES = [
    ("hcat(A,B)", "np.hstack([A, B])"),
    ("hcat(x,y)", "np.stack([x, y], 1)"),
    ("hcat(c,x')", "np.hstack([c, x])[None]"),
    ("vcat(A,C)", "np.vstack([A, C])"),
    ("vcat(1,x,c,y)", "np.hstack([1, x, c, y])"),
    ("block(A,B;C,D)", "np.block([[A, B], [C, D]])"),
    ("block(S,x;x',c)", "np.block([[S, x[:,None]], [x[None], np.array([[c]])]])"),
    ("block(S;x')", "np.vstack([S, x])"),
    ("block(x,y)", "np.stack([x, y], 1)"),
    ("cumsum(x)", "np.cumsum(x)"),
    ("reverse(x)", "x[::-1]"),
    ("rows(cumsum)(A)", "np.cumsum(A, 1)"),
    ("columns(reverse)(A)", "A[::-1]"),
    ("toeplitz(x)", "sla.toeplitz(x)"),
    ("toeplitz(x,y)", "sla.toeplitz(x, y)"),
    ("lowertoeplitz(x)", "lower(x)"),
    ("diagsums(S)", "np.array([np.trace(S, -k) for k in range(4)])"),
    ("conv(x,vcat(c,y))", "np.convolve(x, np.hstack([c, y]))"),
    ("khatrirao(A,C)", "sla.khatri_rao(A, C)"),
    ("max(A)", "A.max()"),
    ("min(x)", "x.min()"),
    ("hardmax(x)", "1.0*(x == x.max())"),
    ("rows(max)(A)", "A.max(1)"),
    ("columns(hardmax)(A)", "1.0*(A == A.max(0))"),
    ("var(A)", "A.var()"),
]
IDS = [t for t, _ in VALUES]


@pytest.mark.parametrize(("text", "numpy"), VALUES, ids=IDS)
def test_values(text, numpy):
    e = mc.parse(text, WHERE)
    for seed in range(3):
        given = values(seed)
        wanted = eval(numpy, {"np": np, "sla": sla, "lower": lower, **given})
        found = e.evaluate({s.name: given[s.name] for s in symbols(e)})
        assert np.shape(found) == np.shape(wanted) and np.allclose(found, wanted, rtol=1e-13)


@pytest.mark.parametrize("text", IDS)
def test_gradients(text):
    e = mc.parse(text, WHERE)
    for v in symbols(e):
        d = mc.derive(mc.sum(mc.sin(e)), v)
        assert d.verification.ok and d.verification.method != "not verified", (text, v)


@pytest.mark.parametrize("text", IDS)
def test_texts(text):
    e = mc.parse(text, WHERE)
    assert mc.parse(str(e), WHERE) is e and pickle.loads(pickle.dumps(e)) is e
    assert e.unicode() and e.latex().count("{") == e.latex().count("}")


FORMS = [
    ("norm2(hcat(A,B)*x - y)^2", "x", "2*hcat(A,B)'*(hcat(A,B)*x - y)"),
    ("logdet(block(A,x;x',c))", "A", "inv(block(A,x;x',c))'[1:n,1:n]"),
    ("max(x)", "x", "hardmax(x)"),
    ("max(A*x - y)", "x", "A'*hardmax(A*x - y)"),
    ("norm2(cumsum(x) - y)^2/2", "x", "reverse(cumsum(reverse(cumsum(x) - y)))"),
    ("tr(A*lowertoeplitz(x))", "x", "diagsums(A')"),
    ("y'*toeplitz(x)*y", "x", "2*diagsums(y*y') - (y'*y)*eye(n)[:,1]"),
]


@pytest.mark.parametrize(("text", "wrt", "form"), FORMS, ids=[t for t, _, _ in FORMS])
def test_forms(text, wrt, form):
    where = "c in R" if "block" in text else ""
    d = mc.derive(text, wrt, where)
    assert d.verification.ok and str(d.result) == form


def test_blocks_on_paper():
    e = mc.parse("block(A,B;C,D)", WHERE)
    assert str(e) == "block(A,B;C,D)" and e.unicode() == "[A, B; C, D]"
    assert e.latex() == r"\begin{bmatrix}A & B \\ C & D\end{bmatrix}"
    assert mc.parse("vcat(hcat(A,B),hcat(C,D))", WHERE) is e


def test_sizes_of_stacks_are_inferred():
    d = mc.derive("norm2(hcat(A,X)*x - y)^2", "X")
    assert d.problem.inferred == ("A in R[m,n]", "X in R[m,p]", "x in R[n + p]", "y in R[m]")
    assert mc.parse("vcat(1,x)").shape == mc.parse("x", "x in R[n+1]").shape


def test_the_largest_entry_must_be_unique():
    d = mc.derive("max(x)", "x")
    assert d.conditions == ("the largest entry of x is the only one of its size",)


def test_many_arrays():
    names = ",".join(f"x_{k}" for k in range(9))
    assert mc.derive(f"norm2(vcat({names}))^2", "x_3").verification.ok


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hcat(A,C)", "hcat takes R[m,n_1], R[m,n_2]; its arguments are m×n, q×n"),
        ("block(A,B;C)", "vcat takes"),
        ("kron(A;B)", "only block takes rows, as in block(A,B;C,D): not kron"),
        ("hcat(x,x,x,x,x,x,x,x,x,x)", "stack some of them first"),
        ("cumsum(A)", "columns(cumsum)(X)"),
        ("hcat(A)", "hcat takes 2, 3, 4, 5, 6, 7, 8 or 9 arguments, not 1"),
    ],
)
def test_refusals(text, message):
    with pytest.raises(mc.MatcalcError) as caught:
        mc.parse(text, WHERE)
    assert message in str(caught.value) or message in str(caught.value.hint)


def test_jacobians_of_functions_by_rows():
    """The matrix of rows(L) is M ⊗ I, that of columns(L) is I ⊗ M."""
    from matcalc.calculus.templates import matrix_of
    from matcalc.functions.stacked import vec

    for text in ("rows(cumsum)(A)", "columns(reverse)(A)"):
        e = mc.parse(text, WHERE)
        m = matrix_of(e.function, e.arguments, "X")
        assert mc.equivalent(vec(e), m @ vec(e.arguments[0]))


def test_in_python():
    a, b, x = mc.matrices("A[m,n] B[m,p] X[m,n]")
    assert mc.block([[a, b], [x, b]]) is mc.parse("block(A,B;X,B)", "A, X in R[m,n]; B in R[m,p]")
    assert mc.rows(mc.softmax)(x) is mc.parse("rows(softmax)(X)", "X in R[m,n]")
    assert str(mc.columns("norm2")(x)) == "columns(norm2)(X)"
    with pytest.raises(mc.UnknownNameError):
        mc.rows("nosuch")(x)
