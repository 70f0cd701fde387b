"""Elementwise functions: every record against SymPy at 50 digits, and its NumPy text."""

from __future__ import annotations

import ast
import random
import re
from pathlib import Path

import numpy as np
import pytest
import sympy as sp
from scipy import special

import matcalc.functions.elementwise as elementwise
from matcalc.expr import build
from matcalc.expr.facts import SIGNS
from matcalc.expr.sets import SETS, make_set

RECORDS = {f.name: f for f in elementwise.FUNCTIONS}
LANGUAGE = """exp log sqrt sin cos tan asin acos atan sinh cosh tanh abs sign step relu sigmoid
    softplus erf log1p gamma lgamma digamma polygamma max min leakyrelu elu gelu silu hardtanh"""
NAMES = LANGUAGE.split()
ALIASES = {"arcsin": "asin", "arccos": "acos", "arctan": "atan"}
OVERFLOW = {"exp", "sinh", "cosh", "gamma"}  # the value at 1000 is no double

# What the functions are, independently of the records.

x, a, b = sp.symbols("x a b", real=True)
k = sp.symbols("k", integer=True, nonnegative=True)
half = sp.Rational(1, 2)

MEANING = {
    "exp": sp.exp(x),
    "log": sp.log(x),
    "log1p": sp.log(1 + x),
    "sqrt": sp.sqrt(x),
    "sin": sp.sin(x),
    "cos": sp.cos(x),
    "tan": sp.tan(x),
    "asin": sp.asin(x),
    "acos": sp.acos(x),
    "atan": sp.atan(x),
    "sinh": sp.sinh(x),
    "cosh": sp.cosh(x),
    "tanh": sp.tanh(x),
    "erf": sp.erf(x),
    "gamma": sp.gamma(x),
    "lgamma": sp.log(sp.gamma(x) ** 2) / 2,
    "digamma": sp.digamma(x),
    "polygamma": sp.polygamma(k, x),
    "abs": sp.Piecewise((x, x > 0), (-x, True)),
    "sign": sp.Piecewise((1, x > 0), (-1, x < 0), (0, True)),
    "step": sp.Piecewise((1, x > 0), (0, x < 0), (half, True)),
    "max": sp.Piecewise((a, a > b), (b, True)),
    "min": sp.Piecewise((a, a < b), (b, True)),
    "sigmoid": 1 / (1 + sp.exp(-x)),
    "softplus": sp.log(1 + sp.exp(x)),
    "relu": sp.Piecewise((x, x > 0), (0, True)),
    "leakyrelu": sp.Piecewise((x, x > 0), (x / 100, True)),
    "elu": sp.Piecewise((x, x > 0), (sp.exp(x) - 1, True)),
    "gelu": x * sp.erfc(-x / sp.sqrt(2)) / 2,
    "silu": x / (1 + sp.exp(-x)),
    "hardtanh": sp.Piecewise((-1, x < -1), (1, x > 1), (x, True)),
}
SYMBOLS = {"x": x, "a": a, "b": b, "k": k}
INTERVALS = {"log": (0, 8), "sqrt": (0, 8), "asin": (-1, 1), "acos": (-1, 1), "log1p": (-1, 4)}


def points(name: str, count: int = 10) -> list[dict[sp.Symbol, sp.Rational]]:
    """Random points of the domain, on both sides of 0 where it has two, off kinks and poles."""
    draw = random.Random(name)
    low, high = INTERVALS.get(name, (-4, 4))
    found = []
    for j in range(count):
        point = {}
        for p in RECORDS[name].parameters:
            if p == "k":
                point[k] = sp.Integer(j % 4)
                continue
            value = sp.Rational(draw.randrange(low * 97 + 1, high * 97), 97)
            value += sp.Rational(1, 1000) if value.q == 1 else 0
            sides = (-abs(value), abs(value)) if low < 0 and name != "log1p" else (value, value)
            point[SYMBOLS[p]] = sides[j % 2] if p != "b" else value
        found.append(point)
    return found


def translate(text: str) -> sp.Expr:
    """A derivative text as a SymPy expression, by the meanings above."""
    operators = {
        ast.Add: lambda u, v: u + v,
        ast.Sub: lambda u, v: u - v,
        ast.Mult: lambda u, v: u * v,
        ast.Div: lambda u, v: u / v,
        ast.Pow: lambda u, v: u**v,
    }

    def visit(e):
        match e:
            case ast.Constant(value=int() | float() as value):
                return sp.Rational(str(value))
            case ast.Name(id="pi"):
                return sp.pi
            case ast.Name(id=name):
                return SYMBOLS[name]
            case ast.UnaryOp(op=ast.USub(), operand=u):
                return -visit(u)
            case ast.BinOp(left=u, op=op, right=v):
                return operators[type(op)](visit(u), visit(v))
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
                parameters = [SYMBOLS[p] for p in RECORDS[name].parameters]
                pairs = list(zip(parameters, map(visit, args), strict=True))
                return MEANING[name].subs(pairs, simultaneous=True)
        raise AssertionError(f"{ast.dump(e)} in {text}")

    return visit(ast.parse(text.replace("^", "**"), mode="eval").body)


