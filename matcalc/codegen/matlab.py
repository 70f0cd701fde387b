"""Programs as source for MATLAB (R2016b or later) and GNU Octave.

A file of functions of which the first is to be called. Vectors are columns; of scalars outside of a
function's domain, as in sqrt(-1), these languages make complex numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from matcalc.codegen.by_columns import RULES, ByColumns, slice_text
from matcalc.codegen.emitter import SIGN, TIMES, Text, helped, log_determinant, number_text
from matcalc.codegen.matlab_helpers import HELPERS, OF_COMPLEX, SYMMETRIC
from matcalc.codegen.program import Op, Program
from matcalc.codegen.runtime import Runtime
from matcalc.expr.sizes import AnySize

_KEYWORDS = """
    break case catch classdef continue do else elseif end end_try_catch end_unwind_protect endfor
    endfunction endif endswitch endwhile enumeration events for function global if methods
    otherwise parfor persistent properties return spmd switch try until unwind_protect
    unwind_protect_cleanup while
""".split()

_TEXTS = {
    "asin": "asin", "acos": "acos", "atan": "atan", "lgamma": "gammaln", "digamma": "psi",
    "polygamma": "psi", "relu": "max({}, 0)", "max": "max", "min": "min",
    **{n: n for n in "exp log log1p sqrt sin cos tan sinh cosh tanh abs sign gamma erf".split()},
}  # fmt: skip

_FUNCTIONS = {n: n for n in "det expm tril triu sqrtm logm cumsum toeplitz".split()}

# What the texts of programs call beside those.
_CALLED = """
    chol conj diag eye inf inv kron nan numel ones permute pi reshape size sum trace zeros real
    imag lu eig svd any all max min norm pinv flipud
