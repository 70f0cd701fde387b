"""Workspaces: declarations and definitions kept between calls, and requests answered in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from unicodedata import normalize

from matcalc.answer import Derivation, Derivations
from matcalc.arguments import (
    Variable,
    declarations_of,
    expression_or_text,
    text_of,
    variables_of,
    whole_number,
)
from matcalc.calculus.adjoint import cotangents
from matcalc.calculus.conditions import require_somewhere
from matcalc.calculus.conjugates import has_conjugate
from matcalc.calculus.differential import moving_nodes
from matcalc.elaborate import Elaborated, Scope, elaborate, hints
from matcalc.errors import (
    DeclarationError,
    DomainError,
    LimitError,
    MatcalcError,
    ParseError,
    UnknownNameError,
)
from matcalc.expr import build
from matcalc.expr.meanings import require_one_meaning
from matcalc.expr.nodes import Apply, Expr, SizeNumber, Symbol, fold, hooks, postorder, symbols
from matcalc.expr.refusals import brief
from matcalc.expr.sizes import names_of, shape_text
from matcalc.functions import lookup
from matcalc.functions.abstract import AbstractFunction
from matcalc.orders import derivatives_in_turn
from matcalc.problem import LAYOUTS, Problem
from matcalc.simplify.closing import closed, regular_grams
from matcalc.simplify.normal_form import Simplifier
from matcalc.simplify.polish import polish
from matcalc.stages import Stage
from matcalc.syntax import tree
from matcalc.syntax.parser import parse_program

MAX_ORDER = 6
WIRTINGER = ("Z*", "Z", "mixed")


class Workspace:
    """Declarations and definitions, kept between calls.

    w = Workspace("A in R[m,n]; x in R[n]")
    w.derive("norm2(A*x)^2", wrt="x").result
    """

    def __init__(self, where: str | None = ""):
        self.scope = Scope()
        self.declare(declarations_of(where))

    def declare(self, where: str) -> None:
        """Take in declarations and definitions."""
        where = text_of(where, "where")
        self.scope.add_all(parse_program(where).statements, where)

    def run(self, text: str, verify: bool = True) -> list[Any]:
        """Run statements; returns what the requests and shown expressions give, in order.

        A request gives an answer (see `derive`), `diff` and a shown expression an Expr.
        """
        text = text_of(text, "a program")
        return [
            r
            for r in (self.execute(s, text, verify) for s in parse_program(text).statements)
            if r is not None
        ]

    def execute(self, statement: tree.Statement, text: str, verify: bool = True) -> Any:
        """One statement: an answer, an `Elaborated`'s expression, or None."""
        if isinstance(statement, tree.Show):
            return self.elaborate(statement.expression, text).expression
        if isinstance(statement, tree.Request):
            return self.request(statement, text, verify)
        self.scope.add(statement, text)
        return None

    def parse(self, text: str) -> Expr:
        """The expression of a text; definitions may stand before it."""
        text = text_of(text, "an expression")
        return self._read(text)[0].expression

    def elaborate(self, root: tree.Expression, text: str) -> Elaborated:
        return elaborate(root, text, self.scope)

    def request(self, request: tree.Request, text: str, verify: bool = True) -> Any:
        """Answer `grad E wrt X`, `diff E wrt X`, ..."""
        e = self.elaborate(request.expression, text)
        names = [n.name for n in request.wrt]
        shown = text[request.expression.span[0] : request.expression.span[1]]
        try:
            if request.kind == "diff":
                return differential(e.expression, self._variables(e, names))
            order = 2 if request.kind == "hess" else 1
            _check_kind(request.kind, e)
            return self._answer(e, names, shown, verify, order=order)
        except MatcalcError as error:
            raise error.located(text, request.expression.span) from None

    def derive(
        self,
        expression: str | Expr,
        wrt: Variable | Iterable[Variable],
        *,
        order: int = 1,
        convention: str = "projected",
        wirtinger: str = "Z*",
        layout: str = "numerator",
        verify: bool = True,
        seed: int = 0,
    ) -> Derivation | Derivations:
        """The derivative of a function; see `matcalc.derive`."""
        expression = expression_or_text(expression)
        names = variables_of(wrt)
        seed = whole_number(seed, "the seed")
        text: str | Expr
        if isinstance(expression, Expr):
            e, text = Elaborated(expression, expression), expression
        else:
            e, text = self._read(expression)
        order = whole_number(order, "the order", 1)
        mixed = isinstance(wrt, tuple) and order > 1 and len(names) > 1
        if order > MAX_ORDER:
            raise LimitError(f"the order {order} is over {MAX_ORDER} (MAX_ORDER)")
        if layout not in LAYOUTS:
            raise DomainError(f"the layout is {' or '.join(LAYOUTS)}, not {layout!r}")
        if wirtinger not in WIRTINGER:
            raise DomainError(f"wirtinger is {' or '.join(WIRTINGER)}, not {wirtinger!r}")
        if mixed and len(names) != order:
            raise DomainError(f"{len(names)} variables in turn are of order {len(names)}")
        asked = {"convention": convention, "wirtinger": wirtinger, "layout": layout}
        try:
            return self._answer(e, names, text, verify, seed, order=order, mixed=mixed, **asked)
        except MatcalcError as error:
            if isinstance(expression, str):
                raise error.located(expression, _last_span(expression)) from None
            raise

    def differential(self, expression: str | Expr, wrt: Variable | Iterable[Variable]) -> Expr:
        """The differential of an expression; see `matcalc.differential`."""
        given = expression_or_text(expression)
        e = self._read(given)[0] if isinstance(given, str) else Elaborated(given, given)
        return differential(e.expression, self._variables(e, variables_of(wrt)))

    def _read(self, text: str) -> tuple[Elaborated, str]:
        """The expression at the end of a text, in this scope and the definitions before it."""
        statements = parse_program(text).statements
        if not statements or not isinstance(statements[-1], tree.Show):
            if statements and isinstance(statements[-1], tree.Request):
                span = statements[-1].span
                raise ParseError(
                    "an expression is expected, not a request",
                    text=text,
                    span=span,
                    hint="write the function alone: what it is derived by is said beside it",
                )
            span = statements[-1].span if statements else (0, 0)
            raise ParseError("an expression is expected", text=text, span=span)
        scope = self.scope
        if len(statements) > 1:
            scope = scope.copy()
            scope.add_all(statements[:-1], text)
        last = statements[-1]
        start, end = last.expression.span
        return elaborate(last.expression, text, scope), text[start:end]

    def _answer(
        self,
        e: Elaborated,
        names: Iterable[Variable],
        text: str | Expr,
        verify: bool,
        seed: int = 0,
        **asked: Any,
    ) -> Derivation | Derivations:
        variables = self._variables(e, names, bool(asked.get("mixed")))
        f = e.expression
        if "differential" in f.facts:
            raise DomainError("the function already contains a differential")
        problem = Problem(
            function=f,
            variables=variables,
            input=text,
            where="; ".join(declarations(f, variables)),
            outline=e.outline,
            names=e.names,
            subject=e.subject,
            **asked,
            notes=(*e.notes, *(_doubts(e) if all(v.shape != f.shape for v in variables) else ())),
            inferred=tuple(f"{n} in {of}" for n, of in e.inferred.items()),
            reserved=frozenset(
                {
                    *self.scope.sets,
                    *self.scope.functions,
                    *self.scope.definitions,
                    *e.inferred,
                }
            ),
            sizes=frozenset(self.scope.sizes),
        )
        answer = answer_problem(problem)
        if verify:
            _verify(answer, seed)
        return answer

    def _variables(
        self, e: Elaborated, names: Iterable[Variable], in_turn: bool = False
    ) -> tuple[Symbol, ...]:
        """The symbols of the variables asked for, each once unless they are derived by in turn; an
        error that says what is wrong with a name."""
        present = {s.name: s for s in symbols(e.expression)}
        found = [
            n if isinstance(n, Symbol) else self._variable(normalize("NFKC", n), e, present)
            for n in names
        ]
        if not found:
            raise UnknownNameError("no variable to differentiate by")
        require_one_meaning((*postorder(e.expression), *found))
        return tuple(found if in_turn else dict.fromkeys(found))

    def _variable(self, name: str, e: Elaborated, present: dict[str, Symbol]) -> Symbol:
        if name in present:
            return present[name]
        written = self.scope.sets.get(name) or e.inferred.get(name)
        if written is not None:  # it cancelled, as x does in 0*x
            return build.symbol(name, written)
        if name in {s.name for s in e.names} or name == e.subject:
            raise DeclarationError(
                f"{name} is defined by an expression; differentiate by a variable",
                hint=f"variables: {', '.join(present)}" if present else None,
            )
        if name in self.scope.functions:
            raise DeclarationError(f"{name} is a function; differentiate by a variable")
        known = f"its variables: {', '.join(present) or 'none'}"
        joined = (hints.joined_names(n, [name]) for n in e.inferred)
        raise UnknownNameError(
            f"{name or 'the empty name'} does not occur in the expression",
            hint="\n".join([known, *filter(None, joined)]),
        )


