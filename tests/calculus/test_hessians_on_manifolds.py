"""Hessians and Jacobians by variables on manifolds.

Each Hessian is compared with second differences of the function itself along geodesics that are
written down here, and with the forms of the literature. A geodesic is x(t) with x(0) = x: on the
sphere cos and sin, of rotations X expm(t W) and Q(t) X, of positive definite matrices
S^(1/2) expm(t V) S^(1/2); of the Cholesky factor and the simplex it is a straight line.
"""

import numpy as np
import pytest
from scipy.linalg import expm, sqrtm

import matcalc as mc
from matcalc.numeric.verify import verify_derivative, verify_equal

RNG = np.random.default_rng(11)
ABS = "Absil, Mahony & Sepulchre, Optimization Algorithms on Matrix Manifolds (2008)"


def second_difference(f, step=2e-3):
    """f''(0), to the fourth order."""
    return (-f(2 * step) + 16 * f(step) - 30 * f(0) + 16 * f(-step) - f(-2 * step)) / (12 * step**2)


def on_sphere():
    x = RNG.standard_normal(4)
    x /= np.linalg.norm(x)
    h = RNG.standard_normal(4)
    h -= x * (x @ h)
    s = np.linalg.norm(h)
    return x, h, lambda t: np.cos(t * s) * x + np.sin(t * s) * h / s


def on_simplex():
    x = RNG.uniform(0.5, 1.0, 4)
    h = RNG.standard_normal(4)
    h = 0.1 * (h - h.mean())
    return x / x.sum(), h, lambda t: x / x.sum() + t * h


def on_rotations():
    x = np.linalg.qr(RNG.standard_normal((4, 4)))[0]
    w = RNG.standard_normal((4, 4))
    w = w - w.T
    return x, x @ w, lambda t: x @ expm(t * w)


def on_frames():
    """Y'' = -Y Y'' Y is solved by Edelman, Arias & Smith, (2.7); checked below."""
    y = np.linalg.qr(RNG.standard_normal((4, 2)))[0]
    z = RNG.standard_normal((4, 2))
    h = z - y @ (y.T @ z + z.T @ y) / 2
    a, s = y.T @ h, h.T @ h
    big = np.block([[a, -s], [np.eye(2), a]])
    both = np.hstack([y, h])
    return y, h, lambda t: both @ expm(t * big)[:, :2] @ expm(-t * a)


def on_definite():
    z = RNG.standard_normal((3, 3))
    s = z @ z.T + np.eye(3)
    h = RNG.standard_normal((3, 3))
    h = h + h.T
    root = np.real(sqrtm(s))
    within = np.linalg.solve(root, np.linalg.solve(root, h).T)
    return s, h, lambda t: root @ expm(t * (within + within.T) / 2) @ root


def by_factor():
    z = RNG.standard_normal((3, 3))
    s = z @ z.T + np.eye(3)
    c, h = np.linalg.cholesky(s), np.tril(RNG.standard_normal((3, 3)))
    return s, h, lambda t: (c + t * h) @ (c + t * h).T


def test_the_geodesic_of_frames_is_one():
    """It stays on the manifold and starts along h; its acceleration is Y S, S symmetric."""
    y, h, curve = on_frames()
    for t in (0.3, 1.0):
        assert np.allclose(curve(t).T @ curve(t), np.eye(2))
    step = 1e-4
    assert np.allclose((curve(step) - curve(-step)) / (2 * step), h, atol=1e-6)
    bend = (curve(step) - 2 * y + curve(-step)) / step**2
    s = y.T @ bend
    assert np.allclose(s, s.T, atol=1e-5) and np.allclose(bend, y @ s, atol=1e-5)


