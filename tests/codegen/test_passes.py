"""What the passes over programs do, and that each can be switched off."""

from dataclasses import replace

import numpy as np
import pytest
from test_compiled_corpus import EXACT, SUPPORTED, answer, distance, values_of

import matcalc as mc
from matcalc.codegen import compiled, numpy
from matcalc.codegen.compiled import Compiled
from matcalc.codegen.lower import PASSES
from matcalc.codegen.tiles import LEAST, TILE

rng = np.random.default_rng(0)
LARGE = {"a": rng.normal(size=LEAST + 5), "x": rng.normal(size=LEAST + 5), "c": 0.5}
WHERE = "a in R[n]; x in R[n]; c in R"


def without(f, *off):
    return Compiled(replace(f.request, passes=PASSES - set(off)))


def tiled(f, values):
    n = len(next(iter(values.values())))
    return "by tiles" in str(f.planned(n=n))


@pytest.mark.parametrize(
    "text", ["sum(tanh(exp(a .* x)))", "2*sum(exp(c*x)) + x'*x/c - a'*x", "norm2(x - a)^2"]
)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_by_tiles_as_in_one_piece(text, dtype):
    """The value is a sum over tiles; the last tile is shorter."""
    f = mc.compile(text, "x", WHERE, ("value", "gradient"), dtype=dtype)
    values = {n: v for n, v in LARGE.items() if n in f.parameters}
    assert tiled(f, values) and not tiled(without(f, "tiles"), values)
    value, gradient = f(**values)
    exact, slopes = without(f, "tiles")(**values)
    assert gradient.dtype == dtype and np.array_equal(gradient, slopes)
    assert np.isclose(value, exact, rtol=1e-12 if dtype == "float64" else 1e-4)


