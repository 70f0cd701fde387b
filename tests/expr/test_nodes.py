"""Expressions: equal means identical, also after pickling, copying and in threads."""

import copy
import gc
import pickle
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import matcalc as mc
from matcalc.errors import DomainError, LimitError, MatcalcError, ShapeError
from matcalc.expr import build as b
from matcalc.expr import nodes
from matcalc.expr.cost import cost
from matcalc.expr.nodes import Expr, Number, fold, in_words, postorder, symbols
from matcalc.expr.rewrite import substitute
from matcalc.expr.sizes import size_name
from matcalc.functions import lookup

WHERE = "A in R[m,n]; B in R[n,p]; M, N in R[n,n]; S in Sym[n]; x, y in R[n]; u in R[m]; a, c in R"
SCOPE = mc.Workspace(WHERE)
parse = SCOPE.parse
A, B, M, N, S, x, y, u, a, c = (parse(name) for name in "ABMNSxyuac")

TEXTS = """
A*B
A'*u + x
M^2*x - 3*y
x'*M*y
inv(M)*x
M.*N + S
x.^2.*y
1./x
tr(M*N) + a
logdet(M) - log(a)
kron(A,B)
M : N
exp(x) + 1
a^c
sum(x)/n
ones(m,n) + 2*A
diag(x)*y
d(M)*x + M*d(x)
softmax(x)'*y
eye(n) + zeros(n,n)
0.1*x + 1.234567890123456*y
x*y'*(a/3)
max(x, y)
pi*a
""".split("\n")[1:-1]


# Interning


@pytest.mark.parametrize("text", TEXTS)
def test_equal_means_identical(text):
    e = parse(text)
    assert parse(text) is e
    assert mc.Workspace(WHERE).parse(text) is e
    assert parse(f"  {text}  # a remark") is e
    assert {e: 1}[parse(text)] == 1
    assert parse(str(e)) is e


@pytest.mark.parametrize("text", ["y'*5*zeros(n)", "a*y'*zeros(n)", "zeros(n)'*x*x", "0*x'*y"])
def test_zeros_are_folded(text):
    e = parse(text)
    assert e in (b.number(0), b.zeros(e.shape))
    assert parse(str(e)) is e


@pytest.mark.parametrize("text", ["-ones(n).*(M*x)", "kron(a,M*N)", "2*ones(n,n).*(M*N)"])
def test_products_are_flat(text):
    e = parse(text)
    assert parse(str(e)) is e
    assert not any(type(f) is nodes.Product for f in e.chain)


def test_different_declarations_are_different_variables():
    assert mc.parse("X", "X in R[n,n]") is not mc.parse("X", "X in Sym[n]")
    assert mc.parse("X", "X in R[n,n]") is not mc.parse("X", "X in R[m,m]")
    assert mc.parse("x", "x in R[n]") is mc.parse("x", "x in R[n,1]")
    assert mc.parse("x", "x in R[1]") is mc.parse("x", "x in R")
    assert mc.parse("x", "x in R+") is not mc.parse("x", "x in R")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A@B", "A*B"),
        ("x⊙y", "x.*y"),
        ("A.T", "A'"),
        ("A^T", "A'"),
        ("M^-1", "inv(M)"),
        ("M\\x", "inv(M)*x"),
        ("M/N", "M*inv(N)"),
        ("A''", "A"),
        ("-(-x)", "x"),
        ("x - y", "x + -y"),
        ("2*a*3*x", "6*a*x"),
        ("x*a", "a*x"),
        ("(x + y) + x", "x + (y + x)"),
        ("x + 0*y", "x"),
        ("1*x", "x"),
        ("0.5*x", "x/2"),
        ("1e-1*x", "x/10"),
        ("A*(B*1)", "A*B"),
        ("M^0", "eye(n)"),
        ("M^1", "M"),
        ("a^1", "a"),
        ("a^0", "1"),
        ("2^3", "8"),
        ("eye(n)'", "eye(n)"),
        ("eye(1)", "1"),
        ("ones(1)", "1"),
        ("ones(m,n)'", "ones(n,m)"),
        ("dot(x,y)", "x'*y"),
        ("outer(x,y)", "x*y'"),
        ("normfro(M)", "norm2(M)"),
        ("Diag(x)", "diag(x)"),
        ("trace(M)", "tr(M)"),
        ("arctan(x)", "atan(x)"),
        ("dM*x", "d(M)*x"),
        ("a'", "a"),
        ("5", "10/2"),
    ],
)
def test_one_node_for_what_no_reader_tells_apart(one, other):
    assert parse(one) is parse(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A*B", "B'*A'"),
        ("M*N", "N*M"),
        ("x + y", "y + x"),
        ("x'*y", "y'*x"),
        ("(M*N)'", "N'*M'"),
        ("S'", "S"),
        ("x + x", "2*x"),
        ("inv(M*N)", "inv(N)*inv(M)"),
        ("M*M", "M^2"),
        ("M^2", "M.^2"),
        ("tr(M')", "tr(M)"),
        ("a*(x + y)", "a*x + a*y"),
    ],
)
def test_what_a_reader_calls_a_step_is_left_to_the_simplifier(one, other):
    assert parse(one) is not parse(other)


