"""Symmetric matrices written so that one sees it: u*v' + v*u' and not (u + ...)*v' + ....

A Hessian is symmetric, but common factors taken out on one side hide it. Here products are
multiplied out as far as needed and terms paired with their transposes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcalc.expr import build
from matcalc.expr.mirrors import are_mirrored_chains
from matcalc.expr.nodes import ONE, Apply, Expr, Kronecker, Product, Sum, Transpose, Value
from matcalc.simplify.factoring import common_scalars
from matcalc.simplify.terms import like_terms, parts_of

if TYPE_CHECKING:
    from matcalc.simplify.normal_form import Simplifier

MAX_TERMS = 60  # of a matrix that is multiplied out
LONGER = 1.7  # so much longer than the shortest form may one be that shows the symmetry


def visibly_symmetric(e: Expr, s: Simplifier) -> Expr:
    """A symmetric matrix in a form whose symmetry shows; as it is where none is found."""
    if "symmetric" in e.facts or e.shape[0] != e.shape[1] or e.shape == (1, 1):
        return e
    terms = _opened(e, s)
    if terms is None:
        return e
    paired = _paired(like_terms(_alike(terms, s), s))
    if paired is None:
        return e
    found = common_scalars([parts_of(t) for t in paired], s)
    longest = LONGER * s.cost(e)
    return found if "symmetric" in found.facts and s.cost(found) <= longest else e


def _opened(e: Expr, s: Simplifier, wholly: bool = False) -> list[Expr] | None:
    """The terms of e multiplied out, wholly: symmetric sums, too; None where they are too many."""
    done: list[Expr] = []
    todo: list[Expr] = [e]
    while todo:
        if len(todo) + len(done) > MAX_TERMS:
            return None
        t = todo.pop()
        c, scalars, chain = parts_of(t)
        if len(chain) == 1 and not scalars and c == 1 and isinstance(chain[0], Sum):
            todo.extend(reversed(chain[0].terms))
            continue
        c, chain = _aligned(c, chain)
        split = _first_sum(chain, s, wholly)
        if split is None:
            done.append(build.product(c, scalars, chain))
            continue
        k, parts = split
        for x in reversed(parts):
            todo.append(s.product(c, scalars, (*chain[:k], x, *chain[k + 1 :])))
    return done


def _alike(terms: list[Expr], s: Simplifier) -> list[Expr]:
    """The terms with equal stacks written alike: vec(A*X + B*X) as vec((A + B)*X)."""
    seen: dict[frozenset[Expr], Expr] = {}

    def written(f: Expr) -> Expr:
        stack = f.argument if isinstance(f, Transpose) else f
        if not (isinstance(stack, Apply) and stack.function.name == "vec"):
            return f
        inner = _opened(stack.arguments[0], s, wholly=True)
        if inner is None:
            return f
        key = frozenset(map(_without_turned_products, like_terms(inner, s)))
        first = seen.setdefault(key, stack)
        return first if stack is f else build.transpose(first)

    parts = map(parts_of, terms)
    return [build.product(c, scalars, tuple(map(written, chain))) for c, scalars, chain in parts]


def _without_turned_products(t: Expr) -> Expr:
    """(A*B)'*C as B'*A'*C"""
    c, scalars, chain = parts_of(t)
    factors: list[Expr] = []
    for f in chain:
        inner = f.argument if isinstance(f, Transpose) else f
        if inner is not f and isinstance(inner, Product) and inner.chain and not inner.scalars:
            c = c * inner.coefficient
            factors += [build.transpose(x) for x in reversed(inner.chain)]
        else:
            factors.append(f)
    return build.product(c, scalars, tuple(factors))


def _aligned(c: Value, chain: tuple[Expr, ...]) -> tuple[Value, tuple[Expr, ...]]:
    """(a - x)*(x - a)' as -(x - a)*(x - a)': ends that mirror each other but for a sign."""
    factors = list(chain)
    for k in range(len(factors) // 2):
        row = factors[-1 - k]
        turned = row.argument if isinstance(row, Transpose) else None
        left = factors[k]
        if not isinstance(turned, Sum) or not isinstance(left, Sum):
            continue
        if set(left.terms) == {build.negate(t) for t in turned.terms}:
            factors[k], c = turned, -c
    return c, tuple(factors)


def _first_sum(
    chain: tuple[Expr, ...], s: Simplifier, wholly: bool
) -> tuple[int, tuple[Expr, ...]] | None:
    """The place and the terms of a factor to be multiplied out; None of a symmetric product."""
    if not wholly and "symmetric" in build.product(ONE, (), chain).facts:
        return None
    for k, f in enumerate(chain):
        terms = _terms_of(f, wholly) or _terms_of_kronecker(f, s)
        if terms is not None:
            return k, terms
    return None


def _terms_of(f: Expr, wholly: bool = False) -> tuple[Expr, ...] | None:
    """The terms of an unsymmetric sum (wholly: of any), or of the transpose of one."""
    total = f.argument if isinstance(f, Transpose) else f
    if not isinstance(total, Sum) or (not wholly and "symmetric" in total.facts):
        return None
    return tuple(map(build.transpose, total.terms)) if total is not f else total.terms


def _terms_of_kronecker(e: Expr, s: Simplifier) -> tuple[Expr, ...] | None:
    """A ⊗ (B + C)*D as A ⊗ B*D and A ⊗ C*D."""
    if not isinstance(e, Kronecker):
        return None
    for k, f in enumerate(e.factors):
        chain = parts_of(f)[2]
        for j, part in enumerate(chain):
            terms = _terms_of(part)
            if terms is not None:
                inside = (s.product(ONE, (), (*chain[:j], t, *chain[j + 1 :])) for t in terms)
                return tuple(s.kronecker((*e.factors[:k], t, *e.factors[k + 1 :])) for t in inside)
    return None


def _paired(terms: list[Expr]) -> list[Expr] | None:
    """The terms with each unsymmetric one beside its transpose; None where one has no partner."""
    done: list[Expr] = []
    left = list(terms)
    while left:
        t = left.pop(0)
        if "symmetric" in _array(t).facts:
            done.append(t)
            continue
        partner = next((u for u in left if _are_mirrored(t, u)), None)
        if partner is None:
            return None
        left.remove(partner)
        done += [t, partner]
    return done


def _array(t: Expr) -> Expr:
    return build.product(ONE, (), parts_of(t)[2])


def _are_mirrored(a: Expr, b: Expr) -> bool:
    (c, scalars, x), (d, others, y) = parts_of(a), parts_of(b)
    return c == d and set(scalars) == set(others) and are_mirrored_chains(x, y)
