"""Metric files of bigcode-evaluation-harness: every number, counters that give n, nested shapes."""

import math

import pytest

CONFIG = {"model": "org/base", "n_samples": 2, "temperature": 0.2, "tasks": "humaneval", "limit": None}


def bigcode(**blocks):
    return blocks | {"config": CONFIG}


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


def test_blocks_without_a_number_are_refused_and_skipped_items_named(look, write):
    out = look(write("r.json", bigcode(mbpp={"pass@1": "high"})))
    assert (out.status, out.why) == ("refused", "no task block holds a number")
    late = look(write("s.json", {"mbpp": {"pass@1": 0.5}, "config": CONFIG | {"limit_start": 10}}))
    assert "skipped the first items" in late.readout.problems[0]["message"]
