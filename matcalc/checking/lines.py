"""The lines of a derivation by hand, taken apart: definitions, chains of equalities, gradients.

This is about what people write on paper, so it is generous: dphi/dX, ∂φ/∂X, grad, several
equalities in a line, remarks after #, a comma before a name's definition.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

NAME = r"[^\W\d]\w*"
DECLARATION = re.compile(rf"\s*{NAME}(\s*,\s*{NAME})*\s*(\bin\b|∈)|\s*{NAME}\s*:[^=]*(->|→)")
GRADIENTS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"grad(?:ient)?\s+(?P<f>.+?)\s+wrt\s+(?P<x>{NAME})",
        rf"(?:d|∂)\s*\(?\s*(?P<f>{NAME})\s*\)?\s*/\s*\(?\s*(?:d|∂)\s*\(?\s*(?P<x>{NAME})\s*\)*",
        rf"(?:d|∂)\s*/\s*(?:d|∂)\s*(?P<x>{NAME})\s+(?P<f>.+)",
        rf"(?:∇|grad)_\{{?(?P<x>{NAME}?)\}}?\s*\(?(?P<f>{NAME})?\)?",
        rf"(?:∇|grad(?:ient)?)\s*\(?\s*(?P<f>{NAME})?\s*\)?",
    )
)
GRADIENT_NAMES = ("G", "g", "grad", "gradient", "nabla")


@dataclass(frozen=True)
class Item:
    """One thing that a line says.

    kind: "declare" (text as it is), "define" (name = text), "start" (a left-hand side that the
    following equals), "equal" (text equals what stands before it) or "gradient" (of name, or None,
    by variable, or None). `line` is counted from 1. `aside` stands behind a comma on its line, and
    the chain goes on without it.
    """

    kind: str
    line: int
    text: str = ""
    name: str | None = None
    variable: str | None = None
    aside: bool = False


def read_lines(text: str, known: frozenset[str] = frozenset()) -> list[Item]:
    """What the lines of a derivation say, in order; `known` are names that have a meaning."""
    rows = [(k, part) for k, row in enumerate(text.splitlines(), 1) for part in _parts(row)]
    asides = [k > 0 and rows[k - 1][0] == line for k, (line, _) in enumerate(rows)]
    defined = _defined(rows, known)
    found: list[Item] = []
    for k, (line, part) in enumerate(rows):
        if DECLARATION.match(part):
            found.append(Item("declare", line, part.strip()))
            continue
        later = " ".join(p for _, p in rows[:k] + rows[k + 1 :])
        items = _items(line, part, defined, later, bool(found))
        found += (replace(i, aside=asides[k]) for i in items)
    return found


def _parts(row: str) -> Iterator[str]:
    """The statements of a line: separated by semicolons, or by a comma before a definition."""
    row = row.split("#", 1)[0].replace(":=", "=").replace("==", "=")
    depth, start = 0, 0
    for i, c in enumerate(row):
        depth += (c in "([") - (c in ")]")
        ends = c == ";" or (c == "," and re.match(rf"\s*{NAME}\s*=", row[i + 1 :]))
        if ends and depth <= 0:
            if row[start:i].strip():
                yield row[start:i]
            start = i + 1
    if row[start:].strip():
        yield row[start:]


def _defined(rows: list[tuple[int, str]], known: frozenset[str]) -> frozenset[str]:
    """The names that lines define, those that only look like differentials left out."""
    lefts = [part.split("=", 1)[0].strip() for _, part in rows if "=" in part]
    names = [n for n in lefts if re.fullmatch(NAME, n) and n not in known]
    used = {n for _, part in rows for n in re.findall(NAME, part)} | known
    return frozenset(n for n in names if not (n[0] == "d" and len(n) > 1 and n[1:] in used))


def _items(
    line: int, part: str, defined: frozenset[str], later: str, follows: bool
) -> Iterator[Item]:
    left, *rest = [s.strip() for s in _split_equal(part)]
    if not rest:  # an expression alone: what the next line begins with
        yield Item("start", line, left)
        return
    gradient = next((g for p in GRADIENTS if (g := p.fullmatch(left))), None)
    lonely = not re.search(rf"\b{re.escape(left)}\b", later) if left else False
    if not left:
        pass
    elif left in GRADIENT_NAMES and lonely and follows and re.search(r"\bd|∂|phi|=", later):
        yield Item("gradient", line)
    elif left in defined:
        yield Item("define", line, rest[0], left)
        rest = rest[1:]
    elif gradient is not None:
        groups = gradient.groupdict()
        yield Item("gradient", line, "", groups.get("f") or None, groups.get("x") or None)
    else:
        yield Item("start", line, left)
    for text in rest:
        yield Item("equal", line, text)


def _split_equal(part: str) -> list[str]:
    """The sides of a chain of equalities: cut at the = outside of parentheses."""
    sides, depth, start = [], 0, 0
    for i, c in enumerate(part):
        depth += (c in "([") - (c in ")]")
        if c == "=" and depth <= 0:
            sides.append(part[start:i])
            start = i + 1
    return [*sides, part[start:]]
