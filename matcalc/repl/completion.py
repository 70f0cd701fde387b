"""What may stand at the end of what is being typed."""

from __future__ import annotations

import re
from collections.abc import Iterable

from matcalc.elaborate import Scope
from matcalc.expr.sets import SETS
from matcalc.functions import names
from matcalc.repl.manual import WORDS

_NAME = re.compile(r"(?:[^\W\d]\w*)?\Z")
_SET = re.compile(r"(?:\bin\s|∈|->|→|^\s*\w+\s*:)[^;=#]*?\Z")
_WRT = re.compile(r"\bwrt\s[\w\s,]*\Z")
_COMMAND = re.compile(r"\s*(:\w*)\Z")
_ARGUMENT = re.compile(r"\s*:(\w+)\s+\S*\Z")


def completions(text: str, scope: Scope, commands: Iterable[str] = ()) -> tuple[str, list[str]]:
    """The unfinished word at the end of a text, and the words that it may become."""
    command = _COMMAND.match(text)
    if command:
        return command[1], _beginning(command[1], commands)
    found = _NAME.search(text)
    word = found[0] if found else ""
    return word, _beginning(word, _candidates(text, word, scope))


def _candidates(text: str, word: str, scope: Scope) -> Iterable[str]:
    argument = _ARGUMENT.match(text)
    declared = [*scope.sets, *scope.functions, *scope.definitions]
    if argument:
        return declared if argument[1] == "forget" else [*declared, *names(), *WORDS, *SETS]
    line = re.split(r"[;\n]", text)[-1]
    before = line[: len(line) - len(word)]
    if _SET.search(before) and "[" not in before.rpartition("]")[2]:
        return SETS
    if _WRT.search(before):
        return scope.sets
    if not word:
        return ()
    return [*declared, *sorted({*names(), *WORDS, "wrt", "in"})]


def _beginning(word: str, candidates: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(c for c in candidates if c.startswith(word)))
