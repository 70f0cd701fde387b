"""Expressions as text in the language."""

from __future__ import annotations

from fractions import Fraction

import pytest
from expressions import MAP, PAIR, PHI, SYMBOLS, M, N

import matcalc as mc
from matcalc.expr import build
from matcalc.expr.build import element_power, frobenius, hadamard, kronecker, ones
from matcalc.expr.sizes import add_sizes, multiply_sizes
from matcalc.functions import lookup
from matcalc.functions.abstract import AbstractDerivative
from matcalc.printing.text import to_text

a, b, c, T, H, w = (SYMBOLS[k] for k in "abcTHw")
x, y, u, A, B, S, W, Z = (SYMBOLS[k] for k in "xyuABSWZ")
half, third = Fraction(1, 2), Fraction(1, 3)
n = build.size_number(N)
e1 = ones((N, 1))


def f(name, *arguments):
    return build.apply(lookup(name, len(arguments)), *arguments)


def d(e):
    return build.differential(e)


def derivative(kind, function, by, *arguments):
    return build.apply(AbstractDerivative(kind, function, by), *arguments)


def over(above, below):
    return hadamard(above, element_power(below, -1))


LEAVES = [
    (A, "A"),
    (build.identity(N), "eye(n)"),
    (build.identity(add_sizes(N, 1)), "eye(n + 1)"),
    (build.zeros((M, N)), "zeros(m,n)"),
    (build.zeros((N, 1)), "zeros(n)"),
    (build.zeros((1, N)), "zeros(1,n)"),
    (ones((M, N)), "ones(m,n)"),
    (e1, "ones(n)"),
    (ones((1, N)), "ones(n)'"),
    (ones((multiply_sizes(M, N), 1)), "ones(m*n)"),
    (n, "n"),
    (e1 / n, "ones(n)/n"),
]

NUMBERS = [
    (build.number(0), "0"),
    (build.number(-2), "-2"),
    (build.number(half), "1/2"),
    (build.number(-third), "-1/3"),
    (build.number(Fraction(1, 20)), "0.05"),
    (build.number(Fraction(7, 12)), "7/12"),
    (build.number(Fraction(1, 10**7)), "1e-7"),
    (build.number(Fraction(1234567890123, 10)), "1234567890123/10"),
    (build.number(10**20), "100000000000000000000"),
    (build.number(0.1234567890123456), "0.1234567890123456"),
    (build.number(1.0000000000000002e-07), "1.0000000000000002e-07"),
]

PRODUCTS = [
    (A * x, "A*x"),
    (-(A * x), "-A*x"),
    (2 * A.T * W.T * u, "2*A'*W'*u"),
    (-2 * c * A.T * x / (x.T * x), "-2*c*A'*x/(x'*x)"),
    ((A + A.T) * x / 2, "(A + A')*x/2"),
    (Fraction(3, 2) * A, "3*A/2"),
    (Fraction(1, 20) * A, "0.05*A"),
    (Fraction(5, 12) * A, "5*A/12"),
    (x / (a * b), "x/(a*b)"),
    (A / c**2, "A/c^2"),
    (A / (2 * c), "A/(2*c)"),
    (1 / c, "1/c"),
    (-1 / c, "-1/c"),
    (2 / c, "2/c"),
    (2 / (3 * (a + b)), "2/(3*(a + b))"),
    ((a + b) * x, "(a + b)*x"),
    (-(a + b), "-(a + b)"),
    (x.T * A * x, "x'*A*x"),
    (2 * (x.T * A * x), "2*x'*A*x"),
    ((x.T * A * x) * x, "(x'*A*x)*x"),
    ((x.T * A * x) / (x.T * x), "x'*A*x/(x'*x)"),
    ((x.T * x) * c, "(x'*x)*c"),
    (build.multiply(x.T, A * x * x.T), "x'*(A*x*x')"),
    (A * x * x.T, "A*x*x'"),
    (1 / (x.T * x) ** 2, "1/(x'*x)^2"),
]

