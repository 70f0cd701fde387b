"""Inputs of ±1000: where the value is finite the code gives it, and overflows nowhere on the way.

The reference is the closed form evaluated with so many digits that nothing is lost.
"""

import numpy as np
import pytest
from test_compiled_corpus import CASES, SUPPORTED, answer, values_of

import matcalc as mc
from matcalc.expr.nodes import Symbol, postorder
from matcalc.numeric.exact import Point, run
from matcalc.numeric.fields import Pole, TooFar
from matcalc.numeric.precise import HighPrecision

DIGITS = 1200  # exp(1000) beside 1, twice over
SCALED = ("R", "R+", "Sym", "SPD", "PSD", "Tril", "Triu", "Diag", "Skew", "Toep")
LARGEST = 1e3


def is_function(value):
    return callable(value) or (isinstance(value, tuple) and any(map(callable, value)))


def is_compared(name):
    """Gradients, and Jacobians of vectors, whose matrix has the axes of the tensor."""
    case, d = CASES[name], answer(name)
    plain = "complex" not in case["tags"] and d.problem.order == 1
    vector = d.problem.function.shape[1] == 1 and d.variable.shape[1] == 1
    return (
        plain
        and (d.problem.function.is_scalar or vector)
        and not any(map(is_function, values_of(name).values()))
    )


COMPARED = [n for n in SUPPORTED if is_compared(n)]


def large_values(name):
    """A case's values, of which the largest entries are ±1000."""
    values = dict(values_of(name))
    for s in {e for e in postorder(answer(name).matrix) if isinstance(e, Symbol)}:
        if s.set.kind.name in SCALED and not isinstance(values[s.name], int):
            values[s.name] = values[s.name] * (LARGEST / np.max(np.abs(values[s.name])))
    return values


def reference(name, values):
    return reference_of(answer(name).matrix, values)


def reference_of(expression, values, digits=DIGITS):
    """An expression with many digits, as floating point numbers."""
    numbers = HighPrecision(0, digits)
    symbols = {e for e in postorder(expression) if isinstance(e, Symbol)}
    given = {}
    for s in symbols:
        a = np.asarray(values[s.name], float)
        entries = np.vectorize(numbers.ctx.mpf, otypes=[object])(a)
        m, n = s.shape
        if not s.is_scalar and 1 in (m, n):
            entries = entries.reshape((-1, 1) if n == 1 else (1, -1))
        given[s.name] = entries[()] if s.is_scalar else entries
    sizes = {n: v for n, v in values.items() if isinstance(v, int)}
    found = run(postorder(expression), Point(numbers, given, sizes))[expression]
    with np.errstate(over="ignore"):
        return np.vectorize(float, otypes=[float])(np.asarray(found, object))


@pytest.mark.parametrize("name", COMPARED)
def test_large_inputs_overflow_only_if_the_value_does(name):
    values = large_values(name)
    try:
        wanted = reference(name, values)
    except (Pole, TooFar, mc.NotSupportedError, OverflowError) as problem:
        pytest.skip(f"no reference: {type(problem).__name__}")
    f = answer(name).compile()
    code = f.source
    got = np.asarray(f(**values)).reshape(wanted.shape)
    finite = np.abs(wanted) < 1e300
    assert np.all(np.isfinite(got[finite])), f"{code}\n{got}\n{wanted}"
    least = max(1e-12, 1e-9 * np.max(np.abs(wanted[finite]), initial=0.0))
    assert np.allclose(got[finite], wanted[finite], rtol=1e-6, atol=least), code


