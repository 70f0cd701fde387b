"""Identities of functions that act on numbers, and so on entries; softmax.

Statements, side conditions and sources only: see `table` for how they are read and tested.
"""

from __future__ import annotations

from matcalc.derivation.rule import EITHER, HABIT, Rule

# Exponentials and logarithms

EXP_PRODUCT = Rule(
    "product of exponentials",
    "exp(c)*exp(t) = exp(c + t)",
    r"\exp(c) \exp(t) = \exp(c + t)",
    "c in R; t in R",
    "DLMF 4.8",
)
EXP_RECIPROCAL = Rule(
    "reciprocal of an exponential",
    "1/exp(c) = exp(-c)",
    r"\frac{1}{\exp(c)} = \exp(-c)",
    "c in R",
    "DLMF 4.8",
)
EXP_POWER = Rule(
    "power of an exponential",
    "exp(c)^2 = exp(2*c)",
    r"(e^z)^k = e^{kz}",
    "c in R",
    "DLMF 4.8",
    EITHER,
)
LOG_PRODUCT = Rule(
    "logarithm of a product",
    "log(c*t) = log(c) + log(t)",
    r"\log(c t) = \log(c) + \log(t)",
    "c in R+; t in R+",
    "DLMF 4.8",
    EITHER,
)
LOG_POWER = Rule(
    "logarithm of a power",
    "log(c^2) = 2*log(c)",
    r"\log(z^k) = k \log z",
    "c in R+",
    "DLMF 4.8",
    EITHER,
)
LOG_RECIPROCAL = Rule(
    "logarithm of a reciprocal",
    "log(1/c) = -log(c)",
    r"\log(\frac{1}{c}) = -\log(c)",
    "c in R",
    "DLMF 4.8",
)
LOG_GAMMA = Rule(
    "logarithm of the gamma function",
    "log(gamma(c)) = lgamma(c)",
    r"\log(\Gamma(c)) = \log\Gamma(c)",
    "c in R+",
    "definition",
)

# Roots, moduli, signs

SQRT_PRODUCT = Rule(
    "product of roots",
    "sqrt(c)*sqrt(t) = sqrt(c*t)",
    r"\sqrt{c} \sqrt{t} = \sqrt{c t}",
    "c in R+; t in R+",
    "definition",
)
SQRT_SCALED = Rule(
    "root of a multiple",
    "sqrt(4*c) = 2*sqrt(c)",
    r"\sqrt{k^2 c} = k \sqrt{c}",
    "c in R+",
    "definition",
    EITHER,
)
SQRT_OF_SQUARE = Rule(
    "root of a square",
    "sqrt(c^2) = abs(c)",
    r"\sqrt{c^2} = |c|",
    "c in R",
    "definition",
)
SIGN_TIMES = Rule(
    "sign times itself",
    "c*sign(c) = abs(c)",
    r"c \operatorname{sign}(c) = |c|",
    "c in R",
    "definition",
)
ABS_SQUARE = Rule(
    "square of a modulus",
    "abs(c)^2 = c^2",
    r"|c|^2 = c^2",
    "c in R",
    "definition",
)
ABS_NEGATIVE = Rule(
    "modulus of a negative",
    "abs(-c) = abs(c)",
    r"|-c| = |c|",
    "c in R",
    "definition",
)
ABS_PRODUCT = Rule(
    "product of moduli",
    "abs(c)*abs(t) = abs(c*t)",
    r"|c| |t| = |c t|",
    "c in R; t in R",
    "definition",
)
MAX_PLUS_MIN = Rule(
    "larger plus smaller",
    "max(c, t) + min(c, t) = c + t",
    r"\max(c, t) + \min(c, t) = c + t",
    "c in R; t in R",
    "definition",
)

# Circular and hyperbolic functions

