"""Identities of matrices: transposes, inverses, traces, determinants, projections.

Statements, side conditions and sources only: see `table` for how they are read and tested.
"""

from __future__ import annotations

from matcalc.derivation.rule import EITHER, HABIT, Rule

_ABADIR = "Abadir & Magnus, Matrix Algebra"
_MN = "Magnus & Neudecker, Matrix Differential Calculus"
_COOKBOOK = "Matrix Cookbook"


# Transposes

TRANSPOSE_HADAMARD = Rule(
    "transpose of an entrywise product",
    "(A.*B)' = A'.*B'",
    r"(A \odot B)^\top = A^\top \odot B^\top",
    "A in R[m,n]; B in R[m,n]",
    "entry by entry",
    EITHER,
)
TRANSPOSE_POWER = Rule(
    "transpose of a power",
    "(A^2)' = (A')^2",
    r"(A^k)^\top = (A^\top)^k",
    "A in R[n,n]",
    f"{_ABADIR}, ch. 2",
    EITHER,
)
TRANSPOSE_GRAM = Rule(
    "a Gram matrix is symmetric",
    "(A'*A)' = A'*A",
    r"(A^\top A)^\top = A^\top A",
    "A in R[m,n]",
    f"{_ABADIR}, ch. 2",
)
SCALAR_TRANSPOSE = Rule(
    "transpose of a scalar",
    "x'*A*y = y'*A'*x",
    r"x^\top A y = y^\top A^\top x",
    "x in R[m]; y in R[n]; A in R[m,n]",
    "a 1×1 matrix is its transpose",
    EITHER,
)
SYMMETRIC_PAIR = Rule(
    "twice the symmetric matrix",
    "S + S' = 2*S",
    r"S + S^\top = 2 S",
    "S in Sym[n]",
    "definition",
)
QUADRATIC_PAIR = Rule(
    "a quadratic form sees the symmetric part",
    "x'*(A + A')*x = 2*x'*A*x",
    r"x^\top (A + A^\top) x = 2 x^\top A x",
    "x in R[n]; A in R[n,n]",
    f"{_ABADIR}, ch. 8",
)
QUADRATIC_SKEW = Rule(
    "a quadratic form of a skew matrix",
    "x'*K*x = 0",
    r"x^\top K x = 0",
    "x in R[n]; K in Skew[n]",
    f"{_ABADIR}, ch. 8",
)

# Inverses and powers

