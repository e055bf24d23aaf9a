"""One gain, one error: averages of differences against plain numpy, and the same number wherever it is shown."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats as sps

from mergekit_eval.compare import MergeContext, differences, engine, relation_table
from mergekit_eval.compare.engine import average
from mergekit_eval.compare.item_index import Evidence
from tests.compare.conftest import make, votes_for

NOTHING_SHARED = Evidence(make({}, {}, {}))
ROLES = {"base": "base", "a": "parent", "b": "parent", "m": "merge"}


def averages(table):
    return engine.averages(table, votes_for(table), NOTHING_SHARED)


def answers(seed=3, sizes=(120, 60, 40)):
    rng = np.random.default_rng(seed)
    tasks = {f"t{place}": rng.random(size) for place, size in enumerate(sizes)}
    rates = {"base": 0.4, "a": 0.6, "b": 0.5, "m": 0.65}
    return {
        (model, task): (0.6 * hard + 0.4 * rng.random(len(hard)) < rate).astype(float)
        for model, rate in rates.items()
        for task, hard in tasks.items()
    }


@pytest.fixture
def made(build, merging):
    values = answers()
    found, merges = build(ROLES, {}, values), merging(("m", ("a", "b"), "base"))
    table = differences(found, merges)
    return values, table, relation_table(MergeContext(found, merges), table)


def test_an_average_adds_errors_in_squares_and_is_worth_its_separating_items(made):
    values, table, _ = made
    row = averages(table).query("level == 'overall' and reference == 'a'").iloc[0]
    gaps = [values["m", task] - values["a", task] for task in ("t0", "t1", "t2")]
    variances = np.array([gap.var(ddof=1) / len(gap) for gap in gaps])
    worth = np.array([np.count_nonzero(gap) - 1 for gap in gaps])
    df = variances.sum() ** 2 / (variances**2 / worth).sum()
    stderr = np.sqrt(variances.sum()) / 3
    assert (row["gain"], row["stderr"], row["df"]) == pytest.approx((np.mean([g.mean() for g in gaps]), stderr, df))
    assert row["gain_high"] == pytest.approx(row["gain"] + sps.t.isf(0.025, df) * stderr)


def test_every_gain_over_one_reference_has_one_error_in_every_table(made):
    _, table, relations = made
    whole = relations[relations["level"].eq("overall") & relations["relation"].isin(["base", "parent"])]
    there = averages(table).query("level == 'overall'")
    joined = whole.merge(there, on=["merge", "relation", "reference"], suffixes=("", "_there"))
    assert len(joined) == 3
    for name in ("gain", "stderr", "gain_low", "p"):
        assert (joined[name] == joined[f"{name}_there"]).all()
    keys = ["merge", "relation", "reference", "level", "task"]
    assert not relations.duplicated(keys).any()


def test_an_average_over_one_task_is_that_task(made):
    _, table, _ = made
    alone = table[table["task"].eq("t1")]
    for row in averages(alone).query("level == 'overall'").itertuples():
        task = alone[alone["reference"].eq(row.reference)].iloc[0]
        assert (row.gain, row.stderr, row.n) == (task["gain"], task["stderr"], task["n"])


def test_swapping_merge_and_reference_turns_the_sign_and_nothing_else(build, merging):
    found = build({name: "merge" if name in "am" else role for name, role in ROLES.items()}, {}, answers())
    there, back = (
        averages(differences(found, merging((merge, (other,), "")))).iloc[-1]
        for merge, other in (("m", "a"), ("a", "m"))
    )
    assert (there["gain"], there["gain_low"]) == pytest.approx((-back["gain"], -back["gain_high"]))
    assert (there["stderr"], there["df"], there["p"]) == pytest.approx((back["stderr"], back["df"], back["p"]))


def test_half_an_item_stands_in_where_no_item_separates(build, merging):
    values = answers(sizes=(50,))
    values["m", "t0"] = values["a", "t0"]
    found, merges = build(ROLES, {}, values), merging(("m", ("a", "b"), "base"))
    row = averages(differences(found, merges)).query("level == 'overall' and reference == 'a'").iloc[0]
    assert (row["gain"], row["p"], row["stderr"]) == pytest.approx((0, 1, 1 / 50))
    assert row["gain_low"] < 0 < row["gain_high"]


def test_half_an_item_is_no_half_cluster(build, merging):
    values = {key: np.repeat(value, 5) for key, value in answers(sizes=(40,)).items()}
    clusters = [f"passage {at // 5}" for at in range(200)]
    found, merges = build(ROLES, {"t0": {"clusters": clusters}}, values), merging(("m", ("a", "b"), "base"))
    relations = relation_table(MergeContext(found, merges), differences(found, merges))
    gap = (values["m", "t0"] - (values["a", "t0"] + values["b", "t0"]) / 2)[::5]
    row = relations.query("relation == 'mean parent' and level == 'overall'").iloc[0]
    assert row["stderr"] == pytest.approx(gap.std(ddof=1) / np.sqrt(40))


def test_what_is_left_out_of_an_average_is_named(made):
    _, table, _ = made
    gone = table["task"].eq("t2") & table["reference"].eq("b")
    rows = averages(table[~gone]).query("level == 'overall'")
    assert set(rows["n_tasks"]) == {2}
    assert rows["note"].str.contains("without t2: not shared with the base and every parent").all()


def test_an_average_of_unknown_size_has_no_size(made):
    _, table, _ = made
    rows = table[table["reference"].eq("a")].assign(n=[120, None, 40]).to_dict("records")
    assert average(rows, 0.95, {"t0": 0.5, "t1": 0.25, "t2": 0.25}, NOTHING_SHARED)["n"] is None
    assert pd.isna(averages(pd.DataFrame(rows)).iloc[-1]["n"])