PYTHAGORAS = Rule(
    "sine and cosine",
    "sin(c)^2 + cos(c)^2 = 1",
    r"\sin(c)^2 + \cos(c)^2 = 1",
    "c in R",
    "DLMF 4.21",
)
HYPERBOLA = Rule(
    "hyperbolic sine and cosine",
    "cosh(c)^2 - sinh(c)^2 = 1",
    r"\cosh(c)^2 - \sinh(c)^2 = 1",
    "c in R",
    "DLMF 4.35",
)
SINE_DOUBLE = Rule(
    "double angle",
    "2*sin(c)*cos(c) = sin(2*c)",
    r"2 \sin(c) \cos(c) = \sin(2 c)",
    "c in R",
    "DLMF 4.21",
    HABIT,
)
SINH_DOUBLE = Rule(
    "double hyperbolic angle",
    "2*sinh(c)*cosh(c) = sinh(2*c)",
    r"2 \sinh(c) \cosh(c) = \sinh(2 c)",
    "c in R",
    "DLMF 4.35",
    HABIT,
)
TANH_COMPLEMENT = Rule(
    "derivative of the hyperbolic tangent",
    "1 - tanh(c)^2 = 1/cosh(c)^2",
    r"1 - \tanh(c)^2 = \frac{1}{\cosh(c)^2}",
    "c in R",
    "DLMF 4.35",
    HABIT,
)
COSH_EVEN = Rule(
    "the hyperbolic cosine is even",
    "cosh(-c) = cosh(c)",
    r"\cosh(-c) = \cosh(c)",
    "c in R",
    "DLMF 4.35",
)
COS_EVEN = Rule(
    "the cosine is even",
    "cos(-c) = cos(c)",
    r"\cos(-c) = \cos(c)",
    "c in R",
    "DLMF 4.21",
)
TANH_ODD = Rule(
    "the hyperbolic tangent is odd",
    "tanh(-c) = -tanh(c)",
    r"\tanh(-c) = -\tanh(c)",
    "c in R",
    "DLMF 4.35",
    EITHER,
)
SIN_ODD = Rule(
    "the sine is odd",
    "sin(-c) = -sin(c)",
    r"\sin(-c) = -\sin(c)",
    "c in R",
    "DLMF 4.21",
    EITHER,
)

# The logistic function and its relatives

SIGMOID_FLIP = Rule(
    "logistic function of a negative",
    "sigmoid(-c) = 1 - sigmoid(c)",
    r"\sigma(-c) = 1 - \sigma(c)",
    "c in R",
    "definition",
    EITHER,
)
SIGMOID_SLOPE = Rule(
    "derivative of the logistic function",
    "sigmoid(c)*sigmoid(-c) = sigmoid(c)*(1 - sigmoid(c))",
    r"\sigma(c) \sigma(-c) = \sigma(c) (1 - \sigma(c))",
    "c in R",
    "definition",
    EITHER,
)
SIGMOID_ODDS = Rule(
    "odds of the logistic function",
    "sigmoid(c)/sigmoid(-c) = exp(c)",
    r"\frac{\sigma(c)}{\sigma(-c)} = \exp(c)",
    "c in R",
    "definition",
)
SIGMOID_TANH = Rule(
    "logistic function and hyperbolic tangent",
    "2*sigmoid(2*c) - 1 = tanh(c)",
    r"2 \sigma(2 c) - 1 = \tanh(c)",
    "c in R",
    "definition",
)
LOG_EXP_TIMES = Rule(
    "logarithm of a multiple of exp",
    "log(exp(c)*b) = c + log(b)",
    r"\log(e^c b) = c + \log b",
    "b in R+; c in R",
    "definition",
)
SIGMOID_OF_TWO = Rule(
    "share of two exponentials",
    "exp(c)/(exp(c) + exp(t)) = sigmoid(c - t)",
    r"\frac{e^c}{e^c + e^t} = \sigma(c - t)",
    "c in R; t in R",
    "definition",
)
SOFTPLUS = Rule(
    "softplus",
    "log(1 + exp(c)) = softplus(c)",
    r"\log(1 + \exp(c)) = \operatorname{softplus}(c)",
    "c in R",
    "definition",
    HABIT,
)
SOFTPLUS_FLIP = Rule(
    "softplus of a negative",
    "softplus(c) - softplus(-c) = c",
    r"\operatorname{softplus}(c) - \operatorname{softplus}(-c) = c",
    "c in R",
    "definition",
)
LOG_SIGMOID = Rule(
    "logarithm of the logistic function",
    "log(sigmoid(c)) = -softplus(-c)",
    r"\log(\sigma(c)) = -\operatorname{softplus}(-c)",
    "c in R",
    "definition",
    EITHER,
)
SILU = Rule(
    "SiLU",
    "c*sigmoid(c) = silu(c)",
    r"c \sigma(c) = \operatorname{silu}(c)",
    "c in R",
    "definition",
    HABIT,
)
RELU_STEP = Rule(
    "rectifier and step",
    "c*step(c) = relu(c)",
    r"c \operatorname{step}(c) = \operatorname{relu}(c)",
    "c in R",
    "definition",
)
RELU_DIFFERENCE = Rule(
    "positive less negative part",
    "relu(c) - relu(-c) = c",
    r"\operatorname{relu}(c) - \operatorname{relu}(-c) = c",
    "c in R",
    "definition",
)
RELU_MODULUS = Rule(
    "positive and negative part",
    "relu(c) + relu(-c) = abs(c)",
    r"\operatorname{relu}(c) + \operatorname{relu}(-c) = |c|",
    "c in R",
    "definition",
)

