"""What is asked: a function, the variables to derive by, and how the answer is to be written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from unicodedata import normalize

from matcalc.calculus.conjugates import has_conjugate
from matcalc.calculus.cut import fresh_name
from matcalc.expr import build
from matcalc.expr.nodes import Apply, Expr, Symbol, postorder, size_names
from matcalc.functions.abstract import AbstractFunction

LAYOUTS = ("numerator", "denominator")


def plain_name(name: Any) -> Any:
    """A name after NFKC, as it is read in texts."""
    return normalize("NFKC", name) if isinstance(name, str) else name


class ByName(dict[str, Any]):
    """What belongs to variables, by their names."""

    def __missing__(self, name: str) -> Any:
        plain = plain_name(name)
        if plain == name:
            raise KeyError(name)
        return self[plain]


@dataclass(frozen=True)
class Problem:
    """A function of variables, with the user's own names for its parts.

    `outline` is the function with those names standing as variables, `names` their values.
    `order` is that of the derivative; with `mixed`, the variables are what is derived by in turn.
    """

    function: Expr
    variables: tuple[Symbol, ...]
    input: str | Expr  # the text, or the expression that it was given as
    where: str = ""
    outline: Expr | None = None
    names: Mapping[Symbol, Expr] = field(default_factory=dict)
    subject: str | None = None
    order: int = 1
    mixed: bool = False
    convention: str = "projected"
    wirtinger: str = "Z*"
    layout: str = "numerator"
    notes: tuple[str, ...] = ()
    inferred: tuple[str, ...] = ()
    reserved: frozenset[str] = frozenset()  # names of the scope, none of which is a size
    sizes: frozenset[str] = frozenset()  # the scope's size names

    def by(self, variable: Symbol, k: int = 0) -> Expr:
        """What the derivative number k by a variable is by: Z, or conj(Z) of a complex Z."""
        if not has_conjugate(variable):
            return variable
        barred = self.wirtinger == "Z*" or (self.wirtinger == "mixed" and k == 0)
        return build.conjugate(variable) if barred else variable

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
    def symbols(self) -> tuple[Symbol, ...]:
        """All variables: those to derive by first."""
        found = (e for e in postorder(self.function) if isinstance(e, Symbol))
        return tuple(dict.fromkeys([*self.variables, *found]))

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
        """The name of the function: the user's, else phi, f or F by its shape."""
        if self.subject:
            return self.subject
        f = self.function
        if isinstance(f, Apply) and isinstance(f.function, AbstractFunction):
            return f.function.name
        if f.is_scalar:
            return fresh_name(("phi", "f", "F", "J"), self.taken)
        return fresh_name(("f", "g", "h") if f.shape[1] == 1 else ("F", "H", "Y"), self.taken)
