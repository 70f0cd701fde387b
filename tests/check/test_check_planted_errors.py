"""Planted errors of many kinds: each is found, and named for what it is.

A row: function, variable, the wrong answer, the kind of the edit, words of the message (the edit
among them), and declarations where the conventions do not give them.
"""

from __future__ import annotations

import time

import pytest

import matcalc as mc

LS = "A in R[m,n]; X in R[n,p]; B in R[m,p]"
SQUARE = "A, B, X in R[n,n]"
VECTORS = "A in R[n,n]; x, y, b in R[n]"

ERRORS = [
    # a missing or extra transpose
    ("norm2(A*X - B)^2", "X", "2*A*(A*X - B)", "transpose",
     "lacks a transpose: A*(A*X - B) → A'*(A*X - B)", LS),
    ("norm2(A*X - B)^2", "X", "2*A*X - 2*A'*B", "missing factor", "lacks the factor A'", SQUARE),
    ("tr(X'*A*X)", "X", "A*X + A*X", "transpose",
     "the first term lacks a transpose: A*X → A'*X", SQUARE),
    ("tr(A*X*B)", "X", "A'*B", "transpose", "lacks a transpose: A'*B → A'*B'", SQUARE),
    ("tr(A*X*B)", "X", "A*B'", "transpose", "lacks a transpose: A*B' → A'*B'", SQUARE),
    ("tr(A*inv(X))", "X", "-inv(X)*A'*inv(X)'", "transpose",
     "lacks a transpose: inv(X)*A'*inv(X)' → inv(X)'*A'*inv(X)'", SQUARE),
    ("tr(A*inv(X))", "X", "-inv(X)*A'*inv(X)", "transpose",
     "lacks a transpose everywhere: inv(X) → inv(X)'", SQUARE),
    ("logdet(X) + tr(B*X)", "X", "inv(X) + B'", "transpose",
     "the first term lacks a transpose: inv(X) → inv(X)'", SQUARE),
    ("x'*A'*y", "x", "A*y", "transpose", "lacks a transpose: A*y → A'*y",
     "A in R[n,m]; x in R[m]; y in R[n]"),
    ("norm2(A*x - b)^2", "x", "2*A'*(A'*x - b)", "transpose",
     "has a transpose too many: A'*x → A*x", VECTORS),
    # an inner derivative forgotten
    ("sin(a^2)", "a", "cos(a^2)", "chain rule",
     "lacks the inner derivative of a^2 (chain rule): cos(a^2) → 2*a*cos(a^2)", "a in R"),
    ("a*sin(a^2)", "a", "sin(a^2) + a*cos(a^2)", "chain rule",
     "the second term lacks the inner derivative of a^2", "a in R"),
    ("exp(sin(a))", "a", "exp(sin(a))", "chain rule", "the inner derivative of sin(a)", "a in R"),
    ("sqrt(1 + a^2)", "a", "1/(2*sqrt(1 + a^2))", "chain rule", "inner derivative", "a in R"),
    ("sum(sin(x.^2))", "x", "cos(x.^2)", "chain rule", "the inner derivative of x.^2", VECTORS),
    ("log(x'*A*x)", "x", "1/(x'*A*x)", "chain rule",
     "the inner derivative of x'*A*x (chain rule): 1/(x'*A*x) → (A + A')*x/(x'*A*x)", VECTORS),
    ("exp(-norm2(x)^2)", "x", "exp(-norm2(x)^2)", "chain rule",
     "exp(-norm2(x)^2) → -2*exp(-norm2(x)^2)*x", VECTORS),
    ("logdet(X'*X)", "X", "inv(X'*X)", "chain rule",
     "inner derivative of X'*X (chain rule): inv(X'*X) → 2*X*inv(X'*X)", "X in R[m,n]"),
    # a number that is nearly right
    ("tr(A*X)", "X", "A'*(1 + 1e-9)", "factor",
     "has the number 1.000000001 where 1 belongs: 1.000000001*A' → A'", SQUARE),
    ("a^3/3 + a", "a", "0.99*a^2 + 1", "factor", "where 1 belongs: 0.99*a^2 → a^2", "a in R"),
    # swapped factors
    ("norm2(A*X - B)^2", "X", "2*(A*X - B)*A'", "order",
     "has its factors in the wrong order: (A*X - B)*A' → A'*(A*X - B)", LS),
    ("tr(A*X*B)", "X", "B'*A'", "order", "wrong order: B'*A' → A'*B'", SQUARE),
    ("tr(A*X*B)", "X", "B'*A'", "order", "wrong order: B'*A' → A'*B'",
     "A in R[p,m]; X in R[m,n]; B in R[n,p]"),
    ("norm2(X*A)^2", "X", "2*A*A'*X", "order", "wrong order", SQUARE),
    ("norm2(X*w - y)^2", "X", "2*w*(X*w - y)'", "transposed", "transpose it",
     "X in R[m,n]; w in R[n]; y in R[m]"),
    ("y'*X*w", "X", "y'*w", "order",
     "an inner product where an outer product belongs: y'*w → y*w'", "X in R[n,n]; y, w in R[n]"),
    # signs
    ("norm2(A*X - B)^2", "X", "2*A'*(A*X + B)", "sign", "wrong sign: A*X + B → A*X - B", LS),
    ("tr(inv(X))", "X", "(inv(X)*inv(X))'", "sign", "the answer has the wrong sign", "X in R[n,n]"),
    ("tr(A*X) - tr(B*X)", "X", "A' + B'", "sign",
     "the second term has the wrong sign: A' + B' → A' - B'", SQUARE),
    ("norm2(x - y)^2", "y", "2*(x - y)", "sign", "wrong sign", VECTORS),
    ("sum(log(1+exp(-y.*(X*w))))", "w", "-X'*(y.*sigmoid(y.*(X*w)))", "sign",
     "wrong sign in an argument: sigmoid(y.*(X*w)) → sigmoid(-y.*(X*w))", ""),
    # numbers and scalars
    ("norm2(A*X - B)^2", "X", "A'*(A*X - B)", "factor",
     "lacks a factor 2: A'*(A*X - B) → 2*A'*(A*X - B)", LS),
    ("norm2(A*X - B)^2/2", "X", "2*A'*(A*X - B)", "factor", "has a factor 2 too many", LS),
    ("norm2(x)^2 + tr(A)*sum(x)", "x", "x + tr(A)*ones(n)", "factor",
     "the first term lacks a factor 2: x → 2*x", VECTORS),
    ("sum(x.^3)", "x", "x.^2", "factor", "lacks a factor 3: x.^2 → 3*x.^2", "x in R[n]"),
    ("c*tr(A*X)", "X", "A'", "scalar factor", "lacks the factor c: A' → c*A'", SQUARE),
    ("mean(x.^2)", "x", "2*x", "scalar factor", "divided by n: 2*x → 2*x/n", "x in R[n]"),
    ("det(X)", "X", "inv(X)'", "scalar factor", "lacks the factor det(X)", "X in R[n,n]"),
    ("norm2(x)", "x", "x", "scalar factor", "divided by norm2(x): x → x/norm2(x)", "x in R[n]"),
    # terms
    ("x'*A*x", "x", "A*x", "missing term", "lacks the term A'*x: A*x → A*x + A'*x", VECTORS),
    ("norm2(A*X - B)^2", "X", "2*A'*A*X", "missing term", "lacks the term -2*A'*B", LS),
    ("tr(X*A*X*B)", "X", "A'*X'*B'", "missing term", "lacks the term B'*X'*A'", SQUARE),
    ("tr(A*X)", "X", "A' + X", "extra term", "a second term too many, X: A' + X → A'", SQUARE),
    ("sum(x.*exp(x))", "x", "x.*exp(x)", "missing term", "lacks the term exp(x)", "x in R[n]"),
    ("x'*A*x", "x", "2*A*x", "symmetric part",
     "treats A as if it were symmetric: 2*A*x → (A + A')*x", VECTORS),
    # inverses
    ("logdet(X)", "X", "X'", "inverse", "lacks an inverse: X' → inv(X)'", "X in R[n,n]"),
    ("y'*inv(A)*y", "y", "2*A*y", "inverse", "lacks an inverse: A*y → inv(A)*y",
     "A in SPD[n]; y in R[n]"),
    ("tr(A*inv(X))", "X", "-X'*A'*inv(X)'", "inverse", "lacks an inverse", SQUARE),
    ("tr(A*X)", "X", "inv(A)'", "inverse", "has an inverse too many", SQUARE),
    # ⊙ and the matrix product
    ("sum((A*x).*y)", "x", "A'.*y", "product", "", VECTORS),
    ("tr(A'*(X.*B))", "X", "A*B", "product",
     "has a matrix product where an entrywise product belongs: A*B → A.*B", SQUARE),
    ("tr(A*X*B)", "X", "A'.*B'", "product",
     "has an entrywise product where a matrix product belongs: A'.*B' → A'*B'", SQUARE),
    ("sum(log(1+exp(-y.*(X*w))))", "w", "-X'*y*sigmoid(-y.*(X*w))", "product",
     "matrix product where an entrywise product belongs", ""),
    # diag
    ("x'*diag(d)*x", "d", "x*x'", "diag", "lacks a diag: x*x' → diag(x*x')", "d, x in R[n]"),
    ("tr(A*diag(x))", "x", "A", "diag", "lacks a diag: A → diag(A)", VECTORS),
    ("norm2(diag(d)*A)^2", "A", "2*(d.^2)*A", "diag", "lacks a diag", "d in R[m]; A in R[m,n]"),
    ("tr(diag(diag(X))*A)", "X", "A", "diag", "diag(diag", SQUARE),
    # derivatives of elementwise functions, the chain rule
    ("sum(tanh(A*x))", "x", "A'*tanh(A*x)", "derivative",
     "has tanh where its derivative belongs", VECTORS),
    ("sum(sigmoid(x))", "x", "sigmoid(x)", "derivative", "sigmoid where its derivative", VECTORS),
    ("sum(tanh(A*x))", "x", "A'*ones(n)", "chain rule", "lacks the factor 1 - tanh(A*x).^2",
     VECTORS),
    ("sum(sin(x))", "x", "sin(x)", "derivative", "sin", "x in R[n]"),
    ("sum(exp(A*x))", "x", "exp(A*x)", "missing factor", "lacks the factor A'", VECTORS),
    ("norm2(sigmoid(x) - y)^2", "x", "2*(sigmoid(x) - y)", "chain rule",
     "chain rule", VECTORS),
    # arguments
    ("sum(tanh(A*x))", "x", "A'*(1 - tanh(x).^2)", "argument",
     "has tanh at x where A*x belongs: tanh(x) → tanh(A*x)", VECTORS),
    ("sum(exp(A*x))", "x", "A'*exp(x)", "argument", "exp(x) → exp(A*x)", VECTORS),
    # exponents
    ("norm2(x)", "x", "x/norm2(x)^2", "exponent", "x/norm2(x)^2 → x/norm2(x)", "x in R[n]"),
    ("sum(x.^3)", "x", "3*x.^3", "exponent", "wrong exponent: x.^3 → x.^2", "x in R[n]"),
    ("sum(1./x)", "x", "-1./x", "exponent", "", "x in R+[n]"),
    ("norm2(x)^3", "x", "3*norm2(x)^2*x", "exponent", "wrong exponent", "x in R[n]"),
    # structure
    ("tr(S*A)", "S", "A", "structure", "is not symmetric", "S in Sym[n]; A in R[n,n]"),
]  # fmt: skip


def label(row) -> str:
    return f"{row[0]} by {row[1]}: {row[2]}"


@pytest.mark.parametrize("row", ERRORS, ids=label)
def test_planted_error_is_found_and_named(row):
    function, wrt, answer, kind, words, where = row
    start = time.process_time()
    found = mc.check(function, wrt=wrt, answer=answer, where=where)
    assert time.process_time() - start < 4
    print(found.message)
    assert not found and found.verdict == ("transposed" if kind == "transposed" else "wrong")
    if kind != "transposed":
        assert found.kind == kind
    assert words in found.message and found.repair is not None
    assert found.repaired is not None
    assert mc.check(function, wrt=wrt, answer=found.repaired, where=where)


def test_there_are_fifty_of_ten_kinds():
    assert len(ERRORS) >= 50 and len({row[3] for row in ERRORS}) >= 10
