"""The conversation without a terminal."""

import io

import pytest

from matcalc import workspace
from matcalc.elaborate import Scope
from matcalc.expr import build
from matcalc.repl.completion import completions
from matcalc.repl.lines import joined, needs_more
from matcalc.repl.loop import answer_lines
from matcalc.repl.session import COMMANDS, Session


@pytest.fixture
def session():
    return Session()


def ask(session, text):
    """What a text gives, which must be no error."""
    reply = session.feed(text)
    assert reply.error is None
    return reply.lines


def refuse(session, text):
    """The error of a text, whose answer must be nothing else."""
    reply = session.feed(text)
    assert reply.lines == [] and "Traceback" not in reply.error
    return reply.error


# Statements


def test_the_founding_example(session):
    assert ask(session, "W in R[m,q]; X in R[q,n]; phi : R[m,n] -> R; D = W*X") == [
        "W in R[m,q]",
        "X in R[q,n]",
        "phi : R[m,n] -> R",
        "D = W*X    # matrix m×n",
    ]
    lines = ask(session, "grad phi(D) wrt W, X")
    text = "\n".join(lines)
    assert "D  = W X" in text and "dD = dW X + W dX" in text
    assert "= G : dD,  G = ∂φ/∂D" in text
    assert "= G Xᵀ : dW + Wᵀ G : dX" in text
    assert "grad phi wrt W = grad(phi)(W*X)*X'" in lines
    assert "grad phi wrt X = W'*grad(phi)(W*X)" in lines
    assert lines[-1].startswith("verified: error ")


def test_expression_shows_its_shape_and_facts(session):
    assert ask(session, "X'*X") == [
        "Xᵀ X",
        "matrix n×n; positive semidefinite",
        "inferred: X in R[m,n]",
    ]
    ask(session, "S in SPD[n]; v in R+[n]; c in R")
    assert ask(session, "inv(S)")[1] == "matrix n×n; positive definite"
    assert ask(session, "v")[1] == "column vector n×1; positive entries"
    assert ask(session, "v'")[1] == "row vector 1×n; positive entries"
    assert ask(session, "v'*v")[1] == "scalar; positive"
    assert ask(session, "c")[1] == "scalar"


def test_defined_name_shows_its_value(session):
    ask(session, "A in R[m,n]; G = A'*A")
    assert ask(session, "G")[0] == "G = Aᵀ A"


def test_notes_of_an_expression(session):
    ask(session, "A in R[n,n]")
    assert ask(session, "A + 1")[-1].startswith("note: 1 is added to every entry")


def test_definition_with_undeclared_names(session):
    assert ask(session, "R = A*X - B") == [
        "R = A*X - B    # matrix m×p for A in R[m,n], X in R[n,p], B in R[m,p]"
    ]
    assert "grad phi wrt X = 2*A'*(A*X - B)" in ask(session, "grad norm2(R)^2 wrt X")


def test_definition_that_waits_for_a_declaration(session):
    assert ask(session, "J = I")[0].startswith("J = I    # no shape yet: ")
    assert "grad phi wrt A = eye(n)" in ask(session, "grad tr(J*A) wrt A")


def test_wrong_definition_is_not_taken_in(session):
    ask(session, "A in R[m,n]; D = A*A'")
    assert refuse(session, "D = A*A").startswith("shape error: ")
    assert refuse(session, "D = D*A").startswith("declaration error: ")
    assert ask(session, "D")[0] == "D = A Aᵀ"


def test_differential(session):
    assert ask(session, "diff tr(A*X) wrt X")[0] == "d(tr(A*X)) = tr(A*d(X))"
    ask(session, "A in R[m,n]; x in R[n]; r = A*x")
    assert ask(session, "diff r wrt x") == ["d(r) = A*d(x)"]


@pytest.mark.parametrize("request_", ["jac A*x wrt x", "hess x'*A*x wrt x"])
def test_what_is_not_supported_is_an_error(session, request_):
    reply = session.feed(request_)
    assert reply.error is None or reply.error.startswith("not supported yet: ")


def test_gradients_by_their_other_names(session):
    for text in ("d/dX tr(A*X)", "jac tr(A*X) wrt X"):
        assert "grad phi wrt X = A'" in ask(session, text)


def test_session_without_unicode():
    lines = ask(Session(paper=False), "grad x'*A*x wrt x")
    assert "d(phi) = d(x)'*A*x + x'*A*d(x)" in "\n".join(lines)
    assert lines.count("grad phi wrt x = (A + A')*x") == 1
    assert "\n".join(lines).isascii()


