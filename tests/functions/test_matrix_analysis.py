"""Gradients of the literature on spectra, norms, matrix functions and generalised inverses.

Each has the closed form that its source gives, or one that follows from it in a line; where there
is none, the verification against slopes of the function's values has to do.
"""

import numpy as np
import pytest

import matcalc as mc
from matcalc.numeric.verify import verify_equal

MC = "Petersen & Pedersen, Matrix Cookbook"
MN = "Magnus & Neudecker, Matrix Differential Calculus"
HIGHAM = "Higham, Functions of Matrices"
BV = "Boyd & Vandenberghe, Convex Optimization"
BHATIA = "Bhatia, Positive Definite Matrices"
GILES = "Giles, Collected matrix derivative results"

CLOSED = [
    # Eigenvalues
    ("lambda_max(S)", "S", "S in Sym[n]", "eigvec_max(S)*eigvec_max(S)'", f"{MC} (67)"),
    ("lambda_min(A'*diag(w)*A)", "w", "A in R[m,n]; w in R[m]",
     "(A*eigvec_min(A'*diag(w)*A)).^2", f"{BV}, sec. 7.5.2, E-optimal design"),
    ("lambda_max(A + t*B)", "t", "A, B in Sym[n]; t in R",
     "eigvec_max(A + t*B)'*B*eigvec_max(A + t*B)", f"{MC} (67)"),
    ("sum(eigvals(X))", "X", "X in R[n,n]", "eye(n)", f"{MC} (65)"),
    ("sum(log(eigvals(S)))", "S", "S in SPD[n]", "inv(S)", f"{MC} (66)"),
    ("sum(eigvals(S).^3)", "S", "S in Sym[n]", "3*S^2", "Lewis, SIAM J. Optim. 6 (1996), thm. 1.1"),
    ("c'*eigvals(A + t*B)", "t", "A, B in Sym[n]; t in R; c in R[n]",
     "c'*diag(eigvecs(A + t*B)'*B*eigvecs(A + t*B))", f"{MC} (67)"),
    ("log(lambda_max(S)) - log(lambda_min(S))", "S", "S in SPD[n]",
     "eigvec_max(S)*eigvec_max(S)'/lambda_max(S) - eigvec_min(S)*eigvec_min(S)'/lambda_min(S)",
     "Chen, Womersley & Ye, Minimizing the condition number of a Gram matrix (2011)"),
    ("lambda_max(inv(B)*A)", "A", "A in Sym[n]; B in SPD[n]",
     "eigvec_max(inv(B)*A)*eigvec_max(inv(B)*A)'"
     "/(eigvec_max(inv(B)*A)'*B*eigvec_max(inv(B)*A))",
     "Overton & Womersley, SIAM J. Matrix Anal. Appl. 16 (1995): A v = λ B v"),
    ("lambda_max(inv(B)*A)", "B", "A in Sym[n]; B in SPD[n]",
     "-lambda_max(inv(B)*A)*eigvec_max(inv(B)*A)*eigvec_max(inv(B)*A)'"
     "/(eigvec_max(inv(B)*A)'*B*eigvec_max(inv(B)*A))",
     "Overton & Womersley, SIAM J. Matrix Anal. Appl. 16 (1995)"),
    ("lambda_max(inv(chol(B))*A*inv(chol(B))')", "A", "A in Sym[n]; B in SPD[n]",
     "eigvec_max(inv(B)*A)*eigvec_max(inv(B)*A)'"
     "/(eigvec_max(inv(B)*A)'*B*eigvec_max(inv(B)*A))", "the same by Cholesky's factor"),
    ("x'*A*x/(x'*B*x)", "x", "A in Sym[n]; B in SPD[n]; x in R[n]",
     "2*(A*x - (x'*A*x/(x'*B*x))*B*x)/(x'*B*x)", f"{MN}, ch. 11: the Rayleigh quotient"),
    ("(a'*eigvec_max(S))^2", "S", "S in Sym[n]; a in R[n]",
     "(a'*eigvec_max(S))*(pinv(lambda_max(S)*eye(n) - S)*a*eigvec_max(S)'"
     " + eigvec_max(S)*a'*pinv(lambda_max(S)*eye(n) - S))", f"{MC} (68); {MN}, ch. 9, thm. 8"),
    ("lambda_max(A + x*x')", "x", "A in Sym[n]; x in R[n]",
     "2*eigvec_max(A + x*x')*(eigvec_max(A + x*x')'*x)", f"{MC} (67)"),
    # Singular values and norms
    ("normnuc(X)", "X", "X in R[m,n]", "svd_u(X)*svd_v(X)'", "Watson (1992): UV'"),
    ("log(normnuc(A*X - B))", "X", "A in R[m,n]; X in R[n,p]; B in R[m,p]",
     "A'*polar(A*X - B)/normnuc(A*X - B)", "Watson (1992)"),
    ("norm2(X - A)^2/2 + c*normnuc(X)", "X", "A, X in R[m,n]; c in R+",
     "X - A + c*polar(X)", "Cai, Candès & Shen, singular value thresholding (2010)"),
    ("normnuc(A*B')", "A", "A in R[m,2]; B in R[n,2]", "polar(A*B')*B",
     "Srebro, Rennie & Jaakkola, maximum-margin matrix factorization (2004)"),
    ("normspec(X)^2", "X", "X in R[m,n]", "2*X*eigvec_max(X'*X)*eigvec_max(X'*X)'",
     "Watson (1992): 2σuv'"),
    ("sigma_max(A*X)", "X", "A in R[m,n]; X in R[n,p]", "A'*polar(A*X,1)", "Watson (1992): uv'"),
    ("sum(log(svals(X)))", "X", "X in R[n,n]", "inv(X)'", f"{MC} (57)"),
    ("sum(svals(X).^2)", "X", "X in R[m,n]", "2*X", f"{MC} (115)"),
    ("kyfan(A + t*B,2)", "t", "A, B in R[m,n]; t in R", "polar(A + t*B,2) : B",
     "Overton & Womersley (1993)"),
    ("schatten(X,4)^4", "X", "X in R[m,n]", "4*X*X'*X", "tr((X'X)^2)"),
    ("schatten(X,1)", "X", "X in R[m,n]", "polar(X)", "Lewis (1995)"),
    ("schatten(X,p)^p", "X", "X in R[n,n]; p in R+",
     "p*svd_u(X)*diag(svals(X).^(p - 1))*svd_v(X)'", "Nie, Huang & Ding, AAAI 2012"),
    ("normp(A*x - b,3)^3", "x", "A in R[m,n]; x in R[n]; b in R[m]",
     "3*A'*((A*x - b).*abs(A*x - b))", f"{BV}, sec. 6.1"),
    ("normp(x,p)^p", "x", "x in R[n]; p in R+", "p*sign(x).*abs(x).^(p - 1)", "by definition"),
    ("normp(x,2)", "x", "x in R[n]", "x/norm2(x)", f"{MC} (129)"),
    ("norm21(X)", "X", "X in R[m,n]", "X*diag(1./sqrt(diag(X'*X)))",
     "Nie, Huang, Cai & Ding, feature selection via joint l21-norms (2010)"),
    ("norm21((A*X)')", "X", "A in R[m,n]; X in R[n,p]",
     "A'*diag(1./sqrt(diag(A*X*X'*A')))*A*X", "by rows"),
    # Determinants and inverses
    ("log(det(pinv(P)'*pinv(P)))", "P", "P in R[n,m]", "-2*pinv(P)'", f"{MC} (56)"),
    ("logdet(X'*X)", "X", "X in R[m,n]", "2*pinv(X)'", f"{MC} (55)"),
    ("det(X'*A*X)", "X", "X in R[m,n]; A in SPD[m]", "2*det(X'*A*X)*A*X*inv(X'*A*X)",
     f"{MC} (52)"),
    ("det(A + X)", "X", "A, X in R[n,n]", "adj(A + X)'", f"{MN}, ch. 8, thm. 1"),
    ("tr(A*adj(X))", "X", "A, X in R[n,n]",
     "det(X)*(tr(A*inv(X))*inv(X)' - (inv(X)*A*inv(X))')", f"{MN}, ch. 8, sec. 6"),
    ("norm2(pinv(A)*b)^2", "b", "A in R[m,n]; b in R[m]", "2*pinv(A)'*pinv(A)*b", f"{MC} (77)"),
    ("norm2(y - A*pinv(A)*y)^2", "A", "A in R[m,n]; y in R[m]",
     "-2*(eye(m) - A*pinv(A))*y*y'*pinv(A)'",
     "Golub & Pereyra (1973), variable projection"),
    ("b'*(A\\b)", "A", "A in R[n,n]; b in R[n]", "-inv(A)'*b*b'*inv(A)'", f"{MC} (61)"),
    ("sum(B/A)", "A", "A in R[n,n]; B in R[m,n]", "-(inv(A)*ones(n,m)*B*inv(A))'", f"{MC} (63)"),
    # Cholesky factors
    ("2*sum(log(diag(chol(S))))", "S", "S in SPD[n]", "inv(S)", f"{MC} (57): log det S"),
    ("norm2(chol(S)\\x)^2", "S", "S in SPD[n]; x in R[n]", "-inv(S)*x*x'*inv(S)",
     f"{MC} (61): x'S⁻¹x"),
    # Matrix functions
    ("tr(expm(X))", "X", "X in R[n,n]", "expm(X)'", f"{HIGHAM}, thm. 3.3"),
    ("tr(sinm(X))", "X", "X in R[n,n]", "cosm(X)'", f"{MC} (128)"),
    ("tr(cosm(X))", "X", "X in R[n,n]", "-sinm(X)'", f"{HIGHAM}, thm. 3.3"),
    ("tr(cosm(X)*sinm(X))", "X", "X in R[n,n]", "cosm(2*X)'", "half the sine of twice X"),
    ("tr(expm(t*A)*B)", "t", "A, B in R[n,n]; t in R", "tr(A*expm(t*A)*B)", f"{MC} (10.1.3)"),
    ("norm2(expm(t*A)*x - y)^2", "t", "A in R[n,n]; x, y in R[n]; t in R",
     "2*(expm(t*A)*x - y)'*A*expm(t*A)*x", f"{MC} (10.1.3)"),
    ("tr(expm(W.*W)) - n", "W", "W in R[n,n]", "2*W.*expm(W.*W)'",
     "Zheng, Aragam, Ravikumar & Xing, NOTEARS (2018), thm. 1"),
    ("log(tr(expm(H)))", "H", "H in Sym[n]", "expm(H)/tr(expm(H))",
     "the Gibbs state; Bhatia, Matrix Analysis"),
    ("tr(expm(X'*X))", "X", "X in R[m,n]", "2*X*expm(X'*X)", f"{HIGHAM}, thm. 3.3"),
    ("logdet(expm(X))", "X", "X in R[n,n]", "eye(n)", "Liouville's formula"),
    ("tr(S*logm(S)) - tr(S*logm(T)) - tr(S) + tr(T)", "S", "S, T in SPD[n]",
     "logm(S) - logm(T)", "Dhillon & Tropp (2007): von Neumann divergence"),
    ("norm2(logm(S))^2/2", "S", "S in SPD[n]", "logm(S)*inv(S)", f"{BHATIA}, ch. 6"),
    ("tr(logm(S)*A)", "S", "S in SPD[n]; A in Sym[n]", "frechet(logm)(S,A)", f"{HIGHAM}, ch. 11"),
    ("tr(sqrtm(S))", "S", "S in SPD[n]", "inv(sqrtm(S))/2", f"{BHATIA}, ch. 4"),
    ("tr(S) + tr(A) - 2*tr(sqrtm(sqrtm(A)*S*sqrtm(A)))", "S", "S, A in SPD[n]",
     "eye(n) - sqrtm(A)*inv(sqrtm(sqrtm(A)*S*sqrtm(A)))*sqrtm(A)",
     "Bhatia, Jain & Lim, Bures-Wasserstein distance (2019)"),
    ("tr(A*sqrtm(S))", "S", "S in SPD[n]; A in Sym[n]", "lyap(sqrtm(S),A)",
     "d(S^½) solves a Lyapunov equation"),
    ("tr(A*frechet(expm)(X,E))", "E", "A, X, E in R[n,n]", "frechet(expm)(X',A')",
     f"{HIGHAM}, (3.24)"),
    ("tr(frechet(expm)(X,X))", "X", "X in R[n,n]", "(expm(X) + X*expm(X))'", "tr(X e^X)"),
    # Real powers of definite matrices
    ("tr(S^p)", "S", "S in SPD[n]; p in R", "p*inv(S)*expm(p*logm(S))", f"{BHATIA}, ch. 1"),
    ("tr(S^p)", "p", "S in SPD[n]; p in R", "tr(logm(S)*expm(p*logm(S)))", f"{BHATIA}, ch. 1"),
    ("tr(S^0.5)", "S", "S in SPD[n]", "inv(sqrtm(S))/2", f"{BHATIA}, ch. 1"),
    ("norm2(S^(3/2))^2", "S", "S in SPD[n]", "3*S^2", "tr(S^3)"),
    ("log(tr(S^c))/(1 - c)", "S", "S in SPD[n]; c in R+",
     "c*expm((c - 1)*logm(S))/((1 - c)*tr(S^c))", "Müller-Lennert et al., Rényi entropies (2013)"),
    ("tr((X'*X + eye(n))^(1/2))", "X", "X in R[m,n]", "X*inv(sqrtm(X'*X + eye(n)))",
     "Mohan & Fazel, iterative reweighted least squares for rank minimisation (2012)"),
    # Matrix equations
    ("tr(lyap(A,Q))", "A", "A in R[n,n]; Q in Sym[n]", "-2*lyap(A',eye(n))*lyap(A,Q)",
     "Kao & Hennequin, automatic differentiation of Sylvester equations (2020)"),
    ("tr(C*lyap(A + B*K,Q))", "K", "A in R[n,n]; B in R[n,m]; K in R[m,n]; Q, C in SPD[n]",
     "-2*B'*lyap((A + B*K)',C)*lyap(A + B*K,Q)", "Levine & Athans (1970): output feedback"),
    ("norm2(sylv(A,B,C))^2", "B", "A in R[m,m]; B in R[n,n]; C in R[m,n]",
     "-2*sylv(A,B,C)'*sylv(A',B',sylv(A,B,C))", "Kao & Hennequin (2020)"),
]  # fmt: skip

