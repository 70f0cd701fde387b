"""The spectral radius, by the eigenvectors of a simple dominant eigenvalue or conjugate pair.

Magnus, Econometric Theory 1 (1985) 179-191; Golub & Van Loan, Matrix Computations, sec. 7.2.2.
"""

import numpy as np
import pytest

import matcalc as mc

WHERE = "A in R[n,n]"
ROTATION = np.array([[0.5, -2.0, 0.3], [1.5, 0.7, 0.2], [0.1, -0.4, 0.3]])
NEGATIVE = np.array([[-3.0, 0.4, 0.2], [0.1, 1.0, 0.5], [0.3, -0.2, 0.5]])
POSITIVE = np.array([[1.0, 2.0, 0.5], [0.3, 1.0, 0.2], [0.7, 0.1, 2.0]])


def radius(a):
    return max(abs(np.linalg.eigvals(a)))


def gradient(a):
    """Re(conj(λ) conj(w) v'/(w^H v))/|λ| with eigenvectors as NumPy has them."""
    values, right = np.linalg.eig(a)
    k = np.argmax(abs(values))
    left = np.linalg.inv(right)[k]  # scaled to w^H v = 1
    return np.real(values[k].conj() / abs(values[k]) * np.outer(left, right[:, k]))


@pytest.mark.parametrize("a", [ROTATION, NEGATIVE, POSITIVE, NEGATIVE + NEGATIVE.T])
def test_the_gradient_is_by_left_and_right_eigenvectors(a):
    found = mc.derive("specrad(A)", "A", WHERE).tensor({"A": a})
    assert np.allclose(found, gradient(a), rtol=1e-10)


@pytest.mark.parametrize("a", [ROTATION, NEGATIVE, POSITIVE])
def test_the_hessian_agrees_with_differences_of_that_gradient(a):
    found = mc.derive("specrad(A)", "A", WHERE, order=2).tensor({"A": a})
    e = np.random.default_rng(0).standard_normal(a.shape)
    h = 1e-5
    slope = (gradient(a + h * e) - gradient(a - h * e)) / (2 * h)
    assert np.allclose(np.tensordot(found, e, 2), slope, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize(
    ("text", "variable", "where"),
    [
        ("specrad(A)", "A", WHERE),
        ("specrad(S)", "S", "S in Sym[n]"),
        ("log(specrad(A*diag(x)))", "x", "A in R+[n,n]; x in R+[n]"),  # next generation matrices
        ("specrad(A*X*B)^2", "X", "A in R[n,p]; X in R[p,q]; B in R[q,n]"),
        ("specrad(eye(n) - t*A'*A)", "t", "A in R[m,n]; t in R"),  # gradient descent
    ],
)
def test_compositions_agree_with_slopes(text, variable, where, order):
    assert mc.derive(text, variable, where, order=order).verify()


def test_of_a_positive_definite_matrix_it_is_the_largest_eigenvalue():
    where = "S in SPD[n]"
    d = mc.derive("specrad(S)", "S", where)
    assert str(d.result) == "domproj_re(S)"
    s = {"S": POSITIVE @ POSITIVE.T}
    for order in (1, 2):
        one = mc.derive("specrad(S)", "S", where, order=order).tensor(s)
        assert np.allclose(one, mc.derive("lambda_max(S)", "S", where, order=order).tensor(s))


def test_conditions():
    conditions = mc.derive("specrad(A)", "A", WHERE).conditions
    assert conditions == (
        "one eigenvalue of A, or one conjugate pair, has the largest modulus, and is simple",
        "an eigenvalue of A is not 0",
    )
    assert not mc.derive("specrad(A)", "A", "A in R+[n,n]").conditions  # Perron's theorem


@pytest.mark.parametrize("a", [np.diag([1.0, -1.0]), np.eye(2), np.array([[0.0, 1], [0, 0]])])
def test_where_it_has_no_derivative_there_is_no_number(a):
    assert radius(a) == mc.parse("specrad(A)", WHERE).evaluate({"A": a})
    with np.errstate(all="ignore"):
        try:
            found = mc.derive("specrad(A)", "A", WHERE).tensor({"A": a})
        except mc.MatcalcError:
            return
    assert np.isnan(found).any()


def test_complex_matrices_are_refused():
    with pytest.raises(mc.NotSupportedError):
        mc.derive("specrad(Z)", "Z", "Z in C[n,n]")
