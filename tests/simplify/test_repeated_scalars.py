"""What the user wrote stays as it is, a*a*x too: a factor that comes twice is counted twice."""

import pytest

import matcalc as mc
from matcalc.simplify.normal_form import Simplifier

SCOPE = mc.Workspace("S in Sym[n]; Z in R[n,p]; x in R[n]; a, b in R; c in R+")

SUMS = [  # a sum, the parts of it that the user wrote, and its closed form
    ("a*a + a*b", ["a*a"], "a*(a + b)"),
    ("a*a*b + a*c*b", ["a*a*b"], "a*b*(a + c)"),
    ("a*a*S + a^2*b*S", ["a*a*S"], "a^2*(1 + b)*S"),
    ("a*a*S*x + a*b*x", ["a*a*S*x"], "a*(a*S*x + b*x)"),
    ("a*a*S*x + a*a*x", ["a*a*S*x", "a*a*x"], "a^2*(S*x + x)"),
    ("2*(a*a*S + a*a*S')^2*Z", ["a*a*S"], "8*a^4*S^2*Z"),
]


@pytest.mark.parametrize(("text", "whole", "expected"), SUMS)
def test_a_common_factor_is_taken_out_as_often_as_it_is_there(text, whole, expected):
    simplified = Simplifier(frozenset(map(SCOPE.parse, whole)))(SCOPE.parse(text))
    assert str(simplified) == expected


@pytest.mark.parametrize("text", ["norm2(a*a*S*x + a*a*x)", "norm2(a*a*x + a^2*b*S*x)"])
def test_gradients_of_functions_with_repeated_scalars(text):
    assert SCOPE.derive(text, wrt="x").verify()
