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
NORM_ON_SPHERE = Rule(
    "length of a unit vector",
    "norm2(u) = 1",
    r"\lVert u \rVert = 1",
    "u in Sphere[n]",
    "definition",
)
NORM_TRANSPOSE = Rule(
    "norm of a transpose",
    "norm2(A') = norm2(A)",
    r"\lVert A^\top \rVert = \lVert A \rVert",
    "A in R[m,n]",
    "definition",
)
NUCLEAR_TRANSPOSE = Rule(
    "nuclear norm of a transpose",
    "normnuc(A') = normnuc(A)",
    r"\lVert A^\top \rVert_{*} = \lVert A \rVert_{*}",
    "A in R[m,n]",
    _HJ,
)
SPECTRAL_TRANSPOSE = Rule(
    "spectral norm of a transpose",
    "normspec(A') = normspec(A)",
    r"\lVert A^\top \rVert_2 = \lVert A \rVert_2",
    "A in R[m,n]",
    _HJ,
)
SCHATTEN_TRANSPOSE = Rule(
    "Schatten norm of a transpose",
    "schatten(A',p) = schatten(A,p)",
    r"\lVert A^\top \rVert_{S_p} = \lVert A \rVert_{S_p}",
    "A in R[m,n]; p in R+",
    _HJ,
)
KYFAN_TRANSPOSE = Rule(
    "Ky Fan norm of a transpose",
    "kyfan(A',k) = kyfan(A,k)",
    r"\lVert A^\top \rVert_{(k)} = \lVert A \rVert_{(k)}",
    "A in R[m,n]; k in R",
    _HJ,
)
NORM_NEGATIVE = Rule(
    "norm of a negative",
    "norm2(-A) = norm2(A)",
    r"\lVert -A \rVert = \lVert A \rVert",
    "A in R[m,n]",
    "definition",
)
NORM_OF_MODULI = Rule(
    "norm of moduli",
    "norm2(abs(A)) = norm2(A)",
    r"\lVert\, |A| \,\rVert = \lVert A \rVert",
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
