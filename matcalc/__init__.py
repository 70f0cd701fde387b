"""matcalc: matrix calculus in closed form, derived in differentials, verified.

    import matcalc as mc
    d = mc.derive("norm2(A*X - B)^2", wrt="X", where="A in R[m,n]; X in R[n,p]; B in R[m,p]")
    d.result          # 2*A'*(A*X - B)

Every function of the language is also a Python function here: `mc.norm2(A @ X - B)`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
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
        matrices,
        ones,
        parse,
        rows,
        scalars,
        to_sympy,
        vectors,
        zeros,
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
    """What is public, loaded on first use, and the functions of the language, made on first use."""
    api = import_module("matcalc.api")
    if name in __all__:
        return globals().setdefault(name, getattr(api, name))
    found = api.library_function(name) if not name.startswith("_") else None
    if found is None:
        raise AttributeError(f"module 'matcalc' has no attribute {name!r}")
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
