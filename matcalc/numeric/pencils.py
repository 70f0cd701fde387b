"""Values of eigenvalues and vectors of a pencil: A*v = λ*B*v, A symmetric, B positive definite."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.linalg import LinAlgError

Array = np.ndarray
SMALL = 1e-10  # relative size of what counts as asymmetry


def pencil_value(a: Array, b: Array, k: Any) -> Any:
    """The k-th of the ascending eigenvalues."""
    return _pencil(a, b)[0][_place(k, len(a))]


def pencil_vector(a: Array, b: Array, k: Any) -> Array:
    """Its vector as a column with v'*B*v = 1, whose entry of largest modulus is positive."""
    k = _place(k, len(a))
    v = _pencil(a, b)[1][:, k : k + 1]
    return v * np.where(v[np.argmax(abs(v))] < 0, -1.0, 1.0)


def _pencil(a: Array, b: Array) -> tuple[Array, Array]:
    """By the factor of B = L*L': the vectors are inv(L)'*w, of those of inv(L)*A*inv(L)'."""
    for x in (a, b):
        if np.iscomplexobj(x) or np.any(abs(x - x.T) > SMALL * np.max(abs(x))):
            raise LinAlgError("the matrix is not symmetric")
    inverse = np.linalg.inv(np.linalg.cholesky(b))
    reduced = inverse @ a @ inverse.T
    values, vectors = np.linalg.eigh((reduced + reduced.T) / 2)
    return values, inverse.T @ vectors


def _place(k: Any, most: int) -> int:
    if np.iscomplexobj(k) or k != int(k) or not 1 <= k <= most:
        raise LinAlgError(f"the number of an eigenvalue is not one of 1, ..., {most}")
    return int(k) - 1
