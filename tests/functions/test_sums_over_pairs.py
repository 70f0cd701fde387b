"""Sums over pairs i < j whose terms have no value for i = j: energies, distances, determinants.

The reference is the loop over the pairs alone. Terms of other pairs, as 1/(x_i - x_i), must neither
be in the value nor in a derivative, as numbers or as 0·∞.
"""

import importlib.util

import numpy as np
import pytest

import matcalc as mc

# source, declarations, sum over i < j, variable, what is summed in NumPy (of i, j and the arrays)
PROBLEMS = [
    (
        "Dyson, J. Math. Phys. 3 (1962) 140-156: the Coulomb gas, log of Vandermonde's determinant",
        "x in R[n]",
        "sum(i in 1..n, sum(j in i+1..n, log(abs(x[i] - x[j]))))",
        "x",
        "np.log(abs(x[i] - x[j]))",
    ),
    (
        "Moser, Adv. Math. 16 (1975) 197-220: the Calogero-Moser potential",
        "x in R[n]",
        "sum(i in 1..n, sum(j in i+1..n, 1/(x[i] - x[j])^2))",
        "x",
        "(x[i] - x[j])**-2",
    ),
    (
        "the same without the square: terms that change their sign with the order",
        "x in R[n]",
        "sum(i in 1..n, sum(j in i+1..n, 1/(x[i] - x[j])))",
        "x",
        "1/(x[i] - x[j])",
    ),
    (
        "Mehta, Random Matrices, sec. 3.3: log of the joint density of Gaussian ensembles",
        "x in R[n]; b in R",
        "b*sum(i in 1..n, sum(j in i+1..n, log(abs(x[i] - x[j])))) - norm2(x)^2/2",
        "x",
        "b*np.log(abs(x[i] - x[j])) - np.sum(x**2)/2/6",
    ),
    (
        "Thomson, Phil. Mag. 7 (1904) 237-265: charges that repel one another",
        "X in R[n,p]",
        "sum(i in 1..n, sum(j in i+1..n, 1/norm2(X[i] - X[j])))",
        "X",
        "1/np.linalg.norm(X[i] - X[j])",
    ),
    (
        "Newton's gravitation, with masses: Marsden & Ratiu, Mechanics and Symmetry, ch. 1",
        "X in R[n,p]; m in R+[n]",
        "-sum(i in 1..n, sum(j in i+1..n, m[i]*m[j]/norm2(X[i,:] - X[j,:])))",
        "X",
        "-m[i]*m[j]/np.linalg.norm(X[i] - X[j])",
    ),
    (
        "Saff & Kuijlaars, Math. Intelligencer 19 (1997) 5-11: logarithmic energy",
        "X in R[n,p]",
        "-sum(i in 1..n, sum(j in i+1..n, log(norm2(X[i] - X[j]))))",
        "X",
        "-np.log(np.linalg.norm(X[i] - X[j]))",
    ),
    (
        "the same source: Riesz energy with s = 3",
        "X in R[n,p]",
        "sum(i in 1..n, sum(j in i+1..n, norm2(X[i] - X[j])^(-3)))",
        "X",
        "np.linalg.norm(X[i] - X[j])**-3.0",
    ),
    (
        "Lennard-Jones, Proc. Phys. Soc. 43 (1931) 461-482: attraction and repulsion",
        "X in R[n,p]",
        "sum(i in 1..n, sum(j in i+1..n, norm2(X[i] - X[j])^(-12) - norm2(X[i] - X[j])^(-6)))",
        "X",
        "np.linalg.norm(X[i] - X[j])**-12.0 - np.linalg.norm(X[i] - X[j])**-6.0",
    ),
    (
        "Kruskal, Psychometrika 29 (1964) 1-27: stress of multidimensional scaling",
        "X in R[n,p]; D in R+[n,n]",
        "sum(i in 1..n, sum(j in i+1..n, (norm2(X[i] - X[j]) - D[i,j])^2))",
        "X",
        "(np.linalg.norm(X[i] - X[j]) - D[i,j])**2",
    ),
    (
        "Sammon, IEEE Trans. Comput. C-18 (1969) 401-409: stress with weights",
        "X in R[n,p]; D in R+[n,n]",
        "sum(i in 1..n, sum(j in i+1..n, (norm2(X[i] - X[j]) - D[i,j])^2/D[i,j]))",
        "X",
        "(np.linalg.norm(X[i] - X[j]) - D[i,j])**2/D[i,j]",
    ),
    (
        "Bradley & Terry, Biometrika 39 (1952) 324-345: comparisons",
        "x in R[n]; W in R+[n,n]",
        "-sum(i in 1..n, sum(j in i+1..n, W[i,j]*log(1 + exp(x[j] - x[i]))))",
        "x",
        "-W[i,j]*np.log(1 + np.exp(x[j] - x[i]))",
    ),
    (
        "Gini's mean difference over pairs; David, Biometrika 55 (1968) 573-575",
        "x in R[n]",
        "sum(i in 1..n, sum(j in i+1..n, abs(x[i] - x[j])))",
        "x",
        "abs(x[i] - x[j])",
    ),
    (
        "Székely & Rizzo, InterStat (2004): energy distance, roots of distances",
        "x in R[n]",
        "sum(i in 1..n, sum(j in i+1..n, sqrt(abs(x[i] - x[j]))))",
        "x",
        "np.sqrt(abs(x[i] - x[j]))",
    ),
    (
        "Cauchy's determinant, Pólya & Szegő, part VII, problem 3: its logarithm, one half",
        "x in R+[n]",
        "sum(i in 1..n, sum(j in i+1..n, 2*log(abs(x[i] - x[j])) - log(x[i] + x[j])))",
        "x",
        "2*np.log(abs(x[i] - x[j])) - np.log(x[i] + x[j])",
    ),
    (
        "Burges & others, ICML 2005: hinges of pairs, with a margin",
        "x in R[n]",
        "sum(i in 1..n, sum(j in i+1..n, relu(1 - x[i] + x[j])))",
        "x",
        "max(0, 1 - x[i] + x[j])",
    ),
]
NAMES = [f"{p[0].split(',')[0]}: {p[2]}" for p in PROBLEMS]


