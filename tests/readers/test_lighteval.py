"""Results of lighteval: names, averages as groups, errors, stated directions."""

import math


def results(**more):
    return {
        "config_general": {"model_name": "org/merge", "max_samples": None, "lighteval_sha": "abc",
                           "generation_parameters": {"temperature": 0.0}},
        "results": {
            "lighteval|gsm8k|5": {"qem": 0.5, "qem_stderr": 0.025},
            "leaderboard|mmlu:anatomy|5": {"acc": 0.6, "acc_stderr": 0.05},
            "leaderboard|mmlu:_average|5": {"acc": 0.6, "acc_stderr": 0.05},
            "all": {"acc": 0.6, "qem": 0.5},
        },
        "versions": {"lighteval|gsm8k|5": 0},
        "config_tasks": {"lighteval|gsm8k": {"effective_num_docs": 400}},
        "summary_tasks": {"leaderboard|mmlu:anatomy|5": {"truncated": 0, "non_truncated": 135}},
    } | more  # fmt: skip


def test_results_split_names_and_keep_averages_as_groups(look, write, registry):
    out = look(write("results_2024-11-02T10-11-12.000001.json", results()))
    assert out.reader == "lighteval"
    rows = {row["task_name"]: row for row in out.scores if row["kind"] == "task"}
    assert (rows["gsm8k"]["n_shot"], rows["gsm8k"]["n"], rows["mmlu:anatomy"]["n"]) == (5, 400, 135)
    assert registry.lookup("lighteval", "mmlu:anatomy", "acc").task == "mmlu_anatomy"
    groups = {row["task_name"] for row in out.scores if row["kind"] == "group"}
    assert groups == {"mmlu", "all"}
    assert all(math.isnan(row["stderr"]) for row in out.scores if row["kind"] == "group")
    assert rows["gsm8k"]["model_name"] == "org/merge"
    assert rows["gsm8k"]["date"] == 1730542272.000001


def test_results_of_the_newest_shape(look, write):
    model = {"model_name": "org/m", "revision": "v2", "load_in_4bit": True}
    document = {
        "config_general": {"model_config": model, "max_samples": 20},
        "results": {"ifeval|0": {"prompt_level_strict_acc": 0.4}},
        "config_tasks": {"ifeval|0": {"effective_num_docs": 20}},
    }  # fmt: skip
    (row,) = look(write("r.json", document)).scores
    assert (row["task_name"], row["n_shot"], row["n"], row["limit"]) == ("ifeval", 0, 20, 20)
    assert (row["model"], row["quantization"]) == ("org/m@v2", "4bit")


def test_a_bootstrap_error_far_below_the_binomial_is_not_used(look, write):
    block = {"lighteval|gsm8k|5": {"qem": 0.5, "qem_stderr": 0.0008, "bleu": "x"}}
    out = look(write("r.json", results(results=block)))
    (row,) = out.scores
    assert math.isnan(row["stderr"])
    assert "not used" in row["note"]
    assert {"disagreement", "bad-value"} <= set(out.problems)


def test_direction_stated_by_the_file_is_kept(look, write):
    metrics = [
        {"metric_name": "oddity", "higher_is_better": False},
        {"metric_name": ["a"], "higher_is_better": {"b": True}},
    ]
    document = {
        "config_general": {"model_name": "m"},
        "results": {"custom|0": {"oddity": 0.3, "b": 0.1, "c": 0.2}},
        "config_tasks": {"custom|0": {"metric": metrics}},
    }
    rows = look(write("r.json", document)).scores
    assert {row["metric"]: row.get("higher_is_better") for row in rows} == {"oddity": False, "b": True, "c": None}


def test_blocks_that_hold_no_number_are_named_and_refused(look, write):
    out = look(write("r.json", results(results={"lighteval|gsm8k|5": {"qem": 0.5}, "lighteval|odd|0": 3})))
    assert out.problems == ["broken"] and [row["task_name"] for row in out.scores] == ["gsm8k"]
    none = look(write("s.json", results(results={"lighteval|gsm8k|5": {"qem": "high"}})))
    assert (none.status, none.why) == ("refused", "no task block holds a number")
