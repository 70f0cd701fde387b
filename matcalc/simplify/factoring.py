"""Common factors of the terms of a sum."""

from __future__ import annotations

from fractions import Fraction
from math import gcd, lcm
from typing import TYPE_CHECKING

from matcalc.expr import build
from matcalc.expr.arithmetic import is_wide
from matcalc.expr.nodes import (
    ONE,
    ElementPower,
    Expr,
    Hadamard,
    Identity,
    Ones,
    Power,
    Product,
    SizeNumber,
    Sum,
    Symbol,
    Value,
    number_value,
)
from matcalc.simplify import rules
from matcalc.simplify.opposites import likes, sign_between
from matcalc.simplify.terms import Parts, parts_of, positive_first, scalar_key, whole_of

# Of a common number; X -> X*(3*I - X'*X)/2 over and over would take out (1/2)^(3^k) at the end.
MAX_BITS = 64

if TYPE_CHECKING:
    from matcalc.simplify.normal_form import Simplifier


def factored(terms: list[Expr], s: Simplifier) -> Expr:
    parts = [parts_of(t) for t in terms]
    plain = _factored(parts, s)
    beside = s.trial(lambda: _beside_identity(parts, plain, s))
    return beside if beside is not None else plain


def _factored(parts: list[Parts], s: Simplifier) -> Expr:
    parts = _with_one_sign(_with_one_sign(parts, -1), 0)
    ends = [(end, group) for end in (-1, 0) if len(group := _sharing(parts, end)) > 1]
    if ends:
        s.note(rules.COMMON_FACTOR)
        return _over_one_end(ends, parts, s)
    grouped = _group_scalars(parts, s) or _group_entrywise(parts, s) or _group_by_scalar(parts, s)
    return s.add(grouped) if grouped is not None else common_scalars(parts, s)


def _with_one_sign(parts: list[Parts], end: int) -> list[Parts]:
    """(a - b)*x + (b - a)*y as (a - b)*x - (a - b)*y, where both are at one end."""
    first = likes(chain[end] for _, _, chain in parts if len(chain) > 1)
    found: list[Parts] = []
    for c, scalars, chain in parts:
        like = first.get(chain[end]) if len(chain) > 1 else None
        if like is not None:
            c = c * sign_between(like, chain[end])
            chain = (*chain[:-1], like) if end else (like, *chain[1:])
        found.append((c, scalars, chain))
    return found


def _beside_identity(parts: list[Parts], plain: Expr, s: Simplifier) -> Expr | None:
    """A*inv(B) + inv(B) as (A + I)*inv(B), and A*B*C + A*C as A*(B + I)*C, where that is shorter.

    Nor may it hide that the sum is symmetric: inv(K) - inv(K)*y*y'*inv(K) stays.
    """
    chains = [chain for _, _, chain in parts]
    for common in dict.fromkeys(filter(None, chains)):
        for k in range(len(common) + 1):
            before, after = common[:k], common[k:]
            inside = [_between(before, c, after) for c in chains]
            rest = {i: chain for i, chain in enumerate(inside) if chain is not None}
            plain_one = all(
                isinstance(x, Symbol | SizeNumber)
                for i, chain in rest.items()
                if not chain
                for x in parts[i][1]
            )
            if len(rest) > 1 and any(rest.values()) and plain_one:
                merged = _merged(_or_one(before, rest, after, parts, s), list(rest), parts)
                found = s.add(merged)
                longest = s.cost(plain) - (1 if len(common) == 1 else 0)
                if s.cost(found) <= longest and "symmetric" not in plain.facts - found.facts:
                    s.note(rules.COMMON_FACTOR)
                    return found
    return None


def _between(
    before: tuple[Expr, ...], chain: tuple[Expr, ...], after: tuple[Expr, ...]
) -> tuple[Expr, ...] | None:
    """What a chain has between two others; None if it has not both."""
    inner, end = len(before), len(chain) - len(after)
    return (
        chain[inner:end]
        if chain[:inner] == before and chain[end:] == after and inner <= end
        else None
    )


def _or_one(
    before: tuple[Expr, ...],
    rest: dict[int, tuple[Expr, ...]],
    after: tuple[Expr, ...],
    parts: list[Parts],
    s: Simplifier,
) -> Expr:
    """The terms within their common factors, between which one has nothing."""
    one = build.identity(before[-1].shape[1] if before else after[0].shape[0])
    total = s.add([whole_of((*parts[i][:2], chain or (one,))) for i, chain in rest.items()])
    return s.product(ONE, (), (*before, total, *after))


def _sharing(parts: list[Parts], end: int) -> list[int]:
    """The most terms whose chains have one factor at this end."""
    groups: dict[Expr, list[int]] = {}
    for i, (_, _, chain) in enumerate(parts):
        if len(chain) > 1:
            groups.setdefault(chain[end], []).append(i)
    return max(groups.values(), key=len, default=[])


def _over_one_end(ends: list[tuple[int, list[int]]], parts: list[Parts], s: Simplifier) -> Expr:
    """One group put over its common factor; both are tried where a term is in one of two."""

    def over(end: int, group: list[int]) -> Expr:
        return s.add(_merged(_over_common(group, parts, end, s), group, parts))

    if len(ends) == 1 or set(ends[0][1]) == set(ends[1][1]):
        return over(*ends[0])
    if not set(ends[0][1]) & set(ends[1][1]):
        return over(*ends[0])
    return min((over(*e) for e in ends), key=s.cost)


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
        total = s.add([whole_of(p) for p in inner])
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
    total = s.add([whole_of((parts[i][0], parts[i][1], ())) for i in best])
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
    total = s.add([whole_of(p) for p in inner])
    return s.product(ONE, (), (total, *common) if end == -1 else (*common, total))