def _check_kind(kind: str, e: Elaborated) -> None:
    """DomainError where the word does not fit the function."""
    f = e.expression
    if f.is_scalar or kind not in ("grad", "hess"):
        return
    word, way = {
        "grad": ("gradient", "its derivative is a Jacobian: ask for jac"),
        "hess": ("Hessian", "second derivatives of arrays: mc.derive(..., order=2)"),
    }[kind]
    raise DomainError(
        f"the {word} is of a scalar function, and {brief(f)} is {shape_text(f.shape)}",
        hint="\n".join([*_doubts(e), way]),
    )


def _doubts(e: Elaborated) -> list[str]:
    """Of an array: variables that are vectors by convention, and may have been meant as numbers."""
    if e.expression.is_scalar:
        return []
    meant = hints.unwanted_vectors(e.inferred, e.expression.shape)
    return [hints.vector_words(meant)] if 0 < len(meant) < 4 else []


def answer_problem(problem: Problem) -> Derivation | Derivations:
    """The derivatives by all variables, the first order in one sweep, not yet verified."""
    require_somewhere(problem.function, moving_nodes(problem.function, problem.variables))
    first = Stage(problem.function, problem.convention)
    chains = _chains(problem)
    swept = first.derivatives(dict.fromkeys(c[0] for c in chains))
    found: list[list[Expr]] = []
    regular = regular_grams(first.whole)
    for chain in chains:
        f, convention = problem.function, problem.convention
        turns = derivatives_in_turn(f, swept[chain[0]], chain, convention, first.whole)
        stages = [f, *turns]
        found.append([*stages[:-1], closed(stages[-1], first.whole, regular)])
    clear = _clear_sizes([e for stages in found for e in stages[1:]], problem)
    answers = [
        Derivation(problem, chain, clear(stages[-1]), (stages[0], *map(clear, stages[1:-1])))
        for chain, stages in zip(chains, found, strict=True)
    ]
    results = {d.wrt: d for d in answers}
    if len(results) == 1:
        return next(iter(results.values()))
    return Derivations(problem, results)


