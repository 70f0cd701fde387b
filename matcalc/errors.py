"""Every failure that a user can cause is a `MatcalcError`, with its place in the text.

shape error: cannot add A*x (m×1) and y (p×1)
    A*x + y
    ~~~ ^ ~
A in R[m,n], x in R[n], y in R[p]: did you mean y in R[m]?
"""

from __future__ import annotations

Span = tuple[int, int]


class MatcalcError(Exception):
    """The root of all errors of matcalc.

    `message` says what is wrong in one line; `position` is (line, column), counted from 1, where
    there is a text; `hint` is an optional last line that says what to do.
    """

    kind = "error"

    def __init__(
        self,
        message: str,
        *,
        text: str | None = None,
        span: Span | None = None,
        marks: tuple[Span, ...] = (),
        hint: str | None = None,
    ):
        super().__init__(message)
        self.message = message
        self.text = text
        self.span = span
        self.marks = marks
        self.hint = hint

    @property
    def position(self) -> tuple[int, int] | None:
        """(line, column) of the error, counted from 1; None where there is no text."""
        if self.text is None or self.span is None:
            return None
        start = min(self.span[0], len(self.text))
        before = self.text[:start]
        return before.count("\n") + 1, start - (before.rfind("\n") + 1) + 1

    def located(self, text: str, span: Span, marks: tuple[Span, ...] = ()) -> MatcalcError:
        """The same error, placed in a text, unless it has a place already."""
        if self.text is None:
            self.text, self.span, self.marks = text, span, marks
        return self

    def __str__(self) -> str:
        lines = [f"{self.kind}: {self.message}", *self._picture()]
        if self.hint:
            lines.append(self.hint)
        return "\n".join(lines)

    def _picture(self) -> list[str]:
        """The line of the text, at most a screen wide, and what is meant underlined below it."""
        position = self.position
        if position is None or self.text is None or self.span is None:
            return []
        line, column = position
        start = self.span[0] - (column - 1)
        source = self.text[start:].split("\n", 1)[0]
        under = [" "] * (len(source) + 1)
        for a, b in self.marks:
            for i in range(max(a - start, 0), min(b - start, len(source))):
                under[i] = "~"
        for i in range(column - 1, max(column, min(self.span[1] - start, len(source)))):
            if i < len(under):
                under[i] = "^"
        left = max(0, column - 60)
        source, shown = source[left : left + 100], "".join(under)[left : left + 100].rstrip()
        where = [f"  line {line}:"] if "\n" in self.text.strip() else []
        return [*where, f"    {source}", f"    {shown}"]

    def __reduce__(self):
        return _rebuild, (type(self), self.message, self.text, self.span, self.marks, self.hint)


def _rebuild(cls, message, text, span, marks, hint):
    return cls(message, text=text, span=span, marks=marks, hint=hint)


class ParseError(MatcalcError):
    """The text is not in the language."""

    kind = "syntax error"


class UnknownNameError(MatcalcError):
    """A function, a set or a variable that is not known."""

    kind = "unknown name"


class ShapeError(MatcalcError):
    """Sizes that do not fit."""

    kind = "shape error"


class DomainError(MatcalcError):
    """An argument outside the domain: the determinant of a rectangle, the gradient of a matrix."""

    kind = "domain error"


class ArityError(MatcalcError):
    """A wrong number of arguments."""

    kind = "arity error"


class DeclarationError(MatcalcError):
    """A declaration or definition that cannot be."""

    kind = "declaration error"


class NotDifferentiableError(MatcalcError):
    """A derivative that does not exist."""

    kind = "not differentiable"


class LimitError(MatcalcError):
    """An input larger than a setting allows."""

    kind = "limit exceeded"


class NotSupportedError(MatcalcError):
    """Part of the language, but not yet of this version."""

    kind = "not supported yet"
