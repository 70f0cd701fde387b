"""To SymPy and back: values agree, and what has no counterpart is refused by name."""

import subprocess
import sys

import numpy as np
import pytest
import sympy as sp

import matcalc as mc

SIZES = {"m": 3, "n": 2, "p": 2}
WHERE = (
    "A, X in R[m,n]; B in R[n,p]; M, N in R[n,n]; S in SPD[n]; x, y in R[n]; z in R+[n];"
    "w in R[m]; r in R[1,n]; a, b in R; t, k in R+; f : R -> R; g : R, R -> R"
)
_RNG = np.random.default_rng(7)
_ROOT = _RNG.normal(size=(2, 2))
VALUES = {
    "A": _RNG.normal(size=(3, 2)),
    "X": _RNG.normal(size=(3, 2)),
    "B": _RNG.normal(size=(2, 2)),
    "M": np.eye(2) * 2 + 0.3 * _RNG.normal(size=(2, 2)),
    "N": _RNG.normal(size=(2, 2)),
    "S": _ROOT @ _ROOT.T + np.eye(2),
    "x": np.array([0.3, -0.6]),
    "y": np.array([-0.4, 0.7]),
    "z": np.array([0.8, 1.7]),
    "w": _RNG.normal(size=3),
    "r": _RNG.normal(size=(1, 2)),
    "a": 0.7,
    "b": -1.2,
    "t": 1.3,
    "k": 0.4,
}
n, m = sp.symbols("n m", integer=True, positive=True)
A, X = sp.MatrixSymbol("A", m, n), sp.MatrixSymbol("X", m, n)
M, S = sp.MatrixSymbol("M", n, n), sp.MatrixSymbol("S", n, n)
x, y = sp.MatrixSymbol("x", n, 1), sp.MatrixSymbol("y", n, 1)
a, b = sp.symbols("a b", real=True)
t = sp.Symbol("t", positive=True)


def value(s):
    """The value of an expression of SymPy by SymPy's own means."""
    s = s.subs({sp.Symbol(v, integer=True, positive=True): k for v, k in SIZES.items()})
    given = {}
    for v in s.free_symbols:
        known = VALUES[v.name]
        given[v] = sp.ImmutableMatrix(np.array(known).reshape(v.shape)) if v.is_Matrix else known
    diagonals = {d: sp.ImmutableMatrix(np.diag(VALUES[d.arg.name])) for d in s.atoms(sp.DiagonalOf)}
    s = s.xreplace(diagonals)  # SymPy cannot take the diagonal of explicit matrices
    constants = s.atoms(sp.OneMatrix, sp.ZeroMatrix, sp.Identity)
    s = s.xreplace({**given, **{c: c.as_explicit() for c in constants}}).doit()
    if isinstance(s, sp.MatrixBase):
        return np.array(sp.N(s).tolist(), dtype=float)
    if getattr(s, "is_Matrix", False):
        return np.array(sp.N(s.as_explicit()).tolist(), dtype=float)
    return float(s)


def same(found, wanted):
    shape = np.shape(wanted)
    return np.allclose(np.reshape(found, shape), wanted, rtol=1e-10, atol=1e-12)


def used(e):
    """The values of what an expression uses."""
    names = {v.name for v in mc.expr.nodes.symbols(e)} | set(SIZES)
    return {name: v for name, v in (VALUES | SIZES).items() if name in names}