def test_nodes_cannot_be_changed():
    e = parse("A*B")
    for name in ("name", "children", "value", "is_scalar"):
        with pytest.raises(AttributeError):
            setattr(e, name, 1)
    assert not hasattr(e, "__dict__")
    with pytest.raises(AttributeError):
        e.remark = "x"


def test_the_table_forgets():
    """Nodes that nobody holds are collected; new ones of the same form are whole again."""
    before = len(nodes._table)
    made = [b.multiply(k, x) for k in range(2, 2000)]
    assert len(nodes._table) >= before + 1990
    del made
    gc.collect()
    assert len(nodes._table) < before + 100
    assert str(b.multiply(777, x)) == "777*x"


def test_shapes_are_pairs():
    for text, shape in {"a": (1, 1), "x'*y": (1, 1), "1": (1, 1)}.items():
        assert parse(text).shape == shape and parse(text).is_scalar
    m, n, p = map(size_name, "mnp")
    assert parse("A*B").shape == (m, p)
    assert parse("x").shape == (n, 1) and parse("x'").shape == (1, n)
    assert parse("x*u'").shape == (n, m)
    assert str(parse("kron(A,B)").shape[0]) == "m*n"
    assert not parse("x").is_scalar


# Pickles and copies


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("protocol", [2, pickle.HIGHEST_PROTOCOL])
def test_pickled_and_copied(text, protocol):
    e = parse(text)
    assert pickle.loads(pickle.dumps(e, protocol)) is e
    assert copy.copy(e) is e and copy.deepcopy(e) is e
    assert copy.deepcopy([e, {"e": e}]) == [e, {"e": e}]
    one, two = pickle.loads(pickle.dumps((e, [e])))
    assert one is two[0] is e


def test_pickled_after_the_original_is_gone():
    data = pickle.dumps(b.multiply(12345, parse("x")))
    gc.collect()
    e = pickle.loads(data)
    assert str(e) == "12345*x" and e is b.multiply(12345, x)


def test_abstract_functions_are_pickled():
    where = "phi : R[m,n] -> R; g : R[n] -> R[m]; f : R[n], R[n] -> R; X in R[m,n]; x, y in R[n]"
    for text in ("grad(phi)(X)", "jac(g)(x)*x", "grad(f,2)(x,y)", "hess(f,1,2)(x,y)", "phi(2*X)"):
        e = mc.parse(text, where)
        assert pickle.loads(pickle.dumps(e)) is e


def test_deep_expressions_are_pickled():
    """A hundred thousand nodes, one below the other."""
    e = a
    for k in range(100_000):
        e = b.apply(lookup("sin"), e) if k % 2 else b.add(e, c)
    again = pickle.loads(pickle.dumps(e))
    assert again is e
    assert copy.deepcopy(e) is e
    assert sum(1 for _ in postorder(e)) == 100_002
    assert len(symbols(e)) == 2


