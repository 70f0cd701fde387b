"""Jacobians and Hessians as structured operators, compared with the tensors of the corpus."""

import pickle

import numpy as np
import pytest
from scipy.sparse.linalg import LinearOperator, cg
from test_compiled_corpus import EXACT, SUPPORTED, answer, contracted, distance, values_of

import matcalc as mc
from matcalc.codegen import operators

rng = np.random.default_rng(0)


@pytest.mark.parametrize("name", SUPPORTED)
def test_agrees_with_the_tensor(name):
    d, values = answer(name), values_of(name)
    H = d.compile(as_="operator")(**values)
    tensor = np.asarray(d.tensor(values))
    shape = np.shape(values[d.variable.name])
    M = tensor.reshape(-1, int(np.prod(shape)), order="F")
    assert isinstance(H, LinearOperator)
    assert distance(H.toarray(), M) < EXACT
    v, B = rng.normal(size=shape), rng.normal(size=(M.shape[0], 2))
    assert distance(H @ v.reshape(-1, order="F"), M @ v.reshape(-1, order="F")) < EXACT
    assert distance(H.T @ B, M.T @ B) < EXACT
    assert distance(H.apply(v), contracted(tensor, v, shape)) < EXACT
    if M.shape[0] == M.shape[1]:
        assert distance(H.diagonal(), np.diagonal(M)) < EXACT
        if np.linalg.cond(M) < 1e8:
            assert distance(H.solve(B), np.linalg.solve(M, B)) < 1e-6
            assert H.solve(B[:, 0]).shape == B[:, 0].shape


def operator(text, wrt, where, **values):
    return mc.compile(text, wrt, where, "hessian", as_="operator")(**values)


def kinds(H):
    return [[type(f) for f in t.factors] for t in H.terms]


def test_kronecker_products_are_not_built():
    """The Hessian of ‖T - U*V'‖² by U has 10⁸ entries here."""
    m, k = 2000, 5
    T, U, V = rng.normal(size=(m, 30)), rng.normal(size=(m, k)), rng.normal(size=(30, k))
    where = "T in R[m,n]; U in R[m,k]; V in R[n,k]"
    H = operator("norm2(T - U*V')^2", "U", where, T=T, U=U, V=V)
    assert kinds(H) == [[operators.Kronecker]]
    W = rng.normal(size=(m, k))
    assert np.allclose(H.apply(W), 2 * W @ V.T @ V)
    b = H @ W.reshape(-1, order="F")
    assert np.allclose(H.solve(b), W.reshape(-1, order="F"))
    assert H.diagonal().shape == (m * k,)


def test_diagonal_plus_low_rank_is_solved_by_woodbury():
    n = 20000
    z, y = rng.normal(size=n), np.zeros(n)
    where = "z in R[n]; y in R[n]"
    H = operator("logsumexp(z) - y'*z + norm2(z)^2", "z", where, z=z, y=y)
    b = rng.normal(size=n)
    x = H.solve(b)
    assert np.allclose(H @ x, b)
    assert H.diagonal().shape == (n,)


def test_a_gram_matrix_stays_a_product():
    X, w, y = rng.normal(size=(50, 7)), rng.normal(size=7), np.sign(rng.normal(size=50))
    where = "X in R[m,n]; y in R[m]; w in R[n]"
    H = operator("sum(softplus(-y .* (X*w)))", "w", where, X=X, w=w, y=y)
    assert kinds(H) == [[operators.Dense, operators.Diagonal, operators.Dense]]
    x, _ = cg(H, np.ones(7), rtol=1e-12)
    assert np.allclose(x, H.solve(np.ones(7)))


def test_operators_beside_arrays():
    where = "A in R[m,n]; X in R[n,p]; B in R[m,p]"
    f = mc.compile("norm2(A*X - B)^2", "X", where, ("value", "gradient", "hessian"), "operator")
    A, X, B = rng.normal(size=(4, 3)), rng.normal(size=(3, 2)), rng.normal(size=(4, 2))
    value, gradient, H = pickle.loads(pickle.dumps(f))(X, A=A, B=B)
    assert np.isclose(value, np.sum((A @ X - B) ** 2)) and gradient.shape == (3, 2)
    assert np.allclose(H.toarray(), np.kron(np.eye(2), 2 * A.T @ A))
    assert "A.T" in f.source


def test_the_inverse_of_a_matrix_at_hand_is_not_solved_with(monkeypatch):
    """The Hessian of tr(S*P) - logdet(P) is kron(inv(P),inv(P)')*K: solving multiplies by P."""
    P = np.eye(4) + 0.1 * rng.normal(size=(4, 4))
    H = operator("tr(S*P) - logdet(P)", "P", "S in R[n,n]; P in R[n,n]", P=P, S=np.eye(4))
    assert kinds(H) == [[operators.Kronecker, operators.Commutation]]
    b = rng.normal(size=16)
    monkeypatch.setattr(np.linalg, "solve", None)
    P[:] = 0  # the operator is of the point that was
    assert np.allclose(H @ H.solve(b), b)


