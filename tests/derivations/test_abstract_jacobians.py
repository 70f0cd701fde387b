"""Jacobians and Hessians of functions that are declared and not given, of arrays of every shape."""

import numpy as np
import pytest

import matcalc as mc

CASES = [
    ("phi(X)", "X", "phi : R[m,n] -> R; X in R[m,n]", 2, "hess(phi)(X)"),
    (
        "phi(W*X)",
        "W",
        "phi : R[m,n] -> R; W in R[m,q]; X in R[q,n]",
        2,
        "kron(X,eye(m))*hess(phi)(W*X)*kron(X',eye(m))",
    ),
    (
        "F(A*X)",
        "X",
        "F : R[m,n] -> R[p,q]; A in R[m,k]; X in R[k,n]",
        1,
        "jac(F)(A*X)*kron(eye(n),A)",
    ),
    ("g(A*x)", "x", "g : R[m] -> R[p]; A in R[m,n]; x in R[n]", 1, "jac(g)(A*x)*A"),
    ("f(x,Y)", "Y", "f : R[n], R[n,p] -> R; x in R[n]; Y in R[n,p]", 2, "hess(f,2,2)(x,Y)"),
    ("f(t)*x", "t", "f : R -> R; x in R[n]; t in R", 1, "grad(f)(t)*x"),
    (
        "tr(F(X)'*B)",
        "X",
        "F : R[m,n] -> R[p,q]; X in R[m,n]; B in R[p,q]",
        1,
        "unvec(jac(F)(X)'*vec(B),m,n)",
    ),
    # Second and higher derivatives.
    # Magnus & Neudecker, ch. 6: the Hessian of u'g is the sum of u_i times those of g_i.
    ("g(x)", "x", "g : R[n] -> R[m]; x in R[n]", 2, "hess(g)(x)"),
    ("jac(g)(x)", "x", "g : R[n] -> R[m]; x in R[n]", 1, "hess(g)(x)"),
    ("jac(jac(g))(x)", "x", "g : R[n] -> R[m]; x in R[n]", 1, "jac(hess(g))(x)"),
    ("u'*g(x)", "x", "g : R[n] -> R[m]; x in R[n]; u in R[m]", 2, "kron(eye(n),u')*hess(g)(x)"),
    (
        "phi(g(x))",
        "x",
        "g : R[n] -> R[m]; x in R[n]; phi : R[m] -> R",
        2,
        "kron(eye(n),grad(phi)(g(x))')*hess(g)(x) + jac(g)(x)'*hess(phi)(g(x))*jac(g)(x)",
    ),
    ("F(X)", "X", "F : R[m,n] -> R[p,q]; X in R[m,n]", 2, "hess(F)(X)"),
    (
        "tr(B'*F(X))",
        "X",
        "F : R[m,n] -> R[p,q]; X in R[m,n]; B in R[p,q]",
        2,
        "kron(eye(m*n),vec(B)')*hess(F)(X)",
    ),
    ("phi(x)", "x", "phi : R[n] -> R; x in R[n]", 3, "jac(hess(phi))(x)"),
    ("phi(x)", "x", "phi : R[n] -> R; x in R[n]", 4, "jac(jac(hess(phi)))(x)"),
    (
        "phi(A*x)",
        "x",
        "phi : R[m] -> R; x in R[n]; A in R[m,n]",
        3,
        "kron(A',A')*jac(hess(phi))(A*x)*A",
    ),
    ("f(x,Y)", "x", "f : R[n], R[n,p] -> R[k]; x in R[n]; Y in R[n,p]", 2, "hess(f,1,1)(x,Y)"),
    (
        "hess(f,1,2)(x,Y)",
        "x",
        "f : R[n], R[n,p] -> R; x in R[n]; Y in R[n,p]",
        1,
        "jac(hess(f,1,2),1)(x,Y)",
    ),
    ("f(t)", "t", "f : R -> R[n]; t in R", 2, "hess(f)(t)"),
    ("f(t)", "t", "f : R -> R; t in R", 3, "jac(hess(f))(t)"),
    ("r(x)", "x", "r : R[n] -> R[1,m]; x in R[n]", 2, "hess(r)(x)"),
]


@pytest.mark.parametrize(("expression", "wrt", "where", "order", "result"), CASES, ids=lambda v: v)
def test_the_form(expression, wrt, where, order, result):
    d = mc.derive(expression, wrt, where, order=order)
    assert d.verification.ok, d.verification.message
    assert d.result is mc.parse(result, where)
    assert mc.parse(str(d.result), where) is d.result


def test_mixed_second_derivatives():
    where = "f : R[n], R[n,p] -> R; x in R[n]; Y in R[n,p]"
    d = mc.derive("f(x,Y)", ("x", "Y"), where, order=2)
    assert str(d.result) == "hess(f,1,2)(x,Y)" and d.verification.ok


def test_values_in_tensor_layout():
    """The Hessian of φ(WX) by W for φ(D) = Σ D⁴, given as functions of tensors."""
    where = "phi : R[m,n] -> R; W in R[m,q]; X in R[q,n]"
    d = mc.derive("phi(W*X)", "W", where, order=2)
    rng = np.random.default_rng(0)
    W, X = rng.normal(size=(2, 3)), rng.normal(size=(3, 4))

    def second(D):
        return np.diag(12 * D.reshape(-1) ** 2).reshape(*D.shape, *D.shape)

    phi = (lambda D: np.sum(D**4), lambda D: 4 * D**3, second)
    got = d.tensor({"phi": phi, "W": W, "X": X})
    wanted = np.einsum("ij,kj,lj->ikl", 12 * (W @ X) ** 2, X, X)
    assert got.shape == (2, 3, 2, 3)
    for i in range(2):
        assert np.allclose(got[i, :, i, :], wanted[i])
        assert np.allclose(got[i, :, 1 - i, :], 0)


def test_products_with_vectors():
    """JVP, VJP and HVP: the operator along V, its adjoint at G; ⟨L(V), G⟩ = ⟨V, L*(G)⟩."""
    where = "A in R[m,n]; X in R[n,p]; B in R[p,q]; V in R[n,p]; G in R[m,q]"
    w = mc.Workspace(where)
    V, G = w.parse("V"), w.parse("G")
    d = w.derive("A*X*B", "X", verify=False)
    assert d.along(V) is w.parse("A*V*B")
    assert d.adjoint(G) is w.parse("A'*G*B'")
    h = w.derive("normfro(A*X)^4", "X", order=2, verify=False)
    n = w.parse("norm2(A*X)^2")
    assert mc.equivalent(h.along(V), 4 * (n * w.parse("A'*A*V") + w.parse(
        "2*((A*X) : (A*V))*A'*A*X"))).equal  # fmt: skip
    assert mc.equivalent(h.along(V), h.adjoint(V)).equal  # a Hessian is its own adjoint
    inverse = mc.derive("inv(Y)", "Y", "Y in R[n,n]", verify=False)
    H = mc.matrices("H[n,n]")
    assert inverse.adjoint(H) is mc.parse("-inv(Y)'*H*inv(Y)'", "Y, H in R[n,n]")
    with pytest.raises(mc.ShapeError):
        d.along(G)
    with pytest.raises(mc.DomainError, match="stands still"):
        h.adjoint(w.parse("X"))
