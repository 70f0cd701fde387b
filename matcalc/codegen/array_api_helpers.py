"""Functions that generated code over the array API standard defines for itself.

The standard has no solvers with a factor: what Cholesky gives is solved with as any matrix is, and
an LU decomposition is the matrix itself.
"""

from __future__ import annotations

from matcalc.codegen.numpy_helpers import HELPERS as NUMPY

HELPERS = {
    "sigmoid": """
def sigmoid(x):
    e = xp.exp(-xp.abs(x))
    return xp.where(x >= 0, 1/(1 + e), e/(1 + e))
""",
    "silu": """
def silu(x):
    e = xp.exp(-xp.abs(x))
    return x*xp.where(x >= 0, 1/(1 + e), e/(1 + e))
""",
    "softplus": """
def softplus(x):
    return xp.clip(x, min=0) + xp.log1p(xp.exp(-xp.abs(x)))
""",
    "relu": "\ndef relu(x):\n    return xp.clip(x, min=0)\n",
    "leakyrelu": "\ndef leakyrelu(x):\n    return xp.clip(x, min=0) + 0.01*xp.clip(x, max=0)\n",
    "elu": "\ndef elu(x):\n    return xp.clip(x, min=0) + xp.expm1(xp.clip(x, max=0))\n",
    "hardtanh": "\ndef hardtanh(x):\n    return xp.clip(x, -1, 1)\n",
    "step": "\ndef step(x):\n    return (xp.sign(x) + 1)/2\n",
    "logsumexp": """
def logsumexp(x):
    top = xp.max(x)
    return top + xp.log(xp.sum(xp.exp(x - top)))
""",
    "softmax": """
def softmax(x):
    e = xp.exp(x - xp.max(x))
    return e/xp.sum(e)
""",
    **{n: NUMPY[n].replace("np.", "xp.") for n in ("rows(softmax)", "rows(logsumexp)")},
    "padded": """
def padded(A, k, n):
    apart = (k, n - k - A.shape[0])
    zeros = [xp.zeros((m, *A.shape[1:]), dtype=A.dtype, device=api.device(A)) for m in apart]
    return xp.concat([zeros[0], A, zeros[1]])
""",
    "diag": """
def diag(x):
    on = xp.eye(x.shape[0], dtype=xp.bool, device=api.device(x))
    return xp.where(on, x[:, None], xp.zeros_like(x)[:, None])
""",
    "add_diagonal": """
def add_diagonal(A, d):
    on = xp.eye(A.shape[0], dtype=xp.bool, device=api.device(A))
    return xp.where(on, A + (d[:, None] if d.ndim else d), A)
""",
    "kron": """
def kron(A, B):
    if A.ndim == 1:
        return xp.reshape(A[:, None]*B[None, :], (-1,))
    whole = A[:, None, :, None]*B[None, :, None, :]
    return xp.reshape(whole, (A.shape[0]*B.shape[0], A.shape[1]*B.shape[1]))
""",
    "placed": """
def placed(A, shape, places):
    letters, kept = places.split("->")
    same = [c for c in kept if letters.count(c) == 2]
    A = A[tuple(slice(None) if c in kept[len(same):] else None for c in letters)]
    for c in same:
        pair = letters.index(c), letters.rindex(c)
        n = shape[pair[0]]
        on = xp.eye(n, dtype=xp.bool, device=api.device(A))
        on = xp.reshape(on, tuple(n if k in pair else 1 for k in range(len(letters))))
        A = xp.where(on, A, xp.zeros_like(A))
    return A
""",
    "log_abs_det": """
def log_abs_det(A):
    return xp.linalg.slogdet(A)[1]
""",
    "logdet": """
def logdet(A):
    sign, value = xp.linalg.slogdet(A)
    return value + xp.log(sign)
""",
    "cholesky_solve": """
def cholesky_solve(L, b):
    return xp.linalg.solve(xp.conj(L).T, xp.linalg.solve(L, b))
""",
    "cholesky_inverse": """
def cholesky_inverse(L):
    W = xp.linalg.inv(L)
    return xp.conj(W).T @ W
""",
    "det": "\ndef det(A):\n    return xp.linalg.det(A)\n",
    "pinv": "\ndef pinv(A):\n    return xp.linalg.pinv(A, rtol=1e-10)\n",
    "chol": "\ndef chol(A):\n    return xp.linalg.cholesky(A)\n",
    "tril": "\ndef tril(A):\n    return xp.tril(A)\n",
    "triu": "\ndef triu(A):\n    return xp.triu(A)\n",
    "svals": "\ndef svals(A):\n    return xp.linalg.svdvals(A)\n",
    "norm1": "\ndef norm1(A):\n    return xp.sum(xp.abs(A))\n",
    "normnuc": "\ndef normnuc(A):\n    return xp.sum(xp.linalg.svdvals(A))\n",
    "normspec": "\ndef normspec(A):\n    return xp.max(xp.linalg.svdvals(A))\n",
    "sigma_max": "\ndef sigma_max(A):\n    return xp.max(xp.linalg.svdvals(A))\n",
    "schatten": "\ndef schatten(A, p):\n    return xp.sum(xp.linalg.svdvals(A)**p)**(1/p)\n",
    "norminf": "\ndef norminf(A):\n    return xp.max(xp.abs(A))\n",
    "normp": "\ndef normp(A, p):\n    return xp.sum(xp.abs(A)**p)**(1/p)\n",
    "largest": "\ndef largest(A):\n    return xp.max(A)\n",
    "smallest": "\ndef smallest(A):\n    return xp.min(A)\n",
    "var": "\ndef var(A):\n    return xp.mean((A - xp.mean(A))**2)\n",
    "cumsum": "\ndef cumsum(x):\n    return xp.cumulative_sum(x, axis=0)\n",
    "reverse": "\ndef reverse(x):\n    return xp.flip(x, axis=0)\n",
    "re": "\ndef real_part(A):\n    return xp.astype(xp.real(A), A.dtype)\n",
    "im": "\ndef imaginary_part(A):\n    return xp.astype(xp.imag(A), A.dtype)\n",
    "polar": """
def polar(A):
    U, s, Vh = xp.linalg.svd(A, full_matrices=False)
    return (U*xp.astype(s > 1e-10*s[0], A.dtype)) @ Vh
""",
    "khatrirao": """
def khatrirao(A, B):
    if A.ndim == 1:
        return xp.reshape(A[:, None]*B[None, :], (-1,))
    return xp.reshape(A[:, None, :]*B[None, :, :], (-1, A.shape[1]))
""",
    "hardmax": """
def hardmax(A):
    top = xp.astype(A == xp.max(A), A.dtype)
    return top/xp.sum(top)
""",
}

OF_COMPLEX = {
    "abs": "\ndef absolute(A):\n    return xp.astype(xp.abs(A), A.dtype)\n",
    "sigmoid": NUMPY["sigmoid"].replace("np.", "xp."),
    "real_logdet": """
def real_logdet(A):
    sign, value = xp.linalg.slogdet(A)
    return value + xp.log(xp.real(sign))
""",
}
