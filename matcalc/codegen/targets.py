"""The targets by name. A target is one file; it is imported when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from matcalc.codegen import EXPORTS, TARGETS
from matcalc.codegen.emitter import Emitter
from matcalc.codegen.runtime import Runtime
from matcalc.errors import DomainError


def emitter_of(name: str) -> type[Emitter]:
    """The writer of a target's code."""
    return _module(name).TARGET


def runtime_of(name: str) -> Runtime:
    """A target's arrays."""
    return _module(name).RUNTIME


_FILES = {"octave": "matlab", "array-api": "array_api"}  # where the name is another one


def _module(name: str) -> Any:
    known = (*TARGETS, *EXPORTS)
    if name not in known:
        raise DomainError(f"no code for {name!r}", hint=f"backends: {', '.join(known)}")
    return import_module(f"matcalc.codegen.{_FILES.get(name, name)}")
