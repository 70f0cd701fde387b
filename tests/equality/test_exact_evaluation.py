"""Exact evaluation and evaluation to many digits, against the evaluator in double precision."""

import random
from fractions import Fraction

import numpy as np
import pytest

import matcalc as mc
from matcalc.equality.degree import rational_degree, size_degree, word_degree
from matcalc.equality.points import MEMBERS, Setting, draw_point, nodes_of
from matcalc.numeric.exact import Point, determinant, inverse, run
from matcalc.numeric.fields import Inexact, Modular, Pole, Rationals
from matcalc.numeric.jets import Jets
from matcalc.numeric.precise import HighPrecision, Ridges

PRIME = 2**61 - 1
WHERE = "A, B in R[n,n]; S in SPD[n]; x, y in R[n]; p in R+[n]; c in R+"
RATIONAL = [
    "A*B*x", "inv(A)*B", "tr(A*B') + c", "A.*B - A'", "det(A*B)", "kron(A,B)", "A^3", "A^-2*x",
    "x.^-1", "norm2(A*x)^2", "mean(A)", "diag(x)*A", "diag(A)", "tril(A) + triu(B)", "c^-3*n",
    "A : B", "x'*inv(S)*x", "sqrt(c)^2 + abs(c)^2", "c^n", "sum(x) + 0.25",
]  # fmt: skip
SMOOTH = [
    "exp(A)*x", "log(p)", "softmax(x)", "logsumexp(x)", "logdet(S)", "norm1(A)", "norm2(x)*x",
    "sqrt(p).*tanh(x)", "gelu(x) + silu(x) + elu(x)", "max(x, y) - min(x, 1)", "p.^x", "c^0.5",
    "gamma(p) + lgamma(p) + digamma(p)", "polygamma(2, p)", "erf(x)*pi", "hardtanh(x)",
    "leakyrelu(x) + relu(y) + step(x) + sign(y)", "sigmoid(x).*softplus(y)", "asin(x/9)",
    "sin(x) + cos(x) + tan(y) + atan(x) + acos(y/9)", "sinh(x) + cosh(y)", "log1p(p)", "2.^x",
]  # fmt: skip


def as_given(value, shape):
    value = np.asarray(value, dtype=object)
    plain = np.array([float(v) for v in value.flat]).reshape(value.shape)
    if shape == (1, 1):
        return float(plain)
    return plain[:, 0] if shape[1] == 1 else plain


@pytest.mark.parametrize("text", RATIONAL)
def test_the_rationals_agree_with_floating_point(text):
    e = mc.parse(text, WHERE)
    nodes = nodes_of(e)
    for seed in range(20):
        numbers = Rationals(random.Random(seed), 3)
        try:
            point = draw_point(nodes, numbers, {"n": 3}, Setting(), Jets(numbers))
            value = run(nodes, point)[e]
        except Pole:
            continue
        given = {
            s.name: as_given(point.values[s.name], s.shape) for s in nodes if hasattr(s, "set")
        }
        assert np.allclose(as_given(value, e.shape), e.evaluate(given | {"n": 3}))
        return
    raise AssertionError("no point without a pole")


@pytest.mark.parametrize("text", RATIONAL)
def test_residues_are_those_of_the_rationals(text):
    """Evaluating commutes with reduction modulo a prime."""
    e = mc.parse(text, WHERE)
    nodes = nodes_of(e)
    for seed in range(20):
        numbers = Rationals(random.Random(seed), 3)
        modular = Modular(PRIME, random.Random(0))
        try:
            point = draw_point(nodes, numbers, {"n": 2}, Setting(), Jets(numbers))
            value = run(nodes, point)[e]
        except Pole:
            continue
        reduced = {n: _residue(v, modular) for n, v in point.values.items()}
        other = run(nodes, Point(modular, reduced, {"n": 2}))[e]
        assert np.all(np.asarray(_residue(value, modular)) == np.asarray(other))
        return
    raise AssertionError("no point without a pole")


def _residue(value, modular):
    if isinstance(value, np.ndarray):
        out = np.empty(value.shape, dtype=object)
        out.flat = [modular.number(Fraction(v)) for v in value.flat]
        return out
    return modular.number(Fraction(value))


