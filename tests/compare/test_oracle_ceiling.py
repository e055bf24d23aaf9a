"""Items that any parent has right, and how many of them the merge has."""

import numpy as np
import pytest

from mergekit_eval.compare import ceiling_table
from tests.compare.conftest import relatives_of


def test_ceiling_is_the_union_of_the_parents():
    columns = np.array([[1, 1, 0, 0, 1, 0], [1, 0, 1, 0, 0, 0], [1, 0, 0, 1, 0, 0]])
    row = ceiling_table(relatives_of(columns)).query("level == 'overall'").iloc[0]
    assert (row["union"], row["ceiling"]) == (3, 0.5)
    assert row["recovered"] == pytest.approx(1 / 3)
    assert row["low"] < 1 / 3 < row["high"]
    assert row["merge_value"] == pytest.approx(0.5)
    assert row["best_parent_value"] == pytest.approx(2 / 6)
