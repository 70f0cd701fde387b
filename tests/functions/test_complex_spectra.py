"""Spectra of complex matrices: eigenvectors with their phase, Hessians of eigenvalues, factors.

A complex unit vector has its entry of largest modulus positive. What does not depend on the phase,
as |a^H v|², has a derivative without it; what does names the condition.
"""

import numpy as np
import pytest

import matcalc as mc
from matcalc.numeric.verify import verify_equal

MAGNUS = "Magnus, Econometric Theory 1 (1985) 179-191"
KATO = "Kato, Perturbation Theory for Linear Operators, ch. II"

# function, variable, declarations, closed form (None: slopes have to do), source, and more
PROBLEMS = [
    ("lambda_max(H)", "H", "H in Herm[n]", "eigvec_max(H)*eigvec_max(H)^H",
     f"{MAGNUS}, th. 2", {}),
    ("lambda_max(H)", "H", "H in Herm[n]",
     "kron(conj(eigvec_max(H))*eigvec_max(H)', pinv(lambda_max(H)*eye(n) - H))"
     " + kron(pinv(lambda_max(H)*eye(n) - H)', eigvec_max(H)*eigvec_max(H)^H)",
     f"{KATO}, (2.33): second order perturbation of an eigenvalue", {"order": 2}),
    ("eigval(H,2)", "H", "H in Herm[n]",
     "kron(conj(eigvec(H,2))*eigvec(H,2)', pinv(eigval(H,2)*eye(n) - H))"
     " + kron(pinv(eigval(H,2)*eye(n) - H)', eigvec(H,2)*eigvec(H,2)^H)",
     f"{KATO}, (2.33)", {"order": 2}),
    ("lambda_min(H)^2", "H", "H in Herm[n]", None, f"{KATO}, (2.33)", {"order": 2}),
    ("sum(exp(eigvals(H)))", "H", "H in Herm[n]", "expm(H)", "Lewis, SIAM J. Optim. 6 (1996)", {}),
    ("sum(exp(eigvals(H)))", "H", "H in Herm[n]", None,
     "Lewis & Sendov, SIAM J. Matrix Anal. Appl. 23 (2001) 368-386: Hessians", {"order": 2}),
    ("sum(log(eigvals(H)))", "H", "H in HPD[n]", "inv(H)", "Lewis, SIAM J. Optim. 6 (1996)", {}),
    ("abs(a^H*eigvec_max(H))^2", "H", "H in Herm[n]; a in C[n]",
     "(eigvec_max(H)^H*a)*eigvec_max(H)*a^H*pinv(lambda_max(H)*eye(n) - H)"
     " + (a^H*eigvec_max(H))*pinv(lambda_max(H)*eye(n) - H)*a*eigvec_max(H)^H",
     "Schmidt, IEEE Trans. Antennas Propag. 34 (1986) 276-280: the MUSIC spectrum, one source", {}),
    ("norm2(x - eigvec_min(H)*eigvec_min(H)^H*x)^2", "H", "H in Herm[n]; x in C[n]", None,
     "Stewart & Sun, Matrix Perturbation Theory, ch. V: distance from an invariant subspace", {}),
    ("re(a^H*eigvec(H,2))", "H", "H in Herm[n]; a in C[n]", None, f"{MAGNUS}, sec. 4: a phase", {}),
    ("eigvec_max(H)", "H", "H in Herm[n]", None, f"{MAGNUS}, sec. 4", {}),
    ("eigvecs(H)", "H", "H in Herm[n]", None, f"{MAGNUS}, sec. 4", {}),
    ("norm2(eigvecs(H)^H*x - y)^2", "H", "H in Herm[n]; x, y in C[n]", None,
     "Gray, Toeplitz and Circulant Matrices: Karhunen-Loève coefficients", {}),
    # Singular values and vectors
    ("sum(log(1 + svals(Z).^2))", "Z", "Z in C[m,n]", "Z*inv(eye(n) + Z^H*Z)",
     "Telatar, Eur. Trans. Telecommun. 10 (1999) 585-595: capacity by singular values", {}),
    ("sum(svals(Z).^4)", "Z", "Z in C[m,n]", "2*Z*Z^H*Z", "Lewis, J. Convex Anal. 2 (1995)", {}),
    ("sum(svals(Z).^4)", "Z", "Z in C[m,n]", None, "the same, of order 2", {"order": 2}),
    ("normspec(Z)", "Z", "Z in C[m,n]", None, f"{KATO}, of [0 Z; Z^H 0]", {"order": 2}),
    ("kyfan(Z,2)", "Z", "Z in C[m,n]", None, f"{KATO}, of [0 Z; Z^H 0]",
     {"order": 2, "wirtinger": "mixed"}),
    ("svd_v(Z)", "Z", "Z in C[m,n]", None, "Wan & Zhang, arXiv:1909.02659: complex SVD", {}),
    ("svd_v(Z)", "Z", "Z in C[m,n]", None, "the same by Z", {"wirtinger": "Z"}),
    ("svd_u(Z)", "Z", "Z in C[m,n]", None, "Wan & Zhang, arXiv:1909.02659", {}),
    ("svd_u(Z)", "Z", "Z in C[m,n]", None, "the same by Z", {"wirtinger": "Z"}),
    ("polar(Z,1)", "Z", "Z in C[m,n]", None, f"{KATO}, (2.14)", {"wirtinger": "Z"}),
    ("polar(Z,2)", "Z", "Z in C[m,n]", None, f"{KATO}, (2.14)", {}),
    # Cholesky's factor of Hermitian matrices
    ("chol(H)", "H", "H in HPD[n]", None, "Murray, arXiv:1602.07527, with L^-H for L^-T", {}),
    ("2*sum(log(re(diag(chol(H)))))", "H", "H in HPD[n]", "inv(H)", "log det by Cholesky", {}),
    ("norm2(inv(chol(H))*x)^2", "H", "H in HPD[n]; x in C[n]", "-inv(H)*x*x^H*inv(H)",
     "whitening: Kay, Statistical Signal Processing, sec. 15.7", {}),
    ("re(tr(A*chol(H)))", "H", "H in HPD[n]; A in C[n,n]", None, "Murray, arXiv:1602.07527", {}),
    ("norm2(chol(H)^H*x)^4", "H", "H in HPD[n]; x in C[n]", "2*(x^H*H*x)*x*x^H", "H = L L^H", {}),
    ("sum(abs(chol(H)).^4)", "H", "H in HPD[n]", None, "Murray, arXiv:1602.07527", {"order": 2}),
    # Fewer rows than columns: by the transpose
    ("polar(X)", "X", "X in R[2,3]", None, "Higham, Functions of Matrices, ch. 8", {}),
    ("polar(X,2)", "X", "X in R[2,4]", None, f"{KATO}, of [0 X; X' 0]", {"order": 2}),
    ("polar(X,1)", "X", "X in R[2,3]", None, f"{KATO}, of [0 X; X' 0]", {"order": 2}),
    ("polar(Z,2)", "Z", "Z in C[2,4]", None, f"{KATO}, of [0 Z; Z^H 0]", {"order": 2}),
    ("normnuc(X)", "X", "X in R[2,4]", None, "Watson (1992)", {"order": 2}),
    ("kyfan(X,2)", "X", "X in R[n,n+1]", None, "Overton & Womersley (1993)", {"order": 2}),
    ("normnuc(A*X)", "X", "A in R[2,3]; X in R[3,5]", None, "Watson (1992)", {"order": 2}),
]  # fmt: skip
NAMES = [f"{p[0]} {p[2]} {p[5] or ''}" for p in PROBLEMS]


