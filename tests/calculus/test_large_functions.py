"""Functions of very many factors or terms, and values used over and over."""

import pytest

import matcalc as mc
from matcalc.expr.nodes import postorder


def test_a_deep_composition():
    """Each of 2000 cosines is a factor of the derivative: groups of factors share the work."""
    text = "sin(" * 2000 + "x" + ")" * 2000
    d = mc.derive(text, "x", "x in R", verify=False)
    assert sum(1 for _ in postorder(d.result)) < 3 * 2000
    assert mc.parse(str(d.result), "x in R") is d.result


def test_a_long_product_of_one_variable():
    d = mc.derive("*".join(["a"] * 20_000), "a", "a in R", verify=False)
    assert str(d.result) == "20000*a^19999"


def test_a_long_product_of_many_variables():
    """The product rule by halves: of 1000 factors, far less than 1000 terms of 999 factors each."""
    names = [f"c_{k}" for k in range(1000)]
    d = mc.derive("*".join(names), names, ", ".join(names) + " in R", verify=False)
    results = [x.result for x in d.results.values()]
    assert sum(len(e.children) for e in postorder(*results)) < 50 * 1000
    values = dict.fromkeys(names, 1.0) | {"c_7": 3.0, "c_900": 5.0}
    assert [d[n].tensor(values) for n in ("c_0", "c_7", "c_900")] == [15.0, 5.0, 3.0]


def test_squares_of_squares():
    """X*X, forty times over, is a product of 2^40 factors X."""
    x = mc.matrices("X[n,n]")
    e = x
    for _ in range(40):
        e = e @ e
    d = mc.derive(mc.tr(e), x, verify=False)
    assert d.result.shape == x.shape


def test_long_sums_are_fine():
    d = mc.derive(" + ".join(["a'*x"] * 5_000), "x", "a, x in R[n]", verify=False)
    assert d.result is mc.parse("5000*a", "a in R[n]")


def test_residual_chains_stay_small():
    """e + f(e), twenty-four times over: the products of sums are not multiplied out."""
    x = mc.vectors("x[n]")
    e = x
    for _ in range(24):
        e = e + mc.sin(e / 10)
    d = mc.derive(mc.sum(e), wrt=x, verify=False)
    assert d.verify(trials=1, directions=1, steps=False)


def test_a_product_of_too_many_matrices_is_refused():
    """Each of its factors that moves gives a term that has all the others."""
    with pytest.raises(mc.LimitError, match="a term for each of 1001 factors"):
        mc.derive(f"tr({'*'.join(['X'] * 1001)})", "X", "X in R[n,n]")
