"""Expressions of the language as expressions of SymPy.

Arrays become matrix expressions, scalars ordinary ones; a product of arrays that is 1×1 stands in
a trace, since SymPy keeps 1×1 matrices and numbers apart. A size is a positive integer symbol.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixElement

from matcalc.errors import NotSupportedError
from matcalc.expr.nodes import (
    Apply,
    Conjugate,
    ElementPower,
    Expr,
    Frobenius,
    Hadamard,
    Identity,
    Inverse,
    Kronecker,
    Number,
    Ones,
    Power,
    Product,
    Selection,
    SizeNumber,
    Sum,
    Symbol,
    Transpose,
    Value,
    Zeros,
    fold,
    in_words,
)
from matcalc.expr.sizes import AnySize
from matcalc.functions.abstract import AbstractDerivative, AbstractFunction


def to_sympy(e: Expr) -> Any:
    """The expression in SymPy; NotSupportedError names what has no counterpart there."""
    return fold(e, _step)


def _step(e: Expr, below: list[Any]) -> Any:
    rule = _RULES.get(type(e))
    if rule is None:
        raise NotSupportedError(f"{in_words(e)} in SymPy: {e}")
    return rule(e, below)


def is_matrix(s: Any) -> bool:
    return bool(getattr(s, "is_Matrix", False))


def _scalar(s: Any) -> Any:
    """A 1×1 matrix of SymPy as a number."""
    return sp.Trace(s) if is_matrix(s) else s


def size(n: AnySize) -> Any:
    """A size: an integer, or a polynomial in positive integer symbols."""
    if isinstance(n, int):
        return sp.Integer(n)
    total = sp.Integer(0)
    for monomial, c in n.terms:
        names = [sp.Symbol(name, integer=True, positive=True) ** p for name, p in monomial]
        total += sp.Mul(_number(c), *names)
    return total


def _number(value: Value) -> Any:
    if isinstance(value, Fraction):
        return sp.Rational(value.numerator, value.denominator)
    return sp.Float(value)


def _symbol(e: Symbol, below: list[Any]) -> Any:
    if not e.is_scalar:
        return sp.MatrixSymbol(e.name, *map(size, e.shape))
    if "complex" in e.facts:
        return sp.Symbol(e.name, complex=True)
    sign = {"positive": True} if "positive" in e.facts else {}
    return sp.Symbol(e.name, real=True, **sign)


def _selection(e: Selection, below: list[Any]) -> Any:
    start = size(e.start) - 1
    return sp.Identity(size(e.shape[0]))[:, start : start + size(e.shape[1])]


def _sum(e: Sum, below: list[Any]) -> Any:
    if e.is_scalar:
        return sp.Add(*below)
    ones = sp.OneMatrix(*map(size, e.shape))
    return sp.MatAdd(*(t if is_matrix(t) else t * ones for t in below)).doit(deep=False)


def _product(e: Product, below: list[Any]) -> Any:
    scalars, chain = below[: len(e.scalars)], below[len(e.scalars) :]
    front = sp.Mul(_number(e.coefficient), *scalars)
    if not chain:
        return front
    if e.is_scalar and (entry := _entry(e.chain, chain)) is not None:
        return front * entry
    product = chain[0] if len(chain) == 1 else sp.MatMul(*chain).doit(deep=False)
    return front * (_scalar(product) if e.is_scalar else product)


def _entry(factors: tuple[Expr, ...], written: list[Any]) -> Any:
    """e_i'*A*e_j as A[i,j], and e_i'*x as x[i]; None of other products."""
    first, last = factors[0], factors[-1]
    row = first.argument if isinstance(first, Transpose) else None
    if not isinstance(row, Selection) or len(factors) > 3:
        return None
    if len(factors) == 3 and not isinstance(last, Selection):
        return None
    column = size(last.start) - 1 if isinstance(last, Selection) else 0
    return MatrixElement(written[1], size(row.start) - 1, column)


def _element_power(e: ElementPower, below: list[Any]) -> Any:
    base, exponent = below
    if is_matrix(base):
        return sp.HadamardPower(base, exponent)
    t = sp.Dummy("t", real=True)
    return exponent.applyfunc(sp.Lambda(t, base**t))


def _kronecker(e: Kronecker, below: list[Any]) -> Any:
    return sp.KroneckerProduct(*below)


def _apply(e: Apply, below: list[Any]) -> Any:
    f = e.function
    if isinstance(f, AbstractFunction | AbstractDerivative):
        return _abstract(e, below)
    if f.name in ("hcat", "vcat"):
        return _stacked(f.name, below)
    entrywise = _ENTRYWISE.get(f.name)
    if entrywise is not None and f.elementwise:
        return _by_entries(e, entrywise, below)
    rule = _FUNCTIONS.get(f.name)
    if rule is None or len(below) != 1:
        if f.name == "pi":
            return sp.pi
        raise NotSupportedError(f"{f.name} in SymPy")
    return rule(below[0])


def _abstract(e: Apply, below: list[Any]) -> Any:
    """A function of numbers without a formula, and its derivatives."""
    base = getattr(e.function, "base", e.function)
    if any(shape != (1, 1) for shape in (*base.domains, base.codomain)):
        raise NotSupportedError(f"{base.name}, a function of arrays without a formula, in SymPy")
    f = sp.Function(base.name)
    by = getattr(e.function, "by", ())
    if not by:
        return f(*below)
    if len(by) == 1:
        return f(*below).fdiff(by[0] + 1)
    free = sp.symbols(f"xi_1:{len(below) + 1}", cls=sp.Dummy)
    return sp.Subs(sp.Derivative(f(*free), *(free[k] for k in by)), free, tuple(below))


def _stacked(name: str, below: list[Any]) -> Any:
    blocks = [_matrix(b) for b in below]
    return sp.BlockMatrix([blocks] if name == "hcat" else [[b] for b in blocks])


def _matrix(s: Any) -> Any:
    """A number as a 1×1 matrix."""
    return s if is_matrix(s) else s * sp.Identity(1)


def _by_entries(e: Apply, f: Callable[..., Any], below: list[Any]) -> Any:
    arrays = [b for b in below if is_matrix(b)]
    if not arrays:
        return f(*below)
    if len(arrays) > 1:
        raise NotSupportedError(f"{e.function.name} of several arrays in SymPy")
    t = sp.Dummy("t", real=True)
    return arrays[0].applyfunc(sp.Lambda(t, f(*(t if is_matrix(b) else b for b in below))))


def _sigmoid(t: Any) -> Any:
    return 1 / (1 + sp.exp(-t))


_ENTRYWISE: dict[str, Callable[..., Any]] = {
    "abs": sp.Abs,
    "lgamma": sp.loggamma,
    "max": sp.Max,
    "min": sp.Min,
    "log1p": lambda t: sp.log(1 + t),
    "step": lambda t: (1 + sp.sign(t)) / 2,
    "sigmoid": _sigmoid,
    "softplus": lambda t: sp.log(1 + sp.exp(t)),
    "relu": lambda t: sp.Max(t, 0),
    "leakyrelu": lambda t: sp.Max(t, t / 100),
    "elu": lambda t: sp.Max(t, 0) + sp.exp(sp.Min(t, 0)) - 1,
    "gelu": lambda t: t * (1 + sp.erf(t / sp.sqrt(2))) / 2,
    "silu": lambda t: t * _sigmoid(t),
    "hardtanh": lambda t: sp.Max(-1, sp.Min(t, 1)),
}
_ENTRYWISE |= {
    name: getattr(sp, name)
    for name in (
        "exp log sqrt sin cos tan asin acos atan sinh cosh tanh erf gamma digamma polygamma sign"
    ).split()
}


def _total(a: Any) -> Any:
    """The sum of all entries, 1'A1."""
    rows, columns = a.shape
    left = [sp.OneMatrix(1, rows)] if rows != 1 else []
    right = [sp.OneMatrix(columns, 1)] if columns != 1 else []
    return sp.Trace(sp.MatMul(*left, a, *right))


