"""The derivation of a gradient, line by line, as a teacher writes it.

The function is cut at the quantities that a person would name (the user's definitions, else the
arguments of nonlinear functions). For each, from the outside in: its differential is substituted,
the Frobenius identities move everything to the other side, terms are collected.

    d(phi) = 2*R : d(R)
           = 2*R : A*d(X)
           = 2*A'*R : d(X)
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from matcalc.calculus import identities
from matcalc.calculus.adjoint import is_zero, moves, peel
from matcalc.calculus.cut import Plan, fresh_name
from matcalc.calculus.zones import LineSimplifier, Zones
from matcalc.derivation.rule import Rule
from matcalc.derivation.step import Check, Name, Step
from matcalc.expr import build
from matcalc.expr.cost import cost
from matcalc.expr.nodes import (
    Apply,
    Differential,
    Expr,
    Hadamard,
    Product,
    Sum,
    Symbol,
    Transpose,
)
from matcalc.expr.rewrite import substitute
from matcalc.functions.abstract import AbstractFunction
from matcalc.simplify.normal_form import Simplifier
from matcalc.simplify.terms import key_of, parts_of

Term = tuple[Expr, Expr]  # C : linear
LONG = 40  # a coefficient of this cost gets a name, so that lines do not grow with their number


class Lines:
    """Gathers steps; a line that says what the last one said adds its identities to it."""

    def __init__(self, subject: str):
        self.subject = subject
        self.steps: list[Step] = []
        self.open = False

    def definition(self, subject: str, expression: Expr, names: tuple[Name, ...] = ()) -> None:
        self.steps.append(Step("definition", subject, expression, (), names))

    def named(self, cut: Plan) -> None:
        """What the names stand for, the outer ones first."""
        for n, value in reversed(list(cut.names.items())):
            self.definition(n.name, value, (Name(n, value),))

    def differentials(self, zones: Zones) -> None:
        """The differentials of the names that move, the inner ones first."""
        for n, value in zones.names.items():
            d, rules = zones.differential(n)
            why = rules or (identities.CONSTANT_FACTOR,)
            self.differential_of(n.name, d, why, Check(build.differential(value), d))

    def differential_of(self, subject: str, expression: Expr, rules, check: Check) -> None:
        self.steps.append(Step("differential", subject, expression, tuple(rules), (), check))

    def line(
        self, expression: Expr, rules: Iterable[Rule], check: Check, names=(), left=""
    ) -> None:
        """A line of the chain; `left` begins another chain, as "vec" does."""
        if left:
            self.open = False
        kind = "line" if self.open else left or "differential"
        rules = identities.combined(rules)
        if self.open and (
            self.steps[-1].expression is expression
            or (not rules and _same_factors(self.steps[-1].expression, expression))
        ):
            last = self.steps[-1]
            merged = identities.combined((*last.identities, *rules))
            self.steps[-1] = Step(
                last.kind, last.subject, expression, merged, last.names, last.check
            )
            return
        self.steps.append(Step(kind, self.subject, expression, rules, tuple(names), check))
        self.open = True


def _same_factors(a: Expr, b: Expr) -> bool:
    """Whether two lines differ only in the order of scalar factors."""
    (c, s, x), (d, t, y) = parts_of(a), parts_of(b)
    return c == d and key_of(s, x) == key_of(t, y)


def derive_lines(
    cut: Plan,
    variables: Collection[Symbol],
    subject: str,
    taken: Collection[str],
) -> tuple[list[Step], dict[Symbol, Expr]]:
    """The lines up to `... : dX`, and the coefficient of each variable, in names."""
    lines = Lines(subject)
    s = LineSimplifier()
    stops = [*variables, *cut.names]
    zones = Zones(cut, variables, s)
    root_moving = zones.moving(cut.root)
    abstract = isinstance(cut.root, Apply) and isinstance(cut.root.function, AbstractFunction)
    detailed = abstract or len(variables) > 1

    if not abstract:
        lines.definition(subject, cut.root)
    lines.named(cut)
    if detailed:
        lines.differentials(zones)
    if cut.root not in root_moving:
        zero = build.number(0)
        check = Check(build.differential(cut.root), zero)
        lines.differential_of(subject, zero, (identities.CONSTANT,), check)
        return lines.steps, {v: build.zeros(v.shape) for v in variables}

    gathered: dict[Expr, list[Expr]] = {u: [] for u in stops}
    d, rules = zones.root()
    introduced: tuple[Name, ...] = ()
    if abstract:
        d, introduced = _name_gradients(d, {*taken, *(n.name for n in cut.names)})
    lines.line(
        d,
        rules or (identities.CONSTANT_FACTOR,),
        Check(build.differential(cut.root), d),
        introduced,
    )
    _spread(build.number(1), d, gathered, {}, lines, s, detailed, root=True)
    coefficients: dict[Symbol, Expr] = {}
    known = {*(n.name for n in (*cut.names, *variables)), *(n.name for n in introduced)}
    short = Shortened({*taken, *known})
    for n in reversed(list(zones.names)):
        terms = gathered.pop(n)
        c = s(build.add(*terms)) if terms else build.zeros(n.shape)
        if is_zero(c):
            continue
        c = short(c)
        gathered = {u: [short(s(build.add(*t)))] if t else t for u, t in gathered.items()}
        others = {u: t for u, t in gathered.items() if t}
        d, rules = zones.differential(n)
        why = (identities.SUBSTITUTE, *rules)
        _spread(c, d, gathered, others, lines, s, detailed, why, names=short.fresh())
    for v in variables:
        terms = gathered[v]
        coefficients[v] = s(build.add(*terms)) if terms else build.zeros(v.shape)
    return lines.steps, coefficients


class Shortened:
    """Names for coefficients that have become long."""

    def __init__(self, taken: set[str]):
        self.taken = taken
        self.made: list[Name] = []

    def __call__(self, c: Expr) -> Expr:
        """The coefficient, or a name for it."""
        if cost(c) <= LONG:
            return c
        name = fresh_name(("g",) if c.shape[1] == 1 else ("G",), self.taken)
        self.taken.add(name)
        self.made.append(Name(build.stand_in(name, c), c))
        return self.made[-1].symbol

    def fresh(self) -> tuple[Name, ...]:
        """The names made since the last time."""
        made, self.made = tuple(self.made), []
        return made


def _spread(
    c: Expr,
    d: Expr,
    gathered: dict[Expr, list[Expr]],
    others: Mapping[Expr, list[Expr]],
    lines: Lines,
    s: LineSimplifier,
    detailed: bool,
    rules: tuple[Rule, ...] = (),
    root: bool = False,
    names: tuple[Name, ...] = (),
) -> None:
    """The lines that take c : d to terms C : d(u), which are added to `gathered`.

    `names` are those that stand in them for the first time.
    """
    rest = [build.frobenius(s(build.add(*t)), build.differential(u)) for u, t in others.items()]
    if not moves(d):
        return
    before = build.frobenius(c, d)

    def line(terms: list[Expr], why: Iterable[Rule], names: tuple[Name, ...] = ()) -> None:
        nonlocal before
        after = build.add(*terms)
        lines.line(build.add(*rest, after), why, Check(before, after), names)
        before = after

    noted: dict[Rule, None] = {}

    def note(rule: Rule) -> None:
        noted.setdefault(rule)

    if not root:
        (c, d) = _lighten(c, d, s, note)
        line([build.frobenius(c, d)], (*rules, *noted), names)
        noted.clear()
    terms = _split(c, d)
    if detailed and len(terms) > 1:
        line([build.frobenius(g, e) for g, e in terms], (identities.FROBENIUS_LINEAR,))
    s.used.clear()
    moved = [_moved(g, e, s, note) for g, e in terms]
    flat = [t for group in moved for t in group]
    line([build.frobenius(g, e) for g, e in flat], (*noted, *s.used))
    noted.clear()
    s.used.clear()
    collected: dict[Expr, list[Expr]] = {}
    for g, e in flat:
        while not isinstance(e, Differential):
            g, e = peel(g, e, note)
            g = s(g)
        collected.setdefault(e.argument, []).append(g)
    after = [
        build.frobenius(s(build.add(*gs)), build.differential(u)) for u, gs in collected.items()
    ]
    if any(len(gs) > 1 for gs in collected.values()):
        note(identities.FROBENIUS_COLLECT)
    line(after, (*noted, *s.used))
    for u, gs in collected.items():
        gathered.setdefault(u, []).extend(gs)
    if others:
        total = [
            build.frobenius(s(build.add(*gs)), build.differential(u))
            for u, gs in gathered.items()
            if gs
        ]
        whole = build.add(*total)
        lines.line(whole, (identities.FROBENIUS_COLLECT,), Check(build.add(*rest, before), whole))


def _lighten(c: Expr, d: Expr, s: Simplifier, note) -> Term:
    """Numbers, scalars and Hadamard factors brought over: C : y.*(X*dw) as C.*y : X*dw."""
    while True:
        if isinstance(d, Product) and moves_only_in_chain(d) and len(d.chain) == 1:
            scale = build.multiply(build.number(d.coefficient), *d.scalars)
            c, d = s(build.multiply(scale, c)), d.chain[0]
        elif isinstance(d, Hadamard):
            c, d = peel(c, d, note)
            c = s(c)
        else:
            return c, d


def moves_only_in_chain(d: Product) -> bool:
    return bool(d.chain) and not any(moves(x) for x in d.scalars)


def _split(c: Expr, d: Expr) -> list[Term]:
    """c : (a + b) as c : a, c : b."""
    terms = d.terms if isinstance(d, Sum) else (d,)
    return [(c, t) for t in terms if moves(t)]


def _moved(c: Expr, e: Expr, s: LineSimplifier, note) -> list[Term]:
    """c : e with all operations but a transpose of d(X) brought over."""
    found: list[Term] = []
    todo = [(c, e)]
    while todo:
        g, x = todo.pop()
        # d(X)' stands for a line of its own; a row d(x)' is turned at once.
        turned = isinstance(x, Transpose) and isinstance(x.argument, Differential)
        if isinstance(x, Differential) or (turned and x.shape[0] != 1):
            found.append((s(g), x))
        elif isinstance(x, Sum):
            todo.extend((g, t) for t in reversed(x.terms) if moves(t))
        else:
            todo.append(peel(g, x, note))
    return found


def _name_gradients(d: Expr, taken: set[str]) -> tuple[Expr, tuple[Name, ...]]:
    """The gradients ∂φ/∂D in dφ = ∂φ/∂D : dD by letters: G = ∂φ/∂D."""
    names: list[Name] = []
    replaced: dict[Expr, Expr] = {}
    for term in d.terms if isinstance(d, Sum) else (d,):
        for e in term.children:
            if isinstance(e, Apply) and not moves(e) and e not in replaced:
                choices = "G H F" if e.shape[1] != 1 else "g h G"
                symbol = build.stand_in(fresh_name(choices.split(), taken), e)
                if e.is_scalar:
                    continue
                taken.add(symbol.name)
                names.append(Name(symbol, e))
                replaced[e] = symbol
    return (substitute(d, replaced), tuple(names)) if names else (d, ())
