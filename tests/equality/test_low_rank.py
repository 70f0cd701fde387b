"""Pseudoinverses jump where the rank falls: there, too, two sides have to agree."""

import numpy as np
import pytest

import matcalc as mc

WHERE = "A, B in R[n,n]; X in R[m,n]; U in R[m,k]; V in R[k,n]; x in R[n]; O in Orth[n]"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("X*pinv(X)*X", "X"),
        ("pinv(pinv(X))", "X"),
        ("pinv(X'*X)*X'", "pinv(X)"),
        ("pinv(X)", "X'*pinv(X*X')"),
        ("pinv(O*A)", "pinv(A)*O'"),
        ("pinv(kron(A,B))", "kron(pinv(A),pinv(B))"),
        ("pinv(A)", "inv(A)"),  # where both are defined
        ("X*inv(X'*X)", "pinv(X)'"),
    ],
)
def test_what_holds_at_every_rank(left, right):
    verdict = mc.equivalent(left, right, WHERE)
    assert verdict and verdict.method.startswith("exact"), verdict


@pytest.mark.parametrize(
    ("left", "right", "assumption"),
    [
        ("pinv(A)*A", "eye(n)", "A nonsingular"),
        ("A*pinv(A)", "eye(n)", "A nonsingular"),
        ("pinv(A*B)", "pinv(B)*pinv(A)", "A and B nonsingular"),
        ("pinv(U*V)", "pinv(V)*pinv(U)", "U has orthonormal columns"),
    ],
)
def test_what_only_holds_at_full_rank(left, right, assumption):
    verdict = mc.equivalent(left, right, WHERE)
    assert not verdict and verdict.assumption == assumption, verdict
    at = {n: np.array(v, dtype=float) for n, v in verdict.counterexample.items()}
    pinv = np.linalg.pinv
    if "U" in at:
        assert not np.allclose(pinv(at["U"] @ at["V"]), pinv(at["V"]) @ pinv(at["U"]))
    elif "B" in at:
        assert not np.allclose(pinv(at["A"] @ at["B"]), pinv(at["B"]) @ pinv(at["A"]))
    else:
        assert np.linalg.matrix_rank(at["A"]) < len(at["A"])
