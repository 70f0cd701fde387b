"""Sums: like terms, common factors, the order of terms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import TYPE_CHECKING

from matcalc.expr import build
from matcalc.expr.facts import mirror
from matcalc.expr.nodes import (
    Apply,
    Expr,
    Frobenius,
    Hadamard,
    Identity,
    Ones,
    Power,
    Product,
    Sum,
    Transpose,
    Value,
    number_value,
)
from matcalc.simplify import rules

if TYPE_CHECKING:
    from matcalc.simplify.normal_form import Simplifier

ONE = Fraction(1)
Parts = tuple[Value, tuple[Expr, ...], tuple[Expr, ...]]  # number, scalars, chain
MAX_EXPANDED = 24  # products of sums are multiplied out to so many terms at most
MAX_FACTORED = 200  # sums of more terms are not searched for common factors


def parts_of(term: Expr) -> Parts:
    """A term as number, scalar factors and chain."""
    if isinstance(term, Product):
        if term.is_scalar and term.chain:
            return term.coefficient, (build.product(ONE, (), term.chain),), ()
        return term.coefficient, term.scalars, term.chain
    value = number_value(term)
    if value is not None:
        return value, (), ()
    return (ONE, (term,), ()) if term.is_scalar else (ONE, (), (term,))


def whole_of(parts: Parts) -> Expr:
    return build.product(*parts)


def add(terms: list[Expr], s: Simplifier) -> Expr:
    """The sum of simplified terms, simplified."""
    shape = next((t.shape for t in terms if not t.is_scalar), (1, 1))
    flat: list[Expr] = []
    for t in terms:
        if t.shape != shape:  # a scalar added to every entry
            t = s.product(ONE, (t,), (build.ones(shape),))
        flat.extend(_opened(t, s))
    collected = _like_terms(flat, s)
    if len(collected) < 2 or len(collected) > MAX_FACTORED:
        return build.add(*collected) if collected else build.zeros(shape)
    collected = _traces(_complement(_expanded(collected, s), s), s)
    if len(collected) < 2:
        return build.add(*collected) if collected else build.zeros(shape)
    return _turned(_factored(collected, s), s)


def _opened(t: Expr, s: Simplifier) -> Sequence[Expr]:
    """The terms of a sum inside a sum; -(a - b) opens too unless the user wrote a - b."""
    if isinstance(t, Sum):
        return t.terms
    sign, inner = Fraction(1), t
    if isinstance(t, Product) and abs(t.coefficient) == 1 and len(t.children) == 1:
        sign, inner = Fraction(t.coefficient), t.children[0]
    if inner in s.whole:
        return (t,)
    if isinstance(inner, Sum):
        return [build.multiply(sign, u) for u in inner.terms]
    if isinstance(inner, Transpose) and isinstance(inner.argument, Sum):
        return [build.multiply(sign, s.transpose(u)) for u in inner.argument.terms]
    return (t,)


# Forms that are shorter another way


def _expanded(terms: list[Expr], s: Simplifier) -> list[Expr]:
    """The terms with products of sums multiplied out, where like terms then cancel or merge."""
    opened = [_distributed(t, s) for t in terms]
    if all(len(o) == 1 for o in opened) or sum(map(len, opened)) > MAX_EXPANDED:
        return terms
    saved = dict(s.used)
    pieces = [p for o in opened for p in o]
    merged = _like_terms([s(p) for p in pieces], s)
    if len(merged) < len(pieces) and (
        len(merged) < 2 or s.cost(_factored(merged, s)) < s.cost(_factored(terms, s))
    ):
        return merged
    s.used = saved
    return terms


def _distributed(t: Expr, s: Simplifier) -> list[Expr]:
    """t multiplied out over the sums among its factors, but for matrix sums of the input."""
    number, scalars, chain = parts_of(t)
    for k, x in enumerate(scalars):
        if isinstance(x, Sum):
            rest = (*scalars[:k], *scalars[k + 1 :])
            left = build.product(number, rest, chain)
            return [p for u in x.terms for p in _distributed(build.multiply(left, u), s)]
    if len(chain) == 1 and isinstance(chain[0], Hadamard):
        for k, x in enumerate(chain[0].factors):
            if isinstance(x, Sum):
                rest = (*chain[0].factors[:k], *chain[0].factors[k + 1 :])
                left = build.product(number, scalars, (build.hadamard(*rest),))
                return [p for u in x.terms for p in _distributed(build.hadamard(left, u), s)]
    for k, x in enumerate(chain):
        if isinstance(x, Sum) and (len(chain) == 1 or x not in s.whole):
            if len(chain) == 1 and number == 1 and not scalars:
                continue
            left = build.product(number, scalars, chain[:k])
            opened = [build.multiply(left, u, *chain[k + 1 :]) for u in x.terms]
            return [p for o in opened for p in _distributed(o, s)]
    return [t]


def _complement(terms: list[Expr], s: Simplifier) -> list[Expr]:
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


def _traces(terms: list[Expr], s: Simplifier) -> list[Expr]:
    """tr(A) + tr(B) as tr(A + B) where that is shorter."""
    inside: list[Expr] = []
    where: list[int] = []
    shape = None
    for i, t in enumerate(terms):
        number, scalars, chain = parts_of(t)
        found = [x for x in scalars if isinstance(x, Apply) and x.function.name == "tr"]
        if len(found) == 1 and not chain and shape in (None, found[0].arguments[0].shape):
            shape = found[0].arguments[0].shape
            rest = [x for x in scalars if x is not found[0]]
            inside.append(build.multiply(build.number(number), *rest, found[0].arguments[0]))
            where.append(i)
    if len(where) < 2:
        return terms
    saved = dict(s.used)
    merged = s.call("tr", add([s(e) for e in inside], s))
    if s.cost(merged) < s.cost(build.add(*(terms[i] for i in where))):
        return [
            merged if i == where[0] else t
            for i, t in enumerate(terms)
            if i == where[0] or i not in where
        ]
    s.used = saved
    return terms


def _turned(total: Expr, s: Simplifier) -> Expr:
    """A sum of transposes as the transpose of a sum, where that is clearly shorter."""
    inner = total.chain[0] if isinstance(total, Product) and len(total.chain) == 1 else total
    if not isinstance(inner, Sum) or inner.shape[1] == 1 or inner in s.whole:
        return total
    if not all(_mostly_transposed(t) for t in inner.terms):
        return total
    saved = dict(s.used)
    flipped = [s.transpose(t) for t in inner.terms]
    plain = add(flipped, s)
    if s.cost(plain) + 2 <= s.cost(inner):
        turned = build.transpose(plain)
        if inner is total:
            return turned
        assert isinstance(total, Product)
        return build.product(total.coefficient, total.scalars, (turned,))
    s.used = saved
    return total


def _mostly_transposed(t: Expr) -> bool:
    chain = parts_of(t)[2]
    return bool(chain) and all(isinstance(f, Transpose) for f in chain)


# Like terms


def _like_terms(terms: list[Expr], s: Simplifier) -> list[Expr]:
    totals: dict[Hashable, Value] = {}
    first: dict[Hashable, Parts] = {}
    for t in terms:
        c, scalars, chain = parts_of(t)
        key = _key(scalars, chain)
        if key in totals:
            s.note(rules.LIKE_TERMS)
            totals[key] = totals[key] + c
        else:
            totals[key] = c
            first[key] = (c, scalars, chain)
    return [whole_of((c, *first[key][1:])) for key, c in totals.items() if c != 0]


def _key(scalars: tuple[Expr, ...], chain: tuple[Expr, ...]) -> Hashable:
    """Equal for terms that differ by a number only: scalars commute, x'Ay is y'A'x.

    Keys hold the nodes themselves, so that no node in one dies while keys are compared.
    """
    return _multiset(map(_scalar_key, scalars)), tuple(map(_factor_key, chain))


def _multiset(keys: Iterable[Hashable]) -> Hashable:
    return frozenset(Counter(keys).items())


def _factor_key(f: Expr) -> Hashable:
    return _multiset(f.factors) if isinstance(f, Hadamard) else f


def _scalar_key(x: Expr) -> Hashable:
    """One key for an inner product and its transpose."""
    exponent: Value = ONE
    if isinstance(x, Power):
        value = number_value(x.exponent)
        if value is not None:
            exponent, x = value, x.base
    if isinstance(x, Product) and x.chain:
        backward = tuple(_turn(f) for f in reversed(x.chain))
        return frozenset((x.chain, backward)), x.coefficient, exponent
    if isinstance(x, Frobenius):
        return frozenset((x.left, x.right)), exponent
    return x, exponent


def _turn(f: Expr) -> Expr:
    m = mirror(f)
    return m if m is not None else build.transpose(f)


# Common factors


def _factored(terms: list[Expr], s: Simplifier) -> Expr:
    parts = [parts_of(t) for t in terms]
    grouped = _group(parts, s)
    if grouped is not None:
        return add(grouped, s)
    return _common_scalars(parts, s)


def _group(parts: list[Parts], s: Simplifier) -> list[Expr] | None:
    """The terms with one group of two or more put over its common matrix factor, or None."""
    for end in (-1, 0):
        groups: dict[Expr, list[int]] = {}
        for i, (_, _, chain) in enumerate(parts):
            if len(chain) > 1:
                groups.setdefault(chain[end], []).append(i)
        best = max(groups.values(), key=len, default=[])
        if len(best) > 1:
            s.note(rules.COMMON_FACTOR)
            return _merged(_over_common(best, parts, end, s), best, parts)
    return _group_scalars(parts, s) or _group_entrywise(parts, s) or _group_by_scalar(parts, s)


def _group_by_scalar(parts: list[Parts], s: Simplifier) -> list[Expr] | None:
    """c*a + c*b + d as c*(a + b) + d."""
    groups: dict[Expr, list[int]] = {}
    for i, (_, scalars, _) in enumerate(parts):
        for base, e in _exponents(scalars).items():
            if e > 0:
                groups.setdefault(base, []).append(i)
    for base, best in sorted(groups.items(), key=lambda g: -len(g[1])):
        if not 1 < len(best) < len(parts):
            continue
        lowest = min(_exponents(parts[i][1])[base] for i in best)
        inner = [(parts[i][0], _without(parts[i][1], {base: lowest}), parts[i][2]) for i in best]
        if any(not scalars and not chain for _, scalars, chain in inner):
            continue
        total = add([whole_of(p) for p in inner], s)
        merged = (
            s.product(ONE, (build.power(base, build.number(lowest)), total), ())
            if (total.is_scalar)
            else s.product(ONE, (build.power(base, build.number(lowest)),), (total,))
        )
        if s.cost(merged) < s.cost(build.add(*(whole_of(parts[i]) for i in best))):
            s.note(rules.COMMON_FACTOR)
            return _merged(merged, best, parts)
    return None


def _group_scalars(parts: list[Parts], s: Simplifier) -> list[Expr] | None:
    """a*X + b*X as (a + b)*X."""
    groups: dict[tuple[Expr, ...], list[int]] = {}
    for i, (_, _, chain) in enumerate(parts):
        if chain and not isinstance(chain[0], Ones):
            groups.setdefault(chain, []).append(i)
    best = max(groups.values(), key=len, default=[])
    if len(best) < 2 or not any(parts[i][1] for i in best):
        return None
    s.note(rules.COMMON_FACTOR)
    total = add([whole_of((parts[i][0], parts[i][1], ())) for i in best], s)
    return _merged(s.product(ONE, (total,), parts[best[0]][2]), best, parts)


def _merged(merged: Expr, indices: list[int], parts: list[Parts]) -> list[Expr]:
    """The terms with `merged` in place of those at the indices."""
    return [
        merged if i == indices[0] else whole_of(p)
        for i, p in enumerate(parts)
        if i == indices[0] or i not in indices
    ]


def _over_common(indices: list[int], parts: list[Parts], end: int, s: Simplifier) -> Expr:
    chains = [parts[i][2] for i in indices]
    count = 1
    shortest = min(map(len, chains))
    while count < shortest - 1 and all(
        _at(c, end, count) is _at(chains[0], end, count) for c in chains
    ):
        count += 1
    if end == -1:
        inner = [(parts[i][0], parts[i][1], parts[i][2][:-count]) for i in indices]
        common = chains[0][len(chains[0]) - count :]
    else:
        inner = [(parts[i][0], parts[i][1], parts[i][2][count:]) for i in indices]
        common = chains[0][:count]
    total = add([whole_of(p) for p in inner], s)
    return s.product(ONE, (), (total, *common) if end == -1 else (*common, total))


def _at(chain: tuple[Expr, ...], end: int, count: int) -> Expr:
    return chain[-1 - count] if end == -1 else chain[count]


def _group_entrywise(parts: list[Parts], s: Simplifier) -> list[Expr] | None:
    """x.*y + x.*z as x.*(y + z)."""
    groups: dict[Expr, list[int]] = {}
    for i, (_, _, chain) in enumerate(parts):
        if len(chain) == 1 and isinstance(chain[0], Hadamard):
            for f in dict.fromkeys(chain[0].factors):
                groups.setdefault(f, []).append(i)
    factor, best = max(groups.items(), key=lambda g: len(g[1]), default=(None, []))
    if factor is None or len(best) < 2:
        return None
    s.note(rules.COMMON_FACTOR)
    inner = []
    for i in best:
        c, scalars, (h,) = parts[i]
        left = list(h.factors)  # type: ignore[attr-defined]
        left.remove(factor)
        inner.append(build.multiply(build.number(c), *scalars, build.hadamard(*left)))
    return _merged(s.hadamard((factor, add(inner, s))), best, parts)


def _common_scalars(parts: list[Parts], s: Simplifier) -> Expr:
    """Numbers and scalar factors that all terms share, in front of the sum."""
    shared = _shared_exponents([p[1] for p in parts])
    if shared and not any(_bare(p, shared) for p in parts):
        s.note(rules.COMMON_FACTOR)
        factors = [build.power(b, build.number(e)) for b, e in shared.items()]
        parts = [(c, _without(scalars, shared), chain) for c, scalars, chain in parts]
    else:
        factors = []
    number, parts = _content(parts)
    left = [whole_of(p) for p in parts]
    if any(isinstance(t, Sum) for t in left):
        inner = add(left, s)  # a sum that stood under the common factor
    else:
        inner = build.add(*positive_first(left))
    if number == 1 and not factors:
        return inner
    if not factors and isinstance(inner, Sum):
        return s.scaled_sum(number, inner)
    return build.multiply(build.number(number), *factors, inner)


def _bare(parts: Parts, shared: dict[Expr, Value]) -> bool:
    """Whether nothing but a number is left of a term: c + c*x stays unless it is a matrix."""
    _, scalars, chain = parts
    left = _without(scalars, shared)
    constant = not chain or (isinstance(chain[0], Ones | Identity) and len(chain) == 1)
    return not left and constant and not any(e < 0 for e in shared.values())


def _exponents(scalars: tuple[Expr, ...]) -> dict[Expr, Value]:
    found: dict[Expr, Value] = {}
    for x in scalars:
        value = number_value(x.exponent) if isinstance(x, Power) else None
        if value is not None:
            found[x.base] = value  # type: ignore[attr-defined]
        else:
            found[x] = ONE
    return found


def _shared_exponents(all_scalars: list[tuple[Expr, ...]]) -> dict[Expr, Value]:
    """The powers of scalars that divide every term; the exponents have one sign."""
    tables = [_exponents(x) for x in all_scalars]
    shared: dict[Expr, Value] = {}
    for base in tables[0]:
        exponents = [t.get(base, Fraction(0)) for t in tables]
        if all(x > 0 for x in exponents):
            shared[base] = min(exponents)
        elif all(x < 0 for x in exponents):
            shared[base] = max(exponents)
    return shared


def _without(scalars: tuple[Expr, ...], shared: dict[Expr, Value]) -> tuple[Expr, ...]:
    if not shared:
        return scalars
    left = []
    for base, e in _exponents(scalars).items():
        e = e - shared.get(base, Fraction(0))
        if e != 0:
            left.append(build.power(base, build.number(e)))
    return tuple(left)


def _content(parts: list[Parts]) -> tuple[Value, list[Parts]]:
    """The common number of the terms, and the terms without it, where that is not longer."""
    numbers = [p[0] for p in parts]
    negative = all(c < 0 for c in numbers)
    sizes: list[Value] = [-c if c < 0 else c for c in numbers]
    number: Value = ONE
    if all(c == sizes[0] for c in sizes):
        number = sizes[0]
    else:
        exact = [c for c in sizes if isinstance(c, Fraction)]
        if len(exact) < len(sizes):
            return (-ONE, [(-c, s, x) for c, s, x in parts]) if negative else (ONE, parts)
        content = Fraction(gcd(*(c.numerator for c in exact)), lcm(*(c.denominator for c in exact)))
        before = sum(c != 1 for c in exact)
        after = sum(c / content != 1 for c in exact) + 1
        if content != 1 and after <= before:
            number = content
    if negative:
        number = -number
    if number == 1:
        return ONE, parts
    return number, [(c / number, scalars, chain) for c, scalars, chain in parts]


def positive_first(terms: list[Expr]) -> list[Expr]:
    """The terms with a positive one in front, so that b - a is written, not -a + b."""
    if terms and parts_of(terms[0])[0] < 0:
        k = next((i for i, t in enumerate(terms) if parts_of(t)[0] > 0), None)
        if k is not None:
            return [terms[k], *terms[:k], *terms[k + 1 :]]
    return terms