def test_wide_and_shared_expressions_are_pickled():
    tower = M
    for _ in range(500):
        tower = b.add(b.multiply(tower, tower), N)
    data = pickle.dumps(tower)
    assert len(data) < 300_000
    assert pickle.loads(data) is tower
    wide = b.add(*(b.multiply(k, x) for k in range(2, 5000)))
    assert pickle.loads(pickle.dumps(wide)) is wide


PROGRAM = """
import pickle, sys
import matcalc as mc
e = pickle.loads(bytes.fromhex(sys.stdin.read()))
assert e is mc.parse({text!r}, {where!r})
sys.stdout.write(pickle.dumps(mc.norm2(e)**2).hex())
"""


def test_pickled_across_processes():
    text = "A*B + 2*ones(m,p)"
    program = PROGRAM.format(text=text, where=WHERE)
    run = subprocess.run(
        [sys.executable, "-c", program],
        input=pickle.dumps(parse(text)).hex(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert pickle.loads(bytes.fromhex(run.stdout)) is parse(f"norm2({text})^2")


def test_derivations_are_pickled_and_copied():
    where = "A in R[m,n]; X in R[n,p]; B in R[m,p]"
    d = mc.derive("norm2(A*X - B)^2", "X", where)
    for again in (pickle.loads(pickle.dumps(d)), copy.deepcopy(d), copy.copy(d)):
        assert again.result is d.result and str(again) == str(d)
        assert again.conditions == d.conditions and again.verification == d.verification
        assert again.steps == d.steps and again.latex() == d.latex()
        assert again.verify()
    several = mc.derive("phi(W*X)", "W, X", "W in R[m,q]; X in R[q,n]; phi : R[m,n] -> R")
    again = pickle.loads(pickle.dumps(several))
    assert again["W"].result is several["W"].result and again.steps == several.steps


def test_errors_are_pickled():
    with pytest.raises(ShapeError) as caught:
        mc.parse("A*x + u", "A in R[m,n]; x in R[n]; u in R[n]")
    error = caught.value
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is ShapeError and str(again) == str(error)
    assert again.position == error.position == (1, 5)


# Threads


def test_threads_make_the_same_nodes():
    start = threading.Barrier(8)

    def work(_):
        start.wait()
        return [parse(f"{k}*x + {k}*M*y") for k in range(200)]

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(work, range(8)))
    for row in found[1:]:
        assert all(one is other for one, other in zip(row, found[0], strict=True))


def test_threads_derive_the_same():
    where = "A in R[m,n]; X in R[n,p]; B in R[m,p]; W in R[m,m]"
    functions = ["norm2(A*X - B)^2", "tr(X'*A'*W*A*X)", "logdet(W + A*X*X'*A')", "sum(exp(A*X))"]

    def work(k):
        d = mc.derive(functions[k % 4], "X", where)
        return k % 4, d.result, d.steps_text(), bool(d.verification)

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(work, range(24)))
    for k, result, text, verified in found:
        d = mc.derive(functions[k], "X", where)
        assert verified and result is d.result and text == d.steps_text()


# Traversal


def test_postorder_visits_each_node_once_children_first():
    e = parse("tr((M + N)*(M + N)) + tr(M + N)")
    seen = list(postorder(e))
    assert len(seen) == len(set(seen)) and seen[-1] is e
    place = {node: k for k, node in enumerate(seen)}
    assert all(place[child] < place[node] for node in seen for child in node.children)
    assert [s.name for s in symbols(e)] == ["M", "N"]


def test_fold_and_substitute():
    e = parse("M*x + N*y")
    assert fold(e, lambda node, below: 1 + sum(below)) == 7
    assert substitute(e, {M: N}) is parse("N*x + N*y")
    assert substitute(e, {x: y, y: x}) is parse("M*y + N*x")
    assert substitute(e, {parse("M*x"): y}) is parse("y + N*y")
    assert substitute(e, {}) is e
    assert substitute(parse("ones(m,n)*x"), {}, {"m": 3}) is parse("ones(3,n)*x")


