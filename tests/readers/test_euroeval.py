"""Results of EuroEval: rows of both ages, and the documents that it writes now."""

import json
import math

import pytest

from mergekit_eval.collect.folders import collect

# Accuracies of 0.4, 0.5, 0.6, 0.5: mean 0.5, sample deviation sqrt(0.02 / 3), error of the mean half of it.
ITERATIONS = [{"test_mcc": mcc, "test_accuracy": acc} for mcc, acc in ((0.1, 0.4), (0.2, 0.5), (0.3, 0.6), (0.2, 0.5))]
ERROR = 100 * math.sqrt(0.02 / 3) / 2
TOTAL = {"test_mcc": 20.0, "test_mcc_se": 1.96 * ERROR, "test_accuracy": 50.0, "test_accuracy_se": 1.96 * ERROR,
         "num_failed_instances": 0.0}  # fmt: skip


def row(**more):
    return {"dataset": "danske-talemaader", "task": "knowledge", "languages": ["da"], "model": "org/M",
            "results": {"raw": ITERATIONS, "total": TOTAL}, "num_model_parameters": 7, "generative": True,
            "generative_type": "instruction_tuned", "few_shot": True, "validation_split": False,
            "euroeval_version": "16.2.0", "merge": True} | more  # fmt: skip


def by_metric(out):
    return {r["metric"]: r for r in out.scores}


def test_what_it_calls_an_error_is_the_radius_of_an_interval(look, write):
    out = look(write("r.jsonl", [row()]))
    accuracy = by_metric(out)["accuracy"]
    assert (out.reader, accuracy["value"]) == ("euroeval", 50.0)
    assert accuracy["stderr"] == pytest.approx(ERROR)
    assert (accuracy["task"], accuracy["tool_version"], accuracy["n_from"]) == (
        "danske-talemaader",
        "16.2.0",
        "unknown",
    )
    assert out.problems == []


def test_the_first_metric_of_a_task_stands_for_it(look, write):
    out = look(write("r.jsonl", [row()]))
    assert {name: r["primary"] for name, r in by_metric(out).items()} == {"mcc": True, "accuracy": False}


def test_flags_tell_merges_splits_and_shots(look, write):
    out = look(write("r.jsonl", [row(), row(model="org/N", merge=False, validation_split=True, few_shot=False)]))
    merge, other = (next(r for r in out.scores if r["model"] == name) for name in ("org/M", "org/N"))
    assert (merge["merge_method"], merge["filter"], merge.get("n_shot")) == ("unknown", "none", None)
    assert (other["merge_method"], other["filter"], other.get("n_shot")) == ("", "val", 0)


def test_a_missing_error_comes_from_the_iterations(look, write):
    bare = {"raw": {"test": [{"mcc": r["test_mcc"]} for r in ITERATIONS]}, "total": {"test_mcc": 20.0}}
    old = row(results=bare, dataset_languages=["da"], scandeval_version="12.0.0")
    out = look(write("r.jsonl", [old]))
    assert by_metric(out)["mcc"]["stderr"] == pytest.approx(ERROR)


def test_iterations_that_contradict_the_total_are_named(look, write):
    wrong = {"raw": ITERATIONS, "total": TOTAL | {"test_accuracy": 70.0}}
    out = look(write("r.jsonl", [row(results=wrong)]))
    assert out.problems == ["disagreement"]
    assert by_metric(out)["accuracy"]["value"] == 70.0


def test_answers_that_failed_are_counted(look, write):
    total = TOTAL | {"num_failed_instances": 3.0}
    out = look(write("r.jsonl", [row(results={"raw": ITERATIONS, "total": total})]))
    assert out.problems == ["incomplete"]
    assert "3 answers" in out.readout.problems[0]["message"]


def test_older_summaries_have_other_metrics(look, write):
    total = {"test_bertscore": 66.0, "test_rouge_l": 20.0}
    out = look(
        write("r.jsonl", [row(task="summarization", euroeval_version="16.9.0", results={"raw": [], "total": total})])
    )
    assert by_metric(out)["bertscore"]["primary"] is True


def test_the_document_it_writes_now_is_the_same_measurement(look, write, tmp_path):
    def result(name, value, low=0):
        return {"evaluation_name": f"test_{name}", "source_data": {"dataset_name": "danske-talemaader"},
                "metric_config": {"lower_is_better": False, "min_score": low, "max_score": 100},
                "score_details": {"score": value, "details": {"num_failed_instances": "0.0"},
                                  "uncertainty": {"confidence_interval": {
                                      "lower": value - 1.96 * ERROR, "upper": value + 1.96 * ERROR,
                                      "confidence_level": 0.95}, "num_samples": 4}}}  # fmt: skip

    told = {"dataset": "danske-talemaader", "task": "knowledge", "few_shot": "true", "validation_split": None,
            "raw_results": json.dumps(ITERATIONS)}  # fmt: skip
    document = {"schema_version": "0.2.1", "evaluation_id": "x", "evaluation_timestamp": "2026-10-01T07:48:13+00:00",
                "model_info": {"name": "org/M", "id": "org/M", "additional_details": {
                    "merge": "true", "generative_type": "instruction_tuned"}},
                "eval_library": {"name": "euroeval", "version": "16.2.0", "additional_details": told},
                "evaluation_results": [result("mcc", 20.0, -100), result("accuracy", 50.0)]}  # fmt: skip
    new = look(write("a/new.jsonl", [document]))
    old = look(write("b/old.jsonl", [row()]))
    same = ("tool", "model", "task", "metric", "filter", "value", "primary", "merge_method", "settings", "n_from")
    assert [[r[key] for key in same] for r in new.scores] == [[r[key] for key in same] for r in old.scores]
    assert [r["stderr"] for r in new.scores] == pytest.approx([r["stderr"] for r in old.scores])
    assert all(r.get("n") is None for r in new.scores)
    assert len(collect(tmp_path).scores) == 2


def test_rows_without_a_model_or_a_score_are_named_and_refused(look, write):
    out = look(write("r.jsonl", [row(), row(model="")]))
    assert out.problems == ["bad-value"] and {r["model"] for r in out.scores} == {"org/M"}
    none = look(write("s.jsonl", [row(results={"total": {"test_mcc": "high", "num_failed_instances": 0}})]))
    assert (none.status, none.why) == ("refused", "no row holds a score of a model on a data set")
