"""Functions of complex arrays: the code of each target gives what the expression is."""

import importlib
import re
from contextlib import contextmanager, nullcontext

import numpy as np
import pytest

import matcalc as mc

WHERE = "W in C[n,n]; z in C[n]; H in Herm[n]; M in HPD[n]; Y in C[n,p]"
rng = np.random.default_rng(0)


def drawn(*shape):
    return rng.normal(size=shape) + 1j * rng.normal(size=shape)


W, Y = drawn(3, 3), drawn(3, 2)
VALUES = {"W": W, "z": drawn(3), "H": W + W.conj().T, "M": W @ W.conj().T + np.eye(3), "Y": Y}
LIBRARIES = {"numpy": "numpy", "jax": "jax", "torch": "torch", "array-api": "array_api_compat"}

# Norms have absolute values in them; the logarithm of a complex determinant has an imaginary part,
# but not that of a Hermitian matrix; values are real where others are complex.
FUNCTIONS = """norm2(z); norm2(W)^2; norm2(W*z - Y[:,1])^3; norm21(W); norm21(z'); norm2(W\\z)^2
logdet(W); logdet(1i*W); logdet(-W*H); logdet(M); logdet(H*H); logdet(eye(n) + Y*Y^H)
sigmoid(z); re(z)'*W*z; im(W)*re(z); W*abs(z); norm2(abs(W)*abs(z))^2; 2i*W*z + pi*z
z^H*inv(M)*z; inv(H)*z; Y^H*inv(M)*Y; diag(abs(z))*W""".replace("\n", "; ").split("; ")


def given(text):
    names = set(re.findall(r"[A-Za-z]\w*", text))
    return {n: v for n, v in VALUES.items() if n in names}


@contextmanager
def jax_in_double_precision(wide):
    config = importlib.import_module("jax").config
    before = config.jax_enable_x64
    config.update("jax_enable_x64", wide)
    yield
    config.update("jax_enable_x64", before)


@pytest.fixture(params=LIBRARIES)
def backend(request):
    pytest.importorskip(LIBRARIES[request.param])
    with jax_in_double_precision(True) if request.param == "jax" else nullcontext():
        yield request.param


def test_values(backend):
    for text in FUNCTIONS:
        values = given(text)
        f = mc.compile(text, next(iter(values)), WHERE, "value", backend=backend)
        right = np.ravel(mc.parse(text, where=WHERE).evaluate(values))
        assert np.allclose(np.ravel(np.asarray(f(**values))), right, rtol=1e-11), f.source


@pytest.mark.parametrize(
    ("text", "outputs"),
    [
        ("norm2(W*z)^2", {"value": False, "gradient": True, "hessian": True}),
        ("re(z)'*re(W*z)", {"value": False, "gradient": True}),
        ("logdet(M)", {"value": False, "gradient": True}),
        ("sum(abs(z))", {"value": False}),
        ("z^H*M*z", {"value": False}),
        ("logdet(W)", {"value": True}),
    ],
)
def test_what_is_real_has_real_numbers(backend, text, outputs):
    values = given(text)
    variable = "z" if "z" in values else next(iter(values))
    f = mc.compile(text, variable, WHERE, tuple(outputs), backend=backend)
    for found, is_complex in zip(f(**values), outputs.values(), strict=True):
        assert ("complex" in str(found.dtype)) == is_complex, f.source
        assert np.all(np.isfinite(np.asarray(found)))


def test_the_logarithm_of_a_negative_determinant_of_a_hermitian_matrix(backend):
    f = mc.compile("logdet(-M)", "M", WHERE, "value", backend=backend)
    assert np.isnan(np.asarray(f(M=VALUES["M"])).real)


def by_conjugate(f, z, h=1e-4):
    """∂f/∂conj(z) by differences: half of those along the real axis and i times the imaginary."""

    def slope(step):
        near, far = (f(z + k * step) - f(z - k * step) for k in (1, 2))
        return (8 * near - far) / (12 * h)

    units = np.eye(len(z))
    return np.stack([(slope(h * e) + 1j * slope(1j * h * e)) / 2 for e in units], axis=-1)


@pytest.mark.parametrize(
    "text",
    ["norm2(W*z)^2", "abs(z'*W*z)^2", "sum(abs(z).^3)", "re(sum(exp(W*z)))", "log(z^H*M*z)"],
)
def test_hessians_are_twice_by_the_conjugate(text):
    values = given(text)
    rest = {n: v for n, v in values.items() if n != "z"}
    f = mc.compile(text, "z", WHERE, ("value", "gradient", "hessian"))
    value, gradient, hessian = f(**values)
    assert np.isclose(value, mc.parse(text, where=WHERE).evaluate(values))
    assert np.allclose(gradient, by_conjugate(lambda z: f(z=z, **rest)[0], values["z"]))
    right = by_conjugate(lambda z: f(z=z, **rest)[1], values["z"])
    assert np.allclose(hessian, right, atol=1e-6), f.source
    assert np.allclose(mc.derive(text, "z", WHERE, order=2).tensor(values), right, atol=1e-6)


def test_real_arrays_may_be_given_for_complex_variables(backend):
    f = mc.compile("1i*z", "z", WHERE, "value", backend=backend)
    assert np.array_equal(np.asarray(f(z=np.ones(2))), [1j, 1j])


def test_complex_arrays_for_real_variables_are_refused(backend):
    f = mc.compile("norm2(x)^2", "x", "x in R[n]", "value", backend=backend)
    with pytest.raises(mc.DomainError, match="x is declared real"):
        f(x=np.ones(2) + 1j)


def test_complex_numbers_in_single_precision_on_jax():
    """As JAX has them unless told otherwise; no warning of what it cannot have."""
    jax = pytest.importorskip("jax")
    f = mc.compile("norm2(W*z)^2", "z", WHERE, ("value", "gradient"), backend="jax")
    with jax_in_double_precision(False):
        value, gradient = f(**given("W*z"))
    assert np.isclose(value, np.linalg.norm(W @ VALUES["z"]) ** 2, rtol=1e-5)
    assert isinstance(gradient, jax.Array) and gradient.dtype == "complex64"
