"""The corpus: derivatives of first and second order, judged by a reference of their own.

`check.py` differentiates the case's NumPy function; nothing of matcalc takes part in it. What this
version refuses is listed by name in `not_yet_supported.txt`, and has to be refused with a clear
error: the list can only shrink.
"""

from functools import cache
from pathlib import Path

import check
import numpy as np
import pytest

import matcalc as mc
from matcalc.expr import build
from matcalc.expr.nodes import postorder, symbols
from matcalc.expr.rewrite import substitute
from matcalc.expr.sets import real_set
from matcalc.numeric.indices import index_tensor
from matcalc.numeric.layout import bind
from matcalc.simplify.symmetric import shows_symmetry

HERE = Path(__file__).parent
SEEDS = (0, 1)
TOLERANCE = 1e-6
FILES = ("seeds", "cookbook", "matrixcalculus", "ml", "complex")
CASES = {c["id"]: c for c in check.load([HERE / f"{name}.toml" for name in FILES])}
LISTED = [
    line.strip()
    for line in (HERE / "not_yet_supported.txt").read_text("utf-8").splitlines()
    if line.strip() and not line.startswith("#")
]
SUPPORTED = [i for i in CASES if i not in set(LISTED)]

# Closed forms of the sources that use functions of a later version.
UNREAD: set[str] = set()


def derive(case):
    return mc.derive(
        case["expr"],
        case["wrt"],
        case["where"],
        order=case.get("order", 1),
        convention=case.get("convention", "projected"),
        wirtinger=case.get("wirtinger", "Z*"),
    )


answer = cache(lambda name: derive(CASES[name]))


def functions(case):
    """The abstract functions of a case as tuples of callables."""
    found = case.get("functions", {})
    return {n: tuple(eval(text, dict(check.NUMPY)) for text in texts) for n, texts in found.items()}


def points(case):
    """For each seed: the values of the variables, of everything, and the reference there."""
    for seed in SEEDS:
        values = check.sample(case, seed)
        everything = {**check.sizes(case), **functions(case), **values}
        yield values, everything, check.reference(case, values)


def test_the_corpus_is_whole():
    assert len(CASES) >= 418
    assert len(set(CASES)) == len(check.load([HERE / f"{name}.toml" for name in FILES]))


def test_the_list_of_refused_cases_is_honest():
    assert len(LISTED) == len(set(LISTED))
    assert set(LISTED) <= set(CASES), "the list names cases that do not exist"
    assert len(SUPPORTED) >= 416, "the list can only shrink"
    assert all(c in CASES for c in UNREAD)


@pytest.mark.parametrize("name", SUPPORTED)
def test_right_by_the_reference(name):
    d, case = answer(name), CASES[name]
    for _, everything, wanted in points(case):
        got = d.tensor(everything)
        assert check.difference(got, wanted) < TOLERANCE, f"WRONG: {d.result}"


@pytest.mark.parametrize("name", SUPPORTED)
def test_verified_without_the_reference(name):
    d = answer(name)
    assert d.verification.ok, d.verification.message
    assert d.verification.error < TOLERANCE
    if d.kind == "gradient":
        assert d.result.shape == d.variable.shape
    else:
        assert d.kind in ("jacobian", "hessian")


def is_real_hessian(name):
    d = answer(name)
    twice = d.kind == "hessian" and len(set(d.by)) == 1
    return twice and d.convention != "entries" and "complex" not in d.variable.facts


@pytest.mark.parametrize("name", [i for i in SUPPORTED if is_real_hessian(i)])
def test_one_sees_that_a_hessian_is_symmetric(name):
    d = answer(name)
    assert shows_symmetry(d.result), d.result


