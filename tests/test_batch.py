"""The batch: which notebooks it runs, in which order, and what it says while and after it runs."""

import json
import types

import pytest

from mergekit_eval import batch
from mergekit_eval.errors import ParameterError
from mergekit_eval.notebooks import Outcome

NAMES = ["01_merge_models", "02_run", "04_scores", "05_merges", "10_report"]


@pytest.fixture
def study(tmp_path):
    (tmp_path / "notebooks").mkdir()
    for name in ["00_quickstart", *NAMES]:
        (tmp_path / "notebooks" / f"{name}.ipynb").write_text("{}")
    return types.SimpleNamespace(folder=tmp_path, output=tmp_path / "out", file=tmp_path / "params" / "s.yaml")


@pytest.fixture
def run(study, monkeypatch):
    """Run the batch with notebooks that only fail or end; return (name, state) of each, the lines said, the status."""

    def run(failing=(), steps=""):
        def execute(file, given, output, **how):
            assert given == {"study": str(study.file)} and output == study.output / "notebooks" / file.name
            state = "failed" if file.stem in failing else "done"
            return Outcome(file.stem, state, 1.0, str(output), "broken" if state == "failed" else "")

        monkeypatch.setattr(batch, "execute", execute)
        said = []
        outcomes = batch.run(study, steps, say=said.append)
        status = json.loads((study.output / "notebooks" / "status.json").read_text())
        return {one.name: one.state for one in outcomes}, said, {row["name"]: row["state"] for row in status}

    return run


@pytest.mark.parametrize(
    ("steps", "numbers"),
    [("", "01 02 04 05 10"), ("04", "04"), ("02-05", "02 04 05"), ("10,01-02", "01 02 10"), ("05,05", "05")],
)
def test_steps_are_numbers_and_ranges_in_the_order_of_the_study(study, steps, numbers):
    assert [step.name[:2] for step in batch.plan(study, steps)] == numbers.split()


@pytest.mark.parametrize("steps", ["03", "00", "01-03", "x", "01,,02"])
def test_a_step_that_is_none_is_refused_with_those_there_are(study, steps):
    with pytest.raises(ParameterError, match=r"allowed: 01, 02, 04, 05, 10, ranges"):
        batch.plan(study, steps)


def test_all_notebooks_run_and_the_status_says_so(run):
    states, said, status = run()
    assert states == status == dict.fromkeys(NAMES, "done")
    assert said[0] == "01_merge_models: done in 1.0 s" and said[-1] == "10_report: done in 1.0 s"


def test_a_notebook_that_others_read_from_stops_them(run):
    states, said, status = run(failing=["02_run"])
    assert states == status
    assert states == {"01_merge_models": "done", "02_run": "failed"} | dict.fromkeys(NAMES[2:], "skipped")
    assert said == ["01_merge_models: done in 1.0 s", "02_run: failed in 1.0 s - broken"]


def test_another_notebook_does_not(run):
    states, _, _ = run(failing=["04_scores"])
    assert states == dict.fromkeys(NAMES, "done") | {"04_scores": "failed"}


def test_failed_cells_are_those_of_merges_and_evaluations(study):
    study.output.mkdir()
    (study.output / "merges.json").write_text('[{"name": "m", "status": "failed"}, {"name": "n", "status": "ran"}]')
    (study.output / "cells.json").write_text('[{"name": "c", "status": "failed"}]')
    assert [row["name"] for row in batch.failed_cells(study)] == ["m", "c"]
