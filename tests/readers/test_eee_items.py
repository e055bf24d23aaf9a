"""Items of every_eval_ever: joined with the document that they give, else their mean."""

import pytest

from mergekit_eval.collect.folders import collect
from tests.readers.eee_documents import document, result


def item(name, score, model="org/M", **more):
    return {"schema_version": "instance_level_eval_0.3.0", "evaluation_id": f"suite/{model}/1", "model_id": model,
            "evaluation_name": "IFEval", "sample_id": name, "input": {"raw": f"what is {name}?", "reference": ["x"]},
            "evaluation": {"score": score, "is_correct": score == 1}} | more  # fmt: skip


def test_items_join_the_document_beside_them_and_pair(look, write, tmp_path):
    for model, grades in (("org/M", (1, 1, 1, 0)), ("org/N", (1, 0, 0, 0))):
        folder = model.replace("/", "_")
        value = sum(grades) / 4
        write(f"{folder}/a.json", document(result(score=value), model=model))
        write(f"{folder}/a_samples.jsonl", [item(f"q{n}", grade, model) for n, grade in enumerate(grades)])
    found = collect(tmp_path)
    assert sorted(found.scores["value"]) == [0.25, 0.75]
    assert list(found.scores["n"]) == [4, 4]
    assert list(found.scores["metric"]) == ["accuracy", "accuracy"]
    keys = found.items.groupby("model")["item_key"].agg(sorted)
    assert keys["org/M"] == keys["org/N"]


def test_items_without_a_document_are_their_mean(look, write):
    out = look(write("s.jsonl", [item("a", 1), item("b", 0)]))
    row = out.scores[0]
    assert (row["value"], row["n"], row["metric"], row["higher_is_better"]) == (0.5, 2, "accuracy", True)
    assert row["stderr"] == pytest.approx(0.5)
    assert out.problems == ["link"]
    graded = look(write("t.jsonl", [item("a", 0.25), item("b", 0.75)])).scores[0]
    assert (graded["metric"], graded.get("higher_is_better")) == ("score", None)


def test_a_document_that_its_items_do_not_give_is_not_theirs(look, write):
    write("a.json", document(result(score=0.9)))
    assert look(write("s.jsonl", [item("a", 1), item("b", 0)])).problems == ["link"]


def test_the_hash_of_a_sample_is_its_key(look, write):
    out = look(write("s.jsonl", [item("a", 1, sample_hash="abc"), item("b", None), item("c", 0)]))
    assert out.readout.items["item_key"][0].as_py() == "abc"
    assert out.problems[0] == "bad-value"


def test_rows_without_a_finite_score_are_refused(look, write):
    out = look(write("s.jsonl", [item("a", "high"), item("b", None)]))
    assert (out.status, out.why) == ("refused", "no row holds a sample and its score")
