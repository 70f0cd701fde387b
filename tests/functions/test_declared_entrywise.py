"""Declared functions of a number, f : R -> R, act on arrays entry by entry, as do f' and f''."""

import math

import numpy as np
import pytest

import matcalc as mc

F = "f : R -> R"
SINE = (math.sin, math.cos, lambda t: -math.sin(t), lambda t: -math.cos(t))

# function, variable, declarations, order, closed form
PROBLEMS = [
    ("sum(f(x))", "x", "x in R[n]", 1, "f'(x)"),
    ("f(x)", "x", "x in R[n]", 1, "diag(f'(x))"),
    ("f(A*X)", "X", "A in R[m,n]; X in R[n,p]", 1, "diag(vec(f'(A*X)))*kron(eye(p),A)"),
    ("sum(f(A*x - b))", "x", "A in R[m,n]; b in R[m]; x in R[n]", 1, "A'*f'(A*x - b)"),
    ("sum(f(A*x - b))", "x", "A in R[m,n]; b in R[m]; x in R[n]", 2,
     "A'*diag(hess(f)(A*x - b))*A"),
    ("norm2(f(A*x) - y)^2", "x", "A in R[m,n]; y in R[m]; x in R[n]", 1,
     "2*A'*((f(A*x) - y).*f'(A*x))"),
    ("tr(B*f(S))", "S", "S in Sym[n]; B in R[n,n]", 1, "f'(S).*(B + B')/2"),
    ("sum(f(eigvals(S)))", "S", "S in Sym[n]", 1, "eigvecs(S)*diag(f'(eigvals(S)))*eigvecs(S)'"),
    ("sum(f(svals(X)))", "X", "X in R[m,n]", 1, "svd_u(X)*diag(f'(svals(X)))*svd_v(X)'"),
    ("sum(i in 1..m, f(a[i]'*x - b[i]))", "x", "a in R[m,n]; b in R[m]; x in R[n]", 1,
     "a'*f'(a*x - b)"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "variable", "where", "order", "expected"), PROBLEMS)
def test_the_derivative_is_the_closed_form(text, variable, where, order, expected):
    where = f"{F}; {where}"
    d = mc.derive(text, variable, where, order=order)
    assert d.verify()
    assert mc.equivalent(d.result, mc.parse(expected, where))
    assert mc.parse(str(d.result), where) is d.result


@pytest.mark.parametrize("order", [2, 3])
def test_higher_derivatives_agree_with_slopes(order):
    where = f"{F}; A in R[m,n]; x in R[n]"
    assert mc.derive("sum(f(f(A*x)))", "x", where, order=order).verify()
    assert mc.derive("sum(f(eigvals(S)))", "S", f"{F}; S in Sym[n]", order=2).verify()


def test_a_defined_function_may_use_a_declared_one():
    d = mc.derive("sum(g(x))", "x", f"{F}; g(t) = t*f(t); x in R[n]")
    assert str(d.result) == "f(x) + x.*grad(f)(x)" and d.verify()


def test_values_are_those_of_any_function_of_a_number():
    """One that takes no arrays, and one whose value at an array would be another number."""
    x = np.array([1.0, -2.0, 3.0])
    e = mc.parse("f(x)", f"{F}; x in R[n]")
    assert np.array_equal(e.evaluate({"f": math.sin, "x": x}), np.sin(x))
    assert np.array_equal(e.evaluate({"f": lambda t: np.linalg.norm([t]), "x": x}), abs(x))


LIBRARIES = {"numpy": "numpy", "jax": "jax", "torch": "torch", "dask": "dask.array"}


@pytest.mark.parametrize("backend", LIBRARIES)
@pytest.mark.parametrize("text", ["norm2(f(A*x) - y)^2", "f(A*x)"])
@pytest.mark.parametrize("order", [1, 2])
def test_compiled_code_puts_it_to_entries(backend, text, order):
    library = pytest.importorskip(LIBRARIES[backend])
    functions = SINE
    if backend in ("jax", "torch"):
        xp = library.numpy if backend == "jax" else library
        functions = (xp.sin, xp.cos, lambda t: -xp.sin(t))
    rng = np.random.default_rng(1)
    values = {"A": rng.standard_normal((4, 3)), "x": rng.standard_normal(3)}
    if "y" in text:
        values["y"] = rng.standard_normal(4)
    d = mc.derive(text, "x", f"{F}; A in R[m,n]; x in R[n]; y in R[m]", order=order)
    found = d.compile(backend=backend)(f=functions, **values)
    exact = d.tensor({"f": SINE, **values})
    assert np.allclose(np.asarray(found), exact, rtol=1e-5 if backend == "jax" else 1e-12)


def test_the_hessian_vector_product():
    where = f"{F}; A in R[m,n]; x in R[n]"
    rng = np.random.default_rng(2)
    a, x, v = rng.standard_normal((4, 3)), rng.standard_normal(3), rng.standard_normal(3)
    product = mc.compile("sum(f(A*x))", wrt="x", where=where, outputs=("hvp",))
    assert np.allclose(product(x=x, A=a, f=SINE, v=v)[0], a.T @ (-np.sin(a @ x) * (a @ v)))


def test_exact_equality_knows_that_it_acts_entry_by_entry():
    where = f"{F}; x in R[n]"
    assert mc.equivalent("tr(diag(f(x)))", "sum(f(x))", where)
    assert not mc.equivalent("sum(f(x))", "f(sum(x))", where)


def test_functions_of_several_numbers_and_complex_arguments_are_refused():
    with pytest.raises(mc.ShapeError):
        mc.parse("f(x,x)", "f : R, R -> R; x in R[n]")
    with pytest.raises(mc.NotSupportedError):
        mc.parse("f(z)", f"{F}; z in C[n]")
