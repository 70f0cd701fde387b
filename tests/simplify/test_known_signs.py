"""Piecewise functions whose branch is known, by facts; what is not known stays."""

import pytest

import matcalc as mc
from matcalc.simplify.normal_form import simplify


@pytest.mark.parametrize(
    "text, where, expected",
    [
        ("abs(exp(x))", "x in R[n]", "exp(x)"),
        ("abs(x.^2)", "x in R[n]", "x.^2"),
        ("abs(-exp(x) - x.^2)", "x in R[n]", "exp(x) + x.^2"),
        ("relu(norm2(x))", "x in R[n]", "norm2(x)"),
        ("relu(-exp(x) - 1)", "x in R[n]", "zeros(n)"),
        ("step(exp(c))", "c in R", "1"),
        ("step(-c)", "c in R+", "0"),
        ("step(zeros(n))", "", "ones(n)/2"),
        ("sign(-2 - x.^2)", "x in R[n]", "-ones(n)"),
        ("sign(0)", "", "0"),
        ("max(x,x)", "x in R[n]", "x"),
        ("max(x,x - 1)", "x in R[n]", "x"),
        ("min(x,x - exp(x))", "x in R[n]", "x - exp(x)"),
        ("min(x + x.^2,x)", "x in R[n]", "x"),
        ("max(-exp(c),c^2)", "c in R", "c^2"),
    ],
)
def test_the_branch_that_is_taken(text, where, expected):
    e = mc.parse(text, where)
    assert simplify(e) is simplify(mc.parse(expected, where))
    assert mc.equivalent(e, expected, where)


@pytest.mark.parametrize(
    "text",
    [
        "abs(x)",
        "relu(x - 1)",
        "step(x.^2)",
        "sign(x.^2)",
        "max(x,2*x)",
        "min(x,y)",
        "abs(x - exp(x))",
    ],
)
def test_what_is_not_known_stays(text):
    """x.^2 may be 0, where step and sign are 1/2 and 0."""
    e = mc.parse(text, "x, y in R[n]")
    assert simplify(e) is e


@pytest.mark.parametrize(
    "text, expected",
    [
        ("sum(relu(-exp(x)))", "zeros(n)"),
        ("relu(-norm2(x)^2 - 1)^2", "zeros(n)"),
        ("sum(step(-exp(x)).*x)", "zeros(n)"),
        ("sum(max(x,x))", "ones(n)"),
        ("sum(relu(exp(x)))", "exp(x)"),
    ],
)
def test_flat_functions_have_the_gradient_zero_and_it_is_verified(text, expected):
    d = mc.derive(text, wrt="x", where="x in R[n]")
    assert str(d.result) == expected
    assert d.verification.ok and d.verification.error < 1e-8
    assert not d.conditions


@pytest.mark.parametrize(
    ("function", "gradient", "conditions"),
    [
        ("cos(a)^(1/3)", "-sin(a)/(3*cos(a)^(2/3))", ("cos(a) > 0",)),
        ("cosh(a)^(1/2)", "sinh(a)/(2*cosh(a)^0.5)", ()),
        ("cos(a)^(-1/2)", "tan(a)/(2*cos(a)^0.5)", ("cos(a) > 0",)),
        ("cos(a)^(-3)", "3*tan(a)/cos(a)^3", ("cos(a) ≠ 0",)),
    ],
)
def test_roots_of_what_may_be_negative_are_not_taken_for_a_quotient(function, gradient, conditions):
    d = mc.derive(function, wrt="a", where="a in R")
    assert str(d.result) == gradient
    assert d.conditions == conditions
    assert d.result.evaluate({"a": -0.5}) == pytest.approx(-d.result.evaluate({"a": 0.5}))
