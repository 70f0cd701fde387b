"""The Frobenius identities: G : L(dX) rewritten to L*(G) : dX.

    A : B*C = A*C' : B = B'*A : C      A : B' = A' : B      A : B.*C = A.*B : C

`pull` is the transposition of one linear expression; `cotangents` runs it once through all nodes
of a function, from the value down to the variables, so that work is linear in distinct nodes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from matcalc.calculus import identities
from matcalc.calculus.differential import from_the_top, local_differential, moving_nodes
from matcalc.calculus.kronecker_adjoint import by_first, by_second
from matcalc.calculus.templates import adjoint_text, instantiate
from matcalc.derivation.rule import Rule
from matcalc.errors import NotSupportedError
from matcalc.expr import build
from matcalc.expr.nodes import (
    Apply,
    Differential,
    Expr,
    Frobenius,
    Hadamard,
    Kronecker,
    Product,
    Sum,
    Symbol,
    Transpose,
    Zeros,
    in_words,
    number_value,
)

Note = Callable[[Rule], None]


def moves(e: Expr) -> bool:
    """Whether a differential occurs in e."""
    return "differential" in e.facts


def pull(
    cotangent: Expr, linear: Expr, into: Callable[[Expr, Expr], None], note: Note | None = None
) -> None:
    """cotangent : linear as a sum of terms C : d(u); calls into(u, C) for each.

    `linear` is linear in the differentials that occur in it; `note` is told each identity used.
    """
    note = note or (lambda rule: None)
    todo = [(cotangent, linear)]
    while todo:
        g, e = todo.pop()
        if not moves(e):
            continue  # a zero
        if isinstance(e, Differential):
            into(e.argument, g)
        elif isinstance(e, Sum):
            todo.extend((g, t) for t in reversed(e.terms) if moves(t))
        else:
            todo.append(peel(g, e, note))


def peel(g: Expr, e: Expr, note: Note) -> tuple[Expr, Expr]:
    """g : e with the outermost operation of e brought over to g."""
    if isinstance(e, Product):
        return _product(g, e, note)
    if isinstance(e, Transpose):
        note(identities.FROBENIUS_TRANSPOSE)
        return build.transpose(g), e.argument
    if isinstance(e, Hadamard):
        note(identities.FROBENIUS_HADAMARD)
        slot = only_moving(e.factors)
        rest = [f for i, f in enumerate(e.factors) if i != slot]
        return build.hadamard(g, *rest), e.factors[slot]
    if isinstance(e, Frobenius):
        still, moving = (e.left, e.right) if moves(e.right) else (e.right, e.left)
        return build.multiply(g, still), moving
    if isinstance(e, Kronecker):
        note(identities.FROBENIUS_KRONECKER)
        a, b = e.factors[0], build.kronecker(*e.factors[1:])
        return (by_first(g, a, b), a) if moves(a) else (by_second(g, a, b), b)
    if isinstance(e, Apply):
        slot = only_moving(e.arguments)
        parameter = e.function.parameters[slot]
        if parameter in e.function.adjoints:
            note(identities.adjoint_of(e.function, e.arguments, parameter))
            text = adjoint_text(e.function, e.arguments, parameter)
            return instantiate(text, e.function, e.arguments, g), e.arguments[slot]
    raise NotSupportedError(f"the adjoint of {in_words(e)} in gradients")


def _product(g: Expr, e: Product, note: Note) -> tuple[Expr, Expr]:
    number = build.number(e.coefficient)
    slot = only_moving(e.children)
    moving = e.children[slot]
    if slot < len(e.scalars):  # a scalar moves: its cotangent is g : rest
        rest = build.multiply(*(s for i, s in enumerate(e.scalars) if i != slot), *e.chain)
        if rest.is_scalar:
            return build.multiply(number, g, rest), moving
        note(identities.FROBENIUS_SCALAR)
        return build.multiply(number, build.frobenius(g, rest)), moving
    k = slot - len(e.scalars)
    left, right = e.chain[:k], e.chain[k + 1 :]
    if left and right:
        note(identities.FROBENIUS_BETWEEN)
    elif left or right:
        note(identities.FROBENIUS_LEFT if left else identities.FROBENIUS_RIGHT)
    # Read from the right: G*(B*C)' is G*C'*B'.
    pulled = build.multiply(
        number,
        *e.scalars,
        *(build.transpose(f) for f in reversed(left)),
        g,
        *(build.transpose(f) for f in reversed(right)),
    )
    return pulled, moving


def only_moving(factors: tuple[Expr, ...]) -> int:
    slots = [i for i, f in enumerate(factors) if moves(f)]
    if len(slots) != 1:
        raise AssertionError("not linear in the differentials")
    return slots[0]


def cotangents(
    root: Expr,
    variables: Collection[Symbol],
    tidy: Callable[[Expr], Expr] = lambda e: e,
    stop: Collection[Expr] = (),
    seed: Expr | None = None,
) -> dict[Expr, Expr]:
    """For every moving node u below `root`, the C with seed : d(root) = ... + C : d(u).

    The seed of a scalar root is 1. `tidy` simplifies each cotangent as it is complete; nodes in
    `stop` are not opened. Nodes that no term reaches have a zero.
    """
    moving = moving_nodes(root, variables)
    if root not in moving:
        return {}
    gathered: dict[Expr, list[Expr]] = {root: [build.number(1) if seed is None else seed]}
    done: dict[Expr, Expr] = {}

    def into(u: Expr, c: Expr) -> None:
        if u not in moving:
            raise AssertionError("a differential of what does not occur")
        if isinstance(u, Transpose) and isinstance(u.argument, Symbol) and u not in stop:
            u, c = u.argument, build.transpose(c)  # a variable is met where its transpose is
        gathered.setdefault(u, []).append(c)

    for e in from_the_top(root, moving):
        terms = gathered.pop(e, [])
        g = tidy(build.add(*terms)) if terms else build.zeros(e.shape)
        done[e] = g
        if isinstance(e, Symbol) or e in stop or is_zero(g):
            continue
        linear = local_differential(e, moving)
        if moves(linear):
            pull(g, linear, into)
    return done


def is_zero(e: Expr) -> bool:
    return isinstance(e, Zeros) or number_value(e) == 0
