"""What an operator does to an array, as code of its own: its factors are known, only not their
entries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from operator import itemgetter
from typing import Any

import numpy as np

from matcalc.codegen.load import load
from matcalc.codegen.lower import Lowering
from matcalc.codegen.numpy import NumPy
from matcalc.codegen.pieces import Piece, Plan, leaves
from matcalc.codegen.plan import Plan as Estimate
from matcalc.codegen.program import Program
from matcalc.codegen.tensors import tensor
from matcalc.expr import build
from matcalc.expr.nodes import Expr, Number, Symbol
from matcalc.expr.sets import real_set
from matcalc.functions import lookup

TINY = 50_000  # floating point operations, in which a call of NumPy's is noticed
_PRECISIONS = ("float32", "float64", "complex128")


class Action:
    """(arrays, V) -> the image of V, an array as the variable, for operators of these sizes.

    arrays: the values of the plan's leaves in turn, always of one precision. The code for a
    precision of V is written when it is first needed.
    """

    def __init__(self, plan: Plan, sizes: Mapping[str, int]):
        self.plan, self.sizes = plan, dict(sizes)
        self._codes: dict[Any, Callable[[Sequence[Any], Any], Any]] = {}

    def __call__(self, arrays: Sequence[Any], v: Any) -> Any:
        code = self._codes.get(v.dtype)
        if code is None:
            if v.dtype.kind not in "fc":
                return self(arrays, v.astype(float))
            dtype = np.result_type(v, *arrays).name
            code = self._written(dtype if dtype in _PRECISIONS else "float64")
            self._codes[v.dtype] = code
        return code(arrays, v)

    @cached_property
    def _image(self) -> tuple[Expr, list[Symbol]]:
        """The image in symbols: one for each leaf, and the last for what is acted on."""
        symbols = {
            e: build.symbol(f"a_{k + 1}", real_set(e.shape))
            for k, e in enumerate(leaves(self.plan))
        }
        *_, row, column = self.plan.shapes
        v = build.symbol("v", real_set(column))
        flat = build.apply(lookup("vec"), v) if column[1] != 1 else v
        terms = []
        for scale, pieces in self.plan.terms:
            number = scale if isinstance(scale, Number) else symbols[scale]
            terms.append(build.multiply(number, *(_matrix(p, symbols) for p in pieces), flat))
        image = build.add(*terms)
        if row[1] != 1:
            image = build.apply(lookup("unvec"), image, *map(build.size_number, row))
        return image, [*symbols.values(), v]

    def _written(self, dtype: str) -> Callable[[Sequence[Any], Any], Any]:
        image, symbols = self._image
        program = Program(self.sizes)
        lower = Lowering(program, [image])
        program.outputs["image"] = tensor(lower, image, (image.shape, (1, 1)))
        emitter = NumPy(program, "image")
        emitter.dtype = dtype
        emitter.tiny = Estimate(program).flops < TINY
        used = {op.data: op.axes for op in program.order() if op.kind == "input"}
        places = [k for k, s in enumerate(symbols) if s.name in used]
        source = emitter.source([(s.name, used[s.name]) for s in symbols if s.name in used])
        code = load(source)
        sizes = [self.sizes[p.key] for p in source.parameters if p.kind == "size"]
        rows = [k for k, s in enumerate(symbols) if s.shape[0] == 1 and s.shape[1] != 1]
        if rows or len(places) < 2:

            def by_list(arrays: Sequence[Any], v: Any) -> Any:
                values = [*arrays, v]
                for k in rows:
                    values[k] = values[k].reshape(-1)
                return code(*(values[k] for k in places), *sizes)

            return by_list
        take = itemgetter(*places)
        return lambda arrays, v: code(*take((*arrays, v)), *sizes)


def _matrix(p: Piece, symbols: Mapping[Expr, Expr]) -> Expr:
    """A factor, of the symbols of its leaves."""
    if p.kind == "Identity":
        return build.identity(p.sizes[0])
    if p.kind == "Commutation":
        return build.apply(lookup("commutation"), *map(build.size_number, p.sizes))
    if p.kind == "Kronecker":
        return build.kronecker(*(_matrix(q, symbols) for q in p.inner))
    leaf = symbols[p.leaves[0]]
    if p.kind == "Diagonal":
        return build.apply(lookup("diag"), leaf)
    return build.transpose(leaf) if p.turned else leaf
