"""Second derivatives by structured variables, in both conventions and by free entries.

The reference is made here from a basis of the linear space, one matrix for each free entry: with
the second slopes H of the function along pairs of them, the Hessian that counts each free entry
once is Σ H_ij B_i ⊗ B_j; the projected one has inv(Γ) H inv(Γ) for H, Γ_ij = B_i : B_j; and by
vech(X) it is H itself.
"""

import numpy as np
import pytest

import matcalc as mc

N = 3
RNG = np.random.default_rng(9)
A, B, b = RNG.standard_normal((N, N)), RNG.standard_normal((N, N)), RNG.standard_normal(N)
FUNCTIONS = {
    "tr(A*X*B*X)": lambda x: np.trace(A @ x @ B @ x),
    "sum(exp(X).*A)": lambda x: np.sum(np.exp(x) * A),
    "tr(inv(4*eye(n) + X)*A)": lambda x: np.trace(np.linalg.inv(4 * np.eye(N) + x) @ A),
    "logdet(4*eye(n) + X*X')": lambda x: np.linalg.slogdet(4 * np.eye(N) + x @ x.T)[1],
    "sum(softplus(X*b))": lambda x: np.sum(np.log1p(np.exp(x @ b))),
}
SPACES = ["Sym", "Skew", "Diag", "Tril", "Triu", "Toep", "SymToep", "SPD"]


def basis(kind):
    """One matrix for each free entry; of symmetric matrices in the order of vech."""
    pairs = [(i, j) for j in range(N) for i in range(N)]

    def unit(i, j):
        e = np.zeros((N, N))
        e[i, j] = 1
        return e

    lower = [(i, j) for i, j in pairs if i >= j]
    match kind:
        case "Sym" | "SPD":
            return [unit(i, j) + (unit(j, i) if i != j else 0) for i, j in lower]
        case "Skew":
            return [unit(i, j) - unit(j, i) for i, j in lower if i != j]
        case "Diag":
            return [unit(i, i) for i in range(N)]
        case "Tril":
            return [unit(i, j) for i, j in lower]
        case "Triu":
            return [unit(j, i) for i, j in lower]
        case "Toep":
            return [np.eye(N, k=k) for k in range(1 - N, N)]
        case "SymToep":
            return [np.eye(N, k=k) + (np.eye(N, k=-k) if k else 0) for k in range(N)]


def bend(f, x, h, step=1e-2):
    """The second derivative along h."""
    values = [f(x + k * step * h) for k in (-2, -1, 0, 1, 2)]
    return np.dot([-1, 16, -30, 16, -1], values) / (12 * step**2)


@pytest.mark.parametrize("kind", SPACES)
@pytest.mark.parametrize("text", FUNCTIONS)
def test_hessians(kind, text):
    f, space = FUNCTIONS[text], basis(kind)
    x = sum(0.3 * RNG.standard_normal() * e for e in space)
    if kind == "SPD":
        x = x @ x + np.eye(N) / 2
    along = [bend(f, x, e) for e in space]
    k = range(len(space))
    h = np.array(
        [[(bend(f, x, space[i] + space[j]) - along[i] - along[j]) / 2 for j in k] for i in k]
    )
    gram = np.array([[np.sum(p * q) for q in space] for p in space])
    inverse = np.linalg.inv(gram)
    where = f"A, B in R[n,n]; b in R[n]; X in {kind}[n]"
    for convention, weights in (("projected", inverse @ h @ inverse), ("entries", h)):
        d = mc.derive(text, "X", where, order=2, convention=convention, verify=False)
        given = {s.name: {"A": A, "B": B, "b": b, "X": x}[s.name] for s in d.problem.symbols}
        wanted = np.einsum("ij,iab,jcd->abcd", weights, space, space)
        scale = 1 + np.max(abs(wanted))
        assert np.max(abs(d.tensor(given) - wanted)) < 1e-5 * scale, (convention, d.result)
        if convention == "projected" and kind in ("Sym", "SPD"):
            free = d.vech()
            needed = {name: v for name, v in given.items() if name in str(free)}
            assert np.max(abs(free.evaluate({**needed, "n": N}) - h)) < 1e-5 * (1 + np.max(abs(h)))
