"""Texts that hold scores are read, or unread with the reason, never "no result"; and what is no result stays it."""

import pytest

from mergekit_eval.collect.folders import collect


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("notes.md", "Our merge reaches MMLU: 65.3 and GSM8K: 50.1.\n"),
        ("results.txt", "gsm8k = 0.551\n"),
        ("run.log", "x\n" * 60_000 + "INFO hellaswag acc_norm: 0.81\n"),
        ("scores.yaml", "runs:\n  merge:\n    mmlu: 65.3\n    parts: {a: {b: 1}}\n"),
        ("own.yml", "acc: 0.551\nmodel: {name: org/m}\n"),
        ("table.tex", "MMLU & 65.3 \\\\ GSM8K & 50.1 \\\\\n"),
        ("page.html", "<li>HumanEval: 45.5%</li>\n"),
        ("plain", "arc_challenge | 0.551\n"),
        ("README.md", "```yaml\nmerge_method: slerp\nbase_model: a\nmodels: [{model: b}]\n```\nMMLU: 65.3\n"),
    ],
)
def test_scores_in_a_layout_that_no_reader_knows_are_unread_with_a_reason(tmp_path, write, name, text):
    write(name, text)
    found = collect(tmp_path, workers=1)
    assert found.census["unread"] == 1, found.census
    row = found.problems.iloc[0]
    assert row["kind"] == "unread" and "scores in a text" in row["message"] and "CSV" in row["todo"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("README.md", "# My tool\n\nInstall with pip 23.1.\n"),
        ("LICENSE", "MIT\n"),
        ("config.yaml", "num_fewshot: 5\ntasks: [mmlu, gsm8k]\nlr: 0.5\n"),
        ("task.yaml", "task: gsm8k\nmetric_list:\n- metric: exact_match\nmetadata: {version: 3.0}\n"),
        ("mixture.yaml", "math: 0.3\ncode: 0.7\n"),
        ("train.log", "step 1 loss: 2.51 lr: 0.001\n"),
        ("eval.py", "mmlu = 65.3\n"),
        ("cv.md", "Layer 0: Coefficient of Variation (std/mean) = 0.200549\n"),
        (
            "mergekit_config.yml",
            "merge_method: ties\nbase_model: a\nmodels:\n- model: org/gsm8k\n  parameters: {weight: 0.5}\n",
        ),
    ],
)
def test_what_holds_no_score_stays_no_result(tmp_path, write, name, text):
    write(name, text)
    found = collect(tmp_path, workers=1)
    assert found.census["skipped"] == 1 and set(found.problems["kind"]) <= {"lineage"}  # a recipe without a model


@pytest.mark.parametrize(
    "content",
    [
        "{}",
        "{ }\n",
        "[]",
        "null",
        '{"elapsed_time": 3.5}',
        '{"total_evaluation_time_seconds": "12"}',
        '{"start_time": 1, "runtime_s": 2}',
    ],
)
def test_empty_documents_and_timings_are_skipped(tmp_path, write, content):
    write("x.json", content)
    found = collect(tmp_path, workers=1)
    assert found.census["skipped"] == 1 and set(found.problems["kind"]) <= {"lineage"}  # a recipe without a model


@pytest.mark.parametrize(
    "document", [{"results": {"HumanEval": {}}}, {"results": {"HumanEval": {}}, "config": {"model": "hf"}}]
)
def test_a_run_without_a_metric_is_not_an_unknown_format(tmp_path, write, document):
    write("m/results.json", document)
    problem = collect(tmp_path, workers=1).problems.iloc[0]
    assert problem["kind"] == "incomplete" and "'HumanEval': a run without a metric" in problem["message"]
    assert "run it again" in problem["todo"]


def test_a_metric_beside_a_run_without_one_is_read(tmp_path, write):
    write("m/results.json", {"results": {"HumanEval": {}, "boolq": {"acc,none": 0.5, "acc_stderr,none": 0.1}}})
    found = collect(tmp_path, workers=1)
    assert list(found.scores["task"]) == ["boolq"] and "incomplete" in set(found.problems["kind"])


def test_the_note_on_many_tasks_is_one_row_with_a_count(tmp_path, write):
    for model in "ab":
        blocks = {f"own{at}": {"acc,none": 0.5, "f1,none": 0.4, "acc_stderr,none": 0.1} for at in range(40)}
        write(
            f"{model}/results.json",
            {"results": blocks, "config": {"model_args": f"pretrained={model}"}, "versions": {}},
        )
    problems = collect(tmp_path, workers=1).problems
    assert problems["kind"].to_list() == ["no-primary"]
    message = problems["message"].iloc[0]
    assert (
        message.startswith("40 tasks:")
        and "own0 (" in message
        and "and in 1 more files" in message
        and len(message) < 1000
    )
