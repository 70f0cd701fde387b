"""Answers to the letter: as an expression, and on paper; and how long they are on the corpus."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import pytest

import matcalc as mc
from matcalc.expr import build
from matcalc.expr.cost import cost
from matcalc.expr.nodes import Apply, postorder
from matcalc.expr.rewrite import substitute

CORPUS = Path(__file__).resolve().parents[1] / "corpus"

# function, variable, order, declarations, answer, on paper
LETTERS = [
    # Least squares, the product, a log-determinant, logistic loss
    ("norm2(A*X - B)^2", "X", 1, "A in R[m,n]; X in R[n,p]; B in R[m,p]",
     "2*A'*(A*X - B)", "2 Aᵀ (A X − B)"),
    ("phi(W*X)", "W", 1, "W in R[m,q]; X in R[q,n]; phi : R[m,n] -> R",
     "grad(phi)(W*X)*X'", None),
    ("logdet(eye(n) + A*X*B*X')", "X", 1, "A in R[n,n]; X in R[n,p]; B in R[p,p]",
     "A'*inv(eye(n) + A*X*B*X')'*X*B' + inv(eye(n) + A*X*B*X')*A*X*B",
     "Aᵀ (Iₙ + A X B Xᵀ)⁻ᵀ X Bᵀ + (Iₙ + A X B Xᵀ)⁻¹ A X B"),
    ("sum(log(1 + exp(-y.*(X*w))))", "w", 1, "X in R[m,n]; w in R[n]; y in R[m]",
     "-X'*(y.*sigmoid(-y.*(X*w)))", "−Xᵀ (y ⊙ σ(−y ⊙ (X w)))"),
    # Quadratic forms
    ("x'*A*x", "x", 1, "A in R[n,n]; x in R[n]", "(A + A')*x", "(A + Aᵀ) x"),
    ("x'*A*x", "x", 1, "A in Sym[n]; x in R[n]", "2*A*x", "2 A x"),
    ("x'*A*x", "x", 2, "A in R[n,n]; x in R[n]", "A + A'", "A + Aᵀ"),
    ("tr(X'*A*X)", "X", 1, "A in R[n,n]; X in R[n,p]", "(A + A')*X", "(A + Aᵀ) X"),
    ("x'*S*x/(x'*x)", "x", 1, "S in Sym[n]; x in R[n]",
     "2*(S*x - (x'*S*x)*x/(x'*x))/(x'*x)", "2 (S x − (xᵀ S x) x/(xᵀ x))/(xᵀ x)"),
    ("x'*A*x/(x'*x)", "x", 1, "A in R[n,n]; x in R[n]",
     "((A + A')*x - 2*(x'*A*x)*x/(x'*x))/(x'*x)",
     "((A + Aᵀ) x − 2 (xᵀ A x) x/(xᵀ x))/(xᵀ x)"),
    # Norms
    ("norm2(x)", "x", 1, "x in R[n]", "x/norm2(x)", "x/‖x‖"),
    ("norm2(x)", "x", 2, "x in R[n]",
     "(eye(n) - x*x'/norm2(x)^2)/norm2(x)", "(Iₙ − x xᵀ/‖x‖²)/‖x‖"),
    ("x/norm2(x)", "x", 1, "x in R[n]",
     "(eye(n) - x*x'/norm2(x)^2)/norm2(x)", "(Iₙ − x xᵀ/‖x‖²)/‖x‖"),
    ("norm2(A*x - b)", "x", 1, "A in R[m,n]; x in R[n]; b in R[m]",
     "A'*(A*x - b)/norm2(A*x - b)", "Aᵀ (A x − b)/‖A x − b‖"),
    # Softmax
    ("softmax(x)", "x", 1, "x in R[n]",
     "diag(softmax(x)) - softmax(x)*softmax(x)'", "Diag(softmax(x)) − softmax(x) softmax(x)ᵀ"),
    ("logsumexp(x)", "x", 2, "x in R[n]",
     "diag(softmax(x)) - softmax(x)*softmax(x)'", "Diag(softmax(x)) − softmax(x) softmax(x)ᵀ"),
    # Inverses and determinants
    ("logdet(X)", "X", 1, "X in R[n,n]", "inv(X)'", "X⁻ᵀ"),
    ("det(X)", "X", 1, "X in R[n,n]", "det(X)*inv(X)'", "det(X) X⁻ᵀ"),
    ("tr(inv(X)*A)", "X", 1, "A, X in R[n,n]", "-inv(X)'*A'*inv(X)'", "−X⁻ᵀ Aᵀ X⁻ᵀ"),
    ("logdet(X'*X)", "X", 1, "X in R[m,n]", "2*pinv(X)'", "2 X⁺ᵀ"),
    ("y'*inv(K)*y/2 + logdet(K)/2", "K", 1, "y in R[n]; K in SPD[n]",
     "(inv(K) - inv(K)*y*y'*inv(K))/2", "(K⁻¹ − K⁻¹ y yᵀ K⁻¹)/2"),
    # Three faces
    ("A*X*B", "X", 1, "A in R[m,n]; X in R[n,p]; B in R[p,q]", "kron(B',A)", "Bᵀ ⊗ A"),
    ("inv(X)", "X", 1, "X in R[n,n]", "-kron(inv(X)',inv(X))", "−(X⁻ᵀ ⊗ X⁻¹)"),
    ("X'*X", "X", 1, "X in R[m,n]",
     "kron(eye(n),X') + kron(X',eye(n))*commutation(m,n)", None),
    # Spectra
    ("lambda_max(S)", "S", 1, "S in Sym[n]", "eigvec_max(S)*eigvec_max(S)'", "vₘₐₓ(S) vₘₐₓ(S)ᵀ"),
    ("normnuc(X)", "X", 1, "X in R[m,n]", "polar(X)", None),
    ("exp(sum(log(eigvals(X))))", "X", 1, "X in SPD[n]", "det(X)*inv(X)", "det(X) X⁻¹"),
    ("sum(exp(eigvals(S)))", "S", 1, "S in Sym[n]", "expm(S)", None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("function", "wrt", "order", "where", "answer", "paper"), LETTERS, ids=lambda v: str(v)[:30]
)
def test_the_form(function, wrt, order, where, answer, paper):
    d = mc.derive(function, wrt, where, order=order)
    assert d.result is mc.Workspace(f"{where};{d.where}").parse(answer), str(d.result)
    assert paper is None or d.result.unicode() == paper
    assert d.verification


# The corpus: as short as the source, in nearly all cases


def _cases():
    sys.path.insert(0, str(CORPUS))
    try:
        import check
    finally:
        sys.path.remove(str(CORPUS))
    return [c for c in check.load() if "expect" in c]


def _size(e):
    """Symbols and operations, with det(Y)*inv(Y) for adj(Y)."""
    spelt_out = {
        x: build.multiply(mc.det(x.arguments[0]), build.inverse(x.arguments[0]))
        for x in postorder(e)
        if isinstance(x, Apply) and x.function.name == "adj"
    }
    return cost(substitute(e, spelt_out))


@cache
def _ratios():
    found = {}
    for c in _cases():
        options = {k: c[k] for k in ("order", "convention", "wirtinger") if k in c}
        try:
            d = mc.derive(c["expr"], c["wrt"], c["where"], verify=False, **options)
            source = mc.Workspace(f"{c['where']};{d.where}").parse(c["expect"])
        except mc.MatcalcError:
            continue  # of functions that come later: listed in tests/corpus/not_yet_supported.txt
        if source.shape == d.result.shape:
            found[c["id"]] = _size(d.result) / _size(source)
    return found


def test_answers_are_as_short_as_the_sources():
    ratios = _ratios()
    assert len(ratios) > 350
    longer = {name: r for name, r in ratios.items() if r > 1}
    assert len(longer) <= 0.02 * len(ratios), longer


def test_no_answer_is_much_longer_than_its_source():
    assert max(_ratios().values()) <= 1.1
