"""Linear operators that keep their structure: sums of products of arrays, never multiplied out.

They act on column-stacked vecs. A term of a sum is a number times factors: arrays, diagonal
matrices, Kronecker products, commutation matrices, identities.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np
from scipy.sparse.linalg import LinearOperator  # type: ignore[import-untyped]

from matcalc.errors import DomainError, ShapeError

Array = np.ndarray


class Factor:
    """A matrix that is multiplied by."""

    shape: tuple[int, int]

    def times(self, x: Array) -> Array:
        """The product with a matrix."""
        raise NotImplementedError

    @property
    def T(self) -> Factor:
        raise NotImplementedError

    def toarray(self) -> Array:
        return self.times(np.eye(self.shape[1]))

    def diagonal(self) -> Array:
        return np.diagonal(self.toarray())

    def solve(self, b: Array) -> Array:
        return np.linalg.solve(self.toarray(), b)


class Dense(Factor):
    """An array."""

    def __init__(self, array: Array):
        self.array, self.shape = array, array.shape  # type: ignore[assignment]

    def times(self, x: Array) -> Array:
        return self.array @ x

    @property
    def T(self) -> Dense:
        return Dense(self.array.T)

    def toarray(self) -> Array:
        return self.array


class Diagonal(Factor):
    """Diag(d)"""

    def __init__(self, d: Array):
        self.d, self.shape = d, (len(d), len(d))

    def times(self, x: Array) -> Array:
        return self.d[:, None] * x

    @property
    def T(self) -> Diagonal:
        return self

    def toarray(self) -> Array:
        return np.diag(self.d)

    def diagonal(self) -> Array:
        return self.d

    def solve(self, b: Array) -> Array:
        if not np.all(self.d):
            raise np.linalg.LinAlgError("Singular matrix")
        return b / self.d[:, None]


class Commutation(Factor):
    """K with K*vec(X) = vec(X') for X of m rows and n columns."""

    def __init__(self, m: int, n: int):
        self.m, self.n, self.shape = m, n, (m * n, m * n)

    def times(self, x: Array) -> Array:
        return x.reshape(self.n, self.m, -1).swapaxes(0, 1).reshape(x.shape)

    @property
    def T(self) -> Commutation:
        return Commutation(self.n, self.m)

    def solve(self, b: Array) -> Array:
        return self.T.times(b)


class Kronecker(Factor):
    """P ⊗ Q: (P ⊗ Q)*vec(Y) = vec(Q*Y*P')."""

    def __init__(self, p: Factor, q: Factor):
        self.p, self.q = p, q
        self.shape = (p.shape[0] * q.shape[0], p.shape[1] * q.shape[1])

    def times(self, x: Array) -> Array:
        return self._both(x, self.p.times, self.q.times, (self.p.shape, self.q.shape))

    def _both(self, x: Array, first: Callable, second: Callable, shapes: Any) -> Array:
        """first and second along the two axes that each column of x has."""
        (m, n), (r, s) = shapes
        k = x.shape[1]
        cube = first(x.reshape(n, s * k)).reshape(m, s, k).swapaxes(0, 1)
        return second(cube.reshape(s, m * k)).reshape(r, m, k).swapaxes(0, 1).reshape(m * r, k)

    @property
    def T(self) -> Kronecker:
        return Kronecker(self.p.T, self.q.T)

    def toarray(self) -> Array:
        return np.kron(self.p.toarray(), self.q.toarray())

    def diagonal(self) -> Array:
        if self.p.shape[0] != self.p.shape[1]:
            return super().diagonal()
        return np.kron(self.p.diagonal(), self.q.diagonal())

    def solve(self, b: Array) -> Array:
        if self.p.shape[0] != self.p.shape[1]:
            return super().solve(b)
        return self._both(b, self.p.solve, self.q.solve, (self.p.shape, self.q.shape))


class Term:
    """A number times factors."""

    def __init__(self, scale: Any, factors: Sequence[Factor]):
        self.scale, self.factors = scale, list(factors)
        self.shape = (factors[0].shape[0], factors[-1].shape[1])

    def times(self, x: Array) -> Array:
        for f in reversed(self.factors):
            x = f.times(x)
        return x if self.scale == 1 else self.scale * x

    @property
    def T(self) -> Term:
        return Term(self.scale, [f.T for f in reversed(self.factors)])

    @property
    def rank(self) -> int:
        """A bound of the rank: the least size on the way."""
        return min(f.shape[0] for f in [*self.factors[1:], self.factors[-1].T, self.factors[0]])

    @property
    def is_diagonal(self) -> bool:
        return all(isinstance(f, Diagonal) for f in self.factors)

    def halves(self) -> tuple[Array, Array]:
        """U and V with U*V' the term, of as many columns as its rank's bound."""
        sizes = [f.shape[1] for f in self.factors[:-1]]
        if not sizes:
            whole = self.scale * self.factors[0].toarray()
            return whole, np.eye(whole.shape[1])
        cut = int(np.argmin(sizes)) + 1
        left, right = Term(self.scale, self.factors[:cut]), Term(1, self.factors[cut:])
        return left.toarray(), right.toarray().T

    def toarray(self) -> Array:
        whole = self.factors[-1].toarray()
        for f in reversed(self.factors[:-1]):
            whole = f.times(whole)
        return self.scale * whole

    def diagonal(self) -> Array:
        if len(self.factors) == 1:
            return self.scale * self.factors[0].diagonal()
        if self.is_diagonal:
            return self.scale * reduce(np.multiply, [f.diagonal() for f in self.factors])
        u, v = self.halves()
        return np.einsum("ij,ij->i", u, v)

    def solve(self, b: Array) -> Array:
        if any(f.shape[0] != f.shape[1] for f in self.factors):
            return np.linalg.solve(self.toarray(), b)
        for f in self.factors:
            b = f.solve(b)
        return b / self.scale


class Structured(LinearOperator):
    """A sum of terms, as a linear operator of SciPy.

    H @ x, H.T, H.solve(b), H.toarray(), H.diagonal(); H.apply(V) takes and gives arrays of the
    shapes of the variable and of the function.
    """

    def __init__(self, terms: Sequence[Term], shapes: tuple[tuple[int, ...], tuple[int, ...]]):
        self.terms = list(terms)
        self.shapes = shapes
        super().__init__(np.dtype(float), terms[0].shape)

    def _matmat(self, x: Array) -> Array:
        return reduce(np.add, [t.times(x) for t in self.terms])

    def _matvec(self, x: Array) -> Array:
        return self._matmat(np.reshape(x, (-1, 1)))[:, 0]

    def _transpose(self) -> Structured:
        return Structured([t.T for t in self.terms], self.shapes[::-1])

    _adjoint = _transpose

    def apply(self, v: Any) -> Any:
        """The image of an array, as an array."""
        v = np.asarray(v, dtype=float)
        if v.shape != self.shapes[1]:
            raise ShapeError(f"the direction has shape {v.shape}, not {self.shapes[1]}")
        image = self._matmat(v.reshape(-1, 1, order="F"))
        return image.reshape(self.shapes[0], order="F")[()]

    def toarray(self) -> Array:
        """The matrix."""
        return reduce(np.add, [t.toarray() for t in self.terms])

    def diagonal(self) -> Array:
        """The diagonal of the matrix, mostly without it."""
        self._require_square("a diagonal")
        return reduce(np.add, [t.diagonal() for t in self.terms])

    def solve(self, b: Any) -> Array:
        """The x with H @ x = b.

        Factor by factor for one term; for a diagonal matrix plus terms of low rank by the
        formula of Woodbury (Golub & Van Loan, Matrix Computations, sec. 2.1.4).
        """
        self._require_square("to be solved with")
        b = np.asarray(b, dtype=float)
        rhs = b.reshape(b.shape[0], -1)
        if rhs.shape[0] != self.shape[0]:
            raise ShapeError(f"the right-hand side has {rhs.shape[0]} rows, not {self.shape[0]}")
        try:
            return self._solved(rhs).reshape(b.shape)
        except np.linalg.LinAlgError as error:
            raise DomainError(f"the operator is singular here: {error}") from error

    def _solved(self, b: Array) -> Array:
        if len(self.terms) == 1:
            return self.terms[0].solve(b)
        flat = [t for t in self.terms if t.is_diagonal]
        rest = [t for t in self.terms if not t.is_diagonal]
        rank = sum(t.rank for t in rest)
        if not flat or not rest or 2 * rank > self.shape[0]:
            return np.linalg.solve(self.toarray(), b)
        d = reduce(np.add, [t.diagonal() for t in flat])
        if np.min(np.abs(d)) < 1e-8 * np.max(np.abs(d)):  # the formula would cancel
            return np.linalg.solve(self.toarray(), b)
        pairs = [t.halves() for t in rest]
        u, v = np.hstack([p[0] for p in pairs]), np.hstack([p[1] for p in pairs])
        first, thin = b / d[:, None], u / d[:, None]
        small = np.eye(u.shape[1]) + v.T @ thin
        return first - thin @ np.linalg.solve(small, v.T @ first)

    def _require_square(self, what: str) -> None:
        if self.shape[0] != self.shape[1]:
            raise DomainError(
                f"an operator of {self.shape[0]}×{self.shape[1]} is not square: {what}"
            )
