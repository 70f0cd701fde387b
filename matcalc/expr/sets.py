"""The sets that variables are declared in: shape, facts, linear hull, and a sample point of each.

A new set is one record here. `facts` are what follows for a member (see `facts.py`); `hull` names
the linear space on whose members a derivative is taken (SPD matrices move within Sym).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from matcalc.errors import DeclarationError, DomainError
from matcalc.expr.sizes import AnySize, Shape

Facts = frozenset[str]

# What a fact implies, closed under implication by `closure`.
IMPLIES = {
    "pd": ("psd", "positive-det"),
    "positive-det": ("nonsingular",),
    "psd": ("symmetric",),
    "diagonal": ("symmetric", "lower", "upper"),
    "orthogonal": ("stiefel", "nonsingular"),
    "positive": ("nonnegative",),
    "hpd": ("hpsd", "positive-det"),
    "hpsd": ("hermitian",),
    "unitary": ("nonsingular",),
    "toeplitz-symmetric": ("symmetric",),
    "simplex": ("positive",),
    "sphere": ("stiefel",),  # a column
}


def closure(facts: set[str]) -> Facts:
    """The facts and all that follow from them."""
    todo = list(facts)
    while todo:
        for implied in IMPLIES.get(todo.pop(), ()):
            if implied not in facts:
                facts.add(implied)
                todo.append(implied)
    return frozenset(facts)


@dataclass(frozen=True)
class SetKind:
    """A family of sets, such as Sym[n].

    `sizes` are the allowed numbers of size arguments; `draw(rng, shape)` returns a random member
    as a float array, well inside the set and away from singular points; `manifold` says that the
    set is curved, so that it has no linear hull of its own.
    """

    name: str
    sizes: tuple[int, ...]
    facts: Facts
    draw: Callable[[Any, tuple[int, int]], Any]
    hull: str | None = None
    square: bool = False
    manifold: bool = False
    complex: bool = False

    def shape(self, dims: tuple[AnySize, ...]) -> Shape:
        if self.square:
            return dims[0], dims[0]
        if not dims:
            return 1, 1
        return (dims[0], 1) if len(dims) == 1 else (dims[0], dims[1])


@dataclass(frozen=True)
class VariableSet:
    """A set with its sizes: what stands after `in`."""

    kind: SetKind
    dims: tuple[AnySize, ...]

    @property
    def name(self) -> str:
        return self.kind.name

    @property
    def shape(self) -> Shape:
        return self.kind.shape(self.dims)

    def __str__(self) -> str:
        return self.name + (f"[{','.join(map(str, self.dims))}]" if self.dims else "")

    def __reduce__(self):
        return make_set, (self.name, self.dims)


def make_set(name: str, dims: tuple[AnySize, ...] = ()) -> VariableSet:
    """The set `name[dims]`; DeclarationError for an unknown name or a wrong number of sizes."""
    kind = SETS.get(name)
    if kind is None:
        import difflib

        near = difflib.get_close_matches(name, SETS, 1) or [
            s for s in SETS if s.lower() == name.lower()
        ]
        hint = f"did you mean {near[0]}?" if near else f"known sets: {' '.join(SETS)}"
        raise DeclarationError(f"unknown set {name}", hint=hint)
    if len(dims) not in kind.sizes:
        wanted = {(0, 1, 2): "0, 1 or 2", (1,): "1", (2,): "2"}[kind.sizes]
        plural = "" if kind.sizes == (1,) else "s"
        raise DeclarationError(f"{name} takes {wanted} size{plural}, not {len(dims)}")
    if kind.name in ("R", "R+", "C") and len(dims) == 2 and dims[1] == 1:
        dims = dims[:1] if dims[0] != 1 else ()
    elif dims == (1,) and kind.name in ("R", "R+", "C"):
        dims = ()
    return VariableSet(kind, dims)


def real_set(shape: Shape) -> VariableSet:
    """R, R[n] or R[m,n], whichever has the shape."""
    return make_set("R", () if shape == (1, 1) else shape)


# Sample points. Entries have modulus 0.3 to 1.2, away from the kinks and poles at zero.


def _entries(rng, shape):
    return rng.uniform(0.3, 1.2, shape) * rng.choice([-1.0, 1.0], shape)


def _general(rng, shape):
    """A well-conditioned real array."""
    import numpy as np

    x = _entries(rng, shape)
    while min(shape) > 1 and np.linalg.cond(x) > 4 * min(shape):
        x = _entries(rng, shape)
    return x


def _complex(rng, shape):
    return _entries(rng, shape) + 1j * _entries(rng, shape)


def _positive(rng, shape):
    return rng.uniform(0.5, 2.0, shape)


def _symmetric(rng, shape):
    z = _entries(rng, shape)
    return (z + z.T) / 2


def _skew(rng, shape):
    z = _entries(rng, shape)
    return (z - z.T) / 2


def _diagonal(rng, shape):
    import numpy as np

    return np.diag(rng.uniform(0.5, 2.0, shape[0]))


def _lower(rng, shape):
    import numpy as np

    return np.tril(_entries(rng, shape), -1) / 2 + _diagonal(rng, shape)


def _upper(rng, shape):
    return _lower(rng, shape).T


def _psd(rng, shape):
    z = _entries(rng, shape)
    return z @ z.T / shape[0]


def _pd(rng, shape):
    import numpy as np

    return _psd(rng, shape) + np.eye(shape[0]) / 2


def _orthonormal(rng, shape):
    import numpy as np

    if shape[0] < shape[1]:
        raise DomainError(f"no {shape[0]}×{shape[1]} matrix has orthonormal columns")
    return np.linalg.qr(rng.standard_normal(shape))[0]


def _toeplitz(rng, shape):
    import numpy as np

    n = shape[0]
    t = _entries(rng, (2 * n - 1,))
    return t[np.subtract.outer(np.arange(n), np.arange(n)) + n - 1]


def _symmetric_toeplitz(rng, shape):
    import numpy as np

    n = shape[0]
    return _entries(rng, (n,))[abs(np.subtract.outer(np.arange(n), np.arange(n)))]


def _hermitian(rng, shape):
    z = _complex(rng, shape)
    return (z + z.conj().T) / 2


def _hpd(rng, shape):
    import numpy as np

    z = _complex(rng, shape)
    return z @ z.conj().T / shape[0] + np.eye(shape[0]) / 2


def _unitary(rng, shape):
    import numpy as np

    return np.linalg.qr(_complex(rng, shape))[0]


def _simplex(rng, shape):
    x = rng.uniform(0.5, 2.0, shape)
    return x / x.sum()


def _sphere(rng, shape):
    x = _entries(rng, shape)
    return x / (x * x).sum() ** 0.5


def _kind(name, sizes, facts, draw, **options):
    return SetKind(name, sizes, closure(set(facts.split())), draw, **options)


SETS: dict[str, SetKind] = {
    kind.name: kind
    for kind in (
        _kind("R", (0, 1, 2), "", _general, hull="R"),
        _kind("R+", (0, 1, 2), "positive", _positive, hull="R"),
        _kind("Sym", (1,), "symmetric", _symmetric, hull="Sym", square=True),
        _kind("Skew", (1,), "skew", _skew, hull="Skew", square=True),
        _kind("Diag", (1,), "diagonal", _diagonal, hull="Diag", square=True),
        _kind("Tril", (1,), "lower", _lower, hull="Tril", square=True),
        _kind("Triu", (1,), "upper", _upper, hull="Triu", square=True),
        _kind("Toep", (1,), "", _toeplitz, hull="Toep", square=True),
        _kind(
            "SymToep", (1,), "toeplitz-symmetric", _symmetric_toeplitz, hull="SymToep", square=True
        ),
        _kind("PSD", (1,), "psd", _psd, hull="Sym", square=True),
        _kind("SPD", (1,), "pd", _pd, hull="Sym", square=True),
        _kind("Orth", (1,), "orthogonal", _orthonormal, hull="R", square=True, manifold=True),
        _kind("Stiefel", (2,), "stiefel", _orthonormal, hull="R", manifold=True),
        _kind("Simplex", (1,), "simplex", _simplex, hull="R", manifold=True),
        _kind("Sphere", (1,), "sphere", _sphere, hull="R", manifold=True),
        _kind("C", (0, 1, 2), "complex", _complex, hull="C", complex=True),
        _kind(
            "Herm", (1,), "complex hermitian", _hermitian, hull="Herm", square=True, complex=True
        ),
        _kind("HPD", (1,), "complex hpd", _hpd, hull="Herm", square=True, complex=True),
        _kind(
            "Unitary",
            (1,),
            "complex unitary",
            _unitary,
            hull="C",
            square=True,
            manifold=True,
            complex=True,
        ),
    )
}
