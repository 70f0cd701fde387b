"""What is known of an expression is said, with the reason."""

import pytest

import matcalc as mc
from matcalc.facts_report import explain_facts

WHERE = """
    S in Sym[n]; P in SPD[n]; G in PSD[n]; Q, O in Orth[n]; K in Skew[n]; L in Tril[n]; D in Diag[n]
    A, B in R[n,n]; C in R[m,n]; x in R[n]; p in R+[n]
"""
CASES = [
    ("S", "symmetric", "declared: S in Sym[n]"),
    ("B'*S*B", "symmetric", "B'*S*B: S symmetric"),
    ("C'*C", "positive semidefinite", "Gram matrix C'*C"),
    ("C*P*C'", "positive semidefinite", "C*P*C': P positive definite"),
    ("inv(P)", "positive definite", "inverse of the symmetric positive definite matrix P"),
    ("A + A'", "symmetric", "each term is symmetric or stands beside its transpose"),
    (
        "P + G",
        "positive definite",
        "positive semidefinite terms, of which P is positive definite",
    ),
    ("Q*O", "orthogonal", "a product of orthogonal matrices"),
    ("L'", "upper triangular", "transpose of the lower triangular matrix L"),
    ("2*P", "positive definite", "a multiple of P, which is positive definite"),
    ("kron(S,P)", "symmetric", "a Kronecker product of symmetric matrices"),
    ("exp(S)", "symmetric", "exp of S, which is symmetric"),
    ("exp(x)", "all entries > 0", "by the definition of exp"),
    ("diag(p)", "positive definite", "diag of p, whose entries are > 0"),
    ("tr(P)", "positive", "tr of P, which is positive definite"),
    ("x'*x", "nonnegative", "x'*x is a sum of squares"),
    ("x'*G*x", "nonnegative", "quadratic form x'*G*x: G positive semidefinite"),
    ("inv(A)", "nonsingular", "an inverse, where it exists"),
]


@pytest.mark.parametrize(("text", "fact", "reason"), CASES)
def test_reasons(text, fact, reason):
    assert (fact, reason) in explain_facts(mc.parse(text, WHERE))


def test_nothing_is_said_of_a_general_matrix():
    assert explain_facts(mc.parse("A*B", WHERE)) == []


def test_implied_facts_on_request():
    known = dict(explain_facts(mc.parse("inv(P)", WHERE), implied=True))
    assert known["symmetric"] == "implied by positive semidefinite"
    assert known["nonsingular"] == "implied by positive definite"


def test_every_fact_has_a_reason():
    texts = (
        "S + S; S - S'; -P; P*P; K^2; S^-1; P.^2; P.*P; p.*p; D*D; L*L; Q'; K'; S:P; A:A; x.^2;"
        "kron(Q,O); norm2(x); softmax(x); tril(A); det(P); log1p(p); 3; ones(n); eye(n); abs(S);"
        "d(S); x*x'; C*P; sum(p); p'*p; (x'*x)^2; -K; diag(D); zeros(n,n); n*P"
    )
    for text in texts.split(";"):
        for fact, reason in explain_facts(mc.parse(text, WHERE), implied=True):
            assert fact and reason and "by the rules" not in reason, (text, fact)
