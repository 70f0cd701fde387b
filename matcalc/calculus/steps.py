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
from dataclasses import dataclass, field

from matcalc.calculus import identities
from matcalc.calculus.adjoint import is_zero, moves, peel
from matcalc.calculus.differential import local_differential, moving_nodes
from matcalc.derivation.rule import Rule
from matcalc.derivation.step import Check, Name, Step
from matcalc.expr import build
from matcalc.expr.cost import cost
from matcalc.expr.nodes import (
    Apply,
    Differential,
    ElementPower,
    Expr,
    Hadamard,
    Inverse,
    Power,
    Product,
    Sum,
    Symbol,
    Transpose,
    fold,
    number_value,
    postorder,
)
from matcalc.expr.rewrite import substitute
from matcalc.functions.record import AbstractFunction, Function
from matcalc.simplify.normal_form import Simplifier

Term = tuple[Expr, Expr]  # C : linear


@dataclass(frozen=True)
class Plan:
    """A function cut at its named quantities.

    root is over variables and names; `names` maps each name to its value, in earlier names and
    variables, so that an outer quantity stands after what it is made of.
    """

    root: Expr
    names: Mapping[Symbol, Expr] = field(default_factory=dict)


# Cutting the function


def plan(
    root: Expr,
    variables: Collection[Symbol],
    definitions: Mapping[Symbol, Expr],
    taken: Collection[str],
) -> Plan:
    """The function with names for what a person would name.

    `definitions` are the user's own, already opaque symbols in `root`; without any that move, the
    arguments of nonlinear functions get names that are not in `taken`.
    """
    if any(set(variables) & set(postorder(v)) for v in definitions.values()):
        return Plan(root, definitions)
    moving = moving_nodes(root, variables)
    names: dict[Symbol, Expr] = {}
    replaced: dict[Expr, Expr] = {}
    used = set(taken)
    for e in _worth_naming(moving):
        value = substitute(e, dict(replaced)) if replaced else e
        s = build.stand_in(_letter(e, moving, used), e)
        used.add(s.name)
        names[s] = value
        replaced[e] = s
    if not names:
        return Plan(root, definitions)
    return Plan(substitute(root, replaced), {**definitions, **names})


def _worth_naming(moving: Mapping[Expr, None]) -> list[Expr]:
    """Arguments of nonlinear functions, and shared quantities; inner ones first."""
    uses: dict[Expr, int] = {}
    wanted: set[Expr] = set()
    for e in moving:
        for c in e.children:
            if c in moving:
                uses[c] = uses.get(c, 0) + 1
        if _nonlinear(e) and not (_elementwise(e) and _inside(e, moving)):
            wanted.update(a for a in _arguments(e) if a in moving)
    for e, count in uses.items():
        if count > 1 and cost(e) > 4:
            wanted.add(e)
    return [
        e
        for e in moving
        if e in wanted and not isinstance(e, Symbol | Transpose) and not _elementwise(e)
    ]


def _nonlinear(e: Expr) -> bool:
    if isinstance(e, Apply):
        return not (isinstance(e.function, Function) and e.function.linear)
    return isinstance(e, Inverse | ElementPower) or (isinstance(e, Power) and not e.is_scalar)


def _elementwise(e: Expr) -> bool:
    """Whether e belongs to an elementwise composition: f(z), z.^2, 1 + exp(z)."""
    if isinstance(e, Apply):
        return isinstance(e.function, Function) and e.function.elementwise
    return isinstance(e, ElementPower)


def _inside(e: Expr, moving: Mapping[Expr, None]) -> bool:
    """Whether an elementwise function's argument is again an elementwise composition."""
    return all(a not in moving or _composed(a, moving) for a in _arguments(e))


def _composed(a: Expr, moving: Mapping[Expr, None]) -> bool:
    """f(...) or a sum like 1 + f(...) with one moving elementwise term."""
    if _elementwise(a):
        return True
    if isinstance(a, Sum):
        terms = [t for t in a.terms if t in moving]
        return len(terms) == 1 and _composed(terms[0], moving)
    if isinstance(a, Product) and len(a.chain) + len(a.scalars) == 1:
        return _composed(a.children[0], moving)
    return False


def _arguments(e: Expr) -> tuple[Expr, ...]:
    return e.children


