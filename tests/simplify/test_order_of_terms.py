"""Terms stand in the order in which a person writes them: that of what they come from."""

import pytest

import matcalc as mc
from matcalc.simplify.normal_form import simplify

SQUARE = "A, B, C, X in R[n,n]; x, b in R[n]; c in R"


@pytest.mark.parametrize(
    ("function", "wrt", "where", "answer"),
    [
        ("x'*A*x + b'*x", "x", SQUARE, "(A + A')*x + b"),
        ("norm2(A*x - b)^2/2 + c*norm2(x)^2/2", "x", SQUARE, "A'*(A*x - b) + c*x"),
        ("tr(P*C) - logdet(P) + c*norm1(P)", "P", "P in SPD[n]; C in PSD[n]; c in R+",
         "C - inv(P) + c*sign(P)"),
        # The variable before its transpose, or after it, as in the function
        ("tr(A*X*B*X')", "X", SQUARE, "A'*X*B' + A*X*B"),
        ("tr(X'*A*X*B)", "X", SQUARE, "A*X*B + A'*X*B'"),
        # A minus that goes into a difference does not send its term to the end
        ("norm2(B - A*X)^2/2 + c*norm2(X)^2/2", "X", SQUARE, "A'*(A*X - B) + c*X"),
        # Of two transposes of one another, the one with fewer transposes or the earlier letters
        ("x'*A*x", "x", SQUARE, "(A + A')*x"),
        ("x'*X'*X*b", "X", SQUARE, "X*(b*x' + x*b')"),
    ],
)  # fmt: skip
def test_the_order_of_a_gradient(function, wrt, where, answer):
    d = mc.derive(function, wrt, where)
    assert str(d.result) == answer
    assert d.verification.ok


def test_the_order_of_a_hessian_and_of_a_slope():
    d = mc.derive("norm2(A*x - b)^2/2 + c*norm2(x)^2/2", "x", SQUARE, order=2)
    assert str(d.result) == "A'*A + c*eye(n)"
    d = mc.derive("(x'*A*x)*x", "x", SQUARE)
    assert str(d.result) == "(x'*A*x)*eye(n) + x*x'*(A + A')"
    d = mc.derive("det(A + t*B + t^2*C)", "t", "A, B, C in R[n,n]; t in R", order=2)
    assert "(-" not in str(d.result)  # no sum begins with a minus that need not


# No common factor is left out where that is shorter

FACTORED = [
    ("A*inv(B) + inv(B)", "(A + eye(n))*inv(B)"),
    ("inv(B)*A - inv(B)", "inv(B)*(A - eye(n))"),
    ("A*B*C + A*C", "A*(B + eye(n))*C"),
    ("A*B*C + B*C", "(A + eye(n))*B*C"),
    ("C*A*x + A*x", "(C + eye(n))*A*x"),
    ("A.*C + B.*C", "(A + B).*C"),
    ("kron(A,B) + kron(A,C)", "kron(A,B + C)"),
    ("kron(A,B) + kron(A,eye(n))", "kron(A,B + eye(n))"),
    ("x'*A*b*x + x", "(x'*A*b + 1)*x"),
    ("diag(A) + 2*diag(B)", "diag(A + 2*B)"),
    ("tril(A*B) - tril(C)", "tril(A*B - C)"),
    # as short, and what people write
    ("A*x + x", "A*x + x"),
    ("A*B + B", "A*B + B"),
    # a symmetric sum stays one
    ("inv(S) - inv(S)*x*x'*inv(S)", "inv(S) - inv(S)*x*x'*inv(S)"),
    # a trace is what people write for symmetric factors
    ("inv(S + c*P) : P", "tr(inv(S + c*P)*P)"),
    ("A : B", "A : B"),
]


@pytest.mark.parametrize(("text", "expected"), FACTORED)
def test_common_factors(text, expected):
    scope = mc.Workspace(SQUARE + "; S, P in SPD[n]")
    e = scope.parse(text)
    found = simplify(e)
    assert str(found) == expected
    assert simplify(found) is found
    assert mc.equivalent(found, e)


def test_what_the_user_wrote_stays_a_frobenius_product():
    assert str(mc.derive("c*(S : P)", "c", "S, P in Sym[n]; c in R").result) == "S : P"