""".split()

CALLED = frozenset({*_TEXTS.values(), *_FUNCTIONS.values(), *_CALLED} - {"max({}, 0)"})


class Matlab(ByColumns):
    """MATLAB and Octave."""

    target = "matlab"
    modules: ClassVar[Mapping[str, str]] = {}
    helpers: ClassVar[Mapping[str, str]] = HELPERS
    of_complex: ClassVar[Mapping[str, str]] = OF_COMPLEX
    constants: ClassVar[Mapping[str, str]] = {"pi": "pi", "1i": "1i"}
    symmetric: ClassVar[Mapping[str, str]] = SYMMETRIC
    reserved: ClassVar[frozenset[str]] = frozenset({*_KEYWORDS, *CALLED})
    ascii: ClassVar[bool] = True
    mark: ClassVar[str] = "%"
    times: ClassVar[str] = ".*"
    over: ClassVar[str] = "./"
    to_the: ClassVar[str] = ".^"
    texts: ClassVar[Mapping[str, str]] = _TEXTS
    functions: ClassVar[Mapping[str, str]] = _FUNCTIONS

    def __init__(self, program: Program, function: str, comments: Sequence[str] = ()):
        own = function in program.outputs  # gradient is a function of MATLAB's own, too
        super().__init__(program, f"{function}_at" if own else function, comments)

    def layout(self, parameters: list[str], body: list[str]) -> list[str]:
        outputs = [self.names.of(("output", n), n) for n in self.program.outputs]
        given = outputs[0] if len(outputs) == 1 else f"[{', '.join(outputs)}]"
        lines = [f"function {given} = {self.function}({', '.join(parameters)})"]
        lines += [*self.function_body(body), "end"]
        for text in self.used.values():
            lines += ["", *text.strip("\n").split("\n")]
        return lines

    def by_entries(self, function: str, array: str) -> str:
        return f"arrayfun({function}, {array})"

    def assignment(self, name: str, text: str) -> str:
        return f"{name} = {text};"

    def ending(self, results: list[str]) -> list[str]:
        names = [self.names.of(("output", n), n) for n in self.program.outputs]
        pairs = zip(names, results, strict=True)
        return [self.assignment(n, text) for n, text in pairs if n != text]

    def divided(self, size: str, by: int) -> str:
        return f"({size})/{by}"

    def flipped(self, text: str) -> str:
        return f"{text}.'" if self.is_complex else f"{text}'"

    def shaped(self, text: str, axes: Sequence[AnySize]) -> str:
        if not axes:
            return text
        if len(axes) == 1:
            return f"{text}(:)" if text.isidentifier() else f"reshape({text}, [], 1)"
        return f"reshape({text}, [{', '.join(map(self.size, axes))}])"

    def permuted(self, text: str, order: Sequence[int]) -> str:
        return f"permute({text}, [{' '.join(str(k + 1) for k in order)}])"

    def identity_matrix(self, n: AnySize) -> str:
        return f"eye({self.size(n)})"

    def diagonal_matrix(self, d: Op) -> str:
        return f"diag({self.bare(d)})"

    def as_column(self, row: str) -> str:
        return self.flipped(row)

    def entrywise(self, text: str, op: Op, arguments: list[str]) -> str | Text:
        if "{}" in text:
            return text.replace("{}", arguments[0])
        return f"{text}({', '.join(arguments)})"


def _filled(name: str) -> Callable[..., str]:
    def rule(s: Matlab, op: Op) -> str:
        sizes = [*map(s.size, op.axes), *(["1"] if len(op.axes) == 1 else [])]
        return f"{name}({', '.join(sizes)})"

    return rule


def _number(s: Matlab, op: Op) -> Text:
    text, level = number_text(op.data)
    return text.replace("math.inf", "Inf"), level


def _sum(s: Matlab, op: Op, a: Op) -> str:
    if op.data is not None:
        whole = f"sum({s.bare(a)}, {op.data + 1})"
        return s.flipped(whole) if op.data == 0 else whole
    if len(a.axes) < 2:
        return f"sum({s.bare(a)})"
    return f"sum(sum({s.bare(a)}))" if len(a.axes) == 2 else f"sum({s.shaped(s.bare(a), (1,))})"


def _columns(s: Matlab, op: Op, a: Op) -> str:
    where = slice_text(s, op)
    if s.bare(a).isidentifier():
        return f"{s.bare(a)}(:, {where})" if len(a.axes) == 2 else f"{s.bare(a)}({where})"
    return f"{s.helper('columns' if len(a.axes) == 2 else 'entries')}({s.bare(a)}, {where})"


def _rows(s: Matlab, op: Op, a: Op) -> str:
    where = slice_text(s, op)
    if len(a.axes) < 2:
        return _columns(s, op, a)
    name = s.bare(a)
    found = f"{name}({where}, :)" if name.isidentifier() else f"{s.helper('rows')}({name}, {where})"
    return s.flipped(found) if op.data[1] == 1 else found


def _lu_solve(s: Matlab, op: Op, factor: Op, b: Op) -> str:
    return (
        f"{s.helper('lu_solve_turned' if op.data else 'lu_solve')}({s.bare(factor)}, {s.bare(b)})"
    )


def _triangular(s: Matlab, op: Op, a: Op, b: Op) -> Text:
    lower, turned = op.data
    whole = f"{'tril' if lower else 'triu'}({s.bare(a)})"
    return f"{s.flipped(whole) if turned else whole}\\{s.part(b, SIGN)}", TIMES


def _cholesky_solve(s: Matlab, op: Op, factor: Op, b: Op) -> Text:
    L = s.part(factor)
    return f"{L}'\\({L}\\{s.part(b, SIGN)})", TIMES


_RULES: dict[str, Callable[..., Any]] = {
    "number": _number,
    "ones": _filled("ones"),
    "zeros": _filled("zeros"),
    "column": lambda s, op, a: s.text[a],
    "inner": lambda s, op, a, b: f"sum(sum({s.part(a, TIMES)}.*{s.part(b, SIGN)}))",
    "sum": _sum,
    "trace": lambda s, op, a: f"trace({s.bare(a)})",
    "row_products": lambda s, op, a, b: f"sum({s.part(a, TIMES)}.*{s.part(b, SIGN)}, 2)",
    "columns": _columns,
    "rows": _rows,
    "cholesky": lambda s, op, a: f"chol({s.bare(a)}, 'lower')",
    "cholesky_solve": _cholesky_solve,
    "cholesky_inverse": helped("cholesky_inverse"),
    "half_logdet": lambda s, op, a: f"sum(log(diag({s.bare(a)})))",
    "lu": helped("lu"),
    "lu_solve": _lu_solve,
    "lu_logdet": helped("lu_logdet"),
    "logdet": log_determinant,
    "triangular_solve": _triangular,
}
Matlab.rules = {**RULES, **_RULES}

TARGET = Matlab
RUNTIME = Runtime()
