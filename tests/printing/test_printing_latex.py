"""Expressions in LaTeX."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from expressions import MAP, PAIR, PHI, SYMBOLS, M, N, expressions
from hypothesis import HealthCheck, given, settings

import matcalc as mc
from matcalc.expr import build
from matcalc.expr.build import element_power, frobenius, hadamard, kronecker, ones
from matcalc.expr.sizes import multiply_sizes
from matcalc.functions import lookup
from matcalc.functions.abstract import AbstractDerivative
from matcalc.printing.latex import latex_name, to_latex

a, b, c, w = (SYMBOLS[k] for k in "abcw")
x, y, u, A, B, S, W, Z = (SYMBOLS[k] for k in "xyuABSWZ")
dA = build.differential(A)


def f(name, *arguments):
    return build.apply(lookup(name, len(arguments)), *arguments)


def derivative(kind, function, by, *arguments):
    return build.apply(AbstractDerivative(kind, function, by), *arguments)


norm = f("norm2", x)

EXAMPLES = [
    (2 * A.T * (A * x - y), r"2 A^{\top} \left(A x - y\right)"),
    (build.inverse(A), "A^{-1}"),
    (build.inverse(A).T, r"A^{-\top}"),
    (A.T**2, r"\left(A^{\top}\right)^{2}"),
    ((A**2).T, r"\left(A^{2}\right)^{\top}"),
    (Z.H, r"Z^{\mathrm{H}}"),
    (build.conjugate(Z), r"\overline{Z}"),
    (A * dA * B, r"A \, \mathrm{d}A \, B"),
    (dA.T, r"\mathrm{d}A^{\top}"),
    (dA**2, r"\left(\mathrm{d}A\right)^{2}"),
    (build.differential(A * B), r"\mathrm{d}\left(A B\right)"),
    (frobenius(2 * A, dA), r"2 A : \mathrm{d}A"),
    (hadamard(x, y), r"x \odot y"),
    (hadamard(x, element_power(y, -2)), r"x \oslash y^{\odot 2}"),
    (element_power(x, a - 1), r"x^{\odot \left(a - 1\right)}"),
    (kronecker(B.T, A), r"B^{\top} \otimes A"),
    (x / norm, r"\frac{x}{\left\lVert x \right\rVert}"),
    ((a + b) / c, r"\frac{a + b}{c}"),
    (-2 * A * x / (a * c**2), r"-\frac{2 A x}{a c^{2}}"),
    ((A + A.T) * x / 2, r"\frac{1}{2} \left(A + A^{\top}\right) x"),
    (1 / c, r"\frac{1}{c}"),
    ((a / b) ** c, r"\left(\frac{a}{b}\right)^{c}"),
    (build.number(Fraction(-2, 3)), r"-\frac{2}{3}"),
    (c ** Fraction(1, 2), r"c^{1/2}"),
    (c ** (b - 1), "c^{b - 1}"),
    ((a**b) ** c, r"\left(a^{b}\right)^{c}"),
    (2 * build.power(3, a), r"2 \cdot 3^{a}"),
    (build.number(Fraction(3, 10**7)) * x, r"3 \cdot 10^{-7} x"),
    (f("tr", A * B), r"\operatorname{tr}\left(A B\right)"),
    (f("mean", x), r"\operatorname{mean}\left(x\right)"),
    (f("max", a, b), r"\max\left(a, b\right)"),
    (build.apply(PHI, A * B), r"\phi\left(A B\right)"),
    (derivative("grad", PHI, (0,), A), r"\frac{\partial \phi}{\partial A}"),
    (derivative("grad", PHI, (0,), A * B), r"\nabla \phi\left(A B\right)"),
    (derivative("grad", PAIR, (1,), x, y), r"\nabla_{2} f\left(x, y\right)"),
    (derivative("hess", PAIR, (0, 1), x, y), r"\nabla^{2}_{1,2} f\left(x, y\right)"),
    (derivative("jac", MAP, (0,), x), r"J_{g}\left(x\right)"),
    (build.identity(N), "I_{n}"),
    (build.identity(multiply_sizes(M, N)), "I_{m n}"),
    (ones((N, 1)), r"\mathbf{1}_{n}"),
    (ones((M, N)), r"\mathbf{1}_{m} \mathbf{1}_{n}^{\top}"),
    (build.zeros((M, N)), "0"),
    (y + c, "y + c"),
]


@pytest.mark.parametrize(("e", "text"), EXAMPLES, ids=[t for _, t in EXAMPLES])
def test_latex(e, text):
    assert to_latex(e) == text
    assert e.latex() == text


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("x", "x"),
        ("x_1", "x_{1}"),
        ("x12", "x_{12}"),
        ("x_i_1", "x_{i,1}"),
        ("w_ij", "w_{ij}"),
        ("w_max", r"w_{\mathrm{max}}"),
        ("lam", r"\mathrm{lam}"),
        ("lambda", r"\lambda"),
        ("sigma_1", r"\sigma_{1}"),
        ("Σ_k", r"{\Sigma}_{k}"),
        ("Sigma", r"\Sigma"),
        ("Alpha", r"\mathrm{A}"),
        ("omicron", "o"),
        ("varphi", r"\varphi"),
        ("é", r"\acute{e}"),
        ("Ж", r"\mathrm{zhe}"),
        ("_x", r"\mathrm{\_x}"),
        ("x$", r"\mathrm{x\$}"),
        ("x\\", r"\mathrm{x\mathrm{solidus}}"),
        ("a__b", r"\mathrm{a\_\_b}"),
        ("aγ", r"\mathrm{a{\gamma}}"),
        ("名", r"\mathrm{ideograph540d}"),
    ],
)
def test_names(name, shown):
    assert latex_name(name) == shown


KNOWN = r"""left right frac top odot oslash otimes cdot mathrm mathbf operatorname overline lVert
    rVert phi sqrt partial nabla det log exp tanh sigma quad text , _"""


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(expressions())
def test_commands_are_known_braces_match_and_no_superscript_is_double(e):
    text = e.latex()
    assert text.isascii()
    assert set(re.findall(r"\\([A-Za-z]+|.)", text)) <= set(KNOWN.split()) | {" "}
    assert text.count(r"\left") == text.count(r"\right")
    open_braces: list[int] = []
    for place, character in enumerate(text):
        if character == "{":
            open_braces.append(place)
        elif character == "}":
            start = open_braces.pop()
            assert not (text[start - 1 : start] == "^" and text[place + 1 : place + 2] == "^")
    assert not open_braces


@pytest.mark.parametrize(
    ("text", "where", "expected"),
    [
        (
            "c*ones(k,k) - diag(x)",
            "c in R; x in R[k]",
            r"c \left(\mathbf{1}_{k} \mathbf{1}_{k}^{\top}\right)",
        ),
        ("c + X", "c in R; X in R[k,k]", r"c \left(\mathbf{1}_{k} \mathbf{1}_{k}^{\top}\right)"),
        ("c + X", "c in R; X in R[k,n]", "c + X"),
        ("c + x", "c in R; x in R[k]", "c + x"),
        ("1 - tanh(X).^2", "X in R[k,k]", r"1 - \tanh\left(X\right)^{\odot 2}"),
    ],
)
def test_a_scalar_beside_a_square_matrix_does_not_read_as_one_of_the_identity(
    text, where, expected
):
    assert mc.parse(text, where).latex().startswith(expected)
