"""Random expressions over a fixed set of declarations, made with the constructors."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from matcalc.errors import MatcalcError
from matcalc.expr import build
from matcalc.expr.sets import make_set
from matcalc.expr.sizes import add_sizes, multiply_sizes, size_name
from matcalc.functions import lookup
from matcalc.functions.abstract import AbstractDerivative, AbstractFunction

M, N = size_name("m"), size_name("n")
SCALAR, COLUMN, ROW = (1, 1), (N, 1), (1, N)
SHAPES = (SCALAR, COLUMN, ROW, (M, 1), (N, N), (M, N), (N, M))

SETS = {
    "a": ("R",),
    "b": ("R",),
    "c": ("R",),
    "T": ("R",),
    "H": ("R",),
    "p": ("R+",),
    "x": ("R", N),
    "y": ("R", N),
    "q": ("R+", N),
    "u": ("R", M),
    "A": ("R", N, N),
    "B": ("R", N, N),
    "S": ("Sym", N),
    "Q": ("Orth", N),
    "V": ("SPD", N),
    "W": ("R", M, N),
    "Z": ("C", N, N),
    "w": ("C",),
}
SYMBOLS = {k: build.symbol(k, make_set(name, tuple(dims))) for k, (name, *dims) in SETS.items()}
PHI = AbstractFunction("phi", ((N, N),), SCALAR)
PAIR = AbstractFunction("f", (COLUMN, COLUMN), SCALAR)
MAP = AbstractFunction("g", (COLUMN,), (M, 1))
FUNCTIONS = {f.name: f for f in (PHI, PAIR, MAP)}

DECLARATIONS = "; ".join(f"{k} in {s.set}" for k, s in SYMBOLS.items()) + (
    "; phi : R[n,n] -> R; f : R[n], R[n] -> R; g : R[n] -> R[m]"
)

NUMBERS = st.one_of(
    st.integers(-4, 12).map(Fraction),
    st.fractions(-3, 3, max_denominator=40),
    st.sampled_from([Fraction(1, 10**7), Fraction(10**20), Fraction(1234567890123, 10)]),
    st.sampled_from([0.1234567890123456, 1.0000000000000002e-7, 6.02214076e23]),
)
ELEMENTWISE = ("exp", "tanh", "sigmoid", "abs", "sqrt")


class Maker:
    """Draws an expression of a shape; every method is one way to make it of smaller ones."""

    def __init__(self, draw):
        self.draw = draw

    def pick(self, items):
        return self.draw(st.sampled_from(items))

    def make(self, shape, depth):
        ways = [self.leaf]
        if depth > 0:
            ways += [self.sum, self.difference, self.scaled, self.divided, self.product]
            ways += [self.hadamard, self.element_power, self.over, self.differential]
            ways += [self.transpose, self.elementwise, self.plus_scalar]
            if shape == SCALAR:
                ways += [self.frobenius, self.power, self.function, self.abstract] * 2
                ways += [self.reciprocal, self.kronecker_sum, self.long_product]
            elif shape[0] == shape[1]:
                ways += [self.inverse, self.matrix_power, self.conjugate, self.diag, self.jac]
            elif shape == COLUMN:
                ways += [self.gradient]
        try:
            return self.pick(ways)(shape, depth - 1)
        except MatcalcError:  # a complex argument, a division by zero, the determinant of a row
            return self.leaf(shape, 0)

    def leaf(self, shape, depth):
        choices = [s for s in SYMBOLS.values() if s.shape == shape]
        choices += [s for s in choices if "complex" not in s.facts] * 2
        choices += [build.transpose(s) for s in SYMBOLS.values() if s.shape == shape[::-1]]
        choices += [build.ones(shape), build.zeros(shape)]
        if shape == SCALAR:
            choices += [build.number(self.draw(NUMBERS)) for _ in range(3)]
            choices += [build.size_number(N), build.size_number(add_sizes(multiply_sizes(M, N), 1))]
        elif shape[0] == shape[1]:
            choices += [build.identity(shape[0])]
        return self.pick(choices)

    def sum(self, shape, depth):
        return build.add(*(self.make(shape, depth) for _ in range(self.pick([2, 2, 3]))))

    def plus_scalar(self, shape, depth):
        terms = [self.make(shape, depth), self.make(SCALAR, depth), self.make(SCALAR, depth)]
        return build.add(*self.draw(st.permutations(terms)))

    def difference(self, shape, depth):
        return build.subtract(self.make(shape, depth), self.make(shape, depth))

    def scaled(self, shape, depth):
        return build.multiply(self.make(SCALAR, depth), self.make(shape, depth))

    def divided(self, shape, depth):
        return build.divide(self.make(shape, depth), self.make(SCALAR, depth))

    def product(self, shape, depth):
        k = self.pick([N, N, M, 1])
        return build.multiply(self.make((shape[0], k), depth), self.make((k, shape[1]), depth))

    def long_product(self, shape, depth):
        inner = [self.make(ROW, depth), self.make((N, N), depth), self.make(COLUMN, depth)]
        left = build.multiply(*inner[1:], inner[0])
        return build.multiply(inner[0], left, inner[2], self.make(SCALAR, depth))

    def hadamard(self, shape, depth):
        factors = [self.make(shape, depth) for _ in range(self.pick([2, 2, 3]))]
        return build.hadamard(*factors, *([self.make(SCALAR, depth)] if self.pick([0, 1]) else []))

    def over(self, shape, depth):
        below = build.element_power(self.make(shape, depth), self.pick([-1, -1, -2, -0.5]))
        return build.hadamard(self.make(self.pick([shape, SCALAR]), depth), below)

    def element_power(self, shape, depth):
        base, exponent = self.pick([(shape, SCALAR), (SCALAR, shape), (shape, shape)])
        return build.element_power(self.make(base, depth), self.make(exponent, depth))

    def differential(self, shape, depth):
        return build.differential(self.make(shape, depth))

    def transpose(self, shape, depth):
        return build.transpose(self.make(shape[::-1], depth))

    def elementwise(self, shape, depth):
        return build.apply(lookup(self.pick(ELEMENTWISE), 1), self.make(shape, depth))

    def frobenius(self, shape, depth):
        inner = self.pick(SHAPES)
        return build.frobenius(self.make(inner, depth), self.make(inner, depth))

    def power(self, shape, depth):
        return build.power(self.make(SCALAR, depth), self.make(SCALAR, depth))

    def reciprocal(self, shape, depth):
        p = self.pick([-1, -1, -2, Fraction(-1, 2), Fraction(-1, 3), -0.1234567890123])
        return build.power(self.make(SCALAR, depth), p)

    def function(self, shape, depth):
        name = self.pick(["tr", "sum", "det", "norm2", "logdet", "mean"])
        return build.apply(lookup(name, 1), self.make((N, N), depth))

    def abstract(self, shape, depth):
        if self.pick([0, 1]):
            return build.apply(PHI, self.make((N, N), depth))
        return build.apply(PAIR, self.make(COLUMN, depth), self.make(COLUMN, depth))

    def gradient(self, shape, depth):
        f = AbstractDerivative("grad", PAIR, (self.pick([0, 1]),))
        return build.apply(f, self.make(COLUMN, depth), self.make(COLUMN, depth))

    def kronecker_sum(self, shape, depth):
        factors = [self.make(self.pick(SHAPES), depth) for _ in range(self.pick([2, 3]))]
        return build.apply(lookup("sum", 1), build.kronecker(*factors))

    def inverse(self, shape, depth):
        return build.inverse(self.make(shape, depth))

    def matrix_power(self, shape, depth):
        return build.power(self.make(shape, depth), self.pick([-3, -2, 2, 3]))

    def conjugate(self, shape, depth):
        return build.conjugate(self.make(shape, depth))

    def diag(self, shape, depth):
        return build.apply(lookup("diag", 1), self.make((shape[0], 1), depth))

    def jac(self, shape, depth):
        jac = build.apply(AbstractDerivative("jac", MAP, (0,)), self.make(COLUMN, depth))
        grad = build.apply(AbstractDerivative("grad", PHI, (0,)), self.make((N, N), depth))
        return self.pick([grad, build.multiply(build.transpose(jac), self.make((M, N), depth))])


@st.composite
def expressions(draw, depth: int = 4):
    """An expression of the symbols and functions in DECLARATIONS."""
    return Maker(draw).make(draw(st.sampled_from(SHAPES)), depth)
