"""Identities of arrays: entrywise products, diagonals, sums.

Statements, side conditions and sources only: see `table` for how they are read and tested.
"""

from __future__ import annotations

from matcalc.derivation.rule import EITHER, HABIT, Rule

_MN = "Magnus & Neudecker, Matrix Differential Calculus"
_HJ = "Horn & Johnson, Topics in Matrix Analysis"


# Entrywise products

HADAMARD_ONES = Rule(
    "entrywise product with ones",
    "A.*ones(m,n) = A",
    r"A = A",
    "A in R[m,n]",
    "definition",
    EITHER,
)
HADAMARD_IDENTITY = Rule(
    "entrywise product with the identity",
    "eye(n).*A = diag(diag(A))",
    r"I_{n} \odot A = \operatorname{diag}(\operatorname{diag}(A))",
    "A in R[n,n]",
    f"{_HJ}, ch. 5",
    EITHER,
)
HADAMARD_OUTER = Rule(
    "entrywise product with an outer product",
    "(x*y').*A = diag(x)*A*diag(y)",
    r"(x y^\top) \odot A = \operatorname{diag}(x) A \operatorname{diag}(y)",
    "x in R[m]; y in R[n]; A in R[m,n]",
    f"{_HJ}, ch. 5",
    EITHER,
)
HADAMARD_RANK_ONE = Rule(
    "entrywise product of outer products",
    "(x*y').*(u*v') = (x.*u)*(y.*v)'",
    r"(x y^\top) \odot (u v^\top) = (x \odot u) (y \odot v)^\top",
    "x in R[m]; y in R[n]; u in R[m]; v in R[n]",
    f"{_HJ}, ch. 5",
)
HADAMARD_LOWER = Rule(
    "entrywise product with a lower triangle of ones",
    "A.*tril(ones(n,n)) = tril(A)",
    r"A \odot \operatorname{tril}(\mathbf{1}\mathbf{1}^\top) = \operatorname{tril}(A)",
    "A in R[n,n]",
    "definition",
)
HADAMARD_UPPER = Rule(
    "entrywise product with an upper triangle of ones",
    "A.*triu(ones(n,n)) = triu(A)",
    r"A \odot \operatorname{triu}(\mathbf{1}\mathbf{1}^\top) = \operatorname{triu}(A)",
    "A in R[n,n]",
    "definition",
)
HADAMARD_SUM = Rule(
    "sum of an entrywise product",
    "sum(A.*B) = A : B",
    r"\operatorname{sum}(A \odot B) = A : B",
    "A in R[m,n]; B in R[m,n]",
    "definition",
    HABIT,
)
HADAMARD_INNER = Rule(
    "inner product as a sum",
    "sum(x.*y) = x'*y",
    r"\operatorname{sum}(x \odot y) = x^\top y",
    "x in R[n]; y in R[n]",
    "definition",
    EITHER,
)
HADAMARD_TRACE = Rule(
    "trace with an entrywise product",
    "tr(A'*(B.*C)) = sum(A.*B.*C)",
    r"\operatorname{tr}(A^\top (B \odot C)) = \operatorname{sum}(A \odot B \odot C)",
    "A in R[m,n]; B in R[m,n]; C in R[m,n]",
    f"{_MN}, ch. 3, sec. 6",
    HABIT,
)
HADAMARD_QUADRATIC = Rule(
    "quadratic form of an entrywise product",
    "tr(diag(x)*A*diag(y)*B') = x'*(A.*B)*y",
    r"\operatorname{tr}(\operatorname{diag}(x) A \operatorname{diag}(y) B^\top)"
    r" = x^\top (A \odot B) y",
    "x in R[m]; y in R[n]; A in R[m,n]; B in R[m,n]",
    f"{_HJ}, ch. 5",
    HABIT,
)
HADAMARD_COMMON = Rule(
    "common factor of entrywise products",
    "A.*C + B.*C = (A + B).*C",
    r"A \odot C + B \odot C = (A + B) \odot C",
    "A in R[m,n]; B in R[m,n]; C in R[m,n]",
    "distributivity",
)

# Slices

SINGLE_ENTRY = Rule(
    "entrywise product with a column of the identity",
    "x.*eye(n)[:,2] = x[2]*eye(n)[:,2]",
    r"x \odot e_2 = x_2 e_2",
    "x in R[n]",
    "definition",
    EITHER,
)

