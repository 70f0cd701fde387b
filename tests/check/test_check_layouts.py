"""Answers in another layout or convention are told from wrong ones: Jacobians, complex numbers."""

import pytest

import matcalc as mc

MATRICES = "A in R[m,n]; X in R[n,p]; B in R[p,q]; S in R[n,n]; x in R[n]"


@pytest.mark.parametrize(
    "function, wrt, answer, verdict, words",
    [
        ("softmax(x)", "x", "diag(softmax(x)) - softmax(x)*softmax(x)'", "right", "the Jacobian"),
        ("softmax(x)", "x", "diag(softmax(x))", "wrong", "the Jacobian is diag(softmax(x)) - "),
        ("A*x", "x", "A'", "transposed", "a row for an entry of the function, so transpose it: A"),
        ("A*X*B", "X", "kron(B',A)", "right", "right"),
        ("A*X*B", "X", "kron(A,B')", "other-convention", "columns are stacked and not rows"),
        ("A*X*B", "X", "2*kron(A,B')", "wrong", "the Jacobian is kron(B',A)"),
        ("S*X*B", "S", "kron(B'*X',eye(n))", "right", "right"),
        ("exp(x)", "x", "I", "wrong", "the Jacobian is diag(exp(x))"),
    ],
)
def test_jacobian(function, wrt, answer, verdict, words):
    found = mc.check(function, wrt, answer, MATRICES)
    assert found.verdict == verdict and words in found.message
    assert bool(found) == (verdict == "right")


def test_an_answer_of_another_shape_is_no_jacobian():
    with pytest.raises(mc.ShapeError, match="the answer is n×1; the Jacobian by x is n×n"):
        mc.check("exp(x)", "x", "exp(x)", "x in R[n]")


COMPLEX = "A in C[m,n]; b in C[m]; z in C[n]; c in C; H in C[m,n]; Q in HPD[n]"


@pytest.mark.parametrize(
    "function, wrt, answer, verdict, words",
    [
        ("norm2(A*z - b)^2", "z", "A^H*(A*z - b)", "right", "right"),
        ("norm2(A*z - b)^2", "z", "2*A^H*(A*z - b)", "other-convention", "twice the derivative"),
        ("norm2(A*z - b)^2", "z", "A'*conj(A*z - b)", "other-convention", 'wirtinger="Z"'),
        ("norm2(A*z - b)^2", "z", "(A*z - b)^H*A", "other-convention", "transposed"),
        ("norm2(A*z - b)^2", "z", "A'*(A*z - b)", "wrong", "by conj(z) is A^H*(A*z - b)"),
        ("norm2(A*z - b)^2", "z", "3*A^H*(A*z - b)", "wrong", "by conj(z) is A^H*(A*z - b)"),
        ("c^2", "c", "2*c", "other-convention", 'wirtinger="Z"; by conj(c) it is 0'),
        ("c^2", "c", "c", "wrong", "by conj(c) is 0"),
        ("logdet(I + H*Q*H^H)", "Q", "(H^H*inv(I + H*Q*H^H)*H)'", "transposed", "transposed"),
    ],
)
def test_complex(function, wrt, answer, verdict, words):
    found = mc.check(function, wrt, answer, COMPLEX)
    assert found.verdict == verdict and words in found.message
