"""Values of eigenvalues and vectors of a pencil: A*v = λ*B*v, A symmetric, B positive definite."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.linalg import LinAlgError

from matcalc.numeric.checks import is_symmetric, signed, whole

Array = np.ndarray
WHICH = "the number of an eigenvalue"


def pencil_value(a: Array, b: Array, k: Any) -> Any:
    """The k-th of the ascending eigenvalues."""
    return _pencil(a, b)[0][whole(k, len(a), WHICH) - 1]


def pencil_vector(a: Array, b: Array, k: Any) -> Array:
    """Its vector as a column with v'*B*v = 1, whose entry of largest modulus is positive."""
    k = whole(k, len(a), WHICH)
    v = _pencil(a, b)[1][:, k - 1 : k]
    return v * signed(v)


def _pencil(a: Array, b: Array) -> tuple[Array, Array]:
    """By the factor of B = L*L': the vectors are inv(L)'*w, of those of inv(L)*A*inv(L)'."""
    if not (is_symmetric(a) and is_symmetric(b)):
        raise LinAlgError("the matrix is not symmetric")
    inverse = np.linalg.inv(np.linalg.cholesky(b))
    reduced = inverse @ a @ inverse.T
    values, vectors = np.linalg.eigh((reduced + reduced.T) / 2)
    return values, inverse.T @ vectors
