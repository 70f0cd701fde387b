"""Where in an answer an edit is made: a node, the way to it from the root, and its role there.

Answers are DAGs, but a person writes trees: a node written twice is two places.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from matcalc.expr import build
from matcalc.expr.nodes import (
    Apply,
    Differential,
    Expr,
    Frobenius,
    Hadamard,
    Product,
    Sum,
    Symbol,
    Transpose,
)

MOST_PLACES = 250  # in an answer; those nearest to the root come first
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")


@dataclass(frozen=True)
class Place:
    """A node; `way` has the nodes above it, root first, and which child of them is next."""

    node: Expr
    way: tuple[tuple[Expr, int], ...] = ()

    @property
    def parent(self) -> Expr | None:
        return self.way[-1][0] if self.way else None

    @property
    def index(self) -> int:
        return self.way[-1][1] if self.way else 0

    @property
    def role(self) -> str:
        """What the node is to the one above: root, term, argument, factor, scalar or inside."""
        above = self.parent
        if above is None:
            return "root"
        if isinstance(above, Sum):
            return "term"
        if isinstance(above, Apply):
            return "argument"
        if isinstance(above, Product):
            return "scalar" if self.index < len(above.scalars) else "factor"
        return "factor" if isinstance(above, Hadamard | Frobenius) else "inside"


def places(root: Expr, most: int = MOST_PLACES) -> Iterator[Place]:
    """The places in an expression, level by level from the root."""
    queue = deque([Place(root)])
    count = 0
    while queue and count < most:
        place = queue.popleft()
        count += 1
        yield place
        if isinstance(place.node, Differential):
            continue  # d(X) is what it is
        for i, child in enumerate(place.node.children):
            queue.append(Place(child, (*place.way, (place.node, i))))


def put(place: Place, new: Expr, depth: int | None = None) -> Expr:
    """The expression with `new` at the place; only `depth` levels above it if that is given.

    A MatcalcError says that it does not fit there.
    """
    way = place.way if depth is None else place.way[len(place.way) - depth :]
    for above, index in reversed(way):
        children = list(above.children)
        children[index] = new
        new = build.rebuild(above, children)
    return new


def bare(e: Expr) -> Expr:
    """The matrix part of a product, without its number and scalars."""
    if isinstance(e, Product) and e.chain:
        return build.multiply(*e.chain)
    return e


def shown(place: Place, new: Expr) -> tuple[Expr, Expr]:
    """Before and after as a reader recognises them: the product, call or sum that is edited.

    A lone factor says little, so the product that it stands in is shown, without its scalars.
    """
    above, before, after = place.parent, place.node, new
    depth = 0
    inner_term = isinstance(above, Sum) and len(place.way) > 1
    if above is not None and (not isinstance(above, Sum) or (inner_term and _is_leaf(before))):
        before, after, depth = above, put(place, new, 1), 1
    if depth < len(place.way):
        outer = place.way[-depth - 1][0]
        if isinstance(outer, Product) and not isinstance(before, Product | Sum | Apply):
            before, after = outer, put(place, new, depth + 1)
    return without_scalars(before, after)


def _is_leaf(e: Expr) -> bool:
    return isinstance(e, Symbol) or (isinstance(e, Transpose) and isinstance(e.argument, Symbol))


def without_scalars(before: Expr, after: Expr) -> tuple[Expr, Expr]:
    """Both without the number and the scalars in front, where these are the same."""
    if (
        isinstance(before, Product)
        and before.chain
        and _front(before) == _front(after)
        and bare(after) is not bare(before)
    ):
        return bare(before), bare(after)
    return before, after


def _front(e: Expr):
    return (e.coefficient, e.scalars) if isinstance(e, Product) and e.chain else (1, ())


def subject(place: Place) -> str:
    """The words for the part of the answer that an edit is in: its first or second term, ..."""
    for above, index in place.way:
        if isinstance(above, Sum):
            return f"the {ordinal(index)} term"
        if len(above.children) > 1:
            break
    return "the answer"


def ordinal(index: int) -> str:
    return ORDINALS[index] if index < len(ORDINALS) else f"{index + 1}th"
