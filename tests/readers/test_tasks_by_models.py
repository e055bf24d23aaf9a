"""Tables with a row per benchmark and a column per model, or one column of values."""

TASKS = [
    "| Benchmark | Base | org/merge | Δ |",
    "|:--|--:|--:|--:|",
    "| ARC (25-shot) | 50.0 | **55.5 ± 1.4** | +5.5 |",
    "| MMLU (5-shot) | 60.0 | 61.5 (0.4) | +1.5 |",
    "| Weather | 3 | 4 | +1 |",
    "| Average | 55.0 | 58.5 | +3.5 |",
]


def values(out) -> dict:
    return {(row["model_name"], row["task_name"]): row["value"] for row in out.scores}


def test_benchmarks_in_rows_are_told_by_their_names(look, write):
    out = look(write("t.md", "\n".join(TASKS) + "\n"), "study/t.md")
    assert out.reader == "model-table"
    assert values(out) == {
        ("Base", "ARC"): 50.0, ("org/merge", "ARC"): 55.5, ("Base", "MMLU"): 60.0, ("org/merge", "MMLU"): 61.5
    }  # fmt: skip
    merged = {row["task_name"]: row for row in out.scores if row["model_name"] == "org/merge"}
    assert (merged["ARC"]["stderr"], merged["ARC"]["n_shot"], merged["MMLU"]["stderr"]) == (1.4, 25, 0.4)
    messages = " ".join(row["message"] for row in out.readout.problems)
    assert "'Weather'" in messages and "'Δ'" in messages


def test_one_column_of_values_is_of_the_model_of_the_file(look, write):
    text = (
        "# m\n\n| Metric | Value |\n|---|---|\n| Avg. | 52.1 |\n| ARC (25-shot) | 64.08 |\n| GSM8K (5-shot) | 16.98 |\n"
    )
    out = look(write("m/README.md", text))
    assert values(out) == {("", "ARC"): 64.08, ("", "GSM8K"): 16.98}
    metrics = look(write("m/t.csv", "task,acc,acc_norm\narc_easy,0.5,0.6\nhellaswag,0.4,0.45\n"))
    assert {(row["task_name"], row["metric"], row["value"], row["primary"]) for row in metrics.scores} == {
        ("arc_easy", "acc", 0.5, False), ("arc_easy", "acc_norm", 0.6, True),
        ("hellaswag", "acc", 0.4, False), ("hellaswag", "acc_norm", 0.45, True),
    }  # fmt: skip


def test_columns_that_describe_rows_are_no_models(look, write):
    text = "category,task,metric,n-shot,n,org/a,org/b\nq,gsm8k,exact_match,5,1319,0.5,0.4\nq,gsm8k,acc,5,1319,0.6,\n"
    out = look(write("t.csv", text))
    assert values(out) == {("org/a", "gsm8k"): 0.6, ("org/b", "gsm8k"): 0.4}
    assert {(row["metric"], row["n_shot"], row["n"]) for row in out.scores} == {
        ("exact_match", 5, 1319),
        ("acc", 5, 1319),
    }


def test_rows_that_measure_one_thing_twice_are_named_and_left_out(look, write):
    out = look(write("t.csv", "task,org/a\nMMLU,60.5\nmmlu,60.5\nMMLU,61.5\nGSM8K,40.5\nGSM8K,40.5\n"))
    assert values(out) == {("org/a", "mmlu"): 60.5, ("org/a", "GSM8K"): 40.5}
    assert {"disagreement", "repeated"} <= set(out.problems)


def test_errors_of_models_in_columns_of_their_own(look, write):
    out = look(write("t.csv", "task,org/a,org/a_stderr,org/b\nMMLU,60.5,0.4,61.5\nGSM8K,40.5,1.3,41.5\n"))
    errors = {row["task_name"]: row["stderr"] for row in out.scores if row["model_name"] == "org/a"}
    assert errors == {"MMLU": 0.4, "GSM8K": 1.3} and len(out.scores) == 4 and not out.problems


def test_a_model_called_merge_or_system_is_no_column_of_models(look, write):
    header = "Task,Metric,Parent A,System,Merge,Δ\n"
    text = "arc_challenge,acc_norm,0.551,0.54,0.57,+0.02\nhellaswag,acc_norm,0.8,0.81,0.82,0\n"
    out = look(write("t.csv", header + text))
    assert {row["model_name"] for row in out.scores} == {"Parent A", "System", "Merge"}
    assert values(out)["Merge", "arc_challenge"] == 0.57 and {row["metric"] for row in out.scores} == {"acc_norm"}


def test_a_column_of_metrics_may_carry_filters_and_errors(look, write):
    text = 'task,metric,org/a\ngsm8k,"exact_match,strict-match",0.4\ngsm8k,"exact_match_stderr,strict-match",0.013\n'
    (row,) = look(write("t.csv", text)).scores
    assert (row["metric"], row["filter"], row["value"], row["stderr"]) == ("exact_match", "strict-match", 0.4, 0.013)


def test_a_table_without_models_or_known_benchmarks_is_refused(look, write):
    none = look(write("t.csv", "task,notes\nMMLU,good\nGSM8K,bad\n"))
    assert none.status == "refused" and "no column holds numbers of a model" in none.why
    few = look(write("u.csv", "task,value\nMMLU,60.5\nWeather,3\nPrice,4\n"))
    assert few.status == "refused" and "most rows are no known benchmarks" in few.why
