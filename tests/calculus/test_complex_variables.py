"""Derivatives by complex variables: conventions, Hermitian variables, what is known and refused.

The derivatives of the literature by Z and conj(Z) are in tests/corpus/complex.toml.
"""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import matcalc as mc
from matcalc.derivation.rule import Rule
from matcalc.expr import build as b
from matcalc.expr.nodes import symbols
from matcalc.functions import lookup
from matcalc.numeric.difference import extrapolate
from matcalc.numeric.evaluate import OFF, Point, evaluate
from matcalc.numeric.verify import verify_derivative, verify_equal
from matcalc.simplify import identities_complex
from matcalc.simplify.normal_form import simplify

WHERE = """A, B, Z in C[n,n]; x, y in C[n]; z, w in C; S, T in Herm[n]; P, Q in HPD[n]
U in Unitary[n]; t in R; M in Sym[n]; u in R[n]; R in SPD[n]; V in C[m,n]"""
SCOPE = mc.Workspace(WHERE)
RNG = np.random.default_rng(5)


def drawn(*names, n=3, m=4, seed=5):
    sets, rng = SCOPE.scope.sets, np.random.default_rng(seed)
    values = {}
    for name in names:
        s = b.symbol(name, sets[name])
        shape = tuple({"n": n, "m": m}.get(str(d), d) for d in s.shape)
        value = s.set.kind.draw(rng, shape)
        values[name] = value[0, 0] if s.is_scalar else value[:, 0] if shape[1] == 1 else value
    return values


def slope(f, h):
    """The slope of f at t = 0, of values alone."""
    return extrapolate(f, 0.02).value


# Conventions


def test_by_z_by_its_conjugate_and_mixed():
    """f = z^H A z: A' conj(z), A z, and the Hessians 0, 0 and A."""
    assert str(mc.derive("x^H*A*x", "x", WHERE).result) == "A*x"
    assert str(mc.derive("x^H*A*x", "x", WHERE, wirtinger="Z").result) == "A'*conj(x)"
    found = {
        w: mc.derive("x^H*A*x", "x", WHERE, order=2, wirtinger=w) for w in ("Z*", "Z", "mixed")
    }
    assert {w: str(d.result) for w, d in found.items()} == {
        "Z*": "zeros(n,n)",
        "Z": "zeros(n,n)",
        "mixed": "A",
    }
    assert all(d.verification.ok for d in found.values())


def test_the_mixed_derivative_is_that_of_the_two_slopes():
    """∂²/∂z*∂z of |z|^4 is 4|z|²: a quarter of the Laplacian."""
    d = mc.derive("abs(z)^4", "z", WHERE, order=2, wirtinger="mixed")
    z = 0.7 - 0.4j

    def laplacian(f, h=1e-3):
        return sum(f(z + e) + f(z - e) - 2 * f(z) for e in (h, 1j * h)) / h**2

    assert d.tensor({"z": z}) == pytest.approx(laplacian(lambda v: abs(v) ** 4) / 4, rel=1e-5)
    assert d.verification.ok
    assert str(d.result) == "4*abs(z)^2"


def test_a_holomorphic_function_says_why_its_derivative_is_zero():
    d = mc.derive("tr(A*Z)", "Z", WHERE)
    assert str(d.result) == "zeros(n,n)"
    assert any("holomorphic" in note and 'wirtinger="Z"' in note for note in d.notes)
    d = mc.derive("tr(A*conj(Z))", "Z", WHERE, wirtinger="Z")
    assert any('wirtinger="Z*"' in note for note in d.notes)
    d = mc.derive("norm2(x)^2", "x", WHERE)
    assert not any("holomorphic" in note for note in d.notes)
    assert any("conj(x)" in note for note in d.notes)


@pytest.mark.parametrize("text", ["re(A)*x", "im(x).*y", "abs(x)", "conj(A)*x + A*conj(x)"])
def test_jacobians_of_what_is_not_holomorphic(text):
    for way in ("Z*", "Z"):
        d = mc.derive(text, "x" if "A" not in text[:5] else "A", WHERE, wirtinger=way)
        assert d.verification.ok, d.verification.message


