"""Gradients from machine learning and statistics, each with its source and a reference in NumPy.

The reference is the function itself, written in NumPy from the paper; its differences are what the
gradient is compared with. Nothing here is derived by matcalc but the gradient.
"""

import numpy as np
import pytest
from scipy.special import expit, gammaln, logsumexp, multigammaln, softmax

import matcalc as mc

SIZES = {"m": 3, "n": 4, "p": 2, "k": 5, "d": 3}
NAMES = {
    "np": np,
    "expit": expit,
    "gammaln": gammaln,
    "logsumexp": logsumexp,
    "multigammaln": multigammaln,
    "softmax": softmax,
    "inv": np.linalg.inv,
    "logdet": lambda s: np.linalg.slogdet(s)[1],
    "norm": np.linalg.norm,
    **SIZES,
}

# (source, declarations, function, variables, the same in NumPy)
PROBLEMS = [
    # Losses of classifiers
    (
        "Bishop, PRML (4.108): cross entropy of softmax outputs, one example a row",
        "X in R[m,n]; W in R[n,p]; Y in R[m,p]",
        "-sum(Y.*log(rows(softmax)(X*W)))",
        "W X Y",
        "-np.sum(Y*np.log(softmax(X@W, 1)))",
    ),
    (
        "the same by log-sum-exp, Murphy, Machine Learning (2012), sec. 8.3.7",
        "X in R[m,n]; W in R[n,p]; b in R[p]; Y in R[m,p]",
        "sum(rows(logsumexp)(X*W + ones(m)*b')) - Y : (X*W + ones(m)*b')",
        "W b",
        "np.sum(logsumexp(X@W + b, axis=1)) - np.sum(Y*(X@W + b))",
    ),
    (
        "Müller, Kornblith & Hinton, NeurIPS 2019: label smoothing",
        "z in R[n]; y in R[n]; a in R",
        "-((1 - a)*y + a/n)'*log(softmax(z))",
        "z a",
        "-((1 - a)*y + a/4)@np.log(softmax(z))",
    ),
    (
        "Lin et al., ICCV 2017: focal loss of logits",
        "z in R[n]",
        "-sum((1 - sigmoid(z)).^2.*log(sigmoid(z)))",
        "z",
        "-np.sum((1 - expit(z))**2*np.log(expit(z)))",
    ),
    (
        "Hinton, Vinyals & Dean, 2015: distillation at temperature T",
        "z, v in R[n]; T in R+",
        "-T^2*softmax(v/T)'*log(softmax(z/T))",
        "z v T",
        "-T**2*softmax(v/T)@np.log(softmax(z/T))",
    ),
    (
        "Cortes & Vapnik, 1995: the hinge loss",
        "X in R[m,n]; w in R[n]; y in R[m]; c in R",
        "sum(max(0, 1 - y.*(X*w))) + c*norm2(w)^2",
        "w y",
        "np.sum(np.maximum(0, 1 - y*(X@w))) + c*w@w",
    ),
    (
        "Crammer & Singer, JMLR 2001: the multiclass margin loss of one example",
        "z in R[n]; y in R[n]",
        "max(z + 1 - y) - y'*z",
        "z",
        "np.max(z + 1 - y) - y@z",
    ),
    (
        "van den Oord et al., 2018: InfoNCE, the positive pairs on the diagonal",
        "Z, V in R[m,n]; t in R+",
        "-sum(log(diag(rows(softmax)(Z*V'/t))))",
        "Z V t",
        "-np.sum(np.log(np.diag(softmax(Z@V.T/t, 1))))",
    ),
    (
        "Radford et al., ICML 2021 (CLIP): by rows and by columns",
        "Z, V in R[m,n]; a in R",
        "-tr(log(rows(softmax)(exp(a)*Z*V')) + log(columns(softmax)(exp(a)*Z*V')))/2",
        "Z a",
        "-np.trace(np.log(softmax(np.exp(a)*Z@V.T, 1)) + np.log(softmax(np.exp(a)*Z@V.T, 0)))/2",
    ),
    (
        "Burges et al., ICML 2005 (RankNet): all pairs",
        "x in R[n]; Y in R[n,n]",
        "sum(i in 1..n, sum(j in 1..n, Y[i,j]*log(1 + exp(-(x[i] - x[j])))))",
        "x",
        "np.sum(Y*np.log1p(np.exp(-(x[:,None] - x))))",
    ),
    (
        "Zadrozny: the Brier score",
        "Z in R[m,n]; Y in R[m,n]",
        "norm2(rows(softmax)(Z) - Y)^2/m",
        "Z",
        "np.sum((softmax(Z, 1) - Y)**2)/3",
    ),
    # Networks
    (
        "Vaswani et al., NIPS 2017: attention",
        "Q in R[m,d]; K in R[n,d]; V in R[n,p]; G in R[m,p]",
        "G : rows(softmax)(Q*K'/sqrt(d))*V",
        "Q K V",
        "np.sum(G*(softmax(Q@K.T/np.sqrt(3), 1)@V))",
    ),
    (
        "the same with projections and a mask",
        "X in R[m,n]; P, Q in R[n,d]; V in R[n,p]; M in R[m,m]; G in R[m,p]",
        "G : rows(softmax)(X*P*(X*Q)'/sqrt(d) + M)*X*V",
        "X P V",
        "np.sum(G*(softmax(X@P@(X@Q).T/np.sqrt(3) + M, 1)@X@V))",
    ),
    (
        "Katharopoulos et al., ICML 2020: linear attention, feature map elu + 1",
        "Q in R[m,d]; K in R[n,d]; V in R[n,p]; G in R[m,p]",
        "G : diag(1./((elu(Q) + 1)*(elu(K) + 1)'*ones(n)))*(elu(Q) + 1)*(elu(K) + 1)'*V",
        "Q K V",
        "(lambda f: np.sum(G*(f(Q)@f(K).T@V/(f(Q)@f(K).T@np.ones(n))[:,None])))"
        "(lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))) + 1)",
    ),
    (
        "Ba, Kiros & Hinton, 2016: layer normalisation of rows",
        "X in R[m,n]; G in R[m,n]; g in R[n]; b in R[n]; c in R+",
        "G : (((X - mean(X,2)*ones(n)')./(sqrt(var(X,2) + c)*ones(n)'))*diag(g) + ones(m)*b')",
        "X g b",
        "np.sum(G*((X - X.mean(1,keepdims=True))/np.sqrt(X.var(1,keepdims=True) + c)*g + b))",
    ),
    (
        "Ioffe & Szegedy, ICML 2015: batch normalisation of columns",
        "X in R[m,n]; G in R[m,n]; c in R+",
        "G : (X - ones(m)*mean(X,1))./(ones(m)*sqrt(var(X,1) + c))",
        "X c",
        "np.sum(G*(X - X.mean(0))/np.sqrt(X.var(0) + c))",
    ),
    (
        "Zhang & Sennrich, NeurIPS 2019: RMSNorm",
        "x, g, u in R[n]",
        "u'*(g.*x)/sqrt(mean(x.^2))",
        "x g",
        "u@(g*x)/np.sqrt(np.mean(x**2))",
    ),
    (
        "Salimans & Kingma, NIPS 2016: weight normalisation",
        "V in R[m,n]; g in R[m]; x in R[n]; u in R[m]",
        "u'*(g.*(V*x)./rows(norm2)(V))",
        "V g",
        "u@(g*(V@x)/norm(V, axis=1))",
    ),
    (
        "Misra, BMVC 2020: mish, in a layer",
        "f(x) = x*tanh(log(1 + exp(x))); W in R[m,n]; x in R[n]; b, u in R[m]",
        "u'*f(W*x + b)",
        "W x b",
        "u@((W@x + b)*np.tanh(np.log1p(np.exp(W@x + b))))",
    ),
    (
        "Dauphin et al., ICML 2017: gated linear units",
        "X in R[m,n]; W, V in R[n,p]; G in R[m,p]",
        "G : (X*W).*sigmoid(X*V)",
        "X W V",
        "np.sum(G*(X@W)*expit(X@V))",
    ),
    (
        "Shazeer, 2020: SwiGLU",
        "X in R[m,n]; W, V in R[n,p]; U in R[p,n]; G in R[m,n]",
        "G : (silu(X*W).*(X*V))*U",
        "X W",
        "np.sum(G*(((X@W)*expit(X@W)*(X@V))@U))",
    ),
    (
        "He et al., CVPR 2016: a residual block",
        "X in R[m,n]; W in R[n,p]; V in R[p,n]; Y in R[m,n]",
        "norm2(X + tanh(X*W)*V - Y)^2",
        "X W V",
        "np.sum((X + np.tanh(X@W)@V - Y)**2)",
    ),
    (
        "Cho et al., EMNLP 2014: one gated recurrent step",
        "x in R[n]; h in R[m]; W, V in R[m,n]; U, R in R[m,m]; u in R[m]",
        "u'*((1 - sigmoid(W*x + U*h)).*h + sigmoid(W*x + U*h).*tanh(V*x + R*h))",
        "h W U V",
        "(lambda z: u@((1 - z)*h + z*np.tanh(V@x + R@h)))(expit(W@x + U@h))",
    ),
    (
        "Kipf & Welling, ICLR 2017: a graph convolution",
        "A in Sym[m]; X in R[m,n]; W in R[n,p]; Y in R[m,p]",
        "-sum(Y.*log(rows(softmax)(A*X*W)))",
        "X W",
        "-np.sum(Y*np.log(softmax(A@X@W, 1)))",
    ),
    (
        "LeCun et al., 1989: a one-dimensional convolution layer",
        "x in R[n]; w in R[p]; y in R[n + p - 1]",
        "norm2(conv(x,w) - y)^2",
        "x w",
        "np.sum((np.convolve(x, w) - y)**2)",
    ),
    (
        "Hu et al., ICLR 2022: low-rank adaptation",
        "W in R[m,n]; B in R[m,p]; A in R[p,n]; X in R[n,k]; Y in R[m,k]; c in R",
        "norm2((W + c*B*A)*X - Y)^2",
        "A B c",
        "np.sum(((W + c*B@A)@X - Y)**2)",
    ),
    (
        "Sitzmann et al., NeurIPS 2020: sinusoidal representation",
        "W in R[m,n]; V in R[p,m]; x in R[n]; y in R[p]; c in R",
        "norm2(V*sin(c*W*x) - y)^2",
        "W V x c",
        "np.sum((V@np.sin(c*W@x) - y)**2)",
    ),
    (
        "Goodfellow et al., NIPS 2014: maxout",
        "W in R[m,n]; x in R[n]",
        "max(W*x)^2",
        "W x",
        "np.max(W@x)**2",
    ),
    (
        "max pooling over time, Collobert et al., JMLR 2011",
        "X in R[m,n]; w in R[m]",
        "w'*rows(max)(X)",
        "X",
        "w@X.max(1)",
    ),
    # Embeddings and kernels
    (
        "cosine similarity of two vectors",
        "x, y in R[n]",
        "x'*y/(norm2(x)*norm2(y))",
        "x y",
        "x@y/norm(x)/norm(y)",
    ),
    (
        "all cosines of rows, weighed",
        "X in R[m,n]; Y in R[k,n]; G in R[m,k]",
        "G : diag(1./rows(norm2)(X))*X*Y'*diag(1./rows(norm2)(Y))",
        "X Y",
        "np.sum(G*((X/norm(X,axis=1)[:,None])@(Y/norm(Y,axis=1)[:,None]).T))",
    ),
    (
        "pairwise squared distances, weighed by a kernel",
        "X in R[m,n]; G in R[m,m]; c in R",
        "G : exp(-c*(sum(X.^2,2)*ones(m)' + ones(m)*sum(X.^2,2)' - 2*X*X'))",
        "X c",
        "np.sum(G*np.exp(-c*((X[:,None] - X)**2).sum(-1)))",
    ),
    (
        "the same as a double sum: Rasmussen & Williams (4.9)",
        "X in R[m,n]; G in R[m,m]; c in R",
        "sum(i in 1..m, sum(j in 1..m, G[i,j]*exp(-c*norm2(X[i] - X[j])^2)))",
        "X c",
        "np.sum(G*np.exp(-c*((X[:,None] - X)**2).sum(-1)))",
    ),
    (
        "Gretton et al., JMLR 2012: the kernel two-sample statistic, linear kernel",
        "X in R[m,n]; Y in R[k,n]",
        "norm2(mean(X,1) - mean(Y,1))^2",
        "X Y",
        "np.sum((X.mean(0) - Y.mean(0))**2)",
    ),
    (
        "van der Maaten & Hinton, JMLR 2008: the attractive part of t-SNE",
        "Y in R[m,p]; P in R[m,m]",
        "sum(i in 1..m, sum(j in 1..m, P[i,j]*log(1 + norm2(Y[i] - Y[j])^2)))",
        "Y",
        "np.sum(P*np.log1p(((Y[:,None] - Y)**2).sum(-1)))",
    ),
    (
        "Weinberger & Saul, JMLR 2009: the pull of large margin nearest neighbours",
        "L in R[p,n]; X in R[m,n]; S in R[m,m]",
        "sum(i in 1..m, sum(j in 1..m, S[i,j]*norm2(L*(X[i] - X[j]))^2))",
        "L X",
        "np.sum(S*(((X[:,None] - X)@L.T)**2).sum(-1))",
    ),
    (
        "Schroff, Kalenichenko & Philbin, CVPR 2015: the triplet loss",
        "x, y, z in R[n]; c in R",
        "max(0, norm2(x - y)^2 - norm2(x - z)^2 + c)",
        "x y z",
        "max(0, np.sum((x - y)**2) - np.sum((x - z)**2) + c)",
    ),
    (
        "k-means with soft assignments",
        "X in R[m,n]; C in R[k,n]; W in R[m,k]",
        "sum(j in 1..k, sum(i in 1..m, W[i,j]*norm2(X[i] - C[j])^2))",
        "C X",
        "np.sum(W*((X[:,None] - C)**2).sum(-1))",
    ),
    (
        "Pennington, Socher & Manning, EMNLP 2014: GloVe",
        "W in R[m,n]; V in R[k,n]; b in R[m]; c in R[k]; X in R+[m,k]; F in R[m,k]",
        "sum(F.*(W*V' + b*ones(k)' + ones(m)*c' - log(X)).^2)",
        "W V b c",
        "np.sum(F*(W@V.T + b[:,None] + c - np.log(X))**2)",
    ),
    (
        "Bordes et al., NIPS 2013: translating embeddings",
        "h, l, t in R[n]",
        "norm2(h + l - t)",
        "h l t",
        "norm(h + l - t)",
    ),
    # Densities and divergences
    (
        "Gaussian log density, Bishop (2.43)",
        "x, z in R[n]; S in SPD[n]",
        "-((x - z)'*inv(S)*(x - z) + logdet(S) + n*log(2*pi))/2",
        "x z S",
        "-((x - z)@inv(S)@(x - z) + logdet(S) + 4*np.log(2*np.pi))/2",
    ),
    (
        "of a sample, its rows, by the precision",
        "X in R[m,n]; z in R[n]; P in SPD[n]",
        "m/2*logdet(P) - sum(i in 1..m, (X[i] - z)'*P*(X[i] - z))/2",
        "z P X",
        "3/2*logdet(P) - np.sum(((X - z)@P)*(X - z))/2",
    ),
    (
        "KL of Gaussians, Kingma & Welling, ICLR 2014, app. B",
        "x, s in R[n]",
        "-sum(1 + log(s.^2) - x.^2 - s.^2)/2",
        "x s",
        "-np.sum(1 + np.log(s**2) - x**2 - s**2)/2",
    ),
    (
        "KL of two full Gaussians",
        "x, z in R[n]; S, T in SPD[n]",
        "(tr(inv(T)*S) + (z - x)'*inv(T)*(z - x) - n + logdet(T) - logdet(S))/2",
        "x S T",
        "(np.trace(inv(T)@S) + (z-x)@inv(T)@(z-x) - 4 + logdet(T) - logdet(S))/2",
    ),
    (
        "Wishart log density in S, Bishop (B.78)",
        "S, V in SPD[n]; nu in R+",
        "(nu - n - 1)/2*logdet(S) - tr(inv(V)*S)/2 - nu/2*logdet(V)",
        "S V",
        "(nu - 5)/2*logdet(S) - np.trace(inv(V)@S)/2 - nu/2*logdet(V)",
    ),
    (
        "matrix normal log density, Gupta & Nagar (2000)",
        "X, M in R[m,n]; U in SPD[m]; V in SPD[n]",
        "-tr(inv(V)*(X - M)'*inv(U)*(X - M))/2 - n/2*logdet(U) - m/2*logdet(V)",
        "X M U V",
        "-np.trace(inv(V)@(X-M).T@inv(U)@(X-M))/2 - 4/2*logdet(U) - 3/2*logdet(V)",
    ),
    (
        "Student's t, Kotz & Nadarajah (2004)",
        "x, z in R[n]; S in SPD[n]; nu in R+",
        "lgamma((nu + n)/2) - lgamma(nu/2) - n/2*log(nu*pi) - logdet(S)/2"
        " - (nu + n)/2*log(1 + (x - z)'*inv(S)*(x - z)/nu)",
        "x z S nu",
        "gammaln((nu+4)/2) - gammaln(nu/2) - 4/2*np.log(nu*np.pi) - logdet(S)/2"
        " - (nu+4)/2*np.log(1 + (x-z)@inv(S)@(x-z)/nu)",
    ),
    (
        "Dirichlet log density, Minka (2000)",
        "a in R+[n]; x in Simplex[n]",
        "lgamma(sum(a)) - sum(lgamma(a)) + (a - 1)'*log(x)",
        "a x",
        "gammaln(a.sum()) - gammaln(a).sum() + (a - 1)@np.log(x)",
    ),
    (
        "Poisson regression, McCullagh & Nelder",
        "X in R[m,n]; w in R[n]; y in R+[m]",
        "sum(exp(X*w) - y.*(X*w) + lgamma(y + 1))",
        "w y",
        "np.sum(np.exp(X@w) - y*(X@w) + gammaln(y + 1))",
    ),
    (
        "negative binomial, Hilbe (2011)",
        "x in R+[n]; y in R+[n]; r in R+",
        "sum(lgamma(y + r) - lgamma(r) - lgamma(y + 1) + r*log(r./(r + x)) + y.*log(x./(r + x)))",
        "x r",
        "np.sum(gammaln(y+r) - gammaln(r) - gammaln(y+1) + r*np.log(r/(r+x)) + y*np.log(x/(r+x)))",
    ),
    (
        "Gaussian process evidence with an RBF kernel, Rasmussen & Williams (5.8)",
        "D in Sym[m]; y in R[m]; s, c, g in R+",
        "y'*inv(s^2*exp(-c*D) + g^2*I)*y/2 + logdet(s^2*exp(-c*D) + g^2*I)/2",
        "c s g y",
        "(lambda K: y@inv(K)@y/2 + logdet(K)/2)(s**2*np.exp(-c*D) + g**2*np.eye(3))",
    ),
    (
        "mixture of Gaussians of one point, Bishop (9.14), isotropic",
        "x in R[n]; M in R[k,n]; a in R[k]",
        "logsumexp(a - sum((ones(k)*x' - M).^2,2)/2)",
        "x M a",
        "logsumexp(a - ((x - M)**2).sum(1)/2)",
    ),
    (
        "the same for a sample",
        "X in R[m,n]; M in R[k,n]; a in R[k]",
        "sum(i in 1..m, log(sum(j in 1..k, exp(a[j] - norm2(X[i] - M[j])^2/2))))",
        "X M a",
        "np.sum(logsumexp(a - ((X[:,None] - M)**2).sum(-1)/2, axis=1))",
    ),
    (
        "logistic regression with an l2 penalty",
        "X in R[m,n]; w in R[n]; y in R[m]; c in R",
        "sum(i in 1..m, log(1 + exp(-y[i]*(X[i]'*w)))) + c/2*norm2(w)^2",
        "w c",
        "np.sum(np.log1p(np.exp(-y*(X@w)))) + c/2*w@w",
    ),
    (
        "entropy of softmax outputs",
        "z in R[n]",
        "-softmax(z)'*log(softmax(z))",
        "z",
        "-softmax(z)@np.log(softmax(z))",
    ),
    (
        "KL of softmax outputs",
        "z, v in R[n]",
        "softmax(z)'*log(softmax(z)./softmax(v))",
        "z v",
        "softmax(z)@np.log(softmax(z)/softmax(v))",
    ),
    (
        "Stein's loss, James & Stein (1961)",
        "S, T in SPD[n]",
        "tr(S*inv(T)) - logdet(S*inv(T)) - n",
        "S T",
        "np.trace(S@inv(T)) - logdet(S@inv(T)) - 4",
    ),
    # Signals, sums over indices
    (
        "Rudin, Osher & Fatemi, 1992: smoothed total variation",
        "x, y in R[n]; c in R+",
        "norm2(x - y)^2/2 + sum(i in 1..n-1, sqrt((x[i+1] - x[i])^2 + c))",
        "x y",
        "np.sum((x-y)**2)/2 + np.sum(np.sqrt(np.diff(x)**2 + c))",
    ),
    (
        "Hodrick & Prescott, 1997: second differences",
        "x, y in R[n]; c in R+",
        "norm2(x - y)^2 + c*sum(i in 2..n-1, (x[i+1] - 2*x[i] + x[i-1])^2)",
        "x",
        "np.sum((x-y)**2) + c*np.sum(np.diff(x, 2)**2)",
    ),
    (
        "Koren, Bell & Volinsky, 2009: matrix factorisation with biases",
        "U in R[m,p]; V in R[n,p]; b in R[m]; c in R[n]; W, R in R[m,n]",
        "sum(i in 1..m, sum(j in 1..n, W[i,j]*(R[i,j] - U[i]'*V[j] - b[i] - c[j])^2))",
        "U V b c",
        "np.sum(W*(R - U@V.T - b[:,None] - c)**2)",
    ),
    (
        "Rendle, ICDM 2010: factorization machines",
        "x in R[n]; w in R[n]; V in R[n,p]",
        "w'*x + (norm2(V'*x)^2 - (V.^2)'*(x.^2) : ones(p))/2",
        "x w V",
        "w@x + (np.sum((V.T@x)**2) - np.sum((V**2).T@(x**2)))/2",
    ),
    (
        "Lee & Seung, NIPS 2000: the divergence of nonnegative factorisations",
        "W in R+[m,p]; H in R+[p,n]; V in R+[m,n]",
        "sum(V.*log(V./(W*H)) - V + W*H)",
        "W H",
        "np.sum(V*np.log(V/(W@H)) - V + W@H)",
    ),
    (
        "Cox, 1972: partial likelihood, subjects sorted by time",
        "X in R[m,n]; w in R[n]",
        "sum(X*w - log(reverse(cumsum(reverse(exp(X*w))))))",
        "w",
        "np.sum(X@w - np.log(np.cumsum(np.exp(X@w)[::-1])[::-1]))",
    ),
    (
        "autoregression with a Toeplitz covariance",
        "r in R[n]; x in R[n]",
        "x'*toeplitz(r)*x",
        "r x",
        "sum(x[i]*x[j]*r[abs(i-j)] for i in range(4) for j in range(4))",
    ),
    (
        "a bordered system: the Lagrangian of a quadratic programme",
        "H in SPD[n]; A in R[p,n]; u in R[n + p]",
        "u'*block(H, A'; A, zeros(p,p))*u",
        "A u",
        "u@np.block([[H, A.T], [A, np.zeros((2,2))]])@u",
    ),
    (
        "Bradley & Terry, 1952",
        "x in R[n]; W in R[n,n]",
        "sum(i in 1..n, sum(j in 1..n, W[i,j]*(x[i] - log(exp(x[i]) + exp(x[j])))))",
        "x",
        "np.sum(W*(x[:,None] - np.log(np.exp(x)[:,None] + np.exp(x))))",
    ),
]
IDS = [p[0] for p in PROBLEMS]


