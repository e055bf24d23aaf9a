"""What was measured: completeness of tasks, averages over capabilities."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats as sps

from mergekit_eval.collect.folders import Collection
from mergekit_eval.compare import (
    capability_table,
    completeness,
    score_table,
    votes_of,
)
from mergekit_eval.compare.coverage import oriented_means
from mergekit_eval.errors import DataError
from mergekit_eval.stats import proportion
from tests.compare.conftest import one, without
from tests.compare.shared import NOTHING


def test_missing_is_missing_in_completeness_and_capability(world):
    found = without(world, lambda s: s["model"].eq("b") & s["task"].eq("task_a"))
    state = one(completeness(found), model="b", task="task_a")
    assert state["state"] == "missing"
    assert pd.isna(state["n"])
    mixed = Collection(world.scores.assign(capability="all"), world.items, world.problems)
    mixed = without(mixed, lambda s: s["model"].eq("b") & s["task"].eq("task_a"))
    row = one(capability_table(score_table(mixed), votes_of(mixed.scores), mixed), model="b")
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


def means(*studies):
    """Value and limits of the mean of each study, given its tasks as (score, low, high)."""
    rows = [
        {"study": at, "model": "m", "task": f"t{place}", "role": "", "n": 100, "oriented_chance": 0.0}
        | dict(zip(("oriented", "oriented_low", "oriented_high"), task, strict=True))
        for at, tasks in enumerate(studies)
        for place, task in enumerate(tasks)
    ]
    rows = pd.DataFrame(rows)
    share = 1 / rows.groupby("study")["task"].transform("size")
    return oriented_means(rows.assign(share=share), ["study"], NOTHING)[["low", "high"]].to_numpy()


def test_limits_of_a_mean_come_from_those_of_the_tasks():
    z = sps.norm.isf(0.025) * 0.05  # equal normal limits: those of the mean, narrower by the root of two
    one, two = means([(0.5, 0.4, 0.6), (0.9, 0.8, 0.95)], [(0.5, 0.5 - z, 0.5 + z)] * 2)
    assert one == pytest.approx((0.7 - np.hypot(0.1, 0.1) / 2, 0.7 + np.hypot(0.1, 0.05) / 2))
    assert two == pytest.approx((0.5 - z / np.sqrt(2), 0.5 + z / np.sqrt(2)))


def test_the_limits_of_a_mean_hold_near_the_ends():
    shares = (0.99, 0.97, 0.5)
    limits = {right: proportion(right, 100) for right in range(101)}
    drawn = np.random.default_rng(3).binomial(100, shares, size=(2000, 3)).tolist()
    ends = means(*([(limits[k].estimate, limits[k].low, limits[k].high) for k in study] for study in drawn))
    covered = (ends[:, 0] <= np.mean(shares)) & (np.mean(shares) <= ends[:, 1])
    assert covered.mean() > 0.95 - 2 * np.sqrt(0.05 * 0.95 / 2000)  # two Monte-Carlo errors
