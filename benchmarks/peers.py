"""The problems of evaluate.py by other libraries, and by our code on their arrays.

JAX and PyTorch differentiate the function as on paper, a problem's `jax`, with their names for
NumPy's. For tensorgrad a function is an entry of TENSORGRAD; without one the problem is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np

import matcalc as mc

Call = Callable[[], Any]


def installed(name: str) -> bool:
    return find_spec(name) is not None


def by_jax(problem: Any, values: dict[str, Any]) -> Call:
    """jit of grad, value_and_grad, hessian or jacobian."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    f = problem.jax(jnp)
    at = list(values).index(problem.wrt)
    how = {
        ("gradient",): jax.grad,
        ("value", "gradient"): jax.value_and_grad,
        ("hessian",): jax.hessian,
        ("jacobian",): jax.jacobian,
    }[problem.outputs]
    derivative = how(f, argnums=at)
    given = [jnp.asarray(v) for v in values.values()]

    def product(*given: Any) -> Any:
        return jnp.tensordot(derivative(*given), given[at], axes=given[at].ndim)

    compiled = jax.jit(product if problem.as_ == "operator" else derivative)
    several = len(problem.outputs) > 1

    def call() -> tuple:
        found = jax.block_until_ready(compiled(*given))
        return found if several else (found,)

    return call


def _compiled(problem: Any, backend: str) -> Any:
    return mc.compile(problem.expr, problem.wrt, problem.where, problem.outputs, backend=backend)


def ours_by_jax(problem: Any, values: dict[str, Any]) -> Call:
    """Our code on JAX's arrays, under jit."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    g = _compiled(problem, "jax")
    compiled = jax.jit(lambda given: g(**given))
    given = {n: jnp.asarray(v) for n, v in values.items()}
    return lambda: jax.block_until_ready(compiled(given))


def ours_by_torch(problem: Any, values: dict[str, Any]) -> Call:
    """Our code on PyTorch's tensors."""
    import torch

    torch.set_num_threads(1)
    g = _compiled(problem, "torch")
    given = {n: torch.as_tensor(v, dtype=torch.float64) for n, v in values.items()}
    return lambda: g(**given)


def by_torch(problem: Any, values: dict[str, Any]) -> Call:
    """torch.func of the function as on paper."""
    import torch

    torch.set_num_threads(1)
    f = problem.jax(_Torch())
    at = list(values).index(problem.wrt)
    how = {
        ("gradient",): torch.func.grad,
        ("value", "gradient"): torch.func.grad_and_value,
        ("hessian",): torch.func.hessian,
        ("jacobian",): torch.func.jacrev,
    }[problem.outputs]
    g = how(f, argnums=at)
    given = [torch.as_tensor(v, dtype=torch.float64) for v in values.values()]
    if problem.as_ == "operator":
        return lambda: (torch.tensordot(g(*given), given[at], dims=given[at].ndim),)
    if problem.outputs == ("value", "gradient"):
        return lambda: g(*given)[::-1]
    return lambda: (g(*given),)


class _Torch:
    """torch by the names that the functions on paper use of NumPy."""

    def __init__(self):
        import torch

        self._torch, self.linalg = torch, torch.linalg

    def logaddexp(self, a: Any, b: Any) -> Any:
        return self._torch.logaddexp(self._torch.as_tensor(float(a), dtype=b.dtype), b)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._torch, name)


# From what tensorgrad needs to the function: v(name, i="n") is the value of that name with its axes
# and their sizes named, F has the functions.
def _lsq(v: Any, F: Any) -> Any:
    r = F.dot(v("X", i="m", j="n"), v("w", j="n"), dim="j") - v("y", i="m")
    return F.dot(r, r, dim="i") + v("lam") * F.dot(v("w", j="n"), v("w", j="n"), dim="j")


def _logreg(v: Any, F: Any) -> Any:
    z = F.dot(v("X", i="m", j="n"), v("w", j="n"), dim="j")
    return F.sum(F.log(1 + F.exp(-(v("y", i="m") * z))))


