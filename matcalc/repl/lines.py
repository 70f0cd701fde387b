"""Lines as they are typed: whether more has to follow, and how they make one text.

The language ends a statement at a newline outside brackets. Somebody who ends a line with an
operator means to go on, so here such a newline counts as a blank.
"""

from __future__ import annotations

OPERATORS = (*"+-−*/@\\^⊗⊙·⋅:=,∈→", "->")


def is_command(text: str) -> bool:
    """Whether a text is a command of the REPL, such as `:names`."""
    return text.lstrip().startswith(":")


def needs_more(text: str, semicolon: bool = True) -> bool:
    """Whether lines go on: a bracket is open, or the last ends in an operator (or semicolon).

    A blank line ends them in any case.
    """
    lines = text.split("\n")
    if is_command(text) or not lines[-1].strip():
        return False
    code = "\n".join(map(_code, lines)).rstrip()
    if _open_brackets(code):
        return True
    return code.endswith(OPERATORS) or (semicolon and code.endswith(";"))


def joined(text: str) -> str:
    """The lines as a text of the language: a line that ends in an operator goes on in the next."""
    *before, last = text.split("\n")
    return "".join(_ended(line) for line in before) + last


def _ended(line: str) -> str:
    code = _code(line)
    return f"{code} " if code.rstrip().endswith(OPERATORS) else f"{line}\n"


def _code(line: str) -> str:
    """A line without its comment."""
    return line.split("#", 1)[0]


def _open_brackets(code: str) -> bool:
    depth = 0
    for c in code:
        depth = max(0, depth + (c in "([") - (c in ")]"))
    return depth > 0
