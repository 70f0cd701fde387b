"""Products with columns of the identity: rows between zeros, of which no identity is built."""

import importlib.util

import numpy as np
import pytest
from scipy.optimize import rosen_der

import matcalc as mc

LIBRARIES = {"numpy": "numpy", "jax": "jax", "torch": "torch", "numba": "numba"}
LIBRARIES |= {"dask": "dask", "array-api": "array_api_compat"}
EXPORTS = ("matlab", "julia")
ROSENBROCK = "sum(100*(x[2:n] - x[1:n-1].^2).^2 + (1 - x[1:n-1]).^2)"

# Expressions over A 5×4, B 2×2, C 2×3, S 2×2, w of 5, u of 2, and c, with n = 5.
PRODUCTS = [
    "eye(n)[:,2:3]*u",  # in the middle, at the beginning, at the end
    "eye(n)[:,1:2]*u",
    "eye(n)[:,4:5]*u",
    "eye(n)[:,n-1:n]*u",
    "eye(n)[:,2:3]*C",
    "u'*eye(n)[:,2:3]'",
    "C'*eye(n)[:,2:3]'",
    "eye(n)[:,3:4]*B*eye(n)[:,2:3]'",
    "eye(n)[:,4]*u'",  # one row, one column, one entry
    "u*eye(n)[:,4]'",
    "c*eye(n)[:,2]",
    "c*eye(n)[:,2]*eye(n)[:,3]'",
    "c*eye(n)[:,2]'",
    "c*eye(n)[:,2:3]",
    "c*eye(n)[:,2:3]'",
    "eye(n)[:,2:3]*(B + c*u*u')",  # sums, whole or term by term
    "(B + c*u*u')*eye(n)[:,2:3]'",
    "eye(n)[:,2:3]'*(A*A' + c*w*w')",
    "eye(n)[:,2:3]*(B + S)*(B - S)*eye(n)[:,1:2]'",
    "eye(n)[:,2:3]*inv(S)",  # what is not built is kept so
    "inv(S)*eye(n)[:,2:3]'",
    "eye(n)[:,2:3]*inv(S)*u",
    "eye(n)[:,2:3]*diag(u)",
    "diag(u)*eye(n)[:,2:3]'",
    "eye(2*n)[:,3:6]*kron(B,S)",
    "kron(B,S)*eye(2*n)[:,3:6]'",
    "eye(4)[:,2:3]'*kron(B,S)",
    "eye(4)[:,3]'*kron(B,S)",
    "eye(2*n)[:,3:6]*commutation(2,2)",
    "commutation(2,2)*eye(2*n)[:,3:6]'",
    "eye(n)[:,2:4]*eye(3)[:,2:3]*u",  # a slice of a slice
    "eye(n)[:,2:3]*eye(n)[:,1:2]'*w",
    "eye(n)[:,2:3]'*eye(n)[:,2:4]*C'",
    "eye(n)[:,2:3]*ones(2,3)",
    "ones(3,2)*eye(n)[:,2:3]'",
]
WHERE = "A in R[n,4]; B in R[2,2]; C in R[2,3]; S in SPD[2]; w in R[n]; u in R[2]; c in R"


def library(backend):
    if importlib.util.find_spec(LIBRARIES[backend]) is None:
        pytest.skip(f"{LIBRARIES[backend]} is not installed")
    if backend == "jax":
        importlib.import_module("jax").config.update("jax_enable_x64", True)


def values():
    rng = np.random.default_rng(7)
    shapes = {"A": (5, 4), "B": (2, 2), "C": (2, 3), "w": (5,), "u": (2,)}
    found = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    root = rng.normal(size=(2, 2))
    return {**found, "S": root @ root.T + np.eye(2), "c": 1.5}


@pytest.mark.parametrize("backend", LIBRARIES)
def test_products_with_columns_of_the_identity(backend):
    library(backend)
    given = values()
    for text in PRODUCTS:
        e = mc.parse(text, WHERE)
        f = mc.compile(e, wrt="c", where=WHERE, outputs=("value",), backend=backend)
        own = {s.name: given[s.name] for s in f.inputs}
        found = np.asarray(f(**own, n=5)[0])
        wanted = np.asarray(e.evaluate({**given, "n": 5}))
        assert found.shape == wanted.shape, f"{text}\n{f.source}"
        assert np.allclose(found, wanted, rtol=1e-12, atol=1e-14), f"{text}\n{f.source}"


