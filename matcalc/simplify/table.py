"""The table of identities: all of them by family, and how their statements are read.

The simplifier's own stand in `rules`, with the constructors that apply them; the others are used by
the search of `deep`, and stand in the modules `identities_*`. Each is an equation of the language
and is tested as one (tests/simplify/test_table.py): decided exactly where it is rational, to 50
digits where it is not.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from functools import cache

from matcalc.derivation.rule import EITHER, FORWARD, Rule
from matcalc.elaborate import read_expression
from matcalc.expr.cost import cost
from matcalc.expr.nodes import Expr, Symbol, fold
from matcalc.expr.sets import VariableSet, make_set
from matcalc.functions.signature import dim_size
from matcalc.simplify import (
    identities_arrays,
    identities_by_rows,
    identities_kronecker,
    identities_matrices,
    identities_norms,
    identities_scalars,
    identities_spectra,
    rules,
)

__all__ = ["EITHER", "FORWARD", "TABLE", "declared", "entrywise", "lengths", "shortens", "sides"]


def _rules_of(module: object) -> tuple[Rule, ...]:
    return tuple(r for r in vars(module).values() if isinstance(r, Rule))


FAMILIES: dict[str, tuple[Rule, ...]] = {
    "simplifier": rules.RULES,
    "rows and columns": _rules_of(identities_by_rows),
    "matrices": _rules_of(identities_matrices),
    "arrays": _rules_of(identities_arrays),
    "norms": _rules_of(identities_norms),
    "Kronecker products": _rules_of(identities_kronecker),
    "functions": _rules_of(identities_scalars),
    "pseudoinverses and spectra": _rules_of(identities_spectra),
}
TABLE: tuple[Rule, ...] = tuple(r for family in FAMILIES.values() for r in family)


# Reading


@cache
def declared(where: str) -> dict[str, VariableSet]:
    """The sets of a rule's variables: "A, B in R[m,n]; c in R+" with sizes that are names."""
    found: dict[str, VariableSet] = {}
    for part in filter(None, (p.strip() for p in where.split(";"))):
        names, of = part.split(" in ")
        kind, _, inside = of.strip().rstrip("]").partition("[")
        dims = tuple(dim_size(d.strip()) for d in inside.split(",") if d.strip())
        for name in names.split(","):
            found[name.strip()] = make_set(kind, dims)
    return found


@cache
def sides(rule: Rule) -> tuple[Expr, Expr]:
    """Both sides of a rule's statement, read with its declarations."""
    left, right = rule.statement.split(" = ")
    sets = declared(rule.where)
    return read_expression(left, sets), read_expression(right, sets)


def entrywise(rule: Rule) -> Rule | None:
    """The same of arrays, entry by entry; None unless all of it is about numbers."""
    sets = declared(rule.where)
    if not all(of.name in ("R", "R+") and not of.dims for of in sets.values()):
        return None
    left, right = (re.sub(r"[*/^]", r".\g<0>", side) for side in rule.statement.split(" = "))
    if not set(re.findall(r"[a-z]+", right)) & set(sets):
        right = f"{right}*ones(m,n)"
    where = "; ".join(f"{v} in {of.name}[m,n]" for v, of in sets.items())
    name = f"{rule.name}, entrywise"
    return replace(rule, name=name, statement=f"{left} = {right}", where=where)


# Directions


def lengths(rule: Rule) -> tuple[int, int]:
    """The costs of both sides."""
    left, right = sides(rule)
    return cost(left), cost(right)


def shortens(rule: Rule) -> bool:
    """Whether the right side is shorter than the left, whatever the variables stand for.

    That is so if it is shorter as it stands and no variable occurs in it more often. Applying such
    rules ends, for each makes the whole shorter.
    """
    before, after = lengths(rule)
    left, right = map(_occurrences, sides(rule))
    return after < before and all(right[v] <= left[v] for v in right)


def _occurrences(e: Expr) -> Counter[Expr]:
    """How often each variable is written."""

    def step(x: Expr, below: list[Counter[Expr]]) -> Counter[Expr]:
        found: Counter[Expr] = Counter([x] if isinstance(x, Symbol) else [])
        for b in below:
            found.update(b)
        return found

    return fold(e, step)
