"""The public contract, as far as scalar functions go."""

import json
import warnings

import numpy as np
import pytest

import matcalc as mc
from matcalc.expr.nodes import Expr

LEAST_SQUARES = "A in R[m,n]; X in R[n,p]; B in R[m,p]"


def rng():
    return np.random.default_rng(0)


def slope(f, x, h, step=1e-3):
    """The derivative of f at x along h, by central differences of order six."""
    weights = ((1, 45 / 60), (2, -9 / 60), (3, 1 / 60))
    return sum(w * (f(x + k * step * h) - f(x - k * step * h)) for k, w in weights) / step


def numerical_gradient(f, x):
    x = np.asarray(x, dtype=float)
    found = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        e = np.zeros(x.shape)
        e[i] = 1.0
        found[i] = slope(f, x, e)
    return found


# derive


def test_a_derivation():
    d = mc.derive("norm2(A*X - B)^2", wrt="X", where=LEAST_SQUARES)
    assert isinstance(d.result, Expr) and str(d.result) == "2*A'*(A*X - B)"
    assert d.kind == "gradient" and d.wrt == "X" and d.input == "norm2(A*X - B)^2"
    assert d.where == "A in R[m,n]; X in R[n,p]; B in R[m,p]"
    assert d.conditions == () and d.notes == ()
    assert d.results == {"X": d}
    assert str(d) == "grad phi wrt X = 2*A'*(A*X - B)"
    assert repr(d) == "<Derivation phi wrt X: 2*A'*(A*X - B)>"
    assert d.result.latex() and d.latex().startswith(r"\begin{align*}")
    assert d.verification.ok and d.verification.trials == 3
    assert d.convention is None and d.convention_note is None


def test_derive_takes_text_expressions_and_symbols():
    A, X, B = mc.matrices("A[m,n] X[n,p] B[m,p]")
    wanted = mc.parse("2*A'*(A*X - B)", LEAST_SQUARES)
    f = mc.norm2(A @ X - B) ** 2
    for d in (
        mc.derive(f, X),
        mc.derive(f, "X"),
        mc.derive(f, [X]),
        mc.derive("norm2(A*X - B)^2", X, LEAST_SQUARES),
        mc.derive(f, "X", order=1, convention="projected", wirtinger="Z*"),
        mc.derive("norm2(A*X - B)^2", wrt=("X",), where=LEAST_SQUARES),
    ):
        assert d.result is wanted
    assert mc.derive(f, X).input == "norm2(A*X - B)^2"


def test_verification_can_be_left_out():
    d = mc.derive("norm2(A*X - B)^2", "X", LEAST_SQUARES, verify=False)
    assert d.verification is None
    found = d.verify()
    assert found and found.ok is True and bool(found) is True
    assert found.trials == 3 and found.error < 1e-8 and found.method and found.message == ""
    assert d.verify(seed=5, trials=1, directions=1).seed == 5
    assert d.verify(seed=5) == d.verify(seed=5)


def test_a_failed_verification_is_shown_as_a_failure():
    d = mc.derive("tr(A*X)", "X", "A in R[m,n]; X in R[n,m]", verify=False)
    d.result = 2 * d.result
    found = d.verify()
    assert not found and found.ok is False and bool(found) is False
    assert "slope" in found.message and found.error > 0.1
    d.verification = found
    assert "VERIFICATION FAILED" in str(d) and "A'" not in str(d)
    d.result = mc.parse("A", "A in R[m,n]")
    assert not d.verify() and "m×n" in d.verify().message


def test_without_a_valid_draw_it_is_not_verified():
    """The logarithm of what is negative: there is no point to try."""
    d = mc.derive("log(-exp(tr(X)))", "X", "X in R[n,n]")
    assert not d.verification and d.verification.method == "not verified"
    assert "VERIFICATION FAILED" not in str(d)
    assert d.verification.message


