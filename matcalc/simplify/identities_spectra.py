"""Identities of pseudoinverses, eigenvalues and eigenvectors."""

from __future__ import annotations

from matcalc.derivation.rule import EITHER, HABIT, Rule

_PENROSE = "Penrose, Proc. Cambridge Phil. Soc. 51 (1955) 406-413"
_HIGHAM = "Higham, Functions of Matrices, sec. 1.2"
_MN = "Magnus & Neudecker, Matrix Differential Calculus"

PENROSE_FIRST = Rule(
    "first equation of Penrose",
    "A*pinv(A)*A = A",
    r"A A^{+} A = A",
    "A in R[m,n]",
    _PENROSE,
)
PENROSE_SECOND = Rule(
    "second equation of Penrose",
    "pinv(A)*A*pinv(A) = pinv(A)",
    r"A^{+} A A^{+} = A^{+}",
    "A in R[m,n]",
    _PENROSE,
)
PENROSE_THIRD = Rule(
    "third equation of Penrose",
    "pinv(A)*pinv(A)'*A' = pinv(A)",
    r"A^{+} (A A^{+})^\top = A^{+}",
    "A in R[m,n]",
    _PENROSE,
)
PENROSE_FOURTH = Rule(
    "fourth equation of Penrose",
    "A'*pinv(A)'*pinv(A) = pinv(A)",
    r"(A^{+} A)^\top A^{+} = A^{+}",
    "A in R[m,n]",
    _PENROSE,
)
PROJECTION_OF_ROWS = Rule(
    "projection on the rows",
    "pinv(A)*A*A' = A'",
    r"A^{+} A A^\top = A^\top",
    "A in R[m,n]",
    f"{_MN}, ch. 2, sec. 6",
)
PROJECTION_OF_COLUMNS = Rule(
    "projection on the columns",
    "A'*A*pinv(A) = A'",
    r"A^\top A A^{+} = A^\top",
    "A in R[m,n]",
    f"{_MN}, ch. 2, sec. 6",
)
PROJECTION_TURNED = Rule(
    "the projection on the columns is symmetric",
    "pinv(A)'*A' = A*pinv(A)",
    r"(A^{+})^\top A^\top = A A^{+}",
    "A in R[m,n]",
    _PENROSE,
)
ROW_PROJECTION_TURNED = Rule(
    "the projection on the rows is symmetric",
    "A'*pinv(A)' = pinv(A)*A",
    r"A^\top (A^{+})^\top = A^{+} A",
    "A in R[m,n]",
    _PENROSE,
)
PINV_NONSINGULAR = Rule(
    "pseudoinverse of a nonsingular matrix",
    "pinv(P) = inv(P)",
    r"P^{+} = P^{-1}",
    "P in SPD[n]",
    f"{_MN}, ch. 2, sec. 6",
    EITHER,
)
POLAR_DEFINITE = Rule(
    "polar factor of a positive definite matrix",
    "polar(P) = eye(n)",
    r"\operatorname{polar}(P) = I",
    "P in SPD[n]",
    "Higham, Functions of Matrices, sec. 8.1",
)
PINV_TWICE = Rule(
    "pseudoinverse of a pseudoinverse",
    "pinv(pinv(A)) = A",
    r"(A^{+})^{+} = A",
    "A in R[m,n]",
    f"{_MN}, ch. 2, sec. 6",
)
REAL_POWERS = Rule(
    "powers of one matrix with real exponents",
    "expm(p*logm(A))*expm(q*logm(A)) = expm((p + q)*logm(A))",
    r"A^p A^q = A^{p + q}",
    "A in SPD[n]; p in R; q in R",
    "Higham, Functions of Matrices, sec. 7.1 and 11.2",
)
PINV_TRANSPOSE = Rule(
    "pseudoinverse of a transpose",
    "pinv(A') = pinv(A)'",
    r"(A^\top)^{+} = (A^{+})^\top",
    "A in R[m,n]",
    f"{_MN}, ch. 2, sec. 6",
    EITHER,
)
PINV_FULL_RANK = Rule(
    "pseudoinverse of full column rank",
    "A*inv(A'*A) = pinv(A)'",
    r"A (A^\top A)^{-1} = (A^{+})^\top",
    "A in R[m,n]",
    f"{_MN}, ch. 2, sec. 6",
    HABIT,
)
SUM_OF_EIGENVALUES = Rule(
    "sum of the eigenvalues",
    "sum(eigvals(S)) = tr(S)",
    r"\sum_i \lambda_i = \operatorname{tr}(S)",
    "S in Sym[n]",
    f"{_MN}, ch. 1, sec. 14",
)
LOGARITHMS_OF_EIGENVALUES = Rule(
    "sum of the logarithms of the eigenvalues",
    "sum(log(eigvals(P))) = logdet(P)",
    r"\sum_i \log \lambda_i = \log\det(P)",
    "P in SPD[n]",
    f"{_MN}, ch. 1, sec. 14",
)
EXP_LOGDET = Rule(
    "exponential of a log-determinant",
    "exp(logdet(P)) = det(P)",
    r"e^{\log\det(P)} = \det(P)",
    "P in SPD[n]",
    "definition",
)
SPECTRAL = Rule(
    "spectral decomposition",
    "eigvecs(S)*diag(eigvals(S))*eigvecs(S)' = S",
    r"V \operatorname{Diag}(\lambda) V^\top = S",
    "S in Sym[n]",
    f"{_MN}, ch. 1, sec. 13",
)
SPECTRAL_INVERSE = Rule(
    "inverse by the spectral decomposition",
    "eigvecs(S)*diag(1./eigvals(S))*eigvecs(S)' = inv(S)",
    r"V \operatorname{Diag}(\lambda)^{-1} V^\top = S^{-1}",
    "S in Sym[n]",
    f"{_MN}, ch. 1, sec. 13",
)
SPECTRAL_SQUARE = Rule(
    "square by the spectral decomposition",
    "eigvecs(S)*diag(eigvals(S).^2)*eigvecs(S)' = S^2",
    r"V \operatorname{Diag}(\lambda)^2 V^\top = S^2",
    "S in Sym[n]",
    f"{_MN}, ch. 1, sec. 13",
)
SPECTRAL_EXP = Rule(
    "exponential by the spectral decomposition",
    "eigvecs(S)*diag(exp(eigvals(S)))*eigvecs(S)' = expm(S)",
    r"V \operatorname{Diag}(e^\lambda) V^\top = e^S",
    "S in Sym[n]",
    _HIGHAM,
)
SPECTRAL_LOG = Rule(
    "logarithm by the spectral decomposition",
    "eigvecs(P)*diag(log(eigvals(P)))*eigvecs(P)' = logm(P)",
    r"V \operatorname{Diag}(\log \lambda) V^\top = \log P",
    "P in SPD[n]",
    _HIGHAM,
)
SPECTRAL_ROOT = Rule(
    "root by the spectral decomposition",
    "eigvecs(P)*diag(sqrt(eigvals(P)))*eigvecs(P)' = sqrtm(P)",
    r"V \operatorname{Diag}(\sqrt\lambda) V^\top = P^{1/2}",
    "P in SPD[n]",
    _HIGHAM,
)
