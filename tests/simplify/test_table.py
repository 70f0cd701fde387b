"""Every identity of the table is a theorem: one generic test, and proof that it has teeth."""

from dataclasses import replace

import pytest

import matcalc as mc
from matcalc.derivation.rule import EITHER, FORWARD, HABIT, Rule
from matcalc.equality import compare, is_equal
from matcalc.expr import build
from matcalc.expr.nodes import (
    Apply,
    ElementPower,
    Power,
    number_value,
    postorder,
    size_names,
    symbols,
)
from matcalc.simplify import rules
from matcalc.simplify.table import FAMILIES, TABLE, declared, entrywise, lengths, shortens, sides

every_rule = pytest.mark.parametrize("rule", TABLE, ids=lambda r: r.name)

# Functions whose values are no fractions of their arguments
RATIONAL_FUNCTIONS = {"tr", "sum", "mean", "diag", "tril", "triu", "det"}


def is_rational(e):
    """Whether exact arithmetic decides: no roots, order, exponentials or symbolic exponents."""
    for x in postorder(e):
        if isinstance(x, Apply) and x.function.name not in RATIONAL_FUNCTIONS:
            return False
        if isinstance(x, Power | ElementPower):
            p = number_value(x.exponent)
            if p is None or p != int(p):
                return False
    return True


# The one test


@every_rule
def test_the_identity_holds(rule):
    """Exactly, modulo primes, where both sides are rational; to 50 digits where they are not."""
    left, right = sides(rule)
    assert left.shape == right.shape
    if left is right:  # the constructors of expressions know it
        return
    for seed in range(2):
        verdict = compare(left, right, seed=seed)
        assert verdict.equal, f"{rule.statement}: {verdict}"
        if is_rational(left) and is_rational(right):
            assert verdict.method.startswith("exact"), verdict.method
        else:
            assert verdict.method.startswith(("exact", "50-digit")), verdict.method


@every_rule
def test_several_sizes_are_tried(rule):
    left, right = sides(rule)
    names = {n for e in (left, right) for x in postorder(e) for n in size_names(x)}
    if left is right or not names:
        return
    tried = compare(left, right).sizes
    assert len({tuple(sorted(s.items())) for s in tried}) >= 2, tried


@every_rule
def test_identities_of_numbers_hold_entry_by_entry(rule):
    lifted = entrywise(rule)
    if lifted is not None:
        left, right = sides(lifted)
        assert left is right or is_equal(left, right), lifted.statement


def mutants(e):
    """Wrong right sides: another factor, sign or summand, a lost transpose or inverse."""
    yield 2 * e
    yield -e
    yield build.add(e, build.number(1))
    if e.shape[0] == e.shape[1] != 1 and "symmetric" not in e.facts:
        yield e.T


@every_rule
def test_a_changed_identity_is_found_out(rule):
    left, right = sides(rule)
    for wrong in mutants(right):
        if right is build.zeros(right.shape) and wrong is right:
            continue
        assert not is_equal(left, wrong), f"{left} = {wrong}"


