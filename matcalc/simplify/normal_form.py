"""The simplifier: one pass from the leaves up, each distinct node once.

Each method makes a node from parts that are in normal form and returns it in normal form: scalars
in front, transposes pushed in, inverses cancelled, like terms and common factors collected. What
the user wrote as a sum is left whole unless the normal form is strictly shorter (see `whole`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import TypeVar

from matcalc.derivation.rule import Rule
from matcalc.expr import build
from matcalc.expr.arithmetic import is_wide, joined, pure_chain
from matcalc.expr.arrays import entrywise
from matcalc.expr.cost import cost
from matcalc.expr.nodes import (
    ONE,
    Apply,
    Conjugate,
    ElementPower,
    Expr,
    Frobenius,
    Hadamard,
    Identity,
    Inverse,
    Kronecker,
    Ones,
    Power,
    Product,
    Sum,
    Transpose,
    Value,
    fold,
    number_value,
)
from matcalc.simplify import (
    chains,
    conjugates,
    frobenius,
    functions,
    identities_arrays,
    kronecker,
    matrix_functions,
    opposites,
    powers,
    products,
    rules,
    shorter,
    sums,
    windows,
)
from matcalc.simplify.terms import opened, positive_first, scaling

T = TypeVar("T")
MAX_NESTING = 3  # sums within sums, trials included, that are searched for shorter forms


class Simplifier:
    """Simplification with a memory.

    `whole` are sub-expressions of the input, kept as they are unless the normal form is strictly
    shorter. `used` collects the rules that fired, in order.
    """

    def __init__(self, whole: Iterable[Expr] = ()):
        self.rank = {e: k for k, e in enumerate(dict.fromkeys(whole))}
        self.whole = frozenset(self.rank)
        self.used: dict[Rule, None] = {}
        self.generators: dict[Expr, Expr | None] = {}  # see `matrix_functions`
        self.no_negative: set[Expr] = set()  # sums that are no better turned
        self.negates = False  # see `products.without_minus`
        self._memo: dict[Expr, Expr] = {}
        self._costs: dict[Expr, int] = {}
        self._transposes: dict[tuple[Expr, int], tuple[Expr, tuple[Rule, ...]]] = {}
        self._nesting = 0

    def __call__(self, e: Expr) -> Expr:
        """The simplified expression."""
        return fold(e, self._step, self._memo)

    def note(self, rule: Rule) -> None:
        self.used.setdefault(rule)

    def searches(self, parts: Iterable[Expr]) -> bool:
        """Whether other forms of a sum or product of these parts are tried.

        What a person would not survey is left as it is, and trials inside trials end somewhere: so
        the work for a node is bounded.
        """
        size = sum(map(_factors, parts))
        return self._nesting <= MAX_NESTING and size <= shorter.MAX_SEARCHED

    def cost(self, e: Expr) -> int:
        return cost(e, self._costs)

    def _step(self, e: Expr, children: list[Expr]) -> Expr:
        make = _MAKE.get(type(e))
        if make is None:
            return e
        if e in self.whole and not isinstance(e, Transpose):
            result = self.trial(lambda: self._shorter(self._kept(e, children), e)) or e
        else:
            result = make(self, e, children)
        self._memo.setdefault(result, result)
        return result

    def _kept(self, e: Expr, children: list[Expr]) -> Expr:
        """What the user wrote; a sum keeps its terms unless some cancel or merge."""
        if isinstance(e, Sum):
            with self.inside():
                return sums.add(children, self, as_written=True)
        return _MAKE[type(e)](self, e, children)

    def _shorter(self, found: Expr, e: Expr) -> Expr | None:
        return found if found is not e and self.cost(found) < self.cost(e) else None

    @contextmanager
    def inside(self) -> Iterator[None]:
        self._nesting += 1
        try:
            yield
        finally:
            self._nesting -= 1

    def trial(self, make: Callable[[], T | None]) -> T | None:
        """What `make` makes, or None; then the rules that it applied count for nothing."""
        outer, self.used = self.used, {}
        found = None
        try:
            found = make()
        finally:
            inner, self.used = self.used, outer
        if found is not None:
            for rule in inner:
                self.note(rule)
        return found

    # Each method takes parts in normal form.

    def product(self, coefficient: Value, scalars: Iterable[Expr], chain: Iterable[Expr]) -> Expr:
        """number · scalars · chain, with scalars collected and the chain cancelled."""
        loose: list[Expr] = []
        groups: list[tuple[Expr, ...]] = []
        for f in chain:
            if isinstance(f, Product):
                loose += scaling(f)
                groups.append(f.chain)
            else:
                groups.append((f,))
        coefficient, factors = opposites.aligned(coefficient, joined(groups, pure_chain), self.rank)
        flat, extracted = chains.tidy(factors, self)
        coefficient, parts = opened(coefficient, [*loose, *scalars, *extracted])
        if parts and flat:
            found = products.softmaxes(self, parts, flat)
            if found is not None:
                return self.product(coefficient, *found)
        if len(parts) > 1:
            collected = powers.collect(parts, powers.SCALAR, self.note)
            coefficient, parts = opened(coefficient, collected)
            merged = products.merged(self, parts) or windows.factors(parts, self)
            if merged is not None:
                return self.product(coefficient, merged, flat)
        if coefficient < 0 and (parts or len(flat) > 1):
            turned = products.without_minus(self, parts, flat)
            if turned is not None:
                return build.product(-coefficient, *turned)
        if not flat and len(parts) == 1 and isinstance(parts[0], Sum) and coefficient != 1:
            return self.scaled_sum(coefficient, parts[0])
        if len(flat) == 1 and not parts and isinstance(flat[0], Sum) and coefficient != 1:
            return self.scaled_sum(coefficient, flat[0])
        return build.product(coefficient, parts, flat)

    def scaled_sum(self, coefficient: Value, total: Sum) -> Expr:
        """number · sum: distributed where that is shorter, as in -(a - b) = b - a."""
        plain = build.product(coefficient, *(((total,), ()) if total.is_scalar else ((), (total,))))
        if total in self.whole:
            return plain
        inner = build.add(*(self.scaled(coefficient, t) for t in total.terms))
        if isinstance(inner, Sum):
            inner = build.add(*positive_first(list(inner.terms)))
        return inner if self.cost(inner) < self.cost(plain) else plain

    def scaled(self, coefficient: Value, e: Expr) -> Expr:
        """number · e, where a minus may go into a factor."""
        return self.product(coefficient, *(((e,), ()) if e.is_scalar else ((), (e,))))

    def add(self, terms: Iterable[Expr]) -> Expr:
        """The sum with like terms and common factors collected."""
        with self.inside():
            return sums.add(list(terms), self)

    def transpose(self, a: Expr) -> Expr:
        """The transpose, pushed into products; outside of sums unless that is shorter."""
        key = a, self._nesting
        if key not in self._transposes:
            outer, self.used = self.used, {}
            found = self._transpose(a)
            self._transposes[key] = found, tuple(self.used)
            self.used = outer
        found, used = self._transposes[key]
        for rule in used:
            self.note(rule)
        return found

    def _transpose(self, a: Expr) -> Expr:
        if a.is_scalar or "symmetric" in a.facts:
            if not a.is_scalar and not isinstance(a, Identity):
                self.note(rules.SYMMETRIC)
            return a
        if "skew" in a.facts:
            self.note(rules.SKEW)
            return self.product(Fraction(-1), (), (a,))
        if isinstance(a, Transpose):
            return a.argument
        if isinstance(a, Product) and not is_wide(a):
            if len(a.chain) > 1:
                self.note(rules.TRANSPOSE_PRODUCT)
            flipped = [self.transpose(f) for f in reversed(a.chain)]
            return self.product(a.coefficient, a.scalars, flipped)
        if isinstance(a, Sum | Hadamard) and self.searches(a.children):
            pushed = self.trial(lambda: self._pushed_transpose(a))
            if pushed is not None:
                return pushed
        if isinstance(a, Kronecker):
            return self.kronecker([self.transpose(f) for f in a.factors])
        if isinstance(a, ElementPower) and a.exponent.is_scalar:
            return self.element_power(self.transpose(a.base), a.exponent)
        turned = kronecker.transposed(a) if isinstance(a, Apply) else None
        return turned if turned is not None else build.transpose(a)

    def _pushed_transpose(self, a: Sum | Hadamard) -> Expr | None:
        """The transpose term by term, where that needs fewer transposes than one outside.

        What the user wrote stays, (X - m*y')', unless no term becomes longer: (W'*H - I)'.
        """
        with self.inside():
            parts = [self.transpose(t) for t in a.children]
        longer = (self.cost(p) > self.cost(t) for p, t in zip(parts, a.children, strict=True))
        if a in self.whole and any(longer):
            return None
        pushed = self.add(parts) if isinstance(a, Sum) else self.hadamard(parts)
        self.note(rules.TRANSPOSE_SUM)
        return pushed if self.cost(pushed) < self.cost(a) + 1 else None

    def inverse(self, a: Expr) -> Expr:
        """The inverse; transposes outside of it, numbers and scalars in front."""
        if a.is_scalar:
            return self.scalar_power(a, build.number(-1))
        if "orthogonal" in a.facts:
            self.note(rules.ORTHOGONAL_INVERSE)
            return self.transpose(a)
        if isinstance(a, Conjugate) or "unitary" in a.facts:
            return conjugates.inverse(self, a)
        if isinstance(a, Transpose):
            self.note(rules.TRANSPOSE_INVERSE)
            return self.transpose(self.inverse(a.argument))
        if isinstance(a, Kronecker):
            apart = kronecker.inverse(self, a)
            if apart is not None:
                return apart
        if isinstance(a, Product) and (a.coefficient != 1 or a.scalars):
            self.note(rules.INVERSE_SCALED)
            inner = self.inverse(self.product(ONE, (), a.chain))
            reciprocals = [self.scalar_power(s, build.number(-1)) for s in a.scalars]
            return self.product(1 / a.coefficient, reciprocals, (inner,))
        return build.inverse(a)

    def power(self, base: Expr, exponent: Expr) -> Expr:
        """base^exponent of a scalar or a square matrix."""
        if base.is_scalar:
            return self.scalar_power(base, exponent)
        p = exponent.value  # type: ignore[attr-defined]
        if isinstance(base, Power):
            self.note(rules.POWERS)
            return self.power(base.base, build.number(base.exponent.value * p))
        if isinstance(base, Transpose):
            return self.transpose(self.power(base.argument, exponent))
        diagonal = chains.diagonal_vector(base)
        if diagonal is not None and p > 1:
            self.note(identities_arrays.DIAG_PRODUCT)
            return self.call("diag", self.element_power(diagonal, exponent))
        if isinstance(base, Product) and (base.coefficient != 1 or base.scalars):
            inner = self.power(self.product(ONE, (), base.chain), exponent)
            scaled = [self.scalar_power(s, exponent) for s in base.scalars]
            return self.product(base.coefficient ** int(p), scaled, (inner,))
        if p == 2 and "orthogonal" in base.facts and "symmetric" in base.facts:
            self.note(rules.ORTHOGONAL)
            return build.identity(base.shape[0])
        return (
            matrix_functions.power(self, base, int(p))
            or kronecker.power(self, base, int(p))
            or products.squared(self, base, int(p))
            or build.power(base, exponent)
        )

    def scalar_power(self, base: Expr, exponent: Expr) -> Expr:
        """base^exponent of a scalar."""
        p = number_value(exponent)
        if p is not None and p == int(p):
            if isinstance(base, Power):
                inner = number_value(base.exponent)
                if inner is not None:
                    self.note(rules.SCALAR_POWERS)
                    return self.scalar_power(base.base, build.number(inner * p))
            if isinstance(base, Product) and not base.chain:
                value = build.power(build.number(base.coefficient), exponent)
                parts = [self.scalar_power(s, exponent) for s in base.scalars]
                return self.product(ONE, (value, *parts), ())
            if isinstance(base, Apply) and base.function.name == "sqrt" and p % 2 == 0:
                self.note(rules.SQRT_SQUARE)
                return self.scalar_power(base.arguments[0], build.number(p / 2))
            if isinstance(base, Sum) and p < 0:
                return build.multiply(
                    *powers.collect([build.power(base, exponent)], powers.SCALAR, self.note)
                )
        found = build.power(base, exponent)
        replaced = windows.factors([found], self) if isinstance(base, Apply) else None
        return replaced[0] if replaced is not None else found

    def element_power(self, base: Expr, exponent: Expr) -> Expr:
        """base.^exponent."""
        p = number_value(exponent)
        if p is not None and p == int(p):
            if isinstance(base, ElementPower):
                inner = number_value(base.exponent)
                if inner is not None:
                    self.note(rules.ENTRYWISE_POWERS)
                    return self.element_power(base.base, build.number(inner * p))
            if isinstance(base, Product) and (base.coefficient != 1 or base.scalars):
                value = build.power(build.number(base.coefficient), exponent)
                parts = [self.scalar_power(s, exponent) for s in base.scalars]
                inner_power = self.element_power(build.product(ONE, (), base.chain), exponent)
                return self.product(ONE, (value, *parts), (inner_power,))
            if isinstance(base, Hadamard) and p < 0:
                return self.hadamard([self.element_power(f, exponent) for f in base.factors])
            if isinstance(base, Apply) and base.function.name == "sqrt" and p % 2 == 0:
                self.note(rules.SQRT_SQUARE)
                return self.element_power(base.arguments[0], build.number(p / 2))
            if isinstance(base, Sum) and p < 0:
                whole = build.element_power(base, exponent)
                return build.hadamard(*powers.collect([whole], powers.ENTRYWISE, self.note))
            if p > 0 and powers.is_mask(base):
                return base
        found = powers.entry_power(base, exponent)
        replaced = windows.factors([found], self) if isinstance(base, Apply) else None
        return replaced[0] if replaced is not None else found

    def hadamard(self, factors: Iterable[Expr], open_sums: bool = True) -> Expr:
        """The entrywise product with powers collected and scalars in front.

        With `open_sums` a sum is multiplied out where its denominators cancel.
        """
        coefficient: Value = ONE
        scalars: list[Expr] = []
        groups: list[tuple[Expr, ...]] = []
        shape = None
        for f in factors:
            if f.is_scalar:
                scalars.append(f)
                continue
            shape = f.shape
            c, s, rest = build.scalar_parts(f)
            if c is not ONE:
                coefficient = coefficient * c
            if s:
                scalars.append(build.product(ONE, s, ()))
            if isinstance(rest, Hadamard):
                groups.append(rest.factors)
            elif rest is not None and not isinstance(rest, Ones):
                groups.append((rest,))
        if shape is None:
            return self.product(coefficient, scalars, ())
        arrays = joined(groups, entrywise)
        if len(arrays) > 1:
            arrays = powers.collect(arrays, powers.ENTRYWISE, self.note)
            replaced = windows.factors(arrays, self)
            if replaced is not None:
                return self.product(coefficient, scalars, (self.hadamard(replaced),))
            shorter = products.combined(self, arrays, open_sums)
            if shorter is not None:
                return self.product(coefficient, scalars, (shorter,))
        inner = build.hadamard(*arrays) if arrays else build.ones(shape)
        return self.product(coefficient, scalars, (inner,))

    def frobenius(self, a: Expr, b: Expr) -> Expr:
        """a : b, as a trace, a sum or an inner product where that is shorter."""
        if a.is_scalar:
            return self.product(ONE, (a, b), ())
        c, s, left = build.scalar_parts(a)
        d, t, right = build.scalar_parts(b)
        assert left is not None and right is not None
        return self.product(c * d, (*s, *t, frobenius.product(self, left, right)), ())

    def kronecker(self, factors: Iterable[Expr]) -> Expr:
        """The Kronecker product, with identities put together."""
        return kronecker.product(list(factors), self)

    def call(self, name: str, *arguments: Expr) -> Expr:
        """A function of the library by name, simplified."""
        from matcalc.functions import lookup

        return self.apply(lookup(name, len(arguments)), arguments)

    def apply(self, function, arguments: Iterable[Expr]) -> Expr:
        """function(arguments), by the function's own rule where it has one."""
        items = tuple(arguments)
        found = functions.simplified(self, function, items)
        return found if found is not None else build.apply(function, *items)


def _factors(e: Expr) -> int:
    """The parts of a term, those of an entrywise product behind a number included."""
    only = e.chain[0] if isinstance(e, Product) and len(e.chain) == 1 else e
    inside = len(only.children) if isinstance(only, Hadamard) and only is not e else 0
    return max(1, len(e.children) + inside)


def _product(s: Simplifier, e, children: list[Expr]) -> Expr:
    k = len(e.scalars)
    scalars = [*children[:k], *(f for f in children[k:] if f.is_scalar)]
    return s.product(e.coefficient, scalars, [f for f in children[k:] if not f.is_scalar])


_MAKE: dict[type, Callable[[Simplifier, Expr, list[Expr]], Expr]] = {
    Sum: lambda s, e, c: s.add(c),
    Product: _product,
    Power: lambda s, e, c: s.power(c[0], c[1]),
    ElementPower: lambda s, e, c: s.element_power(c[0], c[1]),
    Transpose: lambda s, e, c: s.transpose(c[0]),
    Conjugate: lambda s, e, c: conjugates.conjugate(s, c[0]),
    Inverse: lambda s, e, c: s.inverse(c[0]),
    Hadamard: lambda s, e, c: s.hadamard(c),
    Frobenius: lambda s, e, c: s.frobenius(c[0], c[1]),
    Kronecker: lambda s, e, c: s.kronecker(c),
    Apply: lambda s, e, c: s.apply(e.function, functions.with_sizes(e, c)),  # type: ignore[attr-defined]
}


def simplify(e: Expr, whole: Iterable[Expr] = ()) -> Expr:
    """The simplified expression; `whole` as in `Simplifier`."""
    return Simplifier(whole)(e)
