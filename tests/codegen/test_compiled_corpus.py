"""Every case of the corpus as code: it agrees with `d.tensor`, which is judged by a reference.

Products (jvp, vjp, hvp) are held against the tensors that they multiply.
"""

import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

CORPUS = Path(__file__).resolve().parents[1] / "corpus"
sys.path.append(str(CORPUS))

import check  # noqa: E402

import matcalc as mc  # noqa: E402

FILES = ("seeds", "cookbook", "matrixcalculus", "ml")
CASES = {c["id"]: c for c in check.load([CORPUS / f"{name}.toml" for name in FILES])}
LISTED = (CORPUS / "not_yet_supported.txt").read_text("utf-8").split("\n")
SUPPORTED = [i for i in CASES if i not in LISTED]
EXACT = 1e-10


@cache
def answer(name):
    case = CASES[name]
    return mc.derive(
        case["expr"],
        case["wrt"],
        case["where"],
        order=case.get("order", 1),
        convention=case.get("convention", "projected"),
        wirtinger=case.get("wirtinger", "Z*"),
        verify=False,
    )


def values_of(name, seed=0):
    """Sizes, abstract functions and variables of a case."""
    case = CASES[name]
    given = case.get("functions", {})
    functions = {n: tuple(eval(t, dict(check.NUMPY)) for t in texts) for n, texts in given.items()}
    return {**check.sizes(case), **functions, **check.sample(case, seed)}


def distance(a, b):
    """Relative to the size of b."""
    assert np.shape(a) == np.shape(b)
    scale = max(1.0, np.max(np.abs(b), initial=0.0))
    return np.max(np.abs(np.asarray(a) - b), initial=0.0) / scale


@pytest.mark.parametrize("name", SUPPORTED)
def test_agrees_with_the_tensor(name):
    d = answer(name)
    f = d.compile()
    for seed in (0, 1):
        values = values_of(name, seed)
        assert distance(f(**values), d.tensor(values)) < EXACT, f.source


@pytest.mark.parametrize("name", SUPPORTED)
def test_code_for_large_sizes_agrees_too(name, monkeypatch):
    """What is written for sizes in which calls cost nothing beside the work, without matcalc."""
    monkeypatch.setattr("matcalc.codegen.compiled.TINY", 0)
    d, values = answer(name), values_of(name)
    f = d.compile()
    assert distance(f(**values), d.tensor(values)) < EXACT, f.source
    assert "matcalc" not in f.source


FIRST = [i for i in SUPPORTED if CASES[i].get("order", 1) == 1]
CURVED = ("riemannian", "affine", "cholesky")


def contracted(tensor, v, shape):
    """The tensor along a direction of its last axes."""
    return np.tensordot(tensor, v, axes=len(shape)) if shape else tensor * v


@pytest.mark.parametrize("name", FIRST)
def test_products_are_those_with_the_jacobian(name):
    """jvp and vjp, and everything at once from one program."""
    case, values = CASES[name], values_of(name)
    d = answer(name)
    if d.convention is not None and d.convention != "projected":
        pytest.skip("products are of projected derivatives")
    if {"u", "v"} & d.problem.known:
        with pytest.raises(mc.MatcalcError, match="by the name"):
            mc.compile(case["expr"], case["wrt"], case["where"], ("jvp", "vjp"))
        return
    if d.variable.set.kind.complex:
        pytest.skip("see test_complex_products.py")
    f = mc.compile(case["expr"], case["wrt"], case["where"], ("value", d.kind, "jvp", "vjp"))
    rng = np.random.default_rng(1)
    shape = np.shape(values[d.wrt])
    whole = np.shape(d.problem.function.evaluate(values))
    v, u = rng.normal(size=shape), rng.normal(size=whole)
    value, derivative, jvp, vjp = f(**values, v=v, u=u)
    tensor = np.asarray(d.tensor(values))
    assert distance(value, d.problem.function.evaluate(values)) < EXACT
    assert distance(derivative, tensor) < EXACT
    assert distance(jvp, contracted(tensor, v, shape)) < EXACT, f.source
    back = np.tensordot(u, tensor, axes=len(whole)) if whole else u * tensor
    assert distance(vjp, back) < EXACT, f.source


def is_hessian(name):
    case = CASES[name]
    return case.get("order", 1) == 2 and isinstance(case["wrt"], str) and "," not in case["wrt"]


@pytest.mark.parametrize("name", [i for i in SUPPORTED if is_hessian(i)])
def test_the_hessian_vector_product_is_that(name):
    case, values, d = CASES[name], values_of(name), answer(name)
    if d.kind != "hessian" or (d.convention or "projected") != "projected":
        pytest.skip("not a projected Hessian")
    if "v" in d.problem.known:
        pytest.skip("v is a variable")
    shape = np.shape(values[case["wrt"]])
    v = np.random.default_rng(2).normal(size=shape)
    f = mc.compile(case["expr"], case["wrt"], case["where"], ("gradient", "hessian", "hvp"))
    gradient, hessian, hvp = f(**values, v=v)
    tensor = np.asarray(d.tensor(values))
    assert np.shape(gradient) == shape
    assert distance(hessian, tensor) < EXACT
    assert distance(hvp, contracted(tensor, v, shape)) < EXACT, f.source


@pytest.mark.parametrize("name", [i for i in SUPPORTED if "complex" not in CASES[i]["tags"]])
def test_in_single_precision(name):
    """The same arrays with 24 bits: the value has them, and differs by as much."""
    values = values_of(name)
    single = {
        n: np.float32(v) if isinstance(v, float | np.ndarray | np.floating) else v
        for n, v in values.items()
    }
    if not any(isinstance(v, np.ndarray) for v in single.values()):
        pytest.skip("numbers alone are doubles")
    d = answer(name)
    got = np.asarray(d.compile()(**single))
    assert got.dtype == np.float32
    assert distance(got.astype(float), np.asarray(d.tensor(values))) < 1e-3
