"""Random scalar functions: the gradient is right, its steps hold, and it reads back.

The reference is a difference quotient of the function's own values, taken here.
"""

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import matcalc as mc
from matcalc.expr.nodes import symbols

common = settings(deadline=None, derandomize=True, max_examples=200)

WHERE = """
    A, B in R[m,n]; C in R[n,m]; M, N in R[n,n]; S in Sym[n]; P in SPD[n]; Q in Orth[n]
    K in Skew[n]; L in Tril[n]; D in Diag[n]; x, y in R[n]; p, q in R+[n]; u in R[m]
    a, b in R; c in R+; E in R+[m,n]
    phi : R[n] -> R; psi : R[n,n] -> R; g : R[n] -> R[m]; h : R -> R; f : R[n], R[m] -> R
"""
SCOPE = mc.Workspace(WHERE)
SIZES = {"m": 4, "n": 3}

SCALARS = """a | b | c | x'*y | x'*M*y | x'*P*x | tr(M) | tr(M*N) | tr(A*C) | tr(S*N*S) | A : B
    | norm2(x) | norm2(A*x - u) | norm2(M) | norm2(A)^2 | norm1(x) | logdet(P) | det(M) | det(P)
    | logdet(P + A'*A) | sum(x) | sum(exp(A)) | mean(x.^2) | phi(x) | phi(M*x) | psi(M)
    | psi(A'*A)
    | h(a) | h(x'*y) | f(x,u) | f(M*x, A*x) | u'*g(x) | logsumexp(x) | logsumexp(A*x)
    | u'*softmax(A*x) | sum(log(p)) | p'*log(q) | tr(inv(P)*M) | x'*inv(M)*y | x'*inv(P + S^2)*x
    | tr(D*M) | tr(L'*M*L) | tr(K*M) | sum(sigmoid(A*x)) | sum(relu(x)) | sum(E.^a)
    | sum(x.*y.*p) | x'*diag(y)*x | tr(M^3) | tr(P^-2*M) | tr(Q'*M*Q*N) | diag(M)'*x | sum(ones(n))
    | sum(tril(M).*N) | sum(max(x,y)) | n | sqrt(x'*P*x) | exp(-x'*x/2) | log(1 + x'*x)
    | x'*(M.*N)*y | u'*A*M^2*x""".replace("\n", "").split("|")
VECTORS = """x | y | p | M*x | S*y | C*u | diag(M) | inv(P)*x | exp(x) | x.*y | softmax(x)
    | x/norm2(x) | tanh(M*x) | x - y | C*g(x) | grad(phi)(x) | K*x | Q*x | D*x | (x'*y)*x
    | sigmoid(x).*y""".replace("\n", "").split("|")
MATRICES = """M | S | P | N | M' | M*N | x*y' | A'*A | inv(P) | inv(M) | diag(x) | M.*N | S*N
    | exp(M)
    | M + N | K | Q | D | L | tril(M) | P + x*x' | 2*M - N | M^2 | eye(n)
    """.replace("\n", "").split("|")


def pick(draw, options):
    return draw(st.sampled_from(options)).strip()


def scalar(draw, depth):
    if depth == 0:
        return pick(draw, SCALARS)
    s, v, m = (lambda of=of: of(draw, depth - 1) for of in (scalar, vector, matrix))
    functions = ["exp", "sin", "tanh", "sigmoid", "h", "softplus"]
    makers = [
        lambda: pick(draw, SCALARS),
        lambda: f"({s()}) {pick(draw, '+-')} ({s()})",
        lambda: f"({s()})*({s()})",
        lambda: f"({s()})/({s()})",
        lambda: f"({s()})^{pick(draw, ['2', '3', '-1'])}",
        lambda: f"{pick(draw, functions)}({s()})",
        lambda: f"({v()})'*({v()})",
        lambda: f"({v()})'*({m()})*({v()})",
        lambda: f"tr(({m()})*({m()}))",
        lambda: f"{pick(draw, ['norm2', 'sum'])}({m()})",
        lambda: f"({m()}) : ({m()})",
        lambda: f"{pick(draw, ['norm2', 'sum', 'phi', 'logsumexp', 'mean'])}({v()})",
    ]
    return draw(st.sampled_from(makers))()


def vector(draw, depth):
    if depth <= 0:
        return pick(draw, VECTORS)
    s, v, m = (lambda of=of: of(draw, depth - 1) for of in (scalar, vector, matrix))
    makers = [
        lambda: pick(draw, VECTORS),
        lambda: f"({v()}) {pick(draw, '+-')} ({v()})",
        lambda: f"({m()})*({v()})",
        lambda: f"({s()})*({v()})",
        lambda: f"({v()}).*({v()})",
        lambda: f"{pick(draw, ['exp', 'tanh', 'sin', 'sigmoid'])}({v()})",
        lambda: f"diag({m()})",
    ]
    return draw(st.sampled_from(makers))()


