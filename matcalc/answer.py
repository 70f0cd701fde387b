"""Answers: what `derive` returns. The closed form, its derivation, its verification."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from matcalc.arguments import whole_number
from matcalc.calculus.conditions import conditions_of
from matcalc.calculus.cut import fresh_name, plan
from matcalc.calculus.differential import moving_nodes
from matcalc.calculus.steps import derive_lines
from matcalc.calculus.structured import CURVED, has_structure, sentence
from matcalc.derivation.rule import Rule
from matcalc.derivation.step import Check, Step
from matcalc.errors import MatcalcError, NotSupportedError
from matcalc.expr import build
from matcalc.expr.nodes import Apply, Expr, Symbol, fold, postorder, size_names, symbols
from matcalc.expr.rewrite import substitute
from matcalc.functions.record import AbstractDerivative, AbstractFunction
from matcalc.simplify.polish import polish

if TYPE_CHECKING:
    from matcalc.numeric.trials import Verification

UNCHECKED = "the lines of this long derivation are checked by verify(steps=True)"
LONG = 400  # derivations of more moving nodes have their lines checked only when asked


@dataclass(frozen=True)
class Problem:
    """What was asked: a scalar function of variables, with the user's own names for its parts.

    `outline` is the function with those names standing as variables, `names` their values.
    """

    function: Expr
    variables: tuple[Symbol, ...]
    input: str | Expr  # the text, or the expression that it was given as
    where: str = ""
    outline: Expr | None = None
    names: Mapping[Symbol, Expr] = field(default_factory=dict)
    subject: str | None = None
    convention: str = "projected"
    wirtinger: str = "Z*"
    notes: tuple[str, ...] = ()
    inferred: tuple[str, ...] = ()
    reserved: frozenset[str] = frozenset()  # names of the scope, none of which is a size
    sizes: frozenset[str] = frozenset()  # the scope's size names

    @property
    def taken(self) -> set[str]:
        """Names that the derivation must not introduce."""
        found = {s.name for s in self.names} | {v.name for v in self.variables}
        for e in postorder(self.function):
            if isinstance(e, Symbol):
                found.add(e.name)
            elif isinstance(e, Apply):
                found.add(e.function.name)
        return found

    @property
    def known(self) -> set[str]:
        """Names that may be given a value: also where it does not matter."""
        found = {v.name for v in self.variables} | self.reserved | self.sizes
        for e in postorder(self.function, *self.variables):
            found |= size_names(e)
            if isinstance(e, Symbol):
                found.add(e.name)
            elif isinstance(e, Apply):
                base = getattr(e.function, "base", e.function)
                if isinstance(base, AbstractFunction):
                    found.add(base.name)
        return found

    @property
    def label(self) -> str:
        """The name of the function: the user's, else phi."""
        if self.subject:
            return self.subject
        f = self.function
        if isinstance(f, Apply) and isinstance(f.function, AbstractFunction):
            return f.function.name
        return fresh_name(("phi", "f", "F", "J"), self.taken)


