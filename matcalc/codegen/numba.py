"""Programs as Python source that Numba compiles: the texts of NumPy that Numba has.

For small arrays and long chains of elementwise operations. Compiling takes a second or so, at the
first call; single precision is computed in double. What Numba lacks is refused by name.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from matcalc.codegen.emitter import summed_products
from matcalc.codegen.numpy import NumPy, folded_axes
from matcalc.codegen.numpy_helpers import HELPERS, OF_COMPLEX
from matcalc.codegen.program import Op
from matcalc.codegen.runtime import Finish, Getter, Runtime, required
from matcalc.errors import NotSupportedError
from matcalc.expr.nodes import Symbol

_OWN = {
    "step": "\ndef step(x):\n    return (np.sign(x) + 1)/2\n",
    "rows(softmax)": """
def softmax_of_rows(X):
    E = np.empty_like(X)
    for k in range(len(X)):
        e = np.exp(X[k] - np.max(X[k]))
        E[k] = e/np.sum(e)
    return E
""",
    "rows(logsumexp)": """
def logsumexp_of_rows(X):
    z = np.empty(len(X), X.dtype)
    for k in range(len(X)):
        top = np.max(X[k])
        z[k] = top + np.log(np.sum(np.exp(X[k] - top)))
    return z
""",
    "add_diagonal": """
def add_diagonal(A, d):
    A = A.copy()
    for k in range(len(A)):
        A[k, k] += d[k]
    return A
""",
    "add_to_diagonal": """
def add_to_diagonal(A, c):
    A = A.copy()
    for k in range(len(A)):
        A[k, k] += c
    return A
""",
    "matrix_power": """
def matrix_power(A, k):
    base = np.ascontiguousarray(A if k > 0 else np.linalg.inv(A))
    P = base
    for _ in range(abs(k) - 1):
        P = P @ base
    return P
""",
    "logdet": """
def logdet(A):
    sign, value = np.linalg.slogdet(A)
    return value + np.log(sign)
""",
    "cholesky_solve": """
def cholesky_solve(L, b):
    return np.linalg.solve(L.T, np.linalg.solve(L, b))
""",
    "cholesky_inverse": """
def cholesky_inverse(L):
    W = np.linalg.inv(L)
    return W.T @ W
""",
    "det": "\ndef det(A):\n    return np.linalg.det(A)\n",
    "pinv": "\ndef pinv(A):\n    return np.linalg.pinv(A, 1e-10)\n",
    "chol": "\ndef chol(A):\n    return np.linalg.cholesky(A)\n",
    "tril": "\ndef tril(A):\n    return np.tril(A)\n",
    "triu": "\ndef triu(A):\n    return np.triu(A)\n",
    "norm1": "\ndef norm1(A):\n    return np.sum(np.abs(A))\n",
    "norminf": "\ndef norminf(A):\n    return np.max(np.abs(A))\n",
    "normp": "\ndef normp(A, p):\n    return np.sum(np.abs(A)**p)**(1/p)\n",
    "hardmax": """
def hardmax(A):
    top = 1.0*(A == np.max(A))
    return top/np.sum(top)
""",
    "largest": "\ndef largest(A):\n    return np.max(A)\n",
    "smallest": "\ndef smallest(A):\n    return np.min(A)\n",
    "var": "\ndef var(A):\n    return np.mean((A - np.mean(A))**2)\n",
    "cumsum": "\ndef cumsum(x):\n    return np.cumsum(x)\n",
    "reverse": "\ndef reverse(x):\n    return x[::-1].copy()\n",
    "re": "\ndef real_part(A):\n    return np.real(A) + 0j\n",
    "im": "\ndef imaginary_part(A):\n    return np.imag(A) + 0j\n",
}
_OF_COMPLEX = {**OF_COMPLEX, "abs": "\ndef absolute(A):\n    return np.abs(A) + 0j\n"}
_RENAMED = {"max": "largest", "min": "smallest"}  # of one array; those of two are elementwise
_DECORATOR = '@numba.njit(error_model="numpy")'


def _plain(text: str) -> bool:
    """Whether Numba has what a helper of NumPy's calls."""
    return "lapack." not in text and "einsum" not in text


class Numba(NumPy):
    """Numba, in double precision."""

    target = "numba"
    modules: ClassVar[Mapping[str, str]] = {
        "math": "import math",
        "np": "import numpy as np",
    }
    helpers: ClassVar[Mapping[str, str]] = {
        **{n: t for n, t in HELPERS.items() if _plain(t)},
        **_OWN,
    }

    of_complex: ClassVar[Mapping[str, str]] = _OF_COMPLEX
    symmetric: ClassVar[Mapping[str, str]] = {}

    def layout(self, parameters: list[str], body: list[str]) -> list[str]:
        """Every definition is compiled."""
        lines = super().layout(parameters, body)
        marked = ([_DECORATOR, line] if line.startswith("def ") else [line] for line in lines)
        return ["import numba", *(line for pair in marked for line in pair)]

    def record_text(self, f: Any) -> str:
        text = super().record_text(f)
        if re.search(r"(?<!np\.)\b(linalg|special)\.", text):
            raise NotSupportedError(f"{f.head} in code for numba")
        return text

    def kind_of_numbers(self) -> str:
        return ", dtype=np.complex128" if self.is_complex else ""

    def helper(self, name: str) -> str:
        return super(NumPy, self).helper(name)


