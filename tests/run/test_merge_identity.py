"""What a merge's weights depend on, and when the merge in a folder is that one."""

import json

import pytest

from mergekit_eval.run.merge_identity import is_finished, merge_facts, merge_key, not_ready
from mergekit_eval.run.modelfiles import Digests

FACTS = {"recipe": {"a": 1}, "seed": 0, "models": {"x": "d"}, "mergekit": "1", "method": "ties", "parents": ["x"]}


@pytest.mark.parametrize(("name", "value"), [("recipe", {}), ("seed", 1), ("models", {"x": "e"}), ("mergekit", "2")])
def test_the_key_changes_with_what_the_weights_depend_on(name, value):
    assert merge_key(FACTS | {name: value}) != merge_key(FACTS)


def test_the_key_does_not_change_with_what_is_only_told():
    assert merge_key(FACTS | {"method": "else", "parents": []}) == merge_key(FACTS)


def test_a_folder_is_finished_while_key_and_files_are_those_that_were_noted(tmp_path):
    digests = Digests(tmp_path / "digests.json")
    (tmp_path / "w").write_text("weights")
    (tmp_path / "merge.json").write_text(json.dumps({"key": "k", "files": {"w": digests.file(tmp_path / "w")}}))
    assert is_finished(tmp_path, "k", digests)
    assert not is_finished(tmp_path, "other", digests)
    (tmp_path / "w").write_text("weight.")
    assert not is_finished(tmp_path, "k", Digests(tmp_path / "none.json"))


@pytest.mark.slow
def test_a_merge_is_ready_until_its_recipe_or_a_parent_changes(study_of, tmp_path):
    study = study_of("base", "pa", "pb", merges="\n  m: {method: linear, parents: [pa, pb], parameters: {weight: 0.5}}")
    (merge,) = study.merges.values()
    digests = Digests(tmp_path / "digests.json")
    assert not_ready(study, merge, digests) == "the merge m is not built yet; build the merges first"
    _, _, facts = merge_facts(study, merge, digests)
    folder = study.output / "merges" / "m"
    folder.mkdir(parents=True)
    (folder / "w").write_text("weights")
    made = {"recipe": facts["recipe"], "seed": 0, "models": facts["models"], "files": {"w": digests.file(folder / "w")}}
    for changed, said in [
        ({}, ""),
        ({"seed": 5}, "its recipe"),
        ({"models": facts["models"] | {"pb": "other"}}, "pb"),
        ({"files": {"w": "other"}}, "w"),
    ]:
        (folder / "merge.json").write_text(json.dumps(made | changed))
        expected = f"merge m is out of date (changed: {said}); build it again" if said else ""
        assert not_ready(study, merge, digests) == expected
