"""Gradients through Kronecker products: in closed form, or by the matrix of the product."""

import pytest

import matcalc as mc
from matcalc.calculus import kronecker_adjoint
from matcalc.expr import build
from matcalc.numeric.verify import verify_equal

A = "A in R[m,n]; B in R[p,q]"

CLOSED = [
    # Matrix Cookbook (105), (120)
    ("tr(kron(A,X))", "X", "A in R[m,m]; X in R[n,n]", "tr(A)*eye(n)"),
    ("tr(kron(X,X))", "X", "X in R[n,n]", "2*tr(X)*eye(n)"),
    # Magnus & Neudecker, ch. 2: |A ⊗ B| = |A|^n |B|^m
    ("logdet(kron(A,B))", "A", "A in SPD[m]; B in SPD[n]", "n*inv(A)"),
    ("tr(kron(C,D)'*kron(A,B))", "B", f"{A}; C in R[m,n]; D in R[p,q]", "(C : A)*D"),
    # Van Loan, The ubiquitous Kronecker product (2000), sec. 3: vec(BXA') = (A ⊗ B) vec(X)
    ("vec(Y)'*kron(A,B)*vec(X)", "A", f"{A}; X in R[q,n]; Y in R[p,m]", "Y'*B*X"),
    ("vec(Y)'*kron(A,B)*vec(X)", "B", f"{A}; X in R[q,n]; Y in R[p,m]", "Y*A*X'"),
]


@pytest.mark.parametrize(("function", "wrt", "where", "form"), CLOSED)
def test_closed_forms(function, wrt, where, form):
    d = mc.derive(function, wrt, where)
    assert d.verify(), d.verification.message
    assert str(d.result) == form


@pytest.mark.parametrize(
    ("function", "wrt", "where"),
    [
        # Van Loan & Pitsianis (1993): the nearest Kronecker product
        ("norm2(kron(A,B) - C)^2", "A", f"{A}; C in R[m*p,n*q]"),
        ("norm2(kron(A,B) - C)^2", "B", f"{A}; C in R[m*p,n*q]"),
        ("sum(exp(kron(A,B)))", "A", A),
        ("tr(C*kron(x,A))", "x", "x in R[m]; A in R[n,p]; C in R[p,m*n]"),
        ("tr(C*kron(A,x'))", "x", "x in R[m]; A in R[n,p]; C in R[m*p,n]"),
        ("tr(C*kron(kron(A,X),A))", "X", "A in R[m,n]; X in R[p,q]; C in R[n^2*q,m^2*p]"),
        ("logdet(kron(A,eye(n)) + kron(eye(m),B))", "A", "A in SPD[m]; B in SPD[n]"),
        ("norm2(kron(A,B)*x - y)^2", "B", f"{A}; x in R[n*q]; y in R[m*p]"),
        ("tr((X ⊗ X)*C)", "X", "X in R[m,n]; C in R[n*n,m*m]"),
    ],
)
def test_any_cotangent(function, wrt, where):
    d = mc.derive(function, wrt, where)
    assert d.verification.ok, d.verification.message
    assert d.verification.error < 1e-11


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("text", ["kron(C,D)", "kron(C,D) - 2*kron(C,D)", "vec(Y)*vec(Z)'"])
def test_the_ways_agree(text, first):
    """The closed form of a cotangent, and what the matrix of the product gives."""
    scope = mc.Workspace(f"{A}; C in R[m,n]; D in R[p,q]; Y in R[p,m]; Z in R[q,n]")
    a, b, g = scope.parse("A"), scope.parse("B"), scope.parse(text)
    by = kronecker_adjoint.by_first if first else kronecker_adjoint.by_second
    through = kronecker_adjoint._through_matrix(g, a, b, first)
    assert verify_equal(by(g, a, b), through, ())
    moving = a if first else b
    assert verify_equal(build.frobenius(g, mc.kron(a, b)), build.frobenius(through, moving), ())
