"""Answers that are right in another layout or convention: Jacobians, and complex variables.

Books differ in them: whether the derivative by z or by conj(z) is meant, or twice that, which is
the gradient by real and imaginary part; whether a derivative is a row or a column; and whether the
rows or the columns of matrices are stacked in a Jacobian.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product

from matcalc.answer import Derivation
from matcalc.checking.verdict import Check
from matcalc.errors import MatcalcError, ShapeError
from matcalc.expr import build
from matcalc.expr.nodes import Expr
from matcalc.expr.sizes import shape_text
from matcalc.functions import lookup
from matcalc.simplify.normal_form import simplify

# Complex variables


def of_complex(d: Derivation, answer: Expr, seed: int) -> Check:
    """The verdict on an answer that is not the derivative by the conjugate of a variable."""
    by, x = d.by[-1], d.variable
    has_other = by is not x
    real = has_other and "complex" not in d.problem.function.facts
    for turned, other, twice in product((False, True), (False, has_other), (False, real)):
        e, words = answer, []
        if other:
            words.append(f'the derivative by {x}, with wirtinger="Z"')
        if twice:
            e = build.multiply(build.number(Fraction(1, 2)), e)
            words.append("twice the derivative, the gradient by real and imaginary part")
        if turned:
            e = build.transpose(e)
            words.append("transposed")
        if not words or e.shape != x.shape or not _holds(d, e, x if other else by, seed):
            continue
        message = f"right in another convention: {'; '.join(words)}; by {by} it is {d.result}"
        kind = "convention" if other or twice else "transpose"
        verdict = "other-convention" if other or twice else "transposed"
        edit = f"{answer} → {d.result}"
        return Check(False, verdict, edit, message, d.result, None, d.result, kind)
    return Check(False, "wrong", None, f"wrong: the gradient by {by} is {d.result}", d.result)


def _holds(d: Derivation, e: Expr, by: Expr, seed: int) -> bool:
    """Whether slopes of the function agree."""
    from matcalc.numeric.verify import verify_gradient

    try:
        found = verify_gradient(
            d.problem.function, by, e, convention=d.problem.convention, seed=seed
        )
    except MatcalcError:
        return False
    return found.ok


# Jacobians


def of_array(d: Derivation, answer: Expr, seed: int) -> Check:
    """The verdict on an answer as the Jacobian of an array."""
    from matcalc.equality import compare

    for e, verdict, words in _readings(d, answer):
        if e.shape != d.result.shape or not compare(e, d.result, seed=seed).equal:
            continue
        if verdict == "right":
            return Check(True, verdict, None, f"right: {answer} is the Jacobian", d.result)
        message = f"right up to layout: {words}: {d.result}"
        edit = f"{answer} → {d.result}"
        kind = "transpose" if verdict == "transposed" else "convention"
        return Check(False, verdict, edit, message, d.result, None, d.result, kind)
    if answer.shape != d.result.shape:
        raise ShapeError(
            f"the answer is {shape_text(answer.shape)};"
            f" the Jacobian by {d.wrt} is {shape_text(d.result.shape)}"
        )
    return Check(False, "wrong", None, f"wrong: the Jacobian is {d.result}", d.result)


def _readings(d: Derivation, answer: Expr) -> Iterator[tuple[Expr, str, str]]:
    yield answer, "right", ""
    yield (
        simplify(build.transpose(answer)),
        "transposed",
        "the Jacobian has a row for an entry of the function, so transpose it",
    )
    (m, n), (p, q) = d.problem.function.shape, d.variable.shape
    if 1 not in (m, n, p, q) and answer.shape == d.result.shape:
        stacked = build.multiply(_commutation(n, m), answer, _commutation(p, q))
        yield simplify(stacked), "other-convention", "here columns are stacked and not rows"


def _commutation(m, n) -> Expr:
    function = lookup("commutation")
    assert function is not None
    return build.apply(function, build.size_number(m), build.size_number(n))
