"""What must hold for an answer, stated by hand from the mathematics, before asking the engine.

A condition that is missing makes an answer wrong where it fails; one that is not needed, or follows
from the declarations, is noise.
"""

import pytest

import matcalc as mc

NONE = ()

# (function, variable, declarations, order, conditions)
STATED = [
    # Nothing: polynomials, smooth functions, squares of norms
    ("norm2(A*X - B)^2", "X", "A in R[m,n]; X in R[n,p]; B in R[m,p]", 2, NONE),
    ("sum(exp(A*x))", "x", "A in R[m,n]; x in R[n]", 2, NONE),
    ("logsumexp(A*x)", "x", "A in R[m,n]; x in R[n]", 2, NONE),
    ("tr(expm(A*X))", "X", "A, X in R[n,n]", 1, NONE),
    ("sum(relu(A*x).^2)", "x", "A in R[m,n]; x in R[n]", 1, NONE),
    ("norm2(x)^4", "x", "x in R[n]", 2, NONE),
    ("sum(x.^3)", "x", "x in R[n]", 2, NONE),
    # Inverses and determinants
    ("tr(inv(X))", "X", "X in R[n,n]", 2, ("X nonsingular",)),
    ("tr(inv(S))", "S", "S in SPD[n]", 2, NONE),
    ("b'*(A\\b)", "A", "A in R[n,n]; b in R[n]", 1, ("A nonsingular",)),
    ("logdet(X)", "X", "X in R[n,n]", 1, ("det(X) > 0",)),
    ("logdet(S)", "S", "S in SPD[n]", 1, NONE),
    ("log(det(X)^2)", "X", "X in R[n,n]", 1, ("X nonsingular",)),
    ("tr(inv(eye(n) + X'*X))", "X", "X in R[m,n]", 1, NONE),
    ("logdet(eye(n) + X'*X)", "X", "X in R[m,n]", 2, NONE),
    ("tr(inv(A + t*B))", "t", "A, B in R[n,n]; t in R", 1, ("A + t*B nonsingular",)),
    ("tr(pinv(X)*A)", "X", "X, A in R[m,n]", 1, ("the rank of X does not change nearby",)),
    ("tr(pinv(S)*A)", "S", "S in SPD[n]; A in R[n,n]", 1, NONE),
    # Roots, logarithms, quotients
    ("norm2(x)", "x", "x in R[n]", 1, ("x ≠ 0",)),
    ("norm2(A*x - b)", "x", "A in R[m,n]; x in R[n]; b in R[m]", 2, ("A*x - b ≠ 0",)),
    ("sum(log(x))", "x", "x in R[n]", 1, ("every entry of x > 0",)),
    ("sum(log(x))", "x", "x in R+[n]", 1, NONE),
    ("log(x'*S*x)", "x", "x in R[n]; S in SPD[n]", 1, ("x'*S*x > 0",)),
    ("(x'*A*x)/(x'*x)", "x", "x in R[n]; A in Sym[n]", 1, ("x'*x ≠ 0",)),
    ("(x'*A*x)/(x'*x)", "A", "x in R[n]; A in Sym[n]", 1, ("x'*x ≠ 0",)),
    ("sum(1./x)", "x", "x in R[n]", 1, ("no entry of x is 0",)),
    ("c^p", "c", "c, p in R", 1, ("c > 0",)),
    ("sqrt(1 + x'*x)", "x", "x in R[n]", 2, NONE),
    ("sum(sqrt(x.^2 + 1))", "x", "x in R[n]", 2, NONE),
    ("sum(atan(x./y))", "x", "x, y in R[n]", 1, ("no entry of y is 0",)),
    # Kinks and ties
    ("norm1(A*x)", "x", "A in R[m,n]; x in R[n]", 1, ("no entry of A*x is 0",)),
    ("sum(relu(A*x))", "x", "A in R[m,n]; x in R[n]", 1, ("no entry of A*x is 0",)),
    ("max(x)", "x", "x in R[n]", 1, ("the largest entry of x is the only one of its size",)),
    ("sum(max(x,y))", "x", "x, y in R[n]", 1, ("x and y have no equal entries",)),
    # Spectra
    ("lambda_max(S)", "S", "S in Sym[n]", 1, ("the largest eigenvalue of S is simple",)),
    ("sum(eigvals(S).^2)", "S", "S in Sym[n]", 1, NONE),
    ("normspec(X)", "X", "X in R[m,n]", 1,
     ("the largest singular value of X is simple and not 0",)),
    ("normnuc(X)", "X", "X in R[m,n]", 1, ("the rank of X does not change nearby",)),
    ("tr(sqrtm(S))", "S", "S in SPD[n]", 2, NONE),
    ("tr(logm(A))", "A", "A in R[n,n]", 1, ("every real eigenvalue of A > 0",)),
    ("tr(chol(S))", "S", "S in Sym[n]", 1, ("S positive definite",)),
    ("tr(lyap(A,Q))", "A", "A, Q in R[n,n]", 1, ("no two eigenvalues of A add up to 0",)),
    # Sizes
    ("x[3]^2", "x", "x in R[n]", 1, ("n >= 3",)),
    ("eigval(S,2)", "S", "S in Sym[n]", 1, ("the eigenvalue 2 of S is simple", "n >= 2")),
    # Complex variables
    ("abs(z)", "z", "z in C", 1, ("z ≠ 0",)),
    ("logdet(P)", "P", "P in HPD[n]", 2, NONE),
    ("lambda_max(H)", "H", "H in Herm[n]", 1, ("the largest eigenvalue of H is simple",)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("function", "wrt", "where", "order", "conditions"),
    STATED,
    ids=[f"{p[0]} by {p[1]}, {p[3]}" for p in STATED],
)
def test_the_conditions_are_those_of_the_mathematics(function, wrt, where, order, conditions):
    d = mc.derive(function, wrt, where, order=order)
    assert d.verification.ok, d.verification.message
    assert d.conditions == conditions
