"""Hessians are no longer than they were before their terms were put together, or multiplied out."""

import pytest

import matcalc as mc
from matcalc.expr.cost import cost
from matcalc.simplify.symmetric import shows_symmetry

GRAM = "X in R[m,n]; A in R[m,m]; B in R[n,n]"


@pytest.mark.parametrize(
    ("function", "wrt", "where", "most"),
    [
        # Magnus & Neudecker's J'*H*J + ..., not multiplied out
        ("tr(inv(X'*A*X)*B)", "X", GRAM, 142),
        ("det(X'*A*X)", "X", GRAM, 118),
        ("norm2(X - X*W*W')^2", "W", "X in R[n,p]; W in R[p,k]", 56),
        ("a'*X'*X*X*b", "X", "a, b in R[n]; X in R[n,n]", 66),
        ("logdet(pinv(X)'*pinv(X))", "X", "X in R[m,n]", 40),
    ],
)
def test_a_hessian_shows_its_symmetry_and_is_short(function, wrt, where, most):
    d = mc.derive(function, wrt, where, order=2, verify=False)
    assert shows_symmetry(d.result)
    assert cost(d.result) <= most, d.result
    assert d.verify(trials=1, steps=False).ok


@pytest.mark.parametrize(
    ("function", "where", "most"),
    [
        ("tr(B*X^2)", "X in Sym[n]; B in R[n,n]", 68),
        ("det(X)", "X in Sym[n]", 81),
        ("logdet(X)", "X in SPD[n]", 48),
    ],
)
def test_by_free_entries_the_shortest_form_is_taken(function, where, most):
    d = mc.derive(function, "X", where, order=2, convention="entries", verify=False)
    assert cost(d.result) <= most, d.result
    assert d.verify(trials=1, steps=False).ok


def test_projections_on_columns_and_rows_are_symmetric():
    where = "X in R[m,n]; Y in R[n,p]; S in Sym[m]"
    for text in ("X*pinv(X)", "pinv(X)*X", "X*Y*pinv(X*Y)", "2*pinv(X*Y)*X*Y"):
        assert "psd" in mc.parse(text, where).facts, text
    assert "symmetric" not in mc.parse("pinv(X)*S*X", where).facts
    assert "psd" not in mc.parse("-X*pinv(X)", where).facts
    reasons = mc.explain_facts("X*Y*pinv(X*Y)", where)
    assert reasons == [("positive semidefinite", "X*Y*pinv(X*Y) is an orthogonal projection")]
