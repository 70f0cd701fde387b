"""The numbers that an argument of a function may be, as the k of eigval(A,k): 1, 2, ..., n."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from matcalc.errors import DomainError
from matcalc.expr import build
from matcalc.expr.nodes import (
    Apply,
    ElementPower,
    Expr,
    Power,
    Sum,
    Symbol,
    number_value,
    symbols,
)
from matcalc.expr.sizes import AnySize, add_sizes, size_value
from matcalc.functions.signature import size_of

TRIED = 3  # how far whole numbers without an end are tried


@dataclass(frozen=True)
class Numbers:
    """Whole numbers from `least` on, up to the sizes `most` of the signature; or any above `least`.

    A variable that stands for such a number is a number by convention, and is drawn as one.
    """

    least: int
    most: tuple[str, ...] = ()
    whole: bool = True

    def within(self, sizes: Mapping[str, AnySize]) -> Allowed:
        """The same for arguments of these sizes."""
        return Allowed(self.least, tuple(dict.fromkeys(sizes[n] for n in self.most)), self.whole)


@dataclass(frozen=True)
class Allowed:
    """Numbers from `least` on, up to the least of the sizes `most`."""

    least: int
    most: tuple[AnySize, ...]
    whole: bool

    @property
    def text(self) -> str:
        """In words, to follow "a"."""
        if not self.whole:
            return f"number > {self.least}"
        return f"whole number {self.least} or larger" if not self.most else self._between

    @property
    def _between(self) -> str:
        numbers = [m for m in self.most if isinstance(m, int)]
        names = sorted(str(m) for m in self.most if not isinstance(m, int))
        most = [*names, *([str(min(numbers))] if numbers else [])]
        end = most[0] if len(most) == 1 else f"min({', '.join(most)})"
        return f"whole number from {self.least} to {end}"

    def draws(self, sizes: Mapping[str, int]) -> range:
        """The whole numbers to try, where size names are these numbers."""
        most = min((size_value(m, sizes) for m in self.most), default=self.least + TRIED)
        return range(self.least, most + 1)

    def excludes(self, e: Expr) -> bool:
        """Whether an argument is a number or a size that is not among them."""
        value = number_value(e)
        if value is not None:
            if not self.whole:
                return value <= self.least
            if value != int(value) or value < self.least:
                return True
        size = size_of(e)
        gaps = [add_sizes(size, m, -1) for m in self.most] if size is not None else []
        return any(isinstance(g, int) and g > 0 for g in gaps)

    def bounds(self, e: Expr) -> list[tuple[AnySize, AnySize]]:
        """Pairs large >= small that have to hold of a number or size among them."""
        size = size_of(e)
        return [*((m, size) for m in self.most), (size, self.least)] if size is not None else []

    def united(self, other: Allowed) -> Allowed:
        """What is among both."""
        most = tuple(dict.fromkeys((*self.most, *other.most)))
        return Allowed(max(self.least, other.least), most, self.whole or other.whole)


def allowed(e: Expr) -> Iterator[tuple[str, Expr, Allowed]]:
    """The arguments of a call that have to be some numbers: parameter, argument, which numbers."""
    wanted = getattr(e.function, "numbers", None) if isinstance(e, Apply) else None
    if wanted:
        f = e.function  # type: ignore[attr-defined]
        yield from _allowed(f, e.arguments)  # type: ignore[attr-defined]


def _allowed(f, arguments: tuple[Expr, ...]) -> Iterator[tuple[str, Expr, Allowed]]:
    sizes = {} if f.elementwise else f.select(arguments)[1]
    for parameter, numbers in f.numbers.items():
        yield parameter, arguments[f.parameters.index(parameter)], numbers.within(sizes)


def check_numbers(f, arguments: tuple[Expr, ...]) -> None:
    """DomainError for a call such as eigval(A,0)."""
    for parameter, e, numbers in _allowed(f, arguments):
        if numbers.excludes(e):
            raise DomainError(f"{f.head} takes a {numbers.text} for {parameter}, not {e}")


def least_sizes(nodes: Iterable[Expr]) -> dict[str, int]:
    """How large sizes have to be for the numbers in calls: n >= 9 of eigval(A,9)."""
    found: dict[str, int] = {}
    for e in nodes:
        for _, argument, numbers in allowed(e):
            for large, small in numbers.bounds(argument):
                if isinstance(small, int) and str(large).isidentifier():
                    found[str(large)] = max(small, found.get(str(large), 1))
    return found


def counting(nodes: Iterable[Expr]) -> dict[Symbol, Allowed]:
    """The variables that stand for whole numbers in calls, and which these are."""
    found: dict[Symbol, Allowed] = {}
    for e in nodes:
        for argument, numbers in [*((a, n) for _, a, n in allowed(e)), *_sign(e)]:
            if numbers.whole:
                exact = isinstance(argument, Symbol)
                own = numbers if exact else Allowed(0, (), True)  # k of 2*k - 1
                for s in symbols(argument):
                    found[s] = found[s].united(own) if s in found else own
    return found


def _sign(e: Expr) -> Iterator[tuple[Expr, Allowed]]:
    """The exponent of a sign, as of (-1)^k."""
    if isinstance(e, Power | ElementPower):
        base = number_value(e.children[0])
        if base is not None and base < 0 and number_value(e.children[1]) is None:
            yield e.children[1], Allowed(0, (), True)


def open_numbers(nodes: Iterable[Expr]) -> dict[Expr, Allowed]:
    """The arguments that have to be some whole numbers, and may not be; of k and k + 1 one."""
    found: dict[tuple[Expr, bool], tuple[int, Expr, Allowed]] = {}
    for e in nodes:
        for _, argument, numbers in allowed(e):
            if numbers.whole and number_value(argument) is None and size_of(argument) is None:
                rest, shift = _split(argument)
                key, least = (rest, bool(numbers.most)), numbers.least - shift
                if key not in found or least > found[key][0]:
                    found[key] = (least, argument, numbers)
    return {argument: numbers for _, argument, numbers in found.values()}


def _split(e: Expr) -> tuple[Expr, int]:
    """An argument as something and a whole number to be added, as k + 1."""
    if not isinstance(e, Sum):
        return e, 0
    added = {t: int(v) for t in e.terms if (v := number_value(t)) is not None and v == int(v)}
    return build.add(*(t for t in e.terms if t not in added)), sum(added.values())
