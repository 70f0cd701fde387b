"""The REPL at a terminal: editing, history, completion. What is said is the session's."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout.processors import HighlightMatchingBracketProcessor

from matcalc import __version__
from matcalc.repl.completion import completions
from matcalc.repl.console import write
from matcalc.repl.lines import needs_more
from matcalc.repl.session import COMMANDS, Session

GREETING = (
    f"matcalc {__version__}: gradients in closed form, derived and verified.\n"
    "Try  grad norm2(A*X - B)^2 wrt X   (:help for more, Ctrl-D to leave)"
)
PROMPT, CONTINUED = "> ", "| "


def converse(
    session: Session,
    *,
    input: Any = None,
    output: Any = None,
    say: Callable[[str], None] | None = None,
    history: History | None = None,
) -> int:
    """Talk until the user leaves; always 0. input and output: prompt_toolkit's, for tests."""
    say = say or (lambda text: write(sys.stdout, text))
    prompt = _prompt_session(session, input, output, history or user_history())
    say(GREETING)
    while True:
        try:
            text = prompt.prompt(PROMPT, prompt_continuation=CONTINUED)
        except KeyboardInterrupt:
            continue
        except EOFError:
            return 0
        try:
            reply = session.feed(text)
        except KeyboardInterrupt:
            say("interrupted")
            continue
        lines = [*reply.lines, *([reply.error] if reply.error is not None else [])]
        if lines:
            say("\n".join(lines))
        if reply.leave:
            return 0


def _prompt_session(session: Session, input: Any, output: Any, history: History) -> PromptSession:
    return PromptSession(
        history=history,
        completer=SessionCompleter(session),
        complete_while_typing=False,
        auto_suggest=AutoSuggestFromHistory(),
        key_bindings=_keys(),
        multiline=True,
        input_processors=[HighlightMatchingBracketProcessor()],
        input=input,
        output=output,
    )


def _keys() -> KeyBindings:
    """Enter ends the input where it is complete, and begins a line where it goes on."""
    keys = KeyBindings()

    @keys.add("enter")
    def _enter(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if buffer.document.is_cursor_at_the_end and needs_more(buffer.text):
            buffer.insert_text("\n")
        else:
            buffer.validate_and_handle()

    return keys


class SessionCompleter(Completer):
    """Completion by the names of a session."""

    def __init__(self, session: Session):
        self.session = session

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterable[Completion]:
        scope = self.session.workspace.scope
        word, found = completions(document.text_before_cursor, scope, COMMANDS)
        for text in found:
            yield Completion(text, start_position=-len(word))


def history_file() -> Path | None:
    """The file of the history, in the user's state directory; None where there is no home."""
    state = os.environ.get("XDG_STATE_HOME")
    try:
        base = Path(state) if state else Path.home() / ".local" / "state"
    except RuntimeError:
        return None
    return base / "matcalc" / "history"


def user_history() -> History:
    """The history of earlier conversations, if it can be read and written."""
    path = history_file()
    try:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("ab+"):
                return QuietHistory(str(path))
    except OSError:
        pass
    return InMemoryHistory()


class QuietHistory(FileHistory):
    """A history that is lost without a word where the file cannot be written any more."""

    def load_history_strings(self) -> Iterable[str]:
        try:
            yield from super().load_history_strings()
        except OSError:
            return

    def store_string(self, string: str) -> None:
        try:
            super().store_string(string)
        except (OSError, UnicodeError):
            return
