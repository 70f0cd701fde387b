r"""Index notation: as text ∂F[i,j]/∂X[k,l] = A[i,k]*B[l,j], in Unicode, and in LaTeX.

Sums over repeated indices are written out, sum(p in 1..m, ...) and \sum_p; in LaTeX they may be
left to Einstein's convention.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from matcalc.derivation.index import Entry, Index, IndexForm, IndexStep, Term
from matcalc.expr import build
from matcalc.expr.nodes import Apply, Expr, Inverse, Kronecker, Sum, Symbol, number_value
from matcalc.printing.latex import latex_name
from matcalc.printing.unicode import pretty, subscript

BARE = (Symbol, Apply, Inverse, Kronecker)  # may stand before an index without parentheses


def text(form: IndexForm) -> str:
    """∂F[i,j]/∂X[k,l] = A[i,k]*B[l,j]."""
    return " = ".join(_text_sides(form))


def _text_sides(form: IndexForm) -> tuple[str, str]:
    left = _left(form, lambda name, indices: name + _brackets(indices), "")
    return left, _total([_text_term(t) for t in form.terms])


def _left(form: IndexForm, entry: Callable, thin: str) -> str:
    """∂²φ/∂X[i,j]∂X[k,l] with entries in any notation."""
    above = entry(form.subject, form.of)
    if not form.by:
        return above
    order = "²" if len(form.by) == 2 else ""
    below = thin.join("∂" + entry(name, indices) for name, indices in form.by)
    return f"∂{order}{above}/{below}"


def _brackets(indices: tuple[Index, ...]) -> str:
    return f"[{','.join(x.name for x in indices)}]" if indices else ""


def _total(terms: list[tuple[bool, str]]) -> str:
    """The terms with their signs between them; nothing is 0."""
    if not terms:
        return "0"
    pieces = []
    for k, (negative, body) in enumerate(terms):
        sign = ("-" if negative else "") if k == 0 else (" - " if negative else " + ")
        pieces.append(sign + body)
    return "".join(pieces)


def _front(t: Term) -> tuple[bool, Expr]:
    """Whether a term is negative, and its number and scalars as one expression."""
    negative = t.coefficient < 0
    c = -t.coefficient if negative else t.coefficient
    return negative, build.multiply(build.number(c), *t.scalars)


def _text_term(t: Term) -> tuple[bool, str]:
    negative, front = _front(t)
    factors = [_text_entry(e) for e in t.entries]
    if number_value(front) != 1 or not factors:
        factors.insert(0, f"({front})" if isinstance(front, Sum) else str(front))
    body = "*".join(factors)
    for x in reversed(t.summed):
        body = f"sum({x.name} in 1..{x.size}, {body})"
    return negative, body


def _text_entry(e: Entry) -> str:
    if e.array is None:
        return f"δ{_brackets(e.indices)}"
    head = str(e.array) if _is_bare(e.array) else f"({e.array})"
    if len(e.rows) > 1 or len(e.columns) > 1:
        places = ",".join(_stacked(x) for x in (e.rows, e.columns) if x)
        return f"{head}[{places}]"
    return head + _brackets(e.indices)


def _is_bare(e: Expr) -> bool:
    return isinstance(e, BARE)


def _stacked(indices: tuple[Index, ...]) -> str:
    """i + (j - 1)*m: the place of an entry when columns are stacked."""
    if len(indices) == 1:
        return indices[0].name
    first, second = indices
    size = str(first.size)
    return f"{first.name} + ({second.name} - 1)*{size if size.isalnum() else f'({size})'}"


# On paper


def unicode(form: IndexForm) -> str:
    """∂Fᵢⱼ/∂Xₖₗ = Aᵢₖ Bₗⱼ."""
    return " = ".join(_unicode_sides(form))


def _unicode_sides(form: IndexForm) -> tuple[str, str]:
    left = _left(form, lambda name, x: _lowered(pretty(name), x), "")
    return left, _total([_unicode_term(t) for t in form.terms])


def _lowered(head: str, indices: tuple[Index, ...]) -> str:
    names = "".join(x.name for x in indices)
    low = subscript(names)
    return head + (low if low is not None else f"[{','.join(x.name for x in indices)}]")


def _unicode_term(t: Term) -> tuple[bool, str]:
    negative, front = _front(t)
    factors = [_unicode_entry(e) for e in t.entries]
    if number_value(front) != 1 or not factors:
        shown = front.unicode()
        factors.insert(0, f"({shown})" if isinstance(front, Sum) and factors else shown)
    signs = "".join(f"Σ{subscript(x.name) or '_' + x.name} " for x in t.summed)
    return negative, signs + " ".join(factors)


def _unicode_entry(e: Entry) -> str:
    if e.array is None:
        return _lowered("δ", e.indices)
    shown = e.array.unicode()
    head = shown if isinstance(e.array, Symbol | Apply) else f"({shown})"
    if len(e.rows) > 1 or len(e.columns) > 1:
        return f"{head}[{', '.join(_stacked(x) for x in (e.rows, e.columns) if x)}]"
    return _lowered(head, e.indices)


def latex(form: IndexForm, einstein: bool = False) -> str:
    r"""\frac{\partial F_{ij}}{\partial X_{kl}} = A_{ik} B_{lj}."""
    return " = ".join(_latex_sides(form, einstein))


def _latex_sides(form: IndexForm, einstein: bool) -> tuple[str, str]:
    above = _indexed(latex_name(form.subject), form.of)
    left = above
    if form.by:
        order = "^2" if len(form.by) == 2 else ""
        below = r"\,".join(rf"\partial {_indexed(latex_name(n), x)}" for n, x in form.by)
        left = rf"\frac{{\partial{order} {above}}}{{{below}}}"
    return left, _total([_latex_term(t, einstein) for t in form.terms])


def _indexed(head: str, indices: tuple[Index, ...]) -> str:
    low = "".join(latex_name(x.name) for x in indices)
    return f"{head}_{{{low}}}" if low else head


def _latex_term(t: Term, einstein: bool) -> tuple[bool, str]:
    negative, front = _front(t)
    factors = [_latex_entry(e) for e in t.entries]
    if number_value(front) != 1 or not factors:
        shown = front.latex()
        grouped = isinstance(front, Sum) and factors
        factors.insert(0, rf"\left({shown}\right)" if grouped else shown)
    body = r" \, ".join(factors)
    if t.summed and not einstein:
        body = rf"\sum_{{{','.join(latex_name(x.name) for x in t.summed)}}} {body}"
    return negative, body


def _latex_entry(e: Entry) -> str:
    if e.array is None:
        return _indexed(r"\delta", e.indices)
    shown = e.array.latex()
    head = shown if isinstance(e.array, Symbol) else rf"\left({shown}\right)"
    if len(e.rows) > 1 or len(e.columns) > 1:
        places = ",\\,".join(_stacked(x) for x in (e.rows, e.columns) if x)
        return f"{head}_{{{places}}}"
    return _indexed(head, e.indices)


# Derivations


def steps_text(steps: Sequence[IndexStep], paper: bool = False) -> str:
    """The lines of a derivation entry by entry; `paper` writes them in Unicode."""
    rows = [_unicode_sides(s.form) if paper else _text_sides(s.form) for s in steps]
    width = max(len(left) for left, _ in rows)
    lines: list[str] = []
    before = ""
    for (left, right), s in zip(rows, steps, strict=True):
        shown = "" if left == before else left
        remark = f"   {'' if paper else '# '}{s.remark}" if s.remark else ""
        lines.append(f"{shown.ljust(width)} = {right}{remark}")
        before = left
    return "\n".join(lines)


def steps_latex(steps: Sequence[IndexStep]) -> str:
    """An align* environment with the remarks beside the lines."""
    lines: list[str] = []
    before = ""
    for s in steps:
        left, right = _latex_sides(s.form, False)
        remark = rf" && \text{{{s.remark}}}".replace("δ", r"$\delta$") if s.remark else ""
        lines.append(f"  {'' if left == before else left} &= {right}{remark}")
        before = left
    inner = " \\\\\n".join(lines)
    return f"\\begin{{align*}}\n{inner}\n\\end{{align*}}"
