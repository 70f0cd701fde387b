"""Verification: a gradient against slopes of its function, one side of a step against the other.

Sizes and points are drawn at random, and drawn again where something is undefined there. Slopes are
taken from values alone (see `difference.py`); nothing here knows a rule of differentiation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property

import numpy as np

from matcalc.errors import DomainError, NotSupportedError
from matcalc.expr.nodes import (
    Differential,
    Expr,
    Symbol,
    Zeros,
    number_value,
    postorder,
    symbols,
)
from matcalc.expr.sizes import shape_text
from matcalc.numeric.difference import Mover, Slope, still_and_moving
from matcalc.numeric.evaluate import Memo, run
from matcalc.numeric.hulls import FLAT, HULLS, Hull
from matcalc.numeric.sample import Survey, lines_of, survey
from matcalc.numeric.trials import (
    Directions,
    Residual,
    Verification,
    not_verified,
    refused,
    try_out,
)
from matcalc.numeric.wirtinger import By


def verify_derivative(
    function: Expr,
    by: Expr,
    derivative: Expr,
    *,
    convention: str = "projected",
    of_field: bool = False,
    seed: int = 0,
    trials: int = 3,
    directions: int = 3,
    tolerance: float = 1e-8,
) -> Verification:
    """Compares slopes of a function along random directions H with what the derivative says.

    It is by a variable, or by conj(Z) of a complex Z (see `wirtinger.py`).
    Of a scalar function the derivative is a gradient, of an array by a scalar it has the array's
    shape, and else it is the matrix ∂vec(F)/∂vec(X)', columns stacked. `convention` as below;
    `of_field` says that the function is a gradient on a manifold, the derivative its Hessian.
    """
    if function.is_scalar and not of_field:
        return verify_gradient(
            function,
            by,
            derivative,
            convention=convention,
            seed=seed,
            trials=trials,
            directions=directions,
            tolerance=tolerance,
        )
    try:
        check = _check_of_array(function, By.read(by), derivative, convention, of_field)
        return try_out(check, seed, trials, directions, tolerance)
    except NotSupportedError as error:
        return not_verified(error.message, seed)


def verify_gradient(
    function: Expr,
    by: Expr,
    gradient: Expr,
    *,
    convention: str = "projected",
    seed: int = 0,
    trials: int = 3,
    directions: int = 3,
    tolerance: float = 1e-8,
) -> Verification:
    """Compares slopes of a scalar function along random directions H with <gradient, H>.

    `convention` is "projected" (of a structured variable: the gradient lies in the linear space
    that the variable moves in) or "entries" (each free entry counts once).
    """
    if not function.is_scalar:
        raise DomainError(f"a gradient is of a scalar; this is {shape_text(function.shape)}")
    if gradient.shape != by.shape:
        return refused(
            f"the gradient is {shape_text(gradient.shape)}, its variable is {shape_text(by.shape)}",
            seed,
        )
    try:
        check = check_of(function, By.read(by), gradient, convention)
        return try_out(check, seed, trials, directions, tolerance)
    except NotSupportedError as error:
        return not_verified(error.message, seed)


def verify_equal(
    before: Expr,
    after: Expr,
    variables: Iterable[Symbol] | None = None,
    *,
    seed: int = 0,
    trials: int = 3,
    directions: int = 3,
    tolerance: float = 1e-8,
) -> Verification:
    """Compares two expressions at random points; differentials are taken along random directions.

    `variables` are those that move. By default they are those whose differential d(X) is written
    on either side, or if there is none, all that occur in a differential.
    """
    if before.shape != after.shape:
        return refused(f"{shape_text(before.shape)} is not {shape_text(after.shape)}", seed)
    try:
        check = EqualityCheck(before, after, variables)
        return try_out(check, seed, trials, directions, tolerance)
    except NotSupportedError as error:
        return not_verified(error.message, seed)


def check_of(f: Expr, by: By, gradient: Expr, convention: str) -> GradientCheck:
    """The claim in a convention: on a linear space, or on a manifold."""
    from matcalc.numeric.geometry import GeometricCheck, geometry_of

    curved = geometry_of(by, convention) is not None
    return (GeometricCheck if curved else GradientCheck)(f, by, gradient, _flat(by, convention))


def _check_of_array(
    f: Expr, by: By, derivative: Expr, convention: str, of_field: bool
) -> JacobianCheck:
    from matcalc.numeric.geometry import GeodesicCheck, TangentJacobianCheck, geometry_of

    if geometry_of(by, convention) is None:
        return JacobianCheck(f, by, derivative, _flat(by, convention))
    return (GeodesicCheck if of_field else TangentJacobianCheck)(f, by, derivative, convention)


def _flat(by: By, convention: str) -> str:
    """The convention, of which nothing is left on a linear space, which is flat."""
    from matcalc.numeric.geometry import geometry_of

    flat = convention == "riemannian" and geometry_of(by, convention) is None
    return "projected" if flat else convention


def hull_of(variable: Symbol, convention: str) -> Hull | None:
    """The linear space that a structured variable moves in; None where that is all of them."""
    hull = variable.set.kind.hull
    if hull not in FLAT and hull not in HULLS:
        raise NotSupportedError(f"verification for a variable in {variable.set}")
    if convention not in ("projected", "entries"):
        raise NotSupportedError(f"verification in the convention {convention}")
    return HULLS.get(hull or "R") if not variable.is_scalar else None


def _is_zero(e: Expr) -> bool:
    """Whether an answer is 0 as it is written, so that slopes of 0 are all there is to see."""
    return type(e) is Zeros or number_value(e) == 0


class SlopeCheck:
    """A claim about slopes of `function` by a variable, which moves in the linear space `hull`."""

    def __init__(self, function: Expr, by: By, claimed: Expr, hull: Hull | None, convention: str):
        self.function, self.by, self.variable = function, by, by.variable
        self.claimed = claimed
        self.hull = hull
        self.entries = convention == "entries"
        self.may_vanish = _is_zero(claimed)
        self.methods: set[str] = set()

    @cached_property
    def wanted(self) -> Survey:
        return survey(self.function, self.claimed, self.variable)

    @cached_property
    def order(self) -> tuple[Expr, ...]:
        return tuple(postorder(self.function, self.claimed))

    @cached_property
    def mover(self) -> Mover:
        return Mover(self.function, (self.variable.name,))

    def draw_lines(self, rng, sizes, count) -> list[Directions]:
        return lines_of((self.variable,), rng, sizes, count)


class GradientCheck(SlopeCheck):
    """The claim that `gradient` is the gradient of `function` by `variable`."""

    def __init__(self, function: Expr, by: By, gradient: Expr, convention: str):
        hull = hull_of(by.variable, convention)
        if by.hermitian and "complex" in function.facts:
            hull = None  # only of a real function is the gradient Hermitian
        super().__init__(function, by, gradient, hull, convention)
        self.gradient = gradient

    def residuals(self, point, memo, lines, step) -> list[Residual]:
        weighted = self.weighted(memo)
        found = [self._slope_residual(weighted, point, memo, line, step) for line in lines]
        return found + self.structure(memo)

    def weighted(self, memo: Memo) -> np.ndarray:
        """The array whose inner product with a direction is the slope along it."""
        gradient = memo[self.gradient]
        if self.entries and self.hull:
            return self.hull.free(len(gradient)) * gradient
        return gradient

    def structure(self, memo: Memo) -> list[Residual]:
        """How far the gradient is from having the structure of its variable, if it has one."""
        return [] if self.hull is None else [_hull_residual(self.hull, memo[self.gradient])]

    def _slope_residual(self, weighted, point, memo, line, step) -> Residual:
        """The slope along a line against <G, H>; where both nearly vanish, against the sizes of
        G and H."""
        direction = line[self.variable.name]
        product = self.by.product(weighted, direction)
        return self.compared(product, weighted, direction, point, memo, line, step)

    def compared(self, product, weighted, direction, point, memo, line, step) -> Residual:
        """The slope along a line against an inner product of two arrays."""
        slope = self.by.slope(self.mover, point, memo, line[self.variable.name], step)
        self.methods.add(slope.method)
        with np.errstate(over="ignore"):
            length = float(np.linalg.norm(weighted) * np.linalg.norm(direction))
        scale = max(abs(slope.value), abs(product), 1e-3 * length)
        return Residual(
            float(abs(slope.value - product)),
            float(scale),
            slope.error,
            lambda: (
                f"along a random direction the slope is {slope.value:.9g},"
                f" by the gradient it is {product:.9g}"
            ),
            float(abs(product)),
        )


def _hull_residual(hull: Hull, gradient: np.ndarray) -> Residual:
    """How far a gradient is from having the structure of its variable."""
    return Residual(
        float(np.max(abs(gradient - hull.project(gradient)))),
        float(np.max(abs(gradient))),
        0.0,
        lambda: f"the gradient is not {hull.word}",
    )


class JacobianCheck(SlopeCheck):
    """The claim that `matrix` is the derivative of an array by a variable, in vec coordinates."""

    def __init__(self, function: Expr, by: By, matrix: Expr, convention: str):
        hull = None if by.hermitian else hull_of(by.variable, convention)
        super().__init__(function, by, matrix, hull, convention)
        self.matrix = matrix

    def residuals(self, point, memo, lines, step) -> list[Residual]:
        matrix, value = memo[self.matrix], memo[self.function]
        found = [self._slope_residual(matrix, value, point, memo, line, step) for line in lines]
        if self.hull is not None:
            found.append(self._structure_residual(matrix, point))
        return found

    def _slope_residual(self, matrix, value, point, memo, line, step) -> Residual:
        direction = line[self.variable.name]
        slope = self.by.slope(self.mover, point, memo, direction, step)
        self.methods.add(slope.method)
        claimed = self._claimed(matrix, self.by.partner(direction))
        return self.residual(matrix, value, slope, claimed, direction)

    def residual(self, matrix, value, slope: Slope, claimed, direction) -> Residual:
        """A slope of the function against what the derivative says of a direction."""
        if claimed.size != np.size(value):
            raise DomainError("the derivative has another number of rows than its function entries")
        claimed = claimed.reshape(np.shape(value), order="F")
        difference = float(np.max(abs(slope.value - claimed)))
        length = float(np.linalg.norm(matrix) * np.linalg.norm(direction))
        scale = max(float(np.max(abs(slope.value))), float(np.max(abs(claimed))), 1e-3 * length)
        return Residual(
            difference,
            scale,
            slope.error,
            lambda: f"along a random direction a slope is off by {difference:.3g} of {scale:.3g}",
            float(np.max(abs(claimed))),
        )

    def _claimed(self, matrix: np.ndarray, direction) -> np.ndarray:
        """What the derivative says of a direction: one number for each entry of the function."""
        if self.variable.is_scalar:
            return matrix * direction
        if self.entries and self.hull:
            direction = self.hull.free(len(direction)) * direction
        return matrix @ direction.reshape(-1, 1, order="F")

    def _structure_residual(self, matrix: np.ndarray, point) -> Residual:
        """How far the rows are from having the structure of the variable."""
        assert self.hull is not None
        shape = np.shape(point.values[self.variable.name])
        off = [r - self.hull.project(r) for r in (row.reshape(shape, order="F") for row in matrix)]
        return Residual(
            float(np.max(abs(np.array(off)))),
            float(np.max(abs(matrix))),
            0.0,
            lambda: f"a row of the derivative is not {self.hull.word}",  # type: ignore[union-attr]
        )


class EqualityCheck:
    """The claim that two expressions are equal, differentials included."""

    may_vanish = True

    def __init__(self, before: Expr, after: Expr, variables: Iterable[Symbol] | None):
        self.before, self.after = before, after
        nodes = tuple(postorder(before, after))
        self.variables = tuple(_movers(nodes) if variables is None else variables)
        for v in self.variables:
            hull_of(v, "projected")  # which says where there is none
        self.order, self.moving = still_and_moving(nodes)
        self.methods: set[str] = set()

    @cached_property
    def wanted(self) -> Survey:
        return survey(self.before, self.after, *self.variables)

    def draw_lines(self, rng, sizes, count) -> list[Directions]:
        if not self.moving:
            return [{}]
        return lines_of(self.variables, rng, sizes, count)

    def residuals(self, point, memo, lines, step) -> list[Residual]:
        return [self._line_residual(point, memo, line) for line in lines]

    def _line_residual(self, point, memo, line) -> Residual:
        here = dict(memo)
        along = replace(point, directions=line, slopes={})
        run(self.moving, here, along)
        return self.compared(here, along.slopes)

    def compared(self, values: Memo, slopes: Mapping[Expr, Slope]) -> Residual:
        """One side against the other, by their values and the slopes that these were found from."""
        a, b = values[self.before], values[self.after]
        scale = max(float(np.max(abs(a))), float(np.max(abs(b))))
        uncertain = 0.0
        for slope in (slopes[e] for e in self.moving if e in slopes):
            self.methods.add(slope.method)
            most = float(np.max(abs(slope.value)))
            uncertain = max(uncertain, slope.error / most if most else 0.0)
        difference = float(np.max(abs(a - b)))
        return Residual(
            difference,
            scale,
            uncertain * scale,
            lambda: f"the two sides differ by {difference:.3g}, their values are up to {scale:.3g}",
        )


def _movers(nodes: Iterable[Expr]) -> list[Symbol]:
    """The variables that move, judging by the differentials that are written."""
    arguments = [e.argument for e in nodes if type(e) is Differential]
    plain = [a for a in arguments if type(a) is Symbol]
    return plain or symbols(*arguments)
