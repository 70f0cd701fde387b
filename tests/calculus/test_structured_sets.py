"""Gradients by structured variables, in all conventions.

Each is compared with a reference made here from the definition: by free entries, by projection on a
basis of the tangent space, or along a curve on the manifold.
"""

import numpy as np
import pytest
from scipy.linalg import expm

import matcalc as mc

RNG = np.random.default_rng(5)
A = RNG.standard_normal((4, 4))
B = RNG.standard_normal((4, 4))
FUNCTIONS = {
    "tr(A*X)": lambda x: np.trace(A @ x),
    "norm2(A*X - B)^2": lambda x: np.sum((A @ x - B) ** 2),
    "sum(exp(X)*A)": lambda x: np.sum(np.exp(x) @ A),
}


def slope(f, x, h, step=1e-5):
    return (8 * (f(x + step * h) - f(x - step * h)) - f(x + 2 * step * h) + f(x - 2 * step * h)) / (
        12 * step
    )


def basis(kind):
    """A basis of the linear space, one matrix for each free entry."""
    n = 4
    units = [(i, j) for i in range(n) for j in range(n)]

    def e(*places):
        out = np.zeros((n, n))
        for i, j, v in places:
            out[i, j] += v
        return out

    match kind:
        case "Sym":
            return [e((i, j, 1.0), *([(j, i, 1.0)] if i != j else [])) for i, j in units if i >= j]
        case "Skew":
            return [e((i, j, 1.0), (j, i, -1.0)) for i, j in units if i > j]
        case "Diag":
            return [e((i, i, 1.0)) for i in range(n)]
        case "Tril":
            return [e((i, j, 1.0)) for i, j in units if i >= j]
        case "Triu":
            return [e((i, j, 1.0)) for i, j in units if i <= j]
        case "Toep":
            return [np.eye(n, k=k) for k in range(1 - n, n)]
        case "SymToep":
            return [np.eye(n, k=k) + (np.eye(n, k=-k) if k else 0) for k in range(n)]


