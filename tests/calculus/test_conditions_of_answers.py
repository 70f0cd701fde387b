"""The conditions under which an answer holds: as few and as plain as they can be."""

import numpy as np
import pytest

import matcalc as mc
from matcalc.errors import NotDifferentiableError


@pytest.mark.parametrize(
    "text, wrt, where, conditions",
    [
        # Products and inverses of positive definite matrices have positive determinants.
        ("logdet(T*inv(S))", "T", "S, T in SPD[n]", ()),
        ("logdet(T*S*T')", "S", "S, T in SPD[n]", ()),
        ("logdet(2*A*A*S)", "S", "S in SPD[n]; A in Orth[n]", ("det(A*A*S) > 0",)),
        ("logdet(A^2*S)", "S", "S in SPD[n]; A in Orth[n]", ()),
        ("logdet(-S)", "S", "S in SPD[n]", ("det(-S) > 0",)),
        # 1×1 matrices are numbers.
        ("det(X)", "X", "X in R[1,1]", ()),
        ("logdet(X)", "X", "X in R[1,1]", ("X > 0",)),
        ("logdet(X)", "X", "X in SPD[1]", ()),
        ("tr(inv(X))", "X", "X in R[1,1]", ("X ≠ 0",)),
        # A number in front does not matter, its sign does.
        ("sum(log(-x))", "x", "x in R[n]", ("every entry of x < 0",)),
        ("log(3*a)", "a", "", ("a > 0",)),
        ("tr(inv(-2*A))", "A", "", ("A nonsingular",)),
        ("norm2(-2*x)", "x", "", ("x ≠ 0",)),
        # A constant power of a negative number is a sign.
        ("(-1)^k*x'*x", "x", "k in R; x in R[n]", ("k is a whole number",)),
        # Sizes are whole numbers and at least 1; only what may be a denominator must not be 0.
        ("a^n", "a", "a in R; x in R[n]", ()),
        ("sum(x.^n)", "x", "x in R[n]", ()),
        ("a^(n - 2)", "a", "a in R; x in R[n]", ("a ≠ 0",)),
        ("sum(x)*a^(2 - n)", "a", "a in R; x in R[n]", ("a ≠ 0",)),
        ("sum(x)*a^(c - n)", "a", "a, c in R; x in R[n]", ("a > 0",)),
        # A product is nonsingular if its square factors are, and so is a positive multiple.
        # The determinant is smooth: only its gradient's inverse needs a condition.
        ("det(A*B)", "A", "A, B in R[n,n]", ("A nonsingular",)),
        ("det(Z)", "Z", "Z in C[n,n]", ()),
        ("log(det(A*X*B))", "X", "A, X, B in R[n,n]", ("det(A*X*B) > 0",)),
        ("logdet(kron(A,B))", "A", "A in R[n,n]; B in R[p,p]", ("det(kron(A,B)) > 0",)),
        # Exponentials and Cholesky factors have positive determinants; inverses have their signs.
        ("logdet(expm(X))", "X", "X in R[n,n]", ()),
        ("logdet(chol(S))", "S", "S in SPD[n]", ()),
        ("logdet(inv(A))", "A", "A in R[n,n]", ("det(A) > 0",)),
        ("log(1/det(A))", "A", "A in R[n,n]", ("det(A) > 0",)),
        # Of what cannot be negative there is less to say.
        ("logdet(X'*X)", "X", "X in R[m,n]", ("X has full column rank", "m >= n")),
        ("logdet(A*S*A')", "S", "A in R[m,n]; S in SPD[n]", ("A has full row rank", "n >= m")),
        ("logdet(X*X')", "X", "X in R[n,n]", ("X nonsingular",)),
        ("logdet(X^2)", "X", "X in R[n,n]", ("X nonsingular",)),
        ("tr(sqrtm(X*X'))", "X", "X in R[n,n]", ("X nonsingular",)),
        ("sqrt(x'*x)", "x", "x in R[n]", ("x'*x > 0",)),
        ("1/norm2(x)", "x", "x in Sphere[n]", ()),
        # Functions that are symmetric in eigenvalues do not need them simple; others do.
        ("sum(exp(eigvals(S)))", "S", "S in Sym[n]", ()),
        ("logsumexp(eigvals(S))", "S", "S in Sym[n]", ()),
        ("eigvals(S)'*eigvals(S)", "S", "S in Sym[n]", ()),
        ("sum(softmax(eigvals(S)).^2)", "S", "S in Sym[n]", ()),
        ("c'*eigvals(S)", "S", "S in Sym[n]; c in R[n]", ("the eigenvalues of S are simple",)),
        ("sum(abs(eigvals(S)))", "S", "S in Sym[n]", ("no entry of eigvals(S) is 0",)),
        ("sum(svals(X).^2)", "X", "X in R[3,2]", ()),
        ("sum(atan(svals(X)))", "X", "X in R[3,2]", ("the singular values of X are not 0",)),
        # Powers of norms and moduli beyond the first have the slope 0 where these are 0.
        ("norm2(x)^3", "x", "x in R[n]", ()),
        # The condition of a record covers what its differential needs, simplified as well.
        (
            "acos(x'*y/(norm2(x)*norm2(y)))",
            "x",
            "x, y in R[n]",
            ("x ≠ 0", "y ≠ 0", "x'*y/(norm2(x)*norm2(y)) lies in (-1, 1)"),
        ),
        (
            "sum(acos(x/norm2(x)))",
            "x",
            "x in R[n]",
            ("x ≠ 0", "every entry of x/norm2(x) lies in (-1, 1)"),
        ),
        ("sum(abs(x).^1.5)", "x", "x in R[n]", ()),
        ("sum(abs(x).^0.5)", "x", "x in R[n]", ("no entry of x is 0",)),
        ("norm1(x)^2", "x", "x in R[n]", ("no entry of x is 0",)),
        ("logdet(A'*B)", "A", "A, B in R[n,n]", ("det(A'*B) > 0",)),
        ("logdet(n*A)", "A", "A in R[n,n]", ("det(A) > 0",)),
        ("det(-n*A)", "A", "A in R[n,n]", ("A nonsingular",)),
        # A matrix and its transpose have the same eigenvalues.
        (
            "tr(lyap(A,Q)*lyap(A',Q))",
            "Q",
            "A, Q in R[n,n]",
            ("no two eigenvalues of A add up to 0",),
        ),
        # What several ranges need of a size is said once.
        ("x[2:n]'*x[1:n-1]", "x", "x in R[n]", ("n >= 2",)),
        ("sum(i in 1..n-2, (x[i] - 2*x[i+1] + x[i+2])^2)", "x", "x in R[n]", ("n >= 3",)),
        ("x[n-i]", "x", "x in R[n]", ("n > i",)),
        ("X[i,j]", "X", "X in R[m,n]", ("m >= i", "n >= j")),
        (
            "eigval(S,n-2)",
            "S",
            "S in Sym[n]",
            ("the eigenvalue n - 2 of S is simple", "n >= 3"),
        ),
    ],
)
def test_conditions_in_words(text, wrt, where, conditions):
    d = mc.derive(text, wrt, where)
    assert d.conditions == conditions
    assert d.verification.ok


