"""One name, one meaning: x in R[n] and x in R[m] must not meet in one expression."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from matcalc.errors import DeclarationError
from matcalc.expr.nodes import Apply, Expr, Symbol
from matcalc.expr.sets import real_set


def require_one_meaning(nodes: Iterable[Expr]) -> None:
    """DeclarationError if two variables, or two abstract functions, share a name.

    Text has one scope, so this can only come from expressions that were put together in Python.
    """
    found: dict[str, Any] = {}
    for e in nodes:
        if type(e) is Symbol:
            name, meaning = e.fields
        elif type(e) is Apply:
            meaning = getattr(e.function, "base", e.function)
            if not hasattr(meaning, "domains"):
                continue  # of the library
            name = meaning.name
        else:
            continue
        if found.setdefault(name, meaning) != meaning:
            raise DeclarationError(
                f"{name} means two things in one expression:"
                f" {name}{_written(found[name])}, and {name}{_written(meaning)}",
                hint="give one of them another name",
            )


def _written(meaning: Any) -> str:
    """The declaration without the name: " in R[n]", " : R[n] -> R"."""
    if not hasattr(meaning, "domains"):
        return f" in {meaning}"
    domains = ", ".join(str(real_set(d)) for d in meaning.domains)
    return f" : {domains} -> {real_set(meaning.codomain)}"
