"""What was read before is not read again, and whatever happens to the store, the tables stay right."""

import sqlite3
from contextlib import closing

import pandas as pd
import pytest

from mergekit_eval.collect import pool, read_file, store
from mergekit_eval.collect.folders import collect

STAMP = "2025-01-02T03-04-05.000001"


@pytest.fixture
def full(lab, shapes):
    for model in ("a", "b"):
        lab.put(f"{model}/results_{STAMP}.json", shapes.today(model, {"boolq": {"acc,none": 0.5}}))
        lab.put(f"{model}/samples_boolq_{STAMP}.jsonl", shapes.rows([1, 1, 0, 0]))
    lab.put("lfs.json", "version https://git-lfs.github.com/spec/v1\n")
    return lab


@pytest.fixture
def opened(monkeypatch):
    """Count the files that are read."""
    seen: list[str] = []

    def read(file, registry):
        seen.append(file.name)
        return read_file.read_file(file, registry)

    monkeypatch.setattr(pool, "read_file", read)
    return seen


def same(one, other) -> None:
    for table in ("scores", "items", "problems"):
        pd.testing.assert_frame_equal(getattr(one, table), getattr(other, table))
    assert one.census == other.census


def test_store_or_not_the_tables_are_equal(full, tmp_path):
    same(full.collect(), full.collect(cache_dir=tmp_path / "cache"))


def test_unchanged_files_are_not_opened_again(full, tmp_path, opened):
    first = full.collect(cache_dir=tmp_path / "cache")
    assert len(opened) == 5
    same(first, full.collect(cache_dir=tmp_path / "cache"))
    assert len(opened) == 5


def test_only_what_changed_is_opened(full, shapes, tmp_path, opened):
    full.collect(cache_dir=tmp_path / "cache")
    opened.clear()
    full.put(f"b/samples_boolq_{STAMP}.jsonl", shapes.rows([1, 1, 1, 0, 0]))
    (full.folder / "lfs.json").unlink()
    found = full.collect(cache_dir=tmp_path / "cache")
    assert opened == [f"b/samples_boolq_{STAMP}.jsonl"]
    same(found, full.collect())


def test_another_rule_or_registry_does_not_get_old_tables(full, shapes, tmp_path):
    full.put("a/again.json", shapes.today("a", {"boolq": {"acc,none": 0.75}}, date=1.0))
    cache = tmp_path / "cache"
    assert len(full.collect(cache_dir=cache).scores) == 2
    assert len(full.collect(cache_dir=cache, rule="all").scores) == 3


@pytest.mark.parametrize("damage", ["database", "part", "missing part", "tables"])
def test_a_damaged_store_is_rebuilt(full, tmp_path, damage):
    cache = tmp_path / "cache"
    expected = full.collect(cache_dir=cache)
    expected.items, expected.scores, expected.problems  # noqa: B018 - look at them before the damage
    for folder in (cache / "tables").iterdir():
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
    if damage == "database":
        (cache / "records-1.sqlite").write_bytes(b"no database")
    elif damage == "part":
        for part in (cache / "parts").iterdir():
            part.write_bytes(b"ARROW1 but no more")
    elif damage == "missing part":
        for part in (cache / "parts").iterdir():
            part.unlink()
    same(full.collect(cache_dir=cache), expected)


def test_a_record_counts_only_once_its_part_is_on_the_disk(full, tmp_path, monkeypatch):
    cache, seen = tmp_path / "cache", []

    def stopped(path):
        seen.append(path)
        raise OSError("no space left")

    with monkeypatch.context() as patched:
        patched.setattr(store, "flush", stopped)
        with pytest.raises(OSError, match="no space left"):
            full.collect(cache_dir=cache)
    assert seen and {path.parent for path in seen} == {cache / "parts"}
    with closing(sqlite3.connect(cache / "records-1.sqlite")) as database:
        assert database.execute("select count(*) from records where part != ''").fetchone() == (0,)
    same(full.collect(cache_dir=cache), full.collect())
    assert not set((cache / "parts").iterdir()) & set(seen), "parts that no record names are removed by the next run"


def test_a_part_that_is_deleted_before_it_counts_is_read_again(full, tmp_path, monkeypatch):
    real = store.flush

    def deleted(path):
        if path.suffix == ".arrow":
            monkeypatch.setattr(store, "flush", real)
            path.unlink()
        real(path)

    monkeypatch.setattr(store, "flush", deleted)
    same(full.collect(cache_dir=tmp_path / "cache"), full.collect())


def test_the_store_is_not_collected(full):
    full.collect(cache_dir=full.folder / ".cache")
    assert full.collect(cache_dir=full.folder / ".cache").census["files"] == 5


def test_many_workers_give_the_same_tables(full, tmp_path, monkeypatch):
    monkeypatch.setattr(pool, "SMALL", 0)
    monkeypatch.setattr(pool, "BATCH_FILES", 1)
    same(collect(full.folder, workers=2), full.collect())
    same(collect(full.folder, workers=2, cache_dir=tmp_path / "c"), full.collect())


def test_a_worker_that_dies_costs_one_file(full, monkeypatch):
    import os

    def deadly(file, registry):
        if file.name == "lfs.json" and os.getpid() != parent:
            os._exit(9)
        return read_file.read_file(file, registry)

    parent = os.getpid()
    monkeypatch.setattr(pool, "SMALL", 0)
    monkeypatch.setattr(pool, "BATCH_FILES", 1)
    monkeypatch.setattr(pool, "read_file", deadly)
    found = collect(full.folder, workers=2)
    assert found.census["read"] == 4 and found.census["unread"] == 1
    assert "ended the process" in found.problems.iloc[0]["message"]
