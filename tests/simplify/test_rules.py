"""Every rule of the simplifier is an equation that holds; a false one is found out."""

import re
from dataclasses import replace

import pytest

import matcalc as mc
from matcalc.derivation.rule import Rule
from matcalc.expr import build
from matcalc.expr.nodes import Apply, Inverse, Transpose, postorder
from matcalc.numeric.verify import verify_equal
from matcalc.simplify.normal_form import Simplifier, simplify
from matcalc.simplify.rules import RULES

EQUATIONS = [r for r in RULES if r.is_equation]


def sides(rule):
    """Both sides of a rule's statement, parsed in the scope of its `where`."""
    left, right = rule.statement.split(" = ")
    scope = mc.Workspace(rule.where)
    return scope.parse(left), scope.parse(right)


def holds(rule, seed=0):
    left, right = sides(rule)
    return verify_equal(left, right, (), seed=seed, trials=3)


@pytest.mark.parametrize("rule", EQUATIONS, ids=lambda r: r.name)
def test_the_equation_holds(rule):
    for seed in range(3):
        found = holds(rule, seed)
        assert found.method != "not verified", found.message
        assert found.ok, f"{rule.statement}: {found.message}"
        assert found.error < 1e-10


@pytest.mark.parametrize("rule", EQUATIONS, ids=lambda r: r.name)
def test_the_statement_is_text_of_the_language(rule):
    left, right = sides(rule)
    assert left.shape == right.shape
    scope = mc.Workspace(rule.where)
    for side in (left, right):
        assert scope.parse(str(side)) is side


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.name)
def test_a_rule_has_a_name_a_statement_and_a_source(rule):
    assert rule.name and rule.statement and rule.latex and rule.source
    assert rule.latex.count("{") == rule.latex.count("}")
    assert rule.latex.isascii()
    assert isinstance(rule, Rule) and hash(rule) == hash(replace(rule))
    assert str(rule) == (rule.statement if rule.where else rule.name)


def test_names_and_statements_are_unique():
    for key in (lambda r: r.name, lambda r: r.statement):
        assert len({key(r) for r in RULES}) == len(RULES)


# Wrong statements: each of them is plausible, and each is refused.
WRONG = [
    ("(A*B)' = A'*B'", "A in R[n,n]; B in R[n,n]"),
    ("(A + B)' = A' - B'", "A in R[m,n]; B in R[m,n]"),
    ("inv(A') = -inv(A)'", "A in R[n,n]"),
    ("inv(A*B) = inv(A)*inv(B)", "A in R[n,n]; B in R[n,n]"),
    ("inv(c*A) = c*inv(A)", "c in R+; A in R[n,n]"),
    ("S' = S", "S in R[n,n]"),
    ("S' = S", "S in Skew[n]"),
    ("Q*Q' = eye(n)", "Q in R[n,n]"),
    ("inv(Q) = Q", "Q in Orth[n]"),
    ("A^2*A = A^4", "A in R[n,n]"),
    ("A^2*B = B*A^2", "A in R[n,n]; B in R[n,n]"),
    ("tr(A*B*C) = tr(B*A*C)", "A in R[n,n]; B in R[n,n]; C in R[n,n]"),
    ("tr(A*B) = tr(A)*tr(B)", "A in R[n,n]; B in R[n,n]"),
    ("A : B = tr(A*B)", "A in R[n,n]; B in R[n,n]"),
    ("x*y' : A = y'*A*x", "x in R[n]; y in R[n]; A in R[n,n]"),
    ("ones(m)'*x = sum(x)^2", "x in R[m]"),
    ("sign(c)/abs(c) = 1/abs(c)", "c in R"),
    ("sqrt(c^2) = c", "c in R"),
    ("exp(c)/(1 + exp(c)) = 1 - sigmoid(c)", "c in R"),
    ("diag(x)*y = x*y'*y", "x in R[n]; y in R[n]"),
    ("det(A + B) = det(A) + det(B)", "A in R[n,n]; B in R[n,n]"),
    ("(A + B)^2 = A^2 + 2*A*B + B^2", "A in R[n,n]; B in R[n,n]"),
    ("norm2(x + y) = norm2(x) + norm2(y)", "x in R[n]; y in R[n]"),
    ("2*A + 3*A = 5.00001*A", "A in R[m,n]"),
]


