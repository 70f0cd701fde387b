"""Forms of a sum that are shorter another way: multiplied out, under one trace, turned over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from matcalc.expr import build
from matcalc.expr.nodes import ONE, Apply, Expr, Frobenius, Hadamard, Ones, Product, Sum, Transpose
from matcalc.simplify import rules
from matcalc.simplify.factoring import factored
from matcalc.simplify.terms import like_terms, parts_of, positive_first

if TYPE_CHECKING:
    from matcalc.simplify.normal_form import Simplifier

MAX_EXPANDED = 24  # products of sums are multiplied out to so many terms at most
MAX_SEARCHED = 40  # factors of all terms of a sum that is searched for shorter forms


def expanded(terms: list[Expr], s: Simplifier) -> list[Expr]:
    """The terms with products of sums multiplied out, where like terms then cancel or merge.

    Sums of the input are opened only beside a factor of theirs, and if that leaves no more terms:
    1 - (u - y)'*u = y'*u for a u of length 1, but not B*(C + t*D) + (A + t*B)*D.
    """
    found = s.trial(partial(_multiplied_out, terms, s.whole, s))
    if found is None:
        beside = {total for t in terms for total in _beside_a_factor(t)} & s.whole
        if beside:
            found = s.trial(partial(_multiplied_out, terms, s.whole - beside, s))
    return terms if found is None else found


def _beside_a_factor(t: Expr) -> Iterator[Expr]:
    """The sums in chains of a term one of whose terms makes a square with a neighbour: x'*x."""
    _, scalars, chain = parts_of(t)
    for x in scalars:
        if isinstance(x, Frobenius):
            pairs = (x.children, x.children[::-1])
            yield from (a for a, b in pairs if isinstance(a, Sum) and b in map(_bare, a.terms))
        elif isinstance(x, Product):
            yield from _beside_in_chain(x.chain)
    yield from _beside_in_chain(chain)


def _beside_in_chain(chain: tuple[Expr, ...]) -> Iterator[Expr]:
    for a, b in pairwise(chain):
        for left, right in ((a, b), (build.transpose(b), build.transpose(a))):
            total = left.argument if isinstance(left, Transpose) else None
            if isinstance(total, Sum) and any(parts_of(u)[2][:1] == (right,) for u in total.terms):
                yield total


def _bare(t: Expr) -> Expr:
    """A term without what scales it."""
    return build.product(ONE, (), parts_of(t)[2])


def _multiplied_out(terms: list[Expr], keep: frozenset[Expr], s: Simplifier) -> list[Expr] | None:
    if _Size(keep).is_too_large(terms):
        return None
    budget = [MAX_EXPANDED]
    opened = [_distributed(t, keep, budget) for t in terms]
    pieces = [p for o in opened for p in o]
    if budget[0] < 0 or len(pieces) == len(opened) or not s.searches(pieces):
        return None
    merged = like_terms([s(p) for p in pieces], s)
    if len(merged) < 2:
        return merged
    if len(merged) == len(pieces) or (keep is not s.whole and len(merged) > len(terms)):
        return None
    return merged if s.cost(factored(merged, s)) < s.cost(factored(terms, s)) else None


class _Size:
    """How many terms a sum has when it is multiplied out, and factors in all of them.

    Counting ends where they are too many to be searched, so that it goes down a few sums only.
    """

    def __init__(self, keep: frozenset[Expr]):
        self.keep = keep
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
            self.seen += 1
            if k < len(scalars):
                inner = _scalar_terms(x, self.keep)
            else:
                total = _sum_of(x, self.keep if len(chain) > 1 else frozenset())
                inner = total.terms if total is not None else None
            n, w = self.of_terms(inner) if inner is not None else (1, 1)
            terms, factors = terms * n, factors * n + w * terms
        return terms, factors


def _distributed(t: Expr, keep: frozenset[Expr], budget: list[int]) -> list[Expr]:
    """t multiplied out over the sums among its factors, but for matrix sums that are kept."""
    opened = _opened(t, keep) if budget[0] >= 0 else None
    if opened is None:
        return [t]
    budget[0] -= len(opened) - 1
    return [p for o in opened for p in _distributed(o, keep, budget)]


def _opened(t: Expr, keep: frozenset[Expr]) -> list[Expr] | None:
    """t multiplied out over the first sum among its factors; None without one."""
    number, scalars, chain = parts_of(t)
    for k, x in enumerate(scalars):
        inner = _scalar_terms(x, keep)
        if inner is not None:
            left = build.product(number, (*scalars[:k], *scalars[k + 1 :]), chain)
            return [build.multiply(left, u) for u in inner]
    if len(chain) == 1 and isinstance(chain[0], Hadamard):
        for k, x in enumerate(chain[0].factors):
            if isinstance(x, Sum):
                rest = (*chain[0].factors[:k], *chain[0].factors[k + 1 :])
                left = build.product(number, scalars, (build.hadamard(*rest),))
                return [build.hadamard(left, u) for u in x.terms]
    if len(chain) == 1 and number == 1 and not scalars:
        return None
    inner = _chain_terms(chain, keep if len(chain) > 1 else frozenset())
    left = build.product(number, scalars, ())
    return None if inner is None else [build.multiply(left, u) for u in inner]


def _scalar_terms(x: Expr, keep: frozenset[Expr]) -> Sequence[Expr] | None:
    """The terms of a scalar: a sum, or an inner product with one."""
    if isinstance(x, Sum):
        return x.terms
    if isinstance(x, Product):
        return _chain_terms(x.chain, keep)
    if isinstance(x, Frobenius):
        for total, other in (x.children, x.children[::-1]):
            if isinstance(total, Sum) and total not in keep:
                return [build.frobenius(u, other) for u in total.terms]
    return None


def _chain_terms(chain: tuple[Expr, ...], keep: frozenset[Expr]) -> list[Expr] | None:
    for k, x in enumerate(chain):
        total = _sum_of(x, keep)
        if total is not None:
            terms = total.terms if total is x else map(build.transpose, total.terms)
            return [build.multiply(*chain[:k], u, *chain[k + 1 :]) for u in terms]
    return None


def _sum_of(factor: Expr, keep: frozenset[Expr]) -> Sum | None:
    """The sum that a factor of a chain is, itself or transposed, if it is not kept."""
    total = factor.argument if isinstance(factor, Transpose) else factor
    return total if isinstance(total, Sum) and total not in keep else None


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
            f = lone[0]
            opposite = _opposite(f.arguments[0], s) if f.function.name == "sigmoid" else None
            if opposite is not None:
                s.note(rules.SIGMOID_COMPLEMENT)
                turned = build.multiply(build.number(c), build.apply(f.function, opposite))
                return [turned if k == i else t for k, t in enumerate(terms) if k != j]
    return terms


def _opposite(z: Expr, s: Simplifier) -> Expr | None:
    """-z where that is no longer: z of -z, and b - a of a - b unless the user wrote it."""
    if isinstance(z, Product) and z.coefficient < 0:
        return build.negate(z)
    if isinstance(z, Sum) and z not in s.whole:
        found = build.add(*positive_first([build.negate(t) for t in z.terms]))
        return found if s.cost(found) <= s.cost(z) else None
    return None


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
