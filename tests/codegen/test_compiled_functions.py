"""Compiled functions as users call them: arguments, optimisers, names, sources."""

import ast
import copy
import keyword
import pickle
import unicodedata
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy.optimize import approx_fprime, minimize

import matcalc as mc
from matcalc.expr.nodes import symbols

rng = np.random.default_rng(0)
LSQ = ("norm2(A*X - B)^2", "X", "A in R[m,n]; X in R[n,p]; B in R[m,p]")
LOGREG = ("sum(softplus(-y .* (X*w)))", "w", "X in R[m,n]; y in R[m]; w in R[n]")
X, y, w = rng.normal(size=(20, 3)), np.sign(rng.normal(size=20)), rng.normal(size=3)


def test_an_answer_as_a_function():
    f = mc.derive(*LSQ).compile(backend="numpy", as_="dense")
    A, Z, B = np.array([[1.0, 2], [3, 4]]), np.ones((2, 1)), np.zeros((2, 1))
    assert f(A=A, X=Z, B=B).tolist() == [[48.0], [68.0]]
    assert f(Z, A=A, B=B).tolist() == [[48.0], [68.0]]  # the variable by position
    assert f(A=[[1, 2], [3, 4]], X=[[1], [1]], B=[[0], [0]]).tolist() == [[48.0], [68.0]]


def test_the_source_of_least_squares_reads_as_by_hand():
    f = mc.derive(*LSQ).compile()
    assert f.source.strip() == (
        "def gradient(X, A, B):\n    # gradient = 2*A'*(A*X - B)\n    return 2*(A.T @ (A @ X - B))"
    )


def test_users_names_are_used_in_the_source():
    f = mc.compile("R = A*X - B; norm2(R)^2", "X", LSQ[2], ("value", "gradient"))
    assert "    R = A @ X - B\n" in f.source
    assert "value = np.vdot(R, R)" in f.source


def test_several_outputs_share_their_work():
    g = mc.compile(*LOGREG, outputs=("value", "gradient", "hessian"), fixed={"X": X, "y": y})
    value, gradient, hessian = g(w=w)
    assert np.isclose(value, np.sum(np.log1p(np.exp(-y * (X @ w)))))
    assert np.allclose(gradient, approx_fprime(w, lambda w: g(w)[0]), atol=1e-5)
    assert hessian.shape == (3, 3)
    # w meets X once, in value, gradient and Hessian together
    assert g.source.count("@ w") == 1


def test_minimize_by_newton():
    reg = ("sum(softplus(-y .* (X*w))) + norm2(w)^2", *LOGREG[1:])
    f = mc.compile(*reg, outputs=("value", "gradient"), fixed={"X": X, "y": y})
    h = mc.compile(*reg, outputs="hessian", fixed={"X": X, "y": y})
    p = mc.compile(*reg, outputs="hvp", fixed={"X": X, "y": y})
    by_hessian = minimize(f, np.zeros(3), jac=True, hess=h, method="trust-exact")
    by_product = minimize(f, np.zeros(3), jac=True, hessp=p, method="trust-ncg")
    plain = minimize(f, np.zeros(3), jac=True)
    assert by_hessian.success
    assert np.allclose(by_hessian.x, plain.x, atol=1e-4)
    assert np.allclose(by_product.x, plain.x, atol=1e-4)


def test_flat_functions_are_for_matrix_variables():
    T = rng.normal(size=(5, 4))
    g = mc.compile(
        "norm2(T - U*V')^2 + norm2(U)^2 + norm2(V)^2",
        wrt=["U", "V"],
        where="T in R[m,n]; U in R[m,k]; V in R[n,k]",
        outputs=("value", "gradient"),
        fixed={"T": T},
    )
    start = rng.normal(size=18)
    found = minimize(g.flat(), start, jac=True)
    assert found.success
    U, V = found.x[:10].reshape(5, 2), found.x[10:].reshape(4, 2)
    value, (by_u, by_v) = g(U, V)
    assert np.isclose(value, found.fun)
    assert np.allclose(by_u, 0, atol=1e-3) and np.allclose(by_v, 0, atol=1e-3)
    with pytest.raises(mc.ShapeError):
        g.flat()(rng.normal(size=17))


def test_a_flat_hessian_is_square():
    g = mc.compile("norm2(A*X - B)^2", "X", LSQ[2], ("gradient", "hessian", "hvp"))
    values = {"A": rng.normal(size=(4, 3)), "B": rng.normal(size=(4, 2))}
    x, v = rng.normal(size=6), rng.normal(size=6)
    gradient, hessian, product = g.flat()(x, v=v, **values)
    assert gradient.shape == (6,) and hessian.shape == (6, 6)
    assert np.allclose(hessian @ v, product)