PART_OF_ROWS = Rule(
    "rows of a stack",
    "eye(m + n)[:,m + 1:m + n]'*vcat(A,B) = B",
    r"\begin{bmatrix} 0 & I \end{bmatrix} \begin{bmatrix} A \\ B \end{bmatrix} = B",
    "A in R[m,p]; B in R[n,p]",
    "definition",
)
PART_OF_COLUMNS = Rule(
    "columns of arrays side by side",
    "hcat(A,B)*eye(m + n)[:,1:m] = A",
    r"\begin{bmatrix} A & B \end{bmatrix} \begin{bmatrix} I \\ 0 \end{bmatrix} = A",
    "A in R[p,m]; B in R[p,n]",
    "definition",
)


# Diagonals

DIAG_ROW_SUMS = Rule(
    "diagonal of a product",
    "diag(A*B') = (A.*B)*ones(n)",
    r"\operatorname{diag}(A B^\top) = (A \odot B) \mathbf{1}_{n}",
    "A in R[m,n]; B in R[m,n]",
    f"{_HJ}, ch. 5",
    EITHER,
)
DIAG_OUTER = Rule(
    "diagonal of an outer product",
    "diag(x*y') = x.*y",
    r"\operatorname{diag}(x y^\top) = x \odot y",
    "x in R[n]; y in R[n]",
    "entry by entry",
)
DIAG_ONES = Rule(
    "diagonal matrix of ones",
    "diag(ones(n)) = eye(n)",
    r"\operatorname{diag}(\mathbf{1}_{n}) = I_{n}",
    "x in R[n]",
    "definition",
)
DIAG_IDENTITY = Rule(
    "diagonal of the identity",
    "diag(eye(n)) = ones(n)",
    r"\operatorname{diag}(I_{n}) = \mathbf{1}_{n}",
    "x in R[n]",
    "definition",
)
DIAG_SUM = Rule(
    "sum of diagonal matrices",
    "diag(x) + diag(y) = diag(x + y)",
    r"\operatorname{diag}(x) + \operatorname{diag}(y) = \operatorname{diag}(x + y)",
    "x in R[n]; y in R[n]",
    "linearity",
)
DIAG_SCALED = Rule(
    "diagonal of a multiple",
    "diag(c*x) = c*diag(x)",
    r"\operatorname{diag}(c x) = c \operatorname{diag}(x)",
    "c in R; x in R[n]",
    "linearity",
    EITHER,
)
DIAG_PRODUCT = Rule(
    "product of diagonal matrices",
    "diag(x)*diag(y) = diag(x.*y)",
    r"\operatorname{diag}(x) \operatorname{diag}(y) = \operatorname{diag}(x \odot y)",
    "x in R[n]; y in R[n]",
    f"{_MN}, ch. 2",
)
DIAG_POWER = Rule(
    "power of a diagonal matrix",
    "diag(x)^2 = diag(x.^2)",
    r"\operatorname{Diag}(x)^k = \operatorname{Diag}(x^{\odot k})",
    "x in R[n]",
    f"{_MN}, ch. 2",
    EITHER,
)
DIAG_TIMES_ONES = Rule(
    "diagonal matrix times ones",
    "diag(x)*ones(n) = x",
    r"\operatorname{diag}(x) \mathbf{1}_{n} = x",
    "x in R[n]",
    "definition",
)
DIAG_INVERSE = Rule(
    "division by a diagonal matrix",
    "inv(diag(x))*y = y./x",
    r"\operatorname{diag}(x)^{-1} y = y \oslash x",
    "x in R[n]; y in R[n]",
    "definition",
)
DIAG_HADAMARD = Rule(
    "diagonal matrix, entrywise",
    "diag(x).*A = diag(x.*diag(A))",
    r"\operatorname{diag}(x) \odot A = \operatorname{diag}(x \odot \operatorname{diag}(A))",
    "x in R[n]; A in R[n,n]",
    "entry by entry",
    EITHER,
)
TRACE_DIAG = Rule(
    "trace of a diagonal matrix",
    "tr(diag(x)) = sum(x)",
    r"\operatorname{tr}(\operatorname{diag}(x)) = \operatorname{sum}(x)",
    "x in R[n]",
    "definition",
)
TRACE_DIAG_PRODUCT = Rule(
    "trace with a diagonal matrix",
    "tr(A*diag(x)) = diag(A)'*x",
    r"\operatorname{tr}(A \operatorname{diag}(x)) = \operatorname{diag}(A)^\top x",
    "A in R[n,n]; x in R[n]",
    f"{_HJ}, ch. 5",
    EITHER,
)

