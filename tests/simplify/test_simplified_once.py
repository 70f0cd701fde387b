"""What is simplified is left as it is by a second pass: examples, and at random."""

import random

import pytest

import matcalc as mc
from matcalc.errors import MatcalcError
from matcalc.simplify import polish
from matcalc.simplify.normal_form import simplify

SCOPE = mc.Workspace(
    "A, B, D, L, M, N in R[n,n]; S in Sym[n]; V in SPD[n]; Q in Orth[n]; K in Skew[n];"
    "x, y, z in R[n]; a, b, c in R; p in R+"
)


def scalar(r, depth):
    if not depth:
        return r.choice(["a", "b", "c", "p", "2", "3"])
    return r.choice(
        [
            lambda: f"({scalar(r, depth - 1)} {r.choice('+-')} {scalar(r, depth - 1)})",
            lambda: f"{scalar(r, depth - 1)}*{scalar(r, depth - 1)}",
            lambda: f"({vector(r, depth - 1)})'*({vector(r, depth - 1)})",
            lambda: f"tr({matrix(r, depth - 1)})",
            lambda: f"exp({scalar(r, depth - 1)})",
            lambda: f"norm2({matrix(r, depth - 1)})^2",
            lambda: f"-({scalar(r, depth - 1)})",
        ]
    )()


def vector(r, depth):
    if not depth:
        return r.choice("xyz")
    return r.choice(
        [
            lambda: f"({vector(r, depth - 1)} {r.choice('+-')} {vector(r, depth - 1)})",
            lambda: f"({matrix(r, depth - 1)})*({vector(r, depth - 1)})",
            lambda: f"({vector(r, depth - 1)}).*({vector(r, depth - 1)})",
            lambda: f"({scalar(r, depth - 1)})*({vector(r, depth - 1)})",
            lambda: f"diag({matrix(r, depth - 1)})",
            lambda: f"tanh({vector(r, depth - 1)})",
            lambda: f"-({vector(r, depth - 1)})",
        ]
    )()


def matrix(r, depth):
    if not depth:
        return r.choice("AABDLMNSVQK")
    return r.choice(
        [
            lambda: f"({matrix(r, depth - 1)} + {matrix(r, depth - 1)})",
            lambda: f"({matrix(r, depth - 1)} - {matrix(r, depth - 1)})",
            lambda: f"({matrix(r, depth - 1)})*({matrix(r, depth - 1)})",
            lambda: f"({matrix(r, depth - 1)}).*({matrix(r, depth - 1)})",
            lambda: f"({matrix(r, depth - 1)})'",
            lambda: f"({scalar(r, depth - 1)})*({matrix(r, depth - 1)})",
            lambda: f"({vector(r, depth - 1)})*({vector(r, depth - 1)})'",
            lambda: f"diag({vector(r, depth - 1)})",
            lambda: f"inv({matrix(r, depth - 1)})",
            lambda: f"-({matrix(r, depth - 1)})",
        ]
    )()


def random_text(seed):
    r = random.Random(seed)
    return r.choice([scalar, vector, matrix, matrix])(r, r.randrange(2, 5))


@pytest.mark.parametrize("block", range(8))
def test_random_expressions(block):
    for seed in range(100 * block, 100 * (block + 1)):
        try:
            e = SCOPE.parse(random_text(seed))
            s = simplify(e)
        except MatcalcError:
            continue  # a division by zero
        assert simplify(s) is s, f"{e} became {s}, and then {simplify(s)}"


@pytest.mark.parametrize(
    "text, simplified",
    [
        # A minus before a parenthesis, whose terms have factors that take it.
        ("-(A.*L*(x - y) - z)", "(A.*L)*(y - x) + z"),
        ("-((x + y) - b*z - (L*x - c*y))", "b*z - x - (1 + c)*y + L*x"),
        ("-((c - p)*b*Q + a*D - L.*A)", "(p - c)*b*Q - a*D + L.*A"),
        ("-(a*N - (N + A))*(M - V)", "((1 - a)*N + A)*(M - V)"),
        ("-(V.*N - (A + N))*B", "(N.*(1 - V) + A)*B"),
        ("L - D.*M + M", "L + M.*(1 - D)"),
        # Terms that turn out to be zero.
        ("-A*A + diag(x)*B' + (x - x)*y'", "diag(x)*B' - A^2"),
        ("diag(y - y) - (z*x' + diag(x))", "-(z*x' + diag(x))"),
        # A sum that stood under a common factor, and one beside it.
        ("-3*c*(D.*Q + M) + 3*c*b*K.*Q", "3*c*((b*K - D).*Q - M)"),
        ("a*(y - z).*(-y) + diag(z*y')", "(a*(z - y) + z).*y"),
    ],
)
def test_a_second_pass_changes_nothing(text, simplified):
    e = SCOPE.parse(text)
    s = simplify(e)
    assert str(s) == simplified
    assert simplify(s) is s
    assert mc.equivalent(e, s)


def test_few_terms_of_a_long_sum_are_compared(monkeypatch):
    """Only terms in the same letters may be each other's transposes."""
    compared = []
    right = polish.mirrored
    monkeypatch.setattr(polish, "mirrored", lambda a, b: compared.append(1) or right(a, b))
    text = " + ".join(f"c_{k}*A_{k}" for k in range(300))
    polish.polish(mc.parse(f"{text} + B' + B", "B in R[n,n]"))
    assert len(compared) < 10
    assert str(polish.polish(mc.parse("B' + A_1 + B", "B, A_1 in R[n,n]"))) == "B + A_1 + B'"
