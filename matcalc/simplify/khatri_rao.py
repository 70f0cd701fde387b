"""Diagonal matrices and Khatri-Rao products in chains.

    (A ⊗ B)(C * D) = AC * BD      (A * B)'(C * D) = A'C ⊙ B'D      (A * B)' vec(X) = diag(B'XA)

Here * is the Khatri-Rao product. Source: C. R. Rao, M. B. Rao, Matrix Algebra and Its Applications
to Statistics, ch. 6.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcalc.expr import build
from matcalc.expr.nodes import ONE, Expr, Kronecker, Sum, Transpose, is_call
from matcalc.simplify import identities_arrays
from matcalc.simplify import identities_kronecker as rules
from matcalc.simplify.terms import diagonal_column, parts_of, splits

if TYPE_CHECKING:
    from matcalc.simplify.normal_form import Simplifier


def diagonals(left: Expr, right: Expr, s: Simplifier) -> Expr | None:
    """Diag(x) Diag(y) = Diag(x ⊙ y)."""
    x, y = diagonal_column(left), diagonal_column(right)
    if x is None or y is None:
        return None
    s.note(identities_arrays.DIAG_PRODUCT)
    return s.call("diag", s.hadamard((x, y)))


def columns(left: Expr, right: Expr, s: Simplifier) -> Expr | None:
    """Khatri-Rao products beside Kronecker products, vecs, and one another."""
    if isinstance(left, Transpose) and is_call(left.argument, "khatrirao"):
        a, b = left.argument.arguments
        if is_call(right, "khatrirao"):
            c, d = right.arguments
            if a.shape[0] == c.shape[0]:
                s.note(rules.KHATRIRAO_GRAM)
                return s.hadamard(
                    (
                        s.product(ONE, (), (s.transpose(a), c)),
                        s.product(ONE, (), (s.transpose(b), d)),
                    )
                )
        if is_call(right, "vec"):
            x = right.arguments[0]
            if x.shape == (b.shape[0], a.shape[0]):
                s.note(rules.KHATRIRAO_VEC)
                return s.call("diag", s.product(ONE, (), (s.transpose(b), x, a)))
        if isinstance(right, Kronecker):
            flipped = _kron_columns(s.transpose(right), a, b, s)
            return s.transpose(flipped) if flipped is not None else None
    if is_call(right, "khatrirao") and isinstance(left, Kronecker):
        c, d = right.arguments
        return _kron_columns(left, c, d, s)
    row = left.argument if isinstance(left, Transpose) else left
    if is_call(right, "khatrirao") and is_call(row, "vec") and row is not left:
        flipped = columns(build.transpose(right), row, s)
        return s.transpose(flipped) if flipped is not None else None
    return _term_by_term(left, right, s)


def _term_by_term(left: Expr, right: Expr, s: Simplifier) -> Expr | None:
    """A sum of Khatri-Rao products, transposed, beside one: each term is an entrywise product."""
    total = left.argument if isinstance(left, Transpose) else left
    if not is_call(right, "khatrirao") or not isinstance(total, Sum):
        return None
    terms = [s.transpose(t) if isinstance(left, Transpose) else t for t in total.terms]
    opened = [columns(build.product(ONE, (), parts_of(t)[2]), right, s) for t in terms]
    if any(o is None for o in opened):
        return None
    return s.add(
        [
            s.product(c, scalars, (o,))  # type: ignore[arg-type]
            for (c, scalars, _), o in zip(map(parts_of, terms), opened, strict=True)
        ]
    )


def _kron_columns(left: Expr, c: Expr, d: Expr, s: Simplifier) -> Expr | None:
    """(A ⊗ B) of the Khatri-Rao product of C and D is that of AC and BD."""
    if not isinstance(left, Kronecker):
        return None
    for a, b in splits(left):
        if a.shape[1] == c.shape[0] and b.shape[1] == d.shape[0]:
            s.note(rules.KRONECKER_KHATRIRAO)
            return s.call("khatrirao", s.product(ONE, (), (a, c)), s.product(ONE, (), (b, d)))
    return None


def khatrirao(s: Simplifier, a: Expr, b: Expr) -> Expr | None:
    """Of a row and a matrix: columns scaled, B Diag(x); of a column and a column: their kron."""
    for row, other in ((a, b), (b, a)):
        if row.shape[0] == 1:
            s.note(rules.KHATRIRAO_ROW)
            return s.product(ONE, (), (other, s.call("diag", s.transpose(row))))
    if a.shape[1] == 1:
        return s.kronecker([a, b])
    return None
