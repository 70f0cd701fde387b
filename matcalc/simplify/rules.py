"""The identities that the simplifier's constructors apply, by name.

Each is an equation of the language and is tested as one (tests/simplify/test_table.py). Those that
they do not apply stand in the modules `identities_*`, and all of them together in `table`.
"""

from __future__ import annotations

from matcalc.derivation.rule import EITHER, Rule

_ABADIR = "Abadir & Magnus, Matrix Algebra"
_HJ = "Horn & Johnson, Topics in Matrix Analysis"
_MN = "Magnus & Neudecker, Matrix Differential Calculus"
_SQUARE = "A in R[n,n]; B in R[n,n]"

TRANSPOSE_PRODUCT = Rule(
    "transpose of a product",
    "(A*B)' = B'*A'",
    r"(AB)^\top = B^\top A^\top",
    "A in R[m,n]; B in R[n,p]",
    f"{_ABADIR}, ex. 2.16",
    EITHER,
)
TRANSPOSE_SUM = Rule(
    "transpose of a sum",
    "(A + B)' = A' + B'",
    r"(A + B)^\top = A^\top + B^\top",
    "A in R[m,n]; B in R[m,n]",
    f"{_ABADIR}, ex. 2.3",
    EITHER,
)
TRANSPOSE_INVERSE = Rule(
    "inverse of a transpose",
    "inv(A') = inv(A)'",
    r"(A^\top)^{-1} = (A^{-1})^\top",
    "A in R[n,n]",
    f"{_ABADIR}, ex. 4.14",
    EITHER,
)
SYMMETRIC = Rule("symmetric", "S' = S", r"S^\top = S", "S in Sym[n]", "definition")
SKEW = Rule(
    "skew-symmetric",
    "S' = -S",
    r"S^\top = -S",
    "S in Skew[n]",
    "definition",
    EITHER,
)
ORTHOGONAL = Rule(
    "orthonormal columns", "Q'*Q = eye(p)", r"Q^\top Q = I", "Q in Stiefel[n,p]", "definition"
)
ORTHOGONAL_INVERSE = Rule(
    "orthogonal",
    "inv(Q) = Q'",
    r"Q^{-1} = Q^\top",
    "Q in Orth[n]",
    "definition",
    EITHER,
)
SELECTED_APART = Rule(
    "different columns of the identity",
    "x + eye(m + n)[:,1:m]'*eye(m + n)[:,m + 1:m + n]*y = x",
    r"e_i^\top e_j = 0",
    "x in R[m]; y in R[n]",
    "definition",
)
CANCEL_INVERSE = Rule("inverse", "inv(A)*A = eye(n)", r"A^{-1}A = I", "A in R[n,n]", "definition")
INVERSE_PRODUCT = Rule(
    "inverse of a product",
    "inv(A*B) = inv(B)*inv(A)",
    r"(AB)^{-1} = B^{-1}A^{-1}",
    _SQUARE,
    f"{_ABADIR}, ex. 4.14",
    EITHER,
)
INVERSE_SCALED = Rule(
    "inverse of a multiple",
    "inv(c*A) = inv(A)/c",
    r"(cA)^{-1} = c^{-1}A^{-1}",
    "c in R; A in R[n,n]",
    f"{_ABADIR}, ex. 4.14",
    EITHER,
)
POWERS = Rule(
    "powers of one matrix", "A^2*A = A^3", r"A^j A^k = A^{j+k}", "A in R[n,n]", "definition"
)
SCALAR_POWERS = Rule(
    "powers of one scalar", "c^2*c = c^3", r"c^j c^k = c^{j+k}", "c in R", "definition"
)
ENTRYWISE_POWERS = Rule(
    "entrywise powers",
    "x.^2.*x = x.^3",
    r"x^{\odot j} \odot x^{\odot k} = x^{\odot (j+k)}",
    "x in R[n]",
    "entry by entry",
)
SCALAR_FIRST = Rule(
    "an inner product is a scalar",
    "a*(x'*y) = (x'*y)*a",
    r"a\,(x^\top y) = (x^\top y)\,a",
    "a in R[m]; x in R[n]; y in R[n]",
    "a 1×1 product commutes",
    EITHER,
)
LIKE_TERMS = Rule(
    "like terms", "2*A + 3*A = 5*A", r"aX + bX = (a + b)X", "A in R[m,n]", "distributivity"
)
COMMON_FACTOR = Rule(
    "common factor",
    "A*X + B*X = (A + B)*X",
    r"AX + BX = (A + B)X",
    "A in R[m,n]; B in R[m,n]; X in R[n,p]",
    "distributivity",
)
DIAG_VECTOR = Rule(
    "diagonal times vector",
    "diag(x)*y = x.*y",
    r"\operatorname{Diag}(x)\,y = x \odot y",
    "x in R[n]; y in R[n]",
    f"{_MN}, ch. 2",
)
DET_PRODUCT = Rule(
    "determinant of a product",
    "det(A*B) = det(A)*det(B)",
    r"\det(AB) = \det(A)\det(B)",
    _SQUARE,
    f"{_ABADIR}, ex. 4.42",
    EITHER,
)
DET_TRANSPOSE = Rule(
    "determinant of a transpose",
    "det(A') = det(A)",
    r"\det(A^\top) = \det(A)",
    "A in R[n,n]",
    f"{_ABADIR}, ex. 4.30",
)
DET_RANK_ONE = Rule(
    "matrix determinant lemma",
    "det(eye(n) + x*y') = 1 + y'*x",
    r"\det(I + xy^\top) = 1 + y^\top x",
    "x in R[n]; y in R[n]",
    "Matrix Cookbook (24)",
)
INVERSE_RANK_ONE = Rule(
    "push-through",
    "inv(eye(n) + x*y')*x = x/(1 + y'*x)",
    r"(I + xy^\top)^{-1}x = \frac{x}{1 + y^\top x}",
    "x in R[n]; y in R[n]",
    "Sherman & Morrison 1950; Matrix Cookbook (160)",
)
MEAN = Rule(
    "mean times number",
    "n*mean(x) = sum(x)",
    r"n\,\bar{x} = \mathbf{1}^\top x",
    "x in R[n]",
    "definition",
)
TRACE_TRANSPOSE = Rule(
    "trace of a transpose",
    "tr(A') = tr(A)",
    r"\operatorname{tr}(A^\top) = \operatorname{tr}(A)",
    "A in R[n,n]",
    f"{_MN}, ch. 1, sec. 10",
)
TRACE_CYCLIC = Rule(
    "cyclic trace",
    "tr(A*B) = tr(B*A)",
    r"\operatorname{tr}(AB) = \operatorname{tr}(BA)",
    "A in R[m,n]; B in R[n,m]",
    f"{_MN}, ch. 1, sec. 10",
    EITHER,
)
TRACE_RANK_ONE = Rule(
    "trace of an outer product",
    "tr(x*y') = y'*x",
    r"\operatorname{tr}(xy^\top) = y^\top x",
    "x in R[n]; y in R[n]",
    f"{_MN}, ch. 1, sec. 10",
)
FROBENIUS_TRACE = Rule(
    "Frobenius product as a trace",
    "A : B = tr(A'*B)",
    r"A : B = \operatorname{tr}(A^\top B)",
    "A in R[m,n]; B in R[m,n]",
    "definition",
    EITHER,
)
FROBENIUS_IDENTITY = Rule(
    "Frobenius product with the identity",
    "eye(n) : A = tr(A)",
    r"I : A = \operatorname{tr}(A)",
    "A in R[n,n]",
    "definition",
)
FROBENIUS_ONES = Rule(
    "Frobenius product with ones",
    "ones(m,n) : A = sum(A)",
    r"\mathbf{1}\mathbf{1}^\top : A = \mathbf{1}^\top A\,\mathbf{1}",
    "A in R[m,n]",
    "definition",
)
FROBENIUS_RANK_ONE = Rule(
    "Frobenius product with an outer product",
    "x*y' : A = x'*A*y",
    r"xy^\top : A = x^\top A y",
    "x in R[m]; y in R[n]; A in R[m,n]",
    "A : BC = B'A : C",
    EITHER,
)
SUM_ONES = Rule(
    "sum as a product with ones",
    "ones(m)'*x = sum(x)",
    r"\mathbf{1}^\top x = \sum_i x_i",
    "x in R[m]",
    "definition",
)
SIGMOID = Rule(
    "logistic function",
    "exp(c)/(1 + exp(c)) = sigmoid(c)",
    r"\frac{e^z}{1 + e^z} = \sigma(z)",
    "c in R",
    "definition",
)
SIGMOID_COMPLEMENT = Rule(
    "complement of the logistic function",
    "1 - sigmoid(-c) = sigmoid(c)",
    r"1 - \sigma(-z) = \sigma(z)",
    "c in R",
    "definition",
)
TANH = Rule(
    "hyperbolic tangent",
    "sinh(c)/cosh(c) = tanh(c)",
    r"\frac{\sinh z}{\cosh z} = \tanh z",
    "c in R",
    "DLMF 4.28.4",
)
TAN = Rule(
    "tangent", "sin(c)/cos(c) = tan(c)", r"\frac{\sin z}{\cos z} = \tan z", "c in R", "DLMF 4.14.4"
)
SIGN_OVER_ABS = Rule(
    "sign over modulus",
    "sign(c)/abs(c) = 1/c",
    r"\frac{\operatorname{sign} z}{|z|} = \frac1z",
    "c in R",
    "definition",
)
ABS_SIGN = Rule(
    "modulus and sign",
    "abs(c)*sign(c) = c",
    r"|z| \operatorname{sign} z = z",
    "c in R",
    "definition",
)
RELU_STEP = Rule(
    "relu and step",
    "relu(c)*step(c) = relu(c)",
    r"\operatorname{relu}(z)\operatorname{step}(z) = \operatorname{relu}(z)",
    "c in R",
    "definition",
)
ROOT_QUOTIENT = Rule(
    "quotient by a square root",
    "c/sqrt(c) = sqrt(c)",
    r"\frac{c}{\sqrt{c}} = \sqrt{c}",
    "c in R+",
    "definition",
)
NORM_QUOTIENT = Rule(
    "quotient by a norm",
    "x'*x/norm2(x) = norm2(x)",
    r"\frac{x^\top x}{\lVert x \rVert} = \lVert x \rVert",
    "x in R[n]",
    "definition",
)
NORM_SQUARE = Rule(
    "norm of the square of a vector",
    "norm2(x*x') = x'*x",
    r"\lVert xx^\top \rVert = x^\top x",
    "x in R[n]",
    "tr(xx'xx'), cyclic",
)
SUM_SOFTMAX = Rule(
    "a softmax sums to one",
    "sum(softmax(x)) = 1",
    r"\mathbf{1}^\top \operatorname{softmax}(x) = 1",
    "x in R[n]",
    "definition",
)
SQRT_SQUARE = Rule(
    "square of a square root", "sqrt(c)^2 = c", r"(\sqrt{c})^2 = c", "c in R+", "definition"
)
LOG_EXP = Rule("logarithm of exp", "log(exp(c)) = c", r"\log e^z = z", "c in R", "definition")
DIAG_DIAG = Rule(
    "diagonal of a diagonal matrix",
    "diag(diag(x)) = x",
    r"\operatorname{diag}(\operatorname{Diag}(x)) = x",
    "x in R[n]",
    "definition",
)
DET_POWER = Rule(
    "determinant of a power",
    "det(A^2) = det(A)^2",
    r"\det(A^k) = \det(A)^k",
    "A in R[n,n]",
    f"{_ABADIR}, ch. 4",
    EITHER,
)
DET_INVERSE = Rule(
    "determinant of an inverse",
    "det(inv(A)) = 1/det(A)",
    r"\det(A^{-1}) = \frac{1}{\det(A)}",
    "A in R[n,n]",
    f"{_ABADIR}, ch. 4",
    EITHER,
)
LOGDET_INVERSE = Rule(
    "log-determinant of an inverse",
    "logdet(inv(P)) = -logdet(P)",
    r"\log\det(P^{-1}) = -\log\det(P)",
    "P in SPD[n]",
    f"{_ABADIR}, ch. 4",
    EITHER,
)
DIAG_TRANSPOSE = Rule(
    "diagonal of a transpose",
    "diag(A') = diag(A)",
    r"\operatorname{diag}(A^\top) = \operatorname{diag}(A)",
    "A in R[n,n]",
    "definition",
)
DIAG_OF_PRODUCT = Rule(
    "diagonal of a product with a diagonal",
    "diag(A*diag(x)*B) = (A.*B')*x",
    r"\operatorname{diag}(A \operatorname{diag}(x) B) = (A \odot B^\top) x",
    "A in R[m,n]; x in R[n]; B in R[n,m]",
    f"{_HJ}, ch. 5",
)
SUM_TRANSPOSE = Rule(
    "sum of a transpose",
    "sum(A') = sum(A)",
    r"\operatorname{sum}(A^\top) = \operatorname{sum}(A)",
    "A in R[m,n]",
    "definition",
)
LOGSUMEXP = Rule(
    "logarithm of a sum of exponentials",
    "log(sum(exp(x))) = logsumexp(x)",
    r"\log(\operatorname{sum}(\exp(x))) = \operatorname{logsumexp}(x)",
    "x in R[n]",
    "definition",
)
SOFTMAX = Rule(
    "softmax",
    "exp(x)/sum(exp(x)) = softmax(x)",
    r"\frac{\exp(x)}{\operatorname{sum}(\exp(x))} = \operatorname{softmax}(x)",
    "x in R[n]",
    "definition",
)
MATRIX_FUNCTION_TRANSPOSE = Rule(
    "matrix function of a transpose",
    "expm(A') = expm(A)'",
    r"f(A^\top) = f(A)^\top",
    "A in R[n,n]",
    "Higham, Functions of Matrices, thm. 1.13",
    EITHER,
)
MATRIX_FUNCTIONS_COMMUTE = Rule(
    "functions of one matrix commute",
    "expm(A)*A = A*expm(A)",
    r"f(A)\,g(A) = g(A)\,f(A)",
    "A in R[n,n]",
    "Higham, Functions of Matrices, thm. 1.13",
    EITHER,
)
FRECHET_COMMUTING = Rule(
    "Fréchet derivative along a matrix that commutes",
    "frechet(expm)(A,A) = A*expm(A)",
    r"L_f(A, E) = f'(A)\,E \text{ where } AE = EA",
    "A in R[n,n]",
    "Higham, Functions of Matrices, sec. 3.1",
    EITHER,
)
EXPM_LOGM = Rule(
    "exponential of a matrix logarithm",
    "expm(logm(A)) = A",
    r"e^{\log A} = A",
    "A in SPD[n]",
    "Higham, Functions of Matrices, sec. 11.2",
)
LOGM_EXPM = Rule(
    "logarithm of a matrix exponential",
    "logm(expm(S)) = S",
    r"\log e^S = S",
    "S in Sym[n]",
    "Higham, Functions of Matrices, prob. 1.39",
)
SQRTM_SQUARE = Rule(
    "square of a matrix root",
    "sqrtm(A)^2 = A",
    r"(A^{1/2})^2 = A",
    "A in SPD[n]",
    "Higham, Functions of Matrices, sec. 6.1",
)
FRECHET_MATRIX = Rule(
    "matrix of a Fréchet derivative",
    "frechetmatrix(expm)(A)*vec(E) = vec(frechet(expm)(A,E))",
    r"K_f(A) \operatorname{vec} E = \operatorname{vec} L_f(A, E)",
    "A in R[n,n]; E in R[n,n]",
    "Higham, Functions of Matrices, (3.17)",
)
FRECHET_TRACE = Rule(
    "trace of a Fréchet derivative",
    "tr(frechet(expm)(A,E)) = tr(expm(A)*E)",
    r"\operatorname{tr} L_f(A, E) = \operatorname{tr}(f'(A)\,E)",
    "A in R[n,n]; E in R[n,n]",
    "Higham, Functions of Matrices, thm. 3.3",
    EITHER,
)
ADJUGATE_ALONG = Rule(
    "derivative of the adjugate of a nonsingular matrix",
    "frechet(adj)(A,E) = tr(inv(A)*E)*adj(A) - inv(A)*E*adj(A)",
    r"L_{\operatorname{adj}}(A, E) = \operatorname{tr}(A^{-1} E) \operatorname{adj} A"
    r" - A^{-1} E \operatorname{adj} A",
    "A in SPD[n]; E in R[n,n]",
    "Magnus & Neudecker, Matrix Differential Calculus, ch. 8, sec. 6",
    EITHER,
)
ADJUGATE_MATRIX = Rule(
    "matrix of the derivative of the adjugate of a nonsingular matrix",
    "frechetmatrix(adj)(A) = vec(adj(A))*vec(inv(A)')' - kron(adj(A)',inv(A))",
    r"K_{\operatorname{adj}}(A) = \operatorname{vec}(\operatorname{adj} A)"
    r" \operatorname{vec}(A^{-\top})^\top - (\operatorname{adj} A)^\top \otimes A^{-1}",
    "A in Orth[n]",
    "Magnus & Neudecker, Matrix Differential Calculus, ch. 8, sec. 6",
    EITHER,
)
FRECHET_FROBENIUS = Rule(
    "Frobenius product with a Fréchet derivative",
    "frechet(expm)(A,E) : A' = E : expm(A')*A'",
    r"L_f(A, E) : B = E : f'(A^\top)\,B \text{ where } A^\top B = BA^\top",
    "A in R[n,n]; E in R[n,n]",
    "Higham, Functions of Matrices, sec. 3.1",
    EITHER,
)

RULES = tuple(r for r in list(globals().values()) if isinstance(r, Rule))
