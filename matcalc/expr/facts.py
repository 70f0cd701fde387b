"""What is known of an expression: symmetric, positive definite, orthogonal, positive, ...

Facts travel upward: each node's are computed once, when it is made, from those of its children.
A missing fact means "not known". The facts of matrices are symmetric, skew, diagonal, lower,
upper, psd, pd, orthogonal (square, Q'Q = QQ' = I), stiefel (Q'Q = I), nonsingular and positive-det
(the determinant is positive); of entries
positive and nonnegative; complex says that values may be complex, differential that d(.) occurs.
Complex matrices may be hermitian, hpsd and hpd (Hermitian positive semidefinite and definite),
unitary; see `hermitian.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from matcalc.expr import hermitian
from matcalc.expr.mirrors import (
    are_mirrored_chains,
    are_mirrored_terms,
    are_paired,
    factors,
    has_weighted_hessian,
    turned,
    turned_chain,
)
from matcalc.expr.sets import Facts, closure

if TYPE_CHECKING:
    from matcalc.expr.nodes import Expr

MAX_PAIRED = 32  # terms of a sum that are searched for pairs of transposes
NONE: Facts = frozenset()
LINEAR = frozenset("symmetric skew diagonal lower upper psd toeplitz-symmetric complex".split())
SIGNS = frozenset({"positive", "nonnegative"})
TURNS = (("symmetric", 1), ("skew", -1))  # what a square e is, by the sign of e' = ±e
FLIP = {"lower": "upper", "upper": "lower"}
INVERSE = frozenset(
    """symmetric skew diagonal lower upper pd psd orthogonal stiefel nonsingular positive-det
    complex hermitian hpsd hpd unitary""".split()
)


def facts_of(e: Expr) -> Facts:
    """The facts of a node whose children have theirs."""
    found = _RULES[type(e).__name__](e)
    if type(e).__name__ == "Differential" or any("differential" in c.facts for c in e.children):
        found.add("differential")
    return closure(found) if found else NONE


def complexity(children: tuple[Expr, ...]) -> set[str]:
    """{"complex"} if any child may be complex."""
    return {"complex"} if any("complex" in c.facts for c in children) else set()


def _symbol(e):
    found = set(e.fields[1].kind.facts)
    if e.shape == (1, 1) and "psd" in found:
        found.add("positive" if "pd" in found else "nonnegative")
    return found


def _number(e):
    value = e.fields[0]
    return {"positive"} if value > 0 else ({"nonnegative"} if value == 0 else set())


def _sum(e):
    terms = e.fields[0]
    if complexity(terms):
        return hermitian.of_sum(e)
    common = set.intersection(*(set(t.facts) for t in terms))
    found = common & LINEAR
    if all("nonnegative" in t.facts for t in terms):
        found.add("positive" if any("positive" in t.facts for t in terms) else "nonnegative")
    if "psd" in found and any("pd" in t.facts for t in terms):
        found.add("pd")
    if len(terms) == 2 and _complement(*terms):
        found.add("positive")
    if any("pd" in t.facts for t in terms) and all({"psd", "skew"} & t.facts for t in terms):
        found.add("positive-det")  # x'*e*x > 0, and e + t*I is nonsingular for all t >= 0
    if e.shape[0] == e.shape[1] and len(terms) <= MAX_PAIRED:
        found |= {
            word for word, sign in TURNS if word not in found and _pairs_up(terms, word, sign)
        }
        if len(terms) == 2:
            found |= _of_complement(terms)
    return found


def _pairs_up(terms, word, sign):
    """Whether each term is symmetric (skew) or has its transpose (times -1) beside it."""
    left = [t for t in terms if word not in t.facts]
    while left:
        first = left.pop(0)
        partner = next((t for t in left if are_mirrored_terms(first, t, sign)), None)
        if partner is None:
            return False
        left.remove(partner)
    return True


def _of_complement(terms):
    """What I - V*V' and I - 2*u*u' are, of V with V'*V = I, and diag(s) - s*s' for 1's = 1."""
    for one, other in (terms, terms[::-1]):
        c, scalars, chain = factors(other)
        if c not in (-1, -2) or len(chain) != 2 or scalars or turned(*chain) != 1:
            continue
        columns = chain[0].facts
        identity = type(one).__name__ == "Identity"
        if identity and columns & {"stiefel", "sphere"}:
            return {"psd"} if c == -1 else {"orthogonal"}
        is_diag = type(one).__name__ == "Apply" and one.fields[0].name == "diag"
        if c == -1 and is_diag and one.fields[1][0] is chain[0] and "simplex" in columns:
            return {"psd"}  # the variances of s, by Jensen's inequality
    return set()


