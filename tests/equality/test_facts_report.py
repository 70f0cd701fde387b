"""What is known of an expression is said, with the reason."""

import pytest

import matcalc as mc
from matcalc.facts_report import explain_facts

WHERE = """
    S in Sym[n]; P in SPD[n]; G in PSD[n]; Q, O in Orth[n]; K in Skew[n]; L in Tril[n]; D in Diag[n]
    A, B in R[n,n]; C in R[m,n]; x in R[n]; p in R+[n]; V in Stiefel[n,k]; u in Sphere[n]
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
    # skew-symmetric matrices
    (
        "A - A'",
        "skew-symmetric",
        "each term is skew-symmetric or stands beside minus its transpose",
    ),
    (
        "S*P - P*S",
        "skew-symmetric",
        "each term is skew-symmetric or stands beside minus its transpose",
    ),
    ("S*K - K*S", "symmetric", "each term is symmetric or stands beside its transpose"),
    ("C*K*C'", "skew-symmetric", "C*K*C': K skew-symmetric"),
    ("K*K", "symmetric", "its transpose is the same product, by the signs of the skew-symmetric K"),
    (
        "-K*P*K",
        "positive semidefinite",
        "it is R'*R or R'*M*R, by the signs of the skew-symmetric K",
    ),
    ("-K^2", "positive semidefinite", "minus the square of the skew-symmetric K"),
    ("expm(K)", "orthogonal", "expm of K, which is skew-symmetric"),
    # determinants, diagonals, projections
    ("eye(n) + K", "determinant > 0", "its symmetric part is positive definite"),
    ("det(G)", "nonnegative", "det of G, which is positive semidefinite"),
    ("expm(A)", "determinant > 0", "by the definition of expm"),
    ("diag(diag(P))", "positive definite", "diag of diag(P), whose entries are > 0"),
    ("V'*P*V", "positive definite", "V'*P*V: P positive definite"),
    ("eye(n) - V*V'", "positive semidefinite", "I less a projection"),
    ("eye(n) - 2*u*u'", "orthogonal", "a reflection"),
    (
        "diag(softmax(x)) - softmax(x)*softmax(x)'",
        "positive semidefinite",
        "the covariances of an indicator with these probabilities",
    ),
    ("softmax(x)", "entries that sum to 1", "by the definition of softmax"),
    ("A.*A", "all entries >= 0", "an entrywise product of squares"),
]


@pytest.mark.parametrize(("text", "fact", "reason"), CASES)
def test_reasons(text, fact, reason):
    assert (fact, reason) in explain_facts(mc.parse(text, WHERE))


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("A - B'", "skew"),
        ("A*B - B*A", "skew"),
        ("K*A*K", "symmetric"),
        ("K*P*K", "psd"),
        ("K*B*B'*K", "psd"),
        ("K*Q*O", "skew"),
        ("S + K", "positive-det"),
        ("G + K", "positive-det"),
        ("P - K*K*K*K*P", "positive-det"),
        ("eye(n) - 3*u*u'", "orthogonal"),
        ("eye(n) - 2*V*V'*S", "orthogonal"),
        ("eye(n) - x*x'", "psd"),
        ("eye(n) - C'*C", "psd"),
        ("diag(p) - p*p'", "psd"),
        ("diag(softmax(x)) - 2*softmax(x)*softmax(x)'", "psd"),
        ("C*P*C'", "pd"),
        ("V*V'", "pd"),
        ("A.*A.*A", "nonnegative"),
        ("diag(diag(G))", "pd"),
        ("det(S)", "nonnegative"),
        ("K^4", "skew"),
        ("-K^4", "psd"),
        ("sum(K)*K", "symmetric"),
    ],
)
def test_what_is_not_always_so_is_not_claimed(text, fact):
    assert fact not in mc.parse(text, WHERE).facts


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
