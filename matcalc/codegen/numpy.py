"""Programs as Python source over NumPy and SciPy."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
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
    defined_name,
    given_call,
    helped,
    log_determinant,
    number_text,
)
from matcalc.codegen.names import RESERVED
from matcalc.codegen.numpy_helpers import HELPERS, OF_COMPLEX, OF_SYMMETRIC
from matcalc.codegen.pasted import pasted, public_names
from matcalc.codegen.program import Op
from matcalc.codegen.runtime import Runtime
from matcalc.codegen.symmetric import symmetric
from matcalc.errors import NotSupportedError

MILLION = 10**6
VALUES = "matcalc.numeric.decompositions"  # what the texts of records call linalg
_OURS = re.compile(r"(?<![\w.])linalg\.(\w+)")
_WORD = re.compile(r"[A-Za-z_]\w*")
_OF_ALL_ENTRIES = re.compile(r"np\.(max|min|sum)\((np\.abs\()?\w+\)+")  # whatever the axes


class NumPy(Emitter):
    """NumPy and SciPy, in double precision unless `dtype` says otherwise."""

    target = "numpy"
    modules: ClassVar[Mapping[str, str]] = {
        "math": "import math",
        "np": "import numpy as np",
        "lapack": "from scipy.linalg import lapack",
        "special": "from scipy import special",
    }
    helpers: ClassVar[Mapping[str, str]] = HELPERS
    of_complex: ClassVar[Mapping[str, str]] = OF_COMPLEX
    symmetric: ClassVar[Mapping[str, str]] = {**symmetric("np"), **OF_SYMMETRIC}
    reserved: ClassVar[frozenset[str]] = RESERVED | public_names(VALUES)
    copying: ClassVar[str] = "copy()"
    wishes: ClassVar[Mapping[str, str]] = {
        "cholesky": "L", "lu": "LU", "sigmoid": "s", "softmax": "s", "exp": "e", "inverse": "W",
        "cholesky_inverse": "W", "sqrt": "r", "kron": "K", "eye": "I",
    }  # fmt: skip

    @property
    def thin(self) -> bool:
        """Whether arrays' own methods are called, which cost less than NumPy's functions do."""
        return self.tiny and self.target == "numpy"

    def result(self, op: Op, name: str) -> str:
        """What is returned is no view of what was given, unless that is lent."""
        text = self.text[op][0]
        inner = op
        while inner.kind in _VIEWS:
            inner = inner.args[0]
        if inner.kind == "input" and op.axes and inner.data not in self.lent.get(name, ()):
            return f"{self.part(op)}.{self.copying}"
        return text

    def by_entries(self, function: str, array: str) -> str:
        """A given function of a number, put to each entry of an array."""
        return f"np.vectorize({function}, otypes=[float])({array})"

    def record_text(self, f: Any) -> str:
        """A function's value as text over its parameters."""
        if f.numpy is None:
            raise NotSupportedError(f"{f.name} in code for {self.target}")
        if self.is_complex:
            return f.numpy_complex or f.numpy
        return f.numpy.replace("x.real", "x")

    def pasted(self, text: str) -> str:
        """A record's text, with the functions of ours that it calls as definitions beside it."""
        for name in _OURS.findall(text):
            found = pasted(VALUES, name)
            self.imports.update(dict.fromkeys(found.imports))
            for defined, definition in found.definitions.items():
                self.used.setdefault(defined, definition)
        return _OURS.sub(r"\1", text)

    def kind_of_numbers(self) -> str:
        return "" if self.dtype == "float64" else f", dtype=np.{self.dtype}"

    def helper(self, name: str) -> str:
        prefix = {"float32": "s", "float64": "d", "complex128": "z"}[self.dtype]
        text = self.definition(name)
        self.used.setdefault(name, text.replace("lapack.d", f"lapack.{prefix}"))
        return defined_name(text)


_CONSTANTS = {"pi": "math.pi", "1i": "1j"}
_VIEWS = frozenset({"T", "reshape", "diagonal", "columns", "rows", "permute", "column"})


