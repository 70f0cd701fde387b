"""The Frobenius identities and the adjoints of linear functions hold; the differentials too."""

import re
from dataclasses import replace

import pytest

import matcalc as mc
from matcalc.calculus import identities
from matcalc.calculus.identities import RULES, adjoint_of, of_function, of_square
from matcalc.calculus.templates import adjoint_text, instantiate, matrix_text
from matcalc.derivation.rule import Rule
from matcalc.expr import build
from matcalc.expr.nodes import Symbol, Zeros, symbols
from matcalc.expr.sizes import size_name
from matcalc.functions import registry
from matcalc.functions.record import Function
from matcalc.functions.stacked import entries, vec
from matcalc.numeric.verify import verify_equal

EQUATIONS = [r for r in RULES if r.is_equation]
SENTENCES = [r for r in RULES if not r.is_equation]
RECORDS = list({f for by_arity in registry().values() for f in by_arity.values()})
RECORDS.sort(key=lambda f: f.head)
LINEAR = [(f, k, p) for f in RECORDS for k in range(len(f.signatures)) for p in f.adjoints]
STATED = [
    (f, k)
    for f in RECORDS
    if f.differential is not None or f.symmetric is not None
    for k in range(len(f.examples) or 1)
]
SQUARED = [f for f in RECORDS if f.squared is not None]


def sides(rule):
    left, *_, right = rule.statement.split(" = ")
    scope = mc.Workspace(rule.where)
    return scope.parse(left), scope.parse(right)


def check(rule, seed=0):
    left, right = sides(rule)
    return verify_equal(left, right, (), seed=seed)


def of(dims):
    return f"R[{','.join(dims)}]" if dims else "R"


def arguments(f, k=0, example=0):
    """Arguments for the parameters of a record's signature: as its examples declare them, else
    variables of these shapes, and sizes where it takes sizes."""
    s = f.signatures[k]
    scope = mc.Workspace("; ".join(f.examples[example : example + 1]))
    found = []
    for p, dims, size in zip(f.parameters, s.domains, s.sizes, strict=True):
        if size is not None:
            found.append(build.size_number(size_name(size)))
        elif scope.scope.declared(p):
            found.append(scope.parse(p))
        else:
            found.append(mc.parse(p, f"{p} in {of(dims)}"))
    return tuple(found)


# Equations


@pytest.mark.parametrize("rule", EQUATIONS, ids=lambda r: r.statement)
def test_the_equation_holds(rule):
    for seed in range(3):
        found = check(rule, seed)
        assert found.method != "not verified", found.message
        assert found.ok and found.error < 1e-12, found.message


@pytest.mark.parametrize("rule", EQUATIONS, ids=lambda r: r.statement)
def test_a_changed_equation_fails(rule):
    left, right = sides(rule)
    wrong = [2 * right, -right, right + build.ones(right.shape)]
    if not right.is_scalar:
        wrong.append(right.T)
    for side in wrong:
        assert not verify_equal(left, side, (), trials=1), str(side)


@pytest.mark.parametrize(
    ("statement", "where"),
    [
        ("A : B*C = B*A : C", "A in R[n,n]; B in R[n,n]; C in R[n,n]"),
        ("A : B*C = A*C : B", "A in R[n,n]; B in R[n,n]; C in R[n,n]"),
        ("A : B' = A : B", "A in R[n,n]; B in R[n,n]"),
        ("A : B.*C = A.*B : C'", "A in R[n,n]; B in R[n,n]; C in R[n,n]"),
        ("A : c*B = (A : B)/c", "A in R[m,n]; B in R[m,n]; c in R"),
        ("G : tr(A) = G*ones(n,n) : A", "G in R; A in R[n,n]"),
        ("G : tril(A) = triu(G) : A", "G in R[n,n]; A in R[n,n]"),
        ("G : mean(A) = G/m*ones(m,n) : A", "G in R; A in R[m,n]"),
        ("x'*y = y : x + x : y", "x in R[n]; y in R[n]"),
    ],
)
def test_a_false_identity_is_found_out(statement, where):
    try:
        found = check(Rule("false", statement, "", where))
    except mc.MatcalcError:  # a scalar on the left of a colon, an array on its right
        return
    assert not found.ok and found.method != "not verified"


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.name)
def test_a_rule_is_described(rule):
    assert rule.name and rule.statement and rule.latex
    assert rule.latex.isascii() and rule.latex.count("{") == rule.latex.count("}")
    assert rule.source or rule is identities.SUBSTITUTE
    assert rule == replace(rule) and hash(rule) == hash(replace(rule))


