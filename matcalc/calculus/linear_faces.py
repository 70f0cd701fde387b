"""The matrix of a linear expression in column-stacked coordinates.

    vec(A*Y*B) = (B' ⊗ A)*vec(Y)      vec(Y') = K*vec(Y)      vec(C.*Y) = Diag(vec(C))*vec(Y)

`parts` states for one operation, linear in what moves, its matrix for each moving part. `spread`
runs it once through all nodes of a linear expression, from the whole down to the differentials.
Source: Magnus & Neudecker, ch. 2 (vec and ⊗), ch. 3 (the commutation matrix).
"""

from __future__ import annotations

from collections.abc import Callable

from matcalc.calculus import identities
from matcalc.calculus.adjoint import Note, moves, only_moving
from matcalc.calculus.templates import matrix_of
from matcalc.errors import NotSupportedError
from matcalc.expr import build
from matcalc.expr.nodes import (
    Apply,
    Differential,
    Expr,
    Frobenius,
    Hadamard,
    Kronecker,
    Product,
    Sum,
    Transpose,
    in_words,
    postorder,
)
from matcalc.expr.sizes import Shape, multiply_sizes
from matcalc.functions import lookup
from matcalc.functions.stacked import commutation, entries, unvec, vec

Part = tuple[Expr, Expr]  # a moving part y of e, and M with vec(e) = ... + M*vec(y)


def parts(e: Expr, note: Note) -> list[Part]:
    """The moving parts of e, each with its matrix; `note` is told each identity used."""
    if isinstance(e, Sum):
        return [(t, _spread_scalar(t, e)) for t in e.terms if moves(t)]
    if isinstance(e, Apply):
        # Several arguments may move, as in toeplitz(x,y), which is linear in both together.
        slots = [i for i, a in enumerate(e.arguments) if moves(a)]
        if all(e.function.parameters[i] in e.function.adjoints for i in slots):
            return [_argument(e, i, note) for i in slots]
    if isinstance(e, Product) and e.shape[1] == 1:
        terms = _opened(e)
        if terms is not None:
            return [_product(t, note) for t in terms]
    rule = _RULES.get(type(e))
    if rule is None:
        raise NotSupportedError(f"the matrix of {in_words(e)} in Jacobians")
    return [rule(e, note)]


def _argument(e: Apply, slot: int, note: Note) -> Part:
    parameter = e.function.parameters[slot]
    note(identities.matrix_of(e.function, parameter))
    return e.arguments[slot], matrix_of(e.function, e.arguments, parameter)


def _spread_scalar(term: Expr, total: Expr) -> Expr:
    """A scalar term of a sum of arrays is added to every entry."""
    if term.is_scalar and not total.is_scalar:
        return build.ones((entries(total), 1))
    return build.identity(entries(term))


def _product(e: Product, note: Note) -> Part:
    slot = only_moving(e.children)
    moving = e.children[slot]
    number = build.number(e.coefficient)
    if slot < len(e.scalars):
        rest = build.multiply(*(s for i, s in enumerate(e.scalars) if i != slot), *e.chain)
        return moving, build.multiply(number, vec(rest))
    k = slot - len(e.scalars)
    left, right = e.chain[:k], e.chain[k + 1 :]
    if isinstance(moving, Kronecker) and right and e.shape[1] == 1:
        found = _kronecker_times_column(moving, build.multiply(*right), note)
        if found is not None:
            return found[0], build.multiply(number, *e.scalars, *left, found[1])
    before = build.multiply(*left) if left else build.identity(moving.shape[0])
    after = build.multiply(*right) if right else build.identity(moving.shape[1])
    if right or (left and moving.shape[1] != 1):
        note(identities.VEC_PRODUCT)
    # The transpose factor by factor: an inverse keeps its place in front of what it cancels.
    across = build.multiply(*(build.transpose(f) for f in reversed(right))) if right else after
    return moving, build.multiply(number, *e.scalars, build.kronecker(across, before))


def _opened(e: Product) -> list[Product] | None:
    """(dX ⊗ X + X ⊗ dX)*x as the products of each; None where no Kronecker products are added."""
    slot = only_moving(e.children)
    moving, k = e.children[slot], slot - len(e.scalars)
    if k < 0 or k == len(e.chain) - 1 or not isinstance(moving, Sum):
        return None
    terms = [t for t in moving.terms if moves(t)]
    if not any(isinstance(x, Kronecker) for t in terms for x in (t, *t.children)):
        return None
    front = (build.number(e.coefficient), *e.scalars, *e.chain[:k])
    found = [build.multiply(*front, t, *e.chain[k + 1 :]) for t in terms]
    products = [t for t in found if isinstance(t, Product)]
    return products if len(products) == len(terms) else None


