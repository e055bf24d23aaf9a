"""Which models of the results take part, and what is said where there are too many."""

from types import SimpleNamespace

import pandas as pd
import pytest

from mergekit_eval import selection
from mergekit_eval.errors import DataError
from mergekit_eval.opening import open_study

MERGES = pd.DataFrame(
    {"merge": ["m", "k", "z"], "parents": [("a", "b"), ("m",), ("c", "d")], "base": ["base", "base", "other"]}
)
MODELS = ["base", "a", "b", "c", "m", "k", "z"]


def results(models=MODELS, tasks=("t", "u")):
    rows = [(model, f"org/{model}", task) for model in models for task in tasks]
    scores = pd.DataFrame(rows, columns=["model", "model_name", "task"])
    return SimpleNamespace(scores=scores, items=scores[["model", "task"]])


def test_a_model_stays_with_its_parents_their_parents_and_the_bases():
    found = results()
    said = selection.keep_related(found, MERGES, ["k"])
    assert set(found.scores["model"]) == set(found.items["model"]) == {"k", "m", "a", "b", "base"}
    assert said == "Left out: 2 models that are not in `models` and no parent or base of one that is."


def test_the_spelling_of_the_result_files_names_a_model_too():
    found = results()
    selection.keep_related(found, MERGES, ["org/c", "z"])
    assert set(found.scores["model"]) == {"c", "z"}


def test_an_unknown_name_is_an_error_with_the_nearest_ones():
    with pytest.raises(DataError, match=r"results: models = 'bas'; allowed: any of the 7 models there\. Nearest: base"):
        selection.keep_related(results(), MERGES, ["bas"])


@pytest.mark.parametrize(("limit", "most"), [("MOST_MODELS", 7), ("MOST_COMPARISONS", 12)])
def test_too_many_models_or_comparisons_are_counted_and_the_parameters_named(limit, most, monkeypatch):
    # on each of two tasks: m against a, b and base; k against m and base; z against c
    monkeypatch.setattr(selection, limit, most)
    selection.require_comparable_size(results(), MERGES)
    monkeypatch.setattr(selection, limit, most - 1)
    with pytest.raises(DataError, match="results: 7 models and 12 comparisons of a merge") as raised:
        selection.require_comparable_size(results(), MERGES)
    for word in (f"{most - 1:,} ", "`models`", "others = False"):
        assert word in str(raised.value)


def test_only_who_compares_is_asked(tmp_path, monkeypatch):
    monkeypatch.setattr(selection, "MOST_MODELS", 3)
    how = {"study": "params/demo.yaml", "output": tmp_path / "out"}
    assert len(open_study(**how).models) > 3
    with pytest.raises(DataError, match="at most 3 and 300,000"):
        open_study(**how, models=[])
    lab = open_study(**how, models=["base"])
    assert lab.models == ["base"]
    assert lab.parameters["models"] == ["base"]
    assert "that are not in `models`" in lab.notice
