"""Whose study is this: the workspace a notebook lies in is found, stamped, and the package is only read."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from mergekit_eval import notebooks, workspace
from mergekit_eval.errors import DataError, KitError
from mergekit_eval.opening import find_study, open_study
from mergekit_eval.study import load_study
from mergekit_eval.workspace import find_workspace, lay_out, outdated

STUDY = "study: own\ntitle: My own study\nmodels:\n  m: {path: org/m, role: reference}\n"
RESULTS = {
    "results": {"boolq": {"acc,none": 0.5, "acc_stderr,none": 0.1, "alias": "boolq"}},
    "config": {"model_args": "pretrained=org/m"},
    "versions": {"boolq": 1},
}


def workspace_at(folder: Path, text: str = STUDY, name: str = "own.yaml") -> Path:
    (folder / "params").mkdir(parents=True, exist_ok=True)
    (folder / "params" / name).write_text(text, encoding="utf-8")
    return folder


def results_at(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "results.json").write_text(json.dumps(RESULTS), encoding="utf-8")
    return folder


@pytest.fixture
def at(tmp_path, monkeypatch):
    """Return a function that makes a folder below tmp_path and works in it; the home folder is tmp_path / "home"."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))

    def work(name: str) -> Path:
        folder = tmp_path / name
        folder.mkdir(parents=True, exist_ok=True)
        monkeypatch.chdir(folder)
        return folder

    return work


def test_the_first_folder_upwards_that_holds_a_study_is_the_workspace(tmp_path, at):
    outer, inner = workspace_at(tmp_path / "home/a"), workspace_at(tmp_path / "home/a/b/c")
    at("home/a/b/c/notebooks/deep")
    assert find_workspace() == inner
    at("home/a/b")
    assert find_workspace() == outer


def test_the_home_folder_is_the_last_that_is_searched(tmp_path, at):
    workspace_at(tmp_path)
    at("home/a")
    assert find_workspace() is None
    home = workspace_at(tmp_path / "home")
    assert find_workspace() == home


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        (STUDY, True),
        ("# mine\n'study': own\n", True),
        ("{study: own, models: {}}\n", True),
        ("study: own\nmodels: [broken\n", True),  # a study with a mistake is still the one in front of the user
        ("metrics:\n  study: own\n", False),
        ("my_study: own\n", False),
        ("", False),
    ],
)
def test_a_study_is_a_file_with_the_key_study(at, text, is_one):
    folder = workspace_at(at("home/w"), text)
    assert find_workspace() == (folder if is_one else None)


def test_what_is_no_regular_file_is_not_opened(at):
    import os

    folder = at("home/w")
    (folder / "params" / "sub.yaml").mkdir(parents=True)
    os.mkfifo(folder / "params" / "pipe.yaml")
    assert find_workspace() is None


@pytest.mark.parametrize("start", ["", "notebooks", "notebooks/deep"])
def test_a_study_results_and_output_are_those_of_the_workspace_wherever_one_works_in_it(at, tmp_path, start):
    folder = workspace_at(tmp_path / "home/w")
    results_at(folder / "runs")
    at(f"home/w/{start}")
    for name in ("own", "own.yaml", "params/own", "params/own.yaml"):
        assert find_study(name) == folder / "params" / "own.yaml"
    lab = open_study("params/own.yaml", results="runs", output="here")
    assert lab.study.title == "My own study"
    assert lab.output == folder / "here"
    assert lab.notice == ""
    assert open_study("own", results="runs").output == folder / "outputs" / "own"
    assert open_study("", results="runs").output == folder / "outputs" / "runs"


def test_a_name_that_the_workspace_lacks_is_taken_from_the_working_folder(at, tmp_path):
    folder = workspace_at(tmp_path / "home/w")
    here = at("home/w/sub")
    results_at(here / "runs")
    assert len(open_study("own", results="runs").collection.scores) == 1
    results_at(folder / "runs")
    lab = open_study("own", results="runs")
    assert f"read from {folder / 'runs'}, not from {here / 'runs'}" in lab.notice


def test_results_that_are_nowhere_are_named_with_both_places(at, tmp_path):
    folder = workspace_at(tmp_path / "home/w")
    here = at("home/w/sub")
    with pytest.raises(DataError, match="nothing is there") as raised:
        open_study("own", results="runs")
    assert f"{folder} or {here}" in str(raised.value)


