"""Derivatives in index notation, and derivations entry by entry."""

import pytest

import matcalc as mc

FORMS = [
    # Magnus & Neudecker, ch. 9; Petersen & Pedersen, sec. 2 and 9
    ("A*X*B", "X", "∂F[i,j]/∂X[k,l] = A[i,k]*B[l,j]"),
    ("inv(X)", "X", "∂F[i,j]/∂X[k,l] = -inv(X)[i,k]*inv(X)[l,j]"),
    ("X'*X", "X", "∂F[i,j]/∂X[k,l] = δ[i,l]*X[k,j] + X[k,i]*δ[j,l]"),
    ("X", "X", "∂F[i,j]/∂X[k,l] = δ[i,k]*δ[j,l]"),
    ("X'", "X", "∂F[i,j]/∂X[k,l] = δ[j,k]*δ[i,l]"),
    ("W*x", "W", "∂f[i]/∂W[j,k] = δ[i,j]*x[k]"),
    ("W*x", "x", "∂f[i]/∂x[j] = W[i,j]"),
    ("tr(X)*X", "X", "∂F[i,j]/∂X[k,l] = δ[k,l]*X[i,j] + tr(X)*δ[i,k]*δ[j,l]"),
    ("x'*A*x", "x", "∂phi/∂x[i] = sum(p in 1..n, (A + A')[i,p]*x[p])"),
    ("tr(A*X)", "X", "∂phi/∂X[i,j] = A[j,i]"),
    ("c*X", "c", "∂F[i,j]/∂c = X[i,j]"),
    ("A*x", "A", "∂f[i]/∂A[j,k] = δ[i,j]*x[k]"),
]


@pytest.mark.parametrize(("expression", "wrt", "form"), FORMS, ids=lambda v: v)
def test_the_form(expression, wrt, form):
    assert str(mc.derive(expression, wrt, verify=False).index()) == form


def test_second_derivatives():
    d = mc.derive("logdet(X)", "X", order=2, verify=False)
    assert str(d.index()) == "∂²phi/∂X[i,j]∂X[k,l] = -inv(X)[l,i]*inv(X)[j,k]"
    d = mc.derive("x'*A*x", ("x", "A"), order=2, verify=False)
    assert str(d.index()) == "∂²phi/∂x[i]∂A[j,k] = δ[i,k]*x[j] + δ[i,j]*x[k]" or str(d.index()) == (
        "∂²phi/∂x[i]∂A[j,k] = δ[i,j]*x[k] + δ[i,k]*x[j]"
    )


def test_indices_are_no_names_of_variables():
    d = mc.derive("i*j", "j", "i in R; j in R[n]", verify=False)
    assert str(d.index()) == "∂f[k]/∂j[l] = i*δ[k,l]"


@pytest.mark.parametrize(
    ("expression", "wrt", "where", "form"),
    [
        # (X ⊗ Y)[(i,j),(k,l)]: the rows and columns of Y run fastest.
        ("kron(X,Y)", "X", "", "∂F[(i,j),(k,l)]/∂X[r,s] = δ[j,r]*δ[l,s]*Y[i,k]"),
        ("vec(A*X)", "X", "", "∂f[(i,j)]/∂X[k,l] = A[i,k]*δ[j,l]"),
        ("unvec(x,m,n)", "x", "x in R[m*n]", "∂F[i,j]/∂x[(k,l)] = δ[k,i]*δ[l,j]"),
        (
            "kron(A,B)*vec(X)",
            "X",
            "A in R[m,n]; B in R[p,q]; X in R[q,n]",
            "∂f[(i,j)]/∂X[k,l] = B[i,k]*A[j,l]",
        ),
        ("khatrirao(A,X)", "X", "", "∂F[(i,j),k]/∂X[l,r] = A[j,k]*δ[i,l]*δ[k,r]"),
        ("hcat(A,X)", "X", "", "∂F[i,j]/∂X[k,l] = δ[i,k]*δ[j,l + n]"),
        ("X[:,2]", "X", "X in R[m,n]", "∂f[i]/∂X[j,k] = δ[i,j]*δ[k,2]"),
        ("cumsum(x)", "x", "", "∂f[i]/∂x[j] = [i >= j]"),
        ("tril(X)", "X", "X in R[n,n]", "∂F[i,j]/∂X[k,l] = [i >= j]*δ[i,k]*δ[j,l]"),
        (
            "toeplitz(x)",
            "x",
            "",
            "∂F[i,j]/∂x[k] = δ[i - j + 1,k] + δ[j - i + 1,k] - δ[i,j]*δ[k,1]",
        ),
        ("x'", "x", "x in R[n]", "∂F[1,i]/∂x[j] = δ[i,j]"),
    ],
)
def test_linear_functions_by_their_entries(expression, wrt, where, form):
    assert str(mc.derive(expression, wrt, where, verify=False).index()) == form


