"""What the notebooks say of the bundled example is what is frozen in tests/golden; see tools/freeze.py."""

from pathlib import Path

import pandas as pd
import pytest

from tools import freeze


def written(folder: Path, **tables: dict) -> Path:
    folder.mkdir()
    for name, columns in tables.items():
        pd.DataFrame(columns).to_csv(folder / f"{name}.csv", index=False)
    return folder


def test_numbers_that_moved_by_less_than_the_tolerance_are_the_same(tmp_path):
    old = written(tmp_path / "a", t={"merge": ["m", "n"], "gain": [0.25, 0.5]})
    new = written(tmp_path / "b", t={"merge": ["m", "n"], "gain": [0.25 + 1e-12, 0.5]})
    assert freeze.compare(old, new) == []


def test_every_kind_of_difference_is_named(tmp_path):
    old = written(
        tmp_path / "a", t={"merge": ["m", "n"], "gain": [0.25, 0.5], "p": [1, 1]}, gone={"x": [1]}, cut={"x": [1, 2]}
    )
    new = written(
        tmp_path / "b", t={"merge": ["m", "o"], "gain": [0.25, 0.6], "se": [1, 1]}, more={"x": [1]}, cut={"x": [1]}
    )
    assert freeze.compare(old, new) == [
        f"gone.csv: only in {old}",
        f"more.csv: only in {new}",
        "cut.csv: 2 rows, now 1",
        "t.csv: columns gone: p",
        "t.csv: columns new: se",
        "t.csv: merge: 1 of 2 differ, e.g. row 1: 'n', now 'o'",
        "t.csv: gain: 1 of 2 differ, e.g. row 1: '0.5', now '0.6'",
    ]


@pytest.mark.slow
def test_the_notebooks_say_of_the_example_what_is_frozen(tmp_path):
    freeze.make(tmp_path / "set")
    freeze.pack(tmp_path / "set" / "example", tmp_path / "now")
    assert freeze.compare(freeze.GOLDEN, tmp_path / "now") == []