def test_conditions():
    cases = {
        ("det(X)", "X", "X in R[n,n]"): "X nonsingular",
        ("logdet(A*X)", "X", "A, X in R[n,n]"): "det(A*X) > 0",
        ("norm2(A*x)", "x", "A in R[m,n]; x in R[n]"): "A*x ≠ 0",
        ("sum(log(x))", "x", "x in R[n]"): "every entry of x > 0",
        ("sum(abs(x))", "x", "x in R[n]"): "no entry of x is 0",
        ("tr(inv(X))", "X", "X in R[n,n]"): "X nonsingular",
        ("1/sum(x)", "x", "x in R[n]"): "sum(x) ≠ 0",
        ("sqrt(sum(x))", "x", "x in R[n]"): "sum(x) > 0",
    }
    for (text, wrt, where), condition in cases.items():
        d = mc.derive(text, wrt, where)
        assert condition in d.conditions, (text, d.conditions)
        assert d.verification
    d = mc.derive("logdet(X'*X)", "X", "X in R[m,n]")
    assert "m >= n" in d.conditions
    d = mc.derive("logdet(X*X')", "X", "X in R[m,n]")
    assert any(c in d.conditions for c in ("n >= m", "m <= n"))


def test_conditions_say_each_thing_once():
    for text, wrt, where, conditions in (
        ("log(abs(det(W)))", "W", "W in R[n,n]", ("W nonsingular",)),
        (
            "-sum(log(b - A*x))",
            "x",
            "A in R[m,n]; b in R[m]; x in R[n]",
            ("every entry of b - A*x > 0",),
        ),
        ("sqrt(a'*A*a)", "a", "a in R[n]; A in Sym[n]", ("a'*A*a > 0",)),
        ("norm2(x)", "x", "x in R+[n]", ()),
    ):
        assert mc.derive(text, wrt, where).conditions == conditions


# Several variables


def test_several_variables():
    where = "W in R[m,q]; X in R[q,n]; b in R[m]; phi : R[m,n] -> R"
    d = mc.derive("phi(W*X + b*ones(n)')", wrt=["W", "X", "b"], where=where)
    assert list(d.results) == ["W", "X", "b"] and d.wrt == "W, X, b"
    assert d.kind == "gradient" and d.verification
    for name, text in {"W": "G*X'", "X": "W'*G", "b": "G*ones(n)"}.items():
        wanted = mc.parse(f"G = grad(phi)(W*X + b*ones(n)'); {text}", where)
        assert d.results[name].result is d[name].result is wanted
        assert d.results[name].wrt == name and d.results[name].verify()
        assert d.results[name].verification == d.verification
    assert str(d).splitlines() == [
        "grad phi wrt W = grad(phi)(W*X + b*ones(n)')*X'",
        "grad phi wrt X = W'*grad(phi)(W*X + b*ones(n)')",
        "grad phi wrt b = grad(phi)(W*X + b*ones(n)')*ones(n)",
    ]
    assert [s.variable for s in d.steps if s.kind == "answer"] == ["W", "X", "b"]
    single = mc.derive("phi(W*X + b*ones(n)')", "b", where)
    assert single.result is d["b"].result
    for same in ("W, X, b", ("W", "X", "b"), "W,X,b"):
        again = mc.derive("phi(W*X + b*ones(n)')", same, where, verify=False)
        assert [r.result for r in again.results.values()] == [r.result for r in d.results.values()]


def test_conditions_of_several_variables():
    d = mc.derive("logdet(X) + norm2(y)", "X, y", "X in R[n,n]; y in R[m]")
    assert set(d["X"].conditions) <= set(d.conditions)
    assert {"det(X) > 0", "y ≠ 0"} <= set(d.conditions)


# Other faces


def test_the_operator():
    d = mc.derive("norm2(A*X - B)^2", "X", LEAST_SQUARES)
    assert d.operator() is mc.parse("2*A'*(A*X - B) : d(X)", LEAST_SQUARES)
    assert d.operator().is_scalar
    d = mc.derive("c^2", "c", "c in R")
    assert d.operator() is mc.parse("2*c*d(c)", "c in R")


def test_parts_of_real_matrices():
    X = mc.matrices("X[n,n]")
    assert mc.re(X) is X and str(mc.im(X)) == "zeros(n,n)" and mc.conj(X) is X


