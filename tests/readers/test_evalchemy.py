"""Results of Evalchemy: its own benchmarks, alone and beside tasks of lm-eval."""

import json
import math

import pytest

from mergekit_eval.collect.folders import collect
from mergekit_eval.readers import evalchemy
from mergekit_eval.readers._base import Context
from mergekit_eval.readers._head import Head

IFEVAL = {"prompt-level": 0.5, "instruction-level": 0.6, "num_examples": 500, "completion_rate": 1.0}
AIME = {"examples": [{"problem": "p", "model_outputs": ["a", "b"]}], "num_total": 30, "solved_avg": 10.5,
        "run_stats": [{"repetition": 1, "accuracy": 0.3}], "accuracy_avg": 0.35, "accuracy_std_err": 0.01,
        "num_repeat": 2}  # fmt: skip


def difficulty(accuracy):
    return {"total_correct": 3, "total_finish": 8, "per_difficulty_total": {"easy": 4, "hard": 4}, "accuracy": accuracy}


CODE = {"accuracy_avg": 0.375, "accuracy_std_err": 0.0, "accuracy_easy_avg": 0.5, "accuracy_easy_std_err": 0.0,
        "accuracy_hard_avg": 0.25, "accuracy_hard_std_err": 0.0, "examples": [{"correctness": True}],
        "raw_metrics": [difficulty(0.375), difficulty(0.375)]}  # fmt: skip
LM_EVAL = {"alias": "arc_easy", "acc,none": 0.7, "acc_stderr,none": 0.02}


def document(signed=True, **blocks):
    config = {"model": "hf", "model_args": "pretrained=org/A,dtype=float16", "limit": None, "max_tokens": "default"}
    config |= {"annotator_model": "auto"} if signed else {}
    return {"results": blocks, "config": config, "git_hash": "x", "date": 1774217852.5, "task_hashes": {},
            "model_name": "org/A", "chat_template": None}  # fmt: skip


def mixed():
    return document(AIME24=AIME, arc_easy=LM_EVAL) | {
        "versions": {"arc_easy": 1.0},
        "n-shot": {"arc_easy": 5},
        "n-samples": {"arc_easy": {"original": 2376, "effective": 2376}},
        "higher_is_better": {"arc_easy": {"acc": True}},
    }


def rows_of(out):
    return {(row["task_name"], row["metric"], row["filter"]): row for row in out.scores}


def test_a_benchmark_has_the_items_it_counts(look, write):
    out = look(write("results_2026-03-22T23-17-33.json", document(IFEval=IFEVAL)))
    rows = rows_of(out)
    assert (out.reader, out.problems) == ("evalchemy", [])
    assert set(rows) == {("IFEval", "prompt-level", "none"), ("IFEval", "instruction-level", "none")}
    prompt = rows["IFEval", "prompt-level", "none"]
    assert (prompt["tool"], prompt["model"], prompt["n"], prompt["date"]) == ("evalchemy", "org/A", 500, 1774217852.5)
    assert json.loads(prompt["settings"]) == {"backend": "hf", "dtype": "float16"}
    assert rows["IFEval", "instruction-level", "none"]["n"] is None


def test_the_printed_error_is_that_of_repeats_and_is_only_noted(look, write):
    out = look(write("r.json", document(AIME24=AIME)))
    (row,) = out.scores
    assert (row["metric"], row["value"], row["n"]) == ("accuracy", 0.35, 30)
    assert row["stderr"] == pytest.approx(math.sqrt(0.35 * 0.65 / 29))
    assert "mean of 2 repeats, printed std_err 0.01" in row["note"]
    assert json.loads(row["settings"])["repeats"] == "2"
    assert "examples, run_stats" in out.readout.problems[0]["message"]


def test_graded_scores_get_no_binomial_error(look, write):
    out = look(write("r.json", document(JEEBench=AIME | {"accuracy_avg": 0.3541})))
    assert math.isnan(out.scores[0]["stderr"])


def test_difficulties_are_parts_with_their_own_items(look, write):
    rows = rows_of(look(write("r.json", document(LiveCodeBench=CODE))))
    found = {key[2]: (row["value"], row["n"], row["stderr"]) for key, row in rows.items()}
    assert found == {
        "none": (0.375, 8, pytest.approx(math.sqrt(0.375 * 0.625 / 7))),
        "easy": (0.5, 4, pytest.approx(math.sqrt(0.25 / 3))),
        "hard": (0.25, 4, pytest.approx(math.sqrt(0.25 * 0.75 / 3))),
    }


