"""Tables of models and benchmarks in both orientations, in every kind of file that people write them in."""

import json

import pytest

from mergekit_eval.readers._benchmarks import meaning

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


@pytest.mark.parametrize("corner", ["", "Task", "Benchmark", "Metric", "Model", "name"])
@pytest.mark.parametrize("turned", [False, True])
def test_the_names_decide_and_not_the_word_in_the_corner(look, write, corner, turned):
    table = [[corner, "MMLU", "GSM8K"], ["org/a", "60.5", "40.5"], ["org/b", "61.5", "41.5"]]
    rows = [list(row) for row in zip(*table, strict=True)] if turned else table
    out = look(write("t.csv", "".join(",".join(row) + "\n" for row in rows)))
    assert values(out) == {
        ("org/a", "MMLU"): 60.5, ("org/a", "GSM8K"): 40.5, ("org/b", "MMLU"): 61.5, ("org/b", "GSM8K"): 41.5
    }  # fmt: skip


def test_an_ambiguous_orientation_is_refused_with_the_reason(look, write):
    out = look(write("t.csv", "name,MMLU,GSM8K\nARC,60.5,40.5\nBBH,61.5,41.5\n"))
    assert out.status == "refused" and not out.scores
    assert "which are the models" in out.why and "ARC" in out.why and "'model'" in out.why


def test_experts_named_like_a_benchmark_do_not_turn_a_table(look, write):
    out = look(write("t.csv", "task,Base,Math,Merged\nMMLU,60,61,62\nGSM8K,40,50,49\nHumanEval,20,19,21\n"))
    assert {row["model_name"] for row in out.scores} == {"Base", "Math", "Merged"}
    assert values(out)["Math", "GSM8K"] == 50


def test_a_method_column_names_the_models_where_no_other_does(look, write):
    out = look(write("t.csv", "method,MMLU,GSM8K\nties,60.5,40.5\ndare_ties,61.5,41.5\n"))
    assert {row["model_name"] for row in out.scores} == {"ties", "dare_ties"}
    both = look(write("u.csv", "model,method,MMLU\norg/a,ties,60.5\norg/a,slerp,61.5\n"))
    assert {(row["model_name"], row["settings"]) for row in both.scores} == {
        ("org/a", '{"method":"ties"}'), ("org/a", '{"method":"slerp"}')
    }  # fmt: skip


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


@pytest.mark.parametrize("ending", ["json", "jsonl", "yml", "yaml", "md", "csv", "tsv"])
def test_every_kind_of_file_gives_the_same_rows(look, write, ending):
    rows = [{"model": "org/a", "MMLU": 60.5, "GSM8K": 40.5}, {"model": "org/b", "MMLU": 61.5, "GSM8K": None}]
    cells = [list(rows[0]), *([str(cell) if cell is not None else "" for cell in row.values()] for row in rows)]
    mark = {"csv": ",", "tsv": "\t", "md": " | "}.get(ending, "")
    content = {
        "json": rows,
        "jsonl": rows,
        "yml": "".join(f"- model: {r['model']}\n  MMLU: {r['MMLU']}\n  GSM8K: {r['GSM8K'] or '~'}\n" for r in rows),
        "yaml": "leaderboard:\n" + "".join(f"  - {json.dumps(row)}\n" for row in rows),
    }.get(ending)
    if content is None:
        lines = [mark.join(line) for line in cells]
        lines = [f"| {line} |" for line in lines] if ending == "md" else lines
        content = "\n".join([lines[0], *(["|---|---|---|"] if ending == "md" else []), *lines[1:]]) + "\n"
    out = look(write(f"board.{ending}", content))
    assert (out.reader, values(out)) == (
        "model-table", {("org/a", "MMLU"): 60.5, ("org/a", "GSM8K"): 40.5, ("org/b", "MMLU"): 61.5}
    )  # fmt: skip
    assert "incomplete" in out.problems


@pytest.mark.parametrize(
    "document",
    [
        {"org/a": {"mmlu": 60.5, "gsm8k": 40.5}, "org/b": {"mmlu": 61.5, "gsm8k": 41.5}},
        {"mmlu": {"org/a": 60.5, "org/b": 61.5}, "gsm8k": {"org/a": 40.5, "org/b": 41.5}},
    ],
)
@pytest.mark.parametrize("ending", ["json", "yaml"])
def test_a_mapping_of_mappings_is_a_table(look, write, document, ending):
    lines = (
        f"{name}:\n" + "".join(f"  {key}: {value}\n" for key, value in block.items())
        for name, block in document.items()
    )
    out = look(write(f"t.{ending}", document if ending == "json" else "".join(lines)))
    assert values(out) == {
        ("org/a", "mmlu"): 60.5, ("org/a", "gsm8k"): 40.5, ("org/b", "mmlu"): 61.5, ("org/b", "gsm8k"): 41.5
    }  # fmt: skip


AIDER = {"dirname": "2024--x", "test_cases": 225, "model": "org/a", "edit_format": "diff", "pass_rate_1": 23.1,
         "pass_rate_2": 52.9, "percent_cases_well_formed": 99.1, "error_outputs": 5, "total_cost": 0.5}  # fmt: skip