def test_frechet_derivatives_in_python():
    X, E = mc.matrices("X[n,n] E[n,n]")
    for f in ("expm", mc.expm):
        assert mc.frechet(f)(X, E) is mc.parse("frechet(expm)(X,E)", "X, E in R[n,n]")
    with pytest.raises(mc.UnknownNameError, match="'exp' is no matrix function"):
        mc.frechet("exp")


def test_orders_and_jacobians():
    x, y = mc.vectors("x[n] y[n]")
    A, S, B = mc.matrices("A[m,n] S[n,n] B[m,p]")
    assert mc.jacobian(x.T @ y, x) is y  # of a scalar: its gradient
    assert mc.jacobian(A @ x, x) is A
    assert mc.jacobian(A @ x, A) is mc.kron(x.T, mc.eye("m"))
    assert mc.jacobian(A.T @ B, B) is mc.kron(mc.eye("p"), A.T)
    assert mc.hessian(x.T @ S @ x, x) is S + S.T
    d = mc.derive("x'*A*x", ("x", "A"), order=2)
    assert (d.kind, d.wrt) == ("hessian", "x, A")
    assert d.result is mc.parse("kron(x',eye(n)) + kron(eye(n),x')", "x in R[n]")
    both = mc.derive("x'*A*x", ["x", "A"], order=2)
    assert both["x"].result is mc.parse("A + A'", "A in R[n,n]")
    assert str(mc.derive("z^H*z", "z", "z in C[n]").result) == "z"


def test_layouts():
    d = mc.derive("A*x", "x", "A in R[m,n]; x in R[n]", layout="denominator")
    assert str(d.result) == "A'" and d.layout.startswith("denominator layout")
    values = {"A": np.arange(6.0).reshape(2, 3), "x": np.ones(3)}
    assert (d.tensor(values) == values["A"]).all()  # tensors have one layout
    assert mc.derive("x'*A*x", "x").layout is None  # a gradient has the shape of x
    with pytest.raises(mc.DomainError, match="numerator or denominator"):
        mc.derive("A*x", "x", layout="rows")


def test_by_free_entries():
    """By vech(S) the gradient and Hessian of log det S are D'vec(S⁻¹) and -D'(S⁻¹ ⊗ S⁻¹)D."""
    where = "S in SPD[n]"
    d = mc.derive("logdet(S)", "S", where)
    assert d.vech() is mc.parse("duplication(n)'*vec(inv(S))", where)
    h = mc.derive("logdet(S)", "S", where, order=2).vech()
    assert h is mc.parse("-duplication(n)'*kron(inv(S),inv(S))*duplication(n)", where)
    j = mc.derive("inv(S)", "S", where).vech()
    assert j is mc.parse("-kron(inv(S),inv(S))*duplication(n)", where)
    with pytest.raises(mc.DomainError, match="symmetric variable"):
        mc.derive("logdet(X)", "X").vech()


# Values


def test_tensor_layout():
    d = mc.derive("norm2(A*X - B)^2", "X", LEAST_SQUARES)
    r = rng()
    a, x, b = r.normal(size=(4, 3)), r.normal(size=(3, 2)), r.normal(size=(4, 2))
    got = d.tensor({"A": a, "X": x, "B": b})
    assert isinstance(got, np.ndarray) and got.shape == (3, 2) and got.dtype == float
    assert np.allclose(got, 2 * a.T @ (a @ x - b))
    assert np.allclose(d.result.evaluate({"A": a, "X": x, "B": b}), got)
    got[:] = 0  # a result is the caller's own
    assert np.allclose(d.tensor({"A": a.tolist(), "X": x, "B": b}), 2 * a.T @ (a @ x - b))


def test_tensors_of_scalars_vectors_and_rows():
    x = rng().normal(size=5)
    d = mc.derive("sum(x)*c^2", ["x", "c"], "x in R[n]; c in R")
    assert d["x"].tensor({"x": x, "c": 3}).shape == (5,)
    value = d["c"].tensor({"x": x, "c": 3.0})
    assert isinstance(value, float) and value == pytest.approx(6 * x.sum())
    row = mc.derive("norm2(r)^2", "r", "r in R[1,n]").tensor({"r": x[None, :]})
    assert row.shape == (1, 5)
    one = mc.derive("x'*x", "x", "x in R[1]").tensor({"x": 2.0})
    assert one == 4.0
    # A size is decided by the symbols, not by the numbers.
    assert mc.derive("norm2(X)^2", "X", "X in R[m,n]").tensor({"X": [[2.0]]}).shape == (1, 1)
    assert mc.derive("norm2(x)^2", "x", "x in R[n]").tensor({"x": [2.0]}).shape == (1,)


