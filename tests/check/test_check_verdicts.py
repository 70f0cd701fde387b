"""What `check` says beyond single edits: layouts, conventions, two edits, nothing found, limits."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest

import matcalc as mc
from matcalc.answer import Derivation
from matcalc.checking import check_answer
from matcalc.cli import main

LS = "A in R[m,n]; X in R[n,p]; B in R[m,p]"
SQUARE = "A, B, X in R[n,n]"


def test_a_right_answer():
    found = mc.check("tr(A*X)", "X", "A'", SQUARE)
    assert found and found.verdict == "right" and found.repair is None and found.repaired is None


def test_an_answer_of_the_other_layout():
    found = mc.check("tr(A*X)", "X", "A", "A in R[m,n]; X in R[n,m]")
    assert not found and found.verdict == "transposed"
    assert found.repair == "A → A'" and str(found.repaired) == "A'"


def test_a_transposed_answer_is_shown_as_it_should_be():
    found = mc.check("x'*A*x", "x", "x'*(A + A')", "A in R[n,n]; x in R[n]")
    assert found.verdict == "transposed" and found.repair == "x'*(A + A') → (A + A')*x"


@pytest.mark.parametrize(
    ("function", "answer", "where"),
    [
        ("sum(abs(x - 50))", "-ones(n)", "at x = [0, "),
        ("sum(relu(x - 1000))", "zeros(n)", "it is [0, 0], not [0, 1]"),
        ("sum(hardtanh(x/10^4 - 9))", "zeros(n)", "at x = "),
        ("sum(x.^3)/3", "x.^2 + 1e-11*sin(x)", "the first term is right, the rest is not"),
        # only where two entries are nearly equal
        ("max(x)", "softmax(10^6*x)", "not [0, 1]"),
        ("min(x)", "softmax(-10^6*x)", "not [1, 0]"),
    ],
)
def test_an_answer_that_is_wrong_far_away_or_in_the_last_digits(function, answer, where):
    found = mc.check(function, "x", answer, "x in R[n]")
    assert found.verdict == "wrong" and where in found.message


@pytest.mark.parametrize(
    ("function", "answer"),
    [
        ("sum(abs(x - 50))", "(x - 50)./abs(x - 50)"),
        ("sum(relu(x - 1000))", "(1 + sign(x - 1000))/2"),
        ("max(3*x)", "3*hardmax(x)"),
        ("sum(max(x, 700*ones(n)))", "step(x - 700)"),
        ("sum(hardtanh(x/10^4 - 9))", "(step(x/10^4 - 8) - step(x/10^4 - 10))/10^4"),
    ],
)
def test_right_answers_for_kinks_far_away(function, answer):
    assert mc.check(function, "x", answer, "x in R[n]")


def test_the_slope_decides_where_the_engine_is_in_doubt():
    """The engine's gradient, falsified far away, does not condemn a right answer."""
    d = mc.derive("sum(abs(x - 50))", "x", "x in R[n]")
    right = d.result
    d.result = mc.parse("-ones(n) + 0*x", "x in R[n]")
    assert check_answer(d, right)


def test_an_answer_in_the_other_convention():
    found = mc.check("tr(S*A)", "S", "A + A' - diag(diag(A))", "S in Sym[n]; A in R[n,n]")
    assert (
        found.verdict == "other-convention" and "right in the convention entries" in found.message
    )


def test_an_answer_in_python():
    A, X = mc.matrices("A[n,n] X[n,n]")
    found = mc.check(mc.tr(A @ X @ A), "X", A.T @ A)
    assert found.verdict == "wrong" and found.repair == "A'*A → A'*A'"


def test_the_repair_is_told_in_the_persons_own_names():
    found = mc.check("norm2(A*X - B)^2", "X", "2*A'*R'", SQUARE + "; R = A*X - B")
    assert found.repair == "A'*R' → A'*R"
    assert str(found.repaired) == "2*A'*(A*X - B)"
    again = mc.check("R = A*X - B; norm2(R)^2", "X", "2*A*R", SQUARE)
    assert again.repair == "A*R → A'*R"


@pytest.mark.parametrize(
    ("function", "answer", "where"),
    [
        ("norm2(A*X - B)^2", "2*A*(A*X + B)", SQUARE),
        ("norm2(A*X - B)^2", "2*(A*X - B)*A", LS),
        ("norm2(A*X - B)^2", "A*(A*X - B)", LS),
        ("tr(A*inv(X))", "inv(X)'*A*inv(X)'", SQUARE),
        ("tr(A*X*B)", "B*A'", SQUARE),
    ],
)
def test_two_edits(function, answer, where):
    found = mc.check(function, "X", answer, where)
    assert found.verdict == "wrong" and found.repair is not None, found.message
    assert mc.check(function, "X", found.repaired, where)


def test_what_is_known_is_said_where_nothing_mends():
    found = mc.check("tr(A*X) + tr(B*X*A*X)", "X", "A' + B.*sin(A) + cos(X)*A^3*B", SQUARE)
    assert found.repair is None and found.right is not None
    assert "the first term is right, the rest is not; the gradient is" in found.message


def test_an_unrelated_answer_is_only_wrong():
    found = mc.check("tr(A*X)", "X", "exp(B)*X^3*sin(B)", SQUARE + "; Z in R[n,n]")
    assert found.verdict == "wrong" and found.repair is None
    assert found.message == "wrong: the gradient is A'"


def test_shapes_that_nothing_mends_are_an_error():
    with pytest.raises(mc.ShapeError):
        mc.check("tr(A*X)", "X", "1", SQUARE)
    with pytest.raises(mc.ShapeError):
        mc.check("tr(A*X)", "X", "A*x + C", SQUARE + "; x in R[k]; C in R[l,l]")


