"""Elementwise functions: each states its scalar derivative.

At a kink or a jump the value is the mean of both sides: step(0) = 1/2. So step(x) + step(-x) = 1
and sign(x) = 2*step(x) - 1 hold everywhere, and where a = b the derivative of max(a,b) is shared
evenly. The conditions name these points, since there is no derivative there.
"""

from __future__ import annotations

import re

from matcalc.expr.nodes import number_value
from matcalc.functions.numbers import Numbers
from matcalc.functions.record import Condition, Function


def _function(head, derivative, latex=None, **fields):
    """A record; `latex` may be the bare command, and the statement follows from the derivative."""
    parameters = head[head.index("(") + 1 : -1].split(",")
    by = {parameters[-1]: derivative} if isinstance(derivative, str) else derivative
    terms = " + ".join(f"{_factor(text)} d{p}" for p, text in by.items() if text != "0")
    if latex is not None and "□" not in latex:
        latex += r"\left(□\right)"
    return Function(
        head,
        ", ".join(["R[m,n]"] * len(parameters)) + " -> R[m,n]",
        derivative=derivative,
        latex=latex,
        **{"statement": f"d {head} = {terms or '0'}", "facts": _symmetric, **fields},
    )


def _factor(text):
    """The text as a factor: in parentheses unless it is a single call."""
    return text if re.fullmatch(r"\w+\([^()]*\)", text) else f"({text})"


# Facts

_SIGNS = frozenset({"positive", "nonnegative"})  # kept where f(x) has the sign of x
_ZEROS = frozenset({"diagonal", "lower", "upper"})  # kept where f(0) = 0
_ODD = _ZEROS | {"skew"}  # kept where f(-x) = -f(x)


def _symmetric(arguments):
    """An elementwise function of symmetric arguments (and scalars) is symmetric."""
    arrays = [a.facts for a in arguments if not a.is_scalar]
    return {"symmetric"} if arrays and all("symmetric" in known for known in arrays) else set()


def _facts(always=None, keeps=frozenset(), even=False):
    """Facts of f(x): one that always holds, and those of x that it keeps."""

    def facts(arguments):
        known = arguments[0].facts
        found = _symmetric(arguments) | (known & keeps)
        if always:
            found.add(always)
        if even and "skew" in known:
            found.add("symmetric")
        return found

    return facts


def _extreme_facts(enough):
    """Facts of the larger (enough = any) or the smaller (all) of two arguments."""

    def facts(arguments):
        signs = {s for s in _SIGNS if enough(s in a.facts for a in arguments)}
        return _symmetric(arguments) | signs

    return facts


def _polygamma_facts(arguments):
    """For odd k, polygamma(k,x) is k! times the sum of (x + n)^-(k + 1): even powers."""
    order = number_value(arguments[0])
    positive = {"positive"} if order is not None and order % 2 == 1 else set()
    return _symmetric(arguments) | positive


# Conditions


def _complex(arguments):
    return "complex" in arguments[0].facts


_POSITIVE = frozenset({"positive"})
_ABOVE_ZERO = (Condition("every entry of □ > 0", "x", _POSITIVE),)
_NOT_ZERO = (Condition("no entry of □ is 0", "x", _POSITIVE),)
_INSIDE_ONE = (Condition("every entry of □ lies in (-1, 1)", "x"),)
_NO_POLE = (Condition("no entry of □ is 0, -1, -2, ...", "x", _POSITIVE),)
_NO_TIE = (Condition("□1 and □2 have no equal entries", "a"),)

_WHERE_NO_POLE = "np.all((x.real > 0) | (x.real != np.floor(x.real)))"

# NumPy texts that neither overflow nor cancel; in x.real only the branch is chosen, and the
# branches are one analytic function

_SIGMOID = "np.exp(np.where(x.real > 0, 0, x))/(1 + np.exp(np.where(x.real > 0, -x, x)))"
_SOFTPLUS = "np.where(x.real > 0, x, 0) + np.log1p(np.exp(np.where(x.real > 0, -x, x)))"