def test_a_gradient_without_its_variable():
    """ones(m,n) has the size of X, which does not occur in it."""
    d = mc.derive("sum(X)", "X", "X in R[m,n]")
    assert np.array_equal(d.tensor({"X": np.zeros((2, 3))}), np.ones((2, 3)))
    d = mc.derive("tr(A)", "X", "A in R[n,n]; X in R[m,n]")
    assert np.array_equal(d.tensor({"X": np.ones((2, 3)), "A": np.eye(3)}), np.zeros((2, 3)))
    d = mc.derive("mean(x)", "x", "x in R[n]")
    assert np.allclose(d.tensor({"x": np.zeros(4)}), 0.25)


def test_tensors_of_abstract_functions():
    r = rng()
    w, x = r.normal(size=(3, 2)), r.normal(size=(2, 4))
    d = mc.derive("phi(W*X)", "W", "W in R[m,q]; X in R[q,n]; phi : R[m,n] -> R")
    phi = (lambda D: np.sum(np.sin(D)), np.cos)
    assert np.allclose(d.tensor({"W": w, "X": x, "phi": phi}), np.cos(w @ x) @ x.T)

    d = mc.derive("h(x'*y)", "x", "h : R -> R; x, y in R[n]")
    u, v = r.normal(size=3), r.normal(size=3)
    assert np.allclose(d.tensor({"x": u, "y": v, "h": (np.exp, np.exp)}), np.exp(u @ v) * v)

    d = mc.derive("c'*g(x)", "x", "g : R[n] -> R[m]; x in R[n]; c in R[m]")
    m = r.normal(size=(4, 3))
    g = (lambda t: m @ t**2, lambda t: 2 * m * t)
    k = r.normal(size=4)
    assert np.allclose(d.tensor({"x": u, "c": k, "g": g}), (2 * m * u).T @ k)

    d = mc.derive("f(2*x, y)", "x, y", "f : R[n], R[m] -> R; x in R[n]; y in R[m]")
    f = (
        lambda s, t: np.sum(s**2) * np.sum(t),
        lambda s, t: (2 * s * np.sum(t), np.sum(s**2) * t**0),
    )
    y = r.normal(size=2)
    values = {"x": u, "y": y, "f": f}
    assert np.allclose(d["x"].tensor(values), 8 * u * y.sum())
    assert np.allclose(d["y"].tensor(values), 4 * np.sum(u**2) * np.ones(2))


def test_no_warning_and_no_nan_where_the_function_is_defined():
    d = mc.derive("sum(log(1 + exp(x)))", "x", "x in R[n]")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        got = d.tensor({"x": np.array([-800.0, 0.0, 800.0])})
    assert np.allclose(got, [0.0, 0.5, 1.0])


# parse, gradient, differential and variables in Python


def test_parse():
    e = mc.parse("x'*A*x", where="A in R[n,n]; x in R[n]")
    assert e.is_scalar and e.shape == (1, 1)
    assert e.evaluate({"A": [[1.0, 2.0], [3.0, 4.0]], "x": [1.0, 1.0]}) == 10.0
    assert isinstance(e.latex(), str) and "x" in e.latex()
    assert str(mc.parse("A*x").shape) == "(m, 1)"
    assert mc.parse("R = A*x; norm2(R)") is mc.parse("norm2(A*x)")