def digits(e: sp.Expr, point: dict, n: int = 50) -> sp.Float:
    return e.subs(point, simultaneous=True).evalf(n)


def compute(text: str, **values):
    return eval(text, {"np": np, "special": special}, values)


def floats(name: str) -> tuple[list[dict], dict[str, np.ndarray]]:
    """The points rounded to doubles: exactly, for SymPy, and as columns, for NumPy."""
    rounded = [{s: sp.Rational(float(v)) for s, v in p.items()} for p in points(name)]
    columns = {
        p: np.array([[float(q[SYMBOLS[p]])] for q in rounded]) for p in RECORDS[name].parameters
    }
    return rounded, columns


def close(found, wanted, tolerance=1e-13) -> bool:
    found, wanted = np.ravel(found), np.array([float(w) for w in wanted])
    return bool(np.all(np.abs(found - wanted) <= tolerance * np.maximum(np.abs(wanted), 0.1)))


# The records


def test_every_name_of_the_language():
    assert sorted(RECORDS) == sorted(NAMES) == sorted(MEANING)
    assert {n: f.name for f in RECORDS.values() for n in f.aliases} == ALIASES


@pytest.mark.parametrize("name", NAMES)
def test_record_is_complete(name):
    f = RECORDS[name]
    assert f.elementwise and not f.linear and f.numpy and f.doc and f.source
    assert f.statement.startswith(f"d {f.head} = ")
    assert set(f.derivatives) <= set(f.parameters)
    arguments = (build.zeros((3, 2)),) * len(f.parameters)
    assert f.signatures[0].match(arguments) == {"m": 3, "n": 2}
    for text in (f.latex, f.unicode):
        if text is not None:
            assert text.count("□") == len(f.parameters)
            assert all(
                f"□{j + 1}" in text for j in range(len(f.parameters)) if len(f.parameters) > 1
            )
    for condition in f.conditions:
        assert "□" in condition.text and condition.parameter in f.parameters
        assert condition.unless <= SIGNS


def test_statement():
    assert RECORDS["tanh"].statement == "d tanh(x) = (1 - tanh(x)^2) dx"
    assert RECORDS["digamma"].statement == "d digamma(x) = polygamma(1, x) dx"
    assert RECORDS["max"].statement == "d max(a,b) = step(a - b) da + step(b - a) db"
    assert RECORDS["sign"].statement == "d sign(x) = 0"


def test_import_needs_only_the_engine():
    tree = ast.parse(Path(elementwise.__file__).read_text(encoding="utf-8"))
    modules = [e.module for e in ast.walk(tree) if isinstance(e, ast.ImportFrom)]
    modules += [n.name for e in ast.walk(tree) if isinstance(e, ast.Import) for n in e.names]
    assert {m.split(".")[0] for m in modules} <= {"__future__", "re", "matcalc"}


# Derivatives and values


@pytest.mark.parametrize("name", NAMES)
def test_derivative_text(name):
    f = RECORDS[name]
    for parameter, text in f.derivatives.items():
        stated, true = translate(text), sp.diff(MEANING[name], SYMBOLS[parameter])
        for point in points(name):
            u, v = digits(stated, point), digits(true, point)
            assert abs(u - v) <= sp.Float("1e-45", 50) * max(1, abs(v)), (text, point)


@pytest.mark.parametrize("name", NAMES)
def test_numpy_text(name):
    f = RECORDS[name]
    exact, columns = floats(name)
    found = compute(f.numpy, **columns)
    assert found.shape == (len(exact), 1)
    assert close(found, [digits(MEANING[name], p, 30) for p in exact])
    one = compute(f.numpy, **{p: column[0, 0] for p, column in columns.items()})
    assert np.shape(one) == () and one == found[0, 0]


@pytest.mark.parametrize("name", [n for n in NAMES if RECORDS[n].analytic])
def test_complex_step(name):
    exact, columns = floats(name)
    found = compute(RECORDS[name].numpy, x=columns["x"] + 1e-30j).imag / 1e-30
    slope = sp.diff(MEANING[name], x)
    assert close(found, [digits(slope, p, 30) for p in exact])
    if name not in ("log", "sqrt", "digamma"):
        at_zero = compute(RECORDS[name].numpy, x=np.complex128(1e-30j)).imag / 1e-30
        assert close(at_zero, [digits(slope, {x: sp.Integer(0)}, 30)])


