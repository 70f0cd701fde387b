"""Indices: X[i,j], X[:,j], x[1:3] as products with selection matrices.

An index is a positive integer, a size name, or an expression of those; ranges include both ends.
Of a matrix, X[i] is its i-th row as a column: so rows a[i] of a matrix are a family of vectors.
"""

from __future__ import annotations

from matcalc.elaborate.scope import Scope, read_size
from matcalc.errors import DeclarationError, DomainError, ShapeError
from matcalc.expr import build
from matcalc.expr.nodes import Expr
from matcalc.expr.sizes import AnySize, add_sizes, names_of, shape_text
from matcalc.syntax import tree

Range = tuple[AnySize, AnySize]  # the first index, and how many there are


def read_index(node: tree.Expression | tree.Range, of: AnySize, scope: Scope, text: str) -> Range:
    """What one item between the brackets selects of `of` rows or columns."""
    if isinstance(node, tree.Range):
        low = 1 if node.low is None else _number(node.low, scope, text)
        high = of if node.high is None else _number(node.high, scope, text)
    else:
        low = high = _number(node, scope, text)
    return low, add_sizes(add_sizes(high, 1), low, -1)


def _number(node: tree.Expression, scope: Scope, text: str) -> AnySize:
    for n in tree.postorder(node):
        if isinstance(n, tree.Name) and scope.declared(n.name):
            raise DeclarationError(
                f"an index is a whole number or the name of one, and {n.name} is declared",
                text=text,
                span=n.span,
                hint="use a name that is no variable, or eye(n)[:,k]'*x for a row of the identity",
            )
    return read_size(node, text)


def index(e: Expr, node: tree.Index, scope: Scope, text: str) -> Expr:
    """e[...]"""
    items = node.items
    if len(items) > 2:
        raise ShapeError(f"{len(items)} indices; a matrix has two")
    if len(items) == 1 and e.shape[1] == 1:
        return _entries(e, read_index(items[0], e.shape[0], scope, text))
    if len(items) == 1:
        if isinstance(items[0], tree.Range):
            what = f"its argument is {shape_text(e.shape)}"
            raise ShapeError(f"a range of a matrix needs two indices, X[1:3,:]; {what}")
        row = _entries(e, read_index(items[0], e.shape[0], scope, text))
        return build.transpose(row)
    rows, columns = (read_index(i, n, scope, text) for i, n in zip(items, e.shape, strict=True))
    right = _selection(e.shape[1], columns)
    return build.multiply(_entries(e, rows), right)


def _entries(e: Expr, of: Range) -> Expr:
    """The rows of e in a range."""
    return build.multiply(build.transpose(_selection(e.shape[0], of)), e)


def _selection(n: AnySize, of: Range) -> Expr:
    if n == 1 and of != (1, 1):
        raise DomainError("the index is not 1, and there is one entry")
    return build.selection(n, *of)


def bound_indices(roots: list[tree.Expression], scope: Scope) -> set[str]:
    """The names that sums run over; none may have another meaning."""
    found: set[str] = set()
    for root in roots:
        for n in tree.postorder(root):
            if isinstance(n, tree.SumOver):
                found.add(n.index.name)
                if scope.declared(n.index.name) or n.index.name in _bounds(n):
                    raise DeclarationError(
                        f"{n.index.name} has a meaning already; give the index another name",
                        span=n.index.span,
                    )
    return found


def sums_around(root: tree.Expression) -> dict[int, list[tree.SumOver]]:
    """The sums that a sum stands in, by its identity; for those that stand in any."""
    found: dict[int, list[tree.SumOver]] = {}
    for outer in tree.postorder(root):
        if isinstance(outer, tree.SumOver):
            for n in tree.postorder(outer.body):
                if isinstance(n, tree.SumOver):
                    found.setdefault(id(n), []).append(outer)
    return found


def _bounds(n: tree.SumOver) -> set[str]:
    names = [x.name for b in (n.low, n.high) for x in tree.postorder(b) if isinstance(x, tree.Name)]
    return set(names)


def free_names(items: tuple[tree.Expression | tree.Range, ...], text: str) -> set[str]:
    """The names in indices."""
    sizes = [
        read_size(b, text)
        for i in items
        for b in ((i.low, i.high) if isinstance(i, tree.Range) else (i,))
        if b is not None
    ]
    return {name for s in sizes for name in names_of(s)}
