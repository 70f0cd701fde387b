"""Deep and shared expressions: linear time, definitions for shared parts."""

from __future__ import annotations

import time

import pytest
from expressions import SYMBOLS, N

from matcalc.expr import build
from matcalc.expr.sets import make_set
from matcalc.expr.sizes import size_name
from matcalc.functions import lookup
from matcalc.printing.latex import to_latex
from matcalc.printing.text import Text, to_text
from matcalc.printing.unicode import to_unicode

x, y, A, c = (SYMBOLS[k] for k in "xyAc")
NOTATIONS = [to_text, to_unicode, to_latex]
EXP, TANH = lookup("exp", 1), lookup("tanh", 1)


def doubled(levels, start=x):
    """Each level uses the one below three times: 3^levels variables as a tree."""
    e = start
    for _ in range(levels):
        e = build.apply(TANH, build.hadamard(e + build.apply(EXP, e), e))
    return e


def short(limit):
    notation = Text()
    notation.limit = limit
    return notation


@pytest.mark.parametrize("notation", NOTATIONS)
def test_a_chain_of_100_000_functions(notation):
    e = x
    for _ in range(100_000):
        e = build.apply(EXP, e)
    text = notation(e)
    assert text.count("exp") == 100_000


@pytest.mark.parametrize("notation", NOTATIONS)
def test_nested_sums_products_and_fractions(notation):
    e, q = x, c
    for _ in range(10_000):
        e = x + A * build.transpose(build.transpose(e) / 2)
        q = 1 / (1 + q)
    assert notation(e).count("x") == 10_001
    assert notation(q).count("c") >= 1


def test_wide_sums_and_products():
    assert str(build.add(*(build.multiply(k, x) for k in range(2, 10_002)))).count("*x") == 10_000
    assert str(build.multiply(*[A + A.T] * 10_000)).count("(A + A')") == 10_000


def test_time_grows_with_the_nodes_not_with_the_tree():
    start = time.perf_counter()
    for notation in NOTATIONS:
        assert len(notation(doubled(60))) < 10_000
    assert len(str(doubled(3000))) < 200_000
    assert time.perf_counter() - start < 20


def test_definitions_come_before_the_result():
    e = doubled(12)
    *definitions, result = str(e).split("; ")
    assert definitions[0] == "h = " + str(doubled(2))
    assert all(" = " in d for d in definitions)
    assert result.startswith("tanh((") and " = " not in result
    assert len(str(e)) < 2000


def test_what_is_used_once_has_no_name():
    e = A + build.apply(lookup("diag", 1), doubled(3))
    assert short(30)(A * A.T * A * A.T * A * A.T * A * A.T) == "A*A'*A*A'*A*A'*A*A'"
    assert short(200)(e * e.T) == "H = A + diag(" + str(doubled(3)) + "); H*H'" or "H = " in short(
        200
    )(e * e.T)


def test_short_text_has_no_definitions():
    s = A * A.T + A.T * A
    assert str(s * s) == "(A*A' + A'*A)*(A*A' + A'*A)"
    assert short(20)(s * s) == "H = A*A' + A'*A; H*H"


def test_names_by_shape():
    m = A * A.T * A + A.T * A * A.T
    v = m * x + m.T * y
    s = v.T * m * v
    text = short(20)(build.add(s**2, s**3, s**4))
    assert [d.split(" = ")[0] for d in text.split("; ")[:-1]] == ["H", "h", "a"]


def test_names_do_not_clash():
    names = {"H": (N, N), "M": (size_name("P"), N), "N": (N, N), "dQ": (N, N)}
    first, second, third, fourth = (
        build.symbol(k, make_set("R", shape)) for k, shape in names.items()
    )
    part = (first + fourth) * (third + fourth) * (first + third)
    text = short(20)(second * part * part)
    assert "S = (H + dQ)*(N + dQ)*(H + N); M*S*S" == text


def test_denominators_are_named_by_what_is_below():
    s = 1 + x.T * x + c * c * c
    text = short(30)(s**-2 * x * x.T + s**-1 * A)
    assert text == "a = 1 + x'*x + c*c*c; x*x'/a^2 + A/a"


def test_unicode_and_latex_say_where():
    s = A * A.T * A + A.T * A * A.T
    unicode, latex = type(to_unicode)(), type(to_latex)()
    unicode.limit = latex.limit = 30
    assert unicode(s * s) == "H H  where H = A Aᵀ A + Aᵀ A Aᵀ"
    assert latex(s * s) == (r"H H \quad \text{where } H = A A^{\top} A + A^{\top} A A^{\top}")
