"""Programs as Python source over Dask: the same texts, over arrays in blocks that are made later.

What is entry by entry, a product or a sum works block by block, and Dask adds up. What needs a
matrix whole (a factorisation, eigenvalues) is NumPy's own code: it runs when its turn comes, and
takes matrices of one block alone. Scheduling is Dask's.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from matcalc.codegen.emitter import ATOM, Text, summed_products
from matcalc.codegen.numpy import NumPy, folded_axes
from matcalc.codegen.numpy_helpers import HELPERS, OF_COMPLEX
from matcalc.codegen.program import Op
from matcalc.codegen.runtime import ShapedRuntime, is_row, required
from matcalc.errors import DomainError, LimitError, NotSupportedError, ShapeError
from matcalc.expr.nodes import Expr, Symbol

Rule = Callable[..., Any]

_OWN = {
    "by_entries": """
def by_entries(f, X):
    return X.map_blocks(np.vectorize(f, otypes=[float]), dtype=float)
""",
    "one_block": """
def one_block(f, *values):
    for a in values:
        if isinstance(a, da.Array) and a.npartitions > 1:
            raise NotImplementedError(f"{f.__name__} of an array in {a.npartitions} blocks")
""",
    "at_once": """
def at_once(f, shape, *values):
    one_block(f, *values)
    if shape is None:
        return dask.delayed(f)(*values)
    kind = np.result_type(*([a.dtype for a in values if isinstance(a, da.Array)] or [float]))
    value = dask.delayed(lambda *arrays: np.asarray(f(*arrays)).astype(kind))(*values)
    return da.from_delayed(value, shape, kind)
""",
    "by_columns": """
def by_columns(solve, factor, b, *how):
    one_block(solve, factor)
    b, axes = b.rechunk({0: -1}), "ij"[:b.ndim]
    how = [x for a in how for x in (a, None)]
    return da.blockwise(solve, axes, factor, None, b, axes, *how, dtype=b.dtype)
""",
    "add_diagonal": """
def add_diagonal(A, d):
    return A + da.diag(d*da.ones(len(A), dtype=A.dtype))
""",
    "padded": """
def padded(A, k, n):
    before, after = (da.zeros((m, *A.shape[1:]), dtype=A.dtype) for m in (k, n - k - len(A)))
    B = da.concatenate([before, A, after])
    return B.rechunk("auto") if A.npartitions == 1 else B
""",
    "sigmoid": "\ndef sigmoid(x):\n    return special.expit(x)\n",
    "polygamma": """
def polygamma(k, x):
    return da.map_blocks(special.polygamma, int(k), x, dtype=x.dtype)
""",
}

# Functions of arrays that work block by block; all other records take their arguments whole.
_BY_BLOCKS = {
    "norm1(A)": "\ndef norm1(A):\n    return da.sum(da.abs(A))\n",
    "norminf(A)": "\ndef norminf(A):\n    return da.max(da.abs(A))\n",
    "normp(A,p)": "\ndef normp(A, p):\n    return da.sum(da.abs(A)**p)**(1/p)\n",
    "max(A)": "\ndef largest(A):\n    return da.max(A)\n",
    "min(A)": "\ndef smallest(A):\n    return da.min(A)\n",
    "var(A)": "\ndef var(A):\n    return da.mean((A - da.mean(A))**2)\n",
    "cumsum(x)": "\ndef cumsum(x):\n    return da.cumsum(x, axis=0)\n",
    "reverse(x)": "\ndef reverse(x):\n    return x[::-1]\n",
    "tril(A)": "\ndef tril(A):\n    return da.tril(A)\n",
    "triu(A)": "\ndef triu(A):\n    return da.triu(A)\n",
    "normspec(A)": "\ndef normspec(A):\n    return da.max(da.linalg.svd(A)[1])\n",
    "sigma_max(A)": "\ndef sigma_max(A):\n    return da.max(da.linalg.svd(A)[1])\n",
    "normnuc(A)": "\ndef normnuc(A):\n    return da.sum(da.linalg.svd(A)[1])\n",
    "polar(A)": """
def polar_of_blocks(A):
    U, s, Vh = da.linalg.svd(A)
    return (U*(s > 1e-10*s[0])) @ Vh
""",
    "pinv(A)": """
def pinv_of_blocks(A):
    U, s, Vh = da.linalg.svd(A)
    return ((U/da.where(s > 1e-10*s[0], s, np.inf)) @ Vh).conj().T
