"""Verification accepts right answers, refuses wrong ones, and says when it cannot tell."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcalc.errors import DomainError
from matcalc.expr import build as b
from matcalc.expr.sets import make_set
from matcalc.expr.sizes import add_sizes, size_name
from matcalc.functions import lookup
from matcalc.functions.abstract import AbstractDerivative, AbstractFunction
from matcalc.functions.record import Function
from matcalc.numeric.verify import verify_equal, verify_gradient

m, n, p = map(size_name, "mnp")


def var(name, kind="R", *dims):
    return b.symbol(name, make_set(kind, dims))


def call(name, *arguments):
    return b.apply(lookup(name, len(arguments)), *arguments)


A, B, X, Y = var("A", "R", m, n), var("B", "R", m, p), var("X", "R", n, p), var("Y", "R", m, n)
S, M = var("S", "R", n, n), var("M", "R", n, n)
x, y, w, c = var("x", "R", n), var("y", "R", m), var("w", "R", n), var("c")
R = A @ X - B
inverse = b.inverse


def softmax_loss():
    return call("logsumexp", A @ x), A.T @ call("softmax", A @ x)


RIGHT = {
    "linear": (call("tr", A @ Y.T), Y, A),
    "square": (call("tr", S @ M), M, S.T),
    "quadratic": (x.T @ S @ x, x, (S + S.T) @ x),
    "least squares": (call("norm2", R) ** 2, X, 2 * (A.T @ R)),
    "norm": (call("norm2", R), X, A.T @ R / call("norm2", R)),
    "inverse": (call("tr", inverse(S)), S, -(inverse(S) ** 2).T),
    "determinant": (call("det", S), S, call("det", S) * inverse(S).T),
    "logdet": (call("logdet", S), S, inverse(S).T),
    "softmax": (softmax_loss()[0], x, softmax_loss()[1]),
    "scalar": (call("exp", c) / c, c, call("exp", c) / c - call("exp", c) / c**2),
    "power": (call("sum", b.element_power(x, 3)), x, 3 * b.element_power(x, 2)),
    "matrix power": (call("tr", S**3), S, 3 * (S**2).T),
    "absolute values": (call("sum", call("abs", x)), x, call("sign", x)),
    "relu": (call("sum", call("relu", A @ x)), x, A.T @ call("step", A @ x)),
    "kronecker": (
        call("tr", b.kronecker(S, M)),
        S,
        call("tr", M) * b.identity(n),
    ),
    "constant": (call("tr", S), x, b.zeros((n, 1))),
    "row": (var("r", "R", 1, n) @ x, var("r", "R", 1, n), x.T),
}


@pytest.mark.parametrize("name", RIGHT)
def test_right_gradients_are_verified(name):
    function, variable, gradient = RIGHT[name]
    result = verify_gradient(function, variable, gradient)
    assert result and result.error < 1e-8 and result.trials == 3 and result.message == ""
    assert len(result.sizes) == 3


@pytest.mark.parametrize("name", [k for k in RIGHT if k != "constant"])
@pytest.mark.parametrize("seed", range(3))
def test_a_factor_a_sign_and_a_small_change_are_refused(name, seed):
    function, variable, gradient = RIGHT[name]
    off = b.ones(variable.shape) / 10**5
    for wrong in (2 * gradient, -gradient, gradient + off, 1.000_001 * gradient):
        result = verify_gradient(function, variable, wrong, seed=seed, trials=1, directions=1)
        assert not result and result.method != "not verified" and result.error > 1e-8
        assert "by the gradient it is" in result.message


@pytest.mark.parametrize(
    ("function", "variable", "wrong"),
    [
        (call("tr", S @ M), M, S),
        (x.T @ S @ x, x, 2 * (S @ x)),
        (call("logdet", S), S, inverse(S)),
        (call("tr", inverse(S)), S, -(inverse(S) ** 2)),
    ],
)
def test_a_lost_transpose_is_refused(function, variable, wrong):
    assert not verify_gradient(function, variable, wrong)


def test_a_gradient_of_another_shape_is_refused():
    result = verify_gradient(call("tr", A @ Y.T), Y, A.T)
    assert not result and result.message == "the gradient is n×m, its variable is m×n"


def test_the_gradient_of_a_matrix_is_refused():
    with pytest.raises(DomainError):
        verify_gradient(S, S, S)


def test_right_at_one_size_is_not_right():
    """n/m is 1 only where the sizes agree: they are drawn distinct."""
    ratio = b.size_number(n) / b.size_number(m)
    assert not verify_gradient(call("tr", A @ Y.T), Y, ratio * A, trials=1)


def test_small_gradients_count_as_much_as_large_ones():
    tiny = b.literal("0.00000000000001")
    assert verify_gradient(tiny * call("tr", S @ M), M, tiny * S.T)
    assert not verify_gradient(tiny * call("tr", S @ M), M, 2 * tiny * S.T)
    assert not verify_gradient(tiny * call("norm2", S), S, 2 * tiny * S / call("norm2", S))


def test_zero_up_to_rounding_is_zero():
    one_way, other_way = (A @ X) @ B.T, call("tr", b.multiply(B.T, A, X))
    function = call("tr", one_way) - other_way
    gradient = A.T @ B - (B.T @ A).T
    assert verify_gradient(function, X, gradient)
    assert verify_gradient(call("norm2", Y) ** 2 - call("tr", Y.T @ Y), Y, b.zeros((m, n)))
    assert not verify_gradient(call("norm2", Y) ** 2 - call("tr", Y.T @ Y), Y, Y / 10**6)


# Structured variables


def sym(kind):
    return var("T", kind, n)


def test_the_two_conventions_for_symmetric_matrices():
    T = sym("Sym")
    function = call("tr", M @ T)
    projected = (M + M.T) / 2
    entries = M + M.T - call("diag", call("diag", M))
    assert verify_gradient(function, T, projected)
    assert verify_gradient(function, T, entries, convention="entries")
    assert not verify_gradient(function, T, entries)
    assert not verify_gradient(function, T, projected, convention="entries")
    for convention in ("projected", "entries"):
        result = verify_gradient(function, T, M.T, convention=convention)
        assert not result
    assert verify_gradient(function, T, M.T).message.startswith("the gradient is not symmetric")


def test_definite_matrices_move_within_the_symmetric_ones():
    T = sym("SPD")
    assert verify_gradient(call("logdet", T), T, inverse(T))
    assert not verify_gradient(call("logdet", T), T, 2 * inverse(T))


@pytest.mark.parametrize(
    ("kind", "projected", "entries"),
    [
        ("Skew", (M.T - M) / 2, M.T - M),
        ("Diag", call("diag", call("diag", M)), None),
        ("Tril", call("tril", M.T), None),
        ("Triu", call("triu", M.T), None),
    ],
)
def test_other_structures(kind, projected, entries):
    T = sym(kind)
    function = call("tr", M @ T)
    assert verify_gradient(function, T, projected)
    assert verify_gradient(function, T, entries or projected, convention="entries")
    assert not verify_gradient(function, T, M.T)
    if entries is not None:
        assert not verify_gradient(function, T, entries)


@pytest.mark.parametrize("kind", ["Toep", "SymToep"])
def test_toeplitz_matrices(kind):
    """Of the trace, by the entry of the main diagonal: n."""
    T, identity = sym(kind), b.identity(n)
    assert verify_gradient(call("tr", T), T, identity)
    assert verify_gradient(call("tr", T), T, b.size_number(n) * identity, convention="entries")
    assert not verify_gradient(call("tr", T), T, identity, convention="entries")
    assert not verify_gradient(call("tr", M @ T), T, M.T)


def test_an_unstructured_gradient_is_the_same_in_both_conventions():
    assert verify_gradient(call("tr", S @ M), M, S.T, convention="entries")


# Draws


def test_needed_sizes_become_a_condition():
    function, gradient = call("logdet", Y.T @ Y), 2 * (Y @ inverse(Y.T @ Y))
    result = verify_gradient(function, Y, gradient)
    assert result and result.conditions == ("m >= n",)
    assert all(s["m"] >= s["n"] for s in result.sizes)
    transposed = call("logdet", Y @ Y.T), Y, 2 * (inverse(Y @ Y.T) @ Y)
    assert verify_gradient(*transposed).conditions == ("n >= m",)


def test_a_strict_condition():
    """Made up: defined for m > n."""
    tall = Function("tall(A)", "R[m,n] -> R", numpy="np.sum(A)", defined="A.shape[0] > A.shape[1]")
    result = verify_gradient(b.apply(tall, Y), Y, b.ones((m, n)))
    assert result and result.conditions == ("m > n",)


def test_a_condition_on_a_size_and_a_number():
    W = var("W", "R", m, 3)
    function, gradient = call("logdet", W.T @ W), 2 * (W @ inverse(W.T @ W))
    results = [verify_gradient(function, W, gradient, seed=seed) for seed in range(10)]
    assert all(results) and {r.conditions for r in results} == {(), ("m >= 3",)}


def test_polynomial_sizes():
    z = var("z", "R", add_sizes(m, n, -1))
    assert verify_gradient(z.T @ z, z, 2 * z)


@pytest.mark.parametrize("seed", range(10))
def test_points_outside_the_domain_are_no_condition_on_sizes(seed):
    """det(S) < 0 at half of the points."""
    function = call("logdet", S) + call("sum", A)
    result = verify_gradient(function, S, inverse(S).T, seed=seed)
    assert result and result.conditions == ()


def test_no_valid_draw_is_not_verified():
    function = call("log", -call("norm2", x) - 1)
    result = verify_gradient(function, x, x)
    assert not result and result.method == "not verified" and result.trials == 0
    assert "no valid draw" in result.message
    singular = inverse(x @ x.T)
    assert verify_gradient(call("tr", singular), x, x).method == "not verified"


def test_an_undefined_answer_is_not_verified():
    """The function is fine, the answer divides by zero, up to rounding or exactly."""
    for zero in (call("tr", S) - call("tr", S.T), b.frobenius(S, M) - b.frobenius(M, S)):
        result = verify_gradient(call("tr", S), S, b.identity(n) / zero)
        assert not result and result.method == "not verified"


def test_what_cannot_be_verified_says_why():
    result = verify_gradient(call("tr", S), S, b.identity(n), convention="strange")
    assert not result and "strange" in result.message
    strange = b.apply(Function("strange(x)", "R[n] -> R"), x)
    assert "strange" in verify_gradient(strange, x, x).message
    large = var("L", "R", 10**4, 10**4)
    assert "no sizes" in verify_gradient(call("sum", large), large, large).message


def test_declared_numbers_are_left_alone():
    z = var("z", "R", 3)
    result = verify_gradient(z.T @ z, z, 2 * z)
    assert result and result.sizes == ({}, {}, {})


def test_large_declared_numbers_take_one_trial():
    z = var("z", "R", 300, 300)
    result = verify_gradient(call("tr", z.T @ z), z, 2 * z)
    assert result and result.trials == 1


def test_the_same_seed_draws_the_same():
    first, again = (verify_gradient(*RIGHT["least squares"], seed=5) for _ in range(2))
    assert first == again and first != verify_gradient(*RIGHT["least squares"], seed=6)
    assert pickle.loads(pickle.dumps(first)) == first


def test_any_whole_number_is_a_seed():
    for seed in (-1, 0, 10**30):
        result = verify_gradient(*RIGHT["square"], seed=seed)
        assert result and result.seed == seed


def test_trials_differ_in_their_sizes():
    sizes = verify_gradient(*RIGHT["least squares"]).sizes
    assert sizes[0]["m"] > sizes[0]["n"] and sizes[1]["m"] < sizes[1]["n"]


# Methods


def test_the_method_is_named():
    assert verify_gradient(*RIGHT["logdet"]).method == "complex step"
    assert verify_gradient(*RIGHT["relu"]).method == "central differences"


@pytest.mark.parametrize("seed", range(15))
def test_kinks_are_drawn_again(seed):
    """Some of A*x is near 0 at many points, where relu has no derivative within the steps."""
    function, variable, gradient = RIGHT["relu"]
    assert verify_gradient(function, variable, gradient, seed=seed)
    assert not verify_gradient(function, variable, 2 * gradient, seed=seed)


def test_abstract_functions_are_replaced_by_random_ones():
    phi = AbstractFunction("phi", ((m, p),), (1, 1))
    G = b.apply(AbstractDerivative("grad", phi, (0,)), A @ X)
    assert verify_gradient(b.apply(phi, A @ X), X, A.T @ G)
    assert not verify_gradient(b.apply(phi, A @ X), X, 2 * (A.T @ G))
    result = verify_gradient(b.apply(phi, A @ X), A, G @ X.T)
    assert result and result.method == "complex step"


def test_second_derivatives_of_abstract_functions():
    f = AbstractFunction("f", ((n, 1), (m, 1)), (1, 1))

    def part(kind, *by):
        return b.apply(AbstractDerivative(kind, f, by), x, y)

    slope = part("grad", 1).T @ y
    assert verify_gradient(slope, x, part("hess", 0, 1) @ y)
    assert verify_gradient(slope, y, part("hess", 1, 1) @ y + part("grad", 1))
    assert not verify_gradient(slope, y, part("hess", 1, 1) @ y)
    g = AbstractFunction("g", ((n, 1),), (m, 1))
    J = b.apply(AbstractDerivative("jac", g, (0,)), x)
    assert verify_gradient(y.T @ b.apply(g, x), x, J.T @ y)


def test_a_scalar_abstract_function():
    h = AbstractFunction("h", ((1, 1),), (1, 1))
    slope = b.apply(AbstractDerivative("grad", h, (0,)), x.T @ w)
    assert verify_gradient(b.apply(h, x.T @ w), x, slope * w)


def test_a_deep_expression():
    e = c
    for _ in range(30_000):
        e = call("sin", e) + c
    assert not verify_gradient(e, c, e)


# Steps of derivations


d = b.differential


def frobenius(left, right):
    return b.frobenius(left, right)


STEPS = {
    "values": (call("tr", A @ Y.T), call("tr", Y.T @ A)),
    "arrays": ((A @ X).T, X.T @ A.T),
    "product": (d(A @ X), A @ d(X)),
    "norm": (d(call("norm2", R) ** 2), frobenius(2 * R, d(R))),
    "residual": (frobenius(2 * R, d(R)), frobenius(2 * R, A @ d(X))),
    "gradient": (frobenius(2 * R, A @ d(X)), frobenius(2 * (A.T @ R), d(X))),
    "inverse": (d(inverse(S)), -(inverse(S) @ d(S) @ inverse(S))),
    "transpose": (d(S.T), d(S).T),
    "two variables": (d(A @ X), d(A) @ X + A @ d(X)),
    "absolute": (d(call("abs", x)), b.hadamard(call("sign", x), d(x))),
}


@pytest.mark.parametrize("name", STEPS)
def test_right_steps_are_verified(name):
    before, after = STEPS[name]
    result = verify_equal(before, after)
    assert result and result.trials == 3, result


@pytest.mark.parametrize("name", STEPS)
def test_wrong_steps_are_refused(name):
    before, after = STEPS[name]
    for wrong in (2 * after, -after, 1.000_001 * after):
        result = verify_equal(before, wrong)
        assert not result and "the two sides differ" in result.message


def test_a_step_between_shapes_is_refused():
    assert verify_equal(A, A.T).message == "m×n is not n×m"


def test_the_moving_variables_may_be_named():
    assert verify_equal(d(A), b.zeros((m, n)), [X])
    assert not verify_equal(d(A), b.zeros((m, n)), [A])
    assert verify_equal(d(A @ X), d(A) @ X, [A])
    assert not verify_equal(d(A @ X), d(A) @ X, [A, X])


def test_directions_stay_in_the_linear_space_of_the_variable():
    T = var("T", "Sym", n)
    assert verify_equal(d(T).T, d(T))
    assert not verify_equal(d(S).T, d(S))


def test_what_a_step_needs_of_sizes():
    result = verify_equal(inverse(Y.T @ Y) @ (Y.T @ Y), b.identity(n))
    assert result and result.conditions == ("m >= n",)


def test_nested_differentials_are_not_verified():
    result = verify_equal(d(x.T @ d(x)), d(x).T @ d(x))
    assert not result and result.method == "not verified"


def test_complex_constants_may_occur():
    Z = var("Z", "C", n, n)
    assert verify_equal(d(Z @ S), Z @ d(S))
    assert verify_equal((Z @ Z.H).H, Z @ Z.H)
    assert not verify_equal(d(Z @ S), b.conjugate(Z) @ d(S))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(sorted(RIGHT)))
def test_no_seed_refuses_a_right_gradient(seed, name):
    assert verify_gradient(*RIGHT[name], seed=seed)


def test_arrays_are_never_written_to():
    """Directions and values are shared between evaluations."""
    first = verify_gradient(*RIGHT["inverse"], seed=3)
    with np.errstate(all="raise"):
        assert verify_gradient(*RIGHT["inverse"], seed=3) == first


def test_where_slopes_and_answer_vanish_nothing_is_compared():
    """exp(-1000 x'x) is 0 at all usual points, and so is every wrong answer with that factor."""
    flat = call("exp", -1000 * call("norm2", x) ** 2)
    assert verify_gradient(flat, x, -2000 * flat * x)
    assert not verify_gradient(flat, x, -20 * flat * x)
    for distance in (50, 1000):
        far = call("sum", call("relu", x - distance))
        assert verify_gradient(far, x, call("step", x - distance))
        assert not verify_gradient(far, x, 2 * call("step", x - distance))
    result = verify_gradient(call("sum", call("relu", x - 10**9)), x, call("step", x - 10**9))
    assert result.method == "not verified" and "nothing to compare" in result.message


def test_a_large_constant_does_not_hide_a_wrong_answer():
    """Differences lose sum(abs(x)) beside the large term: that makes no answer right."""
    function = 10**15 * call("sum", call("abs", y)) + call("sum", call("abs", x))
    for wrong in (5 * x, 1000 * x):
        assert not verify_gradient(function, x, wrong)


@pytest.mark.parametrize(
    "text, gradient",
    [
        ("re(sum(exp(1i*x)))", "-sin(x)"),
        ("abs(sum(exp(1i*x)))^2", "-2*im(exp(1i*x)*conj(sum(exp(1i*x))))"),
        ("re(sum(exp(1i*x))*sum(exp(-1i*x)))", "-2*im(exp(1i*x)*sum(exp(-1i*x)))"),
    ],
)
def test_no_complex_step_through_complex_values_of_real_variables(text, gradient):
    """The imaginary parts of exp(1i*x) are its own, and no slopes."""
    import matcalc as mc

    d = mc.derive(text, "x", "x in R[n]")
    assert d.verification.ok, d.verification.message
    function, claimed = (mc.parse(t, where="x in R[n]") for t in (text, gradient))
    assert verify_gradient(function, x, claimed)
    assert not verify_gradient(function, x, -claimed)
