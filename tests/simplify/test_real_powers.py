"""X^p of a positive definite X with any real p: gradients are p*X^(p - 1), written as powers."""

import numpy as np
import pytest

import matcalc as mc
from matcalc.expr.nodes import size_names, symbols
from matcalc.simplify.normal_form import simplify

WHERE = "X in SPD[n]; p, q in R; A in R[m,n]"


@pytest.mark.parametrize(
    ("text", "variable", "expected"),
    [
        ("tr(X^p)", "X", "p*X^(p - 1)"),
        ("tr(X^(1/3))", "X", "X^(-2/3)/3"),
        ("tr(X^(p + 1))", "X", "(p + 1)*X^p"),
        ("tr(X^(-p))", "X", "-p*X^(-(p + 1))"),
        ("log(tr(X^p))", "X", "p*X^(p - 1)/tr(X^p)"),  # Rényi entropy, but for a factor
        ("tr(X^p*logm(X))", "X", "(eye(n) + p*logm(X))*X^(p - 1)"),
        ("tr((A'*A + eye(n))^p)", "A", "2*p*A*(A'*A + eye(n))^(p - 1)"),
        ("tr(X^p)", "p", "tr(X^p*logm(X))"),
    ],
)
def test_gradients_are_powers(text, variable, expected):
    d = mc.derive(text, variable, WHERE)
    assert str(d.result) == expected and d.verify()
    assert mc.parse(str(d.result), WHERE) is d.result


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("X^p*X^q", "X^(p + q)"),
        ("X^q*X^p", "X^(p + q)"),
        ("X^p*X", "X^(p + 1)"),
        ("inv(X)*X^p", "X^(p - 1)"),
        ("X^p*X^(1 - p)", "X"),
        ("X^(2/3)*X^(1/3)*X^2", "X^3"),
        ("X^(1/3)*X^(1/6)", "sqrtm(X)"),
        ("sqrtm(X)*X^p", "X^(p + 1/2)"),
        ("X^p*inv(X^p)", "eye(n)"),
    ],
)
def test_powers_of_one_matrix_are_one(text, expected):
    e = simplify(mc.parse(text, WHERE))
    assert str(e) == expected
    assert simplify(e) is e
    x = np.array([[2.0, 0.3], [0.3, 1.0]])
    values = {"X": x, "p": 0.7, "q": -1.3, "n": 2}

    def at(f):
        used = {v.name for v in symbols(f)} | size_names(f)
        return f.evaluate({name: v for name, v in values.items() if name in used})

    assert np.allclose(at(mc.parse(text, WHERE)), at(e), rtol=1e-9)


def test_of_any_matrix_the_exponential_stays_written_out():
    where = "X in R[n,n]; p in R"
    d = mc.derive("tr(expm(p*logm(X)))", "X", where)
    assert str(d.result) == "p*expm((p - 1)*logm(X))'"
    assert d.verify() and mc.parse(str(d.result), where) is d.result


def test_powers_on_paper():
    d = mc.derive("tr(X^p)", "X", WHERE)
    assert (d.result.latex(), d.result.unicode()) == ("p X^{p - 1}", "p X^(p − 1)")
