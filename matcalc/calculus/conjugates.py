"""Functions of complex variables as analytic functions of Z and of conj(Z), which are independent.

`Independent` writes a function in Z and a symbol that stands for conj(Z): conjugations go down to
the variables, so that the rules for real variables, which are bilinear, serve as they are. What
they find is `restored` to conj(Z). A conj(S) of a Hermitian S is S', so that S is all there is.

A function such as |z| is no analytic function of z. It is one of z and conj(z), written as a
`Formal` function of both, as is its conjugate; its record states its differential in dz and
conj(dz).
Source: Hjørungnes, Complex-Valued Matrix Derivatives, ch. 3; Brandwood, IEE Proc. 130 (1983) 11-16.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property

from matcalc.calculus.adjoint import is_zero
from matcalc.calculus.differential import local_differential
from matcalc.calculus.templates import differential_of, over
from matcalc.errors import NotSupportedError
from matcalc.expr import build
from matcalc.expr.nodes import (
    Apply,
    Conjugate,
    Differential,
    Expr,
    Symbol,
    Transpose,
    fold,
    postorder,
)
from matcalc.expr.sets import make_set
from matcalc.functions.record import Function

Pair = tuple[Expr, Expr, bool]  # e, conj(e), and whether a variable moves it


def variable_of(by: Expr) -> Symbol:
    """Z, of Z and of conj(Z)."""
    found = by.argument if isinstance(by, Conjugate) else by
    assert isinstance(found, Symbol)
    return found


def name_of(by: Expr) -> Symbol:
    """A symbol that is called what a derivative is by: Z, or conj(Z)."""
    return _twin(variable_of(by)) if isinstance(by, Conjugate) else variable_of(by)


def has_conjugate(variable: Symbol) -> bool:
    """Whether conj(Z) is independent of Z: of complex variables that are not Hermitian."""
    return "complex" in variable.facts and "hermitian" not in variable.facts


def is_complex(*roots: Expr) -> bool:
    """Whether complex values occur anywhere in expressions."""
    return any("complex" in e.facts for e in postorder(*roots))


def notes_on(stages: Iterable[Expr], by: Iterable[Expr], result: Expr) -> tuple[str, ...]:
    """What a derivative by complex variables is by, and why it is 0 if it is."""
    *_, (f, last) = zip(stages, by, strict=True)
    v = variable_of(last)
    if not has_conjugate(v):
        return ()
    name, barred = v.name, isinstance(last, Conjugate)
    if is_zero(result) and v in postorder(f):
        of, other = (f"conj({name})", '"Z"') if barred else (name, '"Z*"')
        kind = "holomorphic" if barred else "a function of the conjugate alone"
        what = f"0 since this is {kind} in {name}: it does not depend on {of}"
        return (f"{what}; wirtinger={other} gives the derivative by the other",)
    if barred:
        other = f'wirtinger="Z" gives the derivative by {name}'
        return (f"by conj({name}), with {name} held fixed; {other}",)
    return (f"by {name}, with conj({name}) held fixed",)


class Independent:
    """A function in Z and conj(Z) as two variables."""

    def __init__(self, root: Expr, variables: Iterable[Symbol]):
        self.variables = tuple(variables)
        self.twins = {v: _twin(v) for v in self.variables if has_conjugate(v)}
        self._pairs: dict[Expr, Pair] = {}
        self._originals: dict[Expr, Expr] = {w: build.conjugate(z) for z, w in self.twins.items()}
        self.function = self.written(root)

    def symbol(self, by: Expr) -> Symbol:
        """The symbol to derive by, for Z and for conj(Z)."""
        v = variable_of(by)
        return self.twins.get(v, v) if isinstance(by, Conjugate) else v

    def written(self, e: Expr) -> Expr:
        """e in Z and the symbols for conj(Z)."""
        return fold(e, self._step, self._pairs)[0]

    def restored(self, e: Expr) -> Expr:
        """What was found, with conj(Z) and the functions as they were written."""
        return fold(e, _restore, dict(self._originals))

    def _step(self, e: Expr, below: list[Pair]) -> Pair:
        if e in self.variables:
            return e, self._conjugate(e), True
        if not any(moving for _, _, moving in below):
            return e, build.conjugate(e), False
        p, q = self._moved(e, [b[0] for b in below], [b[1] for b in below], below)
        if "complex" not in e.facts:
            q = p  # two analytic functions that agree where conj(Z) is the conjugate are the same
        self._note(p, e)
        self._note(q, build.conjugate(e))
        return p, q, True

    def _conjugate(self, v: Expr) -> Expr:
        if "hermitian" in v.facts:
            return build.transpose(v)
        return self.twins.get(v, v)  # type: ignore[call-overload]

    def _moved(
        self, e: Expr, plain: list[Expr], barred: list[Expr], below: list[Pair]
    ) -> tuple[Expr, Expr]:
        if isinstance(e, Conjugate):
            return barred[0], plain[0]
        if isinstance(e, Differential):
            return _differential(plain[0]), _differential(barred[0])
        if isinstance(e, Apply) and not _is_holomorphic(e):
            moving = [m for _, _, m in below]
            formal = _formal(e, plain, barred, moving)
            both = "complex" in e.facts
            return formal, _formal(e, plain, barred, moving, conjugate=True) if both else formal
        return build.rebuild(e, plain), build.rebuild(e, barred)

    def _note(self, made: Expr, original: Expr) -> None:
        if made is not original and not isinstance(made, Symbol | Transpose | Differential):
            self._originals.setdefault(made, original)


def _differential(e: Expr) -> Expr:
    """d(e), and d(S)' of S'."""
    if isinstance(e, Transpose):
        return build.transpose(build.differential(e.argument))
    return build.differential(e)


def _twin(v: Symbol) -> Symbol:
    """A symbol that stands for conj(v); its name cannot be a user's."""
    return build.symbol(f"conj({v.name})", make_set("C", () if v.is_scalar else v.shape))


