"""Identities that hold, by families, are called equal; the method says how it was decided."""

import pytest

from matcalc.equality import equivalent

SQUARE = "A, B, C in R[n,n]; x, y in R[n]; c in R"
EXACT = {
    "transposes": [
        ("(A*B)'", "B'*A'", ""),
        ("(A + 2*B')'", "A' + 2*B", ""),
        ("(A*B*C)'*x", "C'*B'*A'*x", ""),
        ("x'*A*y", "y'*A'*x", ""),
        ("S", "S'", "S in Sym[n]"),
        ("K'", "-K", "K in Skew[n]"),
        ("x'*K*x", "0", "K in Skew[n]; x in R[n]"),
    ],
    "inverses": [
        ("A*B*inv(A*B)", "I", ""),
        ("inv(A*B)", "inv(B)*inv(A)", SQUARE),
        ("inv(A')", "inv(A)'", SQUARE),
        ("inv(A) - inv(B)", "inv(A)*(B - A)*inv(B)", SQUARE),
        ("A^-2", "inv(A*A)", SQUARE),
        ("A\\x", "inv(A)*x", SQUARE),
        # Hua's identity
        ("inv(inv(A) + inv(inv(B) - A))", "A - A*B*A", SQUARE),
    ],
    "Woodbury, push-through": [
        (
            "inv(A + U*C*V)",
            "inv(A) - inv(A)*U*inv(inv(C) + V*inv(A)*U)*V*inv(A)",
            "A in R[n,n]; C in R[k,k]; U in R[n,k]; V in R[k,n]",
        ),
        ("inv(A + x*y')", "inv(A) - inv(A)*x*y'*inv(A)/(1 + y'*inv(A)*x)", SQUARE),
        ("U*inv(eye(k) + V*U)", "inv(eye(n) + U*V)*U", "U in R[n,k]; V in R[k,n]"),
        ("inv(X'*X + c*eye(n))*X'", "X'*inv(X*X' + c*eye(m))", "X in R[m,n]; c in R+"),
    ],
    "traces": [
        ("tr(A*B)", "tr(B*A)", ""),
        ("tr(A*B*C)", "tr(C*A*B)", ""),
        ("tr(A'*B)", "A : B", ""),
        ("tr(A'*B)", "sum(A .* B)", ""),
        ("tr(x*y')", "y'*x", ""),
        ("tr(kron(A,B))", "tr(A)*tr(B)", SQUARE),
        ("tr(eye(n))", "n", "x in R[n]"),
        ("tr(A'*(B .* C))", "tr((A .* B)'*C)", SQUARE),
        ("norm2(A)^2", "tr(A'*A)", ""),
        ("norm2(x - y)^2", "x'*x - 2*x'*y + y'*y", ""),
        ("A : B*C", "B'*A : C", "A in R[m,n]; B in R[m,p]; C in R[p,n]"),
    ],
    "determinants": [
        ("det(A*B)", "det(A)*det(B)", SQUARE),
        ("det(c*A)", "c^n*det(A)", SQUARE),
        ("det(inv(A))", "1/det(A)", SQUARE),
        ("det(A + x*y')", "det(A)*(1 + y'*inv(A)*x)", SQUARE),
        ("det(kron(A,B))", "det(A)^2*det(B)^3", "A in R[3,3]; B in R[2,2]"),
        ("det(Q)^2", "1", "Q in Orth[n]"),
        ("det(K)", "0", "K in Skew[3]"),
        # Sylvester
        ("det(eye(m) + A*B)", "det(eye(n) + B*A)", "A in R[m,n]; B in R[n,m]"),
        # Cayley and Hamilton
        ("A^2 - tr(A)*A + det(A)*I", "zeros(2,2)", "A in R[2,2]"),
    ],
    "Kronecker products": [
        (
            "kron(A,B)*kron(C,D)",
            "kron(A*C,B*D)",
            "A in R[m,n]; C in R[n,p]; B in R[q,r]; D in R[r,s]",
        ),
        ("kron(A,B)'", "kron(A',B')", ""),
        ("inv(kron(A,B))", "kron(inv(A),inv(B))", "A in R[m,m]; B in R[n,n]"),
        ("kron(A,B + C)", "kron(A,B) + kron(A,C)", "A in R[m,n]; B, C in R[p,q]"),
    ],
    "entrywise products": [
        ("A .* B", "B .* A", ""),
        ("diag(x)*A", "(x*ones(n)') .* A", "A in R[m,n]; x in R[m]"),
        ("diag(x)*y", "x .* y", ""),
        ("x'*(A .* B)*y", "tr(diag(x)*A*diag(y)*B')", ""),
        ("diag(A*B')", "(A .* B)*ones(n)", "A, B in R[m,n]"),
        ("sum(A)", "ones(m)'*A*ones(n)", "A in R[m,n]"),
        ("mean(x)", "sum(x)/n", "x in R[n]"),
        ("(x .* y).^2", "x.^2 .* y.^2", ""),
        ("x ./ y", "x .* y.^-1", ""),
        ("tril(A) + triu(A) - diag(diag(A))", "A", SQUARE),
    ],
    "orthogonality": [
        ("Q'*Q", "I", "Q in Orth[n]"),
        ("Q*Q'", "I", "Q in Orth[n]"),
        ("inv(Q)", "Q'", "Q in Orth[n]"),
        ("V'*V", "I", "V in Stiefel[m,n]"),
        ("norm2(Q*x)^2", "x'*x", "Q in Orth[n]; x in R[n]"),
        ("(V*V')^2", "V*V'", "V in Stiefel[m,n]"),
        ("(I - 2*h*h')^2", "I", "h in Sphere[n]"),
        ("sum(x)", "1", "x in Simplex[n]"),
        ("tr(Q'*A*Q)", "tr(A)", "Q in Orth[n]; A in R[n,n]"),
    ],
    "structure": [
        ("D*E", "E*D", "D, E in Diag[n]"),
        ("tril(L*M)", "L*M", "L, M in Tril[n]"),
        ("(A*inv(S)*A')'", "A*inv(S)*A'", "S in SPD[n]; A in R[m,n]"),
        ("T*ones(n)", "T'*ones(n)", "T in SymToep[n]"),
    ],
    "complex": [
        ("(Z*W)^H", "W^H*Z^H", "Z in C[m,n]; W in C[n,p]"),
        ("H^H", "H", "H in Herm[n]"),
        ("U^H*U", "I", "U in Unitary[n]"),
        ("conj(Z')", "Z^H", "Z in C[m,n]"),
    ],
    "differentials": [
        ("d(A*x)", "d(A)*x + A*d(x)", "A in R[m,n]; x in R[n]"),
        ("d(inv(A))", "-inv(A)*d(A)*inv(A)", SQUARE),
        ("d(S)", "d(S)'", "S in Sym[n]"),
        ("d(det(A))", "det(A)*tr(inv(A)*d(A))", SQUARE),
    ],
    "abstract functions": [
        ("phi(A*x + A*x)", "phi(2*A*x)", "phi : R[m] -> R; A in R[m,n]; x in R[n]"),
        (
            "d(phi(A*x))",
            "grad(phi)(A*x) : (A*d(x) + d(A)*x)",
            "phi : R[m] -> R; A in R[m,n]; x in R[n]",
        ),
        (
            "d(g(A*x))",
            "jac(g)(A*x)*(A*d(x) + d(A)*x)",
            "g : R[m] -> R[p]; A in R[m,n]; x in R[n]",
        ),
        ("hess(phi)(x)", "hess(phi)(x)'", "phi : R[n] -> R; x in R[n]"),
        ("f(x,y)*c", "c*f(x,y)", "f : R[n], R[n] -> R; x, y in R[n]; c in R"),
        ("hess(f,1,2)(x,y)", "hess(f,2,1)(x,y)'", "f : R[m], R[n] -> R; x in R[m]; y in R[n]"),
        ("f'(c^2)*2*c*d(c)", "d(f(c^2))", "f : R -> R; c in R"),
    ],
}
DIGITS = {
    "exponential and hyperbolic": [
        ("log1p(exp(x))", "softplus(x)", ""),
        ("log(exp(x))", "x", ""),
        ("exp(log(x))", "x", ""),
        ("1 - tanh(a)^2", "1/cosh(a)^2", ""),
        ("tanh(a + b)", "(tanh(a) + tanh(b))/(1 + tanh(a)*tanh(b))", ""),
        ("cosh(x).^2 - sinh(x).^2", "ones(n)", "x in R[n]"),
        ("2*sinh(a)*cosh(a)", "sinh(2*a)", ""),
        ("tanh(a)", "2*sigmoid(2*a) - 1", ""),
        ("1 - sigmoid(x)", "sigmoid(-x)", ""),
        ("silu(x)", "x .* sigmoid(x)", ""),
        ("softplus(x) - softplus(-x)", "x", ""),
    ],
    "trigonometric": [
        ("sin(x).^2 + cos(x).^2", "ones(n)", "x in R[n]"),
        ("tan(a)", "sin(a)/cos(a)", ""),
        ("sin(a + b)", "sin(a)*cos(b) + cos(a)*sin(b)", ""),
        ("asin(x) + acos(x)", "pi/2*ones(n)", "x in R[n]"),
        ("sin(atan(a))", "a/sqrt(1 + a^2)", ""),
    ],
    "special": [
        ("gamma(a + 1)", "a*gamma(a)", ""),
        ("digamma(a + 1)", "digamma(a) + 1/a", ""),
        ("polygamma(1, a)", "polygamma(1, a + 1) + 1/a^2", ""),
        ("erf(-x)", "-erf(x)", ""),
        ("gelu(a)", "a/2*(1 + erf(a/sqrt(2)))", ""),
        ("exp(lgamma(a))", "gamma(a)", "a in R+"),
    ],
    "piecewise": [
        ("relu(x)", "x .* step(x)", ""),
        ("relu(x) + relu(-x)", "abs(x)", ""),
        ("max(x, y) + min(x, y)", "x + y", ""),
        ("abs(x)", "x .* sign(x)", ""),
        ("leakyrelu(x)", "max(x, x/100)", ""),
        ("hardtanh(a)", "max(min(a, 1), -1)", ""),
        ("elu(a)", "relu(a) + exp(min(a, 0)) - 1", ""),
    ],
    "norms, logdet, softmax": [
        ("norm2(x)", "sqrt(x'*x)", ""),
        ("norm2(c*x)", "c*norm2(x)", "c in R+; x in R[n]"),
        ("norm1(A)", "sum(abs(A))", ""),
        ("logdet(S)", "log(det(S))", "S in SPD[n]"),
        ("logdet(inv(S))", "-logdet(S)", "S in SPD[n]"),
        ("softmax(x)", "exp(x)/sum(exp(x))", ""),
        ("softmax(x + c*ones(n))", "softmax(x)", "x in R[n]; c in R"),
        ("logsumexp(x)", "log(sum(exp(x)))", ""),
        ("d(logsumexp(x))", "softmax(x)'*d(x)", "x in R[n]"),
        ("tr(A*exp(B))", "sum(A' .* exp(B))", ""),
    ],
    "powers": [
        ("(a*b)^c", "a^c*b^c", "a, b in R+; c in R"),
        ("sqrt(x .* y)", "sqrt(x) .* sqrt(y)", "x, y in R+[n]"),
        ("sqrt(x.^2)", "abs(x)", ""),
        ("log(a*b)", "log(a) + log(b)", "a, b in R+"),
        ("x.^(1/2)", "sqrt(x)", "x in R+[n]"),
        ("a^b", "exp(b*log(a))", "a in R+; b in R"),
    ],
    "abstract functions": [
        ("phi(exp(log(x)))", "phi(x)", "phi : R[n] -> R; x in R+[n]"),
        ("d(f(exp(c)))", "exp(c)*f'(exp(c))*d(c)", "f : R -> R; c in R"),
        ("g(abs(x)).*exp(x)", "exp(x).*g(sqrt(x.^2))", "g : R[n] -> R[n]; x in R[n]"),
        ("hess(phi)(sqrt(x))", "hess(phi)(sqrt(x))'", "phi : R[n] -> R; x in R+[n]"),
    ],
}


def cases(families):
    return [(family, *case) for family, found in families.items() for case in found]


@pytest.mark.parametrize(("family", "a", "b", "where"), cases(EXACT))
def test_rational_identities_are_decided_exactly(family, a, b, where):
    verdict = equivalent(a, b, where)
    assert verdict, str(verdict)
    assert "modulo" in verdict.method or verdict.method == "the same expression"
    assert verdict.counterexample is None and verdict.assumption is None


@pytest.mark.parametrize(("family", "a", "b", "where"), cases(DIGITS))
def test_other_identities_are_decided_by_digits(family, a, b, where):
    verdict = equivalent(a, b, where)
    assert verdict, str(verdict)
    assert "50-digit evaluation" in verdict.method or "same" in verdict.method
