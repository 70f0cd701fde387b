"""What a name of the language means, read off its record; and the list of all names."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from textwrap import wrap

from matcalc.calculus.manifolds import MANIFOLDS
from matcalc.calculus.structured import SENTENCES
from matcalc.errors import UnknownNameError
from matcalc.expr.sets import SETS
from matcalc.functions import names, registry
from matcalc.functions.record import Function

# Names with a meaning that have no record: they stand for nodes of the core, or are grammar.
WORDS = {
    "I": "The identity matrix; its size is inferred.",
    "eye": "eye(n): the identity matrix of a size.",
    "zeros": "zeros(n), zeros(m,n): an array of zeros.",
    "ones": "ones(n), ones(m,n): an array of ones.",
    "vector": "vector(c): a column vector of a constant; its size is inferred.",
    "matrix": "matrix(c): a matrix of a constant; its size is inferred.",
    "d": "d(X): the differential of X. Of a declared X also dX.",
    "conj": "conj(X): the complex conjugate.",
    "kron": "kron(A,B): the Kronecker product, also A ⊗ B.",
    "frechet": "frechet(expm)(A,E): the Fréchet derivative of a matrix function at A along E.",
    "rows": "rows(f)(X): a function of vectors, such as softmax, of every row of a matrix.",
    "columns": "columns(f)(X): a function of vectors of every column of a matrix.",
    "block": "block(A,B;C,D): arrays in rows, the rows one below the other.",
    "grad": "grad E wrt X: the gradient of a scalar. grad(phi)(x): of a declared function.",
    "jac": "jac E wrt x: the Jacobian. jac(g)(x): of a declared function.",
    "hess": "hess E wrt x: the Hessian. hess(phi)(x): of a declared function, the Jacobian of its"
    " gradient or Jacobian; jac(hess(phi))(x): of that.",
    "diff": "diff E wrt X: the differential, linear in d(X).",
}

# What the members of a set are.
MEMBERS = {
    "R": "real numbers, column vectors or matrices",
    "R+": "arrays with positive entries",
    "Sym": "symmetric matrices",
    "Skew": "skew-symmetric matrices, X' = -X",
    "Diag": "diagonal matrices",
    "Tril": "lower triangular matrices",
    "Triu": "upper triangular matrices",
    "Toep": "Toeplitz matrices, constant along each diagonal",
    "SymToep": "symmetric Toeplitz matrices",
    "PSD": "symmetric positive semidefinite matrices",
    "SPD": "symmetric positive definite matrices",
    "Orth": "orthogonal matrices, X'*X = I",
    "Stiefel": "matrices with orthonormal columns, X'*X = I",
    "Simplex": "vectors with positive entries and sum 1",
    "Sphere": "vectors of norm 1",
    "C": "complex numbers, column vectors or matrices",
    "Herm": "Hermitian matrices, Z^H = Z",
    "HPD": "Hermitian positive definite matrices",
    "Unitary": "unitary matrices, Z^H*Z = I",
}

CONVENTIONS = {
    "projected": "The gradient by a structured variable as a member of its linear space (default).",
    "entries": "The gradient by a structured variable, each free entry counted once.",
    "riemannian": "The gradient and the Hessian by a variable on a curved set, in the metric of"
    " the space around it.",
    "affine": "The gradient and the Hessian in the affine-invariant metric.",
    "cholesky": "The gradient and the Hessian by the Cholesky factor.",
}

STATEMENTS = """\
X in R[m,n]              declare a variable; also Sym[n], SPD[n], Diag[n], R+[n], ...
phi : R[m,n] -> R        declare a function without a formula
D = W*X                  define a name; derivations use it
f(x) = x*exp(x)          define a function of numbers, which goes entry by entry
grad E wrt X             a gradient with its derivation, verified; grad E wrt W, X
diff E wrt X             the differential
E                        show an expression, its shape and what is known of it

