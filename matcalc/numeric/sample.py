"""Random sizes, points, directions and smooth abstract functions to try an answer on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from matcalc.errors import DomainError, NotSupportedError, ShapeError
from matcalc.expr.meanings import require_one_meaning
from matcalc.expr.nodes import (
    Apply,
    ElementPower,
    Expr,
    Power,
    Product,
    Symbol,
    number_value,
    postorder,
    size_names,
)
from matcalc.expr.sizes import Shape, names_of
from matcalc.functions.abstract import AbstractDerivative, AbstractFunction
from matcalc.functions.numbers import Allowed, counting, least_sizes
from matcalc.numeric.evaluate import STRICT, Point, Undefined, float_of
from matcalc.numeric.hulls import FLAT, HULLS
from matcalc.numeric.tensors import SCALAR, numeric_shape, tensor_shape

SIZES = range(2, 7)  # given to size names: small and distinct, so that a lost transpose shows
MAX_ENTRIES = 1_000_000  # of any array on the way
LARGE = 100  # rows and columns beyond which a condition number costs more than it is worth
MODERATE = 1e6  # numbers beyond which no points are sought
RIDGES = 8  # terms of a random smooth function; more than any size drawn, so Hessians are regular


@dataclass(frozen=True)
class Survey:
    """What has to be drawn for some expressions: found once, drawn from many times."""

    symbols: tuple[Symbol, ...]
    functions: tuple[AbstractFunction, ...]
    names: tuple[str, ...]
    constants: frozenset[int]
    shapes: tuple[Shape, ...]
    nodes: int
    counting: Mapping[Symbol, Allowed]
    least: Mapping[str, int]  # of size names
    reach: float  # the largest number of moderate size in them


def survey(*roots: Expr) -> Survey:
    """The variables, abstract functions, size names and shapes in expressions."""
    symbols: list[Symbol] = []
    functions: dict[AbstractFunction, None] = {}
    names: dict[str, None] = {}
    shapes: dict[Shape, None] = {}
    named: list[Expr] = []
    calls: list[Expr] = []
    reach: list[float] = []
    nodes = 0
    for e in postorder(*roots):
        nodes += 1
        reach.append(_number_in(e))
        if e.shape not in shapes:
            shapes[e.shape] = None
            for size in e.shape:
                names.update(dict.fromkeys(names_of(size)))
        if type(e) is Symbol:
            symbols.append(e)
            named.append(e)
        elif not e.children:
            names.update(dict.fromkeys(sorted(size_names(e))))
        elif type(e) is Apply and isinstance(e.function, AbstractFunction | AbstractDerivative):
            f = e.function
            functions[f.base if isinstance(f, AbstractDerivative) else f] = None
            named.append(e)
        elif isinstance(e, Apply | Power | ElementPower):
            calls.append(e)
    require_one_meaning(named)
    constants = frozenset(s for shape in shapes for s in shape if isinstance(s, int) and s > 1)
    return Survey(
        tuple(symbols),
        tuple(functions),
        tuple(names),
        constants,
        tuple(shapes),
        nodes,
        counting(calls),
        least_sizes(calls),
        max((r for r in reach if r <= MODERATE), default=0.0),
    )


def _number_in(e: Expr) -> float:
    """The size of the number that stands in a node, 0 without one."""
    value = e.coefficient if isinstance(e, Product) else number_value(e)
    return abs(float_of(value)) if value is not None else 0.0


def draw_sizes(
    wanted: Survey, rng: np.random.Generator, order: int = 0, distinct: bool = True
) -> dict[str, int]:
    """Small numbers for the size names, such that all sizes come out as positive integers.

    `order` 1 gives them in ascending order of appearance, -1 in descending order, so that two
    draws cover m > n and m < n. Undefined where nothing small enough is found.
    """
    names = wanted.names
    for attempt in range(80 if names else 1):
        chosen = _some_sizes(wanted, rng, attempt // 20, distinct)
        if order and attempt < 20:
            chosen.sort(reverse=order < 0)
        sizes = {
            name: size if size >= (least := wanted.least.get(name, 1)) else size + least
            for name, size in zip(names, chosen, strict=True)
        }
        if 0 < largest(wanted, sizes) <= MAX_ENTRIES:
            return sizes
    raise Undefined("no sizes were found at which all arrays are small and have whole sizes")


def _some_sizes(
    wanted: Survey, rng: np.random.Generator, widening: int, distinct: bool
) -> list[int]:
    """A number for each name: distinct also from the numbers that stand in shapes, if possible.

    Where arrays of many sizes are too large with that, as A ⊗ X ⊗ B is, twos and threes.
    """
    count = len(wanted.names)
    if not count:
        return []
    if widening == 3:
        return rng.choice((2, 3), count).tolist()
    pool = list(range(SIZES.start, max(SIZES.stop, SIZES.start + count) + 4 * widening))
    if not distinct:
        return rng.choice(pool, count).tolist()
    free = [s for s in pool if s not in wanted.constants]
    return rng.permutation(free if len(free) >= count else pool)[:count].tolist()


def largest(wanted: Survey, sizes: Mapping[str, int]) -> int:
    """The number of entries of the largest array; 0 where some size is not a positive integer."""
    most = 1
    for shape in wanted.shapes:
        try:
            rows, columns = numeric_shape(shape, sizes)
        except ShapeError:
            return 0
        if rows < 1 or columns < 1:
            return 0
        most = max(most, rows * columns)
    return most


def draw_point(
    wanted: Survey, rng: np.random.Generator, sizes: dict[str, int], wide: bool = False
) -> Point:
    """A random value for each variable from its set, and a random smooth function for each name.

    `wide` seeks points beyond the sets' own draws, for functions such as sqrt(x - 1).
    """
    values = {
        s.name: draw_wide_value(s, rng, sizes, wanted.reach) if wide else draw_value(s, rng, sizes)
        for s in wanted.symbols
    }
    for s, numbers in wanted.counting.items():
        values[s.name] = draw_whole(s, numbers, rng, sizes)
    functions = {f.name: draw_function(f, rng, sizes) for f in wanted.functions}
    return Point(values, sizes, functions, STRICT, analytic=True)


def draw_value(s: Symbol, rng: np.random.Generator, sizes: Mapping[str, int]) -> Any:
    """A random member of the set that a variable is declared in, in the layout inside."""
    shape = numeric_shape(s.shape, sizes)
    if s.set.name == "R" and min(shape) > LARGE:
        return rng.standard_normal(shape)  # the set's own draw watches the condition number
    try:
        value = s.set.kind.draw(rng, shape)
    except DomainError as error:
        raise Undefined(error.message) from None
    return value[0, 0] if s.shape == SCALAR else value


def draw_whole(
    s: Symbol, numbers: Allowed, rng: np.random.Generator, sizes: Mapping[str, int]
) -> Any:
    """A whole number for a variable that counts, or several."""
    choices = numbers.draws(sizes)
    if not choices:
        raise Undefined(f"no number is a {numbers.text}")
    value = rng.choice(choices, numeric_shape(s.shape, sizes)).astype(float)
    return value[0, 0] if s.shape == SCALAR else value


def draw_wide_value(
    s: Symbol, rng: np.random.Generator, sizes: Mapping[str, int], reach: float = 0.0
) -> Any:
    """Of a variable without structure, often of one sign, and larger or smaller than usual; beyond
    the numbers that stand in the expression, too, as for relu(x - 1000)."""
    value = draw_value(s, rng, sizes)
    if s.set.name not in ("R", "R+"):
        return value
    signed = (value, abs(value), -abs(value))[rng.integers(3)] if s.set.name == "R" else value
    return signed * rng.choice([0.2, 1.0, 5.0, 20.0, 100.0, *([2 * reach] if reach > 50 else [])])


def lines_of(
    variables: Iterable[Symbol], rng: np.random.Generator, sizes: Mapping[str, int], count: int
) -> list[dict[str, Any]]:
    """Random directions of several variables at once, so many."""
    return [{v.name: draw_direction(v, rng, sizes) for v in variables} for _ in range(count)]


def draw_direction(s: Symbol, rng: np.random.Generator, sizes: Mapping[str, int]) -> Any:
    """A random member of the linear space that a variable moves in, of entries up to 1."""
    hull = s.set.kind.hull
    if hull not in FLAT and hull not in HULLS:
        raise NotSupportedError(f"slopes along {s.set}")
    shape = numeric_shape(s.shape, sizes)
    direction = _entries(rng, shape)
    if s.set.kind.complex:
        direction = direction + 1j * _entries(rng, shape)
    if hull in HULLS:
        direction = HULLS[hull].project(direction)
    return direction[0, 0] if s.shape == SCALAR else direction


def _entries(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    return rng.uniform(0.3, 1.0, shape) * rng.choice([-1.0, 1.0], shape)


# Random smooth functions


def draw_function(
    f: AbstractFunction, rng: np.random.Generator, sizes: Mapping[str, int]
) -> tuple[Callable, ...]:
    """A random analytic function of the shapes of f, with its derivatives, in tensor layout.

    It is Σ_k c_k sin(Σ_a <U_ka, x_a> + b_k) over arguments x_a, whose derivatives are plain to see.
    Of several arguments the derivatives are tuples by argument, each of tuples by the next.
    """
    domains = [tensor_shape(d, sizes) for d in f.domains]
    c = rng.uniform(0.5, 1.5, (*tensor_shape(f.codomain, sizes), RIDGES))
    c *= rng.choice([-1.0, 1.0], c.shape)
    u = [rng.standard_normal((RIDGES, *d)) / max(1.0, np.prod(d) ** 0.5) for d in domains]
    b = rng.uniform(-3.0, 3.0, RIDGES)

    def derivative(order: int) -> Callable:
        def at(*arguments):
            inner = (np.tensordot(w, x, np.ndim(x)) for w, x in zip(u, arguments, strict=True))
            return _by_argument(c * _SINES[order % 4](b + sum(inner)), u, order)

        return at

    return tuple(map(derivative, range(MAX_ABSTRACT + 1)))


MAX_ABSTRACT = 6  # derivatives that a random function comes with
_SINES = (np.sin, np.cos, lambda t: -np.sin(t), lambda t: -np.cos(t))  # and derivatives


def _by_argument(weights: np.ndarray, u: list[np.ndarray], order: int) -> Any:
    """Σ_k weights[..., k] u_ak ⊗ u_bk ⊗ ... for as many arguments a, b, ... as the order."""
    level: dict[tuple[int, ...], np.ndarray] = {(): weights}
    for _ in range(order):
        level = {(*by, a): _outer(t, w) for by, t in level.items() for a, w in enumerate(u)}
    found: dict[tuple[int, ...], Any] = {by: np.sum(t, axis=-1) for by, t in level.items()}
    if len(u) == 1:
        return found[(0,) * order]
    for _ in range(order):
        shorter = dict.fromkeys(by[:-1] for by in found)
        found = {by: tuple(found[(*by, a)] for a in range(len(u))) for by in shorter}
    return found[()]


def _outer(t: np.ndarray, w: np.ndarray) -> np.ndarray:
    """The axes of t, then those of w, then k: for each k of the last axis of t, first of w."""
    each = [np.multiply.outer(t[..., k], w[k]) for k in range(len(w))]
    return np.stack(each, axis=-1)
