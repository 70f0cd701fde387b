"""Code that Numba compiles: the values of NumPy's, and refusals by name."""

import sys

import numpy as np
import pytest
from test_compiled_corpus import SUPPORTED, answer, distance, values_of

import matcalc as mc

LOGREG = ("sum(softplus(-y .* (X*w)))", "w", "X in R[m,n]; y in R[m]; w in R[n]")
OUTPUTS = ("value", "gradient", "hessian")
EVERY = 60  # each case takes a second or so to compile
rng = np.random.default_rng(0)
X, y, w = rng.normal(size=(6, 3)), np.sign(rng.normal(size=6)), rng.normal(size=3)


@pytest.fixture(scope="module", autouse=True)
def numba():
    return pytest.importorskip("numba")


def test_cases_of_the_corpus_agree():
    refused, right = [], 0
    for name in SUPPORTED[::EVERY]:
        d, values = answer(name), values_of(name)
        if any(callable(v) or isinstance(v, tuple) for v in values.values()):
            continue
        f = d.compile(backend="numba")
        try:
            got = f(**values)
        except mc.NotSupportedError as error:
            assert "in code for numba" in str(error)
            refused.append(name)
            continue
        assert distance(got, np.asarray(d.tensor(values))) < 1e-9, f"{name}\n{f.source}"
        right += 1
    print(f"{right} right, refused {refused}")
    assert right > 5 * len(refused)


FUNCTIONS = """norm1(A); norminf(A); normp(A,3); norm21(A); max(A); min(A); var(A); mean(A);
logsumexp(A*ones(3)); norm2(softmax(A*ones(3)))^2; norm2(cumsum(A*ones(3)))^2;
normfro(rows(softmax)(A))^2; sum(rows(logsumexp)(A)); logdet(A'*A + eye(3)); tr(inv(A'*A));
y'*inv(A'*A + eye(3))*y; sum(max(A,0.5)); sum(step(A).*A); det(A'*A); tr(A'*A*A'*A)""".split(";")


@pytest.mark.parametrize("text", [t.strip() for t in FUNCTIONS])
def test_functions(text):
    given = {"A": X, "y": w} if "y" in text else {"A": X}
    f = mc.compile(text, "A", "A in R[m,3]; y in R[3]", ("value", "gradient"), backend="numba")
    right = mc.compile(text, "A", "A in R[m,3]; y in R[3]", ("value", "gradient"))(**given)
    for a, b in zip(f(**given), right, strict=True):
        assert distance(a, b) < 1e-11, f.source


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_precisions(dtype):
    """Single precision is computed in double, and given back as it came."""
    f = mc.compile(*LOGREG, outputs=OUTPUTS, backend="numba")
    right = mc.compile(*LOGREG, outputs=OUTPUTS)(w=w, X=X, y=y)
    for a, b in zip(f(w=w.astype(dtype), X=X.astype(dtype), y=y.astype(dtype)), right, strict=True):
        assert a.dtype == dtype
        assert distance(a, b) < (1e-5 if dtype == np.float32 else 1e-13)


def test_arrays_of_any_layout_are_left_as_they_are():
    f = mc.compile(*LOGREG, outputs=OUTPUTS, backend="numba")
    right = mc.compile(*LOGREG, outputs=OUTPUTS)(w=w, X=X, y=y)
    wide = np.zeros((12, 6))
    wide[::2, ::2] = X
    fixed = X.copy()
    fixed.flags.writeable = False
    for given in (np.asfortranarray(X), wide[::2, ::2], fixed):
        before = given.copy()
        for a, b in zip(f(w=w, X=given, y=y), right, strict=True):
            assert distance(a, b) < 1e-13
        assert np.array_equal(given, before)


def test_infinities_as_floating_point_has_them():
    f = mc.compile("1/sum(x)", "x", outputs="value", backend="numba")
    assert f(x=np.zeros(3)) == np.inf


def test_a_singular_matrix():
    f = mc.derive("logdet(A)", "A", "A in R[n,n]").compile("numba")
    with pytest.raises(mc.DomainError, match="no value here"):
        f(A=np.zeros((3, 3)))


def test_what_numba_lacks_is_named():
    for text, name in (("sum(erf(x))", "erf"), ("phi(x)", "phi"), ("sum(svals(x*x'))", "svals")):
        with pytest.raises(mc.NotSupportedError, match=rf"{name}.* in code for numba"):
            _ = mc.compile(
                text, "x", "x in R[n]; phi : R[n] -> R", outputs="value", backend="numba"
            ).source


def test_the_extra_is_named(monkeypatch):
    f = mc.derive("norm2(x)^2", "x").compile("numba")
    monkeypatch.setitem(sys.modules, "numba", None)
    with pytest.raises(mc.MatcalcError, match="needs numba, which is not installed"):
        f(x=np.ones(3))