* + - / ^ are those of matrices, .* ./ .^ go entry by entry, ' transposes, A : B = tr(A'*B).
Undeclared: capital letters are matrices, h-z column vectors, a-g and Greek letters scalars."""


def entry(name: str) -> list[str]:
    """What a name means; UnknownNameError for one that the language does not have."""
    name = name.strip().removesuffix("()")
    records = registry().get(name)
    if records:
        lines: list[str] = []
        shown = distinct(records.values())
        for record in shown:
            lines += [""] * bool(lines) + function_lines(record, name)
        if len(shown) < len(records):
            lines.append(f"likewise of up to {max(records)} arguments")
        return [*lines, "", *_set_lines(name)] if name in SETS else lines
    if name in WORDS:
        return [WORDS[name]]
    if name in SETS:
        return _set_lines(name)
    if name in CONVENTIONS:
        return _convention_lines(name)
    near = difflib.get_close_matches(name, [*names(), *WORDS, *SETS, *CONVENTIONS], 1)
    hint = f"did you mean {near[0]}?" if near else None
    raise UnknownNameError(f"{name or 'the empty name'} has no meaning of its own", hint=hint)


def distinct(records: Iterable[Function]) -> list[Function]:
    """Records without those that are the same of more arguments, such as hcat(A,B,C)."""
    first: dict[tuple[str, str], Function] = {}
    for f in records:
        first.setdefault((f.name, f.doc), f)
    return list(first.values())


def function_lines(f: Function, name: str) -> list[str]:
    """The signature of a function, its differential, its conditions and where they stand."""
    head = f"{name}({','.join(f.parameters)})" if f.parameters else name
    lines = [f"{head} : {s.text}" if f.parameters else f"{head} in R" for s in f.signatures]
    if f.doc:
        lines.append(f.doc)
    for text in differentials(f):
        lines.append(f"{'adjoint' if text.startswith('G :') else 'differential'}: {text}")
    lines += [f"holds where {text}" for text in conditions(f)]
    others = [n for n in (f.name, *f.aliases) if n != name]
    if others:
        lines.append(f"also called {', '.join(others)}")
    if f.source:
        lines.append(f"source: {f.source}")
    return lines


def differentials(f: Function) -> list[str]:
    """The rule of a function as equations; at complex arguments, too, where it is another."""
    kind = "Hermitian" if f.of_hermitian else "complex"
    call = f"{f.name}({','.join(f.parameters)})"
    other = [f"d({call}) = {f.wirtinger} of {kind} {f.parameters[0]}"] if f.wirtinger else []
    return [*_differentials(f, call), *other]


def _differentials(f: Function, call: str) -> list[str]:
    """The rule at real arguments; for a linear function also the adjoint, by overload."""
    if f.differential is not None or f.symmetric is not None:
        stated = [f"d({call}) = {f.differential}"] if f.differential else []
        if f.symmetric:
            stated.append(f"d({call}) = {f.symmetric} of symmetric {f.parameters[0]}")
        return stated + [f"G : {call} = {text} : {p}" for p, text in f.adjoints.items()]
    if f.derivative is not None:
        terms = (f"{_factor(text)} .* d{p}" for p, text in f.derivatives.items() if text != "0")
        return [f"d({call}) = {' + '.join(terms) or '0'}"]
    for p, stated_adjoints in f.adjoints.items():
        adjoints = (stated_adjoints,) if isinstance(stated_adjoints, str) else stated_adjoints
        linear = f"d({call}) = {f.name}(d{p}), linear"
        return [f"{linear}; G : {f.name}(d{p}) = {t} : d{p}" for t in dict.fromkeys(adjoints)]
    return []


def conditions(f: Function) -> list[str]:
    """The conditions of a function in its parameters."""

    def named(match: re.Match) -> str:
        number = match[1]
        return f.parameters[int(number) - 1] if number else parameter

    found = []
    for c in f.conditions:
        parameter = c.parameter
        found.append(re.sub(r"□(\d?)", named, c.text))
    return found


def _factor(text: str) -> str:
    """The text as a factor: in parentheses unless it is a name or a single call."""
    return text if re.fullmatch(r"[\w.]+(\([^()]*\))?", text) else f"({text})"


def _set_lines(name: str) -> list[str]:
    kind = SETS[name]
    sizes = {0: "", 1: "[n]", 2: "[m,n]"}
    shown = ", ".join(name + sizes[k] for k in kind.sizes)
    lines = [f"{shown}: {MEMBERS[name]}, a set of variables"]
    for convention in CONVENTIONS:
        words = _in_convention(name, convention)
        lines += [f"derivatives by them, {convention}: {words}"] if words else []
    return lines


def _in_convention(name: str, convention: str) -> str | None:
    """What the gradient by a variable in a set is in a convention; None where it is nothing new."""
    curved = MANIFOLDS.get((name, convention))
    hull = SETS[name].hull or ""
    return curved.words if curved else SENTENCES.get((hull, convention))


def _convention_lines(name: str) -> list[str]:
    """What a convention means for each set that it is for."""
    told = {of: _in_convention(of, name) for of in SETS}
    first: dict[str, list[str]] = {}
    for of, words in told.items():
        if words:
            first.setdefault(words, []).append(of)
    return [CONVENTIONS[name], *(f"{', '.join(sets)}: {words}" for words, sets in first.items())]


def overview(width: int = 78) -> list[str]:
    """All names, by how they act."""
    groups: dict[str, dict[str, None]] = {"elementwise": {}, "linear": {}, "other": {}}
    for name in names():
        for f in registry()[name].values():
            kind = "elementwise" if f.elementwise else "linear" if f.linear else "other"
            groups[kind][name] = None
    lines: list[str] = []
    for title, members in (
        ("Elementwise functions", groups["elementwise"]),
        ("Linear functions", groups["linear"]),
        ("Other functions", groups["other"]),
        ("Words", WORDS),
        ("Sets", SETS),
    ):
        listed = wrap(" ".join(members), width, initial_indent="  ", subsequent_indent="  ")
        lines += [f"{title}:", *listed]
    return lines
