"""The conditions under which an answer holds, read off the function and the answer.

A condition is a kind and the expression that it is about; what another one implies is left out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Protocol

from matcalc.calculus.adjoint import is_zero
from matcalc.calculus.differential import local_differential, moving_nodes
from matcalc.calculus.templates import differential_of, matrix_of, over
from matcalc.errors import NotDifferentiableError
from matcalc.expr import build
from matcalc.expr.arithmetic import brief
from matcalc.expr.nodes import (
    ONE,
    Apply,
    Conjugate,
    ElementPower,
    Expr,
    Inverse,
    Power,
    Product,
    Selection,
    Symbol,
    Transpose,
    Zeros,
    is_call,
    number_value,
    postorder,
)
from matcalc.expr.sizes import AnySize, Size, add_sizes, inequality
from matcalc.functions.numbers import allowed, open_numbers
from matcalc.functions.record import Function, is_wide
from matcalc.functions.signature import size_of
from matcalc.functions.singular_values import DISTINCT
from matcalc.simplify.normal_form import Simplifier

# Kinds: "nonsingular" (a square matrix), "positive", "negative" and "nonzero" (a scalar, or all
# entries), "not zero" (a norm's argument, as a whole), "whole" (an exponent), or a record's own
# text with □ for the expression.
Condition = tuple[str, Expr]
TEXTS = {
    "□ nonsingular": "nonsingular",
    "every entry of □ > 0": "positive",
    "no entry of □ is 0": "nonzero",
    "□ ≠ 0": "not zero",
}
NO_TIE = "□1 and □2 have no equal entries"
LONG = 100


def require_somewhere(root: Expr, moving: Collection[Expr]) -> None:
    """NotDifferentiableError if what must hold for the root holds nowhere, as -1 > 0."""
    nodes = list(postorder(root))
    smooth = _only_squared(nodes)
    for e in nodes:
        for kind, about in _of_node(e, moving) if e not in smooth else ():
            if _never(kind, about):
                raise NotDifferentiableError(
                    f"{brief(e)} needs {_text(kind, about)}, which holds nowhere"
                )


def _never(kind: str, e: Expr) -> bool:
    """Whether a condition is about a constant, and fails."""
    if isinstance(e, Zeros) or number_value(e) == 0:
        return kind in ("nonsingular", "positive", "nonzero", "not zero", "det(□) > 0")
    value = number_value(e)
    return kind == "positive" and value is not None and value < 0


def conditions_of(
    functions: Mapping[Expr, Collection[Symbol]], results: Collection[Expr] = ()
) -> tuple[str, ...]:
    """What must hold for functions and results to be defined, and the functions differentiable.

    Each function comes with the variables that it is derived by. Kinks that cancel, as in abs(c)^2,
    are none: where a function is differentiable is read off its simplified form.
    """
    nodes = list(postorder(*functions, *results))
    s = Simplifier([e for e in nodes if e.children])
    simplified = dict(functions)
    moving = {m for f, by in functions.items() for m in moving_nodes(f, by)}
    if any(_is_kink(e, moving) for e in nodes):
        simplified = {s(f): by for f, by in functions.items()}
        moving |= {m for f, by in simplified.items() for m in moving_nodes(f, by)}
    kinked = list(postorder(*simplified, *results))
    left, smooth = set(kinked), _only_squared(list(postorder(*simplified)))
    found: dict[Condition, None] = {}
    for e in dict.fromkeys((*nodes, *kinked)):
        if e in smooth or (e not in left and _is_kink(e, moving)):
            continue
        for kind, about in _of_node(e, moving):
            reduced = _reduced(kind, about if "□1" in kind else s(about))
            if reduced is not None:
                found[reduced] = None
    covered = _covered(nodes, moving)
    kept = [c for c in found if _text(*c) not in covered and not _implied(c, found)]
    texts = (
        *(_text(*c) for c in kept),
        *_of_phases(results),
        *_of_counting(nodes),
        *_of_ranges(nodes),
    )
    return tuple(dict.fromkeys(texts))


def _is_kink(e: Expr, moving: Collection[Expr]) -> bool:
    """Whether a node has a value where its conditions do not hold, but no derivative."""
    if not isinstance(e, Apply) or not isinstance(e.function, Function):
        return False
    return bool(e in moving and e.function.conditions and not e.function.defined)


class Answer(Protocol):
    """A derivative of some kind."""

    result: Expr

    @property
    def kind(self) -> str: ...


def forms_for_singular(function: Expr, answers: Iterable[Answer]) -> tuple[str, ...]:
    """The gradient of det(M) is adj(M)', also where M is singular and det(M)*inv(M)' has no value.

    Said where the inverse comes from the determinant alone. Source: Magnus & Neudecker, ch. 8.
    """
    gradients = [d.result for d in answers if d.kind == "gradient"]
    before, after = list(postorder(function)), list(postorder(*gradients))
    divided = {e.children[0] for e in after if isinstance(e, Power) and _is_negative(e)}
    inverted = {e.argument for e in after if isinstance(e, Inverse)}
    kept = {e.argument for e in before if isinstance(e, Inverse)}
    found = [e for e in before if is_call(e, "det") and e in after and e not in divided]
    return tuple(
        f"where {m} is singular, take adj({m})' for det({m})*inv({m})'"
        for m in dict.fromkeys(e.children[0] for e in found)
        if m in inverted and m not in kept and "nonsingular" not in m.facts
    )


def _is_negative(e: Power) -> bool:
    p = number_value(e.exponent)
    return p is None or p < 0


def _covered(nodes: Collection[Expr], moving: Collection[Expr]) -> set[str]:
    """What the conditions of records imply, in words: all that their differentials need.

    The record of asin says that its argument lies in (-1, 1); then 1 - x.^2 > 0 in its derivative
    needs no mention. Of functions that are smooth where their conditions hold, this includes what
    the differential needs in order to be differentiable itself.
    """
    covered: set[str] = set()
    for e in nodes:
        if e in moving and isinstance(e, Apply) and _has_conditions(e):
            before = set(postorder(e))
            parts = [x for x in postorder(_differential(e, moving)) if x not in before]
            parts += [x for m in _matrices(parts) for x in postorder(m) if x not in before]
            again = parts if e.function.smooth else ()
            needs = {t for x in parts for t in _texts(_of_node(x, again))}
            covered |= needs - _texts(_of_node(e, {e}))
    return covered


def _has_conditions(e: Apply) -> bool:
    return isinstance(e.function, Function) and bool(e.function.conditions)


def _differential(e: Apply, moving: Collection[Expr]) -> Expr:
    """The record's; at complex arguments |z| and norms have one of their own."""
    f = e.function
    text = f.wirtinger_of(e.arguments)
    if text is None or not any("complex" in a.facts for a in e.arguments):
        return local_differential(e, moving)
    still = [a for a in e.arguments if a not in moving]
    return differential_of(text, f, e.arguments, still, over(f))


