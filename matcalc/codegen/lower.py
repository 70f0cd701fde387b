"""Expressions to operations: what a matrix is made of is used, and not built.

Every node is lowered once, children first; what its operation does not need in the end is left out
of the program (see `Program.order`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Any

from matcalc.codegen.builder import Builder
from matcalc.codegen.calls import Calls, commutation_sizes
from matcalc.codegen.chains import Chains, Factor, dense, turned
from matcalc.codegen.program import Op, Program, axes_of
from matcalc.codegen.solvers import Solvers
from matcalc.codegen.traces import Traces
from matcalc.errors import NotSupportedError
from matcalc.expr import build
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
    Zeros,
    fold,
    in_words,
    number_value,
    postorder,
)

PASSES = frozenset("order factorise structure rows tiles blocks inplace relative logistic".split())


class Lowering(Traces):
    """Expressions as operations of one program.

    passes: which improvements are made: "order" (of products), "factorise" (solve in place of
    inverses), "structure" (diagonal matrices, Kronecker products, ... are not built), "rows" (sums
    of rows or columns times the same numbers are multiplied once). "relative" (exponentials over
    sums of them) and "logistic" (products of sigmoid by one exponential) are made before, "tiles"
    is for who runs it,
    "blocks" (of rows, in products with thin matrices) and "inplace" (results in the place of large
    temporaries) for who writes it.
    """

    def __init__(self, program: Program, roots: Sequence[Expr], passes: Iterable[str] = PASSES):
        self.program = program
        self.passes = frozenset(passes)
        self.b = Builder(program, "rows" in self.passes)
        self.chains = Chains(self.b, "order" in self.passes)
        self.solvers = Solvers(self.b, roots, "factorise" in self.passes)
        self.calls = Calls(self)
        self.memo: dict[Expr, Op] = {}
        nodes = tuple(postorder(*roots))
        self.uses = Counter(c for e in nodes for c in e.children)
        self.uses.update(roots)

    def __call__(self, e: Expr) -> Op:
        return fold(e, self._step, self.memo)

    def _step(self, e: Expr, below: list[Op]) -> Op:
        rule = _RULES.get(type(e))
        if rule is None:
            raise NotSupportedError(f"code for {in_words(e)}")
        return rule(self, e, below)

    @property
    def structured(self) -> bool:
        return "structure" in self.passes

    # Factors of products

    def factors(self, e: Expr) -> list[Factor]:
        """A factor of a chain as what is multiplied by."""
        op = self.memo[e]
        if not self.structured:
            return [dense(op, *e.shape)]
        if isinstance(e, Transpose):
            return [turned(f, self.b) for f in reversed(self.factors(e.argument))]
        if isinstance(e, Product) and e.chain and not e.scalars and e.coefficient == 1:
            return self.chain(e.chain)
        if isinstance(e, Ones):
            return self._ones_factors(e)
        if isinstance(e, Sum) and (d := self._diagonals(e)) is not None:
            return [Factor("diag", *e.shape, d, signed="psd" not in e.facts)]
        if isinstance(e, Sum) and self._opens(e):
            return [Factor("sum", *e.shape, op, [self._summand(t) for t in e.terms])]
        kind, data, source = self._kind(e)
        if kind == "dense":
            return [dense(op, *e.shape, "symmetric" in e.facts)]
        return [Factor(kind, *e.shape, source, data, self._signed(e))]

    def chain(self, factors: Iterable[Expr]) -> list[Factor]:
        return [f for e in factors for f in self.factors(e)]

    def _opens(self, e: Sum) -> bool:
        """Whether a sum may be multiplied term by term: nothing else needs it as an array.

        A difference of given arrays is taken first, since it may be small, and then is exact; so
        is what remains of rows when the same is taken from each, X - ones(m)*mu'.
        """
        if self.uses[e] != 1 or len(axes_of(e.shape)) != 2:
            return False
        given = []
        for t in e.terms:
            plain = isinstance(t, Product) and not t.scalars and len(t.chain) == 1
            inner = t.chain[0] if isinstance(t, Product) and plain else t
            inner = inner.argument if isinstance(inner, Transpose) else inner
            repeats = isinstance(t, Product) and any(isinstance(f, Ones) for f in t.chain)
            if isinstance(inner, Symbol) or repeats:
                given.append(isinstance(t, Product) and t.coefficient < 0)
        return len(set(given)) < 2

    def _summand(self, t: Expr) -> tuple[list[Op], list[Factor]]:
        """A term as scalars and factors; of a multiple of the identity there are none."""
        if isinstance(t, Identity):
            return [], []
        if isinstance(t, Product) and t.chain:
            scalars = [self.b.number(t.coefficient), *(self.memo[s] for s in t.scalars)]
            if len(t.chain) == 1 and isinstance(t.chain[0], Identity):
                return scalars, []
            return scalars, self.chain(t.chain)
        return [], self.factors(t)

    def _kind(self, e: Expr) -> tuple[str, Any, Op]:
        op = self.memo[e]
        if isinstance(e, Inverse):
            solve = self.solvers.solver(e.argument, self.memo)
            if solve is not None:
                return "solve", solve, op
        elif isinstance(e, Selection):
            return "select", e.start, op
        elif isinstance(e, Kronecker):
            first, rest = e.factors[0], e.factors[1:]
            (p,) = self._single(first)
            (q,) = self._single(rest[0]) if len(rest) == 1 else [self._kron_factor(rest)]
            return "kron", (p, q), op
        elif isinstance(e, Apply):
            if e.function.name == "diag" and e.shape[1] != 1:
                return "diag", None, self.memo[e.arguments[0]]
            if e.function.name == "commutation":
                return "commute", commutation_sizes(e), op
        return "dense", None, op

    def _single(self, e: Expr) -> list[Factor]:
        found = self.factors(e)
        return found if len(found) == 1 else [dense(self.memo[e], *e.shape)]

    def _kron_factor(self, factors: tuple[Expr, ...]) -> Factor:
        whole = build.kronecker(*factors)
        op = self(whole)
        (f,) = self._single(whole)
        return f if f.kind == "kron" else dense(op, *whole.shape)

    def _signed(self, e: Expr) -> bool:
        inner = e.arguments[0] if isinstance(e, Apply) and e.arguments else e
        return "nonnegative" not in inner.facts

    def _ones_factors(self, e: Ones) -> list[Factor]:
        m, n = e.shape
        left = Factor("ones", m, 1, self.b.filled("ones", axes_of((m, 1))), signed=False)
        right = Factor("ones", 1, n, self.b.filled("ones", axes_of((1, n))), signed=False)
        return [f for f in (left, right) if f.shape != (1, 1)]

    # Sums and products

    def product(self, e: Product, below: list[Op]) -> Op:
        """coefficient · scalars · chain, the scalars multiplied into the smallest array."""
        scalars = [self.b.number(e.coefficient), *below[: len(e.scalars)]]
        if not e.chain:
            return self._scalars(scalars)
        factors = self.chain(e.chain) if len(e.chain) > 1 else self._single(e.chain[0])
        if len(factors) == 1:
            f = factors[0]
            if f.kind == "ones":
                return self.b.mul([self._scalars(scalars), f.op])
            if f.kind == "diag":
                return self.b.diag(self.scaled(scalars, f.op))
            return self.scaled(scalars, self.memo[e.chain[0]])
        return self._scaled_chain(scalars, factors, e)

    def _scaled_chain(self, scalars: list[Op], factors: list[Factor], e: Product) -> Op:
        small = min(
            (f for f in factors if f.kind in ("dense", "diag") and f.op.kind != "T"),
            key=lambda f: self.program.count(f.op.axes),
            default=None,
        )
        whole = self.program.count(axes_of(e.shape))
        plain = all(s.kind == "number" for s in scalars)
        unit = plain and abs(self.b.scale(scalars, None).data) == 1
        if small is None or unit or self.program.count(small.op.axes) * 4 > whole:
            return self.scaled(scalars, self.chains.product(factors))
        k = factors.index(small)
        op = self.scaled(scalars, small.op)
        changed = Factor(small.kind, *small.shape, op, small.data)
        return self.chains.product([*factors[:k], changed, *factors[k + 1 :]])

    def _scalars(self, scalars: Sequence[Op]) -> Op:
        above = [s for s in scalars if s.kind != "reciprocal"]
        below = [s for s in scalars if s.kind == "reciprocal"]
        return self.b.mul([self.b.scale(above, None), *below])

    def scaled(self, scalars: Sequence[Op], a: Op) -> Op:
        """Scalars times an array; one below is divided by."""
        below = [s for s in scalars if s.kind == "reciprocal"]
        above = [s for s in scalars if s.kind != "reciprocal"]
        if not below:
            return self.b.scale(above, a)
        plain = all(s.kind == "number" and abs(s.data) == 1 for s in above)
        if plain or not a.axes:
            return self.b.mul([self.b.scale(above, a), *below])
        return self.b.scale([self._scalars(scalars)], a)

    def sum(self, e: Sum, below: list[Op]) -> Op:
        axes = axes_of(e.shape)
        if not axes:
            return self.b.add(below, ())
        terms, diagonals = [], []
        seen: dict[Expr, Op] = {}
        for t, op in zip(e.terms, below, strict=True):
            d = self._on_diagonal(t) if self.structured and len(axes) == 2 else None
            if d is not None:
                diagonals.append(d)
                continue
            if len(axes) == 2 and isinstance(t, Product):
                twin = seen.get(build.transpose(t))
                if twin is not None:
                    op = self.b.T(twin)
                seen[t] = op
            terms.append((t, op))
        if not terms:
            return self._diagonal_alone(diagonals, axes)
        total = self.b.total(self._broadcast(terms, axes), axes)
        for d in diagonals:
            total = self.b.add_diagonal(total, d)
        return total

    def _diagonal_alone(self, diagonals: list[Op], axes: Any) -> Op:
        vectors = [d for d in diagonals if d.axes]
        total = self.b.add(diagonals, axes[:1] if vectors else ())
        return self.b.diag(total) if vectors else self.b.mul([total, self.b.eye(axes[0])])

    def _diagonals(self, e: Sum) -> Op | None:
        """The diagonal of a sum of diagonal matrices, multiples of the identity among them."""
        parts = [self._on_diagonal(t) for t in e.terms]
        found = [d for d in parts if d is not None]
        if len(found) < len(parts) or not any(d.axes for d in found):
            return None
        return self.b.add(found, axes_of((e.shape[0], 1)))

    def _on_diagonal(self, t: Expr) -> Op | None:
        """The d of a term Diag(d) or d*I."""
        scalars: list[Op] = []
        if isinstance(t, Product) and len(t.chain) == 1:
            scalars = [self.b.number(t.coefficient), *(self.memo[s] for s in t.scalars)]
            t = t.chain[0]
        if isinstance(t, Identity):
            return self._scalars(scalars) if scalars else self.b.number(Fraction(1))
        if isinstance(t, Apply) and t.function.name == "diag" and t.shape[1] != 1:
            return self.scaled(scalars, self.memo[t.arguments[0]])
        return None

    def _broadcast(self, terms: list[tuple[Expr, Op]], axes: Any) -> list[Op]:
        """Terms that repeat a number, a row or a column are added as such, if another is whole."""
        if not self.structured:
            return [op for _, op in terms]
        thin = [self.repeated(t) for t, _ in terms]
        if all(x is not None for x in thin):
            thin[0] = None
        return [op if x is None else x for (_, op), x in zip(terms, thin, strict=True)]

    def repeated(self, t: Expr) -> Op | None:
        """What is repeated in c*ones(m,n), x*ones(1,n), ones(m,1)*y'; None of anything else."""
        if isinstance(t, Ones):
            return self.b.number(Fraction(1))
        if not isinstance(t, Product):
            return None
        scalars = [self.b.number(t.coefficient), *(self.memo[s] for s in t.scalars)]
        if len(t.chain) == 1 and isinstance(t.chain[0], Ones):
            return self._scalars(scalars)
        if len(t.chain) < 2 or len(axes_of(t.shape)) < 2:
            return None
        first, last = t.chain[0], t.chain[-1]
        if isinstance(last, Ones) and last.shape[0] == 1:
            op = self._part(t.chain[:-1])
            return self.b.column(self.scaled(scalars, op)) if len(op.axes) == 1 else None
        if isinstance(first, Ones) and first.shape[1] == 1:
            op = self._part(t.chain[1:])
            return self.scaled(scalars, op) if len(op.axes) == 1 else None
        return None

    def _part(self, chain: tuple[Expr, ...]) -> Op:
        return self.chains.product(self.chain(chain)) if len(chain) > 1 else self.memo[chain[0]]

    def hadamard(self, e: Hadamard, below: list[Op]) -> Op:
        parts = list(below)
        if self.structured and len(axes_of(e.shape)) == 2:
            thin = [self.repeated(f) for f in e.factors]
            if not all(x is not None for x in thin):
                parts = [op if x is None else x for op, x in zip(below, thin, strict=True)]
        signs = [s for s in parts if s.is_scalar]
        arrays = [p for p in parts if not p.is_scalar]
        if not arrays:
            return self.b.mul(parts)
        numbers = []
        for k, a in enumerate(arrays):  # -x.*y as -(x.*y)
            if a.kind == "mul" and a.args[0].kind == "number":
                numbers.append(a.args[0])
                arrays[k] = a.args[1]
        arrays.sort(key=lambda a: len(a.axes) < 2 or a.axes[1] == 1)
        return self.scaled([*numbers, *signs], self.b.mul(arrays))

    # Powers and others

    def power(self, e: Power, below: list[Op]) -> Op:
        base, exponent = below
        value = number_value(e.exponent)
        if e.is_scalar:
            return self._norm_squared(e) or self.raised(base, exponent, value)
        assert value is not None
        return self.b.op("matrix_power", (base,), int(value), base.axes)

    def raised(self, base: Op, exponent: Op, value: Any) -> Op:
        if value == -1:
            return self.b.reciprocal(base)
        if value == Fraction(1, 2):
            return self.call("sqrt", base)
        if value is not None and value < 0:
            return self.b.reciprocal(self.raised(base, self.b.number(-value), -value))
        axes = base.axes if base.axes else exponent.axes
        return self.b.op("power", (base, exponent), None, axes)

    def call(self, name: str, a: Op) -> Op:
        from matcalc.functions import lookup

        return self.b.op("call", (a,), lookup(name, 1), a.axes)

    def _norm_squared(self, e: Power) -> Op | None:
        """norm2(x)^2 without the root."""
        base = e.base
        if not (isinstance(base, Apply) and base.function.name in ("norm2", "normfro")):
            return None
        if number_value(e.exponent) != 2:
            return None
        return self.norm_squared(base.arguments[0])

    def norm_squared(self, e: Expr) -> Op:
        return self.b.norm_squared(self.memo[e], "complex" in e.facts)

    def kronecker(self, e: Kronecker, below: list[Op]) -> Op:
        parts = [(op, f.shape) for op, f in zip(below, e.factors, strict=True)]
        return self.b.kron(parts, axes_of(e.shape))

    def selection(self, e: Selection) -> Op:
        n, count = e.shape
        one = self.b.filled("ones", (1,)) if count == 1 else self.b.eye(count)
        return self.b.padded(one, e.start, n)

    def inverse(self, e: Inverse, below: list[Op]) -> Op:
        if isinstance(e.argument, Transpose):
            inner = e.argument.argument
            return self.b.T(self.solvers.inverse(inner, self.memo[inner]))
        return self.solvers.inverse(e.argument, below[0])


_RULES: dict[type, Callable[[Lowering, Any, list[Op]], Op]] = {
    Symbol: lambda s, e, below: s.b.op("input", (), e.name, axes_of(e.shape)),
    Number: lambda s, e, below: s.b.number(e.value),
    SizeNumber: lambda s, e, below: s.b.size(e.size),
    Identity: lambda s, e, below: s.b.eye(e.shape[0]),
    Zeros: lambda s, e, below: s.b.filled("zeros", axes_of(e.shape)),
    Ones: lambda s, e, below: s.b.filled("ones", axes_of(e.shape)),
    Selection: lambda s, e, below: s.selection(e),
    Sum: Lowering.sum,
    Product: Lowering.product,
    Power: Lowering.power,
    ElementPower: lambda s, e, below: s.raised(below[0], below[1], number_value(e.exponent)),
    Transpose: lambda s, e, below: s.b.T(below[0]),
    Conjugate: lambda s, e, below: s.b.conjugate(below[0]),
    Inverse: Lowering.inverse,
    Hadamard: Lowering.hadamard,
    Frobenius: Lowering.frobenius,
    Kronecker: Lowering.kronecker,
    Apply: lambda s, e, below: s.calls(e, below),
}