def test_failed_answer_is_not_shown(session, monkeypatch):
    right = workspace.answer_problem

    def wrong(problem):
        d = right(problem)
        d.result = build.multiply(2, d.result)
        return d

    monkeypatch.setattr(workspace, "answer_problem", wrong)
    reply = session.feed("grad tr(A*X) wrt X")
    assert reply.failed and reply.lines[0].startswith("VERIFICATION FAILED")
    assert "failed verification" in refuse(session, ":latex")
    assert "failed verification" in refuse(session, ":steps")


# Wrong input


@pytest.mark.parametrize(
    "text",
    [
        "A +",
        "grad x wrt",
        "A*A",
        "foo(A)",
        "B in R[m,",
        "phi : R ->",
        "%",
        "'",
        "grad A wrt A",
        "\ud800",
    ],
)
def test_wrong_line_loses_nothing(session, text):
    ask(session, "A in R[m,n]; phi : R[m,n] -> R; D = 2*A")
    before = session.names()
    refuse(session, text)
    assert session.names() == before
    ask(session, "grad phi(D) wrt A")


def test_statements_before_a_wrong_one_stay(session):
    reply = session.feed("A in R[m,n]; B in R[m,p]; A + B; C in R[n]")
    assert reply.lines == ["A in R[m,n]", "B in R[m,p]"]
    assert reply.error.startswith("shape error: ")
    assert set(session.names()) == {"A", "B"}


def test_fault_of_the_engine_is_no_traceback(session, monkeypatch):
    def broken(problem):
        raise RecursionError("too deep")

    monkeypatch.setattr(workspace, "answer_problem", broken)
    assert refuse(session, "grad tr(A*X) wrt X").startswith("internal error: RecursionError")


@pytest.mark.parametrize("text", ["", "   ", "# a comment", ";"])
def test_nothing_gives_nothing(session, text):
    reply = session.feed(text)
    assert (reply.lines, reply.leave) == ([], False)


# Commands


def test_names_are_statements_that_declare_them_again(session):
    assert ask(session, ":names") == ["nothing is declared"]
    ask(session, "A, B in R[m,n]; S in Sym[n]; f : R[n], R[n] -> R; D = A +\n B")
    lines = ask(session, ":names")
    assert lines == [
        "A in R[m,n]",
        "B in R[m,n]",
        "S in Sym[n]",
        "f : R[n], R[n] -> R",
        "D = A + B",
    ]
    other = Session()
    ask(other, "\n".join(lines))
    assert other.names() == session.names()


def test_forget(session):
    ask(session, "A in R[m,n]; x in R[k]; D = A")
    assert ask(session, ":forget D, x") == ["forgotten: D, x"]
    assert list(session.names()) == ["A"]
    assert session.workspace.scope.sizes == {"m", "n"}
    assert "not declared" in refuse(session, ":forget x")
    assert "no name" in refuse(session, ":forget")
    assert list(session.names()) == ["A"]


def test_clear(session):
    ask(session, "A in R[m,n]")
    ask(session, ":clear")
    assert session.names() == {}


def test_latex(session):
    assert "no answer yet" in refuse(session, ":latex")
    ask(session, "X'")
    assert ask(session, ":latex") == ["X^{\\top}"]
    ask(session, "grad x'*A*x wrt x")
    assert ask(session, ":latex")[0] == "\\begin{align*}"
    assert ask(session, ":latex answer") == ["\\left(A + A^{\\top}\\right) x"]


def test_steps(session):
    assert "no derivation yet" in refuse(session, ":steps")
    ask(session, "grad x'*A*x wrt x")
    assert ask(session, ":steps")[0] == "phi    = x'*A*x"
    ask(session, ":steps off")
    assert ask(session, "grad x'*A*x wrt x")[0] == "grad phi wrt x = (A + A')*x"
    ask(session, ":steps on")
    ask(session, "x")
    assert "no derivation" in refuse(session, ":steps")


def test_help(session):
    text = "\n".join(ask(session, ":help"))
    assert all(command in text for command in COMMANDS) and "logdet" in text
    assert ask(session, ":help logdet")[0] == "logdet(A) : R[n,n] -> R"
    ask(session, "logdet in R[n]")
    assert ask(session, ":help logdet") == ["logdet in R[n]"]


def test_quit(session):
    assert session.feed(":quit").leave and session.feed(" :q ").leave
    assert "commands begin with a colon" in ask(session, "quit")[-1]


