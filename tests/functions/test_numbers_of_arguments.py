"""Arguments that have to be certain numbers: the k of eigval(A,k) counts, the p of normp is > 0."""

import pytest

import matcalc as mc


@pytest.mark.parametrize(
    "text, where, message",
    [
        ("eigval(X,0)", "", "eigval(A,k) takes a whole number from 1 to n for k, not 0"),
        ("eigval(X,-1)", "", "eigval(A,k) takes a whole number from 1 to n for k, not -1"),
        ("eigval(X,2.5)", "", "eigval(A,k) takes a whole number from 1 to n for k, not 5/2"),
        ("eigval(X,5)", "X in Sym[3]", "eigval(A,k) takes a whole number from 1 to 3 for k, not 5"),
        ("eigvec(X,n+1)", "X in Sym[n]", "eigvec(A,k) takes a whole number from 1 to n for k,"),
        ("kyfan(X,9)", "X in R[3,4]", "kyfan(A,k) takes a whole number from 1 to 3 for k, not 9"),
        ("kyfan(X,0)", "X in R[p,q]", "kyfan(A,k) takes a whole number from 1 to min(p, q) for k"),
        ("polygamma(-1,c)", "", "polygamma(k,x) takes a whole number 0 or larger for k, not -1"),
        ("schatten(X,0)", "", "schatten(A,p) takes a number > 0 for p, not 0"),
        ("normp(x,-1)", "", "normp(A,p) takes a number > 0 for p, not -1"),
    ],
)
def test_other_numbers_are_refused_with_their_place(text, where, message):
    with pytest.raises(mc.DomainError) as caught:
        mc.parse(text, where)
    assert message in caught.value.message
    assert caught.value.position == (1, 1)


@pytest.mark.parametrize(
    "text, conditions",
    [
        ("kyfan(X,k)", ["k is a whole number from 1 to min(m, n)"]),
        ("eigval(X,k)", ["k is a whole number from 1 to n"]),
        ("polygamma(k,c)", ["k is a whole number 0 or larger"]),
        ("polygamma(2*k-1,c)", ["2*k - 1 is a whole number 0 or larger"]),
        ("kyfan(X,9)", ["m >= 9", "n >= 9"]),
        ("eigval(X,3)", ["n >= 3"]),
    ],
)
def test_what_is_not_known_is_stated_and_drawn(text, conditions):
    """An undeclared k is a number by its place; verification draws whole numbers in its range."""
    variable = "c" if "polygamma" in text else "X"
    d = mc.derive(text, wrt=variable)
    assert d.verification.ok, d.verification.message
    stated = [c for c in d.conditions if "whole number" in c or ">=" in c]
    assert stated == conditions


def test_a_size_may_be_the_number_of_an_eigenvalue():
    d = mc.derive("eigval(X,n)", wrt="X", where="X in Sym[n]")
    assert d.verification.ok
    assert not any("whole number" in c or ">=" in c for c in d.conditions)


def test_a_name_is_a_number_wherever_it_stands_first():
    d = mc.derive("sum(k*x) + kyfan(X,k)", wrt="x")
    assert d.problem.inferred == ("k in R", "x in R[m]", "X in R[n,p]")
    assert str(d.result) == "k*ones(m)" and d.verification.ok


@pytest.mark.parametrize("text", ["kyfan(X,k)", "eigval(X,tr(X))", "polygamma(k,c)"])
def test_there_is_no_derivative_by_a_number_that_counts(text):
    with pytest.raises((mc.NotSupportedError, mc.NotDifferentiableError), match="argument k"):
        mc.derive(text, wrt="X" if "tr" in text else "k", where="k in R")


def test_both_sides_of_an_equation_draw_whole_numbers():
    assert mc.equivalent("kyfan(X,k)", "kyfan(X',k)")
    assert not mc.equivalent("polygamma(k,c)", "polygamma(k+1,c)")
    formula = "polygamma(k,c) + (-1)^k*gamma(k + 1)*c^(-k - 1)"
    assert mc.equivalent("polygamma(k,c + 1)", formula, where="c in R+; k in R")
