"""Kronecker products, vec, and commutation matrices.

    (A ⊗ B)(C ⊗ D) = AC ⊗ BD      (A ⊗ B) vec(X) = vec(B X A')      K (A ⊗ B) = (B ⊗ A) K

Commutation matrices are moved to the right, where they meet and cancel, or disappear beside a
vector. Source: Magnus & Neudecker, ch. 2 and ch. 3, sec. 7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcalc.expr import build
from matcalc.expr.nodes import (
    ONE,
    Apply,
    Expr,
    Identity,
    Kronecker,
    Sum,
    Transpose,
    Value,
    Zeros,
    is_call,
)
from matcalc.expr.sizes import AnySize, multiply_sizes
from matcalc.functions.signature import size_of
from matcalc.functions.stacked import commutation
from matcalc.simplify import identities_kronecker as rules
from matcalc.simplify import khatri_rao, matrix_functions
from matcalc.simplify import rules as general_rules
from matcalc.simplify.terms import diagonal_column, splits

if TYPE_CHECKING:
    from matcalc.simplify.normal_form import Simplifier


def product(factors: list[Expr], s: Simplifier) -> Expr:
    """The Kronecker product of simplified factors, numbers and scalars in front."""
    coefficient: Value = ONE
    scalars: list[Expr] = []
    arrays: list[Expr] = []
    for f in factors:
        c, inner, rest = build.scalar_parts(f)
        coefficient = coefficient * c
        scalars += inner
        if rest is not None and rest.is_scalar:
            scalars.append(rest)
        elif rest is not None:
            arrays.extend(rest.factors if isinstance(rest, Kronecker) else (rest,))
    return s.product(coefficient, scalars, (_merged(arrays, s),) if arrays else ())


def _merged(factors: list[Expr], s: Simplifier) -> Expr:
    """The product of arrays; a row beside a column is a matrix."""
    merged: list[Expr] = []
    for f in factors:
        left = merged[-1] if merged else None
        if isinstance(f, Identity) and isinstance(left, Identity):
            s.note(rules.KRONECKER_IDENTITY)
            merged[-1] = build.identity(multiply_sizes(left.shape[0], f.shape[0]))
        elif left is not None and _row_and_column(left, f):
            s.note(rules.KRONECKER_VECTORS)
            column, row = (left, f) if left.shape[1] == 1 else (f, left)
            merged[-1] = s.product(ONE, (), (column, row))
        elif left is not None and _is_diagonal(left) and _is_diagonal(f):
            s.note(rules.KRONECKER_DIAG)
            merged[-1] = s.call("diag", s.kronecker([left.children[0], f.children[0]]))
        else:
            merged.append(f)
    if len(merged) == 1:
        return merged[0]
    return build.kronecker(*merged)


def _row_and_column(a: Expr, b: Expr) -> bool:
    return (a.shape[1] == 1 and b.shape[0] == 1) or (a.shape[0] == 1 and b.shape[1] == 1)


def _is_diagonal(e: Expr) -> bool:
    return is_call(e, "diag") and e.shape[1] != 1


def commutation_sizes(e: Expr) -> tuple[AnySize, AnySize] | None:
    """m and n of commutation(m,n); None of anything else."""
    if not is_call(e, "commutation"):
        return None
    m, n = (size_of(a) for a in e.arguments)
    return None if m is None or n is None else (m, n)


def transposed(e: Apply) -> Expr | None:
    """The transpose of a call, where it is a call again: K_{mn}' = K_{nm}."""
    sizes = commutation_sizes(e)
    return commutation(*sizes[::-1]) if sizes else None


def joined(left: Expr, right: Expr, s: Simplifier) -> Expr | None:
    """left·right as one factor, or a shorter product; None where the two stay as they are."""
    if not _concerned(left) and not _concerned(right):
        return None
    return (
        _beside_vec(left, right, s)
        or _mixed_product(left, right, s)
        or _commuted(left, right, s)
        or khatri_rao.diagonals(left, right, s)
        or khatri_rao.columns(left, right, s)
        or _absorbed(left, right, s)
    )


