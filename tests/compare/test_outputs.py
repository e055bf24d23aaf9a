"""Signs of degenerate answers."""

import json

import numpy as np
import pandas as pd
import pytest

from mergekit_eval import tables
from mergekit_eval.compare import MergeContext, broken, output_signs
from mergekit_eval.compare.health import health_table
from mergekit_eval.compare.outputs import answer_of, is_loop


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
    return MergeContext(found, merging(("m", ("a",), "")))


def test_silence_that_the_parent_does_not_share_is_degenerate(talk):
    table = output_signs(talk).set_index("sign")
    assert table.loc["empty", "share"] == pytest.approx(0.5)
    assert table.loc["empty", "relatives"] == 0
    assert table.loc["empty", "decided"] == "degenerate"
    told = broken(output_signs(talk), tables.empty("perplexities", "none was measured"))
    assert "empty in 50% of 60 answers on chat (0% in a)" in told["m"]


def test_answers_that_are_gone_are_said_in_one_row_per_task(talk, tmp_path):
    (tmp_path / "m.jsonl").unlink()
    table = output_signs(talk)
    assert list(table["sign"]) == [""]
    assert "answers not read" in table["note"].iloc[0]
    merge = pd.DataFrame({"merge": ["m"]})
    none, bare = tables.empty("collapse"), tables.empty("perplexities")
    health = health_table(merge, none, table, bare, {}, {})
    assert "answers not read" in health["note"].iloc[0]
