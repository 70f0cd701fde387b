"""Taught messages: what is wrong with a text that Lark's parser refuses, where, and what to write.

The parser knows one token that does not fit. `explain` looks around it: each rule below takes the
`Fault`, and answers with a ParseError or, where it has nothing to say, with None. The first answer
counts, so the rules stand from the most specific to the most general.
"""

from __future__ import annotations

from lark import Token

from ..errors import ParseError
from .fault import CLOSERS, NOTHING, POSTFIX, Fault, span_of
from .lexing import BEGINS_OPERAND, ENDS_OPERAND, REQUEST_KINDS
from .symbols import about_backslash, about_mistake, about_unknown, is_latex, quoted

LATEX_BRACKETS = frozenset("{}&|")
POWERS = frozenset(("POWER", "SUPERSCRIPT"))
AXES = frozenset(("axis", "dim"))  # as NumPy and PyTorch call them
SUMMED = frozenset(("sum", "mean", "var"))
BY_ROWS = frozenset(("softmax", "logsumexp", "norm2", "norm1", "normp", "cumsum", "max", "min"))
FUNCTION_WORDS = frozenset("sin cos tan sinh cosh tanh exp log det tr sigmoid".split())
_OPERATORS = frozenset(("PLUS", "MINUS", "TIMES", "POWER", "KRON", "COLON"))
_KIND_WORDS = {
    "gradient": "grad",
    "derivative": "grad",
    "differentiate": "grad",
    "jacobian": "jac",
    "hessian": "hess",
    "differential": "diff",
}


def explain(text: str, tokens: list[Token], unexpected: Token) -> ParseError:
    """The error for a text with these tokens, of which the parser refuses one."""
    place = next(
        i
        for i, token in enumerate(tokens)
        if token.start_pos == unexpected.start_pos and token.type == unexpected.type
    )
    fault = Fault(text, tokens, place)
    for rule in _RULES:
        error = rule(fault)
        if error is not None:
            return error
    return fault.error(f"{fault.shown} is not expected here")


# LaTeX


def _latex(fault: Fault) -> ParseError | None:
    """The first command of LaTeX in a text that looks like it; a backslash alone solves A*X = B."""
    if fault.token != "\\" and fault.token not in LATEX_BRACKETS:
        return None
    last = fault.place + (fault.token == "{")  # x^{\\top}
    for i in range(fault.start + 1, min(last + 1, fault.end)):
        at, following = fault.tokens[i : i + 2]
        command = following.rstrip("_")
        is_command = is_latex(command) or (i == fault.place and following.type in ("NAME", "KIND"))
        if at == "\\" and at.end_pos == following.start_pos and is_command:
            return fault.error(about_backslash(command), at=at)
    return None


# Characters and brackets


def _character(fault: Fault) -> ParseError | None:
    token, before = fault.token, fault.before
    if fault.type == "MISTAKE":
        return fault.error(about_mistake(token))
    if fault.type != "UNKNOWN":
        return None
    if token == "{" and before.endswith("_") and fault.before_type == "NAME":
        return fault.error(f"the index belongs to the name: write {before}{fault.following}")
    if token != ".":
        return fault.error(about_unknown(token))
    if fault.before_type == "NUMBER" and before.end_pos == token.start_pos:
        return fault.error(f"a number has digits on both sides of its point: write {before}.0")
    called = _method(fault)
    if called == "transpose":
        return fault.error("write X' for the transpose")
    if called:
        return fault.error(f"a function stands alone, before its arguments: write {called}(...)")
    return fault.error("'.' is not an operator: write * for a product, .* elementwise")


def _method(fault: Fault) -> str:
    """The function in np.linalg.inv(X) or X.trace(); "" where there is no call."""
    i = fault.place
    while fault.tokens[i] == "." and fault.tokens[i + 1].type == "NAME":
        i += 2
    return str(fault.tokens[i - 1]) if i > fault.place and fault.tokens[i].type == "LPAR" else ""


