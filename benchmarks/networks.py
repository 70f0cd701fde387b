"""Networks whose layers use a value again, or are many: what they cost must not depend on it."""

from __future__ import annotations

from collections.abc import Callable

import matcalc as mc
from matcalc.expr.nodes import Expr

A, B, X = mc.matrices("A[n,n] B[n,n] X[n,n]")
b, x = mc.vectors("b[n] x[n]")
c = mc.scalars("c")


def highway(e: Expr) -> Expr:
    gate = mc.sigmoid(A @ e)
    return mc.hadamard(gate, mc.tanh(B @ e)) + mc.hadamard(1 - gate, e)


def layer_normalised(e: Expr) -> Expr:
    centred = e - mc.dot(b, e) * b
    return mc.tanh(A @ (centred / mc.norm2(centred)))


NETWORKS: dict[str, tuple[Callable[[Expr], Expr], Expr]] = {  # a layer, and the first value
    "bias": (lambda e: mc.tanh(A @ e + b), x),
    "residual": (lambda e: e + mc.tanh(A @ e), x),
    "gate": (lambda e: mc.hadamard(e, mc.sigmoid(e)), x),
    "gate with weights": (lambda e: mc.hadamard(e, mc.sigmoid(A @ e)), x),
    "highway": (highway, x),
    "attention": (lambda e: e + B @ mc.softmax(A @ e), x),
    "softmax": (lambda e: B @ mc.softmax(A @ e), x),
    "normalised": (lambda e: mc.tanh(A @ e) / mc.norm2(e), x),
    "layer norm": (layer_normalised, x),
    "norm": (lambda e: mc.norm2(e) * e, x),
    "inner products": (lambda e: mc.dot(b, e) * e, x),
    "entrywise squares": (lambda e: mc.hadamard(e, e), x),
    "Newton-Schulz": (lambda e: 1.5 * e - 0.5 * e @ e.T @ e, X),
    "polynomial": (lambda e: A @ e @ e + B @ e, X),
    "squares": (lambda e: e @ e, X),
    "inverses": (lambda e: A + B @ mc.inv(e) @ B.T, X),
    "quadratic": (lambda e: e * e + e, c),
    "sine": (mc.sin, c),
}


def network(name: str, layers: int) -> Expr:
    """The sum of the entries of the last of so many layers."""
    layer, e = NETWORKS[name]
    return mc.sum(repeated(layer, e, layers))


def repeated(step: Callable[[Expr], Expr], start: Expr, count: int) -> Expr:
    """step(...step(start))."""
    for _ in range(count):
        start = step(start)
    return start