# Sums, quotients, logarithms and roots of exponentials, as people write them.
FUNCTIONS = """
logsumexp(A*x)
log(sum(exp(x)))
log(b'*exp(A*x))
log(1 + sum(exp(x)))
sum(log(ones(n) + exp(x)))
sum(log(exp(x) + exp(y)))
sum(log(exp(x) + exp(-x)))
sum(log(cosh(x)))
sum(log(sigmoid(x)))
-sum(y.*log(sigmoid(x)) + (ones(n) - y).*log(ones(n) - sigmoid(x)))
-sum(y.*log(softmax(x)))
sum(exp(x)./(1 + exp(x)))
sum(exp(x)/sum(exp(x)).*y)
x'*exp(x)/sum(exp(x))
norm2(exp(x))/sum(exp(x))
sum(exp(x)./cosh(x))
sum(softplus(x).^2)
sum(exp(x))^(1/2)
log(c*exp(-norm2(x - y)^2/200) + exp(-norm2(x)^2/100))
log(det(eye(n) + exp(x[1])*S))
exp(x[1])/(exp(x[1]) + exp(x[2]))
exp(x[1])*sigmoid(-x[1])
sinh(x[1])/cosh(x[1])
sqrt(1 + exp(x[1])) + x[2]
sqrt(1 + norm2(x)^2)
sum(sqrt(x.^2 + y.^2))
(c + 1)/2*sum(log(1 + (x - y).^2/c))
normp(x,4)
""".strip().split("\n")
DECLARED = "x in R[n]; y in R[n]; b in R+[m]; A in R[m,n]; S in SPD[n]; c in R+"
ASKED = ("value", "gradient", "hessian", "hvp")


def around(far, seed=0):
    """Values of the variables above, those of x around a point."""
    rng = np.random.default_rng(seed)
    x = np.array(far) + rng.uniform(-1, 1, size=3)
    y, b, A = rng.normal(size=3), rng.uniform(0.5, 2, size=4), rng.normal(size=(4, 3))
    return {"x": x, "y": y, "b": b, "A": A, "S": np.diag([1.0, 2, 3]), "c": 1.7}


def exactly(expression, values):
    return reference_of(expression, {**values, "n": 3, "m": 4}, digits=3000)


@pytest.mark.parametrize("text", FUNCTIONS)
@pytest.mark.parametrize("far", [(1e3, 1e3, 1e3), (-1e3, -1e3, -1e3), (1e3, -1e3, 1e3)])
def test_all_outputs_of_exponentials_that_are_zero_or_infinite_in_floating_point(text, far):
    values = around(far)
    first, second = (mc.derive(text, "x", DECLARED, order=k) for k in (1, 2))
    value = exactly(mc.parse(text, where=DECLARED), values)
    gradient, hessian = (exactly(d.matrix, values) for d in (first, second))
    v = np.array([1.0, -2, 0.5])
    f = mc.compile(text, "x", DECLARED, ASKED)
    got = f(v=v, **{n: a for n, a in values.items() if n in f.parameters})
    for found, wanted in zip(got, (value, gradient, hessian, hessian @ v), strict=True):
        wanted = wanted.reshape(np.shape(found))
        least = 1e-13 * max(1.0, np.max(np.abs(wanted)), np.max(np.abs(hessian)))
        assert np.allclose(found, wanted, rtol=1e-7, atol=10 * least), f.source


TARGETS = {"jax": "jax", "torch": "torch", "array-api": "array_api_compat", "dask": "dask"}


@pytest.mark.parametrize("backend", TARGETS)
def test_other_targets_and_single_precision_too(backend):
    """Wherever NumPy's code in double precision has finite values; sums of exponentials have."""
    pytest.importorskip(TARGETS[backend])
    for text in FUNCTIONS:
        if "det" in text or text.startswith(("sum(exp(x))^", "sqrt(1 + exp", "normp")):
            continue  # of numbers as large as exp(500)
        values = around((1e3, -1e3, 1e3))
        usual = mc.compile(text, "x", DECLARED, ("value", "gradient", "hessian"))
        f = mc.compile(text, "x", DECLARED, ("value", "gradient", "hessian"), backend=backend)
        given = {n: np.asarray(values[n], "float32") for n in f.parameters}
        double = {n: np.asarray(a, float) for n, a in given.items()}
        for found, wanted in zip(f(**given), usual(**double), strict=True):
            close = np.allclose(np.asarray(found), wanted, rtol=1e-2, atol=1e-2)
            assert np.all(np.isfinite(np.asarray(found))) and close, f"{text}\n{f.source}"


ROWS = np.array([[400.0, 401, 399], [-400, -401, -402], [1e3, 1e3, 900], [-2e3, -2001, -3e3]])


