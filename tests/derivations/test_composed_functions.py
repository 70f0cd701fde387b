"""Functions of several families in one another, as papers have them.

Each function is written a second time in NumPy, and the answer is compared with differences of
that (`check.py` of the corpus, which knows nothing of matcalc), in tensor layout. A problem is a
source, the declarations, the function, the variables, the function in NumPy, and perhaps the order,
the convention or sizes.
"""

import importlib.util
from pathlib import Path

import pytest

import matcalc as mc

_spec = importlib.util.spec_from_file_location(
    "reference_for_composed", Path(__file__).parent.parent / "corpus" / "check.py"
)
check = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(check)

TOLERANCE = 1e-6
ENTRIES = {"convention": "entries"}
TWICE = {"order": 2}

PROBLEMS = [
    # Densities and divergences
    (
        "Murphy, Machine Learning (2012), (2.71): log density of Student's t by its location",
        "x in R[n]; u in R[n]; S in SPD[n]; c in R+",
        "-(c + n)/2*log(1 + (x - u)'*inv(S)*(x - u)/c) - logdet(S)/2",
        "u S c",
        "-(c + len(x))/2*np.log(1 + (x-u)@np.linalg.inv(S)@(x-u)/c) - np.linalg.slogdet(S)[1]/2",
    ),
    (
        "the same, the Hessian by the location",
        "x in R[n]; u in R[n]; S in SPD[n]; c in R+",
        "-(c + n)/2*log(1 + (x - u)'*inv(S)*(x - u)/c)",
        "u",
        "-(c + len(x))/2*np.log(1 + (x-u)@np.linalg.inv(S)@(x-u)/c)",
        TWICE,
    ),
    (
        "Minka, Estimating a Dirichlet distribution (2000): the log likelihood",
        "a in R+[n]; p in R+[n]",
        "lgamma(sum(a)) - sum(lgamma(a)) + (a - 1)'*log(p)",
        "a p",
        "special.gammaln(a.sum()) - special.gammaln(a).sum() + (a-1)@np.log(p)",
    ),
    (
        "Minka (2000), (12): its Hessian",
        "a in R+[n]; p in R+[n]",
        "lgamma(sum(a)) - sum(lgamma(a)) + (a - 1)'*log(p)",
        "a",
        "special.gammaln(a.sum()) - special.gammaln(a).sum() + (a-1)@np.log(p)",
        TWICE,
    ),
    (
        "Penny, KL divergences of Normal, Gamma, Dirichlet and Wishart densities (2001): Dirichlet",
        "a in R+[n]; b in R+[n]",
        "lgamma(sum(a)) - lgamma(sum(b)) + sum(lgamma(b)) - sum(lgamma(a))"
        " + (a - b)'*(digamma(a) - digamma(sum(a)))",
        "a b",
        "special.gammaln(a.sum()) - special.gammaln(b.sum()) + special.gammaln(b).sum()"
        " - special.gammaln(a).sum() + (a-b)@(special.digamma(a) - special.digamma(a.sum()))",
    ),
    (
        "Penny (2001): KL of Gaussians by mean and covariance",
        "u in R[n]; v in R[n]; S in SPD[n]; T in SPD[n]",
        "(logdet(T) - logdet(S) + tr(inv(T)*S) + (u - v)'*inv(T)*(u - v) - n)/2",
        "u v S T",
        "(np.linalg.slogdet(T)[1] - np.linalg.slogdet(S)[1] + np.trace(np.linalg.inv(T)@S)"
        " + (u-v)@np.linalg.inv(T)@(u-v) - len(u))/2",
    ),
    (
        "the same by free entries, Srinivasan & Panda (2019)",
        "u in R[n]; S in SPD[n]; T in SPD[n]",
        "(logdet(T) - logdet(S) + tr(inv(T)*S) + u'*inv(T)*u)/2",
        "S T",
        "(np.linalg.slogdet(T)[1] - np.linalg.slogdet(S)[1] + np.trace(np.linalg.inv(T)@S)"
        " + u@np.linalg.inv(T)@u)/2",
        ENTRIES,
    ),
    (
        "Gupta & Nagar, Matrix Variate Distributions (2000), (3.2.1): log Wishart density",
        "W in SPD[n]; V in SPD[n]; a in R",
        "(a - n - 1)/2*logdet(W) - tr(inv(V)*W)/2 - a/2*logdet(V)",
        "W V a",
        "(a - len(W) - 1)/2*np.linalg.slogdet(W)[1] - np.trace(np.linalg.inv(V)@W)/2"
        " - a/2*np.linalg.slogdet(V)[1]",
    ),
    (
        "Gupta & Nagar (2000), (3.4.1): inverse Wishart, second order in the scale matrix",
        "W in SPD[n]; V in SPD[n]; a in R",
        "a/2*logdet(V) - tr(V*inv(W))/2",
        "W",
        "a/2*np.linalg.slogdet(V)[1] - np.trace(V@np.linalg.inv(W))/2",
        TWICE,
    ),
    (
        "Gupta & Nagar (2000), (2.2.1): the matrix normal density",
        "X in R[m,n]; M in R[m,n]; U in SPD[m]; V in SPD[n]",
        "-tr(inv(V)*(X - M)'*inv(U)*(X - M))/2 - m/2*logdet(V) - n/2*logdet(U)",
        "M U V",
        "-np.trace(np.linalg.inv(V)@(X-M).T@np.linalg.inv(U)@(X-M))/2"
        " - X.shape[0]/2*np.linalg.slogdet(V)[1] - X.shape[1]/2*np.linalg.slogdet(U)[1]",
    ),
    (
        "the same by vec and Kronecker's product",
        "X in R[m,n]; U in SPD[m]; V in SPD[n]",
        "vec(X)'*inv(kron(V,U))*vec(X) + logdet(kron(V,U))",
        "X U V",
        "X.reshape(-1,order='F')@np.linalg.inv(np.kron(V,U))@X.reshape(-1,order='F')"
        " + np.linalg.slogdet(np.kron(V,U))[1]",
        {"dims": {"m": 3, "n": 2}},
    ),
    (
        "Gupta & Nagar (2000), (4.2.1): matrix t",
        "X in R[m,n]; U in SPD[m]; V in SPD[n]; a in R",
        "-a/2*logdet(eye(m) + inv(U)*X*inv(V)*X')",
        "X U V",
        "-a/2*np.linalg.slogdet(np.eye(len(X)) + np.linalg.inv(U)@X@np.linalg.inv(V)@X.T)[1]",
    ),
    (
        "Rasmussen & Williams, Gaussian Processes (2006), (5.8): marginal likelihood by the scales",
        "D in Sym[n]; y in R[n]; a in R; b in R; c in R",
        "-y'*inv(exp(2*a)*exp(-D*exp(b)) + exp(2*c)*eye(n))*y/2"
        " - logdet(exp(2*a)*exp(-D*exp(b)) + exp(2*c)*eye(n))/2",
        "a b c",
        "(lambda K: -y@np.linalg.inv(K)@y/2 - np.linalg.slogdet(K)[1]/2)"
        "(np.exp(2*a)*np.exp(-D*np.exp(b)) + np.exp(2*c)*np.eye(len(y)))",
    ),
    (
        "Tipping & Bishop, Probabilistic PCA, JRSS B 61 (1999)",
        "W in R[n,p]; S in SPD[n]; c in R+",
        "logdet(W*W' + c*eye(n)) + tr(inv(W*W' + c*eye(n))*S)",
        "W c",
        "(lambda C: np.linalg.slogdet(C)[1] + np.trace(np.linalg.inv(C)@S))"
        "(W@W.T + c*np.eye(len(S)))",
    ),
    (
        "Jöreskog, factor analysis, Psychometrika 32 (1967): by the uniquenesses",
        "L in R[n,p]; S in SPD[n]; u in R+[n]",
        "logdet(L*L' + diag(u)) + tr(inv(L*L' + diag(u))*S)",
        "L u",
        "(lambda C: np.linalg.slogdet(C)[1] + np.trace(np.linalg.inv(C)@S))(L@L.T + np.diag(u))",
    ),
    (
        "the same, the Hessian by the uniquenesses",
        "L in R[n,p]; S in SPD[n]; u in R+[n]",
        "logdet(L*L' + diag(u)) + tr(inv(L*L' + diag(u))*S)",
        "u",
        "(lambda C: np.linalg.slogdet(C)[1] + np.trace(np.linalg.inv(C)@S))(L@L.T + np.diag(u))",
        TWICE,
    ),
    (
        "Banerjee & Dhillon, von Mises-Fisher mixtures, JMLR 2005: concentration of the mean",
        "X in R[m,n]; y in R[m]",
        "norm2(X'*softmax(y))*m - log(norm2(X'*softmax(y)))",
        "y X",
        "(lambda r: r*len(y) - np.log(r))(np.linalg.norm(X.T@special.softmax(y)))",
    ),
    (
        "Kulis, Sustik & Dhillon, JMLR 10 (2009): the log-det divergence",
        "L in R[n,p]; T in SPD[n]; c in R+",
        "tr((L*L' + c*eye(n))*inv(T)) - logdet((L*L' + c*eye(n))*inv(T)) - n",
        "L T",
        "(lambda M: np.trace(M) - np.linalg.slogdet(M)[1] - len(T))"
        "((L@L.T + c*np.eye(len(T)))@np.linalg.inv(T))",
    ),
    # Functions of matrices
    (
        "Tsuda, Rätsch & Warmuth, JMLR 6 (2005): von Neumann's divergence",
        "S in SPD[n]; T in SPD[n]",
        "tr(S*logm(S) - S*logm(T) - S + T)",
        "S T",
        "np.trace(S@sla.logm(S) - S@sla.logm(T) - S + T)",
    ),
    (
        "Pennec, Fillard & Ayache, IJCV 66 (2006): squared affine-invariant distance",
        "S in SPD[n]; T in SPD[n]",
        "tr(logm(inv(T)*S)^2)",
        "S T",
        "np.sum(np.log(sla.eigh(S, T, eigvals_only=True))**2)",
    ),
    (
        "Arsigny et al., SIAM J. Matrix Anal. Appl. 29 (2007): log-Euclidean distance",
        "S in SPD[n]; T in SPD[n]",
        "norm2(logm(S) - logm(T))^2",
        "S T",
        "np.sum((sla.logm(S) - sla.logm(T))**2)",
    ),
    (
        "Bhatia, Jain & Lim, Expo. Math. 37 (2019): the Bures-Wasserstein distance",
        "S in SPD[n]; T in SPD[n]",
        "tr(S) + tr(T) - 2*tr(sqrtm(sqrtm(S)*T*sqrtm(S)))",
        "T",
        "np.trace(S) + np.trace(T) - 2*np.sum(np.sqrt(np.linalg.eigvals(S@T).real))",
    ),
    (
        "Zheng et al., DAGs with NO TEARS, NeurIPS 2018",
        "W in R[n,n]; X in R[m,n]; c in R",
        "norm2(X - X*W)^2/(2*m) + c*(tr(expm(W.*W)) - n)",
        "W",
        "np.sum((X-X@W)**2)/(2*len(X)) + c*(np.trace(sla.expm(W*W)) - len(W))",
    ),
    (
        "the same of second order",
        "W in R[n,n]",
        "tr(expm(W.*W))",
        "W",
        "np.trace(sla.expm(W*W))",
        {"order": 2, "dims": {"n": 3}},
    ),
    (
        "Bekker, Merckens & Wansbeek (1994): a state after time t",
        "A in R[n,n]; x in R[n]; y in R[n]; t in R",
        "norm2(expm(t*A)*x - y)^2",
        "A x t",
        "np.sum((sla.expm(t*A)@x - y)**2)",
    ),
    (
        "Lezcano-Casado & Martínez-Rubio, ICML 2019: orthogonal by the exponential",
        "A in R[n,n]; X in R[n,m]; Y in R[n,m]",
        "norm2(expm(A - A')*X - Y)^2",
        "A",
        "np.sum((sla.expm(A - A.T)@X - Y)**2)",
    ),
    (
        "Cayley, orthogonal by a rational function; Helfrich et al., ICML 2018",
        "A in Skew[n]; x in R[n]; y in R[n]",
        "y'*inv(eye(n) + A)*(eye(n) - A)*x",
        "A",
        "y@np.linalg.inv(np.eye(len(A)) + A)@(np.eye(len(A)) - A)@x",
    ),
    (
        "Del Moral & Niclas, J. Math. Anal. Appl. 465 (2018): square roots of sums",
        "X in R[m,n]; B in R[n,n]; c in R+",
        "tr(B*sqrtm(X'*X + c*eye(n)))",
        "X c",
        "np.trace(B@sla.sqrtm(X.T@X + c*np.eye(len(B))))",
    ),
    (
        "Huang, Liu et al., IterNorm, CVPR 2019: whitening",
        "X in R[n,m]; G in R[n,m]; c in R+",
        "G : inv(sqrtm(X*X'/m + c*eye(n)))*X",
        "X",
        "np.sum(G*(np.linalg.inv(sla.sqrtm(X@X.T/X.shape[1] + c*np.eye(len(X))))@X))",
    ),
    (
        "Higham, Functions of Matrices, ch. 12",
        "A in R[n,n]; u in R[n]; v in R[n]",
        "u'*cosm(A)*v + u'*sinm(A)*v",
        "A",
        "u@sla.cosm(A)@v + u@sla.sinm(A)@v",
    ),
    (
        "Benzi & Boito, Matrix functions in network analysis (2020): the Estrada index's curvature",
        "A in Sym[n]",
        "log(tr(expm(A)))",
        "A",
        "np.log(np.trace(sla.expm(A)))",
        {"order": 2, "dims": {"n": 3}},
    ),
    (
        "Lyapunov, the controllability energy; Pasqualetti et al. (2014)",
        "A in R[n,n]; B in R[n,p]; c in R+",
        "tr(lyap(A - c*eye(n), -B*B'))",
        "A B",
        "np.trace(sla.solve_continuous_lyapunov(A - c*np.eye(len(A)), -B@B.T))",
    ),
    # Spectra and singular values
    (
        "Fazel, Hindi & Boyd, ACC 2001: the nuclear norm of an affine map",
        "A in R[m,n]; X in R[n,p]; B in R[p,q]; C in R[m,q]",
        "normnuc(A*X*B + C)",
        "X",
        "np.linalg.norm(A@X@B + C, 'nuc')",
        {"dims": {"m": 4, "n": 3, "p": 2, "q": 3}},
    ),
    (
        "Boyd & Vandenberghe, sec. 3.1.5: the spectral norm of an affine map",
        "A in R[m,n]; B in R[m,n]; t in R",
        "normspec(A + t*B)",
        "t A",
        "np.linalg.norm(A + t*B, 2)",
    ),
    (
        "the same of second order, Overton & Womersley (1995)",
        "A in R[m,n]; B in R[m,n]; t in R",
        "normspec(A + t*B)",
        "t",
        "np.linalg.norm(A + t*B, 2)",
        TWICE,
    ),
    (
        "Miyato et al., ICLR 2018: spectral normalisation",
        "W in R[m,n]; x in R[n]; u in R[m]",
        "u'*tanh(W*x/sigma_max(W))",
        "W x",
        "u@np.tanh(W@x/np.linalg.norm(W, 2))",
    ),
    (
        "Stewart & Sun, Matrix Perturbation Theory (1990), ch. VI: an eigenvalue of a pencil",
        "S in Sym[n]; T in Sym[n]; B in SPD[n]; t in R",
        "lambda_max(inv(B)*(S + t*T))",
        "t S B",
        "np.max(sla.eigh(S + t*T, B, eigvals_only=True))",
    ),
    (
        "the same as a symmetric problem, its second derivative",
        "S in Sym[n]; T in Sym[n]; B in SPD[n]; t in R",
        "lambda_min(inv(sqrtm(B))*(S + t*T)*inv(sqrtm(B)))",
        "t",
        "np.min(sla.eigh(S + t*T, B, eigvals_only=True))",
        TWICE,
    ),
    (
        "Fisher, linear discriminants: the largest quotient of scatters by a projection",
        "W in R[n,p]; S in Sym[n]; T in SPD[n]",
        "tr(inv(W'*T*W)*W'*S*W)",
        "W S T",
        "np.trace(np.linalg.inv(W.T@T@W)@W.T@S@W)",
    ),
    (
        "Chen et al., condition numbers (2011)",
        "X in R[m,n]",
        "log(lambda_max(X'*X)) - log(lambda_min(X'*X))",
        "X",
        "(lambda s: 2*np.log(s[0]/s[-1]))(np.linalg.svd(X, compute_uv=False))",
        {"dims": {"m": 4, "n": 3}},
    ),
    (
        "Ghaoui, eigenvalues of a weighted Laplacian: algebraic connectivity",
        "A in R[m,n]; w in R+[m]",
        "eigval(A'*diag(w)*A,2)",
        "w",
        "np.linalg.eigvalsh(A.T@np.diag(w)@A)[1]",
        {"dims": {"m": 4, "n": 3}},
    ),
    (
        "Tao & Vu, log of the smallest singular value's square, by log-sum-exp of eigenvalues",
        "S in Sym[n]; c in R+",
        "logsumexp(c*eigvals(S))/c",
        "S c",
        "special.logsumexp(c*np.linalg.eigvalsh(S))/c",
    ),
    (
        "Nesterov, Math. Program. 110 (2007): smoothing of the largest eigenvalue, Hessian",
        "S in Sym[n]; T in Sym[n]; t in R",
        "logsumexp(eigvals(S + t*T))",
        "t",
        "special.logsumexp(np.linalg.eigvalsh(S + t*T))",
        TWICE,
    ),
    (
        "Magnus & Neudecker, ch. 9: the principal direction of a scatter matrix",
        "X in R[m,n]; y in R[n]",
        "(y'*eigvec_max(X'*X))^2",
        "X",
        "(y@np.linalg.eigh(X.T@X)[1][:,-1])**2",
    ),
    (
        "Schatten quasi-norm of a factor model, Nie et al. (2012)",
        "A in R[m,n]; B in R[m,n]; t in R; p in R+",
        "schatten(A - t*B,p)",
        "t p",
        "np.sum(np.linalg.svd(A - t*B, compute_uv=False)**p)**(1/p)",
        {"dims": {"m": 4, "n": 3}},
    ),
    (
        "Cholesky's factor in a change of variables; Smith, J. Comput. Graph. Stat. 4 (1995)",
        "S in SPD[n]; u in R[n]; x in R[n]",
        "sum(log(diag(chol(S)))) + u'*inv(chol(S))*x",
        "S",
        "(lambda L: np.sum(np.log(np.diag(L))) + u@np.linalg.solve(L, x))(np.linalg.cholesky(S))",
    ),
    (
        "the same by free entries",
        "S in SPD[n]; u in R[n]; x in R[n]",
        "sum(log(diag(chol(S)))) + u'*inv(chol(S))*x",
        "S",
        "(lambda L: np.sum(np.log(np.diag(L))) + u@np.linalg.solve(L, x))(np.linalg.cholesky(S))",
        ENTRIES,
    ),
    (
        "Kingma & Welling, ICLR 2014: reparametrised Gaussian, triangular factor",
        "L in Tril[n]; u in R[n]; x in R[n]",
        "sum(softplus(u + L*x)) - logdet(L)",
        "L u",
        "np.sum(np.logaddexp(0, u + L@x)) - np.linalg.slogdet(L)[1]",
    ),
    # Structured variables
    (
        "Burg, Luenberger & Wenger, Proc. IEEE 70 (1982): covariance of a stationary process",
        "T in SymToep[n]; S in SPD[n]; c in R+",
        "tr(S*inv(T*T + c*eye(n))) + logdet(T*T + c*eye(n))",
        "T",
        "(lambda R: np.trace(S@np.linalg.inv(R)) + np.linalg.slogdet(R)[1])"
        "(T@T + c*np.eye(len(T)))",
    ),
    (
        "the same by free entries",
        "T in SymToep[n]; S in SPD[n]; c in R+",
        "tr(S*inv(T*T + c*eye(n))) + logdet(T*T + c*eye(n))",
        "T",
        "(lambda R: np.trace(S@np.linalg.inv(R)) + np.linalg.slogdet(R)[1])"
        "(T@T + c*np.eye(len(T)))",
        ENTRIES,
    ),
    (
        "Gray, Toeplitz and Circulant Matrices (2006): a filter fitted to a signal",
        "T in Toep[n]; x in R[n]; y in R[n]",
        "norm2(T*x - y)^2 + norm2(sin(T))^2",
        "T",
        "np.sum((T@x - y)**2) + np.sum(np.sin(T)**2)",
    ),
    (
        "the same, entries and second order",
        "T in Toep[n]; x in R[n]; y in R[n]",
        "norm2(T*x - y)^2 + sum(sin(T))",
        "T",
        "np.sum((T@x - y)**2) + np.sum(np.sin(T))",
        {"order": 2, "convention": "entries", "dims": {"n": 3}},
    ),
    (
        "a Jacobian by a Toeplitz matrix, projected",
        "T in Toep[n]; x in R[n]",
        "tanh(T*x)",
        "T",
        "np.tanh(T@x)",
    ),
    (
        "Dwyer, JASA 62 (1967): a symmetric argument of a determinant, second order",
        "S in Sym[n]; A in SPD[n]",
        "det(A + S*S)",
        "S",
        "np.linalg.det(A + S@S)",
        {"order": 2, "dims": {"n": 3}},
    ),
    (
        "the same by free entries",
        "S in Sym[n]; A in SPD[n]",
        "det(A + S*S)",
        "S",
        "np.linalg.det(A + S@S)",
        {"order": 2, "convention": "entries", "dims": {"n": 3}},
    ),
    (
        "Pinheiro & Bates, Stat. Comput. 6 (1996): log-Cholesky parameters",
        "L in Tril[n]; S in SPD[n]",
        "tr(inv(L*L')*S) + logdet(L*L')",
        "L",
        "np.trace(np.linalg.inv(L@L.T)@S) + np.linalg.slogdet(L@L.T)[1]",
        TWICE | {"dims": {"n": 3}},
    ),
    (
        "a diagonal variable between two matrices, its Hessian",
        "D in Diag[n]; A in R[m,n]; x in R[m]",
        "logsumexp(A*D*A'*x)",
        "D",
        "special.logsumexp(A@D@A.T@x)",
        {"order": 2, "dims": {"m": 3, "n": 2}},
    ),
    (
        "a skew variable, Hessian; Wen & Yin, Math. Program. 142 (2013)",
        "W in Skew[n]; X in R[n,p]; A in Sym[n]",
        "tr(X'*inv(eye(n) - W)'*A*inv(eye(n) - W)*X)",
        "W",
        "(lambda Y: np.trace(Y.T@A@Y))(np.linalg.inv(np.eye(len(W)) - W)@X)",
        {"order": 2, "dims": {"n": 3, "p": 2}},
    ),
    # Networks
    (
        "Vaswani et al. (2017): one query's attention, its Jacobian by the query",
        "q in R[d]; K in R[n,d]; V in R[n,p]",
        "V'*softmax(K*q/sqrt(d))",
        "q K",
        "V.T@special.softmax(K@q/np.sqrt(len(q)))",
    ),
    (
        "the same, order two of a score of it",
        "q in R[d]; K in R[n,d]; v in R[n]",
        "v'*softmax(K*q)",
        "q",
        "v@special.softmax(K@q)",
        TWICE,
    ),
    (
        "Vaswani et al. (2017): attention with a loss, by rows",
        "Q in R[m,d]; K in R[n,d]; V in R[n,p]; Y in R[m,p]",
        "norm2(rows(softmax)(Q*K'/sqrt(d))*V - Y)^2",
        "Q K V",
        "np.sum((special.softmax(Q@K.T/np.sqrt(K.shape[1]), axis=1)@V - Y)**2)",
    ),
    (
        "Ba, Kiros & Hinton (2016): layer normalisation of a vector, its Jacobian",
        "x in R[n]; g in R[n]; c in R+",
        "g.*(x - mean(x))/sqrt(var(x) + c)",
        "x g",
        "g*(x - x.mean())/np.sqrt(x.var() + c)",
    ),
    (
        "the same inside a loss, second order",
        "x in R[n]; g in R[n]; c in R+",
        "g'*tanh((x - mean(x))/sqrt(var(x) + c))",
        "x",
        "g@np.tanh((x - x.mean())/np.sqrt(x.var() + c))",
        TWICE,
    ),
    (
        "Ioffe & Szegedy (2015): batch normalisation and a layer",
        "X in R[m,n]; W in R[n,p]; Y in R[m,p]; c in R+",
        "sum(softplus(Y.*(X*W - ones(m)*mean(X*W,1))./(ones(m)*sqrt(var(X*W,1) + c))))",
        "W X",
        "(lambda Z: np.sum(np.logaddexp(0, Y*(Z - Z.mean(0))/np.sqrt(Z.var(0) + c))))(X@W)",
    ),
    (
        "Gers, Schmidhuber & Cummins (2000): a gate, Jacobian by a weight",
        "W in R[n,n]; V in R[n,m]; x in R[m]; h in R[n]",
        "sigmoid(V*x + W*h).*tanh(W*h)",
        "W h",
        "special.expit(V@x + W@h)*np.tanh(W@h)",
        {"dims": {"n": 3, "m": 2}},
    ),
    (
        "Chen et al., Neural ODEs (2018): a Runge-Kutta step",
        "W in R[n,n]; x in R[n]; t in R; y in R[n]",
        "norm2(x + t*tanh(W*(x + t*tanh(W*x)/2)) - y)^2",
        "W x t",
        "np.sum((x + t*np.tanh(W@(x + t*np.tanh(W@x)/2)) - y)**2)",
    ),
    (
        "Rezende & Mohamed, planar flows, ICML 2015: log of the volume",
        "u in R[n]; w in R[n]; z in R[n]; b in R",
        "log(abs(1 + (1 - tanh(w'*z + b)^2)*(w'*u)))",
        "u w z b",
        "np.log(abs(1 + (1 - np.tanh(w@z + b)**2)*(w@u)))",
    ),
    (
        "Kipf & Welling (2017): normalised adjacency, by the weights of the edges",
        "A in R+[n,n]; X in R[n,p]; G in R[n,p]",
        "G : diag(1./sqrt(A*ones(n)))*A*diag(1./sqrt(A'*ones(n)))*X",
        "A X",
        "np.sum(G*((A/np.sqrt(A.sum(1))[:,None]/np.sqrt(A.sum(0)))@X))",
    ),
    (
        "Cuturi, Sinkhorn distances, NIPS 2013: the smoothed dual",
        "u in R[m]; v in R[n]; C in R[m,n]; p in R+[m]; q in R+[n]; c in R+",
        "p'*u + q'*v - c*sum(exp((u*ones(n)' + ones(m)*v' - C)/c))",
        "u v c C",
        "p@u + q@v - c*np.sum(np.exp((u[:,None] + v - C)/c))",
    ),
    (
        "its Hessian by one potential",
        "u in R[m]; v in R[n]; C in R[m,n]; c in R+",
        "c*sum(exp((u*ones(n)' + ones(m)*v' - C)/c))",
        "u",
        "c*np.sum(np.exp((u[:,None] + v - C)/c))",
        TWICE,
    ),
    (
        "Kornblith et al., ICML 2019: centred kernel alignment",
        "X in R[m,n]; Y in R[m,p]",
        "norm2(X'*(eye(m) - ones(m,m)/m)*Y)^2/(norm2(X'*(eye(m) - ones(m,m)/m)*X)"
        "*norm2(Y'*(eye(m) - ones(m,m)/m)*Y))",
        "X Y",
        "(lambda H: np.sum((X.T@H@Y)**2)/(np.linalg.norm(X.T@H@X)*np.linalg.norm(Y.T@H@Y)))"
        "(np.eye(len(X)) - 1/len(X))",
    ),
    (
        "Schölkopf & Smola, Learning with Kernels (2002): a Gaussian kernel's ridge regression",
        "X in R[m,n]; y in R[m]; c in R+",
        "y'*inv(exp(-(sum(X.^2,2)*ones(m)' + ones(m)*sum(X.^2,2)' - 2*X*X')) + c*eye(m))*y",
        "X y c",
        "(lambda d: y@np.linalg.inv(np.exp(-np.sum(d**2, 2)) + c*np.eye(len(y)))@y)"
        "(X[:,None] - X[None])",
    ),
    (
        "Zbontar et al., Barlow Twins, ICML 2021",
        "Z in R[m,n]; V in R[m,n]; c in R+",
        "norm2(Z'*V/m - eye(n))^2 + c*norm2((Z'*V/m).*(ones(n,n) - eye(n)))^2",
        "Z",
        "(lambda C: np.sum((C - np.eye(len(C)))**2) + c*np.sum((C*(1 - np.eye(len(C))))**2))"
        "(Z.T@V/len(Z))",
    ),
    # Sums over indices, slices, arrays
    (
        "Bottou, Curtis & Nocedal, SIAM Rev. 60 (2018): a sum of losses over rows",
        "X in R[m,n]; w in R[n]; y in R[m]",
        "sum(i in 1..m, log(1 + exp(-y[i]*(X[i,:]*w))))",
        "w X y",
        "np.sum(np.log(1 + np.exp(-y*(X@w))))",
    ),
    (
        "the same, the Hessian",
        "X in R[m,n]; w in R[n]; y in R[m]",
        "sum(i in 1..m, log(1 + exp(-y[i]*(X[i,:]*w))))",
        "w",
        "np.sum(np.log(1 + np.exp(-y*(X@w))))",
        TWICE,
    ),
    (
        "Nocedal & Wright, ch. 1: Rosenbrock's chain by slices",
        "x in R[n]",
        "sum(100*(x[2:n] - x[1:n-1].^2).^2 + (1 - x[1:n-1]).^2)",
        "x",
        "np.sum(100*(x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2)",
    ),
    (
        "the same, the Hessian",
        "x in R[n]",
        "sum(100*(x[2:n] - x[1:n-1].^2).^2 + (1 - x[1:n-1]).^2)",
        "x",
        "np.sum(100*(x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2)",
        TWICE,
    ),
    (
        "Rudin, Osher & Fatemi (1992): smoothed total variation of an image",
        "X in R[m,n]; Y in R[m,n]; c in R+",
        "norm2(X - Y)^2/2 + sum(sqrt((X[2:m,:] - X[1:m-1,:]).^2 + c))"
        " + sum(sqrt((X[:,2:n] - X[:,1:n-1]).^2 + c))",
        "X",
        "np.sum((X-Y)**2)/2 + np.sum(np.sqrt(np.diff(X, axis=0)**2 + c))"
        " + np.sum(np.sqrt(np.diff(X, axis=1)**2 + c))",
    ),
    (
        "Boyd & Vandenberghe, A.5.5: the Schur complement of blocks",
        "A in SPD[m]; B in R[m,n]; C in SPD[n]; c in R+",
        "logdet(block(A + B*B',B;B',C + c*B'*B))",
        "A B C",
        "np.linalg.slogdet(np.block([[A + B@B.T, B], [B.T, C + c*B.T@B]]))[1]",
    ),
    (
        "Oppenheim & Schafer, deconvolution: least squares of a convolution",
        "x in R[n]; h in R[m]; y in R[m+n-1]",
        "norm2(conv(h,x) - y)^2 + sum(abs(cumsum(x)))",
        "x h",
        "np.sum((np.convolve(h, x) - y)**2) + np.sum(abs(np.cumsum(x)))",
    ),
    (
        "its curvature",
        "x in R[n]; h in R[m]; y in R[m+n-1]",
        "sum(softplus(conv(h,x) - y))",
        "h",
        "np.sum(np.logaddexp(0, np.convolve(h, x) - y))",
        TWICE,
    ),
    (
        "Durbin, a Toeplitz system by its first column",
        "x in R[n]; y in R[n]; c in R+",
        "y'*inv(toeplitz(x)*toeplitz(x) + c*eye(n))*y",
        "x",
        "(lambda T: y@np.linalg.inv(T@T + c*np.eye(len(y)))@y)(sla.toeplitz(x))",
    ),
    (
        "Kolda & Bader, SIAM Rev. 51 (2009): alternating least squares of a CP model",
        "X in R[m,n*p]; A in R[m,r]; B in R[p,r]; C in R[n,r]",
        "norm2(X - A*khatrirao(B,C)')^2",
        "A B C",
        "np.sum((X - A@np.einsum('ir,jr->ijr', B, C).reshape(-1, B.shape[1]).T)**2)",
        {"dims": {"m": 3, "n": 2, "p": 4, "r": 2}},
    ),
    (
        "Srebro & Jaakkola, ICML 2003: weighted factorisation",
        "W in R[m,n]; X in R[m,n]; U in R[m,r]; V in R[n,r]; c in R",
        "norm2(W.*(X - U*V'))^2 + c*(norm2(U)^2 + norm2(V)^2)",
        "U V",
        "np.sum((W*(X - U@V.T))**2) + c*(np.sum(U**2) + np.sum(V**2))",
    ),
    (
        "Golub & Pereyra, SIAM J. Numer. Anal. 10 (1973): variable projection",
        "x in R[n]; y in R[m]; A in R[m,n]; c in R",
        "norm2(y - (A*diag(exp(c*x)))*pinv(A*diag(exp(c*x)))*y)^2"
        " + norm2(pinv(A*diag(exp(x)))*y)^2",
        "x c",
        "np.sum((y - (A*np.exp(c*x))@np.linalg.pinv(A*np.exp(c*x))@y)**2)"
        " + np.sum((np.linalg.pinv(A*np.exp(x))@y)**2)",
        {"dims": {"m": 4, "n": 3}},
    ),
    (
        "Cook & Forzani, reduced rank by the adjugate; Magnus & Neudecker, ch. 8",
        "A in R[n,n]; u in R[n]; v in R[n]",
        "u'*adj(A)*v*det(A)",
        "A",
        "u@np.linalg.inv(A)@v*np.linalg.det(A)**2",
    ),
    (
        "Wirtinger's opposite: a real power of a covariance in a shrinkage loss",
        "S in SPD[n]; T in Sym[n]; p in R",
        "tr(T*S^p)",
        "p",
        "np.trace(T@sla.fractional_matrix_power(S, p))",
    ),
    (
        "Huber, Ann. Math. Stat. 35 (1964): pseudo-Huber with masked data",
        "M in R[m,n]; X in R[m,r]; Z in R[r,n]; Y in R[m,n]; c in R+",
        "sum(M.*M.*(sqrt(c^2 + (X*Z - Y).^2) - c))",
        "X c",
        "np.sum(M*M*(np.sqrt(c**2 + (X@Z - Y)**2) - c))",
    ),
]


def cases():
    for source, where, text, by, f, *more in PROBLEMS:
        options = dict(*more)
        dims = options.pop("dims", {})
        for name in by.split():
            case = {
                "id": f"{source}: {name}",
                "where": where,
                "expr": text,
                "wrt": name,
                "f": f,
                "dims": dims,
                "order": options.get("order", 1),
                "convention": options.get("convention", "projected"),
            }
            yield pytest.param(case, options, id=case["id"].lower())


@pytest.mark.parametrize("case, options", list(cases()))
def test_right_by_differences(case, options):
    d = mc.derive(case["expr"], case["wrt"], case["where"], **options)
    assert d.verification.ok, d.verification.message
    values = check.sample(case, 1)
    known = {k: v for k, v in (check.sizes(case) | values).items() if k in d.problem.known}
    wanted = check.reference(case, values)
    assert check.difference(d.tensor(known), wanted) < TOLERANCE, f"WRONG: {d.result}"
    assert mc.parse(str(d.result), case["where"]) is d.result
