"""Values of the functions of matrices whose algorithms are too long for a line of a record.

Eigenvectors and singular vectors have a sign of their own: the entry of largest modulus is
positive. What has no (real) value raises LinAlgError. SciPy is imported where it is needed.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np
from numpy.linalg import LinAlgError

from matcalc.numeric.adjugates import adj, adj_along
from matcalc.numeric.checks import SMALL, finite, is_hermitian, is_symmetric, signed, whole
from matcalc.numeric.dominant import dominant as dominant
from matcalc.numeric.dominant import domproj as domproj
from matcalc.numeric.dominant import domres as domres
from matcalc.numeric.pencils import pencil_value as pencil_value
from matcalc.numeric.pencils import pencil_vector as pencil_vector

Array = np.ndarray
DENSE = 12  # rows up to which a Sylvester equation is solved as one linear system
MAX_CONDITION = 1e12  # of such a system
WELL_CONDITIONED = 1e3  # eigenvectors that a function of a matrix may be taken by


# Eigenvalues and eigenvectors


def _eigen(a: Array) -> tuple[Array, Array]:
    """Eigenvalues in ascending order and unit eigenvectors, as NumPy gives them or complex."""
    if is_symmetric(a) or is_hermitian(a):
        return np.linalg.eigh((a + a.conj().T) / 2)
    if np.iscomplexobj(a):
        raise LinAlgError("the matrix is complex and not Hermitian")
    values, vectors = np.linalg.eig(a)
    order = np.argsort(values.real, kind="stable")
    return values[order], vectors[:, order]


def _real(values: Array, vectors: Array) -> tuple[Array, Array]:
    """Real eigenvalues, and eigenvectors with their signs (complex ones of Hermitian matrices)."""
    if not np.iscomplexobj(values):
        return values, vectors * signed(vectors)
    if np.any(abs(values.imag) > SMALL * np.max(abs(values), initial=1e-300)):
        raise LinAlgError("there are complex eigenvalues")
    vectors = vectors.real
    return values.real, vectors * signed(vectors)


def eigvals(a: Array) -> Array:
    """Ascending eigenvalues, which have to be real."""
    return _real(*_eigen(a))[0][:, None]


def eigvecs(a: Array) -> Array:
    """Unit eigenvectors as columns, in the order of the eigenvalues."""
    return _real(*_eigen(a))[1]


def eigval(a: Array, k: Any) -> Any:
    return eigvals(a)[whole(k, len(a), "the number of an eigenvalue") - 1, 0]


def eigvec(a: Array, k: Any) -> Array:
    k = whole(k, len(a), "the number of an eigenvector")
    return eigvecs(a)[:, k - 1 : k]


def _extreme(a: Array, place: int) -> tuple[Array, Array]:
    """The first or last eigenvalue by real parts, which has to be real, and its eigenvector."""
    values, vectors = _eigen(a)
    return _real(values[[place]], vectors[:, [place]])


def lambda_max(a: Array) -> Any:
    return _extreme(a, -1)[0][0]


def lambda_min(a: Array) -> Any:
    return _extreme(a, 0)[0][0]


def eigvec_max(a: Array) -> Array:
    return _extreme(a, -1)[1]


def eigvec_min(a: Array) -> Array:
    return _extreme(a, 0)[1]


def invgaps(x: Array) -> Array:
    """1/(x_j - x_i), with zeros on the diagonal."""
    gaps = x.T - x + np.eye(len(x))
    if np.any(gaps == 0):
        raise LinAlgError("two entries are equal")
    return 1 / gaps - np.eye(len(x))


def topgaps(x: Array, k: Any) -> Array:
    """1/(x_i - x_j) where i <= k < j, and zeros elsewhere."""
    k = whole(k, len(x), "the number of entries")
    gaps = x[:k] - x.T[:, k:]
    if np.any(gaps == 0):
        raise LinAlgError("one of the first entries equals a later one")
    found = np.zeros((len(x), len(x)), dtype=x.dtype)
    found[:k, k:] = 1 / gaps
    return found


def topsums(x: Array, k: Any) -> Array:
    """1/(x_i + x_j) where i <= k, and zeros elsewhere."""
    k = whole(k, len(x), "the number of entries")
    sums = x[:k] + x.T
    if np.any(sums == 0):
        raise LinAlgError("one of the first entries is the negative of another")
    return np.concatenate([1 / sums, np.zeros((len(x) - k, len(x)))])


# Singular values and vectors: n of each for a matrix with n columns


def _svd(a: Array) -> tuple[Array, Array, Array]:
    """U, s, V with A = U diag(s) V^H: V is unitary, U has zero columns where rows are lacking."""
    m, n = a.shape
    u, s, vh = np.linalg.svd(finite(a), full_matrices=True)
    full_u, full_s = np.zeros((m, n), dtype=u.dtype), np.zeros(n)
    full_u[:, : len(s)], full_s[: len(s)] = u[:, : len(s)], s
    v = vh.conj().T
    signs = signed(v)
    return full_u * signs, full_s, v * signs


def svals(a: Array) -> Array:
    return _svd(a)[1][:, None]


def svd_u(a: Array) -> Array:
    return _svd(a)[0]


def svd_v(a: Array) -> Array:
    return _svd(a)[2]


def polar(a: Array, k: Any = None) -> Array:
    """U V' of the singular vectors of all singular values but zeros, or of the k largest."""
    u, s, vt = np.linalg.svd(finite(a), full_matrices=False)
    rank = int(np.sum(s > SMALL * s[0]))
    if k is not None:
        rank = min(rank, whole(k, a.shape[1], "the number of singular values"))
    return u[:, :rank] @ vt[:rank]