@pytest.mark.parametrize(
    ("text", "name", "conditions"),
    [
        ("log(z)", "z", ("z is not a number <= 0",)),
        ("sum(sqrt(x))", "x", ("no entry of x is a number <= 0",)),
        ("logdet(A)", "A", ("det(A) is not a number <= 0",)),
        ("logdet(P)", "P", ()),
        ("abs(z)^2", "z", ()),
        ("norm2(x)", "x", ("x ≠ 0",)),
        ("log(x^H*P*x)", "x", ("x^H*P*x > 0",)),
    ],
)
def test_conditions(text, name, conditions):
    assert mc.derive(text, name, WHERE, wirtinger="Z").conditions == conditions


def test_mixed_is_of_order_two():
    with pytest.raises(mc.DomainError, match="order 2"):
        mc.derive("norm2(x)^2", "x", WHERE, wirtinger="mixed")


def test_the_derivation_has_both_differentials():
    d = mc.derive("norm2(A*x - y)^2", "x", WHERE)
    lines = [str(s) for s in d.steps]
    assert "d(phi) = conj(r) : d(r) + r : conj(d(r))" in lines
    assert lines[-1] == "grad phi wrt conj(x) = A^H*(A*x - y)"
    assert d.steps_unicode().endswith("∂φ/∂x* = Aᴴ (A x − y)")
    assert r"\partial x^{*}" in d.latex()
    assert mc.parse("x^H*A*x", WHERE).latex() == r"x^{\mathrm{H}} A x"


def test_by_a_real_variable_among_complex_ones():
    """d/dt of (A + tB)^H, and the real gradient of a real function of complex data."""
    d = mc.derive("(A + t*B)^H", "t", WHERE)
    assert str(d.result) == "B^H" and d.verification.ok and not d.notes
    d = mc.derive("norm2(V*u - V*x)^2", "u", WHERE)
    values = drawn("V", "u", "x")
    h = RNG.standard_normal(3)

    def along(t):
        return np.sum(abs(values["V"] @ (values["u"] + t * h - values["x"])) ** 2)

    assert np.vdot(d.tensor(values), h) == pytest.approx(slope(along, h), rel=1e-8)


# Hermitian variables: the G with df = tr(G dS), against slopes along Hermitian directions

HERMITIAN = [  # function, variable, gradient, NumPy
    ("tr(A*S)", "S", "A", lambda S, A: np.trace(A @ S)),
    ("x^H*S*x", "S", "x*x^H", lambda S, x: np.vdot(x, S @ x)),
    ("logdet(P)", "P", "inv(P)", lambda P: np.linalg.slogdet(P)[1]),
    ("tr(inv(P)*Q)", "P", "-inv(P)*Q*inv(P)", lambda P, Q: np.trace(np.linalg.solve(P, Q))),
    (
        "logdet(eye(m) + V*P*V^H)",
        "P",
        "V^H*inv(eye(m) + V*P*V^H)*V",
        lambda P, V: np.linalg.slogdet(np.eye(len(V)) + V @ P @ V.conj().T)[1],
    ),
    ("norm2(S - T)^2", "S", "2*(S - T)", lambda S, T: np.sum(abs(S - T) ** 2)),
    ("tr(S*T*conj(S))", "S", "T*S' + (S*T)'", lambda S, T: np.trace(S @ T @ S.conj())),
    (
        "(x^H*S*x)/(x^H*x) + logdet(P)",
        "S",
        "x*x^H/(x^H*x)",
        lambda S, x, P: np.vdot(x, S @ x) / np.vdot(x, x) + np.linalg.slogdet(P)[1],
    ),
    ("log(x^H*inv(P)*x)", "P", None, lambda P, x: np.log(np.vdot(x, np.linalg.solve(P, x)).real)),
    ("det(P)^2", "P", "2*det(P)^2*inv(P)", lambda P: np.linalg.det(P).real ** 2),
]


