"""Functions that generated Julia code defines for itself, each where it is used.

Elementwise ones are of numbers, and called with a point. The forms neither overflow nor cancel
where the value is finite.
"""

from __future__ import annotations


def _function(head: str, *lines: str) -> str:
    body = "".join(f"    {line}\n" for line in lines)
    return f"function {head}\n{body}end\n"


_LOGDET = ("value, sign = logabsdet({})", "return sign < 0 ? NaN : value")

HELPERS = {
    "sigmoid": _function("sigmoid(x)", "return 1/(1 + exp(-x))"),
    "softplus": _function("softplus(x)", "return max(x, 0) + log1p(exp(-abs(x)))"),
    "step": _function("step(x)", "return (1 + sign(x))/2"),
    "silu": _function("silu(x)", "return x/(1 + exp(-x))"),
    "gelu": _function("gelu(x)", "return x/2*erfc(-x/sqrt(2))"),
    "elu": _function("elu(x)", "return max(x, 0) + expm1(min(x, 0))"),
    "leakyrelu": _function("leakyrelu(x)", "return max(x, 0.01*x)"),
    "hardtanh": _function("hardtanh(x)", "return clamp(x, -1, 1)"),
    "softmax": _function("softmax(x)", "e = exp.(x .- maximum(x))", "return e/sum(e)"),
    "logsumexp": _function(
        "logsumexp(x)", "top = maximum(x)", "return top + log(sum(exp.(x .- top)))"
    ),
    "rows(softmax)": _function(
        "softmax_of_rows(X)",
        "E = exp.(X .- maximum(X, dims=2))",
        "return E ./ sum(E, dims=2)",
    ),
    "rows(logsumexp)": _function(
        "logsumexp_of_rows(X)",
        "top = maximum(X, dims=2)",
        "return vec(top .+ log.(sum(exp.(X .- top), dims=2)))",
    ),
    "padded": _function(
        "padded(A, k, n)",
        "before, after = (zeros(m, size(A)[2:end]...) for m in (k, n - k - size(A, 1)))",
        "return vcat(before, A, after)",
    ),
    "lu_logdet": _function("lu_logdet(F)", *(x.format("F") for x in _LOGDET)),
    "log_abs_det": _function("log_abs_det(A)", "return logabsdet(A)[1]"),
    "logdet": _function("log_determinant(A)", *(x.format("A") for x in _LOGDET)),
    "cholesky_inverse": _function("cholesky_inverse(L)", "V = inv(L)", "return Matrix(V'*V)"),
    "pinv": _function("pseudoinverse(A)", "return pinv(Matrix(A), rtol=1e-10)"),
    "chol": _function("lower_factor(A)", "return Matrix(cholesky(Hermitian(A, :L)).L)"),
    "cosm": _function(
        "cosm(A)",
        "n = size(A, 1)",
        "return exp([zeros(n, n) -A; A zeros(n, n)])[1:n, 1:n]",
    ),
    "sinm": _function(
        "sinm(A)",
        "n = size(A, 1)",
        "return exp([zeros(n, n) -A; A zeros(n, n)])[n+1:2n, 1:n]",
    ),
    "norm1": _function("norm_1(A)", "return sum(abs, A)"),
    "norminf": _function("norm_inf(A)", "return maximum(abs, A)"),
    "normp": _function("norm_p(A, p)", "return sum(abs.(A) .^ p)^(1/p)"),
    "normnuc": _function("nuclear_norm(A)", "return sum(svdvals(A))"),
    "normspec": _function("spectral_norm(A)", "return opnorm(A)"),
    "sigma_max": _function("sigma_max(A)", "return opnorm(A)"),
    "var": _function("variance(A)", "return sum((A .- sum(A)/length(A)) .^ 2)/length(A)"),
    "reverse": _function("reversed(x)", "return x[end:-1:1]"),
    "max": _function("largest(A)", "return maximum(A)"),
    "min": _function("smallest(A)", "return minimum(A)"),
    "hardmax": _function("hardmax(A)", "H = Float64.(A .== maximum(A))", "return H/sum(H)"),
    "toeplitz": _function(
        "toeplitz(x, y=x)",
        "m, n = length(x), length(y)",
        "return [i < j ? y[j-i+1] : x[i-j+1] for i in 1:m, j in 1:n]",
    ),
    "lowertoeplitz": _function(
        "lower_toeplitz(x)",
        "n = length(x)",
        "return tril([x[abs(i - j) + 1] for i in 1:n, j in 1:n])",
    ),
    "diagsums": _function("diagsums(A)", "return [sum(diag(A, -k)) for k in 0:size(A, 1) - 1]"),
    "polar": _function(
        "polar_factor(A)",
        "U, s, V = svd(A)",
        "large = s .> 1e-10*s[1]",
        "return U[:, large]*V[:, large]'",
    ),
    "khatrirao": _function(
        "khatrirao(A, B)",
        "return hcat([kron(A[:, j], B[:, j]) for j in 1:size(A, 2)]...)",
    ),
    "commutation": _function(
        "commutation(m, n)",
        "places = vec(permutedims(reshape(1:m*n, m, n)))",
        "return Matrix(1.0I, m*n, m*n)[places, :]",
    ),
}

# Of symmetric arguments, by their eigenvalues in ascending order.
SYMMETRIC = {
    "eigvals": _function("eigenvalues(A)", "return eigvals(Symmetric(A))"),
    "lambda_max": _function("lambda_max(A)", "return eigvals(Symmetric(A))[end]"),
    "lambda_min": _function("lambda_min(A)", "return eigvals(Symmetric(A))[1]"),
    "eigvecs": _function(
        "eigenvectors(A)",
        "V = eigen(Symmetric(A)).vectors",
        "tops = [V[argmax(abs.(V[:, k])), k] for k in 1:size(V, 2)]",
        "return V .* sign.(tops)'",
    ),
    **{
        name: _function(
            f"{name}(A)",
            f"v = eigen(Symmetric(A)).vectors[:, {place}]",
            "return v*sign(v[argmax(abs.(v))])",
        )
        for name, place in (("eigvec_max", "end"), ("eigvec_min", "1"))
    },
    "logm": _function("principal_log(A)", "return Matrix(log(Symmetric(A)))"),
    "sqrtm": _function("principal_root(A)", "return Matrix(sqrt(Symmetric(A)))"),
}

OF_COMPLEX = {
    "logdet": _function(
        "log_determinant(A)", "value, sign = logabsdet(A)", "return value + log(sign)"
    ),
    "real_logdet": _function(
        "real_logdet(A)",
        "value, sign = logabsdet(A)",
        "return real(sign) < 0 ? NaN : value",
    ),
}
