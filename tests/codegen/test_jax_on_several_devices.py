"""JAX code over arrays that lie on eight devices, the rows shared out: in a process of its own.

The number of devices is settled when JAX starts, so a second Python runs what is below `MAIN`.
"""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

DEVICES, ROWS, COLUMNS = 8, 100_000, 10
DATA = "X in R[m,n]; y in R[m]; w in R[n]"
PROBLEMS = {
    "logistic regression": (
        "sum(softplus(-y .* (X*w)))", "w", DATA, ("value", "gradient", "hessian"),
    ),
    "least squares": ("norm2(X*w - y)^2/m", "w", DATA, ("value", "gradient", "hessian")),
    "Gaussian likelihood": (
        "m/2*logdet(S) + tr(inv(S)*R'*R)/2", ["mu", "S"],
        "X in R[m,n]; mu in R[n]; S in SPD[n]; R = X - ones(m)*mu'", ("value", "gradient"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("problem", PROBLEMS)
def test_rows_on_eight_devices(problem):
    if importlib.util.find_spec("jax") is None:
        pytest.skip("jax is not installed")
    environment = {
        **os.environ,
        "XLA_FLAGS": f"--xla_force_host_platform_device_count={DEVICES}",
        "JAX_PLATFORMS": "cpu",
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
    }
    done = subprocess.run(
        [sys.executable, __file__, problem], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr


def shared_out(problem):
    """Single precision, under jit: right, and no device ever has more than its share of rows."""
    import jax
    import numpy as np
    from jax.sharding import Mesh, NamedSharding, PartitionSpec

    import matcalc as mc

    assert len(jax.devices()) == DEVICES
    mesh = Mesh(np.array(jax.devices()), ("rows",))
    rng = np.random.default_rng(0)
    X = rng.normal(size=(ROWS, COLUMNS))
    rows = {"X": X, "y": np.sign(X @ np.linspace(-1, 1, COLUMNS) + 0.1)}
    small = {"w": np.linspace(0, 1, COLUMNS), "mu": X[0], "S": np.eye(COLUMNS) + 0.5}

    def placed(a, *spec):
        return jax.device_put(np.float32(a), NamedSharding(mesh, PartitionSpec(*spec)))

    expr, wrt, where, outputs = PROBLEMS[problem]
    f = mc.compile(expr, wrt, where, outputs, backend="jax")
    names = set(f.parameters)
    given = {n: placed(a, "rows") for n, a in rows.items() if n in names}
    given |= {n: placed(a) for n, a in small.items() if n in names}
    compiled = jax.jit(lambda values: f(**values)).lower(given).compile()
    text = compiled.as_text()
    assert "all-reduce" in text and "all-gather" not in text
    share = given["X"].nbytes // DEVICES
    assert compiled.memory_analysis().temp_size_in_bytes < 4 * share
    right = {n: a for n, a in {**rows, **small}.items() if n in names}
    wanted = mc.compile(expr, wrt, where, outputs)(**right)
    for found in (compiled(given), f(**given)):
        for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(wanted), strict=True):
            assert a.dtype == np.float32
            assert np.max(np.abs(a - b)) < 1e-5 * np.max(np.abs(b)), (a, b)


MAIN = "__main__"
if __name__ == MAIN:
    shared_out(sys.argv[1])