OTHERS = [
    ("norm2(eigvec_min(S) - x)^2", "S", "S in Sym[n]; x in R[n]", f"{GILES}, sec. 3.1"),
    ("lambda_max(A)", "A", "A in R[n,n]", "a left and a right eigenvector"),
    ("eigval(inv(B)*A,2)", "B", "A in Sym[3]; B in SPD[3]", "generalised eigenvalues"),
    ("tr(eigvecs(S)*A)", "S", "S in Sym[n]; A in R[n,n]", f"{GILES}, sec. 3.1"),
    ("c'*svals(A*X)", "X", "X in R[n,n]; A in R[m,n]; c in R[n]", f"{GILES}, sec. 3.3"),
    ("tr(svd_v(X)*A)", "X", "X in R[m,n]; A in R[n,n]", f"{GILES}, sec. 3.3"),
    ("tr(svd_u(X)*A)", "X", "X in R[5,3]; A in R[3,5]", f"{GILES}, sec. 3.3"),
    ("norm2(X - polar(X))^2", "X", "X in R[m,n]", "the nearest matrix with orthonormal columns"),
    ("tr(A*pinv(X))", "X", "X in R[m,n]; A in R[m,n]", "Golub & Pereyra (1973)"),
    ("norminf(A*x - b)", "x", "A in R[m,n]; x in R[n]; b in R[m]", f"{BV}, sec. 6.1, Chebyshev"),
    ("normp(x,p)", "p", "x in R[n]; p in R+", "by definition"),
    ("schatten(X,p)", "p", "X in R[n,n]; p in R+", "by definition"),
    ("tr(chol(S)*A)", "S", "S in SPD[n]; A in R[n,n]", "Murray (2016)"),
    ("norm2(expm(A)*x - y)^2", "A", "A in R[n,n]; x, y in R[n]", f"{HIGHAM}, sec. 10.6"),
    ("tr(logm(A)*B*logm(A))", "A", "A in SPD[n]; B in Sym[n]", f"{HIGHAM}, sec. 11.8"),
    ("norm2(sqrtm(S) - A)^2", "S", "S in SPD[n]; A in R[n,n]", f"{HIGHAM}, sec. 6.1"),
    ("tr(sinm(A*X)*B)", "X", "A, X, B in R[n,n]", f"{HIGHAM}, sec. 12.1"),
    ("tr(frechet(expm)(A,E)*B)", "A", "A, E, B in R[n,n]", "Higham & Relton (2014)"),
    ("tr(sylv(A,B,C)*D)", "A", "A in R[m,m]; B in R[n,n]; C in R[m,n]; D in R[n,m]", "Kao (2020)"),
]  # fmt: skip