@pytest.mark.parametrize(("text", "name", "form", "f"), HERMITIAN, ids=[c[0] for c in HERMITIAN])
def test_hermitian_gradients(text, name, form, f):
    d = mc.derive(text, name, WHERE)
    assert d.verification.ok, d.verification.message
    names = f.__code__.co_varnames[: f.__code__.co_argcount]
    values = drawn(*names)
    g = d.tensor(values)
    for _ in range(3):
        h = RNG.standard_normal(g.shape) + 1j * RNG.standard_normal(g.shape)
        h = (h + h.conj().T) / 6
        s = slope(lambda t: f(**{**values, name: values[name] + t * h}), h)  # noqa: B023
        assert np.trace(g @ h) == pytest.approx(s, rel=1e-7, abs=1e-9)
    if form is not None:
        assert np.allclose(g, SCOPE.parse(form).evaluate(values))
    assert SCOPE.parse(str(d.result)) is d.result


def test_a_wrong_conjugate_is_found():
    """Verification has teeth: x for conj(x), A' for A^H, a transposed Hermitian gradient."""
    f = SCOPE.parse("x^H*A*x")
    x = next(s for s in symbols(f) if s.name == "x")
    right = SCOPE.parse("A*x")
    assert verify_derivative(f, b.conjugate(x), right).ok
    for wrong in ("conj(A*x)", "A^H*x", "A'*x", "2*A*x"):
        assert not verify_derivative(f, b.conjugate(x), SCOPE.parse(wrong)).ok
    assert not verify_derivative(f, x, right).ok
    f = SCOPE.parse("x^H*S*x")
    s = next(v for v in symbols(f) if v.name == "S")
    assert verify_derivative(f, s, SCOPE.parse("x*x^H")).ok
    assert not verify_derivative(f, s, SCOPE.parse("conj(x)*x'")).ok


def test_unitary_variables_have_euclidean_derivatives():
    d = mc.derive("re(tr(A*U))", "U", WHERE)
    assert str(d.result) == "A^H/2" and d.verification.ok
    assert any("Euclidean" in note for note in d.notes)


def test_the_gradient_on_the_unitary_matrices():
    """(G - U G^H U)/2, against slopes along U times skew-Hermitian matrices."""
    d = mc.derive("norm2(A*U - B)^2", "U", WHERE, convention="riemannian")
    assert d.verification.ok, d.verification.message
    values = drawn("A", "B", "U")
    g, u = d.tensor(values), values["U"]
    assert np.allclose(u.conj().T @ g, -(u.conj().T @ g).conj().T)
    k = RNG.standard_normal((3, 3)) + 1j * RNG.standard_normal((3, 3))
    h = u @ (k - k.conj().T)

    def along(t):
        return np.sum(abs(values["A"] @ (u + t * h) - values["B"]) ** 2)

    assert 2 * np.vdot(g, h).real == pytest.approx(slope(along, h), rel=1e-7)
    for text, way in (("tr(A*U)", "Z*"), ("re(tr(A*U))", "Z")):
        with pytest.raises(mc.DomainError, match="real function, by the conjugate"):
            mc.derive(text, "U", WHERE, convention="riemannian", wirtinger=way)


def test_the_adjoint_of_a_complex_derivative():
    """G : L(dx) = L*(G) : dx, of the part in d(x) and of the part in conj(d(x))."""
    G = SCOPE.parse("y")
    for way, wanted in (("Z", "A'*y"), ("Z*", "B'*y")):
        d = mc.derive("A*x + B*conj(x)", "x", WHERE, wirtinger=way)
        assert str(d.adjoint(G)) == wanted


