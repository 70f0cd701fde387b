"""Calls of code for NumPy beside calls of the same code compiled by Numba.

    python benchmarks/compiled_loops.py

Microseconds of one call by its whole interface (processor time, the best of several rounds that
take turns, one thread); results are compared first. Compiling, some seconds at the first call, is
not in the figures.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

for threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(threads, "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np  # noqa: E402

import matcalc as mc  # noqa: E402

VALUE_GRADIENT = ("value", "gradient")
VECTORS, DATA = "x in R[n]; y in R[n]", "X in R[m,n]; y in R[m]; w in R[n]"
# expression, variable, declarations, outputs, sizes
PROBLEMS: dict[str, tuple] = {
    "polynomial": (
        "sum(x.^4 - 3*x.^2 + x)", "x", VECTORS, VALUE_GRADIENT, (3, 30, 1000, 10**6),
    ),
    "polynomial of two vectors": (
        "sum((x.*y - x.^2).*(1 + x.*y).^2)", "x", VECTORS, VALUE_GRADIENT, (3, 30, 1000, 10**6),
    ),
    "tanh(exp(x.*y))": (
        "sum(tanh(exp(x .* y)))", "x", VECTORS, VALUE_GRADIENT, (3, 30, 1000, 10**6),
    ),
    "logistic regression": (
        "sum(softplus(-y .* (X*w)))", "w", DATA, VALUE_GRADIENT, (3, 30, 300),
    ),
    "least squares": ("norm2(X*w - y)^2", "w", DATA, VALUE_GRADIENT, (3, 30, 300)),
    "quadratic form": ("w'*X'*X*w", "w", DATA, VALUE_GRADIENT, (3, 30, 300)),
    "Jacobian of softmax(X*w)": ("softmax(X*w)", "w", DATA, ("jacobian",), (3, 30, 300)),
}  # fmt: skip
ROUNDS, SECONDS = 15, 0.004


def values_of(n: int) -> dict[str, Any]:
    rng = np.random.default_rng(n)
    return {
        "x": rng.normal(size=n),
        "y": rng.normal(size=n),
        "w": rng.normal(size=n),
        "X": rng.normal(size=(n, n)) if n <= 1000 else None,
    }


def best(calls: list[Callable[[], Any]]) -> list[float]:
    """Seconds of one call of each, in rounds that take turns."""
    counts = []
    for call in calls:
        count = 1
        while spent(call, count) < SECONDS:
            count *= 2
        counts.append(count)
    rounds = [
        [spent(call, count) / count for call, count in zip(calls, counts, strict=True)]
        for _ in range(ROUNDS)
    ]
    return [min(times) for times in zip(*rounds, strict=True)]


def spent(call: Callable[[], Any], count: int) -> float:
    start = time.process_time()
    for _ in range(count):
        call()
    return time.process_time() - start


def main() -> None:
    print("| | n | NumPy, µs | Numba, µs | ratio |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for name, (expr, wrt, where, outputs, sizes) in PROBLEMS.items():
        plain = mc.compile(expr, wrt, where, outputs)
        looped = mc.compile(expr, wrt, where, outputs, backend="numba")
        for n in sizes:
            given = {k: v for k, v in values_of(n).items() if k in plain.parameters}
            for a, b in zip(plain(**given), looped(**given), strict=True):
                assert np.allclose(a, b, rtol=1e-9), name
            times = best([lambda: plain(**given), lambda: looped(**given)])  # noqa: B023
            a, b = (t * 1e6 for t in times)
            print(f"| {name} | {n:,} | {a:.1f} | {b:.1f} | {a / b:.1f} |", flush=True)
    print(f"\nload {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
