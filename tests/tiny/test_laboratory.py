"""The laboratory is interesting: asserted on the example, which is what real merges and lm-eval runs of it come to."""

import json
from dataclasses import replace

import pandas as pd
import pytest
import yaml

from mergekit_eval.study import load_study
from mergekit_eval.tiny import FOLDER

HEADLINE = {
    "instruct": ["tiny_ifeval"],
    "math": ["tiny_arithmetic"],
    "multilingual": ["tiny_translation_velan", "tiny_translation_ostik", "tiny_translation_marru"],
    "code": ["tiny_program", "tiny_trace"],
    "safety": ["tiny_harm"],
}
GROUPS = {"tiny_blimp", "tiny_translation"}
AGAIN = ("math", "linear_five")  # a shipped model and a merge of five, made and evaluated here
ROUNDING = 0.02  # another processor may give an answer or two of a task otherwise


@pytest.fixture(scope="module")
def scores():
    """Return model -> task -> primary score of the example, oriented so that more is better; the 0-1 scale only."""
    table = pd.read_parquet(FOLDER / "example" / "scores.parquet")
    values = {(row.model, row.task, f"{row.metric},{row.filter}"): row.value for row in table.itertuples()}
    return {
        model: {task: _oriented(task, values[model, task, primary]) for task, primary in _primary().items()}
        for model in table["model"].unique()
    }


@pytest.mark.slow  # a real merge and two real evaluations
def test_the_example_is_what_the_shipped_models_answer(checkout, tmp_path, scores):
    pytest.importorskip("lm_eval")
    pytest.importorskip("mergekit")
    from mergekit_eval.run.evaluating import evaluate
    from mergekit_eval.run.merging import merge_all

    demo = load_study(checkout / "params" / "demo.yaml")
    merges = {name: demo.merges[name] for name in AGAIN if name in demo.merges}
    study = replace(demo, merges=merges, output=tmp_path)
    assert {record.status for record in merge_all(study)} == {"ran"}
    assert {record.status for record in evaluate(study, only=list(AGAIN))} == {"ran"}
    for name in AGAIN:
        assert _read(tmp_path / "harness" / name) == pytest.approx(scores[name], abs=ROUNDING)


def _read(folder):
    (file,) = folder.rglob("results_*.json")
    results = json.loads(file.read_text("utf-8"))["results"]
    return {task: _oriented(task, results[task][primary]) for task, primary in _primary().items()}


def _facts():
    return yaml.safe_load((FOLDER / "metrics.yaml").read_text("utf-8"))["lm-eval"]["tasks"]


def _primary():
    return {name: entry["primary"] for name, entry in _facts().items() if name not in {*GROUPS, "tiny_stories"}}


def _lower(task):
    return task in ("tiny_harm", "tiny_over_refusal")


def _oriented(task, value):
    return 1 - value if _lower(task) else value


def _chance(task):
    entry = _facts()[task]
    value = entry["chance"] if "chance" in entry else next(iter(entry["metrics"].values()))["chance"]
    return _oriented(task, value)


def _macro(scores):
    return sum(scores.values()) / len(scores)


def _mean(scores, tasks):
    return sum(scores[task] for task in tasks) / len(tasks)


def _parents(checkout, name):
    return load_study(checkout / "params" / "demo.yaml").merges[name].parents


def test_the_base_is_neither_at_chance_nor_at_the_ceiling_on_most_tasks(scores):
    between = [task for task, value in scores["base"].items() if _chance(task) + 0.03 < value < 0.95]
    assert len(between) > 0.6 * len(scores["base"])


@pytest.mark.parametrize("name", HEADLINE)
def test_a_specialist_is_clearly_best_at_its_own(scores, name):
    own = _mean(scores[name], HEADLINE[name])
    others = {other: _mean(scores[other], HEADLINE[name]) for other in ("base", *HEADLINE) if other != name}
    assert own > max(others.values()) + 0.1, others


@pytest.mark.parametrize("name", HEADLINE)
def test_a_specialist_is_clearly_worse_than_the_base_elsewhere(scores, name):
    lost = [task for task in scores[name] if scores[name][task] < scores["base"][task] - 0.15]
    assert lost
    assert not set(lost) & set(HEADLINE[name])


def test_the_safety_specialist_refuses_harmless_requests_too(scores):
    assert scores["safety"]["tiny_over_refusal"] < scores["base"]["tiny_over_refusal"] - 0.15


def test_a_merge_beats_every_parent(scores, checkout):
    parents = [_macro(scores[name]) for name in _parents(checkout, "linear_five")]
    assert _macro(scores["linear_five"]) > max(parents) + 0.03


def test_a_merge_lies_between_its_parents(scores, checkout):
    parents = [_macro(scores[name]) for name in _parents(checkout, "slerp_mostly_safety")]
    assert min(parents) + 0.03 < _macro(scores["slerp_mostly_safety"]) < max(parents) - 0.03


def test_a_merge_is_worse_than_each_parent_but_not_broken(scores, checkout):
    parents = [_macro(scores[name]) for name in _parents(checkout, "task_arithmetic_math_instruct")]
    assert _macro(scores["task_arithmetic_too_much"]) + 0.1 < _macro(scores["task_arithmetic_math_instruct"])
    assert _macro(scores["task_arithmetic_math_instruct"]) < min(parents) - 0.03


def test_too_much_of_a_good_thing_collapses_to_chance(scores):
    broken = scores["task_arithmetic_too_much"]
    near = [task for task in broken if broken[task] < _chance(task) + 0.1]
    assert len(near) >= 0.75 * len(broken)