def test_cost_counts_symbols_and_operations():
    assert cost(parse("2*A'*u")) == 6
    assert cost(x) == 1
    assert cost(parse("x - y")) == 3
    tower = M
    for _ in range(100):
        tower = b.add(b.apply(lookup("exp"), tower), tower)
    assert cost(tower) > 2**100  # as a tree; counted by node


# Python operators build what text builds

OPERATORS = [
    ("A @ B", "A*B"),
    ("A * B", "A*B"),
    ("A.T", "A'"),
    ("A.T @ u", "A'*u"),
    ("x + y", "x + y"),
    ("x - y", "x - y"),
    ("-x", "-x"),
    ("+x", "x"),
    ("2 * x", "2*x"),
    ("x * 2", "2*x"),
    ("x / 2", "x/2"),
    ("1 / a", "1/a"),
    ("x / a", "x/a"),
    ("M / N", "M/N"),
    ("M ** 2", "M^2"),
    ("M ** -1", "inv(M)"),
    ("M ** 0", "eye(n)"),
    ("a ** 2", "a^2"),
    ("a ** 0.5", "a^0.5"),
    ("a ** c", "a^c"),
    ("2 ** a", "2^a"),
    ("x + 1", "x + 1"),
    ("1 - x", "1 - x"),
    ("a + x", "a + x"),
    ("x.T @ M @ x", "x'*M*x"),
    ("x @ y.T", "x*y'"),
    ("0.5 * x", "x/2"),
    ("Fraction(1, 3) * x", "x/3"),
    ("np.float64(0.25) * x", "x/4"),
    ("np.int64(3) * x", "3*x"),
    ("x * np.int32(3)", "3*x"),
    ("mc.tr(M @ N)", "tr(M*N)"),
    ("mc.norm2(x) ** 2", "norm2(x)^2"),
    ("mc.exp(x)", "exp(x)"),
    ("mc.inv(M) @ x", "inv(M)*x"),
    ("mc.hadamard(x, y)", "x.*y"),
    ("mc.frobenius(M, N)", "M : N"),
    ("mc.d(M) @ x", "d(M)*x"),
    ("mc.dot(x, y)", "x'*y"),
    ("mc.outer(x, y)", "x*y'"),
    ("mc.diag(x)", "diag(x)"),
    ("mc.max(x, y)", "max(x,y)"),
    ("mc.logdet(M)", "logdet(M)"),
    ("mc.sum(x)", "sum(x)"),
    ("A.H", "A^H"),
    ("sum([x, y, x])", "x + y + x"),
]
NAMES = {"A": A, "B": B, "M": M, "N": N, "S": S, "x": x, "y": y, "u": u, "a": a, "c": c}


@pytest.mark.parametrize(("python", "text"), OPERATORS)
def test_python_and_text_build_the_same(python, text):
    scope = {**NAMES, "mc": mc, "np": np, "Fraction": Fraction, "sum": sum}
    assert eval(python, scope) is parse(text)


def test_library_functions_are_python_functions():
    for name in ("tr", "det", "exp", "softmax", "norm1", "lgamma", "relu"):
        f = getattr(mc, name)
        assert f.__name__ == name and f.__doc__
    with pytest.raises(AttributeError, match="has no attribute 'nosuch'"):
        mc.nosuch  # noqa: B018
    with pytest.raises(AttributeError):
        mc._nosuch  # noqa: B018


# Errors of operators


