"""The cache of the parser's tables: private, and never in the way."""

import os
import sys

import pytest

from matcalc.syntax import tables

posix = pytest.mark.skipif(not hasattr(os, "getuid"), reason="permissions of POSIX")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "matcalc"


def works() -> bool:
    parser = tables.load_parser()
    (statement,) = parser.parse("A*x + f(2)")
    return statement.expression.op == "+"


def test_the_second_start_reads_what_the_first_has_written(folder):
    assert works()
    (file,) = folder.iterdir()
    written = file.stat().st_mtime_ns, file.read_bytes()
    assert works()
    assert (file.stat().st_mtime_ns, file.read_bytes()) == written


@pytest.mark.parametrize("damage", ["empty", "other", "cut", "changed", "no tables"])
def test_a_corrupt_file_is_replaced(folder, damage):
    assert works()
    (file,) = folder.iterdir()
    good = file.read_bytes()
    bad = {
        "empty": b"",
        "other": b"nonsense",
        "cut": good[: len(good) // 2],
        "changed": good[:-100] + bytes(100),
        "no tables": tables._checksum(b"\x80\x04N.") + b"\n\x80\x04N.",
    }[damage]
    file.write_bytes(bad)
    assert works()
    assert file.read_bytes() != bad
    assert tables._read(file)


@posix
def test_only_the_user_can_write_the_file(folder):
    previous = os.umask(0)
    try:
        assert works()
    finally:
        os.umask(previous)
    (file,) = folder.iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert file.stat().st_mode & 0o777 == 0o600


@posix
def test_a_file_or_folder_that_others_can_write_is_not_read(folder):
    assert works()
    (file,) = folder.iterdir()
    file.write_bytes(b"not ours")
    file.chmod(0o666)
    assert works()
    assert file.read_bytes() == b"not ours"
    file.unlink()
    folder.chmod(0o777)
    assert works()
    assert list(folder.iterdir()) == []


@posix
def test_a_link_in_place_of_the_folder_is_not_followed(folder, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    folder.symlink_to(tmp_path / "elsewhere")
    assert works()
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_without_a_place_the_tables_are_built(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert works()


def test_a_relative_path_is_not_used(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", "here")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(sys, "platform", "linux")
    assert works()
    assert not (tmp_path / "here").exists()
