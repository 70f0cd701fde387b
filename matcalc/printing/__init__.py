"""Expressions as text, in Unicode and in LaTeX. Importing this room makes `str(e)` work."""

from collections.abc import Callable
from typing import Any

from matcalc.expr.nodes import Expr, hooks
from matcalc.printing.text import to_text


def _unicode(e: Expr) -> str:
    from matcalc.printing.unicode import to_unicode

    return to_unicode(e)


def _latex(e: Expr) -> str:
    from matcalc.printing.latex import to_latex

    return to_latex(e)


def _index(name: str) -> Callable[..., str]:
    """A notation for index forms, imported when first needed."""

    def write(*arguments: Any) -> str:
        from matcalc.printing import index

        return getattr(index, name)(*arguments)

    return write


hooks["text"] = to_text
hooks["unicode"] = _unicode
hooks["latex"] = _latex
for _name in ("text", "unicode", "latex"):
    hooks[f"index {_name}"] = _index(_name)
