"""Products of matrices in the cheapest order, for the sizes that a program is planned for.

A factor is an array, or something that is multiplied by without being built: a diagonal matrix, an
inverse, a Kronecker product, a commutation matrix, columns of the identity, ones.
Source of the order: Godbole, IEEE Trans. Comput. C-22 (1973) 864-866, here with costs by kind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from matcalc.codegen.builder import Builder
from matcalc.codegen.program import Axes, Op, axes_of
from matcalc.expr.sizes import AnySize

WRITTEN = 4.0  # multiplications that take as long as writing an entry to memory
LONG = 40  # factors; longer chains are multiplied from the side that is thinner


@dataclass(frozen=True, eq=False)
class Factor:
    """A factor of a product: `kind` says how it is multiplied by.

    dense: `op`. diag: the diagonal is `op`. ones: a vector of ones. solve: an inverse, and
    `data(b, turned)` solves. kron: `data` has two factors. commute: commutation(m,n),
    `data` is (m, n). select: columns of the identity, `data` is the first; picked: rows. sum:
    `data` has the terms, each as scalars and factors.
    """

    kind: str
    rows: AnySize
    columns: AnySize
    op: Op
    data: Any = None
    signed: bool = True  # whether entries may be negative
    symmetric: bool = False

    @property
    def shape(self) -> tuple[AnySize, AnySize]:
        return self.rows, self.columns


def dense(op: Op, rows: AnySize, columns: AnySize, symmetric: bool = False) -> Factor:
    return Factor("dense", rows, columns, op, symmetric=symmetric)


class Chains:
    """Multiplies chains of factors."""

    def __init__(self, builder: Builder, ordered: bool = True):
        self.b = builder
        self.ordered = ordered
        self.number: Callable[[AnySize], int] = builder.program.number

    def product(self, factors: Sequence[Factor]) -> Op:
        """The product as one array."""
        whole = self._gram(factors)
        if whole is not None:
            return whole
        found = self.combined(factors)
        return self.b.diag(found.op) if found.kind == "diag" else found.op

    def combined(self, factors: Sequence[Factor]) -> Factor:
        if len(factors) == 1:
            return factors[0]
        if len(factors) == 2:
            return self.pair(*factors)
        if not self.ordered or len(factors) > LONG:
            return self._in_turn(factors)
        splits = self._plan(factors)[1]
        done: dict[tuple[int, int], Factor] = {(k, k): f for k, f in enumerate(factors)}
        todo = [(0, len(factors) - 1)]
        while todo:
            i, j = todo[-1]
            k = splits[i, j]
            left, right = done.get((i, k)), done.get((k + 1, j))
            if left is None or right is None:
                todo += [key for key in ((i, k), (k + 1, j)) if key not in done]
                continue
            done[todo.pop()] = self.pair(left, right)
        return done[0, len(factors) - 1]

    def cost(self, factors: Sequence[Factor]) -> float:
        """Operations that the product takes."""
        if len(factors) < 2:
            return 0.0
        if len(factors) > LONG:
            return float(sum(self.number(f.rows) * self.number(f.columns) for f in factors))
        return self._plan(factors)[0]

    def _in_turn(self, factors: Sequence[Factor]) -> Factor:
        rows, columns = self.number(factors[0].rows), self.number(factors[-1].columns)
        items = list(factors)
        while len(items) > 1:
            at = 0 if rows <= columns else len(items) - 2
            items[at : at + 2] = [self.pair(items[at], items[at + 1])]
        return items[0]

    def _plan(self, factors: Sequence[Factor]) -> tuple[float, dict[tuple[int, int], int]]:
        """The least cost, and where each part is best split."""
        n = len(factors)
        sizes = [self.number(f.rows) for f in factors] + [self.number(factors[-1].columns)]
        best: dict[tuple[int, int], float] = {(k, k): 0.0 for k in range(n)}
        splits: dict[tuple[int, int], int] = {}
        for length in range(1, n):
            for i in range(n - length):
                j = i + length
                options = []
                for k in range(i, j):
                    left = factors[i] if k == i else None
                    right = factors[j] if k + 1 == j else None
                    step = self._step(left, right, sizes[i], sizes[k + 1], sizes[j + 1])
                    options.append((best[i, k] + best[k + 1, j] + step, k))
                best[i, j], splits[i, j] = min(options)
        return best[0, n - 1], splits

    def _step(self, a: Factor | None, b: Factor | None, m: int, k: int, n: int) -> float:
        """The cost of one product, m×k by k×n; None stands for an array."""
        kinds = {f.kind if f else "dense" for f in (a, b)}
        if "sum" in kinds:
            return min(self._distributed(a, b, m, n), self._undistributed(a, b, m, k, n))
        if kinds & {"diag", "commute", "select", "picked"}:
            return 2.0 * m * n if kinds != {"diag"} else float(m)
        for f, width in ((a, n), (b, m)):
            if f is not None and f.kind == "kron" and width == 1:
                p, q = f.data
                return 2.0 * self._entries(p) * self.number(q.columns) + 2.0 * self._entries(
                    q
                ) * self.number(p.rows)
        passes = 0.5 if "ones" in kinds else 1.0
        return 2.0 * m * k * n * passes + m * n

    def _distributed(self, a: Factor | None, b: Factor | None, m: int, n: int) -> float:
        """The cost of a sum times a matrix, term by term."""
        if a is not None and a.kind == "sum":
            other = b or dense(a.op, a.columns, n)
            return sum(self.cost([*fs, other]) + m * n for _, fs in a.data)
        assert b is not None
        other = a or dense(b.op, m, b.rows)
        return sum(self.cost([other, *fs]) + m * n for _, fs in b.data)

    def _undistributed(self, a: Factor | None, b: Factor | None, m: int, k: int, n: int) -> float:
        """The same, of the sum as an array."""
        moved = any(f is not None and f.kind in _TURNED for f in (a, b))
        made = m * n if moved else 2.0 * m * k * n + m * n
        for f in (a, b):
            if f is not None and f.kind == "sum":
                made += sum(self.cost(fs) + WRITTEN * self._entries(f) for _, fs in f.data)
        return made

    def _entries(self, f: Factor) -> int:
        return self.number(f.rows) * self.number(f.columns)

    def _gram(self, factors: Sequence[Factor]) -> Op | None:
        """X'*Diag(s)*X with s ≥ 0 as Y'*Y, which takes half the work."""
        if len(factors) != 3 or factors[1].kind != "diag" or factors[1].signed:
            return None
        left, middle, right = factors
        if left.kind != "dense" or right.kind != "dense" or len(right.op.axes) < 2:
            return None
        if self.b.T(left.op) is not right.op:
            return None
        root = self.b.op("call", (middle.op,), _sqrt(), middle.op.axes)
        if right.op.kind == "T":  # X*Diag(s)*X' by columns
            y = self.b.scale_columns(left.op, root)
            return self.b.matmul(y, self.b.T(y))
        y = self.b.scale_rows(root, right.op)
        return self.b.matmul(self.b.T(y), y)

    # One product

    def pair(self, a: Factor, b: Factor) -> Factor:
        """a*b"""
        for identity, other in ((a, b), (b, a)):
            if identity.op.kind == "eye" and identity.kind == "dense":
                return other
        rule = getattr(self, f"_{a.kind}_left", None)
        found = rule(a, b) if rule is not None else None
        if found is None:
            rule = getattr(self, f"_{b.kind}_right", None)
            found = rule(a, b) if rule is not None else None
        if found is None and a.kind == "diag":  # its op is the diagonal alone
            found = self.b.scale_rows(a.op, b.op)
        if found is None and a.kind == "picked":
            found = self._rows(a, b)
        if found is None:
            found = self._arrays(a.op, b.op, a, b)
        return found if isinstance(found, Factor) else dense(found, a.rows, b.columns)

    def _arrays(self, x: Op, y: Op, a: Factor, b: Factor) -> Op:
        if not x.axes or not y.axes:
            return self.b.mul([x, y])
        if a.columns == 1:
            return self.b.outer(x, y)
        if a.rows == 1 and b.symmetric:  # as for the column, so that it is one product
            return self.b.matmul(y, x)
        return self.b.matmul(x, y)

    def _sum_left(self, a: Factor, b: Factor) -> Op | None:
        """(A + B)*C as A*C + B*C, where that is less work."""
        if b.kind == "picked":
            return None  # the sum is padded, once
        m, k, n = map(self.number, (a.rows, a.columns, b.columns))
        if self._distributed(a, b, m, n) > self._undistributed(a, b, m, k, n):
            return None
        return self._sum_of(a, [[*fs, b] for _, fs in a.data], axes_of((a.rows, b.columns)))

    def _sum_right(self, a: Factor, b: Factor) -> Op | None:
        m, k, n = map(self.number, (a.rows, a.columns, b.columns))
        if self._distributed(a, b, m, n) > self._undistributed(a, b, m, k, n):
            return None
        return self._sum_of(b, [[a, *fs] for _, fs in b.data], axes_of((a.rows, b.columns)))

    def _sum_of(self, f: Factor, chains: list[list[Factor]], axes: Axes) -> Op:
        terms = [
            self.b.scale(scalars, self.product(chain))
            for (scalars, _), chain in zip(f.data, chains, strict=True)
        ]
        return self.b.total(terms, axes)

    def _diag_left(self, a: Factor, b: Factor) -> Op | Factor | None:
        if b.kind == "diag":
            op = self.b.mul([a.op, b.op])
            return Factor("diag", a.rows, b.columns, op, signed=a.signed or b.signed)
        return self.b.scale_rows(a.op, b.op) if b.kind != "sum" else None

    def _diag_right(self, a: Factor, b: Factor) -> Op:
        return self.b.scale_columns(a.op, b.op)

    def _ones_left(self, a: Factor, b: Factor) -> Op | None:
        """ones(1,m)*B"""
        if a.columns == 1 or b.kind != "dense":
            return None
        return self.b.sum(b.op, None if len(b.op.axes) == 1 else 0)

    def _ones_right(self, a: Factor, b: Factor) -> Op | None:
        if b.rows == 1 or a.kind == "ones":
            return None
        return self.b.sum(a.op, None if len(a.op.axes) == 1 else 1)

    def _solve_left(self, a: Factor, b: Factor) -> Op | None:
        return a.data(b.op, False) if b.kind in ("dense", "ones", "solve") else None

    def _solve_right(self, a: Factor, b: Factor) -> Op:
        """A*inv(B) = (inv(B)'*A')'"""
        return self.b.T(b.data(self.b.T(a.op), True))

    def _kron_left(self, a: Factor, b: Factor) -> Op | None:
        """(P ⊗ Q)*vec(Y) = vec(Q*Y*P'), in the order of rows: P*Y'*Q'."""
        if b.columns != 1:
            return None
        p, q = a.data
        op = self.b.reshape(b.op, axes_of((p.columns, q.columns)))
        y = dense(op, p.columns, q.columns)
        return self.b.reshape(self.combined([p, y, turned(q, self.b)]).op, axes_of((a.rows, 1)))

    def _kron_right(self, a: Factor, b: Factor) -> Op | None:
        if a.rows != 1:
            return None
        return self._kron_left(turned(b, self.b), turned(a, self.b))

    def _commute_left(self, a: Factor, b: Factor) -> Op | None:
        """Entry i + m*j of each column goes to place j + n*i."""
        if b.kind not in ("dense", "ones", "select", "picked"):
            return None
        (m, n), width = a.data, () if b.columns == 1 else (b.columns,)
        cube = self.b.reshape(b.op, (n, m, *width))
        swapped = self.b.permute(cube, (1, 0, 2)) if width else self.b.T(cube)
        return self.b.reshape(swapped, b.op.axes)

    def _commute_right(self, a: Factor, b: Factor) -> Op:
        (m, n), height = b.data, () if a.rows == 1 else (a.rows,)
        cube = self.b.reshape(a.op, (*height, m, n))
        swapped = self.b.permute(cube, (0, 2, 1)) if height else self.b.T(cube)
        return self.b.reshape(swapped, a.op.axes)

    def _select_right(self, a: Factor, b: Factor) -> Op:
        """A*eye(n)[:,k:l]"""
        axes = axes_of((a.rows, b.columns))
        return self.b.op("columns", (a.op,), (b.data, b.columns), axes)

    def _picked_left(self, a: Factor, b: Factor) -> Op | None:
        """eye(n)[:,k:l]'*B"""
        return self._rows(a, b) if b.kind in ("dense", "ones") else None

    def _rows(self, a: Factor, b: Factor) -> Op:
        return self.b.op("rows", (b.op,), (a.data, a.rows), axes_of((a.rows, b.columns)))

    def _select_left(self, a: Factor, b: Factor) -> Op | None:
        """eye(n)[:,k:l]*B: the rows of B, and zeros above and below."""
        if b.kind in ("diag", "commute") or not b.op.axes:
            return None
        op = b.op if b.rows != 1 else self.b.reshape(b.op, (1, b.columns))
        return self.b.padded(op, a.data, a.rows)

    def _picked_right(self, a: Factor, b: Factor) -> Op | None:
        """A*eye(n)[:,k:l]' = (eye(n)[:,k:l]*A')'"""
        if a.kind in ("diag", "commute") or not a.op.axes:
            return None
        op = self.b.T(a.op) if a.columns != 1 else self.b.reshape(a.op, (1, a.rows))
        return self.b.T(self.b.padded(op, b.data, b.columns))


def _sqrt() -> Any:
    from matcalc.functions import lookup

    return lookup("sqrt")


_TURNED = {"select": "picked", "picked": "select"}


def turned(f: Factor, b: Builder) -> Factor:
    """The transpose of a factor."""
    kind, data = _TURNED.get(f.kind, f.kind), f.data
    if f.kind == "solve":
        solve = f.data

        def data(x: Op, flipped: bool) -> Op:
            return solve(x, not flipped)

    elif f.kind == "kron":
        data = tuple(turned(p, b) for p in f.data)
    elif f.kind == "sum":
        data = [(scalars, [turned(x, b) for x in reversed(fs)]) for scalars, fs in f.data]
    elif f.kind == "commute":
        data = f.data[::-1]
    op = f.op if f.symmetric else b.T(f.op)
    return Factor(kind, f.columns, f.rows, op, data, f.signed, f.symmetric)