INVERSE_INNER = Rule(
    "inverse of a product, cancelled",
    "A*inv(B*A) = inv(B)",
    r"A (B A)^{-1} = B^{-1}",
    "A in R[n,n]; B in R[n,n]",
    f"{_ABADIR}, ch. 4",
)
INVERSE_SUM = Rule(
    "inverse of a sum of inverses",
    "inv(inv(A) + inv(B)) = A*inv(A + B)*B",
    r"(A^{-1} + B^{-1})^{-1} = A (A + B)^{-1} B",
    "A in R[n,n]; B in R[n,n]",
    f"{_COOKBOOK}, sec. 3.2.5",
    EITHER,
)
INVERSE_DIFFERENCE = Rule(
    "difference of inverses",
    "inv(A) - inv(B) = inv(A)*(B - A)*inv(B)",
    r"A^{-1} - B^{-1} = A^{-1} (B - A) B^{-1}",
    "A in R[n,n]; B in R[n,n]",
    f"{_ABADIR}, ch. 4",
    EITHER,
)
INVERSE_COMPLEMENT = Rule(
    "complement of an inverse",
    "inv(eye(n) + A)*A = eye(n) - inv(eye(n) + A)",
    r"(I_{n} + A)^{-1} A = I_{n} - (I_{n} + A)^{-1}",
    "A in R[n,n]",
    f"{_COOKBOOK}, sec. 3.2.5",
    EITHER,
)
PUSH_THROUGH = Rule(
    "push-through of matrices",
    "inv(eye(m) + A*B)*A = A*inv(eye(n) + B*A)",
    r"(I_{m} + A B)^{-1} A = A (I_{n} + B A)^{-1}",
    "A in R[m,n]; B in R[n,m]",
    f"{_COOKBOOK}, sec. 3.2.5",
    EITHER,
)
PUSH_THROUGH_RIDGE = Rule(
    "push-through of a ridge",
    "inv(A'*A + c*eye(n))*A' = A'*inv(A*A' + c*eye(m))",
    r"(A^\top A + c I_{n})^{-1} A^\top = A^\top (A A^\top + c I_{m})^{-1}",
    "A in R[m,n]; c in R",
    f"{_COOKBOOK}, sec. 3.2.5",
    EITHER,
)
WOODBURY = Rule(
    "Woodbury",
    "inv(A + B*C) = inv(A) - inv(A)*B*inv(eye(k) + C*inv(A)*B)*C*inv(A)",
    r"(A + B C)^{-1} = A^{-1} - A^{-1} B (I_{k} + C A^{-1} B)^{-1} C A^{-1}",
    "A in R[n,n]; B in R[n,k]; C in R[k,n]",
    f"Woodbury 1950; {_COOKBOOK}, sec. 3.2.2",
    EITHER,
)
SHERMAN_MORRISON = Rule(
    "Sherman-Morrison",
    "inv(A + x*y') = inv(A) - inv(A)*x*y'*inv(A)/(1 + y'*inv(A)*x)",
    r"(A + x y^\top)^{-1} = A^{-1} - \frac{A^{-1} x y^\top A^{-1}}{1 + y^\top A^{-1} x}",
    "A in R[n,n]; x in R[n]; y in R[n]",
    f"Sherman & Morrison 1950; {_COOKBOOK}, sec. 3.2.4",
    EITHER,
)
POWER_SIGN = Rule(
    "even power of a negative",
    "(-A)^2 = A^2",
    r"(-A)^{2k} = A^{2k}",
    "A in R[n,n]",
    "definition",
)
POWER_SCALED = Rule(
    "power of a multiple",
    "(c*A)^2 = c^2*A^2",
    r"(cA)^k = c^k A^k",
    "c in R; A in R[n,n]",
    "definition",
    EITHER,
)
POWER_POWER = Rule(
    "power of a power",
    "(A^2)^3 = A^6",
    r"(A^j)^k = A^{jk}",
    "A in R[n,n]",
    "definition",
)
POWER_SHIFT = Rule(
    "shifted power of a product",
    "(A*B)^2*A = A*(B*A)^2",
    r"(AB)^k A = A(BA)^k",
    "A in R[m,n]; B in R[n,m]",
    "associativity",
    EITHER,
)
POWER_OF_SUM = Rule(
    "square of a sum",
    "(A + B)^2 = A^2 + A*B + B*A + B^2",
    r"(A + B)^2 = A^2 + A B + B A + B^2",
    "A in R[n,n]; B in R[n,n]",
    "distributivity",
    EITHER,
)

# Traces and the Frobenius product

