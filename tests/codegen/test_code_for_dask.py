"""Code over Dask: the same values from arrays in blocks, which are made when they are needed.

The corpus is evaluated with every array cut into blocks; what needs a matrix whole says so.
"""

import pickle

import numpy as np
import pytest
from test_compiled_corpus import SUPPORTED, answer, distance, values_of

import matcalc as mc

ROWS = 100_000  # of what CI evaluates; benchmarks/scaling.py goes further
OUTPUTS = ("value", "gradient", "hessian")
LOGREG = ("sum(softplus(-y .* (X*w)))", "w", "X in R[m,n]; y in R[m]; w in R[n]")
SQUARES = ("norm2(X*w - y)^2/m", "w", "X in R[m,n]; y in R[m]; w in R[n]")
GAUSSIAN = (
    "m/2*logdet(S) + tr(inv(S)*R'*R)/2",
    ["mu", "S"],
    "X in R[m,n]; mu in R[n]; S in SPD[n]; R = X - ones(m)*mu'",
)


@pytest.fixture(scope="module")
def da():
    return pytest.importorskip("dask.array")


def in_blocks(da, values, rows):
    """Arrays as Dask's, of so many rows to a block."""

    def cut(v):
        if not isinstance(v, np.ndarray) or not v.ndim:
            return v
        return da.from_array(v, chunks=(rows, *v.shape[1:]))

    return {n: cut(v) for n, v in values.items()}


def concrete():
    for name in SUPPORTED:
        values = values_of(name)
        if not any(callable(v) or isinstance(v, tuple) for v in values.values()):
            yield name, values


def test_the_corpus_agrees_in_one_block(da):
    """All functions, since NumPy's own code is there for those that need a matrix whole."""
    for name, values in concrete():
        d = answer(name)
        f = d.compile(backend="dask")
        got = f(**in_blocks(da, values, 1000))
        assert distance(got, np.asarray(d.tensor(values))) < 1e-9, f"{name}\n{f.source}"


@pytest.mark.parametrize("rows", [1, 2])
def test_the_corpus_agrees_in_blocks_of_rows(da, rows):
    right = 0
    for name, values in concrete():
        d = answer(name)
        f = d.compile(backend="dask")
        try:
            got = f(**in_blocks(da, values, rows))
        except mc.NotSupportedError as error:
            assert "of an array in" in str(error) and "blocks, in code for dask" in str(error)
            continue
        assert distance(got, np.asarray(d.tensor(values))) < 1e-9, f"{name}\n{f.source}"
        right += 1
    print(f"{right} cases in blocks of {rows} rows")
    assert right >= 275


BLOCKWISE = """sigma_max(A); normspec(A); normnuc(A); norm1(A); norminf(A); normp(A,3); norm21(A);
max(A); min(A); var(A); mean(A); sum(pinv(A)); sum(lgamma(A.^2)); sum(digamma(A.^2)); sum(gelu(A));
sum(elu(A));
sum(sigmoid(1000*A)); sum(erf(A)); logsumexp(A*ones(3)); norm2(softmax(A*ones(3)))^2;
norm2(cumsum(A*ones(3))); norm2(rows(softmax)(A)); norm2(sum(A,1)); norm2(sum(A,2)); logdet(A'*A);
tr(inv(A'*A)); sum(max(A,0.5)); sum(A[1:4,2]); A[5,2]^2; normfro(A*A')^2""".split(";")


@pytest.mark.parametrize("text", [t.strip() for t in BLOCKWISE])
def test_functions_of_tall_matrices_work_block_by_block(da, text):
    A = np.random.default_rng(0).normal(size=(9, 3))
    f = mc.compile(text, "A", "A in R[m,3]", ("value", "gradient"), backend="dask")
    wanted = mc.compile(text, "A", "A in R[m,3]", ("value", "gradient"))(A=A)
    for got, a in zip(f(A=da.from_array(A, chunks=(4, 3))), wanted, strict=True):
        assert distance(got, np.asarray(a)) < 1e-11, f.source


def test_a_matrix_in_blocks_is_not_made_whole(da):
    f = mc.derive("logdet(A)", "A", "A in R[n,n]").compile("dask")
    A = da.from_array(np.eye(4), chunks=(2, 4))
    with pytest.raises(mc.NotSupportedError, match="inv of an array in 2 blocks, in code for dask"):
        f(A=A)
    assert np.array_equal(f(A=A.rechunk(-1)), np.eye(4))


