"""The lines of a derivation, as data."""

from __future__ import annotations

from dataclasses import dataclass, field

from matcalc.derivation.rule import Rule
from matcalc.expr.nodes import Expr, Symbol

_LEFT = {"vec": "vec(d(□))", "second": "d(d(□))"}


@dataclass(frozen=True)
class Name:
    """A name that a derivation introduces for a sub-expression, as in R = A*X - B."""

    symbol: Symbol
    value: Expr

    @property
    def name(self) -> str:
        return self.symbol.name


@dataclass(frozen=True)
class Check:
    """What a line rests on: two expressions that must agree at every point and direction.

    moving: the variables that have differentials; None if all that the answer is by.
    """

    before: Expr
    after: Expr
    moving: tuple[Symbol, ...] | None = None


@dataclass(frozen=True)
class Step:
    """One line.

    kind: "definition" (subject = expression), "differential" (d subject = expression), "vec"
        (vec(d subject) = expression), "line" (another form of the line above), "second" (d² subject
        = expression), or "answer" (the derivative of the subject by the variable).
    request: what an answer is: "grad", "jac", "hess" or "d^2", "d^3", ... of an array; `order` how
        often the subject is derived. `stacked` says of the subject, and then of what it is by in
        turn, whether its columns are stacked on the left-hand side (of none if it is empty), and
        `whole` that the answer has the shape of what is derived.
    subject: the name on the left. expression: the right-hand side, in the variables and `names`.
    identities: the rules that led here from the line above. names: introduced by this line.
    check: the sub-expression that the line replaced, before and after; None of a definition.
    """

    kind: str
    subject: str
    expression: Expr
    identities: tuple[Rule, ...] = ()
    names: tuple[Name, ...] = ()
    check: Check | None = field(default=None, compare=False)
    variable: str | None = None
    request: str = "grad"
    stacked: tuple[bool, ...] = ()
    order: int = 1
    whole: bool = False

    def __str__(self) -> str:
        return f"{self.left} = {self.expression}"

    @property
    def left(self) -> str:
        """The left-hand side in ASCII."""
        if self.kind == "definition":
            return self.subject
        if self.kind == "answer":
            return f"{self.request} {self.subject} wrt {self.variable}"
        return _LEFT.get(self.kind, "d(□)").replace("□", self.subject)

    def latex(self) -> str:
        """The right-hand side in LaTeX."""
        return self.expression.latex()

    def unicode(self) -> str:
        """The right-hand side in Unicode."""
        return self.expression.unicode()
