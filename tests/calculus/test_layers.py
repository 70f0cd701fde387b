"""Functions cut at large values that are used again, and their gradients layer by layer."""

import pytest

import matcalc as mc
from matcalc.calculus.layers import SURVEYED, Layers
from matcalc.expr.cost import cost
from matcalc.expr.nodes import postorder, symbols
from matcalc.expr.rewrite import substitute

A, B, S, X = mc.matrices("A[n,n] B[n,n] S[n,n] X[n,n]")
b, x = mc.vectors("b[n] x[n]")


def repeated(layer, e, count=5):
    for _ in range(count):
        e = layer(e)
    return mc.sum(e)


def whole(f):
    return [e for e in postorder(f) if e.children]


LAYERS = {
    "terms of a sum": (lambda e: e + mc.tanh(A @ e), x),
    "terms after others": (lambda e: mc.tanh(A @ e) + e, x),
    "factors, entry by entry": (lambda e: mc.hadamard(e, mc.sigmoid(A @ e)), x),
    "scalars in front": (lambda e: 2 * mc.norm2(e) * e, x),
    "denominators": (lambda e: mc.tanh(A @ e) / mc.norm2(e), x),
    "a chain": (lambda e: A @ e @ B @ mc.inv(e), X),
    "transposes": (lambda e: 1.5 * e - 0.5 * e @ e.T @ e, X),
}


@pytest.mark.parametrize("name", LAYERS)
def test_letters_stand_for_values_that_are_used_again(name):
    """Their values, written out, are the function; and in letters each is short."""
    f = repeated(*LAYERS[name])
    layers = Layers(f, whole(f))
    assert layers.values
    full = {}
    for letter, value in layers.values.items():
        full[letter] = substitute(value, full)
        assert full[letter] is layers.full[letter]
        assert cost(value) <= 3 * SURVEYED
    assert substitute(layers.root, full) is f


def test_small_functions_have_no_letters():
    f = mc.norm2(A @ x - b) ** 2 + mc.dot(A @ x - b, x)
    layers = Layers(f, whole(f))
    assert layers.root is f and not layers.values


@pytest.mark.parametrize("name", LAYERS)
def test_gradients_layer_by_layer_are_right(name):
    f = repeated(*LAYERS[name])
    found = mc.derive(f, symbols(f), verify=False)
    answers = found.results.values() if hasattr(found, "results") else [found]
    for d in answers:
        assert d.verify(), d.wrt


def test_what_is_known_of_a_value_is_known_of_its_letter():
    """S*S' is symmetric, and so are the squares made of it: their gradient needs no transposes."""
    f = repeated(lambda e: e @ e + A @ e @ A.T, S @ S.T, 6)
    layers = Layers(f, whole(f))
    assert layers.values and all("symmetric" in s.facts for s in layers.values)
    assert mc.derive(f, "S", verify=False).verify()


@pytest.mark.parametrize("convention", ["projected", "entries"])
def test_structured_variables_layer_by_layer(convention):
    s = mc.parse("S", "S in Sym[n]")
    f = repeated(lambda e: e + mc.tanh(s @ e), x)
    assert mc.derive(f, "S", convention=convention, verify=False).verify()
