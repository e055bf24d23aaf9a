"""Groups recomputed from their leaves, against means computed by hand."""

import math
from types import SimpleNamespace

import pytest

from mergekit_eval.collect.aggregate import recompute

NONE = SimpleNamespace(tools={})


def row(name, value, stderr=None, n=None, kind="task", **more):
    facts = {"tool": "lm-eval", "task_name": name, "task": name, "metric": "acc", "filter": "none", "scale": "unit"}
    return facts | {"value": value, "stderr": stderr, "n": n, "kind": kind, "chance": 0.25} | more


def leaves():
    return [row("a", 0.5, 0.1, 10, n_from="file"), row("b", 1.0, 0.2, 30, n_from="file")]


def test_the_micro_mean_weighs_by_items_the_macro_mean_does_not():
    rows = [*leaves(), row("g", 0.875, kind="group")]
    made, problems = recompute(rows, {"g": ["a", "b"]}, NONE)
    found = {one["aggregate"]: one for one in made}
    assert set(found) == {"macro", "micro"} and problems == []
    assert found["macro"]["value"] == pytest.approx((0.5 + 1.0) / 2)
    assert found["macro"]["stderr"] == pytest.approx(math.sqrt(0.1**2 + 0.2**2) / 2)
    assert found["micro"]["value"] == pytest.approx((10 * 0.5 + 30 * 1.0) / 40)
    assert found["micro"]["stderr"] == pytest.approx(math.sqrt((10 * 0.1) ** 2 + (30 * 0.2) ** 2) / 40)
    assert {(one["n"], one["n_from"], one["kind"], one["chance"]) for one in made} == {(40, "file", "recomputed", 0.25)}
    assert rows[-1]["note"] == "the micro mean of 2 tasks" and rows[-1]["n"] == 40


def test_a_figure_that_is_neither_mean_is_a_problem_and_kept():
    rows = [*leaves(), row("g", 0.6, kind="group")]
    made, [problem] = recompute(rows, {"g": ["a", "b"]}, NONE)
    assert problem["kind"] == "disagreement" and "0.6" in problem["message"] and "macro 0.75" in problem["message"]
    assert rows[-1]["value"] == 0.6 and len(made) == 2


def test_without_all_sizes_there_is_no_micro_mean_and_no_accusation():
    rows = [row("a", 0.5, 0.1, 10), row("b", 1.0, 0.2), row("g", 0.6, kind="group")]
    made, problems = recompute(rows, {"g": ["a", "b"]}, NONE)
    assert [one["aggregate"] for one in made] == ["macro"] and problems == []
    assert rows[-1]["note"] == "not the plain mean of its 2 tasks; their sizes are unknown"


def test_one_unknown_error_leaves_the_error_of_the_mean_unknown():
    rows = [row("a", 0.5, 0.1), row("b", 1.0, None), row("g", 0.75, kind="group")]
    [macro], _ = recompute(rows, {"g": ["a", "b"]}, NONE)
    assert macro["value"] == 0.75 and math.isnan(macro["stderr"])


@pytest.mark.parametrize("other", [{"scale": "percent"}, {"value": math.nan}])
def test_leaves_on_two_scales_or_without_a_value_have_no_mean(other):
    rows = [row("a", 0.5, 0.1, 10), row("b", 1.0, 0.2, 30) | other, row("g", 0.75, kind="group")]
    made, problems = recompute(rows, {"g": ["a", "b"]}, NONE)
    assert (made, problems) == ([], []) and rows[-1]["note"] == "cannot be recomputed from the file"


def test_a_group_of_groups_counts_each_leaf_once_and_a_loop_ends():
    tree = {"g": ["h", "a"], "h": ["a", "b", "g"]}
    rows = [*leaves(), row("g", 0.75, kind="group"), row("h", 0.75, kind="group")]
    made, problems = recompute(rows, tree, NONE)
    assert problems == []
    assert {one["task_name"]: one["value"] for one in made if one["aggregate"] == "macro"} == {"g": 0.75, "h": 0.75}


def test_models_and_metrics_of_one_file_are_never_mixed():
    rows = [one | {"model_name": model} for model in "xy" for one in leaves()]
    rows += [one | {"model_name": "x", "metric": "f1", "value": 0.0} for one in leaves()]
    rows += [row("g", 0.75, kind="group", model_name="x"), row("g", 0.75, kind="group", model_name="y")]
    made, _ = recompute(rows, {"g": ["a", "b"]}, NONE)
    macro = [one for one in made if one["aggregate"] == "macro"]
    assert sorted((one["model_name"], one["metric"], one["value"]) for one in macro) == [
        ("x", "acc", 0.75),
        ("y", "acc", 0.75),
    ]


def test_a_group_that_no_file_names_is_made_of_all_its_leaves_or_not_at_all():
    known = SimpleNamespace(tools={"lm-eval": {"groups": {"mmlu": {"members": "mmlu_*", "leaves": 2}}}})
    rows = [row("mmlu_law", 0.2, 0.1, 10), row("mmlu_art", 0.4, 0.1, 30), row("other", 1.0, 0.1, 5)]
    made, problems = recompute(rows, {}, known)
    values = {one["aggregate"]: one["value"] for one in made}
    assert values == pytest.approx({"macro": 0.3, "micro": (10 * 0.2 + 30 * 0.4) / 40}) and problems == []
    assert {one["task"] for one in made} == {"mmlu"}
    assert recompute(rows[1:], {}, known) == ([], [])


@pytest.mark.parametrize(("stated", "note"), [(0.7, "the macro mean of 2 tasks"), (0.8, "not the plain mean")])
def test_the_average_of_a_fusion_bench_report_is_recomputed(lab, one_score, stated, note):
    tasks = {"mnist": {"accuracy": 0.9}, "dtd": {"accuracy": 0.5}, "average_accuracy": stated}
    lab.put("TA.json", {"model_info": {"all_params": 1}} | tasks)
    found = lab.collect()
    assert one_score(found, kind="group").note.startswith(note)
    assert one_score(found, kind="recomputed").value == pytest.approx(0.7)
