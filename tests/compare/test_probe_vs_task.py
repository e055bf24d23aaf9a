"""Tau-b of every column with every column, and the two figures of a pair of groups, against scipy."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import false_discovery_control, kendalltau

from mergekit_eval import tables
from mergekit_eval.compare import agreement, group_agreement, wide_scores

MODELS = [f"m{number}" for number in range(9)]


def scores(columns, seed, models=MODELS):
    rng = np.random.default_rng(seed)
    return pd.DataFrame({name: rng.integers(0, 12, len(models)) for name in columns}, index=models).astype(float)


def test_scores_are_turned_so_that_higher_is_better():
    rows = [("a", "t", 0.4, 0.4), ("b", "t", 0.6, 0.6), ("a", "harm", 0.2, 0.8), ("a", "odd", 3.0, np.nan)]
    table = wide_scores(pd.DataFrame(rows, columns=["model", "task", "value", "oriented"]))
    assert table.loc["a"].to_dict() == {"t": 0.4, "harm": 0.8, "odd": 3.0}
    assert np.isnan(table.loc["b", "harm"])


def test_every_pair_of_columns_has_scipys_tau_and_one_correction():
    x, y = scores(["p", "q"], 1), scores(["t", "u", "v"], 2)
    x.iloc[0, 0] = np.nan
    table = agreement(x, y, x_groups={"p": "syntax"}, seed=3)
    assert len(table) == 6
    for row in table.itertuples():
        both = x[row.x].notna()
        assert row.r == pytest.approx(kendalltau(x[row.x][both], y[row.y][both]).statistic)
        assert row.n == both.sum()
        assert row.low <= row.r <= row.high
    assert table["p_adjusted"].to_numpy() == pytest.approx(false_discovery_control(table["p"]))
    assert table["x_group"].tolist() == ["syntax" if name == "p" else "" for name in table["x"]]


def test_many_models_have_the_normal_p_of_no_ties():
    models = [f"m{number}" for number in range(40)]
    rng = np.random.default_rng(4)
    x, y = (pd.DataFrame({"c": rng.permutation(np.arange(40.0))}, index=models) for _ in "xy")
    row = agreement(x, y).iloc[0]
    assert row["p"] == pytest.approx(kendalltau(x["c"], y["c"], method="asymptotic").pvalue)


def test_few_models_and_flat_columns_have_a_reason_and_no_number():
    x, y = scores(["p"], 1, MODELS[:4]), scores(["t"], 2)
    assert "4 models: below 5" in agreement(x, y)["note"].iloc[0]
    flat = scores(["p"], 1).assign(p=1.0)
    assert agreement(flat, y)["note"].tolist() == ["one side is the same for all models"]
    assert tables.reason(agreement(x[[]], y)) == "no column on both sides"


def test_a_pair_of_groups_has_the_mean_of_taus_and_the_tau_of_means():
    x, y = scores(["p", "q", "stray"], 5), scores(["t", "u"], 6)
    table = group_agreement(x, y, {"p": "syntax", "q": "syntax"}, {"t": "math", "u": "math"}).set_index("kind")
    taus = [kendalltau(x[one], y[other]).statistic for one in "pq" for other in "tu"]
    assert table.loc["mean of taus", "r"] == pytest.approx(np.mean(taus))
    means = kendalltau(x[["p", "q"]].mean(axis=1), y.mean(axis=1)).statistic
    assert table.loc["tau of means", "r"] == pytest.approx(means)
    assert table["pairs"].tolist() == [4, 4]


def test_a_column_that_most_models_lack_is_left_out_and_then_the_models_that_lack_one():
    x, y = scores(["p", "q"], 5), scores(["t"], 6)
    x.loc[MODELS[:5], "q"] = np.nan
    x.loc[MODELS[0], "p"] = np.nan
    table = group_agreement(x, y, {"p": "syntax", "q": "syntax"}, {"t": "math"})
    assert table["n"].tolist() == [8, 8] and table["pairs"].tolist() == [1, 1]
    assert table["note"].str.contains("1 column that most models lack").all()
    assert table["note"].str.contains("1 model that lacks a column").all()
    assert table["r"].tolist() == pytest.approx([kendalltau(x["p"][1:], y["t"][1:]).statistic] * 2)
