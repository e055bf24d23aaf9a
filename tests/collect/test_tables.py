import pytest

from mergekit_eval.collect.tables import EXTRA, score_frame
from mergekit_eval.schema import names


def row(file, **more):
    return {"file": file, "model": "m", "task": "t", "metric": "acc", "value": 0.5, "source_file": f"/x/{file}"} | more


def test_rows_become_a_frame_of_the_declared_columns_and_three_more():
    frame = score_frame([row("a/results.json", n=3), row("b.csv")], set())
    assert list(frame) == [*names("scores"), *EXTRA]
    assert frame["n"].isna().tolist() == [False, True] and frame["row"].tolist() == [0, 1]
    assert (frame.dtypes["n"], frame.dtypes["higher_is_better"], frame.dtypes["file"]) == ("Int64", "boolean", "str")


def test_a_run_is_its_file_without_ending_unless_two_files_would_share_it():
    files = ["a/r.json", "a/r.csv", "b/r.json", "results_2024-01-01T00-00-00.000001.json"]
    assert score_frame([row(file) for file in files], set())["run"].tolist() == [
        "a/r.json",
        "a/r.csv",
        "b/r",
        "results_2024-01-01T00-00-00.000001",
    ]


@pytest.mark.parametrize("which", [(), (0,), (1,), (0, 1)])
def test_rows_with_items_are_told_by_identity_not_by_content(which):
    rows = [row("a.json"), row("a.json")]
    frame = score_frame(rows, {id(rows[i]) for i in which})
    assert frame["has_items"].tolist() == [i in which for i in range(2)]


def test_no_rows_are_an_empty_frame_with_all_columns():
    frame = score_frame([], set())
    assert len(frame) == 0 and list(frame) == [*names("scores"), *EXTRA]