def test_names_that_python_cannot_have():
    where = "lambda in R; class in R[n]; np in R[n]; sum_1 in R[n]; n in R"
    f = mc.compile("lambda*(class'*np) + n*norm2(class)^2 + sum(sum_1)", "class", where)
    values = {"lambda": 2.0, "class": np.ones(3), "np": np.arange(3.0), "n": 0.5}
    value, gradient = f(**values, sum_1=np.zeros(3))
    assert value == 7.5
    assert gradient.tolist() == [1.0, 3.0, 5.0]


@pytest.mark.parametrize(
    "name", ["__import__", "exec", "None", "ﬁ", "print", "math", "lapack", "σ"]
)
def test_generated_names_are_ours_or_checked(name):
    """Identifiers are no keywords, builtins, dunders or modules, after NFKC."""
    try:
        f = mc.compile(f"x'*A*x + {name}*sum(x)", "x", f"A in R[n,n]; x in R[n]; {name} in R")
    except mc.MatcalcError:
        return  # the language itself refuses the name
    tree = ast.parse(f.source)
    (function,) = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    for argument in function.args.args:
        assert argument.arg not in dir(__builtins__) and not keyword.iskeyword(argument.arg)
        assert not argument.arg.startswith("__") and argument.arg not in ("math", "lapack", "np")
    A = np.eye(2)
    (value, gradient) = f(**{"A": A, "x": np.ones(2), unicodedata.normalize("NFKC", name): 3.0})
    assert value == 8.0 and gradient.tolist() == [5.0, 5.0]


def test_what_is_wrong_is_said():
    f = mc.compile(*LOGREG)
    with pytest.raises(mc.UnknownNameError, match="no value is given for y"):
        f(w=w, X=X)
    with pytest.raises(mc.ShapeError, match="its value has shape"):
        f(w=np.ones(4), X=X, y=y)
    with pytest.raises(mc.UnknownNameError, match="Y"):
        f(w=w, X=X, y=y, Y=y)
    with pytest.raises(mc.MatcalcError, match="given by position and by name"):
        f(w, w=w, X=X, y=y)
    with pytest.raises(mc.DomainError, match="outputs are some of"):
        mc.compile(*LOGREG, outputs=("value", "slope"))
    with pytest.raises(mc.DomainError, match="the hessian is of a scalar"):
        mc.compile("A*x", "x", "A in R[m,n]; x in R[n]", ("hessian",))
    with pytest.raises(mc.DomainError, match="no code for 'fortran'"):
        mc.compile(*LOGREG, backend="fortran")
    g = mc.compile("logdet(S)", "S", "S in SPD[n]", ("gradient", "value"))
    assert g(S=np.eye(2))[1] == 0
    with pytest.raises(mc.DomainError, match="no value here"):
        g(S=np.zeros((2, 2)))


def test_a_matrix_outside_of_its_set_is_refused():
    f = mc.compile("x'*A*x", "x", "A in Sym[n]; x in R[n]")
    with pytest.raises(mc.MatcalcError, match="A"):
        f(A=np.array([[0.0, 1], [0, 0]]), x=np.ones(2))


def test_results_are_no_views_of_arguments():
    A, Z = rng.normal(size=(2, 3)), rng.normal(size=(3, 2))
    before = A.copy()
    gradient = mc.derive("tr(A*X)", "X", "A in R[m,n]; X in R[n,m]").compile()(A=A, X=Z)
    gradient += 1
    assert np.array_equal(A, before)
    g = mc.compile("x'*A*x", "x", "A in R[n,n]; x in R[n]", "hessian", fixed={"A": np.eye(2)})
    g(x=np.ones(2))[:] = 7
    assert g(x=np.ones(2)).tolist() == [[2.0, 0.0], [0.0, 2.0]]


def test_single_precision_stays_single():
    f = mc.compile(*LOGREG, outputs=("value", "gradient", "hessian"))
    single = f(w=w.astype("f4"), X=X.astype("f4"), y=y.astype("f4"))
    double = f(w=w, X=X, y=y)
    for a, b in zip(single, double, strict=True):
        assert np.asarray(a).dtype == np.float32
        assert np.allclose(a, b, rtol=1e-4, atol=1e-4)
    assert mc.compile(*LOGREG, dtype="float32")(w=w, X=X, y=y)[1].dtype == np.float32


