"""What one file may take, and which files are opened at all."""

import os
import re
from pathlib import Path

import pytest

from mergekit_eval.errors import DataError
from mergekit_eval.readers import _limits


def test_the_limits_are_those_of_the_environment(monkeypatch):
    assert (_limits.memory(), _limits.seconds()) == (512 * 1024 * 1024, 120)
    monkeypatch.setenv("MERGEKIT_EVAL_FILE_MB", "2")
    monkeypatch.setenv("MERGEKIT_EVAL_FILE_SECONDS", "7")
    assert (_limits.memory(), _limits.seconds()) == (2 * 1024 * 1024, 7)


@pytest.mark.parametrize("told", ["x", "0", "-1", "1.5", "1e3", "10000000000", "²", " 5"])
def test_a_limit_that_is_no_number_is_named(monkeypatch, told):
    monkeypatch.setenv("MERGEKIT_EVAL_FILE_MB", told)
    with pytest.raises(DataError, match=r"MERGEKIT_EVAL_FILE_MB.*whole number above 0"):
        _limits.memory()


def test_what_needs_more_says_how_much_and_how_to_allow_it(monkeypatch):
    monkeypatch.setenv("MERGEKIT_EVAL_FILE_MB", "2")
    _limits.require(2 * 1024 * 1024, "two")
    with pytest.raises(_limits.OverLimit, match=r"three: about 3 MB .* the 2 MB .*MERGEKIT_EVAL_FILE_MB=4"):
        _limits.require(3 * 1024 * 1024, "three")


def test_only_regular_files_are_opened_and_nothing_waits(tmp_path):
    (tmp_path / "file").write_text("text\n")
    (tmp_path / "link").symlink_to("file")
    for name in ("file", "link"):
        with _limits.opened(tmp_path / name) as file:
            assert file.read() == b"text\n"
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "device").symlink_to("/dev/zero")
    for name in ("pipe", "device", "."):
        with pytest.raises(OSError, match=r"not a regular file|Is a directory"):
            _limits.opened(tmp_path / name)


def test_lines_are_read_one_by_one_up_to_a_length(tmp_path, monkeypatch):
    monkeypatch.setattr(_limits, "LINE", 10)
    path = tmp_path / "lines"
    path.write_bytes(b"123456789\n" * 3 + b"12")
    with _limits.opened(path) as file, pytest.raises(_limits.OverLimit, match="a line of more than"):
        list(_limits.lines(file))
    path.write_bytes(b"12345678\n" * 3 + b"12")
    with _limits.opened(path) as file:
        assert list(_limits.lines(file)) == [b"12345678\n"] * 3 + [b"12"]
    with _limits.opened_text(path) as file:
        assert list(_limits.lines(file)) == ["12345678\n"] * 3 + ["12"]


def test_a_file_beside_counts_only_where_no_link_leads_away(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "away").mkdir()
    for name in ("run/own", "run/plain", "away/other"):
        (tmp_path / name).write_text("x")
    own = tmp_path / "run" / "own"
    (tmp_path / "run" / "link").symlink_to("../away/other")
    (tmp_path / "run" / "near").symlink_to("plain")
    (tmp_path / "run" / "gone").symlink_to("nowhere")
    beside = {name: _limits.beside(own.with_name(name), own) for name in ("plain", "near", "link", "gone", "none")}
    assert beside == {"plain": True, "near": True, "link": False, "gone": False, "none": False}
    assert _limits.beside(own.with_name("link"), own, root=tmp_path)


def test_files_of_one_store_of_blobs_are_beside_one_another(tmp_path):
    (tmp_path / "blobs").mkdir()
    (tmp_path / "snapshot").mkdir()
    for name in ("a", "b"):
        (tmp_path / "blobs" / name).write_text("x")
        (tmp_path / "snapshot" / name).symlink_to(f"../blobs/{name}")
    assert _limits.beside(tmp_path / "snapshot" / "b", tmp_path / "snapshot" / "a")


def test_readers_open_files_by_the_one_function_that_never_waits():
    direct = re.compile(r"(?:path|beside|results|file)\.(?:open|read_bytes|read_text)\(|pq\.\w+\(\w*path")
    folder = Path(_limits.__file__).parent
    modules = [*folder.glob("*.py"), *folder.parent.joinpath("collect").glob("*.py")]
    assert len(modules) > 40
    ours = {"store.py", "parquet.py"}  # the cache and the tables that this kit writes
    found = {m.name: direct.findall(m.read_text(encoding="utf-8")) for m in modules if m.name not in ours}
    assert {name: calls for name, calls in found.items() if calls} == {}
