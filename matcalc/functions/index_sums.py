"""Sums over an index, written with matrices: Σ_i (a_i'x - b_i)^2 is the sum of (A*x - b).^2."""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction

from matcalc.errors import DomainError, NotSupportedError
from matcalc.expr import build
from matcalc.expr.nodes import Expr, Selection, SizeNumber, postorder, size_names
from matcalc.expr.sizes import AnySize, add_sizes, names_of, size_name
from matcalc.functions.batch import COLUMN, SCALAR, Batch, Many, Outer, Value

MAX_WINDOW = 64  # entries of x[i:i + k]


def sum_over(
    body: Expr, name: str, low: AnySize, high: AnySize, others: Collection[str] = ()
) -> Expr:
    """The sum of a body over i = low, ..., high, where the size called `name` is i.

    `others` are the indices of all sums of the text.
    """
    count = add_sizes(add_sizes(high, 1), low, -1)
    if isinstance(count, int) and count < 1:
        raise DomainError(f"the range {low}..{high} is empty")
    within = any(size_names(e) & (set(others) - {name}) for e in postorder(body) if not e.children)
    batch = Batch(count, lambda e: _values(e, name, low, count), apart=within)
    return batch.total(batch(body))


def _values(e: Expr, name: str, low: AnySize, count: AnySize) -> Value | None:
    """What a leaf is for each i; None where it is the same for all."""
    if e.children or name not in size_names(e):
        return None
    if isinstance(e, SizeNumber):
        return Many(_numbers(low, count), SCALAR)
    if not isinstance(e, Selection) or any(name in names_of(n) for n in e.shape):
        raise NotSupportedError(f"a sum over {name} of arrays whose sizes depend on {name}")
    shift = add_sizes(e.start, size_name(name), -1)
    if name in names_of(shift):
        raise NotSupportedError(f"the index {e.start} in a sum over {name}: only {name} plus")
    n, width = e.shape
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
