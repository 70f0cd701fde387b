"""Whether a given array is a member of the set that its variable is declared in.

Tests follow the facts of the set and the linear space that its members lie in, so that a set whose
facts are known here needs nothing of its own.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from matcalc.errors import DomainError
from matcalc.expr.nodes import Symbol
from matcalc.numeric.hulls import HULLS

TOLERANCE = 1e-8  # relative to the largest entry
ROUNDINGS = 1e3  # units in the last place that a value of lower precision may be off

Test = Callable[[np.ndarray, float], bool]  # whether an array certainly fails, up to a tolerance


def require_member(s: Symbol, value: np.ndarray, precision: float) -> None:
    """DomainError if a value is not in the variable's set; nan is not judged.

    `precision` is the spacing of floating point numbers in the array as it was given.
    """
    tolerance = max(TOLERANCE, ROUNDINGS * precision)
    scale = float(np.max(abs(value), initial=0.0))
    if not np.isfinite(scale):
        return
    kind = s.set.kind
    value = value if value.ndim == 2 else value.reshape(-1, 1)
    if kind.hull in HULLS:
        hull = HULLS[kind.hull]
        if np.max(abs(value - hull.project(value)), initial=0.0) > tolerance * scale:
            raise _outside(s, hull.word)
    for fact, (word, fails) in _TESTS.items():
        if fact in kind.facts and fails(value, tolerance):
            raise _outside(s, word)


def _outside(s: Symbol, word: str) -> DomainError:
    return DomainError(f"{s.name} is declared in {s.set}; its value is not {word}")


def _not_positive(value: np.ndarray, tolerance: float) -> bool:
    return bool(np.any(value < 0))  # zeros are limits of members


def _not_orthonormal(value: np.ndarray, tolerance: float) -> bool:
    gram = value.conj().T @ value
    return bool(np.max(abs(gram - np.eye(len(gram))), initial=0.0) > tolerance)


def _indefinite(value: np.ndarray, tolerance: float) -> bool:
    """Whether an eigenvalue is negative: one Cholesky factorisation, slightly shifted."""
    n = len(value)
    shift = tolerance * float(np.max(abs(value), initial=0.0)) * n
    try:
        np.linalg.cholesky(value + (shift or 1.0) * np.eye(n))
    except np.linalg.LinAlgError:
        return True
    return False


def _not_definite(value: np.ndarray, tolerance: float) -> bool:
    try:
        np.linalg.cholesky(value)
    except np.linalg.LinAlgError:
        return True
    return False


_TESTS: dict[str, tuple[str, Test]] = {
    "hermitian": ("Hermitian", lambda a, t: bool(np.max(abs(a - a.conj().T)) > t * np.max(abs(a)))),
    "positive": ("positive", _not_positive),
    "pd": ("positive definite", _not_definite),
    "hpd": ("positive definite", _not_definite),
    "psd": ("positive semidefinite", _indefinite),
    "sphere": ("of norm 1", lambda a, t: bool(abs(np.sum(a * a) - 1) > t)),
    "stiefel": ("of orthonormal columns", _not_orthonormal),
    "unitary": ("unitary", _not_orthonormal),
    "simplex": ("on the simplex", lambda a, t: bool(abs(np.sum(a) - 1) > t)),
}
