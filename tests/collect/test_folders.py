"""Collections: what their tables hold, written and read, empty and absent."""

import pandas as pd
import pytest

from mergekit_eval.collect.folders import collect, read_tables, write_tables
from mergekit_eval.errors import DataError

STAMP = "2025-01-02T03-04-05.000001"


@pytest.fixture
def full(lab, shapes):
    for model in ("a", "b"):
        lab.put(f"{model}/results_{STAMP}.json", shapes.today(model, {"boolq": {"acc,none": 0.5}}))
        lab.put(f"{model}/samples_boolq_{STAMP}.jsonl", shapes.rows([1, 1, 0, 0]))
    lab.put("lfs.json", "version https://git-lfs.github.com/spec/v1\n")
    return lab


def test_tables_written_and_read_are_the_same(full, tmp_path):
    found = full.collect()
    write_tables(found, tmp_path / "out")
    again = read_tables(tmp_path / "out")
    for table in ("scores", "items", "problems"):
        pd.testing.assert_frame_equal(getattr(found, table), getattr(again, table))
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "items.parquet",
        "problems.parquet",
        "scores.parquet",
    ]


def test_changed_frames_are_written_as_changed(full, tmp_path):
    found = full.collect(cache_dir=tmp_path / "cache")
    found.scores["role"] = "base"
    write_tables(found, tmp_path / "out")
    assert set(read_tables(tmp_path / "out").scores["role"]) == {"base"}
    assert set(full.collect(cache_dir=tmp_path / "cache").scores["role"]) == {""}


def test_missing_tables_and_paths_are_named(tmp_path):
    with pytest.raises(DataError, match=r"scores\.parquet"):
        read_tables(tmp_path)
    with pytest.raises(DataError, match="nothing is there"):
        collect(tmp_path / "gone")
    with pytest.raises(DataError, match="newest, first, best, all"):
        collect(tmp_path, rule="nicest")


def test_an_empty_folder_is_an_empty_collection(tmp_path):
    found = collect(tmp_path)
    assert found.census["files"] == 0 and found.scores.empty and found.items.empty and found.problems.empty


def test_annotations_and_leaderboard_of_alpaca_eval_count_once(lab, one_score):
    rows = [
        {"instruction": f"i{n}", "output_1": "x", "generator_1": "davinci", "output_2": "y", "generator_2": "m",
         "annotator": "judge", "dataset": "d", "preference": preference}
        for n, preference in enumerate([2.0, 1.25])
    ]  # fmt: skip
    lab.put("m/judge/annotations.json", rows)
    board = ",win_rate,standard_error,n_total,length_controlled_winrate\nm,62.5,37.5,2,40.0\n"
    lab.put("m/judge/leaderboard.csv", board)
    found = lab.collect()
    assert one_score(found, metric="win_rate").n_from == "items" and len(found.items) == 2
    assert one_score(found, primary=True).metric == "length_controlled_winrate"
    assert list(found.problems["kind"]) == ["duplicate"]


def test_rows_of_one_model_in_a_table_become_its_conditions(lab):
    lab.put("t.csv", "Model,Size,MMLU\na,7B,0.5\na,13B,0.6\n")
    found = lab.collect()
    assert dict(zip(found.scores["model"], found.scores["value"], strict=True)) == {
        "a [Size=7B]": 0.5, "a [Size=13B]": 0.6
    }  # fmt: skip