def _letter(e: Expr, moving: Mapping[Expr, None], taken: set[str]) -> str:
    """A name as a person would choose it: R or r for a residual, M for a square matrix, z, t."""
    residual = isinstance(e, Sum) and any(
        isinstance(t, Product) and t.coefficient < 0 for t in e.terms
    )
    if e.is_scalar:
        choices = "t s u v"
    elif e.shape[1] == 1:
        choices = "r z u v" if residual else "z u v r"
    elif residual:
        choices = "R E D Z"
    elif any(isinstance(p.function, AbstractFunction) for p in moving
             if isinstance(p, Apply) and e in p.arguments):
        choices = "D E Z"
    else:
        choices = "M N P Q" if e.shape[0] == e.shape[1] else "Z Y P Q"
    return fresh_name(choices.split(), taken)


def fresh_name(choices: Iterable[str], taken: Collection[str]) -> str:
    """The first choice that is not taken, else with a number behind it."""
    options = list(choices)
    for name in options:
        if name not in taken:
            return name
    k = 1
    while f"{options[0]}_{k}" in taken:
        k += 1
    return f"{options[0]}_{k}"


# The lines


class LineSimplifier(Simplifier):
    """Simplification inside a line: products only; a line's sums and Frobenius products stand."""

    def add(self, terms: Iterable[Expr]) -> Expr:
        items = list(terms)
        if any(moves(t) for t in items):
            return build.add(*items)
        return super().add(items)

    def frobenius(self, a: Expr, b: Expr) -> Expr:
        if moves(a) or moves(b):
            return build.frobenius(a, b)
        return super().frobenius(a, b)

    def apply(self, function, arguments) -> Expr:
        items = tuple(arguments)
        (first, *_) = items or (None,)
        if function.name == "sum" and first is not None and moves(first):
            found = self._frobenius_of_sum(first)
            if found is not None:
                return found
        if function.name == "tr" and first is not None and moves(first):
            return build.apply(function, *items)
        return super().apply(function, items)

    def _frobenius_of_sum(self, a: Expr) -> Expr | None:
        """sum(A.*dZ) as A : dZ."""
        number, scalars, rest = build.scalar_parts(a)
        if not isinstance(rest, Hadamard):
            return None
        moving = [f for f in rest.factors if moves(f)]
        if len(moving) != 1:
            return None
        still = build.hadamard(*(f for f in rest.factors if not moves(f)))
        self.note(identities.FROBENIUS_SUM)
        return build.multiply(number, *scalars, build.frobenius(still, moving[0]))


class _Lines:
    """Gathers steps; a line that says what the last one said adds its identities to it."""

    def __init__(self, subject: str):
        self.subject = subject
        self.steps: list[Step] = []
        self.open = False

    def definition(self, subject: str, expression: Expr, names: tuple[Name, ...] = ()) -> None:
        self.steps.append(Step("definition", subject, expression, (), names))

    def differential_of(self, subject: str, expression: Expr, rules, check: Check) -> None:
        self.steps.append(Step("differential", subject, expression, tuple(rules), (), check))

    def line(self, expression: Expr, rules: Iterable[Rule], check: Check, names=()) -> None:
        kind = "line" if self.open else "differential"
        rules = tuple(dict.fromkeys(rules))
        if self.open and self.steps[-1].expression is expression:
            last = self.steps[-1]
            merged = tuple(dict.fromkeys((*last.identities, *rules)))
            self.steps[-1] = Step(
                last.kind, last.subject, expression, merged, last.names, last.check
            )
            return
        self.steps.append(Step(kind, self.subject, expression, rules, tuple(names), check))
        self.open = True