def _concerned(f: Expr) -> bool:
    f = f.argument if isinstance(f, Transpose) else f
    return isinstance(f, Kronecker) or (
        isinstance(f, Apply)
        and (
            f.function.name in ("vec", "commutation", "diag", "khatrirao", "elimination")
            or matrix_functions.of_matrix(f) is not None
        )
    )


# Beside vec


def _beside_vec(left: Expr, right: Expr, s: Simplifier) -> Expr | None:
    if is_call(right, "vec"):
        return _times_vec(left, right.arguments[0], s)
    if isinstance(left, Transpose) and is_call(left.argument, "vec"):
        found = _times_vec(s.transpose(right), left.argument.arguments[0], s)
        return s.transpose(found) if found is not None else None
    return None


def _times_vec(left: Expr, x: Expr, s: Simplifier) -> Expr | None:
    """left·vec(x)."""
    if isinstance(left, Kronecker):
        for a, b in splits(left):
            if b.shape[1] == x.shape[0] and a.shape[1] == x.shape[1]:
                s.note(rules.KRONECKER_VEC)
                return s.call("vec", s.product(ONE, (), (b, x, s.transpose(a))))
    if isinstance(left, Transpose) and is_call(left.argument, "vec"):
        y = left.argument.arguments[0]
        if y.shape == x.shape:
            s.note(rules.VEC_INNER)
            return s.frobenius(y, x)
    if commutation_sizes(left) == x.shape:
        s.note(rules.COMMUTATION_VEC)
        return s.call("vec", s.transpose(x))
    frechet = matrix_functions.of_matrix(left)
    if frechet is not None:
        s.note(general_rules.FRECHET_MATRIX)
        return s.call("vec", s.apply(frechet, (*left.arguments, x)))  # type: ignore[attr-defined]
    if is_call(left, "elimination"):
        s.note(rules.ELIMINATION_VEC)
        return s.call("vech", x)
    return None


# Two Kronecker products, and commutation matrices


def _mixed_product(left: Expr, right: Expr, s: Simplifier) -> Expr | None:
    if not isinstance(left, Kronecker) or not isinstance(right, Kronecker):
        return _into_identity(left, right, s)
    for a, b in splits(left):
        for c, d in splits(right):
            if a.shape[1] == c.shape[0] and b.shape[1] == d.shape[0]:
                s.note(rules.KRONECKER_MIXED)
                return s.kronecker([s.product(ONE, (), (a, c)), s.product(ONE, (), (b, d))])
    return None


def _into_identity(left: Expr, right: Expr, s: Simplifier) -> Expr | None:
    """(I ⊗ x) A = A ⊗ x of a column x, and A (I ⊗ x') = A ⊗ x' of a row."""
    for product, matrix, across in ((left, right, 1), (right, left, 0)):
        if not isinstance(product, Kronecker) or len(product.factors) != 2:
            continue
        for k, one in enumerate(product.factors):
            vector = product.factors[1 - k]
            if isinstance(one, Identity) and vector.shape[across] == 1:
                s.note(rules.KRONECKER_COLUMN)
                return s.kronecker([vector, matrix] if k else [matrix, vector])
    return None


