"""Models x suites -> cells: which there are, what they are told, and when their key changes."""

import json
import struct

import pytest

from mergekit_eval.errors import RunError
from mergekit_eval.files import digest
from mergekit_eval.run.plan import plan_cells
from mergekit_eval.run.suites import load_suite
from mergekit_eval.study import load_study


@pytest.fixture
def plan(tmp_path, toy):
    """Plan a study of two models without a network; ``suite`` is more of its suite, ``backend`` of the study's."""
    for name in ("a", "b"):
        folder = tmp_path / "models" / name
        folder.mkdir(parents=True)
        (folder / "config.json").write_text("{}")
        header = json.dumps({"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
        weights = len(header).to_bytes(8, "little") + header + struct.pack("<f", ord(name))
        (folder / "model.safetensors").write_bytes(weights)
    models = {name: f"{{path: ./models/{name}, role: parent}}" for name in ("a", "b")}

    def make(only=None, suite="", backend="", merges="", more=None):
        toy.suite(tmp_path, extra=suite)
        file = toy.study(tmp_path, models | (more or {}), backend=backend, merges=merges)
        return {cell.name: cell for cell in plan_cells(load_study(file), only)}

    return make


def test_every_model_meets_every_suite_and_a_split_suite_every_entry(plan, tmp_path):
    assert list(plan()) == ["a/toy", "b/toy"]
    cells = plan(suite="split: true\n")
    assert list(cells) == ["a/toy.toy_a", "a/toy.toy_b", "b/toy.toy_a", "b/toy.toy_b"]
    cell, out = cells["b/toy.toy_a"], tmp_path / "outputs" / "toy_study"
    assert [spec["task"] for spec in cell.settings["tasks"]] == ["toy_a"]
    assert cell.record == out / "cells" / "b" / "toy.toy_a.json" and cell.folder == out / "harness" / "b"
    assert cell.log == out / "logs" / "evaluate" / "b.toy.toy_a.log"


def test_a_part_of_the_cells_is_chosen_by_model_suite_or_both(plan):
    assert (
        list(plan("toy")) == ["a/toy", "b/toy"] and list(plan(["b"])) == ["b/toy"] and list(plan("a/toy")) == ["a/toy"]
    )
    with pytest.raises(RunError, match=r"only: 'tory' is not known; allowed: a, b, toy\. Did you mean 'toy'\?"):
        plan("tory")


def test_a_result_depends_on_settings_and_not_on_how_many_run_beside_it(plan):
    keys = {name: cell.key for name, cell in plan().items()}
    assert keys["a/toy"] != keys["b/toy"], "the weights are others"
    same = plan(backend="slots: 2, threads: 3, time_limit: 60, apply_chat_template: false")
    assert {name: cell.key for name, cell in same.items()} == keys
    for backend in ("limit: 5", "batch_size: 2", "dtype: float16", "apply_chat_template: true", "kind: dummy"):
        assert plan(backend=backend)["a/toy"].key != keys["a/toy"], backend


def test_a_result_does_not_depend_on_the_benchmark_of_an_entry(plan, tmp_path, toy, monkeypatch):
    before = {name: cell.key for name, cell in plan().items()}
    write = toy.suite

    def suite(workspace, extra):
        file = write(workspace, extra=extra)
        file.write_text(file.read_text().replace("task: toy_a,", "task: toy_a, benchmark: exam,"))

    monkeypatch.setattr(toy, "suite", suite)
    assert {name: cell.key for name, cell in plan().items()} == before
    assert load_suite("toy", tmp_path).tasks[0].benchmark == "exam"


def test_the_smaller_limit_counts_and_the_suite_decides_on_the_template(plan):
    assert plan(suite="limit: 3\n", backend="limit: 5")["a/toy"].settings["limit"] == 3
    assert plan(suite="limit: 7\n", backend="limit: 5")["a/toy"].settings["limit"] == 5
    settings = plan(backend="apply_chat_template: true")["a/toy"].settings
    assert settings["apply_chat_template"] and settings["fewshot_as_multiturn"]
    settings = plan(suite="apply_chat_template: false\n", backend="apply_chat_template: true")["a/toy"].settings
    assert not settings["apply_chat_template"] and not settings["fewshot_as_multiturn"]


def test_a_cell_is_done_while_the_files_of_its_key_are_as_they_were_written(plan):
    cell = plan()["a/toy"]
    file = cell.folder / "results_1.json"
    file.parent.mkdir(parents=True)
    file.write_text("{}")
    cell.record.parent.mkdir(parents=True)
    cell.record.write_text(json.dumps({"key": cell.key, "files": {file.name: digest(file)}}))
    assert plan()["a/toy"].status == "done" and plan()["b/toy"].status == "todo"
    assert plan(backend="limit: 5")["a/toy"].status == "todo"
    file.write_text("[]")
    assert plan()["a/toy"].status == "todo" and plan()["a/toy"].damage == ["results_1.json"]


def test_a_merge_waits_until_it_is_built_where_its_files_are_loaded(plan):
    merges = "\n  m: {method: linear, parents: [a, b], parameters: {weight: 1}}"
    assert plan("m", merges=merges)["m/toy"].unbuilt == "the merge m is not built yet; build the merges first"
    assert plan("m", merges=merges, backend="kind: dummy")["m/toy"].unbuilt == ""


def test_a_model_that_cannot_be_loaded_is_the_problem_of_its_own_cells(plan, tmp_path):
    (tmp_path / "empty").mkdir()
    cells = plan(more={"c": "{path: ./empty, role: parent}"})
    assert "config.json is missing" in cells["c/toy"].problem and cells["a/toy"].problem == ""


def test_a_model_may_have_a_backend_of_its_own_that_is_checked_too(plan):
    cells = plan(more={"c": "{path: ./models/a, role: parent, backend: {kind: dummy}}"})
    assert [cell.backend.kind for cell in cells.values()] == ["hf", "hf", "dummy"]
    with pytest.raises(RunError, match=r"backend\.model_args = \['dtype'\]; allowed: keys that the study does not set"):
        plan(more={"c": "{path: ./models/a, role: parent, backend: {model_args: {dtype: float64}}}"})
