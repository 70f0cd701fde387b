"""The expressions: immutable, interned nodes, each with its shape and the facts known of it.

Equal expressions are the same object, so `is` compares them and every pass can keep a table by
node. Nodes are made by the constructors of `build.py`, which fold what a reader would not call a
step (units, zeros, nested sums and products, numbers); everything else is the simplifier's.
A shape is always a pair: 1×1 is a scalar, n×1 a column vector.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from importlib import import_module
from threading import RLock
from typing import Any, TypeGuard
from weakref import WeakValueDictionary

from matcalc.expr.facts import facts_of
from matcalc.expr.sets import Facts, VariableSet
from matcalc.expr.sizes import AnySize, Shape, names_of

Value = Fraction | float  # exact, or a float where the literal had more than 12 digits
ONE = Fraction(1)  # the coefficient of most products: `is` tells it at once

_table: WeakValueDictionary[tuple, Expr] = WeakValueDictionary()
_lock = RLock()
_set = object.__setattr__


class _Hooks(dict[str, Callable[..., Any]]):
    """What fills itself on first use, also where the Python interface is not imported otherwise,
    as in the conversation, or in a process that has only unpickled an expression."""

    def __missing__(self, name: str) -> Callable[..., Any]:
        import_module("matcalc.api")
        if name not in self:
            raise KeyError(name)
        return self[name]


# Notations and numbers live in rooms further down; they enter here (see `matcalc.api`).
hooks = _Hooks()


class Expr:
    """An expression. `shape` is (rows, columns); `facts` are words such as "symmetric"."""

    __slots__ = ("__weakref__", "facts", "fields", "shape")
    fields: tuple
    shape: Shape
    facts: Facts

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"expressions are immutable: cannot set {name}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"expressions are immutable: cannot delete {name}")

    # NumPy leaves `array * expression` to us, and we refuse it with a clear error.
    __array_ufunc__ = None

    @property
    def children(self) -> tuple[Expr, ...]:
        """The expressions that this one is made of, in order."""
        return ()

    @property
    def is_scalar(self) -> bool:
        return self.shape == (1, 1)

    # Python operators build the same expressions as text does.

    def __add__(self, other):
        return _build().add(self, other)

    def __radd__(self, other):
        return _build().add(other, self)

    def __sub__(self, other):
        return _build().subtract(self, other)

    def __rsub__(self, other):
        return _build().subtract(other, self)

    def __mul__(self, other):
        return _build().multiply(self, other)

    def __rmul__(self, other):
        return _build().multiply(other, self)

    __matmul__ = __mul__
    __rmatmul__ = __rmul__

    def __truediv__(self, other):
        return _build().divide(self, other)

    def __rtruediv__(self, other):
        return _build().divide(other, self)

    def __pow__(self, exponent):
        return _build().power(self, exponent)

    def __rpow__(self, base):
        return _build().power(base, self)

    def __neg__(self):
        return _build().multiply(-1, self)

    def __pos__(self):
        return self

    @property
    def T(self) -> Expr:
        """The transpose."""
        return _build().transpose(self)

    @property
    def H(self) -> Expr:
        """The conjugate transpose."""
        return _build().transpose(_build().conjugate(self))

    def __str__(self) -> str:
        return hooks["text"](self)

    def __repr__(self) -> str:
        return str(self)

    def unicode(self) -> str:
        """The expression as on paper, in Unicode: AᵀR, x ⊙ y."""
        return hooks["unicode"](self)

    def latex(self) -> str:
        """The expression in LaTeX."""
        return hooks["latex"](self)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def evaluate(self, values: dict[str, Any]) -> Any:
        """The value as a NumPy array (vectors with one axis) or a number.

        `values` maps the names of variables to numbers and arrays, those of abstract functions to
        tuples of callables (the function, its derivative, ...).
        """
        return hooks["evaluate"](self, values)

    def __reduce__(self):
        from matcalc.expr.pickling import flatten, unflatten

        return unflatten, (flatten(self),)

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self


def _build():
    from matcalc.expr import build

    return build


def node(cls: type[Expr], shape: Shape, *fields) -> Any:
    """The one node of a class with these fields, made if it is not there yet."""
    key = (cls, shape, *fields)
    found = _table.get(key)
    if found is None:
        with _lock:
            found = _table.get(key)
            if found is None:
                found = object.__new__(cls)
                _set(found, "fields", fields)
                _set(found, "shape", shape)
                _set(found, "facts", facts_of(found))
                _table[key] = found
    return found


class Symbol(Expr):
    """A variable: a name and the set that it is declared in."""

    __slots__ = ()
    name = property(lambda self: self.fields[0])
    set: VariableSet = property(lambda self: self.fields[1])  # type: ignore[assignment]


class Number(Expr):
    """A real number, exact where it can be."""

    __slots__ = ()
    value: Value = property(lambda self: self.fields[0])  # type: ignore[assignment]


class SizeNumber(Expr):
    """A size name used as a number, as in ones(n)/n."""

    __slots__ = ()
    size = property(lambda self: self.fields[0])


class Identity(Expr):
    """eye(n)."""

    __slots__ = ()


class Zeros(Expr):
    """zeros(m,n)."""

    __slots__ = ()


class Ones(Expr):
    """ones(m,n)."""

    __slots__ = ()


class Selection(Expr):
    """eye(n)[:,a:b]: columns of the identity, n×(b - a + 1), from the column `start` on.

    X*it has columns of X, it'*x entries of x: slices are products with it.
    """

    __slots__ = ()
    start = property(lambda self: self.fields[0])


class Sum(Expr):
    """A sum of two or more terms of one shape; a term carries its own coefficient."""

    __slots__ = ()
    terms: tuple[Expr, ...] = property(lambda self: self.fields[0])  # type: ignore[assignment]
    children = property(lambda self: self.fields[0])


class Product(Expr):
    """coefficient · scalars · chain: a number, scalar factors, and a chain of matrices.

    Scalar factors with negative number exponents (denominators) stand after the others. A chain
    that is itself 1×1 is a scalar factor as soon as there are others.
    """

    __slots__ = ()
    coefficient: Value = property(lambda self: self.fields[0])  # type: ignore[assignment]
    scalars: tuple[Expr, ...] = property(lambda self: self.fields[1])  # type: ignore[assignment]
    chain: tuple[Expr, ...] = property(lambda self: self.fields[2])  # type: ignore[assignment]
    children = property(lambda self: self.fields[1] + self.fields[2])


class Power(Expr):
    """base^exponent: any power of a scalar, an integer power of a square matrix."""

    __slots__ = ()
    base = property(lambda self: self.fields[0])
    exponent = property(lambda self: self.fields[1])
    children = property(lambda self: self.fields)


class ElementPower(Expr):
    """base.^exponent, entry by entry; one of the two may be a scalar."""

    __slots__ = ()
    base = property(lambda self: self.fields[0])
    exponent = property(lambda self: self.fields[1])
    children = property(lambda self: self.fields)


class Transpose(Expr):
    """argument'."""

    __slots__ = ()
    argument = property(lambda self: self.fields[0])
    children = property(lambda self: self.fields)