def reading(numpy, names):
    return eval(f"lambda {','.join(names)}: {numpy}", NAMES)


def draw(where, seed):
    """Values for the variables by their declarations."""
    rng = np.random.default_rng(seed)
    scope = mc.Workspace(where).scope
    found = {}
    for name, of in scope.sets.items():
        sizes = [s if isinstance(s, int) else _size(str(s)) for s in of.dims]
        shape = sizes if of.name not in ("Sym", "SPD") else sizes * 2
        z = rng.uniform(0.3, 1.2, shape) * rng.choice([-1, 1], shape)
        if of.name in ("R+", "Simplex"):
            z = abs(z)
        if of.name == "Simplex":
            z = z / z.sum()
        if of.name == "Sym":
            z = z + z.T
        if of.name == "SPD":
            z = z @ z.T + np.eye(len(z))
        found[name] = float(z) if not shape else z
    return found


def _size(text):
    return eval(text, SIZES)


def slope(f, given, name, direction, step=2e-4):
    def at(t):
        return f(**{**given, name: given[name] + t * direction})

    return (8 * (at(step) - at(-step)) - at(2 * step) + at(-2 * step)) / (12 * step)


@pytest.mark.parametrize(("source", "where", "text", "wrt", "numpy"), PROBLEMS, ids=IDS)
def test_gradient(source, where, text, wrt, numpy):
    names = wrt.split()
    d = mc.derive(text, names, where)
    assert d.verification.ok and d.verification.method != "not verified", d.verification.message
    assert d.steps and d.latex()
    given = draw(where, len(source))
    f = reading(numpy, given)
    e = mc.parse(text, where)
    used = {s for s in given if s in {x.name for x in _symbols(e)}}
    assert e.evaluate({s: given[s] for s in used}) == pytest.approx(f(**given), rel=1e-10)
    rng = np.random.default_rng(1)
    for name in names:
        result = d.results[name] if len(names) > 1 else d
        gradient = result.tensor({s: given[s] for s in used | {name}})
        assert np.shape(gradient) == np.shape(given[name])
        for _ in range(3):
            h = rng.standard_normal(np.shape(given[name]))
            if result.variable.set.name in ("Sym", "SPD"):
                h = h + h.T
            wanted = slope(f, given, name, h)
            scale = np.linalg.norm(gradient) * np.linalg.norm(h) + 1e-3
            assert abs(np.sum(gradient * h) - wanted) < 1e-7 * scale, (name, result.result)


def _symbols(e):
    from matcalc.expr.nodes import symbols

    return symbols(e)


@pytest.mark.parametrize(("source", "where", "text", "wrt", "numpy"), PROBLEMS, ids=IDS)
def test_the_answer_parses_back(source, where, text, wrt, numpy):
    for name in wrt.split():
        result = mc.derive(text, name, where, verify=False).result
        assert mc.parse(str(result), where) is result, str(result)