def test_languages_are_parts(look, write, registry):
    rows = rows_of(look(write("r.json", document(HumanEval={"python_pass@1": 0.5, "sh_pass@1": 0.25}))))
    assert {key[1:] for key in rows} == {("pass@1", "python"), ("pass@1", "sh")}
    assert registry.lookup("evalchemy", "HumanEval", "pass@1", "sh").n == 158


def test_numbers_nobody_knows_are_named_and_not_read(look, write):
    out = look(write("r.json", document(New={"num_total": 10, "accuracy": 0.5, "avg_tokens": 812.0, "judge_err": 3})))
    assert [row["metric"] for row in out.scores] == ["accuracy"]
    message = out.readout.problems[0]["message"]
    assert "avg_tokens = 812" in message
    assert "judge_err = 3" in message


def test_failures_and_unfinished_runs_are_named(look, write):
    out = look(write("r.json", document(MBPP=IFEVAL | {"completion_rate": 0.9}, MTBench={"error": "no key"})))
    told = [row["message"] for row in out.readout.problems if row["kind"] == "incomplete"]
    assert any("completion_rate = 0.9" in message for message in told)
    assert any("no key" in message for message in told)


def test_other_settings_tell_runs_apart(look, write):
    content = document(IFEval=IFEVAL)
    content["config"] |= {"max_tokens": 4096, "annotator_model": "gpt-4o"}
    settings = json.loads(look(write("r.json", content)).scores[0]["settings"])
    assert (settings["max_tokens"], settings["annotator_model"]) == ("4096", "gpt-4o")


def test_tasks_of_lm_eval_beside_it_are_read_as_lm_evals(look, write):
    found = look(write("r.json", mixed()))
    rows = found.scores
    assert found.reader == "evalchemy"
    assert [(row["tool"], row["task_name"], row["metric"], row["n"]) for row in rows] == [
        ("evalchemy", "AIME24", "accuracy", 30),
        ("lm-eval", "arc_easy", "acc", 2376),
    ]
    assert (rows[1]["stderr"], rows[1]["n_shot"], rows[1]["task_version"]) == (0.02, 5, "1.0")


def test_files_of_lm_eval_alone_stay_lm_evals(look, write):
    signed = document(arc_easy=LM_EVAL) | {"versions": {"arc_easy": 1}}
    assert look(write("a.json", signed)).reader == "lm-eval results"
    old = {"results": {"piqa": {"acc": 0.7, "acc_stderr": 0.01}}, "versions": {"piqa": 0}, "config": {"model": "hf"}}
    assert look(write("b.json", old)).reader == "lm-eval results"


@pytest.mark.parametrize("odd", [None, [], "x", True, float("nan"), float("inf"), 10**400])
def test_odd_values_do_not_break_it(write, registry, odd):
    block = AIME | {"accuracy_avg": 0.5, "num_total": odd, "num_repeat": odd, "raw_metrics": odd, "pass@1": odd}
    path = write("r.json", document(AIME24=block, HMMT=odd))
    rows = evalchemy.read(path, Head(path), Context(registry)).scores
    assert {(row["task_name"], row["metric"], row["n"]) for row in rows} <= {
        ("AIME24", "accuracy", None),
        ("AIME24", "pass@1", None),
    }


def test_two_values_of_one_metric_are_named(write, registry):
    path = write("r.json", document(AIME24=AIME | {"accuracy": 0.5}))
    readout = evalchemy.read(path, Head(path), Context(registry))
    assert [row["value"] for row in readout.scores] == [0.35]
    assert "disagreement" in {row["kind"] for row in readout.problems}


def test_samples_of_lm_evals_tasks_join_the_run(write, tmp_path):
    stamp = "2026-03-22T23-17-33.000001"
    rows = [{"doc_id": i, "doc": {"q": i}, "resps": [], "filtered_resps": [], "acc": float(i < 3)} for i in range(4)]
    block = LM_EVAL | {"acc,none": 0.75, "acc_stderr,none": 0.25}
    told = mixed() | {"n-samples": {}}
    write(f"m/results_{stamp}.json", told | {"results": told["results"] | {"arc_easy": block}})
    write(f"m/samples_arc_easy_{stamp}.jsonl", rows)
    found = collect(tmp_path)
    assert list(found.items["value"]) == [1, 1, 1, 0] and set(found.items["task"]) == {"arc_easy"}
    assert set(found.scores["task"]) >= {"AIME24", "arc_easy"}
