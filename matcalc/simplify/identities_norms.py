"""Identities of norms and of Kronecker products.

Statements, side conditions and sources only: see `table` for how they are read and tested.
"""

from __future__ import annotations

from matcalc.derivation.rule import EITHER, Rule

_MN = "Magnus & Neudecker, Matrix Differential Calculus"
_HJ = "Horn & Johnson, Topics in Matrix Analysis"


# Norms

NORM_SQUARE = Rule(
    "squared length",
    "norm2(x)^2 = x'*x",
    r"\lVert x \rVert^2 = x^\top x",
    "x in R[n]",
    "definition",
    EITHER,
)
NORM_FROBENIUS = Rule(
    "squared Frobenius norm",
    "norm2(A)^2 = tr(A'*A)",
    r"\lVert A \rVert^2 = \operatorname{tr}(A^\top A)",
    "A in R[m,n]",
    "definition",
    EITHER,
)
NORM_SUM = Rule(
    "squared norm as a sum",
    "norm2(A)^2 = sum(A.^2)",
    r"\lVert A \rVert^2 = \operatorname{sum}(A^{\odot 2})",
    "A in R[m,n]",
    "definition",
    EITHER,
)
NORM_SELF = Rule(
    "squared norm as a Frobenius product",
    "A : A = norm2(A)^2",
    r"A : A = \lVert A \rVert^2",
    "A in R[m,n]",
    "definition",
    EITHER,
)
NORM_SQRT = Rule(
    "root of an inner product",
    "sqrt(x'*x) = norm2(x)",
    r"\sqrt{x^\top x} = \lVert x \rVert",
    "x in R[n]",
    "definition",
)
NORM_SQRT_TRACE = Rule(
    "root of a trace",
    "sqrt(tr(A'*A)) = norm2(A)",
    r"\sqrt{\operatorname{tr}(A^\top A)} = \lVert A \rVert",
    "A in R[m,n]",
    "definition",
)
NORM_TRANSPOSE = Rule(
    "norm of a transpose",
    "norm2(A') = norm2(A)",
    r"\lVert A^\top \rVert = \lVert A \rVert",
    "A in R[m,n]",
    "definition",
)
NORM_NEGATIVE = Rule(
    "norm of a negative",
    "norm2(-A) = norm2(A)",
    r"\lVert -A \rVert = \lVert A \rVert",
    "A in R[m,n]",
    "definition",
)
NORM_SCALED = Rule(
    "norm of a multiple",
    "norm2(c*A) = abs(c)*norm2(A)",
    r"\lVert c A \rVert = |c| \lVert A \rVert",
    "c in R; A in R[m,n]",
    "definition",
    EITHER,
)
NORM_OUTER = Rule(
    "norm of an outer product",
    "norm2(x*y') = norm2(x)*norm2(y)",
    r"\lVert x y^\top \rVert = \lVert x \rVert \lVert y \rVert",
    "x in R[m]; y in R[n]",
    "definition",
    EITHER,
)
NORM_ONE = Rule(
    "sum of moduli",
    "sum(abs(A)) = norm1(A)",
    r"\operatorname{sum}(|A|) = \lVert A \rVert_1",
    "A in R[m,n]",
    "definition",
)
NORM_OF_SUM = Rule(
    "square of a sum of vectors",
    "norm2(x + y)^2 = norm2(x)^2 + 2*x'*y + norm2(y)^2",
    r"\lVert x + y \rVert^2 = \lVert x \rVert^2 + 2 x^\top y + \lVert y \rVert^2",
    "x in R[n]; y in R[n]",
    "distributivity",
    EITHER,
)

# Kronecker products

