"""The simplifier and the table: what it notes stands there, and what is directed there it does."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

import matcalc as mc
from matcalc.derivation.rule import FORWARD, HABIT, Rule
from matcalc.expr import build
from matcalc.expr.cost import cost
from matcalc.expr.nodes import postorder
from matcalc.simplify import identities_complex, rules, windows
from matcalc.simplify.normal_form import Simplifier, simplify
from matcalc.simplify.patterns import rules_applied
from matcalc.simplify.table import TABLE, entrywise, sides

ROOM = Path(rules.__file__).parent
TABLES = {"rules.py", *(p.name for p in ROOM.glob("identities_*.py"))}

DIRECTED = [r for r in TABLE if r.direction == FORWARD]
OF_HABIT = [r for r in TABLE if r.direction == HABIT]  # shorter, but not what people write


def noted():
    """The rules that the simplifier's code names, with the place."""
    for path in sorted(ROOM.glob("*.py")):
        if path.name in TABLES:
            continue
        module = importlib.import_module(f"matcalc.simplify.{path.stem}")
        for node in ast.walk(ast.parse(path.read_text())):
            named = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
            found = (
                getattr(getattr(module, node.value.id, None), node.attr, None) if named else None
            )
            if isinstance(found, Rule):
                yield f"{path.name}:{node.lineno}", found


def test_every_rule_that_the_code_notes_is_in_the_table():
    """So the generic test of the table proves its statement; those about complex numbers, which the
    comparison does not decide, are proven in tests/calculus/test_complex_variables.py."""
    places = dict(noted())
    assert len(places) > 60
    of_complex = [r for r in vars(identities_complex).values() if isinstance(r, Rule)]
    assert all(rule in TABLE or rule in of_complex for rule in places.values())


def test_no_rule_is_made_outside_the_table():
    for path in ROOM.glob("*.py"):
        if path.name in TABLES:
            continue
        calls = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Call)]
        made = [c for c in calls if isinstance(c.func, ast.Name) and c.func.id == "Rule"]
        assert not made, f"{path.name}:{made[0].lineno}"


def test_every_rule_of_the_simplifier_is_used_by_its_code():
    used = {rule for _, rule in noted()}
    by_pattern = {r for found in rules_applied(TABLE).values() for r in found}
    assert set(rules.RULES) <= used | by_pattern


@pytest.mark.parametrize("rule", DIRECTED, ids=lambda r: r.name)
def test_a_directed_identity_is_applied(rule):
    """Its left side simplifies to its right side; none is left to the deep mode."""
    left, right = sides(rule)
    assert left is right or simplify(left) is simplify(right)


@pytest.mark.parametrize("kind", ["_chains", "_factors", "_pairs"])
def test_statements_are_read_when_their_names_are_met_and_none_is_missed(kind, monkeypatch):
    """What is found by a name is the same as if every statement were read at once."""
    found_by = getattr(windows, kind).__wrapped__
    heads = {
        windows.head(part)
        for rule in DIRECTED
        for side in (rule, entrywise(rule))
        if side is not None
        for e in postorder(sides(side)[0])
        for part in (e, build.transpose(e))
    }
    few = {name: found_by(name) for name in sorted(heads - {""})}
    monkeypatch.setattr(windows, "_mentions", lambda rule, sign: True)
    assert sum(map(len, few.values())) > 5
    assert few == {name: found_by(name) for name in few}


@pytest.mark.parametrize("rule", OF_HABIT, ids=lambda r: r.name)
def test_an_identity_against_habit_is_left_to_the_search(rule):
    left, right = sides(rule)
    assert cost(right) < cost(left)
    assert simplify(left) is not simplify(right)


# Patterns are matched with other things for their variables, and only those

WHERE = (
    "A, B in R[m,n]; C, D in R[n,n]; S in Sym[n]; K in Skew[n]; Q in Orth[n]; V in Stiefel[n,p];"
    "x, y in R[n]; z in R[p]; a, b in R"
)


@pytest.mark.parametrize(
    ("text", "shorter"),
    [
        ("norm2(Q*C*x)", "norm2(C*x)"),
        ("norm2(V*z)", "norm2(z)"),
        ("tr(S*K)", "0"),
        ("tr(C'*C*K)", "0"),
        ("det(C*(D + S)*inv(C))", "det(D + S)"),
        ("tr(diag(x.*y))", "x'*y"),
        ("sum(diag(C*D))", "tr(C*D)"),
        ("cosh(-2*a*b)", "cosh(2*a*b)"),
        ("abs(-x)", "abs(x)"),
        ("cos(-x.*y)", "cos(x.*y)"),
        ("sqrt(tr(A'*A))", "norm2(A)"),
        ("sum(abs(A*C))", "norm1(A*C)"),
    ],
)
def test_a_pattern_is_found_in_an_instance(text, shorter):
    scope = mc.Workspace(WHERE)
    e, expected = scope.parse(text), scope.parse(shorter)
    result = simplify(e)
    assert mc.equivalent(result, expected)
    assert cost(result) <= cost(expected)


@pytest.mark.parametrize(
    "text",
    ["norm2(C*x)", "norm2(Q'*V*z)", "tr(C*K)", "det(C*D*inv(S))", "cosh(2*a)", "norm2(V'*x)"],
)
def test_what_only_looks_like_a_pattern_stays(text):
    e = mc.Workspace(WHERE).parse(text)
    assert mc.equivalent(simplify(e), e)
    if text != "norm2(Q'*V*z)":
        assert simplify(e) is e


def test_an_applied_pattern_is_noted():
    s = Simplifier()
    s(mc.parse("norm2(A')", "A in R[m,n]"))
    assert [r.name for r in s.used] == ["norm of a transpose"]