SCALARS = """
    a + b | a*b - 3/4*t | a/b | t^a | a^2*b^-3 | sqrt(t) | 1/sqrt(t) | exp(-a^2/2)/sqrt(2*pi) |
    log(t)*sin(a)*cos(b)*tan(a) | asin(a/2) + acos(b/2) + atan(a) |
    sinh(a) + cosh(b) + tanh(t) | abs(b) + sign(b) | erf(a)*gamma(t) + lgamma(t) |
    digamma(t) + polygamma(1,t) | sigmoid(a) | softplus(a) | relu(b) + relu(a) | leakyrelu(b) |
    elu(b) | gelu(a) | silu(b) | hardtanh(b) | max(a,b) + min(a,b) | step(a) | log1p(t) |
    0.12345678901234567*a | n*a + m/n
"""
ARRAYS = """
    A*B | 2*X*M - a*A*N | A' | A'*A | inv(M) | inv(M)' | M^3 | M^-2 | A*x + w | x*y' | r' |
    r*N | A.*X | A./(1 + exp(X)) | x.^2 | z.^a | t.^x | 1./z | A + 1 | a*ones(m,n) + A |
    eye(n) + M | zeros(n,n) + M | exp(A) | tanh(A*x) | sigmoid(x) | softplus(A) | relu(A) |
    abs(x) | sqrt(z) | diag(x) | diag(M) | diag(x)*M | kron(A,B) | kron(A,kron(B,x)) |
    softmax(x) | M[1:1,:] | x[1]*y | M[:,2] | A[2:3,:] | hcat(A,w) | block(A,w;r,a) |
    vcat(x,y) | max(x,a) | polygamma(1,z) | (x'*y)*A | norm2(x)*A
"""
SCALARS_OF_ARRAYS = """
    x'*y | x'*M*x | tr(M) | tr(A'*X) | A : X | det(M) | logdet(S) | norm2(A*x - w)^2 |
    norm2(A) | sum(A) | mean(A) | mean(x) | norm1(A) | logsumexp(x) | x'*M*x/(x'*x) |
    sum(log(1 + exp(-x))) | x[1] | A[2,1] | (x'*y)^2 | exp(-x'*x) | a*(x'*y)*(y'*M*x)
"""


def texts(*lists):
    return [text.strip() for one in lists for text in one.split("|")]


@pytest.mark.parametrize("text", texts(SCALARS, SCALARS_OF_ARRAYS, ARRAYS))
def test_values_agree_there_and_back(text):
    e = mc.parse(text, WHERE)
    there = mc.to_sympy(e)
    back = mc.from_sympy(there, WHERE)
    wanted = e.evaluate(used(e))
    assert same(value(there), wanted), there
    assert back.shape == e.shape
    assert same(back.evaluate(used(back)), wanted), (there, back)


@pytest.mark.parametrize(
    "text",
    [
        "a + b",
        "A*B",
        "2*X*M + a*A*N",
        "x'*M*x",
        "A.*X",
        "kron(A,B)",
        "diag(x)",
        "inv(M)",
        "A[2:3,:]",
        "A[2,1]",
        "exp(A)",
        "z.^2",
        "M^3",
        "eye(n) + M",
        "det(M)",
        "tr(M)",
        "x[1]",
        "S*x",
        "f(2*a)",
        "grad(f)(a)",
        "grad(f)(2*a)",
        "grad(g,2)(a,b*t)",
        "hess(f)(2*a)",
        "sqrt(t)",
        "max(a,b)",
        "digamma(t)",
    ],
)
def test_the_same_expression_comes_back(text):
    e = mc.parse(text, WHERE)
    assert mc.from_sympy(mc.to_sympy(e), WHERE) is e


@pytest.mark.parametrize(
    "s, text",
    [
        (A.T * A, "A'*A"),
        (sp.Trace(A.T * X), "tr(A'*X)"),
        (sp.Determinant(M), "det(M)"),
        (M.I + sp.Identity(n), "eye(n) + inv(M)"),
        (sp.HadamardProduct(A, X), "A.*X"),
        (sp.HadamardPower(A, 3), "A.^3"),
        (sp.KroneckerProduct(A, M), "kron(A,M)"),
        (sp.DiagMatrix(x), "diag(x)"),
        (A.applyfunc(sp.sin), "sin(A)"),
        (x.applyfunc(sp.Lambda(t, t**2 + 3 * t + a)), "x.^2 + 3*x + a"),
        (x.applyfunc(sp.Lambda(t, a)), "a*ones(n)"),
        (sp.OneMatrix(n, 1) * sp.ZeroMatrix(1, m) + A.T, "A'"),
        (A[0, 1], "A[1,2]"),
        (M[:, 0], "M[:,1]"),
        (x.T * M * x, "x'*M*x"),
        (sp.Matrix([[a, b], [1, t]]), "block(a,b;1,t)"),
        (sp.BlockMatrix([[M, S]]), "hcat(M,S)"),
        (sp.sqrt(a**2 + 1) / 3, "sqrt(a^2 + 1)/3"),
        (sp.E**a + sp.E, "exp(a) + exp(1)"),
        (sp.Max(a, b, 2), "max(max(2,a),b)"),
        (sp.Rational(1, 3) * a + 0.5, "a/3 + 0.5"),
    ],
)
def test_what_sympy_has(s, text):
    """The engine decides that it is the expression, and the value is SymPy's."""
    found = mc.from_sympy(s)
    where = "A, X in R[m,n]; M, S in R[n,n]; x in R[n]; a, b in R; t in R+"
    assert mc.equivalent(found, mc.parse(text, where)), found
    wanted = found.evaluate(used(found))
    assert same(value(s), wanted)


