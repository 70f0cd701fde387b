"""What looks equal and is not: a small counterexample, and the assumption that would make it so."""

from fractions import Fraction

import numpy as np
import pytest

import matcalc as mc
from matcalc.equality import equivalent
from matcalc.equality.joint import read_together
from matcalc.errors import DeclarationError, MatcalcError, NotSupportedError, ParseError, ShapeError

SQUARE = "A, B, C in R[n,n]; x, y in R[n]; c in R"
ALWAYS_WRONG = [
    ("tr(A*B)", "tr(A)*tr(B)", SQUARE),
    ("inv(A + B)", "inv(A) + inv(B)", SQUARE),
    ("exp(A + B)", "exp(A) + exp(B)", SQUARE),
    ("sin(2*a)", "2*sin(a)", ""),
    ("log(1 + x)", "x", "x in R"),
    ("phi(x)", "phi(y)", "phi : R[n] -> R; x, y in R[n]"),
    ("phi(2*x)", "2*phi(x)", "phi : R[n] -> R; x in R[n]"),
    ("grad(phi)(A*x)", "A'*grad(phi)(A*x)", "phi : R[n] -> R; A in R[n,n]; x in R[n]"),
    ("n", "2", "x in R[n]"),
    ("(n - 1)*(n - 2)*(n - 3)*(n - 4)*x", "0*x", "x in R[n]"),
    ("0.3333333333*x", "x/3", "x in R[n]"),
    ("softmax(2*x)", "softmax(x)", "x in R[n]"),
    ("sigmoid(-x)", "-sigmoid(x)", "x in R[n]"),
    ("det(A)^n", "det(A)^2", SQUARE),
    ("min(a, 20)", "a", ""),
]
UNDER = [
    ("(A + B)^2", "A^2 + 2*A*B + B^2", SQUARE, "A and B commute"),
    ("A*B", "B*A", "", "A and B commute"),
    ("(A + B)*(A - B)", "A^2 - B^2", SQUARE, "A and B commute"),
    ("x'*A*y", "y'*A*x", "", "A symmetric"),
    ("A*x", "A'*x", "", "A symmetric"),
    ("(A + A')*x", "2*A*x", "", "A symmetric"),
    ("A*B + B*A", "A*B + (A*B)'", SQUARE, "A and B symmetric"),
    ("inv(A)", "A'", SQUARE, "A orthogonal"),
    ("norm2(A*x)^2", "x'*x", SQUARE, "A orthogonal"),
    ("x'*A*x", "0", SQUARE, "A skew-symmetric"),
    ("A'*A", "I", "A in R[m,n]", "A has orthonormal columns"),
    ("A*inv(A'*A)*A'", "I", "A in R[m,n]", "A square"),
    ("V*V'", "I", "V in Stiefel[m,n]", "V square"),
    ("sqrt(c^2)", "c", "c in R", "c > 0"),
    ("abs(x)", "x", "x in R[n]", "all entries of x > 0"),
    ("(I - 2*x*x')^2", "I", "x in R[n]", "‖x‖ = 1"),
    ("norm2(c*x)", "c*norm2(x)", "x in R[n]; c in R", "c > 0"),
    ("max(x, -1000)", "x", "x in R[n]", "all entries of x > 0"),
    ("x*sum(x)", "x", "x in R[n]", "sum(x) = 1"),
    ("diag(diag(A))", "A", SQUARE, "A diagonal"),
    ("A .* inv(A)", "I", SQUARE, "A diagonal"),
    (
        "(A*B - B*A)^2*C",
        "C*(A*B - B*A)^2",
        "A, B, C in R[n,n]",
        "A and B commute",
    ),
]


def evaluated(verdict, a, b, where):
    """Both sides at the counterexample, by the evaluator that users have."""
    left, right = read_together(a, b, mc.Workspace(where).scope)
    values = {
        n: np.array(v, dtype=float) if isinstance(v, list) else float(v)
        for n, v in verdict.counterexample.items()
    }
    values |= verdict.sizes[0]
    return [np.asarray(e.evaluate(values)) for e in (left, right)]


@pytest.mark.parametrize(("a", "b", "where"), ALWAYS_WRONG)
def test_wrong_identities_have_a_counterexample(a, b, where):
    verdict = equivalent(a, b, where)
    assert not verdict and not verdict.equal
    assert verdict.assumption is None, verdict.assumption
    assert verdict.values[0] != verdict.values[1]
    assert str(verdict).startswith("different")
    if "phi" not in a and verdict.counterexample:
        left, right = evaluated(verdict, a, b, where)
        assert not np.allclose(left, right, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("a", "b", "where", "assumption"), UNDER)
