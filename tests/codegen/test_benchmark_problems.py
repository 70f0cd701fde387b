"""The problems of benchmarks/evaluate.py: what is timed there is right."""

import importlib.util
import sys
import warnings
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


@pytest.mark.parametrize("peer", sorted(evaluate.PEERS))
def test_peers_do_the_same(peer):
    if not evaluate.installed(peer):
        pytest.skip(f"{peer} is not installed")
    compared = 0
    for problem in evaluate.PROBLEMS:
        values = evaluate.values_of(problem, problem.sizes[0])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they are the peers' own
            call = evaluate.PEERS[peer](problem, values)
            if call is None:
                continue
            found = call()
        compared += 1
        for a, b in zip(found, problem.hand(**values), strict=True):
            assert evaluate.distance(a, b) < 1e-9, problem.name
    assert compared > 10
