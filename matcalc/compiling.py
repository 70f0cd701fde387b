"""From questions to compiled functions: which closed forms are evaluated, by which names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from matcalc.calculus.conjugates import has_conjugate
from matcalc.calculus.cut import fresh_name
from matcalc.calculus.manifolds import manifold_of
from matcalc.calculus.structured import structured_direction
from matcalc.codegen import EXPORTS, TARGETS
from matcalc.codegen.request import Direction, Output, Request, Result
from matcalc.covariant import Covariant
from matcalc.errors import DomainError, MatcalcError, NotSupportedError
from matcalc.expr import build
from matcalc.expr.nodes import Conjugate, Expr, Symbol
from matcalc.expr.rewrite import substitute
from matcalc.expr.sets import VariableSet, make_set, real_set
from matcalc.expr.sizes import Shape
from matcalc.functions import lookup
from matcalc.orders import derivatives_in_turn
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
        declared=d.problem.symbols,
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
        output.name,
        (output,),
        asked.variables,
        known,
        True,
        names=names,
        backend=backend,
        declared=answers.problem.symbols,
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
    if len(set(wanted)) < len(wanted):
        raise DomainError(f"each output is asked for once, not {', '.join(wanted)}")
    found = tuple(map(asked.output, wanted))
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
        declared=asked.problem.symbols,
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
            twice = (d.by[0], self.problem.by(v, 1))
            f, convention = self.function, self.problem.convention
            h = derivatives_in_turn(f, d.matrix, twice, convention, self._whole)[-1]
            found[v] = h, ((1, 1), v.shape, v.shape)
        return found

    @property
    def _whole(self) -> tuple[Expr, ...]:
        return Stage(self.function, self.problem.convention).whole

    def _jvp(self) -> Forms:
        """d(F) along a direction of each variable by itself; their sum is d(F) along all.

        Along v of a complex Z it is F_Z·v + F_Z*·conj(v).
        """
        pairs = zip(self.answers, self._symbols("v"), strict=True)
        return {d.variable: (self._along(d, v), (self.function.shape, (1, 1))) for d, v in pairs}

    def _along(self, d: Any, v: Symbol) -> Expr:
        """d(F) along v. Of a real f it is G : v, of Hermitian v tr(G v), of complex v 2 re(G* : v),
        where G* is the derivative by Z, the conjugate of the one by conj(Z)."""
        f, x, by = self.function, d.variable, d.by[0]
        real = not has_conjugate(x)
        curved = real and manifold_of(x, self.problem.convention) is not None
        if f.is_scalar and real and not curved:
            other = build.transpose(v) if "complex" in x.facts else v
            return Simplifier()(build.frobenius(d.matrix, other))
        if f.is_scalar and not real and "complex" not in f.facts:
            by_z = build.conjugate(d.matrix) if isinstance(by, Conjugate) else d.matrix
            both = build.frobenius(build.multiply(2, by_z), v)
            return Simplifier()(build.apply(lookup("re"), both))
        inside = v if "complex" in x.facts else structured_direction(v, x, self.problem.convention)
        along = substitute(operator(f, x), {build.differential(x): inside})
        return polish(Simplifier(self._whole)(along))

    def _vjp(self) -> Forms:
        """The gradient of u : F, which by a complex Z is the transposed Jacobian times u."""
        (u,) = self._symbols("u")
        return self._gradients(build.frobenius(u, self.function))

    def _hvp(self) -> Forms:
        """The gradient of df along v, which is the gradient's derivative along v."""
        convention = self.problem.convention
        if any(manifold_of(v, convention) is not None for v in self.variables):
            if not self.single:
                raise NotSupportedError("products of Hessians on manifolds by several variables")
            (v,), (x,) = self._symbols("v"), self.variables
            along = Covariant(self.function, x, convention, self._whole).along(v)
            return {x: (along, ((1, 1), x.shape))}
        pairs = zip(self.answers, self._symbols("v"), strict=True)
        return self._gradients(build.add(*(self._along(d, v) for d, v in pairs)))

    def _gradients(self, f: Expr) -> Forms:
        stage = Stage(f, self.problem.convention, self._whole)
        by = {v: self.problem.by(v) for v in self.variables}
        found = stage.derivatives(by.values())
        return {v: (found[b], ((1, 1), v.shape)) for v, b in by.items()}

    def _symbols(self, keyword: str) -> tuple[Symbol, ...]:
        """The symbols of a direction, which is given by this keyword."""
        if keyword in self.directions:
            return self.directions[keyword].symbols
        if keyword in self.problem.known:
            raise MatcalcError(
                f"the direction of a product is given by the name {keyword},"
                f" which the function has already",
                hint=f"call the variable {keyword} something else",
            )
        like = [self.function] if keyword == "u" else self.variables
        taken = set(self.problem.taken) | self.problem.known
        made = []
        for k, e in enumerate(like):
            one = len(like) == 1
            name = fresh_name((keyword,) if one else (f"{keyword}_{k + 1}",), taken)
            taken.add(name)
            made.append(build.symbol(name, _set_of_directions(e)))
        self.directions[keyword] = Direction(keyword, tuple(made), len(made) == 1)
        return tuple(made)


def _set_of_directions(e: Expr) -> VariableSet:
    """What may be a direction of a variable, or a cotangent of a function."""
    if "complex" not in e.facts:
        return real_set(e.shape)
    if isinstance(e, Symbol) and "hermitian" in e.facts:
        return make_set("Herm", e.shape[:1])
    return make_set("C", () if e.is_scalar else e.shape)
