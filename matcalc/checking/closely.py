"""A closer look at answers that slopes in double precision do not tell from the right one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from matcalc.answer import Derivation
from matcalc.equality import compare, is_equal, outcome_of
from matcalc.equality.pair import Candidate, Outcome
from matcalc.equality.points import draw_pair, nodes_of
from matcalc.errors import DomainError, LimitError, NotSupportedError
from matcalc.expr.nodes import Expr, SizeNumber, Symbol, postorder
from matcalc.expr.sizes import names_of
from matcalc.numeric import evaluate
from matcalc.numeric.exact import Point, run
from matcalc.numeric.fields import Pole, TooFar, entrywise
from matcalc.numeric.precise import HighPrecision, Ridges
from matcalc.numeric.tensors import SCALAR, numeric_shape
from matcalc.workspace import answer_problem

PLACES = 4  # at which two gradients differ, until the function is defined there
CLOSER = 10**6  # how much nearer to the slope the other gradient has to be


def contradicted(d: Derivation, answer: Expr, convention: str, seed: int) -> Outcome | None:
    """How an answer of the right shape differs from the engine's gradient; None if it does not.

    None as well where nobody can tell, or where slopes say that the answer is the right one.
    """
    right = _right(d, convention)
    if right is answer or right.shape != answer.shape:
        return None
    f = d.problem.function
    for other in range(PLACES):
        try:
            outcome = outcome_of(right, answer, seed=seed + other)
        except (DomainError, LimitError, NotSupportedError):
            return None  # no exact comparison: the slopes have to do
        if outcome.equal:
            return None
        if outcome.seen is None:
            return outcome
        seen = replace(outcome.seen, point=_rounded(outcome.seen.point, f"{seed} rounded"))
        if not _has_value(f, seen.point):
            continue  # where the function is not defined, no gradient is wrong
        errors = _errors(f, d.variable, seen) if convention == "projected" else None
        if errors is not None and errors[1] * CLOSER < errors[0]:
            return None
        return outcome
    return None


def _rounded(point: Point, seed: str) -> Point:
    """A point of exact numbers as one of many digits; others as they are."""
    if not point.numbers.exact:
        return point
    numbers = HighPrecision(seed, ranks=True)
    values = {n: entrywise(numbers.number, v) for n, v in point.values.items()}
    return replace(point, numbers=numbers, values=values, functions=Ridges(numbers), memo={})


def _has_value(f: Expr, point: Point) -> bool:
    """Whether a function is defined at a point, as far as that can be told."""
    if not _names((f,)) <= {*point.values, *point.sizes}:
        return True
    try:
        run(nodes_of(f), replace(point, memo={}))
    except (Pole, NotSupportedError) as error:
        return not isinstance(error, Pole) or isinstance(error, TooFar)
    return True


def _right(d: Derivation, convention: str) -> Expr:
    """The engine's gradient in a convention."""
    if convention == d.problem.convention:
        return d.result
    problem = replace(d.problem, convention=convention, variables=(d.variable,))
    found = answer_problem(problem)
    assert isinstance(found, Derivation)
    return found.result


def _errors(f: Expr, x: Symbol, seen: Candidate) -> tuple[Any, Any] | None:
    """How far both gradients are from the slope of the function where they differ."""
    point = seen.point
    if not _names((f, x)) <= {*point.values, *point.sizes}:
        return None  # the gradients have fewer names than the function
    numbers = point.numbers
    hull = x.set.kind.hull or "R"
    shape = numeric_shape(x.shape, point.sizes)
    h = draw_pair(hull, numbers.again("direction"), shape, 1)[0]
    step = numbers.ctx.mpf(10) ** (-numbers.ctx.dps // 3)
    nodes = nodes_of(f)
    values = []
    try:
        for t in (step, -step):
            moved = point.values[x.name] + t * (h[0, 0] if x.shape == SCALAR else h)
            there = replace(point, values={**point.values, x.name: moved}, memo={})
            values.append(run(nodes, there)[f])
    except (Pole, NotSupportedError):
        return None
    slope = (values[0] - values[1]) / (2 * step)
    return tuple(abs(np.sum(g * h) - slope) for g in (seen.left, seen.right))  # type: ignore


def _names(es: tuple[Expr, ...]) -> set[str]:
    """The names of variables and of sizes."""
    nodes = [e for root in es for e in postorder(root)]
    sizes = [size for e in nodes for size in e.shape]
    sizes += [e.size for e in nodes if isinstance(e, SizeNumber)]
    return {e.name for e in nodes if isinstance(e, Symbol)}.union(*map(names_of, sizes))


def in_floats(outcome: Outcome | None) -> list[evaluate.Point]:
    """The place of a difference in double precision, where abstract functions do not matter."""
    if outcome is None or outcome.seen is None:
        return []
    point = outcome.seen.point
    if point.directions or getattr(point.functions, "parts", None):
        return []
    values: dict[str, Any] = {n: np.asarray(v, dtype=float) for n, v in point.values.items()}
    values = {n: v if v.ndim else np.float64(v) for n, v in values.items()}
    return [evaluate.Point(values, dict(point.sizes), analytic=True)]


def differs_closely(left: Expr, right: Expr, moving: list[str], seed: int) -> str:
    """Where two sides differ that random points in double precision do not tell apart."""
    try:
        if is_equal(left, right, wrt=moving, seed=seed):
            return ""
        verdict = compare(left, right, wrt=moving, seed=seed)
    except (DomainError, LimitError, NotSupportedError):
        return ""  # no exact comparison
    return verdict.place("it is {right}, not {left}") or "it is close to it, but not equal"
