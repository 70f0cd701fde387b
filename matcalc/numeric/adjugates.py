"""The adjugate and its derivatives, also at singular matrices: polynomials in the entries."""

from __future__ import annotations

import numpy as np

from matcalc.numeric.checks import finite

Array = np.ndarray
MANY = 24  # rows up to which cofactors are computed one by one


def adj(a: Array) -> Array:
    """The transposed matrix of cofactors, whether or not the matrix is singular."""
    n = len(a)
    if n == 1:
        return np.ones((1, 1))
    if n <= MANY:
        rest = [np.delete(np.arange(n), i) for i in range(n)]
        minors = np.array([[a[np.ix_(rest[i], rest[j])] for j in range(n)] for i in range(n)])
        signs = (-1.0) ** np.add.outer(np.arange(n), np.arange(n))
        return (np.linalg.det(minors) * signs).T
    u, s, vh, turn = _factors(a)
    others = np.array([np.prod(np.delete(s, i)) for i in range(n)])
    return turn * (vh.conj().T * others) @ u.conj().T


def adj_along(a: Array, *directions: Array) -> Array:
    """The derivative of the adjugate along directions, of which the last may be a stack.

    Along several it is that along all but the first, differentiated along the first: a polynomial
    in the step, of which the mean over roots of unity has the linear part.
    """
    if len(directions) == 1:
        return _along(a, directions[0])
    first, *others = directions
    n, length = len(a), np.linalg.norm(first)
    if not length:
        return np.zeros_like(directions[-1])
    step = (np.linalg.norm(a) or 1.0) / length
    roots = np.exp(2j * np.pi * np.arange(n) / n)
    values = [adj_along(a + step * z * first, *others) / z for z in roots]
    total = sum(values) / (n * step)
    return total if any(map(np.iscomplexobj, (a, *directions))) else np.real(total)


def _along(a: Array, e: Array) -> Array:
    """The derivative along one direction, by A = U S V^H.

    At a diagonal S along F its entry i, i is the sum over k ≠ i of F_kk by the product of all
    singular values but those of i and k, and its entry i, j is -F_ij by that of all but i and j.
    """
    n = len(a)
    u, s, vh, turn = _factors(a)
    products = np.array([[np.prod(np.delete(s, [i, j])) for j in range(n)] for i in range(n)])
    np.fill_diagonal(products, 0)
    f = u.conj().T @ e @ vh.conj().T
    inner = -products * f
    at = np.arange(n)
    inner[..., at, at] = np.diagonal(f, axis1=-2, axis2=-1) @ products
    return turn * (vh.conj().T @ inner @ u.conj().T)


def _factors(a: Array) -> tuple[Array, Array, Array, complex]:
    """U, the singular values, V^H, and det(U)*det(V^H), by which adj(USV^H) is V*adj(S)*U^H."""
    u, s, vh = np.linalg.svd(finite(a))
    return u, s, vh, np.linalg.det(u) * np.linalg.det(vh)
