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
        ("TR(A)", "A", "did you mean tr?"),
        ("round(a)", "a", "it is constant where it is differentiable"),
        ("σ(a)", "a", "did you mean sigmoid?"),
        ("maximum(a,0)", "a", "write max(a,b)"),
        ("rows(X)", "X", "write rows(f)(X) with a function f of vectors, as in rows(softmax)(X)"),
        ("x(1)", "x", "the entries of a vector x are x[i]"),
        ("tr(AX)", "X", "AX is one name: write A*X for a product"),
        ("x*x", "x", "x in R[n]: did you mean x'*x or x.*x?"),
        ("x*y", "x", "did you mean x'*y, x*y' or x.*y?"),
        ("exp(x)*(A*x - x)", "x", "did you mean exp(x)'*(A*x - x) or exp(x).*(A*x - x)?"),
        ("1/x", "x", "write 1./x for the quotients of the entries"),
        ("exp(x)/x", "x", "write exp(x)./x for the quotients of the entries"),
        ("cov(X)", "X", "write X'*(X - ones(m)*mean(X,1))/m for X in R[m,n]"),
        ("ones*x", "x", "ones is a variable here: a function has parentheses, ones(...)"),
        ("exp^a", "x", "exp is a variable here: a function has parentheses, exp(...)"),
        ("x[0]", "x", "indices start at 1 and end at the size"),
        ("a^x", "x", "write .^ for entrywise powers, exp(X) or expm(X)"),
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


def test_a_far_name_is_no_hint():
    """rank is not arctan."""
    with pytest.raises(mc.UnknownNameError) as info:
        mc.parse("dirac(a)")
    assert info.value.hint == "declare it: dirac : R[n] -> R"


@pytest.mark.parametrize(
    "text, note",
    [
        ("e^a", "e is a variable here: the powers of the number e are exp(x)"),
        ("a*det", "det is a variable here: a function has parentheses, det(...)"),
    ],
)
def test_a_name_that_is_not_what_it_may_seem_is_noted(text, note):
    assert note in mc.derive(text, "a", verify=False).notes


def test_a_greek_letter_is_no_function():
    assert mc.derive("gamma*a", "a", verify=False).notes == ()
