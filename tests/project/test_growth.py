"""How work grows with the size of a problem, in calls of Python functions: no clock is read."""

from __future__ import annotations

import gc
import importlib.util
import pickle
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import matcalc as mc
from matcalc.derivation.step import Name, Step
from matcalc.expr.nodes import postorder, symbols
from matcalc.verified import names_in_full

PLACE = Path(__file__).resolve().parents[2] / "benchmarks" / "networks.py"
spec = importlib.util.spec_from_file_location("networks", PLACE)
assert spec is not None and spec.loader is not None
networks = importlib.util.module_from_spec(spec)
spec.loader.exec_module(networks)
NETWORKS, network, repeated = networks.NETWORKS, networks.network, networks.repeated


def calls(action: Callable[[], object]) -> int:
    """How many functions of Python are called, generators that go on included."""
    count = 0

    def see(frame, event, argument):
        nonlocal count
        count += event == "call"

    gc.collect()
    sys.setprofile(see)
    try:
        action()
    finally:
        sys.setprofile(None)
    return count


def layered(layers: int):
    """norm2(W_L*tanh(...*tanh(W_1*x)) - y)^2 and its weights."""
    weights = [mc.matrices(f"W_{k}[n,n]") for k in range(1, layers + 1)]
    x, y = mc.vectors("x[n] y[n]")
    hidden = x
    for w in weights[:-1]:
        hidden = mc.tanh(w @ hidden)
    return mc.norm2(weights[-1] @ hidden - y) ** 2, weights


def layered_text(layers: int) -> str:
    hidden = "x"
    for k in range(1, layers):
        hidden = f"tanh(W_{k}*{hidden})"
    return f"norm2(W_{layers}*{hidden} - y)^2"


