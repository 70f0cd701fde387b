"""Structured operators from expressions: what is computed, and how it is put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import prod
from operator import itemgetter
from typing import Any

import numpy as np

from matcalc.codegen import operators
from matcalc.codegen.action import Action
from matcalc.codegen.compiled import Compiled
from matcalc.codegen.emitter import Source
from matcalc.codegen.load import load
from matcalc.codegen.lower import PASSES
from matcalc.codegen.pieces import Piece, Plan, leaves, plan_of
from matcalc.codegen.relative import relative
from matcalc.codegen.request import Output, Request, Result
from matcalc.errors import NotSupportedError, ShapeError
from matcalc.expr.nodes import Expr, Number
from matcalc.expr.sizes import size_value
from matcalc.numeric.tensors import tensor_shape

_ONLY = itemgetter(0)
_DOUBLE = np.dtype(float)


def terms_source(plan: Plan, sizes: Mapping[str, int]) -> Source:
    """Code that makes the terms of an operator of the values of its leaves, for these sizes."""
    names = {e: f"a_{k}" for k, e in enumerate(leaves(plan))}
    terms = []
    for scale, pieces in plan.terms:
        number = repr(float(scale.value)) if isinstance(scale, Number) else names[scale]
        factors = "".join(f"{_factor_text(p, names, sizes)}, " for p in pieces)
        terms.append(f"Term({number}, ({factors}))")
    unpack = f"    ({', '.join(names.values())},) = arrays\n" if names else ""
    text = (
        "from matcalc.codegen.operators import *\n\n\ndef terms(arrays):\n"
        f"{unpack}    return ({', '.join(terms)},)\n"
    )
    return Source(text, "terms", [], [])


def _factor_text(p: Piece, names: Mapping[Expr, str], sizes: Mapping[str, int]) -> str:
    if p.kind == "Kronecker":
        return f"Kronecker({', '.join(_factor_text(q, names, sizes) for q in p.inner)})"
    if p.sizes:
        return f"{p.kind}({', '.join(str(size_value(s, sizes)) for s in p.sizes)})"
    shape = p.leaves[0].shape
    arrays = [names[e] for e in p.leaves]
    if p.kind == "Diagonal":
        return f"Diagonal({arrays[0]}{'' if shape[1] == 1 else '.reshape(-1)'})"
    suffix = ".T" if p.turned else ""
    if 1 in shape:  # an array of one axis perhaps
        row = (shape[0] == 1 and shape[1] != 1) is not p.turned
        suffix = ".reshape(1, -1)" if row else ".reshape(-1, 1)"
    return f"{p.kind}({', '.join(a + suffix for a in arrays)})"


Assembly = Callable[[Sequence[Any]], Any]


def assembly(plan: Plan, sizes: Mapping[str, int]) -> Assembly:
    """What makes the operator, for these sizes, of the values of its leaves in turn."""
    terms = load(terms_source(plan, sizes))
    shapes = [tensor_shape(s, sizes) for s in plan.shapes]
    rows = tuple(n for shape in shapes[:-1] for n in shape)
    pair = (rows, shapes[-1])
    shape = (prod(rows), prod(shapes[-1]))
    action = Action(plan, sizes)

    def assemble(arrays: Sequence[Any]) -> Any:
        dtype = arrays[0].dtype if arrays else _DOUBLE
        return operators.Structured(terms, arrays, pair, shape, dtype, action)

    return assemble


def _prepared(asked: Request) -> Request:
    """Matrices whose terms and factors are finite where their products and sums are."""
    passes = PASSES if asked.passes is None else asked.passes
    if "relative" not in passes:
        return asked
    found = iter(relative([r.matrix for r in asked.results]))
    outputs = tuple(
        replace(o, results=tuple(replace(r, matrix=next(found)) for r in o.results))
        for o in asked.outputs
    )
    return replace(asked, outputs=outputs, passes=passes - {"relative"})


class CompiledOperators(Compiled):
    """A compiled function whose Jacobians and Hessians are structured operators.

    It is called as `Compiled` is. source: the code that computes the arrays of the operators.
    """

    def __init__(self, asked: Request, kinds: Sequence[str]):
        if asked.backend != "numpy":
            raise NotSupportedError(f"operators in code for {asked.backend}")
        self.asked, self.kinds = asked, tuple(kinds)
        self._plans: dict[str, Plan] = {}
        prepared = _prepared(asked)
        outputs = []
        for o in prepared.outputs:
            if o.name not in self.kinds:
                outputs.append(o)
                continue
            results: list[Result] = []
            for r in o.results:
                plan = self._plans[r.name] = plan_of(r.matrix, r.shapes)
                results += [
                    Result(f"{r.name}_{k + 1}", e, (e.shape, (1, 1)), True)
                    for k, e in enumerate(leaves(plan))
                ]
            outputs.append(Output(o.name, tuple(results), False))
        super().__init__(replace(prepared, outputs=tuple(outputs), bare=False))

    def arranged(self, sizes: Mapping[str, int]) -> Assembly:
        """Makes operators of their arrays."""
        outputs = []
        for o, inner in zip(self.asked.outputs, self.request.outputs, strict=True):
            if o.name in self.kinds:
                parts = [self._assembly(r, sizes) for r in o.results]
            else:
                parts = [(1, _ONLY) for _ in inner.results]
            outputs.append((o.single, parts))
        if len(outputs) == 1 and outputs[0][0]:
            ((_, ((_, make),)),) = outputs
            return make if self.asked.bare else lambda arrays: (make(arrays),)

        def arrange(arrays: Sequence[Any]) -> Any:
            found, at = [], 0
            for single, parts in outputs:
                values = []
                for n, make in parts:
                    values.append(make(arrays[at : at + n]))
                    at += n
                found.append(values[0] if single else tuple(values))
            return found[0] if self.asked.bare else tuple(found)

        return arrange

    def _assembly(self, r: Result, sizes: Mapping[str, int]) -> tuple[int, Assembly]:
        """How many arrays an operator is made of, and what makes it."""
        plan = self._plans[r.name]
        try:
            return len(leaves(plan)), assembly(plan, sizes)
        except KeyError as error:
            raise ShapeError(f"no given array determines the size {error.args[0]}") from None

    def __reduce__(self):
        return CompiledOperators, (self.asked, self.kinds)
