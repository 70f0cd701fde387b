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


def test_what_has_no_entries_is_read_off_the_matrix():
    form = str(mc.derive("kron(X,Y)", "X", verify=False).index())
    assert form.startswith("∂F[i,j]/∂X[k,l] = (kron(") and form.endswith("k + (l - 1)*m]")


def test_latex():
    form = mc.derive("A*X*B", "X", verify=False).index()
    assert form.latex() == (r"\frac{\partial F_{ij}}{\partial X_{kl}} = A_{ik} \, B_{lj}")
    form = mc.derive("norm2(A*X - B)^2", "X", verify=False).index()
    assert r"\sum_{r} 2 \, A_{ri}" in form.latex()
    assert r"\sum" not in form.latex(einstein=True)


def test_the_founding_question_entry_by_entry():
    """Write the entry, differentiate, watch the terms vanish, recognise B' ⊗ A."""
    d = mc.derive("A*X*B", "X", verify=False)
    entry, differentiated, left, recognised = (str(s.form).split(" = ")[1] for s in d.index_steps)
    assert entry == "sum(r in 1..n, sum(s in 1..p, A[i,r]*X[r,s]*B[s,j]))"
    assert differentiated == "sum(t in 1..n, sum(u in 1..p, A[i,t]*δ[t,k]*δ[u,l]*B[u,j]))"
    assert left == "A[i,k]*B[l,j]"
    assert recognised == "kron(B',A)[i + (j - 1)*m,k + (l - 1)*n]"
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