def _complement(one, other):
    """1 - sigmoid(z) or 1 - tanh(z)^2, which are positive."""
    if type(one).__name__ == "Product":
        one, other = other, one
    unit = type(one).__name__ == "Ones" or (type(one).__name__ == "Number" and one.fields[0] == 1)
    if not unit or type(other).__name__ != "Product" or other.fields[0] != -1:
        return False
    if len(other.children) != 1:
        return False
    f, squared = other.children[0], False
    if type(f).__name__ in ("Power", "ElementPower"):
        exponent = f.fields[1]
        squared = type(exponent).__name__ == "Number" and exponent.fields[0] == 2
        f = f.fields[0]
    name = f.fields[0].name if type(f).__name__ == "Apply" else ""
    return name == "sigmoid" or (name == "tanh" and squared)


def _product(e):
    coefficient, scalars, chain = e.fields
    if complexity(e.children):
        return hermitian.of_product(e)
    found: set[str] = set()
    positive = coefficient > 0 and all("positive" in s.facts for s in scalars)
    nonnegative_scalars = all("nonnegative" in s.facts for s in scalars)
    nonnegative = coefficient >= 0 and nonnegative_scalars
    if nonnegative and all("nonnegative" in c.facts for c in chain):
        strictly = positive and all("positive" in c.facts for c in _selected_from(chain))
        found.add("positive" if strictly else "nonnegative")
    if not chain:
        if len(scalars) == 1 and coefficient < 0:
            found |= {"skew"} & set(scalars[0].facts)
        return found
    if len(chain) == 1:
        only = set(chain[0].facts)
        found |= only & (LINEAR - {"psd"})
        if positive:
            found |= only & {"psd", "pd", "nonsingular", "positive-det"}
        elif nonnegative:
            found |= only & {"psd"}
        if coefficient and not scalars:
            found |= only & {"nonsingular"}
        if coefficient < 0 and nonnegative_scalars and _is_skew_square(chain[0]):
            found.add("psd")
        return found
    for word in ("lower", "upper", "diagonal", "nonsingular", "positive-det"):
        regular = word in ("nonsingular", "positive-det")
        if all(word in c.facts for c in chain) and (positive or not regular):
            found.add(word)
    if coefficient == 1 and not scalars and all("stiefel" in c.facts for c in chain):
        found.add("orthogonal" if all("orthogonal" in c.facts for c in chain) else "stiefel")
    outer, middle = turned_chain(chain) if _square(e) else (0, 0)
    if outer and middle > 0:
        found |= _of_congruence(chain, outer * coefficient, scalars, e.shape)
    elif outer and e.shape != (1, 1):
        found.add("skew")
    elif _square(e) and e.shape != (1, 1) and is_projection(chain):
        found |= {"psd"} if nonnegative else {"symmetric"}
    elif _square(e) and _is_polar_factor(*chain):
        found |= {"pd"} if positive else {"symmetric"}
    elif _square(e) and (are_mirrored_chains(chain, chain) or has_weighted_hessian(chain)):
        found.add("symmetric")
    return found


def _is_skew_square(e):
    """K^2 = -K'*K, and K^-2, K^6, ..."""
    if type(e).__name__ != "Power" or "skew" not in e.fields[0].facts:
        return False
    exponent = e.fields[1]
    return type(exponent).__name__ == "Number" and exponent.fields[0] % 4 == 2


