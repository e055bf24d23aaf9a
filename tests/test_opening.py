"""From a name to a study file and its session: what is taken, in which order, under whose names."""

import json

import pandas as pd
import pytest

from mergekit_eval.errors import DataError
from mergekit_eval.opening import about, arranged, find_study, keep_named, open_study, with_roles
from mergekit_eval.study import load_study

STUDY = (
    "study: own\ntitle: Own\nmodels:\n  b: {role: base, ids: [org/b]}\n  z: {role: parent}\n  a: {role: parent}\n"
    "  m: {role: merge, parents: [a, z]}\n"
)


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "own.yaml").write_text(STUDY)
    return tmp_path


@pytest.fixture
def results(workspace):
    """Results of the base under its own name and of a model that the study does not name."""
    for name in ("org/b", "org/stranger"):
        block = {"acc,none": 0.5, "acc_stderr,none": 0.1, "alias": "boolq"}
        told = {"results": {"boolq": block}, "config": {"model_args": f"pretrained={name}"}, "versions": {"boolq": 1}}
        file = workspace / "raw" / name / "results.json"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(told))
    return workspace / "raw"


@pytest.mark.parametrize("name", ["own", "own.yaml", "params/own", "params/own.yaml"])
def test_a_study_is_found_by_name_or_path(workspace, name):
    assert find_study(name).resolve() == workspace / "params" / "own.yaml"


def test_in_a_workspace_only_its_own_studies_count_and_the_nearest_is_proposed(workspace):
    with pytest.raises(DataError, match=r"'demo' is not known; allowed: own\.yaml\."):
        find_study("demo")
    with pytest.raises(DataError, match=r"Did you mean 'own\.yaml'\?"):
        find_study("owm.yaml")


def scores(*models):
    frame = pd.DataFrame(models, columns=["model", "role"])
    return frame.assign(run="r", task="t", metric="acc", filter="none", model_name=frame["model"])


def test_models_stand_as_base_parents_merges_references_each_as_in_the_study(workspace):
    plan = load_study("params/own.yaml")
    mixed = scores(("x", ""), ("m", "merge"), ("a", "parent"), ("r", "reference"), ("z", "parent"), ("b", "base"))
    assert list(arranged(mixed, plan)["model"]) == ["b", "z", "a", "m", "r", "x"]
    assert list(arranged(mixed, None)["model"]) == ["b", "a", "z", "m", "r", "x"]


def test_models_without_a_name_in_the_study_are_dropped_and_counted(results):
    lab = open_study("own", results=results, others=False)
    assert set(lab.collection.scores["model"]) == {"b"}
    assert "Left out: 1 model of the results that the study does not name." in lab.notice
    lab = open_study("own", results=results)
    assert set(lab.collection.scores["model"]) == {"b", "org/stranger"} and "Left out" not in lab.notice
    assert keep_named(lab.collection, load_study("params/own.yaml")).startswith("Left out: 1 model")


def test_tables_of_an_earlier_collect_get_the_roles_of_the_study(results):
    collection = open_study("", results=results, output="out").collection
    assert set(collection.scores["role"]) == {""} and with_roles(collection, None) is collection
    named = with_roles(collection, load_study("params/own.yaml"))
    assert dict(zip(named.scores["model"], named.scores["role"], strict=True)) == {"b": "base", "org/stranger": ""}


def test_the_tables_of_a_study_are_read_again_unless_a_refresh_is_asked_for(results, workspace):
    open_study("own", results=results, output="outputs/own")
    assert list(open_study("own").collection.scores["model"].unique()) == ["b", "org/stranger"]
    with pytest.raises(DataError, match="no tables yet"):
        open_study("own", refresh=True)


def test_the_output_folder_of_a_study_as_results_means_that_study_and_its_tables(results, workspace):
    open_study("own", results=results)
    before = (workspace / "outputs" / "own" / "tables" / "scores.parquet").read_bytes()
    for study in ("", "own"):
        lab = open_study(study, results="outputs/own")
        assert lab.study.name == "own" and lab.output == workspace / "outputs" / "own"
        assert set(lab.collection.scores["model"]) == {"b", "org/stranger"}
        assert "outputs/own is the output folder of own.yaml: its tables are read." in lab.notice
    (workspace / "params" / "other.yaml").write_text(STUDY.replace("study: own", "study: other"))
    lab = open_study("other", results="outputs/own")
    assert lab.study.name == "other" and lab.output == workspace / "outputs" / "other"
    assert (workspace / "outputs" / "own" / "tables" / "scores.parquet").read_bytes() == before


def test_results_without_a_study_never_overwrite_the_tables_of_a_study(results, workspace):
    open_study("own", results=results)
    before = (workspace / "outputs" / "own" / "tables" / "scores.parquet").read_bytes()
    results.rename(workspace / "own")
    with pytest.raises(DataError, match=r"outputs/own holds what was made of own\.yaml: give `output`"):
        open_study(results="own")
    assert (workspace / "outputs" / "own" / "tables" / "scores.parquet").read_bytes() == before
    assert open_study(results="own", output="outputs/apart").study is None


def test_what_a_study_is_and_where_its_files_go_is_shown(workspace):
    shown = about(load_study("params/own.yaml")).page
    assert "Own: 4 models, 0 merges, 0 suites" in shown and str(workspace / "outputs" / "own") in shown