def test_commands_may_be_shortened(session):
    assert ask(session, ":na") == ["nothing is declared"]
    assert refuse(session, ":").startswith("unknown name: no command :")
    assert refuse(session, ":nope").startswith("unknown name: no command :nope")


# Lines


@pytest.mark.parametrize(
    "text",
    ["tr(A*", "X[1", "A +", "A * # why", "D =", "A in R[m,n];", "grad tr(A*X) wrt X,", "phi : R ->",
     "A +\n# comment", "block(A,\nB"],
)  # fmt: skip
def test_more_has_to_follow(text):
    assert needs_more(text)


@pytest.mark.parametrize(
    "text",
    ["", "A", "A'", "tr(A)", "A)", "# (", "A # +", "x[1:3]", "tr(A*\n", "A +\n\n", ":names +"],
)
def test_complete(text):
    assert not needs_more(text)


def test_line_that_goes_on_after_an_operator(session):
    assert joined("A +  # first\nB") == "A +   B"
    assert joined("A in R\nB in R") == "A in R\nB in R"
    assert ask(session, "tr(A*X) +\n  tr(X*A)")[1] == "scalar"


def test_pasted_block(session):
    lines = ask(session, "W in R[m,q]   # weights\nX in R[q,n]\n\nD = W *\n    X\nD\n")
    assert lines == [
        "W in R[m,q]",
        "X in R[q,n]",
        "D = W * X    # matrix m×n",
        "",
        "D = W X",
        "matrix m×n",
    ]


# Without a terminal


def converse(text):
    out, err = io.StringIO(), io.StringIO()
    status = answer_lines(Session(), io.StringIO(text), out, err)
    return status, out.getvalue(), err.getvalue()


def test_lines_are_answered_as_they_come():
    status, out, err = converse("A in R[m,n];\nx in R[n]\nA*x\nA*\nx\n")
    assert (status, err) == (0, "")
    assert out == ("A in R[m,n]\nx in R[n]\n\nA x\ncolumn vector m×1\n\nA x\ncolumn vector m×1\n")


def test_wrong_line_is_reported_and_the_next_answered():
    status, out, err = converse("A in R[m,n]\nA*A\nA\n")
    assert status == 2
    assert err.startswith("shape error: ") and out.endswith("A\nmatrix m×n\n")


def test_unfinished_input_is_reported():
    status, out, err = converse("tr(A*")
    assert (status, out) == (2, "") and err.startswith("syntax error: ")


def test_quit_ends_the_lines():
    assert converse(":quit\nA*\n") == (0, "", "")


# Completion


@pytest.fixture
def scope():
    session = Session()
    ask(session, "Xi, X_2 in R[m,n]; loss : R[m,n] -> R; Delta = Xi - X_2")
    return session.workspace.scope


@pytest.mark.parametrize(
    ("text", "word", "some"),
    [
        ("lo", "lo", {"loss", "log", "logdet"}),
        ("tr(X", "X", {"Xi", "X_2"}),
        ("De", "De", {"Delta"}),
        ("A in S", "S", {"Sym", "SPD", "Skew"}),
        ("A in ", "", {"R", "Sym"}),
        ("g : R[n], S", "S", {"Sym"}),
        ("g : R[n] -> ", "", {"R"}),
        ("grad loss(Xi) w", "w", {"wrt"}),
        ("grad loss(Xi) wrt ", "", {"Xi", "X_2"}),
        ("grad loss(Xi) wrt Xi, X", "X", {"Xi", "X_2"}),
        ("gr", "gr", {"grad"}),
        (":n", ":n", {":names"}),
        (":help logd", "logd", {"logdet"}),
        (":forget D", "D", {"Delta"}),
    ],
)
def test_completion(scope, text, word, some):
    found, words = completions(text, scope, COMMANDS)
    assert found == word and some <= set(words)
    assert all(w.startswith(word) for w in words)


@pytest.mark.parametrize("text", ["", "A + ", "2", "A in R[m", "zzz"])
def test_nothing_to_complete(text):
    assert not [w for w in completions(text, Scope())[1] if w in ("R", "Sym", "log")]


def test_functions_of_the_users_own(session):
    assert session.feed("f(x) = x*tanh(x)").error is None
    assert session.feed("x in R[n]").error is None
    reply = session.feed("grad sum(f(x)) wrt x")
    assert reply.error is None
    assert session.feed("g(t) = norm2(t*x)").error is not None  # not elementwise


def test_help_on_stacks_is_short():
    from matcalc.repl.manual import entry

    assert len(entry("hcat")) < 8 and "up to 9 arguments" in entry("hcat")[-1]
    assert entry("rows") and entry("block")
