"""Functions that generated PyTorch code defines for itself, each where it is used."""

from __future__ import annotations

from matcalc.codegen import numpy_helpers
from matcalc.codegen.spectral_helpers import general

HELPERS = {
    **general("torch", "torch.linalg.matrix_exp"),
    "by_entries": """
def by_entries(f, X):
    values = [torch.as_tensor(f(x), dtype=X.dtype, device=X.device) for x in X.reshape(-1)]
    return torch.stack(values).reshape(X.shape)
""",
    "softplus": """
def softplus(x):
    return torch.clamp(x, min=0) + torch.log1p(torch.exp(-torch.abs(x)))
""",
    "step": """
def step(x):
    return torch.heaviside(x, torch.full_like(x, 0.5))
""",
    "padded": """
def padded(A, k, n):
    before, after = (A.new_zeros((m, *A.shape[1:])) for m in (k, n - k - len(A)))
    return torch.cat([before, A, after])
""",
    "logsumexp": """
def logsumexp(x):
    return torch.logsumexp(x, dim=0)
""",
    "softmax": """
def softmax(x):
    return torch.softmax(x, dim=0)
""",
    "rows(softmax)": """
def softmax_of_rows(X):
    return torch.softmax(X, dim=1)
""",
    "rows(logsumexp)": """
def logsumexp_of_rows(X):
    return torch.logsumexp(X, dim=1)
""",
    "gamma": """
def gamma(x):
    reflected = math.pi/(torch.sin(math.pi*x)*torch.exp(torch.lgamma(1 - x)))
    return torch.where(x > 0, torch.exp(torch.lgamma(x)), reflected)
""",
    "polygamma": """
def polygamma(k, x):
    return torch.special.polygamma(int(k), x)
""",
    "add_diagonal": """
def add_diagonal(A, d):
    return torch.diagonal_scatter(A, A.diagonal() + d)
""",
    "kron": """
def kron(A, B):
    return torch.kron(A.contiguous(), B.contiguous())
""",
    "placed": """
def placed(A, shape, places, dtype=None, device=None):
    letters, kept = places.split("->")
    same = [c for c in kept if letters.count(c) == 2]
    rest = kept[len(same):]
    apart = "".join(c.upper() if c in letters[:k] else c for k, c in enumerate(letters))
    eyes = [torch.eye(shape[letters.index(c)], dtype=dtype, device=device) for c in same]
    pairs = ",".join([rest, *(c + c.upper() for c in same)])
    return torch.einsum(f"{pairs}->{apart}", torch.as_tensor(A, dtype=dtype, device=device), *eyes)
""",
    "log_abs_det": """
def log_abs_det(A):
    return torch.linalg.slogdet(A)[1]
""",
    "logdet": """
def logdet(A):
    sign, value = torch.linalg.slogdet(A)
    return torch.where(sign < 0, torch.nan, value)
""",
    "cholesky_solve": """
def cholesky_solve(L, b):
    if b.ndim == 1:
        return torch.cholesky_solve(b[:, None], L)[:, 0]
    return torch.cholesky_solve(b, L)
""",
    "cholesky_inverse": """
def cholesky_inverse(L):
    return torch.cholesky_inverse(L)
""",
    "lu": """
def lu(A):
    return torch.linalg.lu_factor(A)
""",
    "lu_solve": """
def lu_solve(factor, b, turned=False):
    if b.ndim == 1:
        return lu_solve(factor, b[:, None], turned)[:, 0]
    if turned:  # by the transpose, which is not the adjoint of a complex matrix
        return torch.linalg.lu_solve(*factor, b.conj(), adjoint=True).conj()
    return torch.linalg.lu_solve(*factor, b)
""",
    "lu_logdet": """
def lu_logdet(factor):
    LU, pivots = factor
    d = torch.diagonal(LU)
    places = torch.arange(1, len(d) + 1, device=d.device)
    odd = (torch.sum(d < 0) + torch.sum(pivots != places)) % 2
    return torch.where(odd == 0, torch.sum(torch.log(torch.abs(d))), torch.nan)
""",
    "triangular_solve": """
def triangular_solve(A, b, lower, turned):
    if b.ndim == 1:
        return triangular_solve(A, b[:, None], lower, turned)[:, 0]
    if turned:
        return torch.linalg.solve_triangular(A.T, b, upper=lower)
    return torch.linalg.solve_triangular(A, b, upper=not lower)
""",
    "det": "\ndef det(A):\n    return torch.linalg.det(A)\n",
    "pinv": "\ndef pinv(A):\n    return torch.linalg.pinv(A, rtol=1e-10)\n",
    "expm": "\ndef expm(A):\n    return torch.linalg.matrix_exp(A)\n",
    "chol": "\ndef chol(A):\n    return torch.linalg.cholesky(A)\n",
    "tril": "\ndef tril(A):\n    return torch.tril(A)\n",
    "triu": "\ndef triu(A):\n    return torch.triu(A)\n",
    "norm1": "\ndef norm1(A):\n    return torch.sum(torch.abs(A))\n",
    "normnuc": "\ndef normnuc(A):\n    return torch.linalg.norm(A, 'nuc')\n",
    "normspec": "\ndef normspec(A):\n    return torch.linalg.norm(A, 2)\n",
    "sigma_max": "\ndef sigma_max(A):\n    return torch.linalg.norm(A, 2)\n",
    "largest": "\ndef largest(A):\n    return torch.max(A)\n",
    "smallest": "\ndef smallest(A):\n    return torch.min(A)\n",
    "norminf": "\ndef norminf(A):\n    return torch.max(torch.abs(A))\n",
    "normp": "\ndef normp(A, p):\n    return torch.sum(torch.abs(A)**p)**(1/p)\n",
    "var": "\ndef var(A):\n    return torch.mean((A - torch.mean(A))**2)\n",
    "cumsum": "\ndef cumsum(x):\n    return torch.cumsum(x, dim=0)\n",
    "reverse": "\ndef reverse(x):\n    return torch.flip(x, (0,))\n",
    "diagsums": """
def diagsums(A):
    return torch.stack([torch.sum(torch.diagonal(A, -k)) for k in range(len(A))])
""",
    "commutation": """
def commutation(m, n, dtype=None, device=None):
    places = torch.arange(m*n).reshape(n, m).T.reshape(-1)
    return torch.eye(m*n, dtype=dtype, device=device)[places]
""",
    "toeplitz": """
def toeplitz(c, r=None):
    r = c if r is None else r
    apart = torch.arange(len(r), device=r.device) - torch.arange(len(c), device=r.device)[:, None]
    return torch.where(apart > 0, r[apart.clamp(min=0)], c[(-apart).clamp(min=0)])
""",
    "khatrirao": """
def khatrirao(A, B):
    if A.ndim == 1:
        return torch.kron(A, B)
    return (A[:, None, :]*B[None, :, :]).reshape(-1, A.shape[1])
""",
    "hardmax": """
def hardmax(A):
    top = (A == torch.max(A)).to(A.dtype)
    return top/torch.sum(top)
""",
    "re": "\ndef real_part(A):\n    return A.real.to(A.dtype)\n",
    "im": "\ndef imaginary_part(A):\n    return A.imag.to(A.dtype)\n",
}

OF_COMPLEX = {
    "abs": "\ndef absolute(A):\n    return torch.abs(A).to(A.dtype)\n",
    **{name: text.replace("np.", "torch.") for name, text in numpy_helpers.OF_COMPLEX.items()},
}