@pytest.mark.parametrize("name", sorted({"gamma", "lgamma", "polygamma"}))
def test_marked_not_analytic_for_a_reason(name):
    """If SciPy mends these, the mark can go."""
    try:
        found = compute(RECORDS[name].numpy, x=np.array([[-1.5 + 1e-30j]]), k=1).imag / 1e-30
    except TypeError:
        return
    point = {x: sp.Rational(-3, 2), k: sp.Integer(1)}
    assert not close(found, [digits(sp.diff(MEANING[name], x), point, 30)])


@pytest.mark.parametrize("name", [n for n in NAMES if n not in OVERFLOW])
@pytest.mark.parametrize("size", [1000.0, -1000.0])
def test_large_arguments(name, size):
    """No overflow and no warning (an error here), for real arguments and for a complex step."""
    f = RECORDS[name]
    if "gamma" in name:
        size += 0.25  # not at a pole
    given = {"x": size, "a": size, "b": 0.0, "k": 1.0}
    values = {p: np.float64(given[p]) for p in f.parameters}
    if f.defined and not compute(f.defined, **values):
        return
    point = {SYMBOLS[p]: sp.Rational(float(v)) for p, v in values.items()}
    assert close(compute(f.numpy, **values), [digits(MEANING[name], point, 30)])
    if f.analytic:
        found = compute(f.numpy, x=np.array([[complex(size, 1e-30)]])).imag / 1e-30
        assert close(found, [digits(sp.diff(MEANING[name], x), point, 30)])


@pytest.mark.parametrize(
    ("name", "at"),
    [
        ("sigmoid", -700),
        ("softplus", -700),
        ("silu", -700),
        ("gelu", -30),
        ("elu", -1e-12),
        ("log1p", 1e-12),
    ],
)
def test_tails_are_relatively_accurate(name, at):
    value = compute(RECORDS[name].numpy, x=np.float64(at))
    wanted = float(digits(MEANING[name], {x: sp.Rational(at)}, 400))
    assert value == pytest.approx(wanted, rel=1e-12, abs=0)


@pytest.mark.parametrize(
    ("name", "inside", "outside"),
    [
        ("log", [0.1, 2], [0, -1]),
        ("log1p", [-0.9, 0, 3], [-1, -2]),
        ("sqrt", [0, 2], [-0.1]),
        ("asin", [-1, 1, 0.3], [1.01, -3]),
        ("acos", [-1, 1, 0.3], [1.01, -3]),
        ("gamma", [2, 0.5, -0.5], [0, -1, -7]),
        ("lgamma", [2, 0.5, -0.5], [0, -1, -7]),
        ("digamma", [2, 0.5, -0.5], [0, -1, -7]),
        ("polygamma", [2, 0.5, -0.5], [0, -1, -7]),
    ],
)
def test_defined(name, inside, outside):
    text = RECORDS[name].defined
    assert compute(text, x=np.array([inside], float), k=2)
    assert compute(text, x=np.array([inside]) + 1e-30j, k=2)
    for v in outside:
        assert not compute(text, x=np.float64(v), k=2)
        assert not compute(
            text, x=np.array([[1.0 if name not in ("asin", "acos") else 0.0], [v]]), k=2
        )
    if name == "polygamma":
        assert not compute(text, x=np.float64(1), k=0.5)
        assert not compute(text, x=np.float64(1), k=-1.0)


def test_defined_is_stated_where_it_is_needed():
    assert {n for n in NAMES if RECORDS[n].defined} == {
        "log", "log1p", "sqrt", "asin", "acos", "gamma", "lgamma", "digamma", "polygamma",
    }  # fmt: skip


def test_conventions_at_kinks():
    step = RECORDS["step"].numpy
    v = np.array([[-2.0, 0.0, 3.0]])
    assert compute(step, x=v).tolist() == [[0, 0.5, 1]]
    assert np.all(compute(step, x=v) + compute(step, x=-v) == 1)
    assert np.all(compute(RECORDS["sign"].numpy, x=v) == 2 * compute(step, x=v) - 1)
    tie = {a: sp.Integer(3), b: sp.Integer(3)}
    for name in ("max", "min"):
        shares = [float(digits(translate(t), tie)) for t in RECORDS[name].derivatives.values()]
        assert shares == [0.5, 0.5]
    assert float(digits(translate(RECORDS["elu"].derivative), {x: sp.Integer(0)})) == 1


# Facts

