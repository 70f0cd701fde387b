"""Functions of matrices to many digits: eigenvalues, singular values, matrix functions.

Each is written with mpmath from its definition, and independently of the double-precision values in
`decompositions`: (numbers, arrays) -> array or number. Where there is no value it raises `Pole`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from matcalc.numeric.fields import Pole, array
from matcalc.numeric.tensors import SCALAR


def _matrix(a: Any) -> np.ndarray:
    return a if isinstance(a, np.ndarray) else array([a], SCALAR)


def _to_mpmath(numbers: Any, a: Any) -> Any:
    return numbers.ctx.matrix(_matrix(a).tolist())


def _from_mpmath(value: Any) -> np.ndarray:
    return array(list(value), (value.rows, value.cols))


def _where(condition: bool) -> None:
    if not condition:
        raise Pole


def _count(numbers: Any, k: Any, most: int) -> int:
    _where(k == numbers.ctx.floor(k) and 1 <= k <= most)
    return int(k)


def _is_symmetric(numbers: Any, a: np.ndarray) -> bool:
    size = max(abs(x) for x in a.flat)
    return all(abs(x) <= numbers.tiny * size for x in (a - a.T).flat)


def _signed(columns: np.ndarray) -> np.ndarray:
    """Columns with their entries of largest modulus positive."""
    top = [max(column, key=abs) for column in columns.T]
    return columns * array([-1 if x < 0 else 1 for x in top], (1, len(top)))


# Eigenvalues


def _eigen(numbers: Any, a: Any) -> tuple[list[Any], np.ndarray]:
    """Eigenvalues in ascending order, and unit eigenvectors."""
    a, ctx = _matrix(a), numbers.ctx
    if _is_symmetric(numbers, a):
        values, vectors = ctx.eigsy(_to_mpmath(numbers, (a + a.T) / 2))
    else:
        values, vectors = ctx.eig(_to_mpmath(numbers, a))
        size = max(abs(x) for x in values)
        _where(all(abs(ctx.im(x)) <= numbers.tiny * size for x in values))
        vectors = vectors.apply(ctx.re)
        values = [ctx.re(x) for x in values]
    values = list(values)
    order = sorted(range(len(values)), key=lambda i: values[i])
    columns = _from_mpmath(vectors)[:, order]
    norms = [ctx.sqrt(sum(x * x for x in column)) for column in columns.T]
    return [values[i] for i in order], _signed(columns / array(norms, (1, len(norms))))


def _eigvals(numbers, a):
    values = _eigen(numbers, a)[0]
    return array(values, (len(values), 1))


def _eigval(numbers, a, k):
    values = _eigen(numbers, a)[0]
    return values[_count(numbers, k, len(values)) - 1]


def _eigvec(numbers, a, k):
    values, vectors = _eigen(numbers, a)
    k = _count(numbers, k, len(values))
    return vectors[:, k - 1 : k]


def _pencil(numbers, a, b):
    """Eigenvalues of a*v = λ*b*v and vectors with v'*b*v = 1, by the Cholesky factor of b."""
    ctx, a, b = numbers.ctx, _matrix(a), _matrix(b)
    _where(_is_symmetric(numbers, a) and _is_symmetric(numbers, b))
    try:
        inverse = _from_mpmath(ctx.inverse(ctx.cholesky(_to_mpmath(numbers, (b + b.T) / 2))))
    except ValueError:  # mpmath's, of a matrix that is not positive definite
        raise Pole from None
    values, vectors = _eigen(numbers, inverse @ a @ inverse.T)
    return values, _signed(inverse.T @ vectors)


def _pencil_value(numbers, a, b, k):
    values = _pencil(numbers, a, b)[0]
    return values[_count(numbers, k, len(values)) - 1]


def _pencil_vector(numbers, a, b, k):
    values, vectors = _pencil(numbers, a, b)
    k = _count(numbers, k, len(values))
    return vectors[:, k - 1 : k]


def _dominant(numbers, a):
    """The dominant eigenvalue, its projector and its reduced resolvent, as mpmath has them."""
    ctx, a = numbers.ctx, _to_mpmath(numbers, _matrix(a))
    values, left, right = ctx.eig(a, left=True, right=True)
    largest = max(abs(x) for x in values)
    top = [k for k, x in enumerate(values) if abs(x) >= largest * (1 - numbers.tiny)]
    k = max(top, key=lambda i: ctx.im(values[i]))
    pair = ctx.im(values[k]) > numbers.tiny * largest
    same = all(abs(ctx.re(values[i] - values[k])) <= numbers.tiny * largest for i in top)
    _where(len(top) == 1 + pair and same)
    v, w = right[:, k], left[k, :]
    inner = (w * v)[0, 0]
    _where(abs(inner) > numbers.tiny)
    p = v * w / inner
    s = ctx.inverse(values[k] * ctx.eye(a.rows) - a + p) - p
    return values[k], p, s


