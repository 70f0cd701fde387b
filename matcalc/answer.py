"""Answers: what `derive` returns. The closed form, its derivation, its verification."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING, Any

from matcalc.arguments import whole_number
from matcalc.calculus.conditions import conditions_of, forms_for_singular
from matcalc.calculus.conjugates import has_conjugate, name_of, notes_on, variable_of
from matcalc.calculus.cut import fresh_name
from matcalc.calculus.manifolds import manifold_of
from matcalc.calculus.structured import has_structure, means_along_diagonals, sentence
from matcalc.calculus.zones import total_differential
from matcalc.covariant import Covariant, adjoint_of
from matcalc.derivation.index import IndexForm, IndexStep
from matcalc.derivation.step import Step
from matcalc.errors import DomainError, LimitError, MatcalcError, NotSupportedError, ShapeError
from matcalc.expr import build
from matcalc.expr.nodes import Expr, Symbol, symbols
from matcalc.expr.rewrite import substitute
from matcalc.expr.sets import real_set
from matcalc.expr.sizes import shape_text
from matcalc.functions import lookup
from matcalc.orders import is_rigid
from matcalc.printing.answers import answers_text
from matcalc.problem import ByName, Problem, plain_name
from matcalc.simplify.normal_form import Simplifier
from matcalc.stages import Stage, free_operator, operator, transposed
from matcalc.story import first_order, higher_order, on_manifold, statement_unicode

if TYPE_CHECKING:
    from matcalc.calculus.index_face import IndexFace
    from matcalc.numeric.trials import Verification


class Answer:
    """What one answer and several have in common: the steps and the verification."""

    problem: Problem
    results: dict[str, Derivation]
    verification: Verification | None = None  # what verification found; None if not asked for

    @property
    def input(self) -> str:
        return str(self.problem.input)

    @property
    def where(self) -> str:
        return self.problem.where

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks for the reader: on the input, on variables on manifolds, on those not there."""
        kind = next(iter(self.results.values())).kind
        word = kind if kind == "gradient" or " " in kind else kind.capitalize()
        curved = (
            f"{v.name} in {v.set}: this is the Euclidean {word}, not projected on the manifold"
            for v in self.problem.variables
            if v.set.kind.manifold and self.problem.convention != "riemannian"
        )
        present = set(symbols(self.problem.function))
        absent = [v.name for v in self.problem.variables if v not in present]
        constant = [f"the function does not depend on {', '.join(absent)}"] if absent else []
        singular = forms_for_singular(self.problem.function, self.results.values())
        wirtinger = (n for d in self.results.values() for n in d.wirtinger_notes)
        return (*self.problem.notes, *curved, *constant, *singular, *wirtinger)

    @property
    def conditions(self) -> tuple[str, ...]:
        """Under which the answer holds: deduced from declarations, and found by verification."""
        found = self.verification.conditions if self.verification is not None else ()
        return tuple(dict.fromkeys((*self._deduced_conditions, *found)))

    @cached_property
    def _deduced_conditions(self) -> tuple[str, ...]:
        by: dict[Expr, dict[Symbol, None]] = {}  # what each function on the way is derived by
        for d in self.results.values():
            for f, v in zip(d.stages, d.variables, strict=True):
                by.setdefault(f, {})[v] = None
        return conditions_of(by, [d.result for d in self.results.values()])

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The derivation, line by line; made on first use."""
        return self._steps()

    def _steps(self) -> tuple[Step, ...]:
        raise NotImplementedError

    def verify(
        self, seed: int = 0, trials: int = 3, directions: int = 3, steps: bool | None = None
    ) -> Verification:
        """Check the answer against slopes of the function, and each step where it acts.

        Sizes and points are drawn at random from the declared sets; slopes come from values of the
        function alone, those of a Hessian from values of the gradient, itself checked.
        `steps=False` leaves the lines of the derivation out (the default for very long ones).
        """
        from matcalc.verified import verify

        seed = whole_number(seed, "the seed")
        trials = whole_number(trials, "the number of trials", 1)
        directions = whole_number(directions, "the number of directions", 1)
        return verify(self, seed, trials, directions, steps)

    def operator(self) -> Expr:
        raise NotSupportedError("the operator face of several answers at once")

    def steps_text(self, style: str = "differential") -> str:
        """The derivation as text in the language, with the identities as comments.

        style: "differential", or "index" for one entry by entry.
        """
        from matcalc.printing import index, steps

        if _is_index(style):
            return "\n\n".join(index.steps_text(d.index_steps) for d in self.results.values())
        return steps.steps_text(self.steps)

    def steps_unicode(self, style: str = "differential") -> str:
        """The derivation as on paper, in Unicode."""
        from matcalc.printing import index, steps

        if _is_index(style):
            return "\n\n".join(
                index.steps_text(d.index_steps, paper=True) for d in self.results.values()
            )
        return steps.steps_unicode(self.steps, statement_unicode)

    def latex(self, style: str = "differential") -> str:
        """The derivation in LaTeX: align*, with the identities as side comments."""
        from matcalc.printing import index, steps

        if _is_index(style):
            return "\n".join(index.steps_latex(d.index_steps) for d in self.results.values())
        return steps.steps_latex(self.steps)

    def _repr_latex_(self) -> str:
        return self.latex()


class Derivation(Answer):
    """The derivative of a function by one variable, or of higher order by several in turn.

    result: the closed form; its str() parses back. kind: "gradient", "jacobian", "hessian" or
    "derivative of order k". variables: what it is by, in turn; `by` has conj(Z) for those by the
    conjugate. stages: the function, its first
    derivative, ..., each the derivative of the one before. conditions: under which it holds.
    notes: remarks. verification: what checking it found.
    """

    def __init__(
        self,
        problem: Problem,
        by: tuple[Expr, ...],
        matrix: Expr,
        stages: tuple[Expr, ...] = (),
    ):
        self.by = by
        self.variables = tuple(map(variable_of, by))
        self.problem = replace(problem, variables=tuple(dict.fromkeys(self.variables)))
        self.stages = stages or (problem.function,)
        self.result = transposed(matrix) if self._turned else matrix
        self.results = {self.wrt: self}

    @property
    def matrix(self) -> Expr:
        """The result in numerator layout."""
        return transposed(self.result) if self._turned else self.result

    @property
    def variable(self) -> Symbol:
        """The last variable that it is by."""
        return self.variables[-1]

    @property
    def wrt(self) -> str:
        names = [v.name for v in self.variables]
        return ", ".join(names if len(set(names)) > 1 else names[:1])

    @property
    def kind(self) -> str:
        scalar, order = self.problem.function.is_scalar, len(self.variables)
        if order == 1:
            return "gradient" if scalar else "jacobian"
        return "hessian" if scalar and order == 2 else f"derivative of order {order}"

    @property
    def is_matrix(self) -> bool:
        """Whether rows belong to one thing and columns to another: not a gradient or a slope."""
        return not self.stages[-1].is_scalar and not self.variable.is_scalar

    @property
    def _turned(self) -> bool:
        return self.problem.layout == "denominator" and self.is_matrix

    @property
    def layout(self) -> str | None:
        """What rows and columns belong to, in words; None of a gradient, which has X's shape."""
        if not self.is_matrix:
            return None
        f = "the function" if len(self.variables) == 1 else f"the derivative by {self.before}"
        rows, columns = f"an entry of {f}", f"an entry of {self.variable.name}"
        if self._turned:
            return f"denominator layout: a row for {columns}, a column for {rows}"
        return f"numerator layout: a row for {rows}, a column for {columns}"

    @property
    def before(self) -> str:
        """The variables of the order before, in words."""
        return ", ".join(name_of(b).name for b in self.by[:-1])

    @property
    def claims(self) -> list[tuple[Expr, Expr, Expr, bool]]:
        """Function, variable (or its conjugate) and derivative, for each order, to be verified;
        and whether it is the Hessian on a manifold, of the gradient there."""
        fields = (False, self.covariant is not None, *(False for _ in self.by[2:]))
        derivatives = (*self.stages[1:], self.matrix)
        return list(zip(self.stages, self.by, derivatives, fields, strict=False))

    def _steps(self) -> tuple[Step, ...]:
        if len(self.variables) == 1:
            return tuple(first_order(self.problem, {self.by[0]: self.matrix}))
        if self.covariant is not None:
            return tuple(on_manifold(self.problem, (*self.stages, self.matrix), self.covariant))
        return tuple(higher_order(self.problem, self.by, self.stages, self.matrix))

    @property
    def convention(self) -> str | None:
        """The convention for a structured variable; None where there is none."""
        convention = self.problem.convention
        return convention if any(has_structure(v, convention) for v in self.variables) else None

    @property
    def convention_note(self) -> str | None:
        """One sentence that says what the convention means."""
        return self.convention and sentence(self.variable, self.convention, self.kind)

    @cached_property
    def covariant(self) -> Covariant | None:
        """The Hessian of a manifold, of which there is more to say; None of other derivatives."""
        p = self.problem
        twice = len(self.by) == 2 and self.by[0] is self.by[1] and p.function.is_scalar
        if not twice or manifold_of(self.variable, p.convention) is None:
            return None
        return Covariant(p.function, self.variable, p.convention)

    @property
    def wirtinger_notes(self) -> tuple[str, ...]:
        """Of complex variables: what the derivative is by, and why it is 0 if it is."""
        return notes_on(self.stages, self.by, self.matrix)

    def tensor(self, values: Mapping[str, Any]) -> Any:
        """The value as a NumPy array in tensor layout: of shape F.shape + X.shape*order.

        values: arrays by name; vectors have one axis; abstract functions are tuples of callables
        (phi, its derivative, ...). A float for a scalar function of a scalar.
        """
        from matcalc.numeric.layout import evaluate_tensor, require_known

        if not isinstance(values, Mapping):
            raise MatcalcError("values is a mapping of names to arrays")
        given = {plain_name(n): value for n, value in values.items()}
        require_known(given, self.problem.known)
        shapes = [self.problem.function.shape, *(v.shape for v in self.variables)]
        return evaluate_tensor(self.matrix, given, self.problem.symbols, shapes)

    def operator(self) -> Expr:
        """The differential as a linear function of d(X): G : d(X), or A*d(X)*B."""
        f, v = self.stages[-1], self.variable
        if self.covariant is not None:
            return self.covariant.along_tangent(build.differential(v))
        if f.is_scalar and "hermitian" in v.facts:
            return build.apply(lookup("tr"), build.multiply(self.matrix, build.differential(v)))
        if f.is_scalar and not has_conjugate(v):
            return build.frobenius(self.matrix, build.differential(v))
        return operator(f, v)

    def along(self, direction: Expr) -> Expr:
        """The directional derivative, the operator at d(X) = direction: a Jacobian-vector product.

        Of a Hessian it is the Hessian-vector product, with no Hessian formed.
        """
        if not isinstance(direction, Expr) or direction.shape != self.variable.shape:
            raise ShapeError(f"the direction is an expression of the shape of {self.variable.name}")
        if self.covariant is not None:
            return self.covariant.along(direction)
        return Simplifier()(
            substitute(self.operator(), {build.differential(self.variable): direction})
        )

    def adjoint(self, cotangent: Expr) -> Expr:
        """The adjoint of the operator at G, G : L(dX) = L*(G) : dX: a vector-Jacobian product.

        By a complex Z, or by its conjugate, it is that of the part in d(Z), or in conj(d(Z)).
        Source: Magnus & Neudecker, ch. 5; Giles, "Collected matrix derivative results", 2008.
        """
        f, v = self.stages[-1], self.variable
        if not isinstance(cotangent, Expr) or cotangent.shape != f.shape:
            raise ShapeError(f"G is an expression of the shape {shape_text(f.shape)}")
        if v in symbols(cotangent):
            raise DomainError(f"G stands still, and {v.name} occurs in it")
        if self.is_matrix and manifold_of(v, self.problem.convention) is not None:
            return adjoint_of(self.matrix, cotangent, v)
        whole = build.frobenius(cotangent, f)
        return Stage(whole, self.problem.convention).derivatives((self.by[-1],))[self.by[-1]]

    def index(self) -> IndexForm:
        """The derivative in index notation: ∂F[i,j]/∂X[k,l] = A[i,k]*B[l,j].

        str(), .unicode() and .latex() write it; sums over repeated indices are written out.
        """
        return self._index_face().form()

    @cached_property
    def index_steps(self) -> tuple[IndexStep, ...]:
        """The derivation entry by entry: written out, differentiated, recognised; of each order."""
        return tuple(self._index_face().lines())

    def _index_face(self) -> IndexFace:
        from matcalc.calculus.index_face import IndexFace, Order

        p = self.problem
        if len(self.by) > 2 and any(is_rigid(v, p.convention) for v in self.variables):
            raise NotSupportedError("index notation of order 3 by a variable of a manifold")
        told = zip(self.claims, self.variables, strict=True)
        orders = [
            Order(
                name_of(by).name,
                v,
                self._free_of(v),
                cache(partial(self._slope, k, means=False)),
                partial(self._raw_slope, k, means=False),
                value,
                means_along_diagonals(v, p.convention),
            )
            for k, ((_, by, value, _), v) in enumerate(told)
        ]
        return IndexFace(p.label, p.function, orders, p.taken | p.known | {p.label})

    def _free_of(self, v: Symbol) -> Symbol:
        """A variable of the shape of v, without its structure: a direction."""
        name = fresh_name((f"H_{v.name}",), self.problem.taken | self.problem.known)
        return build.symbol(name, real_set(v.shape))

    def _slope(self, k: int, e: Expr, means: bool = True) -> Expr:
        """The differential of e by variable number k, in directions of no structure."""
        v = self.variables[k]
        if k == 1 and self.covariant is not None:
            return self._raw_slope(k, e)
        if "complex" in v.facts:  # where re(d(Z)) would hide conj(d(Z))
            return Simplifier()(self._raw_slope(k, e))
        return self._freed(k, operator(e, v), means)

    def _raw_slope(self, k: int, e: Expr, means: bool = True) -> Expr:
        """The same, not simplified."""
        if k == 1 and self.covariant is not None:
            return self.covariant.along(build.differential(self._free_of(self.variable)))
        return self._freed(k, total_differential(e, (self.variables[k],)), means)

    def _freed(self, k: int, linear: Expr, means: bool) -> Expr:
        free = self._free_of(self.variables[k])
        return free_operator(linear, self.by[k], free, self.problem.convention, means)

    @property
    def faces(self) -> tuple[Expr, Expr, IndexForm | None, Symbol] | None:
        """Matrix, operator in d(H), index form, and H: to be compared; None of a gradient."""
        if not self.is_matrix:
            return None
        try:
            form = self.index()
        except (NotSupportedError, LimitError):
            form = None  # the other two are compared
        last = len(self.variables) - 1
        return self.matrix, self._slope(last, self.stages[-1]), form, self._free_of(self.variable)

    def vech(self) -> Expr:
        """The derivative by the free entries of a structured variable: by vech(X) of Sym.

        ∂f/∂vech(X) = D'*vec(G), and D'*H*D of a Hessian, with the duplication matrix D.
        Source: Magnus & Neudecker, ch. 3, sec. 8.
        """
        from matcalc.free_entries import by_free_entries

        return by_free_entries(self)

    def compile(self, backend: str = "numpy", as_: str = "dense") -> Any:
        """A function that evaluates this, in tensor layout: f(A=..., X=...). Its code is f.source.

        as_="operator" gives a linear operator in column-stacked coordinates instead of an array.
        """
        from matcalc.compiling import compile_answer

        return compile_answer(self, backend, as_)

    def __str__(self) -> str:
        return answers_text([self])

    def __repr__(self) -> str:
        return f"<Derivation {self.problem.label} wrt {self.wrt}: {self.result}>"