@pytest.mark.parametrize("text", ["y'*log(exp(X)*c)", "sum(y.*log(exp(X)*ones(n)))"])
def test_rows_of_exponentials_that_are_far_apart(text):
    """Each row has a largest entry of its own."""
    c, y = np.array([1.0, 2, 3]), np.array([1.0, -2, 3, 0.5])
    weights = c if "*c)" in text else np.ones(3)
    f = mc.compile(text, "X", "X in R[m,n]; c in R+[n]; y in R[m]", ("value", "gradient"))
    given = {"X": ROWS, "y": y, "c": c}
    value, gradient = f(**{n: a for n, a in given.items() if n in f.parameters})
    shares = weights * np.exp(ROWS - ROWS.max(axis=1, keepdims=True))
    sums = shares.sum(axis=1)
    assert np.isclose(value, y @ (ROWS.max(axis=1) + np.log(sums)), rtol=1e-14)
    assert np.allclose(gradient, (y / sums)[:, None] * shares, rtol=1e-12, atol=1e-300)


def test_entries_that_are_picked_are_not_measured_by_others():
    f = mc.compile("exp(x[1])/exp(x[2])", "x", "x in R[3]", ("value", "gradient", "hessian"))
    value, gradient, hessian = f(x=np.array([-400.0, -401, 400]))
    e = np.exp(1.0)
    assert np.isclose(value, e) and np.allclose(gradient, [e, -e, 0])
    assert np.allclose(hessian, [[e, -e, 0], [-e, e, 0], [0, 0, 0]])


@pytest.mark.parametrize("backend", ["numpy", "jax", "torch"])
def test_determinants_of_large_matrices(backend):
    """Of 200 rows and entries of 1000 they are infinite; logarithms and quotients are not."""
    pytest.importorskip(backend)
    rng = np.random.default_rng(0)
    A = 1e3 * rng.normal(size=(200, 200))
    values = {"S": A @ A.T / 1e3, "T": A.T @ A / 1e3 + 1e3 * np.eye(200)}
    a, b = (np.linalg.slogdet(values[n])[1] for n in "ST")
    for text, wanted in {
        "log(det(S))": a,
        "log(det(2*S)) - log(det(T))": a + 200 * np.log(2) - b,
        "log(det(S)/det(T))": a - b,
        "det(S)^(1/n)": np.exp(a / 200),
        "log(det(S + T)/2)": np.linalg.slogdet(values["S"] + values["T"])[1] - np.log(2),
        "log(det(S*T))": a + b,
    }.items():
        f = mc.compile(text, "S", "S,T in SPD[n]", ("value", "gradient"), backend=backend)
        value, gradient = f(**{n: values[n] for n in f.parameters})
        assert np.isclose(float(value), wanted, rtol=1e-9 if backend != "jax" else 1e-4), f.source
        assert np.all(np.isfinite(np.asarray(gradient)))


@pytest.mark.parametrize("backend", ["numpy", "jax", "torch", "array-api", "dask", "numba"])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_logarithms_of_sizes_of_determinants(backend, sign):
    """Of general matrices, of either sign; the determinants are about 10^±1000."""
    pytest.importorskip({"array-api": "array_api_compat"}.get(backend, backend))
    A = np.random.default_rng(1).normal(size=(300, 300))
    A[0] *= sign
    for scale in (1e3, 1e-5):
        wanted = np.linalg.slogdet(scale * A)[1]
        for text, times in {
            "log(abs(det(A)))": 1,
            "log(det(A)^2)": 2,
            "log(det(A)^(-4))": -4,
        }.items():
            f = mc.compile(text, "A", "A in R[n,n]", ("value", "gradient"), backend=backend)
            value, gradient = f(A=scale * A)
            close = 1e-10 if backend != "jax" else 1e-4
            assert np.isclose(float(value), times * wanted, rtol=close), f.source
            assert np.all(np.isfinite(np.asarray(gradient)))


def test_sizes_of_determinants_of_many_matrices():
    A = 1e150 * np.random.default_rng(1).normal(size=(5, 3, 3))
    f = mc.compile("log(abs(det(A)))", "A", "A in R[n,n]", "value", batch="A")
    assert np.allclose(f(A=A), np.linalg.slogdet(A)[1], rtol=1e-13)


