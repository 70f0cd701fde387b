"""Exponentials relative to the largest of them, where their quotients, logarithms or roots are.

exp(a)/(exp(a) + exp(b)) is a number also where all three are zero or infinite in floating point:
it is exp(a - t)/(exp(a - t) + exp(b - t)) with t = max(a,b). So is log(exp(a) + exp(b)), which is
t + log(exp(a - t) + exp(b - t)). Densities of mixtures are such sums, and entries of softmax.

So what is made of exponentials is also known as exp(t).*A, with A of moderate size: products add
up the t, sums take the largest. So are determinants, of which t is the logarithm. It is written so
where a product has such factors whose t may cancel, and in logarithms and roots.
Source: Higham, Accuracy and Stability, 2nd ed.; Blanchard, Higham & Higham, IMA J. Numer. Anal. 41
(2021) 2311-2330.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

from matcalc.codegen.scaled import (
    Found,
    Scaled,
    by_ends,
    by_entries,
    call,
    is_one,
    is_zero,
    largest,
    minus,
    times_exp,
    total,
    unit,
    wide,
)
from matcalc.expr import build
from matcalc.expr.nodes import (
    Apply,
    ElementPower,
    Expr,
    Frobenius,
    Hadamard,
    Identity,
    Inverse,
    Kronecker,
    Power,
    Product,
    Sum,
    Transpose,
    fold,
    is_call,
    number_value,
    postorder,
)


def relative(roots: Sequence[Expr]) -> list[Expr]:
    """The expressions with such quotients, logarithms and roots so written."""
    if not any(type(e) is Apply and e.function.name in _SOURCES for e in postorder(*roots)):
        return list(roots)
    memo: dict[Expr, Found] = {}
    return [fold(r, _step, memo).plain for r in roots]


def _step(e: Expr, below: list[Found]) -> Found:
    plain = build.rebuild(e, [b.plain for b in below])
    if "complex" in e.facts or e.shape != plain.shape:
        return Found(plain)
    if isinstance(e, Apply):
        return _OF_CALLS.get(e.function.name, _of_others)(e, plain, below)
    rule = _RULES.get(type(e))
    if rule is None or not any(b.scaled for b in below):
        return Found(plain)
    return rule(e, plain, below)


# Nodes


def _sum(e: Sum, plain: Expr, below: list[Found]) -> Found:
    """exp(t)*(exp(a - t) + exp(b - t)) for exp(a) + exp(b), t the larger one."""
    if (share := _other_share(e, below)) is not None:
        return Found(plain, share)
    shares = [b.scaled.bounded for b in below if b.scaled]
    if all(shares) and len(shares) < len(below):
        return Found(plain)  # neither large nor small
    zero = build.number(0)
    parts = [b.scaled or Scaled(zero, b.plain) for b in below]
    shape = (1, 1) if all(p.exponent.is_scalar for p in parts) else e.shape
    exponents = [wide(p.exponent, shape) for p in parts]
    t = largest(exponents)
    rest = (times_exp(minus(x, t), p.rest) for x, p in zip(exponents, parts, strict=True))
    coarse = any(p.coarse for p in parts)
    return Found(plain, Scaled(t, build.add(*rest), all(shares), coarse))


def _other_share(e: Sum, below: list[Found]) -> Scaled | None:
    """1 - sigmoid(a) as sigmoid(-a)."""
    ones = [b.plain for b in below if is_one(b.plain)]
    shares = [b.plain for b in below if isinstance(b.plain, Product)]
    if len(below) != 2 or not ones or not shares or shares[0].coefficient != -1:
        return None
    factors = (*shares[0].scalars, *shares[0].chain)
    if len(factors) != 1 or not is_call(factors[0], "sigmoid"):
        return None
    return Scaled(build.multiply(-1, call("softplus", factors[0].children[0])), unit(e.shape), True)


def _product(e: Product, plain: Expr, below: list[Found]) -> Found:
    """The exponents of all factors; of arrays in a chain the largest one each.

    Where a chain keeps entries, rows or columns apart, so do the exponents that are known of it.
    """
    k = len(e.scalars)
    found = [b.scaled for b in below]

    def product(of_chain: list[Scaled | None]) -> Found:
        return _multiplied(plain, below, [*found[:k], *of_chain], e, lambda r: build.rebuild(e, r))

    if len(e.chain) < 2:
        return product(found[k:])
    if (entries := by_entries(below[k:])) is not None:
        return product(entries)
    arrays = sum(s is not None and not s.exponent.is_scalar for s in found[k:])
    written = product([s and s.by_number() for s in found[k:]])
    if written.scaled is None:
        return written
    if arrays > 1 and not all(1 in f.shape for f in e.chain):
        return Found(plain)  # the largest entries need not meet
    kept = by_ends(below[k:])
    return written if kept is None else Found(written.plain, product(kept).scaled)


def _hadamard(e: Hadamard, plain: Expr, below: list[Found]) -> Found:
    if any("diagonal" in b.plain.facts for b in below):
        return _on_diagonal(below)
    found = [b.scaled and b.scaled.fine for b in below]
    return _multiplied(plain, below, found, e, lambda rests: build.hadamard(*rests))


def _on_diagonal(below: list[Found]) -> Found:
    """I.*exp(t) is diag(exp(diag(t))): entries beside the diagonal do not count."""
    columns = [_diagonal_of(b) for b in below if not isinstance(b.plain, Identity)]
    column = build.hadamard(*(c.plain for c in columns))
    found = [c.scaled and c.scaled.fine for c in columns]
    whole = _multiplied(column, columns, found, column, lambda rests: build.hadamard(*rests))
    return _diagonal_of(whole)


def _diagonal_of(found: Found) -> Found:
    """The diagonal of a matrix as a column, or the matrix that has this diagonal."""
    e = call("diag", found.plain)
    assert isinstance(e, Apply)
    return _diag(e, e, [found])


def _multiplied(
    plain: Expr,
    below: list[Found],
    found: list[Scaled | None],
    e: Expr,
    times: Callable[[list[Expr]], Expr],
) -> Found:
    def put(chosen: list[Scaled]) -> Scaled:
        rests = [s.rest if s in chosen else b.plain for b, s in zip(below, found, strict=True)]
        exponent = total([s.exponent for s in chosen], e.shape)
        bounded, coarse = all(s.bounded for s in chosen), any(s.coarse for s in chosen)
        return Scaled(exponent, times(rests), bounded, coarse)

    parts = [s for s in found if s is not None]
    if not parts:
        return Found(plain)
    whole = put(parts)
    if len(parts) == 1 or whole.bounded:
        return Found(plain, whole)
    moderate = put([s for s in parts if not s.bounded])  # shares need nothing
    if is_zero(moderate.exponent):
        return Found(moderate.rest)
    return Found(whole.value, whole)


def _power(e: Power | ElementPower, plain: Expr, below: list[Found]) -> Found:
    """A root may be finite where what is below it is not."""
    base, exponent = below
    s = base.scaled and (base.scaled.by_number() if isinstance(e, Power) else base.scaled.fine)
    if s is None or not exponent.plain.is_scalar:
        return Found(plain)
    raised = build.power if isinstance(e, Power) else build.element_power
    p = exponent.plain
    value = number_value(p)
    bounded = s.bounded and value is not None and value > 0
    scaled = Scaled(build.multiply(p, s.exponent), raised(s.rest, p), bounded)
    whole = value is not None and Fraction(value).denominator == 1
    return Found(plain if whole else scaled.value, scaled)


def _transpose(e: Transpose, plain: Expr, below: list[Found]) -> Found:
    assert below[0].scaled is not None
    return Found(plain, below[0].scaled.turned)


def _inverse(e: Inverse, plain: Expr, below: list[Found]) -> Found:
    assert below[0].scaled is not None
    s = below[0].scaled.by_number()
    return Found(plain, Scaled(build.multiply(-1, s.exponent), build.inverse(s.rest)))


def _bilinear(e: Expr, plain: Expr, below: list[Found]) -> Found:
    """Frobenius and Kronecker products."""
    found = [b.scaled and b.scaled.by_number() for b in below]
    return _multiplied(plain, below, found, e, lambda rests: build.rebuild(e, rests))


_RULES: dict[type, Callable[..., Found]] = {
    Sum: _sum,
    Product: _product,
    Hadamard: _hadamard,
    Power: _power,
    ElementPower: _power,
    Transpose: _transpose,
    Inverse: _inverse,
    Frobenius: _bilinear,
    Kronecker: _bilinear,
}


# Functions


def _exp(e: Apply, plain: Expr, below: list[Found]) -> Found:
    return Found(plain, Scaled(below[0].plain, unit(e.shape)))


def _cosh(e: Apply, plain: Expr, below: list[Found]) -> Found:
    """exp(|a|)*(1 + exp(-2*|a|))/2"""
    size = call("abs", below[0].plain)
    return Found(plain, Scaled(size, _half_of_cosh(size)))


def _half_of_cosh(size: Expr) -> Expr:
    small = call("exp", build.multiply(-2, size))
    return build.multiply(build.number(Fraction(1, 2)), build.add(unit(size.shape), small))


def _sinh(e: Apply, plain: Expr, below: list[Found]) -> Found:
    """tanh(a)*cosh(a)"""
    a = below[0].plain
    size = call("abs", a)
    return Found(plain, Scaled(size, build.hadamard(call("tanh", a), _half_of_cosh(size))))


def _sigmoid(e: Apply, plain: Expr, below: list[Found]) -> Found:
    """exp(-softplus(-x))"""
    t = build.multiply(-1, call("softplus", build.multiply(-1, below[0].plain)))
    return Found(plain, Scaled(t, unit(e.shape), True))


def _softmax(e: Apply, plain: Expr, below: list[Found]) -> Found:
    """exp(x - logsumexp(x))"""
    x = below[0].plain
    return Found(plain, Scaled(minus(x, call("logsumexp", x)), unit(e.shape), True))


def _log(e: Apply, plain: Expr, below: list[Found]) -> Found:
    s, a = below[0].scaled and below[0].scaled.fine, below[0].plain
    if s is None:
        return Found(_log_of_det(a) or plain)
    if (found := _softplus(a)) is not None or is_one(s.rest):
        return Found(found or wide(s.exponent, e.shape))
    return Found(build.add(wide(s.exponent, e.shape), call("log", s.rest)))


def _log_of_det(a: Expr) -> Expr | None:
    """log(det(A)), and log(det(A)^2) as 2*log(abs(det(A))), for which there is code, too."""
    if is_call(a, "det"):
        return call("logdet", a.children[0])
    if not isinstance(a, Power) or not is_call(a.base, "det"):
        return None
    p = number_value(a.exponent)
    if p is None or Fraction(p).denominator != 1 or p % 2:
        return None
    return build.multiply(p, call("log", call("abs", a.base)))


def _softplus(a: Expr) -> Expr | None:
    """log(1 + exp(x)), whose value may be small."""
    if not isinstance(a, Sum) or len(a.terms) != 2:
        return None
    terms = sorted(a.terms, key=is_one)
    if is_one(terms[1]) and is_call(terms[0], "exp"):
        return call("softplus", terms[0].children[0])
    return None


def _sqrt(e: Apply, plain: Expr, below: list[Found]) -> Found:
    s = below[0].scaled and below[0].scaled.fine
    if s is None:
        return Found(plain)
    half = build.multiply(build.number(Fraction(1, 2)), s.exponent)
    scaled = Scaled(half, call("sqrt", s.rest))
    return Found(scaled.value, scaled)


def _logdet(e: Apply, plain: Expr, below: list[Found]) -> Found:
    """log(det(exp(t)*A)) = n*t + log(det(A))"""
    if below[0].scaled is None:
        return Found(plain)
    s = below[0].scaled.by_number()
    n = build.size_number(s.rest.shape[0])
    return Found(build.add(build.multiply(n, s.exponent), call("logdet", s.rest)))


def _det(e: Apply, plain: Expr, below: list[Found]) -> Found:
    """exp(log(det(A))) of positive definite A, and det(exp(t)*A) = exp(n*t)*det(A)."""
    a, exponents = below[0].plain, []
    if below[0].scaled is not None:
        s = below[0].scaled.by_number()
        a, n = s.rest, build.size_number(s.rest.shape[0])
        exponents.append(build.multiply(n, s.exponent))
    rest = call("det", a)
    if "pd" in a.facts:
        exponents.append(call("logdet", a))
        rest = build.number(1)
    return Found(plain, Scaled(total(exponents, (1, 1)), rest) if exponents else None)


def _of_others(e: Apply, plain: Expr, below: list[Found]) -> Found:
    """Linear functions, norms: a number goes in front."""
    f = e.function
    first = below[0].scaled if below else None
    if first is None or any(b.scaled for b in below[1:]):
        return Found(plain)
    if not (getattr(f, "linear", False) or getattr(f, "norm", False)):
        return Found(plain)
    s = first.by_number()
    rest = build.apply(f, s.rest, *(b.plain for b in below[1:]))
    return Found(plain, Scaled(s.exponent, rest, s.bounded, s.coarse))


def _diag(e: Apply, plain: Expr, below: list[Found]) -> Found:
    """The diagonal of a matrix entry by entry."""
    s = below[0].scaled
    if e.arguments[0].shape[1] == 1:
        return replace(_of_others(e, plain, below), diagonal=s)
    return Found(plain, below[0].diagonal or (s and _diagonal(s)))


def _diagonal(s: Scaled) -> Scaled:
    t = s.exponent if s.exponent.is_scalar else call("diag", s.exponent)
    rest = unit((s.rest.shape[0], 1)) if is_one(s.rest) else call("diag", s.rest)
    return Scaled(t, rest, s.bounded, s.coarse)


def _trace(e: Apply, plain: Expr, below: list[Found]) -> Found:
    s = below[0].scaled
    if s is None or s.exponent.is_scalar:
        return _of_others(e, plain, below)
    d = _diagonal(s).by_number()
    return Found(plain, Scaled(d.exponent, call("sum", d.rest), d.bounded))


_OF_CALLS: dict[str, Callable[[Apply, Expr, list[Found]], Found]] = {
    "exp": _exp,
    "cosh": _cosh,
    "sinh": _sinh,
    "sigmoid": _sigmoid,
    "softmax": _softmax,
    "log": _log,
    "sqrt": _sqrt,
    "logdet": _logdet,
    "det": _det,
    "diag": _diag,
    "tr": _trace,
}
_SOURCES = frozenset({"exp", "cosh", "sinh", "sigmoid", "softmax", "det"})