@pytest.mark.parametrize(
    ("expression", "wrt", "where", "order", "form"),
    [
        ("x'*B*x", "x", "x in R[n]; B in R[n,n]", 2, "∂²phi/∂x[i]∂x[j] = B[i,j] + B[j,i]"),
        (
            "tr(X^2*B)",
            "X",
            "X, B in R[n,n]",
            1,
            "∂phi/∂X[i,j] = sum(p in 1..n, X[j,p]*B[p,i]) + sum(p in 1..n, B[j,p]*X[p,i])",
        ),
        ("(A + t*B).*C", "t", "t in R; A, B, C in R[m,n]", 1, "∂F[i,j]/∂t = B[i,j]*C[i,j]"),
        # A residual stays one, whichever way round.
        ("norm2(x - a)", "x", "x, a in R[n]", 1, "∂phi/∂x[i] = 1/norm2(x - a)*(x - a)[i]"),
        (
            "norm2(x - a)",
            "x",
            "x, a in R[n]",
            2,
            "∂²phi/∂x[i]∂x[j] = 1/norm2(x - a)^3*(x - a)[j]*(a - x)[i] + 1/norm2(x - a)*δ[i,j]",
        ),
    ],
)
def test_sums_that_stand_by_themselves_are_opened(expression, wrt, where, order, form):
    assert str(mc.derive(expression, wrt, where, order=order, verify=False).index()) == form


def test_what_does_not_say_its_entries_is_read_off_its_matrix():
    d = mc.derive("lyap(A,Q)", "Q", verify=False)
    matrix = "inv(kron(eye(n),A) + kron(A,eye(n)))"
    assert str(d.index()) == f"∂F[i,j]/∂Q[k,l] = {matrix}[(i,j),(k,l)]"


def test_frechet_derivatives_are_applied_to_matrices_with_a_single_1():
    d = mc.derive("expm(X)", "X", verify=False)
    assert str(d.index()) == "∂F[i,j]/∂X[k,l] = frechet(expm)(X,E[k,l])[i,j]"
    assert (
        d.index()
        .latex()
        .endswith(r"\left(L_{\operatorname{expm}}\left(X, E_{kl}\right)\right)_{ij}")
    )
    assert d.index().unicode().endswith("L_expm(X, Eₖₗ)ᵢⱼ")
    assert "E[k,l] has a 1 at k,l, and else 0" in d.steps_text(style="index")
    d = mc.derive("expm(E*X)", "X", "E, X in R[n,n]", verify=False)  # another name, then
    assert str(d.index()).endswith("sum(p in 1..n, frechet(expm)(E*X,U[p,l])[i,j]*E[p,k])")
    d = mc.derive("expm(X)", "X", order=2, verify=False)
    left = "∂²F[i,j]/∂X[k,l]∂X[r,s]"
    assert str(d.index()) == f"{left} = frechet(expm)(X,E[k,l],E[r,s])[i,j]"