def _matrices(parts: Collection[Expr]) -> Iterator[Expr]:
    """The matrices in column-stacked coordinates of linear functions of a record's own."""
    for x in parts:
        if isinstance(x, Apply) and _has_conditions(x):
            for parameter in x.function.matrix if isinstance(x.function.matrix, Mapping) else ():
                yield matrix_of(x.function, x.arguments, parameter)


def _texts(conditions: Collection[Condition]) -> set[str]:
    return {_text(*r) for c in conditions if (r := _reduced(*c)) is not None}


def _of_counting(nodes: Collection[Expr]) -> list[str]:
    """Which numbers arguments have to be: k is a whole number from 1 to n."""
    return [f"{e} is a {numbers.text}" for e, numbers in open_numbers(nodes).items()]


def _of_ranges(nodes: Collection[Expr]) -> list[str]:
    """What sizes must satisfy for ranges to be some, and within their arrays: n >= 3."""
    found: dict[AnySize, dict[AnySize, None]] = {}
    for e in nodes:
        pairs = [p for _, argument, numbers in allowed(e) for p in numbers.bounds(argument)]
        if isinstance(e, Selection):
            start, end = e.start, add_sizes(add_sizes(e.start, e.shape[1]), 1, -1)
            pairs += [(e.shape[0], end), (end, start), (start, 1)]
        for large, small in pairs:
            if not _never_negative(add_sizes(large, small, -1)):
                more, less = inequality(large, small)
                found.setdefault(more, {}).setdefault(less)
    texts = []
    for large, all_small in found.items():
        numbers = [s for s in all_small if isinstance(s, int)]
        least = [max(numbers)] if numbers else []
        texts += [_at_least(large, s) for s in all_small if not isinstance(s, int)]
        texts += [f"{large} >= {s}" for s in least]
    return texts


def _at_least(large: AnySize, small: Size) -> str:
    """n >= i, and n > i where it is n >= i + 1."""
    one_more = dict(small.terms).get(()) == 1
    return f"{large} > {add_sizes(small, 1, -1)}" if one_more else f"{large} >= {small}"


