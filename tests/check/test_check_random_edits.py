"""One random edit of a right answer is found again: for gradients of the whole corpus.

The edits here are written anew, on expressions, and know nothing of how repairs are searched for.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

import matcalc as mc
from matcalc.answer import Derivation
from matcalc.checking import check_answer
from matcalc.errors import MatcalcError
from matcalc.expr import build
from matcalc.expr.nodes import (
    Apply,
    ElementPower,
    Expr,
    Hadamard,
    Inverse,
    Number,
    Power,
    Product,
    Sum,
    Transpose,
)

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "corpus"))
from check import load

SAMPLE = 100
SEED = 20240
REPAIRED = 0.95


# The edits: of a node, None where they do not apply


def transpose(e: Expr, rng: random.Random) -> Expr | None:
    return None if e.is_scalar else build.transpose(e)


def negate(e: Expr, rng: random.Random) -> Expr | None:
    if not isinstance(e, Sum):
        return None
    k = rng.randrange(len(e.terms))
    return build.add(*(build.negate(t) if i == k else t for i, t in enumerate(e.terms)))


def swap(e: Expr, rng: random.Random) -> Expr | None:
    if not isinstance(e, Product) or len(e.chain) < 2:
        return None
    k = rng.randrange(len(e.chain) - 1)
    chain = [*e.chain[:k], e.chain[k + 1], e.chain[k], *e.chain[k + 2 :]]
    return build.multiply(build.number(e.coefficient), *e.scalars, *chain)


def rescale(e: Expr, rng: random.Random) -> Expr | None:
    return build.multiply(rng.choice([2, Fraction(1, 2), -1]), e)


def drop_term(e: Expr, rng: random.Random) -> Expr | None:
    if not isinstance(e, Sum):
        return None
    k = rng.randrange(len(e.terms))
    return build.add(*e.terms[:k], *e.terms[k + 1 :])


def drop_inverse(e: Expr, rng: random.Random) -> Expr | None:
    return e.argument if isinstance(e, Inverse) else None


def drop_factor(e: Expr, rng: random.Random) -> Expr | None:
    if not isinstance(e, Product) or not e.scalars:
        return None
    k = rng.randrange(len(e.scalars))
    rest = (*e.scalars[:k], *e.scalars[k + 1 :])
    return build.multiply(build.number(e.coefficient), *rest, *e.chain)


def multiply_out(e: Expr, rng: random.Random) -> Expr | None:
    if not isinstance(e, Hadamard) or len(e.factors) != 2:
        return None
    return build.multiply(*e.factors)


def exponent(e: Expr, rng: random.Random) -> Expr | None:
    if not isinstance(e, Power | ElementPower) or not isinstance(e.exponent, Number):
        return None
    p = e.exponent.value + rng.choice([1, -1])
    return (build.power if isinstance(e, Power) else build.element_power)(e.base, p)


def argument(e: Expr, rng: random.Random) -> Expr | None:
    if not isinstance(e, Apply) or len(e.arguments) != 1 or not e.function.elementwise:
        return None
    inner = e.arguments[0]
    parts = [c for c in inner.children if c.shape == inner.shape]
    return build.apply(e.function, rng.choice(parts)) if parts else None


EDITS: tuple[Callable[[Expr, random.Random], Expr | None], ...] = (
    transpose, negate, swap, rescale, drop_term, drop_inverse, drop_factor, multiply_out,
    exponent, argument,
)  # fmt: skip


def somewhere(e: Expr, edit, rng: random.Random) -> Expr | None:
    """The expression with an edit at a random place of those where it applies."""
    ways: list[tuple[Expr, tuple]] = []
    stack: list[tuple[Expr, tuple]] = [(e, ())]
    while stack and len(ways) < 200:
        node, way = stack.pop()
        ways.append((node, way))
        stack += [(c, (*way, (node, i))) for i, c in enumerate(node.children)]
    rng.shuffle(ways)
    for node, way in ways:
        if edit is rescale and way and not isinstance(way[-1][0], Sum):
            continue  # a number anywhere else is a number of the term
        try:
            new = edit(node, rng)
            if new is None or new is node:
                continue
            for above, i in reversed(way):
                children = list(above.children)
                children[i] = new
                new = build.rebuild(above, children)
        except (MatcalcError, ArithmeticError):
            continue
        if new is not e and new.shape == e.shape:
            return new
    return None


def derived(case: dict) -> Derivation | None:
    if case.get("order", 1) != 1 or case.get("wirtinger") or "functions" in case:
        return None
    try:
        d = mc.derive(
            case["expr"], case["wrt"], case["where"], convention=case.get("convention", "projected")
        )
    except MatcalcError:
        return None
    good = isinstance(d, Derivation) and d.verification is not None and d.verification.ok
    return d if good and d.kind == "gradient" else None  # Jacobians are judged without repairs


def sample(count: int = SAMPLE, seed: int = SEED):
    """Triples (case, edit, wrong answer), the same ones every time."""
    rng = random.Random(seed)
    cases = [c for c in load() if "complex" not in c["tags"]]  # judged without repairs
    rng.shuffle(cases)
    found = 0
    for case in cases:
        d = derived(case)
        if d is None:
            continue
        edits = list(EDITS)
        rng.shuffle(edits)
        for edit in edits:
            wrong = somewhere(d.result, edit, rng)
            if wrong is not None and not isinstance(wrong, Transpose | Number):
                yield case, edit.__name__, d, wrong
                found += 1
                break
        if found >= count:
            return


def test_random_edits_of_right_answers_are_repaired():
    asked, repaired, slowest = 0, 0, 0.0
    missed = []
    for case, edit, d, wrong in sample():
        start = time.process_time()
        try:
            found = check_answer(d, wrong)
        except MatcalcError:
            continue  # undefined everywhere, or not to be judged
        slowest = max(slowest, time.process_time() - start)
        if found.verdict in ("right", "transposed", "other-convention"):
            continue  # the edit changed nothing, or only the layout
        asked += 1
        if found.repaired is not None:
            repaired += 1
        else:
            missed.append(f"{case['id']} {edit}: {d.result} became {wrong}")
    print(f"{repaired} of {asked} repaired, the slowest in {slowest:.1f} s")
    assert asked >= 60
    assert repaired >= REPAIRED * asked, "\n".join(missed)
    assert slowest < 5


if __name__ == "__main__":
    pytest.main([__file__, "-s"])
