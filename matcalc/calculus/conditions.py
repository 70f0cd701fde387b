"""The conditions under which an answer holds, read off the function and the answer.

A condition is a kind and the expression that it is about; what another one implies is left out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Protocol

from matcalc.calculus.condition_words import (
    NONZERO,
    TEXTS,
    Condition,
    implied,
    reduced,
    text_of,
)
from matcalc.calculus.differential import local_differential, moving_nodes
from matcalc.calculus.symmetric_use import (
    is_of_symmetric,
    used_in_even_powers,
    used_symmetrically,
)
from matcalc.calculus.templates import differential_of, matrix_of, over
from matcalc.errors import NotDifferentiableError
from matcalc.expr.nodes import (
    Apply,
    ElementPower,
    Expr,
    Inverse,
    Power,
    Product,
    Selection,
    SizeNumber,
    Sum,
    Symbol,
    Zeros,
    fold,
    is_call,
    number_value,
    postorder,
)
from matcalc.expr.refusals import brief
from matcalc.expr.sizes import AnySize, Size, add_sizes, inequality
from matcalc.functions.numbers import allowed, open_numbers
from matcalc.functions.record import Function
from matcalc.functions.signature import size_of
from matcalc.functions.singular_values import DISTINCT
from matcalc.simplify.normal_form import Simplifier


def require_somewhere(root: Expr, moving: Collection[Expr]) -> None:
    """NotDifferentiableError if what must hold for the root holds nowhere, as -1 > 0."""
    nodes = list(postorder(root))
    smooth = _only_squared(nodes)
    for e in nodes:
        for kind, about in _of_node(e, moving) if e not in smooth else ():
            if _never(kind, about):
                raise NotDifferentiableError(
                    f"{brief(e)} needs {text_of(kind, about)}, which holds nowhere"
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
        for kind, about in _of_use(e, moving, simplified):
            simplest = reduced(kind, about if "□1" in kind else s(about))
            if simplest is not None:
                found[simplest] = None
    covered = _covered(nodes, moving, s)
    kept = [c for c in found if text_of(*c) not in covered and not implied(c, found)]
    texts = (
        *(text_of(*c) for c in kept),
        *_of_phases(results),
        *_of_counting(nodes),
        *_of_ranges(nodes),
    )
    return tuple(dict.fromkeys(texts))


def _is_kink(e: Expr, moving: Collection[Expr]) -> bool:
    """Whether a node has a value where its conditions do not hold, but no derivative."""
    if not isinstance(e, Apply) or not isinstance(e.function, Function):
        return False
    own = any(not c.of_formula for c in e.function.conditions)
    return e in moving and own and not e.function.defined


class Answer(Protocol):
    """A derivative of some kind."""

    result: Expr

    @property
    def kind(self) -> str: ...


def forms_for_singular(function: Expr, answers: Iterable[Answer]) -> tuple[str, ...]:
    """The gradient of det(M) is adj(M)', also where M is singular and det(M)*inv(M)' has no value.

    Said where the inverse comes from the determinant alone, and of the Hessian of det(X) itself,
    which is the Jacobian of adj(X)'. Source: Magnus & Neudecker, ch. 8.
    """
    results = list(answers)
    hessians = [d.result for d in results if d.kind == "hessian"]
    gradients = [d.result for d in results if d.kind == "gradient"]
    before, after = list(postorder(function)), list(postorder(*gradients))
    divided = {e.children[0] for e in after if _is_divided(e)}
    inverted = {e.argument for e in after if isinstance(e, Inverse)}
    kept = {e.argument for e in before if isinstance(e, Inverse)}
    found = [e for e in before if is_call(e, "det") and e in after and e not in divided]
    return (
        *(
            f"where {m} is singular, take adj({m})' for det({m})*inv({m})'"
            for m in dict.fromkeys(e.children[0] for e in found)
            if m in inverted and m not in kept and "nonsingular" not in m.facts
        ),
        *(text for h in hessians for text in _hessian_for_singular(function, h)),
    )


def _hessian_for_singular(function: Expr, hessian: Expr) -> Iterator[str]:
    """Of det(X), X any matrix."""
    x = function.children[0] if is_call(function, "det") else None
    plain = isinstance(x, Symbol) and x.set.name == "R"
    if x is not None and plain and any(isinstance(e, Inverse) for e in postorder(hessian)):
        n = x.shape[0]
        yield f"where {x} is singular, take commutation({n},{n})*frechetmatrix(adj)({x})"


def _is_divided(e: Expr) -> bool:
    """Whether e is not defined, or not smooth, for every number in it: a quotient, a root."""
    if isinstance(e, Power):
        p = number_value(e.exponent)
        return p is None or p < 0 or p != int(p)
    return isinstance(e, Apply) and bool(getattr(e.function, "defined", None))


def _covered(nodes: Collection[Expr], moving: Collection[Expr], s: Simplifier) -> set[str]:
    """What the conditions of records imply, in words: all that their differentials need.

    The record of asin says that its argument lies in (-1, 1); then 1 - x.^2 > 0 in its derivative
    needs no mention, nor its simplified form. Of functions that are smooth where their conditions
    hold, this includes what the differential needs in order to be differentiable itself.
    """
    covered: set[str] = set()
    for e in nodes:
        if e in moving and isinstance(e, Apply) and _has_conditions(e):
            before = set(postorder(e))
            parts = [x for x in postorder(_differential(e, moving)) if x not in before]
            parts += [x for m in _matrices(parts) for x in postorder(m) if x not in before]
            again = parts if e.function.smooth else ()
            needs = [c for x in parts for c in _of_node(x, again)]
            shorter = [(kind, s(about)) for kind, about in needs if "□1" not in kind]
            covered |= _texts([*needs, *shorter]) - _texts(_of_node(e, {e}))
    return covered


def _has_conditions(e: Apply) -> bool:
    f = e.function
    return isinstance(f, Function) and any(not c.of_formula for c in f.conditions)


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
    return {text_of(*r) for c in conditions if (r := reduced(*c)) is not None}


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
    """Norms and moduli that occur only in powers of more than 1.

    They are zero where they have their kink, and grow at most linearly from there, so that such
    a power has the derivative 0.
    """
    powers: set[Expr] = set()
    alone: set[Expr] = set()
    for e in nodes:
        for c in e.children:
            if isinstance(c, Apply) and _is_zero_at_kinks(c):
                flat = _is_flat_power(e) and c is e.children[0]
                (powers if flat else alone).add(c)
    return powers - alone


def _is_zero_at_kinks(e: Apply) -> bool:
    """Whether a function has no derivative only where it, or an entry of it, is zero."""
    f = e.function
    if not isinstance(f, Function):
        return False
    at = dict(zip(f.parameters, e.arguments, strict=True))
    kinks = {c.text for c in f.conditions if c.matters(e.arguments, at[c.parameter])}
    return bool(f.squared) or f.name == "abs" or (f.norm and kinks == {"□ ≠ 0"})


def _is_flat_power(e: Expr) -> bool:
    p = number_value(e.children[1]) if isinstance(e, Power | ElementPower) else None
    return p is not None and p > 1


def _of_use(e: Expr, moving: Collection[Expr], functions: Collection[Expr]) -> Iterator[Condition]:
    """The conditions of a node, as far as what the functions make of it needs them."""
    found = _of_node(e, moving)
    relaxed = e in moving and any(kind in SYMMETRIC for kind, _ in found)
    if relaxed and is_of_symmetric(e) and used_symmetrically(e, functions):
        even = used_in_even_powers(e, functions)
        found = [c for kind, about in found for c in _of_symmetric(kind, about, even)]
    yield from found


# Eigenvalues and singular values in functions that are symmetric in them: they need not be simple.
SYMMETRIC = ("the eigenvalues of □ are simple", DISTINCT)


def _of_symmetric(kind: str, about: Expr, even: bool) -> list[Condition]:
    if kind not in SYMMETRIC:
        return [(kind, about)]
    return [(NONZERO, about)] if kind == DISTINCT and not even else []


def _of_node(e: Expr, moving: Collection[Expr]) -> list[Condition]:
    if isinstance(e, Apply) and isinstance(e.function, Function):
        found = []
        for c in e.function.conditions:
            argument = e.arguments[e.function.parameters.index(c.parameter)]
            applies = c.matters(e.arguments, argument) and not c.of_formula
            if applies and (e in moving or e.function.defined):
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


def _is_whole(e: Expr, below: list[bool]) -> bool:
    """Whether a number is whole because it is made of sizes and whole numbers."""
    value = number_value(e)
    if value is not None:
        return value == int(value)
    if isinstance(e, Power):
        p = number_value(e.exponent)
        return all(below) and p is not None and p >= 0
    made = isinstance(e, SizeNumber | Sum | Product)
    return made and e.is_scalar and all(below) and getattr(e, "coefficient", 1) % 1 == 0


def _of_power(e: Expr, moving: Collection[Expr]) -> list[Condition]:
    base, p = e.children[0], number_value(e.children[1])
    if isinstance(e, Power) and not base.is_scalar:
        return [("nonsingular", base)] if p is not None and p < 0 else []
    if p is not None and p == int(p):
        return [("nonzero", base)] if p < 0 else []
    size = size_of(e.children[1])
    if size is not None:  # a whole number
        return [] if _never_negative(size) else [("nonzero", base)]
    if fold(e.children[1], _is_whole):  # 2 - n
        return [("nonzero", base)]
    if "nonnegative" in base.facts and p is not None and p > (1 if e in moving else 0):
        return []  # where the base is 0 it is smallest, and the slope of the power is 0
    if is_call(base, "abs"):
        return [("nonzero", base)]
    value = number_value(base)
    if value is not None and value < 0 and p is None and e.children[1] not in moving:
        return [("whole", e.children[1])]  # a sign, as in (-1)^k
    return [("positive", base)]
