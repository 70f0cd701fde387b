"""The derivations of answers as lines: what was asked, line by line, up to the closed form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from matcalc.calculus import identities
from matcalc.calculus.conjugates import Independent, is_complex, variable_of
from matcalc.calculus.cut import Plan, fresh_name, plan
from matcalc.calculus.jacobian_steps import jacobian_lines
from matcalc.calculus.slope_steps import slope_lines
from matcalc.calculus.steps import derive_lines
from matcalc.calculus.structured import CURVED, has_structure
from matcalc.covariant import FLAT, Covariant
from matcalc.derivation.rule import Rule
from matcalc.derivation.step import Check, Name, Step
from matcalc.expr import build
from matcalc.expr.cost import cost
from matcalc.expr.nodes import Apply, Expr, Symbol, postorder, symbols
from matcalc.expr.rewrite import substitute
from matcalc.functions.abstract import AbstractDerivative
from matcalc.functions.stacked import vec
from matcalc.simplify.normal_form import Simplifier
from matcalc.simplify.polish import polish
from matcalc.simplify.symmetric import shows_symmetry

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


def higher_order(
    problem: Problem, by: Sequence[Expr], stages: Sequence[Expr], result: Expr
) -> list[Step]:
    """The lines of the derivative by by[0], then those of its own derivative by by[1], and so on.

    `stages` are the function and its derivatives up to the order before `result`.
    """
    label, first = problem.label, variable_of(by[0])
    found = [*stages[1:], result]
    lines, names, shown, _ = _lines(
        _cut(problem, (first,)), (first,), problem, label, {by[0]: found[0]}
    )
    taken = problem.taken | {label}
    for k in range(1, len(by)):
        root, v = shown[by[k - 1]], variable_of(by[k])
        below = _needed(names, root)
        taken |= {n.name for n in names}
        inner = fresh_name(("g", "h") if found[k - 1].shape[1] == 1 else ("G", "H"), taken)
        taken.add(inner)
        again = (
            Plan(root, below)
            if any(v in symbols(value) for value in below.values())
            else plan(root, (v,), below, taken)
        )
        more, names, shown, told_as = _lines(
            again, (v,), problem, inner, {by[k]: found[k]}, answers=False
        )
        told = {s.subject for s in lines}
        lines += [s for s in more if s.subject not in told]
        if k == 1 and _has_second_differential(problem, by[0], by[1]):
            rewritten = _gains_symmetry(_spelt_out(told_as[by[k]], list(names), names), found[1])
            lines.append(_second_differential(label, first, found[0], found[1], rewritten))
        lines.append(_answer_of_order(problem, by[: k + 1], found[k]))
    return lines


def on_manifold(problem: Problem, stages: Sequence[Expr], flat: Covariant) -> list[Step]:
    """The lines of a Hessian on a manifold: those of the Euclidean G and dG, and what becomes of
    them there. `stages` are the function, its gradient on the manifold and the Hessian."""
    v = flat.x
    euclidean = replace(problem, convention=FLAT)
    lines = higher_order(euclidean, (v, v), (stages[0], flat.gradient), flat.flat)
    closing = iter(stages[1:])
    told: list[Step] = []
    for step in lines:
        if step.kind == "answer":
            rule = (identities.ON_MANIFOLD,)
            step = replace(step, expression=next(closing), identities=rule, check=None)
        if step.kind != "second":
            told.append(step)
    return told


def _has_second_differential(problem: Problem, first: Expr, second: Expr) -> bool:
    """Whether d²φ is dx' H dx: of a scalar, twice by one real array."""
    v = variable_of(first)
    entries = problem.convention == "entries" and has_structure(v, "entries")
    told_apart = is_complex(problem.function, v) or v.is_scalar or entries
    return first is second and problem.function.is_scalar and not told_apart


def _answer_of_order(problem: Problem, by: Sequence[Expr], answer: Expr) -> Step:
    order = len(by)
    wrt = str(by[0]) if len(set(by)) == 1 else ", ".join(map(str, by))
    request = "hess" if problem.function.is_scalar and order == 2 else f"d^{order}"
    stacked = tuple(v.shape[1] != 1 for v in (problem.function, *by))
    whole = by[-1].is_scalar
    return Step("answer", problem.label, answer, (), (), None, wrt, request, stacked, order, whole)


def _gains_symmetry(told: Expr, hessian: Expr) -> bool:
    """Whether one sees of the Hessian, and not of the matrix in the lines, that it is symmetric."""
    return shows_symmetry(hessian) and not shows_symmetry(told)