def test_sets_come_from_declarations():
    assert mc.gradient(mc.from_sympy(x.T * S * x, "S in Sym[n]"), "x") is mc.parse(
        "2*S*x", "S in Sym[n]"
    )
    assert str(mc.gradient(mc.from_sympy(x.T * S * x), "x")) == "(S + S')*x"
    with pytest.raises(mc.MatcalcError, match="S is declared in R"):
        mc.from_sympy(S * x, "S in R")


def test_gradients_go_to_sympy():
    """SymPy's own derivative of a trace agrees with the engine's."""
    f = sp.Trace(A.T * X * M)
    mine = mc.to_sympy(mc.gradient(mc.from_sympy(f), "X"))
    assert same(value(mine), value(f.diff(X)))


def test_sizes_are_polynomials():
    e = mc.parse("Y*ones(m*n)", "Y in R[n+1,m*n]")
    there = mc.to_sympy(e)
    assert there.shape == (n + 1, 1)
    assert mc.from_sympy(there) is e


def test_a_positive_symbol_is_positive():
    assert "positive" in mc.from_sympy(t).facts
    assert "positive" not in mc.from_sympy(a).facts
    assert "complex" in mc.from_sympy(sp.Symbol("z", complex=True)).facts
    assert mc.from_sympy(sp.Symbol("u")) is mc.scalars("u")


@pytest.mark.parametrize(
    "text, named",
    [
        ("expm(M)", "expm"),
        ("d(x)", "differential"),
        ("commutation(m,n)*vec(A)", "commutation"),
        ("vec(A)", "vec"),
        ("lambda_max(S)", "lambda_max"),
        ("h(x)", "h, a function of arrays"),
        ("grad(h)(x)", "h, a function of arrays"),
        ("max(A,X)", "max of several arrays"),
        ("max(x)", "max"),
    ],
)
def test_what_sympy_lacks_is_named(text, named):
    e = mc.parse(text, WHERE + "; h : R[n] -> R")
    with pytest.raises(mc.NotSupportedError, match=named):
        mc.to_sympy(e)


k = sp.Symbol("k", integer=True)


@pytest.mark.parametrize(
    "s, named",
    [
        (sp.Piecewise((a, a > 0), (b, True)), "Piecewise"),
        (sp.Integral(sp.sin(a), a), "Integral"),
        (sp.Sum(a**k, (k, 0, 3)), "Sum"),
        (sp.I * a, "ImaginaryUnit"),
        (sp.oo + a, "oo"),
        (a > 0, "StrictGreaterThan"),
        (sp.zeta(a), "zeta"),
        (sp.Derivative(sp.sin(a), a), "Derivative"),
        (sp.Symbol("q", imaginary=True), "not real"),
        (sp.floor(a), "floor"),
        (sp.EulerGamma, "EulerGamma"),
        (A[::2, :], "steps of 2"),
        (sp.MatrixSymbol("Y", 2**n, n), "size"),
    ],
)
def test_what_the_language_lacks_is_named(s, named):
    with pytest.raises(mc.NotSupportedError, match=named):
        mc.from_sympy(s)


def test_text_is_not_read():
    with pytest.raises(mc.MatcalcError, match="expression of SymPy"):
        mc.from_sympy("A*x")
    with pytest.raises(mc.MatcalcError):
        mc.from_sympy(object())
    with pytest.raises(mc.MatcalcError):
        mc.to_sympy("A*x")


def test_numbers_are_exact():
    assert mc.to_sympy(mc.parse("0.1*a")) == sp.Rational(1, 10) * a
    assert mc.from_sympy(sp.Rational(1, 3)) is mc.parse("1/3")
    assert mc.from_sympy(2) is mc.parse("2")


def test_deep_expressions_are_no_trouble():
    e = mc.parse("M", WHERE)
    for _ in range(300):
        e = mc.tanh(e @ mc.parse("N", WHERE))
    assert mc.from_sympy(mc.to_sympy(e), WHERE) is e


def test_it_works_first_thing():
    """In a fresh process: modules of SymPy that only other use would load are imported."""
    code = """
import matcalc as mc
x = mc.vectors("x[n]")
print(mc.from_sympy(mc.to_sympy(mc.exp(x))))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "exp(x)", done.stderr