# Sums and ones

SUM_OF_ONES = Rule(
    "sum of ones",
    "sum(ones(n)) = n",
    r"\operatorname{sum}(\mathbf{1}_{n}) = n",
    "x in R[n]",
    "definition",
)
SUM_BOTH_SIDES = Rule(
    "sum of all entries",
    "ones(m)'*A*ones(n) = sum(A)",
    r"\mathbf{1}_{m}^\top A \mathbf{1}_{n} = \operatorname{sum}(A)",
    "A in R[m,n]",
    "definition",
)
SUM_SUM = Rule(
    "sum of sums",
    "sum(A) + sum(B) = sum(A + B)",
    r"\operatorname{sum}(A) + \operatorname{sum}(B) = \operatorname{sum}(A + B)",
    "A in R[m,n]; B in R[m,n]",
    "linearity",
)
SUM_SCALED = Rule(
    "sum of a multiple",
    "sum(c*A) = c*sum(A)",
    r"\operatorname{sum}(c A) = c \operatorname{sum}(A)",
    "c in R; A in R[m,n]",
    "linearity",
    EITHER,
)
SUM_OUTER = Rule(
    "sum of an outer product",
    "sum(x*y') = sum(x)*sum(y)",
    r"\operatorname{sum}(x y^\top) = \operatorname{sum}(x) \operatorname{sum}(y)",
    "x in R[m]; y in R[n]",
    "distributivity",
    EITHER,
)
SUM_ON_SIMPLEX = Rule(
    "probabilities sum to one",
    "sum(y) = 1",
    r"\mathbf{1}^\top y = 1",
    "y in Simplex[n]",
    "definition",
)
SUM_DIAG = Rule(
    "sum of a diagonal matrix",
    "sum(diag(x)) = sum(x)",
    r"\operatorname{sum}(\operatorname{diag}(x)) = \operatorname{sum}(x)",
    "x in R[n]",
    "definition",
)
SUM_DIAGONAL = Rule(
    "sum of the diagonal",
    "sum(diag(A)) = tr(A)",
    r"\operatorname{sum}(\operatorname{diag}(A)) = \operatorname{tr}(A)",
    "A in R[n,n]",
    "definition",
)
SUM_PRODUCT = Rule(
    "sum of a product",
    "sum(A*x) = (A'*ones(m))'*x",
    r"\operatorname{sum}(A x) = (A^\top \mathbf{1}_{m})^\top x",
    "A in R[m,n]; x in R[n]",
    "associativity",
    EITHER,
)
ONES_OUTER = Rule(
    "outer product of ones",
    "ones(m)*ones(n)' = ones(m,n)",
    r"\mathbf{1}_{m} \mathbf{1}_{n}^\top = \mathbf{1}_{m} \mathbf{1}_{n}^\top",
    "A in R[m,n]",
    "definition",
)
ONES_PRODUCT = Rule(
    "product of ones",
    "ones(m,n)*ones(n,p) = n*ones(m,p)",
    r"(\mathbf{1}_{m} \mathbf{1}_{n}^\top) (\mathbf{1}_{n} \mathbf{1}_{p}^\top)"
    r" = n (\mathbf{1}_{m} \mathbf{1}_{p}^\top)",
    "A in R[m,n]; B in R[n,p]",
    "definition",
    EITHER,
)
MEAN_SUM = Rule(
    "mean as a sum",
    "sum(x)/n = mean(x)",
    r"\frac{\operatorname{sum}(x)}{n} = \operatorname{mean}(x)",
    "x in R[n]",
    "definition",
)
MEAN_CENTRED = Rule(
    "the mean of what is centred",
    "sum(x - mean(x)) = 0",
    r"\operatorname{sum}(x - \operatorname{mean}(x)) = 0",
    "x in R[n]",
    "definition",
)
CENTRING = Rule(
    "centring is a projection",
    "(eye(n) - ones(n,n)/n)^2 = eye(n) - ones(n,n)/n",
    r"(I_{n} - \frac{1}{n})^2 = I_{n} - \frac{1}{n}",
    "x in R[n]",
    "definition",
)
CENTRING_VECTOR = Rule(
    "centring of a vector",
    "(eye(n) - ones(n,n)/n)*x = x - mean(x)",
    r"(I_{n} - \frac{1}{n}) x = x - \operatorname{mean}(x)",
    "x in R[n]",
    "definition",
    EITHER,
)
