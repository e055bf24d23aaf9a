"""What lm-eval logs to W&B, exported: a run's summary, its logged table, a table of runs."""

import json

import pytest

from mergekit_eval.collect.folders import collect

SUMMARY = {
    "arc_challenge/acc": 0.551, "arc_challenge/acc_stderr": 0.0145, "arc_challenge/alias": "arc_challenge",
    "gsm8k/exact_match,strict-match": 0.4, "gsm8k/exact_match_stderr,strict-match": 0.013,
    "_runtime": 12.5, "_step": 0, "_timestamp": 1.7e9, "system/gpu": 0.5, "_wandb": {"runtime": 12},
    "evaluation/eval_results": {"_type": "table-file", "path": "media/table/x.table.json"},
}  # fmt: skip
CONFIG = (
    "cli_configs:\n  desc: null\n  value:\n    model: hf\n    model_args: pretrained=org/m,dtype=float16\n"
    "    limit: 100\n"
    "task_configs:\n  value:\n    arc_challenge:\n      num_fewshot: 25\n      metadata: {version: 1.0}\n"
)
TABLE = {
    "columns": ["Tasks", "Version", "Filter", "num_fewshot", "Metric", "Value", "Stderr"],
    "data": [
        ["arc_challenge", 1.0, "none", 25, "acc", "0.551", "0.0145"],
        ["gsm8k", 3.0, "strict-match", 5, "exact_match", "0.4", "0.0130"],
        ["gsm8k", 3.0, "", 5, "alias", "gsm8k", ""],
    ],
}


def rows(scores) -> dict:
    return {(row["task_name"], row["metric"], row["filter"]): row for row in scores}


def test_a_summary_gives_scores_with_their_errors_and_nothing_else(look, write):
    write("run/config.yaml", CONFIG)
    found = rows(look(write("run/wandb-summary.json", SUMMARY)).scores)
    assert set(found) == {("arc_challenge", "acc", "none"), ("gsm8k", "exact_match", "strict-match")}
    row = found["arc_challenge", "acc", "none"]
    assert (row["value"], row["stderr"], row["n_shot"], row["limit"], row["model"]) == (0.551, 0.0145, 25, 100, "org/m")
    assert json.loads(row["settings"])["dtype"] == "float16" and row["task_version"] == "1.0"


def test_a_run_without_settings_is_named_after_its_folder(look, write):
    out = look(write("wandb/run-20240101_000000-abc/files/wandb-summary.json", SUMMARY))
    assert {(row["model"], row["model_from"]) for row in out.scores} == {
        ("run-20240101_000000-abc", "folder of the run")
    }


def test_the_logged_table_counts_where_no_summary_lies_above(look, write):
    found = rows(look(write("x/eval_results_0_a.table.json", TABLE)).scores)
    assert {key: (row["value"], row["stderr"], row["n_shot"]) for key, row in found.items()} == {
        ("arc_challenge", "acc", "none"): (0.551, 0.0145, 25), ("gsm8k", "exact_match", "strict-match"): (0.4, 0.013, 5)
    }  # fmt: skip
    write("run/wandb-summary.json", SUMMARY)
    out = look(write("run/media/table/evaluation/eval_results_0_a.table.json", TABLE))
    assert out.status == "skipped" and "wandb-summary.json" in out.why


def test_the_logged_table_as_csv_and_that_of_groups(look, write):
    header = "Tasks,Version,Filter,num_fewshot,Metric,Value,Stderr\n"
    text = f"{header}arc_easy,1,none,0,acc,0.5,0.1\narc_easy,1,none,0,acc_norm,bad,\n"
    out = look(write("t.csv", text))
    assert out.value("arc_easy", "acc") == 0.5 and "bad-value" in out.problems
    groups = look(write("g.csv", text.replace("Tasks", "Groups").replace("arc_easy", "mmlu")))
    assert {row["kind"] for row in groups.scores} == {"group"}


@pytest.mark.parametrize(
    ("column", "cell", "model"),
    [
        ("cli_configs.model_args", '"pretrained=org/m,revision=v2"', "org/m@v2"),
        ("model", "org/m", "org/m"),
        ("Name", "my run", "my run"),
    ],
)
def test_a_table_of_runs_has_one_model_per_row(tmp_path, write, column, cell, model):
    header = f"{column},State,Runtime,arc_easy/acc,arc_easy/acc_stderr,arc_easy/alias\n"
    text = f"{header}{cell},finished,12,0.5,0.01,arc_easy\n,failed,3,0.4,,\n"
    write("wandb_export.csv", text)
    found = collect(tmp_path, workers=1)
    assert found.scores[["model", "task", "metric", "value", "stderr"]].to_numpy().tolist() == [
        [model, "arc_easy", "acc", 0.5, 0.01]
    ]
    assert found.scores["model_from"].iloc[0] == f"column {column}" and "bad-value" in set(found.problems["kind"])


def test_paths_with_slashes_are_not_taken_for_scores(look, write):
    assert look(write("a.json", {"train/loss": 0.5, "eval/accuracy": 0.5, "x/y": 1})).status == "unread"
    assert look(write("b.csv", "path/to,a/b\n1,2\n")).status == "unread"
