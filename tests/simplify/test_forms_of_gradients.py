"""Forms that a person would write: roots, norms, numbers, and the order of factors."""

import pytest

import matcalc as mc


@pytest.mark.parametrize(
    "text, wrt, result",
    [
        # A square and its root
        ("b*a/sqrt(a)", "b", "sqrt(a)"),
        ("a^2/sqrt(a)", "a", "3*sqrt(a)/2"),
        ("a*sqrt(a)", "a", "3*sqrt(a)/2"),
        ("sum(x.*sqrt(x))", "x", "3*sqrt(x)/2"),
        ("norm2(x)*x'*x", "x", "3*norm2(x)*x"),
        ("sqrt(4)*a^2", "a", "4*a"),
        ("4^(1/2)*a^2 + 27^(2/3)*a", "a", "4*a + 9"),
        ("sqrt(2)*a", "a", "sqrt(2)"),
        # Norms and sums that are something simpler
        ("norm2(x*x')", "x", "2*x"),
        ("sum(softmax(x))", "x", "zeros(n)"),
        ("log(a + norm2(0*x))", "a", "1/a"),
        # What has length 1 is squared
        ("norm2(x/norm2(x) - y)^2", "x", "2*((y'*x)*x/norm2(x)^2 - y)/norm2(x)"),
        ("norm2(X/norm2(X) - Y)^2", "X", "2*((Y : X)*X/norm2(X)^2 - Y)/norm2(X)"),
        ("a*sum(x.^2)/norm2(x)", "a", "norm2(x)"),
        ("a*(X : X)/norm2(X)^3", "a", "1/norm2(X)"),
        # Constants, letters, and then the rest
        ("exp(sigma*tr(A'*A))", "A", "2*sigma*exp(sigma*tr(A'*A))*A"),
        ("2*tr(A'*A)^2*sigma", "A", "8*sigma*tr(A'*A)*A"),
        ("exp(-a^2/2)/sqrt(2*pi)", "a", "-a*exp(-a^2/2)/sqrt(2*pi)"),
        ("a^2*sqrt(pi)", "a", "2*sqrt(pi)*a"),
        # Numbers, ones and identities are counted
        ("norm2(x + 1 + 1)^2", "x", "2*(x + 2)"),
        ("norm2(A + I + I)^2", "A", "2*(A + 2*eye(n))"),
        ("x'*(I + 2*I)*x", "x", "6*x"),
        ("tr(A*(I - I)) + a", "a", "1"),
        # Rounded arithmetic does not show
        ("a*1.4142135623730951*1.4142135623730951", "a", "2"),
        ("a^2*0.7071067811865476^2", "a", "a"),
        ("0.1234567890123456*a", "a", "0.1234567890123456"),
        ("sqrt(x'*x)/sqrt(x'*x)", "x", "zeros(n)"),
    ],
)
def test_gradient(text, wrt, result):
    d = mc.derive(text, wrt)
    assert str(d.result) == result
    assert d.verification.ok


def test_the_sum_of_a_softmax_is_constant_line_by_line():
    d = mc.derive("sum(softmax(x))", "x")
    assert d.steps[-2].expression.is_scalar and str(d.steps[-2].expression) == "0"
    assert d.verify(steps=True)


def test_a_kernel_matrix_is_symmetric_however_it_is_written():
    """Squared distances of rows are a sum of a matrix and its transpose, 2*X*X' less those."""
    d = mc.derive(
        "sum(i in 1..n, sum(j in 1..n, exp(-norm2(X[i,:] - X[j,:])^2)))", "X", "X in R[n,p]"
    )
    k = "exp(2*X*X' - X.^2*ones(p,n) - ones(n,p)*X'.^2)"
    assert str(d.result) == f"4*({k}*X - X.*({k}*ones(n,p)))"
    assert d.verification.ok


def test_numbers_in_front_of_a_named_coefficient_are_taken_together():
    """The coefficient of a large K, (inv(K) - inv(K)*y*y'*inv(K))/2, keeps its 1/2 in front."""
    where = """y in R[n]; X in R[n,d]; w in R[d]; s in R; S = X*diag(w.^2)*X'; q = diag(S)
    K = exp(S - q*ones(n)'/2 - ones(n)*q'/2) + s^2*I"""
    d = mc.derive("y'*inv(K)*y/2 + logdet(K)/2", "s", where)
    k = "(exp(X*diag(w.^2)*X' - X.^2*w.^2*ones(n)'/2 - ones(n)*w'.^2*X'.^2/2) + s^2*eye(n))"
    assert str(d.result) == f"s*(tr(inv{k}) - y'*{k}^-2*y)"
    assert d.verification.ok


def test_the_sign_of_a_skew_symmetric_factor_stands_in_front():
    """K' = -K where a chain is read the other way round: no (-A) stays between other factors."""
    where = "A, B in Skew[n]; t, u in R; p, q in R[n]"
    d = mc.derive("norm2(expm(t*A)*expm(u*B)*p - q)^2", "t", where)
    assert str(d.result) == "2*(expm(t*A)*expm(u*B)*p - q)'*A*expm(t*A)*expm(u*B)*p"
    assert d.verification.ok