def _commuted(left: Expr, right: Expr, s: Simplifier) -> Expr | None:
    """K K' = I; K (A ⊗ B) = (B ⊗ A) K; (A ⊗ B) K without K where A or B is a row."""
    first, second = commutation_sizes(left), commutation_sizes(right)
    if first and second and first == second[::-1]:
        s.note(rules.COMMUTATION_INVERSE)
        return build.identity(left.shape[0])
    if first and is_call(right, "duplication") and first[0] == first[1]:
        s.note(rules.COMMUTATION_DUPLICATION)
        return right
    for k, other in ((first, right), (second, left)):
        if k and _symmetrizes(other):
            s.note(rules.COMMUTATION_ABSORBED)
            return other
    if first and _stacks_symmetric(diagonal_column(right)):
        s.note(rules.COMMUTATION_SYMMETRIC)
        return build.multiply(right, left)
    if second and isinstance(left, Transpose) and is_call(left.argument, "duplication"):
        s.note(rules.COMMUTATION_DUPLICATION)
        return left
    if first and isinstance(right, Kronecker):
        for a, b in splits(right):
            if first == (b.shape[0], a.shape[0]):
                s.note(rules.COMMUTATION_KRONECKER)
                swapped = s.kronecker([b, a])
                return s.product(ONE, (), (swapped, commutation(b.shape[1], a.shape[1])))
    if second and isinstance(left, Kronecker):
        for a, b in splits(left):
            if second == (a.shape[1], b.shape[1]) and 1 in (a.shape[0], b.shape[0]):
                s.note(rules.COMMUTATION_KRONECKER)
                return s.kronecker([b, a])
    return None


def power(s: Simplifier, base: Expr, p: int) -> Expr | None:
    """(I + K)^p = 2^(p-1) (I + K): half of I + K is a projection."""
    if p < 2 or not _symmetrizes(base):
        return None
    s.note(rules.COMMUTATION_PROJECTION)
    return s.product(ONE * 2 ** (p - 1), (), (base,))


def _symmetrizes(e: Expr) -> bool:
    """Whether e is I + K, which makes vec(A) vec(A + A')."""
    if not isinstance(e, Sum) or len(e.terms) != 2:
        return False
    square = any(k is not None and k[0] == k[1] for k in map(commutation_sizes, e.terms))
    return square and any(isinstance(t, Identity) for t in e.terms)


def _stacks_symmetric(weights: Expr | None) -> bool:
    """Whether weights are vec(S) of a symmetric S."""
    return (
        weights is not None
        and is_call(weights, "vec")
        and ("symmetric" in weights.arguments[0].facts)
    )


# A Kronecker product with columns (or rows) in it, and a plain matrix


def _absorbed(left: Expr, right: Expr, s: Simplifier) -> Expr | None:
    """(x ⊗ B) M = x ⊗ BM of a column x, M (x' ⊗ B) = x' ⊗ MB of a row x'."""
    if isinstance(left, Kronecker):
        k = _lone(left.factors, 1)
        if k is not None and not commutation_sizes(right):
            s.note(rules.KRONECKER_COLUMN)
            merged = s.product(ONE, (), (left.factors[k], right))
            return s.kronecker([*left.factors[:k], merged, *left.factors[k + 1 :]])
    if isinstance(right, Kronecker):
        k = _lone(right.factors, 0)
        if k is not None and not commutation_sizes(left):
            s.note(rules.KRONECKER_COLUMN)
            merged = s.product(ONE, (), (left, right.factors[k]))
            return s.kronecker([*right.factors[:k], merged, *right.factors[k + 1 :]])
    return None


def _lone(factors: tuple[Expr, ...], axis: int) -> int | None:
    """The one factor that is no column (axis 1) or no row (axis 0); the last if there is none."""
    wide = [k for k, f in enumerate(factors) if f.shape[axis] != 1]
    if not wide:
        return len(factors) - 1
    return wide[0] if len(wide) == 1 else None


# Functions


def vec(s: Simplifier, x: Expr) -> Expr | None:
    if x.shape[1] == 1:
        return x
    if x.shape[0] == 1:
        s.note(rules.VEC_ROW)
        return s.transpose(x)
    if is_call(x, "unvec"):
        s.note(rules.VEC_UNVEC)
        return x.arguments[0]
    if isinstance(x, Zeros):
        return build.zeros((multiply_sizes(*x.shape), 1))
    return None


def _is_vec(t: Expr) -> bool:
    rest = build.scalar_parts(t)[2]
    return rest is not None and is_call(rest, "vec")


