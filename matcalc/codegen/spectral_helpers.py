"""Functions of matrices that JAX and PyTorch spell alike, but for the library's name."""

from __future__ import annotations

_GENERAL = {
    "polar": """
def polar(A):
    U, s, Vh = xp.linalg.svd(A, full_matrices=False)
    return (U*(s > 1e-10*s[0])) @ Vh
""",
    "cosm": """
def cosm(A):
    Z = xp.zeros_like(A)
    turn = xp.vstack((xp.hstack((Z, -A)), xp.hstack((A, Z))))
    return EXPM(turn)[:len(A), :len(A)]
""",
    "sinm": """
def sinm(A):
    Z = xp.zeros_like(A)
    turn = xp.vstack((xp.hstack((Z, -A)), xp.hstack((A, Z))))
    return EXPM(turn)[len(A):, :len(A)]
""",
}


def general(library: str, expm: str) -> dict[str, str]:
    """The definitions by the functions' names; expm: what the exponential of a matrix is called."""
    texts = {name: text.replace("EXPM", expm) for name, text in _GENERAL.items()}
    return {name: text.replace("xp.", f"{library}.") for name, text in texts.items()}


_LYAP = """
def lyap(A, Q):
    d, V = xp.linalg.eigh(A)
    sums = d[:, None] + d
    size = xp.abs(sums)
    regular = size > 10*len(A)*xp.finfo(d.dtype).eps*xp.max(size)
    return V @ ((V.T @ Q @ V)/xp.where(regular, sums, xp.nan)) @ V.T
"""


def with_equations(library: str, symmetric: dict[str, str]) -> dict[str, str]:
    """Functions of symmetric matrices, and the equation A*Y + Y*A = Q of a symmetric A.

    Where two eigenvalues of A add up to 0, it has no solution that is known: numbers are nan.
    """
    return {**symmetric, "lyap": _LYAP.replace("xp.", f"{library}.")}
