"""Identities of Kronecker products, vec, commutation and Khatri-Rao matrices.

Those that the simplifier applies are used in `kronecker`; all are tested as equations.
"""

from __future__ import annotations

from matcalc.derivation.rule import EITHER, Rule

_MN = "Magnus & Neudecker, Matrix Differential Calculus"
_HJ = "Horn & Johnson, Topics in Matrix Analysis"
_KR = "C. R. Rao, M. B. Rao, Matrix Algebra and Its Applications to Statistics, ch. 6"

KRONECKER_MIXED = Rule(
    "mixed product",
    "kron(A,B)*kron(C,D) = kron(A*C, B*D)",
    r"(A \otimes B) (C \otimes D) = (A C) \otimes (B D)",
    "A in R[m,n]; B in R[p,q]; C in R[n,r]; D in R[q,s]",
    f"{_MN}, ch. 2, sec. 2",
    EITHER,
)
KRONECKER_COLUMN = Rule(
    "mixed product with an identity",
    "kron(eye(n),x)*A = kron(A,x)",
    r"(I_{n} \otimes x) A = A \otimes x",
    "A in R[n,p]; x in R[m]",
    f"{_MN}, ch. 2, sec. 2",
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

KRONECKER_VECTORS = Rule(
    "Kronecker product of column and row",
    "kron(y, x') = y*x'",
    r"y \otimes x^\top = y x^\top",
    "x in R[m]; y in R[n]",
    f"{_MN}, ch. 2, sec. 2",
    EITHER,
)
KRONECKER_COLUMN = Rule(
    "Kronecker product with a column, times a matrix",
    "kron(x,B)*C = kron(x, B*C)",
    r"(x \otimes B)\, C = x \otimes B C",
    "x in R[m]; B in R[p,q]; C in R[q,r]",
    "mixed product with C = 1 ⊗ C",
    EITHER,
)
KRONECKER_VEC = Rule(
    "vec of a product",
    "kron(A,B)*vec(X) = vec(B*X*A')",
    r"(A \otimes B) \operatorname{vec} X = \operatorname{vec}(B X A^\top)",
    "A in R[m,n]; B in R[p,q]; X in R[q,n]",
    f"{_MN}, ch. 2, sec. 4, thm. 2",
    EITHER,
)
KRONECKER_KHATRIRAO = Rule(
    "Kronecker product times a Khatri-Rao product",
    "kron(A,B)*khatrirao(C,D) = khatrirao(A*C, B*D)",
    r"(A \otimes B)(C \odot_{\mathrm{KR}} D) = A C \odot_{\mathrm{KR}} B D",
    "A in R[m,n]; B in R[p,q]; C in R[n,r]; D in R[q,r]",
    _KR,
    EITHER,
)
KHATRIRAO_GRAM = Rule(
    "inner product of Khatri-Rao products",
    "khatrirao(A,B)'*khatrirao(C,D) = (A'*C).*(B'*D)",
    r"(A \odot_{\mathrm{KR}} B)^\top (C \odot_{\mathrm{KR}} D) = A^\top C \odot B^\top D",
    "A in R[m,n]; B in R[p,n]; C in R[m,q]; D in R[p,q]",
    _KR,
    EITHER,
)
KHATRIRAO_VEC = Rule(
    "Khatri-Rao product and vec",
    "khatrirao(A,B)'*vec(X) = diag(B'*X*A)",
    r"(A \odot_{\mathrm{KR}} B)^\top \operatorname{vec} X = \operatorname{diag}(B^\top X A)",
    "A in R[m,n]; B in R[p,n]; X in R[p,m]",
    _KR,
    EITHER,
)
KHATRIRAO_EXCHANGED = Rule(
    "commutation matrix beside a Khatri-Rao product",
    "commutation(n,m)*khatrirao(A,B) = khatrirao(B,A)",
    r"K (A \odot_{\mathrm{KR}} B) = B \odot_{\mathrm{KR}} A",
    "A in R[m,k]; B in R[n,k]",
    "column by column",
)
KHATRIRAO_ROW = Rule(
    "Khatri-Rao product with a row",
    "khatrirao(x', B) = B*diag(x)",
    r"x^\top \odot_{\mathrm{KR}} B = B \operatorname{diag}(x)",
    "x in R[n]; B in R[p,n]",
    "column by column",
    EITHER,
)
COMMUTATION_VEC = Rule(
    "commutation matrix",
    "commutation(m,n)*vec(X) = vec(X')",
    r"K_{m,n} \operatorname{vec} X = \operatorname{vec} X^\top",
    "X in R[m,n]",
    "definition",
)
COMMUTATION_TRANSPOSE = Rule(
    "transpose of the commutation matrix",
    "commutation(m,n)' = commutation(n,m)",
    r"K_{m,n}^\top = K_{n,m}",
    "X in R[m,n]",
    f"{_MN}, ch. 3, sec. 7",
)
COMMUTATION_INVERSE = Rule(
    "commutation matrices cancel",
    "commutation(m,n)*commutation(n,m) = eye(m*n)",
    r"K_{m,n} K_{n,m} = I",
    "X in R[m,n]",
    f"{_MN}, ch. 3, sec. 7",
)
COMMUTATION_ABSORBED = Rule(
    "commutation beside I + K",
    "commutation(n,n)*(eye(n^2) + commutation(n,n)) = eye(n^2) + commutation(n,n)",
    r"K_{n,n}\,(I + K_{n,n}) = I + K_{n,n}",
    "A in R[n,n]",
    f"{_MN}, ch. 3, sec. 8, thm. 11",
)
COMMUTATION_PROJECTION = Rule(
    "half of I + K is a projection",
    "(eye(n^2) + commutation(n,n))^2 = 2*(eye(n^2) + commutation(n,n))",
    r"(I + K_{n,n})^2 = 2\,(I + K_{n,n})",
    "A in R[n,n]",
    f"{_MN}, ch. 3, sec. 8, thm. 11",
    EITHER,
)
COMMUTATION_KRONECKER = Rule(
    "commutation of a Kronecker product",
    "commutation(p,m)*kron(A,B) = kron(B,A)*commutation(r,n)",
    r"K_{p,m} (A \otimes B) = (B \otimes A) K_{r,n}",
    "A in R[m,n]; B in R[p,r]",
    f"{_MN}, ch. 3, thm. 9",
    EITHER,
)
ELIMINATION_VEC = Rule(
    "elimination matrix",
    "elimination(n)*vec(A) = vech(A)",
    r"L_{n} \operatorname{vec} A = \operatorname{vech} A",
    "A in R[n,n]",
    "definition",
)
COMMUTATION_DUPLICATION = Rule(
    "commutation of the duplication matrix",
    "commutation(n,n)*duplication(n) = duplication(n)",
    r"K_{n,n} D_{n} = D_{n}",
    "A in R[n,n]",
    f"{_MN}, ch. 3, sec. 8",
)
DUPLICATION_VECH = Rule(
    "duplication matrix",
    "duplication(n)*vech(S) = vec(S)",
    r"D_{n} \operatorname{vech} S = \operatorname{vec} S",
    "S in Sym[n]",
    "definition",
)
VEC_INNER = Rule(
    "inner product of vecs",
    "vec(A)'*vec(B) = A : B",
    r"\operatorname{vec}(A)^\top \operatorname{vec} B = A : B",
    "A in R[m,n]; B in R[m,n]",
    f"{_MN}, ch. 2, sec. 4, thm. 3",
)
VEC_ROW = Rule(
    "vec of a row", "vec(x') = x", r"\operatorname{vec} x^\top = x", "x in R[n]", "definition"
)
VEC_UNVEC = Rule(
    "vec of unvec",
    "vec(unvec(x,m,n)) = x",
    r"\operatorname{vec}(\operatorname{unvec}_{m \times n} x) = x",
    "x in R[m*n]",
    "definition",
)
UNVEC_VEC = Rule(
    "unvec of vec",
    "unvec(vec(A),m,n) = A",
    r"\operatorname{unvec}_{m \times n}(\operatorname{vec} A) = A",
    "A in R[m,n]",
    "definition",
)
UNVEC_SUM = Rule(
    "unvec of a sum of vecs",
    "unvec(vec(A) + vec(B),m,n) = A + B",
    r"\operatorname{unvec}_{m \times n}(\operatorname{vec} A + \operatorname{vec} B) = A + B",
    "A in R[m,n]; B in R[m,n]",
    "definition",
)
UNVEC_KRONECKER = Rule(
    "unvec of a Kronecker product of columns",
    "unvec(kron(x,y),m,n) = y*x'",
    r"\operatorname{unvec}_{m \times n}(x \otimes y) = y x^\top",
    "x in R[n]; y in R[m]",
    f"{_MN}, ch. 2, sec. 4",
)
NORM_VEC = Rule(
    "norm of vec",
    "norm2(vec(A)) = norm2(A)",
    r"\lVert \operatorname{vec} A \rVert = \lVert A \rVert",
    "A in R[m,n]",
    "definition",
)


# Stacked weights between Kronecker products: Hessians of sums over pairs, as of exp(x[i]*x[j])

_ENTRIES = "entry by entry"
VEC_HADAMARD = Rule(
    "entrywise product of vecs",
    "vec(A).*vec(B) = vec(A.*B)",
    r"\operatorname{vec} A \odot \operatorname{vec} B = \operatorname{vec}(A \odot B)",
    "A in R[m,n]; B in R[m,n]",
    _ENTRIES,
)
COMMUTATION_WEIGHTS = Rule(
    "weights between commutation matrices",
    "commutation(m,n)*diag(vec(A))*commutation(n,m) = diag(vec(A'))",
    r"K_{m,n} \operatorname{diag}(\operatorname{vec} A) K_{n,m}"
    r" = \operatorname{diag}(\operatorname{vec} A^\top)",
    "A in R[m,n]",
    _ENTRIES,
)
COMMUTATION_SYMMETRIC = Rule(
    "commutation of symmetric weights",
    "commutation(n,n)*diag(vec(S)) = diag(vec(S))*commutation(n,n)",
    r"K_{n,n} \operatorname{diag}(\operatorname{vec} S)"
    r" = \operatorname{diag}(\operatorname{vec} S) K_{n,n}",
    "S in Sym[n]",
    _ENTRIES,
    EITHER,
)
WEIGHTED_ROWS = Rule(
    "weights between columns on the left",
    "kron(y',A)*diag(vec(W))*kron(z,B) = A*diag(W*(y.*z))*B",
    r"(y^\top \otimes A) \operatorname{diag}(\operatorname{vec} W) (z \otimes B)"
    r" = A \operatorname{diag}(W (y \odot z)) B",
    "y in R[n]; A in R[p,m]; W in R[m,n]; z in R[n]; B in R[m,q]",
    _ENTRIES,
)
WEIGHTED_COLUMNS = Rule(
    "weights between columns on the right",
    "kron(A,y')*diag(vec(W))*kron(B,z) = A*diag(W'*(y.*z))*B",
    r"(A \otimes y^\top) \operatorname{diag}(\operatorname{vec} W) (B \otimes z)"
    r" = A \operatorname{diag}(W^\top (y \odot z)) B",
    "y in R[m]; A in R[p,n]; W in R[m,n]; z in R[m]; B in R[n,q]",
    _ENTRIES,
)
WEIGHTED_ACROSS = Rule(
    "weights between columns on both sides",
    "kron(y',A)*diag(vec(W))*kron(B,z) = A*diag(z)*W*diag(y)*B",
    r"(y^\top \otimes A) \operatorname{diag}(\operatorname{vec} W) (B \otimes z)"
    r" = A \operatorname{diag}(z) W \operatorname{diag}(y) B",
    "y in R[n]; A in R[p,m]; W in R[m,n]; z in R[m]; B in R[n,q]",
    _ENTRIES,
)
WEIGHTED_KHATRIRAO_ROWS = Rule(
    "weights before a Khatri-Rao product, rows summed",
    "kron(y',A)*diag(vec(W))*khatrirao(C,D) = A*((W*diag(y)*C).*D)",
    r"(y^\top \otimes A) \operatorname{diag}(\operatorname{vec} W) (C \odot_{\mathrm{KR}} D)"
    r" = A (W \operatorname{diag}(y) C \odot D)",
    "y in R[n]; A in R[p,m]; W in R[m,n]; C in R[n,q]; D in R[m,q]",
    _ENTRIES,
)
WEIGHTED_KHATRIRAO_COLUMNS = Rule(
    "weights before a Khatri-Rao product, columns summed",
    "kron(A,y')*diag(vec(W))*khatrirao(C,D) = A*(C.*(W'*diag(y)*D))",
    r"(A \otimes y^\top) \operatorname{diag}(\operatorname{vec} W) (C \odot_{\mathrm{KR}} D)"
    r" = A (C \odot W^\top \operatorname{diag}(y) D)",
    "y in R[m]; A in R[p,n]; W in R[m,n]; C in R[n,q]; D in R[m,q]",
    _ENTRIES,
)
KHATRIRAO_COLUMN = Rule(
    "stacked diagonal matrix",
    "khatrirao(eye(n),eye(n))*x = vec(diag(x))",
    r"(I_{n} \odot_{\mathrm{KR}} I_{n}) x = \operatorname{vec} \operatorname{diag}(x)",
    "x in R[n]",
    _ENTRIES,
)
