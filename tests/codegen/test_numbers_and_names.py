"""Sizes as numbers, constants, and the names of arguments."""

import numpy as np
import pytest

import matcalc as mc

EVERYWHERE = ("numpy", "jax", "torch", "array-api", "dask")
LIBRARIES = {"array-api": "array_api_compat"}


@pytest.fixture(params=EVERYWHERE)
def backend(request):
    pytest.importorskip(LIBRARIES.get(request.param, request.param))
    return request.param


def test_sizes_come_from_variables_that_no_output_needs(backend):
    """The gradient of logdet(S ⊗ (A*A' + I)) by S is m*inv(S), and A has m rows."""
    d = mc.derive("logdet(kron(S, A*A' + eye(m)))", "S", "S in SPD[n]; A in R[m,k]")
    values = {"S": np.diag([1.0, 2.0]), "A": np.ones((3, 2))}
    right = np.diag([3, 1.5])
    assert np.allclose(d.compile(backend)(**values), right)
    assert np.allclose(d.tensor(values), right)
    for f in (d.compile(backend), lambda **v: d.tensor(v)):
        with pytest.raises(mc.ShapeError, match=r"m = 7 from the given size"):
            f(**values, m=7)


def test_constants_in_functions(backend):
    text = "exp(-norm2(x)^2/2)/(2*pi)^(n/2)"
    value, gradient = mc.compile(text, "x", "x in R[n]", backend=backend)(x=np.ones(3))
    right = np.exp(-1.5) / (2 * np.pi) ** 1.5
    assert np.isclose(value, right) and np.allclose(gradient, -right * np.ones(3))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of inf, in Dask's threads
@pytest.mark.parametrize("text", ["norm2(x)^2/(n - 2)", "(2*pi)^(n*1000)*norm2(x)^2"])
def test_numbers_of_sizes_out_of_range(text, backend):
    """As floating point has them, or an error of ours; none of Python's."""
    f = mc.compile(text, "x", "x in R[n]", "value", backend=backend)
    try:
        assert f(x=np.ones(2)) == np.inf
    except mc.DomainError as error:
        assert "no value here" in str(error)


def test_special_functions_of_constants_on_torch():
    """The derivative of erf has sqrt(pi) in it, and sqrt takes tensors alone."""
    pytest.importorskip("torch")
    f = mc.derive("sum(erf(x))", "x").compile("torch")
    assert np.allclose(f(x=np.ones(2)), 2 / np.sqrt(np.pi) * np.exp(-1))


def test_second_derivatives_of_factors_on_jax():
    """They have a commutation matrix in them, which is NumPy's until it meets an array."""
    pytest.importorskip("jax")
    asked = ("tr(chol(S))", "S", "S in SPD[n]", "hessian")
    S = np.array([[2.0, 0.3], [0.3, 1.0]])
    assert np.allclose(mc.compile(*asked, backend="jax")(S=S), mc.compile(*asked)(S=S), atol=1e-5)


def test_any_name_may_be_that_of_an_argument():
    """x and self are the names of parameters of our own methods, too."""
    g = mc.compile("x'*W*self", "W", "x in R[m]; W in R[m,n]; self in R[n]").flat()
    x, y = np.ones(2), np.arange(3.0)
    value, gradient = g(np.ones(6), **{"x": x, "self": y})
    assert value == 6 and np.array_equal(gradient, np.outer(x, y).ravel())
    f = mc.compile("self'*self", "self", "self in R[n]")
    assert f(**{"self": y})[0] == 5 and f.planned(self=3).flops > 0
    assert mc.compile("self'*x", "self", "x in R[n]", batch="x")(**{"self": y, "x": [y]})[0] == [5]


def test_each_output_is_asked_for_once():
    with pytest.raises(mc.DomainError, match="asked for once, not value, value"):
        mc.compile("norm2(x)^2", "x", outputs=("value", "value"))