def _never_negative(gap: AnySize) -> bool:
    """Whether a size is at least 0 because its names are at least 1."""
    if isinstance(gap, int):
        return gap >= 0
    return all(c > 0 for m, c in gap.terms if m) and sum(c for _, c in gap.terms) >= 0


def _only_squared(nodes: Collection[Expr]) -> set[Expr]:
    """Norms that occur only as their squares, which are smooth everywhere."""
    squared: set[Expr] = set()
    alone: set[Expr] = set()
    for e in nodes:
        for c in e.children:
            if isinstance(c, Apply) and isinstance(c.function, Function) and c.function.squared:
                (squared if _even_power(e) else alone).add(c)
    return squared - alone


def _even_power(e: Expr) -> bool:
    p = number_value(e.exponent) if isinstance(e, Power | ElementPower) else None
    return p is not None and p > 0 and p % 2 == 0


def _of_node(e: Expr, moving: Collection[Expr]) -> list[Condition]:
    if isinstance(e, Apply) and isinstance(e.function, Function):
        found = []
        for c in e.function.conditions:
            argument = e.arguments[e.function.parameters.index(c.parameter)]
            if c.matters(e.arguments, argument) and (e in moving or e.function.defined):
                about = e if "□1" in c.text else argument
                found.append((TEXTS.get(c.text, c.text), about))
        return found
    if isinstance(e, Inverse):
        return [("nonsingular", e.argument)]
    if isinstance(e, Power | ElementPower):
        return _of_power(e, moving)
    return []


def _of_phases(results: Collection[Expr]) -> Iterator[str]:
    """What the phase of complex unit vectors needs: which entry is real has to be clear.

    So in answers in which the phase matters; the largest modulus of each vector is at one place.
    """
    for e in postorder(*results):
        if isinstance(e, Apply) and "hardmax" in e.function.name and is_call(e.children[0], "abs"):
            vectors = e.children[0].children[0]
            if "complex" in vectors.facts:
                each = "each column of " if e.function.name.startswith("columns") else ""
                yield f"one entry of {each}{brief(vectors)} has the largest modulus"


def _of_power(e: Expr, moving: Collection[Expr]) -> list[Condition]:
    base, p = e.children[0], number_value(e.children[1])
    if isinstance(e, Power) and not base.is_scalar:
        return [("nonsingular", base)] if p is not None and p < 0 else []
    if p is not None and p == int(p):
        return [("nonzero", base)] if p < 0 else []
    size = size_of(e.children[1])
    if size is not None:  # a whole number
        return [] if _never_negative(size) else [("nonzero", base)]
    if is_call(base, "abs"):
        return [("nonzero", base)] if p is None or p < 1 else []
    value = number_value(base)
    if value is not None and value < 0 and p is None and e.children[1] not in moving:
        return [("whole", e.children[1])]  # a sign, as in (-1)^k
    return [("positive", base)]


# What becomes of a kind when its expression is divided by a negative number.
_SCALED = {"positive": "negative", "negative": "positive", "nonzero": "nonzero"}
_SCALED |= {"not zero": "not zero", "nonsingular": "nonsingular"}
_UNSCALED = {*_SCALED, "det(□) > 0"}  # these hold of c*A, c > 0, where they hold of A


def _reduced(kind: str, e: Expr) -> Condition | None:
    """The same condition about something simpler; None where it is known to hold."""
    if kind == NO_TIE and isinstance(e, Apply):
        number = next((a for a in e.arguments if is_zero(a)), None)
        if number is not None:
            kind, e = "nonzero", next(a for a in e.arguments if a is not number)
    while True:
        if kind == "nonsingular" and "nonsingular" in e.facts:
            return None
        if kind in _SCALED and isinstance(e, Product) and e.coefficient != 1:
            kind = _SCALED[kind] if e.coefficient < 0 else kind
            e = build.multiply(1 / e.coefficient, e)
            continue
        if kind in ("positive", "nonzero", "not zero") and "positive" in e.facts:
            return None
        if kind in _UNSCALED and isinstance(e, Product) and _is_scaled(e):
            e = build.product(ONE, [x for x in e.scalars if "positive" not in x.facts], e.chain)
            continue
        if kind in _NONSINGULAR and isinstance(e, Transpose):
            e = e.argument  # of the same eigenvalues
            continue
        if kind == DISTINCT and is_wide(e):
            e = build.transpose(e)  # the others are always 0
            continue
        if kind in ("nonzero", "not zero", "nonsingular") and isinstance(e, Conjugate):
            e = e.argument
            continue
        if kind in ("not zero", "nonsingular") and e.is_scalar:
            kind = "nonzero"
        if kind in ("positive", "nonzero") and _even_power(e) and "complex" not in e.facts:
            kind, e = "nonzero", e.children[0]
            continue
        inner = e.arguments[0] if isinstance(e, Apply) and e.arguments else None
        if inner is None or kind not in ("positive", "nonzero"):
            return kind, e
        name = e.function.name  # type: ignore[attr-defined]
        if isinstance(e.function, Function) and e.function.norm:  # type: ignore[attr-defined]
            kind, e = "not zero", inner
        elif name == "abs":
            kind, e = "nonzero", inner
        elif name == "sqrt":
            kind, e = "positive", inner
        elif name in ("rows(norm2)", "columns(norm2)"):
            kind, e = f"each {name[:-8]} of □ ≠ 0", inner
        elif name == "det" and kind == "nonzero":
            kind, e = "nonsingular", inner
        else:
            return kind, e


