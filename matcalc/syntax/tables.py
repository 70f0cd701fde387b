"""Lark's parser for the grammar, built once and kept in the user's cache.

Building the tables takes some 50 ms of every start of the command, loading them 5. What is kept is
a pickle, so the place must be one that nobody else can write, and a checksum goes before it.
Without such a place the tables are built each time.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
import sys
import tempfile
from contextlib import suppress
from importlib.resources import files
from pathlib import Path

import lark

from .builder import TreeBuilder
from .lexing import StatementMarker


def _grammar() -> str:
    """The text of the grammar: of the installed package, else of the clone that this is part of."""
    try:
        return files("matcalc.grammar").joinpath("matcalc.lark").read_text(encoding="utf-8")
    except ModuleNotFoundError:
        clone = Path(__file__).parents[2] / "grammar" / "matcalc.lark"
        return clone.read_text(encoding="utf-8")


def load_parser() -> lark.Lark:
    """The parser of `matcalc.lark`."""
    grammar = _grammar()
    place = _cache_file(grammar)
    parser = place and _read(place)
    if not parser:
        parser = lark.Lark(
            grammar,
            start="program",
            parser="lalr",
            lexer="basic",
            maybe_placeholders=False,
            transformer=TreeBuilder(),
            postlex=StatementMarker(),
        )
        if place:
            _write(place, parser)
    return parser


def _read(place: Path) -> lark.Lark | None:
    """The parser in a file, if it is there and as it was written."""
    try:
        checksum, tables = place.read_bytes().split(b"\n", 1)
        if checksum == _checksum(tables):
            return lark.Lark.load(io.BytesIO(tables))
    except Exception:  # whatever is wrong with the file, the grammar can be read instead
        pass
    return None


def _write(place: Path, parser: lark.Lark) -> None:
    """Keep a parser; nobody may read a file half written, so it is written beside and renamed."""
    tables = io.BytesIO()
    parser.save(tables)
    with suppress(OSError):
        handle, fresh = tempfile.mkstemp(dir=place.parent, prefix="fresh-")
        try:
            with open(handle, "wb") as file:
                file.write(_checksum(tables.getvalue()) + b"\n" + tables.getvalue())
            os.replace(fresh, place)
        except OSError:
            os.unlink(fresh)


def _checksum(tables: bytes) -> bytes:
    return hashlib.sha256(tables).hexdigest().encode()


def _cache_file(grammar: str) -> Path | None:
    """The file for this grammar, Lark and Python; None if there is no private place for it."""
    try:
        folder = _cache_folder()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        versions = f"{lark.__version__} {sys.version_info[:3]} {grammar}"
        file = folder / f"grammar-{hashlib.sha256(versions.encode()).hexdigest()[:16]}"
        safe = _private(folder) and (not os.path.lexists(file) or _private(file))
        return file if safe else None
    except (OSError, RuntimeError):  # read-only, or a user without a home
        return None


def _cache_folder() -> Path:
    given = os.environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(given):
        return Path(given) / "matcalc"
    if sys.platform == "win32" and "LOCALAPPDATA" in os.environ:
        return Path(os.environ["LOCALAPPDATA"]) / "matcalc" / "cache"
    return Path.home() / ".cache" / "matcalc"


def _private(path: Path) -> bool:
    """Is it ours, writable, no link, and writable to nobody else?"""
    if not os.access(path, os.W_OK):
        return False
    if not hasattr(os, "getuid"):  # Windows: the folders of a user are private
        return True
    status = path.lstat()
    kind = stat.S_ISDIR(status.st_mode) or stat.S_ISREG(status.st_mode)
    others = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return kind and status.st_uid == os.getuid() and not others