SUMS = [
    (A + B - A.T, "A + B - A'"),
    (-A + B, "-A + B"),
    (A - 2 * B, "A - 2*B"),
    (A - (B - A.T), "A - (B - A')"),
    (a + half, "a + 1/2"),
    (y + c, "y + c"),
    (c + y, "c + y"),
    (y - 2 * c, "y - 2*c"),
    (y + (a + b), "y + (a + b)"),
    (y - (a + b), "y - (a + b)"),
    (y + 1, "y + 1"),
    (1 - element_power(f("tanh", x), 2), "1 - tanh(x).^2"),
    (y + x.T * x, "y + x'*x"),
    (y + frobenius(A, B), "y + A : B"),
    (c * e1, "c*ones(n)"),
    (build.add(c * e1, a * e1, y), "c*ones(n) + a*ones(n) + y"),
    (build.add(c * e1, a * e1), "c*ones(n) + a*ones(n)"),
]

ENTRYWISE = [
    (hadamard(x, y), "x.*y"),
    (2 * hadamard(x, y), "2*x.*y"),
    (-hadamard(y, A * x), "-y.*(A*x)"),
    (hadamard(x, y) / 2, "x.*y/2"),
    (c * hadamard(x, y) / a, "c*x.*y/a"),
    (A.T * hadamard(x, y), "A'*(x.*y)"),
    (hadamard(A * x, y), "(A*x).*y"),
    (c * hadamard(A * x, y), "c*(A*x).*y"),
    (hadamard(x + y, x - y), "(x + y).*(x - y)"),
    (hadamard(x, element_power(y, -2)), "x./y.^2"),
    (over(1, x), "1./x"),
    (over(c, x), "c./x"),
    (over(-2, x) / 3, "-2./x/3"),
    (over(x, 2 * y), "x./(2*y)"),
    (hadamard(over(1, x), over(1, y)), "1./x./y"),
    (A * over(1, x), "A*(1./x)"),
    (A * element_power(x, 2), "A*x.^2"),
    (element_power(x, 2), "x.^2"),
    (element_power(x, a), "x.^a"),
    (element_power(x, a - 1), "x.^(a - 1)"),
    (element_power(x, y), "x.^y"),
    (element_power(2, x), "2.^x"),
    (element_power(element_power(x, 2), half), "(x.^2).^0.5"),
    (element_power(x.T, 2), "x'.^2"),
    (element_power(2, x.T), "2.^(x')"),
]

POWERS = [
    (A**3, "A^3"),
    (A**-2, "A^-2"),
    ((A**2).T, "(A^2)'"),
    (A.T**2, "A'^2"),
    ((A**2) ** 3, "(A^2)^3"),
    ((A + B) ** 2, "(A + B)^2"),
    (build.inverse(A), "inv(A)"),
    (build.inverse(A).T, "inv(A)'"),
    (build.inverse(A.T), "inv(A')"),
    (A * build.inverse(B), "A*inv(B)"),
    (c**half, "c^0.5"),
    (c**third, "c^(1/3)"),
    (1 / c**half, "1/c^0.5"),
    (c ** (b - 1), "c^(b - 1)"),
    (c ** (-b), "c^(-b)"),
    (a**b, "a^b"),
    ((a**b) ** c, "(a^b)^c"),
    (a ** (b**c), "a^(b^c)"),
    (build.power(-2, a), "(-2)^a"),
    (build.power(half, a), "(1/2)^a"),
    (build.power(2, 300), "2^300"),
    (f("norm2", x) ** 2, "norm2(x)^2"),
    (a ** f("exp", b), "a^exp(b)"),
    (c**T, "c^(T)"),
    (c**H, "c^(H)"),
    (element_power(x, T), "x.^T"),
]