@pytest.mark.parametrize(
    "text, message",
    [
        ("(-1)^a", "(-1)^a needs -1 > 0, which holds nowhere"),
        ("a*sqrt(-1)", "sqrt(-1) needs -1 > 0, which holds nowhere"),
        ("a*log(0)", "log(0) needs 0 > 0, which holds nowhere"),
        ("a*logdet(0*A)", "logdet(zeros(n,n)) needs det(zeros(n,n)) > 0, which holds nowhere"),
        ("a*tr(inv(A - A + 0*A))", None),
    ],
)
def test_what_holds_nowhere_is_refused(text, message):
    if message is None:  # not seen at once: then no point is found to try
        assert not mc.derive(text, "a").verification.ok
        return
    with pytest.raises(NotDifferentiableError) as info:
        mc.derive(text, "a", where="A in R[n,n]")
    assert info.value.message == message


@pytest.mark.parametrize(
    "text",
    ["sum(sqrt(x - 1))", "sum(log(-x - 1))", "log(x'*x - 5)", "sum(asin(3*x))", "sqrt(tr(X) - 20)"],
)
def test_points_are_sought_where_the_function_is_defined(text):
    """The sets' own draws have entries of about 1."""
    assert mc.derive(text, "X" if "X" in text else "x").verification.ok