@pytest.mark.parametrize("problem", PROBLEMS, ids=NAMES)
def test_problem(problem):
    text, wrt, where, form, _, more = problem
    d = mc.derive(text, wrt, where, **more)
    assert d.verification.ok and d.verification.method != "not verified", d.verification.message
    assert d.verification.error < 1e-7
    assert mc.parse(str(d.result), where) is d.result
    if form is not None:
        v = verify_equal(d.matrix, mc.parse(form, where), ())
        assert v.ok and v.method != "not verified", d.result


def test_the_phase_is_a_condition_where_it_matters():
    where = "H in Herm[n]; a in C[n]"
    phase = "one entry of eigvec_max(H) has the largest modulus"
    assert phase in mc.derive("re(a^H*eigvec_max(H))", "H", where).conditions
    for without in ("abs(a^H*eigvec_max(H))^2", "lambda_max(H)"):
        assert phase not in mc.derive(without, "H", where).conditions
    each = "one entry of each column of svd_v(Z) has the largest modulus"
    assert each in mc.derive("svd_v(Z)", "Z", "Z in C[m,n]").conditions


def test_conditions_on_the_rank_of_wide_matrices():
    assert mc.derive("normnuc(X)", "X", "X in R[2,4]", order=2).conditions == (
        "X has full row rank",
    )
    assert mc.derive("polar(X)", "X", "X in R[4,2]").conditions == ("X has full column rank",)


def test_the_factor_of_a_hermitian_matrix():
    rng = np.random.default_rng(0)
    a = rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3))
    h = a @ a.conj().T + np.eye(3)
    L = mc.parse("chol(H)", "H in HPD[n]").evaluate({"H": h})
    assert np.allclose(L, np.tril(L)) and np.allclose(L @ L.conj().T, h)
    with pytest.raises(mc.MatcalcError, match="Hermitian"):
        mc.parse("chol(Z)", "Z in C[n,n]")
