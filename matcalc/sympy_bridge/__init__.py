"""Expressions of SymPy, and back: what has no counterpart is refused by name.

This room imports SymPy, and is itself imported only when it is used.
"""

from matcalc.sympy_bridge.reading import from_sympy
from matcalc.sympy_bridge.writing import to_sympy

__all__ = ["from_sympy", "to_sympy"]
