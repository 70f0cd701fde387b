"""What is said of an expression is true of its values: facts of random expressions."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import matcalc as mc
from matcalc.expr import build as b
from matcalc.expr.nodes import postorder, symbols
from matcalc.expr.sets import IMPLIES, SETS, closure, make_set
from matcalc.expr.sizes import size_name
from matcalc.functions import lookup

common = settings(deadline=None, derandomize=True, max_examples=300)

WHERE = """
    M, N in R[n,n]; S, T in Sym[n]; P in SPD[n]; G in PSD[n]; Q, O in Orth[n]; K in Skew[n]
    L in Tril[n]; U in Triu[n]; D in Diag[n]; E in R+[n,n]; A in R[m,n]; V in Stiefel[m,n]
    x, y in R[n]; p in R+[n]; s in Simplex[n]; h in Sphere[n]; u in R[m]; a in R; c in R+
"""
SCOPE = mc.Workspace(WHERE)
LEAVES = {}
for _name, _set in SCOPE.scope.sets.items():
    LEAVES.setdefault(_set.shape, []).append(b.symbol(_name, _set))
n, m = size_name("n"), size_name("m")
SCALAR = (1, 1)
SQUARE = (n, n)
SIZES = {"n": 4, "m": 6}

# What a fact says of a value

TOLERANCE = 1e-9


def _close(x, y):
    return np.allclose(x, y, rtol=1e-9, atol=TOLERANCE * max(1.0, np.max(abs(x)), np.max(abs(y))))


def _least(x):
    scale = max(1.0, np.max(abs(x)))
    return np.min(np.linalg.eigvalsh((x + x.T) / 2)) / scale


MEANING = {
    "symmetric": lambda x: _close(x, x.T),
    "skew": lambda x: _close(x, -x.T),
    "diagonal": lambda x: _close(x, np.diag(np.diag(x))),
    "lower": lambda x: _close(x, np.tril(x)),
    "upper": lambda x: _close(x, np.triu(x)),
    "psd": lambda x: _close(x, x.T) and _least(x) > -TOLERANCE,
    "pd": lambda x: _close(x, x.T) and _least(x) > 0,
    "orthogonal": lambda x: x.shape[0] == x.shape[1] and _close(x.T @ x, np.eye(len(x))),
    "stiefel": lambda x: _close(x.T @ x, np.eye(x.shape[1])),
    "positive-det": lambda x: np.linalg.slogdet(x)[0] > 0,
    "nonsingular": lambda x: np.linalg.matrix_rank(x) == len(x),
    "positive": lambda x: np.all(x >= 0),  # exp(-1000) is 0 in floating point
    "nonnegative": lambda x: np.all(x >= 0),
    "simplex": lambda x: np.all(x > 0) and _close(np.sum(x), 1.0),
    "sphere": lambda x: _close(np.sum(x * x), 1.0),
    "toeplitz-symmetric": lambda x: _close(x, x.T) and _close(x[1:, 1:], x[:-1, :-1]),
}
# Of these an expression of real variables has none.
COMPLEX = {"complex", "hermitian", "hpsd", "hpd", "unitary"}


def false_facts(e, values):
    """The facts of e that are not so at a point; None where e has no good value there."""
    with np.errstate(all="ignore"):
        value = np.asarray(e.evaluate(values), dtype=float)
    if not np.all(np.isfinite(value)) or np.max(abs(value)) > 1e9:
        return None
    value = value.reshape(tuple(s if isinstance(s, int) else SIZES[str(s)] for s in e.shape))
    known = e.facts - {"differential"}
    assert not known & COMPLEX
    return [f for f in sorted(known) if not MEANING[f](value)]


def values_of(e, rng):
    found = dict(SIZES)
    for s in symbols(e):
        shape = tuple(d if isinstance(d, int) else SIZES[str(d)] for d in s.shape)
        value = s.set.kind.draw(rng, shape)
        found[s.name] = value[0, 0] if s.is_scalar else value[:, 0] if shape[1] == 1 else value
    return found


# Random expressions, most of them of square matrices with facts


def call(name, *arguments):
    return b.apply(lookup(name, len(arguments)), *arguments)


def grown(draw, shape, depth):
    def pick(options):
        return draw(st.sampled_from(options))

    def part(of):
        return grown(draw, of, depth - 1)

    leaves = [*LEAVES.get(shape, ()), b.ones(shape)]
    if shape == SCALAR:
        leaves += [b.number(2), b.number(-1), b.number(0)]
    elif shape == SQUARE:
        leaves += [b.identity(n), b.zeros(SQUARE)]
    if depth == 0:
        return pick(leaves)
    makers = [
        lambda: pick(leaves),
        lambda: b.add(part(shape), part(shape)),
        lambda: b.multiply(part(SCALAR), part(shape)),
        lambda: b.negate(part(shape)),
        lambda: b.hadamard(part(shape), part(shape)),
        lambda: call(pick(("exp", "tanh", "abs", "relu", "sigmoid", "sinh", "cos")), part(shape)),
        lambda: b.element_power(part(shape), pick([2, 3, -1, -2])),
    ]
    if shape == SQUARE:
        makers = 2 * makers[:4] + makers[4:]

        def mirrored():
            e = part(SQUARE)
            return b.add(e, b.transpose(e)) if draw(st.booleans()) else b.subtract(e, e.T)

        def sandwich():
            e = part(pick([SQUARE, (m, n), (n, 1)]))
            middle = part((e.shape[0], e.shape[0])) if e.shape[0] is n else b.identity(e.shape[0])
            return e.T @ middle @ e if e.shape[0] is not n or e.shape[1] is n else e @ e.T

        makers += [
            mirrored,
            sandwich,
            lambda: b.multiply(part(SQUARE), part(SQUARE)),
            lambda: b.transpose(part(SQUARE)),
            lambda: b.inverse(part(SQUARE)),
            lambda: b.power(part(SQUARE), pick([2, 3, 4, -2])),
            lambda: call("diag", part((n, 1))),
            lambda: call(pick(("tril", "triu")), part(SQUARE)),
            lambda: b.multiply(part((n, 1)), b.transpose(part((n, 1)))),
        ]
    if shape == SCALAR:
        makers += [
            lambda: call(pick(("tr", "det")), part(SQUARE)),
            lambda: call(pick(("sum", "mean", "norm2", "norm1")), part(SQUARE)),
            lambda: b.power(part(SCALAR), pick([2, 3, -1, -2])),
            lambda: b.frobenius(part(SQUARE), part(SQUARE)),
            lambda: (lambda x: x.T @ part(SQUARE) @ x)(part((n, 1))),
        ]
    if shape == (n, 1):
        makers += [
            lambda: b.multiply(part(SQUARE), part((n, 1))),
            lambda: call("diag", part(SQUARE)),
            lambda: call("softmax", part((n, 1))),
        ]
    return pick(makers)()


@st.composite
def expressions(draw, depth=3):
    shape = draw(st.sampled_from([SQUARE, SQUARE, SQUARE, (n, 1), SCALAR, (m, n)]))
    try:
        return grown(draw, shape, draw(st.integers(1, depth)))
    except mc.DomainError as error:
        assume(error.message != "division by zero")
        raise


def refuted(e, count=5):
    """Facts that are false at most of several points: at one, rounding may be to blame."""
    votes, seen = {}, 0
    for seed in range(count):
        try:
            found = false_facts(e, values_of(e, np.random.default_rng(seed)))
        except (mc.DomainError, np.linalg.LinAlgError):
            continue
        if found is not None:
            seen += 1
            for f in found:
                votes[f] = votes.get(f, 0) + 1
        if seen and not votes:
            break
    return [f for f, k in votes.items() if 2 * k > seen], seen


@settings(common, max_examples=800)
@given(expressions())
def test_facts_are_true(e):
    wrong, seen = refuted(e)
    assume(seen)
    assert not wrong, f"{e} is not {', '.join(wrong)}"


@common
@given(expressions())
def test_facts_are_closed_under_implication(e):
    for part in postorder(e):
        assert closure(set(part.facts)) == part.facts
        if part.shape[0] != part.shape[1]:
            assert not part.facts & {"symmetric", "skew", "diagonal", "psd", "pd", "orthogonal"}


@pytest.mark.parametrize("name", [k for k, kind in SETS.items() if not kind.complex])
def test_the_members_of_a_set_have_its_facts(name):
    kind = SETS[name]
    dims = tuple(size_name(s) for s in "mn"[: max(kind.sizes)])
    dims = (n,) if kind.sizes == (1,) else dims
    e = b.symbol("X", make_set(name, dims))
    for seed in range(20):
        assert false_facts(e, values_of(e, np.random.default_rng(seed))) == []


def test_the_table_of_meanings_is_whole():
    known = set(IMPLIES) | {f for more in IMPLIES.values() for f in more}
    known |= {f for kind in SETS.values() for f in kind.facts}
    assert known <= set(MEANING) | COMPLEX


EXAMPLES = """
S + S' | symmetric
M + M' | symmetric
M.^2 + M'.^2 | symmetric
exp(M) + exp(M') | symmetric
exp(M*N.^3 + N'.^3*M') | symmetric
M*N + N'*M' | symmetric
M'*M | psd
A'*A | psd
A*A' | psd
A'*A + P | pd
M'*P*M | psd
Q'*P*Q | pd
x*x' | psd
x*x' + eye(n) | pd
inv(P) | pd
inv(S) | symmetric nonsingular
P^2 | pd
S^2 | psd
K^2 | symmetric
K^3 | skew
K' | skew
-K | skew
inv(K) | skew
Q' | orthogonal
Q*O | orthogonal
inv(Q) | orthogonal
V*Q | stiefel
-P | symmetric
2*P | pd
c*P | pd
P + G | pd
S.*T | symmetric
P.*G | psd
L*L | lower
L' | upper
U' | lower
inv(L) | lower
D*D | diagonal
D*U | upper
L + D | lower
diag(x) | diagonal
diag(p) | pd
tril(M) | lower
exp(S) | symmetric
x'*P*x | nonnegative
x'*x | nonnegative
exp(a) | positive
exp(M) | positive
tr(P) | positive
tr(G) | nonnegative
det(P) | positive
norm2(x) | nonnegative
a^2 | nonnegative
p'*p | positive
sum(p) | positive
mean(E) | positive
softmax(x) | positive
c*p | positive
p./p | positive
"""


@pytest.mark.parametrize("example", [e for e in EXAMPLES.splitlines() if e])
def test_example(example):
    text, _, facts = example.partition(" | ")
    assert set(facts.split()) <= SCOPE.parse(text).facts


UNKNOWN = """
M | symmetric nonsingular
M + N' | symmetric
S*T | symmetric
P*G | symmetric psd
P - G | psd pd
S + P | psd
-P | psd
a*P | psd
a*K + S | skew
K^2 | skew psd pd
inv(K)^2 | skew psd pd
V*V' | stiefel orthogonal
V' | stiefel
2*Q | orthogonal
Q + O | orthogonal
M'*M | pd
A'*A | pd
x*x' | pd
L*U | lower upper
exp(L) | lower
cos(D) | diagonal
G | pd nonsingular
inv(E) | positive nonnegative
x'*S*x | nonnegative
tr(M) | nonnegative
M.^2 | symmetric
a^3 | nonnegative
c - c^2 | positive
"""


@pytest.mark.parametrize("example", [e for e in UNKNOWN.splitlines() if e])
def test_what_is_not_so_is_not_said(example):
    text, _, facts = example.partition(" | ")
    assert not set(facts.split()) & SCOPE.parse(text).facts


def test_a_false_fact_would_be_found():
    """The judge that all examples go through refuses what is not so."""
    value = values_of(SCOPE.parse("M"), np.random.default_rng(0))["M"]
    for fact in ("symmetric", "skew", "diagonal", "lower", "upper", "psd", "pd", "orthogonal"):
        assert not MEANING[fact](value)
    assert not MEANING["positive"](value) and not MEANING["nonnegative"](value)
    assert not MEANING["nonsingular"](np.ones((3, 3)))
    assert not MEANING["stiefel"](value[:, :2])


def test_facts_of_differentials():
    e = SCOPE.parse("d(S)")
    assert {"symmetric", "differential"} <= e.facts
    assert "psd" not in SCOPE.parse("d(P)").facts and "symmetric" in SCOPE.parse("d(P)").facts
    assert "differential" in SCOPE.parse("tr(M*d(N))").facts
    assert "orthogonal" not in SCOPE.parse("d(Q)").facts
    assert "differential" not in SCOPE.parse("M*N").facts
