"""The commands and sessions in the documents print what the documents say; links lead somewhere."""

from __future__ import annotations

import os
import re
from pathlib import Path

import documents
import pytest
from documents import DOCUMENTS, ROOT, Session, commands, masked, run_command, statements

COMMANDS = [e for d in DOCUMENTS for e in commands(d)]


@pytest.mark.parametrize("example", COMMANDS, ids=str)
def test_a_command_prints_what_is_said(example):
    assert masked(run_command(example.command)) == masked(example.expected)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: d.name)
def test_a_session_prints_what_is_said(document: Path):
    session = Session()
    for example in statements(document):
        assert masked(session.run(example.source)) == masked(example.expected), str(example)


def test_the_readme_has_its_examples():
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    sources = [e.source for e in commands(readme)]
    assert any(s.startswith("pip install . && matcalc derive ") for s in sources)
    assert '\npip install ".[test]" && pytest\n' in text
    assert any("phi : R[m,n] -> R" in s and "D = W*X" in s for s in sources)
    assert len(statements(readme)) >= 8


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: d.name)
def test_links_lead_somewhere(document: Path):
    text = document.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s#]+)[^)]*\)", text):
        if "://" not in target:
            assert (document.parent / target).exists(), f"{document.name} links to {target}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: d.name)
def test_files_that_are_named_exist(document: Path):
    """A path in backquotes, such as `tests/corpus/`, is a file or folder of the repository."""
    text = re.sub(documents.BLOCK, "", document.read_text(encoding="utf-8"))
    folders = "|".join(p.name for p in ROOT.iterdir() if p.is_dir() and p.name[0].isalpha())
    for path in re.findall(rf"`((?:{folders})/[\w./-]*)`", text):
        assert (ROOT / path).exists(), f"{document.name} names {path}"


def test_ci_runs_the_command_of_the_readme():
    program = ROOT / ".ci" / "run"
    assert os.access(program, os.X_OK)
    assert "README.md" in program.read_text(encoding="utf-8")
    assert run_command(f"bash -n '{program}'") == ""


def test_error_figures_are_masked_and_nothing_else():
    line = "verified: error 7e-15 (complex step, 3 trials)"
    assert masked(line) == "verified: error ... (complex step, 3 trials)"
    assert masked("shape error: cannot add 2 and 3") == "shape error: cannot add 2 and 3"


def test_a_wrong_output_is_noticed():
    session = Session()
    assert session.run("1 + 1") == "2\n"
    assert masked(run_command("echo 3")) != masked("2\n")
    assert "ZeroDivisionError" in session.run("1/0")