# function, its value in NumPy, variable's set, convention, geodesic
A = RNG.standard_normal((4, 4))
S4 = A + A.T
B = RNG.standard_normal((4, 2))
D = np.diag([1.0, 2.0])
C3 = np.cov(RNG.standard_normal((3, 9)))
PROBLEMS = [
    ("X'*S*X", lambda x: x @ S4 @ x, "Sphere[4]", "riemannian", on_sphere),
    ("sum((A*X).^4) + X[1]", lambda x: np.sum((A @ x) ** 4) + x[0], "Sphere[4]", "riemannian",
     on_sphere),
    ("(X'*X)^2*(X'*S*X)/(1 + X[2]^2)", lambda x: (x @ x) ** 2 * (x @ S4 @ x) / (1 + x[1] ** 2),
     "Sphere[4]", "riemannian", on_sphere),
    ("X'*log(X) + X'*A*X", lambda x: x @ np.log(x) + x @ A @ x, "Simplex[4]", "riemannian",
     on_simplex),
    ("sum(X)*sum(X.^3)", lambda x: np.sum(x) * np.sum(x**3), "Simplex[4]", "riemannian",
     on_simplex),
    ("tr(X'*S*X*D)", lambda x: np.trace(x.T @ S4 @ x @ D), "Stiefel[4,2]", "riemannian", on_frames),
    ("norm2(X - B)^2 + tr(X'*X*D)^2", lambda x: np.sum((x - B) ** 2) + np.trace(x.T @ x @ D) ** 2,
     "Stiefel[4,2]", "riemannian", on_frames),
    ("sum(exp(A*X))", lambda x: np.sum(np.exp(A @ x)), "Stiefel[4,2]", "riemannian", on_frames),
    ("tr(A*X)", lambda x: np.trace(A @ x), "Orth[4]", "riemannian", on_rotations),
    ("norm2(X'*S*X - A)^2", lambda x: np.sum((x.T @ S4 @ x - A) ** 2), "Orth[4]", "riemannian",
     on_rotations),
    ("tr(inv(X)*A*X*S)", lambda x: np.trace(np.linalg.inv(x) @ A @ x @ S4), "Orth[4]",
     "riemannian", on_rotations),
    ("tr(C*X) + logdet(X)", lambda x: np.trace(C3 @ x) + np.linalg.slogdet(x)[1], "SPD[3]",
     "affine", on_definite),
    ("tr(X*C*X) + tr(inv(X)*C)", lambda x: np.trace(x @ C3 @ x + np.linalg.inv(x) @ C3), "SPD[3]",
     "affine", on_definite),
    ("sum(X.^3)", lambda x: np.sum(x**3), "SPD[3]", "affine", on_definite),
    ("tr(C*X) + logdet(X)", lambda x: np.trace(C3 @ x) + np.linalg.slogdet(x)[1], "SPD[3]",
     "cholesky", by_factor),
    ("tr(X*C*X) + tr(inv(X)*C)", lambda x: np.trace(x @ C3 @ x + np.linalg.inv(x) @ C3), "SPD[3]",
     "cholesky", by_factor),
]  # fmt: skip
WHERE = "A in R[4,4]; S in Sym[4]; B in R[4,2]; D in Diag[2]; C in SPD[3]"
GIVEN = {"A": A, "S": S4, "B": B, "D": D, "C": C3}


@pytest.mark.parametrize(
    ("text", "f", "of", "convention", "draw"),
    PROBLEMS,
    ids=[f"{p[0]}, {p[2]}, {p[3]}" for p in PROBLEMS],
)
def test_second_differences_along_geodesics(text, f, of, convention, draw):
    d = mc.derive(text, "X", f"X in {of}; {WHERE}", order=2, convention=convention)
    assert d.verification.ok, d.verification.message
    assert d.kind == "hessian" and d.convention_note.startswith(convention)
    for _ in range(4):
        x, h, curve = draw()
        given = {"X": x, **{n: v for n, v in GIVEN.items() if n in text}}
        hessian = d.tensor(given)
        turned = np.tensordot(hessian, h, h.ndim)  # T[i,j,k,l] h[k,l]
        if convention == "affine":
            back = np.linalg.inv(x)
            inner = np.trace(back @ turned @ back @ h)
        else:
            inner = np.sum(turned * h)
        wanted = second_difference(lambda t, curve=curve: f(curve(t)))
        assert inner == pytest.approx(wanted, rel=1e-5, abs=1e-5)
        if convention != "affine":
            stacked = hessian.reshape(x.size, x.size, order="F")
            assert np.allclose(stacked, stacked.T)


