"""Many equalities at one point: what holds there has passed, of all else nothing is said."""

from __future__ import annotations

import sys

import pytest

import matcalc as mc
from matcalc.expr import build
from matcalc.expr.nodes import Expr, symbols
from matcalc.numeric.together import Ground, ground
from matcalc.numeric.verify import verify_equal

A, X = mc.matrices("A[m,n] X[n,p]")
x, b = mc.vectors("x[n] b[n]")
dX, dx = build.differential(X), build.differential(x)


def at_one_point(f: Expr, *sides: Expr, by=X) -> Ground:
    found = ground(f, sides, (by,), seed=0)
    assert found is not None
    return found


def test_a_differential_of_a_product_agrees():
    before, after = build.differential(A @ X), A @ dX
    here = at_one_point(mc.norm2(A @ X), before, after)
    error = here.error(before, after)
    assert error is not None
    assert error < 1e-12


@pytest.mark.parametrize("wrong", [2 * A @ dX, A @ dX + 1e-6 * A @ dX, A @ X])
def test_of_a_false_line_nothing_is_said(wrong):
    """And so it is tried alone, where it is found out."""
    before = build.differential(A @ X)
    assert at_one_point(mc.norm2(A @ X), before, wrong).error(before, wrong) is None
    assert not verify_equal(before, wrong, (X,), trials=1, directions=1)


def test_a_false_line_is_found_out_after_many_true_ones():
    """Values that were found for other lines are those of the same point and direction."""
    here = at_one_point(mc.sum(mc.exp(mc.sin(x))), b, by=x)
    d = build.differential
    inner, outer = d(mc.sin(x)), d(mc.exp(mc.sin(x)))
    assert here.error(inner, mc.hadamard(mc.cos(x), dx)) is not None
    assert here.error(outer, mc.hadamard(mc.exp(mc.sin(x)), inner)) is not None
    assert here.error(outer, mc.hadamard(mc.exp(mc.sin(x)), mc.cos(x), dx)) is not None
    assert here.error(outer, mc.hadamard(mc.exp(mc.sin(x)), mc.sin(x), dx)) is None


def test_differences_serve_where_complex_steps_do_not():
    """|x| is not analytic, while sin(x) beside it is."""
    here = at_one_point(mc.norm1(x), b, by=x)
    d = build.differential
    assert here.error(d(mc.sin(x)), mc.hadamard(mc.cos(x), dx)) is not None
    assert here.error(d(mc.norm1(x)), build.frobenius(mc.sign(x), dx)) is not None
    assert here.error(d(mc.norm1(x)), 2 * build.frobenius(mc.sign(x), dx)) is None


def test_sides_of_different_shapes_are_not_compared():
    assert at_one_point(mc.sum(X), X, A).error(X, A) is None


def test_the_point_is_one_at_which_the_function_is_defined():
    f = mc.parse("log(c - 3)", where="c in R+")
    (c,) = (e for e in symbols(f))
    assert ground(f, (), (c,), seed=0).point.values["c"] > 3


def test_what_is_defined_nowhere_has_no_point():
    f = mc.parse("log(-1 - c^2)", where="c in R")
    (c,) = (e for e in symbols(f))
    assert ground(f, (), (c,), seed=0) is None


def test_a_shared_value_is_worked_out_once(monkeypatch):
    """Of a line that says nothing new, nothing is evaluated."""
    evaluate = sys.modules["matcalc.numeric.evaluate"]
    made: list[Expr] = []
    plain = evaluate._STEPS[type(A @ X)]
    monkeypatch.setitem(
        evaluate._STEPS, type(A @ X), lambda e, *rest: made.append(e) or plain(e, *rest)
    )
    before, after = build.differential(A @ X), A @ dX
    here = at_one_point(mc.norm2(A @ X), before, after)
    here.error(before, after)
    count = len(made)
    here.error(after, before)
    assert len(made) == count
