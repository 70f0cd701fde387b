"""Code for complex values: every function that takes them, and the corpus of complex derivatives.

What a function is of complex arguments, such as the norm with |z|² in place of z², code says too.
"""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path += [str(TESTS / "corpus"), str(TESTS / "functions")]

import check  # noqa: E402
from test_compiled_corpus import CORPUS, LISTED  # noqa: E402
from test_registry_complex import RECORDS, calls, draw  # noqa: E402

import matcalc as mc  # noqa: E402
from matcalc.codegen.compiled import Compiled  # noqa: E402
from matcalc.codegen.request import Output, Request, Result  # noqa: E402
from matcalc.expr.nodes import symbols  # noqa: E402
from matcalc.numeric.layout import evaluate_tensor  # noqa: E402

BACKENDS = ("numpy", "jax", "torch", "array-api", "numba", "dask")
MODULES = {"array-api": "array_api_compat"}
CASES = {c["id"]: c for c in check.load([CORPUS / "complex.toml"]) if c["id"] not in LISTED}


@pytest.fixture(params=BACKENDS)
def backend(request):
    module = MODULES.get(request.param, request.param)
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} is not installed")
    if request.param == "jax":
        importlib.import_module("jax").config.update("jax_enable_x64", True)
    return request.param


def distance(a, b):
    a, b = np.asarray(a), np.asarray(b)
    assert a.shape == b.shape
    return np.max(abs(a - b), initial=0.0) / max(1.0, np.max(abs(b), initial=0.0))


def compiled(e, names, backend):
    output = Output("value", (Result("value", e, (e.shape, (1, 1))),), True)
    return Compiled(Request("f", (output,), (), frozenset(names), True, backend=backend))


# Dask's own, where it finds out the kind of a triangle of no entries.
@pytest.mark.filterwarnings("ignore:.*discards the imaginary part")
def test_values_of_complex_arguments(backend):
    """Each agrees with the evaluation of the expression, or is refused by name."""
    agreed = 0
    for e in (e for f in RECORDS for e in calls(f)):
        point = draw(e).values
        values = {
            s.name: point[s.name][:, 0] if s.shape[1] == 1 and not s.is_scalar else point[s.name]
            for s in symbols(e)
        }
        wanted = evaluate_tensor(e, values, symbols(e), (e.shape, (1, 1)))
        f = compiled(e, values, backend)
        try:
            got = f(**values)
        except mc.NotSupportedError as error:
            assert f"in code for {backend}" in str(error)
            continue
        assert distance(got, wanted) < 1e-9, f"{e}\n{f.source}"
        agreed += 1
    assert agreed > 25


def test_the_corpus_of_complex_derivatives(backend):
    """Values and derivatives; the derivatives of `d.tensor` are judged by a reference."""
    agreed = 0
    for name, case in CASES.items():
        text = (case["expr"], case["wrt"], case["where"])
        more = {k: case[k] for k in ("order", "wirtinger", "convention") if k in case}
        d = mc.derive(*text, **more, verify=False)
        values = {**check.sizes(case), **check.sample(case, 0)}
        try:
            got = d.compile(backend=backend)(**values)
            value = mc.compile(*text, "value", backend=backend)(**values)
        except mc.NotSupportedError as error:
            assert f"in code for {backend}" in str(error)
            continue
        assert distance(got, d.tensor(values)) < 1e-9, name
        assert distance(value, d.problem.function.evaluate(values)) < 1e-9, name
        agreed += 1
    assert agreed > 0.6 * len(CASES)


def test_the_logarithm_of_a_complex_determinant_is_the_principal_one():
    a = np.array([[1j, 2.0], [0.5, -3 + 1j]])
    got = mc.compile("logdet(A) + tr(inv(A)*B)", "B", "A in C[n,n]; B in R[n,n]", "value")
    wanted = np.log(np.linalg.det(a)) + np.trace(np.linalg.inv(a))
    assert abs(got(A=a, B=np.eye(2)) - wanted) < 1e-12


def test_jax_tells_overloads_apart():
    """polar(A,k) is not polar(A), which JAX's code has a function for."""
    d = mc.derive("kyfan(A,2)", "A", "A in R[m,n]", verify=False)
    with pytest.raises(mc.NotSupportedError, match="polar in code for jax"):
        assert d.compile("jax").source
