"""What defines a task, and what in its configuration defines nothing."""

import json

import pytest

from mergekit_eval.readers import _lm_eval_definition
from mergekit_eval.readers._lm_eval_definition import (
    LONGEST,
    definitions,
    digest,
    sampled,
    score_parts,
    shortened,
    task_parts,
)

CONFIG = {
    "task": "t",
    "dataset_path": "org/data",
    "doc_to_text": "Q: {{q}}",
    "output_type": "generate_until",
    "generation_kwargs": {"until": ["\n"], "do_sample": False, "temperature": 0.0},
    "filter_list": [{"name": "strict", "filter": [{"function": "regex", "regex_pattern": "a"}]}, {"name": "loose"}],
    "metric_list": [{"metric": "exact_match", "aggregation": "mean", "higher_is_better": True}, {"metric": "bleu"}],
    "metadata": {"version": 1.0, "pretrained": "x"},
}


def definition(config: object, metric: str, filter: str, given: dict) -> dict:
    """The whole definition of a score, as the reader puts it together."""
    shared = task_parts(config, given)
    return {} if shared is None else shared | score_parts(config, metric, filter)


def of(changed: dict, metric: str = "exact_match", filter: str = "strict", given: dict | None = None) -> str:
    return digest(definition(CONFIG | changed, metric, filter, given or {}))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"doc_to_text": "<function f at 0x7f01>"}, {"doc_to_text": "<function f at 0x7fFF>"}),
        (
            {"process_docs": "functools.partial(<function p at 0x1>, subject='law')"},
            {"process_docs": "functools.partial(<function p at 0x2>, subject='law')"},
        ),
        ({"dataset_path": "/home/a/data/boolq"}, {"dataset_path": "/mnt/b/boolq/"}),
        ({"dataset_path": "C:\\data\\boolq"}, {"dataset_path": "boolq"}),
        (
            {"dataset_kwargs": {"data_files": {"test": "/home/a/t.jsonl"}}},
            {"dataset_kwargs": {"data_files": {"test": "/b/t.jsonl"}, "trust_remote_code": True}},
        ),
        ({"generation_kwargs": {"a": 1, "b": 2}}, {"generation_kwargs": {"b": 2.0, "a": 1}}),
        ({"description": ""}, {"description": None}),
        ({"metadata": {"version": 2}}, {"task_alias": "T", "tag": ["x"], "num_fewshot": 3}),
        ({}, {"fewshot_config": {"sampler": "default", "split": None, "doc_to_text": "Q: {{q}}"}}),
        ({}, {"metric_list": [*CONFIG["metric_list"], {"metric": "f1"}]}),
        ({}, {"filter_list": [*CONFIG["filter_list"], {"name": "third"}]}),
        ({"validation_split": "dev", "test_split": "test"}, {"training_split": "train", "test_split": "test"}),
    ],
)
def test_what_is_no_difference(one, other):
    assert of(one) == of(other) != ""


@pytest.mark.parametrize(
    "changed",
    [
        {"doc_to_text": "{{q}}"},
        {"process_docs": "functools.partial(<function p at 0x1>, subject='law')"},
        {"dataset_path": "org/data2"},
        {"generation_kwargs": {"until": ["\n\n"], "do_sample": False}},
        {"filter_list": [{"name": "strict", "filter": [{"function": "regex", "regex_pattern": "b"}]}]},
        {"metric_list": [{"metric": "exact_match", "aggregation": "mean", "ignore_case": True}]},
        {"test_split": "test"},
        {"fewshot_config": {"samples": [{"q": "1"}]}},
    ],
)
def test_what_is_a_difference(changed):
    assert of(changed) != of({})


def test_generation_arguments_of_the_call_have_their_own_column():
    changed = {"generation_kwargs": CONFIG["generation_kwargs"] | {"temperature": 0.6}}
    assert of(changed, given={"temperature": "0.6"}) == of({}, given={"temperature": "0.6"})
    assert of(changed) != of({})


@pytest.mark.parametrize("config", [None, "x", [], {}, {"task": "t"}, {"alias": "g", "metadata": {}}])
def test_nothing_is_known_without_a_configuration(config):
    assert definition(config, "acc", "none", {}) == {} and digest({}) == ""


@pytest.mark.parametrize("value", [3, ["a", {"b": None}], {"x": [1, 2]}, "y" * 5000])
def test_odd_values_are_texts_of_bounded_length(value):
    parts = shortened(
        definition(CONFIG | dict.fromkeys(["doc_to_text", "metric_list", "filter_list"], value), "m", "f", {})
    )
    assert all(isinstance(text, str) and len(text) < LONGEST + 20 for text in parts.values())


def test_what_is_nested_beyond_any_task_ends_nothing():
    deep: list = []
    for _ in range(5000):
        deep = [deep]
    assert digest(definition(CONFIG | {"doc_to_text": deep, "dataset_kwargs": {"x": deep}}, "m", "f", {}))


@pytest.mark.parametrize(
    ("told", "given", "drawn"),
    [
        ({"do_sample": True}, {}, True),
        ({"do_sample": False, "temperature": 0.7}, {}, False),
        ({"temperature": 0.7}, {}, True),
        ({"temperature": 0.0}, {}, False),
        ({"do_sample": False}, {"do_sample": "true"}, True),
        ({}, {}, False),
    ],
)
def test_answers_that_are_drawn(told, given, drawn):
    assert sampled({"generation_kwargs": told}, given) is drawn


@pytest.mark.parametrize(
    "odd", [{}, {"repeats": 2**70}, {"description": "\ud800"}], ids=["plain", "huge", "half a pair"]
)
def test_the_definitions_of_a_task_are_those_of_its_scores(odd):
    scores = [("exact_match", "strict"), ("bleu", "none")]
    for _ in range(2):  # the second time from what is kept
        told = definitions(CONFIG | odd, {}, scores)
        assert [name for name, _ in told] == [of(odd, *score) for score in scores]
        assert [json.loads(text) for _, text in told] == [definition(CONFIG | odd, *score, {}) for score in scores]


def test_a_task_without_a_configuration_has_no_definition():
    assert definitions(None, {}, [("acc", "none")]) == [("", "")]


def test_what_is_kept_of_definitions_does_not_grow_without_end(monkeypatch):
    monkeypatch.setattr(_lm_eval_definition, "MOST_KEPT", 3)
    for number in range(10):
        definitions(CONFIG | {"repeats": number}, {}, [("bleu", "none")])
    assert len(_lm_eval_definition._kept) <= 3
