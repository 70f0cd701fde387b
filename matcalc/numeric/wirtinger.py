"""Slopes by complex variables, from values of the function along real lines.

Along Z + tH the slope is s(H) = Σ G_Z·H + Σ G_Z*·conj(H), entry by entry. So the part by Z is
(s(H) - i s(iH))/2 and the part by conj(Z) is (s(H) + i s(iH))/2: the definition of the two.
Of a Hermitian Z the directions are Hermitian, and s(H) = tr(G H).
Source: Brandwood, IEE Proc. 130 (1983) 11-16.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from matcalc.expr.nodes import Conjugate, Expr, Symbol
from matcalc.numeric.difference import STEP, Mover, Slope


@dataclass(frozen=True)
class By:
    """What a derivative is by: a variable, or the conjugate of a complex one."""

    variable: Symbol
    barred: bool

    @staticmethod
    def read(by: Expr) -> By:
        barred = isinstance(by, Conjugate)
        variable = by.fields[0] if barred else by
        assert isinstance(variable, Symbol)
        return By(variable, barred)

    @property
    def free(self) -> bool:
        """Whether Z and conj(Z) are independent."""
        return "complex" in self.variable.facts and not self.hermitian

    @property
    def hermitian(self) -> bool:
        return "hermitian" in self.variable.facts

    def slope(self, mover: Mover, point, memo, direction: Any, step: float = STEP) -> Slope:
        """The part of the slope along a direction that belongs to what is derived by."""
        name = self.variable.name
        along = mover.slope(point, memo, {name: direction}, step)
        if not self.free:
            return along
        across = mover.slope(point, memo, {name: 1j * direction}, step)
        turned = (1j if self.barred else -1j) * across.value
        return Slope((along.value + turned) / 2, along.error + across.error, along.method)

    @property
    def whole(self) -> By:
        """By the variable as it moves, Z and conj(Z) together."""
        return Whole(self.variable, self.barred)

    def partner(self, direction: Any) -> Any:
        """What the derivative is multiplied with along a direction."""
        return np.conj(direction) if self.barred else direction

    def product(self, gradient: Any, direction: Any) -> Any:
        """What a gradient says of the slope along a direction."""
        if self.hermitian:
            return np.sum(gradient * np.transpose(direction))
        return np.sum(gradient * self.partner(direction))


class Whole(By):
    """By a variable on a manifold: all of the slope along a tangent direction."""

    @property
    def free(self) -> bool:
        return False
