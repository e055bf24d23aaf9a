"""What the notebooks say of the bundled example is what is frozen, with one number per difference; tools/freeze.py."""

from pathlib import Path

import pandas as pd
import pytest

from tests.conftest import CHECKOUT
from tests.one_number import forest_is_joint, one_number, reasons_are_of_the_table
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


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """What all notebooks and the report make of the bundled example now; they run once for all tests of it."""
    folder = tmp_path_factory.mktemp("frozen") / "set"
    freeze.make(folder)
    return folder / "example"


@pytest.mark.slow
def test_the_notebooks_say_of_the_example_what_is_frozen(example, tmp_path):
    freeze.pack(example, tmp_path / "now")
    assert freeze.compare(freeze.GOLDEN, tmp_path / "now") == []


@pytest.mark.slow
def test_every_difference_has_one_number_in_tables_figures_and_report_of_the_example(example):
    found = one_number(example)
    files = set(found["file"])
    assert {"figures/forest", "figures/report_delta_base", "tables/report_verdicts"} <= files and len(files) >= 25
    reasons_are_of_the_table(example)
    forest_is_joint(example)


@pytest.mark.slow
def test_every_difference_has_one_number_in_the_frozen_tables():
    found = one_number(freeze.GOLDEN / "tables")
    assert found["file"].nunique() >= 8 and len(found) > 40_000


@pytest.mark.real_data
@pytest.mark.slow
def test_every_difference_of_published_merges_has_one_number(real_data, tmp_path):
    results = real_data / "lmeval-new" / "saucam+model_evals"
    freeze.frozen(CHECKOUT, tmp_path / "set", {"study": "params/published_merges.yaml", "results": str(results)})
    assert one_number(tmp_path / "set")["file"].nunique() >= 15
    reasons_are_of_the_table(tmp_path / "set")
    forest_is_joint(tmp_path / "set")