DROPPED = [
    ("S' = S", "S in R[n,n]"),
    ("S' = -S", "S in R[n,n]"),
    ("Q*Q' = eye(n)", "Q in R[n,n]"),
    ("Q'*Q = eye(p)", "Q in R[n,p]"),
    ("V*V' = eye(n)", "V in Stiefel[n,p]"),
    ("x'*K*x = 0", "x in R[n]; K in R[n,n]"),
    ("tr(S*K) = 0", "S in R[n,n]; K in Skew[n]"),
    ("norm2(Q*x) = norm2(x)", "Q in R[n,n]; x in R[n]"),
    ("logdet(P*M) = logdet(P) + logdet(M)", "P in R[n,n]; M in R[m,m]"),
    ("sqrt(c^2) = c", "c in R"),
    ("sqrt(c)^2 = abs(c) + c", "c in R+"),
    ("log(c*t) = log(c) + t", "c in R+; t in R+"),
    ("(V*V')^2 = V*V'", "V in R[n,p]"),
    ("(A*B)^2 = A^2*B^2", "A in R[n,n]; B in R[n,n]"),
    ("diag(A*diag(x)*B) = (A.*B)*x", "A in R[n,n]; x in R[n]; B in R[n,n]"),
    ("kron(A,B)*kron(C,D) = kron(A*D, B*C)", "A, B, C, D in R[n,n]"),
    ("det(kron(A,B)) = det(A)*det(B)", "A in R[m,m]; B in R[n,n]"),
    ("det(kron(A,B)) = det(A)^m*det(B)^n", "A in R[m,m]; B in R[n,n]"),
    ("logdet(kron(A,B)) = m*logdet(A) + n*logdet(B)", "A in SPD[m]; B in SPD[n]"),
    ("tr(A*B*C) = tr(A*C*B)", "A, B, C in R[n,n]"),
    ("commutation(m,n)*vec(A) = vec(A)", "A in R[m,n]"),
    ("commutation(n,n)*kron(A,B) = kron(B,A)", "A, B in R[n,n]"),
    ("kron(A,B)*vec(C) = vec(A*C*B')", "A, B, C in R[n,n]"),
    ("duplication(n)*vech(A) = vec(A)", "A in R[n,n]"),
    ("inv(A + B*C) = inv(A) - inv(A)*B*inv(eye(k) + B'*inv(A)*B)*C*inv(A)",
     "A in R[n,n]; B in R[n,k]; C in R[k,n]"),
    ("inv(eye(m) + A*B)*A = A*inv(eye(n) + A*B)", "A in R[n,n]; B in R[n,n]; C in R[m,m]"),
    ("(A*B - B*A)^2*C = C*(A*B - B*A)^2", "A, B, C in R[n,n]"),  # true of 2×2
    ("1 - sigmoid(c) = sigmoid(c)", "c in R"),
    ("cosh(c)^2 + sinh(c)^2 = 1", "c in R"),
    ("sum(softmax(x)) = n", "x in R[n]"),
    ("c*step(c) = abs(c)", "c in R"),
    ("exp(c)*exp(t) = exp(c*t)", "c in R; t in R"),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "where"), DROPPED, ids=lambda v: v)
def test_a_false_statement_is_found_out(statement, where):
    """Plausible identities without their side condition, or with one letter changed."""
    rule = Rule("false", statement, "", where)
    try:
        left, right = sides(rule)
        assert not is_equal(left, right)
    except mc.ShapeError:
        pass  # refused at once


# The table as data


@every_rule
def test_an_identity_is_complete(rule):
    assert rule.name and rule.source and rule.is_equation
    assert rule.latex.isascii() and rule.latex.count("{") == rule.latex.count("}")
    assert rule.latex.count("(") == rule.latex.count(")")
    assert rule.statement.count(" = ") == 1
    assert {s.name for side in sides(rule) for s in symbols(side)} <= set(declared(rule.where))


@every_rule
def test_the_statement_is_text_of_the_language(rule):
    scope = mc.Workspace(rule.where)
    left, right = rule.statement.split(" = ")
    assert sides(rule) == (scope.parse(left), scope.parse(right))
    for side in sides(rule):
        assert scope.parse(str(side)) is side


@every_rule
def test_directed_rules_end(rule):
    """A directed rule shortens whatever its variables stand for; all others are marked."""
    assert rule.direction in (FORWARD, HABIT, EITHER)
    assert (rule.direction in (FORWARD, HABIT)) == shortens(rule), (
        f"{rule.statement}: {lengths(rule)}"
    )


def test_names_and_statements_are_unique():
    for key in (lambda r: r.name, lambda r: r.statement):
        assert len({key(r) for r in TABLE}) == len(TABLE)


def test_the_table_holds_the_simplifiers_rules():
    assert FAMILIES["simplifier"] == rules.RULES
    assert set(rules.RULES) <= set(TABLE)
    assert len(TABLE) >= 200


def test_few_statements_are_true_by_construction():
    trivial = [r.name for r in TABLE if sides(r)[0] is sides(r)[1]]
    assert len(trivial) <= 10, trivial


def test_directions_are_told_apart():
    """The two marks are not interchangeable: a false mark fails the test above."""
    growing = next(r for r in TABLE if r.name == "Woodbury")
    assert not shortens(replace(growing, direction=FORWARD))
    copying = Rule("copies", "A^2 = A*A", "", "A in R[n,n]")
    assert not shortens(copying)