def trace_of_factors(count: int):
    """tr(A_1*X*A_2*X*...) and X."""
    x = mc.matrices("X[n,n]")
    product = mc.matrices("A_1[n,n]") @ x
    for k in range(2, count // 2 + 1):
        product = product @ mc.matrices(f"A_{k}[n,n]") @ x
    return mc.tr(product), x


def growth(work: Callable[[int], object], small: int, factor: int) -> float:
    """How many times the calls are when the size is `factor` times `small`."""
    work(small)  # records are read once
    return calls(lambda: work(factor * small)) / calls(lambda: work(small))


def test_gradients_of_a_loss_are_linear_in_its_layers():
    def work(layers):
        f, weights = layered(layers)
        return mc.derive(f, weights, verify=False)

    assert growth(work, 50, 8) < 8 * 1.25


def test_reading_a_loss_is_linear_in_its_layers():
    def work(layers):
        return mc.parse(layered_text(layers), f"W_{layers} in R[n,n]")

    assert growth(work, 50, 8) < 8 * 1.25


def test_a_loss_of_a_thousand_layers():
    f, weights = layered(1000)
    answers = mc.derive(f, weights, verify=False).results
    assert len(answers) == 1000
    assert answers["W_1000"].result.shape == weights[-1].shape


def test_the_trace_of_a_product_grows_as_its_gradient():
    """Of k factors the gradient has k/2 terms of k - 1 factors each."""

    def work(count):
        return mc.derive(*trace_of_factors(count), verify=False)

    assert growth(work, 16, 4) < 4**2 * 1.25


CALLS = 25_000  # functions of Python that a layer takes; most take a third of it


@pytest.mark.parametrize("name", NETWORKS)
def test_gradients_are_linear_where_every_layer_is_used_again(name):
    """And no trial of a shorter form takes more of a layer than a sum is worth."""

    def work(layers):
        f = network(name, layers)
        return mc.derive(f, symbols(f), verify=False)

    work(32)  # records are read once
    few, many = calls(lambda: work(32)), calls(lambda: work(64))
    assert many < 2.5 * few
    assert many - few < 32 * CALLS


@pytest.mark.parametrize("name", ["gate", "residual", "Newton-Schulz", "quadratic"])
def test_answers_are_written_and_kept_in_linear_time(name):
    answers = {}
    for layers in (32, 64):
        f = network(name, layers)
        answers[layers] = [
            d.result for d in mc.derive(f, symbols(f), verify=False).results.values()
        ]

    def work(layers):
        for e in answers[layers]:
            assert pickle.loads(pickle.dumps(e)) is e
            str(e), e.latex()

    assert growth(work, 32, 2) < 2.5


@pytest.mark.parametrize("name", ["residual", "gate", "attention", "Newton-Schulz"])
def test_checking_lines_takes_as_long_as_reading_them(name):
    """L layers have some L lines of up to L parts each."""
    answers = {}
    for layers in (8, 16):
        f = network(name, layers)
        answers[layers] = mc.derive(f, symbols(f), verify=False)
        assert answers[layers].verify(steps=True)

    def work(layers):
        answers[layers].verify(steps=True)

    assert growth(work, 8, 2) < 2**2 * 1.25


def test_layers_that_are_alike_are_done_once():
    """Each has weights of its own; more of them take what putting letters in place takes."""

    def work(layers):
        e = mc.vectors("x[n]")
        for k in range(layers):
            w, v = mc.matrices(f"W_{k}[n,n] V_{k}[n,n]")
            e = e + v @ mc.softmax(w @ e)
        f = mc.sum(e)
        return mc.derive(f, symbols(f), verify=False)

    work(32)
    assert calls(lambda: work(96)) - calls(lambda: work(64)) < 32 * CALLS / 2


def test_names_of_names_are_spelt_out_at_any_depth():
    """x_0 = sin(x_1), x_1 = sin(x_2), ..., as derivations introduce them: from the outside in."""
    count = 3000
    names = [mc.scalars(f"x_{k}") for k in range(count + 1)]
    steps = [
        Step("definition", n.name, v, (), (Name(n, v),), None)
        for n, v in zip(names, (mc.sin(n) for n in names[1:]), strict=False)
    ]
    full = names_in_full(tuple(steps))
    assert full[names[0]] is repeated(mc.sin, names[count], count)


def first_weight(layers: int):
    f, weights = layered(layers)
    return f, weights[0]


def test_hessians_times_directions_are_linear_in_the_layers():
    def work(layers):
        f, w = first_weight(layers)
        return mc.differential(mc.gradient(f, w), w)

    assert growth(work, 25, 4) < 4 * 1.25
    assert nodes(work(200)) < 4.1 * nodes(work(50))


def test_hessians_are_linear_in_the_layers():
    def work(layers):
        return mc.derive(*first_weight(layers), order=2, verify=False).result

    assert growth(work, 20, 2) < 3
    assert nodes(work(40)) < 2.2 * nodes(work(20))


@pytest.mark.parametrize(
    "name", ["residual", "attention", "Newton-Schulz", "gate", "gate with weights", "highway"]
)
def test_second_derivatives_are_linear_where_every_layer_is_used_again(name):
    _, start = NETWORKS[name]

    def work(layers):
        f = network(name, layers)
        return mc.derive(f, start, order=2, verify=False).result

    assert growth(work, 10, 2) < 3
    assert nodes(work(20)) < 2.6 * nodes(work(10))


def test_the_hessian_of_ten_layers_is_verified():
    """In its lines, and in its index form, where each term sums over some thirty indices."""
    assert mc.derive(*first_weight(10), order=2).verification.ok


def nodes(e) -> int:
    return sum(1 for _ in postorder(e))


def test_a_hessian_vector_product_of_a_net_is_linear():
    """The gradient of G : V runs through all layers twice, and its cotangents overlap."""

    def product(layers: int) -> int:
        f, weights = layered(layers)
        g = mc.gradient(f, weights[0])
        v = mc.matrices("V[n,n]")
        return calls(lambda: mc.gradient(mc.dot(g, v), weights[0]))

    product(4)
    assert product(120) < 2.2 * product(60)
