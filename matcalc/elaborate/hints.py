"""What to do about an error: a set that would fit, what a convention made of a name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from matcalc.elaborate.names import GREEK, kind_of, latin_scalar
from matcalc.expr.nodes import Apply, Expr, Number, Symbol, symbols
from matcalc.expr.sets import VariableSet, real_set
from matcalc.expr.sizes import Shape
from matcalc.functions import lookup
from matcalc.syntax import tree

# Functions by the names that other languages and papers have for them: words to write instead.
FOREIGN = {
    "transpose": "write X' for the transpose of X",
    "ln": "did you mean log?",
    "log10": "write log(x)/log(10)",
    "log2": "write log(x)/log(2)",
    "norm": "did you mean norm2?",
    "inverse": "did you mean inv?",
    "determinant": "did you mean det?",
    "Tr": "did you mean tr?",
    "Trace": "did you mean tr?",
    "hadamard": "write A.*B for the entrywise product",
    "frobenius": "write A : B for the Frobenius product",
    "inner": "write x'*y, or dot(x,y)",
    "matmul": "write A*B for the product",
    "mul": "write A*B for the product, A.*B entry by entry",
    "multiply": "write A*B for the product, A.*B entry by entry",
    "einsum": "write products, A : B, or a sum over an index: sum(i in 1..n, a[i]*b[i])",
    "pow": "write a^b, of arrays entry by entry A.^b",
    "power": "write a^b, of arrays entry by entry A.^b",
    "square": "write x.^2 for the squares of the entries",
    "reciprocal": "write 1./x for the reciprocals of the entries",
    "cbrt": "write x.^(1/3)",
    "argmax": "it is not differentiable",
    "argmin": "it is not differentiable",
    "rank": "it is constant where it is differentiable",
    "floor": "it is constant where it is differentiable",
    "ceil": "it is constant where it is differentiable",
    "round": "it is constant where it is differentiable",
    "identity": "write eye(n), or I",
    "logistic": "did you mean sigmoid?",
    "expit": "did you mean sigmoid?",
    "sigma": "did you mean sigmoid?",
    "σ": "did you mean sigmoid?",
    "heaviside": "did you mean step?",
    "sgn": "did you mean sign?",
    "maximum": "write max(a,b)",
    "minimum": "write min(a,b)",
    "clip": "write min(max(x,a),b)",
    "clamp": "write min(max(x,a),b)",
    "where": "write step(c) for 1 where c > 0 and 0 where c < 0",
    "average": "did you mean mean?",
    "variance": "did you mean var?",
    "std": "write sqrt(var(x))",
    "prod": "write exp(sum(log(x))) for positive entries",
    "erfc": "write 1 - erf(x)",
    "sec": "write 1./cos(x)",
    "csc": "write 1./sin(x)",
    "cot": "write 1./tan(x)",
    "cov": "write X'*(X - ones(m)*mean(X,1))/m for X in R[m,n]",
    "cross": "write A*y with A = block(0,-x[3],x[2];x[3],0,-x[1];-x[2],x[1],0)",
    "crossprod": "write A'*B",
    "logit": "write log(p/(1 - p))",
    "mse": "write norm2(y - X*w)^2/n",
    "crossentropy": "write -y'*log(softmax(x))",
    "cross_entropy": "write -y'*log(softmax(x))",
    "huber": "define it: h(r) = min(abs(r),1)*(abs(r) - min(abs(r),1)/2)",
    "sinc": "write sin(x)./x",
    "sort": "there is none: max(x), min(x) and eigvals(A) have derivatives",
    "median": "there is none: max(x), min(x) and mean(x) have derivatives",
    "solve": "write A\\b for the solution x of A*x = b",
    "normF": "did you mean normfro?",
    "fro": "did you mean normfro?",
    "rows": "write rows(f)(X) with a function f of vectors, as in rows(softmax)(X)",
    "columns": "write columns(f)(X) with a function f of vectors, as in columns(norm2)(X)",
    "size": "a size name is the number: n of X in R[m,n]",
    "len": "a size name is the number: n of x in R[n]",
    "length": "a size name is the number: n of x in R[n]",
}


def joined_names(name: str, wanted: Iterable[str]) -> str | None:
    """That AX is one name, where a product with the wanted X may be meant."""
    if is_function_name(name):
        return function_words(name)
    for w in wanted:
        if len(w) == 1 and len(name) > 1 and w in name and name.isalpha():
            return f"{name} is one name: write {'*'.join(name)} for a product"
    return None


def misfit(
    node: tree.Expression,
    below: list[Expr],
    declared: Mapping[str, VariableSet],
    inferred: Mapping[str, VariableSet],
) -> str | None:
    """The sets of the variables in the operands of a misfit, and one that would fit."""
    sets: dict[str, VariableSet] = {}
    for n in tree.postorder(node):
        if isinstance(n, tree.Name):
            of = declared.get(n.name) or inferred.get(n.name)
            if of is not None:
                sets.setdefault(n.name, of)
    if not sets or len(sets) > 8:
        return None
    hint = ", ".join(f"{name} in {of}" for name, of in sets.items())
    called = [n for n in sets if n in inferred and is_function_name(n)]
    if called:
        return f"{hint}; {function_words(called[0])}"
    greek = [n for n in sets if n in inferred and kind_of(n) == "scalar" and not latin_scalar(n)]
    if greek:
        return f"{hint}; {_scalar_words(greek[0])}"
    if isinstance(node, tree.Binary) and len(below) == 2:
        if node.op in ("*", "@") and _are_columns(*below):
            return f"{hint}: did you mean {_of_columns(*below)}?"
        for operand, mine, other in (
            (node.right, below[1], below[0]),
            (node.left, below[0], below[1]),
        ):
            suggestion = _suggestion(node, operand, mine, other)
            if suggestion is not None:
                return f"{hint}: did you mean {suggestion}?"
    return hint


def _scalar_words(name: str) -> str:
    return f"{name} is a scalar by convention: if it is a vector, declare {name} in R[n]"


def is_function_name(name: str) -> bool:
    """Whether an undeclared variable has the name of a function, and no Greek letter's."""
    return name not in GREEK and (lookup(name) is not None or name in ("eye", "ones", "zeros"))


