"""Which sizes two expressions are compared at."""

from __future__ import annotations

from collections.abc import Iterator

from matcalc.equality.degree import associative, operations, size_degree, word_degree
from matcalc.errors import ShapeError
from matcalc.expr.nodes import Expr
from matcalc.numeric.sample import Survey, largest

Sizes = dict[str, int]
LARGEST = 9  # rows of a matrix, for the size that exceeds what the degree asks for
BUDGET = 60_000  # multiplications at the largest sizes
MOST_SIZES = 128  # different values of a size that is used as a number


def possible(wanted: Survey, sizes: Sizes) -> bool:
    """Whether all shapes come out as positive whole numbers, and not too large."""
    try:
        return 0 < largest(wanted, sizes) <= 5000
    except ShapeError:
        return False


def schedule(wanted: Survey, nodes: tuple[Expr, ...], roots: tuple[Expr, ...]) -> list[Sizes]:
    """Sizes to compare at, the most telling ones first.

    All different, in both orders, all equal; equal and larger than what the degree asks for, as
    far as time allows; where sizes are numbers in the expressions, more values than the degree.
    """
    names = wanted.names
    if not names:
        return [{}]
    count = len(names)
    found: list[Sizes] = []
    for values in _patterns(count, wanted.constants):
        _keep(found, dict(zip(names, values, strict=True)), wanted)
    _keep(found, _large(names, nodes, roots, wanted), wanted)
    degree = max(size_degree(r) for r in roots)
    for k in range(1, min(degree + 3, MOST_SIZES) if degree > 1 else 0):
        values = [1 + (k * (i + 1) + i) % (degree + 4) for i in range(count)]
        values[0] = k
        sizes = dict(zip(names, values, strict=True))
        if possible(wanted, sizes) and operations(nodes, sizes) <= BUDGET:
            _keep(found, sizes, wanted)
    return found


def _patterns(count: int, constants: frozenset[int]) -> Iterator[list[int]]:
    free = [s for s in range(2, count + 3 + len(constants)) if s not in constants][:count]
    yield free
    yield free[::-1]
    yield [3] * count
    yield [2] * count
    yield [1] * count


def growing(wanted: Survey, nodes: tuple[Expr, ...], beside: set[int]) -> list[Sizes]:
    """Powers of two, and sizes beside numbers, as far as time allows: all names equal."""
    found: list[Sizes] = []
    for size in sorted({2**k for k in range(3, 31)} | beside):
        sizes = dict.fromkeys(wanted.names, size)
        if possible(wanted, sizes) and operations(nodes, sizes) <= BUDGET:
            found.append(sizes)
    return found


def _keep(found: list[Sizes], sizes: Sizes, wanted: Survey) -> None:
    if sizes not in found and possible(wanted, sizes):
        found.append(sizes)


def enough(roots: tuple[Expr, ...], nodes: tuple[Expr, ...]) -> int:
    """The number of rows at which no identity of this degree holds by accident."""
    degree = max(word_degree(r) for r in roots)
    return degree // 2 + 1 if associative(nodes) else degree + 1


def _large(
    names: tuple[str, ...], nodes: tuple[Expr, ...], roots: tuple[Expr, ...], wanted: Survey
) -> Sizes:
    """All names equal, and as large as the degree asks for if time allows."""
    for k in range(max(4, min(enough(roots, nodes), LARGEST)), 2, -1):
        sizes = dict.fromkeys(names, k)
        if possible(wanted, sizes) and operations(nodes, sizes) <= BUDGET:
            return sizes
    return dict.fromkeys(names, 2)


def small_first(wanted: Survey) -> Iterator[Sizes]:
    """Sizes for a counterexample, smallest total first."""
    names = wanted.names
    if not names:
        yield {}
        return
    candidates = [dict.fromkeys(names, k) for k in (1, 2, 3, 4)]
    if len(names) > 1:
        for k in (1, 2):
            candidates += [{**dict.fromkeys(names, k), n: k + 1} for n in names]
            candidates += [{**dict.fromkeys(names, k + 1), n: k} for n in names]
    candidates += [dict(zip(names, range(2, 2 + len(names)), strict=True))]
    seen: list[Sizes] = []
    for sizes in sorted(candidates, key=lambda s: sum(s.values())):
        if sizes not in seen and possible(wanted, sizes):
            seen.append(sizes)
            yield sizes


def sizes_text(tried: tuple[Sizes, ...]) -> str:
    """The sizes tried, as in n = 2, 3, 5 or (m, n) = (2, 3), (3, 2)."""
    distinct = [dict(t) for t in dict.fromkeys(tuple(s.items()) for s in tried)]
    if not distinct or not distinct[0]:
        return ""
    names = list(distinct[0])
    shown = distinct if len(distinct) <= 6 else [*distinct[:5], distinct[-1]]
    if len(names) == 1:
        values = sorted({s[names[0]] for s in distinct})
        return f"{names[0]} = {', '.join(map(str, values))}"
    points = [f"({', '.join(str(s[n]) for n in names)})" for s in shown]
    middle = [*points[:-1], "...", points[-1]] if len(shown) < len(distinct) else points
    return f"({', '.join(names)}) = {', '.join(middle)}"
