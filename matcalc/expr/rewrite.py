"""Replacing sub-expressions."""

from __future__ import annotations

from collections.abc import Mapping

from matcalc.expr import build
from matcalc.expr.nodes import (
    Apply,
    Expr,
    Identity,
    Ones,
    Power,
    Product,
    Selection,
    SizeNumber,
    Sum,
    Symbol,
    Zeros,
    fold,
)
from matcalc.expr.sets import make_set
from matcalc.expr.sizes import AnySize, substitute_size


def substitute(
    root: Expr,
    replacements: Mapping[Expr, Expr],
    sizes: Mapping[str, AnySize] | None = None,
    memo: dict | None = None,
) -> Expr:
    """The expression with nodes replaced, and size names by sizes.

    Replacements are not themselves searched; outer nodes win over inner ones.
    """
    memo = {} if memo is None else memo
    memo.update(replacements)
    sizes = sizes or {}

    def step(e: Expr, children: list[Expr]) -> Expr:
        if sizes and not children:
            return resize(e, sizes)
        return build.rebuild(e, children)

    return fold(root, step, memo)


def resize(leaf: Expr, sizes: Mapping[str, AnySize]) -> Expr:
    """A leaf with other sizes in place of its size names."""
    if isinstance(leaf, SizeNumber):
        return build.size_number(substitute_size(leaf.size, sizes))
    shape = substitute_size(leaf.shape[0], sizes), substitute_size(leaf.shape[1], sizes)
    if isinstance(leaf, Symbol):
        dims = tuple(substitute_size(d, sizes) for d in leaf.set.dims)
        return build.symbol(leaf.name, make_set(leaf.set.name, dims))
    if isinstance(leaf, Identity):
        return build.identity(shape[0])
    if isinstance(leaf, Selection):
        return build.selection(shape[0], substitute_size(leaf.start, sizes), shape[1])
    if isinstance(leaf, Zeros):
        return build.zeros(shape)
    if isinstance(leaf, Ones):
        return build.ones(shape)
    return leaf


def lift(e: Expr, children: list[Expr]) -> Expr:
    """A node of a scalar expression with arrays for its children: every operation entry by entry.

    Scalar sums, products and powers become their entrywise versions.
    """
    if tuple(children) == e.children:
        return e
    if isinstance(e, Sum):
        return build.add(*children)
    if isinstance(e, Product):
        return build.hadamard(build.number(e.coefficient), *children)
    if isinstance(e, Power):
        return build.element_power(*children)
    if isinstance(e, Apply):
        return build.apply(e.function, *children)
    raise AssertionError(f"{type(e).__name__} in a scalar derivative")
