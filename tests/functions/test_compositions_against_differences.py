"""Functions of the library composed across families, against differences of their values.

The matrices are given: wide, of low rank, singular, complex. The reference is an extrapolated
central difference of the value, so neither the engine nor its verifier takes part in it.
"""

import numpy as np
import pytest

import matcalc as mc

rng = np.random.default_rng(7)


def draw(where, singular=()):
    """Members of the declared sets, with the declared numbers, or sizes of small numbers."""
    sizes = {"m": 4, "n": 3, "p": 2, "q": 3}
    found = {}
    for name in mc.Workspace(where).scope.sets:
        of = mc.parse(name, where)
        rows, columns = (int(d) if isinstance(d, int) else sizes[str(d)] for d in of.shape)
        a = rng.standard_normal((rows, columns))
        kind = str(of.set).split("[")[0]
        if kind in ("C", "Herm"):
            a = a + 1j * rng.standard_normal(a.shape)
        if kind in ("Sym", "Herm"):
            a = (a + a.conj().T) / 2
        if kind == "SPD":
            a = a @ a.T + 0.3 * np.eye(rows)
        if kind == "R+":
            a = abs(a) + 0.5
        if name in singular:
            a = np.outer(a[:, 0], a[0]) + (np.outer(a[:, 1], a[1]) if singular[name] == 2 else 0)
        found[name] = a if columns > 1 else a[:, 0] if rows > 1 else a[0, 0]
    return found


def slope(e, values, name, direction):
    """Richardson's extrapolation of central differences."""

    def at(t):
        return float(np.real(e.evaluate({**values, name: values[name] + t * direction})))

    a, b, c = ((at(h) - at(-h)) / (2 * h) for h in (1e-3, 5e-4, 2.5e-4))
    return (16 * (4 * c - b) - (4 * b - a)) / 45


def direction(x, of):
    d = rng.standard_normal(np.shape(x))
    if np.iscomplexobj(x):
        d = d + 1j * rng.standard_normal(np.shape(x))
    return (d + d.conj().T) / 2 if str(of.set).split("[")[0] in ("Sym", "SPD", "Herm") else d