@pytest.mark.parametrize("backend", LIBRARIES)
def test_the_gradient_through_slices_takes_linear_memory(backend):
    """An identity of 10^6 rows would have 10^12 entries."""
    library(backend)
    f = mc.derive(ROSENBROCK, "x", "x in R[n]", verify=False).compile(backend)
    assert "eye" not in f.source
    x = np.random.default_rng(0).normal(size=10**6)
    assert np.allclose(np.asarray(f(x)), rosen_der(x), rtol=1e-12, atol=1e-9)


def test_an_entry_has_a_gradient_of_linear_memory():
    f = mc.derive("x[n]^3", "x", "x in R[n]").compile()
    g = f(np.arange(1.0, 10**6 + 1))
    assert g.shape == (10**6,) and g[-1] == 3e12 and not g[:-1].any()


def test_the_plan_of_slices_is_linear():
    f = mc.derive(ROSENBROCK, "x", "x in R[n]", verify=False).compile()
    small, large = f.planned(n=10**5), f.planned(n=10**6)
    assert large.flops < 11 * small.flops and large.memory < 11 * small.memory
    assert large.memory < 20 * 10**6


@pytest.mark.parametrize("language", EXPORTS)
def test_code_that_is_pasted_builds_no_identity(language):
    """What it gives is compared by an interpreter in test_exported_code."""
    for text in (ROSENBROCK, "x[2]^3", "norm2(X[2:3,:])^2", "norm2(X[:,2:3])^2", "X[1,2]^2"):
        variable = "x" if "x" in text else "X"
        d = mc.derive(text, variable, "x in R[n]; X in R[m,n]", verify=False)
        lines = d.compile(language).source.split("\n")
        source = "\n".join(x for x in lines if not x.strip().startswith(("#", "%")))
        assert "eye" not in source and "1.0I" not in source and "padded" in source


def test_values_of_single_precision_and_complex_ones_stay_so():
    e = mc.parse("eye(n)[:,2:3]*u", "u in C[2]")
    f = mc.compile(e, wrt="u", where="u in C[2]", outputs=("value",))
    assert np.array_equal(f(u=np.array([1j, 2.0]), n=4)[0], [0, 1j, 2, 0])
    f = mc.derive("norm2(x[2:3])^2", "x", "x in R[n]").compile()
    g = f(np.ones(4, "float32"))
    assert g.dtype == np.float32 and np.array_equal(g, [0, 2, 2, 0])


def test_batches_and_traces_of_padded_values():
    """PyTorch's vmap, JAX's vmap and jit: nothing is written into what is given."""
    d = mc.derive(ROSENBROCK, "x", "x in R[n]", verify=False)
    x = np.random.default_rng(1).normal(size=(3, 6))
    wanted = np.array([*map(rosen_der, x)])
    f = mc.compile(ROSENBROCK, "x", "x in R[n]", outputs=("gradient",), batch="x")
    assert np.allclose(f(x)[0], wanted)
    for backend in ("jax", "torch"):
        library(backend)
        one = d.compile(backend)
        many = mc.compile(
            ROSENBROCK, "x", "x in R[n]", outputs=("gradient",), backend=backend, batch="x"
        )
        assert np.allclose(np.asarray(many(x)[0]), wanted)
        if backend == "jax":
            jit = importlib.import_module("jax").jit(one)
            assert np.allclose(np.asarray(jit(x[0])), wanted[0])


def test_arrays_in_blocks_stay_in_blocks():
    library("dask")
    da = importlib.import_module("dask.array")
    f = mc.derive(ROSENBROCK, "x", "x in R[n]", verify=False).compile("dask")
    x = np.random.default_rng(1).normal(size=100)
    assert np.allclose(f(da.from_array(x, chunks=17)), rosen_der(x))
    assert np.allclose(f(x), rosen_der(x))
