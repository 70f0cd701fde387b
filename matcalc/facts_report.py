"""What is known of an expression, with the reason in words.

    explain_facts(e) -> [("positive semidefinite", "Gram matrix B'*B"), ...]

The facts are those of `matcalc.expr.facts`, which are taken as they are; here they are only
explained, by the kind of node and by the parts that have the facts that matter.
"""

from __future__ import annotations

from matcalc.expr import build
from matcalc.expr.facts import is_projection
from matcalc.expr.mirrors import is_palindrome, turned_chain
from matcalc.expr.nodes import (
    Apply,
    Differential,
    ElementPower,
    Expr,
    Frobenius,
    Hadamard,
    Identity,
    Inverse,
    Kronecker,
    Number,
    Ones,
    Power,
    Product,
    Selection,
    SizeNumber,
    Sum,
    Symbol,
    Transpose,
    Zeros,
)
from matcalc.expr.sets import IMPLIES, closure, real_set

WORDS = {
    "pd": "positive definite",
    "psd": "positive semidefinite",
    "skew": "skew-symmetric",
    "lower": "lower triangular",
    "upper": "upper triangular",
    "stiefel": "orthonormal columns",
    "hermitian": "Hermitian",
    "hpsd": "Hermitian positive semidefinite",
    "hpd": "Hermitian positive definite",
    "toeplitz-symmetric": "symmetric Toeplitz",
    "simplex": "entries that sum to 1",
    "sphere": "norm 1",
    "positive-det": "determinant > 0",
}
NOT_SHOWN = frozenset({"complex", "differential"})
ORDER = (
    "symmetric skew psd pd diagonal lower upper orthogonal stiefel unitary hermitian hpsd hpd"
    " positive-det nonsingular positive nonnegative"
).split()

Explanation = tuple[str, str]


def explain_facts(e: Expr, implied: bool = False) -> list[Explanation]:
    """What is known of an expression, each with its reason.

    Only the strongest facts, unless those that they imply are asked for, too.
    """
    known = sorted(e.facts - NOT_SHOWN, key=lambda f: (f not in ORDER, _rank(f), f))
    strong = [f for f in known if not any(f in closure({g}) for g in known if g != f)]
    explained = [(word(f, e), _reason(e, f)) for f in strong]
    if implied:
        explained += [(word(f, e), _implied(f, known, e)) for f in known if f not in strong]
    return explained


def _rank(fact: str) -> int:
    return ORDER.index(fact) if fact in ORDER else len(ORDER)


def word(fact: str, e: Expr) -> str:
    """A fact in words: of entries, where there are several."""
    if fact in ("positive", "nonnegative"):
        sign = "> 0" if fact == "positive" else ">= 0"
        return fact if e.is_scalar else f"all entries {sign}"
    return WORDS.get(fact, fact)


def _implied(fact: str, known: list[str], e: Expr) -> str:
    source = next(g for g in known if fact in IMPLIES.get(g, ()) or fact in closure({g}) - {g})
    return f"implied by {word(source, e)}"


def _reason(e: Expr, fact: str) -> str:
    explain = _REASONS.get(type(e))
    return explain(e, fact) if explain is not None else "by the rules of its kind"


def _having(parts: tuple[Expr, ...], fact: str) -> list[str]:
    """The parts with a fact, as texts."""
    return [_brief(p) for p in parts if fact in p.facts]


def _brief(e: Expr) -> str:
    text = str(e)
    return text if len(text) <= 40 else text[:37] + "..."


