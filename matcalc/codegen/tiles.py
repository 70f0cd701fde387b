"""Entry by entry, a large array is worked on in tiles that stay in the cache.

Where every array of a program is made entry by entry from others of its shape, the code of a tile
is the code of the whole, and sums over all entries are sums of the tiles' sums.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from matcalc.codegen.emitter import Parameter
from matcalc.codegen.program import Axes, Op, Program

TILE = 8192  # entries: with the temporaries of a formula, less than a cache of the second level
LEAST = 4 * TILE  # entries below which nothing is won

_ENTRYWISE = frozenset({"mul", "div", "add", "reciprocal", "power", "conjugate", "call"})


@dataclass(frozen=True)
class Tiling:
    """Which outputs of a program are sums over the tiles; all others have their entries."""

    sums: tuple[bool, ...]
    whole: frozenset[str]  # inputs that every tile needs as they are

    def __str__(self) -> str:
        return f"by tiles of {TILE} entries"

    def run(
        self, code: Callable[..., Any], parameters: list[Parameter], dtype: str
    ) -> Callable[..., Any]:
        """The code of a program, for arrays of any length."""
        cut = [p.key not in self.whole for p in parameters]
        first = cut.index(True)

        def by_tiles(*arguments: Any) -> Any:
            like = arguments[first]
            step = max(1, TILE * len(like) // like.size)
            out: list[Any] = [0 if is_sum else np.empty(like.shape, dtype) for is_sum in self.sums]
            for k in range(0, len(like), step):
                tile = slice(k, k + step)
                found = code(*[a[tile] if c else a for a, c in zip(arguments, cut, strict=True)])
                for j, part in enumerate(found if type(found) is tuple else (found,)):
                    if self.sums[j]:
                        out[j] = out[j] + part
                    else:
                        out[j][tile] = part
            return tuple(out)

        return by_tiles


def tiling(program: Program) -> Tiling | None:
    """How a program can be run by tiles; None where it cannot, or need not."""
    outputs = list(program.outputs.values())
    ops = list(program.order())
    shapes = {op.axes for op in ops if op.axes}
    if len(shapes) != 1:
        return None
    (axes,) = shapes
    if program.count(axes) < LEAST:
        return None
    kinds: dict[Op, str] = {}
    for op in ops:
        kind = _kind(op, axes, kinds)
        if kind is None:
            return None
        kinds[op] = kind
    entrywise = [op for op in ops if kinds[op] == "entries" and op.kind != "input"]
    if len(entrywise) < 2 or any(kinds[op] == "free" or op.kind == "input" for op in outputs):
        return None
    whole = frozenset(op.data for op in ops if op.kind == "input" and not op.axes)
    return Tiling(tuple(kinds[op] == "sum" for op in outputs), whole)


def _kind(op: Op, axes: Axes, kinds: dict[Op, str]) -> str | None:
    """What an operation gives: "entries" of the shape, a "sum" over them, or is "free" of both."""
    below = [kinds[a] for a in op.args]
    if op.kind in ("input", "number"):
        return "entries" if op.axes else "free"
    if op.axes:
        fits = op.kind in _ENTRYWISE and "sum" not in below
        return "entries" if fits else None
    if op.kind in ("sum", "inner", "matmul"):
        return "sum" if set(below) == {"entries"} else None
    if set(below) == {"free"}:
        return "free" if op.kind in _ENTRYWISE else None
    linear = (
        (op.kind == "add" and set(below) == {"sum"})
        or (op.kind == "mul" and sorted(below) == ["free", "sum"])
        or (op.kind == "div" and below == ["sum", "free"])
    )
    return "sum" if linear else None