def test_arrays_of_all_kinds_are_taken_and_left_alone():
    """Transposed, strided, read-only, of whole numbers, subclasses, lists, numbers of NumPy's."""
    where = "A in R[m,n]; x in R[n]; c in R"
    f = mc.compile("c*norm2(A*x)^2", "x", where)
    A, v = rng.integers(-3, 4, size=(4, 3)), rng.integers(-3, 4, size=3)
    wanted = f(A=A.astype(float), x=v.astype(float), c=2.0)
    locked = A.astype(float)
    locked.flags.writeable = False
    wide = np.zeros((8, 6))
    wide[::2, ::2] = A
    for a in (A, A.tolist(), np.asfortranarray(A), locked, wide[::2, ::2], A.astype(">f8")):
        for c in (2, 2.0, np.float64(2), np.array(2.0), np.int64(2)):
            value, gradient = f(v, A=a, c=c)
            assert np.allclose(value, wanted[0]) and np.allclose(gradient, wanted[1])
            assert type(gradient) is np.ndarray and gradient.dtype == float
    assert np.array_equal(wide[::2, ::2], A)


def test_complex_numbers_in_any_byte_order():
    f = mc.compile("norm2(A*z)^2", "z", "A in C[m,n]; z in C[n]", "gradient")
    A, z = rng.normal(size=(2, 3)) + 1j, rng.normal(size=3) - 2j
    assert np.allclose(f(A=A.astype(">c16"), z=z.astype(">c16")), f(A=A, z=z))


def test_nothing_is_warned_of_and_settings_are_left_alone():
    f = mc.compile("sum(log(x))", "x", "x in R+[n]")
    f(x=np.ones(2))
    with warnings.catch_warnings(), np.errstate(all="warn"):
        warnings.simplefilter("error")
        value, gradient = f(x=np.zeros(2))
        assert value == -np.inf and gradient.tolist() == [np.inf] * 2
        assert np.geterr()["divide"] == "warn"


def test_functions_of_the_user_see_their_own_settings():
    seen = []
    phi = (lambda x: seen.append(np.get_printoptions()["precision"]) or np.sum(x), np.ones_like)
    f = mc.compile("phi(x)", "x", "x in R[n]; phi : R[n] -> R", "value")
    for precision in (3, 5):
        with np.printoptions(precision=precision):
            f(x=np.ones(2), phi=phi)
    assert seen[-1] == 5 and 3 in seen


def test_one_function_in_several_threads():
    f = mc.compile(*LOGREG, outputs=("value", "gradient"))
    values = {"X": X, "y": y}
    wanted = [f(k * w, **values) for k in range(20)]
    g = pickle.loads(pickle.dumps(f))  # nothing is prepared yet
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda k: g(k * w, **values), range(20)))
    for (a, b), (c, d) in zip(wanted, found, strict=True):
        assert a == c and np.array_equal(b, d)


def test_a_factor_of_fixed_values_is_shared_by_threads():
    rng = np.random.default_rng(0)
    A, C, b = rng.normal(size=(40, 40)), rng.normal(size=(40, 40)), rng.normal(size=40)
    where = "A in R[n,n]; b in R[n]; C in R[n,n]"
    g = mc.compile("b'*inv(A)*C*x", "x", where, outputs="gradient", fixed={"A": A})
    wanted = C.T @ np.linalg.solve(A.T, b)
    assert np.allclose(g(b=b, C=C), wanted), g.source
    with ThreadPoolExecutor(8) as pool:
        for found in pool.map(lambda _: g(b=b, C=C), range(4000)):
            assert np.allclose(found, wanted)


def test_large_arguments_do_not_overflow():
    f = mc.compile(*LOGREG, outputs=("value", "gradient", "hessian"))
    value, gradient, hessian = f(w=np.array([1e3]), X=np.array([[1.0], [-1.0]]), y=np.ones(2))
    assert value == 1000.0
    assert gradient.tolist() == [1.0]
    assert hessian.tolist() == [[0.0]]


def test_sizes_that_no_array_has_are_given():
    f = mc.derive("sum(X)", "X", "X in R[m,n]").compile()
    assert f(X=np.zeros((2, 3))).tolist() == [[1.0] * 3] * 2
    assert f(m=1, n=2).tolist() == [[1.0, 1.0]]
    with pytest.raises(mc.ShapeError, match="no given array determines the size"):
        f(m=1)


