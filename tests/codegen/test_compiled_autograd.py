"""Closed forms as the backward steps of PyTorch and JAX, and in their optimisers."""

import numpy as np
import pytest
from test_compiled_backends import library

import matcalc as mc

rng = np.random.default_rng(0)
WHERE = "X in R[m,n]; y in R[m]; w in R[n]; U in R[m,k]; V in R[n,k]; K in SPD[n]; A in R[m,m]"
LOGREG = "sum(softplus(-y .* (X*w)))"
X, y, w = rng.normal(size=(6, 3)), np.sign(rng.normal(size=6)), rng.normal(size=3)
SCALARS = {
    "logistic regression": (LOGREG, ["w"], {"X": X, "y": y, "w": w}),
    "factorisation": (
        "norm2(X - U*V')^2",
        ["U", "V"],
        {"X": X, "U": rng.normal(size=(6, 2)), "V": rng.normal(size=(3, 2))},
    ),
    "a determinant": ("logdet(A) + tr(inv(A))", ["A"], {"A": np.eye(6) + 0.1 * X @ X.T}),
}
ARRAYS = {
    "softmax": ("softmax(X*w)", ["w"], {"X": X, "w": w}),
    "a product": ("U*V'", ["U", "V"], {"U": X, "V": rng.normal(size=(4, 3))}),
}


def function(text, wrt, outputs, backend):
    return mc.compile(text, wrt, WHERE, outputs, backend=backend).autograd()


def by_position(f, names, values):
    """The function of the moving variables alone, all others held."""
    rest = {n: v for n, v in values.items() if n not in names}
    return lambda *moving: f(*moving, **rest)


@pytest.mark.parametrize("name", SCALARS)
def test_gradients_and_hessians_pass_the_checks_of_torch(name):
    torch = library("torch")
    text, wrt, values = SCALARS[name]
    f = function(text, wrt, ("value", "gradient", "hvp"), "torch")
    values = {n: torch.tensor(v) for n, v in values.items()}
    points = [values[n].requires_grad_() for n in wrt]
    assert torch.autograd.gradcheck(by_position(f, wrt, values), points)
    assert torch.autograd.gradgradcheck(by_position(f, wrt, values), points)


@pytest.mark.parametrize("name", ARRAYS)
def test_products_pass_the_check_of_torch(name):
    torch = library("torch")
    text, wrt, values = ARRAYS[name]
    f = function(text, wrt, ("value", "vjp"), "torch")
    values = {n: torch.tensor(v) for n, v in values.items()}
    points = [values[n].requires_grad_() for n in wrt]
    assert torch.autograd.gradcheck(by_position(f, wrt, values), points)


def test_the_backward_step_is_the_closed_form():
    """Of a gradient that is not the function's: what is given is what is used."""
    torch = library("torch")
    f = function("norm2(w)^2", "w", ("value", "gradient"), "torch")
    point = torch.tensor(w, requires_grad=True)
    (3 * f(point)).backward()
    assert np.allclose(point.grad, 6 * w)
    nodes, edge = [], (3 * f(point)).grad_fn
    while edge is not None:
        nodes.append(type(edge).__name__)
        edge = edge.next_functions[0][0] if edge.next_functions else None
    assert nodes == ["MulBackward0", "ScalarBackward", "AccumulateGrad"]


def test_in_a_model_of_torch():
    torch = library("torch")
    f = function(LOGREG, "w", ("value", "gradient"), "torch")
    linear = torch.nn.Linear(3, 3, bias=False, dtype=torch.float64)
    given = {"X": torch.tensor(X), "y": torch.tensor(y)}
    optimiser = torch.optim.LBFGS(linear.parameters(), max_iter=20)

    def loss():
        optimiser.zero_grad()
        found = f(linear(torch.ones(3, dtype=torch.float64)), **given)
        found = found + 0.1 * torch.sum(linear.weight**2)
        found.backward()
        return found

    start = loss().item()
    for _ in range(3):
        optimiser.step(loss)
    assert loss().item() < start
    assert float(torch.max(torch.abs(linear.weight.grad))) < 1e-3


def test_torch_func_sees_the_closed_forms():
    torch = library("torch")
    f = function(LOGREG, "w", ("value", "gradient", "hvp"), "torch")
    given = {"X": torch.tensor(X), "y": torch.tensor(y)}
    both = mc.compile(LOGREG, "w", WHERE, ("gradient", "hessian"))(w=w, X=X, y=y)
    point = torch.tensor(w)
    assert np.allclose(torch.func.grad(lambda w: f(w, **given))(point), both[0])
    assert np.allclose(torch.autograd.functional.hessian(lambda w: f(w, **given), point), both[1])
    many = torch.func.vmap(torch.func.grad(lambda w: f(w, **given)))(torch.stack([point, point]))
    assert np.allclose(many, np.stack([both[0], both[0]]))


