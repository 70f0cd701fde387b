"""The wheel: what it contains, and that it works in an empty environment, far from the checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

from documents import ROOT


def run(*command: object, cwd: Path) -> str:
    """What a command prints; nothing of this environment's Python reaches it."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PYTEST"))}
    environment |= {"PYTHONUTF8": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}
    done = subprocess.run(
        [str(c) for c in command],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def build(place: Path) -> Path:
    """The wheel of the checkout, built from a copy, so that nothing lies about afterwards."""
    leave = shutil.ignore_patterns("__pycache__")
    for name in ("matcalc", "grammar"):
        shutil.copytree(ROOT / name, place / name, ignore=leave)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, place)
    run(sys.executable, "-m", "build", "--wheel", "--outdir", place / "dist", place, cwd=place)
    (found,) = (place / "dist").glob("*.whl")
    return found


def test_the_wheel_is_complete_and_works_alone(tmp_path: Path):
    wheel = build(tmp_path / "checkout")

    names = set(zipfile.ZipFile(wheel).namelist())
    assert "matcalc/grammar/matcalc.lark" in names
    assert "matcalc/py.typed" in names
    modules = {p.relative_to(ROOT).as_posix() for p in (ROOT / "matcalc").rglob("*.py")}
    assert modules <= names, "a package without a line in pyproject.toml"
    tops = {n.split("/")[0] for n in names}
    assert {t for t in tops if not t.endswith(".dist-info")} == {"matcalc"}

    place = tmp_path / "environment"
    venv.create(place, with_pip=True)
    programs = place / ("Scripts" if os.name == "nt" else "bin")
    run(programs / "python", "-m", "pip", "install", "-q", wheel, cwd=tmp_path)
    where = run(programs / "python", "-c", "import matcalc; print(matcalc.__file__)", cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(place)
    printed = run(
        programs / "matcalc", "derive", "norm2(A*X - B)^2", "--wrt", "X", "--steps", cwd=tmp_path
    )
    assert "grad phi wrt X = 2*A'*(A*X - B)" in printed
    assert "2 Aᵀ R : dX" in printed and "\nverified: " in printed
