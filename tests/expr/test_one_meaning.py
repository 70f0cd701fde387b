"""Two variables of one name, put together in Python, are refused wherever they are met."""

import pytest

import matcalc as mc
from matcalc.errors import DeclarationError

X, OTHER = mc.vectors("x[n]"), mc.vectors("x[m]")
MIXED = X.T @ X + OTHER.T @ OTHER
MESSAGE = r"x means two things in one expression: x in R\[n\], and x in R\[m\]"


@pytest.mark.parametrize(
    "use",
    [
        lambda: mc.derive(MIXED, wrt="x"),
        lambda: mc.derive(MIXED, wrt=X, verify=False),
        lambda: mc.derive(X.T @ X, wrt=OTHER),
        lambda: mc.gradient(MIXED, X),
        lambda: mc.differential(MIXED, X),
        lambda: MIXED.evaluate({"x": [1.0]}),
        lambda: str(MIXED),
        lambda: MIXED.unicode(),
        lambda: MIXED.latex(),
    ],
)
def test_variables_of_different_sets(use):
    with pytest.raises(DeclarationError, match=MESSAGE):
        use()


def test_a_set_matters_as_a_shape_does():
    s, a = (mc.parse("S", where=f"S in {of}[n]") for of in ("SPD", "Sym"))
    with pytest.raises(DeclarationError, match=r"S in SPD\[n\], and S in Sym\[n\]"):
        mc.derive(mc.logdet(s) + mc.tr(a), wrt="S")


def test_abstract_functions():
    one = mc.parse("phi(x)", where="phi : R[n] -> R; x in R[n]")
    two = mc.parse("phi(c)", where="phi : R -> R; c in R")
    with pytest.raises(DeclarationError, match=r"phi : R\[n\] -> R, and phi : R -> R"):
        mc.derive(one + two, wrt="x")


def test_equal_declarations_are_one_variable():
    again = mc.vectors("x[n]")
    assert str(mc.gradient(X.T @ again, again)) == "2*x"
