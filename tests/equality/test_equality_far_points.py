"""Differences far from the origin, or far below the last digit; sizes that are numbers as well."""

import pytest

import matcalc as mc


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("step(a - 1000)", "0"),
        ("relu(a - 10^6)", "0"),
        ("abs(a - 10^9)", "10^9 - a"),
        ("sin(a) + 1e-60", "sin(a)"),
        # kinks that the constants do not show
        ("relu(exp(a) - 10^9)", "0"),
        ("relu(a/10^6 - 1)", "0"),
        ("abs(a/1000 - 50)", "50 - a/1000"),
        ("max(a, b - 10^15)", "a"),
        ("hardtanh(1000*(a - 50))", "sign(a - 50)"),
        ("relu(a - 50) - relu(a - 50.001)", "step(a - 50)/1000"),
        ("elu(a - 5000)", "exp(a - 5000) - 1"),
        ("sum(abs(x - 50))", "sum(50 - x)"),
        ("norm1(x - 700*y)", "sum(700*y - x)"),
        ("abs(tr(P) - 10^7)", "10^7 - tr(P)"),
        # what saturated functions lack to their limits
        ("sigmoid(200 + a^2)", "1"),
        ("tanh(200 + a^2)", "1"),
        ("erf(100 + a^2)", "1"),
        ("log(1 + exp(-300 - a^2))", "0"),
        ("exp(-a^2*10^9)", "0"),
        ("softplus(400 + a^2)", "400 + a^2"),
        ("gelu(50 + a^2)", "50 + a^2"),
        ("cosh(300 + a^2)", "sinh(300 + a^2)"),
        ("1/(1 + exp(300 + a^2))", "0"),
        ("(1 + a^2)^(-900)", "0"),
        ("(4 + a^2)^(-900 - b^2)", "0"),
        # constants far below the last digit
        ("sin(a) + 1e-200", "sin(a)"),
        ("cos(a) + 1e-200*sin(a)", "cos(a)"),
        ("exp(1e-200*a)", "1"),
        ("cos(1e-200*a)", "1"),
        ("sin(1e-20*a)", "1e-20*a"),
        ("log1p(1e-300*a^2)", "0"),
        # inverses of periodic functions, beyond their first period
        ("asin(sin(a/1000))", "a/1000"),
        ("atan(tan(a/10^6))", "a/10^6"),
        # narrow places in which a function is not flat
        ("relu(sin(a) - (1 - 1/10^6))", "0"),
        ("relu(exp(-(a - 7)^2) - 9999/10000)", "0"),
        ("relu(1/10^6 - x'*x)", "0"),
        ("relu(1/10^6 - (a*b - 77)^2)", "0"),
        ("max(a, a^2 + 249/1000)", "a^2 + 249/1000"),
        ("normp(x, 3)", "norm2(x)"),
        # breakpoints in sizes
        ("relu(n - 50)*a + 0*sum(x)", "0"),
        ("relu(1 - abs(n - 50))*a + 0*sum(x)", "0"),
        ("min(n, 100)*x", "n*x"),
        ("relu(n - 3000)*sum(x)", "0"),
    ],
)
def test_different(left, right):
    where = "a in R; b in R; x in R[n]; y in R[n]; P in PSD[n]"
    verdict = mc.equivalent(left, right, where)
    assert not verdict
    assert verdict.counterexample is not None


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("tr(eye(n))", "n"),
        ("n", "ones(n)'*ones(n)"),
        ("sigmoid(-c*t)", "1 - sigmoid(c*t)"),
        ("tanh(200 + a^2)", "sinh(200 + a^2)/cosh(200 + a^2)"),
        ("1 - sigmoid(300 + a^2)", "sigmoid(-300 - a^2)"),
        ("exp(-200 - a^2)*exp(200 + a^2)", "1"),
        ("log(exp(-300 - a^2))", "-300 - a^2"),
        ("cosh(300 + a^2) - sinh(300 + a^2)", "exp(-300 - a^2)"),
        ("softplus(-500 - a^2)", "log1p(exp(-500 - a^2))"),
        ("relu(a - 50)", "(a - 50 + abs(a - 50))/2"),
        ("hardtanh(1000*(a - 50))", "max(min(1000*a - 50000, 1), -1)"),
        ("abs(a - 10^6) + (a - 10^6)", "2*relu(a - 10^6)"),
        ("normp(x, 3)", "sum(abs(x).^3)^(1/3)"),
        ("max(a, a^2 + 1/4)", "a^2 + 1/4"),
        ("max(log(a), a - 1)", "a - 1"),
        ("log(1 + 1e-8*a)", "log1p(a/10^8)"),
        ("max(n, 1)*x", "n*x"),
    ],
)
def test_equal(left, right):
    assert mc.equivalent(left, right, "a in R; x in R[n]")


