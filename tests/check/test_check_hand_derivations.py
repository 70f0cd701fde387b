"""Whole hand derivations, as students and authors write them, and each with a planted error.

Classics of lecture notes and of the questions asked about them: differentials, trace tricks, the
Frobenius product, gradients by intermediate names, quotients such as dL/dz in the chain rule.
"""

from __future__ import annotations

import pytest

import matcalc as mc

# name: declarations, the derivation, and errors: a line as it should be and as it stands, and the
# repair that is asked for, or its end.
DERIVATIONS = {
    "ridge regression": (
        "X in R[n,p]; y in R[n]; w in R[p]; lambda in R",
        """
        L = norm2(y - X*w)^2 + lambda*norm2(w)^2
        L = (y - X*w)'*(y - X*w) + lambda*w'*w
        dL = 2*(y - X*w)'*(-X*dw) + 2*lambda*w'*dw
           = (-2*X'*(y - X*w) + 2*lambda*w)'*dw
        dL/dw = -2*X'*(y - X*w) + 2*lambda*w
              = 2*(X'*X + lambda*I)*w - 2*X'*y""",
        [
            (
                "dL = 2*(y - X*w)'*(-X*dw)",
                "dL = 2*(y - X*w)'*(X*dw)",
                3,
                "→ -2*(y - X*w)'*X*d(w) + 2*lambda*(w'*d(w))",
            ),
        ],
    ),
    "weighted least squares": (
        "A in R[m,n]; b in R[m]; x in R[n]; W in Sym[m]",
        """
        f = r'*W*r
        r = A*x - b
        df = dr'*W*r + r'*W*dr
           = 2*r'*W*dr
           = 2*r'*W*A*dx
        ∇f = 2*A'*W*(A*x - b)""",
        [
            ("= 2*r'*W*A*dx", "= 2*r'*A*W*dx", 5, "r'*A*W*dx → r'*W*A*d(x)"),
        ],
    ),
    "a trace with two X's": (
        "A, B in R[n,n]; X in R[n,n]",
        """
        f = tr(X'*A*X*B)
        df = tr(dX'*A*X*B) + tr(X'*A*dX*B)
           = tr(B'*X'*A'*dX) + tr(B*X'*A*dX)
           = (A*X*B + A'*X*B') : dX
        ∂f/∂X = A*X*B + A'*X*B'""",
        [
            (
                "= tr(B'*X'*A'*dX) + tr(B*X'*A*dX)",
                "= tr(B*X'*A'*dX) + tr(B*X'*A*dX)",
                3,
                "B*X'*A'*d(X) → B'*X'*A'*d(X)",
            ),
        ],
    ),
    "a trace of an inverse": (
        "A, B, X in R[n,n]",
        """
        f = tr(A*inv(X)*B)
        d(inv(X)) = -inv(X)*dX*inv(X)
        df = tr(A*d(inv(X))*B)
           = -tr(A*inv(X)*dX*inv(X)*B)
           = -tr(inv(X)*B*A*inv(X)*dX)
           = -(inv(X)*B*A*inv(X))' : dX
        grad f wrt X = -inv(X)'*A'*B'*inv(X)'""",
        [
            (
                "= -tr(inv(X)*B*A*inv(X)*dX)",
                "= -tr(inv(X)*A*B*inv(X)*dX)",
                5,
                "tr(inv(X)*A*B*inv(X)*d(X)) → tr(inv(X)*B*A*inv(X)*d(X))",
            ),
        ],
    ),
    "a matrix factorisation": (
        "Y in R[m,n]; U in R[m,k]; V in R[n,k]",
        """
        f = norm2(E)^2
        E = Y - U*V'
        df = 2*E : dE
        dE = -dU*V'
        df = -2*E : dU*V'
           = -2*E*V : dU
        df/dU = -2*(Y - U*V')*V""",
        [
            ("= -2*E*V : dU", "= -2*E*V' : dU", 6, "-2*E*V' → -2*E*V"),
        ],
    ),
    "masked factorisation": (
        "M, Y in R[m,n]; U in R[m,k]; V in R[n,k]",
        """
        f = norm2(M .* (U*V' - Y))^2/2
        E = M .* (U*V' - Y)
        df = E : dE
           = E : (M .* (U*dV'))
           = (M .* E) : U*dV'
           = U'*(M .* E) : dV'
           = (M .* E)'*U : dV
        grad f wrt V = (M .* M .* (U*V' - Y))'*U""",
        [
            ("= (M .* E) : U*dV'", "= E : U*dV'", 5, "E → E.*M"),
        ],
    ),
    "softmax and cross-entropy": (
        "W in R[k,n]; x in R[n]; y in Simplex[k]",
        """
        z = W*x
        p = softmax(z)
        L = -y'*log(p)
        dL = -y'*(dp ./ p)
        dp = (diag(p) - p*p')*dz
        dL = -(y ./ p)'*(diag(p) - p*p')*dz
           = (p - y)'*dz
           = (p - y)'*dW*x
           = (p - y)*x' : dW
        ∂L/∂W = (softmax(W*x) - y)*x'""",
        [
            ("= (p - y)'*dz", "= (y - p)'*dz", 7, "(y - p)'*d(z) → -(y - p)'*d(z)"),
        ],
    ),
    "a network of two layers": (
        "V in R[k,m]; W in R[m,n]; x in R[n]; y in R[k]",
        """
        h = tanh(W*x)
        e = V*h - y
        L = norm2(e)^2/2
        dL = e'*de
           = e'*V*dh
        dh = (1 - h.^2) .* (dW*x)
        dL = (V'*e)'*((1 - h.^2) .* (dW*x))
           = ((V'*e) .* (1 - h.^2))'*dW*x
           = ((V'*e) .* (1 - h.^2))*x' : dW
        dL/dW = ((V'*e) .* (1 - h.^2))*x'""",
        [
            ("dh = (1 - h.^2) .* (dW*x)", "dh = (1 - h) .* (dW*x)", 6, "h → h.^2"),
        ],
    ),
    "Mahalanobis distance": (
        "x, m in R[n]; S in SPD[n]",
        """
        q = (x - m)'*inv(S)*(x - m)
        dq = (x - m)'*d(inv(S))*(x - m)
           = -(x - m)'*inv(S)*dS*inv(S)*(x - m)
           = -(inv(S)*(x - m)*(x - m)'*inv(S)) : dS
        ∂q/∂S = -inv(S)*(x - m)*(x - m)'*inv(S)""",
        [
            (
                "= -(x - m)'*inv(S)*dS*inv(S)*(x - m)",
                "= (x - m)'*inv(S)*dS*inv(S)*(x - m)",
                3,
                "(x - m)'*inv(S)*d(S)*inv(S)*(x - m) → -(x - m)'*inv(S)*d(S)*inv(S)*(x - m)",
            ),
        ],
    ),
    "the likelihood of a normal distribution": (
        "S in SPD[n]; C in Sym[n]; N in R",
        """
        l = -N/2*logdet(S) - N/2*tr(inv(S)*C)
        dl = -N/2*tr(inv(S)*dS) + N/2*tr(inv(S)*dS*inv(S)*C)
           = -N/2*tr(inv(S)*dS) + N/2*tr(inv(S)*C*inv(S)*dS)
           = N/2*(inv(S)*C*inv(S) - inv(S)) : dS
        dl/dS = N/2*inv(S)*(C - S)*inv(S)""",
        [
            (
                "dl = -N/2*tr(inv(S)*dS) + N/2*tr(inv(S)*dS*inv(S)*C)",
                "dl = -N/2*tr(inv(S)*dS) - N/2*tr(inv(S)*dS*inv(S)*C)",
                2,
                "→ -N*tr(inv(S)*d(S))/2 + N*tr(inv(S)*d(S)*inv(S)*C)/2",
            ),
        ],
    ),
    "the Rayleigh quotient": (
        "A in Sym[n]; x in R[n]",
        """
        r = x'*A*x/(x'*x)
        dr = 2*x'*A*dx/(x'*x) - x'*A*x*2*x'*dx/(x'*x)^2
           = 2/(x'*x)*(A*x - r*x)'*dx
        ∇r = 2/(x'*x)*(A*x - r*x)""",
        [
            (
                "= 2/(x'*x)*(A*x - r*x)'*dx",
                "= 2/(x'*x)*(A*x + r*x)'*dx",
                3,
                "A*x + r*x → A*x - r*x",
            ),
        ],
    ),
    "a determinant": (
        "A, X in R[n,n]",
        """
        f = det(A*X)
        f = det(A)*det(X)
        df = det(A)*det(X)*tr(inv(X)*dX)
           = det(A*X)*inv(X)' : dX
        df/dX = det(A*X)*inv(X)'""",
        [
            (
                "= det(A*X)*inv(X)' : dX",
                "= det(A*X)*inv(X) : dX",
                4,
                "det(A*X)*inv(X) : d(X) → det(A*X)*inv(X)' : d(X)",
            ),
        ],
    ),
    "Cookbook: a'X'Xb": (
        "X in R[m,n]; a, b in R[n]",
        """
        f = a'*X'*X*b
        df = a'*dX'*X*b + a'*X'*dX*b
           = tr(b*a'*dX'*X) + tr(b*a'*X'*dX)
           = X*b*a' : dX + X*a*b' : dX
        grad f wrt X = X*(a*b' + b*a')""",
        [
            (
                "= X*b*a' : dX + X*a*b' : dX",
                "= X*b*a' : dX + X*b*a' : dX",
                4,
                "X*b*a' : d(X) → X*(b*a')' : d(X)",
            ),
        ],
    ),
    "the trace of an inverse of a quadratic form": (
        "X in R[m,n]; A in Sym[n]; C in Sym[m]",
        """
        M = X'*C*X
        f = tr(inv(M)*A)
        df = -tr(inv(M)*dM*inv(M)*A)
        dM = dX'*C*X + X'*C*dX
        df = -2*tr(inv(M)*A*inv(M)*X'*C*dX)
           = -2*C*X*inv(M)*A*inv(M) : dX
        ∂f/∂X = -2*C*X*inv(M)*A*inv(M)""",
        [
            (
                "df = -2*tr(inv(M)*A*inv(M)*X'*C*dX)",
                "df = -tr(inv(M)*A*inv(M)*X'*C*dX)",
                5,
                "-tr(inv(M)*A*inv(M)*X'*C*d(X)) → -2*tr(inv(M)*A*inv(M)*X'*C*d(X))",
            ),
        ],
    ),
    "a norm that is not squared": (
        "A in R[m,n]; b in R[m]; x in R[n]",
        """
        f = norm2(A*x - b)
        f^2 = (A*x - b)'*(A*x - b)
        2*f*df = 2*(A*x - b)'*A*dx
        df = (A*x - b)'*A*dx/f
        df/dx = A'*(A*x - b)/norm2(A*x - b)""",
        [
            (
                "df = (A*x - b)'*A*dx/f",
                "df = (A*x - b)'*A*dx*f",
                4,
                "((A*x - b)'*A*d(x))*f → (A*x - b)'*A*d(x)/f",
            ),
        ],
    ),
    "a solution of linear equations": (
        "A in R[n,n]; b, c in R[n]",
        """
        x = inv(A)*b
        f = c'*x
        dA*x + A*dx = 0
        dx = -inv(A)*dA*x
        df = c'*dx
           = -c'*inv(A)*dA*x
           = -inv(A)'*c*x' : dA
        df/dA = -inv(A)'*c*x'""",
        [
            ("dx = -inv(A)*dA*x", "dx = -dA*inv(A)*x", 4, "d(A)*inv(A)*x → inv(A)*d(A)*x"),
        ],
    ),
    "principal components": (
        "W in R[n,k]; S in Sym[n]; L in Sym[k]",
        """
        f = tr(W'*S*W) - tr(L*(W'*W - I))
        df = tr(dW'*S*W + W'*S*dW) - tr(L*(dW'*W + W'*dW))
           = 2*S*W : dW - 2*W*L : dW
        grad f wrt W = 2*S*W - 2*W*L""",
        [
            (
                "= 2*S*W : dW - 2*W*L : dW",
                "= 2*S*W : dW - W*L : dW",
                3,
                "-W*L : d(W) → -2*W*L : d(W)",
            ),
        ],
    ),
    "log-sum-exp": (
        "A in R[m,n]; b in R[m]; x in R[n]",
        """
        z = A*x + b
        f = log(sum(exp(z)))
        df = sum(exp(z) .* dz)/sum(exp(z))
           = (exp(z)/sum(exp(z)))'*A*dx
           = softmax(z)'*A*dx
        df/dx = A'*softmax(A*x + b)""",
        [
            (
                "df = sum(exp(z) .* dz)/sum(exp(z))",
                "df = sum(exp(z) .* dz)*sum(exp(z))",
                3,
                "sum(exp(z).*d(z))*sum(exp(z)) → sum(exp(z).*d(z))/sum(exp(z))",
            ),
        ],
    ),
    "a quotient of scalars": (
        "x in R[n]",
        """
        s = x'*x
        f = s/(1 + s)
        df = (ds*(1 + s) - s*ds)/(1 + s)^2
           = ds/(1 + s)^2
           = 2*x'*dx/(1 + s)^2
        ∇f = 2*x/(1 + x'*x)^2""",
        [
            ("= ds/(1 + s)^2", "= ds/(1 + s)", 4, "d(s)/(1 + s) → d(s)/(1 + s)^2"),
        ],
    ),
    "an orthogonality penalty": (
        "W in R[m,n]",
        """
        f = norm2(W'*W - eye(n))^2
        E = W'*W - eye(n)
        df = 2*E : (dW'*W + W'*dW)
           = 2*tr(E'*dW'*W) + 2*tr(E'*W'*dW)
           = 4*tr(E*W'*dW)
           = 4*W*E : dW
        df/dW = 4*W*(W'*W - eye(n))""",
        [
            ("= 4*W*E : dW", "= 4*E*W' : dW", 6, "E*W' : dW → E*W' : d(W)'"),
        ],
    ),
    "a power of a matrix": (
        "X in R[n,n]",
        """
        f = tr(X^3)
        df = tr(dX*X*X + X*dX*X + X*X*dX)
           = 3*tr(X^2*dX)
           = 3*(X^2)' : dX
        grad f wrt X = 3*(X')^2""",
        [
            ("= 3*(X^2)' : dX", "= 3*X^2 : dX", 4, "3*X^2 : d(X) → 3*(X^2)' : d(X)"),
        ],
    ),
    "vec and Kronecker": (
        "A in R[m,n]; X in R[n,p]; B in R[p,q]; c in R[m*q]",
        """
        f = c'*vec(A*X*B)
        f = c'*kron(B',A)*vec(X)
        df = c'*kron(B',A)*vec(dX)
           = (kron(B,A')*c)'*vec(dX)""",
        [
            ("f = c'*kron(B',A)*vec(X)", "f = c'*kron(B,A)*vec(X)", 2, "B → B'"),
        ],
    ),
    "a Lagrangian": (
        "A in Sym[n]; b, x in R[n]; mu in R",
        """
        L = x'*A*x/2 - b'*x - mu*(x'*x - 1)
        dL = x'*A*dx - b'*dx - 2*mu*x'*dx
           = (A*x - b - 2*mu*x)'*dx
        dL/dx = (A - 2*mu*I)*x - b""",
        [
            (
                "dL = x'*A*dx - b'*dx - 2*mu*x'*dx",
                "dL = x'*A*dx - b'*dx - mu*x'*dx",
                2,
                "-mu*(x'*d(x)) → -2*mu*(x'*d(x))",
            ),
        ],
    ),
    "logistic regression with labels 0 and 1": (
        "X in R[m,n]; y in R[m]; w in R[n]",
        """
        z = X*w
        p = sigmoid(z)
        L = -y'*log(p) - (1 - y)'*log(1 - p)
        dL = -(y ./ p)'*dp + ((1 - y) ./ (1 - p))'*dp
        dp = p .* (1 - p) .* dz
        dL = (-y .* (1 - p) + (1 - y) .* p)'*dz
           = (p - y)'*dz
           = (p - y)'*X*dw
        dL/dw = X'*(sigmoid(X*w) - y)""",
        [
            (
                "dL = -(y ./ p)'*dp + ((1 - y) ./ (1 - p))'*dp",
                "dL = -(y ./ p)'*dp - ((1 - y) ./ (1 - p))'*dp",
                4,
                "→ -(y./p)'*d(p) + ((1 - y)./(1 - p))'*d(p)",
            ),
        ],
    ),
    "a Gaussian bump": (
        "x, c in R[n]; s in R",
        """
        f = exp(-norm2(x - c)^2/(2*s^2))
        df = f*d(-norm2(x - c)^2/(2*s^2))
           = -f*(x - c)'*dx/s^2
        grad f wrt x = -f*(x - c)/s^2""",
        [
            (
                "= -f*(x - c)'*dx/s^2",
                "= -f*(x - c)'*dx/(2*s^2)",
                3,
                "-f*((x - c)'*d(x))/(2*s^2) → -f*((x - c)'*d(x))/s^2",
            ),
        ],
    ),
    "Kullback and Leibler": (
        "P, S in SPD[n]; m in R[n]",
        """
        k = (tr(inv(P)*S) + m'*inv(P)*m - logdet(S) + logdet(P))/2
        dk = (-tr(inv(P)*dP*inv(P)*S) - m'*inv(P)*dP*inv(P)*m + tr(inv(P)*dP))/2
           = tr((inv(P) - inv(P)*S*inv(P) - inv(P)*m*m'*inv(P))*dP)/2
        dk/dP = (inv(P) - inv(P)*(S + m*m')*inv(P))/2""",
        [
            (
                "= tr((inv(P) - inv(P)*S*inv(P) - inv(P)*m*m'*inv(P))*dP)/2",
                "= tr((inv(P) - inv(P)*S*inv(P) + inv(P)*m*m'*inv(P))*dP)/2",
                3,
                "→ inv(P) - inv(P)*S*inv(P) - inv(P)*m*m'*inv(P)",
            ),
        ],
    ),
    "the derivative by a scalar": (
        "A in R[n,n]; b in R[n]; t in R",
        """
        f = b'*inv(I + t*A)*b
        M = I + t*A
        df = -b'*inv(M)*dM*inv(M)*b
           = -b'*inv(M)*A*inv(M)*b*dt
        df/dt = -b'*inv(M)*A*inv(M)*b""",
        [
            (
                "= -b'*inv(M)*A*inv(M)*b*dt",
                "= -b'*inv(M)*t*A*inv(M)*b*dt",
                4,
                "-t*(b'*inv(M)*A*inv(M)*b)*d(t) → -(b'*inv(M)*A*inv(M)*b)*d(t)",
            ),
        ],
    ),
    "a log-determinant by a factor": (
        "X in R[m,n]; s in R",
        """
        f = logdet(X'*X + s^2*eye(n))
        M = X'*X + s^2*eye(n)
        df = tr(inv(M)*(dX'*X + X'*dX))
           = tr(X*inv(M)*dX') + tr(inv(M)*X'*dX)
           = 2*X*inv(M) : dX
        ∂f/∂X = 2*X*inv(X'*X + s^2*eye(n))""",
        [
            ("= 2*X*inv(M) : dX", "= 2*inv(M)*X' : dX", 5, "inv(M)*X' : dX → inv(M)*X' : d(X)'"),
        ],
    ),
    "a kernel expansion": (
        "K in Sym[n]; y, a in R[n]; c in R",
        """
        f = norm2(y - K*a)^2 + c*a'*K*a
        df = -2*(y - K*a)'*K*da + 2*c*a'*K*da
           = 2*(K*K*a - K*y + c*K*a)'*da
        grad f wrt a = 2*K*(K*a + c*a - y)""",
        [
            ("= 2*(K*K*a - K*y + c*K*a)'*da", "= 2*(K*a - K*y + c*K*a)'*da", 3, "K*a → K^2*a"),
        ],
    ),
    "a hinge that is squared": (
        "X in R[m,n]; y in R[m]; w in R[n]",
        """
        h = relu(1 - y .* (X*w))
        f = sum(h.^2)
        df = 2*h'*dh
           = -2*h'*(y .* (X*dw))
           = -2*(h .* y)'*X*dw
        df/dw = -2*X'*(h .* y)""",
        [
            ("= -2*(h .* y)'*X*dw", "= -2*h'*X*dw", 5, "h' → h'.*y'"),
        ],
    ),
    "a trace by cyclic permutation": (
        "A in R[m,n]; X in R[n,m]; B in R[m,m]",
        """
        f = tr(A*X*B*A*X)
        df = tr(A*dX*B*A*X) + tr(A*X*B*A*dX)
           = tr(B*A*X*A*dX) + tr(A*X*B*A*dX)
           = tr((B*A*X*A + A*X*B*A)*dX)
           = (B*A*X*A + A*X*B*A)' : dX
        grad f wrt X = A'*X'*A'*B' + A'*B'*X'*A'""",
        [
            (
                "= tr(B*A*X*A*dX) + tr(A*X*B*A*dX)",
                "= tr(A*X*B*A*dX) + tr(A*X*B*A*dX)",
                3,
                "tr(A*X*B*A*d(X)) → tr(A*d(X)*B*A*X)",
            ),
        ],
    ),
    "an exponential of a quadratic form": (
        "A in R[n,n]; x in R[n]",
        """
        q = x'*A*x
        f = exp(q)
        df = exp(q)*dq
           = exp(q)*(dx'*A*x + x'*A*dx)
           = exp(q)*x'*(A + A')*dx
        df/dx = exp(x'*A*x)*(A + A')*x""",
        [
            (
                "df/dx = exp(x'*A*x)*(A + A')*x",
                "df/dx = 2*exp(x'*A*x)*A*x",
                6,
                "2*exp(x'*A*x)*A*x → exp(x'*A*x)*(A + A')*x",
            ),
        ],
    ),
    "variance": (
        "x in R[n]",
        """
        m = sum(x)/n
        f = norm2(x - m)^2/n
        df = 2*(x - m)'*(dx - dm)/n
           = 2*(x - m)'*dx/n - 2*(x - m)'*ones(n)*dm/n
           = 2*(x - m)'*dx/n
        df/dx = 2*(x - m)/n""",
        [
            ("df/dx = 2*(x - m)/n", "df/dx = 2*(x - m)", 6, "2*(x - m) → 2*(x - m)/n"),
        ],
    ),
    "cosine similarity": (
        "x, y in R[n]",
        """
        c = x'*y/(norm2(x)*norm2(y))
        dc = dx'*y/(norm2(x)*norm2(y)) - x'*y/norm2(y)*x'*dx/norm2(x)^3
           = (y/(norm2(x)*norm2(y)) - c*x/norm2(x)^2)'*dx
        grad c wrt x = (y/norm2(y) - c*x/norm2(x))/norm2(x)""",
        [
            (
                "grad c wrt x = (y/norm2(y) - c*x/norm2(x))/norm2(x)",
                "grad c wrt x = (y/norm2(y) - c*x)/norm2(x)",
                4,
                "-c*x → -c*x/norm2(x)",
            ),
        ],
    ),
    "backpropagation": (
        "W in R[m,n]; x in R[n]; V in R[k,m]; y in R[k]",
        """
        z = W*x
        h = sigmoid(z)
        o = V*h
        L = norm2(o - y)^2/2
        dL/do = o - y
        dL/dh = V'*(o - y)
        dL/dz = (V'*(o - y)) .* h .* (1 - h)
        dL/dx = W'*((V'*(o - y)) .* h .* (1 - h))""",
        [
            (
                "dL/dz = (V'*(o - y)) .* h .* (1 - h)",
                "dL/dz = (V'*(o - y)) .* h",
                7,
                "(V'*(o - y)).*h → (V'*(o - y)).*h.*(1 - sigmoid(z))",
            ),
        ],
    ),
    "backpropagation with names for the errors": (
        "W in R[m,n]; x in R[n]; V in R[k,m]; y in R[k]",
        """
        z = W*x
        h = tanh(z)
        e = V*h - y
        L = e'*e/2
        delta = V'*e
        dL/dh = delta
        eta = delta .* (1 - h.^2)
        dL/dz = eta
        dL/dW = eta*x'""",
        [
            ("dL/dW = eta*x'", "dL/dW = x*eta'", 9, "x*eta' → eta*x'"),
        ],
    ),
    "the chain rule with Jacobians": (
        "A in R[m,n]; x in R[n]; c in R[m]",
        """
        y = A*x
        z = exp(y)
        f = c'*z
        dz/dy = diag(exp(y))
        dy/dx = A
        dz/dx = diag(exp(y))*A
        df/dx = A'*diag(exp(y))*c""",
        [
            (
                "dz/dx = diag(exp(y))*A",
                "dz/dx = A*diag(exp(y))",
                6,
                "A*diag(exp(y)) → diag(exp(y))*A",
            ),
        ],
    ),
    "a Hessian as the derivative of the gradient": (
        "A in R[m,n]; b in R[m]; x in R[n]",
        """
        f = norm2(A*x - b)^2
        g = 2*A'*(A*x - b)
        df/dx = g
        dg = 2*A'*A*dx
        dg/dx = 2*A'*A""",
        [
            ("dg/dx = 2*A'*A", "dg/dx = 2*A*A'", 5, "A*A' → A'*A"),
        ],
    ),
    "implicit: a square root": (
        "X in SPD[n]; C in R[n,n]",
        """
        Y = sqrtm(X)
        Y*Y = X
        dY*Y + Y*dY = dX""",
        [],
    ),
    "index-free product rule": (
        "u, v in R[n]; A in R[n,n]",
        """
        f = u'*A*v
        d(f) = d(u)'*A*v + u'*A*d(v)
        grad f wrt u = A*v
        grad f wrt v = A'*u""",
        [
            ("grad f wrt v = A'*u", "grad f wrt v = A*u", 4, "A*u → A'*u"),
        ],
    ),
    "errors passed back as quotients": (
        "W in R[m,n]; x in R[n]; V in R[k,m]; y in R[k]",
        """
        z = W*x
        h = tanh(z)
        o = V*h
        L = norm2(o - y)^2/2
        dL/do = o - y
        dL/dh = V'*dL/do
        dL/dz = dL/dh .* (1 - h.^2)
        dL/dx = W'*dL/dz
        dL/dW = dL/dz*x'
        dL/dV = dL/do*h'""",
        [
            ("dL/dh = V'*dL/do", "dL/dh = V*dL/do", 6, "V*dL_do → V'*dL_do"),
            ("dL/dz = dL/dh .* (1 - h.^2)", "dL/dz = dL/dh .* (1 - h)", 7, "h → h.^2"),
            ("dL/dV = dL/do*h'", "dL/dV = dL/do*z'", 10, "dL_do*z' → dL_do*h'"),
        ],
    ),
    "a scalar chain of quotients": (
        "x, c in R[n]",
        """
        s = norm2(x - c)^2
        r = sqrt(s)
        f = exp(-r)
        df/dr = -exp(-r)
        dr/ds = 1/(2*r)
        ds/dx = 2*(x - c)
        df/dx = df/dr*dr/ds*ds/dx
              = -exp(-r)/r*(x - c)""",
        [
            ("dr/ds = 1/(2*r)", "dr/ds = 1/(2*s)", 5, "1/(2*s) → 1/(2*sqrt(s))"),
            ("df/dr = -exp(-r)", "df/dr = exp(-r)", 4, "exp(-r) → -exp(-r)"),
        ],
    ),
    "the product of the founding question": (
        "W in R[m,q]; X in R[q,n]; phi : R[m,n] -> R",
        """
        D = W*X
        f = phi(D)
        G = grad(phi)(D)
        df/dD = G
        df = G : (dW*X + W*dX)
        df/dW = G*X'
        df/dX = W'*G""",
        [
            ("df/dX = W'*G", "df/dX = G*W'", 7, "G*W' → W'*G"),
        ],
    ),
    "the derivative of a square": (
        "X in R[n,n]",
        """
        F = X*X
        dF = dX*X + X*dX""",
        [
            ("dF = dX*X + X*dX", "dF = 2*X*dX", 2, "2*X*d(X) → X*d(X) + d(X)*X"),
        ],
    ),
    "the Jacobian of softmax": (
        "x in R[n]",
        """
        s = exp(x)/sum(exp(x))
        ds = exp(x) .* dx/sum(exp(x)) - exp(x)*(exp(x)'*dx)/sum(exp(x))^2
           = s .* dx - s*(s'*dx)
           = (diag(s) - s*s')*dx
        ds/dx = diag(s) - s*s'""",
        [
            ("= (diag(s) - s*s')*dx", "= (diag(s) - s'*s)*dx", 4, "s'*s → -s*s'"),
        ],
    ),
    "the mean squared error of a linear layer": (
        "X in R[N,n]; W in R[n,k]; b in R[k]; Y in R[N,k]",
        """
        P = X*W + ones(N)*b'
        L = norm2(P - Y)^2/N
        dL/dP = 2/N*(P - Y)
        dL/dW = X'*dL/dP
        dL/db = (dL/dP)'*ones(N)""",
        [
            (
                "dL/db = (dL/dP)'*ones(N)",
                "dL/db = ones(N)'*dL/dP",
                5,
                "ones(N)'*dL_dP → dL_dP'*ones(N)",
            ),
        ],
    ),
}

ERRORS = [
    pytest.param(name, *error, id=f"{name}: line {error[2]}")
    for name, (_, _, errors) in DERIVATIONS.items()
    for error in errors
]


def lines_of(name: str) -> str:
    return DERIVATIONS[name][1].strip("\n")


@pytest.mark.parametrize("name", DERIVATIONS)
def test_a_right_derivation_is_not_accused(name: str):
    found = mc.check_steps(lines_of(name), where=DERIVATIONS[name][0])
    assert found and found.line is None, found.message


@pytest.mark.parametrize(("name", "right", "wrong", "line", "repair"), ERRORS)
def test_a_planted_error_is_pointed_out(name, right, wrong, line, repair):
    rows = lines_of(name).splitlines()
    assert right in rows[line - 1]
    rows[line - 1] = rows[line - 1].replace(right, wrong)
    found = mc.check_steps("\n".join(rows), where=DERIVATIONS[name][0])
    assert found.line == line and repair in found.repair, found.message
