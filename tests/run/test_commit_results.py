"""Files of a run take their place complete or not at all; older ones step aside and can come back."""

import json

import pytest

from mergekit_eval.errors import RunError
from mergekit_eval.files import digest
from mergekit_eval.run.commit_results import checked, publish, restore, retire


@pytest.fixture
def scratch(tmp_path):
    folder = tmp_path / "scratch" / "model"
    folder.mkdir(parents=True)
    (folder / "results_T1.json").write_text("{}")
    (folder / "samples_a_T1.jsonl").write_text("{}\n{}\n")
    return folder


def test_a_complete_run_is_its_samples_and_then_its_results(scratch):
    assert [file.name for file in checked(scratch.parent, {"a": 2}, "")] == ["samples_a_T1.jsonl", "results_T1.json"]


@pytest.mark.parametrize(
    ("file", "text", "reason"),
    [
        ("results_T1.json", None, "could not save its results: disk full"),
        ("results_T1.json", "{", "the file is broken"),
        ("results_T2.json", "{}", "could not save its results: disk full"),
        ("samples_a_T1.jsonl", "{}\n", "saved 1 of 2 rows of samples_a_T1.jsonl: disk full"),
        ("samples_a_T1.jsonl", None, "saved 0 of 2 rows of samples_a_T1.jsonl: disk full"),
    ],
)
def test_what_is_not_complete_is_refused_with_what_lm_eval_said(scratch, file, text, reason):
    (scratch / file).write_text(text) if text is not None else (scratch / file).unlink()
    with pytest.raises(RunError, match=reason):
        checked(scratch.parent, {"a": 2}, "disk full")


def test_results_take_their_place_with_a_record_and_older_ones_step_aside_and_come_back(scratch, tmp_path):
    folder, record = tmp_path / "harness" / "m" / "tiny", tmp_path / "cells" / "m" / "tiny.json"
    aside = tmp_path / "harness" / "superseded" / "tiny"
    record.parent.mkdir(parents=True)
    made = checked(scratch.parent, {"a": 2}, "")
    digests = {file.name: digest(file) for file in made}
    assert publish(made, folder, record, "key", 1.23456) == str(folder / "results_T1.json")
    old = json.loads(record.read_text())
    assert old == {"key": "key", "seconds": 1.235, "files": digests}
    retire(folder, old)
    assert not list(folder.iterdir()) and {file.name for file in aside.iterdir()} == set(digests)
    restore(folder, old, "another key")
    assert not list(folder.iterdir())
    restore(folder, old, "key")
    assert {file.name for file in folder.iterdir()} == set(digests)
