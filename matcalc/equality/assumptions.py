"""Natural assumptions under which two different expressions are equal.

Each re-declares variables (A in Sym[n], B commuting with A, Q in Orth[n]) and compares again.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, permutations

from matcalc.equality.decide import decide
from matcalc.equality.pair import Pair
from matcalc.equality.points import COMMUTING, FULL_RANK, LOW_RANK, Setting
from matcalc.errors import MatcalcError
from matcalc.expr.nodes import Symbol, is_call
from matcalc.expr.rewrite import substitute
from matcalc.expr.sizes import names_of, size_name

MOST = 40  # assumptions tried
SQUARE = (  # of a square matrix: the set, and what it is called
    ("Sym", "symmetric"),
    ("Orth", "orthogonal"),
    ("Skew", "skew-symmetric"),
    ("Diag", "diagonal"),
)

Assumption = tuple[str, dict[str, str]]


def assumption_for(pair: Pair) -> str | None:
    """The first of a handful of natural assumptions that makes both sides equal."""
    free = _free(pair)
    for k, (text, sets) in enumerate(_settings(free, pair)):
        if k >= MOST:
            break
        if _holds(pair, Setting(sets)):
            return text
    return _equal_sizes(pair)


def _holds(pair: Pair, setting: Setting) -> bool:
    try:
        return decide(pair, setting, quick=True).equal and decide(pair, setting).equal
    except MatcalcError:
        return False


def _free(pair: Pair) -> list[Symbol]:
    """The variables of which nothing is declared but the shape."""
    return [e for e in pair.nodes if type(e) is Symbol and e.set.name == "R"]


def _settings(free: list[Symbol], pair: Pair) -> Iterator[Assumption]:
    square = [s for s in free if s.shape[0] == s.shape[1] and not s.is_scalar]
    if any(is_call(e, "pinv") for e in pair.nodes):
        yield from _full_ranks(pair)
    for s in square:
        yield f"{s.name} symmetric", {s.name: "Sym"}
    for a, b in combinations(square, 2):
        if a.shape == b.shape:
            yield f"{a.name} and {b.name} commute", {b.name: COMMUTING + a.name}
    yield from _together(square, "Sym", "symmetric")
    for kind, word in SQUARE[1:]:
        for s in square:
            yield f"{s.name} {word}", {s.name: kind}
        if kind == "Diag":
            yield from _together(square, kind, word)
    for s in free:
        if s.shape[1] != 1 and s.shape[0] != s.shape[1]:
            yield f"{s.name} has orthonormal columns", {s.name: "Stiefel"}
    if pair.inexact:
        for s in free:
            if s.is_scalar:
                yield f"{s.name} > 0", {s.name: "R+"}
        for s in free:
            if not s.is_scalar:
                yield f"all entries of {s.name} > 0", {s.name: "R+"}
        everything = [s for s in free if s not in square]
        if len(everything) > 1:
            text = " and ".join(f"{s.name} > 0" for s in everything)
            yield text, {s.name: "R+" for s in everything}
        for s in square:
            yield f"{s.name} positive definite", {s.name: "SPD"}
    for s in free:
        if s.shape[1] == 1 and not s.is_scalar:
            yield f"‖{s.name}‖ = 1", {s.name: "Sphere"}
            yield f"sum({s.name}) = 1", {s.name: "Simplex"}


def _full_ranks(pair: Pair) -> Iterator[Assumption]:
    """The matrices, the vectors and numbers, or all of them are of full rank."""
    found = [s for s in pair.wanted.symbols if s.set.name in LOW_RANK]
    flat = [s for s in found if 1 in s.shape]
    matrices = [s for s in found if s not in flat]
    square = all(s.shape[0] == s.shape[1] for s in matrices)
    texts = [f"{s.name} ≠ 0" for s in flat]
    if matrices:
        names = " and ".join(s.name for s in matrices)
        texts.append(f"{names} {'nonsingular' if square else 'of full rank'}")
        yield texts[-1], {s.name: FULL_RANK + s.set.name for s in matrices}
    if flat:
        yield ", ".join(texts[: len(flat)]), {s.name: FULL_RANK + s.set.name for s in flat}
    if matrices and flat:
        yield ", ".join(texts), {s.name: FULL_RANK + s.set.name for s in found}


def _together(square: list[Symbol], kind: str, word: str) -> Iterator[Assumption]:
    """Two, and all, of the square matrices in one set."""
    groups = list(combinations(square, 2)) if len(square) > 1 else []
    if len(square) > 2:
        groups.append(tuple(square))  # type: ignore[arg-type]
    for group in groups:
        names = [s.name for s in group]
        text = f"{', '.join(names[:-1])} and {names[-1]} {word}"
        yield text, dict.fromkeys(names, kind)


def _equal_sizes(pair: Pair) -> str | None:
    """ "A square" where two sizes being equal makes the sides equal."""
    names = pair.wanted.names
    for keep, drop in permutations(names, 2):
        if names.index(keep) > names.index(drop):
            continue
        try:
            renamed = {drop: size_name(keep)}
            left, right = (substitute(e, {}, renamed) for e in (pair.left, pair.right))
            if left.shape == right.shape and decide(Pair(left, right, pair.seed)).equal:
                return _square_text(pair, keep, drop)
        except MatcalcError:
            continue
    return None


def _square_text(pair: Pair, keep: str, drop: str) -> str:
    for e in pair.nodes:
        if type(e) is Symbol:
            names = [set(names_of(d)) for d in e.shape]
            if names in ([{keep}, {drop}], [{drop}, {keep}]):
                return f"{e.name} square"
    return f"{keep} = {drop}"