def derive_lines(
    cut: Plan,
    variables: Collection[Symbol],
    subject: str,
    taken: Collection[str],
) -> tuple[list[Step], dict[Symbol, Expr]]:
    """The lines up to `... : dX`, and the coefficient of each variable, in names."""
    lines = _Lines(subject)
    s = LineSimplifier()
    stops = [*variables, *cut.names]
    zones = _Zones(cut, variables, s)
    root_moving = zones.moving(cut.root)
    names = {n: v for n, v in cut.names.items() if zones.moves(n)}
    abstract = isinstance(cut.root, Apply) and isinstance(cut.root.function, AbstractFunction)
    detailed = abstract or len(variables) > 1

    if not abstract:
        lines.definition(subject, cut.root)
    for n, value in reversed(list(cut.names.items())):
        lines.definition(n.name, value, (Name(n, value),))
    if detailed:
        for n in names:
            d, rules = zones.differential(n)
            lines.differential_of(n.name, d, rules, Check(build.differential(names[n]), d))
    if cut.root not in root_moving:
        return lines.steps, {v: build.zeros(v.shape) for v in variables}

    gathered: dict[Expr, list[Expr]] = {u: [] for u in stops}
    d, rules = zones.root()
    introduced: tuple[Name, ...] = ()
    if abstract:
        d, introduced = _name_gradients(d, {*taken, *(n.name for n in cut.names)})
    lines.line(d, rules, Check(build.differential(cut.root), d), introduced)
    _spread(build.number(1), d, gathered, {}, lines, s, detailed, root=True)
    coefficients: dict[Symbol, Expr] = {}
    for n in reversed(list(names)):
        terms = gathered.pop(n)
        c = s(build.add(*terms)) if terms else build.zeros(n.shape)
        if is_zero(c):
            continue
        others = {u: t for u, t in gathered.items() if t}
        d, rules = zones.differential(n)
        _spread(c, d, gathered, others, lines, s, detailed, rules=(identities.SUBSTITUTE, *rules))
    for v in variables:
        terms = gathered[v]
        coefficients[v] = s(build.add(*terms)) if terms else build.zeros(v.shape)
    return lines.steps, coefficients


def _spread(
    c: Expr,
    d: Expr,
    gathered: dict[Expr, list[Expr]],
    others: Mapping[Expr, list[Expr]],
    lines: _Lines,
    s: LineSimplifier,
    detailed: bool,
    rules: tuple[Rule, ...] = (),
    root: bool = False,
) -> None:
    """The lines that take c : d to terms C : d(u), which are added to `gathered`."""
    rest = [frobenius_of(s(build.add(*t)), build.differential(u)) for u, t in others.items()]
    if not moves(d):
        return
    before = frobenius_of(c, d)

    def line(terms: list[Expr], why: Iterable[Rule]) -> None:
        nonlocal before
        after = build.add(*terms)
        lines.line(build.add(*rest, after), why, Check(before, after))
        before = after

    noted: dict[Rule, None] = {}

    def note(rule: Rule) -> None:
        noted.setdefault(rule)

    if not root:
        (c, d) = _lighten(c, d, s, note)
        line([frobenius_of(c, d)], (*rules, *noted))
        noted.clear()
    terms = _split(c, d)
    if detailed and len(terms) > 1:
        line([frobenius_of(g, e) for g, e in terms], (identities.FROBENIUS_LINEAR,))
    s.used.clear()
    moved = [_moved(g, e, s, note) for g, e in terms]
    flat = [t for group in moved for t in group]
    line([frobenius_of(g, e) for g, e in flat], (*noted, *s.used))
    noted.clear()
    s.used.clear()
    collected: dict[Expr, list[Expr]] = {}
    for g, e in flat:
        while not isinstance(e, Differential):
            g, e = peel(g, e, note)
            g = s(g)
        collected.setdefault(e.argument, []).append(g)
    after = [
        frobenius_of(s(build.add(*gs)), build.differential(u)) for u, gs in collected.items()
    ]
    if any(len(gs) > 1 for gs in collected.values()):
        note(identities.FROBENIUS_COLLECT)
    line(after, (*noted, *s.used))
    for u, gs in collected.items():
        gathered.setdefault(u, []).extend(gs)
    if others:
        total = [
            frobenius_of(s(build.add(*gs)), build.differential(u))
            for u, gs in gathered.items()
            if gs
        ]
        whole = build.add(*total)
        lines.line(whole, (identities.FROBENIUS_COLLECT,), Check(build.add(*rest, before), whole))


def frobenius_of(c: Expr, d: Expr) -> Expr:
    """c : d, or c·d of scalars."""
    return build.frobenius(c, d)


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