def test_a_stranger_in_the_answer_is_named():
    with pytest.raises(mc.UnknownNameError, match="Q does not occur"):
        mc.check("tr(A*X)", "X", "Q'", SQUARE)
    with pytest.raises(mc.UnknownNameError, match="Q does not occur"):
        mc.check("norm2(A*X - B)^2", "X", "2*A*(Q*X - B)", LS)


def test_nobody_is_judged_by_a_gradient_that_is_not_verified():
    d = mc.derive("tr(A*X)", "X", SQUARE)
    assert isinstance(d, Derivation) and d.verification is not None
    d.verification = replace(d.verification, ok=False, message="a doubt")
    with pytest.raises(mc.DomainError, match="could not be verified: a doubt"):
        check_answer(d, mc.parse("A", SQUARE))


def test_the_same_repair_every_time():
    found = {mc.check("x'*A*x", "x", "A*x", "A in R[n,n]; x in R[n]").repair for _ in range(3)}
    assert len(found) == 1


@pytest.mark.parametrize("count", [12, 40])
def test_long_answers_take_no_longer(count):
    names = [f"A_{k}" for k in range(count)]
    where = f"{', '.join(names)}, X in R[n,n]"
    function = " + ".join(f"tr({a}*X)" for a in names)
    terms = [f"{a}'" for a in names]
    terms[count // 2] = names[count // 2]
    start = time.process_time()
    found = mc.check(function, "X", " + ".join(terms), where)
    assert time.process_time() - start < 5
    assert found.verdict == "wrong"
    assert found.kind == "transpose", found.message


def test_the_search_is_bounded():
    function = "tr(inv(A*X*B + X)*sin(X*A)*logdet(X*X' + eye(n))*tanh(B*X)*exp(X))"
    start = time.process_time()
    found = mc.check(function, "X", "A*X*B*sin(X)*tanh(B*A*X)*X*cos(A)*exp(B)*A*B", SQUARE)
    assert time.process_time() - start < 5
    assert found.verdict == "wrong" and found.right is not None


# The command


def test_the_command_says_what_is_wrong(capsys):
    argv = ["check", "norm2(A*X - B)^2", "--wrt", "X", "--answer", "2*A*(A*X - B)"]
    assert main(argv) == 1
    assert "A*(A*X - B) → A'*(A*X - B)" in capsys.readouterr().out
    assert main([*argv, "--json"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert data["verdict"] == "wrong" and data["repair"] == "A*(A*X - B) → A'*(A*X - B)"
    assert main([*argv[:-1], "2*A'*(A*X - B)"]) == 0
    assert main([*argv[:-1], "2*A'*(A*X - "]) == 2


STEPS = "f = norm2(A*x)^2\ndf = 2*(A*x)'*A*dx\n   = 2*(A'*A*x)'*dx\ngrad f wrt x = {}\n"


@pytest.mark.parametrize(("answer", "status"), [("2*A'*A*x", 0), ("A'*A*x", 1)])
def test_the_command_checks_a_file_line_by_line(capsys, tmp_path, answer, status):
    file = tmp_path / "derivation.txt"
    file.write_text(STEPS.format(answer), encoding="utf-8")
    argv = ["check", "--steps", str(file), "--wrt", "x", "--where", "A in R[m,n]; x in R[n]"]
    assert main(argv) == status
    out = capsys.readouterr().out
    assert out.startswith("line 4: it lacks a factor 2" if status else "right: every line follows")
    assert main([*argv, "--json"]) == status
    data = json.loads(capsys.readouterr().out)
    assert data["ok"] is (status == 0) and data["line"] == (4 if status else None)


def test_the_command_rejects_what_is_no_derivation(capsys, tmp_path):
    file = tmp_path / "nothing.txt"
    file.write_text("# nothing\n", encoding="utf-8")
    assert main(["check", "--steps", str(file)]) == 2
    assert main(["check", "--steps", str(tmp_path / "missing.txt")]) == 2
    assert "cannot read" in capsys.readouterr().err


@pytest.mark.parametrize("answer", ["0*a", "2*norm2(x)", "norm2(x) + 1"])
@pytest.mark.parametrize("f", ["a*norm2(x)", "a*norm2(x) + b", "a*norm2(x) + sum(ones(m))^2"])
def test_wrong_answers_without_names_of_the_function(f, answer):
    assert mc.check(f, wrt="a", answer=answer, where="x in R[k]; y in R[m]").verdict == "wrong"


@pytest.mark.parametrize(
    ("function", "wrt", "where", "answer", "ok"),
    [
        # where the function has no value, an answer may have any
        ("sum(log(x))", "x", "x in R[n]", "1./abs(x)", True),
        ("sum(log(x))", "x", "x in R[n]", "1./x + 1e-12", False),
        ("logdet(X'*X)", "X", "X in R[m,n]", "2*pinv(X)' + X*(eye(n) - pinv(X)*X)", True),
        # where a matrix has lower rank, the function has a value
        ("norm2(A*pinv(A)*b)^2", "b", "A in R[n,n]; b in R[n]", "2*A*pinv(A)*b", True),
        ("norm2(A*pinv(A)*b)^2", "b", "A in R[n,n]; b in R[n]", "2*b", False),
        ("c*tr(A*pinv(A))", "c", "A in R[n,n]; c in R", "n", False),
        # narrow places, far below the last digit
        ("sum(relu(sin(x) - (1 - 10^-6)))", "x", "x in R[n]", "0*x", False),
        ("sin(c)", "c", "c in R", "cos(c) + 1e-200", False),
    ],
)
def test_answers_are_compared_where_the_function_is_defined(function, wrt, where, answer, ok):
    assert mc.check(function, wrt=wrt, where=where, answer=answer).ok is ok
