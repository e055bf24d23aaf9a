"""Whether the best model of a task is decided."""

import pytest

from mergekit_eval.compare import (
    best_decided,
    score_table,
)
from tests.compare.conftest import answers_of, one


def test_best_is_decided_only_where_the_items_carry_it(world):
    table = best_decided(world, score_table(world))
    top = table[(table["task"] == "task_a") & (table["merge"] == "good")]
    assert len(top) == 5
    assert one(top, reference="base")["decided"] == "better"
    x, y = answers_of(world, "good", "task_a"), answers_of(world, "a", "task_a")
    p = one(top, reference="a")["p"]
    assert one(top, reference="a")["p_adjusted"] == pytest.approx(min(1, p * 15)), (x.sum(), y.sum())
