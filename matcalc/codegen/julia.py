"""Programs as source for Julia (1.4 or later), with its standard library LinearAlgebra.

The gamma functions and erf are those of the package SpecialFunctions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, ClassVar

from matcalc.codegen.by_columns import RULES, ByColumns, slice_text
from matcalc.codegen.emitter import ATOM, SIGN, TIMES, Text, helped, log_determinant, number_text
from matcalc.codegen.julia_helpers import HELPERS, OF_COMPLEX, SYMMETRIC
from matcalc.codegen.program import Op
from matcalc.codegen.runtime import Runtime
from matcalc.expr.sizes import AnySize

_KEYWORDS = """
    abstract baremodule begin break catch const continue do else elseif end export false finally
    for function global if import in isa let local macro module mutable outer primitive quote
    return struct true try type using var where while
""".split()

_TEXTS = {
    "lgamma": "loggamma", "relu": "max.({}, 0)", "max": "max", "min": "min",
    **{n: n for n in "exp log log1p sqrt sin cos tan asin acos atan sinh cosh tanh abs".split()},
    **{n: n for n in "sign gamma digamma polygamma erf".split()},
}  # fmt: skip

_FUNCTIONS = {"expm": "exp", **{n: n for n in "det tril triu cumsum".split()}}

_CALLED = """
    I Diagonal Float64 Hermitian Inf LowerTriangular Matrix NaN UpperTriangular cholesky conj diag
    div dot fill inv kron lu only ones permutedims pi reshape size sum tr transpose vec zeros
    LinearAlgebra SpecialFunctions