def test_matrices_by_tiles_of_rows():
    """Of any layout; a matrix of long rows has tiles of one row."""
    for shape in ((LEAST // 50, 51), (4, LEAST), (1, 2 * LEAST), (2 * LEAST, 1)):
        A = np.asfortranarray(rng.normal(size=shape))
        f = mc.compile("sum(tanh(exp(A)))", "A", "A in R[m,n]", "gradient")
        e = np.exp(A)
        assert np.allclose(f(A=A), (1 - np.tanh(e) ** 2) * e, rtol=1e-13)


@pytest.mark.parametrize(
    "text", ["norm2(x)", "sum(exp(x))^2", "sum(x .* mean(x))", "sum(exp(x)) + 1", "logsumexp(x)"]
)
def test_what_needs_all_entries_is_not_cut(text):
    """A sum that goes into entries, or is no longer one of the tiles' sums."""
    f = mc.compile(text, "x", WHERE, ("value", "gradient"))
    values = {"x": LARGE["x"]}
    assert not tiled(f, values)
    for a, b in zip(f(**values), without(f, *PASSES)(**values), strict=True):
        assert np.allclose(a, b, rtol=1e-10)


def test_constants_are_cut_as_the_variable_is():
    f = mc.compile("sum(tanh(exp(a .* x)))", "x", WHERE, "gradient", fixed={"a": 2 * LARGE["a"]})
    g = mc.compile("sum(tanh(exp(a .* x)))", "x", WHERE, "gradient")
    assert np.array_equal(f(LARGE["x"]), g(LARGE["x"], a=2 * LARGE["a"]))
    assert TILE < LEAST < len(LARGE["x"])


def test_rows_times_the_same_numbers_are_multiplied_once():
    """diag(s)*W - s*(s'*W) in one pass: diag(s)*(W - 1*(s'*W))."""
    J = mc.compile("softmax(W*x)", "x", "W in R[m,n]; x in R[n]", "jacobian")
    assert "np.outer" not in J.source and "np.outer" in without(J, "rows").source
    W, x = rng.normal(size=(4, 3)), rng.normal(size=3)
    assert np.allclose(J(x, W=W), without(J, "rows")(x, W=W), rtol=1e-13)
    where = "A in R[m,n]; d in R[n]; y in R[m]"
    for text in ("A*diag(d) - 2*y*d'", "-A*diag(d) + y*d'", "3*A*diag(d) - y*d'"):
        f = mc.compile(f"norm2({text})^2", "A", where, "value")
        assert ("np.outer" in f.source) is ("3*" in text)  # there the numbers are 3*d and d
        values = {"A": rng.normal(size=(4, 3)), "d": rng.normal(size=3), "y": rng.normal(size=4)}
        assert np.isclose(f(**values), mc.parse(f"norm2({text})^2", where).evaluate(values))


def test_tensors_are_made_along_their_own_axes():
    """The Hessian of -logdet(P) is W[l,i]*W[j,k], not turned afterwards."""
    H = mc.compile("tr(S*P) - logdet(P)", "P", "S in R[n,n]; P in R[n,n]", "hessian")
    assert "transpose" not in H.source
    P = np.eye(3) + 0.1 * rng.normal(size=(3, 3))
    W = np.linalg.inv(P)
    assert np.allclose(H(P=P), np.einsum("li,jk->ijkl", W, W))


def test_sums_of_diagonal_matrices_are_diagonal():
    """X'*(2*I + diag(d))*X is a Gram matrix, and as an operator has no m×m array."""
    f = ("sum(exp(X*w)) + norm2(X*w)^2", "w", "X in R[m,n]; w in R[n]", "hessian")
    H = mc.compile(*f)
    assert "np.sqrt(np.exp(X @ w) + 2)[:, None]*X" in H.source
    X, w, c = rng.normal(size=(5, 3)), rng.normal(size=3), 0.7
    M = X.T @ np.diag(np.exp(X @ w) + 2) @ X
    assert np.allclose(H(w, X=X), M, rtol=1e-13)
    assert np.allclose(without(H, "structure")(w, X=X), M, rtol=1e-13)
    operator = mc.compile(*f, as_="operator")
    assert "diag" not in operator.source
    assert np.allclose(operator(w, X=X).toarray(), M, rtol=1e-13)
    where = "B in R[n,n]; x, d, y in R[n]; a, b in R"
    K = mc.compile("x'*(a*eye(n) + diag(d) + b*diag(y))*B*x", "x", where, "gradient")
    values = {"x": w, "a": c, "d": np.array([1.0, -2, 3]), "b": -2.0, "y": w + 1, "B": X[:3]}
    D = np.diag(c + values["d"] - 2 * values["y"]) @ X[:3]
    assert np.allclose(K(**values), (D + D.T) @ w)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("m", "n", "k"), [(700, 400, 9), (1501, 300, 5), (200, 400, 9)])
def test_thin_products_by_blocks_of_rows(m, n, k, dtype):
    """In the last case there is no more than a million to multiply; the last block is shorter."""
    f = mc.compile("norm2(T*V)^2", "V", "T in R[m,n]; V in R[n,k]", dtype=dtype)
    _, code = f._sources(f.program({"m": m, "n": n, "k": k}), dtype, planned=True)
    assert ("thin_product(T, V)" in code.text) is (m * n * k > 10**6)
    assert "thin_product" not in f.source
    T, V = rng.normal(size=(m, n)), rng.normal(size=(n, k))
    for a, b in zip(f(V, T=T), without(f, "blocks")(V, T=T), strict=True):
        assert a.dtype == dtype and np.allclose(a, b, rtol=1e-12 if dtype == "float64" else 1e-3)


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        (("norm2(T - U*V')^2", "U", "T in R[n,n]; U, V in R[n,k]", "value"), "subtracted"),
        (("softmax(W*x)", "x", "W in R[n,n]; x in R[n]", "jacobian"), "multiplied"),
        (("logsumexp(x)", "x", "x in R[n]", "hessian"), "added_to_diagonal"),
        (("sum(tanh(W*W + ones(n)*y'))", "y", "W in R[n,n]; y in R[n]", "value"), "added"),
        (("norm2(W - W*W)^2", "W", "W in R[n,n]", "value"), "subtracted"),
        (("sum((W*W) .* (W - W*W))", "W", "W in R[n,n]", "value"), None),  # W*W lives on
        (("norm2(Z - W*W)^2", "W", "W in C[n,n]; Z in C[n,n]", "value"), None),
    ],
)
def test_in_the_place_of_what_nothing_else_needs(asked, place):
    """The same entries, and what was given stays as it was."""
    f = mc.compile(*asked)
    dtype = f._usual_precision
    _, code = f._sources(f.program({"n": 200, "k": 3}), dtype, planned=True)
    names = ("subtracted", "multiplied", "added_to_diagonal", "added")
    assert [n for n in names if f"{n}(" in code.text] == ([place] if place else [])
    assert not any(f"{n}(" in f.source for n in names)
    sizes = {"T": (200, 200), "W": (200, 200), "Z": (200, 200), "U": (200, 3), "V": (200, 3)}
    values = {n: rng.normal(size=sizes.get(n, (200,))) / 20 for n in f.parameters}
    values = {n: v.astype(dtype) for n, v in values.items()}
    before = {n: v.copy() for n, v in values.items()}
    assert np.allclose(f(**values), without(f, "inplace")(**values), rtol=1e-13)
    assert all(np.array_equal(values[n], before[n]) for n in values)


