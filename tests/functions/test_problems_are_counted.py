"""The problems of these tests that are from the literature, counted, in all and by family.

A problem is a function with its declarations and its order; the same one from two sources counts
once. Those without a citation, and the corpus, are not counted. To see the count, and what each
family has:

    python tests/functions/test_problems_are_counted.py
"""

import importlib.util
import re
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]

# A year, a number of a formula, a part of a book, or an archive.
CITATION = re.compile(
    r"\b(1[6-9]|20)\d\d\b|\(\d+(\.\d+)*\)|\b(ch|sec|thm?|app|table|part)\. |arXiv"
)

# The families of the function library, each by words of the function, or of the declarations.
BY_FUNCTION = {
    "inverses and determinants": r"\b(inv|pinv|det|logdet|adj|chol)\(|\\",
    "norms other than the Euclidean": r"\b(norm(1|inf|p|nuc|spec|21)|schatten|kyfan)\(",
    "spectra": r"\b(eigv\w+|lambda_max|lambda_min|sigma_max|svals|svd_[uv]|polar)\(",
    "matrix functions": r"\b(expm|logm|sqrtm|sinm|cosm|lyap|sylv|frechet)\b",
    "machine learning": r"\b(softmax|logsumexp|sigmoid|softplus|relu|leakyrelu|elu|gelu|silu|"
    r"hardtanh|tanh|lgamma)\b",
    "arrays": r"\b(diag|vec|unvec|vech|kron|khatrirao|hcat|vcat|block|cumsum|reverse|tril|triu|"
    r"outer|conv|toeplitz|rows|columns|mean|var)\b",
    "sums over an index": r"\bin \S+\.\.",
}
BY_DECLARATIONS = {
    "structured variables": r"\bin (Sym|Skew|Diag|Tril|Triu|Toep|SymToep|PSD|SPD|Orth|Stiefel|"
    r"Sphere|Simplex)\[",
    "complex variables": r"\bin (C\b|Herm|HPD|Unitary)",
}
LEAST, LEAST_OF_ALL = 15, 200


def _module(path):
    spec = importlib.util.spec_from_file_location(f"counted_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def problems():
    """All problems: what each is, (declarations, function, order), and its sources."""
    found = {}

    def note(where, text, source, order=1):
        found.setdefault((where, text, order), []).append(source)

    functions = TESTS / "functions"
    for source, where, text, *_ in _module(functions / "test_learning_problems.py").PROBLEMS:
        note(where, text, source)
    for source, where, text, *_ in _module(functions / "test_sums_over_pairs.py").PROBLEMS:
        note(where, text, source)
    spectra = _module(functions / "test_complex_spectra.py").PROBLEMS
    for text, _, where, _, source, more in spectra:
        note(where, text, source, more.get("order", 1))
    analysis = _module(functions / "test_matrix_analysis.py")
    for text, _, where, *_, source in (*analysis.CLOSED, *analysis.OTHERS):
        note(where, text, source)
    for text, _, where, order, _, source in analysis.HIGHER:
        note(where, text, source, order)
    for text, _, where, *_, source in _module(functions / "test_structured_problems.py").PROBLEMS:
        note(where, text, source)
    derivations = TESTS / "derivations"
    for p in _module(derivations / "test_textbook.py").PROBLEMS:
        note(p.where, p.function, p.source)
    for c in _module(derivations / "test_textbook_jacobians.py").CASES.values():
        note(c["where"], c["expr"], c["source"], c["options"].get("order", 1))
    for source, where, text, *rest in _module(derivations / "test_composed_functions.py").PROBLEMS:
        options = next((r for r in rest if isinstance(r, dict)), {})
        note(where, text, source, options.get("order", 1))
    return found


def cited():
    """The problems with a citation."""
    return {
        problem: kept
        for problem, sources in problems().items()
        if (kept := [s for s in sources if CITATION.search(s)])
    }


def by_family(found):
    """Each family's problems; one may be in several."""
    kinds = ((BY_FUNCTION, 1), (BY_DECLARATIONS, 0))
    return {
        family: [p for p in found if re.search(words, p[place])]
        for families, place in kinds
        for family, words in families.items()
    }


def test_there_are_two_hundred_problems_with_a_citation():
    assert len(cited()) >= LEAST_OF_ALL


def test_every_family_has_its_share():
    counts = {family: len(of) for family, of in by_family(cited()).items()}
    assert min(counts.values()) >= LEAST, counts


def test_what_a_citation_is():
    yes = ("Watson (1992): UV'", "BV, app. A.4.2", "Matrix Cookbook (67)", "arXiv:1909.02659")
    assert all(map(CITATION.search, yes))
    assert not any(map(CITATION.search, ("vec of it", "the same by Z", "generalised eigenvalues")))


if __name__ == "__main__":
    everything = cited()
    print(f"{len(everything)} problems with a citation, of {len(problems())}")
    for family, of in by_family(everything).items():
        print(f"\n{family}: {len(of)}")
        for problem in of:
            where, text, order = problem
            twice = f" (order {order})" if order > 1 else ""
            print(f"  {text}{twice}, {where}: {everything[problem][0]}")
