"""Hand derivations, line by line: right ones pass, of wrong ones the line and the edit are told."""

from __future__ import annotations

import pytest

import matcalc as mc

LS = "A in R[m,n]; X in R[n,p]; B in R[m,p]"

RIGHT = {
    "least squares": """
        phi = norm2(A*X - B)^2
        R = A*X - B
        d(phi) = 2*R : d(R)
               = 2*R : A*d(X)          # dR = A*dX
               = 2*A'*R : d(X)
        grad phi wrt X = 2*A'*R""",
    "as on paper": """
        φ = norm2(R)^2, R = A*X - B
        dφ = 2*R : dR = 2*R : A*dX
           = 2*A'*R : dX
        ∂φ/∂X = 2*A'*R
              = 2*A'*A*X - 2*A'*B""",
    "a quadratic form": """
        f = x'*A*x
        df = dx'*A*x + x'*A*dx
           = (A*x)'*dx + (A'*x)'*dx
           = ((A + A')*x)'*dx
        df/dx = (A + A')*x""",
    "traces": """
        f = tr(A*X*B)
        df = tr(A*dX*B)
           = tr(B*A*dX)
           = (B*A)' : dX
        grad f wrt X = A'*B'""",
    "a log-determinant": """
        M in R[n,n]; X in R[n,n]; A in R[n,n]
        f = logdet(M)
        M = A + X'*X
        df = tr(inv(M)*dM)
        dM = dX'*X + X'*dX
        df = tr(inv(M)*dX'*X) + tr(inv(M)*X'*dX)
        grad = X*inv(M) + X*inv(M)'""",
    "an inverse": """
        X in R[n,n]
        Y = inv(X)
        dY = -Y*dX*Y
           = -inv(X)*dX*inv(X)""",
    "logistic loss": """
        X in R[m,n]; y in R[m]; w in R[n]
        z = -y.*(X*w)
        L = sum(log(1 + exp(z)))
        dL = sigmoid(z) : dz
        dz = -y.*(X*dw)
        dL = -(sigmoid(z).*y) : X*dw
           = -X'*(sigmoid(z).*y) : dw
        G = -X'*(y.*sigmoid(z))""",
    "an unnamed function": """
        d(norm2(x)^2) = 2*x'*dx
                      = 2*x : dx
        grad = 2*x""",
    "an unknown name on the left": """
        d(psi) = 2*R : dR
        R = A*X - B
        dpsi = 2*R : A*dX
             = 2*A'*R : dX""",
    "plain algebra": """
        x, y in R[n]
        norm2(x - y)^2 = (x - y)'*(x - y)
                       = x'*x - 2*x'*y + y'*y""",
    "an upstream gradient": """
        W in R[m,q]; X in R[q,n]; phi : R[m,n] -> R
        D = W*X
        G = grad(phi)(D)
        d(phi(D)) = G : d(D)
                  = G : (d(W)*X + W*d(X))
                  = G*X' : d(W) + W'*G : d(X)""",
    "a restated function": """
        f = norm2(A*x)^2
        f = x'*A'*A*x
        df = 2*(A'*A*x)'*dx
        ∇f = 2*A'*A*x""",
}

