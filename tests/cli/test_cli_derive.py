"""`matcalc derive` and `matcalc check`, in this process."""

import json

import pytest

import matcalc as mc
from matcalc import cli, workspace
from matcalc.expr import build

SEED = "W in R[m,q]; X in R[q,n]; phi : R[m,n] -> R; D = W*X"


@pytest.fixture
def run(capsys):
    """Runs a command line: (exit status, standard output, standard error)."""

    def call(*argv):
        try:
            status = cli.main(argv)
        except SystemExit as stop:  # argparse
            status = stop.code
        out, err = capsys.readouterr()
        return status, out, err

    return call


@pytest.fixture
def faulty(monkeypatch):
    """An engine whose gradients are twice what they should be; verification is the real one."""
    right = workspace.answer_problem

    def wrong(problem):
        answer = right(problem)
        for d in answer.results.values():
            d.result = build.multiply(2, d.result)
        return answer

    monkeypatch.setattr(workspace, "answer_problem", wrong)


# What is printed


def test_answer(run):
    where = "A in R[m,n]; X in R[n,p]; B in R[m,p]"
    status, out, err = run("derive", "norm2(A*X - B)^2", "--wrt", "X", "--where", where)
    assert (status, err) == (0, "")
    first, last = out.splitlines()
    assert first == "grad phi wrt X = 2*A'*(A*X - B)"
    assert last.startswith("verified: error ") and last.endswith(", 3 trials)")


def test_sizes_that_were_inferred_are_said(run):
    _, out, _ = run("derive", "x'*A*x", "--wrt", "x")
    assert "inferred: x in R[n], A in R[n,n]\n" in out


def test_conditions(run):
    _, out, _ = run("derive", "logdet(X)", "--wrt", "X")
    assert "holds where det(X) > 0\n" in out


@pytest.mark.parametrize("name", ["projected", "entries"])
def test_convention_is_said_of_structured_variables(run, name):
    argv = ("--wrt", "S", "--where", "S in Sym[n]", "--convention", name)
    _, out, _ = run("derive", "tr(S*A)", *argv)
    assert f"convention {name}: " in out


def test_convention_is_not_mentioned_otherwise(run):
    assert "convention" not in run("derive", "tr(A*X)", "--wrt", "X")[1]


def test_notes(run):
    _, out, _ = run("derive", "sum(x + lambda)", "--wrt", "x")
    assert "note: lambda is added to every entry" in out


def test_no_verify(run):
    status, out, _ = run("derive", "tr(A*X)", "--wrt", "X", "--no-verify")
    assert status == 0 and "erified" not in out


def test_several_variables(run):
    status, out, _ = run("derive", "phi(D)", "--wrt", "W, X", "--where", SEED)
    assert status == 0
    assert "grad phi wrt W = grad(phi)(W*X)*X'\ngrad phi wrt X = W'*grad(phi)(W*X)\n" in out


def test_definitions_may_precede_the_expression(run):
    status, out, _ = run("derive", "R = A*X - B; norm2(R)^2", "--wrt", "X", "--steps")
    assert status == 0
    assert "R  = A X − B" in out and "grad phi wrt X = 2*A'*(A*X - B)" in out


def test_steps_come_before_the_answer(run):
    _, out, _ = run("derive", "phi(D)", "--wrt", "W,X", "--where", SEED, "--steps")
    derivation, answer = out.split("\n\n")
    assert "G Xᵀ : dW + Wᵀ G : dX" in derivation and "∂φ/∂X = Wᵀ" in derivation
    assert answer.startswith("grad phi wrt W = ")


def test_operator(run):
    _, out, _ = run("derive", "x'*A*x", "--wrt", "x", "--operator")
    assert out.startswith("d(phi) = (A + A')*x : d(x)\n")
    assert "verified" in out


def test_latex_of_the_answer(run):
    status, out, err = run("derive", "x'*A*x", "--wrt", "x", "--latex")
    d = mc.derive("x'*A*x", "x", verify=False)
    assert (status, out, err) == (0, d.result.latex() + "\n", "")


def test_latex_of_several_answers_names_them(run):
    _, out, _ = run("derive", "x'*A*x", "--wrt", "x,A", "--latex")
    assert out.startswith("\\begin{align*}") and "\\partial A" in out


