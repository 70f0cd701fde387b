"""Unit vectors and probabilities: u'*u = 1 and sum(y) = 1 are used wherever they stand."""

import pytest

import matcalc as mc
from matcalc.simplify.normal_form import simplify
from matcalc.simplify.symmetric import shows_symmetry

WHERE = "u in Sphere[n]; y in Simplex[n]; x in R[n]; Q in Stiefel[m,n]"


@pytest.mark.parametrize(
    ("text", "shorter"),
    [
        ("1 - (u - x)'*u", "x'*u"),
        ("norm2(Q*u)^2 + tr(u*u')", "2"),
        ("u*u'*u", "u"),
        ("(eye(n) - 2*u*u')^2", "eye(n)"),
        ("inv(eye(n) + u*u')*u", "u/2"),
        ("det(eye(n) + u*u')", "2"),
        ("u*u'", "u*u'"),
        ("ones(n)'*y*x - y", "x - y"),
        ("sum(y.^2)", "sum(y.^2)"),
    ],
)
def test_lengths_and_sums_that_are_one(text, shorter):
    e, wanted = (mc.parse(t, WHERE) for t in (text, shorter))
    assert simplify(e) is wanted
    assert mc.equivalent(e, wanted)


def test_a_row_is_no_column_of_length_one():
    assert "stiefel" not in mc.parse("u'", WHERE).facts


def test_cross_entropy_of_probabilities():
    d = mc.derive("-y'*log(softmax(z))", "z", "y in Simplex[n]; z in R[n]")
    assert str(d.result) == "softmax(z) - y" and d.verification.ok


@pytest.mark.parametrize(
    ("function", "wrt", "gradient", "hessian"),
    [
        ("(u'*u)^2", "u", "4*u", "4*(eye(n) + 2*u*u')"),
        ("norm2(u)*(x'*u)", "u", "(x'*u)*u + x", None),
        ("sum(y)^2*x'*y", "y", "2*x'*y + x", "2*(x*ones(n)' + ones(n)*x' + x'*y)"),
    ],
)
def test_second_derivatives_leave_the_sphere_before_lengths_are_one(
    function, wrt, gradient, hessian
):
    assert str(mc.derive(function, wrt, WHERE).result) == gradient
    d = mc.derive(function, wrt, WHERE, order=2)
    assert d.verification.ok and shows_symmetry(d.result)
    assert hessian is None or str(d.result) == hessian


def test_a_length_that_is_one_has_no_gradient_along_the_sphere():
    d = mc.derive("(u'*u)^2", "u", WHERE, convention="riemannian")
    assert str(d.result) == "zeros(n)" and d.verification.ok
