"""Signatures of functions: shapes of arguments and value, as declarations of the language.

    R[m,n], R[n] -> R[m]        R[m*n], m, n -> R[m,n]

A lower-case name in place of a set is a size that is given as an argument, as in unvec(x,m,n).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, reduce

from matcalc.expr.arithmetic import size_number
from matcalc.expr.nodes import Expr, Power, Product, SizeNumber, Sum, fold, number_value
from matcalc.expr.sizes import (
    AnySize,
    Shape,
    add_sizes,
    divide_sizes,
    multiply_sizes,
    power_size,
    size_name,
    substitute_size,
)


@dataclass(frozen=True)
class Signature:
    """Shapes of arguments and value in size names, and which arguments are sizes themselves.

    `domains` has for each argument its sizes as texts: () a scalar, one for a column, two for a
    matrix. `sizes` has the name of the size that an argument is, None of an array.
    """

    domains: tuple[tuple[str, ...], ...]
    codomain: tuple[str, ...]
    text: str
    sizes: tuple[str | None, ...] = ()

    @staticmethod
    def read(text: str) -> Signature:
        left, right = text.split("->")
        items = re.findall(r"[A-Za-z+]+(?:\[[^\]]*\])?", left)
        sizes = tuple(i if i.islower() else None for i in items)
        return Signature(tuple(_dims(i) for i in items), _dims(right), text, sizes)

    def match(self, arguments: tuple[Expr, ...]) -> dict[str, AnySize] | None:
        """Sizes by name such that the arguments are of these domains; None where they cannot."""
        found: dict[str, AnySize] = {}
        for name, a in zip(self.sizes, arguments, strict=True):
            if name is not None:
                size = size_of(a)
                if size is None or found.setdefault(name, size) != size:
                    return None
        later: list[tuple[str, AnySize]] = []
        for dims, name, a in zip(self.domains, self.sizes, arguments, strict=True):
            if name is not None:
                continue
            for wanted, size in zip(pair(dims), a.shape, strict=True):
                if not wanted.isidentifier():
                    later.append((wanted, size))
                elif found.setdefault(wanted, size) != size:
                    return None
        fits = all(substitute_size(dim_size(text), found) == size for text, size in later)
        return found if fits else None

    def shape(self, sizes: Mapping[str, AnySize]) -> Shape:
        """The shape of the value for these sizes."""
        rows, columns = (substitute_size(dim_size(d), sizes) for d in pair(self.codomain))
        return rows, columns


def size_of(e: Expr) -> AnySize | None:
    """The size that an argument such as n is; None of anything else."""
    if isinstance(e, SizeNumber):
        return e.size
    value = number_value(e)
    if value is not None:
        return int(value) if value == int(value) and value > 0 else None
    size = fold(e, _size_step)
    return size if size is not None and size_number(size) is e else None


def _size_step(e: Expr, below: list[AnySize | None]) -> AnySize | None:
    """The size that a polynomial of sizes is, as `size_number` writes it."""
    if isinstance(e, SizeNumber):
        return e.size
    value = number_value(e)
    if value is not None:
        return int(value) if value == int(value) else None
    parts = [b for b in below if b is not None]
    if not parts or len(parts) < len(below) or not isinstance(e, Sum | Product | Power):
        return None
    if isinstance(e, Sum):
        return reduce(add_sizes, parts)
    if isinstance(e, Power):
        base, exponent = parts
        return power_size(base, exponent) if isinstance(exponent, int) and exponent >= 0 else None
    c = e.coefficient
    if not isinstance(c, Fraction):
        return None
    whole: AnySize = c.numerator
    return divide_sizes(reduce(multiply_sizes, parts, whole), c.denominator)


def _dims(text: str) -> tuple[str, ...]:
    inner = re.search(r"\[([^\]]*)\]", text)
    return tuple(d.strip() for d in inner[1].split(",")) if inner else ()


def pair(dims: tuple[str, ...]) -> tuple[str, str]:
    """Rows and columns: R is 1×1, R[n] a column."""
    if not dims:
        return "1", "1"
    return (dims[0], "1") if len(dims) == 1 else (dims[0], dims[1])


@cache
def dim_size(text: str) -> AnySize:
    """The size that a text of the library such as n*(n + 1)/2 is."""
    if text.isdigit():
        return int(text)
    return size_name(text) if text.isidentifier() else _polynomial(text)


def _polynomial(text: str) -> AnySize:
    import ast  # when first needed: few signatures have more than names

    operators: dict[type, Callable[[AnySize, AnySize], AnySize]] = {
        ast.Add: add_sizes,
        ast.Sub: lambda a, b: add_sizes(a, b, -1),
        ast.Mult: multiply_sizes,
        ast.Div: divide_sizes,
        ast.Pow: power_size,
    }

    def value(e: ast.expr) -> AnySize:
        if isinstance(e, ast.BinOp):
            return operators[type(e.op)](value(e.left), value(e.right))
        assert isinstance(e, ast.Name | ast.Constant), text
        return size_name(e.id) if isinstance(e, ast.Name) else int(e.value)  # type: ignore[arg-type]

    return value(ast.parse(text.replace("^", "**"), mode="eval").body)
