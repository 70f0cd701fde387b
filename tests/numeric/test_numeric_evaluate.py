"""Values of expressions at a point: every kind of node, and what is undefined."""

import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest

from matcalc.errors import DomainError, NotSupportedError
from matcalc.expr import build as b
from matcalc.expr.nodes import Product, Sum, node
from matcalc.expr.sets import make_set
from matcalc.expr.sizes import size_name
from matcalc.functions import lookup
from matcalc.functions.abstract import AbstractDerivative, AbstractFunction
from matcalc.functions.record import Function
from matcalc.numeric.evaluate import OFF, Point, Undefined, evaluate, multiply_chain, raised
from matcalc.numeric.layout import evaluate_expression

m, n, p = map(size_name, "mnp")


def var(name, kind="R", *dims):
    return b.symbol(name, make_set(kind, dims))


def call(name, *arguments):
    return b.apply(lookup(name, len(arguments)), *arguments)


A, B, S = var("A", "R", m, n), var("B", "R", m, n), var("S", "R", n, n)
x, y, c = var("x", "R", n), var("y", "R", n), var("c")
rng = np.random.default_rng(0)
VALUES = {
    "A": rng.normal(size=(3, 2)),
    "B": rng.normal(size=(3, 2)),
    "S": rng.normal(size=(2, 2)) + 3 * np.eye(2),
    "x": rng.normal(size=2),
    "y": rng.normal(size=2),
    "c": 0.7,
}


def value(e, **values):
    return evaluate_expression(e, {**VALUES, **values}, variables=(A, S, x))


def numpy_value(text):
    return eval(text, {"np": np}, VALUES)


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (A + 2 * B, "A + 2*B"),
        (c * A / 3, "c*A/3"),
        (A + 1, "A + 1"),
        (A.T @ B @ S, "A.T @ B @ S"),
        (x.T @ S @ y, "x @ S @ y"),
        (2 * (x.T @ y), "2*(x @ y)"),
        (x @ y.T, "np.outer(x, y)"),
        (x @ y.T @ x, "x*(y @ x)"),
        (c**3 + 1 / c, "c**3 + 1/c"),
        (S**3, "S @ S @ S"),
        (S**-2, "np.linalg.inv(S @ S)"),
        (b.element_power(A, 2), "A**2"),
        (b.element_power(2, A), "2.0**A"),
        (b.inverse(S), "np.linalg.inv(S)"),
        (b.hadamard(A, B, A), "A*B*A"),
        (b.frobenius(A, B), "np.sum(A*B)"),
        (b.kronecker(A, S), "np.kron(A, S)"),
        (b.kronecker(x, y), "np.kron(x, y)"),
        (b.identity(n) * c, "c*np.eye(2)"),
        (b.ones((m, n)) / b.size_number(m), "np.ones((3, 2))/3"),
        (b.size_number(n), "2.0"),
        (A.T, "A.T"),
        (x.T, "x[None, :]"),
        (call("tr", S), "np.trace(S)"),
        (call("diag", x), "np.diag(x)"),
        (call("diag", S), "np.diag(S)"),
        (call("norm2", x), "np.linalg.norm(x)"),
        (call("sum", c), "c"),
        (call("tr", c), "c"),
    ],
)
def test_each_kind_of_node_has_the_value_of_its_numpy_text(expression, text):
    got, wanted = value(expression), numpy_value(text)
    assert np.shape(got) == np.shape(wanted)
    assert np.allclose(got, wanted, rtol=1e-14, atol=1e-14)


def test_a_scalar_is_decided_by_the_symbolic_shape():
    """R[n] stays a vector, R[n,n] a matrix, where n happens to be 1."""
    assert np.shape(evaluate_expression(2 * x, {"x": [3.0]})) == (1,)
    assert np.shape(evaluate_expression(S @ S, {"S": [[3.0]]})) == (1, 1)
    assert isinstance(evaluate_expression(x.T @ x, {"x": [3.0]}), float)
    assert isinstance(evaluate_expression(call("tr", S), {"S": [[3.0]]}), float)


def test_results_do_not_share_memory_with_the_arguments():
    a = np.ones((2, 3))
    got = evaluate_expression(A.T, {"A": a})
    got[0, 0] = 5
    assert a[0, 0] == 1


