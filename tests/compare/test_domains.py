"""Domains of models: a person's words, held-out tasks, and what merges take from their parents."""

from types import SimpleNamespace

import pandas as pd
import pytest

from mergekit_eval.compare.domains import capability_of, domains_of, held_out, with_merges


@pytest.mark.parametrize(
    ("word", "capability"),
    [("coding", "code"), (" Maths ", "math"), ("Instruction-Following", "instruction"), ("cooking", "cooking")],
)
def test_a_word_for_a_domain_means_a_capability(word, capability):
    assert capability_of(word) == capability


@pytest.mark.parametrize(
    ("task", "benchmark"), [("mmlu_anatomy", "MMLU"), ("wmt14-en-fr", "WMT14"), ("coqa", "CoQA"), ("gsm8k", "")]
)
def test_a_held_out_task_has_the_name_of_its_benchmark(task, benchmark):
    assert held_out(task) == benchmark


def test_a_merge_has_the_domains_of_its_parents_also_in_stages():
    merges = pd.DataFrame({"merge": ["late", "early", "own"], "parents": [("early", "c"), ("a", "b"), ("a", "b")]})
    known = {"a": frozenset({"math"}), "b": frozenset({"code"}), "own": frozenset({"chat"})}
    found = with_merges(known, merges)
    assert found["early"] == found["late"] == {"math", "code"}
    assert found["own"] == {"chat"}
    assert "c" not in found


def test_merges_of_one_another_end():
    merges = pd.DataFrame({"merge": ["x", "y"], "parents": [("y", "a"), ("x",)]})
    assert with_merges({"a": frozenset({"math"})}, merges) == dict.fromkeys("axy", frozenset({"math"}))


def test_a_study_says_the_domains_of_its_models():
    models = [SimpleNamespace(name="a", domain="coding"), SimpleNamespace(name="b", domain="")]
    merges = pd.DataFrame({"merge": ["m"], "parents": [("a", "b")]})
    study = SimpleNamespace(models={model.name: model for model in models})
    assert domains_of(study, merges) == {"a": {"code"}, "m": {"code"}}
    assert domains_of(None, merges) == {}