def _part_of_dominant(which: int, part: str):
    """The real or imaginary part of one of them."""

    def value(numbers, a):
        found = _dominant(numbers, a)[which]
        of = getattr(numbers.ctx, part)
        return _from_mpmath(found.apply(of)) if which else of(found)

    return value


def _invgaps(numbers, x):
    entries = list(_matrix(x).flat)
    n = len(entries)
    _where(len(set(entries)) == n)
    zero = numbers.ctx.mpf(0)
    return array((zero if p is q else 1 / (q - p) for p in entries for q in entries), (n, n))


def _topgaps(numbers, x, k):
    entries = list(_matrix(x).flat)
    n, k = len(entries), _count(numbers, k, len(entries))
    zero = numbers.ctx.mpf(0)
    _where(all(p != q for p in entries[:k] for q in entries[k:]))
    values = [
        1 / (p - q) if i < k <= j else zero
        for i, p in enumerate(entries)
        for j, q in enumerate(entries)
    ]
    return array(values, (n, n))


def _topsums(numbers, x, k):
    entries = list(_matrix(x).flat)
    n, k = len(entries), _count(numbers, k, len(entries))
    _where(all(p + q != 0 for p in entries[:k] for q in entries))
    zero = numbers.ctx.mpf(0)
    return array(
        [1 / (p + q) if i < k else zero for i, p in enumerate(entries) for q in entries], (n, n)
    )


# Singular values


def _svd(numbers: Any, a: Any) -> tuple[np.ndarray, list[Any], np.ndarray]:
    """U, the singular values in descending order, and V', as many as the smaller size."""
    u, s, vt = numbers.ctx.svd_r(_to_mpmath(numbers, a))
    values = list(s)
    order = sorted(range(len(values)), key=lambda i: -values[i])
    return _from_mpmath(u)[:, order], [values[i] for i in order], _from_mpmath(vt)[order]


def _svals(numbers, a):
    values = _svd(numbers, a)[1]
    n = _matrix(a).shape[1]
    return array([*values, *[numbers.ctx.mpf(0)] * (n - len(values))], (n, 1))


def _singular_vectors(numbers: Any, a: Any) -> tuple[np.ndarray, np.ndarray]:
    """U and V by the eigenvectors of A'A; columns of U without a row are zero."""
    a = _matrix(a)
    _where(a.shape[1] - a.shape[0] <= 1)  # else V is not unique
    _, vectors = _eigen(numbers, a.T @ a)
    v = vectors[:, ::-1]
    sigma = _svals(numbers, a)[:, 0]
    image = a @ v
    rank = min(a.shape)
    columns = [image[:, j] / sigma[j] if j < rank else image[:, j] * 0 for j in range(len(v))]
    return np.array(columns, dtype=object).T, v


def _polar(numbers, a, k=None):
    u, s, vt = _svd(numbers, a)
    rank = sum(x > numbers.tiny * s[0] for x in s)
    if k is not None:
        rank = min(rank, _count(numbers, k, _matrix(a).shape[1]))
    return u[:, :rank] @ vt[:rank]


def _schatten(numbers, a, p):
    _where(p > 0)
    return sum(x**p for x in _svd(numbers, a)[1]) ** (1 / p)


def _kyfan(numbers, a, k):
    values = _svd(numbers, a)[1]
    return sum(values[: _count(numbers, k, _matrix(a).shape[1])])


def _norm21(numbers, a):
    return sum(numbers.ctx.sqrt(sum(x * x for x in column)) for column in _matrix(a).T)


# Factors and matrix functions


def _chol(numbers, a):
    a = _matrix(a)
    _where(_is_symmetric(numbers, a))
    try:
        return _from_mpmath(numbers.ctx.cholesky(_to_mpmath(numbers, a)))
    except ValueError as error:
        raise Pole from error


def _principal(numbers: Any, a: Any) -> None:
    """Pole where an eigenvalue is zero or negative."""
    ctx = numbers.ctx
    values = ctx.eig(_to_mpmath(numbers, a))[0]
    tiny = numbers.tiny * max(abs(x) for x in values)
    _where(all(ctx.re(x) > tiny or abs(ctx.im(x)) > tiny for x in values))


def _matrix_function(f: str, principal: bool) -> Callable:
    def value(numbers, a):
        if principal:
            _principal(numbers, a)
        result = getattr(numbers.ctx, f)(_to_mpmath(numbers, a))
        return _from_mpmath(result.apply(numbers.ctx.re))

    return value


