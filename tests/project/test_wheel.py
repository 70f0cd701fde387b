"""The wheel: what it contains, and that it works in an empty environment, far from the checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
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


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel of the checkout, built from a copy, so that nothing lies about afterwards."""
    copy = tmp_path_factory.mktemp("checkout")
    for name in ("matcalc", "grammar"):
        leave = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, copy / name, ignore=leave)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    run(sys.executable, "-m", "build", "--wheel", "--outdir", copy / "dist", copy, cwd=copy)
    (found,) = (copy / "dist").glob("*.whl")
    return found


def test_it_contains_the_package_and_the_grammar(wheel: Path):
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "matcalc/grammar/matcalc.lark" in names
    assert "matcalc/py.typed" in names
    modules = {p.relative_to(ROOT).as_posix() for p in (ROOT / "matcalc").rglob("*.py")}
    assert modules <= names, "a package without a line in pyproject.toml"
    tops = {n.split("/")[0] for n in names}
    assert {t for t in tops if not t.endswith(".dist-info")} == {"matcalc"}


def test_it_derives_in_an_empty_environment(wheel: Path, tmp_path: Path):
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
