"""What is known of complex expressions: real, Hermitian, positive semidefinite, unitary.

Real symmetric matrices are Hermitian and real orthogonal ones unitary, so that what mixes real and
complex parts is judged by one set of rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matcalc.expr.nodes import Expr

MAX_PAIRED = 32  # parts of a sum or product that are searched for conjugate pairs
STRUCTURE = frozenset({"symmetric", "skew", "diagonal", "lower", "upper"})
# What no complex value has by itself
REAL_ONLY = frozenset({"positive", "nonnegative", "psd", "pd", "orthogonal", "stiefel"})


def is_complex(e: Expr) -> bool:
    return "complex" in e.facts


def is_hermitian(e: Expr) -> bool:
    if "complex" in e.facts:
        return "hermitian" in e.facts
    return "symmetric" in e.facts or e.shape == (1, 1)


def is_semidefinite(e: Expr) -> bool:
    return "hpsd" in e.facts or "psd" in e.facts


def is_definite(e: Expr) -> bool:
    return "hpd" in e.facts or "pd" in e.facts


def _bare(e: Expr) -> tuple[Expr, bool, bool]:
    """e without its transposition and conjugation, and which of the two it has."""
    flipped = type(e).__name__ == "Transpose"
    if flipped:
        e = e.fields[0]
    barred = type(e).__name__ == "Conjugate"
    return (e.fields[0] if barred else e), flipped, barred


def conjugates(a: Expr, b: Expr) -> bool:
    """Whether b is seen to be the complex conjugate of a."""
    if not is_complex(a) and not is_complex(b):
        return a is b
    (x, p, c), (y, q, d) = _bare(a), _bare(b)
    if x is not y:
        return False
    if x.shape == (1, 1):
        return c != d
    return (p == q and c != d) or ("hermitian" in x.facts and p != q and c == d)


def adjoints(a: Expr, b: Expr) -> bool:
    """Whether b is seen to be the conjugate transpose of a."""
    if a is b and is_hermitian(a):
        return True
    (x, p, c), (y, q, d) = _bare(a), _bare(b)
    if x is not y:
        return False
    if x.shape == (1, 1):
        return c != d or not is_complex(x)
    turned = p != q or "symmetric" in x.facts
    barred = c != d or not is_complex(x)
    return (turned and barred) or ("hermitian" in x.facts and p == q and c == d)


def is_gram(chain: tuple[Expr, ...]) -> bool:
    """Whether a chain equals its own conjugate transpose."""
    return all(adjoints(chain[i], chain[-1 - i]) for i in range((len(chain) + 1) // 2))


def adjoint_terms(a: Expr, b: Expr) -> bool:
    """Whether two terms of a sum are each other's conjugate transposes."""
    if adjoints(a, b):
        return True
    if type(a).__name__ != "Product" or type(b).__name__ != "Product":
        return False
    (c, s, x), (d, t, y) = a.fields, b.fields
    return (
        c == d
        and len(x) == len(y)
        and all(adjoints(p, q) for p, q in zip(x, reversed(y), strict=True))
        and len(s) == len(t)
        and all(conjugates(p, q) for p, q in zip(s, t, strict=True))
    )


def conjugate_terms(a: Expr, b: Expr) -> bool:
    """Whether two terms of a sum are each other's conjugates."""
    if conjugates(a, b):
        return True
    if a.shape == (1, 1) and adjoint_terms(a, b):
        return True
    if type(a).__name__ != "Product" or type(b).__name__ != "Product":
        return False
    (c, s, x), (d, t, y) = a.fields, b.fields
    pairs = [*zip(x, y, strict=False), *zip(s, t, strict=False)]
    return (
        c == d and len(x) == len(y) and len(s) == len(t) and all(conjugates(p, q) for p, q in pairs)
    )


def _left_over(parts, single, pair) -> list[Expr] | None:
    """The parts that stand for themselves, if all others come in pairs; else None."""
    rest = list(parts)
    if len(rest) > MAX_PAIRED:
        return None
    alone = []
    while rest:
        first = rest.pop(0)
        partner = next((k for k, t in enumerate(rest) if pair(first, t)), None)
        if partner is not None:
            rest.pop(partner)
        elif single(first):
            alone.append(first)
        else:
            return None
    return alone


def of_sum(e: Expr) -> set[str]:
    """Facts of a sum with complex terms."""
    terms = e.fields[0]
    if _left_over(terms, lambda t: not is_complex(t), conjugate_terms) is not None:
        return set()  # z + conj(z)
    found = {"complex"} | set.intersection(*(set(t.facts) & STRUCTURE for t in terms))
    if _left_over(terms, is_hermitian, adjoint_terms) is not None:
        found.add("hermitian")
    if all(map(is_semidefinite, terms)):
        found.add("hpd" if any(map(is_definite, terms)) else "hpsd")
    return _of_scalar(e, found)