def _bracket(fault: Fault) -> ParseError | None:
    if fault.type in CLOSERS and fault.inside != CLOSERS[fault.type]:
        if not fault.open:
            return fault.error(f"{fault.shown} closes nothing")
        opener = fault.tokens[fault.open[-1]]
        message = f"{fault.shown} does not close {quoted(opener)}"
        return fault.error(message, marks=(span_of(opener),))
    unclosed = [i for i in fault.open if i not in fault.partners]
    if unclosed:
        opener = fault.tokens[unclosed[-1]]
        between = fault.text[opener.end_pos : fault.token.start_pos]
        if "\n" in between or fault.type in ("_END", "_SEMICOLON", "_EQUAL", "_ARROW"):
            return fault.error(f"{quoted(opener)} is never closed", at=opener)
    return None


# Requests


def _request(fault: Fault) -> ParseError | None:
    outer = [t.type for t in fault.tokens[fault.start : fault.end]]
    if fault.marker == "_DEFINE" and "_WRT" in outer:
        return fault.error(
            "a request is a statement of its own and has no name: write grad E wrt X",
            at=fault.tokens[fault.start + outer.index("_WRT")],
        )
    if fault.marker != "_REQUEST":
        return _without_wrt(fault)
    if fault.before is NOTHING:
        word = _KIND_WORDS.get(fault.first.lower(), "grad")
        return fault.error(f"a request begins with grad, jac, hess or diff: write {word} E wrt X")
    if fault.before_type == "KIND" and fault.type == "_WRT":
        return fault.error(f"an expression is missing between '{fault.before}' and 'wrt'")
    if fault.seen("_WRT"):
        return _after_wrt(fault)
    if fault.first.type == "DERIVATIVE" and fault.type == "_WRT":
        return fault.error("'wrt' is one too many: d/dX says already by what to differentiate")
    group = fault.start + 2
    if fault.type == "LPAR" and fault.partners.get(group) == fault.place - 1:
        call = fault.written(span_of(fault.first, fault.before))
        return fault.error(
            f"the first '{fault.first}' is the request itself: to call {quoted(call)} in it, "
            f"begin with '{fault.first} {fault.first}'"
        )
    return None


def _without_wrt(fault: Fault) -> ParseError | None:
    """`grad f`: the two words would be a juxtaposition."""
    if fault.place == fault.start + 2 and fault.first in REQUEST_KINDS and fault.open == []:
        kind = fault.first
        if fault.type in BEGINS_OPERAND:
            return fault.error(f"'wrt' is missing: write {kind} E wrt X", at=kind)
    if fault.type == "_WRT":
        return fault.error("'wrt' inside brackets: a request is a statement of its own")
    return None


def _after_wrt(fault: Fault) -> ParseError:
    if fault.before_type in ("_WRT", "_COMMA"):
        return fault.error(f"the name of a variable is missing after {quoted(fault.before)}")
    if fault.type == "NAME":
        return fault.error("separate the variables by commas: wrt X, Y")
    return fault.error("after 'wrt' stand names of variables and nothing else: wrt X, Y")


# Declarations, signatures, definitions


def _declaration(fault: Fault) -> ParseError | None:
    if fault.marker != "_DECLARE":
        return None
    if fault.type == "_IN" and fault.before_type in ("nothing", "_COMMA"):
        return fault.error("a name is missing before 'in': write X in R[m,n]")
    if not fault.seen("_IN"):
        if fault.type == "NAME":
            return fault.error("separate the names by commas: A, B in R[n,n]")
        return fault.error("only names are declared: write X in R[m,n]")
    if fault.type == "_EQUAL":
        return fault.error("a declaration gives no value: define the name in another statement")
    return _set(fault, "in")


def _signature(fault: Fault) -> ParseError | None:
    if fault.marker != "_SIGNATURE":
        return None
    if fault.place <= fault.start + 2:
        return fault.error("a signature is a name, ':' and sets: write phi : R[m,n] -> R")
    if fault.type == "_ARROW" and fault.seen("_ARROW"):
        return fault.error("a signature has one '->': separate the arguments by commas")
    return _set(fault, ":")


