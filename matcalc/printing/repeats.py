"""Parts that an expression writes repeatedly, and names for them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from matcalc.expr import build
from matcalc.expr.nodes import Apply, ElementPower, Expr, Symbol, postorder, size_names
from matcalc.printing.pieces import LONGEST


def is_below(e: Expr) -> bool:
    """Whether e is a power that is written below a fraction bar."""
    return build.is_denominator(e) and (isinstance(e, ElementPower) or e.is_scalar)


def count_uses(root: Expr) -> dict[Expr, int]:
    """How often each part that could have a name is written, where that is more than once.

    What is below a fraction bar has no name of its own, so its parts are used as often as it is.
    """
    order = list(postorder(root))
    uses = dict.fromkeys(order, 0)
    uses[root] = 1
    for e in reversed(order):
        through = uses[e] if is_below(e) else 1
        for c in e.children:
            uses[c] = min(uses[c] + through, LONGEST)
    return {e: u for e, u in uses.items() if u > 1 and not is_below(e) and not _is_small(e)}


def _is_small(e: Expr) -> bool:
    """Whether e is a leaf, or X', inv(X), f(x) of one."""
    return len(e.children) < 2 and not any(c.children for c in e.children)


class Names:
    """Names that an expression does not use."""

    RESERVED = frozenset("CDEIJKLRTdefgij")

    def __init__(self, root: Expr):
        taken = set(self.RESERVED)
        for e in postorder(root):
            taken |= size_names(e)
            if isinstance(e, Symbol):
                taken.add(e.name)
            elif isinstance(e, Apply):
                taken.add(getattr(e.function, "base", e.function).name)
        self._matrices = _unused("HMNPQSUVWYZ", taken)
        self._vectors = _unused("huvwyz", taken)
        self._scalars = _unused("abcst", taken)

    def take(self, e: Expr) -> str:
        """A name for e: a capital letter for a matrix, a small one for vectors and scalars."""
        if e.is_scalar:
            return next(self._scalars)
        return next(self._vectors if e.shape[1] == 1 else self._matrices)


def _unused(letters: str, taken: set[str]) -> Iterator[str]:
    """The letters, and then the first of them with numbers, without those taken."""
    for k in count():
        for name in letters if k == 0 else (f"{letters[0]}_{k}",):
            if name not in taken and f"d{name}" not in taken:
                yield name
