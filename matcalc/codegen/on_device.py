"""Targets whose arrays lie on devices: constants are made where the given arrays are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from matcalc.codegen.emitter import Source
from matcalc.codegen.numpy import NumPy
from matcalc.codegen.program import Op

OF_ONE_ARRAY = {"max": "largest", "min": "smallest"}  # helpers; of two they are elementwise
_ARITHMETIC = frozenset({"add", "mul", "div", "power", "reciprocal"})


class OnDevice(NumPy):
    """What PyTorch and libraries of the array API standard have in common."""

    as_array: ClassVar[str] = ""  # the function that makes an array of a number
    like: str = ""  # an array of the device and precision that constants are made in

    def source(self, inputs: Sequence[tuple[str, Any]]) -> Source:
        arrays = [n for n, axes in inputs if axes] or [n for n, _ in inputs]
        self.like = self.names.of(("input", arrays[0]), arrays[0]) if arrays else ""
        return super().source(inputs)

    def helper(self, name: str) -> str:
        return super(NumPy, self).helper(name)

    def array(self, op: Op) -> str:
        """An operand as an array: a number by itself is none."""
        if op.kind in ("number", "constant", "size") or (not op.axes and op.kind in _ARITHMETIC):
            return f"{self.as_array}({self.bare(op)}{self.kind_of_numbers()})"
        return self.bare(op)


def called(name: str) -> Callable[..., str]:
    """A rule that calls a function of the library, which takes arrays alone."""

    def rule(s: OnDevice, op: Op, *args: Op) -> str:
        return f"{name}({', '.join(map(s.array, args))})"

    return rule