KINDS = ["Sym", "Skew", "Diag", "Tril", "Triu", "Toep", "SymToep"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", FUNCTIONS)
def test_linear_spaces(kind, text):
    space = basis(kind)
    x = sum(RNG.standard_normal() * b for b in space)
    f = FUNCTIONS[text]
    where = f"A, B in R[n,n]; X in {kind}[n]"
    given = {"X": x, "A": A, "B": B}
    slopes = np.array([slope(f, x, b) for b in space])

    projected = mc.derive(text, "X", where)
    gram = np.array([[np.sum(p * q) for q in space] for p in space])
    wanted = np.tensordot(np.linalg.solve(gram, slopes), np.array(space), 1)
    assert np.allclose(projected.tensor(given), wanted, rtol=1e-6, atol=1e-7)

    entries = mc.derive(text, "X", where, convention="entries")
    wanted = np.tensordot(slopes, np.array(space), 1)
    assert np.allclose(entries.tensor(given), wanted, rtol=1e-6, atol=1e-7)
    for d in (projected, entries):
        assert d.verification.ok and d.convention_note.startswith(d.convention)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("convention", ["projected", "entries"])
def test_of_size_one(kind, convention):
    d = mc.derive("tr(X)^3", "X", f"X in {kind}[1]", convention=convention)
    assert d.verification.ok
    assert str(d.result) == ("0" if kind == "Skew" else "3*X^2")


# Manifolds: R is tangent, and <R, H> is the slope along every curve through x with velocity H


def on_stiefel(n=4, p=2):
    x = np.linalg.qr(RNG.standard_normal((n, p)))[0]
    w = RNG.standard_normal((n, n))
    return x, lambda t: expm(t * (w - w.T)) @ x


def on_sphere():
    x, curve = on_stiefel(4, 1)
    return x[:, 0], lambda t: curve(t)[:, 0]


def on_simplex():
    x = RNG.uniform(0.5, 1, 4)
    h = RNG.standard_normal(4)
    return x / x.sum(), lambda t: x / x.sum() + t * (h - h.mean())


def velocity(curve, step=1e-5):
    return (curve(step) - curve(-step)) / (2 * step)


MANIFOLDS = [
    ("tr(X'*S*X*D)", "X in Stiefel[4,2]; S in Sym[4]; D in Diag[2]", on_stiefel),
    ("norm2(X - C)^2 + tr(X'*S*X)^2", "X in Stiefel[4,2]; C in R[4,2]; S in Sym[4]", on_stiefel),
    ("norm2(X*M - P)^2", "X in Orth[4]; M, P in R[4,4]", lambda: on_stiefel(4, 4)),
    ("sum(exp(X*M))", "X in Orth[4]; M in R[4,4]", lambda: on_stiefel(4, 4)),
    ("X'*S*X", "X in Sphere[4]; S in Sym[4]", on_sphere),
    ("sum((X'*M).^4)", "X in Sphere[4]; M in R[4,4]", on_sphere),
    ("X'*log(X)", "X in Simplex[4]", on_simplex),
    ("X'*M*X + sum(sqrt(X))", "X in Simplex[4]; M in R[4,4]", on_simplex),
]


@pytest.mark.parametrize(("text", "where", "draw"), MANIFOLDS, ids=[t for t, _, _ in MANIFOLDS])
def test_manifolds(text, where, draw):
    d = mc.derive(text, "X", where, convention="riemannian")
    assert d.verification.ok and not any("not projected" in note for note in d.notes)
    assert d.convention_note.startswith("riemannian")
    e = mc.parse(text, where)
    given = {
        name: RNG.standard_normal((4, 4)) if size != "[4,2]" else RNG.standard_normal((4, 2))
        for name, size in (("M", "[4,4]"), ("P", "[4,4]"), ("C", "[4,2]"))
        if name in text
    }
    if "S" in text:
        given["S"] = A + A.T
    if "D" in text:
        given["D"] = np.diag([1.0, 2.0])
    for _ in range(3):
        x, curve = draw()
        gradient = d.tensor({"X": x, **given})
        step = 1e-5
        values = [e.evaluate({"X": curve(t), **given}) for t in (step, -step)]
        assert (values[0] - values[1]) / (2 * step) == pytest.approx(
            np.sum(gradient * velocity(curve)), rel=1e-6, abs=1e-7
        )
        if "Simplex" in where:
            assert abs(gradient.sum()) < 1e-10
        else:
            k = np.atleast_2d(x.T) @ gradient
            assert np.allclose(k + k.T, 0, atol=1e-10)


def spd():
    z = RNG.standard_normal((3, 3))
    return z @ z.T + np.eye(3)


def test_the_affine_metric():
    """<R, H> = tr(inv(S) R inv(S) H) is the slope along H (Bhatia, Positive Definite Matrices)."""
    d = mc.derive("logdet(S)*tr(M*S)", "S", "S in SPD[n]; M in R[n,n]", convention="affine")
    s, m = spd(), RNG.standard_normal((3, 3))
    r = d.tensor({"S": s, "M": m})
    h = spd()
    f = lambda s: np.linalg.slogdet(s)[1] * np.trace(m @ s)  # noqa: E731
    inner = np.trace(np.linalg.inv(s) @ r @ np.linalg.inv(s) @ h)
    assert inner == pytest.approx(slope(f, s, h), rel=1e-7) and np.allclose(r, r.T)
    assert str(mc.derive("logdet(S)", "S", "S in SPD[n]", convention="affine").result) == "S"


def test_by_the_cholesky_factor():
    d = mc.derive("logdet(S)*tr(M*S)", "S", "S in SPD[n]; M in R[n,n]", convention="cholesky")
    s, m = spd(), RNG.standard_normal((3, 3))
    r = d.tensor({"S": s, "M": m})
    factor = np.linalg.cholesky(s)
    f = lambda w: np.linalg.slogdet(w @ w.T)[1] * np.trace(m @ w @ w.T)  # noqa: E731
    for i in range(3):
        for j in range(3):
            e = np.zeros((3, 3))
            e[i, j] = 1
            wanted = slope(f, factor, e) if i >= j else 0
            assert r[i, j] == pytest.approx(wanted, rel=1e-7, abs=1e-8)


@pytest.mark.parametrize(
    ("text", "where", "convention", "form"),
    [
        ("tr(X'*A*X)", "A in Sym[n]; X in Stiefel[n,p]", "riemannian", None),
        ("x'*A*x", "A in Sym[n]; x in Sphere[n]", "riemannian", "2*(A*x - (x'*A*x)*x)"),
        ("tr(A*S)", "A in Sym[n]; S in SPD[n]", "affine", "S*A*S"),
        ("tr(A*X)", "A in R[n,n]; X in Sym[n]", "riemannian", "(A + A')/2"),
        ("tr(A*X)", "A in R[n,n]; X in R[n,n]", "riemannian", "A'"),
        ("tr(X)", "X in Toep[n]", "projected", "eye(n)"),
    ],
)
def test_forms(text, where, convention, form):
    wrt = "S" if "S in" in where else "x" if "x in" in where else "X"
    d = mc.derive(text, wrt, where, convention=convention)
    assert d.verification.ok and (form is None or str(d.result) == form)


def test_a_wrong_gradient_on_a_manifold_is_found_out():
    from matcalc.numeric.verify import verify_gradient

    where = "X in Stiefel[n,p]; A in R[n,p]"
    f, g = mc.parse("tr(A'*X)", where), mc.parse("A", where)
    x = mc.parse("X", where)
    right = mc.derive(f, x, convention="riemannian").result
    assert verify_gradient(f, x, right, convention="riemannian")
    assert not verify_gradient(f, x, g, convention="riemannian")  # not tangent
    assert not verify_gradient(f, x, 2 * right, convention="riemannian")


def test_the_sentences_say_why():
    d = mc.derive("logdet(S)", "S", "S in SPD[n]", convention="entries")
    assert "Srinivasan & Panda 2019" in d.convention_note
