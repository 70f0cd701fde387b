"""Symmetric matrices written so that one sees it: u*v' + v*u' and not (u + ...)*v' + ....

A Hessian is symmetric, but common factors taken out on one side hide it. Here products are
multiplied out as far as needed and terms paired with their transposes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matcalc.expr import build
from matcalc.expr.mirrors import are_mirrored_chains, mirrored
from matcalc.expr.nodes import (
    ONE,
    Expr,
    Hadamard,
    Kronecker,
    Product,
    Sum,
    Transpose,
    fold,
    is_call,
)
from matcalc.simplify.factoring import common_scalars
from matcalc.simplify.symmetric_groups import grouped
from matcalc.simplify.terms import diagonal_column, like_terms, parts_of

if TYPE_CHECKING:
    from matcalc.simplify.normal_form import Simplifier

MAX_TERMS = 60  # of a matrix that is multiplied out
LONGER = 1.8  # so much longer than the shortest form may one be that shows the symmetry


@dataclass(frozen=True)
class Opens:
    """Which sums are multiplied out: unsymmetric ones, or all; none of those that are kept.

    Symmetric ones into parts that are symmetric; also those in stacks, vec(A + B).
    """

    kept: Collection[Expr] = ()
    wholly: bool = False
    parts: bool = False
    stacks: bool = False

    def terms(self, f: Expr) -> tuple[Expr, ...] | None:
        """The terms of a sum, or of the transpose of one; None of what is not opened."""
        total = f.argument if isinstance(f, Transpose) else f
        if not isinstance(total, Sum) or total in self.kept:
            return None
        if not self.wholly and "symmetric" in total.facts:
            return None
        return tuple(map(build.transpose, total.terms)) if total is not f else total.terms


def shows_symmetry(e: Expr) -> bool:
    """Whether one sees that a matrix is symmetric: term by term, or in pairs of transposes.

    This is known of a form when it is made (`expr.facts`): products B'*S*B, entrywise products
    Y.*Y', sums of symmetric terms and of pairs of transposes, and matrices that commute with K.
    """
    return "symmetric" in e.facts or e.shape == (1, 1)


def visibly_symmetric(e: Expr, s: Simplifier) -> Expr:
    """A symmetric matrix in a form whose symmetry shows; as it is where none is found."""
    if shows_symmetry(e) or e.shape[0] != e.shape[1]:
        return e
    c, scalars, chain = parts_of(e)
    for k in range(_mirrored_ends(chain), 0, -1):  # B'*S*B with an S whose symmetry shows
        inner = _shown(build.multiply(*chain[k:-k]), s)
        if inner is not None:
            return build.multiply(build.number(c), *scalars, *chain[:k], inner, *chain[-k:])
    return _shown(e, s) or e


def _mirrored_ends(chain: tuple[Expr, ...]) -> int:
    """How many factors at the front have their transposes at the back, with others between."""
    count = 0
    while 2 * count + 2 < len(chain) and mirrored(chain[count], chain[-1 - count]):
        count += 1
    return count


def _shown(e: Expr, s: Simplifier) -> Expr | None:
    """A form of e whose symmetry shows."""
    ways = (
        Opens(s.whole),
        Opens(),
        Opens(parts=True),
        Opens(wholly=True),
        Opens(wholly=True, stacks=True),
    )
    tries = (_of_pairs(e, s, opens) for opens in ways)
    return next((found for found in tries if found is not None), None)


def _of_pairs(e: Expr, s: Simplifier, opens: Opens) -> Expr | None:
    """A sum of symmetric terms and pairs of transposes; None where none is found, or none short."""
    terms = _opened(e, s, opens)
    paired = None if terms is None else _paired(like_terms(_alike(terms, s), s))
    if paired is None:
        return None
    if not paired:
        return build.zeros(e.shape)  # the terms cancel
    apart = common_scalars([parts_of(t) for t in paired], s)
    together = grouped(apart, s)
    found = [s.add(paired), s(together), together, apart]
    shown = [x for x in found if "symmetric" in x.facts]
    best = min(shown, key=s.cost, default=None)
    return best if best is not None and s.cost(best) <= LONGER * s.cost(e) else None


def _opened(e: Expr, s: Simplifier, opens: Opens) -> list[Expr] | None:
    """The terms of e multiplied out; None where they are too many."""
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
        split = _first_sum(chain, s, opens)
        if split is None:
            done.append(build.product(c, scalars, _without_scaling(chain, s)))
            continue
        k, parts = split
        for x in reversed(parts):
            todo.append(s.product(c, scalars, (*chain[:k], x, *chain[k + 1 :])))
    return done


def _entrywise_alike(terms: list[Expr], s: Simplifier) -> list[Expr]:
    """Entrywise products written alike: A.*B and B.*A, (A.*B)' and A'.*B'."""
    orders: dict[frozenset, Expr] = {}
    memo: dict[Expr, Expr] = {}

    def step(e: Expr, children: list[Expr]) -> Expr:
        e = build.rebuild(e, children)
        if isinstance(e, Transpose) and isinstance(e.argument, Hadamard) and e.shape[0] != 1:
            e = s.hadamard(map(s.transpose, e.argument.factors))
        if not isinstance(e, Hadamard):
            return e
        return orders.setdefault(frozenset(Counter(e.factors).items()), e)

    return [fold(t, step, memo) for t in terms]


