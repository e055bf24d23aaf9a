"""What is refused, and what is planned, before anything is built; merges are in whole/test_merging.py."""

import pytest

from mergekit_eval.errors import RunError
from mergekit_eval.run import merge_all
from mergekit_eval.study import load_study


@pytest.fixture
def study(toy, tmp_path):
    """A study of two merges of two models, whose folders hold no weights."""
    for name in ("base", "pa"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text("{}")
    models = {name: f"{{path: {tmp_path / name}, role: parent}}" for name in ("base", "pa")}
    recipe = "{method: linear, parents: [base, pa], parameters: {weight: 0.5}}"
    return load_study(toy.study(tmp_path, models, merges=f"\n  one: {recipe}\n  two: {recipe}"))


def test_a_merge_that_is_not_known_is_refused_with_the_nearest_name(study):
    with pytest.raises(RunError, match=r"'oen'.*Did you mean 'one'"):
        merge_all(study, only=["oen"])


def test_a_plan_says_of_the_chosen_merges_that_parents_without_weights_fail_and_writes_nothing(study, tmp_path):
    (record,) = merge_all(study, only=["two"], dry_run=True)
    assert (record.name, record.status) == ("two", "failed")
    assert record.reason.startswith(f"{tmp_path / 'base'}: no *.safetensors file")
    assert not study.output.exists()