""".split()

CALLED = frozenset({*_TEXTS.values(), *_FUNCTIONS.values(), *_CALLED} - {"max.({}, 0)"})


class Julia(ByColumns):
    """Julia."""

    target = "julia"
    helpers: ClassVar[Mapping[str, str]] = HELPERS
    of_complex: ClassVar[Mapping[str, str]] = OF_COMPLEX
    constants: ClassVar[Mapping[str, str]] = {"pi": "Float64(pi)", "1i": "1.0im"}
    symmetric: ClassVar[Mapping[str, str]] = SYMMETRIC
    reserved: ClassVar[frozenset[str]] = frozenset({*_KEYWORDS, *CALLED})
    times: ClassVar[str] = " .* "
    over: ClassVar[str] = " ./ "
    to_the: ClassVar[str] = " .^ "
    texts: ClassVar[Mapping[str, str]] = _TEXTS
    functions: ClassVar[Mapping[str, str]] = _FUNCTIONS
    special: ClassVar[frozenset[str]] = frozenset("gamma lgamma digamma polygamma erf gelu".split())

    def layout(self, parameters: list[str], body: list[str]) -> list[str]:
        calls = {op.data.name for op in self.program.order() if op.kind == "call"}
        lines = [
            "using LinearAlgebra",
            *(["using SpecialFunctions"] if calls & self.special else []),
        ]
        for text in self.used.values():
            lines += ["", *text.strip("\n").split("\n")]
        lines += ["", f"function {self.function}({', '.join(parameters)})"]
        return [*lines, *self.function_body(body), "end"]

    def by_entries(self, function: str, array: str) -> str:
        return f"{function}.({array})"

    def divided(self, size: str, by: int) -> str:
        return f"div({size}, {by})"

    def flipped(self, text: str) -> str:
        return f"transpose({text})" if self.is_complex else f"{text}'"

    def shaped(self, text: str, axes: Sequence[AnySize]) -> str:
        if not axes:
            return f"only({text})"
        return f"vec({text})" if len(axes) == 1 else f"reshape({text}, {self.axes(axes)[1:-1]})"

    def permuted(self, text: str, order: Sequence[int]) -> str:
        return f"permutedims({text}, ({', '.join(str(k + 1) for k in order)}))"

    def identity(self, n: AnySize) -> str:
        return "I"

    def identity_matrix(self, n: AnySize) -> str:
        return f"Matrix(1.0I, {self.size(n)}, {self.size(n)})"

    def diagonal_matrix(self, d: Op) -> str:
        return f"Diagonal({self.bare(d)})"

    def as_column(self, row: str) -> str:
        return f"vec({row})"

    def plus(self, op: Op, mark: str) -> str:
        return mark if all(a.axes == op.axes for a in op.args) else f".{mark}"

    def base(self, a: Op, op: Op) -> str:
        """A whole number would be raised as such, and overflow."""
        if a.kind == "number" and isinstance(a.data, Fraction):
            return f"({float(a.data)!r})" if a.data < 0 else repr(float(a.data))
        return f"Float64({self.bare(a)})" if a.kind == "size" else super().base(a, op)

    def entrywise(self, text: str, op: Op, arguments: list[str]) -> str | Text:
        if "{}" in text:
            found = text.replace("{}", arguments[0])
            return found if op.axes else found.replace(".(", "(")
        return f"{text}{'.' if op.axes else ''}({', '.join(arguments)})"


def _filled(name: str) -> Callable[..., str]:
    def rule(s: Julia, op: Op) -> str:
        return f"{name}({', '.join(map(s.size, op.axes))})"

    return rule


def _number(s: Julia, op: Op) -> Text:
    text, level = number_text(op.data)
    if isinstance(op.data, complex):
        return f"({op.data.real!r} + {op.data.imag!r}im)", ATOM
    return text.replace("math.inf", "Inf"), level


def _sum(s: Julia, op: Op, a: Op) -> str:
    if op.data is None:
        return f"sum({s.bare(a)})"
    return f"vec(sum({s.bare(a)}, dims={op.data + 1}))"


def _inner(s: Julia, op: Op, a: Op, b: Op) -> str:
    if s.is_complex:
        return f"sum({s.part(a, TIMES)} .* {s.part(b, SIGN)})"
    return f"dot({s.bare(a)}, {s.bare(b)})"


def _slice(at: int) -> Callable[..., str]:
    def rule(s: Julia, op: Op, a: Op) -> str:
        where = slice_text(s, op)
        if len(a.axes) < 2:
            return f"{s.part(a)}[{where}]"
        return f"{s.part(a)}[{f':, {where}' if at else f'{where}, :'}]"

    return rule


def _reshape(s: Julia, op: Op, a: Op) -> str:
    if not a.axes:
        return f"fill({s.bare(a)}, {', '.join(map(s.size, op.axes))})"
    return RULES["reshape"](s, op, a)


def _lu_solve(s: Julia, op: Op, factor: Op, b: Op) -> Text:
    left = f"transpose({s.bare(factor)})" if op.data else s.part(factor)
    return f"{left} \\ {s.part(b, SIGN)}", TIMES


def _triangular(s: Julia, op: Op, a: Op, b: Op) -> Text:
    lower, turned = op.data
    whole = f"{'LowerTriangular' if lower else 'UpperTriangular'}({s.bare(a)})"
    return f"{s.flipped(whole) if turned else whole} \\ {s.part(b, SIGN)}", TIMES


def _cholesky_solve(s: Julia, op: Op, factor: Op, b: Op) -> Text:
    L = s.part(factor)
    return f"{L}' \\ ({L} \\ {s.part(b, SIGN)})", TIMES


_RULES: dict[str, Callable[..., Any]] = {
    "number": _number,
    "ones": _filled("ones"),
    "zeros": _filled("zeros"),
    "column": lambda s, op, a: s.text[a],
    "reshape": _reshape,
    "diag": lambda s, op, a: f"Matrix(Diagonal({s.bare(a)}))",
    "inner": _inner,
    "sum": _sum,
    "trace": lambda s, op, a: f"tr({s.bare(a)})",
    "row_products": lambda s, op, a, b: (
        f"vec(sum({s.part(a, TIMES)} .* {s.part(b, SIGN)}, dims=2))"
    ),
    "columns": _slice(1),
    "rows": _slice(0),
    "cholesky": lambda s, op, a: f"cholesky(Hermitian({s.bare(a)}, :L)).L",
    "cholesky_solve": _cholesky_solve,
    "cholesky_inverse": helped("cholesky_inverse"),
    "half_logdet": lambda s, op, a: f"sum(log.(diag({s.bare(a)})))",
    "lu": lambda s, op, a: f"lu({s.bare(a)})",
    "lu_solve": _lu_solve,
    "lu_logdet": helped("lu_logdet"),
    "logdet": log_determinant,
    "triangular_solve": _triangular,
}
Julia.rules = {**RULES, **_RULES}

TARGET = Julia
RUNTIME = Runtime()
