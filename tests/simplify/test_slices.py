"""Slices: products with columns of the identity become what they select."""

import numpy as np
import pytest

import matcalc as mc
from matcalc.expr.nodes import symbols
from matcalc.simplify.normal_form import simplify

SCOPE = """A in R[m,q]; B in R[n,q]; C in R[k,q]; D in R[q,m]; E in R[q,n]; M in R[n,n]
x in R[m]; y in R[n]; z in R[5]; p in R[n]; a, b, c in R"""


@pytest.mark.parametrize(
    "text, result",
    [
        # Parts of stacks
        ("vcat(A,B)[1:m,:]", "A"),
        ("vcat(A,B)[m + 1:m + n,:]*D", "B*D"),
        ("vcat(A,B)'*eye(m + n)[:,1:m]", "A'"),
        ("hcat(D,E)[:,m + 1:m + n]", "E"),
        ("hcat(D,E)'[1:m,:]", "D'"),
        ("vcat(A,B,C)[m + n + 1:m + n + k,:]", "C"),
        ("vcat(x,z,y)[m + 2:m + 3]", "z[2:3]"),
        ("vcat(a,b,c)[2]", "b"),
        ("vcat(x,y)[1]", "x[1]"),
        # but not what is in two arrays, or may be
        ("vcat(x,z,y)[m + 5:m + 6]", "vcat(x,z,y)[m + 5:m + 6]"),
        ("vcat(x,y)[m]*a + vcat(x,y)[n]*b", "x[m]*a + vcat(x,y)[n]*b"),
        # Columns that are not the same
        ("A'*eye(m + n)[:,1:m]'*eye(m + n)[:,m + 1:m + n]*B + I", "eye(q)"),
        ("eye(n)[:,2]'*eye(n)[:,3] + a", "a"),
        ("eye(m + n)[:,2:m + 1]'*eye(m + n)[:,m + 1:m + n]*y + x", None),
        # One entry
        ("y'*eye(n)[:,2]", "y[2]"),
        ("y.*eye(n)[:,2]", "y[2]*eye(n)[:,2]"),
        ("diag(y)[:,2]", "y[2]*eye(n)[:,2]"),
        ("diag(y)[2,:]", "y[2]*eye(n)[:,2]'"),
        ("diag(M)[2]*a", "diag(M)[2]*a"),
        ("(diag(p) - p*p')[2,:]", "p[2]*(eye(n)[:,2] - p)'"),
    ],
)
def test_slice(text, result):
    e = mc.parse(text, SCOPE)
    found = simplify(e)
    assert result is None or str(found) == result
    assert np.allclose(found.evaluate(given(found)), e.evaluate(given(e)))


def given(e):
    """Values of what occurs: sizes and arrays."""
    rng = np.random.default_rng(0)
    sizes = {"m": 3, "n": 4, "k": 2, "q": 2}
    shapes = {"A": "mq", "B": "nq", "C": "kq", "D": "qm", "E": "qn", "M": "nn"}
    shapes |= {"x": "m", "y": "n", "p": "n"}
    values = {v: rng.standard_normal([sizes[s] for s in of]) for v, of in shapes.items()}
    values |= {"z": rng.standard_normal(5), "a": 0.3, "b": -1.2, "c": 2.0}
    there = {s.name for s in symbols(e)}
    return {k: v for k, v in values.items() if k in there} | {
        k: v for k, v in sizes.items() if k not in there
    }


def test_the_gradient_of_an_entry_of_softmax():
    """The loss of a classifier by the number of the class, and the score of a policy."""
    d = mc.derive("-log(softmax(W*x)[k])", "W", "W in R[m,n]; x in R[n]")
    assert str(d.result) == "(softmax(W*x) - eye(m)[:,k])*x'"
    assert d.conditions == ("m >= k",) and d.verification.ok  # entries of a softmax are positive
    d = mc.derive("log(X[1,2]) + a*log(x[2])", "X", "X in R+[m,n]; x in R+[n]")
    assert d.conditions == ("n >= 2",)


def test_stacks_are_taken_apart_in_gradients():
    """A coupling layer of a flow: what is stacked is known part by part."""
    text = "norm2(vcat(x, y.*exp(A*x)))^2/2"
    found = mc.derive(text, "x, y", "x in R[n]; y in R[m]; A in R[m,n]").results
    assert str(found["x"].result) == "x + A'*(y.^2.*exp(A*x).^2)"
    assert str(found["y"].result) == "y.*exp(A*x).^2"
