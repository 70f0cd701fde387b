"""SymPy's side of the benchmark: matcalc's expressions as SymPy's matrix expressions.

Only what SymPy's matrix expressions can express is translated; the rest raises CannotExpress.
A scalar that is a product, such as x'*A*x, can be written for SymPy in two ways, and it can
differentiate sometimes one and sometimes the other: as a trace, and as a product of size 1×1.
"""

from __future__ import annotations

import warnings

import sympy as sp
from sympy.matrices.expressions.hadamard import HadamardPower
from sympy.utilities.exceptions import SymPyDeprecationWarning

from matcalc.expr import nodes
from matcalc.expr.nodes import Expr, fold

# SymPy deprecates what its own matrices do, and its import turns these warnings on.
warnings.simplefilter("ignore", SymPyDeprecationWarning)

ROUTES = ("trace", "product")

ELEMENTWISE = {
    "exp": sp.exp,
    "log": sp.log,
    "sqrt": sp.sqrt,
    "sin": sp.sin,
    "cos": sp.cos,
    "tan": sp.tan,
    "asin": sp.asin,
    "acos": sp.acos,
    "atan": sp.atan,
    "sinh": sp.sinh,
    "cosh": sp.cosh,
    "tanh": sp.tanh,
    "abs": sp.Abs,
    "sign": sp.sign,
    "erf": sp.erf,
    "gamma": sp.gamma,
    "lgamma": sp.loggamma,
    "digamma": sp.digamma,
    "log1p": lambda x: sp.log(1 + x),
    "sigmoid": lambda x: 1 / (1 + sp.exp(-x)),
    "softplus": lambda x: sp.log(1 + sp.exp(x)),
    "relu": lambda x: sp.Max(x, 0),
    "step": sp.Heaviside,
}


class CannotExpress(Exception):
    """SymPy's matrix expressions have no such node."""


def to_sympy(e: Expr, route: str = "trace"):
    """The expression for SymPy; `route` says how a scalar that is a product is written."""
    return fold(e, lambda x, children: _node(x, children, route))


def gradient(f, variable):
    """SymPy's derivative of f; None unless it is one: evaluated, not 0, of the variable's shape.

    Whether it is right is not looked at.
    """
    found = f.diff(variable)
    answered = (
        getattr(found, "shape", ()) == getattr(variable, "shape", ())
        and not found.has(sp.Derivative)
        and found != 0
        and not isinstance(found, sp.ZeroMatrix)
    )
    return found if answered else None


def _size(size):
    if isinstance(size, int):
        return sp.Integer(size)
    if str(size).isidentifier():
        return sp.Symbol(str(size), integer=True, positive=True)
    raise CannotExpress(f"the size {size}")


def _node(e: Expr, children: list, route: str):
    make = _MAKE.get(type(e))
    if make is None:
        raise CannotExpress(type(e).__name__)
    return make(e, children, route)


def _symbol(e, children, route):
    if e.is_scalar:
        return sp.Symbol(e.name, real=True)
    return sp.MatrixSymbol(e.name, *map(_size, e.shape))


def _number(e, children, route):
    value = e.value
    return sp.Float(value) if isinstance(value, float) else sp.Rational(*value.as_integer_ratio())


def _sum(e, children, route):
    if e.is_scalar and not any(getattr(c, "is_Matrix", False) for c in children):
        return sp.Add(*children)
    if not all(getattr(c, "is_Matrix", False) for c in children):
        raise CannotExpress("a number added to a product of size 1×1")
    return sp.MatAdd(*children)


def _product(e, children, route):
    scalars, chain = children[: len(e.scalars)], children[len(e.scalars) :]
    coefficient = _number(nodes.node(nodes.Number, (1, 1), e.coefficient), (), route)
    scale = sp.Mul(coefficient, *scalars)
    if not chain:
        return scale
    matrix = sp.MatMul(*chain)
    if e.is_scalar and route == "trace":
        return scale * sp.Trace(matrix)
    return scale * matrix


def _power(e, children, route):
    base, exponent = children
    if getattr(base, "is_Matrix", False):
        return sp.MatPow(base, exponent)
    return sp.Pow(base, exponent)


def _frobenius(e, children, route):
    left, right = children
    return sp.Trace(left.T * right)


def _apply(e, children, route):
    function = _FUNCTIONS.get(e.function.name)
    if function is not None and len(children) == 1:
        return function(e.arguments[0], children[0], route)
    name = e.function.name
    if name in ELEMENTWISE and len(children) == 1:
        if not getattr(children[0], "is_Matrix", False):
            return ELEMENTWISE[name](children[0])
        if not e.is_scalar:
            t = sp.Dummy("t", real=True)
            return children[0].applyfunc(sp.Lambda(t, ELEMENTWISE[name](t)))
    raise CannotExpress(name)


def _total(e, a, route):
    """The sum of the entries: a product with ones."""
    rows, columns = map(_size, e.shape)
    product = sp.OneMatrix(1, rows) * a
    if columns != 1:
        product = product * sp.OneMatrix(columns, 1)
    return sp.Trace(product) if route == "trace" else product


def _square(a, route):
    product = a.T * a
    return product if route == "product" and a.shape[1] == 1 else sp.Trace(product)


def _norm(e, a, route):
    return sp.sqrt(_square(a, "trace"))


def _squared_norm(e, children, route):
    """norm2(a)^2 without the root; other powers as they are."""
    base = e.base
    if (
        isinstance(base, nodes.Apply)
        and base.function.name == "norm2"
        and nodes.number_value(e.exponent) == 2
    ):
        return _square(to_sympy(base.arguments[0], route), route)
    return _power(e, children, route)


def _diagonal(e, a, route):
    if e.shape[1] != 1:
        raise CannotExpress("the diagonal of a matrix")
    return sp.DiagMatrix(a)


_FUNCTIONS = {
    "tr": lambda e, a, route: sp.Trace(a),
    "det": lambda e, a, route: sp.Determinant(a),
    "logdet": lambda e, a, route: sp.log(sp.Determinant(a)),
    "sum": _total,
    "mean": lambda e, a, route: _total(e, a, route) / (_size(e.shape[0]) * _size(e.shape[1])),
    "norm2": _norm,
    "norm1": lambda e, a, route: _total(e, a.applyfunc(sp.Abs), route),
    "logsumexp": lambda e, a, route: sp.log(_total(e, a.applyfunc(sp.exp), "trace")),
    "diag": _diagonal,
    "pi": lambda e, a, route: sp.pi,
}

_MAKE = {
    nodes.Symbol: _symbol,
    nodes.Number: _number,
    nodes.SizeNumber: lambda e, c, route: _size(e.size),
    nodes.Identity: lambda e, c, route: sp.Identity(_size(e.shape[0])),
    nodes.Zeros: lambda e, c, route: sp.ZeroMatrix(*map(_size, e.shape)),
    nodes.Ones: lambda e, c, route: sp.OneMatrix(*map(_size, e.shape)),
    nodes.Sum: _sum,
    nodes.Product: _product,
    nodes.Power: _squared_norm,
    nodes.ElementPower: lambda e, c, route: HadamardPower(*c),
    nodes.Transpose: lambda e, c, route: sp.Transpose(c[0]).doit(deep=False),
    nodes.Inverse: lambda e, c, route: sp.Inverse(c[0]),
    nodes.Hadamard: lambda e, c, route: sp.HadamardProduct(*c),
    nodes.Frobenius: _frobenius,
    nodes.Kronecker: lambda e, c, route: sp.KroneckerProduct(*c),
    nodes.Apply: _apply,
}
