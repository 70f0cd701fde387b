"""The recipes of CONTRIBUTING.md, carried out as they stand there, in a copy of the project."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from documents import BLOCK, ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def blocks(title: str, kind: str) -> list[str]:
    """The blocks of a kind in a section."""
    section = TEXT.split(f"\n## {title}\n")[1].split("\n## ")[0]
    return [b[2] for b in BLOCK.finditer(section) if b[1] == kind]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the project that Python imports before the installed one."""
    leave = shutil.ignore_patterns("__pycache__", ".*", "*.egg-info")
    for name in ("matcalc", "tests"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=leave)
    shutil.copytree(ROOT / "grammar", tmp_path / "matcalc" / "grammar", ignore=leave)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def run(copy: Path, *arguments: str) -> str:
    """What Python prints in the copy."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
    environment["PYTHONPATH"] = str(copy)
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=copy,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def run_tests(copy: Path, title: str) -> int:
    """Run the tests that a recipe names; how many of them passed."""
    (command,) = blocks(title, "sh")
    words = shlex.split(command)
    assert words[0] == "pytest"
    printed = run(copy, "-m", *words, "-n0", "-p", "no:cacheprovider")
    passed = re.search(r"(\d+) passed", printed)
    assert passed is not None, printed
    return int(passed[1])


def insert(file: Path, before: str, text: str) -> None:
    """Put a text in front of what is found once in a file."""
    source = file.read_text(encoding="utf-8")
    assert len(re.findall(before, source)) == 1, f"{before} in {file.name}"
    start = re.search(before, source).start()
    file.write_text(source[:start] + text + source[start:], encoding="utf-8")


def test_add_a_function(copy: Path):
    (record,) = blocks("Add a function", "python")
    (copy / "matcalc" / "functions" / "squares.py").write_text(record, encoding="utf-8")
    code = """
import matcalc as mc
assert mc.__file__.startswith(%r), mc.__file__
d = mc.derive("sumsq(A*X - B)", wrt="X")
assert d.verification.ok
print(d.result, mc.gradient(mc.sumsq(mc.vectors("x[n]")), "x"), mc.sumsq.__doc__, sep="\\n")
"""
    assert run(copy, "-c", code % str(copy)).splitlines() == [
        "2*A'*(A*X - B)",
        "2*x",
        "The sum of the squares of all entries.",
    ]
    assert run(copy, "-m", "matcalc", "help", "sumsq").startswith("sumsq(A) : R[m,n] -> R")
    assert run_tests(copy, "Add a function") >= 1


def test_add_an_identity(copy: Path):
    rule, function = blocks("Add an identity", "python")
    simplify = copy / "matcalc" / "simplify"
    insert(simplify / "rules.py", r"(?m)^RULES = ", rule + "\n")
    insert(simplify / "functions.py", r"(?m)^FUNCTION_RULES\b", function + "\n\n")
    insert(simplify / "functions.py", r'(?m)^    "log": _log,', '    "exp": _exp,\n')
    code = """
import matcalc as mc
print(mc.gradient("log(a)*exp(log(b))", "a", where="a, b in R+"))
"""
    assert run(copy, "-c", code).strip() == "b/a"
    assert run_tests(copy, "Add an identity") >= 2


def test_add_a_set(copy: Path):
    (line,) = blocks("Add a set", "python")
    insert(copy / "matcalc" / "expr" / "sets.py", r'_kind\(\s*"Sym",', line)
    code = """
import matcalc as mc
for of in ("R[n,n]", "GL[n]"):
    d = mc.derive("det(X)", wrt="X", where=f"X in {of}")
    print(d.result, d.conditions, d.verification.ok)
"""
    assert run(copy, "-c", code).splitlines() == [
        "det(X)*inv(X)' ('X nonsingular',) True",
        "det(X)*inv(X)' () True",
    ]
    assert run_tests(copy, "Add a set") >= 1