def test_layouts_of_jacobians(run):
    _, out, _ = run("derive", "A*x", "--wrt", "x", "--layout", "denominator")
    assert out.startswith("jac f wrt x = A'\n") and "\ndenominator layout: a row for" in out
    _, out, _ = run("derive", "A*x", "--wrt", "x")
    assert out.startswith("jac f wrt x = A\n") and "\nnumerator layout: a row for" in out


def test_mixed_derivatives(run):
    _, out, _ = run("derive", "x'*A*y", "--wrt", "x, y", "--mixed")
    assert out.startswith("hess phi wrt x, y = A\n")
    assert "\nnumerator layout: a row for an entry of the derivative by x, a column" in out
    assert "\nverified" in out
    _, out, _ = run("derive", "x'*A*x*(y'*y)", "--wrt", "x,y", "--order", "2")  # each by itself
    assert "hess phi wrt x = (y'*y)*(A + A')\nhess phi wrt y = 2*(x'*A*x)*eye(n)\n" in out
    assert "\nverified" in out


def test_latex_of_the_derivation(run):
    _, out, _ = run("derive", "x'*A*x", "--wrt", "x", "--latex", "--steps")
    assert out == mc.derive("x'*A*x", "x").latex() + "\n"


def test_latex_of_other_faces(run):
    """--index and --operator take the place of the closed form in LaTeX, too."""
    asked = ("derive", "A*X*B", "--wrt", "X", "--latex")
    d = mc.derive("A*X*B", "X")
    assert run(*asked, "--index") == (0, d.index().latex() + "\n", "")
    operator = r"\mathrm{d}F = A \, \mathrm{d}X \, B"
    assert run(*asked, "--operator") == (0, operator + "\n", "")
    assert run(*asked, "--operator", "--index")[1] == f"{operator}\n{d.index().latex()}\n"
    assert run(*asked, "--style", "index") == (0, d.latex(style="index") + "\n", "")


def test_style_index_asks_for_the_derivation(run):
    _, out, _ = run("derive", "A*X*B", "--wrt", "X", "--style", "index")
    assert out.startswith("Fᵢⱼ") and "(Bᵀ ⊗ A)₍ᵢⱼ₎₍ₖₗ₎" in out


@pytest.mark.parametrize("target", ["numpy", "jax", "torch"])
def test_code_alone_is_printed(run, target):
    status, out, err = run("derive", "x'*A*x", "--wrt", "x", "--code", target)
    assert (status, err) == (0, "")
    assert (
        out.rstrip("\n") == mc.derive("x'*A*x", "x", verify=False).compile(target).source.rstrip()
    )


def test_an_unknown_target_is_an_error(run):
    status, out, err = run("derive", "x'*A*x", "--wrt", "x", "--code", "cobol")
    assert (status, out) == (2, "")
    assert "no code for 'cobol'" in err


def test_seed_reaches_verification(run):
    _, one, _ = run("derive", "tr(A*X)", "--wrt", "X", "--seed", "1")
    _, again, _ = run("derive", "tr(A*X)", "--wrt", "X", "--seed", "-1")
    assert "verified: " in one and "verified: " in again


# Expressions that look like options


@pytest.mark.parametrize("text", ["-tr(A*X)", "-x'*A*x", "--tr(A*X)", "-2*norm2(x)^2", "-X:X"])
def test_expression_may_begin_with_a_minus(run, text):
    name = "x" if "x" in text else "X"
    for argv in (["derive", text, "--wrt", name], ["derive", "--wrt", name, "--", text]):
        status, out, err = run(*argv)
        assert (status, err) == (0, "")
        assert out.startswith(f"grad phi wrt {name} = ")


def test_answer_may_begin_with_a_minus(run):
    status, _, _ = run("check", "-tr(A*X)", "--wrt", "X", "--answer", "-A'")
    assert status == 0


def test_place_of_an_error_is_that_of_what_was_typed(run):
    _, _, err = run("derive", "-tr(A*)", "--wrt", "A")
    assert "    -tr(A*)\n         ^" in err


# JSON

HEAD = ["input", "wrt", "where", "kind"]
KEYS = [*HEAD, "result", "latex", "index", "steps", "conditions", "verified"]