# Functions of matrices: singular values, eigenvalues of Hermitian matrices, analytic functions
MATRICES = [
    ("lambda_max(S)", "S", "eigvec_max(S)*eigvec_max(S)^H", "Magnus (1985), thm. 2"),
    ("lambda_max(A^H*A)", "A", "A*eigvec_max(A^H*A)*eigvec_max(A^H*A)^H", "Magnus (1985), thm. 2"),
    ("eigval(S,2)", "S", "eigvec(S,2)*eigvec(S,2)^H", "Magnus (1985), thm. 2"),
    ("sum(eigvals(S).^2)", "S", "2*S", "the squared norm"),
    ("sum(log(eigvals(P)))", "P", "inv(P)", "log det P"),
    ("normspec(V)", "V", "polar(V,1)/2", "Watson (1992)"),
    ("normnuc(V)", "V", "polar(V)/2", "Watson (1992)"),
    ("kyfan(V,2)", "V", "polar(V,2)/2", "Watson (1992)"),
    ("schatten(V,2)^2", "V", "V", "the Frobenius norm"),
    ("sum(svals(V).^2)", "V", "V", "the Frobenius norm"),
    ("normp(x,2)^2", "x", "x", "the Euclidean norm"),
    ("norm21(V)", "V", "V*diag(1./sqrt(re(diag(V^H*V))))/2", "column by column"),
    ("norminf(x)", "x", None, "the largest modulus"),
    ("norm2(V*pinv(V)*(V*x) - V*y)^2", "y", "V^H*V*(y - x)", "the projector V*pinv(V)"),
    ("re(tr(V^H*pinv(V)^H))", "V", "zeros(m,n)", "the rank, which does not change"),
    ("re(tr(pinv(V)*V*A))", "V", None, "Golub & Pereyra (1973)"),
    ("re(tr(polar(V)^H*V))", "V", "polar(V)/2", "the nuclear norm"),
    ("re(tr(A*expm(Z)))", "Z", "frechet(expm)(Z^H,A^H)/2", "Higham, (3.24)"),
    ("re(tr(sinm(Z)))", "Z", "cosm(Z)^H/2", "Higham, thm. 3.3"),
    ("tr(P*logm(P))", "P", "logm(P) + eye(n)", "von Neumann entropy"),
    ("tr(sqrtm(P))", "P", "inv(sqrtm(P))/2", "Bhatia, ch. 4"),
    ("tr(expm(S))", "S", "expm(S)", "Higham, thm. 3.3"),
    ("norm2(hcat(V,V*A))^2", "V", "V + V*A*A^H", "block by block"),
    ("norm2(block(A,B;B,A))^2", "A", "2*A", "block by block"),
    ("norm2(conv(x,y))^2", "x", None, "Golub & Van Loan, sec. 4.8"),
    ("re(tr(A*lyap(Z,B)))", "Z", None, "Kao & Hennequin (2020)"),
    ("norm2(khatrirao(A,B))^2", "A", "A*diag(diag(B^H*B))", "column by column"),
    ("sum(i in 1..m, abs(V[i]^H*x - t)^2)", "x", "V'*(conj(V)*x - t)", "by rows"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "name", "form", "source"), MATRICES, ids=[c[0] for c in MATRICES])
def test_functions_of_complex_matrices(text, name, form, source):
    d = mc.derive(text, name, WHERE)
    assert d.verification.ok, d.verification.message
    if form is not None:
        wanted = SCOPE.parse(form)
        assert verify_equal(d.result, wanted, ()), str(d.result)
    assert SCOPE.parse(str(d.result)) is d.result


def test_sums_of_squared_moduli_have_no_kinks():
    for text in ("sum(i in 1..m, abs(V[i]'*x - t)^2)", "sum(abs(V*x).^2)"):
        assert mc.derive(text, "x", WHERE).conditions == ()


# What is not there


@pytest.mark.parametrize(
    "text", ["lambda_max(A)", "max(abs(x)) + relu(z)", "chol(A)", "gamma(z)", "softmax(x)"]
)
def test_what_has_no_complex_meaning_yet_is_refused(text):
    with pytest.raises(mc.NotSupportedError, match="complex"):
        mc.parse(text, WHERE)


def test_real_functions_of_real_parts_are_differentiated():
    """relu, max and log of quantities that are real: hinge losses of |a^H x|."""
    for text in ("relu(x^H*P*x - 1)", "sum(log(1 + abs(A*x)))", "max(abs(x))", "softplus(re(z))"):
        d = mc.derive(text, "z" if "z" in text else "x", WHERE)
        assert d.verification.ok, (text, d.verification.message)


