"""Pseudoinverses jump where the rank falls: there, too, two sides have to agree."""

import numpy as np
import pytest

import matcalc as mc

WHERE = (
    "A, B, C, E in R[n,n]; X in R[m,n]; U in R[m,k]; V in R[k,n]; x, y in R[n]; O in Orth[n];"
    "S in Sym[n]; P in SPD[n]; Q, T in PSD[n]; K in Skew[n]; D in Diag[n]; L in Tril[n]; c in R"
)


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
        ("pinv(c*A)", "pinv(A)/c"),
        ("pinv(x)", "x'/(x'*x)"),
        ("pinv(S)", "pinv(S)*S*pinv(S)"),
        ("pinv(P)*P", "eye(n)"),
        ("pinv(eye(n) + Q)*(eye(n) + Q)", "eye(n)"),
        ("pinv(eye(n) + Q*T)*(eye(n) + Q*T)", "eye(n)"),
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
        ("pinv(S)*S", "eye(n)", "S nonsingular"),
        ("pinv(Q)*Q", "eye(n)", "Q nonsingular"),
        ("pinv(D)*D", "eye(n)", "D nonsingular"),
        ("pinv(L)*L", "eye(n)", "L nonsingular"),
        ("pinv(x)*x", "1", "x ≠ 0"),
        ("pinv(c)*c", "1", "c ≠ 0"),
        ("pinv(exp(c)*A)*A", "exp(-c)*eye(n)", "A nonsingular"),
        # where a sum of nonsingular matrices is singular
        ("pinv(A + B + C + E)*(A + B + C + E)", "eye(n)", None),
        ("pinv(A - eye(n))*(A - eye(n))", "eye(n)", "A skew-symmetric"),
        ("pinv(eye(n) + x*y')*(eye(n) + x*y')", "eye(n)", None),
        ("pinv(A + B)*(A + B)", "eye(n)", None),
    ],
)
def test_what_only_holds_at_full_rank(left, right, assumption):
    verdict = mc.equivalent(left, right, WHERE)
    assert not verdict and verdict.assumption == assumption, verdict
    at = {n: np.array(v, dtype=float) for n, v in verdict.counterexample.items()}
    pinv = np.linalg.pinv
    if not left.startswith(("pinv(A)", "A*pinv(A)", "pinv(A*B)", "pinv(U*V)")):
        sides = [np.array(v, dtype=float) for v in verdict.values]
        assert not np.allclose(*sides)
        return
    if "U" in at:
        assert not np.allclose(pinv(at["U"] @ at["V"]), pinv(at["V"]) @ pinv(at["U"]))
    elif "B" in at:
        assert not np.allclose(pinv(at["A"] @ at["B"]), pinv(at["B"]) @ pinv(at["A"]))
    else:
        assert np.linalg.matrix_rank(at["A"]) < len(at["A"])