@pytest.mark.parametrize(
    ("expression", "wrt", "where", "order", "form"),
    [
        # Magnus & Neudecker, ch. 3, sec. 8: L*vec(A) = vech(A), D*vech(S) = vec(S)
        ("vech(A*X)", "X", "A, X in R[n,n]", 1, "∂f[(i >= j)]/∂X[k,l] = A[i,k]*δ[j,l]"),
        ("vech(X)'*vech(X)", "X", "X in R[n,n]", 1, "∂phi/∂X[i,j] = 2*[i >= j]*X[i,j]"),
        (
            "vech(X)'*vech(X)",
            "X",
            "X in R[n,n]",
            2,
            "∂²phi/∂X[i,j]∂X[k,l] = 2*[i >= j]*δ[i,k]*δ[j,l]",
        ),
        (
            "B*vech(X)",
            "X",
            "X in R[n,n]; B in R[m,n*(n+1)/2]",
            1,
            "∂f[i]/∂X[j,k] = [j >= k]*B[i,(j >= k)]",
        ),
        (
            "duplication(n)*x",
            "x",
            "x in R[n*(n+1)/2]",
            1,
            "∂f[(i,j)]/∂x[(k >= l)] = δ[i,k]*δ[j,l] + δ[j,k]*δ[i,l] - δ[i,j]*δ[i,k]*δ[i,l]",
        ),
        (
            "tr(unvec(duplication(n)*x,n,n)*A)",
            "x",
            "x in R[n*(n+1)/2]; A in R[n,n]",
            1,
            "∂phi/∂x[(i >= j)] = A[j,i] + A[i,j] - δ[i,j]*A[j,i]",
        ),
        (
            "norm2(duplication(n)*x)^2",
            "x",
            "x in R[n*(n+1)/2]",
            2,
            "∂²phi/∂x[(i >= j)]∂x[(k >= l)] = 4*δ[i,k]*δ[j,l] - 2*δ[i,j]*δ[i,k]*δ[i,l]",
        ),
    ],
)
def test_places_in_a_lower_triangle(expression, wrt, where, order, form):
    assert str(mc.derive(expression, wrt, where, order=order, verify=False).index()) == form


def test_second_derivatives_of_products_of_half_stacks():
    """Commutation matrices of size (n^2 + n)/2 are simplified, and their sizes stay sizes."""
    d = mc.derive("vech(X)*vech(X)'", "X", "X in R[n,n]", order=2)
    assert d.verification.ok
    assert mc.parse(str(d.result), "X in R[n,n]") is d.result


def test_places_in_a_lower_triangle_on_paper():
    form = mc.derive("B*vech(X)", "X", "X in R[n,n]; B in R[m,n*(n+1)/2]", verify=False).index()
    assert form.unicode() == "∂fᵢ/∂Xⱼₖ = [j ≥ k] B[i,(j ≥ k)]"
    assert form.latex().endswith(r" = [j \ge k] \, B_{i(j \ge k)}")


@pytest.mark.parametrize(
    ("expression", "where", "order", "form"),
    [
        ("tr(A*X)", "A in R[n,n]; X in Toep[n]", 1,
         "∂phi/∂X[i,j] = sum(p in 1..n, sum(r in 1..n, A[p,r]*δ[r - p,i - j]/(n - abs(i - j))))"),
        ("X*y", "y in R[n]; X in Toep[n]", 1,
         "∂f[i]/∂X[j,k] = sum(p in 1..n, δ[i - p,j - k]/(n - abs(j - k))*y[p])"),
        ("tr(X)*y", "y in R[n]; X in Toep[n]", 1, "∂f[i]/∂X[j,k] = δ[j,k]*y[i]"),
        ("norm2(X*y)^2", "y in R[n]; X in Toep[n]", 2,
         "∂²phi/∂X[i,j]∂X[k,l] = sum(p in 1..n, sum(r in 1..n, sum(s in 1..n,"
         " 2*y[p]*δ[r - p,k - l]/(n - abs(k - l))*δ[r - s,i - j]/(n - abs(i - j))*y[s])))"),
    ],
)  # fmt: skip
def test_toeplitz_matrices_have_one_entry_along_a_diagonal(expression, where, order, form):
    assert str(mc.derive(expression, "X", where, order=order, verify=False).index()) == form


