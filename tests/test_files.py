"""Files that are complete or absent, and the remains of killed processes."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from mergekit_eval import files
from mergekit_eval.files import UNFINISHED, sweep, unfinished

HOLDER = """
import sys, time
from pathlib import Path
from mergekit_eval.files import unfinished
with unfinished(Path(sys.argv[1])) as folder:
    (folder / "half").write_text("ha")
    print(folder, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def holder(tmp_path):
    """A process that is in the middle of writing into ``tmp_path/deep``, and its unfinished folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / "deep")], stdout=subprocess.PIPE, text=True
    )
    yield process, Path(process.stdout.readline().strip())
    process.kill()
    process.communicate()


def test_a_file_is_replaced_whole_and_nothing_else_is_left(tmp_path):
    path = tmp_path / "new" / "table.csv"
    files.write_atomic(path, "first")
    files.write_atomic(path, b"second")
    assert path.read_bytes() == b"second" and list(path.parent.iterdir()) == [path]


def test_a_failure_keeps_the_old_file_and_leaves_nothing(tmp_path):
    path = tmp_path / "table.csv"
    files.write_atomic(path, "old")
    with pytest.raises(ZeroDivisionError), files.replacing(path) as temporary:
        temporary.write_text("ne")
        raise ZeroDivisionError
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_a_name_as_long_as_the_file_system_allows(tmp_path):
    path = tmp_path / ("n" * 251 + ".csv")
    assert files.write_atomic(path, "x").read_text() == "x"


def test_content_is_on_the_disk_before_the_name_and_the_name_before_the_return(tmp_path, monkeypatch):
    steps = []
    fsync, replace = os.fsync, Path.replace

    def synced(handle):
        steps.append(("flush", str(Path(f"/proc/self/fd/{handle}").readlink())))
        fsync(handle)

    def replaced(self, target):
        steps.append(("rename", str(target)))
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", replaced)
    made = tmp_path / "made"
    (made / "sub").mkdir(parents=True)
    (made / "sub" / "weights").write_text("w")
    files.move(made, tmp_path / "place")
    names = [(what, Path(path).name) for what, path in steps]
    assert names.index(("rename", "place")) > max(names.index(("flush", "weights")), names.index(("flush", "sub")))
    assert steps[-1] == ("flush", str(tmp_path))


def test_write_json_and_what_cannot_be_read(tmp_path):
    path = files.write_json(tmp_path / "a.json", {"b": 1, "a": Path("x")}, sort=True)
    assert path.read_text() == '{\n "a": "x",\n "b": 1\n}\n'
    assert files.read_json(path) == {"a": "x", "b": 1}
    for text in (b"", b"\0" * 20, b"[1]", b"\xff", b"[" * 100_000):
        path.write_bytes(text)
        assert files.read_json(path) == {}
    assert files.read_json(tmp_path / "absent.json") == {}


def test_what_a_living_process_writes_is_left_alone_and_goes_when_it_was_killed(holder, tmp_path):
    process, folder = holder
    files.sweep(tmp_path)
    assert (folder / "half").read_text() == "ha"
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert folder.exists()
    files.sweep(tmp_path)
    assert not folder.exists() and (tmp_path / "deep").is_dir()


def test_only_what_this_kit_left_is_swept_and_no_link_is_followed(tmp_path):
    outside = tmp_path / "outside" / f"{files.UNFINISHED}x"
    outside.mkdir(parents=True)
    kept = [tmp_path / "in" / name for name in (".part-1", "table.csv.part", ".hidden", "plain")]
    for folder in kept:
        folder.mkdir(parents=True)
    (tmp_path / "in" / f"{files.UNFINISHED}file").write_text("a file is none of ours")
    (tmp_path / "in" / "link").symlink_to(tmp_path / "outside")
    dead = tmp_path / "in" / "plain" / f"{files.UNFINISHED}dead"
    dead.mkdir()
    files.sweep(tmp_path / "in", below=False)
    assert dead.exists()
    files.sweep(tmp_path / "in")
    assert not dead.exists() and outside.exists() and all(folder.exists() for folder in kept)
    assert (tmp_path / "in" / f"{files.UNFINISHED}file").exists()


def test_sockets_lie_where_paths_are_short(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", "/tmp")
    assert str(files.socket_place()) == "/tmp"
    long = tmp_path / ("d" * 110)
    long.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(long))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    with files.socket_folder() as folder:
        assert len(os.fsencode(folder)) <= files.SOCKET_ROOM + 25 and folder.stat().st_mode & 0o777 == 0o700
    assert not folder.exists()


def test_no_place_for_sockets_says_what_to_do(monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(OSError, match="set TMPDIR to a writable folder whose path has at most 45 bytes"):
        files.socket_place()


def test_the_digest_is_that_of_the_bytes(tmp_path):
    (tmp_path / "abc").write_text("abc")
    # FIPS 180-4, example B.1
    known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert files.digest(tmp_path / "abc") == known


def test_a_forked_process_that_drops_its_copy_removes_nothing(tmp_path):
    with unfinished(tmp_path) as folder:
        holder = contextlib.ExitStack()
        inner = holder.enter_context(unfinished(tmp_path))
        if not (child := os.fork()):
            holder.close()
            os._exit(0)
        os.waitpid(child, 0)
        assert folder.is_dir() and inner.is_dir()
        holder.close()
        assert not inner.exists()


def test_a_folder_that_gets_its_lock_while_it_is_swept_stays(tmp_path, monkeypatch):
    """Its maker opens the lock in the moment when the sweep has unlinked it and not yet removed the folder."""
    folder, unlink = tmp_path / f"{UNFINISHED}new", os.unlink
    folder.mkdir()

    def locked_just_now(name, **how):
        unlink(name, **how)
        (folder / ".alive").touch()
        (folder / "half").touch()

    monkeypatch.setattr(os, "unlink", locked_just_now)
    sweep(tmp_path)
    assert sorted(path.name for path in folder.iterdir()) == [".alive", "half"]


def test_a_folder_that_is_swept_before_it_has_its_lock_is_made_anew(tmp_path, monkeypatch):
    made, mkdtemp = [], tempfile.mkdtemp

    def swept_just_now(**how):
        made.append(Path(mkdtemp(**how)))
        if len(made) == 1:
            sweep(tmp_path)
        return str(made[-1])

    monkeypatch.setattr(tempfile, "mkdtemp", swept_just_now)
    with unfinished(tmp_path) as folder:
        assert made[-1] == folder and folder.is_dir() and len(made) == 2 and not made[0].exists()