class Answer:
    """What one answer and several have in common: the steps and the verification."""

    problem: Problem
    results: dict[str, Derivation]
    verification: Verification | None = None  # what verification found; None if not asked for

    @property
    def input(self) -> str:
        return str(self.problem.input)

    @property
    def where(self) -> str:
        return self.problem.where

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks for the reader: on the input, on variables on manifolds, on those not there."""
        curved = (
            f"{v.name} in {v.set}: this is the Euclidean gradient, not projected on the manifold"
            for v in self.problem.variables
            if v.set.kind.manifold and self.problem.convention != "riemannian"
        )
        present = set(symbols(self.problem.function))
        absent = [v.name for v in self.problem.variables if v not in present]
        constant = [f"the function does not depend on {', '.join(absent)}"] if absent else []
        return (*self.problem.notes, *curved, *constant)

    @property
    def conditions(self) -> tuple[str, ...]:
        """Under which the answer holds: deduced from declarations, and found by verification."""
        found = self.verification.conditions if self.verification is not None else ()
        return tuple(dict.fromkeys((*self._deduced_conditions, *found)))

    @cached_property
    def _deduced_conditions(self) -> tuple[str, ...]:
        f = self.problem.function
        answers = [d.result for d in self.results.values()]
        return conditions_of((f, *answers), moving_nodes(f, self.problem.variables))

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The derivation, line by line; made on first use."""
        p = self.problem
        label, taken = p.label, p.taken
        cut = plan(p.outline or p.function, p.variables, p.names, taken | {label})
        lines, coefficients = derive_lines(cut, p.variables, label, taken | {label})
        names = {n.symbol: n.value for step in lines for n in step.names}
        for v in p.variables:
            answer = self.results[v.name].result
            plain = not has_structure(v, p.convention)
            shown = in_names(coefficients[v], names, answer) if plain else answer
            lines.append(_answer_step(label, v, coefficients[v], shown, answer, p.convention))
        return tuple(lines)

    def verify(
        self, seed: int = 0, trials: int = 3, directions: int = 3, steps: bool | None = None
    ) -> Verification:
        """Check the answer against slopes of the function, and each step where it acts.

        Sizes and points are drawn at random from the declared sets; slopes come from values of the
        function alone. `steps=False` leaves the lines of the derivation out (the default for very
        long ones).
        """
        from matcalc.numeric.verify import verify_gradient

        p = self.problem
        seed = whole_number(seed, "the seed")
        trials = whole_number(trials, "the number of trials", 1)
        directions = whole_number(directions, "the number of directions", 1)
        found = [
            verify_gradient(
                p.function,
                v,
                self.results[v.name].result,
                convention=p.convention,
                seed=seed,
                trials=trials,
                directions=directions,
            )
            for v in p.variables
        ]
        total = _combined(found)
        if not total.ok or steps is False:
            return total
        if steps or self._is_short:
            return self._with_steps(total, seed)
        return replace(total, message=UNCHECKED)

    @cached_property
    def _is_short(self) -> bool:
        return sum(1 for _ in postorder(self.problem.function)) <= LONG

    def _with_steps(self, total: Verification, seed: int) -> Verification:
        from matcalc.numeric.verify import verify_equal

        full = self._names_in_full()
        for i, step in enumerate(self.steps):
            if step.check is None:
                continue
            before = substitute(step.check.before, dict(full))
            after = substitute(step.check.after, dict(full))
            found = verify_equal(
                before, after, self.problem.variables, seed=seed, trials=1, directions=1
            )
            if not found.ok:
                message = f"step {i + 1} ({step}) does not hold: {found.message}"
                return replace(found, message=message)
            total = replace(total, error=max(total.error, found.error))
        return total

    def _names_in_full(self) -> dict[Expr, Expr]:
        """Each name that the steps use, in variables alone."""
        values = {n.symbol: n.value for step in self.steps for n in step.names}
        full: dict[Expr, Expr] = {}

        def expand(e: Expr) -> Expr:
            inner = {s: v for s, v in values.items() if s in set(postorder(e))}
            for s, v in inner.items():
                if s not in full:
                    full[s] = expand(v)
            return substitute(e, {s: full[s] for s in inner}) if inner else e

        for s, v in values.items():
            if s not in full:
                full[s] = expand(v)
        return full

    def operator(self) -> Expr:
        raise NotSupportedError("the operator face of several answers at once")

    def steps_text(self) -> str:
        """The derivation as text in the language, with the identities as comments."""
        from matcalc.printing.steps import steps_text

        return steps_text(self.steps)

    def steps_unicode(self) -> str:
        """The derivation as on paper, in Unicode."""
        from matcalc.printing.steps import steps_unicode

        return steps_unicode(self.steps, statement_unicode)

    def latex(self) -> str:
        """The derivation in LaTeX: align*, with the identities as side comments."""
        from matcalc.printing.steps import steps_latex

        return steps_latex(self.steps)

    def _repr_latex_(self) -> str:
        return self.latex()


