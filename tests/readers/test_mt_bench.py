"""Single judgments of MT-Bench: the mean over turns, its error over questions, and what is no score."""

import math
import statistics

import pytest


def single(model, question, turn, score, stamp=1.0, judge="gpt-4"):
    return {"question_id": question, "model": model, "judge": [judge, "single-v1"], "user_prompt": "u", "judgment": "j",
            "score": score, "turn": turn, "tstamp": stamp}  # fmt: skip


def test_single_mean_over_rows_turns_and_clusters(look, write):
    rows = [single("m", q, t, s) for q, t, s in [(81, 1, 10), (81, 2, 6), (82, 1, 4), (82, 2, 3)]]
    out = look(write("gpt-4_single.jsonl", rows))
    assert out.reader == "mt-bench"
    assert out.value("mt_bench", "score") == 5.75
    assert out.value("mt_bench", "score", "turn-2") == 4.5
    overall = next(row for row in out.scores if row["filter"] == "none")
    assert overall["stderr"] == pytest.approx(statistics.stdev([8, 3.5]) / math.sqrt(2))  # questions, not turns
    rows = out.readout.items.to_pylist()
    assert [row["cluster"] for row in rows if row["filter"] == "none"] == ["81", "81", "82", "82"]


def test_single_unparsed_repeated_and_missing_turns_are_named(look, write):
    rows = [single("m", 81, 1, 10), single("m", 81, 1, 2, stamp=9.0), single("m", 82, 1, -1), single("n", 81, 1, 5),
            single("n", 81, 2, 7), single("n", 82, 1, 6)]  # fmt: skip
    out = look(write("data/some_bench/model_judgment/j.jsonl", rows))
    assert out.value("some_bench", "score", model="m") == 2  # the newer verdict
    assert {"repeated", "incomplete"} <= set(out.problems)
    messages = " ".join(row["message"] for row in out.readout.problems)
    assert "1 judgments are repeated" in messages
    assert "(-1)" in messages
    assert "m (gpt-4): 2 of 3 turns are missing" in messages


def test_single_two_judges_are_never_averaged(look, write):
    rows = [single("m", 81, 1, 10), single("m", 81, 1, 2, judge="claude")]
    out = look(write("j.jsonl", rows))
    assert out.value("mt_bench", "score", "judge=gpt-4") == 10
    assert out.value("mt_bench", "score", "judge=claude") == 2


def test_single_scores_that_are_no_scores(look, write):
    rows = [
        single("m", 81, 1, 8),
        single("m", 82, 1, "9"),
        single("m", 83, 1, None),
        single("m", 84, 1, 55),
        single("", 85, 1, 3),
    ]
    out = look(write("j.jsonl", rows))
    assert out.value("mt_bench", "score") == 8
    assert out.problems.count("bad-value") == 2


def test_judgments_that_could_not_be_read_are_refused(look, write):
    out = look(write("j.jsonl", [single("m", 81, 1, -1), single("m", 82, 1, "nine")]))
    assert (out.status, out.why) == ("refused", "no row holds a score of a judge")
