"""Executed code: bigcode, human-eval, evalplus (two ages)."""

import json
import math
from itertools import combinations

import pytest

CONFIG = {"model": "org/base", "n_samples": 2, "temperature": 0.2, "tasks": "humaneval", "limit": None}


def bigcode(**blocks):
    return blocks | {"config": CONFIG}


def human_eval(verdicts, task="HumanEval"):
    return [
        {
            "task_id": f"{task}/{number}",
            "completion": f"c{number}{place}",
            "result": "passed" if ok else "failed: x",
            "passed": ok,
        }
        for number, tries in enumerate(verdicts)
        for place, ok in enumerate(tries)
    ]


def chance(tries, k):
    """Count the draws of k samples that hold a right one, instead of the formula."""
    draws = list(combinations(tries, k))
    return sum(any(draw) for draw in draws) / len(draws)


def test_bigcode_reads_every_number_and_takes_its_settings(look, write):
    out = look(
        write(
            "code_eval.json",
            bigcode(humaneval={"pass@1": 0.31, "pass@10": 0.46}) | {"config": CONFIG | {"load_in_4bit": True}},
        )
    )
    assert out.reader == "bigcode"
    assert out.value("humaneval", "pass@1") == 0.31
    row = out.scores[0]
    assert (row["model_name"], row["quantization"], row["n"], row["n_from"]) == ("org/base", "4bit", 164, "registry")
    assert "stderr" not in row  # several samples per task: the spread is not in the file


def test_bigcode_counters_give_n_and_difficulties_are_filters(look, write):
    counter = {"failed@load": 3, "failed@cases": 1, "passed": 4}
    block = {"Easy_pass@1": 0.5, "Average_pass@1": 0.5, "Average_beyond@1": 0.4, "Easy": counter}
    out = look(write("r.json", bigcode(mercury=block)))
    assert {(r["metric"], r["filter"], r["n"]) for r in out.scores} == {
        ("pass@1", "Easy", 4), ("pass@1", "none", 4), ("beyond@1", "none", 4)
    }  # fmt: skip


def test_bigcode_limit_caps_n_and_one_sample_gives_a_binomial_error(look, write):
    config = CONFIG | {"limit": 20, "n_samples": 1}
    row = look(write("r.json", {"humaneval": {"pass@1": 0.25}, "config": config})).scores[0]
    assert (row["n"], row["limit"]) == (20, 20)
    assert row["stderr"] == pytest.approx(math.sqrt(0.25 * 0.75 / 19))


def test_bigcode_shapes_that_are_nested_lists_or_no_scores(look, write):
    blocks = bigcode(
        conala={"bleu": 0.3, "precisions": [0.6, 0.3], "brevity_penalty": 0.9, "translation_length": 10},
        studenteval=[{"group": "First Failure", "pass1": 0.1}, {"group": "Last Success", "pass1": 0.9}],
        recode={"func_name": {"robust-pass-at-1": 0.2}},
        **{"ds1000-all-completion": {"mean pass@1 accuracy (1000 samples)": 0.4}},
    )
    out = look(write("r.json", blocks))
    assert out.value("studenteval", "pass1", "Last Success") == 0.9
    assert out.value("recode", "robust-pass-at-1", "func_name") == 0.2
    ds = next(row for row in out.scores if row["task_name"].startswith("ds1000"))
    assert (ds["metric"], ds["n"], ds["n_from"]) == ("pass@1", 1000, "file")
    assert len(out.scores) == 5  # bleu without its components
    assert "note" in out.problems


def test_bigcode_adapter_and_revision_make_another_model(look, write):
    plain = look(write("a.json", bigcode(mbpp={"pass@1": 0.1}))).scores[0]["model"]
    tuned = look(write("b.json", {"mbpp": {"pass@1": 0.1}, "config": CONFIG | {"peft_model": "me/lora"}})).scores[0][
        "model"
    ]
    older = look(write("c.json", {"mbpp": {"pass@1": 0.1}, "config": CONFIG | {"revision": "v1"}})).scores[0]["model"]
    assert len({plain, tuned, older}) == 3


def test_bigcode_nan_is_kept_and_named(look, write):
    out = look(write("r.json", '{"mbpp": {"pass@1": NaN}, "config": {"model": "m", "n_samples": 1}}'))
    assert math.isnan(out.scores[0]["value"])
    assert "not-finite" in out.problems


def test_human_eval_is_the_unbiased_estimate_with_one_item_per_task(look, write):
    verdicts = [[True] * 3 + [False] * 7, [False] * 10, [True] * 10]
    out = look(write("s.jsonl_results.jsonl", human_eval(verdicts)))
    assert out.reader == "human-eval"
    for k in (1, 10):
        expected = sum(chance(tries, k) for tries in verdicts) / 3
        assert out.value("humaneval", f"pass@{k}") == pytest.approx(expected)
        assert sum(out.items(metric=f"pass@{k}")) / 3 == pytest.approx(expected)
    assert "incomplete" in out.problems  # 3 of 164 tasks


def test_human_eval_file_written_twice_counts_once(look, write):
    rows = human_eval([[True], [False], [True]])
    once, twice = look(write("a.jsonl", rows)), look(write("b.jsonl", rows + rows))
    assert "repeated" in twice.problems
    assert twice.items() == once.items() == [1.0, 0.0, 1.0]


def test_human_eval_uneven_samples_stop_at_the_fewest(look, write):
    out = look(write("a.jsonl", human_eval([[True] * 10, [False] * 3])))
    assert [row["metric"] for row in out.scores] == ["pass@1"]
    assert out.value("humaneval", "pass@1") == 0.5


def test_human_eval_truncated_last_line_and_odd_rows(look, write):
    text = "\n".join(json.dumps(row) for row in human_eval([[True], [False]]))
    out = look(
        write("a.jsonl", text + '\n{"task_id": "HumanEval/2", "passed": "maybe"}\n{"task_id": "HumanEval/3", "pas')
    )
    assert {"truncated", "bad-value"} <= set(out.problems)
    assert out.items() == [1.0, 0.0]


def test_task_ids_without_a_benchmark_are_refused(look, write):
    out = look(write("r.json", [{"task_id": 3, "result": "passed", "attempt": 0}]))
    assert out.status == "refused"
    assert "benchmark" in out.why


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
