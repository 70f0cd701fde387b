"""What an undeclared name means, by the convention of matrixcalculus.org.

`a`–`g` and lower-case Greek letters, also spelt out, are scalars; `h`–`z` are column vectors;
upper-case letters are matrices; a longer name that is not Greek goes by its first letter.
"""

from __future__ import annotations

import unicodedata

GREEK = frozenset(
    """alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi
    omicron pi rho sigma tau upsilon phi varphi chi psi omega""".split()
)


def kind_of(name: str) -> str | None:
    """ "scalar", "vector" or "matrix"; None where the convention says nothing."""
    stem = name.split("_")[0].rstrip("0123456789") or name
    if stem in GREEK:
        return "scalar"
    first = name[0]
    if "GREEK SMALL" in unicodedata.name(first, ""):
        return "scalar"
    if "GREEK CAPITAL" in unicodedata.name(first, "") or "A" <= first <= "Z":
        return "matrix"
    if "a" <= first <= "g":
        return "scalar"
    if "h" <= first <= "z":
        return "vector"
    return None


def latin_scalar(name: str) -> bool:
    """Whether a name is a scalar by the a–g rule: one that may well have been meant as a vector."""
    return kind_of(name) == "scalar" and "a" <= name[0] <= "g" and not _greek(name)


def _greek(name: str) -> bool:
    return (name.split("_")[0].rstrip("0123456789") or name) in GREEK


# Names given to inferred sizes, in this order.
SIZE_NAMES = ("m", "n", "p", "q", "r", "s", "k", "l")


def fresh(candidates: tuple[str, ...], taken: set[str]) -> str:
    """The first candidate not taken; then the first with a number behind it."""
    for name in candidates:
        if name not in taken:
            return name
    k = 1
    while f"{candidates[0]}_{k}" in taken:
        k += 1
    return f"{candidates[0]}_{k}"