@pytest.mark.parametrize("name", SCALARS)
def test_jax_differentiates_by_the_closed_forms(name):
    jax = library("jax")
    text, wrt, values = SCALARS[name]
    f = by_position(function(text, wrt, ("value", "gradient", "hvp"), "jax"), wrt, values)
    plain = by_position(mc.compile(text, wrt, WHERE, "value", backend="jax"), wrt, values)
    points = [np.asarray(values[n]) for n in wrt]
    places = tuple(range(len(wrt)))
    wanted = jax.grad(plain, places)(*points)
    for got in (jax.grad(f, places)(*points), jax.jit(jax.grad(f, places))(*points)):
        for a, b in zip(got, wanted, strict=True):
            assert np.allclose(a, b)
    twice = jax.jacrev(jax.grad(f, places), places)(*points)
    for row, other in zip(twice, jax.hessian(plain, places)(*points), strict=True):
        for a, b in zip(row, other, strict=True):
            assert np.allclose(a, b)
    assert "custom_vjp" in str(jax.make_jaxpr(f)(*points))


@pytest.mark.parametrize("name", ARRAYS)
def test_jax_multiplies_by_the_transposed_jacobian(name):
    jax = library("jax")
    text, wrt, values = ARRAYS[name]
    f = by_position(function(text, wrt, ("value", "vjp"), "jax"), wrt, values)
    plain = by_position(mc.compile(text, wrt, WHERE, "value", backend="jax"), wrt, values)
    points, places = [values[n] for n in wrt], tuple(range(len(wrt)))
    pairs = zip(jax.jacrev(f, places)(*points), jax.jacrev(plain, places)(*points), strict=True)
    assert all(np.allclose(a, b) for a, b in pairs)


def test_jax_maps_and_optax_descends():
    jax = library("jax")
    f = function(LOGREG + " + norm2(w)^2", "w", ("value", "gradient"), "jax")
    loss = by_position(f, ["w"], {"X": X, "y": y})
    many = jax.vmap(jax.grad(loss))(np.stack([w, 2 * w]))
    assert np.allclose(many[1], jax.grad(loss)(2 * w))
    optax = library("optax")
    step = optax.adam(0.1)
    point = jax.numpy.asarray(w)
    state = step.init(point)
    for _ in range(300):
        change, state = step.update(jax.grad(loss)(point), state)
        point = optax.apply_updates(point, change)
    assert np.max(np.abs(jax.grad(loss)(point))) < 1e-3


@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_what_has_no_closed_form_is_refused(backend):
    """A zero for a derivative that was not asked for would be wrong."""
    lib = library(backend)
    f = function(LOGREG, "w", ("value", "gradient"), backend)
    if backend == "jax":
        with pytest.raises(mc.NotSupportedError, match="autograd by X"):
            lib.grad(lambda a: f(w, X=a, y=y))(X)
        return
    tensors = [lib.tensor(v, requires_grad=n != "y") for n, v in (("w", w), ("X", X), ("y", y))]
    with pytest.raises(mc.NotSupportedError, match="autograd by X"):
        f(tensors[0], X=tensors[1], y=tensors[2])
    point = tensors[0]
    given = {"X": lib.tensor(X), "y": lib.tensor(y)}
    (first,) = lib.autograd.grad(f(point, **given), point, create_graph=True)
    with pytest.raises(mc.NotSupportedError, match="a second step of autograd"):
        lib.sum(first).backward()


def test_what_autograd_needs():
    with pytest.raises(mc.NotSupportedError, match="autograd in code for numpy"):
        mc.compile(LOGREG, "w", WHERE).autograd()
    with pytest.raises(mc.NotSupportedError, match="autograd of a function of gradient"):
        mc.compile(LOGREG, "w", WHERE, "gradient", backend="torch").autograd()
    with pytest.raises(mc.NotSupportedError, match="complex"):
        text = ("norm2(z)^2 + re(z'*z)", "z", "z in C[n]", ("value", "gradient"))
        mc.compile(*text, backend="jax").autograd()
    with pytest.raises(mc.NotSupportedError, match="fixed"):
        g = mc.compile(LOGREG, "w", WHERE, backend="jax", fixed={"w": w})
        g.autograd()


def test_fixed_values_outlive_the_transformation_of_a_first_call_on_jax():
    """What is computed once, of arrays of NumPy's, is no tracer of the jit that came first."""
    jax = pytest.importorskip("jax")
    X, y = np.arange(6.0).reshape(3, 2), np.ones(3)
    asked = ("norm2(X*w - y)^2 + tr(X'*X)*norm2(w)^2", "w", "X in R[m,n]; y in R[m]; w in R[n]")
    for outputs in (("value",), ("value", "gradient")):
        f = mc.compile(*asked, outputs, fixed={"X": X, "y": y}, backend="jax")
        first = jax.jit(f)(np.ones(2))
        assert np.allclose(np.hstack(first), np.hstack(f(np.ones(2))))
        assert np.allclose(np.hstack(first), np.hstack(jax.jit(lambda w, f=f: f(w))(np.ones(2))))

    def loss(X, w):  # here the fixed value is a tracer
        return mc.compile(*asked, "value", fixed={"X": X, "y": y}, backend="jax")(w)

    assert np.allclose(jax.jit(loss)(X, np.ones(2)), loss(X, np.ones(2)))
