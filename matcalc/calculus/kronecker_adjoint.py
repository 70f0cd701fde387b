"""G : (A ⊗ B) as C : A or C : B, the adjoint of a Kronecker product in one of its factors.

    C ⊗ D : A ⊗ B = (D : B) (C : A)        vec(Y) vec(Z)' : A ⊗ B = Y'BZ : A = YAZ' : B

Any other G is taken through the matrix of the product (see `linear_faces`). Source: Magnus &
Neudecker, ch. 2, sec. 4, and ch. 3, sec. 7.
"""

from __future__ import annotations

from collections.abc import Iterator

from matcalc.expr import build
from matcalc.expr.nodes import Expr, Identity, Kronecker, Product, Sum, Transpose
from matcalc.functions.stacked import commutation, entries, unvec, vec
from matcalc.simplify.terms import splits


def by_first(g: Expr, a: Expr, b: Expr) -> Expr:
    """The C with g : (a ⊗ b) = C : a."""
    return build.add(*(_term(t, a, b, first=True) for t in _terms(g)))


def by_second(g: Expr, a: Expr, b: Expr) -> Expr:
    """The C with g : (a ⊗ b) = C : b."""
    return build.add(*(_term(t, a, b, first=False) for t in _terms(g)))


def _terms(g: Expr) -> Iterator[Expr]:
    yield from g.terms if isinstance(g, Sum) else (g,)


def _term(g: Expr, a: Expr, b: Expr, first: bool) -> Expr:
    number, scalars, rest = build.scalar_parts(g)
    assert rest is not None
    return build.multiply(build.number(number), *scalars, _array(rest, a, b, first))


def _array(g: Expr, a: Expr, b: Expr, first: bool) -> Expr:
    split = _factors(g, a, b)
    if split is not None:
        c, d = split
        if first:
            return build.multiply(build.frobenius(d, b), c)
        return build.multiply(build.frobenius(c, a), d)
    outer = _outer(g)
    if outer is not None:
        y = unvec(outer[0], (b.shape[0], a.shape[0]))
        z = unvec(outer[1], (b.shape[1], a.shape[1]))
        if first:
            return build.multiply(build.transpose(y), b, z)
        return build.multiply(y, a, build.transpose(z))
    return _through_matrix(g, a, b, first)


def _factors(g: Expr, a: Expr, b: Expr) -> tuple[Expr, Expr] | None:
    """g as C ⊗ D of the shapes of a and b."""
    if isinstance(g, Transpose) and isinstance(g.argument, Kronecker):
        g = build.kronecker(*(build.transpose(f) for f in g.argument.factors))
    if isinstance(g, Identity) and a.shape[0] == a.shape[1]:
        return build.identity(a.shape[0]), build.identity(b.shape[0])
    if isinstance(g, Kronecker):
        for c, d in splits(g):
            if c.shape == a.shape and d.shape == b.shape:
                return c, d
    return None


def _outer(g: Expr) -> tuple[Expr, Expr] | None:
    """Columns u, v with g = u v'."""
    if not isinstance(g, Product):
        return None
    for k in range(1, len(g.chain)):
        u, v = build.multiply(*g.chain[:k]), build.multiply(*g.chain[k:])
        if u.shape[1] == 1:
            return u, build.transpose(v)
    return None


def _through_matrix(g: Expr, a: Expr, b: Expr, first: bool) -> Expr:
    """vec(A ⊗ B) = (I ⊗ K ⊗ I)*(vec(A) ⊗ vec(B)), transposed and applied to vec(g)."""
    (m, n), (p, q) = a.shape, b.shape
    order = build.kronecker(build.identity(n), commutation(m, q), build.identity(p))
    image = build.multiply(order, vec(g))
    if first:
        still = build.kronecker(build.identity(entries(a)), build.transpose(vec(b)))
        return unvec(build.multiply(still, image), a.shape)
    still = build.kronecker(build.transpose(vec(a)), build.identity(entries(b)))
    return unvec(build.multiply(still, image), b.shape)
