"""Deep and repetitive expressions: linear time, definitions for repeated parts."""

from __future__ import annotations

import time

import pytest
from expressions import SYMBOLS

from matcalc.expr import build
from matcalc.expr.build import frobenius
from matcalc.expr.sets import make_set
from matcalc.expr.sizes import size_name
from matcalc.functions import lookup
from matcalc.printing.latex import to_latex
from matcalc.printing.text import Text, to_text
from matcalc.printing.unicode import to_unicode

x, y, A, c = (SYMBOLS[k] for k in "xyAc")
NOTATIONS = [to_text, to_unicode, to_latex]
PART = A * A.T + A.T * A + 2 * A
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
    wide = build.add(*(build.multiply(k, x) for k in range(2, 10_002)))
    assert str(wide).count("*x") == 10_000
    product = build.multiply(*(A + build.multiply(k, A) for k in range(2, 2002)))
    assert str(product).count("(A + ") == 2000


def test_time_grows_with_the_nodes_not_with_the_tree():
    start = time.perf_counter()
    for notation in NOTATIONS:
        assert len(notation(doubled(60))) < 10_000
    assert len(str(doubled(3000))) < 200_000
    assert time.perf_counter() - start < 20


def test_definitions_come_before_the_result():
    *definitions, result = str(doubled(12)).split("; ")
    assert all(" = " in d for d in definitions)
    assert result.startswith("tanh((") and " = " not in result
    assert len(str(doubled(12))) < 2000 < 3**12


def test_only_what_is_used_twice_has_a_name():
    long = A * A.T * A * A.T * A * A.T * A * A.T
    assert short(10)(long) == "A*A'*A*A'*A*A'*A*A'"
    assert short(20)(PART * PART) == "H = A*A' + A'*A + 2*A; H*H"
    assert to_text(PART * PART) == "(A*A' + A'*A + 2*A)*(A*A' + A'*A + 2*A)"


def test_names_by_shape():
    v = PART * x + PART * y + PART * A * x
    s = frobenius(v, PART * v)
    text = short(20)(build.add(s**2, s**3, s**4))
    assert text == "H = A*A' + A'*A + 2*A; h = H*x + H*y + H*A*x; a = h : H*h; a^2 + a^3 + a^4"


def test_names_do_not_clash():
    h, m, q = (build.symbol(k, make_set("R", (size_name("N"),) * 2)) for k in ("H", "M", "dP"))
    part = h * m + m * q + q * h
    text = short(20)(part * part)
    assert text == "Q = H*M + M*dP + dP*H; Q*Q"


def test_denominators_are_named_by_what_is_below():
    s = 1 + x.T * x + c * c * c
    text = short(30)(s**-2 * x * x.T + s**-1 * A)
    assert text == "a = 1 + x'*x + c*c*c; x*x'/a^2 + A/a"


def test_unicode_and_latex_say_where():
    unicode, latex = type(to_unicode)(), type(to_latex)()
    unicode.limit = latex.limit = 20
    assert unicode(PART * PART) == "H H  where H = A Aᵀ + Aᵀ A + 2 A"
    assert latex(PART * PART) == r"H H \quad \text{where } H = A A^{\top} + A^{\top} A + 2 A"
