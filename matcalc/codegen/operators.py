"""Linear operators that keep their structure: sums of products of arrays, never multiplied out.

They act on column-stacked vecs. A term of a sum is a number times factors: arrays, diagonal
matrices, Kronecker products, commutation matrices, identities, inverses.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from math import prod
from typing import Any

import numpy as np
from scipy.sparse.linalg import LinearOperator  # type: ignore[import-untyped]

from matcalc.errors import DomainError, ShapeError

__all__ = ["Commutation", "Dense", "Diagonal", "Identity", "Inverse", "Kronecker", "Term"]

Array = np.ndarray


class Factor:
    """A matrix that is multiplied by."""

    __slots__ = ()

    @property
    def shape(self) -> tuple[int, int]:
        raise NotImplementedError

    def act(self, x: Array) -> Array:
        """The product with one vector: the entries of x, and of the result, in order of rows."""
        return self.times(x.reshape(-1, 1))

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

    __slots__ = ("array",)

    def __init__(self, array: Array):
        self.array = array

    @property
    def shape(self) -> tuple[int, int]:
        return self.array.shape  # type: ignore[return-value]

    def act(self, x: Array) -> Array:
        return self.array.dot(x.reshape(-1))

    def times(self, x: Array) -> Array:
        return self.array.dot(x)

    @property
    def T(self) -> Factor:
        return Dense(self.array.T)

    def toarray(self) -> Array:
        return self.array


class Inverse(Dense):
    """An array that is the inverse of a matrix, which is at hand: solving is multiplying by it."""

    __slots__ = ("matrix",)

    def __init__(self, array: Array, matrix: Array):
        self.array, self.matrix = array, matrix

    @property
    def T(self) -> Inverse:
        return Inverse(self.array.T, self.matrix.T)

    def solve(self, b: Array) -> Array:
        return self.matrix @ b


class Diagonal(Factor):
    """Diag(d)"""

    __slots__ = ("d",)

    def __init__(self, d: Array):
        self.d = d

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.d), len(self.d)

    def act(self, x: Array) -> Array:
        return self.d * x.reshape(-1)

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


class Identity(Factor):
    """I"""

    __slots__ = ("n",)

    def __init__(self, n: int):
        self.n = n

    @property
    def shape(self) -> tuple[int, int]:
        return self.n, self.n

    def act(self, x: Array) -> Array:
        return x

    def times(self, x: Array) -> Array:
        return x

    def solve(self, b: Array) -> Array:
        return b

    @property
    def T(self) -> Identity:
        return self

    def toarray(self) -> Array:
        return np.eye(self.n)

    def diagonal(self) -> Array:
        return np.ones(self.n)


class Commutation(Factor):
    """K with K*vec(X) = vec(X') for X of m rows and n columns."""

    __slots__ = ("m", "n")

    def __init__(self, m: int, n: int):
        self.m, self.n = m, n

    @property
    def shape(self) -> tuple[int, int]:
        return self.m * self.n, self.m * self.n

    def act(self, x: Array) -> Array:
        return x.reshape(self.n, self.m).T

    def times(self, x: Array) -> Array:
        return x.reshape(self.n, self.m, -1).swapaxes(0, 1).reshape(x.shape)

    @property
    def T(self) -> Commutation:
        return Commutation(self.n, self.m)

    def solve(self, b: Array) -> Array:
        return self.T.times(b)


class Kronecker(Factor):
    """P ⊗ Q ⊗ ...: (P ⊗ Q)*vec(Y) = vec(Q*Y*P').

    The entries of a vector have an axis for each factor. Each factor in turn multiplies along the
    first axis, which then becomes the last.
    """

    __slots__ = ("factors",)

    def __init__(self, *factors: Factor):
        self.factors = factors

    @property
    def shape(self) -> tuple[int, int]:
        shapes = [f.shape for f in self.factors]
        return prod(m for m, _ in shapes), prod(n for _, n in shapes)

    def act(self, x: Array) -> Array:
        for f in self.factors:
            x = f.times(x.reshape(f.shape[1], -1)).T
        return x

    def times(self, x: Array) -> Array:
        return self.act(x).reshape(-1, self.shape[0]).T

    @property
    def T(self) -> Kronecker:
        return Kronecker(*(f.T for f in self.factors))

    @property
    def _squares(self) -> bool:
        return all(f.shape[0] == f.shape[1] for f in self.factors)

    def toarray(self) -> Array:
        return reduce(np.kron, [f.toarray() for f in self.factors])

    def diagonal(self) -> Array:
        if not self._squares:
            return super().diagonal()
        return reduce(np.kron, [f.diagonal() for f in self.factors])

    def solve(self, b: Array) -> Array:
        if not self._squares:
            return super().solve(b)
        for f in self.factors:
            b = f.solve(b.reshape(f.shape[0], -1)).T
        return b.reshape(-1, self.shape[0]).T


class Term:
    """A number times factors."""

    __slots__ = ("factors", "scale")

    def __init__(self, scale: Any, factors: Sequence[Factor]):
        self.scale, self.factors = scale, factors

    def act(self, x: Array) -> Array:
        for f in reversed(self.factors):
            x = f.act(x)
        return x if self.scale == 1 else self.scale * x

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
        return min(min(f.shape) for f in self.factors)

    @property
    def is_diagonal(self) -> bool:
        return all(isinstance(f, Diagonal | Identity) for f in self.factors)

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
    shapes of the variable and of the function. It refers to arrays that it was made of, other than
    the variables: they are not copied, and are to be left as they are.
    """

    def __init__(
        self,
        make: Callable[[Sequence[Any]], Sequence[Term]],
        arrays: Sequence[Any],
        shapes: tuple[tuple[int, ...], tuple[int, ...]],
        shape: tuple[int, int],
        dtype: Any,
        action: Callable[[Sequence[Any], Array], Array] | None = None,
    ):
        # What the base class sets, without its checks: most operators act once, or a few times.
        self.shape, self.dtype = shape, dtype
        self.shapes = shapes
        self._make, self._arrays, self._action = make, arrays, action
        self._terms: Sequence[Term] | None = None

    def __new__(cls, *_: Any) -> Structured:
        return object.__new__(cls)

    def __reduce__(self):
        return Structured, (_given, self.terms, self.shapes, self.shape, self.dtype)

    @property
    def terms(self) -> Sequence[Term]:
        """The terms of the sum, made when they are needed."""
        if self._terms is None:
            self._terms = self._make(self._arrays)
        return self._terms

    def __matmul__(self, x: Any) -> Any:
        if type(x) is np.ndarray and x.shape == self.shape[1:]:
            return self._matvec(x)
        return super().__matmul__(x)

    def _act(self, v: Array) -> Array:
        """The image of an array as the variable, as an array as the function."""
        if self._action is not None:
            return self._action(self._arrays, v)
        terms, x = self.terms, v.T
        image = terms[0].act(x)
        for t in terms[1:]:
            image = image.reshape(-1) + t.act(x).reshape(-1)
        alone = len(terms) == 1 and terms[0].scale == 1
        image = image.copy() if alone and np.may_share_memory(image, x) else image
        return image.reshape(self.shapes[0][::-1]).T

    def _matvec(self, x: Array) -> Array:
        return self._act(x.reshape(self.shapes[1][::-1]).T).T.reshape(-1)

    def _matmat(self, x: Array) -> Array:
        return reduce(np.add, [t.times(x) for t in self.terms])

    def _transpose(self) -> Structured:
        terms = [t.T for t in self.terms]
        return Structured(_given, terms, self.shapes[::-1], self.shape[::-1], self.dtype)

    def _adjoint(self) -> LinearOperator:
        return super()._adjoint() if self.dtype.kind == "c" else self._transpose()

    def _rmatvec(self, x: Array) -> Array:
        return np.conj(self._transpose()._matvec(np.conj(x)))

    def _rmatmat(self, x: Array) -> Array:
        return np.conj(self._transpose()._matmat(np.conj(x)))

    def apply(self, v: Any) -> Any:
        """The image of an array, as an array."""
        v = v if type(v) is np.ndarray else np.asarray(v)
        if v.shape != self.shapes[1]:
            raise ShapeError(f"the direction has shape {v.shape}, not {self.shapes[1]}")
        image = self._act(v)
        return image if image.ndim else image[()]

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
        b = np.asarray(b)
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


def _given(terms: Sequence[Term]) -> Sequence[Term]:
    return terms
