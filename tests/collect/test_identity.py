"""Whose scores these are: the study first, then the file, then its neighbours, then its folder."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from mergekit_eval.collect.identify import Identities


def plan(**models: tuple[str, str, tuple[str, ...]]):
    """Return what identity needs of a study: name -> (path, role, ids)."""
    known = {name: SimpleNamespace(ids=ids) for name, (_, _, ids) in models.items()}
    return SimpleNamespace(
        folder=Path("/data"),
        models=known,
        merges={},
        names=lambda: list(known),
        model_path=lambda name: models[name][0],
        role=lambda name: models[name][1] if name in models else "",
    )


STUDY = plan(
    base=("meta/Llama", "base", ()),
    ties=("/data/out/merges/ties", "merge", ("me/ties-v1",)),
    math=("./m", "parent", ()),
)


@pytest.mark.parametrize(
    ("stated", "file", "model"),
    [
        ("meta/Llama", "x/r.json", "base"),
        ("me/ties-v1", "x/r.json", "ties"),
        ("/data/out/merges/ties/", "x/r.json", "ties"),
        ("out/merges/ties", "x/r.json", "ties"),
        ("", "meta__Llama/r.json", "base"),
        ("/elsewhere/copy", "harness/ties/r.json", "ties"),
        ("other/Llama", "x/r.json", "other/Llama"),
    ],
)
def test_the_study_overrides(stated, file, model):
    assert Identities(STUDY, {}).model(stated, stated, "model_args.pretrained", file)[0] == model


def test_roles_come_from_the_study_alone():
    assert Identities(STUDY, {}).role("ties") == "merge" and Identities(STUDY, {}).role("x") == ""
    assert Identities(None, {}).role("ties") == ""


@pytest.mark.parametrize(
    ("file", "model", "rule"),
    [
        ("me/M/safety.json", "me/M from neighbour", "the only model of its folder"),
        ("lab/M-7b/results/code/r.json", "M-7b", "folder"),
        ("org__M/results.json", "org/M", "folder"),
        ("results/r.json", "r", "file name"),
    ],
)
def test_files_that_name_no_model(file, model, rule):
    named = {"me/M": {"me/M from neighbour"}}
    assert Identities(None, named).model("", "", "", file) == (model, rule)


def test_local_and_hub_name_of_one_folder_are_warned_of(lab, shapes):
    for i, name in enumerate(("/data/hub/Llama-2-7b", "meta/Llama-2-7b", "other/M")):
        lab.put(f"Llama-2-7b/{i}.json", shapes.flat(name, {f"t{i}": {"acc": 0.5}}))
    problems = lab.collect().problems
    assert list(problems["kind"]) == ["identity"] and "Llama-2-7b" in problems.iloc[0]["message"]
    assert 'ids: ["/data/hub/Llama-2-7b", "meta/Llama-2-7b"]' in problems.iloc[0]["todo"]


def test_lineage_is_joined_from_recipe_card_and_name(lab, shapes):
    lab.put("ties/mergekit_config.yml", "merge_method: ties\nbase_model: a\nmodels: [{model: a}, {model: b}]\n")
    lab.put("ties/results.json", shapes.flat("ties", {"boolq": {"acc": 0.5}}))
    lab.put("card/README.md", "---\ntags: [merge]\nbase_model: [x, y]\n---\n")
    lab.put("card/eval/results.json", shapes.flat("me/card", {"boolq": {"acc": 0.5}}))
    lab.put("plain/results.json", shapes.flat("plain", {"boolq": {"acc": 0.5}}))
    found = lab.collect()
    known = found.lineage.set_index("merge")
    assert known.loc["ties", "parents"] == ("b",) and known.loc["ties", "base"] == "a"
    assert known.loc["me/card", "parents"] == ("x", "y") and "plain" not in known.index
    assert found.census["skipped"] == 2
    [problem] = found.problems.to_dict("records")
    assert problem["kind"] == "lineage" and "nor which of them is the base" in problem["message"]


def test_three_spellings_of_one_hub_id_are_proposed_as_one_and_kept(lab, shapes):
    names = ("org/M-7b", "org__M-7b", "org-M-7b")
    for name in (*names, "org/M-8b", "M-7b"):
        lab.put(f"{name.replace('/', '+')}/r.json", shapes.flat(name, {"boolq": {"acc": 0.5}}))
    found = lab.collect()
    assert found.scores["model"].nunique() == 5 and list(found.problems["kind"]) == ["identity"]
    told = found.problems.iloc[0]
    assert all(repr(name) in told["message"] for name in names) and "M-8b" not in told["message"]
    assert "ids: [" in told["todo"]


def test_spellings_that_a_study_names_are_not_proposed(lab, shapes):
    for name in ("meta/Llama", "meta__Llama"):
        lab.put(f"{name.replace('/', '+')}/r.json", shapes.flat(name, {"boolq": {"acc": 0.5}}))
    found = lab.collect(study=STUDY)
    assert set(found.scores["model"]) == {"base"} and not found.problems["message"].str.contains("look like one").any()


def test_spellings_of_one_path_are_one_model(lab, shapes):
    for i, path in enumerate(("/c//m/step1", "/c/m/step1/", "/c/x/../m/step1")):
        lab.put(f"{i}.json", shapes.today(path, {f"t{i}": {"acc,none": 0.5}}))
    assert set(lab.collect().scores["model"]) == {"/c/m/step1"}
