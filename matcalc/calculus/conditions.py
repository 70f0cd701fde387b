"""The conditions under which an answer holds, read off the function and the answer."""

from __future__ import annotations

from collections.abc import Collection

from matcalc.expr.nodes import (
    Apply,
    ElementPower,
    Expr,
    Inverse,
    Power,
    number_value,
    postorder,
)
from matcalc.functions import lookup
from matcalc.functions.record import Function


def conditions_of(roots: Collection[Expr], moving: Collection[Expr]) -> tuple[str, ...]:
    """What must hold for the roots to be defined, and for the moving nodes to be differentiable."""
    found: dict[str, None] = {}
    determinants: set[Expr] = set()
    nodes = list(postorder(*roots))
    for e in nodes:
        if isinstance(e, Apply) and e.function is lookup("logdet"):
            determinants.add(e.arguments[0])
        if isinstance(e, Apply) and e.function is lookup("log"):
            inner = e.arguments[0]
            if isinstance(inner, Apply) and inner.function is lookup("det"):
                determinants.add(inner.arguments[0])
    smooth = _only_squared(nodes)
    for e in nodes:
        if e in smooth:
            continue
        for text in _of_node(e, e in moving, determinants):
            found[text] = None
    return tuple(found)


def _only_squared(nodes: Collection[Expr]) -> set[Expr]:
    """Norms that occur only as their squares, which are smooth everywhere."""
    squared: set[Expr] = set()
    alone: set[Expr] = set()
    for e in nodes:
        for c in e.children:
            if isinstance(c, Apply) and isinstance(c.function, Function) and c.function.squared:
                even = isinstance(e, Power) and number_value(e.exponent) == 2
                (squared if even else alone).add(c)
    return squared - alone


def _of_node(e: Expr, moving: bool, determinants: set[Expr]) -> list[str]:
    if isinstance(e, Apply) and isinstance(e.function, Function):
        return _of_record(e, moving, determinants)
    if isinstance(e, Inverse):
        return _nonsingular(e.argument, determinants)
    if isinstance(e, Power | ElementPower):
        return _of_power(e, determinants)
    return []


def _of_record(e: Apply, moving: bool, determinants: set[Expr]) -> list[str]:
    found = []
    for c in e.function.conditions:
        argument = e.arguments[e.function.parameters.index(c.parameter)]
        if c.unless & argument.facts or not (moving or e.function.defined):
            continue
        if c.text == "□ nonsingular":
            found += _nonsingular(argument, determinants)
        elif not (e.function is lookup("log") and _is_determinant(argument)):
            found.append(_state(c.text, argument))
        else:
            found.append(f"{argument} > 0")
    return found


def _is_determinant(e: Expr) -> bool:
    return isinstance(e, Apply) and e.function is lookup("det")


def _nonsingular(a: Expr, determinants: set[Expr]) -> list[str]:
    if "nonsingular" in a.facts or a in determinants:
        return []
    return [f"{a} nonsingular"]


def _of_power(e: Expr, determinants: set[Expr]) -> list[str]:
    base, p = e.children[0], number_value(e.children[1])
    entries = isinstance(e, ElementPower)
    subject = f"every entry of {base}" if entries else str(base)
    if not entries and not base.is_scalar:
        return _nonsingular(base, determinants) if p is not None and p < 0 else []
    if p is not None and p == int(p):
        if p > 0 or "positive" in base.facts:
            return []
        if isinstance(base, Apply) and base.function is lookup("norm2"):
            return [f"{base.arguments[0]} ≠ 0"]
        if _is_determinant(base) and isinstance(base, Apply):
            return _nonsingular(base.arguments[0], determinants)
        return [f"no entry of {base} is 0" if entries else f"{base} ≠ 0"]
    if "positive" in base.facts:
        return []
    if isinstance(base, Apply) and base.function is lookup("abs"):
        return [f"no entry of {base.arguments[0]} is 0" if entries else f"{base.arguments[0]} ≠ 0"]
    return [f"{subject} > 0"]


def _state(text: str, argument: Expr) -> str:
    """The condition's text with the argument in place; of a scalar, without "entry of"."""
    if argument.is_scalar:
        text = text.replace("every entry of □", "□")
        text = text.replace("no entry of □ is 0", "□ ≠ 0")
    shown = str(argument)
    if not argument.is_scalar or len(shown) < 60:
        return text.replace("□", shown)
    return text.replace("□", shown[:57] + "...")