def _call(name: str) -> Callable[..., str]:
    def rule(s: NumPy, op: Op, *args: Op) -> str:
        return f"{name}({', '.join(map(s.bare, args))})"

    return rule


def _filled(name: str) -> Callable[..., str]:
    def rule(s: NumPy, op: Op) -> str:
        shape = s.size(op.axes[0]) if len(op.axes) == 1 else s.axes(op.axes)
        return f"np.{name}({shape}{s.kind_of_numbers()})"

    return rule


_FRESH = frozenset({"matmul", "outer", "mul", "div", "add", "power", "add_diagonal"})
LARGE = 32768  # entries, of which NumPy itself takes the places of temporaries where it can


def _dies(s: NumPy, op: Op, a: Op) -> bool:
    """Whether the operand of an operation is a large array of its shape that nothing else needs."""
    on = s.inplace and s.target == "numpy" and not s.is_complex
    fits = on and a.kind in _FRESH and a.axes == op.axes
    return fits and s.uses[a] == 1 and s.program.count(a.axes) >= LARGE


def _in_place(s: NumPy, op: Op, a: Op, b: Op) -> str | None:
    """A sum, a difference or a product in the place of an operand, where NumPy would not do it:
    of arrays of two shapes, and of what is subtracted."""
    name = "multiplied" if op.kind == "mul" else "added" if op.data == (1, 1) else "subtracted"
    pairs = [(a, b)] if name == "subtracted" else [(a, b), (b, a)]
    for other, m in pairs:
        apart = name == "subtracted" or (other.axes and other.axes != op.axes)
        if apart and (op.kind == "mul" or op.data[0] > 0) and _dies(s, op, m):
            return f"{s.helper(name)}({s.bare(other)}, {s.bare(m)})"
    return None


def _add_diagonal(s: NumPy, op: Op, a: Op, d: Op) -> str:
    name = "added_to_diagonal" if _dies(s, op, a) else "add_diagonal"
    return f"{s.helper(name)}({s.bare(a)}, {s.bare(d)})"


def _add(s: NumPy, op: Op, *args: Op) -> Text:
    if len(args) == 2 and (found := _in_place(s, op, *args)):
        return found, ATOM
    pieces = []
    for k, (a, sign) in enumerate(zip(args, op.data, strict=True)):
        least = TIMES if k == 0 and sign < 0 else MATMUL if k else SUM
        text = s.part(a, least)
        mark = "-" if sign < 0 else "+"
        pieces.append((text if sign > 0 else f"-{text}") if k == 0 else f" {mark} {text}")
    return "".join(pieces), SUM


def _mul(s: NumPy, op: Op, a: Op, b: Op) -> Text:
    if found := _in_place(s, op, a, b):
        return found, ATOM
    if a.kind == "number" and a.data == -1:
        return f"-{s.part(b, TIMES)}", TIMES
    if a.kind == "number" and isinstance(a.data, Fraction) and a.data.denominator != 1:
        top, bottom = a.data.numerator, a.data.denominator
        if abs(top) < 10**6 and bottom < 10**6:
            product = s.part(b, TIMES) if top == 1 else f"{top}*{s.part(b, SIGN)}"
            product = f"-{s.part(b, TIMES)}" if top == -1 else product
            return f"{product}/{bottom}", TIMES
    return f"{s.part(a, TIMES)}*{s.part(b, SIGN)}", TIMES


def _div(s: NumPy, op: Op, a: Op, b: Op) -> Text:
    return f"{s.part(a, TIMES)}/{_divisor(s, b)}", TIMES


def _divisor(s: NumPy, b: Op) -> str:
    """What is divided by: of n - 2, a number of NumPy's, so that 1/0 is inf and no exception."""
    if s.target == "numpy" and b.args and b.is_of_sizes:
        return f"np.{s.dtype}({s.bare(b)})"
    return s.part(b, SIGN)


