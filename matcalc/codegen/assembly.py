"""Structured operators from expressions: what is computed, and how it is put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from matcalc.codegen.calls import commutation_sizes
from matcalc.codegen.compiled import Compiled
from matcalc.codegen.request import Output, Request, Result
from matcalc.errors import NotSupportedError, ShapeError
from matcalc.expr import build
from matcalc.expr.nodes import Apply, Expr, Identity, Kronecker, Number, Product, Sum, Transpose
from matcalc.expr.sizes import AnySize, Shape, size_value
from matcalc.functions import lookup
from matcalc.numeric.tensors import tensor_shape


@dataclass(frozen=True)
class Piece:
    """A factor: its kind and its array, or the sizes or the two pieces that it is made of."""

    kind: str
    leaf: Expr | None = None
    sizes: tuple[AnySize, ...] = ()
    inner: tuple[Piece, ...] = ()


@dataclass(frozen=True)
class Plan:
    """A matrix as a sum of (number, factors), and the shapes of what it maps."""

    terms: tuple[tuple[Expr, tuple[Piece, ...]], ...]
    shapes: tuple[Shape, ...]


def plan_of(matrix: Expr, shapes: Sequence[Shape]) -> Plan:
    """The structure of a derivative's matrix: a row for each entry of the function."""
    matrix = _with_rows(matrix, shapes)
    terms = matrix.terms if isinstance(matrix, Sum) else (matrix,)
    return Plan(tuple(map(_term, terms)), tuple(shapes))


def _with_rows(matrix: Expr, shapes: Sequence[Shape]) -> Expr:
    """Of gradients and slopes, which have another shape, the matrix."""
    if len(shapes) > 2:
        return matrix
    f, x = shapes
    if f == (1, 1):
        return build.transpose(_vec(matrix))
    return _vec(matrix) if x == (1, 1) else matrix


def _vec(e: Expr) -> Expr:
    return e if e.shape[1] == 1 else build.apply(lookup("vec"), e)


def _term(t: Expr) -> tuple[Expr, tuple[Piece, ...]]:
    if not isinstance(t, Product) or not t.chain:
        return build.number(1), _pieces(t)
    scale = build.multiply(build.number(t.coefficient), *t.scalars)
    return scale, tuple(p for f in t.chain for p in _pieces(f))


def _pieces(f: Expr) -> tuple[Piece, ...]:
    """A factor as pieces; a transposed product by its parts."""
    if isinstance(f, Transpose) and isinstance(f.argument, Kronecker):
        return (_kronecker([build.transpose(x) for x in f.argument.factors]),)
    if isinstance(f, Kronecker):
        return (_kronecker(list(f.factors)),)
    if isinstance(f, Identity):
        return (Piece("diag", build.ones((f.shape[0], 1))),)
    if isinstance(f, Apply) and f.function.name == "diag" and f.shape[1] != 1:
        return (Piece("diag", f.arguments[0]),)
    if isinstance(f, Apply) and f.function.name == "commutation":
        return (Piece("commutation", None, commutation_sizes(f)),)
    return (Piece("dense", f),)


def _kronecker(factors: list[Expr]) -> Piece:
    """The factors one in another, the last two innermost."""
    pieces = [_pieces(f)[0] for f in factors]
    whole = pieces.pop()
    while pieces:
        whole = Piece("kron", None, (), (pieces.pop(), whole))
    return whole


def leaves(plan: Plan) -> list[Expr]:
    """The expressions whose values are needed; numbers are known."""
    found: list[Expr] = []
    for scale, pieces in plan.terms:
        found.append(scale)
        todo = list(reversed(pieces))
        while todo:
            p = todo.pop()
            found += [] if p.leaf is None else [p.leaf]
            todo.extend(reversed(p.inner))
    return [e for e in dict.fromkeys(found) if not isinstance(e, Number)]


def assembled(plan: Plan, values: Mapping[Expr, Any], sizes: Mapping[str, int]) -> Any:
    """The operator of these values and sizes."""
    from matcalc.codegen import operators

    def piece(p: Piece) -> operators.Factor:
        stack: list[tuple[Piece, bool]] = [(p, False)]
        built: list[operators.Factor] = []
        while stack:
            q, ready = stack.pop()
            if q.inner and not ready:
                stack.append((q, True))
                stack.extend((i, False) for i in reversed(q.inner))
            elif q.inner:
                second, first = built.pop(), built.pop()
                built.append(operators.Kronecker(first, second))
            else:
                built.append(leaf(q))
        return built[0]

    def leaf(p: Piece) -> operators.Factor:
        if p.kind == "commutation":
            m, n = (size_value(s, sizes) for s in p.sizes)
            return operators.Commutation(m, n)
        assert p.leaf is not None
        value = values[p.leaf]
        if p.kind == "diag":
            return operators.Diagonal(value.reshape(-1))
        if value.ndim < 2:
            value = value.reshape((1, -1) if p.leaf.shape[0] == 1 else (-1, 1))
        return operators.Dense(value)

    terms = [
        operators.Term(
            float(scale.value) if isinstance(scale, Number) else values[scale],
            [piece(p) for p in pieces],
        )
        for scale, pieces in plan.terms
    ]
    shapes = [tensor_shape(s, sizes) for s in plan.shapes]
    rows = tuple(n for shape in shapes[:-1] for n in shape)
    return operators.Structured(terms, (rows, shapes[-1]))


class CompiledOperators:
    """A compiled function whose Jacobians and Hessians are structured operators.

    It is called as `Compiled` is. source: the code that computes the arrays of the operators.
    """

    def __init__(self, request: Request, kinds: Sequence[str]):
        if request.backend != "numpy":
            raise NotSupportedError(f"operators in code for {request.backend}")
        self.request, self.kinds = request, tuple(kinds)
        self._plans: dict[str, Plan] = {}
        outputs = []
        for o in request.outputs:
            if o.name not in self.kinds:
                outputs.append(o)
                continue
            results: list[Result] = []
            for r in o.results:
                plan = self._plans[r.name] = plan_of(r.matrix, r.shapes)
                results += [
                    Result(f"{r.name}_{k + 1}", e, (e.shape, (1, 1)))
                    for k, e in enumerate(leaves(plan))
                ]
            outputs.append(Output(o.name, tuple(results), False))
        self.arrays = Compiled(replace(request, outputs=tuple(outputs), bare=False))

    def __call__(self, *positional: Any, **named: Any) -> Any:
        arrays, sizes = self.arrays.evaluated(positional, named)
        given = iter(arrays)
        values = []
        for o, inner in zip(self.request.outputs, self.arrays.request.outputs, strict=True):
            own = [next(given) for _ in inner.results]
            if o.name in self.kinds:
                known = {r.matrix: v for r, v in zip(inner.results, own, strict=True)}
                own = [self._assembled(r, known, sizes) for r in o.results]
            values.append(own[0] if o.single else tuple(own))
        return values[0] if self.request.bare else tuple(values)

    def _assembled(self, r: Result, known: Mapping[Expr, Any], sizes: Mapping[str, int]) -> Any:
        try:
            return assembled(self._plans[r.name], known, sizes)
        except KeyError as error:
            raise ShapeError(f"no given array determines the size {error.args[0]}") from None

    def __reduce__(self):
        return CompiledOperators, (self.request, self.kinds)

    @property
    def source(self) -> str:
        return self.arrays.source

    @property
    def plan(self) -> Any:
        return self.arrays.plan

    @property
    def parameters(self) -> tuple[str, ...]:
        return self.arrays.parameters