def _second_differential(
    label: str, v: Symbol, gradient: Expr, hessian: Expr, rewritten: bool
) -> Step:
    """d²φ = dx' H dx, from which the Hessian is read; `rewritten` so that its symmetry shows."""
    d = build.differential(v)
    quadratic = build.multiply(build.transpose(vec(d)), hessian, vec(d))
    check = Check(build.frobenius(build.differential(gradient), d), quadratic, (v,))
    why = (identities.SYMMETRY,) if rewritten else ()
    return Step("second", label, quadratic, (*why, identities.IDENTIFY_HESSIAN), (), check)


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
) -> tuple[list[Step], Names, dict[Expr, Expr], Mapping[Expr, Expr]]:
    """The lines of one order; the names that they use, and the answers as they close with them.

    Last, what stands before the differentials in the lines themselves.
    """
    scalar, convention = cut.root.is_scalar, problem.convention
    lines, coefficients = _told(cut, variables, problem, label)
    names = {n.symbol: n.value for step in lines for n in step.names}
    names = {**cut.names, **names}
    shown: dict[Expr, Expr] = {}
    costs: dict[Expr, int] = {}
    for by, answer in results.items():
        v = variable_of(by)
        if v not in variables:
            continue
        found = coefficients[by]
        plain = (scalar and has_structure(v, convention)) or found.shape != answer.shape
        shown[by] = answer if plain else in_names(found, names, answer, costs)
        if answers:
            lines.append(_answer_step(cut, label, by, found, shown[by], answer, convention))
    return [_along(step, variables) for step in lines], names, shown, coefficients


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
        lines, found = slope_lines(cut, variables, label)
    else:
        lines, found = jacobian_lines(cut, variables, label, problem.convention)
    return list(lines), found


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
    stacked = cut.root.shape[1] != 1, v.shape[1] != 1
    shown_check = None if entries else check
    return Step(
        "answer", label, shown, (rule,), (), shown_check, str(by), request, stacked, 1, v.is_scalar
    )


def _applied(derivative: Expr, d: Expr) -> Expr:
    """What the derivative of an array makes of d(X)."""
    if d.is_scalar:
        return build.multiply(derivative, d)
    return build.multiply(derivative, vec(d))


def in_names(coefficient: Expr, names: Names, answer: Expr, costs: dict[Expr, int]) -> Expr:
    """The answer as the derivation closes with it: names that it uses once are spelt out.

    Those used more often stay, and so do gradients of abstract functions: G*X', not ∂φ/∂D*X'.
    `costs` keeps what `cost` found between calls.
    """
    e, s = polish(coefficient), Simplifier()
    count = occurrences(e)
    waiting: list[Symbol] = []
    for name, value in names.items():
        if isinstance(value, Apply) and isinstance(value.function, AbstractDerivative):
            continue
        if count[name] != 1:
            continue
        waiting.append(name)
        if name.is_scalar:  # det(M)/t of t = det(M)
            e, waiting = polish(s(_spelt_out(e, waiting, names))), []
            count = occurrences(e)
        else:
            del count[name]
            count += occurrences(value)
    e = _spelt_out(e, waiting, names)
    named = any(count[name] for name in names)
    return e if named and cost(e, costs) <= cost(answer, costs) else answer


def _spelt_out(e: Expr, found: list[Symbol], names: Names) -> Expr:
    """e with names spelt out in turn: one that stands in an earlier one's value there, too."""
    values: dict[Expr, Expr] = {}
    for name in reversed(found):
        values[name] = substitute(names[name], dict(values))
    return substitute(e, values) if values else e


def occurrences(e: Expr) -> Counter[Expr]:
    """How often each variable and name is written in an expression."""
    written: Counter[Expr] = Counter({e: 1})
    for x in reversed(list(postorder(e))):
        for c in x.children:
            written[c] += written[x]
    return Counter({x: k for x, k in written.items() if type(x) is Symbol})


@cache
def statement_unicode(rule: Rule) -> str:
    """An identity as on paper: A : B C = Bᵀ A : C."""
    from matcalc.elaborate import Scope, elaborate
    from matcalc.syntax.parser import parse_expression, parse_program

    scope = Scope()
    for declaration in parse_program(rule.where).statements:
        scope.add(declaration, rule.where)
    sides = rule.statement.split(" = ")
    return " = ".join(
        elaborate(parse_expression(side), side, scope).expression.unicode() for side in sides
    )
