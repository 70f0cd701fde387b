"""Programs as Python source over PyTorch, on the device and in the precision of what is given."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np

from matcalc.codegen.emitter import double_star, summed_products
from matcalc.codegen.numpy import NumPy, folded_axes
from matcalc.codegen.on_device import OF_ONE_ARRAY, OnDevice, called
from matcalc.codegen.program import Op
from matcalc.codegen.runtime import ShapedRuntime, is_row, required
from matcalc.codegen.spectral_helpers import with_equations
from matcalc.codegen.symmetric import symmetric
from matcalc.codegen.torch_helpers import HELPERS, OF_COMPLEX
from matcalc.errors import NotSupportedError
from matcalc.expr.nodes import Symbol

_SAME = "exp log log1p sqrt sin cos tan acos atan sinh cosh tanh abs sign".split()

# Names of elementwise functions that PyTorch has under another one.
_NAMES = {
    "asin": "torch.asin",
    "lgamma": "torch.lgamma",
    "digamma": "torch.digamma",
    "erf": "torch.erf",
    "sigmoid": "torch.sigmoid",
    "relu": "torch.relu",
    "silu": "torch.nn.functional.silu",
    "gelu": "torch.nn.functional.gelu",
    "elu": "torch.nn.functional.elu",
    "leakyrelu": "torch.nn.functional.leaky_relu",
    "hardtanh": "torch.nn.functional.hardtanh",
    **{n: f"torch.{n}" for n in _SAME},
}


class Torch(OnDevice):
    """PyTorch."""

    target = "torch"
    modules: ClassVar[Mapping[str, str]] = {"math": "import math", "torch": "import torch"}
    helpers: ClassVar[Mapping[str, str]] = HELPERS
    of_complex: ClassVar[Mapping[str, str]] = OF_COMPLEX
    symmetric: ClassVar[Mapping[str, str]] = with_equations("torch", symmetric("torch"))
    copying: ClassVar[str] = "clone()"
    as_array: ClassVar[str] = "torch.as_tensor"

    def by_entries(self, function: str, array: str) -> str:
        return f"{self.helper('by_entries')}({function}, {array})"

    def kind_of_numbers(self) -> str:
        if self.like:
            return f", dtype={self.like}.dtype, device={self.like}.device"
        return f", dtype=torch.{self.dtype}"


def _filled(name: str) -> Callable[..., str]:
    def rule(s: Torch, op: Op) -> str:
        return f"torch.{name}({s.axes(op.axes)}{s.kind_of_numbers()})"

    return rule


def _sum(s: Torch, op: Op, a: Op) -> str:
    return f"torch.sum({s.bare(a)}{'' if op.data is None else f', dim={op.data}'})"


def _fold(s: Torch, op: Op, a: Op) -> str:
    return _reversed(s, op, f"{_reversed(s, a, s.part(a))}.reshape({folded_axes(s, op, True)})")


def _reversed(s: Torch, op: Op, text: str) -> str:
    """With the axes in reverse."""
    if len(op.axes) < 3:
        return text if len(op.axes) < 2 else f"{text}.T"
    return f"{text}.permute({', '.join(map(str, reversed(range(len(op.axes)))))})"


def _elementwise(s: Torch, op: Op, *args: Op) -> str:
    name = op.data.name
    if s.defines(name):
        return f"{s.helper(name)}({', '.join(map(s.array, args))})"
    if len(args) == 1 and name in _NAMES:
        return f"{_NAMES[name]}({s.array(args[0])})"
    if name in ("max", "min"):
        return f"torch.{name}imum({', '.join(map(s.array, args))})"
    raise NotSupportedError(f"{name} in code for torch")


def _record(s: Torch, op: Op, *args: Op) -> str:
    f = op.data[0]
    found = s.symmetric_call(op, [*map(s.bare, args)])
    if found is not None:
        return found
    if f.name == "commutation":
        sizes = ", ".join(map(s.bare, args))
        return f"{s.helper(f.name)}({sizes}{s.kind_of_numbers()})"
    found = s.helper_call(OF_ONE_ARRAY.get(f.name, f.name), [*map(s.array, args)])
    if found is None:
        raise NotSupportedError(f"{f.head} in code for torch")
    return found


_RULES: dict[str, Callable[..., Any]] = {
    "eye": lambda s, op: f"torch.eye({s.size(op.data)}{s.kind_of_numbers()})",
    "ones": _filled("ones"),
    "zeros": _filled("zeros"),
    "permute": lambda s, op, a: f"{s.part(a)}.permute({', '.join(map(str, op.data))})",
    "fold": _fold,
    "power": double_star,
    "conjugate": called("torch.conj"),
    "outer": called("torch.outer"),
    "inner": summed_products("torch.sum"),
    "sum": _sum,
    "trace": called("torch.trace"),
    "diagonal": called("torch.diagonal"),
    "diag": called("torch.diag"),
    "row_products": lambda s, op, a, b: f'torch.einsum("ij,ij->i", {s.bare(a)}, {s.bare(b)})',
    "kron": lambda s, op, a, b: f"{s.helper('kron')}({s.bare(a)}, {s.bare(b)})",
    "matrix_power": lambda s, op, a: f"torch.linalg.matrix_power({s.bare(a)}, {op.data})",
    "inverse": called("torch.linalg.inv"),
    "cholesky": called("torch.linalg.cholesky"),
    "half_logdet": lambda s, op, a: f"torch.sum(torch.log(torch.diagonal({s.bare(a)})))",
    "call": _elementwise,
    "record": _record,
}
Torch.rules = {**NumPy.rules, **_RULES}


def _library() -> Any:
    with required("torch"):
        import torch
    return torch


class TorchRuntime(ShapedRuntime):
    """PyTorch's tensors."""

    def is_array(self, value: Any) -> bool:
        module = sys.modules.get("torch")
        return module is not None and isinstance(value, module.Tensor)

    def asarray(self, value: Any) -> Any:
        torch = _library()
        if isinstance(value, torch.Tensor):
            return value
        made = torch.as_tensor(np.asarray(value))  # a float is a double here, as in Python
        return made if made.is_floating_point() or made.is_complex() else made.double()

    def converter(self, s: Symbol, dtype: str, like: Any = None) -> Callable[[Any], Any]:
        wanted, row = getattr(_library(), dtype), is_row(s)

        def convert(a: Any) -> Any:
            a = a if a.dtype == wanted else a.to(wanted)
            return a.reshape(-1) if row else a

        return convert

    def finisher(self, dtype: str) -> Callable[[Any], Any]:
        torch = _library()
        wanted = getattr(torch, dtype)

        def finish(x: Any) -> Any:
            a = x if isinstance(x, torch.Tensor) else torch.as_tensor(x)
            return (a if a.dtype == wanted else a.to(wanted)).resolve_conj()

        return finish


TARGET = Torch
RUNTIME = TorchRuntime()