FUNCTIONS = (
    # Exponential, logarithm, root
    _function(
        "exp(x)",
        "exp(x)",
        holomorphic=True,
        numpy="np.exp(x)",
        latex=r"\exp",
        facts=_facts("positive"),
        doc="The exponential of every entry. expm(X) is the matrix exponential.",
        source="DLMF 4.7(ii)",
    ),
    _function(
        "log(x)",
        "1/x",
        holomorphic=True,
        numpy="np.log(x)",
        latex=r"\log",
        conditions=_ABOVE_ZERO,
        defined="np.all(x.real > 0)",
        doc="The natural logarithm of every entry. logm(X) is the matrix logarithm.",
        source="DLMF 4.7(i)",
    ),
    _function(
        "log1p(x)",
        "1/(1 + x)",
        numpy="np.log1p(x)",
        facts=_facts(keeps=_SIGNS | _ZEROS),
        conditions=(Condition("every entry of □ > -1", "x", _SIGNS),),
        defined="np.all(x.real > -1)",
        doc="log(1 + x), accurate for small x.",
        source="DLMF 4.7(i)",
    ),
    _function(
        "sqrt(x)",
        "1/(2*sqrt(x))",
        holomorphic=True,
        numpy="np.sqrt(x)",
        latex=r"\sqrt{□}",
        unicode="√(□)",
        facts=_facts("nonnegative", keeps=_POSITIVE | _ZEROS),
        conditions=_ABOVE_ZERO,
        defined="np.all(x.real >= 0)",
        doc="The square root of every entry. sqrtm(X) is the square root of a matrix.",
        source="DLMF 4.7(ii)",
    ),
    # Trigonometric functions and their inverses
    _function(
        "sin(x)",
        "cos(x)",
        holomorphic=True,
        numpy="np.sin(x)",
        latex=r"\sin",
        facts=_facts(keeps=_ODD),
        doc="The sine of every entry.",
        source="DLMF 4.20",
    ),
    _function(
        "cos(x)",
        "-sin(x)",
        holomorphic=True,
        numpy="np.cos(x)",
        latex=r"\cos",
        facts=_facts(even=True),
        doc="The cosine of every entry.",
        source="DLMF 4.20",
    ),
    _function(
        "tan(x)",
        "1 + tan(x)^2",
        holomorphic=True,
        numpy="np.tan(x)",
        latex=r"\tan",
        facts=_facts(keeps=_ODD),
        conditions=(Condition("no entry of □ is an odd multiple of pi/2", "x"),),
        doc="The tangent of every entry.",
        source="DLMF 4.20",
    ),
    _function(
        "asin(x)",
        "1/sqrt(1 - x^2)",
        numpy="np.arcsin(x)",
        latex=r"\arcsin",
        facts=_facts(keeps=_SIGNS | _ODD),
        conditions=_INSIDE_ONE,
        defined="np.all(np.abs(x.real) <= 1)",
        aliases=("arcsin",),
        doc="The inverse sine of every entry, in [-pi/2, pi/2].",
        source="DLMF 4.24(ii)",
    ),
    _function(
        "acos(x)",
        "-1/sqrt(1 - x^2)",
        numpy="np.arccos(x)",
        latex=r"\arccos",
        facts=_facts("nonnegative"),
        conditions=_INSIDE_ONE,
        defined="np.all(np.abs(x.real) <= 1)",
        aliases=("arccos",),
        doc="The inverse cosine of every entry, in [0, pi].",
        source="DLMF 4.24(ii)",
    ),
    _function(
        "atan(x)",
        "1/(1 + x^2)",
        numpy="np.arctan(x)",
        latex=r"\arctan",
        facts=_facts(keeps=_SIGNS | _ODD),
        aliases=("arctan",),
        doc="The inverse tangent of every entry, in (-pi/2, pi/2).",
        source="DLMF 4.24(ii)",
    ),
    # Hyperbolic functions
    _function(
        "sinh(x)",
        "cosh(x)",
        holomorphic=True,
        numpy="np.sinh(x)",
        latex=r"\sinh",
        facts=_facts(keeps=_SIGNS | _ODD),
        doc="The hyperbolic sine of every entry.",
        source="DLMF 4.34",
    ),
    _function(
        "cosh(x)",
        "sinh(x)",
        holomorphic=True,
        numpy="np.cosh(x)",
        latex=r"\cosh",
        facts=_facts("positive", even=True),
        doc="The hyperbolic cosine of every entry.",
        source="DLMF 4.34",
    ),
    _function(
        "tanh(x)",
        "1 - tanh(x)^2",
        holomorphic=True,
        numpy="np.tanh(x)",
        latex=r"\tanh",
        facts=_facts(keeps=_SIGNS | _ODD),
        conditions=(Condition("no entry of □ is an odd multiple of 1i*pi/2", "x", when=_complex),),
        doc="The hyperbolic tangent of every entry.",
        source="DLMF 4.34",
    ),
    # Special functions
    _function(
        "erf(x)",
        "2/sqrt(pi)*exp(-x^2)",
        numpy="special.erf(x)",
        facts=_facts(keeps=_SIGNS | _ODD),
        doc="The error function, 2/sqrt(pi) times the integral of exp(-t^2) from 0 to x.",
        source="DLMF 7.2.1",
    ),
    _function(
        "gamma(x)",
        "gamma(x)*digamma(x)",
        numpy="special.gamma(x)",
        latex=r"\Gamma",
        unicode="Γ(□)",
        facts=_facts(keeps=_POSITIVE),
        conditions=_NO_POLE,
        defined=_WHERE_NO_POLE,
        analytic=False,  # for x < 0 SciPy's complex gamma loses a small imaginary part
        doc="The gamma function: gamma(n) = (n - 1)!",
        source="DLMF 5.2.2",
    ),
    _function(
        "lgamma(x)",
        "digamma(x)",
        numpy="special.gammaln(x)",
        latex=r"\log\Gamma",
        conditions=_NO_POLE,
        defined=_WHERE_NO_POLE,
        analytic=False,  # gammaln is real; for x < 0 loggamma is another function
        doc="log(abs(gamma(x))), which does not overflow where gamma(x) does.",
        source="DLMF 5.2.2",
    ),
    _function(
        "digamma(x)",
        "polygamma(1, x)",
        numpy="special.digamma(x)",
        latex=r"\psi",
        unicode="ψ(□)",
        conditions=_NO_POLE,
        defined=_WHERE_NO_POLE,
        doc="The derivative of log(gamma(x)).",
        source="DLMF 5.15",
    ),
    _function(
        "polygamma(k,x)",
        {"x": "polygamma(k + 1, x)"},
        numpy="special.polygamma(k, x)",
        latex=r"\psi^{\left(□1\right)}\left(□2\right)",
        facts=_polygamma_facts,
        conditions=_NO_POLE,
        defined=f"np.all((k >= 0) & (k == np.floor(k))) and {_WHERE_NO_POLE}",
        analytic=False,  # SciPy has it for real x only
        numbers={"k": Numbers(0)},
        examples=("k = 1",),
        doc="The k-th derivative of digamma(x), for k = 0, 1, 2, ...; it has none by k.",
        source="DLMF 5.15",
    ),
    # Piecewise functions
    _function(
        "abs(x)",
        "sign(x)",
        squared="2*x.*dx",
        wirtinger="conj(x)./(2*abs(x)).*dx + x./(2*abs(x)).*conj(dx)",
        wirtinger_squared="conj(x).*dx + x.*conj(dx)",
        numpy="np.abs(x)",
        latex=r"\left|□\right|",
        unicode="|□|",
        facts=_facts("nonnegative", keeps=_POSITIVE | _ZEROS, even=True),
        conditions=_NOT_ZERO,
        analytic=False,
        doc="The absolute value of every entry; at 0 all of [-1, 1] are subgradients, and"
        " sign(0) = 0 is taken.",
        source="by definition",
    ),
    _function(
        "sign(x)",
        "0",
        numpy="np.sign(x)",
        facts=_facts(keeps=_SIGNS | _ODD),
        conditions=_NOT_ZERO,
        analytic=False,
        doc="1 for x > 0, -1 for x < 0, and sign(0) = 0.",
        source="by definition",
    ),
    _function(
        "step(x)",
        "0",
        numpy="np.heaviside(x, 0.5)",
        facts=_facts("nonnegative", keeps=_POSITIVE),
        conditions=_NOT_ZERO,
        analytic=False,
        doc="Heaviside's step function: 1 for x > 0, 0 for x < 0, and step(0) = 1/2.",
        source="by definition",
    ),
    _function(
        "max(a,b)",
        {"a": "step(a - b)", "b": "step(b - a)"},
        numpy="np.maximum(a, b)",
        latex=r"\max\left(□1, □2\right)",
        facts=_extreme_facts(any),
        conditions=_NO_TIE,
        analytic=False,
        doc="The larger of two, entry by entry; at a tie the subgradient 1/2 of each is taken."
        " max(x) is the largest entry of an array.",
        source="by definition",
    ),
    _function(
        "min(a,b)",
        {"a": "step(b - a)", "b": "step(a - b)"},
        numpy="np.minimum(a, b)",
        latex=r"\min\left(□1, □2\right)",
        facts=_extreme_facts(all),
        conditions=_NO_TIE,
        analytic=False,
        doc="The smaller of two, entry by entry. min(x) is the smallest entry of an array.",
        source="by definition",
    ),
    # Activation functions of neural networks
    _function(
        "sigmoid(x)",
        "sigmoid(x)*(1 - sigmoid(x))",
        holomorphic=True,
        conditions=(Condition("no entry of □ is an odd multiple of 1i*pi", "x", when=_complex),),
        numpy=_SIGMOID,
        latex=r"\sigma",
        unicode="σ(□)",
        facts=_facts("positive"),
        doc="The logistic function, 1/(1 + exp(-x)).",
        source="Bishop, Pattern Recognition and Machine Learning, (4.88)",
    ),
    _function(
        "softplus(x)",
        "sigmoid(x)",
        numpy=_SOFTPLUS,
        facts=_facts("positive"),
        doc="log(1 + exp(x)), the smooth relu.",
        source="Dugas et al., NIPS 2000",
    ),
    _function(
        "relu(x)",
        "step(x)",
        squared="2*relu(x).*dx",
        numpy="np.maximum(x, 0)",
        facts=_facts("nonnegative", keeps=_POSITIVE | _ZEROS),
        conditions=_NOT_ZERO,
        analytic=False,
        doc="max(x, 0), the positive part; at 0 all of [0, 1] are subgradients, and step(0) = 1/2"
        " is taken.",
        source="Nair & Hinton, ICML 2010",
    ),
    _function(
        "leakyrelu(x)",
        "0.01 + 0.99*step(x)",
        numpy="np.maximum(x, 0.01*x)",
        facts=_facts(keeps=_SIGNS | _ZEROS),
        conditions=_NOT_ZERO,
        analytic=False,
        doc="x for x > 0, 0.01*x for x < 0.",
        source="Maas, Hannun & Ng, ICML 2013",
    ),
    _function(
        "elu(x)",
        "exp(min(x, 0))",
        numpy="np.maximum(x, 0) + np.expm1(np.minimum(x, 0))",
        facts=_facts(keeps=_SIGNS | _ZEROS),
        analytic=False,
        statement="d elu(x) = exp(min(x, 0)) dx",
        doc="x for x > 0, exp(x) - 1 for x < 0; the derivative is continuous.",
        source="Clevert, Unterthiner & Hochreiter, ICLR 2016",
    ),
    _function(
        "gelu(x)",
        "(1 + erf(x/sqrt(2)))/2 + x*exp(-x^2/2)/sqrt(2*pi)",
        numpy="x/2*special.erfc(-x/np.sqrt(2))",
        facts=_facts(keeps=_SIGNS | _ZEROS),
        doc="x times the normal distribution function of x: x*(1 + erf(x/sqrt(2)))/2.",
        source="Hendrycks & Gimpel, arXiv:1606.08415",
    ),
    _function(
        "silu(x)",
        "sigmoid(x) + silu(x)*(1 - sigmoid(x))",
        numpy=f"x*{_SIGMOID}",
        facts=_facts(keeps=_SIGNS | _ZEROS),
        doc="x*sigmoid(x), also called swish.",
        source="Elfwing, Uchibe & Doya, Neural Networks 107 (2018)",
    ),
    _function(
        "hardtanh(x)",
        "step(1 - x^2)",
        numpy="np.clip(x, -1, 1)",
        facts=_facts(keeps=_SIGNS | _ODD),
        conditions=(Condition("no entry of □ is -1 or 1", "x"),),
        analytic=False,
        doc="x cut off at -1 and 1.",
        source="Collobert, Large Scale Machine Learning, 2004",
    ),
)
