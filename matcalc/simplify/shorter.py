"""Forms of a sum that are shorter another way: multiplied out, under one trace, turned over."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from matcalc.expr import build
from matcalc.expr.nodes import ONE, Apply, Expr, Hadamard, Ones, Product, Sum, Transpose
from matcalc.simplify import rules
from matcalc.simplify.factoring import factored
from matcalc.simplify.terms import like_terms, parts_of

if TYPE_CHECKING:
    from matcalc.simplify.normal_form import Simplifier

MAX_EXPANDED = 24  # products of sums are multiplied out to so many terms at most
MAX_SEARCHED = 40  # factors of all terms of a sum that is searched for shorter forms


def expanded(terms: list[Expr], s: Simplifier) -> list[Expr]:
    """The terms with products of sums multiplied out, where like terms then cancel or merge."""
    if _Size(s).is_too_large(terms):
        return terms
    budget = [MAX_EXPANDED]
    opened = [_distributed(t, s, budget) for t in terms]
    pieces = [p for o in opened for p in o]
    if budget[0] < 0 or len(pieces) == len(opened) or not s.searches(pieces):
        return terms

    def multiplied_out() -> list[Expr] | None:
        merged = like_terms([s(p) for p in pieces], s)
        if len(merged) < 2:
            return merged
        if len(merged) == len(pieces):
            return None
        return merged if s.cost(factored(merged, s)) < s.cost(factored(terms, s)) else None

    found = s.trial(multiplied_out)
    return terms if found is None else found


class _Size:
    """How many terms a sum has when it is multiplied out, and factors in all of them.

    Counting ends where they are too many to be searched, so that it goes down a few sums only.
    """

    def __init__(self, s: Simplifier):
        self.whole = s.whole
        self.seen = 0

    def is_too_large(self, terms: Sequence[Expr]) -> bool:
        return self.of_terms(terms)[1] > MAX_SEARCHED or self.seen > 2 * MAX_SEARCHED

    def of_terms(self, terms: Sequence[Expr]) -> tuple[int, int]:
        counted = [self.of_term(t) for t in terms if self.seen <= 2 * MAX_SEARCHED]
        return sum(n for n, _ in counted), sum(w for _, w in counted)

    def of_term(self, t: Expr) -> tuple[int, int]:
        _, scalars, chain = parts_of(t)
        arrays = chain[0].factors if len(chain) == 1 and isinstance(chain[0], Hadamard) else chain
        terms, factors = 1, 0
        for k, x in enumerate((*scalars, *arrays)):
            opens = k < len(scalars) or len(chain) == 1 or x not in self.whole
            self.seen += 1
            n, w = self.of_terms(x.terms) if isinstance(x, Sum) and opens else (1, 1)
            terms, factors = terms * n, factors * n + w * terms
        return terms, factors


def _distributed(t: Expr, s: Simplifier, budget: list[int]) -> list[Expr]:
    """t multiplied out over the sums among its factors, but for matrix sums of the input."""
    if budget[0] < 0:
        return [t]
    number, scalars, chain = parts_of(t)
    for k, x in enumerate(scalars):
        if isinstance(x, Sum):
            budget[0] -= len(x.terms) - 1
            rest = (*scalars[:k], *scalars[k + 1 :])
            left = build.product(number, rest, chain)
            return [p for u in x.terms for p in _distributed(build.multiply(left, u), s, budget)]
    if len(chain) == 1 and isinstance(chain[0], Hadamard):
        for k, x in enumerate(chain[0].factors):
            if isinstance(x, Sum):
                budget[0] -= len(x.terms) - 1
                rest = (*chain[0].factors[:k], *chain[0].factors[k + 1 :])
                left = build.product(number, scalars, (build.hadamard(*rest),))
                opened = [build.hadamard(left, u) for u in x.terms]
                return [p for o in opened for p in _distributed(o, s, budget)]
    for k, x in enumerate(chain):
        if isinstance(x, Sum) and (len(chain) == 1 or x not in s.whole):
            if len(chain) == 1 and number == 1 and not scalars:
                continue
            budget[0] -= len(x.terms) - 1
            left = build.product(number, scalars, chain[:k])
            opened = [build.multiply(left, u, *chain[k + 1 :]) for u in x.terms]
            return [p for o in opened for p in _distributed(o, s, budget)]
    return [t]


def complement(terms: list[Expr], s: Simplifier) -> list[Expr]:
    """1 - sigmoid(-z) as sigmoid(z)."""
    parts = [parts_of(t) for t in terms]
    for i, (c, scalars, chain) in enumerate(parts):
        if scalars or not (not chain or (len(chain) == 1 and isinstance(chain[0], Ones))):
            continue
        for j, (d, others, array) in enumerate(parts):
            lone = (*others, *array)
            if c + d != 0 or len(lone) != 1 or not isinstance(lone[0], Apply):
                continue
            f, z = lone[0], lone[0].arguments[0] if lone[0].arguments else None
            if f.function.name == "sigmoid" and isinstance(z, Product) and z.coefficient < 0:
                s.note(rules.SIGMOID_COMPLEMENT)
                turned = build.multiply(build.number(c), build.apply(f.function, build.negate(z)))
                return [turned if k == i else t for k, t in enumerate(terms) if k != j]
    return terms


def over_one_bar(terms: list[Expr], s: Simplifier) -> list[Expr]:
    """1 - c/(1 + c) as 1/(1 + c): all terms over the denominator of one, where that is shorter."""
    bars = dict.fromkeys(f for t in terms for f in _bars(t))
    for bar in bars:
        if all(bar in _bars(t) for t in terms):
            continue

        def together(bar: Expr = bar) -> list[Expr] | None:
            below = _upside_down(bar)
            above = s.add([_times(below, t, s) for t in terms])
            merged = _times(bar, above, s)
            return [merged] if s.cost(merged) < s.cost(factored(terms, s)) else None

        found = s.trial(together)
        if found is not None:
            return found
    return terms


def _bars(t: Expr) -> list[Expr]:
    """The factors 1/(a + b) of a term, of numbers or entrywise."""
    _, scalars, chain = parts_of(t)
    arrays = chain[0].children if len(chain) == 1 and isinstance(chain[0], Hadamard) else chain
    return [
        f
        for f in (*scalars, *(arrays if len(chain) == 1 else ()))
        if build.is_denominator(f) and isinstance(f.children[0], Sum)
    ]


def _upside_down(bar: Expr) -> Expr:
    power = build.power if bar.is_scalar else build.element_power
    return power(bar.children[0], build.negate(bar.children[1]))


def _times(factor: Expr, t: Expr, s: Simplifier) -> Expr:
    """A scalar times a term, or two arrays entry by entry."""
    if factor.is_scalar and t.is_scalar:
        return s.product(ONE, (factor, t), ())
    return s.product(ONE, (factor,), (t,)) if factor.is_scalar else s.hadamard((factor, t))


def linear_calls(terms: list[Expr], s: Simplifier) -> list[Expr]:
    """tr(A) + tr(B) as tr(A + B), and so for every linear function, where that is shorter."""
    groups: dict[tuple, list[int]] = {}
    for i, t in enumerate(terms):
        call = _linear_call(t)
        if call is not None:
            groups.setdefault((call.function, call.arguments[0].shape), []).append(i)
    for where in groups.values():
        if len(where) < 2:
            continue
        merged = s.trial(partial(_under_one_call, [terms[i] for i in where], s))
        if merged is not None:
            kept = [t for i, t in enumerate(terms) if i not in where[1:]]
            kept[kept.index(terms[where[0]])] = merged
            return linear_calls(kept, s)
    return terms


def _linear_call(t: Expr) -> Apply | None:
    """f(A) of a term c*f(A), for a linear function f of one argument; None of any other term."""
    _, scalars, chain = parts_of(t)
    calls = chain if chain else [x for x in scalars if isinstance(x, Apply) and _is_linear(x)]
    if len(calls) != 1 or not isinstance(calls[0], Apply) or not _is_linear(calls[0]):
        return None
    return calls[0]


def _is_linear(call: Apply) -> bool:
    return len(call.arguments) == 1 and len(getattr(call.function, "adjoints", ())) == 1


def _under_one_call(terms: list[Expr], s: Simplifier) -> Expr | None:
    inside: list[Expr] = []
    for t, call in zip(terms, map(_linear_call, terms), strict=True):
        assert call is not None
        number, scalars, _ = parts_of(t)
        rest = [x for x in scalars if x is not call]
        inside.append(s(build.multiply(build.number(number), *rest, call.arguments[0])))
    merged = s.apply(call.function, (s.add(inside),))  # type: ignore[union-attr]
    return merged if s.cost(merged) < s.cost(build.add(*terms)) else None


def turned(total: Expr, s: Simplifier) -> Expr:
    """A sum of transposes as the transpose of a sum, where that is clearly shorter."""
    inner = total.chain[0] if isinstance(total, Product) and len(total.chain) == 1 else total
    if not isinstance(inner, Sum) or inner.shape[1] == 1 or inner in s.whole:
        return total
    if not all(_mostly_transposed(t) for t in inner.terms):
        return total

    def turn() -> Expr | None:
        plain = s.add([s.transpose(t) for t in inner.terms])
        return build.transpose(plain) if s.cost(plain) + 2 <= s.cost(inner) else None

    found = s.trial(turn)
    if found is None or inner is total:
        return found or total
    assert isinstance(total, Product)
    return build.multiply(build.number(total.coefficient), *total.scalars, found)


def _mostly_transposed(t: Expr) -> bool:
    chain = parts_of(t)[2]
    return bool(chain) and all(isinstance(f, Transpose) for f in chain)
