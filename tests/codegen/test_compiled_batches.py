"""Batches: one more axis in front of some values and of all results, as a loop gives them."""

import pickle
from functools import partial

import numpy as np
import pytest
from test_compiled_backends import library
from test_compiled_corpus import CASES, EXACT, SUPPORTED, answer, distance, values_of

import matcalc as mc
from matcalc.codegen import batched

rng = np.random.default_rng(0)
COUNT = 2
BACKENDS = ("numpy", "jax", "torch")
PLAIN = [
    i
    for i in SUPPORTED
    if CASES[i].get("order", 1) == 1 and CASES[i].get("convention", "projected") == "projected"
]


def is_function(value):
    return callable(value) or (isinstance(value, tuple) and any(map(callable, value)))


def has_value(name, values):
    try:
        answer(name).problem.function.evaluate(values)
    except mc.DomainError:
        return False
    return True


def batch_of(name):
    """Several draws of a case: of every second array, so that others stand beside."""
    draws = [d for d in map(partial(values_of, name), range(5)) if has_value(name, d)][:COUNT]
    arrays = [n for n, v in draws[0].items() if isinstance(v, np.ndarray | float)]
    chosen = [n for k, n in enumerate(arrays) if k % 2 == 0 or n == CASES[name]["wrt"]]
    values = {**draws[0], **{n: np.stack([d[n] for d in draws]) for n in chosen}}
    single = [{**draws[0], **{n: d[n] for n in chosen}} for d in draws]
    return chosen, values, single


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_corpus_agrees_with_a_loop(backend):
    if backend != "numpy":
        library(backend)
    compared = stacks = 0
    for name in PLAIN:
        case, d = CASES[name], answer(name)
        if any(map(is_function, values_of(name).values())) or "complex" in case["tags"]:
            continue
        chosen, values, single = batch_of(name)
        text = case["expr"], case["wrt"], case["where"], ("value", d.kind)
        g = mc.compile(*text, backend=backend, batch=chosen)
        try:
            value, derivative = g(**values)
        except mc.NotSupportedError as error:  # of values: no derivative is refused
            assert f"in code for {backend}" in str(error)
            continue
        for k, one in enumerate(single):
            wanted = d.problem.function.evaluate(one), d.tensor(one)
            assert distance(np.asarray(value[k]), wanted[0]) < 10 * EXACT, f"{name}\n{g.source}"
            assert distance(np.asarray(derivative[k]), wanted[1]) < 10 * EXACT, (
                f"{name}\n{g.source}"
            )
        compared += 1
        stacks += backend == "numpy" and not g._stack._refused
    assert compared > 250
    assert stacks > 250 or backend != "numpy"


@pytest.mark.parametrize("output", ["hessian", "hvp", "vjp", "jvp"])
def test_other_outputs_of_the_corpus_as_one_by_one(output):
    """On NumPy, of every fourth case."""
    compared = stacks = 0
    for name in PLAIN[::4]:
        case = CASES[name]
        if any(map(is_function, values_of(name).values())) or "complex" in case["tags"]:
            continue
        chosen, values, single = batch_of(name)
        text = case["expr"], case["wrt"], case["where"], output
        try:
            one, g = mc.compile(*text), mc.compile(*text, batch=chosen)
        except mc.MatcalcError:  # of another kind, as a Hessian of an array
            continue
        along = {}
        for d in one.request.directions:
            like = answer(name).problem.function.evaluate(single[0])
            like = like if d.keyword == "u" else single[0][case["wrt"]]
            along[d.keyword] = rng.normal(size=np.shape(like))
        for k, found in enumerate(g(**values, **along)):
            wanted = one(**single[k], **along)
            assert distance(np.asarray(found), np.asarray(wanted)) < 10 * EXACT, g.source
        compared += 1
        stacks += not g._stack._refused
    assert compared > 50 and stacks > 20


LOGREG = ("sum(softplus(-y .* (X*w)))", "w", "X in R[m,n]; y in R[m]; w in R[n]")
X, y, w = rng.normal(size=(6, 3)), np.sign(rng.normal(size=6)), rng.normal(size=(4, 3))


@pytest.mark.parametrize("backend", BACKENDS)
def test_all_outputs_of_many_points(backend):
    if backend != "numpy":
        library(backend)
    outputs = ("value", "gradient", "hessian", "hvp")
    g = mc.compile(*LOGREG, outputs, backend=backend, fixed={"X": X, "y": y}, batch=("w", "v"))
    one = mc.compile(*LOGREG, outputs, fixed={"X": X, "y": y})
    found = g(w, v=2 * w)
    assert [tuple(a.shape) for a in found] == [(4,), (4, 3), (4, 3, 3), (4, 3)]
    for k in range(4):
        for a, b in zip(found, one(w[k], v=2 * w[k]), strict=True):
            assert np.allclose(a[k], b, rtol=1e-10)


