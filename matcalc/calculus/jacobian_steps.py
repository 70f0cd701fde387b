"""The derivation of a Jacobian, line by line.

    F      = A*X*B
    d(F)   = A*d(X)*B
    vec(d(F)) = kron(B',A)*vec(d(X))

For columns vec is left out: d(f) = diag(...)*A*d(x). The function is cut at the same quantities as
for gradients, and their differentials are substituted from the outside in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from matcalc.calculus import identities
from matcalc.calculus.adjoint import is_zero, moves
from matcalc.calculus.cut import Plan
from matcalc.calculus.jacobian import on_hull
from matcalc.calculus.linear_faces import spread
from matcalc.calculus.steps import Lines
from matcalc.calculus.zones import LineSimplifier, Zones
from matcalc.derivation.rule import Rule
from matcalc.derivation.step import Check, Step
from matcalc.expr import build
from matcalc.expr.nodes import Expr, Symbol
from matcalc.functions.stacked import entries, vec
from matcalc.simplify.normal_form import Simplifier


def jacobian_lines(
    cut: Plan, variables: Collection[Symbol], subject: str, convention: str
) -> tuple[list[Step], dict[Symbol, Expr]]:
    """The lines up to vec(dF) = J*vec(dX), and the matrix of each variable, in names."""
    lines = Lines(subject)
    zones = Zones(cut, variables, LineSimplifier())
    lines.definition(subject, cut.root)
    lines.named(cut)
    lines.differentials(zones)
    if cut.root not in zones.moving(cut.root):
        return lines.steps, {v: build.zeros((entries(cut.root), entries(v))) for v in variables}
    d, rules = zones.root()
    root = build.differential(cut.root)
    lines.line(d, rules or (identities.CONSTANT_FACTOR,), Check(root, d))
    story = _Story(cut, lines, Simplifier())
    story.substitute(build.identity(entries(cut.root)), d, ())
    for n in reversed(list(zones.names)):
        c = story.take(n)
        if c is None or is_zero(c):
            continue
        d, rules = zones.differential(n)
        story.substitute(c, d, (identities.SUBSTITUTE, *rules))
    for v in variables:
        story.project(v, convention)
    return lines.steps, {v: story.gathered[v] for v in variables}


class _Story:
    """vec(dF) as a sum of terms M*vec(du), rewritten from the outside in."""

    def __init__(self, cut: Plan, lines: Lines, s: Simplifier):
        self.cut, self.lines, self.simplifier = cut, lines, s
        self.gathered: dict[Expr, Expr] = {}
        self.vec_line = False

    def take(self, n: Symbol) -> Expr | None:
        return self.gathered.pop(n, None)

    def substitute(self, c: Expr, d: Expr, rules: Iterable[Rule]) -> None:
        """The line in which c*vec(d) is opened to the differentials below."""
        if not moves(d):
            return
        s = self.simplifier
        s.used.clear()
        noted: dict[Rule, None] = {}

        def into(u: Expr, m: Expr) -> None:
            known = self.gathered.get(u)
            self.gathered[u] = m if known is None else s(build.add(known, m))

        spread(c, d, into, s, lambda rule: noted.setdefault(rule))
        self._line((*rules, *noted, *s.used))

    def project(self, v: Symbol, convention: str) -> None:
        """Of a structured variable: the matrix for directions in its linear space."""
        size = entries(v)
        m = self.gathered.setdefault(v, build.zeros((entries(self.cut.root), size)))
        projected = on_hull(m, v, self.simplifier, convention)
        if projected is m:
            return
        self.gathered[v] = projected
        if convention == "projected":
            self._line((identities.HULL,))

    def _line(self, rules: Iterable[Rule]) -> None:
        total = build.add(
            *(build.multiply(m, vec(build.differential(u))) for u, m in self.gathered.items())
        )
        columns = all(u.shape[1] == 1 for u in (self.cut.root, *self.gathered))
        left = "vec" if not columns and not self.vec_line else ""
        self.vec_line = self.vec_line or not columns
        before = build.differential(self.cut.root)
        self.lines.line(total, rules, Check(vec(before), total), left=left)
