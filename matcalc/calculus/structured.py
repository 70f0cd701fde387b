"""Gradients by variables of structured sets.

`projected`: the orthogonal projection of the unconstrained gradient on the set's linear hull.
`entries`: each free entry counted once, as in the Matrix Cookbook, section 2.8. On the two
conventions: S. Srinivasan, N. Panda, "What is the gradient of a scalar function of a symmetric
matrix?", 2019: only the projection is the direction of steepest ascent.

On curved sets: `riemannian`, the gradient in the metric of the surrounding space; of positive
definite matrices `affine`, in the affine-invariant metric, and `cholesky`, by the factor (see
`manifolds.py`).
"""

from __future__ import annotations

from collections.abc import Callable

from matcalc.calculus.manifolds import HALF, MANIFOLDS, lower, manifold_of, symmetric
from matcalc.errors import DomainError, NotSupportedError
from matcalc.expr import build
from matcalc.expr.nodes import Apply, Expr, Identity, Ones, Symbol
from matcalc.expr.sizes import multiply_sizes
from matcalc.functions import lookup
from matcalc.functions.stacked import commutation

CONVENTIONS = ("projected", "entries")
CURVED = {  # on these sets
    convention: tuple(name for name, c in MANIFOLDS if c == convention)
    for _, convention in MANIFOLDS
}


def structured_gradient(gradient: Expr, variable: Symbol, convention: str) -> Expr:
    """The gradient on the variable's linear hull or manifold, by a convention."""
    of, kind = variable.set.name, variable.set.kind
    if convention in CURVED:
        curved = manifold_of(variable, convention)
        if curved is not None:
            return curved.gradient(gradient, variable)
        if convention == "riemannian" and kind.hull == of:
            convention = "projected"  # a linear space is flat
        else:
            sets = " or ".join(CURVED[convention])
            raise DomainError(
                f"the convention {convention} is for a variable in {sets},"
                f" and {variable.name} is in {variable.set}",
                hint="for SPD there are affine and cholesky" if of == "SPD" else None,
            )
    if convention not in CONVENTIONS:
        known = ", ".join((*CONVENTIONS, *CURVED))
        raise DomainError(f"unknown convention {convention!r}", hint=f"known: {known}")
    hull = kind.hull
    if hull == "Herm" and convention == "entries":
        raise DomainError(
            f"{variable.name} is Hermitian: its gradient is the G with df = tr(G dZ)",
            hint="the convention entries is for real variables",
        )
    if gradient.is_scalar:  # of a 1×1 matrix; the only skew one is 0
        return build.number(0) if hull == "Skew" else gradient
    rule = _RULES.get((hull or "R", convention))
    if rule is None:
        raise NotSupportedError(f"gradients by a variable in {variable.set}")
    return rule(gradient)


def toeplitz_projection(variable: Symbol, convention: str) -> Expr | None:
    """The projection of stacked columns on Toeplitz matrices; None of any other variable."""
    means, n = means_along_diagonals(variable, convention), variable.shape[0]
    if means is None or variable.set.kind.hull == "Toep":
        return means
    square = build.identity(multiply_sizes(n, n))
    return build.multiply(HALF, means, build.add(square, commutation(n, n)))


def means_along_diagonals(variable: Symbol, convention: str) -> Expr | None:
    """The matrix that takes means along diagonals, of a Toeplitz variable; None of any other."""
    toeplitz = variable.set.kind.hull in ("Toep", "SymToep")
    if convention != "projected" or variable.is_scalar or not toeplitz:
        return None
    return _call("toeplitzprojection", build.size_number(variable.shape[0]))


def before_means(direction: Expr, variable: Symbol) -> Expr:
    """What means along diagonals are taken of: of a symmetric variable, the symmetric part."""
    return direction if variable.set.kind.hull == "Toep" else symmetric(direction)


def has_structure(variable: Symbol, convention: str = "projected") -> bool:
    """Whether the gradient in a convention may differ from the unconstrained one."""
    curved = manifold_of(variable, convention) is not None
    return curved or variable.set.kind.hull not in ("R", "C", None)


def structured_direction(d: Expr, variable: Symbol, convention: str) -> Expr:
    """How a variable moves along an array that need not have its structure."""
    curved = manifold_of(variable, convention)
    if curved is None:
        return structured_gradient(d, variable, convention)
    return curved.move(curved.tangent(d, variable), variable)


def sentence(variable: Symbol, convention: str, kind: str = "gradient") -> str | None:
    """What a convention means for a derivative of some kind by a variable, for the reader."""
    hull = variable.set.kind.hull or "R"
    curved = manifold_of(variable, convention)
    if curved is not None:
        words = {"gradient": curved.words, "hessian": curved.hessian}
        return f"{convention}: {words.get(kind, curved.directions)}"
    found = SENTENCES.get((hull, convention)) or SENTENCES.get((hull, "projected"))
    return f"{convention}: {found}" if found else None


def _call(name: str, *arguments: Expr) -> Expr:
    return build.apply(lookup(name, len(arguments)), *arguments)


# Linear spaces


def _diagonal(g: Expr) -> Expr:
    return _call("diag", _call("diag", g))


def _symmetric_entries(g: Expr) -> Expr:
    both = build.multiply(2, g) if "symmetric" in g.facts else build.add(g, build.transpose(g))
    return build.subtract(both, _diagonal(g))


