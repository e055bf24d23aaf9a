"""Two tasks closely: points, every coefficient, size and family taken out, by plain routes."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kendalltau, pearsonr, spearmanr

from mergekit_eval import tables
from mergekit_eval.collect.folders import Collection
from mergekit_eval.compare import (
    axis_labels,
    chosen_pair,
    correlations,
    families_of,
    family_sensitivity,
    pair_detail,
    scatter_points,
    score_table,
    task_reliability,
    task_tree,
)
from mergekit_eval.compare.lineage_groups import Family
from mergekit_eval.errors import DataError
from tests.compare.correlation.conftest import MODELS, TASKS, wide, world


def test_the_strongest_reliable_pair_is_chosen_or_what_is_named(found):
    table = correlations(score_table(found))
    assert set(chosen_pair(table)) == {"one", "two"}
    assert chosen_pair(table, "three", "one") == ("three", "one")
    assert chosen_pair(table, y="three")[1] == "three"
    assert chosen_pair(table, "two")[0] == "two"
    assert chosen_pair(table.iloc[:0]) == ("", "")
    with pytest.raises(DataError, match="y_task = 'four' is no task"):
        chosen_pair(table, "one", "four")
    with pytest.raises(DataError, match="both 'one'"):
        chosen_pair(table, "one", "one")


def test_points_carry_intervals_and_families(found, merges):
    scores = score_table(found)
    families = families_of(None, merges, MODELS)
    points = scatter_points(scores, "one", "three", families).set_index("name")
    assert points.loc["m1", "x"] == pytest.approx(100 * wide(scores).loc["m1", "one"])
    assert points.loc["m1", "x_low"] < points.loc["m1", "x"] < points.loc["m1", "x_high"]
    assert points["family"].to_dict() == {
        **{"base": "no family known", "a": "a", "b": "b", "c": "c", "m5": "3 parents"},
        **dict.fromkeys(["m1", "m2", "m3", "m4"], "2 parents"),
    }
    labels = axis_labels(score_table(world(lower=("one",))), "one", "two")
    assert labels == {"x_label": "one, acc (%)", "x_higher": False, "y_label": "two, acc (%)", "y_higher": True}


def test_one_pair_is_read_in_every_way(found, merges):
    scores = score_table(found)
    x, y = wide(scores)["one"], wide(scores)["two"]
    rows = pair_detail(scores, "one", "two").set_index("kind")
    assert rows.loc["Kendall's tau-b", "r"] == pytest.approx(kendalltau(x, y).statistic)
    assert rows.loc["Spearman's rho", "r"] == pytest.approx(spearmanr(x, y).statistic)
    assert rows.loc["Pearson's r", "r"] == pytest.approx(pearsonr(x, y).statistic)
    kept = task_reliability(scores).set_index("task")["reliability"]
    noise_free = pearsonr(x, y).statistic / np.sqrt(kept["one"] * kept["two"])
    assert rows.loc["Pearson's r, item noise taken out", "r"] == pytest.approx(noise_free)
    assert "no model's number" in rows.loc["Spearman's rho, size (log parameters) taken out", "note"]
    assert "no family" in rows.loc["Spearman's rho, family means taken out", "note"]


def test_two_tasks_of_the_same_questions_keep_part_of_their_noise_in_common(found):
    scores = score_table(found)
    renamed = scores.assign(task=scores["task"].replace({"one": "xnli_de", "two": "xnli_fr"}))
    kind = "Pearson's r, item noise taken out"
    details = [pair_detail(renamed, "xnli_de", other).set_index("kind") for other in ("xnli_fr", "three")]
    told = "both tasks may ask the same questions: part of their noise is common, and stays in r"
    assert [told in detail.loc[kind, "note"] for detail in details] == [True, False]


def test_size_is_taken_out_by_ranks(found):
    scores = score_table(found)
    x, y = (wide(scores)[t].rank() for t in ("one", "two"))
    sizes = dict(zip(wide(scores).index, 2.0 ** np.arange(9), strict=True))
    z = pd.Series(np.arange(1.0, 10.0), index=x.index)
    left = [v - np.polyval(np.polyfit(z, v, 1), z) for v in (x, y)]
    kind = "Spearman's rho, size (log parameters) taken out"
    row = pair_detail(scores, "one", "two", sizes=sizes).set_index("kind").loc[kind]
    assert row["r"] == pytest.approx(pearsonr(*left).statistic)
    same = pair_detail(scores, "one", "two", sizes=dict.fromkeys(MODELS, 7.0)).set_index("kind")
    assert "the same size" in same.loc[kind, "note"]


def test_families_that_overlap_are_not_taken_out_but_those_that_divide_are(found, merges):
    scores = score_table(found)
    lineage = families_of(None, merges, MODELS)
    kind = "Spearman's rho, family means taken out"
    assert "overlap" in pair_detail(scores, "one", "two", families=lineage).set_index("kind").loc[kind, "note"]
    split = {"x": Family(frozenset(MODELS[:4]), "x"), "y": Family(frozenset(MODELS[4:]), "y")}
    ranks = wide(scores)[["one", "two"]].rank()
    ranks = ranks - ranks.groupby(lambda m: m in split["x"].members).transform("mean")
    row = pair_detail(scores, "one", "two", families=split).set_index("kind").loc[kind]
    assert row["r"] == pytest.approx(pearsonr(ranks["one"], ranks["two"]).statistic)


def test_leaving_a_family_out_is_leaving_its_models_out(found, merges):
    scores = score_table(found)
    families = families_of(None, merges, MODELS)
    row = family_sensitivity(scores, correlations(scores), families, top=1).iloc[0]
    table = wide(scores)
    without = {}
    for name, family in families.items():
        rest = table[~table.index.isin(family.members)]
        if len(rest) >= 5:
            without[name] = kendalltau(rest[row["x"]], rest[row["y"]]).statistic
    assert row["families"] == len(without)
    assert row["lowest"] == pytest.approx(min(without.values()))
    assert without[row["highest_without"]] == pytest.approx(row["highest"])
    assert family_sensitivity(scores, correlations(scores), families)["n"].eq(9).all()


def test_without_a_family_the_reason_is_given(found):
    scores = score_table(found)
    table = family_sensitivity(scores, correlations(scores), {})
    assert tables.reason(table) == "no family or common parent is known"


def test_two_models_and_disjoint_tasks_give_reasons_not_numbers(found, merges):
    two = Collection(found.scores[found.scores["model"].isin(["a", "b"])], found.items, found.problems)
    scores = score_table(two)
    table = correlations(scores)
    assert table["r"].isna().all()
    assert table["note"].str.contains("below 5").all()
    assert chosen_pair(table) == ("", "")
    assert scatter_points(scores, "", "", {}).empty
    assert tables.reason(pair_detail(scores, "", "")) == "no pair of tasks with a correlation"
    assert axis_labels(scores, "", "") == {"x_label": "", "y_label": ""}
    assert task_tree(table).table.empty
    apart = [(model, task) for model in MODELS for task in TASKS if (model in MODELS[:4]) == (task == "one")]
    split = score_table(world(drop=apart))
    found_pairs = correlations(split)
    assert found_pairs.loc[found_pairs["x"].eq("one"), "n"].eq(0).all()
    assert family_sensitivity(split, found_pairs.iloc[:1], families_of(None, merges, MODELS)).empty