def test_a_polynomial_in_a_size_is_looked_at_beyond_its_degree():
    zeros = "*".join(f"(n - {k})" for k in range(1, 31))
    verdict = mc.equivalent(f"{zeros}*x", "0*x", "x in R[n]")
    assert not verdict and len(verdict.counterexample["x"]) == 31


def test_a_difference_that_hardly_shows_is_given():
    verdict = mc.equivalent("tanh(200 + a^2)", "1")
    assert "the right side 1, and they differ by 2.1" in verdict.message
    assert "e-174" in verdict.message


def test_what_takes_too_many_digits_is_not_decided():
    with pytest.raises(mc.LimitError, match="cannot be decided: it takes more than 6000 digits"):
        mc.equivalent("tanh(10^6 + a^2)", "1")


@pytest.mark.parametrize(
    ("left", "right", "condition"),
    [
        ("sign(a)^2", "1", "a ≠ 0"),
        ("sign(a)", "a/abs(a)", "a ≠ 0"),
        ("sign(a - 3)^2", "1", "a - 3 ≠ 0"),
        ("step(a^2)", "1", "a ≠ 0"),
        ("sign(x).*sign(x)", "ones(n)", "no entry of x is 0"),
        ("step(x - 4*y) + step(4*y - x).^2", "ones(n)", "no entry of x - 4*y is 0"),
    ],
)
def test_what_holds_but_at_a_jump_says_so(left, right, condition):
    verdict = mc.equivalent(left, right, "a in R; x in R[n]; y in R[n]")
    assert verdict
    assert condition in verdict.conditions


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("step(a - 3) + step(3 - a)", "1"),
        ("abs(a)*sign(a)", "a"),
        ("sign(a)^3", "sign(a)"),
        ("sign(x).*abs(x)", "x"),
    ],
)
def test_what_holds_at_a_jump_too_has_no_condition(left, right):
    verdict = mc.equivalent(left, right, "a in R; x in R[n]")
    assert verdict
    assert verdict.conditions == ()


def test_sizes_that_are_out_of_reach_leave_it_undecided():
    """At 3001 rows the sides differ; no array of that size is compared."""
    with pytest.raises(mc.LimitError, match="sizes near 3000"):
        mc.equivalent("relu(n - 3000)*tr(A)", "0", "A in R[n,n]")
    assert mc.equivalent("max(n, 3)*tr(A)", "tr(A)*max(3, n)", "A in R[n,n]")


def test_large_arrays_are_not_written_out():
    verdict = mc.equivalent("relu(n - 300)*sum(x)", "0", "x in R[n]")
    assert not verdict
    assert "x = an array of 301×1 (in .counterexample)" in verdict.message
    assert len(verdict.counterexample["x"]) == 301


@pytest.mark.parametrize(
    ("left", "right"),
    [("sqrt(x.^2)", "abs(x)"), ("sqrt(a^2)", "abs(a)"), ("norm2(x)", "sqrt(x'*x)")],
)
def test_roots_have_values_where_they_have_no_slope(left, right):
    assert mc.equivalent(left, right).conditions == ()
