"""Evaluating derivatives: matcalc's code beside the best by hand, JAX, PyTorch and tensorgrad.

    python benchmarks/evaluate.py [--quick] [--size small|medium|large] [--only NAME ...]

All times come from one run on one core, in rounds that take turns, of which the best counts; shown
are the ratios to JAX (jit of grad or hessian of the function as on paper) and to code by hand.
Results are compared before anything is timed. --quick compares, and does not time. What is not
installed is left out, and said. A problem is one entry of PROBLEMS; how peers do it is in peers.py.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

for threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")
os.environ.setdefault(
    "XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
)
os.environ.setdefault("JAX_PLATFORMS", "cpu")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np  # noqa: E402
import scipy.linalg as sla  # noqa: E402

import matcalc as mc  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parent))
from peers import BACKENDS, PEERS, installed  # noqa: E402

SIZES = ("small", "medium", "large")


@dataclass
class Problem:
    """A function, what is asked of it, sizes, and the same by hand and for JAX.

    hand: from the values to what is asked, in the tuple's order. jax: the function as on paper.
    as_: "operator" is for a Hessian made at a point and multiplied by the variable's value once;
    by JAX, it is dense.
    """

    name: str
    kind: str
    expr: str
    wrt: str
    where: str
    outputs: tuple[str, ...]
    sizes: tuple[int, int, int]
    shapes: Callable[[int], dict[str, Any]]
    hand: Callable[..., tuple]
    jax: Callable[..., Callable]
    as_: str = "dense"


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def spd(n):
    return ("spd", n)


def _logreg_hand(X, y, w, want):
    z = y * (X @ w)
    s = sigmoid(-z)
    found = []
    if "value" in want:
        found.append(np.sum(np.maximum(-z, 0) + np.log1p(np.exp(-np.abs(z)))))
    if "gradient" in want:
        found.append(-(X.T @ (y * s)))
    if "hessian" in want:
        Y = (y * np.sqrt(s * (1 - s)))[:, None] * X
        found.append(Y.T @ Y)
    return tuple(found)


def _logreg(np_):
    return lambda X, y, w: np_.sum(np_.logaddexp(0, -y * (X @ w)))


def _gp_hand(K, y):
    L = np.linalg.cholesky(K)
    a = sla.cho_solve((L, True), y, check_finite=False)
    value = y @ a / 2 + np.sum(np.log(np.diag(L)))
    inverse = sla.lapack.dpotri(L.T)[0]
    inverse = np.triu(inverse) + np.triu(inverse, 1).T
    return value, (inverse - np.outer(a, a)) / 2


def _lsq(n):
    return {"X": (2 * n, n), "y": (2 * n,), "w": (n,)}


LOGREG = "sum(softplus(-y .* (X*w)))"
LSQ_WHERE = "X in R[m,n]; y in R[m]; w in R[n]"

PROBLEMS = [
    Problem(
        "quad", "gradient", "x'*A*x", "x", "A in R[n,n]; x in R[n]", ("gradient",),
        (10, 200, 2000), lambda n: {"A": (n, n), "x": (n,)},
        lambda A, x: (A @ x + A.T @ x,),
        lambda np_: lambda A, x: x @ A @ x,
    ),
    Problem(
        "ridge", "gradient", "norm2(X*w - y)^2 + lam*norm2(w)^2", "w",
        LSQ_WHERE + "; lam in R+", ("value", "gradient"), (10, 200, 2000),
        lambda n: {**_lsq(n), "lam": "positive"},
        lambda X, y, w, lam: (
            (r := X @ w - y) @ r + lam * (w @ w), 2 * (X.T @ r + lam * w)),
        lambda np_: lambda X, y, w, lam: np_.sum((X @ w - y) ** 2) + lam * np_.sum(w**2),
    ),
    Problem(
        "logreg", "gradient", LOGREG, "w", LSQ_WHERE, ("value", "gradient"), (10, 200, 2000), _lsq,
        lambda X, y, w: _logreg_hand(X, y, w, ("value", "gradient")), _logreg,
    ),
    Problem(
        "mf", "gradient", "normfro(T - U*V')^2", "U", "T in R[m,n]; U in R[m,k]; V in R[n,k]",
        ("gradient",), (20, 200, 1500), lambda n: {"T": (n, n), "U": (n, 5), "V": (n, 5)},
        lambda T, U, V: (2 * (U @ (V.T @ V) - T @ V),),
        lambda np_: lambda T, U, V: np_.sum((T - U @ V.T) ** 2),
    ),
    Problem(
        "elem", "gradient", "sum(tanh(exp(a .* x)))", "x", "a in R[n]; x in R[n]", ("gradient",),
        (100, 10000, 1000000), lambda n: {"a": (n,), "x": (n,)},
        lambda a, x: ((e := np.exp(a * x)) * a * (1 - np.tanh(e) ** 2),),
        lambda np_: lambda a, x: np_.sum(np_.tanh(np_.exp(a * x))),
    ),
    Problem(
        "gp", "as written", "y'*inv(K)*y/2 + logdet(K)/2", "K", "K in SPD[n]; y in R[n]",
        ("value", "gradient"), (10, 150, 800), lambda n: {"K": spd(n), "y": (n,)},
        _gp_hand,
        lambda np_: lambda K, y: y @ np_.linalg.inv(K) @ y / 2 + np_.linalg.slogdet(K)[1] / 2,
    ),
    Problem(
        "gauss", "as written", "tr(S*P) - logdet(P)", "P", "S in R[n,n]; P in R[n,n]",
        ("gradient",), (10, 150, 800), lambda n: {"S": (n, n), "P": spd(n)},
        lambda S, P: (S.T - np.linalg.inv(P).T,),
        lambda np_: lambda S, P: np_.trace(S @ P) - np_.linalg.slogdet(P)[1],
    ),
    Problem(
        "chain", "as written", "tr(A*B*C*D*y*x')", "B",
        "A,B,C,D in R[n,n]; x,y in R[n]", ("gradient",), (10, 150, 800),
        lambda n: {**dict.fromkeys("ABCD", (n, n)), "y": (n,), "x": (n,)},
        lambda A, B, C, D, y, x: (np.outer(A.T @ x, C @ (D @ y)),),
        lambda np_: lambda A, B, C, D, y, x: np_.trace(A @ B @ C @ D @ np_.outer(y, x)),
    ),
    Problem(
        "kron", "as written", "x'*kron(A,B)*x", "x", "A,B in R[n,n]; x in R[n*n]", ("gradient",),
        (5, 16, 50), lambda n: {"A": (n, n), "B": (n, n), "x": (n * n,)},
        lambda A, B, x: (
            (A @ (Y := x.reshape(len(A), -1)) @ B.T + A.T @ Y @ B).ravel(),),
        lambda np_: lambda A, B, x: x @ np_.kron(A, B) @ x,
    ),
    Problem(
        "inv", "as written", "a'*inv(X)*b", "X", "X in R[n,n]; a,b in R[n]", ("gradient",),
        (10, 150, 800), lambda n: {"X": spd(n), "a": (n,), "b": (n,)},
        lambda X, a, b: (
            -np.outer(
                sla.lu_solve(f := sla.lu_factor(X, check_finite=False), a, trans=1),
                sla.lu_solve(f, b)),),
        lambda np_: lambda X, a, b: a @ np_.linalg.inv(X) @ b,
    ),
    Problem(
        "diagtrace", "as written", "tr(A*diag(w)*B)", "w", "A,B in R[n,n]; w in R[n]",
        ("gradient",), (10, 150, 800), lambda n: {"A": (n, n), "B": (n, n), "w": (n,)},
        lambda A, B, w: (np.einsum("ij,ji->j", A, B),),
        lambda np_: lambda A, B, w: np_.trace(A @ np_.diag(w) @ B),
    ),
    Problem(
        "tracequad", "as written", "tr(X'*A*X)", "X", "A in Sym[n]; X in R[n,p]", ("gradient",),
        (10, 150, 800), lambda n: {"A": spd(n), "X": (n, n)},
        lambda A, X: (2 * (A @ X),),
        lambda np_: lambda A, X: np_.trace(X.T @ A @ X),
    ),
    Problem(
        "ridge H", "Hessian", "norm2(X*w - y)^2 + lam*norm2(w)^2", "w", LSQ_WHERE + "; lam in R+",
        ("hessian",), (10, 100, 500), lambda n: {**_lsq(n), "lam": "positive"},
        lambda X, y, w, lam: (2 * (X.T @ X) + np.diag(np.full(len(w), 2 * lam)),),
        lambda np_: lambda X, y, w, lam: np_.sum((X @ w - y) ** 2) + lam * np_.sum(w**2),
    ),
    Problem(
        "logreg H", "Hessian", LOGREG, "w", LSQ_WHERE, ("hessian",), (10, 100, 500), _lsq,
        lambda X, y, w: _logreg_hand(X, y, w, ("hessian",)), _logreg,
    ),
    Problem(
        "softmax H", "Hessian", "logsumexp(z) - y'*z", "z", "z,y in R[n]", ("hessian",),
        (10, 100, 1000), lambda n: {"z": (n,), "y": (n,)},
        lambda z, y: (
            np.diag(s := (e := np.exp(z - z.max())) / e.sum()) - np.outer(s, s),),
        lambda np_: lambda z, y: np_.log(np_.sum(np_.exp(z - np_.max(z)))) + np_.max(z) - y @ z,
    ),
    Problem(
        "mf H", "Hessian", "normfro(T - U*V')^2", "U", "T in R[m,n]; U in R[m,k]; V in R[n,k]",
        ("hessian",), (5, 20, 100), lambda n: {"T": (n, n), "U": (n, 5), "V": (n, 5)},
        lambda T, U, V: (
            np.einsum("jl,ik->ijkl", 2 * (V.T @ V), np.eye(len(U))),),
        lambda np_: lambda T, U, V: np_.sum((T - U @ V.T) ** 2),
    ),
    Problem(
        "gauss H", "Hessian", "tr(S*P) - logdet(P)", "P", "S in R[n,n]; P in R[n,n]", ("hessian",),
        (4, 12, 40), lambda n: {"S": (n, n), "P": spd(n)},
        lambda S, P: (
            (W := np.linalg.inv(P)).T[:, None, None, :] * W.T[None, :, :, None],),
        lambda np_: lambda S, P: np_.trace(S @ P) - np_.linalg.slogdet(P)[1],
    ),
    Problem(
        "softmax J", "Jacobian", "softmax(W*x)", "x", "W in R[m,n]; x in R[n]", ("jacobian",),
        (10, 100, 1000), lambda n: {"W": (n, n), "x": (n,)},
        lambda W, x: (
            (s := (e := np.exp((z := W @ x) - z.max())) / e.sum())[:, None] * (W - s @ W),),
        lambda np_: lambda W, x: (e := np_.exp((z := W @ x) - np_.max(z))) / np_.sum(e),
    ),
    Problem(
        "tanh J", "Jacobian", "tanh(W*x + b)", "x", "W in R[m,n]; x in R[n]; b in R[m]",
        ("jacobian",), (10, 100, 1000), lambda n: {"W": (n, n), "x": (n,), "b": (n,)},
        lambda W, x, b: ((1 - np.tanh(W @ x + b) ** 2)[:, None] * W,),
        lambda np_: lambda W, x, b: np_.tanh(W @ x + b),
    ),
    Problem(
        "mf op", "operator", "normfro(T - U*V')^2", "U", "T in R[m,n]; U in R[m,k]; V in R[n,k]",
        ("hessian",), (5, 60, 300), lambda n: {"T": (n, n), "U": (n, 5), "V": (n, 5)},
        lambda T, U, V: (U @ (2 * (V.T @ V)),),
        lambda np_: lambda T, U, V: np_.sum((T - U @ V.T) ** 2),
        "operator",
    ),
    Problem(
        "gauss op", "operator", "tr(S*P) - logdet(P)", "P", "S in R[n,n]; P in R[n,n]",
        ("hessian",), (4, 24, 60), lambda n: {"S": (n, n), "P": spd(n)},
        lambda S, P: ((W := np.linalg.inv(P)).T @ P.T @ W.T,),
        lambda np_: lambda S, P: np_.trace(S @ P) - np_.linalg.slogdet(P)[1],
        "operator",
    ),
    Problem(
        "softmax op", "operator", "logsumexp(z) - y'*z", "z", "z,y in R[n]", ("hessian",),
        (10, 500, 3000), lambda n: {"z": (n,), "y": (n,)},
        lambda z, y: (
            (s := (e := np.exp(z - z.max())) / e.sum()) * z - s * (s @ z),),
        lambda np_: lambda z, y: np_.log(np_.sum(np_.exp(z - np_.max(z)))) + np_.max(z) - y @ z,
        "operator",
    ),
    Problem(
        "logreg op", "operator", LOGREG, "w", LSQ_WHERE, ("hessian",), (10, 300, 1000), _lsq,
        lambda X, y, w: (
            X.T @ (y * y * (s := sigmoid(y * (X @ w))) * (1 - s) * (X @ w)),),
        _logreg, "operator",
    ),
]  # fmt: skip


def values_of(problem: Problem, n: int) -> dict[str, Any]:
    """Random values, the same in each run."""
    rng = np.random.default_rng(0)
    found: dict[str, Any] = {}
    for name, shape in problem.shapes(n).items():
        if shape == "positive":
            found[name] = 0.7
        elif shape[0] == "spd":
            A = rng.normal(size=(shape[1], shape[1]))
            found[name] = A @ A.T / shape[1] + np.eye(shape[1])
        else:
            found[name] = rng.normal(size=shape)
    return found


def ours(problem: Problem, values: dict[str, Any], backend: str = "numpy") -> Callable[[], Any]:
    g = mc.compile(
        problem.expr, problem.wrt, problem.where, problem.outputs, problem.as_, backend=backend
    )
    if problem.as_ == "operator":
        return lambda: (g(**values)[0].apply(values[problem.wrt]),)
    return lambda: g(**values)


def calls_of(
    problem: Problem, values: dict[str, Any], names: list[str]
) -> dict[str, Callable[[], Any]]:
    """Ours, the peers that can do it, and ours on the peers' arrays."""
    found = {"ours": ours(problem, values)}
    for name in names:
        call = PEERS[name](problem, values)
        if call is not None:
            found[name] = call
        if name in BACKENDS and problem.as_ == "dense":
            found[f"ours, {name}"] = BACKENDS[name](problem, values)
    return found