""",
    "hardmax(A)": """
def hardmax(A):
    top = 1.0*da.equal(A, da.max(A))
    return top/da.sum(top)
""",
}

# Helpers that stay NumPy's, since they take a matrix whole.
_WHOLE = frozenset(
    "placed logdet log_abs_det cholesky_solve cholesky_inverse lu lu_solve lu_logdet"
    " triangular_solve".split()
)

_LACKS = r"linalg|kron|copy|heaviside|float\d+|complex\d+"  # what is NumPy's alone


def _da(text: str) -> str:
    """NumPy's names as those of dask.array."""
    return re.sub(rf"(?<![\w.])np\.(?!({_LACKS})\b)", "da.", text)


class Dask(NumPy):
    """Dask's arrays, in blocks."""

    target = "dask"
    modules: ClassVar[Mapping[str, str]] = {
        **NumPy.modules,
        "dask": "import dask",
        "da": "import dask.array as da",
    }
    helpers: ClassVar[Mapping[str, str]] = {
        **{n: t if n in _WHOLE else _da(t) for n, t in HELPERS.items()},
        **_OWN,
        **_BY_BLOCKS,
    }
    of_complex: ClassVar[Mapping[str, str]] = {**OF_COMPLEX, "sigmoid": _da(HELPERS["sigmoid"])}
    copying: ClassVar[str] = "map_blocks(np.copy)"

    def by_entries(self, function: str, array: str) -> str:
        return f"{self.helper('by_entries')}({function}, {array})"

    def record_text(self, f: Any) -> str:
        text = super().record_text(f)
        return _da(text) if f.elementwise else text

    def helper(self, name: str) -> str:
        if name in ("at_once", "by_columns"):
            self.helper("one_block")
        return super().helper(name)

    def whole(self, function: str, op: Op, *values: str) -> str:
        """A call of NumPy's code when its turn comes."""
        return f"{self.helper('at_once')}({', '.join([function, self.axes(op.axes), *values])})"


def _blocks(rule: Rule) -> Rule:
    """A rule whose text holds for arrays in blocks."""

    def over_blocks(s: Dask, op: Op, *args: Op) -> Text | str:
        found = rule(s, op, *args)
        return (_da(found[0]), found[1]) if isinstance(found, tuple) else _da(found)

    return over_blocks


def _whole(function: str) -> Rule:
    """A rule that calls a function of NumPy, or a helper."""

    def rule(s: Dask, op: Op, *args: Op) -> str:
        name = s.helper(function) if function in s.helpers else function
        return s.whole(name, op, *map(s.bare, args))

    return rule


def _lu(s: Dask, op: Op, a: Op) -> str:
    """A pair of arrays, which is no array itself."""
    return f"{s.helper('at_once')}({s.helper('lu')}, None, {s.bare(a)})"


def _solver(name: str) -> Rule:
    def rule(s: Dask, op: Op, factor: Op, b: Op) -> str:
        how = op.data if isinstance(op.data, tuple) else (True,) if op.data else ()
        given = [s.helper(name), s.bare(factor), s.bare(b), *map(str, how)]
        return f"{s.helper('by_columns')}({', '.join(given)})"

    return rule


def _placed(s: Dask, op: Op, a: Op) -> str:
    """Derivatives that are mostly zeros are arrays of one block."""
    given = [s.bare(a), s.axes(op.axes), f'"{op.data}"', f"np.{s.dtype}"]
    return s.whole(s.helper("placed"), op, *given)


def _fold(s: Dask, op: Op, a: Op) -> str:
    turned = f"{s.part(a)}.T" if len(a.axes) > 1 else s.part(a)
    return f"{turned}.reshape({folded_axes(s, op, True)}).T"


def _record(s: Dask, op: Op, *args: Op) -> str:
    """A function by its blocks, if that is known; else NumPy's code for it, of whole arrays."""
    f = op.data[0]
    for name in (f.head, f.name):
        if name in s.helpers and name not in _WHOLE:
            return f"{s.helper(name)}({', '.join(map(s.bare, args))})"
    return s.whole(_as_function(s, op, args), op, *map(s.bare, args))


