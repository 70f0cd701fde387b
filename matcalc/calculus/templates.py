"""The texts of the function records, parsed on first use and put to arguments."""

from __future__ import annotations

from functools import cache

from matcalc.elaborate import read_expression
from matcalc.expr import build
from matcalc.expr.nodes import Apply, Expr, Power, Product, Sum, Symbol, fold
from matcalc.expr.rewrite import substitute
from matcalc.expr.sets import VariableSet, make_set
from matcalc.functions.record import Function
from matcalc.functions.signature import Signature, dim_size


@cache
def _template(text: str, names: tuple[str, ...], kinds: tuple[tuple[str, ...], ...]) -> Expr:
    """The expression that a record's text is, in variables of these shapes."""
    return read_expression(text, dict(zip(names, map(_real, kinds), strict=True)))


def _real(dims: tuple[str, ...]) -> VariableSet:
    return make_set("R", tuple(dim_size(d) for d in dims))


def instantiate(
    text: str, function: Function, arguments: tuple[Expr, ...], cotangent: Expr | None = None
) -> Expr:
    """The text with arguments for parameters, and G for the cotangent.

    Differentials dA of parameters become d(argument).
    """
    k, sizes = function.select(arguments)
    signature: Signature = function.signatures[k]
    arrays = [i for i, size in enumerate(signature.sizes) if size is None]
    names = tuple(function.parameters[i] for i in arrays)
    kinds = tuple(signature.domains[i] for i in arrays)
    values = [arguments[i] for i in arrays]
    if cotangent is not None:
        names, kinds = (*names, "G"), (*kinds, signature.codomain)
        values.append(cotangent)
    template = _template(text, names, kinds)
    variables = [build.symbol(n, _real(d)) for n, d in zip(names, kinds, strict=True)]
    return substitute(template, dict(zip(variables, values, strict=True)), sizes)


def adjoint_text(function: Function, arguments: tuple[Expr, ...]) -> str:
    """The text of L*(G) of a linear function for these arguments."""
    assert function.adjoint is not None
    return _chosen(function.adjoint, function, arguments)


def matrix_text(function: Function, arguments: tuple[Expr, ...]) -> str:
    """The text of the matrix of a linear function for these arguments."""
    assert function.matrix is not None, f"{function.name} states no matrix"
    return _chosen(function.matrix, function, arguments)


def _chosen(texts: str | tuple[str, ...], function: Function, arguments: tuple[Expr, ...]) -> str:
    """The text of the signature that fits."""
    return texts if isinstance(texts, str) else texts[function.select(arguments)[0]]


def elementwise_derivative(function: Function, parameter: str, arguments: tuple[Expr, ...]) -> Expr:
    """f'(x) entry by entry, for arrays in place of the scalar parameters."""
    template = _template(
        function.derivatives[parameter], function.parameters, ((),) * len(function.parameters)
    )
    real = make_set("R")
    values = {build.symbol(n, real): a for n, a in zip(function.parameters, arguments, strict=True)}
    return fold(template, lambda e, c: lift(e, c), dict(values))


def lift(e: Expr, children: list[Expr]) -> Expr:
    """A node of a scalar expression with arrays for its children: every operation entry by entry.

    Scalar sums, products and powers become their entrywise versions.
    """
    if isinstance(e, Sum):
        return build.add(*children)
    if isinstance(e, Product):
        return build.hadamard(build.number(e.coefficient), *children)
    if isinstance(e, Power):
        return build.element_power(*children)
    if isinstance(e, Apply):
        return build.apply(e.function, *children)
    if isinstance(e, Symbol) or not children:
        return e
    raise AssertionError(f"{type(e).__name__} in a scalar derivative")