def _listed(items: list[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def _symbol(e: Symbol, fact: str) -> str:
    return f"declared: {e.name} in {e.set}"


def _sum(e: Sum, fact: str) -> str:
    if all(fact in t.facts for t in e.terms):
        return f"every term is {word(fact, e.terms[0])}"
    if fact == "pd":
        strict = _listed(_having(e.terms, "pd"))
        return f"positive semidefinite terms, of which {strict} is positive definite"
    if fact == "positive":
        return f"terms >= 0, of which {_listed(_having(e.terms, 'positive'))} is > 0"
    if fact == "positive-det":
        return "its symmetric part is positive definite"
    if fact == "skew":
        return "each term is skew-symmetric or stands beside minus its transpose"
    if fact == "orthogonal":
        return "a reflection"
    if fact == "psd":
        if any(type(t) is Identity for t in e.terms):
            return "I less a projection"
        return "the covariances of an indicator with these probabilities"
    return "each term is symmetric or stands beside its transpose"


def _product(e: Product, fact: str) -> str:
    parts = e.children
    if fact in ("positive", "nonnegative") and all("nonnegative" in p.facts for p in parts):
        return f"a product of factors that are {'> 0' if fact == 'positive' else '>= 0'}"
    if len(e.chain) == 1 and fact not in e.chain[0].facts:
        return f"minus the square of the skew-symmetric {_brief(e.chain[0].children[0])}"
    if len(e.chain) == 1:
        return f"a multiple of {_brief(e.chain[0])}, which is {word(fact, e.chain[0])}"
    if all(fact in c.facts for c in e.chain):
        return f"a product of {_plural(fact)}"
    if not is_palindrome(e.chain) and turned_chain(e.chain)[0]:
        skew = _listed(list(dict.fromkeys(_having(e.chain, "skew"))))
        if fact == "skew" and turned_chain(e.chain[1:-1])[0]:
            return f"{_brief(e)}: {skew} skew-symmetric"
        signs = f"by the signs of the skew-symmetric {skew}"
        if fact == "symmetric":
            return f"its transpose is the same product, {signs}"
        return f"it is R'*R or R'*M*R, {signs}"
    if fact == "symmetric" and not (is_palindrome(e.chain) or is_projection(e.chain)):
        return "its transpose is the same product: commutation exchanges the factors of kron"
    return _mirrored(e, fact)


def _mirrored(e: Product, fact: str) -> str:
    """B'*B and B'*S*B; A*pinv(A)."""
    chain = build.product(type(e.coefficient)(1), (), e.chain)
    if is_projection(e.chain):
        return f"{_brief(chain)} is an orthogonal projection"
    if len(e.chain) % 2 == 0:
        if e.is_scalar:
            return f"{_brief(chain)} is a sum of squares"
        full = " of a nonsingular matrix" if fact == "pd" else ""
        return f"Gram matrix {_brief(chain)}{full}"
    middle = e.chain[len(e.chain) // 2]
    inner = next((f for f in ("pd", "psd", "symmetric") if f in middle.facts), fact)
    if fact == "symmetric":
        inner = "symmetric"
    form = "quadratic form " if e.is_scalar else ""
    return f"{form}{_brief(chain)}: {_brief(middle)} {WORDS.get(inner, inner)}"


def _plural(fact: str) -> str:
    return {"stiefel": "matrices with orthonormal columns"}.get(
        fact, f"{WORDS.get(fact, fact)} matrices"
    )


def _power(e: Power, fact: str) -> str:
    if fact in e.base.facts:
        return f"a power of the {_noun(e.base, fact)} {_brief(e.base)}"
    if e.is_scalar:
        return "an even power"
    if fact == "nonsingular":
        return "a negative power"
    return f"an even power of the {_noun(e.base, 'symmetric')} {_brief(e.base)}"


def _element_power(e: ElementPower, fact: str) -> str:
    if fact in e.base.facts:
        return f"entrywise power of {_clause(e.base, fact)}"
    return "an even power"


def _noun(e: Expr, fact: str) -> str:
    """ "symmetric positive definite matrix", as one says it."""
    if e.is_scalar:
        return f"{fact} number"
    if fact == "stiefel":
        return "matrix with orthonormal columns"
    if fact == "symmetric" and "skew" in e.facts:
        fact = "skew"
    name = WORDS.get(fact, fact)
    return f"symmetric {name} matrix" if fact in ("pd", "psd") else f"{name} matrix"


def _inverse(e: Inverse, fact: str) -> str:
    if fact in e.argument.facts:
        return f"inverse of the {_noun(e.argument, fact)} {_brief(e.argument)}"
    return "an inverse, where it exists"


def _transpose(e: Transpose, fact: str) -> str:
    source = {"lower": "upper", "upper": "lower"}.get(fact, fact)
    return f"transpose of the {_noun(e.argument, source)} {_brief(e.argument)}"


def _hadamard(e: Hadamard, fact: str) -> str:
    if fact == "diagonal":
        return f"an entrywise product with the diagonal matrix {_having(e.factors, fact)[0]}"
    if fact in ("psd", "pd"):
        return "an entrywise product of positive semidefinite matrices (Schur's product theorem)"
    if fact == "nonnegative" and any(fact not in f.facts for f in e.factors):
        return "an entrywise product of squares"
    return f"an entrywise product of factors that are all {word(fact, e.factors[0])}"


def _frobenius(e: Frobenius, fact: str) -> str:
    if e.left is e.right:
        return "a sum of squares"
    return f"{_brief(e.left)} and {_brief(e.right)} have entries >= 0"


def _apply(e: Apply, fact: str) -> str:
    """Whether the function has it always, or owes it to its arguments."""
    name = e.function.name
    if not e.arguments:
        return "a constant"
    general = tuple(build.symbol(f"_{k}", real_set(a.shape)) for k, a in enumerate(e.arguments))
    if fact in closure(set(e.function.facts(general))):
        return f"by the definition of {name}"
    causes = [_clause(a, strongest) for a in e.arguments for strongest in _strongest(a)[:1]]
    return f"{name} of {_listed(causes)}" if causes else f"by the definition of {name}"


def _clause(a: Expr, fact: str) -> str:
    """ "x, whose entries are > 0", "S, which is symmetric"."""
    if fact in ("positive", "nonnegative") and not a.is_scalar:
        return f"{_brief(a)}, whose entries are {'> 0' if fact == 'positive' else '>= 0'}"
    return f"{_brief(a)}, which is {word(fact, a)}"


def _strongest(e: Expr) -> list[str]:
    facts = [f for f in e.facts if f not in NOT_SHOWN]
    strong = [f for f in facts if not any(f in closure({g}) for g in facts if g != f)]
    return sorted(strong, key=_rank)


_REASONS = {
    Symbol: _symbol,
    Number: lambda e, fact: "the number itself",
    SizeNumber: lambda e, fact: "a size",
    Identity: lambda e, fact: "the identity matrix",
    Selection: lambda e, fact: "columns of the identity matrix",
    Zeros: lambda e, fact: "all entries are 0",
    Ones: lambda e, fact: "all entries are 1",
    Sum: _sum,
    Product: _product,
    Power: _power,
    ElementPower: _element_power,
    Transpose: _transpose,
    Inverse: _inverse,
    Hadamard: _hadamard,
    Frobenius: _frobenius,
    Kronecker: lambda e, fact: f"a Kronecker product of {_plural(fact)}",
    Differential: lambda e, fact: f"a differential within the set of {_brief(e.argument)}",
    Apply: _apply,
}
