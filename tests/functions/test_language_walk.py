"""The whole language, name by name: each is read, differentiated, verified, printed and explained.

The names are those that the parts of the language themselves have: records, words, sets, shapes of
arrays. What a new record lacks shows here.
"""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import matcalc as mc
from matcalc.calculus.structured import CURVED, has_structure
from matcalc.elaborate.walk import FILL_WORDS, NODE_WORDS, SIZE_WORDS
from matcalc.expr import build
from matcalc.expr.nodes import Symbol, symbols
from matcalc.expr.sets import SETS, make_set
from matcalc.expr.sizes import size_name
from matcalc.functions import lookup, names, registry
from matcalc.repl.manual import WORDS, differentials, entry
from matcalc.workspace import Workspace

RECORDS = sorted(
    {f for by_arity in registry().values() for f in by_arity.values()}, key=lambda f: f.head
)
CALLED = [
    f
    for f in RECORDS
    if not all(f.sizes)
    and not hasattr(f, "toward")
    and len(f.parameters) < 4  # hcat(A,B,C,D,...)
    and not f.name.startswith("frechetmatrix")  # large; see tests/calculus/test_identities.py
]
GRAMMAR = ("grad", "jac", "hess", "diff")  # statements, or of declared functions
ONCE = {("polar(A,k)", "A in R[2,3]; k = 2")}  # svd_u has no derivative where σ_3 = 0
NO_DERIVATIVE = {"im(A)"}  # of real arguments it is zero


def arguments(f, example):
    """Arguments for the first signature, as the example declares them where the shapes do not."""
    s, scope = f.signatures[0], Workspace(example)
    found = []
    for p, dims, size in zip(f.parameters, s.domains, s.sizes, strict=True):
        if size is not None:
            found.append(build.size_number(size_name(size)))
        elif scope.scope.declared(p):
            found.append(scope.parse(p))
        else:
            found.append(mc.parse(p, f"{p} in R[{','.join(dims)}]" if dims else f"{p} in R"))
    return tuple(found)


def weighted(e):
    """A scalar function of e that has all its derivatives: W : e."""
    if e.is_scalar:
        return e
    weight = build.symbol("W_1", make_set("R", e.shape))
    return build.frobenius(weight, e)


def reread(e, function):
    """The expression, from its text and the sets of the function's variables."""
    return mc.parse(str(e), "; ".join(f"{s.name} in {s.set}" for s in symbols(function)))


@pytest.mark.parametrize("name", [*names(), *WORDS, *SETS])
def test_help_knows_the_name(name):
    lines = entry(name)
    assert lines and all(line.strip() or not k for k, line in enumerate(lines) if k == 0)
    records = registry().get(name, {})
    for f in records.values():
        text = "\n".join(lines)
        assert f.source and f.doc
        assert "->" in text or " in R" in text or "kinds of arguments" in text
        stated = differentials(f)
        constant = all(f.sizes) or f.expand is not None
        assert bool(stated) or constant, f.head
        if f.conditions and f is min(records.values(), key=lambda r: len(r.parameters)):
            assert "holds where" in text


@pytest.mark.parametrize("name", [*names(), *SIZE_WORDS, *sorted(FILL_WORDS), *NODE_WORDS])
def test_python_knows_the_name(name):
    if "(" in name:
        pytest.skip("frechet(f), called through mc.frechet")
    f = getattr(mc, name)
    assert inspect.getdoc(f) or isinstance(f, mc.scalars("c").__class__.__mro__[1])


@pytest.mark.parametrize("f", CALLED, ids=lambda f: f.head)
def test_the_function_has_two_derivatives_and_is_printed(f):
    """Of first and second order, verified; they are read back from their text, and have LaTeX.

    The second derivative of a Fréchet derivative is the first of the next.
    """
    for example in f.examples or ("",):
        e = weighted(f.build(arguments(f, example)))
        variables = [s for s in symbols(e) if s.name in f.parameters and isinstance(s, Symbol)]
        moving = [v for v in variables if v.name not in f.numbers or not f.numbers[v.name].whole]
        assert moving or f.head in NO_DERIVATIVE, f.head
        for v in moving:
            once = f.name.startswith("frechet") or (f.head, example) in ONCE
            for order in (1,) if once else (1, 2):
                d = mc.derive(e, wrt=v.name, order=order)
                assert d.verification.ok, (v.name, order, str(d.result), d.verification.message)
                assert reread(d.result, e) is d.result
                latex = d.result.latex()
                assert latex.isascii() and latex.count("{") == latex.count("}")
                assert d.result.unicode()


