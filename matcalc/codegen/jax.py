"""Programs as Python source over JAX: the same texts, with jax.numpy for NumPy.

The function works under jit, vmap and grad: only shapes are looked at.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, ClassVar

from matcalc.codegen.emitter import Text, double_star
from matcalc.codegen.numpy import NumPy
from matcalc.codegen.numpy_helpers import HELPERS, OF_COMPLEX
from matcalc.codegen.program import Op
from matcalc.codegen.runtime import ShapedRuntime, is_row, required
from matcalc.codegen.spectral_helpers import general, with_equations
from matcalc.codegen.symmetric import symmetric
from matcalc.errors import NotSupportedError
from matcalc.expr.nodes import Symbol

_OWN = {
    "add_diagonal": """
def add_diagonal(A, d):
    return np.asarray(A).at[np.diag_indices(len(A))].add(d)
""",
    "padded": """
def padded(A, k, n):
    return np.zeros((n, *A.shape[1:]), A.dtype).at[k:k + len(A)].set(A)
""",
    "placed": """
def placed(A, shape, places, dtype=float):
    letters, kept = places.split("->")
    same = [c for c in kept if letters.count(c) == 2]
    rest = kept[len(same):]
    apart = "".join(c.upper() if c in letters[:k] else c for k, c in enumerate(letters))
    sizes = [shape[letters.index(c)] for c in same]
    pairs = ",".join([rest, *(c + c.upper() for c in same)])
    return np.einsum(f"{pairs}->{apart}", np.asarray(A, dtype), *map(np.eye, sizes))
""",
    "logdet": """
def logdet(A):
    sign, value = np.linalg.slogdet(A)
    return np.where(sign > 0, value, np.where(sign == 0, -np.inf, np.nan))
""",
    "cholesky_solve": """
def cholesky_solve(L, b):
    return solvers.cho_solve((L, True), b)
""",
    "cholesky_inverse": """
def cholesky_inverse(L):
    return solvers.cho_solve((L, True), np.eye(len(L), dtype=L.dtype))
""",
    "lu": """
def lu(A):
    return solvers.lu_factor(A)
""",
    "lu_solve": """
def lu_solve(factor, b, turned=False):
    return solvers.lu_solve(factor, b, trans=int(turned))
""",
    "lu_logdet": """
def lu_logdet(factor):
    LU, pivots = factor
    d = np.diagonal(LU)
    odd = (np.sum(d < 0) + np.sum(pivots != np.arange(len(d)))) % 2
    return np.where(odd == 0, np.sum(np.log(np.abs(d))), np.nan)
""",
    "triangular_solve": """
def triangular_solve(A, b, lower, turned):
    return solvers.solve_triangular(A, b, lower=lower, trans=int(turned))
""",
    "pinv": "\ndef pinv(A):\n    return np.linalg.pinv(A, rtol=1e-10)\n",
    "expm": "\ndef expm(A):\n    return solvers.expm(A)\n",
    "chol": "\ndef chol(A):\n    return np.linalg.cholesky(A)\n",
}


def _jnp(text: str) -> str:
    """NumPy's names as those of jax.numpy."""
    return re.sub(r"(?<![\w.])np\.", "jnp.", text)


class Jax(NumPy):
    """JAX, in the precision that jax.config says."""

    target = "jax"
    modules: ClassVar[Mapping[str, str]] = {
        "math": "import math",
        "np": "import numpy as np",
        "jnp": "import jax.numpy as jnp",
        "solvers": "import jax.scipy.linalg as solvers",
        "special": "import jax.scipy.special as special",
    }
    helpers: ClassVar[Mapping[str, str]] = {
        **{n: _jnp(t) for n, t in {**HELPERS, **_OWN}.items()},
        **general("jnp", "solvers.expm"),
    }
    of_complex: ClassVar[Mapping[str, str]] = {n: _jnp(t) for n, t in OF_COMPLEX.items()}
    symmetric: ClassVar[Mapping[str, str]] = with_equations("jnp", symmetric("jnp"))

    def helper(self, name: str) -> str:
        return super(NumPy, self).helper(name)

    def result(self, op: Op, name: str) -> str:
        return self.text[op][0]  # arrays do not change

    def by_entries(self, function: str, array: str) -> str:
        return f"np.vectorize({function})({array})"

    def record_text(self, f: Any) -> str:
        text = super().record_text(f)
        if re.search(r"(?<!np\.)\blinalg\.", text):
            raise NotSupportedError(f"{f.name} in code for {self.target}")
        return text if f.parameters and all(f.sizes) else _jnp(text)

    def write(self, op: Op) -> Text:
        text, level = super().write(op)
        return _jnp(text), level


def _matmul(s: Jax, op: Op, a: Op, b: Op) -> Text | str:
    """A'*x as x @ A: XLA is many times slower with a transpose beside a vector."""
    if a.kind == "T" and len(b.axes) == 1:
        a, b = b, a.args[0]
    elif b.kind == "T" and len(a.axes) == 1:
        a, b = b.args[0], a
    return NumPy.rules["matmul"](s, op, a, b)


def _record(s: Jax, op: Op, *args: Op) -> str | Text:
    found = s.symmetric_call(op, [*map(s.bare, args)])
    return found if found is not None else NumPy.rules["record"](s, op, *args)


_RULES: dict[str, Callable[..., Any]] = {
    "matmul": _matmul,
    "power": double_star,
    "record": _record,
}
Jax.rules = {**NumPy.rules, **_RULES}


_SINGLE = {"float64": "float32", "complex128": "complex64"}


def _library() -> Any:
    with required("jax"):
        import jax.numpy
    return jax


class JaxRuntime(ShapedRuntime):
    """JAX's arrays, tracers among them."""

    def is_array(self, value: Any) -> bool:
        module = sys.modules.get("jax")
        return module is not None and isinstance(value, module.Array)

    def asarray(self, value: Any) -> Any:
        return _library().numpy.asarray(value)

    def keeping(self, fixed: Iterable[Any]) -> AbstractContextManager[Any]:
        """Under jit, too, they are arrays and not tracers, which would not outlive it."""
        jax = _library()
        if any(isinstance(v, jax.core.Tracer) for v in fixed):
            return nullcontext()
        return jax.ensure_compile_time_eval()

    def precision(self, arrays: Sequence[Any], asked: str | None) -> str:
        found = super().precision(arrays, asked)
        return found if _library().config.jax_enable_x64 else _SINGLE.get(found, found)

    def converter(self, s: Symbol, dtype: str, like: Any = None) -> Callable[[Any], Any]:
        row = is_row(s)

        def convert(a: Any) -> Any:
            a = a if str(a.dtype) == dtype else a.astype(dtype)
            return a.reshape(-1) if row else a

        return convert

    def finisher(self, dtype: str) -> Callable[[Any], Any]:
        asarray = _library().numpy.asarray
        return lambda x: asarray(x, dtype)


TARGET = Jax
RUNTIME = JaxRuntime()