def _is_scaled(e: Product) -> bool:
    """Whether a positive number or scalar stands in front."""
    return e.coefficient > 0 and (
        e.coefficient != 1 or any("positive" in x.facts for x in e.scalars)
    )


# What a nonsingular matrix is besides.
_NONSINGULAR = (
    "det(□) > 0",
    "every real eigenvalue of □ > 0",
    "no two eigenvalues of □ add up to 0",
    "□ positive definite",
)

_FULL_RANK = ("□ has full column rank", "□ has full row rank")


def _implied(c: Condition, found: Collection[Condition]) -> bool:
    kind, e = c
    if kind == "nonzero":
        return ("positive", e) in found or ("negative", e) in found
    if kind == "nonsingular":
        positive = any(
            k == "positive" and is_call(x, "det") and x.children[0] is e for k, x in found
        )
        products = (x for k, x in found if k in ("nonsingular", *_NONSINGULAR))
        return (
            positive
            or any((k, e) in found for k in _NONSINGULAR)
            or any(_is_square_factor(e, x) for x in products)
        )
    if kind == "the rank of □ does not change nearby":
        return any((k, e) in found for k in _FULL_RANK)
    if kind == "not zero":
        return any((k, e) in found for k in ("nonzero", "positive", "negative", *_FULL_RANK))
    return False


def _is_square_factor(e: Expr, of: Expr) -> bool:
    """Whether a matrix is one of the square factors of a product, nonsingular if that is."""
    if not isinstance(of, Product) or any(f.shape[0] != f.shape[1] for f in of.chain):
        return False
    return of is not e and (e in of.chain or build.transpose(e) in of.chain)


def _tie(e: Apply) -> str:
    """No entries of two arguments are equal; of an array and a number: no entry of it is that."""
    if e.is_scalar:
        return "□1 ≠ □2"
    a, b = e.arguments
    if a.is_scalar or b.is_scalar:
        return "no entry of □2 is □1" if a.is_scalar else "no entry of □1 is □2"
    return NO_TIE


def _text(kind: str, e: Expr) -> str:
    """The condition in words."""
    shown = str(e)
    if len(shown) > LONG:
        shown = shown[: LONG - 3] + "..."
    if kind == "nonsingular":
        return f"{shown} nonsingular"
    if "complex" in e.facts and kind in ("positive", "negative"):
        sign = "<=" if kind == "positive" else ">="  # the cut of logarithms and roots
        some = "" if e.is_scalar else "no entry of "
        return f"{some}{shown} is {'not ' * e.is_scalar}a number {sign} 0"
    if "complex" in e.facts and kind == "det(□) > 0" and "hermitian" not in e.facts:
        return f"det({shown}) is not a number <= 0"
    if kind in ("positive", "negative"):
        sign = ">" if kind == "positive" else "<"
        return f"{shown} {sign} 0" if e.is_scalar else f"every entry of {shown} {sign} 0"
    if kind == "nonzero":
        return f"{shown} ≠ 0" if e.is_scalar else f"no entry of {shown} is 0"
    if kind == "not zero":
        return f"{shown} ≠ 0"
    if kind == "whole":
        return f"{'' if e.is_scalar else 'every entry of '}{shown} is a whole number"
    if "□1" in kind and isinstance(e, Apply):
        text = _tie(e) if kind == NO_TIE else kind
        for k, a in enumerate(e.arguments):
            text = text.replace(f"□{k + 1}", str(a))
        return text
    text = kind.replace("every entry of □", "□") if e.is_scalar else kind
    return text.replace("□", shown)