def _at(chain: tuple[Expr, ...], end: int, count: int) -> Expr:
    return chain[-1 - count] if end == -1 else chain[count]


def _group_entrywise(parts: list[Parts], s: Simplifier) -> list[Expr] | None:
    """x.*y + x.*z as x.*(y + z), and x.*y + c*x as x.*(y + c) where that is shorter."""
    groups: dict[Expr, list[int]] = {}
    for i, (_, _, chain) in enumerate(parts):
        if len(chain) == 1:
            for f in dict.fromkeys(_entrywise_bases(chain[0])):
                groups.setdefault(f, []).append(i)
    factor, best = max(groups.items(), key=lambda g: len(g[1]), default=(None, []))
    if factor is None or len(best) < 2:
        return None
    inner = [_without_entrywise(parts[i], factor, s) for i in best]
    total = s.add(inner)
    in_front = bool(factor.children) or any(
        _entrywise_bases(parts[i][2][0])[0] is factor for i in best
    )
    merged = s.hadamard((factor, total) if in_front else (total, factor), open_sums=False)
    if s.cost(merged) >= s.cost(build.add(*(whole_of(parts[i]) for i in best))):
        return None
    s.note(rules.COMMON_FACTOR)
    return _merged(merged, best, parts)


def _entrywise_bases(e: Expr) -> list[Expr]:
    """The arrays whose first or higher power divides e entry by entry."""
    factors = e.factors if isinstance(e, Hadamard) else (e,)
    found = []
    for f in factors:
        if isinstance(f, ElementPower):
            p = number_value(f.exponent)
            if p is not None and p >= 2:
                found.append(f.base)
            elif p is not None and p < 0:
                found.append(f)
        elif not isinstance(f, Ones | Identity):
            found.append(f)
    return found


def _without_entrywise(parts: Parts, factor: Expr, s: Simplifier) -> Expr:
    """A term divided by one power of a factor of its array."""
    number, scalars, (array,) = parts
    factors = list(array.factors) if isinstance(array, Hadamard) else [array]
    for k, f in enumerate(factors):
        if f is factor:
            factors[k] = build.ones(factor.shape)
            break
        if isinstance(f, ElementPower) and f.base is factor:
            factors[k] = build.element_power(f.base, build.subtract(f.exponent, 1))
            break
    return s.product(number, scalars, (build.hadamard(*factors),))


def common_scalars(parts: list[Parts], s: Simplifier) -> Expr:
    """Numbers and scalar factors that all terms share, in front of the sum."""
    shared = _shared_exponents([p[1] for p in parts])
    if shared and (not any(_bare(p, shared) for p in parts) or _saves(parts, shared, s)):
        s.note(rules.COMMON_FACTOR)
        factors = [build.power(b, build.number(e)) for b, e in shared.items()]
        parts = [(c, _without(scalars, shared), chain) for c, scalars, chain in parts]
    else:
        factors = []
    number, parts = _content(parts)
    left = [whole_of(p) for p in parts]
    nested = any(map(_holds_sum, left))  # a sum that stood under the common factor
    inner = s.add(left) if nested else build.add(*positive_first(left))
    if number == 1 and not factors:
        return inner
    if not factors and isinstance(inner, Sum):
        return s.scaled_sum(number, inner)
    twins = [f.base for f in factors if isinstance(f, Power) and _is_twin(f.base, inner)]
    if twins:  # (a + b)/(a + b)
        return s.product(number, (*factors, twins[0]), ())
    return build.multiply(build.number(number), *factors, inner)


def _holds_sum(e: Expr) -> bool:
    """Whether it is a sum, or the negative of one."""
    if isinstance(e, Product) and e.coefficient == -1 and len(e.children) == 1:
        e = e.children[0]
    return isinstance(e, Sum) and not is_wide(e)


def _is_twin(a: Expr, b: Expr) -> bool:
    """Whether two scalar sums are equal but for the order of their terms."""
    return isinstance(b, Sum) and b.is_scalar and scalar_key(a) == scalar_key(b)


def _bare(parts: Parts, shared: dict[Expr, Value]) -> bool:
    """Whether nothing but a number is left of a term: c + c*x stays unless it is a matrix."""
    _, scalars, chain = parts
    left = _without(scalars, shared)
    constant = not chain or (isinstance(chain[0], Ones) and len(chain) == 1)
    return not left and constant and not any(e < 0 for e in shared.values())


def _saves(parts: list[Parts], shared: dict[Expr, Value], s: Simplifier) -> bool:
    """Whether common scalars in front are shorter though one term is nothing else: ‖x‖(c + 1)."""
    inner = build.add(*(whole_of((c, _without(x, shared), chain)) for c, x, chain in parts))
    factors = [build.power(b, build.number(e)) for b, e in shared.items()]
    merged = build.multiply(*factors, inner)
    return s.cost(merged) < s.cost(build.add(*map(whole_of, parts)))


def _exponents(scalars: tuple[Expr, ...]) -> dict[Expr, Value]:
    """The powers of the scalars, of which a term as the user wrote it may have one twice."""
    found: dict[Expr, Value] = {}
    for x in scalars:
        value = number_value(x.exponent) if isinstance(x, Power) else None
        base, e = (x, ONE) if value is None else (x.base, value)  # type: ignore[attr-defined]
        found[base] = found.get(base, Fraction(0)) + e
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
    if isinstance(number, Fraction) and max(number.as_integer_ratio()).bit_length() > MAX_BITS:
        number = ONE
    if negative:
        number = -number
    if number == 1:
        return ONE, parts
    return number, [(c / number, scalars, chain) for c, scalars, chain in parts]