class _Zones:
    """Differentials of the root and of the named quantities, in d of names and variables."""

    def __init__(self, cut: Plan, variables: Collection[Symbol], s: LineSimplifier):
        self.cut = cut
        self.simplifier = s
        self._moving_symbols: set[Symbol] = set(variables)
        for n, value in cut.names.items():
            if any(x in self._moving_symbols for x in postorder(value)):
                self._moving_symbols.add(n)

    def moves(self, n: Symbol) -> bool:
        return n in self._moving_symbols

    def moving(self, e: Expr) -> dict[Expr, None]:
        return moving_nodes(e, self._moving_symbols)

    def root(self) -> tuple[Expr, tuple[Rule, ...]]:
        return self._differential(self.cut.root)

    def differential(self, n: Symbol) -> tuple[Expr, tuple[Rule, ...]]:
        return self._differential(self.cut.names[n])

    def _differential(self, e: Expr) -> tuple[Expr, tuple[Rule, ...]]:
        """d(e), expanded down to the stops, and the rules used."""
        moving = self.moving(e)
        found: dict[Expr, Expr] = {}
        rules: dict[Rule, None] = {}
        skipped = _squares(moving)
        for x in moving:
            if x in skipped:
                continue
            if isinstance(x, Symbol):
                found[x] = build.differential(x)
                continue
            local = local_differential(x, moving)
            found[x] = _plug(local, found)
        for x in reversed(moving):
            if x not in skipped:
                rule = rule_of(x, moving)
                if rule is not None:
                    rules.setdefault(rule)
        self.simplifier.used.clear()
        total = found[e]
        terms = total.terms if isinstance(total, Sum) else (total,)
        simplified = build.add(*(self.simplifier(t) for t in terms))
        return simplified, (*rules, *self.simplifier.used)


def _squares(moving: Mapping[Expr, None]) -> set[Expr]:
    """Norms whose squares are differentiated as a whole."""
    return {
        e.base
        for e in moving
        if isinstance(e, Power)
        and number_value(e.exponent) == 2
        and isinstance(e.base, Apply)
        and isinstance(e.base.function, Function)
        and e.base.function.squared
        and not any(e.base in x.children for x in moving if x is not e)
    }


def _plug(local: Expr, found: Mapping[Expr, Expr]) -> Expr:
    """A local differential with the differentials of its parts put in; the rest is not entered."""

    def step(e: Expr, children: list[Expr]) -> Expr:
        return build.rebuild(e, children)

    memo: dict[Expr, Expr] = {}
    for e in _still_parts(local):
        memo[e] = e
    for d in _differentials(local):
        memo[d] = found[d.argument]
    return fold(local, step, memo)


def _still_parts(root: Expr) -> list[Expr]:
    found, todo = [], [root]
    while todo:
        e = todo.pop()
        if not moves(e):
            found.append(e)
        elif not isinstance(e, Differential):
            todo.extend(e.children)
    return found


def _differentials(root: Expr) -> list[Differential]:
    found, todo = [], [root]
    while todo:
        e = todo.pop()
        if isinstance(e, Differential):
            found.append(e)
        elif moves(e):
            todo.extend(e.children)
    return found


def rule_of(e: Expr, moving: Mapping[Expr, None]) -> Rule | None:
    """The rule by which a node is differentiated."""
    if isinstance(e, Product):
        factors = [f for f in e.children if f in moving]
        return identities.PRODUCT if len(factors) > 1 else None
    if isinstance(e, Hadamard):
        return identities.HADAMARD if sum(f in moving for f in e.factors) > 1 else None
    if isinstance(e, Transpose):
        return identities.TRANSPOSE
    if isinstance(e, Inverse):
        return identities.INVERSE
    if isinstance(e, Power):
        if e.base in _squares(moving):
            return identities.of_square(e.base.function)  # type: ignore[attr-defined]
        return identities.POWER if e.is_scalar else identities.MATRIX_POWER
    if isinstance(e, ElementPower):
        return identities.ELEMENTWISE
    if isinstance(e, Apply):
        return _rule_of_function(e)
    return None


def _rule_of_function(e: Apply) -> Rule | None:
    f = e.function
    if isinstance(f, AbstractFunction):
        scalar = f.codomain == (1, 1)
        return identities.DEFINITION_OF_GRADIENT if scalar else identities.DEFINITION_OF_JACOBIAN
    if not isinstance(f, Function):
        return None
    if f.linear:
        return identities.LINEAR
    return identities.ELEMENTWISE if f.elementwise else identities.of_function(f)



def total_differential(f: Expr, variables: Collection[Symbol]) -> Expr:
    """d(f), expanded to the differentials of the variables."""
    zones = _Zones(Plan(f), variables, LineSimplifier())
    if f not in zones.moving(f):
        return build.zeros(f.shape)
    return zones.root()[0]