def _kronecker_times_column(e: Kronecker, x: Expr, note: Note) -> Part | None:
    """(A ⊗ Y)*x = vec(Y*X*A') and (Y ⊗ A)*x = vec(A*X*Y'), of x = vec(X); None of (A ⊗ Y ⊗ B)*x."""
    slot = only_moving(e.factors)
    y = e.factors[slot]
    if 0 < slot < len(e.factors) - 1:
        return None
    note(identities.KRONECKER_COLUMN)
    note(identities.VEC_PRODUCT)
    (rows, columns), others = y.shape, (*e.factors[:slot], *e.factors[slot + 1 :])
    a = build.kronecker(*others)
    if slot:
        w = unvec(x, (columns, a.shape[1]))
        right = build.multiply(a, build.transpose(w))
        return y, build.kronecker(right, build.identity(rows))
    w = unvec(x, (a.shape[1], columns))
    left = build.kronecker(build.identity(rows), build.multiply(a, w))
    return y, build.multiply(left, commutation(rows, columns))


def _transpose(e: Transpose, note: Note) -> Part:
    if 1 not in e.shape:
        note(identities.VEC_TRANSPOSE)
    return e.argument, commutation(*e.argument.shape)


def _hadamard(e: Hadamard, note: Note) -> Part:
    slot = only_moving(e.factors)
    still = build.hadamard(*(f for i, f in enumerate(e.factors) if i != slot))
    note(identities.VEC_HADAMARD)
    return e.factors[slot], build.apply(lookup("diag"), vec(still))


def _frobenius(e: Frobenius, note: Note) -> Part:
    still, moving = (e.left, e.right) if moves(e.right) else (e.right, e.left)
    note(identities.VEC_FROBENIUS)
    return moving, build.transpose(vec(still))


def _kronecker(e: Kronecker, note: Note) -> Part:
    """vec(A ⊗ B) = (I ⊗ K ⊗ I)*(vec(A) ⊗ vec(B)), for what is before Y and what is after."""
    note(identities.VEC_KRONECKER)
    slot = only_moving(e.factors)
    moving = e.factors[slot]
    before, after = e.factors[:slot], e.factors[slot + 1 :]
    matrix: Expr = build.identity(entries(moving))
    shape = moving.shape
    if after:
        b = build.kronecker(*after)
        matrix = build.multiply(_order(shape, b.shape), build.kronecker(matrix, vec(b)))
        shape = build.kronecker(moving, b).shape
    if before:
        a = build.kronecker(*before)
        inner = build.kronecker(vec(a), build.identity(multiply_sizes(*shape)))
        matrix = build.multiply(_order(a.shape, shape), inner, matrix)
    return moving, matrix


def _order(a: Shape, b: Shape) -> Expr:
    """The matrix that brings the entries of vec(A) ⊗ vec(B) in the order of vec(A ⊗ B)."""
    (m, n), (p, q) = a, b
    return build.kronecker(build.identity(n), commutation(q, m), build.identity(p))


_RULES: dict[type, Callable[..., Part]] = {
    Product: _product,
    Transpose: _transpose,
    Hadamard: _hadamard,
    Frobenius: _frobenius,
    Kronecker: _kronecker,
}


def spread(
    matrix: Expr,
    linear: Expr,
    into: Callable[[Expr, Expr], None],
    tidy: Callable[[Expr], Expr],
    note: Note = lambda rule: None,
) -> None:
    """matrix*vec(linear) as a sum of terms M*vec(d(u)); calls into(u, M) for each.

    Every node of `linear` is opened once; `tidy` simplifies each matrix as it is complete.
    """
    if not moves(linear):
        return  # a zero
    gathered: dict[Expr, list[Expr]] = {linear: [matrix]}
    for e in reversed([e for e in postorder(linear) if moves(e)]):
        terms = gathered.pop(e, None)
        if terms is None:
            continue
        m = tidy(build.add(*terms))
        if isinstance(e, Differential):
            into(e.argument, m)
            continue
        for part, factor in parts(e, note):
            gathered.setdefault(part, []).append(tidy(build.multiply(m, factor)))