def _values(where, n=4, seed=0):
    rng = np.random.default_rng(seed)
    shapes = {"n": n, "n,p": (n, 2), "n,n": (n, n)}
    found = {}
    for declaration in where.split("; "):
        name, kind = declaration.split(" in ")
        v = rng.normal(size=shapes.get(kind.partition("[")[2].rstrip("]"), ()))
        found[name] = abs(v) + 0.1 if "+" in kind else v
    return found


def _loop(term, values):
    n = len(next(v for v in values.values() if np.ndim(v)))
    scope = {"np": np, "max": max, **values}
    return sum(eval(term, {**scope, "i": i, "j": j}) for i in range(n) for j in range(i + 1, n))


def _slopes(f, x):
    """The gradient, by central differences of an extrapolation, entry by entry."""
    found = np.zeros_like(x)
    for k in np.ndindex(*x.shape):
        e = np.zeros_like(x)
        e[k] = 1
        a, b = ((f(x + h * e) - f(x - h * e)) / (2 * h) for h in (1e-4, 2e-4))
        found[k] = (4 * a - b) / 3
    return found


@pytest.mark.parametrize("problem", PROBLEMS, ids=NAMES)
def test_values_and_gradients(problem):
    _, where, text, wrt, term = problem
    d = mc.derive(text, wrt, where)
    assert d.verification.ok and d.verification.method != "not verified"
    values = _values(where)
    assert d.problem.function.evaluate(values) == pytest.approx(_loop(term, values))
    slopes = _slopes(lambda x: _loop(term, {**values, wrt: x}), values[wrt])
    assert np.allclose(d.tensor(values), slopes, rtol=1e-6, atol=1e-6 * np.max(abs(slopes)))
    assert mc.parse(str(d.result), where) is d.result


