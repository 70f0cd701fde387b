"""Every record of the library that claims to hold of complex arguments: values and derivatives.

Of a function f and any W, re(W : f(Z)) is a real function of Z; its derivatives by Z and by conj(Z)
are compared with slopes of its values along real and imaginary directions.
"""

import numpy as np
import pytest

import matcalc as mc
from matcalc.expr import build
from matcalc.expr.nodes import Symbol, symbols
from matcalc.expr.sets import make_set
from matcalc.expr.sizes import substitute_size
from matcalc.functions import lookup, registry
from matcalc.functions.signature import dim_size
from matcalc.numeric.evaluate import NAN, Point, Undefined, evaluate
from matcalc.numeric.sample import draw_point, draw_sizes, survey

RECORDS = sorted(
    {
        f
        for by_arity in registry().values()
        for f in by_arity.values()
        if (f.numpy and f.takes_complex and not all(f.sizes) and f is lookup(f.name))
        or f.name.startswith("frechet")
        or f.head in ("polar(A,k)", "toeplitz(c,r)")
    },
    key=lambda f: f.head,
)
SIZES = {"m": 3, "n": 2, "p": 2, "n_1": 1, "n_2": 2}


def arguments(f, k=0):
    """Complex arguments of the shapes of a signature; Hermitian ones where it takes no others."""
    s = f.signatures[k]
    found = []
    for p, dims, size in zip(f.parameters, s.domains, s.sizes, strict=True):
        if size is not None:
            found.append(build.number(SIZES[size]))
        elif p in f.numbers:
            found.append(build.number(2 if f.numbers[p].whole else 3))
        elif f.of_hermitian:
            found.append(build.symbol(p, make_set("Herm", (SIZES[dims[0]],))))
        else:
            kind = "HPD" if any("eigenvalue" in c.text for c in f.conditions) else "C"
            sizes = tuple(substitute_size(dim_size(d), SIZES) for d in dims)
            if kind == "HPD" and len(set(sizes)) == 1:
                sizes = sizes[:1]
            else:
                kind = "C"
            found.append(build.symbol(p, make_set(kind, sizes)))
    return tuple(found)


def calls(f):
    return [build.apply(f, *arguments(f, k)) for k in range(len(f.signatures))]


def draw(e, seed=0):
    """A point at which e has a value."""
    wanted = survey(e)
    for attempt in range(40):
        rng = np.random.default_rng(seed + attempt)
        point = draw_point(wanted, rng, draw_sizes(wanted, rng))
        try:
            evaluate(e, point)
        except Undefined:
            continue
        return point
    raise AssertionError(f"no point for {e}")


@pytest.mark.parametrize("f", RECORDS, ids=lambda f: f.head)
def test_values_at_conjugates_are_conjugates(f):
    """f(conj(z)) = conj(f(z)): what is put in front of the function when it is simplified."""
    for e in calls(f):
        point = draw(e)
        barred = {k: np.conj(v) for k, v in point.values.items()}
        value = np.asarray(evaluate(e, point))
        other = np.asarray(evaluate(e, Point(barred, point.sizes, check=NAN)))
        if f.name == "im":
            other = -other  # the one part that changes its sign
        assert np.iscomplexobj(value) == ("complex" in e.facts)
        assert np.allclose(other, np.conj(value), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("f", RECORDS, ids=lambda f: f.head)
def test_derivatives_at_complex_arguments_are_slopes(f):
    for e in calls(f):
        weight = build.symbol("W_1", make_set("C", () if e.is_scalar else e.shape))
        product = build.multiply(weight, e) if e.is_scalar else build.frobenius(weight, e)
        real = build.apply(lookup("re"), product)
        for a in {s: None for s in symbols(e) if isinstance(s, Symbol)}:
            for way in ("Z*", "Z"):
                d = mc.derive(real, wrt=a.name, wirtinger=way)
                assert d.verification.ok, (a.name, way, str(d.result), d.verification.message)


def test_all_kinds_are_there():
    heads = {f.head for f in RECORDS}
    assert {"hcat(A,B)", "expm(A)", "pinv(A)", "normspec(A)", "lambda_max(A)", "abs(x)"} <= heads
    assert {"eigvec(A,k)", "eigvecs(A)", "svd_u(A)", "svd_v(A)", "polar(A,k)", "chol(A)"} <= heads
