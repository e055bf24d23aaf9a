"""Degenerate answers and exploding perplexities."""

import json

import numpy as np
import pandas as pd
import pytest

from mergekit_eval import views
from mergekit_eval.compare import broken, output_signs, perplexity_scores, perplexity_table, relatives
from mergekit_eval.compare.outputs import answer_of, is_loop
from mergekit_eval.thresholds import thresholds


@pytest.mark.parametrize(
    ("text", "loop"),
    [
        ("the cat sat on the mat and then it went to sleep in the sun all day", False),
        ("yes yes yes yes yes yes yes yes yes yes yes yes", True),
        ("one two three " * 8, True),
        ("yes yes", False),  # too short to show a loop
        ("ab" * 60, True),  # letters, where there are no words
        ("", False),
    ],
)
def test_a_loop_repeats_what_stands_one_fixed_distance_before(text, loop):
    assert is_loop(text) is loop


@pytest.mark.parametrize(
    ("row", "answer"),
    [
        ({"resps": [["four"]]}, "four"),
        ({"resps": [[[-3.0, False]], [[-1.0, True]]]}, 1),
        ({"filtered_resps": [["-2.5", "False"], ["-7.0", "False"]]}, 0),
        ({"logit_0": -5.0, "logit_1": -2.0, "logit_2": -9.0}, 1),
        ({"response": "so"}, "so"),
        ({"doc": {}}, None),
    ],
)
def test_answers_are_found_in_every_shape(row, answer):
    assert answer_of(row) == answer


@pytest.fixture
def talk(build, merging, tmp_path):
    """A merge that is silent on half of its items, and a parent that is not."""
    rng = np.random.default_rng(2)
    values = {(name, "chat"): (rng.random(60) < 0.5).astype(float) for name in ("a", "m")}
    found = build({"a": "parent", "m": "merge"}, {}, values)
    for name in ("a", "m"):
        rows = [{"doc_id": i, "resps": [["" if name == "m" and i % 2 else f"answer {i}"]]} for i in range(60)]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n")
    found.items["source_file"] = [str(tmp_path / f"{name}.jsonl") for name in found.items["model"]]
    return relatives(found, merging(("m", ("a",), "")))


def test_silence_that_the_parent_does_not_share_is_degenerate(talk):
    table = output_signs(talk).set_index("sign")
    assert table.loc["empty", "share"] == pytest.approx(0.5)
    assert table.loc["empty", "relatives"] == 0
    assert table.loc["empty", "decided"] == "degenerate"
    told = broken(output_signs(talk), perplexity_table(_ppl(m=10.0), merges()))
    assert "empty in 50% of 60 answers on chat (0% in a)" in told["m"]


def test_answers_that_are_gone_are_said_in_one_row_per_task(talk, tmp_path):
    (tmp_path / "m.jsonl").unlink()
    table = output_signs(talk)
    assert list(table["sign"]) == [""]
    assert "answers not read" in table["note"].iloc[0]
    assert views.answers(table)["tasks"].tolist() == [1]


def merges() -> pd.DataFrame:
    return pd.DataFrame([("m", "linear", ("a", "b"), "base")], columns=["merge", "method", "parents", "base"])


def _ppl(metric: str = "word_perplexity", stderr: float = np.nan, **values: float) -> pd.DataFrame:
    known = {"a": 8.0, "b": 9.0, "base": 12.0} | values
    rows = [{"task": "wiki", "metric": metric, "model": m, "value": v, "stderr": stderr, "scale": "natural",
             "higher_is_better": False, "n": 62} for m, v in known.items()]  # fmt: skip
    return pd.DataFrame(rows)


def test_perplexity_is_held_against_the_best_relative():
    row = perplexity_table(_ppl(m=80.1), merges()).iloc[0]
    assert (row["relative"], row["ratio"]) == ("a", pytest.approx(80.1 / 8))
    assert row["exploded"]
    assert not perplexity_table(_ppl(m=79.0), merges()).iloc[0]["exploded"]


def test_an_error_has_to_leave_the_threshold_behind():
    limit = thresholds()["perplexity_explosion"]
    row = perplexity_table(_ppl(m=8.0 * limit * 1.05, stderr=0.8), merges()).iloc[0]
    assert row["low"] < limit < row["ratio"]
    assert not row["exploded"]


def test_bits_per_byte_are_logarithms():
    row = perplexity_table(_ppl("bits_per_byte", m=4.0, a=1.0, b=1.5, base=2.0), merges()).iloc[0]
    assert row["ratio"] == pytest.approx(2.0**3)


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_an_infinite_perplexity_has_exploded(value):
    row = perplexity_table(_ppl(m=value), merges()).iloc[0]
    assert row["exploded"]
    assert "not finite" in row["note"] or value < 0


def test_only_perplexities_are_read_again(build):
    found = build({"m": "merge"}, {"wiki": {"metric": "word_perplexity", "scale": "natural"}, "t": {}},
                  {("m", "wiki"): (8.0, 10), ("m", "t"): (0.5, 10)})  # fmt: skip
    assert set(perplexity_scores(found)["task"]) == {"wiki"}
