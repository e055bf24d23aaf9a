import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from mergekit_eval.errors import DataError
from mergekit_eval.show import row_names


def rows(**columns: list) -> pd.DataFrame:
    return pd.DataFrame(columns)


def test_rows_are_named_by_what_differs() -> None:
    table = rows(merge=["a", "a", "a"], task=["t", "t", "u"], metric=["acc", "f1", "acc"], filter=["none"] * 3)
    assert row_names.varying(table, "who") == ["task", "metric"]
    assert row_names.varying(table.iloc[[0, 2]], "who") == ["task"]
    assert row_names.varying(table.iloc[:1], "who") == ["merge"]
    with pytest.raises(DataError, match=r"who: needs one of the columns .*'merge'.*has .*'gain'"):
        row_names.varying(rows(gain=[1]), "who")


def test_a_row_says_its_merge_its_reference_and_its_task() -> None:
    table = rows(merge=["a", "b"], reference=["p", "q"], task=["t", "u"])
    assert row_names.row_names(table, None, "who") == ["a vs p t", "b vs q u"]
    assert row_names.row_names(table, {"a": "first"}, "who")[0] == "first vs p t"


def test_a_merge_with_several_references_is_named_once() -> None:
    table = rows(merge=["a", "a", "b"], reference=["p", "q", "p"])
    assert row_names.several_references(table)
    assert row_names.row_names(table, None, "who") == ["a vs p", "vs q", "b vs p"]
    assert not row_names.several_references(table.iloc[1:])
    assert not row_names.several_references(table.drop(columns="reference"))


@pytest.mark.parametrize(("merges", "lines"), [(["a", "a", "b", "b"], [1.5]), (["a", "b", "c"], []), (["a", "a"], [])])
def test_merges_of_several_rows_are_set_apart(merges: list[str], lines: list[float]) -> None:
    ax = plt.figure().add_subplot()
    row_names.part_merges(ax, rows(merge=merges), "red")
    assert [line.get_ydata()[0] for line in ax.lines] == lines
    np.testing.assert_array_equal(row_names.starts(rows(merge=["a", "a", "b"])), [True, False, True])
