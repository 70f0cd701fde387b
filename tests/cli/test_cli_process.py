"""The command as a process: what a shell sees, and what a start costs."""

import json
import os
import pickle
import subprocess
import sys

import pytest

import matcalc as mc

# Libraries that cost more to import than a small derivation does.
HEAVY = ("scipy", "sympy", "prompt_toolkit", "rich", "jax", "torch", "matplotlib", "pandas")


def matcalc(*argv, text=None, **env):
    return subprocess.run(
        [sys.executable, "-m", "matcalc", *argv],
        input=text,
        capture_output=True,
        encoding="utf-8",
        env=dict(os.environ, PYTHONIOENCODING="utf-8") | env,
        timeout=60,
    )


def test_derive():
    done = matcalc("derive", "-tr(A*X)", "--wrt", "X", "--steps")
    assert (done.returncode, done.stderr) == (0, "")
    assert "∂φ/∂X = −Aᵀ" in done.stdout and "grad phi wrt X = -A'" in done.stdout


def test_output_that_has_ascii_only():
    done = matcalc("derive", "norm2(A*x)", "--wrt", "x", "--steps", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.isascii() and "holds where A*x != 0" in done.stdout


def test_json_that_has_ascii_only():
    done = matcalc("derive", "norm2(A*x)", "--wrt", "x", "--json", PYTHONIOENCODING="ascii")
    assert done.stdout.isascii() and json.loads(done.stdout)["conditions"] == ["A*x ≠ 0"]


def test_error():
    done = matcalc("derive", "tr(A*X", "--wrt", "X")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("syntax error: ") and "Traceback" not in done.stderr


def test_repl_on_a_pipe():
    done = matcalc(text="W in R[m,q]; X in R[q,n]; phi : R[m,n] -> R; D = W*X\n"
                        "grad phi(D) wrt W, X\nW*W\n:quit\n")  # fmt: skip
    assert done.returncode == 2 and done.stderr.startswith("shape error: ")
    assert "grad phi wrt W = grad(phi)(W*X)*X'" in done.stdout
    assert ">" not in done.stdout.replace("->", "")  # no prompts


def test_bytes_that_are_no_text():
    command = [sys.executable, "-m", "matcalc"]
    done = subprocess.run(command, input=b"\xff\xfe\nA'\n", capture_output=True, timeout=60)
    assert done.returncode == 2
    assert done.stderr.startswith(b"syntax error: ") and b"matrix" in done.stdout


def test_run(tmp_path):
    place = tmp_path / "statements.txt"
    place.write_text("tr(A*X)\ngrad tr(A*X) wrt X\n")
    done = matcalc("run", str(place))
    assert (done.returncode, done.stderr) == (0, "")
    assert "tr(A X)" in done.stdout and "grad phi wrt X = A'" in done.stdout


@pytest.mark.parametrize(
    ("use", "shown"),
    [
        ("str(e)", "A*A"),
        ("repr(e)", "A*A"),
        ("e.unicode()", "A A"),
        ("e.latex()", "A A"),
        ("e.evaluate({'A': [[2.0]]})", "[[4.]]"),
    ],
)
def test_a_process_that_has_only_unpickled_an_expression(use, shown):
    data = pickle.dumps(mc.parse("A*A"))
    code = f"import pickle; e = pickle.loads({data!r}); print({use})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8")
    assert (done.stderr, done.stdout.strip()) == ("", shown)


@pytest.mark.skipif(sys.platform == "win32", reason="pipes break differently there")
def test_reader_that_leaves():
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as closed:
        done = subprocess.run(
            [sys.executable, "-m", "matcalc", "help"],
            stdout=closed,
            stderr=subprocess.PIPE,
            timeout=60,
        )
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.skipif(sys.platform == "win32", reason="of a POSIX shell")
@pytest.mark.parametrize(
    ("redirection", "status", "said"),
    [
        ("<&- >&- 2>&-", 0, ""),
        pytest.param(
            ">/dev/full",
            2,
            "error: cannot write: No space left on device\n",
            marks=pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full"),
        ),
    ],
)
def test_streams_that_are_closed_or_full(redirection, status, said):
    command = f'"$0" -m matcalc help logdet {redirection}'
    done = subprocess.run(
        ["sh", "-c", command, sys.executable], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (status, "", said)


@pytest.mark.parametrize("argv", [["derive", "tr(A*X)", "--wrt", "X", "--steps"], []])
def test_what_a_start_imports(argv):
    """Neither a verified derivation nor the REPL on a pipe waits for a heavy library."""
    script = (
        "import sys; from matcalc.cli import main; "
        f"status = main({argv!r}); "
        f"print([m for m in {HEAVY!r} if m in sys.modules]); sys.exit(status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        input="grad tr(A*X) wrt X\n",
        capture_output=True,
        encoding="utf-8",
        env=dict(os.environ, PYTHONIOENCODING="utf-8"),
        timeout=60,
    )
    assert done.returncode == 0
    assert "verified: error" in done.stdout and done.stdout.splitlines()[-1] == "[]"
