"""The derivations of answers as lines: what was asked, line by line, up to the closed form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from matcalc.calculus import identities
from matcalc.calculus.conjugates import Independent, is_complex, variable_of
from matcalc.calculus.cut import Plan, fresh_name, plan
from matcalc.calculus.jacobian_steps import jacobian_lines
from matcalc.calculus.steps import Lines, derive_lines
from matcalc.calculus.structured import CURVED, has_structure
from matcalc.calculus.zones import expanded_differential
from matcalc.derivation.step import Check, Name, Step
from matcalc.expr import build
from matcalc.expr.cost import cost
from matcalc.expr.nodes import Apply, Expr, Symbol, fold, symbols
from matcalc.expr.rewrite import substitute
from matcalc.functions.record import AbstractDerivative
from matcalc.functions.stacked import vec
from matcalc.simplify.normal_form import Simplifier
from matcalc.simplify.polish import polish
from matcalc.stages import slope

if TYPE_CHECKING:
    from matcalc.problem import Problem

Names = Mapping[Symbol, Expr]


def first_order(problem: Problem, results: Mapping[Expr, Expr]) -> list[Step]:
    """The lines of gradients or Jacobians by several variables, or their conjugates."""
    lines: list[Step] = []
    for group in _groups(problem.function, problem.variables):
        cut = _cut(problem, group)
        lines += _lines(cut, group, problem, problem.label, results)[0]
    return lines


def second_order(
    problem: Problem, first: Expr, derivative: Expr, second: Expr, result: Expr
) -> list[Step]:
    """The lines of the derivative by `first`, then those of its own derivative by `second`."""
    label = problem.label
    one, two = variable_of(first), variable_of(second)
    lines, names, shown = _lines(_cut(problem, (one,)), (one,), problem, label, {first: derivative})
    root = shown[first]
    below = _needed(names, root)
    taken = problem.taken | {label, *(n.name for n in names)}
    inner = fresh_name(("g", "h") if derivative.shape[1] == 1 else ("G", "H"), taken)
    again = (
        Plan(root, below)
        if any(two in symbols(v) for v in below.values())
        else plan(root, (two,), below, taken | {inner})
    )
    more, _, _ = _lines(again, (two,), problem, inner, {second: result}, answers=False)
    told = {s.subject for s in lines}
    lines += [s for s in more if s.subject not in told]
    entries = problem.convention == "entries" and has_structure(one, "entries")
    told_apart = is_complex(problem.function, one) or one.is_scalar or entries
    if first is second and problem.function.is_scalar and not told_apart:
        lines.append(_second_differential(label, one, derivative, result))
    by = str(first) if first is second else f"{first}, {second}"
    request = "hess" if problem.function.is_scalar else "d^2"
    flat = all(v.shape[1] == 1 for v in (first, second, problem.function))
    return [*lines, Step("answer", label, result, (), (), None, by, request, flat)]


def _second_differential(label: str, v: Symbol, gradient: Expr, hessian: Expr) -> Step:
    """d²φ = dx' H dx, from which the Hessian is read."""
    d = build.differential(v)
    quadratic = build.multiply(build.transpose(vec(d)), hessian, vec(d))
    check = Check(build.frobenius(build.differential(gradient), d), quadratic, (v,))
    return Step("second", label, quadratic, (identities.IDENTIFY_HESSIAN,), (), check)


def _groups(f: Expr, variables: tuple[Symbol, ...]) -> list[tuple[Symbol, ...]]:
    """The variables that are told of together: of an array, scalars apart from arrays."""
    if f.is_scalar:
        return [variables]
    arrays = tuple(v for v in variables if not v.is_scalar)
    scalars = tuple(v for v in variables if v.is_scalar)
    return [g for g in (arrays, scalars) if g]


def _cut(problem: Problem, variables: tuple[Symbol, ...]) -> Plan:
    p = problem
    return plan(p.outline or p.function, variables, p.names, p.taken | {p.label})


def _needed(names: Names, root: Expr) -> dict[Symbol, Expr]:
    """The names that an expression uses, directly or by way of others, in their order."""
    used = set(symbols(root))
    for n in reversed(list(names)):  # each is made of names before it
        if n in used:
            used.update(symbols(names[n]))
    return {n: v for n, v in names.items() if n in used}


def _lines(
    cut: Plan,
    variables: tuple[Symbol, ...],
    problem: Problem,
    label: str,
    results: Mapping[Expr, Expr],
    answers: bool = True,
) -> tuple[list[Step], Names, dict[Expr, Expr]]:
    """The lines of one order; the names that they use, and the answers as they close with them."""
    scalar, convention = cut.root.is_scalar, problem.convention
    lines, coefficients = _told(cut, variables, problem, label)
    names = {n.symbol: n.value for step in lines for n in step.names}
    names = {**cut.names, **names}
    shown: dict[Expr, Expr] = {}
    for by, answer in results.items():
        v = variable_of(by)
        if v not in variables:
            continue
        found = coefficients[by]
        plain = (scalar and has_structure(v, convention)) or found.shape != answer.shape
        shown[by] = answer if plain else in_names(found, names, answer)
        if answers:
            lines.append(_answer_step(cut, label, by, found, shown[by], answer, convention))
    return [_along(step, variables) for step in lines], names, shown