def test_names_are_unique():
    assert len({r.name for r in RULES}) == len(RULES)
    assert len({r.statement for r in RULES}) == len(RULES)
    assert set(EQUATIONS) | set(SENTENCES) == set(RULES)


# Rules of differentials. Their letters stand for anything; here they are variables.
DIFFERENTIALS = {
    identities.PRODUCT: "A in R[m,n]; B in R[n,p]",
    identities.SUM: "A, B in R[m,n]",
    identities.TRANSPOSE: "A in R[m,n]",
    identities.HADAMARD: "A, B in R[m,n]",
    identities.KRONECKER: "A in R[m,n]; B in R[p,q]",
    identities.INVERSE: "A in R[n,n]",
    identities.POWER: "c in R+; p in R",
    identities.MATRIX_POWER: "A in R[n,n]",
}


@pytest.mark.parametrize("rule", DIFFERENTIALS, ids=lambda r: r.name)
def test_the_rules_of_differentials_hold(rule):
    left, right = rule.statement.split(" = ")
    scope = mc.Workspace(DIFFERENTIALS[rule])
    left, right = scope.parse(left), scope.parse(right)
    moving = [s for s in symbols(left) if s.name != "p"]
    found = verify_equal(left, right, moving)
    assert found.ok and found.error < 1e-8, found.message
    assert not verify_equal(left, 2 * right, moving)
    assert not verify_equal(left, right + build.ones(right.shape), moving)


def test_all_rules_of_differentials_are_judged():
    """What is not judged above is a definition, or an equation about any function."""
    rest = set(SENTENCES) - set(DIFFERENTIALS)
    assert {r.name for r in rest} == {
        "differential of an elementwise function",
        "differential of a linear function",
        "constant factors",
        "differential of a constant",
        "definition of the gradient",
        "definition of the Jacobian",
        "definition of the Hessian",
        "definition of the higher derivative",
        "substitute",
        "identification",
        "identification of the Jacobian",
        "identification of the Hessian",
        "identification of the Hermitian gradient",
        "symmetry of second derivatives, written so that it shows",
        "structured directions",
        "derivatives on a manifold",
    }


# Records: adjoints and differentials


@pytest.mark.parametrize(("f", "k", "p"), LINEAR, ids=lambda v: getattr(v, "head", v))
def test_the_adjoint_of_a_linear_function(f, k, p):
    """G : L(A) = L*(G) : A, as the rule states it and as the engine instantiates it."""
    found = arguments(f, k)
    a = found[f.parameters.index(p)]
    rule = adjoint_of(f, found, p)
    assert rule.is_equation and rule.name.startswith(f"adjoint of {f.name}") and rule.source
    if not f.examples:  # else only some of what the shapes allow has a value
        verified = check(rule)
        assert verified.ok and verified.error < 1e-12, verified.message

    value = build.apply(f, *found)
    g = build.symbol("G", mc.parse("G", f"G in {of(f.signatures[k].codomain)}").set)
    pulled = instantiate(adjoint_text(f, found, p), f, found, g)
    assert pulled.shape == a.shape
    assert verify_equal(build.frobenius(g, value), build.frobenius(pulled, a), ())
    assert not verify_equal(build.frobenius(g, value), build.frobenius(2 * pulled, a), ())


@pytest.mark.parametrize(("f", "k", "p"), LINEAR, ids=lambda v: getattr(v, "head", v))
def test_a_linear_function_is_linear(f, k, p):
    found = arguments(f, k)
    a = found[f.parameters.index(p)]

    def at(value):
        return build.apply(f, *(value if x is a else x for x in found))

    b = build.symbol("B_1", a.set)
    c = mc.scalars("c")
    assert verify_equal(at(c * a + b), c * at(a) + at(b), ())
    assert verify_equal(build.differential(at(a)), at(mc.d(a)), (a,))


@pytest.mark.parametrize(
    ("f", "k", "p"), [x for x in LINEAR if x[0].matrix], ids=lambda v: getattr(v, "head", v)
)
def test_the_matrix_of_a_linear_function(f, k, p):
    """vec(L(A)) = M*vec(A)."""
    found = arguments(f, k)
    a = found[f.parameters.index(p)]
    value = build.apply(f, *found)
    matrix = instantiate(matrix_text(f, found, p), f, found)
    assert matrix.shape == (entries(value), entries(a))
    product = build.multiply(matrix, vec(a))
    assert verify_equal(vec(value), product, ())
    assert not verify_equal(vec(value), 2 * product, ())


