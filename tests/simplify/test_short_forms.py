"""Answers that are as short as a person's: differences turned, transposes outside, constants."""

import pytest

import matcalc as mc

KL = "m, k in R[d]; Q in SPD[d]"
LINEAR = "X in R[n,p]; w in R[p]; y in R[n]"


@pytest.mark.parametrize(
    ("function", "wrt", "where", "answer"),
    [
        ("(k - m)'*inv(Q)*(k - m)/2", "m", KL, "inv(Q)*(m - k)"),
        ("norm2(y - X*w)^2/2", "w", LINEAR, "X'*(X*w - y)"),
        ("norm2(y - X*w)^2", "w", LINEAR, "-2*X'*(y - X*w)"),  # no shorter turned
        ("tr(A*inv(X)*B)", "X", "X in R[n,n]; A in R[p,n]; B in R[n,p]", "-(inv(X)*B*A*inv(X))'"),
        ("tr(A*inv(X))", "X", "A, X in R[n,n]", "-inv(X)'*A'*inv(X)'"),  # three stay
        (
            "vec(X)'*kron(A,B)*vec(X)",
            "X",
            "X in R[m,n]; A in R[n,n]; B in R[m,m]",
            "B'*X*A + B*X*A'",
        ),
    ],
)
def test_the_form(function, wrt, where, answer):
    d = mc.derive(function, wrt, where)
    assert str(d.result) == answer
    assert d.verify()


def test_constants_beside_an_approximate_number_are_worked_out():
    d = mc.derive("erf(0.7071067811865476*a)", "a", "a in R")
    assert "pi" not in str(d.result) and "0.797884560802865" in str(d.result)
    assert "pi" in str(mc.derive("erf(a)", "a", "a in R").result)