@pytest.mark.parametrize(("function", "wrt", "where", "form", "source"), CLOSED)
def test_the_closed_form_of_the_source(function, wrt, where, form, source):
    d = mc.derive(function, wrt, where)
    assert d.verification.ok, d.verification.message
    wanted = mc.parse(form, where)
    found = verify_equal(d.result, wanted, ())
    assert found.ok, (str(d.result), form, found.message)
    assert not verify_equal(d.result, -2 * wanted, ()), "a comparison that cannot fail"


@pytest.mark.parametrize(("function", "wrt", "where", "source"), OTHERS)
def test_verified_by_slopes(function, wrt, where, source):
    d = mc.derive(function, wrt, where)
    assert d.verification.ok, d.verification.message
    assert d.verification.error < 1e-7
    assert mc.Workspace(f"{where};{d.where}").parse(str(d.result)) is d.result


def test_real_powers_of_definite_matrices():
    """A^(k/2) is a power of the root, any other A^p is exp(p log A); in Python, too."""
    where = "S in SPD[n]; p in R"
    S = mc.parse("S", where)
    assert S**0.5 is mc.parse("S^(1/2)", where) is mc.sqrtm(S)
    assert str(mc.parse("S^(-3/2)", where)) == "sqrtm(S)^-3"
    assert mc.parse("S^p", where) is mc.parse("expm(p*logm(S))", where)
    with pytest.raises(mc.DomainError, match="of a matrix is not an integer"):
        mc.parse("A^(1/2)", "A in R[n,n]")


