"""Index notation as it is printed, read by a reader of its own and summed by loops."""

import check
import numpy as np
import pytest
from index_text import Reader, entries

import matcalc as mc

from test_corpus import CASES, SUPPORTED, TOLERANCE, answer, points  # isort: skip

SIZES = {"m": 2, "n": 3, "p": 2, "q": 3, "r": 2, "s": 3, "k": 2}

# expression, wrt, declarations, order
FIRST_ORDER = [
    ("kron(X,Y)", "X", ""),
    ("kron(X,Y)", "Y", ""),
    ("kron(X,X)", "X", ""),
    ("kron(A,B)*vec(X)", "X", "A in R[m,n]; B in R[p,q]; X in R[q,n]"),
    ("kron(A*X,B)*y", "X", "A in R[m,n]; X in R[n,p]; B in R[q,r]; y in R[p*r]"),
    ("kron(x,kron(x,x))", "x", ""),
    ("kron(A,kron(X,B))", "X", "A in R[k,k]; X in R[m,n]; B in R[p,k]"),
    ("hcat(X,X*A)*y", "X", "X in R[m,n]; A in R[n,p]; y in R[n+p]"),
    ("tr(kron(X,X)*A)", "X", "X in R[k,k]; A in R[k^2,k^2]"),
    ("vec(X*X')", "X", ""),
    ("unvec(x,m,n)*A", "x", "x in R[m*n]; A in R[n,p]"),
    ("commutation(m,n)*vec(X)", "X", "X in R[m,n]"),
    ("khatrirao(A,X)", "X", ""),
    ("vech(X)", "X", "X in R[n,n]"),
    ("vech(A*X)", "X", "A, X in R[n,n]"),
    ("vech(X)'*vech(X)", "X", "X in R[n,n]"),
    ("vech(X)*vech(X)'", "X", "X in R[k,k]"),
    ("A*vech(X)", "X", "X in R[n,n]; A in R[m,n*(n+1)/2]"),
    ("x'*vech(X*X)", "X", "X in R[n,n]; x in R[n*(n+1)/2]"),
    ("vech(S)", "S", "S in Sym[n]"),
    ("duplication(n)*x", "x", "x in R[n*(n+1)/2]"),
    ("norm2(duplication(n)*x)^2", "x", "x in R[n*(n+1)/2]"),
    ("unvec(duplication(n)*x,n,n)*y", "x", "x in R[n*(n+1)/2]; y in R[n]"),
    ("hcat(A,X)", "X", ""),
    ("vcat(X*A,B)", "X", ""),
    ("block(A,X;B,C)", "X", ""),
    ("x[2:3]", "x", "x in R[q]"),
    ("X[:,2]", "X", "X in R[m,n]"),
    ("X[1,:]*A", "X", "X in R[m,n]; A in R[n,p]"),
    ("cumsum(A*x)", "x", ""),
    ("reverse(x)", "x", ""),
    ("toeplitz(x)", "x", ""),
    ("X*y", "X", "X in Toep[n]; y in R[n]"),
    ("X*y", "X", "X in SymToep[n]; y in R[n]"),
    ("tr(A*X)", "X", "X in SymToep[n]; A in R[n,n]"),
    ("logdet(X)", "X", "X in Toep[n]"),
    ("tr(X)*y", "X", "X in Toep[n]; y in R[n]"),
    ("tr(A*expm(X))", "X", "A, X in R[n,n]"),
    ("expm(E*X)*y", "X", "E, X in R[n,n]; y in R[n]"),
    ("sqrtm(S)", "S", "S in SPD[n]"),
    ("tril(X)*A", "X", "X in R[n,n]"),
    ("triu(A*X)", "X", "A, X in R[n,n]"),
    ("lyap(A,Q)", "Q", "A, Q in R[n,n]"),
    ("expm(X)", "X", "X in R[n,n]"),
    ("frechet(expm)(A,X)", "X", "A, X in R[n,n]"),
    ("x'*A", "x", ""),
    ("x*A", "x", "x in R[1,m]; A in R[m,n]"),
    ("diag(x)*A*diag(x)", "x", ""),
    ("rows(softmax)(X)", "X", ""),
    ("inv(S)", "S", "S in Sym[n]"),
    ("eigvals(S)", "S", "S in Sym[n]"),
    ("tr(X)*X", "X", ""),
    ("norm2(X)*X", "X", ""),
    ("sum(X,1)", "X", "X in R[m,n]"),
    ("norm2(A*X - B)^2", "X", ""),
]
HIGHER = [
    ("X'*X", "X", "", 2),
    ("vech(X*X)", "X", "X in R[n,n]", 2),
    ("vech(X)'*vech(X)", "X", "X in R[n,n]", 2),
    ("norm2(duplication(n)*x)^2", "x", "x in R[n*(n+1)/2]", 2),
    ("inv(X)", "X", "", 2),
    ("expm(X)", "X", "X in R[k,k]", 2),
    ("tr(A*expm(X))", "X", "A, X in R[n,n]", 2),
    ("norm2(X*y - z)^2", "X", "X in Toep[n]; y, z in R[n]", 2),
    ("logdet(X)", "X", "X in Toep[n]", 2),
    ("inv(X)", "X", "X in Toep[k]", 2),
    ("tr(X*A*X*B)", "X", "X in SymToep[n]; A, B in R[n,n]", 2),
    ("tr(X)^3", "X", "X in Toep[n]", 2),
    ("A*X*B*X", "X", "X in R[n,n]; A in R[m,n]; B in R[n,n]", 2),
    ("kron(X,X)", "X", "X in R[m,k]", 2),
    ("softmax(x)", "x", "", 2),
    ("x*x'*A*x", "x", "", 2),
    ("x'", "x", "x in R[n]", 2),
    ("X*y*y'", ("X", "y"), "", 2),
    ("x'*A*x", ("x", "A"), "", 2),
    ("det(X)", "X", "", 2),
    ("logdet(S)", "S", "S in SPD[n]", 2),
    ("tr(X*A*X'*B)", "X", "", 2),
    ("log(sum(exp(A*x)))", "x", "", 2),
    ("(x'*x)^2", "x", "", 3),
    ("logsumexp(x)", "x", "", 3),
    ("norm2(x)", "x", "", 3),
    ("sum(exp(A*x))", "x", "", 3),
    ("sum(x.^4)", "x", "", 4),
    ("logdet(X)", "X", "X in SPD[k]", 3),
    ("tr(X*X*X)", "X", "X in R[k,k]", 3),
    ("y'*tanh(A*x)", "x", "", 3),
    ("c^3*x", ("c", "x"), "x in R[n]", 2),
    ("exp(c)*A", "c", "", 3),
    ("kron(x,kron(x,x))", "x", "x in R[k]", 2),
    ("tr(kron(X,X)*A)", "X", "X in R[k,k]; A in R[k^2,k^2]", 2),
    ("X.*X.*X", "X", "X in R[m,k]", 2),
    ("x'*diag(x)*A*x", "x", "", 3),
]