def _power(s: NumPy, op: Op, a: Op, b: Op) -> Text:
    if b.kind == "number" and b.data in (3, 4) and s.text[a][1] == ATOM and len(s.bare(a)) < 4:
        return "*".join([s.bare(a)] * int(b.data)), TIMES
    base, exponent = s.part(a), s.part(b, POWER)
    if a.is_of_sizes:
        base = f"np.{s.dtype}({s.bare(a)})"  # so that a power out of range is no exception
    return f"{base}**{exponent}", POWER


def _matmul(s: NumPy, op: Op, a: Op, b: Op) -> Text:
    if s.thin and max(len(a.axes), len(b.axes)) < 3:
        return f"{s.part(a)}.dot({s.bare(b)})", ATOM
    if s.blocks and s.target == "numpy" and _is_thin(s, a, b):
        return f"{s.helper('thin_product')}({s.bare(a)}, {s.bare(b)})", ATOM
    left = s.part(a, MATMUL if s.text[a][1] == MATMUL else SIGN)
    return f"{left} @ {s.part(b, SIGN)}", MATMUL


def _is_thin(s: NumPy, a: Op, b: Op) -> bool:
    """Whether a large matrix meets a thin one, of which blocks of at least 64 rows are products of
    a million multiplications."""
    if len(a.axes) != 2 or len(b.axes) != 2:
        return False
    m, thin = s.program.number(a.axes[0]), s.program.count(b.axes)
    return m * thin > MILLION and 64 * thin <= MILLION and s.program.number(b.axes[1]) <= 40


def _reciprocal(s: NumPy, op: Op, a: Op) -> Text:
    return f"1/{_divisor(s, a)}", TIMES


def _inner(s: NumPy, op: Op, a: Op, b: Op) -> str:
    if s.dtype.startswith("complex"):
        return f"np.sum({s.part(a, TIMES)}*{s.part(b, SIGN)})"
    return f"np.vdot({s.bare(a)}, {s.bare(b)})"


def _sum(s: NumPy, op: Op, a: Op) -> str:
    axis = "" if op.data is None else f"axis={op.data}"
    if s.thin:
        return f"{s.part(a)}.sum({axis})"
    return f"np.sum({', '.join(filter(None, (s.bare(a), axis)))})"


def _outer(s: NumPy, op: Op, a: Op, b: Op) -> Text:
    if s.thin:
        return f"{s.part(a)}[:, None]*{s.part(b, SIGN)}", TIMES
    return f"np.outer({s.bare(a)}, {s.bare(b)})", ATOM


def _method(name: str) -> Callable[..., str]:
    """A function of NumPy's which tiny arrays are given as a method."""

    def rule(s: NumPy, op: Op, a: Op) -> str:
        return f"{s.part(a)}.{name}()" if s.thin else f"np.{name}({s.bare(a)})"

    return rule


def _by_lapack(name: str, usual: str, always: bool = False) -> Callable[..., str]:
    """A function of np.linalg, or LAPACK's without the checks in front of it."""

    def rule(s: NumPy, op: Op, a: Op) -> str:
        direct = s.thin or (always and s.target == "numpy")
        return f"{s.helper(name) if direct else usual}({s.bare(a)})"

    return rule


def _slice(at: int) -> Callable[..., str]:
    """Rows (at 0) or columns (at the last axis) of an array."""

    def rule(s: NumPy, op: Op, a: Op) -> str:
        start, count = op.data
        low = s.size(start - 1) if isinstance(start, int) else f"{s.size(start)} - 1"
        before = ":, " if at and len(a.axes) == 2 else ""
        if count == 1:
            return f"{s.part(a)}[{before}{low}]"
        high = (
            str(start - 1 + count) if isinstance(start, int) and isinstance(count, int)
            else f"{low} + {s.size(count)}"
        )  # fmt: skip
        return f"{s.part(a)}[{before}{low}:{high}]"

    return rule


def padded(s: Emitter, op: Op, a: Op) -> str:
    """Rows between others that are zero."""
    return f"{s.helper('padded')}({s.bare(a)}, {s.size(op.data)}, {s.size(op.axes[0])})"