def _as_function(s: Dask, op: Op, args: Sequence[Op]) -> str:
    """The name of a function of NumPy arrays for an operation."""
    f = op.data[0]
    before = {a: s.text[a] for a in args}
    s.text.update({a: (p, ATOM) for a, p in zip(args, f.parameters, strict=True)})
    value = NumPy.rules["record"](s, op, *args)
    s.text.update(before)
    parameters = f"({', '.join(f.parameters)})"
    defined = value.removesuffix(parameters)
    if defined in s.used:
        return defined
    name = s.names.of(("whole", f.name, value), re.sub(r"\W+", "_", f.name).strip("_"))
    s.used.setdefault(name, f"def {name}{parameters}:\n    return {value}\n")
    return name


_RULES: dict[str, Rule] = {
    "fold": _fold,
    "placed": _placed,
    "inner": summed_products("da.sum"),
    "trace": lambda s, op, a: f"da.sum(da.diagonal({s.bare(a)}))",
    "row_products": summed_products("da.sum", ", axis=1"),
    "kron": _whole("np.kron"),
    "matrix_power": lambda s, op, a: s.whole("np.linalg.matrix_power", op, s.bare(a), str(op.data)),
    "inverse": _whole("np.linalg.inv"),
    "cholesky": _whole("np.linalg.cholesky"),
    "cholesky_solve": _solver("cholesky_solve"),
    "cholesky_inverse": _whole("cholesky_inverse"),
    "lu": _lu,
    "lu_solve": _solver("lu_solve"),
    "lu_logdet": _whole("lu_logdet"),
    "triangular_solve": _solver("triangular_solve"),
    "logdet": lambda s, op, a: s.whole(s.helper(op.data or "logdet"), op, s.bare(a)),
    "record": _record,
}
Dask.rules = {**{kind: _blocks(rule) for kind, rule in NumPy.rules.items()}, **_RULES}


def _library() -> Any:
    with required("dask"):
        import dask.array
    return dask.array


class DaskRuntime(ShapedRuntime):
    """Dask's arrays; others are put into one block. Results are NumPy's."""

    gathers = True

    def is_array(self, value: Any) -> bool:
        module = sys.modules.get("dask.array")
        return module is not None and isinstance(value, module.Array)

    def asarray(self, value: Any) -> Any:
        da = _library()
        if isinstance(value, da.Array):
            return value
        return da.from_array(np.asarray(value), chunks=-1, name=False)

    def sizes(
        self, nodes: Sequence[Expr], values: Mapping[str, Any], variables: Iterable[Symbol]
    ) -> dict[str, int]:
        for name, a in values.items():
            if self.is_array(a) and any(n != n for n in a.shape):  # not a number
                raise ShapeError(
                    f"the sizes of {name} are not known",
                    hint=f"{name}.compute_chunk_sizes() finds them",
                )
        return super().sizes(nodes, values, variables)

    def converter(self, s: Symbol, dtype: str, like: Any = None) -> Callable[[Any], Any]:
        row = is_row(s)

        def convert(a: Any) -> Any:
            a = a.astype(dtype)
            return a.reshape(-1) if row else a

        return convert

    def finisher(self, dtype: str) -> Callable[[Any], Any]:
        asarray = self.asarray
        return lambda x: asarray(x).astype(dtype)

    def run(self, code: Callable[..., Any], arguments: Sequence[Any]) -> Any:
        try:
            return code(*arguments)
        except NotImplementedError as error:
            raise NotSupportedError(
                f"{error}, in code for dask", hint="X.rechunk(-1) has the entries of X in one block"
            ) from error

    def constants(self, values: Sequence[Any]) -> Sequence[Any]:
        """What is in one block is computed once; what is in several stays to be made."""
        large = [self.is_array(a) and a.npartitions > 1 for a in values]
        small = iter(
            _computed([a for a, is_large in zip(values, large, strict=True) if not is_large])
        )
        kept = [a if is_large else next(small) for a, is_large in zip(values, large, strict=True)]
        return [self.asarray(a) if isinstance(a, np.ndarray) else a for a in kept]

    def gathered(self, values: Sequence[Any]) -> list[Any]:
        return [a if np.ndim(a) else a[()] for a in _computed(values)]


def _computed(values: Sequence[Any]) -> tuple[Any, ...]:
    """All at once, so that each block is made once and used for all."""
    import dask

    try:
        return dask.compute(*values)
    except np.linalg.LinAlgError as error:
        raise DomainError(f"the function has no value here: {error}") from error
    except MemoryError as error:
        raise LimitError("a value on the way does not fit into memory") from error


TARGET = Dask
RUNTIME = DaskRuntime()
