"""Expressions of SymPy as expressions of the language.

A name gets the set that `where` declares; otherwise it is real, positive where its symbol is. A
symbol in the shape of a matrix is a size. Indices of SymPy start at 0, those of the language at 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.core.numbers import Exp1, Pi
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.matrices.expressions.slice import MatrixSlice

from matcalc.errors import MatcalcError, NotSupportedError
from matcalc.expr import build
from matcalc.expr.nodes import Expr
from matcalc.expr.sets import VariableSet, make_set, real_set
from matcalc.expr.sizes import (
    AnySize,
    add_sizes,
    divide_sizes,
    multiply_sizes,
    power_size,
    size_name,
)
from matcalc.functions import lookup
from matcalc.functions.abstract import AbstractDerivative, AbstractFunction
from matcalc.functions.arrays import block

Declared = Mapping[str, VariableSet]


def from_sympy(s: Any, declared: Declared | None = None) -> Expr:
    """The expression of the language; NotSupportedError names what has no counterpart.

    declared: the sets of names; SymPy's symbols do not know theirs.
    """
    if isinstance(s, str):
        raise MatcalcError("from_sympy takes an expression of SymPy", hint="of text: mc.parse")
    if not isinstance(s, sp.Basic | sp.MatrixBase):
        return build.expression(s)
    if isinstance(s, sp.MatrixBase):
        s = sp.ImmutableDenseMatrix(s)
    return _Reader(s, declared or {}).read(s, {})


class _Reader:
    """One expression: the names of its sizes, and the sets of its variables."""

    def __init__(self, root: Any, declared: Declared):
        self.declared = declared
        self.sizes = _sizes_in(root)

    def read(self, root: Any, bound: dict[Any, Expr]) -> Expr:
        """The expression; `bound` are symbols that stand for others, as in a Lambda."""
        made: dict[Any, Expr] = dict(bound)
        stack = [root]
        while stack:
            s = stack[-1]
            if s in made:
                stack.pop()
                continue
            _require_known(s)
            parts = _parts(s)
            todo = [p for p in parts if p not in made]
            if todo:
                stack.extend(reversed(todo))
                continue
            made[s] = self._made(s, [made[p] for p in parts])
            stack.pop()
        return made[root]

    def _made(self, s: Any, below: list[Expr]) -> Expr:
        if isinstance(s, sp.MatrixSymbol):
            return self._variable(s.name, real_set(_shape(s)))
        if isinstance(s, sp.Symbol):
            return self._symbol(s)
        if isinstance(s, ElementwiseApplyFunction):
            return self._by_entries(s.function, below[0])
        if isinstance(s, AppliedUndef | sp.Derivative | sp.Subs):
            return _abstract(s, below)
        rule = _rule(s)
        if rule is not None:
            return rule(s, below)
        return build.apply(lookup(_FUNCTIONS[type(s)], len(below)), *below)

    def _symbol(self, s: Any) -> Expr:
        if s.name in self.sizes:
            return build.size_number(size(s))
        if s.is_real is False:
            raise NotSupportedError(f"{s}, a symbol of SymPy that is not real")
        if s.is_complex and s.is_real is None:
            return self._variable(s.name, make_set("C", ()))
        return self._variable(s.name, make_set("R+" if s.is_positive else "R", ()))

    def _variable(self, name: str, of: VariableSet) -> Expr:
        known = self.declared.get(name, of)
        if known.shape != of.shape:
            raise MatcalcError(f"{name} is declared in {known}, and in SymPy it is in {of}")
        return build.symbol(name, known)

    def _by_entries(self, f: Any, argument: Expr) -> Expr:
        """f of every entry: what is arithmetic of numbers in f is entrywise with an array."""
        found = self.read(f.expr, {f.variables[0]: argument})
        return found if found.shape == argument.shape else build.multiply(found, _ones(argument))


def _rule(s: Any) -> Callable[[Any, list[Expr]], Expr] | None:
    return next((_RULES[kind] for kind in type(s).__mro__ if kind in _RULES), None)


def _require_known(s: Any) -> None:
    """NotSupportedError for a node that has no counterpart."""
    if not (isinstance(s, _READ) or type(s) in _FUNCTIONS or _rule(s)):
        raise _unknown(s)


def _unknown(s: Any) -> NotSupportedError:
    return NotSupportedError(f"{type(s).__name__} of SymPy: {s}")


def _ones(e: Expr) -> Expr:
    return build.ones(e.shape)


def _sizes_in(root: Any) -> set[str]:
    """The names in the shapes of all matrices.

    It goes bottom up, by identity, and takes hashes on the way: SymPy keeps the hash of a node, but
    finds it by recursion, for which a deep expression is too deep.
    """
    found: set[str] = set()
    seen: dict[int, Any] = {}
    stack = [(root, False)]
    while stack:
        s, ready = stack.pop()
        if ready:
            hash(s)
            for n in s.shape if isinstance(s, sp.MatrixExpr) else ():
                found |= {x.name for x in getattr(n, "free_symbols", ())}
        elif id(s) not in seen:
            seen[id(s)] = s
            stack.append((s, True))
            stack.extend((a, False) for a in getattr(s, "args", ()))
    return found


def size(s: Any) -> AnySize:
    """A size: a polynomial in symbols."""
    if isinstance(s, int):
        return s
    s = sp.expand(s)
    total: AnySize = 0
    for term in sp.Add.make_args(s):
        product: AnySize = 1
        by = 1
        for factor in sp.Mul.make_args(term):
            base, exponent = factor.as_base_exp()
            if factor.is_Rational:
                product, by = multiply_sizes(product, int(factor.p)), int(factor.q)
            elif isinstance(base, sp.Symbol) and exponent.is_Integer and exponent > 0:
                product = multiply_sizes(product, power_size(size_name(base.name), int(exponent)))
            else:
                raise NotSupportedError(f"the size {s} of SymPy")
        total = add_sizes(total, divide_sizes(product, by))
    return total


def _parts(s: Any) -> tuple[Any, ...]:
    """What a node is made of; sizes, indices and bound symbols are none."""
    if isinstance(s, _LEAVES):
        return ()
    if isinstance(s, ElementwiseApplyFunction):
        return (s.expr,)
    if isinstance(s, MatrixSlice):
        return (s.parent,)
    if isinstance(s, MatrixElement):
        return (s.parent,)
    if isinstance(s, sp.BlockMatrix):
        return tuple(s.blocks)
    if isinstance(s, sp.MatrixBase):
        return tuple(s)
    if isinstance(s, sp.Inverse):
        return (s.arg,)
    if isinstance(s, sp.Derivative):
        return s.expr.args if isinstance(s.expr, AppliedUndef) else ()
    if isinstance(s, sp.Subs):
        inner = s.expr.expr if isinstance(s.expr, sp.Derivative) else None
        values = dict(zip(s.variables, s.point, strict=True))
        return tuple(values.get(a, a) for a in inner.args) if inner is not None else ()
    return s.args


_READ = (
    sp.Symbol,
    sp.MatrixSymbol,
    ElementwiseApplyFunction,
    AppliedUndef,
    sp.Derivative,
    sp.Subs,
)
_LEAVES = (
    sp.Symbol,
    sp.Number,
    sp.NumberSymbol,
    sp.MatrixSymbol,
    sp.Identity,
    sp.ZeroMatrix,
    sp.OneMatrix,
)


def _abstract(s: Any, below: list[Expr]) -> Expr:
    """A function of numbers without a formula, or a derivative of one by its arguments."""
    inner = s
    if isinstance(inner, sp.Subs):
        inner = inner.expr
    by: tuple[Any, ...] = ()
    if isinstance(inner, sp.Derivative):
        inner, by = inner.expr, inner.variables
    if not isinstance(inner, AppliedUndef) or not below or len(by) > 2:
        raise _unknown(s)
    slots = [[k for k, a in enumerate(inner.args) if a == v] for v in by]
    if any(len(found) != 1 for found in slots):
        raise _unknown(s)
    f = AbstractFunction(inner.func.__name__, ((1, 1),) * len(below), (1, 1))
    if not by:
        return build.apply(f, *below)
    numbers = tuple(found[0] for found in slots)
    return build.apply(AbstractDerivative("grad" if len(by) == 1 else "hess", f, numbers), *below)


def _number(s: Any, below: list[Expr]) -> Expr:
    if s.is_Rational:
        return build.number(Fraction(int(s.p), int(s.q)))
    if not s.is_finite:
        raise NotSupportedError(f"the number {s} of SymPy")
    return build.number(float(s))


def _mul(s: Any, below: list[Expr]) -> Expr:
    """A product of numbers; of what stands for arrays, entry by entry."""
    arrays = [e for e in below if not e.is_scalar]
    scalars = build.multiply(*(e for e in below if e.is_scalar))
    return build.multiply(scalars, build.hadamard(*arrays)) if arrays else scalars


def _pow(s: Any, below: list[Expr]) -> Expr:
    base, exponent = below
    if build.number_value(exponent) == Fraction(1, 2):
        return build.apply(lookup("sqrt"), base)
    return build.element_power(base, exponent)


def _folded(name: str) -> Callable[[Any, list[Expr]], Expr]:
    """A function of two, of any number of arguments."""

    def made(s: Any, below: list[Expr]) -> Expr:
        total = below[0]
        for e in below[1:]:
            total = build.apply(lookup(name, 2), total, e)
        return total

    return made


def _polygamma(s: Any, below: list[Expr]) -> Expr:
    k, x = below
    if build.number_value(k) == 0:
        return build.apply(lookup("digamma"), x)
    return build.apply(lookup("polygamma"), k, x)


def _trace(s: Any, below: list[Expr]) -> Expr:
    return build.apply(lookup("tr"), below[0])


def _hadamard_power(s: Any, below: list[Expr]) -> Expr:
    return build.element_power(*below)


def _slice(s: Any, below: list[Expr]) -> Expr:
    """Rows and columns from one index to another, in steps of one."""
    chosen = []
    for n, (start, stop, step) in zip(below[0].shape, (s.rowslice, s.colslice), strict=True):
        if step != 1:
            raise NotSupportedError(f"slices in steps of {step} of SymPy")
        first = add_sizes(size(start), 1)
        chosen.append(build.selection(n, first, add_sizes(size(stop), size(start), -1)))
    return build.multiply(build.transpose(chosen[0]), below[0], chosen[1])


def _element(s: Any, below: list[Expr]) -> Expr:
    rows, columns = below[0].shape
    i, j = (add_sizes(size(k), 1) for k in (s.i, s.j))
    left, right = build.selection(rows, i, 1), build.selection(columns, j, 1)
    return build.multiply(build.transpose(left), below[0], right)


def _blocks(s: Any, below: list[Expr]) -> Expr:
    rows, columns = (s.blocks if isinstance(s, sp.BlockMatrix) else s).shape
    return block([columns] * rows, below)


def _identity(s: Any, below: list[Expr]) -> Expr:
    return build.identity(size(s.shape[0]))


def _shape(s: Any) -> tuple[AnySize, AnySize]:
    return size(s.shape[0]), size(s.shape[1])


_RULES: dict[type, Callable[[Any, list[Expr]], Expr]] = {
    sp.Number: _number,
    Exp1: lambda s, below: build.apply(lookup("exp"), 1),
    Pi: lambda s, below: build.apply(lookup("pi")),
    sp.Add: lambda s, below: build.add(*below),
    sp.Mul: _mul,
    sp.Pow: _pow,
    sp.Max: _folded("max"),
    sp.Min: _folded("min"),
    sp.polygamma: _polygamma,
    sp.conjugate: lambda s, below: build.conjugate(below[0]),
    sp.Identity: _identity,
    sp.ZeroMatrix: lambda s, below: build.zeros(_shape(s)),
    sp.OneMatrix: lambda s, below: build.ones(_shape(s)),
    sp.MatAdd: lambda s, below: build.add(*below),
    sp.MatMul: lambda s, below: build.multiply(*below),
    sp.Inverse: lambda s, below: build.inverse(below[0]),
    sp.MatPow: lambda s, below: build.power(*below),
    sp.Transpose: lambda s, below: build.transpose(below[0]),
    sp.Adjoint: lambda s, below: build.transpose(build.conjugate(below[0])),
    sp.Trace: _trace,
    sp.HadamardProduct: lambda s, below: build.hadamard(*below),
    sp.HadamardPower: _hadamard_power,
    sp.KroneckerProduct: lambda s, below: build.kronecker(*below),
    MatrixSlice: _slice,
    MatrixElement: _element,
    sp.BlockMatrix: _blocks,
    sp.MatrixBase: _blocks,
}

_FUNCTIONS: dict[type, str] = {
    sp.Determinant: "det",
    sp.DiagMatrix: "diag",
    sp.DiagonalOf: "diag",
    sp.Abs: "abs",
    sp.loggamma: "lgamma",
    **{
        getattr(sp, name): name
        for name in "exp log sin cos tan asin acos atan sinh cosh tanh erf gamma sign".split()
    },
}