Rule = Callable[..., Any]


def _lacks(what: str) -> Rule:
    def rule(s: Numba, op: Op, *args: Op) -> str:
        raise NotSupportedError(f"{what} in code for numba")

    return rule


def _reshape(s: Numba, op: Op, a: Op) -> str:
    if not a.axes:
        return f"np.full({s.axes(op.axes)}, {s.bare(a)})"
    flat = f"np.ascontiguousarray({s.bare(a)})"
    return f"{flat}.reshape({folded_axes(s, op)})" if op.axes else f"{flat}.flat[0]"


def _fold(s: Numba, op: Op, a: Op) -> str:
    turned = f"{s.part(a)}.T" if len(a.axes) > 1 else s.bare(a)
    whole = f"np.ascontiguousarray({turned}).reshape({folded_axes(s, op, True)})"
    return f"{whole}.T" if len(op.axes) > 1 else whole


def _add_diagonal(s: Numba, op: Op, a: Op, d: Op) -> str:
    name = s.helper("add_diagonal" if d.axes else "add_to_diagonal")
    return f"{name}({s.bare(a)}, {s.bare(d)})"


def _lu_solve(s: Numba, op: Op, a: Op, b: Op) -> str:
    turned = f"{s.part(a)}.T" if op.data else s.bare(a)
    return f"np.linalg.solve({turned}, {s.bare(b)})"


def _triangular(s: Numba, op: Op, a: Op, b: Op) -> str:
    turned = f"{s.part(a)}.T" if op.data[1] else s.bare(a)
    return f"np.linalg.solve({turned}, {s.bare(b)})"


def _record(s: Numba, op: Op, *args: Op) -> str:
    f = op.data[0]
    found = s.helper_call(_RENAMED.get(f.name, f.name), [*map(s.bare, args)])
    if found is None:
        raise NotSupportedError(f"{f.head} in code for numba")
    return found


def _abstract(s: Numba, op: Op, *args: Op) -> str:
    raise NotSupportedError(f"{op.data[0].name}, which is given as a function, in code for numba")


_RULES: dict[str, Rule] = {
    "reshape": _reshape,
    "fold": _fold,
    "permute": lambda s, op, a: f"np.transpose({s.bare(a)}, {op.data})",
    "placed": _lacks("a derivative with zeros in places"),
    "add_diagonal": _add_diagonal,
    "inner": summed_products("np.sum"),
    "row_products": summed_products("np.sum", ", axis=1"),
    "matrix_power": lambda s, op, a: f"{s.helper('matrix_power')}({s.bare(a)}, {op.data})",
    "diagonal": lambda s, op, a: f"np.diag({s.bare(a)})",
    "half_logdet": lambda s, op, a: f"np.sum(np.log(np.diag({s.bare(a)})))",
    "lu": lambda s, op, a: s.text[a],
    "lu_solve": _lu_solve,
    "lu_logdet": lambda s, op, a: f"{s.helper('logdet')}({s.bare(a)})",
    "triangular_solve": _triangular,
    "record": _record,
    "abstract": _abstract,
}
Numba.rules = {**NumPy.rules, **_RULES}


def _library() -> Any:
    with required("numba"):
        import numba
    return numba


class NumbaRuntime(Runtime):
    """NumPy's arrays; code is compiled when it is first called."""

    def precision(self, arrays: Sequence[Any], asked: str | None) -> str:
        _library()  # so that what is missing is named before the code is loaded
        return super().precision(arrays, asked)

    def converter(self, s: Symbol, dtype: str, like: Any = None) -> Callable[[Any], Any]:
        """Arrays that lie one row after the other, so that the types of a first call are those of
        all calls."""
        convert = super().converter(s, "float64" if dtype == "float32" else dtype)
        assert convert is not None
        if s.shape == (1, 1):
            return convert
        return lambda a: np.ascontiguousarray(convert(a))

    def runner(
        self, code: Callable[..., Any], get: Getter, foreign: bool, finish: Finish
    ) -> Getter:
        run = super().runner(code, get, foreign, finish)
        errors = _library().core.errors
        ready: list[bool] = []

        def first(given: Mapping[str, Any]) -> Any:
            """Compiles; what Numba has to say of the speed of products of transposes is no news."""
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", errors.NumbaPerformanceWarning)
                    found = run(given)
            except errors.NumbaError as error:
                raise NotSupportedError(f"{_reason(error)}, in code for numba") from error
            ready.append(True)
            return found

        return lambda given: run(given) if ready else first(given)


def _reason(error: Exception) -> str:
    """The first line of Numba's message that says what it lacks, without its colours."""
    text = re.sub(r"\x1b\[\d*m", "", str(error))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[min(1, len(lines) - 1)][:100] if lines else type(error).__name__


TARGET = Numba
RUNTIME = NumbaRuntime()
