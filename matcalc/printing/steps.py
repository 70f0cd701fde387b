"""Derivations as lines: in the language's text, in Unicode, and as LaTeX align*.

φ   = ‖R‖²,  R = A X − B
dφ  = 2 R : dR                           differential of the squared norm
    = 2 R : A dX                         substitute dR
∂φ/∂X = 2 Aᵀ (A X − B)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from matcalc.derivation.step import Step
from matcalc.expr.nodes import Expr

REMARK_COLUMN = 45
Write = Callable[[Expr], str]


def steps_text(steps: Sequence[Step], notation: str = "unicode") -> str:
    """The derivation in lines; notation is "unicode" or "text"."""
    paper = notation == "unicode"
    write: Write = (lambda e: e.unicode()) if paper else str
    rows = [
        (left(step, paper), body + _names(step, write, paper), remark(step))
        for step, body in ((s, write(s.expression)) for s in _merged(steps, write))
    ]
    width = max((len(a) for a, _, _ in rows if "/∂" not in a and "grad" not in a), default=0)
    lines = []
    for head, body, note in rows:
        line = f"{head.ljust(width)} = {body}"
        if note:
            mark = "" if paper else "# "
            line = f"{line.ljust(REMARK_COLUMN)}  {mark}{note}"
        lines.append(line)
    return "\n".join(lines)


def _merged(steps: Sequence[Step], write: Write) -> list[Step]:
    return list(steps)


def left(step: Step, paper: bool) -> str:
    """The left-hand side: φ, dφ, nothing (another form), ∂φ/∂X."""
    name = pretty(step.subject) if paper else step.subject
    if step.kind == "definition":
        return name
    if step.kind == "line":
        return ""
    if step.kind == "answer":
        variable = pretty(step.variable or "") if paper else step.variable
        return f"∂{name}/∂{variable}" if paper else f"grad {name} wrt {variable}"
    return f"d{name}" if paper else f"d({name})"


def pretty(name: str) -> str:
    from matcalc.printing.unicode import pretty as unicode_name

    return unicode_name(name)


def _names(step: Step, write: Write, paper: bool) -> str:
    """Names that a line introduces, behind it: `,  G = ∂φ/∂D`."""
    if step.kind == "definition":
        return ""
    named = ((pretty(n.name) if paper else n.name, n.value) for n in step.names)
    return "".join(f",  {name} = {write(value)}" for name, value in named)


def remark(step: Step) -> str:
    """The identities of a line, in words."""
    if step.kind == "answer":
        return ""
    return "; ".join(r.statement if r.is_equation else r.name for r in step.identities)


def steps_latex(steps: Sequence[Step]) -> str:
    """An align* environment with the identities as side comments."""
    lines = []
    for step in steps:
        body = step.expression.latex()
        for n in step.names if step.kind != "definition" else ():
            body += rf",\quad {n.symbol.latex()} = {n.value.latex()}"
        notes = [] if step.kind == "answer" else [_latex_remark(r) for r in step.identities]
        note = " && " + ";\\ ".join(notes) if notes else ""
        lines.append(f"  {_latex_left(step)} &= {body}{note}")
    inner = " \\\\\n".join(lines)
    return f"\\begin{{align*}}\n{inner}\n\\end{{align*}}"


def _latex_remark(rule) -> str:
    return rule.latex if rule.is_equation else rf"\text{{{_escaped(rule.name)}}}"


def _escaped(text: str) -> str:
    """A rule's name in text mode; what is not plain is set as mathematics by the rule itself."""
    table = {"‖": r"$\Vert$", "₁": r"$_1$", "²": r"$^2$", "^": r"\^{}", "_": r"\_", "&": r"\&"}
    return "".join(table.get(c, c) for c in text)


def _latex_left(step: Step) -> str:
    from matcalc.printing.latex import latex_name

    name = latex_name(step.subject)
    if step.kind == "definition":
        return name
    if step.kind == "line":
        return ""
    if step.kind == "answer":
        return rf"\frac{{\partial {name}}}{{\partial {latex_name(step.variable or '')}}}"
    return rf"\mathrm{{d}}{name}"
