"""matcalc: matrix calculus in closed form, derived in differentials, verified.

    import matcalc as mc
    d = mc.derive("norm2(A*X - B)^2", wrt="X", where="A in R[m,n]; X in R[n,p]; B in R[m,p]")
    d.result          # 2*A'*(A*X - B)

Every function of the language is also a Python function here: `mc.norm2(A @ X - B)`.
"""

from __future__ import annotations

from typing import Any

from matcalc.api import (
    block,
    check,
    check_steps,
    columns,
    compile,
    conj,
    d,
    derive,
    differential,
    equivalent,
    explain_facts,
    eye,
    frobenius,
    from_sympy,
    gradient,
    hadamard,
    hessian,
    jacobian,
    kron,
    library_function,
    matrices,
    ones,
    parse,
    rows,
    scalars,
    to_sympy,
    vectors,
    zeros,
)
from matcalc.errors import (
    ArityError,
    DeclarationError,
    DomainError,
    LimitError,
    MatcalcError,
    NotDifferentiableError,
    NotSupportedError,
    ParseError,
    ShapeError,
    UnknownNameError,
)
from matcalc.workspace import Workspace

__version__ = "0.1.0"

__all__ = [
    "ArityError",
    "DeclarationError",
    "DomainError",
    "LimitError",
    "MatcalcError",
    "NotDifferentiableError",
    "NotSupportedError",
    "ParseError",
    "ShapeError",
    "UnknownNameError",
    "Workspace",
    "block",
    "check",
    "check_steps",
    "columns",
    "compile",
    "conj",
    "d",
    "derive",
    "differential",
    "equivalent",
    "explain_facts",
    "eye",
    "frobenius",
    "from_sympy",
    "gradient",
    "hadamard",
    "hessian",
    "jacobian",
    "kron",
    "matrices",
    "ones",
    "parse",
    "rows",
    "scalars",
    "to_sympy",
    "vectors",
    "zeros",
]


def __getattr__(name: str) -> Any:
    """The functions of the language, made on first use."""
    found = library_function(name) if not name.startswith("_") else None
    if found is None:
        raise AttributeError(f"module 'matcalc' has no attribute {name!r}")
    return found
