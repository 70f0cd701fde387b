"""Random members of the declared sets over any field, and random sizes.

Orthogonal matrices come from Cayley's transform (I - K)(I + K)^-1 of a skew K, which is rational
and dense in the rotations (Cayley, J. reine angew. Math. 32 (1846)); a sign on the first row gives
the reflections. Points of the sphere come from the stereographic projection. Positivity means
nothing modulo a prime: positive definite matrices are dense in the symmetric ones for polynomials.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from matcalc.errors import NotSupportedError
from matcalc.expr.nodes import Differential, Expr, Symbol, postorder
from matcalc.functions.numbers import Allowed, counting
from matcalc.numeric.exact import Point, inverse
from matcalc.numeric.fields import Field, Pole, array
from matcalc.numeric.tensors import SCALAR, numeric_shape

MOST_SIGNS = 8  # combinations of signs of orthogonal variables
COMMUTING = "commutes with "  # the override of a set for a matrix that commutes with another
FULL_RANK, RANK_ONE = "full rank ", "rank one "  # overrides of a set, before its name
ZERO = "zero"  # the override of a set that has 0
Shape = tuple[int, int]
Draw = Callable[[Field, Shape, int], np.ndarray]


@dataclass(frozen=True)
class Setting:
    """Sets to draw variables from in place of their own, and signs of orthogonal matrices.

    `signs` is a number whose bits say which orthogonal variables are reflections.
    """

    sets: Mapping[str, str] = field(default_factory=dict)
    signs: int = 0


def _symmetric(numbers: Field, shape: Shape, sign: int) -> np.ndarray:
    a = numbers.draw(shape)
    return np.tril(a) + np.tril(a, -1).T


def _skew(numbers: Field, shape: Shape, sign: int) -> np.ndarray:
    a = np.tril(numbers.draw(shape), -1)
    return numbers.reduce(a - a.T)


def _diagonal(numbers: Field, shape: Shape, sign: int) -> np.ndarray:
    return np.diagflat(np.diag(numbers.draw(shape)))


def _toeplitz(numbers: Field, shape: Shape, sign: int) -> np.ndarray:
    n = shape[0]
    t = numbers.draw((2 * n - 1, 1))[:, 0]
    return t[np.subtract.outer(np.arange(n), np.arange(n)) + n - 1]


def _symmetric_toeplitz(numbers: Field, shape: Shape, sign: int) -> np.ndarray:
    n = shape[0]
    return numbers.draw((n, 1))[:, 0][abs(np.subtract.outer(np.arange(n), np.arange(n)))]


def _semidefinite(numbers: Field, shape: Shape, sign: int) -> np.ndarray:
    if not numbers.ordered:
        return _symmetric(numbers, shape, sign)
    g = numbers.draw(shape)
    return numbers.reduce(g @ g.T)


def _definite(numbers: Field, shape: Shape, sign: int) -> np.ndarray:
    """L L' with positive diagonal entries of L."""
    if not numbers.ordered:
        return _symmetric(numbers, shape, sign)
    lower = np.tril(numbers.draw(shape), -1) + np.diagflat(numbers.positive((shape[0], 1)))
    return numbers.reduce(lower @ lower.T)


def cayley(k: np.ndarray, numbers: Field) -> np.ndarray:
    """(I - K)(I + K)^-1, orthogonal for a skew K."""
    eye = np.eye(len(k), dtype=object)
    return numbers.reduce(numbers.reduce(eye - k) @ inverse(numbers.reduce(eye + k), numbers))


def _orthogonal(numbers: Field, shape: Shape, sign: int) -> np.ndarray:
    q = cayley(_skew(numbers, shape, sign), numbers)
    if sign < 0:
        q[0] = numbers.reduce(-q[0])
    return q


def _stiefel(numbers: Field, shape: Shape, sign: int) -> np.ndarray:
    if shape[0] < shape[1]:
        raise Pole
    return _orthogonal(numbers, (shape[0], shape[0]), sign)[:, : shape[1]]