# Variables of every set, in every convention, of a function that is not linear
SQUARE = {k for k, kind in SETS.items() if kind.square}


def _declared(kind):
    sizes = {0: "", 1: "[4]", 2: "[4,3]"}[max(kind.sizes)]
    return kind.name + sizes


def _functions(kind):
    if kind.complex:
        return ("norm2(A*X - B)^2", "re(tr(A*X'*X))") if kind.square else ("norm2(A*X - B)^2",)
    if kind.square:
        return ("tr(A*X*B*X)", "norm2(A*X - B)^2", "sum(exp(A.*X))")
    if max(kind.sizes) == 1:
        return ("x'*A*x", "sum(exp(A*x))", "logsumexp(x)")
    return ("norm2(A*X)^2", "sum(exp(A*X))")


def _conventions(kind):
    curved = [c for c, of in CURVED.items() if kind.name in of]
    return ["projected", *(["entries"] if not kind.complex else []), *curved]


@pytest.mark.parametrize("name", SETS)
def test_the_set_is_declared_drawn_and_differentiated(name):
    kind = SETS[name]
    declared = _declared(kind)
    field = "C" if kind.complex else "R"
    cols = "[4,4]" if kind.square else "[4,3]"
    other = f"A in {field}[4,4]; B in {field}{cols}"
    vector = max(kind.sizes) == 1 and not kind.square
    v = "x" if vector else "X"
    for text in _functions(kind):
        for convention in _conventions(kind):
            d = mc.derive(text, v, f"{v} in {declared}; {other}", convention=convention)
            assert d.verification.ok, (text, convention, str(d.result), d.verification.message)
            if has_structure(d.variable, convention) and kind.hull != "C":
                assert d.convention_note
            if convention == "projected":
                d = mc.derive(text, v, f"{v} in {declared}; {other}", order=2)
                assert d.verification.ok, (text, str(d.result), d.verification.message)


@pytest.mark.parametrize(
    ("text", "numpy"),
    [
        ("A + B", "A + B"),
        ("A - B", "A - B"),
        ("-A", "-A"),
        ("A + 2", "A + 2"),
        ("A*B", "A @ B"),
        ("A@B", "A @ B"),
        ("A/B", "A @ np.linalg.inv(B)"),
        ("A\\x", "np.linalg.solve(A, x)"),
        ("A .* B", "A * B"),
        ("A ⊙ B", "A * B"),
        ("A ./ B", "A / B"),
        ("A ⊗ B", "np.kron(A, B)"),
        ("A : B", "np.sum(A * B)"),
        ("A'", "A.T"),
        ("A^T", "A.T"),
        ("A.T", "A.T"),
        ("A^H", "A.T"),
        ("A^3", "np.linalg.matrix_power(A, 3)"),
        ("A^-1", "np.linalg.inv(A)"),
        ("A.^2", "A**2"),
        ("c^2*A", "c**2 * A"),
        ("A[2,3]", "A[1, 2]"),
        ("A[:,2]", "A[:, 1]"),
        ("x[1:2]", "x[0:2]"),
        ("I + A", "np.eye(3) + A"),
        ("eye(3)*A", "A"),
        ("ones(3)'*A*ones(3)", "np.sum(A)"),
        ("zeros(3,3) + A", "A"),
        ("vector(1)'*x", "np.sum(x)"),
        ("matrix(2) .* A", "2 * A"),
        ("pi*A", "np.pi * A"),
    ],
)
def test_operators_and_constants(text, numpy):
    where = "A, B in R[3,3]; x in R[3]; c in R"
    rng = np.random.default_rng(2)
    v = {"A": rng.normal(size=(3, 3)), "B": rng.normal(size=(3, 3)), "x": rng.normal(size=3)}
    v["c"] = 0.7
    e = mc.parse(text, where)
    assert np.allclose(e.evaluate(v), eval(numpy, {"np": np, **v}))
    assert mc.parse(str(e), where) is e and e.latex() and e.unicode()
    d = mc.derive(f"norm2({text})^2", "A" if "A" in text else "x", where, order=2)
    assert d.verification.ok, d.verification.message


def test_lookup_and_listing_agree():
    for name in names():
        assert all(lookup(name, count) is f for count, f in registry()[name].items())