KRONECKER_MIXED = Rule(
    "mixed product",
    "kron(A,B)*kron(C,D) = kron(A*C, B*D)",
    r"(A \otimes B) (C \otimes D) = (A C) \otimes (B D)",
    "A in R[m,n]; B in R[p,q]; C in R[n,r]; D in R[q,s]",
    f"{_MN}, ch. 2, sec. 2",
    EITHER,
)
KRONECKER_TRANSPOSE = Rule(
    "transpose of a Kronecker product",
    "kron(A,B)' = kron(A', B')",
    r"(A \otimes B)^\top = A^\top \otimes B^\top",
    "A in R[m,n]; B in R[p,q]",
    f"{_MN}, ch. 2, sec. 2",
    EITHER,
)
KRONECKER_INVERSE = Rule(
    "inverse of a Kronecker product",
    "inv(kron(A,B)) = kron(inv(A), inv(B))",
    r"(A \otimes B)^{-1} = A^{-1} \otimes B^{-1}",
    "A in R[m,m]; B in R[n,n]",
    f"{_MN}, ch. 2, sec. 2",
    EITHER,
)
KRONECKER_TRACE = Rule(
    "trace of a Kronecker product",
    "tr(kron(A,B)) = tr(A)*tr(B)",
    r"\operatorname{tr}(A \otimes B) = \operatorname{tr}(A) \operatorname{tr}(B)",
    "A in R[m,m]; B in R[n,n]",
    f"{_MN}, ch. 2, sec. 2",
    EITHER,
)
KRONECKER_DET = Rule(
    "determinant of a Kronecker product",
    "det(kron(A,B)) = det(A)^n*det(B)^m",
    r"\det(A \otimes B) = \det(A)^{n} \det(B)^{m}",
    "A in R[m,m]; B in R[n,n]",
    f"{_MN}, ch. 2, sec. 2",
    EITHER,
)
KRONECKER_LOGDET = Rule(
    "log-determinant of a Kronecker product",
    "logdet(kron(P,M)) = n*logdet(P) + m*logdet(M)",
    r"\log\det(P \otimes M) = n \log\det(P) + m \log\det(M)",
    "P in SPD[m]; M in SPD[n]",
    f"{_MN}, ch. 2, sec. 2",
    EITHER,
)
KRONECKER_SUM_LEFT = Rule(
    "sum of Kronecker products, left",
    "kron(A,B) + kron(C,B) = kron(A + C, B)",
    r"A \otimes B + C \otimes B = (A + C) \otimes B",
    "A in R[m,n]; B in R[p,q]; C in R[m,n]",
    f"{_MN}, ch. 2, sec. 2",
)
KRONECKER_SUM_RIGHT = Rule(
    "sum of Kronecker products, right",
    "kron(A,B) + kron(A,C) = kron(A, B + C)",
    r"A \otimes B + A \otimes C = A \otimes (B + C)",
    "A in R[m,n]; B in R[p,q]; C in R[p,q]",
    f"{_MN}, ch. 2, sec. 2",
)
KRONECKER_IDENTITY = Rule(
    "Kronecker product of identities",
    "kron(eye(m), eye(n)) = eye(m*n)",
    r"I_{m} \otimes I_{n} = I_{m n}",
    "A in R[m,n]",
    f"{_MN}, ch. 2, sec. 2",
)
KRONECKER_ROW = Rule(
    "Kronecker product of row and column",
    "kron(x', y) = y*x'",
    r"x^\top \otimes y = y x^\top",
    "x in R[m]; y in R[n]",
    f"{_MN}, ch. 2, sec. 2",
    EITHER,
)
KRONECKER_DIAG = Rule(
    "Kronecker product of diagonal matrices",
    "kron(diag(x), diag(y)) = diag(kron(x, y))",
    r"\operatorname{diag}(x) \otimes \operatorname{diag}(y) = \operatorname{diag}(x \otimes y)",
    "x in R[m]; y in R[n]",
    "entry by entry",
)
KRONECKER_HADAMARD = Rule(
    "entrywise product of Kronecker products",
    "kron(A,B).*kron(C,D) = kron(A.*C, B.*D)",
    r"(A \otimes B) \odot (C \otimes D) = (A \odot C) \otimes (B \odot D)",
    "A in R[m,n]; B in R[p,q]; C in R[m,n]; D in R[p,q]",
    f"{_HJ}, ch. 5",
    EITHER,
)
KRONECKER_NORM = Rule(
    "norm of a Kronecker product",
    "norm2(kron(A,B)) = norm2(A)*norm2(B)",
    r"\lVert A \otimes B \rVert = \lVert A \rVert \lVert B \rVert",
    "A in R[m,n]; B in R[p,q]",
    f"{_HJ}, ch. 4",
    EITHER,
)
KRONECKER_SUM = Rule(
    "sum of a Kronecker product",
    "sum(kron(A,B)) = sum(A)*sum(B)",
    r"\operatorname{sum}(A \otimes B) = \operatorname{sum}(A) \operatorname{sum}(B)",
    "A in R[m,n]; B in R[p,q]",
    "distributivity",
    EITHER,
)
