"""Functions of symmetric matrices by their eigenvalues, for libraries with NumPy's names.

A target takes them where its argument is known to be symmetric, with its own name for `np`.
"""

from __future__ import annotations

import re

_TEXTS = {
    "eigvals": "\ndef eigvals(A):\n    return np.linalg.eigvalsh(A)\n",
    "lambda_max": "\ndef lambda_max(A):\n    return np.linalg.eigvalsh(A)[-1]\n",
    "lambda_min": "\ndef lambda_min(A):\n    return np.linalg.eigvalsh(A)[0]\n",
    "eigvecs": """
def eigvecs(A):
    V = np.linalg.eigh(A)[1]
    top = np.argmax(np.abs(V), axis=0)
    return V*np.sign(V[top, np.arange(V.shape[0])])
""",
    "eigvec_max": """
def eigvec_max(A):
    v = np.linalg.eigh(A)[1][:, -1]
    return v*np.sign(v[np.argmax(np.abs(v))])
""",
    "eigvec_min": """
def eigvec_min(A):
    v = np.linalg.eigh(A)[1][:, 0]
    return v*np.sign(v[np.argmax(np.abs(v))])
""",
    "logm": """
def logm(A):
    d, V = np.linalg.eigh(A)
    return (V*np.log(d)) @ V.T
""",
    "sqrtm": """
def sqrtm(A):
    d, V = np.linalg.eigh(A)
    return (V*np.sqrt(d)) @ V.T
""",
}


def symmetric(library: str) -> dict[str, str]:
    """The definitions by the functions' names, for a library of this name."""
    return {name: re.sub(r"\bnp\.", f"{library}.", text) for name, text in _TEXTS.items()}