TRACE_IDENTITY = Rule(
    "trace of the identity",
    "tr(eye(n)) = n",
    r"\operatorname{tr}(I_{n}) = n",
    "x in R[n]",
    "definition",
)
TRACE_SUM = Rule(
    "sum of traces",
    "tr(A) + tr(B) = tr(A + B)",
    r"\operatorname{tr}(A) + \operatorname{tr}(B) = \operatorname{tr}(A + B)",
    "A in R[n,n]; B in R[n,n]",
    f"{_MN}, ch. 1, sec. 10",
)
TRACE_SCALED = Rule(
    "trace of a multiple",
    "tr(c*A) = c*tr(A)",
    r"\operatorname{tr}(c A) = c \operatorname{tr}(A)",
    "c in R; A in R[n,n]",
    f"{_MN}, ch. 1, sec. 10",
    EITHER,
)
TRACE_CYCLIC_THREE = Rule(
    "cyclic trace of three",
    "tr(A*B*C) = tr(C*A*B)",
    r"\operatorname{tr}(A B C) = \operatorname{tr}(C A B)",
    "A in R[m,n]; B in R[n,p]; C in R[p,m]",
    f"{_MN}, ch. 1, sec. 10",
    EITHER,
)
TRACE_SYMMETRIC_SKEW = Rule(
    "symmetric against skew",
    "tr(S*K) = 0",
    r"\operatorname{tr}(S K) = 0",
    "S in Sym[n]; K in Skew[n]",
    f"{_ABADIR}, ch. 8",
)
TRACE_SIMILAR = Rule(
    "trace of a similar matrix",
    "tr(A*B*inv(A)) = tr(B)",
    r"\operatorname{tr}(A B A^{-1}) = \operatorname{tr}(B)",
    "A in R[n,n]; B in R[n,n]",
    f"{_ABADIR}, ch. 7",
)
FROBENIUS_TRANSPOSES = Rule(
    "Frobenius product of transposes",
    "A' : B' = A : B",
    r"A^\top : B^\top = A : B",
    "A in R[m,n]; B in R[m,n]",
    "entry by entry",
)
FROBENIUS_SWAP = Rule(
    "the Frobenius product is symmetric",
    "A : B = B : A",
    r"A : B = B : A",
    "A in R[m,n]; B in R[m,n]",
    "entry by entry",
    EITHER,
)
FROBENIUS_MOVE = Rule(
    "a factor moved across the Frobenius product",
    "A*B : C = B : A'*C",
    r"A B : C = B : A^\top C",
    "A in R[m,n]; B in R[n,p]; C in R[m,p]",
    f"{_MN}, ch. 1, sec. 10",
    EITHER,
)
FROBENIUS_OUTER = Rule(
    "Frobenius product of outer products",
    "x*y' : u*v' = (x'*u)*(y'*v)",
    r"x y^\top : u v^\top = (x^\top u) (y^\top v)",
    "x in R[m]; y in R[n]; u in R[m]; v in R[n]",
    "A : BC = B'A : C",
    EITHER,
)

# Determinants

DET_IDENTITY = Rule(
    "determinant of the identity",
    "det(eye(n)) = 1",
    r"\det(I_{n}) = 1",
    "x in R[n]",
    f"{_ABADIR}, ch. 4",
)
DET_SCALED = Rule(
    "determinant of a multiple",
    "det(c*A) = c^n*det(A)",
    r"\det(c A) = c^{n} \det(A)",
    "c in R; A in R[n,n]",
    f"{_ABADIR}, ch. 4",
    EITHER,
)
DET_SIMILAR = Rule(
    "determinant of a similar matrix",
    "det(A*B*inv(A)) = det(B)",
    r"\det(A B A^{-1}) = \det(B)",
    "A in R[n,n]; B in R[n,n]",
    f"{_ABADIR}, ch. 7",
)
DET_SYLVESTER = Rule(
    "Sylvester's determinant identity",
    "det(eye(m) + A*B) = det(eye(n) + B*A)",
    r"\det(I_{m} + A B) = \det(I_{n} + B A)",
    "A in R[m,n]; B in R[n,m]",
    f"{_ABADIR}, ch. 5",
    EITHER,
)
DET_LEMMA = Rule(
    "determinant of a rank-one update",
    "det(A + x*y') = det(A)*(1 + y'*inv(A)*x)",
    r"\det(A + x y^\top) = \det(A) (1 + y^\top A^{-1} x)",
    "A in R[n,n]; x in R[n]; y in R[n]",
    f"{_COOKBOOK} (24)",
    EITHER,
)
LOG_DET = Rule(
    "logarithm of a determinant",
    "log(det(P)) = logdet(P)",
    r"\log(\det(P)) = \log\det(P)",
    "P in SPD[n]",
    "definition",
    HABIT,
)
LOGDET_TRANSPOSE = Rule(
    "log-determinant of a transpose",
    "logdet(A') = logdet(A)",
    r"\log\det(A^\top) = \log\det(A)",
    "A in R[n,n]",
    f"{_ABADIR}, ch. 4",
)
LOGDET_PRODUCT = Rule(
    "log-determinant of a product",
    "logdet(P*M) = logdet(P) + logdet(M)",
    r"\log\det(P M) = \log\det(P) + \log\det(M)",
    "P in SPD[n]; M in SPD[n]",
    f"{_ABADIR}, ch. 4",
    EITHER,
)
LOGDET_SCALED = Rule(
    "log-determinant of a multiple",
    "logdet(c*P) = n*log(c) + logdet(P)",
    r"\log\det(c P) = n \log(c) + \log\det(P)",
    "c in R+; P in SPD[n]",
    f"{_ABADIR}, ch. 4",
    EITHER,
)
LOGDET_POWER = Rule(
    "log-determinant of a power",
    "logdet(P^2) = 2*logdet(P)",
    r"\log\det(P^k) = k \log\det P",
    "P in SPD[n]",
    f"{_ABADIR}, ch. 4",
    EITHER,
)
LOGDET_RANK_ONE = Rule(
    "log-determinant of a rank-one update",
    "logdet(eye(n) + x*y') = log(1 + y'*x)",
    r"\log\det(I_{n} + x y^\top) = \log(1 + y^\top x)",
    "x in R[n]; y in R[n]",
    f"{_COOKBOOK} (24)",
    EITHER,
)