@pytest.mark.parametrize("problem", [p for p in PROBLEMS if p[3] == "x"])
def test_hessians(problem):
    _, where, text, wrt, _ = problem
    d = mc.derive(text, wrt, where, order=2)
    assert d.verification.ok and d.verification.method != "not verified"


@pytest.mark.parametrize("backend", ["numpy", "jax", "torch", "array-api", "numba", "dask"])
@pytest.mark.parametrize("problem", PROBLEMS, ids=NAMES)
def test_code(problem, backend):
    module = {"array-api": "array_api_compat"}.get(backend, backend)
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} is not installed")
    if backend == "jax":
        importlib.import_module("jax").config.update("jax_enable_x64", True)
    _, where, text, wrt, term = problem
    values = _values(where)
    value, gradient = mc.compile(text, wrt, where, backend=backend)(**values)
    assert np.asarray(value) == pytest.approx(_loop(term, values))
    wanted = mc.derive(text, wrt, where, verify=False).tensor(values)
    assert np.allclose(np.asarray(gradient), wanted, rtol=1e-10)


def test_conditions_are_of_the_pairs_alone():
    """Not that x*1' - 1*x' has no zeros, as its diagonal is 0."""
    text = "sum(i in 1..n, sum(j in i+1..n, log(abs(x[i] - x[j]))))"
    d = mc.derive(text, "x", "x in R[n]")
    assert d.conditions == ("no entry of x*ones(n)' - ones(n)*x' + eye(n) is 0",)


@pytest.mark.parametrize(
    ("term", "where", "alike"),
    [
        ("1/norm2(X[i] - X[j])", "X in R[n,p]", True),
        ("m[i]*m[j]*log(abs(X[i,1] - X[j,1]))", "X in R[n,p]; m in R[n]", True),
        ("(norm2(X[i] - X[j]) - D[i,j])^2", "X in R[n,p]; D in Sym[n]", True),
        ("(norm2(X[i] - X[j]) - D[i,j])^2", "X in R[n,p]; D in R[n,n]", False),
        ("(x[i] - x[j])^(-2)", "x in R[n]", True),
        ("(x[i] - x[j])^(-3)", "x in R[n]", False),
        ("x[i]*abs(x[j])", "x in R[n]", False),
        ("exp(x[i] - x[j])", "x in R[n]", False),
    ],
)
def test_terms_that_are_alike_for_both_orders_are_taken_for_all_pairs(term, where, alike):
    """Half the sum over i ≠ j has symmetric matrices, and no triangles: it is a third as long."""
    text = f"sum(i in 1..n, sum(j in i+1..n, {term}))"
    e = mc.parse(text, where)
    assert ("triu" not in str(e)) == alike
    turned = f"sum(i in 1..n, sum(j in 1..i-1, {term}))"
    assert mc.equivalent(text, turned, where).equal == alike


def test_the_energy_of_charges_has_a_short_gradient():
    text = "sum(i in 1..n, sum(j in i+1..n, 1/norm2(X[i] - X[j])))"
    d = mc.derive(text, "X", "X in R[n,p]")
    w = "((ones(n,n) - eye(n))./(X.^2*ones(p,n) - 2*X*X' + ones(n,p)*X'.^2 + eye(n)).^1.5)"
    assert str(d.result) == f"{w}*X - X.*({w}*ones(n,p))"


def test_what_is_defined_everywhere_is_left_as_it_is():
    where = "X in R[n,p]; x in R[n]"
    assert "tril" not in str(
        mc.parse("sum(i in 1..n, sum(j in i+1..n, exp(-norm2(X[i] - X[j])^2)))", where)
    )
    fourth = mc.parse("sum(i in 1..n, sum(j in i..n, (x[i] - x[j])^4))", where)
    assert str(fourth) == "(x*ones(n)' - ones(n)*x').^4 : triu(ones(n,n))"


