"""The statements of the language."""

import pytest

from matcalc.errors import ParseError
from matcalc.syntax import parse_expression, parse_program
from matcalc.syntax.tree import Declaration, Definition, Request, Show, Signature


def only(text: str):
    (statement,) = parse_program(text).statements
    return statement


def names(nodes) -> list[str]:
    return [node.name for node in nodes]


@pytest.fixture
def set_shown(shown):
    return lambda node: f"{node.name}[{shown(node.sizes)}]" if node.sizes else node.name


@pytest.mark.parametrize(
    ("text", "declared", "set_"),
    [
        ("X in R[m,n]", ["X"], "R[m n]"),
        ("X ∈ R[m,n]", ["X"], "R[m n]"),
        ("A, B in R[n,n]", ["A", "B"], "R[n n]"),
        ("c in R", ["c"], "R"),
        ("c in R+", ["c"], "R+"),
        ("x in R+[n]", ["x"], "R+[n]"),
        ("Q in Stiefel[n,p]", ["Q"], "Stiefel[n p]"),
        ("x in R[m*n]", ["x"], "R[(* m n)]"),
        ("x in R[n*(n+1)/2, 3]", ["x"], "R[(/ (* n (+ n 1)) 2) 3]"),
        ("R in R[n]", ["R"], "R[n]"),
        ("in in R", ["in"], "R"),
        ("wrt, grad, d in R", ["wrt", "grad", "d"], "R"),
        ("x in ℝ[n]", ["x"], "R[n]"),
    ],
)
def test_declarations(set_shown, text, declared, set_):
    statement = only(text)
    assert isinstance(statement, Declaration)
    assert (names(statement.names), set_shown(statement.set)) == (declared, set_)


def test_what_the_engine_prints_of_its_inference_is_a_declaration(set_shown):
    declarations = parse_program("A in R[m,n], x, y in R[n], c in R+").statements
    assert [names(d.names) for d in declarations] == [["A"], ["x", "y"], ["c"]]
    assert [set_shown(d.set) for d in declarations] == ["R[m n]", "R[n]", "R+"]


@pytest.mark.parametrize(
    ("text", "domains", "codomain"),
    [
        ("phi : R[m,n] -> R", ["R[m n]"], "R"),
        ("f : R[n], R[n] -> R", ["R[n]", "R[n]"], "R"),
        ("f : R+ -> R+[n]", ["R+"], "R+[n]"),
        ("f : ℝ → ℝ", ["R"], "R"),
    ],
)
def test_signatures(set_shown, text, domains, codomain):
    statement = only(text)
    assert isinstance(statement, Signature)
    assert [set_shown(domain) for domain in statement.domains] == domains
    assert set_shown(statement.codomain) == codomain


@pytest.mark.parametrize(
    ("text", "name", "parameters", "body"),
    [
        ("D = W*X", "D", None, "(* W X)"),
        ("f(x) = x*tanh(x)", "f", ["x"], "(* x tanh[x])"),
        ("f(x, y) = x : y", "f", ["x", "y"], "(: x y)"),
        ("grad = 2", "grad", None, "2"),
    ],
)
def test_definitions(shown, text, name, parameters, body):
    statement = only(text)
    assert isinstance(statement, Definition)
    assert statement.name.name == name
    assert statement.parameters is None if parameters is None else True
    assert names(statement.parameters or ()) == (parameters or [])
    assert shown(statement.body) == body


@pytest.mark.parametrize(
    ("text", "kind", "expression", "wrt"),
    [
        ("grad norm2(A*x-b)^2 wrt x", "grad", "(^ norm2[(- (* A x) b)] 2)", ["x"]),
        ("grad phi(W*X) wrt W, X", "grad", "phi[(* W X)]", ["W", "X"]),
        ("jac A*x wrt x", "jac", "(* A x)", ["x"]),
        ("hess x'*x wrt x", "hess", "(* (T x) x)", ["x"]),
        ("hess (x'*x) wrt x", "hess", "(* (T x) x)", ["x"]),
        ("diff inv(X) wrt X", "diff", "inv[X]", ["X"]),
        ("grad -x wrt x", "grad", "(- x)", ["x"]),
        ("grad grad(f)(x) wrt x", "grad", "grad[f][x]", ["x"]),
        ("grad (wrt*x) wrt wrt", "grad", "(* wrt x)", ["wrt"]),
        ("d/dX tr(A*X)", "d", "tr[(* A X)]", ["X"]),
        ("d / dX (A : X)", "d", "(: A X)", ["X"]),
        ("d/dx_1 2*x_1", "d", "(* 2 x_1)", ["x_1"]),
        ("d/dλ λ", "d", "λ", ["λ"]),
    ],
)
def test_requests(shown, text, kind, expression, wrt):
    statement = only(text)
    assert isinstance(statement, Request)
    assert statement.kind == kind
    assert shown(statement.expression) == expression
    assert names(statement.wrt) == wrt


def test_a_quotient_by_dx_is_no_request():
    for text in ("d/dX", "d/dX*2", "d/dX - A", "2*d/dX", "d/(dX)"):
        assert isinstance(only(text), Show)


def test_statements_are_separated_by_semicolons_and_newlines():
    program = parse_program(
        "\n; A in R[n,n] ; D = A'\n\r\n# a comment; x = 1\nD;; grad tr(A) wrt A\n"
    )
    kinds = [type(statement).__name__ for statement in program.statements]
    assert kinds == ["Declaration", "Definition", "Show", "Request"]


def test_inside_brackets_semicolons_and_newlines_separate_no_statements():
    assert isinstance(only("block(A,\nB;\nC,D)"), Show)


def test_the_name_of_a_derivative_has_its_own_place():
    text = "x = 1; d/dX tr(X)"
    request = parse_program(text).statements[1]
    assert text[slice(*request.wrt[0].span)] == "X"
    assert text[slice(*request.span)] == "d/dX tr(X)"


@pytest.mark.parametrize("text", ["", "  \n\t", ";;\n;", "# nothing\n", "\ufeff"])
def test_a_program_may_have_no_statements(text):
    assert parse_program(text).statements == ()


def test_an_expression_is_one_expression(shown):
    assert shown(parse_expression(" (A)*b ; ")) == "(* A b)"
    for text, message in [
        ("", "an expression is expected, but the text is empty"),
        ("# nothing", "an expression is expected, but the text is empty"),
        ("a; b", "one expression is expected, but there are 2 statements"),
        ("A in R", "an expression is expected, but this is a declaration"),
        ("f : R -> R", "an expression is expected, but this is a signature"),
        ("a = b", "an expression is expected, but this is a definition"),
        ("grad f(x) wrt x", "an expression is expected, but this is a request"),
    ]:
        with pytest.raises(ParseError) as caught:
            parse_expression(text)
        assert caught.value.message == message
        assert caught.value.position is not None
