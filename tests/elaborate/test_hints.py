"""Hints that name the cause where a convention, or another language's word, is behind an error."""

import pytest

import matcalc as mc

VECTOR = "{0} is a column vector by convention (h to z): if it is a number, declare {0} in R"


@pytest.mark.parametrize(
    "text, wrt, hint",
    [
        ("-n/2*logdet(S)", "S", VECTOR.format("n")),
        ("k*x'*x", "x", VECTOR.format("k")),
        ("1/n*sum(x)", "x", VECTOR.format("n")),
        ("s^2*x'*x", "x", VECTOR.format("s")),
        (
            "norm2(y - X*beta)^2",
            "X",
            "beta is a scalar by convention: if it is a vector, declare beta in R[n]",
        ),
        ("transpose(X)*X", "X", "write X' for the transpose of X"),
        ("ln(a)", "a", "did you mean log?"),
        ("norm(x)", "x", "did you mean norm2?"),
        ("Tr(A)", "A", "did you mean tr?"),
        ("frobenius(A, B)", "A", "write A : B for the Frobenius product"),
    ],
)
def test_hint(text, wrt, hint):
    with pytest.raises(mc.MatcalcError) as info:
        mc.Workspace().run(f"grad {text} wrt {wrt}")
    assert hint in info.value.hint


def test_a_vector_that_may_be_meant_as_a_number_is_noted():
    """Where the question is not for a gradient by name, a Jacobian is a possible answer."""
    d = mc.derive("-n/2*logdet(S)", "S", verify=False)
    assert d.kind == "jacobian" and VECTOR.format("n") in d.notes
    assert mc.derive("tanh(x)", "x", verify=False).notes == ()


def test_a_declared_name_is_nearer_than_one_of_the_library():
    with pytest.raises(mc.UnknownNameError) as info:
        mc.derive("psi(x)", "x", where="phi : R[n] -> R")
    assert info.value.hint == "did you mean phi?"


def test_all_numbers_of_arguments_are_named():
    with pytest.raises(mc.ArityError, match="max takes 1 or 2 arguments, not 3"):
        mc.parse("max(x, y, z)")
    with pytest.raises(mc.ArityError, match="max takes 1 or 2 arguments, not 3"):
        mc.max(*mc.scalars("a b c"))
    with pytest.raises(mc.ArityError, match=r"det\(A\) takes 1 argument, not 2"):
        mc.parse("det(A, B)")
