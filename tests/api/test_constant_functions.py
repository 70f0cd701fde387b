"""Functions that do not depend on their variable: the gradient is zero, of the variable's shape."""

import pytest

import matcalc as mc
from matcalc.errors import UnknownNameError


@pytest.mark.parametrize(
    "text, x, zeros",
    [
        ("0*x'*x", "x", "zeros(n)"),
        ("(x'*x)^0", "x", "zeros(n)"),
        ("sum(x.^0)", "x", "zeros(n)"),
        ("tr(A^0)", "A", "zeros(n,n)"),
        ("0*norm2(A)^2 + x'*x", "A", "zeros(m,n)"),
        ("a^0 + b", "a", "0"),
    ],
)
def test_a_variable_that_cancels(text, x, zeros):
    d = mc.derive(text, wrt=x)
    assert str(d.result) == zeros
    assert d.notes == (f"the function does not depend on {x}",)
    assert d.verification.ok and d.verify(steps=True)


def test_the_derivation_says_that_the_differential_is_zero():
    lines = mc.derive("0*x'*x", wrt="x").steps_text().split("\n")
    assert [line.split("  ")[0] for line in lines] == [
        "phi",
        "d(phi) = 0",
        "grad phi wrt x = zeros(n)",
    ]
    assert lines[1].endswith("# differential of a constant")


def test_a_declared_variable_and_a_symbol():
    declared = mc.derive("y'*y", wrt="x", where="y in R[n]; x in R[m]")
    assert str(declared.result) == "zeros(m)" and len(declared.notes) == 1
    x = mc.vectors("x[n]")
    d = mc.derive(0 * x.T @ x, wrt=x)
    assert str(d.result) == "zeros(n)" and len(d.notes) == 1
    assert str(mc.differential("0*x'*x", "x")) == "0"


def test_a_definition_in_which_it_cancels():
    d = mc.derive("c*s", wrt="x", where="c = x'*x; s = 0*c")
    assert str(d.result) == "zeros(n)"


def test_one_of_several():
    d = mc.derive("x'*x + 0*sum(Y)", wrt="x, Y")
    assert str(d["x"].result) == "2*x"
    assert d["x"].notes == () and d.notes == ("the function does not depend on Y",)
    assert d.verify(steps=True)


def test_a_name_that_is_not_in_the_text():
    for text in ("0*x'*x", "x'*x"):
        with pytest.raises(UnknownNameError, match="y does not occur in the expression"):
            mc.derive(text, wrt="y")