# Derivations, the line that is wrong, and words of the message.
WRONG = {
    "a transpose that does not fit": (
        """phi = norm2(A*X - B)^2
R = A*X - B
d(phi) = 2*R : d(R)
       = 2*R : A*d(X)
       = 2*A*R : d(X)
grad phi wrt X = 2*A*R""", LS, 5, "A*R → A'*R"),
    "a transpose in a square problem": (
        """phi = norm2(A*X - B)^2
R = A*X - B
d(phi) = 2*R : d(R)
       = 2*R : A*d(X)
       = 2*A*R : d(X)
grad phi wrt X = 2*A*R""", "A, B, X in R[n,n]", 5,
        "line 5 does not follow from line 4: it lacks a transpose: A*R → A'*R"),
    "a factor lost": (
        "f = norm2(x)^2\ndf = x'*dx\n", "x in R[n]", 2, "lacks a factor 2"),
    "a term lost": (
        "f = x'*A*x\ndf = x'*A*dx\ngrad f wrt x = A'*x", "A in R[n,n]; x in R[n]", 2,
        "it lacks the term"),
    "a term lost later": (
        "f = x'*A*x\ndf = dx'*A*x + x'*A*dx\n = (A*x)'*dx\n", "A in R[n,n]; x in R[n]", 3,
        "line 3 does not follow from line 2: it lacks the term"),
    "a second term": (
        "f = x'*A*x\ndf = dx'*A*x + x'*A*dx\n   = (A*x)'*dx + (A*x)'*dx",
        "A in R[n,n]; x in R[n]", 3, "lacks a transpose: A*x → A'*x"),
    "a sign": (
        "Y = inv(X)\ndY = Y*dX*Y", "X in R[n,n]", 2, "wrong sign"),
    "the order": (
        "f = tr(A*X*B)\ndf = tr(A*dX*B)\n = A*B : dX", "A, B, X in R[n,n]", 3, "A*B"),
    "an inverse": (
        "f = logdet(X)\ndf = tr(inv(X)*dX)\n = inv(X) : dX\n", "X in R[n,n]", 3,
        "inv(X) : d(X) → inv(X)' : d(X)"),
    "the last line": (
        """f = norm2(A*X - B)^2
df = 2*(A*X - B) : A*dX
   = 2*A'*(A*X - B) : dX
df/dX = A'*(A*X - B)""", LS, 4, "lacks a factor 2"),
    "a gradient of the other layout": (
        "f = tr(A*X)\ndf/dX = A", "A, X in R[n,n]", 2, "transpose"),
    "a misfit": (
        "f = sum(A*x)\ndf = ones(m)'*A*dx\n   = (A*ones(m))'*dx",
        "A in R[m,n]; x in R[n]", 3, "A*ones(m) → A'*ones(m)"),
    "a line that is no expression": (
        "f = norm2(x)^2\ndf = 2*x'*dx)\n", "x in R[n]", 2, "line 2: syntax error"),
    "a definition that is no expression": (
        "f = norm2(A*x\ndf = 2*x'*dx\n", "x in R[n]; A in R[m,n]", 1, "line 1: syntax error"),
    "shapes that nothing mends": (
        "f = norm2(x)^2\ndf = A*B*dx", "A in R[m,k]; B in R[l,n]; x in R[n]", 2, "shape error"),
    "a name in the second equality of a line": (
        "f = norm2(x)^2\ndf = 2*x'*dx = x'*dx", "x in R[n]", 2, "line 2 does not hold"),
    "a restatement": (
        "f = norm2(A*x)^2\nf = x'*A*A'*x", "A in R[n,n]; x in R[n]", 2,
        "wrong order: x'*A*A'*x → x'*A'*A*x"),
}  # fmt: skip


@pytest.mark.parametrize("text", RIGHT.values(), ids=RIGHT)
def test_right_derivations_pass(text: str):
    found = mc.check_steps(text)
    assert found and found.verdict == "right" and found.line is None, found.message


@pytest.mark.parametrize("row", WRONG.values(), ids=WRONG)
def test_the_first_wrong_line_is_told(row):
    text, where, line, words = row
    found = mc.check_steps(text, where=where)
    print(found.message)
    assert not found and found.verdict == "wrong"
    assert found.line == line
    assert words in found.message


@pytest.mark.parametrize(
    ("function", "wrt", "where"),
    [
        ("norm2(A*X - B)^2", "X", LS),
        ("logdet(eye(m) + A*X*B*X'*A')", "X", "A in R[m,n]; X in R[n,p]; B in R[p,p]"),
        ("sum(log(1 + exp(-y.*(X*w))))", "w", ""),
        ("phi(W*X)", "W, X", "W in R[m,q]; X in R[q,n]; phi : R[m,n] -> R"),
        ("norm2(x)", "x", ""),
        ("x'*A*x", "x", ""),
        ("tr(A*inv(X)*B)", "X", "A, B, X in R[n,n]"),
        ("sum(tanh(A*x))", "x", ""),
    ],
)
def test_the_derivations_of_the_engine_pass(function, wrt, where):
    d = mc.derive(function, wrt, where)
    declared = "; ".join(filter(None, [where, d.where]))
    found = mc.check_steps(d.steps_text(), wrt=wrt, where=declared)
    assert found, f"{d.steps_text()}\n{found.message}"


