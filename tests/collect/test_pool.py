"""Files that take too much memory or time, or end their process, cost only themselves."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pytest

from mergekit_eval.collect import pool, read_file
from mergekit_eval.collect.folders import collect
from mergekit_eval.collect.walk import walk
from mergekit_eval.registry import load_registry

LIMIT = "MERGEKIT_EVAL_FILE_MB"
MEGABYTE = 1 << 20


@pytest.fixture
def five(lab, shapes, monkeypatch):
    """Five files, one to a batch, for two workers; the third is called odd."""
    for name in ("a", "b", "odd", "c", "d"):
        lab.put(f"{name}/results.json", shapes.today(name, {"boolq": {"acc,none": 0.5}}))
    monkeypatch.setattr(pool, "SMALL", 0)
    monkeypatch.setattr(pool, "BATCH_FILES", 1)
    return lab


@pytest.fixture
def odd(monkeypatch):
    """Do something before the file that is called odd is read."""

    def doing(action):
        def read(file, registry):
            if file.name.startswith("odd"):
                action()
            return read_file.read_file(file, registry)

        monkeypatch.setattr(pool, "read_file", read)

    return doing


def outcome(lab, **given):
    found = collect(lab.folder, **{"workers": 2} | given)
    names = {Path(file).parent.name for file in found.problems["file"]}
    return sorted(found.scores["model_name"]), names, " ".join(found.problems["message"])


@pytest.mark.parametrize("workers", [None, 2])
@pytest.mark.parametrize("files", [1, 64])
def test_a_file_that_takes_too_long_is_named_and_the_others_are_read(five, odd, monkeypatch, workers, files):
    monkeypatch.setenv("MERGEKIT_EVAL_FILE_SECONDS", "1")
    monkeypatch.setattr(signal, "alarm", lambda seconds: signal.setitimer(signal.ITIMER_REAL, seconds / 5))
    monkeypatch.setattr(pool, "BATCH_FILES", files)
    odd(lambda: time.sleep(60))
    read, named, said = outcome(five, workers=workers)
    assert (read, named) == (["a", "b", "c", "d"], {"odd"})
    assert "more than the 1 s of one file (MERGEKIT_EVAL_FILE_SECONDS)" in said


def test_a_file_that_takes_too_much_memory_is_named_and_the_others_are_read(five, odd, monkeypatch):
    monkeypatch.setenv(LIMIT, "200")
    odd(lambda: bytearray(400 * MEGABYTE))
    read, named, said = outcome(five)
    assert (read, named) == (["a", "b", "c", "d"], {"odd"})
    assert "more than the 200 MB of memory of one file (MERGEKIT_EVAL_FILE_MB)" in said


def test_arrow_is_limited_as_well(five, odd, monkeypatch):
    monkeypatch.setenv(LIMIT, "200")
    odd(lambda: pa.repeat(pa.scalar(1.5), 60 * MEGABYTE))
    read, named, _ = outcome(five)
    assert (read, named) == (["a", "b", "c", "d"], {"odd"})


def test_a_file_that_needs_more_than_its_share_is_read_alone(five, odd, monkeypatch, tmp_path):
    monkeypatch.setenv(LIMIT, "600")
    tries = tmp_path / "tries"

    def hungry():
        with tries.open("a") as file:
            file.write("x")
        bytearray(450 * MEGABYTE)

    odd(hungry)
    assert outcome(five)[:2] == (["a", "b", "c", "d", "odd"], set())
    assert tries.read_text() == "xx"


@pytest.mark.parametrize("files", [1, 64])
def test_a_file_that_ends_its_process_is_named_and_the_others_are_read(five, odd, monkeypatch, files):
    monkeypatch.setattr(pool, "BATCH_FILES", files)
    odd(lambda: os.kill(os.getpid(), signal.SIGSEGV))
    read, named, said = outcome(five)
    assert (read, named) == (["a", "b", "c", "d"], {"odd"})
    assert "ended the process" in said


def test_more_score_rows_than_fit_are_named(lab, shapes, monkeypatch):
    blocks = {f"task_{i}": {"acc,none": 0.5} for i in range(2000)}
    lab.put("many.json", shapes.today("m", blocks))
    lab.put("few.json", shapes.today("n", {"boolq": {"acc,none": 0.5}}))
    monkeypatch.setenv(LIMIT, "2")
    assert outcome(lab, workers=2)[:2] == (["n"], {lab.folder.name})
    read, _, said = outcome(lab, workers=1)
    assert read == ["n"] and "its 2,000 score rows" in said


def test_a_raised_limit_reads_again_what_was_too_much(lab, shapes, monkeypatch, tmp_path):
    lab.put("many.json", shapes.today("m", {f"task_{i}": {"acc,none": 0.5} for i in range(2000)}))
    monkeypatch.setenv(LIMIT, "2")
    assert lab.collect(cache_dir=tmp_path / "cache").census["unread"] == 1
    monkeypatch.delenv(LIMIT)
    assert lab.collect(cache_dir=tmp_path / "cache").census["read"] == 1


def test_items_that_cannot_be_written_end_the_collection(five, shapes, tmp_path):
    five.put("a/samples_boolq_2025-01-02T03-04-05.000001.jsonl", shapes.rows([1, 0]))
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(NotADirectoryError):
        list(pool.read_all(walk(five.folder), load_registry(), 2, tmp_path / "file" / "parts"))


@pytest.mark.slow
def test_workers_end_with_their_parent_however_it_ends(five, tmp_path):
    script = (
        "import os, sys, time\n"
        "from pathlib import Path\n"
        "from mergekit_eval.collect.folders import collect\n"
        "from mergekit_eval.collect import pool\n"
        "def read(file, registry):\n"
        "    Path(sys.argv[2]).write_text(str(os.getpid()))\n"
        "    time.sleep(100)\n"
        "pool.read_file = read\n"
        "collect(sys.argv[1], workers=2)\n"
    )
    told = tmp_path / "pid"
    with subprocess.Popen([sys.executable, "-c", script, str(five.folder), str(told)]) as process:
        deadline = time.monotonic() + 60
        while not (told.exists() and told.read_text()) and time.monotonic() < deadline:
            time.sleep(0.05)
        process.kill()
    worker = Path(f"/proc/{told.read_text()}")
    while worker.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not worker.exists()
