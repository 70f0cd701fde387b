"""The deep mode: never longer than the normal form, always equal, bounded, and optional."""

import os
import random
import re
import subprocess
import sys
import time
from dataclasses import replace

import pytest

import matcalc as mc
from matcalc.equality import is_equal
from matcalc.expr.cost import cost
from matcalc.expr.nodes import postorder
from matcalc.simplify.deep import DEFAULT, simplify_deep
from matcalc.simplify.deep_terms import Writer, read, rewrites
from matcalc.simplify.normal_form import simplify
from matcalc.simplify.table import TABLE

SCOPE = mc.Workspace(
    "A, B, C, X in R[n,n]; Q in Orth[n]; S in Sym[n]; K in Skew[n]; V in Stiefel[n,p];"
    "x, y, b in R[n]; a, c in R; p, q in R+; P in SPD[n]; U in R[m,n]; u in R[m]"
)

TEXTS = [
    "A*X + B*X - C",
    "2*A'*(A*x - b)/norm2(A*x - b) + c*x",
    "x'*A*y*inv(P)*x",
    "diag(x)*A*diag(y) + x*y'",
    "sum(softplus(A*x)) + a^c",
    "kron(A, B)*kron(C, X)",
    "A : B + tr(S*X)",
    "-x.^2./(1 + x.^2) + x.*y",
    "det(A)^2*inv(A)' + n*eye(n)",
    "0.30000000000000004*x - 7/3*y",
    "max(x, y) + ones(n)/n",
]

egglog = pytest.mark.skipif(
    subprocess.run([sys.executable, "-c", "import egglog"], capture_output=True).returncode != 0,
    reason="the extra deep is not installed",
)

# Text to and fro


@pytest.mark.parametrize("text", TEXTS)
def test_expressions_come_back_from_terms(text):
    e = SCOPE.parse(text)
    w = Writer()
    assert read(w.write(e), w) is e


def test_nearly_all_identities_become_rewrites():
    """Those of unvec and of slices do not: sizes are numbers there, which patterns do not have."""
    within = [r for r in TABLE if not re.search(r"unvec\(|\[:,", r.statement)]
    silent = [r.name for r in within if not rewrites(r)]
    assert len(silent) <= 5, silent
    for r in TABLE:
        for text in rewrites(r):
            assert text.startswith("(rewrite ") and text.count("(") == text.count(")")


def test_side_conditions_are_kept():
    def text(name):
        return " ".join(rewrites(next(r for r in TABLE if r.name == name)))

    assert '(fact S_ "symmetric")' in text("symmetric")
    assert '(fact Q_ "orthogonal")' in text("trace in another orthonormal basis")
    assert '(fact c_ "positive")' in text("logarithm of a product")
    assert '(= "1" (cols x_))' in text("root of an inner product")


# What it finds


@egglog
@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("x'*K*x + a", "a"),
        ("(V*V')^2", "V*V'"),
        ("sum(diag(x))", "sum(x)"),
        ("sqrt(x'*x)", "norm2(x)"),
        ("x'*(A + A')*x", "2*x'*A*x"),
        ("U*inv(U'*U)*U'*U*x", "U*x"),
        ("x./(1 + x.^2) - x.^3./(1 + x.^2).^2", "x./(1 + x.^2).^2"),
        ("cosh(a)^2 - sinh(a)^2 + c", "1 + c"),
        ("tr(diag(x)*A*diag(y)*B')", "x'*(A.*B)*y"),
        ("norm2(Q*x)/norm2(x)", "1"),
        ("log(p) + log(q) - log(p*q)", "0"),
    ],
)
def test_it_finds_what_takes_several_steps(text, wanted):
    e, w = SCOPE.parse(text), SCOPE.parse(wanted)
    found = simplify_deep(e)
    assert is_equal(found, e)
    assert cost(found) <= cost(w), f"{text} became {found}"


@egglog
def test_conditions_are_heeded():
    """Without its side condition an identity is not applied."""
    for text in ("x'*A*x", "norm2(A*x)", "(B*B')^2", "log(a) + log(c)", "sqrt(a)^2"):
        e = SCOPE.parse(text)
        assert is_equal(simplify_deep(e), e), text


# Properties


def random_expressions(count):
    from test_simplifier import LEAVES, SHAPES, grown

    assert LEAVES

    class Draw:
        def __init__(self, seed):
            self.random = random.Random(seed)

        def __call__(self, strategy):
            return self.random.choice(list(strategy.elements))

    for seed in range(count):
        draw = Draw(seed)
        try:
            yield grown(draw, draw.random.choice(SHAPES), 3)
        except mc.MatcalcError:
            continue


@egglog
def test_equal_and_never_longer_on_random_expressions():
    small = replace(DEFAULT, terms=800, steps=4, rounds=1)
    checked = 0
    for e in random_expressions(200):
        try:
            s, d = simplify(e), simplify_deep(e, budget=small)
            assert cost(d) <= cost(s), f"{e}: {s} and {d}"
            if d is not s:
                assert is_equal(d, s), f"{e}: {s} and {d}"
                checked += 1
        except mc.DomainError:  # undefined everywhere: a division by zero, an inverse of zeros
            continue
    assert checked >= 5


@egglog
@pytest.mark.parametrize("text", TEXTS)
def test_equal_never_longer_and_the_same_again(text):
    e = SCOPE.parse(text)
    found = simplify_deep(e)
    assert cost(found) <= cost(simplify(e))
    assert is_equal(found, e)
    assert simplify_deep(e) is found


@egglog
def test_parts_kept_whole_win_ties():
    e = SCOPE.parse("2*A'*(A*X - B)")
    assert simplify_deep(e, whole=postorder(e)) is e


@egglog
def test_the_budget_bounds_it():
    """Twelve terms have 5·10^5 sums of subsets; the search stops long before."""
    names = [f"z_{k}" for k in range(12)]
    scope = mc.Workspace(f"{', '.join(names)} in R[n]")
    e = scope.parse(" + ".join(f"{z}.*{z}" for z in names))
    simplify_deep(SCOPE.parse("x"))
    start = time.perf_counter()
    found = simplify_deep(e)
    assert time.perf_counter() - start < 20
    assert cost(found) <= cost(simplify(e))
    assert simplify_deep(e, budget=replace(DEFAULT, rounds=0)) is simplify(e)
    assert simplify_deep(e, budget=replace(DEFAULT, longest=5)) is simplify(e)


@egglog
def test_complex_expressions_are_left_to_the_normal_form():
    e = mc.parse("conj(Z)*Z + Z", "Z in C[n,n]")
    assert simplify_deep(e) is simplify(e)


@egglog
def test_the_same_in_every_process():
    code = (
        "import matcalc as mc; from matcalc.simplify.deep import simplify_deep;"
        "print(simplify_deep(mc.parse(\"U*inv(U'*U)*U'*U*x + x'*x*u + u*x'*x\","
        "'U in R[m,n]; x in R[n]; u in R[m]')))"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "7")
    }
    assert len(found) == 1


def test_without_egglog_the_error_names_the_extra(monkeypatch):
    for name in ("egglog", "egglog.bindings"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(mc.NotSupportedError, match="egglog") as caught:
        simplify_deep(SCOPE.parse("A*X"))
    assert "matcalc-engine[deep]" in str(caught.value)


@egglog
def test_sets_of_an_identity_are_asked_for():
    """sum(y) is 1 on the simplex only, and ‖u‖ on the sphere."""
    for text in ("sum(x) + a", "a*norm2(x)", "sum(p*y)"):
        e = SCOPE.parse(text)
        assert simplify_deep(e) is simplify(e)