def test_the_imaginary_unit():
    assert str(mc.parse("2i*A", WHERE)) == "2*1i*A"
    assert mc.parse("2*1i*A", WHERE) is mc.parse("2i*A", WHERE)
    e = mc.parse("1i*1i*t + 1i^3*t + t/1i", WHERE)
    assert e.evaluate({"t": 3.0}) == simplify(e).evaluate({"t": 3.0}) == -3 - 6j
    assert str(simplify(mc.parse("1i*A*1i", WHERE))) == "-A"
    assert mc.parse("1i").evaluate({}) == 1j
    assert mc.parse("2i*pi").unicode() == "2 i π"
    with pytest.raises(mc.MatcalcError, match="juxtaposition"):
        mc.parse("2x", WHERE)


# Other people's answers, and equality


@pytest.mark.parametrize(
    ("text", "name", "answer", "right"),
    [
        ("norm2(A*x - y)^2", "x", "A^H*(A*x - y)", True),
        ("norm2(A*x - y)^2", "x", "A'*(A*x - y)", False),
        ("norm2(A*x - y)^2", "x", "A'*conj(A*x - y)", False),
        ("norm2(A*x - y)^2", "x", "2*A^H*(A*x - y)", False),
        ("tr(P*S)", "S", "P", True),
        ("tr(P*S)", "S", "P'", False),
    ],
)
def test_an_answer_is_judged_by_the_convention(text, name, answer, right):
    found = mc.check(text, wrt=name, answer=answer, where=WHERE)
    assert bool(found) is right and (found.verdict == "right") is right


def test_a_real_differential_of_a_complex_variable_does_not_follow():
    found = mc.check_steps("phi = norm2(x)^2\ndphi = 2*x : dx", wrt="x", where="x in C[n]")
    assert not found and found.line == 2


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        ("(A*B)^H", "B^H*A^H", True),
        ("U^H*U", "eye(n)", True),
        ("conj(x^H*S*y)", "y^H*S*x", True),
        ("tr(A*B)", "tr(B*A)", True),
        ("x'*x", "x^H*x", False),
        ("A'", "A^H", False),
        ("S'", "conj(S)", True),
    ],
)
def test_equality_of_complex_expressions(left, right, equal):
    assert bool(mc.equivalent(left, right, WHERE)) is equal


@pytest.mark.parametrize("text", ["abs(z)^2", "norm2(x)^2", "exp(z)", "logdet(P)", "re(z)", "1i*z"])
def test_what_cannot_be_compared_is_refused(text):
    """abs(z)^2 is not z^2, and no value of a real variable would show it."""
    with pytest.raises(mc.NotSupportedError, match="complex"):
        mc.equivalent(text, "z^2" if text != "norm2(x)^2" else "x'*x", WHERE)


RULES = [r for r in vars(identities_complex).values() if isinstance(r, Rule)]


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.name)
def test_the_identities_of_the_simplifier_hold(rule):
    left, right = (mc.parse(side, rule.where) for side in rule.statement.split(" = "))
    assert verify_equal(left, right, ())
    assert not verify_equal(left, b.multiply(2, right), ())


# Facts and simplification of complex expressions


def call(name, *arguments):
    return b.apply(lookup(name, len(arguments)), *arguments)


LEAVES = {}
for _name, _set in SCOPE.scope.sets.items():
    LEAVES.setdefault(_set.shape, []).append(b.symbol(_name, _set))
SCALAR, SQUARE = (1, 1), SCOPE.scope.sets["A"].shape
COLUMN = SCOPE.scope.sets["x"].shape


