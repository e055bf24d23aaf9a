"""Items as parts: put together group by group, with the labels of the score rows that are still there."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from mergekit_eval.collect import items as module
from mergekit_eval.collect.item_encoding import SCHEMA
from mergekit_eval.collect.items import Items, Part, join_items
from mergekit_eval.collect.link_items import Series
from mergekit_eval.collect.parquet import read_frame
from mergekit_eval.collect.read_file import Record

LABELS = ("run", "m", "base", "boolq", "acc", "none", "/lab/m/r.json")


def record(name, *series):
    """Return a record with one item for each number in ``series``, whose values are these numbers."""
    same = {"occurrence": 0, "cluster": "", "signs": 5, "prompt": 7}
    rows = [same | {"series": place, "item_key": f"k{value}", "doc_id": str(value), "value": float(value),
             "line": place} for place, values in enumerate(series) for value in values]  # fmt: skip
    told = [["m", "boolq", f"metric{place}", "none", len(values), 0.0] for place, values in enumerate(series)]
    return Record(f"/lab/{name}", name, "read", series=told, items=pa.Table.from_pylist(rows, schema=SCHEMA))


def load(records):
    return [one.items for one in records]


def test_a_series_without_labels_is_left_out():
    parts = [Part(2, record("a", [1, 2], [8, 9]), [LABELS, None]), Part(1, record("b", [3]), [LABELS])]
    frame = Items(parts, load).frame()
    assert frame["value"].tolist() == [1, 2, 3] and set(frame["task"]) == {"boolq"}
    assert Items([], load).frame().empty


def test_what_is_written_is_what_the_frame_holds_one_row_group_at_a_time(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "GROUP_ROWS", 2)
    made = Items([Part(1, record(f"f{number}", [number]), [LABELS]) for number in range(5)], load)
    path = tmp_path / "items.parquet"
    made.write(path)
    assert pq.ParquetFile(path).num_row_groups == 3
    pd.testing.assert_frame_equal(read_frame(path, "items"), made.frame())


def test_files_are_named_relative_to_the_root(tmp_path):
    made = Items([Part(1, record("a", [1]), [LABELS])], load)
    made.write(tmp_path / "items.parquet", Path("/lab"))
    table = pq.read_table(tmp_path / "items.parquet")
    assert table["source_file"].to_pylist() == ["m/r.json"] and table["model"].to_pylist() == ["m"]


def test_only_series_whose_score_row_is_still_there_have_items():
    rows = [{"n": 0}, {"n": 1}]
    scores = pd.DataFrame([dict(zip(module.LABELS[:-1], LABELS, strict=False)) | {"row": 1}])
    one = record("a", [1, 2], [3])
    series = [Series(0, 0, rows[0], "none", 2, 1.5), Series(0, 1, rows[1], "none", 1, 3.0)]
    made = join_items([one], series, rows, scores, load)
    assert [(part.size, part.labels) for part in made.parts] == [(1, [None, (*LABELS[:-1], "/lab/a")])]
    assert made.frame()["value"].tolist() == [3.0]