def test_the_assumption_that_makes_it_true_is_named(a, b, where, assumption):
    verdict = equivalent(a, b, where)
    assert not verdict
    assert verdict.assumption == assumption
    assert f"equal if {assumption.split(' ')[0]}" in str(verdict)
    left, right = evaluated(verdict, a, b, where)
    assert not np.allclose(left, right)


def test_a_polynomial_identity_of_small_matrices_only():
    """(AB - BA)^2 commutes with everything for 2×2 matrices (Hall), for no larger ones."""
    texts = "(A*B - B*A)^2*C", "C*(A*B - B*A)^2"
    assert equivalent(*texts, "A, B, C in R[2,2]")
    verdict = equivalent(*texts, "A, B, C in R[n,n]")
    assert not verdict
    assert np.shape(verdict.counterexample["A"]) == (3, 3)
    assert all(x in (0, 1) for row in verdict.counterexample["A"] for x in row)


@pytest.mark.parametrize("n", [2, 3])
def test_cayley_and_hamilton_hold_at_their_size_only(n):
    texts = {
        2: "A^2 - tr(A)*A + det(A)*I",
        3: "A^3 - tr(A)*A^2 + (tr(A)^2 - tr(A^2))/2*A - det(A)*I",
    }
    assert equivalent(texts[n], "0*A", f"A in R[{n},{n}]")
    assert not equivalent(texts[n], "0*A", "A in R[n,n]")


def test_standard_identity_of_amitsur_and_levitzki():
    """The smallest identity of 2×2 matrices has degree four; it fails for 3×3 matrices."""
    from itertools import permutations

    def parity(p):
        return (-1) ** sum(p[i] > p[j] for i in range(4) for j in range(i + 1, 4))

    terms = [
        f"{'+' if parity(p) > 0 else '-'} {'*'.join('ABCD'[i] for i in p)}"
        for p in permutations(range(4))
    ]
    text = " ".join(terms).lstrip("+ ")
    assert equivalent(text, "0*A", "A, B, C, D in R[2,2]")
    assert not equivalent(text, "0*A", "A, B, C, D in R[n,n]")


def test_counterexamples_respect_declarations():
    verdict = equivalent("S*P", "P*S", "S in Sym[n]; P in SPD[n]")
    s, p = (np.array(verdict.counterexample[k], float) for k in "SP")
    assert (s == s.T).all() and (np.linalg.eigvalsh(p) > 0).all()
    verdict = equivalent("Q*O", "O*Q", "Q, O in Orth[n]")
    q = np.array(verdict.counterexample["Q"], dtype=object)
    assert (q.T @ q == np.eye(len(q), dtype=int)).all()
    verdict = equivalent("x'*x", "1", "x in Simplex[n]")
    assert sum(verdict.counterexample["x"]) == 1
    assert all(isinstance(v, int | Fraction) and v > 0 for v in verdict.counterexample["x"])
    verdict = equivalent("c^2", "c", "c in R+")
    assert verdict.counterexample["c"] > 0


def test_determinants_of_orthogonal_matrices_have_both_signs():
    verdict = equivalent("det(Q)", "1", "Q in Orth[n]")
    assert verdict.counterexample == {"Q": [[-1]]} and verdict.values == (-1, 1)
    assert not equivalent("det(Q)", "det(O)", "Q, O in Orth[3]")


def test_small_counterexamples():
    verdict = equivalent("inv(A + B)", "inv(A) + inv(B)", SQUARE)
    assert verdict.counterexample == {"A": [[1]], "B": [[1]]}
    assert verdict.values == ([[Fraction(1, 2)]], [[2]])
    verdict = equivalent("A*B", "B*A")
    assert np.shape(verdict.counterexample["A"]) == (2, 2)
    assert sum(x for k in "AB" for row in verdict.counterexample[k] for x in row) <= 3


def test_different_shapes_are_an_answer():
    verdict = equivalent("A*x", "x'*A'")
    assert not verdict
    assert "m×1 and 1×m" in str(verdict) and "transpose" in str(verdict)
    assert not equivalent("x'*y", "x .* y")
    assert not equivalent("A", "B", "A in R[m,n]; B in R[p,q]")
    assert not equivalent("A", "x'*x", "A in R[2,2]; x in R[n]")


def test_undeclared_names_and_identities_take_their_size_from_both_sides():
    assert equivalent("A*B*inv(A*B)", "I")
    assert equivalent("I", "inv(A)*A")
    assert equivalent("I*x", "x")
    assert equivalent("H = A*x; H'*H", "x'*A'*A*x")
    assert equivalent("H = A*x; H'*H", "H = A*A; x'*A'*A*x + 0*tr(H)")
    assert not equivalent("A*B", "B*A")  # both square, or the shapes could not agree
    with pytest.raises(DeclarationError):
        equivalent("I", "I")


