"""What killed runs have left is deleted by the next run, unless another is at work in the folder."""

import fcntl
import os
from pathlib import Path

import pytest

from mergekit_eval.collect.folders import write_tables
from mergekit_eval.collect.leftovers import at_work

PARTS = ("cache/parts/.0123.arrow", "cache/parts/0123-4.arrow")
LEFT = (*PARTS, "out/.mergekit-eval-abc/scores.parquet", "cache/tables/.mergekit-eval-xyz/items.parquet")


@pytest.fixture
def full(lab, shapes, tmp_path):
    lab.put("a/results_2025-01-02T03-04-05.000001.json", shapes.today("a", {"boolq": {"acc,none": 0.5}}))
    lab.put("a/samples_boolq_2025-01-02T03-04-05.000001.jsonl", shapes.rows([1, 1, 0, 0]))

    def run():
        write_tables(lab.collect(cache_dir=tmp_path / "cache"), tmp_path / "out")
        return {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}

    return run


def leave(folder):
    for name in LEFT:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("half")


@pytest.mark.parametrize("changed", [False, True])
def test_leftovers_of_a_killed_run_are_deleted_by_the_next(full, lab, shapes, tmp_path, changed):
    kept = full()
    leave(tmp_path)
    if changed:
        lab.put("b/results.json", shapes.today("b", {"boolq": {"acc,none": 0.5}}))
    now = full()
    assert not set(LEFT) & now
    if not changed:
        assert now == kept


def test_what_another_run_is_writing_is_left_alone(full, tmp_path):
    full()
    leave(tmp_path)
    alive = [tmp_path / Path(name).parent / ".alive" for name in LEFT if name not in PARTS]
    handles = [os.open(tmp_path / "cache", os.O_RDONLY), *(os.open(path, os.O_RDWR | os.O_CREAT) for path in alive)]
    try:
        for handle in handles:
            fcntl.flock(handle, fcntl.LOCK_SH)
        assert set(LEFT) <= full()
    finally:
        for handle in handles:
            os.close(handle)
    assert not set(LEFT) & full()


def test_two_may_be_at_work_and_links_are_not_followed(tmp_path):
    (tmp_path / "here").mkdir()
    (tmp_path / "away").mkdir()
    (tmp_path / "away" / "file").write_text("x")
    (tmp_path / "here" / ".left").symlink_to(tmp_path / "away")
    with at_work(tmp_path / "here", lambda: [tmp_path / "here" / ".left"]), at_work(tmp_path / "here", lambda: 1 / 0):
        assert not (tmp_path / "here" / ".left").is_symlink()
    assert (tmp_path / "away" / "file").read_text() == "x"