def schatten(a: Array, p: Any) -> Any:
    return np.sum(np.linalg.svd(a, compute_uv=False) ** p) ** (1 / p)


def kyfan(a: Array, k: Any) -> Any:
    k = whole(k, a.shape[1], "the number of singular values")
    return np.sum(np.linalg.svd(a, compute_uv=False)[:k])


# Inverses


def pinv(a: Array) -> Array:
    rounding = 8 * max(a.shape) * np.finfo(a.dtype).eps  # more than SMALL in single precision
    return np.linalg.pinv(finite(a), rcond=max(SMALL, rounding))


def chol(a: Array) -> Array:
    """The lower triangular factor of a symmetric or Hermitian positive definite matrix."""
    if not is_symmetric(a) and not is_hermitian(a):
        raise LinAlgError("the matrix is not symmetric")
    return np.linalg.cholesky(a)


def sylv(a: Array, b: Array, c: Array) -> Array:
    """The Y with A Y + Y B = C."""
    m, n = c.shape
    if max(m, n) > DENSE:
        import scipy.linalg  # type: ignore[import-untyped]

        return scipy.linalg.solve_sylvester(a, b, c)
    system = np.kron(np.eye(n), a) + np.kron(b.T, np.eye(m))
    if not np.linalg.cond(system) < MAX_CONDITION:
        raise LinAlgError("A and -B have a common eigenvalue")
    return np.linalg.solve(system, c.reshape(-1, order="F")).reshape(m, n, order="F")


def lyap(a: Array, q: Array) -> Array:
    """The Y with A Y + Y A' = Q."""
    return sylv(a, a.T, q)


# Functions of matrices


def _spectral(a: Array, f: Callable[[Array], Array]) -> Array:
    """f of a symmetric matrix, by its eigenvalues."""
    values, vectors = np.linalg.eigh((a + a.T) / 2)
    return (vectors * f(values)) @ vectors.T


def _require_branch(a: Array) -> None:
    """LinAlgError where the principal logarithm has no value: eigenvalues that are not positive."""
    values = np.linalg.eigvals(a)
    tiny = SMALL * np.max(abs(values))
    if np.any((values.real <= tiny) & (abs(values.imag) <= 1e3 * tiny)):
        raise LinAlgError("there are eigenvalues that are zero or negative")