def _reshape(s: NumPy, op: Op, a: Op) -> str:
    if not a.axes:
        return f"np.reshape({s.bare(a)}, {s.axes(op.axes)})"
    if len(op.axes) == 1:
        return f"{s.part(a)}.reshape(-1)"
    if not op.axes:
        return f"{s.part(a)}.reshape(())[()]"
    if op.axes[0] == 1 and len(op.axes) == 2:
        return f"{s.part(a)}.reshape(1, -1)"
    return f"{s.part(a)}.reshape({s.axes(op.axes)[1:-1]})"


def _fold(s: NumPy, op: Op, a: Op) -> str:
    """Along other axes, the first running fastest."""
    return f'{s.part(a)}.reshape({folded_axes(s, op)}, order="F")'


def folded_axes(s: Emitter, op: Op, reverse: bool = False) -> str:
    """The axes of a fold; with "rows", as many rows as there are: no array need have their size."""
    sizes = [*map(s.size, op.axes)] if op.data != "rows" else ["-1", *map(s.size, op.axes[1:])]
    inner = ", ".join(reversed(sizes) if reverse else sizes)
    return f"({inner},)" if len(sizes) == 1 else f"({inner})"


def _tensor_product(s: NumPy, op: Op, *parts: Op) -> Text:
    """The products of all entries, each part along axes of its own."""
    pieces = []
    for part, places in zip(parts, op.data, strict=True):
        at = ", ".join(":" if k in places else "None" for k in range(len(op.axes)))
        pieces.append(f"{s.part(part)}[{at}]")
    return "*".join(pieces), TIMES if len(pieces) > 1 else ATOM


def _placed(s: NumPy, op: Op, a: Op) -> str:
    """Entries put where indices agree, zeros elsewhere: what has identities as factors."""
    dtype = s.kind_of_numbers()
    return f'{s.helper("placed")}({s.bare(a)}, {s.axes(op.axes)}, "{op.data}"{dtype})'


def _parameters(text: str, f: Any, arguments: list[str]) -> str | None:
    """A record's text with arguments put in; None where one would be evaluated twice."""
    by = dict(zip(f.parameters, arguments, strict=True))
    counts = {p: len(re.findall(rf"(?<![\w.]){p}\b", text)) for p in by}
    if "lambda" in text or any(n > 1 for n in counts.values()):
        return None
    return _WORD.sub(lambda m: by.get(m[0], m[0]), text)


def _elementwise(s: NumPy, op: Op, *args: Op) -> Text | str:
    f = op.data
    if s.defines(f.name):
        return f"{s.helper(f.name)}({', '.join(map(s.bare, args))})"
    text = s.record_text(f)
    if re.fullmatch(r"[\w.]+\([\w, ]*\)", text):
        found = _parameters(text, f, [s.bare(a) for a in args])
        if found is not None:
            return found
    name = s.names.of(("function", f), f.name)
    s.used.setdefault(name, f"def {name}({', '.join(f.parameters)}):\n    return {text}\n")
    return f"{name}({', '.join(map(s.bare, args))})"


def _record(s: NumPy, op: Op, *args: Op) -> str:
    """A function by its record's text, whose arrays have two axes always."""
    f, shapes, overload, shape, _ = op.data
    texts = [*map(s.bare, args)]
    found = s.helper_call(f.name, texts) or s.symmetric_call(op, texts)
    if found is not None:
        return found
    domains = f.signatures[overload].domains
    given = [
        _with_axes(s, a, own, dims) for a, own, dims in zip(args, shapes, domains, strict=True)
    ]
    text = s.pasted(s.record_text(f))
    if _OF_ALL_ENTRIES.fullmatch(text):
        given = texts
    called = _parameters(text, f, given) if re.fullmatch(r"[\w.]+\([^()]*\)", text) else None
    if called is None:
        name = s.names.of(("function", f), re.sub(r"\W+", "_", f.name).strip("_"))
        value = f"1.0*{text}" if "np.equal" in text else text
        s.used.setdefault(name, f"def {name}({', '.join(f.parameters)}):\n    return {value}\n")
        called = f"{name}({', '.join(given)})"
    if shape == (1, 1):
        return f"np.reshape({called}, ())[()]" if "scalar" not in _plain(f) else called
    return f"{called}[:, 0]" if shape[1] == 1 else (f"{called}[0]" if shape[0] == 1 else called)


