"""A name has one meaning in one text; a later text may give it another."""

import pytest

import matcalc as mc


@pytest.mark.parametrize(
    "where, message, column",
    [
        ("X in R[n,n]; X in R[m,m]", "X in R[n,n], and X in R[m,m]", 14),
        ("X in R[n,n]; A, X in Sym[n]", "X in R[n,n], and X in Sym[n]", 17),
        ("D = A*X; D = X*A", "D = A*X, and D = X*A", 10),
        ("X in R[n,n]; X = A*A", "X in R[n,n], and X = A*A", 14),
        ("phi : R[n] -> R; phi in R", "phi : R[n] -> R, and phi in R", 18),
        ("f(x) = x^2; f : R -> R", "f(x) = x^2, and f : R -> R", 13),
    ],
)
def test_both_meanings_are_named(where, message, column):
    with pytest.raises(mc.DeclarationError) as caught:
        mc.derive("tr(X)", wrt="X", where=where)
    assert caught.value.message.endswith(message)
    assert caught.value.position == (1, column)
    assert caught.value.marks  # the first place, too


def test_the_line_of_the_first_is_named():
    with pytest.raises(mc.DeclarationError, match="first on line 1: X in R, and X in R"):
        mc.parse("X in R\ny in R\nX in R[n]\nX")


def test_saying_it_twice_is_no_harm():
    assert (
        mc.parse("X", "X in R[n,n]; X in R[n,n]; D = X;  D =  X").shape
        == mc.parse("X", "X in R[n,n]").shape
    )


def test_later_texts_and_statements_may_declare_anew():
    w = mc.Workspace("X in R[n,n]")
    w.declare("X in R[m]")
    assert w.run("X in R[3]; X")[0].shape == (3, 1)
