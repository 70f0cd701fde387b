"""A named identity: what a line of a derivation rests on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """An identity with its name, statement and source.

    `statement` is an equation of the language between expressions in the variables that `where`
    declares; a test evaluates both sides at random points. `latex` is the same on paper.
    A statement that no equation of the language can hold (a definition, a substitution) has an
    empty `where` and reads as a sentence.
    """

    name: str
    statement: str
    latex: str
    where: str = ""
    source: str = ""

    @property
    def is_equation(self) -> bool:
        return bool(self.where)

    def __str__(self) -> str:
        return self.statement if self.is_equation else self.name