@pytest.mark.parametrize("ending", ["yml", "json"])
def test_a_leaderboard_of_one_benchmark_like_aiders(look, write, registry, ending):
    rows = [
        AIDER,
        AIDER | {"model": "org/b", "pass_rate_2": 60.4},
        AIDER | {"edit_format": "whole", "pass_rate_2": 40.0},
    ]
    text = "".join("- " + "\n  ".join(f"{key}: {value}" for key, value in row.items()) + "\n" for row in rows)
    out = look(write(f"polyglot_leaderboard.{ending}", text if ending == "yml" else rows))
    assert {row["task_name"] for row in out.scores} == {"polyglot"} and {row["n"] for row in out.scores} == {225}
    found = {
        (row["model_name"], row.get("settings", "")): row["value"]
        for row in out.scores
        if row["metric"] == "pass_rate_2"
    }
    assert found == {
        ("org/a", '{"edit_format":"diff"}'): 52.9, ("org/a", '{"edit_format":"whole"}'): 40.0, ("org/b", ""): 60.4
    }  # fmt: skip
    info = registry.lookup("table", "polyglot", "pass_rate_2")
    assert (info.scale, info.higher_is_better) == ("percent", True)
    assert {row["metric"] for row in out.scores if row["primary"]} == {"pass_rate_2"}


def test_markdown_tables_that_hold_no_benchmark_are_no_results(look, write):
    assert look(write("a.md", "| Model | Size |\n|---|---|\n| org/a | 7 |\n")).status == "unread"
    assert look(write("b.md", "| lr | loss |\n|---|---|\n| 0.1 | 2.5 |\n")).status == "unread"


def test_several_tables_of_one_text_are_all_read(look, write):
    one = "| Model | MMLU |\n|---|---|\n| org/a | 60.5 |\n"
    two = "| | org/b |\n|---|---|\n| GSM8K | 40.5 |\n"
    odd = "| Model | MMLU | MMLU |\n|---|---|---|\n| org/c | 1.5 | 2.5 |\n"
    out = look(write("t.md", f"# x\n\n{one}\ntext\n\n```\n{two}```\n\n{odd}"))
    assert values(out) == {("org/a", "MMLU"): 60.5, ("org/b", "GSM8K"): 40.5}
    assert "disagreement" in out.problems


def test_errors_in_a_column_of_their_own_belong_to_the_score(look, write):
    out = look(write("t.csv", "model,mmlu,mmlu_stderr,gsm8k\norg/a,0.605,0.004,0.405\n"))
    assert {row["task_name"]: row["stderr"] for row in out.scores if row["task_name"] == "mmlu"} == {"mmlu": 0.004}
    assert len(out.scores) == 2 and not out.problems


@pytest.mark.parametrize(
    ("heading", "task", "metric", "label", "shots", "percent"),
    [
        ("arc_challenge (25-shot)", "arc_challenge", "score", "none", 25, False),
        ("ARC 25-shot", "ARC", "score", "none", 25, False),
        ("MMLU (zero-shot)", "MMLU", "score", "none", 0, False),
        ("gsm8k_5shot", "gsm8k", "score", "none", 5, False),
        ("MMLU (%)", "MMLU", "score", "none", None, True),
        ("hellaswag (acc_norm)", "hellaswag", "acc_norm", "none", None, False),
        ("arc_easy acc_norm", "arc_easy", "acc_norm", "none", None, False),
        ("gsm8k/exact_match,strict-match", "gsm8k", "exact_match", "strict-match", None, False),
        ("wikitext word_perplexity", "wikitext", "word_perplexity", "none", None, False),
        ("wikitext/word_perplexity", "wikitext", "word_perplexity", "none", None, False),
        ("**GSM8K**", "GSM8K", "score", "none", None, False),
    ],
)
def test_what_a_heading_says(registry, heading, task, metric, label, shots, percent):
    found = meaning(heading, registry)
    assert (found.task, found.metric, found.filter, found.shots, found.percent) == (task, metric, label, shots, percent)


@pytest.mark.parametrize("heading", ["Weather", "Average", "Rank", "Params (B)", "5-shot", "", "acc", "few_shots"])
def test_headings_that_are_no_benchmark(registry, heading):
    assert meaning(heading, registry) is None


def test_arrows_give_the_direction(registry):
    assert meaning("MMLU ↑", registry).better is True and meaning("toxigen (↓)", registry).better is False


def test_a_users_scale_without_a_direction_is_refused_with_the_word_that_lacks(lab_like):
    found = lab_like("Model,MMLU,Own\norg/a,60.5,40.5\n", "table: {tasks: {Own: {scale: percent}}}")
    assert set(found.scores["task"]) == {"mmlu"}
    message = found.problems[found.problems["kind"] == "incomplete"]["message"].iloc[0]
    assert "Own" in message and "better: higher" in message
    alone = lab_like("Model,Own\norg/a,40.5\n", "table: {tasks: {Own: {scale: percent}}}")
    assert "better: higher" in alone.problems["message"].iloc[0]
    whole = lab_like("Model,Own\norg/a,0.5\n", "table: {tasks: {Own: {scale: percent, better: higher}}}")
    assert whole.scores[["task", "scale", "value"]].to_numpy().tolist() == [["Own", "percent", 0.5]]


@pytest.fixture
def lab_like(tmp_path):
    """Collect one table with a user's facts."""
    from mergekit_eval.collect.folders import collect
    from mergekit_eval.registry import load_registry

    def collected(table: str, facts: str):
        (tmp_path / "lab").mkdir(exist_ok=True)
        (tmp_path / "lab" / "t.csv").write_text(table)
        (tmp_path / "metrics.yaml").write_text(facts)
        return collect(tmp_path / "lab", workers=1, registry=load_registry(tmp_path / "metrics.yaml"))

    return collected


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
