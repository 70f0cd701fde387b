"""What a function of the library is: one record, from which everything else follows.

    Function("logdet(A)", "R[n,n] -> R",
        differential="inv(A)' : dA", numpy="np.linalg.slogdet(A)", ...)

The signature gives the number of arguments, the shape check and the shape of the value; several
signatures are overloads, tried in order. One of these says how it is differentiated:

* `differential`: text in the language, linear in dA where A is a parameter (nonlinear functions);
* `adjoint`: for a function linear in its first argument (others are sizes), L*(G) with
  G : L(dA) = L*(G) : dA; beside it `matrix`, the M in vec(L(dA)) = M*vec(dA);
* `derivative`: for an elementwise function, the scalar derivative by each parameter that has one.

A function such as lyap(A,Q) that is linear in some of several parameters states its differential,
and in `adjoint` the L*(G) by each parameter that it is linear in.

Texts are parsed on first use (see `matcalc.calculus.templates`), never at import.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from matcalc.errors import (
    ArityError,
    DomainError,
    MatcalcError,
    NotDifferentiableError,
    NotSupportedError,
    ShapeError,
)
from matcalc.expr import build
from matcalc.expr.nodes import Expr, Zeros
from matcalc.expr.sizes import AnySize, Shape, add_sizes, shape_text
from matcalc.functions.numbers import Numbers, check_numbers
from matcalc.functions.signature import Signature

Facts = Callable[[tuple[Expr, ...]], set[str]]


@dataclass(frozen=True)
class Condition:
    """What an argument must satisfy: `text` with □ for it; not stated if a fact implies it.

    `when` says, from all arguments, whether the condition matters at all; `of_formula` that the
    function has derivatives without it, which the formula of its differential does not show.
    """

    text: str
    parameter: str
    unless: frozenset[str] = frozenset()
    when: Callable[[tuple[Expr, ...]], bool] | None = None
    of_formula: bool = False

    def matters(self, arguments: tuple[Expr, ...], argument: Expr) -> bool:
        """Whether it is not known to hold."""
        if self.unless & argument.facts:
            return False
        return self.when is None or self.when(arguments)


def _no_facts(arguments: tuple[Expr, ...]) -> set[str]:
    return set()


@dataclass(frozen=True, eq=False)
class Function:
    """A function of the language.

    head: the name with its parameters, as in "logdet(A)".
    signature: shapes, or several as overloads.
    matrix: of a linear function, its matrix in column-stacked coordinates; or one by parameter.
    numpy: the value as NumPy text over the parameters, with `np`, `special` (of SciPy) and `linalg`
        (matcalc.numeric.decompositions) in scope. Arrays have two axes always (vectors n×1),
        scalars none.
    latex: LaTeX with □ for the argument (□1, □2 for several); by default \\operatorname{name};
        a tuple goes by overloads. unicode: the same in Unicode.
    facts: what is known of the value, from the arguments.
    conditions: under which the differential holds.
    defined: a NumPy text that is true where the function is defined (a draw elsewhere is invalid).
    analytic: whether the NumPy text is complex-analytic, so that a complex step may be taken.
    smooth: whether it has all derivatives where its conditions hold.
    exact: whether the NumPy text only moves, adds and multiplies entries, so that it has exact
        values, too (linear functions have).
    squared: the differential of the square, where that is smoother (norms).
    symmetric: the differential where the first argument is symmetric, if that is simpler.
    needs: facts that arguments must have, by parameter: {"A": "symmetric"}.
    numbers: which numbers an argument may be, by parameter: {"k": Numbers(1, ("n",))}.
    commuting: of a Fréchet derivative L(A,E), the function f' with L(A,E) = f'(A)*E where A and E
        commute.
    norm: whether its value is zero only where its first argument is.
    tall: whether f(A') = f(A)', and the differential holds of no fewer rows than columns.
    wide, wide_wirtinger: the differential and `wirtinger` of fewer rows than columns, if others.
    no_derivative: why there is none by the first argument, in words, whatever its value; or None.
    holomorphic: whether value and differential hold of complex arguments as they stand, and
        f(conj(x)) = conj(f(x)); every linear function is.
    wirtinger: of a function that is not: the differential at complex arguments, in dA and conj(dA);
        `wirtinger_squared` is that of its square. Values are real unless it is `complex_valued`.
    complex_valued: whether it takes complex arguments without being holomorphic, and has complex
        values then. f(conj(x)) = conj(f(x)) even so.
    of_hermitian: why complex arguments have to be Hermitian, in words; or nothing.
    numpy_complex: the value at complex arguments, where that is another text.
    real_of_hermitian: whether the value is real where the argument is Hermitian.
    of_real: what the function is of real arguments, where that is something simpler.
    examples: declarations that tests draw arguments from, where shapes are not enough.
    expand: a constructor: the name is shorthand, and the node is what `expand` builds.
    of_scalar: what the function of a matrix or vector is of a 1×1, where that is something simpler.
    aliases: other names that mean the same.
    hint: what to write instead, where the shapes do not fit.
    """

    head: str
    signature: str | tuple[str, ...]
    differential: str | None = None
    adjoint: str | tuple[str, ...] | Mapping[str, str] | None = None
    matrix: str | tuple[str, ...] | Mapping[str, str] | None = None
    derivative: str | Mapping[str, str] | None = None
    numpy: str | None = None
    latex: str | tuple[str, ...] | None = None
    unicode: str | tuple[str, ...] | None = None
    facts: Callable[[tuple[Expr, ...]], set[str]] = field(default=_no_facts)
    conditions: tuple[Condition, ...] = ()
    defined: str | None = None
    analytic: bool = True
    smooth: bool = True
    exact: bool = False
    squared: str | None = None
    symmetric: str | None = None
    needs: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, Numbers] = field(default_factory=dict)
    commuting: Callable[[Expr], Expr] | None = None
    norm: bool = False
    tall: bool = False
    wide: str | None = None
    wide_wirtinger: str | None = None
    no_derivative: Callable[[tuple[Expr, ...]], str | None] | None = None
    holomorphic: bool = False
    wirtinger: str | None = None
    wirtinger_squared: str | None = None
    complex_valued: bool = False
    of_hermitian: str = ""
    numpy_complex: str | None = None
    real_of_hermitian: bool = False
    of_real: Callable[[Expr], Expr] | None = None
    examples: tuple[str, ...] = ()
    expand: Callable[..., Expr] | None = None
    of_scalar: Callable[[Expr], Expr] | None = None
    aliases: tuple[str, ...] = ()
    statement: str = ""
    source: str = ""
    doc: str = ""
    hint: str | None = None

    @cached_property
    def name(self) -> str:
        return self.head[: self.head.rindex("(")]

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        inner = self.head[self.head.rindex("(") + 1 : self.head.rindex(")")]
        return tuple(p.strip() for p in inner.split(",") if p)

    @cached_property
    def signatures(self) -> tuple[Signature, ...]:
        texts = (self.signature,) if isinstance(self.signature, str) else self.signature
        return tuple(Signature.read(t) for t in texts)

    @property
    def elementwise(self) -> bool:
        return self.derivative is not None

    @property
    def linear(self) -> bool:
        """Whether it is linear in its one argument."""
        return isinstance(self.adjoint, str | tuple)

    def turns(self, argument: Expr) -> bool:
        """Whether the differential is that of the transpose: there are fewer rows than columns."""
        return self.tall and is_wide(argument)

    @property
    def is_real_valued(self) -> bool:
        """Whether values at complex arguments are real."""
        return self.wirtinger is not None and not self.complex_valued

    @property
    def takes_complex(self) -> bool:
        return self.holomorphic or self.linear or self.is_real_valued or self.complex_valued

    @cached_property
    def adjoints(self) -> Mapping[str, str | tuple[str, ...]]:
        """L*(G) by each parameter that the function is linear in; a tuple goes by overloads."""
        if self.adjoint is None:
            return {}
        if isinstance(self.adjoint, str | tuple):
            return {self.parameters[0]: self.adjoint}
        return self.adjoint

    def takes_number(self, parameter: str) -> bool:
        """Whether an argument is always one number, as the k of kyfan(A,k)."""
        if self.elementwise:
            return parameter in self.numbers
        k = self.parameters.index(parameter)
        return all(not s.domains[k] and s.sizes[k] is None for s in self.signatures)

    def differential_of(self, arguments: tuple[Expr, ...]) -> str | None:
        """The text of the differential for arguments of these facts."""
        if self.symmetric is not None and "symmetric" in arguments[0].facts:
            return self.symmetric
        if self.wide is not None and is_wide(arguments[0]):
            return self.wide
        return self.differential

    def wirtinger_of(self, arguments: tuple[Expr, ...]) -> str | None:
        """The text of the differential at complex arguments."""
        if self.wide_wirtinger is not None and is_wide(arguments[0]):
            return self.wide_wirtinger
        return self.wirtinger

    def require_derivative(self, arguments: tuple[Expr, ...]) -> None:
        """NotDifferentiableError where there is no derivative at all by the first argument."""
        reason = self.no_derivative(arguments) if self.no_derivative else None
        if reason:
            raise NotDifferentiableError(
                f"{self.name} of a matrix of {shape_text(arguments[0].shape)}: {reason}"
            )

    @cached_property
    def derivatives(self) -> Mapping[str, str]:
        """The scalar derivative by each parameter that has one, of an elementwise function."""
        if self.derivative is None:
            return {}
        if isinstance(self.derivative, str):
            return {self.parameters[-1]: self.derivative}
        return self.derivative

    @cached_property
    def sizes(self) -> tuple[str | None, ...]:
        """For each parameter, the size that it is, as m in unvec(x,m,n); None of an array."""
        return self.signatures[0].sizes if self.signatures else ()

    def select(self, arguments: tuple[Expr, ...]) -> tuple[int, dict[str, AnySize]]:
        """The number of the signature that fits, and its sizes; an error that says what fits."""
        self.check_arity(len(arguments))
        for k, s in enumerate(self.signatures):
            sizes = s.match(arguments)
            if sizes is not None:
                return k, sizes
        raise self.misfit(tuple(a.shape for a in arguments))

    def check_arity(self, count: int) -> None:
        if count != len(self.parameters):
            n = len(self.parameters)
            raise ArityError(f"{self.head} takes {n} argument{'s' * (n != 1)}, not {count}")

    def misfit(self, shapes: tuple[Shape, ...]) -> MatcalcError:
        """The error for arguments of these shapes."""
        given = ", ".join(shape_text(s) for s in shapes)
        if all(len(set(d)) < len(d) for s in self.signatures for d in s.domains if len(d) == 2):
            rows, columns = shapes[0]
            if rows != columns and len(shapes) == 1 and len(self.signatures[0].domains[0]) == 2:
                return DomainError(
                    f"{self.name} needs a square matrix; its argument is {shape_text(shapes[0])}"
                )
        wanted = " or ".join(s.text.split("->")[0].strip() for s in self.signatures)
        message = f"{self.name} takes {wanted}; its arguments are {given}"
        return ShapeError(message, hint=self.hint)

    def notation(
        self, template: str | tuple[str, ...] | None, arguments: tuple[Expr, ...]
    ) -> str | None:
        """The template (`latex` or `unicode`) for these arguments."""
        return template[self.select(arguments)[0]] if isinstance(template, tuple) else template

    def result_shape(self, arguments: tuple[Expr, ...]) -> Shape:
        """The shape of the value for these arguments."""
        if self.elementwise:
            return self._broadcast(tuple(a.shape for a in arguments))
        k, sizes = self.select(arguments)
        return self.signatures[k].shape(sizes)

    def _broadcast(self, shapes: tuple[Shape, ...]) -> Shape:
        """Elementwise functions take scalars along with arrays."""
        self.check_arity(len(shapes))
        arrays = {s for s in shapes if s != (1, 1)}
        if len(arrays) > 1:
            raise ShapeError(
                f"{self.name} is elementwise; its arguments are "
                + ", ".join(shape_text(s) for s in shapes)
            )
        return arrays.pop() if arrays else (1, 1)

    def build(self, arguments: tuple[Expr, ...]) -> Expr:
        """The node function(arguments), or what the function is shorthand for."""
        shape = self.result_shape(arguments)
        if self.numbers:
            check_numbers(self, arguments)
        if self.expand is not None:
            return self.expand(*arguments)
        for parameter, a in zip(self.parameters, arguments, strict=True):
            if parameter in self.adjoints and isinstance(a, Zeros):
                return build.zeros(shape)
        if self.linear and arguments[0].is_scalar:
            return arguments[0]  # the trace, sum, mean, diagonal of a number
        if self.of_scalar is not None and arguments[0].is_scalar:
            return self.of_scalar(arguments[0])
        complex_parts = [a for a in arguments if "complex" in a.facts]
        if complex_parts and not self.takes_complex:
            raise NotSupportedError(f"{self.name} of a complex argument")
        if self.of_hermitian and not all("hermitian" in a.facts for a in complex_parts):
            raise NotSupportedError(
                f"{self.name} of a complex argument that is not known to be Hermitian",
                hint=f"{self.of_hermitian}; if Hermitian, declare it in Herm[n] or HPD[n]",
            )
        if not complex_parts and self.of_real is not None:
            return self.of_real(arguments[0])
        self._check_needs(arguments)
        return build.apply_node(self, arguments, shape)

    def _check_needs(self, arguments: tuple[Expr, ...]) -> None:
        for parameter, fact in self.needs.items():
            a = arguments[self.parameters.index(parameter)]
            of_complex = fact == "symmetric" and "hermitian" in a.facts
            if fact not in a.facts and not of_complex and not a.is_scalar:
                raise DomainError(
                    f"{self.name} takes a {fact} matrix, and its argument is not known to be one",
                    hint=f"declare it so: {parameter} in {_SETS[fact]}",
                )

    def __repr__(self) -> str:
        return self.head

    def __reduce__(self):
        return _by_name, (self.name, len(self.parameters))


def is_wide(e: Expr) -> bool:
    """Whether there are known to be fewer rows than columns."""
    lacking = add_sizes(e.shape[1], e.shape[0], -1)
    return isinstance(lacking, int) and lacking > 0


# Sets whose members have a fact, for messages.
_SETS = {"symmetric": "Sym[n], or in SPD[n]", "pd": "SPD[n]"}


def _by_name(name: str, arity: int) -> Function:
    from matcalc.functions import lookup

    found = lookup(name, arity)
    assert found is not None
    return found
