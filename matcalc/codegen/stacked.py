"""Programs as NumPy source for many values at once: some arrays have one more axis in front.

Operations that do not depend on such arrays are written as for one value. What has no text for a
stack is refused, and then one value is taken after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, ClassVar

from matcalc.codegen.emitter import ATOM, MATMUL, SIGN, TIMES, Text
from matcalc.codegen.numpy import NumPy, folded_axes
from matcalc.codegen.numpy_helpers import HELPERS
from matcalc.codegen.program import Op
from matcalc.errors import NotSupportedError

_OWN = {
    "stacked_add_diagonal": """
def stacked_add_diagonal(A, d, count):
    B = np.array(np.broadcast_to(A, (count, *A.shape[-2:])))
    np.einsum("bii->bi", B)[...] += d
    return B
""",
    "stacked_diag": """
def stacked_diag(x):
    M = np.zeros((*x.shape, x.shape[1]), x.dtype)
    np.einsum("bii->bi", M)[...] = x
    return M
""",
    "stacked_padded": """
def stacked_padded(A, k, n):
    B = np.zeros((len(A), n, *A.shape[2:]), A.dtype)
    B[:, k:k + A.shape[1]] = A
    return B
""",
    "stacked_logdet": """
def stacked_logdet(A):
    sign, value = np.linalg.slogdet(A)
    return np.where(sign > 0, value, np.where(sign == 0, -np.inf, np.nan))
""",
    "stacked_solve": """
def stacked_solve(A, b):
    return np.linalg.solve(A, b[..., None])[..., 0]
""",
    "stacked_cholesky_inverse": """
def stacked_cholesky_inverse(L):
    Z = np.linalg.inv(L)
    return Z.swapaxes(1, 2) @ Z
""",
    "repeated": """
def repeated(x, count):
    return np.repeat(np.asarray(x)[None], count, axis=0)
""",
}


class Stacked(NumPy):
    """NumPy for many values at once. many: the inputs that have an axis in front."""

    helpers: ClassVar[Mapping[str, str]] = {**HELPERS, **_OWN}
    symmetric: ClassVar[Mapping[str, str]] = {}
    many: Collection[str] = ()
    along: Collection[Op] = ()  # operations whose values have the axis
    count: str = ""  # the length of the axis

    def source(self, inputs: Sequence[tuple[str, Any]]) -> Any:
        if self.is_complex:
            raise NotSupportedError("stacks of complex arrays")
        along: set[Op] = set()
        for op in self.program.order():
            if op.data in self.many if op.kind == "input" else not along.isdisjoint(op.args):
                along.add(op)
        self.along = along
        self._stacked = {self.names.of(("input", n), n) for n, _ in inputs if n in self.many}
        if not self._stacked:
            raise NotSupportedError("stacks of what does not depend on them")
        self.count = f"len({min(self._stacked)})"
        return super().source(inputs)

    def extent(self, array: str, axis: int) -> str:
        return super().extent(array, axis + (array in self._stacked))

    def write(self, op: Op) -> Text:
        if op not in self.along:
            return super().write(op)
        rule = _RULES.get(op.kind)
        if rule is None:
            raise NotSupportedError(f"stacks of {op.kind}")
        found = rule(self, op, *op.args)
        return found if isinstance(found, tuple) else (found, ATOM)

    def result(self, op: Op, name: str) -> str:
        if op in self.along:
            return super().result(op, name)
        return f"{self.helper('repeated')}({self.bare(op)}, {self.count})"

    def spread(self, a: Op, count: int) -> str:
        """An operand with as many axes as a value of so many; the last are its own."""
        missing = count - len(a.axes)
        if a not in self.along or missing < 1:
            return self.part(a)
        return f"{self.part(a)}[:{', None' * missing}]"


Rule = Callable[..., Any]


def _entrywise(rule: Rule) -> Rule:
    """A rule of NumPy's, for operands that have the axes of the result, or fit from the right."""

    def stacked(s: Stacked, op: Op, *args: Op) -> Any:
        usual = {a: s.text[a] for a in args}
        for a in args:
            text = s.spread(a, len(op.axes))
            s.text[a] = usual[a] if text == s.part(a) else (text, ATOM)
        found = rule(s, op, *args)
        s.text.update(usual)
        return found

    return stacked


