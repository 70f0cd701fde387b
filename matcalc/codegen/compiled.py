"""The function that a user calls: it checks what is given, once per shape, and runs the code.

For each combination of shapes and precisions a program is planned, written and kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from numbers import Integral
from operator import attrgetter, itemgetter
from typing import Any

import numpy as np

from matcalc.codegen.arguments import Arguments, parts_of
from matcalc.codegen.emitter import Emitter, Source, joined
from matcalc.codegen.flat import FlatCompiled
from matcalc.codegen.hoist import hoisted
from matcalc.codegen.load import load
from matcalc.codegen.logistic import by_one_exponential
from matcalc.codegen.lower import PASSES, Lowering
from matcalc.codegen.plan import Plan
from matcalc.codegen.program import Program
from matcalc.codegen.relative import relative
from matcalc.codegen.request import Request
from matcalc.codegen.runtime import Finish, Getter, is_function
from matcalc.codegen.targets import emitter_of, runtime_of
from matcalc.codegen.tensors import tensor
from matcalc.codegen.tiles import Tiling, tiling
from matcalc.errors import ArityError, ShapeError
from matcalc.expr.nodes import Expr, Symbol, postorder
from matcalc.numeric.layout import require_known

MOST_SHAPES = 64  # plans that are kept
REAL_OF = {"complex128": "float64", "complex64": "float32"}  # precisions of real parts
TINY = 50_000  # floating point operations, in which a call of NumPy's is noticed

Run = Callable[[dict[str, Any]], Any]
_ONLY = itemgetter(0)
_DESCRIBED = attrgetter("__class__", "shape", "dtype")


class Compiled:
    """A function of arrays by name, made from closed forms.

    f(A=..., X=...) gives arrays in tensor layout. source: the code. plan: its operations with
    estimates. flat(): the same for flat arrays, as optimisers want them.
    """

    def __init__(self, request: Request):
        self.request = request
        self._runs: dict[tuple, Run] = {}
        self._arguments: Callable[..., Arguments] = Arguments
        self._direct: dict[tuple, Run] = {}  # the same, for values that are taken as they are
        self._fixed = dict(request.fixed)
        self._directions = request.directions
        self._runtime = runtime_of(request.backend)
        require_known(self._fixed, request.known)

    def __call__(self, /, *positional: Any, **named: Any) -> Any:
        given = self._by_name(positional, named) if positional or self._directions else named
        for name in self._numbers:
            if type(given.get(name)) is float:
                given[name] = np.float64(given[name])
        try:
            run = self._direct[(*given, *map(_DESCRIBED, given.values()))]
        except (AttributeError, KeyError, TypeError):  # not arrays, or not yet seen
            run = self._found(given)
        return run(given)

    def __reduce__(self):
        return Compiled, (self.request,)

    def __repr__(self) -> str:
        names = ", ".join(o.name for o in self.request.outputs)
        inputs = ", ".join(self.parameters)
        return f"<compiled {names} ({self.request.backend}) of {inputs}>"

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the variables that have to be given."""
        return tuple(s.name for s in self.inputs if s.name not in self._fixed)

    @cached_property
    def _nodes(self) -> tuple[Expr, ...]:
        return tuple(postorder(*(r.matrix for r in self.request.results)))

    @cached_property
    def inputs(self) -> tuple[Symbol, ...]:
        """All variables, those that may be given by position first."""
        present = [e for e in self._nodes if isinstance(e, Symbol)]
        first = [v for v in self.request.positional if v in set(present)]
        return tuple(dict.fromkeys([*first, *present]))

    @cached_property
    def _numbers(self) -> tuple[str, ...]:
        """The names of variables that are numbers, where NumPy's numbers are taken for them."""
        if np.float64 not in self._runtime.direct:
            return ()
        return tuple(s.name for s in self.inputs if s.shape == (1, 1))

    # Arguments

    def _by_name(self, positional: tuple, named: dict[str, Any]) -> dict[str, Any]:
        """All values by name, those by position taken into `named`."""
        names = self._first
        if len(positional) > len(names):
            raise ArityError(
                f"{len(positional)} values by position; only {', '.join(names) or 'none'}"
                " may be given so"
            )
        for name, value in zip(names, positional, strict=False):
            if name in named:
                raise ArityError(f"{name} is given by position and by name")
            named[name] = value
        for d in self._directions:
            if d.keyword in named:
                named.update(parts_of(d, named.pop(d.keyword)))
        return named

    @cached_property
    def _first(self) -> tuple[str, ...]:
        """The names of what may be given by position."""
        names = [v.name for v in self.request.positional if v.name not in self._fixed]
        return (*names, *(d.keyword for d in self._directions))

    def gathered(self, positional: tuple, named: dict[str, Any]) -> dict[str, Any]:
        """The given values by name: arrays, numbers and functions."""
        given = self._by_name(positional, dict(named))
        is_array = self._runtime.is_array
        return {n: v if is_array(v) else self._array(n, v) for n, v in given.items()}

    def _array(self, name: str, value: Any) -> Any:
        """A value as an array; functions and sizes stay what they are."""
        if is_function(value) or (isinstance(value, Integral) and name not in self._named):
            return value
        try:
            return self._runtime.asarray(value)
        except (ValueError, TypeError) as error:
            raise ShapeError(f"the value of {name} is not an array: {error}") from error

    @cached_property
    def _named(self) -> set[str]:
        """The names of variables."""
        return {s.name for s in self._variables}

    @property
    def _variables(self) -> tuple[Symbol, ...]:
        """Those that outputs depend on, and all others."""
        request = self.request
        return tuple(dict.fromkeys([*request.positional, *self.inputs, *request.declared]))

    def arranged(self, sizes: Mapping[str, int]) -> Callable[[Sequence[Any]], Any]:
        """What makes of the arrays in turn what is returned."""
        request = self.request
        if len(request.results) == len(request.outputs) and all(o.single for o in request.outputs):
            return _ONLY if request.bare else tuple

        def arrange(values: Sequence[Any]) -> Any:
            found = []
            at = 0
            for o in request.outputs:
                n = len(o.results)
                found.append(values[at] if o.single else tuple(values[at : at + n]))
                at += n
            return found[0] if request.bare else tuple(found)

        return arrange

    # Plans

    def _found(self, given: dict[str, Any]) -> Run:
        """The code for these values, which become arrays where they are none."""
        direct = self._runtime.direct
        asis = all(type(v) in direct for v in given.values())
        key = self._runtime.signature(given, self._array)
        run = self._runs.get(key)
        if run is None:
            run = self._prepared(key, given)
        if asis:
            if len(self._direct) >= MOST_SHAPES:
                self._direct.clear()
            self._direct[(*given, *map(_DESCRIBED, given.values()))] = run
        return run

    def _prepared(self, key: tuple, given: dict[str, Any]) -> Run:
        """The code for values of these shapes, checked against the declarations."""
        values = {**self._fixed, **given}
        known = self.request.known | {s.name for d in self.request.directions for s in d.symbols}
        require_known(values, known)
        variables = self._variables
        sizes = self._runtime.sizes(self._nodes, values, variables)
        names = {s.name for s in variables}
        given_sizes = {n: v for n, v in values.items() if n not in names and isinstance(v, int)}
        sizes = {**given_sizes, **sizes}  # those of the values of declared functions, say
        arrays = [self._runtime.asarray(v) for v in values.values() if not is_function(v)]
        precision = self._runtime.precision(arrays, self._asked_precision)
        with self._runtime.keeping(self._fixed.values()):
            found = self._built(sizes, precision, values)
        if len(self._runs) >= MOST_SHAPES:
            self._runs.pop(next(iter(self._runs)))
        self._runs[key] = found
        return found

    def program(self, sizes: Mapping[str, int] | None = None) -> Program:
        """The operations, planned for these sizes."""
        request = self.request
        program = Program(dict(sizes or {}))
        results = request.results
        matrices = [r.matrix for r in results]
        if "relative" in self._passes:
            matrices = relative(matrices)
        if "logistic" in self._passes:
            matrices = by_one_exponential(matrices)
        lower = Lowering(program, matrices, self._passes)
        for r, matrix in zip(results, matrices, strict=True):
            program.outputs[r.name] = tensor(lower, matrix, r.shapes)
        for symbol, value in request.names.items():
            if value in lower.memo:
                program.names.setdefault(lower.memo[value], symbol.name)
        return program

    def _written(
        self,
        program: Program,
        dtype: str,
        function: str,
        comments: Sequence[str],
        planned: bool = False,
    ) -> Source:
        emitter = self._emitter(program, function, comments)
        emitter.dtype = dtype
        emitter.tiny = planned and Plan(program).flops < TINY
        emitter.blocks = planned and "blocks" in self._passes
        emitter.inplace = planned and "inplace" in self._passes
        emitter.shapes = {s.name: s.shape for s in self.inputs}
        used = {op.data: op.axes for op in program.order() if op.kind == "input"}
        variables = {v.name for v in self.request.positional}
        lent = used.keys() - variables
        emitter.lent = {r.name: lent for r in self.request.results if r.kept}
        first = [s.name for s in self.inputs if s.name in used]
        known = sorted(used.keys() - first, key=lambda n: (len(n), n))  # known 2 before known 10
        return emitter.source([(n, used[n]) for n in (*first, *known)])

    def _emitter(self, program: Program, function: str, comments: Sequence[str]) -> Emitter:
        return emitter_of(self.request.backend)(program, function, comments)

    @property
    def _passes(self) -> frozenset[str]:
        return PASSES if self.request.passes is None else self.request.passes

    @property
    def _comments(self) -> list[str]:
        """The formulas of the results, but for long ones."""
        found = []
        for r in self.request.results:
            text = str(r.matrix)
            if "\n" not in text and len(text) <= 120:
                found.append(f"{r.name} = {text}")
        return found

    def _sources(
        self, program: Program, dtype: str, planned: bool = False
    ) -> tuple[Source | None, Source]:
        """The code for constants, if there are any, and the code for all else.

        planned: whether it is for the sizes of the program, and not for large ones.
        """
        before, after = self._parts(program)
        main = self._written(after, dtype, self.request.function, self._comments, planned)
        if before is None:
            return None, main
        names = [p.name for p in main.parameters if p.key in before.outputs]
        note = f"computed once, of what is fixed: {', '.join(names)}"
        return self._written(before, dtype, "constants", [note]), main

    def _parts(self, program: Program) -> tuple[Program | None, Program]:
        """What depends on fixed values alone, if anything does, and all else."""
        if not self._fixed:
            return None, program
        before, after = hoisted(program, self._fixed)
        return (before if before.outputs else None), after

    def _tiling(self, program: Program) -> Tiling | None:
        wanted = "tiles" in self._passes and self.request.backend == "numpy"
        return tiling(self._parts(program)[1]) if wanted else None

    def _built(self, sizes: dict[str, int], dtype: str, like: Mapping[str, Any]) -> Run:
        program = self.program(sizes)
        constants, main = self._sources(program, dtype, planned=True)
        arguments = self._arguments(self._runtime, self.inputs, sizes, dtype, like)
        known: dict[str, Any] = {}
        if constants is not None:
            get_fixed = arguments.getter(constants.parameters, self._fixed, {})
            found = self._runner(constants, get_fixed, _as_it_is)({})
            several = found if len(constants.outputs) > 1 else (found,)  # a factor is a tuple
            known = dict(zip(constants.outputs, self._runtime.constants(several), strict=True))
        get = arguments.getter(main.parameters, self._fixed, known)
        finish = self._finisher(dtype, self.arranged(sizes))
        return self._runner(main, get, finish, self._tiling(program), dtype)

    def _finisher(self, dtype: str, arrange: Callable[[Sequence[Any]], Any]) -> Finish:
        """What makes of the code's results what is returned."""
        finish, gathered = self._runtime.finisher(dtype), self._runtime.gathered
        gathers, real = self._runtime.gathers, self._real(dtype)
        if not (gathers or real) and arrange in (_ONLY, tuple):
            return finish if arrange is _ONLY else _each(finish)
        finish_real = self._runtime.finisher(REAL_OF.get(dtype, dtype))

        def finished(out: Any) -> Any:
            parts = out if type(out) is tuple else () if out is None else (out,)
            arrays = [
                finish_real(self._runtime.real(x)) if k in real else finish(x)
                for k, x in enumerate(parts)
            ]
            return arrange(gathered(arrays) if gathers else arrays)

        return finished

    def _real(self, dtype: str) -> set[int]:
        """The places of results that are real numbers among those of a complex program.

        Derivatives by a complex variable are complex, be they zero.
        """
        if dtype not in REAL_OF:
            return set()
        by_real = not any("complex" in v.facts for v in self.request.positional)
        outputs = [(o.name, r) for o in self.request.outputs for r in o.results]
        return {
            k
            for k, (name, r) in enumerate(outputs)
            if (by_real or name == "value") and "complex" not in r.matrix.facts
        }

    def _runner(
        self,
        source: Source,
        get: Getter,
        finish: Finish,
        tiles: Tiling | None = None,
        dtype: str = "",
    ) -> Getter:
        foreign = any(p.kind == "function" for p in source.parameters)
        code = load(source)
        if tiles is not None:
            code = tiles.run(code, source.parameters, dtype)
        return self._runtime.runner(code, get, foreign, finish)

    @property
    def source(self) -> str:
        """The code, for arrays of large and equal sizes."""
        constants, main = self._sources(self.program(), self._usual_precision)
        return main.text if constants is None else joined(constants.text, main.text)

    @property
    def _usual_precision(self) -> str:
        return self._asked_precision or "float64"

    @property
    def _asked_precision(self) -> str | None:
        """That of complex numbers where there may be some, even if none are given."""
        if any("complex" in e.facts for e in self._nodes):
            return "complex128"
        return self.request.dtype

    @property
    def plan(self) -> Plan:
        """The operations with estimates of work and memory, for large and equal sizes."""
        return self.planned()

    def planned(self, /, **sizes: int) -> Plan:
        """The plan for sizes, as in f.planned(m=1000, n=10)."""
        program = self.program(sizes)
        tiles = self._tiling(program)
        return Plan(program, () if tiles is None else (str(tiles),))

    def autograd(self) -> Callable[..., Any]:
        """The value as a function that PyTorch or JAX differentiates by our closed forms.

        Of the outputs ("value", "gradient") or ("value", "vjp"); with "hvp" among them, twice.
        """
        from matcalc.codegen.autograd import differentiable

        return differentiable(self)

    def flat(self, /, **like: Any) -> FlatCompiled:
        """The same function of one flat array, for optimisers.

        `like` are arrays of the shapes of variables, where nothing else determines them.
        """
        return FlatCompiled(self, like)


def _as_it_is(out: Any) -> Any:
    return out


def _each(finish: Finish) -> Finish:
    """What finishes one result, or several, as a tuple."""

    def finished(out: Any) -> tuple:
        return (*map(finish, out),) if type(out) is tuple else (finish(out),)

    return finished
