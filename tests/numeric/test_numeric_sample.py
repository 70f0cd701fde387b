"""Random sizes, points, directions and functions."""

from itertools import pairwise

import numpy as np
import pytest

import matcalc as mc
from matcalc.expr import build as b
from matcalc.expr.sets import SETS, make_set
from matcalc.expr.sizes import add_sizes, divide_sizes, size_name
from matcalc.functions.abstract import AbstractFunction
from matcalc.numeric.evaluate import Undefined
from matcalc.numeric.hulls import HULLS
from matcalc.numeric.sample import (
    draw_direction,
    draw_function,
    draw_point,
    draw_sizes,
    survey,
)

m, n, p = map(size_name, "mnp")


def var(name, kind="R", *dims):
    return b.symbol(name, make_set(kind, dims))


def generator(seed=0):
    return np.random.default_rng(seed)


def test_sizes_are_small_and_distinct_and_numbers_are_left_alone():
    wanted = survey(var("A", "R", m, n) @ var("B", "R", n, 3))
    for seed in range(20):
        sizes = draw_sizes(wanted, generator(seed))
        assert set(sizes) == {"m", "n"}
        assert len({*sizes.values(), 3}) == 3
        assert all(2 <= s <= 6 for s in sizes.values())


def test_both_orders_are_drawn():
    wanted = survey(var("A", "R", m, n))
    ascending = draw_sizes(wanted, generator(), order=1)
    descending = draw_sizes(wanted, generator(), order=-1)
    assert ascending["m"] < ascending["n"] and descending["m"] > descending["n"]


def test_polynomial_sizes_come_out_as_positive_integers():
    odd = divide_sizes(add_sizes(m, 1), 2)
    wanted = survey(var("x", "R", add_sizes(m, n, -1)), var("y", "R", odd))
    for seed in range(20):
        sizes = draw_sizes(wanted, generator(seed), order=1)
        assert sizes["m"] > sizes["n"] and sizes["m"] % 2 == 1


def test_many_names_get_distinct_sizes_too():
    names = [size_name(f"n_{k}") for k in range(9)]
    sizes = draw_sizes(survey(*(var(f"x_{k}", "R", d) for k, d in enumerate(names))), generator())
    assert len(set(sizes.values())) == 9


def test_large_kronecker_products_get_smaller_sizes():
    square = var("A", "R", n, n)
    e = b.kronecker(square, square, square, square)
    assert draw_sizes(survey(e), generator())["n"] <= 5
    with pytest.raises(Undefined):
        draw_sizes(survey(var("B", "R", 10**4, 10**4)), generator())


@pytest.mark.parametrize("kind", sorted(SETS))
def test_points_are_drawn_from_every_set(kind):
    dims = {(0, 1, 2): (m, n), (2,): (m, n), (1,): (n,)}[SETS[kind].sizes]
    x = var("X", kind, *dims)
    wanted = survey(x)
    point = draw_point(wanted, generator(), draw_sizes(wanted, generator(), order=-1))
    value = point.values["X"]
    assert value.ndim == 2 and np.all(np.isfinite(value))
    direction = draw_direction(x, generator(), point.sizes)
    assert direction.shape == value.shape
    assert np.iscomplexobj(direction) == SETS[kind].complex
    hull = HULLS.get(SETS[kind].hull)
    if hull is not None:
        assert np.allclose(hull.project(value), value)
        assert np.allclose(hull.project(direction), direction)


def test_scalars_are_numbers():
    point = draw_point(survey(var("c")), generator(), {})
    assert type(point.values["c"]) is np.float64
    assert type(draw_direction(var("c"), generator(), {})) is np.float64


@pytest.mark.parametrize("name", sorted(HULLS))
def test_projections_are_orthogonal(name):
    hull, (a, c) = HULLS[name], generator().normal(size=(2, 4, 4))
    assert np.allclose(hull.project(hull.project(a)), hull.project(a))
    assert np.isclose(np.sum((a - hull.project(a)) * hull.project(c)), 0)


