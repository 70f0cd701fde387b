"""Slices: products with columns of the identity."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, TypeGuard

from matcalc.expr import build
from matcalc.expr.nodes import ONE, Apply, Expr, Selection, Transpose, is_call
from matcalc.expr.sizes import AnySize, Size, add_sizes, multiply_sizes
from matcalc.simplify import identities_arrays, rules

if TYPE_CHECKING:
    from matcalc.simplify.normal_form import Simplifier


def joined(left: Expr, right: Expr, s: Simplifier) -> Expr | None:
    """A product with columns of the identity as what they select; None where it stays a product."""
    rows = left.argument if isinstance(left, Transpose) else None
    if isinstance(right, Selection):
        if isinstance(rows, Selection):
            return _none_in_common(rows, right, s)
        return _columns(left, right, s)
    if not isinstance(rows, Selection):
        return None
    if _is_diagonal(right) and _is_column(rows):
        return s.transpose(single_entry(s, [*right.arguments, rows], rows))
    found = _columns(build.transpose(right), rows, s)
    return None if found is None else s.transpose(found)


def _none_in_common(a: Selection, b: Selection, s: Simplifier) -> Expr | None:
    """eye(n)[:,a:b]'*eye(n)[:,c:d] as 0, where no column is in both."""
    if not (_lies_before(a, b) or _lies_before(b, a)):
        return None
    s.note(rules.SELECTED_APART)
    return build.zeros((a.shape[1], b.shape[1]))


def _columns(e: Expr, chosen: Selection, s: Simplifier) -> Expr | None:
    """Columns of hcat(A, B, ...) or of vcat(A, B, ...)' that lie within one of the arrays."""
    turned = isinstance(e, Transpose)
    stack = e.argument if isinstance(e, Transpose) else e
    if not is_call(stack, "vcat" if turned else "hcat"):
        return None
    start = chosen.start
    for array in stack.arguments:
        part = s.transpose(array) if turned else array
        width = part.shape[1]
        after = add_sizes(add_sizes(start, chosen.shape[1]), add_sizes(width, 1), -1)
        if _is_nonnegative(add_sizes(start, -1)) and _is_nonnegative(multiply_sizes(-1, after)):
            s.note(identities_arrays.PART_OF_ROWS if turned else identities_arrays.PART_OF_COLUMNS)
            return s.product(ONE, (), (part, build.selection(width, start, chosen.shape[1])))
        start = add_sizes(start, width, -1)
    return None


def _lies_before(a: Selection, b: Selection) -> bool:
    """Whether the last column of a comes before the first of b, whatever the sizes are."""
    return _is_nonnegative(add_sizes(b.start, add_sizes(a.start, a.shape[1]), -1))


def _is_nonnegative(size: AnySize) -> bool:
    """Whether a difference of sizes is at least 0, each name being at least 1."""
    if not isinstance(size, Size):
        return size >= 0
    negative = sum((min(c, Fraction(0)) for m, c in size.terms if m), Fraction(0))
    return negative == 0 and sum(c for _, c in size.terms) >= 0


def entry_first(piece: list[Expr]) -> list[Expr]:
    """y'*eye(n)[:,k] as the other way round, y[k]."""
    if len(piece) != 2 or not isinstance(piece[1], Selection):
        return piece
    return [build.transpose(piece[1]), build.transpose(piece[0])]


def selects_entry(t: Expr) -> bool:
    """Whether a term is a column of the identity over a number, as in the gradient of log(x[k])."""
    _, scalars, rest = build.scalar_parts(t)
    return _is_column(rest) and any(build.is_denominator(f) for f in scalars)


def _is_column(e: Expr | None) -> TypeGuard[Selection]:
    return isinstance(e, Selection) and e.shape[1] == 1


def of_column(s: Simplifier, arrays: list[Expr]) -> Expr | None:
    """An entrywise product with a column of the identity."""
    column = next((f for f in arrays if _is_column(f)), None)
    return None if column is None else single_entry(s, arrays, column)


def single_entry(s: Simplifier, arrays: list[Expr], column: Selection) -> Expr:
    """x.*eye(n)[:,k] as x[k]*eye(n)[:,k]."""
    s.note(identities_arrays.SINGLE_ENTRY)
    rest = s.hadamard([f for f in arrays if f is not column])
    entry = build.multiply(build.transpose(column), rest)
    return s.product(ONE, (entry,), (column,))


def beside_diagonal(left: Expr, right: Expr) -> bool:
    """Whether these are diag(x) and a column of the identity, or a row: x[k] of it is left."""
    row = isinstance(left, Transpose) and _is_column(left.argument)
    return (row and _is_diagonal(right)) or (_is_column(right) and _is_diagonal(left))


def _is_diagonal(e: Expr) -> TypeGuard[Apply]:
    """Whether this is diag(x) of a column x, a matrix; diag(A) is a column."""
    return is_call(e, "diag") and e.arguments[0].shape[1] == 1
