"""The REPL at a terminal that prompt_toolkit pretends, and at a real pseudo-terminal."""

import os
import select
import subprocess
import sys
import time

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from matcalc.repl import terminal
from matcalc.repl.session import Session

ENTER, CTRL_C, CTRL_D, TAB = "\r", "\x03", "\x04", "\t"
PASTE = "\x1b[200~{}\x1b[201~"


def talk(*keys, session=None, history=None):
    """What is said when these keys are typed, the greeting left out."""
    said = []
    with create_pipe_input() as pipe:
        pipe.send_text("".join(keys))
        status = terminal.converse(
            session or Session(),
            input=pipe,
            output=DummyOutput(),
            say=said.append,
            history=history or InMemoryHistory(),
        )
    assert status == 0
    assert said.pop(0) == terminal.GREETING
    return said


def test_line_and_farewell():
    assert talk("A in R[m,n]", ENTER, CTRL_D) == ["A in R[m,n]"]
    assert talk(":quit", ENTER) == []


def test_enter_goes_on_where_the_input_does():
    (said,) = talk("A in R[m,n];", ENTER, "A'*", ENTER, "A", ENTER, CTRL_D)
    assert said.startswith("A in R[m,n]\n\nAᵀ A\n")


def test_blank_line_ends_the_input():
    (said,) = talk("tr(A", ENTER, ENTER, CTRL_D)
    assert said.startswith("syntax error: '(' is never closed")


def test_pasted_block():
    (said,) = talk(PASTE.format("W in R[m,q]\nX in R[q,n]\nD = W*X\n"), ENTER, CTRL_D)
    assert said == "W in R[m,q]\nX in R[q,n]\nD = W*X    # matrix m×n"


def test_ctrl_c_cancels_the_line_only():
    assert talk("A in R[m,n]", ENTER, "A*A", CTRL_C, "A", ENTER, CTRL_D) == [
        "A in R[m,n]",
        "A\nmatrix m×n",
    ]


def test_interrupt_while_computing(monkeypatch):
    session = Session()
    feed = session.feed

    def interrupted(text):
        if text == "A":
            raise KeyboardInterrupt
        return feed(text)

    monkeypatch.setattr(session, "feed", interrupted)
    said = talk("A in R[n]", ENTER, "A", ENTER, ":names", ENTER, CTRL_D, session=session)
    assert said == ["A in R[n]", "interrupted", "A in R[n]"]


def test_wrong_line_is_said_and_nothing_lost():
    said = talk("A in R[m,n]", ENTER, "A*A", ENTER, ":names", ENTER, CTRL_D)
    assert said[1].startswith("shape error: ") and said[2] == "A in R[m,n]"


def test_completions_of_the_session():
    session = Session()
    session.feed("Weights in R[m,n]")
    completer = terminal.SessionCompleter(session)
    (found,) = completer.get_completions(Document("tr(Wei"), CompleteEvent())
    assert (found.text, found.start_position) == ("Weights", -3)


# History


def test_history_is_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    talk("A in R[m,n]", ENTER, CTRL_D, history=terminal.user_history())
    assert "+A in R[m,n]" in (tmp_path / "matcalc" / "history").read_text()
    again = talk("\x1b[A", ENTER, CTRL_D, history=terminal.user_history())
    assert again == ["A in R[m,n]"]


def test_history_in_the_home_directory(tmp_path, monkeypatch):
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert terminal.history_file() == tmp_path / ".local" / "state" / "matcalc" / "history"


def test_history_that_cannot_be_written(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(blocked))
    assert isinstance(terminal.user_history(), InMemoryHistory)
    lost = terminal.QuietHistory(str(blocked / "history"))  # as if it vanished later
    assert talk("x in R[n]", ENTER, CTRL_D, history=lost) == ["x in R[n]"]


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="no pseudo-terminals here")
def test_pseudo_terminal(tmp_path):
    ours, theirs = os.openpty()
    env = dict(os.environ, TERM="xterm", PROMPT_TOOLKIT_NO_CPR="1", XDG_STATE_HOME=str(tmp_path))
    env["PYTHONIOENCODING"] = "utf-8"
    process = subprocess.Popen(
        [sys.executable, "-m", "matcalc"], stdin=theirs, stdout=theirs, stderr=theirs, env=env
    )
    os.close(theirs)
    try:
        seen = read_until(ours, ">")
        assert "matcalc" in seen
        os.write(ours, b"grad tr(A*X) wrt X\r")
        assert "grad phi wrt X = A'" in read_until(ours, "verified: error", ">")
        os.write(ours, f"logd{TAB}".encode())
        read_until(ours, "logdet")
        os.write(ours, f"(X'*X + I){ENTER}".encode())
        assert "log" in read_until(ours, "scalar", ">")
        os.write(ours, CTRL_D.encode())
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    assert "+grad tr(A*X) wrt X" in (tmp_path / "matcalc" / "history").read_text()


def read_until(handle, *wanted, seconds=20):
    """The output of a pseudo-terminal until these texts have come, one after the other."""
    seen, start, end = "", 0, time.monotonic() + seconds
    for text in wanted:
        while (place := seen.find(text, start)) < 0:
            ready, _, _ = select.select([handle], [], [], max(0, end - time.monotonic()))
            assert ready, f"{text!r} did not come: {seen!r}"
            seen += os.read(handle, 4096).decode(errors="replace")
        start = place + len(text)
    return seen
