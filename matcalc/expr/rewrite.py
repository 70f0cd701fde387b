"""Replacing sub-expressions."""

from __future__ import annotations

from collections.abc import Mapping

from matcalc.expr import build
from matcalc.expr.nodes import Expr, Identity, Ones, SizeNumber, Symbol, Zeros, fold
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
    if isinstance(leaf, Zeros):
        return build.zeros(shape)
    if isinstance(leaf, Ones):
        return build.ones(shape)
    return leaf