def test_nothing_to_check_is_said():
    with pytest.raises(mc.ParseError):
        mc.check_steps("# only a remark")
    with pytest.raises(mc.DomainError, match="claims an equality"):
        mc.check_steps("f = norm2(x)^2")


def test_what_cannot_be_judged_is_not_called_wrong():
    with pytest.raises(mc.DomainError, match="line 2: the variable of the gradient is not known"):
        mc.check_steps("f = norm2(x)^2\ngrad = 2*x")
    with pytest.raises(mc.DomainError, match="the function is not given"):
        mc.check_steps("grad phi wrt x = 2*x")
    with pytest.raises(mc.DomainError, match="line 2: this cannot be checked"):
        mc.check_steps("f = log(-norm2(x)^2 - 1)\nf = 2*f/2", where="x in R[n]")
    assert mc.check_steps("f = norm2(x)^2\ngrad = 2*x", wrt="x")


@pytest.mark.parametrize(
    ("lines", "where", "words"),
    [
        ("phi = sin(a^2); d(phi) = cos(a^2)*d(a)", "a in R", "the inner derivative of a^2"),
        (
            "phi = norm2(A*x - b)^2; d(phi) = 2*(A*x - b) : d(x)",
            "A in R[n,n]; x, b in R[n]",
            "it has d(x) where the differential of A*x belongs (chain rule)",
        ),
        (
            "phi = sum(abs(x - 50)); d(phi) = sign(x - 50) : d(x); = -ones(n) : d(x)",
            "x in R[n]",
            "line 3 does not follow from line 2: at ",
        ),
        ("phi = a^2; d(phi) = 2.0000000001*a*d(a)", "a in R", "where 2 belongs"),
    ],
)
def test_inner_derivatives_far_kinks_and_last_digits(lines, where, words):
    found = mc.check_steps(lines.replace("; ", "\n"), where=where)
    assert not found and words in found.message


def test_a_prime_is_the_derivative_of_a_scalar():
    assert mc.check_steps("f = x^2\nf' = 2*x", wrt="x", where="x in R")
    found = mc.check_steps("f = x^2\nf' = x", wrt="x", where="x in R")
    assert found.line == 2 and found.repair == "x → 2*x"


def test_names_of_the_declarations_may_be_used():
    where = "phi = norm2(A*X - B)^2; " + LS
    assert mc.check_steps("grad phi wrt X = 2*A'*(A*X - B)", where=where)
    assert mc.check_steps("d(phi) = 2*(A*X - B) : A*dX", where=where)


COMPLEX = "A in C[m,n]; x in C[n]; b in C[m]; B, Z in C[n,n]; R in Herm[n]"


@pytest.mark.parametrize(
    ("lines", "line", "words"),
    [
        ("f = norm2(A*x - b)^2; df = (A*x - b)^H*A*dx + dx^H*A^H*(A*x - b);"
         "grad f wrt x = A^H*(A*x - b)", None, "every line follows"),
        ("f = x^H*R*x; df = dx^H*R*x + x^H*R*dx; grad f wrt x = 2*R*x", 3, "is R*x"),
        ("f = norm2(A*x - b)^2; df = (A*x - b)^H*A*dx + dx^H*A^H*(A*x - b);"
         "= (A'*(A*x - b))^H*dx + dx^H*A^H*(A*x - b)", 3, "A where conj(A) belongs"),
        ("f = tr(B*Z*Z^H); df = tr(B*dZ*Z^H) + tr(B*Z*dZ^H); grad f wrt Z = B*Z", None, "follows"),
        ("f = tr(B*Z*Z^H); df = tr(B*dZ*Z^H) + tr(B*Z*dZ')", 2, "d(Z)' → B*Z*d(Z)^H"),
    ],
)  # fmt: skip
def test_derivations_with_complex_variables(lines, line, words):
    found = mc.check_steps(lines.replace(";", "\n"), wrt=None, where=COMPLEX)
    assert found.ok == (line is None) and found.line == line
    assert words in found.message


def test_a_complex_gradient_is_not_read_off_the_differential():
    """G : dZ says what it is for real variables only."""
    with pytest.raises(mc.NotSupportedError, match="complex"):
        mc.check_steps("d(phi) = 2*conj(Z) : dZ\ngrad phi wrt Z = Z", where="Z in C[n,n]")
