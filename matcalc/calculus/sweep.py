"""Gradients of functions in layers: a layer is differentiated and simplified by itself.

What has been found for the value of a layer, its cotangent, is a letter in what is found below it,
so the work for a layer does not depend on the others; and layers that are alike but for letters are
done once, however many they are.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import islice

from matcalc.calculus.adjoint import cotangents, is_zero
from matcalc.calculus.layers import SURVEYED, Layers, letter_for
from matcalc.expr import build
from matcalc.expr.cost import cost
from matcalc.expr.nodes import Expr, Symbol, postorder, symbols
from matcalc.expr.rewrite import substitute
from matcalc.simplify.normal_form import Simplifier

ALIKE = 16  # variables and letters of what may well occur once more with others
BRIEF = 4  # symbols and operations: a letter, transposed and with a factor


class Sweep:
    """The gradients of a scalar function by variables, in letters until they are `restored`."""

    def __init__(self, function: Expr, variables: Collection[Symbol], simplifier: Simplifier):
        self._simplifier = simplifier
        self._layers = Layers(function, simplifier.whole)
        self._full = dict(self._layers.full)
        self._costs: dict[Expr, int] = dict.fromkeys(self._full, SURVEYED + 1)
        self._known: dict[object, dict[Expr, Expr]] = {}
        self._tidied: dict[object, Expr] = {}
        self._together = Simplifier(self._layers.whole)  # of what overlaps: parts are done once
        self._written: dict[Expr, Expr] = dict(self._full.items())
        self._plain: dict[Expr, int] = {}
        self._cotangents: set[Expr] = set()  # the letters that stand for cotangents
        if self._full:
            self.found = self._by_layers(variables)
        else:
            self.found = cotangents(function, variables, simplifier)

    def _by_layers(self, variables: Collection[Symbol]) -> dict[Expr, Expr]:
        layers = self._layers
        moving: set[Symbol] = set(variables)
        for letter, value in layers.values.items():
            if not moving.isdisjoint(symbols(value)):
                moving.add(letter)
        gathered: dict[Expr, list[Expr]] = {}

        def spread(value: Expr, seed: Expr) -> None:
            for s, c in self._below(value, seed, moving).items():
                gathered.setdefault(s, []).append(c)

        spread(layers.root, build.number(1))
        for letter, value in reversed(layers.values.items()):
            if letter in gathered:
                spread(value, self._named(self.tidy(build.add(*gathered.pop(letter)))))
        return {v: self.tidy(build.add(*terms)) for v, terms in gathered.items()}

    def _below(self, value: Expr, seed: Expr, moving: Collection[Symbol]) -> dict[Expr, Expr]:
        """The cotangents of the letters and variables in a value, whose own is the seed."""
        names, (small, g), kept = self._pattern(value, seed)
        by = frozenset(symbols(*(n for s, n in names.items() if s in moving)))
        key = small, g, kept, by
        if key not in self._known:
            swept = cotangents(small, by, Simplifier(kept), seed=g)
            self._known[key] = {
                s: c for s, c in swept.items() if isinstance(s, Symbol) and not is_zero(c)
            }
        back = {n: s for s, n in names.items()}
        seen: dict[Expr, Expr] = {}  # the cotangents overlap
        return {back[n]: substitute(c, back, memo=seen) for n, c in self._known[key].items()}

    def tidy(self, e: Expr) -> Expr:
        """An expression in letters, simplified."""
        if not self._full:
            return self._simplifier(e)
        if _has_many_letters(e):
            return self._together(e)
        names, (small,), kept = self._pattern(e)
        key = small, kept
        if key not in self._tidied:
            self._tidied[key] = Simplifier(kept)(small)
        return substitute(self._tidied[key], {n: s for s, n in names.items()})

    def _pattern(self, *es: Expr) -> tuple[dict[Expr, Expr], tuple[Expr, ...], frozenset[Expr]]:
        """Expressions with names by place for their letters and variables, and what stays whole."""
        names: dict[Expr, Expr] = {
            s: build.symbol(f"#{k}", s.set) for k, s in enumerate(symbols(*es))
        }
        seen: dict[Expr, Expr] = {}
        small = tuple(substitute(e, names, memo=seen) for e in es)
        return names, small, frozenset(seen[x] for x in seen if x in self._layers.whole)

    def _named(self, g: Expr) -> Expr:
        """A letter for a cotangent that is too large to be written out below.

        Numbers and scalars stay in front, where they are taken together with others; but not from
        name to name, as layers would have other numbers each, and none would be alike.
        """
        if cost(g, self._costs) <= SURVEYED or cost(g, self._plain) <= BRIEF:
            return g
        number, scalars, array = build.scalar_parts(g)
        if not self._cotangents.isdisjoint(symbols(g)):
            array = None
        named = g if array is None else array
        letter = letter_for(named, len(self._full))
        if letter is None:
            return g
        self._full[letter] = self._written[letter] = self.restored(named)
        self._costs[letter] = SURVEYED + 1
        self._cotangents.add(letter)
        return letter if array is None else build.multiply(number, *scalars, letter)

    def restored(self, e: Expr) -> Expr:
        """The expression with its letters written out."""
        return substitute(e, {}, memo=self._written) if self._full else e


def _has_many_letters(e: Expr) -> bool:
    """Whether there are more than ALIKE variables and letters: seen without reading all of e."""
    found = (x for x in postorder(e) if type(x) is Symbol)
    return next(islice(found, ALIKE, None), None) is not None