def test_expressions_beside_texts():
    A, B = mc.matrices("A[m,n] B[n,p]")
    assert equivalent((A @ B).T, B.T @ A.T)
    assert equivalent((A @ B).T, "B'*A'")
    assert equivalent("B'*A'", (A @ B).T)
    assert not equivalent("2*A*B", A @ B)


@pytest.mark.parametrize(
    "a, b, equal",
    [
        ("sum(i in 1..n, i)", "n*(n + 1)/2", True),
        ("n*(n + 1)/2", "sum(i in 1..n, i)", True),
        ("sum(i in 1..n, i*x[1])", "x[1]*n*(n + 1)/2", True),
        ("sum(i in 1..n, i^2)", "sum(j in 1..n, j)", False),
    ],
)
def test_the_index_of_a_sum_is_a_number_in_its_text(a, b, equal):
    verdict = mc.equivalent(a, b, where="x in R[n]")
    assert verdict.equal is equal, verdict
    assert "shapes" not in str(verdict)


def test_domains_are_stated():
    assert equivalent("inv(A)*A*x", "x", SQUARE).conditions == ("A nonsingular",)
    assert equivalent("inv(A)*A*x", "x", SQUARE).message.startswith("equal where A nonsingular")
    assert equivalent("inv(A)*x", "inv(A)*x + 0*y", SQUARE).conditions == ()
    assert equivalent("det(c*A)", "c^n*det(A)", SQUARE).conditions == ()
    assert "c > 0" in str(equivalent("exp(log(c))", "c"))


def test_what_is_defined_nowhere_is_an_error():
    with pytest.raises(MatcalcError, match="undefined"):
        equivalent("inv(A - A')", "A", "A in R[3,3]")
    with pytest.raises(MatcalcError, match="undefined"):
        equivalent("log(-x'*x)", "1", "x in R[n]")


@pytest.mark.parametrize(
    ("a", "b", "error"),
    [("A +", "A", ParseError), ("A*", "B", ParseError), ("A+x*x'*B*x", "A", ShapeError)],
)
def test_errors_are_of_the_language(a, b, error):
    with pytest.raises(error):
        equivalent(a, b, "A in R[m,n]; B in R[p,q]; x in R[n]")


def test_functions_without_a_counterpart_are_named(monkeypatch):
    from matcalc.numeric import precise

    monkeypatch.delitem(precise.ENTRYWISE, ("erf", 1))
    with pytest.raises(NotSupportedError, match="erf"):
        equivalent("erf(x)", "x", "x in R[n]")


def test_every_elementwise_function_has_a_counterpart():
    from matcalc.functions import registry
    from matcalc.numeric.precise import ENTRYWISE

    missing = {
        (f.name, count)
        for table in registry().values()
        for count, f in table.items()
        if f.elementwise
    } - set(ENTRYWISE)
    assert not missing


def test_one_variable_moves_and_the_others_are_constant():
    from matcalc.equality import compare

    d, e = (mc.parse(t, "A in R[m,n]; x in R[n]") for t in ("d(A*x)", "A*d(x)"))
    assert compare(d, e, wrt=["x"])
    assert not compare(d, e)


def test_answers_do_not_depend_on_the_run():
    texts = "(A + B)^2", "A^2 + 2*A*B + B^2"
    assert equivalent(*texts) == equivalent(*texts)


def test_tiny_differences_are_differences():
    verdict = equivalent("log(det(S))", "logdet(S) + 1e-30", "S in SPD[n]")
    assert not verdict and verdict.counterexample is not None
    assert not equivalent("1e-20*x", "0*x", "x in R[n]")


def test_several_threads():
    from concurrent.futures import ThreadPoolExecutor

    texts = [("gamma(a + 1)", "a*gamma(a)"), ("tanh(a)", "2*sigmoid(2*a) - 1"), ("A*B", "B*A")] * 4
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda t: equivalent(*t).equal, texts))
    assert found == [True, True, False] * 4


def test_values_that_differ_are_written_so_that_they_differ():
    message = mc.check("erf(c)", wrt="c", answer="1.12838*exp(-c^2)").message
    assert "it is 1.12838, not 1.12837917" in message
    message = mc.equivalent("sqrt(2)*c + 1e-7", "sqrt(2)*c", where="c in R").message
    left, right = message.split("left side is ")[1].split(", the right side ")
    assert left != right
