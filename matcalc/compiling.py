"""From questions to compiled functions: which closed forms are evaluated, by which names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from matcalc.calculus.cut import fresh_name
from matcalc.calculus.structured import structured_gradient
from matcalc.codegen import EXPORTS, TARGETS
from matcalc.codegen.request import Direction, Output, Request, Result
from matcalc.errors import DomainError, MatcalcError, NotSupportedError
from matcalc.expr import build
from matcalc.expr.nodes import Expr, Symbol
from matcalc.expr.rewrite import substitute
from matcalc.expr.sets import real_set
from matcalc.expr.sizes import Shape
from matcalc.problem import Problem
from matcalc.simplify.normal_form import Simplifier
from matcalc.simplify.polish import polish
from matcalc.stages import Stage, operator

OUTPUTS = ("value", "gradient", "jacobian", "hessian", "jvp", "vjp", "hvp")
BACKENDS = (*TARGETS, *EXPORTS)
FORMS = ("dense", "operator")
Forms = dict[Symbol, tuple[Expr, tuple[Shape, ...]]]  # matrices, and what their axes belong to

PRECISIONS = (None, "float32", "float64", "complex128")


def compile_answer(d: Any, backend: str, as_: str) -> Any:
    """The function that evaluates an answer, in tensor layout."""
    check_form(as_)
    shapes = (d.problem.function.shape, *(v.shape for v in d.variables))
    name = d.kind if d.kind in OUTPUTS else "derivative"
    output = Output(name, (Result(name, d.matrix, shapes),), True)
    request = Request(
        name,
        (output,),
        d.problem.variables,
        frozenset(d.problem.known),
        True,
        names=dict(d.problem.names),
        backend=backend,
    )
    return compiled(request, as_)


def compile_answers(answers: Any, backend: str, as_: str) -> Any:
    """The function that evaluates several answers: a tuple in their order."""
    check_form(as_)
    if answers.problem.order > 1:
        raise NotSupportedError("code for several derivatives of higher order at once")
    asked = Asked(answers)
    output = asked.output(asked.default[1])
    known = frozenset(answers.problem.known)
    names = dict(answers.problem.names)
    request = Request(
        output.name, (output,), asked.variables, known, True, names=names, backend=backend
    )
    return compiled(request, as_)


def compile_outputs(
    first: Any,
    outputs: str | Iterable[str] | None,
    *,
    as_: str = "dense",
    fixed: Mapping[str, Any] | None = None,
    backend: str = "numpy",
    dtype: Any = None,
    batch: str | Iterable[str] = (),
) -> Any:
    """One function for all outputs of a function with these first derivatives."""
    check_form(as_)
    asked = Asked(first)
    names = asked.default if outputs is None else outputs
    bare = isinstance(names, str)
    wanted = (names,) if isinstance(names, str) else tuple(names)
    if not wanted or not set(wanted) <= set(OUTPUTS):
        raise DomainError(
            f"outputs are some of {', '.join(OUTPUTS)}, not {', '.join(map(str, wanted)) or 'none'}"
        )
    found = tuple(asked.output(name) for name in dict.fromkeys(wanted))
    fixed = dict(fixed or {})
    request = Request(
        wanted[0] if len(wanted) == 1 else "evaluate",
        found,
        asked.variables,
        frozenset(asked.problem.known),
        bare,
        tuple(asked.directions.values()),
        dict(asked.problem.names),
        fixed,
        backend,
        precision(dtype),
    )
    one = compiled(request, as_)
    if not batch:
        return one
    if as_ == "operator":
        raise NotSupportedError("batches of operators")
    from matcalc.codegen.batched import Batched

    return Batched(one, (batch,) if isinstance(batch, str) else batch)


def compiled(request: Request, as_: str) -> Any:
    """The function; the module that runs code is imported only now."""
    if request.backend not in BACKENDS:
        known = ", ".join(BACKENDS)
        raise DomainError(f"no code for {request.backend!r}", hint=f"backends: {known}")
    if as_ == "operator":
        from matcalc.codegen.assembly import CompiledOperators

        kinds = ("jacobian", "hessian", *((request.outputs[0].name,) if request.bare else ()))
        return CompiledOperators(request, kinds)
    if request.backend in EXPORTS:
        from matcalc.codegen.exported import Exported

        return Exported(request)
    from matcalc.codegen.compiled import Compiled

    return Compiled(request)


def check_form(as_: str) -> None:
    if as_ not in FORMS:
        raise DomainError(f"as_ is {' or '.join(FORMS)}, not {as_!r}")


def precision(dtype: Any) -> str | None:
    """The name of a precision."""
    name = getattr(dtype, "__name__", None) or getattr(dtype, "name", None) or dtype
    if name not in PRECISIONS:
        raise DomainError(f"the precision is float32 or float64, not {dtype!r}")
    return name


class Asked:
    """The closed forms of a function's outputs, by its variables."""

    def __init__(self, first: Any):
        self.problem: Problem = first.problem
        self.function = self.problem.function
        answers = list(first.results.values())
        self.answers = answers
        self.variables: tuple[Symbol, ...] = tuple(d.variable for d in answers)
        self.single = len(answers) == 1
        self.directions: dict[str, Direction] = {}

    @property
    def default(self) -> tuple[str, ...]:
        return ("value", "gradient" if self.function.is_scalar else "jacobian")

    def output(self, name: str) -> Output:
        """An output by its name: the closed forms, one for each variable."""
        if name == "value":
            result = Result("value", self.function, (self.function.shape, (1, 1)))
            return Output(name, (result,), True)
        if name in ("gradient", "hessian", "hvp") and not self.function.is_scalar:
            raise DomainError(
                f"the {name} is of a scalar function",
                hint="ask for jacobian, jvp or vjp",
            )
        matrices: Forms = getattr(self, f"_{name}")()
        results = tuple(
            Result(name if self.single else f"{name}_{v.name}", *matrices[v])
            for v in self.variables
        )
        return Output(name, results, self.single)

    def _gradient(self) -> Forms:
        f = self.function.shape
        return {d.variable: (d.matrix, (f, d.variable.shape)) for d in self.answers}

    _jacobian = _gradient

    def _hessian(self) -> Forms:
        found: Forms = {}
        for d in self.answers:
            v = d.variable
            stage = Stage(d.matrix, self.problem.convention, self._whole)
            found[v] = stage.hessian(v), ((1, 1), v.shape, v.shape)
        return found

    @property
    def _whole(self) -> tuple[Expr, ...]:
        return Stage(self.function, self.problem.convention).whole

    def _jvp(self) -> Forms:
        """d(F) along a direction of each variable by itself; their sum is d(F) along all."""
        found: Forms = {}
        for d, v in zip(self.answers, self._symbols("v"), strict=True):
            x = d.variable
            if self.function.is_scalar:
                along = Simplifier()(build.frobenius(d.matrix, v))
            else:
                inside = structured_gradient(v, x, self.problem.convention)
                along = substitute(operator(self.function, x), {build.differential(x): inside})
                along = polish(Simplifier(self._whole)(along))
            found[x] = along, (self.function.shape, (1, 1))
        return found

    def _vjp(self) -> Forms:
        """The gradient of u : F."""
        (u,) = self._symbols("u")
        return self._gradients(build.frobenius(u, self.function))

    def _hvp(self) -> Forms:
        """The gradient of G : v, where G are the gradients by all variables."""
        pairs = zip(self.answers, self._symbols("v"), strict=True)
        return self._gradients(build.add(*(build.frobenius(d.matrix, v) for d, v in pairs)))

    def _gradients(self, f: Expr) -> Forms:
        stage = Stage(f, self.problem.convention, self._whole)
        found = stage.derivatives(self.variables)
        return {v: (found[v], ((1, 1), v.shape)) for v in self.variables}

    def _symbols(self, keyword: str) -> tuple[Symbol, ...]:
        """The symbols of a direction, which is given by this keyword."""
        if any("complex" in v.facts for v in self.variables):
            raise NotSupportedError(f"compiled products ({keyword}) by complex variables")
        if keyword in self.directions:
            return self.directions[keyword].symbols
        if keyword in self.problem.known:
            raise MatcalcError(
                f"the direction of a product is given by the name {keyword},"
                f" which the function has already",
                hint=f"call the variable {keyword} something else",
            )
        like = [self.function.shape] if keyword == "u" else [v.shape for v in self.variables]
        taken = set(self.problem.taken) | self.problem.known
        made = []
        for k, shape in enumerate(like):
            one = len(like) == 1
            name = fresh_name((keyword,) if one else (f"{keyword}_{k + 1}",), taken)
            taken.add(name)
            made.append(build.symbol(name, real_set(shape)))
        self.directions[keyword] = Direction(keyword, tuple(made), len(made) == 1)
        return tuple(made)
