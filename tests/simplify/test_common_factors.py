"""Hessians and sums in which no common factor is left out, and whose symmetry still shows."""

import pytest

import matcalc as mc
from matcalc.simplify.normal_form import simplify

WHERE = (
    "A, B, V, W in R[n,n]; P in SPD[n]; S, C in Sym[n]; w, x, y in R[n]; m in R[n]; X in R[m,n];"
    "c in R"
)

HESSIANS = [
    # A Kronecker factor that all terms share
    (
        "(w'*tanh(V*x) - c)^2",
        "V",
        "2*kron(x*x',(w.*(1 - tanh(V*x).^2))*(w.*(1 - tanh(V*x).^2))'"
        " - 2*(w'*tanh(V*x) - c)*diag(w.*tanh(V*x).*(1 - tanh(V*x).^2)))",
    ),
    # A commutation matrix at the end of all terms, or of some
    (
        "tr(A*V^3)",
        "V",
        "(kron(V*A + A*V,eye(n)) + kron(eye(n),(V*A + A*V)') + kron(A,V') + kron(V,A'))"
        "*commutation(n,n)",
    ),
    # M + M*K = M*(I + K), as for a symmetric variable
    ("logdet(P)", "P", "-kron(inv(P),inv(P))*(eye(n^2) + commutation(n,n))/2"),
    (
        "x'*inv(P)*x",
        "P",
        "(kron(inv(P),inv(P)*x*x'*inv(P)) + kron(inv(P)*x*x'*inv(P),inv(P)))"
        "*(eye(n^2) + commutation(n,n))/2",
    ),
    (
        "logdet(P)/2 + (x - m)'*inv(P)*(x - m)/2",
        "P",
        "(kron(inv(P),inv(P)*(x - m)*(x - m)'*inv(P)) + kron(inv(P)*(x - m)*(x - m)'*inv(P),inv(P))"
        " - kron(inv(P),inv(P)))*(eye(n^2) + commutation(n,n))/4",
    ),
    # Scalars that a pair of transposes shares
    (
        "norm2(A*x)*norm2(B*x)",
        "x",
        "norm2(B*x)*A'*A/norm2(A*x) + (A'*A*x*x'*B'*B + B'*B*x*x'*A'*A)/(norm2(B*x)*norm2(A*x))"
        " - norm2(B*x)*A'*A*x*x'*A'*A/norm2(A*x)^3 + norm2(A*x)*B'*B/norm2(B*x)"
        " - norm2(A*x)*B'*B*x*x'*B'*B/norm2(B*x)^3",
    ),
    # Stacks of sums, so that u*v' stands beside v*u'
    (
        "tr(X'*X*P)/tr(X'*X)",
        "X",
        "2*(kron(P,eye(m)) + tr(X'*X*P)*(4*vec(X)*vec(X)'/tr(X'*X) - eye(m*n))/tr(X'*X)"
        " - 2*(vec(X)*vec(X*P)' + vec(X*P)*vec(X)')/tr(X'*X))/tr(X'*X)",
    ),
]


@pytest.mark.parametrize(("function", "wrt", "answer"), HESSIANS)
def test_the_hessian(function, wrt, answer):
    where = WHERE.replace("m in R[n];", "") if wrt == "X" else WHERE.replace("X in R[m,n];", "")
    d = mc.derive(function, wrt, where, order=2)
    assert str(d.result) == str(mc.parse(answer, d.where + ";" + where))
    assert "symmetric" in d.result.facts
    assert d.verification.ok


@pytest.mark.parametrize(
    ("text", "shorter"),
    [
        ("(x - y)*(y - x)'", "-(x - y)*(x - y)'"),
        ("(y - x)'*A*(x - y)", "-(y - x)'*A*(y - x)"),
        ("(x - y)*w' + (y - x)*m'", "(x - y)*(w - m)'"),
    ],
)
def test_a_sum_beside_its_negative_is_written_alike(text, shorter):
    assert str(simplify(mc.parse(text, WHERE))) == shorter


def test_half_vectors_are_not_exchanged():
    d = mc.derive("x'*inv(P)*x", "P", "P in SPD[n]; x in R[n]", order=2)
    assert str(d.vech()) == (
        "duplication(n)'*(kron(inv(P),inv(P)*x*x'*inv(P)) + kron(inv(P)*x*x'*inv(P),inv(P)))"
        "*duplication(n)"
    )
