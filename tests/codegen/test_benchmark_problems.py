"""The problems of benchmarks/evaluate.py: what is timed there is right."""

import importlib.util
import sys
from pathlib import Path

import pytest

PATH = Path(__file__).resolve().parents[2] / "benchmarks" / "evaluate.py"
spec = importlib.util.spec_from_file_location("evaluate_benchmark", PATH)
evaluate = importlib.util.module_from_spec(spec)
sys.modules[spec.name] = evaluate
spec.loader.exec_module(evaluate)


@pytest.mark.parametrize("problem", evaluate.PROBLEMS, ids=lambda p: p.name)
def test_ours_is_what_is_written_by_hand(problem):
    assert evaluate.compare(problem, evaluate.values_of(problem, problem.sizes[0])) < 1e-9
