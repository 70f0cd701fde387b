"""Derivatives of order two and more of functions that are declared and not given."""

import numpy as np
import pytest

import matcalc as mc


def test_mixed_derivatives_of_arrays():
    where = "f : R[n], R[n,p] -> R[k]; x in R[n]; Y in R[n,p]"
    d = mc.derive("f(x,Y)", ("x", "Y"), where, order=2)
    assert str(d.result) == "hess(f,1,2)(x,Y)" and d.verification.ok


def test_on_paper():
    where = "g : R[n] -> R[m]; x in R[n]; phi : R[n] -> R; f : R -> R; t in R"
    shown = {"hess(g)(x)": "∂²g(x)", "jac(hess(phi))(x)": "∇³φ(x)", "hess(f)(t)": "f″(t)"}
    assert {text: mc.parse(text, where).unicode() for text in shown} == shown
    assert mc.parse("hess(g)(x)", where).latex() == r"\partial^{2} g\left(x\right)"


# Values: g(x)_i = Σ_k A_ik x_k³ and F(X)_ij = X_ij³ have the derivatives given here by hand.


def cubes(a):
    """g(x) = a (x.^3) with its derivatives, in tensor layout."""
    n = a.shape[1]
    e = np.eye(n)
    return (
        lambda x: a @ x**3,
        lambda x: 3 * a * x**2,
        lambda x: np.einsum("ik,kl,k->ikl", a, e, 6 * x),
        lambda x: np.einsum("ik,kl,kr->iklr", 6 * a, e, e),
    )


def differences(f, x, h=1e-5):
    """∂f/∂x by central differences, with the axes of x last."""
    found = np.empty((*np.shape(f(x)), *x.shape))
    for index in np.ndindex(*x.shape):
        step = np.zeros_like(x)
        step[index] = h
        found[(..., *index)] = (f(x + step) - f(x - step)) / (2 * h)
    return found


def test_values_of_the_hessian_of_a_composition():
    where = "g : R[k] -> R[m]; A in R[k,n]; x in R[n]"
    d = mc.derive("norm2(g(A*x))^2", "x", where, order=2)
    rng = np.random.default_rng(3)
    c, A, x = rng.normal(size=(2, 4)), rng.normal(size=(4, 3)), rng.normal(size=3)
    values = {"g": cubes(c), "A": A, "x": x}

    def gradient(x):
        r, j = c @ (A @ x) ** 3, 3 * c * (A @ x) ** 2
        return 2 * A.T @ j.T @ r

    wanted = differences(gradient, x)
    assert np.allclose(d.tensor(values), wanted, rtol=1e-6, atol=1e-6)
    assert np.allclose(d.compile()(**values), wanted, rtol=1e-6, atol=1e-6)


def test_values_of_the_third_derivative():
    where = "g : R[k] -> R[m]; A in R[k,n]; x in R[n]"
    d = mc.derive("g(A*x)", "x", where, order=3)
    rng = np.random.default_rng(4)
    c, A, x = rng.normal(size=(2, 4)), rng.normal(size=(4, 3)), rng.normal(size=3)
    values = {"g": cubes(c), "A": A, "x": x}
    wanted = 6 * np.einsum("ik,ka,kb,kc->iabc", c, A, A, A)
    with pytest.raises(mc.ShapeError, match="no given array determines the size m"):
        d.tensor(values)  # eye(m) is needed, and only g knows m
    with pytest.raises(mc.ShapeError, match="no given array determines the size m"):
        d.compile()(**values)
    assert np.allclose(d.tensor({**values, "m": 2}), wanted)
    assert np.allclose(d.compile()(**values, m=2), wanted)


def entrywise_cubes():
    """F(X) = X.^3 with its derivatives, in tensor layout."""

    def spread(d, axes):
        return np.einsum("ij,ik,jl->ijkl", d, np.eye(axes[0]), np.eye(axes[1]))

    def second(X):
        e, f = np.eye(X.shape[0]), np.eye(X.shape[1])
        return np.einsum("ij,ik,jl,ip,jq->ijklpq", 6 * X, e, f, e, f)

    return lambda X: X**3, lambda X: spread(3 * X**2, X.shape), second


def test_values_of_functions_of_matrices():
    """Tensors of six axes, and what is made of them, evaluated and compiled."""
    where = "F : R[m,n] -> R[m,n]; A in R[m,k]; X in R[k,n]; B in R[m,n]"
    rng = np.random.default_rng(5)
    A, X, B = rng.normal(size=(2, 3)), rng.normal(size=(3, 4)), rng.normal(size=(2, 4))
    values = {"F": entrywise_cubes(), "A": A, "X": X, "B": B}
    d = mc.derive("F(A*X)", "X", where, order=2)
    wanted = differences(lambda X: np.einsum("ij,ik,jl->ijkl", 3 * (A @ X) ** 2, A, np.eye(4)), X)
    assert d.tensor(values).shape == (2, 4, 3, 4, 3, 4)
    assert np.allclose(d.tensor(values), wanted, atol=1e-6)
    assert np.allclose(d.compile()(**values), wanted, atol=1e-6)
    d = mc.derive("tr(B'*F(A*X))", "X", where, order=2)
    wanted = differences(lambda X: A.T @ (3 * (A @ X) ** 2 * B), X)
    assert np.allclose(d.tensor(values), wanted, atol=1e-6)
    assert np.allclose(d.compile()(**values), wanted, atol=1e-6)