def test_any_file_that_a_parameter_names_is_looked_for_in_the_workspace(at, tmp_path, monkeypatch):
    from mergekit_eval.collect.folders import Collection
    from mergekit_eval.compare import linguistic_probes
    from mergekit_eval.schema import conform

    folder, read = workspace_at(tmp_path / "home/w"), []
    (folder / "map.csv").write_text("a map", encoding="utf-8")
    monkeypatch.setattr("mergekit_eval.readers.holmes_leaderboard.competencies", read.append)
    at("home/w/notebooks")
    nothing = Collection(*(conform([], name) for name in ("scores", "items", "problems")))
    linguistic_probes(nothing, competencies="map.csv")
    assert read == [folder / "map.csv"]
    with pytest.raises(DataError, match=r"competencies = 'mop\.csv': nothing is there"):
        linguistic_probes(nothing, competencies="mop.csv")


def test_own_facts_of_the_workspace_count_in_collect_as_in_a_notebook(at, tmp_path):
    from mergekit_eval.collect.command import collect_command

    folder = workspace_at(tmp_path / "home/w")
    results_at(folder / "runs")
    (folder / "params" / "metrics.yaml").write_text("lm-eval: {tasks: {boolq: {capability: mine}}}\n", encoding="utf-8")
    here = at("home/w/notebooks")
    collect_command([folder / "runs"], here / "out", None, "newest", None, False, False, lambda _: None)
    assert set(pd.read_parquet(here / "out" / "scores.parquet")["capability"]) == {"mine"}
    assert set(open_study("", results="runs").collection.scores["capability"]) == {"mine"}


def test_in_a_workspace_the_packages_studies_are_not_taken_instead(at, tmp_path):
    workspace_at(tmp_path / "home/w", name="demi.yaml")
    at("home/w/notebooks")
    with pytest.raises(DataError, match=r"'params/demo.yaml' is not known; allowed: demi.yaml"):
        open_study("params/demo.yaml")


def test_outside_of_a_workspace_the_packages_copy_is_read_and_output_goes_to_the_working_folder(at):
    here = at("home/elsewhere")
    lab = open_study("params/demo.yaml")
    assert lab.study.file == workspace.shipped("params") / "demo.yaml"
    assert lab.output == here / "outputs" / "demo"
    assert lab.study.output == here / "outputs" / "demo"
    assert lab.notice.startswith("params/demo.yaml is the package's own copy")
    assert str(lab.output) in lab.notice
    assert repr(lab).startswith(
        "params/demo.yaml is the package's own copy, no study of a workspace here; output: outputs"
    )


def test_the_packages_study_given_by_path_is_not_written_beside_either(at, tmp_path):
    folder = workspace_at(tmp_path / "home/w")
    at("home/w/notebooks")
    plan = load_study(workspace.shipped("params") / "demo.yaml")
    assert (plan.folder, plan.output) == (folder, folder / "outputs" / "demo")


def test_a_path_that_is_not_there_is_not_replaced_by_a_study_of_that_name_in_the_package(at, tmp_path):
    at("home/elsewhere")
    for name in (tmp_path / "params" / "demo.yaml", "studies/demo.yaml"):
        with pytest.raises(DataError, match="no such study file"):
            find_study(name)


def test_the_checkout_is_a_workspace_of_its_own(checkout, monkeypatch):
    monkeypatch.chdir(checkout / "notebooks")
    assert find_workspace() == checkout
    plan = load_study(find_study("params/demo.yaml"))
    assert plan.output == checkout / "outputs" / "demo"
    assert workspace.notices(plan.file, plan.output) == []


def installed(monkeypatch, package: Path) -> Path:
    """Lay the package's data out as a wheel does, and let the module think it lies there."""
    for part in workspace.PARTS:
        shutil.copytree(workspace.shipped(part), package / "share" / part)
    monkeypatch.setattr(workspace, "PACKAGE", package)
    monkeypatch.setattr(workspace, "SHARE", package / "share")
    return package


def test_nothing_is_written_in_or_beside_an_installed_package(at, tmp_path, monkeypatch):
    package = installed(monkeypatch, tmp_path / "home/site/mergekit_eval")
    for where in ("home/site", "home/site/mergekit_eval/share", "home/site/mergekit_eval/share/notebooks"):
        at(where)
        assert find_workspace() is None
        with pytest.raises(DataError, match="lies in the installed package"):
            open_study("params/demo.yaml")
    here = at("home/elsewhere")
    assert open_study("demo").output == here / "outputs" / "demo"
    with pytest.raises(DataError, match="lies in the installed package"):
        open_study("demo", output=package / "out")
    with pytest.raises(DataError, match="lies in the installed package"):
        open_study("demo", output=f"../site/../site/{package.name}/out")


