"""Deciding whether two expressions are equal, with a counterexample or an assumption if not.

compare(left, right) of expressions, equivalent(a, b, where) of texts too -> Verdict
"""

from __future__ import annotations

from collections.abc import Collection

from matcalc.calculus.conditions import conditions_of
from matcalc.equality import verdict
from matcalc.equality.assumptions import assumption_for
from matcalc.equality.counterexample import at_sizes, reported, smallest
from matcalc.equality.decide import decide
from matcalc.equality.joint import read_together
from matcalc.equality.kinks import unequal_at
from matcalc.equality.pair import Outcome, Pair
from matcalc.equality.points import Setting
from matcalc.equality.verdict import Verdict
from matcalc.expr import build
from matcalc.expr.nodes import (
    Differential,
    Expr,
    Number,
    Power,
    SizeNumber,
    Symbol,
    is_call,
    postorder,
    symbols,
)
from matcalc.expr.rewrite import substitute
from matcalc.expr.sizes import shape_text
from matcalc.workspace import Workspace

__all__ = ["Verdict", "compare", "equivalent", "is_equal", "outcome_of"]


def equivalent(a: str | Expr, b: str | Expr, where: str = "", *, seed: int = 0) -> Verdict:
    """Whether two expressions are equal wherever both are defined.

        equivalent("A*B*inv(A*B)", "I", "A in R[m,n]; B in R[n,m]")
        equivalent("(A + B)^2", "A^2 + 2*A*B + B^2")

    Undeclared names mean the same in both. Rational expressions are compared exactly, modulo large
    primes at random points of several sizes (Schwartz–Zippel); others to 50 digits, and `method`
    says so. Different ones come with the smallest counterexample found, and with an assumption
    that would make them equal, if a natural one does.
    Raises a MatcalcError that names the place and the cause.
    """
    left, right = read_together(a, b, Workspace(where).scope)
    return compare(left, right, seed=seed)


def compare(
    left: Expr, right: Expr, *, wrt: Collection[str] | None = None, seed: int = 0
) -> Verdict:
    """The verdict on two expressions.

    Differentials are total: d(A*x) is d(A)*x + A*d(x). With `wrt`, the names of variables, all
    others are constants.
    """
    if left is right:
        return Verdict(True, method="the same expression", message="equal: the same expression")
    if left.shape != right.shape:
        return _different_shapes(left, right, seed)
    pair = Pair(_worked_out(left, wrt), _worked_out(right, wrt), seed)
    outcome = decide(pair)
    if outcome.equal:
        return verdict.equal(outcome.method, _conditions(pair, outcome), outcome.sizes)
    found = smallest(pair) or at_sizes(pair, outcome.sizes[0], seed)
    gap = ""
    if found is None and outcome.seen is not None:
        found, gap = reported(pair, outcome.seen), outcome.seen.gap
    point, values, sizes = found if found is not None else (None, None, outcome.sizes[0])
    method = "an exact counterexample" if outcome.exact else outcome.method
    return verdict.different(method, point, values, assumption_for(pair), (sizes,), gap)


def is_equal(left: Expr, right: Expr, *, wrt: Collection[str] | None = None, seed: int = 0) -> bool:
    """Only whether they are equal, without a counterexample or an assumption: quick."""
    if left is right:
        return True
    return left.shape == right.shape and outcome_of(left, right, wrt=wrt, seed=seed).equal


def outcome_of(
    left: Expr, right: Expr, *, wrt: Collection[str] | None = None, seed: int = 0
) -> Outcome:
    """What random points say of two expressions of one shape."""
    return decide(Pair(_worked_out(left, wrt), _worked_out(right, wrt), seed))


def _different_shapes(left: Expr, right: Expr, seed: int) -> Verdict:
    """Different shapes are an answer, too."""
    shapes = f"the shapes differ: {shape_text(left.shape)} and {shape_text(right.shape)}"
    hint = ""
    if left.shape == right.shape[::-1] and is_equal(build.transpose(left), right, seed=seed):
        hint = "; one is the transpose of the other"
    return Verdict(False, method="shapes", message=f"different: {shapes}{hint}")


def _worked_out(e: Expr, wrt: Collection[str] | None) -> Expr:
    """The differentials of sub-expressions worked out, down to those of variables."""
    from matcalc.workspace import differential

    if "differential" not in e.facts:
        return e
    found: dict[Expr, Expr] = {}
    for node in postorder(e):
        if type(node) is Differential:
            moving = [s for s in symbols(node) if wrt is None or s.name in wrt]
            if not moving:
                found[node] = build.zeros(node.shape)
            elif type(node.argument) is not Symbol:
                found[node] = differential(node.argument, moving)
    return substitute(e, found) if found else e


def _conditions(pair: Pair, outcome: Outcome) -> tuple[str, ...]:
    """What has to hold for both sides to be defined and equal.

    What both ask for is left out; at the jumps of sign and step they may differ.
    """
    first, second = (conditions_of({_asking(e): ()}) for e in (pair.left, pair.right))
    common = set(first) & set(second)
    jumps: list[str] = []
    if not outcome.exact:
        for g in unequal_at(pair, outcome.sizes[0], Setting()):
            jumps += conditions_of({build.element_power(g, -1): ()})
    return tuple(c for c in dict.fromkeys((*first, *second, *jumps)) if c not in common)


def _asking(e: Expr) -> Expr:
    """The expression without what asks for nothing where only values count: roots of what is never
    negative, for which their arguments stand, and powers like c^n, for which squares do: sizes are
    whole."""
    idle: dict[Expr, Expr] = {}
    for p in postorder(e):
        if type(p) is Power and p.is_scalar and _sizes_only(p.exponent):
            idle[p] = build.power(p.base, 2)
        elif is_call(p, "sqrt") and "nonnegative" in p.arguments[0].facts:
            idle[p] = p.arguments[0]
    return substitute(e, idle) if idle else e


def _sizes_only(e: Expr) -> bool:
    leaves = [x for x in postorder(e) if not x.children]
    return any(type(x) is SizeNumber for x in leaves) and all(
        type(x) in (SizeNumber, Number) for x in leaves
    )