def _set(fault: Fault, opening: str) -> ParseError:
    """Where only a set, or what follows a set, can stand."""
    if fault.open:
        if fault.before_type in ("LSQB", "_COMMA") and fault.type in ("RSQB", "_COMMA"):
            return fault.error("a size is missing: write R[n] or R[m,n]")
        if fault.type in BEGINS_OPERAND and fault.before_type in ENDS_OPERAND:
            return fault.error("separate the sizes by commas, as in R[m,n], or multiply by *")
        if fault.type == "RANGE":
            return fault.error("a size is a number, a name or their arithmetic")
        return _expression(fault) or fault.error("a size is a number, a name or their arithmetic")
    if fault.before_type in ("_IN", "COLON", "_ARROW", "_COMMA"):
        after = quoted(fault.before)
        if fault.type == "_END":
            return fault.error(f"a set is missing after {after}: write R[m,n]", at=fault.before)
        return fault.error(f"a set is expected after {after}, such as R[m,n] or Sym[n]")
    if fault.type in ("LPAR", "POWER", "SUPERSCRIPT"):
        return fault.error("the sizes of a set stand in square brackets: write R[n] or R[m,n]")
    if fault.type == "_END":
        return fault.error(f"'in' and a set are missing after {quoted(fault.before)}")
    rest = "separate statements by ';' or a new line"
    if opening == "in" and fault.type == "NAME":
        rest = "separate declarations by ';', ',' or a new line"
    return fault.error(f"{fault.shown} cannot follow a set: {rest}")


def _definition(fault: Fault) -> ParseError | None:
    if fault.type == "_EQUAL" and fault.open:
        return fault.error(f"'=' inside brackets: arguments have no names, {_by_position(fault)}")
    if fault.marker != "_DEFINE":
        return None
    if fault.seen("_EQUAL"):
        if fault.type == "_EQUAL":
            return fault.error("a second '=': a statement defines one name")
        if fault.before_type == "_EQUAL" and fault.type == "_END":
            return fault.error("an expression is missing after '='", at=fault.before)
        return None
    if fault.type == "_EQUAL" and fault.before is NOTHING:
        return fault.error("a name is missing before '=': write D = W*X")
    return fault.error("what is defined is a name or a function of names: D = W*X, f(x) = x^2")


def _by_position(fault: Fault) -> str:
    """What to write for f(X, axis=1), where there is no other way than to name the argument."""
    called = fault.tokens[fault.open[-1] - 1] if fault.inside == "LPAR" else NOTHING
    if called in SUMMED and fault.before in AXES:
        return f"write {called}(X,1) or {called}(X,2)"
    if called in BY_ROWS and fault.before in AXES:
        return f"write rows({called})(X)"
    return "they go by position"


# Expressions


def _juxtaposition(fault: Fault) -> ParseError | None:
    if fault.before_type not in ENDS_OPERAND or fault.type not in BEGINS_OPERAND:
        return None
    before, token = fault.before, fault.token
    if before.type == token.type == "NUMBER" and before.end_pos == token.start_pos:
        return fault.error(f"{quoted(before + token)} is not a number", at=before)
    left, right = fault.operand_before(), fault.operand_here()
    function = _function_with_power(fault)
    if function:
        power = fault.written(left).removeprefix(function)
        advice = f"write {function}{fault.written(right)}{power}"
        return fault.error(f"a power stands after the argument: {advice}", marks=(left, right))
    a, b = (fault.written(span) for span in (left, right))
    a, b = (shown if len(shown) <= 30 else "..." for shown in (a, b))
    advice = f"write {a}*{b}"
    if before.type == token.type == "NAME" and len(before) > 1 and before[0].islower():
        inner = f"{b}({fault.following})" if fault.following.type == "NAME" else b
        advice += f", or {a}({inner}) for a call"
    return fault.error(f"juxtaposition is not a product: {advice}", marks=(left, right))


def _function_with_power(fault: Fault) -> str:
    """sin of sin^2(x) and of sin²(x); "" of what is no power of a function."""
    i = fault.place - (1 if fault.before_type == "SUPERSCRIPT" else 2)
    if fault.type != "LPAR" or i <= fault.start or fault.tokens[i].type not in POWERS:
        return ""
    function = fault.tokens[i - 1]
    return str(function) if function in FUNCTION_WORDS else ""


