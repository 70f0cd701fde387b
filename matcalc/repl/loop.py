"""The REPL: at a terminal with prompts, otherwise line by line without."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable
from typing import TextIO

from matcalc.repl.console import has_unicode, write
from matcalc.repl.lines import needs_more
from matcalc.repl.session import Reply, Session


def start() -> int:
    """Converse on standard input and output; the exit status."""
    session = Session(paper=has_unicode(sys.stdout))
    if sys.stdin.isatty() and sys.stdout.isatty():
        from matcalc.repl.terminal import converse

        return converse(session)
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")  # what is no text is a syntax error, with its place
    return answer_lines(session, sys.stdin, sys.stdout, sys.stderr)


def answer_lines(session: Session, lines: Iterable[str], out: TextIO, err: TextIO) -> int:
    """Answer statements as they arrive. 2 if any was rejected, else 1 if an answer was wrong."""
    status, before = 0, 0
    for text in _texts(lines):
        reply = session.feed(text)
        if before and reply.lines and max(before, len(reply.lines)) > 1:
            write(out, "")  # long answers stand apart
        _show(reply, out, err)
        before = len(reply.lines) or before
        status = max(status, status_of(reply))
        if reply.leave:
            break
    return status


def status_of(reply: Reply) -> int:
    """The exit status that a reply asks for."""
    return 2 if reply.error is not None else int(reply.failed)


def _show(reply: Reply, out: TextIO, err: TextIO) -> None:
    """Write a reply, the error last; what reads the other end has it before the next line."""
    if reply.lines:
        write(out, "\n".join(reply.lines))
        out.flush()
    if reply.error is not None:
        write(err, reply.error)
        err.flush()


def _texts(lines: Iterable[str]) -> Iterable[str]:
    """The lines, those that go on joined. A semicolon ends a statement here: nobody waits."""
    pending: list[str] = []
    for line in lines:
        pending.append(line.rstrip("\r\n"))
        text = "\n".join(pending)
        if not needs_more(text, semicolon=False):
            pending.clear()
            yield text
    if pending:
        yield "\n".join(pending)
