"""Documents of every_eval_ever: direction, range and uncertainty as stated, and items joined with their document."""

import math

import pytest

from mergekit_eval.collect.folders import collect


def result(name="IFEval", score=0.75, config=None, **more):
    config = {"metric_kind": "accuracy", "lower_is_better": False, "min_score": 0, "max_score": 1} | (config or {})
    return {"evaluation_name": name, "source_data": {"dataset_name": name}, "metric_config": config,
            "score_details": {"score": score} | more.pop("details", {})} | more  # fmt: skip


def document(*results, model="org/M", **more):
    return {"schema_version": "0.3.0", "evaluation_id": f"suite/{model}/1", "retrieved_timestamp": "1750000001",
            "evaluation_timestamp": "1750000000", "source_metadata": {"source_type": "documentation"},
            "eval_library": {"name": "lighteval", "version": "0.8"},
            "model_info": {"name": "M", "id": model, "additional_details": {"precision": "bfloat16"}},
            "evaluation_results": list(results)} | more  # fmt: skip


def uncertain(**told):
    return {"details": {"uncertainty": told}}


def test_a_document_states_everything(look, write):
    out = look(write("a.json", document(result())))
    row = out.scores[0]
    assert (out.reader, row["model"], row["task"], row["metric"], row["filter"]) == (
        "every_eval_ever", "org/M", "IFEval", "accuracy", "none")  # fmt: skip
    assert (row["value"], row["higher_is_better"], row["scale"], row["date"]) == (0.75, True, "unit", 1750000000)
    assert (row["tool_version"], row["settings"]) == ("lighteval 0.8", '{"precision":"bfloat16"}')
    assert row["capability"] == "instruction"
    assert out.problems == []


@pytest.mark.parametrize(
    ("config", "score", "scale"),
    [({}, 0.5, "unit"), ({"max_score": 100}, 50, "percent"),
     ({"max_score": None, "metric_unit": "percent"}, 50, "percent"),
     ({"max_score": 5}, 3.5, "natural"), ({"min_score": "-Infinity", "max_score": "Infinity"}, 1300, "natural"),
     ({"max_score": None, "metric_unit": "proportion"}, 3.0, "natural"), ({"max_score": None}, 0.5, "natural")],
)  # fmt: skip
def test_the_scale_is_the_stated_range(look, write, config, score, scale):
    out = look(write("a.json", document(result(score=score, config=config))))
    assert (out.scores[0]["scale"], out.problems) == (scale, [])


def test_a_score_outside_of_its_range_is_named(look, write):
    out = look(write("a.json", document(result(score=45.0))))
    assert (out.scores[0]["value"], out.scores[0]["scale"], out.problems) == (45.0, "natural", ["disagreement"])


def test_lower_is_better_is_kept(look, write, tmp_path):
    errors = {"metric_kind": "wer", "lower_is_better": True}
    write("a.json", document(result("speech", config=errors)))
    assert list(collect(tmp_path).scores["higher_is_better"]) == [False]


@pytest.mark.parametrize(
    ("told", "stderr", "n"),
    [({"standard_error": {"value": 0.02}, "num_samples": 400}, 0.02, 400),
     ({"standard_deviation": 0.5, "num_samples": 100}, 0.05, 100),
     ({"confidence_interval": {"lower": 0.652, "upper": 0.848, "confidence_level": 0.95}}, 0.05, None),
     ({"confidence_interval": {"lower": 0.6, "upper": 0.78, "confidence_level": 0.95}}, math.nan, None),
     ({"confidence_interval": {"lower": 0.652, "upper": 0.848}}, math.nan, None), ({}, math.nan, None)],
)  # fmt: skip
def test_uncertainty(look, write, told, stderr, n):
    row = look(write("a.json", document(result(**uncertain(**told))))).scores[0]
    assert row["stderr"] == pytest.approx(stderr, abs=1e-5, nan_ok=True)
    assert row["n"] == n if n else row.get("n") is None


def test_an_unknown_level_is_missing(look, write):
    levels = {"score_type": "levels", "has_unknown_level": True, "min_score": None, "max_score": None}
    out = look(write("a.json", document(result(score=-1, config=levels), result("MMLU"))))
    assert ([row["task"] for row in out.scores], out.problems) == (["MMLU"], ["incomplete"])


def test_results_of_one_name_are_told_apart_or_named(look, write):
    one, two = ({"metric_id": name} for name in ("strict", "loose"))
    out = look(
        write("a.json", document(result(config=one), result(score=0.5, config=two), result(score=0.25, config=two)))
    )
    assert [(row["filter"], row["value"]) for row in out.scores] == [("none", 0.75), ("loose", 0.5)]
    assert out.problems == ["repeated"]


def test_parameters_of_a_metric_are_its_filter(look, write):
    passed = [result("HumanEval", config={"metric_kind": "pass_rate", "metric_parameters": {"k": k}}) for k in (1, 10)]
    assert [row["filter"] for row in look(write("a.json", document(*passed))).scores] == ["k=1", "k=10"]


def test_overall_rows_are_groups_and_judges_are_versions(look, write):
    judged = {"llm_scoring": {"judges": [{"model_info": {"id": "org/judge"}}], "input_prompt": "p"}}
    out = look(write("a.json", document(result("Suite (overall)"), result("chat", config=judged))))
    assert [row["kind"] for row in out.scores] == ["group", "task"]
    assert out.scores[1]["task_version"] == "judge org/judge"


def test_many_documents_in_one_file(look, write):
    out = look(write("a.jsonl", [document(result()), document(result(score=0.5), model="org/N"), {"x": 1}]))
    assert [(row["model"], row["value"]) for row in out.scores] == [("org/M", 0.75), ("org/N", 0.5)]
    assert out.problems == ["bad-value"]


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