def drawn(d, seed=0):
    """Values for the variables of an answer: moderate numbers, in the sets that matter here."""
    rng = np.random.default_rng(seed)
    values = {}
    for s in mc.expr.nodes.symbols(d.problem.function, *d.problem.variables):
        shape = [
            int(n) if isinstance(n, int) else Reader("", {}, SIZES).size(str(n)) for n in s.shape
        ]
        a = rng.uniform(0.3, 1.2, shape)
        if s.set.name in ("Sym", "SPD"):
            a = a + a.T + 3 * np.eye(len(a))
        elif s.set.name in ("Toep", "SymToep"):
            steps = np.subtract.outer(np.arange(len(a)), np.arange(len(a)))
            a = 0.1 * steps**2 + np.eye(len(a))
            a += np.tril(np.ones(shape)) if s.set.name == "Toep" else 0
        elif shape[0] == shape[1]:
            a = a + 2 * np.eye(len(a))
        values[s.name] = a[0, 0] if s.is_scalar else a[:, 0] if s.shape[1] == 1 else a
    return values


@pytest.mark.parametrize("case", [(*c, 1) for c in FIRST_ORDER] + HIGHER, ids=str)
def test_what_is_printed_is_the_tensor(case):
    expression, wrt, where, order = case
    d = mc.derive(expression, wrt, where, order=order)
    assert d.verification.ok, d.verification.message
    values = drawn(d)
    sizes = {n: k for n, k in SIZES.items() if n in d.problem.known}
    wanted = np.reshape(d.tensor({**values, **sizes}), -1, order="F")
    reader = Reader(d.where, values, sizes)
    for where, value in entries(d.index(), reader, count=300):
        assert abs(value - wanted[where]) <= 1e-8 * max(1, abs(wanted[where])), str(d.index())


@pytest.mark.parametrize("case", [(*c, 1) for c in FIRST_ORDER] + HIGHER, ids=str)
def test_every_line_entry_by_entry_is_true(case):
    """Each line of the derivation has the value of what it is the derivative of, or of that."""
    expression, wrt, where, order = case
    d = mc.derive(expression, wrt, where, order=order, verify=False)
    values = drawn(d)
    sizes = {n: k for n, k in SIZES.items() if n in d.problem.known}
    reader = Reader(d.where, values, sizes)
    variables = d.variables
    wanted = {
        0: d.problem.function.evaluate({**values, **sizes}),
        **{
            k: mc.derive(
                d.problem.function, variables[:k] if len(set(variables)) > 1 else variables[0],
                order=k, verify=False,
            ).tensor({**values, **sizes})
            for k in range(1, order + 1)
        },
    }  # fmt: skip
    for step in d.index_steps:
        whole = np.reshape(wanted[len(step.form.by)], -1, order="F")
        for place, value in entries(step.form, reader, count=12):
            assert abs(value - whole[place]) <= 1e-8 * max(1, abs(whole[place])), str(step.form)


@pytest.mark.parametrize("name", SUPPORTED)
def test_of_the_corpus(name):
    d, case = answer(name), CASES[name]
    _, everything, wanted = next(points(case))
    reader = Reader(case["where"] + ";" + d.where, everything, check.sizes(case))
    whole = np.reshape(wanted, -1, order="F")
    scale = max(1.0, float(np.max(abs(whole))))
    for place, value in entries(d.index(), reader, count=8):
        assert abs(value - whole[place]) <= TOLERANCE * scale, str(d.index())
