"""Derivatives as expressions, order by order: what differentiating a function once gives.

A scalar function has a gradient, of its variable's shape. By a scalar, the derivative of an array
has the array's shape. All others are the matrix ∂vec(F)/∂vec(X)', with a row for each entry of F.
The next order differentiates that expression again: a Hessian is the Jacobian of a gradient.
"""

from __future__ import annotations

from collections.abc import Iterable

from matcalc.calculus.conjugates import Independent, has_conjugate, is_complex, variable_of
from matcalc.calculus.jacobian import jacobian
from matcalc.calculus.manifolds import manifold_of
from matcalc.calculus.structured import (
    CURVED,
    before_means,
    means_along_diagonals,
    structured_direction,
    structured_gradient,
)
from matcalc.calculus.sweep import Sweep
from matcalc.calculus.zones import expanded_differential, total_differential
from matcalc.errors import DomainError, NotSupportedError
from matcalc.expr import build
from matcalc.expr.nodes import Conjugate, Expr, Symbol, postorder
from matcalc.expr.rewrite import substitute
from matcalc.simplify.normal_form import Simplifier
from matcalc.simplify.polish import polish

_NO_CURVED_JACOBIANS = "Jacobians and Hessians by a unitary variable in the convention "


class Stage:
    """One function, and its derivatives by several variables in one sweep.

    `whole` are sub-expressions of the input that stay as they are unless that is longer.
    """

    def __init__(self, function: Expr, convention: str, whole: Iterable[Expr] = ()):
        self.function = function
        self.convention = convention
        kept = dict.fromkeys([*whole, *(e for e in postorder(function) if e.children)])
        self.whole = tuple(kept)
        self.simplifier = Simplifier(self.whole)
        self._polished = {e: e for e in self.whole}

    def derivatives(self, by: Iterable[Expr]) -> dict[Expr, Expr]:
        """The derivative by each variable, or by the conjugate of one."""
        wanted = tuple(by)
        if is_complex(self.function, *wanted):
            return self._complex(wanted)
        return self._swept(wanted)  # type: ignore[arg-type, return-value]

    def _complex(self, wanted: tuple[Expr, ...]) -> dict[Expr, Expr]:
        """Derivatives by Z and conj(Z), which are independent."""
        pairs = Independent(self.function, dict.fromkeys(map(variable_of, wanted)))
        inner = Stage(pairs.function, self.convention, map(pairs.written, self.whole))
        self._require_gradients(wanted)
        found = inner._swept(tuple(map(pairs.symbol, wanted)))
        return {b: self._restored(pairs.restored(found[pairs.symbol(b)]), b) for b in wanted}

    def _is_curved(self, by: Expr) -> bool:
        """Whether a complex variable is on a manifold on which the gradient is wanted."""
        v = variable_of(by)
        return has_conjugate(v) and v.set.name in CURVED.get(self.convention, ())

    def _require_gradients(self, wanted: tuple[Expr, ...]) -> None:
        for b in filter(self._is_curved, wanted):
            if not self.function.is_scalar:
                raise NotSupportedError(_NO_CURVED_JACOBIANS + self.convention)
            if not isinstance(b, Conjugate) or "complex" in self.function.facts:
                raise DomainError(
                    f"the {self.convention} gradient by {variable_of(b).name} is that of a real"
                    " function, by the conjugate",
                    hint='leave wirtinger at "Z*", and take re(...) of what is complex',
                )

    def _restored(self, found: Expr, by: Expr) -> Expr:
        """A derivative by a complex variable; on a manifold its projection on the tangent space."""
        if self._is_curved(by):
            found = structured_gradient(found, variable_of(by), self.convention)
        return self.polished(self.simplifier(found))

    def _swept(self, wanted: tuple[Symbol, ...]) -> dict[Symbol, Expr]:
        if self.function.is_scalar:
            return self._gradients(wanted)
        return {v: self._jacobian(v) for v in wanted}

    def _gradients(self, wanted: tuple[Symbol, ...]) -> dict[Symbol, Expr]:
        sweep = Sweep(self.function, wanted, self.simplifier)

        def gradient(v: Symbol) -> Expr:
            raw = sweep.found.get(v, build.zeros(v.shape))
            found = sweep.tidy(structured_gradient(raw, v, self.convention))
            return self.polished(sweep.restored(found))

        return {v: gradient(v) for v in wanted}

    def _jacobian(self, v: Symbol) -> Expr:
        s = self.simplifier
        if v.is_scalar:
            found = slope(self.function, v)
            if manifold_of(v, self.convention) is not None:
                one = structured_direction(build.number(1), v, self.convention)
                found = build.multiply(found, one)
            return self.polished(s(found))
        return self.polished(jacobian(self.function, v, s, self.convention))

    def polished(self, e: Expr) -> Expr:
        return polish(e, self._polished)


def slope(f: Expr, t: Symbol) -> Expr:
    """The derivative of an array by a scalar: its differential for dt = 1."""
    d = build.differential(t)
    return substitute(expanded_differential(f, (t,)), {d: build.number(1)})


def operator(f: Expr, v: Symbol) -> Expr:
    """The differential of f, simplified, as a linear function of d(v)."""
    s = Simplifier([e for e in postorder(f) if e.children])
    return polish(s(total_differential(f, (v,))), {e: e for e in s.whole})


def free_operator(
    linear: Expr, by: Expr, free: Symbol, convention: str, means: bool = True
) -> Expr:
    """An operator in d(v), for directions d(free) that need not have the structure of v.

    Of a complex variable it is the part by Z, or by conj(Z). Without `means` it is still to be
    applied to the means along diagonals, of a Toeplitz variable.
    """
    v = variable_of(by)
    if "complex" in v.facts:
        others = {build.conjugate(build.differential(v)), build.differential(v)}
        still: dict[Expr, Expr] = dict.fromkeys(others, build.zeros(v.shape))
        return substitute(linear, {**still, build.differential(by): build.differential(free)})
    direction = build.differential(free)
    if means or means_along_diagonals(v, convention) is None:
        direction = structured_direction(direction, v, convention)
    else:
        direction = before_means(direction, v)
    return substitute(linear, {build.differential(v): direction})


def transposed(matrix: Expr) -> Expr:
    """The matrix in the other layout."""
    return polish(Simplifier()(build.transpose(matrix)))
