"""Rules of the simplifier about rows and columns: scaled, normalised, reversed."""

from __future__ import annotations

from matcalc.derivation.rule import Rule

_HJ = "Horn & Johnson, Topics in Matrix Analysis"

SOFTMAX_ROWS = Rule(
    "softmax by rows",
    "exp(A).*((1./(exp(A)*ones(n)))*ones(n)') = rows(softmax)(A)",
    r"\frac{\exp(A)}{\exp(A)\mathbf{1}\mathbf{1}^\top} = \operatorname{softmax}_{\mathrm{rows}}(A)",
    "A in R[m,n]",
    "definition",
)
SOFTMAX_COLUMNS = Rule(
    "softmax by columns",
    "exp(A).*(ones(m)*(1./(ones(m)'*exp(A)))) = columns(softmax)(A)",
    r"\frac{\exp(A)}{\mathbf{1}\mathbf{1}^\top\exp(A)}"
    r" = \operatorname{softmax}_{\mathrm{columns}}(A)",
    "A in R[m,n]",
    "definition",
)
LOGSUMEXP_ROWS = Rule(
    "logarithm of row sums of exponentials",
    "log(exp(A)*ones(n)) = rows(logsumexp)(A)",
    r"\log(\exp(A)\mathbf{1}) = \operatorname{logsumexp}_{\mathrm{rows}}(A)",
    "A in R[m,n]",
    "definition",
)
SCALED_ROWS = Rule(
    "rows scaled",
    "(x*ones(1,n)).*A = diag(x)*A",
    r"(x \mathbf{1}_{n}^\top) \odot A = \operatorname{diag}(x) A",
    "x in R[m]; A in R[m,n]",
    f"{_HJ}, ch. 5",
)
SCALED_COLUMNS = Rule(
    "columns scaled",
    "(ones(m)*y').*A = A*diag(y)",
    r"(\mathbf{1}_{m} y^\top) \odot A = A \operatorname{diag}(y)",
    "y in R[n]; A in R[m,n]",
    f"{_HJ}, ch. 5",
)
REVERSED_TWICE = Rule(
    "reversed twice",
    "reverse(reverse(x)) = x",
    r"\operatorname{reverse}(\operatorname{reverse}(x)) = x",
    "x in R[n]",
    "definition",
)