def _simplex(numbers: Field, shape: Shape, sign: int) -> np.ndarray:
    x = numbers.positive(shape)
    return numbers.reduce(x * numbers.reciprocal(numbers.reduce(np.sum(x))))


def _sphere(numbers: Field, shape: Shape, sign: int) -> np.ndarray:
    """(2t, t't - 1)/(t't + 1)."""
    t = numbers.draw((shape[0] - 1, 1))
    square: Any = numbers.reduce(np.sum(t * t)) if shape[0] > 1 else 0
    below = numbers.reciprocal(numbers.reduce(square + 1))
    x = np.concatenate([2 * t, np.full((1, 1), square - 1, dtype=object)])
    return numbers.reduce(numbers.reduce(x * below) * sign)


def _general(numbers: Field, shape: Shape, sign: int) -> np.ndarray:
    return numbers.draw(shape)


def _rank_one(numbers: Field, shape: Shape, sign: int) -> np.ndarray:
    column, row = numbers.draw((shape[0], 1)), numbers.draw((1, shape[1]))
    return numbers.reduce(column @ row)


def _rank_one_square(numbers: Field, shape: Shape, sign: int) -> np.ndarray:
    column = numbers.draw((shape[0], 1))
    return numbers.reduce(column @ column.T)


def _rank_two_skew(numbers: Field, shape: Shape, sign: int) -> np.ndarray:
    a = _rank_one(numbers, shape, sign)
    return numbers.reduce(a - a.T)


def _first_column(numbers: Field, shape: Shape, sign: int) -> np.ndarray:
    return numbers.draw((shape[0], 1)) @ np.eye(1, shape[1], dtype=object)


def _corner(numbers: Field, shape: Shape, sign: int) -> np.ndarray:
    return numbers.draw((1, 1))[0, 0] * (np.eye(shape[0], 1) @ np.eye(1, shape[1])).astype(int)


def _constant(numbers: Field, shape: Shape, sign: int) -> np.ndarray:
    return numbers.draw((1, 1))[0, 0] * np.ones(shape, dtype=object)


def _zero(numbers: Field, shape: Shape, sign: int) -> np.ndarray:
    return numbers.reduce(0 * numbers.draw(shape))


MEMBERS: dict[str, Draw] = {
    "R": _general,
    ZERO: _zero,
    "R+": lambda numbers, shape, sign: numbers.positive(shape),
    "Sym": _symmetric,
    "Skew": _skew,
    "Diag": _diagonal,
    "Tril": lambda numbers, shape, sign: np.tril(numbers.draw(shape)),
    "Triu": lambda numbers, shape, sign: np.triu(numbers.draw(shape)),
    "Toep": _toeplitz,
    "SymToep": _symmetric_toeplitz,
    "PSD": _semidefinite,
    "SPD": _definite,
    "Orth": _orthogonal,
    "Stiefel": _stiefel,
    "Simplex": _simplex,
    "Sphere": _sphere,
}
LOW_RANK: dict[str, Draw] = {  # members of rank one, of rank two if skew
    "R": _rank_one,
    "Sym": _rank_one_square,
    "PSD": _rank_one_square,
    "Skew": _rank_two_skew,
    "Diag": _corner,
    "Tril": _first_column,
    "Triu": lambda numbers, shape, sign: _first_column(numbers, shape, sign).T,
    "Toep": _constant,
    "SymToep": _constant,
}
MEMBERS |= {RANK_ONE + kind: draw for kind, draw in LOW_RANK.items()}
MEMBERS |= {FULL_RANK + kind: MEMBERS[kind] for kind in LOW_RANK}
SIGNED = frozenset({"Orth", "Stiefel", "Sphere"})  # sets of two components

# Complex sets: real draws whose sum x + iy, for either square root i of -1, is a member
_COMPLEX: dict[str, tuple[Draw, Draw]] = {
    "C": (_general, _general),
    "Herm": (_symmetric, _skew),
    "HPD": (_symmetric, _skew),
    "Unitary": (_skew, _symmetric),
}


