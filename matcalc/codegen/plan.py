"""What a program does: its operations, with estimates of work and memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil, prod

from matcalc.codegen.program import Op, Program
from matcalc.errors import ShapeError

_SEEN = frozenset({"T", "reshape", "column", "columns", "rows"})  # in another arrangement
_FREE = frozenset({"input", "number", "constant", "size"}) | _SEEN


class Plan:
    """The operations of a program in order; printed as a table.

    flops: floating point operations. memory: entries of the intermediate arrays and results.
    held: entries that are needed at the same time, given arrays included. notes: how it is run.
    """

    def __init__(self, program: Program, notes: tuple[str, ...] = ()):
        self.program, self.notes = program, notes
        self.ops = [op for op in program.order() if op.kind not in _FREE]
        self.flops = sum(self.work(op) for op in self.ops)
        self.memory = sum(program.count(op.axes) for op in self.ops)

    def work(self, op: Op) -> int:
        """An estimate of the floating point operations of one operation."""
        sizes = [tuple(map(self.program.number, a.axes)) for a in op.args]
        whole = prod(map(self.program.number, op.axes))
        rule = _WORK.get(op.kind)
        return int(rule(sizes, whole)) if rule is not None else whole

    @cached_property
    def held(self) -> int:
        count = self.program.count
        order = [op for op in self.program.order() if op.axes]
        last = {_owner(a): k for k, op in enumerate(order) for a in op.args}
        kept = {_owner(op) for op in self.program.outputs.values()}
        now = most = sum(count(op.axes) for op in order if op.kind == "input")
        for k, op in enumerate(order):
            if op.kind in _FREE:
                continue
            now += count(op.axes)
            most = max(most, now)
            done = {a for a in map(_owner, op.args) if last[a] == k and a.axes} - kept
            now -= sum(count(a.axes) for a in done if a.kind != "input")
        return most

    def in_blocks(self, /, **sizes: int) -> Blocks:
        """The same in blocks of rows, as in f.planned(m=10**8, n=10).in_blocks(m=10**6)."""
        whole = self.program.sizes
        unknown = [n for n in sizes if n not in whole]
        if unknown:
            raise ShapeError(
                f"the plan has no number for {', '.join(unknown)}",
                hint=f"planned({unknown[0]}=...) gives one",
            )
        count = prod(ceil(whole[n] / k) for n, k in sizes.items())
        return Blocks(self, Plan(replace(self.program, sizes={**whole, **sizes})), sizes, count)

    def __str__(self) -> str:
        return "\n".join([*self.lines(), *self._totals()])

    def _totals(self) -> list[str]:
        planned = ", ".join(f"{n} = {v}" for n, v in self.program.sizes.items())
        return [
            f"total {self.flops:.1e} flops, {self.memory:.1e} entries",
            f"planned for {planned or 'sizes of 1000'}",
            *self.notes,
        ]

    def lines(self) -> list[str]:
        """A line for each operation, below the head."""
        rows = [("operation", "shape", "flops")]
        for op in self.ops:
            what = op.data.name if op.kind == "call" else op.kind
            if op.kind == "record":
                what = op.data[0].name
            shape = "×".join(map(str, op.axes)) or "number"
            rows.append((what, shape, f"{self.work(op):.1e}"))
        widths = [max(len(r[k]) for r in rows) for k in range(3)]
        lines = ["  ".join(t.ljust(w) for t, w in zip(r, widths, strict=True)) for r in rows]
        return [line.rstrip() for line in lines]

    __repr__ = __str__


@dataclass(frozen=True, repr=False)
class Blocks:
    """A plan carried out block by block: what one block takes, and how many there are.

    flops: of all blocks. held: entries that one block needs at the same time.
    """

    whole: Plan
    block: Plan
    sizes: Mapping[str, int]
    count: int

    @property
    def flops(self) -> int:
        return self.whole.flops

    @property
    def held(self) -> int:
        return self.block.held

    def __str__(self) -> str:
        size = ", ".join(f"{n} = {v}" for n, v in self.sizes.items())
        total = f"{self.count} blocks of {size}: {self.flops:.1e} flops in all"
        return "\n".join([*self.block.lines(), total, f"{self.held:.1e} entries held for a block"])

    __repr__ = __str__


def _owner(op: Op) -> Op:
    """The operation that made the entries."""
    while op.kind in _SEEN:
        op = op.args[0]
    return op


Sizes = list[tuple[int, ...]]


def _matmul(sizes: Sizes, whole: int) -> float:
    return 2 * whole * sizes[0][-1]


_WORK: dict[str, Callable[[Sizes, int], float]] = {
    "matmul": _matmul,
    "inner": lambda sizes, whole: 2 * prod(sizes[0]),
    "sum": lambda sizes, whole: prod(sizes[0]),
    "trace": lambda sizes, whole: sizes[0][0],
    "row_products": lambda sizes, whole: 2 * prod(sizes[0]),
    "inverse": lambda sizes, whole: 2 * sizes[0][0] ** 3,
    "cholesky": lambda sizes, whole: sizes[0][0] ** 3 / 3,
    "cholesky_inverse": lambda sizes, whole: 2 * sizes[0][0] ** 3 / 3,
    "half_logdet": lambda sizes, whole: sizes[0][0],
    "cholesky_solve": lambda sizes, whole: 2 * sizes[0][0] * whole,
    "lu": lambda sizes, whole: 2 * sizes[0][0] ** 3 / 3,
    "lu_solve": lambda sizes, whole: 2 * sizes[0][0] * whole,
    "lu_logdet": lambda sizes, whole: sizes[0][0],
    "logdet": lambda sizes, whole: 2 * sizes[0][0] ** 3 / 3,
    "matrix_power": lambda sizes, whole: 4 * sizes[0][0] ** 3,
}
