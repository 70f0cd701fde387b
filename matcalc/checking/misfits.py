"""Repairs of an answer that is no expression because its shapes do not fit.

There is no expression to edit then, so the syntax tree is: transposes, orders of factors, kinds of
product, a missing diag; what elaborates after the edit is tried like any other candidate.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, permutations
from typing import Any

from matcalc.checking.edits import Candidate, Edit
from matcalc.checking.oracle import Oracle
from matcalc.checking.places import Place, ordinal
from matcalc.checking.search import Clock, Repair
from matcalc.checking.structure import scaled
from matcalc.checking.writing import written
from matcalc.elaborate import Scope, elaborate
from matcalc.errors import MatcalcError
from matcalc.expr import build
from matcalc.expr.nodes import Expr
from matcalc.syntax import tree

PRODUCTS = ("*", "@", ".*")
MATRIX = ("*", "@")
PERMUTED = 4
MOST_NAMES = 6  # variables that may be missing as factors

Way = tuple[tuple[Any, str, int | None], ...]  # the nodes above: node, attribute, index in it


@dataclass(frozen=True)
class TreePlace:
    """A node of a syntax tree and the way to it from the root."""

    node: Any
    way: Way = ()


@dataclass(frozen=True)
class TreeEdit:
    """An edit of a tree that elaborates or not."""

    root: Any
    place: TreePlace
    new: Any
    kind: str
    words: str
    rank: float


def mend(
    root: tree.Expression,
    text: str,
    scope: Scope,
    oracle: Oracle,
    confirm: Callable[[Expr], bool],
    budget: float,
) -> Repair | None:
    """One edit of the tree that makes it fit and be right, perhaps with a number in front; or two.

    Deterministic, and bounded in the time of the processor.
    """
    clock = Clock(budget)
    ones = sorted(edits_of(root), key=lambda e: e.rank)
    for number in (True, False):
        hits = (
            h for one in ones for h in _tried((one,), root, text, scope, oracle, number, confirm)
        )
        for repair in hits:
            return repair
    for one in ones:
        for two in sorted(edits_of(one.root), key=lambda e: e.rank):
            if clock.over:
                return None
            for repair in _tried((one, two), root, text, scope, oracle, True, confirm):
                return repair
    return None


def _tried(
    edits: tuple[TreeEdit, ...],
    original: tree.Expression,
    text: str,
    scope: Scope,
    oracle: Oracle,
    plain: bool,
    confirm: Callable[[Expr], bool],
) -> Iterator[Repair]:
    """The repair that edits of the tree are: as they stand, or times a number."""
    try:
        found = elaborate(edits[-1].root, text, scope)
    except MatcalcError:
        return
    e = found.expression
    if e.shape != oracle.target.shape:
        return
    told = [_told(edit, text, scope, original) for edit in edits]
    if plain and oracle.matches(e) and confirm(e):
        yield Repair(tuple(told), e)
    if plain:
        return
    c = oracle.ratio(e)
    if c is not None:
        new = build.multiply(build.number(c), e)
        if confirm(new):
            change = scaled(found.outline, c, 1.0)
            edit = Candidate(new, Place(found.outline), change).edit()
            yield Repair((*told, edit), new)


def _told(edit: TreeEdit, text: str, scope: Scope, original: tree.Expression) -> Edit:
    """An edit in words: the product that is edited as it was written, and as it should be."""
    place, new = edit.place, edit.new
    while place.way and _shows_more(place.way[-1][0], place.node):
        above, attribute, index = place.way[-1]
        new = _with(above, attribute, index, new)
        place = TreePlace(above, place.way[:-1])
    before = written(place.node, original, text)
    try:
        after = str(elaborate(new, text, scope).outline)
    except MatcalcError:  # it takes another edit to fit
        after = written(new, original, text)
    before, after = _without_number(before, after)
    return Edit(
        None,  # type: ignore[arg-type]  # only the last of the edits has an expression
        edit.kind,
        _subject(edit.place.way),
        edit.words,
        before,
        after,
        edit.rank,
    )


def _without_number(before: str, after: str) -> tuple[str, str]:
    """Both without the number in front that they share: it has no part in what is wrong."""
    a, b = (re.match(r"\d+\s*\*\s*", t) for t in (before, after))
    if a and b and a[0].split("*")[0].strip() == b[0].split("*")[0].strip():
        return before[a.end() :], after[b.end() :]
    return before, after


def _shows_more(above: Any, node: Any) -> bool:
    """Whether the node above is the product that a reader knows the place by."""
    return isinstance(above, tree.Binary) and (
        above.op in PRODUCTS or not isinstance(node, tree.Binary)
    )


def _subject(way: Way) -> str:
    """The first, second, ... term of the answer."""
    index = -1
    for node, attribute, _ in way:
        if not (isinstance(node, tree.Binary) and node.op in ("+", "-")):
            break
        if attribute == "right":
            return f"the {ordinal(_terms(node.left))} term"
        index = 0
    return "the first term" if index == 0 else "the answer"


def _terms(node: Any) -> int:
    count = 1
    while isinstance(node, tree.Binary) and node.op in ("+", "-"):
        count, node = count + 1, node.left
    return count


# Edits


def edits_of(root: tree.Expression) -> Iterator[TreeEdit]:
    """Every small edit of a tree."""
    called = {n.function for n in tree.postorder(root) if isinstance(n, tree.Call)}
    names = [n for n in tree.postorder(root) if isinstance(n, tree.Name) and n not in called]
    factors = list(dict.fromkeys(n.name for n in names))[:MOST_NAMES]
    for place in tree_places(root):
        changes = _changes(place)
        if _is_term(place):
            changes = chain(changes, _missing_factors(place, factors))
        for new, kind, words, rank in changes:
            yield TreeEdit(put(place, new), place, new, kind, words, rank)


def tree_places(root: Any, most: int = 200) -> Iterator[TreePlace]:
    """The nodes of a tree that are expressions, with their ways; those near the root first."""
    queue = [TreePlace(root)]
    for place in queue:
        if len(queue) > most:
            queue = queue[:most]
        yield place
        node = place.node
        for attribute in _BELOW.get(type(node), ()):
            below = getattr(node, attribute)
            if isinstance(below, tuple):
                ways = ((*place.way, (node, attribute, i)) for i in range(len(below)))
                queue += map(TreePlace, below, ways)
            else:
                queue.append(TreePlace(below, (*place.way, (node, attribute, None))))


_BELOW: dict[type, tuple[str, ...]] = {
    tree.Unary: ("operand",),
    tree.Binary: ("left", "right"),
    tree.Transpose: ("operand",),
    tree.Call: ("arguments",),
}


def put(place: TreePlace, new: Any) -> Any:
    """The tree with another node at the place."""
    for above, attribute, index in reversed(place.way):
        new = _with(above, attribute, index, new)
    return new


def _with(above: Any, attribute: str, index: int | None, new: Any) -> Any:
    if index is None:
        return replace(above, **{attribute: new})
    items = list(getattr(above, attribute))
    items[index] = new
    return replace(above, **{attribute: tuple(items)})


def _changes(place: TreePlace) -> Iterator[tuple[Any, str, str, float]]:
    node = place.node
    if isinstance(node, tree.Number):
        return
    if isinstance(node, tree.Transpose):
        yield node.operand, "transpose", "has a transpose too many", 1.0
    elif not _is_transposed(place):
        rank = 1.0 if isinstance(node, tree.Name | tree.Call) else 1.1
        yield tree.Transpose(node, False, node.span), "transpose", "lacks a transpose", rank
    if isinstance(node, tree.Binary) and node.op in PRODUCTS:
        yield from _products(place)
    if isinstance(node, tree.Binary) and node.op in ("+", "-"):
        yield from _parentheses(node)


def _parentheses(node: Any) -> Iterator[tuple[Any, str, str, float]]:
    """A'*A*x - b as A'*(A*x - b)."""
    words = "lacks parentheses: a factor of the sum stands with one term only"
    factors = _factors(node.left)
    for k in range(1, len(factors)):
        inner = replace(node, left=_product(factors[k:], node))
        yield _product([*factors[:k], inner], node), "parentheses", words, 1.05
    factors = _factors(node.right)
    for k in range(1, len(factors)):
        inner = replace(node, right=_product(factors[:k], node))
        yield _product([inner, *factors[k:]], node), "parentheses", words, 1.05


def _missing_factors(place: TreePlace, names: list[str]) -> Iterator[tuple[Any, str, str, float]]:
    """A term times a variable of the answer, or its transpose, from either side."""
    node = place.node
    for n in names:
        plain = tree.Name(n, node.span)
        for factor, text in ((plain, n), (tree.Transpose(plain, False, node.span), f"{n}'")):
            words = f"lacks the factor {text}"
            for pair in ((factor, node), (node, factor)):
                yield _product(list(pair), node), "missing factor", words, 1.3


def _is_term(place: TreePlace) -> bool:
    above = place.way[-1][0] if place.way else None
    return above is None or (isinstance(above, tree.Binary) and above.op in ("+", "-"))


def _is_transposed(place: TreePlace) -> bool:
    return bool(place.way) and isinstance(place.way[-1][0], tree.Transpose)


def _products(place: TreePlace) -> Iterator[tuple[Any, str, str, float]]:
    """Other orders, another kind of product, a diag around one side."""
    node = place.node
    if node.op in MATRIX and not _is_in_chain(place):
        factors = _factors(node)
        for rank, other in _orders(factors):
            yield _product(other, node), "order", "has its factors in the wrong order", rank
    if node.op in MATRIX:
        words = "has a matrix product where an entrywise product belongs"
        yield replace(node, op=".*"), "product", words, 1.2
    else:
        words = "has an entrywise product where a matrix product belongs"
        yield replace(node, op="*"), "product", words, 1.2
    if node.op in MATRIX and isinstance(node.left, tree.Binary) and node.left.op in MATRIX:
        inner = node.left  # a*b*c as a*(b.*c)
        right = replace(node, op=".*", left=inner.right)
        words = "has a matrix product where an entrywise product belongs"
        yield replace(inner, right=right, span=node.span), "product", words, 1.2
    yield replace(node, op="*", left=_diag(node.left)), "diag", "lacks a diag", 1.25
    yield replace(node, op="*", right=_diag(node.right)), "diag", "lacks a diag", 1.25
    if node.op in MATRIX and isinstance(node.left, tree.Binary) and node.left.op in PRODUCTS:
        inner = node.left  # (a.*b)*c as a.*(b*c)
        right = replace(node, left=inner.right)
        yield replace(inner, right=right, span=node.span), "product", "is grouped wrongly", 1.3


def _is_in_chain(place: TreePlace) -> bool:
    if not place.way:
        return False
    above = place.way[-1][0]
    return isinstance(above, tree.Binary) and above.op in MATRIX and above.left is place.node


def _factors(node: Any) -> list[Any]:
    found: list[Any] = []
    while isinstance(node, tree.Binary) and node.op in MATRIX:
        found.append(node.right)
        node = node.left
    return [node, *reversed(found)]


def _orders(factors: list[Any]) -> Iterator[tuple[float, list[Any]]]:
    n = len(factors)
    for i in range(n - 1):
        yield 1.1, [*factors[:i], factors[i + 1], factors[i], *factors[i + 2 :]]
    if n > 2:
        yield 1.15, factors[::-1]
        plain = [f for f in factors if not isinstance(f, tree.Number)]
        numbers = [f for f in factors if isinstance(f, tree.Number)]
        if numbers and len(plain) <= PERMUTED:
            yield from ((1.2, [*numbers, *p]) for p in permutations(plain))
        elif n <= PERMUTED:
            yield from ((1.3, list(p)) for p in permutations(factors))


def _product(factors: list[Any], node: Any) -> Any:
    result = factors[0]
    for f in factors[1:]:
        result = tree.Binary("*", result, f, node.span, node.span)
    return result


def _diag(node: Any) -> Any:
    return tree.Call(tree.Name("diag", node.span), (node,), None, node.span)