def test_compiled_hessian_of_a_function_of_matrices():
    """Its second derivative has four axes, and is needed with its columns stacked."""
    where = "phi : R[m,n] -> R; W in R[m,q]; X in R[q,n]"
    d = mc.derive("phi(W*X)", "W", where, order=2)
    rng = np.random.default_rng(6)
    W, X = rng.normal(size=(2, 3)), rng.normal(size=(3, 4))

    def second(D):
        return np.diag(12 * D.reshape(-1) ** 2).reshape(*D.shape, *D.shape)

    values = {"phi": (lambda D: np.sum(D**4), lambda D: 4 * D**3, second), "W": W, "X": X}
    assert np.allclose(d.compile()(**values), d.tensor(values))


def test_a_derivative_that_is_not_given_is_asked_for():
    d = mc.derive("g(x)", "x", "g : R[n] -> R[m]; x in R[n]", order=2, verify=False)
    a, x = np.ones((2, 3)), np.ones(3)
    with pytest.raises(mc.MatcalcError, match="g needs its second derivative"):
        d.tensor({"g": cubes(a)[:2], "x": x})
    d = mc.derive("g(x)", "x", "g : R[n] -> R[m]; x in R[n]", order=3, verify=False)
    with pytest.raises(mc.MatcalcError, match="g needs its derivative of order 3"):
        d.tensor({"g": cubes(a)[:3], "x": x})


def test_equal_for_every_function():
    """Symmetry of third derivatives decides, and nothing else does."""
    where = "phi : R[n] -> R; g : R[n] -> R[m]; x, y in R[n]"
    third = "kron(x',eye(n))*jac(hess(phi))(x)*y"
    assert mc.equivalent(third, "kron(eye(n),x')*jac(hess(phi))(x)*y", where).equal
    assert mc.equivalent(third, "kron(y',eye(n))*jac(hess(phi))(x)*x", where).equal
    assert not mc.equivalent(third, "kron(x',eye(n))*jac(hess(phi))(y)*y", where).equal
    assert mc.equivalent(
        "kron(x',eye(m))*hess(g)(x)*y", "kron(y',eye(m))*hess(g)(x)*x", where
    ).equal


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("jac(g(x))(x)", mc.UnknownNameError, "this cannot be called"),
        ("jac(hess(g),1)(x)", None, ""),
        ("jac(hess(g),2)(x)", mc.ArityError, "g has 1 argument"),
        ("jac(hess(f,1,2))(x,x)", mc.ArityError, "needs the number"),
        ("hess(grad(phi))(x)", mc.UnknownNameError, "hess takes the name"),
    ],
)
def test_what_can_be_written(text, error, message):
    where = "g : R[n] -> R[m]; f : R[n], R[n] -> R; phi : R[n] -> R; x in R[n]"
    if error is None:
        assert mc.parse(text, where) is mc.parse("jac(hess(g))(x)", where)
        return
    with pytest.raises(error, match=message):
        mc.parse(text, where)


SYMMETRIC = [
    ("u'*g(x)", "x", "g : R[n] -> R[m]; x in R[n]; u in R[m]"),
    ("norm2(g(A*x))^2", "x", "g : R[k] -> R[m]; A in R[k,n]; x in R[n]"),
    ("phi(g(A*x))", "x", "g : R[k] -> R[m]; A in R[k,n]; x in R[n]; phi : R[m] -> R"),
    ("tr(B'*F(A*X))", "X", "F : R[m,n] -> R[p,q]; A in R[m,k]; X in R[k,n]; B in R[p,q]"),
]


@pytest.mark.parametrize(("expression", "wrt", "where"), SYMMETRIC, ids=lambda v: v)
def test_hessians_are_visibly_symmetric(expression, wrt, where):
    """(I ⊗ w')*hess(g)(x) is a sum of Hessians: Magnus & Neudecker, ch. 6, sec. 11."""
    d = mc.derive(expression, wrt, where, order=2)
    assert d.verification.ok and "symmetric" in d.result.facts, d.result


@pytest.mark.parametrize(
    ("text", "symmetric"),
    [
        ("kron(eye(n),u')*hess(g)(x)", True),
        ("A'*kron(eye(n),u')*hess(g)(x)*A", True),
        ("kron(A',u')*hess(g)(x)*A", True),
        ("kron(A',u')*hess(g)(x)*B", False),
        ("B'*kron(eye(n),u')*hess(g)(x)*A", False),
        ("kron(u',eye(n))*hess(g)(x)", False),
        ("kron(eye(n),u')*hess(h,1,2)(x,x)", False),
    ],
)
def test_what_is_symmetric_and_only_that(text, symmetric):
    where = "g : R[n] -> R[m]; h : R[n], R[n] -> R[m]; x in R[n]; u in R[m]; A, B in R[n,n]"
    e = mc.parse(text, where)
    assert ("symmetric" in e.facts) == symmetric
    assert bool(mc.equivalent(e, e.T)) == symmetric
    assert "psd" not in e.facts