# Orthogonality and projections

ORTHOGONAL_ROWS = Rule(
    "orthonormal rows",
    "Q*Q' = eye(n)",
    r"Q Q^\top = I_{n}",
    "Q in Orth[n]",
    "definition",
)
ORTHOGONAL_NORM = Rule(
    "orthogonal maps keep lengths",
    "norm2(Q*x) = norm2(x)",
    r"\lVert Q x \rVert = \lVert x \rVert",
    "Q in Stiefel[n,p]; x in R[p]",
    f"{_ABADIR}, ch. 7",
)
ORTHOGONAL_FROBENIUS = Rule(
    "orthogonal maps keep Frobenius products",
    "Q*A : Q*B = A : B",
    r"Q A : Q B = A : B",
    "Q in Stiefel[n,p]; A in R[p,m]; B in R[p,m]",
    f"{_ABADIR}, ch. 7",
)
ORTHOGONAL_TRACE = Rule(
    "trace in another orthonormal basis",
    "tr(Q*A*Q') = tr(A)",
    r"\operatorname{tr}(Q A Q^\top) = \operatorname{tr}(A)",
    "Q in Orth[n]; A in R[n,n]",
    f"{_ABADIR}, ch. 7",
)
ORTHOGONAL_DET = Rule(
    "determinant of an orthogonal matrix",
    "det(Q)^2 = 1",
    r"\det(Q)^2 = 1",
    "Q in Orth[n]",
    f"{_ABADIR}, ch. 7",
)
TRACE_PROJECTION = Rule(
    "trace of a projection",
    "tr(V*V') = p",
    r"\operatorname{tr}(V V^\top) = p",
    "V in Stiefel[n,p]",
    f"{_ABADIR}, ch. 8",
)
PROJECTION = Rule(
    "a projection is idempotent",
    "(V*V')^2 = V*V'",
    r"(V V^\top)^2 = V V^\top",
    "V in Stiefel[n,p]",
    f"{_ABADIR}, ch. 8",
)
PROJECTION_COMPLEMENT = Rule(
    "the complementary projection",
    "(eye(n) - V*V')^2 = eye(n) - V*V'",
    r"(I_{n} - V V^\top)^2 = I_{n} - V V^\top",
    "V in Stiefel[n,p]",
    f"{_ABADIR}, ch. 8",
)
PROJECTION_ANNIHILATES = Rule(
    "a projection annihilates its complement",
    "(eye(n) - V*V')*V = zeros(n,p)",
    r"(I_{n} - V V^\top) V = 0",
    "V in Stiefel[n,p]",
    f"{_ABADIR}, ch. 8",
)
HAT_MATRIX = Rule(
    "the hat matrix keeps the columns",
    "A*inv(A'*A)*A'*A = A",
    r"A (A^\top A)^{-1} A^\top A = A",
    "A in R[m,n]",
    "definition",
)
REFLECTION = Rule(
    "a reflection is its own inverse",
    "(eye(n) - 2*x*x'/(x'*x))^2 = eye(n)",
    r"(I_{n} - \frac{2 x x^\top}{x^\top x})^2 = I_{n}",
    "x in R[n]",
    "Householder 1958",
)