@pytest.mark.parametrize(("statement", "where"), WRONG, ids=lambda v: v)
def test_a_false_rule_is_found_out(statement, where):
    found = holds(Rule("false", statement, "", where))
    assert not found.ok and found.method != "not verified"
    assert found.message


@pytest.mark.parametrize("rule", EQUATIONS, ids=lambda r: r.name)
def test_every_rule_fails_when_it_is_changed(rule):
    """A factor of two, a sign, or a lost transpose on one side must show."""
    left, right = sides(rule)
    wrong = [2 * right, -right]
    if right.shape[0] == right.shape[1] != 1 and "symmetric" not in right.facts:
        wrong.append(right.T)
    for side in wrong:
        assert not verify_equal(left, side, (), trials=1), str(side)


# What the rules are for: the simplifier makes the same of both sides. Some it uses only where the
# result is shorter.
WHERE_SHORTER = {
    "inverse of a product",
    "determinant of a product",
    "cyclic trace",
    "Frobenius product as a trace",
}


@pytest.mark.parametrize(
    "rule", [r for r in EQUATIONS if r.name not in WHERE_SHORTER], ids=lambda r: r.name
)
def test_the_simplifier_knows_the_rule(rule):
    left, right = sides(rule)
    difference = simplify(build.subtract(left, right))
    assert simplify(left) is simplify(right) or str(difference).startswith(("0", "zeros"))


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("(A*B)'*C", "transpose of a product"),
        ("inv(Q)", "orthogonal"),
        ("V'*V", "orthonormal columns"),
        ("inv(A)*A*B", "inverse"),
        ("A^2*A", "powers of one matrix"),
        ("a^2*a", "powers of one scalar"),
        ("x.*x.^2", "entrywise powers"),
        ("2*A + 3*A", "like terms"),
        ("A*B + C*B", "common factor"),
        ("tr(x*y')", "trace of an outer product"),
        ("tr(A*B*inv(A))", "cyclic trace"),
        ("S'*A", "symmetric"),
        ("K'*A", "skew-symmetric"),
        ("exp(a)/(1 + exp(a))", "logistic function"),
        ("log(exp(a))", "logarithm of exp"),
        ("diag(x)*y", "diagonal times vector"),
        ("eye(n) : A", "Frobenius product with the identity"),
        ("ones(n,n) : A", "Frobenius product with ones"),
    ],
)
def test_a_rule_that_fires_is_noted(text, rule):
    scope = mc.Workspace(
        "A, B, C in R[n,n]; Q in Orth[n]; V in Stiefel[n,p]; S in Sym[n]; K in Skew[n];"
        "x, y in R[n]; a in R"
    )
    s = Simplifier()
    e = scope.parse(text)
    result = s(e)
    assert rule in {r.name for r in s.used}, [r.name for r in s.used]
    assert verify_equal(e, result, ())
    again = Simplifier()
    assert again(result) is result


def test_no_rule_is_noted_where_nothing_happens():
    s = Simplifier()
    e = mc.parse("A*X - B", "A in R[m,n]; X in R[n,p]; B in R[m,p]")
    assert s(e) is e and not s.used


def test_statements_do_not_hide_behind_the_constructors():
    """Both sides differ as nodes, so that the numerical test has something to compare.

    Where the constructors of expressions make them one node, the rule is true by construction.
    """
    trivial = [r.name for r in EQUATIONS if sides(r)[0] is sides(r)[1]]
    assert len(trivial) <= len(EQUATIONS) // 4, trivial
    for r in EQUATIONS:
        names = set(re.findall(r"[A-Za-z]+", r.statement))
        assert names, r.statement


def test_rules_use_their_declared_sets():
    for r in EQUATIONS:
        declared = [part.split(" in ")[0].strip() for part in r.where.split(";")]
        used = {e.name for side in sides(r) for e in postorder(side) if hasattr(e, "name")}
        assert used <= set(declared), r.name


def test_kinds_of_nodes_that_rules_remove():
    scope = mc.Workspace("A, B in R[n,n]; Q in Orth[n]; S in Sym[n]")
    for text in ("inv(Q)*A", "(A'*B')'", "S'*S", "inv(A)*A"):
        result = simplify(scope.parse(text))
        kinds = {type(e) for e in postorder(result)}
        assert Inverse not in kinds
        if text != "inv(Q)*A":
            assert Transpose not in kinds and Apply not in kinds