def test_gradient():
    A, X, B = mc.matrices("A[m,n] X[n,p] B[m,p]")
    x, y = mc.vectors("x[n] y[n]")
    c = mc.scalars("c")
    assert mc.gradient(mc.norm2(A @ X - B) ** 2, X) is 2 * A.T @ (A @ X - B)
    assert mc.gradient("x'*y", "x", "x, y in R[n]") is y
    assert mc.gradient(c * x.T @ y, c) is x.T @ y
    assert mc.gradient(x.T @ x, x) is 2 * x
    assert mc.gradient("tr(A*S)", "S", "A in R[n,n]; S in Sym[n]", convention="entries") is (
        mc.parse("A + A' - diag(diag(A))", "A in R[n,n]")
    )


def test_differential():
    A, X = mc.matrices("A[m,n] X[n,p]")
    assert mc.differential(A @ X, X) is A @ mc.d(X)
    assert mc.differential(A @ X, [A, X]) is mc.d(A) @ X + A @ mc.d(X)
    assert mc.differential("A*X", "A, X", "A in R[m,n]; X in R[n,p]") is (mc.d(A) @ X + A @ mc.d(X))
    assert mc.differential("inv(M)", "M", "M in R[n,n]") is mc.parse(
        "-inv(M)*d(M)*inv(M)", "M in R[n,n]"
    )
    assert str(mc.differential("tr(M)", "M", "M in R[n,n]")) == "tr(d(M))"
    with pytest.raises(mc.UnknownNameError):
        mc.differential("A*X", "Z", "A in R[m,n]; X in R[n,p]")


def test_variables():
    A, _, B = mc.matrices("A[m,n] X[n,p] B[m,p]")
    assert A is mc.parse("A", "A in R[m,n]") and B is mc.parse("B", "B in R[m,p]")
    assert isinstance(mc.matrices("A[m,n]"), Expr)
    assert mc.matrices("A[m,n], B[n,p]") == (A, mc.matrices("B[n,p]"))
    assert mc.matrices("M[3,n+1]").shape[0] == 3
    x, y = mc.vectors("x[n] y[2*n]")
    assert str(y.shape[0]) == "2*n" and x.shape[1] == 1
    a, b = mc.scalars("a b")
    assert a.is_scalar and b is mc.parse("b", "b in R")


# Workspaces


def test_a_workspace_keeps_declarations_and_definitions():
    w = mc.Workspace("A in R[m,n]; x in R[n]")
    w.declare("b in R[m]; r = A*x - b")
    assert w.parse("norm2(r)^2") is mc.parse(
        "norm2(A*x - b)^2", "A in R[m,n]; x in R[n]; b in R[m]"
    )
    d = w.derive("norm2(r)^2", wrt="x")
    assert str(d.result) == "2*A'*(A*x - b)" and [s.subject for s in d.steps][:2] == ["phi", "r"]
    w.declare("s = r'*r")
    assert w.derive("log(1 + s)", "x").verification
    with pytest.raises(mc.DeclarationError):
        w.declare("b in Q[n]")
    assert w.parse("b").shape == w.parse("A*x").shape  # as before


def test_a_workspace_runs_statements():
    w = mc.Workspace()
    found = w.run(
        """
        # least squares
        A in R[m,n]; x in R[n]; b in R[m]
        r = A*x - b
        grad norm2(r)^2 wrt x
        diff A*x wrt x
        r'*r
        d/dx r'*r; grad r'*r wrt A, b
        """
    )
    assert len(found) == 5
    assert str(found[0].result) == "2*A'*(A*x - b)"
    assert str(found[1]) == "A*d(x)"
    assert found[2] is w.parse("r'*r")
    assert found[3].result is found[0].result
    assert str(found[4]["A"].result) == "2*(A*x - b)*x'" and list(found[4].results) == ["A", "b"]
    assert w.run("") == [] and w.run("y in R[n]") == []
    (d,) = w.run("grad x'*y wrt y", verify=False)
    assert d.verification is None


def test_definitions_before_an_expression_do_not_stay():
    w = mc.Workspace("A in R[m,n]; x in R[n]")
    assert w.derive("z = A*x; z'*z", "x").verification
    with pytest.raises(mc.MatcalcError):
        w.parse("z + A*x + ones(m,2)")
    assert w.parse("z").shape[1] == 1  # a vector by the convention again


# check


