"""Non-inferiority against the parents."""

import numpy as np
import pytest
from scipy.stats import norm

from mergekit_eval.compare import (
    differences,
    no_worse_table,
)
from mergekit_eval.errors import DataError
from tests.compare.conftest import N, answers_of, bare


def test_no_worse_is_shown_only_within_the_margin(world, merges):
    table = differences(world, merges)
    kept = no_worse_table(world, table, margin=0.05).set_index(["merge", "reference", "task"])
    assert kept.loc[("good", "a", "task_b"), "shown"] == "no worse"
    assert kept.loc[("poor", "a", "task_a"), "shown"] == "worse by more than the margin"
    assert kept.loc[("middle", "a", "task_a"), "shown"] == "worse by more than the margin"
    assert set(kept.reset_index()["reference"]) == {"a", "b"}
    loose = no_worse_table(bare(world), differences(bare(world), merges), margin=0.05)
    row = loose[(loose["merge"] == "good") & (loose["reference"] == "a") & (loose["task"] == "task_a")].iloc[0]
    x, y = answers_of(world, "good", "task_a").mean(), answers_of(world, "a", "task_a").mean()
    stderr = np.sqrt((x * (1 - x) + y * (1 - y)) / N)
    assert row["p"] == pytest.approx(norm.sf((x - y + 0.05) / stderr), rel=1e-6)
    with pytest.raises(DataError, match="margin = 5"):
        no_worse_table(world, table, margin=5)