def test_abstract_functions_are_tuples_of_callables():
    where = "W in R[m,q]; X in R[q,n]; phi : R[m,n] -> R"
    f = mc.compile("phi(W*X)", ["W", "X"], where, ("value", "gradient"))
    W, Z = rng.normal(size=(2, 3)), rng.normal(size=(3, 4))
    phi = (lambda D: np.sum(D**2), lambda D: 2 * D)
    value, (by_w, by_x) = f(W, Z, phi=phi)
    assert np.isclose(value, np.sum((W @ Z) ** 2))
    assert np.allclose(by_w, 2 * W @ Z @ Z.T) and np.allclose(by_x, 2 * W.T @ W @ Z)
    with pytest.raises(mc.ShapeError, match="the given phi returned shape"):
        f(W, Z, phi=(phi[0], lambda D: D.T))
    with pytest.raises(mc.MatcalcError, match="phi needs its derivative"):
        f(W, Z, phi=phi[0])


def test_pickled_and_copied():
    g = mc.compile(*LOGREG, outputs=("value", "gradient"), fixed={"X": X, "y": y})
    for other in (pickle.loads(pickle.dumps(g)), copy.deepcopy(g)):
        assert np.allclose(other(w)[1], g(w)[1])
        assert other.source == g.source
    flat = pickle.loads(pickle.dumps(g.flat()))
    assert np.allclose(flat(w)[1], g(w)[1])


def test_the_plan_counts():
    f = mc.compile(*LSQ, outputs="gradient")
    plan = f.planned(m=100, n=10, p=1)
    assert plan.flops == 2 * 100 * 10 + 100 + 2 * 10 * 100 + 10
    assert "matmul" in str(plan) and "planned for m = 100" in str(plan)


def test_the_plan_in_blocks_of_rows():
    """Of a hundred million rows: as much work, and the memory of one block."""
    f = mc.compile(*LOGREG, outputs=("value", "gradient"))
    whole = f.planned(m=10**8, n=10)
    blocks = whole.in_blocks(m=10**6)
    assert blocks.count == 100 and blocks.flops == whole.flops
    assert 11 * 10**6 < blocks.held < 20 * 10**6  # X and y, and some vectors
    assert whole.held > 99 * blocks.held
    assert "100 blocks of m = 1000000" in str(blocks)
    with pytest.raises(mc.ShapeError, match="no number for k"):
        whole.in_blocks(k=3)


def test_what_is_held_is_given_back():
    """A chain of n operations needs two arrays, and the one that was given."""
    f = mc.compile("sum(exp(sin(exp(sin(exp(x))))))", "x", outputs="value")
    plan = f.planned(n=1000)
    assert plan.memory == 5 * 1000 + 1 and plan.held == 3000


def test_rows_are_centred_before_they_are_multiplied():
    """(X - 1mu')'(X - 1mu'), since X'X - m*mu*mu' loses all digits where the mean is large."""
    rng = np.random.default_rng(0)
    R = rng.integers(-3, 4, size=(500, 4)).astype(float)
    mu = np.array([1e7, -2e7, 3e7, 4e7])
    f = mc.compile(
        "tr(inv(S)*(X - ones(m)*mu')'*(X - ones(m)*mu'))", "S",
        "X in R[m,n]; mu in R[n]; S in SPD[n]",
    )  # fmt: skip
    value, gradient = f(X=R + mu, mu=mu, S=np.eye(4))
    assert np.isclose(value, np.sum(R * R), rtol=1e-12)
    assert np.allclose(gradient, -R.T @ R, rtol=1e-12), f.source


def test_chains_are_multiplied_in_the_order_of_their_sizes():
    d = mc.derive("tr(A*B*C)", "B", "A in R[m,n]; B in R[n,p]; C in R[p,m]")
    assert d.compile().source.count("@") == 1
    f = mc.compile("norm2(A*B*x)^2", "x", "A in R[m,n]; B in R[n,p]; x in R[p]", "value")
    assert "A @ (B @ x)" in f.source


@pytest.mark.parametrize("off", ["order", "factorise", "structure"])
def test_a_pass_can_be_switched_off(off):
    from dataclasses import replace

    from matcalc.codegen.compiled import Compiled
    from matcalc.codegen.lower import PASSES

    where = "K in SPD[n]; y in R[n]; s in R+[n]"
    g = mc.compile("y'*inv(K + diag(s))*y/2 + logdet(K + diag(s))/2", "s", where)
    plain = Compiled(replace(g.request, passes=PASSES - {off}))
    M = rng.normal(size=(4, 4))
    values = {"K": M @ M.T, "y": rng.normal(size=4), "s": np.ones(4)}
    for a, b in zip(plain(**values), g(**values), strict=True):
        assert np.allclose(a, b, rtol=1e-12)


