"""Expressions and identities as text for egglog, and terms of egglog as expressions.

An e-graph's terms are binary, so that sums and chains are nested here, and scalars scale one factor
after the other. Sizes are strings, since a term's shape is only ever compared and passed on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from fractions import Fraction
from functools import reduce
from typing import Any

from matcalc.derivation.rule import EITHER, Rule
from matcalc.expr import build
from matcalc.expr.nodes import (
    Apply,
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
    SizeNumber,
    Sum,
    Symbol,
    Transpose,
    Zeros,
    fold,
    number_value,
    postorder,
)
from matcalc.expr.sets import VariableSet
from matcalc.expr.sizes import AnySize
from matcalc.functions import lookup
from matcalc.functions.record import Function
from matcalc.simplify import identities_matrices
from matcalc.simplify.table import declared, sides

LARGEST = 10**6  # numerators and denominators that egglog is given

# The words of a set that an identity asks for; others are implied by these.
WORDS = {
    "Sym": "symmetric",
    "Skew": "skew",
    "Diag": "diagonal",
    "SPD": "pd",
    "PSD": "psd",
    "Orth": "orthogonal",
    "Stiefel": "stiefel",
    "R+": "positive",
    "Tril": "lower",
    "Triu": "upper",
    "SymToep": "toeplitz-symmetric",
    "Simplex": "simplex",
    "Sphere": "sphere",
}
EVERYTHING = ("R", "C")  # sets that ask for nothing: what is searched is real


# Identities whose right side, or left side, needs an inverse that the other can do without.
ASKS_MORE = frozenset(
    {
        identities_matrices.WOODBURY,
        identities_matrices.SHERMAN_MORRISON,
        identities_matrices.DET_LEMMA,
    }
)
ASKS_LESS = frozenset({identities_matrices.INVERSE_SUM})


class Untranslatable(Exception):
    """A pattern that egglog's terms do not express."""


# To text


class Writer:
    """Writes expressions; remembers what its leaves and sizes stand for."""

    def __init__(self) -> None:
        self.leaves: dict[str, Expr] = {}
        self._keys: dict[Expr, str] = {}
        self.functions: dict[str, Any] = {}
        self.sizes: dict[str, AnySize] = {}

    def write(self, e: Expr) -> str:
        return fold(e, self._step)

    def leaf(self, e: Expr) -> str:
        if e not in self._keys:
            self._keys[e] = f"{len(self.leaves)}:{e.name if isinstance(e, Symbol) else ''}"
            self.leaves[self._keys[e]] = e
        return f'(Leaf "{self._keys[e]}")'

    def size(self, size: AnySize) -> str:
        self.sizes[str(size)] = size
        return f'"{size}"'

    def function(self, f: Any) -> str:
        known = isinstance(f, Function) and lookup(f.name) is f
        key = f.name if known else f"{f.name}@{len(self.functions)}"
        for k, g in self.functions.items():
            if g is f:
                key = k
        self.functions[key] = f
        return f'"{key}"'

    def number(self, value: Any) -> str:
        if isinstance(value, float) or max(abs(value.numerator), value.denominator) > LARGEST:
            return self.leaf(build.number(value))
        return f"(Num {rational(value)})"

    def _step(self, e: Expr, parts: list[str]) -> str:
        make = _WRITE.get(type(e))
        return make(self, e, parts) if make is not None else self.leaf(e)


class PatternWriter(Writer):
    """Writes a side of an identity: its variables and size names are egglog's variables."""

    def leaf(self, e: Expr) -> str:
        if not isinstance(e, Symbol):
            raise Untranslatable(str(e))
        return e.name + "_"

    def size(self, size: AnySize) -> str:
        text = str(size)
        if text.isdigit():
            return f'"{text}"'
        if not text.isidentifier():
            raise Untranslatable(text)
        return f"size_{text}"


def rational(value: Fraction) -> str:
    return f"(rational {value.numerator} {value.denominator})"


def _nested(name: str) -> Callable[[Writer, Expr, list[str]], str]:
    return lambda w, e, parts: reduce(lambda a, b: f"({name} {a} {b})", parts)


def _product(w: Writer, e: Any, parts: list[str]) -> str:
    k = len(e.scalars)
    scalars, chain = parts[:k], parts[k:]
    whole = [reduce(lambda a, b: f"(Mul {a} {b})", chain)] if chain else []
    found = reduce(lambda a, b: f"(Scale {b} {a})", [*whole, *reversed(scalars)])
    if e.coefficient == 1:
        return found
    return f"(Scale {w.number(e.coefficient)} {found})"


def _power(name: str) -> Callable[[Writer, Expr, list[str]], str]:
    def write(w: Writer, e: Any, parts: list[str]) -> str:
        p = number_value(e.exponent)
        if isinstance(p, Fraction) and abs(p) < LARGEST and p.denominator < LARGEST:
            return f"({name} {parts[0]} {rational(p)})"
        return f"({name}X {parts[0]} {parts[1]})"

    return write


def _apply(w: Writer, e: Any, parts: list[str]) -> str:
    if not 1 <= len(parts) <= 2:
        return w.leaf(e)
    return f"(F{len(parts)} {w.function(e.function)} {' '.join(parts)})"


