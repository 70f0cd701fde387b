"""What is to be compiled: results by name, the variables, and what is known beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from matcalc.expr.nodes import Expr, Symbol
from matcalc.expr.sizes import Shape


@dataclass(frozen=True)
class Result:
    """One array to be computed: a matrix, and the shapes whose axes its tensor has in turn.

    kept: whether it is never written to, so that it may be a given array, except for a variable.
    """

    name: str
    matrix: Expr
    shapes: tuple[Shape, ...]
    kept: bool = False


@dataclass(frozen=True)
class Output:
    """One thing asked for: an array, or one for each variable."""

    name: str
    results: tuple[Result, ...]
    single: bool


@dataclass(frozen=True)
class Direction:
    """A direction of a product, by keyword: one array, or a tuple of them."""

    keyword: str
    symbols: tuple[Symbol, ...]
    single: bool


@dataclass(frozen=True)
class Request:
    """All that a compiled function is made from.

    positional: variables that may be given by position. known: names that may be given a value.
    declared: all variables of the function: the given ones have sizes, even if nothing else is
    asked of them. bare: whether one output comes without a tuple. names: what parts are called.
    """

    function: str
    outputs: tuple[Output, ...]
    positional: tuple[Symbol, ...]
    known: frozenset[str]
    bare: bool = False
    directions: tuple[Direction, ...] = ()
    names: Mapping[Symbol, Expr] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    backend: str = "numpy"
    dtype: str | None = None
    declared: tuple[Symbol, ...] = ()
    passes: frozenset[str] | None = None

    @property
    def results(self) -> list[Result]:
        return [r for o in self.outputs for r in o.results]
