"""Derivations as lines: in the language's text, in Unicode, and as LaTeX align*.

φ   = ‖R‖²
R   = A X − B
dφ  = 2 R : dR                           differential of the squared norm
    = 2 R : A dX                         substitute
    = 2 Aᵀ R : dX                        A : B C = Bᵀ A : C
∂φ/∂X = 2 Aᵀ (A X − B)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from matcalc.derivation.rule import Rule
from matcalc.derivation.step import Step
from matcalc.expr.nodes import Expr
from matcalc.printing.unicode import SUPERSCRIPTS, pretty

REMARK_COLUMN = 42
MAX_REMARK_COLUMN = 70

Row = tuple[str, str, str]  # left-hand side, right-hand side, remark


def steps_text(steps: Sequence[Step]) -> str:
    """The derivation in the language's ASCII, remarks as comments."""
    rows = [
        (step.left, _body(step, str, str), _comment(_remark(step, lambda r: r.statement)))
        for step in steps
    ]
    return _aligned(_without_repeats(rows, steps))


def steps_unicode(steps: Sequence[Step], statement: Callable[[Rule], str]) -> str:
    """The derivation as on paper; `statement` writes an identity in Unicode."""
    rows = [
        (_left_unicode(step), _body(step, Expr.unicode, pretty), _remark(step, statement))
        for step in steps
    ]
    return _aligned(_without_repeats(rows, steps))


def _body(step: Step, write: Callable[[Expr], str], name: Callable[[str], str]) -> str:
    """The right-hand side, and the names that a line introduces behind it: `,  G = ∂φ/∂D`."""
    body = write(step.expression)
    if step.kind == "definition":
        return body
    return body + "".join(f",  {name(n.name)} = {write(n.value)}" for n in step.names)


def _remark(step: Step, statement: Callable[[Rule], str]) -> str:
    """The identities of a line: equations as such, others by name."""
    if step.kind == "answer":
        return ""
    return "; ".join(statement(r) if r.is_equation else r.name for r in step.identities)


def _comment(remark: str) -> str:
    return f"# {remark}" if remark else ""


def _left_unicode(step: Step) -> str:
    name = pretty(step.subject)
    if step.kind == "definition":
        return name
    if step.kind == "answer":
        return _answer_unicode(step, name)
    return {"vec": f"vec(d{name})", "second": f"d²{name}"}.get(step.kind, f"d{name}")


def _answer_unicode(step: Step, name: str) -> str:
    """∂φ/∂X, ∂vec(F)/∂vec(X)ᵀ, ∂²φ/∂x∂xᵀ."""
    of, *by = _stacked(step, [name, *map(pretty, _variables(step))], "vec(□)")
    turned = "" if step.request == "grad" or step.whole else "ᵀ"
    if step.order == 1:
        return f"∂{of}/∂{by[0]}{turned}"
    power = str(step.order).translate(SUPERSCRIPTS)
    if turned or len(set(by)) > 1:
        return f"∂{power}{name}/{''.join(f'∂{v}' for v in by)}{turned}"
    return f"∂{power}{name}/∂{by[0]}{power}"


def _variables(step: Step) -> list[str]:
    """What an answer is by, in turn."""
    by = (step.variable or "").split(", ")
    return by if len(by) == step.order else by * step.order


def _stacked(step: Step, names: Sequence[str], vec: str) -> list[str]:
    """The subject of an answer and what it is by, with vec(□) of what is stacked."""
    if step.request == "grad" or step.whole or not step.stacked:
        return list(names)
    by = step.stacked[1:] if len(step.stacked) == len(names) else step.stacked[1:2] * step.order
    told = zip(names, (step.stacked[0], *by), strict=True)
    return [vec.replace("□", name) if stacked else name for name, stacked in told]


def _without_repeats(rows: Sequence[Row], steps: Sequence[Step]) -> list[Row]:
    """Further forms of one differential have nothing on the left."""
    return [
        ("" if step.kind == "line" else left, body, note)
        for (left, body, note), step in zip(rows, steps, strict=True)
    ]


def _aligned(rows: Sequence[Row]) -> str:
    """Equal signs below one another, answers apart; remarks in a column."""
    answer = [left.startswith(("∂", "grad ", "jac ", "hess ", "d^")) for left, _, _ in rows]
    width = max((len(r[0]) for r, a in zip(rows, answer, strict=True) if not a), default=0)
    lines = [f"{left.ljust(width)} = {body}" for left, body, _ in rows]
    noted = [len(line) for line, row in zip(lines, rows, strict=True) if row[2]]
    column = min(max([REMARK_COLUMN, *(n + 3 for n in noted)]), MAX_REMARK_COLUMN)
    return "\n".join(
        f"{line.ljust(column - 1)} {row[2]}" if row[2] else line
        for line, row in zip(lines, rows, strict=True)
    )


def steps_latex(steps: Sequence[Step]) -> str:
    """An align* environment with the identities as side comments."""
    lines = []
    for step in steps:
        body = step.expression.latex()
        for n in step.names if step.kind != "definition" else ():
            body += rf",\quad {n.symbol.latex()} = {n.value.latex()}"
        notes = [] if step.kind == "answer" else [_latex_remark(r) for r in step.identities]
        note = " && " + ";\\ ".join(notes) if notes else ""
        lines.append(f"  {_left_latex(step)} &= {body}{note}")
    inner = " \\\\\n".join(lines)
    return f"\\begin{{align*}}\n{inner}\n\\end{{align*}}"


def _latex_remark(rule: Rule) -> str:
    return rule.latex if rule.is_equation else rf"\text{{{_escaped(rule.name)}}}"


def _escaped(text: str) -> str:
    """A rule's name in text mode."""
    table = {"‖": r"$\Vert$", "₁": r"$_1$", "²": r"$^2$", "^": r"\^{}", "_": r"\_", "&": r"\&"}
    return "".join(table.get(c, c) for c in text)


def _left_latex(step: Step) -> str:
    from matcalc.printing.latex import latex_name

    name = latex_name(step.subject)
    if step.kind == "definition":
        return name
    if step.kind == "line":
        return ""
    if step.kind == "answer":
        return _answer_latex(step, name)
    inner = rf"\mathrm{{d}}{name}"
    second = rf"\mathrm{{d}}^2 {name}"
    return {"vec": rf"\operatorname{{vec}}({inner})", "second": second}.get(step.kind, inner)


def _answer_latex(step: Step, name: str) -> str:
    from matcalc.printing.latex import latex_name

    names = [name, *map(latex_name, _variables(step))]
    of, *by = _stacked(step, names, r"\operatorname{vec}(□)")
    turned = "" if step.request == "grad" or step.whole else r"^\top"
    if step.order == 1:
        return rf"\frac{{\partial {of}}}{{\partial {by[0]}{turned}}}"
    if turned or len(set(by)) > 1:
        below = r"\,".join(rf"\partial {v}" for v in by) + turned
    else:
        below = rf"\partial {by[0]}^{step.order}"
    return rf"\frac{{\partial^{step.order} {name}}}{{{below}}}"