def _matmul(s: Stacked, op: Op, a: Op, b: Op) -> Any:
    both = a in s.along and b in s.along
    if len(a.axes) == 2 and len(b.axes) == 1:
        if both:
            return f"({s.part(a, SIGN)} @ {s.part(b)}[:, :, None])[:, :, 0]"
        if b in s.along:  # one product for all
            return f"{s.part(b, SIGN)} @ {_turned(s, a)}", MATMUL
    elif len(a.axes) == 1 and len(b.axes) == 2 and both:
        return f"({s.part(a)}[:, None, :] @ {s.part(b, SIGN)})[:, 0]"
    elif len(a.axes) == len(b.axes) == 1:
        if both:
            return f'np.einsum("bi,bi->b", {s.bare(a)}, {s.bare(b)})'
        if b in s.along:
            a, b = b, a
    return f"{s.part(a, SIGN)} @ {s.part(b, SIGN)}", MATMUL


def _turned(s: Stacked, a: Op) -> str:
    return s.part(a.args[0], SIGN) if a.kind == "T" else f"{s.part(a)}.T"


def _outer(s: Stacked, op: Op, a: Op, b: Op) -> Text:
    left = f"{s.part(a)}[:, :, None]" if a in s.along else f"{s.part(a)}[:, None]"
    right = f"{s.part(b)}[:, None, :]" if b in s.along else s.part(b, SIGN)
    return f"{left}*{right}", TIMES


def _letters(s: Stacked, a: Op, own: str) -> str:
    return f"b{own}" if a in s.along else own


def _contracted(own: str, result: str) -> Rule:
    """The sums of products of the entries of two arrays."""

    def rule(s: Stacked, op: Op, a: Op, b: Op) -> str:
        places = f"{_letters(s, a, own)},{_letters(s, b, own)}->b{result}"
        return f'np.einsum("{places}", {s.bare(a)}, {s.bare(b)})'

    return rule


def _kron(s: Stacked, op: Op, a: Op, b: Op) -> str:
    one, two, both = ("i", "k", "ik") if len(a.axes) == 1 else ("ij", "kl", "ikjl")
    products = f'np.einsum("{_letters(s, a, one)},{_letters(s, b, two)}->b{both}", '
    axes = ", ".join([s.count, *map(s.size, op.axes)])
    return f"{products}{s.bare(a)}, {s.bare(b)}).reshape({axes})"


def _sum(s: Stacked, op: Op, a: Op) -> str:
    axes = range(len(a.axes)) if op.data is None else (op.data,)
    text = ", ".join(str(k + 1) for k in axes)
    return f"np.sum({s.bare(a)}, axis={f'({text})' if len(axes) > 1 else text})"


def _reshape(s: Stacked, op: Op, a: Op) -> str:
    return f"{s.part(a)}.reshape({', '.join([s.count, *map(s.size, op.axes)])})"


def _fold(s: Stacked, op: Op, a: Op) -> str:
    """Along other axes, the first running fastest."""
    turned = ", ".join(map(str, [0, *range(len(a.axes), 0, -1)]))
    back = ", ".join(map(str, [0, *range(len(op.axes), 0, -1)]))
    axes = folded_axes(s, op, reverse=True)[1:-1].rstrip(",")
    return f"{s.part(a)}.transpose({turned}).reshape({s.count}, {axes}).transpose({back})"


def _tensor_product(s: Stacked, op: Op, *parts: Op) -> Text:
    pieces = []
    for part, places in zip(parts, op.data, strict=True):
        at = ", ".join(":" if k in places else "None" for k in range(len(op.axes)))
        pieces.append(f"{s.part(part)}[{':, ' if part in s.along else ''}{at}]")
    return "*".join(pieces), TIMES if len(pieces) > 1 else ATOM


def _placed(s: Stacked, op: Op, a: Op) -> str:
    letters, kept = op.data.split("->")
    shape = ", ".join([s.count, *map(s.size, op.axes)])
    dtype = s.kind_of_numbers()
    text = s.spread(a, len(kept))
    return f'{s.helper("placed")}({text}, ({shape}), "b{letters}->b{kept}"{dtype})'


def _slice(at: int) -> Rule:
    def rule(s: Stacked, op: Op, a: Op) -> str:
        start, count = op.data
        before = ":, :, " if at and len(a.axes) == 2 else ":, "
        low = s.size(start - 1) if isinstance(start, int) else f"{s.size(start)} - 1"
        return f"{s.part(a)}[{before}{low}{'' if count == 1 else f':{low} + {s.size(count)}'}]"

    return rule


def _solve(s: Stacked, a: str, b: Op) -> str:
    if len(b.axes) == 1:
        return f"{s.helper('stacked_solve')}({a}, {s.bare(b)})"
    return f"np.linalg.solve({a}, {s.bare(b)})"