# Numerator of the diagonal Padé approximant of degree 13 (Higham, SIAM J. Matrix Anal. Appl. 26,
# 2005), and the norm up to which it is accurate.
_PADE = [
    factorial(26 - k) * factorial(13) / (factorial(26) * factorial(k) * factorial(13 - k))
    for k in range(14)
]
_PADE_NORM = 5.37


def expm(a: Array) -> Array:
    """The exponential of a matrix, or of a stack of matrices, by scaling and squaring.

    For small matrices this is faster than SciPy's.
    """
    norm = float(np.max(np.sum(abs(a), axis=-2)))
    if not np.isfinite(norm):
        return np.full(a.shape, np.nan)
    halvings = max(0, int(np.ceil(np.log2(max(norm, _PADE_NORM) / _PADE_NORM))))
    x = a / 2.0**halvings
    square = x @ x
    even = odd = np.zeros_like(x)
    for k in range(6, -1, -1):  # Horner's scheme
        even = even @ square + _PADE[2 * k] * np.eye(a.shape[-1])
        odd = odd @ square + _PADE[2 * k + 1] * np.eye(a.shape[-1])
    odd = x @ odd
    value = np.linalg.solve(even - odd, even + odd)
    for _ in range(halvings):
        value = value @ value
    return value


def _diagonalised(a: Array, f: Callable[[Array], Array]) -> Array | None:
    """f by eigenvectors, which is quick; None where they are too close to one another."""
    values, vectors = np.linalg.eig(a)
    if not np.linalg.cond(vectors) < WELL_CONDITIONED:
        return None
    value = np.linalg.solve(vectors.T, (vectors * f(values + 0j)).T).T
    return value if np.iscomplexobj(a) else value.real


def _by_scipy(name: str, a: Array) -> Array:
    """SciPy's value, if it is accurate: its own doubts are a warning, ours an error."""
    import scipy.linalg

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        value = getattr(scipy.linalg, name)(a)
    value = value if np.iscomplexobj(a) else value.real
    back = expm(value) if name == "logm" else value @ value
    if not np.max(abs(back - a)) <= SMALL * np.max(abs(a)):
        raise LinAlgError(f"the value of {name} is inaccurate")
    return value


def _principal(a: Array, f: Callable[[Array], Array], name: str) -> Array:
    """The principal value of the logarithm or of a root."""
    _require_branch(a)
    if is_symmetric(a):
        return _spectral(a, f)
    value = _diagonalised(a, f)
    return _by_scipy(name, a) if value is None else value


def logm(a: Array) -> Array:
    return _principal(a, np.log, "logm")


def sqrtm(a: Array) -> Array:
    return _principal(a, np.sqrt, "sqrtm")


def _turn(a: Array) -> Array:
    """[cos A, -sin A; sin A, cos A], the exponential of [0, -A; A, 0]: analytic in A."""
    return expm(_blocks(np.zeros_like(a), -a, a))


def sinm(a: Array) -> Array:
    n = a.shape[-1]
    return _turn(a)[..., n:, :n]


def cosm(a: Array) -> Array:
    n = a.shape[-1]
    return _turn(a)[..., :n, :n]


# Fréchet derivatives; the last direction may be a stack of them


def _blocks(diagonal: Array, upper: Array, lower: Array) -> Array:
    """[diagonal, upper; lower, diagonal], of matrices or stacks of them."""
    diagonal, upper, lower = np.broadcast_arrays(diagonal, upper, lower)
    rows = ((diagonal, upper), (lower, diagonal))
    return np.concatenate([np.concatenate(row, axis=-1) for row in rows], axis=-2)


def _stacked(e: Array) -> Array:
    """vec(E), or one column for each matrix of a stack."""
    return e.swapaxes(-1, -2).reshape(-1, e.shape[-1] ** 2).T


def _unstacked(columns: Array, shape: tuple[int, ...]) -> Array:
    return columns.T.reshape(shape).swapaxes(-1, -2)


