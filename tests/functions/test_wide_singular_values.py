"""Singular values and vectors of matrices with fewer rows than columns.

There are as many singular values as columns, the last ones always 0, so U has columns of zeros and
V columns that are not unique. What is smooth all the same has derivatives; the rest is refused.
"""

import numpy as np
import pytest

import matcalc as mc

REAL, COMPLEX = ("X in R[2,3]", "X in R[2,4]", "X in R[m,m+2]"), ("X in C[2,3]", "X in C[2,4]")


@pytest.mark.parametrize("where", [*REAL, *COMPLEX])
@pytest.mark.parametrize("text", ["svd_u(X)", "sum(svals(X).^3)", "schatten(X,3)", "polar(X)"])
def test_first_derivatives_agree_with_slopes(text, where):
    assert mc.derive(text, "X", where).verify()


@pytest.mark.parametrize("where", REAL)
@pytest.mark.parametrize(
    "text", ["sum(svals(X).^3)", "schatten(X,3)", "schatten(X,5/2)^2", "normnuc(X)", "kyfan(X,2)"]
)
def test_hessians_agree_with_slopes(text, where):
    assert mc.derive(text, "X", where, order=2).verify()


def test_the_schatten_norm_of_order_4_has_the_hessian_of_a_trace():
    where = "X in R[2,4]"
    by_values = mc.derive("schatten(X,4)^4", "X", where, order=2)
    by_trace = mc.derive("tr((X*X')^2)", "X", where, order=2)
    x = {"X": np.array([[1.0, 2.0, 0.5, -1.0], [0.3, -0.4, 2.0, 1.5]])}
    assert np.allclose(by_values.tensor(x), by_trace.tensor(x), rtol=1e-11)


def test_conditions_are_of_the_singular_values_that_are_not_always_zero():
    conditions = mc.derive("svals(X)", "X", "X in R[2,4]").conditions
    assert conditions == ("the singular values of X' are simple and not 0",)
    (rank,) = mc.derive("schatten(X,p)", "X", "X in R[2,4]; p in R+").conditions
    assert rank == "X has full row rank"


@pytest.mark.parametrize("where", ["X in R[2,4]", "X in R[m,m+2]", "X in C[2,4]"])
def test_vectors_that_are_not_unique_have_no_derivative(where):
    with pytest.raises(mc.NotDifferentiableError, match="vectors belong to the singular value 0"):
        mc.derive("svd_v(X)", "X", where)
    assert mc.derive("svd_v(X)", "X", "X in R[2,3]").verify()  # of one the sign alone is free
