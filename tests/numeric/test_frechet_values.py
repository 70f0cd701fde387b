"""Values of functions of matrices and their Fréchet derivatives, against SciPy and differences."""

import numpy as np
import pytest
import scipy.linalg

from matcalc.numeric import decompositions as linalg

RNG = np.random.default_rng(3)


@pytest.mark.parametrize("n", [1, 2, 5])
@pytest.mark.parametrize("size", [0.0, 0.1, 1.0, 30.0])
def test_the_exponential_of_matrices_and_stacks(n, size):
    a = size * RNG.normal(size=(3, n, n))
    wanted = np.stack([scipy.linalg.expm(x) for x in a])
    assert np.allclose(linalg.expm(a), wanted, rtol=0, atol=1e-11 * np.max(abs(wanted)))
    z = a[0] + 1j * a[1]
    wanted = scipy.linalg.expm(z)
    assert np.allclose(linalg.expm(z), wanted, rtol=0, atol=1e-11 * np.max(abs(wanted)))
    assert np.isnan(linalg.expm(np.full((2, 2), np.inf))).all()


@pytest.mark.parametrize("name", ["expm", "logm", "sqrtm", "sinm", "cosm"])
@pytest.mark.parametrize("n", [1, 3, 13])  # large ones by the block matrix
def test_frechet_derivatives_are_slopes(name, n):
    f = getattr(linalg, name)
    a = 2 * np.eye(n) + 0.3 * RNG.normal(size=(n, n)) / n**0.5
    e, v = RNG.normal(size=(2, n, n))
    h = 1e-4

    def slope(g):
        return (g(a + h * v) - g(a - h * v)) / (2 * h)

    first = linalg.frechet(f, a, v)
    assert np.allclose(first, slope(f), rtol=0, atol=1e-5 * np.max(abs(first)))
    second = linalg.frechet(f, a, e, v)
    wanted = slope(lambda x: linalg.frechet(f, x, e))
    assert np.allclose(second, wanted, rtol=0, atol=1e-5 * np.max(abs(second)))
    if n < 13:
        columns = linalg.frechet_matrix(f, 1, a, e) @ v.reshape(-1, order="F")
        assert np.allclose(columns, second.reshape(-1, order="F"), rtol=0, atol=1e-10 * n**2)


@pytest.mark.parametrize("name", ["expm", "logm", "sqrtm"])
def test_derivatives_of_higher_order_are_slopes(name):
    """Of orders 3 and 4, by the block matrix and, of inverse functions, by linear equations."""
    f = getattr(linalg, name)
    a = 2 * np.eye(3) + 0.3 * RNG.normal(size=(3, 3))
    *along, v = RNG.normal(size=(4, 3, 3))
    h = 1e-4
    for k in (2, 3):
        e = along[:k]
        found = linalg.frechet(f, a, *e, v)
        wanted = (linalg.frechet(f, a + h * v, *e) - linalg.frechet(f, a - h * v, *e)) / (2 * h)
        assert np.allclose(found, wanted, rtol=0, atol=1e-5 * np.max(abs(found)))
        assert np.allclose(found, linalg.frechet(f, a, v, *e[::-1]))  # in every order of directions


def test_the_matrix_of_a_matrix():
    """frechetmatrix(f,2)(A)*vec(E) stacks the columns of frechetmatrix(f)(A,E)."""
    a, e = RNG.normal(size=(2, 3, 3))
    found = linalg.frechet_matrix(linalg.expm, 2, a) @ e.reshape(-1, order="F")
    wanted = linalg.frechet_matrix(linalg.expm, 1, a, e).reshape(-1, order="F")
    assert found.shape == (81,) and np.allclose(found, wanted)


def test_a_double_eigenvalue_is_no_matter():
    """The block [A E; 0 A] has no eigenvectors; roots and logarithms must not need them."""
    a = np.array([[2.0, 1.0], [0.0, 2.0]])
    e = RNG.normal(size=(2, 2))
    root = linalg.frechet(linalg.sqrtm, a, e)
    x = linalg.sqrtm(a)
    assert np.allclose(x @ root + root @ x, e)
    back = linalg.frechet(linalg.expm, linalg.logm(a), linalg.frechet(linalg.logm, a, e))
    assert np.allclose(back, e)