# function, variable, declarations, ranks of singular matrices
PROBLEMS = [
    ("logdet(expm(S)+sqrtm(B))", "S", "S in Sym[n]; B in SPD[n]", {}),
    ("tr(logm(eye(n)+A'*X*X'*A))", "X", "A in R[m,n]; X in R[m,p]", {}),
    ("normnuc(A*X*B)", "X", "A in R[2,3]; X in R[3,4]; B in R[4,5]", {}),
    ("schatten(A*X+B,5/2)^2", "X", "A in R[2,3]; X in R[3,5]; B in R[2,5]", {}),
    ("norm2(pinv(X)*b)^2", "X", "X in R[2,4]; b in R[2]", {}),
    ("tr(pinv(X'*X+S)*C)", "X", "X in R[m,n]; S in SPD[n]; C in R[n,n]", {}),
    ("sum(log(svals(X)))", "X", "X in R[4,3]", {}),
    ("lambda_max(X*diag(w)*X')", "w", "X in R[3,4]; w in R[4]", {}),
    ("c'*eigvec_max(X'*X)", "X", "X in R[4,3]; c in R[3]", {}),
    ("log(det(adj(X)+eye(n)))", "X", "X in R[n,n]", {}),
    ("tr(adj(X)*B)", "X", "X in R[n,n]; B in R[n,n]", {"X": 2}),
    ("sum(adj(X).^2)", "X", "X in R[3,3]", {"X": 1}),
    ("tr(chol(S)'*B)", "S", "S in SPD[n]; B in R[n,n]", {}),
    ("sum(log(diag(chol(A*A'+eye(m)))))", "A", "A in R[m,n]", {}),
    ("norm2(lyap(A,Q))^2", "A", "A in R[n,n]; Q in Sym[n]", {}),
    ("tr(sylv(A,B,C)'*D)", "B", "A in R[m,m]; B in R[n,n]; C,D in R[m,n]", {}),
    ("sum(rows(softmax)(Q*K'/sqrt(c))*V)", "K",
     "Q in R[m,p]; K in R[n,p]; V in R[n,q]; c in R+", {}),
    ("sum((rows(softmax)(X*X')*X).^2)", "X", "X in R[m,n]", {}),
    ("logsumexp(A*tanh(B*x))", "x", "A in R[m,p]; B in R[p,n]; x in R[n]", {}),
    ("norm21(X*inv(S))", "S", "X in R[m,n]; S in SPD[n]", {}),
    ("kyfan(A*X,2)", "X", "A in R[3,4]; X in R[4,5]", {}),
    ("normspec(X)^3", "X", "X in R[3,5]", {}),
    ("normp(A*x-b,3)", "x", "A in R[m,n]; x in R[n]; b in R[m]", {}),
    ("norm2(polar(X)-B)^2", "X", "X,B in R[2,4]", {}),
    ("tr(polar(X*A)'*B)", "X", "X in R[4,3]; A in R[3,2]; B in R[4,2]", {}),
    ("det(X'*S*X)", "S", "X in R[4,2]; S in Sym[4]", {}),
    ("logdet(X'*X)", "X", "X in R[5,3]", {}),
    ("tr(expm(A*t)*B)", "t", "A,B in R[n,n]; t in R", {}),
    ("x'*expm(A)*y", "A", "A in R[n,n]; x,y in R[n]", {}),
    ("tr(sqrtm(S)*B*sqrtm(S))", "S", "S in SPD[n]; B in R[n,n]", {}),
    ("tr(sinm(X)*cosm(X)*B)", "X", "X,B in R[n,n]", {}),
    ("sum(X^3.*exp(X))", "X", "X in R[n,n]", {}),
    ("tr(S+T-2*sqrtm(sqrtm(S)*T*sqrtm(S)))", "S", "S,T in SPD[n]", {}),
    ("norm2(logm(inv(sqrtm(T))*S*inv(sqrtm(T))))^2", "S", "S,T in SPD[n]", {}),
    ("sum(f(svals(X)))", "X", "X in R[2,4]; f(t)=log(1+t^2)", {}),
    ("sum(exp(-norm2(x)^2)*kron(x,y))", "x", "x in R[m]; y in R[n]", {}),
    ("norm2(kron(A,X)*b)^2", "X", "A in R[2,2]; X in R[3,2]; b in R[4]", {}),
    ("norm2(khatrirao(A,X))^4", "X", "A in R[2,3]; X in R[4,3]", {}),
    ("norm2(conv(x,y))^2", "x", "x in R[m]; y in R[n]", {}),
    ("logdet(toeplitz(x)+c*eye(n))", "x", "x in R[n]; c in R+", {}),
    ("sum(cumsum(x).^2.*reverse(x))", "x", "x in R[n]", {}),
    ("sum(tril(X*X').^3)", "X", "X in R[m,n]", {}),
    ("vech(X'*X)'*b", "X", "X in R[4,3]; b in R[6]", {}),
    ("det(block(A,X;X',B))", "X", "A in R[2,2]; B in R[3,3]; X in R[2,3]", {}),
    ("sum(i in 1..m, log(1+exp(-y[i]*(A[i,:]*x))))", "x", "A in R[m,n]; x in R[n]; y in R[m]", {}),
    ("sum(i in 1..m, sum(j in 1..m, exp(-norm2(X[i,:]-X[j,:])^2)))", "X", "X in R[m,n]", {}),
    ("sum(gelu(A*X).^2)", "X", "A in R[m,n]; X in R[n,p]", {}),
    ("sum(lgamma(abs(x)+1)) - lgamma(sum(abs(x))+n)", "x", "x in R[n]", {}),
    ("x'*inv(S)*x/(1+logdet(S))", "S", "S in SPD[n]; x in R[n]", {}),
    ("lambda_max(A,B)", "B", "A in Sym[n]; B in SPD[n]", {}),
    ("(c'*eigvec(A,B,2))^2", "A", "A in Sym[n]; B in SPD[n]; c in R[n]", {}),
    ("lambda_max(A*X)", "X", "A in SPD[n]; X in SPD[n]", {}),
    ("sum(eigvals(D*A).^2)", "A", "D in SPD[n]; A in Sym[n]", {}),
    ("norm2(svd_u(X)*svd_v(X)' - B)^2", "X", "X,B in R[2,3]", {}),
    ("max(X*a)*norminf(X)", "X", "X in R[m,n]; a in R[n]", {}),
    ("sum(var(X,2))*mean(X)", "X", "X in R[m,n]", {}),
    ("re(tr(Z^H*A*Z))/norm2(Z)", "Z", "Z in C[m,n]; A in C[m,m]", {}),
    ("normnuc(Z)", "Z", "Z in C[2,4]", {}),
    ("schatten(A*Z,3)", "Z", "A in C[2,3]; Z in C[3,4]", {}),
    ("logdet(eye(n)+Z^H*Z)", "Z", "Z in C[m,n]", {}),
    ("abs(tr(inv(Z)*A))^2", "Z", "Z,A in C[n,n]", {}),
    ("re(c'*eigvals(H))*norm2(H)", "H", "H in Herm[n]; c in R[n]", {}),
    ("norm2(pinv(Z)*b)^2", "Z", "Z in C[2,4]; b in C[2]", {}),
    ("re(tr(expm(Z)*A))", "Z", "Z,A in C[n,n]", {}),
    ("log(specrad(A*diag(x)))", "x", "A in R[n,n]; x in R+[n]", {}),
    ("specrad(X*A)^2", "X", "X in R[n,q]; A in R[q,n]", {}),
    ("norm2(X*pinv(X'*X))^2", "X", "X in R[m,n]", {}),
    ("tr(frechet(adj)(X,B)*C)", "X", "X, B, C in R[4,4]", {"X": 2}),
    ("tr(logm(S)*T*logm(S))", "S", "S in SPD[n]; T in Sym[n]", {}),
    ("sum(svals(A*X).^3)", "X", "A in R[2,3]; X in R[3,5]", {}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "variable", "where", "singular"), PROBLEMS)
def test_the_gradient_agrees_with_differences(text, variable, where, singular):
    values = draw(where, singular)
    gradient = mc.derive(text, variable, where).tensor(values)
    e, x = mc.parse(text, where), mc.parse(variable, where)
    for _ in range(3):
        d = direction(values[variable], x)
        found = np.sum(np.conj(gradient) * d)
        if np.iscomplexobj(values[variable]) and "hermitian" not in x.facts:
            found = 2 * found.real  # by conj(Z)
        exact = slope(e, values, variable, d)
        assert abs(found - exact) <= 1e-7 * max(abs(exact), 1e-2), (found, exact)