def test_rows_may_be_rows():
    """X[i,:] is a row, X[i] a column."""
    rows = "sum(i in 1..n, sum(j in 1..n, exp(-norm2(X[i,:] - X[j,:])^2)))"
    columns = "sum(i in 1..n, sum(j in 1..n, exp(-norm2(X[i] - X[j])^2)))"
    assert mc.parse(rows, "X in R[n,p]") is mc.parse(columns, "X in R[n,p]")


def test_distances_of_rows_of_two_matrices():
    """Weiszfeld, Tôhoku Math. J. 43 (1937) 355-386: the Fermat-Weber problem, many centres."""
    d = mc.derive(
        "sum(i in 1..n, sum(j in 1..m, norm2(X[i] - C[j])))", "X", "X in R[n,p]; C in R[m,p]"
    )
    assert d.verification.ok
    rng = np.random.default_rng(0)
    x, c = rng.normal(size=(3, 2)), rng.normal(size=(4, 2))
    apart = x[:, None] - c[None]
    wanted = np.sum(apart / np.linalg.norm(apart, axis=2, keepdims=True), axis=1)
    assert np.allclose(d.tensor({"X": x, "C": c}), wanted)


@pytest.mark.parametrize(
    ("text", "where", "wrt", "form"),
    [
        ("sum(i in 1..n, x[i]*y[n + 1 - i])", "x, y in R[n]", "y", "reverse(x)"),
        ("sum(i in 1..n, x[i]*x[n + 1 - i])", "x in R[n]", "x", "2*reverse(x)"),
        ("sum(i in 1..n-1, x[i]*y[n - i])", "x, y in R[n]", "x", None),
        ("sum(i in 2..n-1, x[i]*x[n + 1 - i]^2)", "x in R[n]", "x", None),
        ("sum(i in 1..n, norm2(X[n + 1 - i] - X[i])^2)", "X in R[n,p]", "X", None),
        (
            "sum(i in 1..n, sum(j in 1..n, x[i]*A[i,n + 1 - j]*x[j]))",
            "A in R[n,n]; x in R[n]",
            "x",
            None,
        ),
        ("sum(i in 1..n, exp(A[i,n + 1 - i]))", "A in R[n,n]", "A", None),
    ],
)
def test_indices_may_run_backward(text, where, wrt, form):
    """Persymmetric and Hankel forms: Golub & Van Loan, Matrix Computations, sec. 4.7."""
    d = mc.derive(text, wrt, where)
    assert d.verification.ok and d.verification.method != "not verified"
    assert form is None or str(d.result) == form
    rng = np.random.default_rng(0)
    n = 4
    values = {"x": rng.normal(size=n), "y": rng.normal(size=n), "A": rng.normal(size=(n, n))}
    values["X"] = rng.normal(size=(n, 3))
    used = {s: values[s] for s in "xyAX" if f"{s}[" in text}
    x, y, a = (values[s] for s in "xyA")
    wanted = {
        "sum(i in 1..n, x[i]*y[n + 1 - i])": x @ y[::-1],
        "sum(i in 1..n, x[i]*x[n + 1 - i])": x @ x[::-1],
        "sum(i in 1..n-1, x[i]*y[n - i])": x[:-1] @ y[:-1][::-1],
        "sum(i in 2..n-1, x[i]*x[n + 1 - i]^2)": x[1:-1] @ x[1:-1][::-1] ** 2,
        "sum(i in 1..n, norm2(X[n + 1 - i] - X[i])^2)": np.sum(
            (values["X"] - values["X"][::-1]) ** 2
        ),
        "sum(i in 1..n, sum(j in 1..n, x[i]*A[i,n + 1 - j]*x[j]))": x @ a[:, ::-1] @ x,
        "sum(i in 1..n, exp(A[i,n + 1 - i]))": np.sum(np.exp(np.diag(a[:, ::-1]))),
    }[text]
    assert d.problem.function.evaluate(used) == pytest.approx(wanted)
