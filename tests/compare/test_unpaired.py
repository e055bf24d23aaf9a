"""Differences of aggregates, made for all pairs at once, against each pair worked out alone from its two rows."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as sps

from mergekit_eval.collect.folders import Collection
from mergekit_eval.compare.paired_differences import differences
from mergekit_eval.schema import conform

MODELS = {"base": "base", "a": "parent", "b": "parent", "m": "merge", "k": "merge"}
MERGES = pd.DataFrame(
    {"merge": ["m", "k"], "method": ["linear", "ties"], "parents": [("a", "b"), ("m",)], "base": ["base", "base"]}
)
PAIRS = [("m", "base", "base"), ("m", "a", "parent"), ("m", "b", "parent"), ("k", "base", "base"), ("k", "m", "parent")]
TASKS = {  # task: scale, whether higher is better
    "share": ("unit", True),
    "percent": ("percent", True),
    "error rate": ("unit", False),
    "perplexity": ("natural", False),
    "unknown": ("unit", None),
}
# Hits and items; whether the file has the number of items, a standard error, and how many shots.
SCORES = st.none() | st.tuples(
    st.integers(0, 40),
    st.integers(1, 40),
    st.booleans(),
    st.sampled_from([None, 0.0, 0.02, 0.5]),
    st.sampled_from([0, 0, 5]),
)
WORLDS = st.fixed_dictionaries({(model, task): SCORES for model in MODELS for task in TASKS})


def score(model, task, drawn):
    hits, n, sized, stderr, shots = drawn
    scale, higher = TASKS[task]
    times = {"unit": 1.0, "percent": 100.0, "natural": 7.0}[scale]
    return {
        "run": model, "model": model, "role": MODELS[model], "task": task, "metric": "acc", "filter": "none",
        "capability": "math", "kind": "task", "primary": True, "scale": scale, "higher_is_better": higher,
        "value": times * min(hits, n) / n, "n": n if sized else pd.NA, "n_shot": shots,
        "stderr": math.nan if stderr is None else times * stderr,
    }  # fmt: skip


def alone(row):
    """Value, standard error or None, and number of items or None of one score, as a share of one where it is one."""
    value, error = (row[name] / (100 if row["scale"] == "percent" else 1) for name in ("value", "stderr"))
    n = None if row["n"] is pd.NA else row["n"]
    if n is not None and row["scale"] != "natural":
        return value, math.sqrt(value * (1 - value) / n), n
    return value, error if error > 0 else None, n


def worked_out(mine, other, level):
    """Gain, its limits, p and standard error of one pair; NaN where there is none."""
    (x, se_x, n_x), (y, se_y, n_y) = alone(mine), alone(other)
    sign = {True: 1, False: -1, None: math.nan}[mine["higher_is_better"]]
    if None in (se_x, se_y) or se_x + se_y == 0:
        return [sign * (x - y), *[math.nan] * 4]
    error, df = math.hypot(se_x, se_y), math.inf
    if None not in (n_x, n_y) and min(n_x, n_y) > 1:
        df = error**4 / (se_x**4 / (n_x - 1) + se_y**4 / (n_y - 1))
    law = sps.norm if df == math.inf else sps.t(df)
    half = law.ppf((1 + level) / 2) * error
    p = 2 * law.cdf(-abs(x - y) / error)
    ends = sorted([sign * (x - y - half), sign * (x - y + half)])
    return [sign * (x - y), *ends, max(p, np.finfo(float).tiny) + 0 * sign, error]


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(WORLDS)
def test_all_pairs_at_once_are_each_pair_alone(world):
    scores = {where: score(*where, drawn) for where, drawn in world.items() if drawn}
    if not scores:
        return
    tables = (conform(list(scores.values()), "scores"), conform([], "items"), conform([], "problems"))
    found = differences(Collection(*tables), MERGES, alpha=0.1)
    expected = [
        (*pair, task) for pair in PAIRS for task in TASKS if (pair[0], task) in scores and (pair[1], task) in scores
    ]
    who = found[["merge", "reference", "relation", "task"]].itertuples(index=False, name=None)
    assert sorted(who) == sorted(expected)
    for row in found.to_dict("records"):
        mine, other = scores[row["merge"], row["task"]], scores[row["reference"], row["task"]]
        numbers = [row[name] for name in ("gain", "gain_low", "gain_high", "p", "stderr")]
        if mine["n_shot"] != other["n_shot"]:
            assert row["note"].startswith("not compared: ")
            assert np.isnan(numbers).all()
            continue
        assert numbers == pytest.approx(worked_out(mine, other, 0.9), rel=1e-9, abs=1e-12, nan_ok=True)
        assert (row["evidence"], row["matched"], row["unmatched"]) == ("aggregates only", 0, 0)
        known = [n for n in (alone(mine)[2], alone(other)[2]) if n]
        n = math.nan if pd.isna(row["n"]) else row["n"]
        assert n == pytest.approx(min(known, default=math.nan), nan_ok=True)


def test_items_that_could_not_be_used_are_counted():
    rows = [score(model, "share", (hits, 10, True, None, 0)) for model, hits in (("base", 4), ("m", 6))]
    items = [
        {
            **{name: rows[0][name] for name in ("run", "model", "task", "metric", "filter")},
            "item_key": str(i),
            "value": i < 4,
        }
        for i in range(10)
    ]
    tables = (conform(rows, "scores"), conform(items, "items"), conform([], "problems"))
    row = differences(Collection(*tables), MERGES).iloc[0]
    assert (row["evidence"], row["matched"], row["unmatched"]) == ("aggregates only", 0, 10)
    assert row["note"].startswith("0 and 10 items without a partner; ")
    assert row["gain"] == pytest.approx(0.2)