def _frechet(f: Callable) -> Callable:
    """The derivative along directions, in the corner of f of a block matrix."""

    def value(numbers, a, *directions):
        block = _matrix(a)
        n = len(block)
        for e in map(_matrix, directions):
            corner = np.kron(np.eye(len(block) // n, dtype=object), e)
            block = np.block([[block, corner], [corner * 0, block]])
        return f(numbers, block)[:n, -n:]

    return value


def _frechet_matrix(f: Callable, depth: int = 1) -> Callable:
    """Column by column, along the matrices with a single one, in columns stacked."""
    along = _frechet(f) if depth == 1 else _frechet_matrix(f, depth - 1)

    def value(numbers, a, *directions):
        n = len(_matrix(a))
        columns = []
        for k in range(n * n):
            e = array([int(i + n * j == k) for i in range(n) for j in range(n)], (n, n))
            columns.append(along(numbers, a, *directions, e).T.reshape(-1))
        return np.array(columns, dtype=object).T

    return value


def _number_or_matrix(f: Callable) -> Callable:
    """A function whose value of a 1×1 matrix is a number, if it was given a number."""

    def value(numbers, *arguments):
        result = f(numbers, *arguments)
        scalar = isinstance(result, np.ndarray) and not isinstance(arguments[0], np.ndarray)
        return result[0, 0] if scalar else result

    return value


MOST = 2  # the highest order of Fréchet derivatives that has values here
MATRIX_FUNCTIONS = {
    "expm": _matrix_function("expm", False),
    "sinm": _matrix_function("sinm", False),
    "cosm": _matrix_function("cosm", False),
    "logm": _matrix_function("logm", True),
    "sqrtm": _matrix_function("sqrtm", True),
}

_VALUES: dict[tuple[str, int], Callable[..., Any]] = {
    ("eigvals", 1): _eigvals,
    ("eigvecs", 1): lambda numbers, a: _eigen(numbers, a)[1],
    ("eigval", 2): _eigval,
    ("eigvec", 2): _eigvec,
    ("eigval", 3): _pencil_value,
    ("eigvec", 3): _pencil_vector,
    ("lambda_max", 2): lambda numbers, a, b: _pencil(numbers, a, b)[0][-1],
    ("lambda_min", 2): lambda numbers, a, b: _pencil(numbers, a, b)[0][0],
    ("eigvec_max", 2): lambda numbers, a, b: _pencil(numbers, a, b)[1][:, -1:],
    ("eigvec_min", 2): lambda numbers, a, b: _pencil(numbers, a, b)[1][:, :1],
    ("lambda_max", 1): lambda numbers, a: _eigen(numbers, a)[0][-1],
    ("lambda_min", 1): lambda numbers, a: _eigen(numbers, a)[0][0],
    ("eigvec_max", 1): lambda numbers, a: _eigen(numbers, a)[1][:, -1:],
    ("eigvec_min", 1): lambda numbers, a: _eigen(numbers, a)[1][:, :1],
    ("specrad", 1): lambda numbers, a: max(
        abs(x) for x in numbers.ctx.eig(_to_mpmath(numbers, _matrix(a)))[0]
    ),
    **{
        (f"{name}_{part}", 1): _part_of_dominant(k, part)
        for k, name in enumerate(("dominant", "domproj", "domres"))
        for part in ("re", "im")
    },
    ("invgaps", 1): _invgaps,
    ("topgaps", 2): _topgaps,
    ("topsums", 2): _topsums,
    ("svals", 1): _svals,
    ("svd_u", 1): lambda numbers, a: _singular_vectors(numbers, a)[0],
    ("svd_v", 1): lambda numbers, a: _singular_vectors(numbers, a)[1],
    ("polar", 1): _polar,
    ("polar", 2): _polar,
    ("normnuc", 1): lambda numbers, a: sum(_svd(numbers, a)[1]),
    ("normspec", 1): lambda numbers, a: _svd(numbers, a)[1][0],
    ("sigma_max", 1): lambda numbers, a: _svd(numbers, a)[1][0],
    ("schatten", 2): _schatten,
    ("kyfan", 2): _kyfan,
    ("norm21", 1): _norm21,
    ("chol", 1): _chol,
    **{(name, 1): f for name, f in MATRIX_FUNCTIONS.items()},
    **{
        (f"frechet({name})", 1 + k): _frechet(f)
        for name, f in MATRIX_FUNCTIONS.items()
        for k in range(1, MOST + 1)
    },
    **{
        (f"frechetmatrix({name}{f',{depth}' * (depth > 1)})", 1 + k): _frechet_matrix(f, depth)
        for name, f in MATRIX_FUNCTIONS.items()
        for depth in range(1, MOST + 1)
        for k in range(MOST + 1 - depth)
    },
}
VALUES = {place: _number_or_matrix(f) for place, f in _VALUES.items()}
