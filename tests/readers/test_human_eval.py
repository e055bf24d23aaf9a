"""Samples of human-eval: the unbiased estimate of pass@k, and rows that are repeated, cut or of no benchmark."""

import json
from itertools import combinations

import pytest


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
