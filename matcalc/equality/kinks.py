"""Points on either side of the breakpoints of piecewise functions, wherever those are.

abs(x - 50) is 50 - x at every point near the origin. On a line from a random point, the places
where an argument of a piecewise function passes its breakpoint are bracketed at growing distances
and closed in on; both sides are looked at, far from such a place and near to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from matcalc.equality.pair import MODERATE, Pair, constants, distance
from matcalc.equality.points import COMMUTING, Setting, draw_point, signed_variables
from matcalc.equality.sizes import Sizes, growing
from matcalc.expr import build
from matcalc.expr.nodes import Apply, Expr, SizeNumber, Sum, postorder, symbols
from matcalc.functions.record import Function
from matcalc.functions.stacked import vec
from matcalc.numeric.exact import Point, run
from matcalc.numeric.fields import Pole
from matcalc.numeric.precise import HighPrecision, Ridges
from matcalc.numeric.precise_functions import DIGITS

MOST_LEVELS = 8  # breakpoints that are looked for
LINES = 4  # random rays for each: two, and their opposites; more, if a level has no sign change
MOST_LINES = 12
ENTRIES = 2  # entries of an array whose breakpoints are looked at on a line
COARSE = 20  # digits for finding a bracket
DISTANCES = [0, *(4.0**k for k in range(-3, 31))]
STEPS = 80  # of closing in
DIP_STEPS = 30  # of looking for the least
Row = tuple[float, list[Any]]  # a place on a line, and entries there
CLOSE = 10**-42  # relative, at which that ends
NEAR = (1e-4, 1e-10)  # relative distances from a breakpoint at which is looked
SNAP = 30  # digits to which an argument at its breakpoint vanishes


def _differences(a: Expr) -> tuple[Expr, ...]:
    """What is 0 where two entries of a are equal."""
    column = a if a.shape[1] == 1 else vec(a)
    across = build.multiply(column, build.ones((1, column.shape[0])))
    return (build.subtract(across, build.transpose(across)),)


# Where a function's branches meet, by the condition in its record: what is 0 there.
LEVELS: dict[str, Callable[..., tuple[Expr, ...]]] = {
    "no entry of □ is 0": lambda a, *_: (a,),
    "no entry of □ is -1 or 1": lambda a: (build.subtract(a, 1), build.add(a, 1)),
    "□1 and □2 have no equal entries": lambda a, b: (build.subtract(a, b),),
    "the largest entry of □ is the only one of its size": _differences,
    "the smallest entry of □ is the only one of its size": _differences,
}
SMOOTH = frozenset({"elu"})  # of two branches that meet at 0 without a kink
JUMPS = frozenset({"sign", "step"})
LINEAR = frozenset(  # sets that contain p + t q with p and q, for t > 0
    ("R", "R+", "Sym", "Skew", "Diag", "Tril", "Triu", "Toep", "SymToep", "PSD", "SPD")
)

CONES = frozenset(("R+", "PSD", "SPD"))


def watched(nodes: tuple[Expr, ...]) -> list[Expr]:
    """What is watched for a change of sign: levels, and the sums in them.

    1 - (x - 50)^2 is positive near the zero of x - 50 only.
    """
    found = levels(nodes)
    inside = [e for e in postorder(*found) if isinstance(e, Sum) and symbols(e)]
    return list(dict.fromkeys([*found, *inside]))[: 2 * MOST_LEVELS]


def levels(
    nodes: tuple[Expr, ...], names: frozenset[str] | None = None, everywhere: bool = False
) -> list[Expr]:
    """What is 0 at the breakpoints of the piecewise functions (of these names) among the nodes.

    Of variables, or everywhere, of sizes too.
    """
    found: dict[Expr, None] = {}
    for e in nodes:
        if not isinstance(e, Apply) or not isinstance(e.function, Function):
            continue
        if names is not None and e.function.name not in names:
            continue
        if e.function.name in SMOOTH:
            found[e.arguments[0]] = None
        for c in e.function.conditions:
            if c.text in LEVELS:
                found.update(dict.fromkeys(LEVELS[c.text](*e.arguments)))
    return [g for g in found if everywhere or symbols(g)][:MOST_LEVELS]


def breaking_sizes(pair: Pair) -> list[int]:
    """Sizes beside which a piecewise function may change over, as at 50 for relu(n - 50)."""
    near: set[int] = set()
    for g in levels(pair.nodes, everywhere=True):
        inside = list(postorder(g))
        if any(isinstance(e, SizeNumber) for e in inside):
            near |= {int(abs(c)) for e in inside for c in constants(e)}
    return sorted(near - {0})


def sizes_beyond(pair: Pair, breaking: list[int]) -> list[Sizes]:
    """Larger sizes to compare at, up to those and beside them."""
    near = {c + k for c in breaking if c < MODERATE for k in (-1, 0, 1) if c + k > 0}
    return growing(pair.wanted, pair.nodes, near) if near else []


@dataclass(frozen=True)
class Line:
    """The points p + t q for random p and q of the sets, t >= 0; what is in no linear set stays.

    `back` has p - t q where that is in the set as well.
    """

    pair: Pair
    sizes: Sizes
    setting: Setting
    seed: str
    back: bool = False
    drawn: dict[int, tuple[Point, Point]] = field(default_factory=dict, compare=False)

    def at(self, t: Any, digits: int) -> Point:
        start, way = self._ends(digits)
        values = dict(start.values)
        for s in self.pair.wanted.symbols:
            kind = self.setting.sets.get(s.name, s.set.name)
            if kind in LINEAR:
                step = start.numbers.ctx.mpf(t)
                if self.back and kind not in CONES:
                    step = -step
                values[s.name] = values[s.name] + way.values[s.name] * step
        numbers = start.numbers.again("")
        return replace(start, values=values, numbers=numbers, functions=Ridges(numbers), memo={})

    def _ends(self, digits: int) -> tuple[Point, Point]:
        if digits not in self.drawn:
            self.drawn[digits] = self._draw("from", digits), self._draw("along", digits)
        return self.drawn[digits]

    def _draw(self, word: str, digits: int) -> Point:
        numbers = HighPrecision(f"{self.seed} {word}", digits, mixed=True)
        functions = Ridges(numbers)
        return draw_point(self.pair.nodes, numbers, self.sizes, self.setting, functions)

    def level(self, g: tuple[Expr, ...], t: Any, digits: int) -> list[Any] | None:
        """The entries of the last of the nodes; None where it has no value."""
        try:
            memo = run(g, self.at(t, digits))
        except Pole:
            return None
        return list(np.asarray(memo[g[-1]], dtype=object).flat)


def beside_kinks(pair: Pair, sizes: Sizes, setting: Setting) -> Iterator[Callable[[int], Any]]:
    """Both sides beside breakpoints, as functions of the number of digits."""
    for line, (low, high), root in _crossings(pair, watched(pair.nodes), sizes, setting):
        near = [root * (1 + sign * d) for d in NEAR for sign in (-1, 1)]
        for t in (low, high, *near):
            yield partial(_values, pair, line, t)


def _values(pair: Pair, line: Line, t: Any, digits: int) -> tuple[Any, Any, Point]:
    return pair.values_at(line.at(t, digits))


def _crossings(
    pair: Pair, found: list[Expr], sizes: Sizes, setting: Setting
) -> Iterator[tuple[Line, tuple[Any, Any], Any]]:
    """Lines on which a level changes its sign: between which points, and where."""
    if pair.complex or any(k.startswith(COMMUTING) for k in setting.sets.values()):
        return
    signs = 2 ** min(signed_variables(pair.nodes, setting), 3)
    for g in found:
        order = tuple(postorder(g))
        crossed = False
        for number in range(MOST_LINES):
            if crossed and number >= LINES:
                break
            setting = Setting(setting.sets, number % signs)
            seed = f"{pair.seed} kink {number // 2}"
            line = Line(pair, sizes, setting, seed, number % 2 == 1)
            for i, low, high in _brackets(line, order):
                crossed = True
                yield line, (low, high), _closed_in(line, order, i, low, high)


def _brackets(line: Line, g: tuple[Expr, ...]) -> Iterator[tuple[int, float, float]]:
    """Entries that change their sign on a line, and between which of its points."""
    found = list(_rows(line, g, DISTANCES))
    nearest = zip(found, found[1:], found[2:], strict=False)
    found += [dip for three in nearest for dip in _dip(line, g, *three)]
    done: set[int] = set()
    for (low, before), (high, after) in pairwise(sorted(found, key=lambda row: row[0])):
        for i, (a, b) in enumerate(zip(before, after, strict=True)):
            if i not in done and a * b < 0 and len(done) < ENTRIES:
                done.add(i)
                yield i, low, high


def _rows(line: Line, g: tuple[Expr, ...], places: Iterable[float]) -> Iterator[Row]:
    for t in places:
        entries = line.level(g, t, COARSE)
        if entries is not None:
            yield t, entries


def _dip(line: Line, g: tuple[Expr, ...], left: Row, middle: Row, right: Row) -> list[Row]:
    """Where an entry that is nearest to 0 between two points, of one sign at them, is beyond it."""
    for i, (a, b, c) in enumerate(zip(left[1], middle[1], right[1], strict=True)):
        if abs(b) >= min(abs(a), abs(c)) or a * b <= 0 or b * c <= 0:
            continue
        low, high, sign = left[0], right[0], 1 if b > 0 else -1
        for _ in range(DIP_STEPS):
            rows = list(_rows(line, g, ((2 * low + high) / 3, (low + 2 * high) / 3)))
            beyond = [row for row in rows if row[1][i] * sign < 0]
            if beyond or len(rows) < 2:
                return beyond[:1]
            first, second = rows
            if first[1][i] * sign < second[1][i] * sign:
                high = second[0]
            else:
                low = first[0]
    return []


def _closed_in(line: Line, g: tuple[Expr, ...], i: int, low: float, high: float) -> Any:
    """The place of a sign change, by false position that halves an end that stays (Illinois)."""
    a, b = (line.at(t, DIGITS).numbers.ctx.mpf(t) for t in (low, high))
    ends = [line.level(g, t, DIGITS) for t in (a, b)]
    if ends[0] is None or ends[1] is None:
        return (a + b) / 2
    fa, fb, side = ends[0][i], ends[1][i], 0
    for _ in range(STEPS):
        if fa == fb or abs(b - a) <= CLOSE * abs(b):
            break
        t = (a * fb - b * fa) / (fb - fa)
        values = line.level(g, t, DIGITS)
        if values is None or values[i] == 0:
            return t
        if values[i] * fb > 0:
            b, fb = t, values[i]
            fa, side = (fa / 2, -1) if side == -1 else (fa, -1)
        else:
            a, fa = t, values[i]
            fb, side = (fb / 2, 1) if side == 1 else (fb, 1)
    return b if abs(fb) < abs(fa) else a


# Values at a jump


def unequal_at(pair: Pair, sizes: Sizes, setting: Setting) -> list[Expr]:
    """The arguments of sign and step at whose zeros both sides, otherwise equal, differ."""
    return [
        g
        for g in levels(pair.nodes, JUMPS)
        if any(_differ(pair, p) for p in _zeros(pair, g, sizes, setting))
    ]


def _zeros(pair: Pair, g: Expr, sizes: Sizes, setting: Setting) -> Iterator[Point]:
    """Points at which an entry of g is 0: where a variable is, or on a line."""
    line = Line(pair, sizes, setting, f"{pair.seed} zero")
    for s in symbols(g):
        point = line.at(0, DIGITS)
        point.values[s.name] = point.values[s.name] * 0
        try:
            memo = run(tuple(postorder(g)), replace(point, memo={}))
        except Pole:
            continue
        if s.set.name in LINEAR - CONES and any(
            x == 0 for x in np.asarray(memo[g], dtype=object).flat
        ):
            yield point
    for line, _, root in _crossings(pair, [g], sizes, setting):
        point = line.at(root, DIGITS)
        point.numbers.snap = point.numbers.ctx.mpf(10) ** -SNAP
        yield point


def _differ(pair: Pair, point: Point) -> bool:
    try:
        left, right, _ = pair.values_at(point)
    except Pole:
        return False
    numbers = point.numbers
    return bool(distance(left, right) > numbers.ctx.mpf(10) ** -20 * max(1, numbers.largest))