def matrix(draw, depth):
    if depth <= 0:
        return pick(draw, MATRICES)
    s, v, m = (lambda of=of: of(draw, depth - 1) for of in (scalar, vector, matrix))
    makers = [
        lambda: pick(draw, MATRICES),
        lambda: f"({m()}) {pick(draw, '+-')} ({m()})",
        lambda: f"({m()})*({m()})",
        lambda: f"({s()})*({m()})",
        lambda: f"({m()}).*({m()})",
        lambda: f"inv(P + ({v()})*({v()})')",
        lambda: f"({v()})*({v()})'",
        lambda: f"({m()})'",
        lambda: f"diag({v()})",
    ]
    return draw(st.sampled_from(makers))()


@st.composite
def problems(draw, depth=2):
    """A scalar function's text, a variable that occurs in it, and a convention."""
    text = scalar(draw, draw(st.integers(0, depth)))
    e = SCOPE.parse(text)
    found = symbols(e)
    assume(found)
    variable = draw(st.sampled_from(found))
    return text, variable, draw(st.sampled_from(["projected", "projected", "entries"]))


@common
@given(problems())
def test_verified_step_by_step(problem):
    text, variable, convention = problem
    d = SCOPE.derive(text, variable.name, convention=convention, verify=False)
    found = d.verify(seed=1, trials=1, directions=2, steps=True)
    assume(found.method != "not verified")
    assert found.ok, f"{text} by {variable}: {d.result}: {found.message}"


@common
@given(problems())
def test_the_answer_reads_back(problem):
    text, variable, convention = problem
    d = SCOPE.derive(text, variable.name, convention=convention, verify=False)
    assert SCOPE.parse(str(d.result)) is d.result
    assert mc.Workspace(d.where).parse(str(d.result)) is d.result
    assert d.result.shape == variable.shape
    assert d.steps[-1].kind == "answer" and d.latex() and d.steps_unicode() and d.steps_text()
    again = SCOPE.derive(text, variable.name, convention=convention, verify=False)
    assert again.result is d.result and again.steps == d.steps


# Against differences, for variables without structure


def values_of(e, rng):
    found = dict(SIZES)
    for s in symbols(e):
        shape = tuple(k if isinstance(k, int) else SIZES[str(k)] for k in s.shape)
        value = s.set.kind.draw(rng, shape)
        found[s.name] = value[0, 0] if s.is_scalar else value[:, 0] if shape[1] == 1 else value
    w = rng.normal(size=(3, 3))
    found["phi"] = (
        lambda t: np.sum(np.sin(w @ t)),
        lambda t: w.T @ np.cos(w @ t),
        lambda t: -w.T @ np.diag(np.sin(w @ t)) @ w,
    )
    found["psi"] = (lambda t: np.sum(np.sin(w * t)), lambda t: w * np.cos(w * t))
    v = rng.normal(size=(4, 3))
    found["g"] = (lambda t: np.sin(v @ t), lambda t: np.cos(v @ t)[:, None] * v)
    found["h"] = (np.sin, np.cos)
    found["f"] = (
        lambda s, t: np.sin(np.sum(v @ s * t)),
        lambda s, t: (np.cos(np.sum(v @ s * t)) * (v.T @ t), np.cos(np.sum(v @ s * t)) * (v @ s)),
    )
    return found


def slope(f, x, h):
    """By central differences of order six, and again with half the step."""

    def at(step):
        weights = ((1, 45 / 60), (2, -9 / 60), (3, 1 / 60))
        return sum(w * (f(x + k * step * h) - f(x - k * step * h)) for k, w in weights) / step

    return at(1e-3), at(5e-4)


@common
@given(problems(), st.integers(0, 100))
def test_against_differences(problem, seed):
    text, variable, _ = problem
    assume(variable.set.name in ("R", "R+", "Orth"))
    rng = np.random.default_rng(seed)
    e = SCOPE.parse(text)
    values = values_of(e, rng)
    d = SCOPE.derive(text, variable.name, verify=False)
    x = np.asarray(values[variable.name])
    h = rng.normal(size=x.shape)

    def f(z):
        with np.errstate(all="ignore"):
            return e.evaluate({**values, variable.name: z})

    with np.errstate(all="ignore"):
        try:
            gradient = np.asarray(d.tensor(values))
            coarse, fine = slope(f, x, h)
        except mc.DomainError:
            assume(False)
    got = np.sum(gradient * h)
    scale = max(abs(fine), np.linalg.norm(gradient) * np.linalg.norm(h), 1e-6)
    assume(np.isfinite(scale) and scale < 1e8 and abs(f(x)) < 1e8 * max(1, scale))
    doubt = 1e3 * abs(coarse - fine) + 1e-11 * abs(f(x)) / 1e-4
    assume(doubt < 1e-3 * scale)  # no kink and no pole nearby
    assert abs(got - fine) <= 1e-6 * scale + doubt, f"{text} by {variable}: {d.result}"
