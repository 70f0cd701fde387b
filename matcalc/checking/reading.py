"""A person's answer as text: read in the scope of the function, mended where shapes do not fit."""

from __future__ import annotations

from matcalc.answer import Derivation
from matcalc.checking.verdict import (
    SECONDS,
    Check,
    Given,
    check_answer,
    holds,
    plain_gradient,
    require_verified,
)
from matcalc.elaborate import Scope, elaborate
from matcalc.errors import DomainError, MatcalcError, ShapeError, UnknownNameError
from matcalc.expr.nodes import Expr, symbols
from matcalc.expr.sizes import AnySize
from matcalc.syntax import tree
from matcalc.syntax.parser import parse_expression, parse_program
from matcalc.workspace import Workspace


def check_text(
    w: Workspace,
    d: Derivation,
    function: str | Expr,
    answer: str,
    seed: int = 0,
    budget: float = SECONDS,
) -> Check:
    """The verdict on an answer given as text, in the variables of the function that d derived."""
    require_verified(d)
    scope = _scope(w, d, function)
    root, text = _root(answer, scope)
    try:
        given = read(root, text, scope, d.result.shape)
    except (ShapeError, DomainError) as error:
        _require_known(_names_in(root), d, scope)
        is_gradient = d.kind == "gradient"
        found = mended(d, root, text, scope, error, seed, budget) if is_gradient else None
        if found is None:
            raise
        return found
    _require_known([s.name for s in symbols(given.full)], d, scope)
    return check_answer(d, given, seed, budget)


def _scope(w: Workspace, d: Derivation, function: str | Expr) -> Scope:
    """The scope of the function, its own definitions included."""
    scope = w.scope.copy()
    if isinstance(function, str):
        for statement in parse_program(function).statements[:-1]:
            scope.add(statement, function)
    for line in d.problem.inferred:
        for statement in parse_program(line).statements:
            scope.add(statement, line)
    return scope


def _root(answer: str, scope: Scope) -> tuple[tree.Expression, str]:
    """The expression at the end of the text; definitions before it are added to the scope."""
    statements = parse_program(answer).statements
    if len(statements) > 1 and isinstance(statements[-1], tree.Show):
        for s in statements[:-1]:
            scope.add(s, answer)
        return statements[-1].expression, answer
    return parse_expression(answer), answer


def read(root: tree.Expression, text: str, scope: Scope, wanted: tuple[AnySize, ...] = ()) -> Given:
    """The expression that a tree means, in full and in the person's own names.

    What it says by itself, such as I, has the shape `wanted`.
    """
    e = elaborate(root, text, scope, wanted=wanted)
    return Given(e.expression, e.outline, e.names)


def _names_in(root: tree.Expression) -> list[str]:
    """The names of variables in a tree: not of what is called."""
    called = {n.function for n in tree.postorder(root) if isinstance(n, tree.Call)}
    names = [n for n in tree.postorder(root) if isinstance(n, tree.Name) and n not in called]
    return [n.name for n in names if n.name not in ("I", "pi", "π")]


def _require_known(names: list[str], d: Derivation, scope: Scope) -> None:
    """UnknownNameError for a variable that neither the function nor a declaration has."""
    known = {*scope.names(), *d.problem.taken}
    for name in names:
        if name not in known:
            of = ", ".join(s.name for s in symbols(d.problem.function))
            raise UnknownNameError(
                f"{name} does not occur in the function", hint=f"its variables: {of}"
            )


def mended(
    d: Derivation,
    root: tree.Expression,
    text: str,
    scope: Scope,
    error: MatcalcError,
    seed: int,
    budget: float,
) -> Check | None:
    """The verdict on an answer that is no expression, if a small edit makes it the gradient."""
    from matcalc.checking.misfits import mend
    from matcalc.checking.oracle import Oracle

    oracle = Oracle(plain_gradient(d), (d.problem.function, d.variable), seed=seed)
    convention = d.problem.convention

    def confirm(e: Expr) -> bool:
        return holds(d, e, convention, seed)

    repair = mend(root, text, scope, oracle, confirm, budget)
    if repair is None:
        return None
    message = f"wrong: the shapes do not fit ({error.message}): {repair.sentence}"
    if repair.answer is not d.result:
        message += f"; the gradient is {d.result}"
    return Check(False, "wrong", repair.text, message, d.result, None, repair.answer, repair.kind)
