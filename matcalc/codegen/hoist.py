"""What depends on given constants alone is computed once, beforehand."""

from __future__ import annotations

from collections.abc import Collection

from matcalc.codegen.program import Op, Program

_LIGHT = frozenset(
    {"input", "number", "constant", "size", "T", "column", "reshape", "eye", "ones", "zeros"}
)


def hoisted(program: Program, constants: Collection[str]) -> tuple[Program, Program]:
    """A program of what the named inputs determine, and the program of all else.

    The first one's outputs are inputs of the second; their names, "known 1", are no variable's.
    """
    ops = list(program.order())
    fixed: set[Op] = set()
    for op in ops:
        given = op.kind == "input" and op.data in constants
        if given or (op.args and op.kind != "abstract" and all(map(fixed.__contains__, op.args))):
            fixed.add(op)
        elif not op.args and op.kind not in ("input", "abstract"):
            fixed.add(op)  # a number, an identity
    wanted: dict[Op, str] = {}

    def want(op: Op) -> None:
        if op in fixed and op.kind not in _LIGHT and op not in wanted:
            wanted[op] = f"known {len(wanted) + 1}"

    for op in ops:
        if op not in fixed:
            for a in op.args:
                want(_solid(a))
    for op in program.outputs.values():
        want(op)
    before = Program(program.sizes, {name: op for op, name in wanted.items()}, dict(program.names))
    after = Program(program.sizes, {}, {})
    copies: dict[Op, Op] = {}
    for op in ops:
        if op in wanted:
            copies[op] = after.op("input", (), wanted[op], op.axes)
        else:
            copies[op] = after.op(op.kind, [copies[a] for a in op.args], op.data, op.axes)
    after.outputs = {name: copies[op] for name, op in program.outputs.items()}
    after.names = {copies[op]: name for op, name in program.names.items() if op in copies}
    return before, after


def _solid(op: Op) -> Op:
    """What a rearrangement is of."""
    while op.kind in ("T", "column", "reshape") and op.args:
        op = op.args[0]
    return op
