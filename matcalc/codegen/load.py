"""Generated source made callable. The source is our own: names in it are made or checked."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from matcalc.codegen.emitter import Source


def load(source: Source) -> Callable[..., Any]:
    """The function that the source defines."""
    return _loaded(source.text, source.function)


@lru_cache(maxsize=512)
def _loaded(text: str, function: str) -> Callable[..., Any]:
    scope: dict[str, Any] = {}
    exec(text, scope)
    return scope[function]