def test_a_graph_of_very_many_nested_nodes():
    """No recursion; shared nodes are evaluated once (as a tree this has 2^100000 nodes)."""
    e = c
    for _ in range(100_000):
        e = node(Sum, (1, 1), (e, node(Product, (1, 1), Fraction(-2), (e,), ())))
    assert evaluate_expression(e, {"c": 1.0}) == 1.0


def test_complex_arrays_pass_through_everything():
    z = VALUES["S"] + 1j * VALUES["S"].T
    point = Point({"S": z, "x": np.array([[1j], [2.0]])}, {"n": 2}, check=OFF)
    assert np.allclose(evaluate(S.T @ b.inverse(S), point), z.T @ np.linalg.inv(z))
    assert np.allclose(evaluate(b.frobenius(S, S), point), np.sum(z * z))  # never conjugated
    assert evaluate(x.T @ x, point) == 3.0


def test_large_whole_powers_keep_a_tiny_imaginary_part():
    for exponent in (3.0, 101.0, -120.0):
        slope = np.imag(raised(np.complex128(-0.9 + 1e-30j), np.float64(exponent))) / 1e-30
        assert slope == pytest.approx(exponent * (-0.9) ** (exponent - 1), rel=1e-12)


def test_chains_with_a_vector_at_an_end_are_never_built_as_matrices():
    shapes = []

    class Spy(np.ndarray):
        def __array_ufunc__(self, ufunc, method, *inputs, **options):
            got = getattr(ufunc, method)(*(np.asarray(i) for i in inputs), **options)
            shapes.append(got.shape)
            return got.view(Spy)

    big, vector = np.ones((50, 50)).view(Spy), np.ones((50, 1)).view(Spy)
    multiply_chain([big, big, big, vector])
    multiply_chain([vector.T, big, big, big])
    assert set(shapes) == {(50, 1), (1, 50)}


# What has no value


def test_users_get_nan_and_inf_as_from_numpy():
    assert np.isnan(evaluate_expression(call("log", c), {"c": -1.0}))
    assert evaluate_expression(call("log", c), {"c": 0.0}) == -np.inf
    assert evaluate_expression(1 / c, {"c": 0.0}) == np.inf
    assert np.isnan(evaluate_expression(c ** b.number(Fraction(1, 3)), {"c": -8.0}))
    assert evaluate_expression(call("exp", c), {"c": 1e4}) == np.inf
    got = evaluate_expression(call("sqrt", x), {"x": [4.0, -1.0]})
    assert got[0] == 2 and np.isnan(got[1])


def test_a_function_outside_its_domain_is_nan_even_if_its_numpy_text_has_a_number():
    made_up = Function("half(A)", "R[n,n] -> R", numpy="np.sum(A)/2", defined="np.sum(A) > 0")
    e = b.apply(made_up, S)
    assert evaluate_expression(e, {"S": np.ones((2, 2))}) == 2
    assert np.isnan(evaluate_expression(e, {"S": -np.ones((2, 2))}))


def test_a_singular_matrix_is_named():
    with pytest.raises(DomainError, match="S is singular here"):
        evaluate_expression(b.inverse(S), {"S": np.ones((2, 2))})
    with pytest.raises(DomainError, match="S is singular here"):
        evaluate_expression(S**-3, {"S": np.zeros((2, 2))})


@pytest.mark.parametrize("name", ["pinv", "svals", "svd_u", "svd_v", "polar", "adj"])
def test_overflow_before_singular_vectors_is_an_error_at_once(name):
    """LAPACK does not return from some such matrices: [[1, inf, 1], [inf, 0, 0], [-1, inf, 0]]."""
    n = 30 if name == "adj" else 2  # which takes cofactors one by one up to there
    e = call(name, call("exp", S))
    for largest in (1000.0, np.nan):
        values = np.eye(n)
        values[0, 0] = largest
        with pytest.raises(DomainError, match=f"{name} has no value here: .* infinite or no numb"):
            evaluate_expression(e, {"S": values})


def test_verification_wants_every_node_defined():
    def strictly(e, **values):
        with pytest.raises(Undefined):
            evaluate(e, Point({k: np.asarray(v)[()] for k, v in values.items()}, {"n": 2}))

    strictly(call("log", c), c=-1.0)
    strictly(1 / call("exp", c), c=800.0)  # 1/inf is no 0
    strictly(b.inverse(S), S=np.ones((2, 2)))
    strictly(b.inverse(S), S=np.diag([1.0, 1e-11]))
    strictly(S**-2, S=np.diag([1.0, 1e-11]))
    strictly(call("logdet", S), S=-np.eye(2)[::-1] * [[1.0], [-1.0]] @ np.diag([1.0, -1.0]))


