"""The values of index notation: sums over many indices, as numbers."""

import numpy as np
import pytest

import matcalc as mc
from matcalc.derivation.index import Index
from matcalc.numeric.indices import _summed


def test_the_index_form_of_a_long_product_is_compared_with_its_matrix():
    """Sixty indices are summed over, more than einsum has letters for."""
    names = [f"A{k}" for k in range(60)]
    where = "; ".join(f"{a} in R[n,n]" for a in [*names, "X"])
    d = mc.derive("*".join([*names, "X"]), wrt="X", where=where)
    assert d.index().unicode().count("Σ") > 52
    assert d.verification.ok
    assert d.verify(steps=True)


def test_the_hessian_of_a_net_of_thirty_layers_is_verified():
    layers = range(30)
    f = "x"
    for k in layers:
        f = f"tanh(W{k}*{f})"
    where = "x in R[n]; y in R[n]; " + "; ".join(f"W{k} in R[n,n]" for k in layers)
    d = mc.derive(f"norm2({f} - y)^2", wrt="W0", where=where, order=2)
    assert d.verification.ok


@pytest.mark.parametrize("seed", range(12))
def test_one_index_after_the_other_is_the_sum_over_all(seed):
    """Random products of arrays: a diagonal, parts that share nothing, indices there many times."""
    rng = np.random.default_rng(seed)
    indices = [Index(name, int(rng.integers(1, 4))) for name in "abcdefgh"]
    factors = []
    for _ in range(rng.integers(0, 7)):
        places = tuple(indices[k] for k in rng.integers(0, 8, size=rng.integers(0, 4)))
        factors.append((rng.normal(size=[x.size for x in places]), places))
    free = tuple(indices[k] for k in rng.choice(8, size=2, replace=False))
    factors += [(rng.normal(size=x.size), (x,)) for x in free]
    numbered = [
        part for array, places in factors for part in (array, [indices.index(x) for x in places])
    ]
    whole = np.einsum(*numbered, [indices.index(x) for x in free])
    assert np.allclose(_summed(factors, free), whole, rtol=1e-12)
