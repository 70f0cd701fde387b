"""Eigenvalues of A v = λ B v with A symmetric and B positive definite, and their vectors."""

import numpy as np
import pytest
from scipy.linalg import eigh

import matcalc as mc

WHERE = "A in Sym[n]; B in SPD[n]"


@pytest.mark.parametrize(
    "text, wrt, where, result",
    [
        # de Leeuw (2007), (5)
        ("lambda_max(A,B)", "A", WHERE, "eigvec_max(A,B)*eigvec_max(A,B)'"),
        ("lambda_min(A,B)", "B", WHERE, "-lambda_min(A,B)*eigvec_min(A,B)*eigvec_min(A,B)'"),
        ("eigval(A,B,2)", "A", WHERE, "eigvec(A,B,2)*eigvec(A,B,2)'"),
        # Natural frequencies: Fox & Kapoor, AIAA J. 6 (1968) 2426-2429, (5), K v = ω² M v
        (
            "sqrt(lambda_min(A + t*C,B))",
            "t",
            "A in SPD[n]; B in SPD[n]; C in Sym[n]; t in R",
            "eigvec_min(A + t*C,B)'*C*eigvec_min(A + t*C,B)/(2*sqrt(lambda_min(A + t*C,B)))",
        ),
        # A buckling load on a subspace, as in Rayleigh & Ritz
        (
            "lambda_max(X'*A*X,X'*B*X)",
            "X",
            f"{WHERE}; X in R[n,p]",
            "2*(A - lambda_max(X'*A*X,X'*B*X)*B)*X"
            "*eigvec_max(X'*A*X,X'*B*X)*eigvec_max(X'*A*X,X'*B*X)'",
        ),
    ],
)
def test_gradients(text, wrt, where, result):
    d = mc.derive(text, wrt, where)
    assert str(d.result) == result
    assert d.verification.ok


@pytest.mark.parametrize("wrt", ["A", "B", ("A", "B")])
@pytest.mark.parametrize("text", ["lambda_min(A,B)", "eigval(A,B,2)^2", "eigvec(A,B,1)'*c"])
def test_second_derivatives_are_verified(text, wrt):
    """de Leeuw (2007), (5) and (6), once more differentiated."""
    assert mc.derive(text, wrt, f"{WHERE}; c in R[n]", order=2).verification.ok


def test_values_are_those_of_lapack():
    rng = np.random.default_rng(5)
    a, b = rng.normal(size=(2, 4, 4))
    values = {"A": a + a.T, "B": b @ b.T + np.eye(4)}
    lam, v = eigh(values["A"], values["B"])
    for k in (1, 2, 4):
        assert mc.parse(f"eigval(A,B,{k})", WHERE).evaluate(values) == pytest.approx(lam[k - 1])
        found = mc.parse(f"eigvec(A,B,{k})", WHERE).evaluate(values).ravel()
        assert found == pytest.approx(v[:, k - 1] * np.sign(found @ v[:, k - 1]))
        assert found @ values["B"] @ found == pytest.approx(1)
        assert max(found, key=abs) > 0


def test_they_are_compared_to_fifty_digits():
    """λ v = inv(B) A v; v is no unit vector."""
    assert mc.equivalent("lambda_max(A,B)*eigvec_max(A,B)", "inv(B)*A*eigvec_max(A,B)", WHERE)
    assert not mc.equivalent("eigvec_max(A,B)'*eigvec_max(A,B)", "1", WHERE)
    assert mc.equivalent("eigvec(A,B,1)'*B*eigvec(A,B,1)", "1", WHERE)
    assert mc.equivalent("lambda_min(A,B)", "eigval(A,B,1)", WHERE)


def test_both_matrices_have_to_be_symmetric():
    with pytest.raises(mc.DomainError, match="lambda_max takes a symmetric matrix"):
        mc.derive("lambda_max(A,B)", "B", "A in Sym[n]; B in R[n,n]")


def test_the_second_has_to_be_positive_definite():
    d = mc.derive("lambda_max(A,B)", "A", "A in Sym[n]; B in Sym[n]")
    assert d.conditions == ("the largest eigenvalue of A by B is simple", "B positive definite")
    with pytest.raises(mc.DomainError):
        d.tensor({"A": np.eye(2), "B": -np.eye(2)})