def test_json(run):
    status, out, err = run("derive", "norm2(A*x - b)", "--wrt", "x", "--json", "--where",
                           "A in R[m,n]; x in R[n]; b in R[m]")  # fmt: skip
    data = json.loads(out)
    assert (status, err) == (0, "")
    assert list(data) == KEYS
    assert (data["input"], data["wrt"], data["kind"]) == ("norm2(A*x - b)", "x", "gradient")
    assert data["index"].startswith("∂phi/∂x[i] = ")
    assert data["conditions"] == ["A*x - b ≠ 0"]
    assert list(data["verified"]) == ["ok", "error", "method", "trials"]
    assert data["verified"]["ok"] is True and data["verified"]["error"] < 1e-8


def test_json_says_what_rows_and_columns_are(run):
    """Transposed by --layout, a Jacobian is another matrix, and the object says which it is."""
    _, out, _ = run("derive", "A*x", "--wrt", "x", "--json", "--layout", "denominator")
    data = json.loads(out)
    assert list(data) == [*KEYS[:7], "layout", *KEYS[7:]]
    assert data["result"] == "A'"
    rows, columns = "a row for an entry of x", "a column for an entry of the function"
    assert data["layout"] == f"denominator layout: {rows}, {columns}"
    _, out, _ = run("derive", "A*x", "--wrt", "x", "--json")
    assert json.loads(out)["layout"].startswith("numerator layout: ")


def test_json_parses_back(run):
    _, out, _ = run("derive", "x'*A*x", "--wrt", "x", "--json")
    data = json.loads(out)
    assert str(mc.parse(data["result"], where=data["where"])) == data["result"]
    assert mc.check(data["input"], data["wrt"], data["result"], where=data["where"])


def test_json_steps(run):
    _, out, _ = run("derive", "phi(D)", "--wrt", "W,X", "--where", SEED, "--json")
    steps = json.loads(out)["steps"]
    assert [s["left"] for s in steps[:2]] == ["D", "d(D)"]
    assert [s["left"] for s in steps[-2:]] == ["grad phi wrt W", "grad phi wrt X"]
    for step in steps:
        assert list(step) == ["left", "expression", "latex", "identities", "names"]
    rule = steps[1]["identities"][0]
    assert rule["name"] == "differential of a product"
    assert list(rule) == ["name", "statement", "latex", "source"]
    assert any("G" in s["names"] for s in steps)


def test_json_of_several_variables(run):
    _, out, _ = run("derive", "phi(D)", "--wrt", "W,X", "--where", SEED, "--json")
    data = json.loads(out)
    assert list(data) == [*HEAD, "steps", "conditions", "verified", "results"]
    assert data["wrt"] == "W, X"
    assert data["results"]["W"]["result"] == "grad(phi)(W*X)*X'"
    assert [list(r) for r in data["results"].values()] == [KEYS, KEYS]
    for result in data["results"].values():
        mc.parse(result["result"], where=data["where"])


def test_json_without_verification(run):
    _, out, _ = run("derive", "tr(A*X)", "--wrt", "X", "--json", "--no-verify")
    assert json.loads(out)["verified"] is None


def test_json_has_no_infinity(run):
    status, out, _ = run("derive", "sqrt(-norm2(x)^2)", "--wrt", "x", "--json")
    verified = json.loads(out, parse_constant=pytest.fail)["verified"]
    assert status == 0
    assert verified == {"ok": False, "error": None, "method": "not verified", "trials": 0}


# Verification


def test_not_verified_is_marked_and_no_failure(run):
    status, out, err = run("derive", "sqrt(-norm2(x)^2)", "--wrt", "x")
    assert (status, err) == (0, "")
    assert "NOT VERIFIED: " in out and "verified: error" not in out
    status, out, err = run("derive", "sqrt(-norm2(x)^2)", "--wrt", "x", "--latex")
    assert status == 0 and "\\frac" in out and err.startswith("NOT VERIFIED: ")


@pytest.mark.parametrize("options", [[], ["--steps"], ["--operator"]])
def test_failed_answer_is_not_printed(run, faulty, options):
    status, out, _ = run("derive", "tr(A*X)", "--wrt", "X", *options)
    assert status == 1
    assert out.startswith("VERIFICATION FAILED for the gradient wrt X: along a random direction")
    assert "A'" not in out and "verified: error" not in out


def test_failed_answer_gives_no_latex(run, faulty):
    status, out, err = run("derive", "tr(A*X)", "--wrt", "X", "--latex")
    assert (status, out) == (1, "") and err.startswith("VERIFICATION FAILED")


def test_failed_answer_in_json(run, faulty):
    status, out, err = run("derive", "tr(A*X)", "--wrt", "X", "--json")
    assert status == 1 and err.startswith("VERIFICATION FAILED")
    assert json.loads(out)["verified"]["ok"] is False