CHECKS = [
    ("tr(A*X)", "X", "A'", "right"),
    ("tr(A*X)", "X", "A", "transposed"),
    ("tr(A*X)", "X", "2*A'", "wrong"),
    ("tr(A*X)", "X", "A'/1.0001", "wrong"),
    ("tr(A*X)", "X", "zeros(n,m)", "wrong"),
    ("tr(X'*A'*A*X)", "X", "2*A'*A*X", "right"),
    ("tr(X'*A'*A*X)", "X", "A'*A*X", "wrong"),
]


def repaired(c):
    """The answer after the edit; a repair may show both, as in A → A'."""
    return c.repair.split(" → ")[-1]


@pytest.mark.parametrize(("text", "wrt", "answer", "verdict"), CHECKS)
def test_check(text, wrt, answer, verdict):
    c = mc.check(text, wrt=wrt, answer=answer, where="A in R[m,n]; X in R[n,m]")
    assert c.verdict == verdict and bool(c) is c.ok is (verdict == "right")
    assert c.message.startswith(("right", "wrong")) and "\n" not in c.message
    assert isinstance(c.right, Expr) and c.line is None
    if verdict == "transposed":
        assert "transpose" in c.message and repaired(c) == "A'"
        assert mc.check(text, wrt, repaired(c), "A in R[m,n]; X in R[n,m]")


def test_check_in_the_other_convention():
    where = "A in R[n,n]; S in Sym[n]"
    projected, entries = "(A + A')/2", "A + A' - diag(diag(A))"
    assert mc.check("tr(A*S)", "S", projected, where)
    assert mc.check("tr(A*S)", "S", entries, where, convention="entries")
    c = mc.check("tr(A*S)", "S", entries, where)
    assert c.verdict == "other-convention" and not c and "entries" in c.message
    assert mc.parse(repaired(c), where) is mc.parse(projected, where)
    c = mc.check("tr(A*S)", "S", projected, where, convention="entries")
    assert c.verdict == "other-convention" and not c
    assert mc.parse(repaired(c), where) is mc.parse(entries, where)
    assert mc.check("tr(A*S)", "S", "A + A'", where).verdict == "wrong"


def test_check_of_vectors_scalars_and_forms():
    where = "A in R[n,n]; x in R[n]"
    assert mc.check("x'*A*x", "x", "A*x + A'*x", where)
    assert mc.check("x'*A*x", "x", "(A + A')*x", where)
    assert mc.check("x'*A*x", "x", "x'*(A + A')", where).verdict == "transposed"
    assert mc.check("x'*A*x", "x", "2*A*x", where).verdict == "wrong"
    assert mc.check("x'*A*x", "x", "2*A*x", "A in Sym[n]; x in R[n]")
    assert mc.check("c^3", "c", "3*c^2", "c in R")
    assert mc.check("c^3", "c", "3*c", "c in R").verdict == "wrong"
    assert mc.check("norm2(A*x - y)^2", "x", "2*A'*(A*x - y)")  # undeclared, inferred
    A, x = mc.matrices("A[n,n]"), mc.vectors("x[n]")
    assert mc.check(x.T @ A @ x, x, (A + A.T) @ x)
    assert mc.check("softplus(c)", "c", "exp(c)/(1 + exp(c))", "c in R")
    assert mc.check("log(det(X))", "X", "inv(X')", "X in R[n,n]")


# Structured variables, against references of their own


def basis(kind, n):
    """For each free entry, the matrix that moves with it."""
    unit = [np.outer(e, f) for e in np.eye(n) for f in np.eye(n)]
    unit = {(i, j): unit[i * n + j] for i in range(n) for j in range(n)}
    if kind in ("Sym", "PSD", "SPD"):
        return [
            unit[i, i] if i == j else unit[i, j] + unit[j, i]
            for i in range(n)
            for j in range(i + 1)
        ]
    if kind == "Skew":
        return [unit[i, j] - unit[j, i] for i in range(n) for j in range(i)]
    keep = {
        "Diag": lambda i, j: i == j,
        "Tril": lambda i, j: i >= j,
        "Triu": lambda i, j: i <= j,
    }[kind]
    return [unit[i, j] for i in range(n) for j in range(n) if keep(i, j)]


