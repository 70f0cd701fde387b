"""Compiled products by complex variables, against differences of a function written by hand.

Along v of a complex Z, jvp is F_Z·v + F_Z*·conj(v), the whole slope; vjp is u times the Jacobian by
conj(Z); hvp is the slope of the gradient along v. By definition F_Z* is half of the slope along a
direction H plus i times the slope along iH, entry by entry.
Source: Hjørungnes, Complex-Valued Matrix Derivatives, ch. 3; Brandwood, IEE Proc. 130 (1983) 11-16.
"""

import numpy as np
import pytest

import matcalc as mc

BACKENDS = ("numpy", "jax", "torch")


def _hermitian(a):
    return (a + a.conj().T) / 2


def _draw(rng, *shape):
    return rng.normal(size=shape) + 1j * rng.normal(size=shape)


def _norm2(x):
    return np.sum(abs(x) ** 2)


def _nuclear(Z):
    return np.sum(np.linalg.svd(Z, compute_uv=False))


# text, declarations, and the function of the values; the first variable is the one that moves
SCALARS = {
    "least squares": (
        "norm2(A*x - b)^2",
        "x in C[3]; A in C[4,3]; b in C[4]",
        lambda x, A, b: _norm2(A @ x - b),
    ),
    "fourth powers": (
        "sum(abs(A*x).^4)",
        "x in C[3]; A in C[4,3]",
        lambda x, A: np.sum(abs(A @ x) ** 4),
    ),
    "capacity": (
        "logdet(eye(3) + Z^H*Z)",
        "Z in C[4,3]",
        lambda Z: np.linalg.slogdet(np.eye(3) + Z.conj().T @ Z)[1],
    ),
    "modulus": ("abs(z)^3", "z in C", lambda z: abs(z) ** 3),
    "quadratic, not real": (
        "x^H*A*x",
        "x in C[3]; A in C[3,3]",
        lambda x, A: x.conj() @ A @ x,
    ),
    "real part": (
        "re(tr(A*Z*B*Z))",
        "Z in C[3,3]; A in C[3,3]; B in C[3,3]",
        lambda Z, A, B: np.trace(A @ Z @ B @ Z).real,
    ),
    "log det": ("logdet(H)", "H in HPD[3]", lambda H: np.linalg.slogdet(H)[1]),
    "quartic of Hermitian": (
        "tr(A*H*H*A*H)",
        "H in Herm[3]; A in Herm[3]",
        lambda H, A: np.trace(A @ H @ H @ A @ H),
    ),
    "nuclear norm": ("normnuc(Z)", "Z in C[4,3]", _nuclear),
    "real weights": (
        "norm2(diag(w)*z)^2*sum(w)",
        "w in R[3]; z in C[3]",
        lambda w, z: _norm2(w * z) * np.sum(w),
    ),
}
ARRAYS = {
    "both sides": (
        "A*Z*B*conj(Z)",
        "Z in C[3,3]; A in C[3,3]; B in C[3,3]",
        lambda Z, A, B: A @ Z @ B @ Z.conj(),
    ),
    "holomorphic": ("inv(Z)", "Z in C[3,3]", lambda Z: np.linalg.inv(Z)),
    "phases": ("x./abs(x)", "x in C[3]", lambda x: x / abs(x)),
    "moduli": ("abs(A*x)", "x in C[3]; A in C[4,3]", lambda x, A: abs(A @ x)),
    "inverse of Hermitian": ("inv(H)", "H in HPD[3]", lambda H: np.linalg.inv(H)),
}


def _values(where, rng):
    """Random members of the declared sets, by name."""
    found = {}
    for declaration in where.split("; "):
        name, kind = declaration.split(" in ")
        head, _, sizes = kind.rstrip("]").partition("[")
        shape = tuple(map(int, sizes.split(","))) if sizes else ()
        if head == "R":
            found[name] = rng.normal(size=shape)
        elif head == "C":
            found[name] = _draw(rng, *shape)[()]
        else:
            a = _draw(rng, *shape, *shape)
            found[name] = a @ a.conj().T + np.eye(len(a)) if head == "HPD" else _hermitian(a)
    return found


def _slope(f, point, direction):
    """The derivative along a direction, by extrapolated central differences."""

    def central(h):
        return (f(point + h * direction) - f(point - h * direction)) / (2 * h)

    return (4 * central(1e-4) - central(2e-4)) / 3


def _close(a, b, tolerance=1e-7):
    a, b = np.asarray(a), np.asarray(b)
    assert a.shape == b.shape
    assert np.max(abs(a - b)) <= tolerance * max(1.0, np.max(abs(b)))


@pytest.fixture(params=BACKENDS)
def backend(request):
    if request.param == "jax":
        jax = pytest.importorskip("jax")
        with jax.enable_x64(True) if hasattr(jax, "enable_x64") else _x64(jax):
            yield "jax"
        return
    pytest.importorskip(request.param)
    yield request.param


def _x64(jax):
    from jax.experimental import enable_x64

    return enable_x64()


def _direction(kind, like, rng):
    """A direction in which the variable may move."""
    v = _draw(rng, *np.shape(like))[()]
    if kind in ("Herm", "HPD"):
        return _hermitian(v)
    return v if kind == "C" else v.real