def test_several_variables_and_a_number():
    where = "T in R[m,n]; U in R[m,k]; V in R[n,k]; c in R"
    text = ("c*norm2(T - U*V')^2", ["U", "V"], where)
    g = mc.compile(*text, batch=["U", "c"])
    T, V = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
    U, c = rng.normal(size=(5, 3, 2)), rng.normal(size=5)
    value, (by_u, by_v) = pickle.loads(pickle.dumps(g))(U, V, T=T, c=c)
    assert value.shape == (5,) and by_u.shape == (5, 3, 2) and by_v.shape == (5, 4, 2)
    one = mc.compile(*text)(U[2], V, T=T, c=c[2])
    assert np.allclose(by_v[2], one[1][1]) and np.isclose(value[2], one[0])


def test_what_batches_refuse():
    with pytest.raises(mc.UnknownNameError, match="a batch of z"):
        mc.compile(*LOGREG, batch="z")
    with pytest.raises(mc.DomainError, match="X is fixed"):
        mc.compile(*LOGREG, fixed={"X": X}, batch="X")
    with pytest.raises(mc.NotSupportedError, match="batches of operators"):
        mc.compile(*LOGREG, "hessian", as_="operator", batch="w")
    with pytest.raises(mc.NotSupportedError, match="batches in code for julia"):
        mc.compile(*LOGREG, backend="julia", batch="w")
    g = mc.compile(*LOGREG, batch=("w", "y"))
    with pytest.raises(mc.ShapeError, match="4 of w, 6 of y"):
        g(w, X=X, y=np.ones((6, 6)))
    with pytest.raises(mc.ShapeError, match="a batch of no values"):
        g(w[:0], X=X, y=np.ones((0, 6)))
    with pytest.raises(mc.ShapeError, match="no axis of a batch"):
        g(1.0, X=X, y=np.ones((4, 6)))
    with pytest.raises(mc.ShapeError, match="X is m×n"):
        g(w, X=np.ones(6), y=np.ones((4, 6)))


def test_the_source_is_for_all_values_on_numpy():
    """One product for all points; the values' axis is the first."""
    g = mc.compile(*LOGREG, "value", fixed={"X": X, "y": y}, batch="w")
    assert "return np.sum(softplus(-y*(w @ X.T)), axis=1)" in g.source
    scope = {}
    exec(g.source, scope)
    assert np.allclose(scope["value"](w, y, X), g(w))
    for text, where in (("tr(expm(A))", "A in R[n,n]"), ("norm2(A*z)^2", "A in C[n,n]; z in C[n]")):
        f = mc.compile(text, "A", where, "value", batch="A")  # no such code: one after the other
        assert f.source == f.compiled.source
        values = {"A": rng.normal(size=(3, 2, 2)), "z": np.array([1, 2j])}
        values = {n: v for n, v in values.items() if n in f.parameters}
        one = {n: v for n, v in values.items() if n != "A"}
        assert np.allclose(f(**values), [f.compiled(A=A, **one) for A in values["A"]])


@pytest.mark.parametrize("dtype", [None, "float32"])
def test_some_values_at_a_time(dtype, monkeypatch):
    """The last part is shorter."""
    outputs = ("value", "gradient", "hessian")
    text = ("y'*inv(K)*y/2 + logdet(K)/2", "K", "K in SPD[n]; y in R[n]", outputs)
    y = rng.normal(size=(11, 3))
    K = np.eye(3) + y[:, :, None] * y[:, None, :]
    one = mc.compile(*text, dtype=dtype)
    for cached in (2**18, 6000, 1):  # all, some, one at a time
        monkeypatch.setattr(batched, "CACHED", cached)
        g = mc.compile(*text, dtype=dtype, batch=("K", "y"))
        found = g(K, y=y)
        assert bool(g._stack._refused) is (cached == 1)
        for k in range(11):
            for a, b in zip(found, one(K[k], y=y[k]), strict=True):
                assert a.dtype == (dtype or float)
                assert np.allclose(
                    a[k], b, rtol=1e-3 if dtype else 1e-11, atol=1e-4 if dtype else 0
                )
    K[7] = -np.eye(3)
    for cached in (2**18, 1):
        monkeypatch.setattr(batched, "CACHED", cached)
        with pytest.raises(mc.DomainError, match="no value here"):
            mc.compile(*text, batch=("K", "y"))(K, y=y)


def test_what_does_not_depend_on_the_batch_is_repeated():
    g = mc.compile("x'*A*x + sum(exp(x))", "x", "A in R[n,n]; x in R[n]", "gradient", batch="A")
    A, x = rng.normal(size=(3, 2, 2)), np.ones(2)
    assert np.allclose(g(x, A=A), [(a + a.T) @ x + np.e for a in A])
    H = mc.compile("x'*A*x", "x", "A in R[n,n]; x in R[n]", ("value", "hessian"), batch="x")
    value, hessian = H(w[:, :2], A=A[0])
    assert value.shape == (4,) and np.allclose(hessian, [A[0] + A[0].T] * 4)
    hessian[0] = 7
    assert np.allclose(hessian[1], A[0] + A[0].T)
