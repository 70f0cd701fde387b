"""Verification never uses the rules that it verifies."""

import ast
from pathlib import Path

import pytest

import matcalc.numeric

SOURCES = sorted(Path(matcalc.numeric.__file__).parent.glob("*.py"))
RULES = {"differential", "adjoint", "derivative", "derivatives", "squared", "expand"}
ROOMS = tuple(f"matcalc.{r}" for r in "errors expr functions derivation numeric".split())


@pytest.mark.parametrize("source", SOURCES, ids=lambda p: p.stem)
def test_no_rule_of_differentiation_is_read(source):
    tree = ast.parse(source.read_text("utf-8"))
    read = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not read & RULES
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert not {t for t in texts if isinstance(t, str)} & RULES  # getattr(record, "adjoint")


@pytest.mark.parametrize("source", SOURCES, ids=lambda p: p.stem)
def test_only_rooms_above_are_imported(source):
    for node in ast.walk(ast.parse(source.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("matcalc"):
            assert node.module.startswith(ROOMS)