@pytest.mark.parametrize(
    "text, wrt, result",
    [
        ("det(X)", "X", "1"),
        ("logdet(X)", "X", "1/X"),
        ("X*softmax(X) + logsumexp(X)", "X", "2"),
    ],
)
def test_functions_of_a_number(text, wrt, result):
    assert str(mc.derive(text, wrt, where="X in R[1,1]").result) == result


def test_modulus_and_sign():
    assert str(mc.gradient("sum(abs(z).^3)", "z")) == "3*z.*abs(z)"
    assert str(mc.gradient("sum(relu(z).^2)", "z")) == "2*relu(z)"
    assert str(mc.gradient("sum(relu(z).^3.*step(z))", "z")) == "3*relu(z).^2"


@pytest.mark.parametrize(
    "text, wrt, where, order, conditions",
    [
        # What the record says need not be said again of its derivative.
        ("sum(asin(x))", "x", "x in R[n]", 2, ("every entry of x lies in (-1, 1)",)),
        ("sum(log1p(x))", "x", "x in R[n]", 1, ("every entry of x > -1",)),
        ("max(x,y)", "x", "x, y in R[n]", 2, ("x and y have no equal entries",)),
        ("sum(hardtanh(x))", "x", "x in R[n]", 2, ("no entry of x is -1 or 1",)),
        ("min(x)", "x", "x in R[n]", 2, ("the smallest entry of x is the only one of its size",)),
        ("norminf(x)", "x", "x in R[n]", 2, ("one entry of x has the largest modulus",)),
        (
            "normspec(X)",
            "X",
            "X in R[m,n]",
            2,
            ("the largest singular value of X is simple and not 0",),
        ),
        (
            "lambda_max(X)",
            "X",
            "X in R[n,n]",
            1,
            ("the largest eigenvalue of X is simple", "the largest eigenvalue of X is real"),
        ),
        ("eigvec(S,2)", "S", "S in Sym[5]", 2, ("the eigenvalue 2 of S is simple",)),
        # But a second derivative may need more than the first.
        ("normp(x,3)", "x", "x in R[n]", 1, ("x ≠ 0",)),
        ("normp(x,3)", "x", "x in R[n]", 2, ("no entry of x is 0",)),
        ("normnuc(X)", "X", "X in R[m,n]", 2, ("X has full column rank", "m >= n")),
        ("sum(asin(x)) + log(x'*x)", "x", "", 1, ("every entry of x lies in (-1, 1)", "x'*x > 0")),
        # Ties with numbers.
        ("sum(max(0,x))", "x", "x in R[n]", 1, ("no entry of x is 0",)),
        ("sum(min(x,2))", "x", "x in R[n]", 1, ("no entry of x is 2",)),
        ("max(a,2)", "a", "a in R", 1, ("a ≠ 2",)),
    ],
)
def test_nothing_is_said_twice(text, wrt, where, order, conditions):
    d = mc.derive(text, wrt, where, order=order)
    assert d.conditions == conditions
    assert d.verification.ok


@pytest.mark.parametrize(
    "text, where, notes",
    [
        ("det(X)", "X in R[n,n]", ("where X is singular, take adj(X)' for det(X)*inv(X)'",)),
        (
            "det(A*X)^2",
            "A in R[m,n]; X in R[n,m]",
            ("where A*X is singular, take adj(A*X)' for det(A*X)*inv(A*X)'",),
        ),
        ("det(X)", "X in SPD[n]", ()),
        ("1/det(X)", "X in R[n,n]", ()),
        ("log(det(X))", "X in R[n,n]", ()),
        ("sqrt(det(X))", "X in R[n,n]", ()),
        ("det(X)*tr(inv(X))", "X in R[n,n]", ()),
    ],
)
def test_the_adjugate_is_offered_for_singular_matrices(text, where, notes):
    assert mc.derive(text, "X", where).notes == notes