def draw_pair(kind: str, numbers: Any, shape: Shape, sign: int) -> tuple[Any, Any]:
    """A random member of a set, and its complex conjugate."""
    if kind in MEMBERS:
        value = MEMBERS[kind](numbers, shape, sign)
        return value, value
    if kind not in _COMPLEX or numbers.unit is None:
        raise NotSupportedError(f"comparing expressions with variables in {kind}")
    x, y = (draw(numbers, shape, sign) for draw in _COMPLEX[kind])
    pair = [numbers.reduce(x + s * numbers.unit * y) for s in (1, -1)]
    if kind == "Unitary":
        pair = [cayley(k, numbers) for k in pair]
    if kind == "HPD" and numbers.ordered:
        pair = [numbers.reduce(a @ a) for a in pair]
    return pair[0], pair[1]


def draw_point(
    nodes: tuple[Expr, ...],
    numbers: Any,
    sizes: Mapping[str, int],
    setting: Setting,
    functions: Any,
) -> Point:
    """A random value for each variable among the nodes, and for each differential."""
    symbols = [e for e in nodes if type(e) is Symbol]
    paired = any(s.set.kind.complex for s in symbols)
    values: dict[str, Any] = {}
    twins: dict[str, Any] = {}
    bit = 0
    for s in sorted(symbols, key=lambda s: setting.sets.get(s.name, "").startswith(COMMUTING)):
        kind = setting.sets.get(s.name, s.set.name)
        shape = numeric_shape(s.shape, sizes)
        if kind.startswith(COMMUTING):
            value = conjugate = _polynomial_of(values[kind.removeprefix(COMMUTING)], numbers)
        else:
            sign = -1 if setting.signs >> bit & 1 else 1
            bit += kind in SIGNED
            value, conjugate = draw_pair(kind, numbers, shape, sign)
        values[s.name] = value[0, 0] if s.shape == SCALAR else value
        twins[s.name] = conjugate[0, 0] if s.shape == SCALAR else conjugate
    for s, allowed in counting(nodes).items():
        values[s.name] = twins[s.name] = _counted(s, allowed, numbers, sizes)
    point = Point(numbers, values, sizes, functions=functions)
    if paired:
        point.twin = Point(numbers, twins, sizes, functions=functions)
    for e in nodes:
        if type(e) is Differential and type(e.argument) is Symbol:
            _draw_direction(e.argument, point, setting)
    return point


def _counted(s: Symbol, allowed: Allowed, numbers: Any, sizes: Mapping[str, int]) -> Any:
    """A whole number for a variable that counts, as the k of eigval(A,k)."""
    choices = allowed.draws(sizes)
    if not choices:
        raise Pole
    shape = numeric_shape(s.shape, sizes)
    drawn = [numbers.number(numbers.rng.choice(choices)) for _ in range(shape[0] * shape[1])]
    return drawn[0] if s.shape == SCALAR else array(drawn, shape)


def _draw_direction(s: Symbol, point: Point, setting: Setting) -> None:
    """A random member of the linear hull of a variable's set, as its differential."""
    kind = s.set.kind.hull or "R"
    pair = draw_pair(kind, point.numbers, numeric_shape(s.shape, point.sizes), 1)
    first, second = (v[0, 0] if s.shape == SCALAR else v for v in pair)
    point.directions[s.name] = first
    if point.twin is not None:
        point.twin.directions[s.name] = second


def _polynomial_of(a: np.ndarray, numbers: Field) -> np.ndarray:
    """A random polynomial of a matrix: generically, this is all that commutes with it."""
    n = len(a)
    total = np.zeros((n, n), dtype=object)
    for c in numbers.draw((n, 1))[:, 0]:
        total = numbers.reduce(numbers.reduce(total @ a) + c * np.eye(n, dtype=object))
    return total


def signed_variables(nodes: tuple[Expr, ...], setting: Setting) -> int:
    """How many variables lie in sets of two components."""
    return sum(
        1 for e in nodes if type(e) is Symbol and setting.sets.get(e.name, e.set.name) in SIGNED
    )


def nodes_of(*roots: Expr) -> tuple[Expr, ...]:
    """Every distinct node below the roots, children first."""
    return tuple(postorder(*roots))
