"""One result of every_eval_ever: its scale, its uncertainty, what it is of."""

import math

import pytest

from tests.readers.eee_documents import document, result


def uncertain(**told):
    return {"details": {"uncertainty": told}}


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


def test_overall_rows_are_groups_and_judges_are_versions(look, write):
    judged = {"llm_scoring": {"judges": [{"model_info": {"id": "org/judge"}}], "input_prompt": "p"}}
    out = look(write("a.json", document(result("Suite (overall)"), result("chat", config=judged))))
    assert [row["kind"] for row in out.scores] == ["group", "task"]
    assert out.scores[1]["task_version"] == "judge org/judge"
