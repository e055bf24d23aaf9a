"""Samples of EvalPlus, of today and of 2023: base and extra tests."""

import pytest


def evalplus_now(base, plus):
    samples = zip(base, plus, strict=True)
    eval_ = {
        f"HumanEval/{i}": [{"task_id": f"HumanEval/{i}", "base_status": b, "plus_status": p}]
        for i, (b, p) in enumerate(samples)
    }
    return {"date": "2024-05-10 18:01", "hash": "abc", "eval": eval_}


def evalplus_2023(base, plus):
    pairs = enumerate(zip(base, plus, strict=True))
    return {
        "date": "2023-08-01 10:00",
        "hash": "abc",
        "eval": {f"HumanEval/{i}": {"nfiles": 1, "base": [[b, [1]]], "plus": [[p, []]]} for i, (b, p) in pairs},
    }


@pytest.mark.parametrize(
    "document",
    [
        evalplus_now(["pass", "fail", "pass", "timeout"], ["pass", "pass", "fail", "fail"]),
        evalplus_2023(["success", "failed", "success", "timed out"], ["success", "success", "failed", "failed"]),
    ],
)
def test_evalplus_plus_requires_base(look, write, document):
    out = look(write("x_eval_results.json", document))
    assert out.reader == "evalplus"
    assert out.value("humaneval", "pass@1") == 0.5
    assert out.value("humaneval_plus", "pass@1") == 0.25
    assert out.items(task_name="humaneval_plus") == [1.0, 0.0, 0.0, 0.0]


def test_evalplus_base_only_has_no_plus_row(look, write):
    out = look(write("e.json", evalplus_now(["pass", "fail"], [None, None])))
    assert {row["task_name"] for row in out.scores} == {"humaneval"}


def test_evalplus_unknown_status_is_left_out_and_named(look, write):
    out = look(write("e.json", evalplus_now(["pass", "exploded"], ["pass", "pass"])))
    assert out.items(task_name="humaneval") == [1.0]
    assert "bad-value" in out.problems


def test_evalplus_own_figure_is_checked_against_its_samples(look, write):
    document = evalplus_now(["pass", "fail"], ["pass", "fail"]) | {"pass_at_k": {"base": {"pass@1": 0.9}}}
    out = look(write("e.json", document))
    assert "disagreement" in out.problems
    assert out.value("humaneval", "pass@1") == 0.5


def test_evalplus_mixed_benchmarks_are_refused(look, write):
    document = evalplus_now(["pass"], ["pass"])
    document["eval"]["Mbpp/2"] = document["eval"]["HumanEval/0"]
    assert look(write("e.json", document)).status == "refused"


def test_evalplus_own_naming_gives_backend_and_temperature(look, write):
    document = {"eval": {"HumanEval/0": [{"base_status": "pass", "plus_status": "pass"}]}}
    row = look(write("org--m_vllm_temp_0.2_eval_results.json", document)).scores[0]
    assert (row["model_name"], row["gen_kwargs"]) == ("org/m", '{"temperature":0.2}')
    assert row["settings"] == '{"backend":"vllm"}'