def _norm(a: Any) -> Any:
    return sp.sqrt(sp.Trace(a.T * a))


def _entries_of(f: Any) -> Callable[[Any], Any]:
    t = sp.Dummy("t", real=True)
    return lambda a: a.applyfunc(sp.Lambda(t, f(t)))


_exp, _abs = _entries_of(sp.exp), _entries_of(sp.Abs)

_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "tr": sp.Trace,
    "det": sp.Determinant,
    "logdet": lambda a: sp.log(sp.Determinant(a)),
    "diag": lambda a: sp.DiagMatrix(a) if a.shape[1] == 1 else sp.DiagonalOf(a),
    "sum": _total,
    "mean": lambda a: _total(a) / (a.shape[0] * a.shape[1]),
    "norm1": lambda a: _total(_abs(a)),
    "norm2": _norm,
    "softmax": lambda a: _exp(a) / _total(_exp(a)),
    "logsumexp": lambda a: sp.log(_total(_exp(a))),
}

_RULES: dict[type, Callable[[Any, list[Any]], Any]] = {
    Symbol: _symbol,
    Number: lambda e, below: _number(e.value),
    SizeNumber: lambda e, below: size(e.size),
    Identity: lambda e, below: sp.Identity(size(e.shape[0])),
    Zeros: lambda e, below: sp.ZeroMatrix(*map(size, e.shape)),
    Ones: lambda e, below: sp.OneMatrix(*map(size, e.shape)),
    Selection: _selection,
    Sum: _sum,
    Product: _product,
    Power: lambda e, below: below[0] ** below[1],
    ElementPower: _element_power,
    Transpose: lambda e, below: below[0].T,
    Conjugate: lambda e, below: below[0].conjugate(),
    Inverse: lambda e, below: sp.Inverse(below[0]),
    Hadamard: lambda e, below: sp.HadamardProduct(*below),
    Frobenius: lambda e, below: sp.Trace(below[0].T * below[1]),
    Kronecker: _kronecker,
    Apply: _apply,
}