@pytest.mark.parametrize(
    ("python", "kind", "message"),
    [
        ("A + B", ShapeError, "cannot add A (m×n) and B (n×p)"),
        ("A - x", ShapeError, "cannot add A (m×n) and -x (n×1)"),
        ("A @ u", ShapeError, "cannot multiply A (m×n) and u (m×1)"),
        ("x @ y", ShapeError, "cannot multiply x (n×1) and y (n×1)"),
        ("mc.hadamard(x, u)", ShapeError, "cannot multiply x (n×1) and u (m×1) entrywise"),
        (
            "mc.frobenius(M, A)",
            ShapeError,
            "cannot take the Frobenius product of M (n×n) and A (m×n)",
        ),
        ("A ** 2", DomainError, "cannot raise A to a power: it is m×n, not square"),
        ("x ** 2", DomainError, "cannot raise x to a power: it is n×1, not square"),
        ("M ** 0.5", DomainError, "the exponent 1/2 of a matrix is not an integer"),
        ("M ** a", DomainError, "the exponent a of a matrix is not an integer"),
        ("M ** N", ShapeError, "the exponent N is n×n, not a scalar"),
        ("a ** x", ShapeError, "the exponent x is n×1, not a scalar"),
        ("1 / A", DomainError, "cannot invert A: it is m×n, not square"),
        ("x / y", DomainError, "cannot invert y: it is n×1, not square"),
        ("x / 0", DomainError, "division by zero"),
        ("mc.inv(A)", DomainError, "inv needs a square matrix; its argument is m×n"),
        ("mc.det(A)", DomainError, "det needs a square matrix; its argument is m×n"),
        ("x * float('nan')", DomainError, "nan is not a number of the language"),
        ("x * float('inf')", DomainError, "inf is not a number of the language"),
        ("x * 10**6000", LimitError, "a number of more than 16384 bits"),
    ],
)
def test_errors_of_operators(python, kind, message):
    with pytest.raises(kind) as caught:
        eval(python, {**NAMES, "mc": mc})
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("other", "name"),
    [
        ("text", "str"),
        (None, "NoneType"),
        ([1, 2], "list"),
        (np.ones(3), "ndarray"),
        (np.ones((2, 2)), "ndarray"),
        (True, "bool"),
        (1j, "complex"),
        (object(), "object"),
        ({}, "dict"),
    ],
    ids=lambda v: v if isinstance(v, str) else None,
)
def test_what_is_no_expression_is_refused(other, name):
    operations = [
        lambda: x + other,
        lambda: x - other,
        lambda: x * other,
        lambda: x @ other,
        lambda: x / other,
        lambda: a**other,
        lambda: mc.hadamard(x, other),
        lambda: mc.tr(other),
    ]
    operations += [lambda: other + x, lambda: other * x, lambda: other @ x]
    for operation in operations:
        with pytest.raises(MatcalcError) as caught:
            operation()
        assert caught.value.message == f"cannot use a {name} in an expression"
        assert caught.value.hint == "declare a variable and give its value when evaluating"


def test_numbers():
    assert b.number(0.1).value == Fraction(1, 10) and b.number(2.0) is b.number(2)
    assert parse("0.1") is b.number(Fraction(1, 10))
    assert isinstance(parse("1.2345678901234567"), Number)
    assert parse("1e3") is b.number(1000)
    assert parse("1/3 + 1/6") is b.number(Fraction(1, 2))
    with pytest.raises(LimitError):
        parse("1e999999")
    with pytest.raises(LimitError):
        parse("9" * 5000)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_keep_their_value_through_text(value):
    e = b.number(value) * x
    assert parse(str(e)) is e


@settings(deadline=None, derandomize=True, max_examples=200)
@given(st.fractions(max_denominator=10**6))
def test_fractions_keep_their_value_through_text(value):
    e = b.number(value) * x
    assert parse(str(e)) is e


def test_comparisons_are_of_identity():
    assert (x == y) is False and (x == parse("x")) is True and x != y
    assert isinstance(x, Expr) and bool(x)
    with pytest.raises(TypeError):
        x < y  # noqa: B015
    with pytest.raises(TypeError):
        iter(x)
    with pytest.raises(TypeError):
        float(a)


def test_nodes_have_names_in_words():
    """Messages are for people: none names a class."""
    texts = {
        "x.^2": "entrywise power",
        "x.*y": "entrywise product",
        "A*x": "product",
        "A : A": "Frobenius product",
        "kron(A,A)": "Kronecker product",
        "inv(A)": "inverse",
        "x[2:3]": "product",
        "exp(x)": "exp",
    }
    where = "A in R[n,n]; x, y in R[n]"
    assert {t: in_words(mc.parse(t, where)) for t in texts} == texts