def test_failed_one_of_several(run, faulty):
    status, out, _ = run("derive", "phi(D)", "--wrt", "W,X", "--where", SEED)
    assert status == 1 and out.startswith("VERIFICATION FAILED") and "grad(phi)" not in out


def test_no_verify_prints_what_there_is(run, faulty):
    status, out, _ = run("derive", "tr(A*X)", "--wrt", "X", "--no-verify")
    assert (status, out.splitlines()[0]) == (0, "grad phi wrt X = 2*A'")


# Wrong input


@pytest.mark.parametrize(
    ("argv", "kind"),
    [
        (["tr(A*X", "--wrt", "X"], "syntax error: "),
        (["", "--wrt", "X"], "syntax error: "),
        (["tr(A*X)", "--wrt", "Y"], "unknown name: "),
        (["tr(A*X)", "--wrt", ""], "unknown name: "),
        (["trc(A*X)", "--wrt", "X"], "unknown name: "),
        (["tr(A*X)", "--wrt", "X", "--where", "A in Q[n]"], "declaration error: "),
        (["tr(A*X)", "--wrt", "X", "--convention", "mine"], "domain error: "),
        (["A*x + y", "--wrt", "x", "--where", "A in R[m,n]; y in R[p]"], "shape error: "),
        (["sum(x, 1, 2)", "--wrt", "x"], "arity error: "),
    ],
)
def test_rejected_input(run, argv, kind):
    status, out, err = run("derive", *argv)
    assert (status, out) == (2, "")
    assert err.startswith(kind) and "Traceback" not in err


@pytest.mark.parametrize(
    "argv",
    [
        ["derive"],
        ["derive", "tr(A*X)"],
        ["derive", "tr(A*X)", "--wrt", "X", "--whree", "A in R"],
        ["derive", "tr(A*X)", "--wrt", "X", "--seed", "many"],
        ["derive", "tr(A*X)", "--wrt", "X", "--wirtinger", "W"],
        ["derive", "tr(A*X)", "x", "--wrt", "X"],
        ["check", "tr(A*X)", "--wrt", "X"],
        ["differentiate", "x"],
        ["-tr(A*X)"],
    ],
)
def test_usage(run, argv):
    status, out, err = run(*argv)
    assert (status, out) == (2, "") and err.startswith("usage: matcalc")


def test_fault_of_the_engine_is_no_traceback(run, monkeypatch):
    def broken(problem):
        raise AssertionError("not today")

    monkeypatch.setattr(workspace, "answer_problem", broken)
    status, out, err = run("derive", "tr(A*X)", "--wrt", "X")
    assert (status, out) == (2, "") and err.startswith("internal error: AssertionError: not today")
    monkeypatch.setenv("MATCALC_DEBUG", "1")
    with pytest.raises(AssertionError):
        run("derive", "tr(A*X)", "--wrt", "X")


# check


@pytest.mark.parametrize(
    ("answer", "status", "word"),
    [("A'", 0, "right: "), ("A", 1, "transpose"), ("2*A'", 1, "wrong")],
)
def test_check(run, answer, status, word):
    found, out, err = run("check", "tr(A*X)", "--wrt", "X", "--answer", answer)
    assert (found, err) == (status, "") and word in out


def test_check_in_the_other_convention(run):
    argv = ("--where", "S in Sym[n]", "--answer", "A + A' - diag(diag(A))")
    assert "right in the convention entries" in run("check", "tr(S*A)", "--wrt", "S", *argv)[1]
    status, _, _ = run("check", "tr(S*A)", "--wrt", "S", *argv, "--convention", "entries")
    assert status == 0


def test_check_json(run):
    status, out, _ = run("check", "tr(A*X)", "--wrt", "X", "--answer", "A", "--json")
    data = json.loads(out)
    assert status == 1
    assert (data["ok"], data["verdict"], data["repair"]) == (False, "transposed", "A → A'")


def test_check_takes_one_variable(run):
    status, out, err = run("check", "tr(A*X)", "--wrt", "A,X", "--answer", "X'")
    assert (status, out) == (2, "") and err.startswith("arity error: check takes one variable")


def test_check_of_an_answer_of_another_shape(run):
    status, out, err = run("check", "tr(A*X)", "--wrt", "X", "--answer", "1")
    assert (status, out) == (2, "") and err.startswith("shape error: ")
