"""Which models of the results take part, and what is said where there are too many."""

from types import SimpleNamespace

import pandas as pd
import pytest

from mergekit_eval import selection
from mergekit_eval.errors import DataError
from mergekit_eval.opening import open_study
from mergekit_eval.reporting import write_report
from mergekit_eval.tiny import EXAMPLE
from tests.cells import run_cells

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
    found = results()
    assert selection.ask_what_to_compare(found, MERGES) == ""
    assert found.scores["model"].nunique() == 7
    monkeypatch.setattr(selection, limit, most - 1)
    question = selection.ask_what_to_compare(found, MERGES)
    assert question.startswith("Nothing is computed yet: 7 models and 12 comparisons of a merge")
    for word in (f"{most - 1:,} ", 'models = ["m", "k"]', "others = False"):
        assert word in question
    assert found.scores.empty
    assert found.items.empty


def test_only_who_compares_is_asked(tmp_path, monkeypatch):
    monkeypatch.setattr(selection, "MOST_MODELS", 3)
    how = {"study": "params/demo.yaml", "output": tmp_path / "out"}
    assert len(open_study(**how).models) > 3
    asking = open_study(**how, models=[])
    assert "at most 3 and 300,000" in asking.question
    with pytest.raises(DataError, match="Nothing is computed yet: 23 models"):
        write_report(asking)
    lab = open_study(**how, models=["base"])
    assert lab.models == ["base"]
    assert lab.question == ""
    assert lab.parameters["models"] == ["base"]
    assert "that are not in `models`" in lab.notice


@pytest.mark.slow  # whole notebooks
@pytest.mark.parametrize("number", ["04", "05a", "05b", "05c", "06", "07"])
def test_until_models_are_chosen_every_cell_asks_and_nothing_is_written(number, tmp_path, monkeypatch):
    monkeypatch.setattr(selection, "MOST_MODELS", 3)
    given = {"study": "params/demo.yaml", "results": str(EXAMPLE)}  # whatever a demo run left behind
    shown = run_cells(number, **given, output=str(tmp_path / "out"))
    told = {text for cell, text in shown.items() if cell not in ("open", "provenance") and text != "None"}
    assert told == {"Nothing is computed yet: set the parameter `models`."}
    assert shown.get("open", "Nothing is computed yet: 23 models").startswith("Nothing is computed yet: 23 models")
    assert [file for file in (tmp_path / "out").rglob("*") if file.is_file()] == []
