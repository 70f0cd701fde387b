"""Straight-line programs over arrays: operations with operands, each distinct one once.

Arrays have the axes of tensor layout: a scalar none, a vector one (rows and columns alike), a
matrix two. What lies along an axis of length one by declaration is decided here, once, and not at
run time.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

from matcalc.expr.sizes import AnySize, names_of, size_value

Axes = tuple[AnySize, ...]


class Op:
    """One operation. `data` is what it needs beside its operands; `axes` are those of its value."""

    __slots__ = ("args", "axes", "data", "kind")

    def __init__(self, kind: str, args: tuple[Op, ...], data: Any, axes: Axes):
        self.kind, self.args, self.data, self.axes = kind, args, data, axes

    @property
    def is_scalar(self) -> bool:
        return not self.axes

    @property
    def is_of_sizes(self) -> bool:
        """Whether it is a number made of sizes and other numbers alone."""
        stack = [self]
        while stack:
            op = stack.pop()
            if op.axes or op.kind in ("input", "abstract"):
                return False
            stack.extend(op.args)
        return True

    def __repr__(self) -> str:
        return f"{self.kind}({', '.join(a.kind for a in self.args)}){list(map(str, self.axes))}"


@dataclass
class Program:
    """Operations by what they are, so that equal ones are the same object.

    `outputs` are names with the operations that give them; `sizes` are the numbers that the
    program is planned for, by size names.
    """

    sizes: dict[str, int] = field(default_factory=dict)
    outputs: dict[str, Op] = field(default_factory=dict)
    names: dict[Op, str] = field(default_factory=dict)  # what to call intermediates
    _table: dict[tuple, Op] = field(default_factory=dict)

    def op(self, kind: str, args: Iterable[Op] = (), data: Hashable = None, axes: Axes = ()) -> Op:
        operands = tuple(args)
        key = (kind, tuple(map(id, operands)), data, axes)
        found = self._table.get(key)
        if found is None:
            found = self._table[key] = Op(kind, operands, data, axes)
        return found

    def order(self, roots: Iterable[Op] | None = None) -> Iterator[Op]:
        """The operations that the outputs need, operands first."""
        wanted = list(self.outputs.values() if roots is None else roots)
        seen: set[Op] = set()
        stack = [(r, False) for r in reversed(wanted)]
        while stack:
            op, ready = stack.pop()
            if ready:
                yield op
            elif op not in seen:
                seen.add(op)
                stack.append((op, True))
                stack.extend((a, False) for a in reversed(op.args) if a not in seen)

    def number(self, size: AnySize) -> int:
        """A size as a number: the one planned for."""
        return size if isinstance(size, int) else size_value(size, Guess(self.sizes))

    def count(self, axes: Sequence[AnySize]) -> int:
        """The number of entries."""
        return prod(map(self.number, axes))


class Guess(dict):
    """Sizes, with a guess for those that are not known."""

    USUAL = 1000

    def __missing__(self, name: str) -> int:
        return self.USUAL


def axes_of(shape: Axes) -> Axes:
    """The axes of a value: sizes that are one by declaration are none."""
    return tuple(s for s in shape if s != 1)


def size_names(axes: Iterable[AnySize]) -> set[str]:
    return {name for s in axes for name in names_of(s)}
