"""Constants: functions of no arguments, written without parentheses."""

from __future__ import annotations

from matcalc.functions.record import Function

FUNCTIONS = (
    Function(
        "pi()",
        "-> R",
        numpy="np.pi",
        latex=r"\pi",
        unicode="π",
        facts=lambda a: {"positive"},
        doc="The circle constant, 3.14159...",
        source="DLMF 3.12.1",
    ),
    Function(
        "1i()",
        "-> C",
        numpy="1j",
        latex=r"\mathrm{i}",
        unicode="i",
        facts=lambda a: {"complex", "imaginary"},
        holomorphic=True,
        doc="The imaginary unit, a square root of -1: 1i, and 2i, 0.5i for its multiples.",
        source="DLMF 1.9.1",
    ),
)
