"""The examples in the documents: what they run, and what they say it prints.

    ```sh                        a command per line; what it prints in a ```text block after it
    ```console                   commands after "$ ", each followed by what it prints
    ```pycon                     a session of Python, one per document

The error figures of verifications differ from machine to machine and are not compared. To write
what the programs print now into the documents: python tests/project/documents.py README.md ...
"""

from __future__ import annotations

import code
import contextlib
import io
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# Installing and checking are done by .ci/run, and with the README's very lines.
ELSEWHERE = ("pip", "pytest", "ruff", "mypy")


@dataclass(frozen=True)
class Example:
    """A command or a statement of Python, and what the document says it prints."""

    document: Path
    line: int
    source: str
    expected: str
    span: tuple[int, int]  # of `expected`, in the document

    @property
    def command(self) -> str:
        """The command without what installs or checks."""
        parts = re.split(r"\n| && ", self.source.strip())
        return " && ".join(p for p in parts if p.split()[0] not in ELSEWHERE)

    def __str__(self) -> str:
        return f"{self.document.name}:{self.line}"


def commands(document: Path) -> list[Example]:
    """The shell commands of a document that are to be run."""
    text = document.read_text(encoding="utf-8")
    blocks = list(BLOCK.finditer(text))
    found = []
    for k, block in enumerate(blocks):
        if block[1] == "console":
            found += _console(document, text, block)
        elif block[1] == "sh":
            after = blocks[k + 1] if k + 1 < len(blocks) else None
            shown = after is not None and after[1] == "text"
            span = after.span(2) if after is not None and shown else (block.end(), block.end())
            found.append(_example(document, text, block.span(2), span))
    return [e for e in found if e.command]


def _console(document: Path, text: str, block: re.Match) -> Iterator[Example]:
    starts = [m.start() for m in re.compile(r"^\$ ", re.MULTILINE).finditer(block[2])]
    starts = [block.start(2) + s for s in starts]
    assert starts and starts[0] == block.start(2), f"{document.name}: a block without a command"
    for start, end in zip(starts, [*starts[1:], block.end(2)], strict=True):
        stop = text.index("\n", start) + 1
        yield _example(document, text, (start + 2, stop), (stop, end))


def _example(document: Path, text: str, source: tuple[int, int], span: tuple[int, int]) -> Example:
    line = text.count("\n", 0, source[0]) + 1
    return Example(document, line, text[slice(*source)], text[slice(*span)], span)


def run_command(command: str) -> str:
    """What a command prints, both streams; run outside of the checkout, in Unicode."""
    here = str(Path(sys.executable).parent)
    environment = {
        **{k: v for k, v in os.environ.items() if k not in ("PYTEST_ADDOPTS", "COLUMNS")},
        "PATH": os.pathsep.join([here, os.environ.get("PATH", "")]),
        "PYTHONUTF8": "1",
    }
    with tempfile.TemporaryDirectory() as elsewhere:
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=elsewhere,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=120,
        )
    return done.stdout


def statements(document: Path) -> list[Example]:
    """The statements of Python sessions in a document, in order."""
    text = document.read_text(encoding="utf-8")
    found = []
    for block in BLOCK.finditer(text):
        if block[1] != "pycon":
            continue
        at = block.start(2)
        source, begun = "", at
        pieces: list[tuple[str, int, int]] = []
        for line in block[2].splitlines(keepends=True):
            if line.startswith(">>> "):
                source, begun = line[4:], at + len(line)
                pieces.append((source, begun, begun))
            elif line.startswith("... ") or line == "...\n":
                source += line[4:]
                pieces[-1] = (source, at + len(line), at + len(line))
            else:
                pieces[-1] = (source, pieces[-1][1], at + len(line))
            at += len(line)
        for source, start, end in pieces:
            line = text.count("\n", 0, start)
            found.append(Example(document, line, source, text[start:end], (start, end)))
    return found


class Session:
    """A session of Python: what it prints for one statement after the other."""

    def __init__(self) -> None:
        self.console = code.InteractiveInterpreter({"__name__": "__main__"})

    def run(self, source: str) -> str:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            open_ended = self.console.runsource(source.rstrip("\n"), "<document>")
            if open_ended:
                self.console.runsource(source + "\n", "<document>")
        return printed.getvalue()


def masked(text: str) -> str:
    """The text without error figures and without blanks at the ends of lines."""
    text = re.sub(r"\berror \d[\w.+-]*", "error ...", text)
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def update(document: Path) -> int:
    """Write what the examples print now into a document; how many changed."""
    session = Session()
    results = [(e, run_command(e.command)) for e in commands(document)]
    results += [(e, session.run(e.source)) for e in statements(document)]
    text, changed = document.read_text(encoding="utf-8"), 0
    for example, printed in sorted(results, key=lambda r: -r[0].span[0]):
        start, end = example.span
        assert "Traceback" not in printed and "internal error" not in printed, printed
        if masked(printed) != masked(example.expected):
            text = text[:start] + printed.rstrip() + "\n" * bool(printed.strip()) + text[end:]
            changed += 1
    document.write_text(text, encoding="utf-8")
    return changed


if __name__ == "__main__":
    for name in sys.argv[1:] or [str(d) for d in DOCUMENTS]:
        print(f"{name}: {update(Path(name))} examples changed")
