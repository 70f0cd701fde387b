"""Answers in which one thing was taken for another: each is told for what it is."""

import pytest

import matcalc as mc

SQUARE = "A, B, X in R[n,n]"
ROWS = "X in R[m,n]; w in R[n]"


@pytest.mark.parametrize(
    ("function", "wrt", "answer", "where", "words"),
    [
        ("tr(A^2*B)", "A", "2*A*B", SQUARE, "2*A*B → A*B + B*A"),
        ("tr(A^3*B)", "A", "3*A^2*B", SQUARE, "3*A^2*B → A^2*B + A*B*A + B*A^2"),
        ("tr(X'*A*X*B)", "X", "2*A*X*B", SQUARE, "treats A and B as if they were symmetric"),
        ("sum(exp(X*w))", "w", "diag(exp(X*w))*X", ROWS, "rows are to be added up"),
        ("sum(exp(X*w))", "w", "diag(exp(X*w))*X", ROWS, "diag(exp(X*w))*X → X'*exp(X*w)"),
        ("sum(X*w)", "w", "X", ROWS, "X → X'*ones(m)"),
        ("sum(exp(t*w))", "t", "w.*exp(t*w)", "t in R; w in R[n]", "entries are to be added up"),
        ("tr(kron(A,B))", "A", "tr(B)*A", SQUARE, "has A where its derivative belongs: A → eye(n)"),
    ],
)
def test_the_confusion_is_named(function, wrt, answer, where, words):
    found = mc.check(function, wrt=wrt, answer=answer, where=where)
    assert not found and found.verdict == "wrong"
    assert words in found.message
    assert mc.check(function, wrt=wrt, answer=str(found.repaired), where=where)


@pytest.mark.parametrize(
    ("function", "wrt", "answer", "where"),
    [
        ("logdet(eye(m) + X*X')", "X", "2*X*inv(eye(n) + X'*X)", "X in R[m,n]"),
        ("tr(inv(X)*A)", "X", "-(inv(X)*A*inv(X))'", SQUARE),
        ("vec(X)'*kron(A,B)*vec(X)", "X", "unvec((kron(A,B) + kron(A,B)')*vec(X),n,n)", SQUARE),
        ("logsumexp(w)", "w", "exp(w - logsumexp(w))", "w in R[n]"),
        ("sum(tanh(w))", "w", "4./(exp(w) + exp(-w)).^2", "w in R[n]"),
        ("sum(svals(X))", "X", "polar(X)", "X in R[n,n]"),
        ("sum(log(softmax(w)))", "w", "1 - n*softmax(w)", "w in R[n]"),
        ("sum(exp(w))", "w", "diag(exp(w))*ones(n)", "w in R[n]"),
    ],
)
def test_a_right_answer_in_another_form_is_not_accused(function, wrt, answer, where):
    assert mc.check(function, wrt=wrt, answer=answer, where=where)