def test_the_corpus_as_if_all_arrays_were_large(monkeypatch):
    """Every array in place and in blocks that can be."""
    monkeypatch.setattr(numpy, "LARGE", 2)
    monkeypatch.setattr(numpy, "MILLION", 1000)
    monkeypatch.setattr(compiled, "TINY", 0)
    for name in SUPPORTED:
        d, values = answer(name), values_of(name)
        found = np.asarray(d.compile()(**values))
        assert distance(found, np.asarray(d.tensor(values))) < 10 * EXACT, name


LOGISTIC = ("sum(softplus(-y .* (X*w)))", "w", "X in R[m,n]; y in R[m]; w in R[n]")


@pytest.mark.parametrize("output", ["hessian", "hvp"])
@pytest.mark.parametrize("far", [1.0, 30.0, 1e3])
def test_the_slope_of_sigmoid_takes_one_exponential(output, far):
    f = mc.compile(*LOGISTIC, output)
    g = without(f, "logistic")
    assert f.source.count("np.exp(") == 1 and "sigmoid(-z)" in g.source
    X, y, w = rng.normal(size=(5, 3)), np.sign(rng.normal(size=5)), far * rng.normal(size=3)
    values = {"X": X, "y": y, "w": w, **({"v": rng.normal(size=3)} if output == "hvp" else {})}
    assert np.allclose(f(**values), g(**values), rtol=1e-12, atol=1e-300)


def test_it_does_not_where_sigmoid_is_at_hand():
    source = mc.compile(*LOGISTIC, ("gradient", "hessian")).source
    assert "sigmoid(z)" in source and "abs" not in source


def test_slopes_of_numbers():
    f = mc.compile("sigmoid(a)*sigmoid(-a)", "a", "a in R", "value")
    wanted = [0, 1 / (2 + 2 * np.cosh(1.0)), 0.25, np.exp(-40.0) / (1 + np.exp(-40)) ** 2]
    assert np.allclose([f(a=a) for a in (-1000.0, -1, 0, 40)], wanted, rtol=1e-15)


DIAGONALS = """
log(sum(diag(exp(c)*A)))
sum(diag(exp(A)*exp(B)))/sum(exp(A))
log(y'*diag(exp(A)*exp(B)))
log(y'*diag(y)*diag(exp(A)*B))
log(sum((diag(exp(y)).*A)*y))
sum(log(diag(diag(exp(y)).*exp(A))))
sqrt(sum(diag(exp(A)*exp(B)).*y))
tr((exp(A)*exp(B)).*diag(y))/sum(exp(A))
log(y'*(diag(y).*(exp(c)*A).*exp(B))*y)
log(y'*(eye(n).*(diag(exp(y))*exp(A)))*y)
log(sum(kron(exp(A),B).*eye(n^2)))
""".strip().split("\n")


@pytest.mark.parametrize("text", DIAGONALS)
def test_diagonals_of_exponentials(text):
    """Relative to the largest ones the same as without."""
    values = {"A": rng.uniform(0.5, 2, (3, 3)), "B": rng.uniform(0.5, 2, (3, 3)), "c": 0.5}
    values["y"] = np.array([0.5, 1, 2])
    outputs = ("value", "gradient", "hessian")
    f = mc.compile(text, "A", "A, B in R[n,n]; y in R[n]; c in R", outputs)
    given = {n: values[n] for n in f.parameters}
    for found, wanted in zip(f(**given), without(f, "relative")(**given), strict=True):
        assert np.allclose(found, wanted, rtol=1e-11, atol=1e-13), f.source