def _setup(case, seed=0):
    text, where, f = case
    rng = np.random.default_rng(seed)
    values = _values(where, rng)
    name = next(iter(values))
    rest = {n: v for n, v in values.items() if n != name}
    kind = where.split("; ")[0].split(" in ")[1].partition("[")[0]
    v = _direction(kind, values[name], rng)
    return text, where, name, kind, values, v, (lambda x: f(x, *rest.values())), rng


@pytest.mark.parametrize("title", [*SCALARS, *ARRAYS])
def test_jvp_is_the_slope(title, backend):
    case = {**SCALARS, **ARRAYS}[title]
    text, where, name, _, values, v, f, _ = _setup(case)
    g = mc.compile(text, name, where, ("value", "jvp"), backend=backend)
    value, jvp = g(**values, v=v)
    _close(value, f(values[name]), 1e-12)
    _close(jvp, _slope(f, values[name], v))


@pytest.mark.parametrize("title", [*SCALARS, *ARRAYS])
@pytest.mark.parametrize("wirtinger", ["Z*", "Z"])
def test_vjp_is_u_times_the_jacobian(title, wirtinger, backend):
    """Its pairing with any direction is u : the part of the slope by what is derived by."""
    case = {**SCALARS, **ARRAYS}[title]
    text, where, name, kind, values, h, f, rng = _setup(case)
    x = values[name]
    u = _draw(rng, *np.shape(f(x)))[()]
    if not np.iscomplexobj(f(x)):
        u = u.real
    g = mc.compile(text, name, where, "vjp", backend=backend, wirtinger=wirtinger)
    vjp = np.asarray(g(**values, u=u))
    along = _slope(f, x, h)
    if kind in ("Herm", "HPD"):
        _close(np.trace(vjp @ h), np.sum(u * along))
    elif kind == "R":
        _close(np.sum(vjp * h), np.sum(u * along))
    else:
        across = _slope(f, x, 1j * h)
        part = (along + 1j * across) / 2 if wirtinger == "Z*" else (along - 1j * across) / 2
        _close(np.sum(vjp * (np.conj(h) if wirtinger == "Z*" else h)), np.sum(u * part))


@pytest.mark.parametrize("title", SCALARS)
@pytest.mark.parametrize("wirtinger", ["Z*", "Z"])
def test_hvp_is_the_slope_of_the_gradient(title, wirtinger, backend):
    text, where, name, _, values, v, _, _ = _setup(SCALARS[title])
    asked = ("gradient", "hvp")
    g = mc.compile(text, name, where, asked, backend=backend, wirtinger=wirtinger)
    if "sylv" in str(g.request.results[1].matrix) and backend != "numpy":
        with pytest.raises(mc.NotSupportedError, match="sylv"):
            g(**values, v=v)
        return
    plain = mc.compile(text, name, where, "gradient", wirtinger=wirtinger)
    gradient, hvp = g(**values, v=v)
    _close(gradient, plain(**values), 1e-10)
    _close(hvp, _slope(lambda x: plain(**{**values, name: x}), values[name], v), 1e-6)


def test_several_variables_move_together(backend):
    """A real one and two complex ones: v and the products are tuples in their order."""
    text, where = "norm2(A*x - c*w)^2 + c^3", "x in C[3]; w in C[4]; c in R; A in C[4,3]"
    names = ("x", "w", "c")
    rng = np.random.default_rng(3)
    values = _values(where, rng)
    v = tuple(_direction("R" if n == "c" else "C", values[n], rng) for n in names)
    g = mc.compile(text, names, where, ("jvp", "hvp"), backend=backend)
    jvp, hvp = g(**values, v=v)

    def moved(t):
        return {**values, **{n: values[n] + t * d for n, d in zip(names, v, strict=True)}}

    def f(t):
        p = moved(t)
        return _norm2(p["A"] @ p["x"] - p["c"] * p["w"]) + p["c"] ** 3

    _close(sum(np.asarray(part) for part in jvp), _slope(f, 0.0, 1.0))
    gradient = mc.compile(text, names, where, "gradient")
    for k, part in enumerate(hvp):
        _close(part, _slope(lambda t, k=k: gradient(**moved(t))[k], 0.0, 1.0), 1e-6)


def test_the_compiled_hessian_is_by_the_same_twice():
    """Of a real function both times by conj(Z), as derive has it, and not once by Z."""
    text, where = "re(z'*A*z) + norm2(z)^4", "z in C[3]; A in C[3,3]"
    values = _values(where, np.random.default_rng(4))
    for wirtinger in ("Z*", "Z"):
        compiled = mc.compile(text, "z", where, "hessian", wirtinger=wirtinger)(**values)
        d = mc.derive(text, "z", where, order=2, wirtinger=wirtinger)
        assert d.verification.ok
        _close(compiled, d.tensor(values), 1e-10)


def test_of_a_real_function_the_code_returns_the_real_part():
    g = mc.compile("norm2(A*x - b)^2", "x", "A in C[m,n]; x in C[n]; b in C[m]", "jvp")
    assert str(g.request.results[0].matrix) == "re(2*(A*x - b)^H*A*v)"