HOLDS = {
    "positive": lambda v: np.all(v > 0),
    "nonnegative": lambda v: np.all(v >= 0),
    "symmetric": lambda v: np.array_equal(v, v.T),
    "skew": lambda v: np.array_equal(v, -v.T),
    "lower": lambda v: np.array_equal(v, np.tril(v)),
    "upper": lambda v: np.array_equal(v, np.triu(v)),
    "diagonal": lambda v: np.array_equal(v, np.diag(np.diag(v))),
}
CONES = {  # closed under scaling down
    "R": (3, 2), "R+": (3, 2), "Sym": (3,), "Skew": (3,), "Diag": (3,), "Tril": (3,), "Triu": (3,),
    "PSD": (3,), "SPD": (3,),
}  # fmt: skip


def draws(rng, kind: str):
    """A variable and some values, among them small ones and ones with zero entries."""
    declared = make_set(kind, CONES[kind])
    shape = declared.shape
    for scale in (1, 0.25, 3):
        value = SETS[kind].draw(rng, shape) * scale
        yield build.symbol("X", declared), value
        if kind in ("R", "Sym", "Diag", "Tril", "Triu"):
            yield build.symbol("X", declared), abs(value)
    if kind not in ("R+", "SPD"):
        yield build.symbol("X", declared), np.zeros(shape)


@pytest.mark.parametrize("name", NAMES)
def test_facts_are_true(name):
    f = RECORDS[name]
    rng = np.random.default_rng(sum(map(ord, name)))
    tried = 0
    for kind in CONES:
        for symbol, value in draws(rng, kind):
            for arguments, values in arguments_with(f, symbol, value, rng):
                if f.defined and not compute(
                    f.defined, **dict(zip(f.parameters, values, strict=True))
                ):
                    continue
                e = f.build(arguments)
                found = compute(f.numpy, **dict(zip(f.parameters, values, strict=True)))
                assert e.shape == symbol.shape == found.shape
                assert e.facts <= set(HOLDS)
                for fact in e.facts:
                    assert HOLDS[fact](found), (name, kind, fact, values)
                tried += 1
    assert tried >= 5


def arguments_with(f, symbol, value, rng):
    """Arguments that contain the array: alone, with a number, with another array."""
    if f.parameters == ("x",):
        yield (symbol,), (value,)
    elif f.parameters == ("k", "x"):
        for order in (0, 1, 2, 3):
            yield (build.number(order), symbol), (order, value)
    else:
        for number in (-1, 0, 1):
            yield (symbol, build.number(number)), (value, number)
            yield (build.number(number), symbol), (number, value)
        for kind in ("R", "R+", "Sym"):
            if make_set(kind, CONES[kind]).shape == symbol.shape:
                other = build.symbol("Y", make_set(kind, CONES[kind]))
                yield (symbol, other), (value, SETS[kind].draw(rng, symbol.shape))


def facts(name: str, *sets: str) -> set[str]:
    made = [
        build.number(int(s))
        if s.lstrip("-").isdigit()
        else build.symbol(f"X{j}", make_set(s, CONES[s]))
        for j, s in enumerate(sets)
    ]
    return set(RECORDS[name].build(tuple(made)).facts)


def test_facts_are_found():
    assert facts("exp", "R") == {"positive", "nonnegative"}
    assert facts("exp", "Sym") == {"positive", "nonnegative", "symmetric"}
    assert facts("log", "SPD") == {"symmetric"}
    assert facts("tanh", "R+") == {"positive", "nonnegative"}
    assert facts("tanh", "Skew") == {"skew"}
    assert facts("cos", "Skew") == {"symmetric"}
    assert facts("relu", "R") == {"nonnegative"}
    assert facts("relu", "R+") == {"positive", "nonnegative"}
    assert facts("relu", "Tril") == {"nonnegative", "lower"}
    assert "diagonal" not in facts("exp", "Diag")
    assert facts("max", "R", "1") == {"positive", "nonnegative"}
    assert facts("max", "Sym", "-1") == {"symmetric"}
    assert facts("min", "R+", "1") == {"positive", "nonnegative"}
    assert facts("min", "R", "1") == set()
    assert facts("min", "Sym", "Skew") == set()
    assert facts("polygamma", "1", "R") == {"positive", "nonnegative"}
    assert facts("polygamma", "2", "Sym") == {"symmetric"}


@pytest.mark.parametrize("name", NAMES)
def test_conditions_are_void_for_positive_arguments(name):
    """Where a fact waives a condition, the derivative holds for all such arguments."""
    for condition in RECORDS[name].conditions:
        if not condition.unless:
            continue
        assert re.search("0|-1", condition.text)
        for value in (sp.Rational(1, 10**6), sp.Integer(1), sp.Integer(10**3)):
            point = {x: value, k: sp.Integer(1)}
            for parameter, text in RECORDS[name].derivatives.items():
                true = digits(sp.diff(MEANING[name], SYMBOLS[parameter]), point, 30)
                assert abs(digits(translate(text), point, 30) - true) <= abs(true) * sp.Float(1e-25)