def function_words(name: str) -> str:
    return f"{name} is a variable here: a function has parentheses, {name}(...)"


def convention(inferred: Mapping[str, VariableSet], operands: Iterable[Expr]) -> str | None:
    """That an undeclared operand is a vector by convention, where a number may be meant."""
    vectors = [
        e.name
        for e in operands
        if isinstance(e, Symbol) and e.name in inferred and kind_of(e.name) == "vector"
    ]
    return vector_words(vectors[:1]) if vectors else None


def unwanted_vectors(inferred: Mapping[str, VariableSet], shape: Shape) -> list[str]:
    """The undeclared vectors that may have made a vector of what should be a scalar."""
    return [
        name
        for name, of in inferred.items()
        if kind_of(name) == "vector" and of.shape in (shape, shape[::-1])
    ]


def vector_words(names: list[str]) -> str:
    if len(names) == 1:
        return (
            f"{names[0]} is a column vector by convention (h to z):"
            f" if it is a number, declare {names[0]} in R"
        )
    return (
        f"{' and '.join(names)} are column vectors by convention (h to z):"
        f" declare those that are numbers, as in {names[0]} in R"
    )


def _suggestion(node: tree.Binary, operand, mine: Expr, other: Expr) -> str | None:
    """A set for a lone variable that would fit beside the other operand."""
    if not isinstance(operand, tree.Name) or not isinstance(mine, Symbol):
        return None
    if mine in symbols(other):
        return None
    if node.op in ("+", "-", ".*", "./", ":"):
        return f"{operand.name} in {real_set(other.shape)}"
    if node.op in ("*", "@"):
        if operand is node.right:
            wanted = (other.shape[1], mine.shape[1])
        else:
            wanted = (mine.shape[0], other.shape[0])
        return f"{operand.name} in {real_set(wanted)}"
    return None


def _are_columns(a: Expr, b: Expr) -> bool:
    return a.shape[1] == 1 and b.shape[1] == 1 and not a.is_scalar and not b.is_scalar


def _of_columns(a: Expr, b: Expr) -> str:
    """The products that there are of two columns."""
    left, right = _text(a), _text(b)
    outer = "" if a.shape == b.shape else f", {left}*{right}'"
    return f"{left}'*{right}{outer} or {left}.*{right}"


def of_quotient(node: tree.Expression, below: list[Expr]) -> str | None:
    """That x/y of arrays is written x./y, where that has a value."""
    if not isinstance(node, tree.Binary) or node.op != "/" or len(below) != 2:
        return None
    a, b = below
    if not (a.is_scalar or a.shape == b.shape):
        return None
    return f"write {_text(a)}./{_text(b)} for the quotients of the entries"


def _text(e: Expr) -> str:
    """An operand, in parentheses where it needs them."""
    text = str(e)
    if len(text) > 30:
        return "(...)"
    return text if isinstance(e, Symbol | Apply | Number) else f"({text})"
