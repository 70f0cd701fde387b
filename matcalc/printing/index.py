r"""Index notation: as text ∂F[i,j]/∂X[k,l] = A[i,k]*B[l,j], in Unicode, and in LaTeX.

Sums over repeated indices are written out, sum(p in 1..m, ...) and \sum_p; in LaTeX they may be
left to Einstein's convention. (i,j) is a place in stacked columns, i + (j - 1)*m, and (i >= j) one
in those of a lower triangle.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from matcalc.derivation.index import Entry, Index, IndexForm, IndexStep, Place, Term
from matcalc.expr import build
from matcalc.expr.nodes import (
    Apply,
    Conjugate,
    Expr,
    Inverse,
    Kronecker,
    Sum,
    Symbol,
    number_value,
)
from matcalc.expr.sizes import AnySize
from matcalc.printing.entries import has_units, mean, of_units, relation, unit_name
from matcalc.printing.latex import latex_name
from matcalc.printing.steps import MAX_REMARK_COLUMN
from matcalc.printing.unicode import SUPERSCRIPTS, pretty, subscript

BARE = (Symbol, Apply, Inverse, Kronecker, Conjugate)  # before an index without parentheses

Places = Sequence[Place]


def text(form: IndexForm) -> str:
    """∂F[i,j]/∂X[k,l] = A[i,k]*B[l,j]."""
    return " = ".join(_text_sides(form))


def _text_sides(form: IndexForm, unit: str | None = None) -> tuple[str, str]:
    left = _left(form, lambda name, places: name + _brackets(places))
    unit = unit or unit_name([form])
    return left, _total([_text_term(t, unit) for t in form.terms])


def _left(form: IndexForm, entry: Callable[[str, Places], str]) -> str:
    """∂²φ/∂X[i,j]∂X[k,l] with entries in any notation."""
    above = entry(form.subject, form.of)
    if not form.by:
        return above
    order = str(len(form.by)).translate(SUPERSCRIPTS) if len(form.by) > 1 else ""
    if _by_one_number(form):
        return f"∂{order}{above}/∂{entry(*form.by[0])}{order}"
    below = "".join("∂" + entry(name, places) for name, places in form.by)
    return f"∂{order}{above}/{below}"


def _by_one_number(form: IndexForm) -> bool:
    """Whether it is by one scalar, once or more: ∂³f[i]/∂t³."""
    return len(set(form.by)) == 1 and not form.by[0][1]


def _brackets(places: Places) -> str:
    written = [_stacked(p, ",") for p in places if p]
    return f"[{','.join(written)}]" if written else ""


def _apart(place: Place) -> Places:
    """Row and column, which are not one place in a stack."""
    return [(x,) for x in place]


def _stacked(place: Place, between: str) -> str:
    """An index, or several in parentheses: a place in a stack."""
    return _in_stack([_row_and_column(x, ">=") or x.name for x in place], between)


def _row_and_column(x: Index, sign: str, name: Callable[[str], str] = str) -> str | None:
    """(i >= j), of a place in vech."""
    return x.pair and f"({name(x.pair[0].name)} {sign} {name(x.pair[1].name)})"


def _in_stack(names: list[str], between: str) -> str:
    return names[0] if len(names) == 1 else f"({between.join(names)})"


def _total(terms: list[tuple[bool, str]], minus: str = "-") -> str:
    """The terms with their signs between them; nothing is 0."""
    if not terms:
        return "0"
    (first, body), *others = terms
    pieces = [minus + body if first else body]
    pieces += [f" {minus if negative else '+'} {body}" for negative, body in others]
    return "".join(pieces)


def _front(t: Term) -> tuple[bool, Expr]:
    """Whether a term is negative, and its number and scalars as one expression."""
    negative = t.coefficient < 0
    c = -t.coefficient if negative else t.coefficient
    return negative, build.multiply(build.number(c), *t.scalars)


def _text_term(t: Term, unit: str) -> tuple[bool, str]:
    negative, front = _front(t)
    factors = [_text_entry(e, unit) for e in t.entries]
    if number_value(front) != 1 or not factors:
        grouped = isinstance(front, Sum) and (factors or negative)
        factors.insert(0, f"({front})" if grouped else str(front))
    body = "*".join(factors)
    for x in reversed(t.summed):
        body = f"sum({x.name} in 1..{x.size}, {body})"
    return negative, body


def _text_entry(e: Entry, unit: str) -> str:
    if e.array is None:
        return f"δ{_brackets((e.rows, e.columns))}"
    found = relation(e, str, str)
    if found is not None:
        left, sign, right = found
        return f"δ[{left},{right}]" if sign == "=" else f"[{left} {sign} {right}]"
    m = mean(e, str, str)
    if m is not None:
        return f"δ[{m.left},{m.right}]/{m.count('-', 'abs({})')}"
    of = of_units(e)
    if of is not None:
        given = [*map(str, of.arguments), *(unit + _brackets(_apart(u)) for u in of.units)]
        return f"frechet({of.function})({','.join(given)}){_brackets(_apart(of.at))}"
    head = str(e.array) if isinstance(e.array, BARE) else f"({e.array})"
    return head + _brackets((e.rows, e.columns))


# On paper


def unicode(form: IndexForm) -> str:
    """∂Fᵢⱼ/∂Xₖₗ = Aᵢₖ Bₗⱼ."""
    return " = ".join(_unicode_sides(form))


def _unicode_sides(form: IndexForm, unit: str | None = None) -> tuple[str, str]:
    left = _left(form, lambda name, places: _lowered(pretty(name), places))
    unit = unit or unit_name([form])
    return left, _total([_unicode_term(t, unit) for t in form.terms], "−")


def _lowered(head: str, places: Places) -> str:
    low = [_low(p) for p in places if p]
    return head + _brackets(places).replace(">=", "≥") if "" in low else head + "".join(low)


def _low(place: Place) -> str:
    """A place in subscripts; nothing where a name has none."""
    if any(x.pair for x in place):
        return ""
    names = subscript("".join(x.name for x in place)) or ""
    return f"₍{names}₎" if names and len(place) > 1 else names


def _unicode_term(t: Term, unit: str) -> tuple[bool, str]:
    negative, front = _front(t)
    factors = [_unicode_entry(e, unit) for e in t.entries]
    if number_value(front) != 1 or not factors:
        shown = front.unicode()
        divided = "/" in shown and number_value(front) is None  # (1/‖x‖) xᵢ
        grouped = (divided and factors) or (isinstance(front, Sum) and (factors or negative))
        factors.insert(0, f"({shown})" if grouped else shown)
    signs = "".join(f"Σ{subscript(x.name) or '_' + x.name} " for x in t.summed)
    return negative, signs + " ".join(factors)


def _unicode_entry(e: Entry, unit: str) -> str:
    if e.array is None:
        return _lowered("δ", (e.rows, e.columns))
    found = relation(e, _size_unicode, str)
    if found is not None:
        left, sign, right = (part.replace("-", "−") for part in found)
        if sign == "=":
            low = subscript(left + right)
            return f"δ{low}" if low and len(left) == len(right) == 1 else f"δ[{left}, {right}]"
        return f"[{left} {_SIGNS[sign][0]} {right}]"
    m = mean(e, _size_unicode, str)
    if m is not None:
        return f"(δ[{m.left}, {m.right}]/{m.count('-', '|{}|')})".replace("-", "−")
    of = of_units(e)
    if of is not None:
        units = [_lowered(pretty(unit), _apart(u)) for u in of.units]
        given = ", ".join([*(a.unicode() for a in of.arguments), *units])
        raised = str(of.order).translate(SUPERSCRIPTS) if of.order > 1 else ""
        return _lowered(f"L{raised}_{of.function}({given})", _apart(of.at))
    shown = e.array.unicode()
    head = shown if isinstance(e.array, Symbol | Apply) else f"({shown})"
    return _lowered(head, (e.rows, e.columns))


def latex(form: IndexForm, einstein: bool = False) -> str:
    r"""\frac{\partial F_{ij}}{\partial X_{kl}} = A_{ik} B_{lj}."""
    return " = ".join(_latex_sides(form, einstein))


def _latex_sides(form: IndexForm, einstein: bool, unit: str | None = None) -> tuple[str, str]:
    above = _indexed(latex_name(form.subject), form.of)
    left = above
    if form.by:
        order = f"^{{{len(form.by)}}}" if len(form.by) > 1 else ""
        below = r"\,".join(rf"\partial {_indexed(latex_name(n), x)}" for n, x in form.by)
        if _by_one_number(form):
            below = rf"\partial {latex_name(form.by[0][0])}{order}"
        left = rf"\frac{{\partial{order} {above}}}{{{below}}}"
    unit = unit or unit_name([form])
    return left, _total([_latex_term(t, einstein, unit) for t in form.terms])


def _indexed(head: str, places: Places) -> str:
    low = "".join(_low_latex(p) for p in places if p)
    return f"{head}_{{{low}}}" if low else head


def _low_latex(place: Place) -> str:
    return _in_stack(
        [_row_and_column(x, r"\ge", latex_name) or latex_name(x.name) for x in place], ""
    )


def _latex_term(t: Term, einstein: bool, unit: str) -> tuple[bool, str]:
    negative, front = _front(t)
    factors = [_latex_entry(e, unit) for e in t.entries]
    if number_value(front) != 1 or not factors:
        shown = front.latex()
        grouped = isinstance(front, Sum) and (factors or negative)
        factors.insert(0, rf"\left({shown}\right)" if grouped else shown)
    body = r" \, ".join(factors)
    # Einstein's convention is about pairs: an index that is there once, or three times, has its Σ.
    often = Counter(x for e in t.entries for x in e.indices)
    summed = [x for x in t.summed if not einstein or often[x] != 2]
    if summed:
        body = rf"\sum_{{{','.join(latex_name(x.name) for x in summed)}}} {body}"
    return negative, body


def _latex_entry(e: Entry, unit: str) -> str:
    if e.array is None:
        return _indexed(r"\delta", (e.rows, e.columns))
    found = relation(e, _size_latex, latex_name)
    if found is not None:
        left, sign, right = found
        if sign == "=":
            return rf"\delta_{{{left},\,{right}}}"
        return rf"[{left} {_SIGNS[sign][1]} {right}]"
    m = mean(e, _size_latex, latex_name)
    if m is not None:
        below = rf"{m.size} - \left|{m.off}\right|" if m.off else m.size
        return rf"\frac{{\delta_{{{m.left},\,{m.right}}}}}{{{below}}}"
    of = of_units(e)
    if of is not None:
        units = [_indexed(latex_name(unit), _apart(u)) for u in of.units]
        given = ", ".join([*(a.latex() for a in of.arguments), *units])
        raised = f"^{{({of.order})}}" if of.order > 1 else ""
        head = rf"L{raised}_{{\operatorname{{{of.function}}}}}\left({given}\right)"
        return _indexed(rf"\left({head}\right)", _apart(of.at))
    shown = e.array.latex()
    head = shown if isinstance(e.array, Symbol) else rf"\left({shown}\right)"
    return _indexed(head, (e.rows, e.columns))


_SIGNS = {">=": ("≥", r"\ge"), "<=": ("≤", r"\le")}


def _size_unicode(size: AnySize) -> str:
    return build.size_number(size).unicode()


def _size_latex(size: AnySize) -> str:
    return build.size_number(size).latex()


# Derivations


def _remarks(steps: Sequence[IndexStep], unit: str) -> list[str]:
    """Why each line holds; on the first with matrices of a single 1, what these are."""
    remarks = [s.remark for s in steps]
    first = next((k for k, s in enumerate(steps) if has_units(s.form)), None)
    if first is not None:
        meaning = f"{unit}[k,l] has a 1 at k,l, and else 0"
        remarks[first] = "; ".join(filter(None, (remarks[first], meaning)))
    return remarks


def _in_latex(remark: str) -> str:
    return remark.replace("δ", r"$\delta$").replace(">=", r"$\ge$").replace("_", r"\_")


def steps_text(steps: Sequence[IndexStep], paper: bool = False) -> str:
    """The lines of a derivation entry by entry; `paper` writes them in Unicode."""
    unit = unit_name(s.form for s in steps)
    sides = _unicode_sides if paper else _text_sides
    rows = [sides(s.form, unit) for s in steps]
    remarks = [r if paper or not r else f"# {r}" for r in _remarks(steps, unit)]
    before = [left for left, _ in rows]
    shown = ["" if k and left == before[k - 1] else left for k, left in enumerate(before)]
    width = max(map(len, before))
    lines = [f"{left.ljust(width)} = {right}" for left, (_, right) in zip(shown, rows, strict=True)]
    column = min(max(len(line) for line in lines) + 3, MAX_REMARK_COLUMN)
    return "\n".join(
        f"{line.ljust(column - 1)} {remark}".rstrip()
        for line, remark in zip(lines, remarks, strict=True)
    )


def steps_latex(steps: Sequence[IndexStep]) -> str:
    """An align* environment with the remarks beside the lines."""
    lines: list[str] = []
    before = ""
    unit = unit_name(s.form for s in steps)
    for s, why in zip(steps, _remarks(steps, unit), strict=True):
        left, right = _latex_sides(s.form, False, unit)
        remark = rf" && \text{{{_in_latex(why)}}}" if why else ""
        lines.append(f"  {'' if left == before else left} &= {right}{remark}")
        before = left
    inner = " \\\\\n".join(lines)
    return f"\\begin{{align*}}\n{inner}\n\\end{{align*}}"