def test_a_record_without_a_numpy_text_is_not_supported_yet():
    with pytest.raises(NotSupportedError, match="the value of strange"):
        evaluate_expression(b.apply(Function("strange(x)", "R[n] -> R"), x), {"x": [1.0]})


def test_scipy_is_imported_only_for_texts_that_mention_it():
    program = (
        "import sys; import matcalc.numeric.verify as v; from matcalc.expr import build as b\n"
        "from matcalc.expr.sets import make_set; from matcalc.functions import lookup\n"
        "c = b.symbol('c', make_set('R')); e = b.apply(lookup('exp'), c)\n"
        "assert v.verify_gradient(e, c, e); assert 'scipy' not in sys.modules\n"
        "g = b.apply(lookup('erf'), c)\n"
        "assert not v.verify_gradient(g, c, g); assert 'scipy' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


# Differentials


def along(e, values, directions):
    return evaluate(e, Point(values, {"m": 3, "n": 2}, directions=directions))


def test_the_differential_of_a_variable_is_its_direction_and_of_a_constant_zero():
    values = {"S": VALUES["S"], "c": np.float64(2.0)}
    direction = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert np.all(along(b.differential(S), values, {"S": direction}) == direction)
    assert along(b.differential(c), values, {"S": direction}) == 0


def test_the_differential_of_an_expression_is_its_slope():
    values = {"S": VALUES["S"]}
    direction = np.array([[1.0, 2.0], [3.0, 4.0]])
    inverse = np.linalg.inv(VALUES["S"])
    got = along(b.differential(b.inverse(S)), values, {"S": direction})
    assert np.allclose(got, -inverse @ direction @ inverse, rtol=1e-13)


def test_a_differential_alone_has_no_value():
    with pytest.raises(DomainError, match="differential"):
        evaluate_expression(b.differential(x), {"x": [1.0]})


def test_the_differential_of_a_differential_is_not_supported_yet():
    e = b.differential(x.T @ b.differential(x))
    with pytest.raises(NotSupportedError):
        along(e, {"x": np.ones((2, 1))}, {"x": np.ones((2, 1))})


# Abstract functions


phi = AbstractFunction("phi", ((m, n),), (1, 1))
grad_phi = AbstractDerivative("grad", phi, (0,))
f = AbstractFunction("f", ((n, 1), (m, 1)), (1, 1))
g = AbstractFunction("g", ((n, 1),), (m, 1))


def test_an_abstract_function_is_given_in_tensor_layout():
    seen = []

    def value_of(D):
        seen.append(D.shape)
        return np.sum(np.sin(D))

    given = {**VALUES, "phi": (value_of, np.cos)}
    assert evaluate_expression(b.apply(phi, A), given) == np.sum(np.sin(VALUES["A"]))
    assert np.allclose(evaluate_expression(b.apply(grad_phi, A), given), np.cos(VALUES["A"]))
    assert seen == [(3, 2)]


def test_of_several_arguments_the_derivatives_are_tuples_by_argument():
    z = var("z", "R", m)
    given = {
        "x": [1.0, 2.0],
        "z": [3.0, 4.0, 5.0],
        "f": (
            lambda u, v: u @ u * np.sum(v),
            lambda u, v: (2 * u * np.sum(v), u @ u * np.ones(3)),
            lambda u, v: (
                (2 * np.eye(2) * np.sum(v), 2 * np.outer(u, np.ones(3))),
                (2 * np.outer(np.ones(3), u), np.zeros((3, 3))),
            ),
        ),
    }

    def by(kind, *numbers):
        return evaluate_expression(b.apply(AbstractDerivative(kind, f, numbers), x, z), given)

    assert evaluate_expression(b.apply(f, x, z), given) == 60
    assert np.all(by("grad", 1) == [5, 5, 5])
    assert np.all(by("hess", 0, 1) == [[2, 2, 2], [4, 4, 4]])
    assert by("hess", 1, 0).shape == (3, 2)


def test_the_jacobian_has_a_row_for_each_output():
    given = {"x": [1.0, 2.0], "g": (lambda u: np.repeat(u[0], 3), lambda u: np.ones((3, 2)))}
    jacobian = b.apply(AbstractDerivative("jac", g, (0,)), x)
    assert evaluate_expression(jacobian @ x, given).tolist() == [3, 3, 3]
