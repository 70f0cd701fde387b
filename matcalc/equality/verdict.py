"""The verdict on two expressions."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Any

MOST_ENTRIES = 64  # of an array that a message writes out
DIGITS = (6, 9, 12, 15, 17)  # that numbers are written with, as many as it takes


@dataclass(frozen=True)
class Verdict:
    """Whether two expressions are equal; true or false as a bool.

    counterexample: values of the variables, by name, at which they differ (None where equal);
    numbers are exact fractions and integers where the expressions are rational, lists by row for
    matrices. values: what the two expressions are there. assumption: what makes them equal, such
    as "A symmetric" (then `equal` is False). method: how it was decided. conditions: where both
    are defined. sizes: what the size names stood for at the points tried. message: the verdict as
    a sentence.
    """

    equal: bool
    counterexample: dict[str, Any] | None = None
    assumption: str | None = None
    method: str = ""
    message: str = ""
    values: tuple[Any, Any] | None = None
    conditions: tuple[str, ...] = ()
    sizes: tuple[dict[str, int], ...] = ()

    def place(self, words: str) -> str:
        """ "at a = 2 it is 4, not 3" by `words` for {left} and {right}; nothing without a place."""
        if self.counterexample is None or self.values is None:
            return ""
        at = ", ".join(f"{n} = {_text(v)}" for n, v in self.counterexample.items())
        left, right = _told_apart(*self.values)
        return f"at {at} " + words.replace("{left}", left).replace("{right}", right)

    def __bool__(self) -> bool:
        return self.equal

    def __str__(self) -> str:
        return self.message


def equal(method: str, conditions: tuple[str, ...], sizes: tuple[dict[str, int], ...]) -> Verdict:
    """The verdict that they are equal."""
    where = f" where {', '.join(conditions)}" if conditions else ""
    message = f"equal{where} ({method})"
    return Verdict(True, None, None, method, message, None, conditions, sizes)


def different(
    method: str,
    counterexample: dict[str, Any] | None,
    values: tuple[Any, Any] | None,
    assumption: str | None,
    sizes: tuple[dict[str, int], ...],
    gap: str = "",
) -> Verdict:
    """The verdict that they are different, in general; `gap` is by how much, if it hardly shows."""
    message = f"different in general, equal if {_clause(assumption)}" if assumption else "different"
    if counterexample is not None and values is not None:
        at = ", ".join(f"{n} = {_brief(v)}" for n, v in counterexample.items())
        left, right = _told_apart(*values)
        place = f"at {at}" if at else "always"
        message += f": {place} the left side is {left}, the right side {right}"
        if left == right and gap:
            message += f", and they differ by {gap}"
    return Verdict(False, counterexample, assumption, method, message, values, (), sizes)


def _clause(assumption: str) -> str:
    """ "A symmetric" as a clause: A is symmetric."""
    for plural, verb in ((" and ", " are "), (" ", " is ")):
        if plural in assumption and not any(
            w in assumption for w in (" commute", "=", "≠", ">", "has")
        ):
            head, _, word = assumption.rpartition(" ")
            return f"{head}{verb}{word}"
    return assumption


def _told_apart(left: Any, right: Any) -> tuple[str, str]:
    """Two values with as many digits as tell them apart, if any do."""
    texts = ((_text(left, k), _text(right, k)) for k in DIGITS)
    return next((pair for pair in texts if pair[0] != pair[1]), (_text(left), _text(right)))


def _brief(value: Any) -> str:
    """A value; of a large array only its shape, as nobody reads the rest."""
    rows = value if isinstance(value, list) else []
    columns = len(rows[0]) if rows and isinstance(rows[0], list) else 1
    if len(rows) * columns <= MOST_ENTRIES:
        return _text(value)
    return f"an array of {len(rows)}×{columns} (in .counterexample)"


def _text(value: Any, digits: int = DIGITS[0]) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_text(v, digits) for v in value)}]"
    if value in (inf, -inf):
        return "more than 1.8e308" if value > 0 else "less than -1.8e308"
    if isinstance(value, float | complex):
        return f"{value:.{digits}g}"
    return str(value)