def point(kind, n, r):
    z = r.normal(size=(n, n))
    return {
        "Sym": (z + z.T) / 2,
        "PSD": z @ z.T,
        "SPD": z @ z.T / n + np.eye(n),
        "Skew": (z - z.T) / 2,
        "Diag": np.diag(r.uniform(0.5, 1.5, n)),
        "Tril": np.tril(z, -1) / 3 + np.diag(r.uniform(0.5, 1.5, n)),
        "Triu": np.triu(z, 1) / 3 + np.diag(r.uniform(0.5, 1.5, n)),
    }[kind]


STRUCTURED = {
    "tr(A*X)": lambda X, A, B, x, y: np.trace(A @ X),
    "tr(A*X*B*X)": lambda X, A, B, x, y: np.trace(A @ X @ B @ X),
    "x'*X*y": lambda X, A, B, x, y: x @ X @ y,
    "sum(exp(A.*X))": lambda X, A, B, x, y: np.sum(np.exp(A * X)),
    "tr(X'*A*X*B)": lambda X, A, B, x, y: np.trace(X.T @ A @ X @ B),
    "logdet(X'*X + A*A' + eye(n))": lambda X, A, B, x, y: np.log(
        np.linalg.det(X.T @ X + A @ A.T + np.eye(len(A)))
    ),
    "y'*inv(X + 5*eye(n))*x": lambda X, A, B, x, y: y @ np.linalg.inv(X + 5 * np.eye(len(A))) @ x,
    "norm2(A*X - B)^2": lambda X, A, B, x, y: np.sum((A @ X - B) ** 2),
    "tr(X^3)": lambda X, A, B, x, y: np.trace(X @ X @ X),
    "x'*X'*X*y + tr(X)^2": lambda X, A, B, x, y: x @ X.T @ X @ y + np.trace(X) ** 2,
}


@pytest.mark.parametrize("kind", ["Sym", "Skew", "Diag", "Tril", "Triu", "PSD", "SPD"])
@pytest.mark.parametrize("text", STRUCTURED)
def test_structured_variables(kind, text):
    n, r = 4, rng()
    A, B = r.normal(size=(n, n)), r.normal(size=(n, n))
    x, y = r.normal(size=n), r.normal(size=n)
    X = point(kind, n, r)
    f = STRUCTURED[text]
    where = f"X in {kind}[n]; A, B in R[n,n]; x, y in R[n]"
    slopes = [(e, slope(lambda Z: f(Z, A, B, x, y), X, e)) for e in basis(kind, n)]
    wanted = {
        "projected": sum(s * e / np.sum(e * e) for e, s in slopes),
        "entries": sum(s * e for e, s in slopes),
    }
    for convention, reference in wanted.items():
        d = mc.derive(text, "X", where, convention=convention)
        assert d.verification.ok, d.verification.message
        got = d.tensor({"X": X, "A": A, "B": B, "x": x, "y": y})
        assert np.allclose(got, reference, rtol=1e-6, atol=1e-7), (convention, str(d.result))
        assert d.convention == convention and d.convention_note.startswith(convention)
    if kind in ("Diag", "Tril", "Triu"):
        assert np.allclose(wanted["projected"], wanted["entries"])
    elif not np.allclose(wanted["projected"], 0, atol=1e-9):
        assert not np.allclose(wanted["projected"], wanted["entries"])


@pytest.mark.parametrize("kind", ["Sym", "Skew", "Diag", "Tril", "Triu", "PSD", "SPD"])
def test_the_gradient_has_the_structure(kind):
    d = mc.derive("tr(A*X*B*X)", "X", f"X in {kind}[n]; A, B in R[n,n]")
    values = {"X": point(kind, 3, rng()), "A": rng().normal(size=(3, 3)), "B": np.ones((3, 3))}
    got = d.tensor(values)
    free = basis(kind, 3)
    projected = sum(np.sum(got * e) * e / np.sum(e * e) for e in free)
    assert np.allclose(got, projected)


