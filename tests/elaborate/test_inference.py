"""Undeclared names: what they are by convention, and how their sizes are found and printed."""

from itertools import pairwise

import pytest

import matcalc as mc
from matcalc.elaborate.infer import Meta, find, unify
from matcalc.elaborate.names import GREEK, kind_of
from matcalc.errors import DeclarationError, MatcalcError, ShapeError

# By convention


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        ("a b c d_1 e f g g2 alpha lambda sigma_1 lambda1 mu α λ σ_k theta", "scalar"),
        ("h i j k l m n o p q r s t u v w x y z x_1 x12 weights loss", "vector"),
        ("A B X Y_1 Sigma Σ Γ_2 Data W12 Lambda", "matrix"),
    ],
)
def test_the_convention(names, kind):
    for name in names.split():
        assert kind_of(name) == kind, name


def test_every_greek_letter_is_a_scalar():
    for name in GREEK:
        assert kind_of(name) == "scalar"
        assert kind_of(f"{name}_3") == "scalar"
        if name.capitalize() != name:
            assert kind_of(name.capitalize()) == "matrix"


# expression -> what is inferred, and the gradient by the first variable asked for
INFERRED = """
x'*x | x | x in R[n] | 2*x
x'*A*x | x | x in R[n]; A in R[n,n] | (A + A')*x
norm2(A*x - y)^2 | x | A in R[m,n]; x in R[n]; y in R[m] | 2*A'*(A*x - y)
tr(A*X*B) | X | A in R[m,n]; X in R[n,p]; B in R[p,m] | A'*B'
c*x'*y | x | c in R; x in R[n]; y in R[n] | c*y
sum(log(1 + exp(-y.*(X*w)))) | w | y in R[m]; X in R[m,n]; w in R[n] | -X'*(y.*sigmoid(-y.*(X*w)))
logdet(X) | X | X in R[n,n] | inv(X)'
det(A*X) | X | A in R[m,n]; X in R[n,m] | -
a*b + b | b | a in R; b in R | -
x'*inv(S)*x | x | x in R[n]; S in R[n,n] | (inv(S) + inv(S)')*x
sigma*x'*y | y | sigma in R; x in R[n]; y in R[n] | sigma*x
sum(A.*B) | A | A in R[m,n]; B in R[m,n] | B
x'*vector(c) | x | x in R[n]; c in R | c*ones(n)
tr(A*(B + I)) | A | A in R[n,n]; B in R[n,n] | -
x'*diag(y)*x | x | x in R[n]; y in R[n] | 2*y.*x
tr(X^3) | X | X in R[n,n] | 3*(X^2)'
sum(softmax(A*x).*y) | x | A in R[m,n]; x in R[n]; y in R[m] | -
norm2(X*Y - Z)^2 | X | X in R[m,n]; Y in R[n,p]; Z in R[m,p] | 2*(X*Y - Z)*Y'
α*x'*x | α | α in R; x in R[n] | x'*x
"""


@pytest.mark.parametrize("example", [e for e in INFERRED.splitlines() if e])
def test_sizes_are_inferred(example):
    text, wrt, inferred, gradient = (part.strip() for part in example.split(" | "))
    d = mc.derive(text, wrt)
    assert d.verification
    if inferred != "-":
        found = _renamed(d.problem.inferred)
        assert found == _renamed(inferred.split("; ")), d.problem.inferred
    if gradient != "-":
        assert str(d.result) == gradient
    back = mc.Workspace(d.where).parse(str(d.result))
    assert back is d.result


def _renamed(declarations):
    """Declarations with sizes named in order of appearance: m and n are as good as n and m."""
    import re

    seen = {}

    def size(match):
        return seen.setdefault(match[0], f"s{len(seen)}")

    return [
        left + " in " + re.sub(r"\b[a-z]\w*\b", size, right)
        for left, right in (d.split(" in ") for d in declarations)
    ]


