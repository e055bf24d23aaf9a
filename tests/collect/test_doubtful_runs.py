"""What folders, recipes and urls say of runs whose file names no model."""

import pytest

from mergekit_eval.collect.doubtful_runs import folder_name, sanitized


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("lab/M-7b/results/r.json", "M-7b"),
        ("org__M/r.json", "org/M"),
        ("ties/merged/r.json", "ties/merged"),
        ("ft/checkpoint-500/eval/r.json", "ft/checkpoint-500"),
        ("merged/r.json", "merged"),
        ("results/r.json", ""),
        ("r.json", ""),
    ],
)
def test_folders_that_name_a_model(file, name):
    assert folder_name(file) == name


def test_a_folder_called_after_what_the_file_states_is_passed_over():
    assert folder_name("ties/.__merged/r.json", "./merged") == "ties"
    assert folder_name("ties/gguf/r.json", "gguf") == "ties"


def test_names_become_folders_the_way_the_harness_does_it():
    assert sanitized("org/M:7b*") == "org__M__7b__"
