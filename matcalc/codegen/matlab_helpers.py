"""Functions that generated MATLAB code defines for itself, each where it is used.

The forms neither overflow nor cancel where the value is finite.
"""

from __future__ import annotations


def _function(head: str, *lines: str) -> str:
    body = "".join(f"    {line}\n" for line in lines)
    return f"function {head}\n{body}end\n"


HELPERS = {
    "sigmoid": _function("s = sigmoid(x)", "s = 1./(1 + exp(-x));"),
    "softplus": _function("s = softplus(x)", "s = max(x, 0) + log1p(exp(-abs(x)));"),
    "step": _function("s = step_at(x)", "s = (x > 0) + (x == 0)/2;"),
    "silu": _function("s = silu(x)", "s = x./(1 + exp(-x));"),
    "gelu": _function("s = gelu(x)", "s = x/2.*erfc(-x/sqrt(2));"),
    "elu": _function("s = elu(x)", "s = max(x, 0) + expm1(min(x, 0));"),
    "leakyrelu": _function("s = leakyrelu(x)", "s = max(x, 0.01*x);"),
    "hardtanh": _function("s = hardtanh(x)", "s = max(min(x, 1), -1);"),
    "softmax": _function("s = softmax_of(x)", "s = exp(x - max(x));", "s = s/sum(s);"),
    "logsumexp": _function(
        "s = logsumexp(x)", "top = max(x);", "s = top + log(sum(exp(x - top)));"
    ),
    "rows(softmax)": _function(
        "S = softmax_of_rows(X)", "S = exp(X - max(X, [], 2));", "S = S./sum(S, 2);"
    ),
    "rows(logsumexp)": _function(
        "s = logsumexp_of_rows(X)",
        "top = max(X, [], 2);",
        "s = top + log(sum(exp(X - top), 2));",
    ),
    "columns": _function("B = columns_of(A, k)", "B = A(:, k);"),
    "padded": _function(
        "B = padded(A, k, n)",
        "[m, p] = size(A);",
        "B = [zeros(k, p); A; zeros(n - k - m, p)];",
    ),
    "rows": _function("B = rows_of(A, k)", "B = A(k, :);"),
    "entries": _function("y = entries_of(x, k)", "y = x(k);"),
    "lu": _function("f = lu_factors(A)", "[f.L, f.U, f.P] = lu(A);"),
    "lu_solve": _function("x = lu_solve(f, b)", "x = f.U\\(f.L\\(f.P*b));"),
    "lu_solve_turned": _function("x = lu_solve_turned(f, b)", "x = f.P.'*(f.L.'\\(f.U.'\\b));"),
    "lu_logdet": _function(
        "s = lu_logdet(f)",
        "d = diag(f.U);",
        "s = sum(log(abs(d)));",
        "if det(f.P)*prod(sign(d)) < 0",
        "    s = NaN;",
        "end",
    ),
    "log_abs_det": _function(
        "s = log_abs_det(A)", "[~, U, ~] = lu(A);", "s = sum(log(abs(diag(U))));"
    ),
    "logdet": _function(
        "s = logdet(A)",
        "[~, U, P] = lu(A);",
        "d = diag(U);",
        "s = sum(log(abs(d)));",
        "if det(P)*prod(sign(d)) < 0",
        "    s = NaN;",
        "end",
    ),
    "cholesky_inverse": _function(
        "W = cholesky_inverse(L)", "V = L\\eye(size(L, 1));", "W = V'*V;"
    ),
    "pinv": _function("P = pseudoinverse(A)", "P = pinv(A, 1e-10*norm(A));"),
    "chol": _function("L = lower_factor(A)", "L = chol(A, 'lower');"),
    "cosm": _function(
        "C = cosm(A)",
        "n = size(A, 1);",
        "E = expm([zeros(n), -A; A, zeros(n)]);",
        "C = E(1:n, 1:n);",
    ),
    "sinm": _function(
        "S = sinm(A)",
        "n = size(A, 1);",
        "E = expm([zeros(n), -A; A, zeros(n)]);",
        "S = E(n + 1:2*n, 1:n);",
    ),
    "norm1": _function("s = norm_1(A)", "s = sum(abs(A(:)));"),
    "norminf": _function("s = norm_inf(A)", "s = max(abs(A(:)));"),
    "normp": _function("s = norm_p(A, p)", "s = sum(abs(A(:)).^p)^(1/p);"),
    "normnuc": _function("s = nuclear_norm(A)", "s = sum(svd(A));"),
    "normspec": _function("s = spectral_norm(A)", "s = norm(A);"),
    "sigma_max": _function("s = sigma_max(A)", "s = norm(A);"),
    "var": _function("s = variance(A)", "s = mean((A(:) - mean(A(:))).^2);"),
    "reverse": _function("y = reverse(x)", "y = x(end:-1:1);"),
    "max": _function("s = largest(A)", "s = max(A(:));"),
    "min": _function("s = smallest(A)", "s = min(A(:));"),
    "hardmax": _function("H = hardmax(A)", "H = double(A == max(A(:)));", "H = H/sum(H(:));"),
    "lowertoeplitz": _function("T = lower_toeplitz(x)", "T = tril(toeplitz(x));"),
    "diagsums": _function(
        "s = diagsums(A)",
        "s = zeros(size(A, 1), 1);",
        "for k = 1:numel(s)",
        "    s(k) = sum(diag(A, 1 - k));",
        "end",
    ),
    "polar": _function(
        "Q = polar_factor(A)",
        "[U, S, V] = svd(A, 'econ');",
        "s = diag(S);",
        "Q = U(:, s > 1e-10*s(1))*V(:, s > 1e-10*s(1))';",
    ),
    "khatrirao": _function(
        "K = khatrirao(A, B)",
        "K = zeros(size(A, 1)*size(B, 1), size(A, 2));",
        "for j = 1:size(A, 2)",
        "    K(:, j) = kron(A(:, j), B(:, j));",
        "end",
    ),
    "commutation": _function(
        "K = commutation(m, n)",
        "K = eye(m*n);",
        "places = reshape(1:m*n, [m, n])';",
        "K = K(places(:), :);",
    ),
}