def _expression(fault: Fault) -> ParseError | None:
    """What can go wrong around one operator, bracket or comma of an expression."""
    for rule in (_juxtaposition, _misplaced, _over_index, _after_operand, _before_operand):
        error = rule(fault)
        if error is not None:
            return error
    return None


def _misplaced(fault: Fault) -> ParseError | None:
    """What cannot stand here, whatever is before it."""
    if fault.type == "RANGE":
        return fault.error("a range has two ends and no step: x[1:3]")
    if fault.type == "_ARROW":
        return fault.error("'->' belongs to a signature: phi : R[m,n] -> R")
    return None


def _over_index(fault: Fault) -> ParseError | None:
    """`sum(i in 1..n, body)`, half written."""
    if fault.type == "_IN":
        return fault.error("'in' inside brackets belongs to a sum: write sum(i in 1..n, body)")
    if fault.inside == "LPAR":
        opener = fault.open[-1]
        kinds = [token.type for token in fault.tokens[opener + 1 : fault.place]]
        if kinds[1:2] == ["_IN"] and fault.before_type in (*ENDS_OPERAND, "_IN"):
            if "_DOTS" not in kinds:
                return fault.error("the range of a sum is written 1..n: sum(i in 1..n, body)")
            if fault.type == "RPAR":
                return fault.error("the body of the sum is missing: write sum(i in 1..n, body)")
    if fault.type == "_DOTS":
        if fault.inside == "LSQB":
            return fault.error("a range in an index is written with a colon: x[1:3]")
        return fault.error("'..' belongs to a sum: write sum(i in 1..n, body)")
    return None


def _after_operand(fault: Fault) -> ParseError | None:
    """An operand, then something that cannot follow it."""
    if fault.before_type not in ENDS_OPERAND:
        return None
    if fault.type in ("POWER", "SUPERSCRIPT"):
        return fault.error("a^b^c needs parentheses: write (a^b)^c or a^(b^c)")
    if fault.type == "LSQB":
        return fault.error("an index after a power needs parentheses: (X^2)[i,j] or a^(b[i])")
    if fault.type == "_SEMICOLON":
        return fault.error("';' separates the rows of block(A,B;C,D), and statements")
    if fault.type == "_COMMA":
        if fault.inside == "LPAR":
            return fault.error("',' separates the arguments of a function: is its name missing?")
        return fault.error("',' outside brackets: separate statements by ';' or a new line")
    return None


def _before_operand(fault: Fault) -> ParseError | None:
    """No operand where one must stand."""
    before, kind = fault.before, fault.before_type
    if kind in ENDS_OPERAND:
        return None
    if fault.type == "LSQB":
        return fault.error("'[' begins no expression: a matrix of blocks is block(A,B;C,D)")
    if fault.type == "QUOTE":
        return fault.error(
            "a quote is a transpose and stands after an operand: there are no texts in quotes"
        )
    if kind in _OPERATORS:
        operator = quoted(before)
        if fault.type == "_END":
            more = fault.place + 1 < len(fault.tokens) and fault.token != ";"
            rest = ": a statement goes on in the next line only inside brackets" if more else ""
            return fault.error(f"an operand is missing after {operator}{rest}", at=before)
        if fault.type in _OPERATORS or fault.type in POSTFIX:
            return fault.error(f"an operand is missing between {operator} and {fault.shown}")
        return fault.error(f"an operand is missing after {operator}", at=before)
    if fault.type in _OPERATORS or fault.type in POSTFIX:
        return fault.error(f"an operand is missing before {fault.shown}")
    if fault.type in CLOSERS or fault.type in ("_COMMA", "_SEMICOLON"):
        if before is NOTHING:
            return fault.error(f"an expression is missing before {fault.shown}")
        if kind == "LPAR" and fault.type == "RPAR":
            return fault.error("the parentheses are empty")
        what = "an index" if fault.inside == "LSQB" else "an argument"
        return fault.error(f"{what} is missing between {quoted(before)} and {fault.shown}")
    if fault.type == "_END" and before is not NOTHING:
        return fault.error(f"an expression is missing after {quoted(before)}", at=before)
    return None


_RULES = (
    _latex,
    _character,
    _bracket,
    _request,
    _declaration,
    _signature,
    _definition,
    _expression,
)