def test_the_hessian_of_a_determinant_is_offered_for_singular_matrices():
    """By the closed form it is the same elsewhere, and by differences of det where X is singular.

    The function is a polynomial of degree 1 in each entry, so that second differences are exact.
    """
    d = mc.derive("det(X)", "X", "X in R[n,n]", order=2)
    (note,) = d.notes
    head, form = note.split(", take ")
    assert head == "where X is singular"
    offered = mc.parse(form, "X in R[n,n]")
    regular = np.array([[2.0, 1, 0], [1, 3, 1], [-1, 0, 4]])
    assert np.allclose(offered.evaluate({"X": regular}), d.result.evaluate({"X": regular}))
    for singular in (np.diag([1.0, 2, 0]), np.diag([3.0, 0, 0]), np.ones((3, 3))):
        units = [np.reshape(e, (3, 3), order="F") for e in np.eye(9)]
        det = np.linalg.det
        second = [
            [
                sum(s * t * det(singular + s * u + t * v) for s in (1, -1) for t in (1, -1)) / 4
                for v in units
            ]
            for u in units
        ]
        assert np.allclose(offered.evaluate({"X": singular}), second)


@pytest.mark.parametrize("where", ["X in SPD[n]", "X in Sym[n]", "X in Tril[n]", "X in Orth[n]"])
def test_of_structured_matrices_the_hessian_of_a_determinant_is_not_offered_so(where):
    notes = mc.derive("det(X)", "X", where, order=2).notes
    assert not [n for n in notes if "singular" in n]


# At points that meet the conditions, but are special otherwise: equal eigenvalues, singular
# matrices, zeros. There the gradient has to be the derivative still.

SPECIAL = [
    ("sum(exp(eigvals(X)))", "X in Sym[3]", [np.eye(3), np.zeros((3, 3)), np.diag([1.0, 1, -2])]),
    ("logsumexp(eigvals(X))", "X in Sym[3]", [np.eye(3), np.diag([1.0, 1, -2])]),
    ("sum(softmax(eigvals(X)).^2)", "X in Sym[3]", [np.eye(3), np.diag([1.0, 1, -2])]),
    ("sum(abs(eigvals(X)))", "X in Sym[3]", [np.eye(3), np.diag([1.0, 1, -2])]),
    ("sum(svals(X).^2)", "X in R[3,2]", [np.eye(3, 2), np.zeros((3, 2)), np.ones((3, 2))]),
    ("sum(atan(svals(X)))", "X in R[3,2]", [np.eye(3, 2)]),
    ("norm2(X)^3", "X in R[3,2]", [np.zeros((3, 2))]),
    ("sum(abs(X).^2.5)", "X in R[3,2]", [np.zeros((3, 2)), np.eye(3, 2)]),
    ("logdet(X'*X)", "X in R[3,2]", [np.eye(3, 2)]),
    ("logdet(X*X')", "X in R[2,2]", [np.diag([1.0, -2.0])]),
    ("det(X'*B)", "X in R[2,2]; B in R[2,2]", [np.eye(2)]),
]


@pytest.mark.parametrize(("text", "where", "points"), SPECIAL, ids=[p[0] for p in SPECIAL])
def test_gradients_hold_at_special_points_that_meet_the_conditions(text, where, points):
    d, f = mc.derive(text, "X", where), mc.parse(text, where)
    rng = np.random.default_rng(2)
    b = {"B": np.ones((2, 2))} if "B" in text else {}
    for x in points:
        h = rng.standard_normal(x.shape)
        h = (h + h.T) / 2 if "Sym" in where else h
        g = d.tensor({"X": x, **b})
        for t in (1e-6, -1e-6):
            slope = (f.evaluate({"X": x + t * h, **b}) - f.evaluate({"X": x, **b})) / t
            assert slope == pytest.approx(np.sum(g * h), rel=1e-4, abs=1e-4)
