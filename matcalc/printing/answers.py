"""Answers as text: their closed forms, a line each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

WORDS = {"gradient": "grad", "jacobian": "jac", "hessian": "hess"}


def answers_text(answers: Sequence[Any]) -> str:
    """The closed forms as lines of text; an answer that failed verification says so instead."""
    lines = []
    for d in answers:
        v = d.verification
        if v is not None and not v.ok and v.method != "not verified":
            lines.append(f"VERIFICATION FAILED for the {d.kind} wrt {d.wrt}")
        else:
            word = WORDS.get(d.kind, f"d^{len(d.variables)}")
            lines.append(f"{word} {d.problem.label} wrt {d.wrt} = {d.result}")
    return "\n".join(lines)