def test_a_power_needs_no_function_before_it(tmp_path):
    """The first expression of a process may be a power."""
    import subprocess
    import sys

    text = "import matcalc as mc; print(mc.parse('S^0.5', 'S in SPD[n]'))"
    done = subprocess.run(
        [sys.executable, "-c", text], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.stdout == "sqrtm(S)\n", done.stderr


@pytest.mark.parametrize(
    ("text", "wrt", "where", "message"),
    [
        ("tr(chol(A))", "A", "A in R[n,n]", "declare it so: A in Sym[n], or in SPD[n]"),
        (
            "sum(polar(X,k))",
            "k",
            "X in R[m,n]; k in R",
            "the derivative of polar by its argument k",
        ),
        ("frechet(expm)(X,X,X,X,X,X,X,X)", "X", "X in R[n,n]", "known up to order 6"),
        ("kyfan(X,k)", "k", "X in R[m,n]; k in R", "the derivative of kyfan by its argument k"),
        ("tr(expm(X))", "X", "X in R[m,n]", "expm needs a square matrix"),
        ("tr(frechet(exp)(X,X))", "X", "X in R[n,n]", "matrix functions: adj, cosm, expm"),
        ("lambda_max(X)", "X", "X in R[m,n]", "lambda_max needs a square matrix"),
        ("tr(lyap(A,x))", "A", "A in R[n,n]; x in R[n]", "lyap takes R[n,n], R[n,n]"),
    ],
)
def test_what_is_refused_says_why(text, wrt, where, message):
    with pytest.raises(mc.MatcalcError) as caught:
        mc.derive(text, wrt, where)
    assert message in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize(
    ("text", "where", "conditions"),
    [
        ("logdet(S)", "S in SPD[n]", ()),
        ("tr(logm(S))", "S in SPD[n]", ()),
        ("lambda_max(S)", "S in Sym[n]", ("the largest eigenvalue of S is simple",)),
        ("eigval(S,2)", "S in Sym[n]", ("the eigenvalue 2 of S is simple", "n >= 2")),
        ("normp(X,3)", "X in R[m,n]", ("X ≠ 0",)),
        ("normp(X,1)", "X in R[m,n]", ("no entry of X is 0",)),
        ("normnuc(X)", "X in R[m,n]", ("the rank of X does not change nearby",)),
        ("kyfan(X,2)", "X in R[3,4]", ("singular value number 2 of X is larger than the next",)),
        ("tr(lyap(A,A))", "A in SPD[n]", ()),
    ],
)
def test_conditions_are_deduced(text, where, conditions):
    wrt = where[0]
    assert mc.derive(text, wrt, where).conditions == conditions


# Jacobians and Hessians, as matrices in column-stacked coordinates
HIGHER = [
    ("expm(t*A)", "t", "A in R[n,n]; t in R", 1, "A*expm(t*A)", f"{MC} (10.1.3)"),
    ("eigvals(X)", "X", "X in Sym[3]", 1, None, f"{MC} (67)"),
    ("expm(X)", "X", "X in R[n,n]", 1, "frechetmatrix(expm)(X)", f"{HIGHAM}, (3.17)"),
    ("sqrtm(S)", "S", "S in SPD[n]", 1, None, f"{HIGHAM}, sec. 6.1"),
    ("pinv(X)", "X", "X in R[m,n]", 1, None, "Golub & Pereyra (1973)"),
    ("lyap(A,Q)", "Q", "A, Q in R[n,n]", 1, "inv(kron(eye(n),A) + kron(A,eye(n)))", "vec of it"),
    ("sylv(A,B,C)", "C", "A in R[m,m]; B in R[n,n]; C in R[m,n]", 1,
     "inv(kron(eye(n),A) + kron(B',eye(m)))", "vec of it"),
    ("adj(X)", "X", "X in R[n,n]", 1, "(vec(inv(X))*vec(inv(X)')' - kron(inv(X)',inv(X)))*det(X)",
     f"{MN}, ch. 8, sec. 6"),
    ("eigvec_max(S)", "S", "S in Sym[n]", 1, None, f"{MN}, ch. 9, thm. 8"),
    ("polar(X)", "X", "X in R[m,n]", 1, None, "Kenney & Laub (1991)"),
    ("polar(X,2)", "X", "X in R[3,4]", 1, None, "Kato, ch. II, (2.14)"),
    ("kyfan(X,1)", "X", "X in R[m,n]", 2, None, "Overton & Womersley (1993)"),
    ("kyfan(X,2)", "X", "X in R[4,3]", 2, None, "Overton & Womersley (1993)"),
    ("eigvec_max(A)", "A", "A in R[n,n]", 1,
     "kron(eigvec_max(A)',(eye(n) - eigvec_max(A)*eigvec_max(A)')"
     "*inv(lambda_max(A)*eye(n) - A + eigvec_max(A)*eigvec_max(A)'))", "Nelson (1976)"),
    ("eigvecs(A)", "A", "A in R[3,3]", 1, None, f"{GILES}, sec. 3.1"),
    ("lambda_max(A)", "A", "A in R[n,n]", 2, None, "Lancaster, Numer. Math. 6 (1964) 377-387"),
    ("eigvals(A)", "A", "A in R[3,3]", 2, None, "Lancaster, Numer. Math. 6 (1964) 377-387"),
    ("expm(X)", "X", "X in R[n,n]", 2, "frechetmatrix(expm,2)(X)", "Higham & Relton (2014)"),
    ("expm(X)", "X", "X in R[2,2]", 3, "frechetmatrix(expm,3)(X)", "Higham & Relton (2014)"),
    ("logm(S)", "S", "S in SPD[n]", 2, None, "Higham & Relton (2014)"),
    ("frechet(sqrtm)(S,E)", "S", "S in SPD[n]; E in R[n,n]", 2, None, "Higham & Relton (2014)"),
    ("tr(A*frechet(sinm)(X,E,F,H))", "X", "A, X, E, F, H in R[n,n]", 1,
     "frechet(sinm)(X',E',F',H',A')", "Higham & Relton (2014)"),
    ("tr(A*cosm(X))", "X", "A, X in R[2,2]", 3, None, "Higham & Relton (2014)"),
    ("chol(S)", "S", "S in SPD[n]", 1, None, "Murray (2016)"),
    ("lambda_max(A + t*B)", "t", "A, B in Sym[n]; t in R", 2,
     "2*eigvec_max(A + t*B)'*B*pinv(lambda_max(A + t*B)*eye(n) - A - t*B)*B*eigvec_max(A + t*B)",
     f"{MC} (68)"),
    ("tr(expm(X))", "X", "X in R[n,n]", 2, "frechetmatrix(expm)(X')*commutation(n,n)",
     f"{HIGHAM}, thm. 3.3"),
    ("tr(A*logm(S))", "S", "S in SPD[n]; A in Sym[n]", 2, None, "Higham & Relton (2014)"),
    ("normnuc(X)", "X", "X in R[m,n]", 2, None, "the derivative of the polar factor"),
    ("lambda_max(A'*diag(w)*A)", "w", "A in R[m,n]; w in R+[m]", 2, None, f"{BV}, sec. 7.5.2"),
    ("normp(x,3)^3", "x", "x in R[n]", 2, "6*diag(abs(x))", "by definition"),
]  # fmt: skip


@pytest.mark.parametrize(("function", "wrt", "where", "order", "form", "source"), HIGHER)
def test_jacobians_and_hessians(function, wrt, where, order, form, source):
    d = mc.derive(function, wrt, where, order=order)
    assert d.verification.ok, d.verification.message
    assert d.verification.error < 1e-7
    if form is not None:
        assert verify_equal(d.result, mc.parse(form, where), ()), (str(d.result), form)


def _cofactors(a):
    """The adjugate by its definition."""
    n = len(a)
    minor = [
        [np.linalg.det(np.delete(np.delete(a, j, 0), i, 1)) for j in range(n)] for i in range(n)
    ]
    return np.array(minor) * (-1.0) ** np.add.outer(range(n), range(n))


@pytest.mark.parametrize("rank", [1, 2, 3, 4])
def test_the_adjugate_has_derivatives_also_where_the_matrix_is_singular(rank):
    """tr(B*adj(X)) is a polynomial in the entries of X, so differences of any step are exact."""
    rng = np.random.default_rng(rank)
    x, b = rng.standard_normal((4, rank)) @ rng.standard_normal((rank, 4)), rng.random((4, 4))

    def slope(f, along, nodes=(-2, -1, 1, 2), weights=(1 / 12, -2 / 3, 2 / 3, -1 / 12)):
        return sum(w * f(t * along) for t, w in zip(nodes, weights, strict=True))

    units = np.eye(16).reshape(16, 4, 4)
    wanted = [slope(lambda d: np.trace(b @ _cofactors(x + d)), e) for e in units]
    d = mc.derive("tr(B*adj(X))", "X", "X, B in R[n,n]")
    assert d.conditions == () and d.verification.ok
    assert np.allclose(d.tensor({"X": x, "B": b}), np.reshape(wanted, (4, 4)), atol=1e-9)
    twice = mc.derive("tr(B*adj(X))", "X", "X, B in R[n,n]", order=2)
    rows = [
        [slope(lambda u, e=e: slope(lambda d: np.trace(b @ _cofactors(x + d + u)), e), f)
         for f in units]
        for e in units
    ]  # fmt: skip
    assert np.allclose(twice.tensor({"X": x, "B": b}).reshape(16, 16), rows, atol=1e-8)
    at_zero = mc.parse("frechet(adj)(X,B)", "X, B in R[n,n]")
    assert not np.any(at_zero.evaluate({"X": np.zeros((4, 4)), "B": b}))


def test_the_adjugate_of_a_nonsingular_matrix_is_differentiated_by_its_inverse():
    d = mc.derive("tr(B*adj(A*c))", "c", "A in SPD[n]; B in R[n,n]; c in R+")
    assert d.verification.ok and "frechet" not in str(d.result)
    d = mc.derive("tr(B*adj(S))", "S", "S in SPD[n]; B in R[n,n]")
    assert d.verification.ok and "frechet" not in str(d.result)
