"""What was measured: completeness of tasks, averages over capabilities."""

import pandas as pd
import pytest

from mergekit_eval.collect.folders import Collection
from mergekit_eval.compare import (
    capability_table,
    completeness,
    score_table,
    votes_of,
)
from mergekit_eval.errors import DataError
from tests.compare.conftest import one, without


def test_missing_is_missing_in_completeness_and_capability(world):
    found = without(world, lambda s: s["model"].eq("b") & s["task"].eq("task_a"))
    state = one(completeness(found), model="b", task="task_a")
    assert state["state"] == "missing"
    assert pd.isna(state["n"])
    mixed = Collection(world.scores.assign(capability="all"), world.items, world.problems)
    mixed = without(mixed, lambda s: s["model"].eq("b") & s["task"].eq("task_a"))
    row = one(capability_table(score_table(mixed), votes_of(mixed.scores)), model="b")
    assert pd.isna(row["value"])
    assert "task_a missing" in row["note"]


def test_the_picture_of_completeness_shows_what_the_table_says(world):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    from mergekit_eval.show import plots

    def said(collection):
        drawn = plots.completeness(completeness(collection)).figure.findobj(matplotlib.text.Text)
        return {text.get_text() for text in drawn} & {"with its items", "only as a score", "missing"}

    assert said(world) == {"with its items"}
    assert said(Collection(world.scores, world.items.iloc[:0], world.problems)) == {"only as a score"}
    with pytest.raises(DataError, match=r"'gone'.*items, aggregate, missing"):
        plots.completeness(completeness(world).assign(state="gone"))
    pytest.importorskip("matplotlib.pyplot").close("all")
