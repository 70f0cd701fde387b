"""Programs as source of languages that store arrays by columns: what MATLAB and Julia share.

Values have the axes of programs: a vector is a column. Beside a matrix, entry by entry, a vector
without a second axis is a row, as in NumPy. Such code is read and pasted, not called from here.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, ClassVar

from matcalc.codegen.emitter import (
    ATOM,
    MATMUL,
    POWER,
    SIGN,
    SUM,
    TIMES,
    Emitter,
    Text,
    given_call,
    number_text,
)
from matcalc.codegen.numpy import NumPy, padded
from matcalc.codegen.program import Op
from matcalc.errors import NotSupportedError
from matcalc.expr.sizes import AnySize, shape_text


class ByColumns(Emitter):
    """What MATLAB and Julia share; each says how it spells the rest."""

    wishes: ClassVar[Mapping[str, str]] = NumPy.wishes
    raised: ClassVar[str] = "^"
    times: ClassVar[str]  # entry by entry, as are the next two
    over: ClassVar[str]
    to_the: ClassVar[str]
    texts: ClassVar[Mapping[str, str]] = {}  # of elementwise functions, with {} for the argument
    functions: ClassVar[Mapping[str, str]] = {}  # other functions that the language has
    constants: ClassVar[Mapping[str, str]] = {}

    def source(self, inputs: Sequence[tuple[str, Any]]) -> Any:
        self.comments = [*self.comments, *self._declared(inputs)]
        self.turning = [self.assignment(n, self.shaped(n, (1,))) for n in self._rows(inputs)]
        return super().source(inputs)

    def _declared(self, inputs: Sequence[tuple[str, Any]]) -> list[str]:
        """What the code takes for granted."""
        shapes = [
            f"{self.names.of(('input', n), n)} {shape_text(self.shapes[n])}"
            for n, _ in inputs
            if self.shapes.get(n, (1, 1)) != (1, 1)
        ]
        return [f"given: {', '.join(shapes)}"] if shapes else []

    def _rows(self, inputs: Sequence[tuple[str, Any]]) -> list[str]:
        """The names of given rows, which the code has as columns."""
        return [
            self.names.of(("input", n), n)
            for n, axes in inputs
            if len(axes) == 1 and self.shapes.get(n, (2, 1))[0] == 1
        ]

    def function_body(self, body: list[str]) -> list[str]:
        """The lines within the function: comments first, then what turns rows into columns."""
        comments = [line for line in body if line.startswith(self.mark)]
        rest = [line for line in body if not line.startswith(self.mark)]
        return ["    " + line for line in [*comments, *self.turning, *rest]]

    def extent(self, array: str, axis: int) -> str:
        return f"size({array}, {axis + 1})"

    @abstractmethod
    def flipped(self, text: str) -> str:
        """The transpose of what binds as closely as can be."""

    def turned(self, op: Op) -> str:
        """The transpose of an operand."""
        if op.kind == "T" and self.text[op.args[0]][0].isidentifier():
            return self.bare(op.args[0])
        return self.flipped(self.part(op))

    def beside(self, a: Op, op: Op, level: int) -> str:
        """An operand of what is done entry by entry: a vector is a row beside a matrix."""
        return self.turned(a) if len(a.axes) == 1 and len(op.axes) == 2 else self.part(a, level)

    @abstractmethod
    def shaped(self, text: str, axes: Sequence[AnySize]) -> str:
        """The entries by columns, along other axes."""

    @abstractmethod
    def permuted(self, text: str, order: Sequence[int]) -> str: ...

    @abstractmethod
    def identity_matrix(self, n: AnySize) -> str: ...

    @abstractmethod
    def diagonal_matrix(self, d: Op) -> str: ...

    @abstractmethod
    def as_column(self, row: str) -> str: ...

    @abstractmethod
    def by_entries(self, function: str, array: str) -> str:
        """A given function of a number, put to each entry of an array."""

    @abstractmethod
    def entrywise(self, text: str, op: Op, arguments: list[str]) -> str | Text:
        """An elementwise function, by a text with {} for the argument, or by its name."""

    def identity(self, n: AnySize) -> str:
        """The identity where it is added to a matrix."""
        return self.identity_matrix(n)

    def plus(self, op: Op, mark: str) -> str:
        """The sign of an addition."""
        return mark

    def base(self, a: Op, op: Op) -> str:
        """What is raised to a power."""
        return self.beside(a, op, ATOM)

    def unknown(self, what: str) -> NotSupportedError:
        return NotSupportedError(f"{what} in code for {self.target}")


def _add(s: ByColumns, op: Op, *args: Op) -> Text:
    pieces = []
    for k, (a, sign) in enumerate(zip(args, op.data, strict=True)):
        least = TIMES if k == 0 and sign < 0 else MATMUL if k else SUM
        text = s.beside(a, op, least)
        mark = s.plus(op, "-" if sign < 0 else "+")
        pieces.append((text if sign > 0 else f"-{text}") if k == 0 else f" {mark} {text}")
    return "".join(pieces), SUM


def _mul(s: ByColumns, op: Op, a: Op, b: Op) -> Text:
    broken = isinstance(a.data, Fraction) and a.data.denominator != 1
    if a.kind == "number" and (broken or a.data == -1):
        return NumPy.rules["mul"](s, op, a, b)
    sign = "*" if not a.axes or not b.axes else s.times
    return f"{s.beside(a, op, TIMES)}{sign}{s.beside(b, op, SIGN)}", TIMES


def _div(s: ByColumns, op: Op, a: Op, b: Op) -> Text:
    sign = s.over if b.axes else "/"
    return f"{s.beside(a, op, TIMES)}{sign}{s.beside(b, op, SIGN)}", TIMES


def _reciprocal(s: ByColumns, op: Op, a: Op) -> Text:
    return f"1{s.over if a.axes else '/'}{s.part(a, SIGN)}", TIMES


def _power(s: ByColumns, op: Op, a: Op, b: Op) -> Text:
    exponent = s.beside(b, op, ATOM)
    if exponent.endswith("'"):
        exponent = f"({exponent})"
    return f"{s.base(a, op)}{s.to_the if op.axes else '^'}{exponent}", POWER


def _matmul(s: ByColumns, op: Op, a: Op, b: Op) -> Text:
    if len(a.axes) == 1 and len(b.axes) == 2:
        return f"{s.turned(b)}*{s.part(a, SIGN)}", MATMUL
    left = (
        s.turned(a) if len(a.axes) == 1 else s.part(a, MATMUL if s.text[a][1] == MATMUL else SIGN)
    )
    return f"{left}*{s.part(b, SIGN)}", MATMUL


def _outer(s: ByColumns, op: Op, a: Op, b: Op) -> Text:
    return f"{s.part(a, SIGN)}*{s.turned(b)}", MATMUL


def _add_diagonal(s: ByColumns, op: Op, a: Op, d: Op) -> Text:
    if d.axes:
        return f"{s.part(a, SUM)} + {s.diagonal_matrix(d)}", SUM
    text = s.identity(op.axes[0])
    if not (d.kind == "number" and d.data == 1):
        text = f"{s.part(d, TIMES)}*{text}"
    return f"{s.part(a, SUM)} + {text}", SUM


def _reshape(s: ByColumns, op: Op, a: Op) -> str:
    """Entries in the order of rows: between two transpositions, by columns."""
    if len(a.axes) < 2 and len(op.axes) < 2:
        return s.shaped(s.bare(a), op.axes)
    if len(a.axes) == 2 and a.axes[0] == 1 and len(op.axes) == 1:
        return s.as_column(s.bare(a))
    if len(a.axes) == 2:
        inside = s.turned(a)
    elif len(a.axes) > 2:
        inside = s.permuted(s.bare(a), range(len(a.axes))[::-1])
    else:
        inside = s.bare(a)
    found = s.shaped(inside, op.axes[::-1])
    if len(op.axes) == 2:
        return s.flipped(found)
    return s.permuted(found, range(len(op.axes))[::-1]) if len(op.axes) > 2 else found


def _transpose(s: ByColumns, op: Op, a: Op) -> str:
    if a.kind == "reshape" and len(a.args[0].axes) == 1 and not s.text[a][0].isidentifier():
        return s.shaped(s.bare(a.args[0]), op.axes)  # unvec
    return s.flipped(s.part(a))


def _spread(s: ByColumns, a: Op, places: Sequence[int], count: int) -> str:
    """Along the axes at these places of so many, the others of length one."""
    if not a.axes:
        return s.part(a, SIGN)
    axes: list[AnySize] = [1] * count
    for k, n in zip(places, a.axes, strict=True):
        axes[k] = n
    return s.shaped(s.bare(a), axes)


def _tensor_product(s: ByColumns, op: Op, *parts: Op) -> Text:
    pieces = [_spread(s, a, p, len(op.axes)) for a, p in zip(parts, op.data, strict=True)]
    return s.times.join(pieces), TIMES if len(pieces) > 1 else ATOM


def _placed(s: ByColumns, op: Op, a: Op) -> Text:
    """Entries put where indices agree, zeros elsewhere: times identities along pairs of axes."""
    letters, kept = op.data.split("->")
    same = [c for c in kept if letters.count(c) == 2]
    rest = [letters.index(c) for c in kept if c not in same]
    pieces = [] if a.kind == "number" and a.data == 1 else [_spread(s, a, rest, len(op.axes))]
    for c in same:
        axes: list[AnySize] = [1] * len(op.axes)
        for k, letter in enumerate(letters):
            if letter == c:
                axes[k] = op.axes[k]
        n = op.axes[letters.index(c)]
        pieces.append(s.shaped(s.identity_matrix(n), axes))
    return s.times.join(pieces), TIMES if len(pieces) > 1 else ATOM


def _elementwise(s: ByColumns, op: Op, *args: Op) -> str | Text:
    name = op.data.name
    given = [s.beside(a, op, SUM) for a in args]
    text = s.texts.get(name)
    if text is not None:
        return s.entrywise(text, op, given)
    if name in s.helpers:
        return s.entrywise(s.helper(name), op, given)
    raise s.unknown(name)


def _record(s: ByColumns, op: Op, *args: Op) -> str:
    f = op.data[0]
    given = [*map(s.bare, args)]
    found = s.symmetric_call(op, given)
    if found is None and f.name in s.functions:
        found = f"{s.functions[f.name]}({', '.join(given)})"
    if found is None:
        found = s.helper_call(f.name, given)
    if found is None:
        raise s.unknown(f.head)
    return found


def slice_text(s: ByColumns, op: Op) -> str:
    """The places that columns or rows are taken from."""
    start, count = op.data
    first = s.size(start)
    if count == 1:
        return first
    if isinstance(start, int) and isinstance(count, int):
        return f"{first}:{start + count - 1}"
    return f"{first}:{first} + {s.size(count)} - 1"


RULES: dict[str, Callable[..., Any]] = {
    "input": lambda s, op: s.names.of(("input", op.data), op.data),
    "number": lambda s, op: number_text(op.data),
    "constant": lambda s, op: s.constants[op.data],
    "size": lambda s, op: (s.size(op.data), ATOM if str(op.data).isidentifier() else SUM),
    "eye": lambda s, op: s.identity_matrix(op.data),
    "T": _transpose,
    "reshape": _reshape,
    "fold": lambda s, op, a: s.shaped(s.bare(a), op.axes),
    "permute": lambda s, op, a: s.permuted(s.bare(a), op.data),
    "tensor_product": _tensor_product,
    "placed": _placed,
    "add": _add,
    "mul": _mul,
    "div": _div,
    "reciprocal": _reciprocal,
    "power": _power,
    "padded": padded,
    "conjugate": lambda s, op, a: f"conj({s.bare(a)})",
    "add_diagonal": _add_diagonal,
    "matmul": _matmul,
    "outer": _outer,
    "kron": lambda s, op, a, b: f"kron({s.bare(a)}, {s.bare(b)})",
    "diag": lambda s, op, a: s.diagonal_matrix(a),
    "diagonal": lambda s, op, a: f"diag({s.bare(a)})",
    "matrix_power": lambda s, op, a: (f"{s.part(a)}^{op.data}", POWER),
    "inverse": lambda s, op, a: f"inv({s.bare(a)})",
    "call": _elementwise,
    "record": _record,
    "abstract": lambda s, op, *args: given_call(s, op, args, s.turned),
}
