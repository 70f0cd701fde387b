"""Fréchet derivatives of matrix functions, of every order, and their matrices.

frechet(f)(A,E,F,...) is the derivative of f at A along E, F, ...: linear in each direction and the
same in every order of them. So its differential is the derivative of the next order along dA, and
terms along the differentials of the directions; its adjoint in one direction is the derivative at
A' along the other directions transposed: of a power series, G : A^i E A^j is A'^i G A'^j : E.

frechetmatrix(f)(A,...) is the matrix of a derivative in its last direction, and
frechetmatrix(f,k)(A,...) that of frechetmatrix(f,k-1)(A,...,E) in E, columns stacked. All these
have no end, so that `made` makes each when it is first asked for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from matcalc.errors import LimitError
from matcalc.expr.nodes import Expr
from matcalc.functions.matrixfunctions import BASES, HIGHAM, MatrixFunction
from matcalc.functions.record import Function

_RELTON = "Higham & Relton, SIAM J. Matrix Anal. Appl. 35 (2014) 1019-1037"
_DIRECTIONS = "EFHJKL"  # so many a derivative may have; G is the cotangent of adjoints
_ORDINALS = ("", "second ", "third ", "fourth ", "fifth ", "sixth ")
_KEPT = {"lower", "upper", "symmetric", "hermitian"}
_RAISED = ("", "", "²", "³", "⁴", "⁵", "⁶")


def _frechet_facts(arguments: tuple[Expr, ...]) -> set[str]:
    """L(A,E) of symmetric A and E is symmetric, of triangular ones triangular."""
    return set.intersection(*(set(a.facts) for a in arguments)) & _KEPT


def _matrix_facts(arguments: tuple[Expr, ...]) -> set[str]:
    """The adjoint of L(A,.) is L(A',.), so its matrix is symmetric if A (and E) is."""
    return {"symmetric"} if all("symmetric" in a.facts for a in arguments) else set()


def _no_facts(arguments: tuple[Expr, ...]) -> set[str]:
    return set()


def _call(name: str, *directions: str, at: str = "A") -> str:
    return f"{name}({','.join([at, *directions])})"


def _replaced(directions: str, k: int, *new: str) -> list[str]:
    """The directions with another in place of the k-th, or without it."""
    return [*directions[:k], *new, *directions[k + 1 :]]


def _differential(name: str, directions: str) -> str:
    """Linear in each direction, and along dA one order higher."""
    linear = [_call(name, *_replaced(directions, k, f"d{e}")) for k, e in enumerate(directions)]
    return " + ".join([*linear, _call(name, *directions, "dA")])


def _slots(count: int) -> str:
    return ", ".join(f"□{k + 1}" for k in range(count)) if count > 1 else "□"


def _matrix_name(of: str, depth: int) -> str:
    return f"frechetmatrix({of})" if depth == 1 else f"frechetmatrix({of},{depth})"


def _value(base: MatrixFunction, directions: Sequence[str]) -> str:
    """Of what is analytic everywhere, by block matrices; of others each in its way."""
    if base.name == "adj":
        return _call("linalg.adj_along", *directions)
    name = "linalg.in_corner" if base.analytic else "linalg.frechet"
    return _call(name, *directions, at=f"linalg.{base.name}, A")


@cache
def _derivative(base: MatrixFunction, order: int) -> Function:
    """The record of frechet(f) along so many directions."""
    directions, which = _DIRECTIONS[:order], _ORDINALS[order - 1]
    name, matrix = f"frechet({base.name})", _matrix_name(base.name, 1)
    turned = [f"{e}'" for e in directions]
    slots, raised = _slots(order + 1), rf"^{{({order})}}" if order > 1 else ""
    return Function(
        _call(name, *directions),
        ", ".join(["R[n,n]"] * (order + 1)) + " -> R[n,n]",
        differential=_differential(name, directions),
        adjoint={
            e: _call(name, *turned[:k], "G", *turned[k + 1 :], at="A'")
            for k, e in enumerate(directions)
        },
        matrix={e: _call(matrix, *_replaced(directions, k)) for k, e in enumerate(directions)},
        numpy=_value(base, directions),
        latex=rf"L{raised}_{{\operatorname{{{base.name}}}}}\left({slots}\right)",
        unicode=f"L{_RAISED[order]}_{base.name}({slots})",
        holomorphic=True,
        facts=_frechet_facts,
        conditions=base.conditions,
        analytic=base.analytic,
        commuting=base.slope if order == 1 else None,
        examples=base.examples(directions),
        statement=f"the {which}Fréchet derivative of {base.name}, linear in its directions",
        doc=f"The {which}Fréchet derivative of {base.name} at A along "
        + " and ".join(", ".join(directions).rsplit(", ", 1))
        + ".",
        source=base.source if order == 1 else _RELTON,
    )


@cache
def _matrix(base: MatrixFunction, depth: int, order: int) -> Function:
    """The record of frechetmatrix(f,depth) with so many directions given."""
    directions, last = _DIRECTIONS[:order], _DIRECTIONS[order]
    name, above = _matrix_name(base.name, depth), _matrix_name(base.name, depth + 1)
    below = f"frechet({base.name})" if depth == 1 else _matrix_name(base.name, depth - 1)
    matrices = {e: _call(above, *_replaced(directions, k)) for k, e in enumerate(directions)}
    slots, raised = _slots(order + 1), rf"^{{({depth})}}" if depth > 1 else ""
    meaning = f"vec({_call(below, *directions, last)})"
    return Function(
        _call(name, *directions),
        ", ".join(["R[n,n]"] * (order + 1)) + f" -> R[n^{2 * depth},n*n]",
        differential=_differential(name, directions),
        adjoint={e: f"unvec({m}'*vec(G),n,n)" for e, m in matrices.items()},
        matrix=matrices,
        numpy=_call("linalg.frechet_matrix", *directions, at=f"linalg.{base.name}, {depth}, A"),
        latex=rf"K{raised}_{{\operatorname{{{base.name}}}}}\left({slots}\right)",
        unicode=f"K{_RAISED[depth]}_{base.name}({slots})",
        holomorphic=True,
        facts=_matrix_facts if depth == 1 else _no_facts,
        conditions=base.conditions,
        analytic=base.analytic,
        examples=base.examples(directions, "n" if depth == 1 else base.size),  # n^(2k+2) entries
        statement=f"{meaning} = {_call(name, *directions)}*vec({last})",
        doc=f"The matrix with {_call(name, *directions)}*vec({last}) = {meaning}.",
        source=f"{HIGHAM}, (3.17)" if (depth, order) == (1, 0) else _RELTON,
    )


def made(name: str, arity: int) -> Function | None:
    """A Fréchet derivative, or the matrix of one, of any order."""
    found = re.fullmatch(r"(frechet|frechetmatrix)\((\w+)(?:,([1-9]\d*))?\)", name)
    base = BASES.get(found[2]) if found else None
    if found is None or base is None:
        return None
    order = arity - 1
    depth = int(found[3] or 1) if found[1] == "frechetmatrix" else 0
    if order < (0 if depth else 1) or (found[3] is not None and depth < 2):
        return None
    if order + depth > len(_DIRECTIONS):
        raise LimitError(f"Fréchet derivatives are known up to order {len(_DIRECTIONS)}")
    return _matrix(base, depth, order) if depth else _derivative(base, order)


# Those that are listed; the rest is made on demand.
FUNCTIONS = (
    *(_derivative(f, k) for f in BASES.values() for k in (1, 2)),
    *(_matrix(f, 1, k) for f in BASES.values() for k in (0, 1)),
    *(_matrix(f, 2, 0) for f in BASES.values()),
)
