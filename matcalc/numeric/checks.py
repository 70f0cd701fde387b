"""What values of functions of matrices share: what is symmetric, finite, a count; signs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.linalg import LinAlgError

Array = np.ndarray
SMALL = 1e-10  # relative size of what counts as zero: asymmetry, imaginary parts, singular values


def is_symmetric(a: Array) -> bool:
    return not np.iscomplexobj(a) and bool(np.all(abs(a - a.T) <= SMALL * np.max(abs(a))))


def is_hermitian(a: Array) -> bool:
    return np.iscomplexobj(a) and bool(np.all(abs(a - a.conj().T) <= SMALL * np.max(abs(a))))


def whole(k: Any, most: int, what: str) -> int:
    """A number that counts, from 1 on."""
    if np.iscomplexobj(k) or k != int(k) or not 1 <= k <= most:
        raise LinAlgError(f"{what} is not one of 1, ..., {most}")
    return int(k)


def signed(vectors: Array) -> Array:
    """The signs (or phases) of columns that make their entries of largest modulus positive."""
    top = np.argmax(abs(vectors), axis=0)
    entries = vectors[top, np.arange(vectors.shape[1])]
    if np.iscomplexobj(vectors):
        return np.conj(entries) / abs(entries)
    return np.where(entries < 0, -1.0, 1.0)


def finite(a: Array) -> Array:
    """The matrix itself: LAPACK does not return from singular vectors of some with inf in them."""
    if not np.isfinite(a).all():
        raise LinAlgError("the matrix has entries that are infinite or no numbers")
    return a