def unvec(s: Simplifier, x: Expr, m: Expr, n: Expr) -> Expr | None:
    rows, columns = size_of(m), size_of(n)
    if columns == 1:
        return x
    if rows == 1:
        return s.transpose(x)
    if isinstance(x, Zeros) and rows is not None and columns is not None:
        return build.zeros((rows, columns))
    if is_call(x, "vec") and x.arguments[0].shape == (rows, columns):
        s.note(rules.UNVEC_VEC)
        return x.arguments[0]
    if isinstance(x, Sum) and all(_is_vec(t) for t in x.terms):
        s.note(rules.UNVEC_SUM)
        return s.add([s.call("unvec", t, m, n) for t in x.terms])
    if isinstance(x, Kronecker):
        for a, b in splits(x):
            if a.shape == (columns, 1) and b.shape == (rows, 1):
                s.note(rules.UNVEC_KRONECKER)
                return s.product(ONE, (), (b, s.transpose(a)))
    return None


def constant(s: Simplifier, m: Expr, n: Expr) -> Expr | None:
    """commutation(m,n)."""
    rows, columns = size_of(m), size_of(n)
    if rows is not None and columns is not None and 1 in (rows, columns):
        return commutation(rows, columns)
    return None


def trace(s: Simplifier, a: Kronecker) -> Expr | None:
    """tr(A ⊗ B) = tr(A) tr(B) of square factors."""
    if any(f.shape[0] != f.shape[1] for f in a.factors):
        return None
    s.note(rules.KRONECKER_TRACE)
    return s.product(ONE, [s.call("tr", f) for f in a.factors], ())


def total(s: Simplifier, a: Kronecker) -> Expr:
    """The sum of all entries: the product of the factors' sums."""
    s.note(rules.KRONECKER_SUM)
    return s.product(ONE, [s.call("sum", f) for f in a.factors], ())


def norm(s: Simplifier, a: Expr) -> Expr | None:
    """‖A ⊗ B‖ = ‖A‖ ‖B‖, ‖vec(A)‖ = ‖A‖."""
    if isinstance(a, Kronecker):
        s.note(rules.KRONECKER_NORM)
        return s.product(ONE, [s.call("norm2", f) for f in a.factors], ())
    if is_call(a, "vec"):
        s.note(rules.NORM_VEC)
        return s.call("norm2", a.arguments[0])
    return None


def determinant(s: Simplifier, a: Expr) -> Expr | None:
    """det(A ⊗ B) = det(A)^n det(B)^m for A of m rows, B of n."""
    split = _square_split(a)
    if split is None:
        return None
    x, y = split
    s.note(rules.KRONECKER_DET)
    return s.product(
        ONE,
        (
            s.scalar_power(s.call("det", x), build.size_number(y.shape[0])),
            s.scalar_power(s.call("det", y), build.size_number(x.shape[0])),
        ),
        (),
    )


def log_determinant(s: Simplifier, a: Expr) -> Expr | None:
    """logdet(A ⊗ B) = n logdet(A) + m logdet(B), where both determinants are positive."""
    split = _square_split(a)
    if split is None or not all("pd" in f.facts for f in split):
        return None
    x, y = split
    s.note(rules.KRONECKER_LOGDET)
    return s.add(
        [
            s.product(ONE, (build.size_number(y.shape[0]), s.call("logdet", x)), ()),
            s.product(ONE, (build.size_number(x.shape[0]), s.call("logdet", y)), ()),
        ]
    )


def _square_split(a: Expr) -> tuple[Expr, Expr] | None:
    if not isinstance(a, Kronecker):
        return None
    return next(((x, y) for x, y in splits(a) if x.shape[0] == x.shape[1]), None)


def inverse(s: Simplifier, a: Kronecker) -> Expr | None:
    """(A ⊗ B)⁻¹ = A⁻¹ ⊗ B⁻¹ of square factors."""
    if any(f.shape[0] != f.shape[1] for f in a.factors):
        return None
    s.note(rules.KRONECKER_INVERSE)
    return s.kronecker([s.inverse(f) for f in a.factors])
