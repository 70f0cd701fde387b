"""rows(f) and columns(f): a function of vectors for every row or column of a matrix.

rows(f) is a record made from f's: its value is f's NumPy text row by row, and its differential is
f's, written by rows (see `batch`). columns(f)(X) is rows(f)(X')', and its differential is that of
rows(f) with everything turned. sum(X,1), mean and var likewise
are columns(sum)(X), down the columns; sum(X,2) is rows(sum)(X), along the rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property

from matcalc.errors import DomainError
from matcalc.expr import build
from matcalc.expr.nodes import Apply, Expr, Product, Transpose, fold, number_value
from matcalc.functions.forms import flip
from matcalc.functions.record import Condition, Function

_SIGNS = frozenset({"positive", "nonnegative"})


@dataclass(frozen=True, eq=False)
class Mapped(Function):
    """rows(f), or columns(f); `base` is f, and `overload` the number of its signature."""

    base: Function | None = None
    overload: int = 0

    @cached_property
    def name(self) -> str:
        return self.head.rsplit("(", 1)[0]

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        return ("X",)

    @property
    def by_columns(self) -> bool:
        return self.name.startswith("columns")

    @property
    def linear(self) -> bool:
        return self.base is not None and self.base.linear

    @cached_property
    def adjoints(self) -> Mapping[str, str | tuple[str, ...]]:
        stated = list(self.base.adjoints.values()) if self.base else []
        return dict(zip(self.parameters, stated, strict=False))

    def __reduce__(self):
        return (columns_of if self.by_columns else rows_of), (self.base,)


def _vector_overload(f: Function) -> int:
    """The signature of f that takes a vector and gives a number or a vector as long."""
    for k, s in enumerate(f.signatures):
        if len(s.domains) != 1 or len(set(s.domains[0])) != len(s.domains[0]):
            continue
        if s.domains[0] and s.codomain in ((), s.domains[0], s.domains[0][:1]):
            return k
    raise DomainError(f"{f.name} is no function of a vector that gives a number or a vector")


@cache
def rows_of(f: Function) -> Function:
    """The function that applies f to every row of a matrix."""
    if f.elementwise:
        return f
    k = _vector_overload(f)
    (p,) = f.parameters
    each = f"(lambda {p}: {{}})(row[:, None])"
    value = each.format(f"({f.numpy})")
    short = {"sum": 1, "mean": 1}.get(f.name)
    return Mapped(
        f"rows({f.name})(X)",
        f"R[m,n] -> R[m{',n' if f.signatures[k].codomain else ''}]",
        numpy=f"np.stack([np.reshape({value}, -1) for row in X])",
        defined=f.defined and f"all(np.all({each.format(f.defined)}) for row in X)",
        latex=rf"\operatorname{{{f.name}}}_{{\mathrm{{rows}}}}\left(□\right)",
        unicode=f"rows({f.name})(□)",
        facts=lambda a: set(f.facts(a)) & _SIGNS,
        conditions=tuple(
            Condition(c.text.replace("□", "each row of □"), "X", c.unless) for c in f.conditions
        ),
        analytic=f.analytic,
        expand=(lambda x: _row_sums(f.name, x)) if short else None,
        statement=f"by rows: {f.statement}" if f.statement else "",
        doc=f"By rows: {f.doc}",
        source=f.source,
        base=f,
        overload=k,
    )


@cache
def columns_of(f: Function) -> Function:
    """The function that applies f to every column of a matrix."""
    if f.elementwise:
        return f
    rows = rows_of(f)
    assert isinstance(rows, Mapped)
    value = f.signatures[rows.overload].codomain
    return replace(
        rows,
        head=f"columns({f.name})(X)",
        signature=f"R[m,n] -> R[{'m' if value else '1'},n]",
        expand=(lambda x: flip(_row_sums(f.name, build.transpose(x)))) if rows.expand else None,
        numpy=f"(lambda X: {rows.numpy})(X.T).T",
        defined=rows.defined and f"(lambda X: {rows.defined})(X.T)",
        latex=rf"\operatorname{{{f.name}}}_{{\mathrm{{columns}}}}\left(□\right)",
        unicode=f"columns({f.name})(□)",
        conditions=tuple(replace(c, text=c.text.replace("row", "column")) for c in rows.conditions),
        doc=f"By columns: {f.doc}",
    )


def _row_sums(name: str, x: Expr) -> Expr:
    """X*1, or X*1/n."""
    total = build.multiply(x, build.ones((x.shape[1], 1)))
    return total if name == "sum" else build.divide(total, build.size_number(x.shape[1]))


def turned(e: Expr, leaves: Mapping[Expr, Expr]) -> Expr:
    """The transpose of an expression by rows, as one by columns: rows(f)(A)' is columns(f)(A').

    `leaves` has what to write for the transposes of leaves.
    """

    def step(x: Expr, below: list[Expr]) -> Expr:
        if x in leaves:
            return leaves[x]
        if x.is_scalar:
            return x if not x.children or tuple(below) == x.children else build.rebuild(x, below)
        if isinstance(x, Product):
            k = len(x.scalars)
            return build.multiply(build.number(x.coefficient), *below[:k], *reversed(below[k:]))
        if isinstance(x, Transpose):
            return build.transpose(below[0])
        if isinstance(x, Apply) and isinstance(x.function, Mapped) and x.function.base:
            return build.apply(columns_of(x.function.base), below[0])
        if isinstance(x, Apply) and x.function.name == "diag":
            return x if tuple(below) == x.children else build.apply(x.function, below[0].T)
        return build.rebuild(x, below) if x.children else build.transpose(x)

    return fold(e, step)


@dataclass(frozen=True, eq=False)
class Along(Function):
    """f(A,1) down the columns and f(A,2) along the rows; `toward` is 1 or 2 where it is known."""

    toward: int | None = None

    @property
    def base(self) -> Function:
        from matcalc.functions import lookup

        found = lookup(self.name, 1)
        assert found is not None
        return found

    def directed(self, k: object) -> Along:
        """The same for a direction that is known, so that the shape of the value is."""
        if k not in (1, 2):
            raise DomainError(
                f"the direction of {self.name} is 1, down the columns, or 2, along the rows"
            )
        value = "R[1,n]" if k == 1 else "R[m]"
        return replace(self, signature=f"R[m,n], R -> {value}", toward=int(k))  # type: ignore[call-overload]

    def build(self, arguments: tuple[Expr, ...]) -> Expr:
        self.check_arity(len(arguments))
        k = self.directed(number_value(arguments[1])).toward
        mapped = columns_of(self.base) if k == 1 else rows_of(self.base)
        return mapped.build(arguments[:1])


def _along(name: str, what: str) -> Along:
    return Along(
        f"{name}(A,k)",
        "R[m,n], R -> R[1,n]",
        expand=lambda a, k: a,  # see Along.build
        doc=f"{what} of each column (k = 1, a row) or of each row (k = 2, a column).",
        source="by definition",
    )


FUNCTIONS = (
    _along("sum", "The sum"),
    _along("mean", "The mean"),
    _along("var", "The variance"),
)