@pytest.mark.parametrize("text", RATIONAL + SMOOTH)
def test_many_digits_agree_with_floating_point(text):
    e = mc.parse(text, WHERE)
    nodes = nodes_of(e)
    numbers = HighPrecision(1)
    point = draw_point(nodes, numbers, {"n": 3}, Setting(), Ridges(numbers))
    value = run(nodes, point)[e]
    given = {s.name: as_given(point.values[s.name], s.shape) for s in nodes if hasattr(s, "set")}
    assert np.allclose(as_given(value, e.shape), e.evaluate(given | {"n": 3}), rtol=1e-10)


def test_the_users_precision_is_left_alone():
    import mpmath

    before = mpmath.mp.dps
    run(nodes_of(mc.parse("exp(c)", WHERE)), Point(HighPrecision(0), {"c": 1}, {}))
    assert mpmath.mp.dps == before


@pytest.mark.parametrize("text", ["exp(x)", "norm2(x)", "norm2(x)^3*x", "c^x", "c^0.5", "abs(x)"])
def test_what_is_not_rational_is_refused(text):
    e = mc.parse(f"{text} + 0*x" if text == "norm2(x)" else text, "x in R; c in R+")
    nodes = nodes_of(e)
    numbers = Modular(PRIME, random.Random(0))
    try:
        value = run(nodes, draw_point(nodes, numbers, {}, Setting(), None))[e]
    except Inexact:
        return
    assert type(value).__name__ == "Root"  # rational once it is squared


MEANING = {
    "Sym": lambda x: x == x.T,
    "Skew": lambda x: x == -x.T,
    "Diag": lambda x: x == np.diag(np.diag(x)),
    "Tril": lambda x: x == np.tril(x),
    "Triu": lambda x: x == np.triu(x),
    "Toep": lambda x: x[1:, 1:] == x[:-1, :-1],
    "SymToep": lambda x: (x == x.T) & (x[0, 0] == x[1, 1]),
    "PSD": lambda x: np.linalg.eigvalsh(x) > -1e-9,
    "SPD": lambda x: np.linalg.eigvalsh(x) > 0,
    "Orth": lambda x: np.isclose(x.T @ x, np.eye(4)),
    "Stiefel": lambda x: np.isclose(x.T @ x, np.eye(2)),
    "Simplex": lambda x: (x > 0) & np.isclose(x.sum(), 1),
    "Sphere": lambda x: np.isclose((x * x).sum(), 1),
    "R+": lambda x: x > 0,
}


@pytest.mark.parametrize("kind", sorted(MEMBERS))
@pytest.mark.parametrize("numbers", [Rationals(random.Random(2), 2), HighPrecision(3)])
def test_members_lie_in_their_sets(kind, numbers):
    shape = (4, 2) if kind == "Stiefel" else (4, 1) if kind in ("Simplex", "Sphere") else (4, 4)
    for sign in (1, -1):
        try:
            exact = MEMBERS[kind](numbers, shape, sign)
        except Pole:
            continue
        x = as_given(exact, shape)
        assert np.all(MEANING.get(kind, lambda x: True)(x))
        if kind == "Orth" and isinstance(numbers, Rationals):
            assert (exact.T @ exact == np.eye(4, dtype=int)).all()
            assert determinant(exact, numbers) == sign


def test_elimination():
    numbers = Rationals(random.Random(0))
    a = np.array([[0, 2, 1], [1, 0, 0], [3, 0, 1]], dtype=object)
    assert (inverse(a, numbers) @ a == np.eye(3, dtype=int)).all()
    assert determinant(a, numbers) == round(np.linalg.det(a.astype(float)))
    assert determinant(a * 0, numbers) == 0
    with pytest.raises(Pole):
        inverse(a * 0, numbers)


def test_degrees():
    def degree(text, where="A, B in R[n,n]; c in R; Q in Orth[n]"):
        return rational_degree(mc.parse(text, where), {"n": 3})

    assert degree("c^7 + c") == (7, 0)
    assert degree("1/c")[1] >= 1
    assert degree("inv(A)")[1] >= 3
    assert degree("det(A)")[0] >= 3
    assert degree("Q")[1] >= 3
    assert word_degree(mc.parse("(A*B - B*A)^2*A", "A, B in R[n,n]")) == 5
    assert size_degree(mc.parse("(n - 1)*(n - 2)*x", "x in R[n]")) == 2
