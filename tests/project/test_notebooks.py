"""The notebooks run from the first cell to the last, and are kept without outputs."""

from __future__ import annotations

import ast
from importlib.util import find_spec
from pathlib import Path

import nbformat
import pytest
from documents import ROOT
from nbclient import NotebookClient

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def read(path: Path):
    return nbformat.read(path, as_version=4)


def test_there_is_one():
    assert "first-steps.ipynb" in {p.name for p in NOTEBOOKS}


def imported(notebook) -> set[str]:
    """The packages that the cells of a notebook import."""
    nodes = [
        n for c in notebook.cells if c.cell_type == "code" for n in ast.walk(ast.parse(c.source))
    ]
    names = [a.name for n in nodes if isinstance(n, ast.Import) for a in n.names]
    names += [n.module for n in nodes if isinstance(n, ast.ImportFrom)]
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_it_runs(path: Path, tmp_path: Path):
    notebook = read(path)
    absent = sorted(name for name in imported(notebook) if find_spec(name) is None)
    if absent:
        pytest.skip(f"needs {', '.join(absent)}, of the extra notebooks")
    resources = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=120, kernel_name="python3", resources=resources).execute()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_it_is_kept_without_outputs(path: Path):
    for cell in read(path).cells:
        if cell.cell_type == "code":
            assert cell.outputs == [] and cell.execution_count is None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_it_shows_the_public_interface_only(path: Path):
    for cell in read(path).cells:
        if cell.cell_type == "code":
            assert "from matcalc" not in cell.source and "matcalc." not in cell.source
            assert "._" not in cell.source
