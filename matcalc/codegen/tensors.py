"""Derivatives in tensor layout, from their matrices in column-stacked coordinates.

T[i,j,k,l] of kron(P,Q) is Q[i,k]*P[j,l]: the matrix is not built. Whatever has no such form is
built, and folded along the axes.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from matcalc.codegen.calls import commutation_sizes
from matcalc.codegen.lower import Lowering
from matcalc.codegen.program import Axes, Op, axes_of
from matcalc.expr import build
from matcalc.expr.nodes import Apply, Expr, Identity, Kronecker, Product, Sum, Transpose, is_call
from matcalc.expr.sizes import AnySize, Shape, multiply_sizes

LETTERS = "ijklmnpqrstuvwxyz"


def tensor(s: Lowering, matrix: Expr, shapes: Sequence[Shape]) -> Op:
    """The value along the axes of all `shapes` in turn."""
    value = s(matrix)
    axes = tuple(n for shape in shapes for n in axes_of(shape))
    if len(axes) != len(value.axes):
        rows = tuple(n for shape in shapes[:-1] for n in axes_of(shape))
        value = _folded(s, matrix, rows, axes_of(shapes[-1]))
    full = tuple(n for shape in shapes for n in _tensor_axes(shape))
    return value if full == value.axes else s.b.reshape(value, full)


def _tensor_axes(shape: Shape) -> Axes:
    if shape == (1, 1):
        return ()
    return shape[:1] if shape[1] == 1 else shape


def _folded(s: Lowering, matrix: Expr, rows: Axes, columns: Axes) -> Op:
    axes = rows + columns
    if not s.structured or matrix.shape != (_entries(rows), _entries(columns)):
        return s.b.op("fold", (s(matrix),), None, axes)
    terms = matrix.terms if isinstance(matrix, Sum) else (matrix,)
    found: list[Op] = []
    plain: list[Expr] = []
    for t in terms:
        op = _term(s, t, rows, columns)
        if op is None:
            plain.append(t)
        else:
            found.append(op)
    if plain:
        whole = build.add(*plain)
        found.append(s.b.op("fold", (s(whole),), None, axes))
    return s.b.add(found, axes)


def _term(s: Lowering, t: Expr, rows: Axes, columns: Axes) -> Op | None:
    chain: tuple[Expr, ...] = (t,)
    scalars: list[Op] = []
    if isinstance(t, Product):
        chain = t.chain
        scalars = [s.b.number(t.coefficient), *(s.memo[x] for x in t.scalars)]
    factors = Factors(s, scalars)
    found = factors.product(chain, rows, columns)
    return None if found is None else s.scaled(factors.scalars, found)


class Factors:
    """Chains of factors along axes; `scalars` are put on a small part if there is one."""

    def __init__(self, s: Lowering, scalars: list[Op]):
        self.s, self.b, self.scalars = s, s.b, scalars

    def small(self, op: Op) -> Op:
        """A part, with the scalars."""
        scalars, self.scalars = self.scalars, []
        return self.s.scaled(scalars, op) if scalars else op

    def product(self, chain: tuple[Expr, ...], rows: Axes, columns: Axes) -> Op | None:
        if not chain:
            return self._identity(rows) if rows == columns else None
        first, last = chain[0], chain[-1]
        if is_call(first, "commutation") and commutation_sizes(first) == rows[::-1]:
            inner = self.product(chain[1:], rows[::-1], columns)
            rest = tuple(range(2, 2 + len(columns)))
            return None if inner is None else self.b.permute(inner, (1, 0, *rest))
        if is_call(last, "commutation") and commutation_sizes(last) == columns:
            inner = self.product(chain[:-1], rows, columns[::-1])
            n = len(rows)
            order = (*range(n), n + 1, n)
            return None if inner is None else self.b.permute(inner, order)
        cut = self._cut(chain)
        if cut is not None:
            parts = self._vector(chain[:cut], rows), self._vector(chain[cut:], columns)
            places = tuple(range(len(rows))), tuple(len(rows) + k for k in range(len(columns)))
            return self.b.op(
                "tensor_product", (self.small(parts[0]), parts[1]), places, rows + columns
            )
        if len(chain) == 1 and isinstance(first, Identity) and rows == columns:
            return self._identity(rows)
        if len(chain) == 1 and isinstance(first, Kronecker):
            return self._kronecker(first, rows, columns)
        if len(chain) == 1 and isinstance(first, Transpose):
            inner = first.argument
            if isinstance(inner, Kronecker):
                whole = build.kronecker(*(build.transpose(f) for f in inner.factors))
                self.s(whole)
                if isinstance(whole, Kronecker):
                    return self._kronecker(whole, rows, columns)
        return self._diagonals(chain, rows, columns)

    def _diagonals(self, chain: tuple[Expr, ...], rows: Axes, columns: Axes) -> Op | None:
        """Diag(v) on a side multiplies along its axes."""
        axes = rows + columns
        for at, places, along in (
            (-1, range(len(rows), len(axes)), columns),
            (0, range(len(rows)), rows),
        ):
            d = chain[at]
            if isinstance(d, Apply) and d.function.name == "diag" and len(along) > 1:
                rest = chain[1:] if at == 0 else chain[:-1]
                inner = self.product(rest, rows, columns)
                if inner is None:
                    return None
                v = self._vector((d.arguments[0],), along)
                spread = self.b.op("tensor_product", (v,), (tuple(places),), axes)
                return self.b.op("mul", (inner, spread), None, axes)
        return None

    def _cut(self, chain: tuple[Expr, ...]) -> int | None:
        """Where a chain is a column times a row."""
        for k in range(1, len(chain)):
            if chain[k].shape[0] == 1:
                return k
        return None

    def _vector(self, chain: tuple[Expr, ...], axes: Axes) -> Op:
        """A column or row whose entries run through the axes, the first fastest."""
        e = build.multiply(*chain)
        op = self.s(e)
        if len(axes) < 2:
            return op
        inner = e.argument if isinstance(e, Transpose) else e
        if isinstance(inner, Apply) and inner.function.name == "vec":
            a = self.s(inner.arguments[0])
            if a.axes == axes:
                return a
        if len(axes) == 2:
            return self.b.unvec(op, *axes)
        return self.b.op("fold", (op,), None, axes)

    def _identity(self, axes: Axes) -> Op:
        n = len(axes)
        one = self.small(self.b.number(Fraction(1)))
        letters = LETTERS[:n]
        return self.b.op("placed", (one,), f"{letters}{letters}->{letters}", axes + axes)

    def _kronecker(self, e: Kronecker, rows: Axes, columns: Axes) -> Op | None:
        """The last factor's index runs fastest, and is the first axis."""
        factors = tuple(reversed(e.factors))
        if _axes([f.shape[0] for f in factors]) != rows:
            return None
        if _axes([f.shape[1] for f in factors]) != columns:
            return None
        row, column = 0, len(rows)
        names: list[list[str]] = [[] for _ in range(len(rows) + len(columns))]
        parts: list[tuple[Op, tuple[int, ...]]] = []
        same: list[str] = []
        for f in factors:
            places = []
            if f.shape[0] != 1:
                places.append(row)
                row += 1
            if f.shape[1] != 1:
                places.append(column)
                column += 1
            if isinstance(f, Identity):
                letter = LETTERS[places[0]]
                same.append(letter)
                for k in places:
                    names[k] = [letter]
            else:
                parts.append((self.s(f), tuple(places)))
        used = sorted(k for _, places in parts for k in places)
        for k in used:
            names[k] = [LETTERS[k]]
        whole = rows + columns
        inner_axes = tuple(whole[k] for k in used)
        inner = self._parts(parts, used, inner_axes)
        if not same:
            return inner
        text = "".join(n[0] for n in names)
        places_text = f"{text}->{''.join(same)}{''.join(LETTERS[k] for k in used)}"
        return self.b.op("placed", (inner,), places_text, whole)

    def _parts(self, parts: list[tuple[Op, tuple[int, ...]]], used: list[int], axes: Axes) -> Op:
        """Several factors along axes of their own, multiplied."""
        if not parts:
            return self.small(self.b.number(Fraction(1)))
        at = {k: i for i, k in enumerate(used)}
        ops = [op for op, _ in parts]
        least = min(range(len(ops)), key=lambda k: self.s.program.count(ops[k].axes))
        ops[least] = self.small(ops[least])
        places = tuple(tuple(at[k] for k in p) for _, p in parts)
        if len(ops) == 1:
            return ops[0]
        return self.b.op("tensor_product", ops, places, axes)


def _axes(sizes: Sequence[AnySize]) -> Axes:
    return tuple(s for s in sizes if s != 1)


def _entries(axes: Axes) -> AnySize:
    total: AnySize = 1
    for s in axes:
        total = multiply_sizes(total, s)
    return total
