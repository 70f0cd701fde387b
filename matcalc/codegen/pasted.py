"""Definitions of our own modules as text that stands by itself, to be written into sources.

A definition comes with all that it needs of our modules, in the order of the modules, and without
annotations; what it needs of other libraries are import statements.
"""

from __future__ import annotations

import ast
import inspect
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module

OURS = "matcalc."


@dataclass
class Pasted:
    """Definitions by module and name, and the imports that they need."""

    definitions: dict[str, str] = field(default_factory=dict)
    imports: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Module:
    """A module's text, its definitions by name, and its imports: what is imported from where."""

    lines: tuple[bytes, ...]
    nodes: dict[str, ast.stmt]
    ours: dict[str, str]
    others: dict[str, str]


@cache
def public_names(module: str) -> frozenset[str]:
    """The names of functions that texts may call."""
    m = _module(module)
    return frozenset(n for n in (*m.nodes, *m.ours) if n.islower() and not n.startswith("_"))


@cache
def pasted(module: str, name: str) -> Pasted:
    """A definition of a module with all that it needs."""
    found = Pasted()
    done: set[tuple[str, str]] = set()
    needed: list[tuple[str, str]] = []
    todo = [(module, name)]
    while todo:
        place = todo.pop()
        m = _module(place[0])
        if place[1] in m.ours:
            todo.append((m.ours[place[1]], place[1]))
        elif place not in done and place[1] in m.nodes:
            done.add(place)
            needed.append(place)
            todo += [(place[0], used) for used in _names(m.nodes[place[1]])]
        elif place[1] in m.others and m.others[place[1]] not in found.imports:
            found.imports.append(m.others[place[1]])
    modules = list(dict.fromkeys(where for where, _ in needed))
    for where in reversed(modules):  # what is imported stands first
        m = _module(where)
        for what in sorted({n for w, n in needed if w == where}, key=lambda n: m.nodes[n].lineno):
            found.definitions[what] = _text(m, m.nodes[what])
    return found


@cache
def _module(name: str) -> _Module:
    text = inspect.getsource(import_module(name))
    nodes: dict[str, ast.stmt] = {}
    ours: dict[str, str] = {}
    others: dict[str, str] = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef):
            nodes[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            assert isinstance(target, ast.Name)
            nodes[target.id] = node
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(OURS):
            ours.update({a.name: node.module or "" for a in node.names})
        elif isinstance(node, ast.ImportFrom):
            others.update({a.name: f"from {node.module} import {a.name}" for a in node.names})
        elif isinstance(node, ast.Import):
            others.update({a.asname or a.name: ast.unparse(node) for a in node.names})
    return _Module(tuple(text.encode().split(b"\n")), nodes, ours, others)


def _names(node: ast.stmt) -> list[str]:
    """The names that a definition refers to, but in annotations."""
    skipped = {id(n) for a in _annotations(node) for n in ast.walk(a)}
    used = [n.id for n in ast.walk(node) if isinstance(n, ast.Name) and id(n) not in skipped]
    return list(dict.fromkeys(used))


def _annotations(node: ast.stmt) -> list[ast.expr]:
    found: list[ast.expr | None] = []
    for n in ast.walk(node):
        if isinstance(n, ast.FunctionDef):
            found.append(n.returns)
        elif isinstance(n, ast.arg | ast.AnnAssign):
            found.append(n.annotation)
    return [a for a in found if a is not None]


def _text(m: _Module, node: ast.stmt) -> str:
    """A definition without annotations; the comment in front of it belongs to it."""
    lines = list(m.lines)
    for a in sorted(_annotations(node), key=lambda a: (a.lineno, a.col_offset), reverse=True):
        assert a.end_lineno == a.lineno and a.end_col_offset is not None, "one line each"
        line = lines[a.lineno - 1]
        before = line[: a.col_offset].rstrip().removesuffix(b"->").removesuffix(b":").rstrip()
        after = line[a.end_col_offset :]
        defaulted = after.startswith(b" = ") and b"(" in before  # `k=None` of parameters
        lines[a.lineno - 1] = before + (b"=" + after[3:] if defaulted else after)
    start = node.lineno - 1
    while start and lines[start - 1].startswith(b"#"):
        start -= 1
    return b"\n".join(lines[start : node.end_lineno]).decode()