# Piecewise functions of what has a known sign

STEP_POSITIVE = Rule(
    "step of positive numbers",
    "step(c) = 1",
    r"\operatorname{step}(c) = 1",
    "c in R+",
    "definition",
)
STEP_NEGATIVE = Rule(
    "step of negative numbers",
    "step(-c) = 0",
    r"\operatorname{step}(-c) = 0",
    "c in R+",
    "definition",
)
STEP_ZERO = Rule(
    "step at zero",
    "step(0*c) = 1/2",
    r"\operatorname{step}(0) = \tfrac{1}{2}",
    "c in R",
    "definition",
)
SIGN_POSITIVE = Rule(
    "sign of positive numbers",
    "sign(c) = 1",
    r"\operatorname{sign}(c) = 1",
    "c in R+",
    "definition",
)
SIGN_NEGATIVE = Rule(
    "sign of negative numbers",
    "sign(-c) = -1",
    r"\operatorname{sign}(-c) = -1",
    "c in R+",
    "definition",
)
SIGN_ZERO = Rule(
    "sign of zero", "sign(0*c) = 0", r"\operatorname{sign}(0) = 0", "c in R", "definition"
)
ABS_OF_POSITIVE = Rule(
    "modulus of positive numbers", "abs(c) = c", r"|c| = c", "c in R+", "definition"
)
ABS_OF_NEGATIVE = Rule(
    "modulus of negative numbers", "abs(-c) = c", r"|-c| = c", "c in R+", "definition"
)
RELU_POSITIVE = Rule(
    "rectified positive numbers",
    "relu(c) = c",
    r"\operatorname{relu}(c) = c",
    "c in R+",
    "definition",
)
RELU_NEGATIVE = Rule(
    "rectified negative numbers",
    "relu(-c) = 0",
    r"\operatorname{relu}(-c) = 0",
    "c in R+",
    "definition",
)
LARGER = Rule(
    "the larger of two known",
    "max(c + t, t) = c + t",
    r"\max(c + t, t) = c + t",
    "c in R+; t in R",
    "definition",
)
SMALLER = Rule(
    "the smaller of two known",
    "min(c + t, t) = t",
    r"\min(c + t, t) = t",
    "c in R+; t in R",
    "definition",
)

# Softmax

SOFTMAX_SHIFT = Rule(
    "softmax of a shifted vector",
    "softmax(x + c) = softmax(x)",
    r"\operatorname{softmax}(x + c) = \operatorname{softmax}(x)",
    "x in R[n]; c in R",
    "definition",
)
SOFTMAX_EXP = Rule(
    "softmax by the log-sum-exp",
    "exp(x - logsumexp(x)) = softmax(x)",
    r"\exp(x - \operatorname{logsumexp}(x)) = \operatorname{softmax}(x)",
    "x in R[n]",
    "definition",
)
LOG_SOFTMAX = Rule(
    "logarithm of softmax",
    "log(softmax(x)) = x - logsumexp(x)",
    r"\log(\operatorname{softmax}(x)) = x - \operatorname{logsumexp}(x)",
    "x in R[n]",
    "definition",
    EITHER,
)
LOGSUMEXP_SHIFT = Rule(
    "log-sum-exp of a shifted vector",
    "logsumexp(x + c) = logsumexp(x) + c",
    r"\operatorname{logsumexp}(x + c) = \operatorname{logsumexp}(x) + c",
    "x in R[n]; c in R",
    "definition",
)