def test_init_stamps_a_workspace_and_refuses_to_lay_it_out_twice(at):
    folder = at("home") / "w"
    written = lay_out(folder)
    assert {path.parent.name for path in written} == {"notebooks", "params"}
    assert outdated(folder) == ""
    (folder / "notebooks" / "00_quickstart.ipynb").write_text("{}", encoding="utf-8")  # edited by the user
    assert outdated(folder) == ""
    with pytest.raises(KitError, match="is there already"):
        lay_out(folder)


def test_what_an_interrupted_init_left_is_completed_and_foreign_files_are_kept(at):
    folder = at("home") / "w"
    for path in lay_out(folder)[3:]:
        path.unlink()
    (folder / workspace.STAMP).unlink()
    assert len(lay_out(folder)) > 3
    assert find_workspace(folder / "notebooks") == folder
    other = at("home") / "other"
    (other / "params").mkdir(parents=True)
    (other / "params" / "demo.yaml").write_text("study: mine\n", encoding="utf-8")
    with pytest.raises(KitError, match=r"params/demo.yaml is there already"):
        lay_out(other)
    assert [path.name for path in other.rglob("*") if path.is_file()] == ["demo.yaml"]


def older(folder: Path, stamped: bool) -> None:
    """Make of a fresh workspace what a version with another notebook 04 would have laid out."""
    lay_out(folder)
    notebook, stamp = folder / "notebooks" / "04_absolute_performance.ipynb", folder / workspace.STAMP
    notebook.write_text(notebook.read_text(encoding="utf-8").replace("score_table", "scores_of"), encoding="utf-8")
    if stamped:
        told = json.loads(stamp.read_text(encoding="utf-8"))
        told["version"], told["notebooks"][notebook.name] = "0.0.9", "another digest"
        stamp.write_text(json.dumps(told), encoding="utf-8")
    else:
        stamp.unlink()


@pytest.mark.parametrize(("stamped", "said"), [(True, "mergekit-eval 0.0.9"), (False, "an older version")])
def test_a_workspace_of_an_older_version_is_recognised_and_told_what_to_do(at, stamped, said):
    folder = at("home/w")
    older(folder, stamped)
    at("home/w/notebooks")
    lab = open_study("params/demo.yaml")
    assert f"laid out by {said}" in lab.notice
    assert "mergekit-eval init DIR" in lab.notice
    with pytest.raises(KitError, match="is there already") as raised:
        lay_out(folder)
    assert f"laid out by {said}" in str(raised.value)


def test_a_folder_without_our_notebooks_has_no_layout_to_be_old(at):
    folder = workspace_at(at("home/w"))
    assert outdated(folder) == ""
    (folder / "notebooks").mkdir()
    (folder / "notebooks" / "01_mine.ipynb").write_text('{"cells": []}', encoding="utf-8")
    assert outdated(folder) == ""


def test_notebooks_are_those_of_the_workspace(at, tmp_path):
    folder = at("home/w")
    lay_out(folder)
    at("home/w/notebooks")
    assert notebooks.resolve("07") == folder / "notebooks" / "07_significance.ipynb"
    elsewhere = at("home/elsewhere")
    assert notebooks.resolve("07").parent == workspace.shipped("notebooks")
    assert notebooks.find(workspace=folder)["07_significance"].is_relative_to(folder)
    assert notebooks.working_folder(folder / "notebooks" / "07_significance.ipynb") == folder
    assert notebooks.working_folder(notebooks.resolve("07")) == elsewhere


def test_numbered_notebooks_of_another_project_are_not_taken_for_ours(at):
    folder = workspace_at(at("home/w"))
    (folder / "notebooks").mkdir()
    (folder / "notebooks" / "01_explore.ipynb").write_text('{"cells": []}', encoding="utf-8")
    assert "01_explore" not in notebooks.find()
    assert notebooks.find(workspace=folder)["07_significance"].parent == workspace.shipped("notebooks")


def test_a_study_is_shown_with_its_place_and_the_notice_before_anything_is_built(at):
    import mergekit_eval as me

    here = at("home/elsewhere")
    shown = me.about(me.load_study(me.find_study("demo"))).text.splitlines()
    assert shown[0].startswith("params/demo.yaml is the package's own copy")
    assert shown[1].startswith("Five tiny specialists and their merges: 6 models, 17 merges")
    assert shown[-1] == f"output: {here / 'outputs' / 'demo'}"
