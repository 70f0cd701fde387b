"""Answers and expressions as lines for a reader.

Closed forms are written in the language, so that they parse back; derivations and shown
expressions as on paper where the output can. An answer that failed verification is never shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from matcalc.expr.nodes import Expr
from matcalc.expr.sets import IMPLIES, VariableSet, real_set
from matcalc.expr.sizes import shape_text

if TYPE_CHECKING:
    from matcalc.answer import Derivation, Derivations
    from matcalc.elaborate import Elaborated
    from matcalc.functions.abstract import AbstractFunction
    from matcalc.numeric.trials import Verification

    Result = Derivation | Derivations

NOT_VERIFIED = "not verified"

_FACTS = {
    "skew": "skew-symmetric",
    "lower": "lower triangular",
    "upper": "upper triangular",
    "psd": "positive semidefinite",
    "pd": "positive definite",
    "stiefel": "orthonormal columns",
    "hermitian": "Hermitian",
    "hpsd": "Hermitian positive semidefinite",
    "hpd": "Hermitian positive definite",
    "toeplitz-symmetric": "symmetric Toeplitz",
    "simplex": "on the simplex",
    "sphere": "of norm 1",
    "complex": "may be complex",
    "positive-det": "determinant > 0",
}
_ENTRIES = {"positive": "positive entries", "nonnegative": "entries ≥ 0"}
_SCALAR = {"positive": "positive", "nonnegative": "≥ 0", "complex": "may be complex"}


def has_failed(answer: Result) -> bool:
    """Whether verification found the answer wrong; one that could not be tried has not failed."""
    v = answer.verification
    return v is not None and not v.ok and v.method != NOT_VERIFIED


def failure_text(answer: Result) -> str:
    """What stands in the place of an answer that is wrong."""
    v = answer.verification
    why = v.message if v is not None else ""
    return (
        f"VERIFICATION FAILED for the {answer.kind} wrt {answer.wrt}: {why}\n"
        "no answer is given; this is a fault of matcalc, please report it with the input"
    )


def answer_lines(
    answer: Result, steps: str = "", paper: bool = True, faces: Sequence[str] = ()
) -> list[str]:
    """The derivation in a style if asked for, the closed forms (or other faces), and what they
    rest on."""
    if has_failed(answer):
        return failure_text(answer).split("\n")
    lines: list[str] = []
    if steps:
        lines += [*derivation_lines(answer, paper, steps), ""]
    lines += faces or str(answer).split("\n")
    lines += remark_lines(answer.problem.inferred, answer.notes)
    if answer.conditions:
        lines.append("holds where " + "; ".join(answer.conditions))
    for d in answer.results.values():
        if d.layout and d.result.shape != (1, 1) and not faces:
            lines.append(d.layout)
        if d.convention_note:
            whose = f" for {d.wrt}" if len(answer.results) > 1 else ""
            lines.append(f"convention{whose} {d.convention_note}")
    if answer.verification is not None:
        lines.append(verification_line(answer.verification))
    return lines


def derivation_lines(answer: Result, paper: bool = True, style: str = "differential") -> list[str]:
    """The steps. As text they leave out a closing line that the answer itself repeats."""
    if paper:
        return answer.steps_unicode(style).split("\n")
    closing = str(answer).split("\n")
    return [line for line in answer.steps_text(style).split("\n") if line not in closing]


def operator_line(d: Derivation) -> str:
    """The differential as a linear function of d(X)."""
    f = d.problem.label if len(d.variables) == 1 else f"∂{d.problem.label}/∂{d.before}"
    return f"d({f}) = {d.operator()}"


def operator_latex(d: Derivation) -> str:
    """The same in LaTeX."""
    from matcalc.printing.latex import latex_name

    f = latex_name(d.problem.label)
    if len(d.variables) > 1:
        before = r"\,".join(rf"\partial {v.latex()}" for v in d.by[:-1])
        power = f"^{{{len(d.by) - 1}}}" if len(d.by) > 2 else ""
        f = rf"\frac{{\partial{power} {f}}}{{{before}}}"
    return rf"\mathrm{{d}}{f} = {d.operator().latex()}"


def answer_latex(answer: Result) -> str:
    """The closed form in LaTeX; of several variables, one equation each."""
    from matcalc.printing.latex import latex_name

    if len(answer.results) == 1:
        return next(iter(answer.results.values())).result.latex()
    label = latex_name(answer.problem.label)
    rows = [
        rf"  \frac{{\partial {label}}}{{\partial {d.variable.latex()}}} &= {d.result.latex()}"
        for d in answer.results.values()
    ]
    return "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}"


def signature_text(f: AbstractFunction) -> str:
    """The statement that declares a function."""
    domains = ", ".join(str(real_set(d)) for d in f.domains)
    return f"{f.name} : {domains} -> {real_set(f.codomain)}"


def verification_line(v: Verification) -> str:
    """How sure the answer is."""
    if v.ok:
        plural = "s" * (v.trials != 1)
        more = f"; {v.message}" if v.message else ""
        return f"verified: error {v.error:.0e} ({v.method}, {v.trials} trial{plural}){more}"
    return f"NOT VERIFIED: {v.message}"


def remark_lines(inferred: Sequence[str], notes: Sequence[str]) -> list[str]:
    """What the engine assumed, and what the reader should know."""
    lines = [f"inferred: {', '.join(inferred)}"] if inferred else []
    return lines + [f"note: {n}" for n in notes]


def inferred_texts(inferred: Mapping[str, VariableSet]) -> list[str]:
    """The sets found for undeclared names, as declarations."""
    return [f"{name} in {of}" for name, of in inferred.items()]


def expression_lines(e: Elaborated, paper: bool = True) -> list[str]:
    """An expression alone: itself, its shape, and what is known of it."""
    shown = e.expression.unicode() if paper else str(e.expression)
    if e.subject is not None:
        shown = f"{e.subject} = {shown}"
    about = "; ".join([kind_text(e.expression), *facts_texts(e.expression)])
    return [shown, about, *remark_lines(inferred_texts(e.inferred), e.notes)]


def kind_text(e: Expr) -> str:
    """Its shape in words: "scalar", "column vector n×1", "matrix m×n"."""
    rows, columns = e.shape
    if e.is_scalar:
        return "scalar"
    if columns == 1 or rows == 1:
        return f"{'column' if columns == 1 else 'row'} vector {shape_text(e.shape)}"
    return f"matrix {shape_text(e.shape)}"


def facts_texts(e: Expr) -> list[str]:
    """What is known of an expression; what follows from the rest is left out."""
    implied = {word for f in e.facts for word in IMPLIES.get(f, ())}
    if "complex" in e.facts:
        implied -= {"hermitian"}
    known = sorted(e.facts - implied - {"differential"})
    if e.is_scalar:
        return [_SCALAR[f] for f in known if f in _SCALAR]
    return [_ENTRIES.get(f) or _FACTS.get(f, f) for f in known]