def test_powers_of_determinants_that_are_odd_keep_their_sign():
    f = mc.compile("log(det(A)^3)", "A", "A in R[n,n]", "value")
    assert np.isnan(f(A=np.diag([-1.0, 2]))) and np.isclose(f(A=np.diag([1.0, 2])), np.log(8))


@pytest.mark.parametrize("far", [1.0, 1e3])
def test_entries_beside_the_diagonal_do_not_count(far):
    """tr(exp(x*y')) is the sum of exp(x[i]*y[i]), however large exp(x[i]*y[j]) is."""
    x, y = far * np.array([1.0, -1, 1]), far * np.array([-1.0, 1, -0.999])
    outputs = ("value", "gradient", "hessian")
    value, gradient, hessian = mc.compile("log(tr(exp(x*y')))", "x", "x, y in R[n]", outputs)(
        x, y=y
    )
    shares = np.exp(x * y - np.max(x * y))
    total = np.sum(shares)
    p = shares / total
    assert np.isclose(value, np.max(x * y) + np.log(total), rtol=1e-13)
    assert np.allclose(gradient, p * y, rtol=1e-12)
    assert np.allclose(hessian, np.diag(p * y**2) - np.outer(p * y, p * y), rtol=1e-9, atol=1e-9)


def test_gradients_that_are_diagonal():
    """D.*exp(A) of a diagonal D: here exp(A) is zero on the diagonal, beside entries of 1."""
    A, x = np.eye(3) * -2000 + 1, np.array([1.0, 2, 3])
    f = mc.compile("tr(exp(A))/sum(diag(exp(A)).*x)", "A", "A in R[n,n]; x in R[n]", ASKED[:2])
    value, gradient = f(A=A, x=x)
    assert np.isclose(value, 0.5)
    assert np.allclose(gradient, np.diag(1 / 6 - 3 * x / 36), rtol=1e-12)


MIXTURE = "log(r*exp(-norm2(x - y)^2/2) + q*exp(-c*norm2(x - z)^2/2)/c^2)"
MIXED = "x in R[n]; y in R[n]; z in R[n]; r in R+; q in R+; c in R+"


@pytest.mark.parametrize("backend", ["numpy", "jax", "torch", "array-api", "dask"])
@pytest.mark.parametrize("far", [1.0, 1e3])
def test_mixtures_of_densities_that_are_zero_in_floating_point(backend, far):
    """The gradient is that of each exponent, by its share in the sum."""
    pytest.importorskip({"array-api": "array_api_compat"}.get(backend, backend))
    x, y, z = far * np.random.default_rng(3).normal(size=(3, 4))
    r, q, c = 0.3, 0.7, 1.1
    f = mc.compile(MIXTURE, "x", MIXED, ("value", "gradient"), backend=backend)
    value, gradient = f(x=x, y=y, z=z, r=r, q=q, c=c)
    logs = np.log([r, q / c**2]) - np.array([1, c]) * np.sum((x - [y, z]) ** 2, 1) / 2
    total = np.logaddexp(*logs)
    shares = np.exp(logs - total)
    tolerance = 1e-5 if backend == "jax" else 1e-12  # of numbers of single precision
    assert np.isclose(value, total, rtol=tolerance)
    right = -(shares[0] * (x - y) + shares[1] * c * (x - z))
    assert np.allclose(gradient, right, rtol=tolerance * far, atol=tolerance * far), f.source


@pytest.mark.parametrize("a, b", [(-1000.0, -1001.0), (1001.0, 1000.0), (-1000.0, 1000.0), (1, 2)])
def test_powers_of_sums_of_exponentials(a, b):
    f = mc.compile("log(exp(a) + exp(b))", "a", "a in R; b in R", ("value", "gradient", "hessian"))
    share = np.exp(a - np.logaddexp(a, b))
    other = np.exp(b - np.logaddexp(a, b))
    assert np.allclose(f(a=a, b=b), (np.logaddexp(a, b), share, share * other), rtol=1e-12)