def compare(problem: Problem, values: dict[str, Any], backend: str = "numpy") -> float:
    """The largest relative distance of our results from those by hand."""
    return max(map(distance, ours(problem, values, backend)(), problem.hand(**values)))


def distance(a: Any, b: Any) -> float:
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape:
        return float("inf")
    return float(np.max(np.abs(a - b)) / max(1.0, np.max(np.abs(b))))


def seconds(call: Callable[[], Any], repeat: int) -> float:
    start = time.perf_counter()
    for _ in range(repeat):
        call()
    return (time.perf_counter() - start) / repeat


def timed(calls: dict[str, Callable[[], Any]], rounds: int = 15) -> dict[str, float]:
    """The best time of each, in rounds that take turns, each after a call of its own to warm up.

    Each call is repeated for about five milliseconds: not by the pace of the slowest, or else the
    arrays of others would be in the caches that it begins with.
    """
    repeats = {}
    for name, call in calls.items():
        call()
        repeats[name] = max(1, min(500, int(0.005 / max(seconds(call, 1), 1e-7))))
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            call()
            taken[name].append(seconds(call, repeats[name]))
    return {name: min(times) for name, times in taken.items()}


def geometric_mean(ratios: list[float]) -> float:
    return float(np.exp(np.mean(np.log(ratios))))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--size", choices=SIZES, action="append")
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--peers", nargs="*", default=list(PEERS), choices=list(PEERS))
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):  # XLA takes a second one, whatever its flags say
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    chosen = [p for p in PROBLEMS if not options.only or p.name in options.only]
    names = [n for n in ("jax", "torch", "tensorgrad") if n in options.peers and installed(n)]
    absent = [n for n in options.peers if not installed(n)]
    if absent:
        print(f"not installed, so left out: {', '.join(absent)}")
    bad = 0
    wrong: set[tuple[str, str]] = set()  # peers' results, which are not timed
    for p in chosen:
        values = values_of(p, p.sizes[0])
        hand = p.hand(**values)
        for name, call in calls_of(p, values, names).items():
            error = max(map(distance, call(), hand))
            if not error < 1e-9:
                bad += name.startswith("ours")
                wrong.add((p.name, name))
                print(f"WRONG {p.name} by {name}: {error:.1e}")
    print(f"{len(chosen)} problems, {bad} wrong")
    if options.quick or bad:
        return int(bad > 0)
    table: dict[tuple[str, str, str], list[float]] = {}
    for size in options.size or SIZES:
        k = SIZES.index(size)
        for p in chosen:
            values = values_of(p, p.sizes[k])
            calls = {"hand": lambda p=p, v=values: p.hand(**v), **calls_of(p, values, names)}
            t = timed({n: c for n, c in calls.items() if (p.name, n) not in wrong})
            line = f"{size:7} {p.name:12} {t['ours'] * 1e6:11.1f} µs"
            line += f"  hand {t['ours'] / t['hand']:5.2f}"
            pairs = [("ours", n) for n in names] + [(f"ours, {n}", n) for n in names]
            for one, other in pairs:
                if one in t and other in t:
                    ratio = t[one] / t[other]
                    table.setdefault((f"{one} / {other}", p.kind, size), []).append(ratio)
                    line += f"  {other} {ratio:7.3f}" if one == "ours" else f" [{ratio:.3f}]"
            print(line, flush=True)
    for (what, kind, size), ratios in sorted(table.items()):
        print(f"{what:20} {kind:12} {size:7} {geometric_mean(ratios):.2g}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
