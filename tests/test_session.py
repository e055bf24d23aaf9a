"""Opening a study: what is read, where things go, what is said when nothing is there."""

import json
import os
import shutil

import pandas as pd
import pytest

from mergekit_eval.errors import DataError
from mergekit_eval.opening import find_study, open_study

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")


@pytest.fixture
def lab(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params").mkdir()
    shutil.copy(find_study("params/demo.yaml"), tmp_path / "params")  # here nobody has run the demo yet
    return open_study("params/demo.yaml", results="", output=tmp_path / "out")


def test_without_a_run_the_demo_opens_on_its_bundled_example_and_says_so(lab):
    assert lab.notice.startswith("Bundled example")
    assert len(lab.merges) >= 10
    assert lab.models[0] == "base"
    assert len(lab.collection.items) > 10_000
    assert not lab.collection.scores["source_file"].map(os.path.isabs).any()


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DataError, match="nowhere"):
        open_study("", results=tmp_path / "nowhere")
    with pytest.raises(DataError, match="study file, a folder"):
        open_study()


def test_a_figure_comes_with_data_and_provenance_and_the_same_bytes_twice(lab):
    from mergekit_eval.show import plots

    data = pd.DataFrame({"merge": ["m"], "task": ["t"], "gain": [0.1], "decided": ["better"], "scale": ["unit"]})
    lab.figure("one", plots.delta_heatmap, data)
    files = {p.suffix: p.read_bytes() for p in (lab.output / "figures").iterdir()}
    assert set(files) == {".pdf", ".svg", ".png", ".csv", ".json"}
    about = json.loads(files[".json"])
    assert about["provenance"]["drawing"]["by"] == "delta_heatmap"
    lab.figure("one", plots.delta_heatmap, data)
    assert files == {p.suffix: p.read_bytes() for p in (lab.output / "figures").iterdir()}


def test_no_data_is_a_sentence_and_no_file(lab):
    from mergekit_eval.show import plots

    shown = lab.figure("none", plots.delta_heatmap, pd.DataFrame(), missing="no merge has a base")
    assert "no merge has a base" in shown.text
    assert not (lab.output / "figures").exists()


def test_hostile_names_are_escaped_in_tables(lab):
    shown = lab.show(pd.DataFrame({"model": ["<script>alert(1)</script>"], "x": [float("nan")]}))
    assert "<script>" not in shown.page
    assert "—" in shown.page


@pytest.mark.slow
def test_menus_draw_the_chosen_task_and_save_nothing(lab, tmp_path, monkeypatch):
    import mergekit_eval as me

    scores = me.score_table(lab.collection)
    before = sorted(lab.output.rglob("*"))
    assert "data:image/png" in lab.explore(scores, ["task"], me.plots.scores).page
    monkeypatch.setenv("JPY_SESSION_NAME", "somewhere.ipynb")
    menu, page = lab.explore(scores, ["task"], me.plots.scores).children
    first = page.value
    menu.value = menu.options[1]
    assert page.value != first
    assert "<table" in lab.explore(scores, ["task"]).children[1].value
    assert sorted(lab.output.rglob("*")) == before


def test_results_that_a_study_knows_nothing_of_are_shown_without_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "theirs"
    folder.mkdir()
    block = {"acc,none": 0.5, "acc_stderr,none": 0.1, "alias": "boolq"}
    told = {"results": {"boolq": block}, "config": {"model_args": "pretrained=org/else"}, "versions": {"boolq": 1}}
    (folder / "results.json").write_text(json.dumps(told))
    lab = open_study("params/demo.yaml", results=folder)
    assert lab.study is None and "names none of the models" in lab.notice
    assert lab.output == tmp_path / "outputs" / "theirs" and (lab.output / "tables" / "scores.parquet").is_file()
    (folder / "results.json").write_text("{")
    assert "No score could be read: 1 broken" in open_study("", results=folder).notice


def test_tables_collected_without_a_study_get_its_names(tmp_path, monkeypatch):
    from mergekit_eval.collect.folders import collect, write_tables

    monkeypatch.chdir(tmp_path)
    block = {"acc,none": 0.5, "acc_stderr,none": 0.1, "alias": "boolq"}
    for name in ("org/base-v1", "org/merged"):
        told = {"results": {"boolq": block}, "config": {"model_args": f"pretrained={name}"}, "versions": {"boolq": 1}}
        path = tmp_path / "raw" / name / "results.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(told))
    write_tables(collect(tmp_path / "raw"), tmp_path / "tables")
    (tmp_path / "own.yaml").write_text(
        "study: own\nmodels:\n  base: {path: org/base-v1, role: base}\n  m: {path: x, role: merge, ids: [org/merged]}\n"
    )
    lab = open_study(tmp_path / "own.yaml", results=tmp_path / "tables")
    assert dict(zip(lab.collection.scores["model"], lab.collection.scores["role"], strict=True)) == {
        "base": "base", "m": "merge"
    }  # fmt: skip