def test_overloads_are_told_apart(da):
    """polar(A,k) is not polar(A), for which there is code by blocks."""
    A = np.random.default_rng(0).normal(size=(4, 3))
    d = mc.derive("kyfan(A,2)", "A", "A in R[m,n]")
    assert np.allclose(d.compile("dask")(A=A), d.tensor({"A": A}))


def rows_of(da, made=None, m=ROWS, n=10, blocks=10):
    """A tall matrix whose blocks are drawn when they are needed, each by its own number."""

    def block(block_info=None):
        (low, high), _ = block_info[None]["array-location"]
        if made is not None:
            made.append(low)
        return np.random.default_rng(low).normal(size=(high - low, n))

    chunks = ((m // blocks,) * blocks, (n,))
    return da.map_blocks(block, chunks=chunks, dtype=float, meta=np.empty((0, 0)))


def labels(X):
    return np.sign(X @ np.linspace(-1, 1, 10) + 0.1)


@pytest.mark.parametrize("problem", [LOGREG, SQUARES], ids=["logistic regression", "least squares"])
def test_losses_of_many_rows(da, problem):
    """Value, gradient and Hessian at once: every block of X is made once, when called for."""
    made = []
    X = rows_of(da, made)
    w = np.linspace(0, 1, 10)
    f = mc.compile(*problem, outputs=OUTPUTS, backend="dask")
    got = f(w=w, X=X, y=labels(X))
    assert sorted(made) == list(range(0, ROWS, ROWS // 10))
    Z = X.compute()
    wanted = mc.compile(*problem, outputs=OUTPUTS)(w=w, X=Z, y=labels(Z))
    for a, b in zip(got, wanted, strict=True):
        assert isinstance(a, np.ndarray | np.floating)
        assert distance(a, b) < 1e-11


def test_gaussian_likelihood_of_many_rows(da):
    X, mu = rows_of(da), np.linspace(0, 1, 10)
    S = np.cov(np.random.default_rng(0).normal(size=(10, 30)))
    f = mc.compile(*GAUSSIAN, outputs=("value", "gradient"), backend="dask")
    value, (by_mean, by_covariance) = f(mu=mu, S=S, X=X)
    R = X.compute() - mu
    W = np.linalg.inv(S)
    assert distance(value, ROWS / 2 * np.linalg.slogdet(S)[1] + np.sum((R @ W) * R) / 2) < 1e-11
    assert distance(by_mean, -W @ R.sum(axis=0)) < 1e-11
    assert distance(by_covariance, ROWS / 2 * W - W @ (R.T @ R) @ W / 2) < 1e-11


def test_nothing_is_computed_while_the_graph_is_built(da):
    """The source by itself: its results are Dask's, and no block has been made."""
    from matcalc.codegen.emitter import Source
    from matcalc.codegen.load import load

    made = []
    X = rows_of(da, made)
    for text, wrt, where in (LOGREG, GAUSSIAN):
        f = mc.compile(text, wrt, where, outputs=("value", "gradient"), backend="dask")
        name = "evaluate"
        given = {"X": X, "y": X[:, 0], "w": X[0], "mu": X[0], "S": da.eye(10)}
        code = load(Source(f.source, name, [], []))
        parameters = code.__code__.co_varnames[: code.__code__.co_argcount]
        found = code(*(given[p] for p in parameters))
        assert all(isinstance(a, da.Array) for a in found)
    assert made == []


def test_fixed_values_in_blocks_stay_to_be_made(da):
    made = []
    X = rows_of(da, made)
    f = mc.compile(*SQUARES, outputs=("value", "gradient"), backend="dask", fixed={"X": X})
    y = labels(X)
    for w in (np.zeros(10), np.ones(10)):
        value, gradient = f(w=w, y=y)
        Z = X.compute()
        r = Z @ w - labels(Z)
        assert np.isclose(value, r @ r / ROWS) and np.allclose(gradient, 2 * Z.T @ r / ROWS)
    hessian = mc.compile(*SQUARES, outputs="hessian", backend="dask", fixed={"X": X})
    hessian(w=np.zeros(10))
    count = len(made)
    hessian(w=np.ones(10))
    assert len(made) == count  # X'X is small: it is computed once


def test_in_optimisers(da):
    from scipy.optimize import minimize

    X = rows_of(da, m=1000)
    y = labels(X)
    f = mc.compile(*SQUARES, outputs=("value", "gradient"), backend="dask", fixed={"X": X, "y": y})
    best = np.linalg.lstsq(X.compute(), y.compute(), rcond=None)[0]
    assert np.allclose(minimize(f, np.zeros(10), jac=True).x, best, atol=1e-5)


def test_flat_arrays_look_at_shapes_alone(da):
    """The shapes of the data are known: no block is made for them."""
    made = []
    X = rows_of(da, made, m=1000)
    where = "X in R[m,n]; U in R[n,k]; T in R[m,k]"
    f = mc.compile("normfro(X*U - T)^2", "U", where, backend="dask").flat()
    U, T = np.ones((10, 2)), np.zeros((1000, 2))
    _, gradient = f(U.ravel(), X=X, T=da.from_array(T, chunks=(100, 2)))
    assert len(made) == 10
    assert np.allclose(gradient, (2 * X.T @ (X @ U)).compute().ravel())


def test_single_precision_stays(da):
    X = rows_of(da, m=1000).astype(np.float32)
    f = mc.compile(*LOGREG, outputs=OUTPUTS, backend="dask")
    found = f(w=np.ones(10, np.float32), X=X, y=labels(X).astype(np.float32))
    assert all(a.dtype == np.float32 for a in found)


def test_results_are_not_the_arrays_that_were_given(da):
    A = np.ones((2, 2))
    f = mc.derive("tr(A'*X)", "X", "A in R[m,n]; X in R[m,n]").compile("dask")
    f(A=A, X=A)[...] = 5
    assert np.array_equal(A, np.ones((2, 2)))


def test_a_singular_matrix_is_an_error(da):
    f = mc.derive("logdet(A)", "A", "A in R[n,n]").compile("dask")
    with pytest.raises(mc.DomainError, match="no value here"):
        f(A=np.zeros((2, 2)))


def test_unknown_sizes_are_named(da):
    X = rows_of(da, m=100)
    some = X[X[:, 0] > 0]
    f = mc.derive("normfro(X)^2", "X", "X in R[m,n]").compile("dask")
    with pytest.raises(mc.ShapeError, match="compute_chunk_sizes"):
        f(X=some)
    assert f(X=some.compute_chunk_sizes()).shape == some.shape


def test_abstract_functions_are_of_arrays_of_dask(da):
    f = mc.compile("phi(A*x)", "x", "A in R[m,n]; x in R[n]; phi : R[m] -> R", backend="dask")
    X = rows_of(da, m=100)
    value, gradient = f(A=X, x=np.ones(10), phi=(lambda z: (z**2).sum(), lambda z: 2 * z))
    Z = X.compute()
    assert np.isclose(value, np.sum((Z @ np.ones(10)) ** 2))
    assert np.allclose(gradient, 2 * Z.T @ (Z @ np.ones(10)))


def test_processes_of_a_cluster(da):
    """On Dask's own scheduler of several processes, to which the code is sent."""
    distributed = pytest.importorskip("distributed")
    import dask

    f = pickle.loads(pickle.dumps(mc.compile(*GAUSSIAN, backend="dask")))
    X = rows_of(da, m=1000)
    given = {"mu": np.ones(10), "S": np.eye(10), "X": X}
    wanted = f(**given)
    with (
        dask.config.set({"distributed.worker.memory.terminate": False}),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster),
    ):
        got = f(**given)
    assert np.isclose(got[0], wanted[0])
    for a, b in zip(got[1], wanted[1], strict=True):
        assert np.allclose(a, b)


def test_names_of_variables_are_kept_apart_from_definitions(da):
    f = mc.derive("max(largest*one_block)", "one_block", "largest in R[m,n]").compile("dask")
    values = {"largest": np.eye(3), "one_block": np.array([1.0, 3.0, 2.0])}
    assert np.array_equal(f(**values), [0, 1, 0]), f.source


@pytest.mark.parametrize(
    "text", ["expm(A)", "eigvals(A*A')", "inv(A)", "logdet(A*A')", "A*pinv(A)"]
)
def test_single_precision_stays_so(da, text):
    """Also where NumPy's code for the whole matrix has more digits."""
    A = (np.eye(3) + 0.1 * np.random.default_rng(0).normal(size=(3, 3))).astype("float32")
    f = mc.compile(text, "A", "A in R[n,n]", "value", backend="dask")
    found = f(A=da.from_array(A))
    assert found.dtype == "float32", f.source
    assert np.allclose(found, mc.compile(text, "A", "A in R[n,n]", "value")(A=A), atol=1e-5)