# Of symmetric arguments, by their eigenvalues in ascending order.
SYMMETRIC = {
    "eigvals": _function("d = eigvals(A)", "d = sort(eig((A + A')/2));"),
    "lambda_max": _function("s = lambda_max(A)", "s = max(eig((A + A')/2));"),
    "lambda_min": _function("s = lambda_min(A)", "s = min(eig((A + A')/2));"),
    "eigvecs": _function(
        "V = eigvecs(A)",
        "[V, D] = eig((A + A')/2);",
        "[~, order] = sort(diag(D));",
        "V = V(:, order);",
        "for k = 1:size(V, 2)",
        "    [~, top] = max(abs(V(:, k)));",
        "    V(:, k) = V(:, k)*sign(V(top, k));",
        "end",
    ),
    **{
        name: _function(
            f"v = {name}(A)",
            "[V, D] = eig((A + A')/2);",
            f"[~, k] = {which}(diag(D));",
            "v = V(:, k);",
            "[~, top] = max(abs(v));",
            "v = v*sign(v(top));",
        )
        for name, which in (("eigvec_max", "max"), ("eigvec_min", "min"))
    },
}

_FACTORS = ("[~, U, P] = lu(A);", "d = diag(U);", "c = det(P)*prod(sign(d));")

OF_COMPLEX = {
    "logdet": _function("s = logdet(A)", *_FACTORS, "s = sum(log(abs(d))) + log(c);"),
    "real_logdet": _function(
        "s = real_logdet(A)",
        *_FACTORS,
        "s = sum(log(abs(d)));",
        "if real(c) < 0",
        "    s = NaN;",
        "end",
    ),
}