def frechet(f: Callable[[Array], Array], a: Array, *directions: Array) -> Array:
    """The derivative of a matrix function along directions."""
    if f is adj:
        return adj_along(a, *directions)
    if f in _INVERSE_OF and len(a) <= DENSE:
        return _of_inverse(f, a, directions)
    if f in _INVERSE_OF and directions[-1].ndim > 2:
        return np.stack([frechet(f, a, *directions[:-1], e) for e in directions[-1]])
    return in_corner(f, a, *directions)


def in_corner(f: Callable[[Array], Array], a: Array, *directions: Array) -> Array:
    """f of the block matrix [A E; 0 A] has the derivative along E in its corner.

    Source: Higham, Functions of Matrices, (3.16).
    """
    n, block = len(a), a
    for e in directions:
        corner = np.kron(np.eye(block.shape[-1] // n), e)
        block = _blocks(block, corner, np.zeros_like(corner))
    return f(block)[..., :n, -n:]


def _of_inverse(f: Callable[[Array], Array], a: Array, directions: tuple[Array, ...]) -> Array:
    """The derivative of f, whose inverse is g, from g(f(A)) = A by linear equations.

    For X = f(A), the first is L_g(X, L_f(A,E)) = E. The derivative of g(f(A)) along several E is
    0; by Faà di Bruno's formula it is the sum, over the ways to part them in groups, of L_g(X, ...)
    along the derivatives of f by groups. All groups but the one of all are known from lower orders.
    The block matrix of frechet has no eigenvectors, which makes its roots and logarithms slow.
    """
    matrix, higher = _INVERSE_OF[f]
    x = f(a)
    m = matrix(x)
    known: dict[tuple[int, ...], Array] = {}
    last = len(directions) - 1
    for group in _subsets(range(len(directions))):
        if len(group) == 1:
            right = directions[group[0]]
        else:  # what may be a stack stands last
            parts = (p for p in _partitions(group) if len(p) > 1)
            ordered = (sorted(p, key=lambda b: last in b) for p in parts)
            right = -sum(higher(x, *(known[b] for b in p)) for p in ordered)
        known[group] = _unstacked(np.linalg.solve(m, _stacked(right)), right.shape)
    return known[tuple(range(len(directions)))]


def _subsets(items: Iterable[int]) -> list[tuple[int, ...]]:
    """All subsets but the empty one, in order of size."""
    everything = tuple(items)
    return [s for k in range(len(everything)) for s in combinations(everything, k + 1)]


def _partitions(items: tuple[int, ...]) -> Iterator[list[tuple[int, ...]]]:
    """All ways to part items in groups."""
    if not items:
        yield []
        return
    first, rest = items[0], items[1:]
    for k in range(len(rest) + 1):
        for with_first in combinations(rest, k):
            others = tuple(i for i in rest if i not in with_first)
            for more in _partitions(others):
                yield [(first, *with_first), *more]


def _matrix_of_square(x: Array) -> Array:
    return np.kron(np.eye(len(x)), x) + np.kron(x.T, np.eye(len(x)))


def _of_square(x: Array, e: Array, f: Array, *more: Array) -> Array:
    """The second derivative of the square; those of higher order are zero."""
    return (e @ f + f @ e) * (0 if more else 1)


# Of a function the inverse's derivative as a matrix, and its derivatives of higher order.
_INVERSE_OF: dict[Callable, tuple[Callable, Callable]] = {
    logm: (lambda x: frechet_matrix(expm, 1, x), lambda x, *e: frechet(expm, x, *e)),
    sqrtm: (_matrix_of_square, _of_square),
}


def frechet_matrix(f: Callable[[Array], Array], depth: int, a: Array, *directions: Array) -> Array:
    """The matrix of E -> the derivative along (directions and) E, in columns stacked.

    Of depth 2 it is the matrix of E -> that matrix of depth 1, and so on.
    """
    n = len(a)
    units = _unstacked(np.eye(n * n), (n * n, n, n))
    if depth == 1:
        return _stacked(frechet(f, a, *directions, units))
    columns = (frechet_matrix(f, depth - 1, a, *directions, e) for e in units)
    return np.stack([c.reshape(-1, order="F") for c in columns], axis=1)
