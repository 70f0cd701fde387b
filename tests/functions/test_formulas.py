"""Elementwise functions that a user defines by a formula: f(x) = x*tanh(log(1 + exp(x)))."""

import numpy as np
import pytest

import matcalc as mc

MISH = "f(x) = x*tanh(log(1+exp(x)))"  # Misra, BMVC 2020
WHERE = f"{MISH}; A in R[m,n]; x in R[n]; b in R[m]; X in R[m,n]; c in R"


def mish(z):
    return z * np.tanh(np.log1p(np.exp(z)))


def test_the_value_is_the_formula_entry_by_entry():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, 3))
    e = mc.parse("f(X)", WHERE)
    assert np.allclose(e.evaluate({"X": x}), mish(x))
    assert mc.parse("f(c)", WHERE).evaluate({"c": 0.5}) == pytest.approx(mish(0.5))


@pytest.mark.parametrize(
    "text", ["sum(f(A*x))", "norm2(f(A*x) - b)^2", "sum(f(X).*f(X))", "f(c)^2", "f(b'*A*x)"]
)
def test_gradients(text):
    e = mc.parse(text, WHERE)
    for v in ("x", "X", "c", "A"):
        if v in str(e):
            assert mc.derive(text, v, WHERE).verification.ok


@pytest.mark.parametrize(
    ("definition", "form"),
    [
        ("g(t) = t^3", "A'*(3*(A*x).^2)"),
        ("g(t) = exp(-beta*t^2)", "-2*beta*A'*((A*x).*exp(-beta*(A*x).^2))"),
        ("g(t) = log(cosh(t))", "A'*tanh(A*x)"),
    ],
)
def test_the_derivative(definition, form):
    """g'(z), grad(g)(z), and the gradient of the sum, A'*g'(A*x), are one."""
    where = f"{definition}; A in R[m,n]; x in R[n]"
    d = mc.derive("sum(g(A*x))", "x", where)
    assert d.verification.ok
    assert mc.equivalent(d.result, mc.parse("A'*g'(A*x)", where))
    assert mc.parse("g'(A*x)", where) is mc.parse("grad(g)(A*x)", where)
    assert mc.equivalent(d.result, mc.parse(form, where))


def test_functions_of_functions_and_of_constants():
    where = "s = 2; f(t) = s*t^2; g(t) = f(t) + sin(f(t)); h(a,b) = f(a)/(1 + f(b)); x, y in R[n]"
    for text in ("sum(g(x))", "sum(h(x,y))", "sum(h(2,y) + h(x,1))"):
        for v in ("x", "y"):
            if v in text.split("(", 1)[1]:
                assert mc.derive(text, v, where).verification.ok
    assert str(mc.parse("f(x)", where)) == "2*x.^2"


def test_statements():
    answers = mc.Workspace().run(f"{MISH}; grad sum(f(A*x)) wrt x")
    assert answers[-1].verification.ok


def test_one_entry_and_constant_functions():
    assert str(mc.derive("sum(f(x))", "x", "f(t) = 1; x in R[n]").result) == "zeros(n)"
    assert str(mc.derive("sum(f(x))", "x", "f(t) = t*pi; x in R[1]").result) == "pi"


@pytest.mark.parametrize(
    ("text", "where", "message"),
    [
        ("f(x,x)", "f(t) = t; x in R[n]", "f(t) takes 1 argument, not 2"),
        ("f(x)", "f(t) = norm2(t*x); x in R[n]", "not elementwise"),
        ("f(x)", "f(t) = t*x; x in R[n]", "not a number"),
        ("f(x)", "f(t) = g(t); g(t) = f(t); x in R[n]", "defined by itself"),
        ("f(x)", "f(t) = s; s = f(2); x in R[n]", "defined by itself"),
        ("f(x,y)", "f(s,t) = s*t; x in R[n]; y in R[m]", "its arguments are n×1, m×1"),
        ("f'(x,y)", "f(s,t) = s*t; x, y in R[n]", "f' of several arguments"),
        ("sum(f(x))", "f(t) = t*h; x in R[n]", "needs declarations"),
        ("f + 1", "f(t) = t", "f is a function"),
    ],
)
def test_refusals(text, where, message):
    with pytest.raises(mc.MatcalcError) as caught:
        mc.parse(text, where)
    assert message in str(caught.value)


def test_long_chains_of_formulas_end():
    where = "; ".join(["f_0(t) = t", *(f"f_{k}(t) = f_{k - 1}(t) + 1" for k in range(1, 200))])
    assert str(mc.parse("f_40(x)", where + "; x in R[n]")) == "x + 40"
    with pytest.raises(mc.MatcalcError, match="MAX_FORMULAS"):
        mc.parse("f_199(x)", where + "; x in R[n]")
