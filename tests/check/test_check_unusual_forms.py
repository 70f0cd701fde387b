"""Right answers in unusual forms: none of them is accused.

A row: function, variable, a right answer that no person would call the shortest, declarations.
"""

from __future__ import annotations

import pytest

import matcalc as mc

LS = "A in R[m,n]; X in R[n,p]; B in R[m,p]"
SQUARE = "A, B, X in R[n,n]"
VECTORS = "A in R[n,n]; x, y, b in R[n]"
LOGISTIC = "X in R[m,n]; y in R[m]; w in R[n]"

RIGHT = [
    ("norm2(A*X - B)^2", "X", "2*A'*A*X - 2*A'*B", LS),
    ("norm2(A*X - B)^2", "X", "A'*(A*X - B)*2", LS),
    ("norm2(A*X - B)^2", "X", "2*((A*X - B)'*A)'", LS),
    ("norm2(A*X - B)^2", "X", "-2*A'*(B - A*X)", LS),
    ("norm2(A*X - B)^2", "X", "A'*R + A'*R", LS + "; R = A*X - B"),
    ("norm2(A*X - B)^2", "X", "R = A*X - B; 2*A'*R", LS),
    ("norm2(A*X - B)^2", "X", "(4*A'*A*X - 4*A'*B)/2", LS),
    ("norm2(A*x - b)^2", "x", "(2*(A*x - b)'*A)'", VECTORS),
    ("tr(A*X*B)", "X", "(B*A)'", SQUARE),
    ("tr(A*X)", "X", "A'*I", SQUARE),
    ("tr(X)", "X", "I", SQUARE),
    ("3*tr(X')", "X", "3*I'", SQUARE),
    ("sum(X)", "X", "matrix(1)", SQUARE),
    ("sum(A*X)", "X", "A'*matrix(1)", "A in R[m,n]; X in R[n,p]"),
    ("sum(x)", "x", "vector(1)", VECTORS),
    ("tr(A*X)", "X", "A^T", SQUARE),
    ("tr(X'*A*X)", "X", "A*X + A'*X", SQUARE),
    ("tr(X'*A*X)", "X", "(X'*(A + A'))'", SQUARE),
    ("x'*A*x", "x", "A*x + A'*x", VECTORS),
    ("x'*A*x", "x", "(x'*(A' + A))'", VECTORS),
    ("x'*A*x", "x", "2*A*x", "A in Sym[n]; x in R[n]"),
    ("x'*A*x", "x", "2*A'*x", "A in Sym[n]; x in R[n]"),
    ("logdet(X)", "X", "inv(X')", "X in R[n,n]"),
    ("logdet(X)", "X", "(X^-1)'", "X in R[n,n]"),
    ("tr(A*Q)", "Q", "(Q'*Q)*A'", "Q in Orth[n]; A in R[n,n]"),
    ("logdet(S)", "S", "inv(S)", "S in SPD[n]"),
    ("logdet(X*A)", "X", "inv(X)'*A*inv(A)", SQUARE),
    ("det(X)", "X", "det(X')*inv(X')", "X in R[n,n]"),
    ("det(X)", "X", "inv(X)'/det(inv(X))", "X in R[n,n]"),
    ("tr(inv(X))", "X", "-(X^-2)'", "X in R[n,n]"),
    ("tr(A*inv(X))", "X", "-(inv(X)*A*inv(X))'", SQUARE),
    ("tr(X^3)", "X", "3*X'*X'", "X in R[n,n]"),
    ("norm2(x)", "x", "x*(x'*x)^(-1/2)", "x in R[n]"),
    ("norm2(x)", "x", "x/sqrt(sum(x.^2))", "x in R[n]"),
    ("norm2(x)", "x", "norm2(x)*x/(x'*x)", "x in R[n]"),
    ("norm2(x)^2", "x", "x + x", "x in R[n]"),
    ("sum(x.^3)", "x", "3*x.*x", "x in R[n]"),
    ("sum(x.^3)", "x", "3*diag(x)*x", "x in R[n]"),
    ("sum(tanh(A*x))", "x", "A'*(1 - tanh(A*x).*tanh(A*x))", VECTORS),
    ("sum(tanh(A*x))", "x", "A'*(1./cosh(A*x).^2)", VECTORS),
    ("sum(tanh(A*x))", "x", "A'*ones(n) - A'*tanh(A*x).^2", VECTORS),
    ("sum(sigmoid(x))", "x", "sigmoid(x).*sigmoid(-x)", "x in R[n]"),
    ("sum(sigmoid(x))", "x", "exp(-x)./(1 + exp(-x)).^2", "x in R[n]"),
    ("sum(softplus(x))", "x", "1./(1 + exp(-x))", "x in R[n]"),
    ("sum(log(1+exp(-y.*(X*w))))", "w", "-X'*diag(y)*sigmoid(-y.*(X*w))", LOGISTIC),
    ("sum(log(1+exp(-y.*(X*w))))", "w", "X'*(y.*(sigmoid(y.*(X*w)) - 1))", LOGISTIC),
    ("sum(log(1+exp(-y.*(X*w))))", "w", "-((sigmoid(-y.*(X*w)).*y)'*X)' + zeros(n)", LOGISTIC),
    ("logsumexp(x)", "x", "exp(x)/sum(exp(x))", "x in R[n]"),
    ("logsumexp(x)", "x", "exp(x - logsumexp(x))", "x in R[n]"),
    ("mean(x)", "x", "ones(n)/n", "x in R[n]"),
    ("sum(A*x)", "x", "A'*ones(n)", VECTORS),
    ("sum(A*x)", "x", "(ones(n)'*A)'", VECTORS),
    ("tr(A'*(X.*B))", "X", "B.*A", SQUARE),
    ("x'*diag(d)*x", "d", "diag(x*x')", "d, x in R[n]"),
    ("x'*diag(d)*x", "x", "2*d.*x", "d, x in R[n]"),
    ("norm2(X)^2", "X", "X*(I + I)", "X in R[n,n]"),
    ("a'*X*b", "X", "(b*a')'", "a in R[m]; b in R[n]; X in R[m,n]"),
    ("a'*X*b", "X", "kron(a, b')", "a in R[m]; b in R[n]; X in R[m,n]"),
    ("a'*X'*X*b", "X", "X*a*b' + X*b*a'", "a, b in R[n]; X in R[m,n]"),
    ("exp(-norm2(x - y)^2)", "x", "2*(y - x)*exp(-(x - y)'*(x - y))", VECTORS),
    ("tr(S*A)", "S", "(A + A')/2", "S in Sym[n]; A in R[n,n]"),
    ("phi(W*X)", "W", "(X*grad(phi)(W*X)')'", "W in R[m,q]; X in R[q,n]; phi : R[m,n] -> R"),
    ("c*x", "c", "x*c/c", "c in R+; x in R"),
    ("sum(x.*log(x))", "x", "ones(n) + log(x)", "x in R+[n]"),
]  # fmt: skip


def label(row) -> str:
    return f"{row[0]} by {row[1]}: {row[2]}"


@pytest.mark.parametrize("row", RIGHT, ids=label)
def test_right_answers_are_not_accused(row):
    function, wrt, answer, where = row
    found = mc.check(function, wrt=wrt, answer=answer, where=where)
    assert found and found.verdict == "right" and found.repair is None, found.message


def test_there_are_fifty_of_them():
    assert len(RIGHT) >= 50