@pytest.mark.parametrize(
    ("text", "where", "convention", "form", "source"),
    [
        ("x'*A*x", "x in Sphere[n]; A in Sym[n]", "riemannian",
         "2*(eye(n) - x*x')*(A - (x'*A*x)*eye(n))*(eye(n) - x*x')", f"{ABS}, (6.23)"),
        ("k*m'*x", "x in Sphere[n]; m in R[n]; k in R", "riemannian",
         "-k*(m'*x)*(eye(n) - x*x')", "Mardia & Jupp (2000): von Mises and Fisher"),
        ("x'*log(x)", "x in Simplex[n]", "riemannian",
         "(eye(n) - ones(n,n)/n)*diag(1./x)*(eye(n) - ones(n,n)/n)", "definition"),
        ("logdet(x)", "x in SPD[n]", "affine", "zeros(n^2,n^2)",
         "linear along geodesics: Sra & Hosseini (2015)"),
        ("tr(A*x)", "x in SPD[n]; A in Sym[n]", "affine",
         "(kron(x*A,eye(n)) + kron(eye(n),x*A))*(eye(n^2) + commutation(n,n))/4",
         "sym(V A S): Sra & Hosseini (2015)"),
    ],
)  # fmt: skip
def test_forms_of_the_literature(text, where, convention, form, source):
    d = mc.derive(text, "x", where, order=2, convention=convention)
    assert verify_equal(d.result, mc.parse(form, where), ()), (str(d.result), source)


def test_the_operator_is_the_matrix():
    where = "X in Stiefel[n,p]; A in Sym[n]"
    d = mc.derive("tr(X'*A*X)", "X", where, order=2, convention="riemannian")
    h = mc.parse("H", "H in R[n,p]")
    stacked = mc.vec(d.along(h))
    assert verify_equal(stacked, d.result @ mc.vec(h), ())


@pytest.mark.parametrize(
    ("text", "of", "convention", "order"),
    [
        ("X'*S*X", "Sphere[4]", "riemannian", 2),
        ("tr(X'*S*X)", "Stiefel[4,2]", "riemannian", 2),
        ("tr(X*C*X)", "SPD[3]", "affine", 2),
        ("C*X*X", "SPD[3]", "affine", 1),
        ("C*X*X", "SPD[3]", "cholesky", 1),
    ],
)
def test_the_adjoint_is_the_transpose(text, of, convention, order):
    """G : L(V) = L*(G) : V for all arrays, tangent or not."""
    where = f"X in {of}; S in Sym[4]; C in SPD[3]"
    d = mc.derive(text, "X", where, order=order, convention=convention)
    size = {"Sphere[4]": "4", "Stiefel[4,2]": "4,2", "SPD[3]": "3,3"}[of]
    g = mc.parse("G", f"G in R[{size}]")
    wanted = d.result.T @ mc.vec(g)
    assert verify_equal(mc.vec(d.adjoint(g)), wanted, ())


def test_a_wrong_hessian_on_a_manifold_is_found_out():
    where = "x in Sphere[n]; A in Sym[n]"
    f, x = mc.parse("x'*A*x", where), mc.parse("x", where)
    r = mc.gradient(f, x, convention="riemannian")
    right = mc.derive(f, x, order=2, convention="riemannian").result
    sphere = {"convention": "riemannian", "of_field": True}
    p = mc.parse("eye(n) - x*x'", where)
    assert verify_derivative(r, x, right, **sphere)
    for wrong in (2 * right, p @ mc.parse("2*A", where) @ p, mc.hessian(f, x)):
        assert not verify_derivative(r, x, wrong, **sphere)


def test_the_lines_lead_from_the_euclidean_gradient():
    d = mc.derive("x'*A*x", "x", "x in Sphere[n]; A in Sym[n]", order=2, convention="riemannian")
    assert "g  = 2 A x\ndg = 2 A dx" in d.steps_unicode()
    assert "great circles" in d.convention_note


@pytest.mark.parametrize(
    ("text", "of", "convention", "form"),
    [
        ("A*X", "Sphere[n]", "riemannian", "A - A*X*X'"),
        ("X'*X", "Stiefel[n,p]", "riemannian", "zeros(p^2,n*p)"),
        ("X*X", "SPD[n]", "affine",
         "(kron(eye(n),X) + kron(X,eye(n)))*(eye(n^2) + commutation(n,n))/2"),
    ],
)  # fmt: skip
def test_jacobians_are_along_tangents(text, of, convention, form):
    where = f"X in {of}; A in R[m,n]"
    d = mc.derive(text, "X", where, convention=convention)
    assert d.verification.ok and "tangent" in d.convention_note
    assert verify_equal(d.result, mc.parse(form, where), ())


