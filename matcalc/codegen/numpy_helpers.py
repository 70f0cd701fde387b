"""Functions that generated NumPy code defines for itself, each where it is used.

Vectors have one axis. The forms neither overflow nor cancel where the value is finite. LAPACK is
called directly: a factor L in rows is L' in columns, so nothing is copied on the way.
"""

from __future__ import annotations

HELPERS = {
    "sigmoid": """
def sigmoid(x):
    return 1/(1 + np.exp(-x))
""",
    "softplus": """
def softplus(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))
""",
    "logsumexp": """
def logsumexp(x):
    top = x.max()
    return top + np.log(np.exp(x - top).sum())
""",
    "softmax": """
def softmax(x):
    e = np.exp(x - x.max())
    return e/e.sum()
""",
    "rows(softmax)": """
def softmax_of_rows(X):
    E = np.exp(X - np.max(X, axis=1, keepdims=True))
    return E/np.sum(E, axis=1, keepdims=True)
""",
    "rows(logsumexp)": """
def logsumexp_of_rows(X):
    top = np.max(X, axis=1)
    return top + np.log(np.sum(np.exp(X - top[:, None]), axis=1))
""",
    "add_diagonal": """
def add_diagonal(A, d):
    A = np.array(A, order="C")
    A.reshape(-1)[::len(A) + 1] += d
    return A
""",
    "padded": """
def padded(A, k, n):
    B = np.zeros((n,) + A.shape[1:], A.dtype)
    B[k:k + len(A)] = A
    return B
""",
    "placed": """
def placed(A, shape, places, dtype=float):
    T = np.zeros(shape, dtype)
    np.einsum(places, T)[...] = A
    return T
""",
    # In the place of M, a temporary that nothing else needs: large arrays cost less that way.
    "subtracted": """
def subtracted(a, M):
    return np.subtract(a, M, out=M)
""",
    "added": """
def added(a, M):
    return np.add(a, M, out=M)
""",
    "multiplied": """
def multiplied(a, M):
    return np.multiply(a, M, out=M)
""",
    "added_to_diagonal": """
def added_to_diagonal(M, d):
    np.einsum("ii->i", M)[...] += d
    return M
""",
    # Up to a million multiplications OpenBLAS does not copy the operands into another arrangement
    # first, which for thin ones takes longer than the product.
    "thin_product": """
def thin_product(A, B):
    C = np.empty((len(A), B.shape[1]), A.dtype)
    step = 10**6//B.size
    for k in range(0, len(A), step):
        np.matmul(A[k:k + step], B, out=C[k:k + step])
    return C
""",
    "log_abs_det": """
def log_abs_det(A):
    return np.linalg.slogdet(A)[1]
""",
    "logdet": """
def logdet(A):
    sign, value = np.linalg.slogdet(A)
    return value if sign > 0 else (-np.inf if sign == 0 else np.nan)
""",
    "inverse": """
def inverse(A):
    LU, pivots, info = lapack.dgetrf(A.T)
    if info > 0:
        raise np.linalg.LinAlgError("Singular matrix")
    return lapack.dgetri(LU, pivots, lwork=64*len(A), overwrite_lu=True)[0].T
""",
    "cholesky": """
def cholesky(A):
    U, info = lapack.dpotrf(A.T)
    if info > 0:
        raise np.linalg.LinAlgError("Matrix is not positive definite")
    return U.T
""",
    "cholesky_solve": """
def cholesky_solve(L, b):
    return lapack.dpotrs(L.T, b)[0]
""",
    "cholesky_inverse": """
def cholesky_inverse(L):
    U = lapack.dpotri(L.T)[0]
    return np.triu(U) + np.triu(U, 1).T
""",
    "lu": """
def lu(A):
    LU, pivots, info = lapack.dgetrf(A)
    if info > 0:
        raise np.linalg.LinAlgError("Singular matrix")
    return LU, pivots
""",
    # SciPy's getrs changes the pivots while it works: they are not shared between threads.
    "lu_solve": """
def lu_solve(factor, b, turned=False):
    LU, pivots = factor
    return lapack.dgetrs(LU, pivots.copy(), b, trans=turned)[0]
""",
    "lu_logdet": """
def lu_logdet(factor):
    LU, pivots = factor
    d = np.diagonal(LU)
    odd = np.sum(d < 0) + np.sum(pivots != np.arange(len(d)))
    return np.sum(np.log(np.abs(d))) if odd % 2 == 0 else np.nan
""",
    "triangular_solve": """
def triangular_solve(A, b, lower, turned):
    x, info = lapack.dtrtrs(A.T, b, lower=not lower, trans=not turned)
    if info > 0:
        raise np.linalg.LinAlgError("Singular matrix")
    return x
""",
}

# log(det(A)) of complex matrices is a complex number, but for Hermitian ones.
OF_COMPLEX = {
    "logdet": """
def logdet(A):
    sign, value = np.linalg.slogdet(A)
    return value + np.log(sign)
""",
    "real_logdet": """
def real_logdet(A):
    sign, value = np.linalg.slogdet(A)
    return value + np.log(sign.real)
""",
}

# Functions of symmetric matrices that have no value everywhere.
OF_SYMMETRIC = {
    name: f"""
def {name}(A):
    d, V = np.linalg.eigh(A)
    if d[0] <= 1e-10*np.max(np.abs(d)):
        raise np.linalg.LinAlgError("there are eigenvalues that are zero or negative")
    return (V*np.{f}(d)) @ V.T
"""
    for name, f in (("logm", "log"), ("sqrtm", "sqrt"))
}