def _mf(v: Any, F: Any) -> Any:
    r = v("T", i="m", j="n") - F.dot(v("U", i="m", k="k"), v("V", j="n", k="k"), dim="k")
    return F.sum(r * r)


def _softmax(v: Any, F: Any) -> Any:
    z = v("z", i="n")
    return F.log(F.sum(F.exp(z))) - F.dot(v("y", i="n"), z, dim="i")


def _chain(v: Any, F: Any) -> Any:
    w = F.dot(v("D", k="n", l="n"), v("y", l="n"), dim="l")
    w = F.dot(v("C", j="n", k="n"), w, dim="k")
    w = F.dot(v("B", i="n", j="n"), w, dim="j")
    return F.dot(F.dot(v("A", h="n", i="n"), w, dim="i"), v("x", h="n"), dim="h")


TENSORGRAD: dict[str, Callable[[Any, Any], Any]] = {
    "quad": lambda v, F: F.sum(v("A", i="n", j="n") * v("x", i="n") * v("x", i="n").rename(i="j")),
    "ridge": _lsq,
    "tracequad": lambda v, F: F.sum(
        v("X", i="n", j="p")
        * F.dot(v("A", i="n", k="n"), v("X", i="n", j="p").rename(i="k"), dim="k")
    ),
    "logreg": _logreg,
    "mf": _mf,
    "elem": lambda v, F: F.sum(F.tanh(F.exp(v("a", i="n") * v("x", i="n")))),
    "chain": _chain,
    "diagtrace": lambda v, F: F.sum(v("A", i="n", j="n") * v("w", j="n") * v("B", j="n", i="n")),
    "ridge H": _lsq,
    "logreg H": _logreg,
    "softmax H": _softmax,
    "mf H": _mf,
    "tanh J": lambda v, F: F.tanh(
        F.dot(v("W", i="m", j="n"), v("x", j="n"), dim="j") + v("b", i="m")
    ),
    "softmax J": lambda v, F: F.softmax(
        F.dot(v("W", i="m", j="n"), v("x", j="n"), dim="j"), dim="i"
    ),
}


def by_tensorgrad(problem: Any, values: dict[str, Any]) -> Call | None:
    """The program that tensorgrad writes for PyTorch, without its look at names in each call."""
    build = TENSORGRAD.get(problem.name)
    if build is None:
        return None
    import sympy
    import tensorgrad
    import torch
    from tensorgrad import functions
    from tensorgrad.compiler import compile_to_callable

    torch.set_num_threads(1)
    made: dict[str, Any] = {}
    sizes: dict[Any, int] = {}

    def v(name: str, **axes: str) -> Any:
        if name not in made:
            symbols = {a: sympy.Symbol(s) for a, s in axes.items()}
            made[name] = tensorgrad.Variable(name, **symbols)
            sizes.update(zip(symbols.values(), np.shape(values[name]), strict=True))
        return made[name]

    f = build(v, functions)
    x = made[problem.wrt]
    wanted = {
        ("gradient",): lambda: [f.grad(x)],
        ("value", "gradient"): lambda: [f, f.grad(x)],
        ("hessian",): lambda: [f.grad(x).grad(x)],
        ("jacobian",): lambda: [f.grad(x)],
    }[problem.outputs]()
    step = compile_to_callable(*wanted)
    code = step.codegen.specialize(sizes, verbose=False, dtype=torch.float64)
    arrays = {n: torch.as_tensor(a, dtype=torch.float64) for n, a in values.items()}
    given = [arrays[variable.name] for variable in step.vars]
    orders = [perm for perm, _ in step._wrap_plans]

    def call() -> tuple:
        with torch.no_grad():
            found = code(*given)
        pairs = zip(found, orders, strict=True)
        return tuple(a if order is None else a.permute(order) for a, order in pairs)

    return call


BACKENDS: dict[str, Callable[[Any, dict[str, Any]], Call]] = {
    "jax": ours_by_jax,
    "torch": ours_by_torch,
}
PEERS: dict[str, Callable[[Any, dict[str, Any]], Call | None]] = {
    "jax": by_jax,
    "torch": by_torch,
    "tensorgrad": by_tensorgrad,
}
