"""Aggregates of OLMES: members by their names, believed where their values agree."""

import pytest

from mergekit_eval.collect.folders import collect
from tests.readers.olmes_runs import FULL, entry, summary


def suite(macro=0.5, micro=0.55, way="macro", tasks=3, **more):
    metrics = {"acc_raw_macro": macro, "acc_raw_micro": micro, "primary_score_macro": macro,
               "primary_score_micro": micro, "primary_score": macro if way == "macro" else micro}  # fmt: skip
    group = entry(metrics | more, alias="mmlu:mc::olmes", primary=way)
    group["task_config"]["metadata"]["num_tasks"] = tasks
    return group


# Macro mean (0.25 + 0.5 + 0.75) / 3 = 0.5, micro mean (10 + 20 + 52.5) / (40 + 40 + 70) = 0.55.
SUBJECTS = [
    entry({"acc_raw": value, "primary_score": value}, alias=f"mmlu_{name}:mc::olmes", n=n, primary="acc_raw")
    for name, value, n in (("law", 0.25, 40), ("art", 0.5, 40), ("math", 0.75, 70))
]
OTHER = entry({"acc_raw": 0.1, "primary_score": 0.1}, alias="mmlu_law:rc::olmes", primary="acc_raw")


@pytest.mark.parametrize(("way", "value"), [("macro", 0.5), ("micro", 0.55)])
def test_an_aggregate_has_the_metrics_of_its_members(look, write, way, value):
    out = look(write("m.json", summary(suite(way=way), *SUBJECTS, OTHER)))
    group = [row for row in out.scores if row["kind"] == "group"]
    assert [(row["metric"], row["value"], row["primary"]) for row in group] == [("acc_raw", value, True)]
    assert out.readout.facts["tree"] == {
        "mmlu:mc::olmes": [f"mmlu_{name}:mc::olmes" for name in ("law", "art", "math")]
    }
    assert {row["task_name"]: row.get("group") for row in out.scores}["mmlu_law:rc::olmes"] is None
    assert out.problems == []


def test_an_aggregate_is_recomputed_from_its_members(write, tmp_path):
    write("run/metrics.json", summary(suite(), *SUBJECTS))
    scores = collect(tmp_path).scores
    made = scores[scores["kind"] == "recomputed"].set_index("aggregate")
    assert dict(made["value"]) == pytest.approx({"macro": 0.5, "micro": 0.55})
    stated = scores[scores["kind"] == "group"].iloc[0]
    assert (stated["note"], stated["n"]) == ("the macro mean of 3 tasks", 150)


@pytest.mark.parametrize("wrong", [suite(tasks=4), suite(macro=0.6), suite(way="mc_or_rc")])
def test_members_that_do_not_give_the_aggregate_are_not_believed(look, write, wrong):
    out = look(write("m.json", summary(wrong, *SUBJECTS)))
    assert out.readout.facts["tree"] == {}
    assert {row["metric"] for row in out.scores if row["kind"] == "group"} >= {"acc_raw_macro", "acc_raw_micro"}
    assert "note" in out.problems


def test_the_better_of_two_ways_of_asking_has_both_as_members(look, write):
    ways = [entry({"acc_raw": value, "primary_score": value}, alias=f"boolq:{way}::olmes", primary="acc_raw")
            for way, value in (("mc", 0.5), ("rc", 0.75))]  # fmt: skip
    for value, tree in ((0.75, {"boolq::olmes": ["boolq:mc::olmes", "boolq:rc::olmes"]}), (0.5, {})):
        better = entry({"primary_score": value}, alias="boolq::olmes", primary="mc_or_rc")
        out = look(write("m.json", summary(better, *ways)))
        assert out.readout.facts["tree"] == tree
        assert [row["value"] for row in out.scores if row["kind"] == "group"] == [value]


def test_members_in_lines_of_their_own_are_found(look, write):
    lines = [{"model_config": FULL, "task_hash": "t", "task_name": "x", **one} for one in (suite(), *SUBJECTS)]
    assert look(write("metrics-all.jsonl", lines)).readout.facts["tree"]