def _flipped(s: Stacked, a: Op) -> str:
    """The transpose of a matrix, or of each."""
    return f"{s.part(a)}.swapaxes(1, 2)" if a in s.along else f"{s.part(a)}.T"


def _lu_solve(s: Stacked, op: Op, factor: Op, b: Op) -> str:
    if factor not in s.along:  # all at once
        if len(b.axes) == 2:
            raise NotSupportedError("stacks of systems with one matrix")
        return f"{s.helper('lu_solve')}({s.bare(factor)}, {s.part(b)}.T, {op.data}).T"
    (a,) = factor.args
    return _solve(s, _flipped(s, a) if op.data else s.bare(a), b)


def _cholesky_solve(s: Stacked, op: Op, factor: Op, b: Op) -> str:
    inner = _solve(s, s.bare(factor), b)
    name = "np.linalg.solve" if len(b.axes) == 2 else s.helper("stacked_solve")
    return f"{name}({_flipped(s, factor)}, {inner})"


def _triangular_solve(s: Stacked, op: Op, a: Op, b: Op) -> str:
    lower, turned = op.data
    part = f"np.tri{'l' if lower else 'u'}({s.bare(a)})"
    flip = (".swapaxes(1, 2)" if a in s.along else ".T") if turned else ""
    return _solve(s, part + flip, b)


def _add_diagonal(s: Stacked, op: Op, a: Op, d: Op) -> str:
    name = s.helper("stacked_add_diagonal")
    return f"{name}({s.bare(a)}, {s.spread(d, 1)}, {s.count})"


def _helped(name: str) -> Rule:
    return lambda s, op, *args: f"{s.helper(name)}({', '.join(map(s.bare, args))})"


def _record(s: Stacked, op: Op, a: Op, *others: Op) -> str:
    f, *_ = op.data
    if f.name == "det":
        return f"np.linalg.det({s.bare(a)})"
    rows = f"rows({f.name})"
    if others or len(a.axes) != 1 or rows not in s.helpers:
        raise NotSupportedError(f"stacks of {f.name}")
    return f"{s.helper(rows)}({s.bare(a)})"


_PLAIN = {"input": NumPy.rules["input"], "matrix_power": NumPy.rules["matrix_power"]}
_ENTRYWISE = ("add", "mul", "div", "reciprocal", "power", "conjugate", "call")
_RULES: dict[str, Rule] = {
    **_PLAIN,
    **{kind: _entrywise(NumPy.rules[kind]) for kind in _ENTRYWISE},
    "T": lambda s, op, a: f"{s.part(a)}.swapaxes(1, 2)",
    "reshape": _reshape,
    "fold": _fold,
    "permute": lambda s, op, a: (
        f"{s.part(a)}.transpose({', '.join(map(str, [0, *(k + 1 for k in op.data)]))})"
    ),
    "column": lambda s, op, a: f"{s.part(a)}[:, :, None]",
    "tensor_product": _tensor_product,
    "placed": _placed,
    "add_diagonal": _add_diagonal,
    "matmul": _matmul,
    "outer": _outer,
    "inner": _contracted("ij", ""),
    "row_products": _contracted("ij", "i"),
    "kron": _kron,
    "sum": _sum,
    "trace": lambda s, op, a: f"np.trace({s.bare(a)}, axis1=1, axis2=2)",
    "diagonal": lambda s, op, a: f"np.diagonal({s.bare(a)}, axis1=1, axis2=2)",
    "diag": _helped("stacked_diag"),
    "padded": lambda s, op, a: (
        f"{s.helper('stacked_padded')}({s.bare(a)}, {s.size(op.data)}, {s.size(op.axes[0])})"
    ),
    "columns": _slice(1),
    "rows": _slice(0),
    "inverse": lambda s, op, a: f"np.linalg.inv({s.bare(a)})",
    "cholesky": lambda s, op, a: f"np.linalg.cholesky({s.bare(a)})",
    "cholesky_solve": _cholesky_solve,
    "cholesky_inverse": _helped("stacked_cholesky_inverse"),
    "half_logdet": lambda s, op, a: (
        f"np.sum(np.log(np.diagonal({s.bare(a)}, axis1=1, axis2=2)), axis=1)"
    ),
    "lu": lambda s, op, a: s.text[a],
    "lu_solve": _lu_solve,
    "lu_logdet": _helped("stacked_logdet"),
    "triangular_solve": _triangular_solve,
    "logdet": lambda s, op, a: f"{s.helper(op.data or 'stacked_logdet')}({s.bare(a)})",
    "record": _record,
}
