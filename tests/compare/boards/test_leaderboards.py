"""Averages of the leaderboards against plain arithmetic."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats as sps

from mergekit_eval import tables
from mergekit_eval.collect.folders import Collection
from mergekit_eval.compare import (
    board_scores,
    differences,
    leaderboard_table,
    leaderboards,
    mmlu_only,
    score_table,
)
from mergekit_eval.errors import DataError
from mergekit_eval.schema import conform
from tests.compare.boards.conftest import SUBJECTS, mmlu, row

V1 = {  # task: (metric, chance, score)
    "arc_challenge": ("acc_norm", 0.25, 0.55), "hellaswag": ("acc_norm", 0.25, 0.80),
    "truthfulqa_mc2": ("acc", np.nan, 0.45), "winogrande": ("acc", 0.5, 0.75), "gsm8k": ("exact_match", 0.0, 0.4),
}  # fmt: skip


@pytest.fixture(scope="module")
def v1(subjects):
    rows = [row("m", task, v, 1000, metric, chance=c) for task, (metric, c, v) in V1.items()]
    return pd.DataFrame([*rows, *mmlu("m", *subjects)])


def test_v1_averages_plain_scores_and_mmlu_by_subject(v1, subjects):
    table = leaderboard_table(v1, "v1", normalised=False).set_index("task")
    assert table.loc["mmlu", "value"] == pytest.approx(subjects[0].mean())
    expected = np.mean([*(v for _, _, v in V1.values()), subjects[0].mean()])
    assert table.loc["average", "value"] == pytest.approx(expected)
    assert table.loc["average", "n_tasks"] == 6


def test_normalised_takes_guessing_off_every_leaf_and_cuts_at_zero(v1):
    low = v1.assign(value=v1["value"].where(v1["task"].ne("winogrande"), 0.4))
    table = leaderboard_table(low, "v1").set_index("task")
    assert table.loc["arc_challenge", "value"] == pytest.approx((0.55 - 0.25) / 0.75)
    assert table.loc["winogrande", "value"] == 0
    assert table.loc["winogrande", "raw"] == pytest.approx(0.4)
    assert table.loc["winogrande", "high"] == 0  # ten errors below chance
    assert table.loc["truthfulqa_mc2", "value"] == pytest.approx(0.45)


def test_the_interval_of_an_uncut_part_is_the_normal_one(v1, monkeypatch):
    monkeypatch.setattr(leaderboards, "DRAWS", 400_000)
    alone = v1[v1["task"].eq("gsm8k")]
    part = leaderboard_table(alone, "v1", normalised=False).set_index("task").loc["gsm8k"]
    z, stderr = sps.norm.isf(0.025), np.sqrt(0.4 * 0.6 / 1000 + 0.5 / 1000**2)
    noise = np.sqrt(0.025 * 0.975 / 400_000) / sps.norm.pdf(z)  # standard error of a quantile of so many draws
    assert [part["low"], part["high"]] == pytest.approx([0.4 - z * stderr, 0.4 + z * stderr], abs=4 * noise * stderr)


def test_an_average_without_a_part_is_refused_and_names_it(v1):
    table = leaderboard_table(v1[v1["task"].ne("gsm8k")], "v1").set_index("task")
    assert table.loc["gsm8k", "note"] == "not measured"
    assert pd.isna(table.loc["average", "value"])
    assert table.loc["average", "note"] == "no average: gsm8k missing"


def test_a_part_without_a_leaf_is_no_part(v1):
    table = leaderboard_table(v1[v1["task"].ne(SUBJECTS[3])], "v1").set_index("task")
    assert pd.isna(table.loc["mmlu", "value"])
    assert table.loc["mmlu", "note"] == "56 of 57 leaves"


def test_ifeval_counts_in_v2_with_both_of_its_metrics():
    rows = [row("m", "leaderboard_ifeval", v, 541, f"{name}_level_strict_acc", chance=0.0)
            for name, v in (("prompt", 0.3), ("inst", 0.5))]  # fmt: skip
    table = leaderboard_table(pd.DataFrame(rows)).set_index("task")
    assert table.loc["ifeval", "value"] == pytest.approx(0.4)
    assert table.loc["bbh", "note"] == "not measured"


def measured(*rows):
    """Return the parts of v1 of a model m from (filter, shots, score) of GSM8K, as a collection gives them."""
    facts = {"model": "m", "role": "merge", "task": "gsm8k", "metric": "exact_match", "kind": "task", "tool": "lm-eval",
             "higher_is_better": True, "scale": "unit", "chance": 0.0, "n": 1000, "primary": True}  # fmt: skip
    scores = [facts | {"run": str(i), "filter": f, "n_shot": s, "value": v} for i, (f, s, v) in enumerate(rows)]
    collection = Collection(conform(scores, "scores"), conform([], "items"), conform([], "problems"))
    table = leaderboard_table(board_scores(collection), "v1", normalised=False)
    return table[table["task"].eq("gsm8k")].set_index("model")["value"]


def test_of_several_shots_those_of_the_leaderboard_count():
    assert measured(("none", 0, 0.9), ("none", 5, 0.4), ("none", 8, 0.7)).to_dict() == {"m": 0.4}


def test_several_shots_of_which_none_is_the_leaderboards_come_once_each():
    assert measured(("none", 0, 0.9), ("none", 8, 0.7)).to_dict() == {"m [n_shot=0]": 0.9, "m [n_shot=8]": 0.7}


def test_a_filter_that_was_read_at_the_right_shots_alone_counts_beside_one_read_at_several():
    rows = (("strict-match", 5, 0.3), ("flexible-extract", 5, 0.4), ("flexible-extract", 0, 0.9))
    assert measured(*rows).to_dict() == {"m": 0.3}


def test_an_unknown_leaderboard_is_refused_with_those_known(v1):
    with pytest.raises(DataError, match=r"'v3'.*v1, v2"):
        leaderboard_table(v1, "v3")
    assert "no task of the leaderboard v2" in tables.reason(leaderboard_table(v1, "v2"))


def test_board_scores_and_mmlu_only_leave_the_rest_alone(build, merging):
    values = {(name, task): (0.5, 100) for name in ("m", "a") for task in ("arc_challenge", "mmlu_anatomy", "own_task")}
    found = build({"m": "merge", "a": "parent"}, {}, values)
    assert set(board_scores(found)["task"]) == {"arc_challenge", "mmlu_anatomy"}
    merges = merging(("m", ("a",), ""))
    assert set(differences(mmlu_only(found), merges)["task"]) == {"mmlu_anatomy"}
    whole = score_table(found, primary=False).set_index(["model", "task"])["value"]
    for key, value in board_scores(found).set_index(["model", "task"])["value"].items():
        assert value == whole[key]