TRANSPOSES = [
    (A.T, "A'"),
    ((A * B).T, "(A*B)'"),
    ((A + B).T, "(A + B)'"),
    (hadamard(x, y).T, "(x.*y)'"),
    ((2 * A * B).T, "2*(A*B)'"),
    (d(A).T, "d(A)'"),
    (Z.H, "Z^H"),
    ((Z * Z).H, "(Z*Z)^H"),
    (build.conjugate(Z), "conj(Z)"),
    (Z.H * Z, "Z^H*Z"),
    (build.conjugate(w) * Z, "conj(w)*Z"),
]

PAIRINGS = [
    (frobenius(A, B), "A : B"),
    (-frobenius(A, B), "-A : B"),
    (frobenius(2 * A, B * d(A)), "2*A : B*d(A)"),
    (frobenius(A, c * B), "c*A : B"),
    (frobenius(2 * x, y) / 3, "2*(x : y)/3"),
    (frobenius(A, B) / c, "(A : B)/c"),
    (frobenius(A, B) * x, "(A : B)*x"),
    (frobenius(A, B) * frobenius(A, A), "(A : B)*(A : A)"),
    (frobenius(2 * (A + B), d(A)), "2*(A + B) : d(A)"),
    (frobenius(A, d(W.T) * W + W.T * d(W)), "A : (d(W')*W + W'*d(W))"),
    (frobenius(A, B) - frobenius(B, S), "A : B - B : S"),
    (frobenius(hadamard(x, y), 3 * x), "3*x.*y : x"),
    (kronecker(A, B), "kron(A,B)"),
    (kronecker(A, B + S, W), "kron(A,kron(B + S,W))"),
    (2 * kronecker(A, B), "2*kron(A,B)"),
]

CALLS = [
    (f("tr", A * B), "tr(A*B)"),
    (-f("exp", -x), "-exp(-x)"),
    (f("max", x, c), "max(x,c)"),
    (d(A * W.T), "d(A*W')"),
    (build.apply(PHI, A * B), "phi(A*B)"),
    (build.apply(PAIR, x, y), "f(x,y)"),
    (derivative("grad", PHI, (0,), A), "grad(phi)(A)"),
    (derivative("grad", PAIR, (1,), x, y), "grad(f,2)(x,y)"),
    (derivative("jac", MAP, (0,), x).T * u, "jac(g)(x)'*u"),
    (derivative("hess", PAIR, (0, 1), x, y), "hess(f,1,2)(x,y)"),
]


@pytest.mark.parametrize(
    ("e", "text"),
    LEAVES + NUMBERS + PRODUCTS + SUMS + ENTRYWISE + POWERS + TRANSPOSES + PAIRINGS + CALLS,
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_text(e, text):
    assert to_text(e) == text
    assert str(e) == text
    assert repr(e) == text


def test_long_numbers_are_written_in_portions_that_the_language_reads():
    text = str(build.number(2**16000))
    assert "*1e300" in text
    assert max(len(part) for part in text.replace(")", " ").replace("*", " ").split()) < 4000
    assert eval(text.replace("1e300", "10**300")) == 2**16000


@pytest.mark.parametrize(
    "value", [0.7, 1e-7, 6.02314076e23, 1e22, 1e23, 5e-324, 1.7976931348623157e308, 2.0**-1000]
)
def test_a_float_comes_back_from_its_text(value):
    assert build.literal(to_text(build.number(value))) is build.number(value)


@pytest.mark.parametrize(
    "text",
    [
        "1e-400*a",
        "1e+400*a",
        "1.5e-320*a",
        "1e+300*a",
        "7e-4000*a",
        "100000000000000000000*a",
        "1.23456789012346e-310*a",
        "a/12345678901234567890123",
    ],
)
def test_numbers_of_any_magnitude_are_kept(text):
    assert str(mc.parse(text)) == text


def test_numbers_beyond_all_literals_parse_back():
    for e in (mc.parse("a/3^150/3^150"), mc.parse("1e-400*1e-4000*a")):
        assert mc.parse(str(e)) is e