def _skew(g: Expr) -> Expr:
    if "skew" in g.facts:
        return g
    return build.multiply(HALF, build.subtract(g, build.transpose(g)))


def _skew_entries(g: Expr) -> Expr:
    return build.multiply(2, g) if "skew" in g.facts else build.subtract(g, build.transpose(g))


def _upper(g: Expr) -> Expr:
    return g if "upper" in g.facts else _call("triu", g)


def _diagonal_part(g: Expr) -> Expr:
    return g if "diagonal" in g.facts else _diagonal(g)


def _is_toeplitz(g: Expr) -> bool:
    """Whether g is seen to be a symmetric Toeplitz matrix."""
    rest = build.scalar_parts(g)[2]
    known = isinstance(rest, Apply) and "toeplitz-symmetric" in rest.facts
    return known or isinstance(rest, Identity | Ones)


def _toeplitz(g: Expr) -> Expr:
    """The mean along each diagonal."""
    if _is_toeplitz(g):
        return g
    counts = _call("diagsums", build.ones(g.shape))
    below, above = (_divided(_call("diagsums", x), counts) for x in (g, build.transpose(g)))
    if "differential" not in g.facts:
        return _call("toeplitz", below, above)
    # In directions as the sum of its halves, each linear in one of the means by itself.
    n = g.shape[0]
    middle = build.divide(_call("tr", g), build.size_number(n))
    upper = build.transpose(_call("lowertoeplitz", above))
    on_and_below = _call("lowertoeplitz", below)
    return build.subtract(build.add(on_and_below, upper), build.multiply(middle, build.identity(n)))


def _toeplitz_entries(g: Expr) -> Expr:
    return _call("toeplitz", _call("diagsums", g), _call("diagsums", build.transpose(g)))


def _symmetric_toeplitz(g: Expr) -> Expr:
    if _is_toeplitz(g):
        return g
    counts = _call("diagsums", build.ones(g.shape))
    return _call("toeplitz", build.multiply(HALF, _divided(_both_sides(g), counts)))


def _symmetric_toeplitz_entries(g: Expr) -> Expr:
    first = build.selection(g.shape[0], 1, 1)
    diagonal = build.multiply(_call("tr", g), first)
    return _call("toeplitz", build.subtract(_both_sides(g), diagonal))


def _both_sides(g: Expr) -> Expr:
    if "symmetric" in g.facts:
        return build.multiply(2, _call("diagsums", g))
    return build.add(_call("diagsums", g), _call("diagsums", build.transpose(g)))


def _divided(a: Expr, b: Expr) -> Expr:
    return build.hadamard(a, build.element_power(b, -1))


_RULES: dict[tuple[str, str], Callable[[Expr], Expr]] = {
    ("R", "projected"): lambda g: g,
    ("R", "entries"): lambda g: g,
    ("C", "projected"): lambda g: g,
    ("C", "entries"): lambda g: g,
    ("Herm", "projected"): build.transpose,
    ("Sym", "projected"): symmetric,
    ("Sym", "entries"): _symmetric_entries,
    ("Skew", "projected"): _skew,
    ("Skew", "entries"): _skew_entries,
    ("Diag", "projected"): _diagonal_part,
    ("Diag", "entries"): _diagonal_part,
    ("Tril", "projected"): lower,
    ("Tril", "entries"): lower,
    ("Triu", "projected"): _upper,
    ("Triu", "entries"): _upper,
    ("Toep", "projected"): _toeplitz,
    ("Toep", "entries"): _toeplitz_entries,
    ("SymToep", "projected"): _symmetric_toeplitz,
    ("SymToep", "entries"): _symmetric_toeplitz_entries,
}


# One sentence for the reader, by hull or curved set, and convention.
_ONCE = "which is no direction of steepest ascent (Srinivasan & Panda 2019)"
SENTENCES = {
    ("Herm", "projected"): (
        "the G with df = tr(G dZ) for Hermitian dZ, which is Hermitian where f is real"
    ),
    ("Sym", "projected"): (
        "the symmetric gradient: the projection (G + G')/2, the steepest ascent within symmetric"
        " matrices (Srinivasan & Panda 2019)"
    ),
    ("Sym", "entries"): (
        f"each free entry counted once, as in the Cookbook: G + G' - diag(diag(G)), {_ONCE}"
    ),
    ("Skew", "projected"): "the skew gradient: the projection (G - G')/2 on skew matrices",
    ("Skew", "entries"): "each free entry counted once: G - G'",
    ("Diag", "projected"): "the projection on diagonal matrices",
    ("Diag", "entries"): "each diagonal entry counted once",
    ("Tril", "projected"): "the projection on lower triangular matrices",
    ("Tril", "entries"): "each entry of the lower triangle counted once",
    ("Triu", "projected"): "the projection on upper triangular matrices",
    ("Triu", "entries"): "each entry of the upper triangle counted once",
    ("Toep", "projected"): "the projection on Toeplitz matrices: the mean along each diagonal",
    ("Toep", "entries"): f"each diagonal's entry counted once: its sum, {_ONCE}",
    ("SymToep", "projected"): (
        "the projection on symmetric Toeplitz matrices: the mean along both diagonals"
    ),
    ("SymToep", "entries"): f"each free entry counted once: the sum of its diagonals, {_ONCE}",
}