def _along(step: Step, variables: tuple[Symbol, ...]) -> Step:
    """The line as a statement for directions of these variables, the others held fast."""
    if step.check is None:
        return step
    return replace(step, check=replace(step.check, moving=variables))


def _told(
    cut: Plan, variables: tuple[Symbol, ...], problem: Problem, label: str
) -> tuple[list[Step], dict[Expr, Expr]]:
    """The lines up to d of the variables, and what stands before each d there.

    Of complex variables conj(Z) is one more variable, and conj(R) one more name for a name R.
    """
    if not is_complex(cut.root, *cut.names.values(), *variables):
        return _told_of(cut, variables, problem, label)  # type: ignore[return-value]
    pairs = Independent(cut.root, (*variables, *cut.moving(variables)))
    names: dict[Symbol, Expr] = {}
    for n, value in cut.names.items():
        names[n] = pairs.written(value)
        if n in pairs.twins:
            names[pairs.twins[n]] = pairs.written(build.conjugate(value))
    twins = [pairs.twins[v] for v in variables if v in pairs.twins]
    formal = Plan(pairs.function, names)
    lines, found = _told_of(formal, (*variables, *twins), problem, label)
    aside = {t.name for n, t in pairs.twins.items() if n in cut.names}
    told = [_restored(step, pairs) for step in lines if step.subject not in aside]
    return told, {pairs.restored(v): pairs.restored(c) for v, c in found.items()}


def _restored(step: Step, pairs: Independent) -> Step:
    """A line in conj(Z), as it is read."""
    r = pairs.restored
    names = tuple(Name(n.symbol, r(n.value)) for n in step.names)
    found = step.check
    check = found and replace(found, before=r(found.before), after=r(found.after))
    return replace(step, expression=r(step.expression), names=names, check=check)


def _told_of(
    cut: Plan, variables: tuple[Symbol, ...], problem: Problem, label: str
) -> tuple[list[Step], dict[Symbol, Expr]]:
    if cut.root.is_scalar:
        lines, found = derive_lines(cut, variables, label, problem.taken | {label})
    elif variables[0].is_scalar:
        lines, found = _slope_lines(cut, variables, label)
    else:
        lines, found = jacobian_lines(cut, variables, label, problem.convention)
    return list(lines), found


def _slope_lines(
    cut: Plan, variables: tuple[Symbol, ...], label: str
) -> tuple[list[Step], dict[Symbol, Expr]]:
    """By scalars the derivative of an array is its differential for dt = 1, in full."""
    full = _in_full(cut)
    lines = Lines(label)
    lines.definition(label, cut.root)
    lines.named(cut)
    d = expanded_differential(full, variables)
    lines.line(d, (identities.SUBSTITUTE,), Check(build.differential(full), d))
    s = Simplifier()
    return lines.steps, {v: s(slope(full, v)) for v in variables}


def _in_full(cut: Plan) -> Expr:
    """The root of a cut in variables alone."""
    values: dict[Expr, Expr] = {}
    for n, value in cut.names.items():
        values[n] = substitute(value, dict(values))
    return substitute(cut.root, values)


def _answer_step(
    cut: Plan,
    label: str,
    by: Expr,
    coefficient: Expr,
    shown: Expr,
    answer: Expr,
    convention: str,
) -> Step:
    """The closing line. With `entries` it is no equation of products, so unchecked."""
    v, d = variable_of(by), build.differential(by)
    if cut.root.is_scalar and "hermitian" in v.facts:
        total = build.frobenius(build.transpose(answer), d)
        check = Check(build.frobenius(coefficient, d), total)
        rule, request = identities.IDENTIFY_HERMITIAN, "grad"
    elif cut.root.is_scalar:
        check = Check(build.frobenius(coefficient, d), build.frobenius(answer, d))
        rule, request = identities.IDENTIFY, "grad"
    else:
        check = Check(_applied(coefficient, d), _applied(answer, d))
        rule, request = identities.IDENTIFY_JACOBIAN, "jac"
    entries = convention in ("entries", *CURVED) and has_structure(v, convention)
    flat = v.shape[1] == 1 and cut.root.shape[1] == 1
    shown_check = None if entries else check
    return Step("answer", label, shown, (rule,), (), shown_check, str(by), request, flat)


def _applied(derivative: Expr, d: Expr) -> Expr:
    """What the derivative of an array makes of d(X)."""
    if d.is_scalar:
        return build.multiply(derivative, d)
    return build.multiply(derivative, vec(d))


def in_names(coefficient: Expr, names: Names, answer: Expr) -> Expr:
    """The answer as the derivation closes with it: names that it uses once are spelt out.

    Those used more often stay, and so do gradients of abstract functions: G*X', not ∂φ/∂D*X'.
    """
    e, s = polish(coefficient), Simplifier()
    for name, value in names.items():  # outer quantities first
        if isinstance(value, Apply) and isinstance(value.function, AbstractDerivative):
            continue
        if occurrences(name, e) == 1:
            spelt_out = substitute(e, {name: value})
            e = polish(s(spelt_out)) if name.is_scalar else spelt_out  # det(M)/t of t = det(M)
    named = any(occurrences(name, e) for name in names)
    return e if named and cost(e) <= cost(answer) else answer


def occurrences(name: Symbol, e: Expr) -> int:
    """How often a name is written in an expression."""
    return fold(e, lambda x, below: 1 if x is name else sum(below))
