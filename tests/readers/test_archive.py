"""Zip files of strangers: bombs, other compressions, cut and damaged ones."""

import json
import random
import zipfile

import pytest

from mergekit_eval.readers import _archive
from tests.readers.inspect_logs import parts_of, sample, zipped


def test_a_bomb_is_a_problem_and_its_scores_stay(look, tmp_path, monkeypatch):
    monkeypatch.setattr(_archive, "MEMBER_LIMIT", 4096)
    bomb = json.dumps(sample("b", "I", note="0" * 100_000)).encode()
    out = look(zipped(tmp_path / "a.eval", parts_of([sample("a", "C")]) | {"samples/b_epoch_1.json": bomb}))
    assert (out.scores[0]["value"], out.items()) == (0.5, [1])
    assert out.problems == ["incomplete", "incomplete"]
    assert "more than 4096 bytes" in out.readout.problems[0]["message"]


def test_a_member_of_nothing_but_brackets_is_a_bomb_too(look, tmp_path, monkeypatch):
    monkeypatch.setattr(_archive, "NESTED_LIMIT", 500)
    bomb = json.dumps(sample("b", "I", note=[[]] * 600)).encode()
    out = look(zipped(tmp_path / "a.eval", parts_of([sample("a", "C")]) | {"samples/b_epoch_1.json": bomb}))
    assert (out.items(), out.problems) == ([1], ["incomplete", "incomplete"])


def test_reductions_that_are_too_large_are_made_from_the_samples(look, tmp_path, monkeypatch):
    monkeypatch.setattr(_archive, "MEMBER_LIMIT", 4096)
    reduced = [{"scorer": "match", "samples": [{"sample_id": "a", "value": 1, "explanation": "0" * 9000}]}]
    parts = parts_of([sample("a", "C"), sample("b", "I")]) | {"reductions.json": reduced}
    out = look(zipped(tmp_path / "a.eval", parts))
    assert (sorted(out.items()), out.problems) == ([0, 1], [])


def test_all_members_together_are_bounded(look, tmp_path, monkeypatch):
    monkeypatch.setattr(_archive, "TOTAL_LIMIT", 2000)
    rows = [sample(f"s{n}", "C") for n in range(50)]
    out = look(zipped(tmp_path / "a.eval", parts_of(rows, n=50, value=1.0)))
    assert 0 < len(out.items()) < 50
    assert out.problems[0] == "incomplete"


@pytest.mark.parametrize("kind", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_of_compression_are_refused(look, tmp_path, kind):
    out = look(zipped(tmp_path / "a.eval", parts_of([sample("a", "C")]), kind))
    assert (out.status, "compressed by method" in out.why) == ("refused", True)


def test_other_zip_files_are_named(look, tmp_path):
    out = look(zipped(tmp_path / "a.zip", {"word/document.xml": b"<x/>"}))
    assert (out.status, "unpack" in out.why) == ("unread", True)


@pytest.mark.parametrize("cut", [10, 200, -30])
def test_a_cut_zip_is_named(look, tmp_path, cut):
    path = zipped(tmp_path / "a.eval", parts_of([sample("a", "C")]))
    path.write_bytes(path.read_bytes()[:cut])
    out = look(path)
    assert (out.status, "damaged" in out.why) == ("unread", True)


@pytest.mark.parametrize("seed", range(60))
def test_a_damaged_zip_never_raises(look, tmp_path, seed):
    rng = random.Random(seed)
    path = zipped(tmp_path / "a.eval", parts_of([sample("a", "C"), sample("b", "I")]))
    data = bytearray(path.read_bytes())
    for _ in range(rng.randint(1, 8)):
        data[rng.randrange(len(data))] = rng.randrange(256)
    path.write_bytes(bytes(data))
    out = look(path)
    assert out.status == "read" or out.why