def test_an_operator_stays_at_its_point():
    """Variables may be overwritten afterwards, as optimisers do; data are not copied."""
    X, w, y = rng.normal(size=(50, 7)), rng.normal(size=7), np.sign(rng.normal(size=50))
    where = "X in R[m,n]; y in R[m]; w in R[n]"
    H = operator("sum(softplus(-y .* (X*w))) + sum(w.^4)", "w", where, X=X, w=w, y=y)
    before = H @ np.ones(7)
    w += 1
    assert np.array_equal(H @ np.ones(7), before)
    arrays = [f.array for t in H.terms for f in t.factors if isinstance(f, operators.Dense)]
    assert arrays and all(np.shares_memory(a, X) for a in arrays)
    J = mc.derive("A*x", "x", "A in R[m,n]; x in R[n]").compile(as_="operator")(A=X)
    v = np.ones(7)
    J.apply(v)[:] = 0
    assert v.tolist() == [1.0] * 7


def test_the_image_is_no_view_of_the_direction():
    same = operators.Structured(
        tuple, [operators.Term(1, (operators.Identity(3),))], ((3,), (3,)), (3, 3), np.dtype(float)
    )
    v = np.ones(3)
    for image in (same @ v, same.apply(v)):
        image[:] = 0
    assert v.tolist() == [1.0] * 3


def test_operators_of_single_precision_and_whole_numbers():
    where = "A in R[m,n]; x in R[n]; b in R[m]"
    f = mc.compile("norm2(A*x - b)^2", "x", where, "hessian", as_="operator")
    A, x, b = (rng.normal(size=s).astype("f4") for s in ((4, 3), 3, 4))
    H = f(A=A, x=x, b=b)
    assert H.dtype == np.float32 and (H @ x).dtype == np.float32
    assert np.allclose(f(A=A, x=x, b=b) @ [1, 2, 3], 2 * A.T @ A @ [1, 2, 3], rtol=1e-5)


def test_operators_are_pickled_with_their_arrays():
    H = operator("norm2(x)^4", "x", "x in R[n]", x=np.arange(3.0))
    again = pickle.loads(pickle.dumps(H))
    assert np.array_equal(again.toarray(), H.toarray()) and again.shapes == H.shapes


def test_the_adjoint_of_a_complex_operator():
    A = rng.normal(size=(3, 2)) + 1j * rng.normal(size=(3, 2))
    H = operators.Structured(
        tuple, [operators.Term(1j, (operators.Dense(A),))], ((3,), (2,)), (3, 2), A.dtype
    )
    assert np.allclose(H.H @ np.ones(3), (1j * A).conj().T @ np.ones(3))
    assert np.allclose(H.T @ np.ones(3), 1j * A.T @ np.ones(3))


def test_what_operators_refuse():
    H = operator("norm2(x)^4", "x", "x in R[n]", x=np.zeros(3))
    with pytest.raises(mc.DomainError, match="singular"):
        H.solve(np.ones(3))
    with pytest.raises(mc.ShapeError, match="the right-hand side"):
        H.solve(np.ones(4))
    with pytest.raises(mc.ShapeError, match="the direction"):
        H.apply(np.ones((3, 1)))
    J = mc.derive("A*x", "x", "A in R[m,n]; x in R[n]").compile(as_="operator")(A=np.ones((2, 3)))
    with pytest.raises(mc.DomainError, match="not square"):
        J.solve(np.ones(2))
    with pytest.raises(mc.NotSupportedError, match="operators in code for jax"):
        mc.derive("A*x", "x", "A in R[m,n]; x in R[n]").compile("jax", "operator")
    with pytest.raises(mc.DomainError, match="dense or operator"):
        mc.derive("A*x", "x", "A in R[m,n]; x in R[n]").compile(as_="sparse")


@pytest.mark.parametrize(
    "text", ["log(b'*exp(A*x))", "log(exp(-norm2(x - y)^2) + exp(-norm2(x)^2))"]
)
def test_parts_of_operators_are_finite_where_they_are(text):
    """Denominators and exponentials by themselves are zero or infinite."""
    where = "x in R[n]; y in R[n]; A in R[m,n]; b in R+[m]"
    A = np.array([[1.0, 0.5], [-1, 0.3], [0.2, 0.9]])
    values = {
        "x": np.array([1000.0, -900]),
        "y": np.array([2000.0, -1800]),
        "A": A,
        "b": np.ones(3),
    }
    f = mc.compile(text, "x", where, "hessian", as_="operator")
    given = {n: values[n] for n in f.parameters}
    H = f(**given)
    wanted = mc.compile(text, "x", where, "hessian")(**given)
    assert np.all(np.isfinite(wanted))
    assert np.allclose(H.toarray(), wanted) and np.allclose(H @ [1.0, 2], wanted @ [1.0, 2])
