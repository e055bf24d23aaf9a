"""BigCodeBench: samples, pass@k and leaderboards."""

import math

import pytest

from mergekit_eval.collect.folders import collect

NAME = "org--M--main--bigcodebench-hard-instruct--vllm-0-1-sanitized_calibrated"


def samples(*verdicts):
    return {"date": "2026-01-02 03:04",
            "eval": {f"BigCodeBench/{n}": [{"task_id": f"BigCodeBench/{n}", "solution": "x", "status": status,
                                           "details": {}} for status in tries]
                     for n, tries in enumerate(verdicts)}}  # fmt: skip


FOUR = samples(["pass"], ["fail"], ["timeout"], ["pass"])
PASSED = {"pass@1": 0.5, "model": "org--M--main", "split": "instruct", "subset": "hard", "calibrated": True,
          "gt_pass_rate": 0.99, "failed_tasks": []}  # fmt: skip


def test_samples_name_model_and_task_by_the_file(look, write):
    out = look(write(f"{NAME}_eval_results.json", FOUR))
    row = out.scores[0]
    assert (out.reader, row["model"], row["task_name"]) == ("bigcodebench", "org/M", "bigcodebench_hard_instruct")
    assert (row["metric"], row["value"], row["n"], row["gen_kwargs"]) == ("pass@1", 0.5, 4, '{"temperature":0.0}')
    assert row["stderr"] == pytest.approx(math.sqrt(1 / 3) / 2)
    assert sorted(out.items()) == [0, 0, 1, 1]
    assert out.problems == ["incomplete"]


def test_several_samples_of_a_task(look, write):
    out = look(write(f"{NAME}_eval_results.json", samples(["pass", "fail"], ["fail", "fail"])))
    assert out.value("bigcodebench_hard_instruct", "pass@1") == 0.25


def test_an_unknown_status_is_named(look, write):
    out = look(write(f"{NAME}_eval_results.json", samples(["pass"], ["crash"], ["fail"])))
    assert out.value("bigcodebench_hard_instruct", "pass@1") == 0.5
    assert out.problems == ["bad-value", "incomplete"]


def test_both_files_of_a_run_are_one_measurement(write, tmp_path):
    full = samples(*[["pass"]] * 74, *[["fail"]] * 74)
    write(f"r/{NAME}_eval_results.json", full)
    write(f"r/{NAME}_pass_at_k.json", PASSED)
    found = collect(tmp_path)
    assert (list(found.scores["value"]), list(found.scores["n"]), len(found.items)) == ([0.5], [148], 148)


def test_reference_solutions_that_fail_are_named(look, write):
    out = look(write("x_pass_at_k.json", PASSED | {"gt_pass_rate": 0.5, "failed_tasks": ["BigCodeBench/3"]}))
    assert out.scores[0]["model"] == "org/M"
    assert out.problems == ["incomplete", "note"]


@pytest.mark.parametrize(
    ("stated", "model"), [("org--M", "org/M"), ("org--M--main", "org/M"), ("org--M--v1.2", "org/M@v1.2"), ("M", "M")]
)
def test_names_of_models(look, write, stated, model):
    assert look(write("x_pass_at_k.json", PASSED | {"model": stated})).scores[0]["model"] == model


def test_a_leaderboard_is_percent_and_names_models_by_their_page(look, write):
    def entry(link, **scores):
        return {"link": link, "pass@1": scores, "moe": False, "size": 7, "date": "2024-12-04"}

    hub = "https://huggingface.co/org/"
    board = {"A-7B": entry(f"{hub}a-7b", instruct=13.5, complete=None), "B (low)": entry(f"{hub}b", complete=40.0),
             "B (high)": entry(f"{hub}b", complete=50.0)}  # fmt: skip
    out = look(write("results-hard.json", board))
    assert [(row["model"], row["task_name"], row["value"], row["scale"]) for row in out.scores] == [
        ("org/a-7b", "bigcodebench_hard_instruct", 13.5, "percent"),
        ("B (low)", "bigcodebench_hard_complete", 40.0, "percent"),
        ("B (high)", "bigcodebench_hard_complete", 50.0, "percent"),
    ]
    assert out.problems == ["incomplete"]


def test_evalplus_keeps_its_own(look, write):
    plus = {"eval": {"HumanEval/0": [{"base_status": "pass", "plus_status": "fail"}]}}
    assert look(write("a_eval_results.json", plus)).reader == "evalplus"


def test_files_without_any_verdict_or_number_are_refused(look, write):
    samples = {"eval": {"BigCodeBench/0": [{"status": "exploded"}]}}
    assert look(write("a_eval_results.json", samples)).why == "no task has a sample with a known status"
    stated = {"pass@1": "high", "gt_pass_rate": 1.0, "model": "m", "split": "complete", "subset": "full"}
    assert look(write("a_pass_at_k.json", stated)).why == "no pass@k holds a number"
