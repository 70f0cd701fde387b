"""The targets by name. A target is one file; it is imported when it is asked for."""

from __future__ import annotations

from importlib import import_module

from matcalc.codegen.emitter import Emitter
from matcalc.errors import DomainError

TARGETS = {"numpy": "NumPy"}  # file and class


def emitter_of(name: str) -> type[Emitter]:
    """The writer of a target's code."""
    if name not in TARGETS:
        raise DomainError(f"no code for {name!r}", hint=f"backends: {', '.join(TARGETS)}")
    return getattr(import_module(f"matcalc.codegen.{name}"), TARGETS[name])
