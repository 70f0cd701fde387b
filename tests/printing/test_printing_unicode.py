"""Expressions as on paper, in Unicode."""

from __future__ import annotations

from fractions import Fraction

import pytest
from expressions import MAP, PAIR, PHI, SYMBOLS, M, N

from matcalc.expr import build
from matcalc.expr.build import element_power, frobenius, hadamard, kronecker, ones
from matcalc.expr.sets import make_set
from matcalc.expr.sizes import add_sizes
from matcalc.functions import lookup
from matcalc.functions.record import AbstractDerivative, AbstractFunction
from matcalc.printing.unicode import pretty, to_unicode

a, b, c, w = (SYMBOLS[k] for k in "abcw")
x, y, u, A, B, S, W, Z = (SYMBOLS[k] for k in "xyuABSWZ")
dA = build.differential(A)


def f(name, *arguments):
    return build.apply(lookup(name, len(arguments)), *arguments)


def derivative(kind, function, by, *arguments):
    return build.apply(AbstractDerivative(kind, function, by), *arguments)


def scalar(name):
    return build.symbol(name, make_set("R"))


z = build.multiply(-1, hadamard(y, A * x))
norm = f("norm2", x)
SCALAR_FUNCTION = AbstractFunction("h", ((1, 1),), (1, 1))

EXAMPLES = [
    (2 * A.T * (A * x - y), "2 Aᵀ (A x − y)"),
    (frobenius(2 * A, B * dA), "2 A : B dA"),
    (frobenius(A, dA * B + B * dA), "A : (dA B + B dA)"),
    (build.inverse(A), "A⁻¹"),
    (build.inverse(A).T, "A⁻ᵀ"),
    (build.inverse(A.T), "(Aᵀ)⁻¹"),
    (A**2, "A²"),
    (A**-12, "A⁻¹²"),
    ((A**2).T, "(A²)ᵀ"),
    (Z.H * Z, "Zᴴ Z"),
    (build.conjugate(Z), "conj(Z)"),
    (dA.T * A + A.T * dA, "dAᵀ A + Aᵀ dA"),
    (build.differential(A * B), "d(A B)"),
    (dA * dA, "dA dA"),
    (build.differential(A) ** 2, "(dA)²"),
    (hadamard(x, y), "x ⊙ y"),
    (z, "−y ⊙ (A x)"),
    (-A.T * hadamard(y, f("sigmoid", z)), "−Aᵀ (y ⊙ σ(−y ⊙ (A x)))"),
    (hadamard(x, element_power(y, -2)), "x ⊘ y^⊙2"),
    (hadamard(x, element_power(y, -1)) / c, "(x ⊘ y)/c"),
    (element_power(y, -1), "1 ⊘ y"),
    (element_power(x, a - 1), "x^⊙(a − 1)"),
    (1 - element_power(f("tanh", x), 2), "1 − tanh(x)^⊙2"),
    (x / norm, "x/‖x‖"),
    ((build.identity(N) - x * x.T / norm**2) / norm, "(Iₙ − x xᵀ/‖x‖²)/‖x‖"),
    ((A + A.T) * x / 2, "(A + Aᵀ) x/2"),
    (f("tr", A * B), "tr(A B)"),
    (c ** (b - 1), "c^(b − 1)"),
    (c ** Fraction(1, 2), "c^(1/2)"),
    (2 * build.power(3, a), "2·3^a"),
    (kronecker(B.T, A), "Bᵀ ⊗ A"),
    (-kronecker(B.T, A * B), "−(Bᵀ ⊗ (A B))"),
    (kronecker(A.T, B) * f("diag", f("diag", kronecker(A, B))), "(Aᵀ ⊗ B) diag(diag(A ⊗ B))"),
    (A + build.identity(N), "A + Iₙ"),
    (build.identity(3), "I₃"),
    (build.identity(add_sizes(N, 1)), "I"),
    (ones((N, 1)), "𝟏"),
    (ones((1, N)) * x, "𝟏ᵀ x"),
    (ones((M, N)), "𝟏 𝟏ᵀ"),
    (build.zeros((M, N)), "0"),
    (build.number(Fraction(1, 10**7)) * x, "10⁻⁷ x"),
    (build.number(-2), "−2"),
    (build.apply(PHI, A * B), "φ(A B)"),
    (derivative("grad", PHI, (0,), A), "∂φ/∂A"),
    (derivative("grad", PHI, (0,), A) * B.T, "(∂φ/∂A) Bᵀ"),
    (derivative("grad", PHI, (0,), A * B), "∇φ(A B)"),
    (derivative("grad", PAIR, (1,), x, y), "∇₂f(x, y)"),
    (derivative("hess", PAIR, (0, 1), x, y), "∇²₁₂f(x, y)"),
    (derivative("jac", MAP, (0,), x).T * u, "(J_g(x))ᵀ u"),
    (derivative("grad", SCALAR_FUNCTION, (0,), a * b), "h′(a b)"),
    (scalar("lambda") * scalar("sigma_1"), "λ σ₁"),
]


@pytest.mark.parametrize(("e", "text"), EXAMPLES, ids=[t for _, t in EXAMPLES])
def test_unicode(e, text):
    assert to_unicode(e) == text
    assert e.unicode() == text


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("x", "x"),
        ("x_1", "x₁"),
        ("x1", "x₁"),
        ("x_ij", "xᵢⱼ"),
        ("x_Q", "x_Q"),
        ("Sigma_k", "Σₖ"),
        ("lambda", "λ"),
        ("omega", "ω"),
        ("varphi", "ϕ"),
        ("lam", "lam"),
        ("Σ", "Σ"),
        ("_x", "_x"),
        ("x_", "x_"),
    ],
)
def test_names(name, shown):
    assert pretty(name) == shown
