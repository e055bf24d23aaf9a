"""What a log of inspect_ai holds: grades, who was evaluated and who graded, samples in either form."""

import math

import pytest

from mergekit_eval.collect.folders import collect
from mergekit_eval.collect.item_text import rows_of
from mergekit_eval.readers import _inspect
from tests.readers.inspect_logs import METRICS, header, log, parts_of, sample, zipped


def test_both_forms_of_one_run_are_one_measurement_and_pair(write, tmp_path):
    samples = [sample("a", "C"), sample("b", "I")]
    write("one/log.json", log(samples))
    zipped(tmp_path / "one" / "log.eval", parts_of(samples))
    other = [sample("b", "C"), sample("a", "C")]
    (tmp_path / "two").mkdir()
    zipped(tmp_path / "two" / "log.eval", parts_of(other, value=1.0, model="hf/org/N"))
    found = collect(tmp_path)
    assert list(found.scores["value"]) == [0.5, 1.0]
    keys = found.items.groupby("model")["item_key"].agg(sorted)
    assert keys["org/M"] == keys["org/N"]
    line = int(found.items.set_index(["model", "doc_id"]).loc[("org/N", "b"), "line"])
    assert rows_of(str(tmp_path / "two" / "log.eval"), [line])[line]["input"] == "what is b?"


def test_the_text_of_an_item_in_a_json_log(write):
    path = write("log.json", log([sample("a", "C"), sample("b", "I")]))
    assert rows_of(str(path), [1])[1]["id"] == "b"


@pytest.mark.parametrize(
    ("value", "score"),
    [("C", 1), ("I", 0), ("P", 0.5), ("N", 0), (True, 1), (False, 0), (0.25, 0.25), (3, 3), ("0.5", 0.5), ("yes", 1),
     ("No", 0), ("true", 1), ("correct-ish", None), (float("nan"), None), ([1], None), ({"a": 1}, None), (None, None),
     ("c", None), ("nan", None), ("1_0", None)],
)  # fmt: skip
def test_grades(value, score):
    assert _inspect.grade(value) == score


def test_a_limit_that_took_nothing_away_is_none(look, write):
    out = look(write("log.json", header(dataset={"samples": 10})))
    assert math.isnan(out.scores[0]["limit"])


def test_attached_questions_are_the_questions(look, write):
    held = sample("a", "C") | {"input": "attachment://12", "attachments": {"12": "what is a?"}}
    one = look(write("a.json", log([held, sample("b", "I")])))
    two = look(write("b.json", log([sample("a", "C"), sample("b", "I")])))
    assert one.readout.items["item_key"] == two.readout.items["item_key"]
    lost = look(write("c.json", log([sample("a", "C") | {"input": "attachment://0"}, sample("b", "I")])))
    assert lost.readout.items["item_key"][0].as_py() == "id:a"


@pytest.mark.parametrize(
    ("model", "args", "name"),
    [("openai/gpt-4o", {}, "openai/gpt-4o"), ("vllm/org/M", {}, "org/M"), ("hf/local", {"model_path": "./m/"}, "m"),
     ("hf/org/M", {"revision": "v2"}, "org/M@v2"), ("mockllm/model", {}, "mockllm/model")],
)  # fmt: skip
def test_who_was_evaluated(look, write, model, args, name):
    out = look(write("log.json", header(model=model, model_args=args)))
    assert out.scores[0]["model"] == name


def test_a_run_that_is_not_over_has_no_header(look, tmp_path):
    out = look(zipped(tmp_path / "a.eval", {"_journal/start.json": {}, "samples/a_epoch_1.json": sample("a", "C")}))
    assert (out.status, "eval-retry" in out.why) == ("refused", True)


def test_large_samples_in_parts_are_read(look, tmp_path):
    rows = {f"samples/{n}_epoch_1/sample.json": sample(n, grade) for n, grade in (("a", "C"), ("b", "I"))}
    rows["samples/a_epoch_1/messages/0.json"] = []
    out = look(zipped(tmp_path / "a.eval", rows | {"header.json": header()}))
    assert sorted(out.items()) == [0, 1]


@pytest.mark.parametrize(
    ("params", "roles", "judge"),
    [({"grader_model": {"model": "google/g"}}, {}, "judge google/g"), ({"model": "openai/o"}, {}, "judge openai/o"),
     ({}, {"grader": {"model": "org/j"}}, "judge org/j"), ({"model": ["a/b", "c/d"]}, {}, "judge a/b+c/d")],
)  # fmt: skip
def test_who_graded_is_part_of_the_task_s_version(look, write, params, roles, judge):
    block = {"name": "graded", "scorer": "graded", "scored_samples": 2, "metrics": METRICS, "params": params}
    out = look(write("log.json", header(scores=[block], model_roles=roles)))
    assert out.scores[0]["task_version"] == f"2, {judge}"