@pytest.mark.parametrize("kind", ["Sym", "Skew", "Diag", "Tril", "Triu", "SPD"])
@pytest.mark.parametrize("convention", ["projected", "entries"])
def test_structured_variables_of_size_one(kind, convention):
    d = mc.derive("exp(2*tr(X))", "X", f"X in {kind}[1]", convention=convention)
    assert d.verification.ok
    value = d.tensor({"X": 0.5 if kind != "Skew" else 0.0})
    assert value == pytest.approx(0.0 if kind == "Skew" else 2 * np.exp(1.0))


def test_a_manifold_has_a_note():
    for where in ("X in Orth[n]", "X in Stiefel[n,n]"):
        (note,) = mc.derive("tr(A*X)", "X", f"A in R[n,n]; {where}").notes
        assert "Euclidean" in note
    (note,) = mc.derive("a'*x", "x", "a in R[n]; x in Sphere[n]").notes
    assert "Euclidean" in note


def test_sets_that_are_no_linear_spaces():
    """The Euclidean gradient; constants of these sets keep their facts."""
    assert str(mc.derive("tr(A*X)", "X", "A in R[n,n]; X in Orth[n]").result) == "A'"
    assert str(mc.derive("a'*x", "x", "a in R[n]; x in Sphere[n]").result) == "a"
    assert str(mc.derive("a'*x", "x", "a in R[n]; x in Simplex[n]").result) == "a"
    d = mc.derive("tr(Q'*X*Q)", "X", "Q in Orth[n]; X in R[n,n]")
    assert str(d.result) == "eye(n)"
    d = mc.derive("norm2(V*x)^2", "x", "V in Stiefel[m,n]; x in R[n]")
    assert str(d.result) == "2*x" and d.verification


@pytest.mark.parametrize("kind", ["Toep", "SymToep"])
def test_toeplitz_constants(kind):
    assert mc.derive("tr(A*T*X)", "X", f"A, X in R[n,n]; T in {kind}[n]").verification


# Out


def test_answers_can_be_shown_in_a_notebook():
    d = mc.derive("x'*A*x", "x")
    assert d.result._repr_latex_().startswith("$")
    for text in (d.latex(), d.result.latex(), d.steps_text(), d.steps_unicode(), str(d), repr(d)):
        json.dumps(text)
        assert text and "object at" not in text


def test_the_version_and_the_names():
    assert mc.__version__.count(".") == 2
    for name in mc.__all__:
        assert getattr(mc, name) is not None
    for name in ("derive", "parse", "gradient", "jacobian", "hessian", "differential", "check"):
        assert getattr(mc, name).__doc__


def test_numerical_gradients_of_a_few_more_functions():
    r = rng()
    values = {"A": r.normal(size=(4, 3)), "x": r.normal(size=3), "y": r.normal(size=4)}
    functions = {
        "logsumexp(A*x) - y'*A*x": lambda x, A, y: np.log(np.sum(np.exp(A @ x))) - y @ A @ x,
        "norm2(A*x - y)/(1 + norm2(x)^2)": lambda x, A, y: np.linalg.norm(A @ x - y) / (1 + x @ x),
        "y'*tanh(A*x)": lambda x, A, y: y @ np.tanh(A @ x),
        "sum(softmax(A*x).^2)": lambda x, A, y: np.sum(
            (np.exp(A @ x) / np.sum(np.exp(A @ x))) ** 2
        ),
        "mean(exp(A*x).*y)": lambda x, A, y: np.mean(np.exp(A @ x) * y),
    }
    for text, f in functions.items():
        d = mc.derive(text, "x", "A in R[m,n]; x in R[n]; y in R[m]")
        wanted = numerical_gradient(lambda x, f=f: f(x, values["A"], values["y"]), values["x"])
        assert np.allclose(d.tensor(values), wanted, rtol=1e-7, atol=1e-8), text


@pytest.mark.parametrize(("text", "name"), [("x₁'*A*x₁", "x₁"), ("µ*norm2(x)", "µ"), ("𝐱'*𝐱", "𝐱")])
def test_variables_are_compared_after_nfkc_as_in_the_text(text, name):
    assert mc.derive(text, wrt=name).verify()
    assert mc.check(text, wrt=name, answer=f"0*{name}").verdict == "wrong"
