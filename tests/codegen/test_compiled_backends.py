"""The corpus on other libraries, where installed; what a target lacks it refuses by name."""

import importlib.util
import sys

import numpy as np
import pytest
from test_compiled_corpus import SUPPORTED, answer, distance, values_of

import matcalc as mc

# Abstract functions of the corpus are given as NumPy functions.
CONCRETE = [i for i in SUPPORTED if not i.startswith(("ml-abs", "seed-01"))]


def library(name):
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"{name} is not installed")
    module = importlib.import_module(name)
    if name == "jax":
        module.config.update("jax_enable_x64", True)
    return module


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_the_corpus_agrees(backend):
    library(backend)
    refused = []
    for name in CONCRETE:
        d = answer(name)
        values = values_of(name)
        if any(callable(v) or isinstance(v, tuple) for v in values.values()):
            continue
        try:
            f = d.compile(backend=backend)
            got = np.asarray(f(**values))
        except mc.NotSupportedError as error:
            assert f"in code for {backend}" in str(error)
            refused.append(name)
            continue
        assert distance(got, np.asarray(d.tensor(values))) < 1e-9, f"{name}\n{f.source}"
    assert not refused


LOGREG = ("sum(softplus(-y .* (X*w)))", "w", "X in R[m,n]; y in R[m]; w in R[n]")
rng = np.random.default_rng(0)
X, y, w = rng.normal(size=(6, 3)), np.sign(rng.normal(size=6)), rng.normal(size=3)
OUTPUTS = ("value", "gradient", "hessian")


def test_jax_functions_are_traced():
    """Under jit, vmap and grad: nothing on the way looks at values."""
    jax = library("jax")
    f = mc.compile(*LOGREG, outputs=OUTPUTS, backend="jax", fixed={"X": X, "y": y})
    wanted = mc.compile(*LOGREG, outputs=OUTPUTS, fixed={"X": X, "y": y})(w)
    for got in (f(w), jax.jit(f)(w)):
        for a, b in zip(got, wanted, strict=True):
            assert isinstance(a, jax.Array)
            assert np.allclose(a, b, rtol=1e-10)
    assert np.allclose(jax.grad(lambda w: f(w)[0])(w), wanted[1])
    many = jax.vmap(f)(np.stack([w, 2 * w]))
    assert many[1].shape == (2, 3) and np.allclose(many[1][0], wanted[1])


def test_torch_functions_keep_precision_and_can_be_differentiated():
    torch = library("torch")
    f = mc.compile(*LOGREG, outputs=OUTPUTS, backend="torch")
    values = {n: torch.tensor(v) for n, v in (("X", X), ("y", y), ("w", w))}
    wanted = mc.compile(*LOGREG, outputs=OUTPUTS)(w=w, X=X, y=y)
    for a, b in zip(f(**values), wanted, strict=True):
        assert isinstance(a, torch.Tensor) and a.dtype == torch.float64
        assert np.allclose(a, b, rtol=1e-10)
    single = f(**{n: v.float() for n, v in values.items()})
    assert all(a.dtype == torch.float32 for a in single)
    point = values["w"].clone().requires_grad_()
    f(**{**values, "w": point})[0].backward()
    assert np.allclose(point.grad, wanted[1])


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_abstract_functions_are_the_librarys(backend):
    lib = library(backend)
    np_ = lib.numpy if backend == "jax" else lib
    f = mc.compile("phi(A*x)", "x", "A in R[m,n]; x in R[n]; phi : R[m] -> R", backend=backend)
    A = np.eye(2)
    value, gradient = f(A=A, x=np.ones(2), phi=(lambda z: np_.sum(z**2), lambda z: 2 * z))
    assert float(value) == 2.0
    assert np.asarray(gradient).tolist() == [2.0, 2.0]


def test_torch_tells_overloads_apart():
    """polar(A,k) is not polar(A), which PyTorch has."""
    library("torch")
    f = mc.derive("kyfan(A,2)", "A", "A in R[m,n]", verify=False).compile("torch")
    with pytest.raises(mc.NotSupportedError, match=r"polar\(A,k\) in code for torch"):
        f(A=X)


def test_the_source_is_the_targets_own():
    """Sources can be looked at without the library."""
    d = mc.derive("norm2(A*X - B)^2 + sum(exp(X))", "X", "A in R[m,n]; X in R[n,p]; B in R[m,p]")
    assert "jnp.exp(X)" in d.compile("jax").source
    assert "torch.exp(X)" in d.compile("torch").source


def test_absent_libraries_are_named(monkeypatch):
    """What to install is said when a function is called; its source can be read before."""
    for name in ("dask", "jax", "torch"):
        f = mc.derive("norm2(x)^2", "x").compile(name)
        assert "return" in f.source
        monkeypatch.setitem(sys.modules, name, None)
        monkeypatch.setitem(sys.modules, f"{name}.array", None)
        monkeypatch.setitem(sys.modules, f"{name}.numpy", None)
        with pytest.raises(
            mc.MatcalcError, match=f"needs {name}, which is not installed"
        ) as caught:
            f(x=np.ones(3))
        assert f'pip install "matcalc-engine[{name}]"' in str(caught.value)


@pytest.mark.parametrize("backend", ["jax", "torch"])
@pytest.mark.parametrize("text", ["normnuc(X)", "normnuc(X)^2/2"])
def test_products_with_hessians_of_nuclear_norms(backend, text):
    """The equation that the polar factor's differential solves has a symmetric matrix."""
    library(backend)
    asked = (text, "X", "X in R[m,n]")
    V = rng.normal(size=X.shape)
    wanted = mc.compile(*asked, outputs="hvp")(X, V)
    got = mc.compile(*asked, outputs="hvp", backend=backend)(X, V)
    assert np.allclose(np.asarray(got), wanted, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_equations_without_a_solution_have_none_in_code(backend):
    """A*Y + Y*A = Q for A with the eigenvalues 1 and -1 up to rounding; none is made up."""
    library(backend)
    f = mc.compile("tr(lyap(A,Q)*Q)", "Q", "A, Q in Sym[n]", outputs="value", backend=backend)
    turn = np.array([[3.0, -4], [4, 3]]) / 5
    opposite, regular = (turn @ np.diag(d) @ turn.T for d in ([1.0, -1], [1.0, 2]))
    assert not np.isfinite(np.asarray(f(Q=np.eye(2), A=opposite)))
    assert np.allclose(np.asarray(f(Q=np.eye(2), A=regular)), 0.5 + 0.25)
