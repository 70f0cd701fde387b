"""Expressions as text, in Unicode and in LaTeX. Importing this room makes `str(e)` work."""

from matcalc.expr.nodes import Expr, hooks
from matcalc.printing.text import to_text


def _unicode(e: Expr) -> str:
    from matcalc.printing.unicode import to_unicode

    return to_unicode(e)


def _latex(e: Expr) -> str:
    from matcalc.printing.latex import to_latex

    return to_latex(e)


hooks["text"] = to_text
hooks["unicode"] = _unicode
hooks["latex"] = _latex
