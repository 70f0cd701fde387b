"""Identities of complex numbers and matrices, applied in `conjugates`."""

from __future__ import annotations

from matcalc.derivation.rule import EITHER, Rule

_HJ = "Horn & Johnson, Matrix Analysis"
_SQUARE = "A in C[n,n]"

HERMITIAN = Rule(
    "Hermitian", "conj(S) = S'", r"\overline{S} = S^\top", "S in Herm[n]", "definition", EITHER
)
UNITARY = Rule("unitary", "U^H*U = eye(n)", r"U^{\mathrm H} U = I", "U in Unitary[n]", "definition")
UNITARY_INVERSE = Rule(
    "inverse of a unitary matrix",
    "inv(U) = U^H",
    r"U^{-1} = U^{\mathrm H}",
    "U in Unitary[n]",
    "definition",
    EITHER,
)
CONJUGATE_PRODUCT = Rule(
    "conjugate of a product",
    "conj(A*B) = conj(A)*conj(B)",
    r"\overline{AB} = \overline{A}\,\overline{B}",
    "A in C[m,n]; B in C[n,p]",
    f"{_HJ}, sec. 0.2",
    EITHER,
)
CONJUGATE_SUM = Rule(
    "conjugate of a sum",
    "conj(A + B) = conj(A) + conj(B)",
    r"\overline{A + B} = \overline{A} + \overline{B}",
    "A in C[m,n]; B in C[m,n]",
    f"{_HJ}, sec. 0.2",
    EITHER,
)
CONJUGATE_INVERSE = Rule(
    "inverse of a conjugate",
    "inv(conj(A)) = conj(inv(A))",
    r"\overline{A}^{-1} = \overline{A^{-1}}",
    _SQUARE,
    f"{_HJ}, sec. 0.2",
    EITHER,
)
CONJUGATE_INNER = Rule(
    "conjugate of an inner product",
    "conj(x^H*A*y) = y^H*A^H*x",
    r"\overline{x^{\mathrm H} A y} = y^{\mathrm H} A^{\mathrm H} x",
    "x in C[m]; A in C[m,n]; y in C[n]",
    f"{_HJ}, sec. 0.2",
    EITHER,
)
CONJUGATE_FUNCTION = Rule(
    "function of a conjugate",
    "det(conj(A)) = conj(det(A))",
    r"f(\overline{z}) = \overline{f(z)}",
    _SQUARE,
    "Schwarz's reflection principle",
    EITHER,
)
MODULUS = Rule(
    "square of the modulus",
    "conj(z)*z = abs(z)^2",
    r"\overline{z} z = |z|^2",
    "z in C",
    "definition",
    EITHER,
)
REAL_PART = Rule(
    "real part",
    "z + conj(z) = 2*re(z)",
    r"z + \overline{z} = 2 \operatorname{Re} z",
    "z in C",
    "definition",
    EITHER,
)
IMAGINARY_PART = Rule(
    "imaginary part",
    "z - conj(z) = 2i*im(z)",
    r"z - \overline{z} = 2 \mathrm{i} \operatorname{Im} z",
    "z in C",
    "definition",
    EITHER,
)
IMAGINARY_UNIT = Rule(
    "imaginary unit", "1i*1i = -1", r"\mathrm{i}^2 = -1", "z in C", "definition", EITHER
)
