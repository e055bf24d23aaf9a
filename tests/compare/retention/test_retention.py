"""Retention, normalised performance and forgetting against plain arithmetic."""

import numpy as np
import pandas as pd
import pytest

from mergekit_eval.compare import MergeContext, retention_table
from tests.compare.conftest import one
from tests.compare.retention.conftest import ROLES, TASKS


def test_retention_is_the_share_over_chance(world, answers):
    rows = retention_table(world[0])
    row = one(rows, level="task", task="facts", reference="a")
    expected = (answers["m", "facts"].mean() - 0.25) / (answers["a", "facts"].mean() - 0.25)
    assert row["retention"] == pytest.approx(expected)
    assert row["margin"] == pytest.approx(0.05 * (answers["a", "facts"].mean() - 0.25))


def test_the_claim_agrees_with_the_interval(world):
    """Fieller's interval and the linear contrast are one test: the limit is at the share where p is alpha / 2."""
    rows = retention_table(world[0])
    told = rows[rows["p_kept"].notna()]
    assert len(told) > 10
    assert ((told["p_kept"] <= 0.025) == (told["low"] >= 0.95)).all()
    assert ((told["p_lost"] <= 0.025) == (told["high"] <= 0.95)).all()


def test_overall_averages_over_tasks_before_the_ratio(world, answers):
    row = one(retention_table(world[0]), level="overall", relation="parent", reference="b")
    chance = {"gsm": 0, "prog": 0, "facts": 0.25}
    top, bottom = (np.mean([answers[m, t].mean() - c for t, c in chance.items()]) for m in ("m", "b"))
    assert row["retention"] == pytest.approx(top / bottom)


def test_a_parent_at_chance_is_refused_with_the_reason(build, merging):
    rng = np.random.default_rng(1)
    values = {
        (name, "facts"): (rng.random(200) < rate).astype(float) for name, rate in (("a", 0.25), ("b", 0.7), ("m", 0.5))
    }
    kin = MergeContext(build(ROLES, TASKS, values), merging(("m", ("a", "b"), "")))
    rows = retention_table(kin)
    refused = one(rows, level="task", reference="a")
    assert pd.isna(refused["retention"])
    assert refused["decided"] == ""
    assert "refused" in refused["note"]
    assert one(rows, level="task", reference="b")["retention"] > 0


@pytest.mark.parametrize(
    ("facts", "why"),
    [({"chance": np.nan}, "guessing is unknown"), ({"scale": "natural"}, "unbounded")],
)
def test_no_share_without_chance_or_without_bounds(build, merging, facts, why):
    rng = np.random.default_rng(1)
    values = {(name, "facts"): (rng.random(200) < 0.6).astype(float) for name in ("a", "b", "m")}
    kin = MergeContext(build(ROLES, {"facts": facts}, values), merging(("m", ("a", "b"), "")))
    rows = retention_table(kin)
    rows = rows[rows["level"].eq("task")]
    assert rows["retention"].isna().all()
    assert rows["note"].str.contains(why).all()


def test_a_harm_rate_is_turned_before_it_is_compared(build, merging):
    rng = np.random.default_rng(9)
    values = {(name, "harm"): (rng.random(500) < rate).astype(float) for name, rate in (("a", 0.1), ("m", 0.2))}
    found = build(ROLES, {"harm": {"higher_is_better": False, "chance": 0.5}}, values)
    row = one(retention_table(MergeContext(found, merging(("m", ("a",), "")))), level="task")
    assert row["retention"] == pytest.approx((0.5 - values["m", "harm"].mean()) / (0.5 - values["a", "harm"].mean()))


def test_equal_models_keep_everything_surely(build, merging):
    answers = (np.random.default_rng(3).random(300) < 0.8).astype(float)
    values = {("a", "gsm"): answers, ("m", "gsm"): answers}
    row = one(retention_table(MergeContext(build(ROLES, TASKS, values), merging(("m", ("a",), "")))), level="task")
    assert row["decided"] == "kept"
    assert row["retention"] == pytest.approx(1.0)


@pytest.mark.slow
def test_kept_is_claimed_at_the_usual_error_rate_where_exactly_the_share_is_kept(build, merging):
    rng, kept = np.random.default_rng(3), 0
    merges = merging(("m", ("a",), ""))
    edge = 0.9 * (0.95 * 0.8) + 0.05  # 0.9 u + 0.1 v of uniform u, v lies below it with probability 0.95 * 0.8
    for _ in range(200):
        u = rng.random(300)
        values = {
            ("a", "gsm"): (u < 0.8).astype(float),
            ("m", "gsm"): (0.9 * u + 0.1 * rng.random(300) < edge).astype(float),
        }
        kept += (
            one(retention_table(MergeContext(build(ROLES, TASKS, values), merges)), level="task")["decided"] == "kept"
        )
    assert 0 < kept / 200 <= 0.10  # one-sided at 5 %; the binomial of 200 studies stays below 10 % with 99.9 %
