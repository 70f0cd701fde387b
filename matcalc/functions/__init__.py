"""The function library: one record per function, one file per family.

Every module of this package that has a tuple `FUNCTIONS` is found by scanning; names may be shared
by functions of different numbers of arguments (`max(x)`, `max(a,b)`). A module with families that
have no end, such as derivatives of every order, has a function `made(name, arity)` beside.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from functools import cache
from types import ModuleType

from matcalc.errors import ArityError
from matcalc.expr.nodes import Expr, hooks
from matcalc.functions.record import Function


def _real_power(a: Expr, p: Expr) -> Expr:
    """A power of a definite matrix, which the constructors cannot make by themselves."""
    from matcalc.functions.matrixfunctions import real_power

    return real_power(a, p)


hooks["real power"] = _real_power


def _modules() -> Iterator[ModuleType]:
    for info in pkgutil.iter_modules(__path__):
        yield importlib.import_module(f"{__name__}.{info.name}")


@cache
def registry() -> dict[str, dict[int, Function]]:
    """The functions by name (aliases too) and number of arguments."""
    table: dict[str, dict[int, Function]] = {}
    for module in _modules():
        for f in getattr(module, "FUNCTIONS", ()):
            for name in (f.name, *f.aliases):
                arities = table.setdefault(name, {})
                if len(f.parameters) in arities:
                    raise ValueError(f"two records for {name} of {len(f.parameters)} arguments")
                arities[len(f.parameters)] = f
    return table


@cache
def _makers() -> tuple[Callable[[str, int], Function | None], ...]:
    """What makes records on demand."""
    return tuple(m.made for m in _modules() if hasattr(m, "made"))


def lookup(name: str, arity: int | None = None) -> Function | None:
    """The function of a name (and number of arguments; else with the fewest), or None."""
    arities = registry().get(name, {})
    if arity is None:
        return arities[min(arities)] if arities else None
    if arity in arities:
        return arities[arity]
    made = (f for make in _makers() if (f := make(name, arity)) is not None)
    return next(made, None)


def wrong_arity(name: str, count: int) -> ArityError:
    """The error for a number of arguments that no function of a name takes."""
    counts = sorted(registry()[name])
    if len(counts) == 1:
        head = registry()[name][counts[0]].head
        return ArityError(f"{head} takes {counts[0]} argument{'s' * (counts[0] != 1)}, not {count}")
    taken = f"{', '.join(map(str, counts[:-1]))} or {counts[-1]}"
    return ArityError(f"{name} takes {taken} arguments, not {count}")


def names() -> list[str]:
    """The names of all functions of this version."""
    return sorted(registry())
