"""Products of matrices that are not built (diagonal, Kronecker, ...): any two kinds, any order."""

import itertools

import numpy as np
import pytest

import matcalc as mc

WHERE = "d, e, x in R[n^2]; G, H in R[n,n]; L, M in R[n^2,n^2]"
FACTORS = [
    "diag(d)",
    "diag(e)",
    "kron(G,H)",
    "kron(eye(n),G)",
    "kron(diag(G*ones(n)),H)",
    "inv(M)",
    "commutation(n,n)",
    "(M + L)",
    "(kron(G,H) + kron(H,G)*commutation(n,n))",
    "(2*diag(d) + e*d')",
    "(diag(e) + M)",
    "diag(d)*kron(G,H)",
    "L",
]


@pytest.fixture(scope="module")
def values():
    rng = np.random.default_rng(1)
    draw = rng.standard_normal
    sizes = {"d": (4,), "e": (4,), "x": (4,), "G": (2, 2), "H": (2, 2), "L": (4, 4), "M": (4, 4)}
    return {name: draw(size) for name, size in sizes.items()} | {"n": 2}


@pytest.mark.parametrize("left", FACTORS)
def test_any_factor_times_any_other(left, values):
    for right in FACTORS:
        compare(f"{left}*{right}*x", values)


@pytest.mark.parametrize("pair", list(itertools.pairwise(FACTORS)), ids="*".join)
def test_a_sum_of_products_times_a_diagonal_matrix(pair, values):
    a, b = pair
    compare(f"diag(d)*({a}*{b} + 2*{b}*{a})*x", values)
    compare(f"({a}*{b} + 2*{b}*{a})*diag(e)*x", values)


def compare(text, values):
    d = mc.derive(text, wrt="x", where=WHERE)
    f = d.compile()
    given = {name: values[name] for name in (*f.parameters, "x")}
    assert np.allclose(f(**given), d.tensor(given), 1e-9), f.source
