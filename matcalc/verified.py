"""The verification of an answer: each order against slopes, its faces and lines against each other.

Nothing here, or in what it calls, knows a rule of differentiation.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from matcalc.expr.nodes import Expr, Symbol, postorder, symbols
from matcalc.expr.rewrite import substitute
from matcalc.numeric.together import ground
from matcalc.numeric.trials import Verification
from matcalc.numeric.verify import verify_derivative, verify_equal

if TYPE_CHECKING:
    from matcalc.derivation.step import Step

UNCHECKED = "the lines of this long derivation are checked by verify(steps=True)"
LONG = 400  # derivations of more nodes have their lines checked only when asked


def verify(
    answer: Any, seed: int, trials: int, directions: int, steps: bool | None
) -> Verification:
    """Checks all that an answer claims; see `Answer.verify`."""
    found = _derivatives(answer, seed, trials, directions)
    total = _combined(found)
    if not total.ok or steps is False:
        return total
    if not steps and sum(1 for _ in postorder(answer.problem.function)) > LONG:
        return replace(total, message=UNCHECKED)
    for d in answer.results.values():
        faces = d.faces
        if faces is not None:
            from matcalc.numeric.indices import verify_faces

            matrix, operator, form, free = faces
            found.append(verify_faces(matrix, operator, form, free, seed=seed))
    total = _combined(found)
    # One sweep has one derivation; of higher order each variable has one, with its own names.
    for told in (answer,) if answer.problem.order == 1 else tuple(answer.results.values()):
        total = _with_steps(told, total, seed) if total.ok else total
    return total


def _derivatives(answer: Any, seed: int, trials: int, directions: int) -> list[Verification]:
    """Gradients of one function together where that will do; every other derivative alone."""
    how: dict[str, Any] = {
        "convention": answer.problem.convention,
        "seed": seed,
        "trials": trials,
        "directions": directions,
    }
    groups: dict[tuple[Expr, bool], dict[tuple[Expr, Expr], None]] = {}
    for d in answer.results.values():
        for function, variable, derivative, of_field in d.claims:
            groups.setdefault((function, of_field), {})[variable, derivative] = None
    found: list[Verification] = []
    for (function, of_field), claims in groups.items():
        jointly = None
        if function.is_scalar and not of_field and len(claims) > 1:
            from matcalc.numeric.jointly import verify_gradients

            jointly = verify_gradients(function, tuple(claims), **how)
        if jointly is not None:
            found.append(jointly)
            continue
        found += [verify_derivative(function, *c, of_field=of_field, **how) for c in claims]
    return found


def _with_steps(answer: Any, total: Verification, seed: int) -> Verification:
    """Every line: what was replaced in it, before and after."""
    claims = _claims(answer)
    sides: dict[tuple[Symbol, ...], list[Expr]] = {}
    for c in claims:
        sides.setdefault(c.moving, []).extend((c.before, c.after))
    grounds = {
        moving: ground(answer.problem.function, both, moving, seed)
        for moving, both in sides.items()
    }
    for c in claims:
        here = grounds[c.moving]
        error = here.error(c.before, c.after) if here is not None else None
        if error is None:
            found = verify_equal(c.before, c.after, c.moving, seed=seed, trials=1, directions=1)
            if not found.ok:
                message = f"step {c.number} ({c.step}) does not hold: {found.message}"
                return replace(found, message=message)
            error = found.error
        total = replace(total, error=max(total.error, error))
    return total


class Claim(NamedTuple):
    """What a line claims, in variables alone: its sides, and which variables move."""

    number: int
    step: Step
    before: Expr
    after: Expr
    moving: tuple[Symbol, ...]


def _claims(answer: Any) -> list[Claim]:
    full = names_in_full(answer.steps)
    return [
        Claim(
            i,
            step,
            substitute(step.check.before, {}, memo=full),
            substitute(step.check.after, {}, memo=full),
            tuple(step.check.moving or answer.problem.variables),
        )
        for i, step in enumerate(answer.steps, 1)
        if step.check is not None
    ]


def names_in_full(steps: tuple[Step, ...]) -> dict[Expr, Expr]:
    """Each name that the steps use, in variables alone; and so the parts of its value."""
    values: dict[Expr, Expr] = {n.symbol: n.value for step in steps for n in step.names}
    full: dict[Expr, Expr] = {}
    waiting = list(values)
    while waiting:
        name = waiting[-1]
        below = [s for s in symbols(values[name]) if s in values and s not in full]
        waiting += below
        if not below:
            full[name] = substitute(values[name], {}, memo=full)
            waiting.pop()
    return full


def _combined(found: list[Verification]) -> Verification:
    """Several verifications as one."""
    first = next((f for f in found if not f.ok), found[0])
    if not first.ok:
        return first
    methods = dict.fromkeys(m for f in found for m in f.method.split(" and ") if m != "values")
    conditions = dict.fromkeys(c for f in found for c in f.conditions)
    return replace(
        first,
        error=max(f.error for f in found),
        method=" and ".join(methods) or "values",
        conditions=tuple(conditions),
    )
