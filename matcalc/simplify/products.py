"""Factors of a product that combine with one another: fractions, signs, means."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from matcalc.expr import build
from matcalc.expr.nodes import (
    ONE,
    Apply,
    ElementPower,
    Expr,
    Hadamard,
    Identity,
    Ones,
    Power,
    Product,
    Sum,
    is_call,
    number_value,
)
from matcalc.expr.sizes import multiply_sizes
from matcalc.functions.by_rows import columns_of, rows_of
from matcalc.simplify import (
    chains,
    identities_arrays,
    identities_by_rows,
    identities_scalars,
    rules,
    slices,
)
from matcalc.simplify.opposites import stands_again
from matcalc.simplify.terms import parts_of, positive_first, scalar_key

if TYPE_CHECKING:
    from matcalc.simplify.normal_form import Simplifier


def merged(s: Simplifier, parts: list[Expr]) -> list[Expr] | None:
    """Scalar factors of which some combine; None where none do."""
    return (
        denominators(s, parts)
        or means(s, parts)
        or determinants(s, parts)
        or sigmoids(s, parts)
        or opened(s, parts)
    )


def denominators(s: Simplifier, parts: list[Expr]) -> list[Expr] | None:
    """1/((1 + q/v)*v) as 1/(v + q), where a sum below the bar has a fraction of its own."""
    for k, p in enumerate(parts):
        if not (isinstance(p, Power) and isinstance(p.base, Sum) and build.is_denominator(p)):
            continue
        for j, q in enumerate(parts):
            if j == k or not isinstance(q, Power) or q.exponent is not p.exponent:
                continue
            below = build.power(q.base, -1)
            if not any(below in t.children for t in p.base.terms):
                continue
            total = s.add([s.product(ONE, (q.base, t), ()) for t in p.base.terms])
            if isinstance(total, Sum) and any(map(_has_denominator, total.terms)):
                continue
            merged = s.scalar_power(total, p.exponent)
            if s.cost(merged) < s.cost(p) + s.cost(q):
                s.note(rules.COMMON_FACTOR)
                return [merged, *(x for i, x in enumerate(parts) if i not in (j, k))]
    return None


def sigmoids(s: Simplifier, parts: list[Expr]) -> list[Expr] | None:
    """exp(z)/(exp(z) + exp(t)) as sigmoid(z - t), of numbers or entry by entry."""
    for k, p in enumerate(parts):
        if not (isinstance(p, Power | ElementPower) and number_value(p.exponent) == -1):
            continue
        terms = p.base.terms if isinstance(p.base, Sum) else ()
        if len(terms) != 2 or not all(is_call(t, "exp") for t in terms):
            continue
        top = next((t for t in terms if t in parts), None)
        if top is None:
            continue
        other = terms[1] if top is terms[0] else terms[0]
        gap = s.add([top.children[0], s.scaled(-ONE, other.children[0])])
        s.note(identities_scalars.SIGMOID_OF_TWO)
        rest = [x for i, x in enumerate(parts) if i not in (k, parts.index(top))]
        return [s.call("sigmoid", gap), *rest]
    return None


def opened(s: Simplifier, parts: list[Expr]) -> list[Expr] | None:
    """(c - 1/c)*c as c^2 - 1: a sum multiplied out where it has denominators that cancel."""
    for k, total in enumerate(parts):
        if not isinstance(total, Sum) or total in s.whole or not s.searches(parts):
            continue
        rest = parts[:k] + parts[k + 1 :]
        if not any(_cancels(x, rest) for t in total.terms for x in (t, *parts_of(t)[1])):
            continue

        def apart(total: Sum = total, rest: list[Expr] = rest) -> Expr | None:
            found = s.add([s.product(ONE, (t, *rest), ()) for t in total.terms])
            return found if s.cost(found) < s.cost(build.product(ONE, parts, ())) else None

        found = s.trial(apart)
        if found is not None:
            return [found]
    return None


def _cancels(x: Expr, others: list[Expr]) -> bool:
    """Whether a factor is one of the others below the bar, or exp(-c) beside exp(c)."""
    if is_call(x, "exp"):
        return any(is_call(y, "exp") for y in others)
    return build.is_denominator(x) and any(x.children[0] in (y, *y.children[:1]) for y in others)


def softmaxes(
    s: Simplifier, parts: list[Expr], chain: list[Expr]
) -> tuple[list[Expr], list[Expr]] | None:
    """exp(z)/sum(exp(z)) as softmax(z), for a column z."""
    for k, p in enumerate(parts):
        if not (isinstance(p, Power) and number_value(p.exponent) == -1):
            continue
        total = p.base
        if not (isinstance(total, Apply) and total.function.name == "sum"):
            continue
        e = total.arguments[0]
        if "complex" in e.facts or not (
            isinstance(e, Apply) and e.function.name == "exp" and e.shape[1] == 1
        ):
            continue
        for j, f in enumerate(chain):
            factors = list(f.factors) if isinstance(f, Hadamard) else [f]
            if e in factors:
                s.note(rules.SOFTMAX)
                factors[factors.index(e)] = s.call("softmax", *e.arguments)
                changed = [*chain[:j], build.hadamard(*factors), *chain[j + 1 :]]
                return parts[:k] + parts[k + 1 :], changed
    return None


def determinants(s: Simplifier, parts: list[Expr]) -> list[Expr] | None:
    """det(A*B)/det(A) as det(B): a determinant taken apart where a factor of it cancels."""
    below = [p.base for p in parts if isinstance(p, Power) and build.is_denominator(p)]
    if not below:
        return None
    keys = {scalar_key(b) for b in below}
    for k, p in enumerate(parts):
        if not (isinstance(p, Apply) and p.function.name == "det"):
            continue
        (a,) = p.arguments
        if not isinstance(a, Product) or a.coefficient != 1 or a.scalars:
            continue
        if any(f.shape[0] != f.shape[1] for f in a.chain):
            continue
        apart = [s.call("det", f) for f in a.chain]
        twins = {scalar_key(d): d for d in apart}
        if keys & set(twins):
            s.note(rules.DET_PRODUCT)
            rest = [_with_base(q, twins) for i, q in enumerate(parts) if i != k]
            return [*apart, *rest]
    return None


def _with_base(q: Expr, twins: dict) -> Expr:
    """A denominator with an equal base spelt as its twin, so that the two cancel."""
    if isinstance(q, Power) and build.is_denominator(q):
        return build.power(twins.get(scalar_key(q.base), q.base), q.exponent)
    return q


def without_minus(
    s: Simplifier, parts: list[Expr], chain: list[Expr]
) -> tuple[list[Expr], list[Expr]] | None:
    """-(a - b)*c as (b - a)*c: a minus goes into a sum of one minus more than it gets."""
    factors = [*parts, *chain]
    for k, f in enumerate(factors):
        if isinstance(f, Sum) and f not in s.whole and f not in s.no_negative:
            if stands_again(factors, k):
                continue
            turned = s.trial(partial(_negative, s, f))
            if turned is not None:
                factors[k] = turned
                return factors[: len(parts)], factors[len(parts) :]
            if not s.negates:
                s.no_negative.add(f)
    return None


def _negative(s: Simplifier, e: Sum) -> Expr | None:
    """-e as a sum that begins with no minus, where that is no longer than e."""
    if s.negates:  # within one that is being tried: else nested sums are tried 2^depth times
        found = build.add(*positive_first([build.negate(t) for t in e.terms]))
    else:
        s.negates = True
        try:
            found = s.add([s.scaled(-ONE, t) for t in e.terms])
        finally:
            s.negates = False
    if not isinstance(found, Sum) or parts_of(found.terms[0])[0] < 0:
        return None
    return found if s.cost(found) <= s.cost(e) else None


def means(s: Simplifier, parts: list[Expr]) -> list[Expr] | None:
    """n*mean(x) as sum(x)."""
    for k, p in enumerate(parts):
        if not (isinstance(p, Apply) and p.function.name == "mean"):
            continue
        size = build.size_number(multiply_sizes(*p.arguments[0].shape))
        needed = list(size.scalars) if isinstance(size, Product) else [size]
        rest = parts[:k] + parts[k + 1 :]
        if all(x in rest for x in needed):
            for x in needed:
                rest.remove(x)
            s.note(rules.MEAN)
            return [s.call("sum", *p.arguments), *rest]
    return None


def squared(s: Simplifier, base: Expr, p: int) -> Expr | None:
    """A power of a projection or a reflection: what is shorter multiplied out."""
    terms = base.terms if isinstance(base, Sum) else (base,) if isinstance(base, Product) else ()
    if p < 2 or not 0 < len(terms) < 3 or not s.searches(terms):
        return None

    def multiplied() -> Expr | None:
        with s.inside():  # squares of squares are tried as far as trials go
            total = s.add([s.product(ONE, (), (a, b)) for a in terms for b in terms])
        if isinstance(total, Identity):
            return base if p % 2 else total
        return base if total is base else None

    return s.trial(multiplied)


def combined(s: Simplifier, arrays: list[Expr], open_sums: bool) -> Expr | None:
    """An entrywise product in a shorter form, if there is one."""
    two = sigmoids(s, arrays)
    if two is not None:
        return s.hadamard(two)
    found = scaled(s, arrays) or _outer_products(s, arrays) or slices.of_column(s, arrays)
    if found is None and open_sums and s.searches(arrays):
        return cancelling(s, arrays)
    return found


def _outer_products(s: Simplifier, arrays: list[Expr]) -> Expr | None:
    """(x*y').*(u*v') as (x.*u)*(y.*v)'."""
    split = [chains.outer_parts(a) for a in arrays if 1 not in a.shape]
    if len(split) < 2 or None in split or len(split) < len(arrays):
        return None
    s.note(identities_arrays.HADAMARD_RANK_ONE)
    left = s.hadamard([u for u, _ in filter(None, split)])
    return s.product(ONE, (), (left, s.transpose(s.hadamard([v for _, v in filter(None, split)]))))


