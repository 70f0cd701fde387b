"""Text to syntax tree: `parse_program`, `parse_expression` and the nodes in `tree`."""

from .parser import LIMITS, Limits, parse_expression, parse_program

__all__ = ["LIMITS", "Limits", "parse_expression", "parse_program"]