def of_product(e: Expr) -> set[str]:
    """Facts of a product with complex factors."""
    coefficient, scalars, chain = e.fields
    alone = _left_over(scalars, lambda s: not is_complex(s), conjugates)
    real = alone is not None
    positive = real and coefficient > 0 and all("positive" in s.facts for s in alone or ())
    nonnegative = real and coefficient >= 0 and all("nonnegative" in s.facts for s in alone or ())
    paired = alone is not None and len(alone) < len(scalars)  # |z|^2 may be zero
    positive = positive and not paired
    if not chain:
        if not real:
            return {"complex"}
        return {"positive"} if positive else {"nonnegative"} if nonnegative else set()
    if not any(map(is_complex, chain)) and real:
        found = of_chain(e, chain, coefficient, positive, nonnegative, real, not scalars)
        real_words = {"hermitian": "symmetric", "hpsd": "psd", "hpd": "pd"}
        return {real_words.get(f, f) for f in found} - {"complex", "unitary"}
    return of_chain(e, chain, coefficient, positive, nonnegative, real, not scalars)


def of_chain(e, chain, coefficient, positive, nonnegative, real, bare) -> set[str]:
    """Facts of number · scalars · chain."""
    found = {"complex"}
    for word in ("lower", "upper", "diagonal"):
        if all(word in c.facts for c in chain):
            found.add(word)
    regular = bool(coefficient) and (bare or positive)
    if regular and all("nonsingular" in c.facts for c in chain):
        found.add("nonsingular")
    if bare and coefficient == 1 and all({"unitary", "orthogonal"} & c.facts for c in chain):
        found.add("unitary")
    if len(chain) == 1:
        found |= chain[0].facts & {"symmetric", "skew"}
    middle = chain[len(chain) // 2]
    if real and is_gram(chain):
        found.add("hermitian")
        if len(chain) % 2 == 0 or is_semidefinite(middle):
            if nonnegative:
                found.add("hpsd")
            definite = len(chain) % 2 == 0 or is_definite(middle)
            outer = chain[: len(chain) // 2]
            if positive and definite and all("nonsingular" in c.facts for c in outer):
                found.add("hpd")
    return _of_scalar(e, found)


def _of_scalar(e: Expr, found: set[str]) -> set[str]:
    """A Hermitian 1×1 is real."""
    if e.shape != (1, 1) or not found & {"hermitian", "hpsd", "hpd"}:
        return found
    if "hpd" in found:
        return {"positive"}
    return {"nonnegative"} if "hpsd" in found else set()


def of_hadamard(e: Expr) -> set[str]:
    """Facts of an entrywise product with complex factors: conj(Z).*Z is not negative."""
    factors = e.fields[0]
    alone = _left_over(factors, lambda f: not is_complex(f), conjugates)
    if alone is not None:
        signed = all("nonnegative" in f.facts for f in alone)
        return {"nonnegative"} if signed else set()
    found = {"complex"}
    if any("diagonal" in f.facts for f in factors):
        found.add("diagonal")
    if all("symmetric" in f.facts for f in factors):
        found.add("symmetric")
    if all(map(is_hermitian, factors)):
        found.add("hermitian")
    return found


def of_frobenius(e: Expr) -> set[str]:
    """conj(Z) : Z is the square of a norm; A : B of Hermitian matrices is real."""
    a, b = e.fields
    if conjugates(a, b):
        return {"nonnegative"}
    return set() if is_hermitian(a) and is_hermitian(b) else {"complex"}


def of_matrix_power(e: Expr) -> set[str]:
    """Facts of an integer power of a complex matrix."""
    base, exponent = e.fields
    value = exponent.fields[0]
    found = set(base.facts) & (
        STRUCTURE | {"complex", "hermitian", "hpsd", "hpd", "unitary", "nonsingular"}
    )
    if value % 2 == 0:
        if "skew" in found:
            found = (found - {"skew"}) | {"symmetric"}
        if "hermitian" in found:
            found.add("hpd" if "nonsingular" in found else "hpsd")
    if value < 0:
        found.add("nonsingular")
    return found


def of_kronecker(e: Expr) -> set[str]:
    """Facts of a Kronecker product with complex factors."""
    factors = e.fields[0]
    found = {"complex"}
    for word in ("diagonal", "lower", "upper", "symmetric", "nonsingular"):
        if all(word in f.facts for f in factors):
            found.add(word)
    for word, test in (
        ("hermitian", is_hermitian),
        ("hpsd", is_semidefinite),
        ("hpd", is_definite),
    ):
        if all(map(test, factors)):
            found.add(word)
    return found


def of_function(e: Expr) -> set[str]:
    """Facts of a function of complex arguments, some of which are real for Hermitian ones."""
    function, arguments = e.fields
    found = set(function.facts(arguments))
    hermitian = all(map(is_hermitian, arguments))
    if function.is_real_valued or (function.real_of_hermitian and hermitian):
        return found - {"complex"}
    return (found - REAL_ONLY - {"positive-det"}) | {"complex"}