def test_several_answers_are_one_function():
    d = mc.derive("norm2(W*X)^2", ["W", "X"], "W in R[m,q]; X in R[q,n]")
    W, Z = rng.normal(size=(2, 3)), rng.normal(size=(3, 4))
    by_w, by_x = d.compile()(W, Z)
    assert np.allclose(by_w, d["W"].tensor({"W": W, "X": Z}))
    assert np.allclose(by_x, d["X"].tensor({"W": W, "X": Z}))
    assert d.compile().source.count("W @ X") == 1


def test_code_on_the_command_line(capsys):
    from matcalc.cli import main

    assert main(["derive", "norm2(A*x - y)^2", "--wrt", "x", "--code", "numpy"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("def gradient(")
    scope = {}
    exec(out, scope)  # what is printed can be pasted
    assert "return 2*(A.T @ (A @ x - y))" in out and callable(scope["gradient"])
    assert main(["derive", "tr(A*X)", "--wrt", "X", "--code", "cobol"]) == 2
    assert "no code for 'cobol'" in capsys.readouterr().err


def test_sums_are_multiplied_term_by_term_where_that_is_less_work():
    where = "T in R[m,n]; U in R[m,k]; V in R[n,k]; S in R[m,n]; x in R[n]; A in R[n,n]"
    f = mc.compile("norm2((A + A')*x)^2", "x", where, "value")
    assert "A + A.T" not in f.source
    difference = mc.compile("norm2((S - T)*x)^2", "x", where, "value")
    assert "(S - T) @ x" in difference.source  # exact where S and T are close
    g = mc.compile("norm2(T - U*V')^2", "U", where, "gradient")
    values = {"T": rng.normal(size=(6, 5)), "U": np.ones((6, 2)), "V": np.ones((5, 2))}
    assert np.allclose(g(**values), 2 * (values["U"] @ values["V"].T - values["T"]) @ values["V"])


def test_a_matrix_is_factorised_once():
    where = "K in SPD[n]; y in R[n]; A in R[n,n]; x in R[n]"
    f = mc.compile("y'*inv(K)*y/2 + logdet(K)/2", "K", where, ("value", "gradient"))
    assert f.source.count("np.linalg.cholesky(K)") == 1
    assert "linalg.inv" not in f.source
    g = mc.compile("x'*inv(A)*y", "A", where, ("value", "gradient"))
    assert g.source.count("= lu(A)") == 1 and "linalg.inv" not in g.source


def test_kronecker_products_and_diagonal_matrices_are_not_built():
    where = "A in R[m,m]; B in R[n,n]; x in R[m*n]; w in R[m]"
    assert "kron" not in _code(mc.compile("x'*kron(A,B)*x", "x", where, "gradient"))
    assert "np.diag(" not in mc.compile("tr(A*diag(w)*A)", "w", where).source


def _code(f):
    """The source without comments."""
    return "\n".join(x for x in f.source.split("\n") if not x.strip().startswith("#"))


@pytest.mark.parametrize(
    "text",
    [
        "diag(y)*kron(C,D)",
        "kron(C,D)*diag(y)",
        "diag(y)*kron(C,D)*diag(y)",
        "diag(y)*kron(C',D')*commutation(n,n) + diag(y.^2)*kron(D,C)",
        "diag(y)*commutation(n,n)",
        "diag(y)*inv(M)",
        "inv(M)*diag(y)",
        "diag(y)*(M + M')*y",
        "diag(y)*eye(n*n)[:,1:n]*C",
        "eye(n*n)[:,1:n]'*diag(y)*M",
        "diag(vec(C))*kron(C,D)*y",
        "y'*diag(y)*kron(C,D)",
    ],
)
def test_diagonal_matrices_beside_kronecker_products(text):
    """A diagonal matrix that is not built scales the rows of what is."""
    where = "C, D in R[n,n]; y in R[n*n]; M in R[n*n,n*n]; t in R"
    rng = np.random.default_rng(4)
    v = {"C": rng.normal(size=(3, 3)), "D": rng.normal(size=(3, 3)), "y": rng.normal(size=9)}
    v["M"], v["t"] = rng.normal(size=(9, 9)), 1.5
    e = mc.parse(f"t*({text} + 0*sum(C + D))", where)  # so that n is known
    f = mc.compile(e, wrt="t", where=where, outputs=("value",))
    found = f(**{s.name: v[s.name] for s in symbols(e)})
    found = found[0] if isinstance(found, tuple) else found
    assert np.allclose(found, e.evaluate({**v, "n": 3}))


def test_the_hessian_of_a_ky_fan_norm_by_code():
    d = mc.derive("kyfan(X,2)", "X", "X in R[n,n]", order=2)
    X = np.random.default_rng(5).normal(size=(3, 3))
    assert np.allclose(d.compile()(X=X), d.tensor({"X": X}))
