"""Values of the dominant eigenvalue of a real matrix, its projector and reduced resolvent."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.linalg import LinAlgError

from matcalc.numeric.checks import SMALL

Array = np.ndarray


def dominant(a: Array) -> Any:
    """The eigenvalue of largest modulus, of a conjugate pair the one above the real axis."""
    if np.iscomplexobj(a):
        raise LinAlgError("the matrix is complex")
    values = np.linalg.eigvals(a).astype(complex)
    largest = np.max(abs(values))
    top = values[abs(values) >= (1 - SMALL) * largest]
    first = top[np.argmax(top.imag)]
    pair = first.imag > SMALL * largest
    if len(top) != 1 + pair or np.any(abs(top.real - first.real) > SMALL * largest):
        raise LinAlgError("several eigenvalues have the largest modulus")
    return first if pair else complex(first.real)


def domproj(a: Array) -> Array:
    """v w^H/(w^H v) of its right and left eigenvectors, which its null spaces are."""
    u, _, vh = np.linalg.svd(a - dominant(a) * np.eye(len(a)))
    v, w = vh[-1:].conj().T, u[:, -1:]
    inner = (w.conj().T @ v)[0, 0]
    if abs(inner) < SMALL:
        raise LinAlgError("the eigenvalue of largest modulus is not simple")
    return v @ w.conj().T / inner


def domres(a: Array) -> Array:
    """S with S (λI - A) = I - P and S P = 0: the inverse of λI - A + P is S + P."""
    p = domproj(a)
    return np.linalg.inv(dominant(a) * np.eye(len(a)) - a + p) - p
