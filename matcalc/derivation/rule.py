"""A named identity: what a line of a derivation rests on."""

from __future__ import annotations

from dataclasses import dataclass

FORWARD = "->"  # the right side is the shorter one, whatever the variables stand for
HABIT = "habit"  # the right side is the shorter one, but people write the left
EITHER = "<->"  # which side is better depends on what stands around it


@dataclass(frozen=True)
class Rule:
    """An identity with its name, statement and source.

    `statement` is an equation of the language between expressions in the variables that `where`
    declares; a test evaluates both sides at random points. `latex` is the same on paper.
    `direction` says whether the right side is always preferred (FORWARD), or shorter but not what
    people write, so that it is left to a search for the shortest form (HABIT), or not (EITHER).
    A statement that no equation of the language can hold (a definition, a substitution) has an
    empty `where` and reads as a sentence.
    """

    name: str
    statement: str
    latex: str
    where: str = ""
    source: str = ""
    direction: str = FORWARD

    @property
    def is_equation(self) -> bool:
        return bool(self.where)

    def __str__(self) -> str:
        return self.statement if self.is_equation else self.name