_WRITE: dict[type, Callable[[Writer, Any, list[str]], str]] = {
    Number: lambda w, e, c: w.number(e.value),
    SizeNumber: lambda w, e, c: f"(Size {w.size(e.size)})",
    Identity: lambda w, e, c: f"(Eye {w.size(e.shape[0])})",
    Ones: lambda w, e, c: f"(Ones {w.size(e.shape[0])} {w.size(e.shape[1])})",
    Zeros: lambda w, e, c: f"(Zeros {w.size(e.shape[0])} {w.size(e.shape[1])})",
    Sum: _nested("Add"),
    Product: _product,
    Power: _power("Pow"),
    ElementPower: _power("EPow"),
    Transpose: lambda w, e, c: f"(Flip {c[0]})",
    Inverse: lambda w, e, c: f"(Inv {c[0]})",
    Hadamard: _nested("Had"),
    Frobenius: lambda w, e, c: f"(Frob {c[0]} {c[1]})",
    Kronecker: _nested("Kron"),
    Apply: _apply,
}


def known(w: Writer, root: Expr) -> list[str]:
    """The shapes and facts of all sub-expressions, as commands."""
    found = []
    memo: dict[Expr, str] = {}
    for e in postorder(root):
        text = fold(e, w._step, memo)
        rows, columns = (w.size(d) for d in e.shape)
        found.append(f"(set (rows {text}) {rows}) (set (cols {text}) {columns})")
        found += [f'(fact {text} "{f}")' for f in sorted(e.facts & set(WORDS.values()))]
    return found


# Identities


def rewrites(rule: Rule) -> list[str]:
    """The identity as rewrites: to the right, and to the left as well unless it is directed."""
    left, right = sides(rule)
    pairs = [] if rule in ASKS_MORE else [(left, right)]
    if rule.direction == EITHER and rule not in ASKS_LESS:
        pairs.append((right, left))
    found = []
    for a, b in pairs:
        if isinstance(a, Symbol) or not set(_symbols(b)) <= set(_symbols(a)):
            continue  # not a pattern that determines the other side
        with suppress(Untranslatable):
            found.append(_rewrite(a, b, declared(rule.where)))
    return found


def _symbols(e: Expr) -> list[Expr]:
    return [x for x in postorder(e) if isinstance(x, Symbol)]


def _rewrite(a: Expr, b: Expr, sets: dict[str, VariableSet]) -> str:
    writer = PatternWriter()
    left, right = writer.write(a), writer.write(b)
    conditions = [c for v in _symbols(a) for c in _conditions(writer, v, sets[v.name])]  # type: ignore[attr-defined]
    sizes = set(re.findall(r"size_\w+", right))
    if not sizes <= set(re.findall(r"size_\w+", left + " ".join(conditions))):
        raise Untranslatable(right)
    return f"(rewrite {left} {right} :when ({' '.join(conditions)}))"


def _conditions(w: Writer, v: Expr, of: VariableSet) -> list[str]:
    text = w.leaf(v)
    rows, columns = (w.size(d) for d in of.shape)
    found = [f"(= {rows} (rows {text}))", f"(= {columns} (cols {text}))"]
    if of.name in EVERYTHING:
        return found
    if of.name not in WORDS:
        raise Untranslatable(of.name)
    return [*found, f'(fact {text} "{WORDS[of.name]}")']


# From text


TOKEN = re.compile(r'[()]|"[^"]*"|[^\s()]+')


def read(text: str, w: Writer) -> Expr:
    """The expression of a term of egglog."""
    stack: list[list[Any]] = [[]]
    for token in TOKEN.findall(text):
        if token == "(":
            stack.append([])
        elif token == ")":
            name, *parts = stack.pop()
            stack[-1].append(_READ[name](w, *parts))
        elif token.startswith('"'):
            stack[-1].append(token[1:-1])
        else:
            stack[-1].append(int(token) if token.lstrip("-").isdigit() else token)
    return stack[0][0]


def _size(w: Writer, text: str) -> AnySize:
    return w.sizes.get(text) or int(text)


def _call(w: Writer, name: str, *arguments: Expr) -> Expr:
    return build.apply(w.functions.get(name) or lookup(name, len(arguments)), *arguments)


_READ: dict[str, Callable[..., Any]] = {
    "rational": lambda w, p, q: Fraction(p, q),
    "Leaf": lambda w, key: w.leaves[key],
    "Num": lambda w, value: build.number(value),
    "Size": lambda w, n: build.size_number(_size(w, n)),
    "Eye": lambda w, n: build.identity(_size(w, n)),
    "Ones": lambda w, m, n: build.ones((_size(w, m), _size(w, n))),
    "Zeros": lambda w, m, n: build.zeros((_size(w, m), _size(w, n))),
    "Add": lambda w, a, b: build.add(a, b),
    "Sub": lambda w, a, b: build.subtract(a, b),
    "Neg": lambda w, a: build.negate(a),
    "Scale": lambda w, c, a: build.multiply(c, a),
    "Div": lambda w, a, c: build.divide(a, c),
    "Mul": lambda w, a, b: build.multiply(a, b),
    "Had": lambda w, a, b: build.hadamard(a, b),
    "EDiv": lambda w, a, b: build.hadamard(a, build.element_power(b, -1)),
    "Frob": lambda w, a, b: build.frobenius(a, b),
    "Kron": lambda w, a, b: build.kronecker(a, b),
    "Flip": lambda w, a: build.transpose(a),
    "Inv": lambda w, a: build.inverse(a),
    "Pow": lambda w, a, p: build.power(a, build.number(p)),
    "EPow": lambda w, a, p: build.element_power(a, build.number(p)),
    "PowX": lambda w, a, p: build.power(a, p),
    "EPowX": lambda w, a, p: build.element_power(a, p),
    "F1": _call,
    "F2": _call,
}


def terms_of(outputs: Sequence[Any]) -> list[str]:
    """The terms that an extraction found."""
    found = []
    for output in outputs:
        for term in getattr(output, "terms", ()):
            found.append(output.termdag.to_string(term))
    return found
