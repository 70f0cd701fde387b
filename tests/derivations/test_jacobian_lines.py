"""Derivations of Jacobians and Hessians, line by line, as the literature writes them.

A line is compared as a parsed expression, in the scope of the names that the derivation introduced.
Source of the forms: Magnus & Neudecker, ch. 5, 9 and 10.
"""

import pytest

import matcalc as mc

JACOBIANS = {
    "two sides": (
        "A*X*B",
        "X",
        "A in R[m,n]; X in R[n,p]; B in R[p,q]",
        ["A*X*B", "A*d(X)*B", "kron(B',A)*vec(d(X))", "kron(B',A)"],
    ),
    "the inverse": (
        "inv(X)",
        "X",
        "X in R[n,n]",
        [
            "inv(X)",
            "-inv(X)*d(X)*inv(X)",
            "-kron(inv(X)',inv(X))*vec(d(X))",
            "-kron(inv(X)',inv(X))",
        ],
    ),
    "the Gram matrix": (
        "X'*X",
        "X",
        "X in R[m,n]",
        [
            "X'*X",
            "d(X)'*X + X'*d(X)",
            "(kron(eye(n),X') + kron(X',eye(n))*commutation(m,n))*vec(d(X))",
            "kron(eye(n),X') + kron(X',eye(n))*commutation(m,n)",
        ],
    ),
    "entrywise squares": (
        "X.*X",
        "X",
        "X in R[m,n]",
        ["X.*X", "2*X.*d(X)", "2*diag(vec(X))*vec(d(X))", "2*diag(vec(X))"],
    ),
    "softmax": (
        "softmax(x)",
        "x",
        "x in R[n]",
        [
            "softmax(x)",
            "softmax(x).*d(x) - (softmax(x) : d(x))*softmax(x)",
            "(diag(softmax(x)) - softmax(x)*softmax(x)')*d(x)",
            "diag(softmax(x)) - softmax(x)*softmax(x)'",
        ],
    ),
}


@pytest.mark.parametrize("name", JACOBIANS)
def test_jacobians_line_by_line(name):
    text, wrt, where, lines = JACOBIANS[name]
    d = mc.derive(text, wrt, where)
    read = mc.Workspace(where).parse
    assert [s.expression for s in d.steps] == [read(line) for line in lines]
    assert d.verification.ok
    assert [s.kind for s in d.steps][-1] == "answer"
    assert all(s.identities for s in d.steps[1:])


HESSIANS = {
    "logistic loss": (
        "sum(log(1 + exp(z)))",
        "w",
        "X in R[m,n]; w in R[n]; y in R[m]; z = -y.*(X*w)",
        "X'*diag(y.^2.*sigmoid(z).*(1 - sigmoid(z)))*X",
    ),
    "a norm": ("norm2(x)", "x", "x in R[n]", "(eye(n) - x*x'/norm2(x)^2)/norm2(x)"),
    "least squares": (
        "norm2(A*X - B)^2",
        "X",
        "A in R[m,n]; X in R[n,p]; B in R[m,p]",
        "2*kron(eye(p),A'*A)",
    ),
    "log-determinant": (
        "logdet(X)",
        "X",
        "X in R[n,n]",
        "-commutation(n,n)*kron(inv(X)',inv(X))",
    ),
    "quadratic form": ("x'*A*x", "x", "A in R[n,n]; x in R[n]", "A + A'"),
    "quadratic form, symmetric": ("x'*A*x", "x", "A in Sym[n]; x in R[n]", "2*A"),
    "log-sum-exp": (
        "logsumexp(x)",
        "x",
        "x in R[n]",
        "diag(softmax(x)) - softmax(x)*softmax(x)'",
    ),
}


@pytest.mark.parametrize("name", HESSIANS)
def test_hessians(name):
    """The closed form is equal to the textbook's and no longer, and its lines lead to it."""
    text, wrt, where, expected = HESSIANS[name]
    d = mc.derive(text, wrt, where, order=2)
    wanted = mc.parse(expected, where)
    assert mc.equivalent(d.result, wanted)
    assert len(str(d.result)) <= len(str(wanted))
    kinds = [s.kind for s in d.steps]
    assert kinds[-2:] == ["second", "answer"] and kinds.count("answer") == 2
    assert d.steps[-1].expression is d.result and d.steps[-1].request == "hess"
    assert d.verification.ok and d.layout.startswith("numerator layout: ")


