"""Wrong gradients of the kind that students hand in, by subject: each is found, and named.

A row: function, variable, the wrong answer, the kind of the error, and the repair.
"""

from __future__ import annotations

import pytest

import matcalc as mc

LEAST_SQUARES = "A in R[m,n]; x in R[n]; b in R[m]; W in R[m,m]; lambda in R"
REGRESSION = "X in R[m,n]; w in R[n]; y in R[m]; lambda in R"
DETERMINANTS = "S in SPD[n]; X in R[n,n]; A in R[n,n]; y in R[n]; sigma in R+"
FACTORISATION = "Y in R[m,n]; U in R[m,k]; V in R[n,k]; lambda in R; M in R[m,n]"
SOFTMAX = "x in R[n]; y in R[n]; W in R[n,k]; z in R[k]"
COMPONENTS = "S in Sym[n]; x in R[n]; X in R[m,n]; W in R[n,k]"
PROCESSES = "K in SPD[n]; y in R[n]; sigma in R+; theta in R; D in Sym[n]; X in R[n,n]"

HANDED_IN = [
    (
        "norm2(A*x-b)^2 + lambda*norm2(x)^2",
        "x",
        "2*A'*(A*x-b) + lambda*x",
        "factor",
        "lambda*x → 2*lambda*x",
        LEAST_SQUARES,
    ),
    (
        "norm2(A*x-b)^2 + lambda*norm2(x)^2",
        "x",
        "2*A'*(A*x-b)",
        "missing term",
        "2*A'*(A*x - b) → 2*A'*(A*x - b) + 2*lambda*x",
        LEAST_SQUARES,
    ),
    (
        "norm2(A*x-b)^2/2 + lambda/2*norm2(x)^2",
        "x",
        "A'*A*x - b + lambda*x",
        "parentheses",
        "A'*A*x - b → A'*(A*x - b)",
        LEAST_SQUARES,
    ),
    (
        "(A*x-b)'*W*(A*x-b)",
        "x",
        "2*A'*W*(A*x-b)",
        "symmetric part",
        "2*A'*W*(A*x - b) → A'*(W + W')*(A*x - b)",
        LEAST_SQUARES,
    ),
    (
        "(A*x-b)'*W*(A*x-b)",
        "x",
        "A'*(W+W')*A*x - b",
        "parentheses",
        "A'*(W+W')*A*x - b → A'*(W + W')*(A*x - b)",
        LEAST_SQUARES,
    ),
    (
        "norm2(A*x-b)",
        "x",
        "A'*(A*x-b)",
        "scalar factor",
        "A'*(A*x - b) → A'*(A*x - b)/norm2(A*x - b)",
        LEAST_SQUARES,
    ),
    (
        "norm2(A*x-b)",
        "x",
        "A'*(A*x-b)/norm2(A*x-b)^2",
        "exponent",
        "A'*(A*x - b)/norm2(A*x - b)^2 → A'*(A*x - b)/norm2(A*x - b)",
        LEAST_SQUARES,
    ),
    ("norm2(A*x-b)^2", "A", "2*(A*x-b)*x", "transpose", "(A*x-b)*x → (A*x - b)*x'", LEAST_SQUARES),
    ("norm2(A*x-b)^2", "A", "2*x'*(A*x-b)", "order", "x'*(A*x-b) → (A*x - b)*x'", LEAST_SQUARES),
    ("norm2(A*x-b)^2", "b", "2*(A*x-b)", "sign", "2*(A*x - b) → -2*(A*x - b)", LEAST_SQUARES),
    (
        "logdet(S) + y'*inv(S)*y",
        "S",
        "inv(S) + inv(S)*y*y'*inv(S)",
        "sign",
        "inv(S) + inv(S)*y*y'*inv(S) → inv(S) - inv(S)*y*y'*inv(S)",
        DETERMINANTS,
    ),
    (
        "logdet(S) + y'*inv(S)*y",
        "S",
        "inv(S) - y*y'*inv(S)^2",
        "order",
        "y*y'*S^-2 → inv(S)*y*y'*inv(S)",
        DETERMINANTS,
    ),
    ("logdet(X*X')", "X", "2*inv(X*X')", "missing factor", "inv(X*X') → inv(X*X')*X", DETERMINANTS),
    (
        "logdet(X'*A*X)",
        "X",
        "A*X*inv(X'*A*X)",
        "factor",
        "A*X*inv(X'*A*X) → 2*A*X*inv(X'*A*X)",
        DETERMINANTS,
    ),
    ("log(det(X))", "X", "1/det(X)", "chain rule", "1/det(X) → inv(X)'", DETERMINANTS),
    ("det(X)", "X", "det(X)*inv(X)", "transpose", "det(X)*inv(X) → det(X)*inv(X)'", DETERMINANTS),
    (
        "tr(inv(X)*A)",
        "X",
        "-inv(X)*A*inv(X)",
        "transpose",
        "-inv(X)*A*inv(X) → -inv(X)'*A'*inv(X)'",
        DETERMINANTS,
    ),
    ("tr(X^2)", "X", "2*X", "transpose", "2*X → 2*X'", DETERMINANTS),
    ("tr(X^3)", "X", "3*X'", "exponent", "X' → (X^2)'", DETERMINANTS),
    (
        "norm2(Y - U*V')^2",
        "U",
        "-2*(Y - U*V')",
        "missing factor",
        "Y - U*V' → (Y - U*V')*V",
        FACTORISATION,
    ),
    (
        "norm2(Y - U*V')^2",
        "V",
        "-2*(Y - U*V')*U",
        "transpose",
        "-2*(Y - U*V')*U → -2*(Y - U*V')'*U",
        FACTORISATION,
    ),
    (
        "norm2(Y - U*V')^2 + lambda*norm2(U)^2",
        "U",
        "-2*(Y - U*V')*V + lambda*U",
        "factor",
        "lambda*U → 2*lambda*U",
        FACTORISATION,
    ),
    (
        "norm2(M.*(Y - U*V'))^2",
        "U",
        "-2*(M.*(Y-U*V'))*V",
        "exponent",
        "(M.*(Y - U*V'))*V → (M.^2.*(Y - U*V'))*V",
        FACTORISATION,
    ),
    (
        "norm2(M.*(Y - U*V'))^2",
        "V",
        "-2*(M.*M.*(Y-U*V'))*U",
        "transpose",
        "-2*(M.*M.*(Y-U*V'))*U → -2*(M.*M.*(Y - U*V'))'*U",
        FACTORISATION,
    ),
    (
        "-sum(y.*log(softmax(x)))",
        "x",
        "softmax(x) - y",
        "scalar factor",
        "softmax(x) → sum(y)*softmax(x)",
        SOFTMAX,
    ),
    ("logsumexp(x) - y'*x", "x", "exp(x) - y", "function", "exp(x) → softmax(x)", SOFTMAX),
    (
        "logsumexp(W*z) - y'*W*z",
        "z",
        "softmax(W*z) - y",
        "missing factor",
        "softmax(W*z) - y → W'*(softmax(W*z) - y)",
        SOFTMAX,
    ),
    (
        "logsumexp(W*z) - y'*W*z",
        "W",
        "z*(softmax(W*z) - y)'",
        "transpose",
        "z*(softmax(W*z) - y)' → (softmax(W*z) - y)*z'",
        SOFTMAX,
    ),
    (
        "sum(log(1+exp(-y.*(X*w))))",
        "w",
        "-X'*(y.*sigmoid(y.*(X*w)))",
        "sign",
        "sigmoid(y.*(X*w)) → sigmoid(-y.*(X*w))",
        REGRESSION,
    ),
    (
        "sum(log(1+exp(-y.*(X*w))))",
        "w",
        "X'*sigmoid(-y.*(X*w))",
        "missing factor and sign",
        "sigmoid(-y.*(X*w)) → sigmoid(-y.*(X*w)).*y; "
        "X'*(sigmoid(-y.*(X*w)).*y) → -X'*(sigmoid(-y.*(X*w)).*y)",
        REGRESSION,
    ),
    (
        "sum(y.*log(sigmoid(X*w)) + (1-y).*log(1-sigmoid(X*w)))",
        "w",
        "X'*(sigmoid(X*w)-y)",
        "sign",
        "X'*(sigmoid(X*w) - y) → -X'*(sigmoid(X*w) - y)",
        REGRESSION,
    ),
    (
        "sum(y.*log(sigmoid(X*w)) + (1-y).*log(1-sigmoid(X*w)))",
        "w",
        "X*(y-sigmoid(X*w))",
        "transpose",
        "X*(y-sigmoid(X*w)) → X'*(y - sigmoid(X*w))",
        REGRESSION,
    ),
    (
        "x'*S*x/(x'*x)",
        "x",
        "2*S*x/(x'*x)",
        "missing term",
        "2*S*x/(x'*x) → 2*S*x/(x'*x) - 2*(x'*S*x)*x/((x'*x)*(x'*x))",
        COMPONENTS,
    ),
    (
        "x'*S*x/(x'*x)",
        "x",
        "2*S*x/(x'*x) + 2*(x'*S*x)*x/(x'*x)^2",
        "sign",
        "2*S*x/(x'*x) + 2*(x'*S*x)*x/(x'*x)^2 → 2*S*x/(x'*x) - 2*(x'*S*x)*x/(x'*x)^2",
        COMPONENTS,
    ),
    (
        "x'*S*x/(x'*x)",
        "x",
        "2*S*x/(x'*x) - 2*(x'*S*x)*x/(x'*x)",
        "exponent",
        "-2*(x'*S*x)*x/(x'*x) → -2*(x'*S*x)*x/(x'*x)^2",
        COMPONENTS,
    ),
    (
        "norm2(X - X*W*W')^2",
        "W",
        "-2*X'*(X - X*W*W')*W",
        "missing term",
        "-2*X'*(X - X*W*W')*W → -2*X'*(X - X*W*W')*W - 2*(X - X*W*W')'*X*W",
        COMPONENTS,
    ),
    ("tr(W'*X'*X*W)", "W", "2*X*X'*W", "order", "X*X'*W → X'*X*W", COMPONENTS),
    ("tr(W'*S*W)", "W", "S*W", "factor", "S*W → 2*S*W", COMPONENTS),
    (
        "y'*inv(K + sigma^2*I)*y + logdet(K + sigma^2*I)",
        "y",
        "inv(K + sigma^2*I)*y",
        "factor",
        "inv(K + sigma^2*eye(n))*y → 2*inv(K + sigma^2*eye(n))*y",
        PROCESSES,
    ),
    (
        "logdet(K + sigma^2*I)",
        "sigma",
        "tr(inv(K + sigma^2*I))",
        "chain rule",
        "tr(inv(K + sigma^2*eye(n))) → 2*sigma*tr(inv(K + sigma^2*eye(n)))",
        PROCESSES,
    ),
    (
        "y'*inv(K + sigma^2*I)*y",
        "sigma",
        "-2*sigma*y'*inv(K + sigma^2*I)*y",
        "exponent",
        "y'*inv(K + sigma^2*eye(n))*y → y'*(K + sigma^2*eye(n))^-2*y",
        PROCESSES,
    ),
    (
        "y'*inv(K + sigma^2*I)*y",
        "sigma",
        "2*sigma*y'*inv(K+sigma^2*I)^2*y",
        "sign",
        "2*sigma*(y'*(K + sigma^2*eye(n))^-2*y) → -2*sigma*(y'*(K + sigma^2*eye(n))^-2*y)",
        PROCESSES,
    ),
    (
        "y'*exp(-theta*D)*y",
        "theta",
        "-y'*exp(-theta*D)*y",
        "missing factor",
        "exp(-theta*D) → exp(-theta*D).*D",
        PROCESSES,
    ),
    (
        "tr(exp(theta*D))",
        "theta",
        "tr(exp(theta*D))",
        "missing factor",
        "exp(theta*D) → exp(theta*D).*D",
        PROCESSES,
    ),
    (
        "sum(tanh(X*w - y).^2)",
        "w",
        "2*X'*(1 - tanh(X*w-y).^2)",
        "missing factor",
        "1 - tanh(X*w - y).^2 → (1 - tanh(X*w - y).^2).*tanh(X*w - y)",
        REGRESSION,
    ),
    (
        "sum(tanh(X*w - y).^2)",
        "w",
        "2*X'*tanh(X*w-y)",
        "chain rule",
        "tanh(X*w - y) → tanh(X*w - y).*(1 - tanh(X*w - y).^2)",
        REGRESSION,
    ),
    (
        "sqrt(1 + norm2(w)^2)",
        "w",
        "w/(1+norm2(w)^2)",
        "exponent",
        "w/(1 + norm2(w)^2) → w/sqrt(1 + norm2(w)^2)",
        REGRESSION,
    ),
    (
        "sum(sqrt(1 + w.^2))",
        "w",
        "1./sqrt(1+w.^2)",
        "missing factor",
        "1./sqrt(1 + w.^2) → w./sqrt(1 + w.^2)",
        REGRESSION,
    ),
    (
        "mean((X*w-y).^2)",
        "w",
        "2*X'*(X*w-y)",
        "scalar factor",
        "2*X'*(X*w - y) → 2*X'*(X*w - y)/m",
        REGRESSION,
    ),
    ("norm2(w)", "w", "w", "scalar factor", "w → w/norm2(w)", REGRESSION),
    ("1/norm2(w)", "w", "-w/norm2(w)^2", "exponent", "-w/norm2(w)^2 → -w/norm2(w)^3", REGRESSION),
    (
        "exp(-norm2(w)^2/2)",
        "w",
        "exp(-norm2(w)^2/2)*w",
        "sign",
        "exp(-norm2(w)^2/2)*w → -exp(-norm2(w)^2/2)*w",
        REGRESSION,
    ),
]


@pytest.mark.parametrize("row", HANDED_IN, ids=lambda row: f"{row[0]} by {row[1]}: {row[2]}")
def test_a_students_error_is_named(row):
    function, wrt, answer, kind, repair, where = row
    found = mc.check(function, wrt=wrt, answer=answer, where=where)
    assert not found
    assert (found.kind, found.repair) == (kind, repair)


@pytest.mark.parametrize("row", HANDED_IN, ids=lambda row: f"{row[0]} by {row[1]}: {row[2]}")
def test_the_repaired_answer_is_right(row):
    function, wrt, answer, _, _, where = row
    found = mc.check(function, wrt=wrt, answer=answer, where=where)
    assert mc.check(function, wrt=wrt, answer=found.repaired, where=where)