def _alike(terms: list[Expr], s: Simplifier) -> list[Expr]:
    """The terms with equal stacks written alike: vec(A*X + B*X) as vec((A + B)*X)."""
    terms = _entrywise_alike(terms, s)
    seen: dict[frozenset[Expr], Expr] = {}

    def written(f: Expr) -> Expr:
        stack = f.argument if isinstance(f, Transpose) else f
        if not is_call(stack, "vec"):
            return f
        inner = _opened(stack.arguments[0], s, Opens(wholly=True))
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


def _first_sum(
    chain: tuple[Expr, ...], s: Simplifier, opens: Opens
) -> tuple[int, tuple[Expr, ...]] | None:
    """The place and the terms of a factor to be multiplied out; None of a symmetric product."""
    if not opens.wholly and "symmetric" in build.product(ONE, (), chain).facts:
        return None
    for k, f in enumerate(chain):
        terms = (
            opens.terms(f)
            or (_symmetric_parts(f, s) if opens.parts and len(chain) > 1 else None)
            or _terms_of_kronecker(f, s, opens)
            or _terms_of_entrywise(f, s, opens)
            or (_terms_of_stack(f, s) if opens.stacks else None)
        )
        if terms is not None:
            return k, terms
    return None


def _symmetric_parts(f: Expr, s: Simplifier) -> tuple[Expr, ...] | None:
    """c*(A + A') - B - B' as c*(A + A') and -(B + B'); None of a sum without several such parts."""
    if not isinstance(f, Sum) or "symmetric" not in f.facts:
        return None
    paired = _paired(list(f.terms)) or []
    parts: list[Expr] = []
    while paired:
        count = 1 if "symmetric" in _array(paired[0]).facts else 2
        parts.append(common_scalars([parts_of(t) for t in paired[:count]], s))
        paired = paired[count:]
    return tuple(parts) if len(parts) > 1 else None


def _terms_of_stack(f: Expr, s: Simplifier) -> tuple[Expr, ...] | None:
    """vec(A*X + B*X) as vec(A*X) and vec(B*X), or vec((A + B)*X)."""
    stack = f.argument if isinstance(f, Transpose) else f
    if not is_call(stack, "vec"):
        return None
    terms = _opened(stack.arguments[0], s, Opens(wholly=True))
    if terms is None or len(terms) < 2:
        return None
    stacks = (s.call("vec", t) for t in terms)
    return tuple(map(build.transpose, stacks)) if stack is not f else tuple(stacks)


def _terms_of_kronecker(e: Expr, s: Simplifier, opens: Opens) -> tuple[Expr, ...] | None:
    """A ⊗ (B + C)*D as A ⊗ B*D and A ⊗ C*D."""
    if not isinstance(e, Kronecker):
        return None
    for k, f in enumerate(e.factors):
        if not opens.wholly and "symmetric" in f.facts:
            parts = _symmetric_parts(f, s) if opens.parts else None
            if parts is not None:
                return tuple(s.kronecker((*e.factors[:k], t, *e.factors[k + 1 :])) for t in parts)
            continue
        chain = parts_of(f)[2]
        for j, part in enumerate(chain):
            terms = opens.terms(part)
            if terms is not None:
                inside = (s.product(ONE, (), (*chain[:j], t, *chain[j + 1 :])) for t in terms)
                return tuple(s.kronecker((*e.factors[:k], t, *e.factors[k + 1 :])) for t in inside)
    return None


def _terms_of_entrywise(f: Expr, s: Simplifier, opens: Opens) -> tuple[Expr, ...] | None:
    """x.*(y + z) as x.*y and x.*z, where x, y and z are columns, or all rows."""
    product = f.argument if isinstance(f, Transpose) else f
    if not isinstance(product, Hadamard) or product.shape[1] != 1:
        return None
    total = next((x for x in product.factors if opens.terms(x)), None)
    if total is None:
        return None
    others = [x for x in product.factors if x is not total]
    terms = (s.hadamard((*others, t)) for t in opens.terms(total) or ())
    return tuple(map(build.transpose, terms)) if product is not f else tuple(terms)


def _without_scaling(chain: tuple[Expr, ...], s: Simplifier) -> tuple[Expr, ...]:
    """x'*diag(y) as (x.*y)', and diag(y)*x as y.*x, of columns x in a chain."""
    done: list[Expr] = []
    for f in chain:
        last = done[-1] if done else None
        if last is not None and last.shape[0] == 1 and (y := diagonal_column(f)) is not None:
            done[-1] = build.transpose(s.hadamard((build.transpose(last), y)))
        elif last is not None and f.shape[1] == 1 and (y := diagonal_column(last)) is not None:
            done[-1] = s.hadamard((y, f))
        else:
            done.append(f)
    return tuple(done)


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