def test_the_rayleigh_quotient():
    """Gradient 2(Ax - ρx)/x'x for symmetric A; the Hessian is symmetric, by its form."""
    where = "A in Sym[n]; x in R[n]"
    g = mc.derive("x'*A*x/(x'*x)", "x", where).result
    assert mc.equivalent(g, mc.parse("2*(A*x - (x'*A*x)/(x'*x)*x)/(x'*x)", where))
    h = mc.derive("x'*A*x/(x'*x)", "x", where, order=2)
    r, n = "(x'*A*x)/(x'*x)", "(x'*x)"
    form = f"2/{n}*(A - {r}*eye(n)) - 4/{n}^2*(A*x*x' + x*x'*A) + 8*{r}/{n}^2*x*x'"
    assert mc.equivalent(h.result, mc.parse(form, where))
    assert "symmetric" in h.result.facts or mc.equivalent(h.result, h.result.T)


def test_a_derivative_by_a_scalar_line_by_line():
    """Names are differentiated and put in, as by vectors, and dt comes out of every term."""
    where = "A, B in R[n,n]; t in R"
    d = mc.derive("inv(A + t*B)", "t", where, order=2)
    lines = [
        "inv(M)",
        "A + t*B",
        "d(t)*B",
        "-inv(M)*d(M)*inv(M)",
        "-d(t)*inv(M)*B*inv(M)",
        "-inv(M)*B*inv(M)",
        "-inv(M)*B*inv(M)",
        "inv(M)*d(M)*inv(M)*B*inv(M) + inv(M)*B*inv(M)*d(M)*inv(M)",
        "d(t)*inv(M)*B*inv(M)*B*inv(M) + d(t)*inv(M)*B*inv(M)*B*inv(M)",
        "2*d(t)*inv(M)*B*inv(M)*B*inv(M)",
        "2*inv(A + t*B)*B*inv(A + t*B)*B*inv(A + t*B)",
    ]
    read = mc.Workspace(where + "; M in R[n,n]").parse
    assert [s.expression for s in d.steps] == [read(line) for line in lines]
    assert d.verification.ok


def test_by_several_scalars_each_has_its_part():
    d = mc.derive("x*c + t^2*y", ["c", "t"], "c, t in R; x, y in R[n]")
    assert [str(s) for s in d.steps] == [
        "f = c*x + t^2*y",
        "d(f) = d(c)*x + 2*t*d(t)*y",
        "jac f wrt c = x",
        "jac f wrt t = 2*t*y",
    ]
    assert d.verification.ok


def test_the_function_of_a_commuting_matrix_is_written_in_full():
    d = mc.derive("expm(t*A)", "t", "A in R[n,n]; t in R")
    told = [str(s) for s in d.steps][-3:]
    assert told == [
        "d(F) = d(t)*frechet(expm)(M,A)",
        "d(F) = d(t)*A*expm(t*A)",
        "jac F wrt t = A*expm(t*A)",
    ]
    assert d.verification.ok


def test_only_what_is_a_matrix_is_stacked_on_the_left():
    d = mc.derive("c*x*x'*A", ("c", "x"), "c in R; x in R[n]; A in R[n,m]", order=2)
    assert d.steps_unicode().splitlines()[-1].startswith("∂²F/∂c∂xᵀ = ")
    d = mc.derive("x'*A*x", ("x", "A"), "x in R[n]; A in R[n,n]", order=2)
    assert d.steps_unicode().splitlines()[-1].startswith("∂²φ/∂x∂vec(A)ᵀ = ")
    assert r"\partial^{2} \phi}{\partial x\,\partial \operatorname{vec}(A)^\top" in (
        d.latex().replace("^2", "^{2}")
    )
    d = mc.derive("x*x'", "x", "x in R[n]")
    assert d.steps_unicode().splitlines()[-1].startswith("∂vec(F)/∂xᵀ = ")


def test_a_hessian_line_by_line():
    where = "A in R[m,n]; X in R[n,p]; B in R[m,p]"
    d = mc.derive("norm2(A*X - B)^2", "X", where, order=2)
    lines = [
        "norm2(R)^2",
        "A*X - B",
        "2*R : d(R)",
        "2*R : A*d(X)",
        "2*A'*R : d(X)",
        "2*A'*(A*X - B)",
        "2*A'*(A*X - B)",
        "2*A'*A*d(X)",
        "2*kron(eye(p),A'*A)*vec(d(X))",
        "2*vec(d(X))'*kron(eye(p),A'*A)*vec(d(X))",
        "2*kron(eye(p),A'*A)",
    ]
    read = mc.Workspace(where + "; R in R[m,p]").parse
    assert [s.expression for s in d.steps] == [read(line) for line in lines]
    left = [s.left for s in d.steps]
    assert left[-5:] == ["G", "d(G)", "vec(d(G))", "d(d(phi))", "hess phi wrt X"]
