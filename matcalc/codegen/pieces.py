"""Derivatives as sums of products of factors that keep their structure: diagonal, Kronecker, ..."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matcalc.codegen.calls import commutation_sizes
from matcalc.expr import build
from matcalc.expr.nodes import (
    Apply,
    Expr,
    Identity,
    Inverse,
    Kronecker,
    Number,
    Product,
    Sum,
    Transpose,
)
from matcalc.expr.sizes import AnySize, Shape
from matcalc.functions import lookup


@dataclass(frozen=True)
class Piece:
    """A factor: its kind and the arrays, the sizes or the pieces that it is made of.

    turned: whether it is the transpose of its array.
    """

    kind: str
    leaves: tuple[Expr, ...] = ()
    sizes: tuple[AnySize, ...] = ()
    inner: tuple[Piece, ...] = ()
    turned: bool = False


@dataclass(frozen=True)
class Plan:
    """A matrix as a sum of (number, factors), and the shapes of what it maps."""

    terms: tuple[tuple[Expr, tuple[Piece, ...]], ...]
    shapes: tuple[Shape, ...]


def plan_of(matrix: Expr, shapes: Sequence[Shape]) -> Plan:
    """The structure of a derivative's matrix: a row for each entry of the function."""
    matrix = _with_rows(matrix, shapes)
    terms = matrix.terms if isinstance(matrix, Sum) else (matrix,)
    return Plan(tuple(map(_term, terms)), tuple(shapes))


def _with_rows(matrix: Expr, shapes: Sequence[Shape]) -> Expr:
    """Of gradients and slopes, which have another shape, the matrix."""
    if len(shapes) > 2:
        return matrix
    f, x = shapes
    if f == (1, 1):
        return build.transpose(_vec(matrix))
    return _vec(matrix) if x == (1, 1) else matrix


def _vec(e: Expr) -> Expr:
    return e if e.shape[1] == 1 else build.apply(lookup("vec"), e)


def _term(t: Expr) -> tuple[Expr, tuple[Piece, ...]]:
    if not isinstance(t, Product) or not t.chain:
        return build.number(1), _pieces(t)
    scale = build.multiply(build.number(t.coefficient), *t.scalars)
    return scale, tuple(p for f in t.chain for p in _pieces(f))


def _pieces(f: Expr) -> tuple[Piece, ...]:
    """A factor as pieces; a transposed product by its parts."""
    if isinstance(f, Transpose) and isinstance(f.argument, Kronecker):
        return (_kronecker([build.transpose(x) for x in f.argument.factors]),)
    if isinstance(f, Kronecker):
        return (_kronecker(list(f.factors)),)
    if isinstance(f, Identity):
        return (Piece("Identity", (), f.shape[:1]),)
    if isinstance(f, Apply) and f.function.name == "diag" and f.shape[1] != 1:
        return (Piece("Diagonal", (f.arguments[0],)),)
    if isinstance(f, Sum):
        entries = [_on_diagonal(t) for t in f.terms]
        known = [d for d in entries if d is not None]
        if len(known) == len(entries):
            return (Piece("Diagonal", (build.add(*known),)),)
    if isinstance(f, Apply) and f.function.name == "commutation":
        return (Piece("Commutation", (), commutation_sizes(f)),)
    turned = isinstance(f, Transpose)
    inner = f.argument if isinstance(f, Transpose) else f
    if isinstance(inner, Inverse):
        return (Piece("Inverse", (inner, inner.argument), turned=turned),)
    return (Piece("Dense", (inner,), turned=turned),)


def _on_diagonal(t: Expr) -> Expr | None:
    """The diagonal of a multiple of a diagonal matrix or of the identity; None of others."""
    scale: list[Expr] = []
    if isinstance(t, Product) and len(t.chain) == 1:
        scale, t = [build.number(t.coefficient), *t.scalars], t.chain[0]
    if isinstance(t, Identity):
        return build.multiply(*scale, build.ones((t.shape[0], 1)))
    if isinstance(t, Apply) and t.function.name == "diag" and t.shape[1] != 1:
        d = t.arguments[0]
        return build.multiply(*scale, d if d.shape[1] == 1 else build.transpose(d))
    return None


def _kronecker(factors: list[Expr]) -> Piece:
    """All factors in one piece, also those of factors."""
    found: list[Piece] = []
    for f in factors:
        (p,) = _pieces(f)
        found += p.inner if p.kind == "Kronecker" else [p]
    return Piece("Kronecker", (), (), tuple(found))


def leaves(plan: Plan) -> list[Expr]:
    """The expressions whose values are needed; numbers are known."""
    found: list[Expr] = []
    for scale, pieces in plan.terms:
        found.append(scale)
        for p in pieces:
            found += [e for q in (p, *p.inner) for e in q.leaves]
    return [e for e in dict.fromkeys(found) if not isinstance(e, Number)]