def test_orders_of_arrays_and_beyond_two():
    d = mc.derive("inv(X)", "X", "X in R[n,n]", order=2, verify=False)
    assert str(d.index()) == (
        "∂²F[i,j]/∂X[k,l]∂X[r,s] = inv(X)[i,r]*inv(X)[s,k]*inv(X)[l,j]"
        " + inv(X)[i,k]*inv(X)[l,r]*inv(X)[s,j]"
    )
    d = mc.derive("(x'*x)^2", "x", order=3, verify=False)
    assert str(d.index()) == (
        "∂³phi/∂x[i]∂x[j]∂x[k] = 8*δ[j,k]*x[i] + 8*x[j]*δ[i,k] + 8*δ[i,j]*x[k]"
    )
    left = r"\frac{\partial^{3} \phi}{\partial x_{i}\,\partial x_{j}\,\partial x_{k}}"
    assert d.index().latex().startswith(left)


def test_latex():
    form = mc.derive("A*X*B", "X", verify=False).index()
    assert form.latex() == (r"\frac{\partial F_{ij}}{\partial X_{kl}} = A_{ik} \, B_{lj}")
    form = mc.derive("norm2(A*X - B)^2", "X", verify=False).index()
    assert r"\sum_{r} 2 \, A_{ri}" in form.latex()
    assert r"\sum" not in form.latex(einstein=True)
    # Einstein's convention does not say what an index means that is there three times.
    form = mc.derive("sum(exp(A*x))", "x", order=2, verify=False).index()
    assert form.latex(einstein=True) == form.latex() and r"\sum_{p}" in form.latex()


def test_the_founding_question_entry_by_entry():
    """Write the entry, differentiate, watch the terms vanish, recognise B' ⊗ A."""
    d = mc.derive("A*X*B", "X", verify=False)
    entry, differentiated, left, recognised = (str(s).split(" = ")[1] for s in d.index_steps)
    assert entry == "sum(r in 1..n, sum(s in 1..p, A[i,r]*X[r,s]*B[s,j]))"
    assert differentiated == "sum(r in 1..n, sum(s in 1..p, A[i,r]*δ[r,k]*δ[s,l]*B[s,j]))"
    assert left == "A[i,k]*B[l,j]"
    assert recognised == "kron(B',A)[(i,j),(k,l)]"
    shown = d.steps_text(style="index")
    assert all(part in shown for part in (entry, differentiated, left, recognised))
    assert d.latex(style="index").startswith("\\begin{align*}\n  F_{ij} &= ")
    with pytest.raises(mc.DomainError, match="the style is differential or index"):
        d.steps_text(style="words")


def test_an_index_clash_with_a_size_name_is_avoided():
    """A size name is not an index: sums over p run to p only where no size is called p."""
    text = str(mc.derive("A*X*B*C", "B", "A in R[m,p]; X in R[p,q]; B in R[q,r]; C in R[r,s]",
                         verify=False).index())  # fmt: skip
    assert "p in 1..p" not in text and "r in 1..r" not in text


def test_powers_of_one_number():
    form = mc.derive("t^3*x", "t", "t in R; x in R[n]", order=2, verify=False).index()
    assert str(form) == "∂²f[i]/∂t² = 6*t*x[i]"
    assert form.latex().startswith(r"\frac{\partial^{2} f_{i}}{\partial t^{2}}")


def test_gradients_by_stacked_columns_are_written_by_entries():
    d = mc.derive("tr(kron(X,X)*A)", "X", "X in R[n,n]; A in R[n^2,n^2]", verify=False)
    form = str(d.index())
    assert "unvec" not in form and "A[(" in form