def scaled(s: Simplifier, arrays: list[Expr]) -> Expr | None:
    """(x*ones(n)').*A as diag(x)*A, and (ones(m)*x').*A as A*diag(x)."""
    for k, f in enumerate(arrays):
        if not isinstance(f, Product) or f.coefficient != 1 or f.scalars or 1 in f.shape:
            continue
        by_rows = isinstance(f.chain[-1], Ones) and f.chain[-1].shape[0] == 1
        if not by_rows and not (isinstance(f.chain[0], Ones) and f.chain[0].shape[1] == 1):
            continue
        x = s.product(ONE, (), f.chain[:-1] if by_rows else f.chain[1:])
        rest = s.hadamard([*arrays[:k], *arrays[k + 1 :]])
        found = _softmax_by(s, x, rest, by_rows)
        if found is not None:
            return found
        s.note(identities_by_rows.SCALED_ROWS if by_rows else identities_by_rows.SCALED_COLUMNS)
        weights = s.call("diag", x if by_rows else s.transpose(x))
        return s.product(ONE, (), (weights, rest) if by_rows else (rest, weights))
    return None


def _softmax_by(s: Simplifier, x: Expr, rest: Expr, by_rows: bool) -> Expr | None:
    """exp(Z) over its sums along rows, or columns, as rows(softmax)(Z)."""
    if not isinstance(rest, Apply) or rest.function.name != "exp":
        return None
    one = build.ones((rest.shape[1], 1) if by_rows else (1, rest.shape[0]))
    sums = build.multiply(rest, one) if by_rows else build.multiply(one, rest)
    if x is not build.element_power(sums, -1):
        return None
    from matcalc.functions import lookup

    softmax = lookup("softmax")
    assert softmax is not None
    s.note(identities_by_rows.SOFTMAX_ROWS if by_rows else identities_by_rows.SOFTMAX_COLUMNS)
    return s.apply((rows_of if by_rows else columns_of)(softmax), rest.arguments)


def cancelling(s: Simplifier, arrays: list[Expr]) -> Expr | None:
    """(a./s + b./t).*s.*t multiplied out, where a sum has denominators that cancel."""
    for k, total in enumerate(arrays):
        if not isinstance(total, Sum):
            continue
        rest = arrays[:k] + arrays[k + 1 :]
        below = {
            f.base
            for t in total.terms
            for f in _entrywise_factors(t)
            if isinstance(f, ElementPower) and build.is_denominator(f)
        }
        if below or any(slices.selects_entry(t) for t in total.terms):
            found = s.add([s.hadamard([t, *rest]) for t in total.terms])
            if s.cost(found) < s.cost(build.hadamard(*arrays)):
                return found
    return None


def _has_denominator(t: Expr) -> bool:
    return any(build.is_denominator(x) for x in (*t.children, t))


def _entrywise_factors(t: Expr) -> tuple[Expr, ...]:
    _, _, rest = build.scalar_parts(t)
    if isinstance(rest, Hadamard):
        return rest.factors
    return (rest,) if rest is not None else ()
