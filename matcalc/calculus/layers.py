"""Functions that use large values over and over, as nets do, cut at those values.

Written out, e -> e + tanh(A*e) over and over has exponentially many symbols. So a large value that
is used again is a letter in what is made of it, of which is known what is known of the value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterator, Mapping
from fractions import Fraction
from typing import NamedTuple

from matcalc.expr import build
from matcalc.expr.cost import cost
from matcalc.expr.nodes import Expr, Hadamard, Product, Sum, Symbol, postorder

SURVEYED = 40  # symbols and operations of a value that is written out wherever it is used
FEW = 2  # parts that a layer puts at one end of a value


class Layers:
    """A function in letters: `root` and the `values` of the letters, inner ones first.

    `full` are the values written out; `whole` are the given expressions, in letters.
    """

    def __init__(self, function: Expr, whole: Collection[Expr]):
        self.full: dict[Symbol, Expr] = {}
        self.values: dict[Symbol, Expr] = {}
        costs: dict[Expr, int] = {}
        cost(function, costs)
        cuts = _cuts(function, costs)
        order = _inner_first(function, cuts)
        uses = Counter(part for e in order for part in _parts(e, cuts))
        known: dict[Expr, Expr] = {}
        for e in order:
            value = known[e] = _rebuilt(e, cuts, known)
            if uses[e] > 1 and e.children and costs[e] > SURVEYED:
                letter = letter_for(e, len(self.values))
                if letter is not None:
                    self.full[letter], self.values[letter], known[e] = e, value, letter
        self.root = known[function]
        kept = [_rebuilt(e, cuts, known) for e in order if e in whole]
        self.whole = frozenset(e for e in kept if e.children)


def letter_for(e: Expr, k: int) -> Symbol | None:
    """A variable for e that no user can name; None where it would hide what is known of e.

    But for the sign of what may be zero, which has no set of its own.
    """
    letter = build.stand_in(f"#{k}", e)
    return letter if letter.facts | {"nonnegative"} == e.facts | {"nonnegative"} else None


# Where the constructors have opened a sum or product within another


class _Cut(NamedTuple):
    """A sum or product as parts, a node of the function, and parts."""

    before: tuple[Expr, ...]
    within: Expr
    after: tuple[Expr, ...]


def _cuts(function: Expr, costs: Mapping[Expr, int]) -> dict[Expr, _Cut]:
    """Of e + f(e) the terms are those of e and f(e), not e: where e is among them."""
    nodes = [e for e in postorder(function) if costs[e] > SURVEYED and len(e.children) > 1]
    known = {_parts_key(e): e for e in nodes if isinstance(e, Sum | Product | Hadamard)}
    found: dict[Expr, _Cut] = {}
    for e in known.values():
        for key, before, after in _shorter_parts(e):
            within = known.get(key)
            if within is not None and _is_exact(e, within):
                found[e] = _Cut(before, within, after)
                break
    return found


def _is_exact(*nodes: Expr) -> bool:
    return all(isinstance(e.coefficient, Fraction) for e in nodes if isinstance(e, Product))


def _parts_key(e: Expr) -> Hashable:
    return (Product, e.scalars, e.chain) if isinstance(e, Product) else (type(e), e.children)


def _shorter_parts(
    e: Expr,
) -> Iterator[tuple[Hashable, tuple[Expr, ...], tuple[Expr, ...]]]:
    """The keys of what is within e but for a few parts before and after it, longest first."""
    if not isinstance(e, Product):
        for before, inner, after in _without_ends(e.children):
            yield (type(e), inner), before, after
        return
    splits = [
        (len(s[1]) + len(c[1]), s, c)
        for s in _without_ends(e.scalars, True)
        for c in _without_ends(e.chain, True)
    ]
    for count, (front, scalars, back), (before, chain, after) in sorted(
        splits, key=lambda split: -split[0]
    ):
        if 1 < count < len(e.children):
            yield (Product, scalars, chain), (*front, *back, *before), after


Split = tuple[tuple[Expr, ...], tuple[Expr, ...], tuple[Expr, ...]]


def _without_ends(parts: tuple[Expr, ...], all_of_them: bool = False) -> list[Split]:
    """The parts as a few, the rest, a few; more first."""
    n = len(parts)
    ends = [(i, j) for i in range(FEW + 1) for j in range(FEW + 1) if i + j <= n]
    ends.sort(key=sum)
    return [(parts[:i], parts[i : n - j], parts[n - j :]) for i, j in ends if all_of_them or i + j]


def _parts(e: Expr, cuts: Mapping[Expr, _Cut]) -> tuple[Expr, ...]:
    cut = cuts.get(e)
    return e.children if cut is None else (*cut.before, cut.within, *cut.after)


def _rebuilt(e: Expr, cuts: Mapping[Expr, _Cut], known: Mapping[Expr, Expr]) -> Expr:
    """The node made of what is known of its parts."""
    made = [known[p] for p in _parts(e, cuts)]
    if e not in cuts:
        return build.rebuild(e, made)
    within = cuts[e].within
    if isinstance(e, Product) and isinstance(within, Product):
        return build.multiply(build.number(e.coefficient / within.coefficient), *made)
    return (build.add if isinstance(e, Sum) else build.hadamard)(*made)


def _inner_first(root: Expr, cuts: Mapping[Expr, _Cut]) -> list[Expr]:
    """The nodes in letters, each after its parts."""
    done: dict[Expr, None] = {}
    opened: set[Expr] = set()
    stack = [(root, False)]
    while stack:
        e, ready = stack.pop()
        if ready:
            done[e] = None
        elif e not in opened:
            opened.add(e)
            stack.append((e, True))
            stack.extend((p, False) for p in reversed(_parts(e, cuts)) if p not in opened)
    return list(done)