def _is_holomorphic(e: Apply) -> bool:
    f = e.function
    return isinstance(f, Function) and (f.holomorphic or f.linear)


def _restore(e: Expr, below: list[Expr]) -> Expr:
    if isinstance(e, Apply) and isinstance(e.function, Formal):
        return e.function.original(below)
    return build.rebuild(e, below)


# Functions that are not holomorphic as analytic ones of arguments and their conjugates


@dataclass(frozen=True)
class Formal:
    """A function or its conjugate, formally one of its moving arguments and of their conjugates.

    `slots` are the arguments of the function: a stand-in for each that moves, others as they are.
    Of the node's own arguments the first stand for these, the rest for conjugates of complex ones
    that are not Hermitian.
    """

    base: Function
    slots: tuple[Expr, ...]
    conjugate: bool = False
    elementwise = False
    linear = False
    real_of_hermitian = False
    conditions = ()
    adjoints = ()

    @property
    def name(self) -> str:
        return f"conj({self.base.name})*" if self.conjugate else f"{self.base.name}*"

    @property
    def is_real_valued(self) -> bool:
        return "complex" not in self._value.facts

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        return tuple(s.name for s in (*self._moving, *self._barred))

    @cached_property
    def _moving(self) -> tuple[Symbol, ...]:
        return tuple(s for s in self.slots if isinstance(s, Symbol) and s.name.startswith("_"))

    @cached_property
    def _barred(self) -> tuple[Symbol, ...]:
        return tuple(s for s in self._moving if has_conjugate(s))

    @cached_property
    def _value(self) -> Expr:
        return self._turned(build.apply(self.base, *self.slots))

    def _turned(self, e: Expr) -> Expr:
        return build.conjugate(e) if self.conjugate else e

    @cached_property
    def _of_complex(self) -> bool:
        return any("complex" in s.facts for s in self._moving)

    @property
    def squared(self) -> bool:
        """Whether its square is differentiated as a whole."""
        return bool(getattr(self.base, "squared", None))

    def build(self, arguments: tuple[Expr, ...]) -> Expr:
        return build.apply_node(self, arguments, self._value.shape)

    def facts(self, arguments: tuple[Expr, ...]) -> set[str]:
        return set(self._value.facts)

    def original(self, arguments: list[Expr]) -> Expr:
        """The function of arguments as it was written."""
        values = dict(zip(self._moving, arguments, strict=False))
        arguments = [values.get(s, s) for s in self.slots]  # type: ignore[call-overload]
        return self._turned(build.apply(self.base, *arguments))

    def differentiate(self, arguments: tuple[Expr, ...], moving: Collection[Expr]) -> Expr:
        """The differential in d of the arguments."""
        return self._plugged(self._differential, arguments, moving)

    def differentiate_square(self, arguments: tuple[Expr, ...], moving: Collection[Expr]) -> Expr:
        """The differential of the square, for norms."""
        text = self.base.wirtinger_squared if self._of_complex else self.base.squared
        assert text is not None
        return self._plugged(self._stated(text), arguments, moving)

    @cached_property
    def _differential(self) -> Expr:
        if not self._of_complex:
            return self._written(local_differential(self._value, self._moving))
        stated = isinstance(self.base, Function)
        text = self.base.wirtinger_of(self.slots) if stated else None
        if text is None:
            raise NotSupportedError(f"derivatives of {self.base.name} by complex variables")
        self.base.require_derivative(self.slots)
        return self._stated(text)

    def _stated(self, text: str) -> Expr:
        still = [s for s in self.slots if s not in self._moving]
        kind = over(self.base) if self._of_complex else "R"
        stated = differential_of(text, self.base, self.slots, still, kind)
        return self._written(self._turned(stated))

    def _written(self, e: Expr) -> Expr:
        return Independent(e, self._moving).function

    def _plugged(self, e: Expr, arguments: tuple[Expr, ...], moving: Collection[Expr]) -> Expr:
        names = (*self._moving, *map(_twin, self._barred))
        values: dict[Expr, Expr] = dict(zip(names, arguments, strict=True))
        replaced = dict(values)
        for name, a in values.items():
            d = build.differential(a) if a in moving else build.zeros(a.shape)
            replaced[build.differential(name)] = d
        return fold(e, build.rebuild, replaced)


def _stand_in(name: str, a: Expr) -> Symbol:
    """A variable for an argument; the conjugate of a complex one is independent of it.

    That of a Hermitian one is its transpose.
    """
    if "hermitian" in a.facts and "complex" in a.facts:
        return build.symbol(name, make_set("Herm", a.shape[:1]))
    if "complex" in a.facts:
        return build.symbol(name, make_set("C", () if a.is_scalar else a.shape))
    return build.stand_in(name, a)


def _formal(
    e: Apply,
    plain: list[Expr],
    barred: list[Expr],
    moving: list[bool],
    conjugate: bool = False,
) -> Expr:
    """A function of moving arguments, or its conjugate, as a formal one."""
    slots = tuple(
        _stand_in(f"_{k}", a) if m else a
        for k, (a, m) in enumerate(zip(e.arguments, moving, strict=True))
    )
    formal = Formal(e.function, slots, conjugate)
    several = zip(slots, plain, barred, moving, strict=True)
    seen = [(s, p, q) for s, p, q, m in several if m]
    conjugates = [q for s, _, q in seen if has_conjugate(s)]  # type: ignore[arg-type]
    return build.apply(formal, *(p for _, p, _ in seen), *conjugates)