def test_what_was_inferred_is_told():
    d = mc.derive("norm2(A*x - y)^2", "x")
    assert set(d.problem.inferred) == {"A in R[m,n]", "x in R[n]", "y in R[m]"}
    assert d.where == "A in R[m,n]; x in R[n]; y in R[m]"
    d = mc.derive("norm2(A*x - y)^2", "x", "A in R[5,k]")
    assert set(d.problem.inferred) == {"x in R[k]", "y in R[5]"}
    d = mc.derive("norm2(A*x - y)^2", "x", "A in R[m,n]; x in R[n]; y in R[m]")
    assert d.problem.inferred == ()
    assert "A in R[m,n]" in d.where and "x in R[n]" in d.where


def test_a_lone_size_is_n():
    assert mc.derive("x'*x", "x").where == "x in R[n]"
    assert mc.derive("logdet(X)", "X").where == "X in R[n,n]"


def test_names_of_sizes_avoid_the_variables():
    d = mc.derive("n'*M*n", "n")
    (size,) = {s for v in d.problem.inferred for s in v.split("[")[1].rstrip("]").split(",")}
    assert size not in ("n", "M") and d.verification
    d = mc.derive("tr(A*X)", "X", "A in R[n,k]")
    assert "X in R[k,n]" in d.problem.inferred


# Declared sizes are rigid


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("x + y", "x in R[n]; y in R[m]"),
        ("A*B", "A in R[m,n]; B in R[m,n]"),
        ("A*x + y", "A in R[m,n]; y in R[n]"),
        ("X + X'", "X in R[m,n]"),
        ("x.*y + z", "x in R[3]; z in R[4]"),
        ("A*x", "A in R[m,n]; x in R[n + 1]"),
        ("tr(A*B)", "A in R[m,n]; B in R[n,k]"),
        ("phi(X*Y)", "phi : R[m,n] -> R; X in R[k,l]"),
    ],
)
def test_declared_sizes_are_not_unified(text, where):
    with pytest.raises(MatcalcError) as caught:
        mc.parse(text, where)
    assert caught.value.position is not None


def test_declared_sizes_decide_undeclared_ones():
    w = mc.Workspace("A in R[m,n]; B in R[n,4]")
    assert str(w.parse("A*x").shape) == "(m, 1)"
    e = w.parse("A*X*Y + A*B")
    assert str(e.shape) == "(m, 4)"
    assert str(w.parse("vector(1) + A'*u").shape) == "(n, 1)"
    assert str(w.parse("I + A*A'").shape) == "(m, m)"
    assert str(w.parse("A*matrix(c)*B'*ones(n)").shape) == "(m, 1)"


def test_the_order_of_appearance_does_not_matter():
    for text in ("A*x + B*y", "B*y + A*x"):
        e = mc.parse(text, "B in R[m,k]; x in R[n]")
        assert {str(s): s.shape for s in _symbols(e)}["A"] == mc.parse("A", "A in R[m,n]").shape


def _symbols(e):
    from matcalc.expr.nodes import symbols

    return symbols(e)


def test_conflicts_with_what_is_declared_are_shape_errors():
    with pytest.raises(ShapeError) as caught:
        mc.parse("A*x + y", "x in R[3]; y in R[4]; A in R[2,3]")
    assert caught.value.hint == "A in R[2,3], x in R[3], y in R[4]: did you mean y in R[2]?"


def test_a_scalar_added_to_an_array():
    w = mc.Workspace("x in R[n]; A in R[n,n]; c in R")
    assert w.parse("x + c") is w.parse("x + c*ones(n)")
    assert w.parse("1 - x") is w.parse("ones(n) - x")
    assert w.parse("A + lambda") is w.parse("A + lambda*ones(n,n)")
    d = w.derive("sum(A + c)", "A")
    (note,) = d.notes
    assert "c is added to every entry" in note and "c*I" in note
    (note,) = w.derive("sum((x - c).^2)", "x").notes
    assert note.startswith("c is added to every entry") and "*I" not in note
    for text in ("x + a", "A - b", "A + 2*e", "x + a'", "x + (a - 1)", "x + a*c"):
        with pytest.raises(DeclarationError) as caught:
            w.parse(text)
        assert "is not declared, and is added to an array" in caught.value.message


# Declarations win


