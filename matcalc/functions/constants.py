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
)
