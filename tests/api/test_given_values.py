"""Values given by users: they must be members of the declared sets, and their names known."""

import numpy as np
import pytest

import matcalc as mc
from matcalc.errors import DomainError, MatcalcError, UnknownNameError

TURN = [[0.6, -0.8], [0.8, 0.6]]


@pytest.mark.parametrize(
    "of, bad, word, good",
    [
        ("Sym[n]", [[1, 2], [3, 4]], "symmetric", [[1, 2], [2, -4]]),
        ("Skew[n]", [[1, 2], [-2, 0]], "skew-symmetric", [[0, 2], [-2, 0]]),
        ("Diag[n]", [[1, 1], [0, 1]], "diagonal", [[1, 0], [0, 0]]),
        ("Tril[n]", [[1, 1], [0, 1]], "lower triangular", [[1, 0], [1, 1]]),
        ("Triu[n]", [[1, 0], [1, 1]], "upper triangular", [[1, 1], [0, 1]]),
        ("Toep[n]", [[1, 0], [1, 2]], "a Toeplitz matrix", [[1, 0], [5, 1]]),
        ("SymToep[n]", [[1, 1], [0, 1]], "a symmetric Toeplitz matrix", [[1, 5], [5, 1]]),
        ("PSD[n]", [[1, 2], [2, 1]], "positive semidefinite", [[1, 1], [1, 1]]),
        ("PSD[n]", [[0, 0], [0, -1]], "positive semidefinite", [[0, 0], [0, 0]]),
        ("SPD[n]", [[1, 2], [2, 1]], "positive definite", [[2, 1], [1, 2]]),
        ("SPD[n]", [[1, 2], [0, 1]], "symmetric", [[1, 0], [0, 1]]),
        ("SPD[1]", -1.0, "positive definite", 1.0),
        ("Orth[n]", [[1, 0], [0, 2]], "of orthonormal columns", TURN),
        ("Stiefel[m,n]", [[1], [1]], "of orthonormal columns", [[0.6], [0.8]]),
        ("Simplex[n]", [1, 2], "on the simplex", [0.25, 0.75]),
        ("Sphere[n]", [1, 2], "of norm 1", [0.6, 0.8]),
        ("R+[n]", [1, -1], "positive", [1, 2]),
        ("R+", -1.0, "positive", 1.0),
    ],
)
def test_membership(of, bad, word, good):
    e = mc.parse("X", where=f"X in {of}")
    with pytest.raises(DomainError) as info:
        e.evaluate({"X": bad})
    shown = e.set if of != "SPD[1]" else of
    assert info.value.message == f"X is declared in {shown}; its value is not {word}"
    assert np.array_equal(e.evaluate({"X": good}), good)


def test_rounding_is_no_offence():
    a = np.random.default_rng(0).standard_normal((5, 5))
    gram = a @ a.T
    gram[0, 1] *= 1 + 1e-12
    d = mc.derive("logdet(S)", wrt="S", where="S in SPD[n]")
    assert np.allclose(d.tensor({"S": gram}), np.linalg.inv(gram))
    single = np.linalg.qr(a.astype(np.float32))[0]
    assert mc.parse("Q", where="Q in Orth[n]").evaluate({"Q": single}).shape == (5, 5)
    with pytest.raises(DomainError):
        mc.parse("Q", where="Q in Orth[n]").evaluate({"Q": single.astype(float)})


def test_unknown_names():
    """What is declared, a size, or part of the function may be given; anything else is a slip."""
    d = mc.derive("b'*x + 0*c", wrt="x", where="b, x in R[n]; A in R[n,n]")
    given = {"b": [1.0, 2.0], "x": [0.0, 0.0], "n": 2, "c": 1.0, "A": np.eye(2)}
    assert np.array_equal(d.tensor(given), [1.0, 2.0])
    with pytest.raises(UnknownNameError, match="a value is given for B, which does not occur"):
        d.tensor({**given, "B": 1.0})
    logdet = mc.derive("logdet(Sigma)", wrt="Sigma", where="Sigma in SPD[n]")
    with pytest.raises(UnknownNameError) as info:
        logdet.tensor({"Sigma": np.eye(2), "sigma": 1.0})
    assert info.value.hint == "did you mean Sigma?"


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda d: d.verify(seed="a"), "the seed is an integer, not a str"),
        (lambda d: d.verify(seed=None), "the seed is an integer, not None"),
        (lambda d: d.verify(trials=0), "the number of trials is at least 1, not 0"),
        (lambda d: d.verify(directions=1.5), "the number of directions is an integer, not a float"),
        (lambda d: mc.derive("x'*x", wrt="x", seed="a"), "the seed is an integer, not a str"),
        (lambda d: mc.equivalent("x", "x", seed="a"), "the seed is an integer, not a str"),
        (lambda d: mc.check("x'*x", "x", "2*x", seed="a"), "the seed is an integer, not a str"),
        (lambda d: mc.check_steps("f = x'*x", "x", seed=[]), "the seed is an integer, not a list"),
    ],
)
def test_seeds_and_counts(call, message):
    with pytest.raises(MatcalcError) as info:
        call(mc.derive("x'*x", wrt="x"))
    assert info.value.message == message
    assert mc.derive("x'*x", wrt="x", seed=np.int64(-3)).verification.ok


def test_an_inverse_that_is_all_rounding_is_refused():
    """det(K) of a skew K of odd size is 0, which det(K)*inv(K) times rounding errors would hide."""
    a = np.random.default_rng(0).standard_normal((5, 5))
    gradient = mc.derive("det(K)", wrt="K", where="K in Skew[n]")
    with pytest.raises(DomainError, match="K is singular here"):
        gradient.tensor({"K": a - a.T})
    assert np.isfinite(gradient.tensor({"K": (a - a.T)[:4, :4]})).all()
    rank_one = mc.parse("X^-2", where="X in R[n,n]")
    with pytest.raises(DomainError, match="X is singular here"):
        rank_one.evaluate({"X": np.outer(a[0], a[1])})


def test_rows_and_columns_in_other_units_are_no_reason_to_refuse():
    plain, units = np.array([[2.0, 1.0], [1.0, 2.0]]), np.array([1e-20, 1e3])
    inverse = mc.parse("inv(X)", where="X in R[n,n]").evaluate({"X": plain * units})
    assert np.allclose(inverse, np.linalg.inv(plain) / units[:, None], atol=0)


def test_what_the_result_does_not_hold_may_tell_a_size_of_it():
    loss = "sum(i in 1..m, (X[i] - u)'*inv(S)*(X[i] - u))"
    d = mc.derive(loss, wrt="u", where="X in R[m,n]; u in R[n]; S in SPD[n]", order=2)
    assert str(d.result) == "2*m*inv(S)"
    given = {"X": np.ones((5, 2)), "u": np.zeros(2), "S": np.eye(2)}
    assert d.tensor(given).tolist() == d.tensor({"S": np.eye(2), "m": 5}).tolist()
    assert d.tensor(given).tolist() == [[10, 0], [0, 10]]


def test_names_of_values_and_results_are_read_after_nfkc():
    d = mc.derive("norm2(ﬁ + y)^2", ["ﬁ", "y"], "ﬁ, y in R[n]")
    assert d.results["ﬁ"] is d.results["fi"] and list(d.results) == ["fi", "y"]
    assert d["ﬁ"].tensor({"ﬁ": [1, 2], "y": [3, 4]}).tolist() == [8, 12]
    with pytest.raises(KeyError):
        d.results["z"]
