"""`matcalc run`, `help` and the rest of the command line, in this process."""

import io
import sys

import pytest

from matcalc import __version__, cli
from matcalc.expr.sets import SETS
from matcalc.functions import names
from matcalc.repl import console, manual

STATEMENTS = """\
# the founding example
W in R[m,q]; X in R[q,n]
phi : R[m,n] -> R
D = W*X
grad phi(D) wrt W, X
D
"""


def call(capsys, *argv):
    try:
        status = cli.main(argv)
    except SystemExit as stop:
        status = stop.code
    out, err = capsys.readouterr()
    return status, out, err


@pytest.fixture
def file(tmp_path):
    def write(text, encoding="utf-8"):
        path = tmp_path / "statements.mc"
        path.write_bytes(text.encode(encoding))
        return str(path)

    return write


def test_run(capsys, file):
    status, out, err = call(capsys, "run", file(STATEMENTS))
    assert (status, err) == (0, "")
    assert out.startswith("D  = W X\n")  # requests are answered, declarations not confirmed
    assert "grad phi wrt W = grad(phi)(W*X)*X'\ngrad phi wrt X = W'*grad(phi)(W*X)\n" in out
    assert out.endswith("\n\nD = W X\nmatrix m×n\n")


def test_run_reads_standard_input(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("grad tr(A*X) wrt X"))
    status, out, _ = call(capsys, "run", "-")
    assert status == 0 and "grad phi wrt X = A'" in out


def test_run_of_a_file_with_a_byte_order_mark(capsys, file):
    status, out, _ = call(capsys, "run", file("x\r\n", "utf-8-sig"))
    assert (status, out.splitlines()[0]) == (0, "x")


def test_run_of_nothing(capsys, file):
    assert call(capsys, "run", file("# nothing\n")) == (0, "", "")


@pytest.mark.parametrize("bad", ["grad tr(A*X) wrt", ":names"])
def test_a_file_that_cannot_be_read_as_statements_is_not_run(capsys, file, bad):
    status, out, err = call(capsys, "run", file(STATEMENTS + bad + "\nX\n"))
    assert (status, out) == (2, "")
    assert "line 7:" in err and bad in err


@pytest.mark.parametrize("bad", ["grad W wrt W", "W + W'"])
def test_an_error_in_a_file_comes_after_the_answers_before_it(capsys, file, bad):
    _, before, _ = call(capsys, "run", file(STATEMENTS))
    status, out, err = call(capsys, "run", file(STATEMENTS + bad + "\nX\n"))
    assert (status, out) == (2, before) and before
    assert "line 7:" in err and bad in err


def test_run_of_a_file_that_cannot_be_read(capsys, tmp_path):
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "missing", tmp_path, binary):
        status, out, err = call(capsys, "run", str(path))
        assert (status, out) == (2, "") and err.startswith(f"error: cannot read {path}: ")


def test_run_of_a_wrong_answer(capsys, file, monkeypatch):
    from matcalc import workspace
    from matcalc.expr import build

    right = workspace.answer_problem

    def wrong(problem):
        d = right(problem)
        d.result = build.multiply(2, d.result)
        return d

    monkeypatch.setattr(workspace, "answer_problem", wrong)
    status, out, _ = call(capsys, "run", file("grad tr(A*X) wrt X"))
    assert status == 1 and out.startswith("VERIFICATION FAILED")


# help


def test_help_of_a_function(capsys):
    status, out, _ = call(capsys, "help", "logdet")
    assert status == 0
    assert "logdet(A) : R[n,n] -> R\n" in out
    assert "differential: d(logdet(A)) = inv(A)' : dA\n" in out
    assert "holds where det(A) > 0\n" in out
    assert "source: Magnus & Neudecker" in out


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("log", "d(log(x)) = (1/x) .* dx"),
        ("max", "d(max(a,b)) = step(a - b) .* da + step(b - a) .* db"),
        ("sign", "d(sign(x)) = 0"),
        ("tr", "d(tr(A)) = tr(dA), linear; G : tr(dA) = G*eye(n) : dA"),
        ("trace", "also called tr"),
        ("pi", "pi in R"),
        ("SPD", "SPD[n]: "),
        ("I", "identity"),
    ],
)
def test_help_of_other_names(capsys, name, rule):
    status, out, _ = call(capsys, "help", name)
    assert status == 0 and rule in out


@pytest.mark.parametrize("name", names())
def test_every_function_has_its_entry(name):
    lines = manual.entry(name)
    assert any(line.startswith(name) for line in lines)
    assert any(line.startswith("source: ") for line in lines)


def test_help_of_sets_and_conventions(capsys):
    for name, kind in SETS.items():
        status, out, _ = call(capsys, "help", name)
        assert status == 0 and "a set of variables" in out, kind  # Diag is a function as well
    _, out, _ = call(capsys, "help", "Sphere")
    assert "vectors of norm 1" in out and "riemannian: the projection" in out
    _, out, _ = call(capsys, "help", "entries")
    assert "Sym, PSD, SPD: each free entry counted once" in out


def test_help_lists_every_name(capsys):
    status, out, _ = call(capsys, "help")
    assert status == 0
    assert set(names()) <= set(out.split())
    assert max(map(len, out.splitlines())) <= 100


def test_help_of_a_command(capsys):
    assert call(capsys, "help", "derive")[:2] == call(capsys, "derive", "--help")[:2]


def test_help_of_an_unknown_name(capsys):
    status, out, err = call(capsys, "help", "logdte")
    assert (status, out) == (2, "") and err.endswith("did you mean logdet?\n")


def test_version(capsys):
    assert call(capsys, "--version") == (0, f"matcalc {__version__}\n", "")


# Streams and signals


def test_stream_without_the_characters():
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    assert not console.has_unicode(stream)
    console.write(stream, "m×n, x ≠ 0, σ")
    stream.flush()
    assert raw.getvalue() == b"mxn, x != 0, \\u03c3\n"


def test_interrupt_is_quiet(capsys, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("matcalc.api.derive", interrupted)
    assert call(capsys, "derive", "tr(A*X)", "--wrt", "X") == (130, "", "")