def _slope(f: Expr, x: Symbol) -> Expr:
    """f'(x) of a function of a number."""
    simplifier = Simplifier()
    return polish(simplifier(cotangents(f, (x,), simplifier).get(x, build.number(0))))


hooks["slope"] = _slope


def _chains(problem: Problem) -> list[tuple[Expr, ...]]:
    """What to derive by, in turn, for each answer: Z, or conj(Z) of a complex variable."""
    barred = any(map(has_conjugate, problem.variables))
    if barred and problem.wirtinger == "mixed" and problem.order != 2:
        raise DomainError(
            "the mixed derivative by conj(Z) and Z is of order 2", hint='give "Z*" or "Z"'
        )
    in_turn = (
        [problem.variables] if problem.mixed else [(v,) * problem.order for v in problem.variables]
    )
    return [tuple(problem.by(v, k) for k, v in enumerate(chain)) for chain in in_turn]


def _clear_sizes(answers: list[Expr], problem: Problem) -> Callable[[Expr], Expr]:
    """Size names used as numbers, spelt out as sum(ones(n)) where n would be read as a variable.

    Those of its variables, and those that the function itself uses as numbers, are read as sizes.
    """
    used = [x.size for x in postorder(problem.function) if isinstance(x, SizeNumber)]
    variables = {*symbols(problem.function), *problem.variables}
    taken = {v.name for v in variables} | problem.reserved
    dims = [d for v in variables for d in v.set.dims]
    known = {n for d in (*dims, *used) for n in names_of(d)} - taken
    clashes: dict[Expr, Expr] = {
        x: build.apply(lookup("sum"), build.ones((x.size, 1)))
        for x in postorder(*answers)
        if isinstance(x, SizeNumber) and not known.issuperset(names_of(x.size))
    }
    if not clashes:
        return lambda e: e

    def step(e: Expr, children: list[Expr]) -> Expr:
        if isinstance(e, Apply) and any(getattr(e.function, "sizes", ())):  # as in unvec(x,m,n)
            kept = zip(e.arguments, children, e.function.sizes, strict=True)
            children = [a if size else c for a, c, size in kept]
        return build.rebuild(e, children)

    return lambda e: fold(e, step, clashes)


def _verify(answer: Derivation | Derivations, seed: int) -> None:
    found = answer.verify(seed=seed)
    for d in {id(x): x for x in (answer, *answer.results.values())}.values():
        d.verification = found


def differential(f: Expr, variables: Iterable[Symbol]) -> Expr:
    """The differential of an expression by variables, linear in their d(X)."""
    from matcalc.calculus.zones import total_differential

    return total_differential(f, tuple(variables))


def declarations(f: Expr, variables: Iterable[Symbol] = ()) -> list[str]:
    """Declarations of all variables and abstract functions that an expression uses."""
    found: dict[str, None] = {}
    for e in postorder(f, *variables):
        if isinstance(e, Symbol):
            found[f"{e.name} in {e.set}"] = None
        elif isinstance(e, Apply):
            base = getattr(e.function, "base", e.function)
            if isinstance(base, AbstractFunction):
                domains = ", ".join(_set_text(d) for d in base.domains)
                found[f"{base.name} : {domains} -> {_set_text(base.codomain)}"] = None
    return list(found)


def _set_text(shape) -> str:
    from matcalc.expr.sets import real_set

    return str(real_set(shape))


def _last_span(text: str):
    return parse_program(text).statements[-1].span