def test_a_declaration_wins_over_every_predefined_name():
    w = mc.Workspace("I in R[n,n]; e, tr, lambda, T in R[n]; pi, d in R")
    assert str(w.parse("I*e + tr + lambda").shape) == "(n, 1)"
    assert w.parse("pi*d").shape == (1, 1)
    d = w.derive("e'*I*e", "e")
    assert str(d.result) == "(I + I')*e" and d.verification
    d = w.derive("d*(T'*tr)", "T")
    assert str(d.result) == "d*tr" and d.verification
    w = mc.Workspace("exp : R[n] -> R; x in R[n]")
    assert str(w.derive("exp(2*x)", "x").result) == "2*grad(exp)(2*x)"
    assert mc.parse("norm2*x", "norm2 in R; x in R[n]").shape != (1, 1)


def test_a_later_declaration_replaces_an_earlier_one():
    for first, later, text in (
        ("x in R[n]", "x in R[m]", "zeros(m)"),
        ("D = 2", "D in R[n,n]", "zeros(n,n)"),
        ("D in R[n,n]", "D = 3", "0"),
    ):
        w = mc.Workspace(first)
        w.declare(later)
        assert w.parse(f"0*{first[0]}") is mc.parse(text)


def test_pi_is_the_number_unless_declared():
    assert mc.parse("pi").evaluate({}) == pytest.approx(3.141592653589793)
    assert mc.parse("π") is mc.parse("pi")
    assert mc.parse("pi*x", "pi in R[n,n]; x in R[n]").shape != (1, 1)


def test_the_differential_of_a_declared_variable():
    w = mc.Workspace("X in R[m,n]; A in R[n,m]; D = A*X")
    assert w.parse("tr(A*dX)") is w.parse("tr(A*d(X))")
    assert w.parse("dD") is w.parse("d(A*X)")
    assert str(mc.parse("dX", "dX in R[m,n]")) == "dX"
    assert mc.parse("dY").shape == (1, 1)  # undeclared: a scalar, by its first letter


def test_size_names_are_numbers_in_expressions():
    w = mc.Workspace("x in R[n]; A in R[m,n]")
    assert w.parse("sum(x)/n").evaluate({"x": [1.0, 2.0, 6.0]}) == 3.0
    assert str(w.derive("mean(x)", "x").result) == "ones(n)/n"
    assert str(w.derive("mean(A)", "A").result) in ("ones(m,n)/(m*n)", "ones(m,n)/m/n")
    # A variable of that name wins.
    w = mc.Workspace("x in R[n]; n in R[n]")
    assert str(w.parse("n").shape) == "(n, 1)"
    d = w.derive("mean(x)", "x")
    assert w.parse(str(d.result)) is d.result and "sum(ones(n))" in str(d.result)
    d = mc.derive("tr(eye(k))*a", "a", "a in R")
    assert mc.Workspace("a in R").parse(str(d.result)) is d.result


def test_names_are_compared_after_nfkc():
    assert mc.parse("𝐀 + ℝ", "A in R; R in R") is mc.parse("A + R", "A in R; R in R")
    assert mc.parse("Ω", "Ω in R[n]") is mc.parse("\u2126", "\u03a9 in R[n]")
    assert mc.parse("ϵ*x", "x in R[n]") is mc.parse("ε*x", "x in R[n]")


def test_sizes_of_one_are_scalars():
    e = mc.parse("x'*A*x + c*y", "y in R")
    assert e.shape == (1, 1)
    w = mc.Workspace("x in R[1]; A in R[1,n]; B in R[n,1]")
    assert w.parse("x").is_scalar and w.parse("A*B").is_scalar
    assert w.parse("B") is mc.parse("B", "B in R[n]")


def test_sizes_that_are_one_are_found_at_once():
    """Of a thousand names of one size none is found by way of all the others, again and again."""
    sizes = [Meta() for _ in range(1000)]
    for a, b in pairwise(sizes):
        unify(a, b)
    for _ in range(10):
        assert find(sizes[0]) is sizes[-1]
    assert sizes[0].value is sizes[-1]