def test_mixed_derivatives():
    """∂²(x'*A*y)/∂x∂y: (I - x*x')*A*(I - y*y')."""
    where = "x in Sphere[m]; y in Sphere[n]; A in R[m,n]"
    d = mc.derive("x'*A*y", ("x", "y"), where, order=2, convention="riemannian")
    assert d.verification.ok
    wanted = mc.parse("(eye(m) - x*x')*A*(eye(n) - y*y')", where)
    assert verify_equal(d.result, wanted, ())


@pytest.mark.parametrize(
    "ask",
    [
        lambda: mc.derive("x'*x", "x", "x in Sphere[n]", order=3, convention="riemannian"),
        lambda: mc.derive("2*x", "x", "x in Sphere[n]", order=2, convention="riemannian"),
        lambda: mc.derive("norm2(U)^2", "U", "U in Unitary[n]", order=2, convention="riemannian"),
    ],
)
def test_what_is_not_there_yet_says_so(ask):
    with pytest.raises(mc.MatcalcError, match="not supported yet"):
        ask()


# Euclidean derivatives: the variable is free to leave its manifold


def test_euclidean_second_derivatives_leave_the_manifold():
    """X'*X = I holds of the point and not of its neighbours."""
    where = "X in Stiefel[4,2]; C in Sym[2]"
    d = mc.derive("tr(X'*X*C*X'*X)", "X", where, order=2)
    assert d.verification.ok and any("Euclidean Hessian" in note for note in d.notes)
    x = np.linalg.qr(RNG.standard_normal((4, 2)))[0]
    h, c = RNG.standard_normal((4, 2)), np.array([[1.0, 2.0], [2.0, -1.0]])

    def f(t):
        m = (x + t * h).T @ (x + t * h)
        return np.trace(m @ c @ m)

    found = np.tensordot(np.tensordot(d.tensor({"X": x, "C": c}), h, 2), h, 2)
    assert found == pytest.approx(second_difference(f), rel=1e-6)
    compiled = mc.compile("tr(X'*X*C*X'*X)", "X", where, outputs="hessian")
    assert np.allclose(compiled(X=x, C=c), d.tensor({"X": x, "C": c}))


def test_euclidean_derivatives_in_turn_leave_the_manifold():
    d = mc.derive("tr(X'*X*C)", ("C", "X"), "X in Stiefel[n,p]; C in R[p,p]", order=2)
    assert d.verification.ok and "zeros" not in str(d.result)


def test_twice_by_one_variable_in_turn():
    d = mc.derive("A*x*(c'*x)", ("x", "x"), "x, c in R[n]; A in R[m,n]", order=2)
    assert d.kind == "derivative of order 2" and d.verification.ok
    assert d.tensor({"A": np.eye(2), "x": [1.0, 2.0], "c": [1.0, 0.0]}).shape == (2, 2, 2)


# Compiled functions


@pytest.mark.parametrize(
    ("text", "where", "convention", "draw"),
    [
        ("X'*S*X + sum(X.^3)", "X in Sphere[4]; S in Sym[4]", "riemannian", on_sphere),
        ("tr(X*C*X)", "X in SPD[3]; C in SPD[3]", "affine", on_definite),
        ("tr(X*C*X)", "X in SPD[3]; C in SPD[3]", "cholesky", by_factor),
    ],
)
def test_products_with_tangents(text, where, convention, draw):
    x, h, curve = draw()
    given = {n: v for n, v in GIVEN.items() if n in text}
    outputs = ("hessian", "jvp", "hvp")
    run = mc.compile(text, "X", where, convention=convention, outputs=outputs)
    hessian, along, turned = run(X=x, v=h, **given)
    assert np.allclose(np.tensordot(hessian, h, h.ndim), turned)
    f = mc.parse(text, where)
    step = 1e-5
    values = [f.evaluate({"X": curve(t), **given}) for t in (step, -step)]
    assert along == pytest.approx((values[0] - values[1]) / (2 * step), rel=1e-6)
