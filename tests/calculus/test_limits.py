"""Inputs that would take for ever are refused by a limit, in words."""

import pytest

import matcalc as mc


def test_a_deep_composition_is_refused_not_hung():
    text = "sin(" * 9000 + "x" + ")" * 9000
    with pytest.raises(mc.LimitError, match="MAX_WORK"):
        mc.derive(text, "x", "x in R", verify=False)


def test_a_long_product_is_refused_not_hung():
    with pytest.raises(mc.LimitError, match="MAX_SLOTS"):
        mc.derive("*".join(["a"] * 20_000), "a", "a in R", verify=False)


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