def _of_congruence(chain, coefficient, scalars, shape):
    """Facts of R'*R and R'*M*R, times a number."""
    middle = chain[len(chain) // 2].facts if len(chain) % 2 else {"psd", "pd"}
    semidefinite = "psd" in middle and all("nonnegative" in s.facts for s in scalars)
    if shape == (1, 1):
        return {"nonnegative"} if semidefinite and coefficient >= 0 else set()
    found = {"symmetric"}
    if semidefinite and coefficient >= 0:
        found.add("psd")
        right = chain[(len(chain) + 1) // 2 :]
        injective = all({"nonsingular", "stiefel"} & c.facts for c in right)
        positive = coefficient > 0 and all("positive" in s.facts for s in scalars)
        if positive and "pd" in middle and injective:
            found.add("pd")
    return found


def _selected_from(chain):
    """A chain without the rows of the identity in front, and the columns behind: parts of it."""
    if not chain:
        return chain
    start, end = chain[0], chain[-1]
    turned = type(start).__name__ == "Transpose" and type(start.fields[0]).__name__ == "Selection"
    last = len(chain) - (type(end).__name__ == "Selection")
    return chain[int(turned) : last] or chain


def is_projection(chain):
    """Whether a product is A*pinv(A) or pinv(A)*A, on the columns or rows of A."""
    for f, rest in ((chain[-1], chain[:-1]), (chain[0], chain[1:])):
        if type(f).__name__ == "Apply" and f.fields[0].name == "pinv":
            (a,) = f.fields[1]
            if a is rest[0] if len(rest) == 1 else factors(a) == (1, (), rest):
                return True
    return False


def _is_polar_factor(turned, *rest):
    """Whether a product is polar(A)'*A, the square root of A'*A: A has full column rank."""
    if type(turned).__name__ != "Transpose" or type(turned.fields[0]).__name__ != "Apply":
        return False
    function, arguments = turned.fields[0].fields
    return (
        function.name == "polar"
        and len(arguments) == 1
        and (arguments[0] is rest[0] if len(rest) == 1 else factors(arguments[0]) == (1, (), rest))
    )


def _power(e):
    base, exponent = e.fields
    if complexity(e.fields):
        return {"complex"} if e.shape == (1, 1) else hermitian.of_matrix_power(e)
    found: set[str] = set()
    value = exponent.fields[0] if type(exponent).__name__ == "Number" else None
    if e.shape == (1, 1):
        if "positive" in base.facts:
            found.add("positive")
        elif value is not None and value == int(value) and value % 2 == 0:
            found.add("nonnegative")
        return found
    keep = set(base.facts) & INVERSE
    if value is not None and value % 2 == 0:
        if "symmetric" in keep:  # (S^k)'(S^k)
            keep.add("pd" if "nonsingular" in keep else "psd")
        if "nonsingular" in keep:
            keep.add("positive-det")
        if "skew" in keep:
            keep.add("symmetric")
            keep.discard("skew")
    if value is not None and value < 0:
        keep.add("nonsingular")
    return found | keep


def _element_power(e):
    base, exponent = e.fields
    found = complexity(e.fields)
    value = exponent.fields[0] if type(exponent).__name__ == "Number" else None
    if found:
        pass  # no signs
    elif "positive" in base.facts:
        found.add("positive")
    elif value is not None and value == int(value) and value % 2 == 0:
        found.add("nonnegative")
    if exponent.shape == (1, 1) and "symmetric" in base.facts:
        found.add("symmetric")
    return found


def _transpose(e):
    a = e.fields[0]
    found = {FLIP.get(f, f) for f in a.facts}
    if "orthogonal" not in a.facts:
        found -= {"stiefel", "sphere"}
    return found


def _inverse(e):
    return (set(e.fields[0].facts) & INVERSE) | {"nonsingular"}


def _hadamard(e):
    factors = e.fields[0]
    if complexity(factors):
        return hermitian.of_hadamard(e)
    common = set.intersection(*(set(f.facts) for f in factors))
    found = common & (SIGNS | {"symmetric", "psd", "pd"})  # Schur's product theorem
    if any("diagonal" in f.facts for f in factors):
        found.add("diagonal")
    if all("nonnegative" in f.facts or factors.count(f) % 2 == 0 for f in factors):
        found.add("nonnegative")  # A.*A
    unsymmetric = [f for f in factors if "symmetric" not in f.facts]
    if _square(e) and len(unsymmetric) <= MAX_PAIRED and are_paired(unsymmetric):
        found.add("symmetric")  # Y.*Y'
    return found


def _frobenius(e):
    a, b = e.fields
    if complexity(e.fields):
        return hermitian.of_frobenius(e)
    found: set[str] = set()
    if ("nonnegative" in a.facts and "nonnegative" in b.facts) or a is b:
        found.add("nonnegative")
    return found


def _kronecker(e):
    factors = e.fields[0]
    if complexity(factors):
        return hermitian.of_kronecker(e)
    common = set.intersection(*(set(f.facts) for f in factors))
    return common & {
        "symmetric",
        "diagonal",
        "lower",
        "upper",
        "psd",
        "pd",
        "orthogonal",
        "stiefel",
        "nonsingular",
        "positive-det",
        "positive",
        "nonnegative",
    }


def _square(e):
    return e.shape[0] == e.shape[1]


def _apply(e):
    if complexity(e.children):
        return hermitian.of_function(e)
    return set(e.fields[0].facts(e.fields[1]))


_RULES: dict[str, Callable[[Expr], set[str]]] = {
    "Symbol": _symbol,
    "Number": _number,
    "SizeNumber": lambda e: {"positive"},
    "Identity": lambda e: {"diagonal", "pd", "orthogonal", "nonnegative"},
    "Selection": lambda e: {"stiefel", "nonnegative"},
    "Zeros": lambda e: {"nonnegative"} | ({"diagonal", "psd"} if _square(e) else set()),
    "Ones": lambda e: {"positive"} | ({"psd"} if _square(e) else set()),
    "Sum": _sum,
    "Product": _product,
    "Power": _power,
    "ElementPower": _element_power,
    "Transpose": _transpose,
    "Conjugate": lambda e: set(e.fields[0].facts),
    "Inverse": _inverse,
    "Hadamard": _hadamard,
    "Frobenius": _frobenius,
    "Kronecker": _kronecker,
    "Differential": lambda e: (
        set(e.fields[0].facts) & {"symmetric", "skew", "diagonal", "lower", "upper", "complex"}
    ),
    "Apply": _apply,
}
