"""What an edit is, and what edits may be made of: the ingredients of the problem at hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from matcalc.checking.places import Place, put, shown, subject, without_scalars
from matcalc.errors import MatcalcError
from matcalc.expr import build
from matcalc.expr.cost import cost
from matcalc.expr.nodes import (
    Apply,
    Expr,
    Frobenius,
    Hadamard,
    Identity,
    Number,
    Ones,
    Product,
    Sum,
    Symbol,
    Transpose,
    Zeros,
    postorder,
    size_names,
    symbols,
)
from matcalc.expr.sizes import Shape, size_name

MOST_INGREDIENTS = 40


@dataclass(frozen=True)
class Change:
    """A new node for a place.

    kind: the family, for programs. words: what is wrong, after "the second term". penalty: the
    less natural the larger. sides: before and after as shown, where the place's own would not do.
    """

    new: Expr
    kind: str
    words: str
    penalty: float = 1.0
    sides: tuple[Expr, Expr] | None = None


def offer(
    kind: str,
    words: str,
    penalty: float,
    make: Callable[..., Expr],
    *parts: Any,
    shown: Expr | None = None,
) -> Iterator[Change]:
    """The change to make(*parts), if that can be built: one misfit must not end a family.

    `shown` is what to show as the side before it, where that is not the place's own.
    """
    try:
        new = make(*parts)
    except (MatcalcError, ArithmeticError):
        return
    yield Change(new, kind, words, penalty, (shown, new) if shown is not None else None)


@dataclass(frozen=True)
class Edit:
    """A change made: the whole new answer, and how to tell."""

    answer: Expr
    kind: str
    subject: str
    words: str
    before: str
    after: str
    penalty: float

    @property
    def text(self) -> str:
        return f"{self.before} → {self.after}"

    @property
    def sentence(self) -> str:
        """ "the second term lacks a transpose: A*X → A'*X"."""
        return f"{self.subject} {self.words}: {self.text}"


@dataclass(frozen=True)
class Candidate:
    """A change at a place, made but not yet put into words."""

    answer: Expr
    place: Place
    change: Change

    @property
    def rank(self) -> float:
        """Natural edits first; among those the ones that change little."""
        return self.change.penalty + 0.02 * abs(cost(self.change.new) - cost(self.place.node))

    def edit(self) -> Edit:
        before, after = self.change.sides or shown(self.place, self.change.new)
        if self.change.sides:
            before, after = without_scalars(before, after)
        c = self.change
        return Edit(
            self.answer, c.kind, subject(self.place), c.words, str(before), str(after), self.rank
        )


def made(place: Place, change: Change) -> Candidate:
    """The candidate; a MatcalcError where the change does not fit its place."""
    return Candidate(put(place, change.new), place, change)


@dataclass(frozen=True)
class Kit:
    """What a repair may take from: sub-expressions of the function and of the right answer.

    `right` is the right answer, if it is known; `function` is what was differentiated by
    `variables`.
    """

    sources: tuple[Expr, ...]
    right: Expr | None = None
    function: Expr | None = None
    variables: tuple[Symbol, ...] = ()
    by_shape: dict[Shape, list[Expr]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        nodes = [e for e in postorder(*self.sources) if not _is_constant(e)]
        nodes.sort(key=cost)  # a stable sort: in order of appearance among equals
        for e in nodes[:MOST_INGREDIENTS]:
            self._file(e)
        for e in [*self.right_terms, *nodes[:MOST_INGREDIENTS]]:
            if not e.is_scalar and "symmetric" not in e.facts:
                self._file(build.transpose(e))
        for n in dict.fromkeys(n for e in postorder(*self.sources) for n in sorted(size_names(e))):
            self._file(build.size_number(size_name(n)))

    def _file(self, e: Expr) -> None:
        found = self.by_shape.setdefault(e.shape, [])
        if e not in found and e is not self.right:
            found.append(e)

    def of_shape(self, shape: Shape) -> list[Expr]:
        return self.by_shape.get(shape, [])

    @property
    def scalars(self) -> list[Expr]:
        return self.of_shape((1, 1))

    @cached_property
    def matrices(self) -> list[Expr]:
        """Arrays that may be missing as factors."""
        return [e for shape, found in self.by_shape.items() if shape != (1, 1) for e in found]

    @cached_property
    def right_terms(self) -> dict[Expr, bool]:
        """The terms of the right answer, multiplied out and as they stand (see `_expanded`)."""
        return _expanded(self.right) if self.right is not None else {}

    @cached_property
    def inner(self) -> list[Expr]:
        """The inner functions: what the function is made of that moves with the variables."""
        if self.function is None:
            return []
        moving = set(self.variables)
        return [
            u
            for u in postorder(self.function)
            if u.children and u is not self.function and moving & set(symbols(u))
        ][:MOST_INGREDIENTS]

    @cached_property
    def functions(self) -> list:
        """The functions of one argument that the problem applies."""
        calls = [e for e in postorder(*self.sources) if isinstance(e, Apply)]
        return list(dict.fromkeys(e.function for e in calls if len(e.arguments) == 1))


def _is_constant(e: Expr) -> bool:
    return isinstance(e, Number | Identity | Ones | Zeros)


def terms_of(e: Expr) -> list[Expr]:
    """The terms of a sum, and those that products of it multiply out to."""
    return [*_expanded(e)]


def _expanded(e: Expr) -> dict[Expr, bool]:
    """The terms of an expression; true for those that no product rule gives.

    Those come from multiplying out entrywise products, or sums with ones such as 1 - tanh(x).^2.
    """
    found: dict[Expr, bool] = {}
    level = {e: False}
    for _ in range(3):
        following: dict[Expr, bool] = {}
        for t, late in level.items():
            parts, now_late = distributed(t)
            for p in parts:
                found.setdefault(p, late or now_late)
                if p is not t:
                    following.setdefault(p, late or now_late)
        level = following
    found.pop(e, None)
    return dict(list(found.items())[:60])


def distributed(e: Expr) -> tuple[list[Expr], bool]:
    """The parts that a sum, or a product with a sum in it, is the sum of; see `_expanded`."""
    if isinstance(e, Sum):
        return list(e.terms), any(_has_ones(t) for t in e.terms)
    if isinstance(e, Transpose):
        parts, late = distributed(e.argument)
        return [turned(p) for p in parts], late
    if isinstance(e, Product | Hadamard | Frobenius):
        for i, c in enumerate(e.children):
            parts, late = distributed(c)
            if len(parts) > 1:
                children = list(e.children)
                made_of = [build.rebuild(e, [*children[:i], p, *children[i + 1 :]]) for p in parts]
                return made_of, late or isinstance(e, Hadamard)
    return [e], False


def _has_ones(e: Expr) -> bool:
    return _is_constant(e) or (isinstance(e, Product) and any(map(_is_constant, e.chain)))


def turned(e: Expr) -> Expr:
    """The transpose as a person writes it: B'*A' for (A*B)'."""
    if isinstance(e, Product) and e.chain and not e.is_scalar:
        chain = [build.transpose(f) for f in reversed(e.chain)]
        return build.multiply(build.number(e.coefficient), *e.scalars, *chain)
    return build.transpose(e)