def _plain(f: Any) -> str:
    """ "scalar" where the text of a number gives a number, not an array of one entry."""
    return "scalar" if re.match(r"np\.(sum|linalg\.(det|norm)|max|min|log)\(", f.numpy) else ""


def _with_axes(s: NumPy, a: Op, shape: Any, dims: Any) -> str:
    if len(a.axes) == 2 or not dims:
        return s.bare(a)
    if not a.axes:
        return f"np.reshape({s.bare(a)}, (1, 1))"
    return f"{s.part(a)}[:, None]" if shape[1] == 1 else f"{s.part(a)}[None, :]"


def _lu_solve(s: NumPy, op: Op, factor: Op, b: Op) -> str:
    turned = ", True" if op.data else ""
    return f"{s.helper('lu_solve')}({s.bare(factor)}, {s.bare(b)}{turned})"


def _triangular(s: NumPy, op: Op, a: Op, b: Op) -> str:
    lower, turned = op.data
    return f"{s.helper('triangular_solve')}({s.bare(a)}, {s.bare(b)}, {lower}, {turned})"


NumPy.rules = {
    "input": lambda s, op: s.names.of(("input", op.data), op.data),
    "number": lambda s, op: number_text(op.data),
    "constant": lambda s, op: _CONSTANTS[op.data],
    "size": lambda s, op: (s.size(op.data), ATOM if str(op.data).isidentifier() else SUM),
    "eye": lambda s, op: f"np.eye({s.size(op.data)}{s.kind_of_numbers()})",
    "ones": _filled("ones"),
    "zeros": _filled("zeros"),
    "T": lambda s, op, a: f"{s.part(a)}.T",
    "reshape": _reshape,
    "fold": _fold,
    "permute": lambda s, op, a: f"{s.part(a)}.transpose({', '.join(map(str, op.data))})",
    "column": lambda s, op, a: f"{s.part(a)}[:, None]",
    "tensor_product": _tensor_product,
    "placed": _placed,
    "add": _add,
    "mul": _mul,
    "div": _div,
    "reciprocal": _reciprocal,
    "power": _power,
    "conjugate": _call("np.conj"),
    "add_diagonal": _add_diagonal,
    "matmul": _matmul,
    "outer": _outer,
    "inner": _inner,
    "sum": _sum,
    "trace": _method("trace"),
    "diagonal": _method("diagonal"),
    "diag": _call("np.diag"),
    "row_products": lambda s, op, a, b: f'np.einsum("ij,ij->i", {s.bare(a)}, {s.bare(b)})',
    "kron": _call("np.kron"),
    "padded": padded,
    "columns": _slice(1),
    "rows": _slice(0),
    "matrix_power": lambda s, op, a: f"np.linalg.matrix_power({s.bare(a)}, {op.data})",
    "inverse": _by_lapack("inverse", "np.linalg.inv", always=True),
    "cholesky": _by_lapack("cholesky", "np.linalg.cholesky"),
    "cholesky_solve": helped("cholesky_solve"),
    "cholesky_inverse": helped("cholesky_inverse"),
    "half_logdet": lambda s, op, a: f"np.sum(np.log(np.diagonal({s.bare(a)})))",
    "lu": helped("lu"),
    "lu_solve": _lu_solve,
    "lu_logdet": helped("lu_logdet"),
    "triangular_solve": _triangular,
    "logdet": log_determinant,
    "call": _elementwise,
    "record": _record,
    "abstract": lambda s, op, *args: given_call(s, op, args, lambda a: f"{s.part(a)}[None, :]"),
}


TARGET = NumPy
RUNTIME = Runtime()