@pytest.mark.parametrize(("f", "k"), STATED, ids=lambda v: getattr(v, "head", v))
def test_the_differential_of_a_function(f, k):
    """Slopes of the function's values against the text of its record.

    A parameter whose differential the text leaves out stands still: a number that counts.
    """
    found = arguments(f, example=k)
    value = build.apply(f, *found)
    text = f.differential_of(found)
    moving = [
        a
        for p, a in zip(f.parameters, found, strict=True)
        if isinstance(a, Symbol) and re.search(rf"\bd{p}\b", text)
    ]
    assert moving, "a differential that mentions none"
    stated = instantiate(text, f, found, still=[a for a in found if a not in moving])
    for seed in range(2):
        verified = verify_equal(build.differential(value), stated, moving, seed=seed)
        assert verified.ok, (stated, verified.message)
    if not isinstance(stated, Zeros):  # hardmax is constant between its jumps
        assert not verify_equal(build.differential(value), 2 * stated, moving)
        assert not verify_equal(build.differential(value), -stated, moving)
    rule = of_function(f)
    assert rule.statement == f"d({f.head}) = {f.differential or f.symmetric}"
    assert rule.source == f.source and of_function(f) is rule


@pytest.mark.parametrize("f", SQUARED, ids=lambda f: f.head)
def test_the_differential_of_a_square(f):
    found = arguments(f)
    square = build.element_power(build.apply(f, *found), 2)
    stated = instantiate(f.squared, f, found)
    assert verify_equal(build.differential(square), stated)
    assert not verify_equal(build.differential(square), 2 * stated)
    assert "squared" in of_square(f).name


def test_all_functions_say_how_they_are_differentiated():
    for f in RECORDS:
        assert isinstance(f, Function) and f.doc and f.source
        differential = f.differential or f.symmetric
        linear = f.adjoint if f.linear else None
        parts = f.wirtinger if f.of_real is not None else None  # re and im
        ways = [differential, linear, f.derivative, f.expand, parts]
        constant = all(f.sizes)  # pi, commutation(m,n)
        known = 0 if constant else 1
        assert sum(w is not None for w in ways) == known, f.head
        assert set(f.adjoints) <= set(f.parameters)


# The rules at work


@pytest.mark.parametrize(
    ("expression", "rules"),
    [
        ("tr(A*X)", {"adjoint of tr", "Frobenius product with a factor on the left"}),
        ("tr(C*X')", {"Frobenius product with a transpose"}),
        ("sum(A*X)", {"adjoint of sum", "Frobenius product with a factor on the left"}),
        ("sum(C.*X)", {"sum of a Hadamard product"}),
        ("norm2(X)^2", {"differential of the squared norm"}),
        ("sum(exp(X))", {"differential of an elementwise function"}),
        ("det(X'*X)", {"differential of a product", "differential of a transpose"}),
        ("tr(inv(X'*X))", {"differential of an inverse"}),
        ("mean(X)", {"adjoint of mean"}),
        ("(tr(A*X))^3", {"differential of a power"}),
        ("tr((A*X)^3)", {"differential of a matrix power"}),
        ("sum(C.*X.*X)", {"differential of a Hadamard product"}),
    ],
)
def test_the_identities_of_a_derivation(expression, rules):
    """What a line rests on is named on it."""
    d = mc.derive(expression, "X", "A in R[n,m]; C, X in R[m,n]")
    used = {r.name for s in d.steps for r in s.identities}
    assert rules <= used, used
    assert "identification" in used


@pytest.mark.parametrize(
    ("text", "statement"),
    [
        ("tr(A*X)", "A : B*C = B'*A : C"),
        ("tr(X*A)", "A : B*C = A*C' : B"),
        ("tr(A*X*B)", "A : B*C*D = B'*A*D' : C"),
        ("norm2(X*X)^2", "A : B*C = A*C' : B = B'*A : C"),
    ],
)
def test_the_side_that_a_factor_stands_on_is_named(text, statement):
    d = mc.derive(text, "X")
    used = [r.statement for s in d.steps for r in s.identities]
    assert [s for s in used if s.startswith("A : B*C")] == [statement]


def test_adjoints_are_written_out():
    assert mc.derive("tr(A*X)", "X").steps[-2].identities[0].latex == (
        r"G \operatorname{tr}\left(A\right) = G I_{n} : A"
    )
