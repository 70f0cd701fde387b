"""The linear spaces that structured variables move in: projections and free entries.

Each record is written from the definition of the space, independently of how gradients are made
structured elsewhere: it is what those are checked against.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Hull:
    """A linear space of matrices.

    `project` is the orthogonal projection on it; `free(n)` weighs the entries of an n×n matrix so
    that each free parameter counts once: df is the sum of free·G·H in the "entries" convention.
    `word` says what its members are.
    """

    project: Callable[[np.ndarray], np.ndarray]
    free: Callable[[int], np.ndarray]
    word: str


def _everywhere(n: int) -> np.ndarray:
    return np.ones((n, n))


def _toeplitz_free(n: int) -> np.ndarray:
    """The first row and column: one entry of each diagonal."""
    free = np.zeros((n, n))
    free[0, :] = free[:, 0] = 1.0
    return free


def _symmetric_toeplitz_free(n: int) -> np.ndarray:
    free = np.zeros((n, n))
    free[:, 0] = 1.0
    return free


def _toeplitz(a: np.ndarray) -> np.ndarray:
    """Each diagonal's mean along it."""
    n = len(a)
    means = np.array([np.mean(np.diagonal(a, k)) for k in range(1 - n, n)])
    i = np.arange(n)
    return means[i[None, :] - i[:, None] + n - 1]


FLAT = ("R", "C")  # spaces of all arrays
HULLS: dict[str, Hull] = {
    "Sym": Hull(lambda a: (a + a.T) / 2, lambda n: np.tri(n), "symmetric"),
    "Herm": Hull(lambda a: (a + a.conj().T) / 2, _everywhere, "Hermitian"),
    "Skew": Hull(lambda a: (a - a.T) / 2, lambda n: np.tri(n, k=-1), "skew-symmetric"),
    "Diag": Hull(lambda a: np.diag(np.diag(a)), _everywhere, "diagonal"),
    "Tril": Hull(np.tril, _everywhere, "lower triangular"),
    "Triu": Hull(np.triu, _everywhere, "upper triangular"),
    "Toep": Hull(_toeplitz, _toeplitz_free, "a Toeplitz matrix"),
    "SymToep": Hull(
        lambda a: _toeplitz((a + a.T) / 2), _symmetric_toeplitz_free, "a symmetric Toeplitz matrix"
    ),
}
