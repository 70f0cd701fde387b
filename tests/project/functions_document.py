"""docs/functions.md, made from the records: python tests/project/functions_document.py

One section for each file of records, in the words of `matcalc help`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import matcalc.functions
from matcalc.functions.record import Function
from matcalc.repl.manual import conditions, differentials, distinct

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "functions.md"
OPENING = """\
# Functions

All functions of the library with their differentials, made from the records in `matcalc/functions/`
by `python tests/project/functions_document.py`; `matcalc help NAME` shows the same in a terminal.
`dA` is the differential of the argument `A`, and `G : L(A)` a Frobenius product. Every differential
here is compared by the tests with slopes of the function's values.
"""


def families() -> Iterator[tuple[str, list[Function]]]:
    """The families: what the module says of itself, and its records."""
    for info in pkgutil.iter_modules(matcalc.functions.__path__):
        module = importlib.import_module(f"matcalc.functions.{info.name}")
        records = list(getattr(module, "FUNCTIONS", ()))
        if records:
            title = (module.__doc__ or info.name).split("\n\n")[0].strip().rstrip(".")
            yield " ".join(title.split()), records


def entry(f: Function) -> str:
    """One function: its signatures, its differential, its conditions and its source."""
    head = f.head if f.parameters else f.name
    signatures = "; ".join(s.text.strip() for s in f.signatures)
    names = f" (also `{'`, `'.join(f.aliases)}`)" if f.aliases else ""
    lines = [f"**`{head}`**{names} : `{signatures}`. {f.doc}", ""]
    stated = differentials(f)
    if stated:
        lines += ["```", *stated, "```", ""]
    holds = "; ".join(conditions(f))
    notes = [f"Holds where {holds}." if holds else "", f"Source: {f.source}." if f.source else ""]
    return "\n".join([*lines, " ".join(filter(None, notes)), ""])


def document() -> str:
    """The text of docs/functions.md."""
    parts = [OPENING]
    for title, records in families():
        parts.append(f"## {title}\n")
        parts += [entry(f) for f in distinct(records)]
    return "\n".join(parts)


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
