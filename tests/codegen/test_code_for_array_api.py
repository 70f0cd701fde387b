"""Code over the array API standard, with the libraries that are installed.

array_api_strict has what the standard states and nothing more, so what it takes CuPy takes as well.
"""

import importlib

import numpy as np
import pytest
from test_compiled_corpus import SUPPORTED, answer, distance, values_of

import matcalc as mc

MOST_REFUSED = 11
LIBRARIES = ["numpy", "array_api_strict", "torch"]
LOGREG = ("sum(softplus(-y .* (X*w)))", "w", "X in R[m,n]; y in R[m]; w in R[n]")
rng = np.random.default_rng(0)
X, y, w = rng.normal(size=(6, 3)), np.sign(rng.normal(size=6)), rng.normal(size=3)


@pytest.fixture(params=LIBRARIES)
def library(request):
    pytest.importorskip("array_api_compat")
    return pytest.importorskip(request.param)


def arrays(library, values):
    return {n: library.asarray(v) if isinstance(v, np.ndarray) else v for n, v in values.items()}


def test_the_corpus_agrees(library):
    refused = []
    for name in SUPPORTED:
        d, values = answer(name), values_of(name)
        if any(callable(v) or isinstance(v, tuple) for v in values.values()):
            continue
        try:
            f = d.compile(backend="array-api")
            got = f(**arrays(library, values))
        except mc.NotSupportedError as error:
            assert "in code for array-api" in str(error)
            refused.append(name)
            continue
        assert "np." not in f.source
        if any(isinstance(v, np.ndarray) for v in values.values()):
            assert isinstance(got, type(library.asarray(1.0)) | type(library.asarray([1.0]))) or (
                library is np and isinstance(got, np.floating | np.complexfloating)
            )
        assert distance(np.asarray(got), np.asarray(d.tensor(values))) < 1e-9, f"{name}\n{f.source}"
    print("refused", refused)
    assert len(refused) <= MOST_REFUSED


def test_the_source():
    """The library is asked for once, and can be any."""
    f = mc.derive("norm2(A*X - B)^2 + sum(exp(X))", "X", "A in R[m,n]; X in R[n,p]; B in R[m,p]")
    assert f.compile("array-api").source == (
        "import array_api_compat as api\n"
        "\n"
        "\n"
        "def gradient(X, A, B):\n"
        "    # gradient = 2*A'*(A*X - B) + exp(X)\n"
        "    xp = api.array_namespace(X)\n"
        "    return 2*(A.T @ (A @ X - B)) + xp.exp(X)\n"
    )


def test_numbers_and_lists_join_the_others(library):
    """NumPy's arrays and plain numbers go where the others are; results are the library's."""
    f = mc.compile("c*norm2(X*w - y)^2", "w", "c in R; X in R[m,n]; y in R[m]", backend="array-api")
    value, gradient = f(c=2, X=library.asarray(X), y=y, w=w.tolist())
    right = mc.compile("2*norm2(X*w - y)^2", "w", "X in R[m,n]; y in R[m]")(X=X, y=y, w=w)
    assert isinstance(gradient, type(library.asarray([1.0])))
    assert np.isclose(float(value), right[0]) and np.allclose(np.asarray(gradient), right[1])


def test_fixed_values_and_single_precision(library):
    f = mc.compile(
        *LOGREG, outputs=("value", "gradient", "hessian"), fixed={"X": X, "y": y},
        backend="array-api", dtype="float32",
    )  # fmt: skip
    right = mc.compile(*LOGREG, outputs=("value", "gradient", "hessian"))(X=X, y=y, w=w)
    for a, b in zip(f(library.asarray(w)), right, strict=True):
        assert str(a.dtype).endswith("float32")
        assert np.allclose(np.asarray(a), b, rtol=1e-5)


def test_results_do_not_depend_on_arrays_that_are_not_used(library):
    """The gradient of a sum is of the library of X, though X is not looked at."""
    f = mc.derive("sum(X)", "X", "X in R[m,n]").compile("array-api")
    got = f(X=library.asarray(X))
    assert isinstance(got, type(library.asarray([1.0]))) and np.array_equal(got, np.ones((6, 3)))


def test_what_was_given_is_not_returned(library):
    A = library.asarray(np.ones((2, 2)))
    f = mc.derive("tr(A'*X)", "X", "A in R[m,n]; X in R[m,n]").compile("array-api")
    f(A=A, X=A)[:, :] = 5.0
    assert np.array_equal(np.asarray(A), np.ones((2, 2)))


def test_infinities_stay_where_they_are(library):
    """Entries beside a diagonal that is infinite are zeros, not 0*inf."""
    where = "x in R[n]; A in R[n,n]"
    H = mc.derive("sum(exp(x))", "x", where, order=2).compile("array-api")
    got = np.asarray(H(x=library.asarray(np.array([1e3, 0.0]))))
    assert np.array_equal(got, [[np.inf, 0], [0, 1]])


@pytest.mark.parametrize(
    "text", ["sigmoid", "silu", "softplus", "relu", "elu", "hardtanh", "leakyrelu", "step"]
)
def test_activations_far_out(library, text):
    """Finite where the value is, from -1000 to 1000."""
    x = np.array([-1e3, -30.0, -0.5, 0.5, 30.0, 1e3])
    f = mc.compile(f"sum({text}(x).*x)", "x", backend="array-api")
    right = mc.compile(f"sum({text}(x).*x)", "x")(x=x)
    for a, b in zip(f(x=library.asarray(x)), right, strict=True):
        assert np.allclose(np.asarray(a), b, rtol=1e-14, atol=0)


def test_what_the_standard_lacks_is_named():
    for text, name in (("sum(erf(x))", "erf"), ("sum(gelu(x))", "gelu"), ("tr(expm(A))", "expm")):
        with pytest.raises(mc.NotSupportedError, match=rf"{name}\(.\) in code for array-api"):
            _ = mc.compile(text, text[-3], outputs="value", backend="array-api").source


def test_a_singular_matrix():
    pytest.importorskip("array_api_compat")
    f = mc.derive("tr(inv(A))", "A").compile("array-api")
    with pytest.raises(mc.DomainError, match="no value here"):
        f(A=np.zeros((2, 2)))


def test_arrays_of_several_libraries():
    pytest.importorskip("array_api_compat")
    strict, torch = (pytest.importorskip(n) for n in LIBRARIES[1:])
    f = mc.derive("norm2(A*x)^2", "x").compile("array-api")
    with pytest.raises(mc.MatcalcError, match="of several libraries"):
        f(A=strict.asarray(X), x=torch.asarray(w))


def test_the_extra_is_named(monkeypatch):
    f = mc.derive("norm2(x)^2", "x").compile("array-api")
    monkeypatch.setitem(importlib.sys.modules, "array_api_compat", None)
    with pytest.raises(mc.MatcalcError, match="needs array_api_compat") as caught:
        f(x=np.ones(3))
    assert 'pip install "matcalc-engine[array-api]"' in str(caught.value)
