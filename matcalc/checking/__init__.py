"""Check my answer: what is wrong with a person's own gradient, or with their hand derivation."""

from __future__ import annotations

from matcalc.checking.reading import check_text
from matcalc.checking.steps import check_steps
from matcalc.checking.verdict import Check, Given, check_answer

__all__ = ["Check", "Given", "check_answer", "check_steps", "check_text"]
