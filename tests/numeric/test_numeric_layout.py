"""From users' arrays to the layout inside and back, and what is said of arrays that do not fit."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcalc.errors import DomainError, MatcalcError, ShapeError, UnknownNameError
from matcalc.expr import build as b
from matcalc.expr.sets import make_set
from matcalc.expr.sizes import add_sizes, divide_sizes, multiply_sizes, size_name
from matcalc.functions.abstract import AbstractDerivative, AbstractFunction
from matcalc.numeric.layout import bind_sizes, evaluate_expression
from matcalc.numeric.tensors import from_tensor, numeric_shape, tensor_shape, to_tensor

m, n, p = map(size_name, "mnp")


def var(name, kind="R", *dims):
    return b.symbol(name, make_set(kind, dims))


A, x, c = var("A", "R", m, n), var("x", "R", n), var("c")


@given(st.sampled_from([(1, 1), (n, 1), (1, n), (m, n), (n, n)]), st.integers(1, 3))
def test_a_value_comes_back_as_it_went_in(shape, size):
    sizes = {"n": size, "m": 2}
    rng = np.random.default_rng(0)
    array = rng.normal(size=tensor_shape(shape, sizes))
    inside = from_tensor(array, shape)
    assert np.shape(inside) == (() if shape == (1, 1) else numeric_shape(shape, sizes))
    assert np.array_equal(to_tensor(inside, shape), array)


def test_the_axes_are_those_of_the_symbolic_shape():
    assert tensor_shape((1, 1)) == ()
    assert tensor_shape((n, 1)) == (n,)
    assert tensor_shape((1, n)) == (1, n)
    assert tensor_shape((m, n), {"m": 1, "n": 1}) == (1, 1)


def test_numbers_lists_and_integers_are_taken():
    assert evaluate_expression(2 * x, {"x": [1, 2]}).tolist() == [2.0, 4.0]
    assert evaluate_expression(c / 2, {"c": 3}) == 1.5
    assert evaluate_expression(c / 2, {"c": np.float32(3)}) == 1.5
    assert evaluate_expression(c / 2, {"c": True}) == 0.5


def fails(kind, expression, values, *texts, variables=()):
    with pytest.raises(kind) as caught:
        evaluate_expression(expression, values, variables)
    message = caught.value.message + " " + (caught.value.hint or "")
    for text in texts:
        assert text in message


def test_a_missing_variable_is_named_with_its_shape():
    fails(UnknownNameError, A @ x, {"x": [1.0]}, "no value is given for A", "A is m×n")


def test_a_wrong_number_of_axes():
    fails(ShapeError, x, {"x": [[1.0], [2.0]]}, "x is n×1", "one axis", "(2, 1)")
    fails(ShapeError, A, {"A": 3.0}, "A is m×n", "two axes", "a number")
    fails(ShapeError, c, {"c": [3.0]}, "c is 1×1", "give a number")


def test_inconsistent_sizes_name_both_variables():
    fails(ShapeError, A @ x, {"A": np.ones((2, 3)), "x": np.ones(4)}, "x is n×1", "n = 3 from A")


def test_a_declared_number_must_be_met():
    fails(ShapeError, var("z", "R", 3), {"z": np.ones(4)}, "z is 3×1", "(4,)")


def test_values_that_are_no_numbers():
    fails(MatcalcError, x, {"x": "abc"}, "the value of x")
    fails(MatcalcError, x, {"x": [None]}, "the value of x")
    fails(MatcalcError, x, {"x": [[1.0], [1.0, 2.0]]}, "the value of x")


def test_complex_values_are_for_variables_declared_complex():
    fails(DomainError, x, {"x": [1j]}, "x is declared real")
    z = var("z", "C", n)
    assert evaluate_expression(b.conjugate(z), {"z": [1j]}).tolist() == [-1j]
    assert evaluate_expression(z.H @ z, {"z": [1j]}) == 1


def test_a_size_that_no_array_determines_is_named():
    fails(ShapeError, b.ones((m, n)), {}, "no given array determines the size m", "m=...")
    assert evaluate_expression(b.ones((m, n)), {"m": 2, "n": 3}).shape == (2, 3)
    fails(ShapeError, b.ones((m, n)), {"m": 2.5, "n": 3}, "positive integer")


def test_a_variable_that_the_answer_lost_still_gives_its_sizes():
    """The gradient of sum(A) is ones(m,n)."""
    got = evaluate_expression(b.ones((m, n)), {"A": np.zeros((2, 3))}, variables=[A])
    assert got.shape == (2, 3)


def test_polynomial_sizes_are_solved_and_checked():
    def bound(*pairs):
        return bind_sizes({var(f"v{k}", "R", d): np.ones(s) for k, (d, s) in enumerate(pairs)})

    half = divide_sizes(multiply_sizes(n, add_sizes(n, 1)), 2)
    assert bound((add_sizes(n, 1), 5)) == {"n": 4}
    assert bound((half, 10)) == {"n": 4}
    assert bound((half, 5050)) == {"n": 100}
    assert bound((multiply_sizes(m, n), 12), (n, 3)) == {"n": 3, "m": 4}
    assert bound((multiply_sizes(n, p), 15), (multiply_sizes(m, n), 6), (m, 2)) == {
        "m": 2,
        "n": 3,
        "p": 5,
    }
    assert bound((multiply_sizes(m, n), 12)) == {}
    for pairs in [((half, 11),), ((add_sizes(n, 1), 1),), ((multiply_sizes(m, n), 7), (n, 3))]:
        with pytest.raises(ShapeError):
            bound(*pairs)


def test_abstract_functions_that_do_not_fit():
    phi = AbstractFunction("phi", ((n, 1),), (1, 1))
    value = b.apply(phi, x)
    slope = b.apply(AbstractDerivative("grad", phi, (0,)), x)
    fails(UnknownNameError, value, {"x": [1.0]}, "phi")
    fails(MatcalcError, value, {"x": [1.0], "phi": 3.0}, "phi is not a tuple of functions")
    fails(MatcalcError, slope, {"x": [1.0], "phi": (np.sum,)}, "phi needs its derivative")
    fails(ShapeError, value, {"x": [1.0, 2.0], "phi": (np.sin,)}, "phi returned shape (2,)")
    fails(MatcalcError, value, {"x": [1.0], "phi": (lambda: 0,)}, "phi failed")
    assert evaluate_expression(value, {"x": [1.0, 2.0], "phi": np.sum}) == 3


def test_numbers_too_large_for_a_float_are_infinite():
    huge = b.number(Fraction(10) ** 400)
    assert evaluate_expression(huge * c, {"c": 1.0}) == np.inf
