"""What a program does: its operations, with estimates of work and memory."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from matcalc.codegen.program import Op, Program

_FREE = frozenset({"input", "number", "size", "T", "reshape", "column", "columns", "rows"})


class Plan:
    """The operations of a program in order; printed as a table.

    flops: floating point operations. memory: entries of the intermediate arrays and results.
    """

    def __init__(self, program: Program):
        self.program = program
        self.ops = [op for op in program.order() if op.kind not in _FREE]
        self.flops = sum(self.work(op) for op in self.ops)
        self.memory = sum(program.count(op.axes) for op in self.ops)

    def work(self, op: Op) -> int:
        """An estimate of the floating point operations of one operation."""
        sizes = [tuple(map(self.program.number, a.axes)) for a in op.args]
        whole = prod(map(self.program.number, op.axes))
        rule = _WORK.get(op.kind)
        return int(rule(sizes, whole)) if rule is not None else whole

    def __str__(self) -> str:
        rows = [("operation", "shape", "flops")]
        for op in self.ops:
            what = op.data.name if op.kind == "call" else op.kind
            if op.kind == "record":
                what = op.data[0].name
            shape = "×".join(map(str, op.axes)) or "number"
            rows.append((what, shape, f"{self.work(op):.1e}"))
        widths = [max(len(r[k]) for r in rows) for k in range(3)]
        lines = ["  ".join(t.ljust(w) for t, w in zip(r, widths, strict=True)) for r in rows]
        planned = ", ".join(f"{n} = {v}" for n, v in self.program.sizes.items())
        lines.append(f"total {self.flops:.1e} flops, {self.memory:.1e} entries")
        lines.append(f"planned for {planned or 'sizes of 1000'}")
        return "\n".join(line.rstrip() for line in lines)

    __repr__ = __str__


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
