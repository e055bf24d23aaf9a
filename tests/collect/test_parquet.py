import os
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from mergekit_eval.collect import parquet, roots
from mergekit_eval.errors import DataError
from mergekit_eval.schema import conform


@pytest.fixture
def scores():
    rows = [{"model": "m", "task": "t", "value": 0.5, "n": 3, "source_file": "a/x.json"}]
    return conform([*rows, {"model": "k", "task": "t", "value": float("nan"), "source_file": "/far/y.json"}], "scores")


def test_a_table_comes_back_as_it_was_with_full_paths(tmp_path, scores):
    path = tmp_path / "tables" / "scores.parquet"
    path.parent.mkdir()
    parquet.write_frame(scores, path, roots.recorded(tmp_path / "lab", path.parent))
    pd.testing.assert_frame_equal(parquet.read_frame(path, "scores"), scores)
    root = parquet.root_of(path)
    assert root == tmp_path / "lab"
    full = parquet.read_frame(path, "scores", root)
    assert full["source_file"].tolist() == [str(tmp_path / "lab" / "a" / "x.json"), "/far/y.json"]
    assert list(path.parent.iterdir()) == [path]


def test_what_is_missing_or_no_table_is_named_with_what_to_do(tmp_path, scores):
    with pytest.raises(DataError, match=r"scores\.parquet: missing; run `mergekit-eval collect"):
        parquet.read_frame(tmp_path / "scores.parquet", "scores")
    (tmp_path / "scores.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(DataError, match=r"scores\.parquet: cannot be read as a table"):
        parquet.read_frame(tmp_path / "scores.parquet", "scores")
    assert parquet.root_of(tmp_path / "scores.parquet") is None and parquet.root_of(tmp_path / "none") is None
    parquet.write_frame(scores.assign(extra=1), tmp_path / "scores.parquet")
    with pytest.raises(DataError, match="extra"):
        parquet.read_frame(tmp_path / "scores.parquet", "scores")


def test_a_second_place_is_a_link_unless_it_keeps_something_else(tmp_path, scores):
    source, linked, other = (tmp_path / f"{name}.parquet" for name in ("one", "linked", "other"))
    parquet.write_frame(scores, source)
    parquet.place(source, linked)
    assert linked.samefile(source)
    parquet.place(source, other, {b"mark": b"here"})
    assert not other.samefile(source) and pq.read_schema(other).metadata[b"mark"] == b"here"
    assert b"mark" not in pq.read_schema(source).metadata
    pd.testing.assert_frame_equal(parquet.read_frame(other, "scores"), scores)


def test_where_the_file_system_has_no_links_it_is_a_copy(tmp_path, scores, monkeypatch):
    def no_link(*_):
        raise OSError("no links here")

    parquet.write_frame(scores, tmp_path / "one.parquet")
    monkeypatch.setattr(os, "link", no_link)
    parquet.place(tmp_path / "one.parquet", tmp_path / "two.parquet")
    assert not Path(tmp_path / "two.parquet").samefile(tmp_path / "one.parquet")
    assert (tmp_path / "two.parquet").read_bytes() == (tmp_path / "one.parquet").read_bytes()
