"""Expressions as on paper, in Unicode."""

from __future__ import annotations

from fractions import Fraction

import pytest
from expressions import MAP, PAIR, PHI, SYMBOLS, M, N

import matcalc as mc
from matcalc.expr import build
from matcalc.expr.build import element_power, frobenius, hadamard, kronecker, ones
from matcalc.expr.sets import make_set
from matcalc.expr.sizes import add_sizes
from matcalc.functions import lookup
from matcalc.functions.abstract import AbstractDerivative, AbstractFunction
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
    (hadamard(x, element_power(y, -2)), "x ⊘ y⊙²"),
    (hadamard(x, element_power(y, -1)) / c, "(x ⊘ y)/c"),
    (element_power(y, -1), "1 ⊘ y"),
    (element_power(x, a - 1), "x^⊙(a − 1)"),
    (1 - element_power(f("tanh", x), 2), "1 − tanh(x)⊙²"),
    (x / norm, "x/‖x‖"),
    ((build.identity(N) - x * x.T / norm**2) / norm, "(Iₙ − x xᵀ/‖x‖²)/‖x‖"),
    ((A + A.T) * x / 2, "(A + Aᵀ) x/2"),
    (f("tr", A * B), "tr(A B)"),
    (c ** (b - 1), "c^(b − 1)"),
    (c ** Fraction(1, 2), "c^(1/2)"),
    (2 * build.power(3, a), "2·3^a"),
    (kronecker(B.T, A), "Bᵀ ⊗ A"),
    (-kronecker(B.T, A * B), "−(Bᵀ ⊗ A B)"),
    (kronecker(A.T, B) * f("diag", f("diag", kronecker(A, B))), "(Aᵀ ⊗ B) Diag(diag(A ⊗ B))"),
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


@pytest.mark.parametrize(
    "text, where, unicode, latex",
    [
        (
            "2*kron(eye(p),A'*A)",
            "A in R[m,n]; X in R[n,p]",
            "2 (Iₚ ⊗ Aᵀ A)",
            r"2 \left(I_{p} \otimes A^{\top} A\right)",
        ),
        (
            "kron(A,x.*y)",
            "A in R[m,n]; x, y in R[n]",
            "A ⊗ (x ⊙ y)",
            r"A \otimes \left(x \odot y\right)",
        ),
        ("kron(A + B,A)", "A, B in R[m,n]", "(A + B) ⊗ A", r"\left(A + B\right) \otimes A"),
        (
            "kron(A,B)*vec(X)",
            "A in R[m,n]; B in R[p,q]; X in R[q,n]",
            "(A ⊗ B) vec(X)",
            r"\left(A \otimes B\right) \operatorname{vec}\left(X\right)",
        ),
        (
            "commutation(m,n)*vec(X)",
            "X in R[m,n]",
            "Kₘₙ vec(X)",
            r"K_{m,n} \operatorname{vec}\left(X\right)",
        ),
        (
            "commutation(q,2)*vec(X)",
            "X in R[q,2]",
            "K(q, 2) vec(X)",
            r"K_{q,2} \operatorname{vec}\left(X\right)",
        ),
        ("duplication(n)*x", "x in R[n*(n+1)/2]; A in R[n,n]", "Dₙ x", r"D_{n} x"),
        (
            "diag(x)*diag(A)",
            "x in R[n]; A in R[n,n]",
            "Diag(x) diag(A)",
            r"\operatorname{Diag}\left(x\right) \operatorname{diag}\left(A\right)",
        ),
        ("x.^2 + x.^a", "x in R[n]; a in R", "x⊙² + x^⊙a", r"x^{\odot 2} + x^{\odot a}"),
    ],
)
def test_matrices_of_jacobians_on_paper(text, where, unicode, latex):
    e = mc.parse(text, where)
    assert e.unicode() == unicode
    assert e.latex() == latex
    assert e.latex().count("{") == e.latex().count("}")