class Derivations(Answer):
    """Derivatives of one function by several variables, from one sweep: `results` by name."""

    def __init__(self, problem: Problem, results: dict[str, Derivation]):
        self.problem = problem
        self.results = ByName(results)

    @property
    def kind(self) -> str:
        return next(iter(self.results.values())).kind

    @property
    def wrt(self) -> str:
        return ", ".join(self.results)

    def _steps(self) -> tuple[Step, ...]:
        if self.problem.order > 1:
            return tuple(s for d in self.results.values() for s in d.steps)
        matrices = {d.by[0]: d.matrix for d in self.results.values()}
        return tuple(first_order(self.problem, matrices))

    def compile(self, backend: str = "numpy", as_: str = "dense") -> Any:
        """A function that evaluates all of them, with work shared: a tuple in their order."""
        from matcalc.compiling import compile_answers

        return compile_answers(self, backend, as_)

    def __getitem__(self, name: str) -> Derivation:
        return self.results[name]

    def __str__(self) -> str:
        return answers_text(list(self.results.values()))

    def __repr__(self) -> str:
        inner = "; ".join(f"{n}: {d.result}" for n, d in self.results.items())
        return f"<Derivations {self.problem.label} wrt {inner}>"


def _is_index(style: str) -> bool:
    if style not in STYLES:
        raise DomainError(f"the style is {' or '.join(STYLES)}, not {style!r}")
    return style == "index"


STYLES = ("differential", "index")