@pytest.mark.parametrize("name", [i for i in SUPPORTED if answer(i).is_matrix])
def test_the_printed_matrix_is_the_tensor_with_columns_stacked(name):
    """vec_layout of the tensor, the operator along random directions, and the matrix agree."""
    d, case = answer(name), CASES[name]
    values, everything, wanted = next(points(case))
    laid = check.vec_layout(case, values, wanted)
    matrix = np.asarray(d.result.evaluate(everything))
    assert check.difference(matrix.reshape(laid.shape, order="F"), laid) < TOLERANCE
    v = d.variable
    if v.set.kind.hull != "R":
        return  # the operator takes directions of the variable's space alone
    h = np.random.default_rng(1).normal(size=np.shape(everything[v.name]))
    direction = build.symbol("H_1", real_set(v.shape))
    along = substitute(d.operator(), {mc.d(v): direction}).evaluate({**everything, "H_1": h})
    by_matrix = matrix @ h.reshape(-1, order="F")
    along = np.reshape(along, -1, order="F")
    assert check.difference(by_matrix.reshape(along.shape), along) < TOLERANCE


@pytest.mark.parametrize("name", SUPPORTED)
def test_in_index_notation(name):
    """Every term of the index form, evaluated and summed, gives the tensor."""
    d, case = answer(name), CASES[name]
    if len({*d.result.shape}) == 1 and d.result.is_scalar:
        return
    _, everything, wanted = next(points(case))
    form = d.index()
    arrays = [e.array for t in form.terms for e in t.entries if e.array is not None]
    nodes = tuple(postorder(*arrays, *(s for t in form.terms for s in t.scalars)))
    point = bind(nodes, everything, symbols(d.problem.function, *d.variables))
    point.sizes.update(check.sizes(case))
    got = index_tensor(form, point)
    assert check.difference(got.reshape(np.shape(wanted)), wanted) < TOLERANCE, str(form)
    assert form.latex().count("{") == form.latex().count("}") and form.unicode()


@pytest.mark.parametrize("name", SUPPORTED)
def test_printed_and_parsed_back(name):
    d, case = answer(name), CASES[name]
    scope = mc.Workspace(case["where"] + ";" + d.where)
    back = scope.parse(str(d.result))
    assert back is d.result
    alone = mc.Workspace(d.where).parse(str(d.result))
    assert alone is d.result
    values, everything, wanted = next(points(case))
    laid = check.vec_layout(case, values, wanted)
    value = np.reshape(back.evaluate(everything), np.shape(laid), order="F")
    assert check.difference(value, laid) < TOLERANCE


@pytest.mark.parametrize("name", [i for i in SUPPORTED if "expect" in CASES[i]])
def test_the_form_of_the_source(name):
    d, case = answer(name), CASES[name]
    text = case["expect"]
    if name in UNREAD:
        with pytest.raises(mc.NotSupportedError):
            mc.parse(text, case["where"])
        return
    # Of the right shape, vector(1) and matrix(1) have a size.
    expected = mc.Workspace(f"{case['where']};{d.where}").parse(text)
    for values, everything, wanted in points(case):
        value = expected.evaluate(everything)
        if np.ndim(wanted) == 0:
            value = np.asarray(value).item()
        laid = check.vec_layout(case, values, wanted)
        value = np.reshape(value, np.shape(laid), order="F")
        assert check.difference(value, laid) < TOLERANCE, "the source's form is not the gradient"
        got = check.vec_layout(case, values, d.tensor(everything))
        assert check.difference(got, value) < TOLERANCE


@pytest.mark.parametrize("name", [i for i in SUPPORTED if "df" in CASES[i]])
def test_the_numpy_form_of_the_source(name):
    case = CASES[name]
    for values, everything, _ in points(case):
        got = answer(name).tensor(everything)
        assert check.difference(got, check.evaluate(case, values, "df")) < TOLERANCE


@pytest.mark.parametrize("name", LISTED)
def test_refused_with_a_clear_error(name):
    case = CASES[name]
    with pytest.raises(mc.NotSupportedError) as caught:
        derive(case)
    error = caught.value
    assert str(error).startswith("not supported yet: ")
    assert error.text is None or error.position is not None


def test_the_harness_sees_a_wrong_answer():
    """A transposed or scaled closed form does not pass the comparison that all cases go through."""
    case = CASES["seed-06"]
    values, everything, wanted = next(points(case))
    right = answer("seed-06").tensor(everything)
    assert check.difference(right, wanted) < TOLERANCE
    for wrong in (right.T, 2 * right, -right, right + 1e-5, right[:, :-1]):
        assert not check.difference(wrong, wanted) < TOLERANCE
    assert check.compare(case, values, right) < TOLERANCE
