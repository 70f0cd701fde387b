"""What docs/simplification.md says of the lengths of answers is what they are."""

import importlib.util
import re
import statistics
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def module(path):
    spec = importlib.util.spec_from_file_location(f"measured_{path.stem}", path)
    found = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = found
    spec.loader.exec_module(found)
    return found


@pytest.fixture(scope="module")
def ratios():
    """The length of each answer over that of its source's form, and the number of the sources."""
    form, check = module(ROOT / "benchmarks/form.py"), module(ROOT / "tests/corpus/check.py")
    cases = [c for c in check.load() if "expect" in c]
    found = [form.forms(c) for c in cases]
    pairs = [f for f in found if not isinstance(f, str)]
    return sorted(form.size(a) / form.size(b) for a, b in pairs), len(cases)


def test_the_document_says_how_short_answers_are(ratios):
    lengths, total = ratios
    text = " ".join((ROOT / "docs/simplification.md").read_text().split())
    counts = re.search(r"on the (\d+) closed forms of the corpus .* \(of (\d+)\)", text)
    assert tuple(map(int, counts.groups())) == (len(lengths), total)
    share = sum(x <= 1 for x in lengths) / len(lengths)
    ninth = lengths[int(0.9 * (len(lengths) - 1))]
    row = (
        f"| {share:.1%} | {statistics.median(lengths):.2f} | {ninth:.2f} | {lengths[-1]:.2f} |"
    ).replace("%", " %")
    assert f"| normal form, with factoring {row}" in text


def test_answers_are_as_short_as_in_the_literature(ratios):
    lengths, _ = ratios
    assert sum(x <= 1 for x in lengths) / len(lengths) >= 0.95
    assert lengths[-1] <= 1.5
