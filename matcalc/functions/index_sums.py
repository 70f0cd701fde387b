"""Sums over an index, written with matrices: Σ_i (a_i'x - b_i)^2 is the sum of (A*x - b).^2."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fractions import Fraction

from matcalc.errors import DomainError, NotSupportedError
from matcalc.expr import build
from matcalc.expr.nodes import Expr, Selection, SizeNumber, postorder, size_names
from matcalc.expr.sizes import AnySize, add_sizes, names_of, size_name
from matcalc.functions.batch import COLUMN, SCALAR, Batch, Many, Outer, Value
from matcalc.functions.forms import flipped
from matcalc.functions.guards import guarded
from matcalc.functions.pairs import is_symmetric

MAX_WINDOW = 64  # entries of x[i:i + k]


Range = tuple[AnySize, AnySize]  # the first number and the last


def sum_over(
    body: Expr,
    name: str,
    low: AnySize,
    high: AnySize,
    others: Collection[str] = (),
    around: Mapping[str, Range] | None = None,
) -> Expr:
    """The sum of a body over i = low, ..., high, where the size called `name` is i.

    `others` are the indices of all sums of the text, `around` the ranges of those around this one.
    """
    for outer, of in (around or {}).items():
        if outer in names_of(low) or outer in names_of(high):
            body, low, high = _within(body, name, (low, high), outer, of)
    count = add_sizes(add_sizes(high, 1), low, -1)
    if isinstance(count, int) and count < 1:
        raise DomainError(f"the range {low}..{high} is empty")
    within = any(size_names(e) & (set(others) - {name}) for e in postorder(body) if not e.children)
    batch = Batch(count, lambda e: _values(e, name, low, count), apart=within)
    return batch.total(batch(body))


def _within(
    body: Expr, name: str, own: Range, outer: str, of: Range
) -> tuple[Expr, AnySize, AnySize]:
    """A sum over j = 1, ..., i as one over all j, where each term has a factor of 1 or 0.

    The factor is the entry i,j of a triangular matrix of ones; of terms that are the same for i,j
    and j,i it is half the entry of a matrix of ones without its diagonal.
    """
    low, high = own
    i, j = size_name(outer), size_name(name)
    below = outer in names_of(high)
    size, gap = (of[1], add_sizes(i, high, -1)) if below else (high, add_sizes(low, i, -1))
    room = add_sizes(size, of[1], -1)
    if (outer in names_of(low) and below) or gap not in (0, 1):
        end, last = (high, f"{outer} or {outer} - 1") if below else (low, f"{outer} or {outer} + 1")
        raise NotSupportedError(f"a sum over {name} with the bound {end}: only {last}, once")
    if not isinstance(room, int) or room < 0:
        raise NotSupportedError(f"a sum over {name} up to {high}, where {outer} goes up to {of[1]}")
    square = gap == 1 and (low == of[0] if below else room == 0) and of[0] == 1
    halved = square and is_symmetric(body, outer, name)
    inside, outside = _different(size) if halved else _triangles(size, below, gap == 1)
    row, column = build.transpose(build.selection(size, i, 1)), build.selection(size, j, 1)
    within, beyond = (build.multiply(row, t, column) for t in (inside, outside))
    both = (outer, name) if halved else None
    body = guarded(body, within, beyond, frozenset({name, outer}), both)
    half = Fraction(1, 2) if halved else 1
    return build.multiply(half, within, body), low if below else of[0], size


def _different(n: AnySize) -> tuple[Expr, Expr]:
    """Ones off the diagonal, and what they lack of all ones: pairs of different indices."""
    return build.subtract(build.ones((n, n)), build.identity(n)), build.identity(n)


def _triangles(n: AnySize, below: bool, strictly: bool) -> tuple[Expr, Expr]:
    """The triangle of ones below (or above) the diagonal, and what it lacks of all ones."""
    from matcalc.functions import lookup

    lower, upper = (build.apply(lookup(name), build.ones((n, n))) for name in ("tril", "triu"))
    own, other = (lower, upper) if below else (upper, lower)
    diagonal = build.identity(n)
    if strictly:
        return build.subtract(own, diagonal), other
    return own, build.subtract(other, diagonal)


def _values(e: Expr, name: str, low: AnySize, count: AnySize) -> Value | None:
    """What a leaf is for each i; None where it is the same for all."""
    if e.children or name not in size_names(e):
        return None
    if isinstance(e, SizeNumber):
        return Many(_numbers(low, count), SCALAR)
    if not isinstance(e, Selection) or any(name in names_of(n) for n in e.shape):
        raise NotSupportedError(f"a sum over {name} of arrays whose sizes depend on {name}")
    n, width = e.shape
    mirrored = add_sizes(e.start, size_name(name))
    if name not in names_of(mirrored) and width == 1:  # x[n + 1 - i]
        last = add_sizes(add_sizes(low, count), 1, -1)
        return Many(flipped(_rows(n, add_sizes(mirrored, last, -1), count)), COLUMN)
    shift = add_sizes(e.start, size_name(name), -1)
    if name in names_of(shift):
        raise NotSupportedError(f"the index {e.start} in a sum over {name}: {name} plus or minus")
    first = add_sizes(low, shift)
    if width == 1:
        return Many(_rows(n, first, count), COLUMN)
    if not isinstance(width, int) or width > MAX_WINDOW:
        raise NotSupportedError(f"a range of {width} entries that depends on {name}")
    one = build.ones((count, 1))
    pairs = []
    for k in range(width):
        place = build.transpose(build.selection(width, k + 1, 1))
        pairs.append((_rows(n, add_sizes(first, k), count), build.multiply(one, place)))
    return Outer(tuple(pairs), None)


def _rows(n: AnySize, first: AnySize, count: AnySize) -> Expr:
    """The rows first, first + 1, ... of the identity."""
    return build.transpose(build.selection(n, first, count))


def _numbers(low: AnySize, count: AnySize) -> Expr:
    """low, low + 1, ... as a column."""
    from matcalc.functions import lookup

    ones = build.ones((count, 1))
    steps = build.apply(lookup("cumsum"), ones)
    before = build.add(build.size_number(low), build.number(Fraction(-1)))
    return build.add(steps, build.multiply(before, ones))
