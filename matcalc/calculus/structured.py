"""Gradients by variables of structured sets.

`projected`: the orthogonal projection of the unconstrained gradient on the set's linear hull.
`entries`: each free entry counted once, as in the Matrix Cookbook, section 2.8. On the two
conventions: S. Srinivasan, N. Panda, "What is the gradient of a scalar function of a symmetric
matrix?", 2019.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from matcalc.errors import DomainError, NotSupportedError
from matcalc.expr import build
from matcalc.expr.nodes import Expr, Symbol
from matcalc.functions import lookup

CONVENTIONS = ("projected", "entries")
HALF = Fraction(1, 2)


def structured_gradient(gradient: Expr, variable: Symbol, convention: str) -> Expr:
    """The gradient on the variable's linear hull, by a convention."""
    if convention not in CONVENTIONS:
        planned = convention in ("riemannian", "affine", "cholesky")
        if planned:
            raise NotSupportedError(f"the convention {convention!r}")
        raise DomainError(
            f"unknown convention {convention!r}", hint=f"known: {', '.join(CONVENTIONS)}"
        )
    hull = variable.set.kind.hull
    if variable.set.kind.complex:
        raise NotSupportedError("derivatives by complex variables")
    if gradient.is_scalar:  # of a 1×1 matrix; the only skew one is 0
        return build.number(0) if hull == "Skew" else gradient
    rule = _RULES.get((hull or "R", convention))
    if rule is None:
        raise NotSupportedError(f"gradients by a variable in {variable.set}")
    return rule(gradient)


def has_structure(variable: Symbol) -> bool:
    """Whether the two conventions may differ for the variable."""
    return variable.set.kind.hull not in ("R", None)


def _diagonal(g: Expr) -> Expr:
    return build.apply(lookup("diag"), build.apply(lookup("diag"), g))


def _symmetric(g: Expr) -> Expr:
    if "symmetric" in g.facts:
        return g
    return build.multiply(HALF, build.add(g, build.transpose(g)))


def _symmetric_entries(g: Expr) -> Expr:
    both = build.multiply(2, g) if "symmetric" in g.facts else build.add(g, build.transpose(g))
    return build.subtract(both, _diagonal(g))


def _skew(g: Expr) -> Expr:
    if "skew" in g.facts:
        return g
    return build.multiply(HALF, build.subtract(g, build.transpose(g)))


def _skew_entries(g: Expr) -> Expr:
    return build.multiply(2, g) if "skew" in g.facts else build.subtract(g, build.transpose(g))


def _lower(g: Expr) -> Expr:
    return g if "lower" in g.facts else build.apply(lookup("tril"), g)


def _upper(g: Expr) -> Expr:
    return g if "upper" in g.facts else build.apply(lookup("triu"), g)


def _diagonal_part(g: Expr) -> Expr:
    return g if "diagonal" in g.facts else _diagonal(g)


_RULES: dict[tuple[str, str], Callable[[Expr], Expr]] = {
    ("R", "projected"): lambda g: g,
    ("R", "entries"): lambda g: g,
    ("Sym", "projected"): _symmetric,
    ("Sym", "entries"): _symmetric_entries,
    ("Skew", "projected"): _skew,
    ("Skew", "entries"): _skew_entries,
    ("Diag", "projected"): _diagonal_part,
    ("Diag", "entries"): _diagonal_part,
    ("Tril", "projected"): _lower,
    ("Tril", "entries"): _lower,
    ("Triu", "projected"): _upper,
    ("Triu", "entries"): _upper,
}

# One sentence for the reader, by hull and convention.
SENTENCES = {
    ("Sym", "projected"): "the symmetric gradient: the projection (G + G')/2 on symmetric matrices",
    ("Sym", "entries"): "each free entry counted once: G + G' - diag(diag(G)), as in the Cookbook",
    ("Skew", "projected"): "the skew gradient: the projection (G - G')/2 on skew matrices",
    ("Skew", "entries"): "each free entry counted once: G - G'",
    ("Diag", "projected"): "the projection on diagonal matrices",
    ("Diag", "entries"): "each diagonal entry counted once",
    ("Tril", "projected"): "the projection on lower triangular matrices",
    ("Tril", "entries"): "each entry of the lower triangle counted once",
    ("Triu", "projected"): "the projection on upper triangular matrices",
    ("Triu", "entries"): "each entry of the upper triangle counted once",
}