class Conjugate(Expr):
    """conj(argument) of a complex argument."""

    __slots__ = ()
    argument = property(lambda self: self.fields[0])
    children = property(lambda self: self.fields)


class Inverse(Expr):
    """inv(argument) of a square matrix."""

    __slots__ = ()
    argument = property(lambda self: self.fields[0])
    children = property(lambda self: self.fields)


class Hadamard(Expr):
    """The entrywise product of two or more arrays; entrywise denominators stand last."""

    __slots__ = ()
    factors: tuple[Expr, ...] = property(lambda self: self.fields[0])  # type: ignore[assignment]
    children = property(lambda self: self.fields[0])


class Frobenius(Expr):
    """left : right = tr(left' right)."""

    __slots__ = ()
    left = property(lambda self: self.fields[0])
    right = property(lambda self: self.fields[1])
    children = property(lambda self: self.fields)


class Kronecker(Expr):
    """The Kronecker product of two or more factors."""

    __slots__ = ()
    factors: tuple[Expr, ...] = property(lambda self: self.fields[0])  # type: ignore[assignment]
    children = property(lambda self: self.fields[0])


class Differential(Expr):
    """d(argument)."""

    __slots__ = ()
    argument = property(lambda self: self.fields[0])
    children = property(lambda self: self.fields)


class Apply(Expr):
    """function(arguments): a record of the library or an abstract function."""

    __slots__ = ()
    function: Any = property(lambda self: self.fields[0])
    arguments: tuple[Expr, ...] = property(lambda self: self.fields[1])  # type: ignore[assignment]
    children = property(lambda self: self.fields[1])


def is_call(e: Expr, name: str) -> TypeGuard[Apply]:
    """Whether e is a call of the function of this name."""
    return type(e) is Apply and e.fields[0].name == name


def number_value(e: Expr) -> Value | None:
    """The value of a Number, None of anything else."""
    return e.fields[0] if type(e) is Number else None


_WORDS = {
    "ElementPower": "entrywise power",
    "Hadamard": "entrywise product",
    "Frobenius": "Frobenius product",
    "Kronecker": "Kronecker product",
    "SizeNumber": "size",
    "Identity": "identity",
    "Selection": "slice",
}


def in_words(e: Expr) -> str:
    """What a node is, in words for messages: "entrywise power", "inverse", the function's name."""
    name = type(e).__name__
    return e.fields[0].name if name == "Apply" else _WORDS.get(name, name.lower())


def size_names(e: Expr) -> set[str]:
    """The size names in the shape of a node and of the node itself."""
    found: set[str] = set()
    sizes: list[AnySize] = [*e.shape]
    if isinstance(e, SizeNumber):
        sizes.append(e.size)
    if isinstance(e, Symbol):
        sizes.extend(e.set.dims)
    if isinstance(e, Selection):
        sizes.append(e.start)
    for s in sizes:
        found.update(names_of(s))
    return found


# Traversal: always by an explicit stack, each distinct node once.


def postorder(*roots: Expr) -> Iterator[Expr]:
    """Every distinct node below the roots once, children first."""
    seen: set[Expr] = set()
    stack: list[tuple[Expr, bool]] = [(r, False) for r in reversed(roots)]
    while stack:
        e, ready = stack.pop()
        if ready:
            yield e
        elif e not in seen:
            seen.add(e)
            stack.append((e, True))
            stack.extend((c, False) for c in reversed(e.children) if c not in seen)


def fold(root: Expr, step: Callable[[Expr, list[Any]], Any], memo: dict | None = None) -> Any:
    """step(node, results of its children) for every distinct node, children first.

    `memo` keeps results by node between calls.
    """
    memo = {} if memo is None else memo
    stack: list[Expr] = [root]
    while stack:
        e = stack[-1]
        if e in memo:
            stack.pop()
            continue
        todo = [c for c in e.children if c not in memo]
        if todo:
            stack.extend(reversed(todo))
            continue
        memo[e] = step(e, [memo[c] for c in e.children])
        stack.pop()
    return memo[root]


def symbols(*roots: Expr) -> list[Symbol]:
    """The variables in the expressions, in order of appearance."""
    return [e for e in postorder(*roots) if type(e) is Symbol]