def grown(draw, shape, depth):
    def part(of):
        return grown(draw, of, depth - 1)

    if depth == 0:
        return draw(st.sampled_from(LEAVES[shape]))
    makers = [
        lambda: b.add(part(shape), part(shape)),
        lambda: b.multiply(part(SCALAR), part(shape)),
        lambda: b.conjugate(part(shape)),
        lambda: b.hadamard(part(shape), part(shape)),
        lambda: call(draw(st.sampled_from(("abs", "re", "im"))), part(shape)),
        lambda: b.add(a := part(shape), b.conjugate(a)),
        lambda: b.subtract(a := part(shape), b.conjugate(a)),
        lambda: b.hadamard(a := part(shape), b.conjugate(a)),
    ]
    if shape == SQUARE:
        makers += [
            lambda: part(SQUARE).H,
            lambda: part(SQUARE).T,
            lambda: b.multiply(part(SQUARE), part(SQUARE)),
            lambda: b.multiply(a := part(SQUARE), part(SQUARE), a.H),
            lambda: b.multiply(a := part(SQUARE), a.H),
            lambda: b.inverse(part(SQUARE)),
            lambda: b.power(part(SQUARE), draw(st.sampled_from((2, 3)))),
            lambda: b.add(a := part(SQUARE), a.H),
        ]
    elif shape == COLUMN:
        makers += [lambda: b.multiply(part(SQUARE), part(COLUMN))]
    else:
        makers += [
            lambda: b.multiply(part(COLUMN).H, part(COLUMN)),
            lambda: b.multiply(a := part(COLUMN).H, part(SQUARE), a.H),
            lambda: b.power(part(SCALAR), draw(st.sampled_from((2, -1, 3)))),
            lambda: call(draw(st.sampled_from(("tr", "det", "norm2"))), part(SQUARE)),
            lambda: b.frobenius(a := part(SQUARE), b.conjugate(a)),
        ]
    return draw(st.sampled_from(makers))()


@st.composite
def expressions(draw):
    shape = draw(st.sampled_from((SCALAR, COLUMN, SQUARE)))
    try:
        return grown(draw, shape, draw(st.integers(1, 3)))
    except mc.DomainError as error:
        assume(error.message != "division by zero")
        raise


def close(p, q):
    return np.allclose(p, q, rtol=1e-7, atol=1e-9 * max(1.0, np.max(abs(p)), np.max(abs(q))))


def least(p):
    return np.min(np.linalg.eigvalsh((p + p.conj().T) / 2)) / max(1.0, np.max(abs(p)))


MEANING = {
    "hermitian": lambda p: close(p, p.conj().T),
    "symmetric": lambda p: close(p, p.T),
    "skew": lambda p: close(p, -p.T),
    "hpsd": lambda p: close(p, p.conj().T) and least(p) > -1e-9,
    "psd": lambda p: close(p, p.T) and least(p) > -1e-9,
    "hpd": lambda p: close(p, p.conj().T) and least(p) > 0,
    "pd": lambda p: close(p, p.T) and least(p) > 0,
    "unitary": lambda p: close(p @ p.conj().T, np.eye(len(p))),
    "diagonal": lambda p: close(p, np.diag(np.diag(p))),
    "positive": lambda p: np.all(p.real >= 0),
    "nonnegative": lambda p: np.all(p.real >= 0),
    "positive-det": lambda p: np.linalg.det(p).real > 0,
}


def value_of(e, values):
    with np.errstate(all="ignore"):
        found = np.asarray(e.evaluate(values))
    assume(np.all(np.isfinite(found)) and np.max(abs(found), initial=0) < 1e8)
    return found


def unrounded(e, values):
    """The value without dropping the imaginary parts of what is known to be real."""
    point = Point(dict(inside(values)), {"n": 3, "m": 4}, check=OFF)
    return np.asarray(evaluate(e, point)).reshape(value_of(e, values).shape)


def inside(values):
    return {k: v[:, None] if np.ndim(v) == 1 else v for k, v in values.items()}


common = settings(deadline=None, derandomize=True, max_examples=250)


@common
@given(expressions())
def test_facts_of_complex_expressions_are_true(e):
    values = {**drawn(*SCOPE.scope.sets), "n": 3, "m": 4}
    value = value_of(e, values)
    if "complex" not in e.facts:
        assert not np.iscomplexobj(value)
        assert close(value, unrounded(e, values)), str(e)
    shape = tuple({"n": 3, "m": 4}.get(str(d), d) for d in e.shape)
    for fact in e.facts & set(MEANING):
        assert MEANING[fact](value.reshape(shape)), (str(e), fact)


@common
@given(expressions())
def test_simplification_keeps_complex_values(e):
    values = {**drawn(*SCOPE.scope.sets), "n": 3, "m": 4}
    before = value_of(e, values)
    s = simplify(e)
    assert s.shape == e.shape
    assert close(before, value_of(s, values)), f"{e} became {s}"
    assert SCOPE.parse(str(s)) is s
    assert simplify(s) is s, f"{e} became {s}, and then {simplify(s)}"
