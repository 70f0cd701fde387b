"""Rows against time and memory: losses of tall matrices on Dask, and on JAX over eight devices.

    python benchmarks/scaling.py [--rows 100000 1000000 10000000] [--only dask|jax]

X has ten columns. On Dask its blocks of 200,000 rows (double precision) are drawn when they are
needed, by the two processes of a local cluster, and the time of drawing them is part of the time
shown; on JAX X lies in single precision on eight devices of the host, the rows shared out, and the
function runs under jit. Each figure is of a process of its own: the time of the second call, and
the most memory that the process and its workers have held. Small cases are compared with NumPy
before anything is timed. What is not installed is left out, and said.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

COLUMNS, BLOCK, WORKERS, DEVICES = 10, 200_000, 2, 8
SETTINGS = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "JAX_PLATFORMS": "cpu",
    "XLA_FLAGS": f"--xla_force_host_platform_device_count={DEVICES}",
    "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
}
DATA = "X in R[m,n]; y in R[m]; w in R[n]"
PROBLEMS: dict[str, tuple] = {
    "logistic regression": (
        "sum(softplus(-y .* (X*w)))", "w", DATA, ("value", "gradient"),
    ),
    "the same with Hessian": (
        "sum(softplus(-y .* (X*w)))", "w", DATA, ("value", "gradient", "hessian"),
    ),
    "least squares": ("norm2(X*w - y)^2/m", "w", DATA, ("value", "gradient")),
    "Gaussian likelihood": (
        "m/2*logdet(S) + tr(inv(S)*R'*R)/2", ("mu", "S"),
        "X in R[m,n]; mu in R[n]; S in SPD[n]; R = X - ones(m)*mu'", ("value", "gradient"),
    ),
}  # fmt: skip


def rows_from(low: int, high: int) -> Any:
    """Rows of X: of each block by itself, always the same."""
    import numpy as np

    pieces = []
    for k in range(low // BLOCK, -(-high // BLOCK)):
        start = max(low, k * BLOCK)
        rng = np.random.default_rng(k)
        whole = rng.normal(size=(min(high, (k + 1) * BLOCK) - k * BLOCK, COLUMNS))
        pieces.append(whole[start - k * BLOCK :])
    return np.concatenate(pieces)


def labels(X: Any) -> Any:
    """Of each row whether the sum of its entries exceeds 0.1, as ±1."""
    return 2.0 * (X.sum(axis=1) > 0.1) - 1


def small_values() -> dict[str, Any]:
    """What the problems have beside the data."""
    import numpy as np

    return {
        "w": np.linspace(-1, 1, COLUMNS),
        "mu": np.linspace(0, 1, COLUMNS),
        "S": np.eye(COLUMNS) + 0.5,
    }


def function(problem: str, backend: str) -> Any:
    import matcalc as mc

    expr, wrt, where, outputs = PROBLEMS[problem]
    wrt = wrt if isinstance(wrt, str) else list(wrt)
    return mc.compile(expr, wrt, where, outputs, backend=backend)


def wanted(values: dict[str, Any], f: Any) -> dict[str, Any]:
    return {n: values[n] for n in f.parameters if n in values}


def flat(found: Any) -> list[Any]:
    import numpy as np

    if isinstance(found, tuple):
        return [a for part in found for a in flat(part)]
    return [np.asarray(found, dtype=float)]


def most_memory() -> int:
    """The bytes that this process has held at most."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(t for t in status.read_text().splitlines() if t.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def timed(run: Callable[[], Any]) -> tuple[float, Any]:
    run()
    start = time.perf_counter()
    found = run()
    return time.perf_counter() - start, found


def compare(problem: str, rows: int, found: Any, tolerance: float) -> None:
    """The values must be NumPy's, of the same data, where that is small enough."""
    import numpy as np

    if rows > 10**6:
        return
    X = rows_from(0, rows)
    f = function(problem, "numpy")
    right = flat(f(**wanted({**small_values(), "X": X, "y": labels(X)}, f)))
    for a, b in zip(flat(found), right, strict=True):
        assert np.max(np.abs(a - b)) <= tolerance * np.max(np.abs(b)), problem


def on_dask(problem: str, rows: int) -> dict[str, float]:
    import dask.array as da
    from distributed import Client, LocalCluster

    def block(block_info: Any = None) -> Any:
        (low, high), _ = block_info[None]["array-location"]
        return rows_from(low, high)

    heights = [min(BLOCK, rows - low) for low in range(0, rows, BLOCK)]
    X = da.map_blocks(block, chunks=(tuple(heights), (COLUMNS,)), dtype=float)
    f = function(problem, "dask")
    values = wanted({**small_values(), "X": X, "y": labels(X)}, f)
    cluster = LocalCluster(
        n_workers=WORKERS, threads_per_worker=1, memory_limit="900MiB", dashboard_address=None
    )
    with cluster, Client(cluster) as client:
        seconds, found = timed(lambda: f(**values))
        memory = most_memory() + sum(client.run(most_memory).values())
    compare(problem, rows, found, 1e-10)
    return {"seconds": seconds, "memory": memory}


def on_jax(problem: str, rows: int) -> dict[str, float]:
    import jax
    import numpy as np
    from jax.sharding import Mesh, NamedSharding, PartitionSpec

    mesh = Mesh(np.array(jax.devices()), ("rows",))
    by_rows = NamedSharding(mesh, PartitionSpec("rows"))
    everywhere = NamedSharding(mesh, PartitionSpec())

    def part(index: tuple[slice, ...]) -> Any:
        return rows_from(index[0].start or 0, index[0].stop or rows).astype(np.float32)

    X = jax.make_array_from_callback((rows, COLUMNS), by_rows, part)
    small = {n: jax.device_put(np.float32(a), everywhere) for n, a in small_values().items()}
    f = function(problem, "jax")
    values = wanted({**small, "X": X, "y": jax.jit(labels)(X)}, f)
    run = jax.jit(lambda values: f(**values))
    seconds, found = timed(lambda: jax.block_until_ready(run(values)))
    memory = most_memory()
    compare(problem, rows, found, 1e-4)
    return {"seconds": seconds, "memory": memory}


LIBRARIES: dict[str, Callable[[str, int], dict[str, float]]] = {"dask": on_dask, "jax": on_jax}


def measured(library: str, problem: str, rows: int) -> dict[str, float]:
    """One figure, from a process of its own."""
    command = [sys.executable, __file__, "--one", library, problem, str(rows)]
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **SETTINGS}, check=False
    )
    if done.returncode:
        raise SystemExit(f"{library}, {problem}, {rows} rows:\n{done.stderr}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[10**5, 10**6, 10**7])
    parser.add_argument("--only", choices=list(LIBRARIES))
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        library, problem, rows = options.one
        print(json.dumps(LIBRARIES[library](problem, int(rows))))
        return
    for library in [options.only] if options.only else LIBRARIES:
        if importlib.util.find_spec(library) is None:
            print(f"{library} is not installed: left out\n")
            continue
        print(f"| {library} | " + " | ".join(f"{rows:,} rows" for rows in options.rows) + " |")
        print("| --- |" + " ---: |" * len(options.rows))
        for problem in PROBLEMS:
            cells = []
            for rows in options.rows:
                m = measured(library, problem, rows)
                cells.append(f"{m['seconds']:.2f} s, {m['memory'] / 2**30:.2f} GiB")
            print(f"| {problem} | " + " | ".join(cells) + " |", flush=True)
        print()
    print(f"load {os.getloadavg()[0]:.1f} at the end, {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
