"""Rules for functions of the library: traces, sums and diagonals of products.

Each takes the simplifier and arguments in normal form, and returns the simplified value or None.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from matcalc.expr import build
from matcalc.expr.nodes import (
    ONE,
    Apply,
    Expr,
    Hadamard,
    Identity,
    Inverse,
    Kronecker,
    Number,
    Ones,
    Power,
    Product,
    Sum,
    Transpose,
    Zeros,
    is_call,
)
from matcalc.expr.sizes import multiply_sizes
from matcalc.functions import lookup
from matcalc.functions.by_rows import rows_of
from matcalc.functions.record import Function
from matcalc.simplify import (
    chains,
    conjugates,
    identities_by_rows,
    identities_scalars,
    identities_spectra,
    khatri_rao,
    kronecker,
    matrix_functions,
    patterns,
    rules,
    signs,
)

if TYPE_CHECKING:
    from matcalc.simplify.normal_form import Simplifier


def _trace(s: Simplifier, a: Expr) -> Expr | None:
    if a.is_scalar:
        return a
    if isinstance(a, Identity):
        return build.size_number(a.shape[0])
    if isinstance(a, Transpose):
        s.note(rules.TRACE_TRANSPOSE)
        return s.call("tr", a.argument)
    if isinstance(a, Kronecker):
        return kronecker.trace(s, a)
    closed = matrix_functions.trace(s, a.chain if isinstance(a, Product) else (a,))
    if closed is not None:
        return closed
    if isinstance(a, Product):
        split = chains.outer_parts(a)
        if split is not None:
            s.note(rules.TRACE_RANK_ONE)
            u, v = split
            return s.product(ONE, (), (s.transpose(v), u))
        rotated = chains.rotated(a.chain, s)
        if rotated is not None:
            s.note(rules.TRACE_CYCLIC)
            return s.call("tr", s.product(ONE, (), rotated))
        flipped = s.transpose(a)
        if s.cost(flipped) < s.cost(a):
            s.note(rules.TRACE_TRANSPOSE)
            return s.call("tr", flipped)
        return _trace_apart(s, a)
    return _apart(s, "tr", a) if isinstance(a, Sum) else None


def _trace_apart(s: Simplifier, a: Product) -> Expr | None:
    """tr(A*(x*y' + B)) as y'*A*x + tr(A*B), where that is shorter."""
    for k, total in enumerate(a.chain):
        if not isinstance(total, Sum) or total in s.whole or not s.searches(total.terms):
            continue

        def split(k: int = k, total: Sum = total) -> Expr | None:
            around = [s.product(ONE, (), (*a.chain[:k], t, *a.chain[k + 1 :])) for t in total.terms]
            apart = s.add([s.call("tr", t) for t in around])
            return apart if s.cost(apart) < s.cost(a) + 1 else None

        found = s.trial(split)
        if found is not None:
            return found
    return None


def _sum(s: Simplifier, a: Expr) -> Expr | None:
    if a.is_scalar:
        return a
    if isinstance(a, Ones):
        return build.size_number(multiply_sizes(*a.shape))
    if isinstance(a, Transpose):
        return s.call("sum", a.argument)
    if isinstance(a, Apply) and a.function.name == "softmax":
        s.note(rules.SUM_SOFTMAX)
        return build.number(1)
    if isinstance(a, Kronecker):
        return kronecker.total(s, a)
    if isinstance(a, Sum):
        return _apart(s, "sum", a)
    if isinstance(a, Product):
        return _flipped(s, "sum", a)
    return None


def _diag(s: Simplifier, a: Expr) -> Expr | None:
    if a.is_scalar:
        return a
    if a.shape[1] == 1:
        if isinstance(a, Ones):
            return build.identity(a.shape[0])
        return None
    if isinstance(a, Identity):
        return build.ones((a.shape[0], 1))
    if isinstance(a, Apply) and a.function.name == "diag":
        s.note(rules.DIAG_DIAG)
        return a.arguments[0]
    if isinstance(a, Transpose):
        s.note(rules.DIAG_TRANSPOSE)
        return s.call("diag", a.argument)
    if isinstance(a, Sum):
        return _apart(s, "diag", a)
    if isinstance(a, Product):
        split = chains.outer_parts(a)
        if split is not None:
            return s.hadamard(map(s, split))
        return _diag_of_product(s, a)
    return None


def _diag_of_product(s: Simplifier, a: Product) -> Expr | None:
    """diag(A*diag(x)*B) as (A.*B')*x; diag(A'*B') as diag(B*A)."""
    inside = [k for k, f in enumerate(a.chain) if chains.diagonal_vector(f) is not None]
    if len(inside) == 1 and 0 < inside[0] < len(a.chain) - 1:
        k = inside[0]
        vector = chains.diagonal_vector(a.chain[k])
        assert vector is not None
        left = s.product(ONE, (), a.chain[:k])
        right = s.transpose(s.product(ONE, (), a.chain[k + 1 :]))
        s.note(rules.DIAG_OF_PRODUCT)
        return s.product(ONE, (), (s.hadamard((left, right)), vector))
    return _flipped(s, "diag", a)


def _flipped(s: Simplifier, name: str, a: Expr) -> Expr | None:
    """f(A) as f(A') where that is shorter."""

    def flip() -> Expr | None:
        flipped = s.transpose(a)
        if s.cost(flipped) >= s.cost(a):
            return None
        s.note(rules.DIAG_TRANSPOSE if name == "diag" else rules.SUM_TRANSPOSE)
        return s.call(name, flipped)

    return s.trial(flip)


def _apart(s: Simplifier, name: str, a: Sum) -> Expr | None:
    """f(A + B) as f(A) + f(B) where that is shorter."""

    def split() -> Expr | None:
        apart = s.add([s.call(name, t) for t in a.terms])
        return apart if s.cost(apart) < s.cost(a) + 1 else None

    return s.trial(split) if s.searches(a.terms) else None


def _det(s: Simplifier, a: Expr) -> Expr | None:
    if isinstance(a, Identity):
        return build.number(1)
    if isinstance(a, Transpose):
        s.note(rules.DET_TRANSPOSE)
        return s.call("det", a.argument)
    if isinstance(a, Inverse):
        s.note(rules.DET_INVERSE)
        return s.scalar_power(s.call("det", a.argument), build.number(-1))
    if isinstance(a, Power):
        s.note(rules.DET_POWER)
        return s.scalar_power(s.call("det", a.base), a.exponent)
    if isinstance(a, Kronecker):
        return kronecker.determinant(s, a)
    rank_one = chains.identity_plus_outer(a)
    if rank_one is not None:
        s.note(rules.DET_RANK_ONE)
        return chains.one_plus_inner(*rank_one, s)
    if isinstance(a, Product) and a.coefficient == 1 and not a.scalars:
        return _det_of_product(s, a)
    return None


def _det_of_product(s: Simplifier, a: Product) -> Expr | None:
    """det(A)*det(B) where a factor's determinant is simpler than itself."""
    if any(f.shape[0] != f.shape[1] for f in a.chain):
        return None
    if not any(chains.identity_plus_outer(f) for f in a.chain):
        return None

    def split() -> Expr | None:
        s.note(rules.DET_PRODUCT)
        apart = s.product(ONE, [s.call("det", f) for f in a.chain], ())
        return apart if s.cost(apart) < s.cost(a) + 1 else None

    return s.trial(split)


def _logdet(s: Simplifier, a: Expr) -> Expr | None:
    if isinstance(a, Inverse):
        s.note(rules.LOGDET_INVERSE)
        return s.product(-ONE, (s.call("logdet", a.argument),), ())
    if isinstance(a, Kronecker):
        return kronecker.log_determinant(s, a)
    rank_one = chains.identity_plus_outer(a)
    if rank_one is not None:
        s.note(rules.DET_RANK_ONE)
        return s.call("log", chains.one_plus_inner(*rank_one, s))
    return None


def _log(s: Simplifier, a: Expr) -> Expr | None:
    if "complex" in a.facts:
        return None  # exp is not one to one
    if isinstance(a, Apply) and a.function.name == "exp":
        s.note(rules.LOG_EXP)
        return a.arguments[0]
    if isinstance(a, Apply) and a.function.name == "sum":
        inner = a.arguments[0]
        if isinstance(inner, Apply) and inner.function.name == "exp" and inner.shape[1] == 1:
            s.note(rules.LOGSUMEXP)
            return s.call("logsumexp", *inner.arguments)
    if isinstance(a, Product) and len(a.chain) == 2 and a.coefficient == 1 and not a.scalars:
        inner, one = a.chain
        if isinstance(inner, Apply) and inner.function.name == "exp" and isinstance(one, Ones):
            s.note(identities_by_rows.LOGSUMEXP_ROWS)
            return s.apply(rows_of(lookup("logsumexp")), inner.arguments)
    return _log_apart(s, a)


def _log_apart(s: Simplifier, a: Expr) -> Expr | None:
    """log(exp(z)*b) as z + log(b)."""
    number, scalars, rest = build.scalar_parts(a)
    arrays = list(rest.factors) if isinstance(rest, Hadamard) else [rest] if rest else []
    factors = [*scalars, *arrays]
    exponents = [f.children[0] for f in factors if is_call(f, "exp")]
    if not exponents or len(exponents) == len(factors) or number <= 0:
        return None
    s.note(identities_scalars.LOG_EXP_TIMES)
    others = [f for f in arrays if not is_call(f, "exp")]
    left = s.product(
        number,
        [f for f in scalars if not is_call(f, "exp")],
        [s.hadamard(others) if others else build.ones(a.shape)] if arrays else (),
    )
    return s.add([*exponents, s.call("log", left)])


def _reverse(s: Simplifier, a: Expr) -> Expr | None:
    if isinstance(a, Apply) and a.function.name == "reverse":
        s.note(identities_by_rows.REVERSED_TWICE)
        return a.arguments[0]
    return None


def _pinv(s: Simplifier, a: Expr) -> Expr | None:
    if isinstance(a, Transpose):
        s.note(identities_spectra.PINV_TRANSPOSE)
        return s.transpose(s.call("pinv", a.argument))
    if "nonsingular" in a.facts:
        s.note(identities_spectra.PINV_NONSINGULAR)
        return s.inverse(a)
    return None


def _sqrt(s: Simplifier, a: Expr) -> Expr | None:
    """A number with a rational root; 2*sqrt(c) of 4*c."""
    root = build.power(a, Fraction(1, 2)) if isinstance(a, Number) else None
    if isinstance(a, Product) and a.coefficient != 1 and isinstance(a.coefficient, Fraction):
        number = build.power(build.number(a.coefficient), Fraction(1, 2))
        if isinstance(number, Number):
            s.note(identities_scalars.SQRT_SCALED)
            inner = s.call("sqrt", build.product(ONE, a.scalars, a.chain))
            return s.product(number.value, *(((inner,), ()) if a.is_scalar else ((), (inner,))))
    return root if isinstance(root, Number) else None


def _norm2(s: Simplifier, a: Expr) -> Expr | None:
    if isinstance(a, Zeros):
        return build.number(0)
    split = chains.outer_parts(a)
    if split is None:
        return kronecker.norm(s, a)
    u, v = split
    if u is not v or "complex" in u.facts:
        return None
    s.note(rules.NORM_SQUARE)
    return s.product(ONE, (), (s.transpose(u), u))


FUNCTION_RULES: dict[str, Callable[..., Expr | None]] = {
    "tr": _trace,
    "sum": _sum,
    "diag": _diag,
    "det": _det,
    "logdet": _logdet,
    "log": _log,
    "norm2": _norm2,
    "reverse": _reverse,
    "pinv": _pinv,
    "sqrt": _sqrt,
    "frechet(adj)": matrix_functions.adjugate_along,
    "frechetmatrix(adj)": matrix_functions.adjugate_matrix,
    "vec": kronecker.vec,
    "unvec": kronecker.unvec,
    "khatrirao": khatri_rao.khatrirao,
    "commutation": kronecker.constant,
}


# What elementwise functions are of 0 and of 1, where that is a fraction
AT_ZERO = {
    **dict.fromkeys(("exp", "cos", "cosh"), ONE),
    **dict.fromkeys(("sin", "tan", "asin", "atan", "sinh", "tanh", "erf", "log1p"), Fraction(0)),
    **dict.fromkeys(("abs", "relu", "sqrt", "gelu", "silu"), Fraction(0)),
    "sigmoid": Fraction(1, 2),
}
AT_ONE = {"log": Fraction(0), "abs": ONE, "relu": ONE, "sqrt": ONE, "sign": ONE, "step": ONE}


def _of_constant(function: Any, items: tuple[Expr, ...]) -> Expr | None:
    """exp(0) as 1, and log of ones as zeros."""
    if len(items) != 1 or not getattr(function, "elementwise", False):
        return None
    (a,) = items
    is_zero = isinstance(a, Zeros) or (isinstance(a, Number) and a.value == 0)
    is_one = isinstance(a, Ones) or (isinstance(a, Number) and a.value == 1)
    value = (AT_ZERO if is_zero else AT_ONE if is_one else {}).get(function.name)
    if value is None or a.is_scalar:
        return None if value is None else build.number(value)
    return build.multiply(build.number(value), build.ones(a.shape))


def with_sizes(e: Expr, children: list[Expr]) -> list[Expr]:
    """The arguments of a call, sizes as they are: n^2/2 + n/2 is one, (n^2 + n)/2 is a number."""
    assert isinstance(e, Apply)
    sizes = getattr(e.function, "sizes", ())
    return [
        given if k < len(sizes) and sizes[k] is not None else c
        for k, (given, c) in enumerate(zip(e.arguments, children, strict=True))
    ]


def simplified(s: Simplifier, function: Any, items: tuple[Expr, ...]) -> Expr | None:
    """function(items), by the function's own rule where it has one."""
    constant = _of_constant(function, items)
    if constant is not None:
        return constant
    if items and matrix_functions.is_of_matrices(function):
        closed = matrix_functions.closed_form(s, function, items)
        if closed is not None:
            return closed
    barred = conjugates.function(s, function, items)
    if barred is not None:
        return barred
    known = signs.closed_form(s, function.name, items)
    if known is not None:
        return known
    scaled = _scaled(s, function, items)
    if scaled is not None:
        return scaled
    rule = FUNCTION_RULES.get(function.name)
    found = rule(s, *items) if rule is not None else None
    if found is None and isinstance(function, Function):
        return patterns.applied(s, function, items)
    return found


def _scaled(s: Simplifier, function: Any, items: tuple[Expr, ...]) -> Expr | None:
    """A linear function with numbers and scalars taken out of its arguments."""
    adjoints = getattr(function, "adjoints", {})
    for k, a in enumerate(items):
        if not adjoints or not isinstance(a, Product) or function.parameters[k] not in adjoints:
            continue
        number, scalars, rest = build.scalar_parts(a)
        if rest is not None and (number != 1 or scalars):
            inner = s.apply(function, (*items[:k], rest, *items[k + 1 :]))
            if inner.is_scalar:
                return s.product(number, (*scalars, inner), ())
            return s.product(number, scalars, (inner,))
    return None