class Derivation(Answer):
    """The gradient of a scalar function by one variable.

    result: the closed form; its str() parses back. kind: "gradient". variable: what it is by.
    conditions: under which it holds. notes: remarks. verification: what checking it found.
    """

    kind = "gradient"

    def __init__(self, problem: Problem, variable: Symbol, result: Expr):
        self.problem = replace(problem, variables=(variable,))
        self.variable = variable
        self.result = result
        self.results = {variable.name: self}

    @property
    def wrt(self) -> str:
        return self.variable.name

    @property
    def convention(self) -> str | None:
        """The convention for a structured variable; None where there is none."""
        convention = self.problem.convention
        return convention if has_structure(self.variable, convention) else None

    @property
    def convention_note(self) -> str | None:
        """One sentence that says what the convention means."""
        if self.convention is None:
            return None
        return sentence(self.variable, self.convention)

    def tensor(self, values: Mapping[str, Any]) -> Any:
        """The value as a NumPy array in tensor layout (a float for a scalar variable).

        values: arrays by name; vectors have one axis; abstract functions are tuples of callables
        (phi, its derivative, ...).
        """
        from matcalc.numeric.layout import evaluate_expression, require_known

        if not isinstance(values, Mapping):
            raise MatcalcError("values is a mapping of names to arrays")
        require_known(values, self.problem.known)
        return evaluate_expression(self.result, dict(values), (self.variable,))

    def operator(self) -> Expr:
        """The differential as a linear function of d(X): G : d(X)."""
        return build.frobenius(self.result, build.differential(self.variable))

    def index(self) -> Any:
        raise NotSupportedError("index notation")

    def vech(self) -> Any:
        raise NotSupportedError("derivatives by free entries (vech)")

    def compile(self, backend: str = "numpy", as_: str = "dense") -> Any:
        raise NotSupportedError("compiled code")

    def __str__(self) -> str:
        return answer_text([self])

    def __repr__(self) -> str:
        return f"<Derivation {self.problem.label} wrt {self.wrt}: {self.result}>"


class Derivations(Answer):
    """Gradients of one function by several variables, from one sweep: `results` by name."""

    kind = "gradient"

    def __init__(self, problem: Problem, results: dict[str, Derivation]):
        self.problem = problem
        self.results = results

    @property
    def wrt(self) -> str:
        return ", ".join(self.results)

    def __getitem__(self, name: str) -> Derivation:
        return self.results[name]

    def __str__(self) -> str:
        return answer_text(list(self.results.values()))

    def __repr__(self) -> str:
        inner = "; ".join(f"{n}: {d.result}" for n, d in self.results.items())
        return f"<Derivations {self.problem.label} wrt {inner}>"


def answer_text(answers: list[Derivation]) -> str:
    """The closed forms as lines of text; an answer that failed verification says so instead."""
    lines = []
    for d in answers:
        v = d.verification
        if v is not None and not v.ok and v.method != "not verified":
            lines.append(f"VERIFICATION FAILED for the gradient wrt {d.wrt}")
        else:
            lines.append(f"grad {d.problem.label} wrt {d.wrt} = {d.result}")
    return "\n".join(lines)


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


def in_names(coefficient: Expr, names: Mapping[Symbol, Expr], answer: Expr) -> Expr:
    """The answer as the derivation closes with it: names that it uses once are spelt out.

    Those used more often stay, and so do gradients of abstract functions: G*X', not ∂φ/∂D*X'.
    """
    e = polish(coefficient)
    for name, value in names.items():  # outer quantities first
        if isinstance(value, Apply) and isinstance(value.function, AbstractDerivative):
            continue
        if occurrences(name, e) == 1:
            e = substitute(e, {name: value})
    return e if any(occurrences(name, e) for name in names) else answer


def occurrences(name: Symbol, e: Expr) -> int:
    """How often a name is written in an expression."""
    return fold(e, lambda x, below: 1 if x is name else sum(below))


def _answer_step(
    label: str, v: Symbol, coefficient: Expr, shown: Expr, answer: Expr, convention: str
) -> Step:
    """The closing line. With `entries` it is no equation of Frobenius products, so unchecked."""
    from matcalc.calculus import identities

    d = build.differential(v)
    check = Check(build.frobenius(coefficient, d), build.frobenius(answer, d))
    entries = convention in ("entries", *CURVED) and has_structure(v, convention)
    return Step(
        "answer", label, shown, (identities.IDENTIFY,), (), None if entries else check, v.name
    )


def _combined(found: list[Verification]) -> Verification:
    """Several verifications as one."""
    first = next((f for f in found if not f.ok), found[0])
    if not first.ok:
        return first
    methods = dict.fromkeys(f.method for f in found)
    conditions = dict.fromkeys(c for f in found for c in f.conditions)
    return replace(
        first,
        error=max(f.error for f in found),
        method=" and ".join(methods),
        conditions=tuple(conditions),
    )