@pytest.mark.parametrize(
    ("name", "basis"),
    [
        ("Sym", lambda e: [e(i, j) + e(j, i) * (i != j) for i in range(4) for j in range(i + 1)]),
        ("Skew", lambda e: [e(i, j) - e(j, i) for i in range(4) for j in range(i)]),
        ("Diag", lambda e: [e(i, i) for i in range(4)]),
        ("Tril", lambda e: [e(i, j) for i in range(4) for j in range(i + 1)]),
        ("Triu", lambda e: [e(j, i) for i in range(4) for j in range(i + 1)]),
        ("Toep", lambda e: [np.eye(4, k=k) for k in range(-3, 4)]),
        ("SymToep", lambda e: [np.eye(4, k=k) + np.eye(4, k=-k) * (k > 0) for k in range(4)]),
    ],
)
def test_each_free_entry_counts_once(name, basis):
    """With G the sum of the basis elements times the slopes along them, and H = Σ h_k E_k, the
    slope along H is Σ h_k slope_k."""

    def unit(i, j):
        e = np.zeros((4, 4))
        e[i, j] = 1
        return e

    elements, rng = basis(unit), generator()
    slopes, steps = rng.normal(size=(2, len(elements)))
    gradient = sum(s * e for s, e in zip(slopes, elements, strict=True))
    direction = sum(h * e for h, e in zip(steps, elements, strict=True))
    assert np.isclose(np.sum(HULLS[name].free(4) * gradient * direction), slopes @ steps)


def slope(function, x, h, step=1e-30):
    return np.imag(function(x + 1j * step * h)) / step


@pytest.mark.parametrize("domain", [(1, 1), (n, 1), (m, n)])
@pytest.mark.parametrize("codomain", [(1, 1), (p, 1)])
def test_random_functions_have_the_derivatives_that_they_claim(domain, codomain):
    sizes = {"m": 2, "n": 3, "p": 4}
    f = AbstractFunction("f", (domain,), codomain)
    value, *derivatives = draw_function(f, generator(), sizes)
    shape = {(1, 1): (), (n, 1): (3,), (m, n): (2, 3)}[domain]
    x, h = generator(1).normal(size=(2, *shape))
    assert np.shape(value(x)) == (() if codomain == (1, 1) else (4,))
    axes = len(shape)
    assert len(derivatives) == 6
    for function, derivative in pairwise([value, *derivatives[:4]]):
        slopes = slope(function, x, h)
        assert np.allclose(np.tensordot(derivative(x), h, axes), slopes, rtol=1e-12)


def test_random_functions_of_several_arguments():
    f = AbstractFunction("f", ((n, 1), (m, 1)), (1, 1))
    value, derivative, second, third, *_ = draw_function(f, generator(), {"m": 2, "n": 3})
    x, y, h = np.ones(3), np.ones(2), np.array([0.3, -0.4])
    assert np.isclose(derivative(x, y)[1] @ h, slope(lambda t: value(x, t), y, h))
    mixed = second(x, y)[0][1]
    assert mixed.shape == (3, 2)
    assert np.allclose(mixed @ h, slope(lambda t: derivative(x, t)[0], y, h))
    assert np.allclose(third(x, y)[0][1][1] @ h, slope(lambda t: second(x, t)[0][1], y, h))


def test_a_random_hessian_is_regular():
    f = AbstractFunction("f", ((n, 1),), (1, 1))
    _, _, second, *_ = draw_function(f, generator(), {"n": 6})
    assert np.linalg.matrix_rank(second(np.ones(6))) == 6


def test_products_of_many_sizes_are_tried_with_small_ones():
    """The Jacobian of A ⊗ X ⊗ B has as many entries as the squares of all six sizes allow."""
    d = mc.derive("kron(A,kron(X,B))", "X", "A in R[m,n]; X in R[p,q]; B in R[r,s]")
    assert d.verification.ok, d.verification.message
