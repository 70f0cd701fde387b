"""What is said of expressions that cannot be put together."""

from __future__ import annotations

from matcalc.errors import DomainError, MatcalcError, NotSupportedError
from matcalc.expr.nodes import Expr, number_value, symbols


def brief(e: Expr) -> str:
    """The expression in a message: whole if short."""
    text = str(e)
    return text if len(text) <= 40 else text[:37] + "..."


def no_power(exponent: Expr) -> MatcalcError:
    """Of a matrix that is not known to be definite, which has powers by integers alone.

    An exponent made of sizes may be an integer, but d(A^n) is a sum of n terms, written out only
    where n is a number.
    """
    if not symbols(exponent) and number_value(exponent) is None:
        return NotSupportedError(
            f"the exponent {brief(exponent)} of a matrix not known to be positive definite",
            hint="write a number like 3, or declare the matrix in SPD[n]",
        )
    return DomainError(
        f"the exponent {brief(exponent)} of a matrix is not an integer",
        hint="write .^ for entrywise powers, sqrtm(X) for the square root of a matrix",
    )
